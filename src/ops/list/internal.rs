//! Operators of our own, for the library's TorchScript functions; programs cannot name them.

use crate::ops::facts;
use crate::ops::registry::{Kind::Call, Record, op};

pub const OPERATORS: &[Record] = &[
    op(Call, facts::unknown, "tsaot::store_in_place(Tensor(a!) self, Tensor result) -> Tensor(a!)"),
    op(Call, facts::unknown, "tsaot::store_out(Tensor(a!) out, Tensor result) -> Tensor(a!)"),
];
