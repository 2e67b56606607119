//! The `out=` overloads, as PyTorch has them: they come after the operators of their name, and [`super::super::derived`] writes what executes them.

use crate::ops::facts;
use crate::ops::registry::{Kind::Call, Record, op};
use std::sync::OnceLock;

/// One schema a line, sorted by name.
const SCHEMAS: &str = include_str!("out.txt");

/// A record for each.
pub fn operators() -> &'static [Record] {
    static ALL: OnceLock<Vec<Record>> = OnceLock::new();
    ALL.get_or_init(|| SCHEMAS.lines().map(|schema| op(Call, facts::unknown, schema)).collect())
}
