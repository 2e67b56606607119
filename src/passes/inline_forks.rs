//! A fork that is only waited for runs where it is started: its graph goes in place of `prim::fork`, its result in place of the waits.
//! Compiled code runs forks one after the other anyway.

use crate::graph::copy::Place;
use crate::graph::{Attr, Graph, Node, Program, Use, Uses};
use std::collections::HashMap;

pub fn run(graph: &mut Graph, _: &mut Program) -> bool {
    let mut changed = false;
    // Forks can stand in forks.
    while let Some((fork, waits)) = find(graph) {
        let Some(sub) =
            graph.node(fork).attrs.iter().find_map(|(_, a)| if let Attr::Graph(g) = a { Some(g.clone()) } else { None })
        else {
            break;
        };
        let params = &sub.block(sub.top()).params;
        let mut env: HashMap<_, _> = params.iter().copied().zip(graph.node(fork).inputs.clone()).collect();
        let stack = |inner: &Option<_>| inner.clone();
        graph.copy_nodes(Some(&sub), sub.top(), Place::Before(fork), &mut env, &stack);
        let result = sub.block(sub.top()).returns.first().and_then(|r| env.get(r)).copied();
        for wait in waits {
            if let Some(v) = result {
                graph.replace_uses(graph.node(wait).outputs[0], v);
            }
            graph.destroy(wait);
        }
        graph.destroy(fork);
        changed = true;
    }
    changed
}

/// A fork whose future goes only into waits.
fn find(graph: &Graph) -> Option<(Node, Vec<Node>)> {
    let uses = Uses::of(graph);
    graph.walk().into_iter().filter(|n| graph.node(*n).op == "prim::fork").find_map(|n| {
        let waits: Option<Vec<Node>> = uses
            .get(graph.node(n).outputs[0])
            .iter()
            .map(|u| match u {
                Use::Input(m, 0) if graph.node(*m).op == "aten::wait" => Some(*m),
                _ => None,
            })
            .collect();
        Some((n, waits?))
    })
}
