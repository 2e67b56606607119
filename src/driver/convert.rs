//! Python objects as runtime values of a declared type, and back, for calls of compiled code while Python runs.

use super::Host;
use super::host::ScriptClass;
use crate::codegen::process;
use crate::eval::dict::DictObj;
use crate::eval::{Args, Interp, Obj, R, ScriptedKind, TorchValue};
use crate::graph::{ClassId, Const};
use crate::types::Type;
use std::rc::Rc;
use tsrt::Value;
use tsrt::header::Kind;
use tsrt::list::{Elem, List};
use tsrt::object::Instance;
use tsrt::tuple::Tuple;

/// Conversions for the calls of one host.
#[derive(Clone, Copy)]
pub struct Convert<'a> {
    pub interp: &'a Interp,
    pub host: &'a Host,
}

/// How elements of a type lie in a list.
fn elem(ty: &Type) -> Elem {
    crate::codegen::repr::elem_of(ty)
}

impl Convert<'_> {
    /// The value of `obj` as a parameter of type `ty`.
    pub fn value(self, obj: &Obj, ty: &Type) -> R<Value> {
        let Convert { interp, host } = self;
        let wrong = || {
            let message = format!("expected a value of type '{}' but found {}", ty.annotation(), interp.type_name(obj));
            interp.type_error::<Value>(message)
        };
        let plain = match obj {
            Obj::Script(s) if matches!(s.kind, ScriptedKind::List | ScriptedKind::Dict) => s.target.clone(),
            _ => obj.unwrapped(),
        };
        Ok(match (ty, &plain) {
            (Type::None, Obj::None) | (Type::Optional(_), Obj::None) => Value::none(),
            (Type::Optional(t), _) => self.value(obj, t)?,
            (Type::Tensor, Obj::Tensor(t)) => Value::from(t.value.borrow().clone()),
            (Type::Bool, Obj::Bool(b)) => Value::bool(*b),
            (Type::Int | Type::Number, Obj::Int(i)) => Value::int(*i),
            (Type::Int, Obj::Bool(b)) => Value::int(*b as i64),
            (Type::Int | Type::Float, Obj::Tensor(t)) if t.value.borrow().numel() == 1 => {
                let item = interp.call(&interp.getattr(&plain, "item")?, Args::default())?;
                match (ty, &item) {
                    (Type::Float, Obj::Int(i)) => Value::float(*i as f64),
                    (Type::Int, Obj::Float(_)) => return wrong(),
                    _ => self.value(&item, ty)?,
                }
            }
            (Type::Float | Type::Number, Obj::Float(f)) => Value::float(*f),
            (Type::Float, Obj::Int(i)) => Value::float(*i as f64),
            (Type::Complex | Type::Number, Obj::Complex(c)) => Value::complex(tsrt::Complex { re: c.re, im: c.im }),
            (Type::Str, Obj::Str(s)) => Value::from(&**s),
            (Type::Int | Type::Layout | Type::MemoryFormat, Obj::Torch(t)) => match t.number() {
                Some(n) => Value::int(n),
                None => return wrong(),
            },
            (Type::Device, Obj::Torch(t)) => match &**t {
                TorchValue::Device(kind, index) => Value::device(*kind, *index),
                _ => return wrong(),
            },
            (Type::Device, Obj::Str(s)) => match crate::eval::tensor::parse_device(s) {
                Some((kind, index)) => Value::device(kind, index),
                None => return wrong(),
            },
            (Type::Generator, Obj::Torch(t)) => match &**t {
                TorchValue::Generator(g) => (*g.0).clone(),
                _ => return wrong(),
            },
            (Type::List(e), Obj::List(_) | Obj::Tuple(_) | Obj::Range(_)) => {
                let list = List::new(elem(e), 0);
                for item in interp.collect(&plain)? {
                    interp.runtime(list.push(self.value(&item, e)?))?;
                }
                list.into()
            }
            (Type::Dict(k, v), Obj::Dict(d)) => {
                let dict = tsrt::dict::Dict::new(elem(k), elem(v));
                for (key, value) in d.items() {
                    let (key, value) = (self.value(&key, k)?, self.value(&value, v)?);
                    interp.runtime(dict.set(key, value))?;
                }
                dict.into()
            }
            (Type::Tuple(t), Obj::Tuple(items)) if items.len() == t.elems.len() => {
                let items = items.iter().zip(&t.elems).map(|(o, t)| self.value(o, t)).collect::<R<Vec<Value>>>()?;
                Tuple::new(items.into_iter()).into()
            }
            // The members of an IntEnum are numbers, too.
            (Type::Enum(e), _) if matches!(obj, Obj::Instance(_)) => match host.enum_member(interp, e, obj)? {
                Some(v) => v,
                None => return wrong(),
            },
            (Type::Class(c), _) if c.is_module || c.is_interface && host.module_value(&plain).is_some() => {
                match host.module_value(&plain) {
                    Some(v) => v,
                    None => return wrong(),
                }
            }
            (Type::Class(c), Obj::Instance(i)) => match host.script_class(ClassId(c.id)) {
                Some(class) if class.python.as_ref().is_some_and(|p| i.class.borrow().is_subclass_of(p)) => {
                    self.object_value(&plain, &class)?
                }
                _ => return wrong(),
            },
            (Type::Union(members), _) => {
                // A member of the value's own type comes before those that it converts to.
                let exact = |t: &&Type| matches!((t, &plain), (Type::Int, Obj::Int(_)) | (Type::Bool, Obj::Bool(_)));
                for m in members.iter().filter(exact).chain(members.iter()) {
                    if let Ok(v) = self.value(obj, m) {
                        return Ok(v);
                    }
                }
                return wrong();
            }
            (Type::Any, _) => self.any(&plain)?,
            _ => return wrong(),
        })
    }

    /// A parameter's default.
    pub fn constant(self, c: &Const, ty: &Type) -> R<Value> {
        if let Some(v) = process::scalar(c) {
            return Ok(v);
        }
        let inner = match ty {
            Type::Optional(t) => t,
            _ => ty,
        };
        match (c, inner) {
            (Const::List(items, _), Type::List(e)) => {
                let list = List::new(elem(e), items.len());
                for item in items.iter() {
                    self.interp.runtime(list.push(self.constant(item, e)?))?;
                }
                Ok(list.into())
            }
            (Const::Dict(pairs, ..), Type::Dict(k, v)) => {
                let dict = tsrt::dict::Dict::new(elem(k), elem(v));
                for (key, value) in pairs.iter() {
                    self.interp.runtime(dict.set(self.constant(key, k)?, self.constant(value, v)?))?;
                }
                Ok(dict.into())
            }
            (Const::Tuple(items, of), _) => {
                let Type::Tuple(of) = of else { return self.interp.type_error("a tuple of no type") };
                let values = items.iter().zip(&of.elems).map(|(c, t)| self.constant(c, t)).collect::<R<Vec<Value>>>()?;
                Ok(Tuple::new(values.into_iter()).into())
            }
            (Const::Enum(e, at), _) => match self.host.member_at(e, *at) {
                Some(v) => Ok(v),
                None => self.interp.type_error("an enum member that is not there"),
            },
            _ => self.interp.raise("RuntimeError", "the default cannot be passed from Python"),
        }
    }

    /// A Python object of a script class as an instance with the same attributes.
    fn object_value(self, obj: &Obj, class: &ScriptClass) -> R<Value> {
        let made = Instance::new(class.description, class.slots.len(), Kind::Object);
        for (n, (name, ty)) in class.slots.iter().enumerate() {
            made.set(n, self.value(&self.interp.getattr(obj, name)?, ty)?);
        }
        Ok(Value::from(made))
    }

    /// A value whose type nothing declares.
    fn any(self, obj: &Obj) -> R<Value> {
        let interp = self.interp;
        Ok(match obj {
            Obj::None => Value::none(),
            Obj::Bool(b) => Value::bool(*b),
            Obj::Int(i) => Value::int(*i),
            Obj::Float(f) => Value::float(*f),
            Obj::Complex(c) => Value::complex(tsrt::Complex { re: c.re, im: c.im }),
            Obj::Str(s) => Value::from(&**s),
            Obj::Tensor(t) => Value::from(t.value.borrow().clone()),
            Obj::List(_) => {
                let items = interp.collect(obj)?;
                let list = List::new(common(&items), 0);
                for item in items {
                    interp.runtime(list.push(self.any(&item)?))?;
                }
                list.into()
            }
            Obj::Dict(d) => {
                let (keys, values) = (d.keys(), d.values());
                let dict = tsrt::dict::Dict::new(common(&keys), common(&values));
                for (key, value) in keys.iter().zip(&values) {
                    interp.runtime(dict.set(self.any(key)?, self.any(value)?))?;
                }
                dict.into()
            }
            Obj::Tuple(items) => {
                let items = items.iter().map(|o| self.any(o)).collect::<R<Vec<Value>>>()?;
                Tuple::new(items.into_iter()).into()
            }
            _ => return interp.type_error(format!("a value of type {} has no form in TorchScript", interp.type_name(obj))),
        })
    }

    /// A value of type `ty` as a Python object. A tensor that is one of `args` stays the same object.
    pub fn object(self, v: &Value, ty: &Type, args: &Args) -> R<Obj> {
        let Convert { interp, host } = self;
        let none = Args::default();
        let inner = match ty {
            Type::Optional(t) if !v.is_none() => t,
            _ => ty,
        };
        Ok(match inner {
            Type::List(e) if v.as_list().is_some() => {
                let items: Vec<Value> = v.as_list().map(|l| l.iter().collect()).unwrap_or_default();
                Obj::list(items.iter().map(|x| self.object(x, e, &none)).collect::<R<Vec<Obj>>>()?)
            }
            Type::Tuple(t) if v.as_tuple().is_some() => {
                let items: Vec<Value> = v.as_tuple().map(|items| items.items().to_vec()).unwrap_or_default();
                let objs = items.iter().zip(&t.elems).map(|(x, t)| self.object(x, t, &none)).collect::<R<Vec<Obj>>>()?;
                match &t.names {
                    Some(n) => named_tuple(interp, n, objs)?,
                    None => Obj::tuple(objs),
                }
            }
            Type::Dict(k, x) if v.as_dict().is_some() => {
                let out = Rc::new(DictObj::default());
                let pairs: Vec<(Value, Value)> = v.as_dict().map(|d| d.iter().collect()).unwrap_or_default();
                for (key, value) in pairs {
                    out.set(interp.key(&self.object(&key, k, &none)?)?, self.object(&value, x, &none)?);
                }
                Obj::Dict(out)
            }
            Type::Device => match v.as_device() {
                Some((kind, index)) => Obj::torch(TorchValue::Device(kind, index)),
                None => Obj::None,
            },
            Type::Enum(e) => match v.as_instance().and_then(|m| m.get(0)) {
                Some(name) => host.python_member(interp, e, name.as_str().unwrap_or(""))?,
                None => Obj::None,
            },
            _ => match v.as_instance() {
                Some(instance) => match host.python_module(v) {
                    Some(module) => module,
                    None => self.python_object(instance)?,
                },
                None => interp.object(v, args, None)?,
            },
        })
    }

    /// An instance of a script class as a Python object with the same attributes.
    fn python_object(self, instance: &Instance) -> R<Obj> {
        let Some(class) = self.host.class_named(instance.class_name()) else {
            return self.interp.type_error(format!("an object of class {} has no form in Python", instance.class_name()));
        };
        let Some(python) = &class.python else {
            return self.interp.type_error(format!("the class {} is not known to Python", instance.class_name()));
        };
        let made = self.interp.new_instance(python, Obj::None);
        let none = Args::default();
        for (n, (name, ty)) in class.slots.iter().enumerate() {
            let value = self.object(&instance.get(n).unwrap_or(Value::none()), ty, &none)?;
            self.interp.setattr(&made, name, value)?;
        }
        Ok(made)
    }
}

