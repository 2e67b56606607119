//! `math` and `cmath`.

use std::rc::Rc;

use num_bigint::BigInt;
use num_complex::Complex64;
use num_traits::Signed;

use super::{function, objects::first};
use crate::eval::{interp::Interp, number::Num, object::*, raise::R};

unsafe extern "C" {
    safe fn erf(x: f64) -> f64;
    safe fn erfc(x: f64) -> f64;
    safe fn tgamma(x: f64) -> f64;
    safe fn lgamma(x: f64) -> f64;
    safe fn sin(x: f64) -> f64;
    safe fn cos(x: f64) -> f64;
    safe fn tan(x: f64) -> f64;
    safe fn asin(x: f64) -> f64;
    safe fn acos(x: f64) -> f64;
    safe fn atan(x: f64) -> f64;
    safe fn sinh(x: f64) -> f64;
    safe fn cosh(x: f64) -> f64;
    safe fn tanh(x: f64) -> f64;
    safe fn asinh(x: f64) -> f64;
    safe fn acosh(x: f64) -> f64;
    safe fn atanh(x: f64) -> f64;
    safe fn exp(x: f64) -> f64;
    safe fn expm1(x: f64) -> f64;
    safe fn log(x: f64) -> f64;
    safe fn log2(x: f64) -> f64;
    safe fn log10(x: f64) -> f64;
    safe fn log1p(x: f64) -> f64;
    safe fn sqrt(x: f64) -> f64;
    safe fn cbrt(x: f64) -> f64;
    safe fn exp2(x: f64) -> f64;
    safe fn atan2(y: f64, x: f64) -> f64;
    safe fn hypot(x: f64, y: f64) -> f64;
    safe fn fmod(x: f64, y: f64) -> f64;
    safe fn pow(x: f64, y: f64) -> f64;
    safe fn remainder(x: f64, y: f64) -> f64;
    safe fn nextafter(x: f64, y: f64) -> f64;
}

type F1 = extern "C" fn(f64) -> f64;

fn float_arg(i: &Interp, a: &Args, n: usize) -> R<f64> {
    match a.pos.get(n) {
        Some(o) => i.as_float(o),
        None => i.type_error(format!("expected {} arguments, got {}", n + 1, a.pos.len())),
    }
}

/// Errors as CPython's `math` raises them.
fn checked(i: &Interp, args: &[f64], r: f64) -> R<Obj> {
    if r.is_nan() && !args.iter().any(|a| a.is_nan()) {
        return i.value_error("math domain error");
    }
    if r.is_infinite() && args.iter().all(|a| a.is_finite()) {
        return i.raise("OverflowError", "math range error");
    }
    Ok(Obj::Float(r))
}

fn logarithm(i: &Interp, x: &Obj, f: F1, scale: f64) -> R<f64> {
    if let Some(Num::Big(b)) = Num::of(&x.unwrapped())
        && b.is_positive()
    {
        let shift = b.bits().saturating_sub(60);
        let head: BigInt = &b >> shift;
        return Ok(f(i.as_float(&Obj::int(head))?) + shift as f64 * scale);
    }
    let v = i.as_float(x)?;
    if v <= 0.0 {
        return i.value_error("math domain error");
    }
    Ok(f(v))
}

fn big(i: &Interp, o: &Obj) -> R<BigInt> {
    match Num::of(&o.unwrapped()) {
        Some(Num::Int(v)) => Ok(BigInt::from(v)),
        Some(Num::Big(b)) => Ok(b),
        _ => i.type_error(format!("'{}' object cannot be interpreted as an integer", i.type_name(o))),
    }
}

fn gcd(mut a: BigInt, mut b: BigInt) -> BigInt {
    while b != BigInt::from(0) {
        (a, b) = (b.clone(), a % b);
    }
    a.abs()
}

