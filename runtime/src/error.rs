//! Errors: a small token in Rust, the text in a preallocated slot of the thread.
//!
//! Making an [`Error`] writes code, exception name and message into the slot; the token that travels through `Result` holds the
//! code only. So raising never allocates, and C reads the slot with `ts_last_error`. A later error on the same thread overwrites it.

use alloc::string::String;
use core::ffi::c_char;
use core::fmt::{self, Write};

/// Status codes of the C interface. 0 is success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum Code {
    Runtime = 1,
    Value = 2,
    Index = 3,
    Type = 4,
    Key = 5,
    NotImplemented = 6,
    Assertion = 7,
    Memory = 8,
    ZeroDivision = 9,
    Overflow = 10,
    Attribute = 11,
    /// An exception of the script whose type is none of the above.
    Raised = 12,
    /// An argument of the C call does not have the declared type or shape.
    Argument = 13,
    /// A defect of the runtime itself.
    Internal = 14,
    Linalg = 15,
    Unicode = 16,
    Stop = 17,
}

/// Code and Python exception name.
const NAMES: [(Code, &str); 17] = [
    (Code::Runtime, "RuntimeError"),
    (Code::Value, "ValueError"),
    (Code::Index, "IndexError"),
    (Code::Type, "TypeError"),
    (Code::Key, "KeyError"),
    (Code::NotImplemented, "NotImplementedError"),
    (Code::Assertion, "AssertionError"),
    (Code::Memory, "MemoryError"),
    (Code::ZeroDivision, "ZeroDivisionError"),
    (Code::Overflow, "OverflowError"),
    (Code::Attribute, "AttributeError"),
    (Code::Raised, "Exception"),
    (Code::Argument, "TypeError"),
    (Code::Internal, "RuntimeError"),
    (Code::Linalg, "torch.linalg.LinAlgError"),
    (Code::Unicode, "UnicodeDecodeError"),
    (Code::Stop, "StopIteration"),
];

impl Code {
    /// The Python exception that an error of this code is in eager PyTorch. (Inside compiled functions errors of operators are
    /// RuntimeErrors, as in TorchScript; only what the script raises itself keeps its type.)
    pub fn exception(self) -> &'static str {
        NAMES.iter().find(|e| e.0 == self).map_or("RuntimeError", |e| e.1)
    }

    /// The code of a Python exception's name; `Raised` for names that have none.
    pub fn of_exception(name: &str) -> Code {
        NAMES.iter().find(|e| e.1 == name).map_or(Code::Raised, |e| e.0)
    }

    fn of_number(n: i32) -> Code {
        NAMES.iter().map(|e| e.0).find(|c| *c as i32 == n).unwrap_or(Code::Runtime)
    }
}

/// A source position that a failing call passed through; generated code holds these as constants. Strings end in NUL.
#[repr(C)]
pub struct Site {
    pub file: *const c_char,
    pub function: *const c_char,
    pub line: u32,
    pub col: u32,
    /// The source line, or null.
    pub text: *const c_char,
}

const MESSAGE: usize = 4096;
const NAME: usize = 96;
const DETAIL: usize = 256;
const FRAMES: usize = 48;

/// The thread's error slot (`ts_error_state` of shim.c). Text fields end in NUL.
#[repr(C)]
pub struct State {
    pub code: i32,
    /// Dimension at fault, -1 when none.
    pub dim: i32,
    pub message_len: u32,
    pub frame_count: u32,
    /// Frames that did not fit.
    pub frames_lost: u32,
    reserved: u32,
    exception: [u8; NAME],
    argument: [u8; NAME],
    expected: [u8; DETAIL],
    got: [u8; DETAIL],
    message: [u8; MESSAGE],
    /// Innermost frame first.
    pub frames: [*const Site; FRAMES],
}

unsafe extern "C" {
    fn ts_error_slot() -> *mut State;
    pub fn ts_guard(body: extern "C" fn(*mut core::ffi::c_void) -> i32, context: *mut core::ffi::c_void) -> i32;
}

/// Writes UTF-8 into a fixed buffer, cut at a character boundary, NUL kept at the end.
struct Cut<'a> {
    buf: &'a mut [u8],
    len: usize,
    full: bool,
}

impl Write for Cut<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        if self.full {
            return Ok(());
        }
        let room = self.buf.len() - 1 - self.len;
        let mut n = s.len().min(room);
        while !s.is_char_boundary(n) {
            n -= 1;
        }
        self.full = n < s.len();
        self.buf[self.len..self.len + n].copy_from_slice(&s.as_bytes()[..n]);
        self.len += n;
        self.buf[self.len] = 0;
        Ok(())
    }
}

fn put(buf: &mut [u8], text: fmt::Arguments) -> usize {
    buf[0] = 0;
    let mut cut = Cut { buf, len: 0, full: false };
    let _ = cut.write_fmt(text);
    cut.len
}

fn text(buf: &[u8]) -> &str {
    let n = buf.iter().position(|b| *b == 0).unwrap_or(buf.len());
    core::str::from_utf8(&buf[..n]).unwrap_or("")
}

fn slot() -> &'static mut State {
    // SAFETY: the slot is this thread's own, lives as long as the thread, and no caller keeps the reference across another call.
    unsafe { &mut *ts_error_slot() }
}

