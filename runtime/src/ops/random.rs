//! Operators that draw random numbers.

use super::creation::{empty_like_in, options};
use crate::dtype::{DType, default_dtype};
use crate::header::{Kind, Ref};
use crate::math::Real;
use crate::rng::{Engine, Generator, default_generator, fill, normal as fill_normal, uniform as fill_uniform};
use crate::tensor::{Dims, Tensor};
use crate::value::{Value, tag};
use crate::{Args, Result};

operators! {
    aten::Generator => generator,
    aten::manual_seed => manual_seed,
    aten::manual_seed.generator => manual_seed_generator,
    aten::initial_seed => initial_seed,
    aten::rand => rand,
    aten::rand.generator => rand_generator,
    aten::rand_like => rand_like,
    aten::rand_like.generator => rand_like_generator,
    aten::randn => randn,
    aten::randn.generator => randn_generator,
    aten::randn_like => randn_like,
    aten::randn_like.generator => randn_like_generator,
    aten::randint => randint,
    aten::randint.generator => randint_generator,
    aten::randint.low => randint_low,
    aten::randint.low_generator => randint_low_generator,
    aten::randint_like => randint_like,
    aten::randint_like.low_dtype => randint_like_low,
    aten::randperm => randperm,
    aten::randperm.generator => randperm_generator,
    aten::uniform_ => uniform_,
    aten::uniform => uniform,
    aten::normal_ => normal_,
    aten::normal_functional => normal_functional,
    aten::normal.float_float => normal_sizes,
    aten::normal.Tensor_float => normal_tensors,
    aten::normal.float_Tensor => normal_tensors,
    aten::normal.Tensor_Tensor => normal_tensors,
    aten::bernoulli => bernoulli,
    aten::bernoulli.Tensor => bernoulli_by,
    aten::bernoulli.p => bernoulli_by,
    aten::bernoulli_.Tensor => bernoulli_,
    aten::bernoulli_.float => bernoulli_,
    aten::exponential => exponential,
    aten::exponential_ => exponential_,
    aten::random => random,
    aten::random_ => random_,
    aten::random.from => random_from,
    aten::random_.from => random_from_,
    aten::random.to => random_to,
    aten::random_.to => random_to_,
    aten::geometric => geometric,
    aten::geometric_ => geometric_,
    aten::cauchy => cauchy,
    aten::cauchy_ => cauchy_,
    aten::log_normal => log_normal,
    aten::log_normal_ => log_normal_,
    aten::multinomial => multinomial,
    aten::dropout => dropout,
    aten::dropout_ => dropout_,
    aten::native_dropout => native_dropout,
}

type One = Result<Tensor>;

/// The generator at argument `i`, or the default one.
pub(super) fn source<'a>(a: &Args<'a>, i: usize) -> Result<&'a Generator> {
    let v = a.value(i)?;
    match v.tag {
        tag::NONE => Ok(default_generator()),
        // SAFETY: the payload of that tag is a generator.
        tag::GENERATOR => Ok(unsafe { &*(v.payload as *const Generator) }),
        _ => bail!(Type, "expected a Generator for argument {i}, got {}", v.kind_name()),
    }
}

fn generator(a: &Args) -> Result<Value> {
    a.check_device(0)?;
    let g = Generator::new(a.opt_int(1)?.map_or(crate::rng::DEFAULT_SEED, |s| s as u64));
    Ok(Value::own(tag::GENERATOR, g))
}

fn manual_seed(a: &Args) -> Result<()> {
    default_generator().manual_seed(a.int(0)? as u64);
    Ok(())
}

fn manual_seed_generator(a: &Args) -> Result<Value> {
    source(a, 0)?.manual_seed(a.int(1)? as u64);
    Ok(a.value(0)?.clone())
}

fn initial_seed(a: &Args) -> Result<i64> {
    Ok(source(a, 0)?.with(|e| e.seed() as i64))
}

/// Fills real and imaginary parts alike.
fn parts(t: &Tensor) -> Tensor {
    if !t.dtype().is_complex() {
        return t.clone();
    }
    let mut sizes = Dims::from_slice(t.sizes());
    let mut strides: Dims = t.strides().iter().map(|s| 2 * s).collect();
    sizes.push(2);
    strides.push(1);
    Tensor::over(t.storage().clone(), t.dtype().to_real(), &sizes, &strides, 2 * t.offset())
}

fn uniform_into(t: Tensor, from: f64, to: f64, g: &Generator) -> One {
    fill_uniform(&parts(&t), from, to, g)?;
    Ok(t)
}

