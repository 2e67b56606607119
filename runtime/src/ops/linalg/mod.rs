//! `torch.linalg` and the older functions of its kind, over the decompositions of [`crate::linalg`].
//!
//! A batch is taken apart into matrices, computed in double precision, and put together column-major, as LAPACK leaves results.

pub mod eigen;
pub mod factor;
pub mod norms;
pub mod products;
pub mod solve;

use crate::linalg::{Field, Matrix};
use crate::tensor::Show;
use crate::{DType, Dims, Element, Result, Tensor};
use alloc::vec::Vec;

/// `field!(dtype, T => expression)` for f64 and Complex<f64>.
macro_rules! field {
    ($d:expr, $t:ident => $e:expr) => {
        if $d.is_complex() {
            type $t = $crate::Complex<f64>;
            $e
        } else {
            type $t = f64;
            $e
        }
    };
}
pub(crate) use field;

pub(crate) fn check_matrix(x: &Tensor, name: &str) -> Result<()> {
    check!(x.dim() >= 2, "{name}: The input tensor A must have at least 2 dimensions.");
    Ok(())
}

pub(crate) fn check_square(x: &Tensor, name: &str) -> Result<()> {
    check_matrix(x, name)?;
    let [m, n] = shape(x);
    check!(m == n, "{name}: A must be batches of square matrices, but they are {m} by {n} matrices");
    Ok(())
}

pub(crate) fn check_float(x: &Tensor, name: &str) -> Result<()> {
    let d = x.dtype();
    check!(d.is_float() || d.is_complex(), "{name}: Expected a floating point or complex tensor as input. Got {}", d.name());
    Ok(())
}

pub(crate) fn check_precise(x: &Tensor, name: &str) -> Result<()> {
    check_float(x, name)?;
    let d = x.dtype();
    check!(is_supported(d), "{name}: Low precision dtypes not supported. Got {}", d.name());
    Ok(())
}

fn is_supported(d: DType) -> bool {
    matches!(d, DType::F32 | DType::F64 | DType::C64 | DType::C128)
}

/// The error of a kernel that takes only float, double and their complex types.
pub(crate) fn check_kernel(x: &Tensor, kernel: &str) -> Result<()> {
    if is_supported(x.dtype()) { Ok(()) } else { Err(crate::kernel::not_implemented(kernel, x.dtype())) }
}

/// The machine precision of the type that LAPACK would compute in.
pub(crate) fn precision(d: DType) -> f64 {
    if matches!(d, DType::F64 | DType::C128) { f64::EPSILON / 2.0 } else { f32::EPSILON as f64 / 2.0 }
}

/// Rows and columns.
pub(crate) fn shape(x: &Tensor) -> [i64; 2] {
    let n = x.dim();
    [x.sizes()[n - 2], x.sizes()[n - 1]]
}

/// Sizes of the dimensions that number the matrices.
pub(crate) fn batch(x: &Tensor) -> &[i64] {
    &x.sizes()[..x.dim() - 2]
}

/// Sizes of `batch` and others behind.
pub(crate) fn joined(batch: &[i64], more: &[i64]) -> Dims {
    batch.iter().chain(more).copied().collect()
}

/// The matrices of a batch, in order.
pub(crate) fn matrices<T: Field>(x: &Tensor) -> Result<Vec<Matrix<T>>> {
    let [rows, cols] = shape(x).map(|n| n as usize);
    let count = batch(x).iter().product::<i64>() as usize;
    let data = x.transpose(-2, -1)?.to_dtype(T::DTYPE)?.contiguous()?;
    let all = data.as_slice::<T>()?;
    let size = rows * cols;
    Ok((0..count).map(|i| Matrix { rows, cols, data: all[i * size..(i + 1) * size].to_vec() }).collect())
}

/// A batch of matrices of these sizes as a tensor.
pub(crate) fn assembled<'a, T: Field>(
    all: impl IntoIterator<Item = &'a Matrix<T>>,
    batch: &[i64],
    sizes: [i64; 2],
    d: DType,
) -> Result<Tensor> {
    let flat: Vec<T> = all.into_iter().flat_map(|m| m.data.iter().copied()).collect();
    Tensor::from_slice(&flat, &joined(batch, &[sizes[1], sizes[0]]))?.to_dtype(d)?.transpose(-2, -1)
}

/// A vector for each matrix.
pub(crate) fn vectors<E: Element>(all: impl IntoIterator<Item = E>, batch: &[i64], more: &[i64], d: DType) -> Result<Tensor> {
    let flat: Vec<E> = all.into_iter().collect();
    Tensor::from_slice(&flat, &joined(batch, more))?.to_dtype(d)
}

/// Expands the batch dimensions of two tensors to their common shape.
pub(crate) fn broadcast_batches(a: &Tensor, b: &Tensor) -> Result<(Tensor, Tensor)> {
    let common = crate::tensor::broadcast(batch(a), batch(b))?;
    Ok((a.expand(&joined(&common, &shape(a)))?, b.expand(&joined(&common, &shape(b)))?))
}

/// Fails for the first of the numbers that is not 0.
pub(crate) fn check_infos(infos: &[i32], single: bool, name: &str, message: impl Fn(i32, &str) -> crate::Error) -> Result<()> {
    match infos.iter().position(|i| *i != 0) {
        None => Ok(()),
        Some(i) if single => Err(message(infos[i], &alloc::format!("{name}:"))),
        Some(i) => Err(message(infos[i], &alloc::format!("{name}: (Batch element {i}):"))),
    }
}

/// Type names of a mismatch, as `linalg.solve` words it.
pub(crate) fn check_same_type(a: &Tensor, b: &Tensor, name: &str) -> Result<()> {
    check!(
        a.dtype() == b.dtype(),
        "{name}: Expected A and B to have the same dtype, but found A of type {} and B of type {} instead",
        a.dtype().name(),
        b.dtype().name()
    );
    Ok(())
}

pub(crate) fn incompatible(a: &Tensor, b: &Tensor, name: &str, left: bool) -> crate::Error {
    let ([m, n], [p, q]) = (shape(a), shape(b));
    let equation = if left { "AX = B" } else { "XA = B" };
    err!("{name}: Incompatible shapes of A and B for the equation {equation} ({m}x{n} and {p}x{q})")
}

/// A matrix behind a vector's batch: whether B is a batch of vectors rather than matrices.
pub(crate) fn is_vector(a: &Tensor, b: &Tensor) -> bool {
    b.dim() == 1 || (a.dim() == b.dim() + 1 && a.sizes()[..a.dim() - 1] == *b.sizes())
}

/// Sizes in a message.
pub(crate) fn shown(x: &Tensor) -> Show<'_> {
    Show(x.sizes())
}