/// The thread's error slot, for reading.
pub fn last() -> &'static State {
    slot()
}

impl State {
    pub fn exception(&self) -> &str {
        text(&self.exception)
    }
    pub fn argument(&self) -> &str {
        text(&self.argument)
    }
    pub fn expected(&self) -> &str {
        text(&self.expected)
    }
    pub fn got(&self) -> &str {
        text(&self.got)
    }
    pub fn message(&self) -> &str {
        core::str::from_utf8(&self.message[..self.message_len as usize]).unwrap_or("")
    }
}

/// A failure whose text lies in the thread's error slot.
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Error(i32);

pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    #[cold]
    #[inline(never)]
    pub fn new(code: Code, message: fmt::Arguments) -> Error {
        // What operators raise inside compiled TorchScript is a RuntimeError; the code tells the kind.
        let name = if code == Code::NotImplemented { code.exception() } else { "RuntimeError" };
        Error::named(code, name, message)
    }

    /// An exception of the script, by its Python type name.
    #[cold]
    pub fn raised(exception: &str, message: &str) -> Error {
        Error::named(Code::of_exception(exception), exception, format_args!("{message}"))
    }

    #[cold]
    fn named(code: Code, exception: &str, message: fmt::Arguments) -> Error {
        // A message may quote the slot itself (an error made from an error), so it is written to the side first.
        let mut side = [0u8; MESSAGE];
        let n = put(&mut side, message);
        let s = slot();
        s.code = code as i32;
        s.dim = -1;
        s.frame_count = 0;
        s.frames_lost = 0;
        put(&mut s.exception, format_args!("{exception}"));
        s.argument[0] = 0;
        s.expected[0] = 0;
        s.got[0] = 0;
        s.message[..=n].copy_from_slice(&side[..=n]);
        s.message_len = n as u32;
        Error(code as i32)
    }

    /// Names the argument at fault.
    #[cold]
    pub fn arg(self, name: &str) -> Error {
        put(&mut slot().argument, format_args!("{name}"));
        self
    }

    /// Names the dimension at fault.
    #[cold]
    pub fn dim(self, dim: usize) -> Error {
        slot().dim = dim as i32;
        self
    }

    /// What was expected and what was given.
    #[cold]
    pub fn mismatch(self, expected: fmt::Arguments, got: fmt::Arguments) -> Error {
        put(&mut slot().expected, expected);
        put(&mut slot().got, got);
        self
    }

    pub fn code(self) -> Code {
        Code::of_number(self.0)
    }

    /// The status that C sees.
    pub fn status(self) -> i32 {
        self.0
    }

    /// The message, read from the slot.
    pub fn message(self) -> String {
        String::from(last().message())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(last().message())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {}", last().exception(), last().message())
    }
}

/// `err!(Index, "list index out of range")` is an [`Error`]; without a code's name it is a RuntimeError.
#[macro_export]
macro_rules! err {
    ($code:ident, $($t:tt)+) => { $crate::error::Error::new($crate::error::Code::$code, format_args!($($t)+)) };
    ($($t:tt)+) => { $crate::error::Error::new($crate::error::Code::Runtime, format_args!($($t)+)) };
}

/// Returns [`err!`] from the function.
#[macro_export]
macro_rules! bail {
    ($($t:tt)+) => { return Err($crate::err!($($t)+)) };
}

/// `check!(condition, "message {}", x)` or `check!(condition, Index, "...")`: returns the error when the condition is false.
#[macro_export]
macro_rules! check {
    ($c:expr, $($t:tt)+) => { if !$c { return Err($crate::err!($($t)+)); } };
}

/// The error that lies in the slot already.
pub fn pending(status: i32) -> Error {
    Error(status)
}

natives! {
    /// The last error of this thread; all pointers stay valid until the thread's next failing call.
    fn ts_error_state() -> *const State { unsafe { ts_error_slot() } }

    /// Notes that the failure passed through `site`.
    fn ts_trace(site: *const Site) {
        let s = slot();
        match s.frames.get_mut(s.frame_count as usize) {
            Some(f) => {
                *f = site;
                s.frame_count += 1;
            }
            None => s.frames_lost += 1,
        }
    }

    /// Raises an exception of the script: type name and message as UTF-8. Returns the status.
    fn ts_raise(exception: *const u8, exception_len: usize, message: *const u8, message_len: usize) -> i32 {
        // SAFETY: the caller passes live UTF-8.
        let (e, m) = unsafe {
            (core::slice::from_raw_parts(exception, exception_len), core::slice::from_raw_parts(message, message_len))
        };
        Error::raised(core::str::from_utf8(e).unwrap_or("Exception"), core::str::from_utf8(m).unwrap_or("")).status()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" {
        fn ts_error_slot_size() -> usize;
    }

    #[test]
    fn slot_has_the_layout_of_the_shim() {
        assert_eq!(size_of::<State>(), unsafe { ts_error_slot_size() });
    }

    #[test]
    fn an_error_can_be_made_from_an_error() {
        let e = err!(Index, "list index out of range");
        let e = err!(Value, "while popping: {e}").arg("self").dim(1);
        assert_eq!((e.code(), e.message().as_str()), (Code::Value, "while popping: list index out of range"));
        assert_eq!((last().argument(), last().dim, last().exception()), ("self", 1, "RuntimeError"));
    }
}
