//! Attributes: the descriptor protocol over instances, classes, modules and builtin values.

use std::rc::Rc;

use super::{interp::Interp, object::*, raise::R};

impl Interp {
    pub fn getattr(&self, obj: &Obj, name: &str) -> R<Obj> {
        match self.getattr_opt(obj, name)? {
            Some(v) => Ok(v),
            None => Err(self.no_attribute(obj, name)),
        }
    }

    fn no_attribute(&self, obj: &Obj, name: &str) -> Box<super::raise::Raise> {
        let message = match obj {
            Obj::Module(m) => format!("module '{}' has no attribute '{name}'", m.name),
            Obj::Class(c) => format!("type object '{}' has no attribute '{name}'", c.name.borrow()),
            Obj::Super(_) => format!("'super' object has no attribute '{name}'"),
            _ => format!("'{}' object has no attribute '{name}'", self.type_name(obj)),
        };
        self.error("AttributeError", message)
    }

    /// As [`Interp::getattr`]; a missing attribute is `None`, an `AttributeError` raised by user code as well.
    pub fn getattr_opt(&self, obj: &Obj, name: &str) -> R<Option<Obj>> {
        match obj {
            Obj::Instance(i) => {
                let class = i.class.borrow().clone();
                if let Some(f) = class.lookup("__getattribute__")
                    && !matches!(f, Obj::Builtin(_))
                {
                    return self.hook(&f, obj, name);
                }
                if let Some(v) = self.generic_getattr(obj, name)? {
                    return Ok(Some(v));
                }
                match class.lookup("__getattr__") {
                    Some(f) => self.hook(&f, obj, name),
                    None => Ok(None),
                }
            }
            Obj::Class(c) => self.class_getattr(c, name),
            Obj::Module(m) => {
                if let Some(v) = m.dict.get_str(name) {
                    return Ok(Some(v));
                }
                if name == "__dict__" {
                    return Ok(Some(Obj::Dict(m.dict.clone())));
                }
                if let Some(f) = &*m.fallback.borrow()
                    && let Some(v) = f(self, name)?
                {
                    return Ok(Some(v));
                }
                if let Some(f @ Obj::Function(_)) = m.dict.get_str("__getattr__") {
                    return self.hook(&f, &Obj::str(name), "").or_else(|e| self.swallow(e));
                }
                self.submodule(&m.name, name)
            }
            Obj::Super(s) => self.super_getattr(s, name),
            Obj::Script(s) => match self.script_attr(s, name)? {
                Some(v) => Ok(Some(v)),
                None => self.generic_getattr(obj, name),
            },
            Obj::Tensor(_) => match self.generic_getattr(obj, name)? {
                Some(v) => Ok(Some(v)),
                None => self.tensor_attr(obj, name),
            },
            Obj::Torch(t) => match self.torch_attr(t, name)? {
                Some(v) => Ok(Some(v)),
                None => self.generic_getattr(obj, name),
            },
            _ => match self.value_attr(obj, name)? {
                Some(v) => Ok(Some(v)),
                None => self.generic_getattr(obj, name),
            },
        }
    }

    fn hook(&self, f: &Obj, obj: &Obj, name: &str) -> R<Option<Obj>> {
        let mut pos = vec![obj.clone()];
        if !name.is_empty() {
            pos.push(Obj::str(name));
        }
        match self.call(f, Args::new(pos)) {
            Ok(v) => Ok(Some(v)),
            // The hook's own message is the better one: keep it for getattr, which is the only caller that reports.
            Err(e) => Err(e),
        }
    }

    fn swallow(&self, e: Box<super::raise::Raise>) -> R<Option<Obj>> {
        if self.is_exception(&e, "AttributeError") { Ok(None) } else { Err(e) }
    }

    /// `getattr(obj, name, None)`-like: user-level AttributeErrors count as missing.
    pub fn getattr_quiet(&self, obj: &Obj, name: &str) -> R<Option<Obj>> {
        self.getattr_opt(obj, name).or_else(|e| self.swallow(e))
    }

