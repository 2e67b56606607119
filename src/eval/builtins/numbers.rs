//! `int`, `bool`, `float`, `complex`.

use std::rc::Rc;

use num_bigint::BigInt;
use num_complex::Complex64;
use num_traits::Num as _;

use super::{method, objects::first, or_none};
use crate::{
    eval::{interp::Interp, number::Num, object::*, raise::R},
    syntax::{BinOp, CmpOp, UnaryOp},
};

fn wrap(i: &Interp, class: &Obj, own: &Rc<Class>, value: Obj) -> R<Obj> {
    match class {
        Obj::Class(c) if Rc::ptr_eq(c, own) => Ok(value),
        Obj::Class(c) => Ok(i.new_instance(c, value)),
        _ => i.type_error("__new__() needs a class"),
    }
}

pub fn install(interp: &Rc<Interp>) {
    let t = &interp.types;
    method(&t.int, "__new__", |i, mut args| {
        let class = args.pos.remove(0);
        let [x, base] = i.take_args("int", args, ["x", "base"], 0)?;
        wrap(i, &class, &i.types.int.clone(), to_int(i, x, base)?)
    });
    method(&t.bool, "__new__", |i, args| match args.pos.get(1) {
        Some(v) => i.truth(v).map(Obj::Bool),
        None => Ok(Obj::Bool(false)),
    });
    method(&t.float, "__new__", |i, args| {
        let v = match args.pos.get(1).map(Obj::unwrapped) {
            None => 0.0,
            Some(Obj::Str(s)) => match parse_float(&s) {
                Some(f) => f,
                None => return i.value_error(format!("could not convert string to float: {}", i.repr(&Obj::Str(s))?)),
            },
            Some(v) => match i.as_float(&v) {
                Ok(f) => f,
                Err(e) if i.is_exception(&e, "TypeError") && !matches!(v, Obj::Tensor(_)) => {
                    return i
                        .type_error(format!("float() argument must be a string or a real number, not '{}'", i.type_name(&v)));
                }
                Err(e) => return Err(e),
            },
        };
        wrap(i, &first(i, &args)?, &i.types.float.clone(), Obj::Float(v))
    });
    method(&t.complex, "__new__", |i, mut args| {
        let class = args.pos.remove(0);
        let [re, im] = i.take_args("complex", args, ["real", "imag"], 0)?;
        let part = |v: Option<Obj>| -> R<Complex64> {
            Ok(match v {
                None => Complex64::new(0.0, 0.0),
                Some(Obj::Complex(c)) => c,
                Some(t @ Obj::Tensor(_)) => match i.call_method(&t, "item", vec![])? {
                    Obj::Complex(c) => c,
                    v => Complex64::new(i.as_float(&v)?, 0.0),
                },
                Some(Obj::Str(s)) => match s.trim().trim_matches(['(', ')']).parse::<Complex64>() {
                    Ok(c) => c,
                    Err(_) => return i.value_error("complex() arg is a malformed string"),
                },
                Some(v) => Complex64::new(i.as_float(&v)?, 0.0),
            })
        };
        let real = |v: &Option<Obj>| !matches!(v, Some(Obj::Complex(_) | Obj::Str(_) | Obj::Tensor(_)));
        let plain = real(&re) && real(&im);
        let (a, b) = (part(re)?, part(im)?);
        wrap(
            i,
            &class,
            &i.types.complex.clone(),
            Obj::Complex(if plain { Complex64::new(a.re, b.re) } else { Complex64::new(a.re - b.im, a.im + b.re) }),
        )
    });
    method(&t.int, "bit_length", |i, args| {
        Ok(match Num::of(&first(i, &args)?.unwrapped()) {
            Some(Num::Int(v)) => Obj::Int(64 - v.unsigned_abs().leading_zeros() as i64),
            Some(Num::Big(b)) => Obj::Int(b.bits() as i64),
            _ => return i.type_error("an int was expected"),
        })
    });
    method(&t.int, "bit_count", |i, args| Ok(Obj::Int(i.as_index(&first(i, &args)?)?.unsigned_abs().count_ones() as i64)));
    method(&t.int, "to_bytes", |i, mut args| {
        let n = i.as_index(&first(i, &args)?)?;
        args.pos.remove(0);
        let [length, order] = i.take_args("to_bytes", args, ["length", "byteorder"], 0)?;
        let length = length.map_or(Ok(1), |l| i.as_index(&l))?.clamp(0, 1 << 20) as usize;
        let mut bytes: Vec<u8> =
            n.to_le_bytes().into_iter().chain(std::iter::repeat(if n < 0 { 255 } else { 0 })).take(length).collect();
        if order.is_none_or(|o| o.as_str() == Some("big")) {
            bytes.reverse();
        }
        Ok(Obj::Bytes(bytes.into()))
    });
    method(&t.float, "is_integer", |i, args| Ok(Obj::Bool(i.as_float(&first(i, &args)?)?.fract() == 0.0)));
    method(&t.int, "is_integer", |_, _| Ok(Obj::Bool(true)));
    method(&t.float, "hex", |i, args| Ok(Obj::str(format!("{:e}", i.as_float(&first(i, &args)?)?))));
    for c in [&t.int, &t.float] {
        method(c, "conjugate", |i, args| Ok(first(i, &args)?.unwrapped()));
    }
    method(&t.complex, "conjugate", |i, args| match first(i, &args)?.unwrapped() {
        Obj::Complex(c) => Ok(Obj::Complex(c.conj())),
        _ => i.type_error("a complex was expected"),
    });
    for c in [&t.int, &t.float, &t.complex] {
        arithmetic(c);
    }
}

