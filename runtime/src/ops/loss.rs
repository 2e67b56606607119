//! Losses. `reduction` is 0 none, 1 mean, 2 sum.

use super::activation::{LogSigmoid, Relu};
use super::reduce::{MEAN, SUM};
use super::scan::softmax_of;
use super::unary::{AbsReal, Exp, Log, Neg};
use crate::kernel::{Op, apply, params};
use crate::math::Real;
use crate::tensor::Show;
use crate::{Args, DType, Dims, Element, Result, Scalar, Tensor};

pointwise! { 2 Kernels
    SquaredError "mse_cpu" Same { real |x, y; _| (x - y) * (x - y); complex |x, y; _| (x - y) * (x - y); }
    AbsoluteError "l1_loss" Same { real |x, y; _| (x - y).abs(); }
    SmoothL1 "smooth_l1_cpu" Same { real |x, y; [beta, ..]| { let d = (x - y).abs(); if d < beta { 0.5 * d * d / beta } else { d - 0.5 * beta } }; }
    Huber "huber_cpu" Same { real |x, y; [delta, ..]| { let d = (x - y).abs(); if d < delta { 0.5 * d * d } else { delta * (d - 0.5 * delta) } }; }
    CrossEntropy "binary_cross_entropy" Same {
        real |x, y; _| {
            let low = |v: T| if v < -100.0 { -100.0 } else { v };
            (y - 1.0) * low(T::ln_1p(-x)) - y * low(T::ln(x))
        };
    }
    KlDiv "kl_div" Same { real |x, y; _| if y > 0.0 { y * (T::ln(y) - x) } else { 0.0 }; }
    KlDivLog "kl_div" Same { real |x, y; _| T::exp(y) * (y - x); }
    SoftMargin "soft_margin_loss" Same { real |x, y; _| T::ln_1p(T::exp(-y * x)); }

    Hinge "hinge_embedding_loss" Same { real |x, y; [margin, ..]| if y == 1.0 { x } else if y == -1.0 { T::max(margin - x, 0.0) } else { 0.0 }; }
}

fn reduced(t: Tensor, reduction: i64) -> Result<Tensor> {
    match reduction {
        0 => Ok(t),
        1 => t.folded(&MEAN, &[], false),
        2 => t.folded(&SUM, &[], false),
        r => bail!("{r} is not a valid reduction"),
    }
}

/// self, target, reduction
fn pairwise<F: Op<2>>(a: &Args) -> Result<Tensor> {
    reduced(a.tensor(0)?.with::<F>(a.tensor(1)?)?, a.int(2)?)
}

/// self, target, reduction, number
fn pairwise_with<F: Op<2>>(a: &Args) -> Result<Tensor> {
    reduced(apply::<F, 2>([a.tensor(0)?, a.tensor(1)?], params([Scalar::Float(a.float(3)?)]))?, a.int(2)?)
}

fn smooth_l1(a: &Args) -> Result<Tensor> {
    let beta = a.float(3)?;
    check!(beta >= 0.0, "smooth_l1_loss does not support negative values for beta.");
    if beta == 0.0 { pairwise::<AbsoluteError>(a) } else { pairwise_with::<SmoothL1>(a) }
}

fn huber(a: &Args) -> Result<Tensor> {
    check!(a.float(3)? > 0.0, "huber_loss does not support non-positive values for delta.");
    pairwise_with::<Huber>(a)
}

/// self, target, weight, reduction
fn binary_cross_entropy(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    check!(
        x.sizes() == y.sizes(),
        Value,
        "Using a target size ({}) that is different to the input size ({}) is deprecated. Please ensure they have the same size.",
        Show(y.sizes()),
        Show(x.sizes())
    );
    let mut l = x.with::<CrossEntropy>(y)?;
    if let Some(w) = a.opt_tensor(2)? {
        l = l.times(w)?;
    }
    reduced(l, a.int(3)?)
}

/// self, target, weight, pos_weight, reduction
fn bce_with_logits(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    let log_sigmoid = x.map::<LogSigmoid>()?;
    // (1 - y) x - (1 + (p - 1) y) log sigmoid(x)
    let factor = match a.opt_tensor(3)? {
        Some(p) => p.shifted(-1.0)?.times(y)?.shifted(1.0)?.times(&log_sigmoid)?,
        None => log_sigmoid,
    };
    let mut l = y.map::<Neg>()?.shifted(1.0)?.times(x)?.minus(&factor)?;
    if let Some(w) = a.opt_tensor(2)? {
        l = l.times(w)?;
    }
    reduced(l, a.int(4)?)
}

