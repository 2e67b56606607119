//! Register tiles of contractions: functions of some rows by some panels of columns.

use super::contract::known;
use super::memory::{aligned, page};
use super::vector::{constant, splat, splat_int, vector};
use super::{Emit, Lane, attributes};
use crate::codegen::asm::{V, internal};
use crate::codegen::isa::Tile;
use crate::diag::Result;
use crate::kernel::contract::{Contraction, Place};
use crate::kernel::{Index, Kernel, Loop, Number, Op, Reg, Stmt, Strides, UnOp, Var};
use inkwell::IntPredicate;
use inkwell::module::Linkage;
use inkwell::types::{BasicMetadataTypeEnum, BasicType, VectorType};
use inkwell::values::{FunctionValue, IntValue, PointerValue, VectorValue};
use std::collections::HashMap;

/// The vectors of a group's last panel: narrower where few columns are left.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Last {
    pub width: u32,
    /// Some of their lanes do not exist.
    pub masked: bool,
}

impl Last {
    /// For so many columns of a panel.
    pub fn of(columns: i64, width: u32) -> Last {
        let narrow = u32::try_from(columns).unwrap_or(width).next_power_of_two().clamp(width / 4, width);
        Last { width: narrow, masked: columns != narrow as i64 }
    }
}

/// Elements from one iteration of a variable to the next, when that is a constant.
pub(super) fn step_of(k: &Kernel, p: &Place, v: Var) -> Option<i64> {
    let mut sum = 0;
    for (index, stride) in p.at.iter().zip(k.strides(p.buffer)) {
        let c = index.coefficient(v);
        if c != 0 {
            sum += c * stride.iter().map(|e| known(*e)).product::<Option<i64>>()?;
        }
    }
    Some(sum)
}

/// The dimensions in which a padded place may be outside.
pub(super) fn checks(k: &Kernel, p: &Place) -> Vec<usize> {
    if !p.padded {
        return vec![];
    }
    let dims = &k.buffer(p.buffer).dims;
    (0..p.at.len()).filter(|d| !k.stays_inside(&p.at[*d], dims[*d])).collect()
}

/// What an epilogue costs, in operations.
fn weight(body: &[&Stmt]) -> usize {
    let of = |s: &&Stmt| match s {
        Stmt::Let(_, Op::Const(_) | Op::Param(_)) => 0,
        Stmt::Let(_, Op::Un(op, _)) => match op {
            UnOp::Neg | UnOp::Abs | UnOp::Sqrt | UnOp::Floor | UnOp::Ceil | UnOp::Round | UnOp::Trunc => 1,
            _ => 20,
        },
        _ => 1,
    };
    body.iter().map(of).sum()
}

