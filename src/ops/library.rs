//! Operators that are written in TorchScript: `src/library/aten/*.py`, one function per operator, with its schema's parameters.

/// An operator's full name, the function's name and the file's text.
pub struct Function {
    pub operator: &'static str,
    pub function: &'static str,
    pub source: &'static str,
}

/// Sorted by operator.
pub const FUNCTIONS: &[Function] = &[];

/// The function that defines an operator, by the operator's full name (`aten::square`).
pub fn find(full_name: &str) -> Option<usize> {
    FUNCTIONS.binary_search_by_key(&full_name, |f| f.operator).ok()
}
