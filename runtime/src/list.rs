//! Lists. Elements lie unboxed: 8-byte ints, doubles, bytes for bools, object pointers, or whole Values.

use crate::error::Result;
use crate::header::{Header, Kind, Object, Ref};
use crate::value::Value;
use core::cell::Cell;

/// How a list's elements lie in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Elem {
    /// int, dtype, layout, memory format.
    I64 = 0,
    F64 = 1,
    /// One byte.
    Bool = 2,
    /// Pointers to objects (tensors, strings, lists, boxed tuples ...); null for None in a list of optionals.
    Ptr = 3,
    /// Everything else: numbers of mixed type, complex, optional scalars, devices, Any.
    Val = 4,
}

impl Elem {
    /// How elements lie that are all of one type, or of several.
    pub fn common<'a>(values: impl Iterator<Item = &'a Value>) -> Elem {
        let mut found: Option<(u64, Elem)> = None;
        for v in values {
            let elem = crate::args::elem_of(v);
            match found {
                None => found = Some((v.tag, elem)),
                Some((tag, _)) if tag == v.tag => {}
                Some(_) => return Elem::Val,
            }
        }
        found.map_or(Elem::Val, |f| f.1)
    }

    /// Bytes per element.
    pub const fn size(self) -> usize {
        match self {
            Elem::I64 | Elem::F64 | Elem::Ptr => 8,
            Elem::Bool => 1,
            Elem::Val => 16,
        }
    }

    pub fn from_number(n: u8) -> Elem {
        match n {
            0 => Elem::I64,
            1 => Elem::F64,
            2 => Elem::Bool,
            3 => Elem::Ptr,
            _ => Elem::Val,
        }
    }
}

#[repr(C)]
pub struct List {
    pub header: Header,
    len: Cell<usize>,
    data: Cell<*mut u8>,
    cap: Cell<usize>,
    /// Description of the element type (see `descriptor`), or null.
    pub desc: *const u8,
    pub elem: Elem,
}
// SAFETY: header first.
unsafe impl Object for List {
    const KIND: Kind = Kind::List;
}

pub const LIST_LEN_OFFSET: usize = core::mem::offset_of!(List, len);
/// Offset of the pointer to element 0. It changes when the list grows.
pub const LIST_DATA_OFFSET: usize = core::mem::offset_of!(List, data);
pub const LIST_CAP_OFFSET: usize = core::mem::offset_of!(List, cap);
pub const LIST_ELEM_OFFSET: usize = core::mem::offset_of!(List, elem);
const _: () = assert!(LIST_LEN_OFFSET == 8 && LIST_DATA_OFFSET == 16 && LIST_CAP_OFFSET == 24 && LIST_ELEM_OFFSET == 40);

/// A Rust type that lies in lists as it is.
///
/// # Safety
/// `ELEM` is the layout of the type.
pub unsafe trait Item {
    const ELEM: Elem;
}
// SAFETY: layouts as in Elem.
unsafe impl Item for i64 {
    const ELEM: Elem = Elem::I64;
}
unsafe impl Item for f64 {
    const ELEM: Elem = Elem::F64;
}
unsafe impl Item for bool {
    const ELEM: Elem = Elem::Bool;
}
unsafe impl<T> Item for Ref<T> {
    const ELEM: Elem = Elem::Ptr;
}
unsafe impl<T> Item for Option<Ref<T>> {
    const ELEM: Elem = Elem::Ptr;
}
unsafe impl Item for Value {
    const ELEM: Elem = Elem::Val;
}

/// The error of an index out of range.
pub fn out_of_range() -> crate::Error {
    err!(Index, "list index out of range")
}

