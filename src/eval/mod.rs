//! Build-time Python: runs a program's top level and constructors as Python would.
//!
//! [`Interp`] holds the state of a run; values are [`Obj`]. The driver gives it files ([`Files`]), settings ([`Options`]) and the
//! TorchScript compiler ([`ScriptHost`]), calls [`Interp::run_main`], and finds what the program scripted in [`Interp::scripted`] and
//! [`exports`]. What scripting asks of live objects (a function's tree and scope, a module's parameters in order) is in [`api`].
//!
//! The evaluator walks the tree. Generators run on stacks of their own; everything else on the caller's, which should be large
//! (256 MB): Python's limit of 1000 nested calls is kept.

pub mod api;
mod attr;
mod builtins;
mod call;
mod class;
mod compare;
pub mod dict;
mod exec;
mod expr;
pub mod format;
mod generator;
pub mod host;
mod import;
pub mod interp;
mod items;
pub mod iter;
mod number;
pub mod object;
pub mod opcall;
mod ops;
mod pattern;
mod raise;
pub mod scope;
pub mod tensor;
pub mod tensor_data;
pub mod trace;
mod types;

pub use api::{Export, exports};
pub use host::{ScriptHost, Scripted, ScriptedKind};
pub use interp::{Files, Interp, Options};
pub use object::{Args, Class, Function, Instance, Obj};
pub use raise::{R, Raise};
pub use scope::Scope;
pub use tensor::{TensorObj, TorchValue};
