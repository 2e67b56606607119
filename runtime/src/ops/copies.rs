//! Operators that copy elements: clones, conversions, joining, repeating, filling.

use super::creation::{ZERO, empty_in, empty_like_in, format};
use super::views::{atleast_1, atleast_2, atleast_3, diagonal_of, narrowed};
use crate::dtype::DType;
use crate::promote::promote_types;
use crate::tensor::{Dims, Show, Tensor, wrap_dim};
use crate::{Args, Result};
use alloc::vec::Vec;

operators! {
    aten::clone => clone,
    aten::contiguous => contiguous,
    aten::to.device => to_device,
    aten::to.dtype => to_dtype,
    aten::to.dtype_layout => to_dtype_layout,
    aten::to.other => to_other,
    aten::to.prim_Device => to_prim_device,
    aten::to.prim_dtype => to_prim_dtype,
    aten::to.prim_other => to_prim_other,
    aten::_to_copy => to_copy,
    aten::type_as => type_as,
    aten::cpu => as_is,
    aten::copy_ => copy_,
    aten::copy_.Tensor => copy_,
    aten::copy_.float => fill_,
    aten::copy_.int => fill_,
    aten::copy => copy,
    aten::fill_.Scalar => fill_,
    aten::fill_.Tensor => fill_,
    aten::fill.Scalar => fill,
    aten::fill.Tensor => fill,
    aten::zero_ => zero_,
    aten::cat => cat,
    aten::concat => cat,
    aten::concatenate => cat,
    aten::stack => stack,
    aten::hstack => hstack,
    aten::vstack => vstack,
    aten::row_stack => vstack,
    aten::dstack => dstack,
    aten::column_stack => column_stack,
    aten::repeat => repeat,
    aten::tile => tile,
    aten::repeat_interleave.self_int => interleave_int,
    aten::repeat_interleave.self_Tensor => interleave_tensor,
    aten::roll => roll,
    aten::flip => flip,
    aten::fliplr => fliplr,
    aten::flipud => flipud,
    aten::rot90 => rot90,
    aten::tril => tril,
    aten::triu => triu,
    aten::tril_ => tril_,
    aten::triu_ => triu_,
    aten::diag => diag,
    aten::diag_embed => diag_embed,
    aten::meshgrid => meshgrid,
    aten::meshgrid.indexing => meshgrid_indexing,
    aten::block_diag => block_diag,
    aten::resize_ => resize_,
    aten::resize_as_ => resize_as_,
    aten::set_.source_Tensor => set_,
    aten::set_data => set_data,
    aten::requires_grad_ => requires_grad_,
}

type One = Result<Tensor>;

fn as_is(a: &Args) -> One {
    Ok(a.tensor(0)?.clone())
}

fn clone(a: &Args) -> One {
    copied(a.tensor(0)?, a.tensor(0)?.dtype(), a.opt_int(1)?)
}

/// A converted copy in a memory format; None keeps the order of dimensions.
fn copied(t: &Tensor, dtype: DType, memory: Option<i64>) -> One {
    let out = empty_like_in(t, dtype, memory)?;
    out.copy_from(t)?;
    Ok(out)
}

fn in_format(t: &Tensor, memory: i64) -> bool {
    match memory {
        format::CHANNELS_LAST => t.dim() == 4 && t.is_channels_last(),
        format::CHANNELS_LAST_3D => t.dim() == 5 && t.is_channels_last(),
        _ => t.is_contiguous(),
    }
}

fn contiguous(a: &Args) -> One {
    let (t, memory) = (a.tensor(0)?, a.int(1)?);
    check!(memory != format::PRESERVE, "preserve memory format is unsupported by the contiguous operator");
    if in_format(t, memory) { Ok(t.clone()) } else { copied(t, t.dtype(), Some(memory)) }
}

/// `to`: the tensor itself unless something changes or a copy is asked for.
fn to(t: &Tensor, dtype: DType, copy: bool, memory: Option<i64>) -> One {
    let same_format = memory.is_none_or(|m| m == format::PRESERVE || in_format(t, m));
    if dtype == t.dtype() && !copy && same_format {
        return Ok(t.clone());
    }
    copied(t, dtype, memory)
}

fn to_device(a: &Args) -> One {
    a.check_device(1)?;
    to(a.tensor(0)?, a.dtype(2)?, a.bool(4)?, a.opt_int(5)?)
}

