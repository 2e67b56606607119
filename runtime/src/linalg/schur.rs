//! Eigenvalues and eigenvectors of real matrices: reduction to Hessenberg form, then Francis' double-shift QR.

use super::rotation::turn_columns;
use super::{Field, Matrix, householder};
use crate::element::Complex;
use crate::math::Real;
use alloc::vec;
use alloc::vec::Vec;

type C = Complex<f64>;

/// Eigenvalues, unit eigenvectors as columns, and 0, or how many values did not converge.
pub struct Eigen {
    pub values: Vec<C>,
    pub vectors: Matrix<C>,
    pub info: i32,
}

/// `A = Q H Q^H` with H zero below its first subdiagonal.
pub fn hessenberg<T: Field>(mut a: Matrix<T>) -> (Matrix<T>, Matrix<T>) {
    let n = a.rows;
    let mut q = Matrix::identity(n);
    let mut all = vec![];
    for i in 0..n.saturating_sub(2) {
        let tau = householder::reflect(&mut a.column_mut(i)[i + 1..]);
        let tail = a.column(i)[i + 2..].to_vec();
        householder::from_right(&mut a, (0, i + 1), &tail, tau);
        householder::from_left(&mut a, (i + 1, i + 1), &tail, tau.conj());
        all.push((i + 1, tail, tau));
    }
    for (at, tail, tau) in all.iter().rev() {
        householder::from_left(&mut q, (*at, *at), tail, *tau);
    }
    (a.masked(|i, j| i <= j + 1), q)
}

/// `eps` is the relative spacing of the type that LAPACK would compute in: see [`super::tridiagonal::eigen`].
pub fn eigen(a: &Matrix<f64>, eps: f64) -> Eigen {
    let (a, scale) = balance(a);
    let (mut h, mut z) = hessenberg(a);
    let (values, info) = francis(&mut h, &mut z, eps);
    let mut vectors = back_substitute(&h, &z, &values);
    for j in 0..vectors.cols {
        for (v, s) in vectors.column_mut(j).iter_mut().zip(&scale) {
            *v = v.scale(*s);
        }
        let v = vectors.column_mut(j);
        let sign = if values[j].im != 0.0 { rotation_sign(v) } else { 1.0 };
        normalise(v, values[j].im != 0.0);
        v.iter_mut().for_each(|x| *x = x.scale(sign));
    }
    // Conjugate values have conjugate vectors.
    for j in 1..vectors.cols {
        if values[j].im < 0.0 {
            for i in 0..vectors.rows {
                vectors[(i, j)] = vectors[(i, j - 1)].conj();
            }
        }
    }
    Eigen { values, vectors, info }
}

/// Scales rows and columns by powers of two until their norms are alike; the factors turn eigenvectors back.
pub fn balance<T: Field>(a: &Matrix<T>) -> (Matrix<T>, Vec<f64>) {
    let n = a.rows;
    let (mut a, mut scale) = (a.clone(), vec![1.0; n]);
    for _ in 0..30 {
        let mut done = true;
        for i in 0..n {
            let others = |f: &dyn Fn(usize) -> f64| Real::sqrt((0..n).map(|k| f(k) * f(k)).sum::<f64>());
            let mut c = others(&|k| a[(k, i)].modulus());
            let mut r = others(&|k| a[(i, k)].modulus());
            if c == 0.0 || r == 0.0 || !(c + r).is_finite() {
                continue;
            }
            let (mut f, before) = (1.0, c + r);
            while c < r / 2.0 && f < 1e100 {
                (f, c, r) = (f * 2.0, c * 2.0, r / 2.0);
            }
            while c / 2.0 >= r && f > 1e-100 {
                (f, c, r) = (f / 2.0, c / 2.0, r * 2.0);
            }
            if c + r < 0.95 * before && f != 1.0 {
                done = false;
                scale[i] *= f;
                for k in 0..n {
                    a[(i, k)] = a[(i, k)].scale(1.0 / f);
                }
                for k in 0..n {
                    a[(k, i)] = a[(k, i)].scale(f);
                }
            }
        }
        if done {
            break;
        }
    }
    (a, scale)
}

/// The place of the largest component.
fn largest(v: &[C]) -> usize {
    let square = |x: &C| x.re * x.re + x.im * x.im;
    (0..v.len()).fold(0, |k, i| if square(&v[i]) > square(&v[k]) { i } else { k })
}

