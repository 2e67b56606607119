//! Tensors: a shape over a [`Storage`], of any rank. Views share storage, in-place operators write through it.
//!
//! Sizes and strides are counted in elements. A tensor's geometry is fixed except for the in-place view operators
//! (`t_`, `squeeze_`, `resize_` ...), which go through [`TensorObj::set_geometry`].

use crate::dtype::DType;
use crate::element::{Element, Scalar};
use crate::error::Result;
use crate::header::{Header, Kind, Object, Ref};
use crate::storage::Storage;
use core::cell::{Cell, UnsafeCell};

/// Sizes, strides, dimension numbers.
pub type Dims = smallvec::SmallVec<[i64; 6]>;

/// Ranks up to this keep sizes and strides inside the object.
const INLINE: usize = 5;

#[repr(C)]
pub struct TensorObj {
    pub header: Header,
    /// First element.
    data: Cell<*mut u8>,
    dtype: Cell<DType>,
    flags: Cell<u8>,
    ndim: Cell<u32>,
    numel: Cell<i64>,
    sizes: Cell<*const i64>,
    strides: Cell<*const i64>,
    storage: UnsafeCell<Ref<Storage>>,
    /// Offset of the first element in the storage, in elements.
    offset: Cell<i64>,
    /// As in a Value of tag DEVICE.
    device: Cell<u64>,
    inline: UnsafeCell<[i64; 2 * INLINE]>,
}
// SAFETY: header first.
unsafe impl Object for TensorObj {
    const KIND: Kind = Kind::Tensor;
}

/// Offset of the pointer to the first element.
pub const TENSOR_DATA_OFFSET: usize = core::mem::offset_of!(TensorObj, data);
/// Offset of the element type's number (one byte).
pub const TENSOR_DTYPE_OFFSET: usize = core::mem::offset_of!(TensorObj, dtype);
/// Offset of the rank (u32).
pub const TENSOR_NDIM_OFFSET: usize = core::mem::offset_of!(TensorObj, ndim);
pub const TENSOR_NUMEL_OFFSET: usize = core::mem::offset_of!(TensorObj, numel);
/// Offset of the pointer to the sizes (i64 each).
pub const TENSOR_SIZES_OFFSET: usize = core::mem::offset_of!(TensorObj, sizes);
/// Offset of the pointer to the strides (i64 each, in elements).
pub const TENSOR_STRIDES_OFFSET: usize = core::mem::offset_of!(TensorObj, strides);
const _: () = assert!(
    TENSOR_DATA_OFFSET == 8
        && TENSOR_DTYPE_OFFSET == 16
        && TENSOR_NDIM_OFFSET == 20
        && TENSOR_NUMEL_OFFSET == 24
        && TENSOR_SIZES_OFFSET == 32
        && TENSOR_STRIDES_OFFSET == 40
);

const REQUIRES_GRAD: u8 = 1;
const WRAPPED_NUMBER: u8 = 2;
/// The elements lie in order without gaps.
pub const CONTIGUOUS: u8 = 4;
/// Offset of the word that holds element type (byte 0), flags (byte 1) and rank (upper half).
pub const TENSOR_KIND_OFFSET: usize = TENSOR_DTYPE_OFFSET;
/// A counted tensor.
pub type Tensor = Ref<TensorObj>;

/// Strides of a contiguous tensor.
pub fn contiguous_strides(sizes: &[i64]) -> Dims {
    let mut s: Dims = smallvec::smallvec![1; sizes.len()];
    for i in (1..sizes.len()).rev() {
        s[i - 1] = s[i] * sizes[i].max(1);
    }
    s
}

/// Product of the sizes; an error when negative or too large.
pub fn numel_of(sizes: &[i64]) -> Result<i64> {
    let mut n: i64 = 1;
    let mut zero = false;
    for &s in sizes {
        check!(s >= 0, "Trying to create tensor with negative dimension {s}: {}", Show(sizes));
        zero |= s == 0;
        if !zero {
            n = n.checked_mul(s).ok_or_else(|| err!("numel: integer multiplication overflow"))?;
        }
    }
    Ok(if zero { 0 } else { n })
}

