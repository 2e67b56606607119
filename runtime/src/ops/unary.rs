//! Pointwise operators of one tensor.

use crate::kernel::{NONE, Op, apply, apply_to, params};
use crate::math::{self, Real};
use crate::{Args, Complex, DType, Element, Result, Scalar, Tensor};

pub fn unary<F: Op<1>>(a: &Args) -> Result<Tensor> {
    apply::<F, 1>([a.tensor(0)?], NONE)
}

pub fn unary_<F: Op<1>>(a: &Args) -> Result<Tensor> {
    apply_to::<F, 1>(a.tensor(0)?, [a.tensor(0)?], NONE)
}

/// Rounding functions leave integers as they are.
fn round_like<F: Op<1>>(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    if x.dtype().is_int() && x.dtype() != DType::Bool { x.copy() } else { unary::<F>(a) }
}

fn round_like_<F: Op<1>>(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    if x.dtype().is_int() && x.dtype() != DType::Bool { Ok(x.clone()) } else { unary_::<F>(a) }
}

pointwise! { 1 Kernels
    Acos "acos" Float { real |x; _| x.acos(); complex |x; _| x.acos(); }
    Acosh "acosh" Float { real |x; _| x.acosh(); complex |x; _| x.acosh(); }
    Asin "asin" Float { real |x; _| x.asin(); complex |x; _| x.asin(); }
    Asinh "asinh" Float { real |x; _| x.asinh(); complex |x; _| x.asinh(); }
    Atan "atan" Float { real |x; _| x.atan(); complex |x; _| x.atan(); }
    Atanh "atanh" Float { real |x; _| x.atanh(); complex |x; _| x.atanh(); }
    Ceil "ceil_vml_cpu" Same { whole |x; _| x; real |x; _| T::ceil(x); }
    Cos "cos" Float { real |x; _| T::cos(x); complex |x; _| x.cos(); }
    Cosh "cosh" Float { real |x; _| x.cosh(); complex |x; _| x.cosh(); }
    Deg2rad "deg2rad" Float { real |x; _| x * T::of(math::PI / 180.0); }
    Digamma "digamma" Float { real |x; _| T::of(math::digamma(x.to_f64())); }
    Erf "erf_vml_cpu" Float { real |x; _| Real::erf(x); }
    Erfc "erfc_vml_cpu" Float { real |x; _| Real::erfc(x); }
    Erfinv "erfinv_vml_cpu" Float { real |x; _| T::of(math::erfinv(x.to_f64())); }
    Exp "exp" Float { real |x; _| T::exp(x); complex |x; _| x.exp(); }
    Exp2 "exp2" Float { real |x; _| T::exp2(x); complex |x; _| x.scale(core::f64::consts::LN_2).exp(); }
    Expm1 "expm1" Float { real |x; _| T::exp_m1(x); complex |x; _| x.exp() - Complex::real(1.0); }
    Floor "floor_vml_cpu" Same { whole |x; _| x; real |x; _| T::floor(x); }
    Frac "frac_cpu" Same { real |x; _| x - T::trunc(x); }
    I0 "i0_vml_cpu" Float { real |x; _| T::of(math::i0(x.to_f64())); }
    I0e "i0e" Float { real |x; _| T::of(math::i0e(x.to_f64())); }
    I1 "i1" Float { real |x; _| T::of(math::i1(x.to_f64())); }
    I1e "i1e" Float { real |x; _| T::of(math::i1e(x.to_f64())); }
    Lgamma "lgamma_vml_cpu" Float { real |x; _| T::lgamma(x); }
    Log "log" Float { real |x; _| T::ln(x); complex |x; _| x.ln(); }
    Log10 "log10" Float { real |x; _| T::log10(x); complex |x; _| x.ln().scale(core::f64::consts::LOG10_E); }
    Log1p "log1p" Float { real |x; _| T::ln_1p(x); complex |x; _| (x + Complex::real(1.0)).ln(); }
    Log2 "log2" Float { real |x; _| T::log2(x); complex |x; _| x.ln().scale(core::f64::consts::LOG2_E); }
    Neg "neg" Same { int |x; _| x.wrapping_neg(); real |x; _| -x; complex |x; _| -x; }
    Ndtr "special_ndtr" Float { real |x; _| T::of(math::ndtr(x.to_f64())); }
    Ndtri "special_ndtri" Float { real |x; _| T::of(math::ndtri(x.to_f64())); }
    LogNdtr "special_log_ndtr" Float { real |x; _| T::of(math::log_ndtr(x.to_f64())); }
    Entr "special_entr" Float { real |x; _| T::of(math::entr(x.to_f64())); }
    Erfcx "special_erfcx" Float { real |x; _| T::of(math::erfcx(x.to_f64())); }
    Rad2deg "rad2deg" Float { real |x; _| x * T::of(180.0 / math::PI); }
    Reciprocal "reciprocal" Float { real |x; _| T::of(1.0) / x; complex |x; _| x.inv(); }
    Round "round_vml_cpu" Same { whole |x; _| x; real |x; _| T::rint(x); }
    Rsqrt "rsqrt" Float { real |x; _| T::of(1.0) / T::sqrt(x); complex |x; _| x.sqrt().inv(); }
    Sigmoid "sigmoid" Float { real |x; _| math::sigmoid(x); complex |x; _| (Complex::real(1.0) + (-x).exp()).inv(); }
    Sign "sign_cpu" Same { int |x; _| x.signum(); real |x; _| T::of(((x.to_f64() > 0.0) as i8 - (x.to_f64() < 0.0) as i8) as f64); }
    Sgn "sgn" Same {
        int |x; _| x.signum();
        real |x; _| T::of(((x.to_f64() > 0.0) as i8 - (x.to_f64() < 0.0) as i8) as f64);
        complex |x; _| if x.norm() == 0.0 { x } else { x.scale(1.0 / x.norm()) };
    }
    Sin "sin" Float { real |x; _| T::sin(x); complex |x; _| x.sin(); }
    Sinc "sinc" Float {
        real |x; _| if x == T::of(0.0) { T::of(1.0) } else { let y = x * T::of(math::PI); T::sin(y) / y };
        complex |x; _| if x == Complex::real(0.0) { Complex::real(1.0) } else { let y = x.scale(math::PI); y.sin() / y };
    }
    Sinh "sinh" Float { real |x; _| T::sinh(x); complex |x; _| x.sinh(); }
    Sqrt "sqrt" Float { real |x; _| T::sqrt(x); complex |x; _| x.sqrt(); }
    Square "square" Same { int |x; _| x.wrapping_mul(x); real |x; _| x * x; complex |x; _| x * x; }
    Tan "tan" Float { real |x; _| T::tan(x); complex |x; _| x.tan(); }
    Tanh "tanh" Float { real |x; _| T::tanh(x); complex |x; _| x.tanh(); }
    Trunc "trunc_vml_cpu" Same { whole |x; _| x; real |x; _| T::trunc(x); }
    BitwiseNot "bitwise_not_cpu" Same { int |x; _| !x; }
    AbsReal "abs_cpu" Same { whole |x; _| x.wrapping_abs(); real |x; _| x.abs(); complex |x; _| Complex::real(x.norm()); }
    Angle "angle" Float { real |x; _| if x.is_nan() { x } else if x < T::of(0.0) { T::of(math::PI) } else { T::of(0.0) }; complex |x; _| Complex::real(x.arg()); }
    Conj "conj_physical" Same { int |x; _| x; real |x; _| x; complex |x; _| x.conj(); }
    Logit "logit_cpu" Float { real |x; [eps, on, ..]| { let x = if on == T::of(0.0) { x } else if x < eps { eps } else if x > T::of(1.0) - eps { T::of(1.0) - eps } else { x }; T::ln(x / (T::of(1.0) - x)) }; }
    NanToNum "nan_to_num" Same {
        int |x; _| x;
        real |x; [nan, high, low, _]| if x.is_nan() { nan } else if x == T::INFINITY { high } else if x == -T::INFINITY { low } else { x };
        complex |x; [nan, high, low, _]| {
            let part = |v: f64| if v.is_nan() { nan.re } else if v == f64::INFINITY { high.re } else if v == -f64::INFINITY { low.re } else { v };
            Complex { re: part(x.re), im: part(x.im) }
        };
    }
    Trigamma "polygamma" Float { real |x; _| math::trigamma(x); }
    Polygamma "polygamma" Float { real |x; [n, ..]| T::of(math::polygamma(n.to_i64(), x.to_f64())); }
    RoundDecimals "round" Same { real |x; [scale, up, ..]| if up == T::of(1.0) { T::rint(x * scale) / scale } else { T::rint(x / scale) * scale }; }
}

