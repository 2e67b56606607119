//! `list`, `tuple`, `dict`, `set`, `frozenset`, `range`, `slice`.

use std::rc::Rc;

use super::{method, objects::first, or_none};
use crate::eval::{
    dict::{DictObj, SetObj},
    interp::Interp,
    iter::IterObj,
    object::*,
    raise::R,
};

fn list_of(i: &Interp, args: &Args) -> R<Rc<ListObj>> {
    match first(i, args)?.unwrapped() {
        Obj::List(l) => Ok(l),
        Obj::Script(s) => match &s.target {
            Obj::List(l) => Ok(l.clone()),
            _ => i.type_error("a list was expected"),
        },
        other => i.type_error(format!("descriptor requires a 'list' object but received '{}'", i.type_name(&other))),
    }
}

fn dict_of(i: &Interp, args: &Args) -> R<Rc<DictObj>> {
    match first(i, args)?.unwrapped() {
        Obj::Dict(d) => Ok(d),
        other => i.type_error(format!("descriptor requires a 'dict' object but received '{}'", i.type_name(&other))),
    }
}

fn set_of(i: &Interp, args: &Args) -> R<Rc<SetObj>> {
    match first(i, args)?.unwrapped() {
        Obj::Set(s) => Ok(s),
        other => i.type_error(format!("descriptor requires a 'set' object but received '{}'", i.type_name(&other))),
    }
}

fn arg(i: &Interp, args: &Args, n: usize) -> R<Obj> {
    match args.pos.get(n) {
        Some(o) => Ok(o.clone()),
        None => i.type_error(format!(
            "expected at least {n} argument{}, got {}",
            if n == 1 { "" } else { "s" },
            args.pos.len().saturating_sub(1)
        )),
    }
}

/// `__new__` of a type with a payload: a plain value for the type itself, an instance around it for subclasses.
fn wrap(i: &Interp, class: &Obj, own: &Rc<Class>, value: Obj) -> R<Obj> {
    match class {
        Obj::Class(c) if Rc::ptr_eq(c, own) => Ok(value),
        Obj::Class(c) => Ok(i.new_instance(c, value)),
        _ => i.type_error("__new__() needs a class"),
    }
}

pub fn install(interp: &Rc<Interp>) {
    list(interp);
    tuple(interp);
    dict(interp);
    set(interp);
    ranges(interp);
}

