//! Truth, length and the arithmetic operators of live objects.

use std::rc::Rc;

use super::{interp::Interp, number::Num, object::*, raise::R};
use crate::syntax::{BinOp, UnaryOp};

impl Interp {
    pub fn truth(&self, obj: &Obj) -> R<bool> {
        Ok(match obj {
            Obj::None => false,
            Obj::Bool(b) => *b,
            Obj::Int(i) => *i != 0,
            Obj::Float(f) => *f != 0.0,
            Obj::Complex(c) => c.re != 0.0 || c.im != 0.0,
            Obj::Str(s) => !s.is_empty(),
            Obj::Bytes(b) => !b.is_empty(),
            Obj::List(l) => !l.items.borrow().is_empty(),
            Obj::Tuple(t) => !t.is_empty(),
            Obj::Dict(d) => !d.is_empty(),
            Obj::Set(s) => !s.is_empty(),
            Obj::View(v) => !v.dict.is_empty(),
            Obj::Range(r) => !r.is_empty(),
            Obj::Tensor(_) => return self.tensor_truth(obj),
            Obj::Instance(_) => {
                if let Some(f) = self.user_special(obj, "__bool__")? {
                    let v = self.call(&f, Args::default())?;
                    return match v {
                        Obj::Bool(b) => Ok(b),
                        _ => self.type_error(format!("__bool__ should return bool, returned {}", self.type_name(&v))),
                    };
                }
                if let Some(f) = self.user_special(obj, "__len__")? {
                    let v = self.call(&f, Args::default())?;
                    return self.truth(&v);
                }
                match obj.unwrapped() {
                    Obj::Instance(_) => true,
                    inner => return self.truth(&inner),
                }
            }
            Obj::Script(s) if matches!(s.kind, super::host::ScriptedKind::List | super::host::ScriptedKind::Dict) => {
                return self.truth(&s.target);
            }
            _ => true,
        })
    }

    pub fn len(&self, obj: &Obj) -> R<usize> {
        Ok(match obj {
            Obj::Str(s) => s.chars().count(),
            Obj::Bytes(b) => b.len(),
            Obj::List(l) => l.items.borrow().len(),
            Obj::Tuple(t) => t.len(),
            Obj::Dict(d) => d.len(),
            Obj::Set(s) => s.len(),
            Obj::View(v) => v.dict.len(),
            Obj::Range(r) => r.len(),
            Obj::Tensor(t) => return self.tensor_len(t),
            Obj::Script(s) => return self.len(&s.target),
            _ => {
                if let Some(f) = self.user_special(obj, "__len__")? {
                    let v = self.call(&f, Args::default())?;
                    return match self.as_index(&v)? {
                        n if n < 0 => self.value_error("__len__() should return >= 0"),
                        n => Ok(n as usize),
                    };
                }
                match obj.unwrapped() {
                    Obj::Instance(_) => return self.no_len(obj),
                    inner if matches!(obj, Obj::Instance(_)) => return self.len(&inner),
                    _ => return self.no_len(obj),
                }
            }
        })
    }

    fn no_len(&self, obj: &Obj) -> R<usize> {
        self.type_error(format!("object of type '{}' has no len()", self.type_name(obj)))
    }

    pub fn unary(&self, op: UnaryOp, v: &Obj) -> R<Obj> {
        if op == UnaryOp::Not {
            return Ok(Obj::Bool(!self.truth(v)?));
        }
        if let Obj::Tensor(_) = v {
            let name = match op {
                UnaryOp::Neg => "neg",
                UnaryOp::Invert => "bitwise_not",
                _ => "positive",
            };
            return self.torch_call(name, Args::new(vec![v.clone()]));
        }
        let method = match op {
            UnaryOp::Neg => "__neg__",
            UnaryOp::Pos => "__pos__",
            _ => "__invert__",
        };
        if let Some(f) = self.user_special(v, method)? {
            return self.call(&f, Args::default());
        }
        match (op, Num::of(&v.unwrapped())) {
            (UnaryOp::Neg, Some(Num::Int(i))) => {
                return Ok(i.checked_neg().map_or_else(|| Obj::int(-num_bigint::BigInt::from(i)), Obj::Int));
            }
            (UnaryOp::Neg, Some(Num::Big(b))) => return Ok(Obj::int(-b)),
            (UnaryOp::Neg, Some(Num::Float(f))) => return Ok(Obj::Float(-f)),
            (UnaryOp::Neg, Some(Num::Complex(c))) => return Ok(Obj::Complex(-c)),
            (UnaryOp::Pos, Some(Num::Int(i))) => return Ok(Obj::Int(i)),
            (UnaryOp::Pos, Some(_)) => return Ok(v.unwrapped()),
            (UnaryOp::Invert, Some(Num::Int(i))) => return Ok(Obj::Int(!i)),
            (UnaryOp::Invert, Some(Num::Big(b))) => return Ok(Obj::int(-b - 1)),
            _ => {}
        }
        self.type_error(format!("bad operand type for unary {}: '{}'", op.symbol().trim(), self.type_name(v)))
    }

