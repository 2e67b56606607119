//! Padding.

use crate::tensor::Show;
use crate::{Args, Dims, Result, Scalar, Tensor};

/// Amounts before and after each dimension, from a list that starts at the last one.
fn amounts(x: &Tensor, pad: &[i64]) -> Result<(Dims, Dims)> {
    check!(pad.len() % 2 == 0, "Length of pad must be even but instead it equals {}", pad.len());
    let k = pad.len() / 2;
    check!(
        k <= x.dim(),
        "Length of pad should be no more than twice the number of dimensions of the input. Pad length is {} while the input has {} dimensions.",
        pad.len(),
        x.dim()
    );
    let (mut before, mut after): (Dims, Dims) = (smallvec::smallvec![0; x.dim()], smallvec::smallvec![0; x.dim()]);
    for i in 0..k {
        let d = x.dim() - 1 - i;
        (before[d], after[d]) = (pad[2 * i], pad[2 * i + 1]);
    }
    Ok((before, after))
}

pub fn constant(x: &Tensor, pad: &[i64], value: Scalar) -> Result<Tensor> {
    let (before, after) = amounts(x, pad)?;
    let mut shape = Dims::from_slice(x.sizes());
    let (mut from, mut to) = (x.clone(), Dims::new());
    for d in 0..x.dim() {
        shape[d] += before[d] + after[d];
        check!(
            shape[d] >= 0,
            "The input size {}, plus negative padding {} and {} resulted in a negative output size, which is invalid. Check dimension {d} of your input.",
            x.sizes()[d],
            before[d],
            after[d]
        );
        // Negative amounts cut.
        from = from.slice(d as i64, (-before[d]).max(0), (x.sizes()[d] - (-after[d]).max(0)).max(0), 1)?;
        to.push(before[d].max(0));
    }
    let y = Tensor::full(&shape, value, x.dtype())?;
    let offset = to.iter().zip(y.strides()).map(|(a, s)| a * s).sum::<i64>() + y.offset();
    if from.numel() > 0 {
        y.as_view(from.sizes(), y.strides(), offset).copy_from(&from)?;
    }
    Ok(y)
}

/// Pads by reading other places: `source(i, size)` for a place outside 0..size.
fn mapped(x: &Tensor, pad: &[i64], source: fn(i64, i64) -> i64) -> Result<Tensor> {
    let (before, after) = amounts(x, pad)?;
    let mut y = x.clone();
    for d in 0..x.dim() {
        if (before[d], after[d]) == (0, 0) {
            continue;
        }
        let n = y.sizes()[d];
        let mut shape = Dims::from_slice(y.sizes());
        shape[d] += before[d] + after[d];
        check!(shape[d] > 0 && n > 0, "Expected a non-empty result of padding, got size {} at dimension {d}", shape[d]);
        let wide = Tensor::empty(&shape, y.dtype())?;
        // The middle at once, the edges line by line.
        let (first, last) = (before[d].max(0), (before[d] + n).min(shape[d]));
        wide.slice(d as i64, first, last, 1)?.copy_from(&y.slice(d as i64, first - before[d], last - before[d], 1)?)?;
        for o in (0..first).chain(last..shape[d]) {
            wide.select(d as i64, o)?.copy_from(&y.select(d as i64, source(o - before[d], n))?)?;
        }
        y = wide;
    }
    if y.same(x) { x.copy() } else { Ok(y) }
}

fn reflect(x: &Tensor, pad: &[i64]) -> Result<Tensor> {
    let (before, after) = amounts(x, pad)?;
    // Dimensions that are not padded may be empty.
    for d in x.dim().saturating_sub(pad.len() / 2)..x.dim() {
        let n = x.sizes()[d];
        check!(
            before[d] < n && after[d] < n,
            "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding ({}, {}) at dimension {d} of input {}",
            before[d],
            after[d],
            Show(x.sizes())
        );
    }
    mapped(x, pad, |i, n| if i < 0 { -i } else { 2 * (n - 1) - i })
}

fn replicate(x: &Tensor, pad: &[i64]) -> Result<Tensor> {
    mapped(x, pad, |i, n| i.clamp(0, n - 1))
}

fn circular(x: &Tensor, pad: &[i64]) -> Result<Tensor> {
    let (before, after) = amounts(x, pad)?;
    for d in 0..x.dim() {
        let n = x.sizes()[d];
        check!(before[d] <= n && after[d] <= n, "Padding value causes wrapping around more than once.");
    }
    mapped(x, pad, |i, n| i.rem_euclid(n))
}

/// self, pad, mode, value
fn pad(a: &Args) -> Result<Tensor> {
    let (x, p, mode) = (a.tensor(0)?, a.int_list(1)?, a.str(2)?);
    if mode == "constant" {
        return constant(x, p, Scalar::Float(a.opt_float(3)?.unwrap_or(0.0)));
    }
    check!(a.opt_float(3)?.is_none_or(|v| v == 0.0), "Padding mode \"{mode}\" doesn't take in value argument");
    let fits = matches!((p.len(), x.dim()), (2, 2 | 3) | (4, 3 | 4) | (6, 4 | 5));
    check!(fits, NotImplemented, "Only 2D, 3D, 4D, 5D padding with non-constant padding are supported for now");
    match mode {
        "reflect" => reflect(x, p),
        "replicate" => replicate(x, p),
        "circular" => circular(x, p),
        _ => bail!(NotImplemented, "Unrecognised padding mode {mode}"),
    }
}

fn constant_pad_nd(a: &Args) -> Result<Tensor> {
    constant(a.tensor(0)?, a.int_list(1)?, a.scalar(2)?)
}
fn reflection_pad(a: &Args) -> Result<Tensor> {
    reflect(a.tensor(0)?, a.int_list(1)?)
}
fn replication_pad(a: &Args) -> Result<Tensor> {
    replicate(a.tensor(0)?, a.int_list(1)?)
}
fn pad_circular(a: &Args) -> Result<Tensor> {
    circular(a.tensor(0)?, a.int_list(1)?)
}

operators! {
    aten::_pad_circular => pad_circular,
    aten::constant_pad_nd => constant_pad_nd,
    aten::pad => pad,
    aten::reflection_pad1d => reflection_pad, aten::reflection_pad2d => reflection_pad, aten::reflection_pad3d => reflection_pad,
    aten::replication_pad1d => replication_pad, aten::replication_pad2d => replication_pad, aten::replication_pad3d => replication_pad,
}
