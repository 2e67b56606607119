//! Operators along one dimension that keep its size: softmax, cumulative sums.

use crate::math::Real;
use crate::rows::{Rows, wrap_dims};
use crate::{Args, Complex, DType, Element, Result, Tensor};

type C = Complex<f64>;

/// Applies `f(row, out row)` along `dim` in type T; the result has type `out`.
fn along<T: Element>(x: &Tensor, dim: i64, d: DType, out: DType, f: impl Fn(&[T], &mut [T])) -> Result<Tensor> {
    let rows = Rows::new(x, &wrap_dims(Some(&[dim]), x.dim())?, d)?;
    let y = Tensor::empty(rows.data.sizes(), d)?;
    if rows.len > 0 {
        for (o, row) in y.as_mut_slice::<T>()?.chunks_exact_mut(rows.len).zip(rows.iter::<T>()) {
            f(row, o);
        }
    }
    rows.restore(&y)?.contiguous()?.to_dtype(out)
}

fn softmax_row<T: Real>(x: &[T], o: &mut [T]) {
    let m = x.iter().fold(-T::INFINITY, |m, &v| if v > m { v } else { m });
    let mut sum = T::ZERO;
    for (o, x) in o.iter_mut().zip(x) {
        *o = Real::exp(*x - m);
        sum += *o;
    }
    let k = T::ONE / sum;
    for o in o {
        *o *= k;
    }
}

fn log_softmax_row<T: Real>(x: &[T], o: &mut [T]) {
    let m = x.iter().fold(-T::INFINITY, |m, &v| if v > m { v } else { m });
    let mut sum = T::ZERO;
    for x in x {
        sum += Real::exp(*x - m);
    }
    let k = Real::ln(sum);
    for (o, x) in o.iter_mut().zip(x) {
        *o = *x - m - k;
    }
}

pub fn softmax_of(x: &Tensor, dim: i64, dtype: Option<DType>, log: bool) -> Result<Tensor> {
    let out = dtype.unwrap_or(x.dtype());
    let name = if log { "log_softmax_lastdim_kernel_impl" } else { "softmax_lastdim_kernel_impl" };
    if !out.is_float() {
        return Err(crate::kernel::not_implemented(name, out));
    }
    real_type!(out, T => along::<T>(x, dim, T::DTYPE, out, if log { log_softmax_row } else { softmax_row }))
}

fn softmax(a: &Args) -> Result<Tensor> {
    softmax_of(a.tensor(0)?, a.int(1)?, a.opt_dtype(2)?, false)
}
fn log_softmax(a: &Args) -> Result<Tensor> {
    softmax_of(a.tensor(0)?, a.int(1)?, a.opt_dtype(2)?, true)
}
/// self, dim, half_to_float
fn softmax_internal(a: &Args) -> Result<Tensor> {
    softmax_of(a.tensor(0)?, a.int(1)?, None, false)
}
fn log_softmax_internal(a: &Args) -> Result<Tensor> {
    softmax_of(a.tensor(0)?, a.int(1)?, None, true)
}

fn cumulative_type(a: &Args) -> Result<DType> {
    let d = a.tensor(0)?.dtype();
    Ok(a.opt_dtype(2)?.unwrap_or(if d.is_int() || d == DType::Bool { DType::I64 } else { d }))
}

trait Cumulative: Element {
    fn plus(self, o: Self) -> Self;
    fn times(self, o: Self) -> Self;
}
macro_rules! cumulative {
    ($($t:ty, |$a:ident, $b:ident| $plus:expr, $times:expr;)*) => { $(
        impl Cumulative for $t {
            fn plus(self, $b: $t) -> $t { let $a = self; $plus }
            fn times(self, $b: $t) -> $t { let $a = self; $times }
        }
    )* };
}
cumulative! {
    i64, |a, b| a.wrapping_add(b), a.wrapping_mul(b);
    f32, |a, b| a + b, a * b;
    f64, |a, b| a + b, a * b;
    C, |a, b| a + b, a * b;
}

