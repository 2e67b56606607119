//! The kernel IR: loops over buffers with a scalar expression per element, and plans that run kernels.
//!
//! A kernel knows no operators and no tensors: it has extents (numbers, or symbols given at run time), buffers with strides, and
//! numbers as parameters. What a loop's elements are computed from is written once, for one element; how many are computed at a time
//! is an attribute of the loop.
//!
//! ```text
//! kernel scale(n, f32 a) {
//!   in x: f32[n]
//!   out y: f32[n]
//!   for i in n vector 16 {
//!     %0 = load x[i]
//!     %1 = param f32 a
//!     %2 = mul %0, %1
//!     store y[i], %2
//!   }
//! }
//! ```
//!
//! * [`ir`] is the data, [`build`] makes it, [`print`] and [`parse`] its text both ways, [`verify`] its laws.
//! * [`eval`] runs a kernel element by element, [`run`] a plan: what compiled ones are compared with.
//! * [`contract`] finds the loops that are matrix products and convolutions, [`pack`] orders their weights ([`constant`]); [`conv`], [`winograd`],
//!   [`pool`] and [`recurrent`] write the loops of what networks are made of.
//! * [`parallel`] says which loops may be shared out to threads.
//! * [`plan`] says when kernels may stand for a piece of a graph, on what memory and with what sizes ([`size`]).

pub mod build;
pub mod constant;
pub mod contract;
pub mod conv;
pub mod eval;
pub mod ir;
pub mod pack;
pub mod parallel;
pub mod parse;
pub mod plan;
pub mod pool;
pub mod print;
pub mod recurrent;
pub mod run;
pub mod size;
pub mod verify;
pub mod winograd;

pub use ir::{
    Acc, Access, BinOp, Buffer, BufferId, Cmp, Extent, Fold, Index, Kernel, Loop, Number, Op, Param, Reg, Stmt, Strides, Symbol,
    Ty, UnOp, Var,
};
pub use plan::Plan;
pub use size::{Atom, Size};
