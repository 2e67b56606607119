//! Reductions to one element per row.

use crate::math::Real;
use crate::rows::{Folds, Rows, fold, wrap_dims};
use crate::{Args, Complex, DType, Dims, Element, Result, Scalar, Tensor};

/// Sums in lanes, then in pairs of halves: exact enough for long rows.
fn sum_real<T: Real>(row: &[T]) -> T {
    const LANES: usize = 16;
    if row.len() > 1024 {
        let (a, b) = row.split_at(row.len() / 2 / LANES * LANES);
        return sum_real(a) + sum_real(b);
    }
    let mut acc = [T::ZERO; LANES];
    let chunks = row.chunks_exact(LANES);
    let mut rest = T::ZERO;
    for v in chunks.remainder() {
        rest += *v;
    }
    for c in chunks {
        for (s, v) in acc.iter_mut().zip(c) {
            *s += *v;
        }
    }
    acc.iter().fold(rest, |s, v| s + *v)
}

fn mean_real<T: Real>(row: &[T]) -> T {
    sum_real(row) / T::of(row.len() as f64)
}

fn nanmean_real<T: Real>(row: &[T]) -> T {
    let numbers = || row.iter().filter(|v| !Real::is_nan(**v));
    numbers().fold(T::ZERO, |s, v| s + *v) / T::of(numbers().count() as f64)
}

fn sum_complex(row: &[Complex<f64>]) -> Complex<f64> {
    row.iter().fold(Complex::default(), |s, v| s + *v)
}

/// Mean and sum of squared differences from it.
fn moments<T: Real>(row: &[T]) -> (f64, f64) {
    let n = row.len() as f64;
    let mean = row.iter().map(|v| v.to_f64()).sum::<f64>() / n;
    let m2 = row.iter().map(|v| (v.to_f64() - mean) * (v.to_f64() - mean)).sum();
    (mean, m2)
}

/// p[0] is the correction.
fn var_real<T: Real>(row: &[T], p: &[f64; 2]) -> f64 {
    let n = row.len() as f64 - p[0];
    moments(row).1 / if n > 0.0 { n } else { 0.0 }
}

fn var_complex(row: &[Complex<f64>], p: &[f64; 2]) -> Complex<f64> {
    let n = row.len() as f64;
    let mean = sum_complex(row).scale(1.0 / n);
    let m2: f64 = row.iter().map(|v| (*v - mean).norm()).map(|d| d * d).sum();
    Complex::real(m2 / (n - p[0]).max(0.0))
}

fn max_real<T: Real>(row: &[T]) -> T {
    row.iter().fold(-T::INFINITY, |m, &v| if v > m || v.is_nan() { v } else { m })
}
fn min_real<T: Real>(row: &[T]) -> T {
    row.iter().fold(T::INFINITY, |m, &v| if v < m || v.is_nan() { v } else { m })
}

fn logsumexp_real<T: Real>(row: &[T]) -> T {
    let m = max_real(row);
    let m = if m.abs() == T::INFINITY { T::ZERO } else { m };
    let mut s = T::ZERO;
    for v in row {
        s += Real::exp(*v - m);
    }
    Real::ln(s) + m
}

/// p[0] is the order.
fn norm_real<T: Real>(row: &[T], p: &[f64; 2]) -> T {
    norm(row.iter().map(|v| v.to_f64().abs()), p[0])
}

fn norm<T: Real>(abs: impl Iterator<Item = f64>, p: f64) -> T {
    T::of(match p {
        0.0 => abs.filter(|v| *v != 0.0).count() as f64,
        1.0 => abs.sum(),
        2.0 => Real::sqrt(abs.map(|v| v * v).sum::<f64>()),
        f64::INFINITY => abs.fold(0.0, |m, v| if v > m || v.is_nan() { v } else { m }),
        f64::NEG_INFINITY => abs.fold(f64::INFINITY, |m, v| if v < m || v.is_nan() { v } else { m }),
        p => Real::pow(abs.map(|v| Real::pow(v, p)).sum::<f64>(), 1.0 / p),
    })
}

macro_rules! folds {
    ($($name:ident $text:literal { $(int $int:expr;)? $(real $real:expr;)? $(complex $complex:expr;)? })*) => { $(
        pub static $name: Folds = Folds {
            name: $text,
            int: folds!(@ $($int)?),
            f32: folds!(@ $($real)?),
            f64: folds!(@ $($real)?),
            complex: folds!(@ $($complex)?),
        };
    )* };
    (@) => { None };
    (@ $e:expr) => { Some($e) };
}

