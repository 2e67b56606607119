//! Real functions: the C library's, and those that it lacks.

use crate::element::Element;
use core::ops::{Add, AddAssign, Div, Mul, MulAssign, Neg, Rem, Sub, SubAssign};

macro_rules! libm {
    ($($method:ident $single:ident $double:ident;)*) => {
        mod c {
            unsafe extern "C" {
                $( pub safe fn $single(x: f32) -> f32; pub safe fn $double(x: f64) -> f64; )*
                pub safe fn powf(x: f32, y: f32) -> f32;
                pub safe fn pow(x: f64, y: f64) -> f64;
                pub safe fn atan2f(x: f32, y: f32) -> f32;
                pub safe fn atan2(x: f64, y: f64) -> f64;
                pub safe fn hypotf(x: f32, y: f32) -> f32;
                pub safe fn hypot(x: f64, y: f64) -> f64;
                pub safe fn nextafterf(x: f32, y: f32) -> f32;
                pub safe fn nextafter(x: f64, y: f64) -> f64;
                pub safe fn ldexp(x: f64, e: i32) -> f64;
                pub fn frexp(x: f64, e: *mut i32) -> f64;
            }
        }

        /// `f32` and `f64`.
        pub trait Real: Element + PartialOrd + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self>
            + Rem<Output = Self> + Neg<Output = Self> + AddAssign + SubAssign + MulAssign
        {
            const INFINITY: Self;
            const NAN: Self;
            const ZERO: Self;
            const ONE: Self;
            fn of(x: f64) -> Self;
            $( fn $method(self) -> Self; )*
            fn pow(self, y: Self) -> Self;
            fn atan2(self, y: Self) -> Self;
            fn hypot(self, y: Self) -> Self;
            fn nextafter(self, y: Self) -> Self;
            fn abs(self) -> Self;
            fn copysign(self, y: Self) -> Self;
            fn sqrt(self) -> Self;
            fn is_nan(self) -> bool;
            fn is_negative(self) -> bool;
        }

        real!(f32, $($method $single)*; powf, atan2f, hypotf, nextafterf, sqrt_f32);
        real!(f64, $($method $double)*; pow, atan2, hypot, nextafter, sqrt_f64);
    };
}

