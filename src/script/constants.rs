//! Types and build-time values of live Python objects.

use super::resolve::{Front, Handle};
use super::{Compiler, sugared::fail};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::eval::api::ClassKind;
use crate::eval::{Class, Obj, TorchValue};
use crate::graph::{Const, EnumClass};
use crate::types::{EnumRef, Type, unify};
use std::rc::Rc;

/// How deep lists in lists may go; Python's may hold themselves.
const MAX_DEPTH: usize = 64;

impl Front {
    /// The type that TorchScript infers from a value; the inner error says why there is none.
    pub(super) fn infer(self: &Rc<Self>, c: &mut Compiler, obj: &Obj, span: Span) -> Result<std::result::Result<Type, String>> {
        self.infer_at(c, obj, span, 0)
    }

    fn infer_at(
        self: &Rc<Self>,
        c: &mut Compiler,
        obj: &Obj,
        span: Span,
        depth: usize,
    ) -> Result<std::result::Result<Type, String>> {
        if depth > MAX_DEPTH {
            return Ok(Err("it is nested too deeply, or contains itself".into()));
        }
        let items_of = |items: Vec<Obj>, what: &str, c: &mut Compiler| -> Result<std::result::Result<Type, String>> {
            let mut ty: Option<Type> = None;
            for item in &items {
                let t = match self.infer_at(c, item, span, depth + 1)? {
                    Ok(t) => t,
                    Err(why) => return Ok(Err(format!("Could not infer type of {what}: {why}"))),
                };
                ty = match ty {
                    None => Some(t),
                    Some(old) => match unify(&old, &t, false, &c.program) {
                        Some(t) => Some(t),
                        None => {
                            let why = format!("the {what}s have different types: {} and {}", old.annotation(), t.annotation());
                            return Ok(Err(why));
                        }
                    },
                };
            }
            Ok(ty.ok_or_else(String::new))
        };
        Ok(Ok(match obj {
            Obj::None => Type::None,
            Obj::Bool(_) => Type::Bool,
            Obj::Int(_) => Type::Int,
            Obj::Big(_) => return Ok(Err("the int does not fit 64 bits".into())),
            Obj::Float(_) => Type::Float,
            Obj::Complex(_) => Type::Complex,
            Obj::Str(_) => Type::Str,
            Obj::Tensor(_) => Type::Tensor,
            Obj::Torch(t) => match &**t {
                TorchValue::Device(..) => Type::Device,
                TorchValue::Generator(_) => Type::Generator,
                _ => Type::Int,
            },
            Obj::Tuple(items) => {
                let mut elems = vec![];
                for item in items.iter() {
                    match self.infer_at(c, item, span, depth + 1)? {
                        Ok(t) => elems.push(t),
                        Err(why) => return Ok(Err(format!("Could not infer type of tuple element: {why}"))),
                    }
                }
                Type::tuple(elems)
            }
            Obj::List(l) => {
                let items = l.items.borrow().clone();
                if items.is_empty() {
                    return Ok(Err("List trace inputs must have elements".into()));
                }
                match items_of(items, "list element", c)? {
                    Ok(t) => Type::list(t),
                    Err(why) => return Ok(Err(why)),
                }
            }
            Obj::Dict(d) => {
                if d.is_empty() {
                    return Ok(Err("Dictionary inputs must have entries".into()));
                }
                let key = match items_of(d.keys(), "dict key", c)? {
                    Ok(t) => t,
                    Err(why) => return Ok(Err(why)),
                };
                if !matches!(key, Type::Int | Type::Float | Type::Complex | Type::Str | Type::Tensor | Type::Bool) {
                    return Ok(Err(format!("a dict's keys cannot be {}", key.annotation())));
                }
                match items_of(d.values(), "dict value", c)? {
                    Ok(value) => Type::dict(key, value),
                    Err(why) => return Ok(Err(why)),
                }
            }
            Obj::Script(s) => match s.data.borrow().as_ref().and_then(|d| d.downcast_ref::<Handle>()) {
                Some(Handle::Container(t)) => t.clone(),
                _ => return Ok(Err("a scripted function or module is no value".into())),
            },
            Obj::Instance(i) => {
                let class = i.class.borrow().clone();
                match class.kind() {
                    ClassKind::Enum => Type::Enum(self.enum_class(c, &class, span)?),
                    ClassKind::NamedTuple => self.named_tuple(c, &class, span)?.0,
                    ClassKind::Module => return Ok(Err("Cannot infer concrete type of torch.nn.Module".into())),
                    ClassKind::Exception | ClassKind::Builtin => {
                        return Ok(Err(format!(
                            "Only tensors and (possibly nested) tuples of tensors, lists, or dicts are supported, found {}",
                            class.name.borrow()
                        )));
                    }
                    _ if !matches!(obj.unwrapped(), Obj::Instance(_)) => {
                        return self.infer_at(c, &obj.unwrapped(), span, depth + 1);
                    }
                    _ if self.is_library_class(&class) => {
                        return Ok(Err(format!("Python type {} cannot be used as a value", class.name.borrow())));
                    }
                    _ => {
                        let id = self.class(c, &class, span)?;
                        Type::Class(c.program.class(id).class.clone())
                    }
                }
            }
            other => return Ok(Err(format!("Python type {} cannot be used as a value", self.interp.type_name(other)))),
        }))
    }