/// A dimension number counted from either end; PyTorch's IndexError otherwise. 0-dim tensors take 0 and -1.
pub fn wrap_dim(dim: i64, ndim: usize) -> Result<usize> {
    let n = ndim.max(1) as i64;
    if dim < -n || dim >= n {
        bail!(Index, "Dimension out of range (expected to be in range of [{}, {}], but got {dim})", -n, n - 1);
    }
    Ok((if dim < 0 { dim + n } else { dim }) as usize)
}

/// `[2, 3]`, as shapes stand in messages.
pub struct Show<'a>(pub &'a [i64]);

impl core::fmt::Display for Show<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        f.write_str("[")?;
        for (i, s) in self.0.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{s}")?;
        }
        f.write_str("]")
    }
}

/// The common shape of two shapes under broadcasting.
pub fn broadcast(a: &[i64], b: &[i64]) -> Result<Dims> {
    let n = a.len().max(b.len());
    let mut out: Dims = smallvec::smallvec![1; n];
    // PyTorch names the last dimension that differs.
    for i in (0..n).rev() {
        let of = |s: &[i64]| (i + s.len()).checked_sub(n).map_or(1, |k| s[k]);
        let (x, y) = (of(a), of(b));
        out[i] = match (x, y) {
            _ if x == y => x,
            (1, _) => y,
            (_, 1) => x,
            _ => {
                return Err(err!(
                    "The size of tensor a ({x}) must match the size of tensor b ({y}) at non-singleton dimension {i}"
                )
                .dim(i));
            }
        };
    }
    Ok(out)
}

/// The common shape of several tensors.
pub fn broadcast_all<'a>(ts: impl IntoIterator<Item = &'a Tensor>) -> Result<Dims> {
    let mut shape = Dims::new();
    for t in ts {
        if t.sizes() != &shape[..] {
            shape = broadcast(&shape, t.sizes())?;
        }
    }
    Ok(shape)
}

impl Ref<TensorObj> {
    /// A tensor over `storage`.
    pub fn over(storage: Ref<Storage>, dtype: DType, sizes: &[i64], strides: &[i64], offset: i64) -> Tensor {
        let t = Ref::new(TensorObj {
            header: Header::new(Kind::Tensor),
            data: Cell::new(core::ptr::null_mut()),
            dtype: Cell::new(dtype),
            flags: Cell::new(0),
            ndim: Cell::new(0),
            numel: Cell::new(1),
            sizes: Cell::new(core::ptr::null()),
            strides: Cell::new(core::ptr::null()),
            storage: UnsafeCell::new(storage),
            offset: Cell::new(0),
            device: Cell::new(0),
            inline: UnsafeCell::new([0; 2 * INLINE]),
        });
        t.set_geometry(sizes, strides, offset);
        t
    }

    /// Uninitialised, contiguous.
    pub fn empty(sizes: &[i64], dtype: DType) -> Result<Tensor> {
        let n = numel_of(sizes)?;
        Tensor::empty_bytes(sizes, &contiguous_strides(sizes), n, dtype)
    }

    fn empty_bytes(sizes: &[i64], strides: &[i64], span: i64, dtype: DType) -> Result<Tensor> {
        let bytes = (span as usize).checked_mul(dtype.size());
        let bytes = bytes.ok_or_else(|| {
            err!("Storage size calculation overflowed with sizes={} and strides={}", Show(sizes), Show(strides))
        })?;
        Ok(Tensor::over(Storage::alloc(bytes)?, dtype, sizes, strides, 0))
    }

    /// Uninitialised, with these strides (not negative).
    pub fn empty_strided(sizes: &[i64], strides: &[i64], dtype: DType) -> Result<Tensor> {
        check!(
            sizes.len() == strides.len(),
            "dimensionality of sizes ({}) must match dimensionality of strides ({})",
            sizes.len(),
            strides.len()
        );
        numel_of(sizes)?;
        let span = span(sizes, strides).ok_or_else(|| {
            err!("Storage size calculation overflowed with sizes={} and strides={}", Show(sizes), Show(strides))
        })?;
        Tensor::empty_bytes(sizes, strides, span, dtype)
    }

