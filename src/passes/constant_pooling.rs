//! Moves constants to the graph's beginning, equal ones becoming one. Each goes before those already there, as PyTorch has it.

use crate::graph::consts::same;
use crate::graph::{AliasDb, Attr, Block, Const, Graph, Node, Program, Value};
use crate::types::Type;

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let db = AliasDb::of(graph, program);
    let mut pool: Vec<Node> = vec![];
    let before: Vec<Node> = graph.block(graph.top()).nodes.clone();
    block(graph, program, &db, graph.top(), &mut pool);
    graph.block(graph.top()).nodes != before
}

fn block(graph: &mut Graph, program: &Program, db: &AliasDb, b: Block, pool: &mut Vec<Node>) {
    for n in graph.block(b).nodes.clone() {
        for inner in graph.node(n).blocks.clone() {
            block(graph, program, db, inner, pool);
        }
        if graph.node(n).op != "prim::Constant" {
            continue;
        }
        match pool.iter().copied().find(|&m| equal(graph, program, n, m)) {
            Some(m) => {
                let (old, new) = (graph.node(n).outputs[0], graph.node(m).outputs[0]);
                if !identical(graph, program, old, new) && (db.is_written(old) || db.is_written(new) || escapes(graph, old)) {
                    continue;
                }
                graph.replace_uses(old, new);
                graph.destroy(n);
            }
            None => {
                pool.push(n);
                let first = graph.block(graph.top()).nodes[0];
                graph.move_before(n, first);
            }
        }
    }
}

fn equal(graph: &Graph, program: &Program, a: Node, b: Node) -> bool {
    let (x, y) = (graph.node(a).outputs[0], graph.node(b).outputs[0]);
    if graph.ty(x) != graph.ty(y) {
        return false;
    }
    match (graph.const_of(x, program), graph.const_of(y, program)) {
        (Some(a), Some(b)) => same(&a, &b),
        (None, None) => matches!(graph.ty(x), Type::Function(_)) && graph.node(a).attrs == graph.node(b).attrs,
        _ => false,
    }
}

/// The same object, so that sharing does not change.
fn identical(graph: &Graph, program: &Program, a: Value, b: Value) -> bool {
    if !crate::graph::alias::is_mutable(graph.ty(a)) {
        return true;
    }
    let id = |v: Value| match graph.def_node(v).and_then(|n| graph.attr(n, "value")) {
        Some(Attr::Const(c)) => Some(*c),
        _ => None,
    };
    match (graph.const_of(a, program), graph.const_of(b, program)) {
        (Some(Const::Tensor(x)), Some(Const::Tensor(y))) => x.same(&y),
        _ => id(a).is_some() && id(a) == id(b),
    }
}

/// The graph hands the value out.
fn escapes(graph: &Graph, v: Value) -> bool {
    graph.block(graph.top()).returns.contains(&v)
}