/// How values of these objects' common type lie in a list.
fn common(items: &[Obj]) -> Elem {
    let all = |is: fn(&Obj) -> bool| !items.is_empty() && items.iter().all(is);
    if all(|o| matches!(o, Obj::Int(_))) {
        elem(&Type::Int)
    } else if all(|o| matches!(o, Obj::Float(_))) {
        elem(&Type::Float)
    } else if all(|o| matches!(o, Obj::Bool(_))) {
        elem(&Type::Bool)
    } else if all(|o| matches!(o, Obj::Tensor(_))) {
        elem(&Type::Tensor)
    } else if all(|o| matches!(o, Obj::Str(_))) {
        elem(&Type::Str)
    } else if [|o: &Obj| matches!(o, Obj::List(_)), |o: &Obj| matches!(o, Obj::Dict(_)), |o: &Obj| matches!(o, Obj::Tuple(_))]
        .into_iter()
        .any(all)
    {
        Elem::Ptr
    } else {
        Elem::Val
    }
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

/// Writes what compiled code did to a shared list or dict back to the Python object that stands for it.
pub fn write_back(convert: Convert, obj: &Obj, v: &Value, ty: &Type) -> R<()> {
    let new = convert.object(v, ty, &Args::default())?;
    match (obj, &new) {
        (Obj::List(l), Obj::List(n)) => *l.items.borrow_mut() = n.items.take(),
        (Obj::Dict(d), Obj::Dict(n)) => {
            for key in d.keys() {
                d.remove(&convert.interp.key(&key)?);
            }
            for (key, value) in n.items() {
                d.set(convert.interp.key(&key)?, value);
            }
        }
        _ => {}
    }
    Ok(())
}
