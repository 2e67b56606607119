//! Kernels as LLVM loops.
//!
//! Every register is a vector as wide as its loop, `<1 x float>` outside vector loops. A vector loop becomes a loop over whole vectors and,
//! unless the extent is a multiple, one masked step for the rest. Buffers are `noalias`, so LLVM moves address arithmetic and invariant
//! loads out of inner loops. Loops that are a contraction are written in register tiles instead; see [`contract`].

#[cfg(test)]
mod bench;
mod contract;
#[cfg(test)]
mod contract_tests;
#[cfg(test)]
mod conv_tests;
mod loops;
mod math;
mod memory;
mod ops;
mod parallel;
#[cfg(test)]
mod tests;
mod tile;
mod vector;

use crate::codegen::asm::{Asm, T, internal};
use crate::codegen::isa::Isa;
use crate::diag::Result;
use crate::kernel::{Access, Extent, Kernel, Reg, Stmt, Var};
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::module::Linkage;
use inkwell::types::BasicMetadataTypeEnum;
use inkwell::values::{BasicMetadataValueEnum, BasicValue, FunctionValue, IntValue, VectorValue};
use inkwell::{AtomicOrdering, IntPredicate};
use parallel::Part;
use std::collections::HashMap;
use vector::splat;

/// Writes a kernel as an internal function: pointers to the buffers, then symbols (i64), then parameters (f64 for floats, else i64).
pub fn kernel<'c>(a: &Asm<'c>, k: &Kernel) -> Result<FunctionValue<'c>> {
    match a.isas[..] {
        [isa] => variant(a, k, isa),
        _ => best(a, k),
    }
}

/// A kernel for every instruction set, and a function of its name that goes to the best which the processor runs.
fn best<'c>(a: &Asm<'c>, k: &Kernel) -> Result<FunctionValue<'c>> {
    let mut variants = vec![];
    for isa in &a.isas {
        let f = variant(a, k, *isa)?;
        f.as_global_value().set_name(&format!("{}.{}", k.name, isa.cpu()));
        variants.push((isa.level(), f));
    }
    let [(_, first), higher @ ..] = &variants[..] else { return Err(internal("no instruction set to write kernels for")) };
    let before = a.b.get_insert_block();
    let ty = first.get_type();
    let pick = a.module.add_function(&format!("{}.pick", k.name), ty, Some(Linkage::Internal));
    let f = a.module.add_function(&k.name, ty, Some(Linkage::Internal));
    let target = a.module.add_global(a.ptr, None, &format!("{}.best", k.name));
    target.set_linkage(Linkage::Internal);
    target.set_initializer(&pick.as_global_value().as_pointer_value());
    let target = target.as_pointer_value();
    for g in [pick, f] {
        a.attribute(g, "nounwind");
        a.at(a.cx.append_basic_block(g, "entry"));
        // Threads may pick at the same time: they pick the same.
        let to = if g == pick {
            let level = a.call_value(a.helper("ts_cpu_level", &[], Some(T::I32)), &[])?.into_int_value();
            let mut to = first.as_global_value().as_pointer_value();
            for (need, v) in higher {
                let enough = a.icmp(IntPredicate::SGE, level, a.int32(*need))?;
                to = a.select(enough, v.as_global_value().as_pointer_value(), to)?.into_pointer_value();
            }
            let store = a.b.build_store(target, to)?;
            store.set_atomic_ordering(AtomicOrdering::Monotonic).map_err(|e| internal(e.to_string()))?;
            to
        } else {
            let load = a.b.build_load(a.ptr, target, "")?;
            let instruction = load.as_instruction_value().ok_or_else(|| internal("a load that is no instruction"))?;
            instruction.set_atomic_ordering(AtomicOrdering::Monotonic).map_err(|e| internal(e.to_string()))?;
            load.into_pointer_value()
        };
        let args: Vec<BasicMetadataValueEnum> = g.get_params().into_iter().map(|p| p.into()).collect();
        a.b.build_indirect_call(ty, to, &args, "")?.set_tail_call(true);
        a.b.build_return(None)?;
    }
    if let Some(b) = before {
        a.at(b);
    }
    Ok(f)
}

/// Attributes of a kernel's function or of a part with the same first parameters.
pub(super) fn attributes<'c>(a: &Asm<'c>, f: FunctionValue<'c>, k: &Kernel, isa: Isa) {
    a.attribute(f, "nounwind");
    let text = |name: &str, value: &str| f.add_attribute(AttributeLoc::Function, a.cx.create_string_attribute(name, value));
    // On x86-64-v4 LLVM else keeps to half the width.
    text("prefer-vector-width", "512");
    text("target-cpu", isa.cpu());
    for (i, b) in k.buffers.iter().enumerate() {
        let add = |name: &str| {
            let id = Attribute::get_named_enum_kind_id(name);
            f.add_attribute(AttributeLoc::Param(i as u32), a.cx.create_enum_attribute(id, 0));
        };
        add("noalias");
        if b.access == Access::In {
            add("readonly");
        }
    }
}

