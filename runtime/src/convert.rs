//! Elements of any type as elements of another: code for each type once, through the widest type of its kind.

use crate::dtype::DType;
use crate::element::{BF16, Complex, Element, F16, Via};
use crate::iter::TensorIter;

const BLOCK: usize = 64;

/// The kind of a type.
fn via(d: DType) -> Via {
    dispatch!(d, T => T::VIA)
}

/// Sets operand 0, of type `to`, to operand 1, of type `from`. They share no memory.
pub fn convert(it: &TensorIter<2>, from: DType, to: DType) {
    use DType as D;
    match (from, to) {
        (D::F32, D::F64) => direct::<f32, f64>(it),
        (D::F64, D::F32) => direct::<f64, f32>(it),
        (D::U8, D::F32) => direct::<u8, f32>(it),
        (D::F32, D::F16) => direct::<f32, F16>(it),
        (D::F16, D::F32) => direct::<F16, f32>(it),
        (D::F32, D::BF16) => direct::<f32, BF16>(it),
        (D::BF16, D::F32) => direct::<BF16, f32>(it),
        _ => match via(from) {
            Via::Int if from == D::U64 && via(to) != Via::Int => through::<f64>(it, from, to),
            Via::Int => through::<i64>(it, from, to),
            Via::Float => through::<f64>(it, from, to),
            Via::Complex => through::<Complex<f64>>(it, from, to),
        },
    }
}

/// The usual pairs, where elements lie side by side.
fn direct<A: Element, O: Element>(it: &TensorIter<2>) {
    if it.strides[0] != [size_of::<O>() as isize, size_of::<A>() as isize] {
        return through::<f64>(it, A::DTYPE, O::DTYPE);
    }
    it.for_each(|[o, a], _, n| {
        let (o, a) = (o as *mut O, a as *const A);
        for i in 0..n {
            // SAFETY: inside the tensors, no overlap.
            unsafe { *o.add(i) = (*a.add(i)).cast() }
        }
    })
}

fn through<W: Element>(it: &TensorIter<2>, from: DType, to: DType) {
    let mut block = [W::default(); BLOCK];
    it.for_each(|[o, a], [so, sa], n| {
        for at in (0..n).step_by(BLOCK) {
            let block = &mut block[..BLOCK.min(n - at)];
            let at = at as isize;
            // SAFETY: that many elements from each pointer lie inside the tensors.
            unsafe {
                load(from, a.wrapping_offset(at * sa), sa, block);
                store(to, o.wrapping_offset(at * so), so, block);
            }
        }
    })
}

/// Loads elements of any type as `T`.
///
/// # Safety
/// They lie at `p`, `stride` bytes apart.
pub unsafe fn load<T: Element>(d: DType, p: *const u8, stride: isize, out: &mut [T]) {
    // SAFETY: by contract.
    unsafe {
        match via(d) {
            Via::Int if d == DType::U64 && T::VIA != Via::Int => load_as::<f64, T>(d, p, stride, out),
            Via::Int => load_as::<i64, T>(d, p, stride, out),
            Via::Float => load_as::<f64, T>(d, p, stride, out),
            Via::Complex => load_as::<Complex<f64>, T>(d, p, stride, out),
        }
    }
}

/// Stores elements as another type.
///
/// # Safety
/// There is room for them at `p`, `stride` bytes apart.
pub unsafe fn store<T: Element>(d: DType, p: *mut u8, stride: isize, from: &[T]) {
    // SAFETY: by contract.
    unsafe {
        match via(d) {
            // What is no integer is true unless zero, and its conversions to integers are the type's own.
            Via::Int if T::VIA == Via::Float => store_as::<f64, T>(d, p, stride, from),
            Via::Int if T::VIA == Via::Complex => store_as::<Complex<f64>, T>(d, p, stride, from),
            Via::Int => store_as::<i64, T>(d, p, stride, from),
            Via::Float => store_as::<f64, T>(d, p, stride, from),
            Via::Complex => store_as::<Complex<f64>, T>(d, p, stride, from),
        }
    }
}

unsafe fn load_as<W: Element, T: Element>(d: DType, p: *const u8, stride: isize, out: &mut [T]) {
    if T::DTYPE == W::DTYPE {
        // SAFETY: they are the same type.
        let out = unsafe { &mut *(out as *mut [T] as *mut [W]) };
        // SAFETY: by contract.
        return unsafe { load_wide(d, p, stride, out) };
    }
    let mut block = [W::default(); BLOCK];
    for (i, out) in out.chunks_mut(BLOCK).enumerate() {
        let block = &mut block[..out.len()];
        // SAFETY: by contract.
        unsafe { load_wide(d, p.offset((i * BLOCK) as isize * stride), stride, block) };
        out.iter_mut().zip(block).for_each(|(o, v)| *o = v.cast());
    }
}

unsafe fn store_as<W: Element, T: Element>(d: DType, p: *mut u8, stride: isize, from: &[T]) {
    if T::DTYPE == W::DTYPE {
        // SAFETY: they are the same type.
        let from = unsafe { &*(from as *const [T] as *const [W]) };
        // SAFETY: by contract.
        return unsafe { store_wide(d, p, stride, from) };
    }
    let mut block = [W::default(); BLOCK];
    for (i, from) in from.chunks(BLOCK).enumerate() {
        let block = &mut block[..from.len()];
        block.iter_mut().zip(from).for_each(|(o, v)| *o = v.cast());
        // SAFETY: by contract.
        unsafe { store_wide(d, p.offset((i * BLOCK) as isize * stride), stride, block) };
    }
}

/// Elements of the kind of `W`, or u64 as f64.
unsafe fn load_wide<W: Element>(d: DType, p: *const u8, stride: isize, out: &mut [W]) {
    dispatch!(d, S => {
        if S::VIA == W::VIA || S::DTYPE == DType::U64 && W::VIA == Via::Float {
            for (i, o) in out.iter_mut().enumerate() {
                // SAFETY: by contract; external memory may be less aligned.
                *o = unsafe { (p.offset(i as isize * stride) as *const S).read_unaligned() }.cast();
            }
        }
    })
}

/// To elements of the kind of `W`, or to integers.
unsafe fn store_wide<W: Element>(d: DType, p: *mut u8, stride: isize, from: &[W]) {
    dispatch!(d, S => {
        if S::VIA == W::VIA || S::VIA == Via::Int {
            for (i, v) in from.iter().enumerate() {
                // SAFETY: by contract; external memory may be less aligned.
                unsafe { (p.offset(i as isize * stride) as *mut S).write_unaligned(v.cast()) }
            }
        }
    })
}
