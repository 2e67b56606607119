//! Moves text that only one branch uses into that branch: the message of a failed check is made when the check has failed.
//!
//! ```text
//! %m : str = aten::format(%text, %n)      = prim::If(%ok)
//!  = prim::If(%ok)                          block0():
//!   block0():                                 -> ()
//!     -> ()                                 block1():
//!   block1():                                 %m : str = aten::format(%text, %n)
//!      = prim::RaiseException(%m, %none)       = prim::RaiseException(%m, %none)
//!     -> ()                                   -> ()
//! ```

use crate::graph::{AliasDb, Block, Const, Graph, Node, Program, Use, Uses};
use crate::types::Type;

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let db = AliasDb::of(graph, program);
    // Moving nodes changes no uses.
    let uses = Uses::of(graph);
    let mut changed = false;
    // Users first, so that what they use can follow.
    for n in graph.walk().into_iter().rev() {
        if graph.node(n).parent.is_some()
            && makes_text(graph, n, program)
            && !db.touches_written(graph, n)
            && let Some(b) = only_user(graph, &uses, n)
        {
            graph.detach(n);
            graph.insert_at(b, 0, n);
            changed = true;
        }
    }
    changed
}

/// The node makes a string and cannot fail.
fn makes_text(graph: &Graph, n: Node, program: &Program) -> bool {
    let node = graph.node(n);
    let [out] = node.outputs[..] else { return false };
    if *graph.ty(out) != Type::Str {
        return false;
    }
    match node.op.as_str() {
        "aten::add" => true,
        "aten::str" => node.inputs.iter().all(|v| matches!(graph.ty(*v), Type::Int | Type::Float | Type::Bool)),
        "aten::format" | "tsaot::format_plain" => match graph.const_of(node.inputs[0], program) {
            Some(Const::Str(s)) => s.matches("{}").count() < node.inputs.len(),
            _ => false,
        },
        _ => false,
    }
}

/// The branch, beside the node, that alone uses its result.
fn only_user(graph: &Graph, uses: &Uses, n: Node) -> Option<Block> {
    let own = graph.node(n).parent?;
    let mut found = None;
    for u in uses.get(graph.node(n).outputs[0]) {
        let mut b = match *u {
            Use::Input(m, _) => graph.node(m).parent?,
            Use::Return(b, _) => b,
        };
        loop {
            let owner = graph.block(b).owner?;
            match graph.node(owner).parent? {
                p if p == own => break,
                p => b = p,
            }
        }
        let is_branch = graph.block(b).owner.is_some_and(|o| graph.node(o).op == "prim::If");
        if !is_branch || found.is_some_and(|f| f != b) {
            return None;
        }
        found = Some(b);
    }
    found
}
