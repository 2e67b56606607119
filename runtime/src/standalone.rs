//! What std provides elsewhere: memory from malloc, and panics that end the guarded API call.

use crate::error::{Code, Error};
use core::alloc::{GlobalAlloc, Layout};
use core::ffi::c_void;

struct Malloc;

/// Alignment that malloc guarantees.
const PLAIN: usize = 16;

// SAFETY: malloc's contract.
unsafe impl GlobalAlloc for Malloc {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: plain allocation.
        unsafe {
            if layout.align() <= PLAIN {
                return libc::malloc(layout.size()) as *mut u8;
            }
            let mut p = core::ptr::null_mut();
            match libc::posix_memalign(&mut p, layout.align(), layout.size()) {
                0 => p as *mut u8,
                _ => core::ptr::null_mut(),
            }
        }
    }
    unsafe fn dealloc(&self, p: *mut u8, _: Layout) {
        // SAFETY: from alloc.
        unsafe { libc::free(p as *mut c_void) }
    }
    unsafe fn realloc(&self, p: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: from alloc.
        unsafe {
            if layout.align() <= PLAIN {
                return libc::realloc(p as *mut c_void, size) as *mut u8;
            }
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                core::ptr::copy_nonoverlapping(p, new, layout.size().min(size));
                self.dealloc(p, layout);
            }
            new
        }
    }
}

#[global_allocator]
static MALLOC: Malloc = Malloc;

unsafe extern "C" {
    fn ts_guard_throw() -> !;
}

#[panic_handler]
fn panic(info: &core::panic::PanicInfo) -> ! {
    let (file, line) = info.location().map_or(("", 0), |l| (l.file(), l.line()));
    match info.message().as_str() {
        Some("out of memory") => {
            let _ = Error::new(Code::Memory, format_args!("out of memory"));
        }
        _ => {
            let _ = Error::new(Code::Internal, format_args!("internal error of the runtime: {} ({file}:{line})", info.message()));
        }
    }
    // SAFETY: the frames between here and the guard own nothing but memory.
    unsafe { ts_guard_throw() }
}

/// The precompiled core and alloc name it in clean-up code, which nothing reaches: a panic ends the call by `ts_guard_throw`.
/// Without it the linker would bring in the unwinder.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Resume() -> ! {
    // SAFETY: no conditions.
    unsafe { libc::abort() }
}
