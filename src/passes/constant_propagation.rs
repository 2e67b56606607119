//! Evaluates nodes whose inputs are constants, takes the branch of a constant `prim::If`, drops loops that do not run, and drops results
//! of control flow that are the same whichever way it goes.
//!
//! [`run_immutable`] touches only values that cannot change, as PyTorch does while compiling a script; [`run`] also tensors and
//! lists that nothing in the graph writes to and nobody outside gets hold of.

use super::dead_code::remove_carried;
use super::effects::{has_side_effects, is_random};
use super::{dead_code, fold};
use crate::graph::alias::is_mutable;
use crate::graph::consts::same;
use crate::graph::{AliasDb, Block, Const, Graph, Node, Program, Value};
use crate::types::Type;

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let db = AliasDb::of(graph, program);
    propagate(graph, program, Some(db))
}

/// See the module's comment.
pub fn run_immutable(graph: &mut Graph, program: &mut Program) -> bool {
    propagate(graph, program, None)
}

fn propagate(graph: &mut Graph, program: &mut Program, db: Option<AliasDb>) -> bool {
    let mut p = Propagator { graph, program, db, changed: false };
    p.block(p.graph.top());
    let changed = p.changed;
    if changed {
        dead_code::run(graph, program);
    }
    changed
}

struct Propagator<'a> {
    graph: &'a mut Graph,
    program: &'a mut Program,
    db: Option<AliasDb>,
    changed: bool,
}

impl Propagator<'_> {
    fn block(&mut self, b: Block) {
        for n in self.graph.block(b).nodes.clone() {
            if self.graph.node(n).parent.is_some() {
                self.node(n);
            }
        }
    }

    fn node(&mut self, n: Node) {
        let node = self.graph.node(n);
        let blocks = node.blocks.clone();
        match node.op.as_str() {
            "prim::If" => match self.graph.const_bool(node.inputs[0]) {
                Some(condition) => {
                    let taken = blocks[if condition { 0 } else { 1 }];
                    self.block(taken);
                    self.replace_by(n, taken);
                }
                None => {
                    blocks.into_iter().for_each(|b| self.block(b));
                    self.branch_outputs(n);
                }
            },
            "prim::Loop" => {
                let never = self.graph.const_int(node.inputs[0]).is_some_and(|i| i <= 0)
                    || self.graph.const_bool(node.inputs[1]) == Some(false);
                if never {
                    for (o, i) in node.outputs.clone().into_iter().zip(node.inputs[2..].to_vec()) {
                        self.graph.replace_uses(o, i);
                    }
                    self.graph.destroy(n);
                    self.changed = true;
                } else {
                    blocks.into_iter().for_each(|b| self.block(b));
                    self.loop_outputs(n);
                }
            }
            _ if self.may_evaluate(n) => self.evaluate(n),
            _ => {}
        }
    }

    fn may_evaluate(&self, n: Node) -> bool {
        let node = self.graph.node(n);
        if matches!(node.op.as_str(), "prim::Constant" | "prim::Uninitialized" | "prim::Closure" | "aten::dequantize")
            || node.op.contains("empty")
            || node.outputs.is_empty()
            || !node.blocks.is_empty()
            || has_side_effects(self.graph, n)
        {
            return false;
        }
        let known = |v: &Value| match &self.db {
            None => self.graph.is_const(*v),
            Some(_) => fold::known(self.graph, *v, self.program).is_some(),
        };
        let mut values = node.inputs.iter().chain(&node.outputs);
        let steady = match &self.db {
            None => values.all(|v| !is_mutable(self.graph.ty(*v))),
            // Lists stay nodes: they are cheap to make and their users look through them.
            Some(db) => {
                !matches!(node.op.as_str(), "prim::ListConstruct" | "prim::TupleConstruct" | "prim::DictConstruct")
                    && values.all(|v| !is_mutable(self.graph.ty(*v)) || !db.is_written(*v))
                    && node.outputs.iter().all(|o| !is_mutable(self.graph.ty(*o)) || !db.escapes(*o))
            }
        };
        steady && node.inputs.iter().all(known) && !is_random(self.graph, n, self.program)
    }

    fn evaluate(&mut self, n: Node) {
        let inputs: Option<Vec<Const>> = match &self.db {
            None => self.graph.node(n).inputs.iter().map(|v| self.graph.const_of(*v, self.program)).collect(),
            Some(_) => self.graph.node(n).inputs.iter().map(|v| fold::known(self.graph, *v, self.program)).collect(),
        };
        let Some(results) = inputs.and_then(|i| fold::evaluate(self.graph, n, &i, self.program)) else { return };
        for (o, c) in self.graph.node(n).outputs.clone().into_iter().zip(results) {
            if matches!(c, Const::Object(_) | Const::Generator(_)) {
                continue;
            }
            let ty = self.graph.ty(o).clone();
            let v = self.graph.insert_constant(n, &c, self.program);
            if matches!(c, Const::None) || matches!(ty, Type::Number | Type::Any) {
                self.graph.value_mut(v).ty = ty;
            }
            self.graph.replace_uses(o, v);
            self.changed = true;
        }
    }

    /// Puts a branch in the place of its `prim::If`.
    fn replace_by(&mut self, n: Node, branch: Block) {
        for m in self.graph.block(branch).nodes.clone() {
            self.graph.move_before(m, n);
        }
        for (o, r) in self.graph.node(n).outputs.clone().into_iter().zip(self.graph.block(branch).returns.clone()) {
            self.graph.replace_uses(o, r);
        }
        self.graph.destroy(n);
        self.changed = true;
    }

    /// Results that both branches give alike.
    fn branch_outputs(&mut self, n: Node) {
        let blocks = self.graph.node(n).blocks.clone();
        let mut i = 0;
        while i < self.graph.node(n).outputs.len() {
            let (a, b) = (self.graph.block(blocks[0]).returns[i], self.graph.block(blocks[1]).returns[i]);
            let replacement = if a == b {
                Some(a)
            } else {
                match (self.graph.const_of(a, self.program), self.graph.const_of(b, self.program)) {
                    (Some(x), Some(y)) if self.graph.ty(a) == self.graph.ty(b) && same(&x, &y) => {
                        Some(self.graph.insert_constant(n, &x, self.program))
                    }
                    _ => None,
                }
            };
            let Some(replacement) = replacement else {
                i += 1;
                continue;
            };
            self.graph.replace_uses(self.graph.node(n).outputs[i], replacement);
            self.graph.erase_output(n, i);
            for &b in &blocks {
                self.graph.block_mut(b).returns.remove(i);
            }
            self.changed = true;
        }
    }

    /// Carried values that no iteration changes.
    fn loop_outputs(&mut self, n: Node) {
        let body = self.graph.node(n).blocks[0];
        for i in (0..self.graph.node(n).outputs.len()).rev() {
            let param = self.graph.block(body).params[i + 1];
            if self.graph.block(body).returns[i + 1] == param {
                let input = self.graph.node(n).inputs[i + 2];
                self.graph.replace_uses(self.graph.node(n).outputs[i], input);
                self.graph.replace_uses(param, input);
                remove_carried(self.graph, n, i);
                self.changed = true;
            }
        }
    }
}
