//! `torch.fft`: transforms along dimensions, each cut or padded to its length; their frequencies and shifts.

use crate::dtype::default_dtype;
use crate::fft::Plan;
use crate::math::Real;
use crate::ops::pad::constant;
use crate::rows::Rows;
use crate::tensor::wrap_dim;
use crate::{Args, Complex, DType, Dims, Result, Scalar, Tensor};
use alloc::vec;
use alloc::vec::Vec;

type C = Complex<f64>;

/// What the result is divided by.
#[derive(Clone, Copy, PartialEq)]
enum Norm {
    None,
    Root,
    All,
}

impl Norm {
    fn scale(self, n: usize) -> f64 {
        match self {
            Norm::None => 1.0,
            Norm::Root => 1.0 / Real::sqrt(n as f64),
            Norm::All => 1.0 / n as f64,
        }
    }

    /// As the operators `_fft_*` number them.
    fn of_number(n: i64) -> Result<Norm> {
        Ok(match n {
            0 => Norm::None,
            1 => Norm::Root,
            2 => Norm::All,
            _ => bail!("Unsupported normalization type {n}"),
        })
    }
}

fn norm_of(mode: Option<&str>, forward: bool) -> Result<Norm> {
    Ok(match mode {
        None | Some("backward") => {
            if forward {
                Norm::None
            } else {
                Norm::All
            }
        }
        Some("forward") => {
            if forward {
                Norm::All
            } else {
                Norm::None
            }
        }
        Some("ortho") => Norm::Root,
        Some(other) => bail!("Invalid normalization mode: \"{other}\""),
    })
}

/// The type that a transform of `d` works in.
fn promoted(d: DType, complex: bool) -> Result<DType> {
    let d = if d.is_float() || d.is_complex() { d } else { default_dtype() };
    check!(matches!(d, DType::F32 | DType::F64 | DType::C64 | DType::C128), "Unsupported dtype {}", d.name());
    Ok(if complex { d.to_complex() } else { d })
}

fn check_length(n: i64) -> Result<()> {
    check!(n >= 1, "Invalid number of data points ({n}) specified");
    Ok(())
}

/// Cut or padded with zeros to `n` along `dim`.
fn resized(x: &Tensor, dim: usize, n: i64) -> Result<Tensor> {
    check_length(n)?;
    let size = x.sizes()[dim];
    if n <= size {
        return x.slice(dim as i64, 0, n, 1);
    }
    let mut pad: Dims = smallvec::smallvec![0; 2 * (x.dim() - dim)];
    pad[2 * (x.dim() - dim) - 1] = n - size;
    constant(x, &pad, Scalar::Int(0))
}

/// Calls `f(row, out row)` for the rows along `dim`; the out rows have `len` elements.
fn along(x: &Tensor, dim: usize, len: usize, mut f: impl FnMut(&[C], &mut [C])) -> Result<Tensor> {
    let rows = Rows::new(x, &[dim as i64], DType::C128)?;
    let mut shape = rows.outer.clone();
    shape.push(len as i64);
    let y = Tensor::empty(&shape, DType::C128)?;
    for (row, out) in rows.iter::<C>().zip(y.as_mut_slice::<C>()?.chunks_exact_mut(len.max(1))) {
        f(row, out);
    }
    rows.restore(&y)
}

fn complex_to_complex(x: &Tensor, dims: &[usize], norm: Norm, forward: bool) -> Result<Tensor> {
    let mut y = x.to_dtype(x.dtype().to_complex())?;
    for &d in dims.iter().rev() {
        let n = y.sizes()[d] as usize;
        check_length(n as i64)?;
        let (plan, scale) = (Plan::new(n), norm.scale(n));
        y = along(&y, d, n, |row, out| {
            if forward {
                plan.forward(row, out)
            } else {
                plan.backward(row, out)
            }
            out.iter_mut().for_each(|v| *v = v.scale(scale));
        })?;
    }
    y.to_dtype(x.dtype().to_complex())?.contiguous()
}

