//! Results: printed as PyTorch prints them, or written to a file.

use super::literal::quote;
use super::{file, npy, safetensors, zip};
use crate::error::Result;
use crate::print::{python_float, python_text};
use crate::tensor::Tensor;
use crate::value::{Value, tag};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// Writes a result to a file, in the form that its name says.
pub fn save(v: &Value, path: &str) -> Result<()> {
    let kind = path.rsplit_once('.').map_or("", |(_, k)| k);
    let bytes = match kind {
        "npy" => match as_tensor(v)? {
            Some(t) => npy::write(&t)?,
            None => bail!(Value, "cannot write '{path}': a .npy file holds one array: write .npz, .safetensors or .json"),
        },
        "npz" => {
            let members = named(v)?.into_iter().map(|(n, t)| Ok((format!("{n}.npy"), npy::write(&t)?)));
            zip::write(&members.collect::<Result<Vec<_>>>()?)?
        }
        "safetensors" => safetensors::write(&named(v)?)?,
        "json" => {
            let mut text = String::new();
            json(v, &mut text)?;
            text.push('\n');
            text.into_bytes()
        }
        "txt" => [&*python_text(v).0, b"\n"].concat(),
        _ => bail!(Value, "cannot write '{path}': name it .npy, .npz, .safetensors, .json or .txt"),
    };
    file::write(path, &bytes)
}

/// A tensor, or a number as one.
fn as_tensor(v: &Value) -> Result<Option<Tensor>> {
    match (v.as_tensor(), v.as_scalar()) {
        (Some(t), _) => Ok(Some(t.clone())),
        (None, Some(s)) => Tensor::scalar(s, s.dtype()).map(Some),
        _ => Ok(None),
    }
}

/// The tensors of a result: of a dict by its keys, of a NamedTuple by its fields, of lists and tuples by position (`arr_0`).
fn named(v: &Value) -> Result<Vec<(String, Tensor)>> {
    let mut out = Vec::new();
    gather(v, "", &mut out)?;
    Ok(out)
}

fn gather(v: &Value, prefix: &str, out: &mut Vec<(String, Tensor)>) -> Result<()> {
    let join = |name: &str| if prefix.is_empty() { String::from(name) } else { format!("{prefix}.{name}") };
    let at = |i: usize| if prefix.is_empty() { format!("arr_{i}") } else { format!("{prefix}.{i}") };
    if let Some(t) = as_tensor(v)? {
        out.push((if prefix.is_empty() { at(0) } else { String::from(prefix) }, t));
    } else if let Some(d) = v.as_dict() {
        for (k, v) in d.iter() {
            gather(&v, &join(&python_text(&k).into_string()), out)?;
        }
    } else if let Some(t) = v.as_tuple() {
        // SAFETY: a description is a constant, or absent.
        let desc = unsafe { t.desc.as_ref() };
        for (i, v) in t.items().iter().enumerate() {
            let name = desc.and_then(|d| d.field(i)).map_or_else(|| at(i), &join);
            gather(v, &name, out)?;
        }
    } else if let Some(l) = v.as_list() {
        for (i, v) in l.iter().enumerate() {
            gather(&v, &at(i), out)?;
        }
    } else if !v.is_none() {
        bail!(Type, "a {} is no array: write .json or .txt", v.kind_name())
    }
    Ok(())
}

fn separated(out: &mut String, n: usize, mut each: impl FnMut(usize, &mut String) -> Result<()>) -> Result<()> {
    for i in 0..n {
        if i > 0 {
            out.push_str(", ");
        }
        each(i, out)?;
    }
    Ok(())
}

fn float(x: f64, out: &mut String) {
    out.push_str(&match x {
        x if x.is_nan() => String::from("NaN"),
        x if x.is_infinite() => String::from(if x > 0.0 { "Infinity" } else { "-Infinity" }),
        x => python_float(x),
    });
}

fn tensor(t: &Tensor, out: &mut String) -> Result<()> {
    if t.dim() == 0 {
        return json(&Value::from(t.item()?), out);
    }
    out.push('[');
    separated(out, t.sizes()[0] as usize, |i, out| tensor(&t.select(0, i as i64)?, out))?;
    out.push(']');
    Ok(())
}

fn json(v: &Value, out: &mut String) -> Result<()> {
    match v.tag {
        tag::NONE => out.push_str("null"),
        tag::BOOL => out.push_str(if v.payload != 0 { "true" } else { "false" }),
        tag::INT => out.push_str(&(v.payload as i64).to_string()),
        tag::FLOAT => float(f64::from_bits(v.payload), out),
        _ if v.as_complex().is_some() => {
            let c = v.as_complex().unwrap_or_default();
            out.push('[');
            float(c.re, out);
            out.push_str(", ");
            float(c.im, out);
            out.push(']');
        }
        _ => {
            if let Some(s) = v.as_str() {
                quote(s, out);
            } else if let Some(t) = v.as_tensor() {
                tensor(t, out)?;
            } else if let Some(l) = v.as_list() {
                out.push('[');
                separated(out, l.len(), |i, out| json(&l.get(i).unwrap_or(Value::none()), out))?;
                out.push(']');
            } else if let Some(t) = v.as_tuple() {
                // SAFETY: a description is a constant, or absent.
                let desc = unsafe { t.desc.as_ref() };
                out.push(if desc.is_some() { '{' } else { '[' });
                separated(out, t.items().len(), |i, out| {
                    if let Some(d) = desc {
                        quote(d.field(i).unwrap_or(""), out);
                        out.push_str(": ");
                    }
                    json(&t.items()[i], out)
                })?;
                out.push(if desc.is_some() { '}' } else { ']' });
            } else if let Some(d) = v.as_dict() {
                let pairs: Vec<(Value, Value)> = d.iter().collect();
                out.push('{');
                separated(out, pairs.len(), |i, out| {
                    quote(&python_text(&pairs[i].0).into_string(), out);
                    out.push_str(": ");
                    json(&pairs[i].1, out)
                })?;
                out.push('}');
            } else {
                quote(&python_text(v).into_string(), out);
            }
        }
    }
    Ok(())
}