    pub fn zeros(sizes: &[i64], dtype: DType) -> Result<Tensor> {
        let t = Tensor::empty(sizes, dtype)?;
        // SAFETY: the storage is that large.
        unsafe { core::ptr::write_bytes(t.data_ptr(), 0, t.numel() * dtype.size()) }
        Ok(t)
    }

    pub fn full(sizes: &[i64], value: Scalar, dtype: DType) -> Result<Tensor> {
        let t = Tensor::empty(sizes, dtype)?;
        t.fill(value);
        Ok(t)
    }

    /// 0-dim.
    pub fn scalar(value: Scalar, dtype: DType) -> Result<Tensor> {
        Tensor::full(&[], value, dtype)
    }

    /// A 0-dim tensor that promotes as a Python number.
    pub fn wrapped(value: Scalar) -> Result<Tensor> {
        let t = Tensor::scalar(value, value.dtype())?;
        t.flags.set(t.flags.get() | WRAPPED_NUMBER);
        Ok(t)
    }

    /// A contiguous copy of `data`.
    pub fn from_slice<T: Element>(data: &[T], sizes: &[i64]) -> Result<Tensor> {
        let t = Tensor::empty(sizes, T::DTYPE)?;
        check!(t.numel() == data.len(), "shape {} is invalid for input of size {}", Show(sizes), data.len());
        // SAFETY: same length, fresh memory.
        unsafe { core::ptr::copy_nonoverlapping(data.as_ptr(), t.data_ptr() as *mut T, data.len()) }
        Ok(t)
    }

    /// Uninitialised, dense, its dimensions in memory ordered as `self`'s (`torch.preserve_format`).
    pub fn empty_like(&self, dtype: DType) -> Result<Tensor> {
        if self.is_non_overlapping_and_dense() {
            return Tensor::empty_strided(self.sizes(), self.strides(), dtype);
        }
        crate::iter::empty_for(self.sizes(), &[self], dtype)
    }

    /// A view: same storage, other geometry. `offset` counts from the storage's start.
    pub fn as_view(&self, sizes: &[i64], strides: &[i64], offset: i64) -> Tensor {
        Tensor::over(self.storage().clone(), self.dtype(), sizes, strides, offset)
    }

    /// The tensor itself when its elements lie in order without gaps, a copy otherwise.
    pub fn contiguous(&self) -> Result<Tensor> {
        if self.is_contiguous() { Ok(self.clone()) } else { self.copy_contiguous() }
    }

    /// A contiguous copy.
    pub fn copy_contiguous(&self) -> Result<Tensor> {
        let t = Tensor::empty(self.sizes(), self.dtype())?;
        t.copy_from(self)?;
        Ok(t)
    }

    /// A copy that keeps the order of dimensions in memory (`clone`).
    pub fn copy(&self) -> Result<Tensor> {
        let t = self.empty_like(self.dtype())?;
        t.copy_from(self)?;
        Ok(t)
    }

    /// The tensor itself when it has that type already, a converted copy otherwise.
    pub fn to_dtype(&self, dtype: DType) -> Result<Tensor> {
        if self.dtype() == dtype {
            return Ok(self.clone());
        }
        let t = self.empty_like(dtype)?;
        t.copy_from(self)?;
        Ok(t)
    }

    /// View with broadcast dimensions of stride 0; -1 keeps a size.
    pub fn expand(&self, sizes: &[i64]) -> Result<Tensor> {
        let (n, m) = (sizes.len(), self.dim());
        check!(
            n >= m,
            "expand({}, size={}): the number of sizes provided ({n}) must be greater or equal to the number of dimensions in the tensor ({m})",
            crate::tensor::Describe(self),
            Show(sizes)
        );
        let (mut out, mut strides) = (Dims::from_slice(sizes), Dims::from_elem(0, n));
        for i in 0..n {
            let own = (i + m).checked_sub(n);
            let have = own.map_or(1, |k| self.sizes()[k]);
            if sizes[i] == -1 {
                check!(
                    own.is_some(),
                    "expand({}, size={}): the expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension {i}",
                    Describe(self),
                    Show(sizes)
                );
                out[i] = have;
            }
            if out[i] == have {
                strides[i] = own.map_or(0, |k| self.strides()[k]);
            } else {
                check!(
                    have == 1,
                    "The expanded size of the tensor ({}) must match the existing size ({have}) at non-singleton dimension {i}.  Target sizes: {}.  Tensor sizes: {}",
                    out[i],
                    Show(sizes),
                    Show(self.sizes())
                );
                check!(
                    out[i] >= 0,
                    "The expanded size of the tensor ({}) isn't allowed in a leading, non-existing dimension {i}",
                    out[i]
                );
            }
        }
        Ok(self.as_view(&out, &strides, self.offset()))
    }

