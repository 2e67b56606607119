//! Pooling over windows at random places, and the inverse of pooling.

use super::pool::planes;
use crate::math::Real;
use crate::tensor::Show;
use crate::{Args, DType, Dims, Element, Result, Tensor};
use alloc::vec::Vec;

/// self, indices, output_size: puts values at their places, zeros elsewhere.
fn max_unpool<const N: usize>(a: &Args) -> Result<Tensor> {
    let (x, places, size) = (a.tensor(0)?, a.tensor(1)?.contiguous()?, a.int_list(2)?);
    check!(places.dtype() == DType::I64, "elements in indices should be type int64 but got: {}", places.dtype().name());
    check!(
        x.sizes() == places.sizes(),
        "Expected shape of indices to be same as that of the input tensor ({}) but got indices tensor with shape: {}",
        Show(x.sizes()),
        Show(places.sizes())
    );
    check!(size.len() == N && x.dim() > N, "There should be exactly {N} elements in output_size");
    let lead = x.dim() - N;
    let mut shape = Dims::from_slice(&x.sizes()[..lead]);
    shape.extend_from_slice(size);
    let y = Tensor::zeros(&shape, x.dtype())?;
    let (xs, n) = (x.contiguous()?, size.iter().product::<i64>());
    let inner = x.sizes()[lead..].iter().product::<i64>().max(1) as usize;
    dispatch_size!(x.itemsize(), T => {
        let (from, to) = (xs.data_ptr() as *const T, y.data_ptr() as *mut T);
        for (i, &place) in places.as_slice::<i64>()?.iter().enumerate() {
            check!((0..n).contains(&place), "Found an invalid max index: {place} (output volumes are of size {})", Show(size));
            // SAFETY: checked; i counts the elements of x.
            unsafe { *to.add(i / inner * n as usize + place as usize) = *from.add(i) }
        }
    });
    Ok(y)
}

/// Where the windows of one dimension begin.
fn starts<T: Real>(sample: T, input: i64, output: i64, kernel: i64) -> Vec<i64> {
    let mut all: Vec<i64> = alloc::vec![0; output as usize];
    if output > 1 {
        let alpha = T::of((input - kernel) as f64) / T::of((output - 1) as f64);
        for (i, s) in all.iter_mut().enumerate() {
            *s = ((T::of(i as f64) + sample) * alpha).to_i64() - (sample * alpha).to_i64();
        }
    }
    if let Some(last) = all.last_mut() {
        *last = input - kernel;
    }
    all
}

/// self, kernel_size, output_size, random_samples
fn fractional_max_pool<const N: usize>(a: &Args) -> Result<(Tensor, Tensor)> {
    let (x, kernel, output, samples) = (a.tensor(0)?, a.int_array::<N>(1)?, a.int_array::<N>(2)?, a.tensor(3)?);
    let name = if N == 2 { "fractional_max_pool2d" } else { "fractional_max_pool3d" };
    check!(
        x.dim() == N + 1 || x.dim() == N + 2,
        "{name}(): Expected {}D or {}D (batch mode) tensor, but got: {}",
        N + 1,
        N + 2,
        Show(x.sizes())
    );
    check!(x.dtype() == samples.dtype(), "Expect _random_samples to have the same dtype as input");
    check!(
        samples.dim() == 3 && samples.sizes()[2] == N as i64,
        "Expect _random_samples to have 3 dimensions with {N} samples each, got {}",
        Show(samples.sizes())
    );
    if !x.dtype().is_float() {
        return Err(crate::kernel::not_implemented(
            if N == 2 { "fractional_max_pool2d_out_frame" } else { "fractional_max_pool3d_out_frame" },
            x.dtype(),
        ));
    }
    let lead = x.dim() - N;
    let mut shape = Dims::from_slice(&x.sizes()[..lead]);
    shape.extend_from_slice(&output);
    real_type!(x.dtype(), T => {
        let p = planes(x, N, T::DTYPE, name)?;
        let (mut k, mut o) = ([1; 3], [1; 3]);
        k[3 - N..].copy_from_slice(&kernel);
        o[3 - N..].copy_from_slice(&output);
        for i in 0..3 {
            check!(o[i] > 0 && k[i] > 0 && o[i] + k[i] - 1 <= p.input[i], "{name}(): pool size ({}) too large relative to input size ({})", k[i], p.input[i]);
        }
        let samples = samples.to_dtype(T::DTYPE)?.contiguous()?;
        check!(samples.sizes()[0] * samples.sizes()[1] >= p.count as i64, "Expect _random_samples to have samples for every plane");
        let (y, places) = (Tensor::empty(&shape, T::DTYPE)?, Tensor::empty(&shape, DType::I64)?);
        let (xs, ys, ps, ss) = (p.data.as_slice::<T>()?, y.as_mut_slice::<T>()?, places.as_mut_slice::<i64>()?, samples.as_slice::<T>()?);
        let plane = p.input.iter().product::<i64>() as usize;
        let mut at = 0;
        for c in 0..p.count {
            let xs = &xs[c * plane..(c + 1) * plane];
            // Samples go by width, height, depth; in volumes by depth, height, width.
            let sample = |axis: usize| match N {
                2 if axis == 0 => T::ZERO,
                2 => ss[c * 2 + 2 - axis],
                _ => ss[c * 3 + axis],
            };
            let begin: [Vec<i64>; 3] = core::array::from_fn(|i| starts(sample(i), p.input[i], o[i], k[i]));
            for &z0 in &begin[0] {
                for &y0 in &begin[1] {
                    for &x0 in &begin[2] {
                        let mut best = ((z0 * p.input[1] + y0) * p.input[2] + x0) as usize;
                        for z in z0..z0 + k[0] {
                            for yy in y0..y0 + k[1] {
                                for xx in x0..x0 + k[2] {
                                    let i = ((z * p.input[1] + yy) * p.input[2] + xx) as usize;
                                    if xs[i] > xs[best] || xs[i].is_nan() {
                                        best = i;
                                    }
                                }
                            }
                        }
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
    aten::fractional_max_pool2d => fractional_max_pool::<2>,
    aten::fractional_max_pool3d => fractional_max_pool::<3>,
    aten::max_unpool2d => max_unpool::<2>,
    aten::max_unpool3d => max_unpool::<3>,
}
