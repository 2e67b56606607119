//! Builtin functions.

use std::rc::Rc;

use num_traits::Signed;

use super::{objects::first, or_none};
use crate::{
    eval::{attr::own_dict, interp::Interp, iter::IterObj, number::Num, object::*, raise::R},
    syntax::{BinOp, CmpOp},
};

type Entry = (&'static str, fn(&Interp, Args) -> R<Obj>);

const TABLE: &[Entry] = &[
    ("abs", |i, a| abs(i, &first(i, &a)?)),
    ("all", |i, a| any_all(i, a, false)),
    ("any", |i, a| any_all(i, a, true)),
    ("ascii", |i, a| Ok(Obj::str(crate::eval::format::ascii(&i.repr(&first(i, &a)?)?)))),
    ("bin", |i, a| radix(i, &a, "#b")),
    ("callable", |i, a| callable(i, &first(i, &a)?).map(Obj::Bool)),
    ("chr", |i, a| match u32::try_from(i.as_index(&first(i, &a)?)?).ok().and_then(char::from_u32) {
        Some(c) => Ok(Obj::str(c.to_string())),
        None => i.value_error("chr() arg not in range(0x110000)"),
    }),
    ("delattr", |i, a| match a.pos.as_slice() {
        [o, Obj::Str(n)] => i.delattr(o, n).map(|_| Obj::None),
        _ => i.type_error("delattr expected 2 arguments"),
    }),
    ("dir", |i, a| dir(i, &first(i, &a)?)),
    ("divmod", |i, a| match a.pos.as_slice() {
        [x, y] => Ok(Obj::tuple(vec![i.binary(BinOp::FloorDiv, x, y)?, i.binary(BinOp::Mod, x, y)?])),
        _ => i.type_error("divmod expected 2 arguments"),
    }),
    ("enumerate", enumerate),
    ("filter", filter),
    ("format", |i, a| {
        let spec = match a.pos.get(1) {
            Some(Obj::Str(s)) => s.to_string(),
            _ => String::new(),
        };
        Ok(Obj::str(i.format(&first(i, &a)?, &spec)?))
    }),
    ("getattr", |i, a| match a.pos.as_slice() {
        [o, Obj::Str(n)] => i.getattr(o, n),
        [o, Obj::Str(n), default] => Ok(i.getattr_quiet(o, n)?.unwrap_or_else(|| default.clone())),
        _ => i.type_error("getattr(): attribute name must be string"),
    }),
    ("hasattr", |i, a| match a.pos.as_slice() {
        [o, Obj::Str(n)] => Ok(Obj::Bool(i.getattr_quiet(o, n)?.is_some())),
        _ => i.type_error("hasattr(): attribute name must be string"),
    }),
    ("hash", |i, a| Ok(Obj::Int(i.hash(&first(i, &a)?)? as i64))),
    ("hex", |i, a| radix(i, &a, "#x")),
    ("id", |i, a| {
        let o = first(i, &a)?;
        Ok(Obj::Int(o.address().map_or_else(|| i.hash(&o).unwrap_or(0) as i64 & 0xffff_ffff, |p| p as i64)))
    }),
    ("isinstance", |i, a| match a.pos.as_slice() {
        [o, c] => is_instance(i, o, c).map(Obj::Bool),
        _ => i.type_error("isinstance expected 2 arguments"),
    }),
    ("issubclass", |i, a| match a.pos.as_slice() {
        [Obj::Class(k), c] => is_subclass(i, k, c).map(Obj::Bool),
        _ => i.type_error("issubclass() arg 1 must be a class"),
    }),
    ("iter", |i, a| match a.pos.as_slice() {
        [o] => i.iter(o),
        [f, stop] => {
            let (f, stop) = (f.clone(), stop.clone());
            Ok(IterObj::make("callable_iterator", move |i| {
                let v = i.call_with(&f, vec![])?;
                Ok(if i.equal(&v, &stop)? { None } else { Some(v) })
            }))
        }
        _ => i.type_error("iter expected 1 or 2 arguments"),
    }),
    ("len", |i, a| Ok(Obj::Int(i.len(&first(i, &a)?)? as i64))),
    ("map", map),
    ("max", |i, a| extreme(i, a, CmpOp::Gt, "max")),
    ("min", |i, a| extreme(i, a, CmpOp::Lt, "min")),
    ("next", |i, a| {
        let it = first(i, &a)?;
        match (i.next(&it)?, a.pos.get(1)) {
            (Some(v), _) => Ok(v),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) => {
                let exc = i.make_exception("StopIteration", vec![]);
                Err(i.raise_obj(exc))
            }
        }
    }),
    ("oct", |i, a| radix(i, &a, "#o")),
    ("ord", |i, a| match first(i, &a)?.unwrapped() {
        Obj::Str(s) if s.chars().count() == 1 => Ok(Obj::Int(s.chars().next().map_or(0, |c| c as i64))),
        Obj::Bytes(b) if b.len() == 1 => Ok(Obj::Int(b[0] as i64)),
        _ => i.type_error("ord() expected a character"),
    }),
    ("pow", |i, a| match a.pos.as_slice() {
        [x, y] => i.binary(BinOp::Pow, x, y),
        [x, y, m] => {
            let big = |o: &Obj| match Num::of(o) {
                Some(Num::Int(v)) => Ok(num_bigint::BigInt::from(v)),
                Some(Num::Big(b)) => Ok(b),
                _ => i.type_error("pow() 3rd argument not allowed unless all arguments are integers"),
            };
            let (x, y, m) = (big(x)?, big(y)?, big(m)?);
            if m.bits() == 0 || y.is_negative() {
                return i.value_error("pow() needs a positive exponent and a modulus that is not 0");
            }
            Ok(Obj::int(x.modpow(&y, &m)))
        }
        _ => i.type_error("pow expected 2 or 3 arguments"),
    }),
    ("print", print),
    ("repr", |i, a| Ok(Obj::str(i.repr(&first(i, &a)?)?))),
    ("reversed", reversed),
    ("round", round),
    ("setattr", |i, a| match a.pos.as_slice() {
        [o, Obj::Str(n), v] => i.setattr(o, n, v.clone()).map(|_| Obj::None),
        _ => i.type_error("setattr(): attribute name must be string"),
    }),
    ("sorted", |i, mut a| {
        let key = a.take_kw("key").filter(|k| !k.is_none());
        let reverse = match a.take_kw("reverse") {
            Some(r) => i.truth(&r)?,
            None => false,
        };
        Ok(Obj::list(i.sort(i.collect(&first(i, &a)?)?, key.as_ref(), reverse)?))
    }),
    ("sum", |i, mut a| {
        let start = a.take_kw("start").or(a.pos.get(1).cloned()).unwrap_or(Obj::Int(0));
        sum(i, &first(i, &a)?, start)
    }),
    ("vars", |i, a| {
        let o = first(i, &a)?;
        match (&o, own_dict(&o)) {
            (Obj::Class(c), _) => Ok(Obj::Dict(c.dict.clone())),
            (_, Some(d)) => Ok(Obj::Dict(d)),
            _ => i.type_error("vars() argument must have __dict__ attribute"),
        }
    }),
    ("zip", zip),
    ("__import__", |i, a| match a.pos.first() {
        Some(Obj::Str(n)) => i.import(n),
        _ => i.type_error("__import__() takes a name"),
    }),
    ("input", |i, _| i.raise("EOFError", "there is no input at build time")),
    ("open", open),
    ("exec", |i, _| i.raise("NotImplementedError", "exec() is not available at build time")),
    ("eval", |i, _| i.raise("NotImplementedError", "eval() is not available at build time")),
    ("compile", |i, _| i.raise("NotImplementedError", "compile() is not available at build time")),
    ("exit", |i, a| {
        let exc = i.make_exception("SystemExit", a.pos);
        Err(i.raise_obj(exc))
    }),
    ("breakpoint", |_, _| Ok(Obj::None)),
];

