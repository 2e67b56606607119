//! torchvision's operators: suppression of overlapping boxes, pooling of regions, convolution at learnt places.

use crate::element::Element;
use crate::math::Real;
use crate::ops::matmul::matmul_of;
use crate::ops::order::sort_of;
use crate::{Args, DType, Dims, Result, Tensor};
use alloc::vec::Vec;

/// Runs `$body` for float and double; half tensors are computed as float and cast back.
macro_rules! real {
    ($x:expr, $name:literal, $T:ident => $body:expr) => {
        match $x.dtype() {
            DType::F64 => {
                type $T = f64;
                $body
            }
            DType::F32 | DType::F16 => {
                type $T = f32;
                $body
            }
            other => bail!(NotImplemented, "\"{}\" not implemented for '{}'", $name, other.name()),
        }
    };
}

/// The dtype that a tensor is computed in.
fn working(x: &Tensor) -> DType {
    if x.dtype() == DType::F64 { DType::F64 } else { DType::F32 }
}

fn prepared(x: &Tensor) -> Result<Tensor> {
    x.to_dtype(working(x))?.contiguous()
}

/// dets, scores, iou_threshold
fn nms(a: &Args) -> Result<Tensor> {
    let (boxes, scores, threshold) = (a.tensor(0)?, a.tensor(1)?, a.float(2)?);
    check!(boxes.dim() == 2, "boxes should be a 2d tensor, got {}D", boxes.dim());
    check!(boxes.sizes()[1] == 4, "boxes should have 4 elements in dimension 1, got {}", boxes.sizes()[1]);
    check!(scores.dim() == 1, "scores should be a 1d tensor, got {}D", scores.dim());
    let (n, m) = (boxes.sizes()[0], scores.sizes()[0]);
    check!(n == m, "boxes and scores should have same number of elements in dimension 0, got {n} and {m}");
    check!(boxes.dtype() == scores.dtype(), "dets should have the same type as scores");
    let order = sort_of(scores, 0, true)?.1;
    real!(boxes, "nms_kernel", T => keep::<T>(&prepared(boxes)?, order.as_slice::<i64>()?, threshold))
}

/// Boxes in order, without those that overlap an earlier one by more than the threshold.
fn keep<T: Real>(boxes: &Tensor, order: &[i64], threshold: f64) -> Result<Tensor> {
    let b = boxes.as_slice::<T>()?;
    let (low, high) = (|x: T, y: T| if y < x { y } else { x }, |x: T, y: T| if y > x { y } else { x });
    let of = |i: i64| {
        let b = &b[i as usize * 4..];
        (b[0], b[1], b[2], b[3], (b[2] - b[0]) * (b[3] - b[1]))
    };
    let mut gone = alloc::vec![false; order.len()];
    let mut kept: Vec<i64> = Vec::new();
    for (at, &i) in order.iter().enumerate() {
        if gone[i as usize] {
            continue;
        }
        kept.push(i);
        let (x1, y1, x2, y2, area) = of(i);
        for &j in &order[at + 1..] {
            if gone[j as usize] {
                continue;
            }
            let (u1, v1, u2, v2, other) = of(j);
            let w = high(T::ZERO, low(x2, u2) - high(x1, u1));
            let h = high(T::ZERO, low(y2, v2) - high(y1, v1));
            let shared = w * h;
            let overlap: f64 = (shared / (area + other - shared)).to_f64();
            gone[j as usize] = overlap > threshold;
        }
    }
    Tensor::from_slice(&kept, &[kept.len() as i64])
}

/// Images, regions over them, and the size that each region is brought to.
struct Pooling<T> {
    input: Tensor,
    rois: Tensor,
    scale: T,
    channels: usize,
    height: usize,
    width: usize,
    rows: usize,
    cols: usize,
}

/// One region: its image, and its corners in the image's own places.
struct Region<T> {
    image: usize,
    x1: T,
    y1: T,
    x2: T,
    y2: T,
}

