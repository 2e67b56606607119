//! `x[i]`, `x[a:b]`: reading, writing and deleting items of live objects.

use super::{dict::DictObj, interp::Interp, object::*, raise::R};
use std::rc::Rc;

impl Interp {
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
}
