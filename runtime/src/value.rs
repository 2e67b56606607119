//! A value whose type is known only at run time: tag and payload, 16 bytes.

use crate::dict::Dict;
use crate::element::{Complex, Scalar};
use crate::header::{Header, Kind, Object, Ref};
use crate::list::List;
use crate::object::{Future, Instance};
use crate::str::Str;
use crate::tensor::TensorObj;
use crate::tuple::Tuple;

/// Tags of [`Value`].
pub mod tag {
    pub const NONE: u64 = 0;
    pub const BOOL: u64 = 1;
    pub const INT: u64 = 2;
    /// Payload: the bits of an f64.
    pub const FLOAT: u64 = 3;
    /// Payload: pointer to [`super::ComplexBox`].
    pub const COMPLEX: u64 = 4;
    pub const TENSOR: u64 = 5;
    pub const STR: u64 = 6;
    pub const LIST: u64 = 7;
    pub const DICT: u64 = 8;
    pub const TUPLE: u64 = 9;
    pub const OBJECT: u64 = 10;
    /// Payload: device type in the low 32 bits, index + 1 in the high 32.
    pub const DEVICE: u64 = 11;
    pub const GENERATOR: u64 = 12;
    pub const FUTURE: u64 = 13;
    pub const ENUM: u64 = 14;
}

/// Owns what it points to. dtype, layout and memory format are ints with PyTorch's numbers.
#[repr(C)]
pub struct Value {
    pub tag: u64,
    pub payload: u64,
}

/// A complex number on the heap.
#[repr(C)]
pub struct ComplexBox {
    pub header: Header,
    pub value: Complex<f64>,
}
// SAFETY: header first.
unsafe impl Object for ComplexBox {
    const KIND: Kind = Kind::Complex;
}

const fn is_pointer(t: u64) -> bool {
    matches!(t, tag::COMPLEX..=tag::OBJECT | tag::GENERATOR..=tag::ENUM)
}

impl Clone for Value {
    #[inline]
    fn clone(&self) -> Value {
        if is_pointer(self.tag) {
            // SAFETY: such tags hold a live object.
            unsafe { (*(self.payload as *const Header)).retain() }
        }
        Value { tag: self.tag, payload: self.payload }
    }
}

impl Drop for Value {
    #[inline]
    fn drop(&mut self) {
        if is_pointer(self.tag) {
            // SAFETY: owned.
            unsafe { crate::header::ts_decref(self.payload as *mut Header) }
        }
    }
}

