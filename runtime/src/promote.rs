//! Type promotion: `torch.promote_types` and `torch.result_type`.

use crate::dtype::{DType, DType::*, default_dtype};
use crate::element::Scalar;
use crate::error::Result;
use crate::tensor::Tensor;

/// The smallest type that both types convert to, as `torch.promote_types`.
pub fn promote_types(a: DType, b: DType) -> Result<DType> {
    if a == b {
        return Ok(a);
    }
    let wide_unsigned = |d: DType| matches!(d, U16 | U32 | U64);
    if wide_unsigned(a) || wide_unsigned(b) {
        for (x, y) in [(a, b), (b, a)] {
            if x.is_float() && wide_unsigned(y) {
                return Ok(x);
            }
        }
        bail!("Promotion for uint16, uint32, uint64 types is not supported, attempted to promote {} and {}", a.name(), b.name());
    }
    Ok(match (class(a), class(b)) {
        (3, _) | (_, 3) => {
            let part = |d: DType| if d.is_complex() || d.is_float() { d.to_real() } else { F16 };
            join_float(part(a), part(b)).to_complex()
        }
        (2, 2) => join_float(a, b),
        (2, _) => a,
        (_, 2) => b,
        (0, _) => b,
        (_, 0) => a,
        _ => join_int(a, b),
    })
}

/// 0 bool, 1 integer, 2 float, 3 complex.
fn class(d: DType) -> u8 {
    match d {
        Bool => 0,
        d if d.is_float() => 2,
        d if d.is_complex() => 3,
        _ => 1,
    }
}

fn join_float(a: DType, b: DType) -> DType {
    match (a, b) {
        _ if a == b => a,
        (F64, _) | (_, F64) => F64,
        _ => F32,
    }
}

fn join_int(a: DType, b: DType) -> DType {
    match (a, b) {
        (U8, I8) | (I8, U8) => I16,
        _ if a.size() >= b.size() => {
            if a.size() == b.size() && a == U8 {
                b
            } else {
                a
            }
        }
        _ => b,
    }
}

/// True when a result of type `from` may be stored into a tensor of type `to` by an in-place operator.
pub fn can_cast(from: DType, to: DType) -> bool {
    !((from.is_complex() && !to.is_complex()) || (from.is_float() && to.is_int()) || (from != Bool && to == Bool))
}

/// The error of an in-place operator whose result does not fit: see [`can_cast`].
pub fn check_cast(from: DType, to: DType) -> Result<()> {
    check!(can_cast(from, to), "result type {} can't be cast to the desired output type {}", from.name(), to.name());
    Ok(())
}

/// Gathers operands for `torch.result_type`: tensors with dimensions outrank 0-dim tensors, which outrank numbers,
/// within the same class of types.
#[derive(Clone, Copy, Default)]
pub struct ResultType {
    dim: Option<DType>,
    zero: Option<DType>,
    wrapped: Option<DType>,
}

fn join(a: Option<DType>, b: DType) -> Result<Option<DType>> {
    Ok(Some(match a {
        Some(a) => promote_types(a, b)?,
        None => b,
    }))
}

fn combine(higher: Option<DType>, lower: Option<DType>) -> Result<Option<DType>> {
    let (Some(h), Some(l)) = (higher, lower) else { return Ok(higher.or(lower)) };
    Ok(Some(match () {
        _ if h.is_complex() => h,
        _ if h.is_float() && l.is_complex() => h.to_complex(),
        _ if h.is_float() => h,
        _ if h == Bool || l.is_float() || l.is_complex() => promote_types(h, l)?,
        _ => h,
    }))
}

impl ResultType {
    pub fn new() -> ResultType {
        ResultType::default()
    }

    pub fn tensor(mut self, t: &Tensor) -> Result<ResultType> {
        let d = t.dtype();
        if t.dim() > 0 {
            self.dim = join(self.dim, d)?;
        } else if t.is_wrapped_number() {
            let d = match class(d) {
                3 => default_dtype().to_complex(),
                2 => default_dtype(),
                _ => d,
            };
            self.wrapped = join(self.wrapped, d)?;
        } else {
            self.zero = join(self.zero, d)?;
        }
        Ok(self)
    }

    pub fn scalar(mut self, s: Scalar) -> Result<ResultType> {
        let d = match s {
            Scalar::Bool(_) => Bool,
            Scalar::Int(_) => I64,
            Scalar::Float(_) => default_dtype(),
            Scalar::Complex(_) => default_dtype().to_complex(),
        };
        self.wrapped = join(self.wrapped, d)?;
        Ok(self)
    }

    pub fn finish(self) -> Result<DType> {
        combine(self.dim, combine(self.zero, self.wrapped)?)?.ok_or_else(|| err!("result type of no operands"))
    }
}

/// `torch.result_type` of two tensors.
pub fn result_type(a: &Tensor, b: &Tensor) -> Result<DType> {
    if a.dtype() == b.dtype() && !a.is_wrapped_number() && !b.is_wrapped_number() {
        return Ok(a.dtype());
    }
    ResultType::new().tensor(a)?.tensor(b)?.finish()
}

/// `torch.result_type` of a tensor and a number.
pub fn result_type_scalar(a: &Tensor, s: Scalar) -> Result<DType> {
    ResultType::new().tensor(a)?.scalar(s)?.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_promote_as_in_pytorch() {
        let p = |a, b| promote_types(a, b).ok();
        assert_eq!(p(U8, I8), Some(I16));
        assert_eq!(p(U8, I32), Some(I32));
        assert_eq!(p(F16, BF16), Some(F32));
        assert_eq!(p(I64, F16), Some(F16));
        assert_eq!(p(BF16, C32), Some(C64));
        assert_eq!(p(F64, C64), Some(C128));
        assert_eq!(p(I64, C32), Some(C32));
        assert_eq!(p(Bool, U8), Some(U8));
        assert_eq!(p(U16, I32), None);
        assert_eq!(p(U16, F16), Some(F16));
    }
}
