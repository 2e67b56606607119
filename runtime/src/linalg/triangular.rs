//! Systems with triangular matrices.

use super::{Field, Matrix};

/// The matrix itself, its transpose or its conjugate transpose.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Op {
    Plain,
    Transposed,
    Adjoint,
}

/// Overwrites `b` by the solution of `op(A) X = B`; only A's `upper` or lower triangle is read, without its diagonal if `unit`.
pub fn solve<T: Field>(a: &Matrix<T>, b: &mut Matrix<T>, upper: bool, unit: bool, op: Op) {
    let n = a.cols;
    let at = |i: usize, j: usize| match op {
        Op::Plain => a[(i, j)],
        Op::Transposed => a[(j, i)],
        Op::Adjoint => a[(j, i)].conj(),
    };
    // The triangle that op(A) has.
    let backward = upper == (op == Op::Plain);
    for c in 0..b.cols {
        let x = b.column_mut(c);
        for step in 0..n {
            let k = if backward { n - 1 - step } else { step };
            if !unit {
                x[k] = x[k] / at(k, k);
            }
            let v = x[k];
            let rest = if backward { 0..k } else { k + 1..n };
            for i in rest {
                x[i] = x[i] - at(i, k) * v;
            }
        }
    }
}

/// `L U X = P B` and its transposed forms, given the factors of [`super::lu`].
pub fn solve_lu<T: Field>(lu: &Matrix<T>, pivots: &[i32], b: &mut Matrix<T>, op: Op) {
    let swap = |b: &mut Matrix<T>, i: usize| {
        let p = pivots[i] as usize - 1;
        if p != i {
            b.swap_rows(p, i);
        }
    };
    if op == Op::Plain {
        (0..pivots.len()).for_each(|i| swap(b, i));
        solve(lu, b, false, true, op);
        solve(lu, b, true, false, op);
    } else {
        solve(lu, b, true, false, op);
        solve(lu, b, false, true, op);
        (0..pivots.len()).rev().for_each(|i| swap(b, i));
    }
}