    /// `object.__getattribute__`: data descriptors, then the instance's own dictionary, then the class.
    pub fn generic_getattr(&self, obj: &Obj, name: &str) -> R<Option<Obj>> {
        let class = self.type_of(obj);
        let found = class.lookup(name);
        if let Some(Obj::Property(p)) = &found {
            if p.get.is_none() {
                return self
                    .raise("AttributeError", format!("property '{name}' of '{}' object has no getter", class.name.borrow()));
            }
            return self.call(&p.get, Args::new(vec![obj.clone()])).map(Some);
        }
        if let Some(d @ Obj::Instance(i)) = &found {
            let dc = i.class.borrow().clone();
            if dc.lookup("__set__").is_some()
                && let Some(get) = dc.lookup("__get__")
            {
                return self.call(&get, Args::new(vec![d.clone(), obj.clone(), Obj::Class(class)])).map(Some);
            }
        }
        if let Some(dict) = own_dict(obj) {
            if let Some(v) = dict.get_str(name) {
                return Ok(Some(v));
            }
            if name == "__dict__" {
                return Ok(Some(Obj::Dict(dict)));
            }
        }
        match found {
            Some(v) => self.bind_attr(&v, obj, &class).map(Some),
            None if name == "__class__" => Ok(Some(Obj::Class(class))),
            None => self.exception_attr(obj, name),
        }
    }

    fn exception_attr(&self, obj: &Obj, name: &str) -> R<Option<Obj>> {
        let Obj::Instance(i) = obj else { return Ok(None) };
        if i.class.borrow().layout != Layout::Exception {
            return Ok(None);
        }
        Ok(match name {
            "args" => Some(i.payload.borrow().clone()),
            "__cause__" | "__context__" | "__traceback__" => Some(Obj::None),
            "value" => match &*i.payload.borrow() {
                Obj::Tuple(t) => Some(t.first().cloned().unwrap_or(Obj::None)),
                _ => None,
            },
            _ => None,
        })
    }

    /// Binds what a class lookup found to an object.
    pub fn bind_attr(&self, v: &Obj, obj: &Obj, class: &Rc<Class>) -> R<Obj> {
        Ok(match v {
            Obj::Function(_) => Obj::Bound(Rc::new(Bound { recv: obj.clone(), func: v.clone() })),
            Obj::Builtin(b) if b.method => Obj::Bound(Rc::new(Bound { recv: obj.clone(), func: v.clone() })),
            Obj::StaticMethod(f) => (**f).clone(),
            Obj::ClassMethod(f) => Obj::Bound(Rc::new(Bound { recv: Obj::Class(class.clone()), func: (**f).clone() })),
            Obj::Property(p) => self.call(&p.get, Args::new(vec![obj.clone()]))?,
            Obj::Instance(i) => {
                let get = i.class.borrow().lookup("__get__");
                match get {
                    Some(get) => self.call(&get, Args::new(vec![v.clone(), obj.clone(), Obj::Class(class.clone())]))?,
                    None => v.clone(),
                }
            }
            other => other.clone(),
        })
    }

    /// The plain function behind `obj.name(...)`, when calling it with `obj` in front is all that is needed.
    pub fn method(&self, obj: &Obj, name: &str) -> R<Option<Obj>> {
        let class = match obj {
            Obj::Instance(i) => {
                if i.dict.has_str(name) {
                    return Ok(None);
                }
                let class = i.class.borrow().clone();
                if matches!(class.lookup("__getattribute__"), Some(f) if !matches!(f, Obj::Builtin(_))) {
                    return Ok(None);
                }
                class
            }
            Obj::List(_) | Obj::Dict(_) | Obj::Str(_) | Obj::Set(_) | Obj::Tuple(_) => self.type_of(obj),
            _ => return Ok(None),
        };
        Ok(class.lookup(name).filter(|f| matches!(f, Obj::Function(_)) || matches!(f, Obj::Builtin(b) if b.method)))
    }

    /// A special method of the object's type, bound.
    pub fn special(&self, obj: &Obj, name: &str) -> R<Option<Obj>> {
        let class = self.type_of(obj);
        match class.lookup(name) {
            Some(Obj::None) | None => Ok(None),
            Some(v) => self.bind_attr(&v, obj, &class).map(Some),
        }
    }

    /// As [`Interp::special`], leaving out the methods of builtin types.
    pub fn user_special(&self, obj: &Obj, name: &str) -> R<Option<Obj>> {
        if !matches!(obj, Obj::Instance(_) | Obj::Class(_)) {
            return Ok(None);
        }
        let class = self.type_of(obj);
        match class.lookup(name) {
            None | Some(Obj::None) | Some(Obj::Builtin(_)) => Ok(None),
            Some(v) => self.bind_attr(&v, obj, &class).map(Some),
        }
    }

