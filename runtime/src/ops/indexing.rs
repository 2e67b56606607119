//! Operators that read and write elements by position: advanced indexing, gather and scatter, masks.

use crate::dtype::DType;
use crate::element::{Complex, Element};
use crate::iter::{TensorIter, check_inplace_shape, check_no_internal_overlap};
use crate::tensor::{Dims, Show, Tensor, broadcast, broadcast_all, wrap_dim};
use crate::{Args, Result, Scalar};
use alloc::vec::Vec;

operators! {
    aten::index.Tensor => index,
    aten::_unsafe_index.Tensor => index,
    aten::_unsafe_index.Tensor_hacked_twin => index,
    aten::index.Tensor_hacked_twin => index,
    aten::index_put => index_put,
    aten::_unsafe_index_put => index_put,
    aten::_unsafe_index_put.hacked_twin => index_put,
    aten::index_put.hacked_twin => index_put,
    aten::index_put_ => index_put_,
    aten::index_put_.hacked_twin => index_put_,
    aten::_index_put_impl_ => index_put_,
    aten::_index_put_impl_.hacked_twin => index_put_,
    aten::index_select => index_select,
    aten::index_add => index_add,
    aten::index_add_ => index_add_,
    aten::index_copy => index_copy,
    aten::index_copy_ => index_copy_,
    aten::index_fill.int_Scalar => index_fill,
    aten::index_fill.int_Tensor => index_fill,
    aten::index_fill_.int_Scalar => index_fill_,
    aten::index_fill_.int_Tensor => index_fill_,
    aten::take => take,
    aten::put => put,
    aten::put_ => put_,
    aten::take_along_dim => take_along_dim,
    aten::gather => gather,
    aten::scatter.src => scatter,
    aten::scatter.value => scatter,
    aten::scatter.reduce => scatter_reduce,
    aten::scatter.value_reduce => scatter_reduce,
    aten::scatter_.src => scatter_,
    aten::scatter_.value => scatter_,
    aten::scatter_.reduce => scatter_reduce_,
    aten::scatter_.value_reduce => scatter_reduce_,
    aten::scatter_add => scatter_add,
    aten::scatter_add_ => scatter_add_,
    aten::nonzero => nonzero,
    aten::argwhere => nonzero,
    aten::nonzero_numpy => nonzero_numpy,
    aten::where => nonzero_numpy,
    aten::masked_select => masked_select,
    aten::masked_fill.Scalar => masked_fill,
    aten::masked_fill.Tensor => masked_fill,
    aten::masked_fill_.Scalar => masked_fill_,
    aten::masked_fill_.Tensor => masked_fill_,
    aten::masked_scatter => masked_scatter,
    aten::masked_scatter_ => masked_scatter_,
}

type One = Result<Tensor>;

/// What joins an element and a new value.
#[derive(Clone, Copy, PartialEq)]
enum Join {
    Replace,
    Add,
    Multiply,
}

/// Numbers as operands of [`Join`], wrapping for integers, or for bools.
fn joined<T: Element>(join: Join, old: T, new: T) -> T {
    use crate::element::Via;
    match (join, T::VIA) {
        (Join::Replace, _) => new,
        (Join::Add, Via::Int) => T::from_i64(old.to_i64().wrapping_add(new.to_i64())),
        (Join::Multiply, Via::Int) => T::from_i64(old.to_i64().wrapping_mul(new.to_i64())),
        // Of narrower floats too: one rounding more of an exact f64 result gives what their own arithmetic gives.
        (Join::Add, Via::Float) => T::from_f64(old.to_f64() + new.to_f64()),
        (Join::Multiply, Via::Float) => T::from_f64(old.to_f64() * new.to_f64()),
        (Join::Add, Via::Complex) => T::from_c128(old.to_c128() + new.to_c128()),
        (Join::Multiply, Via::Complex) => T::from_c128(old.to_c128() * new.to_c128()),
    }
}

/// Offsets (in units of the strides) of all positions of a shape, in order.
fn offsets(shape: &[i64], strides: &[i64]) -> Vec<i64> {
    let mut out = alloc::vec![0i64];
    for (n, st) in shape.iter().zip(strides) {
        let mut next = Vec::with_capacity(out.len() * *n as usize);
        for base in &out {
            next.extend((0..*n).map(|i| base + i * st));
        }
        out = next;
    }
    out
}

