//! Powers, exponentials, chains and special products of matrices and vectors.

use super::*;
use crate::linalg::exponential;
use crate::ops::binary::{Add, Mul};
use crate::ops::matmul::matmul_of;
use crate::tensor::{numel_of, wrap_dim};
use crate::{Args, Scalar};

fn matrix_exp(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check_square(x, "linalg.matrix_exp")?;
    check_float(x, "linalg.matrix_exp")?;
    field!(x.dtype(), T => {
        let all: Vec<Matrix<T>> = matrices::<T>(x)?.iter().map(exponential::exponential).collect();
        assembled(&all, batch(x), shape(x), x.dtype())?.contiguous()
    })
}

/// self, n
fn matrix_power(a: &Args) -> Result<Tensor> {
    let (x, n) = (a.tensor(0)?, a.int(1)?);
    check_square(x, "linalg.matrix_power")?;
    let size = shape(x)[0];
    if n == 0 {
        let eye = Matrix::<f64>::identity(size as usize);
        return assembled([&eye], &[], [size, size], x.dtype())?.expand(x.sizes())?.copy_contiguous();
    }
    let mut base = x.clone();
    if n < 0 {
        let (inverse, infos) = super::solve::inverse_of(x)?;
        super::solve::check_inverse(&infos, x.dim() == 2, "linalg.inv")?;
        base = inverse;
    }
    let (mut left, mut result): (u64, Option<Tensor>) = (n.unsigned_abs(), None);
    loop {
        if left & 1 == 1 {
            result = Some(match result {
                Some(r) => matmul_of(&r, &base)?,
                None => base.clone(),
            });
        }
        left >>= 1;
        if left == 0 {
            break;
        }
        base = matmul_of(&base, &base)?;
    }
    match result {
        Some(r) if r.same(x) => x.copy(),
        Some(r) => Ok(r),
        None => x.copy(),
    }
}

/// A chain of matrices in the cheapest order.
fn chained(ts: &[Tensor]) -> Result<Tensor> {
    let n = ts.len();
    let sizes: Vec<i64> = core::iter::once(shape(&ts[0])[0]).chain(ts.iter().map(|t| shape(t)[1])).collect();
    // cost[i][j]: of the product of i..=j, split behind split[i][j].
    let mut cost = alloc::vec![alloc::vec![0i128; n]; n];
    let mut split = alloc::vec![alloc::vec![0usize; n]; n];
    for length in 1..n {
        for i in 0..n - length {
            let j = i + length;
            cost[i][j] = i128::MAX;
            for k in i..j {
                let c = cost[i][k] + cost[k + 1][j] + sizes[i] as i128 * sizes[k + 1] as i128 * sizes[j + 1] as i128;
                if c < cost[i][j] {
                    (cost[i][j], split[i][j]) = (c, k);
                }
            }
        }
    }
    fn product(ts: &[Tensor], split: &[Vec<usize>], i: usize, j: usize) -> Result<Tensor> {
        if i == j {
            return Ok(ts[i].clone());
        }
        let k = split[i][j];
        crate::ops::matmul::mm_of(&product(ts, split, i, k)?, &product(ts, split, k + 1, j)?)
    }
    product(ts, &split, 0, n - 1)
}

fn multi_dot(a: &Args) -> Result<Tensor> {
    let ts = a.tensor_list(0)?;
    let n = ts.len();
    check!(n >= 2, "multi_dot(): expected at least 2 tensors but got {n}");
    let (first, last) = (&ts[0], &ts[n - 1]);
    check!(matches!(first.dim(), 1 | 2), "multi_dot(): the first tensor must be 1D or 2D but got {}D", first.dim());
    check!(matches!(last.dim(), 1 | 2), "multi_dot(): the last tensor must be 1D or 2D but got {}D", last.dim());
    for (i, t) in ts.iter().enumerate().take(n - 1).skip(1) {
        check!(t.dim() == 2, "multi_dot(): tensor {i} must be 2D but got {}D", t.dim());
    }
    let (row, column) = (first.dim() == 1, last.dim() == 1);
    let mut all: Vec<Tensor> = ts.to_vec();
    if row {
        all[0] = first.unsqueeze(0)?;
    }
    if column {
        all[n - 1] = last.unsqueeze(-1)?;
    }
    for i in 1..n {
        check!(
            all[i].dtype() == first.dtype(),
            "multi_dot(): all tensors must have be the same dtype but tensor 0 is {} and tensor {i} {}",
            first.dtype().name(),
            all[i].dtype().name()
        );
        check!(
            shape(&all[i - 1])[1] == shape(&all[i])[0],
            "multi_dot(): tensors {} and {i} with shapes {} and {} cannot be multiplied",
            i - 1,
            shown(&all[i - 1]),
            shown(&all[i])
        );
    }
    let mut r = chained(&all)?;
    if column {
        r = r.squeeze(-1)?;
    }
    if row { r.squeeze(0) } else { Ok(r) }
}
fn chain_matmul(a: &Args) -> Result<Tensor> {
    let ts = a.tensor_list(0)?;
    check!(ts.iter().all(|t| t.dim() == 2), "Tensor dimension is not 2");
    match ts {
        [] => bail!("chain_matmul(): Expected one or more matrices"),
        [one] => Ok(one.clone()),
        _ => chained(ts),
    }
}

