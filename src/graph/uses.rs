//! Who uses a value: computed for a graph as it stands, stale after any edit.

use super::ir::{Block, Graph, Node, Value};

/// One use of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The n-th input of a node.
    Input(Node, usize),
    /// The n-th return of a block.
    Return(Block, usize),
}

/// The uses of every value, in program order: a node before what its blocks hold, a block's returns last.
pub struct Uses(Vec<Vec<Use>>);

impl Uses {
    pub fn of(graph: &Graph) -> Uses {
        let mut uses = Uses(vec![vec![]; graph.values.len()]);
        uses.block(graph, graph.top());
        uses
    }

    fn block(&mut self, graph: &Graph, b: Block) {
        for &n in &graph.block(b).nodes {
            for (i, v) in graph.node(n).inputs.iter().enumerate() {
                self.0[v.0 as usize].push(Use::Input(n, i));
            }
            for &inner in &graph.node(n).blocks {
                self.block(graph, inner);
            }
        }
        for (i, v) in graph.block(b).returns.iter().enumerate() {
            self.0[v.0 as usize].push(Use::Return(b, i));
        }
    }

    /// Empty for values made since.
    pub fn get(&self, v: Value) -> &[Use] {
        self.0.get(v.0 as usize).map_or(&[], Vec::as_slice)
    }

    pub fn is_used(&self, v: Value) -> bool {
        !self.get(v).is_empty()
    }
}
