//! Which values are written inside the expression that uses them.
//!
//! Reading an expression evaluates its operands left to right, innermost first. Going backwards through the nodes of a block and,
//! at each, backwards through its inputs, an input that the very next node (constants aside) produces can stand in place of the use.

use super::Printer;
use crate::graph::ir::{Block, Node, Value};
use crate::graph::uses::Use;

/// Who uses a value: a node, or the end of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum User {
    Node(Node),
    End(Block),
}

impl Printer<'_> {
    /// Fills `inlined` for a block and those inside.
    pub(super) fn scan_block(&mut self, b: Block) {
        let (nodes, returns) = (self.graph.block(b).nodes.clone(), self.graph.block(b).returns.clone());
        let mut point = self.before(&nodes, nodes.len());
        for &v in returns.iter().rev() {
            point = self.scan_value(&nodes, point, v);
        }
        for (i, &n) in nodes.iter().enumerate().rev() {
            self.scan_node(&nodes, i, n);
        }
    }

    /// Position before `i` that holds no constant.
    fn before(&self, nodes: &[Node], i: usize) -> Option<usize> {
        (0..i).rev().find(|&k| self.graph.node(nodes[k]).op != "prim::Constant")
    }

    fn scan_node(&mut self, nodes: &[Node], i: usize, n: Node) -> Option<usize> {
        if self.inlined.contains(&n) {
            return Some(i);
        }
        for b in self.graph.node(n).blocks.clone() {
            self.scan_block(b);
        }
        let mut point = self.before(nodes, i);
        for &v in self.graph.node(n).inputs.clone().iter().rev() {
            point = self.scan_value(nodes, point, v);
        }
        point
    }

    fn scan_value(&mut self, nodes: &[Node], point: Option<usize>, v: Value) -> Option<usize> {
        let Some(n) = self.graph.def_node(v) else { return point };
        if let Some(i) = point
            && nodes[i] == n
            && self.can_inline(n, v)
        {
            let point = self.scan_node(nodes, i, n);
            self.inlined.insert(n);
            return point;
        }
        if self.graph.node(n).op == "prim::Constant" {
            self.inlined.insert(n);
        }
        point
    }

    fn can_inline(&self, n: Node, v: Value) -> bool {
        let node = self.graph.node(n);
        let [one] = self.uses.get(v) else { return false };
        if node.outputs.len() != 1 || !node.blocks.is_empty() || node.op == "prim::isinstance" {
            return false;
        }
        match *one {
            Use::Return(..) => true,
            Use::Input(user, index) => {
                let user = self.graph.node(user).op.as_str();
                self.graph.value(v).name.is_none() && !(user == "prim::Loop" && index >= 2) && user != "prim::fork"
            }
        }
    }

    /// Makes statements of everything that evaluates before a long expression, and of the expression itself.
    pub(super) fn split_long(&mut self, v: Value) {
        let Some(one) = self.uses.get(v).first().copied() else { return };
        let mut found = vec![];
        let (user, index) = user_of(one);
        self.collect(user, index as isize, &mut found);
        for v in found.into_iter().rev() {
            if let Some(n) = self.graph.def_node(v) {
                let text = self.text(v);
                self.define(n, &text);
            }
        }
    }

    fn collect(&mut self, user: User, index: isize, found: &mut Vec<Value>) {
        let inputs = match user {
            User::Node(n) => &self.graph.node(n).inputs,
            User::End(b) => &self.graph.block(b).returns,
        };
        let seen = self.split.get(&user).copied();
        let first = seen.map_or(0, |s| s + 1);
        let mut i = index;
        while i >= first {
            let v = inputs[i as usize];
            if self.graph.def_node(v).is_some_and(|n| self.graph.node(n).op != "prim::Constant" && self.inlined.contains(&n)) {
                found.push(v);
            }
            i -= 1;
        }
        self.split.insert(user, index);
        if let (None, User::Node(n)) = (seen, user)
            && self.inlined.contains(&n)
            && let Some(next) = self.uses.get(self.graph.node(n).outputs[0]).first().copied()
        {
            let (user, index) = user_of(next);
            // The use itself is still being written and cannot be split off.
            self.collect(user, index as isize - 1, found);
        }
    }
}

fn user_of(one: Use) -> (User, usize) {
    match one {
        Use::Input(n, i) => (User::Node(n), i),
        Use::Return(b, i) => (User::End(b), i),
    }
}