/// The sign of the real number that LAPACK's rotation makes of the largest component.
fn rotation_sign(v: &[C]) -> f64 {
    v.get(largest(v)).map_or(1.0, |x| if x.re.abs() > x.im.abs() && x.re < 0.0 { -1.0 } else { 1.0 })
}

/// To norm 1; a complex vector so that its largest component is real.
pub fn normalise(v: &mut [C], complex: bool) {
    let norm = super::norm2(v);
    if norm == 0.0 {
        return;
    }
    v.iter_mut().for_each(|x| *x = x.scale(1.0 / norm));
    if !complex {
        return;
    }
    let k = largest(v);
    let turn = v[k].conj().scale(1.0 / v[k].norm());
    v.iter_mut().for_each(|x| *x = *x * turn);
    v[k].im = 0.0;
}

/// A small subdiagonal element, by the criterion of Ahues and Tisseur.
fn deflates(h: &Matrix<f64>, k: usize, ulp: f64) -> bool {
    let n = h.rows;
    let small = f64::MIN_POSITIVE * (n as f64 / ulp);
    let e = h[(k, k - 1)].abs();
    if e <= small {
        return true;
    }
    let mut t = h[(k - 1, k - 1)].abs() + h[(k, k)].abs();
    if t == 0.0 {
        t += if k >= 2 { h[(k - 1, k - 2)].abs() } else { 0.0 };
        t += if k + 1 < n { h[(k + 1, k)].abs() } else { 0.0 };
    }
    if e > ulp * t {
        return false;
    }
    let f = h[(k - 1, k)].abs();
    let difference = (h[(k - 1, k - 1)] - h[(k, k)]).abs();
    let (ab, ba) = (e.max(f), e.min(f));
    let (aa, bb) = (h[(k, k)].abs().max(difference), h[(k, k)].abs().min(difference));
    let s = aa + ab;
    ba * (ab / s) <= small.max(ulp * (bb * (aa / s)))
}

/// Brings H to real Schur form, turning Z's columns along.
fn francis(h: &mut Matrix<f64>, z: &mut Matrix<f64>, eps: f64) -> (Vec<C>, i32) {
    let n = h.rows;
    let mut values = vec![C::default(); n];
    // Rows `..end` are left to do.
    let mut end = n;
    let (mut iterations, limit) = (0, 30 * n.max(10));
    while end > 0 {
        let i = end - 1;
        let l = (1..=i).rev().find(|&k| deflates(h, k, eps)).unwrap_or(0);
        if l > 0 {
            h[(l, l - 1)] = 0.0;
        }
        if l == i {
            values[i] = C::real(h[(i, i)]);
            end -= 1;
            iterations = 0;
            continue;
        }
        if l + 1 == i {
            let (c, s, pair) = standardise(h, l);
            (values[l], values[i]) = pair;
            for j in i + 1..n {
                let (x, y) = (h[(l, j)], h[(i, j)]);
                (h[(l, j)], h[(i, j)]) = (c * x + s * y, c * y - s * x);
            }
            for j in 0..l {
                let (x, y) = (h[(j, l)], h[(j, i)]);
                (h[(j, l)], h[(j, i)]) = (c * x + s * y, c * y - s * x);
            }
            turn_columns(z, l, i, c, s);
            end -= 2;
            iterations = 0;
            continue;
        }
        iterations += 1;
        if iterations > limit {
            return (values, end as i32);
        }
        sweep(h, z, l, i, iterations, eps);
    }
    (values, 0)
}

/// The two shifts of a sweep on rows `l..=i`.
fn shifts(h: &Matrix<f64>, l: usize, i: usize, iteration: usize) -> (C, C) {
    let exceptional = |s: f64, corner: f64| (0.75 * s + corner, -0.4375 * s, s, 0.75 * s + corner);
    let (a, b, c, d) = match iteration {
        k if k % 20 == 0 => exceptional(h[(i, i - 1)].abs() + h[(i - 1, i - 2)].abs(), h[(i, i)]),
        k if k % 10 == 0 => exceptional(h[(l + 1, l)].abs() + h[(l + 2, l + 1)].abs(), h[(l, l)]),
        _ => (h[(i - 1, i - 1)], h[(i - 1, i)], h[(i, i - 1)], h[(i, i)]),
    };
    let s = a.abs() + b.abs() + c.abs() + d.abs();
    if s == 0.0 {
        return Default::default();
    }
    let (a, b, c, d) = (a / s, b / s, c / s, d / s);
    let trace = (a + d) / 2.0;
    let det = (a - trace) * (d - trace) - b * c;
    let root = Real::sqrt(det.abs());
    if det >= 0.0 {
        return (C::new(trace * s, root * s), C::new(trace * s, -root * s));
    }
    let (r1, r2) = (trace + root, trace - root);
    let r = if (r1 - d).abs() <= (r2 - d).abs() { r1 } else { r2 };
    (C::real(r * s), C::real(r * s))
}

