//! Tensors known at build time, in the order in which kernels read them. They are put in order when they are written, not before, so
//! that no second copy of a model's weights ever stands in memory.

use super::conv::Conv;
use super::pack::Panels;
use std::io::{self, Write};
use tsrt::Tensor;

/// How a tensor's elements are put in order for kernels.
#[derive(Clone, Debug, PartialEq)]
pub enum Packing {
    Panels(Panels),
    /// Transformed for a convolution by tiles of that many outputs; see [`super::winograd`].
    Winograd(Box<Conv>, i64),
}

/// A contiguous tensor known at build time, and the order in which kernels want its elements.
#[derive(Clone, Debug)]
pub struct Constant {
    pub tensor: Tensor,
    pub packing: Option<Packing>,
}

impl Constant {
    fn bytes(&self) -> &[u8] {
        // SAFETY: a contiguous tensor's elements lie one after another from its data pointer.
        unsafe { std::slice::from_raw_parts(self.tensor.data_ptr(), self.tensor.numel() * self.tensor.itemsize()) }
    }

    /// The number of elements that kernels see.
    pub fn numel(&self) -> usize {
        match &self.packing {
            None => self.tensor.numel(),
            Some(Packing::Panels(p)) => p.len(),
            Some(Packing::Winograd(c, m)) => c.winograd_len(*m),
        }
    }

    /// The tensor has all elements that its packing reads.
    pub fn is_sound(&self) -> bool {
        let t = &self.tensor;
        match &self.packing {
            None => true,
            Some(Packing::Panels(p)) => t.is_contiguous() && p.fits(t.numel()),
            Some(Packing::Winograd(c, _)) => t.is_contiguous() && t.numel() as i64 >= c.features * c.channels * 9,
        }
    }

    /// Writes the elements in their order.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let short = || io::Error::new(io::ErrorKind::InvalidInput, "a weight has fewer elements than its layer says");
        match &self.packing {
            None => out.write_all(self.bytes()),
            Some(Packing::Panels(p)) => p.write(self.bytes(), self.tensor.itemsize(), out),
            Some(Packing::Winograd(c, m)) => {
                let w = self.tensor.as_slice::<f32>().map_err(|_| short())?;
                out.write_all(&c.winograd_pack(*m, w).ok_or_else(short)?)
            }
        }
    }

    /// A tensor of the elements in their order.
    pub fn packed(&self) -> io::Result<Tensor> {
        if self.packing.is_none() {
            return Ok(self.tensor.clone());
        }
        let mut bytes = vec![];
        self.write(&mut bytes)?;
        let out = Tensor::empty(&[self.numel() as i64], self.tensor.dtype()).map_err(|e| io::Error::other(e.to_string()))?;
        // SAFETY: fresh memory of that size.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), out.data_ptr(), bytes.len().min(self.numel() * out.itemsize())) }
        Ok(out)
    }
}
