//! Reductions into the places that an index names: sum, product, mean, largest and smallest.

use super::indexing::{check_places, for_each_place};
use crate::element::Via;
use crate::tensor::Show;
use crate::{Args, Element, Result, Tensor};
use alloc::vec::Vec;

#[derive(Clone, Copy, PartialEq)]
enum Reduce {
    Sum,
    Prod,
    Mean,
    Max,
    Min,
}

impl Reduce {
    fn of(name: &str) -> Result<Reduce> {
        Ok(match name {
            "sum" => Reduce::Sum,
            "prod" => Reduce::Prod,
            "mean" => Reduce::Mean,
            "amax" => Reduce::Max,
            "amin" => Reduce::Min,
            _ => bail!("reduce argument must be either sum, prod, mean, amax or amin, got {name}"),
        })
    }

    fn join<T: Element>(self, old: T, new: T) -> T {
        match (self, T::VIA) {
            (Reduce::Sum | Reduce::Mean, Via::Int) => T::from_i64(old.to_i64().wrapping_add(new.to_i64())),
            (Reduce::Sum | Reduce::Mean, Via::Float) => T::from_f64(old.to_f64() + new.to_f64()),
            (Reduce::Sum | Reduce::Mean, Via::Complex) => T::from_c128(old.to_c128() + new.to_c128()),
            (Reduce::Prod, Via::Int) => T::from_i64(old.to_i64().wrapping_mul(new.to_i64())),
            (Reduce::Prod, Via::Float) => T::from_f64(old.to_f64() * new.to_f64()),
            (Reduce::Prod, Via::Complex) => T::from_c128(old.to_c128() * new.to_c128()),
            (Reduce::Max, Via::Int) => {
                if new.to_i64() > old.to_i64() {
                    new
                } else {
                    old
                }
            }
            (Reduce::Min, Via::Int) => {
                if new.to_i64() < old.to_i64() {
                    new
                } else {
                    old
                }
            }
            // Not a number wins.
            (Reduce::Max, _) => {
                if old.to_f64() >= new.to_f64() || old.to_f64().is_nan() {
                    old
                } else {
                    new
                }
            }
            (Reduce::Min, _) => {
                if old.to_f64() <= new.to_f64() || old.to_f64().is_nan() {
                    old
                } else {
                    new
                }
            }
        }
    }

    /// `sum / count` as PyTorch divides: integers round down.
    fn mean<T: Element>(sum: T, count: i64) -> T {
        match T::VIA {
            Via::Int => T::from_i64(sum.to_i64().div_euclid(count)),
            Via::Float => T::from_f64(sum.to_f64() / count as f64),
            Via::Complex => {
                let c = sum.to_c128();
                T::from_c128(crate::Complex::new(c.re / count as f64, c.im / count as f64))
            }
        }
    }
}

/// self, dim, index, src, reduce, include_self
fn reduced(a: &Args, t: &Tensor) -> Result<Tensor> {
    let (index, src, reduce, include) = (a.tensor(2)?, a.tensor(3)?, Reduce::of(a.str(4)?)?, a.bool(5)?);
    let d = check_places("scatter", t, a.int(1)?, index)?;
    check!(t.dtype() == src.dtype(), "scatter(): Expected self.dtype to be equal to src.dtype");
    check!(
        index.numel() == 0 || index.dim().max(1) == src.dim().max(1),
        "Index tensor must have the same number of dimensions as src tensor"
    );
    for k in (0..index.dim()).filter(|_| index.numel() > 0) {
        let fits = (k == d || index.sizes()[k] <= t.sizes()[k]) && index.sizes()[k] <= src.sizes()[k];
        check!(
            fits,
            "Expected index {} to be no larger than self {} apart from dimension {d} and to be no larger size than src {}",
            Show(index.sizes()),
            Show(t.sizes()),
            Show(src.sizes())
        );
    }
    check!(
        index.numel() == 0 || index.dim() > 0 || src.numel() > 0,
        "Expected index [] to be no larger than self {} apart from dimension {d} and to be no larger size than src {}",
        Show(t.sizes()),
        Show(src.sizes())
    );
    if reduce != Reduce::Sum && reduce != Reduce::Prod && t.dtype().is_complex() && reduce != Reduce::Mean {
        return Err(crate::kernel::not_implemented("scatter_gather_tensor_cpu_reduce_", t.dtype()));
    }
    if index.numel() == 0 {
        return Ok(t.clone());
    }
    let source = src.as_view(index.sizes(), &src.strides()[..index.dim().min(src.dim())], src.offset()).copy_contiguous()?;
    // Places relative to the first element, and how often each was met.
    let mut met = Counts::new(t);
    dispatch!(t.dtype(), T => {
        let from = source.as_slice::<T>()?;
        let to = t.ptr::<T>();
        for_each_place(t, d, index, |o, k| {
            // SAFETY: places are checked.
            unsafe {
                let p = to.offset(o);
                let first = met.add(o) && !include;
                *p = if first { reduce.join(neutral::<T>(reduce, from[k]), from[k]) } else { reduce.join(*p, from[k]) };
            }
        })?;
        if reduce == Reduce::Mean {
            for (o, n) in met.all() {
                // SAFETY: a place that was met.
                unsafe {
                    let p = to.offset(o);
                    *p = Reduce::mean(*p, n + include as i64);
                }
            }
        }
    });
    Ok(t.clone())
}

/// What a reduction starts from when the tensor's own element does not count.
fn neutral<T: Element>(reduce: Reduce, first: T) -> T {
    match reduce {
        Reduce::Sum | Reduce::Mean => T::from_i64(0),
        Reduce::Prod => T::from_i64(1),
        Reduce::Max | Reduce::Min => first,
    }
}

/// How often each place of a tensor was met.
struct Counts {
    low: i64,
    counts: Vec<u32>,
}

impl Counts {
    fn new(t: &Tensor) -> Counts {
        let (mut low, mut high) = (0i64, 0i64);
        for (size, stride) in t.sizes().iter().zip(t.strides()) {
            let reach = (size - 1).max(0) * stride;
            if reach < 0 { low += reach } else { high += reach }
        }
        Counts { low, counts: alloc::vec![0; (high - low + 1) as usize] }
    }

    /// True the first time.
    fn add(&mut self, place: isize) -> bool {
        let c = &mut self.counts[(place as i64 - self.low) as usize];
        *c += 1;
        *c == 1
    }

    fn all(&self) -> impl Iterator<Item = (isize, i64)> {
        self.counts.iter().enumerate().filter(|c| *c.1 > 0).map(|(i, c)| ((i as i64 + self.low) as isize, *c as i64))
    }
}

fn scatter_reduce_(a: &Args) -> Result<Tensor> {
    reduced(a, a.tensor(0)?)
}

fn scatter_reduce(a: &Args) -> Result<Tensor> {
    reduced(a, &a.tensor(0)?.copy()?)
}

operators! {
    aten::scatter_reduce.two => scatter_reduce,
    aten::scatter_reduce_.two => scatter_reduce_,
}
