//! LU, QR, Cholesky and LDL factors.

use super::*;
use crate::linalg::{cholesky as chol, householder, ldl, lu as plu, triangular};
use crate::{Args, Complex};

pub(crate) fn info_tensor(infos: &[i32], batch: &[i64]) -> Result<Tensor> {
    Tensor::from_slice(infos, batch)
}

/// LU factors, pivots and infos of a batch.
pub(crate) fn lu_of(x: &Tensor, pivot: bool, name: &str) -> Result<(Tensor, Tensor, Vec<i32>)> {
    check!(x.dim() >= 2, "{name}: Expected tensor with 2 or more dimensions. Got size: {} instead", shown(x));
    check_kernel(x, "lu_cpu")?;
    check!(pivot, "linalg.lu_factor: LU without pivoting is not implemented on the CPU");
    let [m, n] = shape(x);
    field!(x.dtype(), T => {
        let all: Vec<plu::Lu<T>> = matrices::<T>(x)?.into_iter().map(plu::factor).collect();
        let factors = assembled(all.iter().map(|f| &f.factors), batch(x), [m, n], x.dtype())?;
        let pivots = vectors(all.iter().flat_map(|f| f.pivots.iter().copied()), batch(x), &[m.min(n)], DType::I32)?;
        Ok((factors, pivots, all.iter().map(|f| f.info).collect()))
    })
}

fn check_lu(infos: &[i32], x: &Tensor) -> Result<()> {
    check_infos(infos, x.dim() == 2, "torch.linalg.lu_factor", |i, at| {
        err!(
            "{at} U[{i},{i}] is zero and using it on lu_solve would result in a division by zero. If you still want to perform the factorization, consider calling linalg.lu(A, pivot) or linalg.lu_factor_ex(A, pivot)"
        )
    })
}

/// A, pivot
fn lu_factor(a: &Args) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    let (f, p, infos) = lu_of(x, a.bool(1)?, "torch.lu_factor")?;
    check_lu(&infos, x)?;
    Ok((f, p))
}
/// A, pivot, check_errors
fn lu_factor_ex(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let x = a.tensor(0)?;
    let (f, p, infos) = lu_of(x, a.bool(1)?, "torch.lu_factor")?;
    if a.bool(2)? {
        check_lu(&infos, x)?;
    }
    Ok((f, p, info_tensor(&infos, batch(x))?))
}

/// Permutation, L and U of packed factors; what is not asked for is empty.
fn unpacked(f: &Tensor, pivots: &Tensor, data: bool, permutation: bool) -> Result<(Tensor, Tensor, Tensor)> {
    let ([m, n], d) = (shape(f), f.dtype());
    let k = m.min(n);
    let none = || Tensor::empty(&[0], d);
    let p = if permutation {
        let flat = pivots.to_dtype(DType::I32)?.contiguous()?;
        let all = flat.as_slice::<i32>()?;
        check!(
            all.iter().all(|p| *p >= 1 && *p as i64 <= m),
            "pivots passed to lu_unpack must be between 1 and LU.size(-2) inclusive.Did you properly pass the result of lu_factor?"
        );
        let count = batch(f).iter().product::<i64>() as usize;
        let one = |i: usize| {
            let order = plu::permutation(&all[i * k as usize..(i + 1) * k as usize], m as usize);
            let mut p = Matrix::<f64>::zeros(m as usize, m as usize);
            order.iter().enumerate().for_each(|(to, from)| p[(*from, to)] = 1.0);
            p
        };
        let all: Vec<Matrix<f64>> = (0..count).map(one).collect();
        assembled(&all, batch(f), [m, m], d)?
    } else {
        none()?
    };
    if !data {
        return Ok((p, none()?, none()?));
    }
    field!(d, T => {
        let all = matrices::<T>(f)?;
        let eye = |i: usize, j: usize| T::of((i == j) as u8 as f64);
        let ls: Vec<Matrix<T>> = all.iter().map(|f| Matrix::from_fn(f.rows, k as usize, |i, j| if i > j { f[(i, j)] } else { eye(i, j) })).collect();
        let us: Vec<Matrix<T>> = all.iter().map(|f| f.corner(k as usize, f.cols).masked(|i, j| i <= j)).collect();
        Ok((p, assembled(&ls, batch(f), [m, k], d)?, assembled(&us, batch(f), [k, n], d)?))
    })
}