macro_rules! real {
    ($t:ident, $($method:ident $f:ident)*; $pow:ident, $atan2:ident, $hypot:ident, $next:ident, $sqrt:ident) => {
        impl Real for $t {
            const INFINITY: $t = $t::INFINITY;
            const NAN: $t = $t::NAN;
            const ZERO: $t = 0.0;
            const ONE: $t = 1.0;
            #[inline]
            fn of(x: f64) -> $t { x as $t }
            $( #[inline] fn $method(self) -> $t { c::$f(self) } )*
            #[inline]
            fn pow(self, y: $t) -> $t { c::$pow(self, y) }
            #[inline]
            fn atan2(self, y: $t) -> $t { c::$atan2(self, y) }
            #[inline]
            fn hypot(self, y: $t) -> $t { c::$hypot(self, y) }
            #[inline]
            fn nextafter(self, y: $t) -> $t { c::$next(self, y) }
            #[inline]
            fn abs(self) -> $t { $t::abs(self) }
            #[inline]
            fn copysign(self, y: $t) -> $t { $t::copysign(self, y) }
            #[inline]
            fn sqrt(self) -> $t { $sqrt(self) }
            #[inline]
            fn is_nan(self) -> bool { self != self }
            #[inline]
            fn is_negative(self) -> bool { $t::is_sign_negative(self) }
        }
    };
}

libm! {
    exp expf exp;
    exp2 exp2f exp2;
    exp_m1 expm1f expm1;
    ln logf log;
    log2 log2f log2;
    log10 log10f log10;
    ln_1p log1pf log1p;
    sin sinf sin;
    cos cosf cos;
    tan tanf tan;
    asin asinf asin;
    acos acosf acos;
    atan atanf atan;
    sinh sinhf sinh;
    cosh coshf cosh;
    tanh tanhf tanh;
    asinh asinhf asinh;
    acosh acoshf acosh;
    atanh atanhf atanh;
    erf erff erf;
    erfc erfcf erfc;
    lgamma lgammaf lgamma;
    gamma tgammaf tgamma;
    floor floorf floor;
    ceil ceilf ceil;
    trunc truncf trunc;
    rint rintf rint;
}

/// One instruction, where the C library's function would also set `errno`.
#[cfg(target_arch = "x86_64")]
#[inline]
fn sqrt_f32(x: f32) -> f32 {
    use core::arch::x86_64::*;
    // SAFETY: SSE is part of x86-64.
    unsafe { _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(x))) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn sqrt_f64(x: f64) -> f64 {
    use core::arch::x86_64::*;
    // SAFETY: SSE2 is part of x86-64.
    unsafe { _mm_cvtsd_f64(_mm_sqrt_sd(_mm_setzero_pd(), _mm_set_sd(x))) }
}

#[cfg(not(target_arch = "x86_64"))]
mod root {
    unsafe extern "C" {
        pub safe fn sqrtf(x: f32) -> f32;
        pub safe fn sqrt(x: f64) -> f64;
    }
}
#[cfg(not(target_arch = "x86_64"))]
use root::{sqrt as sqrt_f64, sqrtf as sqrt_f32};

/// `x * 2^e`
pub fn ldexp(x: f64, e: i32) -> f64 {
    c::ldexp(x, e)
}

/// Mantissa in [0.5, 1) and exponent.
pub fn frexp(x: f64) -> (f64, i32) {
    let mut e = 0;
    // SAFETY: writes one int.
    let m = unsafe { c::frexp(x, &mut e) };
    (m, e)
}

pub const PI: f64 = core::f64::consts::PI;

/// Python's `%` of floats.
#[inline]
pub fn modulo<T: Real>(x: T, y: T) -> T {
    let r = x % y;
    if r != T::ZERO && (r < T::ZERO) != (y < T::ZERO) { r + y } else { r }
}

/// Python's `//` of floats, as PyTorch computes it.
#[inline]
pub fn floor_divide<T: Real>(x: T, y: T) -> T {
    if y == T::ZERO {
        return x / y;
    }
    let r = x % y;
    let mut q = (x - r) / y;
    if r != T::ZERO && (y < T::ZERO) != (r < T::ZERO) {
        q -= T::ONE;
    }
    if q == T::ZERO {
        return T::ZERO.copysign(x / y);
    }
    let f = q.floor();
    if q - f > T::of(0.5) { f + T::ONE } else { f }
}

/// `1 / (1 + exp(-x))`
#[inline]
pub fn sigmoid<T: Real>(x: T) -> T {
    T::ONE / (T::ONE + (-x).exp())
}

fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().fold(0.0, |acc, c| acc * x + c)
}

/// Logarithmic derivative of the gamma function; -inf or inf at 0, NaN at negative integers.
pub fn digamma(mut x: f64) -> f64 {
    if x == 0.0 {
        return f64::copysign(f64::INFINITY, -x);
    }
    let mut result = 0.0;
    if x < 0.0 {
        if x == x.trunc() {
            return f64::NAN;
        }
        // Reflection.
        let fraction = x - x.floor();
        return digamma(1.0 - x) - PI / (PI * fraction).tan();
    }
    while x < 10.0 {
        result -= 1.0 / x;
        x += 1.0;
    }
    if x == 10.0 {
        return result + 2.251_752_589_066_721;
    }
    let tail = if x < 1e17 {
        let z = 1.0 / (x * x);
        // Bernoulli numbers B(2k) / 2k, highest first.
        z * polynomial(z, &[1.0 / 12.0, -691.0 / 32760.0, 1.0 / 132.0, -1.0 / 240.0, 1.0 / 252.0, -1.0 / 120.0, 1.0 / 12.0])
    } else {
        0.0
    };
    result + x.ln() - 0.5 / x - tail
}

/// Hurwitz zeta function.
pub fn zeta(x: f64, q: f64) -> f64 {
    if x == 1.0 {
        return f64::INFINITY;
    }
    if x < 1.0 {
        return f64::NAN;
    }
    if q <= 0.0 {
        if q == q.floor() {
            return f64::INFINITY;
        }
        if x != x.floor() {
            return f64::NAN;
        }
    }
    // Euler and Maclaurin: ten terms, then the tail's expansion.
    let mut sum = q.pow(-x);
    let (mut a, mut i, mut b) = (q, 0, 0.0);
    while i < 9 || a <= 9.0 {
        i += 1;
        a += 1.0;
        b = a.pow(-x);
        sum += b;
        if -f64::EPSILON * sum < b && b < f64::EPSILON * sum {
            return sum;
        }
    }
    sum += b * a / (x - 1.0) - 0.5 * b;
    let bernoulli = [
        1.0 / 6.0,
        -1.0 / 30.0,
        1.0 / 42.0,
        -1.0 / 30.0,
        5.0 / 66.0,
        -691.0 / 2730.0,
        7.0 / 6.0,
        -3617.0 / 510.0,
        43867.0 / 798.0,
        -174611.0 / 330.0,
    ];
    let (mut factor, mut fact, mut k) = (1.0, 1.0, 0.0);
    for (j, bern) in bernoulli.iter().enumerate() {
        factor *= x + k;
        b /= a;
        fact *= (2 * j + 2) as f64 * (2 * j + 1).max(1) as f64;
        let t = factor * b * bern / fact;
        sum += t;
        if (t / sum).abs() < f64::EPSILON {
            break;
        }
        k += 1.0;
        factor *= x + k;
        b /= a;
        k += 1.0;
    }
    sum
}

