//! Counts of values in bins.

use crate::kernel::not_implemented;
use crate::list::List;
use crate::math::Real;
use crate::{Args, DType, Dims, Element, Ref, Result, Scalar, Tensor};
use alloc::vec;
use alloc::vec::Vec;

/// `count + 1` evenly spaced edges, as `linspace` makes them.
fn even<T: Real>(low: T, high: T, count: usize) -> Vec<T> {
    let step = (high - low) / T::of(count as f64);
    (0..=count)
        .map(|i| {
            let (up, down) = (T::of(i as f64), T::of((count - i) as f64));
            if i < count.div_ceil(2) { low + step * up } else { high - step * down }
        })
        .collect()
}

/// The edges of one dimension.
struct Axis<T> {
    edges: Vec<T>,
    /// Evenly spaced, so that a bin is found by division.
    even: bool,
    /// The division's result is checked against the edges.
    exact: bool,
}

impl<T: Real> Axis<T> {
    fn bins(&self) -> usize {
        self.edges.len() - 1
    }

    fn find(&self, x: T) -> Option<usize> {
        let n = self.edges.len();
        let (low, high) = (self.edges[0], self.edges[n - 1]);
        if !(x >= low && x <= high) {
            return None;
        }
        let above = |from: usize, to: usize| from + self.edges[from..to].partition_point(|e| *e <= x);
        let mut at = if self.even {
            let at = ((x - low) / (high - low) * T::of((n - 1) as f64)).to_i64().max(0) as usize;
            let at = at.min(n - 1);
            if self.exact { above(at.saturating_sub(1), (at + 2).min(n)).saturating_sub(1) } else { at }
        } else {
            above(0, n).saturating_sub(1)
        };
        // The last bin has both its edges.
        if at == n - 1 {
            at -= 1;
        }
        Some(at)
    }
}

/// Sums the weights of points (rows of `x`) by bins.
fn count<T: Real>(x: &[T], weights: Option<&[T]>, axes: &[Axis<T>]) -> Vec<T> {
    let mut sums = vec![T::ZERO; axes.iter().map(Axis::bins).product()];
    'points: for (i, point) in x.chunks_exact(axes.len().max(1)).enumerate() {
        let mut at = 0;
        for (axis, v) in axes.iter().zip(point) {
            let Some(bin) = axis.find(*v) else { continue 'points };
            at = at * axis.bins() + bin;
        }
        sums[at] += weights.map_or(T::ONE, |w| w[i]);
    }
    sums
}

/// Lowest and highest value of each dimension of points.
fn extent<T: Real>(x: &[T], dims: usize, name: &str) -> Result<Vec<(T, T)>> {
    let mut out = vec![(T::ZERO, T::ONE); dims];
    for (d, (low, high)) in out.iter_mut().enumerate() {
        let mut column = x.iter().skip(d).step_by(dims);
        let Some(first) = column.next() else { continue };
        let (l, h) = column.fold((*first, *first), |(l, h), v| {
            (if *v < l || v.is_nan() { *v } else { l }, if *v > h || v.is_nan() { *v } else { h })
        });
        check!(
            l.abs() < T::INFINITY && h.abs() < T::INFINITY,
            "{name}: dimension {d}'s range [{}, {}] is not finite",
            l.to_f64(),
            h.to_f64()
        );
        (*low, *high) = (l, h);
    }
    Ok(out)
}

fn check_float(x: &Tensor) -> Result<()> {
    if matches!(x.dtype(), DType::F32 | DType::F64) { Ok(()) } else { Err(not_implemented("histogram_cpu", x.dtype())) }
}

/// self, bins, min, max
fn histc(a: &Args) -> Result<Tensor> {
    let (x, bins) = (a.tensor(0)?, a.int(1)?);
    check!(bins > 0, "torch.histogram(): bins must be > 0, but got {bins} for dimension 0");
    check_float(x)?;
    real_type!(x.dtype(), T => {
        let flat = x.contiguous()?;
        let data = flat.as_slice::<T>()?;
        let (mut low, mut high): (T, T) = (a.scalar(2)?.to(), a.scalar(3)?.to());
        if low == high && !data.is_empty() {
            (low, high) = data.iter().fold((data[0], data[0]), |(l, h), v| {
                (if *v < l || v.is_nan() { *v } else { l }, if *v > h || v.is_nan() { *v } else { h })
            });
        }
        if low == high {
            (low, high) = (low - 1.0, high + 1.0);
        }
        check!(low.is_finite() && high.is_finite(), "torch.histc: range of [{low}, {high}] is not finite");
        check!(low < high, "torch.histc: max must be larger than min");
        let axis = Axis { edges: even(low, high, bins as usize), even: true, exact: false };
        Tensor::from_slice(&count(data, None, &[axis]), &[bins])
    })
}

