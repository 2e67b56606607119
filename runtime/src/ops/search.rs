//! Places in sorted sequences.

use crate::ops::order::compare;
use crate::tensor::Show;
use crate::{Args, DType, Result, Tensor};
use core::cmp::Ordering;

/// How many elements come before `v`: those below it, with `right` also those equal to it. NaN is the largest.
fn place<T: PartialOrd>(len: usize, at: impl Fn(usize) -> T, v: &T, right: bool) -> usize {
    let (mut low, mut high) = (0, len);
    while low < high {
        let mid = (low + high) / 2;
        let before = match compare(&at(mid), v) {
            Ordering::Less => true,
            Ordering::Equal => right,
            Ordering::Greater => false,
        };
        if before { low = mid + 1 } else { high = mid }
    }
    low
}

fn places(sorted: &Tensor, v: &Tensor, sorter: Option<&Tensor>, right: bool, out: DType) -> Result<Tensor> {
    let len = sorted.sizes().last().copied().unwrap_or(1) as usize;
    // One sequence for all values, or one for each row of them.
    let many = sorted.dim() > 1;
    let per = if many { v.sizes().last().copied().unwrap_or(1) as usize } else { v.numel() };
    let common = crate::promote::promote_types(sorted.dtype(), v.dtype())?;
    let order = sorter.map(|s| s.contiguous()).transpose()?;
    let order = order.as_ref().map(|s| s.as_slice::<i64>()).transpose()?;
    if let Some(o) = order {
        check!(o.iter().all(|i| *i >= 0 && (*i as usize) < len.max(1)), "torch.searchsorted(): sorter index out of range");
    }
    let y = Tensor::empty(v.sizes(), DType::I64)?;
    ordered!(common, T => {
        use crate::Element;
        let (a, x) = (sorted.to_dtype(T::DTYPE)?.contiguous()?, v.to_dtype(T::DTYPE)?.contiguous()?);
        let (a, x) = (a.as_slice::<T>()?, x.as_slice::<T>()?);
        for (i, (o, v)) in y.as_mut_slice::<i64>()?.iter_mut().zip(x).enumerate() {
            let base = if many { i / per.max(1) * len } else { 0 };
            let at = |k: usize| match order {
                Some(o) => a[base + o[base + k] as usize],
                None => a[base + k],
            };
            *o = place(len, at, v, right) as i64;
        }
    });
    y.to_dtype(out)
}

fn value(a: &Args, i: usize) -> Result<Tensor> {
    match a.value(i)?.as_tensor() {
        Some(t) => Ok(t.clone()),
        None => {
            let s = a.scalar(i)?;
            Tensor::scalar(s, if s.is_integral() { DType::I64 } else { crate::dtype::default_dtype() })
        }
    }
}

fn check_real(x: &Tensor, name: &str) -> Result<()> {
    check!(!x.dtype().is_complex(), "torch.{name}(): input tensors of complex dtype are not supported");
    Ok(())
}

/// sorted_sequence, self, out_int32, right, side, sorter
fn searchsorted(a: &Args) -> Result<Tensor> {
    let (sorted, v) = (a.tensor(0)?, value(a, 1)?);
    let side = a.opt_str(4)?;
    check!(
        matches!(side, None | Some("left") | Some("right")),
        "torch.searchsorted(): side can only be 'left' or 'right' but got {}",
        side.unwrap_or("")
    );
    check!(
        side != Some("left") || !a.bool(3)?,
        "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
    );
    check!(sorted.dim() > 0, "torch.searchsorted(): sorted_sequence should have at least one dimension, but got 0 dimension");
    let n = sorted.dim();
    let one = n == 1;
    let fits = one || (v.dim() == n && sorted.sizes()[..n - 1] == v.sizes()[..n - 1]);
    check!(
        fits,
        "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries tensor and input value tensor must match, but we got boundaries tensor {} and input value tensor {}",
        Show(sorted.sizes()),
        Show(v.sizes())
    );
    check!(
        a.value(1)?.as_tensor().is_none() || sorted.dtype() == v.dtype(),
        "torch.searchsorted(): input value tensor and boundaries tensor should have same dtype, but got boundaries tensor dtype {} and input value tensor dtype {}",
        sorted.dtype().name(),
        v.dtype().name()
    );
    let sorter = a.opt_tensor(5)?;
    if let Some(s) = sorter {
        check!(
            s.sizes() == sorted.sizes(),
            "torch.searchsorted(): boundary and sorter must have the same size, but got boundary tensor {}and got sorter tensor {}",
            Show(sorted.sizes()),
            Show(s.sizes())
        );
        check!(
            s.dtype() == DType::I64,
            "torch.searchsorted(): sorter must be a tensor of long dtype but got dtype {}",
            s.dtype().name()
        );
    }
    check_real(sorted, "searchsorted")?;
    let right = a.bool(3)? || side == Some("right");
    places(sorted, &v, sorter, right, if a.bool(2)? { DType::I32 } else { DType::I64 })
}

/// self, boundaries, out_int32, right
fn bucketize(a: &Args) -> Result<Tensor> {
    let (v, bounds) = (value(a, 0)?, a.tensor(1)?);
    check!(bounds.dim() == 1, "boundaries tensor must be 1 dimension, but got dim({})", bounds.dim());
    check_real(bounds, "bucketize")?;
    places(bounds, &v, None, a.bool(3)?, if a.bool(2)? { DType::I32 } else { DType::I64 })
}

operators! {
    aten::bucketize.Tensor => bucketize, aten::bucketize.Scalar => bucketize,
    aten::searchsorted.Tensor => searchsorted, aten::searchsorted.Scalar => searchsorted,
}
