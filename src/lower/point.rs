//! Pointwise operators: what each computes from the elements at one place.

use super::tensors::Compute;
use crate::kernel::build::Builder;
use crate::kernel::{BinOp, Cmp, Reg, Ty, UnOp};

/// How an operator's operands and result are typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Computed in the promoted type.
    Promoted,
    /// As [`Class::Promoted`], of floats only.
    FloatOnly,
    /// Integers become floats.
    Float,
    /// Operands are promoted, the result is a bool.
    Compare,
    /// Operands are bools.
    Logical,
    /// Integers and bools, promoted.
    Bits,
}
use Class::*;

/// `x` in the type of `like`.
fn k(b: &mut Builder, like: Reg, x: f64) -> Reg {
    b.number(b.ty(like), x)
}

macro_rules! un {
    ($op:ident) => {
        |b, x| b.un(UnOp::$op, x[0])
    };
}
macro_rules! bin {
    ($op:ident) => {
        |b, x| b.bin(BinOp::$op, x[0], x[1])
    };
}
macro_rules! cmp {
    ($op:ident) => {
        |b, x| b.cmp(Cmp::$op, x[0], x[1])
    };
}

fn clamp(b: &mut Builder, x: Reg, lo: f64, hi: f64) -> Reg {
    let (lo, hi) = (k(b, x, lo), k(b, x, hi));
    let x = b.bin(BinOp::Max, x, lo);
    b.bin(BinOp::Min, x, hi)
}

fn mul(b: &mut Builder, x: Reg, by: f64) -> Reg {
    let by = k(b, x, by);
    b.bin(BinOp::Mul, x, by)
}

fn plus(b: &mut Builder, x: Reg, n: f64) -> Reg {
    let n = k(b, x, n);
    b.bin(BinOp::Add, x, n)
}

fn scaled(b: &mut Builder, op: BinOp, x: &[Reg]) -> Reg {
    let y = match x {
        [_, y] => *y,
        [_, y, alpha, ..] => b.bin(BinOp::Mul, *y, *alpha),
        _ => x[0],
    };
    b.bin(op, x[0], y)
}

fn gelu(b: &mut Builder, x: &[Reg]) -> Reg {
    let e = mul(b, x[0], std::f64::consts::FRAC_1_SQRT_2);
    let e = b.un(UnOp::Erf, e);
    let e = plus(b, e, 1.0);
    let h = mul(b, x[0], 0.5);
    b.bin(BinOp::Mul, h, e)
}

fn gelu_tanh(b: &mut Builder, x: &[Reg]) -> Reg {
    let square = b.bin(BinOp::Mul, x[0], x[0]);
    let cube = b.bin(BinOp::Mul, square, x[0]);
    let c = mul(b, cube, 0.044715);
    let inner = b.bin(BinOp::Add, x[0], c);
    let inner = mul(b, inner, std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2);
    let t = b.un(UnOp::Tanh, inner);
    let t = plus(b, t, 1.0);
    let h = mul(b, x[0], 0.5);
    b.bin(BinOp::Mul, h, t)
}

fn softplus(b: &mut Builder, x: &[Reg]) -> Reg {
    let scaled = b.bin(BinOp::Mul, x[0], x[1]);
    let e = b.un(UnOp::Exp, scaled);
    let l = b.un(UnOp::Log1p, e);
    let l = b.bin(BinOp::Div, l, x[1]);
    let far = b.cmp(Cmp::Gt, scaled, x[2]);
    b.select(far, x[0], l)
}

fn elu(b: &mut Builder, x: &[Reg]) -> Reg {
    let zero = k(b, x[0], 0.0);
    let positive = b.cmp(Cmp::Gt, x[0], zero);
    let up = b.bin(BinOp::Mul, x[0], x[2]);
    let down = b.bin(BinOp::Mul, x[0], x[3]);
    let down = b.un(UnOp::Expm1, down);
    let factor = b.bin(BinOp::Mul, x[1], x[2]);
    let down = b.bin(BinOp::Mul, down, factor);
    b.select(positive, up, down)
}

fn lerp(b: &mut Builder, x: &[Reg]) -> Reg {
    let half = k(b, x[2], 0.5);
    let size = b.un(UnOp::Abs, x[2]);
    let near = b.cmp(Cmp::Lt, size, half);
    let d = b.bin(BinOp::Sub, x[1], x[0]);
    let part = b.bin(BinOp::Mul, x[2], d);
    let low = b.bin(BinOp::Add, x[0], part);
    let one = k(b, x[2], 1.0);
    let rest = b.bin(BinOp::Sub, one, x[2]);
    let part = b.bin(BinOp::Mul, d, rest);
    let high = b.bin(BinOp::Sub, x[1], part);
    b.select(near, low, high)
}

