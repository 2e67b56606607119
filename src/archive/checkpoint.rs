//! State dicts from files: `.pt` and `.pth`, `.safetensors`, `.npz` and `.npy`.
//!
//! The file is memory-mapped; every length is checked by the format's own library before memory is taken. Nothing in a file is run.

use crate::diag::{Code, Diagnostic, Result};
use safetensors::{Dtype, SafeTensors};
use std::fs::File;
use std::io::{Cursor, Read};
use std::path::Path;
use tsrt::{DType, Tensor};

/// Names and tensors in the file's order.
pub type StateDict = Vec<(String, Tensor)>;

/// Reads a state dict; the suffix picks the format.
pub fn read(path: &Path) -> Result<StateDict> {
    let suffix = path.extension().and_then(|s| s.to_str()).unwrap_or("").to_ascii_lowercase();
    let reader = match suffix.as_str() {
        "pt" | "pth" | "bin" | "ckpt" => {
            let saved = super::saved::Saved::open(path).and_then(|s| super::saved::state_dict(&s));
            return saved.map_err(|why| unreadable(path, why));
        }
        "safetensors" => safetensors,
        "npz" => npz,
        "npy" => npy,
        _ => {
            let message = format!("weights in `{}`: files that end in `.{suffix}` cannot be read", path.display());
            return Err(Box::new(
                Diagnostic::new(Code::Weights, None, message).help("use .pt, .pth, .safetensors, .npz or .npy"),
            ));
        }
    };
    let file = File::open(path).map_err(|e| unreadable(path, e))?;
    if file.metadata().map_err(|e| unreadable(path, e))?.is_dir() {
        return Err(unreadable(path, "it is a directory"));
    }
    // SAFETY: a file that changes while it is read gives wrong numbers, not a fault of memory, as lengths were checked against the map.
    let map = unsafe { memmap2::Mmap::map(&file) }.map_err(|e| unreadable(path, e))?;
    reader(&map, path)
}

fn unreadable(path: &Path, why: impl std::fmt::Display) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Weights, None, format!("cannot read the weights `{}`: {why}", path.display())))
}

/// A contiguous tensor with these bytes.
fn tensor(bytes: &[u8], sizes: &[i64], dtype: DType, path: &Path) -> Result<Tensor> {
    let t = Tensor::empty(sizes, dtype).map_err(|e| unreadable(path, e))?;
    if t.numel() * dtype.size() != bytes.len() {
        return Err(unreadable(path, format!("a tensor of shape {sizes:?} has {} bytes", bytes.len())));
    }
    // SAFETY: the new tensor's memory is that long.
    unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), t.data_ptr(), bytes.len()) }
    Ok(t)
}

fn safetensors(bytes: &[u8], path: &Path) -> Result<StateDict> {
    let file = SafeTensors::deserialize(bytes).map_err(|e| unreadable(path, e))?;
    let mut all = Vec::new();
    for (name, view) in file.tensors() {
        let dtype = match view.dtype() {
            Dtype::BOOL => DType::Bool,
            Dtype::U8 => DType::U8,
            Dtype::I8 => DType::I8,
            Dtype::I16 => DType::I16,
            Dtype::U16 => DType::U16,
            Dtype::F16 => DType::F16,
            Dtype::BF16 => DType::BF16,
            Dtype::I32 => DType::I32,
            Dtype::U32 => DType::U32,
            Dtype::F32 => DType::F32,
            Dtype::F64 => DType::F64,
            Dtype::I64 => DType::I64,
            Dtype::U64 => DType::U64,
            other => return Err(unreadable(path, format!("`{name}` has element type {other:?}, which is not supported"))),
        };
        let sizes: Vec<i64> = view.shape().iter().map(|n| *n as i64).collect();
        all.push((name, tensor(view.data(), &sizes, dtype, path)?));
    }
    all.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(all)
}

fn npz(bytes: &[u8], path: &Path) -> Result<StateDict> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|e| unreadable(path, e))?;
    let mut all = Vec::new();
    for i in 0..archive.len() {
        let entry = archive.by_index(i).map_err(|e| unreadable(path, e))?;
        let name = entry.name().map_err(|e| unreadable(path, e))?.trim_end_matches(".npy").to_owned();
        all.push((name, npy_entry(entry, path)?));
    }
    Ok(all)
}

fn npy(bytes: &[u8], path: &Path) -> Result<StateDict> {
    let name = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
    Ok(vec![(name, npy_entry(bytes, path)?)])
}

/// One array: numbers of any numpy type that tensors have, in either order.
fn npy_entry(reader: impl Read, path: &Path) -> Result<Tensor> {
    let file = npyz::NpyFile::new(reader).map_err(|e| unreadable(path, e))?;
    let sizes: Vec<i64> = file.shape().iter().map(|n| *n as i64).collect();
    let fortran = file.order() == npyz::Order::Fortran;
    let text = match file.dtype() {
        npyz::DType::Plain(t) => t.to_string(),
        other => return Err(unreadable(path, format!("an array of element type {} is not supported", other.descr()))),
    };
    macro_rules! element {
        ($t:ty, $dtype:expr) => {{
            let data: Vec<$t> = file.into_vec().map_err(|e| unreadable(path, e))?;
            // SAFETY: plain numbers as bytes.
            let bytes = unsafe { std::slice::from_raw_parts(data.as_ptr() as *const u8, std::mem::size_of_val(&data[..])) };
            arrange(bytes, &sizes, $dtype, fortran, path)
        }};
    }
    match text.trim_start_matches(['<', '>', '|', '=']) {
        "f4" => element!(f32, DType::F32),
        "f8" => element!(f64, DType::F64),
        "i1" => element!(i8, DType::I8),
        "i2" => element!(i16, DType::I16),
        "i4" => element!(i32, DType::I32),
        "i8" => element!(i64, DType::I64),
        "u1" => element!(u8, DType::U8),
        "u2" => element!(u16, DType::U16),
        "u4" => element!(u32, DType::U32),
        "u8" => element!(u64, DType::U64),
        "b1" => element!(bool, DType::Bool),
        _ => Err(unreadable(path, format!("an array of element type {text} is not supported"))),
    }
}

fn arrange(bytes: &[u8], sizes: &[i64], dtype: DType, fortran: bool, path: &Path) -> Result<Tensor> {
    if !fortran {
        return tensor(bytes, sizes, dtype, path);
    }
    let reversed: Vec<i64> = sizes.iter().rev().copied().collect();
    let order: Vec<i64> = (0..sizes.len() as i64).rev().collect();
    let t = tensor(bytes, &reversed, dtype, path)?.permute(&order).and_then(|t| t.contiguous());
    t.map_err(|e| unreadable(path, e))
}
