//! Statements.

use std::rc::Rc;

use super::{
    class::make_class,
    interp::Interp,
    object::*,
    raise::{R, Raise},
    scope::{Names, Scope, ScopeKind},
};
use crate::syntax::*;

/// How a block ended.
pub enum Flow {
    Next,
    Break,
    Continue,
    Return(Obj),
}

impl Interp {
    pub fn exec_block(&self, body: &[Stmt], scope: &Rc<Scope>) -> R<Flow> {
        for s in body {
            match self.exec(s, scope)? {
                Flow::Next => {}
                other => return Ok(other),
            }
        }
        Ok(Flow::Next)
    }

    fn exec(&self, s: &Stmt, scope: &Rc<Scope>) -> R<Flow> {
        self.at(s.span);
        match &s.kind {
            StmtKind::Expr(e) => {
                self.eval(e, scope)?;
            }
            StmtKind::Assign { targets, value, .. } => {
                let value = self.eval(value, scope)?;
                for t in targets {
                    self.assign(t, value.clone(), scope)?;
                }
            }
            StmtKind::AugAssign { target, op, value } => self.aug_assign(target, *op, value, scope)?,
            StmtKind::AnnAssign { target, annotation, value } => self.ann_assign(target, annotation, value.as_ref(), scope)?,
            StmtKind::Return(None) => return Ok(Flow::Return(Obj::None)),
            StmtKind::Return(Some(e)) => return Ok(Flow::Return(self.eval(e, scope)?)),
            StmtKind::If { test, body, orelse } => {
                let t = self.eval(test, scope)?;
                return self.exec_block(if self.truth(&t)? { body } else { orelse }, scope);
            }
            StmtKind::For { target, iter, body, orelse, is_async, .. } => {
                if *is_async {
                    return self.raise("NotImplementedError", "async for is not available at build time");
                }
                return self.exec_for(target, iter, body, orelse, scope);
            }
            StmtKind::While { test, body, orelse } => loop {
                self.at(test.span);
                self.step()?;
                let t = self.eval(test, scope)?;
                if !self.truth(&t)? {
                    return self.exec_block(orelse, scope);
                }
                match self.exec_block(body, scope)? {
                    Flow::Next | Flow::Continue => {}
                    Flow::Break => break,
                    ret => return Ok(ret),
                }
            },
            StmtKind::FunctionDef(f) => {
                let mut value = self.make_function(f, scope)?;
                for d in f.decorators.iter().rev() {
                    self.at(d.span);
                    let d = self.eval(d, scope)?;
                    value = self.call(&d, Args::new(vec![value]))?;
                }
                scope.target(&f.name).set_name(&f.name, value);
            }
            StmtKind::ClassDef(c) => {
                let mut value = make_class(self, c, scope)?;
                for d in c.decorators.iter().rev() {
                    self.at(d.span);
                    let d = self.eval(d, scope)?;
                    value = self.call(&d, Args::new(vec![value]))?;
                }
                scope.target(&c.name).set_name(&c.name, value);
            }
            StmtKind::Delete(targets) => {
                for t in targets {
                    self.delete(t, scope)?;
                }
            }
            StmtKind::With { items, body, .. } => return self.exec_with(items, body, scope),
            StmtKind::Try { body, handlers, orelse, finalbody, star } => {
                if *star {
                    return self.raise("NotImplementedError", "except* is not available at build time");
                }
                return self.exec_try(body, handlers, orelse, finalbody, scope);
            }
            StmtKind::Raise { exc, cause } => return self.exec_raise(exc.as_ref(), cause.as_ref(), scope),
            StmtKind::Assert { test, msg } => {
                let t = self.eval(test, scope)?;
                if !self.truth(&t)? {
                    let args = match msg {
                        Some(m) => vec![self.eval(m, scope)?],
                        None => vec![],
                    };
                    let exc = self.make_exception("AssertionError", args);
                    return Err(self.raise_obj(exc));
                }
            }
            StmtKind::Import(names) => {
                for a in names {
                    let top = self.import(&a.name)?;
                    match &a.asname {
                        Some(n) => {
                            let leaf = self.import_path(&a.name)?;
                            scope.target(n).set_name(n, leaf);
                        }
                        None => {
                            let first = a.name.split('.').next().unwrap_or("");
                            scope.target(first).set_str(first, top);
                        }
                    }
                }
            }
            StmtKind::ImportFrom { module, names, level } => self.import_from(module.as_deref(), names, *level, scope)?,
            StmtKind::Global(_) | StmtKind::Nonlocal(_) | StmtKind::Pass => {}
            StmtKind::TypeAlias { name, value } => {
                let v = self.eval(value, scope)?;
                self.assign(name, v, scope)?;
            }
            StmtKind::Match { subject, cases } => {
                let subject = self.eval(subject, scope)?;
                for c in cases {
                    if self.matches(&c.pattern, &subject, scope)? {
                        if let Some(g) = &c.guard {
                            let g = self.eval(g, scope)?;
                            if !self.truth(&g)? {
                                continue;
                            }
                        }
                        return self.exec_block(&c.body, scope);
                    }
                }
            }
            StmtKind::Break => return Ok(Flow::Break),
            StmtKind::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Next)
    }

