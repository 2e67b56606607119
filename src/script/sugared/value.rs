//! Attributes, items and elements of graph values, by their types.

use super::{Special, Sugared, fail};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Attribute, ClassId, Const, Value};
use crate::script::{Arg, Emitter};
use crate::types::{ClassRef, DType, EnumRef, Type};
use std::rc::Rc;

/// Methods of tensors that convert to a dtype.
const TENSOR_CASTS: &[(&str, DType)] = &[
    ("byte", DType::U8),
    ("cdouble", DType::C128),
    ("cfloat", DType::C64),
    ("char", DType::I8),
    ("double", DType::F64),
    ("float", DType::F32),
    ("half", DType::F16),
    ("int", DType::I32),
    ("long", DType::I64),
    ("short", DType::I16),
];

/// Properties of tensors and the operators that read them.
const TENSOR_PROPERTIES: &[(&str, &str)] = &[
    ("H", "aten::matrix_H"),
    ("T", "aten::numpy_T"),
    ("data", "prim::data"),
    ("device", "prim::device"),
    ("dtype", "prim::dtype"),
    ("grad", "prim::grad"),
    ("imag", "aten::imag"),
    ("is_cpu", "prim::is_cpu"),
    ("is_cuda", "prim::is_cuda"),
    ("is_ipu", "prim::is_ipu"),
    ("is_leaf", "aten::is_leaf"),
    ("is_maia", "prim::is_maia"),
    ("is_meta", "prim::is_meta"),
    ("is_mkldnn", "prim::is_mkldnn"),
    ("is_mps", "prim::is_mps"),
    ("is_mtia", "prim::is_mtia"),
    ("is_nested", "prim::is_nested"),
    ("is_quantized", "prim::is_quantized"),
    ("is_sparse", "prim::is_sparse"),
    ("is_sparse_csr", "prim::is_sparse_csr"),
    ("is_vulkan", "prim::is_vulkan"),
    ("is_xla", "prim::is_xla"),
    ("is_xpu", "prim::is_xpu"),
    ("itemsize", "prim::itemsize"),
    ("layout", "prim::layout"),
    ("mH", "aten::mH"),
    ("mT", "aten::mT"),
    ("name", "prim::name"),
    ("nbytes", "prim::nbytes"),
    ("ndim", "aten::dim"),
    ("real", "aten::real"),
    ("requires_grad", "prim::requires_grad"),
    ("retains_grad", "aten::retains_grad"),
    ("shape", "aten::size"),
];

fn lookup<T: Copy>(table: &[(&str, T)], name: &str) -> Option<T> {
    table.iter().find(|e| e.0 == name).map(|e| e.1)
}

pub(super) fn attr(em: &mut Emitter, span: Span, v: Value, name: &str) -> Result<Sugared> {
    let ty = em.ty(v).clone();
    let property = match &ty {
        Type::Tensor => {
            if let Some(dtype) = lookup(TENSOR_CASTS, name) {
                return Ok(Sugared::TensorCast(dtype, Arg::named(span, "self", v)));
            }
            lookup(TENSOR_PROPERTIES, name)
        }
        Type::Device => lookup(&[("type", "prim::type"), ("index", "prim::index")], name),
        _ => None,
    };
    if let Some(op) = property {
        return Ok(Sugared::Value(em.op(span, op, &[v])?));
    }
    match &ty {
        Type::Tuple(t) => {
            if let Some(i) = t.names.as_ref().and_then(|n| n.fields.iter().position(|f| &**f == name)) {
                let index = em.constant(Const::Int(i as i64), span);
                return Ok(Sugared::Value(em.value("prim::TupleIndex", &[v, index], t.elems[i].clone(), span)));
            }
        }
        Type::Class(c) => {
            if let Some(found) = object_attr(em, span, v, c, name)? {
                return Ok(found);
            }
        }
        Type::Enum(e) => match name {
            "name" => return Ok(Sugared::Value(em.value("prim::EnumName", &[v], Type::Str, span))),
            "value" => return Ok(Sugared::Value(em.value("prim::EnumValue", &[v], (*e.value).clone(), span))),
            _ => {}
        },
        Type::Await(t) => {
            let waited = em.value("prim::awaitable_wait", &[v], (**t).clone(), span);
            return attr(em, span, waited, name);
        }
        _ => {}
    }
    let operator = if name == "type" { "aten::to".to_owned() } else { format!("aten::{name}") };
    if em.has_method_operator(&operator, &ty) {
        return Ok(Sugared::Builtin(operator.as_str().into(), Some(Arg::named(span, "self", v))));
    }
    match (&ty, name) {
        (Type::Tensor, "tolist") => return Ok(Sugared::Special(Special::ToList)),
        (Type::Tensor, "__getitem__") => return Ok(Sugared::Special(Special::TensorItem)),
        _ => {}
    }
    Err(Box::new(missing(em, span, &ty, name)))
}