fn cross_of(x: &Tensor, y: &Tensor, dim: i64) -> Result<Tensor> {
    let (n, m) = (x.dim(), y.dim());
    check!(n == m, "linalg.cross: inputs must have the same number of dimensions.");
    let d = wrap_dim(dim, n)?;
    let size = |t: &Tensor| t.sizes().get(d).copied().unwrap_or(1);
    check!(
        size(x) == 3 && size(y) == 3,
        "linalg.cross: inputs dimension {dim} must have length 3. Got {} and {}",
        size(x),
        size(y)
    );
    let at = |t: &Tensor, i: i64| t.select(d as i64, i);
    let mut parts = Vec::new();
    for i in 0..3 {
        let (j, k) = ((i + 1) % 3, (i + 2) % 3);
        let (p, q) = (at(x, j)?.with::<Mul>(&at(y, k)?)?, at(x, k)?.with::<Mul>(&at(y, j)?)?);
        parts.push(crate::kernel::apply::<Add, 2>([&p, &q], crate::kernel::params([Scalar::Int(-1)]))?);
    }
    crate::ops::copies::stacked(&parts, d as i64)
}
/// self, other, dim
fn linalg_cross(a: &Args) -> Result<Tensor> {
    cross_of(a.tensor(0)?, a.tensor(1)?, a.int(2)?)
}
fn cross(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    if let Some(d) = a.opt_int(2)? {
        return cross_of(x, y, d);
    }
    let d = x.sizes().iter().position(|s| *s == 3);
    let d = d.ok_or_else(|| err!("no dimension of size 3 in input"))?;
    cross_of(x, y, d as i64)
}

/// Columns `x^0, x^1, ...` of the last dimension.
fn powers(x: &Tensor, n: i64) -> Result<Tensor> {
    let d = x.dtype();
    let d = if d.is_int() || d == DType::Bool { DType::I64 } else { d };
    let x = x.to_dtype(d)?;
    let mut columns = Vec::new();
    for _ in 0..n {
        columns.push(match columns.last() {
            None => Tensor::full(x.sizes(), Scalar::Int(1), d)?,
            Some(c) => x.times(c)?,
        });
    }
    if columns.is_empty() {
        return Tensor::empty(&joined(x.sizes(), &[0]), d);
    }
    crate::ops::copies::stacked(&columns, -1)
}
/// x, N
fn linalg_vander(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    let x = if x.dim() == 0 { x.unsqueeze(0)? } else { x.clone() };
    let n = a.opt_int(1)?.unwrap_or(x.sizes()[x.dim() - 1]);
    check!(n > 1, "N must be greater than 1.");
    powers(&x, n)
}
/// x, N, increasing
fn vander(a: &Args) -> Result<Tensor> {
    let x = a.tensor(0)?;
    check!(x.dim() == 1, "x must be a one-dimensional tensor.");
    let n = a.opt_int(1)?.unwrap_or(x.sizes()[0]);
    check!(n >= 0, "N must be non-negative.");
    let mut columns = Vec::new();
    let p = powers(x, n)?;
    if a.bool(2)? || n == 0 {
        return Ok(p);
    }
    for i in (0..n).rev() {
        columns.push(p.select(-1, i)?);
    }
    crate::ops::copies::stacked(&columns, -1)
}

