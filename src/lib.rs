//! tsaot compiles TorchScript ahead of time to native libraries.
//!
//! Data flows one way, and imports follow it (`tests/layering.rs` holds the table):
//!
//! 1. [`syntax`] parses a Python file into our own tree; every node knows its place in the source ([`diag`]).
//! 2. [`eval`] runs the file's top level as Python would, with the `torch` package of [`library`]. What it scripts is handed to
//! 3. [`script`], which gives functions, classes and modules their TorchScript meaning: graphs ([`graph`]) over the operators of [`ops`]
//!    and the types of [`types`].
//! 4. [`passes`] simplify the graphs that the program exports, and freeze what never changes.
//! 5. [`lower`] finds what can run as kernels ([`kernel`]: loops over tensors, with a verifier and an evaluator).
//! 6. [`interface`] says what the exports look like in C; [`codegen`] makes machine code of graphs and interface, by LLVM.
//! 7. [`artifact`] writes header, bindings and weights, and links everything with the runtime (`runtime/`).
//!
//! [`driver`] is that pipeline; with [`artifact`] and [`archive`] (weights files) it is the only room that touches files.

pub mod archive;
pub mod artifact;
pub mod codegen;
pub mod diag;
pub mod driver;
pub mod eval;
pub mod graph;
pub mod interface;
pub mod kernel;
pub mod library;
pub mod lower;
pub mod ops;
pub mod passes;
pub mod script;
pub mod syntax;
pub mod types;