/// The diagnostic of an attribute that is not there.
fn missing(em: &Emitter, span: Span, ty: &Type, name: &str) -> Diagnostic {
    let d = Diagnostic::new(Code::Name, span, format!("'{}' object has no attribute or method '{name}'", ty.annotation()));
    match ty {
        Type::Class(c) => {
            let class = em.compiler.program.class_of(c);
            if class.constants.iter().any(|(n, _)| n == name) {
                return d.help(format!(
                    "'{name}' is a class attribute, which scripted classes do not have: assign it in __init__ instead"
                ));
            }
            let mut known: Vec<&str> = class.attributes.iter().map(|a| a.name.as_str()).collect();
            known.extend(class.methods.iter().map(|(n, _)| n.as_str()));
            known.extend(class.properties.iter().map(|(n, ..)| n.as_str()));
            let d = d.help(match name.strip_prefix("__") {
                Some(_) => format!("define {name} in the class"),
                None => "attributes must be assigned in __init__".to_owned(),
            });
            match nearest(name, known.iter().copied()) {
                Some(near) => d.help(format!("there is '{near}'")),
                None => d,
            }
        }
        Type::Tensor | Type::List(_) | Type::Dict(..) | Type::Str => {
            let known = crate::ops::similar(&format!("aten::{name}"));
            let methods = known.iter().filter(|n| em.has_method_operator(n, ty)).filter_map(|n| n.strip_prefix("aten::"));
            match nearest(name, methods) {
                Some(near) => d.help(format!("there is '{near}'")),
                None => d,
            }
        }
        Type::Optional(_) => d.help("the value may be None here: test `if x is not None` before"),
        Type::Union(_) | Type::Any => d.help("refine the type with `assert isinstance(x, T)` before"),
        _ => d,
    }
}

/// The name that `name` was probably meant to be.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let n = name.chars().count();
    if n > 64 {
        return None;
    }
    let limit = (1 + n / 4).min(n.saturating_sub(1));
    known.map(|k| (distance(name, k), k)).filter(|(d, _)| *d <= limit).min().map(|(_, k)| k)
}

/// Number of insertions, removals, replacements and exchanges of neighbours between two words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut best = (rows[i][j] + (x != y) as usize).min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

/// Method, attribute or property of an object.
fn object_attr(em: &mut Emitter, span: Span, v: Value, class: &ClassRef, name: &str) -> Result<Option<Sugared>> {
    let c = em.compiler.program.class_of(class);
    if class.is_interface {
        let signature = c.interface.iter().find(|(n, _)| n == name).map(|(_, s)| s.clone());
        return Ok(
            signature.map(|signature| Sugared::Other(Rc::new(InterfaceMethod { object: v, name: name.to_owned(), signature })))
        );
    }
    if let Some(f) = c.method(name) {
        return Ok(Some(Sugared::Method(v, vec![(name.to_owned(), f)])));
    }
    if let Some(a) = c.attributes.iter().find(|a| a.name == name) {
        let ty = a.ty.clone();
        return Ok(Some(Sugared::Value(em.get_attr(v, name, ty, span))));
    }
    if let Some((_, getter, _)) = c.properties.iter().find(|(n, ..)| n == name) {
        let getter = accessor(em, *getter);
        return Sugared::Method(v, vec![getter]).call(em, span, &[], &[], 1).map(Some);
    }
    if c.class.is_module
        && let Some((_, value)) = c.constants.iter().find(|(n, _)| n == name)
    {
        let value = value.clone();
        return Ok(Some(Sugared::Value(em.constant(value, span))));
    }
    Ok(None)
}

/// A property's accessor with the name that the class calls it.
fn accessor(em: &Emitter, f: crate::graph::FunctionId) -> (String, crate::graph::FunctionId) {
    let name = em.compiler.program.function(f).name.rsplit('.').next().unwrap_or("").to_owned();
    (name, f)
}

