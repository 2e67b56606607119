//! The memory behind tensors; views share it.

use crate::error::Result;
use crate::header::{Header, Kind, Object, Ref};
use core::cell::Cell;
use core::ffi::c_void;
use core::sync::atomic::{AtomicUsize, Ordering};

/// `release` runs with `context` when the last tensor is gone; without it the data lies in the object's own block or is static.
#[repr(C)]
pub struct Storage {
    pub header: Header,
    data: Cell<*mut u8>,
    nbytes: Cell<usize>,
    release: Cell<Option<unsafe extern "C" fn(*mut c_void)>>,
    context: Cell<*mut c_void>,
}
// SAFETY: header first.
unsafe impl Object for Storage {
    const KIND: Kind = Kind::Storage;
}

/// Alignment of tensor data.
pub const ALIGN: usize = 64;
const _: () = assert!(size_of::<Storage>() <= ALIGN);

/// Bytes of tensors that are alive, and the most that ever were: for measuring.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn note_alloc(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Ordering::Relaxed).wrapping_add(bytes);
    if live > PEAK.load(Ordering::Relaxed) {
        PEAK.store(live, Ordering::Relaxed);
    }
}

/// Bytes of tensors alive now; what [`peak`] tells begins anew.
pub fn reset_peak() -> usize {
    let live = LIVE.load(Ordering::Relaxed);
    PEAK.store(live, Ordering::Relaxed);
    live
}

/// The most bytes of tensors that were alive since [`reset_peak`].
pub fn peak() -> usize {
    PEAK.load(Ordering::Relaxed)
}

fn aligned(bytes: usize) -> Result<*mut u8> {
    let mut p = core::ptr::null_mut();
    // SAFETY: plain allocation.
    let failed = bytes > isize::MAX as usize || unsafe { libc::posix_memalign(&mut p, ALIGN, bytes.max(1)) } != 0;
    check!(
        !failed,
        Memory,
        "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to allocate {bytes} bytes."
    );
    Ok(p as *mut u8)
}

unsafe extern "C" fn free(p: *mut c_void) {
    // SAFETY: from posix_memalign.
    unsafe { libc::free(p) }
}

impl Storage {
    /// Uninitialised memory.
    pub fn alloc(nbytes: usize) -> Result<Ref<Storage>> {
        let total = nbytes.checked_add(ALIGN).unwrap_or(usize::MAX);
        let p = aligned(total)?;
        note_alloc(nbytes);
        // SAFETY: the block holds the object and the data behind it.
        unsafe {
            let s = p as *mut Storage;
            s.write(Storage {
                header: Header::new(Kind::Storage),
                data: Cell::new(p.add(ALIGN)),
                nbytes: Cell::new(nbytes),
                release: Cell::new(None),
                context: Cell::new(core::ptr::null_mut()),
            });
            Ok(Ref::from_raw(s))
        }
    }

    /// Memory of somebody else, given back with `release(context)`; static memory has no `release`.
    pub fn external(
        data: *mut u8,
        nbytes: usize,
        release: Option<unsafe extern "C" fn(*mut c_void)>,
        context: *mut c_void,
    ) -> Ref<Storage> {
        Ref::new(Storage {
            header: Header::new(Kind::Storage),
            data: Cell::new(data),
            nbytes: Cell::new(nbytes),
            release: Cell::new(release),
            context: Cell::new(context),
        })
    }

    pub fn data(&self) -> *mut u8 {
        self.data.get()
    }

    pub fn nbytes(&self) -> usize {
        self.nbytes.get()
    }

    /// Grows to at least `nbytes`, keeping the contents. Tensors that point into it must be told.
    pub fn grow(&self, nbytes: usize) -> Result<()> {
        if nbytes <= self.nbytes.get() {
            return Ok(());
        }
        let p = aligned(nbytes)?;
        note_alloc(nbytes);
        // SAFETY: both blocks hold the old size.
        unsafe { core::ptr::copy_nonoverlapping(self.data.get(), p, self.nbytes.get()) }
        self.forget();
        self.give_back();
        self.data.set(p);
        self.nbytes.set(nbytes);
        self.release.set(Some(free));
        self.context.set(p as *mut c_void);
        Ok(())
    }

    /// The memory is this runtime's own, not somebody else's.
    fn is_own(&self) -> bool {
        let inline = (self as *const Storage as *mut u8).wrapping_add(ALIGN) == self.data.get();
        inline || self.release.get().is_some_and(|r| r as usize == free as *const () as usize)
    }

    fn forget(&self) {
        if self.is_own() {
            LIVE.fetch_sub(self.nbytes.get(), Ordering::Relaxed);
        }
    }

    fn give_back(&self) {
        if let Some(release) = self.release.take() {
            // SAFETY: once per block.
            unsafe { release(self.context.get()) }
        }
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.forget();
        self.give_back();
    }
}
