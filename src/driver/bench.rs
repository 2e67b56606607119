//! `tsaot bench`: builds a library, loads it into this process, and times its exported functions.

use super::build::{self, BuildOptions};
use super::{Progress, evaluate, inputs};
use crate::codegen;
use crate::diag::{Code, Diagnostic, SourceMap};
use crate::graph::Program;
use crate::types::{DType, Input, InputDim, InputValue, Type};
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::path::Path;
use std::time::{Duration, Instant};
use tsrt::command::bench::Times;
use tsrt::command::safetensors;

/// What the command line of `bench` says beyond the source.
pub struct BenchOptions {
    pub build: BuildOptions,
    /// Only this export: `name`, `name.method` or `method`.
    pub method: Option<String>,
    /// How long each function is called.
    pub time: Duration,
}

/// What was measured of one function.
pub struct Measured {
    pub name: String,
    /// Loading the library and making the instance.
    pub load_us: f64,
    pub first_call_us: f64,
    pub p50_us: f64,
    pub p99_us: f64,
    pub peak_bytes: u64,
    pub calls: u64,
}

impl Measured {
    /// One line of JSON.
    pub fn json(&self) -> String {
        format!(
            "{{\"method\": {:?}, \"load_us\": {:.3}, \"first_call_us\": {:.3}, \"p50_us\": {:.3}, \"p99_us\": {:.3}, \"peak_bytes\": {}, \"calls\": {}}}",
            self.name, self.load_us, self.first_call_us, self.p50_us, self.p99_us, self.peak_bytes, self.calls
        )
    }
}

/// The figures as a table.
pub fn table(all: &[Measured]) -> String {
    let mut out = format!(
        "{:<28} {:>10} {:>14} {:>10} {:>10} {:>12} {:>8}\n",
        "method", "load_us", "first_call_us", "p50_us", "p99_us", "peak_bytes", "calls"
    );
    for m in all {
        out += &format!(
            "{:<28} {:>10.1} {:>14.2} {:>10.2} {:>10.2} {:>12} {:>8}\n",
            m.name, m.load_us, m.first_call_us, m.p50_us, m.p99_us, m.peak_bytes, m.calls
        );
    }
    out
}

unsafe extern "C" {
    fn dlopen(path: *const c_char, flags: c_int) -> *mut c_void;
    fn dlsym(library: *mut c_void, name: *const c_char) -> *mut c_void;
    fn dlerror() -> *const c_char;
}
const RTLD_NOW: c_int = 2;

type Run = unsafe extern "C" fn(*const c_void, usize, *const *const c_char, usize, u64, *mut Times) -> i32;

/// The start of `ts_error` in the C header.
#[repr(C)]
struct CError {
    code: i32,
    dimension: i32,
    exception: *const c_char,
    message: *const c_char,
}

fn failed(message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::Output, None, message)
}

/// Builds and measures. The problems come with the sources they point into.
pub fn bench(source: &Path, options: &BenchOptions) -> Result<Vec<Measured>, (Vec<Diagnostic>, SourceMap)> {
    let mut progress = Progress::new(options.build.verbose);
    progress.step(format!("evaluating {}", source.display()));
    let e = evaluate(source);
    if !e.diagnostics.is_empty() {
        return Err((e.diagnostics, e.sources));
    }
    measure(e.program, &e.sources, options, &mut progress).map_err(|problems| (problems, e.sources))
}

