//! Orders the results of control flow by their first use, so that equal programs have equal graphs.

use crate::graph::edit::permuted;
use crate::graph::{Block, Graph, Node, Program, Use, Uses};
use std::collections::HashMap;

pub fn run(graph: &mut Graph, _: &mut Program) -> bool {
    block(graph, graph.top())
}

fn block(graph: &mut Graph, b: Block) -> bool {
    let mut changed = false;
    for n in graph.block(b).nodes.clone().into_iter().rev() {
        let is_loop = graph.node(n).op == "prim::Loop";
        if is_loop || graph.node(n).op == "prim::If" {
            let order = order(graph, n);
            if !order.is_sorted() {
                changed = true;
                graph.permute_outputs(n, &order);
                if is_loop {
                    let carried = permuted(&graph.node(n).inputs[2..], &order);
                    graph.node_mut(n).inputs.splice(2.., carried);
                }
                for inner in graph.node(n).blocks.clone() {
                    if is_loop {
                        graph.permute_params(inner, 1, &order);
                    }
                    let first = is_loop as usize;
                    let returns = permuted(&graph.block(inner).returns[first..], &order);
                    graph.block_mut(inner).returns.splice(first.., returns);
                }
            }
        }
        for inner in graph.node(n).blocks.clone() {
            changed |= block(graph, inner);
        }
    }
    changed
}

/// Positions of nodes and of the ends of blocks, in the order of the text.
#[derive(Default)]
struct Places {
    count: usize,
    nodes: HashMap<Node, usize>,
    ends: HashMap<Block, usize>,
}

impl Places {
    fn number(&mut self, graph: &Graph, b: Block) {
        for &n in &graph.block(b).nodes {
            self.nodes.insert(n, self.count);
            self.count += 1;
            for &inner in &graph.node(n).blocks {
                self.number(graph, inner);
            }
        }
        self.ends.insert(b, self.count);
        self.count += 1;
    }
}

/// The outputs of a node sorted by where they are first used; unused ones last.
fn order(graph: &Graph, n: Node) -> Vec<usize> {
    let uses = Uses::of(graph);
    // Uses are in program order, so the first one found decides; users are numbered as they print.
    let mut places = Places::default();
    places.number(graph, graph.top());
    let first = |i: usize| match uses.get(graph.node(n).outputs[i]).first() {
        Some(Use::Input(n, i)) => (places.nodes.get(n).copied().unwrap_or(0), *i),
        Some(Use::Return(b, i)) => (places.ends.get(b).copied().unwrap_or(0), *i),
        None => (usize::MAX, i),
    };
    let mut order: Vec<usize> = (0..graph.node(n).outputs.len()).collect();
    order.sort_by_key(|&i| first(i));
    order
}