fn list(interp: &Rc<Interp>) {
    let c = &interp.types.list;
    method(c, "__new__", |i, args| {
        let class = first(i, &args)?;
        let own = i.types.list.clone();
        let items = match args.pos.get(1) {
            Some(src) if matches!(&class, Obj::Class(c) if Rc::ptr_eq(c, &own)) => i.collect(src)?,
            _ => vec![],
        };
        wrap(i, &class, &own, Obj::list(items))
    });
    method(c, "__init__", |i, args| {
        let l = list_of(i, &args)?;
        let items = match args.pos.get(1) {
            Some(src) => i.collect(src)?,
            None => vec![],
        };
        *l.items.borrow_mut() = items;
        Ok(Obj::None)
    });
    method(c, "append", |i, args| {
        let v = arg(i, &args, 1)?;
        list_of(i, &args)?.items.borrow_mut().push(v);
        Ok(Obj::None)
    });
    method(c, "extend", |i, args| {
        let more = i.collect(&arg(i, &args, 1)?)?;
        list_of(i, &args)?.items.borrow_mut().extend(more);
        Ok(Obj::None)
    });
    method(c, "insert", |i, args| {
        let l = list_of(i, &args)?;
        let n = l.items.borrow().len() as i64;
        let at = i.as_index(&arg(i, &args, 1)?)?;
        let at = if at < 0 { (at + n).max(0) } else { at.min(n) };
        let v = arg(i, &args, 2)?;
        l.items.borrow_mut().insert(at as usize, v);
        Ok(Obj::None)
    });
    method(c, "pop", |i, args| {
        let l = list_of(i, &args)?;
        let n = l.items.borrow().len() as i64;
        if n == 0 {
            return i.raise("IndexError", "pop from empty list");
        }
        let at = match args.pos.get(1) {
            Some(v) => i.as_index(v)?,
            None => -1,
        };
        let at = if at < 0 { at + n } else { at };
        if at < 0 || at >= n {
            return i.raise("IndexError", "pop index out of range");
        }
        Ok(l.items.borrow_mut().remove(at as usize))
    });
    method(c, "remove", |i, args| {
        let l = list_of(i, &args)?;
        let v = arg(i, &args, 1)?;
        let items = l.items.borrow().clone();
        for (n, item) in items.iter().enumerate() {
            if item.is(&v) || i.equal(item, &v)? {
                l.items.borrow_mut().remove(n);
                return Ok(Obj::None);
            }
        }
        i.value_error("list.remove(x): x not in list")
    });
    method(c, "clear", |i, args| {
        list_of(i, &args)?.items.borrow_mut().clear();
        Ok(Obj::None)
    });
    method(c, "copy", |i, args| Ok(Obj::list(list_of(i, &args)?.items.borrow().clone())));
    method(c, "reverse", |i, args| {
        list_of(i, &args)?.items.borrow_mut().reverse();
        Ok(Obj::None)
    });
    method(c, "sort", |i, mut args| {
        let l = list_of(i, &args)?;
        let key = args.take_kw("key").filter(|k| !k.is_none());
        let reverse = match args.take_kw("reverse") {
            Some(r) => i.truth(&r)?,
            None => false,
        };
        let items = l.items.borrow().clone();
        let sorted = i.sort(items, key.as_ref(), reverse)?;
        *l.items.borrow_mut() = sorted;
        Ok(Obj::None)
    });
    method(c, "index", |i, args| {
        let items = list_of(i, &args)?.items.borrow().clone();
        index_of(i, &items, &args, "list")
    });
    method(c, "count", |i, args| {
        let items = list_of(i, &args)?.items.borrow().clone();
        count(i, &items, &arg(i, &args, 1)?)
    });
    common(c);
    for name in ["__setitem__", "__delitem__"] {
        item_writer(c, name);
    }
    method(c, "__iadd__", |i, args| {
        let more = i.collect(&arg(i, &args, 1)?)?;
        list_of(i, &args)?.items.borrow_mut().extend(more);
        first(i, &args)
    });
}

fn item_writer(c: &Rc<Class>, name: &'static str) {
    method(c, name, move |i, args| {
        let this = first(i, &args)?.unwrapped();
        let at = arg(i, &args, 1)?;
        if name == "__setitem__" {
            i.setitem(&this, &at, arg(i, &args, 2)?)?
        } else {
            i.delitem(&this, &at)?
        }
        Ok(Obj::None)
    });
}

/// The protocol methods that sequences and mappings share.
pub fn common(c: &Rc<Class>) {
    method(c, "__len__", |i, args| Ok(Obj::Int(i.len(&first(i, &args)?.unwrapped())? as i64)));
    method(c, "__iter__", |i, args| i.iter(&first(i, &args)?.unwrapped()));
    method(c, "__contains__", |i, args| i.contains(&first(i, &args)?.unwrapped(), &arg(i, &args, 1)?).map(Obj::Bool));
    method(c, "__getitem__", |i, args| i.getitem(&first(i, &args)?.unwrapped(), &arg(i, &args, 1)?));
    for (name, op) in
        [("__add__", crate::syntax::BinOp::Add), ("__mul__", crate::syntax::BinOp::Mul), ("__or__", crate::syntax::BinOp::BitOr)]
    {
        method(c, name, move |i, args| i.binary(op, &first(i, &args)?.unwrapped(), &arg(i, &args, 1)?));
    }
    method(c, "__repr__", |i, args| Ok(Obj::str(i.repr(&first(i, &args)?.unwrapped())?)));
    method(c, "__eq__", |i, args| i.equal(&first(i, &args)?.unwrapped(), &arg(i, &args, 1)?.unwrapped()).map(Obj::Bool));
    method(c, "__hash__", |i, args| Ok(Obj::Int(i.hash(&first(i, &args)?.unwrapped())? as i64)));
}

