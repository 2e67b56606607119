//! Numbers that generated code does not compute inline: complex functions, numbers whose type is known only at run time, and `math`'s
//! functions of integers.

use crate::element::{Complex, Scalar, f64_to_i64};
use crate::math::{self, Real};
use crate::value::{Value, tag};
use crate::{Args, Result};

type C = Complex<f64>;

/// Functions of one number: the operators on complex numbers, and on numbers of any type.
macro_rules! functions {
    ($($op:ident => $f:expr, $of_complex:expr;)*) => {
        operators! {
            $(
                aten::$op.complex => |a: &Args| -> Result<C> { Ok($of_complex(a.complex(0)?)) },
                aten::$op.Scalar => |a: &Args| of_number(a, $f, $of_complex),
            )*
        }
    };
}

functions! {
    acos => Real::acos, C::acos;
    acosh => Real::acosh, C::acosh;
    asin => Real::asin, C::asin;
    asinh => Real::asinh, C::asinh;
    atan => Real::atan, C::atan;
    atanh => Real::atanh, C::atanh;
    cos => Real::cos, C::cos;
    cosh => Real::cosh, C::cosh;
    exp => Real::exp, C::exp;
    log => Real::ln, C::ln;
    log10 => Real::log10, |c: C| c.ln().scale(core::f64::consts::LOG10_E);
    sin => Real::sin, C::sin;
    sinh => Real::sinh, C::sinh;
    sqrt => Real::sqrt, C::sqrt;
    tan => Real::tan, C::tan;
    tanh => Real::tanh, C::tanh;
}

fn of_number(a: &Args, f: fn(f64) -> f64, of_complex: fn(C) -> C) -> Result<Scalar> {
    Ok(match a.scalar(0)? {
        Scalar::Complex(c) => Scalar::Complex(of_complex(c)),
        x => Scalar::Float(f(x.to_f64())),
    })
}

/// More operators; the macro above has taken the name `OPERATORS`.
pub mod more {
    use super::*;

    operators! {
        aten::add => |a: &Args| arithmetic(a, i64::wrapping_add, |x, y| x + y, |x, y| x + y),
        aten::angle.Scalar => angle,
        aten::angle.complex => angle,
        aten::angle.float => angle,
        aten::angle.int => angle,
        aten::atan2.Scalar_Scalar => |a: &Args| pair(a, Real::atan2),
        aten::ceil.Scalar => |a: &Args| rounded(a, libm_ceil),
        aten::copysign => |a: &Args| pair(a, Real::copysign),
        aten::div => |a: &Args| pair(a, |x, y| x / y),
        aten::div.complex => |a: &Args| complex_pair(a, |x, y| x / y),
        aten::divmod.float => divmod,
        aten::divmod.float_int => divmod,
        aten::divmod.int => divmod,
        aten::divmod.int_float => divmod,
        aten::eq => |a: &Args| -> Result<bool> { Ok(equal(a)?) },
        aten::factorial.int => factorial,
        aten::floor.Scalar => |a: &Args| rounded(a, libm_floor),
        aten::floordiv => |a: &Args| -> Result<Scalar> { Ok(divided(a.scalar(0)?, a.scalar(1)?)?.0) },
        aten::frexp => |a: &Args| -> Result<(f64, i64)> { let (m, e) = math::frexp(a.float(0)?); Ok((m, e as i64)) },
        aten::gcd.int => |a: &Args| -> Result<i64> { Ok(gcd(a.int(0)?, a.int(1)?)) },
        aten::ge => |a: &Args| -> Result<bool> { Ok(order(a)?.is_some_and(|o| o.is_ge())) },
        aten::gt => |a: &Args| -> Result<bool> { Ok(order(a)?.is_some_and(|o| o.is_gt())) },
        aten::hash.generic => |a: &Args| -> Result<i64> { hash(a.value(0)?) },
        aten::isfinite.complex => |a: &Args| -> Result<bool> { let c = a.complex(0)?; Ok(c.re.is_finite() && c.im.is_finite()) },
        aten::isinf.complex => |a: &Args| -> Result<bool> { let c = a.complex(0)?; Ok(c.re.is_infinite() || c.im.is_infinite()) },
        aten::isnan.complex => |a: &Args| -> Result<bool> { let c = a.complex(0)?; Ok(c.re.is_nan() || c.im.is_nan()) },
        aten::le => |a: &Args| -> Result<bool> { Ok(order(a)?.is_some_and(|o| o.is_le())) },
        aten::log.Scalar_Scalar => |a: &Args| pair(a, |x, y| Real::ln(x) / Real::ln(y)),
        aten::log.complex_complex => log_base,
        aten::log.complex_float => log_base,
        aten::log.complex_int => log_base,
        aten::log.float_complex => log_base,
        aten::log.int_complex => log_base,
        aten::lt => |a: &Args| -> Result<bool> { Ok(order(a)?.is_some_and(|o| o.is_lt())) },
        aten::modf => |a: &Args| -> Result<(f64, f64)> { Ok(modf(a.float(0)?)) },
        aten::mul => |a: &Args| arithmetic(a, i64::wrapping_mul, |x, y| x * y, |x, y| x * y),
        aten::ne => |a: &Args| -> Result<bool> { Ok(!equal(a)?) },
        aten::neg.Scalar => neg,
        aten::polar.Scalar_Scalar => polar,
        aten::polar.float => polar,
        aten::polar.float_int => polar,
        aten::polar.int => polar,
        aten::polar.int_float => polar,
        aten::pow.Scalar_Scalar => pow_number,
        aten::pow.complex => pow,
        aten::pow.complex_float => pow,
        aten::pow.float_complex => pow,
        aten::remainder => |a: &Args| -> Result<Scalar> { Ok(divided(a.scalar(0)?, a.scalar(1)?)?.1) },
        aten::sub => |a: &Args| arithmetic(a, i64::wrapping_sub, |x, y| x - y, |x, y| x - y),
        prim::abs.Scalar => abs,
        prim::max => |a: &Args| -> Result<Scalar> { Ok(if order(a)?.is_some_and(|o| o.is_gt()) { a.scalar(0)? } else { a.scalar(1)? }) },
        prim::min => |a: &Args| -> Result<Scalar> { Ok(if order(a)?.is_some_and(|o| o.is_lt()) { a.scalar(0)? } else { a.scalar(1)? }) },
    }
}

