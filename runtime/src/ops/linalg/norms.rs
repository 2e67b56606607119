//! Norms of matrices, conditions, ranks, pseudo-inverses.

use super::eigen::{eigh_of, svd_of};
use super::*;
use crate::linalg::{svd, tridiagonal};
use crate::ops::reduce::norm_of;
use crate::tensor::wrap_dim;
use crate::value::tag;
use crate::{Args, Scalar};
use alloc::string::String;

/// The order of a norm.
#[derive(Clone)]
enum Order {
    Number(f64),
    Name(String),
}

impl Order {
    fn shown(&self) -> String {
        match self {
            Order::Number(p) if *p == f64::INFINITY => "inf".into(),
            Order::Number(p) if *p == f64::NEG_INFINITY => "-inf".into(),
            Order::Number(p) => alloc::format!("{p}"),
            Order::Name(n) => n.clone(),
        }
    }

    fn argument(a: &Args, i: usize) -> Result<Option<Order>> {
        if a.is_none(i) {
            return Ok(None);
        }
        if a.value(i)?.tag == tag::STR {
            return Ok(Some(Order::Name(a.str(i)?.into())));
        }
        Ok(Some(Order::Number(a.scalar(i)?.to_f64())))
    }
}

/// NaN wins.
fn extreme(values: impl Iterator<Item = f64>, largest: bool) -> f64 {
    let start = if largest { f64::NEG_INFINITY } else { f64::INFINITY };
    values.fold(start, |m, v| if v.is_nan() || (v > m) == largest && v != m && !m.is_nan() { v } else { m })
}

fn one_norm<T: Field>(m: &Matrix<T>, order: &Order) -> f64 {
    if m.data.is_empty() {
        return 0.0;
    }
    let columns = || (0..m.cols).map(|j| m.column(j).iter().map(|v| v.modulus()).sum::<f64>());
    let rows = || (0..m.rows).map(|i| (0..m.cols).map(|j| m[(i, j)].modulus()).sum::<f64>());
    match order {
        Order::Number(1.0) => extreme(columns(), true),
        Order::Number(-1.0) => extreme(columns(), false),
        Order::Number(f64::INFINITY) => extreme(rows(), true),
        Order::Number(f64::NEG_INFINITY) => extreme(rows(), false),
        Order::Name(n) if n == "fro" => crate::linalg::norm2(&m.data),
        _ => {
            let s = svd::svd(m, false, f64::EPSILON / 2.0).s;
            match order {
                Order::Name(_) => s.iter().sum(),
                Order::Number(p) => extreme(s.into_iter(), *p > 0.0),
            }
        }
    }
}

fn matrix_norm_of(x: &Tensor, order: &Order, dims: &[i64], keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let name = "linalg.matrix_norm";
    check_matrix(x, name)?;
    check_float(x, name)?;
    check!(dims.len() == 2, "{name}: dim must be a 2-tuple. Got {}", Show(dims));
    let (p, q) = (wrap_dim(dims[0], x.dim())? as i64, wrap_dim(dims[1], x.dim())? as i64);
    check!(p != q, "{name}: dims must be different. Got ({}, {})", dims[0], dims[1]);
    let known = match order {
        Order::Number(n) => [1.0, 2.0, f64::INFINITY].contains(&n.abs()),
        Order::Name(n) => matches!(n.as_str(), "fro" | "nuc"),
    };
    check!(known, "{name}: Order {} not supported.", order.shown());
    let x = match dtype {
        Some(d) => x.to_dtype(d)?,
        None => x.clone(),
    };
    if matches!(order, Order::Number(n) if n.abs() == 2.0) || matches!(order, Order::Name(n) if n == "nuc") {
        check_kernel(&x, "linalg_svd_cpu")?;
    }
    let mut perm: Dims = (0..x.dim() as i64).filter(|d| *d != p && *d != q).collect();
    perm.extend([p, q]);
    let y = x.permute(&perm)?;
    let norms: Vec<f64> = field!(y.dtype(), T => matrices::<T>(&y)?.iter().map(|m| one_norm(m, order)).collect());
    let mut out = Dims::from_slice(batch(&y));
    if keepdim {
        out.insert(p.min(q) as usize, 1);
        out.insert(p.max(q) as usize, 1);
    }
    Tensor::from_slice(&norms, &out)?.to_dtype(y.dtype().to_real())
}

