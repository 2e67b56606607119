//! What an expression can be beside a graph value: modules, classes, functions, builtins, iterables.
//!
//! * [`value`] does it for graph values, [`call`] for what is called, [`iterate`] for what loops run over.
//! * [`names`] lists the builtin names of the language.

pub(crate) mod call;
mod iterate;
mod names;
mod value;

pub(crate) use value::nearest;

pub use names::builtin_name;

use super::{Arg, Emitter};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{ClassId, Const, FunctionId, Value};
use crate::types::{DType, EnumRef, Type};
use std::rc::Rc;

/// Calls whose arguments the emitter evaluates itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    Annotate,
    Awaitable,
    Cast,
    Dict,
    Enumerate,
    Fork,
    GetAttr,
    HasAttr,
    IsInstance,
    List,
    New,
    Range,
    Slice,
    ToList,
    /// `x.__getitem__` of a tensor.
    TensorItem,
    Tuple,
    Uninitialized,
    Zip,
    /// `torch.FloatTensor(...)`
    LegacyTensor(DType),
}

/// What an expression is.
#[derive(Clone)]
pub enum Sugared {
    Value(Value),
    /// The result of `print`.
    Nothing,
    Tuple(Vec<Sugared>),
    Print,
    /// An operator (`aten::add`), with `self` when it was found on a value.
    Builtin(Rc<str>, Option<Arg>),
    /// `float(x)`: the type, and the operator when it has another type.
    Cast(Type, &'static str),
    /// `x.int()` on tensors.
    TensorCast(DType, Arg),
    /// Calls the method of this name when the first argument is an object, else the other.
    Magic(&'static str, Rc<Sugared>),
    Special(Special),
    /// `range`: start, stop, step; whether only stop was given; the length when it is known.
    Range {
        start: Value,
        stop: Value,
        step: Value,
        only_stop: bool,
        len: Option<i64>,
    },
    /// `zip`, `enumerate`; the length when it is unrolled.
    Zip {
        children: Vec<Sugared>,
        len: Option<i64>,
    },
    /// A Python slice object's start, stop, step.
    Slice(Value, Value, Value),
    /// An exception class: its qualified name (`builtins.ValueError`).
    Exception(Rc<str>),
    /// A made exception: message, qualified class name.
    Raised(Value, Option<Value>),
    /// A nested function: the output of its `prim::Closure` node.
    Closure(Value),
    /// Overloads.
    Function(Vec<FunctionId>),
    Method(Value, Vec<(String, FunctionId)>),
    NamedTuple(Type),
    Class(ClassId),
    Enum(EnumRef),
    /// Modules, module containers, Python modules and objects.
    Other(Rc<dyn SugaredObject>),
}

/// Behaviour of the kinds that are not listed above.
pub trait SugaredObject {
    /// What messages call it (`module`, `python value`).
    fn kind(&self) -> String;
    fn as_value(&self, em: &mut Emitter, span: Span) -> Result<Value> {
        let _ = em;
        fail(Code::Type, span, format!("{} cannot be used as a value", self.kind()))
    }
    fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        let _ = (em, name);
        fail(Code::Name, span, format!("attribute lookup is not defined on {}", self.kind()))
    }
    fn has_attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<bool> {
        let _ = (em, name);
        fail(Code::Name, span, format!("attribute lookup is not defined on {}", self.kind()))
    }
    fn set_attr(&self, em: &mut Emitter, span: Span, name: &str, value: Value) -> Result<()> {
        let _ = (em, name, value);
        fail(Code::Type, span, format!("attribute assignment is not defined on {}", self.kind()))
    }
    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], binders: usize) -> Result<Sugared> {
        let _ = (em, args, kwargs, binders);
        fail(Code::Type, span, format!("cannot call a {}", self.kind()))
    }
    fn getitem(&self, em: &mut Emitter, span: Span, index: Value, hint: Option<&Type>) -> Result<Sugared> {
        let _ = (em, index, hint);
        fail(Code::Type, span, format!("'{}' object is not subscriptable", self.kind()))
    }
    fn iterate(&self, em: &mut Emitter, span: Span) -> Result<Sugared> {
        let _ = em;
        fail(Code::Type, span, format!("{} cannot be used as an iterable", self.kind()))
    }
    fn as_tuple(&self, em: &mut Emitter, span: Span, size: Option<usize>) -> Result<Vec<Sugared>> {
        let _ = (em, size);
        fail(Code::Type, span, format!("{} cannot be used as a tuple", self.kind()))
    }
}

