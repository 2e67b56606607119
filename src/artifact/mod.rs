//! From compiled code to files: objects, linking, header and bindings.
//!
//! [`header`], [`cpp`], [`python`] and [`rust`] draw what [`crate::interface::Interface`] describes.

pub mod cpp;
pub mod header;
pub mod link;
pub mod object;
pub mod python;
pub mod rust;
