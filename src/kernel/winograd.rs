//! Winograd's convolution for windows of 3x3 and 5x5: tiles of outputs by fewer products.
//!
//! With windows of `r` by `r`, a tile of `m` by `m` outputs needs `m + r - 1` by as many inputs; both transformed, every point of a tile is a
//! product over the channels. F(2x2, 3x3) works with the points 0, ±1 and is as exact as the definition; F(4x4, 3x3) and F(2x2, 5x5) with
//! 0, ±5/8, ±3/2, at most twice its error.
//! The weights are transformed when they are packed.

use super::build::Builder;
use super::conv::{Conv, Epilogue, Window};
use super::ir::*;
use super::pack::{Dim, Panels, panel_width};

/// How a convolution is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    Direct,
    /// Tiles of that many outputs, 2 or 4, in each dimension.
    Winograd(i64),
}

/// Operations and bytes of weights per second that costs are weighed with; a typical processor's.
const SPEED: f64 = 160e9;
const BANDWIDTH: f64 = 40e9;

/// Tiles whose transformed inputs and outputs stay in the cache.
const TILES: i64 = 56;

/// The points of tiles of six by six inputs besides 0 and infinity, with both signs.
const P: f64 = 5.0 / 8.0;
const Q: f64 = 3.0 / 2.0;

/// Height and width of the outputs of a convolution that Winograd's algorithms compute.
fn sizes(c: &Conv) -> Option<[i64; 2]> {
    let [y, x] = c.windows[..] else { return None };
    let plain = |w: &Window| matches!(w.kernel, 3 | 5) && (w.stride, w.dilation) == (1, 1) && w.pad >= 0;
    let known = |e: Extent| if let Extent::Const(n) = e { Some(n) } else { None };
    let plain = plain(&y) && plain(&x) && y.kernel == x.kernel && c.groups == 1 && c.ty == Ty::F32 && !c.transposed;
    // Positions beyond the image must be known to be there.
    let _ = (known(y.input)?, known(x.input)?);
    plain.then_some([known(y.output)?, known(x.output)?])
}

impl Conv {
    /// The fastest algorithm that is not less exact than twice the definition's error.
    pub fn algorithm(&self) -> Algorithm {
        let Some([h, w]) = sizes(self) else { return Algorithm::Direct };
        if self.channels < 16 || self.features < 16 || h * w == 0 {
            return Algorithm::Direct;
        }
        let products = 2.0 * (self.channels * self.features) as f64;
        let weights = 4.0 * (self.channels * self.features) as f64;
        let taps = self.window() * self.window();
        let direct = products * (taps * h * w) as f64 / SPEED + weights * taps as f64 / BANDWIDTH;
        let mut best = (direct, Algorithm::Direct);
        for m in self.tiles().iter().copied() {
            let tiles = ((h + m - 1) / m) * ((w + m - 1) / m);
            let points = self.points(m) * self.points(m);
            let transforms = (tiles * points * (self.channels + self.features)) as f64 * 16.0 / SPEED;
            let time = products * (points * tiles) as f64 / SPEED + weights * points as f64 / BANDWIDTH + transforms;
            if time < best.0 {
                best = (time, Algorithm::Winograd(m));
            }
        }
        best.1
    }

