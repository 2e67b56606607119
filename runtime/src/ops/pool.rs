//! Pooling over one to three dimensions.

use crate::math::Real;
use crate::tensor::Show;
use crate::{Args, DType, Dims, Element, Result, Tensor};

/// A window in up to three dimensions, leading ones trivial.
struct Window {
    kernel: [i64; 3],
    stride: [i64; 3],
    pad: [i64; 3],
    dilation: [i64; 3],
}

fn three(list: &[i64], n: usize, fill: i64, what: &str) -> Result<[i64; 3]> {
    let mut out = [fill; 3];
    check!(list.len() == 1 || list.len() == n, "{what} must be either a single int, or a tuple of {n} ints, got {}", Show(list));
    for (i, o) in out[3 - n..].iter_mut().enumerate() {
        *o = list[i.min(list.len() - 1)];
    }
    Ok(out)
}

impl Window {
    /// kernel_size, stride, padding and perhaps dilation from argument 1.
    fn of(a: &Args, n: usize, dilation: Option<usize>) -> Result<Window> {
        let kernel = three(a.int_list(1)?, n, 1, "kernel_size")?;
        let stride = match a.opt_int_list(2)? {
            None | Some([]) => kernel,
            Some(s) => three(s, n, 1, "stride")?,
        };
        let pad = three(a.int_list(3)?, n, 0, "padding")?;
        let dilation = match dilation {
            Some(i) => three(a.int_list(i)?, n, 1, "dilation")?,
            None => [1; 3],
        };
        check!(kernel.iter().all(|k| *k > 0), "kernel size should be greater than zero");
        check!(stride.iter().all(|s| *s > 0), "stride should not be zero");
        check!(dilation.iter().all(|s| *s > 0), "dilation should be greater than zero");
        for i in 0..3 {
            check!(pad[i] >= 0, "pad must be non-negative, but got pad: {}", pad[i]);
            check!(
                pad[i] <= ((kernel[i] - 1) * dilation[i] + 1) / 2,
                "pad should be at most half of effective kernel size, but got pad={}, kernel_size={} and dilation={}",
                pad[i],
                kernel[i],
                dilation[i]
            );
        }
        Ok(Window { kernel, stride, pad, dilation })
    }

    fn output(&self, input: [i64; 3], ceil: bool) -> [i64; 3] {
        core::array::from_fn(|i| {
            let s = self.stride[i];
            let room = input[i] + 2 * self.pad[i] - self.dilation[i] * (self.kernel[i] - 1) - 1;
            let mut n = (room + if ceil { s - 1 } else { 0 }).div_euclid(s) + 1;
            // The last window must begin inside the input or its left padding.
            if ceil && (n - 1) * s >= input[i] + self.pad[i] {
                n -= 1;
            }
            n
        })
    }
}

/// The planes of a tensor whose last n dimensions are pooled: contiguous in type `d`, number and sizes.
pub(super) struct Planes {
    pub data: Tensor,
    pub count: usize,
    pub input: [i64; 3],
}

pub(super) fn planes(x: &Tensor, n: usize, d: DType, name: &str) -> Result<Planes> {
    check!(
        x.dim() == n + 1 || x.dim() == n + 2,
        "{name}: Expected {}D or {}D (batch mode) tensor for input, but got: {}",
        n + 1,
        n + 2,
        Show(x.sizes())
    );
    let lead = x.dim() - n;
    let mut input = [1; 3];
    input[3 - n..].copy_from_slice(&x.sizes()[lead..]);
    let count = x.sizes()[..lead].iter().product::<i64>() as usize;
    Ok(Planes { data: x.to_dtype(d)?.contiguous()?, count, input })
}

fn shape_of(x: &Tensor, n: usize, out: [i64; 3]) -> Result<Dims> {
    let mut s = Dims::from_slice(&x.sizes()[..x.dim() - n]);
    s.extend_from_slice(&out[3 - n..]);
    check!(
        out.iter().all(|o| *o > 0),
        "Given input size: {}. Calculated output size: {}. Output size is too small",
        Show(x.sizes()),
        Show(&s)
    );
    Ok(s)
}

