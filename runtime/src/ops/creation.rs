//! Operators that make tensors.

use crate::dtype::{DType, default_dtype};
use crate::element::{Complex, Element};
use crate::list::{Elem, List};
use crate::math::Real;
use crate::tensor::{Dims, Tensor};
use crate::value::Value;
use crate::{Args, Result, Scalar};
use alloc::vec::Vec;

operators! {
    aten::empty.memory_format => empty,
    aten::empty_strided => empty_strided,
    aten::zeros => zeros,
    aten::ones => ones,
    aten::full => full,
    aten::scalar_tensor => scalar_tensor,
    aten::arange => arange_end,
    aten::arange.start => arange_start,
    aten::arange.start_step => arange,
    aten::range => range,
    aten::range.step => range_step,
    aten::linspace => linspace,
    aten::linspace.Scalar_Tensor => linspace,
    aten::linspace.Tensor_Scalar => linspace,
    aten::linspace.Tensor_Tensor => linspace,
    aten::logspace => logspace,
    aten::logspace.Scalar_Tensor => logspace,
    aten::logspace.Tensor_Scalar => logspace,
    aten::logspace.Tensor_Tensor => logspace,
    aten::eye => eye,
    aten::eye.m => eye_m,
    aten::tensor => tensor,
    aten::tensor.bool => tensor,
    aten::tensor.complex => tensor,
    aten::tensor.float => tensor,
    aten::tensor.int => tensor,
    aten::as_tensor => as_tensor,
    aten::as_tensor.bool => as_tensor,
    aten::as_tensor.complex => as_tensor,
    aten::as_tensor.float => as_tensor,
    aten::as_tensor.int => as_tensor,
    aten::as_tensor.list => as_tensor,
    aten::empty_like => empty_like,
    aten::zeros_like => zeros_like,
    aten::ones_like => ones_like,
    aten::full_like => full_like,
    aten::new_empty => new_empty,
    aten::new_empty_strided => new_empty_strided,
    aten::new_zeros => new_zeros,
    aten::new_ones => new_ones,
    aten::new_full => new_full,
    aten::tril_indices => tril_indices,
    aten::triu_indices => triu_indices,
    prim::NumToTensor.Scalar => num_to_tensor,
    prim::NumToTensor.bool => num_to_tensor,
    aten::_list_to_tensor => list_to_tensor,
}

pub(crate) const ONE: Scalar = Scalar::Int(1);
pub(crate) const ZERO: Scalar = Scalar::Int(0);

/// The arguments dtype, layout, device, pin_memory from position `i` on: the dtype, or `default`.
pub(crate) fn options(a: &Args, i: usize, default: DType) -> Result<DType> {
    check_layout(a, i + 1)?;
    a.check_device(i + 2)?;
    Ok(a.opt_dtype(i)?.unwrap_or(default))
}

fn check_layout(a: &Args, i: usize) -> Result<()> {
    check!(a.opt_int(i)?.unwrap_or(0) == 0, NotImplemented, "only the strided layout is supported");
    Ok(())
}

/// The type of a tensor made of a Python number.
pub(crate) fn number_type(s: Scalar) -> DType {
    match s {
        Scalar::Bool(_) => DType::Bool,
        Scalar::Int(_) => DType::I64,
        Scalar::Float(_) => default_dtype(),
        Scalar::Complex(_) => default_dtype().to_complex(),
    }
}

/// Memory formats by PyTorch's number.
pub(crate) mod format {
    pub const CONTIGUOUS: i64 = 0;
    pub const PRESERVE: i64 = 1;
    pub const CHANNELS_LAST: i64 = 2;
    pub const CHANNELS_LAST_3D: i64 = 3;
}

