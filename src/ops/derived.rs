//! Overloads that follow from another overload of the operator, as TorchScript texts.
//!
//! ```text
//! aten::square.out(Tensor self, *, Tensor(a!) out) -> Tensor(a!)     compute, resize `out`, copy
//! aten::square_(Tensor(a!) self) -> Tensor(a!)                       compute, copy to `self`
//! aten::t_copy(Tensor self) -> Tensor                                view, clone
//! ```
//! PyTorch's structured kernels check the result's type before they write; so do these texts.

use super::registry::{self, Operator};
use super::schema::{Param, Schema};
use crate::types::Type;

/// The function of an operator that nothing else defines; its name is the operator's, without overload.
pub fn source(operator: &Operator) -> Option<String> {
    let s = &operator.schema;
    in_place(s).or_else(|| out(s)).or_else(|| copy(s))
}

fn executes(o: &Operator) -> bool {
    o.implementation().is_some()
}

/// Types and names of parameters agree.
fn same(a: &[&Param], b: &[&Param]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.name == b.name && a.ty == b.ty)
}

/// A parameter's name in Python, where some are reserved words.
pub fn python_name(name: &str) -> &str {
    if name == "from" { "from_" } else { name }
}

fn head(s: &Schema) -> String {
    let names: Vec<&str> = s.params.iter().map(|p| python_name(&p.name)).collect();
    format!("def {}({}):\n", plain(&s.name), names.join(", "))
}

fn plain(name: &str) -> &str {
    name.rsplit("::").next().unwrap_or(name)
}

/// `torch.name(a, b, k=c)` for these parameters.
fn call(name: &str, params: &[&Param]) -> String {
    let args: Vec<String> =
        params.iter().map(|p| if p.kw_only { format!("{0}={0}", p.name) } else { python_name(&p.name).to_owned() }).collect();
    format!("torch.{}({})", plain(name), args.join(", "))
}

/// `f_(x, …)` from `f(x, …)`.
fn in_place(s: &Schema) -> Option<String> {
    let base = s.name.strip_suffix('_')?;
    let [ret] = &s.returns[..] else { return None };
    if s.written() != [0] || !ret.alias.is_written || ret.ty != Type::Tensor {
        return None;
    }
    let params: Vec<&Param> = s.params.iter().collect();
    let from = registry::operators(base)
        .iter()
        .find(|o| same(&o.schema.params.iter().collect::<Vec<_>>(), &params) && o.schema.returns.len() == 1 && executes(o))?;
    let this = &s.params[0].name;
    let body = format!("    result = {}\n", call(&from.schema.name, &params));
    Some(head(s) + &body + &format!("    return _store_in_place({this}, result)\n"))
}

/// `f.out(x, …, out)` from `f(x, …)`; several results have several outs.
fn out(s: &Schema) -> Option<String> {
    let written = s.written();
    let first = *written.first()?;
    if written.len() != s.returns.len()
        || s.params.len() != first + written.len()
        || s.returns.iter().any(|r| r.ty != Type::Tensor)
    {
        return None;
    }
    let params: Vec<&Param> = s.params[..first].iter().collect();
    let outs = &s.params[first..];
    let from = registry::operators(&s.name).iter().find(|o| {
        o.schema.returns.len() == outs.len()
            && !o.schema.is_mutating()
            && same(&without_options(&o.schema), &params)
            && executes(o)
    })?;
    let mut text = head(s);
    let mut call = call(&from.schema.name, &params);
    if let [out] = outs {
        if creates(&from.schema) {
            call = call.trim_end_matches(')').to_owned() + &format!(", dtype={}.dtype)", out.name);
        }
        return Some(text + &format!("    return _store_out({}, {call})\n", out.name));
    }
    let names: Vec<String> = outs.iter().map(|p| format!("new_{}", p.name)).collect();
    text += &format!("    {} = {call}\n", names.join(", "));
    let stored: Vec<String> = outs.iter().zip(&names).map(|(p, new)| format!("_store_out({}, {new})", p.name)).collect();
    Some(text + &format!("    return {}\n", stored.join(", ")))
}

/// The parameters of a functional form without those that only say what its result is made of (`out` says that itself).
fn without_options(s: &Schema) -> Vec<&Param> {
    let has_options = has_options(s);
    s.params.iter().filter(|p| !has_options || !OPTIONS.contains(&&*p.name)).collect()
}

const OPTIONS: [&str; 4] = ["dtype", "layout", "device", "pin_memory"];

fn has_options(s: &Schema) -> bool {
    OPTIONS.iter().all(|o| s.params.iter().any(|p| &*p.name == *o && p.kw_only))
}

/// Makes a tensor of a type that nothing but its options says: with `out`, its type.
fn creates(s: &Schema) -> bool {
    has_options(s) && s.params.iter().all(|p| p.ty != Type::Tensor)
}

/// `f_copy(x, …)` from the view `f(x, …)`.
fn copy(s: &Schema) -> Option<String> {
    let base = s.name.strip_suffix("_copy")?;
    let params: Vec<&Param> = s.params.iter().collect();
    let from = registry::operators(base).iter().find(|o| {
        let types = |s: &Schema| s.params.iter().map(|p| p.ty.clone()).collect::<Vec<_>>();
        types(&o.schema) == types(s) && !o.schema.viewed(0).is_empty() && executes(o)
    })?;
    let call = call(&from.schema.name, &params);
    let result = match s.returns.first()?.ty {
        Type::Tensor => format!("{call}.clone(memory_format=torch.contiguous_format)"),
        _ => format!("[x.clone(memory_format=torch.contiguous_format) for x in {call}]"),
    };
    Some(head(s) + &format!("    return {result}\n"))
}
