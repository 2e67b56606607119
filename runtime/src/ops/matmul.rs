//! Matrix products. Sums of 16-bit floats are made in f32, of integers in int64, of complex numbers in complex128.

use super::binary::{Add, Mul};
use crate::gemm::{self, Matrix, Num};
use crate::kernel::{NONE, apply, apply_to, params};
use crate::tensor::{Show, broadcast};
use crate::{Args, Complex, DType, Dims, Element, Result, Scalar, Tensor};

/// The type that products of this type are summed in.
fn sum_type(d: DType) -> DType {
    match d {
        DType::F64 => DType::F64,
        d if d.is_complex() => DType::C128,
        d if d.is_float() => DType::F32,
        _ => DType::I64,
    }
}

/// `c[i] += a[i] b[i]` for matrices of `batch`: shapes [batch, m, k], [batch, k, n], [batch, m, n], c contiguous. All of one type.
fn batched<T: Num + Element>(a: &Tensor, b: &Tensor, c: &Tensor) {
    let (s, t) = (a.sizes(), b.sizes());
    let (m, k, n) = (s[1] as usize, s[2] as usize, t[2] as usize);
    let strides = |x: &Tensor, d: usize| x.strides()[d] as isize;
    for i in 0..s[0] as isize {
        // SAFETY: the shapes fit; c is fresh memory.
        unsafe {
            let left = Matrix { data: a.ptr::<T>().offset(i * strides(a, 0)), rows: strides(a, 1), cols: strides(a, 2) };
            let right = Matrix { data: b.ptr::<T>().offset(i * strides(b, 0)), rows: strides(b, 1), cols: strides(b, 2) };
            let out = c.ptr::<T>().add(i as usize * m * n);
            if T::BLOCKED && m == 1 && right.rows == 1 {
                // A row times a transposed matrix: dot products along memory.
                for j in 0..n {
                    let column = right.data.offset(j as isize * right.cols);
                    *out.add(j) = *out.add(j) + gemm::dot(k, left.data, left.cols, column, 1);
                }
            } else if T::BLOCKED && n == 1 {
                for r in 0..m {
                    let row = left.data.offset(r as isize * left.rows);
                    *out.add(r) = *out.add(r) + gemm::dot(k, row, left.cols, right.data, right.rows);
                }
            } else {
                gemm::gemm(m, n, k, left, right, out, n);
            }
        }
    }
}

/// Product of [batch, m, k] and [batch, k, n] in the type of the operands.
pub fn bmm_of(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    check!(
        a.dtype() == b.dtype(),
        "expected m1 and m2 to have the same dtype, but got: {} != {}",
        c_name(a.dtype()),
        c_name(b.dtype())
    );
    let d = sum_type(a.dtype());
    let (x, y) = (a.to_dtype(d)?, b.to_dtype(d)?);
    let c = Tensor::zeros(&[x.sizes()[0], x.sizes()[1], y.sizes()[2]], d)?;
    match d {
        DType::F32 => batched::<f32>(&x, &y, &c),
        DType::F64 => batched::<f64>(&x, &y, &c),
        DType::I64 => batched::<i64>(&x, &y, &c),
        _ => batched::<Complex<f64>>(&x, &y, &c),
    }
    c.to_dtype(a.dtype())
}

/// What C++ calls the type, as PyTorch's messages have it.
fn c_name(d: DType) -> &'static str {
    match d {
        DType::F32 => "float",
        DType::F64 => "double",
        DType::I64 => "long",
        DType::I32 => "int",
        DType::F16 => "c10::Half",
        DType::BF16 => "c10::BFloat16",
        DType::Bool => "bool",
        DType::I16 => "short",
        DType::I8 => "signed char",
        DType::U8 => "unsigned char",
        DType::C64 => "c10::complex<float>",
        DType::C128 => "c10::complex<double>",
        d => d.name(),
    }
}

fn shape2(t: &Tensor) -> [i64; 2] {
    [t.sizes()[0], t.sizes()[1]]
}

/// Product of two matrices.
pub fn mm_of(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    check!(a.dim() == 2, "self must be a matrix");
    check!(b.dim() == 2, "mat2 must be a matrix");
    let ([m, k], [k2, n]) = (shape2(a), shape2(b));
    check!(k == k2, "mat1 and mat2 shapes cannot be multiplied ({m}x{k} and {k2}x{n})");
    bmm_of(&a.unsqueeze(0)?, &b.unsqueeze(0)?)?.view(&[m, n])
}

