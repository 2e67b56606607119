//! Eigenvalues and eigenvectors of Hermitian matrices: reduction to tridiagonal form, then implicit QL or QR.

use super::rotation::{symmetric, turn_columns, zeroing};
use super::{Field, Matrix, householder};
use crate::math::Real;
use alloc::vec;
use alloc::vec::Vec;

/// Ascending eigenvalues, eigenvectors as columns, and 0, or how many off-diagonal elements did not converge.
pub struct Eigen<T> {
    pub values: Vec<f64>,
    pub vectors: Matrix<T>,
    pub info: i32,
}

/// Of the Hermitian matrix in one triangle of `a`. Off-diagonal elements below `eps` relative to their neighbours count as 0: with the
/// machine precision of the type that LAPACK would compute in, iterations are as many as LAPACK's and signs agree.
pub fn eigen<T: Field>(a: &Matrix<T>, upper: bool, eps: f64) -> Eigen<T> {
    let n = a.rows;
    // The upper triangle is reduced from its end, which is the lower one of the matrix turned around.
    let mut a = if upper { Matrix::from_fn(n, n, |i, j| a[(n - 1 - i, n - 1 - j)]) } else { a.clone() };
    let (mut d, mut e, mut q) = reduce(&mut a);
    if upper {
        d.reverse();
        e.reverse();
        q = Matrix::from_fn(n, n, |i, j| q[(n - 1 - i, n - 1 - j)]);
    }
    let info = iterate(&mut d, &mut e, &mut q, eps);
    sort(&mut d, &mut q);
    Eigen { values: d, vectors: q, info }
}

/// Diagonal, off-diagonal and Q with `A = Q T Q^H`, from the lower triangle.
fn reduce<T: Field>(a: &mut Matrix<T>) -> (Vec<f64>, Vec<f64>, Matrix<T>) {
    let n = a.rows;
    let (mut e, mut taus) = (vec![], vec![]);
    for i in 0..n.saturating_sub(1) {
        let tau = householder::reflect(&mut a.column_mut(i)[i + 1..]);
        e.push(a[(i + 1, i)].re());
        taus.push(tau);
        if tau.is_zero() {
            continue;
        }
        let v: Vec<T> = core::iter::once(T::of(1.0)).chain(a.column(i)[i + 2..].iter().copied()).collect();
        let m = v.len();
        let at = |a: &Matrix<T>, r: usize, c: usize| {
            let (r, c) = (r + i + 1, c + i + 1);
            match r.cmp(&c) {
                core::cmp::Ordering::Less => a[(c, r)].conj(),
                core::cmp::Ordering::Equal => T::of(a[(r, r)].re()),
                core::cmp::Ordering::Greater => a[(r, c)],
            }
        };
        let mut x: Vec<T> = (0..m).map(|r| tau * (0..m).fold(T::default(), |s, c| s + at(a, r, c) * v[c])).collect();
        let dot = x.iter().zip(&v).fold(T::default(), |s, (x, v)| s + x.conj() * *v);
        let alpha = -(tau * dot).scale(0.5);
        x.iter_mut().zip(&v).for_each(|(x, v)| *x = *x + alpha * *v);
        for c in 0..m {
            for r in c..m {
                let change = v[r] * x[c].conj() + x[r] * v[c].conj();
                a[(r + i + 1, c + i + 1)] = a[(r + i + 1, c + i + 1)] - change;
            }
        }
    }
    let d = (0..n).map(|i| a[(i, i)].re()).collect();
    let mut q = Matrix::identity(n);
    for (i, tau) in taus.iter().enumerate().rev() {
        let tail = a.column(i)[i + 2..].to_vec();
        householder::from_left(&mut q, (i + 1, i + 1), &tail, *tau);
    }
    (d, e, q)
}

/// Diagonalises the tridiagonal matrix, turning the columns of `z` along.
fn iterate<T: Field>(d: &mut [f64], e: &mut [f64], z: &mut Matrix<T>, eps: f64) -> i32 {
    let n = d.len();
    let (mut left, mut start) = (30 * n, 0);
    while start < n {
        if start > 0 {
            e[start - 1] = 0.0;
        }
        let mut m = start;
        while m + 1 < n {
            let t = e[m].abs();
            if t == 0.0 {
                break;
            }
            if t <= Real::sqrt(d[m].abs()) * Real::sqrt(d[m + 1].abs()) * eps {
                e[m] = 0.0;
                break;
            }
            m += 1;
        }
        let block = (start, m);
        start = m + 1;
        if block.0 == block.1 {
            continue;
        }
        // From the end with the smaller element.
        if d[block.1].abs() < d[block.0].abs() {
            upward(d, e, z, block, &mut left, eps);
        } else {
            downward(d, e, z, block, &mut left, eps);
        }
        if left == 0 {
            return e.iter().filter(|e| **e != 0.0).count() as i32;
        }
        // What was split off inside is looked at again.
        if (block.0..block.1).any(|i| e[i] != 0.0) {
            start = block.0;
        }
    }
    0
}

