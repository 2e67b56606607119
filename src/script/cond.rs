//! Conditions, what they tell about types, and branching on them.

use super::emitter::{Emitter, fail, reported};
use super::env::{Frame, Refinement, Refinements};
use super::{Arg, Special, Sugared, sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Attr, Const, Value};
use crate::syntax::{BoolOp, CmpOp, Constant, Expr, ExprKind, UnaryOp};
use crate::types::{Type, standardize};
use std::collections::BTreeSet;

/// A condition: its value, what it tells, and which branch alone is compiled when that is known.
pub(super) struct Cond {
    pub value: Value,
    pub refinements: Refinements,
    pub known: Option<bool>,
}

#[derive(PartialEq)]
enum Nothingness {
    Always,
    Maybe,
    Never,
}

impl Emitter<'_> {
    fn known_cond(&mut self, span: Span, known: bool, refinements: Refinements) -> Cond {
        Cond { value: self.bool(known, span), refinements, known: Some(known) }
    }

    pub(super) fn emit_cond(&mut self, e: &Expr) -> Result<Cond> {
        self.deeper(e.span, |em| em.cond_inner(e))
    }

    fn cond_inner(&mut self, e: &Expr) -> Result<Cond> {
        match &e.kind {
            ExprKind::BoolOp { op, values } => {
                let [first @ .., last] = &values[..] else { return fail(Code::Internal, e.span, "an empty condition") };
                if first.is_empty() {
                    return self.emit_cond(last);
                }
                self.short_circuit(
                    e.span,
                    *op == BoolOp::Or,
                    |em| em.emit_cond_chain(e.span, *op, first),
                    |em| em.emit_cond(last),
                )
            }
            ExprKind::Unary { op: UnaryOp::Not, operand } => {
                let c = self.emit_cond(operand)?;
                self.negated(e.span, c)
            }
            ExprKind::Compare { left, rest } => self.emit_comparisons(e.span, left, rest),
            ExprKind::Call { func, args, keywords } => {
                if let ExprKind::Name(name) = &func.kind {
                    if &**name == "isinstance" {
                        self.check_inputs(e.span, name, args, !keywords.is_empty(), 2..=2)?;
                        return self.emit_isinstance(&args[0], &args[1]);
                    }
                    if &**name == "hasattr" {
                        self.check_inputs(e.span, name, args, !keywords.is_empty(), 2..=2)?;
                        return self.emit_hasattr(&args[0], &args[1]);
                    }
                }
                if let Sugared::Special(Special::IsInstance) = self.emit_sugared(func, 1, None)? {
                    self.check_inputs(e.span, "isinstance", args, !keywords.is_empty(), 2..=2)?;
                    return self.emit_isinstance(&args[0], &args[1]);
                }
                self.plain_cond(e)
            }
            _ => self.plain_cond(e),
        }
    }

    fn emit_cond_chain(&mut self, span: Span, op: BoolOp, values: &[Expr]) -> Result<Cond> {
        match values {
            [first @ .., last] if !first.is_empty() => self.deeper(span, |em| {
                em.short_circuit(span, op == BoolOp::Or, |em| em.emit_cond_chain(span, op, first), |em| em.emit_cond(last))
            }),
            [one] => self.emit_cond(one),
            _ => fail(Code::Internal, span, "an empty condition"),
        }
    }

    fn negated(&mut self, span: Span, c: Cond) -> Result<Cond> {
        let value = self.op(span, "aten::__not__", &[c.value])?;
        Ok(Cond { value, refinements: c.refinements.not(), known: c.known.map(|k| !k) })
    }

    fn plain_cond(&mut self, e: &Expr) -> Result<Cond> {
        let v = self.emit_expr(e, None)?;
        self.cond_of_value(e.span, v)
    }

    pub(super) fn cond_of_value(&mut self, span: Span, v: Value) -> Result<Cond> {
        let value = self.to_bool(span, v)?;
        let known = match (self.made_by(value), self.as_constant(value)) {
            (Some("aten::is_scripting"), _) => Some(true),
            (Some("aten::has_torch_function"), _) => Some(false),
            (_, Some(Const::Bool(b))) => Some(b),
            _ => None,
        };
        Ok(Cond { value, refinements: Refinements::default(), known })
    }

    pub(super) fn to_bool(&mut self, span: Span, v: Value) -> Result<Value> {
        let ty = self.ty(v).clone();
        let cannot = || Diagnostic::new(Code::Type, span, format!("Could not cast value of type {} to bool", ty.annotation()));
        let Some(cast) = sugared::builtin_name("bool") else { return Err(Box::new(cannot())) };
        let out = match cast.call(self, span, &[Arg::new(span, v)], &[], 0) {
            Ok(Sugared::Value(v)) => v,
            Ok(_) => return Err(Box::new(cannot())),
            Err(e) if e.message.is_empty() => return Err(e),
            Err(_) => return Err(Box::new(cannot())),
        };
        if *self.ty(out) != Type::Bool {
            let found = self.ty(out).annotation();
            return fail(Code::Type, span, format!("expected a bool expression for condition but found {found}"));
        }
        Ok(out)
    }

    /// `a < b is c not in d`: comparisons joined by `and`; inner operands are evaluated twice, as PyTorch does.
    fn emit_comparisons(&mut self, span: Span, left: &Expr, rest: &[(CmpOp, Expr)]) -> Result<Cond> {
        match rest {
            [(op, right)] => self.emit_comparison(left.span.to(right.span), left, *op, right),
            [first @ .., (op, right)] => {
                let before = first.last().map_or(left, |l| &l.1);
                self.short_circuit(
                    span,
                    false,
                    |em| em.deeper(span, |em| em.emit_comparisons(span, left, first)),
                    |em| em.emit_comparison(before.span.to(right.span), before, *op, right),
                )
            }
            [] => self.emit_cond(left),
        }
    }

    fn emit_comparison(&mut self, span: Span, left: &Expr, op: CmpOp, right: &Expr) -> Result<Cond> {
        match op {
            CmpOp::Is | CmpOp::IsNot => self.emit_is(span, left, op, right),
            CmpOp::NotIn => {
                let v = self.emit_compare_value(span, left, CmpOp::In, right)?;
                let c = self.cond_of_value(span, v)?;
                self.negated(span, c)
            }
            _ => {
                let v = self.emit_compare_value(span, left, op, right)?;
                self.cond_of_value(span, v)
            }
        }
    }

    /// One comparison as a value, which need not be a bool: tensors compare element by element.
    pub(super) fn emit_compare_value(&mut self, span: Span, left: &Expr, op: CmpOp, right: &Expr) -> Result<Value> {
        let (op, magic) = match op {
            CmpOp::Eq => ("aten::eq", "__eq__"),
            CmpOp::NotEq => ("aten::ne", "__ne__"),
            CmpOp::Lt => ("aten::lt", "__lt__"),
            CmpOp::LtE => ("aten::le", "__le__"),
            CmpOp::Gt => ("aten::gt", "__gt__"),
            CmpOp::GtE => ("aten::ge", "__ge__"),
            CmpOp::In => ("aten::__contains__", "__contains__"),
            CmpOp::Is | CmpOp::IsNot => return Ok(self.emit_is(span, left, op, right)?.value),
            CmpOp::NotIn => {
                let v = self.emit_compare_value(span, left, CmpOp::In, right)?;
                let c = self.cond_of_value(span, v)?;
                return Ok(self.negated(span, c)?.value);
            }
        };
        self.emit_binary(span, op, magic, left, right)
    }

    fn nothingness(&self, v: Value) -> Nothingness {
        let is_none = *self.ty(v) == Type::None
            || (self.made_by(v) == Some("prim::Constant") && matches!(self.as_constant(v), Some(Const::None)));
        match self.ty(v) {
            _ if is_none => Nothingness::Always,
            Type::Optional(_) => Nothingness::Maybe,
            Type::Union(m) if m.contains(&Type::None) => Nothingness::Maybe,
            _ => Nothingness::Never,
        }
    }

    fn emit_is(&mut self, span: Span, left: &Expr, op: CmpOp, right: &Expr) -> Result<Cond> {
        use Nothingness::*;
        let is = op == CmpOp::Is;
        let l = self.emit_expr(left, None)?;
        let r = self.emit_expr(right, None)?;
        match (self.nothingness(l), self.nothingness(r)) {
            (Always, Always) => return Ok(self.known_cond(span, is, Refinements::default())),
            (Always, Never) | (Never, Always) => return Ok(self.known_cond(span, !is, Refinements::default())),
            _ => {}
        }
        let value = self.op(span, if is { "aten::__is__" } else { "aten::__isnot__" }, &[l, r])?;
        let none = |e: &Expr| matches!(e.kind, ExprKind::Constant(Constant::None));
        let refinements = match (&left.kind, &right.kind) {
            (ExprKind::Name(n), _) if none(right) => self.present(n, l, is),
            (_, ExprKind::Name(n)) if none(left) => self.present(n, r, is),
            _ => Refinements::default(),
        };
        Ok(Cond { value, refinements, known: None })
    }

    /// `name is None` (or `is not None`) tells that the value is there.
    fn present(&self, name: &str, v: Value, is: bool) -> Refinements {
        let ty = match self.ty(v) {
            Type::Optional(t) => (**t).clone(),
            Type::Union(m) => match m.iter().filter(|t| **t != Type::None).cloned().collect::<Vec<_>>() {
                rest if rest.is_empty() => return Refinements::default(),
                rest => Type::union(rest),
            },
            _ => return Refinements::default(),
        };
        let there = vec![Refinement { name: name.to_owned(), ty }];
        if is { Refinements { yes: vec![], no: there } } else { Refinements { yes: there, no: vec![] } }
    }

    fn short_circuit(
        &mut self,
        span: Span,
        is_or: bool,
        first: impl FnOnce(&mut Self) -> Result<Cond>,
        second: impl FnOnce(&mut Self) -> Result<Cond>,
    ) -> Result<Cond> {
        let l = first(self)?;
        let mut r = None;
        let constant = |em: &mut Self| Ok(em.bool(is_or, span));
        let go_on = |em: &mut Self| {
            let c = second(em)?;
            let v = c.value;
            r = Some((c.refinements, c.known));
            Ok(v)
        };
        let value = if is_or {
            self.if_expr(span, l.value, &l.refinements, constant, go_on)?
        } else {
            self.if_expr(span, l.value, &l.refinements, go_on, constant)?
        };
        let (r_refinements, r_known) = r.unwrap_or_default();
        let refinements = if is_or { l.refinements.or(&r_refinements) } else { l.refinements.and(&r_refinements) };
        let known = match (l.known, r_known) {
            (Some(k), _) | (_, Some(k)) if k == is_or => Some(is_or),
            (Some(_), Some(_)) => Some(!is_or),
            _ => None,
        };
        Ok(Cond { value, refinements, known })
    }

    /// `prim::If` with one output, whose type both branches unify to.
    pub(super) fn if_expr(
        &mut self,
        span: Span,
        cond: Value,
        refinements: &Refinements,
        yes: impl FnOnce(&mut Self) -> Result<Value>,
        no: impl FnOnce(&mut Self) -> Result<Value>,
    ) -> Result<Value> {
        let n = self.node("prim::If", &[cond], &[], span);
        let (a, b) = (self.graph.add_block(n), self.graph.add_block(n));
        let v = self.in_frame(a, |em| {
            em.refine(span, &refinements.yes)?;
            yes(em)
        });
        let v = v.1?;
        self.graph.block_mut(a).returns.push(v);
        let w = self.in_frame(b, |em| {
            em.refine(span, &refinements.no)?;
            no(em)
        });
        let w = w.1?;
        self.graph.block_mut(b).returns.push(w);
        let (tv, tw) = (self.ty(v).clone(), self.ty(w).clone());
        match self.unify(&tv, &tw, false) {
            Some(t) => Ok(self.graph.add_output(n, t)),
            None => fail(
                Code::Type,
                span,
                format!("if-expression's true branch has type {} but false branch has type {}", tv.annotation(), tw.annotation()),
            ),
        }
    }

    /// Gives variables the types that a condition tells.
    pub(super) fn refine(&mut self, span: Span, what: &[Refinement]) -> Result<()> {
        for r in what {
            let v = self.get_var(&r.name, span)?;
            let cast = self.unchecked_cast(v, r.ty.clone(), span);
            self.set_var(span, &r.name, cast)?;
        }
        Ok(())
    }

    /// An `if` statement.
    pub(super) fn if_else(
        &mut self,
        span: Span,
        cond: Cond,
        yes: impl FnOnce(&mut Self) -> Result<()>,
        no: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<()> {
        match cond.known {
            Some(true) => {
                self.refine(span, &cond.refinements.yes)?;
                return yes(self);
            }
            Some(false) => {
                self.refine(span, &cond.refinements.no)?;
                return no(self);
            }
            None => {}
        }
        let n = self.node("prim::If", &[cond.value], &[], span);
        let (a, b) = (self.graph.add_block(n), self.graph.add_block(n));
        let (true_frame, out) = self.in_frame(a, |em| {
            em.refine(span, &cond.refinements.yes)?;
            yes(em)
        });
        out?;
        let (false_frame, out) = self.in_frame(b, |em| {
            em.refine(span, &cond.refinements.no)?;
            no(em)
        });
        out?;
        let (true_exits, false_exits) = (self.exits.contains(&a), self.exits.contains(&b));
        if true_exits && false_exits {
            let around = self.point.block;
            self.exits.insert(around);
        }
        let mut changed = BTreeSet::new();
        for name in true_frame.types.keys() {
            let found = self.inside(b, |em| em.find_from(&false_frame, name)).is_some();
            if found || false_exits {
                changed.insert(name.clone());
            } else {
                self.not_defined(span, name, "false", &true_frame);
            }
        }
        for name in false_frame.types.keys() {
            let found = self.inside(a, |em| em.find_from(&true_frame, name)).is_some();
            if found || true_exits {
                changed.insert(name.clone());
            } else {
                self.not_defined(span, name, "true", &false_frame);
            }
        }
        for name in changed {
            let mut tv = None;
            if !true_exits {
                let v = self.inside(a, |em| em.find_from(&true_frame, &name).map(|s| s.as_value(em, span)));
                tv = Some(v.unwrap_or_else(|| Err(reported()))?);
            }
            let mut fv = None;
            if !false_exits {
                let v = self.inside(b, |em| em.find_from(&false_frame, &name).map(|s| s.as_value(em, span)));
                fv = Some(v.unwrap_or_else(|| Err(reported()))?);
            }
            // When one branch leaves, what the other defines is defined afterwards.
            let (tt, ft) = match (tv, fv) {
                (None, None) => continue,
                (Some(v), Some(w)) => (self.ty(v).clone(), self.ty(w).clone()),
                (Some(v), None) => {
                    let t = self.ty(v).clone();
                    self.store_uninitialized(b, &name, t.clone());
                    (t.clone(), t)
                }
                (None, Some(w)) => {
                    let t = self.ty(w).clone();
                    self.store_uninitialized(a, &name, t.clone());
                    (t.clone(), t)
                }
            };
            let full = match self.find(&name) {
                Some(Sugared::Value(v)) => Some(self.ty(v).clone()),
                _ => None,
            };
            let to_union = matches!(full, Some(Type::Union(_) | Type::Optional(_) | Type::Number));
            match self.unify(&tt, &ft, to_union) {
                Some(t) => {
                    if let Some(f) = self.frames.last_mut() {
                        f.types.insert(name, t);
                    }
                }
                None => {
                    let mut d = Diagnostic::new(
                        Code::Type,
                        span,
                        format!(
                            "Type mismatch: {name} is set to type {} in the true branch and type {} in the false branch",
                            tt.annotation(),
                            ft.annotation()
                        ),
                    );
                    for (frame, ty) in [(&true_frame, &tt), (&false_frame, &ft)] {
                        if let Some(place) = frame.places.get(&name).copied().or_else(|| self.place_of(&name)) {
                            d = d.label(place, ty.annotation());
                        }
                    }
                    if full.is_some() {
                        return Err(Box::new(d));
                    }
                    self.unusable.insert(name, d);
                }
            }
        }
        Ok(())
    }

    fn not_defined(&mut self, span: Span, name: &str, branch: &str, other: &Frame) {
        let mut d = Diagnostic::new(Code::Name, span, format!("{name} is not defined in the {branch} branch"));
        if let Some(place) = other.places.get(name) {
            d = d.label(*place, "defined here");
        }
        let d = d.help(format!("give '{name}' a value before the `if`, or in both branches"));
        self.unusable.insert(name.to_owned(), d);
    }

    fn store_uninitialized(&mut self, block: crate::graph::Block, name: &str, ty: Type) {
        self.inside(block, |em| {
            let v = em.uninitialized(ty);
            let n = em.bare_node("prim::Store", &[v], &[]);
            em.graph.set_attr(n, "name", Attr::Str(name.to_owned()));
        });
    }

    pub(super) fn emit_hasattr(&mut self, object: &Expr, name: &Expr) -> Result<Cond> {
        let o = self.emit_sugared(object, 1, None)?;
        let ExprKind::Constant(Constant::Str(name)) = &name.kind else {
            return fail(Code::Unsupported, name.span, "hasattr's second argument must be a string literal");
        };
        let has = o.has_attr(self, object.span, name)?;
        Ok(self.known_cond(object.span, has, Refinements::default()))
    }

    pub(super) fn emit_isinstance(&mut self, object: &Expr, classes: &Expr) -> Result<Cond> {
        let v = self.emit_expr(object, None)?;
        let mut wanted = vec![];
        self.gather_types(classes, &mut wanted)?;
        let have = standardize(vec![self.ty(v).clone()], &self.compiler.program);
        let wanted = standardize(wanted, &self.compiler.program);
        let (mut yes, mut no, mut all) = (vec![], vec![], true);
        for t in &have {
            if *t == Type::Any {
                yes.extend(wanted.iter().cloned());
                no.push(Type::Any);
                all &= yes == [Type::Any];
                break;
            }
            let mut found: Option<Type> = None;
            for w in &wanted {
                if self.is_subtype(t, w) {
                    found = Some(t.clone());
                } else if self.is_subtype(w, t) {
                    found = Some(match found {
                        Some(f) => self.unify(&f, w, false).unwrap_or(f),
                        None => w.clone(),
                    });
                }
            }
            all &= wanted.iter().any(|w| self.is_subtype(t, w));
            match found {
                Some(f) => yes.push(f),
                None => {
                    no.push(t.clone());
                }
            }
        }
        let mut refinements = Refinements::default();
        let none_left = yes.is_empty();
        if let ExprKind::Name(name) = &object.kind {
            let one = |types: Vec<Type>| -> Vec<Refinement> {
                let ty = self.unify_all(types, true);
                ty.map(|ty| Refinement { name: name.to_string(), ty }).into_iter().collect()
            };
            refinements = Refinements { yes: one(yes), no: one(no) };
        }
        if all {
            return Ok(self.known_cond(object.span, true, refinements));
        }
        if none_left {
            return Ok(self.known_cond(object.span, false, refinements));
        }
        let value = self.bare_value("prim::isinstance", &[v], Type::Bool);
        if let Some(n) = self.graph.def_node(value) {
            self.graph.set_attr(n, "types", Attr::Types(wanted));
        }
        Ok(Cond { value, refinements, known: None })
    }

    fn gather_types(&mut self, e: &Expr, out: &mut Vec<Type>) -> Result<()> {
        if let ExprKind::Tuple(items) = &e.kind {
            return items.iter().try_for_each(|i| self.gather_types(i, out));
        }
        out.push(self.annotation(e)?);
        Ok(())
    }

    /// The type that values of all types have.
    pub(super) fn unify_all(&self, types: Vec<Type>, to_union: bool) -> Option<Type> {
        let mut types = types.into_iter();
        let first = types.next()?;
        types.try_fold(first, |acc, t| self.unify(&acc, &t, to_union))
    }
}
