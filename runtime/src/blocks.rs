//! Large blocks of memory, of which some are kept when they are given back. Fresh memory of that size costs the system as much as computing
//! on it: every page of it is cleared and mapped again.

use crate::storage::ALIGN;
use core::ffi::c_void;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::*};

/// Blocks of fewer bytes are the C library's business.
const LEAST: usize = 1 << 16;

/// Blocks of more bytes are not kept.
const MOST: usize = 1 << 25;

/// How many bytes are kept at most.
const ALL: usize = 1 << 26;

/// A place for a block that is kept.
struct Place {
    /// The size of the block that was last put here: a hint.
    size: AtomicUsize,
    /// Null when the place is empty. Whoever swaps a block out owns it; its size stands in its first bytes.
    block: AtomicPtr<u8>,
}

static PLACES: [Place; 16] = [const { Place { size: AtomicUsize::new(0), block: AtomicPtr::new(null_mut()) } }; 16];

/// All places, as many as the compiler does not see: it would write code for each.
fn places() -> &'static [Place] {
    core::hint::black_box(&PLACES)
}

/// Bytes in all places.
static KEPT: AtomicUsize = AtomicUsize::new(0);

/// The size of the block for so many bytes, at most an eighth larger: sizes that are nearly the same share blocks.
fn size_of_block(bytes: usize) -> usize {
    if !(LEAST..=MOST).contains(&bytes) {
        return bytes;
    }
    bytes.next_multiple_of(1 << (bytes.ilog2() - 3))
}

/// A block of at least so many bytes, aligned to [`ALIGN`], and its size, which [`give_back`] is to be told. Null when there is no memory.
pub fn take(bytes: usize) -> (*mut u8, usize) {
    let size = size_of_block(bytes);
    if size >= LEAST && size <= MOST {
        for place in places().iter().filter(|p| p.size.load(Relaxed) == size) {
            let p = place.block.swap(null_mut(), Acquire);
            if p.is_null() {
                continue;
            }
            // SAFETY: swapped out, so nobody else has it; `give_back` wrote its size.
            unsafe {
                let found = (p as *const usize).read();
                KEPT.fetch_sub(found, Relaxed);
                if found == size {
                    return (p, size);
                }
                // Another thread has put another block here.
                libc::free(p as *mut c_void);
            }
        }
    }
    let mut p = null_mut();
    // SAFETY: plain allocation.
    let failed = size > isize::MAX as usize || unsafe { libc::posix_memalign(&mut p, ALIGN, size.max(1)) } != 0;
    (if failed { null_mut() } else { p as *mut u8 }, size)
}

/// Gives back a block of [`take`].
///
/// # Safety
/// `p` and `size` are what [`take`] returned, and nobody uses the block any more.
pub unsafe fn give_back(p: *mut u8, size: usize) {
    if size >= LEAST && size <= MOST && KEPT.load(Relaxed).saturating_add(size) <= ALL {
        // SAFETY: the block is the caller's and large enough.
        unsafe { (p as *mut usize).write(size) }
        KEPT.fetch_add(size, Relaxed);
        if let Some(place) = places().iter().find(|place| place.block.compare_exchange(null_mut(), p, Release, Relaxed).is_ok()) {
            place.size.store(size, Relaxed);
            return;
        }
        KEPT.fetch_sub(size, Relaxed);
        // All places are taken, perhaps by sizes that nobody wants any more: one of them makes room for the next.
        PLACES[size / LEAST % PLACES.len()].free();
    }
    // SAFETY: from posix_memalign.
    unsafe { libc::free(p as *mut c_void) }
}

impl Place {
    /// Gives what is kept here back to the system.
    #[inline(never)]
    fn free(&self) {
        let p = self.block.swap(null_mut(), Acquire);
        if !p.is_null() {
            // SAFETY: as in `take`.
            unsafe {
                KEPT.fetch_sub((p as *const usize).read(), Relaxed);
                libc::free(p as *mut c_void)
            }
        }
    }
}

/// Gives everything that is kept back to the system, before the library goes.
extern "C" fn empty() {
    places().iter().for_each(Place::free);
}

#[cfg(target_os = "linux")]
#[used]
#[unsafe(link_section = ".fini_array")]
static AT_UNLOAD: extern "C" fn() = empty;

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use alloc::vec::Vec;

    #[test]
    fn sizes() {
        assert_eq!(size_of_block(100), 100);
        assert_eq!(size_of_block(LEAST), LEAST);
        assert_eq!(size_of_block(LEAST + 1), LEAST + LEAST / 8);
        assert_eq!(size_of_block(MOST + 1), MOST + 1);
        for bytes in [70_000, 131_071, 4_000_064, MOST - 1] {
            let size = size_of_block(bytes);
            assert!(size >= bytes && size <= bytes + bytes / 8 + 1, "{bytes}");
            assert_eq!(size_of_block(size), size);
        }
    }

    #[test]
    fn blocks_from_many_threads() {
        std::thread::scope(|s| {
            for t in 0..4usize {
                s.spawn(move || {
                    let mut held: Vec<(*mut u8, usize, u8)> = vec![];
                    for i in 0..4000usize {
                        let bytes = LEAST + (i * 7919 + t * 104_729) % (1 << 19);
                        let (p, size) = take(bytes);
                        assert!(!p.is_null() && size >= bytes && p as usize % ALIGN == 0);
                        let mark = (i + t) as u8;
                        unsafe { (p.write(mark), p.add(bytes - 1).write(mark)) };
                        held.push((p, size, mark));
                        if held.len() > i % 5 {
                            let (p, size, mark) = held.swap_remove(i % held.len());
                            unsafe {
                                assert_eq!(p.read(), mark);
                                give_back(p, size);
                            }
                        }
                    }
                    for (p, size, mark) in held {
                        unsafe {
                            assert_eq!(p.read(), mark);
                            give_back(p, size);
                        }
                    }
                });
            }
        });
        assert!(KEPT.load(Relaxed) <= ALL + 4 * (1 << 20));
        empty();
        assert_eq!(KEPT.load(Relaxed), 0);
    }
}
