//! The bytes of an artifact's tensors: where each lies in the weights section. They never pass through LLVM.

use super::asm::internal;
use crate::diag::Result;
use crate::graph::program::LiveTensor;
use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;

/// Alignment of every storage in the section.
pub const ALIGN: u64 = 64;

/// Words for sizes and strides inside a tensor object.
pub const INLINE_WORDS: usize = 10;

/// The contents of the weights section.
#[derive(Default)]
pub struct Weights {
    /// Offset and tensor whose storage lies there, in order.
    pieces: Vec<(u64, LiveTensor)>,
    by_storage: HashMap<usize, u64>,
    by_content: HashMap<(u64, u64), Vec<usize>>,
    size: u64,
}

/// The bytes of the storage behind a tensor.
fn bytes(t: &LiveTensor) -> &[u8] {
    let s = t.storage();
    if s.nbytes() == 0 {
        return &[];
    }
    // SAFETY: the storage is alive with the tensor and that large.
    unsafe { std::slice::from_raw_parts(s.data(), s.nbytes()) }
}

impl Weights {
    /// Places a tensor's storage; the same storage, or one of the same content, is placed once. Returns its offset and size.
    pub fn add(&mut self, t: &LiveTensor) -> (u64, u64) {
        let data = bytes(t);
        let n = data.len() as u64;
        let key = t.storage().as_ptr() as usize;
        if let Some(at) = self.by_storage.get(&key) {
            return (*at, n);
        }
        let mut h = DefaultHasher::new();
        h.write(data);
        let content = (h.finish(), n);
        let same = self.by_content.get(&content).into_iter().flatten().find(|i| bytes(&self.pieces[**i].1) == data);
        let at = match same {
            Some(i) => self.pieces[*i].0,
            None => {
                let at = self.size.next_multiple_of(ALIGN);
                self.by_content.entry(content).or_default().push(self.pieces.len());
                self.pieces.push((at, t.clone()));
                self.size = at + n;
                at
            }
        };
        self.by_storage.insert(key, at);
        (at, n)
    }

    /// Size of the section in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Offset and bytes of every piece, in order of offset.
    pub fn pieces(&self) -> impl Iterator<Item = (u64, &[u8])> {
        self.pieces.iter().map(|(at, t)| (*at, bytes(t)))
    }
}

/// Fails when the runtime's tensors do not look as static ones are written.
pub fn check_layout() -> Result<()> {
    use tsrt::tensor::{TENSOR_DATA_OFFSET, TENSOR_DTYPE_OFFSET, TENSOR_NDIM_OFFSET, TENSOR_NUMEL_OFFSET, TENSOR_SIZES_OFFSET};
    let head = [TENSOR_DATA_OFFSET, TENSOR_DTYPE_OFFSET, TENSOR_NDIM_OFFSET, TENSOR_NUMEL_OFFSET, TENSOR_SIZES_OFFSET]
        == [8, 16, 20, 24, 32];
    let size = size_of::<tsrt::tensor::TensorObj>() == 72 + 8 * INLINE_WORDS;
    let storage = size_of::<tsrt::storage::Storage>() == 40;
    if head && size && storage { Ok(()) } else { Err(internal("the runtime's tensor layout has changed")) }
}
