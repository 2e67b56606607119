//! Python text to [`tree`]: rustpython-parser behind our own tree, with spans on every node and type comments attached.
//!
//! `decode` turns bytes into text, [`parse_module`] turns text into a tree or a diagnostic, [`print`] writes a tree back as
//! canonical text. Whatever the input is, parsing neither panics nor overflows the stack: it runs on a thread of its own and bounds
//! nesting.

mod comments;
mod convert;
pub mod parse;
pub mod print;
pub mod tree;

pub use parse::{decode, parse_expression, parse_module};
pub use tree::*;
