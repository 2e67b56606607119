//! Loops shared out to threads.
//!
//! The loop becomes a function that takes which part of how many it is to run. With little work it is called for the whole; else the
//! runtime's pool calls it for every part, through a door that reads the arguments from memory.

use super::{Emit, attributes};
use crate::codegen::asm::{T, V, internal};
use crate::diag::Result;
use crate::kernel::{Extent, Loop, Op, Reg, Stmt, UnOp, Var};
use inkwell::IntPredicate;
use inkwell::module::Linkage;
use inkwell::types::BasicMetadataTypeEnum;
use inkwell::values::{FunctionValue, IntValue};

/// A part of a loop: its number and of how many.
#[derive(Clone, Copy)]
pub struct Part<'c> {
    pub number: IntValue<'c>,
    pub of: IntValue<'c>,
}

impl<'c> Emit<'_, 'c> {
    /// Writes a loop whose iterations may run at the same time.
    pub(super) fn share(&mut self, l: &Loop) -> Result<()> {
        let a = self.a;
        let (vars, regs) = self.free(l);
        let fixed = self.fixed();
        let mut args: Vec<V> = self.f.get_params().into_iter().take(fixed).collect();
        for v in &vars {
            args.push(self.vars[v].into());
        }
        for r in &regs {
            args.push(self.reg(*r)?.into());
        }
        let here = a.here()?;
        let part = self.part_function(l, &vars, &regs, &args)?;
        let door = self.door(part, &args)?;
        a.at(here);
        // The arguments in memory, of the function's frame.
        let slots = a.i64.array_type(args.len() as u32);
        let entry = self.f.get_first_basic_block().ok_or_else(|| internal("a kernel without body"))?;
        match entry.get_first_instruction() {
            Some(i) => a.b.position_before(&i),
            None => a.at(entry),
        }
        let context = a.b.build_alloca(slots, "")?;
        a.at(here);
        let work = self.work(std::slice::from_ref(&Stmt::For(l.clone())))?;
        let (alone, together, end) = (a.block("alone")?, a.block("together")?, a.block("end")?);
        a.cond(a.icmp(IntPredicate::SLT, work, a.int(a.least_work))?, alone, together)?;
        a.at(alone);
        let whole = [&args[..], &[a.int(0).into(), a.int(1).into()]].concat();
        a.call(part, &whole)?;
        a.br(end)?;
        a.at(together);
        for (i, v) in args.iter().enumerate() {
            a.store(*v, context, 8 * i as u64)?;
        }
        let f = a.helper("ts_parallel", &[T::Ptr, T::Ptr, T::I64], None);
        let threads = a.int(a.threads as i64);
        a.call(f, &[door.as_global_value().as_pointer_value().into(), context.into(), threads.into()])?;
        a.br(end)?;
        a.at(end);
        Ok(())
    }

    /// The function of a loop's parts: the kernel's parameters, variables and registers from outside, part and parts.
    fn part_function(&mut self, l: &Loop, vars: &[Var], regs: &[Reg], args: &[V<'c>]) -> Result<FunctionValue<'c>> {
        let a = self.a;
        let mut params: Vec<BasicMetadataTypeEnum> = args.iter().map(|v| v.get_type().into()).collect();
        params.extend([BasicMetadataTypeEnum::from(a.i64); 2]);
        let name = format!("{}.part", self.k.name);
        let f = a.module.add_function(&name, a.cx.void_type().fn_type(&params, false), Some(Linkage::Internal));
        attributes(a, f, self.k, self.isa);
        a.attribute(f, "noinline");
        a.at(a.cx.append_basic_block(f, "entry"));
        let param = |i: usize| f.get_nth_param(i as u32).ok_or_else(|| internal("a part without its parameters"));
        let fixed = self.fixed();
        let part = Part { number: param(args.len())?.into_int_value(), of: param(args.len() + 1)?.into_int_value() };
        let mut inner = self.called(f, Some(part));
        for (i, v) in vars.iter().enumerate() {
            inner.vars.insert(*v, param(fixed + i)?.into_int_value());
        }
        for (i, r) in regs.iter().enumerate() {
            inner.regs.insert(*r, param(fixed + vars.len() + i)?.into_vector_value());
        }
        inner.repeat(l)?;
        a.b.build_return(None)?;
        Ok(f)
    }

    /// What the pool calls: arguments in memory, part, parts.
    fn door(&self, part: FunctionValue<'c>, args: &[V<'c>]) -> Result<FunctionValue<'c>> {
        let a = self.a;
        let ty = a.cx.void_type().fn_type(&[a.ptr.into(), a.i64.into(), a.i64.into()], false);
        let f = a.module.add_function(&format!("{}.door", self.k.name), ty, Some(Linkage::Internal));
        attributes(a, f, &crate::kernel::Kernel::default(), self.isa);
        a.at(a.cx.append_basic_block(f, "entry"));
        let param = |i: u32| f.get_nth_param(i).ok_or_else(|| internal("a door without its parameters"));
        let context = param(0)?.into_pointer_value();
        let mut values = vec![];
        for (i, v) in args.iter().enumerate() {
            values.push(a.load(v.get_type(), context, 8 * i as u64)?);
        }
        values.extend([param(1)?, param(2)?]);
        a.call(part, &values)?;
        a.b.build_return(None)?;
        Ok(f)
    }

    /// The share of `n` iterations that this part runs, once; all when nothing is shared out.
    pub(super) fn own(&mut self, n: IntValue<'c>) -> Result<(IntValue<'c>, IntValue<'c>)> {
        let part = self.part.take();
        self.range(part, n)
    }

    /// A part's share of `n` iterations.
    pub(super) fn range(&self, part: Option<Part<'c>>, n: IntValue<'c>) -> Result<(IntValue<'c>, IntValue<'c>)> {
        let a = self.a;
        let Some(p) = part else { return Ok((a.int(0), n)) };
        let from = a.b.build_int_signed_div(a.mul(n, p.number)?, p.of, "")?;
        let to = a.b.build_int_signed_div(a.mul(n, a.add(p.number, a.int(1))?)?, p.of, "")?;
        Ok((from, to))
    }

    /// Variables and registers from outside that a loop uses.
    fn free(&self, l: &Loop) -> (Vec<Var>, Vec<Reg>) {
        fn walk(body: &[Stmt], vars: &mut Vec<Var>, regs: &mut Vec<Reg>) {
            let at =
                |at: &[crate::kernel::Index], vars: &mut Vec<Var>| vars.extend(at.iter().flat_map(|i| &i.terms).map(|t| t.0));
            for s in body {
                match s {
                    Stmt::Let(_, op) => {
                        regs.extend(op.operands());
                        match op {
                            Op::Load(_, i) | Op::Pad(_, i, _) => at(i, vars),
                            Op::At(v) => vars.push(*v),
                            _ => {}
                        }
                    }
                    Stmt::Store(_, i, r) => {
                        at(i, vars);
                        regs.push(*r);
                    }
                    Stmt::For(l) => {
                        regs.extend(l.accs.iter().map(|a| a.value));
                        walk(&l.body, vars, regs);
                    }
                }
            }
        }
        let (mut vars, mut regs) = (vec![], vec![]);
        walk(&l.body, &mut vars, &mut regs);
        vars.retain(|v| *v != l.var && self.vars.contains_key(v));
        regs.retain(|r| self.regs.contains_key(r));
        vars.sort();
        vars.dedup();
        regs.sort();
        regs.dedup();
        (vars, regs)
    }

    /// Vector operations that a body takes.
    fn work(&self, body: &[Stmt]) -> Result<IntValue<'c>> {
        let a = self.a;
        let mut sum = a.int(0);
        for s in body {
            let cost = match s {
                Stmt::Let(_, Op::Const(_) | Op::Param(_)) => continue,
                Stmt::Let(_, Op::Un(op, _)) if !matches!(op, UnOp::Neg | UnOp::Abs) => a.int(20),
                Stmt::Let(..) | Stmt::Store(..) => a.int(1),
                Stmt::For(l) => {
                    let n = match l.extent {
                        Extent::Const(n) => a.int((n + l.width as i64 - 1) / l.width as i64),
                        e => {
                            let n = a.add(self.extent(e)?, a.int(l.width as i64 - 1))?;
                            a.b.build_right_shift(n, a.int(l.width.trailing_zeros() as i64), true, "")?
                        }
                    };
                    a.mul(n, self.work(&l.body)?)?
                }
            };
            sum = a.add(sum, cost)?;
        }
        Ok(sum)
    }
}
