//! Convolution that reads its input at learnt places.

use super::{Number, number};
use crate::element::Element;
use crate::math::Real;
use crate::ops::matmul::matmul_of;
use crate::promote::result_type;
use crate::tensor::Show;
use crate::{Args, DType, Result, Tensor};

macro_rules! expected {
    ($c:expr, $text:literal) => {
        check!($c, concat!("Expected ", $text, " to be true, but got false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)"))
    };
}

/// Sizes of a deformable convolution.
struct Geometry {
    channels: i64,
    height: i64,
    width: i64,
    kernel: [i64; 2],
    stride: [i64; 2],
    pad: [i64; 2],
    dilation: [i64; 2],
    out: [i64; 2],
    offset_groups: i64,
}

/// input, weight, offset, mask, bias, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups, offset_groups, use_mask
fn deform_conv2d(a: &Args) -> Result<Tensor> {
    let (input, weight, offset, mask, bias) = (a.tensor(0)?, a.tensor(1)?, a.tensor(2)?, a.tensor(3)?, a.tensor(4)?);
    let (groups, use_mask) = (a.int(11)?, a.bool(13)?);
    let g = geometry(a)?;
    let (n, filters) = (input.sizes()[0], weight.sizes()[0]);
    let (taps, cells) = (g.kernel[0] * g.kernel[1], g.out[0] * g.out[1]);
    let y = number!(input, "deformable_im2col", T => {
        for t in [offset, mask] {
            check!(t.dtype() == T::DTYPE, "expected scalar type {} but found {}", T::DTYPE.name(), t.dtype().name());
        }
        check!(
            weight.dtype() == T::DTYPE,
            "mat1 and mat2 must have the same dtype, but got {} and {}",
            weight.dtype().name(),
            T::DTYPE.name()
        );
        // Half is summed as float.
        let working = if T::DTYPE == DType::F16 { DType::F32 } else { T::DTYPE };
        let kernel = weight.to_dtype(working)?.reshape(&[groups, filters / groups, weight.sizes()[1] * taps])?;
        let y = Tensor::empty(&[n, filters, g.out[0], g.out[1]], T::DTYPE)?;
        let (input, offset, mask) = (input.contiguous()?, offset.contiguous()?, mask.contiguous()?);
        for image in 0..n {
            let mask = if use_mask { Some(mask.select(0, image)?) } else { None };
            let columns = columns::<T>(&g, &input.select(0, image)?, &offset.select(0, image)?, mask.as_ref())?;
            let columns = columns.to_dtype(working)?.view(&[groups, weight.sizes()[1] * taps, cells])?;
            let product = matmul_of(&kernel, &columns)?.to_dtype(T::DTYPE)?.contiguous()?;
            y.select(0, image)?.as_mut_slice::<T>()?.copy_from_slice(product.as_slice::<T>()?);
        }
        y
    });
    check!(bias.numel() as i64 == filters, "shape '{}' is invalid for input of size {}", Show(&[1, filters, 1, 1]), bias.numel());
    let dtype = result_type(&y, bias)?;
    let (y, bias) = (y.to_dtype(dtype)?, bias.to_dtype(dtype)?.contiguous()?);
    number!(y, "add", T => {
        let planes = y.as_mut_slice::<T>()?.chunks_exact_mut(cells as usize);
        planes.zip(bias.as_slice::<T>()?.iter().cycle()).for_each(|(plane, b)| plane.iter_mut().for_each(|v| *v += *b));
    });
    Ok(y)
}

