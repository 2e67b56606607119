//! Making classes.

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
    sync::Arc,
};

use super::{
    dict::DictObj,
    interp::Interp,
    object::*,
    raise::R,
    scope::{Scope, ScopeKind},
};
use crate::syntax::{ClassDef, Name};

/// The class object of a `class` statement, undecorated.
pub fn make_class(interp: &Interp, c: &Arc<ClassDef>, scope: &Rc<Scope>) -> R<Obj> {
    let mut bases = Vec::new();
    for b in &c.bases {
        bases.push(interp.eval(b, scope)?);
    }
    let mut kw = Vec::new();
    let mut meta = None;
    for k in &c.keywords {
        let v = interp.eval(&k.value, scope)?;
        match &k.name {
            Some(n) if &**n == "metaclass" => meta = Some(v),
            Some(n) => kw.push((n.clone(), v)),
            None => return interp.type_error("keyword unpacking in a class statement is not available at build time"),
        }
    }
    let original = bases.clone();
    let mut resolved = Vec::new();
    for b in bases {
        match b {
            Obj::Class(_) => resolved.push(b),
            _ => match interp.getattr_quiet(&b, "__mro_entries__")? {
                Some(f) => {
                    let entries = interp.call(&f, Args::new(vec![Obj::tuple(original.clone())]))?;
                    resolved.extend(interp.collect(&entries)?);
                }
                None => return interp.type_error(format!("cannot derive from a {} object", interp.type_name(&b))),
            },
        }
    }
    let qualname = if scope.prefix.is_empty() { c.name.clone() } else { Name::from(format!("{}.{}", scope.prefix, c.name)) };
    let body = interp.exec_class_body(c, scope, qualname)?;
    interp.at(c.name_span);
    let meta = match meta {
        Some(Obj::Class(m)) => Some(m),
        Some(other) => {
            let args = vec![Obj::Str(c.name.clone()), Obj::tuple(resolved), Obj::Dict(body.vars.clone())];
            return interp.call(&other, Args { pos: args, kw });
        }
        None => resolved.iter().find_map(|b| match b {
            Obj::Class(b) => b.meta.clone(),
            _ => None,
        }),
    };
    interp.pending_class.borrow_mut().push((c.clone(), body.clone()));
    let args = vec![Obj::Str(c.name.clone()), Obj::tuple(resolved), Obj::Dict(body.vars.clone())];
    let made = match &meta {
        Some(m) => {
            let meta_obj = Obj::Class(m.clone());
            match m.lookup("__new__") {
                Some(Obj::StaticMethod(f)) if !matches!(*f, Obj::Builtin(_)) => {
                    interp.call(&f, Args { pos: args, kw }.prepend(meta_obj))
                }
                Some(f @ Obj::Function(_)) => interp.call(&f, Args { pos: args, kw }.prepend(meta_obj)),
                _ => interp.type_new(Some(m.clone()), Args { pos: args, kw }),
            }
        }
        None => interp.type_new(None, Args { pos: args, kw }),
    };
    interp.pending_class.borrow_mut().retain(|(d, _)| !Arc::ptr_eq(d, c));
    let made = made?;
    if let Obj::Class(k) = &made {
        if let ScopeKind::Class { cell, .. } = &body.kind {
            *cell.borrow_mut() = Some(k.clone());
        }
        if let Some(m) = &meta
            && let Some(init @ Obj::Function(_)) = m.lookup("__init__")
        {
            let args = vec![made.clone(), Obj::Str(c.name.clone()), Obj::tuple(original), Obj::Dict(body.vars.clone())];
            interp.call(&init, Args::new(args))?;
        }
    }
    Ok(made)
}

