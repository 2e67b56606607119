//! Instances of script classes and modules, enum members, futures.

use crate::header::{Header, Kind, Object, Ref, new_object};
use crate::value::Value;
use core::cell::UnsafeCell;

/// A string constant: pointer and byte count.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    pub ptr: *const u8,
    pub len: usize,
}

impl Text {
    /// # Safety
    /// Points to live UTF-8.
    pub unsafe fn as_str<'a>(self) -> &'a str {
        if self.len == 0 {
            return "";
        }
        // SAFETY: by contract.
        unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(self.ptr, self.len)) }
    }
}

/// Static description of a class, module type, enum or NamedTuple.
#[repr(C)]
pub struct ClassDesc {
    /// Qualified name (`__torch__.Foo`).
    pub name: Text,
    pub field_count: usize,
    pub fields: *const Text,
}
// SAFETY: constants.
unsafe impl Sync for ClassDesc {}

impl ClassDesc {
    pub fn name(&self) -> &str {
        // SAFETY: constants of the artifact.
        unsafe { self.name.as_str() }
    }

    pub fn field(&self, i: usize) -> Option<&str> {
        // SAFETY: constants of the artifact.
        (i < self.field_count).then(|| unsafe { (*self.fields.add(i)).as_str() })
    }
}

/// The fields follow the object, 16 bytes each, in the class's order. An enum member's fields are its name and its value.
#[repr(C)]
pub struct Instance {
    pub header: Header,
    pub class: *const ClassDesc,
    pub len: usize,
}

/// Offset of field 0's tag; its payload is 8 bytes further, field i is at `+ 16 * i`.
pub const OBJECT_FIELDS_OFFSET: usize = size_of::<Instance>();
const _: () = assert!(OBJECT_FIELDS_OFFSET == 24);

// SAFETY: header first.
unsafe impl Object for Instance {
    const KIND: Kind = Kind::Object;
}

impl Instance {
    /// An instance whose fields are None.
    #[allow(clippy::new_ret_no_self)]
    pub fn new(class: *const ClassDesc, len: usize, kind: Kind) -> Ref<Instance> {
        // SAFETY: the block holds len values behind the head.
        unsafe {
            let p = new_object(OBJECT_FIELDS_OFFSET + len * size_of::<Value>()) as *mut Instance;
            p.write(Instance { header: Header::new(kind), class, len });
            core::ptr::write_bytes((p as *mut u8).add(OBJECT_FIELDS_OFFSET), 0, len * size_of::<Value>());
            Ref::from_raw(p)
        }
    }

    fn first(&self) -> *mut Value {
        // SAFETY: fields follow the head.
        unsafe { (self as *const Instance as *mut u8).add(OBJECT_FIELDS_OFFSET) as *mut Value }
    }

    pub fn get(&self, i: usize) -> Option<Value> {
        // SAFETY: in range.
        (i < self.len).then(|| unsafe { (*self.first().add(i)).clone() })
    }

    /// Replaces field `i`; false when there is none.
    pub fn set(&self, i: usize, v: Value) -> bool {
        // SAFETY: in range; the old value is dropped after the new one is in place.
        i < self.len
            && unsafe {
                drop(core::ptr::replace(self.first().add(i), v));
                true
            }
    }

    pub fn class_name(&self) -> &str {
        // SAFETY: constants.
        unsafe { self.class.as_ref() }.map_or("object", |c| c.name())
    }

    pub(crate) unsafe fn drop_fields(&mut self) {
        // SAFETY: the object is dying.
        unsafe { core::ptr::drop_in_place(core::ptr::slice_from_raw_parts_mut(self.first(), self.len)) }
    }
}

/// The result of a forked call, which ran when it was forked.
#[repr(C)]
pub struct Future {
    pub header: Header,
    value: UnsafeCell<Value>,
}
// SAFETY: header first.
unsafe impl Object for Future {
    const KIND: Kind = Kind::Future;
}

impl Future {
    #[allow(clippy::new_ret_no_self)]
    pub fn new(value: Value) -> Ref<Future> {
        Ref::new(Future { header: Header::new(Kind::Future), value: UnsafeCell::new(value) })
    }

    pub fn wait(&self) -> Value {
        // SAFETY: written once, at construction.
        unsafe { (*self.value.get()).clone() }
    }
}

natives! {
    /// An instance of `class` with `n` fields, all None.
    fn ts_object_new(class: *const ClassDesc, n: usize) -> *mut Instance {
        Instance::new(class, n, Kind::Object).into_raw()
    }

    /// Sets the fields of the instance at `values` to the `n` values behind it, which stay the caller's.
    fn ts_object_fill(values: *const Value, n: usize) {
        if let Some(o) = unsafe { (*values).as_instance() } {
            (0..n).for_each(|i| {
                o.set(i, unsafe { (*values.add(1 + i)).clone() });
            });
        }
    }

    /// An enum member of a name (a Str) and a value.
    fn ts_enum_new(class: *const ClassDesc, name: *const Value, value: *const Value) -> *mut Instance {
        let e = Instance::new(class, 2, Kind::Enum);
        unsafe {
            e.set(0, (*name).clone());
            e.set(1, (*value).clone());
        }
        e.into_raw()
    }

    /// A finished future.
    fn ts_future_new(value: *const Value) -> *mut Future {
        Future::new(unsafe { (*value).clone() }).into_raw()
    }

    /// The future's value (owned).
    fn ts_future_wait(future: *const Future, out: *mut Value) {
        unsafe { out.write((*future).wait()) }
    }
}
