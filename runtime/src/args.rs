//! What an operator's Rust function sees: typed access to boxed arguments, and results.

use crate::dtype::DType;
use crate::element::{Complex, Scalar};
use crate::error::{Error, Result};
use crate::header::Ref;
use crate::list::{Elem, List};
use crate::str::{Str, Text};
use crate::tensor::{Dims, Tensor};
use crate::value::{Value, tag};
use alloc::string::String;
use alloc::vec::Vec;

/// The arguments of a call: all of the schema's, in its order. Getters fail with a TypeError when a value has another type.
pub struct Args<'a> {
    values: &'a [Value],
}

impl<'a> Args<'a> {
    pub fn new(values: &'a [Value]) -> Args<'a> {
        Args { values }
    }

    pub fn len(&self) -> usize {
        self.values.len()
    }

    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub fn value(&self, i: usize) -> Result<&'a Value> {
        self.values.get(i).ok_or_else(|| err!(Type, "missing argument {i}"))
    }

    fn want<T>(&self, i: usize, what: &str, v: Option<T>) -> Result<T> {
        v.ok_or_else(|| {
            let have = self.values.get(i).map_or("nothing", |v| v.kind_name());
            err!(Type, "expected a value of type '{what}' for argument {i} but instead found type '{have}'")
        })
    }

    pub fn is_none(&self, i: usize) -> bool {
        self.values.get(i).is_none_or(|v| v.is_none())
    }

    /// None, or what `get` makes of the argument.
    fn opt<T>(&self, i: usize, get: impl FnOnce(usize) -> Result<T>) -> Result<Option<T>> {
        if self.is_none(i) { Ok(None) } else { get(i).map(Some) }
    }