/// Checks the arguments against one another.
fn geometry(a: &Args) -> Result<Geometry> {
    let (input, weight, offset, mask) = (a.tensor(0)?, a.tensor(1)?, a.tensor(2)?, a.tensor(3)?);
    let pair = |i: usize| -> Result<[i64; 2]> { Ok([a.int(i)?, a.int(i + 1)?]) };
    let (stride, pad, dilation) = (pair(5)?, pair(7)?, pair(9)?);
    let (groups, offset_groups, use_mask) = (a.int(11)?, a.int(12)?, a.bool(13)?);
    expected!(input.dim() == 4, "input_c.ndimension() == 4");
    expected!(offset.dim() == 4, "offset_c.ndimension() == 4");
    expected!(!use_mask || mask.dim() == 4, "!use_mask || mask_c.ndimension() == 4");
    expected!(weight.dim() == 4, "weight_c.ndimension() == 4");
    let (x, w) = (input.sizes(), weight.sizes());
    let kernel = [w[2], w[3]];
    check!(kernel.iter().all(|s| *s > 0), "weight_h: {} weight_w: {}", kernel[0], kernel[1]);
    check!(stride.iter().all(|s| *s > 0), "stride_h: {} stride_w: {}", stride[0], stride[1]);
    check!(pad.iter().all(|s| *s >= 0), "pad_h: {} pad_w: {}", pad[0], pad[1]);
    check!(dilation.iter().all(|s| *s > 0), "dilation_h: {} dilation_w: {}", dilation[0], dilation[1]);
    expected!(w[1].checked_mul(groups) == Some(x[1]), "weight_c.size(1) * n_weight_grps == input_c.size(1)");
    expected!(groups > 0 && w[0] % groups == 0, "weight_c.size(0) % n_weight_grps == 0");
    let per_offset = offset_groups.checked_mul(kernel[0] * kernel[1]);
    let shifts = per_offset.and_then(|n| n.checked_mul(2));
    let (Some(per_offset), Some(shifts)) = (per_offset, shifts) else { bail!("deform_conv2d: sizes overflow") };
    let o = offset.sizes();
    check!(o[1] == shifts, "offset.shape[1] is not valid: got: {} expected: {shifts}", o[1]);
    check!(
        !use_mask || mask.sizes()[1] == per_offset,
        "mask.shape[1] is not valid: got: {} expected: {per_offset}",
        mask.sizes()[1]
    );
    expected!(offset_groups > 0 && x[1] % offset_groups == 0, "input_c.size(1) % n_offset_grps == 0");
    check!(o[0] == x[0], "invalid batch size of offset");
    let size = |i: usize| -> Result<i64> {
        let reach = dilation[i].checked_mul(kernel[i] - 1).and_then(|r| r.checked_add(1));
        let room = pad[i].checked_mul(2).and_then(|p| p.checked_add(x[2 + i]));
        let (Some(reach), Some(room)) = (reach, room) else { bail!("deform_conv2d: sizes overflow") };
        Ok((room - reach) / stride[i] + 1)
    };
    let out = [size(0)?, size(1)?];
    let fits = |what: &str, s: &[i64]| {
        let [h, w] = out;
        check!(s[2..] == out, "{what} output dims: ({}, {}) - computed output dims: ({h}, {w})", s[2], s[3]);
        Ok(())
    };
    fits("offset", o)?;
    check!(mask.sizes().first() == Some(&x[0]), "invalid batch size of mask");
    if use_mask {
        fits("mask", mask.sizes())?;
    }
    check!(out.iter().all(|s| *s > 0), "Calculated output size too small - out_h: {} out_w: {}", out[0], out[1]);
    Ok(Geometry { channels: x[1], height: x[2], width: x[3], kernel, stride, pad, dilation, out, offset_groups })
}

/// One image's values under every tap of the kernel, [C * taps, cells of the output].
fn columns<T: Number>(g: &Geometry, image: &Tensor, offset: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    let (taps, cells) = ((g.kernel[0] * g.kernel[1]) as usize, (g.out[0] * g.out[1]) as usize);
    let y = Tensor::empty(&[g.channels * taps as i64, cells as i64], T::DTYPE)?;
    let (input, offset, out) = (image.as_slice::<T>()?, offset.as_slice::<T>()?, y.as_mut_slice::<T>()?);
    let mask = mask.map(|m| m.as_slice::<T>()).transpose()?;
    let plane = (g.height * g.width) as usize;
    // Channels of a group read the same places.
    let group = (g.channels / g.offset_groups) as usize;
    for row in 0..g.offset_groups as usize * taps {
        let (first, tap) = (row / taps * group, row % taps);
        let (i, j) = (tap as i64 / g.kernel[1], tap as i64 % g.kernel[1]);
        for cell in 0..cells {
            let place = |k: usize, out: i64, tap: i64| {
                let start = out * g.stride[k] - g.pad[k] + tap * g.dilation[k];
                T::from_f64(start as f64) + offset[(2 * row + k) * cells + cell]
            };
            let (y, x) = (place(0, cell as i64 / g.out[1], i), place(1, cell as i64 % g.out[1], j));
            let read = g.taps(y, x);
            let weight = mask.map_or(T::from_f64(1.0), |m| m[row * cells + cell]);
            for c in first..first + group {
                let plane = &input[c * plane..(c + 1) * plane];
                let at = |(i, weight): (Option<usize>, T)| weight * i.map_or(T::from_f64(0.0), |i| plane[i]);
                let value = read.map_or(T::from_f64(0.0), |t| at(t[0]) + at(t[1]) + at(t[2]) + at(t[3]));
                out[(c * taps + tap) * cells + cell] = weight * value;
            }
        }
    }
    Ok(y)
}

impl Geometry {
    /// Places and weights of a bilinear reading, None where it lies outside of the image: that counts as zero.
    fn taps<T: Number>(&self, y: T, x: T) -> Option<[(Option<usize>, T); 4]> {
        let inside = |v: T, n: i64| v > T::from_f64(-1.0) && v < T::from_f64(n as f64);
        if !inside(y, self.height) || !inside(x, self.width) {
            return None;
        }
        let (y0, x0) = (Real::floor(y.to_f64()) as i64, Real::floor(x.to_f64()) as i64);
        let (ly, lx) = (y - T::from_f64(y0 as f64), x - T::from_f64(x0 as f64));
        let (hy, hx) = (T::from_f64(1.0) - ly, T::from_f64(1.0) - lx);
        let at = |y: i64, x: i64| {
            let inside = (0..self.height).contains(&y) && (0..self.width).contains(&x);
            inside.then_some((y * self.width + x) as usize)
        };
        Some([(at(y0, x0), hy * hx), (at(y0, x0 + 1), hy * lx), (at(y0 + 1, x0), ly * hx), (at(y0 + 1, x0 + 1), ly * lx)])
    }
}

operators! {
    torchvision::deform_conv2d => deform_conv2d,
}