pointwise! { 1 Tests
    IsNan "isnan" Same { int |_x; _| false; real |x; _| x.is_nan(); complex |x; _| x.re.is_nan() || x.im.is_nan(); }
    IsInf "isinf" Same { int |_x; _| false; real |x; _| x.abs() == T::INFINITY; complex |x; _| x.re.is_infinite() || x.im.is_infinite(); }
    IsFinite "isfinite" Same { int |_x; _| true; real |x; _| x.abs() < T::INFINITY; complex |x; _| x.re.is_finite() && x.im.is_finite(); }
    IsPosInf "isposinf" Same { int |_x; _| false; real |x; _| x == T::INFINITY; }
    IsNegInf "isneginf" Same { int |_x; _| false; real |x; _| x == -T::INFINITY; }
    IsReal "isreal" Same { int |_x; _| true; real |_x; _| true; complex |x; _| x.im == 0.0; }
    Signbit "signbit" Same { int |x; _| x < 0; real |x; _| Real::is_negative(x); }
    Not "logical_not" Same { int |x; _| x == 0; real |x; _| x == T::of(0.0); complex |x; _| x == Complex::real(0.0); }
}

/// Complex tensors give real ones.
fn to_real<F: Op<1>>(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let y = unary::<F>(a)?;
    if x.dtype().is_complex() { y.to_dtype(x.dtype().to_real()) } else { Ok(y) }
}

