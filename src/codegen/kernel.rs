//! Kernels as LLVM loops.
//!
//! Every register is a vector as wide as its loop, `<1 x float>` outside vector loops. A vector loop becomes a loop over whole vectors and,
//! unless the extent is a multiple, one masked step for the rest. Buffers are `noalias`, so LLVM moves address arithmetic and invariant
//! loads out of inner loops. Loops that are a contraction are written in register tiles instead; see [`super::contract`].

use super::asm::{Asm, T, V, internal};
use super::isa::Isa;
use super::parallel::Part;
use super::{contract, kernel_math};
use crate::diag::Result;
use crate::kernel::contract::Contraction;
use crate::kernel::{
    Acc, Access, BinOp, BufferId, Cmp, Extent, Fold, Index, Kernel, Loop, Number, Op, Reg, Stmt, Strides, Ty, UnOp, Var,
};
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::module::Linkage;
use inkwell::types::{BasicMetadataTypeEnum, BasicTypeEnum, VectorType};
use inkwell::values::{BasicMetadataValueEnum, BasicValue, FunctionValue, IntValue, PhiValue, PointerValue, VectorValue};
use inkwell::{AtomicOrdering, FloatPredicate, IntPredicate};
use std::collections::HashMap;

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
    let mut e = Emit {
        a,
        k,
        f,
        isa,
        regs: HashMap::new(),
        vars: HashMap::new(),
        lane: None,
        part: None,
        shared: a.threads <= 1,
        around: None,
    };
    e.block(&k.body)?;
    a.b.build_return(None)?;
    if let Some(b) = before {
        a.at(b);
    }
    Ok(f)
}

/// Accumulators of a folding vector loop.
const PARTS: i64 = 4;

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

/// How a place moves from one lane to the next.
pub(super) enum Step<'c> {
    None,
    One,
    By(IntValue<'c>),
}

/// The type of `n` elements in registers.
pub fn vector<'c>(a: &Asm<'c>, ty: Ty, n: u32) -> VectorType<'c> {
    match ty {
        Ty::Bool => a.i1.vec_type(n),
        Ty::U8 | Ty::I8 => a.i8.vec_type(n),
        Ty::I16 => a.cx.i16_type().vec_type(n),
        Ty::I32 => a.i32.vec_type(n),
        Ty::I64 => a.i64.vec_type(n),
        Ty::F32 => a.cx.f32_type().vec_type(n),
        Ty::F64 => a.f64.vec_type(n),
    }
}

/// The same number in all lanes.
pub fn constant<'c>(a: &Asm<'c>, ty: Ty, n: Number, width: u32) -> VectorValue<'c> {
    let v: V = match (ty, n) {
        (Ty::F32, Number::Float(x)) => a.cx.f32_type().const_float(x).into(),
        (Ty::F64, Number::Float(x)) => a.f64.const_float(x).into(),
        (_, Number::Float(x)) => vector(a, ty, 1).get_element_type().into_int_type().const_int(x as i64 as u64, true).into(),
        (ty, Number::Int(x)) if ty.is_float() => {
            vector(a, ty, 1).get_element_type().into_float_type().const_float(x as f64).into()
        }
        (_, Number::Int(x)) => vector(a, ty, 1).get_element_type().into_int_type().const_int(x as u64, true).into(),
        (_, Number::Bool(x)) => a.bool(x).into(),
    };
    VectorType::const_vector_of(&v, width)
}

/// Vector constants, which inkwell makes from slices of each type.
trait ConstVector<'c> {
    fn const_vector_of(v: &V<'c>, n: u32) -> VectorValue<'c>;
}