    pub fn binary(&self, op: BinOp, a: &Obj, b: &Obj) -> R<Obj> {
        if let Some(v) = self.number_op(op, a, b)? {
            return Ok(v);
        }
        match self.binary_opt(op, a, b)? {
            Some(v) => Ok(v),
            None if op == BinOp::Mul && is_sequence(a) => {
                self.type_error(format!("can't multiply sequence by non-int of type '{}'", self.type_name(b)))
            }
            None if op == BinOp::Mul && is_sequence(b) => {
                self.type_error(format!("can't multiply sequence by non-int of type '{}'", self.type_name(a)))
            }
            None => self.type_error(format!(
                "unsupported operand type(s) for {}: '{}' and '{}'",
                if op == BinOp::Pow { "** or pow()" } else { op.symbol() },
                self.type_name(a),
                self.type_name(b)
            )),
        }
    }

    fn binary_opt(&self, op: BinOp, a: &Obj, b: &Obj) -> R<Option<Obj>> {
        let stem = op.method();
        // A subclass's reflected method goes first.
        let reflected_first = match (a, b) {
            (Obj::Instance(_), Obj::Instance(_)) => {
                let (ca, cb) = (self.type_of(a), self.type_of(b));
                !Rc::ptr_eq(&ca, &cb) && cb.is_subclass_of(&ca)
            }
            _ => false,
        };
        let tries = if reflected_first { [(b, a, true), (a, b, false)] } else { [(a, b, false), (b, a, true)] };
        for (recv, other, reflected) in tries {
            if !matches!(recv, Obj::Instance(_) | Obj::Class(_)) {
                continue;
            }
            let name = if reflected { format!("__r{stem}__") } else { format!("__{stem}__") };
            if let Some(f) = self.user_special(recv, &name)? {
                let v = self.call(&f, Args::new(vec![other.clone()]))?;
                if !matches!(v, Obj::NotImplemented) {
                    return Ok(Some(v));
                }
            }
        }
        if matches!(a, Obj::Tensor(_)) || matches!(b, Obj::Tensor(_)) {
            return self.tensor_binary(op, a, b).map(Some);
        }
        if op == BinOp::BitOr && self.is_annotation(a) && self.is_annotation(b) {
            return self.union_type(a, b).map(Some);
        }
        if matches!(a, Obj::View(_)) || matches!(b, Obj::View(_)) {
            let set = |o: &Obj| self.make_set(self.collect(o)?, false);
            return self.container_op(op, &set(a)?, &set(b)?);
        }
        let (x, y) = (a.unwrapped(), b.unwrapped());
        if matches!(a, Obj::Instance(_)) || matches!(b, Obj::Instance(_)) {
            if matches!(x, Obj::Instance(_)) || matches!(y, Obj::Instance(_)) {
                return Ok(None);
            }
            if let Some(v) = self.number_op(op, &x, &y)? {
                return Ok(Some(v));
            }
        }
        self.container_op(op, &x, &y)
    }

