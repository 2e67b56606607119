//! Puts the library's functions in place of the operators that they execute, where the body is to be specialised. In the general tier
//! they stay calls of one function each.
//!
//! ```text
//! %y : Tensor = aten::pixel_shuffle(%x, %r)             %y : Tensor = aten::reshape(%p, %s)
//! ```
//! The nodes count as written where the operator stood, so failures point there.

use crate::graph::copy::Place;
use crate::graph::{FunctionId, Graph, Node, Program, schema};
use crate::types::Type;
use std::collections::HashMap;

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let mut changed = false;
    // Bodies use operators of the library, too; a chain of these has an end.
    for _ in 0..MAX_ROUNDS {
        let found: Vec<(Node, FunctionId)> =
            graph.walk().into_iter().filter_map(|n| Some((n, target(graph, n, program)?))).collect();
        if found.is_empty() {
            break;
        }
        for (n, f) in found {
            replace(graph, n, f, program);
        }
        super::inline::run(graph, program);
        changed = true;
    }
    changed
}

const MAX_ROUNDS: usize = 16;

fn target(graph: &Graph, n: Node, program: &Program) -> Option<FunctionId> {
    if program.library.is_empty() {
        return None;
    }
    let op = schema::operator_of(graph, n, program)?;
    let f = *program.library.get(&op.schema.qualified())?;
    super::pipeline::has_body(program.functions.get(f.0 as usize)?).then_some(f)
}

fn replace(graph: &mut Graph, n: Node, f: FunctionId, program: &Program) {
    let body = &program.function(f).graph;
    let top = body.block(body.top());
    let (around, span) = (graph.node(n).callers.clone(), graph.node(n).span);
    let mut env: HashMap<_, _> = top.params.iter().copied().zip(graph.node(n).inputs.clone()).collect();
    let first = graph.nodes.len();
    graph.copy_nodes(Some(body), body.top(), Place::Before(n), &mut env, &|_| around.clone());
    graph.nodes[first..].iter_mut().for_each(|node| node.span = span);
    let outputs = graph.node(n).outputs.clone();
    let results: Vec<_> = top.returns.iter().filter_map(|r| env.get(r).copied()).collect();
    let results = match (&results[..], &outputs[..]) {
        ([tuple], [_, _, ..]) => {
            let types: Vec<Type> = outputs.iter().map(|o| graph.ty(*o).clone()).collect();
            let unpack = graph.new_node("prim::TupleUnpack", &[*tuple], &types, span);
            graph.node_mut(unpack).callers = around;
            graph.insert_before(n, unpack);
            graph.node(unpack).outputs.clone()
        }
        _ => results,
    };
    for (old, new) in outputs.into_iter().zip(results) {
        graph.replace_uses(old, new);
    }
    graph.destroy(n);
}
