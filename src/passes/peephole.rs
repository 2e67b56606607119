//! Small rewrites of scalar and structural nodes, none of which needs more than its neighbours.
//!
//! * `x is None` of a value that cannot be `None`, and the reverse; unwrapping and casting what fits already;
//! * integer `x + 0`, `x * 1`, `x // 1`; `int(x)` of an int, `bool(x)` of a bool, `float(x)` of a float;
//! * `not not x`; branches that give back their condition;
//! * `len` of a list just made, `x[i]` of one that nothing changes, `any` and `all` of one of which an element decides;
//! * `x is x`; where a tensor is; whether gradients are on, in a program that never turns them off;
//! * `format` of what holds no tensor;
//! * `dim`, `dtype`, `size(i)` of a tensor of which that is known.

use crate::graph::{AliasDb, Const, Graph, Node, Program, Value};
use crate::types::{Dim, Type};

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let mut changed = false;
    let db = AliasDb::of(graph, program);
    for n in graph.walk() {
        if graph.node(n).parent.is_none() {
            continue;
        }
        changed |= branch(graph, n);
        changed |= refine(graph, n, program);
        changed |= format_of_plain(graph, n);
        let Some(&out) = graph.node(n).outputs.first() else { continue };
        if let Some(v) = same_as(graph, n) {
            if fits(graph, v, out, program) {
                graph.replace_uses(out, v);
                changed = true;
            }
        } else if let Some(c) = known(graph, n, &db, program) {
            let v = graph.insert_constant(n, &c, program);
            graph.replace_uses(out, v);
            changed = true;
        } else if let Some(v) = element(graph, n, &db) {
            if fits(graph, v, out, program) {
                graph.replace_uses(out, v);
                changed = true;
            }
        }
    }
    changed && {
        super::dead_code::run(graph, program);
        true
    }
}

/// `format` whose arguments cannot be tensors does without the code that prints those.
fn format_of_plain(graph: &mut Graph, n: Node) -> bool {
    let plain =
        |t: &Type| matches!(t, Type::None | Type::Bool | Type::Int | Type::Float | Type::Complex | Type::Str | Type::Device);
    let node = graph.node(n);
    let change = node.op == "aten::format" && node.inputs.iter().all(|v| plain(graph.ty(*v)));
    if change {
        graph.node_mut(n).op = "tsaot::format_plain".into();
    }
    change
}

fn fits(graph: &Graph, v: Value, out: Value, program: &Program) -> bool {
    graph.ty(v).is_subtype_of(graph.ty(out), program)
}

fn cannot_be_none(graph: &Graph, v: Value) -> bool {
    !graph.ty(v).is_optional_like() && !matches!(graph.ty(v), Type::Var(_))
}

/// An input that the node just hands on.
fn same_as(graph: &Graph, n: Node) -> Option<Value> {
    let node = graph.node(n);
    let first = *node.inputs.first()?;
    let ty = graph.ty(first);
    let ints = node.inputs.len() == 2 && node.inputs.iter().all(|v| *graph.ty(*v) == Type::Int);
    let right = node.inputs.get(1).and_then(|v| graph.const_int(*v));
    match node.op.as_str() {
        "prim::unchecked_cast" | "prim::unchecked_unwrap_optional" => Some(first),
        "aten::_unwrap_optional" if cannot_be_none(graph, first) => Some(first),
        "aten::Int" | "aten::ceil" | "aten::floor" if *ty == Type::Int && node.inputs.len() == 1 => Some(first),
        "aten::Float" if *ty == Type::Float => Some(first),
        "aten::Bool" if *ty == Type::Bool => Some(first),
        "aten::add" | "aten::sub" if ints && right == Some(0) => Some(first),
        "aten::mul" | "aten::floordiv" if ints && right == Some(1) => Some(first),
        "aten::add" if ints && graph.const_int(first) == Some(0) => Some(node.inputs[1]),
        "aten::mul" if ints && graph.const_int(first) == Some(1) => Some(node.inputs[1]),
        "aten::__not__" => {
            let inner = graph.def_node(first)?;
            (graph.node(inner).op == "aten::__not__").then(|| graph.node(inner).inputs[0])
        }
        _ => None,
    }
}