fn normal_into(t: Tensor, mean: f64, std: f64, g: &Generator) -> One {
    if t.dtype().is_complex() {
        // Each part has half of the variance.
        fill_normal(&parts(&t), 0.0, std / Real::sqrt(2.0f64), g)?;
        if mean != 0.0 {
            crate::iter::map1(&super::views::part(&t, 0)?.clone(), &super::views::part(&t, 0)?, |x: f32| x + mean as f32);
        }
        return Ok(t);
    }
    fill_normal(&t, mean, std, g)?;
    Ok(t)
}

fn rand(a: &Args) -> One {
    uniform_into(Tensor::empty(a.int_list(0)?, options(a, 1, default_dtype())?)?, 0.0, 1.0, default_generator())
}

fn rand_generator(a: &Args) -> One {
    uniform_into(Tensor::empty(a.int_list(0)?, options(a, 2, default_dtype())?)?, 0.0, 1.0, source(a, 1)?)
}

/// An uninitialised tensor shaped as argument 0; options from `at` on.
fn like(a: &Args, at: usize) -> One {
    let t = a.tensor(0)?;
    empty_like_in(t, options(a, at, t.dtype())?, a.opt_int(at + 4)?)
}

fn rand_like(a: &Args) -> One {
    uniform_into(like(a, 1)?, 0.0, 1.0, default_generator())
}

fn rand_like_generator(a: &Args) -> One {
    uniform_into(like(a, 2)?, 0.0, 1.0, source(a, 1)?)
}

fn randn(a: &Args) -> One {
    normal_into(Tensor::empty(a.int_list(0)?, options(a, 1, default_dtype())?)?, 0.0, 1.0, default_generator())
}

fn randn_generator(a: &Args) -> One {
    normal_into(Tensor::empty(a.int_list(0)?, options(a, 2, default_dtype())?)?, 0.0, 1.0, source(a, 1)?)
}

fn randn_like(a: &Args) -> One {
    normal_into(like(a, 1)?, 0.0, 1.0, default_generator())
}

fn randn_like_generator(a: &Args) -> One {
    normal_into(like(a, 2)?, 0.0, 1.0, source(a, 1)?)
}

/// Integers in `low..high`.
fn integers_into(t: Tensor, low: i64, high: i64, g: &Generator) -> One {
    check!(low < high, "random_ expects 'from' to be less than 'to', but got from={low} >= to={high}");
    let range = high.wrapping_sub(low) as u64;
    g.with(|e| dispatch!(t.dtype(), T => crate::iter::map0(&t, || <T as crate::Element>::from_i64(e.integer(range, low)))));
    Ok(t)
}

fn randint(a: &Args) -> One {
    integers_into(Tensor::empty(a.int_list(1)?, options(a, 2, DType::I64)?)?, 0, a.int(0)?, default_generator())
}

fn randint_generator(a: &Args) -> One {
    integers_into(Tensor::empty(a.int_list(1)?, options(a, 3, DType::I64)?)?, 0, a.int(0)?, source(a, 2)?)
}

fn randint_low(a: &Args) -> One {
    integers_into(Tensor::empty(a.int_list(2)?, options(a, 3, DType::I64)?)?, a.int(0)?, a.int(1)?, default_generator())
}

fn randint_low_generator(a: &Args) -> One {
    integers_into(Tensor::empty(a.int_list(2)?, options(a, 4, DType::I64)?)?, a.int(0)?, a.int(1)?, source(a, 3)?)
}

fn randint_like(a: &Args) -> One {
    integers_into(like(a, 2)?, 0, a.int(1)?, default_generator())
}

fn randint_like_low(a: &Args) -> One {
    integers_into(like(a, 3)?, a.int(1)?, a.int(2)?, default_generator())
}

fn permutation(n: i64, dtype: DType, g: &Generator) -> One {
    check!(n >= 0, "n must be non-negative, got{n}");
    let t = Tensor::empty(&[n], DType::I64)?;
    let p = t.as_mut_slice::<i64>()?;
    p.iter_mut().enumerate().for_each(|(i, x)| *x = i as i64);
    let wide = n >= (u32::MAX / 20) as i64;
    g.with(|e| {
        for i in 0..p.len().saturating_sub(1) {
            let left = p.len() - i;
            let z = if wide { (e.bits64() % left as u64) as usize } else { e.bits() as usize % left };
            p.swap(i, i + z);
        }
    });
    t.to_dtype(dtype)
}

