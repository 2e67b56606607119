//! Statements.

use super::emitter::{Emitter, Looping, fail, reported, unsupported};
use super::{Arg, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::Value;
use crate::syntax::{BinOp, Constant, Expr, ExprKind, Stmt, StmtKind, WithItem};
use crate::types::Type;

impl Emitter<'_> {
    /// Emits statements up to one that leaves the block. Each failing statement is reported, and the next one tried.
    pub(super) fn emit_statements(&mut self, stmts: &[Stmt]) {
        for s in stmts {
            if let Err(d) = self.deeper(s.span, |em| em.emit_statement(s)) {
                self.report(d);
                self.poison(s);
            }
            if self.exits.contains(&self.frame_block()) {
                return;
            }
        }
    }

    /// After a failed statement: variables it would have set are unusable without further reports.
    fn poison(&mut self, s: &Stmt) {
        let mut names = vec![];
        assigned_names(s, &mut names);
        self.poisoned.extend(names);
        if matches!(s.kind, StmtKind::Return(_) | StmtKind::Raise { .. }) {
            let block = self.frame_block();
            self.exits.insert(block);
        }
    }

    fn emit_statement(&mut self, s: &Stmt) -> Result<()> {
        let lacks = |what: &str, instead: &str| unsupported(s.span, format!("{what} aren't supported"), instead);
        const SET_BY_BREAK: &str = "set a variable where the loop breaks, and test it behind the loop";
        match &s.kind {
            StmtKind::If { test, body, orelse } => {
                let cond = self.emit_cond(test)?;
                self.if_else(
                    s.span,
                    cond,
                    |em| {
                        em.emit_statements(body);
                        Ok(())
                    },
                    |em| {
                        em.emit_statements(orelse);
                        Ok(())
                    },
                )
            }
            StmtKind::While { test, body, orelse } => {
                if !orelse.is_empty() {
                    return lacks("else branches of while loops", SET_BY_BREAK);
                }
                self.emit_while(s.span, test, body)
            }
            StmtKind::For { target, iter, body, orelse, is_async, .. } => {
                if *is_async {
                    return lacks("async for loops", "loop without async");
                }
                if !orelse.is_empty() {
                    return lacks("else branches of for loops", SET_BY_BREAK);
                }
                self.emit_for(s.span, target, iter, &mut |em| {
                    em.emit_statements(body);
                    Ok(())
                })
            }
            StmtKind::Assign { targets, value, type_comment } => self.emit_assign(s.span, targets, value, type_comment.as_ref()),
            StmtKind::AnnAssign { target, annotation, value } => match value {
                Some(value) => self.emit_annotated(s.span, target, annotation, value),
                None => lacks("annotated assignments without assigned value", "assign a value where the variable is annotated"),
            },
            StmtKind::AugAssign { target, op, value } => self.emit_augmented(s.span, target, *op, value),
            StmtKind::Expr(e) => match &e.kind {
                ExprKind::Constant(Constant::Str(_)) => Ok(()),
                _ => self.emit_sugared(e, 0, None).map(drop),
            },
            StmtKind::Return(value) => self.emit_return(s.span, value.as_ref()),
            StmtKind::Raise { exc, .. } => match exc {
                Some(e) => self.emit_raise(s.span, e),
                None => unsupported(
                    s.span,
                    "raise needs an exception",
                    "there is none to raise again: name one, as in `raise RuntimeError(\"why\")`",
                ),
            },
            StmtKind::Assert { test, msg } => self.emit_assert(s.span, test, msg.as_ref()),
            StmtKind::Pass => Ok(()),
            StmtKind::Break => self.emit_jump(s.span, "break", "prim::BreakStmt"),
            StmtKind::Continue => self.emit_jump(s.span, "continue", "prim::ContinueStmt"),
            StmtKind::Delete(targets) => targets.iter().try_for_each(|t| self.emit_delete(s.span, t)),
            StmtKind::With { items, body, is_async, .. } => {
                if *is_async {
                    return lacks("async with statements", "use with without async");
                }
                self.emit_with(items, body)
            }
            StmtKind::FunctionDef(d) if self.resolver.has_closures() => self.emit_closure(s.span, d),
            StmtKind::FunctionDef(_) => {
                lacks("function definitions inside a compiled function", "define it at the top level and pass what it needs")
            }
            StmtKind::ClassDef(_) => lacks("class definitions inside a compiled function", "define it at the top level"),
            StmtKind::Match { .. } => lacks("match statements", "compare with if and elif"),
            StmtKind::Try { .. } => lacks(
                "try blocks",
                "test for the condition before the operation; whoever calls the compiled code can catch its exceptions",
            ),
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } => {
                lacks("import statements inside a compiled function", "import at the top of the file")
            }
            StmtKind::Global(_) => lacks(
                "global variables",
                "pass the value in and return the new one, or make it an attribute of a module or class",
            ),
            StmtKind::Nonlocal(_) => lacks(
                "nonlocal variables",
                "pass the value in and return the new one, or make it an attribute of a module or class",
            ),
            StmtKind::TypeAlias { .. } => lacks("type statements inside a compiled function", "name the type at the top level"),
        }
    }

    fn emit_jump(&mut self, span: Span, word: &str, op: &str) -> Result<()> {
        match self.looping {
            Looping::No => fail(Code::Syntax, span, format!("'{word}' outside loop")),
            Looping::Unrolled => Err(Box::new(
                Diagnostic::new(Code::Unsupported, span, format!("'{word}' inside a loop that is unrolled isn't supported"))
                    .help("loops over module lists, module dicts and tuples are unrolled"),
            )),
            Looping::Loop => {
                self.node(op, &[], &[], span);
                Ok(())
            }
        }
    }

    pub(super) fn emit_return(&mut self, span: Span, value: Option<&Expr>) -> Result<()> {
        let declared = self.returns.last().and_then(|r| r.declared.clone());
        let v = match value {
            Some(e) => self.emit_expr(e, declared.as_ref())?,
            None => self.return_none(span, declared.as_ref()),
        };
        self.finish_return(span, v, declared)
    }

    fn return_none(&mut self, span: Span, declared: Option<&Type>) -> Value {
        let v = self.none(span);
        match declared {
            Some(Type::Any) => self.unchecked_cast(v, Type::Any, span),
            _ => v,
        }
    }

    pub(super) fn finish_return(&mut self, span: Span, mut v: Value, declared: Option<Type>) -> Result<()> {
        let result = match declared {
            Some(want) => {
                v = self.convert(span, &want, v, true)?;
                let have = self.ty(v).clone();
                if !self.is_subtype(&have, &want) {
                    let (want, have) = (want.annotation(), have.annotation());
                    let message = format!("Return value was annotated as having type {want} but is actually of type {have}");
                    let d = Diagnostic::new(Code::Type, span, message);
                    return Err(Box::new(match self.returns.last().and_then(|r| r.annotation) {
                        Some(at) => d.label(at, "annotated here"),
                        None => d,
                    }));
                }
                want
            }
            None => {
                let have = self.ty(v).clone();
                let before = self.returns.last().and_then(|r| r.merged.clone()).unwrap_or_else(|| have.clone());
                match self.unify(&before, &have, false) {
                    Some(t) => t,
                    None => {
                        let message = format!(
                            "Previous return statement returned a value of type {} but this return statement returns a value of type {}",
                            before.annotation(),
                            have.annotation()
                        );
                        let d = Diagnostic::new(Code::Type, span, message);
                        return Err(Box::new(match self.returns.last().and_then(|r| r.last.clone()) {
                            Some((at, ty)) => d.label(at, ty.annotation()),
                            None => d,
                        }));
                    }
                }
            }
        };
        if let Some(r) = self.returns.last_mut() {
            r.last = Some((span, result.clone()));
            r.merged = Some(result.clone());
        }
        if result == Type::Any && *self.ty(v) != Type::Any {
            v = self.unchecked_cast(v, Type::Any, span);
        }
        self.bare_node("prim::ReturnStmt", &[v], &[]);
        let block = self.frame_block();
        self.exits.insert(block);
        Ok(())
    }

    fn emit_raise(&mut self, span: Span, e: &Expr) -> Result<()> {
        let exception = self.emit_sugared(e, 1, None)?;
        self.raise(span, exception)
    }

    fn raise(&mut self, span: Span, exception: Sugared) -> Result<()> {
        let (mut message, class) = match exception {
            Sugared::Raised(message, class) => (message, class),
            Sugared::Exception(_) => (self.string("", span), None),
            _ => return fail(Code::Type, span, "exceptions must derive from BaseException"),
        };
        if *self.ty(message) != Type::Str {
            message = self.op(span, "aten::str", &[message])?;
        }
        let class = match class {
            Some(c) => c,
            None => self.bare_constant(crate::graph::Const::None),
        };
        self.op(span, "prim::RaiseException", &[message, class])?;
        let block = self.frame_block();
        self.exits.insert(block);
        Ok(())
    }

    fn emit_assert(&mut self, span: Span, test: &Expr, msg: Option<&Expr>) -> Result<()> {
        let cond = self.emit_cond(test)?;
        self.if_else(
            span,
            cond,
            |_| Ok(()),
            |em| {
                let mut message = match msg {
                    Some(m) => em.emit_expr(m, None)?,
                    None => em.string("", span),
                };
                let prefix = em.string("AssertionError: ", span);
                if *em.ty(message) != Type::Str {
                    message = em.op(span, "aten::str", &[message])?;
                }
                let text = em.op(span, "aten::add", &[prefix, message])?;
                em.raise(span, Sugared::Raised(text, None))
            },
        )
    }

    /// `torch._assert`
    pub(super) fn assert(&mut self, span: Span, condition: Value, message: Value) {
        let cond = super::cond::Cond { value: condition, refinements: Default::default(), known: None };
        let done = self.if_else(
            span,
            cond,
            |_| Ok(()),
            |em| {
                let prefix = em.string("AssertionError: ", span);
                let text = em.op(span, "aten::add", &[prefix, message])?;
                em.raise(span, Sugared::Raised(text, None))
            },
        );
        if let Err(d) = done {
            self.compiler.report(d);
        }
    }

    fn emit_delete(&mut self, span: Span, target: &Expr) -> Result<()> {
        match &target.kind {
            ExprKind::Name(name) => self.remove_var(name, target.span),
            ExprKind::Subscript { value, index } => {
                if matches!(index.kind, ExprKind::Slice { .. }) {
                    return unsupported(
                        target.span,
                        "del takes a single index, no slice",
                        "keep the rest instead: xs = xs[:i] + xs[j:]",
                    );
                }
                let container = self.emit_sugared(value, 1, None)?;
                let i = self.emit_expr(index, None)?;
                let v = container.as_value(self, value.span)?;
                if let Type::Class(_) = self.ty(v) {
                    let method = Sugared::Value(v).attr(self, span, "__delitem__")?;
                    method.call(self, span, &[Arg::new(index.span, i)], &[], 0)?;
                    return Ok(());
                }
                self.op(target.span, "aten::Delete", &[v, i]).map(drop)
            }
            _ => unsupported(target.span, "del takes variables and items of lists and dicts", "set an attribute to None instead"),
        }
    }

    fn emit_with(&mut self, items: &[WithItem], body: &[Stmt]) -> Result<()> {
        let mut entered = vec![];
        for item in items {
            let span = item.context.span;
            let v = self.emit_expr(&item.context, None)?;
            let Type::Class(class) = self.ty(v).clone() else {
                return fail(Code::Type, span, "With item expression must return an object");
            };
            for name in ["__enter__", "__exit__"] {
                // Compiles the method.
                Sugared::Value(v).attr(self, span, name)?;
            }
            let methods = self.compiler.program.class_of(&class);
            let (Some(enter), Some(exit)) = (methods.method("__enter__"), methods.method("__exit__")) else {
                return fail(
                    Code::Type,
                    span,
                    "Object returned by with item expression does not define __enter__ and __exit__ methods",
                );
            };
            self.compiler.require(enter, span)?;
            self.compiler.require(exit, span)?;
            let enter = self.compiler.program.function(enter).signature.clone();
            let exit = self.compiler.program.function(exit).signature.clone();
            if enter.params.len() != 1 {
                return fail(Code::Type, span, "__enter__ must have only one argument and one return value");
            }
            if exit.params.len() != 4 || exit.params[1..].iter().any(|p| p.ty != Type::Any) {
                return Err(Box::new(
                    Diagnostic::new(Code::Type, span, "__exit__ must have four arguments, the last three of type Any")
                        .help("TorchScript passes no exception type, value or traceback"),
                ));
            }
            let ty = enter.returns.first().cloned().unwrap_or(Type::None);
            let out = self.bare_value("prim::Enter", &[v], ty);
            entered.push(v);
            if let Some(target) = &item.target {
                let ExprKind::Name(name) = &target.kind else {
                    return fail(Code::Unsupported, target.span, "a with item can only be bound to a variable");
                };
                self.set_var(target.span, name, out)?;
            }
        }
        self.emit_statements(body);
        for v in entered.into_iter().rev() {
            self.bare_value("prim::Exit", &[v], Type::None);
        }
        Ok(())
    }

    fn emit_augmented(&mut self, span: Span, target: &Expr, op: BinOp, value: &Expr) -> Result<()> {
        match &target.kind {
            ExprKind::Name(name) => {
                let v = self.emit_expr(target, None)?;
                let out = self.augment(span, op, v, value)?;
                self.set_var(target.span, name, out)
            }
            ExprKind::Attribute { value: object, attr, .. } => {
                let object = self.emit_sugared(object, 1, None)?;
                let v = object.attr(self, target.span, attr)?.as_value(self, target.span)?;
                let out = self.augment(span, op, v, value)?;
                object.set_attr(self, span, attr, out)
            }
            ExprKind::Subscript { value: container, index } => self.augment_item(span, target, container, index, op, value),
            _ => fail(Code::Syntax, target.span, "unexpected expression on left-hand side of augmented assignment"),
        }
    }

    fn augment(&mut self, span: Span, op: BinOp, left: Value, value: &Expr) -> Result<Value> {
        if let Type::Class(class) = self.ty(left).clone() {
            let stem = match op {
                BinOp::Add | BinOp::Sub | BinOp::Div | BinOp::Mul | BinOp::Mod => op.method(),
                _ => return self.unknown_augmented(span, op),
            };
            let right = self.emit_expr(value, None)?;
            let object = Sugared::Value(left);
            let (in_place, plain) = (format!("__i{stem}__"), format!("__{stem}__"));
            let name = if object.has_attr(self, span, &in_place)? { &in_place } else { &plain };
            if !object.has_attr(self, span, name)? {
                return fail(
                    Code::Type,
                    span,
                    format!(
                        "Cannot emit inplace op on {} since it does not define an {in_place} or {plain} method",
                        Type::Class(class).annotation()
                    ),
                );
            }
            let method = object.attr(self, span, name)?;
            return method.call(self, span, &[Arg::new(value.span, right)], &[], 0)?.as_value(self, span);
        }
        let right = self.emit_expr(value, None)?;
        let ty = self.ty(left).clone();
        let op = self.augmented_op(span, op, &ty)?;
        self.op(span, op, &[left, right])
    }

    fn unknown_augmented<T>(&self, span: Span, op: BinOp) -> Result<T> {
        let op = op.symbol();
        unsupported(span, format!("augmented assignment {op}= isn't supported"), &format!("write `x = x {op} y`"))
    }

    pub(super) fn augmented_op(&self, span: Span, op: BinOp, ty: &Type) -> Result<&'static str> {
        let in_place = matches!(ty, Type::Tensor | Type::List(_));
        Ok(match (op, in_place) {
            (BinOp::Add, true) => "aten::add_",
            (BinOp::Add, false) => "aten::add",
            (BinOp::Sub, true) => "aten::sub_",
            (BinOp::Sub, false) => "aten::sub",
            (BinOp::Div, true) => "aten::div_",
            (BinOp::Div, false) => "aten::div",
            (BinOp::Mul, true) => "aten::mul_",
            (BinOp::Mul, false) => "aten::mul",
            (BinOp::Mod, true) => "aten::fmod_",
            (BinOp::Mod, false) => "aten::fmod",
            (BinOp::BitOr, true) => "aten::bitwise_or",
            (BinOp::BitOr, false) => "aten::__or__",
            (BinOp::BitAnd, true) => "aten::bitwise_and",
            (BinOp::BitAnd, false) => "aten::__and__",
            (BinOp::BitXor, true) => "aten::bitwise_xor",
            (BinOp::BitXor, false) => "aten::__xor__",
            (BinOp::LShift, _) => "aten::__lshift__",
            (BinOp::RShift, true) => "aten::__irshift__",
            (BinOp::RShift, false) => "aten::__rshift__",
            (BinOp::Pow, _) => "aten::pow",
            (BinOp::FloorDiv | BinOp::MatMul, _) => return self.unknown_augmented(span, op),
        })
    }

    /// The end of a function that may not have returned: `None`.
    pub(super) fn finish_body(&mut self, span: Span, block: crate::graph::Block) -> Result<()> {
        let declared = self.returns.last().and_then(|r| r.declared.clone());
        if self.exits.contains(&block) {
            if let Some(r) = self.returns.last_mut()
                && r.merged.is_none()
            {
                r.merged = Some(declared.unwrap_or(Type::None));
            }
            return Ok(());
        }
        if self.failed {
            return Err(reported());
        }
        if declared.as_ref().is_some_and(|t| *t != Type::None) {
            let d = Diagnostic::new(
                Code::Type,
                span,
                format!(
                    "the function must return {}, but not all of its paths return",
                    declared.map_or(String::new(), |t| t.annotation())
                ),
            );
            let d = match self.returns.last().and_then(|r| r.annotation) {
                Some(at) => d.label(at, "because of this annotation"),
                None => d,
            };
            return Err(Box::new(d.help("return a value at the end, or raise an exception there")));
        }
        self.inside(block, |em| em.emit_return(span, None))
    }
}

