//! The tensor runtime: objects, tensors and operators that compiled TorchScript calls.
//!
//! It is used twice. The compiler links it as an ordinary library: the evaluator's tensors, constant folding and the in-process
//! runner call it. With feature `artifact` it is a static library without std that is linked into every artifact; there each
//! operator is a symbol of its own, nothing refers to all of them, and the linker drops what a program does not use.
//!
//! * Objects: [`header`], [`value`], [`str`], [`list`], [`dict`], [`tuple`], [`object`], [`storage`], [`tensor`].
//! * Element types and promotion: [`dtype`], [`element`], [`promote`].
//! * Writing operators: [`args`] (typed access to arguments, results), [`registry`] (one line per operator), [`iter`] (pointwise loops), [`convert`].
//! * Errors: [`error`].
//! * Executables: [`command`]. The C interface: [`cabi`], [`dlpack`].
//!
//! Nothing here panics on data from outside: every operator returns a `Result`.
#![no_std]
#![allow(clippy::missing_safety_doc)]

extern crate alloc;
#[cfg(not(feature = "artifact"))]
extern crate std;

#[macro_use]
pub mod registry;
#[macro_use]
pub mod error;
pub mod fft;

#[macro_use]
pub mod element;

#[macro_use]
pub mod rows;

pub mod args;
pub mod blocks;
pub mod cabi;
pub mod clone;
pub mod command;
pub mod complex;
pub mod convert;
pub mod cpu;
pub mod dict;
pub mod dlpack;
pub mod dtype;
pub mod gemm;
pub mod generated;
pub mod header;
pub mod iter;
pub mod linalg;
pub mod list;
pub mod list_abi;
#[macro_use]
pub mod kernel;
pub mod math;
pub mod object;
pub mod ops;
pub mod plan;
pub mod pool;
pub mod print;
pub mod print_tensor;
pub mod promote;
pub mod rng;
pub mod select;
pub mod special;
#[cfg(feature = "artifact")]
mod standalone;
pub mod storage;
pub mod str;
pub mod tensor;
pub mod tuple;
pub mod value;

pub use args::{Args, Ret};
pub use dtype::DType;
pub use element::{Complex, Element, Scalar};
pub use error::{Code, Error, Result};
pub use header::Ref;
pub use tensor::{Dims, Tensor};
pub use value::Value;