    /// A class of the embedded library, which has no TorchScript twin.
    fn is_library_class(&self, class: &Class) -> bool {
        class.def().is_none_or(|d| self.interp.is_library(d.span.file))
    }

    /// The build-time value of an object, as `ty` wants it when that is given.
    pub(super) fn constant(self: &Rc<Self>, c: &mut Compiler, obj: &Obj, ty: Option<&Type>, span: Span) -> Result<Const> {
        self.constant_at(c, obj, ty, span, 0)
    }

    fn constant_at(self: &Rc<Self>, c: &mut Compiler, obj: &Obj, ty: Option<&Type>, span: Span, depth: usize) -> Result<Const> {
        if depth > MAX_DEPTH {
            return fail(Code::Unsupported, span, "the value is nested too deeply, or contains itself");
        }
        let ty = match ty {
            Some(Type::Optional(t)) if !obj.is_none() => Some(&**t),
            Some(Type::Any | Type::Union(_) | Type::Number) => None,
            other => other,
        };
        let wrong = |c: &mut Compiler| -> Result<Const> {
            let found = match self.infer(c, obj, span)? {
                Ok(t) => t.annotation(),
                Err(_) => self.interp.type_name(obj),
            };
            let want = ty.map_or_else(|| "a TorchScript value".to_owned(), Type::annotation);
            fail(Code::Type, span, format!("expected a value of type {want}, found {found}"))
        };
        let value = match (obj, ty) {
            (Obj::None, None | Some(Type::None | Type::Optional(_))) => Const::None,
            (Obj::Bool(b), None | Some(Type::Bool)) => Const::Bool(*b),
            (Obj::Bool(b), Some(Type::Int)) => Const::Int(i64::from(*b)),
            (Obj::Int(i), None | Some(Type::Int)) => Const::Int(*i),
            (Obj::Int(i), Some(Type::Float)) => Const::Float(*i as f64),
            (Obj::Int(i), Some(Type::Complex)) => Const::Complex(*i as f64, 0.0),
            (Obj::Float(x), None | Some(Type::Float)) => Const::Float(*x),
            (Obj::Float(x), Some(Type::Complex)) => Const::Complex(*x, 0.0),
            (Obj::Complex(z), None | Some(Type::Complex)) => Const::Complex(z.re, z.im),
            (Obj::Str(s), None | Some(Type::Str)) => Const::Str((&**s).into()),
            (Obj::Tensor(t), None | Some(Type::Tensor)) => Const::Tensor(t.value.borrow().clone()),
            (Obj::Torch(t), _) => match (&**t, ty) {
                (TorchValue::Device(kind, index), None | Some(Type::Device)) => Const::Device { kind: *kind, index: *index },
                (TorchValue::Generator(_), None | Some(Type::Generator)) => Const::Generator(0),
                (other, None | Some(Type::Int)) => match other.number() {
                    Some(n) => Const::Int(n),
                    None => return wrong(c),
                },
                _ => return wrong(c),
            },
            (Obj::Big(_), _) => return fail(Code::Type, span, "the int does not fit 64 bits"),
            (Obj::List(_) | Obj::Tuple(_), Some(Type::List(elem))) => {
                let items = self.collect(obj, span)?;
                let items =
                    items.iter().map(|i| self.constant_at(c, i, Some(elem), span, depth + 1)).collect::<Result<Vec<_>>>()?;
                Const::List(Rc::new(items), (**elem).clone())
            }
            (Obj::Dict(d), Some(Type::Dict(k, v))) => {
                let mut items = vec![];
                for (key, value) in d.items() {
                    items.push((
                        self.constant_at(c, &key, Some(k), span, depth + 1)?,
                        self.constant_at(c, &value, Some(v), span, depth + 1)?,
                    ));
                }
                Const::Dict(Rc::new(items), (**k).clone(), (**v).clone())
            }
            (Obj::Tuple(items), Some(tt @ Type::Tuple(t))) if items.len() == t.elems.len() => {
                let items = items
                    .iter()
                    .zip(&t.elems)
                    .map(|(i, t)| self.constant_at(c, i, Some(t), span, depth + 1))
                    .collect::<Result<Vec<_>>>()?;
                Const::Tuple(Rc::new(items), tt.clone())
            }
            (Obj::List(_) | Obj::Dict(_) | Obj::Tuple(_), None) => match self.infer(c, obj, span)? {
                Ok(t) => return self.constant_at(c, obj, Some(&t), span, depth + 1),
                Err(why) => return fail(Code::Type, span, format!("the type of this value cannot be inferred: {why}")),
            },
            (Obj::Script(s), _) => {
                let container =
                    matches!(s.data.borrow().as_ref().and_then(|d| d.downcast_ref::<Handle>()), Some(Handle::Container(_)));
                if !container {
                    return wrong(c);
                }
                return self.constant_at(c, &s.target, ty, span, depth + 1);
            }
            (Obj::Instance(i), _) => {
                let class = i.class.borrow().clone();
                match class.kind() {
                    ClassKind::Enum => {
                        let e = self.enum_class(c, &class, span)?;
                        let name = self.interp.getattr_quiet(obj, "name").ok().flatten();
                        let members = &c.program.enums[e.id as usize].members;
                        match members.iter().position(|(n, _)| name.as_ref().and_then(Obj::as_str) == Some(n)) {
                            Some(at) => Const::Enum(e, at as u32),
                            None => return wrong(c),
                        }
                    }
                    ClassKind::NamedTuple => {
                        let (t, _) = self.named_tuple(c, &class, span)?;
                        return self.constant_at(c, &obj.unwrapped(), Some(&t), span, depth + 1);
                    }
                    _ if !matches!(obj.unwrapped(), Obj::Instance(_)) => {
                        return self.constant_at(c, &obj.unwrapped(), ty, span, depth + 1);
                    }
                    ClassKind::Plain | ClassKind::Dataclass => {
                        let object = self.object(c, obj, &class, span)?;
                        let have = Type::Class(c.program.class(c.program.objects[object.0 as usize].class).class.clone());
                        match ty {
                            Some(want @ Type::Class(k)) if k.is_interface && !have.is_subtype_of(want, &c.program) => {
                                return wrong(c);
                            }
                            _ => Const::Object(object),
                        }
                    }
                    _ => return wrong(c),
                }
            }
            _ => return wrong(c),
        };
        Ok(value)
    }

