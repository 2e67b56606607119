//! Operators that look at the same storage through another shape.

use crate::dtype::DType;
use crate::kernel::{NONE, apply};
use crate::tensor::{Dims, Show, Tensor, infer_size, wrap_dim};
use crate::{Args, Result};
use alloc::vec::Vec;

operators! {
    aten::view => view,
    aten::_unsafe_view => view,
    aten::view.dtype => view_dtype,
    aten::view_as => view_as,
    aten::view_copy => view_copy,
    aten::reshape => reshape,
    aten::reshape_as => reshape_as,
    aten::transpose.int => transpose,
    aten::swapaxes => transpose,
    aten::swapdims => transpose,
    aten::transpose_ => transpose_,
    aten::swapaxes_ => transpose_,
    aten::swapdims_ => transpose_,
    aten::permute => permute,
    aten::select.int => select,
    aten::select_copy.int => select_copy,
    aten::slice.Tensor => slice,
    aten::squeeze => squeeze,
    aten::squeeze.dim => squeeze_dim,
    aten::squeeze.dims => squeeze_dims,
    aten::squeeze_ => squeeze_,
    aten::squeeze_.dim => squeeze_dim_,
    aten::squeeze_.dims => squeeze_dims_,
    aten::unsqueeze => unsqueeze,
    aten::unsqueeze_ => unsqueeze_,
    aten::expand => expand,
    aten::broadcast_to => expand,
    aten::expand_as => expand_as,
    aten::broadcast_tensors => broadcast_tensors,
    aten::narrow => narrow,
    aten::narrow.Tensor => narrow,
    aten::narrow_copy => narrow_copy,
    aten::split => split_sizes,
    aten::split.sizes => split_sizes,
    aten::split_with_sizes => split_sizes,
    aten::unsafe_split_with_sizes => split_sizes,
    aten::split.Tensor => split,
    aten::unsafe_split.Tensor => split,
    aten::chunk => chunk,
    aten::unsafe_chunk => chunk,
    aten::tensor_split.sections => tensor_split,
    aten::tensor_split.indices => tensor_split_at,
    aten::tensor_split.tensor_indices_or_sections => tensor_split_by,
    aten::hsplit.int => hsplit,
    aten::hsplit.array => hsplit_at,
    aten::vsplit.int => vsplit,
    aten::vsplit.array => vsplit_at,
    aten::dsplit.int => dsplit,
    aten::dsplit.array => dsplit_at,
    aten::unbind.int => unbind,
    aten::flatten.using_ints => flatten,
    aten::unflatten.int => unflatten,
    aten::ravel => ravel,
    aten::t => t,
    aten::t_ => t_,
    aten::numpy_T => numpy_t,
    aten::numpy_T.a => numpy_t,
    aten::mT => m_t,
    aten::mT.a => m_t,
    aten::mH => m_h,
    aten::mH.a => m_h,
    aten::adjoint => adjoint,
    aten::matrix_H => matrix_h,
    aten::matrix_H.a => matrix_h,
    aten::as_strided => as_strided,
    aten::as_strided_ => as_strided_,
    aten::diagonal => diagonal,
    aten::unfold => unfold,
    aten::movedim.int => movedim,
    aten::moveaxis.int => movedim,
    aten::movedim.intlist => movedims,
    aten::moveaxis.intlist => movedims,
    aten::atleast_1d => atleast_1d,
    aten::atleast_2d => atleast_2d,
    aten::atleast_3d => atleast_3d,
    aten::alias => same,
    aten::detach => detach,
    aten::detach_ => detach_,
    prim::data => detach,
    aten::data => detach,
    aten::view_as_real => view_as_real,
    aten::view_as_complex => view_as_complex,
}

type One = Result<Tensor>;
type Many = Result<Vec<Tensor>>;

/// The whole tensor again, as another tensor object.
fn whole(t: &Tensor) -> Tensor {
    t.as_view(t.sizes(), t.strides(), t.offset())
}

/// `t` takes over the geometry of `v`, a view of it.
pub(crate) fn become_view(t: &Tensor, v: &Tensor) -> Tensor {
    t.set_geometry(v.sizes(), v.strides(), v.offset());
    t.clone()
}

