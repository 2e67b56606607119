//! Loops over single elements or whole vectors, and what they fold.

use super::vector::{constant, splat_int};
use super::{Emit, Lane, contract, math, ops};
use crate::diag::Result;
use crate::kernel::contract::Contraction;
use crate::kernel::{Acc, BinOp, Extent, Fold, Loop, Number, Op, Reg, Stmt};
use inkwell::IntPredicate;
use inkwell::types::VectorType;
use inkwell::values::{IntValue, PhiValue, VectorValue};

/// Accumulators of a folding vector loop.
const PARTS: i64 = 4;

impl<'c> Emit<'_, 'c> {
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
                *o = self.binary(ops::fold_op(acc.fold), self.k.ty(acc.result), *o, *v)?;
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
                out.push(math::fma(self.a, self.reg(x)?, self.reg(y)?, *s)?);
                continue;
            }
            let mut v = self.reg(acc.value)?;
            if l.width > 1
                && let Some(mask) = self.lane.and_then(|l| l.mask)
            {
                v = self.choose(mask, v, *id)?;
            }
            out.push(self.binary(ops::fold_op(acc.fold), self.k.ty(acc.result), *s, v)?);
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
            v = self.binary(ops::fold_op(acc.fold), self.k.ty(acc.result), half(0)?, half(n)?)?;
        }
        Ok(v)
    }
}