impl<'c> Emit<'_, 'c> {
    /// Whether this is an odd time around, when something turns with it.
    pub(super) fn is_odd(&self) -> Result<Option<IntValue<'c>>> {
        let Some(i) = self.around.and_then(|v| self.vars.get(&v)) else { return Ok(None) };
        let odd = self.a.and(*i, self.a.int(1))?;
        Ok(Some(self.a.icmp(IntPredicate::NE, odd, self.a.int(0))?))
    }

    /// Calls a tile function at the variables as they are.
    pub(super) fn run(&mut self, c: &Contraction, f: FunctionValue<'c>) -> Result<()> {
        let mut args: Vec<V> = self.f.get_params().into_iter().take(self.fixed()).collect();
        for v in c.variables() {
            args.push((*self.vars.get(&v).ok_or_else(|| internal("a tile outside its loops"))?).into());
        }
        for r in c.outer() {
            args.push(self.reg(r)?.into());
        }
        self.a.call(f, &args)?;
        Ok(())
    }

    /// How many parameters every function of the kernel has.
    pub(super) fn fixed(&self) -> usize {
        self.k.buffers.len() + self.k.symbols.len() + self.k.params.len()
    }

    /// The function of a tile: the kernel's parameters, then the variables, then registers from outside.
    pub(super) fn tile(
        &mut self,
        c: &Contraction,
        row: Option<&Loop>,
        t: Tile,
        last: Last,
        tiles: &mut HashMap<(Tile, Last), FunctionValue<'c>>,
    ) -> Result<FunctionValue<'c>> {
        if let Some(f) = tiles.get(&(t, last)) {
            return Ok(*f);
        }
        let a = self.a;
        let (vars, outer) = (c.variables(), c.outer());
        let fixed = self.fixed();
        let mut params: Vec<BasicMetadataTypeEnum> =
            self.f.get_params().iter().take(fixed).map(|p| p.get_type().into()).collect();
        params.extend(vars.iter().map(|_| BasicMetadataTypeEnum::from(a.i64)));
        params.extend(outer.iter().map(|r| BasicMetadataTypeEnum::from(vector(a, self.k.ty(*r), 1))));
        let narrow = if last.width < c.column.width { format!("w{}", last.width) } else { String::new() };
        let name = format!("{}.{}x{}{narrow}{}", self.k.name, t.rows, t.panels, if last.masked { "m" } else { "" });
        let f = a.module.add_function(&name, a.cx.void_type().fn_type(&params, false), Some(Linkage::Internal));
        attributes(a, f, self.k, self.isa);
        a.attribute(f, "noinline");
        let here = a.here()?;
        a.at(a.cx.append_basic_block(f, "entry"));
        let mut inner = self.called(f, None);
        for (i, v) in vars.iter().enumerate() {
            let p = f.get_nth_param((fixed + i) as u32).ok_or_else(|| internal("a tile without its variables"))?;
            inner.vars.insert(*v, p.into_int_value());
        }
        for (i, r) in outer.iter().enumerate() {
            let p = f.get_nth_param((fixed + vars.len() + i) as u32).ok_or_else(|| internal("a tile without its registers"))?;
            inner.regs.insert(*r, p.into_vector_value());
        }
        inner.tile_body(c, row, t, last)?;
        a.b.build_return(None)?;
        a.at(here);
        tiles.insert((t, last), f);
        Ok(f)
    }

    fn tile_body(&mut self, c: &Contraction, row: Option<&Loop>, t: Tile, last: Last) -> Result<()> {
        let a = self.a;
        let width = c.column.width;
        let mask = if last.masked {
            let n = self.extent(c.column.extent)?;
            let first = a.add(self.vars[&c.column.var], a.int((t.panels - 1) as i64 * width as i64))?;
            let lanes: Vec<IntValue> = (0..last.width as i64).map(|k| a.int(k)).collect();
            let left = splat_int(a, a.sub(n, first)?, last.width)?;
            Some(a.b.build_int_compare(IntPredicate::SLT, VectorType::const_vector(&lanes), left, "")?)
        } else {
            None
        };
        for l in &c.taps {
            self.vars.insert(l.var, a.int(0));
        }
        let mut at = vec![];
        for s in &c.sums {
            at.push((self.place(s.a.buffer, s.a.at)?.0, self.place(s.b.buffer, s.b.at)?.0));
        }
        let tile = TileBody { c, row, t, last: last.width, mask };
        let zeros = (0..t.panels).map(|p| constant(a, c.ty, Number::Float(0.0), tile.width(p as usize)));
        let start = zeros.collect::<Vec<_>>().repeat(c.sums.len() * t.rows as usize);
        let sums = self.taps(&tile, 0, at, start)?;
        self.epilogue(&tile, sums)
    }

    /// The loops of the taps from `level` on, from these addresses of `a` and `b`.
    fn taps(
        &mut self,
        tile: &TileBody<'_, 'c>,
        level: usize,
        at: Vec<(PointerValue<'c>, PointerValue<'c>)>,
        sums: Vec<VectorValue<'c>>,
    ) -> Result<Vec<VectorValue<'c>>> {
        let a = self.a;
        let l = tile.c.taps[level];
        let n = self.extent(l.extent)?;
        if level + 1 == tile.c.taps.len() {
            return self.innermost(tile, l, n, at, sums);
        }
        self.fold(a.int(0), n, sums, |e, i, sums| {
            e.vars.insert(l.var, i);
            let mut moved = vec![];
            for (s, (pa, pb)) in tile.c.sums.iter().zip(&at) {
                moved.push((e.advance(&s.a, l.var, *pa, i)?, e.advance(&s.b, l.var, *pb, i)?));
            }
            e.taps(tile, level + 1, moved, sums)
        })
    }

    /// A pointer, `n` iterations of a variable further.
    fn advance(&self, p: &Place, v: Var, from: PointerValue<'c>, n: IntValue<'c>) -> Result<PointerValue<'c>> {
        let by = self.pitch(p, v)?;
        let element = vector(self.a, self.k.buffer(p.buffer).ty, 1).get_element_type();
        self.a.index(element, from, self.a.b.build_int_nsw_mul(n, by, "")?)
    }

    /// Elements from one iteration of a variable to the next.
    fn pitch(&self, p: &Place, v: Var) -> Result<IntValue<'c>> {
        let a = self.a;
        let mut out = a.int(0);
        for (index, stride) in p.at.iter().zip(self.k.strides(p.buffer)) {
            let c = index.coefficient(v);
            if c != 0 {
                let by = a.b.build_int_nsw_mul(self.product(&stride)?, a.int(c), "")?;
                out = a.b.build_int_nsw_add(out, by, "")?;
            }
        }
        Ok(out)
    }

    /// Elements from one panel to the next.
    fn panel_pitch(&self, p: &Place, width: u32) -> Result<IntValue<'c>> {
        match &self.k.buffer(p.buffer).strides {
            Strides::Panels { .. } => self.product(self.k.strides(p.buffer).last().map_or(&[], |s| s)),
            _ => Ok(self.a.int(width as i64)),
        }
    }

    fn innermost(
        &mut self,
        tile: &TileBody<'_, 'c>,
        l: &Loop,
        n: IntValue<'c>,
        at: Vec<(PointerValue<'c>, PointerValue<'c>)>,
        sums: Vec<VectorValue<'c>>,
    ) -> Result<Vec<VectorValue<'c>>> {
        let a = self.a;
        let (c, t) = (tile.c, tile.t);
        let width = c.column.width;
        let (rows, panels) = (t.rows as usize, t.panels as usize);
        // The rows' addresses: of each distinct `a` once.
        let mut sources: Vec<(&Place, Vec<PointerValue>)> = vec![];
        let mut source_of = vec![];
        let mut skip = None;
        for (s, (pa, _)) in c.sums.iter().zip(&at) {
            if let Some(i) = sources.iter().position(|x| *x.0 == s.a) {
                source_of.push(i);
                continue;
            }
            source_of.push(sources.len());
            let (pointers, outside) = self.row_pointers(tile, &s.a, l, *pa)?;
            if c.sums.len() == 1 {
                skip = outside;
            }
            sources.push((&s.a, pointers));
        }
        let mut panel_pitches = vec![];
        for s in &c.sums {
            panel_pitches.push(self.panel_pitch(&s.b, width)?);
        }
        let n = match skip {
            Some(outside) => a.select_int(outside, a.int(0), n)?,
            None => n,
        };
        let element = vector(a, c.ty, 1).get_element_type();
        let backwards = match self.is_odd()?.filter(|_| c.taps.len() == 1) {
            Some(odd) => {
                let last = a.sub(n, a.int(1))?;
                Some((a.select_int(odd, last, a.int(0))?, a.select_int(odd, a.int(-1), a.int(1))?))
            }
            None => None,
        };
        self.fold(a.int(0), n, sums, |e, k, mut sums| {
            let k = match backwards {
                Some((first, step)) => a.add(first, a.mul(k, step)?)?,
                None => k,
            };
            let mut weights = vec![];
            for ((s, (_, pb)), pitch) in c.sums.iter().zip(&at).zip(&panel_pitches) {
                let from = e.advance(&s.b, l.var, *pb, k)?;
                for p in 0..panels {
                    let q = a.index(element, from, a.mul(*pitch, a.int(p as i64))?)?;
                    let packed = matches!(e.k.buffer(s.b.buffer).strides, Strides::Panels { .. });
                    let mask = tile.mask.filter(|_| p + 1 == panels && !packed);
                    weights.push(e.vector_load(c.ty, q, mask, tile.width(p))?);
                }
                // The next group of panels comes from farther away. One row reads as fast as memory gives, where prefetching only adds work.
                if let (Strides::Panels { .. }, true) = (&e.k.buffer(s.b.buffer).strides, rows > 1) {
                    for p in 0..panels {
                        let ahead = a.mul(*pitch, a.int((panels + p) as i64))?;
                        e.prefetch(a.index(element, from, ahead)?)?;
                    }
                }
            }
            for r in 0..rows {
                let mut values: Vec<VectorValue> = vec![];
                for (place, pointers) in &sources {
                    let q = e.advance(place, l.var, pointers[r], k)?;
                    let x = aligned(a.b.build_load(element, q, "")?, c.ty.size() as u32)?;
                    let one = a.b.build_insert_element(vector(a, c.ty, 1).get_poison(), x, a.int32(0), "")?;
                    values.push(one);
                }
                for (g, source) in source_of.iter().enumerate() {
                    for p in 0..panels {
                        let i = (g * rows + r) * panels + p;
                        let ty = vector(a, c.ty, tile.width(p)).as_basic_type_enum();
                        let x = splat(a, values[*source], tile.width(p))?;
                        let args = [x.into(), weights[g * panels + p].into(), sums[i].into()];
                        sums[i] = a.intrinsic("llvm.fmuladd", &[ty], &args)?.into_vector_value();
                    }
                }
            }
            Ok(sums)
        })
    }

    fn prefetch(&self, p: PointerValue<'c>) -> Result<()> {
        let a = self.a;
        let f = inkwell::intrinsics::Intrinsic::find("llvm.prefetch")
            .and_then(|i| i.get_declaration(&a.module, &[a.ptr.into()]))
            .ok_or_else(|| internal("no prefetch"))?;
        // For reading, into the second level, as data.
        a.call(f, &[p.into(), a.int32(0).into(), a.int32(2).into(), a.int32(1).into()])?;
        Ok(())
    }

    /// The addresses of `a` in every row of the tile, and whether all of them are outside the buffer.
    fn row_pointers(
        &mut self,
        tile: &TileBody<'_, 'c>,
        p: &Place,
        inner: &Loop,
        from: PointerValue<'c>,
    ) -> Result<(Vec<PointerValue<'c>>, Option<IntValue<'c>>)> {
        let a = self.a;
        let checks = checks(self.k, p);
        let with_row = |d: &usize| tile.row.is_some_and(|r| p.at[*d].coefficient(r.var) != 0);
        let mut all_outside = None;
        for d in checks.iter().filter(|d| !with_row(d)) {
            let out = a.not(self.position_inside(p, *d)?)?;
            all_outside = Some(match all_outside {
                Some(o) => a.b.build_or(o, out, "")?,
                None => out,
            });
        }
        let mut out = vec![];
        let first = tile.row.map(|r| self.vars[&r.var]);
        for r in 0..tile.t.rows as i64 {
            let mut q = from;
            if let (Some(row), Some(first)) = (tile.row, first) {
                q = self.advance(p, row.var, from, a.int(r))?;
                self.vars.insert(row.var, a.add(first, a.int(r))?);
            }
            let mut inside = None;
            for d in checks.iter().filter(|d| with_row(d) || tile.c.sums.len() > 1) {
                let ok = self.position_inside(p, *d)?;
                inside = Some(match inside {
                    Some(i) => a.and(i, ok)?,
                    None => ok,
                });
            }
            if let (Some(inside), Some(n)) = (inside, known(inner.extent)) {
                let step = step_of(self.k, p, inner.var).ok_or_else(|| internal("padding along a symbolic stride"))?;
                let nowhere = page(a, tile.c.ty, Number::Float(0.0), ((n - 1).max(0) * step + 1) as u32);
                q = a.select(inside, q, nowhere)?.into_pointer_value();
            }
            out.push(q);
        }
        if let (Some(row), Some(first)) = (tile.row, first) {
            self.vars.insert(row.var, first);
        }
        Ok((out, all_outside))
    }

    /// Whether a position is in its dimension.
    pub(super) fn position_inside(&self, p: &Place, d: usize) -> Result<IntValue<'c>> {
        let at = self.position(&p.at[d])?;
        let n = self.extent(self.k.buffer(p.buffer).dims[d])?;
        self.a.icmp(IntPredicate::ULT, at, n)
    }

    /// What follows the sums, for every row and panel. A long epilogue is written once, with the sums in memory.
    fn epilogue(&mut self, tile: &TileBody<'_, 'c>, sums: Vec<VectorValue<'c>>) -> Result<()> {
        let a = self.a;
        let (c, t) = (tile.c, tile.t);
        let (rows, panels) = (t.rows as usize, t.panels as usize);
        let columns = self.vars[&c.column.var];
        let first = tile.row.map(|r| self.vars[&r.var]);
        if weight(&c.epilogue) <= 8 || rows * panels <= 2 {
            for r in 0..rows {
                for p in 0..panels {
                    let of = |g: usize| sums[(g * rows + r) * panels + p];
                    for (g, s) in c.sums.iter().enumerate() {
                        self.regs.insert(s.result, of(g));
                    }
                    self.element(tile, columns, first, a.int(r as i64), p)?;
                }
            }
            return Ok(());
        }
        let memory_ty = vector(a, c.ty, c.column.width).as_basic_type_enum();
        let memory = a.b.build_alloca(memory_ty.array_type(sums.len() as u32), "")?;
        for (i, v) in sums.iter().enumerate() {
            a.store(*v, a.index(memory_ty, memory, a.int(i as i64))?, 0)?;
        }
        self.count(a.int(0), a.int(rows as i64), |e, r| {
            for p in 0..panels {
                for (g, s) in c.sums.iter().enumerate() {
                    let row = a.add(a.int((g * rows) as i64), r)?;
                    let at = a.add(a.mul(row, a.int(panels as i64))?, a.int(p as i64))?;
                    let ty = vector(a, c.ty, tile.width(p));
                    let v = a.load(ty.into(), a.index(memory_ty, memory, at)?, 0)?.into_vector_value();
                    e.regs.insert(s.result, v);
                }
                e.element(tile, columns, first, r, p)?;
            }
            Ok(())
        })
    }

    /// The epilogue of one row and panel.
    fn element(
        &mut self,
        tile: &TileBody<'_, 'c>,
        columns: IntValue<'c>,
        first: Option<IntValue<'c>>,
        r: IntValue<'c>,
        p: usize,
    ) -> Result<()> {
        let a = self.a;
        let c = tile.c;
        if let (Some(row), Some(first)) = (tile.row, first) {
            self.vars.insert(row.var, a.b.build_int_nsw_add(first, r, "")?);
        }
        let at = a.b.build_int_nsw_add(columns, a.int(p as i64 * c.column.width as i64), "")?;
        self.vars.insert(c.column.var, at);
        let mask = tile.mask.filter(|_| p + 1 == tile.t.panels as usize);
        self.lane = Some(Lane { var: c.column.var, width: tile.width(p), mask });
        for s in &c.epilogue {
            self.block(std::slice::from_ref(*s))?;
        }
        self.lane = None;
        if let (Some(row), Some(first)) = (tile.row, first) {
            self.vars.insert(row.var, first);
        }
        self.vars.insert(c.column.var, columns);
        Ok(())
    }
}