/// x, y, dim
fn vecdot(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    check!(
        x.dtype() == y.dtype(),
        "linalg.vecdot: Expected x and y to have the same dtype, but found x of type {} and y of type {} instead",
        x.dtype().name(),
        y.dtype().name()
    );
    check_float(x, "linalg.vecdot")?;
    let x = if x.dtype().is_complex() { x.map::<crate::ops::unary::Conj>()? } else { x.clone() };
    x.times(y)?.summed(&[a.int(2)?], false)
}

/// self, ind
fn tensorinv(a: &Args) -> Result<Tensor> {
    let (x, ind) = (a.tensor(0)?, a.int(1)?);
    check!(ind > 0, "Expected a strictly positive integer for 'ind', but got {ind}");
    check!(ind as usize <= x.dim(), "ArrayRef: invalid slice, N = {ind}; size = {}", x.dim());
    let (head, tail) = x.sizes().split_at(ind as usize);
    let (p, q) = (numel_of(head)?, numel_of(tail)?);
    check!(
        p == q,
        "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got {q} != {p}"
    );
    let (r, infos) = super::solve::inverse_of(&x.reshape(&[p, q])?)?;
    super::solve::check_inverse(&infos, true, "linalg.tensorinv")?;
    r.reshape(&joined(tail, head))
}

/// self, other, dims
fn tensorsolve(a: &Args) -> Result<Tensor> {
    let (mut x, b) = (a.tensor(0)?.clone(), a.tensor(1)?);
    if let Some(dims) = a.opt_int_list(2)? {
        let n = x.dim() as i64;
        let to: Dims = (n - dims.len() as i64..n).collect();
        x = crate::ops::views::moved(&x, dims, &to)?;
    }
    let k = b.dim().min(x.dim());
    let (head, tail) = (numel_of(&x.sizes()[..k])?, numel_of(&x.sizes()[k..])?);
    check!(
        head == tail,
        "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == prod(self.shape[:other.ndim]), but got {tail} != {head}"
    );
    let m = x.reshape(&[tail, tail])?;
    let sizes = Dims::from_slice(&x.sizes()[k..]);
    super::solve::solved(&m, &b.reshape(&[-1])?)?.reshape(&sizes)
}

/// The Kronecker product.
fn kron(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    let n = x.dim().max(y.dim());
    let padded = |t: &Tensor| joined(&crate::Dims::from_elem(1, n - t.dim()), t.sizes());
    let (s, t) = (padded(x), padded(y));
    let (mut left, mut right, mut out) = (Dims::new(), Dims::new(), Dims::new());
    for i in 0..n {
        left.extend([s[i], 1]);
        right.extend([1, t[i]]);
        out.push(s[i] * t[i]);
    }
    x.reshape(&left)?.times(&y.reshape(&right)?)?.reshape(&out)
}

fn inner(a: &Args) -> Result<Tensor> {
    let (x, y) = (a.tensor(0)?, a.tensor(1)?);
    if x.dim() == 0 || y.dim() == 0 {
        return x.times(y);
    }
    let (p, q) = (x.sizes()[x.dim() - 1], y.sizes()[y.dim() - 1]);
    check!(p == q, "inner() the last dimension must match on both input tensors but got shapes {} and {}", shown(x), shown(y));
    let (m, n) = (numel_of(&x.sizes()[..x.dim() - 1])?, numel_of(&y.sizes()[..y.dim() - 1])?);
    let r = crate::ops::matmul::mm_of(&x.reshape(&[m, p])?, &y.reshape(&[n, q])?.transpose(0, 1)?)?;
    r.reshape(&joined(&x.sizes()[..x.dim() - 1], &y.sizes()[..y.dim() - 1]))
}

/// A, offset, dim1, dim2
fn diagonal(a: &Args) -> Result<Tensor> {
    crate::ops::views::diagonal_of(a.tensor(0)?, a.int(1)?, a.int(2)?, a.int(3)?)
}

operators! {
    aten::chain_matmul => chain_matmul,
    aten::cross => cross,
    aten::inner => inner,
    aten::kron => kron,
    aten::linalg_cross => linalg_cross,
    aten::linalg_diagonal => diagonal,
    aten::linalg_matrix_exp => matrix_exp, aten::matrix_exp => matrix_exp,
    aten::linalg_matrix_power => matrix_power, aten::matrix_power => matrix_power,
    aten::linalg_multi_dot => multi_dot,
    aten::linalg_tensorinv => tensorinv, aten::linalg_tensorsolve => tensorsolve,
    aten::linalg_vander => linalg_vander, aten::vander => vander,
    aten::linalg_vecdot => vecdot,
}
