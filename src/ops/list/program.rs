//! What programs with a `main` have beyond TorchScript.

use crate::ops::facts;
use crate::ops::registry::{Kind::Call, Record, op};

pub const OPERATORS: &[Record] = &[
    op(Call, facts::unknown, "tsaot::argv() -> str[]"),
    op(Call, facts::unknown, "tsaot::format(str self, ...) -> str"),
    op(Call, facts::unknown, "tsaot::text(t value) -> str"),
];
