//! Table look-ups.

use crate::{Args, DType, Dims, Result, Tensor};

/// Rows of a table by number; any element type.
fn lookup(w: &Tensor, indices: &Tensor) -> Result<Tensor> {
    check!(w.dim() == 2, "'weight' must be 2-D");
    check!(
        matches!(indices.dtype(), DType::I64 | DType::I32),
        "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got {} instead (while checking arguments for embedding)",
        alloc::format!("torch.{}Tensor", indices.dtype().name())
    );
    let mut shape = Dims::from_slice(indices.sizes());
    shape.push(w.sizes()[1]);
    let (w, places) = (w.contiguous()?, indices.to_dtype(DType::I64)?.contiguous()?);
    let y = Tensor::empty(&shape, w.dtype())?;
    let (rows, bytes) = (w.sizes()[0], w.sizes()[1] as usize * w.itemsize());
    for (i, &p) in places.as_slice::<i64>()?.iter().enumerate() {
        check!((0..rows).contains(&p), Index, "index out of range in self");
        // SAFETY: row p of the table, row i of the result.
        unsafe { core::ptr::copy_nonoverlapping(w.data_ptr().add(p as usize * bytes), y.data_ptr().add(i * bytes), bytes) }
    }
    Ok(y)
}

/// weight, indices, …
fn embedding(a: &Args) -> Result<Tensor> {
    lookup(a.tensor(0)?, a.tensor(1)?)
}

/// self, num_classes
fn one_hot(a: &Args) -> Result<Tensor> {
    let (x, mut classes) = (a.tensor(0)?, a.int(1)?);
    check!(x.dtype() == DType::I64, "one_hot is only applicable to index tensor of type LongTensor.");
    let places = x.contiguous()?;
    let p = places.as_slice::<i64>()?;
    check!(classes != 0, "Class values must be smaller than num_classes.");
    check!(!p.is_empty() || classes > 0, "Can not infer total number of classes from empty tensor.");
    check!(p.iter().all(|v| *v >= 0), "Class values must be non-negative.");
    let most = p.iter().copied().max().unwrap_or(-1) + 1;
    if classes < 0 {
        classes = most;
    }
    check!(most <= classes, "Class values must be smaller than num_classes.");
    let mut shape = Dims::from_slice(x.sizes());
    shape.push(classes);
    let y = Tensor::zeros(&shape, DType::I64)?;
    let out = y.as_mut_slice::<i64>()?;
    for (i, v) in p.iter().enumerate() {
        out[i * classes as usize + *v as usize] = 1;
    }
    Ok(y)
}

/// weight, indices, offsets, scale_grad_by_freq, mode (0 sum, 1 mean, 2 max), sparse, per_sample_weights, include_last_offset, padding_idx
fn embedding_bag(a: &Args) -> Result<(Tensor, Tensor, Tensor, Tensor)> {
    let (w, indices, offsets, mode) = (a.tensor(0)?, a.tensor(1)?, a.tensor(2)?, a.int(4)?);
    let padding = if a.len() > 8 { a.opt_int(8)? } else { None };
    check!(w.dtype().is_float() && w.dim() == 2, "embedding_bag: expected a 2-D floating point weight");
    let rows = lookup(w, &indices.reshape(&[-1])?)?.to_dtype(DType::F64)?;
    let width = w.sizes()[1] as usize;
    let places = indices.to_dtype(DType::I64)?.reshape(&[-1])?.contiguous()?;
    let places = places.as_slice::<i64>()?;
    let starts = offsets.to_dtype(DType::I64)?.contiguous()?;
    let starts = starts.as_slice::<i64>()?;
    let bags = starts.len() - (a.bool(7)? && !starts.is_empty()) as usize;
    let scale = a.opt_tensor(6)?.map(|t| t.to_dtype(DType::F64)?.contiguous()).transpose()?;
    let scale = scale.as_ref().map(|t| t.as_slice::<f64>()).transpose()?;
    let y = Tensor::zeros(&[bags as i64, width as i64], DType::F64)?;
    let (from, to) = (rows.as_slice::<f64>()?, y.as_mut_slice::<f64>()?);
    let (bag_of, size) = (Tensor::zeros(&[places.len() as i64], DType::I64)?, Tensor::zeros(&[bags as i64], DType::I64)?);
    for b in 0..bags {
        let end = starts.get(b + 1).map_or(places.len(), |e| *e as usize);
        let start = starts[b] as usize;
        check!(start <= end && end <= places.len(), "offsets must be increasing and end inside the indices");
        let out = &mut to[b * width..(b + 1) * width];
        let mut n = 0;
        for i in start..end {
            bag_of.as_mut_slice::<i64>()?[i] = b as i64;
            if Some(places[i]) == padding {
                continue;
            }
            let k = scale.map_or(1.0, |s| s[i]);
            for (o, v) in out.iter_mut().zip(&from[i * width..]) {
                *o = match mode {
                    2 if n == 0 => *v,
                    2 => f64::max(*o, *v),
                    _ => *o + k * *v,
                };
            }
            n += 1;
        }
        size.as_mut_slice::<i64>()?[b] = n;
        if mode == 1 && n > 0 {
            out.iter_mut().for_each(|o| *o /= n as f64);
        }
    }
    Ok((y.to_dtype(w.dtype())?, bag_of, size.copy()?, size))
}

operators! {
    aten::embedding => embedding,
    aten::embedding_bag => embedding_bag, aten::embedding_bag.padding_idx => embedding_bag,
    aten::one_hot => one_hot,
}