/// Negative log likelihood: `x` [N, C, …] of log probabilities, `target` [N, …] of classes. Loss and total weight.
fn nll(x: &Tensor, target: &Tensor, weight: Option<&Tensor>, reduction: i64, ignore: i64) -> Result<(Tensor, Tensor)> {
    if x.dim() == 1 {
        check!(target.dim() <= 1, "For 1D inputs, 1D or 0D targets are supported");
        let (l, w) = nll(&x.unsqueeze(0)?, &target.reshape(&[1])?, weight, reduction, ignore)?;
        return Ok((if reduction == 0 { l.reshape(target.sizes())? } else { l }, w));
    }
    check!(x.dim() >= 2, "input tensor should be 1D or 2D");
    let known = matches!(target.dtype(), DType::I64 | DType::U8);
    check!(known, "expected target dtype to be Long or Byte, but got {}", target.dtype().name());
    let mut want = Dims::from_slice(x.sizes());
    want.remove(1);
    check!(target.sizes() == &want[..], Value, "Expected target size {}, got {}", Show(&want), Show(target.sizes()));
    let classes = x.sizes()[1];
    let inner = x.sizes()[2..].iter().product::<i64>() as usize;
    let targets = target.to_dtype(DType::I64)?.contiguous()?;
    if let Some(w) = weight {
        check!(
            w.dim() == 1 && w.numel() as i64 == classes,
            "weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of shape: {}",
            Show(w.sizes())
        );
    }
    real_type!(x.dtype(), T => {
        let xs = x.to_dtype(T::DTYPE)?.contiguous()?;
        let ws = weight.map(|w| w.to_dtype(T::DTYPE)?.contiguous()).transpose()?;
        let ws = ws.as_ref().map(|w| w.as_slice::<T>()).transpose()?;
        let l = Tensor::empty(&want, T::DTYPE)?;
        let (from, to) = (xs.as_slice::<T>()?, l.as_mut_slice::<T>()?);
        let (mut total, mut sum) = (0.0, 0.0);
        for (i, (&t, o)) in targets.as_slice::<i64>()?.iter().zip(to).enumerate() {
            if t == ignore {
                *o = T::ZERO;
                continue;
            }
            check!((0..classes).contains(&t), Index, "Target {t} is out of bounds.");
            let w = ws.map_or(T::ONE, |w| w[t as usize]);
            let (n, p) = (i / inner.max(1), i % inner.max(1));
            *o = -from[(n * classes as usize + t as usize) * inner + p] * w;
            total += w.to_f64();
            sum += o.to_f64();
        }
        let total_weight = Tensor::scalar(Scalar::Float(total), x.dtype())?;
        let loss = match reduction {
            0 => l.to_dtype(x.dtype())?,
            1 => Tensor::scalar(Scalar::Float(sum / total), x.dtype())?,
            _ => Tensor::scalar(Scalar::Float(sum), x.dtype())?,
        };
        Ok((loss, total_weight))
    })
}

/// self, target, weight, reduction, ignore_index
fn nll_loss(a: &Args) -> Result<Tensor> {
    Ok(nll(a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?, a.int(3)?, a.int(4)?)?.0)
}
fn nll_loss_forward(a: &Args) -> Result<(Tensor, Tensor)> {
    nll(a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?, a.int(3)?, a.int(4)?)
}

