//! Loops and assignment to targets.

use super::emitter::{Emitter, Looping, fail};
use super::{Arg, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Const, Value};
use crate::syntax::{Expr, ExprKind, TypeComment, TypeCommentKind};
use crate::types::Type;

/// What a loop does each time round.
pub(super) type LoopBody<'b, 'a> = &'b mut dyn FnMut(&mut Emitter<'a>) -> Result<()>;

impl<'a> Emitter<'a> {
    pub(super) fn emit_while(&mut self, span: Span, test: &Expr, body: &[crate::syntax::Stmt]) -> Result<()> {
        self.emit_loop(span, None, Some(test), &mut |em| {
            em.emit_statements(body);
            Ok(())
        })
    }

    pub(super) fn emit_for(&mut self, span: Span, target: &Expr, iter: &Expr, body: LoopBody<'_, 'a>) -> Result<()> {
        let over = self.emit_sugared(iter, 1, None)?;
        self.emit_for_over(span, target, over, iter.span, body)
    }

    pub(super) fn emit_for_over(
        &mut self,
        span: Span,
        target: &Expr,
        over: Sugared,
        at: Span,
        body: LoopBody<'_, 'a>,
    ) -> Result<()> {
        let over = over.iterate(self, at)?;
        if !over.is_unrolled() {
            return self.emit_loop(span, Some((over, target)), None, body);
        }
        let Some(len) = over.static_len() else { return fail(Code::Internal, at, "an unrolled loop without a length") };
        let outer = std::mem::replace(&mut self.looping, Looping::Unrolled);
        let out = (|| {
            // No frame: each turn may give variables values of other types.
            for i in 0..len {
                let index = self.literal(Const::Int(i), span);
                let item = over.getitem(self, span, index, None)?;
                self.assign(target, item, span)?;
                body(self)?;
            }
            Ok(())
        })();
        self.looping = outer;
        out
    }

    /// `prim::Loop` with a body and, until conversion to SSA, a second block that computes the condition.
    fn emit_loop(
        &mut self,
        span: Span,
        over: Option<(Sugared, &Expr)>,
        test: Option<&Expr>,
        body: LoopBody<'_, 'a>,
    ) -> Result<()> {
        let limit = match &over {
            Some((s, _)) => s.len(self, span)?,
            None => self.literal(Const::Int(i64::MAX), span),
        };
        let n = self.node("prim::Loop", &[], &[], span);
        let (body_block, condition) = (self.graph.add_block(n), self.graph.add_block(n));
        let go_on = match test {
            Some(e) => {
                let out = self.in_frame(condition, |em| {
                    let v = em.emit_expr(e, None)?;
                    em.to_bool(e.span, v)
                });
                out.1?
            }
            None => self.at(super::emitter::Point { block: self.point.block, before: Some(n) }, |em| em.bool(true, span)),
        };
        self.graph.block_mut(condition).returns.push(go_on);
        self.graph.node_mut(n).inputs.push(limit);
        let turn = self.graph.add_param(body_block, Type::Int, None);
        let outer = std::mem::replace(&mut self.looping, Looping::Loop);
        let out = self.in_frame(body_block, |em| {
            if let Some((over, target)) = &over {
                let item = over.getitem(em, span, turn, None)?.as_value(em, span)?;
                em.check_target(std::slice::from_ref(target), target.span)?;
                em.assign(target, Sugared::Value(item), span)?;
            }
            body(em)
        });
        self.looping = outer;
        let (frame, done) = out;
        for (name, place) in &frame.places {
            if self.place_of(name).is_none() {
                let d = Diagnostic::new(Code::Name, span, format!("{name} is only defined inside the loop, which may not run"));
                let d = d.label(*place, "defined here").help(format!("give '{name}' a value before the loop"));
                self.unusable.insert(name.clone(), d);
            }
        }
        done
    }

