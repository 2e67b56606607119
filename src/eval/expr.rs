//! Expressions.

use std::rc::Rc;

use super::{
    interp::Interp,
    iter::IterObj,
    object::*,
    raise::R,
    scope::{Names, Scope, ScopeKind},
};
use crate::{diag::Span, syntax::*};

impl Interp {
    pub fn eval(&self, e: &Expr, scope: &Rc<Scope>) -> R<Obj> {
        match &e.kind {
            ExprKind::Constant(c) => Ok(constant(c)),
            ExprKind::Name(n) => self.load(n, e.span, scope),
            ExprKind::Attribute { value, attr, .. } => {
                let object = self.eval(value, scope)?;
                self.at(e.span);
                self.getattr(&object, attr)
            }
            ExprKind::Call { func, args, keywords } => self.eval_call(e.span, func, args, keywords, scope),
            ExprKind::Binary { op, left, right } => {
                let l = self.eval(left, scope)?;
                let r = self.eval(right, scope)?;
                self.at(e.span);
                self.binary(*op, &l, &r)
            }
            ExprKind::Unary { op, operand } => {
                let v = self.eval(operand, scope)?;
                self.at(e.span);
                self.unary(*op, &v)
            }
            ExprKind::BoolOp { op, values } => {
                let mut last = Obj::None;
                for v in values {
                    last = self.eval(v, scope)?;
                    if self.truth(&last)? == (*op == BoolOp::Or) {
                        break;
                    }
                }
                Ok(last)
            }
            ExprKind::Compare { left, rest } => {
                let mut left = self.eval(left, scope)?;
                let mut result = Obj::Bool(true);
                for (i, (op, right)) in rest.iter().enumerate() {
                    let right = self.eval(right, scope)?;
                    self.at(e.span);
                    result = self.compare(*op, &left, &right)?;
                    if i + 1 < rest.len() && !self.truth(&result)? {
                        break;
                    }
                    left = right;
                }
                Ok(result)
            }
            ExprKind::IfExp { test, body, orelse } => {
                let t = self.eval(test, scope)?;
                self.eval(if self.truth(&t)? { body } else { orelse }, scope)
            }
            ExprKind::Subscript { value, index } => {
                let object = self.eval(value, scope)?;
                let index = self.eval_index(index, scope)?;
                self.at(e.span);
                self.getitem(&object, &index)
            }
            ExprKind::Tuple(es) => Ok(Obj::tuple(self.eval_items(es, scope)?)),
            ExprKind::List(es) => Ok(Obj::list(self.eval_items(es, scope)?)),
            ExprKind::Set(es) => {
                let items = self.eval_items(es, scope)?;
                self.make_set(items, false)
            }
            ExprKind::Dict(items) => {
                let dict = Rc::new(super::dict::DictObj::default());
                for (k, v) in items {
                    match k {
                        Some(k) => {
                            let k = self.eval(k, scope)?;
                            let v = self.eval(v, scope)?;
                            dict.set(self.key(&k)?, v);
                        }
                        None => {
                            let v = self.eval(v, scope)?;
                            self.dict_update(&dict, &v)?;
                        }
                    }
                }
                Ok(Obj::Dict(dict))
            }
            ExprKind::FString(parts) => Ok(Obj::str(self.fstring(parts, scope)?)),
            ExprKind::Lambda(l) => self.function_object(Name::from("<lambda>"), Code::Lambda(l.clone()), Rc::default(), scope),
            ExprKind::ListComp { element, generators } => {
                let mut items = Vec::new();
                self.comprehension(generators, scope, &mut |s| {
                    items.push(self.eval(element, s)?);
                    Ok(())
                })?;
                Ok(Obj::list(items))
            }
            ExprKind::SetComp { element, generators } => {
                let mut items = Vec::new();
                self.comprehension(generators, scope, &mut |s| {
                    items.push(self.eval(element, s)?);
                    Ok(())
                })?;
                self.make_set(items, false)
            }
            ExprKind::DictComp { key, value, generators } => {
                let dict = Rc::new(super::dict::DictObj::default());
                self.comprehension(generators, scope, &mut |s| {
                    let k = self.eval(key, s)?;
                    dict.set(self.key(&k)?, self.eval(value, s)?);
                    Ok(())
                })?;
                Ok(Obj::Dict(dict))
            }
            ExprKind::Generator { element, generators } => self.generator_expression(element, generators, scope),
            ExprKind::Named { target, value } => {
                let v = self.eval(value, scope)?;
                self.assign(target, v.clone(), scope)?;
                Ok(v)
            }
            ExprKind::Starred(_) => self.raise("SyntaxError", "can't use starred expression here"),
            ExprKind::Slice { .. } => self.eval_index(e, scope),
            ExprKind::Yield(v) => {
                let v = match v {
                    Some(v) => self.eval(v, scope)?,
                    None => Obj::None,
                };
                self.at(e.span);
                self.do_yield(scope, v)
            }
            ExprKind::YieldFrom(v) => {
                let source = self.eval(v, scope)?;
                let it = self.iter(&source)?;
                while let Some(v) = self.next(&it)? {
                    self.do_yield(scope, v)?;
                }
                Ok(match &it {
                    Obj::Generator(g) => self.generator_result(g),
                    _ => Obj::None,
                })
            }
            ExprKind::Await(_) => self.raise("NotImplementedError", "await is not available at build time"),
        }
    }

