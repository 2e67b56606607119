//! Values across the typed C interface: C memory to [`Value`]s and back, driven by type descriptors.
//!
//! A descriptor is the preorder walk of a TorchScript type, one byte a step:
//!
//! | byte | type | C form (in structs, slices, behind pointers) |
//! |---|---|---|
//! | `n` | None | `uint8_t` |
//! | `b` `i` `d` | bool, int, float | `bool`, `int64_t`, `double` |
//! | `c` | complex | `ts_complex {double re, im}` |
//! | `s` | str | `ts_str {const char *ptr; size_t len}`, UTF-8 |
//! | `t` `T` | Tensor; `T` is copied on the way in | `const DLTensor *` in, `DLManagedTensorVersioned *` out |
//! | `D` | Device | `ts_device {int32_t type, index}` |
//! | `o` X | Optional[X] | pointer to X, NULL for None; for a tensor or object its own pointer |
//! | `l` X | List[X] | `{const X *ptr; size_t len}` |
//! | `m` K V | Dict[K, V] | `{const K *keys; const V *values; size_t len}` in insertion order |
//! | `u` n X… | Tuple | struct of the members by C's layout; a `uint8_t` when empty |
//! | `a` | Any, Union, number | `ts_value {int32_t tag; union}` |
//! | `g` | Generator | `uint64_t`, its seed |
//! | `k` | class instance, enum member | opaque pointer |
//! | `f` X | Future[X], Await[X] | X |
//!
//! Results other than scalars, tensors and instances lie in one block from [`ts_cabi_result`], which owns everything below it:
//! `ts_release` gives it all back. A tensor or instance in it may be kept by setting its pointer to NULL first.

use crate::dlpack::{self, DLManagedTensorVersioned, DLTensor};
use crate::element::Complex;
use crate::error::Result;
use crate::header::{Header, Kind, Ref};
use crate::list::{Elem, List};
use crate::object::Future;
use crate::tuple::Tuple;
use crate::value::{Value, tag};
use alloc::vec::Vec;
use core::ffi::c_void;

#[repr(C)]
#[derive(Clone, Copy)]
struct Slice {
    ptr: *const u8,
    len: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Pairs {
    keys: *const u8,
    values: *const u8,
    len: usize,
}

/// `ts_value`: the tag as in [`tag`], the payload by tag.
#[repr(C)]
#[derive(Clone, Copy)]
struct AnyValue {
    tag: i32,
    payload: [u64; 2],
}

/// A reader of descriptors; a malformed one ends as an error.
#[derive(Clone, Copy)]
struct Desc<'a>(&'a [u8]);

impl<'a> Desc<'a> {
    fn next(&mut self) -> u8 {
        let (first, rest) = self.0.split_first().map_or((b'?', &[][..]), |(f, r)| (*f, r));
        self.0 = rest;
        first
    }

    /// Steps over one type.
    fn skip(&mut self) {
        match self.next() {
            b'o' | b'l' | b'f' => self.skip(),
            b'm' => {
                self.skip();
                self.skip();
            }
            b'u' => (0..self.next()).for_each(|_| self.skip()),
            _ => {}
        }
    }

    /// Size and alignment of the C form, and steps over the type.
    fn layout(&mut self) -> (usize, usize) {
        let mut rest = *self;
        let layout = match rest.next() {
            b'n' | b'b' => (1, 1),
            b'c' | b's' | b'l' => (16, 8),
            b'm' | b'a' => (24, 8),
            b'D' => (8, 4),
            b'f' => rest.layout(),
            b'u' => {
                let (mut size, mut align) = (0usize, 1);
                for _ in 0..rest.next() {
                    let (s, a) = rest.layout();
                    size = size.next_multiple_of(a) + s;
                    align = align.max(a);
                }
                (size.max(1).next_multiple_of(align), align)
            }
            _ => (8, 8),
        };
        self.skip();
        layout
    }

    /// The first type's byte; a future stands for what it holds.
    fn peek(&self) -> u8 {
        self.0.iter().copied().find(|b| *b != b'f').unwrap_or(b'?')
    }