/// Where the arguments of a histogram of points lie.
struct Places {
    bins: usize,
    range: Option<usize>,
    weight: usize,
    density: usize,
}

fn edges_of<T: Real>(a: &Args, p: &Places, data: &[T], dims: usize, name: &str) -> Result<Vec<Axis<T>>> {
    let given: Option<Vec<Tensor>> = match a.value(p.bins)?.as_tensor() {
        Some(t) => Some(vec![t.clone()]),
        None if p.range.is_none()
            || a.value(p.bins)?.as_list().is_some_and(|l| l.items::<Option<Tensor>>().is_some() && !l.is_empty()) =>
        {
            Some(a.tensor_list(p.bins)?.to_vec())
        }
        None => None,
    };
    if let Some(all) = given {
        check!(
            all.len() == dims,
            "{name}: expected {dims} sequences of bin edges for a {dims}-dimensional histogram but got {}",
            all.len()
        );
        return all
            .iter()
            .enumerate()
            .map(|(d, t)| {
                check!(t.dim() == 1, "{name}: bins tensor should have one dimension, but got {} dimensions in the bins tensor for dimension {d}", t.dim());
                check!(t.numel() > 0, "{name}: bins tensor should have at least 1 element, but got {} elements in the bins tensor for dimension {d}", t.numel());
                let t = t.to_dtype(T::DTYPE)?.contiguous()?;
                Ok(Axis { edges: t.as_slice::<T>()?.to_vec(), even: false, exact: true })
            })
            .collect();
    }
    let bins = a.int_list(p.bins)?;
    let bins = if bins.len() == 1 && a.value(p.bins)?.as_int().is_some() { vec![bins[0]; dims] } else { bins.to_vec() };
    check!(bins.len() == dims, "{name}: The size of bins must be equal to the innermost dimension of the input.");
    for (d, b) in bins.iter().enumerate() {
        check!(*b > 0, "{name}: bins must be > 0, but got {b} for dimension {d}");
    }
    let range = match p.range {
        Some(i) => a.opt_float_list(i)?,
        None => None,
    };
    let limits: Vec<(T, T)> = match range {
        Some(r) => {
            check!(
                r.len() == 2 * dims,
                "{name}: for a {dims}-dimensional histogram range should have {} elements, but got {}",
                2 * dims,
                r.len()
            );
            r.chunks_exact(2).map(|r| (T::of(r[0]), T::of(r[1]))).collect()
        }
        None => extent(data, dims, name)?,
    };
    limits
        .iter()
        .zip(&bins)
        .map(|(&(low, high), &b)| {
            check!(low <= high, "{name}: min should not exceed max, but got min {} max {}", low.to_f64(), high.to_f64());
            let half = T::of(0.5);
            let (low, high) = if low == high { (low - half, high + half) } else { (low, high) };
            Ok(Axis { edges: even(low, high, b as usize), even: true, exact: true })
        })
        .collect()
}

