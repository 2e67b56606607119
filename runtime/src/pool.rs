//! Threads for kernels; see `pool.c`.

use core::ffi::c_void;

/// A kernel's part: its arguments, which part, of how many.
pub type Part = unsafe extern "C" fn(*mut c_void, i64, i64);

unsafe extern "C" {
    fn ts_pool_run(run: Part, context: *mut c_void, threads: i64);
}

natives! {
    /// Runs all parts of a kernel, at most `threads` at a time; returns when they are done.
    fn ts_parallel(run: Part, context: *mut c_void, threads: i64) {
        unsafe { ts_pool_run(run, context, threads) }
    }
}