    /// How a list of that element type lies in memory.
    fn elem(&self) -> Elem {
        match self.0.first().copied().unwrap_or(b'?') {
            b'i' => Elem::I64,
            b'd' => Elem::F64,
            b'b' => Elem::Bool,
            b's' | b't' | b'T' | b'l' | b'm' | b'u' | b'k' | b'g' | b'f' => Elem::Ptr,
            b'o' => match Desc(&self.0[1..]).elem() {
                Elem::Ptr => Elem::Ptr,
                _ => Elem::Val,
            },
            _ => Elem::Val,
        }
    }
}

/// How a list of elements of the described type lies in memory.
pub fn elem_of(desc: &[u8]) -> Elem {
    Desc(desc).elem()
}

/// What follows the first type of a descriptor.
pub fn after(desc: &[u8]) -> &[u8] {
    let mut d = Desc(desc);
    d.skip();
    d.0
}

unsafe fn read<T: Copy>(src: *const u8) -> T {
    // SAFETY: the caller's memory holds a T there.
    unsafe { (src as *const T).read_unaligned() }
}

/// Reads the C form at `src`.
unsafe fn import(d: &mut Desc, src: *const u8) -> Result<Value> {
    // SAFETY: `src` points to the C form of the type, by the C interface's contract.
    unsafe {
        Ok(match d.next() {
            b'n' => Value::none(),
            b'b' => Value::bool(read::<u8>(src) != 0),
            b'i' => Value::int(read(src)),
            b'd' => Value::float(read(src)),
            b'c' => {
                let [re, im] = read::<[f64; 2]>(src);
                Value::complex(Complex { re, im })
            }
            b's' => Value::from(text(read(src))?),
            b't' => dlpack::import(read::<*const DLTensor>(src), false)?.into(),
            b'T' => dlpack::import(read::<*const DLTensor>(src), true)?.into(),
            b'D' => {
                let [kind, index] = read::<[i32; 2]>(src);
                Value::device(kind as u32, u32::try_from(index).ok())
            }
            b'k' => object(read(src))?,
            b'g' => Value::own(tag::GENERATOR, crate::rng::Generator::new(read(src))),
            b'o' => {
                let p: *const u8 = read(src);
                match (p.is_null(), d.peek()) {
                    (true, _) => {
                        d.skip();
                        Value::none()
                    }
                    (false, b't' | b'T' | b'k') => import(d, src)?,
                    _ => import(d, p)?,
                }
            }
            b'l' => {
                let s: Slice = read(src);
                let out = List::new(d.elem(), s.len);
                fill(*d, s, |v| out.push(v))?;
                d.skip();
                out.into()
            }
            b'm' => {
                let p: Pairs = read(src);
                let (mut keys, mut values) = (Vec::new(), Vec::new());
                let key_elem = d.elem();
                fill(*d, Slice { ptr: p.keys, len: p.len }, |v| Ok(keys.push(v)))?;
                d.skip();
                let value_elem = d.elem();
                fill(*d, Slice { ptr: p.values, len: p.len }, |v| Ok(values.push(v)))?;
                d.skip();
                let out = crate::dict::Dict::new(key_elem, value_elem);
                for (k, v) in keys.into_iter().zip(values) {
                    out.set(k, v)?;
                }
                out.into()
            }
            b'u' => {
                let n = d.next();
                let (mut items, mut at) = (Vec::new(), 0usize);
                for _ in 0..n {
                    let (size, align) = { *d }.layout();
                    at = at.next_multiple_of(align);
                    items.push(import(d, src.add(at))?);
                    at += size;
                }
                Tuple::new(items.into_iter()).into()
            }
            b'a' => any(read(src))?,
            b'f' => Future::new(import(d, src)?).into(),
            other => bail!(Internal, "malformed type descriptor ({other})"),
        })
    }
}

unsafe fn text<'a>(s: Slice) -> Result<&'a [u8]> {
    check!(s.len == 0 || !s.ptr.is_null(), Argument, "a string of {} bytes is NULL", s.len);
    // SAFETY: len bytes by contract.
    Ok(if s.len == 0 { &[] } else { unsafe { core::slice::from_raw_parts(s.ptr, s.len) } })
}