/// Both numbers as what they meet in: ints (and bools) wrap, then floats, then complex numbers.
fn arithmetic(a: &Args, int: fn(i64, i64) -> i64, float: fn(f64, f64) -> f64, complex: fn(C, C) -> C) -> Result<Scalar> {
    let (x, y) = (a.scalar(0)?, a.scalar(1)?);
    Ok(if x.is_complex() || y.is_complex() {
        Scalar::Complex(complex(x.to(), y.to()))
    } else if x.is_integral() && y.is_integral() {
        Scalar::Int(int(x.to_i64(), y.to_i64()))
    } else {
        Scalar::Float(float(x.to_f64(), y.to_f64()))
    })
}

fn pair(a: &Args, f: fn(f64, f64) -> f64) -> Result<f64> {
    Ok(f(a.scalar(0)?.to_f64(), a.scalar(1)?.to_f64()))
}

fn complex_pair(a: &Args, f: fn(C, C) -> C) -> Result<C> {
    Ok(f(a.complex(0)?, a.complex(1)?))
}

fn libm_floor(x: f64) -> f64 {
    Real::floor(x)
}

fn libm_ceil(x: f64) -> f64 {
    Real::ceil(x)
}

fn rounded(a: &Args, f: fn(f64) -> f64) -> Result<Scalar> {
    let x = a.scalar(0)?;
    Ok(Scalar::Int(if x.is_integral() { x.to_i64() } else { f64_to_i64(f(x.to_f64())) }))
}

fn angle(a: &Args) -> Result<f64> {
    Ok(match a.scalar(0)? {
        Scalar::Complex(c) => c.arg(),
        x if x.to_f64().is_nan() => f64::NAN,
        x if x.to_f64() < 0.0 => core::f64::consts::PI,
        _ => 0.0,
    })
}

/// Floor division and modulo.
fn divided(x: Scalar, y: Scalar) -> Result<(Scalar, Scalar)> {
    if x.is_integral() && y.is_integral() {
        let (x, y) = (x.to_i64(), y.to_i64());
        if y == 0 {
            return Err(err!(ZeroDivision, "division by 0"));
        }
        let (q, r) = (x.wrapping_div(y), x.wrapping_rem(y));
        let down = r != 0 && (r ^ y) < 0;
        return Ok((Scalar::Int(q - down as i64), Scalar::Int(if down { r + y } else { r })));
    }
    let (x, y) = (x.to_f64(), y.to_f64());
    Ok((Scalar::Float(Real::floor(x / y)), Scalar::Float(math::modulo(x, y))))
}

fn divmod(a: &Args) -> Result<(Value, Value)> {
    let (x, y) = (a.scalar(0)?, a.scalar(1)?);
    if y.to_f64() == 0.0 {
        return Err(if y.is_integral() && x.is_integral() {
            err!(ZeroDivision, "integer division or modulo by zero")
        } else {
            err!(ZeroDivision, "float divmod()")
        });
    }
    let (q, r) = divided(x, y)?;
    Ok((q.into(), r.into()))
}

fn equal(a: &Args) -> Result<bool> {
    let (x, y) = (a.scalar(0)?, a.scalar(1)?);
    if x.is_integral() && y.is_integral() {
        return Ok(x.to_i64() == y.to_i64());
    }
    Ok(x.to::<C>() == y.to::<C>())
}

fn order(a: &Args) -> Result<Option<core::cmp::Ordering>> {
    let (x, y) = (a.scalar(0)?, a.scalar(1)?);
    if x.is_integral() && y.is_integral() {
        return Ok(Some(x.to_i64().cmp(&y.to_i64())));
    }
    Ok(x.to_f64().partial_cmp(&y.to_f64()))
}

fn factorial(a: &Args) -> Result<i64> {
    let n = a.int(0)?;
    check!(n >= 0, Value, "factorial() not defined for negative values");
    Ok((1..=n.min(66)).fold(1, i64::wrapping_mul))
}