    fn class_getattr(&self, c: &Rc<Class>, name: &str) -> R<Option<Obj>> {
        let meta = c.meta.clone().unwrap_or_else(|| self.types.type_.clone());
        let on_meta = meta.lookup(name);
        if let Some(Obj::Property(p)) = &on_meta {
            return self.call(&p.get, Args::new(vec![Obj::Class(c.clone())])).map(Some);
        }
        if let Some(v) = c.lookup(name) {
            return Ok(Some(match &v {
                Obj::StaticMethod(f) => (**f).clone(),
                Obj::ClassMethod(f) => Obj::Bound(Rc::new(Bound { recv: Obj::Class(c.clone()), func: (**f).clone() })),
                Obj::Instance(i) => {
                    let get = i.class.borrow().lookup("__get__");
                    match get {
                        Some(get) => self.call(&get, Args::new(vec![v.clone(), Obj::None, Obj::Class(c.clone())]))?,
                        None => v,
                    }
                }
                _ => v,
            }));
        }
        Ok(Some(match name {
            "__name__" => Obj::Str(c.name.borrow().clone()),
            "__qualname__" => Obj::Str(c.qualname.borrow().clone()),
            "__module__" => Obj::Str(c.module.clone()),
            "__bases__" => Obj::tuple(c.bases.iter().cloned().map(Obj::Class).collect()),
            "__base__" => c.bases.first().cloned().map_or(Obj::None, Obj::Class),
            "__mro__" => Obj::tuple(c.mro().iter().cloned().map(Obj::Class).collect()),
            "__dict__" => Obj::Dict(c.dict.clone()),
            "__class__" => Obj::Class(meta),
            "__doc__" => Obj::None,
            "__annotations__" => {
                let d = Obj::dict();
                c.dict.set_str("__annotations__", d.clone());
                d
            }
            "mro" => {
                let mro = Obj::list(c.mro().iter().cloned().map(Obj::Class).collect());
                self.builtin("builtins", "mro", move |_, _| Ok(mro.clone()))
            }
            "__subclasses__" => {
                let subs: Vec<Obj> = c.subclasses.borrow().iter().filter_map(|w| w.upgrade()).map(Obj::Class).collect();
                self.builtin("builtins", "__subclasses__", move |_, _| Ok(Obj::list(subs.clone())))
            }
            _ => {
                if let Some(v) = on_meta {
                    return self.bind_attr(&v, &Obj::Class(c.clone()), &meta).map(Some);
                }
                if let Some(f) = meta.lookup("__getattr__") {
                    return self.hook(&f, &Obj::Class(c.clone()), name);
                }
                if Rc::ptr_eq(c, &self.types.tensor) || c.is_subclass_of(&self.types.tensor) {
                    return self.tensor_class_attr(name);
                }
                return Ok(None);
            }
        }))
    }

    pub fn make_super(&self, start: Rc<Class>, recv: Obj) -> R<Obj> {
        let kind = match &recv {
            Obj::Class(c) if c.is_subclass_of(&start) => c.clone(),
            _ => self.type_of(&recv),
        };
        if !kind.is_subclass_of(&start) {
            return self.type_error("super(type, obj): obj must be an instance or subtype of type");
        }
        Ok(Obj::Super(Rc::new(SuperObj { start, recv, kind })))
    }

    fn super_getattr(&self, s: &SuperObj, name: &str) -> R<Option<Obj>> {
        let after = s.kind.mro().iter().skip_while(|c| !Rc::ptr_eq(c, &s.start)).skip(1);
        for c in after {
            if let Some(v) = c.dict.get_str(name) {
                return Ok(Some(match (&v, &s.recv) {
                    // On the class itself (`super().__new__` and class methods) functions stay unbound.
                    (Obj::Function(_) | Obj::Builtin(_), Obj::Class(r)) if r.is_subclass_of(&s.start) => v,
                    _ => self.bind_attr(&v, &s.recv, &s.kind)?,
                }));
            }
        }
        match name {
            "__class__" => Ok(Some(Obj::Class(self.types.super_.clone()))),
            _ => Ok(None),
        }
    }