    /// Whether the targets hold a starred one.
    fn check_target<'e>(&self, targets: &[impl std::borrow::Borrow<Expr> + 'e], span: Span) -> Result<bool> {
        let (mut plain, mut starred) = (0, 0);
        for t in targets {
            let t: &Expr = t.borrow();
            match t.kind {
                ExprKind::Name(_)
                | ExprKind::Subscript { .. }
                | ExprKind::Tuple(_)
                | ExprKind::List(_)
                | ExprKind::Attribute { .. } => plain += 1,
                ExprKind::Starred(_) => starred += 1,
                _ => return fail(Code::Syntax, t.span, "lhs of assignment must be a variable, subscript, or starred expression"),
            }
        }
        if starred > 1 {
            return fail(Code::Syntax, span, "Only one starred expression is allowed on the lhs");
        }
        if starred > 0 && plain == 0 {
            return fail(
                Code::Unsupported,
                span,
                "A Starred expression may only appear on the lhs within the presence of another non-starred expression",
            );
        }
        Ok(starred > 0)
    }

    /// Assigns what an expression is to a target.
    pub(super) fn assign(&mut self, target: &Expr, what: Sugared, span: Span) -> Result<()> {
        match &target.kind {
            ExprKind::Name(name) => self.set_sugared(target.span, name, what, None),
            ExprKind::Subscript { value, index } => {
                let v = what.as_value(self, span)?;
                self.assign_item(span, target.span, value, index, Arg::new(span, v))
            }
            ExprKind::Attribute { value, attr, .. } => {
                let object = self.emit_sugared(value, 1, None)?;
                let v = what.as_value(self, span)?;
                object.set_attr(self, span, attr, v)
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => self.assign_tuple(target.span, targets, what, span),
            _ => fail(Code::Syntax, target.span, "unexpected expression on the left-hand side"),
        }
    }

    fn assign_tuple(&mut self, at: Span, targets: &[Expr], what: Sugared, span: Span) -> Result<()> {
        let starred = self.check_target(targets, at)?;
        let binders = targets.len() - starred as usize;
        let items = what.as_tuple(self, span, (!starred).then_some(binders))?;
        if items.len() < binders {
            let least = if starred { "at least " } else { "" };
            let found = items.len();
            return fail(Code::Type, at, format!("need {least}{binders} values to unpack but found only {found}"));
        }
        if items.len() > binders && !starred {
            return fail(Code::Type, at, format!("too many values to unpack: need {binders} but found {}", items.len()));
        }
        let matched = items.len() - binders;
        let mut items = items.into_iter();
        for t in targets {
            if let ExprKind::Starred(inner) = &t.kind {
                let ExprKind::Name(name) = &inner.kind else {
                    return fail(Code::Unsupported, inner.span, "Cannot pack a tuple into a non-variable");
                };
                let rest: Vec<Sugared> = items.by_ref().take(matched).collect();
                let values = self.values_of(&rest, t.span)?;
                let tuple = self.tuple(&values, None, t.span);
                self.set_var(inner.span, name, tuple)?;
            } else if let Some(item) = items.next() {
                self.assign(t, item, span)?;
            }
        }
        Ok(())
    }

    pub(super) fn emit_assign(
        &mut self,
        span: Span,
        targets: &[Expr],
        value: &Expr,
        comment: Option<&TypeComment>,
    ) -> Result<()> {
        let ty = match comment.map(|c| &c.kind) {
            Some(TypeCommentKind::Type(e)) => Some(self.annotation(e)?),
            Some(TypeCommentKind::Invalid(why)) => {
                let at = comment.map_or(span, |c| c.span);
                return Err(Box::new(Diagnostic::new(Code::Syntax, at, format!("not a type: {why}"))));
            }
            _ => None,
        };
        match targets {
            [target] => self.assign_expr(span, target, value, ty),
            _ => {
                // The value is made once, then assigned from left to right.
                let temp = self.temp_name("$tmp_assign_");
                let what = self.emit_sugared(value, 1, ty.as_ref())?;
                self.set_sugared(value.span, &temp, what, None)?;
                let temp = Expr { span: value.span, kind: ExprKind::Name(temp.as_str().into()) };
                targets.iter().try_for_each(|t| self.assign_expr(span, t, &temp, None))
            }
        }
    }

    pub(super) fn emit_annotated(&mut self, span: Span, target: &Expr, annotation: &Expr, value: &Expr) -> Result<()> {
        if let ExprKind::Attribute { value: object, .. } = &target.kind
            && matches!(&object.kind, ExprKind::Name(n) if &**n == "self")
        {
            let name = self.compiler.program.function(self.function).name.rsplit('.').next().unwrap_or("").to_owned();
            if name != "__init__" {
                let message = format!("Type annotations on instance attributes must be declared in __init__, not '{name}'");
                return Err(Box::new(
                    Diagnostic::new(Code::Type, target.span, message).help("annotate the attribute where __init__ assigns it"),
                ));
            }
        }
        let ty = self.annotation(annotation)?;
        self.assign_expr(span, target, value, Some(ty))
    }

    fn assign_expr(&mut self, span: Span, target: &Expr, value: &Expr, ty: Option<Type>) -> Result<()> {
        match &target.kind {
            ExprKind::Name(name) => {
                let what = self.emit_sugared(value, 1, ty.as_ref())?;
                // An annotation also tells what a value without parts to give it a type converts to.
                self.set_sugared(target.span, name, what, ty.as_ref())
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => {
                let starred = self.check_target(targets, target.span)?;
                let what = self.emit_sugared(value, targets.len() - starred as usize, None)?;
                self.assign_tuple(target.span, targets, what, value.span)
            }
            ExprKind::Attribute { value: object, attr, .. } => {
                let object = self.emit_sugared(object, 1, None)?;
                let what = self.emit_sugared(value, 1, ty.as_ref())?.as_value(self, value.span)?;
                object.set_attr(self, span, attr, what)
            }
            ExprKind::Subscript { value: container, index } => {
                let v: Value = self.emit_expr(value, None)?;
                self.assign_item(span, target.span, container, index, Arg::new(value.span, v))
            }
            ExprKind::Starred(_) => fail(
                Code::Syntax,
                target.span,
                "A Starred expression may only appear on the lhs within the presence of another non-starred expression",
            ),
            _ => fail(Code::Syntax, target.span, "unexpected expression on left-hand side of assignment"),
        }
    }
}