/// The histogram of points (rows of the last dimension) and the edges.
fn of_points(a: &Args, x: &Tensor, p: Places, name: &str) -> Result<(Tensor, Vec<Tensor>)> {
    check_float(x)?;
    let dims = x.sizes()[x.dim() - 1] as usize;
    check!(dims > 0, "{name}: input tensor should have a non-empty last dimension");
    let weight = a.opt_tensor(p.weight)?;
    if let Some(w) = weight {
        check!(
            w.dtype() == x.dtype(),
            "{name}: if weight tensor is provided, input tensor and weight tensor should have the same dtype, but got input({}), and weight({})",
            x.dtype().name(),
            w.dtype().name()
        );
        check!(
            w.numel() * dims == x.numel(),
            "{name}: if weight tensor is provided it should have the same shape as the input tensor excluding its innermost dimension, but got input with shape {} and weight with shape {}",
            crate::tensor::Show(x.sizes()),
            crate::tensor::Show(w.sizes())
        );
    }
    real_type!(x.dtype(), T => {
        let flat = x.contiguous()?;
        let data = flat.as_slice::<T>()?;
        let w = weight.map(|w| w.contiguous()).transpose()?;
        let w = w.as_ref().map(|w| w.as_slice::<T>()).transpose()?;
        let axes = edges_of::<T>(a, &p, data, dims, name)?;
        let mut sums = count(data, w, &axes);
        if a.bool(p.density)? {
            let total = sums.iter().fold(0.0, |s, v| s + *v);
            for (i, v) in sums.iter_mut().enumerate() {
                let (mut rest, mut volume) = (i, total);
                for axis in axes.iter().rev() {
                    let bin = rest % axis.bins();
                    rest /= axis.bins();
                    volume *= axis.edges[bin + 1] - axis.edges[bin];
                }
                *v /= volume;
            }
        }
        let shape: Dims = axes.iter().map(|a| a.bins() as i64).collect();
        let edges = axes.iter().map(|a| Tensor::from_slice(&a.edges, &[a.edges.len() as i64])).collect::<Result<Vec<Tensor>>>()?;
        Ok((Tensor::from_slice(&sums, &shape)?, edges))
    })
}

fn of_values(a: &Args, p: Places) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?.reshape(&[-1, 1])?;
    let (h, edges) = of_points(a, &x, p, "torch.histogram()")?;
    Ok((h, edges[0].clone()))
}
/// self, bins, range, weight, density
fn histogram(a: &Args) -> Result<(Tensor, Tensor)> {
    of_values(a, Places { bins: 1, range: Some(2), weight: 3, density: 4 })
}
/// self, bins, weight, density
fn histogram_tensor(a: &Args) -> Result<(Tensor, Tensor)> {
    of_values(a, Places { bins: 1, range: None, weight: 2, density: 3 })
}
/// self, bins, range, weight, density
fn histogramdd(a: &Args) -> Result<(Tensor, Ref<List>)> {
    let x = a.tensor(0)?;
    check!(x.dim() >= 2, "torch.histogramdd(): input tensor should have at least 2 dimensions");
    let (h, edges) = of_points(a, x, Places { bins: 1, range: Some(2), weight: 3, density: 4 }, "torch.histogramdd()")?;
    Ok((h, List::from_items(edges)))
}

/// self, weights, minlength
fn bincount(a: &Args) -> Result<Tensor> {
    let (x, weights, least) = (a.tensor(0)?, a.opt_tensor(1)?, a.int(2)?);
    check!(least >= 0, "minlength should be >= 0");
    if !x.dtype().is_int() {
        return Err(not_implemented("bincount_cpu", x.dtype()));
    }
    if x.dim() == 1 && x.numel() == 0 {
        return Tensor::zeros(&[least], DType::I64);
    }
    let flat = x.to_dtype(DType::I64)?.contiguous()?;
    let data = flat.as_slice::<i64>()?;
    check!(x.dim() == 1 && data.iter().all(|v| *v >= 0), "bincount only supports 1-d non-negative integral inputs.");
    let n = least.max(data.iter().max().map_or(0, |m| m.saturating_add(1)));
    let Some(w) = weights else {
        let y = Tensor::full(&[n], Scalar::Int(0), DType::I64)?;
        let counts = y.as_mut_slice::<i64>()?;
        data.iter().for_each(|v| counts[*v as usize] += 1);
        return Ok(y);
    };
    check!(w.dim() == 1 && w.numel() == x.numel(), "weights should be 1-d and have the same length as input");
    let d = if w.dtype() == DType::F32 { DType::F32 } else { DType::F64 };
    real_type!(d, T => {
        let w = w.to_dtype(T::DTYPE)?.contiguous()?;
        let y = Tensor::full(&[n], Scalar::Int(0), d)?;
        let sums = y.as_mut_slice::<T>()?;
        data.iter().zip(w.as_slice::<T>()?).for_each(|(v, w)| sums[*v as usize] += *w);
        Ok(y)
    })
}

operators! {
    aten::bincount => bincount,
    aten::histc => histc,
    aten::histogram.bin_ct => histogram, aten::histogram.bins_tensor => histogram_tensor,
    aten::histogramdd => histogramdd, aten::histogramdd.int_bins => histogramdd, aten::histogramdd.TensorList_bins => histogramdd,
}