/// Derivative of [`digamma`], with the rounding of the type.
pub fn trigamma<T: Real>(x: T) -> T {
    let (mut x, mut sign, mut sum) = (x, T::ONE, T::ZERO);
    if x < T::of(0.5) {
        let (pi, s) = (T::of(PI), (T::of(PI) * x).sin());
        (sign, sum, x) = (-T::ONE, -(pi * pi) / (s * s), T::ONE - x);
    }
    for _ in 0..6 {
        sum += T::ONE / (x * x);
        x += T::ONE;
    }
    let z = T::ONE / (x * x);
    let tail = z * (T::of(1.0 / 6.0) - z * (T::of(1.0 / 30.0) - z * T::of(1.0 / 42.0)));
    sum += (T::ONE + T::ONE / (x + x) + tail) / x;
    sign * sum
}

/// n-th derivative of [`digamma`].
pub fn polygamma(n: i64, x: f64) -> f64 {
    if n == 0 {
        return digamma(x);
    }
    let sign = if n % 2 == 0 { -1.0 } else { 1.0 };
    sign * Real::gamma(n as f64 + 1.0) * zeta(n as f64 + 1.0, x)
}

/// Inverse of erf: a rational start and two steps of Newton's method.
pub fn erfinv(y: f64) -> f64 {
    if y.is_nan() || y.abs() > 1.0 {
        return f64::NAN;
    }
    if y.abs() == 1.0 {
        return f64::INFINITY.copysign(y);
    }
    let x = if y.abs() <= 0.7 {
        let z = y * y;
        let num = polynomial(z, &[-0.140543331, 0.914624893, -1.645349621, 0.886226899]);
        let den = polynomial(z, &[0.012229801, -0.329097515, 1.442710462, -2.118377725, 1.0]);
        y * num / den
    } else {
        let z = Real::sqrt(-((1.0 - y.abs()) / 2.0).ln());
        let num = polynomial(z, &[1.641345311, 3.429567803, -1.62490649, -1.970840454]);
        let den = polynomial(z, &[1.6370678, 3.543889200, 1.0]);
        (num / den).copysign(y)
    };
    let step = |x: f64| x - (Real::erf(x) - y) / (2.0 / Real::sqrt(PI) * (-x * x).exp());
    step(step(x))
}

/// Modified Bessel function of the first kind, order `n`, times `exp(-|x|)`: the series for small, the expansion for large arguments.
fn bessel_i_scaled(n: i32, x: f64) -> f64 {
    let a = x.abs();
    let sign = if n % 2 == 1 && x < 0.0 { -1.0 } else { 1.0 };
    if a < 20.0 {
        let q = a * a / 4.0;
        let mut term = if n == 0 { 1.0 } else { a / 2.0 };
        let (mut sum, mut k) = (term, 1.0);
        while term > sum * 1e-17 {
            term *= q / (k * (k + n as f64));
            sum += term;
            k += 1.0;
        }
        return sign * sum * (-a).exp();
    }
    let mu = 4.0 * (n * n) as f64;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while k < 30.0 {
        let odd = 2.0 * k - 1.0;
        let next = -term * (mu - odd * odd) / (k * 8.0 * a);
        if next.abs() > term.abs() || next.abs() < 1e-17 {
            break;
        }
        term = next;
        sum += term;
        k += 1.0;
    }
    sign * sum / Real::sqrt(2.0 * PI * a)
}

pub fn i0(x: f64) -> f64 {
    bessel_i_scaled(0, x) * x.abs().exp()
}

pub fn i0e(x: f64) -> f64 {
    bessel_i_scaled(0, x)
}

pub fn i1(x: f64) -> f64 {
    bessel_i_scaled(1, x) * x.abs().exp()
}