fn bmm_checked(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    check!(a.dim() == 3, "batch1 must be a 3D tensor");
    check!(b.dim() == 3, "batch2 must be a 3D tensor");
    let (s, t) = (a.sizes(), b.sizes());
    check!(
        s[0] == t[0] && s[2] == t[1],
        "Expected size for first two dimensions of batch2 tensor to be: [{}, {}] but got: [{}, {}].",
        s[0],
        s[2],
        t[0],
        t[1]
    );
    bmm_of(a, b)
}

pub fn mv_of(a: &Tensor, v: &Tensor) -> Result<Tensor> {
    check!(a.dim() == 2 && v.dim() == 1, "vector + matrix @ vector expected, got 1, {}, {}", a.dim(), v.dim());
    let [m, k] = shape2(a);
    check!(k == v.sizes()[0], "size mismatch, got input ({m}), mat ({m}x{k}), vec ({})", v.sizes()[0]);
    bmm_of(&a.unsqueeze(0)?, &v.unsqueeze(1)?.unsqueeze(0)?)?.view(&[m])
}

pub fn dot_of(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    check!(a.dim() == 1 && b.dim() == 1, "1D tensors expected, but got {}D and {}D tensors", a.dim(), b.dim());
    check!(
        a.dtype() == b.dtype(),
        "dot : expected both vectors to have same dtype, but found {} and {}",
        a.dtype().name(),
        b.dtype().name()
    );
    let (n, m) = (a.sizes()[0], b.sizes()[0]);
    check!(
        n == m,
        "inconsistent tensor size, expected tensor [{n}] and src [{m}] to have the same number of elements, but got {n} and {m} elements respectively"
    );
    bmm_of(&a.reshape(&[1, 1, n])?, &b.reshape(&[1, m, 1])?)?.view(&[])
}

/// `torch.matmul`: vectors, matrices and batches with broadcasting.
pub fn matmul_of(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    check!(
        a.dim() > 0 && b.dim() > 0,
        "both arguments to matmul need to be at least 1D, but they are {}D and {}D",
        a.dim(),
        b.dim()
    );
    match (a.dim(), b.dim()) {
        (1, 1) => return dot_of(a, b),
        (2, 1) => return mv_of(a, b),
        (1, 2) => {
            let n = b.sizes()[1];
            return mm_of(&a.unsqueeze(0)?, b)?.view(&[n]);
        }
        (2, 2) => return mm_of(a, b),
        // A batch of rows times one matrix is one product.
        (n, 2) if n > 2 && a.is_contiguous() => {
            let k = a.sizes()[n - 1];
            let rows: i64 = a.sizes()[..n - 1].iter().product();
            let mut shape = Dims::from_slice(a.sizes());
            shape[n - 1] = b.sizes()[1];
            return mm_of(&a.view(&[rows, k])?, b)?.view(&shape);
        }
        _ => {}
    }
    let x = if a.dim() == 1 { a.unsqueeze(0)? } else { a.clone() };
    let y = if b.dim() == 1 { b.unsqueeze(1)? } else { b.clone() };
    let (s, t) = (x.sizes(), y.sizes());
    let (bs, bt) = (&s[..s.len() - 2], &t[..t.len() - 2]);
    let batch = broadcast(bs, bt)?;
    let (m, k, k2, n) = (s[s.len() - 2], s[s.len() - 1], t[t.len() - 2], t[t.len() - 1]);
    check!(
        k == k2,
        "Expected size for first two dimensions of batch2 tensor to be: [{}, {k}] but got: [{}, {k2}].",
        batch.iter().product::<i64>(),
        batch.iter().product::<i64>()
    );
    let whole = |lead: &[i64], r: i64, c: i64| -> Dims { lead.iter().copied().chain([r, c]).collect() };
    let count: i64 = batch.iter().product();
    let left = x.expand(&whole(&batch, m, k))?.reshape(&[count, m, k])?;
    let right = y.expand(&whole(&batch, k, n))?.reshape(&[count, k, n])?;
    let mut shape = batch;
    if a.dim() > 1 {
        shape.push(m);
    }
    if b.dim() > 1 {
        shape.push(n);
    }
    bmm_of(&left, &right)?.view(&shape)
}