/// Positions (one row per element that is not zero) of a tensor's elements.
fn positions(t: &Tensor) -> Result<Vec<i64>> {
    let t = t.contiguous()?;
    let (n, rank) = (t.numel(), t.dim());
    let mut out = Vec::new();
    let sizes = Dims::from_slice(t.sizes());
    dispatch!(t.dtype(), T => {
        for (k, v) in t.as_slice::<T>()?.iter().enumerate().take(n) {
            if v.to_bool() {
                let at = out.len();
                out.resize(at + rank, 0);
                let mut k = k as i64;
                for d in (0..rank).rev() {
                    out[at + d] = k % sizes[d];
                    k /= sizes[d];
                }
                if rank == 0 {
                    out.push(0);
                }
            }
        }
    });
    Ok(out)
}

fn nonzero(a: &Args) -> One {
    let t = a.tensor(0)?;
    let flat = positions(t)?;
    if t.dim() == 0 {
        return Tensor::empty(&[flat.len() as i64, 0], DType::I64);
    }
    Tensor::from_slice(&flat, &[(flat.len() / t.dim()) as i64, t.dim() as i64])
}

/// One index tensor per dimension; a 0-dim tensor counts as one of one element.
fn columns(t: &Tensor) -> Result<Vec<Tensor>> {
    let rank = t.dim().max(1);
    let flat = positions(t)?;
    let column = |d: usize| {
        let c: Vec<i64> = flat.iter().skip(d).step_by(rank).copied().collect();
        Tensor::from_slice(&c, &[c.len() as i64])
    };
    (0..rank).map(column).collect()
}

fn nonzero_numpy(a: &Args) -> Result<Vec<Tensor>> {
    columns(a.tensor(0)?)
}

/// A resolved advanced index into a tensor.
struct Plan {
    /// Sizes and strides (in elements) of the dimensions before, by and after the index.
    before: (Dims, Dims),
    index: Dims,
    after: (Dims, Dims),
    /// Offset (in elements) that each position of the index adds.
    at: Vec<i64>,
}

impl Plan {
    fn new(t: &Tensor, given: &[Option<Tensor>]) -> Result<Plan> {
        let mut by: Vec<Option<Tensor>> = Vec::new();
        for (k, i) in given.iter().enumerate() {
            let Some(i) = i else {
                by.push(None);
                continue;
            };
            if !matches!(i.dtype(), DType::Bool | DType::U8) {
                check!(
                    matches!(i.dtype(), DType::I64 | DType::I32),
                    Index,
                    "tensors used as indices must be long, int, byte or bool tensors"
                );
                by.push(Some(i.to_dtype(DType::I64)?));
                continue;
            }
            for d in 0..i.dim() {
                let have = t.sizes().get(by.len() + d);
                check!(
                    have == Some(&i.sizes()[d]),
                    Index,
                    "The shape of the mask {} at index {d} does not match the shape of the indexed tensor {} at index {}",
                    Show(i.sizes()),
                    Show(t.sizes()),
                    by.len() + d
                );
            }
            check!(i.dim() > 0, NotImplemented, "indexing by a 0-dim mask (argument {k}) is not supported");
            by.extend(columns(i)?.into_iter().map(Some));
        }
        check!(by.len() <= t.dim(), Index, "too many indices for tensor of dimension {}", t.dim());
        let used: Vec<usize> = (0..by.len()).filter(|k| by[*k].is_some()).collect();
        let tensors: Vec<&Tensor> = by.iter().flatten().collect();
        let index = broadcast_all(tensors.iter().copied()).map_err(|_| shapes_differ(&tensors))?;
        let together = used.windows(2).all(|w| w[1] == w[0] + 1);
        let first = if together { used.first().copied().unwrap_or(0) } else { 0 };
        let mut plan = Plan { before: Default::default(), index, after: Default::default(), at: Vec::new() };
        for d in (0..t.dim()).filter(|d| by.get(*d).is_none_or(|i| i.is_none())) {
            let side = if d < first { &mut plan.before } else { &mut plan.after };
            side.0.push(t.sizes()[d]);
            side.1.push(t.strides()[d]);
        }
        let n: i64 = plan.index.iter().product();
        plan.at = alloc::vec![0; n as usize];
        for d in used {
            let Some(i) = &by[d] else { continue };
            let wide = i.expand(&plan.index)?.contiguous()?;
            let size = t.sizes()[d];
            for (o, &k) in plan.at.iter_mut().zip(wide.as_slice::<i64>()?) {
                if k < -size || k >= size {
                    return Err(err!(Index, "index {k} is out of bounds for dimension {d} with size {size}").dim(d));
                }
                *o += (if k < 0 { k + size } else { k }) * t.strides()[d];
            }
        }
        Ok(plan)
    }

