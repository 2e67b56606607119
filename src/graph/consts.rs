//! Constants in graphs: reading them off nodes, making nodes of them.

use super::ir::{Attr, Graph, Node, Value};
use super::program::{Const, Program};
use super::repr;
use crate::diag::Span;
use crate::types::{DType, Dim, TensorFacts, Type};

impl Graph {
    /// The value of a `prim::Constant`; `None` for anything else and for functions.
    pub fn const_of(&self, v: Value, program: &Program) -> Option<Const> {
        let n = self.def_node(v)?;
        if self.node(n).op != "prim::Constant" {
            return None;
        }
        let ty = self.ty(v);
        Some(match self.attr(n, "value") {
            None if matches!(ty, Type::Function(_)) => return None,
            None => Const::None,
            Some(Attr::Int(i)) if *ty == Type::Bool => Const::Bool(*i != 0),
            Some(Attr::Int(i)) => Const::Int(*i),
            Some(Attr::Float(d)) => Const::Float(*d),
            Some(Attr::Complex(re, im)) => Const::Complex(*re, *im),
            Some(Attr::Str(s)) if *ty == Type::Device => {
                let (kind, index) = repr::parse_device(s)?;
                Const::Device { kind, index }
            }
            Some(Attr::Str(s)) => Const::Str(s.as_str().into()),
            Some(Attr::Ints(v)) => Const::List(std::rc::Rc::new(v.iter().map(|i| Const::Int(*i)).collect()), Type::Int),
            Some(Attr::Floats(v)) => Const::List(std::rc::Rc::new(v.iter().map(|d| Const::Float(*d)).collect()), Type::Float),
            Some(Attr::Strs(v)) => {
                Const::List(std::rc::Rc::new(v.iter().map(|s| Const::Str(s.as_str().into())).collect()), Type::Str)
            }
            Some(Attr::Const(c)) => program.consts.get(*c as usize)?.clone(),
            Some(Attr::Type(_) | Attr::Types(_) | Attr::Function(_) | Attr::Graph(_)) => return None,
        })
    }

    pub fn is_const(&self, v: Value) -> bool {
        self.def_node(v).is_some_and(|n| self.node(n).op == "prim::Constant")
    }

    pub fn const_int(&self, v: Value) -> Option<i64> {
        match (self.ty(v), self.def_node(v).and_then(|n| self.attr(n, "value"))) {
            (Type::Int | Type::Number | Type::Any, Some(Attr::Int(i))) if self.is_const(v) => Some(*i),
            _ => None,
        }
    }

    pub fn const_bool(&self, v: Value) -> Option<bool> {
        match (self.ty(v), self.def_node(v).and_then(|n| self.attr(n, "value"))) {
            (Type::Bool, Some(Attr::Int(i))) if self.is_const(v) => Some(*i != 0),
            _ => None,
        }
    }

    /// The value can only be `None`.
    pub fn must_be_none(&self, v: Value) -> bool {
        let bare = |n: Node| self.node(n).op == "prim::Constant" && self.node(n).attrs.is_empty();
        *self.ty(v) == Type::None || (self.ty(v).is_optional_like() && self.def_node(v).is_some_and(bare))
    }

    /// A constant node that stands nowhere yet.
    pub fn new_constant(&mut self, c: &Const, span: Option<Span>, program: &mut Program) -> Node {
        let n = self.new_node("prim::Constant", &[], &[const_type(c, program)], span);
        let attr = match c {
            Const::None => return n,
            Const::Bool(b) => Attr::Int(*b as i64),
            Const::Int(i) => Attr::Int(*i),
            Const::Float(d) => Attr::Float(*d),
            Const::Complex(re, im) => Attr::Complex(*re, *im),
            Const::Str(s) => Attr::Str(s.to_string()),
            Const::Device { kind, index } => Attr::Str(repr::device(*kind, *index)),
            other => Attr::Const(program.add_const(other.clone())),
        };
        self.set_attr(n, "value", attr);
        if let Const::Tensor(t) = c {
            let v = self.node(n).outputs[0];
            self.facts.insert(v, tensor_facts(t));
            self.requires_grad.insert(v, t.requires_grad());
        }
        n
    }

