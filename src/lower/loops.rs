//! A group as a kernel: loops over rows, and in each row one loop per stage.
//!
//! A stage ends where a fold's result is needed. Elements that a later stage uses again are read again, computed again when that is
//! cheap, and otherwise kept in a scratch row. A window (a product, a convolution) stands alone with its epilogue.

use super::group::Group;
use super::tensors::{Arg, Factor, Image, OpKind, Origin, Position, SourceId, Tensors, View, contiguous};
use crate::kernel::build::Builder;
use crate::kernel::plan::Scalar;
use crate::kernel::winograd::Algorithm;
use crate::kernel::{Access, BinOp, BufferId, Extent, Fold, Index, Kernel, Op, Reg, Size, Strides, Ty, Var, conv, pool};
use std::collections::HashMap;

/// What a kernel's buffer is.
#[derive(Clone, Debug, PartialEq)]
pub enum Use {
    Source(SourceId, Size),
    /// Bytes that only the kernel uses.
    Scratch(Size),
}

pub struct Built {
    pub kernel: Kernel,
    pub buffers: Vec<Use>,
    pub symbols: Vec<Size>,
    pub params: Vec<Scalar>,
}

/// A loop: size, the steps of every access, and the last axis of the domain that is in it.
#[derive(Clone)]
struct Axis {
    size: Size,
    steps: Vec<Size>,
    last: usize,
}

/// A window and how it reads its factors: by steps along the loops, or by positions that need every axis for itself.
struct Window {
    member: usize,
    fold: Fold,
    taps: Vec<Size>,
    factors: Vec<(Factor, Option<Vec<Size>>)>,
}

struct Loops<'a> {
    t: &'a Tensors,
    g: &'a Group,
    b: Builder,
    out: Built,
    /// Stage of every member: where it is computed; of a fold, where its result is there.
    stage: HashMap<usize, usize>,
    /// Views from outside and their number among the accesses.
    reads: Vec<View>,
    stores: Vec<usize>,
    window: Option<Window>,
    /// The convolution or pooling, and the member whose elements it stores itself.
    image: Option<(usize, usize)>,
    /// Where the element that is computed lies in the domain, when loops do not tell.
    position: Option<Vec<Index>>,
    outer: Vec<Axis>,
    inner: Vec<Axis>,
    vars: Vec<Var>,
    /// Buffers by access.
    buffers: HashMap<usize, BufferId>,
    /// Rows that hold elements of earlier stages.
    kept: HashMap<usize, (BufferId, bool)>,
    rows: HashMap<usize, Reg>,
    here: HashMap<usize, Reg>,
    loaded: HashMap<usize, Reg>,
    now: usize,
}

/// The kernel of a group; `stored` are the members that others need.
pub fn build(t: &Tensors, g: &Group, stored: &[usize], name: &str) -> Built {
    if let [i] = g.members[..]
        && let OpKind::Recurrent(layer) = &t.ops[i].kind
    {
        return super::recurrent::build(t, &t.ops[i], layer, name);
    }
    let out = Built { kernel: Kernel::default(), buffers: vec![], symbols: vec![], params: vec![] };
    let mut l = Loops {
        t,
        g,
        b: Builder::new(name),
        out,
        stage: HashMap::new(),
        reads: vec![],
        stores: stored.to_vec(),
        window: None,
        image: None,
        position: None,
        outer: vec![],
        inner: vec![],
        vars: vec![],
        buffers: HashMap::new(),
        kept: HashMap::new(),
        rows: HashMap::new(),
        here: HashMap::new(),
        loaded: HashMap::new(),
        now: 0,
    };
    l.stages();
    l.accesses();
    l.axes();
    l.emit();
    l.out.kernel = l.b.finish();
    l.out
}

