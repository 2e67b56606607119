//! Operators of our own, which the compiler's library of TorchScript functions is written with.

use crate::iter::check_inplace_shape;
use crate::promote::check_cast;
use crate::{Args, Result, Tensor};

/// Writes the result of an in-place operator into its tensor.
fn store_in_place(a: &Args) -> Result<Tensor> {
    let (this, result) = (a.tensor(0)?, a.tensor(1)?);
    check_cast(result.dtype(), this.dtype())?;
    check_inplace_shape(this, result.sizes())?;
    this.copy_from(result)?;
    Ok(this.clone())
}

/// Writes a result into the tensor given as `out`, which takes its shape.
fn store_out(a: &Args) -> Result<Tensor> {
    let (out, result) = (a.tensor(0)?, a.tensor(1)?);
    check_cast(result.dtype(), out.dtype())?;
    if out.sizes() != result.sizes() {
        super::copies::resized(out, result.sizes())?;
    }
    out.copy_from(result)?;
    Ok(out.clone())
}

operators! {
    tsaot::store_in_place => store_in_place,
    tsaot::store_out => store_out,
}