    /// The shape of the indexed elements.
    fn shape(&self) -> Dims {
        self.before.0.iter().chain(&self.index).chain(&self.after.0).copied().collect()
    }

    /// Pairs every indexed element of `t` with the element of `v` (of the plan's shape) at its position, run by run:
    /// `f(pointer into t, pointer into v, stride in t, stride in v, count)`, strides in bytes.
    fn for_each(&self, t: &Tensor, v: &Tensor, mut f: impl FnMut(*mut u8, *mut u8, isize, isize, usize)) {
        if v.numel() == 0 {
            return;
        }
        let (b, n) = (self.before.0.len(), self.index.len());
        let steps = offsets(&self.index, &v.strides()[b..b + n]);
        let sizes: Dims = self.before.0.iter().chain(&self.after.0).copied().collect();
        let strides: Dims = self.before.1.iter().chain(&self.after.1).copied().collect();
        let own: Dims = v.strides()[..b].iter().chain(&v.strides()[b + n..]).copied().collect();
        let (et, ev) = (t.itemsize() as isize, v.itemsize() as isize);
        let (x, y) = (t.as_view(&sizes, &strides, t.offset()), v.as_view(&sizes, &own, v.offset()));
        let mut it = TensorIter::new(&sizes, [&x, &y]);
        let base = it.data;
        for (o, s) in self.at.iter().zip(steps) {
            it.data = [base[0].wrapping_offset(*o as isize * et), base[1].wrapping_offset(s as isize * ev)];
            it.for_each(|[p, q], [sp, sq], n| f(p, q, sp, sq, n));
        }
    }
}

fn shapes_differ(ts: &[&Tensor]) -> crate::Error {
    let mut s = alloc::string::String::new();
    for (i, t) in ts.iter().enumerate() {
        s += &alloc::format!("{}{}", if i > 0 { ", " } else { "" }, Show(t.sizes()));
    }
    err!(Index, "shape mismatch: indexing tensors could not be broadcast together with shapes {s}")
}

/// `t[indices]`, None standing for a full slice.
pub fn indexed(t: &Tensor, indices: &[Option<Tensor>]) -> One {
    let plan = Plan::new(t, indices)?;
    let out = Tensor::empty(&plan.shape(), t.dtype())?;
    let e = t.itemsize();
    dispatch_size!(e, T => plan.for_each(t, &out, |p, q, sp, sq, n| {
        // SAFETY: the plan stays inside both tensors.
        unsafe {
            if sp == e as isize && sq == e as isize {
                core::ptr::copy_nonoverlapping(p, q, n * e);
            } else {
                for i in 0..n as isize {
                    *(q.offset(i * sq) as *mut T) = *(p.offset(i * sp) as *const T);
                }
            }
        }
    }));
    Ok(out)
}

fn index(a: &Args) -> One {
    indexed(a.tensor(0)?, a.opt_tensor_list(1)?)
}

/// `t[indices] = values`, or `+=` when accumulating.
pub fn put_at(t: &Tensor, indices: &[Option<Tensor>], values: &Tensor, accumulate: bool) -> Result<()> {
    check!(
        t.dtype() == values.dtype(),
        "Index put requires the source and destination dtypes match, got {} for the destination and {} for the source.",
        t.dtype().name(),
        values.dtype().name()
    );
    check_no_internal_overlap(t)?;
    let plan = Plan::new(t, indices)?;
    let shape = plan.shape();
    let fits = broadcast(&shape, values.sizes()).is_ok_and(|s| s == shape);
    check!(
        fits,
        "shape mismatch: value tensor of shape {} cannot be broadcast to indexing result of shape {}",
        Show(values.sizes()),
        Show(&shape)
    );
    let values = if values.storage().same(t.storage()) { values.copy()? } else { values.clone() };
    let v = values.expand(&shape)?;
    let join = if accumulate { Join::Add } else { Join::Replace };
    dispatch!(t.dtype(), T => plan.for_each(t, &v, |p, q, sp, sq, n| {
        for i in 0..n as isize {
            // SAFETY: the plan stays inside both tensors.
            unsafe {
                let old = p.offset(i * sp) as *mut T;
                *old = joined(join, *old, *(q.offset(i * sq) as *const T));
            }
        }
    }));
    Ok(())
}

