//! Operators that once meant something else, as PyTorch upgrades them when it loads old code.
//!
//! ```text
//! before 4   div       integers divide like C
//! before 5   full      an int makes a tensor of floats
//! before 8   linspace  100 steps when none are given
//! before 9   logspace  likewise
//! ```

use crate::diag::{Result, Span};
use crate::graph::{Attr, Const, Value};
use crate::script::env::Refinements;
use crate::script::sugared::SugaredObject;
use crate::script::{Arg, Emitter, Sugared};
use crate::types::Type;
use std::rc::Rc;

type Upgrade = fn(&mut Emitter, Span, &str, &[Arg], &[Arg]) -> Result<Value>;

/// Operator, the version that changed it, and its old meaning; sorted by name.
const UPGRADES: &[(&str, u32, Upgrade)] = &[
    ("aten::div", 4, div),
    ("aten::div_", 4, div),
    ("aten::full", 5, full),
    ("aten::linspace", 8, steps),
    ("aten::logspace", 9, steps),
];

/// What an operator meant in a version; `None` when it means the same today.
pub(super) fn find(op: &str, version: u32) -> Option<Sugared> {
    let (_, _, upgrade) = UPGRADES.iter().find(|u| u.0 == op && version < u.1)?;
    Some(Sugared::Other(Rc::new(Old { op: op.to_owned(), upgrade: *upgrade })))
}

struct Old {
    op: String,
    upgrade: Upgrade,
}

impl SugaredObject for Old {
    fn kind(&self) -> String {
        "builtin".into()
    }

    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], _: usize) -> Result<Sugared> {
        (self.upgrade)(em, span, &self.op, args, kwargs).map(Sugared::Value)
    }
}

fn call(em: &mut Emitter, span: Span, op: &str, args: &[Arg], kwargs: &[Arg]) -> Result<Value> {
    em.call_operator(span, op, args, kwargs, None)
}

/// True division when a float takes part, else towards zero.
fn div(em: &mut Emitter, span: Span, op: &str, args: &[Arg], kwargs: &[Arg]) -> Result<Value> {
    let [a, b] = args else { return call(em, span, op, args, kwargs) };
    let (this, other) = (a.value, b.value);
    if *em.ty(this) != Type::Tensor || kwargs.iter().any(|k| k.name.as_deref() != Some("out")) {
        return call(em, span, op, args, kwargs);
    }
    let floats = |em: &mut Emitter, v: Value| em.op(span, "aten::is_floating_point", &[v]);
    let ty = em.ty(other).clone();
    let mut is_float = floats(em, this)?;
    let out = kwargs.first().map(|k| k.value);
    for v in [Some(other), out].into_iter().flatten() {
        is_float = em.if_expr(
            span,
            is_float,
            &Refinements::default(),
            |em| Ok(em.constant(Const::Bool(true), span)),
            |em| match (&ty, v == other) {
                (Type::Tensor, _) | (_, false) => floats(em, v),
                (Type::Number, true) => {
                    let n = em.node("prim::isinstance", &[v], &[Type::Bool], span);
                    em.graph.set_attr(n, "types", Attr::Types(vec![Type::Float]));
                    Ok(em.graph.node(n).outputs[0])
                }
                (t, true) => Ok(em.constant(Const::Bool(*t == Type::Float), span)),
            },
        )?;
    }
    em.if_expr(
        span,
        is_float,
        &Refinements::default(),
        |em| call(em, span, op, args, kwargs),
        |em| {
            let mode = em.constant(Const::Str("trunc".into()), span);
            let mut named = kwargs.to_vec();
            named.push(Arg::named(span, "rounding_mode", mode));
            call(em, span, op, args, &named)
        },
    )
}

/// Without a dtype the filling is a float.
fn full(em: &mut Emitter, span: Span, op: &str, args: &[Arg], kwargs: &[Arg]) -> Result<Value> {
    let named = |name: &str| kwargs.iter().find(|k| k.name.as_deref() == Some(name)).map(|k| k.value);
    let as_float = |em: &mut Emitter| {
        let mut args = args.to_vec();
        if let Some(fill) = args.get_mut(1).filter(|fill| matches!(em.ty(fill.value), Type::Int | Type::Bool | Type::Number)) {
            fill.value = em.op(span, "aten::Float", &[fill.value])?;
        }
        call(em, span, op, &args, kwargs)
    };
    match named("dtype").map(|d| (d, em.ty(d).clone())) {
        _ if named("out").is_some() => call(em, span, op, args, kwargs),
        Some((dtype, Type::Optional(_))) => {
            let none = em.constant(Const::None, span);
            let is_none = em.op(span, "aten::__is__", &[dtype, none])?;
            em.if_expr(span, is_none, &Refinements::default(), as_float, |em| call(em, span, op, args, kwargs))
        }
        None | Some((_, Type::None)) => as_float(em),
        Some(_) => call(em, span, op, args, kwargs),
    }
}

/// `steps` could be None.
fn steps(em: &mut Emitter, span: Span, op: &str, args: &[Arg], kwargs: &[Arg]) -> Result<Value> {
    let (mut args, mut kwargs) = (args.to_vec(), kwargs.to_vec());
    let named = kwargs.iter().position(|k| k.name.as_deref() == Some("steps"));
    let given = match named {
        Some(i) => kwargs.get_mut(i),
        None => args.get_mut(2),
    };
    match given {
        None => {
            let hundred = em.constant(Const::Int(100), span);
            kwargs.insert(0, Arg::named(span, "steps", hundred));
        }
        Some(arg) => match em.ty(arg.value).clone() {
            Type::None => arg.value = em.constant(Const::Int(100), span),
            Type::Optional(_) => {
                let (v, none) = (arg.value, em.constant(Const::None, span));
                let is_none = em.op(span, "aten::__is__", &[v, none])?;
                arg.value = em.if_expr(
                    span,
                    is_none,
                    &Refinements::default(),
                    |em| Ok(em.constant(Const::Int(100), span)),
                    |em| Ok(em.value("prim::unchecked_cast", &[v], Type::Int, span)),
                )?;
            }
            _ => {}
        },
    }
    call(em, span, op, &args, &kwargs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_old_versions_are_upgraded() {
        assert!(UPGRADES.is_sorted_by_key(|u| u.0));
        assert!(find("aten::div", 3).is_some() && find("aten::div", 4).is_none());
        assert!(find("aten::add", 3).is_none());
    }
}
