//! Element types, numbered as PyTorch's `ScalarType`.

use core::sync::atomic::{AtomicU8, Ordering};

/// Element type of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum DType {
    U8 = 0,
    I8 = 1,
    I16 = 2,
    I32 = 3,
    I64 = 4,
    F16 = 5,
    F32 = 6,
    F64 = 7,
    C32 = 8,
    C64 = 9,
    C128 = 10,
    Bool = 11,
    BF16 = 15,
    U16 = 27,
    U32 = 28,
    U64 = 29,
}
use DType::*;

/// Type, bytes, Python's name, name in messages.
const TABLE: [(DType, usize, &str, &str); 16] = [
    (U8, 1, "torch.uint8", "Byte"),
    (I8, 1, "torch.int8", "Char"),
    (I16, 2, "torch.int16", "Short"),
    (I32, 4, "torch.int32", "Int"),
    (I64, 8, "torch.int64", "Long"),
    (F16, 2, "torch.float16", "Half"),
    (F32, 4, "torch.float32", "Float"),
    (F64, 8, "torch.float64", "Double"),
    (C32, 4, "torch.complex32", "ComplexHalf"),
    (C64, 8, "torch.complex64", "ComplexFloat"),
    (C128, 16, "torch.complex128", "ComplexDouble"),
    (Bool, 1, "torch.bool", "Bool"),
    (BF16, 2, "torch.bfloat16", "BFloat16"),
    (U16, 2, "torch.uint16", "UInt16"),
    (U32, 4, "torch.uint32", "UInt32"),
    (U64, 8, "torch.uint64", "UInt64"),
];

impl DType {
    pub fn all() -> impl Iterator<Item = DType> {
        TABLE.iter().map(|r| r.0)
    }

    fn row(self) -> &'static (DType, usize, &'static str, &'static str) {
        let i = match self as usize {
            i @ 0..=11 => i,
            15 => 12,
            i => i - 27 + 13,
        };
        &TABLE[i.min(15)]
    }

    /// The type of PyTorch's number.
    pub fn from_number(n: i64) -> Option<DType> {
        TABLE.iter().map(|r| r.0).find(|d| *d as i64 == n)
    }

    /// Bytes per element.
    pub fn size(self) -> usize {
        self.row().1
    }

    /// `torch.float32`
    pub fn python_name(self) -> &'static str {
        self.row().2
    }

    /// `Float`, as PyTorch's messages name it.
    pub fn cpp_name(self) -> &'static str {
        match self {
            DType::U8 => "unsigned char",
            DType::I8 => "signed char",
            DType::I16 => "short int",
            DType::I32 => "int",
            DType::I64 => "long int",
            DType::U16 => "short unsigned int",
            DType::U32 => "unsigned int",
            DType::U64 => "long unsigned int",
            DType::F16 => "c10::Half",
            DType::BF16 => "c10::BFloat16",
            DType::F32 => "float",
            DType::F64 => "double",
            DType::C32 => "c10::complex<c10::Half>",
            DType::C64 => "c10::complex<float>",
            DType::C128 => "c10::complex<double>",
            DType::Bool => "bool",
        }
    }

    /// Its name as an element type: `Float`, `Long`.
    pub fn name(self) -> &'static str {
        self.row().3
    }

    pub fn is_complex(self) -> bool {
        matches!(self, C32 | C64 | C128)
    }

    pub fn is_float(self) -> bool {
        matches!(self, F16 | F32 | F64 | BF16)
    }

    /// Integers, without bool.
    pub fn is_int(self) -> bool {
        matches!(self, U8 | I8 | I16 | I32 | I64 | U16 | U32 | U64)
    }

    pub fn is_signed(self) -> bool {
        !matches!(self, U8 | U16 | U32 | U64 | Bool)
    }

    /// The real type of a complex type's parts; other types unchanged.
    pub fn to_real(self) -> DType {
        match self {
            C32 => F16,
            C64 => F32,
            C128 => F64,
            d => d,
        }
    }

    /// The complex type whose parts have (at least) this type.
    pub fn to_complex(self) -> DType {
        match self {
            F16 => C32,
            F64 => C128,
            C32 | C128 => self,
            BF16 | F32 => C64,
            _ => default_dtype().to_complex(),
        }
    }

    /// The type in which PyTorch's CPU kernels accumulate sums of this type.
    pub fn accumulate(self) -> DType {
        match self {
            F16 | BF16 => F32,
            C32 => C64,
            d if d.is_int() || d == Bool => I64,
            d => d,
        }
    }
}

static DEFAULT: AtomicU8 = AtomicU8::new(F32 as u8);

/// The type of new float tensors (`torch.get_default_dtype()`).
pub fn default_dtype() -> DType {
    match DEFAULT.load(Ordering::Relaxed) {
        5 => F16,
        7 => F64,
        15 => BF16,
        _ => F32,
    }
}

/// `torch.set_default_dtype`; false when the type is not a float type.
pub fn set_default_dtype(d: DType) -> bool {
    if d.is_float() {
        DEFAULT.store(d as u8, Ordering::Relaxed);
    }
    d.is_float()
}

natives! {
    /// Sets the type of new float tensors; returns 0, or 1 when the number is not a float type.
    fn ts_set_default_dtype(dtype: i64) -> i32 {
        !DType::from_number(dtype).is_some_and(set_default_dtype) as i32
    }
}