impl<'c> ConstVector<'c> for VectorType<'c> {
    fn const_vector_of(v: &V<'c>, n: u32) -> VectorValue<'c> {
        match v {
            V::FloatValue(f) => VectorType::const_vector(&vec![*f; n as usize]),
            V::IntValue(i) => VectorType::const_vector(&vec![*i; n as usize]),
            other => VectorType::const_vector(&vec![other.into_pointer_value(); n as usize]),
        }
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

    pub(super) fn repeat(&mut self, l: &Loop) -> Result<()> {
        let a = self.a;
        let contraction = Contraction::of(self.k, l).filter(|c| self.lane.is_none() && contract::fits(self.k, c));
        if !self.shared && self.lane.is_none() && (contraction.is_some() || self.k.is_shared(l)) {
            return self.share(l);
        }
        if let Some(c) = contraction {
            return self.contraction(&c);
        }
        let n = self.extent(l.extent)?;
        let w = l.width as i64;
        let is_part = self.part;
        let (first, whole) = if w > 1 {
            let (from, to) = self.own(a.b.build_right_shift(n, a.int(w.trailing_zeros() as i64), true, "")?)?;
            (a.mul(from, a.int(w))?, a.mul(to, a.int(w))?)
        } else {
            self.own(n)?
        };
        let start: Vec<VectorValue> = l.accs.iter().map(|acc| self.identity(acc, self.width().max(l.width))).collect();
        let long = !matches!(l.extent, Extent::Const(n) if n < PARTS * w);
        let (from, begin) = if w > 1 && !l.accs.is_empty() && long { self.parts(l, n, &start)? } else { (first, start.clone()) };
        let (head, body, exit) = (a.block("loop")?, a.block("body")?, a.block("exit")?);
        let before = a.here()?;
        a.br(head)?;
        a.at(head);
        let i = a.phi(a.i64.into(), &[(from.into(), before)])?;
        let mut phis: Vec<PhiValue> = vec![];
        for s in &begin {
            phis.push(a.phi(s.get_type().into(), &[((*s).into(), before)])?);
        }
        let at = i.as_basic_value().into_int_value();
        a.cond(a.icmp(IntPredicate::SLT, at, whole)?, body, exit)?;
        a.at(body);
        let so_far: Vec<VectorValue> = phis.iter().map(|p| p.as_basic_value().into_vector_value()).collect();
        let outer = self.lane;
        if w > 1 {
            self.lane = Some(Lane { var: l.var, width: l.width, mask: None });
        }
        let around = self.around.replace(l.var);
        let next = self.step(l, at, &so_far, &start)?;
        self.around = around;
        let last = a.here()?;
        let i1 = a.b.build_int_nsw_add(at, a.int(w), "")?;
        a.br(head)?;
        i.add_incoming(&[(&i1, last)]);
        for (p, v) in phis.iter().zip(&next) {
            p.add_incoming(&[(v, last)]);
        }
        a.at(exit);
        let mut results = so_far;
        let divides = matches!(l.extent, Extent::Const(n) if n % w == 0);
        if w > 1 && !divides {
            let (rest, end) = (a.block("rest")?, a.block("end")?);
            let before = a.here()?;
            let mut some = a.icmp(IntPredicate::SLT, whole, n)?;
            if let Some(p) = is_part {
                let last = a.icmp(IntPredicate::EQ, a.add(p.number, a.int(1))?, p.of)?;
                some = a.and(some, last)?;
            }
            a.cond(some, rest, end)?;
            a.at(rest);
            let left = a.sub(n, whole)?;
            let lanes: Vec<IntValue> = (0..w).map(|k| a.int(k)).collect();
            let left = splat_int(a, left, l.width)?;
            let mask = a.b.build_int_compare(IntPredicate::SLT, VectorType::const_vector(&lanes), left, "")?;
            self.lane = Some(Lane { var: l.var, width: l.width, mask: Some(mask) });
            let next = self.step(l, whole, &results, &start)?;
            let last = a.here()?;
            a.br(end)?;
            a.at(end);
            for (r, n) in results.iter_mut().zip(next) {
                *r = a.phi(n.get_type().into(), &[((*r).into(), before), (n.into(), last)])?.as_basic_value().into_vector_value();
            }
        }
        self.lane = outer;
        for (acc, v) in l.accs.iter().zip(results) {
            let v = if outer.is_some() { v } else { self.across(acc, v)? };
            self.regs.insert(acc.result, v);
        }
        Ok(())
    }

    /// The first steps of a folding vector loop, as many as [`PARTS`] divides, with as many accumulators so that they need not wait for
    /// each other. Returns where the loop goes on, and with what.
    fn parts(&mut self, l: &Loop, n: IntValue<'c>, identity: &[VectorValue<'c>]) -> Result<(IntValue<'c>, Vec<VectorValue<'c>>)> {
        let a = self.a;
        let w = l.width as i64;
        let whole = a.and(n, a.int(-w * PARTS))?;
        let (head, body, exit) = (a.block("parts")?, a.block("body")?, a.block("exit")?);
        let before = a.here()?;
        a.br(head)?;
        a.at(head);
        let i = a.phi(a.i64.into(), &[(a.int(0).into(), before)])?;
        let mut phis: Vec<PhiValue> = vec![];
        for s in (0..PARTS).flat_map(|_| identity) {
            phis.push(a.phi(s.get_type().into(), &[((*s).into(), before)])?);
        }
        let at = i.as_basic_value().into_int_value();
        a.cond(a.icmp(IntPredicate::SLT, at, whole)?, body, exit)?;
        a.at(body);
        let so_far: Vec<VectorValue> = phis.iter().map(|p| p.as_basic_value().into_vector_value()).collect();
        let outer = self.lane.replace(Lane { var: l.var, width: l.width, mask: None });
        let mut next = vec![];
        for (part, accs) in so_far.chunks(identity.len()).enumerate() {
            let place = a.b.build_int_nsw_add(at, a.int(part as i64 * w), "")?;
            next.extend(self.step(l, place, accs, identity)?);
        }
        self.lane = outer;
        let last = a.here()?;
        let i1 = a.b.build_int_nsw_add(at, a.int(w * PARTS), "")?;
        a.br(head)?;
        i.add_incoming(&[(&i1, last)]);
        for (p, v) in phis.iter().zip(&next) {
            p.add_incoming(&[(v, last)]);
        }
        a.at(exit);
        let mut out = so_far[..identity.len()].to_vec();
        for accs in so_far.chunks(identity.len()).skip(1) {
            for ((o, v), acc) in out.iter_mut().zip(accs).zip(&l.accs) {
                *o = self.binary(fold_op(acc.fold), self.k.ty(acc.result), *o, *v)?;
            }
        }
        Ok((whole, out))
    }

    /// One step of a loop at `at`; returns the accumulators after it.
    fn step(
        &mut self,
        l: &Loop,
        at: IntValue<'c>,
        so_far: &[VectorValue<'c>],
        identity: &[VectorValue<'c>],
    ) -> Result<Vec<VectorValue<'c>>> {
        self.vars.insert(l.var, at);
        self.block(&l.body)?;
        let mut out = vec![];
        for ((acc, s), id) in l.accs.iter().zip(so_far).zip(identity) {
            if let (None, Fold::Sum, Some((x, y))) = (self.lane.and_then(|l| l.mask), acc.fold, self.factors(l, acc.value)) {
                out.push(kernel_math::fma(self.a, self.reg(x)?, self.reg(y)?, *s)?);
                continue;
            }
            let mut v = self.reg(acc.value)?;
            if l.width > 1
                && let Some(mask) = self.lane.and_then(|l| l.mask)
            {
                v = self.choose(mask, v, *id)?;
            }
            out.push(self.binary(fold_op(acc.fold), self.k.ty(acc.result), *s, v)?);
        }
        Ok(out)
    }

    /// The factors of a float product in a loop.
    fn factors(&self, l: &Loop, r: Reg) -> Option<(Reg, Reg)> {
        l.body.iter().find_map(|s| match s {
            Stmt::Let(d, Op::Bin(BinOp::Mul, x, y)) if *d == r && self.k.ty(r).is_float() => Some((*x, *y)),
            _ => None,
        })
    }

    /// What folding nothing gives.
    fn identity(&self, acc: &Acc, width: u32) -> VectorValue<'c> {
        let ty = self.k.ty(acc.result);
        let bits = 8 * ty.size() as u32;
        let n = match (acc.fold, ty.is_float()) {
            (Fold::Sum, _) => Number::Int(0),
            (Fold::Prod, _) => Number::Int(1),
            (Fold::Max, true) => Number::Float(f64::NEG_INFINITY),
            (Fold::Min, true) => Number::Float(f64::INFINITY),
            (Fold::Max, false) => Number::Int(if ty.is_signed() { i64::MIN >> (64 - bits) } else { 0 }),
            (Fold::Min, false) => Number::Int(if ty.is_signed() { i64::MAX >> (64 - bits) } else { u8::MAX as i64 }),
        };
        constant(self.a, ty, n, width)
    }

    /// Folds the lanes of an accumulator, halves against halves.
    fn across(&self, acc: &Acc, mut v: VectorValue<'c>) -> Result<VectorValue<'c>> {
        let a = self.a;
        let mut n = v.get_type().get_size();
        while n > 1 {
            n /= 2;
            let half = |from: u32| {
                let lanes: Vec<IntValue> = (from..from + n).map(|i| a.int32(i as i32)).collect();
                a.b.build_shuffle_vector(v, v.get_type().get_poison(), VectorType::const_vector(&lanes), "")
            };
            v = self.binary(fold_op(acc.fold), self.k.ty(acc.result), half(0)?, half(n)?)?;
        }
        Ok(v)
    }

    // Memory.

    /// A position along a dimension.
    pub(super) fn position(&self, index: &Index) -> Result<IntValue<'c>> {
        let a = self.a;
        let mut i = a.int(index.offset);
        for (v, c) in &index.terms {
            let var = *self.vars.get(v).ok_or_else(|| internal("an index outside its loop"))?;
            i = a.b.build_int_nsw_add(i, a.b.build_int_nsw_mul(var, a.int(*c), "")?, "")?;
        }
        Ok(i)
    }

    /// Consecutive elements, those that a mask leaves.
    pub(super) fn vector_load(
        &self,
        ty: Ty,
        p: PointerValue<'c>,
        mask: Option<VectorValue<'c>>,
        w: u32,
    ) -> Result<VectorValue<'c>> {
        let a = self.a;
        let t = memory(a, ty, w);
        let v = match mask {
            None => aligned(a.b.build_load(t, p, "")?, ty.size() as u32)?,
            Some(mask) => {
                let mut args = vec![p.into(), mask.into(), t.const_zero().into()];
                alignment(a, &mut args, 1, ty.size() as u32);
                let v = a.intrinsic("llvm.masked.load", &[t.into(), a.ptr.into()], &args)?;
                align_call(a, v, 0, ty.size() as u32)?
            }
        };
        Ok(v.into_vector_value())
    }

    /// Address of a place (the first lane's), and how it moves.
    pub(super) fn place(&self, b: BufferId, at: &[Index]) -> Result<(PointerValue<'c>, Step<'c>)> {
        let a = self.a;
        let mut offset = a.int(0);
        let mut unit = 0;
        let mut steps = vec![];
        for (d, (index, stride)) in at.iter().zip(self.k.strides(b)).enumerate() {
            let mut i = self.position(index)?;
            let stride_value = self.product(&stride)?;
            let c = self.lane.map_or(0, |l| index.coefficient(l.var));
            if let Strides::Panels { width, .. } = self.k.buffer(b).strides
                && d + 1 == at.len()
            {
                // Positions are never negative.
                let in_panel = a.and(i, a.int(width as i64 - 1))?;
                offset = a.b.build_int_nsw_add(offset, in_panel, "")?;
                i = a.b.build_right_shift(i, a.int(width.trailing_zeros() as i64), false, "")?;
                offset = a.b.build_int_nsw_add(offset, a.b.build_int_nsw_mul(i, stride_value, "")?, "")?;
                unit += c;
                continue;
            }
            offset = a.b.build_int_nsw_add(offset, a.b.build_int_nsw_mul(i, stride_value, "")?, "")?;
            let known: Option<i64> = stride.iter().map(|e| if let Extent::Const(n) = e { Some(*n) } else { None }).product();
            match known {
                _ if c == 0 => {}
                Some(s) => unit += c * s,
                None => steps.push(a.b.build_int_nsw_mul(stride_value, a.int(c), "")?),
            }
        }
        let base = self.f.get_nth_param(b.0).ok_or_else(|| internal("a kernel without its buffer"))?.into_pointer_value();
        let memory = memory(a, self.k.buffer(b).ty, 1).get_element_type();
        let p = a.index(memory, base, offset)?;
        if steps.is_empty() && unit == 0 {
            return Ok((p, Step::None));
        }
        if steps.is_empty() && unit == 1 {
            return Ok((p, Step::One));
        }
        let mut by = a.int(unit);
        for s in steps {
            by = a.add(by, s)?;
        }
        Ok((p, Step::By(by)))
    }

    /// The lanes' addresses.
    fn addresses(&self, ty: Ty, p: PointerValue<'c>, by: IntValue<'c>) -> Result<VectorValue<'c>> {
        let a = self.a;
        let mut out = a.ptr.vec_type(self.width()).get_poison();
        let element = memory(a, ty, 1).get_element_type();
        for lane in 0..self.width() {
            let offset = a.mul(by, a.int(lane as i64))?;
            let q = a.index(element, p, offset)?;
            out = a.b.build_insert_element(out, q, a.int32(lane as i32), "")?;
        }
        Ok(out)
    }

    fn load(&self, b: BufferId, at: &[Index]) -> Result<VectorValue<'c>> {
        let (p, step) = self.place(b, at)?;
        self.loaded(self.k.buffer(b).ty, p, &step, self.lane.and_then(|l| l.mask), false)
    }

    /// A load, `other` where a position is outside.
    fn pad(&self, b: BufferId, at: &[Index], other: Reg) -> Result<VectorValue<'c>> {
        let a = self.a;
        let w = self.width();
        let mut everywhere = a.bool(true);
        let mut inside: Option<VectorValue> = None;
        for (index, dim) in at.iter().zip(&self.k.buffer(b).dims) {
            let n = self.extent(*dim)?;
            if self.lane.is_none_or(|l| index.coefficient(l.var) == 0) {
                everywhere = a.and(everywhere, a.icmp(IntPredicate::ULT, self.position(index)?, n)?)?;
                continue;
            }
            if self.k.stays_inside(index, *dim) {
                continue;
            }
            let ok = a.b.build_int_compare(IntPredicate::ULT, self.lanes_of(index)?, splat_int(a, n, w)?, "")?;
            inside = Some(match inside {
                Some(i) => a.b.build_and(i, ok, "")?,
                None => ok,
            });
        }
        // Outside for all lanes: read something else.
        let ty = self.k.buffer(b).ty;
        let (p, step) = self.place(b, at)?;
        if inside.is_none()
            && let Some(Op::Const(n)) = self.k.definition(other)
            && let Step::One | Step::None = step
        {
            let page = page(a, ty, *n, if matches!(step, Step::One) { w } else { 1 });
            let p = a.select(everywhere, p, page)?.into_pointer_value();
            return self.loaded(ty, p, &step, self.lane.and_then(|l| l.mask), false);
        }
        let whole = splat(a, a.b.build_insert_element(a.i1.vec_type(1).get_poison(), everywhere, a.int32(0), "")?, w)?;
        let inside = match inside {
            Some(i) => a.b.build_and(i, whole, "")?,
            None => whole,
        };
        let mask = match self.lane.and_then(|l| l.mask) {
            Some(m) => a.b.build_and(inside, m, "")?,
            None => inside,
        };
        let v = splat(a, self.loaded(ty, p, &step, Some(mask), true)?, w)?;
        self.choose(inside, v, self.reg(other)?)
    }

    /// A position in every lane.
    fn lanes_of(&self, index: &Index) -> Result<VectorValue<'c>> {
        let a = self.a;
        let w = self.width();
        let i = splat_int(a, self.position(index)?, w)?;
        let c = self.lane.map_or(0, |l| index.coefficient(l.var));
        let lanes: Vec<IntValue> = (0..w as i64).map(|k| a.int(k * c)).collect();
        Ok(a.b.build_int_add(i, VectorType::const_vector(&lanes), "")?)
    }

    /// The elements at a place; with `partly`, the mask says more than which lanes the loop has.
    fn loaded(
        &self,
        ty: Ty,
        p: PointerValue<'c>,
        step: &Step<'c>,
        mask: Option<VectorValue<'c>>,
        partly: bool,
    ) -> Result<VectorValue<'c>> {
        let a = self.a;
        let w = self.width();
        let v = match step {
            // One place for all lanes: read when any of them exists.
            Step::None => {
                let mask = match mask {
                    Some(m) if partly => {
                        let any = a.intrinsic("llvm.vector.reduce.or", &[m.get_type().into()], &[m.into()])?;
                        Some(a.b.build_insert_element(a.i1.vec_type(1).get_poison(), any, a.int32(0), "")?)
                    }
                    _ => None,
                };
                self.vector_load(ty, p, mask, 1)?
            }
            Step::One => self.vector_load(ty, p, mask, w)?,
            Step::By(by) => {
                let t: BasicTypeEnum = memory(a, ty, w).into();
                let all = VectorType::const_vector(&vec![a.bool(true); w as usize]);
                let zero = memory(a, ty, w).const_zero();
                let ptrs = self.addresses(ty, p, *by)?;
                let mut args = vec![ptrs.into(), mask.unwrap_or(all).into(), zero.into()];
                alignment(a, &mut args, 1, ty.size() as u32);
                let v = a.intrinsic("llvm.masked.gather", &[t, ptrs.get_type().into()], &args)?;
                align_call(a, v, 0, ty.size() as u32)?.into_vector_value()
            }
        };
        if ty != Ty::Bool {
            return Ok(v);
        }
        Ok(a.b.build_int_compare(IntPredicate::NE, v, v.get_type().const_zero(), "")?)
    }

    fn store(&self, b: BufferId, at: &[Index], r: Reg) -> Result<()> {
        let a = self.a;
        let ty = self.k.buffer(b).ty;
        let (p, step) = self.place(b, at)?;
        let w = self.width();
        let size = ty.size() as u32;
        let mut v = self.reg(r)?;
        if ty == Ty::Bool {
            v = a.b.build_int_z_extend(v, memory(a, ty, w), "")?;
        }
        let mask = self.lane.and_then(|l| l.mask);
        let all = VectorType::const_vector(&vec![a.bool(true); w as usize]);
        match (step, mask) {
            (Step::One, None) => {
                a.b.build_store(p, v)?.set_alignment(size).map_err(|e| internal(e.to_string()))?;
            }
            (Step::None, _) if w == 1 => {
                a.b.build_store(p, v)?.set_alignment(size).map_err(|e| internal(e.to_string()))?;
            }
            (Step::One, Some(mask)) => {
                let f = inkwell::intrinsics::Intrinsic::find("llvm.masked.store")
                    .and_then(|i| i.get_declaration(&a.module, &[v.get_type().into(), a.ptr.into()]))
                    .ok_or_else(|| internal("no masked store"))?;
                let mut args = vec![v.into(), p.into(), mask.into()];
                alignment(a, &mut args, 2, size);
                let call = a.b.build_call(f, &args, "")?;
                call.add_attribute(AttributeLoc::Param(1), align_attribute(a, size));
            }
            (Step::By(by), mask) => {
                let ptrs = self.addresses(ty, p, by)?;
                let f = inkwell::intrinsics::Intrinsic::find("llvm.masked.scatter")
                    .and_then(|i| i.get_declaration(&a.module, &[v.get_type().into(), ptrs.get_type().into()]))
                    .ok_or_else(|| internal("no scatter"))?;
                let mut args = vec![v.into(), ptrs.into(), mask.unwrap_or(all).into()];
                alignment(a, &mut args, 2, size);
                let call = a.b.build_call(f, &args, "")?;
                call.add_attribute(AttributeLoc::Param(1), align_attribute(a, size));
            }
            (Step::None, _) => return Err(internal("a vector stored to one place")),
        }
        Ok(())
    }

    // Operations.

    fn choose(&self, c: VectorValue<'c>, x: VectorValue<'c>, y: VectorValue<'c>) -> Result<VectorValue<'c>> {
        kernel_math::choose(self.a, c, x, y)
    }

    fn op(&mut self, ty: Ty, op: &Op) -> Result<VectorValue<'c>> {
        let a = self.a;
        let w = self.width();
        Ok(match op {
            Op::Const(n) => constant(a, ty, *n, w),
            Op::Param(p) => {
                let at = (self.k.buffers.len() + self.k.symbols.len()) as u32 + p;
                let v = self.f.get_nth_param(at).ok_or_else(|| internal("a kernel without its parameter"))?;
                let from = if matches!(v, V::FloatValue(_)) { Ty::F64 } else { Ty::I64 };
                let one = a.b.build_insert_element(vector(a, from, 1).get_poison(), v, a.int32(0), "")?;
                let one = self.cast(from, ty, one)?;
                splat(a, one, w)?
            }
            Op::Load(b, at) => splat(a, self.load(*b, at)?, w)?,
            Op::Pad(b, at, other) => self.pad(*b, at, *other)?,
            Op::Un(op, x) => self.unary(*op, self.k.ty(*x), self.reg(*x)?)?,
            Op::Bin(op, x, y) => self.binary(*op, ty, self.reg(*x)?, self.reg(*y)?)?,
            Op::Cmp(c, x, y) => self.compare(*c, self.k.ty(*x), self.reg(*x)?, self.reg(*y)?)?,
            Op::Fma(x, y, z) => kernel_math::fma(a, self.reg(*x)?, self.reg(*y)?, self.reg(*z)?)?,
            Op::Select(c, x, y) => self.choose(self.reg(*c)?, self.reg(*x)?, self.reg(*y)?)?,
            Op::Cast(x) => self.cast(self.k.ty(*x), ty, self.reg(*x)?)?,
            Op::At(v) => {
                let i = *self.vars.get(v).ok_or_else(|| internal("a variable outside its loop"))?;
                let i = splat_int(a, i, w)?;
                match self.lane {
                    Some(l) if l.var == *v => {
                        let lanes: Vec<IntValue> = (0..w).map(|k| a.int(k as i64)).collect();
                        a.b.build_int_add(i, VectorType::const_vector(&lanes), "")?
                    }
                    _ => i,
                }
            }
        })
    }

    fn cast(&self, from: Ty, to: Ty, v: VectorValue<'c>) -> Result<VectorValue<'c>> {
        let a = self.a;
        let n = v.get_type().get_size();
        let want = vector(a, to, n);
        Ok(match (from, to) {
            (f, t) if f == t => v,
            (f, Ty::Bool) if f.is_float() => a.b.build_float_compare(FloatPredicate::UNE, v, v.get_type().const_zero(), "")?,
            (_, Ty::Bool) => a.b.build_int_compare(IntPredicate::NE, v, v.get_type().const_zero(), "")?,
            (Ty::F32, Ty::F64) => a.b.build_float_ext(v, want, "")?,
            (Ty::F64, Ty::F32) => a.b.build_float_trunc(v, want, "")?,
            // Values out of range give some number, never poison.
            (f, _) if f.is_float() => {
                let wide = vector(a, Ty::I64, n);
                let t: [BasicTypeEnum; 2] = [wide.into(), v.get_type().into()];
                let i = a.intrinsic("llvm.fptosi.sat", &t, &[v.into()])?.into_vector_value();
                self.cast(Ty::I64, to, i)?
            }
            (f, t) if t.is_float() => {
                if f.is_signed() {
                    a.b.build_signed_int_to_float(v, want, "")?
                } else {
                    a.b.build_unsigned_int_to_float(v, want, "")?
                }
            }
            (f, t) if f.size() > t.size() => a.b.build_int_truncate(v, want, "")?,
            (Ty::Bool | Ty::U8, t) if t.size() > 1 || from == Ty::Bool => a.b.build_int_z_extend(v, want, "")?,
            (f, t) if f.size() < t.size() => a.b.build_int_s_extend(v, want, "")?,
            _ => v,
        })
    }

    fn compare(&self, c: Cmp, ty: Ty, x: VectorValue<'c>, y: VectorValue<'c>) -> Result<VectorValue<'c>> {
        use FloatPredicate as F;
        use IntPredicate as I;
        let (f, s, u) = match c {
            Cmp::Eq => (F::OEQ, I::EQ, I::EQ),
            Cmp::Ne => (F::UNE, I::NE, I::NE),
            Cmp::Lt => (F::OLT, I::SLT, I::ULT),
            Cmp::Le => (F::OLE, I::SLE, I::ULE),
            Cmp::Gt => (F::OGT, I::SGT, I::UGT),
            Cmp::Ge => (F::OGE, I::SGE, I::UGE),
        };
        let b = &self.a.b;
        Ok(if ty.is_float() {
            b.build_float_compare(f, x, y, "")?
        } else {
            b.build_int_compare(if ty.is_signed() { s } else { u }, x, y, "")?
        })
    }

    fn unary(&self, op: UnOp, ty: Ty, x: VectorValue<'c>) -> Result<VectorValue<'c>> {
        let a = self.a;
        let zero = x.get_type().const_zero();
        if ty.is_float() {
            return kernel_math::unary(a, self.isa, op, ty, x);
        }
        Ok(match op {
            UnOp::Not => a.b.build_not(x, "")?,
            UnOp::Neg => a.b.build_int_neg(x, "")?,
            UnOp::Abs if !ty.is_signed() => x,
            UnOp::Abs => {
                let negative = self.compare(Cmp::Lt, ty, x, zero)?;
                self.choose(negative, a.b.build_int_neg(x, "")?, x)?
            }
            UnOp::Sign => {
                let n = x.get_type().get_size();
                let over = a.b.build_int_z_extend(self.compare(Cmp::Gt, ty, x, zero)?, vector(a, ty, n), "")?;
                let under = a.b.build_int_z_extend(self.compare(Cmp::Lt, ty, x, zero)?, vector(a, ty, n), "")?;
                a.b.build_int_sub(over, under, "")?
            }
            other => return Err(internal(format!("{} of integers", other.word()))),
        })
    }

    fn binary(&self, op: BinOp, ty: Ty, x: VectorValue<'c>, y: VectorValue<'c>) -> Result<VectorValue<'c>> {
        let a = self.a;
        if ty.is_float() {
            return kernel_math::binary(a, op, x, y);
        }
        let zero = x.get_type().const_zero();
        Ok(match op {
            BinOp::Add => a.b.build_int_add(x, y, "")?,
            BinOp::Sub => a.b.build_int_sub(x, y, "")?,
            BinOp::Mul => a.b.build_int_mul(x, y, "")?,
            BinOp::And => a.b.build_and(x, y, "")?,
            BinOp::Or => a.b.build_or(x, y, "")?,
            BinOp::Xor => a.b.build_xor(x, y, "")?,
            BinOp::Min => self.choose(self.compare(Cmp::Lt, ty, x, y)?, x, y)?,
            BinOp::Max => self.choose(self.compare(Cmp::Gt, ty, x, y)?, x, y)?,
            BinOp::Div | BinOp::Rem | BinOp::FloorDiv | BinOp::Mod => {
                let one = constant(a, ty, Number::Int(1), x.get_type().get_size());
                let by_zero = self.compare(Cmp::Eq, ty, y, zero)?;
                let minus = self.compare(Cmp::Eq, ty, y, constant(a, ty, Number::Int(-1), x.get_type().get_size()))?;
                // The two divisors that trap are divided by in other ways.
                let apart = if ty.is_signed() { a.b.build_or(by_zero, minus, "")? } else { by_zero };
                let safe = self.choose(apart, one, y)?;
                let (mut q, r) = if ty.is_signed() {
                    (a.b.build_int_signed_div(x, safe, "")?, a.b.build_int_signed_rem(x, safe, "")?)
                } else {
                    (a.b.build_int_unsigned_div(x, safe, "")?, a.b.build_int_unsigned_rem(x, safe, "")?)
                };
                if ty.is_signed() {
                    q = self.choose(minus, a.b.build_int_neg(x, "")?, q)?;
                }
                let signs = a.b.build_xor(r, y, "")?;
                let off = a.b.build_and(self.compare(Cmp::Ne, ty, r, zero)?, self.compare(Cmp::Lt, ty, signs, zero)?, "")?;
                let v = match op {
                    BinOp::Div => q,
                    BinOp::Rem => r,
                    BinOp::FloorDiv => self.choose(off, a.b.build_int_sub(q, one, "")?, q)?,
                    _ => self.choose(off, a.b.build_int_add(r, y, "")?, r)?,
                };
                self.choose(by_zero, zero, v)?
            }
            BinOp::Pow | BinOp::Atan2 => return Err(internal(format!("{} of integers", op.word()))),
        })
    }
}