/// The operator of a name without its namespace: operands in schema order, numbers among them.
pub fn operator(name: &str) -> Option<(Class, Compute)> {
    Some(match name {
        "neg" | "negative" => (Promoted, un!(Neg)),
        "abs" | "absolute" => (Promoted, un!(Abs)),
        "floor" => (FloatOnly, un!(Floor)),
        "ceil" => (FloatOnly, un!(Ceil)),
        "round" => (FloatOnly, un!(Round)),
        "trunc" | "fix" => (FloatOnly, un!(Trunc)),
        "frac" => (FloatOnly, |b, x| {
            let t = b.un(UnOp::Trunc, x[0]);
            b.bin(BinOp::Sub, x[0], t)
        }),
        "sign" => (FloatOnly, un!(Sign)),
        "square" => (Promoted, |b, x| b.bin(BinOp::Mul, x[0], x[0])),
        "exp" => (Float, un!(Exp)),
        "log" => (Float, un!(Log)),
        "log1p" => (Float, un!(Log1p)),
        "expm1" => (Float, un!(Expm1)),
        "log2" => (Float, un!(Log2)),
        "log10" => (Float, un!(Log10)),
        "exp2" => (Float, un!(Exp2)),
        "tanh" => (Float, un!(Tanh)),
        "sigmoid" => (Float, un!(Sigmoid)),
        "erf" => (Float, un!(Erf)),
        "sqrt" => (Float, un!(Sqrt)),
        "rsqrt" => (Float, un!(Rsqrt)),
        "reciprocal" => (Float, un!(Recip)),
        "sin" => (Float, un!(Sin)),
        "cos" => (Float, un!(Cos)),
        "deg2rad" => (FloatOnly, |b, x| mul(b, x[0], std::f64::consts::PI / 180.0)),
        "rad2deg" => (FloatOnly, |b, x| mul(b, x[0], 180.0 / std::f64::consts::PI)),
        "relu" => (Promoted, |b, x| {
            let zero = k(b, x[0], 0.0);
            b.bin(BinOp::Max, x[0], zero)
        }),
        "relu6" => (FloatOnly, |b, x| clamp(b, x[0], 0.0, 6.0)),
        "hardtanh" => (FloatOnly, |b, x| {
            let y = b.bin(BinOp::Max, x[0], x[1]);
            b.bin(BinOp::Min, y, x[2])
        }),
        "hardsigmoid" => (FloatOnly, |b, x| {
            let y = plus(b, x[0], 3.0);
            let y = clamp(b, y, 0.0, 6.0);
            mul(b, y, 1.0 / 6.0)
        }),
        "hardswish" => (FloatOnly, |b, x| {
            let y = plus(b, x[0], 3.0);
            let y = clamp(b, y, 0.0, 6.0);
            let y = mul(b, y, 1.0 / 6.0);
            b.bin(BinOp::Mul, x[0], y)
        }),
        "silu" => (FloatOnly, |b, x| {
            let s = b.un(UnOp::Sigmoid, x[0]);
            b.bin(BinOp::Mul, x[0], s)
        }),
        "leaky_relu" => (FloatOnly, |b, x| {
            let zero = k(b, x[0], 0.0);
            let positive = b.cmp(Cmp::Gt, x[0], zero);
            let down = b.bin(BinOp::Mul, x[0], x[1]);
            b.select(positive, x[0], down)
        }),
        "threshold" => (FloatOnly, |b, x| {
            let below = b.cmp(Cmp::Le, x[0], x[1]);
            b.select(below, x[2], x[0])
        }),
        "elu" => (FloatOnly, elu),
        "softplus" => (FloatOnly, softplus),
        "log_sigmoid" => (FloatOnly, |b, x| {
            let zero = k(b, x[0], 0.0);
            let low = b.bin(BinOp::Min, x[0], zero);
            let size = b.un(UnOp::Abs, x[0]);
            let size = b.un(UnOp::Neg, size);
            let e = b.un(UnOp::Exp, size);
            let l = b.un(UnOp::Log1p, e);
            b.bin(BinOp::Sub, low, l)
        }),
        "mish" => (FloatOnly, |b, x| {
            let (one, twenty) = (k(b, x[0], 1.0), k(b, x[0], 20.0));
            let s = softplus(b, &[x[0], one, twenty]);
            let t = b.un(UnOp::Tanh, s);
            b.bin(BinOp::Mul, x[0], t)
        }),
        "gelu" => (FloatOnly, gelu),
        "add" => (Promoted, |b, x| scaled(b, BinOp::Add, x)),
        "sub" | "subtract" => (Promoted, |b, x| scaled(b, BinOp::Sub, x)),
        "rsub" => (Promoted, |b, x| {
            let y = match x {
                [x, _, alpha, ..] => b.bin(BinOp::Mul, *x, *alpha),
                _ => x[0],
            };
            b.bin(BinOp::Sub, x[1], y)
        }),
        "mul" | "multiply" => (Promoted, |b, x| match b.ty(x[0]) {
            Ty::Bool => b.bin(BinOp::And, x[0], x[1]),
            _ => b.bin(BinOp::Mul, x[0], x[1]),
        }),
        "div" | "divide" | "true_divide" => (Float, bin!(Div)),
        "maximum" => (Promoted, bin!(Max)),
        "minimum" => (Promoted, bin!(Min)),
        "fmod" => (FloatOnly, bin!(Rem)),
        "remainder" => (FloatOnly, bin!(Mod)),
        "pow" => (FloatOnly, bin!(Pow)),
        "atan2" | "arctan2" => (FloatOnly, bin!(Atan2)),
        "addcmul" => (FloatOnly, |b, x| {
            let p = b.bin(BinOp::Mul, x[1], x[2]);
            let p = if x.len() > 3 { b.bin(BinOp::Mul, p, x[3]) } else { p };
            b.bin(BinOp::Add, x[0], p)
        }),
        "addcdiv" => (FloatOnly, |b, x| {
            let p = b.bin(BinOp::Div, x[1], x[2]);
            let p = if x.len() > 3 { b.bin(BinOp::Mul, p, x[3]) } else { p };
            b.bin(BinOp::Add, x[0], p)
        }),
        "lerp" => (FloatOnly, lerp),
        "clamp_min" => (Promoted, bin!(Max)),
        "clamp_max" => (Promoted, bin!(Min)),
        "eq" => (Compare, cmp!(Eq)),
        "ne" | "not_equal" => (Compare, cmp!(Ne)),
        "lt" | "less" => (Compare, cmp!(Lt)),
        "le" | "less_equal" => (Compare, cmp!(Le)),
        "gt" | "greater" => (Compare, cmp!(Gt)),
        "ge" | "greater_equal" => (Compare, cmp!(Ge)),
        "isnan" => (Compare, |b, x| b.cmp(Cmp::Ne, x[0], x[0])),
        "logical_and" => (Logical, bin!(And)),
        "logical_or" => (Logical, bin!(Or)),
        "logical_xor" => (Logical, bin!(Xor)),
        "logical_not" => (Logical, un!(Not)),
        "bitwise_and" | "__and__" => (Bits, bin!(And)),
        "bitwise_or" | "__or__" => (Bits, bin!(Or)),
        "bitwise_xor" | "__xor__" => (Bits, bin!(Xor)),
        "bitwise_not" => (Bits, un!(Not)),
        _ => return None,
    })
}

/// `gelu(approximate='tanh')`
pub const GELU_TANH: Compute = gelu_tanh;
/// `cond ? a : b`
pub const SELECT: Compute = |b, x| b.select(x[0], x[1], x[2]);
/// The operand where the condition holds, else zero.
pub fn keep(b: &mut Builder, condition: Reg, x: Reg) -> Reg {
    if b.ty(x) == Ty::Bool {
        return b.bin(BinOp::And, condition, x);
    }
    let zero = k(b, x, 0.0);
    b.select(condition, x, zero)
}
/// The operand itself, converted.
pub const COPY: Compute = |_, x| x[0];
pub const ADD: Compute = bin!(Add);
pub const SUB: Compute = bin!(Sub);
pub const MUL: Compute = bin!(Mul);
pub const DIV: Compute = bin!(Div);
pub const EXP: Compute = un!(Exp);
pub const LOG: Compute = un!(Log);
pub const RSQRT: Compute = un!(Rsqrt);
pub const SQRT: Compute = un!(Sqrt);
pub const RECIP: Compute = un!(Recip);
pub const MAX: Compute = bin!(Max);
pub const MIN: Compute = bin!(Min);
