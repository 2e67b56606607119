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
        Str::concat(text, "")
    }

    /// The text of two strings behind each other.
    pub fn concat(a: &str, b: &str) -> Ref<Str> {
        let len = a.len() + b.len();
        // SAFETY: the block holds the object and the bytes behind it.
        unsafe {
            let p = new_object(STR_SIZE + len + 1) as *mut Str;
            let bytes = (p as *mut u8).add(STR_SIZE);
            core::ptr::copy_nonoverlapping(a.as_ptr(), bytes, a.len());
            core::ptr::copy_nonoverlapping(b.as_ptr(), bytes.add(a.len()), b.len());
            *bytes.add(len) = 0;
            p.write(Str { header: Header::new(Kind::Str), len, ptr: bytes, chars: Cell::new(usize::MAX) });
            Ref::from_raw(p)
        }
    }

    pub fn as_str(&self) -> &str {
        // SAFETY: strings are UTF-8 from their making on.
        unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.ptr, self.len)) }
    }

    /// A string of one code point.
    pub fn of_char(c: char) -> Ref<Str> {
        match ASCII.get(c as usize) {
            // SAFETY: immortal.
            Some(s) => unsafe { Ref::from_borrowed(&s.0) },
            None => Str::new(c.encode_utf8(&mut [0; 4])),
        }
    }

    /// All code points are single bytes.
    pub fn is_ascii(&self) -> bool {
        self.chars() == self.len
    }

    /// Number of code points.
    pub fn chars(&self) -> usize {
        if self.chars.get() == usize::MAX {
            self.chars.set(self.as_str().chars().count());
        }
        self.chars.get()
    }
}

/// A string that lives as long as the program.
struct Constant(Str);
// SAFETY: its bytes are constants, its count of code points is never written, for it is known.
unsafe impl Sync for Constant {}

/// The bytes of [`ASCII`], each followed by NUL.
static BYTES: [u8; 256] = {
    let mut bytes = [0; 256];
    let mut c = 0;
    while c < 128 {
        bytes[2 * c] = c as u8;
        c += 1;
    }
    bytes
};

/// Every ASCII character as a string.
static ASCII: [Constant; 128] = {
    let mut all = [const { Constant(Str { header: Header::immortal(Kind::Str), len: 1, ptr: core::ptr::null(), chars: Cell::new(1) }) };
        128];
    let mut c = 0;
    while c < 128 {
        all[c].0.ptr = &BYTES[2 * c];
        c += 1;
    }
    all
};
