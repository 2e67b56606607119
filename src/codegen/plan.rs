//! `tsaot::Run`: the guard of a plan, its kernels on their memory, and the node's own block where the guard does not hold.

use super::asm::{T, V, internal};
use super::func::{Func, Own, Val};
use super::repr::leaves;
use crate::diag::Result;
use crate::graph::{Attr, Node};
use crate::kernel::plan::{Condition, Input, Launch, Memory, Output, Place, Plan, Rank, Scalar, Step};
use crate::kernel::{Atom, Size, Ty};
use crate::types::Type;
use inkwell::IntPredicate;
use inkwell::basic_block::BasicBlock;
use inkwell::values::{IntValue, PointerValue};
use std::collections::HashMap;
use tsrt::tensor::{CONTIGUOUS, TENSOR_DATA_OFFSET, TENSOR_KIND_OFFSET, TENSOR_NUMEL_OFFSET, TENSOR_SIZES_OFFSET};
use tsrt::value::tag;

/// The number of a tensor's element type.
fn number_of(ty: Ty) -> u64 {
    use crate::types::DType;
    let d = match ty {
        Ty::Bool => DType::Bool,
        Ty::U8 => DType::U8,
        Ty::I8 => DType::I8,
        Ty::I16 => DType::I16,
        Ty::I32 => DType::I32,
        Ty::I64 => DType::I64,
        Ty::F32 => DType::F32,
        Ty::F64 => DType::F64,
    };
    d as u64
}

/// A plan that is being entered.
struct Entered<'p, 'c> {
    plan: &'p Plan,
    /// The first leaf of every input.
    inputs: Vec<V<'c>>,
    /// Inputs that may be `None`.
    optional: Vec<bool>,
    atoms: HashMap<Atom, IntValue<'c>>,
    /// The new tensors' elements.
    outputs: Vec<PointerValue<'c>>,
    arena: Option<PointerValue<'c>>,
}

impl<'c> Func<'_, '_, 'c> {
    /// Writes a `tsaot::Run` node.
    pub fn run(&mut self, n: Node) -> Result<()> {
        let g = self.g;
        let data = g.node(n);
        let plans = self.e.plans;
        let plan = match self.g.attr(n, "plan") {
            Some(Attr::Int(i)) => plans.get(*i as usize).ok_or_else(|| internal("no such plan"))?,
            _ => return Err(internal("tsaot::Run without plan")),
        };
        let [block] = data.blocks[..] else { return Err(internal("tsaot::Run without its block")) };
        let mut inputs = vec![];
        for v in &data.inputs {
            let ty = self.ty(*v).clone();
            inputs.push(*self.borrow(*v, &ty)?.first().ok_or_else(|| internal("an input of a plan without value"))?);
        }
        let optional = data.inputs.iter().map(|v| matches!(self.ty(*v), Type::Optional(_))).collect();
        let mut p = Entered { plan, inputs, optional, atoms: HashMap::new(), outputs: vec![], arena: None };
        let a = self.a();
        let (slow, join) = (a.block("unplanned")?, a.block("join")?);
        let at = self.at;
        let span = self.span;
        self.guard(&mut p, slow)?;
        let fast = self.execute(&mut p)?;
        let end_fast = self.a().here()?;
        self.a().br(join)?;
        self.a().at(slow);
        self.body(block)?;
        self.node = None;
        self.at = (block, g.block(block).nodes.len());
        let returns = g.block(block).returns.clone();
        let mut general: Vec<Vec<V>> = vec![];
        for (i, o) in data.outputs.iter().enumerate() {
            general.push(self.leave_with(block, returns[i], &returns[i + 1..], g.ty(*o))?);
        }
        let end_slow = self.a().here()?;
        self.a().br(join)?;
        self.a().at(join);
        self.at = at;
        self.node = Some(n);
        self.span = span;
        let mut joined = vec![];
        for (x, y) in fast.iter().zip(&general) {
            joined.push(self.a().phi(x.get_type(), &[(*x, end_fast), (y[0], end_slow)])?.as_basic_value());
        }
        for (o, v) in data.outputs.iter().zip(joined) {
            let ty = g.ty(*o).clone();
            if leaves(&ty).len() != 1 {
                return Err(internal(format!("a plan that makes a {ty}")));
            }
            self.set_owned(*o, vec![v], &ty)?;
        }
        Ok(())
    }