    /// View without dimension `dim`, at `index`.
    pub fn select(&self, dim: i64, index: i64) -> Result<Tensor> {
        check!(self.dim() > 0, Index, "select() cannot be applied to a 0-dim tensor.");
        let d = wrap_dim(dim, self.dim())?;
        let size = self.sizes()[d];
        if index < -size || index >= size {
            bail!(Index, "select(): index {index} out of range for tensor of size {} at dimension {d}", Show(self.sizes()));
        }
        let i = if index < 0 { index + size } else { index };
        let (mut s, mut st) = (Dims::from_slice(self.sizes()), Dims::from_slice(self.strides()));
        s.remove(d);
        let step = st.remove(d);
        Ok(self.as_view(&s, &st, self.offset() + i * step))
    }

    /// View of `start..end` (clamped, negative from the end) by `step` along `dim`.
    pub fn slice(&self, dim: i64, start: i64, end: i64, step: i64) -> Result<Tensor> {
        check!(self.dim() > 0, "slice() cannot be applied to a 0-dim tensor.");
        let d = wrap_dim(dim, self.dim())?;
        check!(step > 0, "slice step must be positive");
        let size = self.sizes()[d];
        let clamp = |i: i64| (if i < 0 { i.saturating_add(size) } else { i }).clamp(0, size);
        let (a, b) = (clamp(start), clamp(end));
        let b = b.max(a);
        let (mut s, mut st) = (Dims::from_slice(self.sizes()), Dims::from_slice(self.strides()));
        // Rounded up without the sum, which a huge step would overflow.
        s[d] = (b - a) / step + ((b - a) % step != 0) as i64;
        let offset = self.offset() + a * st[d];
        st[d] = st[d].saturating_mul(step);
        Ok(self.as_view(&s, &st, offset))
    }

    /// View with dimensions in the given order.
    pub fn permute(&self, order: &[i64]) -> Result<Tensor> {
        check!(
            order.len() == self.dim(),
            "permute(sparse_coo): number of dimensions in the tensor input does not match the length of the desired ordering of dimensions i.e. input.dim() = {} is not equal to len(dims) = {}",
            self.dim(),
            order.len()
        );
        let mut seen: smallvec::SmallVec<[bool; 8]> = smallvec::smallvec![false; self.dim()];
        let (mut s, mut st) = (Dims::new(), Dims::new());
        for &d in order {
            let d = wrap_dim(d, self.dim())?;
            check!(!seen[d], "permute(): duplicate dims are not allowed.");
            seen[d] = true;
            s.push(self.sizes()[d]);
            st.push(self.strides()[d]);
        }
        Ok(self.as_view(&s, &st, self.offset()))
    }

    pub fn transpose(&self, a: i64, b: i64) -> Result<Tensor> {
        let (a, b) = (wrap_dim(a, self.dim())?, wrap_dim(b, self.dim())?);
        let (mut s, mut st) = (Dims::from_slice(self.sizes()), Dims::from_slice(self.strides()));
        if !s.is_empty() {
            s.swap(a, b);
            st.swap(a, b);
        }
        Ok(self.as_view(&s, &st, self.offset()))
    }

    pub fn unsqueeze(&self, dim: i64) -> Result<Tensor> {
        let d = wrap_dim(dim, self.dim() + 1)?;
        let (mut s, mut st) = (Dims::from_slice(self.sizes()), Dims::from_slice(self.strides()));
        let stride = if d < s.len() { s[d] * st[d] } else { 1 };
        s.insert(d, 1);
        st.insert(d, stride);
        Ok(self.as_view(&s, &st, self.offset()))
    }

