//! From loads and stores of variables to SSA: variables that branches and loops change become outputs and carried values.

use crate::graph::{Attr, Block, Graph, Node, Program, Value};
use crate::types::{Type, unify};
use std::collections::{BTreeMap, BTreeSet, HashMap};

type Types = BTreeMap<String, Type>;

/// Removes loads, stores, comprehension scopes, jumps of loops and the condition blocks of loops. Loop jumps become
/// `prim::LoopContinuation` nodes, which [`super::exits`] removes together with `prim::ReturnStmt`.
pub fn convert(g: &mut Graph, program: &Program) {
    let mut c = Carried { g, program, frames: vec![] };
    let top = c.g.top();
    c.block(top);
    continuations(g, top);
    inline_conditions(g, top);
    erase(g, top, &mut vec![], &mut HashMap::new());
}

/// After exits are gone: loops with both a count and a condition, forked closures, empty lists.
pub fn finish(g: &mut Graph, program: &Program) {
    let _ = program;
    let top = g.top();
    canonicalize_loops(g, top);
    for n in g.walk() {
        if g.node(n).op == "prim::EmptyListLiteral" {
            g.node_mut(n).op = "prim::ListConstruct".into();
            let v = g.node(n).outputs[0];
            g.set_name(v, "");
        }
    }
    super::forks::lift(g, top);
}

fn name_of(g: &Graph, n: Node) -> String {
    g.attr_str(n, "name").unwrap_or("").to_owned()
}

pub(super) fn named(g: &mut Graph, op: &str, name: &str, inputs: &[Value], outputs: &[Type]) -> Node {
    let n = g.new_node(op, inputs, outputs, None);
    g.set_attr(n, "name", Attr::Str(name.to_owned()));
    n
}

/// Adds outputs, block parameters and carried values for the variables that control flow changes.
struct Carried<'a> {
    g: &'a mut Graph,
    program: &'a Program,
    frames: Vec<Types>,
}

impl Carried<'_> {
    fn find(&self, top: Option<&Types>, name: &str) -> Option<Type> {
        top.into_iter().chain(self.frames.iter().rev()).find_map(|f| f.get(name).cloned())
    }

    fn block(&mut self, b: Block) -> Types {
        self.frames.push(Types::new());
        let mut i = 0;
        while let Some(&n) = self.g.block(b).nodes.get(i) {
            match self.g.node(n).op.as_str() {
                "prim::If" => self.branch(n),
                "prim::Loop" => self.repeat(n),
                "prim::Closure" | "prim::ComprehensionScope" => {
                    for inner in self.g.node(n).blocks.clone() {
                        self.block(inner);
                    }
                }
                "prim::Store" => {
                    let name = name_of(self.g, n);
                    let ty = self.g.node(n).inputs.first().map_or(Type::Any, |v| self.g.ty(*v).clone());
                    if let Some(f) = self.frames.last_mut() {
                        f.insert(name, ty);
                    }
                }
                _ => {}
            }
            i = self.g.position(n).map_or(i, |p| p) + 1;
        }
        self.frames.pop().unwrap_or_default()
    }

    fn load(&mut self, name: &str, ty: &Type) -> Node {
        named(self.g, "prim::Load", name, &[], std::slice::from_ref(ty))
    }

    fn block_output(&mut self, b: Block, name: &str, ty: &Type) {
        let n = self.load(name, ty);
        self.g.append(b, n);
        let v = self.g.node(n).outputs[0];
        self.g.block_mut(b).returns.push(v);
    }

    fn node_output(&mut self, n: Node, name: &str, ty: &Type) {
        let v = self.g.add_output(n, ty.clone());
        if super::emitter::is_meaningful(name) {
            self.g.set_name(v, name);
        }
        let store = named(self.g, "prim::Store", name, &[v], &[]);
        self.g.insert_after(n, store);
    }

    fn branch(&mut self, n: Node) {
        let (a, b) = (self.g.node(n).blocks[0], self.g.node(n).blocks[1]);
        let yes = self.block(a);
        let no = self.block(b);
        let mut changed = BTreeSet::new();
        changed.extend(yes.keys().filter(|k| self.find(Some(&no), k).is_some()).cloned());
        changed.extend(no.keys().filter(|k| self.find(Some(&yes), k).is_some()).cloned());
        for name in changed {
            let (Some(t), Some(f)) = (self.find(Some(&yes), &name), self.find(Some(&no), &name)) else { continue };
            let Some(unified) = unify(&t, &f, true, self.program) else { continue };
            self.block_output(a, &name, &t);
            self.block_output(b, &name, &f);
            self.node_output(n, &name, &unified);
        }
    }

    fn repeat(&mut self, n: Node) {
        let body = self.g.node(n).blocks[0];
        let vars = self.block(body);
        for (name, inner) in &vars {
            // Variables of the body alone are not carried.
            let Some(outer) = self.find(None, name) else { continue };
            let Some(unified) = unify(&outer, inner, true, self.program) else { continue };
            let load = self.load(name, &outer);
            self.g.insert_before(n, load);
            let v = self.g.node(load).outputs[0];
            self.g.node_mut(n).inputs.push(v);
            let p = self.g.add_param(body, unified.clone(), Some(name));
            let store = named(self.g, "prim::Store", name, &[p], &[]);
            self.g.insert_at(body, 0, store);
            self.block_output(body, name, inner);
            self.node_output(n, name, &unified);
        }
    }
}

