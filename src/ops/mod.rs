//! The operators: schemas, how calls resolve to them, what is known of their results.
//!
//! * [`schema`] reads a schema's text, the single truth of an operator's parameters, defaults and aliasing.
//! * [`registry`] is the table: one record per operator, in `list/` by family.
//! * [`matching`] resolves a call to an overload.
//! * [`builtins`] are the overloads that are inlined from source, after the operators of a name.
//! * [`facts`] infers dtypes and shapes of results.
//! * [`library`] lists the operators that are written in TorchScript; [`derived`] writes the overloads that follow from others.

pub mod builtins;
pub mod derived;
pub mod facts;
pub mod library;
mod list;
pub mod matching;
pub mod registry;
pub mod schema;
#[cfg(test)]
mod tests;

pub use builtins::{Builtin, builtins};
pub use facts::Known;
pub use matching::{ArgType, Call, Input, Made, Match, Matched, Mismatch, Target, match_call, match_schemas};
pub use registry::{Implementation, Kind, Operator, Record, all, by_full_name, operator, operators, similar};
pub use schema::{Alias, Default, Param, Return, Schema};