/// A failed use, as a result.
pub(crate) fn fail<T>(code: Code, span: Span, message: impl Into<String>) -> Result<T> {
    Err(Box::new(Diagnostic::new(code, span, message)))
}

impl Sugared {
    /// What messages call it; [`Sugared::describe`] also tells a value's type.
    pub fn kind(&self) -> String {
        match self {
            Sugared::Value(_) => "value".into(),
            Sugared::Nothing => "None".into(),
            Sugared::Tuple(_) => "Tuple".into(),
            Sugared::Print => "print".into(),
            Sugared::Builtin(..) => "builtin".into(),
            Sugared::Cast(t, _) => format!("cast to {}", t.annotation()),
            Sugared::TensorCast(..) => "tensor cast".into(),
            Sugared::Magic(name, _) => (*name).into(),
            Sugared::Special(s) => format!("builtin form '{}'", names::special_name(*s)),
            Sugared::Range { .. } => "range".into(),
            Sugared::Zip { .. } => "iterable".into(),
            Sugared::Slice(..) => "python slice value".into(),
            Sugared::Exception(_) => "Python exception".into(),
            Sugared::Raised(..) => "exception".into(),
            Sugared::Closure(_) => "closure".into(),
            Sugared::Function(_) => "function".into(),
            Sugared::Method(..) => "method".into(),
            Sugared::NamedTuple(t) => format!("class '{}'", t.annotation()),
            Sugared::Class(_) => "class".into(),
            Sugared::Enum(e) => format!("class '{}'", e.name),
            Sugared::Other(o) => o.kind(),
        }
    }

    /// What messages call it, with the type of a value.
    pub fn describe(&self, em: &Emitter) -> String {
        match self {
            Sugared::Value(v) => format!("value of type '{}'", em.ty(*v).annotation()),
            Sugared::Class(c) => format!("class '{}'", em.compiler.program.class(*c).class.name),
            other => other.kind(),
        }
    }

    /// It as a graph value.
    pub fn as_value(&self, em: &mut Emitter, span: Span) -> Result<Value> {
        match self {
            Sugared::Value(v) | Sugared::Closure(v) => Ok(*v),
            Sugared::Nothing => Ok(em.constant(Const::None, span)),
            Sugared::Tuple(items) => {
                let values = items.iter().map(|i| i.as_value(em, span)).collect::<Result<Vec<_>>>()?;
                Ok(em.tuple(&values, None, span))
            }
            Sugared::Other(o) => o.as_value(em, span),
            other => {
                let d = Diagnostic::new(Code::Type, span, format!("{} cannot be used as a value", other.describe(em)));
                Err(Box::new(match other {
                    Sugared::Builtin(..)
                    | Sugared::Function(_)
                    | Sugared::Method(..)
                    | Sugared::Cast(..)
                    | Sugared::Magic(..) => d.help("call it here: functions cannot be stored or passed on"),
                    Sugared::Range { .. } | Sugared::Zip { .. } => {
                        d.help("loop over it, or make a list with a comprehension: [x for x in ...]")
                    }
                    Sugared::Class(_) | Sugared::NamedTuple(_) | Sugared::Enum(_) => {
                        d.help("classes cannot be stored or passed on; make an instance")
                    }
                    _ => d,
                }))
            }
        }
    }