fn to_dtype(a: &Args) -> One {
    to(a.tensor(0)?, a.dtype(1)?, a.bool(3)?, a.opt_int(4)?)
}

fn to_dtype_layout(a: &Args) -> One {
    let t = a.tensor(0)?;
    to(t, super::creation::options(a, 1, t.dtype())?, a.bool(6)?, a.opt_int(7)?)
}

fn to_other(a: &Args) -> One {
    to(a.tensor(0)?, a.tensor(1)?.dtype(), a.bool(3)?, a.opt_int(4)?)
}

fn to_prim_device(a: &Args) -> One {
    a.check_device(1)?;
    let t = a.tensor(0)?;
    to(t, a.opt_dtype(2)?.unwrap_or(t.dtype()), a.bool(4)?, None)
}

fn to_prim_dtype(a: &Args) -> One {
    let t = a.tensor(0)?;
    to(t, a.opt_dtype(1)?.unwrap_or(t.dtype()), a.bool(3)?, None)
}

fn to_prim_other(a: &Args) -> One {
    let t = a.tensor(0)?;
    to(t, t.dtype(), a.bool(2)?, None)
}

fn to_copy(a: &Args) -> One {
    let t = a.tensor(0)?;
    copied(t, super::creation::options(a, 1, t.dtype())?, a.opt_int(6)?)
}

fn type_as(a: &Args) -> One {
    a.tensor(0)?.to_dtype(a.tensor(1)?.dtype())
}

fn copy_(a: &Args) -> One {
    let t = a.tensor(0)?;
    crate::iter::check_no_internal_overlap(t)?;
    t.copy_from(a.tensor(1)?)?;
    Ok(t.clone())
}

fn copy(a: &Args) -> One {
    let t = a.tensor(0)?.empty_like(a.tensor(0)?.dtype())?;
    t.copy_from(a.tensor(1)?)?;
    Ok(t)
}

fn fill_(a: &Args) -> One {
    let t = a.tensor(0)?;
    if let Some(v) = a.value(1)?.as_tensor() {
        check!(v.dim() == 0, "fill_ only supports 0-dimension value tensor but got tensor with {} dimensions.", v.dim());
    }
    t.fill(a.scalar(1)?);
    Ok(t.clone())
}

fn fill(a: &Args) -> One {
    let t = a.tensor(0)?;
    let out = t.empty_like(t.dtype())?;
    out.fill(a.scalar(1)?);
    Ok(out)
}

fn zero_(a: &Args) -> One {
    a.tensor(0)?.fill(ZERO);
    Ok(a.tensor(0)?.clone())
}

/// Empty one-dimensional tensors join anything.
fn skipped(t: &Tensor) -> bool {
    t.dim() == 1 && t.numel() == 0
}

/// The tensors one after the other along `dim`, in their promoted type.
pub fn concatenated(ts: &[Tensor], dim: i64) -> One {
    check!(!ts.is_empty(), "torch.cat(): expected a non-empty list of Tensors");
    let mut dtype = ts[0].dtype();
    for (i, t) in ts.iter().enumerate() {
        check!(t.dim() > 0, "zero-dimensional tensor (at position {i}) cannot be concatenated");
        dtype = promote_types(dtype, t.dtype())?;
    }
    let Some(first) = ts.iter().find(|t| !skipped(t)) else { return Tensor::empty(&[0], dtype) };
    let d = wrap_dim(dim, first.dim())?;
    let mut sizes = Dims::from_slice(first.sizes());
    sizes[d] = 0;
    for (i, t) in ts.iter().enumerate().filter(|p| !skipped(p.1)) {
        check!(t.dim() == first.dim(), "Tensors must have same number of dimensions: got {} and {}", first.dim(), t.dim());
        for k in (0..t.dim()).filter(|k| *k != d) {
            if t.sizes()[k] != first.sizes()[k] {
                return Err(err!(
                    "Sizes of tensors must match except in dimension {d}. Expected size {} but got size {} for tensor number {i} in the list.",
                    first.sizes()[k],
                    t.sizes()[k]
                )
                .dim(k));
            }
        }
        sizes[d] += t.sizes()[d];
    }
    let channels = ts.iter().filter(|t| !skipped(t)).all(|t| t.is_channels_last() && !t.is_contiguous());
    let memory = if !channels {
        format::CONTIGUOUS
    } else if sizes.len() == 4 {
        format::CHANNELS_LAST
    } else {
        format::CHANNELS_LAST_3D
    };
    let out = empty_in(&sizes, dtype, memory)?;
    let mut at = 0;
    for t in ts.iter().filter(|t| !skipped(t)) {
        let n = t.sizes()[d];
        narrowed(&out, d, at, n)?.copy_from(t)?;
        at += n;
    }
    Ok(out)
}

