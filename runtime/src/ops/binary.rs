//! Pointwise arithmetic of two tensors, or a tensor and a number.

use crate::element::B8;
use crate::iter::TensorIter;
use crate::kernel::{NONE, Op, apply, apply_in, apply_to, params};
use crate::math;
use crate::{Args, Complex, DType, Element, Result, Scalar, Tensor};

pointwise! { 2 Kernels
    Add "add" Same { int |x, y; [k, ..]| x.wrapping_add(y.wrapping_mul(k)); real |x, y; [k, ..]| x + k * y; complex |x, y; [k, ..]| x + k * y; }
    Mul "mul" Same { int |x, y; _| x.wrapping_mul(y); real |x, y; _| x * y; complex |x, y; _| x * y; }
    Div "div" Float { real |x, y; _| x / y; complex |x, y; _| x / y; }
    DivTrunc "div_trunc_cpu" Same { whole |x, y; _| if y == 0 { 0 } else { x.wrapping_div(y) }; real |x, y; _| T::trunc(x / y); }
    DivFloor "div_floor_cpu" Same {
        whole |x, y; _| if y == 0 { 0 } else { let q = x.wrapping_div(y); q - (x.wrapping_rem(y) != 0 && (x < 0) != (y < 0)) as i64 };
        real |x, y; _| math::floor_divide(x, y);
    }
    Fmod "fmod_cpu" Same { whole |x, y; _| if y == 0 { 0 } else { x.wrapping_rem(y) }; real |x, y; _| x % y; }
    Remainder "remainder_cpu" Same {
        whole |x, y; _| if y == 0 { 0 } else { let r = x.wrapping_rem(y); if r != 0 && (r < 0) != (y < 0) { r + y } else { r } };
        real |x, y; _| math::modulo(x, y);
    }
    Pow "pow" Same {
        whole |x, y; _| int_pow(x, y);
        real |x, y; _| T::pow(x, y);
        complex |x, y; _| x.pow(y);
    }
    Atan2 "atan2_cpu" Float { real |x, y; _| T::atan2(x, y); }
    Hypot "hypot_cpu" Same { real |x, y; _| T::hypot(x, y); }
    Copysign "copysign_cpu" Float { real |x, y; _| x.copysign(y); }
    Nextafter "nextafter_cpu" Same { real |x, y; _| x.nextafter(y); }
    Maximum "maximum" Same { int |x, y; _| x.max(y); real |x, y; _| if x > y || x.is_nan() { x } else { y }; }
    Minimum "minimum" Same { int |x, y; _| x.min(y); real |x, y; _| if x < y || x.is_nan() { x } else { y }; }
    Fmax "fmax" Same { int |x, y; _| x.max(y); real |x, y; _| if x > y || y.is_nan() { x } else { y }; }
    Fmin "fmin" Same { int |x, y; _| x.min(y); real |x, y; _| if x < y || y.is_nan() { x } else { y }; }
    Logaddexp "logaddexp_cpu" Same {
        real |x, y; _| if x == y && x.abs() == T::INFINITY { x } else { let m = if x > y { x } else { y }; m + T::ln_1p(T::exp(-(x - y).abs())) };
        complex |x, y; _| x.log_add_exp(y);
    }
    Logaddexp2 "logaddexp2_cpu" Same {
        real |x, y; _| if x == y && x.abs() == T::INFINITY { x } else {
            let m = if x > y { x } else { y };
            m + T::ln_1p(T::exp2(-(x - y).abs())) * T::of(core::f64::consts::LOG2_E)
        };
    }
    Xlogy "xlogy_cpu" Float { real |x, y; _| if y.is_nan() { y } else if x == T::of(0.0) { x } else { x * T::ln(y) }; }
    Xlog1py "xlog1py" Float { real |x, y; _| if y.is_nan() { y } else if x == T::of(0.0) { x } else { x * T::ln_1p(y) }; }
    Gcd "gcd_cpu" Same { whole |x, y; _| gcd(x, y); }
    Lcm "lcm_cpu" Same { whole |x, y; _| { let g = gcd(x, y); if g == 0 { 0 } else { (x / g).wrapping_mul(y).wrapping_abs() } }; }
    Heaviside "heaviside" Same {
        int |x, y; _| if x == 0 { y } else { (x > 0) as i64 };
        real |x, y; _| if x == T::of(0.0) { y } else { T::of((x > T::of(0.0)) as u8 as f64) };
    }
    BitwiseAnd "bitwise_and_cpu" Same { int |x, y; _| x & y; }
    BitwiseOr "bitwise_or_cpu" Same { int |x, y; _| x | y; }
    BitwiseXor "bitwise_xor_cpu" Same { int |x, y; _| x ^ y; }
    Lshift "lshift_cpu" Same {
        whole |x, y; [bits, ..]| if y < 0 || y >= bits { 0 } else { x.wrapping_shl(y as u32) };
    }
    Rshift "rshift_cpu" Same { whole |x, y; [bits, ..]| x >> (if y < 0 || y >= bits { bits - 1 } else { y }); }
    Igamma "igamma_cpu" Same { real |x, y; _| T::of(math::igamma(x.to_f64(), y.to_f64(), false)); }
    Igammac "igammac_cpu" Same { real |x, y; _| T::of(math::igamma(x.to_f64(), y.to_f64(), true)); }
    Zeta "zeta" Float { real |x, y; _| T::of(math::zeta(x.to_f64(), y.to_f64())); }
    Ldexp "ldexp" Float { real |x, y; _| x * T::exp2(y); complex |x, y; _| x * Complex::real(2.0).pow(y); }
    MakeComplex "complex" Same { real |x, _y; _| x; complex |x, y; _| Complex { re: x.re, im: y.re }; }
    Polar "polar" Same { real |x, _y; _| x; complex |x, y; _| Complex::polar(x.re, y.re); }
}