pub fn install(interp: &Rc<Interp>) {
    for (name, f) in TABLE {
        interp.builtins.set_str(name, interp.builtin("builtins", name, f));
    }
}

fn radix(i: &Interp, a: &Args, spec: &str) -> R<Obj> {
    let o = first(i, a)?.unwrapped();
    let o = if matches!(o, Obj::Int(_) | Obj::Big(_) | Obj::Bool(_)) { o } else { Obj::Int(i.as_index(&o)?) };
    Ok(Obj::str(i.format(&o, spec)?))
}

pub fn abs(i: &Interp, o: &Obj) -> R<Obj> {
    match Num::of(&o.unwrapped()) {
        Some(Num::Int(v)) => Ok(Obj::int(num_bigint::BigInt::from(v).abs())),
        Some(Num::Big(b)) => Ok(Obj::int(b.abs())),
        Some(Num::Float(f)) => Ok(Obj::Float(f.abs())),
        Some(Num::Complex(c)) => Ok(Obj::Float(c.norm())),
        None => match i.special(o, "__abs__")? {
            Some(f) => i.call(&f, Args::default()),
            None if matches!(o, Obj::Tensor(_)) => i.torch_call("abs", Args::new(vec![o.clone()])),
            None => i.type_error(format!("bad operand type for abs(): '{}'", i.type_name(o))),
        },
    }
}