fn cat(a: &Args) -> One {
    concatenated(a.tensor_list(0)?, a.int(1)?)
}

/// The tensors side by side along a new dimension.
pub fn stacked(ts: &[Tensor], dim: i64) -> One {
    check!(!ts.is_empty(), "stack expects a non-empty TensorList");
    let d = wrap_dim(dim, ts[0].dim() + 1)? as i64;
    for (i, t) in ts.iter().enumerate() {
        check!(
            t.sizes() == ts[0].sizes(),
            "stack expects each tensor to be equal size, but got {} at entry 0 and {} at entry {i}",
            Show(ts[0].sizes()),
            Show(t.sizes())
        );
    }
    let parts: Vec<Tensor> = ts.iter().map(|t| t.unsqueeze(d)).collect::<Result<_>>()?;
    concatenated(&parts, d)
}

fn stack(a: &Args) -> One {
    stacked(a.tensor_list(0)?, a.int(1)?)
}

/// Each tensor through `f`, then joined along `dim`.
fn joined(a: &Args, f: impl Fn(&Tensor) -> One, dim: impl Fn(&Tensor) -> i64, name: &str) -> One {
    let ts: Vec<Tensor> = a.tensor_list(0)?.iter().map(f).collect::<Result<_>>()?;
    check!(!ts.is_empty(), "{name} expects a non-empty TensorList");
    concatenated(&ts, dim(&ts[0]))
}

fn hstack(a: &Args) -> One {
    joined(a, atleast_1, |t| (t.dim() > 1) as i64, "hstack")
}

fn vstack(a: &Args) -> One {
    joined(a, atleast_2, |_| 0, "vstack")
}

fn dstack(a: &Args) -> One {
    joined(a, atleast_3, |_| 2, "dstack")
}

fn column_stack(a: &Args) -> One {
    let column = |t: &Tensor| if t.dim() < 2 { t.reshape(&[t.numel() as i64, 1]) } else { Ok(t.clone()) };
    joined(a, column, |_| 1, "column_stack")
}

fn repeated(t: &Tensor, times: &[i64]) -> One {
    check!(times.len() >= t.dim(), "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor");
    let lead = times.len() - t.dim();
    // Viewed as (times, size) pairs, a copy of the expanded tensor is the repetition.
    let (mut sizes, mut strides, mut out) = (Dims::new(), Dims::new(), Dims::new());
    for (i, &n) in times.iter().enumerate() {
        check!(n >= 0, "Trying to create tensor with negative dimension {n}: {}", Show(times));
        let (s, st) = if i < lead { (1, 0) } else { (t.sizes()[i - lead], t.strides()[i - lead]) };
        sizes.extend_from_slice(&[n, s]);
        strides.extend_from_slice(&[0, st]);
        out.push(n * s);
    }
    let result = Tensor::empty(&out, t.dtype())?;
    result.view(&sizes)?.copy_from(&t.as_view(&sizes, &strides, t.offset()))?;
    Ok(result)
}

fn repeat(a: &Args) -> One {
    repeated(a.tensor(0)?, a.int_list(1)?)
}

fn tile(a: &Args) -> One {
    let (t, times) = (a.tensor(0)?, a.int_list(1)?);
    let mut full: Dims = smallvec::smallvec![1; t.dim().saturating_sub(times.len())];
    full.extend_from_slice(times);
    repeated(t, &full)
}

/// Each entry along a dimension as often as `counts` says.
fn interleaved(t: &Tensor, dim: Option<i64>, counts: impl Fn(i64) -> i64) -> One {
    let (t, dim) = match dim {
        Some(d) => (t.clone(), d),
        None => (t.reshape(&[-1])?, 0),
    };
    let t = if t.dim() == 0 { t.reshape(&[1])? } else { t };
    let d = wrap_dim(dim, t.dim())?;
    let index: Vec<i64> = (0..t.sizes()[d]).flat_map(|i| (0..counts(i)).map(move |_| i)).collect();
    super::indexing::select_rows(&t, d, &index)
}

