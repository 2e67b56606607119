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
    aten::is_contiguous.memory_format => is_contiguous_in,
    aten::len.Tensor => len,
    aten::storage_offset => storage_offset,
    aten::element_size => element_size,
    aten::is_same_size => is_same_size,
    prim::dtype => dtype,
    prim::itemsize => element_size,
    prim::nbytes => nbytes,
    prim::layout => zero,
    prim::requires_grad => requires_grad,
    prim::is_cpu => yes,
    prim::is_cuda => no,
    prim::is_ipu => no,
    prim::is_maia => no,
    prim::is_meta => no,
    prim::is_mkldnn => no,
    prim::is_mps => no,
    prim::is_mtia => no,
    prim::is_nested => no,
    prim::is_quantized => no,
    prim::is_sparse => no,
    prim::is_sparse_csr => no,
    prim::is_vulkan => no,
    prim::is_xla => no,
    prim::is_xpu => no,
    prim::name => none,
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

/// Channels last (2) and channels last 3d (3) besides contiguous (0).
fn is_contiguous_in(a: &Args) -> Result<bool> {
    let t = a.tensor(0)?;
    Ok(match a.int(1)? {
        2 => t.dim() == 4 && t.is_channels_last(),
        3 => t.dim() == 5 && t.is_channels_last(),
        _ => t.is_contiguous(),
    })
}

fn len(a: &Args) -> Result<i64> {
    let t = a.tensor(0)?;
    check!(t.dim() > 0, Type, "len() of a 0-d tensor");
    Ok(t.sizes()[0])
}

fn storage_offset(a: &Args) -> Result<i64> {
    Ok(a.tensor(0)?.offset())
}

fn element_size(a: &Args) -> Result<i64> {
    Ok(a.tensor(0)?.itemsize() as i64)
}

fn nbytes(a: &Args) -> Result<i64> {
    let t = a.tensor(0)?;
    Ok((t.itemsize() * t.numel()) as i64)
}

fn is_same_size(a: &Args) -> Result<bool> {
    Ok(a.tensor(0)?.sizes() == a.tensor(1)?.sizes())
}

fn requires_grad(a: &Args) -> Result<bool> {
    Ok(a.tensor(0)?.requires_grad())
}

fn zero(_: &Args) -> Result<i64> {
    Ok(0)
}

fn yes(_: &Args) -> Result<bool> {
    Ok(true)
}

fn no(_: &Args) -> Result<bool> {
    Ok(false)
}

fn none(_: &Args) -> Result<Option<i64>> {
    Ok(None)
}
