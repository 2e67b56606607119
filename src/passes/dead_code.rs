//! Removes nodes whose results nothing uses and that do nothing else, results of control flow that nothing uses, and carried values
//! of loops that nothing reads.
//!
//! ```text
//! %a : Tensor = aten::add(%x, %y, %one)      (gone)
//! %b : Tensor = aten::mul(%x, %y)            %b : Tensor = aten::mul(%x, %y)
//! return (%b)                                return (%b)
//! ```
//! A write to storage stays when a value that is used may share the storage, or when others may see it.

use super::effects::has_side_effects;
use crate::graph::{AliasDb, Attr, Block, Graph, Node, Program, Uses, Value};
use std::collections::HashSet;

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let before = graph.walk().len();
    let fewer_inputs = fork_inputs(graph);
    let db = AliasDb::of(graph, program);
    let mut marker = Marker { graph, db: &db, counts: counts(graph), marked: HashSet::new(), live: HashSet::new() };
    marker.live.extend(graph.block(graph.top()).returns.iter().copied());
    marker.block(graph.top());
    let marked = marker.marked;
    let mut sweeper = Sweeper { counts: counts(graph), marked: &marked };
    let outputs = sweeper.block(graph, graph.top());
    fewer_inputs || outputs || graph.walk().len() != before
}

/// How often each value is used.
fn counts(graph: &Graph) -> Vec<u32> {
    let uses = Uses::of(graph);
    (0..graph.values.len()).map(|v| uses.get(Value(v as u32)).len() as u32).collect()
}

struct Marker<'a> {
    graph: &'a Graph,
    db: &'a AliasDb,
    counts: Vec<u32>,
    marked: HashSet<Node>,
    live: HashSet<Value>,
}

impl Marker<'_> {
    /// Marks what is live in a block; true when something was not before.
    fn block(&mut self, b: Block) -> bool {
        let nodes = &self.graph.block(b).nodes;
        let mut changed = false;
        for &n in nodes {
            if self.acts(n) {
                changed |= self.mark(n);
            }
        }
        changed |= self.returns(b);
        for &n in nodes.iter().rev() {
            let node = self.graph.node(n);
            if node.op == "prim::Loop" {
                // What an iteration writes can be read by the next.
                while self.block(node.blocks[0]) {
                    changed = true;
                }
            } else {
                for &inner in &node.blocks {
                    changed |= self.block(inner);
                }
            }
            if node.outputs.iter().any(|o| self.live.contains(o)) || self.db.writes_to(n, &self.live) {
                changed |= self.mark(n);
            }
        }
        changed
    }

    fn acts(&self, n: Node) -> bool {
        has_side_effects(self.graph, n)
            || self.db.writes_outside(n)
            || self.graph.node(n).blocks.iter().any(|b| self.graph.block(*b).nodes.iter().any(|m| self.acts(*m)))
    }

    /// A block returns what its node's live outputs need.
    fn returns(&mut self, b: Block) -> bool {
        let Some(owner) = self.graph.block(b).owner else { return false };
        let (block, node) = (self.graph.block(b), self.graph.node(owner));
        let before = self.live.len();
        if node.op == "prim::Loop" {
            for (i, &o) in node.outputs.iter().enumerate() {
                if self.live.contains(&o) || self.counts[block.params[i + 1].0 as usize] > 0 {
                    self.live.insert(block.returns[i + 1]);
                }
            }
            self.live.insert(block.returns[0]);
        } else {
            for (&o, &r) in node.outputs.iter().zip(&block.returns) {
                if self.live.contains(&o) {
                    self.live.insert(r);
                }
            }
        }
        self.live.len() != before
    }

    /// Marks a node and those around it, their inputs live.
    fn mark(&mut self, n: Node) -> bool {
        if !self.marked.insert(n) {
            return false;
        }
        self.live.extend(self.graph.node(n).inputs.iter().copied());
        if let Some(owner) = self.graph.node(n).parent.and_then(|b| self.graph.block(b).owner) {
            self.mark(owner);
        }
        true
    }
}