/// A constant that the node always gives.
fn known(graph: &Graph, n: Node, db: &AliasDb, program: &Program) -> Option<Const> {
    let node = graph.node(n);
    let made_by = |v: Value, op: &str| {
        let made = graph.def_node(v).filter(|m| graph.node(*m).op == op && !db.is_itself_written(v))?;
        Some(&graph.node(made).inputs)
    };
    let facts = |v: Value| graph.facts.get(&v);
    match (node.op.as_str(), &node.inputs[..]) {
        ("aten::__is__" | "aten::__isnot__", [a, b]) => {
            let differ = |x: Value, y: Value| graph.must_be_none(x) && cannot_be_none(graph, y);
            let is = node.op == "aten::__is__";
            if differ(*a, *b) || differ(*b, *a) {
                Some(Const::Bool(!is))
            } else if a == b || graph.must_be_none(*a) && graph.must_be_none(*b) {
                Some(Const::Bool(is))
            } else {
                None
            }
        }
        ("aten::len", [l]) => {
            let items =
                made_by(*l, "prim::ListConstruct").or_else(|| made_by(*l, "prim::DictConstruct").filter(|i| i.is_empty()))?;
            Some(Const::Int(items.len() as i64))
        }
        ("aten::any" | "aten::all", [l]) => {
            let decides = node.op == "aten::any";
            let items = made_by(*l, "prim::ListConstruct")?;
            let decided = items.iter().any(|v| graph.const_bool(*v) == Some(decides));
            (decided && *graph.ty(*l) == Type::list(Type::Bool)).then_some(Const::Bool(decides))
        }
        ("aten::dim", [t]) => Some(Const::Int(facts(*t)?.rank()? as i64)),
        ("prim::dtype", [t]) => Some(Const::Int(facts(*t)?.dtype?.number())),
        ("aten::size", [t, i]) => {
            let dims = facts(*t)?.dims.as_ref()?;
            let i = graph.const_int(*i)?;
            let i = if i < 0 { i + dims.len() as i64 } else { i };
            match dims.get(usize::try_from(i).ok()?)? {
                Dim::Const(d) => Some(Const::Int(*d)),
                _ => None,
            }
        }
        ("aten::is_floating_point", [t]) => Some(Const::Bool(facts(*t)?.dtype?.is_float())),
        ("aten::is_autocast_enabled" | "aten::is_autocast_cpu_enabled", []) => Some(Const::Bool(false)),
        ("aten::is_grad_enabled", []) => (!turns_gradients_off(graph, program)).then_some(Const::Bool(true)),
        ("prim::is_nested", [_]) => Some(Const::Bool(false)),
        ("prim::device", [_]) => Some(Const::Device { kind: 0, index: None }),
        ("prim::isinstance", [v]) => match graph.attr(n, "types") {
            Some(crate::graph::Attr::Types(types)) if types.contains(graph.ty(*v)) => Some(Const::Bool(true)),
            _ => None,
        },
        _ => None,
    }
}

/// Somewhere in the program gradients are turned off, or on.
fn turns_gradients_off(graph: &Graph, program: &Program) -> bool {
    fn turns(graph: &Graph) -> bool {
        graph.nodes.iter().any(|n| {
            n.op == "aten::set_grad_enabled"
                || n.attrs.iter().any(|(_, a)| matches!(a, crate::graph::Attr::Graph(inner) if turns(inner)))
        })
    }
    turns(graph) || program.functions.iter().any(|f| turns(&f.graph))
}

/// The element that is taken out of a list just made.
fn element(graph: &Graph, n: Node, db: &AliasDb) -> Option<Value> {
    let node = graph.node(n);
    if node.op != "aten::__getitem__" {
        return None;
    }
    let made = graph.def_node(node.inputs[0])?;
    // Only the list itself must stay as it was made; what it holds may change.
    if graph.node(made).op != "prim::ListConstruct" || db.is_itself_written(node.inputs[0]) {
        return None;
    }
    let items = &graph.node(made).inputs;
    let i = graph.const_int(node.inputs[1])?;
    let i = if i < 0 { i + items.len() as i64 } else { i };
    items.get(usize::try_from(i).ok()?).copied()
}

/// `True if c else False` is `c`.
fn branch(graph: &mut Graph, n: Node) -> bool {
    if graph.node(n).op != "prim::If" {
        return false;
    }
    let (node, mut changed) = (graph.node(n).clone(), false);
    for (i, &o) in node.outputs.iter().enumerate() {
        let value = |b: usize| graph.const_bool(graph.block(node.blocks[b]).returns[i]);
        if *graph.ty(o) == Type::Bool && value(0) == Some(true) && value(1) == Some(false) {
            graph.replace_uses(o, node.inputs[0]);
            changed = true;
        }
    }
    changed
}

/// A result that is optional although neither branch gives `None` gets the branches' type.
fn refine(graph: &mut Graph, n: Node, program: &Program) -> bool {
    if graph.node(n).op != "prim::If" {
        return false;
    }
    let (node, mut changed) = (graph.node(n).clone(), false);
    for (i, &o) in node.outputs.iter().enumerate() {
        let [a, b] = [0, 1].map(|k| graph.block(node.blocks[k]).returns[i]);
        if matches!(graph.ty(o), Type::Optional(_))
            && cannot_be_none(graph, a)
            && cannot_be_none(graph, b)
            && let Some(ty) = crate::types::unify(graph.ty(a), graph.ty(b), false, program)
            && ty != *graph.ty(o)
        {
            graph.value_mut(o).ty = ty;
            changed = true;
        }
    }
    changed
}
