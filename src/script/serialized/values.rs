//! The names that an archive's code starts from.

use super::{Defined, Serialized, upgrade};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Const, Value};
use crate::script::sugared::{SugaredObject, fail};
use crate::script::{Arg, Emitter, Special, Sugared};
use crate::types::Type;
use std::rc::Rc;

/// `torch`, or `ops.namespace`: the operators of a namespace, as they were in a version.
pub(super) fn operators(namespace: &str, version: u32) -> Sugared {
    Sugared::Other(Rc::new(Operators { namespace: namespace.to_owned(), version }))
}

/// `ops`
pub(super) fn operator_rooms(version: u32) -> Sugared {
    Sugared::Other(Rc::new(Rooms(version)))
}

/// `CONSTANTS`
pub(super) fn constants(code: &Rc<Serialized>) -> Sugared {
    Sugared::Other(Rc::new(Constants(code.clone())))
}

/// `__torch__` and what lies below it.
pub(super) fn namespace(code: &Rc<Serialized>, name: &str) -> Sugared {
    Sugared::Other(Rc::new(Namespace { code: code.clone(), name: name.to_owned() }))
}

struct Operators {
    namespace: String,
    version: u32,
}

impl SugaredObject for Operators {
    fn kind(&self) -> String {
        "module".into()
    }

    fn attr(&self, _: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        let op = format!("{}::{name}", self.namespace);
        if let Some(old) = upgrade::find(&op, self.version) {
            return Ok(old);
        }
        if self.namespace == "profiler" {
            return Ok(Sugared::Other(Rc::new(Label(name.to_owned()))));
        }
        if name.to_lowercase().contains("mkldnn") {
            let d =
                Diagnostic::new(Code::Unsupported, span, format!("the operator {op} works on tensors in oneDNN's own layouts"));
            let help =
                "where torch.jit.optimize_for_inference put it the weights are not in the file: save the module frozen instead";
            return Err(Box::new(d.help(help)));
        }
        Ok(match op.as_str() {
            "prim::unchecked_cast" => Sugared::Special(Special::Cast),
            _ => Sugared::Builtin(op.as_str().into(), None),
        })
    }
}

/// The class of what labels a stretch of a program for profiles. There are none, so it is a number that means nothing.
pub(super) const LABEL: &str = "__torch__.torch.classes.profiler._RecordFunction";

/// An operator on labels.
struct Label(String);

impl SugaredObject for Label {
    fn kind(&self) -> String {
        "builtin".into()
    }

    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], _: &[Arg], _: usize) -> Result<Sugared> {
        let v = match (self.0.as_str(), args) {
            ("_record_function_enter_new", _) => em.constant(Const::Int(0), span),
            // Of PyTorch before 1.11.
            ("_record_function_enter", _) => {
                let sizes = em.constant(Const::List(Rc::new(vec![Const::Int(0)]), Type::Int), span);
                em.op(span, "aten::zeros", &[sizes])?
            }
            ("_record_function_exit", _) => em.constant(Const::None, span),
            ("_call_end_callbacks_on_jit_fut", [_, future]) => future.value,
            (name, _) => return fail(Code::Name, span, format!("there is no operator profiler::{name}")),
        };
        Ok(Sugared::Value(v))
    }
}

struct Rooms(u32);

impl SugaredObject for Rooms {
    fn kind(&self) -> String {
        "ops".into()
    }

    fn attr(&self, _: &mut Emitter, _: Span, name: &str) -> Result<Sugared> {
        Ok(operators(name, self.0))
    }
}

struct Constants(Rc<Serialized>);

impl SugaredObject for Constants {
    fn kind(&self) -> String {
        "CONSTANTS".into()
    }

    fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        let index = name.strip_prefix('c').and_then(|n| n.parse::<usize>().ok());
        let value = index.and_then(|i| self.0.state.borrow().constants.get(i).cloned());
        match value {
            Some(c) => Ok(Sugared::Value(em.constant(c, span))),
            None => fail(Code::Name, span, format!("the archive has no constant '{name}'")),
        }
    }
}

struct Namespace {
    code: Rc<Serialized>,
    name: String,
}

impl SugaredObject for Namespace {
    fn kind(&self) -> String {
        format!("namespace '{}'", self.name)
    }

    fn attr(&self, em: &mut Emitter, _: Span, name: &str) -> Result<Sugared> {
        let full = format!("{}.{name}", self.name);
        if let Some(d) = self.code.defined(em.compiler, &full)? {
            return Ok(match d {
                Defined::Class(c) => Sugared::Class(c),
                Defined::NamedTuple(t) => Sugared::NamedTuple(t),
                Defined::Enum(e) => Sugared::Enum(e),
            });
        }
        Ok(match self.code.function(em.compiler, &full)? {
            Some(f) => Sugared::Function(vec![f]),
            None => namespace(&self.code, &full),
        })
    }

    fn as_value(&self, _: &mut Emitter, span: Span) -> Result<Value> {
        fail(Code::Name, span, format!("the archive does not define '{}'", self.name))
    }

    fn call(&self, _: &mut Emitter, span: Span, _: &[Arg], _: &[Arg], _: usize) -> Result<Sugared> {
        fail(Code::Name, span, format!("the archive does not define '{}'", self.name))
    }
}
