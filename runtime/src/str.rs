//! Strings are bytes, as PyTorch's are: text in UTF-8 that a script may cut anywhere.

use crate::header::{Header, Kind, Object, Ref, new_object};
use alloc::string::String;
use alloc::vec::Vec;

/// `ptr` points behind the object for strings made at run time, into the artifact's data for constants.
#[repr(C)]
pub struct Str {
    pub header: Header,
    /// Bytes.
    pub len: usize,
    pub ptr: *const u8,
}

/// Offset of the byte count.
pub const STR_LEN_OFFSET: usize = core::mem::offset_of!(Str, len);
/// Offset of the pointer to the bytes.
pub const STR_PTR_OFFSET: usize = core::mem::offset_of!(Str, ptr);
/// Size of the object without its bytes.
pub const STR_SIZE: usize = size_of::<Str>();
const _: () = assert!(STR_LEN_OFFSET == 8 && STR_PTR_OFFSET == 16 && STR_SIZE == 24);

// SAFETY: header first.
unsafe impl Object for Str {
    const KIND: Kind = Kind::Str;
}

impl Str {
    #[allow(clippy::new_ret_no_self)]
    pub fn new(text: impl AsRef<[u8]>) -> Ref<Str> {
        Str::concat(text.as_ref(), b"")
    }

    /// The bytes of two strings behind each other.
    pub fn concat(a: &[u8], b: &[u8]) -> Ref<Str> {
        let len = a.len() + b.len();
        // SAFETY: the block holds the object and the bytes behind it.
        unsafe {
            let p = new_object(STR_SIZE + len + 1) as *mut Str;
            let bytes = (p as *mut u8).add(STR_SIZE);
            core::ptr::copy_nonoverlapping(a.as_ptr(), bytes, a.len());
            core::ptr::copy_nonoverlapping(b.as_ptr(), bytes.add(a.len()), b.len());
            *bytes.add(len) = 0;
            p.write(Str { header: Header::new(Kind::Str), len, ptr: bytes });
            Ref::from_raw(p)
        }
    }

    pub fn as_bytes(&self) -> &[u8] {
        // SAFETY: live as long as the object.
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }

    /// The text, if it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        core::str::from_utf8(self.as_bytes()).ok()
    }

    /// A string of one byte.
    pub fn of_byte(b: u8) -> Ref<Str> {
        // SAFETY: immortal.
        unsafe { Ref::from_borrowed(&SINGLE[b as usize].0) }
    }
}

/// Text being written: UTF-8 but for the strings in it.
#[derive(Default)]
pub struct Text(pub Vec<u8>);

impl Text {
    pub fn push(&mut self, c: char) {
        self.push_str(c.encode_utf8(&mut [0; 4]));
    }

    pub fn push_str(&mut self, text: impl AsRef<[u8]>) {
        self.0.extend_from_slice(text.as_ref());
    }

    /// As text for people: U+FFFD for what is no UTF-8.
    pub fn into_string(self) -> String {
        String::from_utf8(self.0).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
    }
}

impl core::fmt::Write for Text {
    fn write_str(&mut self, s: &str) -> core::fmt::Result {
        self.push_str(s);
        Ok(())
    }
}

/// A string that lives as long as the program.
struct Constant(Str);
// SAFETY: its bytes are constants.
unsafe impl Sync for Constant {}

/// The bytes of [`SINGLE`], each followed by NUL.
static BYTES: [u8; 512] = {
    let mut bytes = [0; 512];
    let mut c = 0;
    while c < 256 {
        bytes[2 * c] = c as u8;
        c += 1;
    }
    bytes
};

/// Every byte as a string.
static SINGLE: [Constant; 256] = {
    let mut all = [const { Constant(Str { header: Header::immortal(Kind::Str), len: 1, ptr: core::ptr::null() }) }; 256];
    let mut c = 0;
    while c < 256 {
        all[c].0.ptr = &BYTES[2 * c];
        c += 1;
    }
    all
};