folds! {
    SUM "sum" { int |r, _| r.iter().fold(0, |s: i64, v| s.wrapping_add(*v)); real |r, _| sum_real(r); complex |r, _| sum_complex(r); }
    NANSUM "nansum" {
        int |r, _| r.iter().fold(0, |s: i64, v| s.wrapping_add(*v));
        real |r, _| r.iter().filter(|v| !Real::is_nan(**v)).fold(0.0, |s, v| s + *v);
    }
    PROD "prod" {
        int |r, _| r.iter().fold(1, |s: i64, v| s.wrapping_mul(*v));
        real |r, _| r.iter().fold(1.0, |s, v| s * *v);
        complex |r, _| r.iter().fold(Complex::real(1.0), |s, v| s * *v);
    }
    MEAN "mean" {
        real |r, _| mean_real(r);
        complex |r, _| sum_complex(r).scale(1.0 / r.len() as f64);
    }
    NANMEAN "nanmean" {
        real |r, _| nanmean_real(r);
    }
    MAX "amax" { int |r, _| r.iter().copied().max().unwrap_or(i64::MIN); real |r, _| max_real(r); }
    MIN "amin" { int |r, _| r.iter().copied().min().unwrap_or(i64::MAX); real |r, _| min_real(r); }
    LOGSUMEXP "logsumexp" { real |r, _| logsumexp_real(r); }
    VAR "var" { real |r, p| var_real(r, p) as _; complex |r, p| var_complex(r, p); }
    STD "std" { real |r, p| Real::sqrt(var_real(r, p)) as _; complex |r, p| var_complex(r, p).sqrt(); }
    NORM "norm" { real |r, p| norm_real(r, p); complex |r, p| Complex::real(norm(r.iter().map(|v| v.norm()), p[0])); }
    ALL "all" {
        int |r, _| r.iter().all(|v| *v != 0) as i64;
        real |r, _| r.iter().all(|v| *v != 0.0) as u8 as _;
        complex |r, _| Complex::real(r.iter().all(|v| v.to_bool()) as u8 as f64);
    }
    ANY "any" {
        int |r, _| r.iter().any(|v| *v != 0) as i64;
        real |r, _| r.iter().any(|v| *v != 0.0) as u8 as _;
        complex |r, _| Complex::real(r.iter().any(|v| v.to_bool()) as u8 as f64);
    }
    NONZERO "count_nonzero" {
        int |r, _| r.iter().filter(|v| **v != 0).count() as i64;
        real |r, _| r.iter().filter(|v| **v != 0.0).count() as _;
        complex |r, _| Complex::real(r.iter().filter(|v| v.to_bool()).count() as f64);
    }
}

const P0: [f64; 2] = [0.0; 2];

/// Integers and bool become int64.
fn widen(d: DType) -> DType {
    if d.is_int() || d == DType::Bool { DType::I64 } else { d }
}

fn dims_of(a: &Args, i: usize) -> Result<Dims> {
    wrap_dims(a.opt_int_list(i)?, a.tensor(0)?.dim())
}

fn all_dims(x: &Tensor) -> Dims {
    (0..x.dim() as i64).collect()
}

/// self, dim, keepdim, dtype
fn sum_dim_of(a: &Args, f: &Folds) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let d = a.opt_dtype(3)?.unwrap_or(widen(x.dtype()));
    let x = if compute_class(d) != compute_class(x.dtype()) { x.to_dtype(d)? } else { x.clone() };
    fold(&x, f, &dims_of(a, 1)?, a.bool(2)?, d, d, P0)
}

fn compute_class(d: DType) -> DType {
    crate::rows::compute_type(d)
}

fn sum_dim(a: &Args) -> Result<Tensor> {
    sum_dim_of(a, &SUM)
}
fn nansum(a: &Args) -> Result<Tensor> {
    check!(!a.tensor(0)?.dtype().is_complex(), "nansum on CPU does not support complex inputs");
    sum_dim_of(a, &NANSUM)
}