fn measure(
    mut program: Program,
    sources: &SourceMap,
    options: &BenchOptions,
    progress: &mut Progress,
) -> Result<Vec<Measured>, Vec<Diagnostic>> {
    let one = |d: Diagnostic| vec![d];
    let dir = tempfile::tempdir().map_err(|e| one(failed(format!("a temporary folder cannot be made: {e}"))))?;
    let wanted = |e: &inputs::Exported| {
        let full = e.method.map_or(e.export.to_owned(), |m| format!("{}.{m}", e.export));
        options.method.as_deref().is_none_or(|m| m == full || m == e.export || e.method == Some(m))
    };
    // Classes have no place in the table of functions.
    let is_class =
        |name: &str| program.exports.iter().any(|e| matches!(e, crate::graph::Export::Class { name: n, .. } if n == name));
    let mut picked: Vec<(String, Result<Vec<CString>, Diagnostic>)> = vec![];
    for e in inputs::exported(&program).iter().filter(|e| wanted(e) && !is_class(e.export)) {
        let name = e.method.map_or(e.export.to_owned(), |m| format!("{}.{m}", e.export));
        picked.push((name, arguments(&program, e, &options.build.inputs, dir.path())));
    }
    if picked.is_empty() {
        let message = match &options.method {
            Some(m) => format!("nothing exported is called '{m}'"),
            None => "the source exports nothing that can be called".into(),
        };
        return Err(one(Diagnostic::new(Code::Name, None, message)));
    }
    // Without a choice, what lacks inputs is passed over as long as something has all.
    let any = picked.iter().any(|p| p.1.is_ok());
    let mut calls = vec![];
    for (name, args) in picked {
        match args {
            Ok(args) => calls.push((name, args)),
            Err(d) if !any || options.method.is_some() => return Err(one(d)),
            Err(d) => {
                progress.end();
                eprintln!("note: {name} is not timed: {}", d.message);
            }
        }
    }
    let library = dir.path().join("libbench.so");
    let interface = build::bench_library(&mut program, sources, &library, &options.build, progress)?;
    progress.step("timing");
    let path = CString::new(library.as_os_str().as_encoded_bytes()).map_err(|e| one(failed(e.to_string())))?;
    let start = Instant::now();
    // SAFETY: a library that was just made.
    let handle = unsafe { dlopen(path.as_ptr(), RTLD_NOW) };
    let load = start.elapsed();
    if handle.is_null() {
        // SAFETY: dlerror gives a C string after a failure.
        let why = unsafe { CStr::from_ptr(dlerror()) }.to_string_lossy().into_owned();
        return Err(one(failed(format!("the library cannot be loaded: {why}"))));
    }
    let symbol = |name: &str| -> Result<*mut c_void, Vec<Diagnostic>> {
        let c = CString::new(name).map_err(|e| one(failed(e.to_string())))?;
        // SAFETY: an open library.
        let p = unsafe { dlsym(handle, c.as_ptr()) };
        if p.is_null() { Err(one(failed(format!("the library lacks {name}")))) } else { Ok(p) }
    };
    let table = symbol(codegen::TABLE)?;
    // SAFETY: the library's own functions have these types.
    let (run, last_error): (Run, unsafe extern "C" fn() -> *const CError) =
        unsafe { (std::mem::transmute(symbol("ts_bench_run")?), std::mem::transmute(symbol("ts_last_error")?)) };
    let mut out = vec![];
    for (name, args) in calls {
        let Some(index) = interface.iter().position(|m| *m == name) else { continue };
        let pointers: Vec<*const c_char> = args.iter().map(|a| a.as_ptr()).collect();
        let mut t = Times::default();
        let budget = options.time.as_nanos() as u64;
        // SAFETY: the arguments live until the call returns.
        let status = unsafe { run(table, index, pointers.as_ptr(), pointers.len(), budget, &mut t) };
        if status != 0 {
            // SAFETY: valid after a failure, until the next one.
            let (kind, why) = unsafe {
                let e = &*last_error();
                (
                    CStr::from_ptr(e.exception).to_string_lossy().into_owned(),
                    CStr::from_ptr(e.message).to_string_lossy().into_owned(),
                )
            };
            return Err(one(failed(format!("{name} failed: {kind}: {why}"))));
        }
        let us = |ns: u64| ns as f64 / 1e3;
        out.push(Measured {
            name,
            load_us: load.as_secs_f64() * 1e6 + us(t.make_ns),
            first_call_us: us(t.first_call_ns),
            p50_us: us(t.p50_ns),
            p99_us: us(t.p99_ns),
            peak_bytes: t.peak_bytes,
            calls: t.calls,
        });
    }
    progress.end();
    Ok(out)
}

/// The arguments of a call as the runtime's command line reads them; tensors lie in files.
fn arguments(program: &Program, e: &inputs::Exported, all: &[Input], dir: &Path) -> Result<Vec<CString>, Diagnostic> {
    let f = program.function(e.function);
    let mut out = vec![];
    for p in f.signature.params.iter().filter(|p| p.name != "self") {
        let input = all.iter().rev().find(|i| i.is_about(e.export, e.method, &p.name));
        let text = match input.map(|i| &i.value) {
            Some(InputValue::Literal(text)) => text.clone(),
            Some(InputValue::Tensor(dtype, dims)) => {
                let t = tensor(*dtype, dims)
                    .map_err(|why| failed(format!("--input {}: {why}", input.map_or(String::new(), |i| i.to_string()))))?;
                let file = dir.join(format!("{}.{}.safetensors", e.function.0, p.name));
                let written = safetensors::write(&[(p.name.clone(), t)]).map_err(|e| e.message());
                let written = written.and_then(|b| std::fs::write(&file, b).map_err(|e| e.to_string()));
                written.map_err(|why| failed(format!("the input '{}' cannot be written: {why}", p.name)))?;
                file.display().to_string()
            }
            // The default, as the empty text.
            None if p.default.is_some() => String::new(),
            None => {
                let name = e.method.map_or(e.export.to_owned(), |m| format!("{}.{m}", e.export));
                let example = if p.ty == Type::Tensor { "f32[1,3,224,224]" } else { "VALUE" };
                let d = Diagnostic::new(Code::Input, None, format!("the input '{}' of {name} is not known", p.name));
                return Err(d.help(format!("give it: --input '{name}.{}={example}'", p.name)));
            }
        };
        out.push(CString::new(text).map_err(|e| failed(e.to_string()))?);
    }
    Ok(out)
}

/// A tensor to call with: normal numbers, zeros and ones. Symbolic sizes are 1.
fn tensor(dtype: DType, dims: &[InputDim]) -> Result<tsrt::Tensor, String> {
    let sizes: Result<Vec<i64>, String> = dims
        .iter()
        .map(|d| match d {
            InputDim::Size(n) => Ok(*n),
            InputDim::Symbol(_) => Ok(1),
            InputDim::Any => Err("a size must be known to make the tensor".into()),
        })
        .collect();
    let number = tsrt::DType::from_number(dtype.number()).ok_or("the element type is not supported")?;
    let make = |sizes: &[i64]| -> tsrt::Result<tsrt::Tensor> {
        let t = tsrt::Tensor::empty(sizes, tsrt::DType::F32)?;
        let g = tsrt::rng::Generator::new(0);
        tsrt::rng::normal(&t, 0.0, 1.0, &g)?;
        if !number.is_float() && !number.is_complex() {
            for x in t.as_mut_slice::<f32>()? {
                *x = f32::from(*x > 0.0);
            }
        }
        t.to_dtype(number)
    };
    make(&sizes?).map_err(|e| e.message())
}
