//! Arguments of the command line as values of the parameters' types.
//!
//! A tensor is read from a file (`x.npy`, `x.npz:name`, `x.safetensors:name`, `x.json`) or written out (`[[1, 2], [3, 4]]`); everything
//! else is written out, or read from a `.json` file. The type is the parameter's descriptor (see [`crate::cabi`]).

use super::literal::{self, Literal};
use super::{file, npy, safetensors, zip};
use crate::dtype::{DType, default_dtype};
use crate::element::Complex;
use crate::error::Result;
use crate::list::{Elem, List};
use crate::tensor::Tensor;
use crate::tuple::Tuple;
use crate::value::Value;
use alloc::string::String;
use alloc::vec::Vec;

/// What an argument turned out to be before its type is looked at.
enum Source {
    Written(Literal),
    Tensor(Tensor),
    /// All tensors of a file, by name.
    Tensors(Vec<(String, Tensor)>),
}

/// Names and tensors of an .npz file.
fn read_npz(data: &[u8]) -> Result<Vec<(String, Tensor)>> {
    let members = zip::read(data)?;
    members
        .into_iter()
        .map(|(name, data)| Ok((String::from(name.strip_suffix(".npy").unwrap_or(&name)), npy::read(&data)?)))
        .collect()
}

/// The file's path and the name behind a colon, when the text names a file of arrays.
fn as_path(text: &str) -> Option<(&str, Option<&str>, &str)> {
    for kind in [".npy", ".npz", ".safetensors", ".json"] {
        if text.ends_with(kind) {
            return Some((text, None, kind));
        }
        if let Some(at) = text.rfind(':')
            && text[..at].ends_with(kind)
        {
            return Some((&text[..at], Some(&text[at + 1..]), kind));
        }
    }
    None
}

fn source(text: &str) -> Result<Source> {
    let Some((path, name, kind)) = as_path(text) else { return literal::parse(text).map(Source::Written) };
    let data = file::read(path)?;
    let about = |e: crate::Error| {
        let why = e.message();
        err!(Value, "{path}: {why}")
    };
    let mut all = match kind {
        ".npy" => return npy::read(&data).map(Source::Tensor).map_err(about),
        ".json" => {
            let text = core::str::from_utf8(&data).map_err(|_| err!(Value, "{path}: the file is not UTF-8 text"))?;
            return literal::parse(text).map(Source::Written).map_err(about);
        }
        ".npz" => read_npz(&data),
        _ => safetensors::read(&data),
    }
    .map_err(about)?;
    match name {
        None => Ok(Source::Tensors(all)),
        Some(name) => match all.iter().position(|(n, _)| n == name) {
            Some(i) => Ok(Source::Tensor(all.swap_remove(i).1)),
            None => {
                let names: Vec<&str> = all.iter().map(|(n, _)| n.as_str()).collect();
                bail!(Value, "{path} has no '{name}'; it has {}", names.join(", "))
            }
        },
    }
}

/// Reads an argument as a value of the type that `desc` describes.
pub fn argument(text: &str, desc: &[u8]) -> Result<Value> {
    let inner = desc.strip_prefix(b"o").unwrap_or(desc);
    // Text stands for itself, unless it is quoted.
    if inner == b"s" && !text.starts_with('"') && !(inner.len() < desc.len() && text == "None") {
        return Ok(Value::from(text));
    }
    if inner == b"D" && !text.starts_with('"') && text != "None" {
        return device(text);
    }
    if inner == b"i"
        && let Some(d) = dtype(text)
    {
        return Ok(Value::int(d as i64));
    }
    let v = source(text)?;
    match (v, inner.first()) {
        (Source::Tensor(t), Some(b't' | b'a')) => Ok(t.into()),
        (Source::Tensors(all), Some(b't')) => {
            let n = all.len();
            match all.into_iter().next() {
                Some((_, t)) if n == 1 => Ok(t.into()),
                _ => bail!(Value, "{text} holds {n} tensors: name one as {text}:NAME"),
            }
        }
        (Source::Tensors(all), Some(b'l')) if matches!(inner, b"lt" | b"lot") => {
            Ok(List::from_items(all.into_iter().map(|t| t.1)).into())
        }
        (Source::Tensors(all), Some(b'm')) if matches!(inner, b"mst" | b"msot") => {
            let d = crate::dict::Dict::new(Elem::Ptr, Elem::Ptr);
            for (name, t) in all {
                d.set(Value::from(name.as_str()), t.into())?;
            }
            Ok(d.into())
        }
        (Source::Tensors(all), Some(b'u'))
            if inner.get(1) == Some(&(all.len() as u8)) && inner[2..].iter().all(|c| *c == b't') =>
        {
            Ok(Tuple::new(all.into_iter().map(|t| Value::from(t.1))).into())
        }
        (Source::Written(l), _) => value(&l, &mut { desc }),
        _ => bail!(Type, "{text} holds tensors, which are no value of the type"),
    }
}

