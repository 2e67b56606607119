//! Eigenvalues and eigenvectors of complex matrices by single-shift QR.

use super::schur::{Eigen, balance, hessenberg, normalise};
use super::{Field, Matrix};
use crate::element::Complex;
use alloc::vec;

type C = Complex<f64>;

/// As [`super::schur::eigen`].
pub fn eigen(a: &Matrix<C>, eps: f64) -> Eigen {
    let n = a.rows;
    let (a, scale) = balance(a);
    let (mut h, mut z) = hessenberg(a);
    let info = iterate(&mut h, &mut z, eps);
    let mut vectors = Matrix::zeros(n, n);
    let small = f64::MIN_POSITIVE * (n as f64 / f64::EPSILON);
    for k in 0..n {
        let value = h[(k, k)];
        let least = (f64::EPSILON * value.abs1()).max(small);
        let mut x = vec![C::default(); n];
        x[k] = C::real(1.0);
        for j in (0..k).rev() {
            let rest = (j + 1..=k).fold(C::default(), |s, i| s - h[(j, i)] * x[i]);
            let d = h[(j, j)] - value;
            x[j] = rest / if d.abs1() < least { C::real(least) } else { d };
            let big = x[j].abs1();
            if big > 1e150 {
                x.iter_mut().for_each(|v| *v = v.scale(1.0 / big));
            }
        }
        for i in 0..n {
            vectors[(i, k)] = (0..=k).fold(C::default(), |s, j| s + z[(i, j)] * x[j]).scale(scale[i]);
        }
        normalise(vectors.column_mut(k), true);
    }
    Eigen { values: (0..n).map(|i| h[(i, i)]).collect(), vectors, info }
}

/// Brings H to triangular form, turning Z's columns along.
fn iterate(h: &mut Matrix<C>, z: &mut Matrix<C>, eps: f64) -> i32 {
    let n = h.rows;
    let mut end = n;
    let (mut iterations, limit) = (0, 30 * n.max(10));
    while end > 1 {
        let i = end - 1;
        let small = |k: usize, h: &Matrix<C>| {
            let t = h[(k - 1, k - 1)].abs1() + h[(k, k)].abs1();
            let t = if t == 0.0 { h.norm1() } else { t };
            h[(k, k - 1)].abs1() <= (eps * t).max(f64::MIN_POSITIVE)
        };
        let l = (1..=i).rev().find(|&k| small(k, h)).unwrap_or(0);
        if l > 0 {
            h[(l, l - 1)] = C::default();
        }
        if l == i {
            end -= 1;
            iterations = 0;
            continue;
        }
        iterations += 1;
        if iterations > limit {
            return end as i32;
        }
        let shift = if iterations % 10 == 0 { h[(i, i)] + C::real(0.75 * h[(i, i - 1)].norm()) } else { wilkinson(h, i) };
        // The bulge starts from the first column of H - shift.
        let (mut x, mut y) = (h[(l, l)] - shift, h[(l + 1, l)]);
        for k in l..i {
            if k > l {
                (x, y) = (h[(k, k - 1)], h[(k + 1, k - 1)]);
            }
            let norm = super::norm2(&[x, y]);
            if norm == 0.0 {
                continue;
            }
            // [[c, s], [-conj s, conj c]] zeroes y.
            let (c, s) = (x.conj().scale(1.0 / norm), y.conj().scale(1.0 / norm));
            for j in k.saturating_sub(1)..n {
                let (p, q) = (h[(k, j)], h[(k + 1, j)]);
                (h[(k, j)], h[(k + 1, j)]) = (c * p + s * q, c.conj() * q - s.conj() * p);
            }
            if k > l {
                h[(k + 1, k - 1)] = C::default();
            }
            let last = (k + 2).min(i);
            let turn = |m: &mut Matrix<C>, rows: usize| {
                for j in 0..rows {
                    let (p, q) = (m[(j, k)], m[(j, k + 1)]);
                    (m[(j, k)], m[(j, k + 1)]) = (p * c.conj() + q * s.conj(), q * c - p * s);
                }
            };
            turn(h, last + 1);
            turn(z, n);
        }
    }
    0
}

/// The eigenvalue of the last 2 x 2 block that is nearer to its last element.
fn wilkinson(h: &Matrix<C>, i: usize) -> C {
    let (a, b, c, d) = (h[(i - 1, i - 1)], h[(i - 1, i)], h[(i, i - 1)], h[(i, i)]);
    let half = (a - d).scale(0.5);
    let root = (half * half + b * c).sqrt();
    let (p, q) = (half + root, half - root);
    let larger = if p.norm() >= q.norm() { p } else { q };
    if larger.norm() == 0.0 { d } else { d - b * c / larger }
}
