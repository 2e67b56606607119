//! Pooling of the regions of images that boxes name.

use super::{Number, high, number};
use crate::element::Element;
use crate::math::Real;
use crate::tensor::{TypeName, wrap_dim};
use crate::{Args, DType, Result, Tensor};
use alloc::vec::Vec;

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

impl<T: Number> Pooling<T> {
    /// input [N, C, H, W], rois [K, 5], spatial_scale, pooled_height, pooled_width
    fn new(a: &Args) -> Result<Pooling<T>> {
        let (input, rois) = (a.tensor(0)?, a.tensor(1)?);
        let &[_, channels, height, width] = input.sizes() else {
            wrap_dim(3, input.dim())?;
            bail!("input must be a 4-D tensor, got {}D", input.dim());
        };
        Ok(Pooling {
            scale: T::from_f64(a.float(2)?),
            channels: channels as usize,
            height: height as usize,
            width: width as usize,
            input: input.contiguous()?,
            rois: rois.contiguous()?,
            rows: a.int(3)?.max(0) as usize,
            cols: a.int(4)?.max(0) as usize,
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

    /// Places and weights of a bilinear reading, if it lies in the image.
    fn taps(&self, y: T, x: T) -> Option<Taps<T>> {
        let inside = |v: T, n: usize| n > 0 && v >= T::from_f64(-1.0) && v <= T::from_f64(n as f64);
        if !inside(y, self.height) || !inside(x, self.width) {
            return None;
        }
        let along = |v: T, n: usize| {
            let v = high(v, T::from_f64(0.0));
            let low = v.to_f64() as usize;
            if low + 1 >= n { (n - 1, n - 1, T::from_f64(0.0)) } else { (low, low + 1, v - T::from_f64(low as f64)) }
        };
        let ((y0, y1, ly), (x0, x1, lx)) = (along(y, self.height), along(x, self.width));
        let (hy, hx) = (T::from_f64(1.0) - ly, T::from_f64(1.0) - lx);
        let at = |y: usize, x: usize| y * self.width + x;
        Some([(at(y0, x0), hy * hx), (at(y0, x1), hy * lx), (at(y1, x0), ly * hx), (at(y1, x1), ly * lx)])
    }

    /// How many readings a cell takes along a dimension of the region; less than none for a region turned inside out.
    fn readings(extent: T, cells: usize, ratio: i64) -> Result<i64> {
        if cells == 0 {
            return Ok(0);
        }
        let n = if ratio > 0 { ratio as f64 } else { Real::ceil((extent / T::from_f64(cells as f64)).to_f64()) };
        check!(!(n > 1e6), "a region is too large: it takes {n} readings along a side");
        Ok(n as i64)
    }
}

/// Checks the arguments that all poolings share.
fn check_regions(a: &Args, name: &str) -> Result<()> {
    let (input, rois) = (a.tensor(0)?, a.tensor(1)?);
    wrap_dim(1, rois.dim())?;
    let start = if name == "roi_align" { "rois must" } else { "Tensor rois should" };
    check!(rois.dim() == 2 && rois.sizes()[1] == 5, "{start} have shape as Tensor[K, 5]");
    check!(
        input.dtype() == rois.dtype(),
        "Expected tensor for argument #1 'input' to have the same type as tensor for argument #2 'rois'; but type {} does not equal {} (while checking arguments for {name}_forward_kernel)",
        TypeName(input.dtype()),
        TypeName(rois.dtype())
    );
    check!(a.int(3)? >= 0 && a.int(4)? >= 0, "zeros: Dimension size must be non-negative.");
    Ok(())
}

type Taps<T> = [(usize, T); 4];

fn mean_of<T: Number>(plane: &[T], taps: &[Taps<T>], count: T) -> T {
    let at = |(i, weight): (usize, T)| weight * plane.get(i).copied().unwrap_or_default();
    let mut sum = T::from_f64(0.0);
    for t in taps {
        sum += at(t[0]) + at(t[1]) + at(t[2]) + at(t[3]);
    }
    sum / count
}

/// input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio, aligned
fn roi_align(a: &Args) -> Result<Tensor> {
    let (ratio, aligned) = (a.int(5)?, a.bool(6)?);
    check_regions(a, "roi_align")?;
    Ok(number!(a.tensor(0)?, "roi_align_forward_kernel", T => {
        let p = Pooling::<T>::new(a)?;
        let y = p.output(p.channels, T::DTYPE)?;
        let out = y.as_mut_slice::<T>()?;
        p.regions(T::from_f64(if aligned { 0.5 } else { 0.0 }), |n, r| {
            let size = |low: T, high: T| {
                let d = high - low;
                if !aligned && !(d > T::from_f64(1.0)) { T::from_f64(1.0) } else { d }
            };
            let (h, w) = (size(r.y1, r.y2), size(r.x1, r.x2));
            let (ch, cw) = (h / T::from_f64(p.rows as f64), w / T::from_f64(p.cols as f64));
            let (gh, gw) = (Pooling::<T>::readings(h, p.rows, ratio)?, Pooling::<T>::readings(w, p.cols, ratio)?);
            let count = T::from_f64(gh.saturating_mul(gw).max(1) as f64);
            for i in 0..p.rows {
                for j in 0..p.cols {
                    let mut taps = Vec::new();
                    for u in 0..gh {
                        let y = r.y1 + T::from_f64(i as f64) * ch + (T::from_f64(u as f64) + T::from_f64(0.5)) * ch / T::from_f64(gh as f64);
                        for v in 0..gw {
                            let x = r.x1 + T::from_f64(j as f64) * cw + (T::from_f64(v as f64) + T::from_f64(0.5)) * cw / T::from_f64(gw as f64);
                            // Readings outside weigh nothing, but count: a NaN in the corner shows through them.
                            taps.push(p.taps(y, x).unwrap_or_default());
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
    }))
}

/// The cells of a region of whole numbers along one dimension, within `0..limit`.
fn cells<T: Number>(start: i64, extent: i64, count: usize, limit: i64) -> impl Fn(usize) -> (usize, usize) {
    let size = T::from_f64(extent as f64) / T::from_f64(count as f64);
    move |i| {
        let low = Real::floor((T::from_f64(i as f64) * size).to_f64()) as i64;
        let high = Real::ceil((T::from_f64((i + 1) as f64) * size).to_f64()) as i64;
        (low.saturating_add(start).clamp(0, limit) as usize, high.saturating_add(start).clamp(0, limit) as usize)
    }
}

fn rounded<T: Number>(x: T) -> i64 {
    let x = x.to_f64();
    // Halves go away from zero.
    (if x < 0.0 { Real::ceil(x - 0.5) } else { Real::floor(x + 0.5) }) as i64
}

/// input, rois, spatial_scale, pooled_height, pooled_width
fn roi_pool(a: &Args) -> Result<(Tensor, Tensor)> {
    check_regions(a, "roi_pool")?;
    Ok(number!(a.tensor(0)?, "roi_pool_forward_kernel", T => {
        let p = Pooling::<T>::new(a)?;
        let (y, places) = (p.output(p.channels, T::DTYPE)?, p.output(p.channels, DType::I32)?);
        let (out, at) = (y.as_mut_slice::<T>()?, places.as_mut_slice::<i32>()?);
        p.regions(T::from_f64(0.0), |n, r| {
            let (x1, y1) = (rounded(r.x1), rounded(r.y1));
            let extent = |low: i64, high: T| rounded(high).saturating_sub(low).saturating_add(1).max(1);
            let rows = cells::<T>(y1, extent(y1, r.y2), p.rows, p.height as i64);
            let cols = cells::<T>(x1, extent(x1, r.x2), p.cols, p.width as i64);
            for c in 0..p.channels {
                let plane = p.plane(r.image, c)?;
                for i in 0..p.rows {
                    for j in 0..p.cols {
                        let ((y0, y1), (x0, x1)) = (rows(i), cols(j));
                        let mut best = if y1 <= y0 || x1 <= x0 { (T::from_f64(0.0), -1) } else { (T::from_f64(-f32::MAX as f64), -1) };
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
    }))
}

/// Channels per cell of position-sensitive pooling.
fn channels_out<T>(p: &Pooling<T>) -> Result<usize> {
    let per = p.rows * p.cols;
    check!(per > 0 && p.channels % per == 0, "input channels must be a multiple of pooling height * pooling width");
    Ok(p.channels / per)
}

/// input, rois, spatial_scale, pooled_height, pooled_width, sampling_ratio
fn ps_roi_align(a: &Args) -> Result<(Tensor, Tensor)> {
    let ratio = a.int(5)?;
    check_regions(a, "ps_roi_align")?;
    Ok(number!(a.tensor(0)?, "ps_roi_align_forward_kernel", T => {
        let p = Pooling::<T>::new(a)?;
        let channels = channels_out(&p)?;
        let (y, mapping) = (p.output(channels, T::DTYPE)?, p.output(channels, DType::I32)?);
        let (out, from) = (y.as_mut_slice::<T>()?, mapping.as_mut_slice::<i32>()?);
        p.regions(T::from_f64(0.5), |n, r| {
            let (h, w) = (r.y2 - r.y1, r.x2 - r.x1);
            let (ch, cw) = (h / T::from_f64(p.rows as f64), w / T::from_f64(p.cols as f64));
            let (gh, gw) = (Pooling::<T>::readings(h, p.rows, ratio)?, Pooling::<T>::readings(w, p.cols, ratio)?);
            let count = T::from_f64(gh.saturating_mul(gw) as f64);
            for c in 0..channels {
                for i in 0..p.rows {
                    for j in 0..p.cols {
                        let source = (c * p.rows + i) * p.cols + j;
                        let mut taps = Vec::new();
                        for u in 0..gh {
                            let y = T::from_f64(i as f64) * ch + r.y1 + (T::from_f64(u as f64) + T::from_f64(0.5)) * ch / T::from_f64(gh as f64);
                            for v in 0..gw {
                                let x = T::from_f64(j as f64) * cw + r.x1 + (T::from_f64(v as f64) + T::from_f64(0.5)) * cw / T::from_f64(gw as f64);
                                taps.extend(p.taps(y, x));
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
    }))
}

/// input, rois, spatial_scale, pooled_height, pooled_width
fn ps_roi_pool(a: &Args) -> Result<(Tensor, Tensor)> {
    check_regions(a, "ps_roi_pool")?;
    Ok(number!(a.tensor(0)?, "ps_roi_pool_forward_kernel", T => {
        let p = Pooling::<T>::new(a)?;
        let channels = channels_out(&p)?;
        let (y, mapping) = (p.output(channels, T::DTYPE)?, p.output(channels, DType::I32)?);
        let (out, from) = (y.as_mut_slice::<T>()?, mapping.as_mut_slice::<i32>()?);
        p.regions(T::from_f64(0.0), |n, r| {
            let (x1, y1) = (rounded(r.x1), rounded(r.y1));
            let extent = |low: i64, high: T| rounded(high).saturating_sub(low).max(1);
            // The last row and column of the image are left out, as torchvision does.
            let rows = cells::<T>(y1, extent(y1, r.y2), p.rows, (p.height as i64 - 1).max(0));
            let cols = cells::<T>(x1, extent(x1, r.x2), p.cols, (p.width as i64 - 1).max(0));
            for source in 0..channels * p.rows * p.cols {
                let ((y0, y1), (x0, x1)) = (rows(source / p.cols % p.rows), cols(source % p.cols));
                let plane = p.plane(r.image, source)?;
                let mut sum = T::from_f64(0.0);
                for y in y0..y1 {
                    plane[y * p.width + x0.min(x1)..y * p.width + x1].iter().for_each(|v| sum += *v);
                }
                let to = n * channels * p.rows * p.cols + source;
                let area = (y1.saturating_sub(y0) * x1.saturating_sub(x0)) as f64;
                out[to] = if area == 0.0 { T::from_f64(0.0) } else { sum / T::from_f64(area) };
                from[to] = source as i32;
            }
            Ok(())
        })?;
        (y, mapping)
    }))
}

operators! {
    torchvision::ps_roi_align => ps_roi_align,
    torchvision::ps_roi_pool => ps_roi_pool,
    torchvision::roi_align => roi_align,
    torchvision::roi_pool => roi_pool,
}