impl<T: Real> Pooling<T> {
    /// input [N, C, H, W], rois [K, 5], spatial_scale, pooled_height, pooled_width
    fn new(a: &Args) -> Result<Pooling<T>> {
        let (input, rois) = (a.tensor(0)?, a.tensor(1)?);
        check!(input.dim() == 4, "input must be a 4-D tensor, got {}D", input.dim());
        check!(rois.dim() == 2 && rois.sizes()[1] == 5, "Tensor rois should have shape as Tensor[K, 5]");
        check!(input.dtype() == rois.dtype(), "Expected tensor for input and rois to have the same type");
        let (rows, cols) = (a.int(3)?, a.int(4)?);
        check!(rows > 0 && cols > 0, "pooled sizes must be positive, got {rows} and {cols}");
        let s = input.sizes();
        Ok(Pooling {
            scale: T::of(a.float(2)?),
            channels: s[1] as usize,
            height: s[2] as usize,
            width: s[3] as usize,
            input: prepared(input)?,
            rois: prepared(rois)?,
            rows: rows as usize,
            cols: cols as usize,
        })
    }

    fn output(&self, channels: usize, dtype: DType) -> Result<Tensor> {
        Tensor::zeros(&[self.rois.sizes()[0], channels as i64, self.rows as i64, self.cols as i64], dtype)
    }

    /// Calls `each` with every region's number and place, `shift` taken off its corners.
    fn regions(&self, shift: T, mut each: impl FnMut(usize, Region<T>) -> Result<()>) -> Result<()> {
        let images = self.input.sizes()[0];
        for (n, r) in self.rois.as_slice::<T>()?.chunks_exact(5).enumerate() {
            let image = r[0].to_f64() as i64;
            check!((0..images).contains(&image), Index, "a region is in image {image}, but there are {images}");
            let at = |x: T| x * self.scale - shift;
            each(n, Region { image: image as usize, x1: at(r[1]), y1: at(r[2]), x2: at(r[3]), y2: at(r[4]) })?;
        }
        Ok(())
    }

    /// One channel of one image.
    fn plane(&self, image: usize, channel: usize) -> Result<&[T]> {
        let size = self.height * self.width;
        let at = (image * self.channels + channel) * size;
        Ok(&self.input.as_slice::<T>()?[at..at + size])
    }

    /// Places and weights of a bilinear reading; all zero outside of the image.
    fn taps(&self, y: T, x: T) -> [(usize, T); 4] {
        let (h, w) = (T::of(self.height as f64), T::of(self.width as f64));
        let least = T::of(-1.0);
        if !(y >= least && y <= h && x >= least && x <= w) || self.height == 0 || self.width == 0 {
            return [(0, T::ZERO); 4];
        }
        let along = |v: T, n: usize| {
            let v = if v <= T::ZERO { T::ZERO } else { v };
            let low = v.to_f64() as usize;
            if low + 1 >= n { (n - 1, n - 1, T::ZERO) } else { (low, low + 1, v - T::of(low as f64)) }
        };
        let ((y0, y1, ly), (x0, x1, lx)) = (along(y, self.height), along(x, self.width));
        let (hy, hx) = (T::ONE - ly, T::ONE - lx);
        let at = |y: usize, x: usize| y * self.width + x;
        [(at(y0, x0), hy * hx), (at(y0, x1), hy * lx), (at(y1, x0), ly * hx), (at(y1, x1), ly * lx)]
    }

    /// How many readings a cell takes along a dimension of the region.
    fn readings(extent: T, cells: usize, ratio: i64) -> Result<usize> {
        let n = if ratio > 0 { ratio as f64 } else { Real::ceil(extent / T::of(cells as f64)).to_f64() };
        check!(!(n > 1e6), "a region is too large: it takes {n} readings along a side");
        Ok(n.max(0.0) as usize)
    }
}

fn mean_of<T: Real>(plane: &[T], taps: &[[(usize, T); 4]], count: T) -> T {
    let mut sum = T::ZERO;
    for t in taps {
        sum += t[0].1 * plane.get(t[0].0).copied().unwrap_or(T::ZERO)
            + t[1].1 * plane.get(t[1].0).copied().unwrap_or(T::ZERO)
            + t[2].1 * plane.get(t[2].0).copied().unwrap_or(T::ZERO)
            + t[3].1 * plane.get(t[3].0).copied().unwrap_or(T::ZERO);
    }
    sum / count
}

