//! In which order a view's elements lie in memory, and copies that only change it.
//!
//! What is computed element by element keeps the order of its operand, so that transposing a tensor there and back moves nothing. Copies into
//! another order are left out where all that reads them can as well read the original.

use super::point;
use super::tensors::{Arg, Op, OpKind, SourceId, Tensors, View, contiguous};
use crate::kernel::Size;

/// The dimensions from the slowest to the fastest, of a view that is contiguous in another order than its own.
pub fn order(v: &View) -> Option<Vec<usize>> {
    if v.leading.is_some() || v.is_contiguous() {
        return None;
    }
    let (ones, mut rest): (Vec<usize>, Vec<usize>) = (0..v.dims.len()).partition(|i| v.dims[*i].is(1));
    let mut order = vec![];
    let mut step = Size::from(1);
    while !rest.is_empty() {
        let at = rest.iter().rposition(|i| v.strides[*i] == step)?;
        let i = rest.remove(at);
        step = step.times(&v.dims[i]);
        order.insert(0, i);
    }
    Some([ones, order].concat())
}

/// The view with its dimensions in another order.
pub fn permuted(v: &View, order: &[usize]) -> View {
    let pick = |s: &[Size]| order.iter().map(|i| s[*i].clone()).collect();
    View { dims: pick(&v.dims), strides: pick(&v.strides), ..v.clone() }
}

/// The reverse of [`permuted`].
pub fn restored(v: &View, order: &[usize]) -> View {
    let mut back = vec![0; order.len()];
    for (k, i) in order.iter().enumerate() {
        back[*i] = k;
    }
    permuted(v, &back)
}

/// Leaves out copies that nothing needs to be copies; those of `kept` are results.
pub fn elide_copies(t: &mut Tensors, kept: &[SourceId]) {
    for i in 0..t.ops.len() {
        let op = &t.ops[i];
        let OpKind::Map { compute, args } = &op.kind else { continue };
        let [(Arg::Tensor(from), ty)] = &args[..] else { continue };
        let is_copy = op.name == "copy" && std::ptr::fn_addr_eq(*compute, point::COPY) && *ty == from.ty;
        if !is_copy || op.part.is_some() || kept.contains(&op.source) || !t.sources[from.source].origin.is_made() {
            continue;
        }
        let (source, from) = (op.source, from.clone());
        let through = |v: &View| through(v, &from);
        let fits = |o: &Op, v: &View| {
            v.source != source || through(v).is_some_and(|w| reads_rows(&w) && (is_strided(o) || w.is_contiguous()))
        };
        if !t.ops.iter().all(|o| o.views().into_iter().all(|v| fits(o, v))) {
            continue;
        }
        for o in &mut t.ops {
            o.views_mut().into_iter().for_each(|v| {
                if v.source == source
                    && let Some(w) = through(v)
                {
                    *v = w;
                }
            });
        }
    }
}

/// Reads its operands with whatever steps.
fn is_strided(o: &Op) -> bool {
    !matches!(o.kind, OpKind::Image { .. } | OpKind::Recurrent(_))
}

/// The last dimension is walked one by one.
fn reads_rows(v: &View) -> bool {
    v.dims.iter().zip(&v.strides).rev().find(|d| !d.0.is(1)).is_none_or(|d| d.1.is(1) || d.1.is(0))
}

/// A view of a copy as one of what is copied.
fn through(v: &View, from: &View) -> Option<View> {
    // Dimensions of the copy that are one in the original count as one.
    let mut dims: Vec<(Size, Size)> = vec![];
    for (n, s) in from.dims.iter().zip(&from.strides).filter(|d| !d.0.is(1)) {
        match dims.last_mut() {
            Some(last) if last.1 == n.times(s) => *last = (last.0.times(n), s.clone()),
            _ => dims.push((n.clone(), s.clone())),
        }
    }
    let sizes: Vec<Size> = dims.iter().map(|d| d.0.clone()).collect();
    let steps = contiguous(&sizes);
    let mut offset = from.offset.clone();
    let mut used: Vec<Vec<(Size, Size)>> = vec![vec![]; dims.len()];
    if !v.offset.is(0) {
        let (d, k) = (0..dims.len()).find_map(|d| Some((d, v.offset.quotient(&steps[d]).filter(|k| k.as_const().is_some())?)))?;
        offset = offset.plus(&k.times(&dims[d].1));
        used[d].push((k.plus(&1.into()), 1.into()));
    }
    let mut strides = vec![];
    for (n, s) in v.dims.iter().zip(&v.strides) {
        if n.is(1) || s.is(0) {
            strides.push(0.into());
            continue;
        }
        let (d, k) = (0..dims.len()).find_map(|d| Some((d, s.quotient(&steps[d])?)))?;
        strides.push(k.times(&dims[d].1));
        used[d].push((n.clone(), k));
    }
    // Nothing may step over the end of a dimension.
    for (d, walked) in used.iter().enumerate() {
        let inside = match &walked[..] {
            [] => true,
            [(n, k)] if k.is(1) && *n == sizes[d] => true,
            _ => {
                let reach = walked.iter().map(|(n, k)| Some((n.as_const()? - 1) * k.as_const()?)).sum::<Option<i64>>();
                reach.zip(sizes[d].as_const()).is_some_and(|(r, n)| r < n)
            }
        };
        if !inside {
            return None;
        }
    }
    Some(View { source: from.source, offset, strides, ..v.clone() })
}
