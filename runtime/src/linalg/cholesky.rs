//! Cholesky factors of Hermitian positive-definite matrices.

use super::{Field, Matrix};
use crate::math::Real;

/// `A = L L^H` from A's lower triangle; the order (from 1) of the first leading minor that is not positive, or 0.
pub fn factor<T: Field>(a: &Matrix<T>) -> (Matrix<T>, i32) {
    let n = a.rows;
    let mut l = a.clone().masked(|i, j| i >= j);
    for j in 0..n {
        let d = l[(j, j)].re();
        if !(d > 0.0) {
            return (l, j as i32 + 1);
        }
        let d = Real::sqrt(d);
        l[(j, j)] = T::of(d);
        for i in j + 1..n {
            l[(i, j)] = l[(i, j)].scale(1.0 / d);
        }
        for k in j + 1..n {
            let v = l[(k, j)].conj();
            for i in k..n {
                l[(i, k)] = l[(i, k)] - l[(i, j)] * v;
            }
        }
    }
    (l, 0)
}
