//! Subtyping and the unification of branches, after `jit_type.h` and `type.cpp` of PyTorch.

use super::{ClassRef, Type};
use std::rc::Rc;

/// What subtyping must know of classes: whether a class implements an interface.
pub trait Subtyping {
    fn implements(&self, class: &ClassRef, interface: &ClassRef) -> bool;
}

/// No interfaces.
impl Subtyping for () {
    fn implements(&self, _: &ClassRef, _: &ClassRef) -> bool {
        false
    }
}

impl Type {
    /// A value of `self` can stand where `other` is needed, without conversion. Containers are invariant, tuples covariant.
    pub fn is_subtype_of(&self, other: &Type, classes: &dyn Subtyping) -> bool {
        if self == other {
            return true;
        }
        match (self, other) {
            (_, Type::Any) => true,
            (Type::Union(m), _) => m.iter().all(|t| t.is_subtype_of(other, classes)),
            (Type::Optional(t), Type::Optional(o)) => t.is_subtype_of(o, classes),
            (Type::Optional(t), Type::Union(_)) => Type::None.is_subtype_of(other, classes) && t.is_subtype_of(other, classes),
            (Type::None, Type::Optional(_)) => true,
            (_, Type::Optional(o)) => self.is_subtype_of(o, classes),
            (_, Type::Union(m)) => m.iter().any(|t| self.is_subtype_of(t, classes)),
            (Type::Int | Type::Float | Type::Complex, Type::Number) => true,
            (Type::Tuple(_), Type::AnyTuple) | (Type::List(_), Type::AnyList) => true,
            (Type::Class(_), Type::AnyClass) | (Type::Enum(_), Type::AnyEnum) => true,
            (Type::Tuple(a), Type::Tuple(b)) => {
                a.elems.len() == b.elems.len()
                    && (b.names.is_none() || a.names.as_ref().map(|n| &n.fields) == b.names.as_ref().map(|n| &n.fields))
                    && a.elems.iter().zip(&b.elems).all(|(x, y)| x.is_subtype_of(y, classes))
            }
            (Type::Future(a), Type::Future(b)) | (Type::Await(a), Type::Await(b)) => a.is_subtype_of(b, classes),
            (Type::Class(a), Type::Class(b)) => b.is_interface && classes.implements(a, b),
            _ => false,
        }
    }
}

/// The type that values of both types have when two branches meet; `None` when there is none.
/// `default_to_union` also allows a union of the two, as an annotated variable does.
pub fn unify(a: &Type, b: &Type, default_to_union: bool, classes: &dyn Subtyping) -> Option<Type> {
    if a == b || b.is_subtype_of(a, classes) {
        return Some(a.clone());
    }
    if a.is_subtype_of(b, classes) {
        return Some(b.clone());
    }
    match (a, b) {
        (Type::None, t) | (t, Type::None) => return Some(Type::optional(t.clone())),
        (Type::Optional(x), y) | (y, Type::Optional(x)) => {
            let y = if let Type::Optional(y) = y { y } else { y };
            if let Some(t) = unify(x, y, false, classes) {
                return Some(Type::optional(t));
            }
        }
        (Type::Tuple(x), Type::Tuple(y)) if x.elems.len() == y.elems.len() => {
            let elems: Option<Vec<Type>> =
                x.elems.iter().zip(&y.elems).map(|(p, q)| unify(p, q, default_to_union, classes)).collect();
            if let Some(elems) = elems {
                return Some(Type::tuple(elems));
            }
        }
        (Type::Future(x), Type::Future(y)) => {
            if let Some(t) = unify(x, y, false, classes) {
                return Some(Type::Future(Rc::new(t)));
            }
        }
        _ => {}
    }
    default_to_union.then(|| union_of(vec![a.clone(), b.clone()]))
}

/// The members of a union: flattened, without those that others include, in PyTorch's order.
pub fn standardize(types: Vec<Type>, classes: &dyn Subtyping) -> Vec<Type> {
    let mut out: Vec<Type> = Vec::new();
    let mut todo: Vec<Type> = types.into_iter().rev().collect();
    while let Some(t) = todo.pop() {
        match t {
            Type::Union(m) => todo.extend(m.iter().rev().cloned()),
            Type::Optional(t) => {
                todo.push(Type::None);
                todo.push((*t).clone());
            }
            t if out.iter().any(|o| t.is_subtype_of(o, classes)) => {}
            t => {
                out.retain(|o| !o.is_subtype_of(&t, classes));
                out.push(t);
            }
        }
    }
    out.sort_by_cached_key(|t| (t.kind_order(), t.to_string()));
    out
}

/// The union of types: one member is itself, `None` and one other an optional.
pub fn union_of(members: Vec<Type>) -> Type {
    let mut flat = standardize(members, &());
    match flat.len() {
        1 => flat.swap_remove(0),
        2 if flat.contains(&Type::None) => {
            let t = flat.into_iter().find(|t| *t != Type::None).unwrap_or(Type::None);
            Type::optional(t)
        }
        _ => Type::Union(flat.into()),
    }
}

impl Type {
    /// See [`union_of`].
    pub fn union(members: Vec<Type>) -> Type {
        union_of(members)
    }

    /// The position of the kind of type in PyTorch's list, by which it sorts the members of unions.
    fn kind_order(&self) -> u8 {
        match self {
            Type::Any => 0,
            Type::Enum(_) => 1,
            Type::AnyEnum => 2,
            Type::Tensor => 3,
            Type::Storage => 4,
            Type::Tuple(_) => 5,
            Type::List(_) => 6,
            Type::Dict(..) => 7,
            Type::Number => 8,
            Type::Float => 9,
            Type::Complex => 10,
            Type::Future(_) => 11,
            Type::Await(_) => 12,
            Type::RRef(_) => 13,
            Type::Int => 14,
            Type::None => 15,
            Type::Str => 16,
            Type::Generator => 17,
            Type::Bool => 18,
            Type::Optional(_) => 19,
            Type::Var(_) => 20,
            Type::Device => 21,
            Type::Stream => 22,
            Type::Function(_) => 23,
            Type::Class(c) if !c.is_interface => 24,
            Type::Class(_) => 25,
            Type::QScheme => 26,
            Type::Layout => 27,
            Type::MemoryFormat => 28,
            Type::AnyList => 29,
            Type::AnyTuple => 30,
            Type::AnyClass => 31,
            Type::Union(_) => 32,
        }
    }
}
