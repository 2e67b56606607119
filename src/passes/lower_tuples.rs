//! Takes elements of a tuple from where the tuple is made, when that is in sight.
//!
//! ```text
//! %t : (int, Tensor) = prim::TupleConstruct(%a, %b)
//! %x : int, %y : Tensor = prim::TupleUnpack(%t)       uses of %x, %y become %a, %b
//! ```

use crate::graph::{Attr, Block, Graph, Node, Program};
use crate::types::Type;

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    block(graph, graph.top()) | super::dead_code::run(graph, program)
}

fn block(graph: &mut Graph, b: Block) -> bool {
    let mut changed = false;
    for n in graph.block(b).nodes.clone() {
        changed |= lower(graph, n);
        for inner in graph.node(n).blocks.clone() {
            changed |= block(graph, inner);
        }
    }
    changed
}

fn lower(graph: &mut Graph, n: Node) -> bool {
    let node = graph.node(n);
    if !matches!(node.op.as_str(), "prim::TupleUnpack" | "prim::TupleIndex" | "prim::TupleSlice") {
        return false;
    }
    let Some(made) = graph.def_node(node.inputs[0]).filter(|m| graph.node(*m).op == "prim::TupleConstruct") else { return false };
    let elems = graph.node(made).inputs.clone();
    let outputs = node.outputs.clone();
    match node.op.as_str() {
        "prim::TupleUnpack" => {
            for (o, e) in outputs.into_iter().zip(elems) {
                graph.replace_uses(o, e);
            }
        }
        "prim::TupleIndex" => {
            let Some(i) = graph.const_int(node.inputs[1]) else { return false };
            let i = if i < 0 { i + elems.len() as i64 } else { i };
            let Some(&e) = usize::try_from(i).ok().and_then(|i| elems.get(i)) else { return false };
            graph.replace_uses(outputs[0], e);
        }
        _ => {
            let bound = |name| match graph.attr(n, name) {
                Some(Attr::Int(i)) => usize::try_from(*i).ok(),
                _ => None,
            };
            let (Some(from), Some(to)) = (bound("beg"), bound("end")) else { return false };
            let Some(part) = elems.get(from..to) else { return false };
            let part = part.to_vec();
            let types = part.iter().map(|v| graph.ty(*v).clone()).collect();
            let tuple = graph.new_node("prim::TupleConstruct", &part, &[Type::tuple(types)], None);
            graph.insert_before(n, tuple);
            let made = graph.node(tuple).outputs[0];
            graph.replace_uses(outputs[0], made);
        }
    }
    true
}