    fn load(&self, n: &Name, span: Span, scope: &Rc<Scope>) -> R<Obj> {
        if let Some(v) = scope.vars.get_str(n)
            && scope.names().is_none_or(|names| !names.globals.contains(n))
        {
            return Ok(v);
        }
        self.at(span);
        if scope.is_unbound_local(n) {
            return self.raise(
                "UnboundLocalError",
                format!("cannot access local variable '{n}' where it is not associated with a value"),
            );
        }
        match self.resolve(scope, n) {
            Some(v) => Ok(v),
            None => self.raise("NameError", format!("name '{n}' is not defined{}", self.suggest(scope, n))),
        }
    }

    fn suggest(&self, scope: &Rc<Scope>, n: &str) -> String {
        if self.modules.has_str(n) {
            return format!(". Did you forget to import '{n}'?");
        }
        let _ = scope;
        String::new()
    }

    /// A name as code in `scope` sees it, builtins included.
    pub fn resolve(&self, scope: &Rc<Scope>, n: &str) -> Option<Obj> {
        scope
            .find(n)
            .or_else(|| if n == "__class__" { scope.class_cell().map(Obj::Class) } else { None })
            .or_else(|| self.builtins.get_str(n))
    }

    fn eval_items(&self, es: &[Expr], scope: &Rc<Scope>) -> R<Vec<Obj>> {
        let mut items = Vec::with_capacity(es.len());
        for e in es {
            match &e.kind {
                ExprKind::Starred(inner) => {
                    let v = self.eval(inner, scope)?;
                    items.extend(self.collect(&v)?);
                }
                _ => items.push(self.eval(e, scope)?),
            }
        }
        Ok(items)
    }

    /// An index: slices and tuples of them become slice objects.
    pub fn eval_index(&self, e: &Expr, scope: &Rc<Scope>) -> R<Obj> {
        match &e.kind {
            ExprKind::Slice { lower, upper, step } => {
                let part = |p: &Option<Box<Expr>>| match p {
                    Some(p) => self.eval(p, scope),
                    None => Ok(Obj::None),
                };
                Ok(Obj::Slice(Rc::new(SliceObj { start: part(lower)?, stop: part(upper)?, step: part(step)? })))
            }
            ExprKind::Tuple(es) if es.iter().any(|e| matches!(e.kind, ExprKind::Slice { .. })) => {
                Ok(Obj::tuple(es.iter().map(|e| self.eval_index(e, scope)).collect::<R<_>>()?))
            }
            _ => self.eval(e, scope),
        }
    }

