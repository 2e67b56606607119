//! Eigenvalues and singular values.

use super::*;
use crate::linalg::{schur, schur_complex, svd as values, tridiagonal};
use crate::{Args, Complex};

/// Values ascending and vectors of Hermitian matrices.
pub(crate) fn eigh_of(x: &Tensor, uplo: &str) -> Result<(Tensor, Tensor)> {
    check_square(x, "linalg.eigh")?;
    let upper = match uplo {
        "L" | "l" => false,
        "U" | "u" => true,
        _ => bail!("Expected UPLO argument to be 'L' or 'U', but got {uplo}"),
    };
    check_kernel(x, "linalg_eigh_cpu")?;
    let ([m, n], d) = (shape(x), x.dtype());
    field!(d, T => {
        let all: Vec<tridiagonal::Eigen<T>> = matrices::<T>(x)?.iter().map(|a| tridiagonal::eigen(a, upper, precision(d))).collect();
        let infos: Vec<i32> = all.iter().map(|e| if e.values.iter().any(|v| v.is_nan()) { 0 } else { e.info }).collect();
        check_infos(&infos, x.dim() == 2, "linalg.eigh", |i, at| {
            err!(Linalg, "{at} The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues (error code: {i}).")
        })?;
        let w = vectors(all.iter().flat_map(|e| e.values.iter().copied()), batch(x), &[n], d.to_real())?;
        Ok((w, assembled(all.iter().map(|e| &e.vectors), batch(x), [m, n], d)?))
    })
}
fn eigh(a: &Args) -> Result<(Tensor, Tensor)> {
    eigh_of(a.tensor(0)?, a.str(1)?)
}
fn eigvalsh(a: &Args) -> Result<Tensor> {
    Ok(eigh_of(a.tensor(0)?, a.str(1)?)?.0)
}

fn finite(x: &Tensor) -> Result<bool> {
    let d = if x.dtype().is_complex() { DType::C128 } else { DType::F64 };
    let flat = x.to_dtype(d)?.contiguous()?;
    Ok(match d {
        DType::F64 => flat.as_slice::<f64>()?.iter().all(|v| v.is_finite()),
        _ => flat.as_slice::<Complex<f64>>()?.iter().all(|v| v.re.is_finite() && v.im.is_finite()),
    })
}

fn eig_of(x: &Tensor, name: &str) -> Result<(Tensor, Tensor)> {
    check_square(x, name)?;
    check!(x.dtype().is_float() || x.dtype().is_complex(), "Unknown Complex ScalarType for {}", x.dtype().name());
    check!(finite(x)?, "torch.{name}: input tensor should not contain infs or NaNs.");
    check_kernel(x, "linalg_eig_out_cpu")?;
    let [m, n] = shape(x);
    let (out, spacing) = (x.dtype().to_complex(), 2.0 * precision(x.dtype()));
    let all: Vec<schur::Eigen> = if x.dtype().is_complex() {
        matrices::<Complex<f64>>(x)?.iter().map(|a| schur_complex::eigen(a, spacing)).collect()
    } else {
        matrices::<f64>(x)?.iter().map(|a| schur::eigen(a, spacing)).collect()
    };
    let infos: Vec<i32> = all.iter().map(|e| e.info).collect();
    check_infos(&infos, x.dim() == 2, name, |i, at| {
        err!(
            Linalg,
            "{at} The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated eigenvalues (error code: {i})."
        )
    })?;
    let w = vectors(all.iter().flat_map(|e| e.values.iter().copied()), batch(x), &[n], out)?;
    Ok((w, assembled(all.iter().map(|e| &e.vectors), batch(x), [m, n], out)?))
}
fn eig(a: &Args) -> Result<(Tensor, Tensor)> {
    eig_of(a.tensor(0)?, "linalg.eig")
}
fn eigvals(a: &Args) -> Result<Tensor> {
    Ok(eig_of(a.tensor(0)?, "linalg.eigvals")?.0)
}

/// U, S and V^H.
pub(crate) fn svd_of(x: &Tensor, full: bool) -> Result<(Tensor, Tensor, Tensor)> {
    check_matrix(x, "linalg.svd")?;
    check_float(x, "linalg.svd")?;
    check_kernel(x, "linalg_svd_cpu")?;
    let ([m, n], d) = (shape(x), x.dtype());
    let k = m.min(n);
    let (p, q) = if full { (m, n) } else { (k, k) };
    check!(
        finite(x)?,
        Linalg,
        "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."
    );
    field!(d, T => {
        let all: Vec<values::Svd<T>> = matrices::<T>(x)?.iter().map(|a| values::svd(a, full, precision(d))).collect();
        let infos: Vec<i32> = all.iter().map(|s| s.info).collect();
        check_infos(&infos, x.dim() == 2, "linalg.svd", |i, at| {
            err!(Linalg, "{at} The algorithm failed to converge because the input matrix is ill-conditioned or has too many repeated singular values (error code: {i}).")
        })?;
        let u = assembled(all.iter().map(|s| &s.u), batch(x), [m, p], d)?;
        let s = vectors(all.iter().flat_map(|s| s.s.iter().copied()), batch(x), &[k], d.to_real())?;
        Ok((u, s, assembled(all.iter().map(|s| &s.vh), batch(x), [q, n], d)?))
    })
}
/// A, full_matrices, driver
fn linalg_svd(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    check_driver(a, 2)?;
    svd_of(a.tensor(0)?, a.bool(1)?)
}
fn check_driver(a: &Args, i: usize) -> Result<()> {
    check!(a.is_none(i), "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend.");
    Ok(())
}
/// A, full_matrices, compute_uv, driver
fn svd_internal(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let (u, s, v) = svd_of(a.tensor(0)?, a.bool(1)?)?;
    if a.bool(2)? {
        return Ok((u, s, v));
    }
    Ok((Tensor::empty(&[0], u.dtype())?, s, Tensor::empty(&[0], u.dtype())?))
}
/// A, driver
fn svdvals(a: &Args) -> Result<Tensor> {
    check_driver(a, 1)?;
    Ok(svd_of(a.tensor(0)?, false)?.1)
}
/// self, some, compute_uv: U, S and V.
fn svd(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let x = a.tensor(0)?;
    check!(x.dim() >= 2, "linalg.svd: input should have at least 2 dimensions, but has {} dimensions instead", x.dim());
    let (u, s, vh) = svd_of(x, !a.bool(1)?)?;
    if a.bool(2)? {
        let v = vh.transpose(-2, -1)?;
        return Ok((u, s, if v.dtype().is_complex() { v.map::<crate::ops::unary::Conj>()? } else { v }));
    }
    let ([m, n], zeros) = (shape(x), |k: i64| Tensor::zeros(&joined(batch(x), &[k, k]), x.dtype()));
    Ok((zeros(m)?, s, zeros(n)?))
}

operators! {
    aten::_linalg_eigh => eigh,
    aten::_linalg_eigvals => eigvals,
    aten::_linalg_svd => svd_internal,
    aten::linalg_eig => eig, aten::linalg_eigvals => eigvals,
    aten::linalg_eigh => eigh, aten::linalg_eigvalsh => eigvalsh,
    aten::linalg_svd => linalg_svd, aten::linalg_svdvals => svdvals,
    aten::svd => svd,
}
