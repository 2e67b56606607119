//! Dictionaries and sets: insertion ordered, hashed and compared as Python does.

use std::{
    cell::RefCell,
    hash::{BuildHasherDefault, Hash, Hasher},
    rc::Rc,
};

use indexmap::{Equivalent, IndexMap, IndexSet};

use super::{interp, object::Obj, raise::R};

/// A hashable object with its hash.
#[derive(Clone)]
pub struct Key {
    pub hash: u64,
    pub obj: Obj,
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        if self.hash != other.hash {
            return false;
        }
        match (&self.obj, &other.obj) {
            (Obj::Str(a), Obj::Str(b)) => a == b,
            (a, b) if a.is(b) => true,
            (Obj::Tensor(_), _) | (_, Obj::Tensor(_)) => false,
            // A dictionary inside `==` of user classes: errors count as different, as they cannot be reported from here.
            (a, b) => interp::current().is_some_and(|i| i.equal(a, b).unwrap_or(false)),
        }
    }
}

impl Eq for Key {}

impl Key {
    pub fn str(s: &str) -> Key {
        Key { hash: hash_str(s), obj: Obj::str(s) }
    }
    pub fn name(s: &std::sync::Arc<str>) -> Key {
        Key { hash: hash_str(s), obj: Obj::Str(s.clone()) }
    }
}

/// Looks string keys up without making an object.
struct StrKey<'a>(&'a str);

impl Hash for StrKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(hash_str(self.0));
    }
}

impl Equivalent<Key> for StrKey<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(&key.obj, Obj::Str(s) if &**s == self.0)
    }
}

/// Keys carry their hash: nothing left to mix but the bits.
#[derive(Default)]
pub struct Passed(u64);

impl Hasher for Passed {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for b in bytes {
            self.0 = (self.0 ^ *b as u64).wrapping_mul(0x100000001b3);
        }
    }
    fn write_u64(&mut self, v: u64) {
        self.0 = v.wrapping_mul(0x9e3779b97f4a7c15) ^ (v >> 32);
    }
}

type Build = BuildHasherDefault<Passed>;

/// FNV-1a over eight bytes at a time.
pub fn hash_str(s: &str) -> u64 {
    let mut h = 0xcbf29ce484222325u64;
    let mut chunks = s.as_bytes().chunks_exact(8);
    for c in &mut chunks {
        let mut word = [0u8; 8];
        word.copy_from_slice(c);
        h = (h ^ u64::from_le_bytes(word)).wrapping_mul(0x9e3779b97f4a7c15).rotate_left(23);
    }
    for b in chunks.remainder() {
        h = (h ^ *b as u64).wrapping_mul(0x100000001b3);
    }
    h ^ (h >> 29)
}

#[derive(Default)]
pub struct DictObj {
    pub map: RefCell<IndexMap<Key, Obj, Build>>,
}

impl DictObj {
    pub fn get_str(&self, name: &str) -> Option<Obj> {
        self.map.borrow().get(&StrKey(name)).cloned()
    }
    pub fn has_str(&self, name: &str) -> bool {
        self.map.borrow().contains_key(&StrKey(name))
    }
    pub fn set_str(&self, name: &str, value: Obj) {
        if let Some(v) = self.map.borrow_mut().get_mut(&StrKey(name)) {
            *v = value;
            return;
        }
        self.map.borrow_mut().insert(Key::str(name), value);
    }
    pub fn set_name(&self, name: &std::sync::Arc<str>, value: Obj) {
        if let Some(v) = self.map.borrow_mut().get_mut(&StrKey(name)) {
            *v = value;
            return;
        }
        self.map.borrow_mut().insert(Key::name(name), value);
    }
    pub fn remove_str(&self, name: &str) -> Option<Obj> {
        self.map.borrow_mut().shift_remove(&StrKey(name))
    }
    pub fn get(&self, key: &Key) -> Option<Obj> {
        self.map.borrow().get(key).cloned()
    }
    pub fn set(&self, key: Key, value: Obj) {
        self.map.borrow_mut().insert(key, value);
    }
    pub fn remove(&self, key: &Key) -> Option<Obj> {
        self.map.borrow_mut().shift_remove(key)
    }
    pub fn len(&self) -> usize {
        self.map.borrow().len()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    pub fn keys(&self) -> Vec<Obj> {
        self.map.borrow().keys().map(|k| k.obj.clone()).collect()
    }
    pub fn values(&self) -> Vec<Obj> {
        self.map.borrow().values().cloned().collect()
    }
    pub fn items(&self) -> Vec<(Obj, Obj)> {
        self.map.borrow().iter().map(|(k, v)| (k.obj.clone(), v.clone())).collect()
    }
    /// Items with string keys, in order.
    pub fn str_items(&self) -> Vec<(std::sync::Arc<str>, Obj)> {
        let pick = |(k, v): (&Key, &Obj)| match &k.obj {
            Obj::Str(s) => Some((s.clone(), v.clone())),
            _ => None,
        };
        self.map.borrow().iter().filter_map(pick).collect()
    }
    pub fn copy(&self) -> Rc<DictObj> {
        Rc::new(DictObj { map: RefCell::new(self.map.borrow().clone()) })
    }
}

pub struct SetObj {
    pub items: RefCell<IndexSet<Key, Build>>,
    pub frozen: bool,
}

impl SetObj {
    pub fn new(frozen: bool) -> SetObj {
        SetObj { items: RefCell::default(), frozen }
    }
    pub fn objs(&self) -> Vec<Obj> {
        self.items.borrow().iter().map(|k| k.obj.clone()).collect()
    }
    pub fn has(&self, key: &Key) -> bool {
        self.items.borrow().contains(key)
    }
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

const PRIME: u64 = (1 << 61) - 1;

fn hash_i128(v: i128) -> u64 {
    let m = (v.unsigned_abs() % PRIME as u128) as i64;
    let m = if v < 0 { -m } else { m };
    (if m == -1 { -2 } else { m }) as u64
}

fn hash_float(f: f64) -> u64 {
    if f.is_nan() {
        0
    } else if f.is_infinite() {
        if f > 0.0 { 314159 } else { (-314159i64) as u64 }
    } else {
        // value = mantissa * 2^exponent, reduced modulo the Mersenne prime.
        let bits = f.to_bits();
        let exponent = ((bits >> 52) & 0x7ff) as i64;
        let (mantissa, exponent) =
            if exponent == 0 { (bits & ((1 << 52) - 1), -1074) } else { ((bits & ((1 << 52) - 1)) | 1 << 52, exponent - 1075) };
        let shift = exponent.rem_euclid(61) as u32;
        let m = mantissa % PRIME;
        let m = ((m as u128) << shift) % PRIME as u128;
        hash_i128(if f < 0.0 { -(m as i128) } else { m as i128 })
    }
}

impl interp::Interp {
    /// The key of a hashable object, or `TypeError: unhashable type`.
    pub fn key(&self, obj: &Obj) -> R<Key> {
        Ok(Key { hash: self.hash(obj)?, obj: obj.clone() })
    }

