//! List helpers for generated code, one set per element layout.
//!
//! Lists, strings and values are borrowed, results owned; an element that a list keeps gets its own count. Indexes count from either
//! end. Functions that can fail return 0 or the error's status and write their result through `out`. Reading and writing elements of
//! lists of ints, floats and pointers is emitted inline; `ts_list_index_error` then raises.

use crate::dict::{give, status};
use crate::error::Result;
use crate::header::{Header, Ref, ts_incref};
use crate::list::{Elem, List, out_of_range};
use crate::value::Value;

fn at(l: &List, i: i64) -> Result<usize> {
    l.wrap(i).ok_or_else(out_of_range)
}

/// Where `insert` puts an element: clamped.
pub(crate) fn insert_at(l: &List, i: i64) -> usize {
    let n = l.len() as i64;
    (if i < 0 { i.saturating_add(n) } else { i }).clamp(0, n) as usize
}

/// `l.pop(i)`
pub(crate) fn pop(l: &List, i: i64) -> Result<Value> {
    check!(!l.is_empty(), Index, "pop from empty list");
    let i = at(l, i)?;
    l.remove(i).ok_or_else(out_of_range)
}

/// Python's slice bounds: first index and number of elements.
pub(crate) fn slice_bounds(n: usize, start: Option<i64>, end: Option<i64>, step: i64) -> Result<(usize, usize)> {
    check!(step != 0, Value, "List slice should have non-zero step");
    let n = n as i64;
    let (low, high) = if step < 0 { (-1, n - 1) } else { (0, n) };
    let clamp = |i: i64| (if i < 0 { i.saturating_add(n) } else { i }).clamp(low, high);
    let a = start.map_or(if step < 0 { high } else { low }, clamp);
    let b = end.map_or(if step < 0 { low } else { high }, clamp);
    let count = match step {
        s if s > 0 && a < b => (b - a - 1) / s + 1,
        s if s < 0 && b < a => (a - b - 1) / s.saturating_neg() + 1,
        _ => 0,
    };
    Ok((a.max(0) as usize, count as usize))
}

/// `l[start:end:step]`
pub(crate) fn slice(l: &List, start: Option<i64>, end: Option<i64>, step: i64) -> Result<Ref<List>> {
    let (a, count) = slice_bounds(l.len(), start, end, step)?;
    Ok(l.pick(a, step as isize, count))
}

/// `l * n`
pub(crate) fn repeat(l: &List, n: i64) -> Result<Ref<List>> {
    let out = l.empty_like(l.len().saturating_mul(n.max(0) as usize));
    for _ in 0..n {
        out.extend(l)?;
    }
    Ok(out)
}

/// `a + b`
pub(crate) fn concat(a: &List, b: &List) -> Result<Ref<List>> {
    let out = a.empty_like(a.len() + b.len());
    out.extend(a)?;
    out.extend(b)?;
    Ok(out)
}

/// Elements compared as `==`: numbers by value, strings by text, tensors and objects by identity.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    if let (Some(x), Some(y)) = (a.as_scalar(), b.as_scalar()) {
        return x.to::<crate::element::Complex<f64>>() == y.to();
    }
    if let (Some(x), Some(y)) = (a.as_str(), b.as_str()) {
        return x == y;
    }
    if let (Some(x), Some(y)) = (a.as_list(), b.as_list()) {
        return x.len() == y.len() && x.iter().zip(y.iter()).all(|(p, q)| same(&p, &q));
    }
    if let (Some(x), Some(y)) = (a.as_tuple(), b.as_tuple()) {
        return x.len == y.len && x.items().iter().zip(y.items()).all(|(p, q)| same(p, q));
    }
    if let (Some(x), Some(y)) = (a.as_dict(), b.as_dict()) {
        return x.len() == y.len() && x.iter().all(|(k, v)| y.get(&k).is_some_and(|w| same(&v, &w)));
    }
    a.tag == b.tag && a.payload == b.payload
}

