//! Comparisons, membership and sorting of live objects, as Python defines them.

use super::{interp::Interp, number::Num, object::*, raise::R};
use crate::syntax::CmpOp;
use std::cmp::Ordering;

impl Interp {
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