/// input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned
fn roi_align(a: &Args) -> Result<Tensor> {
    let (ratio, aligned) = (a.int(5)?, a.bool(6)?);
    let y = real!(a.tensor(0)?, "roi_align", T => {
        let p = Pooling::<T>::new(a)?;
        let y = p.output(p.channels, T::DTYPE)?;
        let out = y.as_mut_slice::<T>()?;
        p.regions(T::of(if aligned { 0.5 } else { 0.0 }), |n, r| {
            let size = |low: T, high: T| {
                let d = high - low;
                if !aligned && !(d > T::ONE) { T::ONE } else { d }
            };
            let (h, w) = (size(r.y1, r.y2), size(r.x1, r.x2));
            let (ch, cw) = (h / T::of(p.rows as f64), w / T::of(p.cols as f64));
            let (gh, gw) = (Pooling::readings(h, p.rows, ratio)?, Pooling::readings(w, p.cols, ratio)?);
            let count = T::of((gh * gw).max(1) as f64);
            for i in 0..p.rows {
                for j in 0..p.cols {
                    let mut taps = Vec::new();
                    for u in 0..gh {
                        let y = r.y1 + T::of(i as f64) * ch + (T::of(u as f64) + T::of(0.5)) * ch / T::of(gh as f64);
                        for v in 0..gw {
                            let x = r.x1 + T::of(j as f64) * cw + (T::of(v as f64) + T::of(0.5)) * cw / T::of(gw as f64);
                            taps.push(p.taps(y, x));
                        }
                    }
                    for c in 0..p.channels {
                        out[((n * p.channels + c) * p.rows + i) * p.cols + j] = mean_of(p.plane(r.image, c)?, &taps, count);
                    }
                }
            }
            Ok(())
        })?;
        y
    });
    y.to_dtype(a.tensor(0)?.dtype())
}

/// The cells of a region of whole numbers along one dimension, within `0..limit`.
fn cells<T: Real>(start: i64, extent: i64, count: usize, limit: i64) -> impl Fn(usize) -> (usize, usize) {
    let size = T::of(extent as f64) / T::of(count as f64);
    move |i| {
        let low = Real::floor(T::of(i as f64) * size).to_f64() as i64;
        let high = Real::ceil(T::of((i + 1) as f64) * size).to_f64() as i64;
        (low.saturating_add(start).clamp(0, limit) as usize, high.saturating_add(start).clamp(0, limit) as usize)
    }
}

fn rounded<T: Real>(x: T) -> i64 {
    let x = x.to_f64();
    // Halves go away from zero.
    (if x < 0.0 { Real::ceil(x - 0.5) } else { Real::floor(x + 0.5) }) as i64
}

/// input, rois, spatial_scale, pooled_height, pooled_width
fn roi_pool(a: &Args) -> Result<(Tensor, Tensor)> {
    let (y, places) = real!(a.tensor(0)?, "roi_pool", T => {
        let p = Pooling::<T>::new(a)?;
        let (y, places) = (p.output(p.channels, T::DTYPE)?, p.output(p.channels, DType::I32)?);
        let (out, at) = (y.as_mut_slice::<T>()?, places.as_mut_slice::<i32>()?);
        p.regions(T::ZERO, |n, r| {
            let (x1, y1) = (rounded(r.x1), rounded(r.y1));
            let extent = |low: i64, high: T| rounded(high).saturating_sub(low).saturating_add(1).max(1);
            let rows = cells::<T>(y1, extent(y1, r.y2), p.rows, p.height as i64);
            let cols = cells::<T>(x1, extent(x1, r.x2), p.cols, p.width as i64);
            for c in 0..p.channels {
                let plane = p.plane(r.image, c)?;
                for i in 0..p.rows {
                    for j in 0..p.cols {
                        let ((y0, y1), (x0, x1)) = (rows(i), cols(j));
                        let mut best = if y1 <= y0 || x1 <= x0 { (T::ZERO, -1) } else { (T::of(-f32::MAX as f64), -1) };
                        for y in y0..y1 {
                            for x in x0..x1 {
                                let k = y * p.width + x;
                                if plane[k] > best.0 {
                                    best = (plane[k], k as i32);
                                }
                            }
                        }
                        let to = ((n * p.channels + c) * p.rows + i) * p.cols + j;
                        (out[to], at[to]) = best;
                    }
                }
            }
            Ok(())
        })?;
        (y, places)
    });
    Ok((y.to_dtype(a.tensor(0)?.dtype())?, places))
}

