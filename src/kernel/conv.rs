//! Convolutions over channels-last images of any rank, as loops: direct, depthwise and transposed; see [`super::winograd`] for small
//! windows. Channels are constants, as weights fix them; other sizes may be symbols.
//!
//! Buffers: the image `[n, sizes…, channels]`, the weights as [`Conv::weights`] says, the result `[n, sizes…, channels]`.

use super::build::Builder;
use super::ir::*;
use super::pack::{Dim, Panels, panel_width};

/// A spatial dimension and the window that moves along it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub input: Extent,
    pub output: Extent,
    pub kernel: i64,
    pub stride: i64,
    /// Before the first element; what lies after the last follows from `output`.
    pub pad: i64,
    pub dilation: i64,
}

/// A convolution's sizes.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    pub ty: Ty,
    pub batch: Extent,
    pub windows: Vec<Window>,
    pub groups: i64,
    /// Of all groups.
    pub channels: i64,
    pub features: i64,
    /// Every input adds to the outputs below its window.
    pub transposed: bool,
}

/// Makes a result's element of its position and the sum.
pub type Epilogue<'a> = &'a mut dyn FnMut(&mut Builder, &[Index], Reg) -> Reg;

/// `a * v + ...`
fn affine(terms: &[(Var, i64)], offset: i64) -> Index {
    Index { terms: terms.iter().copied().filter(|t| t.1 != 0).collect(), offset }
}

impl Window {
    /// Where output `o + from` looks with tap `k`.
    pub(super) fn position(&self, (o, from): (Var, i64), k: i64) -> Index {
        affine(&[(o, self.stride)], from * self.stride - self.pad + k * self.dilation)
    }

    fn walk(&self) -> Walk {
        self.walk_of(0, self.output, matches!(self.regions()[..], [(_, _, true)]))
    }

    /// Some outputs from one on.
    fn walk_of(&self, from: i64, outputs: Extent, inside: bool) -> Walk {
        let reads = (self.stride, self.dilation, from * self.stride - self.pad);
        Walk { outputs, taps: self.kernel, reads, inside, weights: (1, 0), place: (1, from) }
    }

    /// The outputs of a transposed convolution, by their remainder by the stride: those of the same see the same taps.
    fn phases(&self) -> Vec<Walk> {
        let Extent::Const(outputs) = self.output else { return vec![] };
        let (s, d) = (self.stride, self.dilation);
        let phase = |r: i64| {
            let mut seen = (0..self.kernel).filter(|k| (r + self.pad - k * d) % s == 0);
            let first = seen.next();
            let second = seen.next();
            let taps = first.is_some() as i64 + second.is_some() as i64 + seen.count() as i64;
            let first = first.unwrap_or(0);
            let step = second.map_or(0, |k| k - first);
            Walk {
                outputs: Extent::Const(((outputs - r + s - 1) / s).max(0)),
                taps,
                reads: (1, -(step * d / s), (r + self.pad - first * d) / s),
                inside: false,
                weights: (step, first),
                place: (s, r),
            }
        };
        (0..s.min(outputs)).map(phase).collect()
    }

    /// Outputs from, how many, and whether their windows lie inside the input.
    pub(super) fn regions(&self) -> Vec<(i64, Extent, bool)> {
        let (Extent::Const(input), Extent::Const(output)) = (self.input, self.output) else {
            return vec![(0, self.output, false)];
        };
        let first = ((self.pad + self.stride - 1) / self.stride).clamp(0, output);
        let reach = input - 1 + self.pad - (self.kernel - 1) * self.dilation;
        let end = if reach < 0 { 0 } else { reach / self.stride + 1 }.clamp(first, output);
        [(0, first, false), (first, end - first, true), (end, output - end, false)]
            .into_iter()
            .filter(|r| r.1 > 0)
            .map(|(from, n, inside)| (from, Extent::Const(n), inside))
            .collect()
    }
}

/// How one dimension's loops over outputs `o` and taps `k` go through the buffers.
#[derive(Clone, Copy)]
struct Walk {
    outputs: Extent,
    taps: i64,
    /// The input is read at `o * reads.0 + k * reads.1 + reads.2`.
    reads: (i64, i64, i64),
    /// Which stays inside.
    inside: bool,
    /// The weight is at `k * weights.0 + weights.1`.
    weights: (i64, i64),
    /// The output is at `o * place.0 + place.1`.
    place: (i64, i64),
}

