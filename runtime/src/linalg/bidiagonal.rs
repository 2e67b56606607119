//! Reduction to bidiagonal form, and its singular values by implicit QR.

use super::rotation::{singular, singular_values, turn_columns, turn_rows, zeroing};
use super::{Field, Matrix, householder};
use crate::math::Real;
use alloc::vec;
use alloc::vec::Vec;

/// `A = Q B P^H` with B upper bidiagonal when A has at least as many rows as columns, lower otherwise.
pub struct Bidiagonal<T> {
    pub d: Vec<f64>,
    pub e: Vec<f64>,
    /// A's rows by `q_cols`.
    pub q: Matrix<T>,
    /// `p_rows` by A's columns.
    pub p: Matrix<T>,
}

/// The first `q_cols` columns of Q and `p_rows` rows of P^H.
pub fn reduce<T: Field>(mut a: Matrix<T>, q_cols: usize, p_rows: usize) -> Bidiagonal<T> {
    let (m, n) = (a.rows, a.cols);
    let k = m.min(n);
    let tall = m >= n;
    let (mut d, mut e) = (vec![], vec![]);
    // (first row or column, tail, tau)
    let (mut left, mut right): (Vec<(usize, Vec<T>, T)>, Vec<(usize, Vec<T>, T)>) = (vec![], vec![]);
    for i in 0..k {
        let column = |a: &mut Matrix<T>, from: usize, left: &mut Vec<(usize, Vec<T>, T)>| {
            let tau = householder::reflect(&mut a.column_mut(i)[from..]);
            let tail = a.column(i)[from + 1..].to_vec();
            householder::from_left(a, (from, i + 1), &tail, tau.conj());
            left.push((from, tail, tau));
            a[(from, i)].re()
        };
        let row = |a: &mut Matrix<T>, from: usize, right: &mut Vec<(usize, Vec<T>, T)>| {
            let mut x: Vec<T> = (from..n).map(|j| a[(i, j)].conj()).collect();
            let tau = householder::reflect(&mut x);
            let head = x[0].re();
            householder::from_right(a, (i + 1, from), &x[1..], tau);
            right.push((from, x[1..].to_vec(), tau));
            head
        };
        if tall {
            d.push(column(&mut a, i, &mut left));
            if i + 1 < n {
                e.push(row(&mut a, i + 1, &mut right));
            }
        } else {
            d.push(row(&mut a, i, &mut right));
            if i + 1 < m {
                e.push(column(&mut a, i + 1, &mut left));
            }
        }
    }
    let eye = |rows, cols| Matrix::from_fn(rows, cols, |i, j| T::of((i == j) as u8 as f64));
    let mut q = eye(m, q_cols);
    for (from, tail, tau) in left.iter().rev() {
        householder::from_left(&mut q, (*from, 0), tail, *tau);
    }
    let mut p = eye(n, p_rows);
    for (from, tail, tau) in right.iter().rev() {
        householder::from_left(&mut p, (*from, 0), tail, *tau);
    }
    Bidiagonal { d, e, q, p: p.adjoint() }
}

/// Turns a lower bidiagonal matrix into an upper one; the rotations of neighbouring rows.
pub fn lower_to_upper(d: &mut [f64], e: &mut [f64]) -> Vec<(f64, f64)> {
    (0..e.len())
        .map(|i| {
            let (c, s, r) = zeroing(d[i], e[i]);
            d[i] = r;
            e[i] = s * d[i + 1];
            d[i + 1] *= c;
            (c, s)
        })
        .collect()
}