pub fn math(_: &Interp, m: &Rc<ModuleObj>) {
    for (name, v) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        m.dict.set_str(name, Obj::Float(v));
    }
    let plain: &[(&str, F1)] = &[
        ("sin", sin),
        ("cos", cos),
        ("tan", tan),
        ("asin", asin),
        ("acos", acos),
        ("atan", atan),
        ("sinh", sinh),
        ("cosh", cosh),
        ("tanh", tanh),
        ("asinh", asinh),
        ("acosh", acosh),
        ("atanh", atanh),
        ("exp", exp),
        ("exp2", exp2),
        ("expm1", expm1),
        ("log1p", log1p),
        ("sqrt", sqrt),
        ("cbrt", cbrt),
        ("erf", erf),
        ("erfc", erfc),
        ("gamma", tgamma),
        ("lgamma", lgamma),
    ];
    for (name, f) in plain {
        function(m, name, move |i, a| {
            let x = float_arg(i, &a, 0)?;
            checked(i, &[x], f(x))
        });
    }
    type F2 = extern "C" fn(f64, f64) -> f64;
    let two: &[(&str, F2)] =
        &[("atan2", atan2), ("fmod", fmod), ("pow", pow), ("remainder", remainder), ("nextafter", nextafter)];
    for (name, f) in two {
        function(m, name, move |i, a| {
            let (x, y) = (float_arg(i, &a, 0)?, float_arg(i, &a, 1)?);
            checked(i, &[x, y], f(x, y))
        });
    }
    function(m, "copysign", |i, a| Ok(Obj::Float(float_arg(i, &a, 0)?.copysign(float_arg(i, &a, 1)?))));
    function(m, "fabs", |i, a| Ok(Obj::Float(float_arg(i, &a, 0)?.abs())));
    function(m, "degrees", |i, a| Ok(Obj::Float(float_arg(i, &a, 0)? * (180.0 / std::f64::consts::PI))));
    function(m, "radians", |i, a| Ok(Obj::Float(float_arg(i, &a, 0)? * (std::f64::consts::PI / 180.0))));
    function(m, "log", |i, a| {
        let v = logarithm(i, &first(i, &a)?, log, std::f64::consts::LN_2)?;
        match a.pos.get(1) {
            Some(b) => {
                let b = logarithm(i, b, log, std::f64::consts::LN_2)?;
                if b == 0.0 { i.raise("ZeroDivisionError", "division by zero") } else { Ok(Obj::Float(v / b)) }
            }
            None => Ok(Obj::Float(v)),
        }
    });
    function(m, "log2", |i, a| Ok(Obj::Float(logarithm(i, &first(i, &a)?, log2, 1.0)?)));
    function(m, "log10", |i, a| Ok(Obj::Float(logarithm(i, &first(i, &a)?, log10, std::f64::consts::LOG10_2)?)));
    type Round = fn(f64) -> f64;
    let rounds: &[(&str, &str, Round)] =
        &[("floor", "__floor__", f64::floor), ("ceil", "__ceil__", f64::ceil), ("trunc", "__trunc__", f64::trunc)];
    for (name, special, f) in rounds {
        function(m, name, move |i, a| {
            let x = first(i, &a)?;
            match x.unwrapped() {
                v @ (Obj::Int(_) | Obj::Big(_)) => Ok(v),
                Obj::Bool(b) => Ok(Obj::Int(b as i64)),
                _ => {
                    if let Some(m) = i.user_special(&x, special)? {
                        return i.call(&m, Args::default());
                    }
                    let v = i.as_float(&x)?;
                    i.float_to_int(f(v))
                }
            }
        });
    }
    function(m, "isnan", |i, a| Ok(Obj::Bool(float_arg(i, &a, 0)?.is_nan())));
    function(m, "isinf", |i, a| Ok(Obj::Bool(float_arg(i, &a, 0)?.is_infinite())));
    function(m, "isfinite", |i, a| Ok(Obj::Bool(float_arg(i, &a, 0)?.is_finite())));
    function(m, "isclose", |i, mut a| {
        let rel = a.take_kw("rel_tol").map_or(Ok(1e-9), |v| i.as_float(&v))?;
        let abs = a.take_kw("abs_tol").map_or(Ok(0.0), |v| i.as_float(&v))?;
        let (x, y) = (float_arg(i, &a, 0)?, float_arg(i, &a, 1)?);
        let close = x == y || (x.is_finite() && y.is_finite() && (x - y).abs() <= (rel * x.abs().max(y.abs())).max(abs));
        Ok(Obj::Bool(close))
    });
    function(m, "hypot", |i, a| {
        let mut h = 0.0;
        for n in 0..a.pos.len() {
            h = if n == 0 { float_arg(i, &a, 0)?.abs() } else { hypot(h, float_arg(i, &a, n)?) };
        }
        Ok(Obj::Float(h))
    });
    function(m, "dist", |i, a| {
        let (p, q) = (i.collect(&first(i, &a)?)?, i.collect(a.pos.get(1).unwrap_or(&Obj::None))?);
        let mut s = 0.0;
        for (x, y) in p.iter().zip(&q) {
            s = hypot(s, i.as_float(x)? - i.as_float(y)?);
        }
        Ok(Obj::Float(s))
    });
    function(m, "gcd", |i, a| {
        let mut g = BigInt::from(0);
        for o in &a.pos {
            g = gcd(g, big(i, o)?);
        }
        Ok(Obj::int(g))
    });
    function(m, "lcm", |i, a| {
        let mut g = BigInt::from(1);
        for o in &a.pos {
            let x = big(i, o)?;
            let d = gcd(g.clone(), x.clone());
            g = if d == BigInt::from(0) { d } else { (g * x / d).abs() };
        }
        Ok(Obj::int(g))
    });
    function(m, "factorial", |i, a| {
        let n = i.as_index(&first(i, &a)?)?;
        if !(0..=5000).contains(&n) {
            return i.value_error("factorial() not defined for negative values or too large");
        }
        Ok(Obj::int((1..=n).fold(BigInt::from(1), |acc, k| acc * k)))
    });
    function(m, "comb", |i, a| {
        let (n, k) = (i.as_index(&first(i, &a)?)?, i.as_index(a.pos.get(1).unwrap_or(&Obj::None))?);
        if n < 0 || k < 0 {
            return i.value_error("n must be a non-negative integer");
        }
        if k > n {
            return Ok(Obj::Int(0));
        }
        let k = k.min(n - k);
        Ok(Obj::int((0..k).fold(BigInt::from(1), |acc, j| acc * (n - j) / (j + 1))))
    });
    function(m, "perm", |i, a| {
        let n = i.as_index(&first(i, &a)?)?;
        let k = a.pos.get(1).map_or(Ok(n), |k| i.as_index(k))?;
        Ok(if k > n { Obj::Int(0) } else { Obj::int((0..k).fold(BigInt::from(1), |acc, j| acc * (n - j))) })
    });
    function(m, "isqrt", |i, a| {
        let b = big(i, &first(i, &a)?)?;
        if b.is_negative() { i.value_error("isqrt() argument must be nonnegative") } else { Ok(Obj::int(b.sqrt())) }
    });
    function(m, "prod", |i, mut a| {
        let mut p = a.take_kw("start").unwrap_or(Obj::Int(1));
        for v in i.collect(&first(i, &a)?)? {
            p = i.binary(crate::syntax::BinOp::Mul, &p, &v)?;
        }
        Ok(p)
    });
    function(m, "fsum", |i, a| {
        // Shewchuk's exact partial sums.
        let mut partials: Vec<f64> = Vec::new();
        for v in i.collect(&first(i, &a)?)? {
            let mut x = i.as_float(&v)?;
            let mut kept = 0;
            for k in 0..partials.len() {
                let mut y = partials[k];
                if x.abs() < y.abs() {
                    std::mem::swap(&mut x, &mut y);
                }
                let hi = x + y;
                let lo = y - (hi - x);
                if lo != 0.0 {
                    partials[kept] = lo;
                    kept += 1;
                }
                x = hi;
            }
            partials.truncate(kept);
            partials.push(x);
        }
        Ok(Obj::Float(partials.iter().rev().sum()))
    });
    function(m, "modf", |i, a| {
        let x = float_arg(i, &a, 0)?;
        Ok(Obj::tuple(vec![Obj::Float(x.fract()), Obj::Float(x.trunc())]))
    });
    function(m, "frexp", |i, a| {
        let x = float_arg(i, &a, 0)?;
        if x == 0.0 || !x.is_finite() {
            return Ok(Obj::tuple(vec![Obj::Float(x), Obj::Int(0)]));
        }
        let e = x.abs().log2().floor() as i32 + 1;
        let mut mant = x / 2f64.powi(e);
        let mut e = e;
        if mant.abs() >= 1.0 {
            mant /= 2.0;
            e += 1;
        } else if mant.abs() < 0.5 {
            mant *= 2.0;
            e -= 1;
        }
        Ok(Obj::tuple(vec![Obj::Float(mant), Obj::Int(e as i64)]))
    });
    function(m, "ldexp", |i, a| {
        let e = i.as_index(a.pos.get(1).unwrap_or(&Obj::None))?.clamp(-3000, 3000) as i32;
        let x = float_arg(i, &a, 0)?;
        let half = e / 2;
        checked(i, &[x], x * 2f64.powi(half) * 2f64.powi(e - half))
    });
}

