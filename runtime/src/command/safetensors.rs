//! Files of named tensors: a JSON header, then the bytes.

use super::file::little;
use super::literal::{self, Literal, quote};
use super::npy;
use crate::dtype::DType;
use crate::error::Result;
use crate::tensor::{Tensor, numel_of};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

const TYPES: [(DType, &str); 15] = [
    (DType::Bool, "BOOL"),
    (DType::U8, "U8"),
    (DType::I8, "I8"),
    (DType::I16, "I16"),
    (DType::U16, "U16"),
    (DType::F16, "F16"),
    (DType::BF16, "BF16"),
    (DType::I32, "I32"),
    (DType::U32, "U32"),
    (DType::F32, "F32"),
    (DType::F64, "F64"),
    (DType::I64, "I64"),
    (DType::U64, "U64"),
    (DType::C64, "C64"),
    (DType::C128, "C128"),
];

fn field<'a>(pairs: &'a [(Literal, Literal)], name: &str) -> Option<&'a Literal> {
    pairs.iter().find(|(k, _)| matches!(k, Literal::Str(s) if s == name)).map(|(_, v)| v)
}

fn sizes(v: Option<&Literal>) -> Option<Vec<i64>> {
    let Some(Literal::List(items)) = v else { return None };
    items.iter().map(|i| if let Literal::Int(n @ 0..) = i { Some(*n) } else { None }).collect()
}

/// Names and tensors, in the file's order.
pub fn read(data: &[u8]) -> Result<Vec<(String, Tensor)>> {
    let len = little(data, 0, 8).and_then(|n| usize::try_from(n).ok()).and_then(|n| n.checked_add(8));
    let Some(header) = len.and_then(|end| data.get(8..end)) else { bail!(Value, "the .safetensors file is cut off") };
    let body = &data[8 + header.len()..];
    let header = core::str::from_utf8(header).map_err(|_| err!(Value, "the header of the .safetensors file is not text"))?;
    let Literal::Dict(entries) = literal::parse(header)? else {
        bail!(Value, "the header of the .safetensors file is no object")
    };
    let mut out = Vec::new();
    for (name, entry) in &entries {
        let (Literal::Str(name), Literal::Dict(entry)) = (name, entry) else {
            bail!(Value, "the header of the .safetensors file is damaged")
        };
        if name == "__metadata__" {
            continue;
        }
        let (shape, range) = (sizes(field(entry, "shape")), sizes(field(entry, "data_offsets")));
        let (Some(Literal::Str(dtype)), Some(shape), Some(range)) = (field(entry, "dtype"), shape, range) else {
            bail!(Value, "the tensor '{name}' of the .safetensors file is not described")
        };
        let Some((dtype, _)) = TYPES.iter().find(|e| e.1 == dtype) else {
            bail!(Value, "the tensor '{name}' has the type {dtype}, which is not supported")
        };
        let bytes = match range.as_slice() {
            [from, to] => body.get(*from as usize..*to as usize),
            _ => None,
        };
        let want = numel_of(&shape)?.checked_mul(dtype.size() as i64).unwrap_or(i64::MAX) as usize;
        let Some(bytes) = bytes.filter(|b| b.len() == want) else {
            bail!(Value, "the bytes of the tensor '{name}' do not lie in the .safetensors file")
        };
        out.push((name.clone(), npy::tensor(&shape, *dtype, |to| to.copy_from_slice(bytes))?));
    }
    Ok(out)
}

/// Writes tensors under names.
pub fn write(tensors: &[(String, Tensor)]) -> Result<Vec<u8>> {
    let mut header = String::from("{");
    let mut body: Vec<u8> = Vec::new();
    for (i, (name, t)) in tensors.iter().enumerate() {
        let t = t.contiguous()?;
        let Some((_, dtype)) = TYPES.iter().find(|e| e.0 == t.dtype()) else {
            bail!(Value, "a .safetensors file cannot hold {}", t.dtype().python_name())
        };
        if i > 0 {
            header.push(',');
        }
        quote(name, &mut header);
        let from = body.len();
        body.extend(npy::bytes(&t));
        header += &format!(":{{\"dtype\":\"{dtype}\",\"shape\":{:?},\"data_offsets\":[{from},{}]}}", t.sizes(), body.len());
    }
    header.push('}');
    while header.len() % 8 != 0 {
        header.push(' ');
    }
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend(header.as_bytes());
    out.extend(body);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tensors_survive_the_round_trip_and_damage_is_an_error() {
        let t = Tensor::full(&[2, 2], crate::Scalar::Float(1.5), DType::BF16).unwrap();
        let file = write(&[("a".into(), t.clone()), ("b".into(), t.unsqueeze(0).unwrap())]).unwrap();
        let back = read(&file).unwrap();
        assert_eq!(
            back.iter().map(|(n, t)| (n.as_str(), t.sizes())).collect::<Vec<_>>(),
            [("a", &[2, 2][..]), ("b", &[1, 2, 2])]
        );
        assert_eq!(npy::bytes(&back[0].1), npy::bytes(&t));
        for n in 0..file.len() {
            assert!(read(&file[..n]).is_err(), "{n} bytes");
        }
    }
}
