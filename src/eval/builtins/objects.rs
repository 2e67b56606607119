//! `object`, `type`, exceptions, descriptors.

use std::rc::Rc;

use super::{method, or_none};
use crate::eval::{interp::Interp, object::*, raise::R};

pub fn install(interp: &Rc<Interp>) {
    let t = &interp.types;
    method(&t.object, "__new__", object_new);
    method(&t.object, "__init__", |i, args| {
        if let Some(Obj::Instance(o)) = args.pos.first() {
            let class = o.class.borrow().clone();
            let own_new = !matches!(class.lookup("__new__"), Some(Obj::Builtin(_)));
            let own_init = !matches!(class.lookup("__init__"), Some(Obj::Builtin(_)));
            if args.pos.len() + args.kw.len() > 1 && class.layout == Layout::Object && !own_new {
                let name = class.name.borrow();
                return if own_init {
                    i.type_error("object.__init__() takes exactly one argument (the instance to initialize)")
                } else {
                    i.type_error(format!("{name}() takes no arguments"))
                };
            }
        }
        Ok(Obj::None)
    });
    method(&t.object, "__setattr__", |i, args| match args.pos.as_slice() {
        [o, Obj::Str(n), v] => i.generic_setattr(o, n, v.clone()).map(|_| Obj::None),
        _ => i.type_error("__setattr__() takes 3 arguments"),
    });
    method(&t.object, "__delattr__", |i, args| match args.pos.as_slice() {
        [o, Obj::Str(n)] => i.generic_delattr(o, n).map(|_| Obj::None),
        _ => i.type_error("__delattr__() takes 2 arguments"),
    });
    method(&t.object, "__getattribute__", |i, args| match args.pos.as_slice() {
        [o, Obj::Str(n)] => match i.generic_getattr(o, n)? {
            Some(v) => Ok(v),
            None => i.raise("AttributeError", format!("'{}' object has no attribute '{n}'", i.type_name(o))),
        },
        _ => i.type_error("__getattribute__() takes 2 arguments"),
    });
    method(&t.object, "__repr__", |i, args| match args.pos.first() {
        Some(o @ Obj::Instance(inst)) if inst.class.borrow().layout == Layout::Object => {
            Ok(Obj::str(format!("<{} object at {:#x}>", inst.class.borrow().qualified(), o.address().unwrap_or(0))))
        }
        Some(o) => Ok(Obj::str(i.repr(&o.unwrapped())?)),
        None => i.type_error("__repr__() needs an argument"),
    });
    method(&t.object, "__str__", |i, args| Ok(Obj::str(i.repr(&first(i, &args)?)?)));
    method(&t.object, "__format__", |i, args| {
        let o = first(i, &args)?;
        Ok(Obj::str(i.to_str(&o)?))
    });
    method(&t.object, "__hash__", |i, args| {
        let o = first(i, &args)?;
        Ok(Obj::Int(match &o {
            Obj::Instance(_) if matches!(o.unwrapped(), Obj::Instance(_)) => (o.address().unwrap_or(0) >> 4) as i64,
            _ => i.hash(&o.unwrapped())? as i64,
        }))
    });
    method(&t.object, "__eq__", |i, args| match args.pos.as_slice() {
        [a, b] => {
            let (x, y) = (a.unwrapped(), b.unwrapped());
            if matches!(x, Obj::Instance(_)) {
                return Ok(if a.is(b) { Obj::Bool(true) } else { Obj::NotImplemented });
            }
            i.equal(&x, &y).map(Obj::Bool)
        }
        _ => i.type_error("__eq__() takes 2 arguments"),
    });
    method(&t.object, "__ne__", |i, args| match args.pos.as_slice() {
        [a, b] => Ok(Obj::Bool(!i.equal(a, b)?)),
        _ => i.type_error("__ne__() takes 2 arguments"),
    });
    method(&t.object, "__dir__", |i, args| {
        let o = first(i, &args)?;
        crate::eval::builtins::functions::dir(i, &o)
    });
    t.object.dict.set_str("__doc__", Obj::None);
    let init_subclass = interp.builtin("builtins", "__init_subclass__", |_, _| Ok(Obj::None));
    t.object.dict.set_str("__init_subclass__", Obj::ClassMethod(Rc::new(init_subclass)));

    method(&t.type_, "__new__", |i, mut args| {
        let Some(Obj::Class(meta)) = args.pos.first().cloned() else {
            return i.type_error("type.__new__(X): X is not a type object");
        };
        args.pos.remove(0);
        if args.pos.len() == 1 {
            return Ok(Obj::Class(i.type_of(&args.pos[0])));
        }
        let own = Rc::ptr_eq(&meta, &i.types.type_);
        i.type_new((!own).then_some(meta), args)
    });
    method(&t.type_, "__init__", |_, _| Ok(Obj::None));
    method(&t.type_, "__call__", |i, mut args| match args.pos.first().cloned() {
        Some(Obj::Class(c)) => {
            args.pos.remove(0);
            i.instantiate(&c, args)
        }
        _ => i.type_error("type.__call__() needs a class"),
    });
    method(&t.type_, "__repr__", |_, args| match args.pos.first() {
        Some(Obj::Class(c)) => Ok(Obj::str(format!("<class '{}'>", c.qualified()))),
        _ => Ok(Obj::str("<class>")),
    });
    method(&t.type_, "__instancecheck__", |i, args| match args.pos.as_slice() {
        [Obj::Class(c), o] => Ok(Obj::Bool(i.isinstance(o, c))),
        _ => Ok(Obj::Bool(false)),
    });
    method(&t.type_, "__subclasscheck__", |_, args| match args.pos.as_slice() {
        [Obj::Class(c), Obj::Class(s)] => Ok(Obj::Bool(s.is_subclass_of(c))),
        _ => Ok(Obj::Bool(false)),
    });
    method(&t.type_, "__setattr__", |i, args| match args.pos.as_slice() {
        [o, Obj::Str(n), v] => i.generic_setattr(o, n, v.clone()).map(|_| Obj::None),
        _ => i.type_error("__setattr__() takes 3 arguments"),
    });

    let base = t.exception("BaseException");
    method(&base, "__new__", |i, mut args| match args.pos.first().cloned() {
        Some(Obj::Class(c)) => {
            args.pos.remove(0);
            Ok(i.new_instance(&c, Obj::tuple(args.pos)))
        }
        _ => i.type_error("BaseException.__new__(X): X is not a type object"),
    });
    method(&base, "__init__", |_, mut args| {
        if args.pos.is_empty() {
            return Ok(Obj::None);
        }
        if let Obj::Instance(e) = args.pos.remove(0) {
            *e.payload.borrow_mut() = Obj::tuple(args.pos);
        }
        Ok(Obj::None)
    });
    method(&base, "with_traceback", |i, args| first(i, &args));
    method(&base, "__str__", |i, args| {
        let o = first(i, &args)?;
        Ok(Obj::str(exception_text(i, &o)?))
    });
    method(&base, "__repr__", |i, args| {
        let o = first(i, &args)?;
        let Obj::Instance(e) = &o else { return Ok(Obj::str("")) };
        let text = i.repr(&e.payload.borrow().clone())?;
        let text = text.strip_suffix(",)").map_or(text.clone(), |t| format!("{t})"));
        Ok(Obj::str(format!("{}{text}", e.class.borrow().name.borrow())))
    });
    method(&base, "add_note", |_, _| Ok(Obj::None));

    method(&t.property, "__new__", |i, mut args| {
        args.pos.remove(0);
        let [get, set, del, doc] = i.take_args("property", args, ["fget", "fset", "fdel", "doc"], 0)?;
        Ok(Obj::Property(Rc::new(Property { get: or_none(get), set: or_none(set), del: or_none(del), doc: or_none(doc) })))
    });
    type Change = fn(&Property, Obj) -> Property;
    let accessors: [(&str, Change); 3] = [
        ("getter", |p, f| Property { get: f, set: p.set.clone(), del: p.del.clone(), doc: p.doc.clone() }),
        ("setter", |p, f| Property { get: p.get.clone(), set: f, del: p.del.clone(), doc: p.doc.clone() }),
        ("deleter", |p, f| Property { get: p.get.clone(), set: p.set.clone(), del: f, doc: p.doc.clone() }),
    ];
    for (name, change) in accessors {
        method(&t.property, name, move |i, args| match args.pos.as_slice() {
            [Obj::Property(p), f] => Ok(Obj::Property(Rc::new(change(p, f.clone())))),
            _ => i.type_error(format!("{name}() takes a function")),
        });
    }
    method(&t.property, "__get__", |i, args| match args.pos.as_slice() {
        [p @ Obj::Property(_), Obj::None, ..] => Ok(p.clone()),
        [Obj::Property(p), o, ..] => i.call_with(&p.get, vec![o.clone()]),
        _ => i.type_error("__get__() takes an object"),
    });
    method(&t.staticmethod, "__new__", |i, args| match args.pos.as_slice() {
        [_, f] => Ok(Obj::StaticMethod(Rc::new(f.clone()))),
        _ => i.type_error("staticmethod expected 1 argument"),
    });
    method(&t.classmethod, "__new__", |i, args| match args.pos.as_slice() {
        [_, f] => Ok(Obj::ClassMethod(Rc::new(f.clone()))),
        _ => i.type_error("classmethod expected 1 argument"),
    });
    method(&t.super_, "__new__", |i, args| match args.pos.as_slice() {
        [_, Obj::Class(c), o] => i.make_super(c.clone(), o.clone()),
        _ => i.raise("RuntimeError", "super(): no arguments"),
    });
    method(&t.function, "__get__", |_, args| match args.pos.as_slice() {
        [f, Obj::None, ..] => Ok(f.clone()),
        [f, o, ..] => Ok(Obj::Bound(Rc::new(Bound { recv: o.clone(), func: f.clone() }))),
        _ => Ok(Obj::None),
    });
    method(&t.method, "__new__", |i, args| match args.pos.as_slice() {
        [_, f, o] => Ok(Obj::Bound(Rc::new(Bound { recv: o.clone(), func: f.clone() }))),
        _ => i.type_error("method expected 2 arguments"),
    });
    method(&t.none, "__new__", |_, _| Ok(Obj::None));
    method(&t.module, "__new__", |i, args| match args.pos.as_slice() {
        [_, Obj::Str(n), ..] => {
            let m = i.new_module(n);
            i.modules.remove_str(n);
            Ok(Obj::Module(m))
        }
        _ => i.type_error("module() takes a name"),
    });
    for name in ["send", "throw", "close", "__next__", "__iter__"] {
        method(&t.generator, name, move |i, args| generator_method(i, name, args));
    }
    method(&t.iterator, "__next__", |i, args| next(i, &first(i, &args)?));
    method(&t.iterator, "__iter__", |i, args| first(i, &args));
}