/// self, dtype
fn sum(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let d = a.opt_dtype(1)?.unwrap_or(widen(x.dtype()));
    fold(&x.to_dtype(d)?, &SUM, &all_dims(x), false, d, d, P0)
}
fn prod(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let d = a.opt_dtype(1)?.unwrap_or(widen(x.dtype()));
    fold(&x.to_dtype(d)?, &PROD, &all_dims(x), false, d, d, P0)
}
/// self, dim, keepdim, dtype
fn prod_dim(a: &Args) -> Result<Tensor> {
    sum_dim_of(a, &PROD)
}

fn mean_type(a: &Args, i: usize) -> Result<DType> {
    let x = a.tensor(0)?;
    let d = a.opt_dtype(i)?.unwrap_or(x.dtype());
    check!(
        d.is_float() || d.is_complex(),
        "mean(): could not infer output dtype. {} dtype must be either a floating point or complex dtype. Got: {}",
        if a.is_none(i) { "Input" } else { "Optional" },
        d.name()
    );
    Ok(d)
}
fn mean(a: &Args) -> Result<Tensor> {
    let (x, d) = (a.tensor(0)?, mean_type(a, 1)?);
    fold(x, &MEAN, &all_dims(x), false, d, d, P0)
}
fn mean_dim(a: &Args) -> Result<Tensor> {
    let (x, d) = (a.tensor(0)?, mean_type(a, 3)?);
    fold(x, &MEAN, &dims_of(a, 1)?, a.bool(2)?, d, d, P0)
}
fn nanmean(a: &Args) -> Result<Tensor> {
    let (x, d) = (a.tensor(0)?, mean_type(a, 3)?);
    fold(x, &NANMEAN, &dims_of(a, 1)?, a.bool(2)?, d, d, P0)
}

fn check_not_empty(x: &Tensor, dims: &[i64], name: &str) -> Result<()> {
    for &d in dims {
        check!(x.sizes()[d as usize] > 0, Index, "{name}(): Expected reduction dim {d} to have non-zero size.");
    }
    Ok(())
}

fn extreme_of(a: &Args, f: &Folds, name: &str) -> Result<Tensor> {
    let (x, dims) = (a.tensor(0)?, dims_of(a, 1)?);
    check_not_empty(x, &dims, name)?;
    fold(x, f, &dims, a.bool(2)?, x.dtype(), x.dtype(), P0)
}
fn amax(a: &Args) -> Result<Tensor> {
    extreme_of(a, &MAX, "amax")
}
fn amin(a: &Args) -> Result<Tensor> {
    extreme_of(a, &MIN, "amin")
}
fn extreme_all(a: &Args, f: &Folds, name: &str) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check!(
        x.numel() > 0,
        "{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
    );
    fold(x, f, &all_dims(x), false, x.dtype(), x.dtype(), P0)
}
fn max(a: &Args) -> Result<Tensor> {
    extreme_all(a, &MAX, "max")
}
fn min(a: &Args) -> Result<Tensor> {
    extreme_all(a, &MIN, "min")
}
/// self, *, dim, keepdim
fn aminmax(a: &Args) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    let dims = match a.opt_int(1)? {
        Some(d) => wrap_dims(Some(&[d]), x.dim())?,
        None => all_dims(x),
    };
    check_not_empty(x, &dims, "aminmax")?;
    let get = |f| fold(x, f, &dims, a.bool(2)?, x.dtype(), x.dtype(), P0);
    Ok((get(&MIN)?, get(&MAX)?))
}

fn float_type(d: DType) -> DType {
    if d.is_float() || d.is_complex() { d } else { crate::dtype::default_dtype() }
}

fn logsumexp(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let d = float_type(x.dtype());
    fold(x, &LOGSUMEXP, &dims_of(a, 1)?, a.bool(2)?, d, d, P0)
}

fn spread(x: &Tensor, f: &Folds, dims: &[i64], correction: f64, keepdim: bool) -> Result<Tensor> {
    let d = x.dtype();
    check!(d.is_float() || d.is_complex(), "std and var only support floating point and complex dtypes");
    fold(x, f, dims, keepdim, d, d.to_real(), [correction, 0.0])
}

fn unbiased(a: &Args, i: usize) -> Result<f64> {
    Ok(a.bool(i)? as u8 as f64)
}

fn correction(a: &Args, i: usize) -> Result<f64> {
    Ok(a.opt_scalar(i)?.map_or(1.0, Scalar::to_f64))
}

