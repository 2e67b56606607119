//! Computes equal things once: a node whose operator, attributes and inputs are those of an earlier node in reach gives way to it.
//!
//! Left alone is what has effects, draws random numbers, or touches storage that somebody writes to. A fresh tensor that somebody
//! outside gets hold of stays its own.

use super::effects::{has_side_effects, is_random};
use crate::graph::alias::is_mutable;
use crate::graph::consts::same;
use crate::graph::{AliasDb, Attr, Block, Graph, Node, Program, Value};
use std::collections::HashMap;

type Key = (String, Option<String>, Vec<Value>);

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let db = AliasDb::of(graph, program);
    let mut seen: Vec<HashMap<Key, Vec<Node>>> = vec![];
    block(graph, program, &db, graph.top(), &mut seen)
}

fn block(graph: &mut Graph, program: &Program, db: &AliasDb, b: Block, seen: &mut Vec<HashMap<Key, Vec<Node>>>) -> bool {
    seen.push(HashMap::new());
    let mut changed = false;
    for n in graph.block(b).nodes.clone() {
        for inner in graph.node(n).blocks.clone() {
            changed |= block(graph, program, db, inner, seen);
        }
        if !may_share(graph, program, db, n) {
            continue;
        }
        let node = graph.node(n);
        let key: Key = (node.op.clone(), node.overload.clone(), node.inputs.clone());
        let earlier = seen.iter().filter_map(|s| s.get(&key)).flatten().copied().find(|&m| equal(graph, program, n, m));
        match earlier {
            Some(m) => {
                for (o, e) in graph.node(n).outputs.clone().into_iter().zip(graph.node(m).outputs.clone()) {
                    graph.replace_uses(o, e);
                }
                graph.destroy(n);
                changed = true;
            }
            None => {
                if let Some(top) = seen.last_mut() {
                    top.entry(key).or_default().push(n);
                }
            }
        }
    }
    seen.pop();
    changed
}

fn may_share(graph: &Graph, program: &Program, db: &AliasDb, n: Node) -> bool {
    let node = graph.node(n);
    let fresh_escapes =
        |o: &Value| is_mutable(graph.ty(*o)) && db.escapes(*o) && node.op != "prim::GetAttr" && node.op != "prim::Constant";
    !node.outputs.is_empty()
        && node.blocks.is_empty()
        && !matches!(
            node.op.as_str(),
            "prim::Uninitialized" | "prim::CreateObject" | "prim::fork" | "prim::Closure" | "aten::empty"
        )
        && !has_side_effects(graph, n)
        && !is_random(graph, n, program)
        && !db.has_writes(n)
        && !db.touches_written(graph, n)
        && !node.outputs.iter().any(fresh_escapes)
        && !super::hoist::is_set(graph, n)
}

fn equal(graph: &Graph, program: &Program, a: Node, b: Node) -> bool {
    let (x, y) = (graph.node(a), graph.node(b));
    if x.outputs.len() != y.outputs.len() || x.outputs.iter().zip(&y.outputs).any(|(p, q)| graph.ty(*p) != graph.ty(*q)) {
        return false;
    }
    x.attrs.len() == y.attrs.len()
        && x.attrs.iter().all(|(k, v)| match (v, graph.attr(b, k)) {
            (Attr::Const(i), Some(Attr::Const(j))) => {
                i == j
                    || match (program.consts.get(*i as usize), program.consts.get(*j as usize)) {
                        (Some(c), Some(d)) => !is_mutable(graph.ty(x.outputs[0])) && same(c, d),
                        _ => false,
                    }
            }
            (Attr::Graph(_), _) => false,
            (v, w) => w == Some(v),
        })
}
