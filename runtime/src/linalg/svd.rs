//! Singular value decompositions.

use super::rotation::turn_rows;
use super::{Field, Matrix, bidiagonal, householder};
use alloc::vec::Vec;

/// `A = U diag(s) V^H`, descending, and 0, or how many values did not converge.
pub struct Svd<T> {
    pub u: Matrix<T>,
    pub s: Vec<f64>,
    pub vh: Matrix<T>,
    pub info: i32,
}

/// With `full`, U and V are square; otherwise they have as many columns as there are singular values. `eps` is the machine precision of
/// the type that LAPACK would compute in: see [`super::tridiagonal::eigen`].
pub fn svd<T: Field>(a: &Matrix<T>, full: bool, eps: f64) -> Svd<T> {
    let (m, n) = (a.rows, a.cols);
    let k = m.min(n);
    // Far from square, the triangular factor is what is decomposed.
    let mostly = m.max(n) >= k * 11 / 6 && m != n && k > 0;
    if mostly && m > n {
        let mut f = a.clone();
        let taus = householder::qr(&mut f);
        let q = householder::q(&f, &taus, if full { m } else { n });
        let r = direct(f.corner(n, n).masked(|i, j| i <= j), n, n, eps);
        let u = q.corner(m, n).times(&r.u);
        let u = Matrix::from_fn(m, q.cols, |i, j| if j < n { u[(i, j)] } else { q[(i, j)] });
        return Svd { u, ..r };
    }
    if mostly {
        // A = L Q with the factors of the adjoint.
        let mut f = a.adjoint();
        let taus = householder::qr(&mut f);
        let q = householder::q(&f, &taus, if full { n } else { m }).adjoint();
        let r = direct(f.corner(m, m).masked(|i, j| i <= j).adjoint(), m, m, eps);
        let vh = r.vh.times(&q.corner(m, n));
        let vh = Matrix::from_fn(q.rows, n, |i, j| if i < m { vh[(i, j)] } else { q[(i, j)] });
        return Svd { vh, ..r };
    }
    direct(a.clone(), if full { m } else { k }, if full { n } else { k }, eps)
}

fn direct<T: Field>(a: Matrix<T>, u_cols: usize, v_rows: usize, eps: f64) -> Svd<T> {
    let (m, n) = (a.rows, a.cols);
    let k = m.min(n);
    let b = bidiagonal::reduce(a, u_cols, v_rows);
    let (mut d, mut e) = (b.d, b.e);
    let (mut u, mut vt) = (Matrix::<f64>::identity(k), Matrix::<f64>::identity(k));
    let turned = if m < n { bidiagonal::lower_to_upper(&mut d, &mut e) } else { Vec::new() };
    let info = bidiagonal::iterate(&mut d, &mut e, &mut vt, &mut u, eps);
    // The rotations that made it upper come first.
    for (i, (c, s)) in turned.iter().enumerate().rev() {
        turn_rows(&mut u, i, i + 1, *c, -*s);
    }
    let lifted = |x: &Matrix<f64>| Matrix::from_fn(x.rows, x.cols, |i, j| T::of(x[(i, j)]));
    let head = b.q.corner(m, k).times(&lifted(&u));
    let u = Matrix::from_fn(m, u_cols, |i, j| if j < k { head[(i, j)] } else { b.q[(i, j)] });
    let head = lifted(&vt).times(&b.p.corner(k, n));
    let vh = Matrix::from_fn(v_rows, n, |i, j| if i < k { head[(i, j)] } else { b.p[(i, j)] });
    Svd { u, s: d, vh, info }
}
