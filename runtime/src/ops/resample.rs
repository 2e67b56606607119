//! Interpolation to another size: nearest, linear in up to three dimensions, bicubic.

use crate::math::Real;
use crate::tensor::Show;
use crate::{Args, Dims, Result, Tensor};
use alloc::vec::Vec;

/// How places between elements are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Nearest,
    NearestExact,
    Linear,
    Cubic,
}

/// For one output place: input places and weights.
type Taps = Vec<(usize, f64)>;

/// Taps of every output place along a dimension. `scale` is given as output per input, when the call gave one.
fn taps(mode: Mode, input: i64, output: i64, align: bool, scale: Option<f64>, single: bool) -> Vec<Taps> {
    let ratio = match scale {
        Some(s) if s > 0.0 => 1.0 / s,
        _ => input as f64 / output as f64,
    };
    // PyTorch computes positions in the tensor's own precision.
    let round = |x: f64| if single { x as f32 as f64 } else { x };
    let ratio = round(ratio);
    let last = input - 1;
    let place = |i: i64| i.clamp(0, last) as usize;
    (0..output)
        .map(|o| {
            let centre = if align {
                if output > 1 { round(o as f64 * round(last as f64 / (output - 1) as f64)) } else { 0.0 }
            } else {
                round(ratio * (o as f64 + 0.5) - 0.5)
            };
            match mode {
                Mode::Nearest => alloc::vec![(place(Real::floor(round(o as f64 * ratio)) as i64), 1.0)],
                Mode::NearestExact => alloc::vec![(place(Real::floor(round((o as f64 + 0.5) * ratio)) as i64), 1.0)],
                Mode::Linear => {
                    let c = if align { centre } else { f64::max(centre, 0.0) };
                    let i = (c as i64).min(last);
                    let t = (c - i as f64).clamp(0.0, 1.0);
                    alloc::vec![(place(i), 1.0 - t), (place(i + 1), t)]
                }
                Mode::Cubic => {
                    let i = Real::floor(centre);
                    let t = centre - i;
                    let i = i as i64;
                    let a = -0.75;
                    let near = |x: f64| ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
                    let far = |x: f64| ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
                    let w = [far(t + 1.0), near(t), near(1.0 - t), far(2.0 - t)];
                    (0..4).map(|k| (place(i - 1 + k), w[k as usize])).collect()
                }
            }
        })
        .collect()
}

/// Resamples the last dimensions of `x` [N, C, …] one after the other.
fn resample(x: &Tensor, out: &[i64], mode: Mode, align: bool, scales: &[Option<f64>]) -> Result<Tensor> {
    let n = out.len();
    check!(x.dim() == n + 2, "It is expected input_size equals to {}, but got size {}", n + 2, x.dim());
    check!(
        out.iter().all(|o| *o > 0) && x.sizes()[2..].iter().all(|s| *s > 0),
        "Input and output sizes should be greater than 0, but got input {} and output {}",
        Show(&x.sizes()[2..]),
        Show(out)
    );
    if !x.dtype().is_float() && !(x.dtype() == crate::DType::U8) {
        return Err(crate::kernel::not_implemented("upsample", x.dtype()));
    }
    let single = x.dtype() != crate::DType::F64;
    let mut y = x.to_dtype(if single { crate::DType::F32 } else { crate::DType::F64 })?.contiguous()?;
    for d in 0..n {
        let input = y.sizes()[d + 2];
        let table = taps(mode, input, out[d], align, scales.get(d).copied().flatten(), single);
        let mut shape = Dims::from_slice(y.sizes());
        shape[d + 2] = out[d];
        let next = Tensor::empty(&shape, y.dtype())?;
        let inner = y.sizes()[d + 3..].iter().product::<i64>() as usize;
        let outer = y.sizes()[..d + 2].iter().product::<i64>() as usize;
        real_type!(y.dtype(), T => {
            let (from, to) = (y.as_slice::<T>()?, next.as_mut_slice::<T>()?);
            for i in 0..outer {
                let plane = &from[i * input as usize * inner..];
                for (o, taps) in table.iter().enumerate() {
                    let row = &mut to[(i * table.len() + o) * inner..][..inner];
                    row.fill(T::ZERO);
                    for (place, w) in taps {
                        let w = T::of(*w);
                        for (r, v) in row.iter_mut().zip(&plane[place * inner..]) {
                            *r += w * *v;
                        }
                    }
                }
            }
        });
        y = next;
    }
    if x.dtype() == crate::DType::U8 && mode != Mode::Nearest && mode != Mode::NearestExact {
        // Rounded, and cut off at what a byte holds.
        let bytes = y.shifted(0.5)?.map::<super::unary::Floor>()?;
        let low = bytes.with_number::<super::binary::Maximum>(0.0)?;
        return low.with_number::<super::binary::Minimum>(255.0)?.to_dtype(x.dtype());
    }
    y.to_dtype(x.dtype())
}

