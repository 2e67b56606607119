//! Element types as Rust types: conversions between them as PyTorch's `static_cast`s do on x86, 16-bit floats, complex numbers.

use crate::dtype::DType;
use core::ops::{Add, Div, Mul, Neg, Sub};

/// A Python number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar {
    Int(i64),
    Float(f64),
    Bool(bool),
    Complex(Complex<f64>),
}

impl Scalar {
    /// As the element type `T`.
    pub fn to<T: Element>(self) -> T {
        match self {
            Scalar::Int(i) => T::from_i64(i),
            Scalar::Float(f) => T::from_f64(f),
            Scalar::Bool(b) => T::from_i64(b as i64),
            Scalar::Complex(c) => T::from_c128(c),
        }
    }
    pub fn to_f64(self) -> f64 {
        self.to()
    }
    pub fn to_i64(self) -> i64 {
        self.to()
    }
    pub fn to_bool(self) -> bool {
        match self {
            Scalar::Int(i) => i != 0,
            Scalar::Float(f) => f != 0.0,
            Scalar::Bool(b) => b,
            Scalar::Complex(c) => c.re != 0.0 || c.im != 0.0,
        }
    }
    /// The type of a tensor made of it.
    pub fn dtype(self) -> DType {
        match self {
            Scalar::Int(_) => DType::I64,
            Scalar::Float(_) => DType::F64,
            Scalar::Bool(_) => DType::Bool,
            Scalar::Complex(_) => DType::C128,
        }
    }
    pub fn is_integral(self) -> bool {
        matches!(self, Scalar::Int(_) | Scalar::Bool(_))
    }
    pub fn is_complex(self) -> bool {
        matches!(self, Scalar::Complex(_))
    }
}

/// A complex number; arithmetic as C's without the infinity fix-ups, division scaled as PyTorch's.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[repr(C)]
pub struct Complex<T> {
    pub re: T,
    pub im: T,
}

impl<T> Complex<T> {
    pub const fn new(re: T, im: T) -> Self {
        Complex { re, im }
    }
}

impl<T: Copy + Neg<Output = T>> Complex<T> {
    pub fn conj(self) -> Self {
        Complex { re: self.re, im: -self.im }
    }
}

impl<T: Add<Output = T>> Add for Complex<T> {
    type Output = Self;
    fn add(self, o: Self) -> Self {
        Complex { re: self.re + o.re, im: self.im + o.im }
    }
}
impl<T: Sub<Output = T>> Sub for Complex<T> {
    type Output = Self;
    fn sub(self, o: Self) -> Self {
        Complex { re: self.re - o.re, im: self.im - o.im }
    }
}
impl<T: Copy + Mul<Output = T> + Add<Output = T> + Sub<Output = T>> Mul for Complex<T> {
    type Output = Self;
    fn mul(self, o: Self) -> Self {
        Complex { re: self.re * o.re - self.im * o.im, im: self.re * o.im + self.im * o.re }
    }
}
impl<T: Neg<Output = T>> Neg for Complex<T> {
    type Output = Self;
    fn neg(self) -> Self {
        Complex { re: -self.re, im: -self.im }
    }
}

macro_rules! complex_div {
    ($($t:ty)*) => { $(
        impl Div for Complex<$t> {
            type Output = Self;
            /// Scaled by the larger part of the divisor; 0 in both parts divides as real numbers do.
            fn div(self, o: Self) -> Self {
                let (a, b, c, d) = (self.re, self.im, o.re, o.im);
                if c.abs() >= d.abs() {
                    if c == 0.0 && d == 0.0 {
                        return Complex { re: a / c.abs(), im: b / d.abs() };
                    }
                    let rat = d / c;
                    let scl = 1.0 / (c + d * rat);
                    Complex { re: (a + b * rat) * scl, im: (b - a * rat) * scl }
                } else {
                    let rat = c / d;
                    let scl = 1.0 / (c * rat + d);
                    Complex { re: (a * rat + b) * scl, im: (b * rat - a) * scl }
                }
            }
        }
    )* };
}
complex_div!(f32 f64);

/// IEEE half precision.
#[derive(Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct F16(pub u16);

/// The upper half of an f32.
#[derive(Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct BF16(pub u16);

/// A bool in memory: any byte but 0 is true.
#[derive(Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct B8(pub u8);

