//! Operators that compare elements along a dimension: argmax, sort, topk, median, mode, unique.

use crate::rows::{Rows, wrap_dims};
use crate::select;
use crate::{Args, DType, Dims, Element, Result, Tensor};
use alloc::vec::Vec;
use core::cmp::Ordering;

/// Ascending, NaN last.
pub(crate) fn compare<T: PartialOrd>(a: &T, b: &T) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| {
        let nan = |x: &T| x.partial_cmp(x).is_none();
        nan(a).cmp(&nan(b))
    })
}

/// The first place of the largest element; NaN counts as largest.
fn largest<T: PartialOrd>(row: &[T]) -> usize {
    (1..row.len()).fold(0, |best, i| if compare(&row[i], &row[best]) == Ordering::Greater { i } else { best })
}

/// The first place of the smallest element; NaN counts as smallest.
fn smallest<T: PartialOrd>(row: &[T]) -> usize {
    let nan = |x: &T| x.partial_cmp(x).is_none();
    (1..row.len()).fold(0, |best, i| {
        let wins = match (nan(&row[i]), nan(&row[best])) {
            (_, true) => false,
            (true, false) => true,
            _ => row[i] < row[best],
        };
        if wins { i } else { best }
    })
}

fn check_real(x: &Tensor, name: &str) -> Result<()> {
    if x.dtype().is_complex() { Err(crate::kernel::not_implemented(name, x.dtype())) } else { Ok(()) }
}

/// Along one dimension, `pick(row)` is a place: its values and indices.
fn picked<T: Element + PartialOrd>(
    x: &Tensor,
    dim: i64,
    keepdim: bool,
    pick: impl Fn(&[T]) -> usize,
) -> Result<(Tensor, Tensor)> {
    let rows = Rows::new(x, &wrap_dims(Some(&[dim]), x.dim())?, T::DTYPE)?;
    let shape = rows.folded(keepdim);
    let (values, indices) = (Tensor::empty(&shape, T::DTYPE)?, Tensor::empty(&shape, DType::I64)?);
    check!(rows.len > 0 || rows.count == 0, Index, "Expected reduction dim {dim} to have non-zero size.");
    let (v, n) = (values.as_mut_slice::<T>()?, indices.as_mut_slice::<i64>()?);
    for (i, row) in rows.iter::<T>().enumerate() {
        let k = pick(row);
        v[i] = row[k];
        n[i] = k as i64;
    }
    Ok((values.to_dtype(x.dtype())?, indices))
}

fn max_dim(a: &Args) -> Result<(Tensor, Tensor)> {
    check_real(a.tensor(0)?, "max")?;
    ordered!(a.tensor(0)?.dtype(), T => picked::<T>(a.tensor(0)?, a.int(1)?, a.bool(2)?, largest))
}
fn min_dim(a: &Args) -> Result<(Tensor, Tensor)> {
    check_real(a.tensor(0)?, "min")?;
    ordered!(a.tensor(0)?.dtype(), T => picked::<T>(a.tensor(0)?, a.int(1)?, a.bool(2)?, smallest))
}

/// self, dim?, keepdim
fn arg_of(a: &Args, name: &str, is_max: bool) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check_real(x, name)?;
    let (flat, dim, keepdim) = match a.opt_int(1)? {
        Some(d) => (x.clone(), d, a.bool(2)?),
        None => {
            check!(
                x.numel() > 0,
                Index,
                "{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
            );
            (x.reshape(&[-1])?, 0, false)
        }
    };
    let r = ordered!(x.dtype(), T => picked::<T>(&flat, dim, keepdim, if is_max { largest } else { smallest }))?.1;
    if a.is_none(1) && a.bool(2)? {
        let ones: Dims = smallvec::smallvec![1; x.dim()];
        return r.view(&ones);
    }
    Ok(r)
}
fn argmax(a: &Args) -> Result<Tensor> {
    arg_of(a, "argmax", true)
}
fn argmin(a: &Args) -> Result<Tensor> {
    arg_of(a, "argmin", false)
}