/// `beta * self + alpha * product`, where beta 0 ignores self.
fn add_product(s: &Tensor, product: Tensor, beta: Scalar, alpha: Scalar) -> Result<Tensor> {
    // The factors take the product's type.
    let typed = |k: Scalar| match product.dtype() {
        DType::Bool => Scalar::Bool(k.to_bool()),
        d if d.is_int() => Scalar::Int(k.to_i64()),
        _ => k,
    };
    let (beta, alpha) = (typed(beta), typed(alpha));
    let scaled = if alpha.to_f64() == 1.0 && !alpha.is_complex() {
        product
    } else {
        apply::<Mul, 2>([&product, &Tensor::wrapped(alpha)?], NONE)?
    };
    let shape = broadcast(s.sizes(), scaled.sizes())?;
    check!(
        shape[..] == *scaled.sizes(),
        "The expanded size of the tensor ({}) must match the existing size ({}) at non-singleton dimension {}.  Target sizes: {}.  Tensor sizes: {}",
        scaled.sizes().last().copied().unwrap_or(1),
        s.sizes().last().copied().unwrap_or(1),
        s.dim().saturating_sub(1),
        Show(scaled.sizes()),
        Show(s.sizes())
    );
    if beta.to_f64() == 0.0 && !beta.is_complex() {
        return Ok(scaled);
    }
    apply::<Add, 2>([&scaled, s], params([beta]))
}

fn mm(a: &Args) -> Result<Tensor> {
    mm_of(a.tensor(0)?, a.tensor(1)?)
}
fn bmm(a: &Args) -> Result<Tensor> {
    bmm_checked(a.tensor(0)?, a.tensor(1)?)
}
fn mv(a: &Args) -> Result<Tensor> {
    mv_of(a.tensor(0)?, a.tensor(1)?)
}
fn dot(a: &Args) -> Result<Tensor> {
    dot_of(a.tensor(0)?, a.tensor(1)?)
}
fn vdot(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let x = if x.dtype().is_complex() { apply::<super::unary::Conj, 1>([x], NONE)? } else { x.clone() };
    dot_of(&x, a.tensor(1)?)
}
fn matmul(a: &Args) -> Result<Tensor> {
    matmul_of(a.tensor(0)?, a.tensor(1)?)
}

/// self, mat1, mat2, beta, alpha
fn addmm(a: &Args) -> Result<Tensor> {
    add_product(a.tensor(0)?, mm_of(a.tensor(1)?, a.tensor(2)?)?, a.scalar(3)?, a.scalar(4)?)
}
fn addmv(a: &Args) -> Result<Tensor> {
    add_product(a.tensor(0)?, mv_of(a.tensor(1)?, a.tensor(2)?)?, a.scalar(3)?, a.scalar(4)?)
}
fn baddbmm(a: &Args) -> Result<Tensor> {
    add_product(a.tensor(0)?, bmm_checked(a.tensor(1)?, a.tensor(2)?)?, a.scalar(3)?, a.scalar(4)?)
}

/// The sum of the batch's products.
fn addbmm(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(1)?, a.tensor(2)?);
    check!(x.dim() == 3 && y.dim() == 3 && x.sizes()[0] == y.sizes()[0], "batch1 and batch2 must have same number of batches");
    // [b, m, k] x [b, k, n] summed over b is [m, b k] x [b k, n].
    let (s, t) = (x.sizes(), y.sizes());
    let left = x.permute(&[1, 0, 2])?.reshape(&[s[1], s[0] * s[2]])?;
    let right = y.reshape(&[t[0] * t[1], t[2]])?;
    add_product(a.tensor(0)?, mm_of(&left, &right)?, a.scalar(3)?, a.scalar(4)?)
}

fn outer_of(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    check!(x.dim() == 1 && y.dim() == 1, "outer: Expected 1-D argument self, but got {}-D", x.dim());
    apply::<Mul, 2>([&x.unsqueeze(1)?, y], NONE)
}
fn outer(a: &Args) -> Result<Tensor> {
    outer_of(a.tensor(0)?, a.tensor(1)?)
}
fn addr(a: &Args) -> Result<Tensor> {
    add_product(a.tensor(0)?, outer_of(a.tensor(1)?, a.tensor(2)?)?, a.scalar(3)?, a.scalar(4)?)
}

