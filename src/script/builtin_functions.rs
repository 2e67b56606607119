//! Operators that TorchScript defines by a small function of its own, inlined at each call: `2 - x` is `neg(x) + 2`.

use super::Emitter;
use crate::diag::Span;
use crate::graph::Value;
use crate::ops::Schema;
use crate::types::Type;
use std::collections::HashMap;

/// One such operator: what calls match, and the nodes that it stands for.
pub struct BuiltinFunction {
    pub schema: Schema,
    pub emit: fn(&mut Emitter, Span, &[Value]) -> Value,
}

type Emit = fn(&mut Emitter, Span, &[Value]) -> Value;

/// name and parameters, with `S` for each scalar type
const SCALAR: &[(&str, Emit)] = &[
    ("mul", |e, s, v| e.known(s, "aten::mul", "Scalar", &[v[1], v[0]], Type::Tensor)),
    ("add", |e, s, v| {
        let one = e.int(1, s);
        e.known(s, "aten::add", "Scalar", &[v[1], v[0], one], Type::Tensor)
    }),
    ("ne", |e, s, v| e.known(s, "aten::ne", "Scalar", &[v[1], v[0]], Type::Tensor)),
    ("eq", |e, s, v| e.known(s, "aten::eq", "Scalar", &[v[1], v[0]], Type::Tensor)),
    ("lt", |e, s, v| e.known(s, "aten::gt", "Scalar", &[v[1], v[0]], Type::Tensor)),
    ("le", |e, s, v| e.known(s, "aten::ge", "Scalar", &[v[1], v[0]], Type::Tensor)),
    ("gt", |e, s, v| e.known(s, "aten::lt", "Scalar", &[v[1], v[0]], Type::Tensor)),
    ("ge", |e, s, v| e.known(s, "aten::le", "Scalar", &[v[1], v[0]], Type::Tensor)),
    ("sub", |e, s, v| {
        let one = e.int(1, s);
        let neg = e.known(s, "aten::neg", "", &[v[1]], Type::Tensor);
        e.known(s, "aten::add", "Scalar", &[neg, v[0], one], Type::Tensor)
    }),
    ("div", |e, s, v| {
        let r = e.known(s, "aten::reciprocal", "", &[v[1]], Type::Tensor);
        e.known(s, "aten::mul", "Scalar", &[r, v[0]], Type::Tensor)
    }),
];

const OTHER: &[(&str, Emit)] = &[
    ("aten::_assert(bool condition, str message) -> NoneType", |e, s, v| {
        e.assert(s, v[0], v[1]);
        e.bare_constant(crate::graph::Const::None)
    }),
    ("aten::floordiv(Tensor self, Scalar other) -> Tensor", |e, s, v| {
        e.known(s, "aten::floor_divide", "Scalar", v, Type::Tensor)
    }),
    ("aten::floordiv(Tensor self, Tensor other) -> Tensor", |e, s, v| e.known(s, "aten::floor_divide", "", v, Type::Tensor)),
    ("aten::__contains__(str self, str key) -> bool", |e, s, v| {
        let none = e.int(-1, s);
        let start = e.int(0, s);
        let end = e.known(s, "aten::len", "str", &[v[0]], Type::Int);
        let at = e.known(s, "aten::find", "", &[v[0], v[1], start, end], Type::Int);
        e.known(s, "aten::ne", "int", &[at, none], Type::Bool)
    }),
    ("prim::ndim(Tensor a) -> int", |e, s, v| e.known(s, "aten::dim", "", v, Type::Int)),
    ("prim::T(Tensor a) -> Tensor", |e, s, v| e.known(s, "aten::numpy_T", "", v, Type::Tensor)),
    ("prim::H(Tensor a) -> Tensor", |e, s, v| e.known(s, "aten::matrix_H", "", v, Type::Tensor)),
    ("prim::mT(Tensor a) -> Tensor", |e, s, v| e.known(s, "aten::mT", "", v, Type::Tensor)),
    ("prim::mH(Tensor a) -> Tensor", |e, s, v| e.known(s, "aten::mH", "", v, Type::Tensor)),
    ("prim::shape(Tensor a) -> int[]", |e, s, v| e.known(s, "aten::size", "", v, Type::list(Type::Int))),
];

impl Emitter<'_> {
    /// A node of an operator whose overload and result are known.
    fn known(&mut self, span: Span, op: &str, overload: &str, inputs: &[Value], ty: Type) -> Value {
        let n = self.node(op, inputs, &[ty], span);
        self.graph.node_mut(n).overload = Some(overload.to_owned());
        self.graph.node(n).outputs[0]
    }
}

fn table() -> HashMap<String, Vec<BuiltinFunction>> {
    let mut all: HashMap<String, Vec<BuiltinFunction>> = HashMap::new();
    let mut add = |text: &str, emit: Emit| {
        if let Ok(schema) = Schema::parse(text) {
            all.entry(schema.name.to_string()).or_default().push(BuiltinFunction { schema, emit });
        }
    };
    for scalar in ["float", "int", "complex"] {
        // Complex numbers have no order.
        for (name, emit) in SCALAR.iter().filter(|(n, _)| scalar != "complex" || !matches!(*n, "lt" | "le" | "gt" | "ge")) {
            add(&format!("aten::{name}({scalar} a, Tensor b) -> Tensor"), *emit);
        }
    }
    for scalar in ["float", "int"] {
        for (name, n) in [("single", 1), ("pair", 2), ("triple", 3), ("quadruple", 4)] {
            add(&format!("aten::_{name}({scalar}[{n}] x) -> {scalar}[]"), |_, _, v| v[0]);
        }
    }
    for (text, emit) in OTHER {
        add(text, *emit);
    }
    all
}

/// The functions behind an operator, tried after its operators proper.
pub fn find(op: &str) -> &'static [BuiltinFunction] {
    thread_local! {
        static TABLE: &'static HashMap<String, Vec<BuiltinFunction>> = Box::leak(Box::new(table()));
    }
    TABLE.with(|t| t.get(op).map_or(&[][..], Vec::as_slice))
}
