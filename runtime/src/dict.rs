//! Dictionaries: insertion ordered, keys hashed and compared as Python does.

use crate::error::Result;
use crate::header::{Header, Kind, Object, Ref};
use crate::list::{Elem, List};
use crate::tuple::Tuple;
use crate::value::{Value, tag};
use alloc::vec::Vec;
use core::cell::UnsafeCell;
use hashbrown::HashTable;

struct Entry {
    hash: u64,
    pair: Option<(Value, Value)>,
}

/// Entries in order; removed ones stay as holes until there are too many.
#[derive(Default)]
struct Table {
    index: HashTable<usize>,
    entries: Vec<Entry>,
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

/// Equal keys have equal hashes: `1 == 1.0 == True`.
pub fn hash(key: &Value) -> u64 {
    match key.tag {
        tag::FLOAT => {
            let f = f64::from_bits(key.payload);
            let i = crate::element::f64_to_i64(f);
            mix(if i as f64 == f { i as u64 } else { key.payload })
        }
        tag::STR => {
            key.as_str().unwrap_or("").bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ b as u64).wrapping_mul(0x100_0000_01b3))
        }
        tag::COMPLEX => {
            let c = key.as_complex().unwrap_or_default();
            if c.im == 0.0 { hash(&Value::float(c.re)) } else { mix(c.re.to_bits() ^ c.im.to_bits().rotate_left(17)) }
        }
        _ => mix(key.payload),
    }
}