fn gcd(a: i64, b: i64) -> i64 {
    let (mut a, mut b) = (a.unsigned_abs(), b.unsigned_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a as i64
}

fn modf(x: f64) -> (f64, f64) {
    if x.is_infinite() {
        return (0f64.copysign(x), x);
    }
    let whole = if x < 0.0 { Real::ceil(x) } else { Real::floor(x) };
    ((x - whole).copysign(x), whole.copysign(x))
}

fn log_base(a: &Args) -> Result<C> {
    complex_pair(a, |x, y| x.ln() / y.ln())
}

fn neg(a: &Args) -> Result<Scalar> {
    Ok(match a.scalar(0)? {
        Scalar::Complex(c) => Scalar::Complex(-c),
        Scalar::Float(x) => Scalar::Float(-x),
        x => Scalar::Int(x.to_i64().wrapping_neg()),
    })
}

fn polar(a: &Args) -> Result<C> {
    Ok(C::polar(a.float(0)?, a.float(1)?))
}

fn pow(a: &Args) -> Result<C> {
    Ok(complex_pow(a.scalar(0)?, a.scalar(1)?))
}

/// As C++ computes it for one number: by logarithms, also where squaring would be exact.
fn complex_pow(x: Scalar, y: Scalar) -> C {
    match (x, y) {
        (Scalar::Complex(x), Scalar::Complex(y)) => exp_by_c(y * x.ln()),
        (Scalar::Complex(x), y) if x.im == 0.0 && x.re > 0.0 => C::real(Real::pow(x.re, y.to_f64())),
        (Scalar::Complex(x), y) => {
            let (t, y) = (x.ln(), y.to_f64());
            C::polar(Real::exp(y * t.re), y * t.im)
        }
        (x, y) => {
            let (x, y): (f64, C) = (x.to_f64(), y.to());
            if x > 0.0 { C::polar(Real::pow(x, y.re), y.im * Real::ln(x)) } else { exp_by_c(y * C::real(x).ln()) }
        }
    }
}

/// C's cexp, which knows what infinite real parts mean whatever the angle.
fn exp_by_c(z: C) -> C {
    match (z.re.is_infinite() && !z.im.is_finite(), z.re > 0.0) {
        (false, _) => z.exp(),
        (true, true) => C { re: f64::INFINITY, im: f64::NAN },
        (true, false) => C { re: 0.0, im: 0f64.copysign(z.im) },
    }
}

fn pow_number(a: &Args) -> Result<Scalar> {
    let (x, y) = (a.scalar(0)?, a.scalar(1)?);
    Ok(if x.is_complex() || y.is_complex() {
        Scalar::Complex(complex_pow(x, y))
    } else {
        Scalar::Float(Real::pow(x.to_f64(), y.to_f64()))
    })
}

fn abs(a: &Args) -> Result<Scalar> {
    Ok(match a.scalar(0)? {
        Scalar::Complex(c) => Scalar::Float(c.norm()),
        Scalar::Float(x) => Scalar::Float(x.abs()),
        x => Scalar::Int(x.to_i64().wrapping_abs()),
    })
}

/// `hash(value)`: the numbers that PyTorch gives, since archives hold some as constants; tensors and objects count by identity.
fn hash(v: &Value) -> Result<i64> {
    if let Some(t) = v.as_tuple() {
        let mut h = 0u64;
        for item in t.items() {
            let item = hash(item)? as u64;
            h ^= item.wrapping_add(0x9e37_79b9).wrapping_add(h << 6).wrapping_add(h >> 2);
        }
        return Ok(h as i64);
    }
    match v.tag {
        tag::LIST | tag::DICT => Err(err!(Type, "unhashable type: '{}'", v.kind_name())),
        tag::INT | tag::BOOL => Ok(v.payload as i64),
        tag::FLOAT => {
            let x = f64::from_bits(v.payload);
            Ok(if x == 0.0 { 0 } else { hash_bytes(&x.to_le_bytes()) })
        }
        _ => Ok(v.as_bytes().map_or(crate::dict::hash(v) as i64, hash_bytes)),
    }
}

/// MurmurHash2 for 64 bits as GNU's C++ library has it, with its seed.
fn hash_bytes(bytes: &[u8]) -> i64 {
    const MUL: u64 = 0xc6a4_a793_5bd1_e995;
    let mix = |v: u64| v ^ (v >> 47);
    let word = |part: &[u8]| part.iter().rev().fold(0u64, |w, b| w << 8 | *b as u64);
    let mut h = 0xc70f_6907 ^ (bytes.len() as u64).wrapping_mul(MUL);
    let blocks = bytes.chunks_exact(8);
    let tail = blocks.remainder();
    for block in blocks {
        h = (h ^ mix(word(block).wrapping_mul(MUL)).wrapping_mul(MUL)).wrapping_mul(MUL);
    }
    if !tail.is_empty() {
        h = (h ^ word(tail)).wrapping_mul(MUL);
    }
    mix(mix(h).wrapping_mul(MUL)) as i64
}