/// self, ord, dim, keepdim, dtype
fn matrix_norm(a: &Args) -> Result<Tensor> {
    let order = Order::argument(a, 1)?.unwrap_or(Order::Name("fro".into()));
    matrix_norm_of(a.tensor(0)?, &order, a.int_list(2)?, a.bool(3)?, a.opt_dtype(4)?)
}

fn vector_norm_of(x: &Tensor, p: f64, dims: Option<&[i64]>, keepdim: bool, dtype: Option<DType>) -> Result<Tensor> {
    let all = crate::rows::wrap_dims(dims, x.dim())?;
    norm_of(x, p, &all, keepdim, dtype)
}

/// self, ord, dim, keepdim, dtype
fn norm(a: &Args) -> Result<Tensor> {
    let (x, order, dim) = (a.tensor(0)?, Order::argument(a, 1)?, a.opt_int_list(2)?);
    let (keepdim, dtype) = (a.bool(3)?, a.opt_dtype(4)?);
    check!(
        dim.is_none_or(|d| d.len() == 1 || d.len() == 2) || order.is_none(),
        "linalg.norm: If dim is specified, it must be of length 1 or 2. Got {}",
        Show(dim.unwrap_or(&[]))
    );
    check!(
        dim.is_some() || order.is_none() || matches!(x.dim(), 1 | 2),
        "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {}D.",
        x.dim()
    );
    let Some(order) = order else { return vector_norm_of(x, 2.0, dim, keepdim, dtype) };
    if dim.map_or(x.dim() == 1, |d| d.len() == 1) {
        return match order {
            Order::Number(p) => vector_norm_of(x, p, dim, keepdim, dtype),
            Order::Name(n) => bail!("linalg.matrix_norm: Order {n} not supported."),
        };
    }
    matrix_norm_of(x, &order, dim.unwrap_or(&[0, 1]), keepdim, dtype)
}

/// self, keepdim
fn nuclear_norm(a: &Args) -> Result<Tensor> {
    matrix_norm_of(a.tensor(0)?, &Order::Name("nuc".into()), &[-2, -1], a.bool(1)?, None)
}
/// self, dim, keepdim
fn nuclear_norm_dim(a: &Args) -> Result<Tensor> {
    matrix_norm_of(a.tensor(0)?, &Order::Name("nuc".into()), a.int_list(1)?, a.bool(2)?, None)
}
/// self, ord, dim, keepdim, dtype: the sum of powers that a norm is the root of.
fn powsum(a: &Args) -> Result<Tensor> {
    let p = a.float(1)?;
    let norm = vector_norm_of(a.tensor(0)?, p, a.opt_int_list(2)?, a.bool(3)?, a.opt_dtype(4)?)?;
    if p == 0.0 || p.is_infinite() { Ok(norm) } else { norm.with_number::<crate::ops::binary::Pow>(p) }
}

/// self, p
fn cond(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check!(x.dim() >= 2, "linalg.cond: The input tensor must have at least 2 dimensions.");
    let order = Order::argument(a, 1)?.unwrap_or(Order::Number(2.0));
    let real = x.dtype().to_real();
    if let Order::Number(p) = order
        && p.abs() == 2.0
    {
        let s = svd_of(x, false)?.1;
        let k = s.sizes()[s.dim() - 1];
        if k == 0 {
            return Tensor::zeros(batch(x), real);
        }
        let (top, low) = (s.select(-1, 0)?, s.select(-1, k - 1)?);
        return if p > 0.0 { top.divided(&low) } else { low.divided(&top) };
    }
    check_square(x, &alloc::format!("linalg.cond(ord={})", order.shown()))?;
    let (inverse, infos) = super::solve::inverse_of(x)?;
    let dims = [-2, -1];
    let product = matrix_norm_of(x, &order, &dims, false, None)?.times(&matrix_norm_of(&inverse, &order, &dims, false, None)?)?;
    let values = product.to_dtype(DType::F64)?.contiguous()?;
    let out = values.as_slice::<f64>()?.iter().zip(&infos).map(|(v, i)| if *i != 0 { f64::INFINITY } else { *v });
    vectors(out, batch(x), &[], real)
}