/// Channels that are few.
const FEW: i64 = 16;

/// Takes two dimensions together, the first of them `from` the end.
fn flatten(dims: &mut Vec<Extent>, from: usize) {
    let Some(at) = dims.len().checked_sub(from) else { return };
    if let (Extent::Const(n), Some(Extent::Const(m))) = (dims[at], dims.get(at + 1).copied()) {
        dims.splice(at..at + 2, [Extent::Const(n * m)]);
    }
}

/// Names of spatial dimensions' variables.
const OUT: [&str; 3] = ["oz", "oy", "ox"];
const TAP: [&str; 3] = ["kz", "ky", "kx"];

impl Conv {
    /// With the spatial dimensions of a pointwise convolution taken together, as far as they are known.
    pub fn simplified(mut self) -> Conv {
        let pointwise = self.windows.iter().all(|w| (w.kernel, w.stride, w.pad) == (1, 1, 0));
        let known: Option<i64> =
            self.windows.iter().map(|w| if let Extent::Const(n) = w.input { Some(n) } else { None }).product();
        if let (true, Some(n)) = (pointwise, known) {
            let n = Extent::Const(n);
            self.windows = vec![Window { input: n, output: n, kernel: 1, stride: 1, pad: 0, dilation: 1 }];
        }
        self
    }

    /// Every channel has one feature, made of it alone.
    pub fn is_depthwise(&self) -> bool {
        self.groups == self.channels && self.groups == self.features && self.groups > 1
    }

    pub fn input_dims(&self) -> Vec<Extent> {
        self.dims(|w| w.input, self.channels)
    }

    pub fn output_dims(&self) -> Vec<Extent> {
        self.dims(|w| w.output, self.features)
    }

    fn dims(&self, of: impl Fn(&Window) -> Extent, channels: i64) -> Vec<Extent> {
        let spatial = self.windows.iter().map(of);
        [self.batch].into_iter().chain(spatial).chain([Extent::Const(channels)]).collect()
    }

    /// Dimensions and order of the weights: `[window…, channel, feature]` in panels, with several groups these first; of a depthwise
    /// convolution `[window…, channel]`.
    pub fn weights(&self) -> (Vec<Extent>, Strides) {
        let window = self.windows.iter().map(|w| w.kernel);
        if self.is_depthwise() {
            return (window.chain([self.channels]).map(Extent::Const).collect(), Strides::Contiguous);
        }
        let batch = (self.groups > 1) as u32;
        let groups = (self.groups > 1).then_some(self.groups);
        let rest = [self.channels / self.groups, self.features / self.groups];
        let dims = groups.into_iter().chain(window).chain(rest).map(Extent::Const).collect();
        (dims, Strides::Panels { batch, width: panel_width(self.ty) })
    }

    /// The order of the weights as PyTorch keeps them, `[features, channels of a group, window…]` (of a transposed convolution the first two
    /// exchanged), in [`Conv::weights`].
    pub fn panels(&self) -> Panels {
        let dim = |extent: i64, stride: i64| Dim { extent: extent.max(0) as usize, stride: stride.max(0) as usize };
        let size: i64 = self.windows.iter().map(|w| w.kernel).product();
        let (channels, features) = (self.channels / self.groups, self.features / self.groups);
        let mut inner = vec![];
        let mut stride = size;
        for w in &self.windows {
            stride /= w.kernel.max(1);
            inner.push(dim(w.kernel, stride));
        }
        if self.is_depthwise() {
            return Panels { batch: vec![], inner, column: dim(self.channels, size), width: self.channels.max(1) as usize };
        }
        let (channel, feature) = if self.transposed { (features * size, size) } else { (size, channels * size) };
        inner.push(dim(channels, channel));
        let group = if self.transposed { channels * features } else { features * channels } * size;
        let batch = if self.groups > 1 { vec![dim(self.groups, group)] } else { vec![] };
        Panels { batch, inner, column: dim(features, feature), width: panel_width(self.ty) as usize }
    }

    /// With few channels, those of a window's last dimension are taken together: where the window is inside the image, they are one run.
    fn is_flat(&self) -> bool {
        let Some(last) = self.windows.last() else { return false };
        let runs = last.dilation == 1 && last.kernel > 1 && last.regions().iter().any(|r| r.2 && r.1 != Extent::Const(0));
        runs && self.groups == 1 && self.channels <= FEW && !self.transposed && matches!(last.input, Extent::Const(_))
    }

