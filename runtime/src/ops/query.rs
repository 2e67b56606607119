//! Questions about a tensor's shape and type.

use crate::tensor::Dims;
use crate::{Args, DType, Result};

operators! {
    aten::size => size,
    aten::size.int => size_int,
    aten::stride => stride,
    aten::stride.int => stride_int,
    aten::dim => dim,
    aten::numel => numel,
    aten::is_contiguous => is_contiguous,
    prim::dtype => dtype,
}

fn size(a: &Args) -> Result<Dims> {
    Ok(Dims::from_slice(a.tensor(0)?.sizes()))
}

fn size_int(a: &Args) -> Result<i64> {
    let t = a.tensor(0)?;
    check!(t.dim() > 0, Index, "Dimension specified as {} but tensor has no dimensions", a.int(1)?);
    Ok(t.sizes()[a.dim(1, t.dim())?])
}

fn stride(a: &Args) -> Result<Dims> {
    Ok(Dims::from_slice(a.tensor(0)?.strides()))
}

fn stride_int(a: &Args) -> Result<i64> {
    let t = a.tensor(0)?;
    check!(t.dim() > 0, Index, "Dimension specified as {} but tensor has no dimensions", a.int(1)?);
    Ok(t.strides()[a.dim(1, t.dim())?])
}

fn dim(a: &Args) -> Result<i64> {
    Ok(a.tensor(0)?.dim() as i64)
}

fn numel(a: &Args) -> Result<i64> {
    Ok(a.tensor(0)?.numel() as i64)
}

fn is_contiguous(a: &Args) -> Result<bool> {
    Ok(a.tensor(0)?.is_contiguous())
}

fn dtype(a: &Args) -> Result<DType> {
    Ok(a.tensor(0)?.dtype())
}