    fn collect(&self, obj: &Obj, span: Span) -> Result<Vec<Obj>> {
        self.interp.collect(obj).map_err(|e| self.raised(&e, span))
    }

    /// An enum class and its members, whose values must have one type.
    pub(super) fn enum_class(self: &Rc<Self>, c: &mut Compiler, class: &Rc<Class>, span: Span) -> Result<EnumRef> {
        let key = Rc::as_ptr(class) as usize;
        if let Some((_, e)) = self.known.borrow().enums.get(&key) {
            return Ok(e.clone());
        }
        let mut members: Vec<(String, Const)> = vec![];
        let mut value: Option<Type> = None;
        for member in self.collect(&Obj::Class(class.clone()), span)? {
            let part = |name: &str| self.interp.getattr(&member, name).map_err(|e| self.raised(&e, span));
            let (name, v) = (part("name")?, part("value")?);
            let v = self.constant(c, &v, None, span)?;
            let ty = super::emitter::const_type(&c.program, &v);
            match &value {
                Some(old) if *old != ty => {
                    let message = format!(
                        "the members of enum '{}' have values of different types: {} and {}",
                        class.name.borrow(),
                        old.annotation(),
                        ty.annotation()
                    );
                    return fail(Code::Type, span, message);
                }
                _ => value = Some(ty),
            }
            members.push((name.as_str().unwrap_or_default().to_owned(), v));
        }
        let Some(value) = value else { return fail(Code::Type, span, format!("enum '{}' has no members", class.name.borrow())) };
        if !matches!(value, Type::Int | Type::Float | Type::Str) {
            let message =
                format!("Cannot create Enum with value type '{}', only int, float and string are supported", value.annotation());
            return fail(Code::Type, span, message);
        }
        let name = self.unique(self.qualified(&class.module, &class.name.borrow()));
        let e = EnumRef { id: c.program.enums.len() as u32, name: name.as_str().into(), value: Rc::new(value) };
        c.program.enums.push(EnumClass { r#enum: e.clone(), members });
        self.known.borrow_mut().enums.insert(key, (class.clone(), e.clone()));
        Ok(e)
    }

    /// The type of a NamedTuple class, and the defaults of its last fields.
    pub(super) fn named_tuple(self: &Rc<Self>, c: &mut Compiler, class: &Rc<Class>, span: Span) -> Result<(Type, Vec<Const>)> {
        let key = Rc::as_ptr(class) as usize;
        if let Some((_, t, d)) = self.known.borrow().tuples.get(&key) {
            return Ok((t.clone(), d.clone()));
        }
        let own = Obj::Class(class.clone());
        let attr = |name: &str| self.interp.getattr_quiet(&own, name).map_err(|e| self.raised(&e, span));
        let names = match attr("_fields")? {
            Some(f) => self.collect(&f, span)?,
            None => vec![],
        };
        let annotations = class.mro().iter().map(|k| k.annotations()).find(|a| !a.is_empty()).unwrap_or_default();
        let mut fields: Vec<(Rc<str>, Type)> = vec![];
        for name in names.iter().filter_map(Obj::as_str) {
            let ty = match annotations.iter().find(|(n, _)| &**n == name) {
                Some((_, a)) => match self.type_of_annotation(c, a, class.scope.as_ref(), span)? {
                    Some(t) => t,
                    None => {
                        return fail(
                            Code::Type,
                            span,
                            format!("the field '{name}' of '{}' has no TorchScript type", class.name.borrow()),
                        );
                    }
                },
                None => Type::Tensor,
            };
            if holds_any(&ty) {
                let message = format!(
                    "the field '{name}' of '{}' has the type {}: NamedTuples cannot hold Any",
                    class.name.borrow(),
                    ty.annotation()
                );
                let d = Diagnostic::new(Code::Type, span, message);
                return Err(Box::new(d.help("write the field's type, or a Union of those that it may have")));
            }
            fields.push((name.into(), ty));
        }
        let mut defaults = vec![];
        if let Some(Obj::Dict(d)) = attr("_field_defaults")?.map(|d| d.unwrapped()) {
            for (name, ty) in &fields {
                if let Some(v) = d.get_str(name) {
                    defaults.push(self.constant(c, &v, Some(ty), span)?);
                }
            }
        }
        let qualified = self.qualified(&class.module, &class.name.borrow());
        let same = |t: &Type| matches!(t, Type::Tuple(t) if t.names.as_ref().is_some_and(|n| *n.name == *qualified));
        if let Some((_, first, _)) = self.known.borrow().tuples.values().find(|(_, t, _)| same(t)) {
            if *first != Type::named_tuple(&qualified, fields) {
                let message = format!("Can't redefine NamedTuple: {qualified}: another one of that name has other fields");
                let d = Diagnostic::new(Code::Name, span, message);
                return Err(Box::new(d.help("give one of them another name: it is the first argument of namedtuple()")));
            }
            return Ok((first.clone(), defaults));
        }
        let ty = Type::named_tuple(&qualified, fields);
        self.known.borrow_mut().tuples.insert(key, (class.clone(), ty.clone(), defaults.clone()));
        Ok((ty, defaults))
    }
}

/// `Any` occurs in the type.
fn holds_any(ty: &Type) -> bool {
    *ty == Type::Any || ty.contained().into_iter().any(holds_any)
}

/// A diagnostic about an annotation that stands for no type.
pub(super) fn unknown_type(what: &str, span: Span) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Type, span, format!("Unknown type annotation: '{what}'")))
}