    /// Declares the three buffers.
    pub fn buffers(&self, b: &mut Builder) -> [BufferId; 3] {
        let (mut dims, strides) = self.weights();
        let mut image = self.input_dims();
        if self.is_flat() {
            flatten(&mut image, 2);
            flatten(&mut dims, 3);
        }
        let x = b.buffer("x", Access::In, self.ty, &image, Strides::Contiguous);
        let w = b.buffer("w", Access::In, self.ty, &dims, strides);
        [x, w, b.buffer("y", Access::Out, self.ty, &self.output_dims(), Strides::Contiguous)]
    }

    /// Whether these loops can be written: a transposed convolution's outputs must be known.
    pub fn fits(&self) -> bool {
        !self.transposed || !self.is_depthwise() && self.windows.iter().all(|w| matches!(w.output, Extent::Const(_)))
    }

    /// The convolution by its definition.
    pub fn direct(&self, b: &mut Builder, buffers: [BufferId; 3], epilogue: Epilogue) {
        if self.is_depthwise() {
            return self.depthwise(b, buffers, epilogue);
        }
        let zero = b.number(self.ty, 0.0);
        let last = self.windows.len().saturating_sub(1);
        let walks = self.windows.iter().enumerate().map(|(d, w)| match self.transposed {
            true => w.phases(),
            false if d == last && self.is_flat() => {
                w.regions().into_iter().map(|(from, n, inside)| w.walk_of(from, n, inside)).collect()
            }
            false => vec![w.walk()],
        });
        let all = walks.fold(vec![vec![]], |outer: Vec<Vec<Walk>>, walks| {
            outer.iter().flat_map(|o| walks.iter().map(move |w| o.iter().copied().chain([*w]).collect())).collect()
        });
        for walks in all {
            self.nest(b, &walks, buffers, zero, epilogue);
        }
    }

    /// Loops over outputs and their taps.
    fn nest(&self, b: &mut Builder, walks: &[Walk], [x, w, y]: [BufferId; 3], zero: Reg, epilogue: Epilogue) {
        let rank = walks.len();
        let (channels, features) = (self.channels / self.groups, self.features / self.groups);
        let grouped = self.groups > 1;
        let mut rows = vec![("n", self.batch)];
        if grouped {
            rows.push(("g", Extent::Const(self.groups)));
        }
        let first = rows.len();
        rows.extend(walks.iter().zip(&OUT[3 - rank..]).map(|(w, name)| (*name, w.outputs)));
        let flat = self.is_flat();
        // One loop for the last dimension's taps and the channels.
        let run = flat && walks[rank - 1].inside;
        let mut loops: Vec<(&str, Extent)> =
            walks.iter().zip(&TAP[3 - rank..]).map(|(w, name)| (*name, Extent::Const(w.taps))).collect();
        if run {
            loops.pop();
        }
        loops.push(("c", Extent::Const(if run { walks[rank - 1].taps * channels } else { channels })));
        let column = ("j", Extent::Const(features), panel_width(self.ty));
        let group = |vars: &[Var], size: i64, v: Var| {
            if grouped { affine(&[(vars[1], size), (v, 1)], 0) } else { Index::var(v) }
        };
        let products = |b: &mut Builder, vars: &[Var]| {
            let (o, j, k) = (&vars[first..first + rank], vars[first + rank], &vars[first + rank + 1..]);
            let c = k[k.len() - 1];
            let mut at = vec![Index::var(vars[0])];
            for (d, w) in walks.iter().enumerate() {
                let (by, tap, start) = w.reads;
                at.push(match (d + 1 == rank && flat, run) {
                    (false, _) => affine(&[(o[d], by), (k[d], tap)], start),
                    (true, false) => affine(&[(o[d], by * channels), (k[d], tap * channels), (c, 1)], start * channels),
                    (true, true) => affine(&[(o[d], by * channels), (c, 1)], start * channels),
                });
            }
            if !flat {
                at.push(group(vars, channels, c));
            }
            let value = if walks.iter().all(|w| w.inside) { b.load(x, at) } else { b.pad(x, at, zero) };
            let mut at: Vec<Index> = if grouped { vec![Index::var(vars[1])] } else { vec![] };
            for (d, w) in walks.iter().enumerate() {
                let (tap, start) = w.weights;
                match (d + 1 == rank && flat, run) {
                    (false, _) => at.push(affine(&[(k[d], tap)], start)),
                    (true, false) => at.push(affine(&[(k[d], channels), (c, 1)], 0)),
                    (true, true) => at.push(Index::var(c)),
                }
            }
            if !flat {
                at.push(Index::var(c));
            }
            at.push(Index::var(j));
            vec![(value, b.load(w, at))]
        };
        b.contract(&rows, column, &loops, products, |b, vars, sums| {
            let mut at = vec![Index::var(vars[0])];
            at.extend((0..rank).map(|d| affine(&[(vars[first + d], walks[d].place.0)], walks[d].place.1)));
            at.push(group(vars, features, vars[first + rank]));
            let r = epilogue(b, &at, sums[0]);
            b.store(y, at, r);
        });
    }

