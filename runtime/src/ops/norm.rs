//! Normalisation by mean and variance: over batches, layers, groups, instances.

use crate::math::Real;
use crate::tensor::Show;
use crate::{Args, Element, Result, Tensor};

/// Mean and variance (biased) of numbers.
fn moments<T: Real>(parts: impl Iterator<Item = T> + Clone) -> (f64, f64) {
    let (sum, n) = parts.clone().fold((0.0, 0.0), |(s, n), v| (s + v.to_f64(), n + 1.0));
    let mean: f64 = sum / n;
    (mean, parts.map(|v| (v.to_f64() - mean) * (v.to_f64() - mean)).sum::<f64>() / n)
}

/// A weight or bias as T, or nothing.
/// Fails unless a weight or bias has the normalised shape.
fn check_affine(t: Option<&Tensor>, shape: &[i64], what: &str) -> Result<()> {
    check!(
        t.is_none_or(|t| t.sizes() == shape),
        "Expected {what} to be of same shape as normalized_shape, but got {what} of shape {} and normalized_shape = {}",
        t.map_or(alloc::string::String::new(), |t| alloc::format!("{}", Show(t.sizes()))),
        Show(shape)
    );
    Ok(())
}

fn vector(t: Option<&Tensor>, like: &Tensor, n: usize, what: &str) -> Result<Option<Tensor>> {
    let Some(t) = t else { return Ok(None) };
    check!(t.numel() == n, "{what} should contain {n} elements not {}", t.numel());
    Ok(Some(t.to_dtype(like.dtype())?.contiguous()?))
}

/// `y = (x - mean) * inv * w + b`
fn normalize<T: Real>(x: &[T], y: &mut [T], mean: f64, inv: f64, w: f64, b: f64) {
    let (mean, scale, shift) = (T::of(mean), T::of(inv * w), T::of(b));
    for (y, x) in y.iter_mut().zip(x) {
        *y = (*x - mean) * scale + shift;
    }
}

/// Result, mean and inverse deviation per channel.
struct Normed {
    y: Tensor,
    mean: Tensor,
    inv: Tensor,
}

struct Batch<'a> {
    weight: Option<&'a Tensor>,
    bias: Option<&'a Tensor>,
    running_mean: Option<&'a Tensor>,
    running_var: Option<&'a Tensor>,
    training: bool,
    momentum: f64,
    eps: f64,
}

