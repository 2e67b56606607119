//! Calls: binding arguments, running bodies, making instances.

use std::rc::Rc;

use super::{
    dict::DictObj,
    exec::Flow,
    interp::Interp,
    object::*,
    raise::R,
    scope::{Scope, ScopeKind},
};
use crate::syntax::Name;

impl Interp {
    /// Python's `func(*args)`.
    pub fn call(&self, func: &Obj, args: Args) -> R<Obj> {
        match func {
            Obj::Function(f) => self.call_function(f, args),
            Obj::Builtin(b) => (b.func)(self, args),
            Obj::Bound(b) => self.call(&b.func, args.prepend(b.recv.clone())),
            Obj::Class(c) => self.call_class(c, args),
            Obj::Script(s) => self.script_call(s, "__call__", args),
            Obj::StaticMethod(f) => self.call(f, args),
            _ => match self.special(func, "__call__")? {
                Some(f) => self.call(&f, args),
                None => self.type_error(format!("'{}' object is not callable", self.type_name(func))),
            },
        }
    }

    /// Calls with positional arguments.
    pub fn call_with(&self, func: &Obj, pos: Vec<Obj>) -> R<Obj> {
        self.call(func, Args::new(pos))
    }

    /// Calls a method by name.
    pub fn call_method(&self, obj: &Obj, name: &str, pos: Vec<Obj>) -> R<Obj> {
        let f = self.getattr(obj, name)?;
        self.call(&f, Args::new(pos))
    }

    fn call_function(&self, f: &Rc<Function>, args: Args) -> R<Obj> {
        let names = self.names_of(&f.code);
        let prefix = Name::from(format!("{}.<locals>", f.qualname.borrow()));
        let scope = Scope::child(&f.scope, ScopeKind::Function { names, first: Default::default() }, prefix);
        self.bind(f, args, &scope)?;
        if let Some(calls) = &mut *self.calls.borrow_mut()
            && f.code.params().iter().next().is_some_and(|p| !self.is_library(p.span.file))
        {
            let values = f.code.params().positional().filter_map(|p| scope.vars.get_str(&p.name)).collect();
            calls.push((f.clone(), values));
        }
        if let ScopeKind::Function { first, .. } = &scope.kind
            && let Some(p) = f.code.params().positional().next()
        {
            *first.borrow_mut() = scope.vars.get_str(&p.name);
        }
        let name = f.name.borrow().clone();
        match &f.code {
            Code::Lambda(l) => {
                let l = l.clone();
                self.in_frame(&name, || self.in_traced_scope(&scope, || self.eval(&l.body, &scope)))
            }
            Code::Def(d) => {
                let d = d.clone();
                if d.is_async {
                    return self.raise("NotImplementedError", "async functions cannot be called at build time");
                }
                if d.is_generator {
                    let inner = scope.clone();
                    return self.make_generator(name, scope, move |i| match i.exec_block(&d.body, &inner)? {
                        Flow::Return(v) => Ok(v),
                        _ => Ok(Obj::None),
                    });
                }
                self.in_frame(&name, || {
                    self.in_traced_scope(&scope, || match self.exec_block(&d.body, &scope)? {
                        Flow::Return(v) => Ok(v),
                        _ => Ok(Obj::None),
                    })
                })
            }
        }
    }

