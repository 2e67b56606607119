//! What loops run over: tuples, `range`, `zip`, `enumerate`.

use super::{Sugared, fail};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Const, Value};
use crate::script::Emitter;
use crate::types::Type;

/// Number of iterations of something that [`Sugared::iterate`] gave.
pub(super) fn len(it: &Sugared, em: &mut Emitter, span: Span) -> Result<Value> {
    match it {
        Sugared::Value(v) => match em.ty(*v) {
            Type::List(_) | Type::Str | Type::Tensor => em.op(span, "aten::len", &[*v]),
            t => {
                let message = format!("'{}' object is not iterable", t.annotation());
                fail(Code::Type, span, message)
            }
        },
        Sugared::Tuple(items) => Ok(em.constant(Const::Int(items.len() as i64), span)),
        Sugared::Range { len: Some(n), .. } | Sugared::Zip { len: Some(n), .. } => Ok(em.constant(Const::Int(*n), span)),
        Sugared::Range { stop, only_stop: true, .. } => Ok(*stop),
        Sugared::Range { start, stop, step, .. } => em.op(span, "aten::__range_length", &[*start, *stop, *step]),
        Sugared::Zip { .. } => {
            let mut leaves = vec![];
            collect(it, &mut leaves);
            let lengths = leaves.into_iter().map(|l| len(l, em, span)).collect::<Result<Vec<_>>>()?;
            let list = em.list(Type::Int, &lengths, span);
            em.op(span, "prim::min", &[list])
        }
        other => fail(Code::Type, span, format!("'{}' object is not iterable", other.describe(em))),
    }
}

/// The iterables that a tree of `zip` and `enumerate` stands on.
fn collect<'a>(it: &'a Sugared, leaves: &mut Vec<&'a Sugared>) {
    match it {
        Sugared::Zip { children, .. } => children.iter().for_each(|c| collect(c, leaves)),
        leaf => leaves.push(leaf),
    }
}

/// Element `index` of a tuple (a constant index), `range` or `zip`.
pub(super) fn getitem(it: &Sugared, em: &mut Emitter, span: Span, index: Value) -> Result<Sugared> {
    match it {
        Sugared::Tuple(items) => {
            let Some(Const::Int(i)) = em.as_constant(index) else {
                let d = Diagnostic::new(
                    Code::Type,
                    span,
                    "expected an integer literal as index: the elements may have different types",
                );
                return Err(Box::new(d.help("loop over it instead: for index, item in enumerate(items)")));
            };
            let n = items.len() as i64;
            let at = if i < 0 { i.saturating_add(n) } else { i };
            match usize::try_from(at).ok().and_then(|at| items.get(at)) {
                Some(item) => Ok(item.clone()),
                None => fail(Code::Type, span, format!("index {i} is out of range of length {n}")),
            }
        }
        Sugared::Range { only_stop: true, .. } => Ok(Sugared::Value(index)),
        Sugared::Range { start, step, .. } => Ok(Sugared::Value(em.op(span, "aten::__derive_index", &[index, *start, *step])?)),
        Sugared::Zip { children, .. } => {
            let items = children.iter().map(|c| c.getitem(em, span, index, None)).collect::<Result<Vec<_>>>()?;
            Ok(Sugared::Tuple(items))
        }
        other => fail(Code::Type, span, format!("'{}' object is not subscriptable", other.describe(em))),
    }
}
