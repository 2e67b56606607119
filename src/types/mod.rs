//! TorchScript types, element types, dimensions and what is known of a tensor: pure values.

mod dim;
mod dtype;
mod input;
mod subtype;
mod ty;

pub use dim::{Dim, TensorFacts};
pub use dtype::DType;
pub use input::{Input, InputDim, InputValue};
pub use subtype::{Subtyping, standardize, unify};
pub use ty::{ClassRef, EnumRef, FieldNames, FunctionRef, TupleType, Type};
