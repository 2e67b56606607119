//! Householder reflections `I - tau v v^H` with `v[0] = 1`, and QR factors made of them.

use super::{Field, Matrix, norm2};
use crate::element::Complex;
use alloc::vec;
use alloc::vec::Vec;

/// Makes `x` a multiple of the first unit vector: `x[0]` becomes that number, which is real, and the rest v's tail. Returns tau of the
/// reflection whose adjoint does so.
pub fn reflect<T: Field>(x: &mut [T]) -> T {
    let Some((alpha, tail)) = x.split_first_mut() else { return T::default() };
    let rest = norm2(tail);
    let a = alpha.to_c128();
    if rest == 0.0 && a.im == 0.0 {
        return T::default();
    }
    let beta = -norm2(&[a, Complex::real(rest)]).copysign(a.re);
    let tau = T::from_c128(Complex::new((beta - a.re) / beta, -a.im / beta));
    let k = T::of(1.0) / (*alpha - T::of(beta));
    tail.iter_mut().for_each(|v| *v = *v * k);
    *alpha = T::of(beta);
    tau
}

/// `A[at.0.., at.1..] -= tau v (v^H A[..])`, where v is 1 and then `tail`.
pub fn from_left<T: Field>(a: &mut Matrix<T>, at: (usize, usize), tail: &[T], tau: T) {
    if tau.is_zero() {
        return;
    }
    for j in at.1..a.cols {
        let x = &mut a.column_mut(j)[at.0..];
        let sum = tail.iter().zip(&x[1..]).fold(x[0], |s, (v, x)| s + v.conj() * *x) * tau;
        x[0] = x[0] - sum;
        for (x, v) in x[1..].iter_mut().zip(tail) {
            *x = *x - *v * sum;
        }
    }
}

/// `A[at.0.., at.1..] -= (A[..] v) tau v^H`
pub fn from_right<T: Field>(a: &mut Matrix<T>, at: (usize, usize), tail: &[T], tau: T) {
    if tau.is_zero() {
        return;
    }
    for i in at.0..a.rows {
        let sum = tail.iter().enumerate().fold(a[(i, at.1)], |s, (k, v)| s + a[(i, at.1 + 1 + k)] * *v) * tau;
        a[(i, at.1)] = a[(i, at.1)] - sum;
        for (k, v) in tail.iter().enumerate() {
            a[(i, at.1 + 1 + k)] = a[(i, at.1 + 1 + k)] - sum * v.conj();
        }
    }
}

/// R above the diagonal, the reflections' tails below it, and their taus.
pub fn qr<T: Field>(a: &mut Matrix<T>) -> Vec<T> {
    let mut taus = vec![];
    for k in 0..a.rows.min(a.cols) {
        let tau = reflect(&mut a.column_mut(k)[k..]);
        let tail = a.column(k)[k + 1..].to_vec();
        from_left(a, (k, k + 1), &tail, tau.conj());
        taus.push(tau);
    }
    taus
}

/// The tail of reflection k of [`qr`]'s result.
fn tail<T: Field>(a: &Matrix<T>, k: usize) -> Vec<T> {
    a.column(k)[k + 1..].to_vec()
}

/// The first `cols` columns of the product of the reflections.
pub fn q<T: Field>(a: &Matrix<T>, taus: &[T], cols: usize) -> Matrix<T> {
    let mut q = Matrix::from_fn(a.rows, cols, |i, j| T::of((i == j) as u8 as f64));
    for (k, tau) in taus.iter().enumerate().rev() {
        from_left(&mut q, (k, 0), &tail(a, k), *tau);
    }
    q
}

/// `Q C`, `Q^H C`, `C Q` or `C Q^H` for the product Q of the reflections.
pub fn multiply<T: Field>(a: &Matrix<T>, taus: &[T], c: &mut Matrix<T>, left: bool, adjoint: bool) {
    let apply = |c: &mut Matrix<T>, k: usize| {
        let tau = if adjoint { taus[k].conj() } else { taus[k] };
        let v = tail(a, k);
        if left { from_left(c, (k, 0), &v, tau) } else { from_right(c, (0, k), &v, tau) }
    };
    if left == adjoint {
        (0..taus.len()).for_each(|k| apply(c, k));
    } else {
        (0..taus.len()).rev().for_each(|k| apply(c, k));
    }
}