fn index_of(i: &Interp, items: &[Obj], args: &Args, kind: &str) -> R<Obj> {
    let v = arg(i, args, 1)?;
    let n = items.len() as i64;
    let bound = |o: Option<&Obj>, default: i64| -> R<i64> {
        match o {
            Some(o) => {
                let k = i.as_index(o)?;
                Ok(if k < 0 { (k + n).max(0) } else { k.min(n) })
            }
            None => Ok(default),
        }
    };
    let (lo, hi) = (bound(args.pos.get(2), 0)?, bound(args.pos.get(3), n)?);
    for k in lo..hi {
        let item = &items[k as usize];
        if item.is(&v) || i.equal(item, &v)? {
            return Ok(Obj::Int(k));
        }
    }
    match kind {
        "list" => i.value_error(format!("{} is not in list", i.repr(&v)?)),
        _ => i.value_error("tuple.index(x): x not in tuple"),
    }
}

fn count(i: &Interp, items: &[Obj], v: &Obj) -> R<Obj> {
    let mut n = 0;
    for item in items {
        n += (item.is(v) || i.equal(item, v)?) as i64;
    }
    Ok(Obj::Int(n))
}

fn tuple(interp: &Rc<Interp>) {
    let c = &interp.types.tuple;
    method(c, "__new__", |i, args| {
        let items = match args.pos.get(1) {
            Some(Obj::Tuple(t)) => return wrap(i, &first(i, &args)?, &i.types.tuple.clone(), Obj::Tuple(t.clone())),
            Some(src) => i.collect(src)?,
            None => vec![],
        };
        wrap(i, &first(i, &args)?, &i.types.tuple.clone(), Obj::tuple(items))
    });
    method(c, "index", |i, args| match first(i, &args)?.unwrapped() {
        Obj::Tuple(t) => index_of(i, &t, &args, "tuple"),
        _ => i.type_error("a tuple was expected"),
    });
    method(c, "count", |i, args| match first(i, &args)?.unwrapped() {
        Obj::Tuple(t) => count(i, &t, &arg(i, &args, 1)?),
        _ => i.type_error("a tuple was expected"),
    });
    common(c);
}