/// Places of a row in order.
fn sorted<T: PartialOrd>(row: &[T], descending: bool) -> Vec<usize> {
    let mut order: Vec<usize> = (0..row.len()).collect();
    if descending {
        order.sort_by(|&i, &j| compare(&row[j], &row[i]));
    } else {
        order.sort_by(|&i, &j| compare(&row[i], &row[j]));
    }
    order
}

/// Values and indices of the first `k` places that `choose` gives for each row.
fn rearranged<T: Element + PartialOrd>(
    x: &Tensor,
    dim: i64,
    k: Option<usize>,
    choose: impl Fn(&[T]) -> Vec<usize>,
) -> Result<(Tensor, Tensor)> {
    let rows = Rows::new(x, &wrap_dims(Some(&[dim]), x.dim())?, T::DTYPE)?;
    let k = k.unwrap_or(rows.len);
    let mut shape = rows.outer.clone();
    if x.dim() > 0 {
        shape.push(k as i64);
    }
    let (values, indices) = (Tensor::empty(&shape, T::DTYPE)?, Tensor::empty(&shape, DType::I64)?);
    let (v, n) = (values.as_mut_slice::<T>()?, indices.as_mut_slice::<i64>()?);
    for (r, row) in rows.iter::<T>().enumerate() {
        for (i, place) in choose(row).into_iter().take(k).enumerate() {
            v[r * k + i] = row[place];
            n[r * k + i] = place as i64;
        }
    }
    Ok((rows.restore(&values)?.contiguous()?.to_dtype(x.dtype())?, rows.restore(&indices)?.contiguous()?))
}

pub fn sort_of(x: &Tensor, dim: i64, descending: bool) -> Result<(Tensor, Tensor)> {
    check_real(x, "sort")?;
    ordered!(x.dtype(), T => rearranged::<T>(x, dim, None, |row| sorted(row, descending)))
}
fn sort(a: &Args) -> Result<(Tensor, Tensor)> {
    sort_of(a.tensor(0)?, a.int(1)?, a.bool(2)?)
}
/// self, stable, dim, descending
fn sort_stable(a: &Args) -> Result<(Tensor, Tensor)> {
    sort_of(a.tensor(0)?, a.int(2)?, a.bool(3)?)
}
fn argsort(a: &Args) -> Result<Tensor> {
    Ok(sort(a)?.1)
}
fn argsort_stable(a: &Args) -> Result<Tensor> {
    Ok(sort_of(a.tensor(0)?, a.int(2)?, a.bool(3)?)?.1)
}
fn msort(a: &Args) -> Result<Tensor> {
    Ok(sort_of(a.tensor(0)?, 0, false)?.0)
}

/// self, k, dim, largest, sorted
fn topk(a: &Args) -> Result<(Tensor, Tensor)> {
    let (x, k) = (a.tensor(0)?, a.int(1)?);
    let d = a.dim(2, x.dim())?;
    let size = x.sizes().get(d).copied().unwrap_or(1);
    check!(k >= 0 && k <= size, "selected index k out of range");
    check_real(x, "topk")?;
    let (descending, in_order) = (a.bool(3)?, a.bool(4)?);
    ordered!(x.dtype(), T => rearranged::<T>(x, d as i64, Some(k as usize), |row| select::first(row, k as usize, descending, in_order)))
}

/// self, k, dim, keepdim
fn kthvalue(a: &Args) -> Result<(Tensor, Tensor)> {
    let (x, k) = (a.tensor(0)?, a.int(1)?);
    let d = a.dim(2, x.dim())?;
    let size = x.sizes().get(d).copied().unwrap_or(1);
    check!(k >= 1 && k <= size, "kthvalue(): selected number k out of range for dimension {d}");
    ordered!(x.dtype(), T => picked::<T>(x, d as i64, a.bool(3)?, |row| select::kth(row, k as usize - 1)))
}

