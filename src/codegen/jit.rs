//! Compiled code in this process: `tsaot run`, and calls of scripted objects while a module's top level runs.

use super::module::{Emitter, Place};
use super::target::{Machine, Options};
use crate::diag::{Diagnostic, SourceMap};
use crate::graph::program::LiveTensor;
use crate::graph::{FunctionId, ObjectId, Program};
use crate::kernel::Plan;
use inkwell::context::Context;
use inkwell::execution_engine::ExecutionEngine;
use std::collections::HashMap;
use tsrt::Value;

/// The symbol by which code calls Python functions.
pub const PYTHON_CALL: &str = "ts_python_call";

type Entry = unsafe extern "C" fn(*const Value, *mut Value) -> i32;

/// A failed call: the Python exception and the script's stack, innermost frame first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuntimeError {
    pub exception: String,
    pub message: String,
    pub frames: Vec<Frame>,
}

/// A place that the failure passed through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub file: String,
    pub function: String,
    /// From 1; 0 when unknown.
    pub line: u32,
    pub col: u32,
    /// The source line.
    pub text: String,
}

/// A program's code in memory.
pub struct Jit {
    entries: HashMap<FunctionId, (Entry, usize)>,
    makers: HashMap<ObjectId, Entry>,
    // Dropped in this order: code, then what it refers to.
    engine: Option<ExecutionEngine<'static>>,
    _tensors: Vec<LiveTensor>,
    context: *mut Context,
}

/// Scripts print where the rest of the process does.
unsafe extern "C" fn print(text: *const u8, len: usize) {
    use std::io::Write;
    // SAFETY: the runtime's text.
    let text = unsafe { std::slice::from_raw_parts(text, len) };
    let _ = std::io::stdout().write_all(text);
}

impl Drop for Jit {
    fn drop(&mut self) {
        self.engine = None;
        // SAFETY: made by `Box::into_raw` in `compile`, and nothing of it is left.
        unsafe { drop(Box::from_raw(self.context)) }
    }
}

impl Jit {
    /// Compiles `functions`, and makers of instances of `objects`, with everything they reach.
    pub fn compile(
        program: &Program,
        sources: &SourceMap,
        functions: &[FunctionId],
        objects: &[ObjectId],
    ) -> Result<Jit, Vec<Diagnostic>> {
        Jit::with_plans(program, sources, functions, objects, &[], 1)
    }

    /// As [`Jit::compile`], with the plans that `tsaot::Run` nodes run, at an optimisation level.
    pub fn with_plans(
        program: &Program,
        sources: &SourceMap,
        functions: &[FunctionId],
        objects: &[ObjectId],
        plans: &[Plan],
        level: u8,
    ) -> Result<Jit, Vec<Diagnostic>> {
        let context = Box::into_raw(Box::new(Context::create()));
        // SAFETY: freed in `drop`, after the code.
        let cx: &'static Context = unsafe { &*context };
        let mut jit = Jit { entries: HashMap::new(), makers: HashMap::new(), engine: None, _tensors: vec![], context };
        let one = |d: Box<Diagnostic>| vec![*d];
        let mut e = Emitter::new(cx, program, sources, Place::Process);
        e.plans = plans;
        let mut names: Vec<(String, Result<FunctionId, ObjectId>)> = vec![];
        for &f in functions {
            names.push((name_of(e.boxed(f).map_err(one)?), Ok(f)));
        }
        for &o in objects {
            names.push((name_of(e.instance(o).map_err(one)?), Err(o)));
        }
        e.finish();
        let Emitter { asm, kernels, problems, statics, .. } = e;
        if !problems.is_empty() {
            return Err(problems.sorted());
        }
        for (name, _) in &names {
            if let Some(f) = asm.module.get_function(name) {
                f.set_linkage(inkwell::module::Linkage::External);
            }
        }
        // SAFETY: the function lives as long as the process.
        unsafe { tsrt::print::ts_print_to(Some(print)) };
        let machine = Machine::new(&Options { level, ..Options::default() }).map_err(one)?;
        super::optimise(&machine, &asm, kernels).map_err(one)?;
        let engine = asm.module.create_jit_execution_engine(inkwell::OptimizationLevel::Less);
        let engine = engine.map_err(|e| one(super::asm::internal(e.to_string_lossy().into_owned())))?;
        for f in asm.module.get_functions().filter(|f| f.count_basic_blocks() == 0) {
            let name = name_of(f);
            match symbols().get(&name) {
                Some(address) => engine.add_global_mapping(&f, *address),
                // LLVM would end the process.
                None if name.starts_with("ts_") => return Err(one(super::asm::internal(format!("the runtime lacks {name}")))),
                None => {}
            }
        }
        for (name, what) in names {
            let address = engine.get_function_address(&name).map_err(|e| one(super::asm::internal(e.to_string())))?;
            // SAFETY: the code at that address has that signature.
            let entry: Entry = unsafe { std::mem::transmute::<usize, Entry>(address) };
            match what {
                Ok(f) => {
                    let n = super::module::return_types(program.function(f)).len();
                    jit.entries.insert(f, (entry, n));
                }
                Err(o) => {
                    jit.makers.insert(o, entry);
                }
            }
        }
        jit._tensors = statics.kept;
        jit.engine = Some(engine);
        Ok(jit)
    }