fn sweep(h: &mut Matrix<f64>, z: &mut Matrix<f64>, l: usize, i: usize, iteration: usize, eps: f64) {
    let n = h.rows;
    let (r1, r2) = shifts(h, l, i, iteration);
    // Where two small elements in a row let the sweep begin.
    let mut m = i - 2;
    let mut v;
    loop {
        let below = h[(m + 1, m)];
        let s = (h[(m, m)] - r2.re).abs() + r2.im.abs() + below.abs();
        let b = below / s;
        v = [
            b * h[(m, m + 1)] + (h[(m, m)] - r1.re) * ((h[(m, m)] - r2.re) / s) - r1.im * (r2.im / s),
            b * (h[(m, m)] + h[(m + 1, m + 1)] - r1.re - r2.re),
            b * h[(m + 2, m + 1)],
        ];
        let s = v[0].abs() + v[1].abs() + v[2].abs();
        v = v.map(|x| x / s);
        if m == l {
            break;
        }
        let t = h[(m - 1, m - 1)].abs() + h[(m, m)].abs() + h[(m + 1, m + 1)].abs();
        if h[(m, m - 1)].abs() * (v[1].abs() + v[2].abs()) <= eps * v[0].abs() * t {
            break;
        }
        m -= 1;
    }
    for k in m..i {
        let r = 3.min(i - k + 1);
        if k > m {
            for (q, v) in v.iter_mut().enumerate().take(r) {
                *v = h[(k + q, k - 1)];
            }
        }
        let tau = householder::reflect(&mut v[..r]);
        if k > m {
            h[(k, k - 1)] = v[0];
            for q in 1..r {
                h[(k + q, k - 1)] = 0.0;
            }
        } else if m > l {
            h[(k, k - 1)] *= 1.0 - tau;
        }
        let w = [1.0, v[1], if r == 3 { v[2] } else { 0.0 }];
        for j in k..n {
            let sum: f64 = (0..r).map(|q| w[q] * h[(k + q, j)]).sum::<f64>() * tau;
            (0..r).for_each(|q| h[(k + q, j)] -= sum * w[q]);
        }
        for j in 0..=i.min(k + 3) {
            let sum: f64 = (0..r).map(|q| w[q] * h[(j, k + q)]).sum::<f64>() * tau;
            (0..r).for_each(|q| h[(j, k + q)] -= sum * w[q]);
        }
        for j in 0..z.rows {
            let sum: f64 = (0..r).map(|q| w[q] * z[(j, k + q)]).sum::<f64>() * tau;
            (0..r).for_each(|q| z[(j, k + q)] -= sum * w[q]);
        }
    }
}