fn lu(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let (f, p, _) = lu_of(a.tensor(0)?, a.bool(1)?, "linalg.lu")?;
    unpacked(&f, &p, true, true)
}
/// LU_data, LU_pivots, unpack_data, unpack_pivots
fn lu_unpack(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let (f, p) = (a.tensor(0)?, a.tensor(1)?);
    check!(
        !a.bool(3)? || p.dtype() == DType::I32,
        "torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.\nNote: this function is intended to be used with the output produced by torch.linalg.lu_factor"
    );
    unpacked(f, p, a.bool(2)?, a.bool(3)?)
}

/// Q with `cols` columns (None: empty) and R with `rows` rows.
fn qr_of(x: &Tensor, mode: &str) -> Result<(Tensor, Tensor)> {
    check!(
        matches!(mode, "reduced" | "r" | "complete"),
        "qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
    );
    check_matrix(x, "linalg.qr")?;
    check_float(x, "linalg.qr")?;
    check_kernel(x, "geqrf_cpu")?;
    let ([m, n], d) = (shape(x), x.dtype());
    let k = if mode == "complete" { m } else { m.min(n) };
    field!(d, T => {
        let (mut qs, mut rs) = (Vec::new(), Vec::new());
        for mut f in matrices::<T>(x)? {
            let taus = householder::qr(&mut f);
            if mode != "r" {
                qs.push(householder::q(&f, &taus, k as usize));
            }
            rs.push(f.corner(k as usize, n as usize).masked(|i, j| i <= j));
        }
        let q = if mode == "r" { Tensor::empty(&[0], d)? } else { assembled(&qs, batch(x), [m, k], d)? };
        Ok((q, assembled(&rs, batch(x), [k, n], d)?))
    })
}
fn linalg_qr(a: &Args) -> Result<(Tensor, Tensor)> {
    qr_of(a.tensor(0)?, a.str(1)?)
}
/// self, some
fn qr(a: &Args) -> Result<(Tensor, Tensor)> {
    qr_of(a.tensor(0)?, if a.bool(1)? { "reduced" } else { "complete" })
}

fn geqrf(a: &Args) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    check!(x.dim() >= 2, "torch.geqrf: input must have at least 2 dimensions.");
    check_kernel(x, "geqrf_cpu")?;
    let ([m, n], d) = (shape(x), x.dtype());
    field!(d, T => {
        let mut all = matrices::<T>(x)?;
        let taus: Vec<T> = all.iter_mut().flat_map(householder::qr).collect();
        Ok((assembled(&all, batch(x), [m, n], d)?, vectors(taus, batch(x), &[m.min(n)], d)?))
    })
}

/// The taus of each matrix of a batch.
fn taus_of<T: Field>(tau: &Tensor) -> Result<Vec<Vec<T>>> {
    let k = tau.sizes().last().copied().unwrap_or(0) as usize;
    let flat = tau.to_dtype(T::DTYPE)?.contiguous()?;
    Ok(flat.as_slice::<T>()?.chunks_exact(k.max(1)).map(|c| c.to_vec()).collect())
}

/// input, tau
fn householder_product(a: &Args) -> Result<Tensor> {
    let (x, tau) = (a.tensor(0)?, a.tensor(1)?);
    let name = "torch.linalg.householder_product";
    check!(x.dim() >= 2, "{name}: input must have at least 2 dimensions.");
    let ([m, n], d) = (shape(x), x.dtype());
    check!(m >= n, "{name}: input.shape[-2] must be greater than or equal to input.shape[-1]");
    let k = tau.sizes().last().copied().unwrap_or(0);
    check!(n >= k, "{name}: input.shape[-1] must be greater than or equal to tau.shape[-1]");
    check!(
        tau.sizes()[..tau.dim() - 1] == *batch(x),
        "{name}: Expected batch dimensions of tau to be equal to input.shape[:-2], but got {}",
        Show(&tau.sizes()[..tau.dim() - 1])
    );
    check!(tau.dtype() == d, "{name}: tau dtype {} does not match input dtype {}", tau.dtype().name(), d.name());
    check_kernel(x, "orgqr_cpu")?;
    field!(d, T => {
        let taus = taus_of::<T>(tau)?;
        let none = Vec::new();
        let qs: Vec<Matrix<T>> =
            matrices::<T>(x)?.iter().enumerate().map(|(i, f)| householder::q(f, taus.get(i).unwrap_or(&none), n as usize)).collect();
        assembled(&qs, batch(x), [m, n], d)
    })
}

