//! Times exported functions in the process.

use super::process::call;
use super::{Method, Program, input, literal};
use crate::error::Result;
use crate::value::Value;
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::{CStr, c_char};

/// What one function's calls took.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Times {
    /// Making the instance, in nanoseconds.
    pub make_ns: u64,
    pub first_call_ns: u64,
    pub p50_ns: u64,
    pub p99_ns: u64,
    pub calls: u64,
    /// The most bytes of tensors alive during a call beyond those before it.
    pub peak_bytes: u64,
}

fn now() -> u64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: a place for the time.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut t) };
    t.tv_sec as u64 * 1_000_000_000 + t.tv_nsec as u64
}

fn timed<T>(f: impl FnOnce() -> T) -> (T, u64) {
    let start = now();
    let v = f();
    (v, now() - start)
}

/// Calls at most this often and, after the first [`MIN_CALLS`], no longer than `budget_ns`.
const MAX_CALLS: usize = 100_000;
const MIN_CALLS: usize = 5;

fn measure(m: &Method, arguments: &[&str], budget_ns: u64) -> Result<Times> {
    let mut args: Vec<Value> = Vec::new();
    let mut t = Times::default();
    if let Some(make) = m.make {
        let (made, ns) = timed(|| call(make, &[]));
        args.push(made?);
        t.make_ns = ns;
    }
    for (p, text) in m.params().iter().zip(arguments) {
        let made = match *text {
            "" => literal::parse(p.default()).and_then(|l| input::value(&l, &mut p.desc())),
            text => input::argument(text, p.desc()),
        };
        args.push(made.map_err(|e| {
            let why: String = e.message();
            err!(Value, "{}: {why}", p.name())
        })?);
    }
    let before = crate::storage::reset_peak();
    let (first, ns) = timed(|| call(m.entry, &args));
    first?;
    t.first_call_ns = ns;
    let mut all = Vec::with_capacity(1024);
    let start = now();
    while all.len() < MIN_CALLS || (all.len() < MAX_CALLS && now() - start < budget_ns) {
        let (r, ns) = timed(|| call(m.entry, &args));
        r?;
        all.push(ns);
    }
    all.sort_unstable();
    t.peak_bytes = crate::storage::peak().saturating_sub(before) as u64;
    t.calls = all.len() as u64;
    t.p50_ns = all[all.len() / 2];
    t.p99_ns = all[(all.len() * 99 / 100).min(all.len() - 1)];
    Ok(t)
}

natives! {
    /// Times method `index` of the program with these arguments (an empty one is the default) into `out`. Returns the status.
    fn ts_bench_run(program: *const Program, index: usize, arguments: *const *const c_char, count: usize, budget_ns: u64, out: *mut Times) -> i32 {
        let Some(m) = unsafe { &*program }.methods().get(index) else { return err!(Internal, "no such method").status() };
        let arguments: Vec<&str> = (0..count).map(|i| unsafe { CStr::from_ptr(*arguments.add(i)) }.to_str().unwrap_or("")).collect();
        match measure(m, &arguments, budget_ns) {
            Ok(t) => {
                unsafe { out.write(t) }
                0
            }
            Err(e) => e.status(),
        }
    }
}
