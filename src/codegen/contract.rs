//! Contractions in register tiles.
//!
//! A tile is a function of its own: some rows by some panels of columns, all taps, then the epilogue on the accumulators. Around it stand
//! the loops over groups of panels and over rows, which are shared out as equally as possible, so that few tiles are small. The taps' inner
//! loop is not unrolled: LLVM's scheduler then keeps the accumulators in registers.

use super::asm::{V, internal};
use super::isa::{Tile, shares};
use super::kernel::{Emit, Lane, constant, page, splat, splat_int, vector};
use super::parallel::Part;
use crate::diag::Result;
use crate::kernel::contract::{Contraction, Place, Sum};
use crate::kernel::{Extent, Index, Kernel, Loop, Number, Op, Reg, Stmt, Strides, UnOp, Var};
use inkwell::IntPredicate;
use inkwell::module::Linkage;
use inkwell::types::{BasicMetadataTypeEnum, BasicType, VectorType};
use inkwell::values::{FunctionValue, IntValue, PointerValue, VectorValue};
use std::collections::HashMap;

/// More rows than this inside one walk over the columns, and they fall out of the cache.
const ROWS_IN_CACHE: i64 = 256;

/// Bytes of weights that do not stay in the cache beside other data.
const MUCH: i64 = 1 << 18;

/// Rows that share a walk over the columns when there are many.
const BLOCK: i64 = 104;

/// Groups of panels of the same size.
struct Groups<'c> {
    /// First panel.
    start: IntValue<'c>,
    count: IntValue<'c>,
    panels: u32,
    last: Last,
}

/// The vectors of a group's last panel: narrower where few columns are left.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Last {
    width: u32,
    /// Some of their lanes do not exist.
    masked: bool,
}

impl Last {
    /// For so many columns of a panel.
    fn of(columns: i64, width: u32) -> Last {
        let narrow = u32::try_from(columns).unwrap_or(width).next_power_of_two().clamp(width / 4, width);
        Last { width: narrow, masked: columns != narrow as i64 }
    }
}

/// What threads share.
#[derive(Clone, Copy, PartialEq)]
enum Split {
    Panels,
    /// A loop around the tiles.
    Rows(Var),
    Tiles,
}

/// How a contraction is cut.
struct Schedule<'k, 'c> {
    split: Split,
    part: Option<Part<'c>>,
    tile: Tile,
    /// Loops around everything.
    outside: Vec<&'k Loop>,
    /// Loops inside a group of panels.
    inside: Vec<&'k Loop>,
    /// The loop whose iterations are a tile's rows.
    row: Option<&'k Loop>,
    /// Panels of columns, when known.
    columns: Option<f64>,
}

fn known(e: Extent) -> Option<i64> {
    match e {
        Extent::Const(n) => Some(n),
        Extent::Sym(_) => None,
    }
}

impl<'k, 'c> Schedule<'k, 'c> {
    fn new(e: &Emit<'_, 'c>, c: &Contraction<'k>, part: Option<Part<'c>>) -> Schedule<'k, 'c> {
        let still = |l: &Loop| c.sums.iter().all(|s| s.b.at.iter().all(|i| i.coefficient(l.var) == 0));
        let mut outside = c.rows.clone();
        let row = outside.pop_if(|l| still(l));
        let mut inside = vec![];
        let mut rows = row.and_then(|l| known(l.extent)).unwrap_or(ROWS_IN_CACHE);
        while let Some(l) = outside.last()
            && let Some(n) = known(l.extent)
            && still(l)
            && n.saturating_mul(rows) <= ROWS_IN_CACHE
        {
            rows *= n;
            inside.insert(0, *l);
            outside.pop();
        }
        let width = c.column.width as i64;
        let columns = known(c.column.extent);
        let panels = columns.map(|n| (n + width - 1) / width);
        let last = columns.map_or(width, |n| Last::of((n - 1).rem_euclid(width) + 1, c.column.width).width as i64);
        let work = panels.map(|p| (p - 1) as f64 + last as f64 / width as f64);
        let tile = e.isa.tile(row.map_or(Some(1), |l| known(l.extent)), work, c.sums.len() as u32);
        let threads = e.a.threads as i64;
        let many = |l: &&Loop| known(l.extent).is_some_and(|n| n >= 3 * threads);
        let groups = panels.map_or(0, |p| (p + tile.panels as i64 - 1) / tile.panels as i64);
        // Parts of the weights, when there are enough of them: each processor then keeps its own in its cache.
        let split = match outside.iter().chain(&inside).find(|l| many(l)) {
            _ if groups >= 4 * threads || groups >= threads && groups % threads == 0 => Split::Panels,
            Some(l) => Split::Rows(l.var),
            None => Split::Tiles,
        };
        Schedule { split, part, tile, outside, inside, row, columns: work }
    }
}

