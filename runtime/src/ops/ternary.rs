//! Pointwise operators of three operands, and clamping.

use super::binary::{Maximum, Minimum};
use crate::kernel::{NONE, Rule, apply, apply_in, apply_to, params};
use crate::promote::ResultType;
use crate::{Args, DType, Result, Scalar, Tensor};

pointwise! { 3 Kernels
    Where "where" Same {
        int |c, x, y; _| if c != 0 { x } else { y };
        real |c, x, y; _| if c != 0.0 { x } else { y };
        complex |c, x, y; _| if c.re != 0.0 { x } else { y };
    }
    Addcmul "addcmul" Same {
        int |s, x, y; [v, ..]| s.wrapping_add(v.wrapping_mul(x).wrapping_mul(y));
        real |s, x, y; [v, ..]| s + v * x * y;
        complex |s, x, y; [v, ..]| s + v * x * y;
    }
    Addcdiv "addcdiv" Same { real |s, x, y; [v, ..]| s + v * x / y; complex |s, x, y; [v, ..]| s + v * x / y; }
    Lerp "lerp" Same {
        real |s, e, w; _| if w.abs() < 0.5 { s + w * (e - s) } else { e - (e - s) * (1.0 - w) };
        complex |s, e, w; _| s + w * (e - s);
    }
}

pointwise! { 1 Kernels
    Clamp "clamp" Same {
        int |x; [low, high, ..]| { let y = if x < low { low } else { x }; if y > high { high } else { y } };
        real |x; [low, high, ..]| { let y = if x < low { low } else { x }; if y > high { high } else { y } };
    }
}

/// A tensor, or a number as one.
fn operand(a: &Args, i: usize) -> Result<Tensor> {
    match a.value(i)?.as_tensor() {
        Some(t) => Ok(t.clone()),
        None => Tensor::wrapped(a.scalar(i)?),
    }
}

fn select(a: &Args) -> Result<Tensor> {
    let (c, x, y) = (a.tensor(0)?, operand(a, 1)?, operand(a, 2)?);
    check!(
        matches!(c.dtype(), DType::Bool | DType::U8),
        "where expected condition to be a boolean tensor, but got a tensor with dtype {}",
        c.dtype().name()
    );
    let common = ResultType::new().tensor(&x)?.tensor(&y)?.finish()?;
    apply_in::<Where, 3>(common, [c, &x, &y], NONE)
}

/// The limits as parameters of [`Clamp`], and the type to compute in.
fn limits(a: &Args, low: Option<usize>, high: Option<usize>) -> Result<(DType, [Scalar; 4])> {
    let x = a.tensor(0)?;
    let get = |i: Option<usize>| i.map_or(Ok(None), |i| a.opt_scalar(i));
    let (low, high) = (get(low)?, get(high)?);
    check!(low.is_some() || high.is_some(), "torch.clamp: At least one of 'min' or 'max' must not be None");
    let mut r = ResultType::new().tensor(x)?;
    for s in [low, high].into_iter().flatten() {
        r = r.scalar(s)?;
    }
    let d = r.finish()?;
    check!(!d.is_complex(), "clamp is not supported for complex types");
    let (least, most) = if d.is_float() {
        (Scalar::Float(f64::NEG_INFINITY), Scalar::Float(f64::INFINITY))
    } else {
        (Scalar::Int(i64::MIN), Scalar::Int(i64::MAX))
    };
    Ok((d, params([low.unwrap_or(least), high.unwrap_or(most)])))
}

fn clamp_of(a: &Args, low: Option<usize>, high: Option<usize>) -> Result<Tensor> {
    let (d, p) = limits(a, low, high)?;
    apply_in::<Clamp, 1>(d, [a.tensor(0)?], p)
}

fn clamp_of_(a: &Args, low: Option<usize>, high: Option<usize>) -> Result<Tensor> {
    let (d, p) = limits(a, low, high)?;
    let x = a.tensor(0)?;
    crate::promote::check_cast(d, x.dtype())?;
    apply_to::<Clamp, 1>(x, [x], p)
}

fn clamp(a: &Args) -> Result<Tensor> {
    clamp_of(a, Some(1), Some(2))
}
fn clamp_(a: &Args) -> Result<Tensor> {
    clamp_of_(a, Some(1), Some(2))
}
fn clamp_min(a: &Args) -> Result<Tensor> {
    clamp_of(a, Some(1), None)
}
fn clamp_min_(a: &Args) -> Result<Tensor> {
    clamp_of_(a, Some(1), None)
}
fn clamp_max(a: &Args) -> Result<Tensor> {
    clamp_of(a, None, Some(1))
}
fn clamp_max_(a: &Args) -> Result<Tensor> {
    clamp_of_(a, None, Some(1))
}

