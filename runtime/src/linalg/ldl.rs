//! `A = L D L^T` (or `L^H`) of indefinite matrices by Bunch and Kaufman, from the lower triangle.

use super::{Field, Matrix};
use alloc::vec;
use alloc::vec::Vec;

/// L and D in one matrix; pivots as LAPACK writes them: the exchanged row (from 1), negative for both rows of a 2 x 2 block.
pub struct Ldl<T> {
    pub factors: Matrix<T>,
    pub pivots: Vec<i32>,
    pub info: i32,
}

/// (1 + sqrt 17) / 8
const ALPHA: f64 = 0.640_388_203_202_207_6;

fn twin<T: Field>(hermitian: bool) -> fn(T) -> T {
    if hermitian { T::conj } else { |x| x }
}

pub fn factor<T: Field>(mut a: Matrix<T>, hermitian: bool) -> Ldl<T> {
    let n = a.rows;
    let conj = twin::<T>(hermitian);
    let diagonal = |a: &Matrix<T>, k: usize| if hermitian { a[(k, k)].re().abs() } else { a[(k, k)].abs1() };
    let (mut pivots, mut info, mut k) = (vec![0; n], 0, 0);
    while k < n {
        let largest = (k + 1..n).fold(None, |best: Option<usize>, i| match best {
            Some(b) if a[(b, k)].abs1() >= a[(i, k)].abs1() => Some(b),
            _ => Some(i),
        });
        let column = largest.map_or(0.0, |i| a[(i, k)].abs1());
        let own = diagonal(&a, k);
        let (mut p, mut two) = (k, false);
        if own.max(column) == 0.0 {
            if info == 0 {
                info = k as i32 + 1;
            }
            if hermitian {
                a[(k, k)] = T::of(a[(k, k)].re());
            }
            pivots[k] = k as i32 + 1;
            k += 1;
            continue;
        }
        if let Some(i) = largest.filter(|_| own < ALPHA * column) {
            let across = (k..i).map(|j| a[(i, j)].abs1());
            let row = across.chain((i + 1..n).map(|j| a[(j, i)].abs1())).fold(0.0, f64::max);
            if own < ALPHA * column * (column / row) {
                p = i;
                two = diagonal(&a, i) < ALPHA * row;
            }
        }
        let kk = k + two as usize;
        if p != kk {
            for i in p + 1..n {
                a.data.swap(kk * n + i, p * n + i);
            }
            for j in kk + 1..p {
                let t = conj(a[(j, kk)]);
                a[(j, kk)] = conj(a[(p, j)]);
                a[(p, j)] = t;
            }
            a[(p, kk)] = conj(a[(p, kk)]);
            a.data.swap(kk * n + kk, p * n + p);
            if two {
                a.data.swap(k * n + k + 1, k * n + p);
            }
        }
        if two {
            let (d, b, e) = (a[(k, k)], a[(k + 1, k)], a[(k + 1, k + 1)]);
            let det = d * e - b * conj(b);
            for j in k + 2..n {
                let (x, y) = (a[(j, k)], a[(j, k + 1)]);
                let (u, v) = ((x * e - y * b) / det, (y * d - x * conj(b)) / det);
                for i in j..n {
                    let change = a[(i, k)] * conj(u) + a[(i, k + 1)] * conj(v);
                    a[(i, j)] = a[(i, j)] - change;
                }
                a[(j, k)] = u;
                a[(j, k + 1)] = v;
            }
            (pivots[k], pivots[k + 1]) = (-(p as i32) - 1, -(p as i32) - 1);
            k += 2;
        } else {
            if hermitian {
                a[(k, k)] = T::of(a[(k, k)].re());
            }
            let d = a[(k, k)];
            for j in k + 1..n {
                let v = conj(a[(j, k)]) / d;
                for i in j..n {
                    a[(i, j)] = a[(i, j)] - a[(i, k)] * v;
                }
            }
            for i in k + 1..n {
                a[(i, k)] = a[(i, k)] / d;
            }
            pivots[k] = p as i32 + 1;
            k += 1;
        }
    }
    Ldl { factors: a, pivots, info }
}

/// Overwrites `b` by the solution, given the factors.
pub fn solve<T: Field>(a: &Matrix<T>, pivots: &[i32], b: &mut Matrix<T>, hermitian: bool) {
    let n = a.rows;
    let conj = twin::<T>(hermitian);
    let swap = |b: &mut Matrix<T>, i: usize, p: usize| {
        if i != p {
            b.swap_rows(i, p);
        }
    };
    let mut k = 0;
    while k < n {
        let two = pivots[k] < 0 && k + 1 < n;
        let p = (pivots[k].unsigned_abs() as usize).clamp(1, n) - 1;
        swap(b, k + two as usize, p);
        for c in 0..b.cols {
            let x = b.column_mut(c);
            let (u, v) = (x[k], x.get(k + 1).copied().unwrap_or_default());
            for i in k + 1 + two as usize..n {
                x[i] = x[i] - a[(i, k)] * u;
                if two {
                    x[i] = x[i] - a[(i, k + 1)] * v;
                }
            }
            if two {
                let (d, s, e) = (a[(k, k)], a[(k + 1, k)], a[(k + 1, k + 1)]);
                let det = d * e - s * conj(s);
                x[k] = (e * u - conj(s) * v) / det;
                x[k + 1] = (d * v - s * u) / det;
            } else {
                x[k] = u / a[(k, k)];
            }
        }
        k += 1 + two as usize;
    }
    while k > 0 {
        let two = pivots[k - 1] < 0 && k > 1;
        let first = k - 1 - two as usize;
        for c in 0..b.cols {
            let x = b.column_mut(c);
            for j in first..k {
                let sum = (k..n).fold(T::default(), |s, i| s + conj(a[(i, j)]) * x[i]);
                x[j] = x[j] - sum;
            }
        }
        let p = (pivots[k - 1].unsigned_abs() as usize).clamp(1, n) - 1;
        swap(b, k - 1, p);
        k = first;
    }
}