fn abs_(a: &Args) -> Result<Tensor> {
    check!(!a.tensor(0)?.dtype().is_complex(), "In-place abs is not supported for complex tensors.");
    unary_::<AbsReal>(a)
}

fn check_negatable(x: &Tensor) -> Result<()> {
    check!(
        x.dtype() != DType::Bool,
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead."
    );
    Ok(())
}

fn neg(a: &Args) -> Result<Tensor> {
    check_negatable(a.tensor(0)?)?;
    unary::<Neg>(a)
}

fn neg_(a: &Args) -> Result<Tensor> {
    check_negatable(a.tensor(0)?)?;
    unary_::<Neg>(a)
}

/// The second power, in which bool counts as int64.
fn square(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    if x.dtype() == DType::Bool { apply::<Square, 1>([&x.to_dtype(DType::I64)?], NONE) } else { unary::<Square>(a) }
}

fn square_(a: &Args) -> Result<Tensor> {
    check!(a.tensor(0)?.dtype() != DType::Bool, "result type Long can't be cast to the desired output type Bool");
    unary_::<Square>(a)
}

fn bitwise_not(a: &Args) -> Result<Tensor> {
    if a.tensor(0)?.dtype() == DType::Bool { unary::<Not>(a) } else { unary::<BitwiseNot>(a) }
}

fn bitwise_not_(a: &Args) -> Result<Tensor> {
    if a.tensor(0)?.dtype() == DType::Bool { unary_::<Not>(a) } else { unary_::<BitwiseNot>(a) }
}

fn positive(a: &Args) -> Result<Tensor> {
    check!(a.tensor(0)?.dtype() != DType::Bool, "The `+` operator, on a bool tensor is not supported.");
    Ok(a.tensor(0)?.clone())
}

fn resolved(a: &Args) -> Result<Tensor> {
    Ok(a.tensor(0)?.clone())
}

fn logit_params(a: &Args) -> Result<[Scalar; 4]> {
    let eps = a.opt_float(1)?;
    Ok(params([Scalar::Float(eps.unwrap_or(0.0)), Scalar::Bool(eps.is_some())]))
}

fn logit(a: &Args) -> Result<Tensor> {
    apply::<Logit, 1>([a.tensor(0)?], logit_params(a)?)
}

fn logit_(a: &Args) -> Result<Tensor> {
    apply_to::<Logit, 1>(a.tensor(0)?, [a.tensor(0)?], logit_params(a)?)
}

fn nan_to_num_params(a: &Args) -> Result<[Scalar; 4]> {
    let (max, min) = match a.tensor(0)?.dtype() {
        DType::F64 | DType::C128 => (f64::MAX, f64::MIN),
        DType::F16 => (65504.0, -65504.0),
        DType::BF16 => (f32::from_bits(0x7f7f_0000) as f64, f32::from_bits(0xff7f_0000) as f64),
        _ => (f32::MAX as f64, f32::MIN as f64),
    };
    let get = |i: usize, absent: f64| Ok(Scalar::Float(a.opt_float(i)?.unwrap_or(absent)));
    Ok(params([get(1, 0.0)?, get(2, max)?, get(3, min)?]))
}