/// Channels per cell of position-sensitive pooling.
fn channels_out<T>(p: &Pooling<T>) -> Result<usize> {
    let per = p.rows * p.cols;
    check!(p.channels % per == 0, "input channels must be a multiple of pooling height * pooling width");
    Ok(p.channels / per)
}

/// input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio
fn ps_roi_align(a: &Args) -> Result<(Tensor, Tensor)> {
    let ratio = a.int(5)?;
    let (y, mapping) = real!(a.tensor(0)?, "ps_roi_align", T => {
        let p = Pooling::<T>::new(a)?;
        let channels = channels_out(&p)?;
        let (y, mapping) = (p.output(channels, T::DTYPE)?, p.output(channels, DType::I32)?);
        let (out, from) = (y.as_mut_slice::<T>()?, mapping.as_mut_slice::<i32>()?);
        p.regions(T::of(0.5), |n, r| {
            let (h, w) = (r.y2 - r.y1, r.x2 - r.x1);
            let (ch, cw) = (h / T::of(p.rows as f64), w / T::of(p.cols as f64));
            let (gh, gw) = (Pooling::readings(h, p.rows, ratio)?, Pooling::readings(w, p.cols, ratio)?);
            let count = T::of((gh * gw) as f64);
            for c in 0..channels {
                for i in 0..p.rows {
                    for j in 0..p.cols {
                        let source = (c * p.rows + i) * p.cols + j;
                        let mut taps = Vec::new();
                        for u in 0..gh {
                            let y = T::of(i as f64) * ch + r.y1 + (T::of(u as f64) + T::of(0.5)) * ch / T::of(gh as f64);
                            for v in 0..gw {
                                let x = T::of(j as f64) * cw + r.x1 + (T::of(v as f64) + T::of(0.5)) * cw / T::of(gw as f64);
                                taps.push(p.taps(y, x));
                            }
                        }
                        let to = n * channels * p.rows * p.cols + source;
                        out[to] = mean_of(p.plane(r.image, source)?, &taps, count);
                        from[to] = source as i32;
                    }
                }
            }
            Ok(())
        })?;
        (y, mapping)
    });
    Ok((y.to_dtype(a.tensor(0)?.dtype())?, mapping))
}

/// input, rois, spatial_scale, pooled_height, pooled_width
fn ps_roi_pool(a: &Args) -> Result<(Tensor, Tensor)> {
    let (y, mapping) = real!(a.tensor(0)?, "ps_roi_pool", T => {
        let p = Pooling::<T>::new(a)?;
        let channels = channels_out(&p)?;
        let (y, mapping) = (p.output(channels, T::DTYPE)?, p.output(channels, DType::I32)?);
        let (out, from) = (y.as_mut_slice::<T>()?, mapping.as_mut_slice::<i32>()?);
        p.regions(T::ZERO, |n, r| {
            let (x1, y1) = (rounded(r.x1), rounded(r.y1));
            let extent = |low: i64, high: T| rounded(high).saturating_sub(low).max(1);
            // The last row and column of the image are left out, as torchvision does.
            let rows = cells::<T>(y1, extent(y1, r.y2), p.rows, (p.height as i64 - 1).max(0));
            let cols = cells::<T>(x1, extent(x1, r.x2), p.cols, (p.width as i64 - 1).max(0));
            for source in 0..channels * p.rows * p.cols {
                let ((y0, y1), (x0, x1)) = (rows(source / p.cols % p.rows), cols(source % p.cols));
                let plane = p.plane(r.image, source)?;
                let mut sum = T::ZERO;
                for y in y0..y1 {
                    plane[y * p.width + x0.min(x1)..y * p.width + x1].iter().for_each(|v| sum += *v);
                }
                let to = n * channels * p.rows * p.cols + source;
                let area = (y1.saturating_sub(y0) * x1.saturating_sub(x0)) as f64;
                out[to] = if area == 0.0 { T::ZERO } else { sum / T::of(area) };
                from[to] = source as i32;
            }
            Ok(())
        })?;
        (y, mapping)
    });
    Ok((y.to_dtype(a.tensor(0)?.dtype())?, mapping))
}

