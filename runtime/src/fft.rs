//! Discrete Fourier transforms of any length, in double precision.
//!
//! A length whose prime factors are small is split by them (decimation in time); any other is turned into a convolution whose
//! length is a power of two (Bluestein's algorithm).

use crate::element::Complex;
use crate::math::PI;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

type C = Complex<f64>;

/// Prime factors up to this are summed directly.
const DIRECT: usize = 31;

/// What transforms of one length share.
pub struct Plan {
    n: usize,
    factors: Vec<usize>,
    /// `exp(-2 pi i k / n)`
    roots: Vec<C>,
    chirp: Option<Box<Chirp>>,
}

struct Chirp {
    plan: Plan,
    /// `exp(-pi i k^2 / n)`
    wave: Vec<C>,
    /// The transform of the conjugate wave, wrapped around.
    kernel: Vec<C>,
}

/// `exp(-2 pi i k / n)`, exact at the quarters.
fn root(k: usize, n: usize) -> C {
    match (4 * k).checked_div(n).filter(|q| q * n == 4 * k) {
        Some(0) => C::new(1.0, 0.0),
        Some(1) => C::new(0.0, -1.0),
        Some(2) => C::new(-1.0, 0.0),
        Some(3) => C::new(0.0, 1.0),
        _ => C::polar(1.0, -2.0 * PI * (k as f64 / n as f64)),
    }
}

impl Plan {
    /// For transforms of `n` numbers; `n` is at least 1.
    pub fn new(n: usize) -> Plan {
        let (mut factors, mut rest) = (Vec::new(), n);
        for p in core::iter::once(4).chain(2..=DIRECT) {
            while rest % p == 0 {
                factors.push(p);
                rest /= p;
            }
        }
        if rest > 1 {
            return Plan { n, factors: Vec::new(), roots: Vec::new(), chirp: Some(Box::new(Chirp::new(n))) };
        }
        Plan { n, factors, roots: (0..n).map(|k| root(k, n)).collect(), chirp: None }
    }

    /// `out[k]` is the sum of `x[j] exp(-2 pi i j k / n)`.
    pub fn forward(&self, x: &[C], out: &mut [C]) {
        match &self.chirp {
            Some(c) => c.forward(x, out),
            None => self.split(x, 1, &self.factors, out),
        }
    }

    /// The same with `+` in the exponent, and not divided by `n`.
    pub fn backward(&self, x: &[C], out: &mut [C]) {
        let conjugate: Vec<C> = x.iter().map(|v| v.conj()).collect();
        self.forward(&conjugate, out);
        out.iter_mut().for_each(|v| *v = v.conj());
    }

    /// Transforms every `stride`-th number of `x`.
    fn split(&self, x: &[C], stride: usize, factors: &[usize], out: &mut [C]) {
        let n = out.len();
        let Some((&p, rest)) = factors.split_first() else {
            out[0] = x[0];
            return;
        };
        let m = n / p;
        for (q, part) in out.chunks_exact_mut(m).enumerate() {
            self.split(&x[q * stride..], stride * p, rest, part);
        }
        let step = self.n / n;
        let mut t = [C::default(); DIRECT];
        for k in 0..m {
            for q in 0..p {
                t[q] = out[q * m + k] * self.roots[q * k * step];
            }
            match p {
                2 => {
                    out[k] = t[0] + t[1];
                    out[m + k] = t[0] - t[1];
                }
                4 => {
                    let (a, b, c, d) = (t[0] + t[2], t[0] - t[2], t[1] + t[3], t[1] - t[3]);
                    let d = C::new(d.im, -d.re);
                    out[k] = a + c;
                    out[m + k] = b + d;
                    out[2 * m + k] = a - c;
                    out[3 * m + k] = b - d;
                }
                _ => {
                    let turn = self.n / p;
                    for r in 0..p {
                        out[r * m + k] = (1..p).fold(t[0], |sum, q| sum + t[q] * self.roots[q * r % p * turn]);
                    }
                }
            }
        }
    }
}

impl Chirp {
    fn new(n: usize) -> Chirp {
        let m = (2 * n - 1).next_power_of_two();
        let plan = Plan::new(m);
        let wave: Vec<C> = (0..n).map(|k| root((k as u128 * k as u128 % (2 * n) as u128) as usize, 2 * n)).collect();
        let mut around = vec![C::default(); m];
        for (k, w) in wave.iter().enumerate() {
            around[k] = w.conj();
            around[(m - k) % m] = w.conj();
        }
        let mut kernel = vec![C::default(); m];
        plan.forward(&around, &mut kernel);
        Chirp { plan, wave, kernel }
    }

    fn forward(&self, x: &[C], out: &mut [C]) {
        let m = self.kernel.len();
        let (mut a, mut b) = (vec![C::default(); m], vec![C::default(); m]);
        for ((a, x), w) in a.iter_mut().zip(x).zip(&self.wave) {
            *a = *x * *w;
        }
        self.plan.forward(&a, &mut b);
        for (b, k) in b.iter_mut().zip(&self.kernel) {
            *b = *b * *k;
        }
        self.plan.backward(&b, &mut a);
        for ((o, a), w) in out.iter_mut().zip(&a).zip(&self.wave) {
            *o = (*a * *w).scale(1.0 / m as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_agrees_with_the_sum() {
        for n in (1..70).chain([97, 128, 210, 222]) {
            let x: Vec<C> = (0..n).map(|j| C::new((j * j % 7) as f64 - 3.0, (j % 5) as f64)).collect();
            let mut got = vec![C::default(); n];
            Plan::new(n).forward(&x, &mut got);
            for (k, g) in got.iter().enumerate() {
                let want = x
                    .iter()
                    .enumerate()
                    .fold(C::default(), |s, (j, v)| s + *v * C::polar(1.0, -2.0 * PI * (j * k % n) as f64 / n as f64));
                assert!((want - *g).norm() < 1e-10, "{n} {k}");
            }
            let mut back = vec![C::default(); n];
            Plan::new(n).backward(&got, &mut back);
            assert!(back.iter().zip(&x).all(|(b, x)| (b.scale(1.0 / n as f64) - *x).norm() < 1e-12));
        }
    }
}
