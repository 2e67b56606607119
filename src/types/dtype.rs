//! Element types of tensors, numbered as PyTorch's `ScalarType`.

/// The element type of a tensor. The discriminant is PyTorch's number, which programs see as an `int`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// Every element type with PyTorch's number, its Python name (`torch.float32`), its name in graphs (`Float`) and its size in bytes.
const TABLE: [(DType, &str, &str, usize); 16] = [
    (DType::U8, "uint8", "Byte", 1),
    (DType::I8, "int8", "Char", 1),
    (DType::I16, "int16", "Short", 2),
    (DType::I32, "int32", "Int", 4),
    (DType::I64, "int64", "Long", 8),
    (DType::F16, "float16", "Half", 2),
    (DType::F32, "float32", "Float", 4),
    (DType::F64, "float64", "Double", 8),
    (DType::C32, "complex32", "ComplexHalf", 4),
    (DType::C64, "complex64", "ComplexFloat", 8),
    (DType::C128, "complex128", "ComplexDouble", 16),
    (DType::Bool, "bool", "Bool", 1),
    (DType::BF16, "bfloat16", "BFloat16", 2),
    (DType::U16, "uint16", "UInt16", 2),
    (DType::U32, "uint32", "UInt32", 4),
    (DType::U64, "uint64", "UInt64", 8),
];

impl DType {
    pub fn all() -> impl Iterator<Item = DType> {
        TABLE.iter().map(|e| e.0)
    }

    fn entry(self) -> &'static (DType, &'static str, &'static str, usize) {
        TABLE.iter().find(|e| e.0 == self).unwrap_or(&TABLE[6])
    }

    /// PyTorch's number of the type.
    pub fn number(self) -> i64 {
        self as u8 as i64
    }

    pub fn from_number(n: i64) -> Option<DType> {
        TABLE.iter().map(|e| e.0).find(|d| d.number() == n)
    }

    /// `float32` in `torch.float32`.
    pub fn python_name(self) -> &'static str {
        self.entry().1
    }

    /// The name that graphs and tensor printing use (`Float`, `Long`).
    pub fn graph_name(self) -> &'static str {
        self.entry().2
    }

    /// Size of an element in bytes.
    pub fn size(self) -> usize {
        self.entry().3
    }

    pub fn is_float(self) -> bool {
        matches!(self, DType::F16 | DType::BF16 | DType::F32 | DType::F64)
    }

    pub fn is_complex(self) -> bool {
        matches!(self, DType::C32 | DType::C64 | DType::C128)
    }

    /// Integers, without bool.
    pub fn is_integer(self) -> bool {
        !self.is_float() && !self.is_complex() && self != DType::Bool
    }
}