/// reflections, tau, other, left, transpose
fn ormqr(a: &Args) -> Result<Tensor> {
    let (x, tau, c) = (a.tensor(0)?, a.tensor(1)?, a.tensor(2)?);
    let (left, adjoint) = (a.bool(3)?, a.bool(4)?);
    check!(x.dim() >= 2, "torch.ormqr: input must have at least 2 dimensions.");
    check!(c.dim() >= 2, "torch.ormqr: other must have at least 2 dimensions.");
    let ([m, _], [p, q], d) = (shape(x), shape(c), x.dtype());
    let (side, at) = if left { (p, -2) } else { (q, -1) };
    check!(side == m, "torch.ormqr: other.shape[{at}] must be equal to input.shape[-2]");
    let k = tau.sizes().last().copied().unwrap_or(0);
    check!(side >= k, "torch.ormqr: other.shape[{at}] must be greater than or equal to tau.shape[-1]");
    check!(shape(x)[1] >= k, "torch.ormqr: input.shape[-1] must be greater than or equal to tau.shape[-1]");
    check!(
        batch(x) == batch(c),
        "torch.ormqr: Expected batch dimensions of other to be equal to input.shape[:-2], but got {}",
        Show(batch(c))
    );
    check_kernel(x, "ormqr_cpu")?;
    field!(d, T => {
        let (taus, none) = (taus_of::<T>(tau)?, Vec::new());
        let mut all = matrices::<T>(c)?;
        for (i, (c, f)) in all.iter_mut().zip(matrices::<T>(x)?).enumerate() {
            householder::multiply(&f, taus.get(i).unwrap_or(&none), c, left, adjoint);
        }
        assembled(&all, batch(c), [p, q], d)
    })
}

/// Cholesky factors of a batch and their infos.
fn cholesky_of(x: &Tensor, upper: bool, name: &str) -> Result<(Tensor, Vec<i32>)> {
    check_square(x, name)?;
    check_float(x, name)?;
    check_kernel(x, "cholesky_cpu")?;
    let ([m, n], d) = (shape(x), x.dtype());
    field!(d, T => {
        let (mut out, mut infos) = (Vec::new(), Vec::new());
        for a in matrices::<T>(x)? {
            let (l, info) = chol::factor(&if upper { a.adjoint() } else { a });
            out.push(if upper { l.adjoint() } else { l });
            infos.push(info);
        }
        Ok((assembled(&out, batch(x), [m, n], d)?, infos))
    })
}

fn check_cholesky(infos: &[i32], x: &Tensor, name: &str) -> Result<()> {
    check_infos(infos, x.dim() == 2, name, |i, at| {
        err!(
            Linalg,
            "{at} The factorization could not be completed because the input is not positive-definite (the leading minor of order {i} is not positive-definite)."
        )
    })
}

fn linalg_cholesky(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let (l, infos) = cholesky_of(x, a.bool(1)?, "linalg.cholesky")?;
    check_cholesky(&infos, x, "linalg.cholesky")?;
    Ok(l)
}
/// self, upper, check_errors
fn cholesky_ex(a: &Args) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    let (l, infos) = cholesky_of(x, a.bool(1)?, "linalg.cholesky")?;
    if a.bool(2)? {
        check_cholesky(&infos, x, "linalg.cholesky_ex")?;
    }
    Ok((l, info_tensor(&infos, batch(x))?))
}
fn cholesky(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let (l, infos) = cholesky_of(x, a.bool(1)?, "cholesky")?;
    check_cholesky(&infos, x, "cholesky")?;
    Ok(l)
}

/// Solves with `L L^H` in place.
fn cholesky_solve_one<T: Field>(l: &Matrix<T>, upper: bool, b: &mut Matrix<T>) {
    use triangular::{Op, solve};
    let (first, second) = if upper { (Op::Adjoint, Op::Plain) } else { (Op::Plain, Op::Adjoint) };
    solve(l, b, upper, false, first);
    solve(l, b, upper, false, second);
}

/// B, L, upper
fn cholesky_solve(a: &Args) -> Result<Tensor> {
    let (b, l, upper) = (a.tensor(0)?, a.tensor(1)?, a.bool(2)?);
    check!(b.dim() >= 2, "b should have at least 2 dimensions, but has {} dimensions instead", b.dim());
    check!(l.dim() >= 2, "u should have at least 2 dimensions, but has {} dimensions instead", l.dim());
    check_square(l, "cholesky_solve")?;
    if shape(l)[1] != shape(b)[0] {
        return Err(incompatible(l, b, "cholesky_solve", true));
    }
    let (b, l) = broadcast_batches(b, l)?;
    check_kernel(&b, "cholesky_solve_cpu")?;
    field!(b.dtype(), T => {
        let mut all = matrices::<T>(&b)?;
        for (b, l) in all.iter_mut().zip(matrices::<T>(&l)?) {
            cholesky_solve_one(&l, upper, b);
        }
        assembled(&all, batch(&b), shape(&b), b.dtype())
    })
}