    /// The sizes of tiles that are exact enough, in each dimension; none where there are no such algorithms.
    pub fn tiles(&self) -> &'static [i64] {
        match sizes(self) {
            None => &[],
            Some(_) if self.window() == 3 => &[2, 4],
            Some(_) => &[2],
        }
    }

    /// Height and width of the window.
    fn window(&self) -> i64 {
        self.windows[0].kernel
    }

    /// Points of a tile of `m` by `m` outputs in each dimension.
    fn points(&self, m: i64) -> i64 {
        m + self.window() - 1
    }

    /// Dimensions and order of the transformed weights: `[point, channel, feature]`.
    pub fn winograd_weights(&self, m: i64) -> (Vec<Extent>, Strides) {
        let dims = [self.points(m) * self.points(m), self.channels, self.features].map(Extent::Const).to_vec();
        (dims, Strides::Panels { batch: 1, width: panel_width(self.ty) })
    }

    /// Weights as PyTorch keeps them, transformed and in the order of [`Conv::winograd_weights`]. `None` when there are too few.
    pub fn winograd_pack(&self, m: i64, w: &[f32]) -> Option<Vec<u8>> {
        let n = |x: i64| usize::try_from(x).ok();
        let (features, channels) = (n(self.features)?, n(self.channels)?);
        let u: Vec<u8> =
            weights(w, features, channels, n(self.window())?, self.points(m))?.iter().flat_map(|x| x.to_le_bytes()).collect();
        self.winograd_panels(m).pack(&u, 4)
    }

    /// The order of the transformed weights.
    fn winograd_panels(&self, m: i64) -> Panels {
        let n = |x: i64| x.max(0) as usize;
        let (features, channels) = (n(self.features), n(self.channels));
        let batch = vec![Dim { extent: n(self.points(m) * self.points(m)), stride: channels * features }];
        let inner = vec![Dim { extent: channels, stride: features }];
        Panels { batch, inner, column: Dim { extent: features, stride: 1 }, width: panel_width(self.ty) as usize }
    }

    /// The number of elements of [`Conv::winograd_pack`].
    pub fn winograd_len(&self, m: i64) -> usize {
        self.winograd_panels(m).len()
    }

    /// Declares the three buffers and two of scratch.
    pub fn winograd_buffers(&self, b: &mut Builder, m: i64) -> [BufferId; 5] {
        let (dims, strides) = self.winograd_weights(m);
        let x = b.buffer("x", Access::In, self.ty, &self.input_dims(), Strides::Contiguous);
        let u = b.buffer("u", Access::In, self.ty, &dims, strides);
        let y = b.buffer("y", Access::Out, self.ty, &self.output_dims(), Strides::Contiguous);
        let tiles = sizes(self).map_or(0, |[h, w]| {
            let across = (w + m - 1) / m;
            across * rows_of_tiles((h + m - 1) / m, across)
        });
        let mut scratch = |name: &str, channels: i64| {
            let dims = [self.points(m) * self.points(m), tiles, channels].map(Extent::Const);
            b.buffer(name, Access::Scratch, self.ty, &dims, Strides::Contiguous)
        };
        [x, u, y, scratch("v", self.channels), scratch("p", self.features)]
    }

    /// The convolution by tiles of `m` by `m`, of which [`Conv::algorithm`] knows. Some rows of tiles at a time: their inputs transformed
    /// into `v`, their products into `p`, these transformed into outputs.
    pub fn winograd(&self, b: &mut Builder, m: i64, [x, u, y, v, p]: [BufferId; 5], epilogue: Epilogue) {
        let Some([h, w]) = sizes(self) else { return };
        let (down, across) = ((h + m - 1) / m, (w + m - 1) / m);
        let rows = rows_of_tiles(down, across);
        let n = b.begin("n", self.batch, 1);
        let whole = if down % rows == 0 && h % m == 0 { down / rows } else { (down - 1) / rows };
        let tile = Tiles { conv: self, m, n, across, size: [h, w] };
        if whole > 0 {
            let block = b.begin("block", Extent::Const(whole), 1);
            tile.block(b, Some((block, rows * m)), 0, rows, [x, u, y, v, p], epilogue);
            b.end(&[]);
        }
        if whole * rows < down {
            tile.block(b, None, whole * rows, down - whole * rows, [x, u, y, v, p], epilogue);
        }
        b.end(&[]);
    }
}

/// Rows of tiles that are worked on at a time.
fn rows_of_tiles(down: i64, across: i64) -> i64 {
    let most = (TILES / across.max(1)).clamp(1, down.max(1));
    // As equal as possible.
    let blocks = (down + most - 1) / most.max(1);
    (down + blocks - 1) / blocks.max(1)
}

struct Tiles<'a> {
    conv: &'a Conv,
    m: i64,
    n: Var,
    across: i64,
    /// The output's.
    size: [i64; 2],
}

