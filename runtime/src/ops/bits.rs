//! Operators on the bits of numbers, and reductions of segments.

use crate::rows::{Rows, wrap_dims};
use crate::{Args, DType, Dims, Result, Tensor};
use alloc::vec::Vec;

/// Mantissa in [0.5, 1) and exponent.
fn frexp(a: &Args) -> Result<(Tensor, Tensor)> {
    let x = a.tensor(0)?;
    check!(x.dtype().is_float(), "torch.frexp() only supports floating-point dtypes");
    let flat = x.to_dtype(DType::F64)?.contiguous()?;
    let (m, e) = (Tensor::empty(x.sizes(), DType::F64)?, Tensor::empty(x.sizes(), DType::I32)?);
    for ((v, m), e) in flat.as_slice::<f64>()?.iter().zip(m.as_mut_slice::<f64>()?).zip(e.as_mut_slice::<i32>()?) {
        (*m, *e) = crate::math::frexp(*v);
    }
    Ok((m.to_dtype(x.dtype())?, e))
}

/// The bits of a number widened to 64.
fn pattern(d: DType, x: &Tensor) -> Result<Vec<u64>> {
    if d.is_float() {
        return Ok(x.to_dtype(DType::F64)?.contiguous()?.as_slice::<f64>()?.iter().map(|v| v.to_bits()).collect());
    }
    Ok(x.to_dtype(DType::I64)?.contiguous()?.as_slice::<i64>()?.iter().map(|v| *v as u64).collect())
}

/// self, dim, keepdim, mode: the exclusive or of the elements' bits.
fn hash_tensor(a: &Args) -> Result<Tensor> {
    let (x, dim) = (a.tensor(0)?, a.int_list(1)?);
    check!(a.int(3)? == 0, "Unknown hash_tensor mode");
    check!(
        x.numel() > 0 || !dim.is_empty(),
        Index,
        "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument."
    );
    let rows = Rows::new(x, &wrap_dims(Some(dim), x.dim())?, x.dtype())?;
    let bits = pattern(x.dtype(), &rows.data)?;
    let hashes: Vec<u64> = (0..rows.count).map(|i| bits[i * rows.len..(i + 1) * rows.len].iter().fold(0, |h, v| h ^ v)).collect();
    Tensor::from_slice(&hashes, &rows.folded(a.bool(2)?))
}

/// data, reduce, lengths, indices, offsets, axis, unsafe, initial
fn segment_reduce(a: &Args) -> Result<Tensor> {
    let (x, how) = (a.tensor(0)?, a.str(1)?);
    let (lengths, offsets) = (a.opt_tensor(2)?, a.opt_tensor(4)?);
    check!(x.numel() > 0 || x.dim() > 0, "segment_reduce(): data must have at least one dimension");
    let axis = a.dim(5, x.dim())?;
    let start = match (how, a.opt_scalar(7)?) {
        (_, Some(s)) => s.to_f64(),
        ("max", _) => f64::NEG_INFINITY,
        ("min", _) => f64::INFINITY,
        ("prod", _) => 1.0,
        _ => 0.0,
    };
    check!(matches!(how, "max" | "min" | "mean" | "sum" | "prod"), "unsupported reduction: {how}");
    check!(a.is_none(3), "segment_reduce(): indices based reduction is not supported yet.");
    let (table, cut) = match (lengths, offsets) {
        (Some(l), _) => (l, 0),
        (_, Some(o)) => (o, 1),
        _ => bail!("segment_reduce(): Either lengths or offsets must be defined."),
    };
    check!(
        table.dim() == axis + 1 && table.sizes()[..axis] == x.sizes()[..axis],
        "segment_reduce(): Expected all leading dimensions of data and the segments to agree."
    );
    let entries = table.sizes()[axis] as usize;
    let segments = entries.saturating_sub(cut);
    let table = table.to_dtype(DType::I64)?.contiguous()?;
    let all = table.as_slice::<i64>()?;
    let size = x.sizes()[axis];
    let inner: i64 = x.sizes()[axis + 1..].iter().product();
    let outer: i64 = x.sizes()[..axis].iter().product();
    let mut shape = Dims::from_slice(x.sizes());
    shape[axis] = segments as i64;
    let y = Tensor::empty(&shape, DType::F64)?;
    let data = x.to_dtype(DType::F64)?.contiguous()?;
    let (data, out) = (data.as_slice::<f64>()?, y.as_mut_slice::<f64>()?);
    for row in 0..outer as usize {
        let numbers = &all[row * entries..(row + 1) * entries];
        let mut from = 0;
        for s in 0..segments {
            let to = if cut == 1 {
                from = numbers[s];
                numbers[s + 1]
            } else {
                from.checked_add(numbers[s]).unwrap_or(i64::MAX)
            };
            check!(
                0 <= from && from <= to && to <= size,
                "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(axis) at most"
            );
            for k in 0..inner as usize {
                let values = (from..to).map(|i| data[(row * size as usize + i as usize) * inner as usize + k]);
                let n = (to - from) as f64;
                let folded = values.fold(start, |m, v| match how {
                    "max" => {
                        if v > m || v.is_nan() {
                            v
                        } else {
                            m
                        }
                    }
                    "min" => {
                        if v < m || v.is_nan() {
                            v
                        } else {
                            m
                        }
                    }
                    "prod" => m * v,
                    _ => m + v,
                });
                out[(row * segments + s) * inner as usize + k] = match how {
                    "mean" if n == 0.0 && a.is_none(7) => f64::NAN,
                    "mean" if n > 0.0 => folded / n,
                    _ => folded,
                };
            }
            from = to;
        }
        check!(
            cut == 1 || a.bool(6)? || from == size,
            "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(lengths.dim()-1) when !unsafe."
        );
    }
    y.to_dtype(x.dtype())
}

operators! {
    aten::frexp.Tensor => frexp,
    aten::hash_tensor => hash_tensor,
    aten::segment_reduce => segment_reduce,
}
