//! tsaot compiles TorchScript ahead of time to native libraries.

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
pub mod ops;
pub mod passes;
pub mod script;
pub mod syntax;
pub mod types;
