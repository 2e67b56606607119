//! Helpers that only generated code calls: ownership of frames, tuples from values it gives up, instances of modules.

use crate::error::Error;
use crate::header::{Header, Ref, ts_decref};
use crate::list::List;
use crate::object::ClassDesc;
use crate::storage::Storage;
use crate::str::Str;
use crate::tensor::{Tensor, TensorObj};
use crate::tuple::Tuple;
use crate::value::Value;
use alloc::string::String;

/// A copy of the storage behind a tensor.
fn copy_storage(of: &Tensor) -> crate::Result<Ref<Storage>> {
    let n = of.storage().nbytes();
    let s = Storage::alloc(n)?;
    // SAFETY: both hold n bytes.
    unsafe { core::ptr::copy_nonoverlapping(of.storage().data(), s.data(), n) }
    Ok(s)
}

natives! {
    /// The error exit of a function: gives back every pointer and value of its frame; null and None are allowed.
    fn ts_frame_release(ptrs: *const *mut Header, n: usize, values: *mut Value, m: usize) {
        unsafe {
            for i in 0..n {
                ts_decref(*ptrs.add(i));
            }
            for i in 0..m {
                drop(values.add(i).read());
            }
        }
    }

    /// A tuple of `n` values, which it takes over. `desc` names a NamedTuple's fields, or is null.
    fn ts_tuple_take(n: usize, items: *const Value, desc: *const ClassDesc) -> *mut Tuple {
        Tuple::named((0..n).map(|i| unsafe { items.add(i).read() }), desc).into_raw()
    }

    /// A list (or null, which is none) whose elements lie that way. Empty lists fit every layout.
    fn ts_list_is(list: *const List, elem: u64) -> bool {
        unsafe { list.as_ref() }.is_some_and(|l| l.is_empty() || l.elem as u64 == elem)
    }

    /// `raise class(message)`; a null class is `Exception`, a null message is empty. Returns the status.
    fn ts_raise_str(class: *const Str, message: *const Str) -> i32 {
        let text = |s: *const Str| unsafe { s.as_ref() }.map_or("".into(), |s| String::from_utf8_lossy(s.as_bytes()));
        let class = if class.is_null() { "Exception".into() } else { text(class) };
        // Qualified names end in the class's own.
        Error::raised(class.rsplit('.').next().unwrap_or(&class), &text(message)).status()
    }

    /// A copy of a tensor with memory of its own and the same geometry, for an instance that writes to it. `storage` holds null, or the copy
    /// of the same storage made for the instance before; the copy is left there, counted. Returns null when out of memory.
    fn ts_tensor_instance(of: *const TensorObj, storage: *mut *mut Storage) -> *mut TensorObj {
        unsafe {
            let of = Ref::from_borrowed(of);
            if (*storage).is_null() {
                match copy_storage(&of) {
                    Ok(s) => *storage = s.into_raw(),
                    Err(_) => return core::ptr::null_mut(),
                }
            }
            let s = Ref::from_borrowed(*storage);
            let t = Tensor::over(s, of.dtype(), of.sizes(), of.strides(), of.offset());
            t.set_requires_grad(of.requires_grad());
            t.into_raw()
        }
    }
}
