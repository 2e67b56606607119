//! A process around compiled code: its arguments, its exit status, its last words.

use super::Entry;
use crate::args::Args;
use crate::error::{self, Result};
use crate::header::Ref;
use crate::list::List;
use crate::str::Str;
use crate::value::Value;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char, c_void};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

static ARGV: AtomicPtr<*const c_char> = AtomicPtr::new(core::ptr::null_mut());
static ARGC: AtomicUsize = AtomicUsize::new(0);

/// `sys.argv`.
fn arguments() -> Vec<String> {
    let argv = ARGV.load(Ordering::Relaxed);
    let count = ARGC.load(Ordering::Relaxed);
    // SAFETY: main's arguments, which live as long as the process.
    (0..count).map(|i| unsafe { CStr::from_ptr(*argv.add(i)) }.to_string_lossy().into_owned()).collect()
}

/// Writes text to standard output (1) or error (2).
pub fn put(stream: i32, text: impl AsRef<[u8]>) {
    let text = text.as_ref();
    // SAFETY: a live text.
    unsafe { crate::ops::strings::ts_write(stream, text.as_ptr(), text.len()) }
}

/// The one result of a boxed entry.
pub fn call(entry: Entry, args: &[Value]) -> Result<Value> {
    let mut out = Value::none();
    // SAFETY: by the table's contract the arguments have the parameters' types.
    match unsafe { entry(args.as_ptr(), &mut out) } {
        0 => Ok(out),
        status => Err(error::pending(status)),
    }
}

/// Prints the pending error as Python prints an uncaught exception. `eager`: operators raise what they raise outside of TorchScript.
pub fn print_traceback(eager: bool) {
    let s = error::last();
    let mut text = String::new();
    let c_text = |p: *const c_char| {
        // SAFETY: sites hold C strings that live as long as the code.
        if p.is_null() { "".into() } else { unsafe { CStr::from_ptr(p) }.to_string_lossy() }
    };
    let count = (s.frame_count as usize).min(s.frames.len());
    if count > 0 {
        text += "Traceback (most recent call last):\n";
    }
    for &site in s.frames[..count].iter().rev() {
        // SAFETY: generated code notes sites that live as long as itself.
        let site = unsafe { &*site };
        text += &format!("  File \"{}\", line {}, in {}\n", c_text(site.file), site.line, c_text(site.function));
        let line = c_text(site.text);
        if !line.trim().is_empty() {
            text += &format!("    {}\n", line.trim());
        }
    }
    let code = error::pending(s.code).code();
    let name = match s.exception() {
        "RuntimeError" if eager => code.exception(),
        name => name.strip_prefix("builtins.").unwrap_or(name),
    };
    text += name;
    if !s.message().is_empty() {
        text += ": ";
        text += s.message();
    }
    text.push('\n');
    put(2, &text);
}

struct Job<'a> {
    work: &'a mut dyn FnMut() -> i32,
    status: i32,
}

extern "C" fn work(context: *mut c_void) -> i32 {
    // SAFETY: `guarded` passes a job.
    let job = unsafe { &mut *(context as *mut Job) };
    job.status = (job.work)();
    0
}

/// Runs a program with the process's arguments; a panic of the runtime ends it with status 1. Output is flushed.
pub fn guarded(argc: i32, argv: *const *const c_char, mut program: impl FnMut(Vec<String>) -> i32) -> i32 {
    ARGV.store(argv as *mut _, Ordering::Relaxed);
    ARGC.store(argc.max(0) as usize, Ordering::Relaxed);
    let mut run = || program(arguments());
    let mut job = Job { work: &mut run, status: 0 };
    // SAFETY: the job lives until the guard returns.
    let failed = unsafe { error::ts_guard(work, &mut job as *mut Job as *mut c_void) } != 0;
    if failed {
        print_traceback(true);
    }
    // SAFETY: all streams. A full disk or closed pipe is the reader's affair.
    unsafe { libc::fflush(core::ptr::null_mut()) };
    if failed { 1 } else { job.status }
}

/// The status that `SystemExit` asks for: none is 0, a number is itself, any other text is printed.
fn exit_status(message: &str) -> i32 {
    match message.trim() {
        "" | "None" => 0,
        text => text.parse::<i64>().map_or_else(
            |_| {
                put(2, &format!("{text}\n"));
                1
            },
            |n| n as i32 & 0xff,
        ),
    }
}

operators! {
    tsaot::argv => argv,
}

/// `sys.argv` as a new list.
fn argv(_: &Args) -> Result<Ref<List>> {
    Ok(List::from_items(arguments().iter().map(|a| Str::new(a))))
}

natives! {
    /// Runs a program's `main` after `prepare` (which may be null) has made its globals; the exit status.
    fn ts_program_main(argc: i32, argv: *const *const c_char, prepare: Option<Entry>, globals: *mut *mut c_void, main: Entry) -> i32 {
        guarded(argc, argv, |_| {
            let made = match prepare {
                Some(make) => call(make, &[]).map(|v| {
                    // The program's own until it ends.
                    unsafe { *globals = v.payload as *mut c_void }
                    core::mem::forget(v);
                }),
                None => Ok(()),
            };
            match made.and_then(|()| call(main, &[])) {
                Ok(v) => v.as_int().map_or(0, |n| n as i32 & 0xff),
                Err(_) if error::last().exception().ends_with("SystemExit") => exit_status(&String::from(error::last().message())),
                Err(_) => {
                    unsafe { libc::fflush(core::ptr::null_mut()) };
                    print_traceback(true);
                    1
                }
            }
        })
    }
}
