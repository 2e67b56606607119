//! Between tensors and Python numbers: `item`, conversions, type queries.

use crate::dtype::DType;
use crate::element::{Complex, f64_to_i64};
use crate::list::{Elem, List};
use crate::promote::{ResultType, can_cast as castable, promote_types as promoted, result_type};
use crate::tensor::Tensor;
use crate::value::Value;
use crate::{Args, Result, Scalar};

operators! {
    aten::item => item,
    aten::is_grad_enabled => |_: &Args| -> Result<bool> { Ok(!grad_off().get()) },
    aten::set_grad_enabled => |a: &Args| -> Result<()> { grad_off().set(!a.bool(0)?); Ok(()) },
    prim::AddStatValue => |_: &Args| -> Result<()> { Ok(()) },
    prim::TimePoint => |_: &Args| -> Result<i64> { Ok(nanoseconds()) },
    aten::_local_scalar_dense => item,
    aten::Int.Tensor => int,
    aten::Int.Scalar => int,
    aten::Int.bool => int,
    aten::Int.float => int,
    aten::Float.Tensor => float,
    aten::Float.Scalar => float,
    aten::Float.bool => float,
    aten::Float.int => float,
    aten::Bool.Tensor => boolean,
    aten::Bool.float => boolean,
    aten::Bool.int => boolean,
    aten::is_nonzero => boolean,
    aten::Complex.Scalar => complex,
    aten::Complex.Tensor_Tensor => complex_pair,
    aten::Complex.Tensor_bool => complex_pair,
    aten::Complex.Tensor_float => complex_pair,
    aten::Complex.Tensor_int => complex_pair,
    aten::Complex.bool_Tensor => complex_pair,
    aten::Complex.bool_bool => complex_pair,
    aten::Complex.bool_float => complex_pair,
    aten::Complex.bool_int => complex_pair,
    aten::Complex.float_Tensor => complex_pair,
    aten::Complex.float_bool => complex_pair,
    aten::Complex.float_float => complex_pair,
    aten::Complex.float_int => complex_pair,
    aten::Complex.int_Tensor => complex_pair,
    aten::Complex.int_bool => complex_pair,
    aten::Complex.int_float => complex_pair,
    aten::Complex.int_int => complex_pair,
    aten::IntImplicit => int_implicit,
    aten::FloatImplicit => float_implicit,
    aten::ComplexImplicit => complex_implicit,
    aten::ScalarImplicit => scalar_implicit,
    aten::is_floating_point => is_floating_point,
    aten::is_complex => is_complex,
    aten::is_signed => is_signed,
    aten::result_type.Tensor => result_type_tensors,
    aten::result_type.Scalar => result_type_scalar,
    aten::result_type.Scalar_Tensor => result_type_scalar_tensor,
    aten::result_type.Scalar_Scalar => result_type_scalars,
    aten::promote_types => promote_types,
    aten::can_cast => can_cast,
    aten::_unwrap_optional => unwrap_optional,
    aten::__range_length => range_length,
    aten::__derive_index => derive_index,
    prim::EnumName => enum_name,
    prim::EnumValue.int => enum_value,
    prim::EnumValue.float => enum_value,
    prim::EnumValue.str => enum_value,
    aten::device => device,
    aten::device.with_index => device_with_index,
    prim::device => device_of,
    prim::index => device_index,
    prim::tolist => tolist,
    prim::type => device_type,
}

fn item(a: &Args) -> Result<Scalar> {
    a.tensor(0)?.item()
}

fn int(a: &Args) -> Result<i64> {
    Ok(match a.scalar(0)? {
        Scalar::Float(f) => f64_to_i64(f),
        s => s.to_i64(),
    })
}

fn float(a: &Args) -> Result<f64> {
    Ok(a.scalar(0)?.to_f64())
}

fn boolean(a: &Args) -> Result<bool> {
    if let Some(t) = a.value(0)?.as_tensor() {
        check!(t.numel() != 0, "Boolean value of Tensor with no values is ambiguous");
        check!(t.numel() == 1, "Boolean value of Tensor with more than one value is ambiguous");
    }
    Ok(a.scalar(0)?.to_bool())
}

fn complex(a: &Args) -> Result<Complex<f64>> {
    a.complex(0)
}