fn interleave_int(a: &Args) -> One {
    let n = a.int(1)?;
    check!(n >= 0, "Repeats must be non-negative");
    interleaved(a.tensor(0)?, a.opt_int(2)?, |_| n)
}

fn interleave_tensor(a: &Args) -> One {
    let (t, counts) = (a.tensor(0)?, a.tensor(1)?);
    if !matches!(counts.dtype(), DType::I64 | DType::I32) {
        return Err(crate::kernel::not_implemented("repeat_interleave_cpu", counts.dtype()));
    }
    let counts = counts.to_dtype(DType::I64)?.contiguous()?;
    let counts = counts.as_slice::<i64>()?;
    check!(counts.iter().all(|n| *n >= 0), "repeats can not be negative");
    let dim = a.opt_int(2)?;
    let have = match dim {
        Some(d) if t.dim() > 0 => t.sizes()[wrap_dim(d, t.dim())?],
        _ => t.numel() as i64,
    };
    check!(
        counts.len() == 1 || counts.len() as i64 == have,
        "repeats must have the same size as input along dim, but got repeats.size(0) = {} and input.size({}) = {have}",
        counts.len(),
        dim.unwrap_or(0)
    );
    interleaved(t, dim, |i| counts[if counts.len() == 1 { 0 } else { i as usize }])
}

/// Shifted by `n` along `d`, what falls out coming in at the other end.
fn rolled(t: &Tensor, n: i64, d: usize) -> One {
    let size = t.sizes()[d];
    let k = if size == 0 { 0 } else { n.rem_euclid(size) };
    let parts = [narrowed(t, d, size - k, k)?, narrowed(t, d, 0, size - k)?];
    concatenated(&parts, d as i64)
}

fn roll(a: &Args) -> One {
    let (t, shifts, dims) = (a.tensor(0)?, a.int_list(1)?, a.int_list(2)?);
    check!(!shifts.is_empty(), "`shifts` required");
    check!(t.dim() > 0 || dims.is_empty(), "Dimension specified as {} but tensor has no dimensions", dims[0]);
    if dims.is_empty() && shifts.len() == 1 {
        let flat = t.reshape(&[-1])?;
        return if flat.numel() == 0 { t.copy() } else { rolled(&flat, shifts[0], 0)?.view(t.sizes()) };
    }
    check!(
        !shifts.is_empty() && shifts.len() == dims.len(),
        "shifts and dimensions must align. shifts: {}, dims:{}",
        shifts.len(),
        dims.len()
    );
    let mut out = t.clone();
    for (n, d) in shifts.iter().zip(dims) {
        let d = wrap_dim(*d, t.dim())?;
        out = if t.numel() == 0 { out.copy()? } else { rolled(&out, *n, d)? };
    }
    Ok(out)
}

/// Reversed along the dimensions.
fn flipped(t: &Tensor, dims: &[i64]) -> One {
    let out = t.empty_like(t.dtype())?;
    if t.numel() == 0 {
        return Ok(out);
    }
    // A view of the result that runs backwards, for writing only.
    let mut strides = Dims::from_slice(out.strides());
    let mut offset = out.offset();
    for (i, &d) in dims.iter().enumerate() {
        let d = wrap_dim(d, t.dim())?;
        let again = dims[..i].iter().any(|e| wrap_dim(*e, t.dim()) == Ok(d));
        check!(!again, "dim {d} appears multiple times in the list of dims");
        if t.dim() > 0 {
            offset += (t.sizes()[d] - 1) * strides[d];
            strides[d] = -strides[d];
        }
    }
    out.as_view(t.sizes(), &strides, offset).copy_from(t)?;
    Ok(out)
}

fn flip(a: &Args) -> One {
    flipped(a.tensor(0)?, a.int_list(1)?)
}

fn fliplr(a: &Args) -> One {
    check!(a.tensor(0)?.dim() >= 2, "Input must be >= 2-d.");
    flipped(a.tensor(0)?, &[1])
}