/// self, target, weight, reduction, ignore_index, label_smoothing
fn cross_entropy(a: &Args) -> Result<Tensor> {
    let (x, target, weight, reduction, smoothing) = (a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?, a.int(3)?, a.float(5)?);
    let class_dim = if x.dim() == 1 { 0 } else { 1 };
    let log_p = softmax_of(x, class_dim, None, true)?;
    let classes = x.sizes().get(class_dim as usize).copied().unwrap_or(1);
    let shaped = |w: &Tensor| {
        let mut s: Dims = smallvec::smallvec![1; x.dim()];
        s[class_dim as usize] = classes;
        w.reshape(&s)
    };
    if target.sizes() == x.sizes() {
        // Class probabilities.
        let y =
            if smoothing > 0.0 { target.scaled(1.0 - smoothing)?.shifted(smoothing / classes as f64)? } else { target.clone() };
        let mut l = log_p.times(&y)?;
        if let Some(w) = weight {
            l = l.times(&shaped(w)?)?;
        }
        let l = l.summed(&[class_dim], false)?.map::<Neg>()?;
        let n = x.numel() as i64 / classes.max(1);
        return match reduction {
            1 => l.summed(&[], false)?.scaled(1.0 / n as f64),
            r => reduced(l, r),
        };
    }
    let (hard, total) = nll(&log_p, target, weight, reduction, a.int(4)?)?;
    if smoothing == 0.0 {
        return Ok(hard);
    }
    // The other classes' share: the mean of all log probabilities where the target counts.
    let mut all = log_p.clone();
    if let Some(w) = weight {
        all = all.times(&shaped(w)?)?;
    }
    let smooth = all.summed(&[class_dim], false)?.map::<Neg>()?;
    let ignored = Tensor::wrapped(Scalar::Int(a.int(4)?))?;
    let counts = target.with::<super::binary::Ne>(&ignored)?;
    let smooth = smooth.times(&counts)?;
    let smooth = match reduction {
        0 => smooth,
        1 if weight.is_some() => smooth.summed(&[], false)?.divided(&total)?,
        1 => smooth.summed(&[], false)?.divided(&counts.summed(&[], false)?)?,
        _ => smooth.summed(&[], false)?,
    };
    hard.scaled(1.0 - smoothing)?.plus(&smooth.scaled(smoothing / classes as f64)?)
}

/// self, target, reduction, log_target
fn kl_div(a: &Args) -> Result<Tensor> {
    if a.bool(3)? { pairwise::<KlDivLog>(a) } else { pairwise::<KlDiv>(a) }
}

/// input, target, log_input, full, eps, reduction
fn poisson_nll(a: &Args) -> Result<Tensor> {
    let (x, y, eps) = (a.tensor(0)?, a.tensor(1)?, a.float(4)?);
    let mut l =
        if a.bool(2)? { x.map::<Exp>()?.minus(&y.times(x)?)? } else { x.minus(&y.times(&x.shifted(eps)?.map::<Log>()?)?)? };
    if a.bool(3)? {
        // Stirling's approximation for targets above 1.
        let stirling = y.times(&y.map::<Log>()?)?.minus(y)?.plus(&y.scaled(2.0 * crate::math::PI)?.map::<Log>()?.scaled(0.5)?)?;
        let zero = Tensor::zeros(&[], stirling.dtype())?;
        let above = y.with_number::<super::binary::Gt>(1.0)?;
        l = l.plus(&apply::<super::ternary::Where, 3>([&above, &stirling, &zero], crate::kernel::NONE)?)?;
    }
    reduced(l, a.int(5)?)
}

/// self, target, margin, reduction
fn hinge_embedding(a: &Args) -> Result<Tensor> {
    reduced(apply::<Hinge, 2>([a.tensor(0)?, a.tensor(1)?], params([Scalar::Float(a.float(2)?)]))?, a.int(3)?)
}

/// input1, input2, target, margin, reduction
fn margin_ranking(a: &Args) -> Result<Tensor> {
    let d = a.tensor(0)?.minus(a.tensor(1)?)?;
    let l = a.tensor(2)?.map::<Neg>()?.times(&d)?.shifted(a.float(3)?)?;
    reduced(l.map::<Relu>()?, a.int(4)?)
}

/// input1, input2, target, margin, reduction
fn cosine_embedding(a: &Args) -> Result<Tensor> {
    let (x, y, t) = (a.tensor(0)?, a.tensor(1)?, a.tensor(2)?);
    let dim = [x.dim() as i64 - 1];
    let eps = 1e-12;
    let product = x.times(y)?.summed(&dim, false)?;
    let xx = x.times(x)?.summed(&dim, false)?.shifted(eps)?;
    let yy = y.times(y)?.summed(&dim, false)?.shifted(eps)?;
    let cos = product.divided(&xx.times(&yy)?.map::<super::unary::Sqrt>()?)?;
    let zero = Tensor::zeros(&[], cos.dtype())?;
    let pick = |sign: f64, l: &Tensor| {
        let here = t.with_number::<super::binary::Eq>(sign)?;
        apply::<super::ternary::Where, 3>([&here, l, &zero], crate::kernel::NONE)
    };
    let same = pick(1.0, &cos.map::<Neg>()?.shifted(1.0)?)?;
    let other = pick(-1.0, &cos.shifted(-a.float(3)?)?.map::<Relu>()?)?;
    reduced(same.plus(&other)?, a.int(4)?)
}

