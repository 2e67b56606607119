//! Numbers the calls of `warnings.warn`, so that each warns once.

use crate::graph::{Attr, Graph, Program};

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let numbered =
        |g: &Graph| g.walk().into_iter().filter(|n| g.node(*n).op == "aten::warn" && g.attr(*n, "warn_id").is_some()).count();
    let mut next = program.functions.iter().map(|f| numbered(&f.graph)).sum::<usize>() + numbered(graph);
    let mut changed = false;
    for n in graph.walk() {
        if graph.node(n).op == "aten::warn" && graph.attr(n, "warn_id").is_none() {
            graph.set_attr(n, "warn_id", Attr::Int(next as i64));
            next += 1;
            changed = true;
        }
    }
    changed
}