fn randperm(a: &Args) -> One {
    permutation(a.int(0)?, options(a, 1, DType::I64)?, default_generator())
}

fn randperm_generator(a: &Args) -> One {
    permutation(a.int(0)?, options(a, 2, DType::I64)?, source(a, 1)?)
}

/// An uninitialised tensor like argument 0.
fn fresh(a: &Args) -> One {
    a.tensor(0)?.empty_like(a.tensor(0)?.dtype())
}

fn itself(a: &Args) -> One {
    Ok(a.tensor(0)?.clone())
}

fn uniform_(a: &Args) -> One {
    uniform_into(itself(a)?, a.float(1)?, a.float(2)?, source(a, 3)?)
}

fn uniform(a: &Args) -> One {
    uniform_into(fresh(a)?, a.float(1)?, a.float(2)?, source(a, 3)?)
}

fn normal_(a: &Args) -> One {
    normal_into(itself(a)?, a.float(1)?, a.float(2)?, source(a, 3)?)
}

fn normal_functional(a: &Args) -> One {
    normal_into(fresh(a)?, a.float(1)?, a.float(2)?, source(a, 3)?)
}

fn normal_sizes(a: &Args) -> One {
    let t = Tensor::empty(a.int_list(2)?, options(a, 4, default_dtype())?)?;
    normal_into(t, a.float(0)?, a.float(1)?, source(a, 3)?)
}

/// Standard normal numbers scaled and shifted elementwise; mean and std are tensors or numbers.
fn normal_tensors(a: &Args) -> One {
    let as_tensor = |i: usize, other: &Tensor| match a.value(i)?.as_tensor() {
        Some(t) => Ok(t.clone()),
        None => Tensor::scalar(a.scalar(i)?, other.dtype()),
    };
    let some = a.value(0)?.as_tensor().or(a.value(1)?.as_tensor());
    let some = some.ok_or_else(|| err!(Type, "normal() takes a tensor for mean or std"))?;
    let (mean, std) = (as_tensor(0, some)?, as_tensor(1, some)?);
    let shape = crate::tensor::broadcast(mean.sizes(), std.sizes())?;
    let t = normal_into(Tensor::empty(&shape, mean.dtype())?, 0.0, 1.0, source(a, 2)?)?;
    let std = std.to_dtype(t.dtype())?;
    match t.dtype() {
        DType::F32 => crate::iter::map3(&t, &t, &std, &mean, |x: f32, s: f32, m: f32| x * s + m),
        DType::F64 => crate::iter::map3(&t, &t, &std, &mean, |x: f64, s: f64, m: f64| x * s + m),
        d => bail!(NotImplemented, "normal() with tensors is not supported for {}", d.name()),
    }
    Ok(t)
}

/// One where a uniform number is below the probability; `p` is a number or a tensor.
fn bernoulli_into(t: Tensor, p: &Value, g: &Generator) -> One {
    let check_p = |p: f64| -> Result<()> {
        check!((0.0..=1.0).contains(&p), "bernoulli_ expects p to be in [0, 1], but got p={p}");
        Ok(())
    };
    let Some(p) = p.as_tensor() else {
        let p = p.as_scalar().ok_or_else(|| err!(Type, "bernoulli_ expects a number or a tensor for p"))?.to_f64();
        check_p(p)?;
        fill(&t, g, |e| (e.uniform() < p) as u8 as f64);
        return Ok(t);
    };
    check!(p.dtype().is_float(), "expected probabilities tensor to have floating type, got {}", p.dtype().name());
    let p = p.expand(t.sizes())?;
    let wide = p.dtype() == DType::F64;
    // The probabilities in the order in which the elements are drawn.
    let side = t.empty_like(DType::F64)?;
    side.copy_from(&p)?;
    let mut bad = None;
    g.with(|e| {
        let mut draw = |p: f64| {
            bad = bad.or((!(0.0..=1.0).contains(&p)).then_some(p));
            if wide { e.uniform() < p } else { e.uniform32() < p as f32 }
        };
        dispatch!(t.dtype(), T => crate::iter::TensorIter::new(t.sizes(), [&t, &side]).for_each(|[o, q], [so, sq], n| {
            for i in 0..n as isize {
                // SAFETY: the iterator stays inside the tensors.
                unsafe {
                    let one = draw(*(q.offset(i * sq) as *const f64));
                    *(o.offset(i * so) as *mut T) = <T as crate::Element>::from_i64(one as i64);
                }
            }
        }))
    });
    bad.map_or(Ok(t), |p| check_p(p).and_then(|_| Err(err!("bernoulli_ expects p to be in [0, 1]"))))
}

