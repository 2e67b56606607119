//! What programs with a `main` have beyond TorchScript, and what passes make of TorchScript's operators.

use crate::ops::facts;
use crate::ops::registry::{Kind::Call, Record, op};

pub const OPERATORS: &[Record] = &[
    op(Call, facts::unknown, "tsaot::argv() -> str[]"),
    op(Call, facts::unknown, "tsaot::format(str self, ...) -> str"),
    // aten::format of values that no tensor can be part of.
    op(Call, facts::unknown, "tsaot::format_plain(str self, ...) -> str"),
    op(Call, facts::unknown, "tsaot::text(t value) -> str"),
];
