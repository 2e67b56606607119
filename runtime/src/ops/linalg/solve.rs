//! Linear systems, inverses and least squares.

use super::*;
use crate::Args;
use crate::linalg::{lu, svd, triangular};

/// Solutions of a batch, by LU; infos of the factors come along.
fn solutions(x: &Tensor, b: &Tensor) -> Result<(Tensor, Vec<i32>)> {
    field!(x.dtype(), T => {
        let (mut all, mut infos) = (matrices::<T>(b)?, Vec::new());
        for (b, a) in all.iter_mut().zip(matrices::<T>(x)?) {
            let f = lu::factor(a);
            triangular::solve_lu(&f.factors, &f.pivots, b, triangular::Op::Plain);
            infos.push(f.info);
        }
        Ok((assembled(&all, batch(b), shape(b), b.dtype())?, infos))
    })
}

/// `AX = B` or `XA = B`; B may be a batch of vectors.
fn solve_of(x: &Tensor, b: &Tensor, left: bool) -> Result<(Tensor, Vec<i32>)> {
    let name = "linalg.solve";
    check_square(x, name)?;
    check_precise_later(x, b, name)?;
    let vector = is_vector(x, b);
    check!(
        !vector || left,
        "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case linalg.solve is equivalent to B / A.squeeze(-1)"
    );
    let b = if vector { b.unsqueeze(-1)? } else { b.clone() };
    check!(b.dim() >= 2, "{name}: The input tensor B must have at least 2 dimensions.");
    if shape(x)[0] != shape(&b)[if left { 0 } else { 1 }] {
        return Err(incompatible(x, &b, name, left));
    }
    let (x, b) = broadcast_batches(x, &b)?;
    let turn = |t: &Tensor| if left { Ok(t.clone()) } else { t.transpose(-2, -1) };
    let (r, infos) = solutions(&turn(&x)?, &turn(&b)?)?;
    let r = turn(&r)?;
    Ok((if vector { r.squeeze(-1)? } else { r }, infos))
}

fn check_precise_later(x: &Tensor, b: &Tensor, name: &str) -> Result<()> {
    check_float(x, name)?;
    check_same_type(x, b, name)?;
    check_kernel(x, "lu_cpu")
}

fn check_solved(infos: &[i32], single: bool, name: &str) -> Result<()> {
    check_infos(infos, single, name, |_, at| err!(Linalg, "{at} The solver failed because the input matrix is singular."))
}

/// The solution, or the error of a singular matrix.
pub(crate) fn solved(x: &Tensor, b: &Tensor) -> Result<Tensor> {
    let (r, infos) = solve_of(x, b, true)?;
    check_solved(&infos, x.dim() == 2, "torch.linalg.solve")?;
    Ok(r)
}

/// A, B, left
fn solve(a: &Args) -> Result<Tensor> {
    let (r, infos) = solve_of(a.tensor(0)?, a.tensor(1)?, a.bool(2)?)?;
    check_solved(&infos, a.tensor(0)?.dim() == 2, "torch.linalg.solve")?;
    Ok(r)
}
fn infos_of(infos: &[i32], x: &Tensor, b: &Tensor) -> Result<Tensor> {
    let vector = is_vector(x, b);
    let other = if vector { &b.sizes()[..b.dim() - 1] } else { batch(b) };
    super::factor::info_tensor(infos, &crate::tensor::broadcast(batch(x), other)?)
}
/// A, B, left, check_errors
fn solve_ex(a: &Args) -> Result<(Tensor, Tensor)> {
    let (x, b) = (a.tensor(0)?, a.tensor(1)?);
    let (r, infos) = solve_of(x, b, a.bool(2)?)?;
    if a.bool(3)? {
        check_solved(&infos, x.dim() == 2, "torch.linalg.solve_ex")?;
    }
    Ok((r, infos_of(&infos, x, b)?))
}
fn solve_internal(a: &Args) -> Result<(Tensor, Tensor, Tensor, Tensor)> {
    let (r, info) = solve_ex(a)?;
    let (f, p, _) = super::factor::lu_of(a.tensor(0)?, true, "linalg.solve")?;
    Ok((r, f, p, info))
}