fn view(a: &Args) -> One {
    a.tensor(0)?.view(a.int_list(1)?)
}

fn view_copy(a: &Args) -> One {
    view(a)?.copy()
}

fn view_as(a: &Args) -> One {
    a.tensor(0)?.view(a.tensor(1)?.sizes())
}

fn reshape(a: &Args) -> One {
    a.tensor(0)?.reshape(a.int_list(1)?)
}

fn reshape_as(a: &Args) -> One {
    a.tensor(0)?.reshape(a.tensor(1)?.sizes())
}

/// The same bytes as another element type; the last dimension grows or shrinks with the element's size.
fn view_dtype(a: &Args) -> One {
    let (x, d) = (a.tensor(0)?, a.dtype(1)?);
    let (old, new) = (x.itemsize() as i64, d.size() as i64);
    let (mut sizes, mut strides) = (Dims::from_slice(x.sizes()), Dims::from_slice(x.strides()));
    let mut offset = x.offset();
    if old != new {
        check!(x.dim() > 0, "self.dim() cannot be 0 to view {} as {} (different element sizes)", x.dtype().name(), d.name());
        let last = x.dim() - 1;
        check!(
            strides[last] == 1 || sizes[last] == 1,
            "self.stride(-1) must be 1 to view {} as {} (different element sizes), but got {}",
            x.dtype().name(),
            d.name(),
            strides[last]
        );
        let (up, down) = (old / new, new / old);
        if up > 0 {
            sizes[last] *= up;
            strides.iter_mut().take(last).for_each(|s| *s *= up);
            offset *= up;
        } else {
            let fits = sizes[last] % down == 0 && offset % down == 0 && strides.iter().take(last).all(|s| s % down == 0);
            check!(
                fits,
                "self.size(-1) must be divisible by {down} to view {} as {} (different element sizes), but got {}",
                x.dtype().name(),
                d.name(),
                sizes[last]
            );
            sizes[last] /= down;
            strides.iter_mut().take(last).for_each(|s| *s /= down);
            offset /= down;
        }
        strides[last] = 1;
    }
    Ok(Tensor::over(x.storage().clone(), d, &sizes, &strides, offset))
}

fn transpose(a: &Args) -> One {
    a.tensor(0)?.transpose(a.int(1)?, a.int(2)?)
}

fn transpose_(a: &Args) -> One {
    Ok(become_view(a.tensor(0)?, &transpose(a)?))
}

fn permute(a: &Args) -> One {
    a.tensor(0)?.permute(a.int_list(1)?)
}

fn select(a: &Args) -> One {
    a.tensor(0)?.select(a.int(1)?, a.int(2)?)
}

fn select_copy(a: &Args) -> One {
    select(a)?.copy()
}

fn slice(a: &Args) -> One {
    let (start, end) = (a.opt_int(2)?.unwrap_or(0), a.opt_int(3)?.unwrap_or(i64::MAX));
    a.tensor(0)?.slice(a.int(1)?, start, end, a.int(4)?)
}

/// Without the dimensions of size 1 that `drop` names.
fn squeezed(t: &Tensor, drop: impl Fn(usize) -> bool) -> Tensor {
    let keep = |d: &usize| t.sizes()[*d] != 1 || !drop(*d);
    let dims: smallvec::SmallVec<[usize; 6]> = (0..t.dim()).filter(keep).collect();
    let pick = |v: &[i64]| -> Dims { dims.iter().map(|d| v[*d]).collect() };
    t.as_view(&pick(t.sizes()), &pick(t.strides()), t.offset())
}

fn squeeze(a: &Args) -> One {
    Ok(squeezed(a.tensor(0)?, |_| true))
}

fn squeeze_dim(a: &Args) -> One {
    a.tensor(0)?.squeeze(a.int(1)?)
}

fn squeeze_dims(a: &Args) -> One {
    let t = a.tensor(0)?;
    let dims: Vec<usize> = a.int_list(1)?.iter().map(|d| wrap_dim(*d, t.dim())).collect::<Result<_>>()?;
    Ok(squeezed(t, |d| dims.contains(&d)))
}