fn batch_norm_of(x: &Tensor, b: &Batch) -> Result<Normed> {
    if x.numel() == 0 {
        let first = |t: Option<&Tensor>| t.map(|t| t.select(0, 0)).transpose();
        let mut y = x.copy()?;
        if let Some(w) = first(b.weight)? {
            y = y.times(&w)?;
        }
        if let Some(b) = first(b.bias)? {
            y = y.plus(&b)?;
        }
        let none = Tensor::empty(&[0], x.dtype())?;
        return Ok(Normed { y, mean: none.clone(), inv: none });
    }
    check!(x.dim() >= 2, "expected at least 2D input (got {}D input)", x.dim());
    if !x.dtype().is_float() {
        return Err(crate::kernel::not_implemented("batch_norm", x.dtype()));
    }
    let (n, c) = (x.sizes()[0] as usize, x.sizes()[1] as usize);
    let inner = x.sizes()[2..].iter().product::<i64>() as usize;
    check!(
        b.training || (b.running_mean.is_some() && b.running_var.is_some()),
        "Expected running_mean and running_var to be defined when training=False"
    );
    real_type!(x.dtype(), T => {
        let xs = x.to_dtype(T::DTYPE)?.contiguous()?;
        let y = Tensor::empty(x.sizes(), T::DTYPE)?;
        let (w, bias) = (vector(b.weight, &xs, c, "weight")?, vector(b.bias, &xs, c, "bias")?);
        let (rm, rv) = (vector(b.running_mean, &xs, c, "running_mean")?, vector(b.running_var, &xs, c, "running_var")?);
        let saved = if b.training { c as i64 } else { 0 };
        let (means, invs) = (Tensor::empty(&[saved], T::DTYPE)?, Tensor::empty(&[saved], T::DTYPE)?);
        let (from, to) = (xs.as_slice::<T>()?, y.as_mut_slice::<T>()?);
        let at = |t: &Option<Tensor>, i: usize, absent: f64| -> Result<f64> {
            t.as_ref().map_or(Ok(absent), |t| Ok(t.as_slice::<T>()?[i].to_f64()))
        };
        for ch in 0..c {
            let plane = |i: usize| (i * c + ch) * inner..(i * c + ch + 1) * inner;
            let (mean, var) = if b.training {
                let (mean, var) = moments((0..n).flat_map(|i| from[plane(i)].iter().copied()));
                let count = (n * inner) as f64;
                let mix = |t: &Option<Tensor>, new: f64| -> Result<()> {
                    if let Some(t) = t {
                        let slot = &mut t.as_mut_slice::<T>()?[ch];
                        *slot = T::of(slot.to_f64() * (1.0 - b.momentum) + new * b.momentum);
                    }
                    Ok(())
                };
                mix(&rm, mean)?;
                mix(&rv, var * count / (count - 1.0))?;
                (mean, var)
            } else {
                (at(&rm, ch, 0.0)?, at(&rv, ch, 1.0)?)
            };
            let inv = 1.0 / Real::sqrt(var + b.eps);
            if b.training {
                means.as_mut_slice::<T>()?[ch] = T::of(mean);
                invs.as_mut_slice::<T>()?[ch] = T::of(inv);
            }
            let (w, bias) = (at(&w, ch, 1.0)?, at(&bias, ch, 0.0)?);
            for i in 0..n {
                normalize(&from[plane(i)], &mut to[plane(i)], mean, inv, w, bias);
            }
        }
        if b.training {
            // Statistics of another type or layout were worked on in a copy.
            for (original, copy) in [(b.running_mean, &rm), (b.running_var, &rv)] {
                if let (Some(o), Some(c)) = (original, copy) {
                    o.copy_from(c)?;
                }
            }
        }
        Ok(Normed { y: y.to_dtype(x.dtype())?, mean: means, inv: invs })
    })
}

/// input, weight, bias, running_mean, running_var, training, momentum, eps
fn batch_args<'a>(a: &Args<'a>) -> Result<Batch<'a>> {
    Ok(Batch {
        weight: a.opt_tensor(1)?,
        bias: a.opt_tensor(2)?,
        running_mean: a.opt_tensor(3)?,
        running_var: a.opt_tensor(4)?,
        training: a.bool(5)?,
        momentum: a.float(6)?,
        eps: a.float(7)?,
    })
}

fn batch_norm(a: &Args) -> Result<Tensor> {
    Ok(batch_norm_of(a.tensor(0)?, &batch_args(a)?)?.y)
}

fn native_batch_norm(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let r = batch_norm_of(a.tensor(0)?, &batch_args(a)?)?;
    Ok((r.y, r.mean, r.inv))
}

/// Every sample by itself: the batch joins the channels.
fn instance_norm(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let b = batch_args(a)?;
    check!(x.dim() >= 2, "expected at least 2D input (got {}D input)", x.dim());
    let (n, c) = (x.sizes()[0], x.sizes()[1]);
    let mut shape = crate::Dims::from_slice(x.sizes());
    shape[0] = 1;
    shape[1] = n * c;
    let repeat = |t: Option<&Tensor>| t.map(|t| t.expand(&[n, c])?.reshape(&[n * c])).transpose();
    let (w, bias, rm, rv) = (repeat(b.weight)?, repeat(b.bias)?, repeat(b.running_mean)?, repeat(b.running_var)?);
    let wide = Batch { weight: w.as_ref(), bias: bias.as_ref(), running_mean: rm.as_ref(), running_var: rv.as_ref(), ..b };
    let r = batch_norm_of(&x.reshape(&shape)?, &wide)?;
    if b.training {
        for (original, copy) in [(b.running_mean, &rm), (b.running_var, &rv)] {
            if let (Some(o), Some(copy)) = (original, copy) {
                o.copy_from(&copy.view(&[n, c])?.folded(&super::reduce::MEAN, &[0], false)?)?;
            }
        }
    }
    r.y.view(x.sizes())
}