fn flipud(a: &Args) -> One {
    check!(a.tensor(0)?.dim() >= 1, "Input must be >= 1-d.");
    flipped(a.tensor(0)?, &[0])
}

fn rot90(a: &Args) -> One {
    let (t, k, dims) = (a.tensor(0)?, a.int(1)?, a.int_list(2)?);
    check!(dims.len() == 2, "expected total rotation dims == 2, but got dims = {}", dims.len());
    check!(t.dim() >= 2, "expected total dims >= 2, but got total dims = {}", t.dim());
    check!(
        dims[0] != dims[1] && (dims[0] - dims[1]).abs() != t.dim() as i64,
        "expected rotation dims to be different, but got dim0 = {} and dim1 = {}",
        dims[0],
        dims[1]
    );
    match k.rem_euclid(4) {
        1 => flipped(t, &dims[1..])?.transpose(dims[0], dims[1]),
        2 => flipped(t, dims),
        3 => flipped(t, &dims[..1])?.transpose(dims[0], dims[1]),
        _ => t.copy_contiguous(),
    }
}

/// Zeroes what `keep` (row, column) doesn't keep of every matrix.
fn mask_matrix(t: &Tensor, name: &str, keep: impl Fn(i64, i64) -> bool) -> Result<()> {
    check!(t.dim() >= 2, "{name}: input tensor must have at least 2 dimensions");
    let n = t.dim();
    let (rows, cols) = (t.sizes()[n - 2], t.sizes()[n - 1]);
    let outer = t.sizes()[..n - 2].to_vec();
    for r in 0..rows {
        // The columns to clear are one run at either end.
        let first = (0..cols).find(|c| !keep(r, *c));
        let Some(from) = first else { continue };
        let to = (from..cols).find(|c| keep(r, *c)).unwrap_or(cols);
        let mut sizes = Dims::from_slice(&outer);
        sizes.push(to - from);
        let mut strides = Dims::from_slice(&t.strides()[..n - 2]);
        strides.push(t.strides()[n - 1]);
        t.as_view(&sizes, &strides, t.offset() + r * t.strides()[n - 2] + from * t.strides()[n - 1]).fill(ZERO);
    }
    Ok(())
}

fn triangle(a: &Args, in_place: bool, lower: bool) -> One {
    let (t, k) = (a.tensor(0)?, a.int(1)?);
    let out = if in_place { t.clone() } else { t.copy()? };
    mask_matrix(&out, if lower { "tril" } else { "triu" }, |r, c| if lower { c - r <= k } else { c - r >= k })?;
    Ok(out)
}

fn tril(a: &Args) -> One {
    triangle(a, false, true)
}

fn triu(a: &Args) -> One {
    triangle(a, false, false)
}

fn tril_(a: &Args) -> One {
    triangle(a, true, true)
}

fn triu_(a: &Args) -> One {
    triangle(a, true, false)
}

/// Zeros with `t`'s last dimension on a diagonal of two new dimensions.
fn embedded(t: &Tensor, offset: i64, d1: i64, d2: i64) -> One {
    check!(t.dim() > 0, "diag_embed: a 0-dim tensor has no diagonal");
    let rank = t.dim() + 1;
    let (i, j) = (wrap_dim(d1, rank)?, wrap_dim(d2, rank)?);
    check!(i != j, "diagonal dimensions cannot be identical {d1}, {d2}");
    let n = t.sizes()[t.dim() - 1] + offset.abs();
    let mut sizes = Dims::from_slice(&t.sizes()[..t.dim() - 1]);
    sizes.insert(i.min(j), n);
    sizes.insert(i.max(j), n);
    let out = Tensor::zeros(&sizes, t.dtype())?;
    diagonal_of(&out, offset, d1, d2)?.copy_from(t)?;
    Ok(out)
}

fn diag_embed(a: &Args) -> One {
    embedded(a.tensor(0)?, a.int(1)?, a.int(2)?, a.int(3)?)
}

fn diag(a: &Args) -> One {
    let (t, k) = (a.tensor(0)?, a.int(1)?);
    match t.dim() {
        1 => embedded(t, k, 0, 1),
        2 => diagonal_of(t, k, 0, 1)?.copy_contiguous(),
        n => bail!("diag(): Supports 1D or 2D tensors. Got {n}D"),
    }
}

