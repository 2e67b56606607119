//! The machine that code is made for, and the optimisations before it.

use super::asm::{Asm, internal};
use super::isa::Isa;
use crate::diag::{Code, Diagnostic, Result};
use inkwell::OptimizationLevel;
use inkwell::attributes::AttributeLoc;
use inkwell::memory_buffer::MemoryBuffer;
use inkwell::passes::PassBuilderOptions;
use inkwell::targets::{CodeModel, FileType, InitializationConfig, RelocMode, Target, TargetMachine, TargetTriple};
use inkwell::values::FunctionValue;

/// What code is made for.
#[derive(Clone, Debug)]
pub struct Options {
    /// `native`, `portable`, `x86-64-v2`, `x86-64-v3`, `x86-64-v4`, or a name that LLVM knows.
    pub cpu: String,
    /// A target triple; `None` is the machine's own.
    pub triple: Option<String>,
    /// 0 to 3.
    pub level: u8,
    /// How many threads share the work of a kernel.
    pub threads: u16,
}

impl Default for Options {
    fn default() -> Options {
        Options { cpu: "native".into(), triple: None, level: 2, threads: 1 }
    }
}

/// LLVM's names of a processor and its features.
fn cpu(options: &Options) -> (String, String) {
    let text = |s: inkwell::support::LLVMString| s.to_string_lossy().into_owned();
    match (options.cpu.as_str(), &options.triple) {
        ("native", None) => (text(TargetMachine::get_host_cpu_name()), text(TargetMachine::get_host_cpu_features())),
        ("native" | "portable", Some(t)) if !t.starts_with("x86_64") => ("generic".into(), String::new()),
        ("native" | "portable", _) => ("x86-64-v2".into(), String::new()),
        (name, _) => (name.into(), String::new()),
    }
}

fn llvm_level(level: u8) -> OptimizationLevel {
    match level {
        0 => OptimizationLevel::None,
        1 => OptimizationLevel::Less,
        2 => OptimizationLevel::Default,
        _ => OptimizationLevel::Aggressive,
    }
}

/// LLVM's passes over kernels.
const KERNEL_PASSES: &str = "function(sroa,early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,\
    loop-mssa(loop-rotate,licm),simplifycfg,instcombine<no-verify-fixpoint>,early-cse<memssa>),deadargelim,mergefunc";

pub struct Machine {
    machine: TargetMachine,
    /// The processor as the options name it.
    name: String,
    cpu: String,
    features: String,
    level: u8,
    pub threads: u16,
}

impl Machine {
    pub fn new(options: &Options) -> Result<Machine> {
        let config = InitializationConfig::default();
        Target::initialize_x86(&config);
        Target::initialize_aarch64(&config);
        let triple = match &options.triple {
            Some(t) => TargetTriple::create(t),
            None => TargetMachine::get_default_triple(),
        };
        let unknown = |what: String| Box::new(Diagnostic::new(Code::Output, None, what));
        let target = Target::from_triple(&triple).map_err(|e| unknown(format!("unknown target: {}", e.to_string_lossy())))?;
        let (cpu, features) = cpu(options);
        let machine =
            target.create_target_machine(&triple, &cpu, &features, llvm_level(options.level), RelocMode::PIC, CodeModel::Default);
        let machine =
            machine.ok_or_else(|| unknown(format!("LLVM has no machine {cpu} of {}", triple.as_str().to_string_lossy())))?;
        Ok(Machine { machine, name: options.cpu.clone(), cpu, features, level: options.level, threads: options.threads.max(1) })
    }

    /// What kernels are written for.
    pub fn isas(&self) -> Vec<Isa> {
        if !self.triple().starts_with("x86_64") {
            return vec![Isa::Neon];
        }
        match self.name.as_str() {
            "native" => vec![Isa::native()],
            "x86-64-v4" => vec![Isa::V4],
            "x86-64-v3" => vec![Isa::V3],
            // Older processors run the general tier.
            "portable" => vec![Isa::V3, Isa::V4],
            _ => vec![Isa::V2],
        }
    }

    pub fn triple(&self) -> String {
        self.machine.get_triple().as_str().to_string_lossy().into_owned()
    }

    /// Tells the module what it is for; every function carries the processor's name, so that it also holds in the process.
    pub fn prepare(&self, asm: &Asm) {
        asm.module.set_triple(&self.machine.get_triple());
        asm.module.set_data_layout(&self.machine.get_target_data().get_data_layout());
        let cpu = asm.cx.create_string_attribute("target-cpu", &self.cpu);
        let features = asm.cx.create_string_attribute("target-features", &self.features);
        // Kernels have a processor of their own.
        let has_own = |f: &FunctionValue| f.get_string_attribute(AttributeLoc::Function, "target-cpu").is_some();
        for f in asm.module.get_functions().filter(|f| f.count_basic_blocks() > 0 && !has_own(f)) {
            f.add_attribute(AttributeLoc::Function, cpu);
            if !self.features.is_empty() {
                f.add_attribute(AttributeLoc::Function, features);
            }
        }
    }

    /// Checks the module and optimises it.
    pub fn optimize(&self, asm: &Asm) -> Result<()> {
        if let Err(e) = asm.module.verify() {
            let text = e.to_string_lossy().into_owned();
            return Err(internal(format!("generated code is not valid: {text}")));
        }
        let options = PassBuilderOptions::create();
        options.set_loop_vectorization(self.level >= 2);
        options.set_loop_slp_vectorization(self.level >= 2);
        options.set_loop_unrolling(self.level >= 2);
        let passes = match self.level {
            0 => "always-inline",
            1 => "default<O1>",
            2 => "default<O2>",
            _ => "default<O3>",
        };
        asm.module.run_passes(passes, &self.machine, options).map_err(|e| internal(e.to_string_lossy().into_owned()))
    }

    /// Checks a module of kernels and optimises it. Its loops are written as they are to run: what is left to do is to share what is
    /// computed twice, to move what stays the same out of loops, and to drop what is unused.
    pub fn optimize_kernels(&self, asm: &Asm) -> Result<()> {
        if let Err(e) = asm.module.verify() {
            let text = e.to_string_lossy().into_owned();
            return Err(internal(format!("generated kernels are not valid: {text}")));
        }
        let passes = if self.level == 0 { "always-inline" } else { KERNEL_PASSES };
        let options = PassBuilderOptions::create();
        asm.module.run_passes(passes, &self.machine, options).map_err(|e| internal(e.to_string_lossy().into_owned()))
    }

    fn emit(&self, asm: &Asm, kind: FileType) -> Result<MemoryBuffer<'static>> {
        self.machine.write_to_memory_buffer(&asm.module, kind).map_err(|e| internal(e.to_string_lossy().into_owned()))
    }

    /// The module as a relocatable object file.
    pub fn object(&self, asm: &Asm) -> Result<Vec<u8>> {
        Ok(self.emit(asm, FileType::Object)?.as_slice().to_vec())
    }

    /// The module as assembly text.
    pub fn assembly(&self, asm: &Asm) -> Result<String> {
        let buffer = self.emit(asm, FileType::Assembly)?;
        Ok(String::from_utf8_lossy(buffer.as_slice()).trim_end_matches('\0').to_owned())
    }
}
