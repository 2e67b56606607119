//! The order of the passes.

use super::*;
use crate::graph::{Function, FunctionId, Graph, Program};

/// One pass: its name for switches and messages, and its function.
pub type Pass = (&'static str, fn(&mut Graph, &mut Program) -> bool);

/// What PyTorch does to every function it scripts, before anybody sees the graph.
pub const CLEANUP: &[Pass] = &[
    ("lower_tuples", lower_tuples::run),
    ("constant_propagation", constant_propagation::run_immutable),
    ("constant_pooling", constant_pooling::run),
    ("canonicalize_outputs", canonicalize_outputs::run),
    ("annotate_warns", annotate_warns::run),
];

/// Every pass by name.
pub fn pass(name: &str) -> Option<Pass> {
    let all = CLEANUP.iter().chain(&[
        ("dead_code", dead_code::run as fn(&mut Graph, &mut Program) -> bool),
        ("constant_propagation_full", constant_propagation::run),
    ]);
    all.copied().find(|p| p.0 == name)
}

/// Runs passes over one function of the program.
pub fn run_on(program: &mut Program, f: FunctionId, passes: &[Pass]) {
    let mut graph = std::mem::take(&mut program.functions[f.0 as usize].graph);
    for (_, pass) in passes {
        pass(&mut graph, program);
    }
    program.functions[f.0 as usize].graph = graph;
}

/// Brings a freshly scripted function into the form in which PyTorch shows it.
pub fn cleanup(program: &mut Program, f: FunctionId) {
    run_on(program, f, CLEANUP);
}

/// A function that has a body to compile.
pub fn has_body(f: &Function) -> bool {
    f.ignored.is_none() && !f.poisoned
}
