//! Puts the bodies of called functions and methods in place of the calls. Every node keeps the chain of calls for error traces.
//!
//! ```text
//! %f : Function = prim::Constant[name="square"]()
//! %y : Tensor = prim::CallFunction(%f, %x)             %y : Tensor = aten::mul(%x, %x)
//! ```
//! Calls of interface methods, of ignored functions and of functions that are being compiled stay. So do calls of functions left to Python
//! (`prim::PythonOp`), unless their text could be compiled.

use crate::graph::copy::Place;
use crate::graph::{Attr, Call, CallStack, FunctionId, Graph, Node, Program};
use crate::types::Type;
use std::collections::HashMap;
use std::rc::Rc;

/// A graph grows no further than this many nodes; calls beyond stay calls.
const MAX_NODES: usize = 200_000;

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let mut changed = false;
    // Bodies are inlined as they are, so calls inside them come up in the next round.
    loop {
        let calls: Vec<(Node, FunctionId)> =
            graph.walk().into_iter().filter_map(|n| Some((n, callee(graph, n, program)?))).collect();
        if calls.is_empty() || graph.nodes.len() > MAX_NODES {
            break;
        }
        let mut any = false;
        for (n, f) in calls {
            any |= inline(graph, n, f, program);
        }
        changed |= any;
        if !any {
            break;
        }
    }
    changed
}

/// The function that a call runs, when that is known and has a body.
pub fn callee(graph: &Graph, n: Node, program: &Program) -> Option<FunctionId> {
    let f = target(graph, n, program)?;
    super::pipeline::has_body(program.functions.get(f.0 as usize)?).then_some(f)
}

/// The call goes to a function whose body is ignored, so that it raises.
pub fn only_raises(graph: &Graph, n: Node, program: &Program) -> bool {
    target(graph, n, program).and_then(|f| program.functions.get(f.0 as usize)).is_some_and(|f| f.ignored.is_some())
}

/// The function that a call runs; `None` for methods of interfaces.
pub fn target(graph: &Graph, n: Node, program: &Program) -> Option<FunctionId> {
    let node = graph.node(n);
    if node.op == "prim::PythonOp" {
        return match graph.attr(n, "index") {
            Some(Attr::Int(i)) => program.python.get(i).copied(),
            _ => None,
        };
    }
    let first = *node.inputs.first()?;
    Some(match (node.op.as_str(), graph.ty(first)) {
        ("prim::CallFunction", Type::Function(f)) => FunctionId(f.id),
        ("prim::CallMethod", Type::Class(c)) if !c.is_interface => {
            program.classes.get(c.id as usize)?.method(graph.attr_str(n, "name")?)?
        }
        _ => return None,
    })
}

fn inline(graph: &mut Graph, call: Node, f: FunctionId, program: &Program) -> bool {
    let function = program.function(f);
    let body = &function.graph;
    let skip = (graph.node(call).op == "prim::CallFunction") as usize;
    let args = graph.node(call).inputs[skip..].to_vec();
    let (params, returns) = (&body.block(body.top()).params, &body.block(body.top()).returns);
    if params.len() != args.len() || returns.len() != graph.node(call).outputs.len() {
        return false;
    }
    let mut env: HashMap<_, _> = params.iter().copied().zip(args).collect();
    let around = graph.node(call).callers.clone();
    let span = graph.node(call).span;
    let name: Rc<str> = function.name.as_str().into();
    let stack = |inner: &Option<Rc<CallStack>>| {
        let mut calls = around.as_ref().map_or(vec![], |s| s.calls.clone());
        calls.push(Call { function: around.as_ref().map(|s| s.function.clone()), span });
        if let Some(inner) = inner {
            calls.extend(
                inner
                    .calls
                    .iter()
                    .map(|c| Call { function: Some(c.function.clone().unwrap_or_else(|| name.clone())), span: c.span }),
            );
        }
        Some(Rc::new(CallStack { function: inner.as_ref().map_or_else(|| name.clone(), |i| i.function.clone()), calls }))
    };
    graph.copy_nodes(Some(body), body.top(), Place::Before(call), &mut env, &stack);
    for (o, r) in graph.node(call).outputs.clone().into_iter().zip(returns) {
        if let Some(&v) = env.get(r) {
            // A call's result can be refined by its place; a body's result cannot be less than that.
            graph.replace_uses(o, v);
        }
    }
    graph.destroy(call);
    true
}