fn dict(interp: &Rc<Interp>) {
    let c = &interp.types.dict;
    method(c, "__new__", |i, args| {
        let class = first(i, &args)?;
        let own = i.types.dict.clone();
        let d = Rc::new(DictObj::default());
        if matches!(&class, Obj::Class(c) if Rc::ptr_eq(c, &own)) {
            fill(i, &d, args)?;
        }
        wrap(i, &class, &own, Obj::Dict(d))
    });
    method(c, "__init__", |i, args| {
        let d = dict_of(i, &args)?;
        fill(i, &d, args)?;
        Ok(Obj::None)
    });
    method(c, "update", |i, args| {
        let this = first(i, &args)?;
        let d = dict_of(i, &args)?;
        // Subclasses with their own __setitem__ keep it out of update, as in CPython.
        let _ = this;
        fill(i, &d, args)?;
        Ok(Obj::None)
    });
    method(c, "get", |i, args| {
        let d = dict_of(i, &args)?;
        let key = i.key(&arg(i, &args, 1)?)?;
        Ok(d.get(&key).unwrap_or_else(|| or_none(args.pos.get(2).cloned())))
    });
    method(c, "setdefault", |i, args| {
        let d = dict_of(i, &args)?;
        let key = i.key(&arg(i, &args, 1)?)?;
        if let Some(v) = d.get(&key) {
            return Ok(v);
        }
        let v = or_none(args.pos.get(2).cloned());
        d.set(key, v.clone());
        Ok(v)
    });
    method(c, "pop", |i, args| {
        let d = dict_of(i, &args)?;
        let k = arg(i, &args, 1)?;
        match (d.remove(&i.key(&k)?), args.pos.get(2)) {
            (Some(v), _) => Ok(v),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => {
                let exc = i.make_exception("KeyError", vec![k]);
                Err(i.raise_obj(exc))
            }
        }
    });
    method(c, "popitem", |i, args| {
        let popped = dict_of(i, &args)?.map.borrow_mut().pop();
        match popped {
            Some((k, v)) => Ok(Obj::tuple(vec![k.obj, v])),
            None => i.raise("KeyError", "popitem(): dictionary is empty"),
        }
    });
    method(c, "clear", |i, args| {
        dict_of(i, &args)?.map.borrow_mut().clear();
        Ok(Obj::None)
    });
    method(c, "copy", |i, args| Ok(Obj::Dict(dict_of(i, &args)?.copy())));
    for (name, kind) in [("keys", ViewKind::Keys), ("values", ViewKind::Values), ("items", ViewKind::Items)] {
        method(c, name, move |i, args| Ok(Obj::View(Rc::new(ViewObj { dict: dict_of(i, &args)?, kind }))));
    }
    for view in [&interp.types.dict_keys, &interp.types.dict_values, &interp.types.dict_items] {
        common(view);
    }
    method(c, "__reversed__", |i, args| {
        let mut keys = dict_of(i, &args)?.keys();
        keys.reverse();
        Ok(IterObj::of("dict_reversekeyiterator", keys))
    });
    let fromkeys = interp.builtin("builtins", "fromkeys", |i, args| {
        let value = or_none(args.pos.get(2).cloned());
        let d = i.call_with(&first(i, &args)?, vec![])?;
        for k in i.collect(&arg(i, &args, 1)?)? {
            i.setitem(&d, &k, value.clone())?;
        }
        Ok(d)
    });
    c.dict.set_str("fromkeys", Obj::ClassMethod(Rc::new(fromkeys)));
    common(c);
    for name in ["__setitem__", "__delitem__"] {
        item_writer(c, name);
    }
}

fn fill(i: &Interp, d: &Rc<DictObj>, args: Args) -> R<()> {
    if args.pos.len() > 2 {
        return i.type_error(format!("dict expected at most 1 argument, got {}", args.pos.len() - 1));
    }
    if let Some(src) = args.pos.get(1) {
        i.dict_update(d, src)?;
    }
    for (k, v) in args.kw {
        d.set_name(&k, v);
    }
    Ok(())
}