pointwise! { 2 Tests
    Eq "eq" Same { int |x, y; _| x == y; real |x, y; _| x == y; complex |x, y; _| x == y; }
    Ne "ne" Same { int |x, y; _| x != y; real |x, y; _| x != y; complex |x, y; _| x != y; }
    Lt "lt_cpu" Same { int |x, y; _| x < y; real |x, y; _| x < y; }
    Le "le_cpu" Same { int |x, y; _| x <= y; real |x, y; _| x <= y; }
    Gt "gt_cpu" Same { int |x, y; _| x > y; real |x, y; _| x > y; }
    Ge "ge_cpu" Same { int |x, y; _| x >= y; real |x, y; _| x >= y; }
    And "logical_and" Same { int |x, y; _| x != 0 && y != 0; real |x, y; _| x.to_bool() && y.to_bool(); complex |x, y; _| x.to_bool() && y.to_bool(); }
    Or "logical_or" Same { int |x, y; _| x != 0 || y != 0; real |x, y; _| x.to_bool() || y.to_bool(); complex |x, y; _| x.to_bool() || y.to_bool(); }
    Xor "logical_xor" Same { int |x, y; _| (x != 0) != (y != 0); real |x, y; _| x.to_bool() != y.to_bool(); complex |x, y; _| x.to_bool() != y.to_bool(); }
    Close "isclose" Same {
        int |x, y; [rtol, atol, _, ..]| x == y || (x - y).abs() <= atol + rtol * y.abs();
        real |x, y; [rtol, atol, nan, ..]| x == y || (x.is_nan() && y.is_nan() && nan.to_bool())
            || (x.abs() < T::INFINITY && y.abs() < T::INFINITY && (x - y).abs() <= atol + rtol * y.abs());
        complex |x, y; [rtol, atol, _, ..]| x == y || (x - y).norm() <= atol.re + rtol.re * y.norm();
    }
}

