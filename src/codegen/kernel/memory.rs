//! Places in buffers: addresses, loads and stores of one lane or many.

use super::Emit;
use super::vector::{constant, memory, splat, splat_int};
use crate::codegen::asm::{Asm, V, internal};
use crate::diag::Result;
use crate::kernel::{BufferId, Extent, Index, Number, Op, Reg, Strides, Ty};
use inkwell::IntPredicate;
use inkwell::attributes::{Attribute, AttributeLoc};
use inkwell::module::Linkage;
use inkwell::types::{BasicTypeEnum, VectorType};
use inkwell::values::{BasicValue, IntValue, PointerValue, VectorValue};

/// How a place moves from one lane to the next.
pub(super) enum Step<'c> {
    None,
    One,
    By(IntValue<'c>),
}

impl<'c> Emit<'_, 'c> {
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

    pub(super) fn load(&self, b: BufferId, at: &[Index]) -> Result<VectorValue<'c>> {
        let (p, step) = self.place(b, at)?;
        self.loaded(self.k.buffer(b).ty, p, &step, self.lane.and_then(|l| l.mask), false)
    }

    /// A load, `other` where a position is outside.
    pub(super) fn pad(&self, b: BufferId, at: &[Index], other: Reg) -> Result<VectorValue<'c>> {
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

    pub(super) fn store(&self, b: BufferId, at: &[Index], r: Reg) -> Result<()> {
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