/// An uninitialised tensor in a memory format (not preserve).
pub(crate) fn empty_in(sizes: &[i64], dtype: DType, memory: i64) -> Result<Tensor> {
    let rank = match memory {
        format::CHANNELS_LAST => 4,
        format::CHANNELS_LAST_3D => 5,
        _ => return Tensor::empty(sizes, dtype),
    };
    check!(sizes.len() == rank, "required rank {rank} tensor to use channels_last{} format", if rank == 5 { "_3d" } else { "" });
    let mut order: Dims = smallvec::smallvec![0];
    order.extend(2..rank as i64);
    order.push(1);
    let moved: Dims = order.iter().map(|d| sizes[*d as usize]).collect();
    let mut back: Dims = smallvec::smallvec![0; rank];
    order.iter().enumerate().for_each(|(i, d)| back[*d as usize] = i as i64);
    Tensor::empty(&moved, dtype)?.permute(&back)
}

/// An uninitialised tensor shaped as `t`; without a format it keeps the order of dimensions in memory.
pub(crate) fn empty_like_in(t: &Tensor, dtype: DType, memory: Option<i64>) -> Result<Tensor> {
    match memory {
        None | Some(format::PRESERVE) => t.empty_like(dtype),
        Some(m) => empty_in(t.sizes(), dtype, m),
    }
}

fn empty(a: &Args) -> Result<Tensor> {
    let dtype = options(a, 1, default_dtype())?;
    empty_in(a.int_list(0)?, dtype, a.opt_int(5)?.unwrap_or(format::CONTIGUOUS))
}

fn empty_strided(a: &Args) -> Result<Tensor> {
    Tensor::empty_strided(a.int_list(0)?, a.int_list(1)?, options(a, 2, default_dtype())?)
}

fn zeros(a: &Args) -> Result<Tensor> {
    Tensor::zeros(a.int_list(0)?, options(a, 1, default_dtype())?)
}

fn ones(a: &Args) -> Result<Tensor> {
    Tensor::full(a.int_list(0)?, ONE, options(a, 1, default_dtype())?)
}

fn full(a: &Args) -> Result<Tensor> {
    let v = a.scalar(1)?;
    Tensor::full(a.int_list(0)?, v, options(a, 2, number_type(v))?)
}

fn scalar_tensor(a: &Args) -> Result<Tensor> {
    Tensor::scalar(a.scalar(0)?, options(a, 1, default_dtype())?)
}

fn num_to_tensor(a: &Args) -> Result<Tensor> {
    let v = a.scalar(0)?;
    Tensor::scalar(v, v.dtype())
}

fn arange_end(a: &Args) -> Result<Tensor> {
    steps(a, ZERO, a.scalar(0)?, ONE, 1)
}

fn arange_start(a: &Args) -> Result<Tensor> {
    steps(a, a.scalar(0)?, a.scalar(1)?, ONE, 2)
}

fn arange(a: &Args) -> Result<Tensor> {
    steps(a, a.scalar(0)?, a.scalar(1)?, a.scalar(2)?, 3)
}

fn steps(a: &Args, start: Scalar, end: Scalar, step: Scalar, at: usize) -> Result<Tensor> {
    let ints = start.is_integral() && end.is_integral() && step.is_integral();
    let dtype = options(a, at, if ints { DType::I64 } else { default_dtype() })?;
    let whole = dtype.is_int() && ints;
    let (s, e, d) = (start.to_f64(), end.to_f64(), step.to_f64());
    check!(d != 0.0, "step must be nonzero");
    check!(s.is_finite() && e.is_finite(), "unsupported range: {s} -> {e}");
    check!((d > 0.0 && e >= s) || (d < 0.0 && e <= s), "upper bound and lower bound inconsistent with step sign");
    let n = if whole {
        let (s, e, d) = (start.to_i64() as i128, end.to_i64() as i128, step.to_i64() as i128);
        (e - s + d - d.signum()) / d
    } else {
        Real::ceil((e - s) / d) as i128
    };
    let n = i64::try_from(n).map_err(|_| err!("invalid size, possible overflow?"))?;
    sequence(n, dtype, whole, start, step)
}