    /// Calls a function; arguments must have its parameters' types. One value per declared result.
    pub fn call(&self, f: FunctionId, args: &[Value]) -> Result<Vec<Value>, RuntimeError> {
        let Some((entry, n)) = self.entries.get(&f) else { return Err(RuntimeError::new("the function was not compiled")) };
        run(*entry, args, *n)
    }

    /// Makes an instance of a live object. Its tensors are the live ones.
    pub fn instance(&self, o: ObjectId) -> Result<Value, RuntimeError> {
        let Some(entry) = self.makers.get(&o) else { return Err(RuntimeError::new("the object was not compiled")) };
        run(*entry, &[], 1).map(|mut v| v.pop().unwrap_or(Value::none()))
    }
}

fn name_of(f: inkwell::values::FunctionValue) -> String {
    f.get_name().to_string_lossy().into_owned()
}

/// Addresses of everything that generated code may call.
fn symbols() -> &'static HashMap<String, usize> {
    static ALL: std::sync::OnceLock<HashMap<String, usize>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let python = (PYTHON_CALL.to_owned(), super::process::call_python as *const () as usize);
        tsrt::registry::symbols().map(|(n, p)| (n, p as usize)).chain([python]).collect()
    })
}

fn run(entry: Entry, args: &[Value], results: usize) -> Result<Vec<Value>, RuntimeError> {
    let mut out: Vec<Value> = (0..results.max(1)).map(|_| Value::none()).collect();
    // SAFETY: the entry takes borrowed arguments and overwrites results, which own nothing yet.
    let status = unsafe { entry(args.as_ptr(), out.as_mut_ptr()) };
    if status != 0 {
        return Err(RuntimeError::last());
    }
    out.truncate(results);
    Ok(out)
}

impl RuntimeError {
    fn new(message: &str) -> RuntimeError {
        RuntimeError { exception: "RuntimeError".into(), message: message.into(), frames: vec![] }
    }

    /// The thread's last error of the runtime.
    pub fn last() -> RuntimeError {
        let s = tsrt::error::last();
        let text = |p: *const std::ffi::c_char| {
            if p.is_null() {
                return String::new();
            }
            // SAFETY: sites hold C strings that live as long as the code.
            unsafe { std::ffi::CStr::from_ptr(p) }.to_string_lossy().into_owned()
        };
        let frames = s.frames.iter().take(s.frame_count as usize).map(|&site| {
            // SAFETY: generated code notes sites that live as long as itself.
            let site = unsafe { &*site };
            Frame { file: text(site.file), function: text(site.function), line: site.line, col: site.col, text: text(site.text) }
        });
        RuntimeError { exception: s.exception().to_owned(), message: s.message().to_owned(), frames: frames.collect() }
    }
}