/// Variables that a statement sets.
fn assigned_names(s: &Stmt, out: &mut Vec<String>) {
    let blocks: Vec<&[Stmt]> = match &s.kind {
        StmtKind::Assign { targets, .. } => {
            targets.iter().for_each(|t| target_names(t, out));
            vec![]
        }
        StmtKind::AnnAssign { target, .. } | StmtKind::AugAssign { target, .. } => {
            target_names(target, out);
            vec![]
        }
        StmtKind::For { target, body, orelse, .. } => {
            target_names(target, out);
            vec![body, orelse]
        }
        StmtKind::While { body, orelse, .. } | StmtKind::If { body, orelse, .. } => vec![body, orelse],
        StmtKind::With { items, body, .. } => {
            items.iter().flat_map(|i| &i.target).for_each(|t| target_names(t, out));
            vec![body]
        }
        StmtKind::FunctionDef(f) => {
            out.push(f.name.to_string());
            vec![]
        }
        StmtKind::ClassDef(c) => {
            out.push(c.name.to_string());
            vec![]
        }
        StmtKind::Import(names) | StmtKind::ImportFrom { names, .. } => {
            out.extend(names.iter().map(|a| a.asname.as_ref().unwrap_or(&a.name).split('.').next().unwrap_or("").to_owned()));
            vec![]
        }
        StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
            handlers.iter().for_each(|h| h.body.iter().for_each(|s| assigned_names(s, out)));
            vec![body, orelse, finalbody]
        }
        StmtKind::Match { cases, .. } => cases.iter().map(|c| c.body.as_slice()).collect(),
        _ => vec![],
    };
    blocks.into_iter().flatten().for_each(|s| assigned_names(s, out));
}

fn target_names(t: &Expr, out: &mut Vec<String>) {
    match &t.kind {
        ExprKind::Name(n) => out.push(n.to_string()),
        ExprKind::Tuple(items) | ExprKind::List(items) => items.iter().for_each(|i| target_names(i, out)),
        ExprKind::Starred(inner) => target_names(inner, out),
        _ => {}
    }
}
