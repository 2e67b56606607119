//! Operators on numbers, written inline: Python's semantics as TorchScript has them.
//!
//! Which instance is meant follows from the operands' types, so overload names do not matter here. int64 wraps.

use super::asm::{T, V};
use super::func::Func;
use crate::diag::Result;
use crate::graph::{Node, Value};
use crate::types::Type;
use inkwell::values::{FloatValue, IntValue};
use inkwell::{FloatPredicate, IntPredicate};

/// The arithmetic that operands of some types are done in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Int,
    Float,
    Complex,
}

fn kind_of(ty: &Type) -> Option<Kind> {
    match ty {
        Type::Int | Type::Bool | Type::Layout | Type::MemoryFormat | Type::Device | Type::QScheme => Some(Kind::Int),
        Type::Float => Some(Kind::Float),
        Type::Complex => Some(Kind::Complex),
        _ => None,
    }
}

/// The C function behind a `math` operator.
fn libm(op: &str) -> Option<&'static str> {
    Some(match op {
        "acos" => "acos",
        "acosh" => "acosh",
        "asin" => "asin",
        "asinh" => "asinh",
        "atan" => "atan",
        "atan2" => "atan2",
        "atanh" => "atanh",
        "cos" => "cos",
        "cosh" => "cosh",
        "erf" => "erf",
        "erfc" => "erfc",
        "exp" => "exp",
        "expm1" => "expm1",
        "fmod" => "fmod",
        "gamma" => "tgamma",
        "lgamma" => "lgamma",
        "log" => "log",
        "log10" => "log10",
        "log1p" => "log1p",
        "mathremainder" => "remainder",
        "pow" => "pow",
        "sin" => "sin",
        "sinh" => "sinh",
        "tan" => "tan",
        "tanh" => "tanh",
        _ => return None,
    })
}

fn int_predicate(op: &str) -> Option<IntPredicate> {
    Some(match op {
        "eq" => IntPredicate::EQ,
        "ne" => IntPredicate::NE,
        "lt" => IntPredicate::SLT,
        "le" => IntPredicate::SLE,
        "gt" => IntPredicate::SGT,
        "ge" => IntPredicate::SGE,
        _ => return None,
    })
}

fn float_predicate(op: &str) -> FloatPredicate {
    match op {
        "eq" => FloatPredicate::OEQ,
        "ne" => FloatPredicate::UNE,
        "lt" => FloatPredicate::OLT,
        "le" => FloatPredicate::OLE,
        "gt" => FloatPredicate::OGT,
        _ => FloatPredicate::OGE,
    }
}

