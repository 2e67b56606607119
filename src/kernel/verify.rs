//! What every kernel must fulfil. All violations are collected.
//!
//! * registers are defined once, before their use, in the same block or one around it; accumulators' results after their loop;
//! * operands have the types that the operation takes: arithmetic works on two of one type, float functions on floats, `and`/`or`/`xor`
//!   and `not` on integers and bools, `floordiv` on integers, conditions are bools; `add`…`pow` never on bools;
//! * a load's or store's index has one position per dimension of the buffer, over variables in scope;
//! * `in` buffers are never stored to; `out` buffers are not loaded before a store in an earlier statement;
//! * a buffer with strides has one per dimension; names of buffers are unique; symbols and parameters exist;
//! * panels are a power of two wide; with dimensions before the panels the last dimension is a constant; in a vector loop the last
//!   position moves with whole vectors;
//! * a loop's width is a power of two, at most 64; a loop with a width above 1 contains none with a width above 1;
//! * a loop's fold takes a number (not a bool), of the type that it gives;
//! * a store inside a vector loop moves with its variable (unchecked: TODO that stores of different iterations are apart).

use super::ir::*;
use std::collections::HashSet;

/// Every violation.
pub fn verify(k: &Kernel) -> Vec<String> {
    let mut v = Verifier { k, defined: HashSet::new(), scope: vec![], vars: vec![], stored: HashSet::new(), errors: vec![] };
    for (i, b) in k.buffers.iter().enumerate() {
        if k.buffers[..i].iter().any(|o| o.name == b.name) {
            v.errors.push(format!("two buffers are named {}", b.name));
        }
        if matches!(&b.strides, Strides::Of(s) if s.len() != b.dims.len()) {
            v.errors.push(format!("{} has another number of strides than dimensions", b.name));
        }
        b.dims.iter().for_each(|d| v.extent(*d));
        if let Strides::Panels { batch, width } = b.strides {
            let last = b.dims.last();
            if !width.is_power_of_two() || batch as usize >= b.dims.len() || batch > 0 && !matches!(last, Some(Extent::Const(_)))
            {
                v.errors.push(format!("{} has no such panels", b.name));
            }
        }
    }
    v.block(&k.body);
    v.errors
}

struct Verifier<'a> {
    k: &'a Kernel,
    defined: HashSet<Reg>,
    scope: Vec<Reg>,
    /// Variables in scope with their widths.
    vars: Vec<(Var, u32)>,
    stored: HashSet<BufferId>,
    errors: Vec<String>,
}

