//! Activation functions.

use crate::kernel::{NONE, Op, apply, apply_to, params};
use crate::math;
use crate::{Args, Complex, DType, Result, Scalar, Tensor};

pointwise! { 1 Kernels
    Relu "relu" Same { int |x; _| x.max(0); real |x; _| if x < 0.0 { 0.0 } else { x }; }
    Relu6 "hardtanh" Same { int |x; _| x.clamp(0, 6); real |x; _| if x < 0.0 { 0.0 } else if x > 6.0 { 6.0 } else { x }; }
    LeakyRelu "leaky_relu_cpu" Same { real |x; [slope, ..]| if x > 0.0 { x } else { x * slope }; }
    Elu "elu_cpu" Same { real |x; [alpha, scale, input, _]| if x > 0.0 { x * scale } else { T::exp_m1(x * input) * alpha * scale }; }
    Celu "elu_cpu" Same { real |x; [alpha, ..]| if x > 0.0 { x } else { T::exp_m1(x / alpha) * alpha }; }
    Gelu "GeluKernelImpl" Same { real |x; _| math::gelu(x); }
    GeluTanh "GeluKernelImpl" Same { real |x; _| math::gelu_tanh(x); }
    Silu "silu_cpu" Same { real |x; _| x / (1.0 + T::exp(-x)); complex |x; _| x * (Complex::real(1.0) + (-x).exp()).inv(); }
    Mish "mish_cpu" Same { real |x; _| x * T::tanh(T::ln_1p(T::exp(x))); }
    Softplus "softplus_cpu" Same { real |x; [beta, threshold, ..]| if x * beta > threshold { x } else { T::ln_1p(T::exp(x * beta)) / beta }; }
    Softshrink "softshrink" Same { real |x; [l, ..]| if x > l { x - l } else if x < -l { x + l } else if x.is_nan() { x } else { 0.0 }; }
    Hardshrink "hardshrink_cpu" Same { real |x; [l, ..]| if x >= -l && x <= l { 0.0 } else { x }; }
    Hardsigmoid "hardsigmoid_cpu" Same { real |x; _| { let y = x + 3.0; (if y < 0.0 { 0.0 } else if y > 6.0 { 6.0 } else { y }) / 6.0 }; }
    Hardswish "hardswish_cpu" Same { real |x; _| { let y = x + 3.0; x * (if y < 0.0 { 0.0 } else if y > 6.0 { 6.0 } else { y }) / 6.0 }; }
    Hardtanh "hardtanh" Same {
        int |x; [low, high, ..]| x.max(low).min(high);
        real |x; [low, high, ..]| { let y = if x < low { low } else { x }; if y > high { high } else { y } };
    }
    LogSigmoid "log_sigmoid_cpu" Same { real |x; _| (if x < 0.0 { x } else { 0.0 }) - T::ln_1p(T::exp(-x.abs())); }
    Threshold "threshold" Same { int |x; [t, v, ..]| if x <= t { v } else { x }; real |x; [t, v, ..]| if x <= t { v } else { x }; }
}

pointwise! { 2 Kernels
    Prelu "prelu" Same { real |x, w; _| if x > 0.0 { x } else { x * w }; }
    Glu "glu_cpu" Same { real |x, y; _| x * math::sigmoid(y); }
}

/// An activation with the numbers that follow the tensor as parameters.
fn with<F: Op<1>, const P: usize>(a: &Args) -> Result<Tensor> {
    apply::<F, 1>([a.tensor(0)?], numbers::<P>(a)?)
}

fn with_<F: Op<1>, const P: usize>(a: &Args) -> Result<Tensor> {
    apply_to::<F, 1>(a.tensor(0)?, [a.tensor(0)?], numbers::<P>(a)?)
}

fn numbers<const P: usize>(a: &Args) -> Result<[Scalar; 4]> {
    let mut p = NONE;
    for (i, slot) in p.iter_mut().enumerate().take(P) {
        *slot = a.scalar(i + 1)?;
    }
    Ok(p)
}

const SELU: [f64; 3] = [1.673_263_242_354_377_2, 1.050_700_987_355_480_5, 1.0];

fn selu(a: &Args) -> Result<Tensor> {
    apply::<Elu, 1>([a.tensor(0)?], params(SELU.map(Scalar::Float)))
}

fn selu_(a: &Args) -> Result<Tensor> {
    apply_to::<Elu, 1>(a.tensor(0)?, [a.tensor(0)?], params(SELU.map(Scalar::Float)))
}

fn gelu(a: &Args) -> Result<Tensor> {
    match a.str(1)? {
        "none" => apply::<Gelu, 1>([a.tensor(0)?], NONE),
        "tanh" => apply::<GeluTanh, 1>([a.tensor(0)?], NONE),
        _ => bail!("approximate argument must be either none or tanh."),
    }
}

fn gelu_(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    x.copy_from(&gelu(a)?)?;
    Ok(x.clone())
}

fn relu(a: &Args) -> Result<Tensor> {
    check!(a.tensor(0)?.dtype() != DType::Bool, "Boolean inputs not supported for relu");
    with::<Relu, 0>(a)
}

