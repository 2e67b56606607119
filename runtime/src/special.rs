//! Bessel and Airy functions, orthogonal polynomials.

use crate::math::{PI, Real};

const EULER: f64 = 0.577_215_664_901_532_9;

mod c {
    unsafe extern "C" {
        pub safe fn j0(x: f64) -> f64;
        pub safe fn j1(x: f64) -> f64;
        pub safe fn y0(x: f64) -> f64;
        pub safe fn y1(x: f64) -> f64;
    }
}

pub fn bessel_j0(x: f64) -> f64 {
    c::j0(x)
}

pub fn bessel_j1(x: f64) -> f64 {
    c::j1(x)
}

fn second_kind(x: f64, f: impl Fn(f64) -> f64) -> f64 {
    match () {
        _ if x == 0.0 => f64::NEG_INFINITY,
        _ if x < 0.0 => f64::NAN,
        _ => f(x),
    }
}

pub fn bessel_y0(x: f64) -> f64 {
    second_kind(x, |x| c::y0(x))
}

pub fn bessel_y1(x: f64) -> f64 {
    second_kind(x, |x| c::y1(x))
}

pub fn spherical_bessel_j0(x: f64) -> f64 {
    match () {
        _ if x.is_infinite() => 0.0,
        _ if x == 0.0 => 1.0,
        _ => Real::sin(x) / x,
    }
}

/// `exp(x) K(order, x)` for x not small: the trapezoidal rule on its integral over a line, which converges exponentially.
fn bessel_k_integral(order: f64, x: f64) -> f64 {
    let h = (0.5 / Real::sqrt(x)).min(0.2);
    let (mut sum, mut t) = (0.5, h);
    loop {
        // cosh t - 1 without cancellation.
        let s = Real::sinh(t * 0.5);
        let term = Real::exp(-2.0 * x * s * s) * Real::cosh(order * t);
        sum += term;
        t += h;
        if !(term > sum * 1e-18) {
            return sum * h;
        }
    }
}

/// `exp(x) K(order, x)` of order 0 or 1.
fn bessel_k_scaled(order: u32, x: f64) -> f64 {
    match () {
        _ if x == 0.0 => return f64::INFINITY,
        _ if x < 0.0 => return f64::NAN,
        _ if x > 2.0 => return if x.is_infinite() { 0.0 } else { bessel_k_integral(order as f64, x) },
        _ => {}
    }
    // The series around 0, with the harmonic numbers that the logarithm leaves.
    let (q, log) = (x * x / 4.0, Real::ln(x / 2.0));
    let (mut term, mut harmonic, mut sum, mut k) = (1.0, 0.0, 0.0, 0.0);
    while k < 30.0 {
        if order == 0 {
            sum += term * (harmonic - EULER - log);
            term *= q / ((k + 1.0) * (k + 1.0));
        } else {
            let psi = 2.0 * harmonic + 1.0 / (k + 1.0) - 2.0 * EULER;
            sum += term * (log - psi / 2.0) * x / 2.0;
            term *= q / ((k + 1.0) * (k + 2.0));
        }
        k += 1.0;
        harmonic += 1.0 / k;
    }
    (if order == 0 { sum } else { 1.0 / x + sum }) * Real::exp(x)
}

pub fn scaled_modified_bessel_k0(x: f64) -> f64 {
    bessel_k_scaled(0, x)
}

pub fn scaled_modified_bessel_k1(x: f64) -> f64 {
    bessel_k_scaled(1, x)
}

pub fn modified_bessel_k0(x: f64) -> f64 {
    if x == f64::INFINITY { 0.0 } else { bessel_k_scaled(0, x) * Real::exp(-x) }
}

pub fn modified_bessel_k1(x: f64) -> f64 {
    if x == f64::INFINITY { 0.0 } else { bessel_k_scaled(1, x) * Real::exp(-x) }
}

pub fn airy_ai(x: f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let zeta = 2.0 / 3.0 * x.abs() * Real::sqrt(x.abs());
    if x > 1.0 {
        return Real::sqrt(x / 3.0) / PI * bessel_k_integral(1.0 / 3.0, zeta) * Real::exp(-zeta);
    }
    if x > -8.0 {
        // Ai(0) f(x) + Ai'(0) g(x)
        let cube = x * x * x;
        let (mut f, mut g, mut k) = (1.0, x, 0.0);
        let (mut sum_f, mut sum_g) = (f, g);
        while k < 60.0 {
            k += 1.0;
            f *= cube / ((3.0 * k - 1.0) * 3.0 * k);
            g *= cube / (3.0 * k * (3.0 * k + 1.0));
            sum_f += f;
            sum_g += g;
        }
        return 0.355_028_053_887_817_24 * sum_f - 0.258_819_403_792_806_8 * sum_g;
    }
    // The oscillating expansion: even terms go with the cosine, odd ones with the sine.
    let (mut term, mut even, mut odd, mut k) = (1.0, 1.0, 0.0, 0.0);
    while k < 40.0 {
        k += 1.0;
        let next: f64 = term * (6.0 * k - 5.0) * (6.0 * k - 1.0) / (72.0 * k * zeta);
        if next.abs() > f64::abs(term) {
            break;
        }
        term = next;
        let sign = if (k as i64 / 2) % 2 == 0 { 1.0 } else { -1.0 };
        if k as i64 % 2 == 0 { even += sign * term } else { odd += sign * term }
    }
    let phase = zeta - PI / 4.0;
    (even * Real::cos(phase) + odd * Real::sin(phase)) / (Real::sqrt(PI) * Real::sqrt(Real::sqrt(-x)))
}