/// Rows of `len` elements; weight and bias per element of a row.
fn row_norm(name: &str, x: &Tensor, len: usize, weight: Option<&Tensor>, bias: Option<&Tensor>, eps: f64) -> Result<Normed> {
    if !x.dtype().is_float() {
        return Err(crate::kernel::not_implemented(name, x.dtype()));
    }
    real_type!(x.dtype(), T => {
        let xs = x.to_dtype(T::DTYPE)?.contiguous()?;
        let y = Tensor::empty(x.sizes(), T::DTYPE)?;
        let (w, b) = (vector(weight, &xs, len, "weight")?, vector(bias, &xs, len, "bias")?);
        let rows = xs.numel() / len.max(1);
        let (means, invs) = (Tensor::empty(&[rows as i64], T::DTYPE)?, Tensor::empty(&[rows as i64], T::DTYPE)?);
        let w = w.as_ref().map(|t| t.as_slice::<T>()).transpose()?;
        let b = b.as_ref().map(|t| t.as_slice::<T>()).transpose()?;
        for (i, (row, out)) in xs.as_slice::<T>()?.chunks_exact(len.max(1)).zip(y.as_mut_slice::<T>()?.chunks_exact_mut(len.max(1))).enumerate() {
            let (mean, var) = moments(row.iter().copied());
            let inv = 1.0 / Real::sqrt(var + eps);
            means.as_mut_slice::<T>()?[i] = T::of(mean);
            invs.as_mut_slice::<T>()?[i] = T::of(inv);
            normalize(row, out, mean, inv, 1.0, 0.0);
            if let Some(w) = w {
                out.iter_mut().zip(w).for_each(|(o, w)| *o *= *w);
            }
            if let Some(b) = b {
                out.iter_mut().zip(b).for_each(|(o, b)| *o += *b);
            }
        }
        Ok(Normed { y: y.to_dtype(x.dtype())?, mean: means, inv: invs })
    })
}

/// Elements of the normalised shape, which the input's last dimensions must be.
fn normalized(x: &Tensor, shape: &[i64], between: &str) -> Result<usize> {
    check!(
        !shape.is_empty(),
        "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got normalized_shape = {}",
        Show(shape)
    );
    check!(
        x.sizes().ends_with(shape),
        "Given normalized_shape={}, expected input with shape [*{between}{}], but got input of size{}",
        Show(shape),
        alloc::format!("{}", Show(shape)).trim_matches(['[', ']']),
        Show(x.sizes())
    );
    Ok(shape.iter().product::<i64>() as usize)
}

/// input, normalized_shape, weight, bias, eps
fn layer_norm(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check_affine(a.opt_tensor(2)?, a.int_list(1)?, "weight")?;
    check_affine(a.opt_tensor(3)?, a.int_list(1)?, "bias")?;
    Ok(row_norm("LayerNormKernelImpl", x, normalized(x, a.int_list(1)?, ", ")?, a.opt_tensor(2)?, a.opt_tensor(3)?, a.float(4)?)?
        .y)
}

fn native_layer_norm(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let (x, shape) = (a.tensor(0)?, a.int_list(1)?);
    check_affine(a.opt_tensor(2)?, shape, "weight")?;
    check_affine(a.opt_tensor(3)?, shape, "bias")?;
    let r = row_norm("LayerNormKernelImpl", x, normalized(x, shape, ", ")?, a.opt_tensor(2)?, a.opt_tensor(3)?, a.float(4)?)?;
    let mut lead = crate::Dims::from_slice(&x.sizes()[..x.dim() - shape.len()]);
    lead.resize(x.dim(), 1);
    Ok((r.y, r.mean.view(&lead)?, r.inv.view(&lead)?))
}