fn variant<'c>(a: &Asm<'c>, k: &Kernel, isa: Isa) -> Result<FunctionValue<'c>> {
    let mut params: Vec<BasicMetadataTypeEnum> = vec![a.ptr.into(); k.buffers.len()];
    params.extend(k.symbols.iter().map(|_| BasicMetadataTypeEnum::from(a.i64)));
    params.extend(k.params.iter().map(|p| -> BasicMetadataTypeEnum {
        if p.ty.is_float() { a.f64.into() } else { a.i64.into() }
    }));
    let f = a.module.add_function(&k.name, a.cx.void_type().fn_type(&params, false), Some(Linkage::Internal));
    attributes(a, f, k, isa);
    let before = a.b.get_insert_block();
    a.at(a.cx.append_basic_block(f, "entry"));
    let mut e = Emit::new(a, k, f, isa);
    e.block(&k.body)?;
    a.b.build_return(None)?;
    if let Some(b) = before {
        a.at(b);
    }
    Ok(f)
}

/// The vector loop that is being written.
#[derive(Clone, Copy)]
pub(super) struct Lane<'c> {
    pub var: Var,
    pub width: u32,
    /// Lanes that exist; all when absent.
    pub mask: Option<VectorValue<'c>>,
}

pub(super) struct Emit<'a, 'c> {
    pub a: &'a Asm<'c>,
    pub k: &'a Kernel,
    pub f: FunctionValue<'c>,
    pub isa: Isa,
    pub regs: HashMap<Reg, VectorValue<'c>>,
    /// Loop variables; in a vector loop, the first lane's.
    pub vars: HashMap<Var, IntValue<'c>>,
    pub lane: Option<Lane<'c>>,
    /// The part of the next loop that is to be run.
    pub part: Option<Part<'c>>,
    /// Inside a loop that is shared out already.
    pub shared: bool,
    /// The loop around what is being written.
    pub around: Option<Var>,
}

impl<'a, 'c> Emit<'a, 'c> {
    fn new(a: &'a Asm<'c>, k: &'a Kernel, f: FunctionValue<'c>, isa: Isa) -> Emit<'a, 'c> {
        let (regs, vars) = (HashMap::new(), HashMap::new());
        Emit { a, k, f, isa, regs, vars, lane: None, part: None, shared: a.threads <= 1, around: None }
    }

    /// For a function that is called from inside this one, with its share of the work if it has one.
    fn called(&self, f: FunctionValue<'c>, part: Option<Part<'c>>) -> Emit<'a, 'c> {
        Emit { part, shared: true, around: self.around, ..Emit::new(self.a, self.k, f, self.isa) }
    }
}

impl<'c> Emit<'_, 'c> {
    fn width(&self) -> u32 {
        self.lane.map_or(1, |l| l.width)
    }

    pub(super) fn extent(&self, e: Extent) -> Result<IntValue<'c>> {
        match e {
            Extent::Const(n) => Ok(self.a.int(n)),
            Extent::Sym(s) => {
                let p = self.f.get_nth_param(self.k.buffers.len() as u32 + s.0);
                Ok(p.ok_or_else(|| internal("a kernel without its symbol"))?.into_int_value())
            }
        }
    }

    pub(super) fn product(&self, factors: &[Extent]) -> Result<IntValue<'c>> {
        let mut out = self.a.int(1);
        for e in factors {
            out = self.a.b.build_int_nsw_mul(out, self.extent(*e)?, "")?;
        }
        Ok(out)
    }

    /// A register as wide as the loop around.
    pub(super) fn reg(&self, r: Reg) -> Result<VectorValue<'c>> {
        let v = *self.regs.get(&r).ok_or_else(|| internal(format!("%{} of {} is not defined", r.0, self.k.name)))?;
        splat(self.a, v, self.width())
    }

    pub(super) fn block(&mut self, body: &[Stmt]) -> Result<()> {
        for s in body {
            match s {
                Stmt::Let(r, op) => {
                    let v = self.op(self.k.ty(*r), op)?;
                    self.regs.insert(*r, v);
                }
                Stmt::Store(b, at, r) => self.store(*b, at, *r)?,
                Stmt::For(l) => self.repeat(l)?,
            }
        }
        Ok(())
    }
}
