//! `digits.h` for Rust: the declarations as the C header has them, and a safe type over them.

use std::error::Error;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::{ptr, slice};

#[repr(C)]
struct DLDevice {
    device_type: c_int,
    device_id: i32,
}

#[repr(C)]
struct DLDataType {
    code: u8,
    bits: u8,
    lanes: u16,
}

#[repr(C)]
struct DLTensor {
    data: *mut c_void,
    device: DLDevice,
    ndim: i32,
    dtype: DLDataType,
    shape: *mut i64,
    strides: *mut i64,
    byte_offset: u64,
}

#[repr(C)]
struct DLPackVersion {
    major: u32,
    minor: u32,
}

#[repr(C)]
struct DLManagedTensorVersioned {
    version: DLPackVersion,
    manager_ctx: *mut c_void,
    deleter: Option<unsafe extern "C" fn(*mut DLManagedTensorVersioned)>,
    flags: u64,
    dl_tensor: DLTensor,
}

/// The first members of `ts_error`.
#[repr(C)]
struct TsError {
    code: i32,
    dimension: i32,
    type_name: *const c_char,
    message: *const c_char,
}

/// `struct digits`.
#[repr(C)]
struct Instance {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    fn digits_new(out: *mut *mut Instance) -> i32;
    fn digits_forward(net: *mut Instance, x: *const DLTensor, result: *mut *mut DLManagedTensorVersioned) -> i32;
    fn digits_free(net: *mut Instance);
    fn ts_last_error() -> *const TsError;
}

const CPU: c_int = 1;
const FLOAT: u8 = 2;

fn check(status: i32) -> Result<(), Box<dyn Error>> {
    if status == 0 {
        return Ok(());
    }
    // SAFETY: after a failed call the library holds this thread's error, and its message is a C string.
    let message = unsafe { CStr::from_ptr((*ts_last_error()).message) };
    Err(message.to_string_lossy().into())
}

/// One instance of the network.
pub struct Digits(*mut Instance);

impl Digits {
    pub fn new() -> Result<Digits, Box<dyn Error>> {
        let mut net = ptr::null_mut();
        // SAFETY: the library writes an instance to `net` and returns 0, or an error.
        check(unsafe { digits_new(&mut net) })?;
        Ok(Digits(net))
    }

    /// The logits, ten for each image, of images with 8x8 pixels from 0 to 16.
    pub fn forward(&mut self, pixels: &[f32]) -> Result<Vec<f32>, Box<dyn Error>> {
        let mut shape = [(pixels.len() / 64) as i64, 1, 8, 8];
        let x = DLTensor {
            data: pixels.as_ptr().cast_mut().cast(),
            device: DLDevice { device_type: CPU, device_id: 0 },
            ndim: 4,
            dtype: DLDataType { code: FLOAT, bits: 32, lanes: 1 },
            shape: shape.as_mut_ptr(),
            strides: ptr::null_mut(),
            byte_offset: 0,
        };
        let mut result = ptr::null_mut();
        // SAFETY: `x` describes no more than `pixels`, which the library only reads, and lives until it returns.
        check(unsafe { digits_forward(self.0, &x, &mut result) })?;
        // SAFETY: the result is a contiguous f32[N, 10] tensor of ours until its deleter is called.
        unsafe {
            let logits = &(*result).dl_tensor;
            let count = slice::from_raw_parts(logits.shape, logits.ndim as usize).iter().product::<i64>() as usize;
            let numbers = slice::from_raw_parts(logits.data.byte_add(logits.byte_offset as usize).cast(), count).to_vec();
            if let Some(delete) = (*result).deleter {
                delete(result);
            }
            Ok(numbers)
        }
    }
}

impl Drop for Digits {
    fn drop(&mut self) {
        // SAFETY: the instance is ours and not used any more.
        unsafe { digits_free(self.0) }
    }
}