fn max_pool_of(a: &Args, n: usize) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    let w = Window::of(a, n, Some(4))?;
    fn run<T: Element + PartialOrd>(p: &Planes, w: &Window, out: [i64; 3], y: &Tensor, places: &Tensor) -> Result<()> {
        let (x, y, places) = (p.data.as_slice::<T>()?, y.as_mut_slice::<T>()?, places.as_mut_slice::<i64>()?);
        let [id, ih, iw] = p.input;
        let plane = (id * ih * iw) as usize;
        let mut at = 0;
        for c in 0..p.count {
            let x = &x[c * plane..(c + 1) * plane];
            for oz in 0..out[0] {
                for oy in 0..out[1] {
                    for ox in 0..out[2] {
                        let mut best: Option<usize> = None;
                        for kz in 0..w.kernel[0] {
                            let z = oz * w.stride[0] - w.pad[0] + kz * w.dilation[0];
                            for ky in 0..w.kernel[1] {
                                let yy = oy * w.stride[1] - w.pad[1] + ky * w.dilation[1];
                                if z < 0 || z >= id || yy < 0 || yy >= ih {
                                    continue;
                                }
                                for kx in 0..w.kernel[2] {
                                    let xx = ox * w.stride[2] - w.pad[2] + kx * w.dilation[2];
                                    if xx < 0 || xx >= iw {
                                        continue;
                                    }
                                    let i = ((z * ih + yy) * iw + xx) as usize;
                                    // NaN wins.
                                    if best.is_none_or(|b| x[i] > x[b] || x[i] != x[i]) {
                                        best = Some(i);
                                    }
                                }
                            }
                        }
                        let best = best.unwrap_or(0);
                        y[at] = x[best];
                        places[at] = best as i64;
                        at += 1;
                    }
                }
            }
        }
        Ok(())
    }
    ordered!(x.dtype(), T => {
        let p = planes(x, n, T::DTYPE, "max_pool")?;
        let out = w.output(p.input, a.bool(5)?);
        let shape = shape_of(x, n, out)?;
        let (y, places) = (Tensor::empty(&shape, T::DTYPE)?, Tensor::empty(&shape, DType::I64)?);
        run::<T>(&p, &w, out, &y, &places)?;
        Ok((y.to_dtype(x.dtype())?, places))
    })
}

fn max_pool<const N: usize>(a: &Args) -> Result<Tensor> {
    Ok(max_pool_of(a, N)?.0)
}
fn max_pool_indices<const N: usize>(a: &Args) -> Result<(Tensor, Tensor)> {
    max_pool_of(a, N)
}

/// Means over boxes: `bounds(axis, o)` is the window of output place o, and `divide(counted)` by what a sum is divided.
fn average<T: Real>(
    p: &Planes,
    out: [i64; 3],
    y: &Tensor,
    bounds: impl Fn(usize, i64) -> (i64, i64),
    divisor: impl Fn([i64; 3], i64) -> f64,
) -> Result<()> {
    let (x, y) = (p.data.as_slice::<T>()?, y.as_mut_slice::<T>()?);
    let [id, ih, iw] = p.input;
    let plane = (id * ih * iw) as usize;
    let mut at = 0;
    for c in 0..p.count {
        let x = &x[c * plane..(c + 1) * plane];
        for oz in 0..out[0] {
            let (z0, z1) = bounds(0, oz);
            for oy in 0..out[1] {
                let (y0, y1) = bounds(1, oy);
                for ox in 0..out[2] {
                    let (x0, x1) = bounds(2, ox);
                    let mut sum = T::ZERO;
                    for z in z0.max(0)..z1.min(id) {
                        for yy in y0.max(0)..y1.min(ih) {
                            let line = ((z * ih + yy) * iw) as usize;
                            for v in &x[line + x0.max(0) as usize..line + x1.min(iw).max(x0.max(0)) as usize] {
                                sum += *v;
                            }
                        }
                    }
                    let inside = |a: i64, b: i64, n: i64| (b.min(n) - a.max(0)).max(0);
                    let counted = inside(z0, z1, id) * inside(y0, y1, ih) * inside(x0, x1, iw);
                    y[at] = sum / T::of(divisor([oz, oy, ox], counted));
                    at += 1;
                }
            }
        }
    }
    Ok(())
}

fn check_float(x: &Tensor, name: &str) -> Result<()> {
    if x.dtype().is_float() { Ok(()) } else { Err(crate::kernel::not_implemented(name, x.dtype())) }
}

/// self, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
fn avg_pool<const N: usize>(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check_float(x, "avg_pool_out_frame")?;
    let w = Window::of(a, N, None)?;
    let (ceil, include) = (a.bool(4)?, a.bool(5)?);
    let fixed = if a.len() > 6 { a.opt_int(6)? } else { None };
    check!(fixed != Some(0), "divisor must be not zero");
    real_type!(x.dtype(), T => {
        let p = planes(x, N, T::DTYPE, "avg_pool")?;
        let out = w.output(p.input, ceil);
        let y = Tensor::empty(&shape_of(x, N, out)?, T::DTYPE)?;
        let bounds = |axis: usize, o: i64| {
            let first = o * w.stride[axis] - w.pad[axis];
            (first, (first + w.kernel[axis]).min(p.input[axis] + w.pad[axis]))
        };
        let divisor = |o: [i64; 3], counted: i64| match fixed {
            Some(d) => d as f64,
            None if include => (0..3).map(|i| { let (s, e) = bounds(i, o[i]); (e - s) as f64 }).product(),
            None => counted as f64,
        };
        average::<T>(&p, out, &y, bounds, divisor)?;
        y.to_dtype(x.dtype())
    })
}

