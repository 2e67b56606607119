//! TorchScript semantics: names, types, overloads and refinement of a Python function become a graph.
//!
//! [`Compiler`] owns the [`Program`] that compilation adds to. A function is declared first ([`Compiler::declare`]) and compiled when something needs
//! its signature ([`Compiler::compile_body`]); a failed one is reported once and left poisoned. What free names mean is asked from a [`Resolver`].
//!
//! * [`emitter`] walks one body and emits nodes; [`sugared`] holds what an expression can be beside a graph value.
//! * [`demand`] compiles declared functions when a call needs their signature.
//! * [`program`] compiles a `main` and the plain functions it calls.

mod annotation;
pub mod builtin_functions;
mod builtins;
mod call;
mod class;
mod cond;
mod constants;
pub mod demand;
pub mod emitter;
mod env;
mod exits;
mod expr;
mod forks;
mod function;
pub mod hooks;
mod library;
mod literal;
mod loops;
pub mod module;
mod module_value;
pub mod program;
mod python;
pub mod resolve;
pub mod serialized;
mod sorting;
mod special;
mod ssa;
mod stmt;
mod subscript;
pub mod sugared;
mod traced;
mod typing;

use crate::diag::{Diagnostic, Problems, Result, SourceMap, Span};
use crate::graph::{ClassId, Const, Function, FunctionId, Graph, ObjectId, Program, Signature};
use crate::syntax::{FunctionDef, Lambda};
use crate::types::Type;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

pub use emitter::{Arg, Emitter};
pub use sugared::{Special, Sugared};

/// How far a declared function is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Declared,
    /// A call of it now is recursion, which TorchScript does not have.
    Compiling,
    Done,
}

/// Gives an object the attributes that its `__setstate__` makes of a state.
pub type Restore = fn(&mut Compiler, ObjectId, FunctionId, Const) -> Result<()>;

/// One compilation: the program so far, and what went wrong.
#[derive(Default)]
pub struct Compiler {
    pub program: Program,
    pub sources: SourceMap,
    pub problems: Problems,
    /// By [`FunctionId`]; functions beyond its end are done.
    states: Vec<State>,
    /// Bodies of declared functions, until something needs their signature.
    pending: HashMap<FunctionId, Body>,
    /// Why poisoned functions are.
    failures: HashMap<FunctionId, Diagnostic>,
    /// The calls that the functions being compiled are compiled for.
    callers: Vec<Span>,
    /// Passes that every compiled function goes through at once, set by the driver.
    pub cleanup: Option<fn(&mut Program, FunctionId)>,
    /// Runs the `__setstate__` of a new object of an archive on its state, set by the driver.
    pub restore: Option<Restore>,
    /// Files whose functions, when compiled now, belong to a program's `main` (see [`program`]).
    pub python: Vec<crate::diag::FileId>,
}

/// What the names outside a function body mean.
pub trait Resolver {
    /// The value of a free name; `None` when there is none.
    fn value(&self, em: &mut Emitter, name: &str, span: Span) -> Result<Option<Sugared>>;
    /// The type that a name in an annotation stands for, dotted (`nn.Module`, `Point`) as written; `None` when there is none.
    /// Only called for what is not a builtin type (`int`, `torch.Tensor`, `typing.List`).
    fn type_named(&self, compiler: &mut Compiler, name: &str, span: Span) -> Result<Option<Type>>;
    /// Names in reach, for hints about misspelt ones.
    fn names(&self) -> Vec<String>;
    /// The code has nested functions without parameters, which are forked.
    fn has_closures(&self) -> bool {
        false
    }
    /// Annotations are written as text (`from __future__ import annotations`).
    fn parse_type(&self, compiler: &mut Compiler, text: &str, span: Span) -> Result<Option<Type>> {
        let _ = (compiler, text, span);
        Ok(None)
    }
}

/// The source of a function.
#[derive(Clone)]
pub enum Code {
    Def(Arc<FunctionDef>),
    Lambda(Arc<Lambda>),
}

/// Makes what `self` means in a method out of the graph's first parameter.
pub type MakeSelf = Rc<dyn Fn(crate::graph::Value) -> Sugared>;

/// Everything that compiling a body needs.
pub struct Body {
    pub code: Code,
    pub resolver: Rc<dyn Resolver>,
    /// Default values by parameter name.
    pub defaults: Vec<(String, Const)>,
    /// Types that replace annotations, by parameter name (`example_inputs`, `@torch.jit.unused` bodies).
    pub types: Vec<(String, Type)>,
    /// The class whose method it is and what `self` is; `None` for functions and static methods.
    pub this: Option<(Type, MakeSelf)>,
}

impl Compiler {
    /// Adds a function without a body. `name` is qualified (`__torch__.foo`).
    pub fn declare(&mut self, name: &str, class: Option<ClassId>, span: Option<Span>) -> FunctionId {
        let id = self.program.add_function(Function {
            name: name.to_owned(),
            signature: Signature::default(),
            graph: Graph::new(),
            class,
            span,
            ignored: None,
            poisoned: false,
        });
        self.states.resize(id.0 as usize, State::Done);
        self.states.push(State::Declared);
        id
    }

    pub fn state(&self, f: FunctionId) -> State {
        self.states.get(f.0 as usize).copied().unwrap_or(State::Done)
    }

    fn set_state(&mut self, f: FunctionId, state: State) {
        if let Some(slot) = self.states.get_mut(f.0 as usize) {
            *slot = state;
        }
    }

    /// Notes a problem; one without text was noted before.
    pub fn report(&mut self, d: Box<Diagnostic>) {
        if !d.message.is_empty() {
            self.problems.push(*d);
        }
    }
}
