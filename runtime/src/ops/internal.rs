//! Operators of our own, which the compiler's library of TorchScript functions is written with; and warnings.

use crate::iter::check_inplace_shape;
use crate::promote::check_cast;
use crate::{Args, Result, Tensor};
use core::sync::atomic::{AtomicU64, Ordering};

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

/// The name of the element type in messages: `Float`, `Long`.
fn dtype_name(a: &Args) -> Result<&'static str> {
    Ok(a.tensor(0)?.dtype().name())
}

/// Hashes of the warnings that were shown: each text is shown once, as Python does.
static SHOWN: [AtomicU64; 64] = [const { AtomicU64::new(0) }; 64];

/// message, stacklevel
fn warn(a: &Args) -> Result<()> {
    let text = a.bytes(0)?;
    // FNV-1a; never 0, which is an empty place.
    let hash = text.iter().fold(0xcbf2_9ce4_8422_2325u64, |h, b| (h ^ *b as u64).wrapping_mul(0x100_0000_01b3)) | 1;
    for place in &SHOWN {
        match place.compare_exchange(0, hash, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => break,
            Err(other) if other == hash => return Ok(()),
            Err(_) => {}
        }
    }
    let line = [b"UserWarning: ", text, b"\n"].concat();
    // SAFETY: the bytes of the line.
    unsafe { super::strings::ts_write(2, line.as_ptr(), line.len()) }
    Ok(())
}

operators! {
    aten::warn => warn,
    tsaot::dtype_name => dtype_name,
    tsaot::store_in_place => store_in_place,
    tsaot::store_out => store_out,
}