/// Copies a block's contents to the end of another. `env` maps the values of the original.
pub(super) fn clone_block(g: &mut Graph, from: Block, to: Block, env: &mut HashMap<Value, Value>) {
    for p in g.block(from).params.clone() {
        let ty = g.ty(p).clone();
        let q = g.add_param(to, ty, None);
        g.copy_metadata(q, p);
        env.insert(p, q);
    }
    for n in g.block(from).nodes.clone() {
        let m = clone_node(g, n, env);
        g.append(to, m);
        // A second time: PyTorch does, and each renames the original.
        for (i, v) in g.node(n).outputs.clone().into_iter().enumerate() {
            let w = g.node(m).outputs[i];
            g.copy_metadata(w, v);
        }
    }
    let returns: Vec<Value> = g.block(from).returns.iter().map(|v| *env.get(v).unwrap_or(v)).collect();
    g.block_mut(to).returns.extend(returns);
}

pub(super) fn clone_node(g: &mut Graph, n: Node, env: &mut HashMap<Value, Value>) -> Node {
    let data = g.node(n).clone();
    let inputs: Vec<Value> = data.inputs.iter().map(|v| *env.get(v).unwrap_or(v)).collect();
    let m = g.new_node(&data.op, &inputs, &[], data.span);
    for v in &data.outputs {
        let ty = g.ty(*v).clone();
        let w = g.add_output(m, ty);
        g.copy_metadata(w, *v);
        env.insert(*v, w);
    }
    let copy = g.node_mut(m);
    copy.overload = data.overload;
    copy.attrs = data.attrs;
    copy.callers = data.callers;
    for b in data.blocks {
        let c = g.add_block(m);
        clone_block(g, b, c, env);
    }
    m
}

/// `break` and `continue` become `prim::LoopContinuation(go on?, carried…)`.
fn continuations(g: &mut Graph, b: Block) {
    let no = g.new_node("prim::Constant", &[], &[Type::Bool], None);
    g.set_attr(no, "value", Attr::Int(0));
    g.insert_at(b, 0, no);
    let no = g.node(no).outputs[0];
    assign_continuations(g, b, no, None);
}