    /// Goes on in a new block when the guard holds, else to `slow`.
    fn guard(&mut self, p: &mut Entered<'_, 'c>, slow: BasicBlock<'c>) -> Result<()> {
        let mut holds = self.processor()?;
        let a = self.a();
        let mut present = None;
        for (i, (input, v)) in p.plan.inputs.iter().zip(&p.inputs).enumerate() {
            let given = match (input, v) {
                (Input::Flag(want), V::IntValue(b)) => {
                    a.icmp(IntPredicate::EQ, *b, b.get_type().const_int(*want as u64, false))?
                }
                (Input::Absent, V::PointerValue(x)) => a.is_null(*x)?,
                (Input::Absent, V::IntValue(t)) => a.icmp(IntPredicate::EQ, *t, t.get_type().const_int(tag::NONE, false))?,
                (Input::Tensor(..), V::PointerValue(x)) if p.optional[i] => a.not(a.is_null(*x)?)?,
                _ => continue,
            };
            present = Some(present.map_or(Ok(given), |p| a.and(p, given))?);
        }
        if let Some(present) = present {
            self.unless_holds(present, slow)?;
        }
        let a = self.a();
        for (input, v) in p.plan.inputs.iter().zip(&p.inputs) {
            let Input::Tensor(ty, rank) = input else { continue };
            let t = v.into_pointer_value();
            let kind = a.load_int(t, TENSOR_KIND_OFFSET as u64)?;
            let flags = (CONTIGUOUS as u64) << 8;
            let (mask, least) = match rank {
                Rank::Exactly(_) => (0xffff_ffff_0000_00ff | flags, 0),
                Rank::AtLeast(n) => (0xff | flags, *n as u64),
            };
            let want = number_of(*ty) | flags | if let Rank::Exactly(n) = rank { (*n as u64) << 32 } else { 0 };
            let have = a.and(kind, a.i64.const_int(mask, false))?;
            holds = a.and(holds, a.icmp(IntPredicate::EQ, have, a.i64.const_int(want, false))?)?;
            if least > 0 {
                holds = a.and(holds, a.icmp(IntPredicate::UGE, kind, a.i64.const_int(least << 32, false))?)?;
            }
            let numel = a.load_int(t, TENSOR_NUMEL_OFFSET as u64)?;
            holds = a.and(holds, a.icmp(IntPredicate::NE, numel, a.int(0))?)?;
        }
        self.unless_holds(holds, slow)?;
        self.atoms(p)?;
        let a = self.a();
        let mut holds = a.bool(true);
        for c in &p.plan.conditions {
            let h = match c {
                Condition::Equal(x, y) => self.a().icmp(IntPredicate::EQ, self.size(p, x)?, self.size(p, y)?)?,
                Condition::Least(x, n) => self.a().icmp(IntPredicate::SGE, self.size(p, x)?, self.a().int(*n))?,
                Condition::Apart(i, j) => {
                    let [x, y] = [i, j].map(|k| p.inputs[*k as usize].into_pointer_value());
                    let a = self.a();
                    let [x, y] = [a.b.build_ptr_to_int(x, a.i64, "")?, a.b.build_ptr_to_int(y, a.i64, "")?];
                    a.icmp(IntPredicate::NE, x, y)?
                }
                Condition::Leading(i, j) => {
                    let Input::Tensor(_, Rank::AtLeast(tail)) = p.plan.inputs[*i as usize] else { continue };
                    let a = self.a();
                    let f = a.helper("ts_plan_leads_alike", &[T::Ptr, T::Ptr, T::I64], Some(T::I1));
                    let args = [p.inputs[*i as usize], p.inputs[*j as usize], a.int(tail as i64).into()];
                    a.call_value(f, &args)?.into_int_value()
                }
            };
            holds = self.a().and(holds, h)?;
        }
        self.unless_holds(holds, slow)
    }