fn squeeze_(a: &Args) -> One {
    Ok(become_view(a.tensor(0)?, &squeeze(a)?))
}

fn squeeze_dim_(a: &Args) -> One {
    Ok(become_view(a.tensor(0)?, &squeeze_dim(a)?))
}

fn squeeze_dims_(a: &Args) -> One {
    Ok(become_view(a.tensor(0)?, &squeeze_dims(a)?))
}

fn unsqueeze(a: &Args) -> One {
    a.tensor(0)?.unsqueeze(a.int(1)?)
}

fn unsqueeze_(a: &Args) -> One {
    Ok(become_view(a.tensor(0)?, &unsqueeze(a)?))
}

fn expand(a: &Args) -> One {
    a.tensor(0)?.expand(a.int_list(1)?)
}

fn expand_as(a: &Args) -> One {
    a.tensor(0)?.expand(a.tensor(1)?.sizes())
}

fn broadcast_tensors(a: &Args) -> Many {
    let ts = a.tensor_list(0)?;
    let shape = crate::tensor::broadcast_all(ts)?;
    ts.iter().map(|t| t.expand(&shape)).collect()
}

/// `length` entries from `start` on along a dimension.
pub(crate) fn narrowed(t: &Tensor, dim: usize, start: i64, length: i64) -> One {
    check!(t.dim() > 0, "narrow() cannot be applied to a 0-dim tensor.");
    check!(length >= 0, "narrow(): length must be non-negative.");
    let size = t.sizes()[dim];
    check!(
        -size <= start && start <= size,
        Index,
        "start out of range (expected to be in range of [{}, {size}], but got {start})",
        -size
    );
    let start = if start < 0 { start + size } else { start };
    check!(length <= size - start, "start ({start}) + length ({length}) exceeds dimension size ({size}).");
    let mut sizes = Dims::from_slice(t.sizes());
    sizes[dim] = length;
    Ok(t.as_view(&sizes, t.strides(), t.offset() + start * t.strides()[dim]))
}

fn narrow(a: &Args) -> One {
    let t = a.tensor(0)?;
    if let Some(start) = a.value(2)?.as_tensor() {
        let fits = start.dim() == 0 && start.dtype().is_int();
        check!(fits, "start must be an 0-dim integral Tensor.");
    }
    narrowed(t, a.dim(1, t.dim())?, a.int(2)?, a.int(3)?)
}

fn narrow_copy(a: &Args) -> One {
    narrow(a)?.copy()
}

/// Pieces of the given sizes along a dimension.
pub(crate) fn split_into(t: &Tensor, dim: usize, sizes: impl IntoIterator<Item = i64>) -> Many {
    let mut at = 0;
    sizes
        .into_iter()
        .map(|n| {
            let v = narrowed(t, dim, at, n);
            at += n;
            v
        })
        .collect()
}

fn split_sizes(a: &Args) -> Many {
    let (t, sizes) = (a.tensor(0)?, a.int_list(1)?);
    check!(t.dim() > 0, "split expects at least a 1-dimensional tensor");
    let d = a.dim(2, t.dim())?;
    let total: i64 = sizes.iter().sum();
    check!(
        sizes.iter().all(|s| *s >= 0),
        "split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={}",
        Show(sizes)
    );
    check!(
        total == t.sizes()[d],
        "split_with_sizes expects split_sizes to sum exactly to {} (input tensor's size at dimension {d}), but got split_sizes={}",
        t.sizes()[d],
        Show(sizes)
    );
    split_into(t, d, sizes.iter().copied())
}

/// Pieces of `n` entries, the last one smaller.
fn pieces(t: &Tensor, d: usize, n: i64) -> Many {
    let size = t.sizes()[d];
    check!(n >= 0, "split expects split_size be non-negative, but got split_size={n}");
    check!(n > 0 || size == 0, "split_size can only be 0 if dimension size is 0, but got dimension size of {size}");
    let count = if n == 0 { 1 } else { ((size + n - 1) / n).max(1) };
    split_into(t, d, (0..count).map(|i| n.min(size - i * n)))
}