fn index_put_(a: &Args) -> One {
    put_at(a.tensor(0)?, a.opt_tensor_list(1)?, a.tensor(2)?, a.bool(3)?)?;
    Ok(a.tensor(0)?.clone())
}

fn index_put(a: &Args) -> One {
    let t = a.tensor(0)?.copy()?;
    put_at(&t, a.opt_tensor_list(1)?, a.tensor(2)?, a.bool(3)?)?;
    Ok(t)
}

/// Entries along dimension `d` by number; the numbers must be in range.
pub(crate) fn select_rows(t: &Tensor, d: usize, index: &[i64]) -> One {
    let mut given: Vec<Option<Tensor>> = alloc::vec![None; d];
    given.push(Some(Tensor::from_slice(index, &[index.len() as i64])?));
    indexed(t, &given)
}

/// The index argument of operators along one dimension: int32 or int64, at most 1-dim.
fn row_numbers(index: &Tensor) -> One {
    index.to_dtype(DType::I64)?.reshape(&[-1])?.contiguous()
}

fn index_select(a: &Args) -> One {
    let t = a.tensor(0)?;
    let d = a.dim(1, t.dim())?;
    let i = a.tensor(2)?;
    check!(i.dim() <= 1, Index, "index_select(): Index is supposed to be a vector");
    check!(matches!(i.dtype(), DType::I32 | DType::I64), "index_select(): Expected dtype int32 or int64 for index");
    let i = row_numbers(i)?;
    if t.dim() == 0 {
        check!(i.as_slice::<i64>()?.iter().all(|k| *k == 0), Index, "index out of range in self");
        return if i.numel() == 1 { t.copy() } else { bail!("index_select(): a 0-dim tensor takes one index") };
    }
    let size = t.sizes()[d];
    if let Some(k) = i.as_slice::<i64>()?.iter().find(|k| !(0..size).contains(*k)) {
        check!(d > 0, Index, "index out of range in self");
        bail!(Index, "INDICES element is out of DATA bounds, id={k} axis_dim={size}");
    }
    select_rows(t, d, i.as_slice::<i64>()?)
}

/// The arguments (self, dim, index, source) of index_add and index_copy: `t[..., index, ...] join= source * alpha`.
fn along(a: &Args, t: &Tensor, join: Join, alpha: Option<Scalar>) -> One {
    let d = a.dim(1, t.dim())?;
    let (index, source) = (a.tensor(2)?, a.tensor(3)?);
    let (given, t_type, s_type) = (index.dtype().name(), t.dtype().name(), source.dtype().name());
    let same = t_type == s_type;
    let (dim, sizes) = (index.dim(), Show(index.sizes()));
    let adds = join == Join::Add;
    if adds {
        let of = "index_add_(): Index is supposed to be a vector, but got dim:";
        check!(dim <= 1, Index, "{of} {dim} with type: {given} and size: {sizes}");
        let known = matches!(index.dtype(), DType::I32 | DType::I64);
        check!(known, "index_add_(): Expected dtype int32/int64 for index but got: {given}");
        check!(same, "index_add_(): self ({t_type}) and source ({s_type}) must have the same scalar type");
    } else {
        check!(dim <= 1, Index, "index_copy_(): Index should have dimension 1 or 0 (got {dim})");
        check!(index.dtype() == DType::I64, "index_copy_(): Expected a long tensor for index, but got {given}");
        let of = "index_copy_(): self and source expected to have the same dtype, but got";
        check!(same, "{of} (self) {t_type} and (source) {s_type}");
    }
    let index = row_numbers(index)?;
    let mut shape = Dims::from_slice(t.sizes());
    if let Some(s) = shape.get_mut(d) {
        *s = index.numel() as i64;
    }
    let source = if source.dim() == 0 && t.dim() == 1 { source.reshape(&[1])? } else { source.clone() };
    let (n, have) = (index.numel(), source.sizes().get(d).copied().unwrap_or(1));
    if adds {
        let of = "index_add_(): Number of indices";
        check!(source.sizes() == &shape[..], "{of} ({n}) should be equal to source.size(dim): ({have}), for dim: {d}");
    } else {
        let of = "index_copy_(): Number of indices";
        check!(source.sizes() == &shape[..], Index, "{of} ({n}) should be equal to source.size(dim) ({have})");
    }
    let source = match alpha.filter(|s| s.to::<Complex<f64>>() != Complex::new(1.0, 0.0)) {
        Some(s) => {
            let scaled = source.copy_contiguous()?;
            dispatch!(t.dtype(), T => {
                let by: T = s.to();
                scaled.as_mut_slice::<T>()?.iter_mut().for_each(|x| *x = joined(Join::Multiply, *x, by));
            });
            scaled
        }
        None => source,
    };
    if t.dim() == 0 {
        let one = t.as_view(&[1], &[1], t.offset());
        put_at(&one, &[Some(index)], &source.reshape(&[-1])?, adds)?;
        return Ok(t.clone());
    }
    let mut given: Vec<Option<Tensor>> = alloc::vec![None; d];
    given.push(Some(index));
    put_at(t, &given, &source, adds)?;
    Ok(t.clone())
}