fn bernoulli(a: &Args) -> One {
    bernoulli_into(fresh(a)?, a.value(0)?, source(a, 1)?)
}

fn bernoulli_by(a: &Args) -> One {
    bernoulli_into(fresh(a)?, a.value(1)?, source(a, 2)?)
}

fn bernoulli_(a: &Args) -> One {
    bernoulli_into(itself(a)?, a.value(1)?, source(a, 2)?)
}

fn float_only(t: &Tensor, name: &str) -> Result<()> {
    check!(t.dtype().is_float(), NotImplemented, "\"{name}\" not implemented for '{}'", t.dtype().name());
    Ok(())
}

fn exponential_into(t: Tensor, rate: f64, g: &Generator) -> One {
    check!(rate > 0.0, "exponential_ expects lambda > 0.0, but found lambda={rate}");
    float_only(&t, "exponential_cpu")?;
    fill(&t, g, |e| -1.0 / rate * Real::ln_1p(-e.uniform()));
    Ok(t)
}

fn exponential_(a: &Args) -> One {
    exponential_into(itself(a)?, a.float(1)?, source(a, 2)?)
}

fn exponential(a: &Args) -> One {
    exponential_into(fresh(a)?, a.float(1)?, source(a, 2)?)
}

/// The whole range of an integer type, or the integers that a float type holds exactly.
fn random_into(t: Tensor, g: &Generator) -> One {
    let range: u64 = match t.dtype() {
        DType::F64 => (1 << 53) + 1,
        DType::F32 => (1 << 24) + 1,
        DType::F16 => (1 << 11) + 1,
        DType::BF16 => (1 << 8) + 1,
        DType::Bool => 2,
        DType::I64 => 1 << 63,
        DType::I32 => 1 << 31,
        DType::I16 => 1 << 15,
        DType::I8 => 1 << 7,
        DType::U8 => 1 << 8,
        d => bail!(NotImplemented, "\"random_kernel_cpu\" not implemented for '{}'", d.name()),
    };
    let wide = matches!(t.dtype(), DType::F64 | DType::I64);
    let draw = |e: &mut Engine| (if wide { e.bits64() } else { e.bits() as u64 } % range) as i64;
    g.with(|e| dispatch!(t.dtype(), T => crate::iter::map0(&t, || <T as crate::Element>::from_i64(draw(e)))));
    Ok(t)
}

fn random_(a: &Args) -> One {
    random_into(itself(a)?, source(a, 1)?)
}

fn random(a: &Args) -> One {
    random_into(fresh(a)?, source(a, 1)?)
}

fn random_between(a: &Args, t: Tensor) -> One {
    let from = a.int(1)?;
    let g = source(a, 3)?;
    match a.opt_int(2)? {
        Some(to) => integers_into(t, from, to, g),
        // To the largest value of the type.
        None => {
            let to = match t.dtype() {
                DType::U8 => 1 << 8,
                DType::I8 => 1 << 7,
                DType::I16 => 1 << 15,
                DType::I32 => 1 << 31,
                DType::F32 => (1 << 24) + 1,
                DType::F64 => (1 << 53) + 1,
                DType::F16 => (1 << 11) + 1,
                DType::BF16 => (1 << 8) + 1,
                DType::Bool => 2,
                _ => i64::MIN,
            };
            if to == i64::MIN && from == i64::MIN {
                g.with(|e| dispatch!(t.dtype(), T => crate::iter::map0(&t, || <T as crate::Element>::from_i64(e.integer(0, 0)))));
                return Ok(t);
            }
            let range = (to as u64).wrapping_sub(from as u64);
            g.with(
                |e| dispatch!(t.dtype(), T => crate::iter::map0(&t, || <T as crate::Element>::from_i64(e.integer(range, from)))),
            );
            Ok(t)
        }
    }
}

fn random_from_(a: &Args) -> One {
    random_between(a, itself(a)?)
}

fn random_from(a: &Args) -> One {
    random_between(a, fresh(a)?)
}

fn random_to_(a: &Args) -> One {
    integers_into(itself(a)?, 0, a.int(1)?, source(a, 2)?)
}

fn random_to(a: &Args) -> One {
    integers_into(fresh(a)?, 0, a.int(1)?, source(a, 2)?)
}