fn negligible(d: &[f64], e: f64, i: usize, eps: f64) -> bool {
    e * e <= eps * eps * d[i].abs() * d[i + 1].abs() + f64::MIN_POSITIVE
}

/// QL on rows `l..=end`.
fn downward<T: Field>(d: &mut [f64], e: &mut [f64], z: &mut Matrix<T>, (mut l, end): (usize, usize), left: &mut usize, eps: f64) {
    while l <= end {
        let m = (l..end).find(|&m| negligible(d, e[m], m, eps)).unwrap_or(end);
        if m < end {
            e[m] = 0.0;
        }
        if m == l {
            l += 1;
            continue;
        }
        if m == l + 1 {
            let (r1, r2, c, s) = symmetric(d[l], e[l], d[l + 1]);
            turn_columns(z, l + 1, l, c, -s);
            (d[l], d[l + 1], e[l]) = (r1, r2, 0.0);
            l += 2;
            continue;
        }
        if *left == 0 {
            return;
        }
        *left -= 1;
        let p0 = d[l];
        let g0 = (d[l + 1] - p0) / (2.0 * e[l]);
        let r0 = Real::hypot(g0, 1.0);
        let mut g = d[m] - p0 + e[l] / (g0 + r0.copysign(g0));
        let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
        for i in (l..m).rev() {
            let (f, b) = (s * e[i], c * e[i]);
            let r;
            (c, s, r) = zeroing(g, f);
            if i != m - 1 {
                e[i + 1] = r;
            }
            g = d[i + 1] - p;
            let r = (d[i] - g) * s + 2.0 * c * b;
            p = s * r;
            d[i + 1] = g + p;
            g = c * r - b;
            turn_columns(z, i + 1, i, c, s);
        }
        d[l] -= p;
        e[l] = g;
    }
}

/// QR on rows `end..=l`, from the bottom.
fn upward<T: Field>(d: &mut [f64], e: &mut [f64], z: &mut Matrix<T>, (end, last): (usize, usize), left: &mut usize, eps: f64) {
    // One more than the row, so that it can end below row 0.
    let mut l1 = last + 1;
    while l1 > end {
        let l = l1 - 1;
        let m = (end + 1..=l).rev().find(|&m| negligible(d, e[m - 1], m - 1, eps)).unwrap_or(end);
        if m > end {
            e[m - 1] = 0.0;
        }
        if m == l {
            l1 -= 1;
            continue;
        }
        if m + 1 == l {
            let (r1, r2, c, s) = symmetric(d[l - 1], e[l - 1], d[l]);
            turn_columns(z, l, l - 1, c, -s);
            (d[l - 1], d[l], e[l - 1]) = (r1, r2, 0.0);
            l1 -= 2;
            continue;
        }
        if *left == 0 {
            return;
        }
        *left -= 1;
        let p0 = d[l];
        let g0 = (d[l - 1] - p0) / (2.0 * e[l - 1]);
        let r0 = Real::hypot(g0, 1.0);
        let mut g = d[m] - p0 + e[l - 1] / (g0 + r0.copysign(g0));
        let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
        for i in m..l {
            let (f, b) = (s * e[i], c * e[i]);
            let r;
            (c, s, r) = zeroing(g, f);
            if i != m {
                e[i - 1] = r;
            }
            g = d[i] - p;
            let r = (d[i + 1] - g) * s + 2.0 * c * b;
            p = s * r;
            d[i] = g + p;
            g = c * r - b;
            turn_columns(z, i + 1, i, c, -s);
        }
        d[l] -= p;
        e[l - 1] = g;
    }
}

/// By selection, as LAPACK does, so that equal values keep its order.
fn sort<T: Field>(d: &mut [f64], z: &mut Matrix<T>) {
    for i in 0..d.len() {
        let k = (i + 1..d.len()).fold(i, |k, j| if d[j] < d[k] { j } else { k });
        if k != i {
            d.swap(i, k);
            z.swap_columns(i, k);
        }
    }
}
