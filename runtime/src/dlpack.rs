//! Tensors across the C boundary: DLPack 1.x, CPU memory.
//!
//! In: a `DLTensor` is borrowed for the length of a call, whatever its strides. Out: a `DLManagedTensorVersioned` owns a count of the
//! tensor; its `deleter` gives it back. See <https://dmlc.github.io/dlpack>.

use crate::dtype::DType;
use crate::error::Result;
use crate::header::IMMORTAL;
use crate::storage::Storage;
use crate::tensor::{Dims, Tensor, contiguous_strides};
use core::ffi::c_void;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct DLDevice {
    pub device_type: i32,
    pub device_id: i32,
}

#[repr(C)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct DLDataType {
    pub code: u8,
    pub bits: u8,
    pub lanes: u16,
}

#[repr(C)]
pub struct DLTensor {
    pub data: *mut c_void,
    pub device: DLDevice,
    pub ndim: i32,
    pub dtype: DLDataType,
    pub shape: *mut i64,
    /// In elements; null for contiguous.
    pub strides: *mut i64,
    pub byte_offset: u64,
}

#[repr(C)]
pub struct DLManagedTensorVersioned {
    pub major: u32,
    pub minor: u32,
    pub manager_ctx: *mut c_void,
    pub deleter: Option<unsafe extern "C" fn(*mut DLManagedTensorVersioned)>,
    pub flags: u64,
    pub dl_tensor: DLTensor,
}

/// `kDLCPU`.
const CPU: i32 = 1;
/// Storage that belongs to the caller of the current API call.
pub const BORROWED: u8 = 1;

/// DLPack's code and bits of every element type.
const TYPES: [(DType, u8, u8); 15] = [
    (DType::U8, 1, 8),
    (DType::U16, 1, 16),
    (DType::U32, 1, 32),
    (DType::U64, 1, 64),
    (DType::I8, 0, 8),
    (DType::I16, 0, 16),
    (DType::I32, 0, 32),
    (DType::I64, 0, 64),
    (DType::F16, 2, 16),
    (DType::F32, 2, 32),
    (DType::F64, 2, 64),
    (DType::BF16, 4, 16),
    (DType::C64, 5, 64),
    (DType::C128, 5, 128),
    (DType::Bool, 6, 8),
];

/// The tensor that a `DLTensor` describes: borrowed, or with `copy` on memory of its own.
///
/// # Safety
/// `dl` is null or a valid `DLTensor`; without `copy` its memory outlives every use of the result.
pub unsafe fn import(dl: *const DLTensor, copy: bool) -> Result<Tensor> {
    check!(!dl.is_null(), Argument, "expected a tensor, got NULL");
    // SAFETY: valid by contract.
    let dl = unsafe { &*dl };
    check!(
        dl.device.device_type == CPU,
        Argument,
        "expected a tensor in CPU memory, got DLPack device type {}",
        dl.device.device_type
    );
    check!(dl.dtype.lanes == 1, Argument, "tensors of vector elements ({} lanes) are not supported", dl.dtype.lanes);
    let known = TYPES.iter().find(|t| (t.1, t.2) == (dl.dtype.code, dl.dtype.bits));
    let Some(&(dtype, ..)) = known else {
        bail!(Argument, "DLPack element type with code {} and {} bits is not supported", dl.dtype.code, dl.dtype.bits)
    };
    check!((0..=64).contains(&dl.ndim), Argument, "a tensor of {} dimensions is not supported", dl.ndim);
    let ndim = dl.ndim as usize;
    check!(ndim == 0 || !dl.shape.is_null(), Argument, "the tensor's shape is NULL");
    // SAFETY: ndim sizes by contract.
    let sizes: &[i64] = if ndim == 0 { &[] } else { unsafe { core::slice::from_raw_parts(dl.shape, ndim) } };
    check!(sizes.iter().all(|&s| s >= 0), Argument, "the tensor has a negative size");
    let numel = crate::tensor::numel_of(sizes)?;
    let strides: Dims = match dl.strides.is_null() {
        true => contiguous_strides(sizes),
        // SAFETY: ndim strides by contract.
        false => unsafe { core::slice::from_raw_parts(dl.strides, ndim) }.iter().copied().collect(),
    };
    check!(strides.iter().all(|&s| s >= 0), Argument, "a tensor with a negative stride is not supported");
    check!(numel == 0 || !dl.data.is_null(), Argument, "the tensor's data is NULL");
    let extent =
        if numel == 0 { 0 } else { 1 + sizes.iter().zip(&strides).map(|(n, s)| (n - 1).saturating_mul(*s)).sum::<i64>() };
    let bytes = (extent as usize).saturating_mul(dtype.size());
    // No element is ever read behind this address, but slices may not be null.
    let nowhere = core::mem::align_of::<u64>() as *mut u8;
    let data = if dl.data.is_null() { nowhere } else { (dl.data as *mut u8).wrapping_add(dl.byte_offset as usize) };
    let storage = Storage::external(data, bytes, None, core::ptr::null_mut());
    // SAFETY: one owner so far.
    unsafe { (*storage.as_ptr()).header.flags = BORROWED }
    let t = Tensor::over(storage, dtype, sizes, &strides, 0);
    if copy || !(data as usize).is_multiple_of(dtype.size().clamp(1, 8)) { t.copy_contiguous() } else { Ok(t) }
}

