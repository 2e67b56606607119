//! Pooling of channels-last images: many channels at a time.

use super::build::Builder;
use super::conv::{Window, sweep, taps};
use super::ir::*;
use super::pack::panel_width;

/// What a window becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    Max,
    /// The sum over the window's elements by their number; places outside the image count as zeros when `pads`.
    Average {
        pads: bool,
    },
}

/// The pooling's loops, from `x` to `y`, both `[n, sizes…, channels]`. `epilogue` is as for convolutions.
pub fn pool(
    b: &mut Builder,
    kind: Pool,
    batch: Extent,
    windows: &[Window],
    channels: Extent,
    [x, y]: [BufferId; 2],
    epilogue: super::conv::Epilogue,
) {
    let ty = b.kernel.buffer(x).ty;
    let outside = match kind {
        Pool::Max if ty.is_float() => b.float(ty, f64::NEG_INFINITY),
        Pool::Max => b.number(ty, if ty.is_signed() { (i64::MIN >> (64 - 8 * ty.size())) as f64 } else { 0.0 }),
        Pool::Average { .. } => b.number(ty, 0.0),
    };
    let n = b.begin("n", batch, 1);
    let size: i64 = windows.iter().map(|w| w.kernel).product();
    let positions = if size <= 64 { taps(windows) } else { vec![] };
    sweep(b, windows, (channels, panel_width(ty)), &mut |b, o, c, inside| {
        let place = |k: &[i64]| {
            let mut at = vec![Index::var(n)];
            at.extend(windows.iter().zip(o).zip(k).map(|((w, o), k)| w.position(*o, *k)));
            at.push(Index::var(c));
            at
        };
        let op = if kind == Pool::Max { BinOp::Max } else { BinOp::Add };
        let mut value = None;
        for k in &positions {
            let x = if inside { b.load(x, place(k)) } else { b.pad(x, place(k), outside) };
            value = Some(value.map_or(x, |v| b.bin(op, v, x)));
        }
        let mut value = value.unwrap_or_else(|| {
            let mut at = place(&vec![0; windows.len()]);
            for (d, w) in windows.iter().enumerate() {
                let k = b.begin(["k0", "k1", "k2"][d], Extent::Const(w.kernel), 1);
                at[d + 1].terms.push((k, w.dilation));
            }
            let mut v = if inside { b.load(x, at) } else { b.pad(x, at, outside) };
            for _ in windows {
                v = b.end(&[(if kind == Pool::Max { Fold::Max } else { Fold::Sum }, v)])[0];
            }
            v
        });
        if let Pool::Average { pads } = kind {
            let scale = if inside || pads {
                b.float(ty, 1.0 / size as f64)
            } else {
                let count = count(b, windows, o);
                let count = b.cast(ty, count);
                b.un(UnOp::Recip, count)
            };
            value = b.bin(BinOp::Mul, value, scale);
        }
        let mut at = vec![Index::var(n)];
        at.extend(o.iter().map(|(v, from)| Index { terms: vec![(*v, 1)], offset: *from }));
        at.push(Index::var(c));
        let r = epilogue(b, &at, value);
        b.store(y, at, r);
    });
    b.end(&[]);
}

/// How many elements of the window at `o` are inside the image, of dimensions that are known.
fn count(b: &mut Builder, windows: &[Window], o: &[(Var, i64)]) -> Reg {
    let mut all = b.number(Ty::I64, 1.0);
    for (w, (v, from)) in windows.iter().zip(o) {
        let mut inside = b.number(Ty::I64, 0.0);
        let Extent::Const(input) = w.input else { continue };
        let at = b.op(Ty::I64, Op::At(*v));
        let stride = b.number(Ty::I64, w.stride as f64);
        let start = b.number(Ty::I64, (from * w.stride - w.pad) as f64);
        let at = b.bin(BinOp::Mul, at, stride);
        let at = b.bin(BinOp::Add, at, start);
        let (zero, end) = (b.number(Ty::I64, 0.0), b.number(Ty::I64, input as f64));
        let one = b.number(Ty::I64, 1.0);
        for k in 0..w.kernel {
            let tap = b.number(Ty::I64, (k * w.dilation) as f64);
            let i = b.bin(BinOp::Add, at, tap);
            let (low, high) = (b.cmp(Cmp::Ge, i, zero), b.cmp(Cmp::Lt, i, end));
            let is = b.bin(BinOp::And, low, high);
            let one = b.select(is, one, zero);
            inside = b.bin(BinOp::Add, inside, one);
        }
        all = b.bin(BinOp::Mul, all, inside);
    }
    all
}
