//! From compiled code to files: header, bindings, objects, linking.

pub mod ctype;