pub(crate) fn inverse_of(x: &Tensor) -> Result<(Tensor, Vec<i32>)> {
    check_square(x, "linalg.inv")?;
    check_precise(x, "linalg.inv")?;
    let n = shape(x)[0];
    let eye = Matrix::<f64>::identity(n as usize);
    let eye = assembled([&eye], &[], [n, n], x.dtype())?.expand(x.sizes())?;
    solutions(x, &eye)
}
pub(crate) fn check_inverse(infos: &[i32], single: bool, name: &str) -> Result<()> {
    check_infos(infos, single, name, |i, at| {
        err!(
            Linalg,
            "{at} The diagonal element {i} is zero, the inversion could not be completed because the input matrix is singular."
        )
    })
}
fn inv(a: &Args) -> Result<Tensor> {
    let (r, infos) = inverse_of(a.tensor(0)?)?;
    check_inverse(&infos, r.dim() == 2, "linalg.inv")?;
    Ok(r)
}
/// A, check_errors
fn inv_ex(a: &Args) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    let (r, infos) = inverse_of(x)?;
    if a.bool(1)? {
        check_inverse(&infos, r.dim() == 2, "linalg.inv_ex")?;
    }
    Ok((r, super::factor::info_tensor(&infos, batch(x))?))
}

fn lu_solve_of(f: &Tensor, p: &Tensor, b: &Tensor, left: bool, adjoint: bool) -> Result<Tensor> {
    let name = "linalg.lu_solve";
    check_square(f, name)?;
    check_same_type(f, b, name)?;
    check!(p.dtype() == DType::I32, "{name}: pivots should be a Tensor of scalar type torch.int32. Got {}", p.dtype().name());
    check!(b.dim() >= 2, "{name}: The input tensor B must have at least 2 dimensions.");
    if shape(f)[0] != shape(b)[if left { 0 } else { 1 }] {
        return Err(incompatible(f, b, name, left));
    }
    check!(
        p.sizes() == &f.sizes()[..f.dim() - 1],
        "{name}: Number of pivots per batch should be same as the dimension of the matrix"
    );
    let (f, b) = broadcast_batches(f, b)?;
    let p = p.expand(&f.sizes()[..f.dim() - 1])?.contiguous()?;
    check_kernel(&b, "lu_solve_cpu")?;
    let n = shape(&f)[0] as usize;
    field!(b.dtype(), T => {
        let mut all = matrices::<T>(&b)?;
        for ((b, f), p) in all.iter_mut().zip(matrices::<T>(&f)?).zip(p.as_slice::<i32>()?.chunks_exact(n.max(1))) {
            check!(p.iter().all(|p| *p >= 1 && *p as usize <= n), "{name}: Pivots given to lu_solve must all be greater or equal to 1. Did you properly pass the result of lu_factor?");
            use triangular::{Op, solve_lu};
            if left {
                solve_lu(&f, p, b, if adjoint { Op::Adjoint } else { Op::Plain });
            } else {
                // The adjoint system.
                let mut x = b.adjoint();
                solve_lu(&f, p, &mut x, if adjoint { Op::Plain } else { Op::Adjoint });
                *b = x.adjoint();
            }
        }
        assembled(&all, batch(&b), shape(&b), b.dtype())
    })
}
/// LU, pivots, B, left, adjoint
fn linalg_lu_solve(a: &Args) -> Result<Tensor> {
    lu_solve_of(a.tensor(0)?, a.tensor(1)?, a.tensor(2)?, a.bool(3)?, a.bool(4)?)
}
/// B, LU, pivots
fn lu_solve(a: &Args) -> Result<Tensor> {
    lu_solve_of(a.tensor(1)?, a.tensor(2)?, a.tensor(0)?, true, false)
}

fn triangular_of(x: &Tensor, b: &Tensor, upper: bool, left: bool, unit: bool, transpose: bool, name: &str) -> Result<Tensor> {
    check_square(x, name)?;
    check_same_type(x, b, name)?;
    check!(b.dim() >= 2, "{name}: The input tensor B must have at least 2 dimensions.");
    if shape(x)[0] != shape(b)[if left { 0 } else { 1 }] {
        return Err(incompatible(x, b, name, left));
    }
    check_kernel(x, "triangular_solve_cpu")?;
    let (x, b) = broadcast_batches(x, b)?;
    let b = if left { b } else { b.transpose(-2, -1)? };
    use triangular::{Op, solve};
    let op = if left != transpose { Op::Plain } else { Op::Transposed };
    let r = field!(b.dtype(), T => {
        let mut all = matrices::<T>(&b)?;
        for (b, a) in all.iter_mut().zip(matrices::<T>(&x)?) {
            solve(&a, b, upper, unit, op);
        }
        assembled(&all, batch(&b), shape(&b), b.dtype())?
    });
    if left { Ok(r) } else { r.transpose(-2, -1) }
}
/// A, B, upper, left, unitriangular
fn solve_triangular(a: &Args) -> Result<Tensor> {
    triangular_of(a.tensor(0)?, a.tensor(1)?, a.bool(2)?, a.bool(3)?, a.bool(4)?, false, "linalg.solve_triangular")
}
/// B, A, upper, transpose, unitriangular
fn triangular_solve(a: &Args) -> Result<(Tensor, Tensor)> {
    let (b, x) = (a.tensor(0)?, a.tensor(1)?);
    check!(
        b.dim() >= 2,
        "torch.triangular_solve: Expected b to have at least 2 dimensions, but it has {} dimensions instead",
        b.dim()
    );
    check!(
        x.dim() >= 2,
        "torch.triangular_solve: Expected A to have at least 2 dimensions, but it has {} dimensions instead",
        x.dim()
    );
    let r = triangular_of(x, b, a.bool(2)?, true, a.bool(4)?, a.bool(3)?, "triangular_solve")?;
    let x = x.expand(&joined(batch(&r), &shape(x)))?;
    Ok((r, x.copy_contiguous()?))
}

