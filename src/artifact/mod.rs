//! From compiled code to files: objects, linking, header and bindings.
//!
//! [`header`] and [`python`] draw what [`crate::interface::Interface`] describes.

pub mod header;
pub mod link;
pub mod object;
pub mod python;