fn running<T: Cumulative>(f: fn(T, T) -> T) -> impl Fn(&[T], &mut [T]) {
    move |x, o| {
        let mut last = None;
        for (o, x) in o.iter_mut().zip(x) {
            *o = last.map_or(*x, |l| f(l, *x));
            last = Some(*o);
        }
    }
}

/// self, dim, dtype
fn cumsum(a: &Args) -> Result<Tensor> {
    let (x, d) = (a.tensor(0)?, cumulative_type(a)?);
    compute!(d, T => along::<T>(x, a.int(1)?, T::DTYPE, d, running(T::plus)))
}
fn cumprod(a: &Args) -> Result<Tensor> {
    let (x, d) = (a.tensor(0)?, cumulative_type(a)?);
    compute!(d, T => along::<T>(x, a.int(1)?, T::DTYPE, d, running(T::times)))
}
fn cumsum_(a: &Args) -> Result<Tensor> {
    a.tensor(0)?.copy_from(&cumsum(a)?)?;
    Ok(a.tensor(0)?.clone())
}
fn cumprod_(a: &Args) -> Result<Tensor> {
    a.tensor(0)?.copy_from(&cumprod(a)?)?;
    Ok(a.tensor(0)?.clone())
}
fn logcumsumexp(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    if x.dtype().is_complex() {
        let d = x.dtype();
        return along::<C>(x, a.int(1)?, DType::C128, d, running(C::log_add_exp));
    }
    let d = if x.dtype().is_float() { x.dtype() } else { crate::dtype::default_dtype() };
    fn add<T: Real + Cumulative>(p: T, q: T) -> T {
        let (m, n) = if p > q { (p, q) } else { (q, p) };
        if m == -T::INFINITY { m } else { m + Real::ln_1p(Real::exp(n - m)) }
    }
    real_type!(d, T => along::<T>(x, a.int(1)?, T::DTYPE, d, running(add::<T>)))
}

/// Largest so far and where; later equals win, NaN stays.
fn extremes<T: Element + PartialOrd>(a: &Args, better: fn(&T, &T) -> bool) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    let rows = Rows::new(x, &wrap_dims(Some(&[a.int(1)?]), x.dim())?, T::DTYPE)?;
    let (values, indices) = (Tensor::empty(rows.data.sizes(), T::DTYPE)?, Tensor::empty(rows.data.sizes(), DType::I64)?);
    let (v, n) = (values.as_mut_slice::<T>()?, indices.as_mut_slice::<i64>()?);
    for (r, row) in rows.iter::<T>().enumerate() {
        let mut best = 0;
        for (i, x) in row.iter().enumerate() {
            if row[best] == row[best] && (x != x || better(x, &row[best]) || *x == row[best]) {
                best = i;
            }
            v[r * rows.len + i] = row[best];
            n[r * rows.len + i] = best as i64;
        }
    }
    Ok((rows.restore(&values)?.contiguous()?.to_dtype(x.dtype())?, rows.restore(&indices)?.contiguous()?))
}
fn cummax(a: &Args) -> Result<(Tensor, Tensor)> {
    ordered!(a.tensor(0)?.dtype(), T => extremes::<T>(a, T::gt))
}
fn cummin(a: &Args) -> Result<(Tensor, Tensor)> {
    ordered!(a.tensor(0)?.dtype(), T => extremes::<T>(a, T::lt))
}

operators! {
    aten::_log_softmax => log_softmax_internal,
    aten::_softmax => softmax_internal,
    aten::cummax => cummax, aten::cummin => cummin,
    aten::cumprod => cumprod, aten::cumprod_ => cumprod_,
    aten::cumsum => cumsum, aten::cumsum_ => cumsum_,
    aten::log_softmax.int => log_softmax,
    aten::logcumsumexp => logcumsumexp,
    aten::softmax.int => softmax,
    aten::special_log_softmax => log_softmax,
    aten::special_softmax => softmax,
}
