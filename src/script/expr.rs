//! Expressions.

use super::emitter::{Emitter, fail, unsupported};
use super::{Arg, Sugared};
use crate::diag::{Code, Result, Span};
use crate::graph::{Const, Value};
use crate::syntax::{BinOp, Constant, Expr, ExprKind, FStringPart, Keyword, UnaryOp};
use crate::types::Type;
use num_traits::ToPrimitive;
use std::ops::RangeInclusive;
use std::rc::Rc;

impl Emitter<'_> {
    /// The value of an expression.
    pub fn emit_expr(&mut self, e: &Expr, hint: Option<&Type>) -> Result<Value> {
        let mut v = self.emit_sugared(e, 1, hint)?.as_value(self, e.span)?;
        // `Any` is the one type that values do not unify to by themselves.
        if hint == Some(&Type::Any) && *self.ty(v) != Type::Any {
            v = self.unchecked_cast(v, Type::Any, e.span);
        }
        Ok(v)
    }

    /// What an expression is, which need not be a value.
    pub fn emit_sugared(&mut self, e: &Expr, binders: usize, hint: Option<&Type>) -> Result<Sugared> {
        self.deeper(e.span, |em| em.emit_inner(e, binders, hint))
    }

    fn emit_inner(&mut self, e: &Expr, binders: usize, hint: Option<&Type>) -> Result<Sugared> {
        match &e.kind {
            ExprKind::Name(name) => self.lookup(name, e.span),
            ExprKind::Attribute { value, attr, .. } => {
                let object = self.emit_sugared(value, 1, None)?;
                object.attr(self, e.span, attr)
            }
            ExprKind::Call { func, args, keywords } => self.emit_call(e, func, args, keywords, binders, hint),
            ExprKind::Subscript { value, index } => self.emit_subscript(e.span, value, index, hint),
            _ => self.emit_simple(e, hint).map(Sugared::Value),
        }
    }

    fn emit_simple(&mut self, e: &Expr, hint: Option<&Type>) -> Result<Value> {
        let lacks = |what: &str, instead: &str| unsupported(e.span, format!("{what} aren't supported"), instead);
        match &e.kind {
            ExprKind::Constant(c) => self.emit_constant(e.span, c),
            ExprKind::Binary { op, left, right } => self.emit_binop(e.span, *op, left, right),
            ExprKind::Unary { op, operand } => match op {
                UnaryOp::Not => Ok(self.emit_cond(e)?.value),
                UnaryOp::Neg => self.emit_unary(e.span, "aten::neg", "__neg__", operand),
                UnaryOp::Invert => self.emit_unary(e.span, "aten::bitwise_not", "__invert__", operand),
                UnaryOp::Pos => lacks("unary plus operators", "leave it off: it changes nothing"),
            },
            ExprKind::BoolOp { .. } => Ok(self.emit_cond(e)?.value),
            ExprKind::Compare { left, rest } => match &rest[..] {
                [(op, right)] => self.emit_compare_value(e.span, left, *op, right),
                _ => Ok(self.emit_cond(e)?.value),
            },
            ExprKind::IfExp { test, body, orelse } => {
                let cond = self.emit_cond(test)?;
                match cond.known {
                    Some(true) => self.emit_expr(body, hint),
                    Some(false) => self.emit_expr(orelse, hint),
                    None => self.if_expr(
                        e.span,
                        cond.value,
                        &cond.refinements,
                        |em| em.emit_expr(body, hint),
                        |em| em.emit_expr(orelse, hint),
                    ),
                }
            }
            ExprKind::List(items) => self.emit_list(e.span, items, hint),
            ExprKind::Tuple(items) => {
                let values: Vec<Value> = self.arguments(items)?.into_iter().map(|a| a.value).collect();
                Ok(self.tuple(&values, None, e.span))
            }
            ExprKind::Dict(items) => self.emit_dict(e.span, items, hint),
            ExprKind::ListComp { element, generators } | ExprKind::Generator { element, generators } => {
                let (target, iter) = self.one_generator(e.span, generators)?;
                let over = |em: &mut Self| em.emit_sugared(iter, 1, None);
                self.emit_list_comp(e.span, element, target, over, iter.span, hint)
            }
            ExprKind::DictComp { key, value, generators } => {
                let (target, iter) = self.one_generator(e.span, generators)?;
                let over = |em: &mut Self| em.emit_sugared(iter, 1, None);
                self.emit_dict_comp(e.span, key, value, target, over, iter.span, hint)
            }
            ExprKind::FString(parts) => self.emit_fstring(e.span, parts),
            ExprKind::Starred(_) => fail(Code::Syntax, e.span, "a starred expression is only allowed in calls, lists and tuples"),
            ExprKind::Slice { .. } => fail(Code::Syntax, e.span, "a slice is only allowed in a subscript"),
            ExprKind::Set(_) | ExprKind::SetComp { .. } => lacks("sets", "use a list, or a dict with the items as keys"),
            ExprKind::Lambda(_) => lacks("lambda expressions", "define a function at the top level"),
            ExprKind::Named { .. } => lacks("assignment expressions", "assign in a statement before"),
            ExprKind::Await(_) => lacks("await expressions", "use torch.jit.fork and torch.jit.wait"),
            ExprKind::Yield(_) | ExprKind::YieldFrom(_) => lacks("yield expressions", "gather the values in a list"),
            ExprKind::Name(_) | ExprKind::Attribute { .. } | ExprKind::Call { .. } | ExprKind::Subscript { .. } => {
                self.emit_sugared(e, 1, hint)?.as_value(self, e.span)
            }
        }
    }

    fn emit_constant(&mut self, span: Span, c: &Constant) -> Result<Value> {
        Ok(match c {
            Constant::None => self.none(span),
            Constant::Bool(b) => self.bool(*b, span),
            Constant::Int(i) => match i.to_i64() {
                Some(i) => self.literal(Const::Int(i), span),
                None => return unsupported(span, "an int must fit into 64 bits", "write it as a float, if it may be rounded"),
            },
            Constant::Float(x) => self.literal(Const::Float(*x), span),
            Constant::Imaginary(x) => self.literal(Const::Complex(0.0, *x), span),
            Constant::Str(s) => self.string(s, span),
            Constant::Bytes(_) => return unsupported(span, "bytes aren't supported", "use a str, or a tensor of dtype uint8"),
            Constant::Ellipsis => return fail(Code::Unsupported, span, "'...' is only supported as an index"),
        })
    }

    /// Arguments, with `*tuple` taken apart.
    pub(super) fn arguments(&mut self, items: &[Expr]) -> Result<Vec<Arg>> {
        let mut out = vec![];
        for e in items {
            match &e.kind {
                ExprKind::Starred(inner) => {
                    let parts = self.emit_sugared(inner, 1, None)?.as_tuple(self, e.span, None)?;
                    for p in parts {
                        out.push(Arg::new(e.span, p.as_value(self, e.span)?));
                    }
                }
                _ => out.push(Arg::new(e.span, self.emit_expr(e, None)?)),
            }
        }
        Ok(out)
    }

    pub(super) fn keyword_arguments(&mut self, keywords: &[Keyword]) -> Result<Vec<Arg>> {
        keywords
            .iter()
            .map(|k| match &k.name {
                Some(name) => Ok(Arg::named(k.span, name, self.emit_expr(&k.value, None)?)),
                None => {
                    unsupported(k.span, "keyword-arg expansion is not supported", "write the arguments by name: f(a=d[\"a\"])")
                }
            })
            .collect()
    }

    fn emit_call(
        &mut self,
        e: &Expr,
        func: &Expr,
        args: &[Expr],
        keywords: &[Keyword],
        binders: usize,
        hint: Option<&Type>,
    ) -> Result<Sugared> {
        let callee = self.emit_sugared(func, 1, None)?;
        if let Sugared::Special(form) = callee {
            return self.emit_special(e.span, form, func, args, keywords, hint);
        }
        let values = self.arguments(args)?;
        let kwargs = self.keyword_arguments(keywords)?;
        callee.call(self, e.span, &values, &kwargs, binders)
    }

    /// Checks how many arguments a special form has.
    pub(super) fn check_inputs(
        &self,
        span: Span,
        name: &str,
        args: &[Expr],
        has_keywords: bool,
        n: RangeInclusive<usize>,
    ) -> Result<()> {
        let (lo, hi) = (*n.start(), *n.end());
        if !n.contains(&args.len()) {
            let want = if lo == hi { format!("exactly {lo}") } else { format!("{lo} to {hi}") };
            return fail(Code::Type, span, format!("{name} expected {want} arguments but found {}", args.len()));
        }
        if has_keywords {
            return fail(Code::Type, span, format!("{name} takes no keyword arguments"));
        }
        if let Some(s) = args.iter().find(|a| matches!(a.kind, ExprKind::Starred(_))) {
            return fail(Code::Unsupported, s.span, format!("{name} takes no starred arguments"));
        }
        Ok(())
    }

    pub(super) fn emit_binary(&mut self, span: Span, op: &str, magic: &'static str, left: &Expr, right: &Expr) -> Result<Value> {
        let l = Arg::new(left.span, self.emit_expr(left, None)?);
        let r = Arg::new(right.span, self.emit_expr(right, None)?);
        let args = if op == "aten::__contains__" { [r, l] } else { [l, r] };
        self.binary_values(span, op, magic, args)
    }

    fn binary_values(&mut self, span: Span, op: &str, magic: &'static str, args: [Arg; 2]) -> Result<Value> {
        if op == "aten::add" && args.iter().all(|a| matches!(self.ty(a.value), Type::Tuple(_))) {
            let mut all = self.tuple_unpack(args[0].value, span);
            all.extend(self.tuple_unpack(args[1].value, span));
            return Ok(self.tuple(&all, None, span));
        }
        let f = Sugared::Magic(magic, Rc::new(Sugared::Builtin(op.into(), None)));
        f.call(self, span, &args, &[], 0)?.as_value(self, span)
    }

    fn emit_binop(&mut self, span: Span, op: BinOp, left: &Expr, right: &Expr) -> Result<Value> {
        let (name, magic) = match op {
            BinOp::Add => ("aten::add", "__add__"),
            BinOp::Sub => ("aten::sub", "__sub__"),
            BinOp::Mul => ("aten::mul", "__mul__"),
            BinOp::Div => ("aten::div", "__truediv__"),
            BinOp::Pow => ("aten::pow", "__pow__"),
            BinOp::LShift => ("aten::__lshift__", "__lshift__"),
            BinOp::RShift => ("aten::__rshift__", "__rshift__"),
            BinOp::BitAnd => ("aten::__and__", "__and__"),
            BinOp::BitOr => ("aten::__or__", "__or__"),
            BinOp::BitXor => ("aten::__xor__", "__xor__"),
            BinOp::Mod => {
                let l = self.emit_expr(left, None)?;
                if *self.ty(l) != Type::Str {
                    return self.emit_binary(span, "aten::remainder", "__mod__", left, right);
                }
                let l = self.emit_expr(left, None)?;
                let r = self.emit_expr(right, None)?;
                let v = self.value("aten::percentFormat", &[l, r], Type::Str, span);
                if let Some(n) = self.graph.def_node(v) {
                    self.graph.node_mut(n).overload = Some(String::new());
                }
                return Ok(v);
            }
            BinOp::FloorDiv | BinOp::MatMul => {
                let l = self.emit_expr(left, None)?;
                let r = self.emit_expr(right, None)?;
                let name = if op == BinOp::MatMul { "aten::matmul" } else { "aten::floordiv" };
                let args = [Arg::new(left.span, l), Arg::new(right.span, r)];
                return self.call_operator(span, name, &args, &[], None);
            }
        };
        self.emit_binary(span, name, magic, left, right)
    }

    fn emit_unary(&mut self, span: Span, op: &str, magic: &'static str, operand: &Expr) -> Result<Value> {
        let v = self.emit_expr(operand, None)?;
        let f = Sugared::Magic(magic, Rc::new(Sugared::Builtin(op.into(), None)));
        let out = f.call(self, span, &[Arg::new(operand.span, v)], &[], 0)?.as_value(self, span)?;
        if self.made_by(out) != Some(op) {
            return Ok(out);
        }
        let folded = match (op, self.as_constant(v)) {
            ("aten::neg", Some(Const::Int(i))) => Const::Int(i.wrapping_neg()),
            ("aten::neg", Some(Const::Bool(b))) => Const::Int(-(b as i64)),
            ("aten::neg", Some(Const::Float(x))) => Const::Float(-x),
            ("aten::neg", Some(Const::Complex(re, im))) => Const::Complex(-re, -im),
            ("aten::bitwise_not", Some(Const::Int(i))) => Const::Int(!i),
            _ => return Ok(out),
        };
        Ok(self.constant(folded, span))
    }

    /// `f"{a} b"` is `"{} b".format(a)`.
    fn emit_fstring(&mut self, span: Span, parts: &[FStringPart]) -> Result<Value> {
        if self.is_python(span) {
            return self.python_fstring(span, parts);
        }
        let mut text = String::new();
        let mut values = vec![];
        for p in parts {
            match p {
                FStringPart::Text(t) => text += t,
                FStringPart::Value { conversion: Some(_), value, .. } => {
                    return unsupported(
                        value.span,
                        "conversions (`!r`) in f-strings aren't supported",
                        "values print as str() shows them",
                    );
                }
                FStringPart::Value { spec: Some(_), value, .. } => {
                    return unsupported(
                        value.span,
                        "formats (`:.2f`) in f-strings aren't supported",
                        "format with %: \"%f\" % x",
                    );
                }
                FStringPart::Value { value, .. } => {
                    text += "{}";
                    values.push((**value).clone());
                }
            }
        }
        let format = self.string(&text, span);
        let args = self.arguments(&values)?;
        self.call_operator(span, "aten::format", &args, &[], Some(Arg::named(span, "self", format)))
    }

    fn one_generator<'e>(&self, span: Span, generators: &'e [crate::syntax::Comprehension]) -> Result<(&'e Expr, &'e Expr)> {
        match generators {
            [g] if g.is_async => unsupported(span, "async comprehensions aren't supported", "loop without async"),
            [g] if !g.conditions.is_empty() => {
                unsupported(span, "conditions in comprehensions aren't supported", "append to a list in a loop with an if")
            }
            [g] => Ok((&g.target, &g.iter)),
            _ => unsupported(
                span,
                "comprehensions over more than one iterable aren't supported",
                "append to a list in nested loops",
            ),
        }
    }
}