impl<'c> Func<'_, '_, 'c> {
    /// Writes a node whose operands are numbers; false when it is none of ours.
    pub fn scalar(&mut self, n: Node) -> Result<bool> {
        let data = self.g.node(n);
        let Some((ns, op)) = data.op.split_once("::") else { return Ok(false) };
        if !matches!(ns, "aten" | "prim") || data.outputs.len() != 1 {
            return Ok(false);
        }
        let (inputs, out) = (data.inputs.clone(), data.outputs[0]);
        let kinds: Option<Vec<Kind>> = inputs.iter().map(|v| kind_of(self.ty(*v))).collect();
        let Some(kinds) = kinds else { return Ok(false) };
        if kinds.contains(&Kind::Complex) {
            return self.complex(op, &inputs, out);
        }
        let float = kinds.contains(&Kind::Float);
        let leaf: Option<(V<'c>, Type)> = match (op, &inputs[..]) {
            ("add" | "sub" | "mul", [x, y]) if !float => Some(self.wrapping(op, *x, *y)?),
            ("add" | "sub" | "mul" | "div" | "floordiv" | "remainder", [x, y]) if float || op == "div" => {
                Some((self.float_arithmetic(op, *x, *y)?.into(), Type::Float))
            }
            ("floordiv" | "remainder", [x, y]) => {
                let (x, y) = (self.int(*x)?, self.int(*y)?);
                let (q, r) = self.floor_divide(x, y)?;
                Some((if op == "floordiv" { q } else { r }.into(), Type::Int))
            }
            ("eq" | "ne" | "lt" | "le" | "gt" | "ge", [x, y]) => Some((self.compare(op, *x, *y, float)?.into(), Type::Bool)),
            ("__and__" | "__or__" | "__xor__" | "__lshift__" | "__rshift__", [x, y]) => Some(self.bitwise(op, *x, *y)?),
            ("__not__", [x]) => {
                let x = self.flag(*x)?;
                Some((self.a().not(x)?.into(), Type::Bool))
            }
            ("bitwise_not", [x]) => {
                let x = self.int(*x)?;
                Some((self.a().not(x)?.into(), Type::Int))
            }
            ("__round_to_zero_floordiv", [x, y]) => {
                let (x, y) = (self.int(*x)?, self.int(*y)?);
                Some((self.truncating_divide(x, y)?.0.into(), Type::Int))
            }
            ("neg", [x]) if float => {
                let x = self.float(*x)?;
                Some((self.a().b.build_float_neg(x, "")?.into(), Type::Float))
            }
            ("neg", [x]) => {
                let x = self.int(*x)?;
                Some((self.a().sub(self.a().int(0), x)?.into(), Type::Int))
            }
            ("abs" | "fabs", [x]) if float || op == "fabs" => {
                let x = self.float(*x)?;
                Some((self.float_intrinsic("llvm.fabs", &[x.into()])?, Type::Float))
            }
            ("abs", [x]) => {
                let x = self.int(*x)?;
                let a = self.a();
                let negative = a.icmp(IntPredicate::SLT, x, a.int(0))?;
                let minus = a.sub(a.int(0), x)?;
                Some((a.select(negative, minus, x)?, Type::Int))
            }
            ("min" | "max", [x, y]) => Some(self.extreme(op, *x, *y, float)?),
            ("sqrt", [x]) => {
                let x = self.float(*x)?;
                Some((self.float_intrinsic("llvm.sqrt", &[x.into()])?, Type::Float))
            }
            ("floor" | "ceil", [x]) => {
                let ty = self.ty(*x).clone();
                if float {
                    let x = self.float(*x)?;
                    let r = self.float_intrinsic(if op == "floor" { "llvm.floor" } else { "llvm.ceil" }, &[x.into()])?;
                    Some((self.to_int(r.into_float_value())?.into(), Type::Int))
                } else {
                    Some((self.borrow(*x, &Type::Int)?[0], if ty == Type::Bool { Type::Int } else { ty }))
                }
            }
            ("round", [x]) => {
                let x = self.float(*x)?;
                Some((self.float_intrinsic("llvm.roundeven", &[x.into()])?, Type::Float))
            }
            ("copysign", [x, y]) => {
                let (x, y) = (self.float(*x)?, self.float(*y)?);
                Some((self.float_intrinsic("llvm.copysign", &[x.into(), y.into()])?, Type::Float))
            }
            ("degrees" | "radians", [x]) => {
                let x = self.float(*x)?;
                let factor = if op == "degrees" { 180.0 / std::f64::consts::PI } else { std::f64::consts::PI / 180.0 };
                Some((self.a().b.build_float_mul(x, self.a().float(factor), "")?.into(), Type::Float))
            }
            ("isnan", [x]) => {
                let x = self.float(*x)?;
                Some((self.a().fcmp(FloatPredicate::UNO, x, x)?.into(), Type::Bool))
            }
            ("isinf" | "isfinite", [x]) => {
                let x = self.float(*x)?;
                let x = self.float_intrinsic("llvm.fabs", &[x.into()])?.into_float_value();
                let p = if op == "isinf" { FloatPredicate::OEQ } else { FloatPredicate::ONE };
                Some((self.a().fcmp(p, x, self.a().float(f64::INFINITY))?.into(), Type::Bool))
            }
            ("ldexp", [x, y]) => {
                let (x, y) = (self.float(*x)?, self.int(*y)?);
                let a = self.a();
                let y = a.b.build_int_truncate(y, a.i32, "")?;
                let f = a.helper("ldexp", &[T::F64, T::I32], Some(T::F64));
                Some((a.call_value(f, &[x.into(), y.into()])?, Type::Float))
            }
            ("log", [x, y]) => {
                let (x, y) = (self.float(*x)?, self.float(*y)?);
                let a = self.a();
                let f = a.helper("log", &[T::F64], Some(T::F64));
                let (x, y) = (a.call_value(f, &[x.into()])?, a.call_value(f, &[y.into()])?);
                Some((a.b.build_float_div(x.into_float_value(), y.into_float_value(), "")?.into(), Type::Float))
            }
            ("pow", [x, y]) => Some(self.power(*x, *y, out)?),
            ("Int", [x]) if float => {
                let x = self.float(*x)?;
                Some((self.to_int(x)?.into(), Type::Int))
            }
            ("Int", [x]) => Some((self.borrow(*x, &Type::Int)?[0], Type::Int)),
            ("Float", [x]) => Some((self.float(*x)?.into(), Type::Float)),
            ("Bool", [x]) => Some((self.truth(*x, float)?.into(), Type::Bool)),
            ("Complex", [x, y]) => {
                let l = vec![self.float(*x)?.into(), self.float(*y)?.into()];
                self.set_borrowed(out, l, &Type::Complex, super::func::Own::Static)?;
                return Ok(true);
            }
            ("__range_length", [lo, hi, step]) => {
                let (lo, hi, step) = (self.int(*lo)?, self.int(*hi)?, self.int(*step)?);
                Some((self.range_length(lo, hi, step)?.into(), Type::Int))
            }
            ("__derive_index", [i, start, step]) => {
                let (i, start, step) = (self.int(*i)?, self.int(*start)?, self.int(*step)?);
                let a = self.a();
                Some((a.add(start, a.mul(i, step)?)?.into(), Type::Int))
            }
            (_, [x]) => match libm(op) {
                Some(name) => {
                    let x = self.float(*x)?;
                    let f = self.a().helper(name, &[T::F64], Some(T::F64));
                    Some((self.a().call_value(f, &[x.into()])?, Type::Float))
                }
                None => None,
            },
            (_, [x, y]) => match libm(op) {
                Some(name) => {
                    let (x, y) = (self.float(*x)?, self.float(*y)?);
                    Some((self.float_call(name, x, y)?.into(), Type::Float))
                }
                None => None,
            },
            _ => None,
        };
        let Some((leaf, ty)) = leaf else { return Ok(false) };
        self.set_borrowed(out, vec![leaf], &ty, super::func::Own::Static)?;
        Ok(true)
    }