impl F16 {
    /// Rounds to nearest, ties to even.
    #[inline]
    pub fn from_f32(x: f32) -> F16 {
        let b = x.to_bits();
        let sign = (b >> 16 & 0x8000) as u16;
        let m = b & 0x7fff_ffff;
        let r = if m >= 0x4780_0000 {
            // Too large, infinite or NaN.
            if m > 0x7f80_0000 { 0x7e00 } else { 0x7c00 }
        } else if m < 0x3880_0000 {
            // Below the smallest normal: the addition of 0.5 aligns and rounds the mantissa.
            ((f32::from_bits(m) + 0.5).to_bits().wrapping_sub(0x3f00_0000)) as u16
        } else {
            let odd = m >> 13 & 1;
            (m.wrapping_add(0xc800_0fff).wrapping_add(odd) >> 13) as u16
        };
        F16(sign | r)
    }

    #[inline]
    pub fn to_f32(self) -> f32 {
        let h = self.0 as u32;
        let sign = (h & 0x8000) << 16;
        let m = h & 0x7fff;
        if m >= 0x7c00 {
            return f32::from_bits(sign | 0x7f80_0000 | (m & 0x3ff) << 13);
        }
        // Scaling by 2^112 re-biases the exponent and normalises subnormals.
        f32::from_bits(sign | (f32::from_bits(m << 13) * f32::from_bits(0x7780_0000)).to_bits())
    }
}

impl BF16 {
    /// Rounds to nearest, ties to even.
    #[inline]
    pub fn from_f32(x: f32) -> BF16 {
        let b = x.to_bits();
        if x.is_nan() {
            return BF16(0x7fc0);
        }
        BF16((b.wrapping_add(0x7fff + (b >> 16 & 1)) >> 16) as u16)
    }
    #[inline]
    pub fn to_f32(self) -> f32 {
        f32::from_bits((self.0 as u32) << 16)
    }
}

macro_rules! half_arithmetic {
    ($($Op:ident $method:ident),*) => { $(
        impl core::ops::$Op for F16 {
            type Output = F16;
            #[inline]
            fn $method(self, o: F16) -> F16 {
                F16::from_f32(core::ops::$Op::$method(self.to_f32(), o.to_f32()))
            }
        }
    )* };
}
half_arithmetic!(Add add, Sub sub, Mul mul, Div div);

impl core::ops::AddAssign for F16 {
    fn add_assign(&mut self, o: F16) {
        *self = *self + o;
    }
}
impl PartialOrd for F16 {
    fn partial_cmp(&self, o: &F16) -> Option<core::cmp::Ordering> {
        self.to_f32().partial_cmp(&o.to_f32())
    }
}
impl PartialEq for F16 {
    fn eq(&self, o: &F16) -> bool {
        self.to_f32() == o.to_f32()
    }
}
impl PartialEq for BF16 {
    fn eq(&self, o: &BF16) -> bool {
        self.to_f32() == o.to_f32()
    }
}
impl PartialEq for B8 {
    fn eq(&self, o: &B8) -> bool {
        (self.0 != 0) == (o.0 != 0)
    }
}
impl From<bool> for B8 {
    fn from(b: bool) -> B8 {
        B8(b as u8)
    }
}

/// The x86 conversion: out of range and NaN give the smallest value.
#[inline]
pub fn f64_to_i64(x: f64) -> i64 {
    if x >= -9223372036854775808.0 && x < 9223372036854775808.0 {
        // SAFETY: in range.
        unsafe { x.to_int_unchecked() }
    } else {
        i64::MIN
    }
}

/// The x86 conversion: out of range and NaN give the smallest value.
#[inline]
pub fn f64_to_i32(x: f64) -> i32 {
    if x > -2147483649.0 && x < 2147483648.0 {
        // SAFETY: in range.
        unsafe { x.to_int_unchecked() }
    } else {
        i32::MIN
    }
}

/// What a type's values pass through on their way to another type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Via {
    Int,
    Float,
    Complex,
}