    pub fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        match self {
            Sugared::Value(v) => value::attr(em, span, *v, name),
            Sugared::Enum(e) => value::enum_member(em, span, e, name),
            Sugared::Class(c) => value::class_attr(em, span, *c, name),
            Sugared::Magic(_, base) => base.attr(em, span, name),
            Sugared::Other(o) => o.attr(em, span, name),
            Sugared::Tuple(_) | Sugared::Nothing => {
                let v = self.as_value(em, span)?;
                value::attr(em, span, v, name)
            }
            other => fail(Code::Name, span, format!("attribute lookup is not defined on {}", other.describe(em))),
        }
    }

    pub fn has_attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<bool> {
        match self {
            Sugared::Value(v) => value::has_attr(em, span, *v, name),
            Sugared::Enum(e) => Ok(em.compiler.program.enums[e.id as usize].members.iter().any(|(n, _)| n == name)),
            Sugared::Class(c) => Ok(em.compiler.program.class(*c).method(name).is_some()),
            Sugared::Other(o) => o.has_attr(em, span, name),
            other => fail(Code::Name, span, format!("attribute lookup is not defined on {}", other.describe(em))),
        }
    }

    pub fn set_attr(&self, em: &mut Emitter, span: Span, name: &str, value: Value) -> Result<()> {
        match self {
            Sugared::Value(v) => value::set_attr(em, span, *v, name, value),
            Sugared::Other(o) => o.set_attr(em, span, name, value),
            other => fail(Code::Type, span, format!("attribute assignment is not defined on {}", other.describe(em))),
        }
    }

    /// Calls it. `binders` is the number of names that the result is assigned to.
    pub fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], binders: usize) -> Result<Sugared> {
        match self {
            Sugared::Other(o) => o.call(em, span, args, kwargs, binders),
            other => call::call(other, em, span, args, kwargs, binders),
        }
    }

    pub fn getitem(&self, em: &mut Emitter, span: Span, index: Value, hint: Option<&Type>) -> Result<Sugared> {
        match self {
            Sugared::Value(v) => value::getitem(em, span, *v, index, hint),
            Sugared::Other(o) => o.getitem(em, span, index, hint),
            other => iterate::getitem(other, em, span, index),
        }
    }

    /// What a `for` runs over.
    pub fn iterate(&self, em: &mut Emitter, span: Span) -> Result<Sugared> {
        match self {
            Sugared::Value(v) => value::iterate(em, span, *v),
            Sugared::Tuple(_) | Sugared::Range { .. } | Sugared::Zip { .. } => Ok(self.clone()),
            Sugared::Enum(e) => Ok(Sugared::Value(value::enum_members(em, span, e))),
            Sugared::Other(o) => o.iterate(em, span),
            other => fail(Code::Type, span, format!("{} cannot be used as an iterable", other.describe(em))),
        }
    }

    /// Number of iterations, of what `iterate` gave.
    pub fn len(&self, em: &mut Emitter, span: Span) -> Result<Value> {
        iterate::len(self, em, span)
    }

    /// The number of iterations when the loop is unrolled.
    pub fn static_len(&self) -> Option<i64> {
        match self {
            Sugared::Tuple(items) => Some(items.len() as i64),
            Sugared::Range { len, .. } | Sugared::Zip { len, .. } => *len,
            _ => None,
        }
    }

    /// A loop over it is unrolled: its elements have types of their own.
    pub fn is_unrolled(&self) -> bool {
        self.static_len().is_some()
    }

    /// Its elements, for an assignment to several names; `size` is how many names there are, when that is fixed.
    pub fn as_tuple(&self, em: &mut Emitter, span: Span, size: Option<usize>) -> Result<Vec<Sugared>> {
        match self {
            Sugared::Value(v) => value::as_tuple(em, span, *v, size),
            Sugared::Tuple(items) => Ok(items.clone()),
            Sugared::Other(o) => o.as_tuple(em, span, size),
            other => fail(Code::Type, span, format!("{} cannot be used as a tuple", other.describe(em))),
        }
    }
}
