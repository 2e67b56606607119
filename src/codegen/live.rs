//! Last uses: where in its block each value dies.

use crate::graph::{Block, Def, Graph, Node, Value};
use std::collections::HashMap;

/// For every block and position, the values of that block that die there.
pub struct Lifetimes {
    /// Values whose last use is the node at that position of their block (or that are never used and are defined by it).
    dying: HashMap<(Block, usize), Vec<Value>>,
    last: HashMap<Value, (Block, usize)>,
    /// How often a node and the blocks inside it use a value that stands outside.
    uses: HashMap<(Node, Value), u32>,
}

/// The block that a value is defined in.
fn home(g: &Graph, v: Value) -> Option<Block> {
    match g.value(v).def {
        Def::Param(b, _) => Some(b),
        Def::Result(n, _) => g.node(n).parent,
    }
}

/// Every use inside a node, nested blocks included.
fn uses_of(g: &Graph, n: Node, out: &mut Vec<Value>) {
    out.extend(&g.node(n).inputs);
    for &b in &g.node(n).blocks {
        for &m in &g.block(b).nodes {
            uses_of(g, m, out);
        }
        out.extend(&g.block(b).returns);
    }
}

impl Lifetimes {
    pub fn of(g: &Graph) -> Lifetimes {
        let mut l = Lifetimes { dying: HashMap::new(), last: HashMap::new(), uses: HashMap::new() };
        l.block(g, g.top());
        for (v, at) in &l.last {
            l.dying.entry(*at).or_default().push(*v);
        }
        for d in l.dying.values_mut() {
            d.sort();
        }
        l
    }

    fn block(&mut self, g: &Graph, b: Block) {
        let data = g.block(b);
        for &p in &data.params {
            self.last.insert(p, (b, usize::MAX));
        }
        for (i, &n) in data.nodes.iter().enumerate() {
            let mut used = vec![];
            uses_of(g, n, &mut used);
            for v in used {
                if home(g, v) == Some(b) {
                    self.last.insert(v, (b, i));
                    *self.uses.entry((n, v)).or_default() += 1;
                }
            }
            for &o in &g.node(n).outputs {
                self.last.insert(o, (b, i));
            }
            for &inner in &g.node(n).blocks {
                self.block(g, inner);
            }
        }
        for &r in &data.returns {
            if home(g, r) == Some(b) {
                self.last.insert(r, (b, data.nodes.len()));
            }
        }
    }

    /// Values that die at a position; parameters without use die before position 0 (`usize::MAX`), returned values at the block's length.
    pub fn dying(&self, b: Block, at: usize) -> &[Value] {
        self.dying.get(&(b, at)).map_or(&[], Vec::as_slice)
    }

    /// The node at that position is the only remaining user of `v`, and uses it once.
    pub fn dies_in(&self, v: Value, n: Node, b: Block, at: usize) -> bool {
        self.last.get(&v) == Some(&(b, at)) && self.uses.get(&(n, v)) == Some(&1)
    }

    /// How often a node, with all inside it, uses a value that stands outside.
    pub fn uses(&self, n: Node, v: Value) -> u32 {
        self.uses.get(&(n, v)).copied().unwrap_or(0)
    }

    /// Where in its block a value is used last.
    pub fn last_use(&self, v: Value) -> Option<(Block, usize)> {
        self.last.get(&v).copied()
    }

    /// `v` dies at the end of its block.
    pub fn is_returned(&self, v: Value, b: Block, len: usize) -> bool {
        self.last.get(&v) == Some(&(b, len))
    }
}
