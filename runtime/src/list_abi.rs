//! What operators on lists share, and the list helpers of generated code, which reads and writes elements itself.

use crate::error::Result;
use crate::header::Ref;
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
    let total = l.len().saturating_mul(n.max(0) as usize);
    let out = l.empty_like(total);
    if total > 0 {
        out.extend(l)?;
    }
    while out.len() < total {
        out.extend_within(out.len().min(total - out.len()));
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
    if let (Some(x), Some(y)) = (a.as_bytes(), b.as_bytes()) {
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

natives! {
    /// An empty list with room for `cap` elements of layout `elem` (see Elem).
    fn ts_list_new(elem: u8, cap: usize) -> *mut List { List::new(Elem::from_number(elem), cap).into_raw() }
    /// An index that counts from the end, from the start. Whoever calls it checks the sum.
    fn ts_list_wrap(i: i64, len: i64) -> i64 { i.wrapping_add(len) }
    /// Whether `a, b = list` finds as many elements as names.
    fn ts_list_unpack(list: *const List, n: i64) -> i32 {
        let len = unsafe { (*list).len() };
        if len as i64 == n { 0 } else { err!("Expected {n} elements in a list but found {len}").status() }
    }
    /// Room for one more element.
    fn ts_list_grow(list: *const List) {
        unsafe { (*list).reserve(1) }
    }
    /// Room for `n` more elements.
    fn ts_list_reserve(list: *const List, n: i64) {
        unsafe { (*list).reserve(n.max(0) as usize) }
    }
}
