//! The graph IR: TorchScript functions as SSA values, nodes and nested blocks, as in PyTorch's JIT.
//!
//! * [`ir`] holds one function's graph and the building verbs, [`edit`] those that take away, [`names`] the values' names.
//! * [`program`] holds what a compilation consists of: functions, classes, enums, live objects, exports.

pub mod edit;
pub mod ir;
pub mod names;
pub mod program;
pub mod uses;

pub use ir::{Attr, Block, Def, Graph, Node, Value};
pub use program::{
    Attribute, Class, ClassId, Const, EnumClass, Export, Function, FunctionId, Object, ObjectId, Param, Program, Signature,
};
pub use uses::{Use, Uses};