/// The operator methods, for `super().__add__` and explicit calls.
fn arithmetic(c: &Rc<Class>) {
    use BinOp::*;
    for op in [Add, Sub, Mul, Div, FloorDiv, Mod, Pow, LShift, RShift, BitOr, BitXor, BitAnd] {
        let stem = op.method();
        method(c, &format!("__{stem}__"), move |i, args| match args.pos.as_slice() {
            [a, b] => Ok(i.number_op(op, &a.unwrapped(), &b.unwrapped())?.unwrap_or(Obj::NotImplemented)),
            _ => i.type_error("expected 1 argument"),
        });
        method(c, &format!("__r{stem}__"), move |i, args| match args.pos.as_slice() {
            [a, b] => Ok(i.number_op(op, &b.unwrapped(), &a.unwrapped())?.unwrap_or(Obj::NotImplemented)),
            _ => i.type_error("expected 1 argument"),
        });
    }
    for (name, op) in
        [("__lt__", CmpOp::Lt), ("__le__", CmpOp::LtE), ("__gt__", CmpOp::Gt), ("__ge__", CmpOp::GtE), ("__eq__", CmpOp::Eq)]
    {
        method(c, name, move |i, args| match args.pos.as_slice() {
            [a, b] => i.compare(op, &a.unwrapped(), &b.unwrapped()),
            _ => i.type_error("expected 1 argument"),
        });
    }
    for (name, op) in [("__neg__", UnaryOp::Neg), ("__pos__", UnaryOp::Pos), ("__invert__", UnaryOp::Invert)] {
        method(c, name, move |i, args| i.unary(op, &first(i, &args)?.unwrapped()));
    }
    method(c, "__bool__", |i, args| Ok(Obj::Bool(i.truth(&first(i, &args)?.unwrapped())?)));
    method(c, "__hash__", |i, args| Ok(Obj::Int(i.hash(&first(i, &args)?.unwrapped())? as i64)));
    method(c, "__abs__", |i, args| super::functions::abs(i, &first(i, &args)?.unwrapped()));
    method(c, "__repr__", |i, args| Ok(Obj::str(i.repr(&first(i, &args)?.unwrapped())?)));
    method(c, "__index__", |i, args| Ok(Obj::Int(i.as_index(&first(i, &args)?.unwrapped())?)));
    method(c, "__int__", |i, args| to_int(i, Some(first(i, &args)?.unwrapped()), None));
    method(c, "__float__", |i, args| Ok(Obj::Float(i.as_float(&first(i, &args)?.unwrapped())?)));
}

pub fn parse_float(s: &str) -> Option<f64> {
    let t = s.trim();
    let plain = t.trim_start_matches(['+', '-']).to_ascii_lowercase();
    match plain.as_str() {
        "inf" | "infinity" => return Some(if t.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY }),
        "nan" => return Some(f64::NAN),
        _ => {}
    }
    if !plain.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    t.replace('_', "").parse().ok()
}

fn to_int(i: &Interp, x: Option<Obj>, base: Option<Obj>) -> R<Obj> {
    let Some(x) = x else { return Ok(Obj::Int(0)) };
    let x = match &x {
        Obj::Instance(_) => {
            if let Some(f) = i.user_special(&x, "__int__")? {
                return i.call(&f, Args::default());
            }
            x.unwrapped()
        }
        _ => x,
    };
    match &x {
        Obj::Str(s) => {
            let radix = match base {
                Some(b) => i.as_index(&b)?,
                None => 10,
            };
            let text = s.trim().replace('_', "");
            let (sign, digits) = match text.strip_prefix('-') {
                Some(d) => ("-", d.to_string()),
                None => ("", text.strip_prefix('+').unwrap_or(&text).to_string()),
            };
            let lower = digits.to_ascii_lowercase();
            let (radix, digits) = match (radix, lower.get(..2)) {
                (0 | 16, Some("0x")) => (16, &lower[2..]),
                (0 | 8, Some("0o")) => (8, &lower[2..]),
                (0 | 2, Some("0b")) => (2, &lower[2..]),
                (0, _) => (10, lower.as_str()),
                (r, _) => (r, lower.as_str()),
            };
            let parsed = (2..=36)
                .contains(&radix)
                .then(|| BigInt::from_str_radix(&format!("{sign}{digits}"), radix as u32).ok())
                .flatten();
            match parsed.filter(|_| digits.len() < 5000 && digits.starts_with(|c: char| c.is_ascii_alphanumeric())) {
                Some(b) => Ok(Obj::int(b)),
                None => i.value_error(format!("invalid literal for int() with base {radix}: {}", i.repr(&x)?)),
            }
        }
        Obj::Bool(b) => Ok(Obj::Int(*b as i64)),
        Obj::Int(_) | Obj::Big(_) => Ok(x),
        Obj::Float(f) => i.float_to_int(*f),
        Obj::Tensor(_) => {
            let v = i.call_method(&x, "item", vec![])?;
            to_int(i, Some(v), None)
        }
        _ => {
            for name in ["__int__", "__index__", "__trunc__"] {
                if let Some(f) = i.special(&x, name)? {
                    return i.call(&f, Args::default());
                }
            }
            let _ = or_none(base);
            i.type_error(format!(
                "int() argument must be a string, a bytes-like object or a real number, not '{}'",
                i.type_name(&x)
            ))
        }
    }
}
