//! Operators, one file per family. A file's `operators!` table and its line here are all that a new family needs.

#[cfg(not(feature = "artifact"))]
use crate::registry::{Native, Row};

pub mod query;

/// The operator tables of all families.
#[cfg(not(feature = "artifact"))]
pub static TABLES: &[&[Row]] = &[query::OPERATORS];

/// The helper tables of all files that have one.
#[cfg(not(feature = "artifact"))]
pub static NATIVE_TABLES: &[&[(&str, Native)]] = &[
    crate::cabi::NATIVES,
    crate::dlpack::NATIVES,
    crate::error::NATIVES,
    crate::header::NATIVES,
    crate::value::NATIVES,
    crate::tuple::NATIVES,
    crate::object::NATIVES,
    crate::dtype::NATIVES,
];