    /// A constant just before `place`; its value.
    pub fn insert_constant(&mut self, place: Node, c: &Const, program: &mut Program) -> Value {
        let n = self.new_constant(c, None, program);
        self.insert_before(place, n);
        self.node(n).outputs[0]
    }
}

/// Everything there is to know of a live tensor's layout.
pub fn tensor_facts(t: &tsrt::Tensor) -> TensorFacts {
    TensorFacts {
        dtype: DType::from_number(t.dtype() as u8 as i64),
        dims: Some(t.sizes().iter().map(|s| Dim::Const(*s)).collect()),
        contiguous: t.is_contiguous(),
    }
}

/// The type of a constant.
pub fn const_type(c: &Const, program: &Program) -> Type {
    match c {
        Const::None => Type::None,
        Const::Bool(_) => Type::Bool,
        Const::Int(_) => Type::Int,
        Const::Float(_) => Type::Float,
        Const::Complex(..) => Type::Complex,
        Const::Str(_) => Type::Str,
        Const::Device { .. } => Type::Device,
        Const::Tensor(_) => Type::Tensor,
        Const::List(_, elem) => Type::list(elem.clone()),
        Const::Dict(_, k, v) => Type::dict(k.clone(), v.clone()),
        Const::Tuple(_, ty) => ty.clone(),
        Const::Enum(e, _) => Type::Enum(e.clone()),
        Const::Object(o) => Type::Class(program.class(program.object(*o).class).class.clone()),
        Const::Generator(_) => Type::Generator,
    }
}

/// Equal as values; tensors when they are one object or hold the same elements.
pub fn same(a: &Const, b: &Const) -> bool {
    let all = |x: &[Const], y: &[Const]| x.len() == y.len() && x.iter().zip(y).all(|(a, b)| same(a, b));
    match (a, b) {
        (Const::None, Const::None) => true,
        (Const::Bool(a), Const::Bool(b)) => a == b,
        (Const::Int(a), Const::Int(b)) => a == b,
        (Const::Float(a), Const::Float(b)) => a == b,
        (Const::Complex(a, b), Const::Complex(c, d)) => a == c && b == d,
        (Const::Str(a), Const::Str(b)) => a == b,
        (Const::Device { kind, index }, Const::Device { kind: k, index: i }) => kind == k && index == i,
        (Const::Tensor(a), Const::Tensor(b)) => a.same(b) || same_elements(a, b),
        (Const::List(a, t), Const::List(b, u)) => t == u && all(a, b),
        (Const::Tuple(a, t), Const::Tuple(b, u)) => t == u && all(a, b),
        (Const::Dict(a, ..), Const::Dict(b, ..)) => {
            a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| same(&x.0, &y.0) && same(&x.1, &y.1))
        }
        (Const::Enum(e, i), Const::Enum(f, j)) => e == f && i == j,
        (Const::Object(a), Const::Object(b)) => a == b,
        _ => false,
    }
}

/// Same element type, shape and bytes.
fn same_elements(a: &tsrt::Tensor, b: &tsrt::Tensor) -> bool {
    if a.dtype() as u8 != b.dtype() as u8 || a.sizes() != b.sizes() {
        return false;
    }
    if a.numel() == 0 {
        return true;
    }
    let (Ok(a), Ok(b)) = (a.contiguous(), b.contiguous()) else { return false };
    // SAFETY: a contiguous tensor's elements lie one after another from its data pointer.
    let bytes = |t: &tsrt::Tensor| unsafe { std::slice::from_raw_parts(t.data_ptr(), t.numel() * t.itemsize()) };
    bytes(&a) == bytes(&b)
}