/// A written value as one of the described type; steps over the descriptor.
pub fn value(l: &Literal, desc: &mut &[u8]) -> Result<Value> {
    let wrong = |want: &str| err!(Type, "expected {want}, found {}", describe(l));
    let (kind, rest) = desc.split_first().map_or((b'?', &[][..]), |(k, r)| (*k, r));
    *desc = rest;
    Ok(match (kind, l) {
        (b'o', Literal::None) => {
            skip(desc);
            Value::none()
        }
        (b'o', _) => value(l, desc)?,
        (b'n', Literal::None) => Value::none(),
        (b'n', _) => return Err(wrong("None")),
        (b'b', Literal::Bool(b)) => Value::bool(*b),
        (b'b', _) => return Err(wrong("true or false")),
        (b'i', Literal::Int(i)) => Value::int(*i),
        (b'i', Literal::Bool(b)) => Value::int(*b as i64),
        (b'i', Literal::Str(s)) => match dtype(s) {
            Some(d) => Value::int(d as i64),
            None => return Err(wrong("an integer")),
        },
        (b'i', _) => return Err(wrong("an integer")),
        (b'd', Literal::Float(f)) => Value::float(*f),
        (b'd', Literal::Int(i)) => Value::float(*i as f64),
        (b'd', _) => return Err(wrong("a number")),
        (b'c', Literal::Float(f)) => Value::complex(Complex { re: *f, im: 0.0 }),
        (b'c', Literal::Int(i)) => Value::complex(Complex { re: *i as f64, im: 0.0 }),
        (b'c', Literal::Complex(re, im)) => Value::complex(Complex { re: *re, im: *im }),
        (b'c', _) => return Err(wrong("a complex number as 1+2j")),
        (b's', Literal::Str(s)) => Value::from(s.as_str()),
        (b's', _) => return Err(wrong("a text in quotes")),
        (b'D', Literal::Str(s)) => device(s)?,
        (b'D', _) => return Err(wrong("a device as \"cpu\"")),
        (b'g', Literal::Int(i)) => Value::own(crate::value::tag::GENERATOR, crate::rng::Generator::new(*i as u64)),
        (b'g', _) => return Err(wrong("a seed")),
        (b't' | b'T', _) => tensor(l)?.into(),
        (b'l', Literal::List(items) | Literal::Tuple(items)) => {
            let out = List::new(crate::cabi::elem_of(desc), items.len());
            let inner = *desc;
            for item in items {
                out.push(value(item, &mut { inner })?)?;
            }
            skip(desc);
            out.into()
        }
        (b'l', _) => return Err(wrong("a list as [1, 2]")),
        (b'm', Literal::Dict(pairs)) => {
            let keys = *desc;
            skip(desc);
            let values = *desc;
            skip(desc);
            let out = crate::dict::Dict::new(crate::cabi::elem_of(keys), crate::cabi::elem_of(values));
            for (k, v) in pairs {
                out.set(key(k, keys)?, value(v, &mut { values })?)?;
            }
            out.into()
        }
        (b'm', _) => return Err(wrong("a dict as {\"key\": 1}")),
        (b'u', Literal::Tuple(items) | Literal::List(items)) => {
            let n = desc.first().copied().unwrap_or(0);
            *desc = desc.get(1..).unwrap_or(&[]);
            if items.len() != n as usize {
                bail!(Type, "expected a tuple of {n} elements, found {}", items.len());
            }
            let mut all = Vec::new();
            for item in items {
                all.push(value(item, desc)?);
            }
            Tuple::new(all.into_iter()).into()
        }
        (b'u', _) => return Err(wrong("a tuple as (1, 2)")),
        (b'a', _) => any(l)?,
        (b'f', _) => crate::object::Future::new(value(l, desc)?).into(),
        (b'k', _) => bail!(Type, "instances of classes cannot be written on the command line"),
        _ => bail!(Type, "values of this type cannot be written on the command line"),
    })
}

/// A dict's key; JSON has only texts as keys.
fn key(l: &Literal, desc: &[u8]) -> Result<Value> {
    match l {
        Literal::Str(s) if desc.first() != Some(&b's') => value(&literal::parse(s)?, &mut { desc }),
        _ => value(l, &mut { desc }),
    }
}

fn skip(desc: &mut &[u8]) {
    *desc = crate::cabi::after(desc);
}