unsafe fn object(p: *mut Header) -> Result<Value> {
    check!(!p.is_null(), Argument, "an object is NULL");
    // SAFETY: a live object by contract.
    unsafe {
        (*p).retain();
        Ok(Value::from_object(p))
    }
}

unsafe fn fill(d: Desc, s: Slice, mut push: impl FnMut(Value) -> Result<()>) -> Result<()> {
    check!(s.len == 0 || !s.ptr.is_null(), Argument, "a list of {} elements is NULL", s.len);
    let (size, _) = { d }.layout();
    for i in 0..s.len {
        // SAFETY: element i of the caller's array.
        push(unsafe { import(&mut { d }, s.ptr.add(i * size)) }?)?;
    }
    Ok(())
}

unsafe fn any(v: AnyValue) -> Result<Value> {
    let p = &v.payload as *const u64 as *const u8;
    // SAFETY: the payload's form goes by the tag.
    unsafe {
        Ok(match v.tag as u64 {
            tag::NONE => Value::none(),
            tag::BOOL => import(&mut Desc(b"b"), p)?,
            tag::INT => import(&mut Desc(b"i"), p)?,
            tag::FLOAT => import(&mut Desc(b"d"), p)?,
            tag::COMPLEX => import(&mut Desc(b"c"), p)?,
            tag::TENSOR => import(&mut Desc(b"T"), p)?,
            tag::STR => import(&mut Desc(b"s"), p)?,
            tag::DEVICE => import(&mut Desc(b"D"), p)?,
            tag::LIST => {
                let mut items = Vec::new();
                fill(Desc(b"a"), read(p), |v| Ok(items.push(v)))?;
                List::of_values(&items)?.into()
            }
            tag::TUPLE => {
                let mut items = Vec::new();
                fill(Desc(b"a"), read(p), |v| Ok(items.push(v)))?;
                Tuple::new(items.into_iter()).into()
            }
            tag::DICT => {
                let s: Slice = read(p);
                let mut flat = Vec::new();
                fill(Desc(b"a"), s, |v| Ok(flat.push(v)))?;
                let pairs: Vec<(Value, Value)> = flat.chunks_exact(2).map(|p| (p[0].clone(), p[1].clone())).collect();
                crate::dict::Dict::of_pairs(&pairs)?.into()
            }
            tag::OBJECT | tag::ENUM => object(v.payload[0] as *mut Header)?,
            other => bail!(Argument, "a value of tag {other} cannot be passed in"),
        })
    }
}

/// The value has the described type, as far as values tell: containers by their layout and what is in them.
fn conforms(d: &mut Desc, v: &Value) -> bool {
    match d.next() {
        b'n' => v.tag == tag::NONE,
        b'b' => v.tag == tag::BOOL,
        b'i' => v.tag == tag::INT,
        b'd' => v.tag == tag::FLOAT,
        b'c' => v.tag == tag::COMPLEX,
        b's' => v.tag == tag::STR,
        b't' | b'T' => v.tag == tag::TENSOR,
        b'D' => v.tag == tag::DEVICE,
        b'k' => matches!(v.tag, tag::OBJECT | tag::ENUM),
        b'o' => {
            let inner = conforms(d, v);
            inner || v.is_none()
        }
        b'l' => {
            let (elem, inner) = (d.elem(), *d);
            d.skip();
            v.as_list().is_some_and(|l| {
                l.elem == elem
                    && (matches!(elem, Elem::I64 | Elem::F64 | Elem::Bool) || l.iter().all(|x| conforms(&mut { inner }, &x)))
            })
        }
        b'm' => {
            let key = *d;
            d.skip();
            let value = *d;
            d.skip();
            v.as_dict().is_some_and(|m| m.iter().all(|(k, x)| conforms(&mut { key }, &k) && conforms(&mut { value }, &x)))
        }
        b'u' => {
            let n = d.next() as usize;
            let items = v.as_tuple().map(|t| t.items());
            let mut all = items.is_some_and(|i| i.len() == n);
            for i in 0..n {
                match items.and_then(|items| items.get(i)) {
                    Some(x) => all &= conforms(d, x),
                    None => d.skip(),
                }
            }
            all
        }
        b'f' => {
            let inner = *d;
            d.skip();
            v.as_future().is_some_and(|f| conforms(&mut { inner }, &f.wait()))
        }
        _ => true,
    }
}