fn cholesky_inverse(a: &Args) -> Result<Tensor> {
    let (l, upper) = (a.tensor(0)?, a.bool(1)?);
    check_square(l, "cholesky_inverse")?;
    check_kernel(l, "cholesky_inverse_out_cpu")?;
    field!(l.dtype(), T => {
        let all: Vec<Matrix<T>> = matrices::<T>(l)?.iter().map(|l| {
            let mut x = Matrix::identity(l.rows);
            cholesky_solve_one(l, upper, &mut x);
            x
        }).collect();
        assembled(&all, batch(l), shape(l), l.dtype())
    })
}

fn ldl_of(x: &Tensor, hermitian: bool) -> Result<(Tensor, Tensor, Vec<i32>)> {
    check_square(x, "torch.linalg.ldl_factor_ex")?;
    check_float(x, "torch.linalg.ldl_factor_ex")?;
    check_kernel(x, "ldl_factor_kernel_cpu")?;
    let ([m, n], d) = (shape(x), x.dtype());
    field!(d, T => {
        let all: Vec<ldl::Ldl<T>> =
            matrices::<T>(x)?.into_iter().map(|a| ldl::factor(a.masked(|i, j| i >= j), hermitian && d.is_complex())).collect();
        let f = assembled(all.iter().map(|f| &f.factors), batch(x), [m, n], d)?;
        let p = vectors(all.iter().flat_map(|f| f.pivots.iter().copied()), batch(x), &[n], DType::I32)?;
        Ok((f, p, all.iter().map(|f| f.info).collect()))
    })
}

fn check_ldl(infos: &[i32], x: &Tensor, name: &str) -> Result<()> {
    check_infos(infos, x.dim() == 2, name, |i, at| err!("{at} Unknown error code: {i}."))
}

/// self, hermitian
fn ldl_factor(a: &Args) -> Result<(Tensor, Tensor)> {
    let (f, p, infos) = ldl_of(a.tensor(0)?, a.bool(1)?)?;
    check_ldl(&infos, a.tensor(0)?, "torch.linalg.ldl_factor")?;
    Ok((f, p))
}
/// self, hermitian, check_errors
fn ldl_factor_ex(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let (f, p, infos) = ldl_of(a.tensor(0)?, a.bool(1)?)?;
    if a.bool(2)? {
        check_ldl(&infos, a.tensor(0)?, "torch.linalg.ldl_factor_ex")?;
    }
    Ok((f, p, info_tensor(&infos, batch(a.tensor(0)?))?))
}

/// LD, pivots, B, hermitian
fn ldl_solve(a: &Args) -> Result<Tensor> {
    let (f, p, b, hermitian) = (a.tensor(0)?, a.tensor(1)?, a.tensor(2)?, a.bool(3)?);
    check_square(f, "torch.linalg.ldl_solve")?;
    check_float(f, "torch.linalg.ldl_solve")?;
    check_same_type(f, b, "torch.linalg.ldl_solve")?;
    check!(
        b.dim() >= 2,
        "torch.linalg.ldl_solve: Expected B to have at least 2 dimensions, but it has {} dimensions instead",
        b.dim()
    );
    if shape(f)[1] != shape(b)[0] {
        return Err(incompatible(f, b, "torch.linalg.ldl_solve", true));
    }
    check!(p.dtype().is_int(), "torch.linalg.ldl_solve: Expected pivots to be integers. Got {}", p.dtype().name());
    check!(
        p.sizes() == &f.sizes()[..f.dim() - 1],
        "torch.linalg.ldl_solve: Expected LD.shape[:-1] and pivots.shape to be the same, but got pivots with shape {} instead",
        shown(p)
    );
    let (f, b) = broadcast_batches(f, b)?;
    let p = p.expand(&f.sizes()[..f.dim() - 1])?.to_dtype(DType::I32)?.contiguous()?;
    let n = shape(&f)[1] as usize;
    check_kernel(&b, "ldl_solve_kernel_cpu")?;
    field!(b.dtype(), T => {
        let mut all = matrices::<T>(&b)?;
        for ((b, f), p) in all.iter_mut().zip(matrices::<T>(&f)?).zip(p.as_slice::<i32>()?.chunks_exact(n.max(1))) {
            ldl::solve(&f, p, b, hermitian && T::DTYPE.is_complex());
        }
        assembled(&all, batch(&b), shape(&b), b.dtype())
    })
}