/// Output sizes from sizes or scale factors.
fn target(x: &Tensor, n: usize, size: Option<&[i64]>, scales: Option<&[f64]>) -> Result<Dims> {
    check!(size.is_some() != scales.is_some(), "Must specify exactly one of output_size and scale_factors");
    check!(x.dim() == n + 2, "It is expected input_size equals to {}, but got size {}", n + 2, x.dim());
    if let Some(s) = size {
        check!(s.len() == n, "It is expected output_size equals to {n}, but got size {}", s.len());
        return Ok(Dims::from_slice(s));
    }
    let scales = scales.unwrap_or_default();
    check!(scales.len() == n, "It is expected scale_factors of {n} numbers, but got {}", scales.len());
    Ok(x.sizes()[2..].iter().zip(scales).map(|(s, k)| Real::floor(*s as f64 * k) as i64).collect())
}

fn optional(a: &Args, from: usize, n: usize) -> Result<Vec<Option<f64>>> {
    (0..n).map(|i| a.opt_float(from + i)).collect()
}

/// self, output_size, scales…
fn nearest<const N: usize>(a: &Args) -> Result<Tensor> {
    resample(a.tensor(0)?, &a.int_array::<N>(1)?, Mode::Nearest, false, &optional(a, 2, N)?)
}
fn nearest_exact<const N: usize>(a: &Args) -> Result<Tensor> {
    resample(a.tensor(0)?, &a.int_array::<N>(1)?, Mode::NearestExact, false, &optional(a, 2, N)?)
}
/// self, output_size, align_corners, scales…
fn linear<const N: usize>(a: &Args) -> Result<Tensor> {
    resample(a.tensor(0)?, &a.int_array::<N>(1)?, Mode::Linear, a.bool(2)?, &optional(a, 3, N)?)
}
fn cubic(a: &Args) -> Result<Tensor> {
    resample(a.tensor(0)?, &a.int_array::<2>(1)?, Mode::Cubic, a.bool(2)?, &optional(a, 3, 2)?)
}

/// input, output_size, (align_corners,) scale_factors
fn by_factors(a: &Args, n: usize, mode: Mode, align: Option<usize>) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let factors = a.opt_float_list(if align.is_some() { 3 } else { 2 })?;
    let out = target(x, n, a.opt_int_list(1)?, factors.as_deref())?;
    let scales: Vec<Option<f64>> = (0..n).map(|i| factors.as_ref().map(|f| f[i])).collect();
    resample(x, &out, mode, align.map_or(Ok(false), |i| a.bool(i))?, &scales)
}
fn nearest_vec<const N: usize>(a: &Args) -> Result<Tensor> {
    by_factors(a, N, Mode::Nearest, None)
}
fn nearest_exact_vec<const N: usize>(a: &Args) -> Result<Tensor> {
    by_factors(a, N, Mode::NearestExact, None)
}
fn linear_vec<const N: usize>(a: &Args) -> Result<Tensor> {
    by_factors(a, N, Mode::Linear, Some(2))
}
fn cubic_vec(a: &Args) -> Result<Tensor> {
    by_factors(a, 2, Mode::Cubic, Some(2))
}

operators! {
    aten::_upsample_nearest_exact1d => nearest_exact::<1>, aten::_upsample_nearest_exact1d.vec => nearest_exact_vec::<1>,
    aten::_upsample_nearest_exact2d => nearest_exact::<2>, aten::_upsample_nearest_exact2d.vec => nearest_exact_vec::<2>,
    aten::_upsample_nearest_exact3d => nearest_exact::<3>, aten::_upsample_nearest_exact3d.vec => nearest_exact_vec::<3>,
    aten::upsample_bicubic2d => cubic, aten::upsample_bicubic2d.vec => cubic_vec,
    aten::upsample_bilinear2d => linear::<2>, aten::upsample_bilinear2d.vec => linear_vec::<2>,
    aten::upsample_linear1d => linear::<1>, aten::upsample_linear1d.vec => linear_vec::<1>,
    aten::upsample_nearest1d => nearest::<1>, aten::upsample_nearest1d.vec => nearest_vec::<1>,
    aten::upsample_nearest2d => nearest::<2>, aten::upsample_nearest2d.vec => nearest_vec::<2>,
    aten::upsample_nearest3d => nearest::<3>, aten::upsample_nearest3d.vec => nearest_vec::<3>,
    aten::upsample_trilinear3d => linear::<3>, aten::upsample_trilinear3d.vec => linear_vec::<3>,
}