    fn container_op(&self, op: BinOp, a: &Obj, b: &Obj) -> R<Option<Obj>> {
        Ok(Some(match (op, a, b) {
            (BinOp::Add, Obj::Str(x), Obj::Str(y)) => Obj::str(format!("{x}{y}")),
            (BinOp::Add, Obj::Str(_), _) => {
                return self.type_error(format!("can only concatenate str (not \"{}\") to str", self.type_name(b)));
            }
            (BinOp::Add, Obj::List(x), Obj::List(y)) => {
                let mut items = x.items.borrow().clone();
                items.extend(y.items.borrow().iter().cloned());
                Obj::list(items)
            }
            (BinOp::Add, Obj::List(_), _) => {
                return self.type_error(format!("can only concatenate list (not \"{}\") to list", self.type_name(b)));
            }
            (BinOp::Add, Obj::Tuple(x), Obj::Tuple(y)) => Obj::tuple(x.iter().chain(y.iter()).cloned().collect()),
            (BinOp::Add, Obj::Tuple(_), _) => {
                return self.type_error(format!("can only concatenate tuple (not \"{}\") to tuple", self.type_name(b)));
            }
            (BinOp::Add, Obj::Bytes(x), Obj::Bytes(y)) => Obj::Bytes(x.iter().chain(y.iter()).copied().collect()),
            (BinOp::Mul, Obj::Str(_) | Obj::List(_) | Obj::Tuple(_) | Obj::Bytes(_), n) => return self.repeat(a, n),
            (BinOp::Mul, n, Obj::Str(_) | Obj::List(_) | Obj::Tuple(_) | Obj::Bytes(_)) => return self.repeat(b, n),
            (BinOp::Mod, Obj::Str(s), _) => Obj::str(self.percent_format(s, b)?),
            (BinOp::BitOr, Obj::Dict(x), Obj::Dict(y)) => {
                let d = x.copy();
                for (k, v) in y.map.borrow().iter() {
                    d.set(k.clone(), v.clone());
                }
                Obj::Dict(d)
            }
            (BinOp::BitOr | BinOp::BitAnd | BinOp::Sub | BinOp::BitXor, Obj::Set(x), Obj::Set(y)) => {
                let (p, q) = (x.items.borrow(), y.items.borrow());
                let mut out = super::dict::SetObj::new(x.frozen);
                let items = out.items.get_mut();
                match op {
                    BinOp::BitOr => items.extend(p.iter().chain(q.iter()).cloned()),
                    BinOp::BitAnd => items.extend(p.iter().filter(|k| q.contains(*k)).cloned()),
                    BinOp::Sub => items.extend(p.iter().filter(|k| !q.contains(*k)).cloned()),
                    _ => {
                        items.extend(p.iter().filter(|k| !q.contains(*k)).cloned());
                        items.extend(q.iter().filter(|k| !p.contains(*k)).cloned());
                    }
                }
                Obj::Set(Rc::new(out))
            }
            _ => return Ok(None),
        }))
    }

    fn repeat(&self, seq: &Obj, n: &Obj) -> R<Option<Obj>> {
        let n = match n {
            Obj::Int(n) => (*n).max(0) as usize,
            Obj::Bool(b) => *b as usize,
            Obj::Big(_) => return self.raise("OverflowError", "cannot fit 'int' into an index-sized integer"),
            Obj::Tensor(_) | Obj::Instance(_) => self.as_index(n)?.max(0) as usize,
            _ => return Ok(None),
        };
        let total = self.len(seq)?.saturating_mul(n);
        if total > 1 << 28 {
            return self.raise("MemoryError", "the sequence is too long");
        }
        Ok(Some(match seq {
            Obj::Str(s) => Obj::str(s.repeat(n)),
            Obj::List(l) => {
                let items = l.items.borrow();
                Obj::list((0..n).flat_map(|_| items.iter().cloned()).collect())
            }
            Obj::Tuple(t) => Obj::tuple((0..n).flat_map(|_| t.iter().cloned()).collect()),
            Obj::Bytes(b) => Obj::Bytes(b.repeat(n).into()),
            _ => return Ok(None),
        }))
    }

    /// `a op= b`.
    pub fn inplace(&self, op: BinOp, a: &Obj, b: &Obj) -> R<Obj> {
        if let Some(f) = self.user_special(a, &format!("__i{}__", op.method()))? {
            let v = self.call(&f, Args::new(vec![b.clone()]))?;
            if !matches!(v, Obj::NotImplemented) {
                return Ok(v);
            }
        }
        match (op, a, b) {
            (BinOp::Add, Obj::List(l), _) => {
                let more = self.collect(b)?;
                l.items.borrow_mut().extend(more);
                return Ok(a.clone());
            }
            (BinOp::Mul, Obj::List(l), Obj::Int(_)) => {
                if let Some(Obj::List(r)) = self.repeat(a, b)? {
                    let items = r.items.borrow().clone();
                    *l.items.borrow_mut() = items;
                }
                return Ok(a.clone());
            }
            (BinOp::BitOr, Obj::Dict(d), _) => {
                self.dict_update(d, b)?;
                return Ok(a.clone());
            }
            (BinOp::BitOr | BinOp::BitAnd | BinOp::Sub | BinOp::BitXor, Obj::Set(s), Obj::Set(_)) if !s.frozen => {
                if let Some(Obj::Set(r)) = self.container_op(op, a, b)? {
                    let items = r.items.borrow().clone();
                    *s.items.borrow_mut() = items;
                }
                return Ok(a.clone());
            }
            (_, Obj::Tensor(_), _) => return self.tensor_inplace(op, a, b),
            _ => {}
        }
        self.binary(op, a, b)
    }
}

/// Sequences that `*` repeats.
fn is_sequence(o: &Obj) -> bool {
    matches!(o.unwrapped(), Obj::Str(_) | Obj::List(_) | Obj::Tuple(_) | Obj::Bytes(_))
}