    fn float_intrinsic(&self, name: &str, args: &[V<'c>]) -> Result<V<'c>> {
        self.a().intrinsic(name, &[self.a().f64.into()], args)
    }

    fn float_call(&self, name: &str, x: FloatValue<'c>, y: FloatValue<'c>) -> Result<FloatValue<'c>> {
        let f = self.a().helper(name, &[T::F64, T::F64], Some(T::F64));
        Ok(self.a().call_value(f, &[x.into(), y.into()])?.into_float_value())
    }

    fn wrapping(&mut self, op: &str, x: Value, y: Value) -> Result<(V<'c>, Type)> {
        let (x, y) = (self.int(x)?, self.int(y)?);
        let a = self.a();
        let r = match op {
            "add" => a.add(x, y)?,
            "sub" => a.sub(x, y)?,
            _ => a.mul(x, y)?,
        };
        Ok((r.into(), Type::Int))
    }

    fn float_arithmetic(&mut self, op: &str, x: Value, y: Value) -> Result<FloatValue<'c>> {
        let (x, y) = (self.float(x)?, self.float(y)?);
        let a = self.a();
        Ok(match op {
            "add" => a.b.build_float_add(x, y, "")?,
            "sub" => a.b.build_float_sub(x, y, "")?,
            "mul" => a.b.build_float_mul(x, y, "")?,
            "div" => a.b.build_float_div(x, y, "")?,
            "floordiv" => {
                let q = a.b.build_float_div(x, y, "")?;
                self.float_intrinsic("llvm.floor", &[q.into()])?.into_float_value()
            }
            // fmod(y + fmod(x, y), y), as the reference computes it.
            _ => {
                let r = self.float_call("fmod", x, y)?;
                let s = self.a().b.build_float_add(y, r, "")?;
                self.float_call("fmod", s, y)?
            }
        })
    }

    /// Quotient and remainder of division towards minus infinity.
    pub fn floor_divide(&mut self, x: IntValue<'c>, y: IntValue<'c>) -> Result<(IntValue<'c>, IntValue<'c>)> {
        if let Some(c) = y.get_sign_extended_constant()
            && c > 0
            && c & (c - 1) == 0
        {
            let a = self.a();
            let q = a.b.build_right_shift(x, a.int(c.trailing_zeros() as i64), true, "")?;
            return Ok((q, a.and(x, a.int(c - 1))?));
        }
        let (q, r) = self.truncating_divide(x, y)?;
        let a = self.a();
        let inexact = a.icmp(IntPredicate::NE, r, a.int(0))?;
        let signs = a.xor(r, y)?;
        let differ = a.icmp(IntPredicate::SLT, signs, a.int(0))?;
        let down = a.and(inexact, differ)?;
        let q1 = a.sub(q, a.int(1))?;
        let r1 = a.add(r, y)?;
        Ok((a.select_int(down, q1, q)?, a.select_int(down, r1, r)?))
    }