    /// Removes dimension `dim` when its size is 1.
    pub fn squeeze(&self, dim: i64) -> Result<Tensor> {
        let d = wrap_dim(dim, self.dim())?;
        let (mut s, mut st) = (Dims::from_slice(self.sizes()), Dims::from_slice(self.strides()));
        if d < s.len() && s[d] == 1 {
            s.remove(d);
            st.remove(d);
        }
        Ok(self.as_view(&s, &st, self.offset()))
    }

    /// The view of another shape, when strides allow one. One size may be -1.
    pub fn try_view(&self, sizes: &[i64]) -> Result<Option<Tensor>> {
        let sizes = infer_size(sizes, self.numel() as i64)?;
        Ok(view_strides(self.sizes(), self.strides(), &sizes).map(|st| self.as_view(&sizes, &st, self.offset())))
    }

    /// `view`: an error when strides don't allow it.
    pub fn view(&self, sizes: &[i64]) -> Result<Tensor> {
        self.try_view(sizes)?.ok_or_else(|| {
            err!(
                "view size is not compatible with input tensor's size and stride (at least one dimension spans across two contiguous subspaces). Use .reshape(...) instead."
            )
        })
    }

    /// A view where possible, a copy otherwise.
    pub fn reshape(&self, sizes: &[i64]) -> Result<Tensor> {
        match self.try_view(sizes)? {
            Some(v) => Ok(v),
            None => self.copy_contiguous()?.view(sizes),
        }
    }
}

/// Elements from the first to the last one of the geometry; None when that overflows.
fn span(sizes: &[i64], strides: &[i64]) -> Option<i64> {
    let mut n: i64 = 1;
    for (s, st) in sizes.iter().zip(strides) {
        if *s == 0 {
            return Some(0);
        }
        n = n.checked_add((s - 1).checked_mul(*st)?)?;
    }
    Some(n)
}

/// The elements of a geometry lie in order without gaps.
fn in_order(sizes: &[i64], strides: &[i64], numel: i64) -> bool {
    let mut expect = 1;
    for (s, st) in sizes.iter().zip(strides).rev() {
        if *s != 1 {
            if *st != expect && numel != 0 {
                return false;
            }
            expect *= s;
        }
    }
    true
}

/// Fills in the one size that is -1.
pub fn infer_size(sizes: &[i64], numel: i64) -> Result<Dims> {
    let mut out = Dims::from_slice(sizes);
    let (mut known, mut hole) = (1i64, None);
    for (i, &s) in sizes.iter().enumerate() {
        if s == -1 {
            check!(hole.is_none(), "only one dimension can be inferred");
            hole = Some(i);
        } else {
            check!(s >= 0, "invalid shape dimension {s} at index {i} of shape {}", Show(sizes));
            known = known.checked_mul(s).ok_or_else(|| err!("shape '{}' is invalid for input of size {numel}", Show(sizes)))?;
        }
    }
    if numel == known || (hole.is_some() && known > 0 && numel % known == 0) {
        if let Some(i) = hole {
            check!(
                known != 0,
                "cannot reshape tensor of 0 elements into shape {} because the unspecified dimension size -1 can be any value and is ambiguous",
                Show(sizes)
            );
            out[i] = numel / known;
        }
        return Ok(out);
    }
    bail!("shape '{}' is invalid for input of size {numel}", Show(sizes))
}

/// Strides that show the elements of an old geometry in a new shape of as many elements, when there are such.
pub fn view_strides(old: &[i64], strides: &[i64], new: &[i64]) -> Option<Dims> {
    let numel: i64 = old.iter().product();
    if numel == 0 && old == new {
        return Some(Dims::from_slice(strides));
    }
    if numel == 0 {
        return Some(contiguous_strides(new));
    }
    let mut out: Dims = smallvec::smallvec![1; new.len()];
    if old.is_empty() {
        return Some(out);
    }
    let mut v = new.len();
    let mut base = strides[old.len() - 1];
    let (mut have, mut want) = (1i64, 1i64);
    for d in (0..old.len()).rev() {
        have *= old[d];
        // The end of a run of old dimensions that lie evenly in memory: it must be cut into whole new dimensions.
        if d == 0 || (old[d - 1] != 1 && strides[d - 1] != have * base) {
            while v > 0 && (want < have || new[v - 1] == 1) {
                v -= 1;
                out[v] = want * base;
                want *= new[v];
            }
            if want != have {
                return None;
            }
            if d > 0 {
                base = strides[d - 1];
                (have, want) = (1, 1);
            }
        }
    }
    (v == 0).then_some(out)
}