    /// Attributes of builtin values that are not methods.
    fn value_attr(&self, obj: &Obj, name: &str) -> R<Option<Obj>> {
        Ok(Some(match (obj, name) {
            (Obj::Function(f), _) => return self.function_attr(f, name),
            (Obj::Builtin(b), "__name__" | "__qualname__") => Obj::Str(b.name.clone()),
            (Obj::Builtin(b), "__module__") => Obj::Str(b.module.clone()),
            (Obj::Builtin(_), "__doc__") => Obj::None,
            (Obj::Bound(b), "__self__") => b.recv.clone(),
            (Obj::Bound(b), "__func__") => b.func.clone(),
            (
                Obj::Bound(b),
                "__name__" | "__qualname__" | "__doc__" | "__module__" | "__annotations__" | "__dict__" | "__wrapped__"
                | "__code__" | "__defaults__",
            ) => {
                return self.getattr_opt(&b.func, name);
            }
            (Obj::Bound(b), _) if !name.starts_with("__") => return self.getattr_opt(&b.func, name),
            (Obj::Property(p), "fget") => p.get.clone(),
            (Obj::Property(p), "fset") => p.set.clone(),
            (Obj::Property(p), "fdel") => p.del.clone(),
            (Obj::Property(p), "__doc__") => p.doc.clone(),
            (Obj::StaticMethod(f) | Obj::ClassMethod(f), "__func__" | "__wrapped__") => (**f).clone(),
            (Obj::StaticMethod(f) | Obj::ClassMethod(f), "__name__" | "__doc__") => return self.getattr_opt(f, name),
            (Obj::Slice(s), "start") => s.start.clone(),
            (Obj::Slice(s), "stop") => s.stop.clone(),
            (Obj::Slice(s), "step") => s.step.clone(),
            (Obj::Range(r), "start") => Obj::Int(r.start),
            (Obj::Range(r), "stop") => Obj::Int(r.stop),
            (Obj::Range(r), "step") => Obj::Int(r.step),
            (Obj::Complex(c), "real") => Obj::Float(c.re),
            (Obj::Complex(c), "imag") => Obj::Float(c.im),
            (Obj::Int(_) | Obj::Big(_) | Obj::Float(_), "real") => obj.clone(),
            (Obj::Bool(b), "real" | "numerator") => Obj::Int(*b as i64),
            (Obj::Int(_) | Obj::Big(_), "numerator") => obj.clone(),
            (Obj::Int(_) | Obj::Big(_) | Obj::Bool(_), "imag") => Obj::Int(0),
            (Obj::Int(_) | Obj::Big(_) | Obj::Bool(_), "denominator") => Obj::Int(1),
            (Obj::Float(_), "imag") => Obj::Float(0.0),
            (Obj::Generator(g), "__name__") => Obj::Str(g.name.clone()),
            _ => return Ok(None),
        }))
    }

    fn function_attr(&self, f: &Rc<Function>, name: &str) -> R<Option<Obj>> {
        if let Some(v) = f.dict.get_str(name) {
            return Ok(Some(v));
        }
        Ok(Some(match name {
            "__name__" => Obj::Str(f.name.borrow().clone()),
            "__qualname__" => Obj::Str(f.qualname.borrow().clone()),
            "__module__" => Obj::Str(f.scope.module.clone()),
            "__dict__" => Obj::Dict(f.dict.clone()),
            "__annotations__" => Obj::Dict(f.annotations.clone()),
            "__globals__" => Obj::Dict(f.scope.globals.clone()),
            "__doc__" => match &f.code {
                Code::Def(d) => d.docstring().map_or(Obj::None, Obj::str),
                Code::Lambda(_) => Obj::None,
            },
            "__defaults__" => {
                let d = f.defaults.borrow();
                if d.is_empty() { Obj::None } else { Obj::tuple(d.clone()) }
            }
            "__kwdefaults__" => {
                if f.kwdefaults.is_empty() {
                    Obj::None
                } else {
                    let d = super::dict::DictObj::default();
                    f.kwdefaults.iter().for_each(|(k, v)| d.set_name(k, v.clone()));
                    Obj::Dict(Rc::new(d))
                }
            }
            "__code__" => {
                // What libraries ask of code objects.
                let code = self.new_module("code");
                let names: Vec<Obj> = f.code.params().positional().map(|p| Obj::Str(p.name.clone())).collect();
                code.dict.set_str("co_argcount", Obj::Int(names.len() as i64));
                code.dict.set_str("co_varnames", Obj::tuple(names));
                code.dict.set_str("co_name", Obj::Str(f.name.borrow().clone()));
                self.modules.remove_str("code");
                Obj::Module(code)
            }
            _ => return Ok(None),
        }))
    }

    pub fn setattr(&self, obj: &Obj, name: &str, value: Obj) -> R<()> {
        if let Obj::Instance(i) = obj {
            let class = i.class.borrow().clone();
            if let Some(f) = class.lookup("__setattr__")
                && !matches!(f, Obj::Builtin(_))
            {
                return self.call(&f, Args::new(vec![obj.clone(), Obj::str(name), value])).map(|_| ());
            }
        }
        if let Obj::Class(c) = obj
            && let Some(meta) = &c.meta
            && let Some(f) = meta.lookup("__setattr__")
            && !matches!(f, Obj::Builtin(_))
        {
            return self.call(&f, Args::new(vec![obj.clone(), Obj::str(name), value])).map(|_| ());
        }
        self.generic_setattr(obj, name, value)
    }

