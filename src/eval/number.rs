//! Arithmetic on Python's numbers.

use num_bigint::{BigInt, Sign};
use num_complex::Complex64;
use num_traits::{Pow, Signed, ToPrimitive, Zero};

use super::{interp::Interp, object::Obj, raise::R};
use crate::syntax::BinOp;

/// A number, bools counted as ints.
pub enum Num {
    Int(i64),
    Big(BigInt),
    Float(f64),
    Complex(Complex64),
}

impl Num {
    pub fn of(obj: &Obj) -> Option<Num> {
        Some(match obj {
            Obj::Bool(b) => Num::Int(*b as i64),
            Obj::Int(i) => Num::Int(*i),
            Obj::Big(b) => Num::Big((**b).clone()),
            Obj::Float(f) => Num::Float(*f),
            Obj::Complex(c) => Num::Complex(*c),
            _ => return None,
        })
    }
    fn big(self) -> BigInt {
        match self {
            Num::Int(i) => BigInt::from(i),
            Num::Big(b) => b,
            _ => BigInt::zero(),
        }
    }
    fn rank(&self) -> u8 {
        match self {
            Num::Int(_) => 0,
            Num::Big(_) => 1,
            Num::Float(_) => 2,
            Num::Complex(_) => 3,
        }
    }
    pub fn float(&self) -> Option<f64> {
        match self {
            Num::Int(i) => Some(*i as f64),
            Num::Big(b) => b.to_f64().filter(|f| f.is_finite()),
            Num::Float(f) => Some(*f),
            Num::Complex(_) => None,
        }
    }
    fn complex(&self) -> Option<Complex64> {
        match self {
            Num::Complex(c) => Some(*c),
            other => other.float().map(|f| Complex64::new(f, 0.0)),
        }
    }
}

/// Rounds towards minus infinity.
pub fn floor_div(a: &BigInt, b: &BigInt) -> (BigInt, BigInt) {
    let (mut q, mut r) = (a / b, a % b);
    if !r.is_zero() && (r.sign() == Sign::Minus) != (b.sign() == Sign::Minus) {
        q -= 1;
        r += b;
    }
    (q, r)
}

/// Python's `//` and `%` of floats.
pub fn float_divmod(a: f64, b: f64) -> (f64, f64) {
    let mut m = a % b;
    let mut d = (a - m) / b;
    if m != 0.0 {
        if (b < 0.0) != (m < 0.0) {
            m += b;
            d -= 1.0;
        }
    } else {
        m = 0.0f64.copysign(b);
    }
    let q = if d != 0.0 {
        let f = d.floor();
        if d - f > 0.5 { f + 1.0 } else { f }
    } else {
        0.0f64.copysign(a / b)
    };
    (q, m)
}

impl Interp {
    /// Arithmetic when both sides are numbers; `None` when the operator does not apply to them.
    pub fn number_op(&self, op: BinOp, a: &Obj, b: &Obj) -> R<Option<Obj>> {
        let (Some(x), Some(y)) = (Num::of(a), Num::of(b)) else { return Ok(None) };
        if let (Obj::Bool(p), Obj::Bool(q)) = (a, b) {
            match op {
                BinOp::BitAnd => return Ok(Some(Obj::Bool(p & q))),
                BinOp::BitOr => return Ok(Some(Obj::Bool(p | q))),
                BinOp::BitXor => return Ok(Some(Obj::Bool(p ^ q))),
                _ => {}
            }
        }
        match x.rank().max(y.rank()) {
            0 => {
                if let (Num::Int(p), Num::Int(q)) = (&x, &y)
                    && let Some(r) = small_int(op, *p, *q)
                {
                    return Ok(Some(Obj::Int(r)));
                }
                self.int_op(op, x.big(), y.big())
            }
            1 => self.int_op(op, x.big(), y.big()),
            2 => {
                let (Some(p), Some(q)) = (x.float(), y.float()) else {
                    return self.raise("OverflowError", "int too large to convert to float");
                };
                self.float_op(op, p, q)
            }
            _ => {
                let (Some(p), Some(q)) = (x.complex(), y.complex()) else {
                    return self.raise("OverflowError", "int too large to convert to float");
                };
                self.complex_op(op, p, q)
            }
        }
    }