/// Makes the upper bidiagonal matrix diagonal, positive and descending; turns the rows of `vt` and the columns of `u` along. The number
/// of elements that did not converge. `eps` is the precision it stops at.
pub fn iterate<T: Field>(d: &mut [f64], e: &mut [f64], vt: &mut Matrix<T>, u: &mut Matrix<T>, eps: f64) -> i32 {
    let n = d.len();
    if n == 0 {
        return 0;
    }
    let tol = Real::pow(eps, -0.125).clamp(10.0, 100.0) * eps;
    let mut low = d[0].abs();
    let mut mu = low;
    for i in 1..n {
        if low == 0.0 {
            break;
        }
        mu = d[i].abs() * (mu / (mu + e[i - 1].abs()));
        low = low.min(mu);
    }
    let threshold = (tol * low / Real::sqrt(n as f64)).max(6.0 * n as f64 * n as f64 * f64::MIN_POSITIVE);
    let mut left = 6 * n * n;
    let (mut old, mut down) = ((usize::MAX, 0), true);
    // Rows `..m` are left to do.
    let mut m = n;
    while m > 1 {
        let last = m - 1;
        let mut top = d[last].abs();
        let mut l = 0;
        for k in (0..last).rev() {
            let (a, b) = (d[k].abs(), e[k].abs());
            if b <= threshold {
                e[k] = 0.0;
                l = k + 1;
                break;
            }
            top = top.max(a).max(b);
        }
        if l == last {
            m -= 1;
            continue;
        }
        if left == 0 {
            return e.iter().filter(|e| **e != 0.0).count() as i32;
        }
        if l + 1 == last {
            let t = singular(d[l], e[l], d[last]);
            (d[l], e[l], d[last]) = (t.max, 0.0, t.min);
            turn_rows(vt, l, last, t.cr, t.sr);
            turn_columns(u, l, last, t.cl, t.sl);
            m -= 2;
            left -= 1;
            continue;
        }
        // A new block is chased from its larger end.
        if old.0 == usize::MAX || l > old.1 || last < old.0 {
            down = d[l].abs() >= d[last].abs();
        }
        let Some(smallest) = settle(d, e, l, last, down, tol) else { continue };
        old = (l, last);
        let mut shift = 0.0;
        if n as f64 * tol * (smallest / top) > eps.max(0.01 * tol) {
            let head = if down { d[l].abs() } else { d[last].abs() };
            let at = if down { (d[last - 1], e[last - 1], d[last]) } else { (d[l], e[l], d[l + 1]) };
            shift = singular_values(at.0, at.1, at.2).0;
            if head > 0.0 && (shift / head) * (shift / head) < eps {
                shift = 0.0;
            }
        }
        left = left.saturating_sub(last - l);
        let mut both = |i: usize, v: (f64, f64), w: (f64, f64)| {
            turn_rows(vt, i, i + 1, v.0, v.1);
            turn_columns(u, i, i + 1, w.0, w.1);
        };
        match (down, shift == 0.0) {
            (true, true) => {
                let (mut c, mut oc, mut os) = (1.0, 1.0, 0.0);
                for i in l..last {
                    let (c1, s, r) = zeroing(d[i] * c, e[i]);
                    c = c1;
                    if i > l {
                        e[i - 1] = os * r;
                    }
                    (oc, os, d[i]) = zeroing(oc * r, d[i + 1] * s);
                    both(i, (c, s), (oc, os));
                }
                let h = d[last] * c;
                d[last] = h * oc;
                e[last - 1] = h * os;
            }
            (false, true) => {
                let (mut c, mut oc, mut os) = (1.0, 1.0, 0.0);
                for i in (l + 1..=last).rev() {
                    let (c1, s, r) = zeroing(d[i] * c, e[i - 1]);
                    c = c1;
                    if i < last {
                        e[i] = os * r;
                    }
                    (oc, os, d[i]) = zeroing(oc * r, d[i - 1] * s);
                    both(i - 1, (oc, -os), (c, -s));
                }
                let h = d[l] * c;
                d[l] = h * oc;
                e[l] = h * os;
            }
            (true, false) => {
                let mut f = (d[l].abs() - shift) * (1f64.copysign(d[l]) + shift / d[l]);
                let mut g = e[l];
                for i in l..last {
                    let (cr, sr, r) = zeroing(f, g);
                    if i > l {
                        e[i - 1] = r;
                    }
                    f = cr * d[i] + sr * e[i];
                    e[i] = cr * e[i] - sr * d[i];
                    g = sr * d[i + 1];
                    d[i + 1] *= cr;
                    let (cl, sl, r) = zeroing(f, g);
                    d[i] = r;
                    f = cl * e[i] + sl * d[i + 1];
                    d[i + 1] = cl * d[i + 1] - sl * e[i];
                    if i + 1 < last {
                        g = sl * e[i + 1];
                        e[i + 1] *= cl;
                    }
                    both(i, (cr, sr), (cl, sl));
                }
                e[last - 1] = f;
            }
            (false, false) => {
                let mut f = (d[last].abs() - shift) * (1f64.copysign(d[last]) + shift / d[last]);
                let mut g = e[last - 1];
                for i in (l + 1..=last).rev() {
                    let (cr, sr, r) = zeroing(f, g);
                    if i < last {
                        e[i] = r;
                    }
                    f = cr * d[i] + sr * e[i - 1];
                    e[i - 1] = cr * e[i - 1] - sr * d[i];
                    g = sr * d[i - 1];
                    d[i - 1] *= cr;
                    let (cl, sl, r) = zeroing(f, g);
                    d[i] = r;
                    f = cl * e[i - 1] + sl * d[i - 1];
                    d[i - 1] = cl * d[i - 1] - sl * e[i - 1];
                    if i > l + 1 {
                        g = sl * e[i - 2];
                        e[i - 2] *= cl;
                    }
                    both(i - 1, (cl, -sl), (cr, -sr));
                }
                e[l] = f;
            }
        }
        let end = if down { last - 1 } else { l };
        if e[end].abs() <= threshold {
            e[end] = 0.0;
        }
    }
    finish(d, vt, u);
    0
}

/// Zeroes the first off-diagonal element that is small beside its neighbours; without one, gives a bound of the smallest singular value.
fn settle(d: &[f64], e: &mut [f64], l: usize, last: usize, down: bool, tol: f64) -> Option<f64> {
    let (edge, corner) = if down { (last - 1, last) } else { (l, l) };
    if e[edge].abs() <= tol * d[corner].abs() {
        e[edge] = 0.0;
        return None;
    }
    let mut mu = if down { d[l].abs() } else { d[last].abs() };
    let mut smallest = mu;
    for step in 0..last - l {
        let k = if down { l + step } else { last - 1 - step };
        if e[k].abs() <= tol * mu {
            e[k] = 0.0;
            return None;
        }
        let next = if down { d[k + 1] } else { d[k] };
        mu = next.abs() * (mu / (mu + e[k].abs()));
        smallest = smallest.min(mu);
    }
    Some(smallest)
}

/// Signs go to `vt`; then the values are sorted.
fn finish<T: Field>(d: &mut [f64], vt: &mut Matrix<T>, u: &mut Matrix<T>) {
    let n = d.len();
    for i in 0..n {
        if d[i].is_sign_negative() {
            d[i] = -d[i];
            for j in 0..vt.cols {
                vt[(i, j)] = -vt[(i, j)];
            }
        }
    }
    for end in (1..n).rev() {
        let k = (1..=end).fold(0, |k, j| if d[j] <= d[k] { j } else { k });
        if k != end {
            d.swap(k, end);
            vt.swap_rows(k, end);
            u.swap_columns(k, end);
        }
    }
}
