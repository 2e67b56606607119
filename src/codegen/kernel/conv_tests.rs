//! Convolutions and pooling, compiled, against their definition in double precision.

use super::contract_tests::stays_in_registers;
use super::tests::{Random, compiled, compiled_for, in_parts};
use crate::codegen::isa::Isa;
use crate::kernel::build::Builder;
use crate::kernel::contract::Contraction;
use crate::kernel::conv::{Conv, Window};
use crate::kernel::eval::{Machine, Num};
use crate::kernel::pack::{Dim, Panels};
use crate::kernel::pool::{Pool, pool};
use crate::kernel::recurrent::{Cell, Recurrent};
use crate::kernel::winograd::Algorithm;
use crate::kernel::{Access, BinOp, BufferId, Extent, Index, Kernel, Reg, Stmt, Strides, Ty, parse, verify::verify};

fn window(input: i64, kernel: i64, stride: i64, pad: i64, dilation: i64) -> Window {
    let output = (input + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
    Window { input: Extent::Const(input), output: Extent::Const(output), kernel, stride, pad, dilation }
}

fn conv(windows: &[Window], groups: i64, channels: i64, features: i64) -> Conv {
    Conv { ty: Ty::F32, batch: Extent::Const(2), windows: windows.to_vec(), groups, channels, features, transposed: false }
}

fn size(e: Extent) -> i64 {
    if let Extent::Const(n) = e { n } else { 0 }
}

fn numbers(n: usize, seed: u64) -> Vec<f64> {
    let mut random = Random(seed);
    (0..n).map(|_| ((random.next() % 2001) as f64 / 1000.0 - 1.0) as f32 as f64).collect()
}

fn product(dims: &[Extent]) -> usize {
    dims.iter().map(|d| size(*d) as usize).product()
}

/// All positions of some sizes.
fn positions(dims: &[i64]) -> Vec<Vec<i64>> {
    dims.iter().fold(vec![vec![]], |outer, n| {
        outer.iter().flat_map(|p| (0..*n).map(move |i| p.iter().copied().chain([i]).collect())).collect()
    })
}

fn offset(at: &[i64], dims: &[i64]) -> usize {
    at.iter().zip(dims).fold(0, |o, (i, n)| o * n + i) as usize
}

/// The definition. Weights as PyTorch keeps them.
fn defined(c: &Conv, x: &[f64], w: &[f64]) -> Vec<f64> {
    let outs: Vec<i64> = c.output_dims().iter().map(|e| size(*e)).collect();
    let ins: Vec<i64> = c.input_dims().iter().map(|e| size(*e)).collect();
    let kernel: Vec<i64> = c.windows.iter().map(|w| w.kernel).collect();
    let (cg, fg) = (c.channels / c.groups, c.features / c.groups);
    let mut out = vec![0.0; product(&c.output_dims())];
    let rank = kernel.len();
    let (from, to) = if c.transposed { (&ins, &outs) } else { (&outs, &ins) };
    // From the side that windows belong to, to the side that they lie on.
    for p in positions(&from[..=rank]) {
        for k in positions(&kernel) {
            let mut q = vec![p[0]];
            q.extend((0..rank).map(|d| p[d + 1] * c.windows[d].stride - c.windows[d].pad + k[d] * c.windows[d].dilation));
            if (1..=rank).any(|d| q[d] < 0 || q[d] >= to[d]) {
                continue;
            }
            let (i, o) = if c.transposed { (&p, &q) } else { (&q, &p) };
            for g in 0..c.groups {
                for f in 0..fg {
                    for ch in 0..cg {
                        let mut wi = if c.transposed { vec![g * cg + ch, f] } else { vec![g * fg + f, ch] };
                        wi.extend(&k);
                        let mut wd = if c.transposed { vec![c.channels, fg] } else { vec![c.features, cg] };
                        wd.extend(&kernel);
                        let (mut i, mut o) = (i.clone(), o.clone());
                        i.push(g * cg + ch);
                        o.push(g * fg + f);
                        out[offset(&o, &outs)] += x[offset(&i, &ins)] * w[offset(&wi, &wd)];
                    }
                }
            }
        }
    }
    out
}

fn bytes(ns: &[f64]) -> Vec<u8> {
    ns.iter().flat_map(|x| (*x as f32).to_le_bytes()).collect()
}

fn floats(bytes: &[u8]) -> Vec<Num> {
    bytes.chunks(4).map(|b| Num::F(f32::from_le_bytes([b[0], b[1], b[2], b[3]]) as f64)).collect()
}

fn nums(ns: &[f64]) -> Vec<Num> {
    ns.iter().map(|x| Num::F(*x)).collect()
}

fn run(k: &Kernel, buffers: Vec<Vec<Num>>, out: usize, want: &[f64], far: f64, isas: &[Isa]) {
    assert_eq!(verify(k), Vec::<String>::new(), "{k}");
    let runs = isas.iter().map(|i| (*i, 1)).chain([(Isa::native(), 2), (Isa::native(), 3)]);
    for (isa, threads) in runs.filter(|r| r.0 <= Isa::native()) {
        let m = Machine { symbols: vec![], params: vec![], buffers: buffers.clone() };
        let result = compiled_for(k, &[isa], threads, in_parts, &m);
        for (i, (h, w)) in result[out].iter().zip(want).enumerate() {
            let Num::F(h) = h else { panic!("no float") };
            assert!((h - w).abs() <= far * (1.0 + w.abs()), "{isa:?}, {threads} threads: [{i}] is {h}, not {w}\n{k}");
        }
    }
}

/// Adds another tensor of the result's shape, then takes what is above zero.
fn residual(b: &mut Builder, more: BufferId, at: &[Index], sum: Reg) -> Reg {
    let r = b.load(more, at.to_vec());
    let r = b.bin(BinOp::Add, sum, r);
    let zero = b.float(Ty::F32, 0.0);
    b.bin(BinOp::Max, r, zero)
}

fn check(c: &Conv, isas: &[Isa]) {
    let kernel: i64 = c.windows.iter().map(|w| w.kernel).product();
    let x = numbers(product(&c.input_dims()), 5);
    let w = numbers((c.channels / c.groups * c.features * kernel) as usize, 6);
    let more = numbers(product(&c.output_dims()), 7);
    let want: Vec<f64> = defined(c, &x, &w).iter().zip(&more).map(|(y, m)| (y + m).max(0.0)).collect();
    let y = vec![Num::F(0.0); want.len()];
    let mut b = Builder::new("conv");
    let buffers = c.buffers(&mut b);
    let extra = b.buffer("more", Access::In, Ty::F32, &c.output_dims(), Strides::Contiguous);
    c.direct(&mut b, buffers, &mut |b, at, sum| residual(b, extra, at, sum));
    let packed = c.panels().pack(&bytes(&w), 4).unwrap();
    run(&b.finish(), vec![nums(&x), floats(&packed), y.clone(), nums(&more)], 2, &want, 2e-5, isas);
    for m in c.tiles().iter().copied() {
        let mut b = Builder::new("winograd");
        let buffers = c.winograd_buffers(&mut b, m);
        let extra = b.buffer("more", Access::In, Ty::F32, &c.output_dims(), Strides::Contiguous);
        c.winograd(&mut b, m, buffers, &mut |b, at, sum| residual(b, extra, at, sum));
        let w: Vec<f32> = w.iter().map(|x| *x as f32).collect();
        let packed = c.winograd_pack(m, &w).unwrap();
        let k = b.finish();
        let scratch = |i: usize| vec![Num::F(0.0); product(&k.buffers[i].dims)];
        let all = vec![nums(&x), floats(&packed), y.clone(), scratch(3), scratch(4), nums(&more)];
        run(&k, all, 2, &want, 4e-5, isas);
    }
}

const SOME: &[Isa] = &[Isa::V4];

#[test]
fn planes() {
    check(&conv(&[window(7, 3, 1, 1, 1), window(9, 3, 1, 1, 1)], 1, 5, 20), &[Isa::V2, Isa::V3, Isa::V4]);
    check(&conv(&[window(19, 3, 1, 1, 1), window(26, 3, 1, 0, 1)], 1, 4, 16), SOME);
    check(&conv(&[window(9, 5, 1, 2, 1), window(12, 5, 1, 0, 1)], 1, 6, 20), SOME);
    check(&conv(&[window(9, 3, 2, 1, 1), window(12, 5, 3, 2, 2)], 1, 3, 17), SOME);
    check(&conv(&[window(8, 1, 1, 0, 1), window(5, 1, 1, 0, 1)], 1, 6, 33).simplified(), SOME);
    check(&conv(&[window(6, 3, 1, 1, 1), window(6, 3, 1, 1, 1)], 3, 6, 12), SOME);
    check(&conv(&[window(1, 3, 1, 1, 1), window(1, 3, 1, 1, 1)], 1, 3, 3), SOME);
}

#[test]
fn depthwise() {
    for (k, s, p, d) in [(3, 1, 1, 1), (5, 2, 2, 1), (3, 1, 0, 2)] {
        check(&conv(&[window(8, k, s, p, d), window(11, k, s, p, d)], 21, 21, 21), SOME);
    }
    check(&conv(&[window(3, 5, 1, 2, 1), window(2, 5, 1, 2, 1)], 16, 16, 16), &[Isa::V2, Isa::V3]);
}

#[test]
fn lines_and_volumes() {
    check(&conv(&[window(30, 4, 2, 3, 1)], 1, 5, 18), SOME);
    check(&conv(&[window(4, 2, 1, 1, 1), window(5, 3, 2, 1, 1), window(6, 3, 1, 1, 2)], 1, 3, 16), SOME);
    check(&conv(&[window(4, 3, 1, 1, 1), window(4, 3, 1, 1, 1), window(4, 3, 2, 1, 1)], 8, 8, 8), SOME);
}

#[test]
fn transposed() {
    for (kernel, stride, pad, dilation, extra) in
        [(3, 2, 1, 1, 1), (4, 2, 1, 1, 0), (3, 1, 0, 2, 0), (2, 3, 0, 1, 2), (3, 2, 1, 2, 1)]
    {
        let w = |input: i64| Window {
            input: Extent::Const(input),
            output: Extent::Const((input - 1) * stride - 2 * pad + dilation * (kernel - 1) + extra + 1),
            kernel,
            stride,
            pad,
            dilation,
        };
        for groups in [1, 2] {
            let mut c = conv(&[w(5), w(4)], groups, 4, 18);
            c.transposed = true;
            assert!(c.fits());
            check(&c, SOME);
        }
    }
}

#[test]
fn algorithms() {
    for (n, c, want) in [(56, 64, 4), (28, 128, 4), (14, 256, 4), (7, 512, 2)] {
        let c = conv(&[window(n, 3, 1, 1, 1), window(n, 3, 1, 1, 1)], 1, c, c);
        assert_eq!(c.algorithm(), Algorithm::Winograd(want), "{n}");
    }
    for c in [
        conv(&[window(56, 3, 2, 1, 1), window(56, 3, 2, 1, 1)], 1, 64, 128),
        conv(&[window(112, 3, 1, 1, 1), window(112, 3, 1, 1, 1)], 1, 3, 32),
        conv(&[window(56, 1, 1, 0, 1), window(56, 1, 1, 0, 1)], 1, 64, 128),
    ] {
        assert_eq!(c.algorithm(), Algorithm::Direct);
    }
}

/// Winograd's errors stay within twice that of the definition in single precision, summed in order.
#[test]
fn winograd_is_exact_enough() {
    for size in [3, 5] {
        let window = || window(12, size, 1, size / 2, 1);
        exact_enough(&conv(&[window(), window()], 1, 64, 16));
    }
}

fn exact_enough(c: &Conv) {
    let taps: i64 = c.windows.iter().map(|w| w.kernel).product();
    let (x, w) = (numbers(product(&c.input_dims()), 1), numbers((c.channels * c.features * taps) as usize, 2));
    let exact = defined(c, &x, &w);
    let error = |y: &[Num]| {
        let of = |n: &Num| if let Num::F(x) = n { *x } else { 0.0 };
        (y.iter().zip(&exact).map(|(a, b)| (of(a) - b).powi(2)).sum::<f64>() / exact.len() as f64).sqrt()
    };
    let mut b = Builder::new("direct");
    let buffers = c.buffers(&mut b);
    c.direct(&mut b, buffers, &mut |_, _, sum| sum);
    let y = vec![Num::F(0.0); exact.len()];
    let m = Machine {
        symbols: vec![],
        params: vec![],
        buffers: vec![nums(&x), floats(&c.panels().pack(&bytes(&w), 4).unwrap()), y.clone()],
    };
    let direct = error(&compiled(&b.finish(), &[Isa::native()], &m)[2]);
    let w: Vec<f32> = w.iter().map(|x| *x as f32).collect();
    for tile in c.tiles().iter().copied() {
        let mut b = Builder::new("winograd");
        let buffers = c.winograd_buffers(&mut b, tile);
        c.winograd(&mut b, tile, buffers, &mut |_, _, sum| sum);
        let k = b.finish();
        let scratch = |i: usize| vec![Num::F(0.0); product(&k.buffers[i].dims)];
        let buffers = vec![nums(&x), floats(&c.winograd_pack(tile, &w).unwrap()), y.clone(), scratch(3), scratch(4)];
        let m = Machine { symbols: vec![], params: vec![], buffers };
        let e = error(&compiled(&k, &[Isa::native()], &m)[2]);
        assert!(e <= 2.0 * direct, "F({tile}x{tile}): {e:e}, direct: {direct:e}");
    }
}

#[test]
fn pools() {
    for (kind, kernel, stride, pad) in [
        (Pool::Max, 3, 2, 1),
        (Pool::Max, 2, 2, 0),
        (Pool::Average { pads: true }, 3, 1, 1),
        (Pool::Average { pads: false }, 3, 2, 1),
        (Pool::Average { pads: false }, 9, 1, 0),
    ] {
        let windows = [window(9, kernel, stride, pad, 1), window(12, kernel, stride, pad, 1)];
        let channels = 19;
        let dims = |of: &dyn Fn(&Window) -> Extent| [Extent::Const(2), of(&windows[0]), of(&windows[1]), Extent::Const(channels)];
        let (ins, outs) = (dims(&|w| w.input), dims(&|w| w.output));
        let mut b = Builder::new("pool");
        let x = b.buffer("x", Access::In, Ty::F32, &ins, Strides::Contiguous);
        let y = b.buffer("y", Access::Out, Ty::F32, &outs, Strides::Contiguous);
        pool(&mut b, kind, Extent::Const(2), &windows, Extent::Const(channels), [x, y], &mut |_, _, v| v);
        let image = numbers(product(&ins), 3);
        let sizes: Vec<i64> = outs.iter().map(|e| size(*e)).collect();
        let from: Vec<i64> = ins.iter().map(|e| size(*e)).collect();
        let want: Vec<f64> = positions(&sizes)
            .iter()
            .map(|o| {
                let places =
                    positions(&[kernel, kernel]).into_iter().map(|k| [o[1] * stride - pad + k[0], o[2] * stride - pad + k[1]]);
                let inside: Vec<f64> = places
                    .filter(|q| (0..9).contains(&q[0]) && (0..12).contains(&q[1]))
                    .map(|q| image[offset(&[o[0], q[0], q[1], o[3]], &from)])
                    .collect();
                match kind {
                    Pool::Max => inside.iter().copied().fold(f64::NEG_INFINITY, f64::max),
                    Pool::Average { pads: true } => inside.iter().sum::<f64>() / (kernel * kernel) as f64,
                    Pool::Average { pads: false } => inside.iter().sum::<f64>() / inside.len() as f64,
                }
            })
            .collect();
        run(&b.finish(), vec![nums(&image), vec![Num::F(0.0); want.len()]], 1, &want, 1e-5, &[Isa::V2, Isa::V4]);
    }
}

/// A step of a recurrent layer, by its definition.
#[allow(clippy::too_many_arguments)]
fn recurrent(cell: Cell, x: &[f64], w: &[f64], h: &mut [f64], c: &mut [f64], bias: &[f64], n: usize, t: usize, batch: usize) {
    let gates = cell.gates() as usize;
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    for i in 0..batch {
        let state: Vec<f64> = h[i * n..][..n].to_vec();
        for j in 0..n {
            let sum = |g: usize| (0..n).map(|k| state[k] * w[(g * n + j) * n + k]).sum::<f64>();
            let input = |g: usize| x[((t * batch + i) * gates + g) * n + j];
            let gate = |g: usize| sum(g) + input(g);
            h[i * n + j] = match cell {
                Cell::Lstm => {
                    let at = i * n + j;
                    c[at] = sigmoid(gate(1)) * c[at] + sigmoid(gate(0)) * gate(2).tanh();
                    sigmoid(gate(3)) * c[at].tanh()
                }
                Cell::Gru => {
                    let (r, z) = (sigmoid(gate(0)), sigmoid(gate(1)));
                    let new = (input(2) + r * (sum(2) + bias[j])).tanh();
                    (1.0 - z) * new + z * state[j]
                }
                Cell::Tanh => gate(0).tanh(),
                Cell::Relu => gate(0).max(0.0),
            };
        }
    }
}

#[test]
fn recurrent_layers() {
    let (steps, n) = (5, 37);
    for (cell, batch, reverse) in [
        (Cell::Lstm, 1, false),
        (Cell::Lstm, 3, true),
        (Cell::Gru, 2, false),
        (Cell::Gru, 1, true),
        (Cell::Tanh, 1, false),
        (Cell::Relu, 2, false),
    ] {
        let [steps_, batch_, rest] = [steps, batch, steps - 1].map(Extent::Const);
        let layer = Recurrent { cell, ty: Ty::F32, steps: steps_, rest, batch: batch_, units: n, reverse };
        let mut b = Builder::new("layer");
        let buffers = layer.buffers(&mut b, Strides::Contiguous);
        layer.write(&mut b, buffers);
        let k = b.finish();
        let size = |i: usize| product(&k.buffers[i].dims);
        let (x, w) = (numbers(size(0), 1), numbers((cell.gates() * n * n) as usize, 2));
        let w: Vec<f64> = w.iter().map(|x| (x * 0.25) as f32 as f64).collect();
        let state = (batch * n) as usize;
        let (start, mut c, bias) = (numbers(state, 3), numbers(state, 4), numbers(n as usize, 5));
        let mut h = vec![0.0; size(3)];
        let mut all = vec![nums(&x), floats(&cell.panels(n, Ty::F32).pack(&bytes(&w), 4).unwrap()), nums(&start), nums(&h)];
        if cell == Cell::Lstm {
            all.extend([nums(&c), nums(&vec![0.0; state])]);
        }
        all.extend((cell == Cell::Gru).then(|| nums(&bias)));
        let mut before = start;
        for t in 0..steps as usize {
            let t = if reverse { steps as usize - 1 - t } else { t };
            recurrent(cell, &x, &w, &mut before, &mut c, &bias, n as usize, t, batch as usize);
            h[t * state..][..state].copy_from_slice(&before);
        }
        let tiled = |s: &Stmt| matches!(s, Stmt::For(l) if Contraction::of(&k, l).is_some());
        assert!(matches!(&k.body[..], [first, Stmt::For(l)] if tiled(first) && tiled(&l.body[0])), "{k}");
        run(&k, all.clone(), 3, &h, 1e-5, &[Isa::V2, Isa::V3, Isa::V4]);
        if cell == Cell::Lstm {
            run(&k, all, 5, &c, 1e-5, SOME);
        }
    }
}

#[test]
fn packing_needs_all_weights() {
    let c = conv(&[window(5, 3, 1, 1, 1)], 1, 2, 3);
    assert_eq!(c.panels().pack(&[0; 4 * 17], 4), None);
    assert_eq!(c.winograd_pack(2, &[0.0; 5]), None);
    let none =
        Panels { batch: vec![], inner: vec![Dim { extent: 0, stride: 1 }], column: Dim { extent: 2, stride: 1 }, width: 16 };
    assert_eq!(none.pack(&[], 4), Some(vec![]));
}

/// The loops that others than contractions take their time in.
#[test]
fn inner_loops_stay_in_registers() {
    let mut kernels = vec![];
    for kernel in [3, 5] {
        let c = conv(&[window(14, kernel, 1, kernel / 2, 1); 2], 480, 480, 480);
        let mut b = Builder::new("depthwise");
        let buffers = c.buffers(&mut b);
        c.direct(&mut b, buffers, &mut |_, _, sum| sum);
        kernels.push(b.finish());
    }
    let [steps, rest, batch] = [5, 4, 1].map(Extent::Const);
    let layer = Recurrent { cell: Cell::Lstm, ty: Ty::F32, steps, rest, batch, units: 256, reverse: false };
    let mut b = Builder::new("layer");
    let buffers = layer.buffers(&mut b, Strides::Contiguous);
    layer.write(&mut b, buffers);
    kernels.push(b.finish());
    for text in ["pointwise", "softmax"] {
        let file = format!("{}/tests/filetests/kernel/{text}.kernel", env!("CARGO_MANIFEST_DIR"));
        kernels.push(parse::kernel(&std::fs::read_to_string(file).unwrap()).unwrap());
    }
    for k in &kernels {
        stays_in_registers(k, Isa::V4);
    }
}

/// A kernel on the runtime's own threads, again and again.
#[test]
fn threads() {
    let c = conv(&[window(14, 3, 1, 1, 1), window(14, 3, 1, 1, 1)], 1, 32, 64);
    let (x, w) = (numbers(product(&c.input_dims()), 1), numbers(64 * 32 * 9, 2));
    let want = defined(&c, &x, &w);
    let mut b = Builder::new("conv");
    let buffers = c.buffers(&mut b);
    c.direct(&mut b, buffers, &mut |_, _, sum| sum);
    let k = b.finish();
    let buffers = vec![nums(&x), floats(&c.panels().pack(&bytes(&w), 4).unwrap()), vec![Num::F(0.0); want.len()]];
    for _ in 0..4 {
        let m = Machine { symbols: vec![], params: vec![], buffers: buffers.clone() };
        let result = compiled_for(&k, &[Isa::native()], 2, tsrt::pool::ts_parallel, &m);
        for (h, w) in result[2].iter().zip(&want) {
            let Num::F(h) = h else { panic!("no float") };
            assert!((h - w).abs() <= 2e-5 * (1.0 + w.abs()), "{h}, not {w}");
        }
    }
}
