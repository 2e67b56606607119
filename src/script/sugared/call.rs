//! Calls of builtins, casts, functions, methods and classes.

use super::{Sugared, fail};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{ClassId, Const, Param, Signature, Value};
use crate::script::{Arg, Emitter};
use crate::types::Type;

pub(super) fn call(
    callee: &Sugared,
    em: &mut Emitter,
    span: Span,
    args: &[Arg],
    kwargs: &[Arg],
    binders: usize,
) -> Result<Sugared> {
    let value = match callee {
        Sugared::Print if em.is_python(span) => return em.python_print(span, args, kwargs),
        Sugared::Print => {
            if let Some(k) = kwargs.first() {
                return fail(Code::Unsupported, k.span, "print takes no keyword arguments in TorchScript");
            }
            let inputs: Vec<Value> = args.iter().map(|a| a.value).collect();
            em.node("prim::Print", &inputs, &[], span);
            return Ok(Sugared::Nothing);
        }
        Sugared::Builtin(op, this) if &**op == "aten::format" && em.is_python(span) => {
            em.call_operator(span, "tsaot::format", args, kwargs, this.clone())?
        }
        Sugared::Builtin(op, this) => em.call_operator(span, op, args, kwargs, this.clone())?,
        Sugared::Cast(Type::Str, _) if em.is_python(span) && args.len() == 1 && kwargs.is_empty() => {
            em.op(span, "tsaot::text", &[args[0].value])?
        }
        Sugared::Cast(ty, op) => cast(em, span, ty, op, args, kwargs)?,
        Sugared::TensorCast(dtype, this) => {
            let dtype = em.constant(Const::Int(dtype.number()), span);
            let named = [Arg::named(this.span, "self", this.value), Arg::named(span, "dtype", dtype)];
            em.call_operator(span, "aten::to", args, &named, None)?
        }
        Sugared::Magic(method, base) => {
            return match args.split_first() {
                Some((first, rest)) if matches!(em.ty(first.value), Type::Class(_)) => {
                    Sugared::Value(first.value).attr(em, span, method)?.call(em, span, rest, kwargs, binders)
                }
                _ => base.call(em, span, args, kwargs, binders),
            };
        }
        Sugared::Exception(name) => return exception(em, span, name, args, kwargs),
        Sugared::Function(callees) => {
            if em.is_python(span) {
                let types: Vec<_> = args.iter().chain(kwargs).map(|a| (a.name.clone(), em.ty(a.value).clone())).collect();
                callees.iter().for_each(|f| em.compiler.note_arguments(*f, &types));
            }
            for f in callees {
                em.compiler.require(*f, span)?;
            }
            em.call_function(span, callees, args, kwargs)?
        }
        Sugared::Method(object, methods) => {
            for (_, f) in methods {
                em.compiler.require(*f, span)?;
            }
            em.call_method(span, *object, methods, args, kwargs)?
        }
        Sugared::NamedTuple(ty) => named_tuple(em, span, ty, &[], args, kwargs)?,
        Sugared::Class(c) => make(em, span, *c, args, kwargs)?,
        Sugared::Value(v) if matches!(em.ty(*v), Type::Class(_)) => {
            let module = matches!(em.ty(*v), Type::Class(c) if c.is_interface && c.is_module);
            let method = if module { "forward" } else { "__call__" };
            return callee.attr(em, span, method)?.call(em, span, args, kwargs, binders);
        }
        Sugared::Enum(e) => {
            let d = Diagnostic::new(
                Code::Unsupported,
                span,
                format!("making a member of enum '{}' from a value is not supported", e.name),
            );
            return Err(Box::new(d.help("name the member, or compare values: Color.RED")));
        }
        other => return fail(Code::Type, span, format!("cannot call a {}", other.describe(em))),
    };
    Ok(Sugared::Value(value))
}

/// `int(x)`, `bool(xs)`: nothing to do for a value that has the type.
fn cast(em: &mut Emitter, span: Span, ty: &Type, op: &str, args: &[Arg], kwargs: &[Arg]) -> Result<Value> {
    if let ([arg], []) = (args, kwargs) {
        let have = em.ty(arg.value);
        if have.is_subtype_of(ty, &em.compiler.program) {
            return Ok(arg.value);
        }
        if *ty == Type::Bool && matches!(have, Type::List(_) | Type::Str | Type::Dict(..)) {
            let len = em.op(span, "aten::len", &[arg.value])?;
            let zero = em.constant(Const::Int(0), span);
            return em.op(span, "aten::gt", &[len, zero]);
        }
    }
    em.call_operator(span, op, args, kwargs, None)
}

/// `ValueError("no", x)`: its message, or the tuple of several.
fn exception(em: &mut Emitter, span: Span, name: &str, args: &[Arg], kwargs: &[Arg]) -> Result<Sugared> {
    let values: Vec<Value> = args.iter().chain(kwargs).map(|a| a.value).collect();
    let message = match values.as_slice() {
        [] => em.constant(Const::Str("".into()), span),
        [one] => *one,
        many => em.tuple(many, None, span),
    };
    let class = em.constant(Const::Str(name.into()), span);
    Ok(Sugared::Raised(message, Some(class)))
}

/// Makes a NamedTuple. `defaults` belong to its last fields.
pub(crate) fn named_tuple(
    em: &mut Emitter,
    span: Span,
    ty: &Type,
    defaults: &[Const],
    args: &[Arg],
    kwargs: &[Arg],
) -> Result<Value> {
    let Type::Tuple(t) = ty else { return fail(Code::Internal, span, "a NamedTuple class without fields") };
    let Some(names) = &t.names else { return fail(Code::Internal, span, "a NamedTuple class without names") };
    let first_default = t.elems.len().saturating_sub(defaults.len());
    let param = |(i, (name, ty)): (usize, (&std::rc::Rc<str>, &Type))| Param {
        name: name.to_string(),
        ty: ty.clone(),
        default: i.checked_sub(first_default).and_then(|i| defaults.get(i)).cloned(),
        kw_only: false,
        broadcast: None,
    };
    let params = names.fields.iter().zip(&t.elems).enumerate().map(param).collect();
    let signature = Signature { params, returns: vec![ty.clone()] };
    let values = em.match_signature(span, &names.name, &signature, args, kwargs)?;
    Ok(em.tuple(&values, Some(ty.clone()), span))
}

/// Makes an object: allocates it and calls its `__init__`.
fn make(em: &mut Emitter, span: Span, class: ClassId, args: &[Arg], kwargs: &[Arg]) -> Result<Value> {
    let c = em.compiler.program.class(class);
    let (reference, init) = (c.class.clone(), c.method("__init__"));
    if reference.is_interface {
        return fail(Code::Type, span, format!("'{}' is an interface: it has no instances of its own", reference.name));
    }
    let Some(init) = init else {
        let d =
            Diagnostic::new(Code::Type, span, format!("class '{}' does not have an __init__ function defined", reference.name));
        return Err(Box::new(d.help("give it one, even if it only says `pass`")));
    };
    em.compiler.require(init, span)?;
    let object = em.value("prim::CreateObject", &[], Type::Class(reference), span);
    em.call_method(span, object, &[("__init__".to_owned(), init)], args, kwargs)?;
    Ok(object)
}