/// self, b, rcond, driver: solution, residuals, rank, singular values.
fn lstsq(a: &Args) -> Result<(Tensor, Tensor, Tensor, Tensor)> {
    let (x, b) = (a.tensor(0)?, a.tensor(1)?);
    let name = "torch.linalg.lstsq";
    check!(x.dim() >= 2, "{name}: input must have at least 2 dimensions.");
    check!(b.dim() >= 1, "{name}: other must have at least 1 dimension.");
    check!(
        x.dtype() == b.dtype(),
        "{name}: Expected input and other to have the same dtype, but got input's dtype {} and other's dtype {}",
        x.dtype().name(),
        b.dtype().name()
    );
    let vector = is_vector(x, b);
    let b = if vector { b.unsqueeze(-1)? } else { b.clone() };
    let ([m, n], [rows, k], d) = (shape(x), shape(&b), x.dtype());
    let at = if vector { -1 } else { -2 };
    check!(rows == m, "{name}: input.size(-2) should match other.size({at})");
    let driver = a.opt_str(3)?.unwrap_or("gelsy");
    check!(
        matches!(driver, "gels" | "gelsy" | "gelsd" | "gelss"),
        "{name}: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)"
    );
    check_kernel(x, "linalg_lstsq_cpu")?;
    let (x, b) = broadcast_batches(x, &b)?;
    let eps = if matches!(d, DType::F64 | DType::C128) { f64::EPSILON } else { f32::EPSILON as f64 };
    let rcond = a.opt_float(2)?.unwrap_or(eps * m.max(n) as f64);
    let (mut ranks, mut values) = (Vec::new(), Vec::new());
    let (solution, residuals) = field!(d, T => {
        let (mut out, mut rest) = (Vec::new(), Vec::new());
        for (a, b) in matrices::<T>(&x)?.iter().zip(matrices::<T>(&b)?) {
            let f = svd::svd(a, false, precision(d));
            let top = f.s.first().copied().unwrap_or(0.0);
            let rank = f.s.iter().filter(|s| driver == "gels" || **s > rcond * top).count();
            let mut c = f.u.adjoint().times(&b);
            for j in 0..c.cols {
                for i in 0..c.rows {
                    c[(i, j)] = if i < rank { c[(i, j)].scale(1.0 / f.s[i]) } else { T::default() };
                }
            }
            let y = f.vh.adjoint().times(&c);
            let error = a.times(&y);
            for j in 0..b.cols {
                let e: f64 = b.column(j).iter().zip(error.column(j)).map(|(p, q)| { let r = (*p - *q).modulus(); r * r }).sum();
                rest.push(e);
            }
            ranks.push(rank as i64);
            values.extend(f.s);
            out.push(y);
        }
        (assembled(&out, batch(&x), [n, k], d)?, rest)
    });
    let real = d.to_real();
    let full = ranks.iter().all(|r| *r == n);
    let residuals = match driver {
        "gels" if m > n => vectors(residuals, batch(&x), &[k], real)?,
        "gelsd" | "gelss" if m > n && full => vectors(residuals, batch(&x), &[k], real)?,
        _ => Tensor::empty(&[0], real)?,
    };
    let rank = if driver == "gels" { Tensor::empty(&[0], DType::I64)? } else { Tensor::from_slice(&ranks, batch(&x))? };
    let values = match driver {
        "gelsd" | "gelss" => vectors(values, batch(&x), &[m.min(n)], real)?,
        _ => Tensor::empty(&[0], real)?,
    };
    Ok((if vector { solution.squeeze(-1)? } else { solution }, residuals, rank, values))
}

operators! {
    aten::_linalg_solve_ex => solve_internal,
    aten::inverse => inv,
    aten::linalg_inv => inv, aten::linalg_inv_ex => inv_ex,
    aten::linalg_lstsq => lstsq,
    aten::linalg_lu_solve => linalg_lu_solve,
    aten::linalg_solve => solve, aten::linalg_solve_ex => solve_ex,
    aten::linalg_solve_triangular => solve_triangular,
    aten::lu_solve => lu_solve,
    aten::triangular_solve => triangular_solve,
}