macro_rules! as_ref {
    ($(#[$m:meta])* $name:ident, $t:ty, $($tag:pat_param)|+) => {
        $(#[$m])*
        #[inline]
        pub fn $name(&self) -> Option<&Ref<$t>> {
            match self.tag {
                // SAFETY: the payload of that tag is such a reference.
                $($tag)|+ => Some(unsafe { &*(&self.payload as *const u64 as *const Ref<$t>) }),
                _ => None,
            }
        }
    };
}

impl Value {
    pub const fn none() -> Value {
        Value { tag: tag::NONE, payload: 0 }
    }
    pub const fn int(v: i64) -> Value {
        Value { tag: tag::INT, payload: v as u64 }
    }
    pub const fn float(v: f64) -> Value {
        Value { tag: tag::FLOAT, payload: v.to_bits() }
    }
    pub const fn bool(v: bool) -> Value {
        Value { tag: tag::BOOL, payload: v as u64 }
    }
    pub fn complex(value: Complex<f64>) -> Value {
        Value::own(tag::COMPLEX, Ref::new(ComplexBox { header: Header::new(Kind::Complex), value }))
    }
    /// `kind` 0 is the CPU; `index` None is the current device.
    pub const fn device(kind: u32, index: Option<u32>) -> Value {
        let index = match index {
            Some(i) => i as u64 + 1,
            None => 0,
        };
        Value { tag: tag::DEVICE, payload: kind as u64 | index << 32 }
    }

    pub fn own<T>(tag: u64, r: Ref<T>) -> Value {
        Value { tag, payload: r.into_raw() as u64 }
    }

    /// The value of an object pointer, by the object's kind; null is None. Takes over the count.
    ///
    /// # Safety
    /// `p` is null or a live object of which the caller owns a count.
    pub unsafe fn from_object(p: *mut Header) -> Value {
        if p.is_null() {
            return Value::none();
        }
        // SAFETY: live.
        let tag = match unsafe { (*p).kind } {
            Kind::Tensor => tag::TENSOR,
            Kind::Str => tag::STR,
            Kind::List => tag::LIST,
            Kind::Dict => tag::DICT,
            Kind::Tuple => tag::TUPLE,
            Kind::Object => tag::OBJECT,
            Kind::Complex => tag::COMPLEX,
            Kind::Generator => tag::GENERATOR,
            Kind::Future => tag::FUTURE,
            Kind::Enum => tag::ENUM,
            Kind::Storage => tag::NONE,
        };
        Value { tag, payload: p as u64 }
    }

    /// The object behind the value, if it is one.
    pub fn as_object(&self) -> Option<*mut Header> {
        is_pointer(self.tag).then_some(self.payload as *mut Header)
    }

    pub fn is_none(&self) -> bool {
        self.tag == tag::NONE
    }
    pub fn as_int(&self) -> Option<i64> {
        (self.tag == tag::INT).then_some(self.payload as i64)
    }
    pub fn as_float(&self) -> Option<f64> {
        (self.tag == tag::FLOAT).then(|| f64::from_bits(self.payload))
    }
    pub fn as_bool(&self) -> Option<bool> {
        (self.tag == tag::BOOL).then_some(self.payload & 1 != 0)
    }
    pub fn as_complex(&self) -> Option<Complex<f64>> {
        // SAFETY: the payload of that tag is such a pointer.
        (self.tag == tag::COMPLEX).then(|| unsafe { (*(self.payload as *const ComplexBox)).value })
    }
    /// Device type and index.
    pub fn as_device(&self) -> Option<(u32, Option<u32>)> {
        let index = (self.payload >> 32) as u32;
        (self.tag == tag::DEVICE).then_some((self.payload as u32, index.checked_sub(1)))
    }
    /// A number of any kind.
    pub fn as_scalar(&self) -> Option<Scalar> {
        Some(match self.tag {
            tag::BOOL => Scalar::Bool(self.payload & 1 != 0),
            tag::INT => Scalar::Int(self.payload as i64),
            tag::FLOAT => Scalar::Float(f64::from_bits(self.payload)),
            tag::COMPLEX => Scalar::Complex(self.as_complex()?),
            _ => return None,
        })
    }
    /// A string that is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        self.as_str_ref()?.as_str()
    }
    /// A string.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        self.as_str_ref().map(|s| s.as_bytes())
    }
    as_ref!(as_tensor, TensorObj, tag::TENSOR);
    as_ref!(as_str_ref, Str, tag::STR);
    as_ref!(as_list, List, tag::LIST);
    as_ref!(as_dict, Dict, tag::DICT);
    as_ref!(as_tuple, Tuple, tag::TUPLE);
    as_ref!(
        /// A class instance or an enum member.
        as_instance, Instance, tag::OBJECT | tag::ENUM);
    as_ref!(as_future, Future, tag::FUTURE);

    /// What a value is called in messages.
    pub fn kind_name(&self) -> &'static str {
        const NAMES: [&str; 15] = [
            "None",
            "bool",
            "int",
            "float",
            "complex",
            "Tensor",
            "str",
            "List",
            "Dict",
            "Tuple",
            "object",
            "Device",
            "Generator",
            "Future",
            "Enum",
        ];
        NAMES.get(self.tag as usize).copied().unwrap_or("unknown")
    }
}

macro_rules! from {
    ($($t:ty, $v:ident => $e:expr;)*) => { $(
        impl From<$t> for Value {
            fn from($v: $t) -> Value { $e }
        }
    )* };
}
from! {
    i64, v => Value::int(v);
    f64, v => Value::float(v);
    bool, v => Value::bool(v);
    Complex<f64>, v => Value::complex(v);
    &str, v => Value::own(tag::STR, Str::new(v));
    &[u8], v => Value::own(tag::STR, Str::new(v));
    Ref<Str>, v => Value::own(tag::STR, v);
    Ref<TensorObj>, v => Value::own(tag::TENSOR, v);
    Ref<List>, v => Value::own(tag::LIST, v);
    Ref<Dict>, v => Value::own(tag::DICT, v);
    Ref<Tuple>, v => Value::own(tag::TUPLE, v);
    Ref<Future>, v => Value::own(tag::FUTURE, v);
    Scalar, v => match v {
        Scalar::Int(i) => Value::int(i),
        Scalar::Float(f) => Value::float(f),
        Scalar::Bool(b) => Value::bool(b),
        Scalar::Complex(c) => Value::complex(c),
    };
}

impl From<Ref<Instance>> for Value {
    fn from(v: Ref<Instance>) -> Value {
        let t = if v.header().kind == Kind::Enum { tag::ENUM } else { tag::OBJECT };
        Value::own(t, v)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Value {
        v.map_or(Value::none(), Into::into)
    }
}

natives! {
    /// One more owner of what the value points to.
    fn ts_value_incref(tag: u64, payload: u64) {
        if is_pointer(tag) {
            unsafe { (*(payload as *const Header)).retain() }
        }
    }

    /// One owner less of what the value points to.
    fn ts_value_decref(tag: u64, payload: u64) {
        drop(Value { tag, payload });
    }

    /// Boxes a complex number (owned).
    fn ts_complex_new(re: f64, im: f64) -> *mut ComplexBox {
        Ref::new(ComplexBox { header: Header::new(Kind::Complex), value: Complex { re, im } }).into_raw()
    }

    /// The value of a nullable object pointer, by the object's kind: writes tag and payload; takes over the count.
    fn ts_value_from_object(object: *mut Header, out: *mut Value) {
        unsafe { out.write(Value::from_object(object)) }
    }
}