    /// Whether the processor runs the kernels.
    fn processor(&self) -> Result<IntValue<'c>> {
        let a = self.a();
        match self.e.kernels.least_level() {
            None => Ok(a.bool(true)),
            Some(least) => {
                let level = a.call_value(a.helper("ts_cpu_level", &[], Some(T::I32)), &[])?.into_int_value();
                a.icmp(IntPredicate::SGE, level, a.int32(least))
            }
        }
    }

    fn unless_holds(&self, holds: IntValue<'c>, slow: BasicBlock<'c>) -> Result<()> {
        let a = self.a();
        let next = a.block("planned")?;
        a.unless(a.not(holds)?, slow, next)?;
        a.at(next);
        Ok(())
    }

    /// Reads every size that the plan is about.
    fn atoms(&mut self, p: &mut Entered<'_, 'c>) -> Result<()> {
        for (i, input) in p.plan.inputs.iter().enumerate() {
            let (i, v) = (i as u32, p.inputs[i]);
            let Input::Tensor(_, rank) = input else {
                if let V::IntValue(n) = v {
                    p.atoms.insert(Atom::Int(i), n);
                }
                continue;
            };
            let a = self.a();
            let t = v.into_pointer_value();
            let sizes = a.load_ptr(t, TENSOR_SIZES_OFFSET as u64)?;
            let (n, leading) = match rank {
                Rank::Exactly(n) => (*n, false),
                Rank::AtLeast(n) => (*n, true),
            };
            let mut tail = a.int(1);
            // The last dimensions, from the end of the sizes.
            let end = if leading {
                let kind = a.load_int(t, TENSOR_KIND_OFFSET as u64)?;
                let dim = a.b.build_right_shift(kind, a.int(32), false, "")?;
                a.index(a.i64.into(), sizes, dim)?
            } else {
                a.gep(sizes, n as u64 * 8)?
            };
            for k in 0..n {
                // SAFETY: inside the tensor's sizes.
                let at = unsafe { a.b.build_gep(a.i64, end, &[a.int(-(k as i64) - 1)], "")? };
                let d = a.load_int(at, 0)?;
                tail = a.mul(tail, d)?;
                p.atoms.insert(Atom::Dim(i, k), d);
            }
            if leading {
                let numel = a.load_int(t, TENSOR_NUMEL_OFFSET as u64)?;
                // The tensor is not empty.
                let rows = if n == 0 { numel } else { a.b.build_int_signed_div(numel, tail, "")? };
                p.atoms.insert(Atom::Rows(i, n), rows);
            }
        }
        Ok(())
    }

    fn size(&self, p: &Entered<'_, 'c>, s: &Size) -> Result<IntValue<'c>> {
        let a = self.a();
        let mut sum = a.int(0);
        for (factors, n) in s.terms() {
            let mut product = a.int(*n);
            for f in factors {
                let x = match f {
                    Atom::Div(x, y) => self.quotient(self.size(p, x)?, self.size(p, y)?)?,
                    f => *p.atoms.get(f).ok_or_else(|| internal(format!("{f} of {} is not known", p.plan.name)))?,
                };
                product = a.mul(product, x)?;
            }
            sum = a.add(sum, product)?;
        }
        Ok(sum)
    }

    /// Rounded down; by something positive, as far as the guard holds.
    fn quotient(&self, x: IntValue<'c>, y: IntValue<'c>) -> Result<IntValue<'c>> {
        let a = self.a();
        let one = a.int(1);
        let y = a.select_int(a.icmp(IntPredicate::SGT, y, one)?, y, one)?;
        let q = a.b.build_int_signed_div(x, y, "")?;
        let r = a.sub(x, a.mul(q, y)?)?;
        let below = a.icmp(IntPredicate::SLT, r, a.int(0))?;
        a.select_int(below, a.sub(q, one)?, q)
    }

    /// Makes the results and runs the kernels; the results' leaves carry counts of their own.
    fn execute(&mut self, p: &mut Entered<'_, 'c>) -> Result<Vec<V<'c>>> {
        let mut made: Vec<Val> = vec![];
        for o in &p.plan.outputs {
            match o {
                Output::Int(s) => {
                    let v = self.size(p, s)?;
                    made.push(Val { leaves: vec![v.into()], ty: Type::Int, own: Own::Static });
                    p.outputs.push(self.a().null());
                }
                Output::Flag(b) => {
                    let a = self.a();
                    made.push(Val { leaves: vec![a.bool(*b).into()], ty: Type::Bool, own: Own::Static });
                    p.outputs.push(a.null());
                }
                Output::Absent => {
                    let a = self.a();
                    made.push(Val { leaves: vec![a.null().into()], ty: Type::optional(Type::Tensor), own: Own::Static });
                    p.outputs.push(a.null());
                }
                Output::Tensor { ty, leading, dims } => {
                    let at = self.scratch(dims.len().div_ceil(2).max(1))?;
                    for (k, d) in dims.iter().enumerate() {
                        let d = self.size(p, d)?;
                        self.a().store(d, at, 8 * k as u64)?;
                    }
                    let a = self.a();
                    let f = a.helper("ts_plan_result", &[T::I64, T::Ptr, T::I64, T::I64, T::Ptr], Some(T::Ptr));
                    let (like, tail) = match leading.map(|i| (p.inputs[i as usize], &p.plan.inputs[i as usize])) {
                        Some((v, Input::Tensor(_, Rank::AtLeast(n)))) => (v, *n),
                        _ => (a.null().into(), 0),
                    };
                    let number = a.i64.const_int(number_of(*ty), false);
                    let args = [number.into(), like, a.int(tail as i64).into(), a.int(dims.len() as i64).into(), at.into()];
                    let t = a.call_value(f, &args)?.into_pointer_value();
                    let null = a.is_null(t)?;
                    self.raise_when(null, "MemoryError", "out of memory")?;
                    made.push(self.owned(vec![t.into()], &Type::Tensor)?);
                    p.outputs.push(self.a().load_ptr(t, TENSOR_DATA_OFFSET as u64)?);
                }
            }
        }
        if !p.plan.arena.is(0) {
            let bytes = self.size(p, &p.plan.arena)?;
            let a = self.a();
            let f = a.helper("ts_plan_scratch", &[T::I64], Some(T::Ptr));
            let m = a.call_value(f, &[bytes.into()])?.into_pointer_value();
            let null = a.is_null(m)?;
            self.raise_when(null, "MemoryError", "out of memory")?;
            p.arena = Some(m);
        }
        let plan = p.plan;
        for Step::Loops(l) in &plan.steps {
            self.launch(p, l)?;
        }
        made.iter().map(|v| self.disown(v)).collect()
    }

    fn launch(&mut self, p: &Entered<'_, 'c>, l: &Launch) -> Result<()> {
        let f = self.e.kernels.function(&self.e.asm, &l.kernel)?;
        let mut args: Vec<V> = vec![];
        for (b, place) in l.kernel.buffers.iter().zip(&l.buffers) {
            args.push(self.place(p, place, b.ty)?.into());
        }
        for s in &l.symbols {
            args.push(self.size(p, s)?.into());
        }
        for (param, s) in l.kernel.params.iter().zip(&l.params) {
            let v = match s {
                Scalar::Input(i) => p.inputs[*i as usize],
                Scalar::Size(s) => self.size(p, s)?.into(),
            };
            let a = self.a();
            args.push(match v {
                V::FloatValue(_) if param.ty.is_float() => v,
                V::FloatValue(x) => a.b.build_float_to_signed_int(x, a.i64, "")?.into(),
                v => {
                    let i = a.bits(v)?;
                    if param.ty.is_float() { a.to_float(i)?.into() } else { i.into() }
                }
            });
        }
        self.a().call(f, &args)?;
        Ok(())
    }

    fn place(&mut self, p: &Entered<'_, 'c>, place: &Place, ty: Ty) -> Result<PointerValue<'c>> {
        let base = match place.memory {
            Memory::Input(i) => self.a().load_ptr(p.inputs[i as usize].into_pointer_value(), TENSOR_DATA_OFFSET as u64)?,
            Memory::Output(i) => p.outputs[i as usize],
            Memory::Constant(i) => self.e.elements(&p.plan.constants[i as usize])?,
            Memory::Slot(i) => {
                let offset = self.size(p, &p.plan.slots[i as usize].offset)?;
                let arena = p.arena.ok_or_else(|| internal("a slot without arena"))?;
                self.a().index(self.a().i8.into(), arena, offset)?
            }
        };
        if place.offset.is(0) {
            return Ok(base);
        }
        let bytes = self.size(p, &place.offset.times(&(ty.size() as i64).into()))?;
        self.a().index(self.a().i8.into(), base, bytes)
    }
}
