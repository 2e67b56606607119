//! Files that hold weights or whole programs, read without PyTorch.
//!
//! * [`checkpoint`] reads state dicts: names and tensors.
//! * [`apply`] puts them into a program's module, strictly.

pub mod apply;
pub mod checkpoint;