impl Tiles<'_> {
    /// `rows` rows of tiles from row `first`; in a loop of blocks, with its variable and the outputs from one block to the next.
    fn block(
        &self,
        b: &mut Builder,
        block: Option<(Var, i64)>,
        first: i64,
        rows: i64,
        [x, u, y, v, p]: [BufferId; 5],
        epilogue: Epilogue,
    ) {
        let (c, m, across) = (self.conv, self.m, self.across);
        let points = c.points(m);
        let width = panel_width(c.ty);
        let pads = [c.windows[0].pad, c.windows[1].pad];
        let zero = b.number(c.ty, 0.0);
        let base = |terms: &[(Var, i64)], offset: i64| Index { terms: terms.to_vec(), offset };
        let in_block: Vec<(Var, i64)> = block.into_iter().collect();
        let above = first * m;
        // Inputs.
        let (r, t) = (b.begin("r", Extent::Const(rows), 1), b.begin("t", Extent::Const(across), 1));
        let k = b.begin("k", Extent::Const(c.channels), width);
        let mut patch = vec![];
        for i in 0..points {
            let mut y = base(&in_block, above + i - pads[0]);
            y.terms.push((r, m));
            for j in 0..points {
                let at = vec![Index::var(self.n), y.clone(), base(&[(t, m)], j - pads[1]), Index::var(k)];
                patch.push(b.pad(x, at, zero));
            }
        }
        let patch = two_ways(b, &patch, points as usize, &mut |b, d| inputs(b, d));
        for (i, value) in patch.into_iter().enumerate() {
            b.store(v, vec![Index::constant(i as i64), base(&[(r, across), (t, 1)], 0), Index::var(k)], value);
        }
        (0..3).for_each(|_| drop(b.end(&[])));
        // Products.
        let tiles = Extent::Const(rows * across);
        b.contract(
            &[("xi", Extent::Const(points * points)), ("t", tiles)],
            ("j", Extent::Const(c.features), width),
            &[("k", Extent::Const(c.channels))],
            |b, vars| {
                let [xi, t, j, k] = [0, 1, 2, 3].map(|i| Index::var(vars[i]));
                vec![(b.load(v, vec![xi.clone(), t, k.clone()]), b.load(u, vec![xi, k, j]))]
            },
            |b, vars, sums| b.store(p, vars.iter().map(|v| Index::var(*v)).collect(), sums[0]),
        );
        // Outputs: whole tiles, then those that reach over the border.
        for (rows, high) in parts(self.size[0] - above, rows, m) {
            for (columns, wide) in parts(self.size[1], across, m) {
                let (r, t) = (b.begin("r", Extent::Const(rows.1), 1), b.begin("t", Extent::Const(columns.1), 1));
                let j = b.begin("j", Extent::Const(c.features), width);
                let at = base(&[(r, across), (t, 1)], rows.0 * across + columns.0);
                let products: Vec<Reg> =
                    (0..points * points).map(|i| b.load(p, vec![Index::constant(i), at.clone(), Index::var(j)])).collect();
                let values = two_ways(b, &products, points as usize, &mut |b, d| outputs(b, m, d));
                for i in 0..high {
                    for k in 0..wide {
                        let mut row = base(&in_block, above + rows.0 * m + i);
                        row.terms.push((r, m));
                        let at = vec![Index::var(self.n), row, base(&[(t, m)], columns.0 * m + k), Index::var(j)];
                        let value = epilogue(b, &at, values[(i * m + k) as usize]);
                        b.store(y, at, value);
                    }
                }
                (0..3).for_each(|_| drop(b.end(&[])));
            }
        }
    }
}

/// Tiles from, how many, and how many of their outputs exist in this dimension.
fn parts(outputs: i64, tiles: i64, m: i64) -> Vec<((i64, i64), i64)> {
    let whole = (outputs / m).min(tiles);
    let rest = if whole < tiles { outputs - whole * m } else { 0 };
    let all = [((0, whole), m), ((whole, 1), rest)];
    all.into_iter().filter(|((_, n), size)| *n > 0 && *size > 0).collect()
}

/// A transform of all columns of a square, then of all rows.
fn two_ways(b: &mut Builder, square: &[Reg], n: usize, of: &mut dyn FnMut(&mut Builder, &[Reg]) -> Vec<Reg>) -> Vec<Reg> {
    let columns: Vec<Vec<Reg>> = (0..n).map(|j| of(b, &(0..n).map(|i| square[i * n + j]).collect::<Vec<_>>())).collect();
    (0..columns[0].len()).flat_map(|i| of(b, &columns.iter().map(|c| c[i]).collect::<Vec<_>>())).collect()
}

fn add(b: &mut Builder, x: Reg, y: Reg) -> Reg {
    b.bin(BinOp::Add, x, y)
}

fn sub(b: &mut Builder, x: Reg, y: Reg) -> Reg {
    b.bin(BinOp::Sub, x, y)
}

