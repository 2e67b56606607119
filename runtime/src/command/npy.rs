//! NumPy's array files.

use super::file::little;
use super::literal::{self, Literal};
use crate::dtype::DType;
use crate::error::Result;
use crate::tensor::{Tensor, numel_of};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const MAGIC: &[u8] = b"\x93NUMPY";

const TYPES: [(DType, &str); 15] = [
    (DType::Bool, "b1"),
    (DType::I8, "i1"),
    (DType::I16, "i2"),
    (DType::I32, "i4"),
    (DType::I64, "i8"),
    (DType::U8, "u1"),
    (DType::U16, "u2"),
    (DType::U32, "u4"),
    (DType::U64, "u8"),
    (DType::F16, "f2"),
    (DType::F32, "f4"),
    (DType::F64, "f8"),
    (DType::C64, "c8"),
    (DType::C128, "c16"),
    // NumPy has no such type; ml_dtypes writes it so.
    (DType::BF16, "V2"),
];

/// The bytes of a tensor's elements, filled by `fill`.
pub fn tensor(sizes: &[i64], dtype: DType, fill: impl FnOnce(&mut [u8])) -> Result<Tensor> {
    let t = Tensor::empty(sizes, dtype)?;
    let n = t.numel() * dtype.size();
    if n > 0 {
        // SAFETY: a new tensor without gaps owns that many bytes.
        fill(unsafe { core::slice::from_raw_parts_mut(t.data_ptr(), n) });
    }
    Ok(t)
}

/// The elements' bytes of a tensor without gaps.
pub fn bytes(t: &Tensor) -> &[u8] {
    let n = t.numel() * t.itemsize();
    // SAFETY: contiguous.
    if n == 0 { &[] } else { unsafe { core::slice::from_raw_parts(t.data_ptr(), n) } }
}

/// Reads an array.
pub fn read(data: &[u8]) -> Result<Tensor> {
    check!(data.starts_with(MAGIC), Value, "this is no .npy file");
    let size = if data.get(6).is_some_and(|v| *v >= 2) { 4 } else { 2 };
    let Some(len) = little(data, 8, size) else { bail!(Value, "the .npy file is cut off") };
    let start = 8 + size;
    let Some(header) = (len as usize).checked_add(start).and_then(|end| data.get(start..end)) else {
        bail!(Value, "the .npy file is cut off")
    };
    let body = &data[start + header.len()..];
    let header = core::str::from_utf8(header).map_err(|_| err!(Value, "the header of the .npy file is not text"))?;
    let Literal::Dict(fields) = literal::parse(header)? else { bail!(Value, "the header of the .npy file is no dict") };
    let field = |name: &str| fields.iter().find(|(k, _)| matches!(k, Literal::Str(s) if s == name)).map(|(_, v)| v);
    let Some(Literal::Str(descr)) = field("descr") else { bail!(Value, "the .npy file holds no plain array (no 'descr')") };
    let fortran = matches!(field("fortran_order"), Some(Literal::Bool(true)));
    let shape = match field("shape") {
        Some(Literal::Tuple(s) | Literal::List(s)) => s.as_slice(),
        // One size in parentheses reads as a number.
        Some(one @ Literal::Int(_)) => core::slice::from_ref(one),
        _ => bail!(Value, "the header of the .npy file has no shape"),
    };
    let mut sizes: Vec<i64> = Vec::new();
    for s in shape {
        let Literal::Int(n @ 0..) = s else { bail!(Value, "the shape in the .npy file is not made of sizes") };
        sizes.push(*n);
    }
    let (order, name) = descr.split_at(descr.len().min(1));
    let Some((dtype, _)) = TYPES.iter().find(|e| e.1 == name) else { bail!(Value, "arrays of type '{descr}' are not supported") };
    check!(sizes.len() <= 64, Value, "the array has {} dimensions", sizes.len());
    let want = numel_of(&sizes)?.checked_mul(dtype.size() as i64).unwrap_or(i64::MAX) as usize;
    check!(body.len() >= want, Value, "the .npy file is cut off: {want} bytes of elements, {} are there", body.len());
    let stored: Vec<i64> = if fortran { sizes.iter().rev().copied().collect() } else { sizes.clone() };
    let t = tensor(&stored, *dtype, |out| {
        out.copy_from_slice(&body[..want]);
        if order == ">" {
            let part = if dtype.is_complex() { dtype.size() / 2 } else { dtype.size() };
            out.chunks_exact_mut(part).for_each(<[u8]>::reverse);
        }
    })?;
    if !fortran {
        return Ok(t);
    }
    let order: Vec<i64> = (0..sizes.len() as i64).rev().collect();
    t.permute(&order)
}

