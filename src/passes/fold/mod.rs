//! Evaluates one node whose inputs are known: scalars and strings here, tensors through the runtime.
//!
//! An operator that would raise (division by zero, a bad shape) is left for run time, where it raises at its place.

mod runtime;
mod scalar;

use crate::graph::{Attr, Const, Graph, Node, Program, Value};
use crate::types::Type;
use std::rc::Rc;

/// The results of a node on known inputs; `None` when it cannot be evaluated.
pub fn evaluate(graph: &Graph, n: Node, inputs: &[Const], program: &Program) -> Option<Vec<Const>> {
    let node = graph.node(n);
    let types: Vec<&Type> = node.outputs.iter().map(|o| graph.ty(*o)).collect();
    let one = |c: Const| Some(vec![c]);
    match node.op.as_str() {
        "prim::TupleConstruct" => one(Const::Tuple(Rc::new(inputs.to_vec()), types[0].clone())),
        "prim::TupleUnpack" => match inputs {
            [Const::Tuple(t, _)] if t.len() == types.len() => Some(t.to_vec()),
            _ => None,
        },
        "prim::TupleIndex" => match inputs {
            [Const::Tuple(t, _), Const::Int(i)] => {
                let i = if *i < 0 { *i + t.len() as i64 } else { *i };
                one(t.get(usize::try_from(i).ok()?)?.clone())
            }
            _ => None,
        },
        "prim::ListConstruct" => match types[0] {
            Type::List(elem) => one(Const::List(Rc::new(inputs.to_vec()), (**elem).clone())),
            _ => None,
        },
        "prim::unchecked_cast" | "aten::_unwrap_optional" => match inputs {
            [Const::None] if *types[0] != Type::None => None,
            [c] => one(c.clone()),
            _ => None,
        },
        "prim::isinstance" => match (inputs, graph.attr(n, "types")) {
            ([c], Some(Attr::Types(ts))) => {
                let ty = crate::graph::consts::const_type(c, program);
                one(Const::Bool(ts.iter().any(|t| ty.is_subtype_of(t, program))))
            }
            _ => None,
        },
        "prim::EnumValue" => match inputs {
            [Const::Enum(e, i)] => one(program.enums.get(e.id as usize)?.members.get(*i as usize)?.1.clone()),
            _ => None,
        },
        "prim::EnumName" => match inputs {
            [Const::Enum(e, i)] => one(Const::Str(program.enums.get(e.id as usize)?.members.get(*i as usize)?.0.as_str().into())),
            _ => None,
        },
        op if op.starts_with("aten::") || op.starts_with("prim::") => {
            let results = match scalar::evaluate(op, node.overload.as_deref(), inputs) {
                Some(results) => results,
                None => runtime::evaluate(graph, n, inputs, program)?,
            };
            let fitted: Option<Vec<Const>> = results.into_iter().zip(&types).map(|(c, t)| fit(c, t)).collect();
            fitted.filter(|f| f.len() == types.len())
        }
        _ => None,
    }
}

/// The constant as a value of the type: ints become floats where floats are declared; anything else must fit already.
fn fit(c: Const, ty: &Type) -> Option<Const> {
    Some(match (c, ty) {
        (Const::Int(i), Type::Float) => Const::Float(i as f64),
        (Const::Bool(b), Type::Int) => Const::Int(b as i64),
        (Const::Float(_), Type::Int | Type::Bool) => return None,
        (Const::Tuple(items, _), Type::Tuple(t)) if items.len() == t.elems.len() => {
            let items: Option<Vec<Const>> = items.iter().zip(&t.elems).map(|(c, t)| fit(c.clone(), t)).collect();
            Const::Tuple(Rc::new(items?), ty.clone())
        }
        (c, _) => c,
    })
}

/// The constant behind a value: a `prim::Constant`, or a tuple or list just made of constants.
pub fn known(graph: &Graph, v: Value, program: &Program) -> Option<Const> {
    if let Some(c) = graph.const_of(v, program) {
        return Some(c);
    }
    let n = graph.def_node(v)?;
    if !matches!(graph.node(n).op.as_str(), "prim::ListConstruct" | "prim::TupleConstruct") {
        return None;
    }
    let inputs: Option<Vec<Const>> = graph.node(n).inputs.iter().map(|i| known(graph, *i, program)).collect();
    evaluate(graph, n, &inputs?, program)?.pop()
}