/// `start + i * step` for `i` in `0..n`.
fn sequence(n: i64, dtype: DType, whole: bool, start: Scalar, step: Scalar) -> Result<Tensor> {
    let t = Tensor::empty(&[n], dtype)?;
    dispatch!(dtype, T => {
        let out = t.as_mut_slice::<T>()?;
        if whole {
            let (s, d) = (start.to_i64(), step.to_i64());
            out.iter_mut().enumerate().for_each(|(i, o)| *o = T::from_i64(s.wrapping_add(d.wrapping_mul(i as i64))));
        } else {
            let (s, d) = (start.to_f64(), step.to_f64());
            out.iter_mut().enumerate().for_each(|(i, o)| *o = T::from_f64(s + d * i as f64));
        }
    });
    Ok(t)
}

fn range(a: &Args) -> Result<Tensor> {
    closed(a, a.scalar(0)?, a.scalar(1)?, ONE, 2)
}

fn range_step(a: &Args) -> Result<Tensor> {
    closed(a, a.scalar(0)?, a.scalar(1)?, a.scalar(2)?, 3)
}

/// The deprecated `torch.range`, which includes its end.
fn closed(a: &Args, start: Scalar, end: Scalar, step: Scalar, at: usize) -> Result<Tensor> {
    let (s, e, d) = (start.to_f64(), end.to_f64(), step.to_f64());
    check!(d != 0.0, "step must be nonzero");
    check!((d > 0.0 && e >= s) || (d < 0.0 && e <= s), "upper bound and lower bound inconsistent with step sign");
    let dtype = options(a, at, default_dtype())?;
    sequence(Real::floor((e - s) / d) as i64 + 1, dtype, dtype.is_int(), start, step)
}

fn linspace(a: &Args) -> Result<Tensor> {
    let (start, end, n) = (a.scalar(0)?, a.scalar(1)?, a.int(2)?);
    check!(n >= 0, "number of steps must be non-negative");
    let base = if start.is_complex() || end.is_complex() { default_dtype().to_complex() } else { default_dtype() };
    spaced(options(a, 3, base)?, start, end, n)
}

/// Counted from both ends, as PyTorch does, in the element's own precision.
fn spaced(dtype: DType, start: Scalar, end: Scalar, n: i64) -> Result<Tensor> {
    let t = Tensor::empty(&[n], dtype)?;
    let half = n / 2;
    let far = (n - 1).max(1);
    match dtype {
        DType::F32 => {
            let (s, e): (f32, f32) = (start.to(), end.to());
            let d = (e - s) / far as f32;
            let at = |i: i64| if i < half { s + d * i as f32 } else { e - d * (n - i - 1) as f32 };
            t.as_mut_slice::<f32>()?.iter_mut().enumerate().for_each(|(i, o)| *o = at(i as i64));
        }
        _ if dtype.is_complex() => {
            let (s, e): (Complex<f64>, Complex<f64>) = (start.to(), end.to());
            let d = Complex::new((e.re - s.re) / far as f64, (e.im - s.im) / far as f64);
            let by = |k: i64| Complex::new(d.re * k as f64, d.im * k as f64);
            let at = |i: i64| if i < half { s + by(i) } else { e - by(n - i - 1) };
            dispatch!(dtype, T => t.as_mut_slice::<T>()?.iter_mut().enumerate().for_each(|(i, o)| *o = T::from_c128(at(i as i64))));
        }
        _ => {
            let (s, e) = (start.to_f64(), end.to_f64());
            let d = (e - s) / far as f64;
            let at = |i: i64| if i < half { s + d * i as f64 } else { e - d * (n - i - 1) as f64 };
            dispatch!(dtype, T => t.as_mut_slice::<T>()?.iter_mut().enumerate().for_each(|(i, o)| *o = T::from_f64(at(i as i64))));
        }
    }
    if n == 1 {
        t.fill(start);
    }
    Ok(t)
}

