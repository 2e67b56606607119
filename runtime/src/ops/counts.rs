//! Random counts: of Poisson's distribution and of the binomial one, drawn as PyTorch draws them.

use super::random::source;
use crate::math::Real;
use crate::rng::{Engine, Generator};
use crate::tensor::broadcast;
use crate::{Args, Result, Tensor};

/// Below a mean of 10 by counting, else by transformed rejection (Hörmann 1993).
fn draw_poisson(rate: f64, e: &mut Engine) -> f64 {
    if rate == 0.0 {
        return 0.0;
    }
    if rate < 10.0 {
        let limit = (-rate).exp();
        let (mut n, mut product) = (0.0, 1.0);
        loop {
            product *= e.uniform();
            if product <= limit {
                return n;
            }
            n += 1.0;
        }
    }
    let root = Real::sqrt(rate);
    let b = 0.931 + 2.53 * root;
    let a = -0.059 + 0.02483 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let accept = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let u = e.uniform() - 0.5;
        let v = e.uniform();
        let us = 0.5 - u.abs();
        let k = Real::floor((2.0 * a / us + b) * u + rate + 0.43);
        if us >= 0.07 && v <= accept {
            return k;
        }
        if k < 0.0 || us < 0.013 && v > us {
            continue;
        }
        if Real::ln(v) + Real::ln(inverse_alpha) - Real::ln(a / (us * us) + b)
            <= -rate + k * Real::ln(rate) - Real::lgamma(k + 1.0)
        {
            return k;
        }
    }
}

/// The remainder of Stirling's approximation of ln k!.
fn stirling_tail(k: f64) -> f64 {
    const SMALL: [f64; 10] = [
        0.0810614667953272,
        0.0413406959554092,
        0.0276779256849983,
        0.02079067210376509,
        0.0166446911898211,
        0.0138761288230707,
        0.0118967099458917,
        0.0104112652619720,
        0.00925546218271273,
        0.00833056343336287,
    ];
    if k <= 9.0 {
        return SMALL[k.max(0.0) as usize];
    }
    let square = (k + 1.0) * (k + 1.0);
    (1.0 / 12.0 - (1.0 / 360.0 - 1.0 / 1260.0 / square) / square) / (k + 1.0)
}

fn draw_by_inversion(count: f64, p: f64, e: &mut Engine) -> f64 {
    let log = Real::ln_1p(-p);
    let (mut sum, mut n) = (0.0, 0.0);
    loop {
        sum += Real::ceil(Real::ln(e.uniform()) / log);
        if sum > count {
            return n;
        }
        n += 1.0;
    }
}

fn draw_by_rejection(count: f64, p: f64, e: &mut Engine) -> f64 {
    let deviation = Real::sqrt(count * p * (1.0 - p));
    let b = 1.15 + 2.53 * deviation;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let c = count * p + 0.5;
    let accept = 0.92 - 4.2 / b;
    let r = p / (1.0 - p);
    let alpha = (2.83 + 5.1 / b) * deviation;
    let m = Real::floor((count + 1.0) * p);
    loop {
        let u = e.uniform() - 0.5;
        let v = e.uniform();
        let us = 0.5 - u.abs();
        let k = Real::floor((2.0 * a / us + b) * u + c);
        if us >= 0.07 && v <= accept {
            return k;
        }
        if k < 0.0 || k > count {
            continue;
        }
        let v = Real::ln(v * alpha / (a / (us * us) + b));
        let bound = (m + 0.5) * Real::ln((m + 1.0) / (r * (count - m + 1.0)))
            + (count + 1.0) * Real::ln((count - m + 1.0) / (count - k + 1.0))
            + (k + 0.5) * Real::ln(r * (count - k + 1.0) / (k + 1.0))
            + stirling_tail(m)
            + stirling_tail(count - m)
            - stirling_tail(k)
            - stirling_tail(count - k);
        if v <= bound {
            return k;
        }
    }
}

fn draw_binomial(count: f64, p: f64, e: &mut Engine) -> f64 {
    if count <= 0.0 || p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return count;
    }
    let draw = if count * p.min(1.0 - p) >= 10.0 { draw_by_rejection } else { draw_by_inversion };
    match p {
        p if p <= 0.5 => draw(count, p, e),
        p if p > 0.5 => count - draw(count, 1.0 - p, e),
        _ => f64::NAN,
    }
}

/// A count for every element.
fn drawn(x: &Tensor, g: &Generator, mut draw: impl FnMut(usize, f64, &mut Engine) -> f64) -> Result<Tensor> {
    let values = x.to_dtype(crate::DType::F64)?.contiguous()?;
    let y = Tensor::empty(x.sizes(), crate::DType::F64)?;
    let (from, to) = (values.as_slice::<f64>()?, y.as_mut_slice::<f64>()?);
    g.with(|e| from.iter().zip(to).enumerate().for_each(|(i, (x, y))| *y = draw(i, *x, e)));
    y.to_dtype(x.dtype())
}

fn poisson(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    if !x.dtype().is_float() {
        return Err(crate::kernel::not_implemented("poisson_cpu", x.dtype()));
    }
    let values = x.to_dtype(crate::DType::F64)?.contiguous()?;
    let valid = values.as_slice::<f64>()?.iter().all(|v| *v >= 0.0);
    check!(valid, "invalid Poisson rate, expected rate to be non-negative");
    drawn(x, source(a, 1)?, |_, rate, e| draw_poisson(rate, e))
}

/// count, prob, generator
fn binomial(a: &Args) -> Result<Tensor> {
    let (count, p) = (a.tensor(0)?, a.tensor(1)?);
    for t in [count, p] {
        check!(
            t.dtype().is_float(),
            Value,
            "binomial only supports floating-point dtypes for {}, got: {}",
            if core::ptr::eq(t, count) { "count" } else { "prob" },
            t.dtype().name()
        );
    }
    check!(count.dtype() == p.dtype(), "Found dtype {} but expected {}", p.dtype().name(), count.dtype().name());
    let shape = broadcast(count.sizes(), p.sizes())?;
    let p = p.expand(&shape)?.to_dtype(crate::DType::F64)?.contiguous()?;
    let p = p.as_slice::<f64>()?;
    drawn(&count.expand(&shape)?, source(a, 2)?, |i, n, e| draw_binomial(n, p[i], e))
}

operators! {
    aten::binomial => binomial,
    aten::poisson => poisson,
}