/// Of real numbers: the first `n / 2 + 1` frequencies along the last of `dims`.
fn real_to_complex(x: &Tensor, dims: &[usize], norm: Norm) -> Result<Tensor> {
    let out = x.dtype().to_complex();
    let Some((&last, rest)) = dims.split_last() else { return x.to_dtype(out) };
    let n = x.sizes()[last] as usize;
    check_length(n as i64)?;
    let (plan, scale) = (Plan::new(n), norm.scale(n));
    let mut all = vec![C::default(); n];
    let y = along(x, last, n / 2 + 1, |row, out| {
        plan.forward(row, &mut all);
        for (o, v) in out.iter_mut().zip(&all) {
            *o = v.scale(scale);
        }
    })?;
    complex_to_complex(&y, rest, norm, true)?.to_dtype(out)
}

/// To `n` real numbers along the last of `dims`, from the first half of their frequencies.
fn complex_to_real(x: &Tensor, dims: &[usize], norm: Norm, n: i64) -> Result<Tensor> {
    let Some((&last, rest)) = dims.split_last() else { return x.to_dtype(x.dtype().to_real()) };
    check_length(n)?;
    let n = n as usize;
    let y = complex_to_complex(x, rest, norm, false)?;
    let (plan, scale) = (Plan::new(n), norm.scale(n));
    let mut all = vec![C::default(); n];
    let y = along(&y, last, n, |row, out| {
        for (k, v) in all.iter_mut().enumerate() {
            let half = |k: usize| row.get(k).copied().unwrap_or_default();
            *v = if k <= n / 2 { half(k) } else { half(n - k).conj() };
        }
        plan.backward(&all, out);
        out.iter_mut().for_each(|v| *v = C::real(v.re * scale));
    })?;
    y.to_dtype(x.dtype().to_real())?.contiguous()
}

fn to_complex(x: &Tensor, dims: &[usize], norm: Norm, forward: bool) -> Result<Tensor> {
    complex_to_complex(&x.to_dtype(promoted(x.dtype(), true)?)?, dims, norm, forward)
}

fn real_input(x: &Tensor, name: &str) -> Result<Tensor> {
    check!(!x.dtype().is_complex(), "{name} expects a real input tensor, but got {}", x.dtype().name());
    x.to_dtype(promoted(x.dtype(), false)?)
}

fn conjugated(x: &Tensor) -> Result<Tensor> {
    x.map::<super::unary::Conj>()
}

/// self, n, dim, norm
struct One {
    x: Tensor,
    dim: usize,
    n: Option<i64>,
    forward: Norm,
    backward: Norm,
}

impl One {
    fn new(a: &Args) -> Result<One> {
        let x = a.tensor(0)?.clone();
        let dim = a.dim(2, x.dim())?;
        check!(x.dim() > 0, Index, "Dimension specified as {} but tensor has no dimensions", a.int(2)?);
        let mode = a.opt_str(3)?;
        Ok(One { x, dim, n: a.opt_int(1)?, forward: norm_of(mode, true)?, backward: norm_of(mode, false)? })
    }
    fn resized(&self) -> Result<Tensor> {
        match self.n {
            Some(n) => resized(&self.x, self.dim, n),
            None => {
                check_length(self.x.sizes()[self.dim])?;
                Ok(self.x.clone())
            }
        }
    }
    /// The complex input of a real transform backward, with the number of results.
    fn half(&self) -> Result<(Tensor, i64)> {
        let n = self.n.unwrap_or(2 * (self.x.sizes()[self.dim] - 1));
        check_length(n)?;
        Ok((resized(&self.x, self.dim, n / 2 + 1)?.to_dtype(promoted(self.x.dtype(), true)?)?, n))
    }
}

fn fft(a: &Args) -> Result<Tensor> {
    let o = One::new(a)?;
    to_complex(&o.resized()?, &[o.dim], o.forward, true)
}
fn ifft(a: &Args) -> Result<Tensor> {
    let o = One::new(a)?;
    to_complex(&o.resized()?, &[o.dim], o.backward, false)
}
fn rfft(a: &Args) -> Result<Tensor> {
    let o = One::new(a)?;
    real_to_complex(&real_input(&o.resized()?, "rfft")?, &[o.dim], o.forward)
}
fn irfft(a: &Args) -> Result<Tensor> {
    let o = One::new(a)?;
    let (x, n) = o.half()?;
    complex_to_real(&x, &[o.dim], o.backward, n)
}
fn hfft(a: &Args) -> Result<Tensor> {
    let o = One::new(a)?;
    let (x, n) = o.half()?;
    complex_to_real(&conjugated(&x)?, &[o.dim], o.forward, n)
}
fn ihfft(a: &Args) -> Result<Tensor> {
    let o = One::new(a)?;
    conjugated(&real_to_complex(&real_input(&o.resized()?, "ihfft")?, &[o.dim], o.backward)?)
}