fn fold_op(f: Fold) -> BinOp {
    match f {
        Fold::Sum => BinOp::Add,
        Fold::Prod => BinOp::Mul,
        Fold::Max => BinOp::Max,
        Fold::Min => BinOp::Min,
    }
}

/// The type of `n` elements in memory: bools are bytes.
fn memory<'c>(a: &Asm<'c>, ty: Ty, n: u32) -> VectorType<'c> {
    vector(a, if ty == Ty::Bool { Ty::U8 } else { ty }, n)
}

/// `n` elements of the same number in memory.
pub(super) fn page<'c>(a: &Asm<'c>, ty: Ty, number: Number, n: u32) -> PointerValue<'c> {
    let word = match number {
        Number::Bool(b) => b as u64,
        Number::Int(i) => i as u64,
        Number::Float(x) => x.to_bits(),
    };
    let name = format!("page.{}.{word:x}.{n}", ty.name());
    if let Some(g) = a.module.get_global(&name) {
        return g.as_pointer_value();
    }
    let memory_ty = if ty == Ty::Bool { Ty::U8 } else { ty };
    let number = if let (Ty::Bool, Number::Bool(b)) = (ty, number) { Number::Int(b as i64) } else { number };
    let init = constant(a, memory_ty, number, n);
    let g = a.module.add_global(init.get_type(), None, &name);
    g.set_initializer(&init);
    g.set_constant(true);
    g.set_linkage(Linkage::Internal);
    g.set_alignment(64);
    g.as_pointer_value()
}

