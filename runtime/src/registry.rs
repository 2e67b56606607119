//! One line per operator: its schema name and the Rust function.
//!
//! ```ignore
//! operators! {
//!     aten::add.Tensor => add_tensor,
//!     aten::relu => relu,
//! }
//! ```
//! Each line makes the symbol that generated code calls (`ts_aten_add_Tensor`, `ts_aten_relu_`) and a row of the file's `OPERATORS`
//! table. Tables are for use inside the compiler only; in artifacts nothing refers to them.

use crate::value::Value;

/// The boxed calling convention: borrowed arguments in schema order, owned results written to `ret`, 0 or the error's code.
pub type OpFn = unsafe extern "C" fn(args: *const Value, nargs: usize, ret: *mut Value) -> i32;

/// A row of a table of operators.
pub type Row = (&'static str, OpFn);

/// A native helper's address.
#[derive(Clone, Copy)]
pub struct Native(pub *const ());
// SAFETY: the address of a function.
unsafe impl Sync for Native {}
unsafe impl Send for Native {}

#[macro_export]
macro_rules! operators {
    ($($ns:ident :: $op:ident $(. $ov:ident)? => $f:expr),* $(,)?) => {
        #[cfg(not(feature = "artifact"))]
        pub static OPERATORS: &[$crate::registry::Row] = &[$({
            (concat!(stringify!($ns), "::", stringify!($op) $(, ".", stringify!($ov))?), $crate::op_symbol!($ns $op [$($ov)?] $f))
        }),*];
        #[cfg(feature = "artifact")]
        const _: () = { $( $crate::op_symbol!($ns $op [$($ov)?] $f); )* };
    };
}

/// The exported function of one operator.
#[macro_export]
#[doc(hidden)]
macro_rules! op_symbol {
    ($ns:ident $op:ident [$($ov:ident)?] $f:expr) => {{
        #[unsafe(export_name = concat!("ts_", stringify!($ns), "_", stringify!($op), "_" $(, stringify!($ov))?))]
        unsafe extern "C" fn op(args: *const $crate::Value, nargs: usize, ret: *mut $crate::Value) -> i32 {
            // SAFETY: the caller follows the boxed calling convention.
            unsafe { $crate::args::run(args, nargs, ret, |a| ($f)(a)) }
        }
        op
    }};
}

/// Defines `extern "C"` helpers for generated code and the file's table of them, `NATIVES`.
macro_rules! natives {
    ($($(#[$m:meta])* fn $name:ident($($a:ident: $t:ty),* $(,)?) $(-> $r:ty)? $body:block)*) => {
        $(
            $(#[$m])*
            #[unsafe(no_mangle)]
            #[allow(clippy::too_many_arguments, unused_unsafe)]
            pub unsafe extern "C" fn $name($($a: $t),*) $(-> $r)? $body
        )*
        /// The helpers of this file by name.
        #[cfg(not(feature = "artifact"))]
        pub static NATIVES: &[(&str, $crate::registry::Native)] =
            &[$((stringify!($name), $crate::registry::Native($name as *const ()))),*];
    };
}

/// All operators, sorted by name.
#[cfg(not(feature = "artifact"))]
pub fn registry() -> &'static [Row] {
    use alloc::vec::Vec;
    static ALL: std::sync::OnceLock<Vec<Row>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<Row> = crate::ops::TABLES.iter().flat_map(|t| t.iter().copied()).collect();
        all.sort_by_key(|r| r.0);
        all
    })
}

/// The operator of that schema name (`aten::add.Tensor`).
#[cfg(not(feature = "artifact"))]
pub fn find(name: &str) -> Option<OpFn> {
    let all = registry();
    all.binary_search_by_key(&name, |r| r.0).ok().map(|i| all[i].1)
}

/// The symbol of a schema name: `aten::add.Tensor` is `ts_aten_add_Tensor`, `aten::relu` is `ts_aten_relu_`.
pub fn symbol(schema_name: &str) -> alloc::string::String {
    let (ns, rest) = schema_name.split_once("::").unwrap_or(("aten", schema_name));
    let (op, overload) = rest.split_once('.').unwrap_or((rest, ""));
    alloc::format!("ts_{ns}_{op}_{overload}")
}

/// Every symbol that generated code may call, operators and helpers, with its address: for running code in process.
#[cfg(not(feature = "artifact"))]
pub fn symbols() -> impl Iterator<Item = (alloc::string::String, *const ())> {
    let ops = registry().iter().map(|r| (symbol(r.0), r.1 as *const ()));
    ops.chain(crate::ops::NATIVE_TABLES.iter().flat_map(|t| t.iter()).map(|n| (alloc::string::String::from(n.0), n.1.0)))
}

/// Calls an operator with values, as generated code would: `results` is the number of its results.
#[cfg(not(feature = "artifact"))]
pub fn call(f: OpFn, args: &[Value], results: usize) -> crate::Result<alloc::vec::Vec<Value>> {
    let mut out: alloc::vec::Vec<Value> = (0..results.max(1)).map(|_| Value::none()).collect();
    // SAFETY: args and out are live; the operator overwrites None values, which own nothing.
    let status = unsafe { f(args.as_ptr(), args.len(), out.as_mut_ptr()) };
    if status != 0 {
        return Err(crate::error::pending(status));
    }
    out.truncate(results);
    Ok(out)
}
