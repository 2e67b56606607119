//! Dimensions, constant or symbolic, and what is known of a tensor at compile time.

use super::DType;
use std::fmt;

/// A size of a tensor: a number, a named symbol (the same name is the same size within a function), or unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dim {
    Const(i64),
    /// Index into the function's table of symbols.
    Sym(u32),
    Unknown,
}

impl Dim {
    pub fn as_const(self) -> Option<i64> {
        match self {
            Dim::Const(n) => Some(n),
            _ => None,
        }
    }
}

impl fmt::Display for Dim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dim::Const(n) => write!(f, "{n}"),
            Dim::Sym(s) => write!(f, "SS(-{})", s + 1),
            Dim::Unknown => write!(f, "*"),
        }
    }
}

/// What is known of a tensor value. `Default` knows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct TensorFacts {
    pub dtype: Option<DType>,
    /// `Some` fixes the rank.
    pub dims: Option<Vec<Dim>>,
    /// Row-major without gaps.
    pub contiguous: bool,
}

impl TensorFacts {
    pub fn rank(&self) -> Option<usize> {
        self.dims.as_ref().map(Vec::len)
    }

    /// Every dimension is a number.
    pub fn is_static(&self) -> bool {
        self.dims.as_ref().is_some_and(|d| d.iter().all(|d| d.as_const().is_some()))
    }
}