impl List {
    /// Empty, with room for `cap` elements.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(elem: Elem, cap: usize) -> Ref<List> {
        let l = Ref::new(List {
            header: Header::new(Kind::List),
            len: Cell::new(0),
            data: Cell::new(core::ptr::without_provenance_mut(16)),
            cap: Cell::new(0),
            desc: core::ptr::null(),
            elem,
        });
        l.reserve(cap);
        l
    }

    pub fn from_items<T: Item>(items: impl IntoIterator<Item = T>) -> Ref<List> {
        let items = items.into_iter();
        let l = List::new(T::ELEM, items.size_hint().0);
        for i in items {
            l.push_item(i);
        }
        l
    }

    /// A list of values whose type nothing declares: it lies as a list of their common type would.
    pub fn of_values(values: &[Value]) -> Result<Ref<List>> {
        let list = List::new(Elem::common(values.iter()), values.len());
        values.iter().try_for_each(|v| list.push(v.clone()))?;
        Ok(list)
    }

    pub fn len(&self) -> usize {
        self.len.get()
    }

    pub fn is_empty(&self) -> bool {
        self.len.get() == 0
    }

    /// Room for `more` elements beyond the length.
    pub fn reserve(&self, more: usize) {
        let need = self.len.get().saturating_add(more);
        if need <= self.cap.get() {
            return;
        }
        let cap = need.max(self.cap.get() * 2).max(4);
        let old = if self.cap.get() == 0 { core::ptr::null_mut() } else { self.data.get() };
        let bytes = cap.checked_mul(self.elem.size()).filter(|b| *b <= isize::MAX as usize);
        // SAFETY: old is null or this list's block.
        let p = bytes.map_or(core::ptr::null_mut(), |b| unsafe { libc::realloc(old as *mut libc::c_void, b) });
        if p.is_null() {
            panic!("out of memory");
        }
        self.data.set(p as *mut u8);
        self.cap.set(cap);
    }

    /// The elements as they lie, if they have that type. For pointers the caller says what they point to.
    pub fn items<T: Item>(&self) -> Option<&[T]> {
        // SAFETY: len elements of that layout.
        (T::ELEM == self.elem).then(|| unsafe { core::slice::from_raw_parts(self.data.get() as *const T, self.len.get()) })
    }

    /// # Safety
    /// The list's elements have type `T`.
    unsafe fn raw<T>(&self) -> *mut T {
        self.data.get() as *mut T
    }

    /// Appends an element of the list's own layout; others are ignored.
    pub fn push_item<T: Item>(&self, item: T) {
        debug_assert!(T::ELEM == self.elem);
        self.reserve(1);
        // SAFETY: there is room.
        unsafe { self.raw::<T>().add(self.len.get()).write(item) }
        self.len.set(self.len.get() + 1);
    }

    /// Appends `n` elements of this list's layout from memory; objects get their own counts.
    ///
    /// # Safety
    /// `data` holds them.
    pub unsafe fn append_raw(&self, data: *const u8, n: usize) {
        self.reserve(n);
        // SAFETY: room for n; a copied pointer or Value is counted right away.
        unsafe {
            core::ptr::copy_nonoverlapping(data, self.data.get().add(self.len() * self.elem.size()), n * self.elem.size());
            let from = self.len();
            self.len.set(from + n);
            for i in from..from + n {
                match self.elem {
                    Elem::Ptr => crate::header::ts_incref(*self.raw::<*mut Header>().add(i)),
                    Elem::Val => core::mem::forget((*self.raw::<Value>().add(i)).clone()),
                    _ => {}
                }
            }
        }
    }

    /// Element `i` boxed.
    pub fn get(&self, i: usize) -> Option<Value> {
        if i >= self.len.get() {
            return None;
        }
        // SAFETY: in range; the layout is the list's.
        Some(unsafe {
            match self.elem {
                Elem::I64 => Value::int(*self.raw::<i64>().add(i)),
                Elem::F64 => Value::float(*self.raw::<f64>().add(i)),
                Elem::Bool => Value::bool(*self.raw::<u8>().add(i) != 0),
                Elem::Ptr => {
                    let p = *self.raw::<*mut Header>().add(i);
                    crate::header::ts_incref(p);
                    Value::from_object(p)
                }
                Elem::Val => (*self.raw::<Value>().add(i)).clone(),
            }
        })
    }

    /// Elements boxed.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Value> + '_ {
        (0..self.len()).map(|i| self.get(i).unwrap_or(Value::none()))
    }

    /// Writes `v` at `i` without looking at what is there.
    unsafe fn write(&self, i: usize, v: Value) -> Result<()> {
        // SAFETY: the caller made room at i.
        unsafe {
            match (self.elem, v.as_scalar()) {
                (Elem::I64, Some(s)) if s.is_integral() => self.raw::<i64>().add(i).write(s.to_i64()),
                (Elem::F64, Some(s)) if !s.is_complex() => self.raw::<f64>().add(i).write(s.to_f64()),
                (Elem::Bool, Some(s)) => self.raw::<u8>().add(i).write(s.to_bool() as u8),
                (Elem::Val, _) => self.raw::<Value>().add(i).write(v),
                (Elem::Ptr, _) if v.is_none() || v.as_object().is_some() => {
                    self.raw::<*mut Header>().add(i).write(v.as_object().unwrap_or(core::ptr::null_mut()));
                    core::mem::forget(v);
                }
                _ => bail!(Type, "a list of {:?} elements can't hold a value of type {}", self.elem, v.kind_name()),
            }
        }
        Ok(())
    }

    unsafe fn drop_at(&self, i: usize) {
        // SAFETY: the caller gives up the element.
        unsafe {
            match self.elem {
                Elem::Ptr => crate::header::ts_decref(*self.raw::<*mut Header>().add(i)),
                Elem::Val => core::ptr::drop_in_place(self.raw::<Value>().add(i)),
                _ => {}
            }
        }
    }

    /// Appends a boxed element.
    pub fn push(&self, v: Value) -> Result<()> {
        self.insert(self.len(), v)
    }

    /// Inserts before `i` (at most the length).
    pub fn insert(&self, i: usize, v: Value) -> Result<()> {
        let n = self.len();
        let i = i.min(n);
        self.reserve(1);
        let e = self.elem.size();
        // SAFETY: room for one more; the tail moves up, and back when the value doesn't fit.
        unsafe {
            let p = self.data.get().add(i * e);
            core::ptr::copy(p, p.add(e), (n - i) * e);
            if let Err(error) = self.write(i, v) {
                core::ptr::copy(p.add(e), p, (n - i) * e);
                return Err(error);
            }
        }
        self.len.set(n + 1);
        Ok(())
    }

    /// Replaces element `i`.
    pub fn set(&self, i: usize, v: Value) -> Result<()> {
        let old = self.get(i).ok_or_else(out_of_range)?;
        // SAFETY: in range; `old` keeps the replaced element alive until after the write.
        unsafe {
            self.write(i, v)?;
            if self.elem == Elem::Ptr || self.elem == Elem::Val {
                // The count that the list held.
                drop(core::ptr::read(&old));
            }
        }
        Ok(())
    }

    /// Takes element `i` out.
    pub fn remove(&self, i: usize) -> Option<Value> {
        let v = self.get(i)?;
        self.drain(i, i + 1);
        Some(v)
    }

    /// Drops elements `a..b`.
    pub fn drain(&self, a: usize, b: usize) {
        let n = self.len();
        let (a, b) = (a.min(n), b.min(n));
        if a >= b {
            return;
        }
        let e = self.elem.size();
        // SAFETY: the range leaves the list before anything is dropped that could look at it.
        unsafe {
            let held: alloc::vec::Vec<u8> = core::slice::from_raw_parts(self.data.get().add(a * e), (b - a) * e).to_vec();
            core::ptr::copy(self.data.get().add(b * e), self.data.get().add(a * e), (n - b) * e);
            self.len.set(n - (b - a));
            for i in 0..b - a {
                let p = held.as_ptr().add(i * e);
                match self.elem {
                    Elem::Ptr => crate::header::ts_decref((p as *const *mut Header).read_unaligned()),
                    Elem::Val => drop((p as *const Value).read_unaligned()),
                    _ => {}
                }
            }
        }
    }

    pub fn clear(&self) {
        self.drain(0, self.len());
    }

    /// Elements `start, start + step, ...`, `count` of them, as a new list.
    pub fn pick(&self, start: usize, step: isize, count: usize) -> Ref<List> {
        let out = self.empty_like(count);
        let e = self.elem.size();
        for k in 0..count {
            let i = start.wrapping_add_signed(step * k as isize);
            if i >= self.len() {
                break;
            }
            // SAFETY: in range; the copy gets its own count.
            unsafe {
                match self.elem {
                    Elem::Ptr => crate::header::ts_incref(*self.raw::<*mut Header>().add(i)),
                    Elem::Val => core::mem::forget((*self.raw::<Value>().add(i)).clone()),
                    _ => {}
                }
                core::ptr::copy_nonoverlapping(self.data.get().add(i * e), out.data.get().add(k * e), e);
            }
            out.len.set(k + 1);
        }
        out
    }

    /// Empty, with the same element type.
    pub fn empty_like(&self, cap: usize) -> Ref<List> {
        let l = List::new(self.elem, cap);
        // SAFETY: the list is new and has one owner.
        unsafe { (*l.as_ptr()).desc = self.desc }
        l
    }

    pub fn copy(&self) -> Ref<List> {
        self.pick(0, 1, self.len())
    }

    /// Appends all of `other`, which has the same layout.
    pub fn extend(&self, other: &List) -> Result<()> {
        let n = other.len();
        self.reserve(n);
        if core::ptr::eq(self, other) {
            self.extend_within(n);
            return Ok(());
        }
        if self.elem != other.elem {
            for i in 0..n {
                self.push(other.get(i).unwrap_or(Value::none()))?;
            }
            return Ok(());
        }
        // SAFETY: n elements of this layout.
        unsafe { self.append_raw(other.data.get(), n) };
        Ok(())
    }

    /// Appends its own first `n` elements.
    pub fn extend_within(&self, n: usize) {
        let n = n.min(self.len());
        self.reserve(n);
        // SAFETY: n elements of this layout, read where they lie after making room.
        unsafe { self.append_raw(self.data.get(), n) }
    }

    /// Exchanges two elements.
    pub fn swap(&self, i: usize, j: usize) {
        let (n, e) = (self.len(), self.elem.size());
        if i < n && j < n && i != j {
            // SAFETY: two different elements.
            unsafe { core::ptr::swap_nonoverlapping(self.data.get().add(i * e), self.data.get().add(j * e), e) }
        }
    }

    /// An index from either end, when it is in range.
    pub fn wrap(&self, i: i64) -> Option<usize> {
        let n = self.len() as i64;
        let i = if i < 0 { i + n } else { i };
        (0..n).contains(&i).then_some(i as usize)
    }
}

