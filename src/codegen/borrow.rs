//! Elements that are read out of a list without a count of their own: the list keeps them until their last use.

use super::func::{Func, Own};
use super::repr::elem_of;
use crate::graph::{Def, Graph, Node, Value};
use crate::types::Type;
use tsrt::list::Elem;

/// The element `out`, which the node at hand reads out of `list`, stays alive until its last use: the list does, and nothing in between
/// takes elements out of lists.
pub fn outlives(f: &Func, list: Value, out: Value) -> bool {
    let (block, at) = f.at;
    let nodes = &f.g.block(block).nodes;
    let Some((_, last)) = f.life.last_use(out).filter(|(b, i)| *b == block && *i < nodes.len()) else { return false };
    let Ok(val) = f.val(list) else { return false };
    let inside = f.life.last_use(list).filter(|(b, _)| *b == block);
    let kept = match val.own {
        // A list inside this block lives until its own last use; any other is kept by the function's caller or an outer block.
        Own::Owned(_) | Own::Lent => inside.is_none_or(|(_, i)| i >= last),
        Own::Borrowed => match f.g.value(list).def {
            Def::Param(..) => true,
            Def::Result(..) => inside.is_some_and(|(_, i)| i >= last),
        },
        Own::Static => true,
    };
    kept && nodes.get(at + 1..=last).unwrap_or_default().iter().all(|n| is_quiet(f.g, *n))
}

/// The operator runs code of the program that stands elsewhere.
pub fn runs_other_code(op: &str) -> bool {
    matches!(
        op,
        "prim::CallFunction"
            | "prim::CallMethod"
            | "prim::PythonOp"
            | "prim::Enter"
            | "prim::Exit"
            | "prim::fork"
            | "prim::awaitable"
            | "prim::awaitable_wait"
            | "aten::wait"
    )
}

/// The node, with all inside it, takes no counted element out of a list and calls nothing that may.
fn is_quiet(g: &Graph, n: Node) -> bool {
    let data = g.node(n);
    if !data.blocks.iter().all(|b| g.block(*b).nodes.iter().all(|m| is_quiet(g, *m))) {
        return false;
    }
    match data.op.as_str() {
        op if runs_other_code(op) => false,
        "aten::_set_item" | "aten::append" | "aten::pop" | "aten::remove" | "aten::clear" | "aten::insert" | "aten::Delete"
        | "aten::extend" | "aten::add_" | "aten::mul_" | "aten::reverse" | "aten::sort" | "aten::popitem" | "aten::update"
        | "aten::setdefault" => match data.inputs.first().map(|v| g.ty(*v)) {
            Some(Type::List(e)) => matches!(elem_of(e), Elem::I64 | Elem::F64 | Elem::Bool),
            Some(Type::Tensor | Type::Dict(..)) => true,
            _ => false,
        },
        _ => true,
    }
}