    fn exec_for(&self, target: &Expr, iter: &Expr, body: &[Stmt], orelse: &[Stmt], scope: &Rc<Scope>) -> R<Flow> {
        let it = self.eval(iter, scope)?;
        let it = self.iter(&it)?;
        loop {
            self.at(iter.span);
            let Some(item) = self.next(&it)? else { break };
            self.assign(target, item, scope)?;
            match self.exec_block(body, scope)? {
                Flow::Next | Flow::Continue => {}
                Flow::Break => return Ok(Flow::Next),
                ret => return Ok(ret),
            }
        }
        self.exec_block(orelse, scope)
    }

    fn exec_with(&self, items: &[WithItem], body: &[Stmt], scope: &Rc<Scope>) -> R<Flow> {
        let Some((item, rest)) = items.split_first() else { return self.exec_block(body, scope) };
        let manager = self.eval(&item.context, scope)?;
        let (Some(enter), Some(exit)) = (self.special(&manager, "__enter__")?, self.special(&manager, "__exit__")?) else {
            return self
                .type_error(format!("'{}' object does not support the context manager protocol", self.type_name(&manager)));
        };
        let value = self.call(&enter, Args::default())?;
        let run = || -> R<Flow> {
            if let Some(t) = &item.target {
                self.assign(t, value, scope)?;
            }
            self.exec_with(rest, body, scope)
        };
        match run() {
            Ok(flow) => {
                self.call(&exit, Args::new(vec![Obj::None, Obj::None, Obj::None]))?;
                Ok(flow)
            }
            Err(e) => {
                let class = Obj::Class(self.type_of(&e.exc));
                self.handling.borrow_mut().push(e.exc.clone());
                let handled = self.call(&exit, Args::new(vec![class, e.exc.clone(), Obj::None]));
                self.handling.borrow_mut().pop();
                if self.truth(&handled?)? { Ok(Flow::Next) } else { Err(e) }
            }
        }
    }

    fn exec_try(&self, body: &[Stmt], handlers: &[Handler], orelse: &[Stmt], finalbody: &[Stmt], scope: &Rc<Scope>) -> R<Flow> {
        let result = match self.exec_block(body, scope) {
            Ok(Flow::Next) => self.exec_block(orelse, scope),
            Ok(flow) => Ok(flow),
            Err(e) => self.exec_handlers(e, handlers, scope),
        };
        if finalbody.is_empty() {
            return result;
        }
        match self.exec_block(finalbody, scope)? {
            Flow::Next => result,
            flow => Ok(flow),
        }
    }

    fn exec_handlers(&self, e: Box<Raise>, handlers: &[Handler], scope: &Rc<Scope>) -> R<Flow> {
        for h in handlers {
            let fits = match &h.typ {
                None => true,
                Some(t) => {
                    self.at(t.span);
                    let class = self.eval(t, scope)?;
                    self.exception_matches(&e.exc, &class)?
                }
            };
            if !fits {
                continue;
            }
            if let Some(n) = &h.name {
                scope.target(n).set_name(n, e.exc.clone());
            }
            self.handling.borrow_mut().push(e.exc.clone());
            let result = self.exec_block(&h.body, scope);
            self.handling.borrow_mut().pop();
            if let Some(n) = &h.name {
                scope.target(n).remove_str(n);
            }
            return result.map_err(|mut inner| {
                if inner.exc.is(&e.exc) {
                    inner.trace = e.trace.clone();
                } else if let Obj::Instance(i) = &inner.exc
                    && !i.dict.has_str("__context__")
                {
                    i.dict.set_str("__context__", e.exc.clone());
                }
                inner
            });
        }
        Err(e)
    }