/// What a result block owns.
#[derive(Default)]
struct Arena {
    blocks: Vec<(*mut u8, usize)>,
    /// Places of pointers to tensors and objects, read when released: a caller may have taken one out.
    tensors: Vec<*mut *mut DLManagedTensorVersioned>,
    objects: Vec<*mut *mut Header>,
}

/// Stands before a result block; `release` first, so that any library's `ts_release` frees any result.
#[repr(C)]
struct ResultHead {
    release: unsafe extern "C" fn(*mut c_void),
    arena: *mut Arena,
}

impl Arena {
    fn alloc(&mut self, bytes: usize) -> Result<*mut u8> {
        // SAFETY: plain allocation.
        let p = unsafe { libc::calloc(bytes.max(1), 1) } as *mut u8;
        check!(!p.is_null(), Memory, "out of memory for a result of {bytes} bytes");
        self.blocks.push((p, bytes));
        Ok(p)
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        // SAFETY: all made by this arena; the tensors' places lie in its blocks.
        unsafe {
            for place in &self.tensors {
                let m = **place;
                if let Some(deleter) = m.as_ref().and_then(|m| m.deleter) {
                    deleter(m);
                }
            }
            self.objects.iter().filter(|o| !(***o).is_null()).for_each(|o| crate::header::ts_decref(**o));
            self.blocks.iter().for_each(|b| libc::free(b.0 as *mut c_void));
        }
    }
}

unsafe fn write<T>(dst: *mut u8, v: T) {
    // SAFETY: the destination has room for the C form.
    unsafe { (dst as *mut T).write_unaligned(v) }
}

fn mismatch<T>(v: Option<T>, v_kind: &Value, want: &str) -> Result<T> {
    v.ok_or_else(|| err!(Type, "expected a result of type {want}, got {}", v_kind.kind_name()))
}

/// Writes the C form of `v` to `dst`; what it needs beyond lies in the arena.
unsafe fn export(d: &mut Desc, v: &Value, dst: *mut u8, arena: &mut Arena) -> Result<()> {
    // SAFETY: `dst` has room for the C form of the type.
    unsafe {
        match d.next() {
            b'n' => write(dst, 0u8),
            b'b' => write(dst, mismatch(v.as_bool(), v, "bool")? as u8),
            b'i' => write(dst, mismatch(v.as_int().or(v.as_bool().map(|b| b as i64)), v, "int")?),
            b'd' => write(dst, mismatch(v.as_float().or(v.as_int().map(|i| i as f64)), v, "float")?),
            b'c' => {
                let c: Complex<f64> = mismatch(v.as_scalar(), v, "complex")?.to();
                write(dst, [c.re, c.im]);
            }
            b's' => write(dst, export_text(mismatch(v.as_bytes(), v, "str")?, arena)?),
            b't' | b'T' => {
                let t = mismatch(v.as_tensor(), v, "Tensor")?;
                write(dst, dlpack::export(t)?);
                arena.tensors.push(dst as *mut *mut DLManagedTensorVersioned);
            }
            b'D' => {
                let (kind, index) = mismatch(v.as_device(), v, "Device")?;
                write(dst, [kind as i32, index.map_or(-1, |i| i as i32)]);
            }
            b'g' => {
                let seed = match v.as_object() {
                    // SAFETY: the payload of that tag is a generator.
                    Some(o) if v.tag == tag::GENERATOR => (*(o as *const crate::rng::Generator)).with(|e| e.seed()),
                    _ => bail!(Type, "expected a result of type Generator, got {}", v.kind_name()),
                };
                write(dst, seed);
            }
            b'k' => {
                let o = mismatch(v.as_object(), v, "object")?;
                (*o).retain();
                arena.objects.push(dst as *mut *mut Header);
                write(dst, o);
            }
            b'o' => match (v.is_none(), d.peek()) {
                (true, _) => {
                    d.skip();
                    write(dst, core::ptr::null::<u8>());
                }
                (false, b't' | b'T' | b'k') => export(d, v, dst, arena)?,
                _ => {
                    let p = arena.alloc({ *d }.layout().0)?;
                    export(d, v, p, arena)?;
                    write(dst, p);
                }
            },
            b'l' => {
                let l = mismatch(v.as_list(), v, "List")?;
                write(dst, export_all(*d, l.iter(), arena)?);
                d.skip();
            }
            b'm' => {
                let pairs: Vec<(Value, Value)> = mismatch(v.as_dict(), v, "Dict")?.iter().collect();
                let keys = export_all(*d, pairs.iter().map(|p| p.0.clone()), arena)?;
                d.skip();
                let values = export_all(*d, pairs.iter().map(|p| p.1.clone()), arena)?;
                d.skip();
                write(dst, Pairs { keys: keys.ptr, values: values.ptr, len: pairs.len() });
            }
            b'u' => {
                let items = mismatch(v.as_tuple(), v, "Tuple")?.items();
                let n = d.next();
                check!(items.len() == n as usize, Type, "expected a tuple of {n} elements, got {}", items.len());
                let mut at = 0usize;
                for item in items {
                    let (size, align) = { *d }.layout();
                    at = at.next_multiple_of(align);
                    export(d, item, dst.add(at), arena)?;
                    at += size;
                }
            }
            b'a' => export_any(v, dst, arena)?,
            b'f' => export(d, &mismatch(v.as_future(), v, "Future")?.wait(), dst, arena)?,
            other => bail!(Internal, "malformed type descriptor ({other})"),
        }
        Ok(())
    }
}