/// Forms of `var` and `std`: self, unbiased; self, dim, unbiased, keepdim; self, dim, *, correction, keepdim.
fn var(a: &Args) -> Result<Tensor> {
    spread(a.tensor(0)?, &VAR, &all_dims(a.tensor(0)?), unbiased(a, 1)?, false)
}
fn var_dim(a: &Args) -> Result<Tensor> {
    spread(a.tensor(0)?, &VAR, &dims_of(a, 1)?, unbiased(a, 2)?, a.bool(3)?)
}
fn var_correction(a: &Args) -> Result<Tensor> {
    spread(a.tensor(0)?, &VAR, &dims_of(a, 1)?, correction(a, 2)?, a.bool(3)?)
}
fn std(a: &Args) -> Result<Tensor> {
    spread(a.tensor(0)?, &STD, &all_dims(a.tensor(0)?), unbiased(a, 1)?, false)
}
fn std_dim(a: &Args) -> Result<Tensor> {
    spread(a.tensor(0)?, &STD, &dims_of(a, 1)?, unbiased(a, 2)?, a.bool(3)?)
}
fn std_correction(a: &Args) -> Result<Tensor> {
    spread(a.tensor(0)?, &STD, &dims_of(a, 1)?, correction(a, 2)?, a.bool(3)?)
}

fn with_mean(a: &Args, f: &Folds, dims: Dims, c: f64, keepdim: bool) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    Ok((spread(x, f, &dims, c, keepdim)?, fold(x, &MEAN, &dims, keepdim, x.dtype(), x.dtype(), P0)?))
}
fn var_mean(a: &Args) -> Result<(Tensor, Tensor)> {
    with_mean(a, &VAR, all_dims(a.tensor(0)?), unbiased(a, 1)?, false)
}
fn var_mean_dim(a: &Args) -> Result<(Tensor, Tensor)> {
    with_mean(a, &VAR, dims_of(a, 1)?, unbiased(a, 2)?, a.bool(3)?)
}
fn var_mean_correction(a: &Args) -> Result<(Tensor, Tensor)> {
    with_mean(a, &VAR, dims_of(a, 1)?, correction(a, 2)?, a.bool(3)?)
}
fn std_mean(a: &Args) -> Result<(Tensor, Tensor)> {
    with_mean(a, &STD, all_dims(a.tensor(0)?), unbiased(a, 1)?, false)
}
fn std_mean_dim(a: &Args) -> Result<(Tensor, Tensor)> {
    with_mean(a, &STD, dims_of(a, 1)?, unbiased(a, 2)?, a.bool(3)?)
}
fn std_mean_correction(a: &Args) -> Result<(Tensor, Tensor)> {
    with_mean(a, &STD, dims_of(a, 1)?, correction(a, 2)?, a.bool(3)?)
}

pub fn norm_of(x: &Tensor, p: f64, dims: &[i64], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let d = dtype.unwrap_or(x.dtype());
    check!(
        d.is_float() || d.is_complex(),
        "linalg.vector_norm: Expected a floating point or complex tensor as input. Got {}",
        d.name()
    );
    fold(x, &NORM, dims, keepdim, d, d.to_real(), [p, 0.0])
}

fn order(a: &Args, i: usize) -> Result<f64> {
    Ok(a.opt_scalar(i)?.map_or(2.0, Scalar::to_f64))
}
/// self, p
fn norm_scalar(a: &Args) -> Result<Tensor> {
    norm_of(a.tensor(0)?, order(a, 1)?, &all_dims(a.tensor(0)?), false, None)
}
/// self, p, dim, keepdim
fn norm_dim(a: &Args) -> Result<Tensor> {
    norm_of(a.tensor(0)?, order(a, 1)?, &dims_of(a, 2)?, a.bool(3)?, None)
}
/// self, p, dim, keepdim, dtype
fn norm_dim_dtype(a: &Args) -> Result<Tensor> {
    norm_of(a.tensor(0)?, order(a, 1)?, &dims_of(a, 2)?, a.bool(3)?, a.opt_dtype(4)?)
}
/// self, p, dtype
fn norm_dtype(a: &Args) -> Result<Tensor> {
    norm_of(a.tensor(0)?, order(a, 1)?, &all_dims(a.tensor(0)?), false, a.opt_dtype(2)?)
}
/// self, ord, dim, keepdim, dtype
fn vector_norm(a: &Args) -> Result<Tensor> {
    norm_of(a.tensor(0)?, a.float(1)?, &dims_of(a, 2)?, a.bool(3)?, a.opt_dtype(4)?)
}
/// self, dim, keepdim
fn frobenius_norm(a: &Args) -> Result<Tensor> {
    norm_of(a.tensor(0)?, 2.0, &dims_of(a, 1)?, a.bool(2)?, None)
}
/// self, other, p
fn dist(a: &Args) -> Result<Tensor> {
    use super::binary::Add;
    let d = crate::kernel::apply::<Add, 2>([a.tensor(0)?, a.tensor(1)?], crate::kernel::params([Scalar::Int(-1)]))?;
    norm_of(&d, order(a, 2)?, &all_dims(&d), false, None)
}

