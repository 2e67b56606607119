//! LLVM's vectors: their types, the same number in all lanes, and lanes spread.

use crate::codegen::asm::{Asm, V};
use crate::diag::Result;
use crate::kernel::{Number, Ty};
use inkwell::types::VectorType;
use inkwell::values::{IntValue, VectorValue};

/// The type of `n` elements in registers.
pub fn vector<'c>(a: &Asm<'c>, ty: Ty, n: u32) -> VectorType<'c> {
    match ty {
        Ty::Bool => a.i1.vec_type(n),
        Ty::U8 | Ty::I8 => a.i8.vec_type(n),
        Ty::I16 => a.cx.i16_type().vec_type(n),
        Ty::I32 => a.i32.vec_type(n),
        Ty::I64 => a.i64.vec_type(n),
        Ty::F32 => a.cx.f32_type().vec_type(n),
        Ty::F64 => a.f64.vec_type(n),
    }
}

/// The same number in all lanes.
pub fn constant<'c>(a: &Asm<'c>, ty: Ty, n: Number, width: u32) -> VectorValue<'c> {
    let v: V = match (ty, n) {
        (Ty::F32, Number::Float(x)) => a.cx.f32_type().const_float(x).into(),
        (Ty::F64, Number::Float(x)) => a.f64.const_float(x).into(),
        (_, Number::Float(x)) => vector(a, ty, 1).get_element_type().into_int_type().const_int(x as i64 as u64, true).into(),
        (ty, Number::Int(x)) if ty.is_float() => {
            vector(a, ty, 1).get_element_type().into_float_type().const_float(x as f64).into()
        }
        (_, Number::Int(x)) => vector(a, ty, 1).get_element_type().into_int_type().const_int(x as u64, true).into(),
        (_, Number::Bool(x)) => a.bool(x).into(),
    };
    VectorType::const_vector_of(&v, width)
}

/// Vector constants, which inkwell makes from slices of each type.
trait ConstVector<'c> {
    fn const_vector_of(v: &V<'c>, n: u32) -> VectorValue<'c>;
}

impl<'c> ConstVector<'c> for VectorType<'c> {
    fn const_vector_of(v: &V<'c>, n: u32) -> VectorValue<'c> {
        match v {
            V::FloatValue(f) => VectorType::const_vector(&vec![*f; n as usize]),
            V::IntValue(i) => VectorType::const_vector(&vec![*i; n as usize]),
            other => VectorType::const_vector(&vec![other.into_pointer_value(); n as usize]),
        }
    }
}

/// The type of `n` elements in memory: bools are bytes.
pub(super) fn memory<'c>(a: &Asm<'c>, ty: Ty, n: u32) -> VectorType<'c> {
    vector(a, if ty == Ty::Bool { Ty::U8 } else { ty }, n)
}

/// One lane in all of `n`.
pub(super) fn splat<'c>(a: &Asm<'c>, v: VectorValue<'c>, n: u32) -> Result<VectorValue<'c>> {
    if v.get_type().get_size() == n {
        return Ok(v);
    }
    let lanes = vec![a.int32(0); n as usize];
    Ok(a.b.build_shuffle_vector(v, v.get_type().get_poison(), VectorType::const_vector(&lanes), "")?)
}

pub(super) fn splat_int<'c>(a: &Asm<'c>, i: IntValue<'c>, n: u32) -> Result<VectorValue<'c>> {
    let one = a.b.build_insert_element(i.get_type().vec_type(1).get_poison(), i, a.int32(0), "")?;
    splat(a, one, n)
}