    pub fn tensor(&self, i: usize) -> Result<&'a Tensor> {
        self.want(i, "Tensor", self.value(i)?.as_tensor())
    }
    pub fn opt_tensor(&self, i: usize) -> Result<Option<&'a Tensor>> {
        self.opt(i, |i| self.tensor(i))
    }

    /// An int, or a bool as one, or the value of a one-element tensor.
    pub fn int(&self, i: usize) -> Result<i64> {
        let v = self.value(i)?;
        if let Some(t) = v.as_tensor() {
            return Ok(t.item()?.to_i64());
        }
        self.want(i, "int", v.as_scalar().filter(|s| s.is_integral()).map(|s| s.to_i64()))
    }
    pub fn opt_int(&self, i: usize) -> Result<Option<i64>> {
        self.opt(i, |i| self.int(i))
    }

    /// A float, or an int as one, or the value of a one-element tensor.
    pub fn float(&self, i: usize) -> Result<f64> {
        let v = self.value(i)?;
        if let Some(t) = v.as_tensor() {
            return Ok(t.item()?.to_f64());
        }
        self.want(i, "float", v.as_scalar().filter(|s| !s.is_complex()).map(|s| s.to_f64()))
    }
    pub fn opt_float(&self, i: usize) -> Result<Option<f64>> {
        self.opt(i, |i| self.float(i))
    }

    pub fn bool(&self, i: usize) -> Result<bool> {
        let v = self.value(i)?;
        self.want(i, "bool", v.as_scalar().map(|s| s.to_bool()))
    }
    pub fn opt_bool(&self, i: usize) -> Result<Option<bool>> {
        self.opt(i, |i| self.bool(i))
    }

    /// A complex number, or a real one as such.
    pub fn complex(&self, i: usize) -> Result<Complex<f64>> {
        Ok(self.scalar(i)?.to())
    }

    /// A number; a one-element tensor counts as one.
    pub fn scalar(&self, i: usize) -> Result<Scalar> {
        let v = self.value(i)?;
        if let Some(t) = v.as_tensor() {
            return t.item();
        }
        self.want(i, "number", v.as_scalar())
    }
    pub fn opt_scalar(&self, i: usize) -> Result<Option<Scalar>> {
        self.opt(i, |i| self.scalar(i))
    }

    /// A string that must be UTF-8: a name, a mode.
    pub fn str(&self, i: usize) -> Result<&'a str> {
        self.want(i, "str", self.value(i)?.as_str())
    }
    /// A string's bytes.
    pub fn bytes(&self, i: usize) -> Result<&'a [u8]> {
        self.want(i, "str", self.value(i)?.as_bytes())
    }
    pub fn opt_str(&self, i: usize) -> Result<Option<&'a str>> {
        self.opt(i, |i| self.str(i))
    }
    pub fn opt_bytes(&self, i: usize) -> Result<Option<&'a [u8]>> {
        self.opt(i, |i| self.bytes(i))
    }
    pub fn list(&self, i: usize) -> Result<&'a Ref<List>> {
        self.want(i, "List", self.value(i)?.as_list())
    }
    pub fn dict(&self, i: usize) -> Result<&'a Ref<crate::dict::Dict>> {
        self.want(i, "Dict", self.value(i)?.as_dict())
    }

    /// `int[]`; one int counts as a list of it.
    pub fn int_list(&self, i: usize) -> Result<&'a [i64]> {
        let v = self.value(i)?;
        if v.tag == tag::INT {
            // SAFETY: the payload is the int.
            return Ok(core::slice::from_ref(unsafe { &*(&v.payload as *const u64 as *const i64) }));
        }
        let list = self.want(i, "List[int]", v.as_list())?;
        if list.is_empty() {
            return Ok(&[]);
        }
        self.want(i, "List[int]", list.items::<i64>())
    }
    pub fn opt_int_list(&self, i: usize) -> Result<Option<&'a [i64]>> {
        self.opt(i, |i| self.int_list(i))
    }

    /// `int[N]`: a list of N ints, or of one that counts for all.
    pub fn int_array<const N: usize>(&self, i: usize) -> Result<[i64; N]> {
        let l = self.int_list(i)?;
        match l {
            [one] => Ok([*one; N]),
            _ => l.try_into().map_err(|_| err!("expected a list of {N} ints for argument {i}, got {}", l.len())),
        }
    }

    /// `float[]`; ints count as floats.
    pub fn float_list(&self, i: usize) -> Result<Vec<f64>> {
        let v = self.value(i)?;
        if let Some(s) = v.as_scalar().filter(|s| !s.is_complex()) {
            return Ok(alloc::vec![s.to_f64()]);
        }
        let list = self.want(i, "List[float]", v.as_list())?;
        list.iter().map(|v| self.want(i, "List[float]", v.as_scalar().map(|s| s.to_f64()))).collect()
    }
    pub fn opt_float_list(&self, i: usize) -> Result<Option<Vec<f64>>> {
        self.opt(i, |i| self.float_list(i))
    }

    pub fn bool_list(&self, i: usize) -> Result<Vec<bool>> {
        let v = self.value(i)?;
        if let Some(b) = v.as_bool() {
            return Ok(alloc::vec![b]);
        }
        let list = self.want(i, "List[bool]", v.as_list())?;
        list.iter().map(|v| self.want(i, "List[bool]", v.as_scalar().map(|s| s.to_bool()))).collect()
    }

    /// `Tensor[]`
    pub fn tensor_list(&self, i: usize) -> Result<&'a [Tensor]> {
        let list = self.list(i)?;
        let all = self.opt_tensor_items(i, list)?;
        check!(all.iter().all(|t| t.is_some()), Type, "expected a List[Tensor] for argument {i}, found None in it");
        // SAFETY: no null among the pointers.
        Ok(unsafe { core::slice::from_raw_parts(all.as_ptr() as *const Tensor, all.len()) })
    }

    /// `Tensor?[]`
    pub fn opt_tensor_list(&self, i: usize) -> Result<&'a [Option<Tensor>]> {
        let list = self.list(i)?;
        self.opt_tensor_items(i, list)
    }

    fn opt_tensor_items(&self, i: usize, list: &'a Ref<List>) -> Result<&'a [Option<Tensor>]> {
        if list.is_empty() {
            return Ok(&[]);
        }
        let items = self.want(i, "List[Tensor]", list.items::<Option<Tensor>>())?;
        // SAFETY: whatever the pointers point to begins with a header.
        let tensors = items.iter().flatten().all(|t| t.header().kind == crate::header::Kind::Tensor);
        check!(tensors, Type, "expected a List[Tensor] for argument {i}");
        Ok(items)
    }

    pub fn dtype(&self, i: usize) -> Result<DType> {
        let n = self.int(i)?;
        DType::from_number(n).ok_or_else(|| err!(NotImplemented, "element type {n} is not supported"))
    }
    pub fn opt_dtype(&self, i: usize) -> Result<Option<DType>> {
        self.opt(i, |i| self.dtype(i))
    }

    /// A dimension number, wrapped for a tensor of that rank.
    pub fn dim(&self, i: usize, ndim: usize) -> Result<usize> {
        crate::tensor::wrap_dim(self.int(i)?, ndim)
    }

    /// Fails unless the device argument is absent or the CPU.
    pub fn check_device(&self, i: usize) -> Result<()> {
        match self.value(i)?.as_device() {
            Some((kind, _)) if kind != 0 => bail!("only the CPU is supported as a device (got device type {kind})"),
            _ => Ok(()),
        }
    }
}