pub fn first(i: &Interp, args: &Args) -> R<Obj> {
    match args.pos.first() {
        Some(o) => Ok(o.clone()),
        None => i.type_error("an argument is missing"),
    }
}

fn next(i: &Interp, it: &Obj) -> R<Obj> {
    match i.next(it)? {
        Some(v) => Ok(v),
        None => {
            let args = match it {
                Obj::Generator(g) => match i.generator_result(g) {
                    Obj::None => vec![],
                    v => vec![v],
                },
                _ => vec![],
            };
            let exc = i.make_exception("StopIteration", args);
            Err(i.raise_obj(exc))
        }
    }
}

fn generator_method(i: &Interp, name: &str, args: Args) -> R<Obj> {
    use crate::eval::generator::Resume;
    let this = first(i, &args)?;
    let Obj::Generator(g) = &this else { return i.type_error("a generator was expected") };
    let resume = match name {
        "__iter__" => return Ok(this),
        "__next__" => return next(i, &this),
        "send" => Resume::Send(args.pos.get(1).cloned().unwrap_or(Obj::None)),
        "throw" => {
            let exc = args.pos.get(1).cloned().unwrap_or(Obj::None);
            let exc =
                if let Obj::Class(_) = exc { i.call_with(&exc, args.pos.get(2).cloned().into_iter().collect())? } else { exc };
            Resume::Throw(i.raise_obj(exc))
        }
        _ => {
            let exc = i.make_exception("GeneratorExit", vec![]);
            return match i.resume(g, Resume::Throw(i.raise_obj(exc))) {
                Ok(Some(_)) => i.raise("RuntimeError", "generator ignored GeneratorExit"),
                Ok(None) => Ok(Obj::None),
                Err(e) if i.is_exception(&e, "GeneratorExit") => Ok(Obj::None),
                Err(e) => Err(e),
            };
        }
    };
    match i.resume(g, resume)? {
        Some(v) => Ok(v),
        None => {
            let v = i.generator_result(g);
            let exc = i.make_exception("StopIteration", if v.is_none() { vec![] } else { vec![v] });
            Err(i.raise_obj(exc))
        }
    }
}