fn clamp_tensor(a: &Args) -> Result<Tensor> {
    let (low, high) = (a.opt_tensor(1)?, a.opt_tensor(2)?);
    check!(low.is_some() || high.is_some(), "torch.clamp: At least one of 'min' or 'max' must not be None");
    let mut x = a.tensor(0)?.clone();
    if let Some(l) = low {
        x = apply::<Maximum, 2>([&x, l], NONE)?;
    }
    match high {
        Some(h) => apply::<Minimum, 2>([&x, h], NONE),
        None => Ok(x),
    }
}

fn clamp_tensor_(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    x.copy_from(&clamp_tensor(a)?)?;
    Ok(x.clone())
}

fn at_least(a: &Args) -> Result<Tensor> {
    apply::<Maximum, 2>([a.tensor(0)?, a.tensor(1)?], NONE)
}
fn at_least_(a: &Args) -> Result<Tensor> {
    apply_to::<Maximum, 2>(a.tensor(0)?, [a.tensor(0)?, a.tensor(1)?], NONE)
}
fn at_most(a: &Args) -> Result<Tensor> {
    apply::<Minimum, 2>([a.tensor(0)?, a.tensor(1)?], NONE)
}
fn at_most_(a: &Args) -> Result<Tensor> {
    apply_to::<Minimum, 2>(a.tensor(0)?, [a.tensor(0)?, a.tensor(1)?], NONE)
}

fn check_lerp(x: &Tensor, end: &Tensor) -> Result<()> {
    let (s, e) = (x.dtype(), end.dtype());
    check!(s == e, "expected dtype {} for `end` but got dtype {}", s.name(), e.name());
    Ok(())
}

fn lerp(a: &Args) -> Result<Tensor> {
    let (x, end) = (a.tensor(0)?, a.tensor(1)?);
    check_lerp(x, end)?;
    apply_in::<Lerp, 3>(Rule::Same.apply(x.dtype()), [x, end, &operand(a, 2)?], NONE)
}

fn lerp_(a: &Args) -> Result<Tensor> {
    let (x, end) = (a.tensor(0)?, a.tensor(1)?);
    check_lerp(x, end)?;
    apply_to::<Lerp, 3>(x, [x, end, &operand(a, 2)?], NONE)
}

fn addcmul(a: &Args) -> Result<Tensor> {
    apply::<Addcmul, 3>([a.tensor(0)?, a.tensor(1)?, a.tensor(2)?], params([a.scalar(3)?]))
}
fn addcmul_(a: &Args) -> Result<Tensor> {
    apply_to::<Addcmul, 3>(a.tensor(0)?, [a.tensor(0)?, a.tensor(1)?, a.tensor(2)?], params([a.scalar(3)?]))
}
fn addcdiv(a: &Args) -> Result<Tensor> {
    apply::<Addcdiv, 3>([a.tensor(0)?, a.tensor(1)?, a.tensor(2)?], params([a.scalar(3)?]))
}
fn addcdiv_(a: &Args) -> Result<Tensor> {
    apply_to::<Addcdiv, 3>(a.tensor(0)?, [a.tensor(0)?, a.tensor(1)?, a.tensor(2)?], params([a.scalar(3)?]))
}

operators! {
    aten::addcdiv => addcdiv, aten::addcdiv_ => addcdiv_,
    aten::addcmul => addcmul, aten::addcmul_ => addcmul_,
    aten::clamp => clamp, aten::clamp_ => clamp_, aten::clamp.Tensor => clamp_tensor, aten::clamp_.Tensor => clamp_tensor_,
    aten::clamp_max => clamp_max, aten::clamp_max_ => clamp_max_, aten::clamp_max.Tensor => at_most, aten::clamp_max_.Tensor => at_most_,
    aten::clamp_min => clamp_min, aten::clamp_min_ => clamp_min_, aten::clamp_min.Tensor => at_least, aten::clamp_min_.Tensor => at_least_,
    aten::clip => clamp, aten::clip_ => clamp_, aten::clip.Tensor => clamp_tensor, aten::clip_.Tensor => clamp_tensor_,
    aten::lerp.Scalar => lerp, aten::lerp.Tensor => lerp, aten::lerp_.Scalar => lerp_, aten::lerp_.Tensor => lerp_,
    aten::where.self => select, aten::where.Scalar => select, aten::where.ScalarSelf => select, aten::where.ScalarOther => select,
}