fn geometric_into(t: Tensor, p: f64, g: &Generator) -> One {
    check!(0.0 < p && p < 1.0, "geometric_ expects p to be in (0, 1), but got p={p}");
    fill(&t, g, |e| Real::ceil(Real::ln(e.uniform()) / Real::ln_1p(-p)));
    Ok(t)
}

fn geometric_(a: &Args) -> One {
    geometric_into(itself(a)?, a.float(1)?, source(a, 2)?)
}

fn geometric(a: &Args) -> One {
    geometric_into(fresh(a)?, a.float(1)?, source(a, 2)?)
}

fn cauchy_into(t: Tensor, median: f64, sigma: f64, g: &Generator) -> One {
    check!(sigma > 0.0, "cauchy_ expects sigma > 0.0, but found sigma={sigma}");
    float_only(&t, "cauchy_cpu")?;
    fill(&t, g, |e| median + sigma * Real::tan(core::f64::consts::PI * (e.uniform() - 0.5)));
    Ok(t)
}

fn cauchy_(a: &Args) -> One {
    cauchy_into(itself(a)?, a.float(1)?, a.float(2)?, source(a, 3)?)
}

fn cauchy(a: &Args) -> One {
    cauchy_into(fresh(a)?, a.float(1)?, a.float(2)?, source(a, 3)?)
}

fn log_normal_into(t: Tensor, mean: f64, std: f64, g: &Generator) -> One {
    check!(std > 0.0, "log_normal_ expects std > 0.0, but found std={std}");
    float_only(&t, "log_normal_cpu")?;
    fill(&t, g, |e| Real::exp(e.normal() * std + mean));
    Ok(t)
}

fn log_normal_(a: &Args) -> One {
    log_normal_into(itself(a)?, a.float(1)?, a.float(2)?, source(a, 3)?)
}

fn log_normal(a: &Args) -> One {
    log_normal_into(fresh(a)?, a.float(1)?, a.float(2)?, source(a, 3)?)
}

/// Row numbers drawn by weight. Without replacement (or for one draw) the largest weights over exponential numbers win.
fn multinomial(a: &Args) -> One {
    let (w, n, replacement) = (a.tensor(0)?, a.int(1)?, a.bool(2)?);
    let g = source(a, 3)?;
    check!(w.dim() == 1 || w.dim() == 2, "prob_dist must be 1 or 2 dim");
    check!(w.dtype().is_float(), "multinomial only supports floating-point dtypes for input, got: {}", w.dtype().name());
    let cols = w.sizes()[w.dim() - 1];
    let rows = if w.dim() == 2 { w.sizes()[0] } else { 1 };
    check!(n > 0, "cannot sample n_sample <= 0 samples");
    check!(replacement || n <= cols, "cannot sample n_sample > prob_dist.size(-1) samples without replacement");
    let weights = w.to_dtype(DType::F64)?.contiguous()?;
    let weights = weights.as_slice::<f64>()?;
    if replacement && n > 1 {
        check!(weights.iter().all(|p| *p >= 0.0), "invalid multinomial distribution (encountering probability entry < 0)");
        let finite = weights.iter().all(|p| p.is_finite());
        check!(finite, "invalid multinomial distribution (encountering probability entry = infinity or NaN)");
    }
    check!(weights.iter().all(|p| *p >= 0.0 && p.is_finite()), "probability tensor contains either `inf`, `nan` or element < 0");
    let mut shape = Dims::from_slice(w.sizes());
    shape[w.dim() - 1] = n;
    let out = Tensor::empty(&shape, DType::I64)?;
    let picked = out.as_mut_slice::<i64>()?;
    if cols == 0 || rows == 0 {
        return Ok(out);
    }
    let sums = weights.chunks(cols as usize).all(|r| r.iter().sum::<f64>() > 0.0);
    check!(sums, "invalid multinomial distribution (sum of probabilities <= 0)");
    if replacement && n > 1 {
        for (row, out) in weights.chunks(cols as usize).zip(picked.chunks_mut(n as usize)) {
            let total: f64 = row.iter().sum();
            let ends: alloc::vec::Vec<f64> = row
                .iter()
                .scan(0.0, |s, p| {
                    *s += p;
                    Some(*s / total)
                })
                .collect();
            g.with(|e| {
                for o in out {
                    let u = e.uniform();
                    *o = ends.partition_point(|c| *c < u).min(ends.len() - 1) as i64;
                }
            });
        }
        return Ok(out);
    }
    let q = exponential_into(Tensor::empty(w.sizes(), w.dtype())?, 1.0, g)?.to_dtype(DType::F64)?;
    let q = q.as_slice::<f64>()?;
    for (r, out) in picked.chunks_mut(n as usize).enumerate() {
        let from = r * cols as usize;
        let score = |i: &usize| (weights[from + i] as f32 / q[from + i] as f32) as f64;
        let mut order: alloc::vec::Vec<usize> = (0..cols as usize).collect();
        order.sort_by(|i, j| score(j).total_cmp(&score(i)));
        out.iter_mut().zip(order).for_each(|(o, i)| *o = i as i64);
    }
    Ok(out)
}

