//! The state of one function while it is written: its values, what they own, and its way out on errors.
//!
//! Arguments are borrowed from the caller, results are owned by it. An *owned* value holds one count per counted leaf; the pointer also
//! stands in a slot of the stack frame, so that the single exit for errors can give back whatever is live: a slot is null unless it owns.
//! *Borrowed* values live as long as the function's caller or an attribute that is never assigned; *lent* ones until their last use, and what
//! is made of them needs counts of its own; *static* ones are not counted at all.

use super::asm::{Asm, T, V, internal};
use super::live::Lifetimes;
use super::module::Emitter;
use super::repr::{Leaf, is_counted, leaves};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Block, Graph, Node, Value};
use crate::types::Type;
use inkwell::IntPredicate;
use inkwell::basic_block::BasicBlock;
use inkwell::types::BasicTypeEnum;
use inkwell::values::{FloatValue, IntValue, PhiValue, PointerValue};
use std::collections::{HashMap, HashSet};

/// Who holds the counts of a value.
#[derive(Clone, Debug)]
pub enum Own {
    /// Nobody: constants of the artifact, and values without counts.
    Static,
    /// Somebody who outlives the function's run.
    Borrowed,
    /// A list, until the value's last use.
    Lent,
    /// The function, in these slots (one per counted leaf).
    Owned(Vec<Slot>),
}

impl Own {
    /// The value lives until the function returns, whatever becomes of other values.
    pub fn lasts(&self) -> bool {
        matches!(self, Own::Static | Own::Borrowed)
    }
}

/// A place in the frame's table of owned pointers.
#[derive(Clone, Copy, Debug)]
pub enum Slot {
    Ptr(u32),
    Value(u32),
}

/// What a graph value has become.
#[derive(Clone, Debug)]
pub struct Val<'c> {
    pub leaves: Vec<V<'c>>,
    pub ty: Type,
    pub own: Own,
}

/// Slots of one kind: how many there are, and which are free.
#[derive(Default)]
pub struct Table {
    pub count: u32,
    free: Vec<u32>,
}

impl Table {
    fn take(&mut self) -> u32 {
        self.free.pop().unwrap_or_else(|| {
            self.count += 1;
            self.count - 1
        })
    }
}

/// The frame's arrays; their sizes are known when the function is finished.
pub struct Frame<'c> {
    pub entry: BasicBlock<'c>,
    pub ptrs: PointerValue<'c>,
    pub values: PointerValue<'c>,
    /// Room for the arguments and results of calls that take boxed values.
    pub scratch: PointerValue<'c>,
    pub ptr_table: Table,
    pub value_table: Table,
    /// Values of the scratch area in use, and the most that ever were.
    pub scratch_used: u64,
    pub scratch_max: u64,
    pub fail: BasicBlock<'c>,
    pub fail_status: PhiValue<'c>,
    pub fail_site: PhiValue<'c>,
}

pub struct Func<'e, 'p, 'c> {
    pub e: &'e mut Emitter<'p, 'c>,
    pub g: &'p Graph,
    /// The name that stack traces show.
    pub name: String,
    /// Stack traces show it.
    pub is_traced: bool,
    pub vals: HashMap<Value, Val<'c>>,
    pub life: Lifetimes,
    pub frame: Frame<'c>,
    /// Position: block, index in it, node.
    pub at: (Block, usize),
    pub node: Option<Node>,
    pub span: Option<Span>,
    /// Owned values that live until the node is done.
    pub temps: Vec<Val<'c>>,
    /// Calls below each other, for functions that call themselves.
    pub depth: Option<IntValue<'c>>,
    /// The last search in a dict, while it holds.
    pub found: Option<super::dict::Found<'c>>,
    /// Appends to lists that have room.
    pub roomy: HashSet<Node>,
}