fn same_key(a: &Value, b: &Value) -> bool {
    if a.tag == b.tag {
        return match a.tag {
            tag::STR => a.as_str() == b.as_str(),
            tag::FLOAT => f64::from_bits(a.payload) == f64::from_bits(b.payload) || a.payload == b.payload,
            tag::COMPLEX => a.as_complex() == b.as_complex(),
            _ => a.payload == b.payload,
        };
    }
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
    err!(Key, "KeyError: {}", crate::print::script_str(key))
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
        self.table().index.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn position(&self, key: &Value) -> Option<usize> {
        let t = self.table();
        let found = t.index.find(hash(key), |&i| t.entries[i].pair.as_ref().is_some_and(|p| same_key(&p.0, key)));
        found.copied()
    }

    pub fn get(&self, key: &Value) -> Option<Value> {
        self.table().entries[self.position(key)?].pair.as_ref().map(|p| p.1.clone())
    }

    pub fn contains(&self, key: &Value) -> bool {
        self.position(key).is_some()
    }

    /// Sets; an existing key keeps its place.
    pub fn set(&self, key: Value, value: Value) -> Result<()> {
        check_key(&key)?;
        let old;
        match self.position(&key) {
            Some(i) => old = self.table().entries[i].pair.as_mut().map(|p| core::mem::replace(&mut p.1, value)),
            None => {
                let t = self.table();
                let (h, i) = (hash(&key), t.entries.len());
                t.entries.push(Entry { hash: h, pair: Some((key, value)) });
                let entries = &t.entries;
                t.index.insert_unique(h, i, |&k| entries[k].hash);
                old = None;
            }
        }
        drop(old);
        Ok(())
    }

    /// Takes a key out.
    pub fn remove(&self, key: &Value) -> Option<(Value, Value)> {
        let i = self.position(key)?;
        self.remove_at(i)
    }

    fn remove_at(&self, i: usize) -> Option<(Value, Value)> {
        let t = self.table();
        let h = t.entries[i].hash;
        if let Ok(e) = t.index.find_entry(h, |&k| k == i) {
            e.remove();
        }
        let pair = t.entries[i].pair.take();
        while t.entries.last().is_some_and(|e| e.pair.is_none()) {
            t.entries.pop();
        }
        if t.entries.len() > 2 * t.index.len() + 8 {
            t.entries.retain(|e| e.pair.is_some());
            t.index.clear();
            for i in 0..t.entries.len() {
                let entries = &t.entries;
                t.index.insert_unique(entries[i].hash, i, |&k| entries[k].hash);
            }
        }
        pair
    }

    /// Takes the last pair out.
    pub fn pop_last(&self) -> Option<(Value, Value)> {
        let n = self.table().entries.len().checked_sub(1)?;
        self.remove_at(n)
    }

    pub fn clear(&self) {
        let old = core::mem::take(self.table());
        drop(old);
    }

    /// The next pair at or after `cursor` (0 at first) and the cursor behind it.
    pub fn next(&self, cursor: usize) -> Option<(usize, Value, Value)> {
        let t = self.table();
        let rest = t.entries.get(cursor..)?;
        rest.iter().enumerate().find_map(|(i, e)| e.pair.as_ref().map(|p| (cursor + i + 1, p.0.clone(), p.1.clone())))
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

/// A borrowed key, lent to `f` as a Value.
fn with<R>(key: *const Value, f: impl FnOnce(&Value) -> R) -> R {
    // SAFETY: the caller passes a live Value.
    f(unsafe { &*key })
}

/// Writes a result, or returns the error's status.
pub(crate) fn give(result: Result<Value>, out: *mut Value) -> i32 {
    match result {
        Ok(v) => {
            // SAFETY: room for a value that owns nothing yet.
            unsafe { out.write(v) }
            0
        }
        Err(e) => e.status(),
    }
}

pub(crate) fn status(result: Result<()>) -> i32 {
    result.map_or_else(|e| e.status(), |_| 0)
}

natives! {
    /// An empty dict whose keys' and values' lists lie as these element kinds say.
    fn ts_dict_new(key_elem: u8, value_elem: u8) -> *mut Dict {
        Dict::new(Elem::from_number(key_elem), Elem::from_number(value_elem)).into_raw()
    }
    fn ts_dict_len(d: *const Dict) -> i64 { unsafe { (*d).len() as i64 } }
    fn ts_dict_contains(d: *const Dict, key: *const Value) -> bool { with(key, |k| unsafe { (*d).contains(k) }) }
    /// `d[key]`, or a KeyError.
    fn ts_dict_get(d: *const Dict, key: *const Value, out: *mut Value) -> i32 { with(key, |k| give(unsafe { (*d).at(k) }, out)) }
    /// `d.get(key)`: None when missing.
    fn ts_dict_find(d: *const Dict, key: *const Value, out: *mut Value) {
        with(key, |k| unsafe { out.write((*d).get(k).unwrap_or(Value::none())) })
    }
    /// `d[key] = value`; both are borrowed.
    fn ts_dict_set(d: *const Dict, key: *const Value, value: *const Value) -> i32 {
        unsafe { status((*d).set((*key).clone(), (*value).clone())) }
    }
    /// `del d[key]`
    fn ts_dict_del(d: *const Dict, key: *const Value) -> i32 { with(key, |k| status(unsafe { (*d).take(k) }.map(drop))) }
    /// `d.pop(key)`
    fn ts_dict_pop(d: *const Dict, key: *const Value, out: *mut Value) -> i32 { with(key, |k| give(unsafe { (*d).take(k) }, out)) }
    fn ts_dict_clear(d: *const Dict) { unsafe { (*d).clear() } }
    fn ts_dict_copy(d: *const Dict) -> *mut Dict { unsafe { (*d).copy().into_raw() } }
    fn ts_dict_update(d: *const Dict, other: *const Dict) -> i32 { unsafe { status((*d).update(&*other)) } }
    /// The list of keys; null only when out of step with the declared key type (the error is set).
    fn ts_dict_keys(d: *const Dict) -> *mut List { unsafe { (*d).keys().map_or(core::ptr::null_mut(), |l| l.into_raw()) } }
    fn ts_dict_values(d: *const Dict) -> *mut List { unsafe { (*d).values().map_or(core::ptr::null_mut(), |l| l.into_raw()) } }
    /// List of (key, value) tuples.
    fn ts_dict_items(d: *const Dict) -> *mut List { unsafe { (*d).items().into_raw() } }
    /// Iterates: writes the pair at or after `cursor` (0 at first) and returns the next cursor, or 0 at the end.
    fn ts_dict_next(d: *const Dict, cursor: usize, key: *mut Value, value: *mut Value) -> usize {
        match unsafe { (*d).next(cursor) } {
            Some((next, k, v)) => unsafe {
                key.write(k);
                value.write(v);
                next
            },
            None => 0,
        }
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
        assert_eq!(d.pop_last().and_then(|p| p.1.as_bool()), Some(true));
        assert!(d.set(Dict::new(Elem::I64, Elem::I64).into(), Value::none()).is_err());
    }
}
