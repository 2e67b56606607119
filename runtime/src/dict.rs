//! Dictionaries: insertion ordered, keys hashed and compared as Python does.

use crate::error::Result;
use crate::header::{Header, Kind, Object, Ref};
use crate::list::{Elem, List};
use crate::tuple::Tuple;
use crate::value::{Value, tag};
use alloc::vec::Vec;
use core::cell::UnsafeCell;

/// A removed entry's key is None, which no key is.
struct Entry {
    hash: u64,
    key: Value,
    value: Value,
}

/// Entries in order; removed ones stay as holes until the table is made anew.
#[derive(Default)]
struct Table {
    /// By hash, probed in steps of one: an entry's position plus 1, 0 where nothing ever was. Its length is a power of two, or 0.
    index: Vec<u32>,
    entries: Vec<Entry>,
    /// Entries that are no holes.
    live: usize,
    /// Places of the index that are not 0.
    used: usize,
    /// No entry before this one is live.
    first: usize,
}

impl Table {
    fn find(&self, hash: u64, key: &Value) -> Option<usize> {
        let mask = self.index.len().wrapping_sub(1);
        let mut at = hash as usize;
        loop {
            let i = (*self.index.get(at & mask)? as usize).checked_sub(1)?;
            // The places of entries that were taken off the end stay in the index.
            if self.entries.get(i).is_some_and(|e| e.hash == hash && same_key(&e.key, key)) {
                return Some(i);
            }
            at = at.wrapping_add(1);
        }
    }

    /// Enters a key that is not there.
    fn insert(&mut self, hash: u64, key: Value, value: Value) {
        if (self.used + 1) * 3 > self.index.len() * 2 {
            self.renew();
        }
        self.link(hash, self.entries.len());
        self.entries.push(Entry { hash, key, value });
        self.live += 1;
    }

    fn link(&mut self, hash: u64, entry: usize) {
        let mask = self.index.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        while self.index[at] != 0 {
            at = (at + 1) & mask;
        }
        self.index[at] = entry as u32 + 1;
        self.used += 1;
    }

    /// Closes the holes and gives the index room for twice as many entries.
    fn renew(&mut self) {
        self.entries.retain(|e| !e.key.is_none());
        let size = ((self.live + 1) * 3).next_power_of_two().max(8);
        assert!(size <= 1 << 31, "out of memory");
        self.index.clear();
        self.index.resize(size, 0);
        self.used = 0;
        self.first = 0;
        for i in 0..self.entries.len() {
            self.link(self.entries[i].hash, i);
        }
    }

    fn remove(&mut self, i: usize) -> Option<(Value, Value)> {
        let e = self.entries.get_mut(i).filter(|e| !e.key.is_none())?;
        let pair = (core::mem::replace(&mut e.key, Value::none()), core::mem::replace(&mut e.value, Value::none()));
        self.live -= 1;
        while self.entries.last().is_some_and(|e| e.key.is_none()) {
            self.entries.pop();
        }
        if self.live == 0 {
            self.first = 0;
        }
        Some(pair)
    }
}

#[repr(C)]
pub struct Dict {
    pub header: Header,
    /// How lists of the keys and of the values lie in memory.
    pub key_elem: Elem,
    pub value_elem: Elem,
    table: UnsafeCell<Table>,
}
// SAFETY: header first.
unsafe impl Object for Dict {
    const KIND: Kind = Kind::Dict;
}

