//! Contractions in register tiles.
//!
//! A tile is a function of its own: some rows by some panels of columns, all taps, then the epilogue on the accumulators. Around it stand
//! the loops over groups of panels and over rows, which are shared out as equally as possible, so that few tiles are small. The taps' inner
//! loop is not unrolled: LLVM's scheduler then keeps the accumulators in registers.

use super::Emit;
use super::parallel::Part;
use super::tile::{Last, checks, step_of};
use crate::codegen::isa::{Tile, shares};
use crate::diag::Result;
use crate::kernel::contract::{Contraction, Sum};
use crate::kernel::{Extent, Kernel, Loop, Strides, Var};
use inkwell::IntPredicate;
use inkwell::values::{FunctionValue, IntValue, VectorValue};
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

pub(super) fn known(e: Extent) -> Option<i64> {
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
                    // One row is usual where sizes are not known, and wants other tiles if the columns are many.
                    let tile = e.isa.tile(Some(1), s.columns, c.sums.len() as u32);
                    if tile.panels == s.tile.panels && turning.is_none() {
                        return e.all_rows(c, &s, row, &mut tiles);
                    }
                    let (one, more, end) = (a.block("one")?, a.block("more")?, a.block("end")?);
                    let rows = e.extent(row.extent)?;
                    a.cond(a.icmp(IntPredicate::EQ, rows, a.int(1))?, one, more)?;
                    a.at(one);
                    e.vars.insert(row.var, a.int(0));
                    let (inside, outside) = (s.inside.clone(), s.outside.clone());
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
    pub(super) fn fold(
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
}

impl Contraction<'_> {
    /// Whether the operands along the columns take much of a cache that is near.
    fn reads_much(&self, k: &Kernel) -> bool {
        let size = |s: &Sum| -> Option<i64> {
            let b = k.buffer(s.b.buffer);
            let n: i64 = b.dims.iter().map(|d| known(*d)).product::<Option<i64>>()?;
            matches!(b.strides, Strides::Panels { .. }).then_some(n * b.ty.size() as i64)
        };
        self.sums.iter().filter_map(size).max().is_some_and(|bytes| bytes >= MUCH)
    }
}