fn logspace(a: &Args) -> Result<Tensor> {
    let (start, end, n, base) = (a.scalar(0)?, a.scalar(1)?, a.int(2)?, a.float(3)?);
    check!(n >= 0, "number of steps must be non-negative");
    let dtype = options(a, 4, default_dtype())?;
    check!(!dtype.is_complex(), NotImplemented, "logspace: complex results are not supported");
    let exponents = spaced(DType::F64, start, end, n)?;
    exponents.as_mut_slice::<f64>()?.iter_mut().for_each(|x| *x = Real::pow(base, *x));
    exponents.to_dtype(dtype)
}

fn eye(a: &Args) -> Result<Tensor> {
    let n = a.int(0)?;
    identity(n, n, options(a, 1, default_dtype())?)
}

fn eye_m(a: &Args) -> Result<Tensor> {
    identity(a.int(0)?, a.int(1)?, options(a, 2, default_dtype())?)
}

fn identity(n: i64, m: i64, dtype: DType) -> Result<Tensor> {
    check!(n >= 0, "n must be greater or equal to 0, got {n}");
    check!(m >= 0, "m must be greater or equal to 0, got {m}");
    let t = Tensor::zeros(&[n, m], dtype)?;
    t.as_view(&[n.min(m)], &[m + 1], 0).fill(ONE);
    Ok(t)
}

/// The shape of nested lists, and the kind of their leaves.
fn nested_shape(list: &List, shape: &mut Dims) -> Option<DType> {
    shape.push(list.len() as i64);
    match list.elem {
        Elem::I64 => Some(DType::I64),
        Elem::F64 => Some(default_dtype()),
        Elem::Bool => Some(DType::Bool),
        Elem::Ptr | Elem::Val => {
            let first = list.get(0)?;
            if let Some(l) = first.as_list() {
                return nested_shape(l, shape);
            }
            if let Some(t) = first.as_tensor() {
                shape.extend_from_slice(t.sizes());
                return Some(t.dtype());
            }
            first.as_scalar().map(number_type)
        }
    }
}

/// Appends the leaves in order; the lists must have the shape found first.
fn leaves(list: &List, shape: &[i64], out: &mut Vec<Scalar>) -> Result<()> {
    let (n, inner) = (shape[0], &shape[1..]);
    check!(list.len() as i64 == n, Value, "Expected sequence of length {n} at dim {} (got {})", inner.len(), list.len());
    for v in list.iter() {
        if let Some(l) = v.as_list() {
            check!(!inner.is_empty(), Value, "expected a number, got a list");
            leaves(l, inner, out)?;
        } else if let Some(t) = v.as_tensor() {
            check!(t.sizes() == inner, Value, "expected tensors of one shape");
            let c = t.contiguous()?;
            // SAFETY: in range.
            out.extend((0..c.numel() as isize).map(|i| unsafe { c.read(i) }));
        } else {
            check!(inner.is_empty(), Value, "expected a list, got a number");
            out.push(v.as_scalar().ok_or_else(|| err!(Type, "Could not infer dtype of {}", v.kind_name()))?);
        }
    }
    Ok(())
}

/// A tensor of a number, of nested lists of numbers, or a copy of a tensor.
pub fn from_value(v: &Value, dtype: Option<DType>) -> Result<Tensor> {
    if let Some(t) = v.as_tensor() {
        return t.copy()?.to_dtype(dtype.unwrap_or(t.dtype()));
    }
    if let Some(s) = v.as_scalar() {
        return Tensor::scalar(s, dtype.unwrap_or(number_type(s)));
    }
    let list = v.as_list().ok_or_else(|| err!(Type, "Could not infer dtype of {}", v.kind_name()))?;
    let mut shape = Dims::new();
    let found = nested_shape(list, &mut shape).unwrap_or(default_dtype());
    let dtype = dtype.unwrap_or(found);
    let t = Tensor::empty(&shape, dtype)?;
    let mut all = Vec::with_capacity(t.numel());
    leaves(list, &shape, &mut all)?;
    dispatch!(dtype, T => {
        let out = t.as_mut_slice::<T>()?;
        check!(out.len() == all.len(), Value, "nested lists of unequal lengths");
        out.iter_mut().zip(&all).for_each(|(o, s)| *o = s.to());
    });
    Ok(t)
}

