//! Python objects as runtime values of a declared type, and back, for calls of compiled code while Python runs.

use crate::eval::dict::DictObj;
use crate::eval::{Args, Interp, Obj, R};
use crate::types::Type;
use std::rc::Rc;
use tsrt::Value;
use tsrt::list::{Elem, List};
use tsrt::tuple::Tuple;

/// How elements of a type lie in a list.
fn elem(ty: &Type) -> Elem {
    crate::codegen::repr::elem_of(ty)
}

/// The value of `obj` as a parameter of type `ty`.
pub fn to_value(interp: &Interp, obj: &Obj, ty: &Type) -> R<Value> {
    let wrong = || {
        let message = format!("expected a value of type '{}' but found {}", ty.annotation(), interp.type_name(obj));
        interp.type_error::<Value>(message)
    };
    let plain = obj.unwrapped();
    Ok(match (ty, &plain) {
        (Type::None, Obj::None) | (Type::Optional(_), Obj::None) => Value::none(),
        (Type::Optional(t), _) => to_value(interp, obj, t)?,
        (Type::Tensor, Obj::Tensor(t)) => Value::from(t.value.borrow().clone()),
        (Type::Bool, Obj::Bool(b)) => Value::bool(*b),
        (Type::Int | Type::Number, Obj::Int(i)) => Value::int(*i),
        (Type::Int, Obj::Bool(b)) => Value::int(*b as i64),
        (Type::Float | Type::Number, Obj::Float(f)) => Value::float(*f),
        (Type::Float, Obj::Int(i)) => Value::float(*i as f64),
        (Type::Complex | Type::Number, Obj::Complex(c)) => Value::complex(tsrt::Complex { re: c.re, im: c.im }),
        (Type::Str, Obj::Str(s)) => Value::from(&**s),
        (Type::Int | Type::Layout | Type::MemoryFormat, Obj::Torch(t)) => match t.number() {
            Some(n) => Value::int(n),
            None => return wrong(),
        },
        (Type::Device, Obj::Torch(t)) => match &**t {
            crate::eval::TorchValue::Device(kind, index) => Value::device(*kind, *index),
            _ => return wrong(),
        },
        (Type::List(e), Obj::List(_) | Obj::Tuple(_) | Obj::Range(_) | Obj::Script(_)) => {
            let list = List::new(elem(e), 0);
            for item in interp.collect(&plain)? {
                interp.runtime(list.push(to_value(interp, &item, e)?))?;
            }
            list.into()
        }
        (Type::Dict(k, v), Obj::Dict(d)) => {
            let dict = tsrt::dict::Dict::new(elem(k), elem(v));
            for (key, value) in d.items() {
                let (key, value) = (to_value(interp, &key, k)?, to_value(interp, &value, v)?);
                interp.runtime(dict.set(key, value))?;
            }
            dict.into()
        }
        (Type::Tuple(t), Obj::Tuple(items)) if items.len() == t.elems.len() => {
            let items = items.iter().zip(&t.elems).map(|(o, t)| to_value(interp, o, t)).collect::<R<Vec<Value>>>()?;
            Tuple::new(items.into_iter()).into()
        }
        (Type::Union(members), _) => {
            for m in members.iter() {
                if let Ok(v) = to_value(interp, obj, m) {
                    return Ok(v);
                }
            }
            return wrong();
        }
        (Type::Any, _) => any(interp, &plain)?,
        _ => return wrong(),
    })
}

/// A value whose type nothing declares.
fn any(interp: &Interp, obj: &Obj) -> R<Value> {
    Ok(match obj {
        Obj::None => Value::none(),
        Obj::Bool(b) => Value::bool(*b),
        Obj::Int(i) => Value::int(*i),
        Obj::Float(f) => Value::float(*f),
        Obj::Str(s) => Value::from(&**s),
        Obj::Tensor(t) => Value::from(t.value.borrow().clone()),
        Obj::List(_) => {
            let list = List::new(Elem::Val, 0);
            for item in interp.collect(obj)? {
                interp.runtime(list.push(any(interp, &item)?))?;
            }
            list.into()
        }
        Obj::Tuple(items) => {
            let items = items.iter().map(|o| any(interp, o)).collect::<R<Vec<Value>>>()?;
            Tuple::new(items.into_iter()).into()
        }
        _ => return interp.type_error(format!("a value of type {} has no form in TorchScript", interp.type_name(obj))),
    })
}

/// A result of type `ty` as a Python object.
pub fn to_object(interp: &Interp, v: &Value, ty: &Type, args: &Args) -> R<Obj> {
    let none = Args::default();
    let inner = match ty {
        Type::Optional(t) if !v.is_none() => t,
        _ => ty,
    };
    Ok(match (inner, v.as_list(), v.as_tuple(), v.as_dict()) {
        (Type::List(e), Some(l), ..) => Obj::list(l.iter().map(|x| to_object(interp, &x, e, &none)).collect::<R<Vec<Obj>>>()?),
        (Type::Tuple(t), _, Some(items), _) => {
            let objs =
                items.items().iter().zip(&t.elems).map(|(x, t)| to_object(interp, x, t, &none)).collect::<R<Vec<Obj>>>()?;
            match &t.names {
                Some(n) => named_tuple(interp, n, objs)?,
                None => Obj::tuple(objs),
            }
        }
        (Type::Dict(k, x), _, _, Some(d)) => {
            let out = Rc::new(DictObj::default());
            for (key, value) in d.iter() {
                let key = interp.key(&to_object(interp, &key, k, &none)?)?;
                out.set(key, to_object(interp, &value, x, &none)?);
            }
            Obj::Dict(out)
        }
        _ => interp.object(v, args, None),
    })
}

/// An instance of a namedtuple class with these fields, as calls from Python return one.
fn named_tuple(interp: &Interp, names: &crate::types::FieldNames, items: Vec<Obj>) -> R<Obj> {
    let module = interp.import_path("collections")?;
    let make = interp.getattr(&module, "namedtuple")?;
    let fields = Obj::list(names.fields.iter().map(|f| Obj::str(&**f)).collect());
    let name = names.name.rsplit('.').next().unwrap_or("");
    let class = interp.call(&make, Args::new(vec![Obj::str(name), fields]))?;
    interp.call(&class, Args::new(items))
}

/// Writes what compiled code did to a shared list back to the Python object that stands for it.
pub fn write_back(interp: &Interp, obj: &Obj, v: &Value, ty: &Type) -> R<()> {
    let none = Args::default();
    match (obj, ty) {
        (Obj::List(l), Type::List(e)) => {
            if let Some(list) = v.as_list() {
                let items = list.iter().map(|x| to_object(interp, &x, e, &none)).collect::<R<Vec<Obj>>>()?;
                *l.items.borrow_mut() = items;
            }
        }
        (Obj::Dict(d), Type::Dict(k, x)) => {
            if let Some(dict) = v.as_dict() {
                for (key, _) in d.items() {
                    d.remove(&interp.key(&key)?);
                }
                for (key, value) in dict.iter() {
                    let key = interp.key(&to_object(interp, &key, k, &none)?)?;
                    d.set(key, to_object(interp, &value, x, &none)?);
                }
            }
        }
        _ => {}
    }
    Ok(())
}
