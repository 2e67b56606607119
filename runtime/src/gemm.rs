//! Matrix products: a blocked loop that the compiler vectorises for machines with AVX2, a plain one for the others.

use crate::element::Complex;
use core::ops::{Add, Mul};

/// A number that matrices are made of.
pub trait Num: Copy + Default + Add<Output = Self> + Mul<Output = Self> {
    /// Products of it are worth a blocked loop of their own.
    const BLOCKED: bool;
    /// `self + a * b`
    fn mul_add(self, a: Self, b: Self) -> Self;
}
macro_rules! num {
    ($($t:ty, $blocked:literal, |$s:ident, $a:ident, $b:ident| $e:expr;)*) => { $(
        impl Num for $t {
            const BLOCKED: bool = $blocked;
            #[inline(always)]
            fn mul_add(self, $a: $t, $b: $t) -> $t { let $s = self; $e }
        }
    )* };
}
num! {
    f32, true, |s, a, b| s + a * b;
    f64, true, |s, a, b| s + a * b;
    i64, false, |s, a, b| s.wrapping_add(a.wrapping_mul(b));
    Complex<f64>, false, |s, a, b| s + a * b;
}

/// A matrix in memory: element (i, j) lies at `i * rows + j * cols`.
#[derive(Clone, Copy)]
pub struct Matrix<T> {
    pub data: *const T,
    pub rows: isize,
    pub cols: isize,
}

const MR: usize = 4;
const NR: usize = 16;
const KC: usize = 256;

/// `C += A B`: A is m x k, B is k x n, C is m x n and row-major with row stride `ldc`.
///
/// # Safety
/// The matrices lie in memory that may be read; C may be written and overlaps neither.
pub unsafe fn gemm<T: Num>(m: usize, n: usize, k: usize, a: Matrix<T>, b: Matrix<T>, c: *mut T, ldc: usize) {
    // SAFETY: by contract; the feature was asked for.
    unsafe {
        #[cfg(target_arch = "x86_64")]
        if T::BLOCKED && has_avx2() {
            return gemm_avx2(m, n, k, a, b, c, ldc);
        }
        for i in 0..m {
            let out = core::slice::from_raw_parts_mut(c.add(i * ldc), n);
            for p in 0..k {
                let x = *a.data.offset(i as isize * a.rows + p as isize * a.cols);
                let row = b.data.offset(p as isize * b.rows);
                if b.cols == 1 {
                    for (o, y) in out.iter_mut().zip(core::slice::from_raw_parts(row, n)) {
                        *o = o.mul_add(x, *y);
                    }
                } else {
                    for (j, o) in out.iter_mut().enumerate() {
                        *o = o.mul_add(x, *row.offset(j as isize * b.cols));
                    }
                }
            }
        }
    }
}

/// The CPU and the kernel support AVX2.
#[cfg(target_arch = "x86_64")]
pub fn has_avx2() -> bool {
    use core::arch::x86_64::*;
    use core::sync::atomic::{AtomicU8, Ordering};
    static KNOWN: AtomicU8 = AtomicU8::new(2);
    match KNOWN.load(Ordering::Relaxed) {
        2 => {}
        k => return k == 1,
    }
    // SAFETY: cpuid exists on x86-64; xgetbv is used only where the OS announced it.
    let yes = unsafe {
        let one = __cpuid(1);
        let os = one.ecx & (1 << 27) != 0 && one.ecx & (1 << 28) != 0;
        __cpuid(0).eax >= 7 && os && xcr0() & 6 == 6 && __cpuid_count(7, 0).ebx & (1 << 5) != 0
    };
    KNOWN.store(yes as u8, Ordering::Relaxed);
    yes
}

/// # Safety
/// The OS supports it (OSXSAVE).
#[cfg(target_arch = "x86_64")]
unsafe fn xcr0() -> u32 {
    let low: u32;
    // SAFETY: by contract.
    unsafe { core::arch::asm!("xgetbv", in("ecx") 0, out("eax") low, out("edx") _, options(nomem, nostack)) }
    low
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn gemm_avx2<T: Num>(m: usize, n: usize, k: usize, a: Matrix<T>, b: Matrix<T>, c: *mut T, ldc: usize) {
    let mut packed = [T::default(); KC * NR];
    for j in (0..n).step_by(NR) {
        let nr = NR.min(n - j);
        for p in (0..k).step_by(KC) {
            let kc = KC.min(k - p);
            // SAFETY: inside the matrices.
            unsafe {
                for q in 0..kc {
                    let row = b.data.offset((p + q) as isize * b.rows + j as isize * b.cols);
                    let to = &mut packed[q * NR..(q + 1) * NR];
                    if nr == NR && b.cols == 1 {
                        to.copy_from_slice(core::slice::from_raw_parts(row, NR));
                    } else {
                        for (x, v) in to.iter_mut().enumerate() {
                            *v = if x < nr { *row.offset(x as isize * b.cols) } else { T::default() };
                        }
                    }
                }
                let mut i = 0;
                while i < m {
                    let from = a.data.offset(i as isize * a.rows + p as isize * a.cols);
                    let to = c.add(i * ldc + j);
                    if i + MR <= m {
                        tile::<T, MR>(kc, from, a, &packed, to, ldc, nr);
                        i += MR;
                    } else {
                        tile::<T, 1>(kc, from, a, &packed, to, ldc, nr);
                        i += 1;
                    }
                }
            }
        }
    }
}

/// R rows by NR columns in registers.
#[inline(always)]
unsafe fn tile<T: Num, const R: usize>(
    kc: usize,
    from: *const T,
    a: Matrix<T>,
    packed: &[T; KC * NR],
    c: *mut T,
    ldc: usize,
    nr: usize,
) {
    let mut acc = [[T::default(); NR]; R];
    // SAFETY: inside the matrices, by the caller.
    unsafe {
        for (q, b) in packed.chunks_exact(NR).take(kc).enumerate() {
            for (r, acc) in acc.iter_mut().enumerate() {
                let x = *from.offset(r as isize * a.rows + q as isize * a.cols);
                for (s, y) in acc.iter_mut().zip(b) {
                    *s = s.mul_add(x, *y);
                }
            }
        }
        for (r, acc) in acc.iter().enumerate() {
            let row = core::slice::from_raw_parts_mut(c.add(r * ldc), nr);
            for (o, s) in row.iter_mut().zip(acc) {
                *o = *o + *s;
            }
        }
    }
}

/// `sum(a[i] * b[i])` of n elements at strides.
///
/// # Safety
/// They lie in memory that may be read.
pub unsafe fn dot<T: Num>(n: usize, a: *const T, sa: isize, b: *const T, sb: isize) -> T {
    const LANES: usize = 16;
    let mut acc = [T::default(); LANES];
    let mut i = 0;
    // SAFETY: by contract.
    unsafe {
        if sa == 1 && sb == 1 {
            while i + LANES <= n {
                let (x, y) = (core::slice::from_raw_parts(a.add(i), LANES), core::slice::from_raw_parts(b.add(i), LANES));
                for ((s, x), y) in acc.iter_mut().zip(x).zip(y) {
                    *s = s.mul_add(*x, *y);
                }
                i += LANES;
            }
        }
        let mut sum = acc.iter().fold(T::default(), |s, v| s + *v);
        for j in i..n {
            sum = sum.mul_add(*a.offset(j as isize * sa), *b.offset(j as isize * sb));
        }
        sum
    }
}