fn split(a: &Args) -> Many {
    let t = a.tensor(0)?;
    check!(t.dim() > 0, "split expects at least a 1-dimensional tensor");
    pieces(t, a.dim(2, t.dim())?, a.int(1)?)
}

fn chunk(a: &Args) -> Many {
    let (t, n) = (a.tensor(0)?, a.int(1)?);
    check!(t.dim() > 0, "chunk expects at least a 1-dimensional tensor");
    check!(n > 0, "chunk expects `chunks` to be greater than 0, got: {n}");
    let d = a.dim(2, t.dim())?;
    let size = t.sizes()[d];
    let each = (size + n - 1) / n;
    if each == 0 {
        return split_into(t, d, (0..n).map(|_| 0));
    }
    pieces(t, d, each)
}

/// `n` pieces, the first ones larger by one.
fn sections(t: &Tensor, d: usize, n: i64) -> Many {
    check!(n > 0, "number of sections must be larger than 0, got {n}");
    let size = t.sizes()[d];
    split_into(t, d, (0..n).map(|i| size / n + (i < size % n) as i64))
}

/// Cut before each index.
fn cut_at(t: &Tensor, d: usize, indices: &[i64]) -> Many {
    let mut from = 0;
    let ends = indices.iter().copied().chain([i64::MAX]);
    ends.map(|end| {
        let v = t.slice(d as i64, from, end, 1);
        from = end;
        v
    })
    .collect()
}

fn at_least_1d(t: &Tensor) -> Result<()> {
    check!(t.dim() > 0, "tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims");
    Ok(())
}

fn tensor_split(a: &Args) -> Many {
    let t = a.tensor(0)?;
    at_least_1d(t)?;
    sections(t, a.dim(2, t.dim())?, a.int(1)?)
}

fn tensor_split_at(a: &Args) -> Many {
    let t = a.tensor(0)?;
    at_least_1d(t)?;
    cut_at(t, a.dim(2, t.dim())?, a.int_list(1)?)
}

fn tensor_split_by(a: &Args) -> Many {
    let (t, by) = (a.tensor(0)?, a.tensor(1)?.to_dtype(DType::I64)?.contiguous()?);
    at_least_1d(t)?;
    let d = a.dim(2, t.dim())?;
    match by.dim() {
        0 => sections(t, d, by.item()?.to_i64()),
        1 => cut_at(t, d, by.as_slice::<i64>()?),
        n => bail!(
            "tensor_split expected tensor_indices_or_sections to be a zero-dimensional or one-dimensional tensor, but got a tensor with {n} dims"
        ),
    }
}

/// Splits along a fixed dimension into equal sections.
fn equal_split(a: &Args, name: &str, rank: usize, d: usize) -> Many {
    let (t, n) = (a.tensor(0)?, a.int(1)?);
    split_rank(t, name, rank)?;
    check!(
        n != 0 && t.sizes()[d] % n == 0,
        "torch.{name} attempted to split along dimension {d}, but the size of the dimension {} is not divisible by the split_size {n}!",
        t.sizes()[d]
    );
    sections(t, d, n)
}

fn split_rank(t: &Tensor, name: &str, rank: usize) -> Result<()> {
    check!(
        t.dim() >= rank,
        "torch.{name} requires a tensor with at least {rank} dimension, but got a tensor with {} dimensions!",
        t.dim()
    );
    Ok(())
}

fn hsplit(a: &Args) -> Many {
    equal_split(a, "hsplit", 1, (a.tensor(0)?.dim() > 1) as usize)
}

fn hsplit_at(a: &Args) -> Many {
    let t = a.tensor(0)?;
    split_rank(t, "hsplit", 1)?;
    cut_at(t, (t.dim() > 1) as usize, a.int_list(1)?)
}

fn vsplit(a: &Args) -> Many {
    equal_split(a, "vsplit", 2, 0)
}

fn vsplit_at(a: &Args) -> Many {
    split_rank(a.tensor(0)?, "vsplit", 2)?;
    cut_at(a.tensor(0)?, 0, a.int_list(1)?)
}