fn index_add_(a: &Args) -> One {
    along(a, a.tensor(0)?, Join::Add, Some(a.scalar(4)?))
}

fn index_add(a: &Args) -> One {
    along(a, &a.tensor(0)?.copy()?, Join::Add, Some(a.scalar(4)?))
}

fn index_copy_(a: &Args) -> One {
    along(a, a.tensor(0)?, Join::Replace, None)
}

fn index_copy(a: &Args) -> One {
    along(a, &a.tensor(0)?.copy()?, Join::Replace, None)
}

fn fill_rows(a: &Args, t: &Tensor) -> One {
    let d = a.dim(1, t.dim())?;
    let value = Tensor::scalar(a.scalar(3)?, t.dtype())?;
    check!(a.tensor(2)?.dtype() == DType::I64, "index_fill_(): Expected dtype int64 for index.");
    let index = row_numbers(a.tensor(2)?)?;
    let target = if t.dim() == 0 { t.as_view(&[1], &[1], t.offset()) } else { t.clone() };
    let mut given: Vec<Option<Tensor>> = alloc::vec![None; d];
    given.push(Some(index));
    put_at(&target, &given, &value, false)?;
    Ok(t.clone())
}

fn index_fill_(a: &Args) -> One {
    fill_rows(a, a.tensor(0)?)
}

fn index_fill(a: &Args) -> One {
    fill_rows(a, &a.tensor(0)?.copy()?)
}

/// Positions in a flattened tensor, wrapped and checked.
fn flat_positions(index: &Tensor, n: i64, name: &str) -> Result<Vec<i64>> {
    check!(index.dtype() == DType::I64, "{name}(): Expected a long tensor for index, but got {}", index.dtype().name());
    let i = index.contiguous()?;
    let wrap = |k: &i64| {
        check!(-n <= *k && *k < n, Index, "out of range: tried to access index {k} on a tensor of {n} elements.");
        Ok(if *k < 0 { k + n } else { *k })
    };
    i.as_slice::<i64>()?.iter().map(wrap).collect()
}

fn take(a: &Args) -> One {
    let (t, i) = (a.tensor(0)?.contiguous()?, a.tensor(1)?);
    let at = flat_positions(i, t.numel() as i64, "take")?;
    let out = Tensor::empty(i.sizes(), t.dtype())?;
    dispatch!(t.dtype(), T => {
        let from = t.as_slice::<T>()?;
        out.as_mut_slice::<T>()?.iter_mut().zip(at).for_each(|(o, k)| *o = from[k as usize]);
    });
    Ok(out)
}

fn put_into(a: &Args, t: &Tensor) -> One {
    let (index, source, join) = (a.tensor(1)?, a.tensor(2)?, if a.bool(3)? { Join::Add } else { Join::Replace });
    check!(
        index.numel() == source.numel(),
        "put_(): Expected source and index to have the same number of elements, but got source.numel() = {}, index.numel() = {}",
        source.numel(),
        index.numel()
    );
    check!(t.dtype() == source.dtype(), "put_(): self and source expected to have the same dtype");
    let at = flat_positions(index, t.numel() as i64, "put_")?;
    let places = offsets(t.sizes(), t.strides());
    let source = source.copy_contiguous()?;
    dispatch!(t.dtype(), T => for (k, v) in at.into_iter().zip(source.as_slice::<T>()?) {
        // SAFETY: the place is one of t's elements.
        unsafe {
            let p = t.ptr::<T>().offset(places[k as usize] as isize);
            *p = joined(join, *p, *v);
        }
    });
    Ok(t.clone())
}