    fn int_op(&self, op: BinOp, a: BigInt, b: BigInt) -> R<Option<Obj>> {
        Ok(Some(Obj::int(match op {
            BinOp::Add => a + b,
            BinOp::Sub => a - b,
            BinOp::Mul => a * b,
            BinOp::Div => {
                if b.is_zero() {
                    return self.raise("ZeroDivisionError", "division by zero");
                }
                let (x, y) = (a.to_f64().unwrap_or(f64::INFINITY), b.to_f64().unwrap_or(f64::INFINITY));
                if x.is_finite() && y.is_finite() && x.abs() < 9.0e15 && y.abs() < 9.0e15 {
                    return Ok(Some(Obj::Float(x / y)));
                }
                return Ok(Some(Obj::Float(big_div(&a, &b))));
            }
            BinOp::FloorDiv | BinOp::Mod => {
                if b.is_zero() {
                    let what = if op == BinOp::Mod { "integer modulo by zero" } else { "integer division or modulo by zero" };
                    return self.raise("ZeroDivisionError", what);
                }
                let (q, r) = floor_div(&a, &b);
                if op == BinOp::Mod { r } else { q }
            }
            BinOp::Pow => {
                if b.is_negative() {
                    let (x, y) = (a.to_f64().unwrap_or(f64::NAN), b.to_f64().unwrap_or(f64::NAN));
                    return self.float_op(BinOp::Pow, x, y);
                }
                match b.to_u32() {
                    Some(e) if a.bits().saturating_mul(e as u64) < 1 << 24 => Pow::pow(a, e),
                    Some(_) if a.is_zero() || a == BigInt::from(1) => a,
                    _ => return self.raise("OverflowError", "the power is too large"),
                }
            }
            BinOp::LShift | BinOp::RShift => {
                if b.is_negative() {
                    return self.value_error("negative shift count");
                }
                match (op, b.to_u64()) {
                    (BinOp::LShift, Some(n)) if n < 1 << 24 => a << n,
                    (BinOp::LShift, _) if a.is_zero() => a,
                    (BinOp::LShift, _) => return self.raise("OverflowError", "too many digits in integer"),
                    (_, Some(n)) => a >> n,
                    _ => BigInt::from(if a.is_negative() { -1 } else { 0 }),
                }
            }
            BinOp::BitOr => a | b,
            BinOp::BitXor => a ^ b,
            BinOp::BitAnd => a & b,
            BinOp::MatMul => return Ok(None),
        })))
    }

    fn float_op(&self, op: BinOp, a: f64, b: f64) -> R<Option<Obj>> {
        Ok(Some(Obj::Float(match op {
            BinOp::Add => a + b,
            BinOp::Sub => a - b,
            BinOp::Mul => a * b,
            BinOp::Div if b == 0.0 => return self.raise("ZeroDivisionError", "float division by zero"),
            BinOp::Div => a / b,
            BinOp::FloorDiv if b == 0.0 => return self.raise("ZeroDivisionError", "float floor division by zero"),
            BinOp::Mod if b == 0.0 => return self.raise("ZeroDivisionError", "float modulo"),
            BinOp::FloorDiv => float_divmod(a, b).0,
            BinOp::Mod => float_divmod(a, b).1,
            BinOp::Pow => {
                if a == 0.0 && b < 0.0 {
                    return self.raise("ZeroDivisionError", "0.0 cannot be raised to a negative power");
                }
                if a < 0.0 && b.is_finite() && b.fract() != 0.0 {
                    return self.complex_op(op, Complex64::new(a, 0.0), Complex64::new(b, 0.0));
                }
                let r = a.powf(b);
                if r.is_infinite() && a.is_finite() && b.is_finite() {
                    return self.raise("OverflowError", "(34, 'Numerical result out of range')");
                }
                r
            }
            _ => return Ok(None),
        })))
    }

    fn complex_op(&self, op: BinOp, a: Complex64, b: Complex64) -> R<Option<Obj>> {
        Ok(Some(Obj::Complex(match op {
            BinOp::Add => a + b,
            BinOp::Sub => a - b,
            BinOp::Mul => a * b,
            BinOp::Div if b.is_zero() => return self.raise("ZeroDivisionError", "complex division by zero"),
            BinOp::Div => a / b,
            BinOp::Pow if b.is_zero() => Complex64::new(1.0, 0.0),
            BinOp::Pow if b.im == 0.0 && b.re.fract() == 0.0 && b.re.abs() <= 100.0 => a.powi(b.re as i32),
            BinOp::Pow => a.powc(b),
            _ => return Ok(None),
        })))
    }

