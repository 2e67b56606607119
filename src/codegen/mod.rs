//! Graphs to machine code, by LLVM. The only room that names inkwell.
//!
//! The general tier: every function is compiled once, tensors are objects of the runtime. Scalars, tuples, lists and control flow become
//! instructions; other operators are calls of the runtime's symbols. [`build`] makes what an artifact is linked from, [`Jit`] runs code in
//! this process.
//!
//! * [`repr`] says how types look, [`convert`] goes between typed and boxed values.
//! * [`func`] keeps a function's values and what they own, [`borrow`] says which need to own nothing; [`control`], [`scalar`], [`text`],
//!   [`list`], [`dict`], [`simple`] and [`call`] write its nodes.
//! * [`constant`] lays out static objects, [`weights`] places tensors' bytes, [`entry`] writes the doors for callers, `program` the `main`
//!   of executables.
//! * [`kernel`] writes kernels as vector loops; [`plan`] runs them behind a guard.

mod asm;
mod borrow;
mod call;
mod capi;
mod constant;
mod control;
mod convert;
mod dict;
mod entry;
mod func;
mod isa;
mod jit;
mod kernel;
mod kernels;
mod list;
mod live;
mod module;
mod mutate;
mod plan;
pub mod process;
mod program;
pub mod repr;
mod scalar;
mod simple;
mod target;
mod text;
mod weights;

pub use jit::{Frame, Jit, RuntimeError};
pub use program::TABLE;
pub use target::Options;
pub use weights::Weights;

use crate::diag::{Diagnostic, SourceMap};
use crate::graph::{FunctionId, ObjectId, Program};
use crate::interface::Interface;
use crate::kernel::Plan;
use asm::Asm;
use inkwell::context::Context;
use inkwell::module::Linkage;
use kernels::Kernels;
use module::{Emitter, Place};
use target::Machine;

/// What an artifact exports of a program, in boxed form: for tests and for reading the code.
#[derive(Clone, Debug, Default)]
pub struct Doors {
    /// Symbol and function: `i32 symbol(const Value *args, Value *result)`.
    pub functions: Vec<(String, FunctionId)>,
    /// Symbol and live object: the same form without arguments; the result is a new instance.
    pub objects: Vec<(String, ObjectId)>,
}

/// Machine code of a program and the bytes of its tensors.
pub struct Compiled {
    /// A relocatable object file; it refers to the weights' symbols and to the runtime.
    pub object: Vec<u8>,
    pub weights: Weights,
    /// The target's triple.
    pub triple: String,
}

/// What [`text`] shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Text {
    Llvm,
    Assembly,
}

fn emit<'p, 'c>(
    cx: &'c Context,
    machine: &Machine,
    program: &'p Program,
    sources: &'p SourceMap,
    doors: &Doors,
) -> Result<Emitter<'p, 'c>, Vec<Diagnostic>> {
    emit_with(cx, machine, program, sources, &[], |e| {
        for (symbol, f) in &doors.functions {
            let inner = e.boxed(*f)?;
            e.door(symbol, inner)?;
        }
        for (symbol, o) in &doors.objects {
            let inner = e.instance(*o)?;
            e.door(symbol, inner)?;
        }
        Ok(())
    })
}

/// Emits what `enter` asks for, and all that this needs.
fn emit_with<'p, 'c>(
    cx: &'c Context,
    machine: &Machine,
    program: &'p Program,
    sources: &'p SourceMap,
    plans: &'p [Plan],
    enter: impl FnOnce(&mut Emitter<'p, 'c>) -> crate::diag::Result<()>,
) -> Result<Emitter<'p, 'c>, Vec<Diagnostic>> {
    let mut e = Emitter::new(cx, program, sources, Place::Artifact);
    e.plans = plans;
    e.kernels.target(machine);
    if let Err(d) = enter(&mut e) {
        e.problems.push(*d);
    }
    e.finish();
    if e.problems.is_empty() { Ok(e) } else { Err(std::mem::take(&mut e.problems).sorted()) }
}

/// Compiles a program to an object file with the given doors.
pub fn build(program: &Program, sources: &SourceMap, doors: &Doors, options: &Options) -> Result<Compiled, Vec<Diagnostic>> {
    let cx = Context::create();
    let one = |d: Box<Diagnostic>| vec![*d];
    let machine = Machine::new(options).map_err(one)?;
    let e = emit(&cx, &machine, program, sources, doors)?;
    finish(&machine, e)
}