    /// Puts arguments into a function's scope.
    fn bind(&self, f: &Function, args: Args, scope: &Scope) -> R<()> {
        let params = f.code.params();
        let positional: Vec<_> = params.positional().collect();
        let name = || f.qualname.borrow().clone();
        let given = args.pos.len();
        let mut pos = args.pos.into_iter();
        for (p, v) in positional.iter().zip(pos.by_ref()) {
            scope.vars.set_name(&p.name, v);
        }
        let rest: Vec<Obj> = pos.collect();
        match &params.vararg {
            Some(v) => scope.vars.set_name(&v.name, Obj::tuple(rest)),
            None if !rest.is_empty() => {
                let n = positional.len();
                let least = n - f.defaults.borrow().len().min(n);
                let takes = match (n, least) {
                    (1, 1) => "takes 1 positional argument".to_string(),
                    (n, least) if n == least => format!("takes {n} positional arguments"),
                    (n, least) => format!("takes from {least} to {n} positional arguments"),
                };
                let were = if given == 1 { "was" } else { "were" };
                return self.type_error(format!("{}() {takes} but {given} {were} given", name()));
            }
            None => {}
        }
        let extra = Rc::new(DictObj::default());
        for (k, v) in args.kw {
            let known = params.args.iter().chain(&params.kwonly).any(|p| p.name == k);
            if known {
                if scope.vars.has_str(&k) {
                    return self.type_error(format!("{}() got multiple values for argument '{k}'", name()));
                }
                scope.vars.set_name(&k, v);
            } else if params.kwarg.is_some() {
                extra.set_name(&k, v);
            } else {
                return self.type_error(format!("{}() got an unexpected keyword argument '{k}'", name()));
            }
        }
        if let Some(k) = &params.kwarg {
            scope.vars.set_name(&k.name, Obj::Dict(extra));
        }
        let defaults = f.defaults.borrow();
        let first_default = positional.len().saturating_sub(defaults.len());
        let mut missing = Vec::new();
        for (i, p) in positional.iter().enumerate() {
            if scope.vars.has_str(&p.name) {
                continue;
            }
            match i.checked_sub(first_default).and_then(|i| defaults.get(i)) {
                Some(d) => scope.vars.set_name(&p.name, d.clone()),
                None => missing.push(p.name.clone()),
            }
        }
        if !missing.is_empty() {
            return self.missing(&name(), "positional", &missing);
        }
        for p in &params.kwonly {
            if scope.vars.has_str(&p.name) {
                continue;
            }
            match f.kwdefaults.iter().find(|(n, _)| *n == p.name) {
                Some((_, d)) => scope.vars.set_name(&p.name, d.clone()),
                None => missing.push(p.name.clone()),
            }
        }
        if missing.is_empty() { Ok(()) } else { self.missing(&name(), "keyword-only", &missing) }
    }

    fn missing(&self, function: &str, kind: &str, names: &[Name]) -> R<()> {
        let quoted: Vec<String> = names.iter().map(|n| format!("'{n}'")).collect();
        let list = match quoted.as_slice() {
            [one] => one.clone(),
            [a, b] => format!("{a} and {b}"),
            [rest @ .., last] => format!("{}, and {last}", rest.join(", ")),
            [] => String::new(),
        };
        let s = if names.len() == 1 { "" } else { "s" };
        self.type_error(format!("{function}() missing {} required {kind} argument{s}: {list}", names.len()))
    }

    fn call_class(&self, class: &Rc<Class>, args: Args) -> R<Obj> {
        if let Some(meta) = &class.meta
            && let Some(f) = meta.lookup("__call__")
            && !matches!(f, Obj::Builtin(_))
        {
            return self.call(&f, args.prepend(Obj::Class(class.clone())));
        }
        self.instantiate(class, args)
    }

    /// `type.__call__`: `__new__`, then `__init__`.
    pub fn instantiate(&self, class: &Rc<Class>, args: Args) -> R<Obj> {
        if Rc::ptr_eq(class, &self.types.type_) && args.pos.len() == 1 && args.kw.is_empty() {
            return Ok(Obj::Class(self.type_of(&args.pos[0])));
        }
        let again = Args { pos: args.pos.clone(), kw: args.kw.clone() };
        let Some(new) = class.lookup("__new__") else { return self.type_error("cannot create instances") };
        let new = match new {
            Obj::StaticMethod(f) => (*f).clone(),
            other => other,
        };
        let obj = self.call(&new, args.prepend(Obj::Class(class.clone())))?;
        if self.isinstance(&obj, class)
            && let Obj::Instance(_) | Obj::Tensor(_) = &obj
            && let Some(init) = class.lookup("__init__")
        {
            let result = self.call(&init, again.prepend(obj.clone()))?;
            if !result.is_none() {
                return self.type_error(format!("__init__() should return None, not '{}'", self.type_name(&result)));
            }
        }
        Ok(obj)
    }

    /// A bare instance carrying a builtin value.
    pub fn new_instance(&self, class: &Rc<Class>, payload: Obj) -> Obj {
        Obj::Instance(Rc::new(Instance { class: class.clone().into(), dict: Rc::default(), payload: payload.into() }))
    }

    pub fn make_exception(&self, class: &str, args: Vec<Obj>) -> Obj {
        self.new_instance(&self.types.exception(class), Obj::tuple(args))
    }
}