/// A tensor element as a Rust type.
pub trait Element: Copy + Default + PartialEq + 'static {
    const DTYPE: DType;
    const VIA: Via;
    fn to_i64(self) -> i64;
    fn to_f64(self) -> f64;
    fn to_c128(self) -> Complex<f64> {
        Complex { re: self.to_f64(), im: 0.0 }
    }
    fn to_bool(self) -> bool;
    fn from_i64(v: i64) -> Self;
    fn from_f64(v: f64) -> Self;
    fn from_c128(v: Complex<f64>) -> Self {
        Self::from_f64(v.re)
    }
    fn to_scalar(self) -> Scalar;

    /// PyTorch's conversion.
    #[inline]
    fn cast<U: Element>(self) -> U {
        match Self::VIA {
            Via::Int if Self::DTYPE as u8 == DType::U64 as u8 && U::VIA != Via::Int => U::from_f64(self.to_f64()),
            Via::Int => U::from_i64(self.to_i64()),
            Via::Float => U::from_f64(self.to_f64()),
            Via::Complex => U::from_c128(self.to_c128()),
        }
    }
}

macro_rules! int_element {
    ($($t:ty, $d:ident, $f:expr;)*) => { $(
        impl Element for $t {
            const DTYPE: DType = DType::$d;
            const VIA: Via = Via::Int;
            #[inline]
            fn to_i64(self) -> i64 { self as i64 }
            #[inline]
            fn to_f64(self) -> f64 { self as f64 }
            #[inline]
            fn to_bool(self) -> bool { self != 0 }
            #[inline]
            fn from_i64(v: i64) -> $t { v as $t }
            #[inline]
            fn from_f64(v: f64) -> $t { ($f)(v) as $t }
            #[inline]
            fn to_scalar(self) -> Scalar { Scalar::Int(self as i64) }
        }
    )* };
}
int_element! {
    u8, U8, f64_to_i64;
    i8, I8, f64_to_i32;
    i16, I16, f64_to_i32;
    i32, I32, f64_to_i32;
    i64, I64, f64_to_i64;
    u16, U16, f64_to_i32;
    u32, U32, f64_to_i64;
    u64, U64, |v: f64| if v >= 9223372036854775808.0 { v as u64 } else { f64_to_i64(v) as u64 };
}

impl Element for B8 {
    const DTYPE: DType = DType::Bool;
    const VIA: Via = Via::Int;
    #[inline]
    fn to_i64(self) -> i64 {
        (self.0 != 0) as i64
    }
    #[inline]
    fn to_f64(self) -> f64 {
        (self.0 != 0) as u8 as f64
    }
    #[inline]
    fn to_bool(self) -> bool {
        self.0 != 0
    }
    #[inline]
    fn from_i64(v: i64) -> B8 {
        B8((v != 0) as u8)
    }
    #[inline]
    fn from_f64(v: f64) -> B8 {
        B8((v != 0.0) as u8)
    }
    #[inline]
    fn from_c128(v: Complex<f64>) -> B8 {
        B8((v.re != 0.0 || v.im != 0.0) as u8)
    }
    #[inline]
    fn to_scalar(self) -> Scalar {
        Scalar::Bool(self.0 != 0)
    }
}

macro_rules! float_element {
    ($($t:ty, $d:ident, $to:expr, $from:expr, $int:expr;)*) => { $(
        impl Element for $t {
            const DTYPE: DType = DType::$d;
            const VIA: Via = Via::Float;
            #[inline]
            fn to_i64(self) -> i64 { f64_to_i64(self.to_f64()) }
            #[inline]
            fn to_f64(self) -> f64 { ($to)(self) }
            #[inline]
            fn to_bool(self) -> bool { self.to_f64() != 0.0 }
            #[inline]
            fn from_i64(v: i64) -> $t { ($int)(v) }
            #[inline]
            fn from_f64(v: f64) -> $t { ($from)(v) }
            #[inline]
            fn to_scalar(self) -> Scalar { Scalar::Float(self.to_f64()) }
        }
    )* };
}
float_element! {
    f32, F32, |x: f32| x as f64, |x: f64| x as f32, |x: i64| x as f32;
    f64, F64, |x: f64| x, |x: f64| x, |x: i64| x as f64;
    F16, F16, |x: F16| x.to_f32() as f64, |x: f64| F16::from_f32(x as f32), |x: i64| F16::from_f32(x as f32);
    BF16, BF16, |x: BF16| x.to_f32() as f64, |x: f64| BF16::from_f32(x as f32), |x: i64| BF16::from_f32(x as f32);
}