/// The lower median's place; a NaN wins unless ignored.
fn median_place<T: PartialOrd>(row: &[T], ignore_nan: bool) -> usize {
    let nan = |x: &T| x.partial_cmp(x).is_none();
    let nans = row.iter().filter(|x| nan(x)).count();
    if nans > 0 && (!ignore_nan || nans == row.len()) {
        return row.iter().position(nan).unwrap_or(0);
    }
    select::nth(row, (row.len() - nans - 1) / 2)
}

fn median_all(a: &Args, ignore: bool) -> Result<Tensor> {
    let x = a.tensor(0)?.reshape(&[-1])?;
    if x.numel() == 0 {
        return Tensor::full(&[], crate::Scalar::Float(f64::NAN), x.dtype());
    }
    Ok(ordered!(x.dtype(), T => picked::<T>(&x, 0, false, |r| median_place(r, ignore)))?.0)
}
fn median(a: &Args) -> Result<Tensor> {
    median_all(a, false)
}
fn nanmedian(a: &Args) -> Result<Tensor> {
    median_all(a, true)
}
fn median_dim(a: &Args) -> Result<(Tensor, Tensor)> {
    ordered!(a.tensor(0)?.dtype(), T => picked::<T>(a.tensor(0)?, a.int(1)?, a.bool(2)?, |r| median_place(r, false)))
}
fn nanmedian_dim(a: &Args) -> Result<(Tensor, Tensor)> {
    ordered!(a.tensor(0)?.dtype(), T => picked::<T>(a.tensor(0)?, a.int(1)?, a.bool(2)?, |r| median_place(r, true)))
}

/// The most frequent value, of several the smallest; its last place.
fn mode_place<T: PartialOrd>(row: &[T]) -> usize {
    let order = sorted(row, false);
    let (mut best, mut most, mut i) = (0, 0, 0);
    while i < order.len() {
        let mut j = i;
        while j < order.len() && compare(&row[order[j]], &row[order[i]]) == Ordering::Equal {
            j += 1;
        }
        if j - i > most {
            (best, most) = (order[j - 1], j - i);
        }
        i = j;
    }
    best
}
fn mode(a: &Args) -> Result<(Tensor, Tensor)> {
    ordered!(a.tensor(0)?.dtype(), T => picked::<T>(a.tensor(0)?, a.int(1)?, a.bool(2)?, mode_place))
}

/// Groups of equal elements: values, for each element its group, sizes.
fn groups<T: Element + PartialOrd>(row: &[T], consecutive: bool) -> (Vec<T>, Vec<i64>, Vec<i64>) {
    let order: Vec<usize> = if consecutive { (0..row.len()).collect() } else { sorted(row, false) };
    let (mut values, mut inverse, mut counts): (Vec<T>, _, Vec<i64>) = (Vec::new(), alloc::vec![0; row.len()], Vec::new());
    for i in order {
        match (values.last(), counts.last_mut()) {
            (Some(v), Some(n)) if *v == row[i] => *n += 1,
            _ => {
                values.push(row[i]);
                counts.push(1);
            }
        }
        inverse[i] = values.len() as i64 - 1;
    }
    (values, inverse, counts)
}

/// Unique elements of the whole tensor.
fn unique_flat(x: &Tensor, consecutive: bool, inverse: bool, counts: bool) -> Result<(Tensor, Tensor, Tensor)> {
    check_real(x, "unique")?;
    let empty = || Tensor::empty(&[0], DType::I64);
    ordered!(x.dtype(), T => {
        let flat = x.reshape(&[-1])?.to_dtype(T::DTYPE)?.contiguous()?;
        let (values, places, sizes) = groups(flat.as_slice::<T>()?, consecutive);
        Ok((
            Tensor::from_slice(&values, &[values.len() as i64])?.to_dtype(x.dtype())?,
            if inverse { Tensor::from_slice(&places, x.sizes())? } else { empty()? },
            if counts { Tensor::from_slice(&sizes, &[sizes.len() as i64])? } else { empty()? },
        ))
    })
}