fn dsplit(a: &Args) -> Many {
    equal_split(a, "dsplit", 3, 2)
}

fn dsplit_at(a: &Args) -> Many {
    split_rank(a.tensor(0)?, "dsplit", 3)?;
    cut_at(a.tensor(0)?, 2, a.int_list(1)?)
}

fn unbind(a: &Args) -> Many {
    let t = a.tensor(0)?;
    check!(t.dim() > 0, "Dimension specified as {} but tensor has no dimensions", a.int(1)?);
    let d = a.dim(1, t.dim())?;
    (0..t.sizes()[d]).map(|i| t.select(d as i64, i)).collect()
}

fn flatten(a: &Args) -> One {
    let t = a.tensor(0)?;
    let (from, to) = (a.dim(1, t.dim())?, a.dim(2, t.dim())?);
    check!(from <= to, "flatten() has invalid args: start_dim cannot come after end_dim");
    if t.dim() == 0 {
        return t.reshape(&[1]);
    }
    if from == to {
        return Ok(t.clone());
    }
    let mut sizes = Dims::from_slice(&t.sizes()[..from]);
    sizes.push(t.sizes()[from..=to].iter().product());
    sizes.extend_from_slice(&t.sizes()[to + 1..]);
    t.reshape(&sizes)
}

fn unflatten(a: &Args) -> One {
    let (t, inner) = (a.tensor(0)?, a.int_list(2)?);
    check!(!inner.is_empty(), "unflatten: sizes must be non-empty");
    check!(t.dim() > 0, Index, "unflatten: a 0-dim tensor has no dimensions");
    let d = a.dim(1, t.dim())?;
    let filled = infer_size(inner, t.sizes()[d]).map_err(|_| {
        err!(
            "unflatten: Provided sizes {} don't multiply up to the size of dim {d} ({}) in the input tensor",
            Show(inner),
            t.sizes()[d]
        )
    })?;
    let mut sizes = Dims::from_slice(&t.sizes()[..d]);
    sizes.extend_from_slice(&filled);
    sizes.extend_from_slice(&t.sizes()[d + 1..]);
    t.view(&sizes)
}

fn ravel(a: &Args) -> One {
    a.tensor(0)?.contiguous()?.view(&[-1])
}

fn t(a: &Args) -> One {
    let x = a.tensor(0)?;
    check!(x.dim() <= 2, "t() expects a tensor with <= 2 dimensions, but self is {}D", x.dim());
    if x.dim() < 2 { Ok(whole(x)) } else { x.transpose(0, 1) }
}

fn t_(a: &Args) -> One {
    Ok(become_view(a.tensor(0)?, &t(a)?))
}

fn numpy_t(a: &Args) -> One {
    let x = a.tensor(0)?;
    let order: Dims = (0..x.dim() as i64).rev().collect();
    x.permute(&order)
}

/// Matrices transposed; a number is one already.
fn transposed(x: &Tensor, name: &str) -> One {
    check!(x.dim() != 1, "tensor.{name} is only supported on matrices or batches of matrices. Got 1-D tensor.");
    if x.dim() == 0 { Ok(x.clone()) } else { x.transpose(-2, -1) }
}

fn m_t(a: &Args) -> One {
    transposed(a.tensor(0)?, "mT")
}

/// A transposed view; of complex numbers a copy, conjugated.
fn conjugated(x: Tensor) -> One {
    if x.dtype().is_complex() { apply::<super::unary::Conj, 1>([&x], NONE) } else { Ok(x) }
}

fn m_h(a: &Args) -> One {
    conjugated(transposed(a.tensor(0)?, "mH")?)
}

fn adjoint(a: &Args) -> One {
    conjugated(transposed(a.tensor(0)?, "adjoint()")?)
}

fn matrix_h(a: &Args) -> One {
    let x = a.tensor(0)?;
    let instead = if x.dim() > 2 { " For batches of matrices, consider using tensor.mH" } else { "" };
    check!(
        x.dim() == 2 || x.dim() == 0,
        "tensor.H is only supported on matrices (2-D tensors). Got {}-D tensor.{instead}",
        x.dim()
    );
    conjugated(if x.dim() == 2 { x.transpose(0, 1)? } else { x.clone() })
}