    fn eval_call(&self, span: Span, func: &Expr, args: &[Expr], keywords: &[Keyword], scope: &Rc<Scope>) -> R<Obj> {
        if let ExprKind::Name(n) = &func.kind
            && args.is_empty()
            && keywords.is_empty()
            && let Some(v) = self.scope_builtin(n, scope)?
        {
            return Ok(v);
        }
        // `object.method(...)` without making a bound method.
        let (func, receiver) = match &func.kind {
            ExprKind::Attribute { value, attr, .. } => {
                let object = self.eval(value, scope)?;
                self.at(func.span);
                match self.method(&object, attr)? {
                    Some(f) => (f, Some(object)),
                    None => (self.getattr(&object, attr)?, None),
                }
            }
            _ => (self.eval(func, scope)?, None),
        };
        let mut pos = Vec::with_capacity(args.len() + 1);
        pos.extend(receiver);
        for a in args {
            match &a.kind {
                ExprKind::Starred(inner) => {
                    let v = self.eval(inner, scope)?;
                    pos.extend(self.collect(&v)?);
                }
                _ => pos.push(self.eval(a, scope)?),
            }
        }
        let mut kw = Vec::with_capacity(keywords.len());
        for k in keywords {
            let v = self.eval(&k.value, scope)?;
            match &k.name {
                Some(n) => kw.push((n.clone(), v)),
                None => self.spread_keywords(&v, &mut kw)?,
            }
        }
        self.at(span);
        if let Obj::Builtin(b) = &func
            && &*b.module == "builtins"
            && matches!(&*b.name, "eval" | "exec")
        {
            return self.run_text(&*b.name == "exec", Args { pos, kw }, scope);
        }
        self.call(&func, Args { pos, kw })
    }

    fn spread_keywords(&self, v: &Obj, kw: &mut Vec<(Name, Obj)>) -> R<()> {
        let Obj::Dict(d) = v.unwrapped() else {
            return self.type_error(format!("argument after ** must be a mapping, not {}", self.type_name(v)));
        };
        for (k, v) in d.items() {
            let Obj::Str(k) = k.unwrapped() else { return self.type_error("keywords must be strings") };
            if kw.iter().any(|(n, _)| *n == k) {
                return self.type_error(format!("got multiple values for keyword argument '{k}'"));
            }
            kw.push((k, v));
        }
        Ok(())
    }

    /// `eval(text)` and `eval(text, globals, locals)`; `exec` likewise with statements.
    fn run_text(&self, is_exec: bool, args: Args, scope: &Rc<Scope>) -> R<Obj> {
        let name = if is_exec { "exec" } else { "eval" };
        let [text, globals, locals] = self.take_args(name, args, ["source", "globals", "locals"], 1)?;
        let text = match text.map(|t| t.unwrapped()) {
            Some(Obj::Str(s)) => s,
            _ => return self.type_error(format!("{name}() arg 1 must be a string")),
        };
        let inside = match (globals, locals) {
            (Some(Obj::Dict(globals)), Some(Obj::Dict(locals))) => Scope::with_locals(locals, globals, scope.module.clone()),
            (Some(Obj::Dict(globals)), _) => Scope::module(globals, scope.module.clone(), false),
            _ => scope.clone(),
        };
        let file = self.sources.borrow_mut().add("<string>", format!("{text}\n"));
        if !is_exec {
            return self.eval_text(text.trim(), &inside, file, 0);
        }
        self.exec_text(file, &inside)?;
        Ok(Obj::None)
    }

    /// Builtins that read the caller's scope: `super()`, `locals()`, `globals()`, `vars()`, `dir()`.
    fn scope_builtin(&self, n: &Name, scope: &Rc<Scope>) -> R<Option<Obj>> {
        if !matches!(&**n, "super" | "locals" | "globals" | "vars" | "dir") || scope.find(n).is_some() {
            return Ok(None);
        }
        Ok(Some(match &**n {
            "super" => {
                let (Some(class), Some(recv)) = (scope.class_cell(), scope.first_argument()) else {
                    return self.raise("RuntimeError", "super(): no arguments");
                };
                self.make_super(class, recv)?
            }
            "globals" => Obj::Dict(scope.globals.clone()),
            "dir" => {
                let mut names: Vec<String> = scope.vars.str_items().into_iter().map(|(k, _)| k.to_string()).collect();
                names.sort();
                Obj::list(names.into_iter().map(Obj::str).collect())
            }
            _ if matches!(scope.kind, ScopeKind::Module) => Obj::Dict(scope.vars.clone()),
            _ => Obj::Dict(scope.vars.copy()),
        }))
    }

