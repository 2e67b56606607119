//! From compiled code to files: objects, linking, header and bindings.
//!
//! [`header`], [`cpp`] and [`python`] draw what [`crate::interface::Interface`] describes.

pub mod cpp;
pub mod header;
pub mod link;
pub mod object;
pub mod python;
