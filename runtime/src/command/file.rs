//! Files, read and written whole.

use crate::error::Result;
use alloc::ffi::CString;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{CStr, c_void};

fn reason() -> String {
    // SAFETY: errno is the thread's own; strerror gives a C string.
    unsafe {
        let text = libc::strerror(*libc::__errno_location());
        if text.is_null() { String::new() } else { CStr::from_ptr(text).to_string_lossy().into_owned() }
    }
}

struct Open(i32);

impl Drop for Open {
    fn drop(&mut self) {
        // SAFETY: opened by us.
        unsafe { libc::close(self.0) };
    }
}

fn open(path: &str, flags: i32, what: &str) -> Result<Open> {
    let Ok(name) = CString::new(path) else { bail!(Value, "cannot {what} '{path}': the name has a NUL in it") };
    // SAFETY: a C string.
    let fd = unsafe { libc::open(name.as_ptr(), flags | libc::O_CLOEXEC, 0o666) };
    check!(fd >= 0, Runtime, "cannot {what} '{path}': {}", reason());
    Ok(Open(fd))
}

/// The bytes of a file.
pub fn read(path: &str) -> Result<Vec<u8>> {
    let file = open(path, libc::O_RDONLY, "read")?;
    let mut out: Vec<u8> = Vec::new();
    loop {
        let more = (out.len()).clamp(1 << 16, 1 << 26);
        check!(out.try_reserve(more).is_ok(), Memory, "cannot read '{path}': out of memory");
        // SAFETY: the spare room of the vector.
        let n = unsafe { libc::read(file.0, out.as_mut_ptr().add(out.len()) as *mut c_void, more) };
        check!(n >= 0, Runtime, "cannot read '{path}': {}", reason());
        if n == 0 {
            return Ok(out);
        }
        // SAFETY: n bytes were written behind len.
        unsafe { out.set_len(out.len() + n as usize) };
    }
}

/// Replaces a file's contents.
pub fn write(path: &str, bytes: &[u8]) -> Result<()> {
    let file = open(path, libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC, "write")?;
    let mut rest = bytes;
    while !rest.is_empty() {
        // SAFETY: a live slice.
        let n = unsafe { libc::write(file.0, rest.as_ptr() as *const c_void, rest.len()) };
        check!(n > 0, Runtime, "cannot write '{path}': {}", reason());
        rest = &rest[n as usize..];
    }
    Ok(())
}

/// A number of the file at `at`, little end first; `None` beyond the end.
pub fn little(bytes: &[u8], at: usize, size: usize) -> Option<u64> {
    let b = bytes.get(at..at.checked_add(size)?)?;
    Some(b.iter().rev().fold(0, |n, b| n << 8 | *b as u64))
}