/// `x * k + y`
fn axpy(b: &mut Builder, k: f64, x: Reg, y: Reg) -> Reg {
    let k = b.float(b.ty(x), k);
    b.fma(x, k, y)
}

fn scale(b: &mut Builder, k: f64, x: Reg) -> Reg {
    let k = b.float(b.ty(x), k);
    b.bin(BinOp::Mul, x, k)
}

/// A row of inputs, transformed.
fn inputs(b: &mut Builder, d: &[Reg]) -> Vec<Reg> {
    if d.len() == 4 {
        return vec![sub(b, d[2], d[0]), add(b, d[2], d[1]), sub(b, d[2], d[1]), sub(b, d[3], d[1])];
    }
    let ends = |b: &mut Builder, i: usize| {
        let s = axpy(b, P * P * Q * Q, d[i], d[i + 4]);
        axpy(b, -(P * P + Q * Q), d[i + 2], s)
    };
    let pair = |b: &mut Builder, other: f64, point: f64| {
        let even = axpy(b, -other, d[2], d[4]);
        let odd = axpy(b, -other, d[1], d[3]);
        [axpy(b, point, odd, even), axpy(b, -point, odd, even)]
    };
    let first = ends(b, 0);
    let [p, minus_p] = pair(b, Q * Q, P);
    let [q, minus_q] = pair(b, P * P, Q);
    vec![first, p, minus_p, q, minus_q, ends(b, 1)]
}

/// A row of products, transformed to outputs.
fn outputs(b: &mut Builder, m: i64, t: &[Reg]) -> Vec<Reg> {
    let (s1, d1) = (add(b, t[1], t[2]), sub(b, t[1], t[2]));
    if t.len() == 4 {
        return vec![add(b, t[0], s1), add(b, d1, t[3])];
    }
    let (s2, d2) = (add(b, t[3], t[4]), sub(b, t[3], t[4]));
    let s = add(b, s1, s2);
    let first = add(b, t[0], s);
    if m == 2 {
        let d = axpy(b, P, d1, t[5]);
        return vec![first, axpy(b, Q, d2, d)];
    }
    let d = scale(b, P, d1);
    let second = axpy(b, Q, d2, d);
    let s = scale(b, P * P, s1);
    let third = axpy(b, Q * Q, s2, s);
    let d = axpy(b, P * P * P, d1, t[5]);
    vec![first, second, third, axpy(b, Q * Q * Q, d2, d)]
}

/// The rows that transform `r` weights: one per point.
fn weight_rows(r: usize, points: i64) -> Vec<Vec<f64>> {
    let row = |a: f64, n: f64| (0..r as i32).map(|i| a.powi(i) / n).collect();
    let last = (0..r).map(|i| if i + 1 == r { 1.0 } else { 0.0 }).collect();
    if points == 4 {
        return vec![row(0.0, -1.0), row(1.0, 2.0), row(-1.0, 2.0), last];
    }
    let of = |p: f64, other: f64| 2.0 * p * p * (p * p - other * other);
    let (p, q) = (of(P, Q), of(Q, P));
    vec![row(0.0, P * P * Q * Q), row(P, p), row(-P, p), row(Q, q), row(-Q, q), last]
}

/// Transforms weights `[features, channels, r, r]` to `[point, channel, feature]`. `None` when there are fewer numbers than that.
fn weights(w: &[f32], features: usize, channels: usize, r: usize, points: i64) -> Option<Vec<f32>> {
    let count = features.checked_mul(channels)?;
    if w.len() < count.checked_mul(r * r)? {
        return None;
    }
    let rows = weight_rows(r, points);
    let points = rows.len();
    let mut out = vec![0.0; points * points * count];
    for (i, g) in w.chunks_exact(r * r).take(count).enumerate() {
        let (feature, channel) = (i / channels, i % channels);
        let column = |x: usize, row: &[f64]| (0..r).map(|y| row[y] * g[r * y + x] as f64).sum::<f64>();
        let half: Vec<Vec<f64>> = rows.iter().map(|row| (0..r).map(|x| column(x, row)).collect()).collect();
        for (a, half) in half.iter().enumerate() {
            for (b, row) in rows.iter().enumerate() {
                let value: f64 = half.iter().zip(row).map(|(h, r)| h * r).sum();
                out[((a * points + b) * channels + channel) * features + feature] = value as f32;
            }
        }
    }
    Some(out)
}
