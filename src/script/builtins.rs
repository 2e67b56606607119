//! Which operators the functions of Python's and torch's modules are.

use crate::eval::{Interp, Obj};
use crate::types::DType;

/// Functions of `math`, `cmath`, `warnings` and the like whose operators have names of their own, by qualified name.
const NAMED: &[(&str, &str)] = &[
    ("_torch.tensor", "aten::tensor"),
    ("builtins.dict", "aten::dict"),
    ("cmath.phase", "aten::angle"),
    ("cmath.rect", "aten::polar"),
    ("collections.OrderedDict", "aten::dict"),
    ("math.fabs", "aten::fabs"),
    ("math.remainder", "aten::mathremainder"),
    ("torch._assert", "aten::_assert"),
    ("torch._C._get_tracing_state", "aten::_get_tracing_state"),
    ("torch._C._infer_size", "aten::_infer_size"),
    ("torch._jit_internal.is_scripting", "aten::is_scripting"),
    ("torch.autograd.backward", "aten::backward"),
    ("torch.autograd.grad", "aten::grad"),
    ("torch.device", "aten::device"),
    ("torch.Generator", "aten::Generator"),
    ("torch.is_grad_enabled", "aten::is_grad_enabled"),
    ("torch.jit._awaitable_nowait", "prim::awaitable_nowait"),
    ("torch.jit._awaitable_wait", "prim::awaitable_wait"),
    ("torch.jit._logging.add_stat_value", "prim::AddStatValue"),
    ("torch.jit._logging.time_point", "prim::TimePoint"),
    ("torch.jit._unwrap_optional", "aten::_unwrap_optional"),
    ("torch.jit.is_scripting", "aten::is_scripting"),
    ("torch.jit.is_tracing", "aten::_get_tracing_state"),
    ("torch.jit.wait", "aten::wait"),
    ("torch.nn.functional._no_grad_embedding_renorm_", "aten::_no_grad_embedding_renorm_"),
    ("torch.nn.functional.assert_int_or_pair", "aten::_assert_int_or_pair"),
    ("torch.nn.init._no_grad_fill_", "aten::_no_grad_fill_"),
    ("torch.nn.init._no_grad_normal_", "aten::_no_grad_normal_"),
    ("torch.nn.init._no_grad_uniform_", "aten::_no_grad_uniform_"),
    ("torch.nn.init._no_grad_zero_", "aten::_no_grad_zero_"),
    ("torch.nn.modules.utils._list_with_default", "aten::list_with_default"),
    ("torch.nn.modules.utils._pair", "aten::_pair"),
    ("torch.nn.modules.utils._quadruple", "aten::_quadruple"),
    ("torch.nn.modules.utils._single", "aten::_single"),
    ("torch.nn.modules.utils._triple", "aten::_triple"),
    ("torch.set_grad_enabled", "aten::set_grad_enabled"),
    ("warnings.warn", "aten::warn"),
];

/// Functions of `math` and `cmath` that are operators of the same name.
const SAME_NAME: &[&str] = &[
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ceil",
    "copysign",
    "cos",
    "cosh",
    "degrees",
    "erf",
    "erfc",
    "exp",
    "expm1",
    "factorial",
    "floor",
    "fmod",
    "frexp",
    "gamma",
    "gcd",
    "isfinite",
    "isinf",
    "isnan",
    "ldexp",
    "lgamma",
    "log",
    "log10",
    "log1p",
    "modf",
    "pow",
    "radians",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
];

/// Functions of `torch.functional` that are compiled from their Python text although an operator has their name.
const FROM_TEXT: &[&str] = &["cdist", "istft", "lu", "norm", "stft", "tensordot", "unique", "unique_consecutive"];

/// `torch.FloatTensor` and the like, which make tensors of a dtype.
const CONSTRUCTORS: &[(&str, DType)] = &[
    ("BoolTensor", DType::Bool),
    ("ByteTensor", DType::U8),
    ("CharTensor", DType::I8),
    ("DoubleTensor", DType::F64),
    ("FloatTensor", DType::F32),
    ("HalfTensor", DType::F16),
    ("IntTensor", DType::I32),
    ("LongTensor", DType::I64),
    ("ShortTensor", DType::I16),
];

/// Module and name of a function or class.
pub(super) fn place(obj: &Obj) -> Option<(String, String)> {
    match obj {
        Obj::Builtin(b) => Some((b.module.to_string(), b.name.to_string())),
        Obj::Function(f) => Some((f.scope.module.to_string(), f.name.borrow().to_string())),
        Obj::Class(c) => Some((c.module.to_string(), c.name.borrow().to_string())),
        Obj::Bound(b) => place(&b.func),
        _ => None,
    }
}

/// The operator that a function object stands for.
pub(super) fn operator(interp: &Interp, obj: &Obj) -> Option<String> {
    if !matches!(obj, Obj::Builtin(_) | Obj::Function(_) | Obj::Class(_)) {
        return None;
    }
    let (module, name) = place(obj)?;
    // Only what a module itself holds: a method or a nested function of that name is something else.
    let nested = matches!(obj, Obj::Function(f) if f.qualname.borrow().contains('.'));
    let full = format!("{module}.{name}");
    if !nested && let Some((_, op)) = NAMED.iter().find(|e| e.0 == full) {
        return Some((*op).to_owned());
    }
    if matches!(module.as_str(), "math" | "cmath") && SAME_NAME.contains(&name.as_str()) {
        return Some(format!("aten::{name}"));
    }
    if let Some(op) = interp.operator_of(obj) {
        return Some(op.to_string());
    }
    // torch.functional's Python wrappers (`torch.einsum`) are their operators, and so are the functions that the evaluator itself
    // provides (`torch.tensor`).
    let wrapper = match obj {
        Obj::Function(_) => matches!(module.as_str(), "torch.functional" | "torch") && !nested,
        Obj::Builtin(_) => module == "_torch",
        _ => false,
    };
    if wrapper && !FROM_TEXT.contains(&name.as_str()) {
        let op = format!("aten::{name}");
        return (!crate::ops::operators(&op).is_empty()).then_some(op);
    }
    None
}

/// The dtype of `torch.FloatTensor`, by its name.
pub(super) fn constructor(name: &str) -> Option<DType> {
    CONSTRUCTORS.iter().find(|e| e.0 == name).map(|e| e.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(NAMED.is_sorted_by_key(|e| e.0.to_lowercase()));
        assert!(SAME_NAME.is_sorted() && FROM_TEXT.is_sorted());
        assert!(CONSTRUCTORS.is_sorted_by_key(|e| e.0));
    }
}