    /// Windows of one channel: many channels at a time, window after window; inside the image without looking for its border.
    fn depthwise(&self, b: &mut Builder, [x, w, y]: [BufferId; 3], epilogue: Epilogue) {
        let ty = self.ty;
        let zero = b.number(ty, 0.0);
        let n = b.begin("n", self.batch, 1);
        let taps = taps(&self.windows);
        sweep(b, &self.windows, (Extent::Const(self.channels), panel_width(ty)), &mut |b, o, c, inside| {
            let mut sum = None;
            for k in &taps {
                let mut at = vec![Index::var(n)];
                at.extend(self.windows.iter().zip(o).zip(k).map(|((w, o), k)| w.position(*o, *k)));
                at.push(Index::var(c));
                let value = if inside { b.load(x, at) } else { b.pad(x, at, zero) };
                let mut at: Vec<Index> = k.iter().map(|k| Index::constant(*k)).collect();
                at.push(Index::var(c));
                let weight = b.load(w, at);
                sum = Some(match sum {
                    Some(s) => b.fma(value, weight, s),
                    None => b.bin(BinOp::Mul, value, weight),
                });
            }
            let mut at = vec![Index::var(n)];
            at.extend(o.iter().map(|(v, from)| affine(&[(*v, 1)], *from)));
            at.push(Index::var(c));
            let r = epilogue(b, &at, sum.unwrap_or(zero));
            b.store(y, at, r);
        });
        b.end(&[]);
    }
}

/// All positions in a window.
pub(super) fn taps(windows: &[Window]) -> Vec<Vec<i64>> {
    windows.iter().fold(vec![vec![]], |outer, w| {
        outer.iter().flat_map(|k| (0..w.kernel).map(move |i| k.iter().copied().chain([i]).collect())).collect()
    })
}

/// Loops over all outputs of `windows`, region by region, and many channels at a time: along the last dimension one vector of channels
/// after the other, so that what it needs of the weights stays in registers. `body` gets each dimension's variable with what is to be
/// added to it, the channel, and whether the whole window is inside.
pub(super) fn sweep(
    b: &mut Builder,
    windows: &[Window],
    channels: (Extent, u32),
    body: &mut dyn FnMut(&mut Builder, &[(Var, i64)], Var, bool),
) {
    struct Sweep<'a> {
        channels: (Extent, u32),
        outer: Vec<(Var, i64)>,
        body: &'a mut dyn FnMut(&mut Builder, &[(Var, i64)], Var, bool),
    }
    impl Sweep<'_> {
        fn level(&mut self, b: &mut Builder, rest: &[Window], channel: Option<Var>, inside: bool) {
            let channel = match channel {
                None if rest.len() <= 1 => {
                    let c = b.begin("c", self.channels.0, self.channels.1);
                    self.level(b, rest, Some(c), inside);
                    b.end(&[]);
                    return;
                }
                c => c,
            };
            let Some((w, inner)) = rest.split_first() else {
                if let Some(c) = channel {
                    (self.body)(b, &self.outer, c, inside);
                }
                return;
            };
            for (from, n, whole) in w.regions() {
                self.outer.push((b.begin(OUT[3 - rest.len()], n, 1), from));
                self.level(b, inner, channel, inside && whole);
                self.outer.pop();
                b.end(&[]);
            }
        }
    }
    Sweep { channels, outer: vec![], body }.level(b, windows, None, true);
}
