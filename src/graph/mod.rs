//! The graph IR: TorchScript functions as SSA values, nodes and nested blocks, as in PyTorch's JIT.
//!
//! * [`ir`] holds one function's graph and the building verbs, [`edit`] those that take away, [`names`] the values' names.
//! * [`print`] writes a graph as PyTorch's `.graph` does, [`parse`] reads that, [`code`] writes Python as `.code` does,
//!   [`verify`] checks what every graph must fulfil.
//! * [`program`] holds what a compilation consists of: functions, classes, enums, live objects, exports.

pub mod alias;
pub mod code;
pub mod consts;
pub mod copy;
pub mod edit;
pub mod ir;
pub mod names;
pub mod parse;
pub mod print;
pub mod program;
pub mod repr;
pub mod schema;
pub mod uses;
pub mod verify;

pub use alias::AliasDb;
pub use ir::{Attr, Block, Call, CallStack, Def, Graph, Node, Value};
pub use program::{
    Attribute, Class, ClassId, Const, EnumClass, Export, Function, FunctionId, Main, Object, ObjectId, Param, Program, Signature,
};
pub use uses::{Use, Uses};
pub use verify::verify;