fn relu_(a: &Args) -> Result<Tensor> {
    check!(a.tensor(0)?.dtype() != DType::Bool, "Boolean inputs not supported for relu");
    with_::<Relu, 0>(a)
}

fn check_hardtanh(d: DType, low: f64, high: f64) -> Result<()> {
    check!(d != DType::Bool, "Bool inputs not supported for hardtanh");
    let unsigned = matches!(d, DType::U8 | DType::U16 | DType::U32 | DType::U64);
    check!(!unsigned || (low >= 0.0 && high >= 0.0), "cannot do hardtanh on an unsigned type with negative limits");
    Ok(())
}

fn hardtanh(a: &Args) -> Result<Tensor> {
    check_hardtanh(a.tensor(0)?.dtype(), a.scalar(1)?.to_f64(), a.scalar(2)?.to_f64())?;
    with::<Hardtanh, 2>(a)
}

fn hardtanh_(a: &Args) -> Result<Tensor> {
    check_hardtanh(a.tensor(0)?.dtype(), a.scalar(1)?.to_f64(), a.scalar(2)?.to_f64())?;
    with_::<Hardtanh, 2>(a)
}

fn relu6(a: &Args) -> Result<Tensor> {
    check_hardtanh(a.tensor(0)?.dtype(), 0.0, 6.0)?;
    with::<Relu6, 0>(a)
}

fn relu6_(a: &Args) -> Result<Tensor> {
    check_hardtanh(a.tensor(0)?.dtype(), 0.0, 6.0)?;
    with_::<Relu6, 0>(a)
}

/// The weight is one number, or one for each channel (dimension 1).
fn prelu(a: &Args) -> Result<Tensor> {
    let (x, w) = (a.tensor(0)?, a.tensor(1)?);
    check!(x.dtype() == w.dtype(), "prelu: Type promoting not supported. Got {} and {}", x.dtype().name(), w.dtype().name());
    let vector = w.dim() <= 1;
    if w.numel() == 1 && vector {
        return apply::<Prelu, 2>([x, &w.reshape(&[])?], NONE);
    }
    check!(x.dim() > 0, "Not allow zero-dim input tensor.");
    let channels = if x.dim() > 1 { x.sizes()[1] } else { 1 };
    check!(
        w.numel() as i64 == channels,
        "Mismatch of parameter numbers and input channel size. Found parameter numbers = {} and channel size = {channels}.",
        w.numel()
    );
    check!(vector, "prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {}", w.dim());
    let mut shape: crate::Dims = smallvec::smallvec![1; x.dim()];
    shape[(x.dim() > 1) as usize] = channels;
    apply::<Prelu, 2>([x, &w.reshape(&shape)?], NONE)
}

fn softshrink(a: &Args) -> Result<Tensor> {
    let (d, l) = (a.tensor(0)?.dtype(), a.float(1)?);
    let most = match d {
        DType::F16 => "65504",
        DType::BF16 => "3.38953e+38",
        DType::F32 => "3.40282e+38",
        DType::F64 => "1.79769e+308",
        _ => return Err(crate::kernel::not_implemented("softshrink_check", d)),
    };
    check!(l >= 0.0, "lambda must be in range [0, {most}] for input dtype {}, but found {l}", d.name());
    with::<Softshrink, 1>(a)
}

fn glu(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check!(x.dim() > 0, "glu does not support 0-dimensional tensors");
    let d = a.dim(1, x.dim())? as i64;
    let n = x.sizes()[d as usize];
    check!(n % 2 == 0, "Halving dimension must be even, but dimension {d} is size {n}");
    let (first, second) = (x.slice(d, 0, n / 2, 1)?, x.slice(d, n / 2, n, 1)?);
    apply::<Glu, 2>([&first, &second], NONE)
}

operators! {
    aten::celu => with::<Celu, 1>, aten::celu_ => with_::<Celu, 1>,
    aten::elu => with::<Elu, 3>, aten::elu_ => with_::<Elu, 3>,
    aten::gelu => gelu, aten::gelu_ => gelu_,
    aten::glu => glu,
    aten::hardshrink => with::<Hardshrink, 1>,
    aten::hardsigmoid => with::<Hardsigmoid, 0>, aten::hardsigmoid_ => with_::<Hardsigmoid, 0>,
    aten::hardswish => with::<Hardswish, 0>, aten::hardswish_ => with_::<Hardswish, 0>,
    aten::hardtanh => hardtanh, aten::hardtanh_ => hardtanh_,
    aten::leaky_relu => with::<LeakyRelu, 1>, aten::leaky_relu_ => with_::<LeakyRelu, 1>,
    aten::log_sigmoid => with::<LogSigmoid, 0>,
    aten::mish => with::<Mish, 0>, aten::mish_ => with_::<Mish, 0>,
    aten::prelu => prelu,
    aten::relu => relu, aten::relu_ => relu_,
    aten::relu6 => relu6, aten::relu6_ => relu6_,
    aten::selu => selu, aten::selu_ => selu_,
    aten::silu => with::<Silu, 0>, aten::silu_ => with_::<Silu, 0>,
    aten::softplus => with::<Softplus, 2>,
    aten::softshrink => softshrink,
    aten::threshold => with::<Threshold, 2>, aten::threshold_ => with_::<Threshold, 2>,
}