/// `x * noise` elementwise for float types.
fn times(x: &Tensor, noise: &Tensor, out: &Tensor, scale: f64) -> Result<()> {
    let noise = noise.to_dtype(x.dtype())?;
    match x.dtype() {
        DType::F32 => crate::iter::map2(out, x, &noise, |x: f32, n: f32| x * n * scale as f32),
        DType::F64 => crate::iter::map2(out, x, &noise, |x: f64, n: f64| x * n * scale),
        DType::F16 => crate::iter::map2(out, x, &noise, |x: crate::element::F16, n: crate::element::F16| {
            crate::element::F16::from_f32(crate::element::F16::from_f32(x.to_f32() * n.to_f32()).to_f32() * scale as f32)
        }),
        DType::BF16 => crate::iter::map2(out, x, &noise, |x: crate::element::BF16, n: crate::element::BF16| {
            crate::element::BF16::from_f32(crate::element::BF16::from_f32(x.to_f32() * n.to_f32()).to_f32() * scale as f32)
        }),
        d => bail!("result type Float can't be cast to the desired output type {}", d.name()),
    }
    Ok(())
}

/// What is kept with probability `1 - p` and scaled by its inverse, into `out`.
fn drop_out(x: &Tensor, out: &Tensor, p: f64) -> Result<()> {
    check!((0.0..=1.0).contains(&p), "dropout probability has to be between 0 and 1, but got {p}");
    if p == 1.0 {
        return times(x, &Tensor::zeros(x.sizes(), x.dtype())?, out, 1.0);
    }
    let noise = bernoulli_into(x.empty_like(x.dtype())?, &Value::float(1.0 - p), default_generator())?;
    match x.dtype() {
        DType::F32 => crate::iter::map1(&noise.clone(), &noise, |n: f32| n / (1.0 - p) as f32),
        DType::F64 => crate::iter::map1(&noise.clone(), &noise, |n: f64| n / (1.0 - p)),
        _ => return times(x, &noise, out, 1.0 / (1.0 - p)),
    }
    times(x, &noise, out, 1.0)
}

fn dropout(a: &Args) -> One {
    let (x, p, train) = (a.tensor(0)?, a.float(1)?, a.bool(2)?);
    check!((0.0..=1.0).contains(&p), "dropout probability has to be between 0 and 1, but got {p}");
    if p == 0.0 || !train || x.numel() == 0 {
        return Ok(x.clone());
    }
    let out = fresh(a)?;
    drop_out(x, &out, p)?;
    Ok(out)
}

fn dropout_(a: &Args) -> One {
    let (x, p, train) = (a.tensor(0)?, a.float(1)?, a.bool(2)?);
    if p != 0.0 && train && x.numel() > 0 {
        drop_out(x, x, p)?;
    }
    Ok(x.clone())
}

/// Result and mask.
fn native_dropout(a: &Args) -> Result<(Tensor, Tensor)> {
    let (x, p) = (a.tensor(0)?, a.float(1)?);
    let mask = x.empty_like(DType::Bool)?;
    if a.opt_bool(2)? == Some(false) || x.numel() == 0 {
        mask.fill(crate::Scalar::Bool(true));
        return Ok((x.copy()?, mask));
    }
    let out = fresh(a)?;
    let mask = bernoulli_into(mask, &Value::float(1.0 - p), default_generator())?;
    times(x, &mask, &out, if p == 1.0 { 0.0 } else { 1.0 / (1.0 - p) })?;
    Ok((out, mask))
}

/// A generator behind a value, for the evaluator.
pub fn as_generator(v: &Value) -> Option<Ref<Generator>> {
    let p = v.as_object()?;
    // SAFETY: the object is live and of that kind.
    unsafe { ((*p).kind == Kind::Generator).then(|| Ref::from_borrowed(p as *const Generator)) }
}
