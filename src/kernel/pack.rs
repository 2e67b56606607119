//! Weights in the order in which contractions read them: the bytes behind [`super::Strides::Panels`].

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

/// Bytes of a buffer of panels.
pub fn panels_size(batch: &[usize], inner: &[usize], columns: usize, width: usize, element: usize) -> usize {
    batch.iter().chain(inner).product::<usize>() * columns.next_multiple_of(width) * element
}

/// Elements of `element` bytes, in panels of `width` columns; places past the last column are zero. `batch` are the dimensions outside
/// the panels, `inner` those in a panel, in the order of the buffer's dimensions. `None` when an element would lie outside `from`.
///
/// A linear layer's weight `[out, in]` is packed as `inner = [in: stride 1]`, `column = out: stride in`; a convolution's
/// `[out, in, kh, kw]` as `inner = [kh: stride kw, kw: stride 1, in: stride kh * kw]`, `column = out: stride in * kh * kw`.
pub fn panels(from: &[u8], element: usize, batch: &[Dim], inner: &[Dim], column: Dim, width: usize) -> Option<Vec<u8>> {
    let last = |d: &Dim| d.extent.checked_sub(1).map(|n| n * d.stride);
    let all: Option<Vec<usize>> = batch.iter().chain(inner).chain([&column]).map(last).collect();
    let extents = |ds: &[Dim]| ds.iter().map(|d| d.extent).collect::<Vec<_>>();
    let size = panels_size(&extents(batch), &extents(inner), column.extent, width, element);
    let Some(all) = all else { return Some(vec![0; size]) };
    if (all.iter().sum::<usize>() + 1).checked_mul(element)? > from.len() {
        return None;
    }
    let (batch, inner) = (offsets(batch), offsets(inner));
    let mut out = Vec::with_capacity(size);
    for b in &batch {
        for first in (0..column.extent).step_by(width) {
            for i in &inner {
                for j in first..first + width {
                    if j < column.extent {
                        let at = (b + i + j * column.stride) * element;
                        out.extend_from_slice(&from[at..at + element]);
                    } else {
                        out.resize(out.len() + element, 0);
                    }
                }
            }
        }
    }
    Some(out)
}

/// The offsets of all elements of some dimensions, in row-major order.
fn offsets(dims: &[Dim]) -> Vec<usize> {
    dims.iter().fold(vec![0], |outer, d| outer.iter().flat_map(|o| (0..d.extent).map(move |i| o + i * d.stride)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn linear_weights() {
        // [out = 3, in = 2] in panels of 2.
        let w = [10, 11, 20, 21, 30, 31];
        let packed = panels(&w, 1, &[], &[Dim { extent: 2, stride: 1 }], Dim { extent: 3, stride: 2 }, 2);
        assert_eq!(packed.unwrap(), [10, 20, 11, 21, 30, 0, 31, 0]);
        assert_eq!(panels(&w, 1, &[], &[Dim { extent: 2, stride: 1 }], Dim { extent: 4, stride: 2 }, 2), None);
        assert_eq!(panels(&w, 2, &[], &[Dim { extent: 0, stride: 1 }], Dim { extent: 3, stride: 2 }, 2), Some(vec![]));
    }

    #[test]
    fn batches() {
        let w = [1, 2, 3, 4, 5, 6];
        let batch = [Dim { extent: 2, stride: 3 }];
        let packed = panels(&w, 1, &batch, &[Dim { extent: 1, stride: 0 }], Dim { extent: 3, stride: 1 }, 2);
        assert_eq!(packed.unwrap(), [1, 2, 3, 0, 4, 5, 6, 0]);
    }
}
