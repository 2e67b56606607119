//! Iterators: one closure that gives the next item.

use std::{cell::RefCell, rc::Rc};

use super::{
    interp::Interp,
    object::{Args, Obj},
    raise::R,
};

type Next = dyn FnMut(&Interp) -> R<Option<Obj>>;

pub struct IterObj {
    /// The type's name (`zip`, `list_iterator`, ...).
    pub kind: &'static str,
    next: RefCell<Box<Next>>,
}

impl IterObj {
    pub fn make(kind: &'static str, next: impl FnMut(&Interp) -> R<Option<Obj>> + 'static) -> Obj {
        Obj::Iter(Rc::new(IterObj { kind, next: RefCell::new(Box::new(next)) }))
    }
    /// Over items known already.
    pub fn of(kind: &'static str, items: Vec<Obj>) -> Obj {
        let mut items = items.into_iter();
        IterObj::make(kind, move |_| Ok(items.next()))
    }
}

impl Interp {
    /// Python's `iter`.
    pub fn iter(&self, obj: &Obj) -> R<Obj> {
        Ok(match obj {
            Obj::Iter(_) | Obj::Generator(_) => obj.clone(),
            Obj::List(l) => {
                let (l, mut i) = (l.clone(), 0);
                IterObj::make("list_iterator", move |_| {
                    let item = l.items.borrow().get(i).cloned();
                    i += 1;
                    Ok(item)
                })
            }
            Obj::Tuple(t) => {
                let (t, mut i) = (t.clone(), 0);
                IterObj::make("tuple_iterator", move |_| {
                    let item = t.get(i).cloned();
                    i += 1;
                    Ok(item)
                })
            }
            Obj::Range(r) => {
                let (r, mut i, n) = (r.clone(), 0, r.len());
                IterObj::make("range_iterator", move |_| {
                    i += 1;
                    Ok((i <= n).then(|| Obj::Int(r.get(i - 1))))
                })
            }
            Obj::Str(s) => IterObj::of("str_ascii_iterator", s.chars().map(|c| Obj::str(c.encode_utf8(&mut [0; 4]))).collect()),
            Obj::Bytes(b) => IterObj::of("bytes_iterator", b.iter().map(|b| Obj::Int(*b as i64)).collect()),
            Obj::Dict(d) => {
                let (d, n, mut i) = (d.clone(), d.len(), 0);
                IterObj::make("dict_keyiterator", move |interp| {
                    if d.len() != n {
                        return interp.raise("RuntimeError", "dictionary changed size during iteration");
                    }
                    i += 1;
                    Ok(d.map.borrow().get_index(i - 1).map(|(k, _)| k.obj.clone()))
                })
            }
            Obj::View(v) => {
                let (v, n, mut i) = (v.clone(), v.dict.len(), 0);
                IterObj::make("dict_itemiterator", move |interp| {
                    if v.dict.len() != n {
                        return interp.raise("RuntimeError", "dictionary changed size during iteration");
                    }
                    i += 1;
                    let map = v.dict.map.borrow();
                    let Some((key, value)) = map.get_index(i - 1) else { return Ok(None) };
                    Ok(Some(match v.kind {
                        super::object::ViewKind::Keys => key.obj.clone(),
                        super::object::ViewKind::Values => value.clone(),
                        super::object::ViewKind::Items => Obj::tuple(vec![key.obj.clone(), value.clone()]),
                    }))
                })
            }
            Obj::Set(s) => IterObj::of("set_iterator", s.objs()),
            Obj::Tensor(t) => self.tensor_iter(t)?,
            Obj::Script(s) => return self.script_iter(s),
            Obj::Instance(_) | Obj::Class(_) => {
                if let Some(f) = self.special(obj, "__iter__")? {
                    let it = self.call(&f, Args::default())?;
                    if self.special(&it, "__next__")?.is_none() && !matches!(it, Obj::Iter(_) | Obj::Generator(_)) {
                        return self.type_error(format!("iter() returned non-iterator of type '{}'", self.type_name(&it)));
                    }
                    return Ok(it);
                }
                if let Some(get) = self.special(obj, "__getitem__")? {
                    let mut i = 0;
                    return Ok(IterObj::make("iterator", move |interp| {
                        let item = interp.call(&get, Args::new(vec![Obj::Int(i)]));
                        i += 1;
                        match item {
                            Ok(v) => Ok(Some(v)),
                            Err(e) if interp.is_exception(&e, "IndexError") || interp.is_exception(&e, "StopIteration") => {
                                Ok(None)
                            }
                            Err(e) => Err(e),
                        }
                    }));
                }
                return self.not_iterable(obj);
            }
            _ => return self.not_iterable(obj),
        })
    }

    fn not_iterable(&self, obj: &Obj) -> R<Obj> {
        self.type_error(format!("'{}' object is not iterable", self.type_name(obj)))
    }

    /// The next item of an iterator, `None` at its end.
    pub fn next(&self, it: &Obj) -> R<Option<Obj>> {
        self.step()?;
        match it {
            Obj::Iter(i) => match i.next.try_borrow_mut() {
                Ok(mut next) => next(self),
                Err(_) => self.value_error("iterator already executing"),
            },
            Obj::Generator(g) => self.generator_next(g),
            _ => match self.special(it, "__next__")? {
                Some(f) => match self.call(&f, Args::default()) {
                    Ok(v) => Ok(Some(v)),
                    Err(e) if self.is_exception(&e, "StopIteration") => Ok(None),
                    Err(e) => Err(e),
                },
                None => self.type_error(format!("'{}' object is not an iterator", self.type_name(it))),
            },
        }
    }

    /// Calls `f` for each item until it says `false`.
    pub fn for_each(&self, obj: &Obj, mut f: impl FnMut(Obj) -> R<bool>) -> R<()> {
        let it = self.iter(obj)?;
        while let Some(item) = self.next(&it)? {
            if !f(item)? {
                break;
            }
        }
        Ok(())
    }

    /// All items.
    pub fn collect(&self, obj: &Obj) -> R<Vec<Obj>> {
        match obj {
            Obj::List(l) => return Ok(l.items.borrow().clone()),
            Obj::Tuple(t) => return Ok(t.to_vec()),
            _ => {}
        }
        let mut items = Vec::new();
        self.for_each(obj, |i| {
            items.push(i);
            Ok(true)
        })?;
        Ok(items)
    }
}