/// `p(n)` from `p(0)`, `p(1)` and `next(k, p(k), p(k - 1))`, which is `p(k + 1)`; 0 for negative n.
fn recurrence<T: Real>(n: T, first: T, second: T, next: impl Fn(T, T, T) -> T) -> T {
    let n = n.to_i64();
    match n {
        i64::MIN..=-1 => return T::ZERO,
        0 => return first,
        _ => {}
    }
    let (mut p, mut q) = (first, second);
    let mut k = 1;
    while k < n && !q.is_nan() {
        (p, q) = (q, next(T::of(k as f64), q, p));
        k += 1;
    }
    q
}

/// Of degree n at x: by angles inside the interval, else by recurrence from `second`.
fn chebyshev<T: Real>(x: T, n: T, second: T, inside: impl Fn(T, T) -> T) -> T {
    let whole = n.trunc();
    if whole > T::of(8.0) && x.abs() < T::ONE {
        return inside(whole, x.acos());
    }
    recurrence(n, T::ONE, second, |_, q, p| (x + x) * q - p)
}

pub fn chebyshev_t<T: Real>(x: T, n: T) -> T {
    if x.abs() == T::ONE && n >= T::ONE {
        return if x > T::ZERO || n.trunc() % T::of(2.0) == T::ZERO { T::ONE } else { -T::ONE };
    }
    chebyshev(x, n, x, |n, t| (n * t).cos())
}
pub fn chebyshev_u<T: Real>(x: T, n: T) -> T {
    chebyshev(x, n, x + x, |n, t| ((n + T::ONE) * t).sin() / t.sin())
}
pub fn chebyshev_v<T: Real>(x: T, n: T) -> T {
    let half = T::of(0.5);
    chebyshev(x, n, x + x - T::ONE, |n, t| ((n + half) * t).cos() / (t * half).cos())
}
pub fn chebyshev_w<T: Real>(x: T, n: T) -> T {
    let half = T::of(0.5);
    chebyshev(x, n, x + x + T::ONE, |n, t| ((n + half) * t).sin() / (t * half).sin())
}
pub fn hermite_h<T: Real>(x: T, n: T) -> T {
    recurrence(n, T::ONE, x + x, |k, q, p| (x + x) * q - (k + k) * p)
}
pub fn hermite_he<T: Real>(x: T, n: T) -> T {
    // As a fused operation rounds it: x q enters exactly.
    recurrence(n, T::ONE, x, |k, q, p| T::of(x.to_f64() * q.to_f64() - (k * p).to_f64()))
}
pub fn laguerre_l<T: Real>(x: T, n: T) -> T {
    recurrence(n, T::ONE, T::ONE - x, |k, q, p| ((k + k + (T::ONE - x)) * q - k * p) / (k + T::ONE))
}
pub fn legendre_p<T: Real>(x: T, n: T) -> T {
    recurrence(n, T::ONE, x, |k, q, p| ((k + k + T::ONE) * x * q - k * p) / (k + T::ONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-9 * b.abs().max(1e-3), "{a} {b}");
    }

    #[test]
    fn known_values() {
        close(modified_bessel_k0(0.1), 2.427_069_024_702_017);
        close(modified_bessel_k0(5.0), 0.003_691_098_334_042_594);
        close(modified_bessel_k1(0.5), 1.656_441_120_003_301);
        close(modified_bessel_k1(2.5), 0.073_890_816_347_747_05);
        close(airy_ai(0.0), 0.355_028_053_887_817_2);
        close(airy_ai(2.0), 0.034_924_130_423_274_38);
        close(airy_ai(-5.0), 0.350_761_009_024_114_2);
        close(airy_ai(-9.5), 0.319_103_247_719_121_65);
        close(legendre_p(0.5, 3.0), -0.4375);
        close(hermite_h(2.0, 3.0), 40.0);
        close(chebyshev_u(0.3, 12.0), recurrence(12.0, 1.0, 0.6, |_, q, p| 0.6 * q - p));
    }
}
