//! Functions of float vectors.
//!
//! f32: polynomials, correct for NaN, infinities and denormals; errors in units in the last place: exp 1.1, log 1, sigmoid 2.5, tanh 4.6
//! (absolute 2.7e-7), erf 1.1. What has no polynomial here, and everything of f64, is libm lane by lane.
//! Sources: Cephes (log, reduction of exp), Eigen's rational tanh, N. Juffa's erf.

use super::vector::{constant, vector};
use crate::codegen::asm::{Asm, T, V, internal};
use crate::codegen::isa::Isa;
use crate::diag::Result;
use crate::kernel::{BinOp, Number, Ty, UnOp};
use inkwell::FloatPredicate as P;
use inkwell::types::BasicTypeEnum;
use inkwell::values::VectorValue;

type Vec_<'c> = VectorValue<'c>;

pub fn choose<'c>(a: &Asm<'c>, c: Vec_<'c>, x: Vec_<'c>, y: Vec_<'c>) -> Result<Vec_<'c>> {
    Ok(a.b.build_select(c, x, y, "")?.into_vector_value())
}

/// f32 vectors of one width.
struct Math<'a, 'c> {
    a: &'a Asm<'c>,
    n: u32,
    /// Registers of AVX-512, which scales by powers of two and approximates reciprocals.
    is_wide: bool,
}