fn any_all(i: &Interp, a: Args, wanted: bool) -> R<Obj> {
    let mut found = false;
    i.for_each(&first(i, &a)?, |v| {
        found = i.truth(&v)? == wanted;
        Ok(!found)
    })?;
    Ok(Obj::Bool(found == wanted))
}

pub fn callable(i: &Interp, o: &Obj) -> R<bool> {
    Ok(match o {
        Obj::Function(_) | Obj::Builtin(_) | Obj::Bound(_) | Obj::Class(_) | Obj::Script(_) => true,
        Obj::Instance(_) => i.special(o, "__call__")?.is_some(),
        _ => false,
    })
}

pub fn dir(i: &Interp, o: &Obj) -> R<Obj> {
    if let Some(f) = i.user_special(o, "__dir__")? {
        let names = i.call(&f, Args::default())?;
        return Ok(Obj::list(i.sort(i.collect(&names)?, None, false)?));
    }
    let mut names: Vec<String> = Vec::new();
    if let Some(d) = own_dict(o) {
        names.extend(d.str_items().into_iter().map(|(k, _)| k.to_string()));
    }
    let class = match o {
        Obj::Class(c) => c.clone(),
        _ => i.type_of(o),
    };
    if !matches!(o, Obj::Module(_)) {
        for c in class.mro() {
            names.extend(c.dict.str_items().into_iter().map(|(k, _)| k.to_string()));
        }
    }
    names.sort();
    names.dedup();
    Ok(Obj::list(names.into_iter().map(Obj::str).collect()))
}

fn enumerate(i: &Interp, mut a: Args) -> R<Obj> {
    let start = a.take_kw("start").or(a.pos.get(1).cloned());
    let mut n = match start {
        Some(s) => i.as_index(&s)?,
        None => 0,
    };
    let it = i.iter(&a.take_kw("iterable").map_or_else(|| first(i, &a), Ok)?)?;
    Ok(IterObj::make("enumerate", move |i| {
        Ok(i.next(&it)?.map(|v| {
            n += 1;
            Obj::tuple(vec![Obj::Int(n - 1), v])
        }))
    }))
}

fn filter(i: &Interp, a: Args) -> R<Obj> {
    let [f, src] = i.take_args("filter", a, ["function", "iterable"], 2)?;
    let (f, it) = (or_none(f), i.iter(&or_none(src))?);
    Ok(IterObj::make("filter", move |i| {
        while let Some(v) = i.next(&it)? {
            let keep = if f.is_none() { v.clone() } else { i.call_with(&f, vec![v.clone()])? };
            if i.truth(&keep)? {
                return Ok(Some(v));
            }
        }
        Ok(None)
    }))
}

fn map(i: &Interp, a: Args) -> R<Obj> {
    let f = first(i, &a)?;
    let its: Vec<Obj> = a.pos[1..].iter().map(|s| i.iter(s)).collect::<R<_>>()?;
    if its.is_empty() {
        return i.type_error("map() must have at least two arguments.");
    }
    Ok(IterObj::make("map", move |i| {
        let mut args = Vec::with_capacity(its.len());
        for it in &its {
            match i.next(it)? {
                Some(v) => args.push(v),
                None => return Ok(None),
            }
        }
        i.call_with(&f, args).map(Some)
    }))
}

