//! Operators, comparisons, truth, length, indexing.

use std::{cmp::Ordering, rc::Rc};

use super::{dict::DictObj, interp::Interp, number::Num, object::*, raise::R};
use crate::syntax::{BinOp, CmpOp, UnaryOp};

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

    pub fn compare(&self, op: CmpOp, a: &Obj, b: &Obj) -> R<Obj> {
        Ok(match op {
            CmpOp::Is => Obj::Bool(a.is(b)),
            CmpOp::IsNot => Obj::Bool(!a.is(b)),
            CmpOp::In => Obj::Bool(self.contains(b, a)?),
            CmpOp::NotIn => Obj::Bool(!self.contains(b, a)?),
            _ => return self.rich_compare(op, a, b),
        })
    }

    fn rich_compare(&self, op: CmpOp, a: &Obj, b: &Obj) -> R<Obj> {
        if matches!(a, Obj::Tensor(_)) || matches!(b, Obj::Tensor(_)) {
            let tensorish = |o: &Obj| {
                matches!(o, Obj::Tensor(_) | Obj::Int(_) | Obj::Float(_) | Obj::Bool(_) | Obj::Complex(_) | Obj::Big(_))
            };
            if tensorish(a) && tensorish(b) {
                return self.tensor_compare(op, a, b);
            }
        }
        let (name, swapped) = match op {
            CmpOp::Eq => ("__eq__", "__eq__"),
            CmpOp::NotEq => ("__ne__", "__ne__"),
            CmpOp::Lt => ("__lt__", "__gt__"),
            CmpOp::LtE => ("__le__", "__ge__"),
            CmpOp::Gt => ("__gt__", "__lt__"),
            _ => ("__ge__", "__le__"),
        };
        if matches!(a, Obj::Instance(_) | Obj::Class(_)) || matches!(b, Obj::Instance(_) | Obj::Class(_)) {
            for (recv, other, name) in [(a, b, name), (b, a, swapped)] {
                if let Some(f) = self.user_special(recv, name)? {
                    let v = self.call(&f, Args::new(vec![other.clone()]))?;
                    if !matches!(v, Obj::NotImplemented) {
                        return Ok(v);
                    }
                }
                if op == CmpOp::NotEq
                    && let Some(f) = self.user_special(recv, "__eq__")?
                {
                    let v = self.call(&f, Args::new(vec![other.clone()]))?;
                    if !matches!(v, Obj::NotImplemented) {
                        return Ok(Obj::Bool(!self.truth(&v)?));
                    }
                }
            }
        }
        match op {
            CmpOp::Eq => return Ok(Obj::Bool(self.builtin_equal(a, b)?)),
            CmpOp::NotEq => return Ok(Obj::Bool(!self.builtin_equal(a, b)?)),
            _ => {}
        }
        if let (Obj::Set(x), Obj::Set(y)) = (a, b) {
            let (p, q) = (x.items.borrow(), y.items.borrow());
            return Ok(Obj::Bool(match op {
                CmpOp::Lt => p.len() < q.len() && p.iter().all(|k| q.contains(k)),
                CmpOp::LtE => p.iter().all(|k| q.contains(k)),
                CmpOp::Gt => p.len() > q.len() && q.iter().all(|k| p.contains(k)),
                _ => q.iter().all(|k| p.contains(k)),
            }));
        }
        match self.order(&a.unwrapped(), &b.unwrapped())? {
            Some(Ok(o)) => Ok(Obj::Bool(match op {
                CmpOp::Lt => o == Ordering::Less,
                CmpOp::LtE => o != Ordering::Greater,
                CmpOp::Gt => o == Ordering::Greater,
                _ => o != Ordering::Less,
            })),
            Some(Err(())) => Ok(Obj::Bool(false)),
            None => self.type_error(format!(
                "'{}' not supported between instances of '{}' and '{}'",
                op.symbol(),
                self.type_name(a),
                self.type_name(b)
            )),
        }
    }

    /// Order of builtin values: `None` when they have none, `Some(Err)` for NaN.
    fn order(&self, a: &Obj, b: &Obj) -> R<Option<Result<Ordering, ()>>> {
        Ok(Some(match (a, b) {
            (Obj::Str(x), Obj::Str(y)) => Ok(x.cmp(y)),
            (Obj::Bytes(x), Obj::Bytes(y)) => Ok(x.cmp(y)),
            (Obj::List(x), Obj::List(y)) => {
                let (x, y) = (x.items.borrow().clone(), y.items.borrow().clone());
                return self.order_items(&x, &y);
            }
            (Obj::Tuple(x), Obj::Tuple(y)) => return self.order_items(x, y),
            _ => match (Num::of(a), Num::of(b)) {
                (Some(Num::Complex(_)), _) | (_, Some(Num::Complex(_))) => return Ok(None),
                (Some(x), Some(y)) => compare_numbers(&x, &y).ok_or(()),
                _ => return Ok(None),
            },
        }))
    }

    fn order_items(&self, x: &[Obj], y: &[Obj]) -> R<Option<Result<Ordering, ()>>> {
        for (p, q) in x.iter().zip(y) {
            if !self.equal(p, q)? {
                let less = self.rich_compare(CmpOp::Lt, p, q)?;
                return Ok(Some(Ok(if self.truth(&less)? { Ordering::Less } else { Ordering::Greater })));
            }
        }
        Ok(Some(Ok(x.len().cmp(&y.len()))))
    }

    /// Python's `==` as a bool; tensors compare by identity here.
    pub fn equal(&self, a: &Obj, b: &Obj) -> R<bool> {
        if a.is(b) && !matches!(a, Obj::Float(_)) {
            return Ok(true);
        }
        let v = self.rich_compare(CmpOp::Eq, a, b)?;
        self.truth(&v)
    }

    fn builtin_equal(&self, a: &Obj, b: &Obj) -> R<bool> {
        let (x, y) = (a.unwrapped(), b.unwrapped());
        if let (Some(p), Some(q)) = (Num::of(&x), Num::of(&y)) {
            return Ok(match (&p, &q) {
                (Num::Complex(c), Num::Complex(d)) => c == d,
                (Num::Complex(c), o) | (o, Num::Complex(c)) => c.im == 0.0 && o.float() == Some(c.re),
                _ => compare_numbers(&p, &q) == Some(Ordering::Equal),
            });
        }
        let all = |p: &[Obj], q: &[Obj]| -> R<bool> {
            if p.len() != q.len() {
                return Ok(false);
            }
            for (i, j) in p.iter().zip(q) {
                if !self.equal(i, j)? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        Ok(match (&x, &y) {
            (Obj::Str(p), Obj::Str(q)) => p == q,
            (Obj::Bytes(p), Obj::Bytes(q)) => p == q,
            (Obj::List(p), Obj::List(q)) => {
                let (p, q) = (p.items.borrow().clone(), q.items.borrow().clone());
                all(&p, &q)?
            }
            (Obj::Tuple(p), Obj::Tuple(q)) => all(p, q)?,
            (Obj::Dict(p), Obj::Dict(q)) => {
                if p.len() != q.len() {
                    return Ok(false);
                }
                let items: Vec<_> = p.map.borrow().iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                for (k, v) in items {
                    match q.get(&k) {
                        Some(w) if self.equal(&v, &w)? => {}
                        _ => return Ok(false),
                    }
                }
                true
            }
            (Obj::View(p), _) if p.kind != ViewKind::Values && matches!(y, Obj::View(_) | Obj::Set(_)) => {
                let (p, q) = (self.make_set(p.items(), false)?, self.make_set(self.collect(&y)?, false)?);
                return self.builtin_equal(&p, &q);
            }
            (Obj::Set(p), Obj::Set(q)) => p.len() == q.len() && p.items.borrow().iter().all(|k| q.has(k)),
            (Obj::Range(p), Obj::Range(q)) => {
                p.len() == q.len() && (p.is_empty() || (p.start == q.start && (p.len() == 1 || p.step == q.step)))
            }
            (Obj::Slice(p), Obj::Slice(q)) => {
                self.equal(&p.start, &q.start)? && self.equal(&p.stop, &q.stop)? && self.equal(&p.step, &q.step)?
            }
            (Obj::Bound(p), Obj::Bound(q)) => p.recv.is(&q.recv) && p.func.is(&q.func),
            (Obj::Script(p), q) if matches!(p.kind, super::host::ScriptedKind::List | super::host::ScriptedKind::Dict) => {
                return self.equal(&p.target, q);
            }
            _ => x.is(&y),
        })
    }

    pub fn contains(&self, container: &Obj, item: &Obj) -> R<bool> {
        match container {
            Obj::Dict(d) => Ok(d.get(&self.key(item)?).is_some()),
            Obj::Set(s) => Ok(s.has(&self.key(item)?)),
            Obj::View(v) if v.kind == ViewKind::Keys => Ok(v.dict.get(&self.key(item)?).is_some()),
            Obj::Str(s) => match item.unwrapped() {
                Obj::Str(i) => Ok(s.contains(&*i)),
                _ => self.type_error(format!("'in <string>' requires string as left operand, not {}", self.type_name(item))),
            },
            Obj::Range(r) => match item {
                Obj::Int(i) => {
                    let inside = if r.step > 0 { *i >= r.start && *i < r.stop } else { *i <= r.start && *i > r.stop };
                    Ok(inside && (*i - r.start) % r.step == 0)
                }
                _ => Ok(false),
            },
            Obj::Tensor(_) => {
                let eq = self.tensor_compare(CmpOp::Eq, container, item)?;
                let any = self.call_method(&eq, "any", vec![])?;
                self.truth(&any)
            }
            Obj::Script(s) => self.contains(&s.target, item),
            _ => {
                if let Some(f) = self.user_special(container, "__contains__")? {
                    let v = self.call(&f, Args::new(vec![item.clone()]))?;
                    return self.truth(&v);
                }
                if self.user_special(container, "__iter__")?.is_none() {
                    match container.unwrapped() {
                        Obj::Instance(_) => {}
                        inner if matches!(container, Obj::Instance(_)) => return self.contains(&inner, item),
                        _ => {}
                    }
                }
                let mut found = false;
                if self.special(container, "__iter__")?.is_none()
                    && self.special(container, "__getitem__")?.is_none()
                    && matches!(container, Obj::Instance(_) | Obj::Int(_) | Obj::Float(_) | Obj::None | Obj::Function(_))
                {
                    return self.type_error(format!("argument of type '{}' is not iterable", self.type_name(container)));
                }
                self.for_each(container, |v| {
                    found = v.is(item) || self.equal(&v, item)?;
                    Ok(!found)
                })?;
                Ok(found)
            }
        }
    }

    /// Start, step and count of a slice over `len` items.
    pub fn slice_range(&self, s: &SliceObj, len: usize) -> R<(i64, i64, usize)> {
        let len = len as i64;
        let step = if s.step.is_none() { 1 } else { self.slice_part(&s.step)? };
        if step == 0 {
            return self.value_error("slice step cannot be zero");
        }
        let clamp = |v: i64| -> i64 {
            let v = if v < 0 { v.saturating_add(len) } else { v };
            if step > 0 { v.clamp(0, len) } else { v.clamp(-1, len - 1) }
        };
        let start = if s.start.is_none() { if step > 0 { 0 } else { len - 1 } } else { clamp(self.slice_part(&s.start)?) };
        let stop = if s.stop.is_none() { if step > 0 { len } else { -1 } } else { clamp(self.slice_part(&s.stop)?) };
        let n = RangeObj { start, stop, step }.len();
        Ok((start, step, n))
    }

    fn slice_part(&self, v: &Obj) -> R<i64> {
        match v {
            Obj::Big(b) => Ok(if b.sign() == num_bigint::Sign::Minus { i64::MIN / 2 } else { i64::MAX / 2 }),
            _ => match self.as_index(v) {
                Ok(i) => Ok(i.clamp(i64::MIN / 2, i64::MAX / 2)),
                Err(_) => self.type_error("slice indices must be integers or None or have an __index__ method"),
            },
        }
    }

    fn position(&self, index: &Obj, len: usize, what: &str) -> R<usize> {
        if !matches!(index, Obj::Int(_) | Obj::Bool(_) | Obj::Big(_) | Obj::Instance(_) | Obj::Tensor(_)) {
            return self.type_error(format!("{what} indices must be integers or slices, not {}", self.type_name(index)));
        }
        let i = self.as_index(index)?;
        let at = if i < 0 { i + len as i64 } else { i };
        if at < 0 || at >= len as i64 {
            return self.raise("IndexError", format!("{what} index out of range"));
        }
        Ok(at as usize)
    }

    pub fn getitem(&self, obj: &Obj, index: &Obj) -> R<Obj> {
        let pick = |items: &[Obj], s: &SliceObj| -> R<Vec<Obj>> {
            let (start, step, n) = self.slice_range(s, items.len())?;
            Ok((0..n).map(|i| items[(start + i as i64 * step) as usize].clone()).collect())
        };
        match (obj, index) {
            (Obj::List(l), Obj::Slice(s)) => Ok(Obj::list(pick(&l.items.borrow(), s)?)),
            (Obj::List(l), _) => {
                let n = l.items.borrow().len();
                let at = self.position(index, n, "list")?;
                Ok(l.items.borrow()[at].clone())
            }
            (Obj::Tuple(t), Obj::Slice(s)) => Ok(Obj::tuple(pick(t, s)?)),
            (Obj::Tuple(t), _) => Ok(t[self.position(index, t.len(), "tuple")?].clone()),
            (Obj::Str(s), Obj::Slice(sl)) => {
                let chars: Vec<char> = s.chars().collect();
                let (start, step, n) = self.slice_range(sl, chars.len())?;
                Ok(Obj::str((0..n).map(|i| chars[(start + i as i64 * step) as usize]).collect::<String>()))
            }
            (Obj::Str(s), _) => {
                let n = s.chars().count();
                let at = self.position(index, n, "string")?;
                Ok(Obj::str(s.chars().nth(at).map(String::from).unwrap_or_default()))
            }
            (Obj::Bytes(b), Obj::Slice(sl)) => {
                let (start, step, n) = self.slice_range(sl, b.len())?;
                Ok(Obj::Bytes((0..n).map(|i| b[(start + i as i64 * step) as usize]).collect()))
            }
            (Obj::Bytes(b), _) => Ok(Obj::Int(b[self.position(index, b.len(), "bytes")?] as i64)),
            (Obj::Range(r), Obj::Slice(s)) => {
                let (start, step, n) = self.slice_range(s, r.len())?;
                let (first, step) = (r.get(start.max(0) as usize), r.step * step);
                Ok(Obj::Range(Rc::new(RangeObj { start: first, stop: first + step * n as i64, step })))
            }
            (Obj::Range(r), _) => Ok(Obj::Int(r.get(self.position(index, r.len(), "range object")?))),
            (Obj::Dict(d), _) => match d.get(&self.key(index)?) {
                Some(v) => Ok(v),
                None => {
                    let exc = self.make_exception("KeyError", vec![index.clone()]);
                    Err(self.raise_obj(exc))
                }
            },
            (Obj::Tensor(_), _) => self.tensor_getitem(obj, index),
            (Obj::Script(s), _) => match s.kind {
                super::host::ScriptedKind::Module => {
                    // Members of containers are scripted modules, too.
                    let name = match index {
                        Obj::Int(i) if *i < 0 => Some((self.len(&s.target)? as i64 + i).to_string()),
                        Obj::Int(i) => Some(i.to_string()),
                        Obj::Str(n) => Some(n.to_string()),
                        _ => None,
                    };
                    if let Some(name) = name
                        && let Some(v @ Obj::Script(_)) = self.script_attr(s, &name)?
                    {
                        return Ok(v);
                    }
                    let f = self.getattr(&s.target, "__getitem__")?;
                    self.call(&f, Args::new(vec![index.clone()]))
                }
                _ => self.getitem(&s.target, index),
            },
            (Obj::Class(c), _) => {
                if let Some(f) = self.user_special(obj, "__getitem__")? {
                    return self.call(&f, Args::new(vec![index.clone()]));
                }
                if let Some(f) = self.class_lookup_bound(c, "__class_getitem__")? {
                    return self.call(&f, Args::new(vec![index.clone()]));
                }
                self.generic_alias(obj, index)
            }
            (Obj::Instance(i), _) => {
                if let Some(f) = self.user_special(obj, "__getitem__")? {
                    return self.call(&f, Args::new(vec![index.clone()]));
                }
                let class = i.class.borrow().clone();
                let inner = obj.unwrapped();
                if let (Obj::Dict(d), Some(missing)) = (&inner, class.lookup("__missing__")) {
                    if let Some(v) = d.get(&self.key(index)?) {
                        return Ok(v);
                    }
                    return self.call(&missing, Args::new(vec![obj.clone(), index.clone()]));
                }
                if matches!(inner, Obj::Instance(_)) {
                    return self.type_error(format!("'{}' object is not subscriptable", self.type_name(obj)));
                }
                self.getitem(&inner, index)
            }
            _ => self.type_error(format!("'{}' object is not subscriptable", self.type_name(obj))),
        }
    }

    fn class_lookup_bound(&self, c: &Rc<Class>, name: &str) -> R<Option<Obj>> {
        match c.lookup(name) {
            Some(Obj::ClassMethod(f)) => Ok(Some(Obj::Bound(Rc::new(Bound { recv: Obj::Class(c.clone()), func: (*f).clone() })))),
            other => Ok(other),
        }
    }

    pub fn setitem(&self, obj: &Obj, index: &Obj, value: Obj) -> R<()> {
        match (obj, index) {
            (Obj::List(l), Obj::Slice(s)) => {
                let new = self.collect(&value)?;
                let n = l.items.borrow().len();
                let (start, step, count) = self.slice_range(s, n)?;
                let mut items = l.items.borrow_mut();
                if step == 1 {
                    let start = start as usize;
                    items.splice(start..start + count, new);
                } else if new.len() != count {
                    drop(items);
                    return self.value_error(format!(
                        "attempt to assign sequence of size {} to extended slice of size {count}",
                        new.len()
                    ));
                } else {
                    for (i, v) in new.into_iter().enumerate() {
                        items[(start + i as i64 * step) as usize] = v;
                    }
                }
                Ok(())
            }
            (Obj::List(l), _) => {
                let n = l.items.borrow().len();
                let at = self.position(index, n, "list assignment").or_else(|e| {
                    if self.is_exception(&e, "IndexError") {
                        self.raise("IndexError", "list assignment index out of range")
                    } else {
                        Err(e)
                    }
                })?;
                l.items.borrow_mut()[at] = value;
                Ok(())
            }
            (Obj::Dict(d), _) => {
                d.set(self.key(index)?, value);
                Ok(())
            }
            (Obj::Tensor(_), _) => self.tensor_setitem(obj, index, value),
            (Obj::Script(s), _) => self.setitem(&s.target, index, value),
            (Obj::Instance(_), _) => {
                if let Some(f) = self.user_special(obj, "__setitem__")? {
                    return self.call(&f, Args::new(vec![index.clone(), value])).map(|_| ());
                }
                match obj.unwrapped() {
                    Obj::Instance(_) => self.no_item_assignment(obj),
                    inner => self.setitem(&inner, index, value),
                }
            }
            _ => self.no_item_assignment(obj),
        }
    }

    fn no_item_assignment(&self, obj: &Obj) -> R<()> {
        self.type_error(format!("'{}' object does not support item assignment", self.type_name(obj)))
    }

    pub fn delitem(&self, obj: &Obj, index: &Obj) -> R<()> {
        match (obj, index) {
            (Obj::List(l), Obj::Slice(s)) => {
                let n = l.items.borrow().len();
                let (start, step, count) = self.slice_range(s, n)?;
                let gone: std::collections::HashSet<usize> = (0..count).map(|i| (start + i as i64 * step) as usize).collect();
                let mut i = 0;
                l.items.borrow_mut().retain(|_| {
                    i += 1;
                    !gone.contains(&(i - 1))
                });
                Ok(())
            }
            (Obj::List(l), _) => {
                let n = l.items.borrow().len();
                let at = self.position(index, n, "list")?;
                l.items.borrow_mut().remove(at);
                Ok(())
            }
            (Obj::Dict(d), _) => match d.remove(&self.key(index)?) {
                Some(_) => Ok(()),
                None => {
                    let exc = self.make_exception("KeyError", vec![index.clone()]);
                    Err(self.raise_obj(exc))
                }
            },
            (Obj::Script(s), _) => self.delitem(&s.target, index),
            (Obj::Instance(_), _) => {
                if let Some(f) = self.user_special(obj, "__delitem__")? {
                    return self.call(&f, Args::new(vec![index.clone()])).map(|_| ());
                }
                match obj.unwrapped() {
                    Obj::Instance(_) => {
                        self.type_error(format!("'{}' object does not support item deletion", self.type_name(obj)))
                    }
                    inner => self.delitem(&inner, index),
                }
            }
            _ => self.type_error(format!("'{}' object does not support item deletion", self.type_name(obj))),
        }
    }

    /// `dict.update` from a mapping or pairs.
    pub fn dict_update(&self, dict: &Rc<DictObj>, from: &Obj) -> R<()> {
        match from.unwrapped() {
            Obj::Dict(d) => {
                let items: Vec<_> = d.map.borrow().iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                items.into_iter().for_each(|(k, v)| dict.set(k, v));
                Ok(())
            }
            _ => {
                if let Some(keys) = self.getattr_quiet(from, "keys")? {
                    let keys = self.call(&keys, Args::default())?;
                    return self.for_each(&keys, |k| {
                        dict.set(self.key(&k)?, self.getitem(from, &k)?);
                        Ok(true)
                    });
                }
                self.for_each(from, |pair| {
                    match self.collect(&pair)?.as_slice() {
                        [k, v] => dict.set(self.key(k)?, v.clone()),
                        other => {
                            return self.value_error(format!(
                                "dictionary update sequence element has length {}; 2 is required",
                                other.len()
                            ));
                        }
                    }
                    Ok(true)
                })
            }
        }
    }

    pub fn make_set(&self, items: Vec<Obj>, frozen: bool) -> R<Obj> {
        let set = super::dict::SetObj::new(frozen);
        for i in items {
            let key = self.key(&i)?;
            set.items.borrow_mut().insert(key);
        }
        Ok(Obj::Set(Rc::new(set)))
    }

    /// Sorts stably by `<`, as `list.sort`.
    pub fn sort(&self, items: Vec<Obj>, key: Option<&Obj>, reverse: bool) -> R<Vec<Obj>> {
        let mut keyed = Vec::with_capacity(items.len());
        for i in items {
            let k = match key {
                Some(f) => self.call(f, Args::new(vec![i.clone()]))?,
                None => i.clone(),
            };
            keyed.push((k, i));
        }
        if reverse {
            keyed.reverse();
        }
        let keyed = self.merge_sort(keyed)?;
        let mut keyed = keyed;
        if reverse {
            keyed.reverse();
        }
        Ok(keyed.into_iter().map(|(_, i)| i).collect())
    }

    /// Stable, and total whatever a user's `__lt__` answers.
    fn merge_sort(&self, mut items: Vec<(Obj, Obj)>) -> R<Vec<(Obj, Obj)>> {
        if items.len() < 2 {
            return Ok(items);
        }
        let right = items.split_off(items.len() / 2);
        let (left, right) = (self.merge_sort(items)?, self.merge_sort(right)?);
        let mut out = Vec::with_capacity(left.len() + right.len());
        let (mut l, mut r) = (left.into_iter().peekable(), right.into_iter().peekable());
        while let (Some((a, _)), Some((b, _))) = (l.peek(), r.peek()) {
            let less = self.rich_compare(CmpOp::Lt, b, a)?;
            if self.truth(&less)? { out.extend(r.next()) } else { out.extend(l.next()) }
        }
        out.extend(l);
        out.extend(r);
        Ok(out)
    }
}

fn compare_numbers(a: &Num, b: &Num) -> Option<Ordering> {
    use num_bigint::BigInt;
    match (a, b) {
        (Num::Int(x), Num::Int(y)) => Some(x.cmp(y)),
        (Num::Float(x), Num::Float(y)) => x.partial_cmp(y),
        (Num::Big(x), Num::Big(y)) => Some(x.cmp(y)),
        (Num::Int(x), Num::Big(y)) => Some(BigInt::from(*x).cmp(y)),
        (Num::Big(x), Num::Int(y)) => Some(x.cmp(&BigInt::from(*y))),
        (Num::Float(f), _) => compare_numbers(b, a).map(Ordering::reverse).filter(|_| !f.is_nan()),
        (_, Num::Float(f)) => {
            if f.is_nan() {
                return None;
            }
            if f.is_infinite() {
                return Some(if *f > 0.0 { Ordering::Less } else { Ordering::Greater });
            }
            let int = match a {
                Num::Int(i) if i.unsigned_abs() < 1 << 53 => return (*i as f64).partial_cmp(f),
                Num::Int(i) => BigInt::from(*i),
                Num::Big(b) => b.clone(),
                _ => return None,
            };
            let floor = <BigInt as num_traits::FromPrimitive>::from_f64(f.floor())?;
            Some(match int.cmp(&floor) {
                Ordering::Equal if f.fract() != 0.0 => Ordering::Less,
                other => other,
            })
        }
        _ => None,
    }
}

/// Sequences that `*` repeats.
fn is_sequence(o: &Obj) -> bool {
    matches!(o.unwrapped(), Obj::Str(_) | Obj::List(_) | Obj::Tuple(_) | Obj::Bytes(_))
}
