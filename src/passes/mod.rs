//! Graph to graph: one pass, one file, one function `run(&mut Graph, &mut Program) -> bool` that says whether it changed something.
//!
//! [`pipeline`] is their order: first what PyTorch does when it compiles a script, so that `.graph` and `.code` agree with it, then
//! what makes code fast. Every pass leaves a graph that [`crate::graph::verify`] accepts and does the same as before, errors raised
//! and text printed included.

pub mod annotate_warns;
pub mod canonicalize_outputs;
pub mod common_subexpressions;
pub mod constant_pooling;
pub mod constant_propagation;
pub mod dead_code;
pub mod effects;
pub mod fold;
pub mod freeze;
pub mod gather_appends;
pub mod hoist;
pub mod inline;
pub mod inline_forks;
pub mod inline_library;
pub mod loop_versioning;
pub mod lower_tuples;
pub mod peephole;
pub mod pipeline;
pub mod purity;
pub mod shapes;
pub mod sink;
