//! Which operator a node calls.

use super::ir::{Graph, Node};
use super::program::{Function, Param, Program};
use super::repr;
use crate::ops::{self, Operator};
use crate::types::{Subtyping, Type};
use std::collections::HashMap;
use std::rc::Rc;

/// The operator of a node: its overload's when that is known, otherwise the first whose parameters the inputs fit. `None` for nodes
/// that are no operators (control flow, constants, calls).
pub fn operator_of(graph: &Graph, n: Node, program: &Program) -> Option<&'static Operator> {
    let node = graph.node(n);
    if let Some(overload) = &node.overload {
        return ops::operator(&node.op, overload);
    }
    let types: Vec<&Type> = node.inputs.iter().map(|v| graph.ty(*v)).collect();
    ops::operators(&node.op).iter().find(|op| accepts(op, &types, program))
}

/// The key in `program.library` of the function that executes an operator: its full name, and the type of the elements that it sorts.
pub fn library_key(full_name: &str, graph: &Graph, n: Node) -> String {
    match (full_name, graph.node(n).inputs.first().map(|v| graph.ty(*v))) {
        ("aten::sort.any" | "aten::sorted.any", Some(Type::List(elem))) => format!("{full_name}[{}]", elem.annotation()),
        _ => full_name.to_owned(),
    }
}

/// A function's signature as PyTorch writes schemas: `forward(__torch__.M self, Tensor x) -> Tensor`.
pub fn declaration(f: &Function, program: &Program) -> String {
    let param = |p: &Param| {
        let default = p.default.as_ref().map(|d| format!("={}", repr::constant(d, program, &mut |_| None)));
        format!("{} {}{}", p.ty, p.name, default.unwrap_or_default())
    };
    let params: Vec<String> = f.signature.params.iter().map(param).collect();
    let returns: Vec<String> = f.signature.returns.iter().map(Type::to_string).collect();
    let returns = match returns.as_slice() {
        [one] => one.clone(),
        all => format!("({})", all.join(", ")),
    };
    let name = f.name.rsplit('.').next().unwrap_or(&f.name);
    format!("{name}({}) -> {returns}", params.join(", "))
}

/// Sets the overload of every node that has none but fits one.
pub fn resolve(graph: &mut Graph, program: &Program) {
    for n in graph.walk() {
        if graph.node(n).overload.is_none()
            && let Some(op) = operator_of(graph, n, program)
        {
            graph.node_mut(n).overload = Some(op.schema.overload.to_string());
        }
    }
}

fn accepts(op: &Operator, types: &[&Type], classes: &dyn Subtyping) -> bool {
    let params = &op.schema.params;
    if types.len() < params.len() || (types.len() > params.len() && !op.schema.is_vararg) {
        return false;
    }
    let mut vars = HashMap::new();
    params.iter().zip(types).all(|(p, t)| fits(t, &p.ty, &mut vars, classes))
}

/// `actual` can stand for the parameter type `formal`, whose variables get bound.
fn fits(actual: &Type, formal: &Type, vars: &mut HashMap<Rc<str>, Type>, classes: &dyn Subtyping) -> bool {
    match (actual, formal) {
        (a, Type::Var(v)) => match vars.get(v) {
            Some(bound) => a.is_subtype_of(bound, classes),
            None => {
                vars.insert(v.clone(), a.clone());
                true
            }
        },
        (_, f) if !f.has_vars() => actual.is_subtype_of(f, classes),
        (Type::None, Type::Optional(_)) => true,
        (Type::Optional(a), Type::Optional(f)) => fits(a, f, vars, classes),
        (a, Type::Optional(f)) => fits(a, f, vars, classes),
        (Type::List(a), Type::List(f)) | (Type::Future(a), Type::Future(f)) => fits(a, f, vars, classes),
        (Type::Dict(ak, av), Type::Dict(fk, fv)) => fits(ak, fk, vars, classes) && fits(av, fv, vars, classes),
        (Type::Tuple(a), Type::Tuple(f)) => {
            a.elems.len() == f.elems.len() && a.elems.iter().zip(&f.elems).all(|(a, f)| fits(a, f, vars, classes))
        }
        _ => false,
    }
}