    /// Quotient and remainder of division towards zero; raises for 0, wraps for the smallest int by -1.
    fn truncating_divide(&mut self, x: IntValue<'c>, y: IntValue<'c>) -> Result<(IntValue<'c>, IntValue<'c>)> {
        let zero = self.a().icmp(IntPredicate::EQ, y, self.a().int(0))?;
        self.raise_when(zero, "ZeroDivisionError", "division by 0")?;
        let a = self.a();
        if y.get_sign_extended_constant().is_some_and(|c| c != -1) {
            return Ok((a.b.build_int_signed_div(x, y, "")?, a.b.build_int_signed_rem(x, y, "")?));
        }
        let minus = a.icmp(IntPredicate::EQ, y, a.int(-1))?;
        let safe = a.select_int(minus, a.int(1), y)?;
        let q = a.b.build_int_signed_div(x, safe, "")?;
        let r = a.b.build_int_signed_rem(x, safe, "")?;
        let negated = a.sub(a.int(0), x)?;
        Ok((a.select_int(minus, negated, q)?, r))
    }

    fn compare(&mut self, op: &str, x: Value, y: Value, float: bool) -> Result<IntValue<'c>> {
        if float {
            let (x, y) = (self.float(x)?, self.float(y)?);
            return self.a().fcmp(float_predicate(op), x, y);
        }
        let p = int_predicate(op).unwrap_or(IntPredicate::EQ);
        if self.ty(x) == &Type::Device || self.ty(y) == &Type::Device {
            let (x, y) = (self.val(x)?.leaves[0].into_int_value(), self.val(y)?.leaves[0].into_int_value());
            return self.a().icmp(p, x, y);
        }
        let (x, y) = (self.int(x)?, self.int(y)?);
        self.a().icmp(p, x, y)
    }

    fn bitwise(&mut self, op: &str, x: Value, y: Value) -> Result<(V<'c>, Type)> {
        let flags = self.ty(x) == &Type::Bool && self.ty(y) == &Type::Bool && !op.contains("shift");
        let (x, y) = if flags { (self.flag(x)?, self.flag(y)?) } else { (self.int(x)?, self.int(y)?) };
        let a = self.a();
        let r = match op {
            "__and__" => a.and(x, y)?,
            "__or__" => a.or(x, y)?,
            "__xor__" => a.xor(x, y)?,
            // The machine's shifts look at the low 6 bits.
            "__lshift__" => a.b.build_left_shift(x, a.and(y, a.int(63))?, "")?,
            _ => a.b.build_right_shift(x, a.and(y, a.int(63))?, true, "")?,
        };
        Ok((r.into(), if flags { Type::Bool } else { Type::Int }))
    }

    fn extreme(&mut self, op: &str, x: Value, y: Value, float: bool) -> Result<(V<'c>, Type)> {
        if float {
            let (x, y) = (self.float(x)?, self.float(y)?);
            let p = if op == "min" { FloatPredicate::OLT } else { FloatPredicate::OGT };
            let first = self.a().fcmp(p, x, y)?;
            return Ok((self.a().select(first, x, y)?, Type::Float));
        }
        let (x, y) = (self.int(x)?, self.int(y)?);
        let p = if op == "min" { IntPredicate::SLT } else { IntPredicate::SGT };
        let first = self.a().icmp(p, x, y)?;
        Ok((self.a().select(first, x, y)?, Type::Int))
    }

    fn power(&mut self, x: Value, y: Value, out: Value) -> Result<(V<'c>, Type)> {
        let (x, y) = (self.float(x)?, self.float(y)?);
        let a = self.a();
        let zero = a.fcmp(FloatPredicate::OEQ, x, a.float(0.0))?;
        let negative = a.fcmp(FloatPredicate::OLT, y, a.float(0.0))?;
        let bad = a.and(zero, negative)?;
        self.raise_when(bad, "RuntimeError", "0.0 cannot be raised to a negative power")?;
        let r = self.float_call("pow", x, y)?;
        if self.ty(out) == &Type::Int {
            return Ok((self.to_int(r)?.into(), Type::Int));
        }
        Ok((r.into(), Type::Float))
    }

    /// C's conversion to int64 as x86 does it: out of range is the smallest int.
    pub fn to_int(&self, x: FloatValue<'c>) -> Result<IntValue<'c>> {
        let a = self.a();
        let r = a.intrinsic("llvm.fptosi.sat", &[a.i64.into(), a.f64.into()], &[x.into()])?.into_int_value();
        let fits = a.fcmp(FloatPredicate::OLT, x, a.float(9_223_372_036_854_775_808.0))?;
        a.select_int(fits, r, a.int(i64::MIN))
    }

    fn truth(&mut self, x: Value, float: bool) -> Result<IntValue<'c>> {
        if self.ty(x) == &Type::Bool {
            return self.flag(x);
        }
        if float {
            let x = self.float(x)?;
            return self.a().fcmp(FloatPredicate::UNE, x, self.a().float(0.0));
        }
        let x = self.int(x)?;
        self.a().icmp(IntPredicate::NE, x, self.a().int(0))
    }

    /// The number of steps of `range(lo, hi, step)`.
    fn range_length(&mut self, lo: IntValue<'c>, hi: IntValue<'c>, step: IntValue<'c>) -> Result<IntValue<'c>> {
        let zero = self.a().icmp(IntPredicate::EQ, step, self.a().int(0))?;
        self.raise_when(zero, "ValueError", "range() arg 3 must not be zero")?;
        let a = self.a();
        // Upwards: 1 + (hi - 1 - lo) / step when lo < hi; downwards the same with the ends exchanged.
        let up = a.icmp(IntPredicate::SGT, step, a.int(0))?;
        let (from, to) = (a.select_int(up, lo, hi)?, a.select_int(up, hi, lo)?);
        let minus = a.sub(a.int(0), step)?;
        let size = a.select_int(up, step, minus)?;
        let some = a.icmp(IntPredicate::SLT, from, to)?;
        let span = a.sub(a.sub(to, a.int(1))?, from)?;
        let n = a.b.build_int_unsigned_div(span, size, "")?;
        let n = a.add(n, a.int(1))?;
        a.select_int(some, n, a.int(0))
    }

    /// Operators on complex numbers; those not here are the runtime's.
    fn complex(&mut self, op: &str, inputs: &[Value], out: Value) -> Result<bool> {
        if !matches!((op, inputs.len()), ("add" | "sub" | "mul" | "eq" | "ne", 2) | ("neg" | "conj" | "abs", 1)) {
            return Ok(false);
        }
        let mut parts = vec![];
        for v in inputs {
            let l = self.borrow(*v, &Type::Complex)?;
            parts.push((l[0].into_float_value(), l[1].into_float_value()));
        }
        let a = self.a();
        let mul = |x, y| -> Result<FloatValue<'c>> { Ok(a.b.build_float_mul(x, y, "")?) };
        let l = match (op, &parts[..]) {
            ("add", [x, y]) => [a.b.build_float_add(x.0, y.0, "")?, a.b.build_float_add(x.1, y.1, "")?],
            ("sub", [x, y]) => [a.b.build_float_sub(x.0, y.0, "")?, a.b.build_float_sub(x.1, y.1, "")?],
            ("mul", [x, y]) => [
                a.b.build_float_sub(mul(x.0, y.0)?, mul(x.1, y.1)?, "")?,
                a.b.build_float_add(mul(x.0, y.1)?, mul(x.1, y.0)?, "")?,
            ],
            ("neg", [x]) => [a.b.build_float_neg(x.0, "")?, a.b.build_float_neg(x.1, "")?],
            ("conj", [x]) => [x.0, a.b.build_float_neg(x.1, "")?],
            ("eq" | "ne", [x, y]) => {
                let re = a.fcmp(FloatPredicate::OEQ, x.0, y.0)?;
                let im = a.fcmp(FloatPredicate::OEQ, x.1, y.1)?;
                let same = a.and(re, im)?;
                let r = if op == "eq" { same } else { a.not(same)? };
                self.set(out, r, &Type::Bool)?;
                return Ok(true);
            }
            ("abs", [x]) => {
                let r = self.float_call("hypot", x.0, x.1)?;
                self.set(out, r, &Type::Float)?;
                return Ok(true);
            }
            _ => return Ok(false),
        };
        self.set_borrowed(out, l.iter().map(|x| (*x).into()).collect(), &Type::Complex, super::func::Own::Static)?;
        Ok(true)
    }
}