fn put_(a: &Args) -> One {
    put_into(a, a.tensor(0)?)
}

fn put(a: &Args) -> One {
    put_into(a, &a.tensor(0)?.copy()?)
}

/// Calls `f(offset into t, position in index)` for every element of `index`, whose value names the place along `d`. Offsets and
/// positions count elements.
pub(super) fn for_each_place(t: &Tensor, d: usize, index: &Tensor, mut f: impl FnMut(isize, usize)) -> Result<()> {
    let idx = index.to_dtype(DType::I64)?.contiguous()?;
    let idx = idx.as_slice::<i64>()?;
    let (sizes, strides): (Dims, Dims) = if t.dim() == 0 {
        (smallvec::smallvec![1], smallvec::smallvec![1])
    } else {
        (Dims::from_slice(t.sizes()), Dims::from_slice(t.strides()))
    };
    let mut shape = Dims::from_slice(index.sizes());
    if shape.is_empty() {
        shape.push(1);
    }
    let size = sizes[d];
    let mut rest = strides.clone();
    rest[d] = 0;
    // Offsets of the outer dimensions are found anew per run of the last one.
    let last = shape.len() - 1;
    let outer = offsets(&shape[..last], &rest[..last]);
    let n = shape[last] as usize;
    for (r, base) in outer.into_iter().enumerate() {
        for j in 0..n {
            let k = idx[r * n + j];
            if k < 0 || k >= size {
                return Err(err!(Index, "index {k} is out of bounds for dimension {d} with size {size}").dim(d));
            }
            f((base + j as i64 * rest[last] + k * strides[d]) as isize, r * n + j);
        }
    }
    Ok(())
}

/// The checks that gather and scatter share; returns the dimension.
pub(super) fn check_places(name: &str, t: &Tensor, dim: i64, index: &Tensor) -> Result<usize> {
    let d = wrap_dim(dim, t.dim())?;
    let known = matches!(index.dtype(), DType::I64 | DType::I32) || index.numel() == 0;
    let name = if name == "gather" { name } else { "scatter" };
    check!(known, "{name}(): Expected dtype int32/int64 for index");
    check!(
        index.numel() == 0 || index.dim().max(1) == t.dim().max(1),
        "Index tensor must have the same number of dimensions as {} tensor",
        if name == "gather" { "input" } else { "self" }
    );
    Ok(d)
}

/// `out[i][j] = t[i][index[i][j]]` along `dim`.
fn gathered(t: &Tensor, dim: i64, index: &Tensor) -> One {
    let d = check_places("gather", t, dim, index)?;
    let index = &index.to_dtype(DType::I64)?;
    for k in (0..index.dim().min(t.dim())).filter(|k| *k != d) {
        check!(
            index.sizes()[k] <= t.sizes()[k],
            "Size does not match at dimension {k} expected index {} to be no larger than self {} apart from dimension {d}",
            Show(index.sizes()),
            Show(t.sizes())
        );
    }
    let out = Tensor::empty(index.sizes(), t.dtype())?;
    if index.numel() == 0 {
        return Ok(out);
    }
    dispatch_size!(t.itemsize(), T => {
        let (from, to) = (t.data_ptr() as *const T, out.data_ptr() as *mut T);
        // SAFETY: places are checked; the result is contiguous and shaped as the index.
        for_each_place(t, d, index, |o, k| unsafe { *to.add(k) = *from.offset(o) })?;
    });
    Ok(out)
}

fn gather(a: &Args) -> One {
    gathered(a.tensor(0)?, a.int(1)?, a.tensor(2)?)
}