fn set(interp: &Rc<Interp>) {
    for (c, frozen) in [(&interp.types.set, false), (&interp.types.frozenset, true)] {
        let own = c.clone();
        method(c, "__new__", move |i, args| {
            let items = match args.pos.get(1) {
                Some(src) => i.collect(src)?,
                None => vec![],
            };
            wrap(i, &first(i, &args)?, &own, i.make_set(items, frozen)?)
        });
        for (name, op) in [
            ("union", crate::syntax::BinOp::BitOr),
            ("intersection", crate::syntax::BinOp::BitAnd),
            ("difference", crate::syntax::BinOp::Sub),
            ("symmetric_difference", crate::syntax::BinOp::BitXor),
        ] {
            method(c, name, move |i, args| {
                let mut acc = Obj::Set(set_of(i, &args)?);
                for other in &args.pos[1..] {
                    let items = i.collect(other)?;
                    acc = i.binary(op, &acc, &i.make_set(items, frozen)?)?;
                }
                Ok(acc)
            });
        }
        method(c, "issubset", |i, args| {
            let other = i.make_set(i.collect(&arg(i, &args, 1)?)?, false)?;
            i.compare(crate::syntax::CmpOp::LtE, &Obj::Set(set_of(i, &args)?), &other)
        });
        method(c, "issuperset", |i, args| {
            let other = i.make_set(i.collect(&arg(i, &args, 1)?)?, false)?;
            i.compare(crate::syntax::CmpOp::GtE, &Obj::Set(set_of(i, &args)?), &other)
        });
        method(c, "isdisjoint", |i, args| {
            let s = set_of(i, &args)?;
            for o in i.collect(&arg(i, &args, 1)?)? {
                if s.has(&i.key(&o)?) {
                    return Ok(Obj::Bool(false));
                }
            }
            Ok(Obj::Bool(true))
        });
        method(c, "copy", move |i, args| i.make_set(set_of(i, &args)?.objs(), frozen));
        common(c);
    }
    let c = &interp.types.set;
    method(c, "add", |i, args| {
        let key = i.key(&arg(i, &args, 1)?)?;
        set_of(i, &args)?.items.borrow_mut().insert(key);
        Ok(Obj::None)
    });
    for (name, strict) in [("remove", true), ("discard", false)] {
        method(c, name, move |i, args| {
            let v = arg(i, &args, 1)?;
            let key = i.key(&v)?;
            if !set_of(i, &args)?.items.borrow_mut().shift_remove(&key) && strict {
                let exc = i.make_exception("KeyError", vec![v]);
                return Err(i.raise_obj(exc));
            }
            Ok(Obj::None)
        });
    }
    method(c, "pop", |i, args| match set_of(i, &args)?.items.borrow_mut().shift_remove_index(0) {
        Some(k) => Ok(k.obj),
        None => i.raise("KeyError", "pop from an empty set"),
    });
    method(c, "clear", |i, args| {
        set_of(i, &args)?.items.borrow_mut().clear();
        Ok(Obj::None)
    });
    method(c, "update", |i, args| {
        let s = set_of(i, &args)?;
        for other in &args.pos[1..] {
            for o in i.collect(other)? {
                let key = i.key(&o)?;
                s.items.borrow_mut().insert(key);
            }
        }
        Ok(Obj::None)
    });
}

fn ranges(interp: &Rc<Interp>) {
    method(&interp.types.range, "__new__", |i, args| {
        let n: Vec<i64> = args.pos[1..].iter().map(|v| i.as_index(v)).collect::<R<_>>()?;
        let (start, stop, step) = match n.as_slice() {
            [stop] => (0, *stop, 1),
            [start, stop] => (*start, *stop, 1),
            [start, stop, step] => (*start, *stop, *step),
            _ => return i.type_error(format!("range expected at least 1 argument, got {}", n.len())),
        };
        if step == 0 {
            return i.value_error("range() arg 3 must not be zero");
        }
        Ok(Obj::Range(Rc::new(RangeObj { start, stop, step })))
    });
    common(&interp.types.range);
    method(&interp.types.range, "index", |i, args| {
        let items = i.collect(&first(i, &args)?)?;
        index_of(i, &items, &args, "tuple")
    });
    method(&interp.types.range, "count", |i, args| {
        let items = i.collect(&first(i, &args)?)?;
        count(i, &items, &arg(i, &args, 1)?)
    });
    method(&interp.types.slice, "__new__", |i, args| {
        let part = |n: usize| or_none(args.pos.get(n).cloned());
        let (start, stop, step) = match args.pos.len() {
            2 => (Obj::None, part(1), Obj::None),
            3 | 4 => (part(1), part(2), part(3)),
            _ => return i.type_error("slice expected 1 to 3 arguments"),
        };
        Ok(Obj::Slice(Rc::new(SliceObj { start, stop, step })))
    });
    method(&interp.types.slice, "indices", |i, args| match first(i, &args)? {
        Obj::Slice(s) => {
            let n = i.as_index(&arg(i, &args, 1)?)?.max(0);
            let (start, step, count) = i.slice_range(&s, n as usize)?;
            let stop = if s.stop.is_none() { if step > 0 { n } else { -1 } } else { start + step * count as i64 };
            Ok(Obj::tuple(vec![Obj::Int(start), Obj::Int(stop), Obj::Int(step)]))
        }
        _ => i.type_error("a slice was expected"),
    });
}
