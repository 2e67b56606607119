//! The builtin names of the language.

use super::{Special, Sugared};
use crate::types::Type;
use std::rc::Rc;

/// A special form by the name that programs call it.
const SPECIALS: &[(&str, Special)] = &[
    ("annotate", Special::Annotate),
    ("awaitable", Special::Awaitable),
    ("cast", Special::Cast),
    ("dict", Special::Dict),
    ("enumerate", Special::Enumerate),
    ("fork", Special::Fork),
    ("getattr", Special::GetAttr),
    ("hasattr", Special::HasAttr),
    ("isinstance", Special::IsInstance),
    ("list", Special::List),
    ("range", Special::Range),
    ("slice", Special::Slice),
    ("tuple", Special::Tuple),
    ("zip", Special::Zip),
    ("__new__", Special::New),
    ("tolist", Special::ToList),
    ("__getitem__", Special::TensorItem),
    ("uninitialized", Special::Uninitialized),
];

/// Forms that are not names by themselves: they are attributes (`torch.jit.annotate`, `x.tolist`) or only printed.
const NOT_NAMES: &[Special] = &[
    Special::Annotate,
    Special::Awaitable,
    Special::Cast,
    Special::Fork,
    Special::New,
    Special::TensorItem,
    Special::ToList,
    Special::Uninitialized,
];

/// Functions that are operators, and the method that an object given first may define.
const FUNCTIONS: &[(&str, &str, Option<&str>)] = &[
    ("abs", "prim::abs", Some("__abs__")),
    ("all", "aten::all", None),
    ("any", "aten::any", None),
    ("bin", "aten::bin", None),
    ("chr", "aten::chr", None),
    ("divmod", "aten::divmod", None),
    ("hash", "aten::hash", Some("__hash__")),
    ("hex", "aten::hex", Some("__hex__")),
    ("id", "prim::id", None),
    ("len", "aten::len", Some("__len__")),
    ("max", "prim::max", None),
    ("min", "prim::min", None),
    ("oct", "aten::oct", Some("__oct__")),
    ("ord", "aten::ord", None),
    ("pow", "aten::pow", Some("__pow__")),
    ("rangelist", "prim::rangelist", None),
    ("round", "aten::round", Some("__round__")),
    ("sorted", "aten::sorted", None),
    ("sum", "aten::sum", None),
];

pub(super) fn special_name(s: Special) -> &'static str {
    SPECIALS.iter().find(|e| e.1 == s).map_or("tensor constructor", |e| e.0)
}

fn cast(method: &'static str, ty: Type, op: &'static str) -> Sugared {
    Sugared::Magic(method, Rc::new(Sugared::Cast(ty, op)))
}

/// A builtin of the language (`len`, `print`, `range`) by name. Local variables come before these, globals after.
pub fn builtin_name(name: &str) -> Option<Sugared> {
    if let Some((_, op, method)) = FUNCTIONS.iter().find(|e| e.0 == name) {
        let op = Sugared::Builtin((*op).into(), None);
        return Some(match method {
            Some(m) => Sugared::Magic(m, Rc::new(op)),
            None => op,
        });
    }
    if let Some((_, s)) = SPECIALS.iter().find(|e| e.0 == name && !NOT_NAMES.contains(&e.1)) {
        return Some(Sugared::Special(*s));
    }
    Some(match name {
        "print" => Sugared::Print,
        "float" => cast("__float__", Type::Float, "aten::Float"),
        "int" => cast("__int__", Type::Int, "aten::Int"),
        "bool" => cast("__bool__", Type::Bool, "aten::Bool"),
        "complex" => cast("__complex__", Type::Complex, "aten::Complex"),
        "str" => cast("__str__", Type::Str, "aten::str"),
        _ => return None,
    })
}