    /// An index-like int: bools and `__index__` included.
    pub fn as_index(&self, obj: &Obj) -> R<i64> {
        match obj {
            Obj::Int(i) => Ok(*i),
            Obj::Bool(b) => Ok(*b as i64),
            Obj::Big(_) => self.raise("IndexError", "cannot fit 'int' into an index-sized integer"),
            Obj::Tensor(_) => {
                let v = self.call_method(obj, "item", vec![])?;
                if matches!(v, Obj::Int(_) | Obj::Bool(_)) {
                    self.as_index(&v)
                } else {
                    self.type_error("only integer tensors of a single element can be converted to an index")
                }
            }
            Obj::Instance(_) => {
                let inner = obj.unwrapped();
                if matches!(inner, Obj::Int(_) | Obj::Bool(_)) {
                    return self.as_index(&inner);
                }
                match self.special(obj, "__index__")? {
                    Some(f) => {
                        let v = self.call(&f, super::object::Args::default())?;
                        self.as_index(&v)
                    }
                    None => self.type_error(format!("'{}' object cannot be interpreted as an integer", self.type_name(obj))),
                }
            }
            _ => self.type_error(format!("'{}' object cannot be interpreted as an integer", self.type_name(obj))),
        }
    }

    /// A float from any real number.
    pub fn as_float(&self, obj: &Obj) -> R<f64> {
        let inner = obj.unwrapped();
        if let Some(n) = Num::of(&inner) {
            return match n.float() {
                Some(f) => Ok(f),
                None if matches!(n, Num::Big(_)) => self.raise("OverflowError", "int too large to convert to float"),
                None => self.type_error(format!("must be real number, not {}", self.type_name(obj))),
            };
        }
        if let Some(f) = self.special(obj, "__float__")? {
            let v = self.call(&f, super::object::Args::default())?;
            if let Obj::Float(f) = v {
                return Ok(f);
            }
        }
        if let Obj::Tensor(_) = obj {
            let v = self.call_method(obj, "item", vec![])?;
            return self.as_float(&v);
        }
        self.type_error(format!("must be real number, not {}", self.type_name(obj)))
    }
}

/// Correctly rounded quotient of large integers.
fn big_div(a: &BigInt, b: &BigInt) -> f64 {
    let negative = a.is_negative() != b.is_negative();
    let (a, b) = (a.abs(), b.abs());
    let shift = b.bits() as i64 - a.bits() as i64 + 66;
    let (q, r) = if shift >= 0 {
        let n: BigInt = a << shift as u64;
        (&n / &b, n % b)
    } else {
        let d: BigInt = b << (-shift) as u64;
        (&a / &d, a % d)
    };
    // A sticky bit keeps the rounding of the conversion right.
    let q: BigInt = (q << 1u32) | BigInt::from(u8::from(!r.is_zero()));
    let f = q.to_f64().unwrap_or(f64::INFINITY)
        * 2f64.powi((-shift - 1).clamp(-1000, 1000) as i32)
        * if -shift - 1 < -1000 { 2f64.powi((-shift - 1 + 1000) as i32) } else { 1.0 };
    if negative { -f } else { f }
}

fn small_int(op: BinOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinOp::Add => a.checked_add(b),
        BinOp::Sub => a.checked_sub(b),
        BinOp::Mul => a.checked_mul(b),
        BinOp::FloorDiv if b != 0 => {
            let q = a.checked_div(b)?;
            Some(if a % b != 0 && (a < 0) != (b < 0) { q - 1 } else { q })
        }
        BinOp::Mod if b != 0 => {
            let r = a.checked_rem(b)?;
            Some(if r != 0 && (r < 0) != (b < 0) { r + b } else { r })
        }
        BinOp::Pow if b >= 0 => a.checked_pow(u32::try_from(b).ok()?),
        BinOp::BitOr => Some(a | b),
        BinOp::BitXor => Some(a ^ b),
        BinOp::BitAnd => Some(a & b),
        BinOp::RShift if (0..64).contains(&b) => Some(a >> b),
        BinOp::LShift if (0..63).contains(&b) => a.checked_mul(1i64 << b),
        _ => None,
    }
}