fn complex_pair(a: &Args) -> Result<Complex<f64>> {
    Ok(Complex::new(a.float(0)?, a.float(1)?))
}

/// A tensor that stands where a number is expected.
fn implicit<'a>(a: &Args<'a>) -> Result<&'a Tensor> {
    let t = a.tensor(0)?;
    check!(!t.requires_grad(), "Cannot input a tensor that requires grad as a scalar argument");
    check!(t.dim() == 0, "Cannot input a tensor of dimension other than 0 as a scalar argument");
    Ok(t)
}

fn int_implicit(a: &Args) -> Result<i64> {
    let t = implicit(a)?;
    check!(t.dtype().is_int(), "Cannot input a tensor of type {} as an integral argument", t.dtype().name());
    Ok(t.item()?.to_i64())
}

fn float_implicit(a: &Args) -> Result<f64> {
    Ok(implicit(a)?.item()?.to_f64())
}

fn complex_implicit(a: &Args) -> Result<Complex<f64>> {
    Ok(implicit(a)?.item()?.to())
}

fn scalar_implicit(a: &Args) -> Result<Scalar> {
    implicit(a)?.item()
}

fn is_floating_point(a: &Args) -> Result<bool> {
    Ok(a.tensor(0)?.dtype().is_float())
}

fn is_complex(a: &Args) -> Result<bool> {
    Ok(a.tensor(0)?.dtype().is_complex())
}

fn is_signed(a: &Args) -> Result<bool> {
    Ok(a.tensor(0)?.dtype().is_signed())
}

fn result_type_tensors(a: &Args) -> Result<DType> {
    result_type(a.tensor(0)?, a.tensor(1)?)
}

fn result_type_scalar(a: &Args) -> Result<DType> {
    crate::promote::result_type_scalar(a.tensor(0)?, a.scalar(1)?)
}

fn result_type_scalar_tensor(a: &Args) -> Result<DType> {
    crate::promote::result_type_scalar(a.tensor(1)?, a.scalar(0)?)
}

fn result_type_scalars(a: &Args) -> Result<DType> {
    ResultType::new().scalar(a.scalar(0)?)?.scalar(a.scalar(1)?)?.finish()
}

fn promote_types(a: &Args) -> Result<DType> {
    promoted(a.dtype(0)?, a.dtype(1)?)
}

fn can_cast(a: &Args) -> Result<bool> {
    Ok(castable(a.dtype(0)?, a.dtype(1)?))
}

fn unwrap_optional(a: &Args) -> Result<Value> {
    check!(!a.is_none(0), "Unwrapping null optional");
    Ok(a.value(0)?.clone())
}

fn range_length(a: &Args) -> Result<i64> {
    let (lo, hi, step) = (a.int(0)?, a.int(1)?, a.int(2)?);
    check!(step != 0, Value, "range() arg 3 must not be zero");
    Ok(match step > 0 {
        true if lo < hi => 1 + (hi - 1 - lo) / step,
        false if lo > hi => 1 + (lo - 1 - hi) / step.saturating_neg(),
        _ => 0,
    })
}

fn derive_index(a: &Args) -> Result<i64> {
    Ok(a.int(1)?.wrapping_add(a.int(0)?.wrapping_mul(a.int(2)?)))
}

fn member(a: &Args, field: usize) -> Result<Value> {
    let e = a.value(0)?.as_instance().and_then(|e| e.get(field));
    e.ok_or_else(|| err!(Type, "expected an enum member"))
}

fn enum_name(a: &Args) -> Result<Value> {
    member(a, 0)
}

fn enum_value(a: &Args) -> Result<Value> {
    member(a, 1)
}

/// Device types by name, with PyTorch's numbers.
const DEVICES: [(&str, u32); 5] = [("cpu", 0), ("cuda", 1), ("mkldnn", 2), ("mps", 13), ("meta", 14)];

fn device_number(name: &str) -> Result<u32> {
    let found = DEVICES.iter().find(|d| d.0 == name).map(|d| d.1);
    found.ok_or_else(|| err!("Expected one of cpu, cuda, mkldnn, mps, meta device type at start of device string: {name}"))
}