pub fn cmath(_: &Interp, m: &Rc<ModuleObj>) {
    for (name, v) in [
        ("pi", std::f64::consts::PI),
        ("e", std::f64::consts::E),
        ("tau", std::f64::consts::TAU),
        ("inf", f64::INFINITY),
        ("nan", f64::NAN),
    ] {
        m.dict.set_str(name, Obj::Float(v));
    }
    fn arg(i: &Interp, a: &Args) -> R<Complex64> {
        match first(i, a)?.unwrapped() {
            Obj::Complex(c) => Ok(c),
            o => Ok(Complex64::new(i.as_float(&o)?, 0.0)),
        }
    }
    type C1 = fn(Complex64) -> Complex64;
    let plain: &[(&str, C1)] = &[
        ("exp", |c| c.exp()),
        ("sqrt", |c| c.sqrt()),
        ("sin", |c| c.sin()),
        ("cos", |c| c.cos()),
        ("tan", |c| c.tan()),
        ("sinh", |c| c.sinh()),
        ("cosh", |c| c.cosh()),
        ("tanh", |c| c.tanh()),
        ("asin", |c| c.asin()),
        ("acos", |c| c.acos()),
        ("atan", |c| c.atan()),
        ("asinh", |c| c.asinh()),
        ("acosh", |c| c.acosh()),
        ("atanh", |c| c.atanh()),
        ("log10", |c| c.log10()),
    ];
    for (name, f) in plain {
        function(m, name, move |i, a| Ok(Obj::Complex(f(arg(i, &a)?))));
    }
    function(m, "log", |i, a| {
        let v = arg(i, &a)?.ln();
        match a.pos.get(1) {
            Some(b) => Ok(Obj::Complex(v / arg(i, &Args::new(vec![b.clone()]))?.ln())),
            None => Ok(Obj::Complex(v)),
        }
    });
    function(m, "phase", |i, a| Ok(Obj::Float(arg(i, &a)?.arg())));
    function(m, "polar", |i, a| {
        let c = arg(i, &a)?;
        Ok(Obj::tuple(vec![Obj::Float(c.norm()), Obj::Float(c.arg())]))
    });
    function(m, "rect", |i, a| Ok(Obj::Complex(Complex64::from_polar(float_arg(i, &a, 0)?, float_arg(i, &a, 1)?))));
    function(m, "isnan", |i, a| arg(i, &a).map(|c| Obj::Bool(c.re.is_nan() || c.im.is_nan())));
    function(m, "isinf", |i, a| arg(i, &a).map(|c| Obj::Bool(c.re.is_infinite() || c.im.is_infinite())));
}