impl Interp {
    /// `type.__new__(meta, name, bases, namespace, **kw)`.
    pub fn type_new(&self, meta: Option<Rc<Class>>, args: Args) -> R<Obj> {
        let (name, bases, ns) = match args.pos.as_slice() {
            [Obj::Str(n), Obj::Tuple(b), Obj::Dict(d)] => (n.clone(), b.clone(), d.clone()),
            _ => return self.type_error("type() takes 1 or 3 arguments"),
        };
        let mut base_classes: Vec<Rc<Class>> = Vec::new();
        for b in bases.iter() {
            match b {
                Obj::Class(c) => base_classes.push(c.clone()),
                _ => return self.type_error("bases must be types"),
            }
        }
        if base_classes.is_empty() {
            base_classes.push(self.types.object.clone());
        }
        for b in &base_classes {
            if b.layout == Layout::Other || Rc::ptr_eq(b, &self.types.bool) {
                return self.type_error(format!("type '{}' is not an acceptable base type", b.name.borrow()));
            }
        }
        let layout = base_classes.iter().map(|b| b.layout).find(|l| *l != Layout::Object).unwrap_or(Layout::Object);
        let pending =
            self.pending_class.borrow().iter().rev().find(|(_, s)| Rc::ptr_eq(&s.vars, &ns) || same_names(&s.vars, &ns)).cloned();
        let dict = ns.copy();
        let text = |d: &DictObj, k: &str| match d.get_str(k) {
            Some(Obj::Str(s)) => Some(s),
            _ => None,
        };
        let module = text(&dict, "__module__").unwrap_or_else(|| Name::from("builtins"));
        let qualname = text(&dict, "__qualname__").unwrap_or_else(|| name.clone());
        dict.remove_str("__qualname__");
        let class = Rc::new(Class {
            name: RefCell::new(name.clone()),
            qualname: RefCell::new(qualname),
            module,
            bases: base_classes.clone(),
            mro: OnceCell::new(),
            dict: dict.clone(),
            meta: meta.or_else(|| base_classes.iter().find_map(|b| b.meta.clone())),
            layout,
            def: pending.as_ref().map(|(d, _)| d.clone()),
            scope: pending.as_ref().map(|(_, s)| s.clone()),
            subclasses: RefCell::default(),
        });
        let Some(mro) = linearize(&class, &base_classes) else {
            return self.type_error("Cannot create a consistent method resolution order (MRO) for bases");
        };
        let _ = class.mro.set(mro);
        if dict.has_str("__eq__") && !dict.has_str("__hash__") {
            dict.set_str("__hash__", Obj::None);
        }
        // `__new__` is static, `__init_subclass__` and `__class_getitem__` are class methods, without saying so.
        for (n, wrap) in [("__new__", true), ("__init_subclass__", false), ("__class_getitem__", false)] {
            if let Some(f @ Obj::Function(_)) = dict.get_str(n) {
                dict.set_str(n, if wrap { Obj::StaticMethod(Rc::new(f)) } else { Obj::ClassMethod(Rc::new(f)) });
            }
        }
        if let Some((_, s)) = &pending
            && let ScopeKind::Class { cell, .. } = &s.kind
        {
            *cell.borrow_mut() = Some(class.clone());
        }
        for b in &base_classes {
            b.subclasses.borrow_mut().push(Rc::downgrade(&class));
        }
        for (k, v) in dict.str_items() {
            if let Obj::Instance(_) = &v
                && let Some(f) = self.special(&v, "__set_name__")?
            {
                self.call(&f, Args::new(vec![Obj::Class(class.clone()), Obj::Str(k)]))?;
            }
        }
        let parent = class.mro().iter().skip(1).find_map(|c| c.dict.get_str("__init_subclass__"));
        if let Some(Obj::ClassMethod(f)) = parent {
            self.call(&f, Args { pos: vec![Obj::Class(class.clone())], kw: args.kw })?;
        }
        Ok(Obj::Class(class))
    }
}

fn same_names(a: &DictObj, b: &DictObj) -> bool {
    let qual = |d: &DictObj| match (d.get_str("__qualname__"), d.get_str("__module__")) {
        (Some(Obj::Str(q)), Some(Obj::Str(m))) => Some((q, m)),
        _ => None,
    };
    qual(a).is_some() && qual(a) == qual(b)
}

/// C3 linearisation; `None` when the bases contradict each other.
fn linearize(class: &Rc<Class>, bases: &[Rc<Class>]) -> Option<Vec<Rc<Class>>> {
    let mut lists: Vec<Vec<Rc<Class>>> = bases.iter().map(|b| b.mro().to_vec()).collect();
    lists.push(bases.to_vec());
    let mut out = vec![class.clone()];
    loop {
        lists.retain(|l| !l.is_empty());
        if lists.is_empty() {
            return Some(out);
        }
        let in_tail = |c: &Rc<Class>| lists.iter().any(|l| l[1..].iter().any(|x| Rc::ptr_eq(x, c)));
        let head = lists.iter().map(|l| &l[0]).find(|c| !in_tail(c))?.clone();
        for l in &mut lists {
            if Rc::ptr_eq(&l[0], &head) {
                l.remove(0);
            }
        }
        out.push(head);
    }
}