fn zip(i: &Interp, mut a: Args) -> R<Obj> {
    let strict = match a.take_kw("strict") {
        Some(s) => i.truth(&s)?,
        None => false,
    };
    let its: Vec<Obj> = a.pos.iter().map(|s| i.iter(s)).collect::<R<_>>()?;
    Ok(IterObj::make("zip", move |i| {
        if its.is_empty() {
            return Ok(None);
        }
        let mut items = Vec::with_capacity(its.len());
        for (n, it) in its.iter().enumerate() {
            match i.next(it)? {
                Some(v) => items.push(v),
                None if strict && n > 0 => {
                    return i.value_error(format!(
                        "zip() argument {} is shorter than argument{} {}",
                        n + 1,
                        if n > 1 { "s 1-" } else { "" },
                        n
                    ));
                }
                None => {
                    if strict {
                        for (m, other) in its.iter().enumerate().skip(1) {
                            if i.next(other)?.is_some() {
                                return i.value_error(format!("zip() argument {} is longer than argument {m}", m + 1));
                            }
                        }
                    }
                    return Ok(None);
                }
            }
        }
        Ok(Some(Obj::tuple(items)))
    }))
}

fn extreme(i: &Interp, mut a: Args, op: CmpOp, name: &str) -> R<Obj> {
    let key = a.take_kw("key").filter(|k| !k.is_none());
    let default = a.take_kw("default");
    let items = match a.pos.as_slice() {
        [one] => i.collect(one)?,
        [] => return i.type_error(format!("{name} expected at least 1 argument, got 0")),
        many => many.to_vec(),
    };
    let mut best: Option<(Obj, Obj)> = None;
    for v in items {
        let k = match &key {
            Some(f) => i.call_with(f, vec![v.clone()])?,
            None => v.clone(),
        };
        let better = match &best {
            None => true,
            Some((b, _)) => {
                let r = i.compare(op, &k, b)?;
                i.truth(&r)?
            }
        };
        if better {
            best = Some((k, v));
        }
    }
    match (best, default) {
        (Some((_, v)), _) => Ok(v),
        (None, Some(d)) => Ok(d),
        (None, None) => i.value_error(format!("{name}() arg is an empty sequence")),
    }
}

