//! The head of every heap object and the counted reference to it.

use alloc::string::String;
use core::marker::PhantomData;
use core::ops::Deref;
use core::ptr::NonNull;
use core::sync::atomic::{AtomicU32, Ordering, fence};

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    Tensor = 1,
    Str = 2,
    List = 3,
    Dict = 4,
    Tuple = 5,
    /// Instance of a script class or module.
    Object = 6,
    Complex = 7,
    Generator = 8,
    Future = 9,
    Enum = 10,
    Storage = 11,
}

/// First 8 bytes of every object.
#[repr(C)]
pub struct Header {
    /// Reference count; [`IMMORTAL`] is never counted.
    rc: AtomicU32,
    pub kind: Kind,
    pub flags: u8,
    pub pad: u16,
}

/// Reference count of constants that live in the artifact's data.
pub const IMMORTAL: u32 = u32::MAX;

impl Header {
    /// Head of a new object with one owner.
    pub const fn new(kind: Kind) -> Header {
        Header { rc: AtomicU32::new(1), kind, flags: 0, pad: 0 }
    }

    pub const fn immortal(kind: Kind) -> Header {
        Header { rc: AtomicU32::new(IMMORTAL), kind, flags: 0, pad: 0 }
    }

    /// Number of owners.
    pub fn count(&self) -> u32 {
        self.rc.load(Ordering::Relaxed)
    }

    #[inline]
    pub fn retain(&self) {
        if self.rc.load(Ordering::Relaxed) != IMMORTAL {
            self.rc.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// True when that was the last owner.
    #[inline]
    fn give_up(&self) -> bool {
        if self.rc.load(Ordering::Relaxed) == IMMORTAL || self.rc.fetch_sub(1, Ordering::Release) != 1 {
            return false;
        }
        fence(Ordering::Acquire);
        true
    }
}

/// A type whose values are heap objects beginning with a [`Header`].
///
/// # Safety
/// `repr(C)`, the header first, memory from [`new_object`] or immortal.
pub unsafe trait Object {
    const KIND: Kind;
}

/// Owning pointer to a heap object; across the C boundary a plain pointer.
#[repr(transparent)]
pub struct Ref<T>(NonNull<T>, PhantomData<T>);

impl<T: Object> Ref<T> {
    /// Moves `object` to the heap.
    pub fn new(object: T) -> Ref<T> {
        // SAFETY: the block is fresh and large enough.
        unsafe {
            let p = new_object(size_of::<T>()) as *mut T;
            p.write(object);
            Ref::from_raw(p)
        }
    }
}

impl<T> Ref<T> {
    /// Takes over one count of `p`.
    ///
    /// # Safety
    /// `p` is a live object of that type and the caller owns a count of it.
    pub unsafe fn from_raw(p: *mut T) -> Ref<T> {
        // SAFETY: not null by contract.
        Ref(unsafe { NonNull::new_unchecked(p) }, PhantomData)
    }

    /// A new count of `p`.
    ///
    /// # Safety
    /// `p` is a live object of that type.
    pub unsafe fn from_borrowed(p: *const T) -> Ref<T> {
        // SAFETY: every object begins with a header.
        unsafe {
            (*(p as *const Header)).retain();
            Ref::from_raw(p as *mut T)
        }
    }

    pub fn into_raw(self) -> *mut T {
        let p = self.0.as_ptr();
        core::mem::forget(self);
        p
    }

    pub fn as_ptr(&self) -> *mut T {
        self.0.as_ptr()
    }

    pub fn same(&self, other: &Ref<T>) -> bool {
        self.0 == other.0
    }

    pub fn header(&self) -> &Header {
        // SAFETY: every object begins with a header.
        unsafe { &*(self.0.as_ptr() as *const Header) }
    }
}

impl<T> Clone for Ref<T> {
    #[inline]
    fn clone(&self) -> Ref<T> {
        self.header().retain();
        Ref(self.0, PhantomData)
    }
}

impl<T> Drop for Ref<T> {
    #[inline]
    fn drop(&mut self) {
        if self.header().give_up() {
            // SAFETY: the last count is gone.
            unsafe { destroy(self.0.as_ptr() as *mut Header) }
        }
    }
}

impl<T> Deref for Ref<T> {
    type Target = T;
    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: live while counted.
        unsafe { self.0.as_ref() }
    }
}

/// Memory for an object (16-byte aligned). Out of memory ends the call as a panic, which artifacts report as an error.
pub fn new_object(bytes: usize) -> *mut u8 {
    // SAFETY: plain malloc.
    let p = unsafe { libc::malloc(bytes) } as *mut u8;
    if p.is_null() {
        out_of_memory();
    }
    p
}

#[cold]
fn out_of_memory() -> ! {
    panic!("out of memory")
}

/// Drops an object's fields and frees it.
#[inline(never)]
unsafe fn destroy(p: *mut Header) {
    use core::ptr::drop_in_place as drop;
    // SAFETY: the kind tells the type.
    unsafe {
        match (*p).kind {
            Kind::Tensor => drop(p as *mut crate::tensor::TensorObj),
            Kind::List => drop(p as *mut crate::list::List),
            Kind::Dict => drop(p as *mut crate::dict::Dict),
            Kind::Tuple => (*(p as *mut crate::tuple::Tuple)).drop_items(),
            Kind::Object | Kind::Enum => (*(p as *mut crate::object::Instance)).drop_fields(),
            Kind::Future => drop(p as *mut crate::object::Future),
            Kind::Storage => return crate::storage::destroy(p as *mut crate::storage::Storage),
            Kind::Str | Kind::Complex => {}
            Kind::Generator => {}
        }
        libc::free(p as *mut libc::c_void);
    }
}

natives! {
    /// One more owner of `object`; null is allowed.
    fn ts_incref(object: *const Header) {
        if let Some(h) = unsafe { object.as_ref() } {
            h.retain();
        }
    }

    /// One owner less; the last one frees. Null is allowed.
    fn ts_decref(object: *mut Header) {
        if !object.is_null() && unsafe { (*object).give_up() } {
            unsafe { destroy(object) }
        }
    }
}

impl<T> core::fmt::Debug for Ref<T> {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        write!(f, "{:?}@{:p}", self.header().kind, self.0)
    }
}

impl core::fmt::Debug for crate::value::Value {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        match (self.as_scalar(), self.as_bytes().map(String::from_utf8_lossy)) {
            (Some(s), _) => write!(f, "{s:?}"),
            (_, Some(s)) => write!(f, "{s:?}"),
            _ => f.write_str(self.kind_name()),
        }
    }
}
