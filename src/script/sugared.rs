//! What an expression can be beside a graph value: modules, classes, functions, builtins, iterables.

use super::{Arg, Emitter};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{ClassId, FunctionId, Value};
use crate::types::{DType, EnumRef, Type};
use std::rc::Rc;

/// Calls whose arguments the emitter evaluates itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    Annotate,
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
    ToList,
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
    /// An exception class: its qualified name when it is not builtin.
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
    fn as_value(&self, em: &mut Emitter, span: Span) -> Result<Value>;
    fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared>;
    fn has_attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<bool>;
    fn set_attr(&self, em: &mut Emitter, span: Span, name: &str, value: Value) -> Result<()>;
    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], binders: usize) -> Result<Sugared>;
    fn getitem(&self, em: &mut Emitter, span: Span, index: Value, hint: Option<&Type>) -> Result<Sugared>;
    fn iterate(&self, em: &mut Emitter, span: Span) -> Result<Sugared>;
    fn as_tuple(&self, em: &mut Emitter, span: Span, size: Option<usize>) -> Result<Vec<Sugared>>;
}

fn todo<T>(span: Span) -> Result<T> {
    Err(Box::new(Diagnostic::new(Code::Internal, span, "not there yet")))
}

impl Sugared {
    /// What messages call it.
    pub fn kind(&self) -> String {
        String::new()
    }
    pub fn as_value(&self, em: &mut Emitter, span: Span) -> Result<Value> {
        let _ = em;
        todo(span)
    }
    pub fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        let _ = (em, name);
        todo(span)
    }
    pub fn has_attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<bool> {
        let _ = (em, name);
        todo(span)
    }
    pub fn set_attr(&self, em: &mut Emitter, span: Span, name: &str, value: Value) -> Result<()> {
        let _ = (em, name, value);
        todo(span)
    }
    pub fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], binders: usize) -> Result<Sugared> {
        let _ = (em, args, kwargs, binders);
        todo(span)
    }
    pub fn getitem(&self, em: &mut Emitter, span: Span, index: Value, hint: Option<&Type>) -> Result<Sugared> {
        let _ = (em, index, hint);
        todo(span)
    }
    /// What a `for` runs over.
    pub fn iterate(&self, em: &mut Emitter, span: Span) -> Result<Sugared> {
        let _ = em;
        todo(span)
    }
    /// Number of iterations, of what `iterate` gave.
    pub fn len(&self, em: &mut Emitter, span: Span) -> Result<Value> {
        let _ = em;
        todo(span)
    }
    /// The number of iterations when the loop is unrolled.
    pub fn static_len(&self) -> Option<i64> {
        None
    }
    /// A loop over it is unrolled: its elements have types of their own.
    pub fn is_unrolled(&self) -> bool {
        self.static_len().is_some()
    }
    pub fn as_tuple(&self, em: &mut Emitter, span: Span, size: Option<usize>) -> Result<Vec<Sugared>> {
        let _ = (em, size);
        todo(span)
    }
}

/// A builtin of the language (`len`, `print`, `range`) by name; what the program defines comes before these.
pub fn builtin_name(name: &str) -> Option<Sugared> {
    let _ = name;
    None
}