/// input, weight, offset, mask, bias, stride_h, stride_w, pad_h, pad_w, dilation_h, dilation_w, groups, offset_groups, use_mask
fn deform_conv2d(a: &Args) -> Result<Tensor> {
    let (input, weight, offset, mask, bias) = (a.tensor(0)?, a.tensor(1)?, a.tensor(2)?, a.tensor(3)?, a.tensor(4)?);
    let n = |i: usize| a.int(i);
    let (stride, pad, dilation) = ([n(5)?, n(6)?], [n(7)?, n(8)?], [n(9)?, n(10)?]);
    let (groups, offset_groups, use_mask) = (n(11)?, n(12)?, a.bool(13)?);
    check!(input.dim() == 4 && offset.dim() == 4 && weight.dim() == 4, "deform_conv2d expects 4-D input, offset and weight");
    check!(!use_mask || mask.dim() == 4, "deform_conv2d expects a 4-D mask");
    check!(stride.iter().all(|s| *s > 0), "stride_h: {} stride_w: {}", stride[0], stride[1]);
    check!(pad.iter().all(|s| *s >= 0), "pad_h: {} pad_w: {}", pad[0], pad[1]);
    check!(dilation.iter().all(|s| *s > 0), "dil_h: {} dil_w: {}", dilation[0], dilation[1]);
    let (x, w) = (input.sizes(), weight.sizes());
    check!(
        groups > 0 && w[1] * groups == x[1],
        "the weight's channels {} times {groups} groups are not the input's {}",
        w[1],
        x[1]
    );
    check!(w[0] % groups == 0, "the weight's {} output channels do not divide into {groups} groups", w[0]);
    check!(offset_groups > 0 && x[1] % offset_groups == 0, "{} channels do not divide into {offset_groups} offset groups", x[1]);
    let size = |i: usize| -> Result<i64> {
        let reach = dilation[i].checked_mul(w[2 + i] - 1).and_then(|r| r.checked_add(1));
        let room = pad[i].checked_mul(2).and_then(|p| p.checked_add(x[2 + i]));
        let (Some(reach), Some(room)) = (reach, room) else { bail!("deform_conv2d: sizes overflow") };
        check!(room >= reach, "Calculated output size too small");
        Ok((room - reach) / stride[i] + 1)
    };
    let (oh, ow) = (size(0)?, size(1)?);
    let taps = w[2] * w[3];
    let fits = |t: &Tensor, channels: i64| t.sizes() == [x[0], channels, oh, ow];
    check!(fits(offset, 2 * offset_groups * taps), "offset output dims do not fit the output of size {oh} x {ow}");
    check!(!use_mask || fits(mask, offset_groups * taps), "mask output dims do not fit the output of size {oh} x {ow}");
    let same = [weight, offset, bias].iter().all(|t| t.dtype() == input.dtype()) && (!use_mask || mask.dtype() == input.dtype());
    check!(same, "deform_conv2d expects tensors of one type");
    let columns = real!(input, "deformable_im2col", T => {
        let tensors = [prepared(input)?, prepared(offset)?, prepared(mask)?];
        let g = Geometry { x, w, stride, pad, dilation, oh, ow, offset_groups };
        columns::<T>(&tensors, &g, use_mask)?
    });
    // [N, groups, C/groups * taps, oh*ow] under weights [groups, out/groups, C/groups * taps]
    let columns = columns.view(&[x[0], groups, w[1] * taps, oh * ow])?;
    let kernel = prepared(weight)?.view(&[1, groups, w[0] / groups, w[1] * taps])?;
    let y = matmul_of(&kernel, &columns)?.reshape(&[x[0], w[0], oh, ow])?;
    check!(bias.numel() as i64 == w[0], "the bias has {} elements for {} channels", bias.numel(), w[0]);
    let y = y.contiguous()?;
    real!(input, "deform_conv2d", T => {
        let bias = prepared(bias)?;
        let planes = y.as_mut_slice::<T>()?.chunks_exact_mut((oh * ow) as usize);
        planes.zip(bias.as_slice::<T>()?.iter().cycle()).for_each(|(plane, b)| plane.iter_mut().for_each(|v| *v += *b));
    });
    y.to_dtype(input.dtype())
}

