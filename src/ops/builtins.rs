//! Overloads that PyTorch writes in TorchScript: a call of one is compiled from its source and inlined.
//!
//! They come after the operators of the name, so `2 + x` finds `aten::add(float a, Tensor b)` only when no operator takes it.

use super::schema::Schema;
use std::cell::RefCell;
use std::collections::HashMap;

/// A function that stands for an operator.
pub struct Builtin {
    pub schema: Schema,
    /// A `def` with annotations.
    pub source: String,
}

impl std::fmt::Debug for Builtin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.schema.text)
    }
}

/// Number on the left of a tensor: name and result.
const REVERSED: [(&str, &str); 10] = [
    ("mul", "b * a"),
    ("add", "b + a"),
    ("ne", "b != a"),
    ("eq", "b == a"),
    ("sub", "torch.neg(b) + a"),
    ("div", "torch.reciprocal(b) * a"),
    ("lt", "b > a"),
    ("le", "b >= a"),
    ("gt", "b < a"),
    ("ge", "b <= a"),
];

/// Names with and without an order on complex numbers.
const ORDERED: usize = 6;

const TUPLES: [&str; 4] = ["_single", "_pair", "_triple", "_quadruple"];

/// Attributes of tensors.
const PROPERTIES: [(&str, &str, &str); 5] = [
    ("ndim", "int", "a.dim()"),
    ("T", "Tensor", "a.numpy_T()"),
    ("H", "Tensor", "a.matrix_H()"),
    ("mT", "Tensor", "torch.transpose(a, -2, -1)"),
    ("mH", "Tensor", "torch.conj(torch.transpose(a, -2, -1))"),
];

thread_local! {
    static READ: RefCell<HashMap<String, &'static [Builtin]>> = RefCell::default();
}

/// The functions of an operator's name, in the order in which calls try them.
pub fn builtins(name: &str) -> &'static [Builtin] {
    if let Some(b) = READ.with_borrow(|r| r.get(name).copied()) {
        return b;
    }
    // Lives as long as the process, as the operators do.
    let all: &'static [Builtin] = Vec::leak(make(name));
    READ.with_borrow_mut(|r| r.insert(name.to_owned(), all));
    all
}

fn make(name: &str) -> Vec<Builtin> {
    let mut out = vec![];
    let mut add = |params: &str, annotated: String, returns: (&str, &str), body: &str| {
        let (_, plain) = name.split_once("::").unwrap_or(("", name));
        let source = format!("def {plain}({annotated}) -> {}:\n    return {body}\n", returns.1);
        if let Ok(schema) = Schema::parse(&format!("{plain}({params}) -> {}", returns.0)) {
            out.push(Builtin { schema, source });
        }
    };
    let (space, plain) = name.split_once("::").unwrap_or(("", name));
    if space == "prim" {
        if let Some((_, ty, body)) = PROPERTIES.iter().find(|p| p.0 == plain) {
            add("Tensor a", "a: Tensor".into(), (ty, ty), body);
        }
        return out;
    }
    if let Some(i) = REVERSED.iter().position(|r| r.0 == plain) {
        for scalar in ["float", "int", "complex"] {
            if i < ORDERED || scalar != "complex" {
                let annotated = format!("a: {scalar}, b: Tensor");
                add(&format!("{scalar} a, Tensor b"), annotated, ("Tensor", "Tensor"), REVERSED[i].1);
            }
        }
    }
    if let Some(i) = TUPLES.iter().position(|t| *t == plain) {
        for scalar in ["float", "int"] {
            let annotated = format!("x: BroadcastingList{}[{scalar}]", i + 1);
            let returns = (format!("{scalar}[]"), format!("List[{scalar}]"));
            add(&format!("{scalar}[{}] x", i + 1), annotated, (&returns.0, &returns.1), "x");
        }
    }
    if plain == "floordiv" {
        for (ty, annotation) in [("Scalar", "number"), ("Tensor", "Tensor")] {
            let annotated = format!("self: Tensor, other: {annotation}");
            add(&format!("Tensor self, {ty} other"), annotated, ("Tensor", "Tensor"), "torch.floor_divide(self, other)");
        }
    }
    out
}