/// `|x - y + eps|_p` over the last dimension.
pub fn pairwise_distance_of(x: &Tensor, y: &Tensor, p: f64, eps: f64, keepdim: bool) -> Result<Tensor> {
    let d = x.minus(y)?.shifted(eps)?;
    super::reduce::norm_of(&d, p, &[d.dim() as i64 - 1], keepdim, None)
}

/// x1, x2, p, eps, keepdim
fn pairwise_distance(a: &Args) -> Result<Tensor> {
    pairwise_distance_of(a.tensor(0)?, a.tensor(1)?, a.float(2)?, a.float(3)?, a.bool(4)?)
}

/// anchor, positive, negative, margin, p, eps, swap, reduction
fn triplet_margin(a: &Args) -> Result<Tensor> {
    let (x, pos, neg) = (a.tensor(0)?, a.tensor(1)?, a.tensor(2)?);
    let (p, eps) = (a.float(4)?, a.float(5)?);
    check!(
        x.dim() == pos.dim() && pos.dim() == neg.dim(),
        "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: anchor {}D, positive {}D, and negative {}D inputs",
        x.dim(),
        pos.dim(),
        neg.dim()
    );
    let near = pairwise_distance_of(x, pos, p, eps, false)?;
    let mut far = pairwise_distance_of(x, neg, p, eps, false)?;
    if a.bool(6)? {
        far = far.with::<super::binary::Minimum>(&pairwise_distance_of(pos, neg, p, eps, false)?)?;
    }
    reduced(near.minus(&far)?.shifted(a.float(3)?)?.map::<Relu>()?, a.int(7)?)
}

/// x1, x2, dim, eps
fn cosine_similarity(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    let common = crate::promote::result_type(x, y)?;
    let fits = common.is_float() || common.is_complex();
    check!(fits, "expected common dtype to be floating point, yet common dtype is {}", common.name());
    let shape = crate::tensor::broadcast(x.sizes(), y.sizes())?;
    let (x, y) = (x.to_dtype(common)?.expand(&shape)?, y.to_dtype(common)?.expand(&shape)?);
    let dim = [a.dim(2, shape.len())? as i64];
    let eps = a.float(3)?;
    let unit = |t: &Tensor| {
        let n = super::reduce::norm_of(t, 2.0, &dim[..t.dim().min(1)], true, None)?.with_number::<super::binary::Maximum>(eps)?;
        t.divided(&n)
    };
    unit(&x)?.times(&unit(&y)?)?.summed(&dim, false)
}

/// self, target, p, margin, weight, reduction
fn multi_margin(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let (x2, p, margin) = (if x.dim() < 2 { x.reshape(&[1, -1])? } else { x.clone() }, a.scalar(2)?.to_f64(), a.float(3)?);
    check_not_empty(x)?;
    let (target, rows) = (a.tensor(1)?, x2.sizes()[0]);
    check!(
        target.dim() <= 1 && target.numel() as i64 == rows,
        "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch size). Expected target size [{rows}], but got {}. Input has shape {}.",
        Show(target.sizes()),
        Show(x.sizes())
    );
    if let Some(w) = a.opt_tensor(4)? {
        let classes = x2.sizes()[1];
        check!(
            w.dim() <= 1 && w.numel() as i64 == classes,
            "inconsistent weight size, expected {classes} but got {}",
            Show(w.sizes())
        );
    }
    check!(target.dtype() == DType::I64, "expected scalar type Long but found {}", target.dtype().name());
    let target = target.contiguous()?;
    let xs = x2.to_dtype(DType::F64)?.contiguous()?;
    let ws = a.opt_tensor(4)?.map(|w| w.to_dtype(DType::F64)?.contiguous()).transpose()?;
    let ws = ws.as_ref().map(|w| w.as_slice::<f64>()).transpose()?;
    let c = x2.sizes()[1] as usize;
    let l = Tensor::empty(&[x2.sizes()[0]], DType::F64)?;
    for ((row, &t), o) in
        xs.as_slice::<f64>()?.chunks_exact(c.max(1)).zip(target.as_slice::<i64>()?).zip(l.as_mut_slice::<f64>()?)
    {
        check!((0..c as i64).contains(&t), "target out of range");
        let t = t as usize;
        let terms = row.iter().enumerate().filter(|(i, _)| *i != t).map(|(_, v)| margin - row[t] + v).filter(|z| *z > 0.0);
        let sum: f64 = terms.map(|z| if p == 1.0 { z } else { z * z } * ws.map_or(1.0, |w| w[t])).sum();
        *o = sum / c as f64;
    }
    let l = reduced(l, a.int(5)?)?.to_dtype(x.dtype())?;
    if a.int(5)? == 0 && x.dim() < 2 { l.reshape(&[]) } else { Ok(l) }
}