/// The determinant's sign (a unit complex number) and the logarithm of its modulus, and the determinant itself.
fn determinants(x: &Tensor, name: &str) -> Result<Vec<(Complex<f64>, f64, Complex<f64>)>> {
    check_square(x, name)?;
    field!(x.dtype(), T => {
        Ok(matrices::<T>(x)?.into_iter().map(|m| {
            let f = plu::factor(m);
            let (odd, diagonal) = plu::diagonal(&f);
            let one = Complex::real(if odd { -1.0 } else { 1.0 });
            diagonal.fold((one, 0.0, one), |(sign, log, det), v| {
                let (v, r) = (v.to_c128(), v.modulus());
                let unit = if r == 0.0 { Complex::real(0.0) } else { v.scale(1.0 / r) };
                (sign * unit, log + crate::math::Real::ln(r), det * v)
            })
        }).collect())
    })
}

fn det_of(x: &Tensor) -> Result<Tensor> {
    check_square(x, "linalg.det")?;
    check_float(x, "linalg.det")?;
    check_kernel(x, "lu_cpu")?;
    vectors(determinants(x, "linalg.det")?.iter().map(|d| d.2), batch(x), &[], DType::C128)?.to_dtype(x.dtype())
}
fn det(a: &Args) -> Result<Tensor> {
    det_of(a.tensor(0)?)
}
/// Determinant, and LU factors as they come with it.
fn det_internal(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let det = det_of(a.tensor(0)?)?;
    let (f, p, _) = lu_of(a.tensor(0)?, true, "linalg.det")?;
    Ok((det, f, p))
}
fn slogdet_of(x: &Tensor, name: &str) -> Result<(Tensor, Tensor)> {
    check_square(x, name)?;
    check_precise(x, name)?;
    let all = determinants(x, name)?;
    let sign = vectors(all.iter().map(|d| d.0), batch(x), &[], DType::C128)?.to_dtype(x.dtype())?;
    Ok((sign, vectors(all.iter().map(|d| d.1), batch(x), &[], x.dtype().to_real())?))
}
fn slogdet(a: &Args) -> Result<(Tensor, Tensor)> {
    slogdet_of(a.tensor(0)?, "linalg.slogdet")
}
fn slogdet_internal(a: &Args) -> Result<(Tensor, Tensor, Tensor, Tensor)> {
    let (s, l) = slogdet_of(a.tensor(0)?, "linalg.slogdet")?;
    let (f, p, _) = lu_of(a.tensor(0)?, true, "linalg.slogdet")?;
    Ok((s, l, f, p))
}
fn logdet(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check_square(x, "logdet")?;
    check_precise(x, "logdet")?;
    let all = determinants(x, "logdet")?;
    // The logarithm of a negative determinant is not a number, unless that may be complex.
    let complex = x.dtype().is_complex();
    let log = |(sign, log, _): &(Complex<f64>, f64, Complex<f64>)| match complex {
        true => sign.ln() + Complex::real(*log),
        false => Complex::real(if sign.re < 0.0 { f64::NAN } else { *log }),
    };
    vectors(all.iter().map(log), batch(x), &[], DType::C128)?.to_dtype(x.dtype())
}

operators! {
    aten::_linalg_det => det_internal, aten::_linalg_slogdet => slogdet_internal,
    aten::_lu_with_info => lu_factor_ex,
    aten::cholesky => cholesky, aten::cholesky_inverse => cholesky_inverse, aten::cholesky_solve => cholesky_solve,
    aten::det => det,
    aten::geqrf => geqrf,
    aten::linalg_cholesky => linalg_cholesky, aten::linalg_cholesky_ex => cholesky_ex,
    aten::linalg_det => det,
    aten::linalg_householder_product => householder_product,
    aten::linalg_ldl_factor => ldl_factor, aten::linalg_ldl_factor_ex => ldl_factor_ex, aten::linalg_ldl_solve => ldl_solve,
    aten::linalg_lu => lu, aten::linalg_lu_factor => lu_factor, aten::linalg_lu_factor_ex => lu_factor_ex,
    aten::linalg_qr => linalg_qr,
    aten::linalg_slogdet => slogdet,
    aten::logdet => logdet,
    aten::lu_unpack => lu_unpack,
    aten::orgqr => householder_product,
    aten::ormqr => ormqr,
    aten::qr => qr,
    aten::slogdet => slogdet,
}
