//! `torch.jit.fork` and `torch.jit._awaitable`: the forked call becomes a graph of its own, with what it uses from outside as inputs.

use crate::graph::{Attr, Block, Def, Graph, Node, Value};
use std::collections::HashMap;

/// Turns each `prim::forkClosure` and `prim::awaitableClosure` of a `prim::Closure` into `prim::fork` or `prim::awaitable` with a subgraph.
pub fn lift(g: &mut Graph, b: Block) {
    for n in g.block(b).nodes.clone() {
        for inner in g.node(n).blocks.clone() {
            lift(g, inner);
        }
        if matches!(g.node(n).op.as_str(), "prim::forkClosure" | "prim::awaitableClosure") {
            lift_one(g, n);
        }
    }
}

fn lift_one(g: &mut Graph, n: Node) {
    let Some(closure) = g.node(n).inputs.first().and_then(|v| g.def_node(*v)) else { return };
    let Some(&body) = g.node(closure).blocks.first() else { return };
    let mut sub = Graph::new();
    let mut captured = vec![];
    let mut env = HashMap::new();
    let top = sub.top();
    copy(g, body, &mut sub, top, &mut env, &mut captured);
    g.destroy(closure);
    let data = g.node_mut(n);
    data.op = if data.op == "prim::forkClosure" { "prim::fork" } else { "prim::awaitable" }.into();
    data.inputs = captured;
    g.set_attr(n, "Subgraph", Attr::Graph(Box::new(sub)));
}

/// Copies a block into another graph; values from outside become parameters of its top, constants are copied.
fn copy(g: &Graph, from: Block, sub: &mut Graph, to: Block, env: &mut HashMap<Value, Value>, captured: &mut Vec<Value>) {
    for p in &g.block(from).params {
        let q = sub.add_param(to, g.ty(*p).clone(), g.value(*p).name.as_deref());
        env.insert(*p, q);
    }
    for n in &g.block(from).nodes {
        let data = g.node(*n);
        let inputs: Vec<Value> = data.inputs.iter().map(|v| outer(g, *v, sub, env, captured)).collect();
        let m = sub.new_node(&data.op, &inputs, &[], data.span);
        for v in &data.outputs {
            let w = sub.add_output(m, g.ty(*v).clone());
            if let Some(name) = &g.value(*v).name {
                sub.set_name(w, name);
            }
            env.insert(*v, w);
        }
        let made = sub.node_mut(m);
        made.overload = data.overload.clone();
        made.attrs = data.attrs.clone();
        made.callers = data.callers.clone();
        sub.append(to, m);
        for inner in &data.blocks {
            let c = sub.add_block(m);
            copy(g, *inner, sub, c, env, captured);
        }
    }
    let returns: Vec<Value> = g.block(from).returns.iter().map(|v| outer(g, *v, sub, env, captured)).collect();
    sub.block_mut(to).returns = returns;
}

fn outer(g: &Graph, v: Value, sub: &mut Graph, env: &mut HashMap<Value, Value>, captured: &mut Vec<Value>) -> Value {
    if let Some(w) = env.get(&v) {
        return *w;
    }
    let top = sub.top();
    if let Def::Result(n, _) = g.value(v).def
        && g.node(n).op == "prim::Constant"
    {
        let data = g.node(n);
        let c = sub.new_node(&data.op, &[], &[g.ty(v).clone()], data.span);
        sub.node_mut(c).attrs = data.attrs.clone();
        sub.insert_at(top, 0, c);
        let w = sub.node(c).outputs[0];
        env.insert(v, w);
        return w;
    }
    let w = sub.add_param(top, g.ty(v).clone(), g.value(v).name.as_deref());
    captured.push(v);
    env.insert(v, w);
    w
}