/// Removes unmarked nodes backwards, and outputs that nothing uses.
struct Sweeper<'a> {
    counts: Vec<u32>,
    marked: &'a HashSet<Node>,
}

impl Sweeper<'_> {
    fn is_used(&self, v: Value) -> bool {
        self.counts[v.0 as usize] > 0
    }

    fn drop_use(&mut self, v: Value) {
        self.counts[v.0 as usize] -= 1;
    }

    fn block(&mut self, graph: &mut Graph, b: Block) -> bool {
        let mut changed = false;
        for n in graph.block(b).nodes.clone().into_iter().rev() {
            match graph.node(n).op.as_str() {
                "prim::If" => changed |= self.branch_outputs(graph, n),
                "prim::Loop" => changed |= self.loop_outputs(graph, n),
                _ => {}
            }
            for inner in graph.node(n).blocks.clone() {
                changed |= self.block(graph, inner);
            }
            if !self.marked.contains(&n) && !graph.node(n).outputs.iter().any(|o| self.is_used(*o)) {
                self.forget(graph, n);
                graph.destroy(n);
                changed = true;
            }
        }
        changed
    }

    /// Takes back the uses that a node and its blocks are.
    fn forget(&mut self, graph: &Graph, n: Node) {
        graph.node(n).inputs.iter().for_each(|v| self.drop_use(*v));
        for &b in &graph.node(n).blocks {
            graph.block(b).nodes.iter().for_each(|m| self.forget(graph, *m));
            graph.block(b).returns.iter().for_each(|v| self.drop_use(*v));
        }
    }

    fn branch_outputs(&mut self, graph: &mut Graph, n: Node) -> bool {
        let mut changed = false;
        for i in (0..graph.node(n).outputs.len()).rev() {
            if !self.is_used(graph.node(n).outputs[i]) {
                graph.erase_output(n, i);
                for b in graph.node(n).blocks.clone() {
                    let v = graph.block_mut(b).returns.remove(i);
                    self.drop_use(v);
                }
                changed = true;
            }
        }
        changed
    }

    fn loop_outputs(&mut self, graph: &mut Graph, n: Node) -> bool {
        let body = graph.node(n).blocks[0];
        let mut changed = false;
        for i in (0..graph.node(n).outputs.len()).rev() {
            if !self.is_used(graph.node(n).outputs[i]) && !self.is_used(graph.block(body).params[i + 1]) {
                self.drop_use(graph.node(n).inputs[i + 2]);
                self.drop_use(graph.block(body).returns[i + 1]);
                remove_carried(graph, n, i);
                changed = true;
            }
        }
        changed
    }
}

/// Takes the carried value `i` out of a loop; nothing may use its output or parameter.
pub(super) fn remove_carried(graph: &mut Graph, n: Node, i: usize) {
    let body = graph.node(n).blocks[0];
    graph.erase_output(n, i);
    graph.node_mut(n).inputs.remove(i + 2);
    graph.erase_param(body, i + 1);
    graph.block_mut(body).returns.remove(i + 1);
}

/// Removes inputs of forks that their graphs do not use.
fn fork_inputs(graph: &mut Graph) -> bool {
    let mut changed = false;
    for n in graph.walk() {
        if graph.node(n).op != "prim::fork" {
            continue;
        }
        let node = graph.node_mut(n);
        let Some(sub) = node.attrs.iter_mut().find_map(|(_, a)| if let Attr::Graph(g) = a { Some(g) } else { None }) else {
            continue;
        };
        let (uses, top) = (Uses::of(sub), sub.top());
        for i in (0..sub.block(top).params.len()).rev() {
            if !uses.is_used(sub.block(top).params[i]) {
                sub.erase_param(top, i);
                node.inputs.remove(i);
                changed = true;
            }
        }
    }
    changed
}