pub fn i1e(x: f64) -> f64 {
    bessel_i_scaled(1, x)
}

/// Standard normal distribution function.
pub fn ndtr(x: f64) -> f64 {
    let x = x * core::f64::consts::FRAC_1_SQRT_2;
    if x.abs() < 1.0 {
        0.5 + 0.5 * Real::erf(x)
    } else {
        let tail = 0.5 * Real::erfc(x.abs());
        if x > 0.0 { 1.0 - tail } else { tail }
    }
}

/// Logarithm of [`ndtr`].
pub fn log_ndtr(x: f64) -> f64 {
    let t = x * core::f64::consts::FRAC_1_SQRT_2;
    if x < -1.0 { (erfcx(-t) / 2.0).ln() - t * t } else { (-Real::erfc(t) / 2.0).ln_1p() }
}

/// Inverse of [`ndtr`].
pub fn ndtri(p: f64) -> f64 {
    if p < 1e-3 && p > 0.0 {
        // Newton on the logarithm, which stays accurate in the tail.
        let mut x = -Real::sqrt(-2.0 * p.ln());
        for _ in 0..8 {
            let density = (-x * x / 2.0).exp() / Real::sqrt(2.0 * PI);
            x -= (ndtr(x) - p) / density;
        }
        return x;
    }
    core::f64::consts::SQRT_2 * erfinv(2.0 * p - 1.0)
}

/// `exp(x^2) erfc(x)`
pub fn erfcx(x: f64) -> f64 {
    if x < 20.0 {
        if x < -26.7 {
            return f64::INFINITY;
        }
        return (x * x).exp() * Real::erfc(x);
    }
    // Continued fraction.
    let mut f = x;
    for k in (1..=20).rev() {
        f = x + k as f64 / 2.0 / f;
    }
    1.0 / (Real::sqrt(PI) * f)
}

/// `-x ln x`, 0 at 0, -inf below.
pub fn entr(x: f64) -> f64 {
    match () {
        _ if x.is_nan() => x,
        _ if x > 0.0 => -x * x.ln(),
        _ if x == 0.0 => 0.0,
        _ => f64::NEG_INFINITY,
    }
}

/// Regularised lower incomplete gamma function; `upper` gives its complement.
pub fn igamma(a: f64, x: f64, upper: bool) -> f64 {
    if x < 0.0 || a < 0.0 || (a == 0.0 && x == 0.0) {
        return f64::NAN;
    }
    let pick = |lower: f64| if upper { 1.0 - lower } else { lower };
    if a == 0.0 {
        return pick(1.0);
    }
    if x == 0.0 {
        return pick(0.0);
    }
    if x.is_infinite() || a.is_infinite() {
        return if a.is_infinite() && x.is_infinite() { f64::NAN } else { pick(x.is_infinite() as u8 as f64) };
    }
    let front = (a * x.ln() - x - a.lgamma()).exp();
    if x < a + 1.0 {
        let (mut sum, mut term, mut n) = (1.0 / a, 1.0 / a, a);
        while term.abs() > sum.abs() * 1e-17 {
            n += 1.0;
            term *= x / n;
            sum += term;
        }
        pick(sum * front)
    } else {
        // Lentz's continued fraction of the upper function.
        let tiny = 1e-300;
        let mut b = x + 1.0 - a;
        let mut c = 1.0 / tiny;
        let mut d = 1.0 / b;
        let mut h = d;
        for i in 1..10_000 {
            let an = -(i as f64) * (i as f64 - a);
            b += 2.0;
            d = an * d + b;
            d = 1.0 / if d.abs() < tiny { tiny } else { d };
            c = b + an / c;
            c = if c.abs() < tiny { tiny } else { c };
            h *= d * c;
            if (d * c - 1.0).abs() < 1e-16 {
                break;
            }
        }
        let q = front * h;
        if upper { q } else { 1.0 - q }
    }
}

/// Gelu by the error function.
#[inline]
pub fn gelu<T: Real>(x: T) -> T {
    x * T::of(0.5) * (T::ONE + Real::erf(x * T::of(core::f64::consts::FRAC_1_SQRT_2)))
}

/// Gelu by tanh.
#[inline]
pub fn gelu_tanh<T: Real>(x: T) -> T {
    let inner = T::of(core::f64::consts::SQRT_2 * core::f64::consts::FRAC_2_SQRT_PI * 0.5) * (x + T::of(0.044715) * x * x * x);
    T::of(0.5) * x * (T::ONE + inner.tanh())
}