/// The device that a string like `cuda:1` names.
pub fn parse_device(text: &str) -> Result<Value> {
    let Some((name, index)) = text.split_once(':') else { return Ok(Value::device(device_number(text)?, None)) };
    let i = index.parse().map_err(|_| err!("Invalid device string: '{text}'"))?;
    Ok(Value::device(device_number(name)?, Some(i)))
}

fn device(a: &Args) -> Result<Value> {
    parse_device(a.str(0)?)
}

fn device_with_index(a: &Args) -> Result<Value> {
    let i = u32::try_from(a.int(1)?).map_err(|_| err!("Device index must not be negative"))?;
    Ok(Value::device(device_number(a.str(0)?)?, Some(i)))
}

fn device_of(_: &Args) -> Result<Value> {
    Ok(Value::device(0, None))
}

fn device_index(a: &Args) -> Result<Option<i64>> {
    let (_, i) = a.value(0)?.as_device().ok_or_else(|| err!(Type, "expected a device"))?;
    Ok(i.map(|i| i as i64))
}

fn device_type(a: &Args) -> Result<&'static str> {
    let (kind, _) = a.value(0)?.as_device().ok_or_else(|| err!(Type, "expected a device"))?;
    Ok(DEVICES.iter().find(|d| d.1 == kind).map_or("unknown", |d| d.0))
}

/// The elements as lists nested `depth` deep, leaves of layout `elem`; `depth` 0 is the only element itself.
pub fn to_list(t: &Tensor, depth: usize, elem: Elem) -> Result<Value> {
    check!(
        depth == t.dim(),
        "Output annotation list dimension and runtime tensor dimension must match for tolist(), got {depth} and {}",
        t.dim()
    );
    let d = t.dtype();
    let fits = match elem {
        Elem::I64 => d == DType::I64,
        Elem::F64 => d.is_float(),
        Elem::Bool => d == DType::Bool,
        _ => d.is_complex(),
    };
    check!(fits, "Output annotation element type and runtime tensor element type must match for tolist()");
    nested(t, elem)
}

fn nested(t: &Tensor, elem: Elem) -> Result<Value> {
    let Some(&n) = t.sizes().first() else { return Ok(t.item()?.into()) };
    let list = List::new(if t.dim() == 1 { elem } else { Elem::Ptr }, n as usize);
    for i in 0..n {
        list.push(nested(&t.select(0, i)?, elem)?)?;
    }
    Ok(list.into())
}

/// `prim::tolist(t, depth, code)`: 0, 1, 2 or 3 for elements that are int, float, bool or complex.
fn tolist(a: &Args) -> Result<Value> {
    let elem = match a.int(2)? {
        0 => Elem::I64,
        1 => Elem::F64,
        2 => Elem::Bool,
        _ => Elem::Val,
    };
    to_list(a.tensor(0)?, a.int(1)? as usize, elem)
}

unsafe extern "C" {
    fn ts_grad_off() -> *const core::cell::Cell<bool>;
}

/// Whether gradients are switched off on this thread.
fn grad_off() -> &'static core::cell::Cell<bool> {
    // SAFETY: the thread's own byte, 0 or 1.
    unsafe { &*ts_grad_off() }
}

fn nanoseconds() -> i64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a place to write to.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut t) };
    t.tv_sec * 1_000_000_000 + t.tv_nsec
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::creation::from_value;
    use crate::print::python_repr;

    #[test]
    fn lists_become_tensors_and_back() {
        let row = |v: &[f64]| List::from_items(v.iter().copied());
        let l = Value::from(List::from_items([row(&[1.0, 2.5]), row(&[3.0, 4.0])]));
        let t = from_value(&l, None).unwrap();
        assert_eq!((t.sizes(), t.dtype()), (&[2, 2][..], DType::F32));
        assert_eq!(python_repr(&to_list(&t, 2, Elem::F64).unwrap()), "[[1.0, 2.5], [3.0, 4.0]]");
        assert!(to_list(&t, 1, Elem::F64).is_err());
        let ragged = Value::from(List::from_items([row(&[1.0]), row(&[3.0, 4.0])]));
        assert!(from_value(&ragged, None).is_err());
        assert_eq!(from_value(&Value::from(List::new(Elem::I64, 0)), None).unwrap().dtype(), DType::I64);
    }
}