struct Managed {
    tensor: Tensor,
    sizes: Dims,
    strides: Dims,
    managed: DLManagedTensorVersioned,
}

unsafe extern "C" fn delete(m: *mut DLManagedTensorVersioned) {
    if !m.is_null() {
        // SAFETY: manager_ctx is the block that export made.
        drop(unsafe { alloc::boxed::Box::from_raw((*m).manager_ctx as *mut Managed) })
    }
}

/// Hands a tensor out. Memory of the caller or of the artifact's constants is copied, so that the result stands alone.
pub fn export(t: &Tensor) -> Result<*mut DLManagedTensorVersioned> {
    let s = t.storage().header();
    let t = if s.flags & BORROWED != 0 || s.count() == IMMORTAL { t.copy_contiguous()? } else { t.clone() };
    let dtype = t.dtype();
    let Some(&(_, code, bits)) = TYPES.iter().find(|e| e.0 == dtype) else {
        bail!(Type, "a tensor of element type {dtype:?} has no DLPack form")
    };
    let (sizes, strides): (Dims, Dims) = (t.sizes().iter().copied().collect(), t.strides().iter().copied().collect());
    let dl_tensor = DLTensor {
        data: t.data_ptr() as *mut c_void,
        device: DLDevice { device_type: CPU, device_id: 0 },
        ndim: sizes.len() as i32,
        dtype: DLDataType { code, bits, lanes: 1 },
        shape: core::ptr::null_mut(),
        strides: core::ptr::null_mut(),
        byte_offset: 0,
    };
    let managed = DLManagedTensorVersioned {
        major: 1,
        minor: 1,
        manager_ctx: core::ptr::null_mut(),
        deleter: Some(delete),
        flags: 0,
        dl_tensor,
    };
    let block = alloc::boxed::Box::into_raw(alloc::boxed::Box::new(Managed { tensor: t, sizes, strides, managed }));
    // SAFETY: fresh block; the arrays live inside it.
    unsafe {
        let b = &mut *block;
        b.managed.manager_ctx = block as *mut c_void;
        b.managed.dl_tensor.shape = b.sizes.as_mut_ptr();
        b.managed.dl_tensor.strides = b.strides.as_mut_ptr();
        debug_assert!(b.tensor.dim() == b.sizes.len());
        Ok(&mut b.managed)
    }
}

/// DLPack before 1.0.
#[repr(C)]
pub struct DLManagedTensor {
    dl_tensor: DLTensor,
    manager_ctx: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut DLManagedTensor)>,
}

unsafe extern "C" fn delete_legacy(m: *mut DLManagedTensor) {
    if !m.is_null() {
        // SAFETY: ts_dlpack_share_legacy made the block around a tensor of `export`.
        unsafe {
            delete((*m).manager_ctx as *mut DLManagedTensorVersioned);
            drop(alloc::boxed::Box::from_raw(m));
        }
    }
}

natives! {
    /// A second owner of a tensor that this library handed out; null when memory is short.
    fn ts_dlpack_share(m: *const DLManagedTensorVersioned) -> *mut DLManagedTensorVersioned {
        if m.is_null() {
            return core::ptr::null_mut();
        }
        let tensor = unsafe { &(*((*m).manager_ctx as *const Managed)).tensor };
        export(tensor).unwrap_or(core::ptr::null_mut())
    }

    /// The same in the form of DLPack before 1.0, which consumers of that time expect.
    fn ts_dlpack_share_legacy(m: *const DLManagedTensorVersioned) -> *mut DLManagedTensor {
        let shared = unsafe { ts_dlpack_share(m) };
        if shared.is_null() {
            return core::ptr::null_mut();
        }
        let d = unsafe { &(*shared).dl_tensor };
        let dl_tensor = DLTensor { data: d.data, device: d.device, ndim: d.ndim, dtype: d.dtype, shape: d.shape, strides: d.strides, byte_offset: 0 };
        let legacy = DLManagedTensor { dl_tensor, manager_ctx: shared as *mut c_void, deleter: Some(delete_legacy) };
        alloc::boxed::Box::into_raw(alloc::boxed::Box::new(legacy))
    }
}