fn as_strided(a: &Args) -> One {
    let (x, sizes, strides) = (a.tensor(0)?, a.int_list(1)?, a.int_list(2)?);
    let offset = a.opt_int(3)?.unwrap_or(x.offset());
    check!(sizes.len() == strides.len(), "mismatch in length of strides and shape");
    check!(
        strides.iter().all(|s| *s >= 0),
        "as_strided: Negative strides are not supported at the moment, got strides: {}",
        Show(strides)
    );
    check!(offset >= 0, "Tensor: invalid storage offset {offset}");
    let n = crate::tensor::numel_of(sizes)?;
    let last: i64 = sizes.iter().zip(strides).map(|(s, st)| (s - 1).saturating_mul(*st)).fold(offset, i64::saturating_add);
    let bytes = last.saturating_add(1).saturating_mul(x.itemsize() as i64);
    check!(
        n == 0 || bytes <= x.storage().nbytes() as i64,
        "setStorage: sizes {}, strides {}, storage offset {offset}, and itemsize {} requiring a storage size of {bytes} are out of bounds for storage of size {}",
        Show(sizes),
        Show(strides),
        x.itemsize(),
        x.storage().nbytes()
    );
    Ok(x.as_view(sizes, strides, offset))
}

fn as_strided_(a: &Args) -> One {
    Ok(become_view(a.tensor(0)?, &as_strided(a)?))
}

/// The diagonal of two dimensions as the last dimension of a view.
pub(crate) fn diagonal_of(x: &Tensor, offset: i64, d1: i64, d2: i64) -> One {
    let (i, j) = (wrap_dim(d1, x.dim())?, wrap_dim(d2, x.dim())?);
    check!(i != j, "diagonal dimensions cannot be identical {d1}, {d2}");
    let (rows, cols) = (x.sizes()[i], x.sizes()[j]);
    let n = if offset >= 0 { rows.min(cols - offset) } else { (rows + offset).min(cols) }.max(0);
    let shift = if n == 0 { 0 } else { offset.max(0) * x.strides()[j] + (-offset).max(0) * x.strides()[i] };
    let (mut s, mut st) = (Dims::from_slice(x.sizes()), Dims::from_slice(x.strides()));
    let step = st[i] + st[j];
    for d in [i.max(j), i.min(j)] {
        s.remove(d);
        st.remove(d);
    }
    s.push(n);
    st.push(step);
    Ok(x.as_view(&s, &st, x.offset() + shift))
}

fn diagonal(a: &Args) -> One {
    diagonal_of(a.tensor(0)?, a.int(1)?, a.int(2)?, a.int(3)?)
}

fn unfold(a: &Args) -> One {
    let (x, size, step) = (a.tensor(0)?, a.int(2)?, a.int(3)?);
    let d = a.dim(1, x.dim())?;
    let (have, stride) = if x.dim() == 0 { (1, 1) } else { (x.sizes()[d], x.strides()[d]) };
    check!(size >= 0, "size is {size} but must be >= 0");
    check!(size <= have, "maximum size for tensor at dimension {d} is {have} but size is {size}");
    check!(step > 0, "step is {step} but must be > 0");
    let (mut s, mut st) = (Dims::from_slice(x.sizes()), Dims::from_slice(x.strides()));
    if x.dim() > 0 {
        s[d] = (have - size) / step + 1;
        st[d] = step * stride;
    }
    s.push(size);
    st.push(stride);
    Ok(x.as_view(&s, &st, x.offset()))
}

