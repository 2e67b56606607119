//! From compiled code to files: header, bindings, objects, linking.
//!
//! [`interface::Interface`] describes once what a library exports; [`header`] and [`python`] draw it, and the code generator makes
//! the C functions from it.

pub mod ctype;
pub mod header;
pub mod interface;
pub mod python;