impl Loops<'_> {
    fn member(&self, source: SourceId) -> Option<usize> {
        match self.t.sources[source].origin {
            Origin::Op(i) if self.g.members.contains(&i) => Some(i),
            _ => None,
        }
    }

    fn is_fold(&self, i: usize) -> bool {
        matches!(self.t.ops[i].kind, OpKind::Reduce { .. })
    }

    fn is_row(&self, i: usize) -> bool {
        self.is_fold(i) || self.g.is_of_rows(&self.t.ops[i])
    }

    fn stages(&mut self) {
        for &i in &self.g.members {
            let used =
                self.t.ops[i].views().iter().filter_map(|v| self.member(v.source)).map(|m| self.stage[&m]).max().unwrap_or(0);
            self.stage.insert(i, used + self.is_fold(i) as usize);
        }
    }

    /// Every place that the kernel reads or writes, as steps along the domain's axes.
    fn accesses(&mut self) {
        for &i in &self.g.members {
            let op = &self.t.ops[i];
            if let OpKind::Window { fold, taps, factors } = &op.kind {
                let n = op.domain.len() + taps.len();
                let factors = factors.iter().map(|f| (f.clone(), f.steps(n))).collect();
                self.window = Some(Window { member: i, fold: *fold, taps: taps.clone(), factors });
                continue;
            }
            if matches!(op.kind, OpKind::Image { .. }) {
                let ty = self.t.sources[op.source].ty;
                let fits = |m: &&usize| self.t.sources[self.t.ops[**m].source].ty == ty && self.t.ops[**m].part.is_none();
                self.image = Some((i, self.stores.iter().rev().find(fits).copied().unwrap_or(i)));
                continue;
            }
            for v in op.views() {
                if self.member(v.source).is_none() && !self.reads.contains(v) {
                    self.reads.push(v.clone());
                }
            }
        }
    }

    /// Splits the axes in rows and their elements, and merges those that every access walks as one.
    fn axes(&mut self) {
        let n = self.g.domain.len();
        let mut accesses: Vec<Vec<Size>> = self.reads.iter().map(|v| v.strides.clone()).collect();
        for i in &self.stores {
            let op = &self.t.ops[*i];
            if let Some((_, steps)) = &op.part {
                accesses.push(steps.clone());
                continue;
            }
            let dims = &self.t.sources[op.source].dims;
            let mut steps: Vec<Size> =
                contiguous(dims).into_iter().zip(dims).map(|(s, d)| if d.is(1) { 0.into() } else { s }).collect();
            if let (Some(last), Some(_)) = (steps.last_mut(), &self.window) {
                *last = 1.into();
            }
            accesses.push(steps);
        }
        // An axis whose places are asked for stays by itself.
        for i in &self.g.members {
            if let OpKind::Map { args, .. } = &self.t.ops[*i].kind {
                for axis in args.iter().filter_map(|a| if let Arg::Index(k) = a.0 { Some(k) } else { None }) {
                    accesses.push((0..n).map(|k| ((k == axis) as i64).into()).collect());
                }
            }
        }
        let mut folded = self.g.folded.clone().unwrap_or_else(|| vec![false; n]);
        let mut is_rigid = false;
        if let Some(w) = &self.window {
            // The columns stand alone, whatever their number.
            folded[n - 1] = true;
            for (f, steps) in &w.factors {
                accesses.extend(steps.as_ref().map(|s| s[..n].to_vec()));
                is_rigid |= steps.is_none() && f.panels.is_none();
            }
        }
        if self.image.is_some() {
            folded[n - 1] = true;
            is_rigid = true;
        }
        let keeps = |i: usize| !self.g.domain[i].is(1) || self.image.is_some() || (self.window.is_some() && i == n - 1);
        let of = |want: bool| {
            let mut list: Vec<Axis> = vec![];
            for i in (0..n).filter(|i| folded[*i] == want && keeps(*i)) {
                let steps = accesses.iter().map(|a| a[i].clone()).collect();
                let axis = Axis { size: self.g.domain[i].clone(), steps, last: i };
                match list.last_mut() {
                    Some(last) if !is_rigid && last.steps.iter().zip(&axis.steps).all(|(a, b)| *a == b.times(&axis.size)) => {
                        *last = Axis { size: last.size.times(&axis.size), ..axis };
                    }
                    _ => list.push(axis),
                }
            }
            list
        };
        let (mut outer, mut inner) = (of(false), of(true));
        if inner.is_empty() {
            inner.extend(outer.pop());
        }
        if inner.is_empty() {
            inner.push(Axis { size: 1.into(), steps: vec![0.into(); accesses.len()], last: n });
        }
        (self.outer, self.inner) = (outer, inner);
    }

    fn extent(&mut self, s: &Size) -> Extent {
        if let Some(n) = s.as_const() {
            return Extent::Const(n);
        }
        let at = self.out.symbols.iter().position(|x| x == s).unwrap_or_else(|| {
            self.out.symbols.push(s.clone());
            self.out.symbols.len() - 1
        });
        self.b.symbol(&format!("n{at}"))
    }

    /// The kernel's buffer of an access.
    fn buffer(&mut self, access: usize) -> BufferId {
        if let Some(b) = self.buffers.get(&access) {
            return *b;
        }
        let (ty, what, how, name) = match access.checked_sub(self.reads.len()) {
            None => {
                let v = &self.reads[access];
                let ty = self.t.sources[v.source].ty;
                (ty, Use::Source(v.source, v.offset.clone()), Access::In, format!("x{access}"))
            }
            Some(k) => {
                let op = &self.t.ops[self.stores[k]];
                let from = op.part.as_ref().map_or(0.into(), |p| p.0.clone());
                (self.t.sources[op.source].ty, Use::Source(op.source, from), Access::Out, format!("y{k}"))
            }
        };
        let walked: Vec<(Size, Size)> =
            self.outer.iter().chain(&self.inner).map(|a| (a.size.clone(), a.steps[access].clone())).collect();
        let (mut dims, mut strides) = (vec![], vec![]);
        for (size, step) in walked.iter().filter(|w| !w.1.is(0)) {
            dims.push(self.extent(size));
            strides.push(self.extent(step));
        }
        let b = self.b.buffer(&name, how, ty, &dims, Strides::Of(strides));
        self.out.buffers.push(what);
        self.buffers.insert(access, b);
        b
    }

    fn at(&self, access: usize) -> Vec<Index> {
        let axes = self.outer.iter().chain(&self.inner).filter(|a| !a.steps[access].is(0));
        if let Some(p) = &self.position {
            return axes.map(|a| p[a.last].clone()).collect();
        }
        let axes = self.outer.iter().chain(&self.inner);
        axes.zip(&self.vars).filter(|(a, _)| !a.steps[access].is(0)).map(|(_, v)| Index::var(*v)).collect()
    }

    /// The position of a kept row's element.
    fn kept_at(&self, member: usize) -> (BufferId, Vec<Index>) {
        let (b, is_output) = self.kept[&member];
        if is_output {
            let k = self.stores.iter().position(|s| *s == member).unwrap_or(0);
            return (b, self.at(self.reads.len() + k));
        }
        (b, self.vars[self.outer.len()..].iter().map(|v| Index::var(*v)).collect())
    }

    /// Cheaper to compute again than to keep.
    fn is_cheap(&self, i: usize, depth: usize) -> bool {
        const COSTLY: [&str; 24] = [
            "exp",
            "log",
            "log1p",
            "expm1",
            "log2",
            "log10",
            "exp2",
            "tanh",
            "sigmoid",
            "erf",
            "gelu",
            "silu",
            "mish",
            "softplus",
            "elu",
            "pow",
            "sin",
            "cos",
            "atan2",
            "fmod",
            "remainder",
            "div",
            "log_sigmoid",
            "sqrt",
        ];
        let op = &self.t.ops[i];
        depth < 3
            && !COSTLY.contains(&&*op.name)
            && op
                .views()
                .iter()
                .filter_map(|v| self.member(v.source))
                .all(|m| self.is_row(m) || self.kept.contains_key(&m) || self.is_cheap(m, depth + 1))
    }

    /// Members that a later stage uses and that are not cheap get a row of memory.
    fn keep(&mut self) {
        for &i in &self.g.members {
            for v in self.t.ops[i].views() {
                let Some(m) = self.member(v.source).filter(|m| !self.is_row(*m)) else { continue };
                let place = self.stage[&i] - self.is_fold(i) as usize;
                if self.stage[&m] >= place || self.is_cheap(m, 0) || self.kept.contains_key(&m) {
                    continue;
                }
                if let Some(k) = self.stores.iter().position(|s| *s == m) {
                    let b = self.buffer(self.reads.len() + k);
                    self.kept.insert(m, (b, true));
                    continue;
                }
                let sizes: Vec<Size> = self.inner.iter().map(|a| a.size.clone()).collect();
                let ty = self.t.sources[self.t.ops[m].source].ty;
                let dims: Vec<Extent> = sizes.iter().map(|s| self.extent(s)).collect();
                let b = self.b.buffer(&format!("row{m}"), Access::Scratch, ty, &dims, Strides::Contiguous);
                self.out.buffers.push(Use::Scratch(Size::product(&sizes).times(&(ty.size() as i64).into())));
                self.kept.insert(m, (b, false));
            }
        }
    }

    fn emit(&mut self) {
        let own = self.image.and_then(|(_, m)| self.stores.iter().position(|s| *s == m)).map(|k| self.reads.len() + k);
        for access in (0..self.reads.len() + self.stores.len()).filter(|a| Some(*a) != own) {
            self.buffer(access);
        }
        if let Some((member, stored)) = self.image {
            return self.image(member, stored);
        }
        self.keep();
        for (k, axis) in self.outer.clone().into_iter().enumerate() {
            let n = self.extent(&axis.size);
            let v = self.b.begin(&format!("i{k}"), n, 1);
            self.vars.push(v);
        }
        if let Some(w) = self.window.take() {
            self.contract(&w);
        } else {
            let last = self.g.members.iter().map(|m| self.stage[m]).max().unwrap_or(0);
            for s in 0..=last {
                self.now = s;
                self.row_maps(s);
                self.elements(s);
            }
        }
        for _ in 0..self.outer.len() {
            self.b.end(&[]);
        }
    }

    /// A convolution or pooling, whose loops others write; the epilogue's elements are made one at a time.
    fn image(&mut self, member: usize, stored: usize) {
        let op = &self.t.ops[member];
        let OpKind::Image { image, x, weights } = &op.kind else { return };
        let (batch, channels) = (&x.dims[0], self.extent(&x.dims[x.dims.len() - 1]));
        let mut b = std::mem::replace(&mut self.b, Builder::new(""));
        let mut symbols = std::mem::take(&mut self.out.symbols);
        let mut extent = |s: &Size| match s.as_const() {
            Some(n) => Extent::Const(n),
            None => {
                let at = symbols.iter().position(|x| x == s).unwrap_or_else(|| {
                    symbols.push(s.clone());
                    symbols.len() - 1
                });
                b.symbol(&format!("n{at}"))
            }
        };
        let (conv, windows, first) = (image.conv(batch, &mut extent), image.windows(&mut extent), extent(batch));
        let out = self.t.ops[stored].source;
        self.out.symbols = symbols;
        self.out.buffers.push(Use::Source(x.source, x.offset.clone()));
        self.out.buffers.extend(weights.iter().map(|w| Use::Source(w.source, 0.into())));
        self.out.buffers.push(Use::Source(out, 0.into()));
        let stores: Vec<(usize, usize)> = self.stores.iter().copied().enumerate().filter(|s| s.1 != stored).collect();
        let epilogue = &mut |b: &mut Builder, at: &[Index], sum: Reg| {
            std::mem::swap(&mut self.b, b);
            self.position = Some(at.to_vec());
            self.loaded.clear();
            self.here.clear();
            self.here.insert(member, sum);
            for (k, i) in &stores {
                let r = self.element(*i);
                let access = self.reads.len() + k;
                let (to, at) = (self.buffer(access), self.at(access));
                self.b.store(to, at, r);
            }
            let r = self.element(stored);
            std::mem::swap(&mut self.b, b);
            r
        };
        let mut scratch = vec![];
        match (image, conv) {
            (Image::Conv { algorithm: Algorithm::Winograd(m), .. }, Some(c)) => {
                let buffers = c.winograd_buffers(&mut b, *m);
                scratch.extend(&buffers[3..]);
                c.winograd(&mut b, *m, buffers, epilogue);
            }
            (_, Some(c)) => {
                let buffers = c.buffers(&mut b);
                c.direct(&mut b, buffers, epilogue);
            }
            (Image::Pool { kind, .. }, _) => {
                let dims = |of: fn(&conv::Window) -> Extent| -> Vec<Extent> {
                    [first].into_iter().chain(windows.iter().map(of)).chain([channels]).collect()
                };
                let from = b.buffer("x", Access::In, x.ty, &dims(|w| w.input), Strides::Contiguous);
                let to = b.buffer("y", Access::Out, x.ty, &dims(|w| w.output), Strides::Contiguous);
                pool::pool(&mut b, *kind, first, &windows, channels, [from, to], epilogue);
            }
            _ => {}
        }
        for s in scratch {
            let buffer = b.kernel.buffer(s);
            let elements: i64 = buffer.dims.iter().map(|d| if let Extent::Const(n) = d { *n } else { 0 }).product();
            self.out.buffers.push(Use::Scratch((elements * buffer.ty.size() as i64).into()));
        }
        self.b = b;
    }

    /// The columns of a window, its taps, and what is made of its sums.
    fn contract(&mut self, w: &Window) {
        let ty = self.t.sources[self.t.ops[w.member].source].ty;
        let column = self.inner[0].clone();
        let n = self.extent(&column.size);
        let j = self.b.begin("j", n, 64 / ty.size() as u32);
        self.vars.push(j);
        let zeros: Vec<Option<Reg>> = w.factors.iter().map(|(f, _)| f.padding.map(|x| self.b.number(ty, x))).collect();
        let mut taps = vec![];
        for (k, size) in w.taps.iter().enumerate() {
            let n = self.extent(size);
            taps.push(self.b.begin(&format!("k{k}"), n, 1));
        }
        let mut product = None;
        for (i, (f, steps)) in w.factors.iter().enumerate() {
            let r = match steps {
                Some(steps) => self.stepped(i, f, steps, w, &taps),
                None => self.positioned(i, f, zeros[i], &taps),
            };
            product = Some(match product {
                Some(p) => self.b.bin(BinOp::Mul, p, r),
                None => r,
            });
        }
        let mut sum = product.unwrap_or(Reg(0));
        for _ in &taps {
            sum = self.b.end(&[(w.fold, sum)])[0];
        }
        self.loaded.clear();
        self.here.clear();
        self.here.insert(w.member, sum);
        for (k, i) in self.stores.clone().into_iter().enumerate() {
            let r = self.element(i);
            let access = self.reads.len() + k;
            let b = self.buffer(access);
            let at = self.at(access);
            self.b.store(b, at, r);
        }
        self.b.end(&[]);
    }

    /// A factor that moves by steps along rows, taps and columns.
    fn stepped(&mut self, i: usize, f: &Factor, steps: &[Size], w: &Window, taps: &[Var]) -> Reg {
        let n = self.g.domain.len();
        // The columns come last.
        let mut walked: Vec<(Size, Size, Var)> = vec![];
        for (axis, var) in self.outer.iter().zip(&self.vars) {
            walked.push((axis.size.clone(), steps[axis.last].clone(), *var));
        }
        for (k, var) in taps.iter().enumerate() {
            walked.push((w.taps[k].clone(), steps[n + k].clone(), *var));
        }
        walked.push((self.inner[0].size.clone(), steps[n - 1].clone(), self.vars[self.outer.len()]));
        walked.retain(|x| !x.1.is(0));
        let (mut dims, mut strides, mut at) = (vec![], vec![], vec![]);
        for (size, step, var) in &walked {
            dims.push(self.extent(size));
            strides.push(self.extent(step));
            at.push(Index::var(*var));
        }
        let b = self.b.buffer(&format!("f{i}"), Access::In, f.view.ty, &dims, Strides::Of(strides));
        self.out.buffers.push(Use::Source(f.view.source, f.view.offset.clone()));
        self.b.load(b, at)
    }

    /// A factor that is read at positions, or lies in panels.
    fn positioned(&mut self, i: usize, f: &Factor, padding: Option<Reg>, taps: &[Var]) -> Reg {
        let n = self.g.domain.len();
        let var = |l: &Self, axis: usize| match axis.checked_sub(n) {
            Some(k) => taps.get(k).copied(),
            None => {
                let axes = l.outer.iter().chain(&l.inner);
                axes.zip(&l.vars).find(|(a, _)| a.last == axis).map(|(_, v)| *v)
            }
        };
        let index = |l: &Self, p: &Position| Index {
            terms: p.terms.iter().filter_map(|(axis, c)| Some((var(l, *axis)?, *c))).collect(),
            offset: p.offset,
        };
        let at: Vec<Index> = f.at.iter().map(|p| index(self, p)).collect();
        let dims: Vec<Extent> = f.view.dims.iter().map(|d| self.extent(d)).collect();
        let strides = match f.panels {
            Some(width) => Strides::Panels { batch: 0, width },
            None => Strides::Of(f.view.strides.iter().map(|s| self.extent(s)).collect()),
        };
        let b = self.b.buffer(&format!("f{i}"), Access::In, f.view.ty, &dims, strides);
        self.out.buffers.push(Use::Source(f.view.source, f.view.offset.clone()));
        match padding {
            Some(other) => self.b.pad(b, at, other),
            None => self.b.load(b, at),
        }
    }

    /// What there is one of per row and can be computed now.
    fn row_maps(&mut self, s: usize) {
        self.loaded.clear();
        for &i in &self.g.members {
            if !self.is_row(i) || self.stage[&i] != s {
                continue;
            }
            if !self.is_fold(i) {
                let r = self.compute(i);
                self.rows.insert(i, r);
            }
            if let Some(k) = self.stores.iter().position(|x| *x == i) {
                let (access, r) = (self.reads.len() + k, self.rows[&i]);
                let b = self.buffer(access);
                let at = self.at(access);
                self.b.store(b, at, r);
            }
        }
    }

    /// The loop over a row's elements of one stage.
    fn elements(&mut self, s: usize) {
        let is_now = |l: &Self, i: usize| l.stage[&i] - l.is_fold(i) as usize == s;
        let folds: Vec<usize> = self.g.members.iter().copied().filter(|i| self.is_fold(*i) && is_now(self, *i)).collect();
        let made: Vec<usize> = self
            .g
            .members
            .iter()
            .copied()
            .filter(|i| !self.is_row(*i) && self.stage[i] == s)
            .filter(|i| self.kept.contains_key(i) || self.stores.contains(i))
            .collect();
        if folds.is_empty() && made.is_empty() {
            return;
        }
        self.loaded.clear();
        self.here.clear();
        let outer = self.vars.len();
        let inner = self.inner.clone();
        for (k, axis) in inner.iter().enumerate() {
            let n = self.extent(&axis.size);
            let width = if k + 1 == inner.len() { self.width(&axis.size) } else { 1 };
            let v = self.b.begin(&format!("j{k}"), n, width);
            self.vars.push(v);
        }
        for i in made {
            let r = self.element(i);
            if let Some(k) = self.stores.iter().position(|x| *x == i) {
                let access = self.reads.len() + k;
                let b = self.buffer(access);
                let at = self.at(access);
                self.b.store(b, at, r);
            } else {
                let (b, at) = self.kept_at(i);
                self.b.store(b, at, r);
            }
        }
        let mut accs: Vec<(Fold, Reg)> = vec![];
        for i in &folds {
            if let OpKind::Reduce { fold, arg, .. } = &self.t.ops[*i].kind {
                let r = self.operand(arg);
                accs.push((*fold, r));
            }
        }
        for _ in 0..inner.len() {
            let results = self.b.end(&accs);
            for (a, r) in accs.iter_mut().zip(results) {
                a.1 = r;
            }
        }
        self.vars.truncate(outer);
        self.loaded.clear();
        self.here.clear();
        for (i, (_, r)) in folds.into_iter().zip(accs) {
            self.rows.insert(i, r);
        }
    }

    /// Elements at a time: a register of 64 bytes of the widest type, no more than there are.
    fn width(&self, size: &Size) -> u32 {
        let types = self.g.members.iter().flat_map(|i| {
            let op = &self.t.ops[*i];
            let own = self.t.sources[op.source].ty;
            op.views().iter().map(|v| v.ty.size()).chain([own.size()]).collect::<Vec<_>>()
        });
        let most = 64 / types.max().unwrap_or(4).max(4) as u32;
        size.as_const().map_or(most, |n| (n.max(1) as u32).next_power_of_two().min(most))
    }

    fn operand(&mut self, v: &View) -> Reg {
        if let Some(m) = self.member(v.source) {
            return if self.is_row(m) { self.rows[&m] } else { self.element(m) };
        }
        let access = self.reads.iter().position(|r| r == v).unwrap_or(0);
        if let Some(r) = self.loaded.get(&access) {
            return *r;
        }
        let b = self.buffer(access);
        let at = self.at(access);
        let r = self.b.load(b, at);
        self.loaded.insert(access, r);
        r
    }

    /// A member's element at the place of the loop.
    fn element(&mut self, i: usize) -> Reg {
        if let Some(r) = self.here.get(&i) {
            return *r;
        }
        let r = if self.stage[&i] < self.now && self.kept.contains_key(&i) {
            let (b, at) = self.kept_at(i);
            self.b.load(b, at)
        } else {
            self.compute(i)
        };
        self.here.insert(i, r);
        r
    }

    fn compute(&mut self, i: usize) -> Reg {
        let OpKind::Map { compute, args } = &self.t.ops[i].kind else { return Reg(0) };
        let mut regs = vec![];
        for (arg, ty) in args {
            let r = match arg {
                Arg::Tensor(v) => self.operand(v),
                Arg::Number(n) => self.number(*ty, *n),
                Arg::Param(k) => self.param(*ty, Scalar::Input(*k)),
                Arg::Size(s) => self.param(*ty, Scalar::Size(s.clone())),
                Arg::Index(axis) => self.index(*axis),
            };
            regs.push(self.b.cast(*ty, r));
        }
        let r = compute(&mut self.b, &regs);
        let ty = self.t.sources[self.t.ops[i].source].ty;
        self.b.cast(ty, r)
    }

    /// The place along an axis of the domain.
    fn index(&mut self, axis: usize) -> Reg {
        let axes = self.outer.iter().chain(&self.inner);
        match axes.zip(&self.vars).find(|(a, _)| a.last == axis).map(|(_, v)| *v) {
            Some(v) => self.b.op(Ty::I64, Op::At(v)),
            None => self.b.op(Ty::I64, Op::Const(crate::kernel::Number::Int(0))),
        }
    }

    fn number(&mut self, ty: Ty, n: crate::kernel::Number) -> Reg {
        use crate::kernel::Number;
        let n = match (ty, n) {
            (Ty::Bool, Number::Int(i)) => Number::Bool(i != 0),
            (Ty::Bool, Number::Float(x)) => Number::Bool(x != 0.0),
            (t, Number::Bool(x)) if t.is_float() => Number::Float(x as u8 as f64),
            (t, Number::Bool(x)) if t != Ty::Bool => Number::Int(x as i64),
            (t, Number::Int(i)) if t.is_float() => Number::Float(i as f64),
            (t, Number::Float(x)) if t.is_int() => Number::Int(x as i64),
            (_, n) => n,
        };
        self.b.op(ty, Op::Const(n))
    }

    fn param(&mut self, ty: Ty, s: Scalar) -> Reg {
        let at = match self.out.params.iter().position(|p| *p == s) {
            Some(k) => k as u32,
            None => {
                let own = match &s {
                    Scalar::Input(_) if ty.is_float() => Ty::F64,
                    Scalar::Input(_) if ty == Ty::Bool => Ty::Bool,
                    _ => Ty::I64,
                };
                self.out.params.push(s);
                self.b.param(&format!("p{}", self.out.params.len() - 1), own)
            }
        };
        self.b.op(ty, Op::Param(at))
    }
}
