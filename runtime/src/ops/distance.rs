//! Distances between the rows of two matrices.

use crate::math::Real;
use crate::tensor::broadcast;
use crate::{Args, DType, Dims, Result, Scalar, Tensor};

/// The norm of order p of the difference.
fn distance<T: Real>(a: &[T], b: &[T], p: f64) -> T {
    let apart = a.iter().zip(b).map(|(x, y)| (*x - *y).abs());
    match p {
        0.0 => T::of(apart.filter(|d| *d != T::ZERO).count() as f64),
        1.0 => apart.fold(T::ZERO, |s, d| s + d),
        2.0 => Real::sqrt(apart.fold(T::ZERO, |s, d| s + d * d)),
        f64::INFINITY => apart.fold(T::ZERO, |m, d| if d > m || d.is_nan() { d } else { m }),
        p => T::of(Real::pow(apart.map(|d| Real::pow(d.to_f64(), p)).sum::<f64>(), 1.0 / p)),
    }
}

/// x1, x2, p, compute_mode
fn cdist(a: &Args) -> Result<Tensor> {
    let (x, y, p) = (a.tensor(0)?, a.tensor(1)?, a.float(2)?);
    check!(x.dtype().is_float(), "cdist only supports floating-point dtypes, X1 got: {}", x.dtype().name());
    check!(y.dtype().is_float(), "cdist only supports floating-point dtypes, X2 got: {}", y.dtype().name());
    check!(x.dim() >= 2, "cdist only supports at least 2D tensors, X1 got: {}D", x.dim());
    check!(y.dim() >= 2, "cdist only supports at least 2D tensors, X2 got: {}D", y.dim());
    let (n, m) = (x.dim(), y.dim());
    let width = x.sizes()[n - 1];
    check!(width == y.sizes()[m - 1], "X1 and X2 must have the same number of columns. X1: {width} X2: {}", y.sizes()[m - 1]);
    check!(p >= 0.0, "cdist only supports non-negative p values");
    let mode = a.opt_int(3)?.unwrap_or(0);
    check!((0..=2).contains(&mode), "possible modes: 0, 1, 2, but was: {mode}");
    let d = crate::promote::promote_types(x.dtype(), y.dtype())?;
    if !matches!(d, DType::F32 | DType::F64) {
        return Err(crate::kernel::not_implemented("cdist", d));
    }
    let batch = broadcast(&x.sizes()[..n - 2], &y.sizes()[..m - 2])?;
    let shaped = |t: &Tensor| -> Result<Tensor> {
        let k = t.dim();
        let sizes: Dims = batch.iter().chain(&t.sizes()[k - 2..]).copied().collect();
        t.to_dtype(d)?.expand(&sizes)?.contiguous()
    };
    let (rows, columns) = (x.sizes()[n - 2], y.sizes()[m - 2]);
    let shape: Dims = batch.iter().copied().chain([rows, columns]).collect();
    if width == 0 {
        return Tensor::full(&shape, Scalar::Int(0), d);
    }
    let (x, y, out) = (shaped(x)?, shaped(y)?, Tensor::empty(&shape, d)?);
    real_type!(d, T => {
        let (width, rows, columns) = (width as usize, rows as usize, columns as usize);
        let (x, y) = (x.as_slice::<T>()?, y.as_slice::<T>()?);
        for (k, o) in out.as_mut_slice::<T>()?.iter_mut().enumerate() {
            let (i, j, b) = (k / columns % rows, k % columns, k / (rows * columns));
            let (r, s) = ((b * rows + i) * width, (b * columns + j) * width);
            *o = distance(&x[r..r + width], &y[s..s + width], p);
        }
    });
    Ok(out)
}

operators! {
    aten::_cdist_forward => cdist,
    aten::cdist => cdist,
}