/// input, normalized_shape, weight, eps
fn rms_norm(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check_affine(a.opt_tensor(2)?, a.int_list(1)?, "weight")?;
    let len = normalized(x, a.int_list(1)?, "")?;
    if !x.dtype().is_float() {
        return Err(crate::kernel::not_implemented("rms_norm", x.dtype()));
    }
    let eps = a.opt_float(3)?.unwrap_or(if x.dtype() == crate::DType::F64 { f64::EPSILON } else { f32::EPSILON as f64 });
    real_type!(x.dtype(), T => {
        let xs = x.to_dtype(T::DTYPE)?.contiguous()?;
        let y = Tensor::empty(x.sizes(), T::DTYPE)?;
        let w = vector(a.opt_tensor(2)?, &xs, len, "weight")?;
        let w = w.as_ref().map(|t| t.as_slice::<T>()).transpose()?;
        for (row, out) in xs.as_slice::<T>()?.chunks_exact(len.max(1)).zip(y.as_mut_slice::<T>()?.chunks_exact_mut(len.max(1))) {
            let square = row.iter().map(|v| v.to_f64() * v.to_f64()).sum::<f64>() / len as f64;
            let inv = T::of(1.0 / Real::sqrt(square + eps));
            for (i, (o, x)) in out.iter_mut().zip(row).enumerate() {
                *o = *x * inv * w.map_or(T::ONE, |w| w[i]);
            }
        }
        y.to_dtype(x.dtype())
    })
}

fn group_norm_of(x: &Tensor, groups: i64, w: Option<&Tensor>, b: Option<&Tensor>, eps: f64) -> Result<Normed> {
    check!(x.dim() >= 2, "Expected at least 2 dimensions for input tensor but received {}", x.dim());
    let c = x.sizes()[1];
    check!(groups > 0, "Expected num groups to be greater than 0, got {groups}");
    check!(
        c % groups == 0,
        "Expected number of channels in input to be divisible by num_groups, but got input of shape {} and num_groups={groups}",
        Show(x.sizes())
    );
    let len = x.sizes()[1..].iter().product::<i64>() / groups;
    let r = row_norm("GroupNormKernelImpl", &x.contiguous()?, len as usize, None, None, eps)?;
    let mut shape: crate::Dims = smallvec::smallvec![1; x.dim()];
    shape[1] = c;
    let mut y = r.y;
    if let Some(w) = w {
        y = y.times(&w.reshape(&shape)?)?;
    }
    if let Some(b) = b {
        y = y.plus(&b.reshape(&shape)?)?;
    }
    Ok(Normed { y, ..r })
}

/// input, num_groups, weight, bias, eps
fn group_norm(a: &Args) -> Result<Tensor> {
    Ok(group_norm_of(a.tensor(0)?, a.int(1)?, a.opt_tensor(2)?, a.opt_tensor(3)?, a.float(4)?)?.y)
}

/// input, weight, bias, N, C, HxW, group, eps
fn native_group_norm(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let g = a.int(6)?;
    let r = group_norm_of(a.tensor(0)?, g, a.opt_tensor(1)?, a.opt_tensor(2)?, a.float(7)?)?;
    let n = a.int(3)?;
    Ok((r.y, r.mean.view(&[n, g])?, r.inv.view(&[n, g])?))
}

operators! {
    aten::batch_norm => batch_norm,
    aten::group_norm => group_norm,
    aten::instance_norm => instance_norm,
    aten::layer_norm => layer_norm,
    aten::native_batch_norm => native_batch_norm, aten::_native_batch_norm_legit => native_batch_norm,
    aten::native_group_norm => native_group_norm,
    aten::native_layer_norm => native_layer_norm,
    aten::rms_norm => rms_norm,
}