fn tensor(a: &Args) -> Result<Tensor> {
    a.check_device(2)?;
    let t = from_value(a.value(0)?, a.opt_dtype(1)?)?;
    let grad = a.bool(3)?;
    check!(
        !grad || t.dtype().is_float() || t.dtype().is_complex(),
        "Only Tensors of floating point and complex dtype can require gradients"
    );
    t.set_requires_grad(grad);
    Ok(t)
}

fn as_tensor(a: &Args) -> Result<Tensor> {
    a.check_device(2)?;
    let dtype = a.opt_dtype(1)?;
    match a.value(0)?.as_tensor() {
        Some(t) => t.to_dtype(dtype.unwrap_or(t.dtype())),
        None => from_value(a.value(0)?, dtype),
    }
}

fn list_to_tensor(a: &Args) -> Result<Tensor> {
    from_value(a.value(0)?, Some(DType::I32))
}

fn empty_like(a: &Args) -> Result<Tensor> {
    let t = a.tensor(0)?;
    empty_like_in(t, options(a, 1, t.dtype())?, a.opt_int(5)?)
}

/// A tensor shaped as the first argument, filled; options from `at` on.
fn filled_like(a: &Args, v: Scalar, at: usize) -> Result<Tensor> {
    let t = a.tensor(0)?;
    let out = empty_like_in(t, options(a, at, t.dtype())?, a.opt_int(at + 4)?)?;
    out.fill(v);
    Ok(out)
}

fn zeros_like(a: &Args) -> Result<Tensor> {
    filled_like(a, ZERO, 1)
}

fn ones_like(a: &Args) -> Result<Tensor> {
    filled_like(a, ONE, 1)
}

fn full_like(a: &Args) -> Result<Tensor> {
    filled_like(a, a.scalar(1)?, 2)
}

fn new_empty(a: &Args) -> Result<Tensor> {
    Tensor::empty(a.int_list(1)?, options(a, 2, a.tensor(0)?.dtype())?)
}

fn new_empty_strided(a: &Args) -> Result<Tensor> {
    Tensor::empty_strided(a.int_list(1)?, a.int_list(2)?, options(a, 3, a.tensor(0)?.dtype())?)
}

fn new_zeros(a: &Args) -> Result<Tensor> {
    Tensor::zeros(a.int_list(1)?, options(a, 2, a.tensor(0)?.dtype())?)
}

fn new_ones(a: &Args) -> Result<Tensor> {
    Tensor::full(a.int_list(1)?, ONE, options(a, 2, a.tensor(0)?.dtype())?)
}

fn new_full(a: &Args) -> Result<Tensor> {
    Tensor::full(a.int_list(1)?, a.scalar(2)?, options(a, 3, a.tensor(0)?.dtype())?)
}

/// Coordinates (2 x n) of the elements of a matrix that pass.
fn coordinates(a: &Args, keep: impl Fn(i64, i64) -> bool) -> Result<Tensor> {
    let (rows, cols) = (a.int(0)?, a.int(1)?);
    check!(rows >= 0 && cols >= 0, "row and col must be non-negative");
    let pairs: Vec<(i64, i64)> = (0..rows).flat_map(|r| (0..cols).map(move |c| (r, c))).filter(|p| keep(p.0, p.1)).collect();
    let flat: Vec<i64> = pairs.iter().map(|p| p.0).chain(pairs.iter().map(|p| p.1)).collect();
    Tensor::from_slice(&flat, &[2, pairs.len() as i64])?.to_dtype(options(a, 3, DType::I64)?)
}

fn tril_indices(a: &Args) -> Result<Tensor> {
    let offset = a.int(2)?;
    coordinates(a, |r, c| c - r <= offset)
}

fn triu_indices(a: &Args) -> Result<Tensor> {
    let offset = a.int(2)?;
    coordinates(a, |r, c| c - r >= offset)
}