/// The requested sizes; None (-1 here) keeps the input's.
fn adaptive_output(a: &Args, n: usize, input: [i64; 3]) -> Result<[i64; 3]> {
    let list = a.int_list(1)?;
    check!(list.len() == n || list.len() == 1, "adaptive_avg_pool: output_size must be {n}");
    let mut out = [1; 3];
    for i in 0..n {
        let o = list[i.min(list.len() - 1)];
        out[3 - n + i] = if o < 0 { input[3 - n + i] } else { o };
    }
    Ok(out)
}

/// Window of output place o when `input` places are shared out to `out`.
fn adaptive_bounds(input: i64, out: i64, o: i64) -> (i64, i64) {
    (o * input / out, ((o + 1) * input + out - 1) / out)
}

fn adaptive_avg<const N: usize>(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check_float(x, "adaptive_avg_pool")?;
    real_type!(x.dtype(), T => {
        let p = planes(x, N, T::DTYPE, "adaptive_avg_pool")?;
        let out = adaptive_output(a, N, p.input)?;
        let mut shape = Dims::from_slice(&x.sizes()[..x.dim() - N]);
        shape.extend_from_slice(&out[3 - N..]);
        let y = Tensor::empty(&shape, T::DTYPE)?;
        average::<T>(&p, out, &y, |axis, o| adaptive_bounds(p.input[axis], out[axis], o), |_, n| n as f64)?;
        y.to_dtype(x.dtype())
    })
}

fn adaptive_max<const N: usize>(a: &Args) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    ordered!(x.dtype(), T => {
        let p = planes(x, N, T::DTYPE, "adaptive_max_pool")?;
        let out = adaptive_output(a, N, p.input)?;
        let mut shape = Dims::from_slice(&x.sizes()[..x.dim() - N]);
        shape.extend_from_slice(&out[3 - N..]);
        let (y, places) = (Tensor::empty(&shape, T::DTYPE)?, Tensor::empty(&shape, DType::I64)?);
        let (xs, ys, ps) = (p.data.as_slice::<T>()?, y.as_mut_slice::<T>()?, places.as_mut_slice::<i64>()?);
        let plane = p.input.iter().product::<i64>() as usize;
        let mut at = 0;
        for c in 0..p.count {
            let xs = &xs[c * plane..(c + 1) * plane];
            for oz in 0..out[0] {
                for oy in 0..out[1] {
                    for ox in 0..out[2] {
                        let b = |axis: usize, o: i64| adaptive_bounds(p.input[axis], out[axis], o);
                        let ((z0, z1), (y0, y1), (x0, x1)) = (b(0, oz), b(1, oy), b(2, ox));
                        let mut best: Option<usize> = None;
                        for z in z0..z1 {
                            for yy in y0..y1 {
                                for xx in x0..x1 {
                                    let i = ((z * p.input[1] + yy) * p.input[2] + xx) as usize;
                                    if best.is_none_or(|b| xs[i] > xs[b] || xs[i] != xs[i]) {
                                        best = Some(i);
                                    }
                                }
                            }
                        }
                        let best = best.unwrap_or(0);
                        ys[at] = xs[best];
                        ps[at] = best as i64;
                        at += 1;
                    }
                }
            }
        }
        Ok((y.to_dtype(x.dtype())?, places))
    })
}

operators! {
    aten::_adaptive_avg_pool2d => adaptive_avg::<2>, aten::_adaptive_avg_pool3d => adaptive_avg::<3>,
    aten::adaptive_avg_pool1d => adaptive_avg::<1>, aten::adaptive_avg_pool2d => adaptive_avg::<2>, aten::adaptive_avg_pool3d => adaptive_avg::<3>,
    aten::adaptive_max_pool1d => adaptive_max::<1>, aten::adaptive_max_pool2d => adaptive_max::<2>, aten::adaptive_max_pool3d => adaptive_max::<3>,
    aten::avg_pool1d => avg_pool::<1>, aten::avg_pool2d => avg_pool::<2>, aten::avg_pool3d => avg_pool::<3>,
    aten::max_pool1d => max_pool::<1>, aten::max_pool2d => max_pool::<2>, aten::max_pool3d => max_pool::<3>,
    aten::max_pool1d_with_indices => max_pool_indices::<1>, aten::max_pool2d_with_indices => max_pool_indices::<2>,
    aten::max_pool3d_with_indices => max_pool_indices::<3>,
}
