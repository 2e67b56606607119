//! The kernels of a program: each once, in a module of its own until both are optimised.

use super::asm::{Asm, internal};
use super::kernel;
use super::target::Machine;
use crate::diag::Result;
use crate::kernel::Kernel;
use inkwell::context::Context;
use inkwell::module::Linkage;
use inkwell::values::FunctionValue;
use std::collections::HashMap;

pub struct Kernels<'c> {
    asm: Asm<'c>,
    /// Function names by the kernel's text: kernels that differ in nothing but their names are one.
    known: HashMap<String, String>,
}

impl<'c> Kernels<'c> {
    pub fn new(cx: &'c Context) -> Kernels<'c> {
        Kernels { asm: Asm::new(cx, "kernels"), known: HashMap::new() }
    }

    /// Writes kernels for what a machine runs.
    pub fn target(&mut self, machine: &Machine) {
        self.asm.isas = machine.isas();
        self.asm.threads = machine.threads;
    }

    /// The level of x86-64 that the kernels need, when it is not that of all code.
    pub fn least_level(&self) -> Option<i32> {
        match self.asm.isas[..] {
            [_] => None,
            ref isas => isas.iter().map(|i| i.level()).min(),
        }
    }

    /// A kernel's function, as `asm` calls it.
    pub fn function(&mut self, asm: &Asm<'c>, k: &Kernel) -> Result<FunctionValue<'c>> {
        let text = Kernel { name: String::new(), ..k.clone() }.to_string();
        let name = match self.known.get(&text) {
            Some(name) => name.clone(),
            None => {
                let name = format!("kernel.{}", k.name);
                let f = kernel::kernel(&self.asm, k)?;
                f.as_global_value().set_name(&name);
                f.set_linkage(Linkage::External);
                self.known.insert(text, name.clone());
                name
            }
        };
        if let Some(f) = asm.module.get_function(&name) {
            return Ok(f);
        }
        let f = self.asm.module.get_function(&name).ok_or_else(|| internal(format!("no kernel {name}")))?;
        let declared = asm.module.add_function(&name, f.get_type(), Some(Linkage::External));
        asm.attribute(declared, "nounwind");
        Ok(declared)
    }

    /// Optimises the kernels and moves them into the module that calls them.
    pub fn join(self, machine: &Machine, asm: &Asm<'c>) -> Result<()> {
        if self.known.is_empty() {
            return Ok(());
        }
        machine.prepare(&self.asm);
        machine.optimize_kernels(&self.asm)?;
        let joined = asm.module.link_in_module(self.asm.module);
        joined.map_err(|e| internal(format!("kernels cannot be linked: {}", e.to_string_lossy())))?;
        for name in self.known.values() {
            if let Some(f) = asm.module.get_function(name) {
                f.set_linkage(Linkage::Internal);
            }
        }
        Ok(())
    }
}