/// `torch.FloatTensor`
pub struct TypeName(pub DType);

impl core::fmt::Display for TypeName {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        write!(f, "torch.{}Tensor", self.0.name())
    }
}

/// `torch.FloatTensor{[2, 3]}`
pub struct Describe<'a>(pub &'a Tensor);

impl core::fmt::Display for Describe<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter) -> core::fmt::Result {
        write!(f, "{}{{{}}}", TypeName(self.0.dtype()), Show(self.0.sizes()))
    }
}

impl TensorObj {
    pub fn sizes(&self) -> &[i64] {
        // SAFETY: points to ndim sizes of this object.
        unsafe { core::slice::from_raw_parts(self.sizes.get(), self.ndim.get() as usize) }
    }
    pub fn strides(&self) -> &[i64] {
        // SAFETY: points to ndim strides of this object.
        unsafe { core::slice::from_raw_parts(self.strides.get(), self.ndim.get() as usize) }
    }
    pub fn dim(&self) -> usize {
        self.ndim.get() as usize
    }
    pub fn numel(&self) -> usize {
        self.numel.get() as usize
    }
    pub fn dtype(&self) -> DType {
        self.dtype.get()
    }
    pub fn itemsize(&self) -> usize {
        self.dtype.get().size()
    }
    /// First element.
    pub fn data_ptr(&self) -> *mut u8 {
        self.data.get()
    }
    pub fn ptr<T: Element>(&self) -> *mut T {
        debug_assert!(T::DTYPE == self.dtype());
        self.data.get() as *mut T
    }
    /// Offset of the first element in the storage, in elements.
    pub fn offset(&self) -> i64 {
        self.offset.get()
    }
    pub fn device(&self) -> u64 {
        self.device.get()
    }
    pub fn storage(&self) -> &Ref<Storage> {
        // SAFETY: replaced only by set_storage, whose callers hold no such reference.
        unsafe { &*self.storage.get() }
    }
    pub fn requires_grad(&self) -> bool {
        self.flags.get() & REQUIRES_GRAD != 0
    }
    pub fn set_requires_grad(&self, on: bool) {
        self.flags.set(self.flags.get() & !REQUIRES_GRAD | on as u8 * REQUIRES_GRAD);
    }
    /// Promotes as a Python number.
    pub fn is_wrapped_number(&self) -> bool {
        self.flags.get() & WRAPPED_NUMBER != 0
    }

    /// Replaces sizes, strides and offset. References to the old ones must be gone.
    pub fn set_geometry(&self, sizes: &[i64], strides: &[i64], offset: i64) {
        let n = sizes.len();
        debug_assert!(n == strides.len());
        let old = self.heap_dims();
        // SAFETY: the inline array or a fresh block holds 2 n numbers; `sizes` may lie in the old block, which is freed last.
        unsafe {
            let own = n > 0 && (self.is_own(sizes.as_ptr()) || self.is_own(strides.as_ptr()));
            let base = if n <= INLINE && !own {
                self.inline.get() as *mut i64
            } else {
                crate::header::new_object(2 * n.max(1) * 8) as *mut i64
            };
            core::ptr::copy(sizes.as_ptr(), base, n);
            core::ptr::copy(strides.as_ptr(), base.add(n), n);
            self.sizes.set(base);
            self.strides.set(base.add(n));
        }
        if let Some(p) = old {
            // SAFETY: from new_object, no longer used.
            unsafe { libc::free(p as *mut libc::c_void) }
        }
        self.ndim.set(n as u32);
        // `sizes` may have lain in the block that is gone.
        self.numel.set(self.sizes().iter().product());
        self.offset.set(offset);
        let contiguous = if in_order(self.sizes(), self.strides(), self.numel.get()) { CONTIGUOUS } else { 0 };
        self.flags.set(self.flags.get() & !CONTIGUOUS | contiguous);
        self.refresh();
    }