fn exception_text(i: &Interp, o: &Obj) -> R<String> {
    let Obj::Instance(e) = o else { return Ok(String::new()) };
    let Obj::Tuple(args) = e.payload.borrow().clone() else { return Ok(String::new()) };
    match &*args {
        [] => Ok(String::new()),
        [one] => i.to_str(one),
        _ => i.repr(&Obj::Tuple(args)),
    }
}

fn object_new(i: &Interp, args: Args) -> R<Obj> {
    let Some(Obj::Class(c)) = args.pos.first() else { return i.type_error("object.__new__(X): X is not a type object") };
    let payload = match c.layout {
        Layout::List => Obj::list(vec![]),
        Layout::Dict => Obj::dict(),
        Layout::Set => i.make_set(vec![], false)?,
        Layout::FrozenSet => i.make_set(vec![], true)?,
        Layout::Tuple => Obj::tuple(vec![]),
        Layout::Str => Obj::str(""),
        Layout::Int => Obj::Int(0),
        Layout::Float => Obj::Float(0.0),
        _ => Obj::None,
    };
    // Abstract methods keep a class from being made.
    if let Some(missing) = c.lookup("__abstractmethods__") {
        let names = i.collect(&missing)?;
        if !names.is_empty() {
            let list: Vec<String> = names.iter().map(|n| i.to_str(n)).collect::<R<_>>()?;
            let s = if list.len() == 1 { "" } else { "s" };
            return i.type_error(format!(
                "Can't instantiate abstract class {} with abstract method{s} {}",
                c.name.borrow(),
                list.join(", ")
            ));
        }
    }
    Ok(i.new_instance(c, payload))
}
