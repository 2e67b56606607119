//! What plans of kernels need of the runtime: scratch memory that stays from call to call, new tensors for results, parts of guards.

use crate::dtype::DType;
use crate::tensor::{Dims, Tensor, TensorObj};
use core::ffi::c_void;

unsafe extern "C" {
    fn ts_scratch_memory(bytes: usize) -> *mut c_void;
}

natives! {
    /// At least so many bytes (64-byte aligned) of this thread's scratch memory; null when there are none. What was there before is lost.
    fn ts_plan_scratch(bytes: usize) -> *mut c_void {
        unsafe { ts_scratch_memory(bytes) }
    }

    /// A new contiguous tensor: all dimensions of `leading` but its last `tail`, then `n` more. `leading` may be null. Null when out of memory.
    fn ts_plan_result(dtype: u64, leading: *const TensorObj, tail: usize, n: usize, dims: *const i64) -> *mut TensorObj {
        unsafe {
            let mut sizes = Dims::new();
            if let Some(t) = leading.as_ref() {
                sizes.extend_from_slice(&t.sizes()[..t.dim() - tail]);
            }
            sizes.extend_from_slice(core::slice::from_raw_parts(dims, n));
            let made = DType::from_number(dtype as i64).and_then(|d| Tensor::empty(&sizes, d).ok());
            made.map_or(core::ptr::null_mut(), |t| t.into_raw())
        }
    }

    /// The two tensors, which have these many dimensions at least, agree in all but the last few.
    fn ts_plan_leads_alike(a: *const TensorObj, b: *const TensorObj, tail: usize) -> bool {
        unsafe {
            let (a, b) = ((*a).sizes(), (*b).sizes());
            a.len() == b.len() && a[..a.len() - tail] == b[..b.len() - tail]
        }
    }
}
