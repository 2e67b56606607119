//! tsaot compiles TorchScript ahead of time to native libraries.

pub mod diag;
pub mod graph;
pub mod artifact;
pub mod types;
