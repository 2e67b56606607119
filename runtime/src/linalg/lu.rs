//! LU factors with partial pivoting.

use super::{Field, Matrix};
use alloc::vec::Vec;

/// `P A = L U`: both factors in one matrix, the row that each row was exchanged with (from 1), and the place (from 1) of the first
/// pivot that is 0, or 0.
pub struct Lu<T> {
    pub factors: Matrix<T>,
    pub pivots: Vec<i32>,
    pub info: i32,
}

pub fn factor<T: Field>(mut a: Matrix<T>) -> Lu<T> {
    let n = a.rows.min(a.cols);
    let (mut pivots, mut info) = (Vec::with_capacity(n), 0);
    for j in 0..n {
        let mut p = j;
        for i in j + 1..a.rows {
            if a[(i, j)].abs1() > a[(p, j)].abs1() {
                p = i;
            }
        }
        pivots.push(p as i32 + 1);
        if a[(p, j)].is_zero() {
            if info == 0 {
                info = j as i32 + 1;
            }
            continue;
        }
        if p != j {
            a.swap_rows(p, j);
        }
        let pivot = a[(j, j)];
        for i in j + 1..a.rows {
            a[(i, j)] = a[(i, j)] / pivot;
        }
        for k in j + 1..a.cols {
            let u = a[(j, k)];
            if u.is_zero() {
                continue;
            }
            for i in j + 1..a.rows {
                a[(i, k)] = a[(i, k)] - a[(i, j)] * u;
            }
        }
    }
    Lu { factors: a, pivots, info }
}

/// Where each row of `P A` comes from.
pub fn permutation(pivots: &[i32], rows: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    for (i, p) in pivots.iter().enumerate() {
        order.swap(i, *p as usize - 1);
    }
    order
}

/// Sign and logarithm of the modulus of the determinant, by the caller's multiplication.
pub fn diagonal<T: Field>(lu: &Lu<T>) -> (bool, impl Iterator<Item = T> + '_) {
    let odd = lu.pivots.iter().enumerate().filter(|(i, p)| **p as usize != i + 1).count() % 2 == 1;
    (odd, (0..lu.factors.rows.min(lu.factors.cols)).map(|i| lu.factors[(i, i)]))
}