unsafe fn export_text(s: &[u8], arena: &mut Arena) -> Result<Slice> {
    let p = arena.alloc(s.len() + 1)?;
    // SAFETY: the block has room for the bytes and a NUL.
    unsafe { core::ptr::copy_nonoverlapping(s.as_ptr(), p, s.len()) }
    Ok(Slice { ptr: p, len: s.len() })
}

unsafe fn export_all(d: Desc, items: impl ExactSizeIterator<Item = Value>, arena: &mut Arena) -> Result<Slice> {
    let (size, _) = { d }.layout();
    let len = items.len();
    let p = arena.alloc(len.saturating_mul(size))?;
    for (i, item) in items.enumerate() {
        // SAFETY: element i of the block.
        unsafe { export(&mut { d }, &item, p.add(i * size), arena)? }
    }
    Ok(Slice { ptr: p, len })
}

unsafe fn export_any(v: &Value, dst: *mut u8, arena: &mut Arena) -> Result<()> {
    // SAFETY: `dst` has room for a ts_value; the payload starts at 8.
    unsafe {
        write(dst, AnyValue { tag: v.tag as i32, payload: [0; 2] });
        let p = dst.add(8);
        match v.tag {
            tag::NONE => Ok(()),
            tag::BOOL => export(&mut Desc(b"b"), v, p, arena),
            tag::INT => export(&mut Desc(b"i"), v, p, arena),
            tag::FLOAT => export(&mut Desc(b"d"), v, p, arena),
            tag::COMPLEX => export(&mut Desc(b"c"), v, p, arena),
            tag::TENSOR => export(&mut Desc(b"t"), v, p, arena),
            tag::STR => export(&mut Desc(b"s"), v, p, arena),
            tag::DEVICE => export(&mut Desc(b"D"), v, p, arena),
            tag::LIST => export(&mut Desc(b"la"), v, p, arena),
            tag::TUPLE => {
                let items = mismatch(v.as_tuple(), v, "Tuple")?.items();
                write(p, export_all(Desc(b"a"), items.iter().cloned(), arena)?);
                Ok(())
            }
            tag::FUTURE => export_any(&mismatch(v.as_future(), v, "Future")?.wait(), dst, arena),
            tag::DICT => {
                let pairs: Vec<(Value, Value)> = mismatch(v.as_dict(), v, "Dict")?.iter().collect();
                let flat: Vec<Value> = pairs.into_iter().flat_map(|(k, v)| [k, v]).collect();
                write(p, export_all(Desc(b"a"), flat.into_iter(), arena)?);
                Ok(())
            }
            _ => export(&mut Desc(b"k"), v, p, arena),
        }
    }
}