fn grid(a: &Args, xy: bool) -> Result<Vec<Tensor>> {
    let ts = a.tensor_list(0)?;
    check!(!ts.is_empty(), "meshgrid expects a non-empty TensorList");
    for t in ts {
        check!(t.dim() <= 1, "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {}", t.dim());
        check!(t.dtype() == ts[0].dtype(), "torch.meshgrid expects all tensors to have the same dtype");
    }
    let swap = xy && ts.len() >= 2;
    let place = |i: usize| if swap && i < 2 { 1 - i } else { i };
    let mut shape: Dims = smallvec::smallvec![1; ts.len()];
    ts.iter().enumerate().for_each(|(i, t)| shape[place(i)] = t.numel() as i64);
    let row = |(i, t): (usize, &Tensor)| {
        let mut own: Dims = smallvec::smallvec![1; ts.len()];
        own[place(i)] = t.numel() as i64;
        t.reshape(&own)?.expand(&shape)
    };
    ts.iter().enumerate().map(row).collect()
}

fn meshgrid(a: &Args) -> Result<Vec<Tensor>> {
    grid(a, false)
}

fn meshgrid_indexing(a: &Args) -> Result<Vec<Tensor>> {
    match a.str(1)? {
        "ij" => grid(a, false),
        "xy" => grid(a, true),
        other => bail!("torch.meshgrid: indexing must be one of \"xy\" or \"ij\", but received: {other}"),
    }
}

fn block_diag(a: &Args) -> One {
    let ts: Vec<Tensor> = a.tensor_list(0)?.iter().map(atleast_2).collect::<Result<_>>()?;
    let (mut rows, mut cols, mut dtype) = (0, 0, ts.first().map_or(DType::F32, |t| t.dtype()));
    for t in &ts {
        check!(t.dim() == 2, "block_diag: Input tensors must have 2 or fewer dimensions. Got {}", t.dim());
        rows += t.sizes()[0];
        cols += t.sizes()[1];
        dtype = promote_types(dtype, t.dtype())?;
    }
    let out = Tensor::zeros(&[rows, cols], dtype)?;
    let (mut r, mut c) = (0, 0);
    for t in &ts {
        narrowed(&narrowed(&out, 0, r, t.sizes()[0])?, 1, c, t.sizes()[1])?.copy_from(t)?;
        r += t.sizes()[0];
        c += t.sizes()[1];
    }
    Ok(out)
}

/// Another shape over the same storage, which grows when it is too small; elements keep their place in memory.
pub(super) fn resized(t: &Tensor, sizes: &[i64]) -> One {
    let sizes = Dims::from_slice(sizes);
    let n = crate::tensor::numel_of(&sizes)?;
    let bytes = (n + t.offset()).checked_mul(t.itemsize() as i64);
    let bytes = bytes.ok_or_else(|| err!("Storage size calculation overflowed with sizes={}", Show(&sizes)))?;
    t.storage().grow(bytes as usize)?;
    t.set_geometry(&sizes, &crate::tensor::contiguous_strides(&sizes), t.offset());
    Ok(t.clone())
}

fn resize_(a: &Args) -> One {
    resized(a.tensor(0)?, a.int_list(1)?)
}

fn resize_as_(a: &Args) -> One {
    resized(a.tensor(0)?, a.tensor(1)?.sizes())
}

fn take_over(t: &Tensor, from: &Tensor) {
    let (sizes, strides) = (Dims::from_slice(from.sizes()), Dims::from_slice(from.strides()));
    t.set_storage(from.storage().clone(), from.dtype(), &sizes, &strides, from.offset());
}

fn set_(a: &Args) -> One {
    let (t, from) = (a.tensor(0)?, a.tensor(1)?);
    check!(
        t.dtype() == from.dtype(),
        "Could not set tensor of type {} to a tensor of type {}",
        from.dtype().name(),
        t.dtype().name()
    );
    take_over(t, from);
    Ok(t.clone())
}

fn set_data(a: &Args) -> Result<()> {
    take_over(a.tensor(0)?, a.tensor(1)?);
    Ok(())
}

fn requires_grad_(a: &Args) -> One {
    let (t, on) = (a.tensor(0)?, a.bool(1)?);
    check!(!on || t.dtype().is_float() || t.dtype().is_complex(), "only Tensors of floating point dtype can require gradients");
    t.set_requires_grad(on);
    Ok(t.clone())
}