/// Dimensions moved to new places, the others in order around them.
pub(crate) fn moved(x: &Tensor, from: &[i64], to: &[i64]) -> One {
    check!(
        from.len() == to.len(),
        "movedim: Invalid source or destination dims: source ({} dims) should contain the same number of dims as destination ({} dims)",
        Show(from),
        Show(to)
    );
    let n = x.dim();
    let mut order: Dims = smallvec::smallvec![-1; n];
    let mut taken: smallvec::SmallVec<[bool; 8]> = smallvec::smallvec![false; n];
    for (f, t) in from.iter().zip(to) {
        let (f, t) = (wrap_dim(*f, n)?, wrap_dim(*t, n)?);
        if n == 0 {
            continue;
        }
        check!(!taken[f], "movedim: repeated dim in `source` ({})", Show(from));
        check!(order[t] == -1, "movedim: repeated dim in `destination` ({})", Show(to));
        order[t] = f as i64;
        taken[f] = true;
    }
    let mut rest = (0..n).filter(|d| !taken[*d]);
    for o in order.iter_mut().filter(|o| **o == -1) {
        *o = rest.next().map_or(0, |d| d as i64);
    }
    x.permute(&order)
}

fn movedim(a: &Args) -> One {
    moved(a.tensor(0)?, &[a.int(1)?], &[a.int(2)?])
}

fn movedims(a: &Args) -> One {
    moved(a.tensor(0)?, a.int_list(1)?, a.int_list(2)?)
}

pub(crate) fn atleast_1(x: &Tensor) -> One {
    if x.dim() == 0 { x.reshape(&[1]) } else { Ok(x.clone()) }
}

pub(crate) fn atleast_2(x: &Tensor) -> One {
    if x.dim() >= 2 { Ok(x.clone()) } else { atleast_1(x)?.unsqueeze(0) }
}

pub(crate) fn atleast_3(x: &Tensor) -> One {
    if x.dim() >= 3 { Ok(x.clone()) } else { atleast_2(x)?.unsqueeze(-1) }
}

fn atleast_1d(a: &Args) -> One {
    atleast_1(a.tensor(0)?)
}

fn atleast_2d(a: &Args) -> One {
    atleast_2(a.tensor(0)?)
}

fn atleast_3d(a: &Args) -> One {
    atleast_3(a.tensor(0)?)
}

fn same(a: &Args) -> One {
    Ok(whole(a.tensor(0)?))
}

fn detach(a: &Args) -> One {
    same(a)
}

fn detach_(a: &Args) -> One {
    let t = a.tensor(0)?;
    t.set_requires_grad(false);
    Ok(t.clone())
}

fn view_as_real(a: &Args) -> One {
    let x = a.tensor(0)?;
    check!(x.dtype().is_complex(), "view_as_real is only supported for complex tensors");
    let mut sizes = Dims::from_slice(x.sizes());
    let mut strides: Dims = x.strides().iter().map(|s| 2 * s).collect();
    sizes.push(2);
    strides.push(1);
    Ok(Tensor::over(x.storage().clone(), x.dtype().to_real(), &sizes, &strides, 2 * x.offset()))
}

fn view_as_complex(a: &Args) -> One {
    let x = a.tensor(0)?;
    check!(
        matches!(x.dtype(), DType::F16 | DType::F32 | DType::F64),
        "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: {}",
        x.dtype().name()
    );
    check!(x.dim() > 0, "Input tensor must have one or more dimensions");
    let last = x.dim() - 1;
    check!(x.sizes()[last] == 2, "Tensor must have a last dimension of size 2");
    check!(x.strides()[last] == 1, "Tensor must have a last dimension with stride 1");
    let even = x.strides()[..last].iter().all(|s| s % 2 == 0);
    check!(even, "Tensor must have a stride divisible by 2 for all but last dimension");
    check!(x.offset() % 2 == 0, "Tensor must have a storage_offset divisible by 2");
    let strides: Dims = x.strides()[..last].iter().map(|s| s / 2).collect();
    Ok(Tensor::over(x.storage().clone(), x.dtype().to_complex(), &x.sizes()[..last], &strides, x.offset() / 2))
}

/// View of the real (0) or imaginary (1) parts of a complex tensor.
pub(crate) fn part(x: &Tensor, which: i64) -> One {
    let strides: Dims = x.strides().iter().map(|s| 2 * s).collect();
    Ok(Tensor::over(x.storage().clone(), x.dtype().to_real(), x.sizes(), &strides, 2 * x.offset() + which))
}
