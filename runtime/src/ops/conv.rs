//! Convolutions in one to three dimensions, by patches and matrix products; transposed ones by scattering the products.

use crate::gemm::{Matrix, Num, gemm};
use crate::tensor::Show;
use crate::{Args, Complex, DType, Dims, Element, Result, Tensor};
use alloc::vec::Vec;

/// How the kernel moves; three dimensions, leading ones trivial.
struct Geometry {
    kernel: [i64; 3],
    stride: [i64; 3],
    pad: [i64; 3],
    dilation: [i64; 3],
    input: [i64; 3],
    output: [i64; 3],
}

/// The last N of three numbers; one stands for all N.
fn three(list: &[i64], n: usize, fill: i64, what: &str) -> Result<[i64; 3]> {
    let mut out = [fill; 3];
    check!(
        list.len() == 1 || list.len() == n,
        "expected {what} to be a single integer value or a list of {n} values to match the convolution dimensions, but got {what}={}",
        Show(list)
    );
    for (i, o) in out[3 - n..].iter_mut().enumerate() {
        *o = list[i.min(list.len() - 1)];
    }
    Ok(out)
}

/// Adds the products to a result of zeros: x, w, result, geometry, groups.
type Compute = fn(&Tensor, &Tensor, &Tensor, &Geometry, usize) -> Result<()>;

/// A convolution's parameters.
pub struct Conv<'a> {
    pub stride: &'a [i64],
    pub padding: &'a [i64],
    pub dilation: &'a [i64],
    pub output_padding: &'a [i64],
    pub transposed: bool,
    pub groups: i64,
}

/// Copies the patches of one image into columns: rows are (channel, kernel place), columns output places `from..to` of the plane.
fn patches<T: Element>(image: &[T], g: &Geometry, channels: usize, from: usize, to: usize, columns: &mut [T]) {
    let [_, oh, ow] = g.output.map(|v| v as usize);
    let [id, ih, iw] = g.input;
    let plane = (id * ih * iw) as usize;
    let n = to - from;
    let mut row = 0;
    for c in 0..channels {
        let image = &image[c * plane..(c + 1) * plane];
        for kd in 0..g.kernel[0] {
            for kh in 0..g.kernel[1] {
                for kw in 0..g.kernel[2] {
                    let out = &mut columns[row * n..(row + 1) * n];
                    row += 1;
                    let mut at = from;
                    // Line by line of the output.
                    while at < to {
                        let (x0, y, z) = (at % ow, at / ow % oh, at / (ow * oh));
                        let len = (ow - x0).min(to - at);
                        let line = &mut out[at - from..at - from + len];
                        at += len;
                        let iz = z as i64 * g.stride[0] + kd * g.dilation[0] - g.pad[0];
                        let iy = y as i64 * g.stride[1] + kh * g.dilation[1] - g.pad[1];
                        if iz < 0 || iz >= id || iy < 0 || iy >= ih {
                            line.fill(T::default());
                            continue;
                        }
                        let base = ((iz * ih + iy) * iw) as usize;
                        let input = &image[base..base + iw as usize];
                        let first = x0 as i64 * g.stride[2] + kw * g.dilation[2] - g.pad[2];
                        for (j, o) in line.iter_mut().enumerate() {
                            let ix = first + j as i64 * g.stride[2];
                            *o = if (0..iw).contains(&ix) { input[ix as usize] } else { T::default() };
                        }
                    }
                }
            }
        }
    }
}

