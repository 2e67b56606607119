//! Operators, one file per family. A file's `operators!` table and its line here are all that a new family needs.

#[cfg(not(feature = "artifact"))]
use crate::registry::{Native, Row};

pub mod activation;
pub mod binary;
pub mod copies;
pub mod creation;
pub mod dicts;
pub mod indexing;
pub mod lists;
pub mod matmul;
pub mod query;
pub mod random;
pub mod scalars;
pub mod strings;
pub mod ternary;
pub mod unary;
pub mod views;

/// The operator tables of all families.
#[cfg(not(feature = "artifact"))]
pub static TABLES: &[&[Row]] = &[
    activation::OPERATORS,
    binary::OPERATORS,
    copies::OPERATORS,
    creation::OPERATORS,
    dicts::OPERATORS,
    indexing::OPERATORS,
    lists::OPERATORS,
    matmul::OPERATORS,
    query::OPERATORS,
    random::OPERATORS,
    scalars::OPERATORS,
    strings::OPERATORS,
    ternary::OPERATORS,
    unary::OPERATORS,
    views::OPERATORS,
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
    crate::rng::NATIVES,
    crate::tuple::NATIVES,
    crate::value::NATIVES,
    scalars::NATIVES,
    strings::NATIVES,
];
