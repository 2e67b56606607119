//! How TorchScript types look in generated code.
//!
//! A value is a short list of *leaves*, each of which fits a register: an `int` is one leaf, a tuple is the leaves of its members, `None` has
//! none. Types whose values are known only at run time (unions, `Any`, optional numbers) are two leaves, the tag and payload of a `Value`.

use crate::types::Type;
use tsrt::list::Elem;
use tsrt::value::tag;

/// One register of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    Int,
    Float,
    Bool,
    /// A pointer to a counted object.
    Ptr,
    /// The same, or null for `None`.
    OptPtr,
    /// The tag of a `Value`; its payload is the next leaf.
    Tag,
    Payload,
}

impl Leaf {
    /// Holds, or may hold, a count. A tag stands for itself and its payload.
    pub fn is_counted(self) -> bool {
        matches!(self, Leaf::Ptr | Leaf::OptPtr | Leaf::Tag)
    }
}

/// The leaves of a type.
pub fn leaves(ty: &Type) -> Vec<Leaf> {
    match ty {
        Type::Int | Type::Layout | Type::MemoryFormat | Type::QScheme | Type::Device | Type::Stream => vec![Leaf::Int],
        Type::Float => vec![Leaf::Float],
        Type::Bool => vec![Leaf::Bool],
        Type::Complex => vec![Leaf::Float, Leaf::Float],
        Type::None | Type::Function(_) => vec![],
        Type::Tensor
        | Type::Str
        | Type::List(_)
        | Type::Dict(..)
        | Type::Class(_)
        | Type::Enum(_)
        | Type::Future(_)
        | Type::Await(_)
        | Type::RRef(_)
        | Type::Generator
        | Type::Storage
        | Type::AnyList
        | Type::AnyTuple
        | Type::AnyClass
        | Type::AnyEnum => vec![Leaf::Ptr],
        Type::Tuple(t) => t.elems.iter().flat_map(leaves).collect(),
        Type::Optional(t) if leaves(t) == [Leaf::Ptr] => vec![Leaf::OptPtr],
        Type::Optional(_) | Type::Any | Type::Union(_) | Type::Number | Type::Var(_) => vec![Leaf::Tag, Leaf::Payload],
    }
}

/// The value is a tag and a payload.
pub fn is_dynamic(ty: &Type) -> bool {
    leaves(ty) == [Leaf::Tag, Leaf::Payload] && !matches!(ty, Type::Tuple(_))
}

/// Some leaf is counted.
pub fn is_counted(ty: &Type) -> bool {
    leaves(ty).iter().any(|l| l.is_counted())
}

/// The tag that values of a type have inside a `Value`; `None` for types that do not fix it.
pub fn tag_of(ty: &Type) -> Option<u64> {
    Some(match ty {
        Type::None | Type::Function(_) => tag::NONE,
        Type::Bool => tag::BOOL,
        Type::Int | Type::Layout | Type::MemoryFormat | Type::QScheme | Type::Stream => tag::INT,
        Type::Float => tag::FLOAT,
        Type::Complex => tag::COMPLEX,
        Type::Tensor => tag::TENSOR,
        Type::Str => tag::STR,
        Type::List(_) | Type::AnyList => tag::LIST,
        Type::Dict(..) => tag::DICT,
        Type::Tuple(_) | Type::AnyTuple => tag::TUPLE,
        Type::Class(_) | Type::AnyClass | Type::RRef(_) | Type::Storage => tag::OBJECT,
        Type::Device => tag::DEVICE,
        Type::Generator => tag::GENERATOR,
        Type::Future(_) | Type::Await(_) => tag::FUTURE,
        Type::Enum(_) | Type::AnyEnum => tag::ENUM,
        Type::Optional(_) | Type::Any | Type::Union(_) | Type::Number | Type::Var(_) => return None,
    })
}

/// How elements of a type lie in a list.
pub fn elem_of(ty: &Type) -> Elem {
    match ty {
        Type::Int | Type::Layout | Type::MemoryFormat | Type::QScheme | Type::Stream => Elem::I64,
        Type::Float => Elem::F64,
        Type::Bool => Elem::Bool,
        Type::Tuple(_) => Elem::Ptr,
        Type::Optional(t) if elem_of(t) == Elem::Ptr => Elem::Ptr,
        Type::Optional(_) => Elem::Val,
        t if leaves(t) == [Leaf::Ptr] => Elem::Ptr,
        _ => Elem::Val,
    }
}