fn assign_continuations(g: &mut Graph, b: Block, no: Value, current: Option<Node>) {
    for n in g.block(b).nodes.clone() {
        let blocks = g.node(n).blocks.clone();
        match g.node(n).op.as_str() {
            "prim::If" | "prim::ComprehensionScope" => blocks.into_iter().for_each(|b| assign_continuations(g, b, no, current)),
            "prim::Closure" => blocks.into_iter().for_each(|b| continuations(g, b)),
            "prim::Loop" => assign_continuations(g, blocks[0], no, Some(n)),
            op @ ("prim::ContinueStmt" | "prim::BreakStmt") => {
                let Some(owner) = current else { continue };
                let goes_on = op == "prim::ContinueStmt";
                let jump = g.new_node("prim::LoopContinuation", &[], &[], None);
                g.insert_after(n, jump);
                let first = if goes_on {
                    let condition = g.node(owner).blocks[1];
                    let header = g.add_block(jump);
                    clone_block(g, condition, header, &mut HashMap::new());
                    let moved = std::mem::take(&mut g.block_mut(header).nodes);
                    for m in moved {
                        g.insert_before(n, m);
                    }
                    let first = g.block(header).returns[0];
                    g.block_mut(header).returns.clear();
                    g.node_mut(jump).blocks.clear();
                    first
                } else {
                    no
                };
                g.node_mut(jump).inputs.push(first);
                let body = g.node(owner).blocks[0];
                for out in g.block(body).returns.clone() {
                    if let Some(load) = g.def_node(out) {
                        let load = clone_node(g, load, &mut HashMap::new());
                        g.insert_before(jump, load);
                        let v = g.node(load).outputs[0];
                        g.node_mut(jump).inputs.push(v);
                    }
                }
                g.destroy(n);
            }
            _ => {}
        }
    }
}

/// A loop's condition block is copied in front of the loop and moved to the end of its body.
fn inline_conditions(g: &mut Graph, b: Block) {
    for n in g.block(b).nodes.clone() {
        for inner in g.node(n).blocks.clone() {
            inline_conditions(g, inner);
        }
        if g.node(n).op != "prim::Loop" || g.node(n).blocks.len() != 2 {
            continue;
        }
        let (body, condition) = (g.node(n).blocks[0], g.node(n).blocks[1]);
        let copy = g.add_block(n);
        clone_block(g, condition, copy, &mut HashMap::new());
        for m in std::mem::take(&mut g.block_mut(copy).nodes) {
            g.insert_before(n, m);
        }
        let start = g.block(copy).returns[0];
        g.node_mut(n).inputs.insert(1, start);
        for m in std::mem::take(&mut g.block_mut(condition).nodes) {
            g.append(body, m);
        }
        let next = g.block(condition).returns[0];
        g.block_mut(body).returns.insert(0, next);
        g.block_mut(copy).returns.clear();
        g.block_mut(condition).returns.clear();
        g.node_mut(n).blocks.truncate(1);
    }
}

/// Replaces loads by the values last stored. `map` holds what loads were replaced by.
fn erase(g: &mut Graph, b: Block, frames: &mut Vec<HashMap<String, Value>>, map: &mut HashMap<Value, Value>) {
    frames.push(HashMap::new());
    let nodes = std::mem::take(&mut g.block_mut(b).nodes);
    let mut kept = Vec::with_capacity(nodes.len());
    for n in nodes {
        for i in 0..g.node(n).inputs.len() {
            let v = g.node(n).inputs[i];
            if let Some(w) = map.get(&v) {
                g.node_mut(n).inputs[i] = *w;
            }
        }
        match g.node(n).op.as_str() {
            "prim::Store" => {
                let name = name_of(g, n);
                if let (Some(f), Some(v)) = (frames.last_mut(), g.node(n).inputs.first()) {
                    f.insert(name, *v);
                }
                gone(g, n);
            }
            "prim::Load" => {
                let name = name_of(g, n);
                let v = g.node(n).outputs[0];
                if let Some(w) = frames.iter().rev().find_map(|f| f.get(&name)) {
                    map.insert(v, *w);
                }
                gone(g, n);
            }
            "prim::ComprehensionScope" => {
                let body = g.node(n).blocks[0];
                erase(g, body, frames, map);
                for m in std::mem::take(&mut g.block_mut(body).nodes) {
                    g.node_mut(m).parent = Some(b);
                    kept.push(m);
                }
                gone(g, n);
                g.node_mut(n).blocks.clear();
            }
            _ => {
                for inner in g.node(n).blocks.clone() {
                    erase(g, inner, frames, map);
                }
                kept.push(n);
            }
        }
    }
    g.block_mut(b).nodes = kept;
    for v in &mut g.block_mut(b).returns {
        if let Some(w) = map.get(v) {
            *v = *w;
        }
    }
    frames.pop();
}