    fn exception_matches(&self, exc: &Obj, class: &Obj) -> R<bool> {
        match class {
            Obj::Class(c) => Ok(self.isinstance(exc, c)),
            Obj::Tuple(items) => {
                for c in items.iter() {
                    if self.exception_matches(exc, c)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => self.type_error("catching classes that do not inherit from BaseException is not allowed"),
        }
    }

    fn exec_raise(&self, exc: Option<&Expr>, cause: Option<&Expr>, scope: &Rc<Scope>) -> R<Flow> {
        let Some(exc) = exc else {
            let current = self.handling.borrow().last().cloned();
            return match current {
                Some(e) => Err(self.raise_obj(e)),
                None => self.raise("RuntimeError", "No active exception to reraise"),
            };
        };
        let mut value = self.eval(exc, scope)?;
        if let Obj::Class(_) = &value {
            value = self.call(&value, Args::default())?;
        }
        if !self.isinstance(&value, &self.types.exception("BaseException")) {
            return self.type_error("exceptions must derive from BaseException");
        }
        if let Some(c) = cause {
            let mut c = self.eval(c, scope)?;
            if let Obj::Class(_) = &c {
                c = self.call(&c, Args::default())?;
            }
            if let Obj::Instance(i) = &value {
                i.dict.set_str("__cause__", c);
            }
        }
        Err(self.raise_obj(value))
    }

    /// Binds a value to a target.
    pub fn assign(&self, target: &Expr, value: Obj, scope: &Rc<Scope>) -> R<()> {
        match &target.kind {
            ExprKind::Name(n) => {
                scope.target(n).set_name(n, value);
                Ok(())
            }
            ExprKind::Attribute { value: object, attr, .. } => {
                let object = self.eval(object, scope)?;
                self.setattr(&object, attr, value)
            }
            ExprKind::Subscript { value: object, index } => {
                let object = self.eval(object, scope)?;
                let index = self.eval_index(index, scope)?;
                self.setitem(&object, &index, value)
            }
            ExprKind::Tuple(targets) | ExprKind::List(targets) => self.unpack(targets, value, scope),
            ExprKind::Starred(t) => self.assign(t, value, scope),
            _ => self.raise("SyntaxError", "cannot assign to this expression"),
        }
    }

    fn unpack(&self, targets: &[Expr], value: Obj, scope: &Rc<Scope>) -> R<()> {
        let items = match &value {
            Obj::None | Obj::Int(_) | Obj::Float(_) | Obj::Bool(_) => {
                return self.type_error(format!("cannot unpack non-iterable {} object", self.type_name(&value)));
            }
            _ => self.collect(&value)?,
        };
        let star = targets.iter().position(|t| matches!(t.kind, ExprKind::Starred(_)));
        let (n, got) = (targets.len(), items.len());
        match star {
            None if got > n => self.value_error(format!("too many values to unpack (expected {n})")),
            None if got < n => self.value_error(format!("not enough values to unpack (expected {n}, got {got})")),
            None => targets.iter().zip(items).try_for_each(|(t, v)| self.assign(t, v, scope)),
            Some(_) if got + 1 < n => {
                self.value_error(format!("not enough values to unpack (expected at least {}, got {got})", n - 1))
            }
            Some(s) => {
                let extra = got + 1 - n;
                let mut items = items.into_iter();
                for t in &targets[..s] {
                    let v = items.next().unwrap_or(Obj::None);
                    self.assign(t, v, scope)?;
                }
                let middle: Vec<Obj> = items.by_ref().take(extra).collect();
                self.assign(&targets[s], Obj::list(middle), scope)?;
                targets[s + 1..].iter().zip(items).try_for_each(|(t, v)| self.assign(t, v, scope))
            }
        }
    }

    fn aug_assign(&self, target: &Expr, op: BinOp, value: &Expr, scope: &Rc<Scope>) -> R<()> {
        match &target.kind {
            ExprKind::Attribute { value: object, attr, .. } => {
                let object = self.eval(object, scope)?;
                let old = self.getattr(&object, attr)?;
                let value = self.eval(value, scope)?;
                let new = self.inplace(op, &old, &value)?;
                self.setattr(&object, attr, new)
            }
            ExprKind::Subscript { value: object, index } => {
                let object = self.eval(object, scope)?;
                let index = self.eval_index(index, scope)?;
                let old = self.getitem(&object, &index)?;
                let value = self.eval(value, scope)?;
                let new = self.inplace(op, &old, &value)?;
                self.setitem(&object, &index, new)
            }
            _ => {
                let old = self.eval(target, scope)?;
                let value = self.eval(value, scope)?;
                let new = self.inplace(op, &old, &value)?;
                self.assign(target, new, scope)
            }
        }
    }

    fn ann_assign(&self, target: &Expr, annotation: &Expr, value: Option<&Expr>, scope: &Rc<Scope>) -> R<()> {
        if let Some(v) = value {
            let v = self.eval(v, scope)?;
            self.assign(target, v, scope)?;
        }
        if let (ExprKind::Name(n), ScopeKind::Module | ScopeKind::Class { .. }) = (&target.kind, &scope.kind) {
            let note = self.annotation(annotation, scope)?;
            let all = match scope.vars.get_str("__annotations__") {
                Some(Obj::Dict(d)) => d,
                _ => {
                    let d = Rc::new(super::dict::DictObj::default());
                    scope.vars.set_str("__annotations__", Obj::Dict(d.clone()));
                    d
                }
            };
            all.set_name(n, note);
        }
        Ok(())
    }

    /// The value of an annotation, or its text when evaluation is postponed.
    pub fn annotation(&self, e: &Expr, scope: &Rc<Scope>) -> R<Obj> {
        if scope.postponed {
            return Ok(Obj::str(self.sources.borrow().text(e.span)));
        }
        self.eval(e, scope)
    }

    fn delete(&self, target: &Expr, scope: &Rc<Scope>) -> R<()> {
        match &target.kind {
            ExprKind::Name(n) => match scope.target(n).remove_str(n) {
                Some(_) => Ok(()),
                None => self.raise("NameError", format!("name '{n}' is not defined")),
            },
            ExprKind::Attribute { value, attr, .. } => {
                let object = self.eval(value, scope)?;
                self.delattr(&object, attr)
            }
            ExprKind::Subscript { value, index } => {
                let object = self.eval(value, scope)?;
                let index = self.eval_index(index, scope)?;
                self.delitem(&object, &index)
            }
            ExprKind::Tuple(es) | ExprKind::List(es) => es.iter().try_for_each(|e| self.delete(e, scope)),
            _ => self.raise("SyntaxError", "cannot delete this expression"),
        }
    }

    /// The function object of a `def`, undecorated.
    pub fn make_function(&self, f: &std::sync::Arc<FunctionDef>, scope: &Rc<Scope>) -> R<Obj> {
        let code = Code::Def(f.clone());
        let annotations = Rc::new(super::dict::DictObj::default());
        for p in f.params.iter() {
            if let Some(a) = &p.annotation {
                self.at(a.span);
                annotations.set_name(&p.name, self.annotation(a, scope)?);
            }
        }
        if let Some(r) = &f.returns {
            self.at(r.span);
            annotations.set_str("return", self.annotation(r, scope)?);
        }
        self.function_object(f.name.clone(), code, annotations, scope)
    }

    pub fn function_object(&self, name: Name, code: Code, annotations: Rc<super::dict::DictObj>, scope: &Rc<Scope>) -> R<Obj> {
        let mut defaults = Vec::new();
        for p in code.params().positional() {
            if let Some(d) = &p.default {
                self.at(d.span);
                defaults.push(self.eval(d, scope)?);
            }
        }
        let mut kwdefaults = Vec::new();
        for p in &code.params().kwonly {
            if let Some(d) = &p.default {
                kwdefaults.push((p.name.clone(), self.eval(d, scope)?));
            }
        }
        let qualname = if scope.prefix.is_empty() { name.clone() } else { Name::from(format!("{}.{name}", scope.prefix)) };
        Ok(Obj::Function(Rc::new(Function {
            name: name.into(),
            qualname: qualname.into(),
            code,
            scope: scope.clone(),
            defaults: defaults.into(),
            kwdefaults,
            annotations,
            dict: Rc::default(),
        })))
    }

    /// Runs a class body and returns its namespace's scope.
    pub fn exec_class_body(&self, c: &ClassDef, scope: &Rc<Scope>, qualname: Name) -> R<Rc<Scope>> {
        let names = Rc::new(Names::of_body(&c.body));
        let inner = Scope::child(scope, ScopeKind::Class { names, cell: Default::default() }, qualname.clone());
        inner.vars.set_str("__module__", Obj::Str(scope.module.clone()));
        inner.vars.set_str("__qualname__", Obj::Str(qualname));
        if let Some(doc) = c.docstring() {
            inner.vars.set_str("__doc__", Obj::str(doc));
        }
        self.in_frame(&c.name, || self.exec_block(&c.body, &inner))?;
        Ok(inner)
    }
}
