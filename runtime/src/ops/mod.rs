//! Operators, one file per family. A file's `operators!` table and its line here are all that a new family needs.

#[cfg(not(feature = "artifact"))]
use crate::registry::{Native, Row};

pub mod activation;
pub mod binary;
pub mod dicts;
pub mod lists;
pub mod matmul;
pub mod query;
pub mod strings;
pub mod ternary;
pub mod unary;

/// The operator tables of all families.
#[cfg(not(feature = "artifact"))]
pub static TABLES: &[&[Row]] = &[
    activation::OPERATORS,
    binary::OPERATORS,
    dicts::OPERATORS,
    lists::OPERATORS,
    matmul::OPERATORS,
    query::OPERATORS,
    strings::OPERATORS,
    ternary::OPERATORS,
    unary::OPERATORS,
];

/// The helper tables of all files that have one.
#[cfg(not(feature = "artifact"))]
pub static NATIVE_TABLES: &[&[(&str, Native)]] = &[
    crate::cabi::NATIVES,
    crate::dlpack::NATIVES,
    crate::dict::NATIVES,
    crate::dtype::NATIVES,
    crate::error::NATIVES,
    crate::generated::NATIVES,
    crate::header::NATIVES,
    crate::list_abi::NATIVES,
    crate::object::NATIVES,
    crate::tuple::NATIVES,
    crate::value::NATIVES,
    strings::NATIVES,
];