/// The in-place form of an operator whose first argument is `self`.
fn in_place(a: &Args, f: fn(&Args) -> Result<Tensor>) -> Result<Tensor> {
    let s = a.tensor(0)?;
    let r = f(a)?;
    crate::iter::check_inplace_shape(s, r.sizes())?;
    s.copy_from(&r)?;
    Ok(s.clone())
}
fn addmm_(a: &Args) -> Result<Tensor> {
    in_place(a, addmm)
}
fn addmv_(a: &Args) -> Result<Tensor> {
    in_place(a, addmv)
}
fn baddbmm_(a: &Args) -> Result<Tensor> {
    in_place(a, baddbmm)
}
fn addbmm_(a: &Args) -> Result<Tensor> {
    in_place(a, addbmm)
}
fn addr_(a: &Args) -> Result<Tensor> {
    in_place(a, addr)
}

/// `input W^T + bias`
pub fn linear_of(x: &Tensor, w: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
    check!(w.dim() == 1 || w.dim() == 2, "linear(): weight must be 1D or 2D, but got {}D", w.dim());
    let wt = if w.dim() == 2 { w.transpose(0, 1)? } else { w.clone() };
    let k = x.sizes().last().copied().unwrap_or(1);
    if w.dim() == 2 && x.dim() > 0 && k != w.sizes()[1] {
        let rows: i64 = x.sizes()[..x.dim() - 1].iter().product();
        bail!("mat1 and mat2 shapes cannot be multiplied ({rows}x{k} and {}x{})", w.sizes()[1], w.sizes()[0]);
    }
    let y = if x.dim() > 2 { matmul_of(&x.contiguous()?, &wt)? } else { matmul_of(x, &wt)? };
    match bias {
        Some(b) => apply_to::<Add, 2>(&y, [&y, b], params([Scalar::Int(1)])),
        None => Ok(y),
    }
}

fn linear(a: &Args) -> Result<Tensor> {
    linear_of(a.tensor(0)?, a.tensor(1)?, a.opt_tensor(2)?)
}

/// `y[…, o] = sum x1[…, i] W[o, i, j] x2[…, j] + b[o]`
fn bilinear(a: &Args) -> Result<Tensor> {
    let (x, y, w) = (a.tensor(0)?, a.tensor(1)?, a.tensor(2)?);
    check!(w.dim() == 3 && x.dim() == y.dim() && x.dim() > 0, "bilinear(): inputs of equal rank and a 3-D weight expected");
    let (o, i, j) = (w.sizes()[0], w.sizes()[1], w.sizes()[2]);
    let rows: i64 = x.sizes()[..x.dim() - 1].iter().product();
    // x1 W: [rows, i] x [i, o j] -> [rows, o, j], then times x2 for each row.
    let wide = w.permute(&[1, 0, 2])?.reshape(&[i, o * j])?;
    let left = mm_of(&x.reshape(&[rows, i])?, &wide)?.view(&[rows, o, j])?;
    let r = bmm_checked(&left, &y.reshape(&[rows, j, 1])?)?;
    let mut shape = Dims::from_slice(x.sizes());
    if let Some(last) = shape.last_mut() {
        *last = o;
    }
    let r = r.view(&shape)?;
    match a.opt_tensor(3)? {
        Some(b) => apply::<Add, 2>([&r, b], params([Scalar::Int(1)])),
        None => Ok(r),
    }
}

operators! {
    aten::addbmm => addbmm, aten::addbmm_ => addbmm_,
    aten::addmm => addmm, aten::addmm_ => addmm_,
    aten::addmv => addmv, aten::addmv_ => addmv_,
    aten::addr => addr, aten::addr_ => addr_,
    aten::baddbmm => baddbmm, aten::baddbmm_ => baddbmm_,
    aten::bilinear => bilinear,
    aten::bmm => bmm,
    aten::dot => dot,
    aten::ger => outer,
    aten::linear => linear,
    aten::linalg_matmul => matmul,
    aten::matmul => matmul,
    aten::mm => mm,
    aten::mv => mv,
    aten::outer => outer,
    aten::vdot => vdot,
}