fn nan_to_num(a: &Args) -> Result<Tensor> {
    apply::<NanToNum, 1>([a.tensor(0)?], nan_to_num_params(a)?)
}

fn nan_to_num_(a: &Args) -> Result<Tensor> {
    apply_to::<NanToNum, 1>(a.tensor(0)?, [a.tensor(0)?], nan_to_num_params(a)?)
}

/// `polygamma(n, x)`: the tensor comes second.
fn polygamma(a: &Args) -> Result<Tensor> {
    check!(a.int(0)? >= 0, "polygamma(n, x) does not support negative n.");
    if a.int(0)? == 1 {
        return apply::<Trigamma, 1>([a.tensor(1)?], NONE);
    }
    apply::<Polygamma, 1>([a.tensor(1)?], params([Scalar::Int(a.int(0)?)]))
}

fn round_decimals(a: &Args) -> Result<Tensor> {
    let d = a.int(1)?;
    let scale = Real::pow(10f64, d.abs() as f64);
    apply::<RoundDecimals, 1>([a.tensor(0)?], params([Scalar::Float(scale), Scalar::Bool(d >= 0)]))
}

fn real(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    if x.dtype().is_complex() { part(x, 0) } else { Ok(x.clone()) }
}

fn imag(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check!(x.dtype().is_complex(), "imag is not implemented for tensors with non-complex dtypes.");
    part(x, 1)
}

/// A view of the real or imaginary parts.
fn part(x: &Tensor, which: i64) -> Result<Tensor> {
    let strides: crate::Dims = x.strides().iter().map(|s| s * 2).collect();
    Ok(Tensor::over(x.storage().clone(), x.dtype().to_real(), x.sizes(), &strides, x.offset() * 2 + which))
}

fn conj(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    if x.dtype().is_complex() { unary::<Conj>(a) } else { Ok(x.clone()) }
}

