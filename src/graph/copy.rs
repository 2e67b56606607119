//! Copies of blocks, within a graph or from another one.

use super::ir::{Block, CallStack, Graph, Node, Value};
use std::collections::HashMap;
use std::rc::Rc;

/// Where copied nodes go.
#[derive(Clone, Copy)]
pub enum Place {
    Before(Node),
    End(Block),
}

impl Graph {
    /// Copies the nodes of a block of `from` (this graph itself when `None`). `env` says what the values used there are here; the
    /// values made are added to it. Names and facts come along. `stack` makes a copied node's call stack from its own.
    pub fn copy_nodes(
        &mut self,
        from: Option<&Graph>,
        block: Block,
        place: Place,
        env: &mut HashMap<Value, Value>,
        stack: &dyn Fn(&Option<Rc<CallStack>>) -> Option<Rc<CallStack>>,
    ) {
        let nodes = from.unwrap_or(self).block(block).nodes.clone();
        for n in nodes {
            let data = from.unwrap_or(self).node(n).clone();
            let inputs: Vec<Value> = data.inputs.iter().map(|v| *env.get(v).unwrap_or(v)).collect();
            let m = self.new_node(&data.op, &inputs, &[], data.span);
            for v in &data.outputs {
                let ty = from.unwrap_or(self).ty(*v).clone();
                let w = self.add_output(m, ty);
                self.copy_about(from, *v, w);
                env.insert(*v, w);
            }
            let made = self.node_mut(m);
            made.overload = data.overload;
            made.attrs = data.attrs;
            made.callers = stack(&data.callers);
            match place {
                Place::Before(at) => self.insert_before(at, m),
                Place::End(b) => self.append(b, m),
            }
            for inner in data.blocks {
                let to = self.add_block(m);
                for v in from.unwrap_or(self).block(inner).params.clone() {
                    let ty = from.unwrap_or(self).ty(v).clone();
                    let w = self.add_param(to, ty, None);
                    self.copy_about(from, v, w);
                    env.insert(v, w);
                }
                self.copy_nodes(from, inner, Place::End(to), env, stack);
                let returns = from.unwrap_or(self).block(inner).returns.clone();
                self.block_mut(to).returns = returns.iter().map(|v| *env.get(v).unwrap_or(v)).collect();
            }
        }
    }

    /// Name and facts of a copied value.
    fn copy_about(&mut self, from: Option<&Graph>, v: Value, w: Value) {
        let source = from.unwrap_or(self);
        let (name, facts) = (source.value(v).name.clone(), source.facts.get(&v).cloned());
        if let Some(name) = name {
            self.set_name(w, &name);
        }
        // Symbols of dimensions belong to their graph.
        if let Some(facts) = facts
            && from.is_none()
        {
            self.facts.insert(w, facts);
        }
    }
}