fn gone(g: &mut Graph, n: Node) {
    for v in g.node(n).outputs.clone() {
        g.set_name(v, "");
    }
    let data = g.node_mut(n);
    data.parent = None;
    data.inputs.clear();
}

/// The constant bool or int that a value is.
pub(super) fn constant_int(g: &Graph, v: Value) -> Option<i64> {
    let n = g.def_node(v)?;
    match (g.node(n).op.as_str(), g.attr(n, "value")) {
        ("prim::Constant", Some(Attr::Int(i))) => Some(*i),
        _ => None,
    }
}

fn is_used(g: &Graph, v: Value) -> bool {
    g.walk()
        .into_iter()
        .any(|n| g.node(n).inputs.contains(&v) || g.node(n).blocks.iter().any(|b| g.block(*b).returns.contains(&v)))
        || g.block(g.top()).returns.contains(&v)
}

/// A loop that has both a count and a condition (`for` with `break`) counts by itself, so that it can print as a `while`.
fn canonicalize_loops(g: &mut Graph, b: Block) {
    for n in g.block(b).nodes.clone() {
        for inner in g.node(n).blocks.clone() {
            canonicalize_loops(g, inner);
        }
        if g.node(n).op == "prim::Loop" {
            canonicalize_loop(g, n);
        }
    }
}

fn canonicalize_loop(g: &mut Graph, n: Node) {
    let body = g.node(n).blocks[0];
    let (limit, start) = (g.node(n).inputs[0], g.node(n).inputs[1]);
    let next = g.block(body).returns[0];
    let counter = g.block(body).params[0];
    let always = constant_int(g, start) == Some(1) && constant_int(g, next) == Some(1);
    let counted = constant_int(g, limit) != Some(i64::MAX) || is_used(g, counter);
    if always || !counted {
        return;
    }
    let constant = |g: &mut Graph, i: i64| {
        let c = g.new_node("prim::Constant", &[], &[Type::Int], None);
        g.set_attr(c, "value", Attr::Int(i));
        g.insert_before(n, c);
        g.node(c).outputs[0]
    };
    let zero = constant(g, 0);
    let one = constant(g, 1);
    let before = |g: &mut Graph, op: &str, overload: &str, inputs: &[Value], ty: Type| {
        let m = g.new_node(op, inputs, &[ty], None);
        g.node_mut(m).overload = Some(overload.to_owned());
        g.insert_before(n, m);
        g.node(m).outputs[0]
    };
    let mut condition = before(g, "aten::gt", "int", &[limit, zero], Type::Bool);
    let forever = constant(g, i64::MAX);
    g.node_mut(n).inputs[0] = forever;
    if constant_int(g, start) != Some(1) {
        condition = before(g, "aten::__and__", "bool", &[condition, start], Type::Bool);
    }
    g.node_mut(n).inputs[1] = condition;
    g.add_output(n, Type::Int);
    g.node_mut(n).inputs.push(zero);
    let own = g.add_param(body, Type::Int, None);
    g.set_name(counter, "");
    g.replace_uses(counter, own);
    let inside = |g: &mut Graph, op: &str, overload: &str, inputs: &[Value], ty: Type| {
        let m = g.new_node(op, inputs, &[ty], None);
        g.node_mut(m).overload = Some(overload.to_owned());
        g.append(body, m);
        g.node(m).outputs[0]
    };
    let more = inside(g, "aten::add", "int", &[own, one], Type::Int);
    g.block_mut(body).returns.push(more);
    let below = inside(g, "aten::lt", "int", &[more, limit], Type::Bool);
    let next = g.block(body).returns[0];
    let both = inside(g, "aten::__and__", "bool", &[below, next], Type::Bool);
    g.block_mut(body).returns[0] = both;
}