/// One lane in all of `n`.
pub(super) fn splat<'c>(a: &Asm<'c>, v: VectorValue<'c>, n: u32) -> Result<VectorValue<'c>> {
    if v.get_type().get_size() == n {
        return Ok(v);
    }
    let lanes = vec![a.int32(0); n as usize];
    Ok(a.b.build_shuffle_vector(v, v.get_type().get_poison(), VectorType::const_vector(&lanes), "")?)
}

pub(super) fn splat_int<'c>(a: &Asm<'c>, i: IntValue<'c>, n: u32) -> Result<VectorValue<'c>> {
    let one = a.b.build_insert_element(i.get_type().vec_type(1).get_poison(), i, a.int32(0), "")?;
    splat(a, one, n)
}

pub(super) fn aligned<'c>(v: V<'c>, bytes: u32) -> Result<V<'c>> {
    let i = v.as_instruction_value().ok_or_else(|| internal("a load that is no instruction"))?;
    i.set_alignment(bytes).map_err(|e| internal(e.to_string()))?;
    Ok(v)
}

/// Puts in the alignment that masked accesses take as an argument before LLVM 22, where it is an attribute of the pointer.
fn alignment<'c, T: From<IntValue<'c>>>(a: &Asm<'c>, args: &mut Vec<T>, at: usize, size: u32) {
    if !cfg!(feature = "llvm22") {
        args.insert(at, a.int32(size as i32).into());
    }
}

fn align_attribute(a: &Asm, bytes: u32) -> Attribute {
    a.cx.create_enum_attribute(Attribute::get_named_enum_kind_id("align"), bytes as u64)
}

/// Tells the alignment of a call's pointer argument.
fn align_call<'c>(a: &Asm<'c>, v: V<'c>, arg: u32, bytes: u32) -> Result<V<'c>> {
    let i = v.as_instruction_value().ok_or_else(|| internal("a call that is no instruction"))?;
    let call = inkwell::values::CallSiteValue::try_from(i).map_err(|_| internal("an instruction that is no call"))?;
    call.add_attribute(AttributeLoc::Param(arg), align_attribute(a, bytes));
    Ok(v)
}