fn check_not_empty(x: &Tensor) -> Result<()> {
    check!(
        x.dim() <= 2 && x.sizes().last().is_none_or(|s| *s > 0),
        "Expected non-empty vector or matrix with optional 0-dim batch size, but got: {}",
        Show(x.sizes())
    );
    Ok(())
}

/// self, target, reduction: targets are class numbers up to the first -1.
fn multilabel_margin(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let rows = if x.dim() < 2 { x.reshape(&[1, -1])? } else { x.clone() };
    check_not_empty(x)?;
    let target = a.tensor(1)?;
    check!(
        target.sizes() == x.sizes() || x.dim() < 2 && target.dim() < 2 && target.numel() == x.numel(),
        "inconsistent target size: {} for input of size: {}",
        Show(target.sizes()),
        Show(x.sizes())
    );
    let (n, c) = (rows.sizes()[0], rows.sizes()[1] as usize);
    let xs = rows.to_dtype(DType::F64)?.contiguous()?;
    let ts = a.tensor(1)?.to_dtype(DType::I64)?.contiguous()?;
    let l = Tensor::empty(&[n], DType::F64)?;
    for ((row, t), o) in xs
        .as_slice::<f64>()?
        .chunks_exact(c.max(1))
        .zip(ts.as_slice::<i64>()?.chunks_exact(c.max(1)))
        .zip(l.as_mut_slice::<f64>()?)
    {
        let own: alloc::vec::Vec<usize> = t.iter().take_while(|t| **t >= 0).map(|t| *t as usize).collect();
        check!(own.iter().all(|t| *t < c), "argument #2 must have target values less than {c}");
        let others = || (0..c).filter(|i| !own.contains(i));
        *o = own
            .iter()
            .flat_map(|&t| others().map(move |i| (t, i)))
            .map(|(t, i)| f64::max(0.0, 1.0 - row[t] + row[i]))
            .sum::<f64>()
            / c as f64;
    }
    let l = reduced(l, a.int(2)?)?.to_dtype(x.dtype())?;
    if a.int(2)? == 0 && x.dim() < 2 { l.reshape(&[]) } else { Ok(l) }
}