impl<'c> Math<'_, 'c> {
    fn k(&self, x: f64) -> Vec_<'c> {
        constant(self.a, Ty::F32, Number::Float(x), self.n)
    }
    fn add(&self, x: Vec_<'c>, y: Vec_<'c>) -> Result<Vec_<'c>> {
        Ok(self.a.b.build_float_add(x, y, "")?)
    }
    fn sub(&self, x: Vec_<'c>, y: Vec_<'c>) -> Result<Vec_<'c>> {
        Ok(self.a.b.build_float_sub(x, y, "")?)
    }
    fn mul(&self, x: Vec_<'c>, y: Vec_<'c>) -> Result<Vec_<'c>> {
        Ok(self.a.b.build_float_mul(x, y, "")?)
    }
    fn div(&self, x: Vec_<'c>, y: Vec_<'c>) -> Result<Vec_<'c>> {
        Ok(self.a.b.build_float_div(x, y, "")?)
    }
    fn neg(&self, x: Vec_<'c>) -> Result<Vec_<'c>> {
        Ok(self.a.b.build_float_neg(x, "")?)
    }
    /// `x * y + z`, fused where the machine does that.
    fn fma(&self, x: Vec_<'c>, y: Vec_<'c>, z: Vec_<'c>) -> Result<Vec_<'c>> {
        call(self.a, "llvm.fmuladd", x, &[x.into(), y.into(), z.into()])
    }
    fn cmp(&self, p: P, x: Vec_<'c>, y: Vec_<'c>) -> Result<Vec_<'c>> {
        Ok(self.a.b.build_float_compare(p, x, y, "")?)
    }
    fn choose(&self, c: Vec_<'c>, x: Vec_<'c>, y: Vec_<'c>) -> Result<Vec_<'c>> {
        choose(self.a, c, x, y)
    }
    /// Horner's scheme, highest coefficient first.
    fn poly(&self, x: Vec_<'c>, coefficients: &[f64]) -> Result<Vec_<'c>> {
        let mut y = self.k(coefficients[0]);
        for c in &coefficients[1..] {
            y = self.fma(y, x, self.k(*c))?;
        }
        Ok(y)
    }
    fn int(&self, n: i64) -> Vec_<'c> {
        constant(self.a, Ty::I32, Number::Int(n), self.n)
    }
    fn bits(&self, x: Vec_<'c>) -> Result<Vec_<'c>> {
        Ok(self.a.b.build_bit_cast(x, vector(self.a, Ty::I32, self.n), "")?.into_vector_value())
    }
    fn float(&self, bits: Vec_<'c>) -> Result<Vec_<'c>> {
        Ok(self.a.b.build_bit_cast(bits, vector(self.a, Ty::F32, self.n), "")?.into_vector_value())
    }

    /// An instruction of AVX-512: its operands, behind which stand no lanes to keep, all lanes, and what else its widest form takes. `name`
    /// goes without the register's size.
    fn wide(&self, name: &str, operands: &[Vec_<'c>], more: &[V<'c>]) -> Result<Vec_<'c>> {
        let a = self.a;
        let mask = if self.n == 16 { a.cx.i16_type() } else { a.i8 };
        let mut args: Vec<V> = operands.iter().map(|v| (*v).into()).collect();
        let (none, all): (V, V) = (self.k(0.0).into(), mask.const_all_ones().into());
        args.extend([none, all]);
        args.extend(more.iter().filter(|_| self.n == 16));
        Ok(a.intrinsic(&format!("{name}.{}", 32 * self.n), &[], &args)?.into_vector_value())
    }

    /// `x / y` within 1.2 ulp, for `y` whose reciprocal is a normal number.
    fn quotient(&self, x: Vec_<'c>, y: Vec_<'c>) -> Result<Vec_<'c>> {
        if !self.is_wide {
            return self.div(x, y);
        }
        let r = self.wide("llvm.x86.avx512.rcp14.ps", &[y], &[])?;
        let minus_y = self.neg(y)?;
        let error = self.fma(minus_y, r, self.k(1.0))?;
        self.mul(x, self.fma(r, error, r)?)
    }

    /// Limits to a range; NaN stays.
    fn clamp(&self, x: Vec_<'c>, lo: f64, hi: f64) -> Result<Vec_<'c>> {
        let x = self.choose(self.cmp(P::OLT, x, self.k(lo))?, self.k(lo), x)?;
        self.choose(self.cmp(P::OGT, x, self.k(hi))?, self.k(hi), x)
    }

    fn exp(&self, x: Vec_<'c>) -> Result<Vec_<'c>> {
        let x = self.clamp(x, -104.5, 89.5)?;
        self.power(x)
    }

    /// The exponential of what is not far outside the range of its results.
    fn power(&self, x: Vec_<'c>) -> Result<Vec_<'c>> {
        let b = &self.a.b;
        // Adding 1.5 * 2^23 rounds to an integer that stands in the low bits.
        let magic = self.k(12582912.0);
        let t = self.fma(x, self.k(std::f64::consts::LOG2_E), magic)?;
        let nf = self.sub(t, magic)?;
        let r = self.fma(nf, self.k(-0.693359375), x)?;
        let r = self.fma(nf, self.k(2.12194440e-4), r)?;
        // The best approximation from |r| <= 0.347 whose first two coefficients are exact.
        let high =
            [1.3814433477818966e-3, 8.368796668946743e-3, 4.1668396443128586e-2, 1.6666519641876221e-1, 4.999999403953552e-1];
        let y = self.poly(r, &[&high[..], &[1.0, 1.0]].concat())?;
        if self.is_wide {
            let rounding = self.a.int32(4);
            return self.wide("llvm.x86.avx512.mask.scalef.ps", &[y, nf], &[rounding.into()]);
        }
        let n = b.build_int_sub(self.bits(t)?, self.int(0x4b400000), "")?;
        // 2^n in two factors: denormal and overflowing results come out right.
        let half = b.build_right_shift(n, self.int(1), true, "")?;
        let power = |n: Vec_<'c>| -> Result<Vec_<'c>> {
            let e = b.build_int_add(n, self.int(127), "")?;
            self.float(b.build_left_shift(e, self.int(23), "")?)
        };
        let y = self.mul(y, power(half)?)?;
        self.mul(y, power(b.build_int_sub(n, half, "")?)?)
    }

    fn log(&self, x: Vec_<'c>) -> Result<Vec_<'c>> {
        let b = &self.a.b;
        let small = self.cmp(P::OLT, x, self.k(f32::MIN_POSITIVE as f64))?;
        let scaled = self.choose(small, self.mul(x, self.k(8388608.0))?, x)?;
        let bits = self.bits(scaled)?;
        // Mantissa in [sqrt(1/2), sqrt(2)).
        let shifted = b.build_int_sub(bits, self.int(0x3f3504f3), "")?;
        let e = b.build_right_shift(shifted, self.int(23), true, "")?;
        let m = b.build_int_sub(bits, b.build_left_shift(e, self.int(23), "")?, "")?;
        let f = self.sub(self.float(m)?, self.k(1.0))?;
        let e = b.build_signed_int_to_float(e, vector(self.a, Ty::F32, self.n), "")?;
        let e = self.choose(small, self.sub(e, self.k(23.0))?, e)?;
        let z = self.mul(f, f)?;
        let p = self.poly(
            f,
            &[
                7.0376836292e-2,
                -1.1514610310e-1,
                1.1676998740e-1,
                -1.2420140846e-1,
                1.4249322787e-1,
                -1.6668057665e-1,
                2.0000714765e-1,
                -2.4999993993e-1,
                3.3333331174e-1,
            ],
        )?;
        let y = self.mul(self.mul(p, f)?, z)?;
        let y = self.fma(e, self.k(-2.12194440e-4), y)?;
        let y = self.fma(z, self.k(-0.5), y)?;
        let y = self.fma(e, self.k(0.693359375), self.add(f, y)?)?;
        let y = self.choose(self.cmp(P::OEQ, x, self.k(f64::INFINITY))?, x, y)?;
        let y = self.choose(self.cmp(P::OEQ, x, self.k(0.0))?, self.k(f64::NEG_INFINITY), y)?;
        // Negative, or NaN already.
        self.choose(self.cmp(P::ULT, x, self.k(0.0))?, self.k(f64::NAN), y)
    }

    fn sigmoid(&self, x: Vec_<'c>) -> Result<Vec_<'c>> {
        let one = self.k(1.0);
        if !self.is_wide {
            let e = self.exp(self.neg(x)?)?;
            return self.div(one, self.add(one, e)?);
        }
        let far = self.neg(call(self.a, "llvm.fabs", x, &[x.into()])?)?;
        let least = self.k(-104.5);
        let e = self.power(self.choose(self.cmp(P::OLT, far, least)?, least, far)?)?;
        let over = self.choose(self.cmp(P::OLT, x, self.k(0.0))?, e, one)?;
        self.quotient(over, self.add(one, e)?)
    }

    fn tanh(&self, x: Vec_<'c>) -> Result<Vec_<'c>> {
        let x = self.clamp(x, -7.90531110763549805, 7.90531110763549805)?;
        let s = self.mul(x, x)?;
        let p = self.poly(
            s,
            &[
                -2.76076847742355e-16,
                2.00018790482477e-13,
                -8.60467152213735e-11,
                5.12229709037114e-08,
                1.48572235717979e-05,
                6.37261928875436e-04,
                4.89352455891786e-03,
            ],
        )?;
        let q = self.poly(s, &[1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03])?;
        self.mul(x, self.quotient(p, q)?)
    }

    fn erf(&self, x: Vec_<'c>) -> Result<Vec_<'c>> {
        let t = call(self.a, "llvm.fabs", x, &[x.into()])?;
        let s = self.mul(x, x)?;
        let far = self.clamp(t, 0.0, 10.0)?;
        let s_far = self.mul(far, far)?;
        let r = self.poly(far, &[-1.72853470e-5, 3.83197126e-4])?;
        let u = self.poly(far, &[-3.88396438e-3, 2.42546219e-2])?;
        let mut r = self.fma(r, s_far, u)?;
        for c in [-1.06777877e-1, -6.34846687e-1, -1.28717512e-1] {
            r = self.fma(r, far, self.k(c))?;
        }
        let r = self.fma(r, far, self.neg(far)?)?;
        let r = self.sub(self.k(1.0), self.exp(r)?)?;
        let outer = call(self.a, "llvm.copysign", r, &[r.into(), x.into()])?;
        let p = self.poly(s, &[-5.96761703e-4, 4.99119423e-3, -2.67681349e-2, 1.12819925e-1, -3.76125336e-1, 1.28379166e-1])?;
        let inner = self.fma(p, x, x)?;
        self.choose(self.cmp(P::OGT, t, self.k(0.927734375))?, outer, inner)
    }
}

/// An intrinsic of one vector type.
fn call<'c>(a: &Asm<'c>, name: &str, like: Vec_<'c>, args: &[V<'c>]) -> Result<Vec_<'c>> {
    let t: BasicTypeEnum = like.get_type().into();
    Ok(a.intrinsic(name, &[t], args)?.into_vector_value())
}

/// A function of libm, lane by lane; `name` is that of doubles.
fn lanes<'c>(a: &Asm<'c>, name: &str, args: &[Vec_<'c>]) -> Result<Vec_<'c>> {
    let [first, ..] = args else { return Err(internal("a function without arguments")) };
    let f = a.helper(name, &vec![T::F64; args.len()], Some(T::F64));
    let ty = first.get_type();
    let element = ty.get_element_type().into_float_type();
    let mut out = ty.get_poison();
    for i in 0..ty.get_size() {
        let at = a.int32(i as i32);
        let mut scalars: Vec<V> = vec![];
        for v in args {
            let x = a.b.build_extract_element(*v, at, "")?.into_float_value();
            scalars.push(a.b.build_float_cast(x, a.f64, "")?.into());
        }
        let y = a.call_value(f, &scalars)?.into_float_value();
        out = a.b.build_insert_element(out, a.b.build_float_cast(y, element, "")?, at, "")?;
    }
    Ok(out)
}

pub fn unary<'c>(a: &Asm<'c>, isa: Isa, op: UnOp, ty: Ty, x: Vec_<'c>) -> Result<Vec_<'c>> {
    let n = x.get_type().get_size();
    let k = |v: f64| constant(a, ty, Number::Float(v), n);
    let m = Math { a, n, is_wide: isa == Isa::V4 && matches!(n, 4 | 8 | 16) };
    let single = ty == Ty::F32;
    let is = |name: &str| call(a, name, x, &[x.into()]);
    match op {
        UnOp::Neg => m.neg(x),
        UnOp::Abs => is("llvm.fabs"),
        UnOp::Sqrt => is("llvm.sqrt"),
        UnOp::Rsqrt => m.div(k(1.0), is("llvm.sqrt")?),
        UnOp::Recip => m.div(k(1.0), x),
        UnOp::Floor => is("llvm.floor"),
        UnOp::Ceil => is("llvm.ceil"),
        UnOp::Trunc => is("llvm.trunc"),
        UnOp::Round => is("llvm.roundeven"),
        UnOp::Sign => {
            let over = choose(a, m.cmp(P::OGT, x, k(0.0))?, k(1.0), k(0.0))?;
            choose(a, m.cmp(P::OLT, x, k(0.0))?, k(-1.0), over)
        }
        UnOp::IsNan => m.cmp(P::UNO, x, x),
        UnOp::IsInf => m.cmp(P::OEQ, is("llvm.fabs")?, k(f64::INFINITY)),
        UnOp::Exp if single => m.exp(x),
        UnOp::Log if single => m.log(x),
        UnOp::Sigmoid if single => m.sigmoid(x),
        UnOp::Tanh if single => m.tanh(x),
        UnOp::Erf if single => m.erf(x),
        UnOp::Exp => lanes(a, "exp", &[x]),
        UnOp::Log => lanes(a, "log", &[x]),
        UnOp::Sigmoid => {
            let e = lanes(a, "exp", &[m.neg(x)?])?;
            m.div(k(1.0), m.add(k(1.0), e)?)
        }
        UnOp::Tanh => lanes(a, "tanh", &[x]),
        UnOp::Erf => lanes(a, "erf", &[x]),
        UnOp::Log1p => lanes(a, "log1p", &[x]),
        UnOp::Expm1 => lanes(a, "expm1", &[x]),
        UnOp::Log2 => lanes(a, "log2", &[x]),
        UnOp::Log10 => lanes(a, "log10", &[x]),
        UnOp::Exp2 => lanes(a, "exp2", &[x]),
        UnOp::Sin => lanes(a, "sin", &[x]),
        UnOp::Cos => lanes(a, "cos", &[x]),
        UnOp::Not => Err(internal("not of floats")),
    }
}

/// `x * y + z`, fused where the machine does that.
pub fn fma<'c>(a: &Asm<'c>, x: Vec_<'c>, y: Vec_<'c>, z: Vec_<'c>) -> Result<Vec_<'c>> {
    call(a, "llvm.fmuladd", x, &[x.into(), y.into(), z.into()])
}

pub fn binary<'c>(a: &Asm<'c>, op: BinOp, x: Vec_<'c>, y: Vec_<'c>) -> Result<Vec_<'c>> {
    let m = Math { a, n: x.get_type().get_size(), is_wide: false };
    let zero = x.get_type().const_zero();
    match op {
        BinOp::Add => m.add(x, y),
        BinOp::Sub => m.sub(x, y),
        BinOp::Mul => m.mul(x, y),
        BinOp::Div => m.div(x, y),
        BinOp::Min => call(a, "llvm.minimum", x, &[x.into(), y.into()]),
        BinOp::Max => call(a, "llvm.maximum", x, &[x.into(), y.into()]),
        BinOp::Rem => lanes(a, "fmod", &[x, y]),
        BinOp::Mod => {
            let r = lanes(a, "fmod", &[x, y])?;
            let signs = a.b.build_xor(m.cmp(P::OLT, r, zero)?, m.cmp(P::OLT, y, zero)?, "")?;
            let off = a.b.build_and(signs, m.cmp(P::UNE, r, zero)?, "")?;
            choose(a, off, m.add(r, y)?, r)
        }
        BinOp::Pow => lanes(a, "pow", &[x, y]),
        BinOp::Atan2 => lanes(a, "atan2", &[x, y]),
        BinOp::And | BinOp::Or | BinOp::Xor | BinOp::FloorDiv => Err(internal(format!("{} of floats", op.word()))),
    }
}