/// Turns the 2 x 2 block at `l` into a triangle, or, with complex eigenvalues, equal diagonal elements: the rotation and the values.
fn standardise(h: &mut Matrix<f64>, l: usize) -> (f64, f64, (C, C)) {
    let sign = |x: f64| 1f64.copysign(x);
    let (mut a, mut b, mut c, mut d) = (h[(l, l)], h[(l, l + 1)], h[(l + 1, l)], h[(l + 1, l + 1)]);
    let (mut cs, mut sn) = (1.0, 0.0);
    if c == 0.0 {
    } else if b == 0.0 {
        (cs, sn) = (0.0, 1.0);
        (a, b, c, d) = (d, -c, 0.0, a);
    } else if a - d == 0.0 && sign(b) != sign(c) {
    } else {
        let t = a - d;
        let p = 0.5 * t;
        let larger = b.abs().max(c.abs());
        let smaller = b.abs().min(c.abs()) * sign(b) * sign(c);
        let scale = p.abs().max(larger);
        let z = p / scale * p + larger / scale * smaller;
        if z >= 4.0 * f64::EPSILON {
            let z = p + (Real::sqrt(scale) * Real::sqrt(z)).copysign(p);
            a = d + z;
            d -= larger / z * smaller;
            let tau = Real::hypot(c, z);
            (cs, sn) = (z / tau, c / tau);
            b -= c;
            c = 0.0;
        } else {
            let sigma = b + c;
            let tau = Real::hypot(sigma, t);
            cs = Real::sqrt(0.5 * (1.0 + sigma.abs() / tau));
            sn = -(p / (tau * cs)) * sign(sigma);
            let (aa, bb, cc, dd) = (a * cs + b * sn, b * cs - a * sn, c * cs + d * sn, d * cs - c * sn);
            (a, b, c, d) = (aa * cs + cc * sn, bb * cs + dd * sn, cc * cs - aa * sn, dd * cs - bb * sn);
            let mean = 0.5 * (a + d);
            (a, d) = (mean, mean);
            if c != 0.0 && b == 0.0 {
                (b, c) = (-c, 0.0);
                (cs, sn) = (-sn, cs);
            } else if c != 0.0 && sign(b) == sign(c) {
                let (sb, sc) = (Real::sqrt(b.abs()), Real::sqrt(c.abs()));
                let p = (sb * sc).copysign(c);
                let tau = 1.0 / Real::sqrt((b + c).abs());
                (a, d) = (mean + p, mean - p);
                b -= c;
                c = 0.0;
                let (c1, s1) = (sb * tau, sc * tau);
                (cs, sn) = (cs * c1 - sn * s1, cs * s1 + sn * c1);
            }
        }
    }
    (h[(l, l)], h[(l, l + 1)], h[(l + 1, l)], h[(l + 1, l + 1)]) = (a, b, c, d);
    let im = if c == 0.0 { 0.0 } else { Real::sqrt(b.abs()) * Real::sqrt(c.abs()) };
    (cs, sn, (C::new(a, im), C::new(d, -im)))
}

/// Eigenvectors of the quasi-triangular T, in Z's basis. Of a conjugate pair only the first is computed.
fn back_substitute(t: &Matrix<f64>, z: &Matrix<f64>, values: &[C]) -> Matrix<C> {
    let n = t.rows;
    let mut out = Matrix::zeros(n, n);
    let small = f64::MIN_POSITIVE * (n as f64 / f64::EPSILON);
    let floor = |norm: f64| (f64::EPSILON * norm).max(small);
    for k in 0..n {
        let value = values[k];
        if value.im < 0.0 {
            continue;
        }
        let mut x = vec![C::default(); n];
        let mut top = k;
        if value.im > 0.0 {
            let (b, c) = (t[(k, k + 1)], t[(k + 1, k)]);
            if b.abs() >= c.abs() {
                (x[k], x[k + 1]) = (C::real(1.0), C::new(0.0, value.im / b));
            } else {
                (x[k], x[k + 1]) = (C::real(-value.im / c), C::new(0.0, 1.0));
            }
            top = k + 1;
        } else {
            x[k] = C::real(1.0);
        }
        let least = floor(value.re.abs() + value.im.abs());
        let mut j = k;
        while j > 0 {
            j -= 1;
            let rest = |j: usize, from: usize, x: &[C]| (from..=top).fold(C::default(), |s, i| s - x[i].scale(t[(j, i)]));
            let pair = j > 0 && t[(j, j - 1)] != 0.0;
            if pair {
                let (r1, r2) = (rest(j - 1, j + 1, &x), rest(j, j + 1, &x));
                let (a, d) = (C::real(t[(j - 1, j - 1)]) - value, C::real(t[(j, j)]) - value);
                let (b, c) = (C::real(t[(j - 1, j)]), C::real(t[(j, j - 1)]));
                let mut det = a * d - b * c;
                if det.norm() < least * least {
                    det = C::real(least * least);
                }
                (x[j - 1], x[j]) = ((d * r1 - b * r2) / det, (a * r2 - c * r1) / det);
                j -= 1;
            } else {
                let mut d = C::real(t[(j, j)]) - value;
                if d.norm() < least {
                    d = C::real(least);
                }
                x[j] = rest(j, j + 1, &x) / d;
            }
            // Growth is scaled away.
            let big = x.iter().fold(0.0, |m, v| f64::max(m, v.abs1()));
            if big > 1e150 {
                x.iter_mut().for_each(|v| *v = v.scale(1.0 / big));
            }
        }
        for i in 0..n {
            out[(i, k)] = (0..=top).fold(C::default(), |s, j| s + x[j].scale(z[(i, j)]));
        }
    }
    out
}
