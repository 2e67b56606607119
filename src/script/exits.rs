//! Removes the statements that leave a block early: `return` anywhere but at the end, `break` and `continue`.
//!
//! What runs after a node that may have left is put under an `if` on whether it has; the values it leaves with travel as outputs of the nodes around
//! it to the block that it leaves for. Where a branch raises, nothing is conditional on it. Values that are never read are `prim::Uninitialized`.

use super::ssa::{clone_block, constant_int};
use crate::graph::{Attr, Block, Graph, Node, Program, Value};
use crate::types::{Type, unify};
use std::collections::HashMap;

/// Removes `prim::LoopContinuation` and `prim::ReturnStmt`.
pub fn transform(g: &mut Graph, program: &Program) {
    let top = g.top();
    enter_with(g, top);
    for kind in ["prim::LoopContinuation", "prim::ReturnStmt"] {
        let mut t = Transformer::new(g, program, kind);
        t.block(top);
    }
    join_ifs(g, top);
    leave_with(g, top);
}

#[derive(Clone, Copy, PartialEq)]
enum Status {
    Will,
    Might,
    Wont,
    Throws,
}

/// Whether the exit was taken, and the values it leaves with.
#[derive(Clone)]
struct Exit {
    taken: Value,
    values: Vec<Value>,
}

struct Transformer<'a> {
    g: &'a mut Graph,
    program: &'a Program,
    kind: &'static str,
    yes: Value,
    no: Value,
    throws: Value,
    units: HashMap<Type, Value>,
    target: Option<Block>,
}