pub(super) fn has_attr(em: &mut Emitter, span: Span, v: Value, name: &str) -> Result<bool> {
    match em.ty(v) {
        Type::Class(c) => {
            let c = em.compiler.program.class_of(c);
            Ok(c.method(name).is_some()
                || c.slot(name).is_some()
                || c.properties.iter().any(|(n, ..)| n == name)
                || c.interface.iter().any(|(n, _)| n == name)
                || (c.class.is_module && c.constants.iter().any(|(n, _)| n == name)))
        }
        Type::Tuple(t) if t.names.is_some() => Ok(t.names.iter().any(|n| n.fields.iter().any(|f| &**f == name))),
        t => {
            let message = format!("hasattr's first argument must be an object or NamedTuple, found {}", t.annotation());
            fail(Code::Type, span, message)
        }
    }
}

pub(super) fn set_attr(em: &mut Emitter, span: Span, object: Value, name: &str, value: Value) -> Result<()> {
    let (ty, new) = (em.ty(object).clone(), em.ty(value).clone());
    let Type::Class(class) = &ty else {
        return fail(Code::Type, span, format!("tried to set the attribute '{name}' on a non-class: {}", ty.annotation()));
    };
    let id = ClassId(class.id);
    let c = em.compiler.program.class(id);
    if let Some(a) = c.attributes.iter().find(|a| a.name == name) {
        if !new.is_subtype_of(&a.ty, &em.compiler.program) {
            let message =
                format!("wrong type for attribute '{name}': expected {}, found {}", a.ty.annotation(), new.annotation());
            let d = Diagnostic::new(Code::Type, span, message);
            return Err(Box::new(d.help("the first assignment (or the annotation) of an attribute fixes its type")));
        }
        em.set_attr(object, name, value, span);
        return Ok(());
    }
    if !em.is_init_of(&ty) {
        let property = c.properties.iter().find(|(n, ..)| n == name).map(|(_, _, setter)| *setter);
        return match property {
            Some(Some(setter)) => {
                let setter = accessor(em, setter);
                Sugared::Method(object, vec![setter]).call(em, span, &[Arg::new(span, value)], &[], 1).map(|_| ())
            }
            Some(None) => fail(Code::Type, span, format!("tried to set the read-only attribute '{name}'")),
            None => {
                let known: Vec<String> = c.attributes.iter().map(|a| a.name.clone()).collect();
                let d = Diagnostic::new(
                    Code::Name,
                    span,
                    format!("tried to set the attribute '{name}', which '{}' does not have", class.name),
                );
                let d = d.help("attributes must be assigned in __init__ first");
                Err(Box::new(match nearest(name, known.iter().map(String::as_str)) {
                    Some(near) => d.help(format!("there is '{near}'")),
                    None => d,
                }))
            }
        };
    }
    if contains(&new, class) {
        let message = format!("the attribute '{name}' cannot hold '{}', whose instances would contain themselves", class.name);
        return fail(Code::Unsupported, span, message);
    }
    if !em.is_at_top() {
        let d = Diagnostic::new(
            Code::Type,
            span,
            format!("the first assignment of the attribute '{name}' stands in a conditional block"),
        );
        return Err(Box::new(d.help("assign it at the top level of __init__ first")));
    }
    let attribute = Attribute { name: name.to_owned(), ty: new, is_parameter: false, is_buffer: false };
    if let Some(c) = em.compiler.program.classes.get_mut(class.id as usize) {
        c.attributes.push(attribute);
    }
    em.set_attr(object, name, value, span);
    Ok(())
}

fn contains(ty: &Type, class: &ClassRef) -> bool {
    matches!(ty, Type::Class(c) if c == class) || ty.contained().into_iter().any(|t| contains(t, class))
}

pub(super) fn getitem(em: &mut Emitter, span: Span, v: Value, index: Value, hint: Option<&Type>) -> Result<Sugared> {
    let ty = em.ty(v).clone();
    let value = match &ty {
        Type::List(_) | Type::Str | Type::Dict(..) => em.op(span, "aten::__getitem__", &[v, index])?,
        Type::Tensor => {
            let zero = em.constant(Const::Int(0), span);
            em.op(span, "aten::select", &[v, zero, index])?
        }
        Type::Class(c) if c.is_module && hint.is_some() => {
            em.value("prim::ModuleContainerIndex", &[v, index], hint.cloned().unwrap_or(Type::Any), span)
        }
        Type::Class(_) => {
            let method = attr(em, span, v, "__getitem__")?;
            return method.call(em, span, &[Arg::new(span, index)], &[], 1);
        }
        t => return fail(Code::Type, span, format!("'{}' object is not subscriptable", t.annotation())),
    };
    Ok(Sugared::Value(value))
}

