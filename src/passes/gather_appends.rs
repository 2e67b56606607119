//! A list that is made and then only appended to, in the same block, is made with these elements at once.
//!
//! ```text
//! %l : bool[] = prim::ListConstruct()
//! %a : bool[] = aten::append(%l, %x)
//! %b : bool[] = aten::append(%l, %y)      %l : bool[] = prim::ListConstruct(%x, %y)
//! %c : bool = aten::any(%l)               %c : bool = aten::any(%l)
//! ```

use crate::graph::{Block, Graph, Node, Program, Use, Uses, Value};
use crate::types::Type;

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let mut changed = false;
    let mut uses = Uses::of(graph);
    for n in graph.walk() {
        if graph.node(n).op == "prim::ListConstruct" && graph.node(n).parent.is_some() && gather(graph, program, &uses, n) {
            uses = Uses::of(graph);
            changed = true;
        }
    }
    changed
}

fn gather(graph: &mut Graph, program: &Program, uses: &Uses, n: Node) -> bool {
    let (list, Some(b)) = (graph.node(n).outputs[0], graph.node(n).parent) else { return false };
    let Type::List(elem) = graph.ty(list).clone() else { return false };
    // The list goes by these names.
    let mut names = vec![list];
    let mut appends: Vec<Node> = vec![];
    let mut k = 0;
    while k < names.len() {
        for u in uses.get(names[k]) {
            let Use::Input(m, 0) = *u else { continue };
            let node = graph.node(m);
            if node.op == "aten::append" && node.parent == Some(b) && node.inputs.len() == 2 {
                appends.push(m);
                names.extend(&node.outputs);
            }
        }
        k += 1;
    }
    if appends.is_empty() {
        return false;
    }
    appends.sort_by_key(|m| graph.position(*m));
    let first_other = names
        .iter()
        .flat_map(|v| uses.get(*v))
        .filter_map(|u| match u {
            Use::Input(m, 0) if appends.contains(m) => None,
            Use::Input(m, _) => place_in(graph, *m, b),
            Use::Return(inner, _) if *inner == b => None,
            Use::Return(inner, _) => graph.block(*inner).owner.and_then(|o| place_in(graph, o, b)),
        })
        .min()
        .unwrap_or(usize::MAX);
    appends.retain(|m| graph.position(*m).is_some_and(|p| p < first_other));
    let fits = |v: &Value| graph.ty(*v).is_subtype_of(&elem, program);
    let Some(end) = appends.iter().position(|m| !fits(&graph.node(*m).inputs[1])).or(Some(appends.len())) else { return false };
    appends.truncate(end);
    let Some(&last) = appends.last() else { return false };
    let items: Vec<Value> =
        graph.node(n).inputs.iter().copied().chain(appends.iter().map(|m| graph.node(*m).inputs[1])).collect();
    let (ty, span) = (graph.ty(list).clone(), graph.node(n).span);
    let made = graph.new_node("prim::ListConstruct", &items, &[ty], span);
    graph.insert_after(last, made);
    let whole = graph.node(made).outputs[0];
    for m in appends.into_iter().chain([n]) {
        for v in graph.node(m).outputs.clone() {
            graph.replace_uses(v, whole);
        }
        graph.destroy(m);
    }
    true
}

/// Where in a block a node, or the one around it, stands.
fn place_in(graph: &Graph, mut n: Node, b: Block) -> Option<usize> {
    loop {
        match graph.node(n).parent? {
            p if p == b => return graph.position(n),
            p => n = graph.block(p).owner?,
        }
    }
}