/// Absolute and relative tolerances of each matrix, with the matrices expanded to their batch.
struct Tolerances {
    x: Tensor,
    absolute: Option<Vec<f64>>,
    relative: Option<Vec<f64>>,
}

impl Tolerances {
    fn new(a: &Args, absolute: Option<usize>, relative: Option<usize>) -> Result<Tolerances> {
        let mut x = a.tensor(0)?.clone();
        check_matrix(&x, "torch.linalg.matrix_rank")?;
        let read = |i: Option<usize>| -> Result<Option<Tensor>> {
            let Some(i) = i.filter(|i| !a.is_none(*i)) else { return Ok(None) };
            match a.value(i)?.as_tensor() {
                Some(t) => Ok(Some(t.to_dtype(DType::F64)?)),
                None => Ok(Some(Tensor::scalar(Scalar::Float(a.float(i)?), DType::F64)?)),
            }
        };
        let (p, q) = (read(absolute)?, read(relative)?);
        let mut common = Dims::from_slice(batch(&x));
        for t in [&p, &q].into_iter().flatten() {
            common = crate::tensor::broadcast(&common, t.sizes())?;
        }
        x = x.expand(&joined(&common, &shape(&x)))?;
        let list = |t: Option<Tensor>| -> Result<Option<Vec<f64>>> {
            let Some(t) = t else { return Ok(None) };
            Ok(Some(t.expand(&common)?.copy_contiguous()?.as_slice::<f64>()?.to_vec()))
        };
        Ok(Tolerances { x, absolute: list(p)?, relative: list(q)? })
    }

    /// What a singular value of matrix i must exceed, given the largest one.
    fn of(&self, i: usize, largest: f64) -> f64 {
        let d = self.x.dtype();
        let eps = if matches!(d, DType::F64 | DType::C128) { f64::EPSILON } else { f32::EPSILON as f64 };
        let absolute = self.absolute.as_ref().map_or(0.0, |a| a[i]);
        let default = if absolute > 0.0 { 0.0 } else { eps * shape(&self.x)[0].max(shape(&self.x)[1]) as f64 };
        let relative = self.relative.as_ref().map_or(default, |r| r[i]);
        absolute.max(relative * largest)
    }
}

fn rank_of(t: &Tolerances, hermitian: bool) -> Result<Tensor> {
    let x = &t.x;
    if x.numel() == 0 {
        return Tensor::zeros(batch(x), DType::I64);
    }
    check!(is_supported(x.dtype()), "This function doesn't handle types other than float and double");
    let s = if hermitian { eigh_of(x, "L")?.0 } else { svd_of(x, false)?.1 };
    let k = s.sizes()[s.dim() - 1] as usize;
    let flat = s.to_dtype(DType::F64)?.contiguous()?;
    let ranks = flat.as_slice::<f64>()?.chunks_exact(k.max(1)).enumerate().map(|(i, s)| {
        let tolerance = t.of(i, s.iter().fold(0.0, |m, v| f64::max(m, v.abs())));
        s.iter().filter(|v| v.abs() > tolerance).count() as i64
    });
    vectors(ranks, batch(x), &[], DType::I64)
}
/// self, tol, hermitian
fn rank_tol(a: &Args) -> Result<Tensor> {
    let mut t = Tolerances::new(a, Some(1), None)?;
    // A tolerance given is the whole of it, even 0.
    t.relative = t.absolute.as_ref().map(|a| a.iter().map(|_| 0.0).collect());
    rank_of(&t, a.bool(2)?)
}
/// self, atol, rtol, hermitian
fn rank(a: &Args) -> Result<Tensor> {
    rank_of(&Tolerances::new(a, Some(1), Some(2))?, a.bool(3)?)
}