fn any(l: &Literal) -> Result<Value> {
    Ok(match l {
        Literal::None => Value::none(),
        Literal::Bool(b) => Value::bool(*b),
        Literal::Int(i) => Value::int(*i),
        Literal::Float(f) => Value::float(*f),
        Literal::Complex(re, im) => Value::complex(Complex { re: *re, im: *im }),
        Literal::Str(s) => Value::from(s.as_str()),
        Literal::List(items) => List::of_values(&items.iter().map(any).collect::<Result<Vec<_>>>()?)?.into(),
        Literal::Tuple(items) => Tuple::new(items.iter().map(any).collect::<Result<Vec<_>>>()?.into_iter()).into(),
        Literal::Dict(pairs) => {
            let pairs = pairs.iter().map(|(k, v)| Ok((any(k)?, any(v)?))).collect::<Result<Vec<_>>>()?;
            crate::dict::Dict::of_pairs(&pairs)?.into()
        }
    })
}

fn dtype(name: &str) -> Option<DType> {
    DType::all().find(|d| d.python_name() == name || d.python_name().strip_prefix("torch.") == Some(name))
}

fn device(text: &str) -> Result<Value> {
    let (kind, index) = text.split_once(':').map_or((text, None), |(k, i)| (k, Some(i)));
    let kind = match kind {
        "cpu" => 0,
        "cuda" => 1,
        "meta" => 14,
        _ => bail!(Value, "'{text}' is no device"),
    };
    let index = index.map(|i| i.parse::<u32>().map_err(|_| err!(Value, "'{text}' is no device"))).transpose()?;
    Ok(Value::device(kind, index))
}

/// A number, or nested lists of numbers of one shape: what `torch.tensor` makes of it.
fn tensor(l: &Literal) -> Result<Tensor> {
    match l {
        Literal::None | Literal::Str(_) | Literal::Dict(_) => {
            bail!(Type, "expected a tensor: a file (.npy, .npz, .safetensors) or nested lists of numbers, found {}", describe(l))
        }
        _ => {
            // Floats among ints make all floats, whatever comes first.
            let dtype = match rank(l) {
                0 => DType::Bool,
                1 => DType::I64,
                2 => default_dtype(),
                _ => default_dtype().to_complex(),
            };
            crate::ops::creation::from_value(&any(l)?, Some(dtype))
        }
    }
}

/// Bools below ints below floats below complex numbers; an empty list is of floats.
fn rank(l: &Literal) -> u8 {
    match l {
        Literal::List(items) | Literal::Tuple(items) => items.iter().map(rank).max().unwrap_or(2),
        Literal::Bool(_) => 0,
        Literal::Int(_) => 1,
        Literal::Complex(..) => 3,
        _ => 2,
    }
}

fn describe(l: &Literal) -> &'static str {
    match l {
        Literal::None => "None",
        Literal::Bool(_) => "a bool",
        Literal::Int(_) => "an int",
        Literal::Float(_) => "a float",
        Literal::Complex(..) => "a complex number",
        Literal::Str(_) => "a text",
        Literal::List(_) => "a list",
        Literal::Tuple(_) => "a tuple",
        Literal::Dict(_) => "a dict",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::print::python_repr;

    #[test]
    fn arguments_become_values_of_their_types() {
        for (text, desc, want) in [
            ("3", &b"i"[..], "3"),
            ("3", b"d", "3.0"),
            ("hello world", b"s", "'hello world'"),
            ("\"a\\n\"", b"s", "'a\\n'"),
            ("None", b"os", "None"),
            ("[1, 2]", b"ld", "[1.0, 2.0]"),
            ("{\"1\": [true]}", b"milb", "{1: [True]}"),
            ("(1, \"a\", null)", b"u\x03isoi", "(1, 'a', None)"),
            ("[[1, 2], [3, 4]]", b"t", "tensor([[1, 2],\n        [3, 4]])"),
            ("[1, 2.5]", b"t", "tensor([1.0000, 2.5000])"),
            ("true", b"t", "tensor(True)"),
            ("1+2j", b"c", "(1+2j)"),
            ("cpu", b"D", "device(type='cpu')"),
            ("{\"a\": [1, 2.0, \"x\"]}", b"a", "{'a': [1, 2.0, 'x']}"),
            ("[]", b"t", "tensor([])"),
        ] {
            assert_eq!(argument(text, desc).map(|v| python_repr(&v)).map_err(|e| e.message()), Ok(want.into()), "{text}");
        }
    }

    #[test]
    fn wrong_arguments_are_errors() {
        for (text, desc, want) in [
            ("2.5", &b"i"[..], "expected an integer, found a float"),
            ("{}", b"t", "expected a tensor: a file (.npy, .npz, .safetensors) or nested lists of numbers, found a dict"),
            ("(1, 2, 3)", b"u\x02ii", "expected a tuple of 2 elements, found 3"),
            ("/nowhere/x.npy", b"t", "cannot read '/nowhere/x.npy': No such file or directory"),
            ("{\"a\": 1}", b"li", "expected a list as [1, 2], found a dict"),
        ] {
            assert_eq!(argument(text, desc).map(|_| ()).map_err(|e| e.message()), Err(want.into()), "{text}");
        }
    }
}