fn take_along_dim(a: &Args) -> One {
    let (t, i) = (a.tensor(0)?, a.tensor(1)?);
    check!(i.dtype() == DType::I64, "torch.take_along_dim(): dtype of indices should be Long but got {}", i.dtype().name());
    let Some(dim) = a.opt_int(2)? else {
        return gathered(&t.reshape(&[-1])?, 0, &i.reshape(&[-1])?);
    };
    check!(
        t.dim() == i.dim(),
        "torch.take_along_dim(): input and indices should have the same number of dimensions, but got {} dimensions for input, and {} dimensions for indices",
        t.dim(),
        i.dim()
    );
    let d = wrap_dim(dim, t.dim())?;
    let mut shape = broadcast(&without(t.sizes(), d), &without(i.sizes(), d))?;
    let mut own = shape.clone();
    shape[d] = i.sizes()[d];
    own[d] = t.sizes()[d];
    // Along a dimension, negative places count from its end.
    let (i, size) = (i.expand(&shape)?.copy_contiguous()?, own[d]);
    i.as_mut_slice::<i64>()?.iter_mut().filter(|k| (-size..0).contains(*k)).for_each(|k| *k += size);
    gathered(&t.expand(&own)?, dim, &i)
}

/// The sizes with 1 at `d`.
fn without(sizes: &[i64], d: usize) -> Dims {
    let mut s = Dims::from_slice(sizes);
    s[d] = 1;
    s
}

/// `t[i][index[i][j]] join= source` along dim; arguments (self, dim, index, src or value).
fn scattered(a: &Args, t: &Tensor, name: &str, join: Join) -> One {
    let index = a.tensor(2)?;
    let d = check_places(name, t, a.int(1)?, index)?;
    for k in (0..index.dim().min(t.dim())).filter(|k| *k != d) {
        check!(
            index.sizes()[k] <= t.sizes()[k],
            "Expected index {} to be no larger than self {} apart from dimension {d}",
            Show(index.sizes()),
            Show(t.sizes())
        );
    }
    let source = match a.value(3)?.as_tensor() {
        Some(src) => {
            check!(t.dtype() == src.dtype(), "scatter(): Expected self.dtype to be equal to src.dtype");
            check!(
                index.numel() == 0 || index.dim().max(1) == src.dim().max(1),
                "Index tensor must have the same number of dimensions as src tensor"
            );
            check!(
                index.numel() == 0 || index.dim() == src.dim() && index.sizes().iter().zip(src.sizes()).all(|(i, s)| i <= s),
                "Expected index {} to be no larger than src {}",
                Show(index.sizes()),
                Show(src.sizes())
            );
            src.as_view(index.sizes(), &src.strides()[..index.dim().min(src.dim())], src.offset()).copy_contiguous()?
        }
        None => Tensor::full(index.sizes(), a.scalar(3)?, t.dtype())?,
    };
    if index.numel() > 0 {
        dispatch!(t.dtype(), T => {
            let from = source.as_slice::<T>()?;
            let to = t.ptr::<T>();
            for_each_place(t, d, index, |o, k| {
                // SAFETY: places are checked.
                unsafe {
                    let p = to.offset(o);
                    *p = joined(join, *p, from[k]);
                }
            })?;
        });
    }
    Ok(t.clone())
}

fn scatter_(a: &Args) -> One {
    scattered(a, a.tensor(0)?, "scatter", Join::Replace)
}

fn scatter(a: &Args) -> One {
    scattered(a, &a.tensor(0)?.copy()?, "scatter", Join::Replace)
}

fn scatter_add_(a: &Args) -> One {
    scattered(a, a.tensor(0)?, "scatter_add", Join::Add)
}

fn scatter_add(a: &Args) -> One {
    scattered(a, &a.tensor(0)?.copy()?, "scatter_add", Join::Add)
}

fn reduction(a: &Args) -> Result<Join> {
    match a.str(4)? {
        "add" => Ok(Join::Add),
        "multiply" => Ok(Join::Multiply),
        _ => bail!("reduce argument must be either add or multiply."),
    }
}

fn scatter_reduce_(a: &Args) -> One {
    scattered(a, a.tensor(0)?, "scatter", reduction(a)?)
}

fn scatter_reduce(a: &Args) -> One {
    scattered(a, &a.tensor(0)?.copy()?, "scatter", reduction(a)?)
}

fn masked_select(a: &Args) -> One {
    let (t, m) = (a.tensor(0)?, a.tensor(1)?);
    check!(m.dtype() == DType::Bool, "masked_select: expected BoolTensor for mask");
    let shape = broadcast(t.sizes(), m.sizes())?;
    let (t, m) = (t.expand(&shape)?.contiguous()?, m.expand(&shape)?.contiguous()?);
    // SAFETY: contiguous bytes.
    let mask = unsafe { core::slice::from_raw_parts(m.data_ptr(), m.numel()) };
    let n = mask.iter().filter(|b| **b != 0).count();
    let out = Tensor::empty(&[n as i64], t.dtype())?;
    dispatch!(t.dtype(), T => {
        let kept = t.as_slice::<T>()?.iter().zip(mask).filter(|p| *p.1 != 0);
        out.as_mut_slice::<T>()?.iter_mut().zip(kept).for_each(|(o, k)| *o = *k.0);
    });
    Ok(out)
}

