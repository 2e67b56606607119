//! Strings: UTF-8, indexed by code point.

use crate::header::{Header, Kind, Object, Ref, new_object};
use core::cell::Cell;

/// `ptr` points behind the object for strings made at run time, into the artifact's data for constants.
#[repr(C)]
pub struct Str {
    pub header: Header,
    /// Bytes.
    pub len: usize,
    pub ptr: *const u8,
    /// Number of code points, or `usize::MAX` when not counted yet.
    chars: Cell<usize>,
}

/// Offset of the byte count.
pub const STR_LEN_OFFSET: usize = core::mem::offset_of!(Str, len);
/// Offset of the pointer to the bytes.
pub const STR_PTR_OFFSET: usize = core::mem::offset_of!(Str, ptr);
/// Size of the object without its bytes; constants write `usize::MAX` into the last word.
pub const STR_SIZE: usize = size_of::<Str>();
const _: () = assert!(STR_LEN_OFFSET == 8 && STR_PTR_OFFSET == 16 && STR_SIZE == 32);

// SAFETY: header first.
unsafe impl Object for Str {
    const KIND: Kind = Kind::Str;
}

impl Str {
    #[allow(clippy::new_ret_no_self)]
    pub fn new(text: &str) -> Ref<Str> {
        // SAFETY: the block holds the object and the bytes behind it.
        unsafe {
            let p = new_object(STR_SIZE + text.len() + 1) as *mut Str;
            let bytes = (p as *mut u8).add(STR_SIZE);
            core::ptr::copy_nonoverlapping(text.as_ptr(), bytes, text.len());
            *bytes.add(text.len()) = 0;
            p.write(Str { header: Header::new(Kind::Str), len: text.len(), ptr: bytes, chars: Cell::new(usize::MAX) });
            Ref::from_raw(p)
        }
    }

    pub fn as_str(&self) -> &str {
        // SAFETY: strings are UTF-8 from their making on.
        unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.ptr, self.len)) }
    }

    /// Number of code points.
    pub fn chars(&self) -> usize {
        if self.chars.get() == usize::MAX {
            self.chars.set(self.as_str().chars().count());
        }
        self.chars.get()
    }
}