/// log_probs [T, N, C], targets, input_lengths, target_lengths, blank, reduction, zero_infinity
fn ctc(a: &Args, inputs: &[i64], lengths: &[i64]) -> Result<Tensor> {
    let (x, blank, reduction, zero) = (a.tensor(0)?, a.int(4)?, a.int(5)?, a.bool(6)?);
    let batched = x.dim() == 3;
    let x3 = if batched { x.clone() } else { x.unsqueeze(1)? };
    let logs = x3.to_dtype(DType::F64)?.contiguous()?;
    let logs = logs.as_slice::<f64>()?;
    let (steps, n, c) = (x3.sizes()[0], x3.sizes()[1] as usize, x3.sizes()[2] as usize);
    let targets = a.tensor(1)?.to_dtype(DType::I64)?.contiguous()?;
    let flat = targets.as_slice::<i64>()?;
    let row = if targets.dim() == 2 { Some(targets.sizes()[1] as usize) } else { None };
    check!(inputs.len() == n && lengths.len() == n, "input_lengths must be of size batch_size");
    check!((0..c as i64).contains(&blank), "blank must be in label range");
    let losses = Tensor::empty(&[n as i64], DType::F64)?;
    let mut first = 0;
    for b in 0..n {
        let len = lengths[b] as usize;
        let start = row.map_or(first, |r| b * r);
        first += len;
        let time = inputs[b];
        check!(
            time <= steps && start + len <= flat.len(),
            "Expected input_lengths to have value at most {steps}, but got value {time}"
        );
        let labels = &flat[start..start + len];
        check!(labels.iter().all(|l| (0..c as i64).contains(l)), "target out of range");
        let at = |s: usize| if s % 2 == 0 { blank } else { labels[s / 2] };
        let states = 2 * len + 1;
        let p = |t: i64, s: usize| logs[(t as usize * n + b) * c + at(s) as usize];
        let mut alpha = alloc::vec![f64::NEG_INFINITY; states];
        if time > 0 {
            alpha[0] = p(0, 0);
            if states > 1 {
                alpha[1] = p(0, 1);
            }
        }
        let add = |x: f64, y: f64| {
            let (m, k) = if x > y { (x, y) } else { (y, x) };
            if m == f64::NEG_INFINITY { m } else { m + Real::ln_1p(Real::exp(k - m)) }
        };
        for t in 1..time {
            let old = alpha.clone();
            for s in 0..states {
                let mut v = old[s];
                if s > 0 {
                    v = add(v, old[s - 1]);
                }
                if s > 1 && at(s) != blank && at(s) != at(s - 2) {
                    v = add(v, old[s - 2]);
                }
                alpha[s] = v + p(t, s);
            }
        }
        let last = if states > 1 { add(alpha[states - 1], alpha[states - 2]) } else { alpha[0] };
        let l = if time == 0 && len == 0 { 0.0 } else { -last };
        losses.as_mut_slice::<f64>()?[b] = if zero && l == f64::INFINITY { 0.0 } else { l };
    }
    let l = match reduction {
        1 => {
            let v = losses.as_mut_slice::<f64>()?;
            v.iter_mut().zip(lengths).for_each(|(l, n)| *l /= (*n).max(1) as f64);
            reduced(losses, 1)?
        }
        r => reduced(losses, r)?,
    };
    let l = l.to_dtype(x.dtype())?;
    if !batched && reduction == 0 { l.reshape(&[]) } else { Ok(l) }
}

fn ctc_list(a: &Args) -> Result<Tensor> {
    ctc(a, a.int_list(2)?, a.int_list(3)?)
}
fn ctc_tensor(a: &Args) -> Result<Tensor> {
    let ints = |i: usize| a.tensor(i)?.to_dtype(DType::I64)?.reshape(&[-1])?.contiguous();
    let (x, y) = (ints(2)?, ints(3)?);
    ctc(a, x.as_slice::<i64>()?, y.as_slice::<i64>()?)
}

/// The mean absolute value: kept for `l1_loss` of complex tensors.
fn l1(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    if x.dtype().is_complex() {
        let d = x.minus(y)?.map::<AbsReal>()?.to_dtype(x.dtype().to_real())?;
        return reduced(d, a.int(2)?);
    }
    pairwise::<AbsoluteError>(a)
}

operators! {
    aten::binary_cross_entropy => binary_cross_entropy,
    aten::binary_cross_entropy_with_logits => bce_with_logits,
    aten::cosine_embedding_loss => cosine_embedding,
    aten::cosine_similarity => cosine_similarity,
    aten::cross_entropy_loss => cross_entropy,
    aten::ctc_loss.IntList => ctc_list, aten::ctc_loss.Tensor => ctc_tensor,
    aten::hinge_embedding_loss => hinge_embedding,
    aten::huber_loss => huber,
    aten::kl_div => kl_div,
    aten::l1_loss => l1,
    aten::margin_ranking_loss => margin_ranking,
    aten::mse_loss => pairwise::<SquaredError>,
    aten::multi_margin_loss => multi_margin,
    aten::multilabel_margin_loss => multilabel_margin,
    aten::nll_loss => nll_loss, aten::nll_loss2d => nll_loss, aten::nll_loss_nd => nll_loss,
    aten::nll_loss_forward => nll_loss_forward, aten::nll_loss2d_forward => nll_loss_forward,
    aten::pairwise_distance => pairwise_distance,
    aten::poisson_nll_loss => poisson_nll,
    aten::smooth_l1_loss => smooth_l1,
    aten::soft_margin_loss => pairwise::<SoftMargin>,
    aten::triplet_margin_loss => triplet_margin,
}
