//! Tuples as objects: inside a [`Value`] and in containers.

use crate::header::{Header, Kind, Object, Ref, new_object};
use crate::object::ClassDesc;
use crate::value::Value;

/// The items follow the object.
#[repr(C)]
pub struct Tuple {
    pub header: Header,
    pub len: usize,
    /// Name and field names of a NamedTuple, or null.
    pub desc: *const ClassDesc,
}

/// Offset of the first item.
pub const TUPLE_ITEMS_OFFSET: usize = size_of::<Tuple>();
const _: () = assert!(TUPLE_ITEMS_OFFSET == 24);

// SAFETY: header first.
unsafe impl Object for Tuple {
    const KIND: Kind = Kind::Tuple;
}

impl Tuple {
    #[allow(clippy::new_ret_no_self)]
    pub fn new(items: impl ExactSizeIterator<Item = Value>) -> Ref<Tuple> {
        Tuple::named(items, core::ptr::null())
    }

    pub fn named(items: impl ExactSizeIterator<Item = Value>, desc: *const ClassDesc) -> Ref<Tuple> {
        let n = items.len();
        // SAFETY: the block holds n values behind the head; each is written once.
        unsafe {
            let p = new_object(TUPLE_ITEMS_OFFSET + n * size_of::<Value>()) as *mut Tuple;
            p.write(Tuple { header: Header::new(Kind::Tuple), len: 0, desc });
            let first = (p as *mut u8).add(TUPLE_ITEMS_OFFSET) as *mut Value;
            for (i, v) in items.take(n).enumerate() {
                first.add(i).write(v);
                (*p).len = i + 1;
            }
            Ref::from_raw(p)
        }
    }

    pub fn items(&self) -> &[Value] {
        // SAFETY: len values follow.
        unsafe {
            let first = (self as *const Tuple as *const u8).add(TUPLE_ITEMS_OFFSET) as *const Value;
            core::slice::from_raw_parts(first, self.len)
        }
    }

    pub(crate) unsafe fn drop_items(&mut self) {
        // SAFETY: the object is dying, its values go with it.
        unsafe {
            let first = (self as *mut Tuple as *mut u8).add(TUPLE_ITEMS_OFFSET) as *mut Value;
            core::ptr::drop_in_place(core::ptr::slice_from_raw_parts_mut(first, self.len));
        }
    }
}

natives! {
    /// A tuple of copies of `n` values. `desc` names a NamedTuple's fields, or is null.
    fn ts_tuple_new(n: usize, items: *const Value, desc: *const ClassDesc) -> *mut Tuple {
        Tuple::named((0..n).map(|i| unsafe { (*items.add(i)).clone() }), desc).into_raw()
    }
}