impl<'e, 'p, 'c> Func<'e, 'p, 'c> {
    /// Opens the body of `function`: the builder stands in its first block.
    pub fn open(
        e: &'e mut Emitter<'p, 'c>,
        g: &'p Graph,
        name: &str,
        function: inkwell::values::FunctionValue<'c>,
    ) -> Result<Func<'e, 'p, 'c>> {
        let a = &e.asm;
        let entry = a.cx.append_basic_block(function, "entry");
        let body = a.cx.append_basic_block(function, "body");
        let fail = a.cx.append_basic_block(function, "fail");
        a.at(entry);
        let ptrs = a.b.build_alloca(a.ptr, "")?;
        let values = a.b.build_alloca(a.value, "")?;
        let scratch = a.b.build_alloca(a.value, "")?;
        a.at(fail);
        let fail_status = a.b.build_phi(a.i32, "status")?;
        let fail_site = a.b.build_phi(a.ptr, "site")?;
        a.at(body);
        let frame = Frame {
            entry,
            ptrs,
            values,
            scratch,
            ptr_table: Table::default(),
            value_table: Table::default(),
            scratch_used: 0,
            scratch_max: 0,
            fail,
            fail_status,
            fail_site,
        };
        let life = Lifetimes::of(g);
        Ok(Func {
            e,
            g,
            name: name.to_owned(),
            is_traced: true,
            vals: HashMap::new(),
            life,
            frame,
            at: (g.top(), 0),
            node: None,
            span: None,
            temps: vec![],
            depth: None,
            found: None,
            roomy: HashSet::new(),
        })
    }

    /// Closes the body: writes the error exit and the frame. `fail_result` makes the result that a failing call returns from its status.
    pub fn close(mut self, fail_result: impl FnOnce(&mut Self, IntValue<'c>) -> Result<V<'c>>) -> Result<()> {
        let (np, nv) = (self.frame.ptr_table.count, self.frame.value_table.count);
        let a = &self.e.asm;
        let body = self.frame.entry.get_next_basic_block().ok_or_else(|| internal("a function without body"))?;
        a.at(self.frame.entry);
        let resize = |old: PointerValue<'c>, ty: BasicTypeEnum<'c>, n: u32| -> Result<PointerValue<'c>> {
            let (Some(from), true) = (old.as_instruction(), n > 0) else { return Ok(old) };
            let new = a.b.build_alloca(array(ty, n), "")?;
            let to = new.as_instruction().ok_or_else(|| internal("an alloca that is no instruction"))?;
            from.replace_all_uses_with(&to);
            from.erase_from_basic_block();
            Ok(new)
        };
        let ptrs = resize(self.frame.ptrs, a.ptr.into(), np)?;
        let values = resize(self.frame.values, a.value.into(), nv)?;
        resize(self.frame.scratch, a.value.into(), self.frame.scratch_max as u32)?;
        let fails = self.frame.fail_status.count_incoming() > 0;
        if fails {
            for (p, n, size) in [(ptrs, np, 8), (values, nv, 16)] {
                if n > 0 {
                    a.b.build_memset(p, 8, a.byte(0), a.int(n as i64 * size)).map_err(|e| internal(e.to_string()))?;
                }
            }
        }
        a.br(body)?;
        a.at(self.frame.fail);
        if !fails {
            self.frame.fail_status.as_instruction().erase_from_basic_block();
            self.frame.fail_site.as_instruction().erase_from_basic_block();
            a.b.build_unreachable()?;
            return Ok(());
        }
        if self.is_traced {
            let trace = a.helper("ts_trace", &[T::Ptr], None);
            a.attribute(trace, "cold");
            a.call(trace, &[self.frame.fail_site.as_basic_value()])?;
        }
        if np + nv > 0 {
            let f = a.helper("ts_frame_release", &[T::Ptr, T::I64, T::Ptr, T::I64], None);
            a.call(f, &[ptrs.into(), a.int(np as i64).into(), values.into(), a.int(nv as i64).into()])?;
        }
        let status = self.frame.fail_status.as_basic_value().into_int_value();
        let result = fail_result(&mut self, status)?;
        self.e.asm.b.build_return(Some(&result))?;
        Ok(())
    }

    pub fn a(&self) -> &Asm<'c> {
        &self.e.asm
    }

    /// A diagnostic at the node that is being written.
    pub fn fault(&self, code: Code, message: impl Into<String>) -> Box<Diagnostic> {
        Box::new(Diagnostic::new(code, self.span, message))
    }

    // Values.

    pub fn val(&self, v: Value) -> Result<Val<'c>> {
        self.vals.get(&v).cloned().ok_or_else(|| internal(format!("{v:?} is used before its definition in {}", self.name)))
    }

    pub fn ty(&self, v: Value) -> &'p Type {
        self.g.ty(v)
    }

    pub fn llvm_types(&self, ty: &Type) -> Vec<BasicTypeEnum<'c>> {
        leaves(ty).into_iter().map(|l| self.leaf_type(l)).collect()
    }

    pub fn leaf_type(&self, l: Leaf) -> BasicTypeEnum<'c> {
        leaf_type(self.a(), l)
    }

    /// Zeros: `None`, 0, null.
    pub fn zeros(&self, ty: &Type) -> Vec<V<'c>> {
        self.llvm_types(ty).into_iter().map(|t| t.const_zero()).collect()
    }

    /// Makes a value that owns its leaves; they get slots.
    pub fn owned(&mut self, leaves_: Vec<V<'c>>, ty: &Type) -> Result<Val<'c>> {
        if !is_counted(ty) {
            return Ok(Val { leaves: leaves_, ty: ty.clone(), own: Own::Static });
        }
        let mut slots = vec![];
        for (i, l) in leaves(ty).into_iter().enumerate() {
            match l {
                Leaf::Ptr | Leaf::OptPtr => {
                    let s = self.frame.ptr_table.take();
                    self.a().store(leaves_[i], self.frame.ptrs, s as u64 * 8)?;
                    slots.push(Slot::Ptr(s));
                }
                Leaf::Tag => {
                    let s = self.frame.value_table.take();
                    self.a().store(leaves_[i], self.frame.values, s as u64 * 16)?;
                    self.a().store(leaves_[i + 1], self.frame.values, s as u64 * 16 + 8)?;
                    slots.push(Slot::Value(s));
                }
                _ => {}
            }
        }
        Ok(Val { leaves: leaves_, ty: ty.clone(), own: Own::Owned(slots) })
    }

    /// Empties slots: their counts have gone elsewhere.
    fn vacate(&mut self, slots: &[Slot]) -> Result<()> {
        for s in slots {
            match *s {
                Slot::Ptr(i) => {
                    let null = self.a().null();
                    self.a().store(null, self.frame.ptrs, i as u64 * 8)?;
                    self.frame.ptr_table.free.push(i);
                }
                Slot::Value(i) => {
                    let zero = self.a().int(0);
                    self.a().store(zero, self.frame.values, i as u64 * 16)?;
                    self.frame.value_table.free.push(i);
                }
            }
        }
        Ok(())
    }

    /// The address of the slot of an owned pointer.
    pub fn slot_address(&self, val: &Val<'c>) -> Result<PointerValue<'c>> {
        match &val.own {
            Own::Owned(slots) => match slots[..] {
                [Slot::Ptr(i)] => self.a().gep(self.frame.ptrs, i as u64 * 8),
                _ => Err(internal("a value without one slot")),
            },
            _ => Err(internal("a value without slot")),
        }
    }

    /// Gives back what a value owns.
    pub fn release(&mut self, val: &Val<'c>) -> Result<()> {
        if let Own::Owned(slots) = &val.own {
            self.vacate(slots)?;
            self.drop_leaves(&val.leaves, &val.ty)?;
        }
        Ok(())
    }

    /// The leaves of a value with the counts that it owned.
    pub fn disown(&mut self, val: &Val<'c>) -> Result<V<'c>> {
        if let Own::Owned(slots) = &val.own {
            self.vacate(slots)?;
        }
        val.leaves.first().copied().ok_or_else(|| internal("a value without leaves"))
    }

    /// One count less for every counted leaf.
    pub fn drop_leaves(&self, leaves_: &[V<'c>], ty: &Type) -> Result<()> {
        self.count_leaves(leaves_, ty, "ts_decref", "ts_value_decref")
    }

    /// One count more for every counted leaf.
    pub fn retain_leaves(&self, leaves_: &[V<'c>], ty: &Type) -> Result<()> {
        self.count_leaves(leaves_, ty, "ts_incref", "ts_value_incref")
    }

    fn count_leaves(&self, leaves_: &[V<'c>], ty: &Type, ptr: &str, value: &str) -> Result<()> {
        let a = self.a();
        for (i, l) in leaves(ty).into_iter().enumerate() {
            match l {
                Leaf::Ptr | Leaf::OptPtr if leaves_[i].into_pointer_value().is_null() => {}
                Leaf::Ptr | Leaf::OptPtr => {
                    a.call(a.helper(ptr, &[T::Ptr], None), &[leaves_[i]])?;
                }
                Leaf::Tag => {
                    a.call(a.helper(value, &[T::I64, T::I64], None), &[leaves_[i], leaves_[i + 1]])?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The leaves of `v` as a `to`, with counts of their own: moved out of `v` when `may_move` (it must be the last use), else new ones.
    pub fn take(&mut self, v: Value, to: &Type, may_move: bool) -> Result<Vec<V<'c>>> {
        let val = self.val(v)?;
        match &val.own {
            Own::Owned(slots) if may_move => {
                self.vacate(slots)?;
                if let Some(val) = self.vals.get_mut(&v) {
                    val.own = Own::Static;
                }
            }
            Own::Owned(_) | Own::Borrowed | Own::Lent => self.retain_leaves(&val.leaves, &val.ty)?,
            Own::Static => {}
        }
        self.convert(val.leaves, &val.ty, to)
    }

    /// [`Func::take`] for an input of the current node.
    pub fn consume(&mut self, v: Value, to: &Type) -> Result<Vec<V<'c>>> {
        let last = self.node.is_some_and(|n| self.life.dies_in(v, n, self.at.0, self.at.1));
        self.take(v, to, last)
    }

    /// The leaves of `v` as a `to`, valid until the current node is done.
    pub fn borrow(&mut self, v: Value, to: &Type) -> Result<Vec<V<'c>>> {
        let val = self.val(v)?;
        if super::convert::allocates(&val.ty, to) {
            self.retain_leaves(&val.leaves, &val.ty)?;
            let leaves_ = self.convert(val.leaves, &val.ty, to)?;
            let temp = self.owned(leaves_.clone(), to)?;
            self.temps.push(temp);
            return Ok(leaves_);
        }
        self.convert(val.leaves, &val.ty, to)
    }

    /// Keeps leaves alive until the current node is done.
    pub fn temp(&mut self, leaves_: Vec<V<'c>>, ty: &Type) -> Result<()> {
        let t = self.owned(leaves_, ty)?;
        self.temps.push(t);
        Ok(())
    }

    pub fn int(&mut self, v: Value) -> Result<IntValue<'c>> {
        Ok(self.borrow(v, &Type::Int)?[0].into_int_value())
    }
    pub fn float(&mut self, v: Value) -> Result<FloatValue<'c>> {
        Ok(self.borrow(v, &Type::Float)?[0].into_float_value())
    }
    pub fn flag(&mut self, v: Value) -> Result<IntValue<'c>> {
        Ok(self.borrow(v, &Type::Bool)?[0].into_int_value())
    }
    /// The object that `v` points to.
    pub fn object(&mut self, v: Value) -> Result<PointerValue<'c>> {
        match self.val(v)?.leaves[..] {
            [V::PointerValue(p)] => Ok(p),
            [_, V::IntValue(payload)] => self.a().as_ptr(payload),
            _ => Err(internal(format!("{v:?} is no object"))),
        }
    }

    /// Defines a result whose leaves carry counts of their own.
    pub fn set_owned(&mut self, out: Value, leaves_: Vec<V<'c>>, ty: &Type) -> Result<()> {
        let want = self.ty(out);
        let leaves_ = self.convert(leaves_, ty, want)?;
        let val = self.owned(leaves_, want)?;
        self.vals.insert(out, val);
        Ok(())
    }

    /// Defines a result that somebody else keeps alive, or that needs no counts.
    pub fn set_borrowed(&mut self, out: Value, leaves_: Vec<V<'c>>, ty: &Type, own: Own) -> Result<()> {
        let want = self.ty(out);
        if super::convert::allocates(ty, want) {
            if matches!(own, Own::Borrowed | Own::Lent) {
                self.retain_leaves(&leaves_, ty)?;
            }
            return self.set_owned(out, leaves_, ty);
        }
        let leaves_ = self.convert(leaves_, ty, want)?;
        let own = if is_counted(want) { own } else { Own::Static };
        self.vals.insert(out, Val { leaves: leaves_, ty: want.clone(), own });
        Ok(())
    }

    /// Defines a result without counts.
    pub fn set(&mut self, out: Value, leaf: impl Into<V<'c>>, ty: &Type) -> Result<()> {
        self.set_borrowed(out, vec![leaf.into()], ty, Own::Static)
    }

    /// Releases what the current node needed, and values that die in it.
    pub fn end_node(&mut self) -> Result<()> {
        for t in std::mem::take(&mut self.temps) {
            self.release(&t)?;
        }
        self.frame.scratch_used = 0;
        self.kill(self.at.0, self.at.1)
    }

    /// Releases values that die at a position.
    pub fn kill(&mut self, b: Block, at: usize) -> Result<()> {
        for v in self.life.dying(b, at).to_vec() {
            let Some(val) = self.vals.get_mut(&v) else { continue };
            let dead = val.clone();
            val.own = Own::Static;
            self.release(&dead)?;
        }
        Ok(())
    }

    /// `n` Values of scratch memory, until the current node is done.
    pub fn scratch(&mut self, n: usize) -> Result<PointerValue<'c>> {
        let at = self.frame.scratch_used;
        self.frame.scratch_used += n as u64;
        self.frame.scratch_max = self.frame.scratch_max.max(self.frame.scratch_used);
        self.a().gep(self.frame.scratch, at * 16)
    }

    // Errors.

    /// The sites that a failure of the current node passes through inside this function: calls that were inlined have one each. The last
    /// is this function's own.
    fn sites(&mut self) -> Result<Vec<PointerValue<'c>>> {
        let callers = self.node.and_then(|n| self.g.node(n).callers.clone());
        let Some(stack) = callers else { return Ok(vec![self.e.site(self.span, &self.name)?]) };
        let name = self.name.clone();
        let short = |f: &str| f.rsplit('.').next().unwrap_or(f).to_owned();
        let mut out = vec![self.e.site(self.span, &short(&stack.function))?];
        for call in stack.calls.iter().rev() {
            let function = call.function.as_ref().map_or(name.clone(), |f| short(f));
            out.push(self.e.site(call.span.or(self.span), &function)?);
        }
        Ok(out)
    }

    /// Leaves through the error exit when `status` is not 0.
    pub fn check(&mut self, status: IntValue<'c>) -> Result<()> {
        let sites = self.sites()?;
        let a = &self.e.asm;
        let next = a.block("")?;
        let bad = a.icmp(IntPredicate::NE, status, a.int32(0))?;
        if let [site] = sites[..] {
            let here = a.here()?;
            a.unless(bad, self.frame.fail, next)?;
            self.frame.fail_status.add_incoming(&[(&status, here)]);
            self.frame.fail_site.add_incoming(&[(&site, here)]);
        } else {
            let rare = a.block("")?;
            a.unless(bad, rare, next)?;
            a.at(rare);
            self.leave(status, &sites)?;
        }
        self.a().at(next);
        Ok(())
    }

    /// Notes all sites but the last, and goes to the error exit with that.
    fn leave(&mut self, status: IntValue<'c>, sites: &[PointerValue<'c>]) -> Result<()> {
        let a = &self.e.asm;
        let Some((last, inner)) = sites.split_last() else { return Err(internal("a failure without site")) };
        let trace = a.helper("ts_trace", &[T::Ptr], None);
        for site in inner {
            a.call(trace, &[(*site).into()])?;
        }
        let here = a.here()?;
        a.br(self.frame.fail)?;
        self.frame.fail_status.add_incoming(&[(&status, here)]);
        self.frame.fail_site.add_incoming(&[(last, here)]);
        Ok(())
    }

    /// Leaves through the error exit; the builder stands in a block that is never reached.
    pub fn fail(&mut self, status: IntValue<'c>) -> Result<()> {
        let sites = self.sites()?;
        self.leave(status, &sites)?;
        let dead = self.a().block("")?;
        self.a().at(dead);
        Ok(())
    }

    /// Raises an exception with a constant text when `bad`.
    pub fn raise_when(&mut self, bad: IntValue<'c>, exception: &str, message: &str) -> Result<()> {
        self.fail_when(bad, |func| {
            let a = func.a();
            let f = a.helper("ts_raise", &[T::Ptr, T::I64, T::Ptr, T::I64], Some(T::I32));
            a.attribute(f, "cold");
            let args = [
                func.e.text(exception).into(),
                func.a().int(exception.len() as i64).into(),
                func.e.text(message).into(),
                func.a().int(message.len() as i64).into(),
            ];
            Ok(func.a().call_value(f, &args)?.into_int_value())
        })
    }

    /// Leaves through the error exit when `bad`, with the status that `raise` makes.
    pub fn fail_when(&mut self, bad: IntValue<'c>, raise: impl FnOnce(&mut Self) -> Result<IntValue<'c>>) -> Result<()> {
        if bad.is_const() && bad.get_zero_extended_constant() == Some(0) {
            return Ok(());
        }
        let a = &self.e.asm;
        let (rare, next) = (a.block("")?, a.block("")?);
        a.unless(bad, rare, next)?;
        a.at(rare);
        let status = raise(self)?;
        self.fail(status)?;
        // The block that `fail` opened is not needed.
        let dead = self.a().here()?;
        self.a().at(next);
        dead.remove_from_function().map_err(|()| internal("a block outside any function"))?;
        Ok(())
    }
}

/// An array type of `n` elements.
pub fn array(ty: BasicTypeEnum<'_>, n: u32) -> inkwell::types::ArrayType<'_> {
    use inkwell::types::BasicType;
    ty.array_type(n)
}

pub fn leaf_type<'c>(a: &Asm<'c>, l: Leaf) -> BasicTypeEnum<'c> {
    match l {
        Leaf::Int | Leaf::Tag | Leaf::Payload => a.i64.into(),
        Leaf::Float => a.f64.into(),
        Leaf::Bool => a.i1.into(),
        Leaf::Ptr | Leaf::OptPtr => a.ptr.into(),
    }
}