macro_rules! complex_element {
    ($($t:ty, $d:ident;)*) => { $(
        impl Element for Complex<$t> {
            const DTYPE: DType = DType::$d;
            const VIA: Via = Via::Complex;
            #[inline]
            fn to_i64(self) -> i64 { self.re.to_i64() }
            #[inline]
            fn to_f64(self) -> f64 { self.re.to_f64() }
            #[inline]
            fn to_c128(self) -> Complex<f64> { Complex { re: self.re.to_f64(), im: self.im.to_f64() } }
            #[inline]
            fn to_bool(self) -> bool { self.re.to_bool() || self.im.to_bool() }
            #[inline]
            fn from_i64(v: i64) -> Self { Complex { re: <$t>::from_i64(v), im: <$t>::from_i64(0) } }
            #[inline]
            fn from_f64(v: f64) -> Self { Complex { re: <$t>::from_f64(v), im: <$t>::from_f64(0.0) } }
            #[inline]
            fn from_c128(v: Complex<f64>) -> Self { Complex { re: <$t>::from_f64(v.re), im: <$t>::from_f64(v.im) } }
            #[inline]
            fn to_scalar(self) -> Scalar { Scalar::Complex(self.to_c128()) }
        }
    )* };
}
complex_element! {
    F16, C32;
    f32, C64;
    f64, C128;
}

/// `dispatch!(dtype, T => expression using T)` over every element type.
#[macro_export]
macro_rules! dispatch {
    ($d:expr, $t:ident => $e:expr) => {{
        use $crate::dtype::DType as D;
        use $crate::element as e;
        match $d {
            D::U8 => {
                type $t = u8;
                $e
            }
            D::I8 => {
                type $t = i8;
                $e
            }
            D::I16 => {
                type $t = i16;
                $e
            }
            D::I32 => {
                type $t = i32;
                $e
            }
            D::I64 => {
                type $t = i64;
                $e
            }
            D::F16 => {
                type $t = e::F16;
                $e
            }
            D::F32 => {
                type $t = f32;
                $e
            }
            D::F64 => {
                type $t = f64;
                $e
            }
            D::C32 => {
                type $t = e::Complex<e::F16>;
                $e
            }
            D::C64 => {
                type $t = e::Complex<f32>;
                $e
            }
            D::C128 => {
                type $t = e::Complex<f64>;
                $e
            }
            D::Bool => {
                type $t = e::B8;
                $e
            }
            D::BF16 => {
                type $t = e::BF16;
                $e
            }
            D::U16 => {
                type $t = u16;
                $e
            }
            D::U32 => {
                type $t = u32;
                $e
            }
            D::U64 => {
                type $t = u64;
                $e
            }
        }
    }};
}

/// `dispatch_size!(bytes, T => expression)`: a plain type of that many bytes, for moving elements without looking at them.
#[macro_export]
macro_rules! dispatch_size {
    ($n:expr, $t:ident => $e:expr) => {
        match $n {
            1 => {
                type $t = u8;
                $e
            }
            2 => {
                type $t = u16;
                $e
            }
            4 => {
                type $t = u32;
                $e
            }
            8 => {
                type $t = u64;
                $e
            }
            _ => {
                type $t = [u64; 2];
                $e
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_survive_the_round_trip() {
        for h in 0..=u16::MAX {
            let x = F16(h).to_f32();
            if !x.is_nan() {
                assert_eq!(F16::from_f32(x).0, h);
                assert_eq!(BF16::from_f32(BF16(h).to_f32()).0, if BF16(h).to_f32().is_nan() { 0x7fc0 } else { h });
            }
        }
        assert_eq!(F16::from_f32(65519.9).0, 0x7bff);
        assert_eq!(F16::from_f32(65520.0).0, 0x7c00);
        assert_eq!(F16::from_f32(5.960_464_5e-8).0, 1);
    }

    #[test]
    fn conversions_wrap_as_on_x86() {
        assert_eq!(300.7f32.cast::<u8>(), 44);
        assert_eq!((-1.0f32).cast::<u8>(), 255);
        assert_eq!(f32::NAN.cast::<i64>(), i64::MIN);
        assert_eq!(300i64.cast::<i8>(), 44);
        assert!(0.5f32.cast::<B8>() == B8(1));
    }
}
