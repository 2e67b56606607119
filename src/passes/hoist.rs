//! Moves what does not change out of loops: constants, scalar arithmetic that cannot raise, reads of attributes that nothing sets.
//!
//! ```text
//! block0(%i : int):                       %w : Tensor = prim::GetAttr[name="weight"](%self)
//!   %w = prim::GetAttr[name="weight"](%self)   block0(%i : int):
//! ```
//! Tensor operators stay: a loop may run no iteration, and then they must not run either.

use super::effects::{has_side_effects, is_random, may_raise};
use crate::graph::{AliasDb, Attr, Block, Def, Graph, Node, Program, Value};
use std::collections::HashSet;

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let db = AliasDb::of(graph, program);
    let mut changed = false;
    // Inner loops first, so that a node can go out through several.
    for n in graph.walk().into_iter().rev() {
        if graph.node(n).op == "prim::Loop" {
            changed |= from_loop(graph, program, &db, n);
        }
    }
    changed
}

fn from_loop(graph: &mut Graph, program: &Program, db: &AliasDb, n: Node) -> bool {
    let body = graph.node(n).blocks[0];
    let mut inside: HashSet<Value> = graph.block(body).params.iter().copied().collect();
    let mut changed = false;
    for m in graph.block(body).nodes.clone() {
        let node = graph.node(m);
        let fixed = !node.inputs.iter().any(|v| inside.contains(v) || defined_in(graph, *v, body));
        let movable = fixed
            && !node.outputs.is_empty()
            && node.blocks.is_empty()
            && !has_side_effects(graph, m)
            && !may_raise(graph, m)
            && !is_random(graph, m, program)
            && !matches!(node.op.as_str(), "prim::ListConstruct" | "prim::TupleConstruct")
            && !db.has_writes(m)
            && !db.touches_written(graph, m)
            && !is_set(graph, m);
        if movable {
            graph.move_before(m, n);
            changed = true;
        } else {
            inside.extend(graph.node(m).outputs.iter().copied());
        }
    }
    changed
}

fn defined_in(graph: &Graph, v: Value, b: Block) -> bool {
    match graph.value(v).def {
        Def::Param(p, _) => p == b,
        Def::Result(n, _) => graph.node(n).parent == Some(b),
    }
}

/// The attribute that the node reads is set somewhere.
pub(super) fn is_set(graph: &Graph, n: Node) -> bool {
    let Some(name) = graph.attr_str(n, "name").filter(|_| graph.node(n).op == "prim::GetAttr") else { return false };
    let calls = |op: &str| matches!(op, "prim::CallMethod" | "prim::CallFunction" | "prim::fork");
    graph.nodes.iter().any(|m| {
        m.parent.is_some()
            && (calls(&m.op) || (m.op == "prim::SetAttr" && m.attrs.iter().any(|(_, a)| matches!(a, Attr::Str(s) if s == name))))
    })
}