pub fn is_instance(i: &Interp, o: &Obj, c: &Obj) -> R<bool> {
    match c {
        Obj::Class(c) => {
            if let Some(meta) = &c.meta
                && let Some(f @ Obj::Function(_)) = meta.lookup("__instancecheck__")
            {
                let v = i.call_with(&f, vec![Obj::Class(c.clone()), o.clone()])?;
                return i.truth(&v);
            }
            if i.isinstance(o, c) {
                return Ok(true);
            }
            // A scripted module is a torch.nn.Module.
            if let Obj::Script(s) = o
                && s.kind == crate::eval::host::ScriptedKind::Module
            {
                return Ok(c.is_named("torch.nn.modules.module.Module") && c.qualified() == "torch.nn.modules.module.Module");
            }
            Ok(false)
        }
        Obj::Tuple(items) => {
            for c in items.iter() {
                if is_instance(i, o, c)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => {
            if let Some(f) = i.user_special(c, "__instancecheck__")? {
                let v = i.call_with(&f, vec![o.clone()])?;
                return i.truth(&v);
            }
            i.type_error("isinstance() arg 2 must be a type, a tuple of types, or a union")
        }
    }
}

fn is_subclass(i: &Interp, k: &Rc<Class>, c: &Obj) -> R<bool> {
    match c {
        Obj::Class(c) => Ok(k.is_subclass_of(c)),
        Obj::Tuple(items) => {
            for c in items.iter() {
                if is_subclass(i, k, c)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        _ => i.type_error("issubclass() arg 2 must be a class, a tuple of classes, or a union"),
    }
}

fn print(i: &Interp, mut a: Args) -> R<Obj> {
    let text = |i: &Interp, o: Option<Obj>, default: &str| match o {
        Some(Obj::Str(s)) => Ok(s.to_string()),
        None | Some(Obj::None) => Ok(default.to_string()),
        Some(o) => i.type_error(format!("sep must be None or a string, not {}", i.type_name(&o))),
    };
    let sep = text(i, a.take_kw("sep"), " ")?;
    let end = text(i, a.take_kw("end"), "\n")?;
    let file = a.take_kw("file");
    let parts: Vec<String> = a.pos.iter().map(|o| i.to_str(o)).collect::<R<_>>()?;
    let line = parts.join(&sep) + &end;
    match file {
        None | Some(Obj::None) => i.files.print(&line, false),
        Some(f) => {
            i.call_method(&f, "write", vec![Obj::str(line)])?;
        }
    }
    Ok(Obj::None)
}

fn reversed(i: &Interp, a: Args) -> R<Obj> {
    let o = first(i, &a)?;
    if let Some(f) = i.special(&o, "__reversed__")? {
        return i.call(&f, Args::default());
    }
    let mut items = match &o {
        Obj::Set(_) | Obj::Generator(_) | Obj::Iter(_) => {
            return i.type_error(format!("'{}' object is not reversible", i.type_name(&o)));
        }
        Obj::View(v) => v.items(),
        _ => i.collect(&o)?,
    };
    items.reverse();
    Ok(IterObj::of("list_reverseiterator", items))
}

fn round(i: &Interp, a: Args) -> R<Obj> {
    let [x, digits] = i.take_args("round", a, ["number", "ndigits"], 1)?;
    let x = or_none(x).unwrapped();
    let digits = digits.filter(|d| !d.is_none());
    match (&x, digits) {
        (Obj::Int(_) | Obj::Big(_) | Obj::Bool(_), None) => i.binary(BinOp::Add, &x, &Obj::Int(0)),
        (Obj::Int(_) | Obj::Big(_) | Obj::Bool(_), Some(d)) => {
            let d = i.as_index(&d)?;
            if d >= 0 {
                return Ok(x);
            }
            let unit = i.binary(BinOp::Pow, &Obj::Int(10), &Obj::Int(-d))?;
            let half = i.binary(BinOp::FloorDiv, &unit, &Obj::Int(2))?;
            let rem = i.binary(BinOp::Mod, &x, &unit)?;
            let down = i.binary(BinOp::Sub, &x, &rem)?;
            let q = i.binary(BinOp::FloorDiv, &down, &unit)?;
            let odd = i.truth(&i.binary(BinOp::Mod, &q, &Obj::Int(2))?)?;
            let above = i.truth(&i.compare(CmpOp::Gt, &rem, &half)?)? || (i.equal(&rem, &half)? && odd);
            if above { i.binary(BinOp::Add, &down, &unit) } else { Ok(down) }
        }
        (Obj::Float(f), None) => i.float_to_int(round_even(*f)),
        (Obj::Float(f), Some(d)) => {
            let d = i.as_index(&d)?;
            if !f.is_finite() || d > 300 {
                return Ok(x);
            }
            if d >= 0 {
                return Ok(Obj::Float(format!("{f:.*}", d as usize).parse().unwrap_or(*f)));
            }
            let unit = 10f64.powi((-d).min(400) as i32);
            Ok(Obj::Float(round_even(f / unit) * unit))
        }
        (_, d) => match i.special(&x, "__round__")? {
            Some(f) => i.call_with(&f, d.into_iter().collect()),
            None if matches!(x, Obj::Tensor(_)) => i.torch_call("round", Args::new(vec![x])),
            None => i.type_error(format!("type {} doesn't define __round__ method", i.type_name(&x))),
        },
    }
}

fn round_even(f: f64) -> f64 {
    f.round_ties_even()
}

pub fn sum(i: &Interp, src: &Obj, start: Obj) -> R<Obj> {
    let mut total = start;
    i.for_each(src, |v| {
        total = i.binary(BinOp::Add, &total, &v)?;
        Ok(true)
    })?;
    Ok(total)
}

fn open(i: &Interp, a: Args) -> R<Obj> {
    let io = i.import_path("_io")?;
    let f = i.getattr(&io, "open")?;
    i.call(&f, a)
}
