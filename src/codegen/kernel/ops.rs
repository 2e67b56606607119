//! Operations on vectors of any type.

use super::vector::{constant, splat, splat_int, vector};
use super::{Emit, math};
use crate::codegen::asm::{V, internal};
use crate::diag::Result;
use crate::kernel::{BinOp, Cmp, Fold, Number, Op, Ty, UnOp};
use inkwell::types::{BasicTypeEnum, VectorType};
use inkwell::values::{IntValue, VectorValue};
use inkwell::{FloatPredicate, IntPredicate};

impl<'c> Emit<'_, 'c> {
    pub(super) fn choose(&self, c: VectorValue<'c>, x: VectorValue<'c>, y: VectorValue<'c>) -> Result<VectorValue<'c>> {
        math::choose(self.a, c, x, y)
    }

    pub(super) fn op(&mut self, ty: Ty, op: &Op) -> Result<VectorValue<'c>> {
        let a = self.a;
        let w = self.width();
        Ok(match op {
            Op::Const(n) => constant(a, ty, *n, w),
            Op::Param(p) => {
                let at = (self.k.buffers.len() + self.k.symbols.len()) as u32 + p;
                let v = self.f.get_nth_param(at).ok_or_else(|| internal("a kernel without its parameter"))?;
                let from = if matches!(v, V::FloatValue(_)) { Ty::F64 } else { Ty::I64 };
                let one = a.b.build_insert_element(vector(a, from, 1).get_poison(), v, a.int32(0), "")?;
                let one = self.cast(from, ty, one)?;
                splat(a, one, w)?
            }
            Op::Load(b, at) => splat(a, self.load(*b, at)?, w)?,
            Op::Pad(b, at, other) => self.pad(*b, at, *other)?,
            Op::Un(op, x) => self.unary(*op, self.k.ty(*x), self.reg(*x)?)?,
            Op::Bin(op, x, y) => self.binary(*op, ty, self.reg(*x)?, self.reg(*y)?)?,
            Op::Cmp(c, x, y) => self.compare(*c, self.k.ty(*x), self.reg(*x)?, self.reg(*y)?)?,
            Op::Fma(x, y, z) => math::fma(a, self.reg(*x)?, self.reg(*y)?, self.reg(*z)?)?,
            Op::Select(c, x, y) => self.choose(self.reg(*c)?, self.reg(*x)?, self.reg(*y)?)?,
            Op::Cast(x) => self.cast(self.k.ty(*x), ty, self.reg(*x)?)?,
            Op::At(v) => {
                let i = *self.vars.get(v).ok_or_else(|| internal("a variable outside its loop"))?;
                let i = splat_int(a, i, w)?;
                match self.lane {
                    Some(l) if l.var == *v => {
                        let lanes: Vec<IntValue> = (0..w).map(|k| a.int(k as i64)).collect();
                        a.b.build_int_add(i, VectorType::const_vector(&lanes), "")?
                    }
                    _ => i,
                }
            }
        })
    }

    fn cast(&self, from: Ty, to: Ty, v: VectorValue<'c>) -> Result<VectorValue<'c>> {
        let a = self.a;
        let n = v.get_type().get_size();
        let want = vector(a, to, n);
        Ok(match (from, to) {
            (f, t) if f == t => v,
            (f, Ty::Bool) if f.is_float() => a.b.build_float_compare(FloatPredicate::UNE, v, v.get_type().const_zero(), "")?,
            (_, Ty::Bool) => a.b.build_int_compare(IntPredicate::NE, v, v.get_type().const_zero(), "")?,
            (Ty::F32, Ty::F64) => a.b.build_float_ext(v, want, "")?,
            (Ty::F64, Ty::F32) => a.b.build_float_trunc(v, want, "")?,
            // Values out of range give some number, never poison.
            (f, _) if f.is_float() => {
                let wide = vector(a, Ty::I64, n);
                let t: [BasicTypeEnum; 2] = [wide.into(), v.get_type().into()];
                let i = a.intrinsic("llvm.fptosi.sat", &t, &[v.into()])?.into_vector_value();
                self.cast(Ty::I64, to, i)?
            }
            (f, t) if t.is_float() => {
                if f.is_signed() {
                    a.b.build_signed_int_to_float(v, want, "")?
                } else {
                    a.b.build_unsigned_int_to_float(v, want, "")?
                }
            }
            (f, t) if f.size() > t.size() => a.b.build_int_truncate(v, want, "")?,
            (Ty::Bool | Ty::U8, t) if t.size() > 1 || from == Ty::Bool => a.b.build_int_z_extend(v, want, "")?,
            (f, t) if f.size() < t.size() => a.b.build_int_s_extend(v, want, "")?,
            _ => v,
        })
    }

    fn compare(&self, c: Cmp, ty: Ty, x: VectorValue<'c>, y: VectorValue<'c>) -> Result<VectorValue<'c>> {
        use FloatPredicate as F;
        use IntPredicate as I;
        let (f, s, u) = match c {
            Cmp::Eq => (F::OEQ, I::EQ, I::EQ),
            Cmp::Ne => (F::UNE, I::NE, I::NE),
            Cmp::Lt => (F::OLT, I::SLT, I::ULT),
            Cmp::Le => (F::OLE, I::SLE, I::ULE),
            Cmp::Gt => (F::OGT, I::SGT, I::UGT),
            Cmp::Ge => (F::OGE, I::SGE, I::UGE),
        };
        let b = &self.a.b;
        Ok(if ty.is_float() {
            b.build_float_compare(f, x, y, "")?
        } else {
            b.build_int_compare(if ty.is_signed() { s } else { u }, x, y, "")?
        })
    }

    fn unary(&self, op: UnOp, ty: Ty, x: VectorValue<'c>) -> Result<VectorValue<'c>> {
        let a = self.a;
        let zero = x.get_type().const_zero();
        if ty.is_float() {
            return math::unary(a, self.isa, op, ty, x);
        }
        Ok(match op {
            UnOp::Not => a.b.build_not(x, "")?,
            UnOp::Neg => a.b.build_int_neg(x, "")?,
            UnOp::Abs if !ty.is_signed() => x,
            UnOp::Abs => {
                let negative = self.compare(Cmp::Lt, ty, x, zero)?;
                self.choose(negative, a.b.build_int_neg(x, "")?, x)?
            }
            UnOp::Sign => {
                let n = x.get_type().get_size();
                let over = a.b.build_int_z_extend(self.compare(Cmp::Gt, ty, x, zero)?, vector(a, ty, n), "")?;
                let under = a.b.build_int_z_extend(self.compare(Cmp::Lt, ty, x, zero)?, vector(a, ty, n), "")?;
                a.b.build_int_sub(over, under, "")?
            }
            other => return Err(internal(format!("{} of integers", other.word()))),
        })
    }

    pub(super) fn binary(&self, op: BinOp, ty: Ty, x: VectorValue<'c>, y: VectorValue<'c>) -> Result<VectorValue<'c>> {
        let a = self.a;
        if ty.is_float() {
            return math::binary(a, op, x, y);
        }
        let zero = x.get_type().const_zero();
        Ok(match op {
            BinOp::Add => a.b.build_int_add(x, y, "")?,
            BinOp::Sub => a.b.build_int_sub(x, y, "")?,
            BinOp::Mul => a.b.build_int_mul(x, y, "")?,
            BinOp::And => a.b.build_and(x, y, "")?,
            BinOp::Or => a.b.build_or(x, y, "")?,
            BinOp::Xor => a.b.build_xor(x, y, "")?,
            BinOp::Min => self.choose(self.compare(Cmp::Lt, ty, x, y)?, x, y)?,
            BinOp::Max => self.choose(self.compare(Cmp::Gt, ty, x, y)?, x, y)?,
            BinOp::Div | BinOp::Rem | BinOp::FloorDiv | BinOp::Mod => {
                let one = constant(a, ty, Number::Int(1), x.get_type().get_size());
                let by_zero = self.compare(Cmp::Eq, ty, y, zero)?;
                let minus = self.compare(Cmp::Eq, ty, y, constant(a, ty, Number::Int(-1), x.get_type().get_size()))?;
                // The two divisors that trap are divided by in other ways.
                let apart = if ty.is_signed() { a.b.build_or(by_zero, minus, "")? } else { by_zero };
                let safe = self.choose(apart, one, y)?;
                let (mut q, r) = if ty.is_signed() {
                    (a.b.build_int_signed_div(x, safe, "")?, a.b.build_int_signed_rem(x, safe, "")?)
                } else {
                    (a.b.build_int_unsigned_div(x, safe, "")?, a.b.build_int_unsigned_rem(x, safe, "")?)
                };
                if ty.is_signed() {
                    q = self.choose(minus, a.b.build_int_neg(x, "")?, q)?;
                }
                let signs = a.b.build_xor(r, y, "")?;
                let off = a.b.build_and(self.compare(Cmp::Ne, ty, r, zero)?, self.compare(Cmp::Lt, ty, signs, zero)?, "")?;
                let v = match op {
                    BinOp::Div => q,
                    BinOp::Rem => r,
                    BinOp::FloorDiv => self.choose(off, a.b.build_int_sub(q, one, "")?, q)?,
                    _ => self.choose(off, a.b.build_int_add(r, y, "")?, r)?,
                };
                self.choose(by_zero, zero, v)?
            }
            BinOp::Pow | BinOp::Atan2 => return Err(internal(format!("{} of integers", op.word()))),
        })
    }
}

pub(super) fn fold_op(f: Fold) -> BinOp {
    match f {
        Fold::Sum => BinOp::Add,
        Fold::Prod => BinOp::Mul,
        Fold::Max => BinOp::Max,
        Fold::Min => BinOp::Min,
    }
}
