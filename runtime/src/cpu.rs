//! What the processor can do.

use core::sync::atomic::{AtomicI32, Ordering};

/// 0 before the first question.
static LEVEL: AtomicI32 = AtomicI32::new(0);

natives! {
    /// The level of x86-64 (2, 3 or 4) whose instructions the processor has and the system keeps the registers of.
    fn ts_cpu_level() -> i32 {
        match LEVEL.load(Ordering::Relaxed) {
            0 => {
                let level = detect();
                LEVEL.store(level, Ordering::Relaxed);
                level
            }
            level => level,
        }
    }
}

/// Has all of `bits`.
#[cfg(target_arch = "x86_64")]
fn has(word: u32, bits: &[u32]) -> bool {
    bits.iter().all(|b| word >> b & 1 == 1)
}

#[cfg(target_arch = "x86_64")]
fn detect() -> i32 {
    use core::arch::x86_64::{__cpuid, __cpuid_count};
    let most = __cpuid(0).eax;
    if most < 7 {
        return 2;
    }
    let (one, seven) = (__cpuid(1), __cpuid_count(7, 0));
    let extended = if __cpuid(0x8000_0000).eax >= 0x8000_0001 { __cpuid(0x8000_0001).ecx } else { 0 };
    // FMA, MOVBE, OSXSAVE, AVX, F16C; BMI1, AVX2, BMI2; LZCNT.
    if !has(one.ecx, &[12, 22, 27, 28, 29]) || !has(seven.ebx, &[3, 5, 8]) || !has(extended, &[5]) {
        return 2;
    }
    let kept: u32;
    // SAFETY: the processor has xgetbv, as OSXSAVE says; it only writes these registers.
    unsafe { core::arch::asm!("xgetbv", in("ecx") 0, out("eax") kept, out("edx") _, options(nomem, nostack)) };
    if kept & 0x6 != 0x6 {
        return 2;
    }
    // AVX512 F, DQ, CD, BW, VL, and their registers.
    if has(seven.ebx, &[16, 17, 28, 30, 31]) && kept & 0xe6 == 0xe6 { 4 } else { 3 }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> i32 {
    1
}