impl Verifier<'_> {
    fn extent(&mut self, e: Extent) {
        match e {
            Extent::Sym(s) if s.0 as usize >= self.k.symbols.len() => self.errors.push(format!("no symbol {}", s.0)),
            Extent::Const(n) if n < 0 => self.errors.push(format!("a size of {n}")),
            _ => {}
        }
    }

    fn block(&mut self, body: &[Stmt]) {
        let outer = self.scope.len();
        for s in body {
            match s {
                Stmt::Let(r, op) => {
                    self.op(*r, op);
                    self.define(*r);
                }
                Stmt::Store(b, at, r) => {
                    self.place(*b, at);
                    let Some(buffer) = self.k.buffers.get(b.0 as usize) else { continue };
                    if buffer.access == Access::In {
                        self.errors.push(format!("a store to the input {}", buffer.name));
                    }
                    if self.used(*r) != Some(buffer.ty) {
                        self.errors.push(format!("%{} is stored to {} of {}", r.0, buffer.name, buffer.ty.name()));
                    }
                    if let Some((v, _)) = self.lane()
                        && at.iter().all(|i| i.coefficient(v) == 0)
                    {
                        self.errors.push(format!("all elements of a vector are stored to one place of {}", buffer.name));
                    }
                    self.stored.insert(*b);
                }
                Stmt::For(l) => self.repeat(l),
            }
        }
        self.scope.truncate(outer);
    }

    fn repeat(&mut self, l: &Loop) {
        self.extent(l.extent);
        if !l.width.is_power_of_two() || l.width > 64 {
            self.errors.push(format!("a width of {}", l.width));
        }
        if l.width > 1 && self.vars.iter().any(|v| v.1 > 1) {
            self.errors.push("a vector loop inside a vector loop".into());
        }
        if l.var.0 as usize >= self.k.vars.len() || self.vars.iter().any(|v| v.0 == l.var) {
            self.errors.push(format!("variable {} is not new", l.var.0));
        }
        self.vars.push((l.var, l.width));
        let outer = self.scope.len();
        // The yielded values are those of the body's end: checked inside its scope.
        let before = self.scope.len();
        self.block_open(&l.body);
        for a in &l.accs {
            match self.used(a.value) {
                Some(Ty::Bool) => self.errors.push(format!("{} of bools", a.fold.word())),
                t if t != self.k.types.get(a.result.0 as usize).copied() => {
                    self.errors.push(format!("%{} has another type than what it folds", a.result.0));
                }
                _ => {}
            }
        }
        debug_assert_eq!(before, outer);
        self.scope.truncate(outer);
        self.vars.pop();
        l.accs.iter().for_each(|a| self.define(a.result));
    }

    /// The vector loop around.
    fn lane(&self) -> Option<(Var, u32)> {
        self.vars.iter().copied().find(|v| v.1 > 1)
    }

    /// A block whose definitions stay visible.
    fn block_open(&mut self, body: &[Stmt]) {
        for (i, s) in body.iter().enumerate() {
            let definitions = self.scope.len();
            self.block(&body[i..=i]);
            self.scope.truncate(definitions);
            match s {
                Stmt::Let(r, _) => self.scope.push(*r),
                Stmt::For(l) => self.scope.extend(l.accs.iter().map(|a| a.result)),
                Stmt::Store(..) => {}
            }
        }
    }

    fn define(&mut self, r: Reg) {
        if !self.defined.insert(r) {
            self.errors.push(format!("%{} is defined twice", r.0));
        }
        if r.0 as usize >= self.k.types.len() {
            self.errors.push(format!("%{} has no type", r.0));
        }
        self.scope.push(r);
    }

    fn used(&mut self, r: Reg) -> Option<Ty> {
        if !self.scope.contains(&r) {
            self.errors.push(format!("%{} is used where it is not defined", r.0));
            return None;
        }
        self.k.types.get(r.0 as usize).copied()
    }

    fn place(&mut self, b: BufferId, at: &[Index]) {
        let Some(buffer) = self.k.buffers.get(b.0 as usize) else {
            return self.errors.push(format!("no buffer {}", b.0));
        };
        if at.len() != buffer.dims.len() {
            self.errors.push(format!("{} has {} dimensions, not {}", buffer.name, buffer.dims.len(), at.len()));
        }
        for (v, _) in at.iter().flat_map(|i| &i.terms) {
            if !self.vars.iter().any(|x| x.0 == *v) {
                self.errors.push(format!("an index of {} uses a variable outside its loop", buffer.name));
            }
        }
        if let (Strides::Panels { width, .. }, Some((v, lanes)), Some(last)) = (&buffer.strides, self.lane(), at.last()) {
            let whole = |n: i64| n % lanes as i64 == 0;
            let others = last.terms.iter().all(|t| t.0 == v || whole(t.1));
            let moves = last.coefficient(v);
            if moves != 0 && (moves != 1 || width % lanes != 0 || !others || !whole(last.offset)) {
                self.errors.push(format!("a vector of {} lies across panels", buffer.name));
            }
        }
    }

    fn op(&mut self, r: Reg, op: &Op) {
        let Some(ty) = self.k.types.get(r.0 as usize).copied() else { return };
        let operands: Vec<Option<Ty>> = op.operands().into_iter().map(|o| self.used(o)).collect();
        if operands.contains(&None) {
            return;
        }
        let t: Vec<Ty> = operands.into_iter().flatten().collect();
        let fits = match op {
            Op::Const(Number::Bool(_)) => ty == Ty::Bool,
            Op::Const(Number::Int(_)) => ty.is_int(),
            Op::Const(Number::Float(_)) => ty.is_float(),
            Op::Param(p) => self.k.params.get(*p as usize).is_some(),
            Op::Load(b, at) => {
                self.place(*b, at);
                let buffer = self.k.buffers.get(b.0 as usize);
                if buffer.is_some_and(|x| matches!(x.access, Access::Out | Access::Scratch)) && !self.stored.contains(b) {
                    self.errors.push(format!("%{} loads what nothing has stored", r.0));
                }
                buffer.is_none_or(|x| x.ty == ty)
            }
            Op::Pad(b, at, _) => {
                self.place(*b, at);
                let buffer = self.k.buffers.get(b.0 as usize);
                if buffer.is_some_and(|x| matches!(x.access, Access::Out | Access::Scratch)) && !self.stored.contains(b) {
                    self.errors.push(format!("%{} loads what nothing has stored", r.0));
                }
                ty == t[0] && buffer.is_none_or(|x| x.ty == ty)
            }
            Op::Un(UnOp::IsNan | UnOp::IsInf, _) => ty == Ty::Bool && t[0].is_float(),
            Op::Un(UnOp::Not, _) => ty == t[0] && !ty.is_float(),
            Op::Un(UnOp::Neg | UnOp::Abs | UnOp::Sign, _) => ty == t[0] && ty != Ty::Bool,
            Op::Un(..) => ty == t[0] && ty.is_float(),
            Op::Bin(BinOp::And | BinOp::Or | BinOp::Xor | BinOp::FloorDiv, ..) => {
                ty == t[0] && ty == t[1] && !ty.is_float() && (ty != Ty::Bool || !matches!(op, Op::Bin(BinOp::FloorDiv, ..)))
            }
            Op::Bin(BinOp::Pow | BinOp::Atan2, ..) => ty == t[0] && ty == t[1] && ty.is_float(),
            Op::Bin(..) => ty == t[0] && ty == t[1] && ty != Ty::Bool,
            Op::Cmp(..) => ty == Ty::Bool && t[0] == t[1],
            Op::Fma(..) => ty.is_float() && t.iter().all(|t| *t == ty),
            Op::Select(..) => t[0] == Ty::Bool && ty == t[1] && ty == t[2],
            Op::Cast(_) => true,
            Op::At(v) => ty == Ty::I64 && self.vars.iter().any(|x| x.0 == *v),
        };
        if !fits {
            self.errors.push(format!("%{} = {op:?} does not fit its types", r.0));
        }
    }
}