impl<'a> Transformer<'a> {
    fn new(g: &'a mut Graph, program: &'a Program, kind: &'static str) -> Transformer<'a> {
        let top = g.top();
        let mut constant = |at: usize, value: i64| {
            let n = g.new_node("prim::Constant", &[], &[Type::Bool], None);
            g.set_attr(n, "value", Attr::Int(value));
            g.insert_at(top, at, n);
            g.node(n).outputs[0]
        };
        let yes = constant(0, 1);
        let no = constant(1, 0);
        let mut t = Transformer { g, program, kind, yes, no, throws: no, units: HashMap::new(), target: None };
        t.throws = t.unit(&Type::Bool);
        t
    }

    /// A value of the type that is never read.
    fn unit(&mut self, ty: &Type) -> Value {
        if let Some(v) = self.units.get(ty) {
            return *v;
        }
        let n = self.g.new_node("prim::Uninitialized", &[], std::slice::from_ref(ty), None);
        let top = self.g.top();
        self.g.insert_at(top, 0, n);
        let v = self.g.node(n).outputs[0];
        self.units.insert(ty.clone(), v);
        v
    }

    fn units_like(&mut self, values: &[Value]) -> Vec<Value> {
        values
            .iter()
            .map(|v| {
                let ty = self.g.ty(*v).clone();
                self.unit(&ty)
            })
            .collect()
    }

    fn wont(&self) -> Exit {
        Exit { taken: self.no, values: vec![] }
    }

    fn status(&self, e: &Exit) -> Status {
        match e.taken {
            v if v == self.yes => Status::Will,
            v if v == self.no => Status::Wont,
            v if v == self.throws => Status::Throws,
            _ => Status::Might,
        }
    }

    fn add_if_outputs(&mut self, n: Node, yes: &[Value], no: &[Value]) {
        let (a, b) = (self.g.node(n).blocks[0], self.g.node(n).blocks[1]);
        self.g.block_mut(a).returns.extend_from_slice(yes);
        self.g.block_mut(b).returns.extend_from_slice(no);
        for (v, w) in yes.iter().zip(no) {
            let ty = unify(self.g.ty(*v), self.g.ty(*w), true, self.program).unwrap_or(Type::Any);
            self.g.add_output(n, ty);
        }
    }

    fn next_node(&self, n: Node) -> Option<Node> {
        let b = self.g.node(n).parent?;
        self.g.block(b).nodes.get(self.g.position(n)? + 1).copied()
    }

    fn block(&mut self, b: Block) -> Exit {
        let outer_target = self.target;
        let owner = self.g.block(b).owner.map(|n| self.g.node(n).op.clone());
        match owner.as_deref() {
            Some("prim::Loop") if self.kind == "prim::LoopContinuation" => self.target = Some(b),
            None | Some("prim::Closure") if self.kind == "prim::ReturnStmt" => self.target = Some(b),
            _ => {}
        }
        let mut exit = self.wont();
        let mut at = self.g.block(b).nodes.first().copied();
        while let Some(n) = at {
            let next = self.next_node(n);
            match self.g.node(n).op.as_str() {
                "prim::RaiseException" => exit = Exit { taken: self.throws, values: vec![] },
                op if op == self.kind => {
                    exit = Exit { taken: self.yes, values: self.g.node(n).inputs.clone() };
                    self.g.destroy(n);
                }
                "prim::If" => exit = self.branch(n),
                "prim::With" => {
                    let body = self.g.node(n).blocks[0];
                    exit = self.block(body);
                }
                "prim::Closure" => {
                    let body = self.g.node(n).blocks[0];
                    self.block(body);
                }
                "prim::Loop" => exit = self.repeat(n),
                _ => {}
            }
            match self.status(&exit) {
                Status::Will | Status::Throws => {
                    self.delete_from(b, next);
                    break;
                }
                Status::Might => {
                    if let Some(next) = next {
                        exit = self.guard(b, &exit, next);
                    }
                    break;
                }
                Status::Wont => {}
            }
            at = next;
        }
        if self.target == Some(b) {
            match self.status(&exit) {
                Status::Might => {
                    let n = self.g.new_node("prim::If", &[exit.taken], &[], None);
                    self.g.append(b, n);
                    self.g.add_block(n);
                    self.g.add_block(n);
                    let normal = self.g.block(b).returns.clone();
                    self.add_if_outputs(n, &exit.values, &normal);
                    self.g.block_mut(b).returns = self.g.node(n).outputs.clone();
                }
                Status::Will => self.g.block_mut(b).returns = exit.values.clone(),
                _ => {}
            }
            exit = self.wont();
        }
        self.target = outer_target;
        exit
    }

    /// Removes the nodes from `first` to the block's end.
    fn delete_from(&mut self, b: Block, first: Option<Node>) {
        let Some(start) = first.and_then(|n| self.g.position(n)) else { return };
        for n in self.g.block(b).nodes[start..].iter().rev().copied().collect::<Vec<_>>() {
            for v in self.g.node(n).outputs.clone() {
                if self.is_used_outside(v, n) {
                    let ty = self.g.ty(v).clone();
                    let unit = self.unit(&ty);
                    self.g.replace_uses(v, unit);
                }
            }
            self.g.destroy(n);
        }
    }

    fn is_used_outside(&self, v: Value, n: Node) -> bool {
        self.g.blocks.iter().any(|b| b.returns.contains(&v))
            || self.g.nodes.iter().enumerate().any(|(i, m)| i != n.0 as usize && m.parent.is_some() && m.inputs.contains(&v))
    }

    /// Puts the nodes from `first` on under an `if` that the exit was not taken.
    fn guard(&mut self, b: Block, exit: &Exit, first: Node) -> Exit {
        let n = self.g.new_node("prim::If", &[exit.taken], &[], None);
        self.g.insert_before(first, n);
        let (left, rest) = (self.g.add_block(n), self.g.add_block(n));
        let start = self.g.position(first).unwrap_or(0);
        let moved = self.g.block_mut(b).nodes.split_off(start);
        for m in moved {
            self.g.append(rest, m);
        }
        let normal = self.g.block(b).returns.clone();
        let units = self.units_like(&normal);
        for (unit, v) in units.iter().zip(&normal) {
            self.g.block_mut(left).returns.push(*unit);
            self.g.block_mut(rest).returns.push(*v);
            let ty = self.g.ty(*v).clone();
            self.g.add_output(n, ty);
        }
        self.g.block_mut(b).returns = self.g.node(n).outputs.clone();
        let again = self.g.new_node(self.kind, &exit.values, &[], None);
        self.g.append(left, again);
        self.branch(n)
    }

    fn branch(&mut self, n: Node) -> Exit {
        let (a, b) = (self.g.node(n).blocks[0], self.g.node(n).blocks[1]);
        let mut yes = self.block(a);
        let mut no = self.block(b);
        let (s, t) = (self.status(&yes), self.status(&no));
        let status = match (s, t) {
            (Status::Throws, other) | (other, Status::Throws) => other,
            (Status::Wont, Status::Wont) => Status::Wont,
            (Status::Will, Status::Will) => Status::Will,
            _ => Status::Might,
        };
        match status {
            Status::Throws => return Exit { taken: self.throws, values: vec![] },
            Status::Wont => return self.wont(),
            _ => {}
        }
        if matches!(s, Status::Wont | Status::Throws) {
            yes.values = self.units_like(&no.values);
        } else if matches!(t, Status::Wont | Status::Throws) {
            no.values = self.units_like(&yes.values);
        }
        let taken = if status == Status::Will {
            self.yes
        } else {
            self.add_if_outputs(n, &[yes.taken], &[no.taken]);
            self.g.node(n).outputs[self.g.node(n).outputs.len() - 1]
        };
        self.add_if_outputs(n, &yes.values, &no.values);
        let outputs = &self.g.node(n).outputs;
        Exit { taken, values: outputs[outputs.len() - yes.values.len()..].to_vec() }
    }

    fn repeat(&mut self, n: Node) -> Exit {
        let body = self.g.node(n).blocks[0];
        let exit = self.block(body);
        if matches!(self.status(&exit), Status::Wont | Status::Throws) {
            return self.wont();
        }
        // The loop goes on unless it was left.
        let test = self.g.new_node("prim::If", &[exit.taken], &[], None);
        self.g.append(body, test);
        let (a, b) = (self.g.add_block(test), self.g.add_block(test));
        let next = self.g.block(body).returns[0];
        self.g.block_mut(a).returns.push(self.no);
        self.g.block_mut(b).returns.push(next);
        let go_on = self.g.add_output(test, Type::Bool);
        self.g.block_mut(body).returns[0] = go_on;
        self.g.node_mut(n).inputs.push(self.no);
        self.g.add_param(body, Type::Bool, None);
        self.g.block_mut(body).returns.push(exit.taken);
        let taken = self.g.add_output(n, Type::Bool);
        let mut values = vec![];
        for v in exit.values {
            let ty = self.g.ty(v).clone();
            let unit = self.unit(&ty);
            self.g.node_mut(n).inputs.push(unit);
            values.push(self.g.add_output(n, ty.clone()));
            self.g.add_param(body, ty, None);
            self.g.block_mut(body).returns.push(v);
        }
        Exit { taken, values }
    }
}

/// `if c: … (True) else: … (False)` followed by an `if` on that output is one `if`.
fn join_ifs(g: &mut Graph, b: Block) {
    let mut i = 0;
    while let Some(&n) = g.block(b).nodes.get(i) {
        for inner in g.node(n).blocks.clone() {
            join_ifs(g, inner);
        }
        if !join_if(g, b, i, n) {
            i += 1;
        }
    }
}

fn join_if(g: &mut Graph, b: Block, i: usize, first: Node) -> bool {
    let Some(&second) = g.block(b).nodes.get(i + 1) else { return false };
    if g.node(first).op != "prim::If" || g.node(second).op != "prim::If" {
        return false;
    }
    let condition = g.node(second).inputs[0];
    let Some(at) = g.node(first).outputs.iter().position(|v| *v == condition) else { return false };
    let known: Vec<Option<i64>> =
        g.node(first).blocks.iter().map(|b| g.block(*b).returns.get(at).and_then(|v| constant_int(g, *v))).collect();
    let [Some(yes), Some(no)] = known[..] else { return false };
    if yes == no {
        return false;
    }
    for (k, holds) in [yes, no].into_iter().enumerate() {
        let into = g.node(first).blocks[k];
        let from = g.node(second).blocks[if holds != 0 { 0 } else { 1 }];
        let mut env: HashMap<Value, Value> =
            g.node(first).outputs.iter().copied().zip(g.block(into).returns.iter().copied()).collect();
        clone_block(g, from, into, &mut env);
    }
    for v in g.node(second).outputs.clone() {
        let ty = g.ty(v).clone();
        let w = g.add_output(first, ty);
        g.copy_metadata(w, v);
        g.replace_uses(v, w);
    }
    g.destroy(second);
    true
}

/// `prim::Enter … prim::Exit` becomes `prim::Enter; prim::With { … } { prim::Exit }`, so that leaving early still runs the exit.
fn enter_with(g: &mut Graph, b: Block) {
    for n in g.block(b).nodes.clone() {
        for inner in g.node(n).blocks.clone() {
            enter_with(g, inner);
        }
    }
    let mut open = vec![];
    for n in g.block(b).nodes.clone() {
        match g.node(n).op.as_str() {
            "prim::Enter" => open.push(n),
            "prim::Exit" => {
                let Some(enter) = open.pop() else { continue };
                let (Some(lo), Some(hi)) = (g.position(enter), g.position(n)) else { continue };
                let with = g.new_node("prim::With", &[], &[], None);
                let (body, exit) = (g.add_block(with), g.add_block(with));
                let moved: Vec<Node> = g.block_mut(b).nodes.drain(lo + 1..=hi).collect();
                for m in moved {
                    let to = if m == n { exit } else { body };
                    g.append(to, m);
                }
                g.insert_after(enter, with);
            }
            _ => {}
        }
    }
}

fn leave_with(g: &mut Graph, b: Block) {
    let mut i = 0;
    while let Some(&n) = g.block(b).nodes.get(i) {
        if g.node(n).op == "prim::With" {
            let mut all = vec![];
            for inner in g.node(n).blocks.clone() {
                all.extend(std::mem::take(&mut g.block_mut(inner).nodes));
            }
            for m in all {
                g.insert_before(n, m);
            }
            g.destroy(n);
            continue;
        }
        for inner in g.node(n).blocks.clone() {
            leave_with(g, inner);
        }
        i += 1;
    }
}