impl Drop for List {
    fn drop(&mut self) {
        for i in 0..self.len() {
            // SAFETY: the list is dying.
            unsafe { self.drop_at(i) }
        }
        if self.cap.get() > 0 {
            // SAFETY: this list's block.
            unsafe { libc::free(self.data.get() as *mut libc::c_void) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::str::Str;

    #[test]
    fn pointers_keep_their_counts() {
        let s = Str::new("x");
        let l = List::from_items([s.clone(), s.clone()]);
        assert_eq!(s.header().count(), 3);
        l.set(0, Value::from("y")).unwrap();
        l.insert(0, s.clone().into()).unwrap();
        assert_eq!(s.header().count(), 3);
        let c = l.pick(2, -1, 3);
        assert_eq!((c.len(), s.header().count()), (3, 5));
        l.extend(&l.clone()).unwrap();
        assert_eq!((l.len(), s.header().count()), (6, 7));
        l.drain(1, 6);
        assert!(l.push(Value::int(1)).is_err());
        drop((l, c));
        assert_eq!(s.header().count(), 1);
    }

    #[test]
    fn values_convert_to_the_layout() {
        let l = List::new(Elem::F64, 0);
        l.push(Value::int(3)).unwrap();
        assert_eq!(l.items::<f64>(), Some(&[3.0][..]));
        assert_eq!(l.wrap(-1), Some(0));
        assert_eq!(l.wrap(1), None);
    }
}