/// Compiles a program to an object file with the C functions of its interface.
pub fn library(
    program: &Program,
    sources: &SourceMap,
    interface: &Interface,
    plans: &[Plan],
    options: &Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    let cx = Context::create();
    let machine = Machine::new(options).map_err(|d| vec![*d])?;
    finish(&machine, emit_library(&cx, &machine, program, sources, interface, plans)?)
}

/// Compiles a program's `main`, or else the command line of what it exports, to an object file.
pub fn executable(
    program: &Program,
    sources: &SourceMap,
    interface: &Interface,
    plans: &[Plan],
    options: &Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    let cx = Context::create();
    let machine = Machine::new(options).map_err(|d| vec![*d])?;
    let e = emit_with(&cx, &machine, program, sources, plans, |e| match program.main {
        Some(main) => e.program_main(main),
        None => e.command_main(interface),
    })?;
    finish(&machine, e)
}

/// Compiles the table of what a program exports, for `ts_bench_run`.
pub fn bench(
    program: &Program,
    sources: &SourceMap,
    interface: &Interface,
    plans: &[Plan],
    options: &Options,
) -> Result<Compiled, Vec<Diagnostic>> {
    let cx = Context::create();
    let machine = Machine::new(options).map_err(|d| vec![*d])?;
    finish(&machine, emit_with(&cx, &machine, program, sources, plans, |e| e.table(interface).map(drop))?)
}

/// The optimised code of [`library`] as text.
pub fn library_text(
    program: &Program,
    sources: &SourceMap,
    interface: &Interface,
    plans: &[Plan],
    options: &Options,
    what: Text,
) -> Result<String, Vec<Diagnostic>> {
    let cx = Context::create();
    let machine = Machine::new(options).map_err(|d| vec![*d])?;
    written(&machine, emit_library(&cx, &machine, program, sources, interface, plans)?, what)
}

fn emit_library<'p, 'c>(
    cx: &'c Context,
    machine: &Machine,
    program: &'p Program,
    sources: &'p SourceMap,
    interface: &Interface,
    plans: &'p [Plan],
) -> Result<Emitter<'p, 'c>, Vec<Diagnostic>> {
    emit_with(cx, machine, program, sources, plans, |e| capi::emit(e, interface))
}

/// Optimises the module and its kernels, and puts these into it.
fn optimise<'c>(machine: &Machine, asm: &Asm<'c>, kernels: Kernels<'c>) -> crate::diag::Result<()> {
    machine.prepare(asm);
    machine.optimize(asm)?;
    kernels.join(machine, asm)
}

fn finish(machine: &Machine, e: Emitter) -> Result<Compiled, Vec<Diagnostic>> {
    let one = |d: Box<Diagnostic>| vec![*d];
    optimise(machine, &e.asm, e.kernels).map_err(one)?;
    let object = machine.object(&e.asm).map_err(one)?;
    Ok(Compiled { object, weights: e.statics.weights, triple: machine.triple() })
}

/// The optimised code as LLVM's text or as assembly.
pub fn text(
    program: &Program,
    sources: &SourceMap,
    doors: &Doors,
    options: &Options,
    what: Text,
) -> Result<String, Vec<Diagnostic>> {
    let cx = Context::create();
    let machine = Machine::new(options).map_err(|d| vec![*d])?;
    written(&machine, emit(&cx, &machine, program, sources, doors)?, what)
}

fn written(machine: &Machine, e: Emitter, what: Text) -> Result<String, Vec<Diagnostic>> {
    let one = |d: Box<Diagnostic>| vec![*d];
    optimise(machine, &e.asm, e.kernels).map_err(one)?;
    match what {
        Text::Llvm => Ok(e.asm.module.print_to_string().to_string_lossy().into_owned()),
        Text::Assembly => machine.assembly(&e.asm).map_err(one),
    }
}

impl<'c> Emitter<'_, 'c> {
    /// A visible name for an entry.
    fn door(&mut self, symbol: &str, inner: inkwell::values::FunctionValue<'c>) -> crate::diag::Result<()> {
        let a = &self.asm;
        let f = a.module.add_function(symbol, inner.get_type(), Some(Linkage::External));
        a.attribute(f, "nounwind");
        a.at(a.cx.append_basic_block(f, ""));
        let status = a.call_value(inner, &f.get_params())?;
        a.b.build_return(Some(&status))?;
        Ok(())
    }
}