/// Something an operator returns.
pub trait Ret {
    /// Writes the results, each once.
    ///
    /// # Safety
    /// `out` has room for them and holds nothing that needs dropping.
    unsafe fn write(self, out: *mut Value);
}

impl Ret for () {
    unsafe fn write(self, _: *mut Value) {}
}

macro_rules! ret_one {
    ($($t:ty)*) => { $(
        impl Ret for $t {
            unsafe fn write(self, out: *mut Value) {
                // SAFETY: by contract.
                unsafe { out.write(self.into()) }
            }
        }
    )* };
}
ret_one!(Value Tensor i64 f64 bool Scalar Complex<f64> Ref<List> Ref<crate::dict::Dict> Ref<Str> Ref<crate::tuple::Tuple> &str);
ret_one!(Option<Tensor> Option<i64> Option<f64>);

impl Ret for DType {
    unsafe fn write(self, out: *mut Value) {
        // SAFETY: by contract.
        unsafe { out.write(Value::int(self as i64)) }
    }
}

macro_rules! ret_text {
    ($($t:ty, $v:ident => $bytes:expr;)*) => { $(
        impl Ret for $t {
            unsafe fn write(self, out: *mut Value) {
                let $v = self;
                // SAFETY: by contract.
                unsafe { out.write(Str::new($bytes).into()) }
            }
        }
    )* };
}
ret_text! {
    String, s => s;
    Text, s => s.0;
    Vec<u8>, s => s;
    &[u8], s => s;
}

macro_rules! ret_list {
    ($($t:ty)*) => { $(
        impl Ret for $t {
            unsafe fn write(self, out: *mut Value) {
                // SAFETY: by contract.
                unsafe { out.write(List::from_items(self).into()) }
            }
        }
    )* };
}
ret_list!(Vec<Tensor> Vec<i64> Vec<f64> Vec<bool> Dims);

impl Ret for Vec<String> {
    unsafe fn write(self, out: *mut Value) {
        // SAFETY: by contract.
        unsafe { out.write(List::from_items(self.iter().map(|s| Str::new(s))).into()) }
    }
}

macro_rules! ret_tuple {
    ($($($t:ident $i:tt),+;)*) => { $(
        impl<$($t: Into<Value>),+> Ret for ($($t,)+) {
            unsafe fn write(self, out: *mut Value) {
                // SAFETY: by contract, room for each.
                unsafe { $( out.add($i).write(self.$i.into()); )+ }
            }
        }
    )* };
}
ret_tuple! {
    A 0, B 1;
    A 0, B 1, C 2;
    A 0, B 1, C 2, D 3;
    A 0, B 1, C 2, D 3, E 4;
}

/// An operator's type: [`Elem`] of lists made of values of unknown type.
pub fn elem_of(v: &Value) -> Elem {
    match v.tag {
        tag::INT => Elem::I64,
        tag::FLOAT => Elem::F64,
        tag::BOOL => Elem::Bool,
        tag::NONE | tag::COMPLEX | tag::DEVICE => Elem::Val,
        _ => Elem::Ptr,
    }
}

/// The body of every exported operator.
///
/// # Safety
/// The boxed calling convention: see [`crate::registry::OpFn`].
#[inline]
pub unsafe fn run<'a, R: Ret>(args: *const Value, nargs: usize, ret: *mut Value, f: impl FnOnce(&Args<'a>) -> Result<R>) -> i32 {
    let values: &'a [Value] = if nargs == 0 { &[] } else { unsafe { core::slice::from_raw_parts(args, nargs) } };
    match guarded(|| f(&Args::new(values))) {
        Ok(r) => {
            // SAFETY: by contract.
            unsafe { r.write(ret) }
            0
        }
        Err(e) => e.status(),
    }
}

/// In the compiler a panic is an error of the operator; in artifacts the panic handler ends the call.
#[cfg(not(feature = "artifact"))]
fn guarded<R>(f: impl FnOnce() -> Result<R>) -> Result<R> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)) {
        Ok(r) => r,
        Err(p) => {
            let text = p.downcast_ref::<&str>().copied().or(p.downcast_ref::<String>().map(|s| s.as_str()));
            Err(err!(Internal, "internal error of the runtime: {}", text.unwrap_or("panic")))
        }
    }
}

#[cfg(feature = "artifact")]
#[inline]
fn guarded<R>(f: impl FnOnce() -> Result<R>) -> Result<R> {
    f()
}

/// Kept for functions that only forward an error.
pub type OpResult<T> = core::result::Result<T, Error>;
