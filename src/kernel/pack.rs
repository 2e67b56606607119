//! Weights in the order in which contractions read them: the bytes behind [`super::Strides::Panels`].

use std::io::{self, Write};

/// Columns in a panel of contractions' weights: 64 bytes.
pub fn panel_width(ty: super::Ty) -> u32 {
    64 / ty.size() as u32
}

/// A dimension of a tensor: how many elements, and how far each is from the next, in elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dim {
    pub extent: usize,
    pub stride: usize,
}

/// An order of elements: panels of `width` columns, filled up with zeros past the last column. `batch` are the dimensions outside the
/// panels, `inner` those in a panel, in the order of the buffer's dimensions.
///
/// A linear layer's weight `[out, in]` is packed as `inner = [in: stride 1]`, `column = out: stride in`; a convolution's
/// `[out, in, kh, kw]` as `inner = [kh: stride kw, kw: stride 1, in: stride kh * kw]`, `column = out: stride in * kh * kw`.
#[derive(Clone, Debug, PartialEq)]
pub struct Panels {
    pub batch: Vec<Dim>,
    pub inner: Vec<Dim>,
    pub column: Dim,
    pub width: usize,
}

impl Panels {
    /// The number of elements, with those that fill up.
    pub fn len(&self) -> usize {
        self.batch.iter().chain(&self.inner).map(|d| d.extent).product::<usize>()
            * self.column.extent.next_multiple_of(self.width.max(1))
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All elements lie in the first `n`.
    pub fn fits(&self, n: usize) -> bool {
        let last = |d: &Dim| d.extent.checked_sub(1).and_then(|n| n.checked_mul(d.stride));
        let all: Option<Vec<usize>> = self.batch.iter().chain(&self.inner).chain([&self.column]).map(last).collect();
        self.width > 0 && all.is_none_or(|all| all.iter().try_fold(0usize, |a, b| a.checked_add(*b)).is_some_and(|last| last < n))
    }

    /// Writes the elements, of `element` bytes each, panel after panel.
    pub fn write(&self, from: &[u8], element: usize, out: &mut dyn Write) -> io::Result<()> {
        if !self.fits(from.len() / element.max(1)) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a weight has fewer elements than its layer says"));
        }
        match element {
            1 => self.panels::<1>(from, out),
            2 => self.panels::<2>(from, out),
            4 => self.panels::<4>(from, out),
            8 => self.panels::<8>(from, out),
            _ => Err(io::Error::new(io::ErrorKind::InvalidInput, "a weight of an element type without panels")),
        }
    }

    fn panels<const N: usize>(&self, from: &[u8], out: &mut dyn Write) -> io::Result<()> {
        let (from, _) = from.as_chunks::<N>();
        let (batch, inner) = (offsets(&self.batch), offsets(&self.inner));
        let mut panel = vec![[0; N]; inner.len() * self.width];
        for b in batch {
            for first in (0..self.column.extent).step_by(self.width) {
                let columns = self.width.min(self.column.extent - first);
                for (row, i) in panel.chunks_exact_mut(self.width).zip(&inner) {
                    let start = b + i + first * self.column.stride;
                    for (j, x) in row[..columns].iter_mut().enumerate() {
                        *x = from[start + j * self.column.stride];
                    }
                    row[columns..].fill([0; N]);
                }
                out.write_all(panel.as_flattened())?;
            }
        }
        Ok(())
    }

    /// What [`Panels::write`] writes; `None` when an element would lie outside `from`.
    pub fn pack(&self, from: &[u8], element: usize) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(self.len() * element);
        self.write(from, element, &mut out).ok()?;
        Some(out)
    }
}

/// The offsets of all elements of some dimensions, in row-major order.
fn offsets(dims: &[Dim]) -> Vec<usize> {
    dims.iter().fold(vec![0], |outer, d| outer.iter().flat_map(|o| (0..d.extent).map(move |i| o + i * d.stride)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dim(extent: usize, stride: usize) -> Dim {
        Dim { extent, stride }
    }

    #[test]
    fn linear_weights() {
        // [out = 3, in = 2] in panels of 2.
        let w = [10, 11, 20, 21, 30, 31];
        let panels = |inner, columns| Panels { batch: vec![], inner: vec![dim(inner, 1)], column: dim(columns, 2), width: 2 };
        let packed = panels(2, 3).pack(&w, 1);
        assert_eq!(packed.unwrap(), [10, 20, 11, 21, 30, 0, 31, 0]);
        assert_eq!(panels(2, 3).len(), 8);
        assert_eq!(panels(2, 4).pack(&w, 1), None);
        assert_eq!(panels(0, 3).pack(&w, 2), Some(vec![]));
    }

    #[test]
    fn batches() {
        let w = [1, 2, 3, 4, 5, 6];
        let panels = Panels { batch: vec![dim(2, 3)], inner: vec![dim(1, 0)], column: dim(3, 1), width: 2 };
        assert_eq!(panels.pack(&w, 1).unwrap(), [1, 2, 3, 0, 4, 5, 6, 0]);
    }
}