    fn comprehension(&self, generators: &[Comprehension], scope: &Rc<Scope>, emit: &mut dyn FnMut(&Rc<Scope>) -> R<()>) -> R<()> {
        let Some(first) = generators.first() else { return Ok(()) };
        let source = self.eval(&first.iter, scope)?;
        let inner = self.comprehension_scope(generators, scope);
        self.comprehension_loop(generators, source, &inner, emit)
    }

    fn comprehension_scope(&self, generators: &[Comprehension], scope: &Rc<Scope>) -> Rc<Scope> {
        let names = Rc::new(Names::of_comprehension(generators));
        Scope::child(scope, ScopeKind::Comprehension(names), scope.prefix.clone())
    }

    fn comprehension_loop(
        &self,
        generators: &[Comprehension],
        source: Obj,
        scope: &Rc<Scope>,
        emit: &mut dyn FnMut(&Rc<Scope>) -> R<()>,
    ) -> R<()> {
        let Some((g, rest)) = generators.split_first() else { return Ok(()) };
        let it = self.iter(&source)?;
        while let Some(item) = self.next(&it)? {
            self.assign(&g.target, item, scope)?;
            if !self.conditions(g, scope)? {
                continue;
            }
            match rest.first() {
                None => emit(scope)?,
                Some(next) => {
                    let source = self.eval(&next.iter, scope)?;
                    self.comprehension_loop(rest, source, scope, emit)?;
                }
            }
        }
        Ok(())
    }

    fn conditions(&self, g: &Comprehension, scope: &Rc<Scope>) -> R<bool> {
        for c in &g.conditions {
            let c = self.eval(c, scope)?;
            if !self.truth(&c)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn generator_expression(&self, element: &Expr, generators: &[Comprehension], scope: &Rc<Scope>) -> R<Obj> {
        let Some(first) = generators.first() else { return Ok(Obj::None) };
        let source = self.eval(&first.iter, scope)?;
        let inner = self.comprehension_scope(generators, scope);
        let element = element.clone();
        let generators = generators.to_vec();
        if generators.len() == 1 {
            let it = self.iter(&source)?;
            return Ok(IterObj::make("generator", move |i| {
                while let Some(item) = i.next(&it)? {
                    i.assign(&generators[0].target, item, &inner)?;
                    if i.conditions(&generators[0], &inner)? {
                        return i.eval(&element, &inner).map(Some);
                    }
                }
                Ok(None)
            }));
        }
        let body = inner.clone();
        self.make_generator(Name::from("<genexpr>"), inner, move |i| {
            i.comprehension_loop(&generators, source, &body, &mut |s| {
                let v = i.eval(&element, s)?;
                i.do_yield(s, v).map(|_| ())
            })?;
            Ok(Obj::None)
        })
    }

    fn fstring(&self, parts: &[FStringPart], scope: &Rc<Scope>) -> R<String> {
        let mut out = String::new();
        for p in parts {
            match p {
                FStringPart::Text(t) => out.push_str(t),
                FStringPart::Value { value, conversion, spec } => {
                    let v = self.eval(value, scope)?;
                    let v = match conversion {
                        Some('r') => Obj::str(self.repr(&v)?),
                        Some('a') => Obj::str(super::format::ascii(&self.repr(&v)?)),
                        Some(_) => Obj::str(self.to_str(&v)?),
                        None => v,
                    };
                    let spec = match spec {
                        Some(s) => self.fstring(s, scope)?,
                        None => String::new(),
                    };
                    out.push_str(&self.format(&v, &spec)?);
                }
            }
        }
        Ok(out)
    }
}

/// A literal's value.
pub fn constant(c: &Constant) -> Obj {
    match c {
        Constant::None => Obj::None,
        Constant::Bool(b) => Obj::Bool(*b),
        Constant::Int(i) => Obj::int(i.clone()),
        Constant::Float(f) => Obj::Float(*f),
        Constant::Imaginary(f) => Obj::Complex(num_complex::Complex64::new(0.0, *f)),
        Constant::Str(s) => Obj::Str(s.clone()),
        Constant::Bytes(b) => Obj::Bytes(Rc::from(&**b)),
        Constant::Ellipsis => Obj::Ellipsis,
    }
}