/// Unique slices along a dimension, with the places and counts that PyTorch computes in any case.
fn unique_slices(x: &Tensor, dim: i64, consecutive: bool) -> Result<(Tensor, Tensor, Tensor)> {
    check_real(x, "unique")?;
    let d = crate::tensor::wrap_dim(dim, x.dim())?;
    let n = x.sizes()[d] as usize;
    let slices: Tensor = x.transpose(0, d as i64)?.contiguous()?;
    ordered!(x.dtype(), T => {
        let flat = slices.to_dtype(T::DTYPE)?;
        let all = flat.as_slice::<T>()?;
        let len = if n > 0 { all.len() / n } else { 0 };
        let row = |i: usize| &all[i * len..(i + 1) * len];
        let mut order: Vec<usize> = (0..n).collect();
        let by = |i: &usize, j: &usize| row(*i).iter().zip(row(*j)).map(|(p, q)| compare(p, q)).find(|o| o.is_ne()).unwrap_or(Ordering::Equal);
        if !consecutive {
            order.sort_by(by);
        }
        let (mut kept, mut places, mut sizes): (Vec<i64>, Vec<i64>, Vec<i64>) = (Vec::new(), alloc::vec![0; n], Vec::new());
        for &i in &order {
            match (kept.last(), sizes.last_mut()) {
                (Some(&k), Some(s)) if row(k as usize) == row(i) => *s += 1,
                _ => {
                    kept.push(i as i64);
                    sizes.push(1);
                }
            }
            places[i] = kept.len() as i64 - 1;
        }
        let mut shape = Dims::from_slice(slices.sizes());
        shape[0] = kept.len() as i64;
        let values = Tensor::empty(&shape, x.dtype())?;
        for (i, &k) in kept.iter().enumerate() {
            values.select(0, i as i64)?.copy_from(&slices.select(0, k)?)?;
        }
        Ok((
            values.transpose(0, d as i64)?.contiguous()?,
            Tensor::from_slice(&places, &[n as i64])?,
            Tensor::from_slice(&sizes, &[sizes.len() as i64])?,
        ))
    })
}

/// self, sorted, return_inverse, return_counts
fn unique2(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    unique_flat(a.tensor(0)?, false, a.bool(2)?, a.bool(3)?)
}
fn unique1(a: &Args) -> Result<(Tensor, Tensor)> {
    let (v, i, _) = unique_flat(a.tensor(0)?, false, a.bool(2)?, false)?;
    Ok((v, i))
}
/// self, dim, sorted, return_inverse, return_counts
fn unique_dim(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    unique_slices(a.tensor(0)?, a.int(1)?, false)
}
/// self, return_inverse, return_counts, dim
fn unique_consecutive(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    match a.opt_int(3)? {
        Some(d) => unique_slices(a.tensor(0)?, d, true),
        None => unique_flat(a.tensor(0)?, true, a.bool(1)?, a.bool(2)?),
    }
}
/// self, dim, return_inverse, return_counts
fn unique_dim_consecutive(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    unique_slices(a.tensor(0)?, a.int(1)?, true)
}

operators! {
    aten::_unique => unique1,
    aten::_unique2 => unique2,
    aten::argmax => argmax, aten::argmin => argmin,
    aten::argsort => argsort, aten::argsort.stable => argsort_stable,
    aten::kthvalue => kthvalue,
    aten::max.dim => max_dim, aten::min.dim => min_dim,
    aten::median => median, aten::median.dim => median_dim,
    aten::mode => mode,
    aten::msort => msort,
    aten::nanmedian => nanmedian, aten::nanmedian.dim => nanmedian_dim,
    aten::sort => sort, aten::sort.stable => sort_stable,
    aten::topk => topk,
    aten::unique_consecutive => unique_consecutive,
    aten::unique_dim => unique_dim,
    aten::unique_dim_consecutive => unique_dim_consecutive,
}
