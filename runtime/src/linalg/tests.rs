//! Factors multiply back to the matrix, real and complex.

use super::*;
use crate::element::Complex;

type C = Complex<f64>;

fn real(rows: usize, cols: usize, seed: usize) -> Matrix<f64> {
    Matrix::from_fn(rows, cols, |i, j| ((i * 7 + j * 13 + seed * 5) % 17) as f64 / 8.0 - 1.0 + (i == j) as u8 as f64)
}

fn complex(rows: usize, cols: usize, seed: usize) -> Matrix<C> {
    let (a, b) = (real(rows, cols, seed), real(rows, cols, seed + 3));
    Matrix::from_fn(rows, cols, |i, j| C::new(a[(i, j)], b[(i, j)]))
}

fn assert_same<T: Field>(a: &Matrix<T>, b: &Matrix<T>) {
    assert_eq!((a.rows, a.cols), (b.rows, b.cols));
    for (x, y) in a.data.iter().zip(&b.data) {
        assert!((*x - *y).modulus() < 1e-10);
    }
}

fn unitary<T: Field>(q: &Matrix<T>) {
    assert_same(&q.adjoint().times(q), &Matrix::identity(q.cols));
}

fn every<T: Field>(make: fn(usize, usize, usize) -> Matrix<T>) {
    for (m, n) in [(1, 1), (2, 2), (5, 5), (7, 3), (3, 7), (4, 3), (3, 4), (12, 12), (1, 4), (4, 1), (20, 11)] {
        let a = make(m, n, m + n);
        let mut f = a.clone();
        let taus = householder::qr(&mut f);
        let q = householder::q(&f, &taus, m);
        unitary(&q);
        assert_same(&q.times(&f.clone().masked(|i, j| i <= j)), &a);
        let mut c = a.clone();
        householder::multiply(&f, &taus, &mut c, true, true);
        assert_same(&c, &f.masked(|i, j| i <= j));
        for full in [true, false] {
            let d = svd::svd(&a, full, f64::EPSILON / 2.0);
            assert_eq!(d.info, 0);
            unitary(&d.u);
            unitary(&d.vh.adjoint());
            let k = d.s.len();
            let s = Matrix::from_fn(d.u.cols, d.vh.rows, |i, j| if i == j && i < k { T::of(d.s[i]) } else { T::default() });
            assert_same(&d.u.times(&s).times(&d.vh), &a);
            assert!(d.s.windows(2).all(|w| w[0] >= w[1]) && d.s.iter().all(|s| *s >= 0.0));
        }
        if m != n {
            continue;
        }
        let l = lu::factor(a.clone());
        let mut x = Matrix::identity(n);
        triangular::solve_lu(&l.factors, &l.pivots, &mut x, triangular::Op::Plain);
        assert_same(&a.times(&x), &Matrix::identity(n));
        let h = Matrix::from_fn(n, n, |i, j| a[(i, j)] + a[(j, i)].conj());
        for upper in [false, true] {
            let e = tridiagonal::eigen(&h, upper, f64::EPSILON / 2.0);
            unitary(&e.vectors);
            let d = Matrix::from_fn(n, n, |i, j| if i == j { T::of(e.values[i]) } else { T::default() });
            assert_same(&e.vectors.times(&d).times(&e.vectors.adjoint()), &h);
        }
        let s = Matrix::from_fn(n, n, |i, j| a[(i, j)] + a[(j, i)]);
        for (m, hermitian) in [(h, true), (s, false)] {
            let f = ldl::factor(m.clone(), hermitian);
            let mut x = Matrix::identity(n);
            ldl::solve(&f.factors, &f.pivots, &mut x, hermitian);
            assert_same(&m.times(&x), &Matrix::identity(n));
        }
        let p = a.times(&a.adjoint());
        let (l, info) = cholesky::factor(&p);
        assert_eq!(info, 0);
        assert_same(&l.times(&l.adjoint()), &p);
    }
}

#[test]
fn factors_multiply_back() {
    every(real);
    every(complex);
}

#[test]
fn eigenvectors_are_eigenvectors() {
    for n in [1, 2, 3, 5, 8, 15] {
        for seed in 0..4 {
            let (a, b) = (real(n, n, seed), complex(n, n, seed));
            let lifted = Matrix::from_fn(n, n, |i, j| C::real(a[(i, j)]));
            for (m, e) in [(lifted, schur::eigen(&a, f64::EPSILON)), (b.clone(), schur_complex::eigen(&b, f64::EPSILON))] {
                assert_eq!(e.info, 0);
                let d = Matrix::from_fn(n, n, |i, j| if i == j { e.values[i] } else { C::default() });
                assert_same(&m.times(&e.vectors), &e.vectors.times(&d));
                assert!((0..n).all(|j| (norm2(e.vectors.column(j)) - 1.0).abs() < 1e-12));
            }
        }
    }
}

#[test]
fn exponentials_multiply() {
    let a = complex(4, 4, 1);
    let minus = Matrix::from_fn(4, 4, |i, j| -a[(i, j)]);
    assert_same(&exponential::exponential(&a).times(&exponential::exponential(&minus)), &Matrix::identity(4));
}
