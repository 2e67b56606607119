//! Operators, one file per family. A file's `operators!` table and its line here are all that a new family needs.

#[cfg(not(feature = "artifact"))]
use crate::registry::{Native, Row};

pub mod activation;
pub mod algebra;
pub mod binary;
pub mod bits;
pub mod contract;
pub mod conv;
pub mod copies;
pub mod counts;
pub mod creation;
pub mod dicts;
pub mod distance;
pub mod embedding;
pub mod fft;
pub mod format;
pub mod grid;
pub mod histogram;
pub mod indexing;
pub mod internal;
pub mod linalg;
pub mod lists;
pub mod loss;
pub mod matmul;
pub mod norm;
pub mod numbers;
pub mod order;
pub mod pad;
pub mod pool;
pub mod query;
pub mod random;
pub mod reduce;
pub mod resample;
pub mod rnn;
pub mod scalars;
pub mod scan;
pub mod scatter_reduce;
pub mod search;
pub mod special;
pub mod strings;
pub mod ternary;
pub mod unary;
pub mod unpool;
pub mod views;
pub mod vision;

/// The operator tables of all families.
#[cfg(not(feature = "artifact"))]
pub static TABLES: &[&[Row]] = &[
    activation::OPERATORS,
    binary::OPERATORS,
    bits::OPERATORS,
    crate::command::process::OPERATORS,
    contract::OPERATORS,
    conv::OPERATORS,
    copies::OPERATORS,
    counts::OPERATORS,
    creation::OPERATORS,
    dicts::OPERATORS,
    distance::OPERATORS,
    embedding::OPERATORS,
    format::OPERATORS,
    fft::OPERATORS,
    grid::OPERATORS,
    histogram::OPERATORS,
    indexing::OPERATORS,
    internal::OPERATORS,
    linalg::eigen::OPERATORS,
    linalg::factor::OPERATORS,
    linalg::norms::OPERATORS,
    linalg::products::OPERATORS,
    linalg::solve::OPERATORS,
    lists::OPERATORS,
    loss::OPERATORS,
    matmul::OPERATORS,
    norm::OPERATORS,
    numbers::OPERATORS,
    numbers::more::OPERATORS,
    order::OPERATORS,
    pad::OPERATORS,
    pool::OPERATORS,
    query::OPERATORS,
    random::OPERATORS,
    reduce::OPERATORS,
    resample::OPERATORS,
    rnn::OPERATORS,
    scalars::OPERATORS,
    scan::OPERATORS,
    scatter_reduce::OPERATORS,
    search::OPERATORS,
    special::OPERATORS,
    strings::OPERATORS,
    ternary::OPERATORS,
    unary::OPERATORS,
    unpool::OPERATORS,
    views::OPERATORS,
    vision::boxes::OPERATORS,
    vision::deform::OPERATORS,
    vision::regions::OPERATORS,
];

/// The helper tables of all files that have one.
#[cfg(not(feature = "artifact"))]
pub static NATIVE_TABLES: &[&[(&str, Native)]] = &[
    crate::cabi::NATIVES,
    crate::clone::NATIVES,
    crate::command::NATIVES,
    crate::command::bench::NATIVES,
    crate::command::process::NATIVES,
    crate::cpu::NATIVES,
    crate::dict::NATIVES,
    crate::dlpack::NATIVES,
    crate::dtype::NATIVES,
    crate::error::NATIVES,
    format::NATIVES,
    crate::generated::NATIVES,
    crate::header::NATIVES,
    crate::list_abi::NATIVES,
    crate::object::NATIVES,
    crate::print::NATIVES,
    crate::plan::NATIVES,
    crate::pool::NATIVES,
    crate::rng::NATIVES,
    crate::tuple::NATIVES,
    crate::value::NATIVES,
    strings::NATIVES,
];
