//! Calls whose arguments have rules of their own: `isinstance`, `torch.jit.annotate`, `range`, `zip`, `fork`.

use super::emitter::{Emitter, Looping, fail, unsupported};
use super::{Arg, Special, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Const, Value};
use crate::syntax::{Constant, Expr, ExprKind, Keyword};
use crate::types::{DType, Type};
use std::rc::Rc;

impl Emitter<'_> {
    pub(super) fn emit_special(
        &mut self,
        span: Span,
        form: Special,
        func: &Expr,
        args: &[Expr],
        keywords: &[Keyword],
        hint: Option<&Type>,
    ) -> Result<Sugared> {
        let has_keywords = !keywords.is_empty();
        match form {
            Special::Annotate => {
                self.check_inputs(span, "annotate", args, has_keywords, 2..=2)?;
                let ty = self.annotation(&args[0])?;
                let v = self.emit_expr(&args[1], Some(&ty))?;
                let v = self.convert(span, &ty, v, true)?;
                let have = self.ty(v).clone();
                if !self.is_subtype(&have, &ty) {
                    return fail(
                        Code::Type,
                        args[1].span,
                        format!("expected an expression of type {} but found {}", ty.annotation(), have.annotation()),
                    );
                }
                if have == Type::None && ty.is_optional_like() && ty != Type::Any && ty != Type::None {
                    // Remembers what could have been there.
                    let none = self.bare_constant(Const::None);
                    self.graph.value_mut(none).ty = ty;
                    return Ok(Sugared::Value(none));
                }
                Ok(Sugared::Value(v))
            }
            Special::Cast => {
                self.check_inputs(span, "unchecked_cast", args, has_keywords, 2..=2)?;
                let ty = self.annotation(&args[0])?;
                let v = self.emit_expr(&args[1], None)?;
                if self.made_by(v) == Some("prim::unchecked_cast") && *self.ty(v) == ty {
                    return Ok(Sugared::Value(v));
                }
                Ok(Sugared::Value(self.unchecked_cast(v, ty, span)))
            }
            Special::GetAttr => {
                self.check_inputs(span, "getattr", args, has_keywords, 2..=3)?;
                let object = self.emit_sugared(&args[0], 1, None)?;
                let ExprKind::Constant(Constant::Str(name)) = &args[1].kind else {
                    return unsupported(
                        args[1].span,
                        "getattr's second argument must be a string literal",
                        "keep values whose names are only known at run time in a dict",
                    );
                };
                match args.get(2) {
                    Some(default) if !object.has_attr(self, span, name)? => self.emit_sugared(default, 1, None),
                    _ => object.attr(self, span, name),
                }
            }
            Special::HasAttr => {
                self.check_inputs(span, "hasattr", args, has_keywords, 2..=2)?;
                Ok(Sugared::Value(self.emit_hasattr(&args[0], &args[1])?.value))
            }
            Special::IsInstance => {
                self.check_inputs(span, "isinstance", args, has_keywords, 2..=2)?;
                Ok(Sugared::Value(self.emit_isinstance(&args[0], &args[1])?.value))
            }
            Special::Uninitialized => {
                self.check_inputs(span, "uninitialized", args, has_keywords, 1..=1)?;
                let ty = self.annotation(&args[0])?;
                Ok(Sugared::Value(self.value("prim::Uninitialized", &[], ty, span)))
            }
            Special::Tuple => {
                self.check_inputs(span, "tuple", args, has_keywords, 1..=1)?;
                let items = self.emit_sugared(&args[0], 1, None)?.as_tuple(self, span, None)?;
                let values = self.values_of(&items, span)?;
                Ok(Sugared::Value(self.tuple(&values, None, span)))
            }
            Special::List => self.emit_list_call(span, args, has_keywords, hint).map(Sugared::Value),
            Special::Dict => self.emit_dict_call(span, args, keywords, hint).map(Sugared::Value),
            Special::Range => {
                if has_keywords {
                    return fail(Code::Type, span, "range takes no keyword arguments");
                }
                let values = self.arguments(args)?.into_iter().map(|a| a.value).collect();
                self.range(span, values, None)
            }
            Special::Slice => {
                self.check_inputs(span, "slice", args, has_keywords, 1..=3)?;
                let values: Vec<Value> = self.arguments(args)?.into_iter().map(|a| a.value).collect();
                let (start, stop, step) = match values[..] {
                    [stop] => (None, Some(stop), None),
                    [start, stop] => (Some(start), Some(stop), None),
                    _ => (Some(values[0]), Some(values[1]), Some(values[2])),
                };
                let mut part = |v: Option<Value>, default| match v.filter(|v| *self.ty(*v) != Type::None) {
                    Some(v) => v,
                    None => self.int(default, span),
                };
                Ok(Sugared::Slice(part(start, 0), part(stop, i64::MAX), part(step, 1)))
            }
            Special::Enumerate => self.emit_enumerate(span, args, keywords),
            Special::Zip => {
                if args.is_empty() || has_keywords {
                    return fail(Code::Type, span, "zip expected at least 1 arguments and no keywords");
                }
                let mut children = vec![];
                for a in args {
                    children.push(self.emit_sugared(a, 1, None)?.iterate(self, span)?);
                }
                self.zip(span, children)
            }
            Special::ToList => {
                let ExprKind::Attribute { value, .. } = &func.kind else {
                    return fail(Code::Unsupported, span, "tolist() must be called on a tensor expression");
                };
                let tensor = self.emit_sugared(value, 1, None)?.as_value(self, value.span)?;
                let Some(ty) = hint else {
                    return Err(Box::new(
                        Diagnostic::new(Code::Type, span, "Expected type hint for result of tolist()")
                            .help("annotate the variable: `x: List[float] = t.tolist()`"),
                    ));
                };
                self.to_list(span, tensor, ty).map(Sugared::Value)
            }
            Special::TensorItem => {
                self.check_inputs(span, "__getitem__", args, has_keywords, 1..=1)?;
                match &func.kind {
                    ExprKind::Attribute { value, .. } => self.emit_subscript(span, value, &args[0], hint),
                    _ => fail(Code::Unsupported, span, "__getitem__() must be called on a tensor expression"),
                }
            }
            Special::New => {
                self.check_inputs(span, "__new__", args, has_keywords, 1..=1)?;
                match self.emit_sugared(&args[0], 1, None)? {
                    Sugared::Class(c) => {
                        let ty = Type::Class(self.compiler.program.class(c).class.clone());
                        Ok(Sugared::Value(self.value("prim::CreateObject", &[], ty, span)))
                    }
                    other => fail(
                        Code::Type,
                        args[0].span,
                        format!("Expected class value as argument to __new__, got {} instead", other.kind()),
                    ),
                }
            }
            Special::LegacyTensor(dtype) => self.legacy_tensor(span, dtype, args, keywords),
            Special::Fork => self.emit_fork("prim::forkClosure", span, args, keywords),
            Special::Awaitable => self.emit_fork("prim::awaitableClosure", span, args, keywords),
        }
    }

    /// `range` over the given bounds; `len` when the loop is unrolled.
    pub(super) fn range(&mut self, span: Span, values: Vec<Value>, len: Option<i64>) -> Result<Sugared> {
        for (i, v) in values.iter().enumerate() {
            if *self.ty(*v) != Type::Int {
                let found = self.ty(*v).annotation();
                return fail(Code::Type, span, format!("all inputs of range must be ints, found {found} in argument {i}"));
            }
        }
        let only_stop = values.len() == 1;
        let (start, stop, step) = match values[..] {
            [stop] => (self.int(0, span), stop, self.int(1, span)),
            [start, stop] => (start, stop, self.int(1, span)),
            [start, stop, step] => (start, stop, step),
            _ => return fail(Code::Type, span, format!("range expected 1 to 3 arguments, got {}", values.len())),
        };
        Ok(Sugared::Range { start, stop, step, only_stop, len })
    }

    /// Things iterated together.
    fn zip(&mut self, span: Span, children: Vec<Sugared>) -> Result<Sugared> {
        let lens: Vec<Option<i64>> = children.iter().map(Sugared::static_len).collect();
        if lens.iter().any(Option::is_some) && lens.iter().any(Option::is_none) {
            return fail(
                Code::Type,
                span,
                "Can not iterate over a module list or tuple with a value that does not have a statically determinable length",
            );
        }
        let len = lens.into_iter().flatten().min();
        Ok(Sugared::Zip { children, len })
    }

    fn emit_enumerate(&mut self, span: Span, args: &[Expr], keywords: &[Keyword]) -> Result<Sugared> {
        let n = args.len() + keywords.len();
        if args.is_empty() || n > 2 {
            return fail(Code::Type, span, format!("enumerate expected 1 to 2 arguments, got {n}"));
        }
        let mut bounds = vec![];
        if let Some(start) = args.get(1) {
            bounds.push(self.emit_expr(start, None)?);
        }
        if let Some(k) = keywords.first() {
            if k.name.as_deref() != Some("start") {
                return fail(Code::Type, k.span, "enumerate only has the keyword argument 'start'");
            }
            bounds.push(self.emit_expr(&k.value, None)?);
        }
        bounds.push(self.literal(Const::Int(i64::MAX), span));
        let over = self.emit_sugared(&args[0], 1, None)?.iterate(self, span)?;
        let counter = self.range(span, bounds, over.static_len())?;
        self.zip(span, vec![counter, over])
    }

    /// `prim::tolist(tensor, depth, element type)`
    fn to_list(&mut self, span: Span, tensor: Value, ty: &Type) -> Result<Value> {
        let mut depth = 0;
        let mut elem = ty.clone();
        while let Type::List(t) = elem {
            depth += 1;
            elem = (*t).clone();
        }
        let code = match elem {
            Type::Int => 0,
            Type::Float => 1,
            Type::Bool => 2,
            Type::Complex => 3,
            t => {
                return fail(
                    Code::Type,
                    span,
                    format!("{} is not one of the supported element types for tolist: int, float, complex, bool", t.annotation()),
                );
            }
        };
        let depth = self.bare_constant(Const::Int(depth));
        let code = self.bare_constant(Const::Int(code));
        Ok(self.value("prim::tolist", &[tensor, depth, code], ty.clone(), span))
    }

    /// `torch.FloatTensor(2, 3)`, `torch.FloatTensor([1.5])`
    fn legacy_tensor(&mut self, span: Span, dtype: DType, args: &[Expr], keywords: &[Keyword]) -> Result<Sugared> {
        let args: Vec<Value> = self.arguments(args)?.into_iter().map(|a| a.value).collect();
        if let Some(k) = keywords.iter().find(|k| k.name.as_deref() != Some("device")) {
            return fail(Code::Type, k.span, "a legacy tensor constructor only has the keyword argument 'device'");
        }
        self.keyword_arguments(keywords)?;
        let dtype = self.bare_constant(Const::Int(dtype.number()));
        let ints = args.iter().all(|v| *self.ty(*v) == Type::Int);
        let (op, data) = match args[..] {
            [] => ("aten::tensor", self.list(Type::Int, &[], span)),
            _ if ints => ("aten::empty", self.list(Type::Int, &args, span)),
            [one] => ("aten::tensor", one),
            _ => {
                return fail(Code::Type, span, "a legacy tensor constructor takes sizes or one list of values");
            }
        };
        let v = self.call_operator(span, op, &[Arg::new(span, data)], &[Arg::named(span, "dtype", dtype)], None)?;
        Ok(Sugared::Value(v))
    }

    /// A nested function of an archive's code, which is a fork's body.
    pub(super) fn emit_closure(&mut self, span: Span, def: &crate::syntax::FunctionDef) -> Result<()> {
        if def.params.iter().next().is_some() {
            return fail(Code::Unsupported, def.name_span, "a nested function cannot have parameters");
        }
        let node = self.node("prim::Closure", &[], &[Type::None], span);
        let block = self.graph.add_block(node);
        let outer = std::mem::replace(&mut self.looping, Looping::No);
        self.returns.push(super::emitter::Returns::default());
        let (_, done) = self.in_frame(block, |em| {
            em.emit_statements(&def.body);
            em.finish_body(span, block)
        });
        let returned = self.returns.pop().and_then(|r| r.merged).unwrap_or(Type::None);
        self.looping = outer;
        done?;
        let placeholder = self.inside(block, |em| em.uninitialized(returned));
        self.graph.block_mut(block).returns.push(placeholder);
        let value = self.graph.node(node).outputs[0];
        self.set_sugared(span, &def.name, Sugared::Closure(value), None)
    }

    /// `torch.jit.fork(f, *args)`: the call as a closure, which becomes a subgraph after conversion to SSA.
    fn emit_fork(&mut self, op: &str, span: Span, args: &[Expr], keywords: &[Keyword]) -> Result<Sugared> {
        let [callee, args @ ..] = args else {
            return fail(Code::Type, span, "Expected at least one argument: the function to call");
        };
        let callee = self.emit_sugared(callee, 1, None)?;
        if let Sugared::Closure(closure) = callee {
            let block = self.graph.def_node(closure).and_then(|n| self.graph.node(n).blocks.first().copied());
            let result = block.and_then(|b| self.graph.block(b).returns.first().copied());
            let ty = later(op, result.map_or(Type::None, |v| self.ty(v).clone()));
            return Ok(Sugared::Value(self.value(op, &[closure], ty, span)));
        }
        let args = self.arguments(args)?;
        let kwargs = self.keyword_arguments(keywords)?;
        let n = self.node(op, &[], &[Type::Any], span);
        let place = super::emitter::Point { block: self.point.block, before: Some(n) };
        let closure = self.at(place, |em| em.bare_node("prim::Closure", &[], &[Type::None]));
        let block = self.graph.add_block(closure);
        let outer = std::mem::replace(&mut self.looping, Looping::No);
        let out = self.in_frame(block, |em| callee.call(em, span, &args, &kwargs, 1)?.as_value(em, span));
        self.looping = outer;
        let v = out.1?;
        self.graph.block_mut(block).returns.push(v);
        let closure = self.graph.node(closure).outputs[0];
        self.graph.node_mut(n).inputs.push(closure);
        let ty = later(op, self.ty(v).clone());
        let out = self.graph.node(n).outputs[0];
        self.graph.value_mut(out).ty = ty;
        Ok(Sugared::Value(out))
    }
}

/// The type of a closure's result that comes later.
fn later(op: &str, result: Type) -> Type {
    let result = Rc::new(result);
    if op == "prim::forkClosure" { Type::Future(result) } else { Type::Await(result) }
}