/// Writes an array.
pub fn write(t: &Tensor) -> Result<Vec<u8>> {
    let t = t.contiguous()?;
    let Some((_, name)) = TYPES.iter().find(|e| e.0 == t.dtype() && e.0 != DType::BF16) else {
        bail!(Value, "NumPy has no type for {}: write a .safetensors file", t.dtype().python_name())
    };
    let order = if t.itemsize() == 1 { '|' } else { '<' };
    let mut shape = String::new();
    for s in t.sizes() {
        shape += &format!("{s}, ");
    }
    let shape = if t.dim() > 1 { shape.trim_end_matches(", ") } else { shape.trim_end() };
    let mut header = format!("{{'descr': '{order}{name}', 'fortran_order': False, 'shape': ({shape}), }}");
    while (MAGIC.len() + 4 + header.len() + 1) % 64 != 0 {
        header.push(' ');
    }
    header.push('\n');
    let mut out = MAGIC.to_vec();
    out.extend([1, 0]);
    let Ok(len) = u16::try_from(header.len()) else { bail!(Value, "the array has too many dimensions for a .npy file") };
    out.extend(len.to_le_bytes());
    out.extend(header.as_bytes());
    out.extend(bytes(&t));
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_survive_the_round_trip() {
        for sizes in [&[][..], &[0], &[3], &[2, 3]] {
            let t = Tensor::full(sizes, crate::Scalar::Float(2.5), DType::F32).unwrap();
            let back = read(&write(&t).unwrap()).unwrap();
            assert_eq!((back.sizes(), back.dtype(), bytes(&back)), (t.sizes(), t.dtype(), bytes(&t)));
        }
    }

    #[test]
    fn column_major_and_big_endian_arrays_are_read() {
        let file = |descr: &str, fortran: &str, body: &[u8]| {
            let header = format!("{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': (2, 3)}}\n");
            let mut f = MAGIC.to_vec();
            f.extend([2, 0]);
            f.extend((header.len() as u32).to_le_bytes());
            f.extend(header.as_bytes());
            f.extend(body);
            f
        };
        let t = read(&file("|u1", "True", &[1, 4, 2, 5, 3, 6])).unwrap().contiguous().unwrap();
        assert_eq!(bytes(&t), [1, 2, 3, 4, 5, 6]);
        let t = read(&file(">i2", "False", &[0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 1, 0])).unwrap();
        assert_eq!(t.as_slice::<i16>().unwrap(), [1, 2, 3, 4, 5, 256]);
        let message = |f: &[u8]| read(f).map(|_| ()).unwrap_err().message();
        assert_eq!(message(&file(">i2", "False", &[0; 11])), "the .npy file is cut off: 12 bytes of elements, 11 are there");
        assert_eq!(message(&file("|O", "False", &[0; 48])), "arrays of type '|O' are not supported");
        assert_eq!(message(b"PK"), "this is no .npy file");
        let whole = file("|u1", "False", &[0; 6]);
        for n in 0..whole.len() {
            assert!(read(&whole[..n]).is_err(), "{n} bytes");
        }
    }
}