    /// Python's `hash`.
    pub fn hash(&self, obj: &Obj) -> R<u64> {
        Ok(match obj {
            Obj::Str(s) => hash_str(s),
            Obj::Bool(b) => *b as u64,
            Obj::Int(i) => hash_i128(*i as i128),
            Obj::Big(b) => {
                let m = &**b % num_bigint::BigInt::from(PRIME);
                hash_i128(i128::try_from(m).unwrap_or(0))
            }
            Obj::Float(f) => hash_float(*f),
            Obj::Complex(c) => hash_float(c.re).wrapping_add(1000003u64.wrapping_mul(hash_float(c.im))),
            Obj::Bytes(b) => b.iter().fold(0xcbf29ce484222325, |h, b| (h ^ *b as u64).wrapping_mul(0x100000001b3)),
            Obj::None => 0xfca86420,
            Obj::Ellipsis => 0x1234,
            Obj::NotImplemented => 0x4321,
            Obj::Tuple(items) => {
                let mut h = 0x345678u64;
                for i in items.iter() {
                    h = (h ^ self.hash(i)?).wrapping_mul(1000003).wrapping_add(82520);
                }
                h
            }
            Obj::Set(s) if s.frozen => s.items.borrow().iter().fold(0x9e37, |h, k| h ^ k.hash.wrapping_mul(0x9e3779b97f4a7c15)),
            Obj::Range(r) => {
                (r.start as u64).wrapping_mul(31).wrapping_add(r.stop as u64).wrapping_mul(31).wrapping_add(r.step as u64)
            }
            Obj::List(_) | Obj::Dict(_) | Obj::Set(_) | Obj::Slice(_) => {
                return self.type_error(format!("unhashable type: '{}'", self.type_name(obj)));
            }
            Obj::Torch(t) => t.hash(),
            Obj::Bound(b) => self.hash(&b.recv).unwrap_or(0) ^ self.hash(&b.func)?,
            Obj::Instance(i) => {
                let class = i.class.borrow().clone();
                match class.lookup_with_owner("__hash__") {
                    Some((Obj::None, _)) => return self.type_error(format!("unhashable type: '{}'", self.type_name(obj))),
                    Some((_, owner)) if owner.layout == super::object::Layout::Object && &*owner.module != "builtins" => {
                        match self.call_method(obj, "__hash__", vec![])? {
                            Obj::Int(i) => hash_i128(i as i128),
                            Obj::Big(b) => self.hash(&Obj::Big(b))?,
                            Obj::Bool(b) => b as u64,
                            _ => return self.type_error("__hash__ method should return an integer"),
                        }
                    }
                    Some((h @ Obj::Function(_), _)) => match self.call(&h, super::object::Args::new(vec![obj.clone()]))? {
                        Obj::Int(i) => hash_i128(i as i128),
                        Obj::Big(b) => self.hash(&Obj::Big(b))?,
                        _ => return self.type_error("__hash__ method should return an integer"),
                    },
                    _ => {
                        let inner = obj.unwrapped();
                        if matches!(inner, Obj::Instance(_)) { obj.address().unwrap_or(0) as u64 } else { self.hash(&inner)? }
                    }
                }
            }
            other => other.address().unwrap_or(0) as u64,
        })
    }
}
