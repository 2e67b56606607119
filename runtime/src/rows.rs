//! Operators along dimensions: the dimensions are brought to the end, and functions of slices do the work.

use crate::dtype::DType;
use crate::element::{Complex, Element};
use crate::error::Result;
use crate::tensor::{Dims, Tensor, wrap_dim};

/// A tensor seen as rows: the dimensions worked along come last and lie together.
pub struct Rows {
    /// Contiguous, `count * len` elements.
    pub data: Tensor,
    /// Sizes of the dimensions that number the rows.
    pub outer: Dims,
    pub count: usize,
    pub len: usize,
    /// The dimensions worked along, ascending.
    pub dims: Dims,
}

/// Dimension numbers wrapped, sorted, unique; none given means all.
pub fn wrap_dims(dims: Option<&[i64]>, ndim: usize) -> Result<Dims> {
    let dims = match dims {
        None | Some([]) => return Ok((0..ndim as i64).collect()),
        Some(d) => d,
    };
    let mut out = Dims::new();
    for &d in dims {
        let d = wrap_dim(d, ndim)? as i64;
        check!(!out.contains(&d), "dim {d} appears multiple times in the list of dims");
        out.push(d);
    }
    // 0-dim tensors have a dimension 0 in name only.
    out.retain(|d| (*d as usize) < ndim);
    out.sort_unstable();
    Ok(out)
}

impl Rows {
    /// `x` converted to `dtype`, along `dims` (ascending).
    pub fn new(x: &Tensor, dims: &[i64], dtype: DType) -> Result<Rows> {
        let outer: Dims = (0..x.dim() as i64).filter(|d| !dims.contains(d)).collect();
        let order: Dims = outer.iter().chain(dims).copied().collect();
        let data = x.permute(&order)?.contiguous()?.to_dtype(dtype)?.contiguous()?;
        let sizes = |ds: &[i64]| -> Dims { ds.iter().map(|d| x.sizes()[*d as usize]).collect() };
        let (outer, len) = (sizes(&outer), sizes(dims).iter().product::<i64>() as usize);
        Ok(Rows { data, count: outer.iter().product::<i64>() as usize, outer, len, dims: Dims::from_slice(dims) })
    }

    /// Row by row, the elements.
    pub fn iter<T: Element>(&self) -> impl Iterator<Item = &[T]> {
        (0..self.count).map(|i| {
            if self.len == 0 {
                return &[][..];
            }
            // SAFETY: contiguous elements of the type it was made with.
            unsafe { core::slice::from_raw_parts(self.data.ptr::<T>().add(i * self.len), self.len) }
        })
    }

    /// Shape of a result with one element per row.
    pub fn folded(&self, keepdim: bool) -> Dims {
        let mut s = self.outer.clone();
        if keepdim {
            for &d in &self.dims {
                s.insert(d as usize, 1);
            }
        }
        s
    }

    /// A tensor shaped as the rows (outer dimensions, then `sizes`), its last dimensions moved back to their places.
    pub fn restore(&self, t: &Tensor) -> Result<Tensor> {
        let n = self.outer.len() as i64;
        let (mut order, mut next, mut inner) = (Dims::new(), 0, n);
        for d in 0..n + self.dims.len() as i64 {
            if self.dims.contains(&d) {
                order.push(inner);
                inner += 1;
            } else {
                order.push(next);
                next += 1;
            }
        }
        t.permute(&order)
    }
}

/// The type that elements of `d` are computed with: i64, f32, f64 or complex128.
pub fn compute_type(d: DType) -> DType {
    match d {
        DType::F64 => DType::F64,
        d if d.is_complex() => DType::C128,
        d if d.is_float() => DType::F32,
        _ => DType::I64,
    }
}

/// `compute!(dtype, T => expression)` for the four types of [`compute_type`].
macro_rules! compute {
    ($d:expr, $t:ident => $e:expr) => {
        match $crate::rows::compute_type($d) {
            $crate::DType::F32 => {
                type $t = f32;
                $e
            }
            $crate::DType::F64 => {
                type $t = f64;
                $e
            }
            $crate::DType::I64 => {
                type $t = i64;
                $e
            }
            _ => {
                type $t = $crate::Complex<f64>;
                $e
            }
        }
    };
}

/// `real!(dtype, T => expression)` for f32 and f64; 16-bit floats as f32.
macro_rules! real_type {
    ($d:expr, $t:ident => $e:expr) => {
        if $d == $crate::DType::F64 {
            type $t = f64;
            $e
        } else {
            type $t = f32;
            $e
        }
    };
}

/// `ordered!(dtype, T => expression)` for i64, f32 and f64.
macro_rules! ordered {
    ($d:expr, $t:ident => $e:expr) => {
        match $crate::rows::compute_type($d) {
            $crate::DType::F32 => {
                type $t = f32;
                $e
            }
            $crate::DType::F64 => {
                type $t = f64;
                $e
            }
            _ => {
                type $t = i64;
                $e
            }
        }
    };
}

/// A function of a row, with two numbers.
pub type Fold<T> = fn(&[T], &[f64; 2]) -> T;

/// A reduction, by the type it computes in.
pub struct Folds {
    pub name: &'static str,
    pub int: Option<Fold<i64>>,
    pub f32: Option<Fold<f32>>,
    pub f64: Option<Fold<f64>>,
    pub complex: Option<Fold<Complex<f64>>>,
}

/// Folds `dims` of `x`, computing in the class of `common`; the result has type `out`.
pub fn fold(x: &Tensor, f: &Folds, dims: &[i64], keepdim: bool, common: DType, out: DType, p: [f64; 2]) -> Result<Tensor> {
    let d = compute_type(common);
    let none = || crate::kernel::not_implemented(f.name, common);
    let rows = Rows::new(x, dims, d)?;
    let y = Tensor::empty(&rows.folded(keepdim), d)?;
    fn run<T: Element>(rows: &Rows, y: &Tensor, f: Fold<T>, p: &[f64; 2]) -> Result<()> {
        for (o, row) in y.as_mut_slice::<T>()?.iter_mut().zip(rows.iter::<T>()) {
            *o = f(row, p);
        }
        Ok(())
    }
    match d {
        DType::F32 => run(&rows, &y, f.f32.ok_or_else(none)?, &p)?,
        DType::F64 => run(&rows, &y, f.f64.ok_or_else(none)?, &p)?,
        DType::I64 => run(&rows, &y, f.int.ok_or_else(none)?, &p)?,
        _ => run(&rows, &y, f.complex.ok_or_else(none)?, &p)?,
    }
    y.to_dtype(out)
}
