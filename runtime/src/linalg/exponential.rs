//! The exponential of a matrix: its series after scaling, then squaring.

use super::{Field, Matrix};

pub fn exponential<T: Field>(a: &Matrix<T>) -> Matrix<T> {
    let n = a.rows;
    let norm = a.norm1();
    if !norm.is_finite() {
        return Matrix::from_fn(n, n, |_, _| T::of(f64::NAN));
    }
    let (mut halvings, mut scale) = (0, 1.0);
    while norm * scale > 0.5 {
        halvings += 1;
        scale *= 0.5;
    }
    let x = Matrix::from_fn(n, n, |i, j| a[(i, j)].scale(scale));
    // Horner's scheme; 0.5^19 / 19! is below the precision.
    let mut sum = Matrix::identity(n);
    for k in (1..=18).rev() {
        let next = x.times(&sum);
        sum = Matrix::from_fn(n, n, |i, j| T::of((i == j) as u8 as f64) + next[(i, j)].scale(1.0 / k as f64));
    }
    for _ in 0..halvings {
        sum = sum.times(&sum);
    }
    sum
}
