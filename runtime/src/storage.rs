//! The memory behind tensors; views share it.

use crate::blocks;
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
    /// The size of the block that holds the object and the data behind it; 0 when the object is alone.
    block: usize,
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

/// A block of memory with its size.
fn aligned(bytes: usize) -> Result<(*mut u8, usize)> {
    let (p, size) = blocks::take(bytes);
    check!(
        !p.is_null(),
        Memory,
        "[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory: you tried to allocate {bytes} bytes."
    );
    Ok((p, size))
}

unsafe extern "C" fn free(p: *mut c_void) {
    // SAFETY: from posix_memalign.
    unsafe { libc::free(p) }
}

impl Storage {
    /// Uninitialised memory.
    pub fn alloc(nbytes: usize) -> Result<Ref<Storage>> {
        let total = nbytes.checked_add(ALIGN).unwrap_or(usize::MAX);
        let (p, block) = aligned(total)?;
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
                block,
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
            block: 0,
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
        // Grown memory is the C library's: the size of its block is not remembered.
        let (p, _) = aligned(nbytes)?;
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

/// Drops a storage and frees its block.
///
/// # Safety
/// Nobody has a count of it any more.
pub unsafe fn destroy(s: *mut Storage) {
    // SAFETY: the object is valid until it is dropped, its block until it is given back.
    unsafe {
        let block = (*s).block;
        core::ptr::drop_in_place(s);
        match block {
            0 => libc::free(s as *mut c_void),
            size => blocks::give_back(s as *mut u8, size),
        }
    }
}

impl Drop for Storage {
    fn drop(&mut self) {
        self.forget();
        self.give_back();
    }
}