/// Adds columns back to the places that [`patches`] reads.
fn scatter<T: Element + core::ops::Add<Output = T>>(columns: &[T], g: &Geometry, channels: usize, image: &mut [T]) {
    let [od, oh, ow] = g.output;
    let [id, ih, iw] = g.input;
    let (plane, n) = ((id * ih * iw) as usize, (od * oh * ow) as usize);
    let mut row = 0;
    for c in 0..channels {
        let image = &mut image[c * plane..(c + 1) * plane];
        for kd in 0..g.kernel[0] {
            for kh in 0..g.kernel[1] {
                for kw in 0..g.kernel[2] {
                    let from = &columns[row * n..(row + 1) * n];
                    row += 1;
                    for z in 0..od {
                        let iz = z * g.stride[0] + kd * g.dilation[0] - g.pad[0];
                        for y in 0..oh {
                            let iy = y * g.stride[1] + kh * g.dilation[1] - g.pad[1];
                            if iz < 0 || iz >= id || iy < 0 || iy >= ih {
                                continue;
                            }
                            for x in 0..ow {
                                let ix = x * g.stride[2] + kw * g.dilation[2] - g.pad[2];
                                if (0..iw).contains(&ix) {
                                    let to = &mut image[((iz * ih + iy) * iw + ix) as usize];
                                    *to = *to + from[((z * oh + y) * ow + x) as usize];
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Depthwise: each channel with its own kernel, no columns.
fn depthwise<T: crate::math::Real>(x: &[T], w: &[T], g: &Geometry, o: &mut [T]) {
    let [od, oh, ow] = g.output;
    let [id, ih, iw] = g.input;
    for kd in 0..g.kernel[0] {
        for kh in 0..g.kernel[1] {
            for kw in 0..g.kernel[2] {
                let k = w[((kd * g.kernel[1] + kh) * g.kernel[2] + kw) as usize];
                // Output columns whose input lies inside: first and one past the last.
                let shift = kw * g.dilation[2] - g.pad[2];
                let s = g.stride[2];
                let first = if shift < 0 { (-shift + s - 1) / s } else { 0 };
                let last = if iw - shift <= 0 { 0 } else { ((iw - shift - 1) / s + 1).min(ow) };
                for z in 0..od {
                    let iz = z * g.stride[0] + kd * g.dilation[0] - g.pad[0];
                    for y in 0..oh {
                        let iy = y * g.stride[1] + kh * g.dilation[1] - g.pad[1];
                        if iz < 0 || iz >= id || iy < 0 || iy >= ih || first >= last {
                            continue;
                        }
                        let line = &mut o[((z * oh + y) * ow) as usize..][first as usize..last as usize];
                        let base = ((iz * ih + iy) * iw + first * s + shift) as usize;
                        if s == 1 {
                            for (o, x) in line.iter_mut().zip(&x[base..]) {
                                *o += k * *x;
                            }
                        } else {
                            for (o, x) in line.iter_mut().zip(x[base..].iter().step_by(s as usize)) {
                                *o += k * *x;
                            }
                        }
                    }
                }
            }
        }
    }
}

/// `x` [N, C, …], `w` [O, C / groups, …]: contiguous, of type T.
fn forward<T: crate::math::Real + Num>(x: &Tensor, w: &Tensor, y: &Tensor, g: &Geometry, groups: usize) -> Result<()> {
    let (n, c, o) = (x.sizes()[0] as usize, x.sizes()[1] as usize, w.sizes()[0] as usize);
    let (cg, og) = (c / groups, o / groups);
    let plane = g.input.iter().product::<i64>() as usize;
    let out = g.output.iter().product::<i64>() as usize;
    let taps = g.kernel.iter().product::<i64>() as usize;
    let k = cg * taps;
    let (xs, ws, ys) = (x.as_slice::<T>()?, w.as_slice::<T>()?, y.as_mut_slice::<T>()?);
    // A 1x1 kernel reads the image as it is.
    let direct = taps == 1 && g.stride == [1; 3] && g.pad == [0; 3];
    // Blocks of columns stay in the second-level cache.
    let block = (64 * 1024 / k.max(1)).clamp(64, out.max(64));
    let mut columns: Vec<T> = Vec::new();
    if !direct && cg > 1 || !direct && og > 1 {
        columns.try_reserve_exact(k * block.min(out)).map_err(|_| err!(Memory, "out of memory"))?;
        columns.resize(k * block.min(out), T::default());
    }
    for i in 0..n {
        for gr in 0..groups {
            let image = &xs[(i * c + gr * cg) * plane..][..cg * plane];
            let weights = &ws[gr * og * k..(gr + 1) * og * k];
            let result = &mut ys[(i * o + gr * og) * out..][..og * out];
            if cg == 1 && og == 1 && !direct {
                depthwise(image, weights, g, result);
                continue;
            }
            let a = Matrix { data: weights.as_ptr(), rows: k as isize, cols: 1 };
            let mut at = 0;
            while at < out {
                let m = if direct { out } else { block.min(out - at) };
                let b = if direct {
                    Matrix { data: image.as_ptr(), rows: out as isize, cols: 1 }
                } else {
                    patches(image, g, cg, at, at + m, &mut columns[..k * m]);
                    Matrix { data: columns.as_ptr(), rows: m as isize, cols: 1 }
                };
                // SAFETY: the matrices have these sizes.
                unsafe { gemm(og, m, k, a, b, result[at..].as_mut_ptr(), out) }
                at += m;
            }
        }
    }
    Ok(())
}

/// `x` [N, C, …], `w` [C, O / groups, …]; `g` is the geometry of the convolution that this one transposes.
fn backward<T: crate::math::Real + Num>(x: &Tensor, w: &Tensor, y: &Tensor, g: &Geometry, groups: usize) -> Result<()> {
    let (n, c, og) = (x.sizes()[0] as usize, x.sizes()[1] as usize, w.sizes()[1] as usize);
    let (cg, o) = (c / groups, og * groups);
    let places = g.output.iter().product::<i64>() as usize;
    let plane = g.input.iter().product::<i64>() as usize;
    let taps = g.kernel.iter().product::<i64>() as usize;
    let rows = og * taps;
    let (xs, ws, ys) = (x.as_slice::<T>()?, w.as_slice::<T>()?, y.as_mut_slice::<T>()?);
    let mut columns: Vec<T> = Vec::new();
    columns.try_reserve_exact(rows * places).map_err(|_| err!(Memory, "out of memory"))?;
    columns.resize(rows * places, T::default());
    for i in 0..n {
        for gr in 0..groups {
            columns.fill(T::default());
            // W^T [rows, cg] times X [cg, places].
            let a = Matrix { data: ws[gr * cg * rows..].as_ptr(), rows: 1, cols: rows as isize };
            let b = Matrix { data: xs[(i * c + gr * cg) * places..].as_ptr(), rows: places as isize, cols: 1 };
            // SAFETY: the matrices have these sizes.
            unsafe { gemm(rows, places, cg, a, b, columns.as_mut_ptr(), places) }
            scatter(&columns, g, og, &mut ys[(i * o + gr * og) * plane..][..og * plane]);
        }
    }
    Ok(())
}

/// Convolutions of types that have no matrix product of their own, place by place.
fn plain<T: Element, const TRANSPOSED: bool>(
    x: &Tensor,
    w: &Tensor,
    y: &Tensor,
    g: &Geometry,
    groups: usize,
    mul_add: impl Fn(T, T, T) -> T,
) -> Result<()> {
    let (xs, ws, ys) = (x.as_slice::<T>()?, w.as_slice::<T>()?, y.as_mut_slice::<T>()?);
    let (n, c, o) = (x.sizes()[0] as usize, x.sizes()[1] as usize, y.sizes()[1] as usize);
    let (cg, og) = (c / groups, o / groups);
    let [plane, places, taps] = [g.input, g.output, g.kernel].map(|s| s.iter().product::<i64>() as usize);
    let (from, to) = if TRANSPOSED { (places, plane) } else { (plane, places) };
    for (i, gr) in (0..n).flat_map(|i| (0..groups).map(move |gr| (i, gr))) {
        for (oc, ic) in (0..og).flat_map(|oc| (0..cg).map(move |ic| (oc, ic))) {
            let image = &xs[(i * c + gr * cg + ic) * from..][..from];
            let kernel = if TRANSPOSED { (gr * cg + ic) * og + oc } else { (gr * og + oc) * cg + ic };
            let kernel = &ws[kernel * taps..][..taps];
            let out = &mut ys[(i * o + gr * og + oc) * to..][..to];
            for_each_tap(g, |tap, place, at| match TRANSPOSED {
                false => out[place] = mul_add(out[place], image[at], kernel[tap]),
                true => out[at] = mul_add(out[at], image[place], kernel[tap]),
            });
        }
    }
    Ok(())
}

/// Calls `f(tap of the kernel, place of the output, place of the input)` for all that lie inside the input.
fn for_each_tap(g: &Geometry, mut f: impl FnMut(usize, usize, usize)) {
    let inside = |k: i64, o: i64, axis: usize| {
        let at = o * g.stride[axis] + k * g.dilation[axis] - g.pad[axis];
        (0..g.input[axis]).contains(&at).then_some(at)
    };
    let mut tap = 0;
    for kd in 0..g.kernel[0] {
        for kh in 0..g.kernel[1] {
            for kw in 0..g.kernel[2] {
                for z in 0..g.output[0] {
                    for y in 0..g.output[1] {
                        for x in 0..g.output[2] {
                            if let (Some(iz), Some(iy), Some(ix)) = (inside(kd, z, 0), inside(kh, y, 1), inside(kw, x, 2)) {
                                let place = (z * g.output[1] + y) * g.output[2] + x;
                                f(tap, place as usize, ((iz * g.input[1] + iy) * g.input[2] + ix) as usize);
                            }
                        }
                    }
                }
                tap += 1;
            }
        }
    }
}

/// The kernel that PyTorch says is not implemented for a type.
fn unsupported(n: usize, transposed: bool) -> alloc::string::String {
    match (n, transposed) {
        (3, false) => "slow_conv3d_cpu".into(),
        (_, false) => "slow_conv2d_cpu".into(),
        (3, true) => "slow_conv_transpose3d_out_cpu".into(),
        (_, true) => "slow_conv_transpose2d_out_cpu".into(),
    }
}

fn compute_forward(x: &Tensor, w: &Tensor, y: &Tensor, g: &Geometry, groups: usize) -> Result<()> {
    match y.dtype() {
        DType::I64 => plain::<i64, false>(x, w, y, g, groups, Num::mul_add),
        DType::C128 => plain::<Complex<f64>, false>(x, w, y, g, groups, Num::mul_add),
        d => real_type!(d, T => forward::<T>(x, w, y, g, groups)),
    }
}

fn compute_transposed(x: &Tensor, w: &Tensor, y: &Tensor, g: &Geometry, groups: usize) -> Result<()> {
    match y.dtype() {
        DType::I64 => plain::<i64, true>(x, w, y, g, groups, Num::mul_add),
        DType::C128 => plain::<Complex<f64>, true>(x, w, y, g, groups, Num::mul_add),
        d => real_type!(d, T => backward::<T>(x, w, y, g, groups)),
    }
}

/// A convolution of N dimensions, transposed or not; `x` may lack the batch dimension.
pub fn convolution_of(x: &Tensor, w: &Tensor, bias: Option<&Tensor>, c: &Conv) -> Result<Tensor> {
    convolve(x, w, bias, c, if c.transposed { compute_transposed } else { compute_forward })
}

/// As [`convolution_of`], by one way to compute, so that the other is not linked.
fn convolve(x: &Tensor, w: &Tensor, bias: Option<&Tensor>, c: &Conv, compute: Compute) -> Result<Tensor> {
    check!(w.dim() >= 3, "weight should have at least three dimensions");
    check!(w.dim() <= 5, "expected a weight of 3 to 5 dimensions, but got {}", w.dim());
    let n = w.dim() - 2;
    if x.dim() == n + 1 {
        return convolve(&x.unsqueeze(0)?, w, bias, c, compute)?.squeeze(0);
    }
    let name = if c.transposed { "conv_transpose" } else { "conv" };
    check!(
        x.dim() == n + 2,
        "Expected {}D (unbatched) or {}D (batched) input to {name}{n}d, but got input of size: {}",
        n + 1,
        n + 2,
        Show(x.sizes())
    );
    check!(c.groups > 0, "non-positive groups is not supported");
    check!(x.dtype() == w.dtype(), "expected scalar type {} but found {}", x.dtype().name(), w.dtype().name());
    if let Some(b) = bias {
        check!(
            b.dtype() == x.dtype(),
            "Input type ({}) and bias type ({}) should be the same",
            x.dtype().cpp_name(),
            b.dtype().cpp_name()
        );
    }
    let stride = three(c.stride, n, 1, "stride")?;
    let pad = three(c.padding, n, 0, "padding")?;
    let dilation = three(c.dilation, n, 1, "dilation")?;
    let extra = three(if c.output_padding.is_empty() { &[0] } else { c.output_padding }, n, 0, "output_padding")?;
    check!(stride.iter().all(|s| *s > 0), "non-positive stride is not supported");
    check!(pad.iter().all(|p| *p >= 0), "negative padding is not supported");
    check!(dilation.iter().all(|d| *d > 0), "dilation should be greater than zero");
    let mut kernel = [1; 3];
    let mut sizes = [1; 3];
    kernel[3 - n..].copy_from_slice(&w.sizes()[2..]);
    sizes[3 - n..].copy_from_slice(&x.sizes()[2..]);
    let channels = x.sizes()[1];
    check!(
        w.sizes()[0] >= c.groups,
        "Given groups={}, expected weight to be at least {} at dimension 0, but got weight of size {} instead",
        c.groups,
        c.groups,
        Show(w.sizes())
    );
    check!(
        w.sizes()[0] % c.groups == 0,
        "Given groups={}, expected weight to be divisible by {} at dimension 0, but got weight of size [{}] instead",
        c.groups,
        c.groups,
        Show(w.sizes())
    );
    let want = if c.transposed { w.sizes()[0] } else { w.sizes()[1] * c.groups };
    check!(
        channels == want,
        "Given {}groups={}, weight of size {}, expected input{} to have {want} channels, but got {channels} channels instead",
        if c.transposed { "transposed=1, " } else { "" },
        c.groups,
        Show(w.sizes()),
        Show(x.sizes())
    );
    let mut result = [1; 3];
    for i in 0..3 {
        let reach = dilation[i] * (kernel[i] - 1) + 1;
        result[i] = if c.transposed {
            (sizes[i] - 1) * stride[i] - 2 * pad[i] + reach + extra[i]
        } else {
            check!(
                sizes[i] + 2 * pad[i] >= reach,
                "Calculated padded input size per channel: ({}). Kernel size: ({}). Kernel size can't be greater than actual input size",
                joined(&sizes, &pad, n),
                joined(&kernel, &[0; 3], n)
            );
            (sizes[i] + 2 * pad[i] - reach) / stride[i] + 1
        };
    }
    let features = if c.transposed { w.sizes()[1] * c.groups } else { w.sizes()[0] };
    if let Some(b) = bias {
        check!(
            b.dim() == 1 && b.sizes()[0] == features,
            "Given weight of size {}, expected bias to be 1-dimensional with {features} elements, but got bias of size {} instead",
            Show(w.sizes()),
            Show(b.sizes())
        );
    }
    check!(result.iter().all(|r| *r >= 0), "Given input size per channel, the calculated output size is too small");
    let mut shape = Dims::from_slice(&[x.sizes()[0], features]);
    shape.extend_from_slice(&result[3 - n..]);
    let d = match x.dtype() {
        DType::Bool => return Err(crate::kernel::not_implemented(&unsupported(n, c.transposed), x.dtype())),
        t if t.is_int() && c.transposed && t != DType::I64 => {
            return Err(crate::kernel::not_implemented(&unsupported(n, true), t));
        }
        t if t.is_complex() => DType::C128,
        t => crate::rows::compute_type(t),
    };
    let (xs, ws) = (x.to_dtype(d)?.contiguous()?, w.to_dtype(d)?.contiguous()?);
    let y = Tensor::zeros(&shape, d)?;
    let (input, output) = if c.transposed { (result, sizes) } else { (sizes, result) };
    let g = Geometry { kernel, stride, pad, dilation, input, output };
    if y.numel() > 0 && x.numel() > 0 {
        compute(&xs, &ws, &y, &g, c.groups as usize)?;
    }
    if let Some(b) = bias.filter(|_| d == DType::I64 || d == DType::C128) {
        let mut shape: Dims = smallvec::smallvec![1; n + 2];
        shape[1] = features;
        return y.plus(&b.to_dtype(d)?.reshape(&shape)?)?.to_dtype(x.dtype());
    }
    if let Some(b) = bias {
        let b = b.to_dtype(d)?.contiguous()?;
        let plane = result.iter().product::<i64>() as usize;
        real_type!(d, T => {
            let (b, y) = (b.as_slice::<T>()?, y.as_mut_slice::<T>()?);
            for (i, row) in y.chunks_exact_mut(plane.max(1)).enumerate() {
                let k = b[i % b.len()];
                row.iter_mut().for_each(|v| *v += k);
            }
        })
    }
    y.to_dtype(x.dtype())
}

fn joined(sizes: &[i64; 3], pad: &[i64; 3], n: usize) -> alloc::string::String {
    let all: Vec<_> = (3 - n..3).map(|i| alloc::format!("{}", sizes[i] + 2 * pad[i])).collect();
    all.join(" x ")
}

/// input, weight, bias, stride, padding, dilation, groups
fn conv(a: &Args) -> Result<Tensor> {
    let c = Conv {
        stride: a.int_list(3)?,
        padding: a.int_list(4)?,
        dilation: a.int_list(5)?,
        output_padding: &[],
        transposed: false,
        groups: a.int(6)?,
    };
    convolve(a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?, &c, compute_forward)
}

/// input, weight, bias, stride, padding ("same" or "valid"), dilation, groups
fn conv_padding(a: &Args) -> Result<Tensor> {
    let (x, w) = (a.tensor(0)?, a.tensor(1)?);
    let (stride, dilation) = (a.int_list(3)?, a.int_list(5)?);
    let run = |x: &Tensor, padding: &[i64]| {
        let c = Conv { stride, padding, dilation, output_padding: &[], transposed: false, groups: a.int(6)? };
        convolve(x, w, a.opt_tensor(2)?, &c, compute_forward)
    };
    match a.str(4)? {
        "valid" => run(x, &[0]),
        "same" => {
            check!(stride.iter().all(|s| *s == 1), "padding='same' is not supported for strided convolutions");
            let n = w.dim().saturating_sub(2);
            // An odd total puts the extra zero at the end: pad the whole tensor there.
            let total: Dims = (0..n).map(|i| dilation[i.min(dilation.len() - 1)] * (w.sizes()[i + 2] - 1)).collect();
            let half: Dims = total.iter().map(|t| t / 2).collect();
            if total.iter().all(|t| t % 2 == 0) {
                return run(x, &half);
            }
            let mut shape = Dims::from_slice(x.sizes());
            let lead = x.dim() - n;
            for i in 0..n {
                shape[lead + i] += total[i] % 2;
            }
            let wide = Tensor::zeros(&shape, x.dtype())?;
            wide.as_view(x.sizes(), wide.strides(), wide.offset()).copy_from(x)?;
            run(&wide, &half)
        }
        other => bail!("Invalid padding string: '{other}'"),
    }
}

/// input, weight, bias, stride, padding, output_padding, groups, dilation
fn conv_transpose(a: &Args) -> Result<Tensor> {
    let c = Conv {
        stride: a.int_list(3)?,
        padding: a.int_list(4)?,
        output_padding: a.int_list(5)?,
        groups: a.int(6)?,
        dilation: a.int_list(7)?,
        transposed: true,
    };
    convolve(a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?, &c, compute_transposed)
}

/// input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, …
fn convolution(a: &Args) -> Result<Tensor> {
    let c = Conv {
        stride: a.int_list(3)?,
        padding: a.int_list(4)?,
        dilation: a.int_list(5)?,
        transposed: a.bool(6)?,
        output_padding: a.int_list(7)?,
        groups: a.int(8)?,
    };
    convolution_of(a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?, &c)
}

operators! {
    aten::_convolution => convolution, aten::_convolution.deprecated => convolution,
    aten::_convolution_mode => conv_padding,
    aten::conv1d => conv, aten::conv2d => conv, aten::conv3d => conv,
    aten::conv1d.padding => conv_padding, aten::conv2d.padding => conv_padding, aten::conv3d.padding => conv_padding,
    aten::conv_transpose1d => conv_transpose, aten::conv_transpose2d.input => conv_transpose, aten::conv_transpose3d.input => conv_transpose,
    aten::convolution => convolution,
}