operators! {
    aten::abs => to_real::<AbsReal>,
    aten::abs_ => abs_,
    aten::absolute => to_real::<AbsReal>,
    aten::absolute_ => abs_,
    prim::abs => to_real::<AbsReal>,
    aten::acos => unary::<Acos>, aten::acos_ => unary_::<Acos>,
    aten::arccos => unary::<Acos>, aten::arccos_ => unary_::<Acos>,
    aten::acosh => unary::<Acosh>, aten::acosh_ => unary_::<Acosh>,
    aten::arccosh => unary::<Acosh>, aten::arccosh_ => unary_::<Acosh>,
    aten::angle => to_real::<Angle>,
    aten::asin => unary::<Asin>, aten::asin_ => unary_::<Asin>,
    aten::arcsin => unary::<Asin>, aten::arcsin_ => unary_::<Asin>,
    aten::asinh => unary::<Asinh>, aten::asinh_ => unary_::<Asinh>,
    aten::arcsinh => unary::<Asinh>, aten::arcsinh_ => unary_::<Asinh>,
    aten::atan => unary::<Atan>, aten::atan_ => unary_::<Atan>,
    aten::arctan => unary::<Atan>, aten::arctan_ => unary_::<Atan>,
    aten::atanh => unary::<Atanh>, aten::atanh_ => unary_::<Atanh>,
    aten::arctanh => unary::<Atanh>, aten::arctanh_ => unary_::<Atanh>,
    aten::bitwise_not => bitwise_not, aten::bitwise_not_ => bitwise_not_,
    aten::ceil => round_like::<Ceil>, aten::ceil_ => round_like_::<Ceil>,
    aten::conj => conj,
    aten::conj_physical => conj, aten::_conj_physical => conj,
    aten::_conj => conj,
    aten::cos => unary::<Cos>, aten::cos_ => unary_::<Cos>,
    aten::cosh => unary::<Cosh>, aten::cosh_ => unary_::<Cosh>,
    aten::deg2rad => unary::<Deg2rad>, aten::deg2rad_ => unary_::<Deg2rad>,
    aten::digamma => unary::<Digamma>, aten::digamma_ => unary_::<Digamma>,
    aten::special_digamma => unary::<Digamma>, aten::special_psi => unary::<Digamma>,
    aten::erf => unary::<Erf>, aten::erf_ => unary_::<Erf>, aten::special_erf => unary::<Erf>,
    aten::erfc => unary::<Erfc>, aten::erfc_ => unary_::<Erfc>, aten::special_erfc => unary::<Erfc>,
    aten::erfinv => unary::<Erfinv>, aten::erfinv_ => unary_::<Erfinv>, aten::special_erfinv => unary::<Erfinv>,
    aten::exp => unary::<Exp>, aten::exp_ => unary_::<Exp>,
    aten::exp2 => unary::<Exp2>, aten::exp2_ => unary_::<Exp2>, aten::special_exp2 => unary::<Exp2>,
    aten::expm1 => unary::<Expm1>, aten::expm1_ => unary_::<Expm1>, aten::special_expm1 => unary::<Expm1>,
    aten::fix => round_like::<Trunc>, aten::fix_ => round_like_::<Trunc>,
    aten::floor => round_like::<Floor>, aten::floor_ => round_like_::<Floor>,
    aten::frac => unary::<Frac>, aten::frac_ => unary_::<Frac>,
    aten::i0 => unary::<I0>, aten::i0_ => unary_::<I0>, aten::special_i0 => unary::<I0>,
    aten::special_i0e => unary::<I0e>, aten::special_i1 => unary::<I1>, aten::special_i1e => unary::<I1e>,
    aten::imag => imag,
    aten::isfinite => unary::<IsFinite>,
    aten::isinf => unary::<IsInf>,
    aten::isnan => unary::<IsNan>,
    aten::isneginf => unary::<IsNegInf>,
    aten::isposinf => unary::<IsPosInf>,
    aten::isreal => unary::<IsReal>,
    aten::lgamma => unary::<Lgamma>, aten::lgamma_ => unary_::<Lgamma>, aten::special_gammaln => unary::<Lgamma>,
    aten::log => unary::<Log>, aten::log_ => unary_::<Log>,
    aten::log10 => unary::<Log10>, aten::log10_ => unary_::<Log10>,
    aten::log1p => unary::<Log1p>, aten::log1p_ => unary_::<Log1p>, aten::special_log1p => unary::<Log1p>,
    aten::log2 => unary::<Log2>, aten::log2_ => unary_::<Log2>,
    aten::logical_not => unary::<Not>, aten::logical_not_ => unary_::<Not>,
    aten::logit => logit, aten::logit_ => logit_, aten::special_logit => logit,
    aten::nan_to_num => nan_to_num, aten::nan_to_num_ => nan_to_num_,
    aten::neg => neg, aten::neg_ => neg_,
    aten::negative => neg, aten::negative_ => neg_,
    aten::polygamma => polygamma, aten::special_polygamma => polygamma,
    aten::positive => positive,
    aten::rad2deg => unary::<Rad2deg>, aten::rad2deg_ => unary_::<Rad2deg>,
    aten::real => real,
    aten::reciprocal => unary::<Reciprocal>, aten::reciprocal_ => unary_::<Reciprocal>,
    aten::resolve_conj => resolved,
    aten::resolve_neg => resolved,
    aten::round => round_like::<Round>, aten::round_ => round_like_::<Round>,
    aten::round.decimals => round_decimals, aten::special_round => round_decimals,
    aten::rsqrt => unary::<Rsqrt>, aten::rsqrt_ => unary_::<Rsqrt>,
    aten::sgn => unary::<Sgn>, aten::sgn_ => unary_::<Sgn>,
    aten::sigmoid => unary::<Sigmoid>, aten::sigmoid_ => unary_::<Sigmoid>, aten::special_expit => unary::<Sigmoid>,
    aten::sign => unary::<Sign>, aten::sign_ => unary_::<Sign>,
    aten::signbit => unary::<Signbit>,
    aten::sin => unary::<Sin>, aten::sin_ => unary_::<Sin>,
    aten::sinc => unary::<Sinc>, aten::sinc_ => unary_::<Sinc>, aten::special_sinc => unary::<Sinc>,
    aten::sinh => unary::<Sinh>, aten::sinh_ => unary_::<Sinh>,
    aten::special_entr => unary::<Entr>,
    aten::special_erfcx => unary::<Erfcx>,
    aten::special_log_ndtr => unary::<LogNdtr>,
    aten::special_ndtr => unary::<Ndtr>,
    aten::special_ndtri => unary::<Ndtri>,
    aten::sqrt => unary::<Sqrt>, aten::sqrt_ => unary_::<Sqrt>,
    aten::square => square, aten::square_ => square_,
    aten::tan => unary::<Tan>, aten::tan_ => unary_::<Tan>,
    aten::tanh => unary::<Tanh>, aten::tanh_ => unary_::<Tanh>,
    aten::trunc => round_like::<Trunc>, aten::trunc_ => round_like_::<Trunc>,
}
