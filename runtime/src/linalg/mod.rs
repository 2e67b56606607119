//! Dense linear algebra in double precision, real and complex, by LAPACK's algorithms and with its sign conventions.
//!
//! [`Matrix`] is column-major. Nothing here knows tensors; `ops::linalg` does.

pub mod bidiagonal;
pub mod cholesky;
pub mod exponential;
pub mod householder;
pub mod ldl;
pub mod lu;
pub mod rotation;
pub mod schur;
pub mod schur_complex;
pub mod svd;
pub mod triangular;
pub mod tridiagonal;

use crate::element::{Complex, Element};
use crate::gemm::{self, Num};
use crate::math::Real;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::{Div, Index, IndexMut, Neg, Sub};

/// f64 and Complex<f64>.
pub trait Field: Num + Element + Sub<Output = Self> + Div<Output = Self> + Neg<Output = Self> {
    fn of(x: f64) -> Self;
    fn conj(self) -> Self;
    fn re(self) -> f64;
    fn modulus(self) -> f64;
    /// The cheaper norm by which LAPACK chooses pivots.
    fn abs1(self) -> f64;
    fn scale(self, k: f64) -> Self;
    fn is_zero(self) -> bool {
        self == Self::default()
    }
}

impl Field for f64 {
    fn of(x: f64) -> f64 {
        x
    }
    fn conj(self) -> f64 {
        self
    }
    fn re(self) -> f64 {
        self
    }
    fn modulus(self) -> f64 {
        self.abs()
    }
    fn abs1(self) -> f64 {
        self.abs()
    }
    fn scale(self, k: f64) -> f64 {
        self * k
    }
}

impl Field for Complex<f64> {
    fn of(x: f64) -> Self {
        Complex::real(x)
    }
    fn conj(self) -> Self {
        Complex::conj(self)
    }
    fn re(self) -> f64 {
        self.re
    }
    fn modulus(self) -> f64 {
        self.norm()
    }
    fn abs1(self) -> f64 {
        self.re.abs() + self.im.abs()
    }
    fn scale(self, k: f64) -> Self {
        Complex::scale(self, k)
    }
}

/// A dense matrix, column after column.
#[derive(Clone, Debug)]
pub struct Matrix<T> {
    pub rows: usize,
    pub cols: usize,
    pub data: Vec<T>,
}

impl<T> Index<(usize, usize)> for Matrix<T> {
    type Output = T;
    #[inline]
    fn index(&self, (i, j): (usize, usize)) -> &T {
        &self.data[j * self.rows + i]
    }
}

impl<T> IndexMut<(usize, usize)> for Matrix<T> {
    #[inline]
    fn index_mut(&mut self, (i, j): (usize, usize)) -> &mut T {
        &mut self.data[j * self.rows + i]
    }
}

impl<T: Field> Matrix<T> {
    pub fn zeros(rows: usize, cols: usize) -> Matrix<T> {
        Matrix { rows, cols, data: vec![T::default(); rows * cols] }
    }

    pub fn identity(n: usize) -> Matrix<T> {
        Matrix::from_fn(n, n, |i, j| T::of((i == j) as u8 as f64))
    }

    pub fn from_fn(rows: usize, cols: usize, f: impl Fn(usize, usize) -> T) -> Matrix<T> {
        let mut data = Vec::with_capacity(rows * cols);
        for j in 0..cols {
            data.extend((0..rows).map(|i| f(i, j)));
        }
        Matrix { rows, cols, data }
    }

    /// The conjugate transpose.
    pub fn adjoint(&self) -> Matrix<T> {
        Matrix::from_fn(self.cols, self.rows, |i, j| self[(j, i)].conj())
    }

    pub fn transpose(&self) -> Matrix<T> {
        Matrix::from_fn(self.cols, self.rows, |i, j| self[(j, i)])
    }

    /// The first rows and columns.
    pub fn corner(&self, rows: usize, cols: usize) -> Matrix<T> {
        Matrix::from_fn(rows, cols, |i, j| self[(i, j)])
    }

    pub fn times(&self, o: &Matrix<T>) -> Matrix<T> {
        // C = A B, column-major, is the row-major product C' = B' A'.
        let mut c = Matrix::zeros(self.rows, o.cols);
        let left = gemm::Matrix { data: o.data.as_ptr(), rows: o.rows as isize, cols: 1 };
        let right = gemm::Matrix { data: self.data.as_ptr(), rows: self.rows as isize, cols: 1 };
        // SAFETY: the shapes fit; c is fresh memory.
        unsafe { gemm::gemm(o.cols, self.rows, self.cols, left, right, c.data.as_mut_ptr(), self.rows) }
        c
    }

    pub fn column(&self, j: usize) -> &[T] {
        &self.data[j * self.rows..(j + 1) * self.rows]
    }

    pub fn column_mut(&mut self, j: usize) -> &mut [T] {
        &mut self.data[j * self.rows..(j + 1) * self.rows]
    }

    pub fn swap_rows(&mut self, i: usize, j: usize) {
        for k in 0..self.cols {
            self.data.swap(k * self.rows + i, k * self.rows + j);
        }
    }

    pub fn swap_columns(&mut self, i: usize, j: usize) {
        for k in 0..self.rows {
            self.data.swap(i * self.rows + k, j * self.rows + k);
        }
    }

    /// Elements with `keep(row, column)` stay, others become 0.
    pub fn masked(mut self, keep: impl Fn(usize, usize) -> bool) -> Matrix<T> {
        for j in 0..self.cols {
            for i in 0..self.rows {
                if !keep(i, j) {
                    self[(i, j)] = T::default();
                }
            }
        }
        self
    }

    /// Largest sum of moduli of a column.
    pub fn norm1(&self) -> f64 {
        (0..self.cols).map(|j| self.column(j).iter().map(|v| v.modulus()).sum()).fold(0.0, f64::max)
    }
}

/// The Euclidean norm, scaled against overflow.
pub fn norm2<T: Field>(x: &[T]) -> f64 {
    let top = x.iter().fold(0.0, |m, v| f64::max(m, v.modulus()));
    if top == 0.0 || !top.is_finite() {
        return top;
    }
    let k = 1.0 / top;
    top * Real::sqrt(
        x.iter()
            .map(|v| {
                let m = v.modulus() * k;
                m * m
            })
            .sum::<f64>(),
    )
}

#[cfg(test)]
mod tests;