/// self, s, dim, norm
struct Many {
    x: Tensor,
    dims: Vec<usize>,
    sizes: Dims,
    /// The last size was not given.
    open: bool,
    forward: Norm,
    backward: Norm,
}

impl Many {
    fn new(a: &Args) -> Result<Many> {
        let x = a.tensor(0)?.clone();
        let (shape, dim) = (a.opt_int_list(1)?, a.opt_int_list(2)?);
        let n = x.dim();
        let mut dims = Vec::new();
        match (dim, shape) {
            (Some(d), _) => {
                for &d in d {
                    let d = wrap_dim(d, n)?;
                    check!(!dims.contains(&d), "FFT dims must be unique");
                    dims.push(d);
                }
            }
            (None, Some(s)) => {
                check!(s.len() <= n, "Got shape with {} values but input tensor only has {n} dimensions.", s.len());
                dims = (n - s.len()..n).collect();
            }
            (None, None) => dims = (0..n).collect(),
        }
        if let Some(s) = shape {
            check!(s.len() == dims.len(), "When given, dim and shape arguments must have the same length");
        }
        let given = |i: usize| shape.map(|s| s[i]).filter(|s| *s != -1);
        let sizes: Dims = dims.iter().enumerate().map(|(i, d)| given(i).unwrap_or_else(|| x.sizes()[*d])).collect();
        for &s in &sizes {
            check_length(s)?;
        }
        let mode = a.opt_str(3)?;
        let open = dims.is_empty() || given(dims.len() - 1).is_none();
        Ok(Many { x, dims, sizes, open, forward: norm_of(mode, true)?, backward: norm_of(mode, false)? })
    }

    fn resized(&self) -> Result<Tensor> {
        let mut x = self.x.clone();
        for (&d, &n) in self.dims.iter().zip(&self.sizes) {
            x = resized(&x, d, n)?;
        }
        Ok(x)
    }

    fn some(&self, name: &str) -> Result<()> {
        check!(!self.dims.is_empty(), "{name} must transform at least one axis");
        Ok(())
    }

    fn half(&self, name: &str) -> Result<(Tensor, i64)> {
        self.some(name)?;
        let last = self.dims.len() - 1;
        let n = if self.open { 2 * (self.x.sizes()[self.dims[last]] - 1) } else { self.sizes[last] };
        check_length(n)?;
        let mut x = self.x.clone();
        for (i, &d) in self.dims.iter().enumerate() {
            x = resized(&x, d, if i == last { n / 2 + 1 } else { self.sizes[i] })?;
        }
        Ok((x.to_dtype(promoted(x.dtype(), true)?)?, n))
    }
}

fn fftn(a: &Args) -> Result<Tensor> {
    let m = Many::new(a)?;
    to_complex(&m.resized()?, &m.dims, m.forward, true)
}
fn ifftn(a: &Args) -> Result<Tensor> {
    let m = Many::new(a)?;
    to_complex(&m.resized()?, &m.dims, m.backward, false)
}
fn rfftn(a: &Args) -> Result<Tensor> {
    let m = Many::new(a)?;
    m.some("rfftn")?;
    real_to_complex(&real_input(&m.resized()?, "rfftn")?, &m.dims, m.forward)
}
fn irfftn(a: &Args) -> Result<Tensor> {
    let m = Many::new(a)?;
    let (x, n) = m.half("irfftn")?;
    complex_to_real(&x, &m.dims, m.backward, n)
}
fn hfftn(a: &Args) -> Result<Tensor> {
    let m = Many::new(a)?;
    let (x, n) = m.half("hfftn")?;
    // Forward is backward of the conjugate.
    complex_to_real(&conjugated(&x)?, &m.dims, m.forward, n)
}
fn ihfftn(a: &Args) -> Result<Tensor> {
    let m = Many::new(a)?;
    m.some("ihfftn")?;
    conjugated(&real_to_complex(&real_input(&m.resized()?, "ihfftn")?, &m.dims, m.backward)?)
}