fn truth(a: &Args, f: &Folds, dims: &[i64], keepdim: bool) -> Result<Tensor> {
    let d = a.tensor(0)?.dtype();
    fold(a.tensor(0)?, f, dims, keepdim, d, if d == DType::U8 { d } else { DType::Bool }, P0)
}
fn all(a: &Args) -> Result<Tensor> {
    truth(a, &ALL, &all_dims(a.tensor(0)?), false)
}
fn all_dim(a: &Args) -> Result<Tensor> {
    truth(a, &ALL, &given_dims(a)?, a.bool(2)?)
}
/// Here no dimensions given are none, where other reductions take all.
fn given_dims(a: &Args) -> Result<Dims> {
    match a.value(1)?.as_int() {
        None if a.opt_int_list(1)?.is_some_and(|d| d.is_empty()) => Ok(Dims::new()),
        _ => dims_of(a, 1),
    }
}
fn any(a: &Args) -> Result<Tensor> {
    truth(a, &ANY, &all_dims(a.tensor(0)?), false)
}
fn any_dim(a: &Args) -> Result<Tensor> {
    truth(a, &ANY, &given_dims(a)?, a.bool(2)?)
}
fn count_nonzero(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let dims = match a.value(1)?.as_int() {
        Some(d) => wrap_dims(Some(&[d]), x.dim())?,
        None => dims_of(a, 1)?,
    };
    fold(x, &NONZERO, &dims, false, x.dtype(), DType::I64, P0)
}

fn trace(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check!(x.dim() == 2, "trace: expected a matrix, but got tensor with dim {}", x.dim());
    let n = x.sizes()[0].min(x.sizes()[1]);
    let diagonal = x.as_view(&[n], &[x.strides()[0] + x.strides()[1]], x.offset());
    let d = widen(x.dtype());
    fold(&diagonal, &SUM, &[0], false, d, d, P0)
}

/// The rows of a tensor as f64, for statistics.
pub fn rows_f64(x: &Tensor, dim: i64) -> Result<Rows> {
    Rows::new(x, &wrap_dims(Some(&[dim]), x.dim())?, DType::F64)
}

operators! {
    aten::all => all, aten::all.dim => all_dim, aten::all.dims => all_dim,
    aten::amax => amax, aten::amin => amin, aten::aminmax => aminmax,
    aten::any => any, aten::any.dim => any_dim, aten::any.dims => any_dim,
    aten::count_nonzero => count_nonzero, aten::count_nonzero.dim_IntList => count_nonzero,
    aten::dist => dist,
    aten::frobenius_norm.dim => frobenius_norm,
    aten::linalg_vector_norm => vector_norm,
    aten::logsumexp => logsumexp, aten::special_logsumexp => logsumexp,
    aten::max => max, aten::min => min,
    aten::mean => mean, aten::mean.dim => mean_dim,
    aten::nanmean => nanmean, aten::nansum => nansum,
    aten::norm.Scalar => norm_scalar, aten::norm.ScalarOpt_dim => norm_dim,
    aten::norm.ScalarOpt_dim_dtype => norm_dim_dtype, aten::norm.ScalarOpt_dtype => norm_dtype,
    aten::prod => prod, aten::prod.dim_int => prod_dim,
    aten::std => std, aten::std.dim => std_dim, aten::std.correction => std_correction,
    aten::std_mean => std_mean, aten::std_mean.dim => std_mean_dim, aten::std_mean.correction => std_mean_correction,
    aten::sum => sum, aten::sum.dim_IntList => sum_dim,
    aten::trace => trace,
    aten::var => var, aten::var.dim => var_dim, aten::var.correction => var_correction,
    aten::var_mean => var_mean, aten::var_mean.dim => var_mean_dim, aten::var_mean.correction => var_mean_correction,
}
