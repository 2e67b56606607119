//! The bytes of an artifact's tensors: pieces, each behind a symbol of its own. They never pass through LLVM.

use super::asm::internal;
use crate::diag::Result;
use crate::graph::program::LiveTensor;
use crate::kernel::constant::Constant;
use std::collections::HashMap;
use std::io::{self, Write};

/// Words for sizes and strides inside a tensor object.
pub const INLINE_WORDS: usize = 10;

/// Beyond this size in bytes weights are not addressed relative to the code.
const NEAR: u64 = 1 << 30;

enum Piece {
    /// The storage behind a tensor.
    Storage(LiveTensor),
    /// Elements in the order that kernels read.
    Packed(Constant),
}

/// What lies in the weights sections.
#[derive(Default)]
pub struct Weights {
    pieces: Vec<Piece>,
    /// Tensors whose storages have different contents, and where each is placed.
    contents: Vec<(LiveTensor, Placed)>,
    by_storage: HashMap<usize, usize>,
    by_size: HashMap<usize, Vec<usize>>,
}

/// The pieces that hold some content.
#[derive(Default)]
struct Placed {
    plain: Option<u32>,
    packed: Vec<u32>,
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
    /// The number of a tensor's storage among those of different content.
    fn content(&mut self, t: &LiveTensor) -> usize {
        let key = t.storage().as_ptr() as usize;
        if let Some(i) = self.by_storage.get(&key) {
            return *i;
        }
        let same_size = self.by_size.entry(t.storage().nbytes()).or_default();
        let i = same_size.iter().copied().find(|i| bytes(&self.contents[*i].0) == bytes(t)).unwrap_or_else(|| {
            same_size.push(self.contents.len());
            self.contents.push((t.clone(), Placed::default()));
            self.contents.len() - 1
        });
        self.by_storage.insert(key, i);
        i
    }

    fn place(&mut self, piece: Piece) -> u32 {
        self.pieces.push(piece);
        self.pieces.len() as u32 - 1
    }

    /// The piece with a tensor's storage; the same storage, or one of the same content, is placed once.
    pub fn add(&mut self, t: &LiveTensor) -> u32 {
        let content = self.content(t);
        if let Some(k) = self.contents[content].1.plain {
            return k;
        }
        let k = self.place(Piece::Storage(t.clone()));
        self.contents[content].1.plain = Some(k);
        k
    }

    /// The piece with a packed constant's elements.
    pub fn add_packed(&mut self, c: &Constant) -> u32 {
        let content = self.content(&c.tensor);
        let is_same = |k: &&u32| match &self.pieces[**k as usize] {
            Piece::Packed(p) => {
                p.packing == c.packing && p.tensor.offset() == c.tensor.offset() && p.tensor.dtype() == c.tensor.dtype()
            }
            Piece::Storage(_) => false,
        };
        if let Some(k) = self.contents[content].1.packed.iter().find(is_same) {
            return *k;
        }
        let k = self.place(Piece::Packed(c.clone()));
        self.contents[content].1.packed.push(k);
        k
    }

    /// How many pieces there are.
    pub fn len(&self) -> u32 {
        self.pieces.len() as u32
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The symbol of a piece.
    pub fn symbol(k: u32) -> String {
        format!("tsaot_weights.{k}")
    }

    /// Size of a piece in bytes.
    pub fn size(&self, k: u32) -> u64 {
        match &self.pieces[k as usize] {
            Piece::Storage(t) => t.storage().nbytes() as u64,
            Piece::Packed(c) => (c.numel() * c.tensor.itemsize()) as u64,
        }
    }

    /// Writes the bytes of a piece.
    pub fn write(&self, k: u32, out: &mut dyn Write) -> io::Result<()> {
        match &self.pieces[k as usize] {
            Piece::Storage(t) => out.write_all(bytes(t)),
            Piece::Packed(c) => c.write(out),
        }
    }

    /// The weights may lie farther from the code than instructions reach.
    pub fn is_far(&self) -> bool {
        (0..self.len()).map(|k| self.size(k)).sum::<u64>() > NEAR
    }
}

/// Fails when the runtime's tensors do not look as static ones are written.
pub fn check_layout() -> Result<()> {
    use tsrt::tensor::{TENSOR_DATA_OFFSET, TENSOR_DTYPE_OFFSET, TENSOR_NDIM_OFFSET, TENSOR_NUMEL_OFFSET, TENSOR_SIZES_OFFSET};
    let head = [TENSOR_DATA_OFFSET, TENSOR_DTYPE_OFFSET, TENSOR_NDIM_OFFSET, TENSOR_NUMEL_OFFSET, TENSOR_SIZES_OFFSET]
        == [8, 16, 20, 24, 32];
    let size = size_of::<tsrt::tensor::TensorObj>() == 72 + 8 * INLINE_WORDS;
    let storage = size_of::<tsrt::storage::Storage>() == 48;
    if head && size && storage { Ok(()) } else { Err(internal("the runtime's tensor layout has changed")) }
}