fn pinv_of(t: &Tolerances, hermitian: bool) -> Result<Tensor> {
    let (x, d) = (&t.x, t.x.dtype());
    let [m, n] = shape(x);
    if hermitian {
        check_square(x, "linalg.pinv")?;
    }
    field!(d, T => {
        let one = |(i, a): (usize, &Matrix<T>)| {
            let (u, s, vh) = if hermitian {
                let e = tridiagonal::eigen(a, false, precision(d));
                let vh = e.vectors.adjoint();
                (e.vectors, e.values, vh)
            } else {
                let f = svd::svd(a, false, precision(d));
                (f.u, f.s, f.vh)
            };
            let tolerance = t.of(i, s.iter().fold(0.0, |m, v| f64::max(m, v.abs())));
            let mut v = vh.adjoint();
            for (j, s) in s.iter().enumerate() {
                let k = if s.abs() > tolerance { 1.0 / s } else { 0.0 };
                v.column_mut(j).iter_mut().for_each(|x| *x = x.scale(k));
            }
            v.times(&u.adjoint())
        };
        let all: Vec<Matrix<T>> = matrices::<T>(x)?.iter().enumerate().map(one).collect();
        assembled(&all, batch(x), [n, m], d)
    })
}
/// Of no elements, whatever the tolerances.
fn empty_pinv(x: &Tensor) -> Result<Option<Tensor>> {
    let [m, n] = shape(x);
    if x.numel() > 0 {
        return Ok(None);
    }
    Tensor::zeros(&joined(batch(x), &[n, m]), x.dtype()).map(Some)
}
fn check_pinv(a: &Args) -> Result<()> {
    let x = a.tensor(0)?;
    check!(
        x.dim() >= 2 && is_supported(x.dtype()),
        "linalg.pinv({}{{{}}}): expected a tensor with 2 or more dimensions of float, double, cfloat or cdouble types",
        x.dtype().name(),
        shown(x)
    );
    svd_finite(x)
}
fn svd_finite(x: &Tensor) -> Result<()> {
    let d = if x.dtype().is_complex() { DType::C128 } else { DType::F64 };
    let flat = x.to_dtype(d)?.contiguous()?;
    let finite = field!(d, T => flat.as_slice::<T>()?.iter().all(|v| v.modulus().is_finite()));
    check!(finite, Linalg, "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values.");
    Ok(())
}
/// self, rcond, hermitian
fn pinv_rcond(a: &Args) -> Result<Tensor> {
    check_pinv(a)?;
    let complex = a.value(1)?.as_tensor().is_some_and(|t| t.dtype().is_complex());
    check!(!complex, "torch.linalg.pinv: rcond tensor of complex type is not supported. Got {}", a.tensor(1)?.dtype().name());
    if let Some(empty) = empty_pinv(a.tensor(0)?)? {
        return Ok(empty);
    }
    pinv_of(&Tolerances::new(a, None, Some(1))?, a.bool(2)?)
}
/// self, atol, rtol, hermitian
fn pinv(a: &Args) -> Result<Tensor> {
    check_pinv(a)?;
    if let Some(empty) = empty_pinv(a.tensor(0)?)? {
        return Ok(empty);
    }
    pinv_of(&Tolerances::new(a, Some(1), Some(2))?, a.bool(3)?)
}
fn pinverse(a: &Args) -> Result<Tensor> {
    check_pinv(a)?;
    if let Some(empty) = empty_pinv(a.tensor(0)?)? {
        return Ok(empty);
    }
    pinv_of(&Tolerances::new(a, None, Some(1))?, false)
}

operators! {
    aten::linalg__powsum => powsum,
    aten::linalg_cond => cond, aten::linalg_cond.p_str => cond,
    aten::linalg_matrix_norm => matrix_norm, aten::linalg_matrix_norm.str_ord => matrix_norm,
    aten::linalg_matrix_rank => rank_tol, aten::linalg_matrix_rank.tol_tensor => rank_tol,
    aten::linalg_matrix_rank.atol_rtol_float => rank, aten::linalg_matrix_rank.atol_rtol_tensor => rank,
    aten::linalg_norm => norm, aten::linalg_norm.ord_str => norm,
    aten::linalg_pinv => pinv_rcond, aten::linalg_pinv.rcond_tensor => pinv_rcond,
    aten::linalg_pinv.atol_rtol_float => pinv, aten::linalg_pinv.atol_rtol_tensor => pinv,
    aten::nuclear_norm => nuclear_norm, aten::nuclear_norm.dim => nuclear_norm_dim,
    aten::pinverse => pinverse,
}