/// Whether [`Emit::contraction`] can write it: what is padded must not depend on the innermost taps.
pub fn fits(k: &Kernel, c: &Contraction) -> bool {
    let Some(inner) = c.taps.last() else { return false };
    let whole = c.column.width as u64 * c.ty.size() == 64;
    whole
        && c.sums.iter().all(|s| {
            let checked = checks(k, &s.a);
            !s.a.padded
                || known(inner.extent).is_some()
                    && checked.iter().all(|d| s.a.at[*d].coefficient(inner.var) == 0)
                    && step_of(k, &s.a, inner.var).is_some_and(|n| n >= 0)
        })
}

/// Elements from one iteration of a variable to the next, when that is a constant.
fn step_of(k: &Kernel, p: &Place, v: Var) -> Option<i64> {
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
fn checks(k: &Kernel, p: &Place) -> Vec<usize> {
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
    /// Writes a contraction that [`fits`].
    pub(super) fn contraction(&mut self, c: &Contraction) -> Result<()> {
        let a = self.a;
        let part = self.part.take();
        let s = Schedule::new(self, c, part);
        let mut tiles = HashMap::new();
        let turning = self.around.take();
        self.nest(&s, &s.outside, &mut |e| {
            let turning = turning.filter(|_| s.outside.is_empty() && c.reads_much(e.k));
            let Some(row) = s.row else { return e.one_row(c, &s, turning) };
            match known(row.extent) {
                Some(n) => {
                    e.around = turning.filter(|_| n <= s.tile.rows as i64);
                    e.all_rows(c, &s, row, &mut tiles)
                }
                None => {
                    // One row is usual where sizes are not known, and wants tiles of other forms.
                    let (one, more, end) = (a.block("one")?, a.block("more")?, a.block("end")?);
                    let rows = e.extent(row.extent)?;
                    a.cond(a.icmp(IntPredicate::EQ, rows, a.int(1))?, one, more)?;
                    a.at(one);
                    e.vars.insert(row.var, a.int(0));
                    let tile = e.isa.tile(Some(1), s.columns, c.sums.len() as u32);
                    let inside = s.inside.clone();
                    let outside = s.outside.clone();
                    e.one_row(c, &Schedule { tile, row: None, inside, outside, ..s }, turning)?;
                    a.br(end)?;
                    a.at(more);
                    e.all_rows(c, &s, row, &mut tiles)?;
                    a.br(end)?;
                    a.at(end);
                    Ok(())
                }
            }
        })?;
        self.around = turning;
        Ok(())
    }

    /// A contraction without rows, or at the only one. `turning` is a loop around it all that reads the same weights each time: every other
    /// time backwards, so that the cache still has those that it begins with.
    fn one_row(&mut self, c: &Contraction, s: &Schedule<'_, 'c>, turning: Option<Var>) -> Result<()> {
        let a = self.a;
        let one = a.int(1);
        self.around = turning;
        // What cannot be cut is for one of the threads.
        let (from, to) = self.range(s.part.filter(|_| s.split == Split::Tiles), one)?;
        let mut tiles = HashMap::new();
        self.count(from, to, |e, _| e.groups(c, s, &mut tiles, (a.int(0), one), one, one))?;
        self.around = None;
        Ok(())
    }

    fn all_rows(
        &mut self,
        c: &Contraction,
        s: &Schedule<'_, 'c>,
        row: &Loop,
        tiles: &mut HashMap<(Tile, Last), FunctionValue<'c>>,
    ) -> Result<()> {
        let a = self.a;
        let rows = self.extent(row.extent)?;
        let most = a.int(s.tile.rows as i64);
        let parts = a.b.build_int_signed_div(a.add(rows, a.int(s.tile.rows as i64 - 1))?, most, "")?;
        let (first, last) = self.range(s.part.filter(|_| s.split == Split::Tiles), parts)?;
        let block = (BLOCK / s.tile.rows as i64).max(1);
        let whole = known(row.extent).is_some_and(|n| n <= BLOCK + BLOCK / 2) || !s.inside.is_empty();
        if whole {
            return self.groups(c, s, tiles, (first, last), rows, parts);
        }
        let blocks = a.b.build_int_signed_div(a.add(a.sub(last, first)?, a.int(block - 1))?, a.int(block), "")?;
        self.count(a.int(0), blocks, |e, i| {
            let from = a.add(first, a.mul(i, a.int(block))?)?;
            let to = a.add(from, a.int(block))?;
            let to = a.select_int(a.icmp(IntPredicate::SLT, to, last)?, to, last)?;
            e.groups(c, s, tiles, (from, to), rows, parts)
        })
    }

    /// Whether this is an odd time around, when something turns with it.
    fn is_odd(&self) -> Result<Option<IntValue<'c>>> {
        let Some(i) = self.around.and_then(|v| self.vars.get(&v)) else { return Ok(None) };
        let odd = self.a.and(*i, self.a.int(1))?;
        Ok(Some(self.a.icmp(IntPredicate::NE, odd, self.a.int(0))?))
    }

    /// Plain loops around `body`.
    fn nest(&mut self, s: &Schedule<'_, 'c>, loops: &[&Loop], body: &mut dyn FnMut(&mut Self) -> Result<()>) -> Result<()> {
        let Some((first, rest)) = loops.split_first() else { return body(self) };
        let n = self.extent(first.extent)?;
        let (from, to) = self.range(s.part.filter(|_| s.split == Split::Rows(first.var)), n)?;
        self.count(from, to, |e, i| {
            e.vars.insert(first.var, i);
            e.nest(s, rest, body)
        })
    }

    /// A loop from one number to another.
    pub(super) fn count(
        &mut self,
        from: IntValue<'c>,
        to: IntValue<'c>,
        body: impl FnOnce(&mut Self, IntValue<'c>) -> Result<()>,
    ) -> Result<()> {
        self.fold(from, to, vec![], |e, i, _| {
            body(e, i)?;
            Ok(vec![])
        })?;
        Ok(())
    }

    /// A loop that carries vectors.
    fn fold(
        &mut self,
        from: IntValue<'c>,
        to: IntValue<'c>,
        start: Vec<VectorValue<'c>>,
        body: impl FnOnce(&mut Self, IntValue<'c>, Vec<VectorValue<'c>>) -> Result<Vec<VectorValue<'c>>>,
    ) -> Result<Vec<VectorValue<'c>>> {
        let a = self.a;
        let (head, inside, exit) = (a.block("loop")?, a.block("body")?, a.block("exit")?);
        let before = a.here()?;
        a.br(head)?;
        a.at(head);
        let i = a.phi(a.i64.into(), &[(from.into(), before)])?;
        let mut phis = vec![];
        for s in &start {
            phis.push(a.phi(s.get_type().into(), &[((*s).into(), before)])?);
        }
        let at = i.as_basic_value().into_int_value();
        a.cond(a.icmp(IntPredicate::SLT, at, to)?, inside, exit)?;
        a.at(inside);
        let carried: Vec<VectorValue> = phis.iter().map(|p| p.as_basic_value().into_vector_value()).collect();
        let next = body(self, at, carried.clone())?;
        let last = a.here()?;
        let step = a.b.build_int_nsw_add(at, a.int(1), "")?;
        a.br(head)?;
        i.add_incoming(&[(&step, last)]);
        for (p, v) in phis.iter().zip(&next) {
            p.add_incoming(&[(v, last)]);
        }
        a.at(exit);
        Ok(carried)
    }

    /// All groups of panels over the tiles `range` of `parts` that share `rows`.
    fn groups(
        &mut self,
        c: &Contraction,
        s: &Schedule<'_, 'c>,
        tiles: &mut HashMap<(Tile, Last), FunctionValue<'c>>,
        range: (IntValue<'c>, IntValue<'c>),
        rows: IntValue<'c>,
        parts: IntValue<'c>,
    ) -> Result<()> {
        let a = self.a;
        for g in self.cut(c, s.tile.panels)? {
            let (from, to) = self.range(s.part.filter(|_| s.split == Split::Panels), g.count)?;
            let odd = self.is_odd()?;
            self.count(from, to, |e, i| {
                let i = match odd {
                    Some(odd) => a.select_int(odd, a.sub(a.sub(a.add(from, to)?, a.int(1))?, i)?, i)?,
                    None => i,
                };
                let panel = a.add(g.start, a.mul(i, a.int(g.panels as i64))?)?;
                let first = a.mul(panel, a.int(c.column.width as i64))?;
                e.vars.insert(c.column.var, first);
                e.nest(s, &s.inside, &mut |e| {
                    let Some(row) = s.row else {
                        let f = e.tile(c, None, Tile { rows: 1, panels: g.panels }, g.last, tiles)?;
                        return e.run(c, f);
                    };
                    e.tiles(c, row, s.tile.rows, &g, range, (rows, parts), tiles)
                })
            })?;
        }
        Ok(())
    }

    /// The panels in groups.
    fn cut(&self, c: &Contraction, most: u32) -> Result<Vec<Groups<'c>>> {
        let a = self.a;
        let width = c.column.width as i64;
        let whole = Last::of(width, c.column.width);
        let mut out = vec![];
        match c.column.extent {
            Extent::Const(n) => {
                let mut start = 0;
                let parts = shares((n + width - 1) / width, most as i64);
                let rest = n % width;
                for (i, (panels, count)) in parts.iter().enumerate() {
                    let apart = rest != 0 && i + 1 == parts.len();
                    let mut add = |count: i64, last: Last| {
                        if count > 0 {
                            out.push(Groups { start: a.int(start), count: a.int(count), panels: *panels as u32, last });
                            start += panels * count;
                        }
                    };
                    add(count - apart as i64, whole);
                    add(apart as i64, Last::of(rest, c.column.width));
                }
            }
            e @ Extent::Sym(_) => {
                let n = self.extent(e)?;
                let all = a.b.build_int_signed_div(n, a.int(width), "")?;
                let groups = a.b.build_int_signed_div(all, a.int(most as i64), "")?;
                let done = a.mul(groups, a.int(most as i64))?;
                out.push(Groups { start: a.int(0), count: groups, panels: most, last: whole });
                if most > 1 {
                    out.push(Groups { start: done, count: a.sub(all, done)?, panels: 1, last: whole });
                }
                let rest = a.icmp(IntPredicate::SLT, a.mul(all, a.int(width))?, n)?;
                out.push(Groups { start: all, count: a.zext(rest)?, panels: 1, last: Last { masked: true, ..whole } });
            }
        }
        Ok(out)
    }

    /// The row tiles of a range, over one group of panels.
    #[allow(clippy::too_many_arguments)]
    fn tiles(
        &mut self,
        c: &Contraction,
        row: &Loop,
        most: u32,
        g: &Groups<'c>,
        range: (IntValue<'c>, IntValue<'c>),
        (rows, parts): (IntValue<'c>, IntValue<'c>),
        tiles: &mut HashMap<(Tile, Last), FunctionValue<'c>>,
    ) -> Result<()> {
        let Some(n) = known(row.extent) else { return self.whole_tiles(c, row, most, g, range, rows, tiles) };
        let a = self.a;
        let sizes: Vec<u32> = shares(n, most as i64).iter().map(|s| s.0 as u32).collect();
        // Never divides by zero: without parts the loop below does not run.
        let some = a.select_int(a.icmp(IntPredicate::EQ, parts, a.int(0))?, a.int(1), parts)?;
        let base = a.b.build_int_signed_div(rows, some, "")?;
        let larger = a.b.build_int_signed_rem(rows, some, "")?;
        self.count(range.0, range.1, |e, t| {
            let is_larger = a.icmp(IntPredicate::SLT, t, larger)?;
            let before = a.select_int(is_larger, t, larger)?;
            let start = a.add(a.mul(t, base)?, before)?;
            let size = a.add(base, a.zext(is_larger)?)?;
            e.vars.insert(row.var, start);
            let mut cases = vec![];
            let (here, end) = (a.here()?, a.block("tiled")?);
            for n in &sizes {
                let case = a.block("tile")?;
                a.at(case);
                let f = e.tile(c, Some(row), Tile { rows: *n, panels: g.panels }, g.last, tiles)?;
                a.at(case);
                e.run(c, f)?;
                a.br(end)?;
                cases.push((a.int(*n as i64), case));
            }
            a.at(here);
            match &cases[..] {
                [] => a.br(end)?,
                [.., last] => {
                    a.b.build_switch(size, last.1, &cases[..cases.len() - 1])?;
                }
            }
            a.at(end);
            Ok(())
        })
    }

    /// The row tiles of a range when the number of rows is not known: as large as they can be, the rows that are left in a few smaller ones.
    #[allow(clippy::too_many_arguments)]
    fn whole_tiles(
        &mut self,
        c: &Contraction,
        row: &Loop,
        most: u32,
        g: &Groups<'c>,
        range: (IntValue<'c>, IntValue<'c>),
        rows: IntValue<'c>,
        tiles: &mut HashMap<(Tile, Last), FunctionValue<'c>>,
    ) -> Result<()> {
        let a = self.a;
        let smaller: Vec<u32> = (0..most.ilog2() + 1).rev().map(|k| 1 << k).filter(|n| *n < most).collect();
        self.count(range.0, range.1, |e, t| {
            let start = a.mul(t, a.int(most as i64))?;
            let left = a.sub(rows, start)?;
            e.vars.insert(row.var, start);
            let (whole, some, end) = (a.block("whole")?, a.block("some")?, a.block("tiled")?);
            a.cond(a.icmp(IntPredicate::SLT, left, a.int(most as i64))?, some, whole)?;
            a.at(whole);
            let f = e.tile(c, Some(row), Tile { rows: most, panels: g.panels }, g.last, tiles)?;
            e.run(c, f)?;
            a.br(end)?;
            a.at(some);
            let mut at = start;
            for n in &smaller {
                let (here, case, next) = (a.here()?, a.block("tile")?, a.block("next")?);
                let size = a.int(*n as i64);
                let has = a.icmp(IntPredicate::NE, a.and(left, size)?, a.int(0))?;
                a.cond(has, case, next)?;
                a.at(case);
                e.vars.insert(row.var, at);
                let f = e.tile(c, Some(row), Tile { rows: *n, panels: g.panels }, g.last, tiles)?;
                e.run(c, f)?;
                let after = a.add(at, size)?;
                a.br(next)?;
                a.at(next);
                at = a.phi(a.i64.into(), &[(at.into(), here), (after.into(), case)])?.as_basic_value().into_int_value();
            }
            a.br(end)?;
            a.at(end);
            Ok(())
        })
    }

    /// Calls a tile function at the variables as they are.
    fn run(&mut self, c: &Contraction, f: FunctionValue<'c>) -> Result<()> {
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
    fn tile(
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
        super::kernel::attributes(a, f, self.k, self.isa);
        a.attribute(f, "noinline");
        let here = a.here()?;
        a.at(a.cx.append_basic_block(f, "entry"));
        let mut inner = Emit {
            a,
            k: self.k,
            f,
            isa: self.isa,
            regs: HashMap::new(),
            vars: HashMap::new(),
            lane: None,
            part: None,
            shared: true,
            around: self.around,
        };
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
                    let x = super::kernel::aligned(a.b.build_load(element, q, "")?, c.ty.size() as u32)?;
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

    /// Whether the operands along the columns take much of a cache that is near.
    fn reads_much(&self, k: &Kernel) -> bool {
        let size = |s: &Sum| -> Option<i64> {
            let b = k.buffer(s.b.buffer);
            let n: i64 = b.dims.iter().map(|d| known(*d)).product::<Option<i64>>()?;
            matches!(b.strides, Strides::Panels { .. }).then_some(n * b.ty.size() as i64)
        };
        self.sums.iter().filter_map(size).max().is_some_and(|bytes| bytes >= MUCH)
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