macro_rules! typed {
    ($($push:ident $get:ident $set:ident $insert:ident $pop:ident $t:ty, $v:ident => $box:expr, $b:ident => $unbox:expr;)*) => { natives! { $(
        /// Appends.
        fn $push(l: *const List, v: $t) -> i32 {
            let $v = v;
            unsafe { status((*l).push($box)) }
        }
        /// Reads an element.
        fn $get(l: *const List, i: i64, out: *mut $t) -> i32 {
            let l = unsafe { &*l };
            match at(l, i).and_then(|i| l.get(i).ok_or_else(out_of_range)) {
                Ok($b) => { unsafe { out.write($unbox) }; 0 }
                Err(e) => e.status(),
            }
        }
        /// Replaces an element.
        fn $set(l: *const List, i: i64, v: $t) -> i32 {
            let $v = v;
            let l = unsafe { &*l };
            status(at(l, i).and_then(|i| l.set(i, $box)))
        }
        /// Inserts before an element; out of range at the nearer end.
        fn $insert(l: *const List, i: i64, v: $t) -> i32 {
            let $v = v;
            let l = unsafe { &*l };
            status(l.insert(insert_at(l, i), $box))
        }
        /// Takes an element out.
        fn $pop(l: *const List, i: i64, out: *mut $t) -> i32 {
            match pop(unsafe { &*l }, i) {
                Ok($b) => { unsafe { out.write($unbox) }; 0 }
                Err(e) => e.status(),
            }
        }
    )*
    /// An empty list with room for `cap` elements of layout `elem` (see Elem).
    fn ts_list_new(elem: u8, cap: usize) -> *mut List { List::new(Elem::from_number(elem), cap).into_raw() }
    /// A list of `n` elements copied from memory of that layout; objects get their own counts.
    fn ts_list_from(elem: u8, data: *const u8, n: usize) -> *mut List {
        let l = List::new(Elem::from_number(elem), n);
        unsafe { l.append_raw(data, n) };
        l.into_raw()
    }
    fn ts_list_len(l: *const List) -> i64 { unsafe { (*l).len() as i64 } }
    /// Raises "list index out of range"; returns the status.
    fn ts_list_index_error() -> i32 { out_of_range().status() }
    /// `del l[i]`
    fn ts_list_del(l: *const List, i: i64) -> i32 {
        let l = unsafe { &*l };
        status(at(l, i).map(|i| l.drain(i, i + 1)))
    }
    fn ts_list_extend(l: *const List, other: *const List) -> i32 { unsafe { status((*l).extend(&*other)) } }
    fn ts_list_clear(l: *const List) { unsafe { (*l).clear() } }
    fn ts_list_copy(l: *const List) -> *mut List { unsafe { (*l).copy().into_raw() } }
    fn ts_list_reverse(l: *const List) {
        let l = unsafe { &*l };
        let n = l.len();
        (0..n / 2).for_each(|i| l.swap(i, n - 1 - i));
    }
    /// `a + b`; null on failure.
    fn ts_list_concat(a: *const List, b: *const List) -> *mut List {
        unsafe { concat(&*a, &*b).map_or(core::ptr::null_mut(), |l| l.into_raw()) }
    }
    /// `l * n`; null on failure.
    fn ts_list_mul(l: *const List, n: i64) -> *mut List {
        unsafe { repeat(&*l, n).map_or(core::ptr::null_mut(), |l| l.into_raw()) }
    }
    /// `l[start:end:step]`; `flags` bit 0: start is given, bit 1: end is given. Null on failure.
    fn ts_list_slice(l: *const List, flags: u32, start: i64, end: i64, step: i64) -> *mut List {
        let opt = |bit: u32, v: i64| (flags & bit != 0).then_some(v);
        unsafe { slice(&*l, opt(1, start), opt(2, end), step).map_or(core::ptr::null_mut(), |l| l.into_raw()) }
    }
    /// Elementwise `==` as of Python, tensors by identity.
    fn ts_list_eq(a: *const List, b: *const List) -> bool {
        let (a, b) = unsafe { (&*a, &*b) };
        a.len() == b.len() && a.iter().zip(b.iter()).all(|(x, y)| same(&x, &y))
    }
    fn ts_list_contains(l: *const List, v: *const Value) -> bool { unsafe { (*l).iter().any(|x| same(&x, &*v)) } }
    /// Element `i` boxed, whatever the layout.
    fn ts_list_get(l: *const List, i: i64, out: *mut Value) -> i32 {
        let l = unsafe { &*l };
        give(at(l, i).and_then(|i| l.get(i).ok_or_else(out_of_range)), out)
    }
    /// Takes element `i` out, boxed, whatever the layout.
    fn ts_list_pop(l: *const List, i: i64, out: *mut Value) -> i32 { give(pop(unsafe { &*l }, i), out) }
    /// Appends a boxed element, whatever the layout.
    fn ts_list_push(l: *const List, v: *const Value) -> i32 { unsafe { status((*l).push((*v).clone())) } }
    /// Replaces an element by a boxed one, whatever the layout.
    fn ts_list_set(l: *const List, i: i64, v: *const Value) -> i32 {
        let l = unsafe { &*l };
        status(at(l, i).and_then(|i| l.set(i, unsafe { (*v).clone() })))
    }
    /// Inserts a boxed element, whatever the layout.
    fn ts_list_insert(l: *const List, i: i64, v: *const Value) -> i32 {
        let l = unsafe { &*l };
        status(l.insert(insert_at(l, i), unsafe { (*v).clone() }))
    }
    } };
}

fn object(p: *mut Header) -> Value {
    // SAFETY: null or live.
    unsafe {
        ts_incref(p);
        Value::from_object(p)
    }
}

fn pointer(v: Value) -> *mut Header {
    let p = v.as_object().unwrap_or(core::ptr::null_mut());
    core::mem::forget(v);
    p
}

typed! {
    ts_list_push_i64 ts_list_get_i64 ts_list_set_i64 ts_list_insert_i64 ts_list_pop_i64 i64, v => Value::int(v), b => b.payload as i64;
    ts_list_push_f64 ts_list_get_f64 ts_list_set_f64 ts_list_insert_f64 ts_list_pop_f64 f64, v => Value::float(v), b => f64::from_bits(b.payload);
    ts_list_push_bool ts_list_get_bool ts_list_set_bool ts_list_insert_bool ts_list_pop_bool bool, v => Value::bool(v), b => b.payload != 0;
    ts_list_push_ptr ts_list_get_ptr ts_list_set_ptr ts_list_insert_ptr ts_list_pop_ptr *mut Header, v => object(v), b => pointer(b);
}
