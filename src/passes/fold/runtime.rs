//! Operators evaluated by the runtime, as compiled code would call them.

use crate::graph::schema::operator_of;
use crate::graph::{Const, Graph, Node, Program};
use crate::types::Type;
use std::rc::Rc;
use tsrt::header::Ref;
use tsrt::list::{Elem, List};
use tsrt::str::Str;
use tsrt::tuple::Tuple;
use tsrt::value::{Value, tag};

/// Results larger than this stay computations.
const MAX_BYTES: usize = 1 << 20;

pub(super) fn evaluate(graph: &Graph, n: Node, inputs: &[Const], program: &Program) -> Option<Vec<Const>> {
    let node = graph.node(n);
    let schema = &operator_of(graph, n, program)?.schema;
    if schema.is_mutating() || schema.is_vararg || schema.is_varret {
        return None;
    }
    let function = tsrt::registry::find(&schema.qualified())?;
    let args: Option<Vec<Value>> = inputs.iter().zip(&schema.params).map(|(c, p)| to_value(c, &p.ty)).collect();
    let results = tsrt::registry::call(function, &args?, node.outputs.len()).ok()?;
    results.iter().zip(&node.outputs).map(|(v, o)| from_value(v, graph.ty(*o))).collect()
}

fn elem_of(ty: &Type) -> Elem {
    match ty {
        Type::Int | Type::Layout | Type::MemoryFormat => Elem::I64,
        Type::Float => Elem::F64,
        Type::Bool => Elem::Bool,
        Type::Tensor | Type::Str | Type::List(_) | Type::Dict(..) | Type::Class(_) | Type::Tuple(_) => Elem::Ptr,
        Type::Optional(t) if matches!(elem_of(t), Elem::Ptr) => Elem::Ptr,
        _ => Elem::Val,
    }
}

/// `None` for what the runtime has no form of here: dicts, objects, generators.
fn to_value(c: &Const, ty: &Type) -> Option<Value> {
    Some(match c {
        Const::None => Value::none(),
        Const::Bool(b) => Value::bool(*b),
        Const::Int(i) if *ty == Type::Float => Value::float(*i as f64),
        Const::Int(i) => Value::int(*i),
        Const::Float(d) => Value::float(*d),
        Const::Complex(re, im) => Value::complex(tsrt::Complex { re: *re, im: *im }),
        Const::Str(s) => Value::own(tag::STR, Str::new(s.as_bytes())),
        Const::Device { kind, index } => Value::device(*kind, *index),
        Const::Tensor(t) => Value::own(tag::TENSOR, t.clone()),
        Const::List(items, elem) => {
            let list = List::new(elem_of(elem), items.len());
            for i in items.iter() {
                list.push(to_value(i, elem)?).ok()?;
            }
            Value::own(tag::LIST, list)
        }
        Const::Tuple(items, _) => {
            let items: Option<Vec<Value>> = items.iter().map(|c| to_value(c, &Type::Any)).collect();
            let tuple: Ref<Tuple> = Tuple::new(items?.into_iter());
            Value::own(tag::TUPLE, tuple)
        }
        Const::Dict(..) | Const::Enum(..) | Const::Object(_) | Const::Generator(_) => return None,
    })
}

fn from_value(v: &Value, ty: &Type) -> Option<Const> {
    let ty = if let Type::Optional(t) = ty { t } else { ty };
    if v.is_none() {
        return Some(Const::None);
    }
    if let Some(t) = v.as_tensor() {
        let small = t.numel() * t.itemsize() <= MAX_BYTES;
        return small.then(|| Const::Tensor(t.clone()));
    }
    if let Some(s) = v.as_str() {
        return Some(Const::Str(s.into()));
    }
    if let Some(c) = v.as_complex() {
        return Some(Const::Complex(c.re, c.im));
    }
    if let Some((kind, index)) = v.as_device() {
        return Some(Const::Device { kind, index });
    }
    if let (Some(l), Type::List(elem)) = (v.as_list(), ty) {
        let items: Option<Vec<Const>> = l.iter().map(|v| from_value(&v, elem)).collect();
        return Some(Const::List(Rc::new(items?), (**elem).clone()));
    }
    if let (Some(t), Type::Tuple(types)) = (v.as_tuple(), ty) {
        let items: Option<Vec<Const>> = t.items().iter().zip(&types.elems).map(|(v, t)| from_value(v, t)).collect();
        return Some(Const::Tuple(Rc::new(items?), ty.clone()));
    }
    match v.as_scalar()? {
        tsrt::Scalar::Bool(b) => Some(Const::Bool(b)),
        tsrt::Scalar::Int(i) => Some(Const::Int(i)),
        tsrt::Scalar::Float(d) => Some(Const::Float(d)),
        tsrt::Scalar::Complex(c) => Some(Const::Complex(c.re, c.im)),
    }
}