pub(super) fn iterate(em: &mut Emitter, span: Span, v: Value) -> Result<Sugared> {
    Ok(match em.ty(v) {
        Type::List(_) | Type::Str | Type::Tensor => Sugared::Value(v),
        Type::Dict(..) => Sugared::Value(em.op(span, "aten::keys", &[v])?),
        Type::Tuple(_) => Sugared::Tuple(em.tuple_unpack(v, span).into_iter().map(Sugared::Value).collect()),
        t => {
            let message = format!("'{}' object is not iterable", t.annotation());
            return fail(Code::Type, span, message);
        }
    })
}

pub(super) fn as_tuple(em: &mut Emitter, span: Span, v: Value, size: Option<usize>) -> Result<Vec<Sugared>> {
    let values = match (em.ty(v), size) {
        (Type::Tuple(_), _) => em.tuple_unpack(v, span),
        (Type::List(elem), Some(n)) => {
            let types = vec![(**elem).clone(); n];
            let node = em.node("prim::ListUnpack", &[v], &types, span);
            em.graph.node(node).outputs.clone()
        }
        (Type::List(_), None) => return fail(Code::Type, span, "cannot tell how many elements the list has here"),
        (Type::AnyTuple, _) => {
            return fail(
                Code::Type,
                span,
                "the tuple's element types are not known here; refine it to a type like Tuple[int, int]",
            );
        }
        (t, _) => {
            let message = format!("{} cannot be used as a tuple", t.annotation());
            return fail(Code::Type, span, message);
        }
    };
    Ok(values.into_iter().map(Sugared::Value).collect())
}

/// `Color.RED`
pub(super) fn enum_member(em: &mut Emitter, span: Span, e: &EnumRef, name: &str) -> Result<Sugared> {
    let members = &em.compiler.program.enums[e.id as usize].members;
    match members.iter().position(|(n, _)| n == name) {
        Some(i) => Ok(Sugared::Value(em.constant(Const::Enum(e.clone(), i as u32), span))),
        None => {
            let d = Diagnostic::new(Code::Name, span, format!("enum '{}' has no member '{name}'", e.name));
            let known: Vec<&str> = members.iter().map(|(n, _)| n.as_str()).collect();
            Err(Box::new(d.help(format!("its members are {}", known.join(", ")))))
        }
    }
}

/// The list of all members.
pub(super) fn enum_members(em: &mut Emitter, span: Span, e: &EnumRef) -> Value {
    let n = em.compiler.program.enums[e.id as usize].members.len() as u32;
    let members = (0..n).map(|i| Const::Enum(e.clone(), i)).collect();
    em.constant(Const::List(Rc::new(members), Type::Enum(e.clone())), span)
}

/// `Class.__new__`; static methods are found where the class comes from.
pub(super) fn class_attr(em: &mut Emitter, span: Span, c: ClassId, name: &str) -> Result<Sugared> {
    if name == "__new__" {
        return Ok(Sugared::Special(Special::New));
    }
    let class = em.compiler.program.class(c);
    if let Some(f) = class.method(name)
        && em.compiler.program.function(f).class.is_none()
    {
        return Ok(Sugared::Function(vec![f]));
    }
    // A module's hooks are called by those who call the module.
    let hooks = class.forward_pre_hooks.iter().chain(&class.forward_hooks);
    let is_it = |f: &&crate::graph::FunctionId| em.compiler.program.function(**f).name.rsplit('.').next() == Some(name);
    if let Some(f) = hooks.clone().find(is_it) {
        return Ok(Sugared::Function(vec![*f]));
    }
    fail(Code::Name, span, format!("class '{}' has no static method '{name}'", class.class.name))
}

/// A method of an interface, known by its signature.
struct InterfaceMethod {
    object: Value,
    name: String,
    signature: crate::graph::Signature,
}

impl super::SugaredObject for InterfaceMethod {
    fn kind(&self) -> String {
        "method".into()
    }
    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], _: usize) -> Result<Sugared> {
        Ok(Sugared::Value(em.call_interface(span, self.object, &self.name, &self.signature, args, kwargs)?))
    }
}
