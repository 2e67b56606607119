//! Verbs that take things away from a graph or move them.

use super::ir::{Block, Def, Graph, Node, Value};

impl Graph {
    /// Takes a node and all its blocks away for good: nothing may use its outputs any more. Names become free.
    pub fn destroy(&mut self, n: Node) {
        for b in self.node(n).blocks.clone().into_iter().rev() {
            self.destroy_contents(b);
            for v in self.block(b).params.clone() {
                self.set_name(v, "");
            }
            self.block_mut(b).returns.clear();
        }
        for v in self.node(n).outputs.clone().into_iter().rev() {
            self.set_name(v, "");
        }
        self.detach(n);
        let data = self.node_mut(n);
        data.inputs.clear();
        data.blocks.clear();
    }

    fn destroy_contents(&mut self, b: Block) {
        for n in self.block(b).nodes.clone().into_iter().rev() {
            self.destroy(n);
        }
    }

    /// Moves a node just before another, also out of its block.
    pub fn move_before(&mut self, n: Node, place: Node) {
        if n != place {
            self.detach(n);
            self.insert_before(place, n);
        }
    }

    /// Puts `n` just after `place`; does nothing when `place` stands nowhere.
    pub fn insert_after(&mut self, place: Node, n: Node) {
        if let (Some(b), Some(i)) = (self.node(place).parent, self.position(place)) {
            self.insert_at(b, i + 1, n);
        }
    }

    /// Removes an output that nothing uses.
    pub fn erase_output(&mut self, n: Node, index: usize) {
        let v = self.node_mut(n).outputs.remove(index);
        self.set_name(v, "");
        self.renumber_outputs(n);
    }

    /// Removes a parameter that nothing uses.
    pub fn erase_param(&mut self, b: Block, index: usize) {
        let v = self.block_mut(b).params.remove(index);
        self.set_name(v, "");
        self.renumber_params(b);
    }

    /// Puts the outputs in another order: new position i holds what was at `order[i]`.
    pub fn permute_outputs(&mut self, n: Node, order: &[usize]) {
        self.node_mut(n).outputs = permuted(&self.node(n).outputs, order);
        self.renumber_outputs(n);
    }

    /// As [`Graph::permute_outputs`] for the parameters of a block, the first `fixed` left in place.
    pub fn permute_params(&mut self, b: Block, fixed: usize, order: &[usize]) {
        let tail = permuted(&self.block(b).params[fixed..], order);
        self.block_mut(b).params.splice(fixed.., tail);
        self.renumber_params(b);
    }

    fn renumber_outputs(&mut self, n: Node) {
        for (i, v) in self.node(n).outputs.clone().into_iter().enumerate() {
            self.value_mut(v).def = Def::Result(n, i as u32);
        }
    }

    fn renumber_params(&mut self, b: Block) {
        for (i, v) in self.block(b).params.clone().into_iter().enumerate() {
            self.value_mut(v).def = Def::Param(b, i as u32);
        }
    }

    /// The block a value is defined in: a parameter's own, or its node's.
    pub fn def_block(&self, v: Value) -> Option<Block> {
        match self.value(v).def {
            Def::Param(b, _) => Some(b),
            Def::Result(n, _) => self.node(n).parent,
        }
    }

    /// The block around a block.
    pub fn outer_block(&self, b: Block) -> Option<Block> {
        self.block(b).owner.and_then(|n| self.node(n).parent)
    }
}

/// New position i holds what was at `order[i]`.
pub fn permuted(values: &[Value], order: &[usize]) -> Vec<Value> {
    order.iter().map(|&i| values[i]).collect()
}
