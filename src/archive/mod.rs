//! Files that hold weights or whole programs, read without PyTorch.
//!
//! * [`container`] opens zip files, [`pickle`] reads pickles as data, [`tensors`] makes tensors of them.
//! * [`program`] reads what `torch.jit.save` wrote, with [`debug`] the places its code came from.
//! * [`saved`] reads what `torch.save` wrote.
//! * [`checkpoint`] reads state dicts: names and tensors.
//! * [`apply`] puts them into a program's module, strictly.

pub mod apply;
pub mod checkpoint;
pub mod container;
pub mod debug;
pub mod pickle;
pub mod program;
pub mod saved;
pub mod tensors;