fn gcd(x: i64, y: i64) -> i64 {
    let (mut a, mut b) = (x.wrapping_abs(), y.wrapping_abs());
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// Wraps; negative exponents give what is left of the fraction: 1, -1 or 0.
fn int_pow(x: i64, y: i64) -> i64 {
    if y < 0 {
        return match x {
            1 => 1,
            -1 if y % 2 == 0 => 1,
            -1 => -1,
            _ => 0,
        };
    }
    let (mut base, mut e, mut r) = (x, y, 1i64);
    while e > 0 {
        if e & 1 == 1 {
            r = r.wrapping_mul(base);
        }
        base = base.wrapping_mul(base);
        e >>= 1;
    }
    r
}

/// The second operand: a tensor, or a number that promotes as one.
fn operand(a: &Args, i: usize) -> Result<Tensor> {
    let v = a.value(i)?;
    match v.as_tensor() {
        Some(t) => Ok(t.clone()),
        None => Tensor::wrapped(a.scalar(i)?),
    }
}

pub fn binary<F: Op<2>>(a: &Args) -> Result<Tensor> {
    apply::<F, 2>([&operand(a, 0)?, &operand(a, 1)?], NONE)
}

pub fn binary_<F: Op<2>>(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    apply_to::<F, 2>(x, [x, &operand(a, 1)?], NONE)
}

fn alpha(a: &Args, sign: i64) -> Result<[Scalar; 4]> {
    let k = if a.is_none(2) { Scalar::Int(1) } else { a.scalar(2)? };
    Ok(params([match (k, sign) {
        (k, 1) => k,
        (Scalar::Float(f), _) => Scalar::Float(-f),
        (Scalar::Complex(c), _) => Scalar::Complex(-c),
        (k, _) => Scalar::Int(k.to_i64().wrapping_neg()),
    }]))
}

fn check_alpha(t: DType, k: Scalar) -> Result<()> {
    check!(!matches!(k, Scalar::Bool(_)) || t == DType::Bool, "Boolean alpha only supported for Boolean results.");
    let float = matches!(k, Scalar::Float(_));
    check!(
        !float || t.is_float() || t.is_complex(),
        "For integral input tensors, argument alpha must not be a floating point number."
    );
    Ok(())
}

fn sum_of(a: &Args, sign: i64, reversed: bool, in_place: bool) -> Result<Tensor> {
    let (x, y) = (operand(a, 0)?, operand(a, 1)?);
    let p = alpha(a, sign)?;
    let d = crate::promote::result_type(&x, &y)?;
    check_alpha(d, p[0])?;
    if sign < 0 {
        let both = x.dtype() == DType::Bool && y.dtype() == DType::Bool;
        check!(
            !both,
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` operator instead."
        );
        let one = x.dtype() == DType::Bool || (y.dtype() == DType::Bool && !y.is_wrapped_number());
        check!(
            !one,
            "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
        );
    }
    match (in_place, reversed) {
        (true, _) => apply_to::<Add, 2>(&x, [&x, &y], p),
        (_, true) => apply::<Add, 2>([&y, &x], p),
        _ => apply::<Add, 2>([&x, &y], p),
    }
}

fn add(a: &Args) -> Result<Tensor> {
    sum_of(a, 1, false, false)
}
fn add_(a: &Args) -> Result<Tensor> {
    sum_of(a, 1, false, true)
}
fn sub(a: &Args) -> Result<Tensor> {
    sum_of(a, -1, false, false)
}
fn sub_(a: &Args) -> Result<Tensor> {
    sum_of(a, -1, false, true)
}
fn rsub(a: &Args) -> Result<Tensor> {
    sum_of(a, -1, true, false)
}

/// Integer division by a zero anywhere is an error.
fn check_divisor(x: &Tensor, y: &Tensor) -> Result<()> {
    let d = crate::promote::result_type(x, y)?;
    if d.is_float() || d.is_complex() || y.dtype().is_float() || x.numel() == 0 {
        return Ok(());
    }
    let mut zero = false;
    dispatch_size!(y.itemsize(), T => TensorIter::new(y.sizes(), [y]).for_each(|[p], [s], n| {
        for i in 0..n as isize {
            // SAFETY: inside the tensor.
            zero |= unsafe { (p.offset(i * s) as *const T).read_unaligned() } == T::default();
        }
    }));
    check!(!zero, "ZeroDivisionError");
    Ok(())
}

fn integer_like<F: Op<2>>(a: &Args) -> Result<Tensor> {
    check_divisor(&operand(a, 0)?, &operand(a, 1)?)?;
    binary::<F>(a)
}

fn integer_like_<F: Op<2>>(a: &Args) -> Result<Tensor> {
    check_divisor(a.tensor(0)?, &operand(a, 1)?)?;
    binary_::<F>(a)
}

fn div_mode(a: &Args) -> Result<Tensor> {
    match a.opt_str(2)? {
        None => binary::<Div>(a),
        Some("trunc") => integer_like::<DivTrunc>(a),
        Some("floor") => integer_like::<DivFloor>(a),
        Some(other) => bail!("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{other}'"),
    }
}

fn div_mode_(a: &Args) -> Result<Tensor> {
    match a.opt_str(2)? {
        None => binary_::<Div>(a),
        Some("trunc") => integer_like_::<DivTrunc>(a),
        Some("floor") => integer_like_::<DivFloor>(a),
        Some(other) => bail!("div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{other}'"),
    }
}

fn pow_operands(a: &Args) -> Result<(Tensor, Tensor)> {
    let (x, y) = (operand(a, 0)?, operand(a, 1)?);
    if y.is_wrapped_number() && x.dtype().is_int() {
        let e = y.item()?;
        let negative = matches!(e, Scalar::Int(i) if i < 0);
        check!(!negative, "Integers to negative integer powers are not allowed.");
    }
    Ok((x, y))
}

fn pow(a: &Args) -> Result<Tensor> {
    let (x, y) = pow_operands(a)?;
    // The usual exponent needs no function.
    if y.is_wrapped_number() && y.item()?.to_f64() == 2.0 && (x.dtype().is_float() || x.dtype().is_complex()) {
        return apply::<Mul, 2>([&x, &x], NONE);
    }
    apply::<Pow, 2>([&x, &y], NONE)
}

fn pow_(a: &Args) -> Result<Tensor> {
    let (x, y) = pow_operands(a)?;
    apply_to::<Pow, 2>(&x, [&x, &y], NONE)
}

/// Always in float64, or complex128.
fn float_power(a: &Args) -> Result<Tensor> {
    let (x, y) = (operand(a, 0)?, operand(a, 1)?);
    let d = if x.dtype().is_complex() || y.dtype().is_complex() { DType::C128 } else { DType::F64 };
    apply_in::<Pow, 2>(d, [&x, &y], NONE)
}

fn shift<F: Op<2>>(a: &Args) -> Result<Tensor> {
    let (x, y) = (operand(a, 0)?, operand(a, 1)?);
    let bits = crate::promote::result_type(&x, &y)?.size() as i64 * 8;
    apply::<F, 2>([&x, &y], params([Scalar::Int(bits)]))
}

fn shift_<F: Op<2>>(a: &Args) -> Result<Tensor> {
    let (x, y) = (operand(a, 0)?, operand(a, 1)?);
    apply_to::<F, 2>(&x, [&x, &y], params([Scalar::Int(x.itemsize() as i64 * 8)]))
}

fn heaviside(a: &Args) -> Result<Tensor> {
    check_heaviside(a.tensor(0)?, a.tensor(1)?)?;
    binary::<Heaviside>(a)
}

fn heaviside_(a: &Args) -> Result<Tensor> {
    check_heaviside(a.tensor(0)?, a.tensor(1)?)?;
    binary_::<Heaviside>(a)
}

fn check_heaviside(x: &Tensor, y: &Tensor) -> Result<()> {
    check!(!x.dtype().is_complex() && !y.dtype().is_complex(), "heaviside is not yet implemented for complex tensors.");
    check!(x.dtype() == y.dtype(), "heaviside is not yet implemented for tensors with different dtypes.");
    Ok(())
}

fn same_type(x: &Tensor, y: &Tensor, what: &str) -> Result<()> {
    check!(x.dtype() == y.dtype(), "Expected both inputs to be {what} but got {} and {}", x.dtype().name(), y.dtype().name());
    Ok(())
}

fn complex_of<F: Op<2>>(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    same_type(x, y, "Half, Float or Double tensors")?;
    apply_in::<F, 2>(x.dtype().to_complex(), [x, y], NONE)
}

/// rtol 2, atol 3, equal_nan 4
fn isclose_of(x: &Tensor, y: &Tensor, a: &Args) -> Result<Tensor> {
    check!(x.dtype() == y.dtype(), "{} did not match {}", x.dtype().name(), y.dtype().name());
    let p = params([Scalar::Float(a.float(2)?), Scalar::Float(a.float(3)?), Scalar::Bool(a.bool(4)?)]);
    if x.dtype().is_int() && (a.float(2)? != 0.0 || a.float(3)? != 0.0) {
        return apply_in::<Close, 2>(DType::F64, [x, y], p);
    }
    apply::<Close, 2>([x, y], p)
}

fn isclose(a: &Args) -> Result<Tensor> {
    isclose_of(a.tensor(0)?, a.tensor(1)?, a)
}

fn all_true(t: &Tensor) -> bool {
    let mut all = true;
    TensorIter::new(t.sizes(), [t]).for_each(|[p], [s], n| {
        for i in 0..n as isize {
            // SAFETY: inside the tensor.
            all &= unsafe { *(p.offset(i * s) as *const B8) }.to_bool();
        }
    });
    all
}

fn allclose(a: &Args) -> Result<bool> {
    Ok(all_true(&isclose(a)?))
}

fn equal(a: &Args) -> Result<bool> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    Ok(x.sizes() == y.sizes() && all_true(&apply::<Eq, 2>([x, y], NONE)?))
}

operators! {
    aten::add.Tensor => add, aten::add.Scalar => add, aten::add_.Tensor => add_, aten::add_.Scalar => add_,
    aten::sub.Tensor => sub, aten::sub.Scalar => sub, aten::sub_.Tensor => sub_, aten::sub_.Scalar => sub_,
    aten::subtract.Tensor => sub, aten::subtract.Scalar => sub, aten::subtract_.Tensor => sub_, aten::subtract_.Scalar => sub_,
    aten::rsub.Tensor => rsub, aten::rsub.Scalar => rsub,
    aten::mul.Tensor => binary::<Mul>, aten::mul.Scalar => binary::<Mul>,
    aten::mul_.Tensor => binary_::<Mul>, aten::mul_.Scalar => binary_::<Mul>,
    aten::multiply.Tensor => binary::<Mul>, aten::multiply.Scalar => binary::<Mul>,
    aten::multiply_.Tensor => binary_::<Mul>, aten::multiply_.Scalar => binary_::<Mul>,
    aten::div.Tensor => binary::<Div>, aten::div.Scalar => binary::<Div>,
    aten::div_.Tensor => binary_::<Div>, aten::div_.Scalar => binary_::<Div>,
    aten::div.Tensor_mode => div_mode, aten::div.Scalar_mode => div_mode,
    aten::div_.Tensor_mode => div_mode_, aten::div_.Scalar_mode => div_mode_,
    aten::divide.Tensor => binary::<Div>, aten::divide.Scalar => binary::<Div>,
    aten::divide_.Tensor => binary_::<Div>, aten::divide_.Scalar => binary_::<Div>,
    aten::divide.Tensor_mode => div_mode, aten::divide.Scalar_mode => div_mode,
    aten::divide_.Tensor_mode => div_mode_, aten::divide_.Scalar_mode => div_mode_,
    aten::true_divide.Tensor => binary::<Div>, aten::true_divide.Scalar => binary::<Div>,
    aten::true_divide_.Tensor => binary_::<Div>, aten::true_divide_.Scalar => binary_::<Div>,
    aten::floor_divide => integer_like::<DivFloor>, aten::floor_divide.Scalar => integer_like::<DivFloor>,
    aten::floor_divide_.Tensor => integer_like_::<DivFloor>, aten::floor_divide_.Scalar => integer_like_::<DivFloor>,
    aten::fmod.Tensor => integer_like::<Fmod>, aten::fmod.Scalar => integer_like::<Fmod>,
    aten::fmod_.Tensor => integer_like_::<Fmod>, aten::fmod_.Scalar => integer_like_::<Fmod>,
    aten::remainder.Tensor => integer_like::<Remainder>, aten::remainder.Scalar => integer_like::<Remainder>,
    aten::remainder.Scalar_Tensor => integer_like::<Remainder>,
    aten::remainder_.Tensor => integer_like_::<Remainder>, aten::remainder_.Scalar => integer_like_::<Remainder>,
    aten::pow.Tensor_Tensor => pow, aten::pow.Tensor_Scalar => pow, aten::pow.Scalar => pow,
    aten::pow_.Tensor => pow_, aten::pow_.Scalar => pow_,
    aten::float_power.Tensor_Tensor => float_power, aten::float_power.Tensor_Scalar => float_power, aten::float_power.Scalar => float_power,
    aten::atan2 => binary::<Atan2>, aten::atan2_ => binary_::<Atan2>,
    aten::arctan2 => binary::<Atan2>, aten::arctan2_ => binary_::<Atan2>,
    aten::hypot => binary::<Hypot>, aten::hypot_ => binary_::<Hypot>,
    aten::copysign.Tensor => binary::<Copysign>, aten::copysign.Scalar => binary::<Copysign>,
    aten::copysign_.Tensor => binary_::<Copysign>, aten::copysign_.Scalar => binary_::<Copysign>,
    aten::nextafter => binary::<Nextafter>, aten::nextafter_ => binary_::<Nextafter>,
    aten::maximum => binary::<Maximum>, aten::minimum => binary::<Minimum>,
    aten::max.other => binary::<Maximum>, aten::min.other => binary::<Minimum>,
    aten::fmax => binary::<Fmax>, aten::fmin => binary::<Fmin>,
    aten::logaddexp => binary::<Logaddexp>, aten::logaddexp2 => binary::<Logaddexp2>,
    aten::xlogy.Tensor => binary::<Xlogy>, aten::xlogy.Scalar_Self => binary::<Xlogy>, aten::xlogy.Scalar_Other => binary::<Xlogy>,
    aten::xlogy_.Tensor => binary_::<Xlogy>, aten::xlogy_.Scalar_Other => binary_::<Xlogy>,
    aten::special_xlogy => binary::<Xlogy>, aten::special_xlogy.self_scalar => binary::<Xlogy>, aten::special_xlogy.other_scalar => binary::<Xlogy>,
    aten::special_xlog1py => binary::<Xlog1py>, aten::special_xlog1py.self_scalar => binary::<Xlog1py>,
    aten::special_xlog1py.other_scalar => binary::<Xlog1py>,
    aten::special_zeta => binary::<Zeta>, aten::special_zeta.self_scalar => binary::<Zeta>, aten::special_zeta.other_scalar => binary::<Zeta>,
    aten::gcd => binary::<Gcd>, aten::gcd_ => binary_::<Gcd>, aten::lcm => binary::<Lcm>, aten::lcm_ => binary_::<Lcm>,
    aten::heaviside => heaviside, aten::heaviside_ => heaviside_,
    aten::igamma => binary::<Igamma>, aten::igamma_ => binary_::<Igamma>, aten::special_gammainc => binary::<Igamma>,
    aten::igammac => binary::<Igammac>, aten::igammac_ => binary_::<Igammac>, aten::special_gammaincc => binary::<Igammac>,
    aten::ldexp.Tensor => binary::<Ldexp>, aten::ldexp_ => binary_::<Ldexp>,
    aten::complex => complex_of::<MakeComplex>, aten::polar => complex_of::<Polar>,
    aten::bitwise_and.Tensor => binary::<BitwiseAnd>, aten::bitwise_and.Scalar => binary::<BitwiseAnd>, aten::bitwise_and.Scalar_Tensor => binary::<BitwiseAnd>,
    aten::bitwise_and_.Tensor => binary_::<BitwiseAnd>, aten::bitwise_and_.Scalar => binary_::<BitwiseAnd>,
    aten::bitwise_or.Tensor => binary::<BitwiseOr>, aten::bitwise_or.Scalar => binary::<BitwiseOr>, aten::bitwise_or.Scalar_Tensor => binary::<BitwiseOr>,
    aten::bitwise_or_.Tensor => binary_::<BitwiseOr>, aten::bitwise_or_.Scalar => binary_::<BitwiseOr>,
    aten::bitwise_xor.Tensor => binary::<BitwiseXor>, aten::bitwise_xor.Scalar => binary::<BitwiseXor>, aten::bitwise_xor.Scalar_Tensor => binary::<BitwiseXor>,
    aten::bitwise_xor_.Tensor => binary_::<BitwiseXor>, aten::bitwise_xor_.Scalar => binary_::<BitwiseXor>,
    aten::__and__.Tensor => binary::<BitwiseAnd>, aten::__and__.Scalar => binary::<BitwiseAnd>,
    aten::__iand__.Tensor => binary_::<BitwiseAnd>, aten::__iand__.Scalar => binary_::<BitwiseAnd>,
    aten::__or__.Tensor => binary::<BitwiseOr>, aten::__or__.Scalar => binary::<BitwiseOr>,
    aten::__ior__.Tensor => binary_::<BitwiseOr>, aten::__ior__.Scalar => binary_::<BitwiseOr>,
    aten::__xor__.Tensor => binary::<BitwiseXor>, aten::__xor__.Scalar => binary::<BitwiseXor>,
    aten::__ixor__.Tensor => binary_::<BitwiseXor>, aten::__ixor__.Scalar => binary_::<BitwiseXor>,
    aten::__lshift__.Tensor => shift::<Lshift>, aten::__lshift__.Scalar => shift::<Lshift>,
    aten::__ilshift__.Tensor => shift_::<Lshift>, aten::__ilshift__.Scalar => shift_::<Lshift>,
    aten::__rshift__.Tensor => shift::<Rshift>, aten::__rshift__.Scalar => shift::<Rshift>,
    aten::__irshift__.Tensor => shift_::<Rshift>, aten::__irshift__.Scalar => shift_::<Rshift>,
    aten::bitwise_left_shift.Tensor => shift::<Lshift>, aten::bitwise_left_shift.Tensor_Scalar => shift::<Lshift>, aten::bitwise_left_shift.Scalar_Tensor => shift::<Lshift>,
    aten::bitwise_left_shift_.Tensor => shift_::<Lshift>, aten::bitwise_left_shift_.Tensor_Scalar => shift_::<Lshift>,
    aten::bitwise_right_shift.Tensor => shift::<Rshift>, aten::bitwise_right_shift.Tensor_Scalar => shift::<Rshift>, aten::bitwise_right_shift.Scalar_Tensor => shift::<Rshift>,
    aten::bitwise_right_shift_.Tensor => shift_::<Rshift>, aten::bitwise_right_shift_.Tensor_Scalar => shift_::<Rshift>,
    aten::eq.Tensor => binary::<Eq>, aten::eq.Scalar => binary::<Eq>, aten::eq_.Tensor => binary_::<Eq>, aten::eq_.Scalar => binary_::<Eq>,
    aten::ne.Tensor => binary::<Ne>, aten::ne.Scalar => binary::<Ne>, aten::ne_.Tensor => binary_::<Ne>, aten::ne_.Scalar => binary_::<Ne>,
    aten::not_equal.Tensor => binary::<Ne>, aten::not_equal.Scalar => binary::<Ne>, aten::not_equal_.Tensor => binary_::<Ne>, aten::not_equal_.Scalar => binary_::<Ne>,
    aten::lt.Tensor => binary::<Lt>, aten::lt.Scalar => binary::<Lt>, aten::lt_.Tensor => binary_::<Lt>, aten::lt_.Scalar => binary_::<Lt>,
    aten::less.Tensor => binary::<Lt>, aten::less.Scalar => binary::<Lt>, aten::less_.Tensor => binary_::<Lt>, aten::less_.Scalar => binary_::<Lt>,
    aten::le.Tensor => binary::<Le>, aten::le.Scalar => binary::<Le>, aten::le_.Tensor => binary_::<Le>, aten::le_.Scalar => binary_::<Le>,
    aten::less_equal.Tensor => binary::<Le>, aten::less_equal.Scalar => binary::<Le>, aten::less_equal_.Tensor => binary_::<Le>, aten::less_equal_.Scalar => binary_::<Le>,
    aten::gt.Tensor => binary::<Gt>, aten::gt.Scalar => binary::<Gt>, aten::gt_.Tensor => binary_::<Gt>, aten::gt_.Scalar => binary_::<Gt>,
    aten::greater.Tensor => binary::<Gt>, aten::greater.Scalar => binary::<Gt>, aten::greater_.Tensor => binary_::<Gt>, aten::greater_.Scalar => binary_::<Gt>,
    aten::ge.Tensor => binary::<Ge>, aten::ge.Scalar => binary::<Ge>, aten::ge_.Tensor => binary_::<Ge>, aten::ge_.Scalar => binary_::<Ge>,
    aten::greater_equal.Tensor => binary::<Ge>, aten::greater_equal.Scalar => binary::<Ge>, aten::greater_equal_.Tensor => binary_::<Ge>, aten::greater_equal_.Scalar => binary_::<Ge>,
    aten::logical_and => binary::<And>, aten::logical_and_ => binary_::<And>,
    aten::logical_or => binary::<Or>, aten::logical_or_ => binary_::<Or>,
    aten::logical_xor => binary::<Xor>, aten::logical_xor_ => binary_::<Xor>,
    aten::isclose => isclose,
    aten::allclose => allclose,
    aten::equal => equal,
}