/// Sizes of a deformable convolution.
struct Geometry<'a> {
    x: &'a [i64],
    w: &'a [i64],
    stride: [i64; 2],
    pad: [i64; 2],
    dilation: [i64; 2],
    oh: i64,
    ow: i64,
    offset_groups: i64,
}

/// The input at the places that the offsets say, [N, C * taps, oh * ow].
fn columns<T: Real>([x, offset, mask]: &[Tensor; 3], g: &Geometry, use_mask: bool) -> Result<Tensor> {
    let (n, c, h, w) = (g.x[0], g.x[1], g.x[2], g.x[3]);
    let (taps, cells) = (g.w[2] * g.w[3], g.oh * g.ow);
    let sizes: Dims = Dims::from_slice(&[n, c * taps, cells]);
    let y = Tensor::zeros(&sizes, T::DTYPE)?;
    let (input, offset, out) = (x.as_slice::<T>()?, offset.as_slice::<T>()?, y.as_mut_slice::<T>()?);
    let mask = if use_mask { Some(mask.as_slice::<T>()?) } else { None };
    for (at, value) in out.iter_mut().enumerate() {
        let at = at as i64;
        let (cell, tap, channel, image) = (at % cells, at / cells % taps, at / cells / taps % c, at / cells / taps / c);
        let group = image * g.offset_groups + channel / (c / g.offset_groups);
        let shift = |k: i64| offset[((group * 2 * taps + 2 * tap + k) * cells + cell) as usize];
        let place =
            |i: usize, out: i64, tap: i64| T::of((out * g.stride[i] - g.pad[i] + tap * g.dilation[i]) as f64) + shift(i as i64);
        let (py, px) = (place(0, cell / g.ow, tap / g.w[3]), place(1, cell % g.ow, tap % g.w[3]));
        let plane = &input[((image * c + channel) * h * w) as usize..];
        let read = bilinear(plane, h, w, py, px);
        *value = mask.map_or(T::ONE, |m| m[((group * taps + tap) * cells + cell) as usize]) * read;
    }
    Ok(y)
}

/// A bilinear reading that counts what lies outside as zero.
fn bilinear<T: Real>(plane: &[T], h: i64, w: i64, y: T, x: T) -> T {
    let inside = |v: T, n: i64| v > T::of(-1.0) && v < T::of(n as f64);
    if !inside(y, h) || !inside(x, w) {
        return T::ZERO;
    }
    let (y0, x0) = (Real::floor(y), Real::floor(x));
    let (ly, lx) = (y - y0, x - x0);
    let (y0, x0) = (y0.to_f64() as i64, x0.to_f64() as i64);
    let at = |y: i64, x: i64| if (0..h).contains(&y) && (0..w).contains(&x) { plane[(y * w + x) as usize] } else { T::ZERO };
    let (hy, hx) = (T::ONE - ly, T::ONE - lx);
    hy * hx * at(y0, x0) + hy * lx * at(y0, x0 + 1) + ly * hx * at(y0 + 1, x0) + ly * lx * at(y0 + 1, x0 + 1)
}

operators! {
    torchvision::deform_conv2d => deform_conv2d,
    torchvision::nms => nms,
    torchvision::ps_roi_align => ps_roi_align,
    torchvision::ps_roi_pool => ps_roi_pool,
    torchvision::roi_align => roi_align,
    torchvision::roi_pool => roi_pool,
}