unsafe extern "C" fn release_result(p: *mut c_void) {
    // SAFETY: `p` is the block behind a ResultHead; the head is one of the arena's blocks.
    unsafe {
        let head = (p as *mut u8).sub(size_of::<ResultHead>()) as *mut ResultHead;
        drop(alloc::boxed::Box::from_raw((*head).arena));
    }
}

fn status(r: Result<()>) -> i32 {
    r.map_or_else(|e| e.status(), |()| 0)
}

natives! {
    /// Reads the C form at `src` into an owned Value. Returns the status.
    fn ts_cabi_import(desc: *const u8, desc_len: usize, src: *const u8, out: *mut Value) -> i32 {
        let desc = unsafe { core::slice::from_raw_parts(desc, desc_len) };
        if src.is_null() {
            return err!(Argument, "expected a value, got NULL").status();
        }
        status(unsafe { import(&mut Desc(desc), src) }.map(|v| unsafe { out.write(v) }))
    }

    /// `isinstance` with the type of a descriptor.
    fn ts_value_is(desc: *const u8, desc_len: usize, tag: u64, payload: u64) -> bool {
        let v = core::mem::ManuallyDrop::new(Value { tag, payload });
        conforms(&mut Desc(unsafe { core::slice::from_raw_parts(desc, desc_len) }), &v)
    }

    /// Names the argument that the pending error is about.
    fn ts_cabi_at_argument(name: *const u8, len: usize) {
        let name = unsafe { core::slice::from_raw_parts(name, len) };
        let _ = crate::error::pending(0).arg(core::str::from_utf8(name).unwrap_or(""));
    }

    /// Writes the C form of a borrowed Value whose type owns nothing (scalars, devices), or of a tensor or instance, which the caller
    /// of the C function then owns. Returns the status.
    fn ts_cabi_export(desc: *const u8, desc_len: usize, value: *const Value, dst: *mut u8) -> i32 {
        let desc = unsafe { core::slice::from_raw_parts(desc, desc_len) };
        let mut arena = Arena::default();
        let r = unsafe { export(&mut Desc(desc), &*value, dst, &mut arena) };
        if r.is_ok() {
            // What the arena would give back belongs to the caller.
            arena.tensors.clear();
            arena.objects.clear();
        }
        status(r)
    }

    /// Writes a pointer to a block with the C form of a borrowed Value to `dst`; `ts_release` frees it. An optional's block holds what it
    /// has, and is NULL for None. Returns the status.
    fn ts_cabi_result(desc: *const u8, desc_len: usize, value: *const Value, dst: *mut *mut u8) -> i32 {
        let desc = unsafe { core::slice::from_raw_parts(desc, desc_len) };
        let desc = desc.strip_prefix(b"o").unwrap_or(desc);
        if desc.len() < desc_len && unsafe { (*value).is_none() } {
            unsafe { dst.write(core::ptr::null_mut()) }
            return 0;
        }
        let make = |arena: &mut Arena| -> Result<*mut u8> {
            const HEAD: usize = size_of::<ResultHead>();
            let head = arena.alloc(HEAD + Desc(desc).layout().0)?;
            unsafe {
                export(&mut Desc(desc), &*value, head.add(HEAD), arena)?;
                (head as *mut ResultHead).write(ResultHead { release: release_result, arena: core::ptr::null_mut() });
                Ok(head)
            }
        };
        let mut arena = Arena::default();
        status(make(&mut arena).map(|head| unsafe {
            (*(head as *mut ResultHead)).arena = alloc::boxed::Box::into_raw(alloc::boxed::Box::new(arena));
            dst.write(head.add(size_of::<ResultHead>()));
        }))
    }

    /// Copies a borrowed tensor into one of the caller's, which must have its shape and element type. Returns the status.
    fn ts_cabi_into(value: *const Value, dst: *const DLTensor) -> i32 {
        let copy = |v: &Value| -> Result<()> {
            let from = mismatch(v.as_tensor(), v, "Tensor")?;
            let to = unsafe { dlpack::import(dst, false)? };
            if to.dtype() != from.dtype() || to.sizes() != from.sizes() {
                let e = err!(
                    Argument,
                    "the result is {} of size {:?}, the caller's tensor is {} of size {:?}",
                    from.dtype().python_name(),
                    from.sizes(),
                    to.dtype().python_name(),
                    to.sizes()
                );
                let differs = from.sizes().iter().zip(to.sizes()).position(|(a, b)| a != b);
                return Err(differs.map_or(e, |d| e.dim(d)).arg("result"));
            }
            to.copy_from(from)
        };
        status(copy(unsafe { &*value }))
    }

    /// Gives back a result block; NULL is allowed.
    fn ts_release(result: *mut c_void) {
        if !result.is_null() {
            unsafe {
                let head = (result as *mut u8).sub(size_of::<ResultHead>()) as *const ResultHead;
                ((*head).release)(result)
            }
        }
    }

    /// Gives back an instance; NULL is allowed.
    fn ts_object_free(object: *mut Header) {
        if !object.is_null() && unsafe { matches!((*object).kind, Kind::Object | Kind::Enum) } {
            unsafe { drop(Ref::from_raw(object as *mut crate::object::Instance)) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(desc: &[u8], v: Value) -> Value {
        let mut out = core::ptr::null_mut();
        let mut back = Value::none();
        unsafe {
            assert_eq!(ts_cabi_result(desc.as_ptr(), desc.len(), &v, &mut out), 0);
            assert_eq!(ts_cabi_import(desc.as_ptr(), desc.len(), out, &mut back), 0);
            ts_release(out as *mut c_void);
        }
        back
    }

    #[test]
    fn aggregates_survive_the_round_trip() {
        let inner = Tuple::new([Value::int(7), Value::from("héllo"), Value::bool(true), Value::none()].into_iter());
        let l = List::new(Elem::Ptr, 0);
        l.push(inner.into()).unwrap();
        let back = round_trip(b"lu\x04isboi", l.into());
        let l = back.as_list().unwrap();
        let t = l.get(0).unwrap();
        let items = t.as_tuple().unwrap().items();
        assert_eq!(
            (items[0].as_int(), items[1].as_str(), items[2].as_bool(), items[3].is_none()),
            (Some(7), Some("héllo"), Some(true), true)
        );
    }

    #[test]
    fn dicts_keep_their_order() {
        let d = crate::dict::Dict::new(Elem::Ptr, Elem::F64);
        d.set(Value::from("b"), Value::float(1.5)).unwrap();
        d.set(Value::from("a"), Value::float(2.5)).unwrap();
        let back = round_trip(b"msd", d.into());
        let keys: Vec<_> = back.as_dict().unwrap().iter().map(|(k, _)| k.as_str().unwrap().to_owned()).collect();
        assert_eq!(keys, ["b", "a"]);
        use alloc::borrow::ToOwned;
    }

    #[test]
    fn tuple_layout_is_that_of_c() {
        assert_eq!(Desc(b"u\x03bib").layout(), (24, 8));
        assert_eq!(Desc(b"u\x00").layout(), (1, 1));
        assert_eq!(Desc(b"u\x02bb").layout(), (2, 1));
    }

    #[test]
    fn text_may_be_any_bytes() {
        let back = round_trip(b"s", Value::from(&[0xff, 0, b'a'][..]));
        assert_eq!(back.as_bytes(), Some(&[0xff, 0, b'a'][..]));
    }

    #[test]
    fn null_is_an_error() {
        let mut out = Value::none();
        let s = Slice { ptr: core::ptr::null(), len: 1 };
        assert_ne!(unsafe { ts_cabi_import(b"s".as_ptr(), 1, &s as *const Slice as *const u8, &mut out) }, 0);
        let null: *const u8 = core::ptr::null();
        assert_ne!(unsafe { ts_cabi_import(b"t".as_ptr(), 1, &null as *const *const u8 as *const u8, &mut out) }, 0);
    }
}