/// Fills where the mask is set; the mask is broadcast to `t`.
fn fill_masked(t: &Tensor, m: &Tensor, value: Scalar) -> Result<()> {
    check!(m.dtype() == DType::Bool, "masked_fill_ only supports boolean masks, but got mask with dtype {}", m.dtype().name());
    check_no_internal_overlap(t)?;
    check_inplace_shape(t, &broadcast(t.sizes(), m.sizes())?)?;
    check!(
        !(value.is_complex() && !t.dtype().is_complex()),
        "value cannot be converted to type {} without overflow",
        match t.dtype() {
            DType::I64 => "int64_t",
            DType::U8 => "uint8_t",
            DType::I8 => "int8_t",
            DType::I16 => "int16_t",
            d => d.cpp_name(),
        }
    );
    dispatch!(t.dtype(), T => {
        let v: T = value.to();
        TensorIter::new(t.sizes(), [t, m]).for_each(|[p, c], [sp, sc], n| {
            for i in 0..n as isize {
                // SAFETY: the iterator stays inside the tensors.
                unsafe {
                    if *c.offset(i * sc) != 0 {
                        *(p.offset(i * sp) as *mut T) = v;
                    }
                }
            }
        })
    });
    Ok(())
}

fn fill_value(a: &Args) -> Result<Scalar> {
    if let Some(v) = a.value(2)?.as_tensor() {
        check!(
            v.dim() == 0,
            "masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {} dimension(s).",
            v.dim()
        );
    }
    a.scalar(2)
}

fn masked_fill_(a: &Args) -> One {
    let t = a.tensor(0)?;
    fill_masked(t, a.tensor(1)?, fill_value(a)?)?;
    Ok(t.clone())
}

fn masked_fill(a: &Args) -> One {
    let (t, m) = (a.tensor(0)?, a.tensor(1)?);
    let shape = broadcast(t.sizes(), m.sizes())?;
    let out = t.expand(&shape)?.copy()?;
    fill_masked(&out, m, fill_value(a)?)?;
    Ok(out)
}

/// Takes the source's elements in order where the mask is set.
fn scatter_masked(t: &Tensor, m: &Tensor, source: &Tensor) -> Result<()> {
    check!(m.dtype() == DType::Bool, "masked_scatter_ only supports boolean masks, but got mask with dtype {}", m.dtype().name());
    check!(
        t.dtype() == source.dtype(),
        "masked_scatter_: expected self and source to have same dtypes but got {} and {}",
        t.dtype().name(),
        source.dtype().name()
    );
    let m = m.expand(t.sizes())?.contiguous()?;
    let source = source.copy_contiguous()?;
    let places = offsets(t.sizes(), t.strides());
    // SAFETY: contiguous bytes.
    let mask = unsafe { core::slice::from_raw_parts(m.data_ptr(), m.numel()) };
    let n = mask.iter().filter(|b| **b != 0).count();
    check!(n <= source.numel(), "masked_scatter: expected `source` to have at least {n} elements, got {}", source.numel());
    dispatch!(t.dtype(), T => {
        let set = places.iter().zip(mask).filter(|p| *p.1 != 0);
        for (p, v) in set.zip(source.as_slice::<T>()?) {
            // SAFETY: one of t's elements.
            unsafe { *t.ptr::<T>().offset(*p.0 as isize) = *v }
        }
    });
    Ok(())
}

fn masked_scatter_(a: &Args) -> One {
    scatter_masked(a.tensor(0)?, a.tensor(1)?, a.tensor(2)?)?;
    Ok(a.tensor(0)?.clone())
}

fn masked_scatter(a: &Args) -> One {
    let (t, m) = (a.tensor(0)?, a.tensor(1)?);
    let out = t.expand(&broadcast(t.sizes(), m.sizes())?)?.copy()?;
    scatter_masked(&out, m, a.tensor(2)?)?;
    Ok(out)
}