fn dims_of(a: &Args, i: usize, x: &Tensor) -> Result<Vec<usize>> {
    a.int_list(i)?.iter().map(|d| wrap_dim(*d, x.dim())).collect()
}

/// self, dim, normalization, forward
fn c2c(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    complex_to_complex(x, &dims_of(a, 1, x)?, Norm::of_number(a.int(2)?)?, a.bool(3)?)
}
/// self, dim, normalization, last_dim_size
fn c2r(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    complex_to_real(x, &dims_of(a, 1, x)?, Norm::of_number(a.int(2)?)?, a.int(3)?)
}
/// self, dim, normalization, onesided
fn r2c(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let (dims, norm) = (dims_of(a, 1, x)?, Norm::of_number(a.int(2)?)?);
    if a.bool(3)? { real_to_complex(x, &dims, norm) } else { complex_to_complex(x, &dims, norm, true) }
}

/// n, d, dtype
fn fftfreq(a: &Args) -> Result<Tensor> {
    let n = a.int(0)?;
    let (d, half) = (a.float(1)?, (n - 1) / 2);
    let dtype = super::creation::options(a, 2, default_dtype())?;
    let places: Vec<f64> = (0..n.max(0)).map(|i| if i <= half { i } else { i - n } as f64).collect();
    Tensor::from_slice(&places, &[n.max(0)])?.to_dtype(dtype)?.scaled(1.0 / (n as f64 * d))
}
fn rfftfreq(a: &Args) -> Result<Tensor> {
    let n = a.int(0)?;
    let places: Vec<f64> = (0..n.max(0) / 2 + 1).map(|i| i as f64).collect();
    let dtype = super::creation::options(a, 2, default_dtype())?;
    Tensor::from_slice(&places, &[places.len() as i64])?.to_dtype(dtype)?.scaled(1.0 / (n as f64 * a.float(1)?))
}

/// self, dim: rolled by half of each size, the larger half first when going back.
fn shifted(a: &Args, back: bool) -> Result<Tensor> {
    let mut x = a.tensor(0)?.clone();
    let all: Dims = (0..x.dim() as i64).collect();
    for &d in a.opt_int_list(1)?.unwrap_or(&all) {
        let d = wrap_dim(d, x.dim())?;
        let n = x.sizes().get(d).copied().unwrap_or(1);
        let k = if back { n / 2 } else { (n + 1) / 2 };
        let parts = [x.slice(d as i64, k, n, 1)?, x.slice(d as i64, 0, k, 1)?];
        x = super::copies::concatenated(&parts, d as i64)?;
    }
    Ok(x)
}
fn fftshift(a: &Args) -> Result<Tensor> {
    shifted(a, false)
}
fn ifftshift(a: &Args) -> Result<Tensor> {
    shifted(a, true)
}

operators! {
    aten::_fft_c2c => c2c, aten::_fft_c2r => c2r, aten::_fft_r2c => r2c,
    aten::fft_fft => fft, aten::fft_ifft => ifft,
    aten::fft_rfft => rfft, aten::fft_irfft => irfft,
    aten::fft_hfft => hfft, aten::fft_ihfft => ihfft,
    aten::fft_fft2 => fftn, aten::fft_ifft2 => ifftn, aten::fft_fftn => fftn, aten::fft_ifftn => ifftn,
    aten::fft_rfft2 => rfftn, aten::fft_irfft2 => irfftn, aten::fft_rfftn => rfftn, aten::fft_irfftn => irfftn,
    aten::fft_hfft2 => hfftn, aten::fft_ihfft2 => ihfftn, aten::fft_hfftn => hfftn, aten::fft_ihfftn => ihfftn,
    aten::fft_fftfreq => fftfreq, aten::fft_rfftfreq => rfftfreq,
    aten::fft_fftshift => fftshift, aten::fft_ifftshift => ifftshift,
}