    fn is_own(&self, p: *const i64) -> bool {
        let base = self.inline.get() as *const i64;
        p >= base && p < base.wrapping_add(2 * INLINE)
    }

    fn heap_dims(&self) -> Option<*mut i64> {
        let p = self.sizes.get();
        (!p.is_null() && !self.is_own(p)).then_some(p as *mut i64)
    }

    /// Points `data` into the storage again, after either changed.
    pub fn refresh(&self) {
        self.data.set(self.storage().data().wrapping_offset(self.offset.get() as isize * self.itemsize() as isize));
    }

    /// Becomes a tensor over another storage (`set_`, `.data = `). References to the old geometry must be gone.
    pub fn set_storage(&self, storage: Ref<Storage>, dtype: DType, sizes: &[i64], strides: &[i64], offset: i64) {
        // SAFETY: no reference into the old storage is held here; it is dropped after the new one is in place.
        let old = unsafe { core::ptr::replace(self.storage.get(), storage) };
        self.dtype.set(dtype);
        self.set_geometry(sizes, strides, offset);
        drop(old);
    }

    pub fn is_contiguous(&self) -> bool {
        self.flags.get() & CONTIGUOUS != 0
    }

    /// NCHW sizes lying as NHWC (or NCDHW as NDHWC).
    pub fn is_channels_last(&self) -> bool {
        let n = self.dim();
        if n != 4 && n != 5 {
            return false;
        }
        let mut expect = 1;
        for d in [1].into_iter().chain((2..n).rev()).chain([0]) {
            let (s, st) = (self.sizes()[d], self.strides()[d]);
            if s != 1 {
                if st != expect {
                    return false;
                }
                expect *= s;
            }
        }
        true
    }

    /// A permutation of a contiguous tensor.
    pub fn is_non_overlapping_and_dense(&self) -> bool {
        if self.is_contiguous() {
            return true;
        }
        let mut order: smallvec::SmallVec<[usize; 6]> = (0..self.dim()).collect();
        let (s, st) = (self.sizes(), self.strides());
        crate::iter::sort_by_key(&mut order, |&d| if s[d] < 2 { i64::MAX } else { st[d] });
        let mut expect = 1;
        for d in order {
            if s[d] < 2 {
                return true;
            }
            if st[d] != expect {
                return false;
            }
            expect *= s[d];
        }
        true
    }

    /// The elements of a contiguous tensor of type `T`.
    pub fn as_slice<T: Element>(&self) -> Result<&[T]> {
        check!(self.dtype() == T::DTYPE, "expected scalar type {} but found {}", T::DTYPE.name(), self.dtype().name());
        check!(self.is_contiguous(), "expected a contiguous tensor");
        // Without elements the address may be null, which no slice may have.
        if self.numel() == 0 {
            return Ok(&[]);
        }
        // SAFETY: contiguous elements of that type.
        Ok(unsafe { core::slice::from_raw_parts(self.ptr::<T>(), self.numel()) })
    }

    /// The elements of a contiguous tensor of type `T`, for writing. The caller must hold no other slice of the same storage.
    #[allow(clippy::mut_from_ref)]
    pub fn as_mut_slice<T: Element>(&self) -> Result<&mut [T]> {
        if self.as_slice::<T>()?.is_empty() {
            return Ok(&mut []);
        }
        // SAFETY: checked just now.
        Ok(unsafe { core::slice::from_raw_parts_mut(self.ptr::<T>(), self.numel()) })
    }

    /// The only element.
    pub fn item(&self) -> Result<Scalar> {
        check!(self.numel() == 1, "a Tensor with {} elements cannot be converted to Scalar", self.numel());
        // SAFETY: there is an element.
        Ok(unsafe { self.read(0) })
    }

    /// The element `index` elements from the first one.
    ///
    /// # Safety
    /// It lies in the storage.
    pub unsafe fn read(&self, index: isize) -> Scalar {
        dispatch!(self.dtype(), T => unsafe { (*(self.data_ptr() as *const T).offset(index)).to_scalar() })
    }
}

impl Drop for TensorObj {
    fn drop(&mut self) {
        if let Some(p) = self.heap_dims() {
            // SAFETY: from new_object.
            unsafe { libc::free(p as *mut libc::c_void) }
        }
    }
}