fn mix(x: u64) -> u64 {
    let x = (x ^ x >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^ x >> 29
}

/// In words of 8 bytes; the last one may overlap the one before, or hold fewer.
fn hash_bytes(bytes: &[u8]) -> u64 {
    let (p, n) = (bytes.as_ptr(), bytes.len());
    let mut h = (n as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // SAFETY: every read lies inside the n bytes.
    unsafe {
        let word = |at: usize| (p.add(at) as *const u64).read_unaligned();
        let half = |at: usize| (p.add(at) as *const u32).read_unaligned() as u64;
        let byte = |at: usize| *p.add(at) as u64;
        let mut at = 0;
        while at + 8 < n {
            h = mix(h ^ word(at));
            at += 8;
        }
        mix(h ^ match n {
            8.. => word(n - 8),
            4.. => half(0) | half(n - 4) << 32,
            1.. => byte(0) | byte(n / 2) << 8 | byte(n - 1) << 16,
            0 => 0,
        })
    }
}

/// Equal keys have equal hashes: `1 == 1.0 == True`.
pub fn hash(key: &Value) -> u64 {
    match key.tag {
        tag::FLOAT => {
            let f = f64::from_bits(key.payload);
            let i = crate::element::f64_to_i64(f);
            mix(if i as f64 == f { i as u64 } else { key.payload })
        }
        tag::STR => hash_bytes(key.as_bytes().unwrap_or_default()),
        tag::COMPLEX => {
            let c = key.as_complex().unwrap_or_default();
            if c.im == 0.0 { hash(&Value::float(c.re)) } else { mix(c.re.to_bits() ^ c.im.to_bits().rotate_left(17)) }
        }
        _ => mix(key.payload),
    }
}

#[inline]
fn same_key(a: &Value, b: &Value) -> bool {
    if a.tag == b.tag && a.payload == b.payload {
        return true;
    }
    match (a.as_bytes(), b.as_bytes()) {
        (Some(x), Some(y)) => x == y,
        _ => same_number(a, b),
    }
}

#[inline(never)]
fn same_number(a: &Value, b: &Value) -> bool {
    match (a.as_scalar(), b.as_scalar()) {
        (Some(x), Some(y)) => x.to::<crate::element::Complex<f64>>() == y.to(),
        _ => false,
    }
}

/// Ints, floats, bools, strings, complex numbers, and (by identity) tensors, class instances and enum members.
fn check_key(key: &Value) -> Result<()> {
    check!(!matches!(key.tag, tag::NONE | tag::LIST | tag::DICT | tag::TUPLE), Type, "unhashable type: '{}'", key.kind_name());
    Ok(())
}

/// The KeyError of a missing key.
pub fn missing(key: &Value) -> crate::Error {
    err!(Key, "KeyError: {}", crate::print::script_str(key).into_string())
}

impl Dict {
    /// Empty; keys and values are of types whose lists lie as stated.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(key_elem: Elem, value_elem: Elem) -> Ref<Dict> {
        Ref::new(Dict { header: Header::new(Kind::Dict), key_elem, value_elem, table: UnsafeCell::new(Table::default()) })
    }

    #[allow(clippy::mut_from_ref)]
    /// A dict of keys and values whose types nothing declares.
    pub fn of_pairs(pairs: &[(Value, Value)]) -> Result<Ref<Dict>> {
        let d = Dict::new(Elem::common(pairs.iter().map(|p| &p.0)), Elem::common(pairs.iter().map(|p| &p.1)));
        pairs.iter().try_for_each(|(k, v)| d.set(k.clone(), v.clone()))?;
        Ok(d)
    }

    fn table(&self) -> &mut Table {
        // SAFETY: no reference into the table outlives a method, and methods run no foreign code while they hold one
        // (replaced and removed values are dropped afterwards).
        unsafe { &mut *self.table.get() }
    }

    pub fn len(&self) -> usize {
        self.table().live
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of `key` in place; it stays there until a key comes in or goes.
    fn place(&self, key: &Value) -> Option<&mut Value> {
        let t = self.table();
        let i = t.find(hash(key), key)?;
        Some(&mut t.entries.get_mut(i)?.value)
    }

    pub fn get(&self, key: &Value) -> Option<Value> {
        self.place(key).map(|v| v.clone())
    }

    pub fn contains(&self, key: &Value) -> bool {
        self.place(key).is_some()
    }

    /// Sets; an existing key keeps its place.
    pub fn set(&self, key: Value, value: Value) -> Result<()> {
        check_key(&key)?;
        match self.place(&key) {
            Some(place) => drop(core::mem::replace(place, value)),
            None => self.table().insert(hash(&key), key, value),
        }
        Ok(())
    }

    /// Takes a key out.
    pub fn remove(&self, key: &Value) -> Option<(Value, Value)> {
        let t = self.table();
        let i = t.find(hash(key), key)?;
        t.remove(i)
    }

    /// Takes the first pair out.
    pub fn pop_first(&self) -> Option<(Value, Value)> {
        let t = self.table();
        t.first += t.entries.get(t.first..)?.iter().position(|e| !e.key.is_none())?;
        t.remove(t.first)
    }

    pub fn clear(&self) {
        let old = core::mem::take(self.table());
        drop(old);
    }

    /// The next pair at or after `cursor` (0 at first) and the cursor behind it.
    pub fn next(&self, cursor: usize) -> Option<(usize, Value, Value)> {
        let t = self.table();
        let rest = t.entries.get(cursor..)?;
        let (i, e) = rest.iter().enumerate().find(|(_, e)| !e.key.is_none())?;
        Some((cursor + i + 1, e.key.clone(), e.value.clone()))
    }

    /// Pairs in order of insertion.
    pub fn iter(&self) -> impl Iterator<Item = (Value, Value)> + '_ {
        let mut cursor = 0;
        core::iter::from_fn(move || {
            let (next, k, v) = self.next(cursor)?;
            cursor = next;
            Some((k, v))
        })
    }

    /// The keys as a list.
    pub fn keys(&self) -> Result<Ref<List>> {
        let l = List::new(self.key_elem, self.len());
        self.iter().try_for_each(|(k, _)| l.push(k))?;
        Ok(l)
    }

    /// The values as a list.
    pub fn values(&self) -> Result<Ref<List>> {
        let l = List::new(self.value_elem, self.len());
        self.iter().try_for_each(|(_, v)| l.push(v))?;
        Ok(l)
    }

    /// The pairs as a list of tuples.
    pub fn items(&self) -> Ref<List> {
        List::from_items(self.iter().map(|(k, v)| Tuple::new([k, v].into_iter())))
    }

    /// The value of `key`; a KeyError when there is none.
    pub fn at(&self, key: &Value) -> Result<Value> {
        self.get(key).ok_or_else(|| missing(key))
    }

    /// Takes a key out and returns its value; a KeyError when there is none.
    pub fn take(&self, key: &Value) -> Result<Value> {
        self.remove(key).map(|p| p.1).ok_or_else(|| missing(key))
    }

    /// Sets all of `other`'s pairs.
    pub fn update(&self, other: &Dict) -> Result<()> {
        other.iter().try_for_each(|(k, v)| self.set(k, v))
    }

    /// A shallow copy.
    pub fn copy(&self) -> Ref<Dict> {
        let d = Dict::new(self.key_elem, self.value_elem);
        for (k, v) in self.iter() {
            // Keys of a dict are hashable.
            let _ = d.set(k, v);
        }
        d
    }
}

fn status(result: Result<()>) -> i32 {
    result.map_or_else(|e| e.status(), |_| 0)
}

natives! {
    /// An empty dict whose keys' and values' lists lie as these element kinds say.
    fn ts_dict_new(key_elem: u8, value_elem: u8) -> *mut Dict {
        Dict::new(Elem::from_number(key_elem), Elem::from_number(value_elem)).into_raw()
    }
    fn ts_dict_len(d: *const Dict) -> i64 { unsafe { (*d).len() as i64 } }
    /// Where the value of the key lies, or null. It stays there until a key comes in or goes.
    fn ts_dict_place(d: *const Dict, tag: u64, payload: u64) -> *mut Value {
        let key = core::mem::ManuallyDrop::new(Value { tag, payload });
        unsafe { (*d).place(&key).map_or(core::ptr::null_mut(), |v| v as *mut Value) }
    }
    /// The status of a KeyError.
    fn ts_dict_missing(tag: u64, payload: u64) -> i32 {
        missing(&core::mem::ManuallyDrop::new(Value { tag, payload })).status()
    }
    /// `d[key] = value`; the key is borrowed, the value's count goes to the dict.
    fn ts_dict_put(d: *const Dict, key: u64, key_payload: u64, value: u64, value_payload: u64) -> i32 {
        let key = core::mem::ManuallyDrop::new(Value { tag: key, payload: key_payload });
        status(unsafe { (*d).set((*key).clone(), Value { tag: value, payload: value_payload }) })
    }
    /// `d[key] = value`; both are borrowed.
    fn ts_dict_set(d: *const Dict, key: *const Value, value: *const Value) -> i32 {
        unsafe { status((*d).set((*key).clone(), (*value).clone())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_equates_numbers() {
        let d = Dict::new(Elem::Val, Elem::Val);
        for i in 0..100 {
            d.set(Value::int(i), Value::int(i * i)).unwrap();
        }
        for i in 0..90 {
            assert!(d.remove(&Value::float(i as f64)).is_some());
        }
        d.set(Value::from("a"), Value::bool(true)).unwrap();
        assert_eq!((d.len(), d.get(&Value::int(95)).and_then(|v| v.as_int())), (11, Some(9025)));
        assert_eq!(d.iter().next().and_then(|p| p.0.as_int()), Some(90));
        assert!(d.get(&Value::from("a")).is_some() && !d.contains(&Value::from("b")));
        assert_eq!(d.pop_first().and_then(|p| p.0.as_int()), Some(90));
        assert!(d.set(Dict::new(Elem::I64, Elem::I64).into(), Value::none()).is_err());
    }

    /// Against a list of pairs, through many insertions and removals of colliding and other keys.
    #[test]
    fn agrees_with_a_list_of_pairs() {
        let d = Dict::new(Elem::Val, Elem::Val);
        let mut model: Vec<(i64, i64)> = Vec::new();
        let mut seed = 1u64;
        for step in 0..20_000 {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let (what, key) = (seed >> 60, (seed >> 40) as i64 % 40);
            let at = model.iter().position(|p| p.0 == key);
            match what {
                0..=5 => {
                    d.set(Value::int(key), Value::int(step)).unwrap();
                    match at {
                        Some(i) => model[i].1 = step,
                        None => model.push((key, step)),
                    }
                }
                6..=10 => {
                    assert_eq!(d.remove(&Value::int(key)).is_some(), at.is_some());
                    at.map(|i| model.remove(i));
                }
                11..=14 => {
                    let want = (!model.is_empty()).then(|| model.remove(0).0);
                    assert_eq!(d.pop_first().and_then(|p| p.0.as_int()), want);
                }
                _ if step % 50 == 0 => {
                    d.clear();
                    model.clear();
                }
                _ => {}
            }
            assert_eq!(d.get(&Value::int(key)).and_then(|v| v.as_int()), model.iter().find(|p| p.0 == key).map(|p| p.1));
            assert_eq!(d.len(), model.len());
        }
        assert!(d.iter().map(|p| p.0.as_int().unwrap()).eq(model.iter().map(|p| p.0)));
    }

    #[test]
    fn texts_of_all_lengths_are_keys() {
        let d = Dict::new(Elem::Ptr, Elem::I64);
        let text = "abcdefghijklmnopqrstuvwxyz";
        for i in 0..26 {
            d.set(Value::from(&text[..i]), Value::int(i as i64)).unwrap();
        }
        assert!((0..26).all(|i| d.get(&Value::from(&text[..i])).and_then(|v| v.as_int()) == Some(i as i64)));
        assert!(!d.contains(&Value::from("b")));
    }
}