/// A tile that is being written.
struct TileBody<'a, 'c> {
    c: &'a Contraction<'a>,
    row: Option<&'a Loop>,
    t: Tile,
    /// Elements in a vector of the last panel.
    last: u32,
    /// Columns of the last panel that exist.
    mask: Option<VectorValue<'c>>,
}

impl TileBody<'_, '_> {
    /// Elements in a vector of a panel.
    fn width(&self, panel: usize) -> u32 {
        if panel + 1 == self.t.panels as usize { self.last } else { self.c.column.width }
    }
}

impl Contraction<'_> {
    /// The variables that a tile is computed at, but the taps'.
    fn variables(&self) -> Vec<Var> {
        let mut out: Vec<Var> = self.rows.iter().map(|l| l.var).collect();
        let mut add = |v: Var| {
            if !out.contains(&v) && self.taps.iter().all(|l| l.var != v) {
                out.push(v);
            }
        };
        add(self.column.var);
        let at = |at: &[Index], add: &mut dyn FnMut(Var)| at.iter().flat_map(|i| &i.terms).for_each(|t| add(t.0));
        for s in &self.sums {
            at(s.a.at, &mut add);
            at(s.b.at, &mut add);
        }
        for s in &self.epilogue {
            match s {
                Stmt::Let(_, Op::Load(_, i) | Op::Pad(_, i, _)) | Stmt::Store(_, i, _) => at(i, &mut add),
                Stmt::Let(_, Op::At(v)) => add(*v),
                _ => {}
            }
        }
        out
    }

    /// Registers of the epilogue that are defined outside the contraction.
    fn outer(&self) -> Vec<Reg> {
        let mut own: Vec<Reg> = self.sums.iter().map(|s| s.result).collect();
        let mut out = vec![];
        for s in &self.epilogue {
            let used = match s {
                Stmt::Let(_, op) => op.operands(),
                Stmt::Store(_, _, r) => vec![*r],
                Stmt::For(_) => vec![],
            };
            out.extend(used.into_iter().filter(|r| !own.contains(r)).collect::<Vec<_>>());
            if let Stmt::Let(r, _) = s {
                own.push(*r);
            }
        }
        out.sort();
        out.dedup();
        out
    }
}