    /// `object.__setattr__`.
    pub fn generic_setattr(&self, obj: &Obj, name: &str, value: Obj) -> R<()> {
        match obj {
            Obj::Instance(i) => {
                let class = i.class.borrow().clone();
                if name == "__class__" {
                    if let Obj::Class(c) = value {
                        *i.class.borrow_mut() = c;
                        return Ok(());
                    }
                    return self.type_error("__class__ must be set to a class");
                }
                match class.lookup(name) {
                    Some(Obj::Property(p)) => {
                        if p.set.is_none() {
                            return self.raise(
                                "AttributeError",
                                format!("property '{name}' of '{}' object has no setter", class.name.borrow()),
                            );
                        }
                        return self.call(&p.set, Args::new(vec![obj.clone(), value])).map(|_| ());
                    }
                    Some(d @ Obj::Instance(_)) => {
                        if let Some(set) = self.special(&d, "__set__")? {
                            return self.call(&set, Args::new(vec![obj.clone(), value])).map(|_| ());
                        }
                    }
                    _ => {}
                }
                if name == "args" && class.layout == Layout::Exception {
                    *i.payload.borrow_mut() = Obj::tuple(self.collect(&value)?);
                    return Ok(());
                }
                i.dict.set_str(name, value);
                Ok(())
            }
            Obj::Class(c) => {
                match (name, &value) {
                    ("__name__", Obj::Str(s)) => *c.name.borrow_mut() = s.clone(),
                    ("__qualname__", Obj::Str(s)) => *c.qualname.borrow_mut() = s.clone(),
                    _ => c.dict.set_str(name, value),
                }
                Ok(())
            }
            Obj::Module(m) => {
                m.dict.set_str(name, value);
                Ok(())
            }
            Obj::Function(f) => {
                match (name, &value) {
                    ("__name__", Obj::Str(s)) => *f.name.borrow_mut() = s.clone(),
                    ("__qualname__", Obj::Str(s)) => *f.qualname.borrow_mut() = s.clone(),
                    ("__defaults__", Obj::None) => f.defaults.borrow_mut().clear(),
                    ("__defaults__", _) => *f.defaults.borrow_mut() = self.collect(&value)?,
                    _ => f.dict.set_str(name, value),
                }
                Ok(())
            }
            Obj::Bound(b) => self.generic_setattr(&b.func, name, value),
            Obj::Tensor(t) => self.tensor_setattr(t, name, value),
            Obj::Script(s) => {
                let host = self.host.borrow().clone();
                if let Some(host) = host
                    && host.set_attr(self, s, name, &value)?
                {
                    return Ok(());
                }
                self.setattr(&s.target, name, value)
            }
            _ => self.raise("AttributeError", format!("'{}' object has no attribute '{name}'", self.type_name(obj))),
        }
    }

    pub fn delattr(&self, obj: &Obj, name: &str) -> R<()> {
        if let Obj::Instance(i) = obj {
            let class = i.class.borrow().clone();
            if let Some(f) = class.lookup("__delattr__")
                && !matches!(f, Obj::Builtin(_))
            {
                return self.call(&f, Args::new(vec![obj.clone(), Obj::str(name)])).map(|_| ());
            }
            if let Some(Obj::Property(p)) = class.lookup(name)
                && !p.del.is_none()
            {
                return self.call(&p.del, Args::new(vec![obj.clone()])).map(|_| ());
            }
        }
        self.generic_delattr(obj, name)
    }

    /// `object.__delattr__`.
    pub fn generic_delattr(&self, obj: &Obj, name: &str) -> R<()> {
        let dict = match obj {
            Obj::Class(c) => Some(c.dict.clone()),
            _ => own_dict(obj),
        };
        match dict.and_then(|d| d.remove_str(name)) {
            Some(_) => Ok(()),
            None => Err(self.no_attribute(obj, name)),
        }
    }
}

/// The attribute dictionary of values that have one.
pub fn own_dict(obj: &Obj) -> Option<Rc<super::dict::DictObj>> {
    match obj {
        Obj::Instance(i) => Some(i.dict.clone()),
        Obj::Function(f) => Some(f.dict.clone()),
        Obj::Module(m) => Some(m.dict.clone()),
        Obj::Tensor(t) => Some(t.dict.clone()),
        _ => None,
    }
}
