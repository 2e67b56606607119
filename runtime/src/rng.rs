//! PyTorch's CPU generator, bit for bit: mt19937, its distributions, and the order in which tensors consume it.

use crate::dtype::DType;
use crate::element::{BF16, Element, F16};
use crate::error::Result;
use crate::header::{Header, Kind, Object, Ref};
use crate::iter::map0;
use crate::math::Real;
use crate::tensor::Tensor;
use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, Ordering};

const N: usize = 624;
const M: usize = 397;

/// The seed of a generator that nobody seeded.
pub const DEFAULT_SEED: u64 = 67280421310721;

/// The state of a generator.
#[derive(Clone)]
pub struct Engine {
    seed: u64,
    state: [u32; N],
    /// Next word of the state; N when it is used up.
    next: usize,
    /// The second value of the last Box-Muller pair.
    normal: Option<f64>,
}

impl Engine {
    pub const fn new(seed: u64) -> Engine {
        let mut state = [0u32; N];
        state[0] = seed as u32;
        let mut i = 1;
        while i < N {
            let p = state[i - 1];
            state[i] = (p ^ p >> 30).wrapping_mul(1812433253).wrapping_add(i as u32);
            i += 1;
        }
        Engine { seed, state, next: N, normal: None }
    }

    /// The seed it was made with.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    fn refill(&mut self) {
        let s = &mut self.state;
        for i in 0..N {
            let y = (s[i] & 0x8000_0000) | (s[(i + 1) % N] & 0x7fff_ffff);
            s[i] = s[(i + M) % N] ^ (y >> 1) ^ if y & 1 != 0 { 0x9908_b0df } else { 0 };
        }
        self.next = 0;
    }

    /// 32 random bits.
    pub fn bits(&mut self) -> u32 {
        if self.next == N {
            self.refill();
        }
        let mut y = self.state[self.next];
        self.next += 1;
        y ^= y >> 11;
        y ^= (y << 7) & 0x9d2c_5680;
        y ^= (y << 15) & 0xefc6_0000;
        y ^ y >> 18
    }

    /// 64 random bits, the first word being the upper one.
    pub fn bits64(&mut self) -> u64 {
        let high = self.bits() as u64;
        high << 32 | self.bits() as u64
    }

    /// Uniform in [0, 1) with 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.bits64() & ((1 << 53) - 1)) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Uniform in [0, 1) with 24 bits.
    pub fn uniform32(&mut self) -> f32 {
        (self.bits() & ((1 << 24) - 1)) as f32 * (1.0 / (1 << 24) as f32)
    }

    /// Standard normal, by Box-Muller; every second call uses up what the one before left.
    pub fn normal(&mut self) -> f64 {
        if let Some(x) = self.normal.take() {
            return x;
        }
        let (u1, u2) = (self.uniform(), self.uniform());
        let r = Real::sqrt(-2.0 * Real::ln_1p(-u2));
        let theta = 2.0 * core::f64::consts::PI * u1;
        self.normal = Some(r * Real::sin(theta));
        r * Real::cos(theta)
    }

    /// An integer in `base..base + range`; a range of 0 stands for 2^64.
    pub fn integer(&mut self, range: u64, base: i64) -> i64 {
        let v = match range {
            0 => self.bits64(),
            r if r >= 1 << 28 => self.bits64() % r,
            r => self.bits() as u64 % r,
        };
        v.wrapping_add(base as u64) as i64
    }
}

unsafe extern "C" {
    safe fn fma(x: f64, y: f64, z: f64) -> f64;
    safe fn fmaf(x: f32, y: f32, z: f32) -> f32;
}

/// A generator object.
#[repr(C)]
pub struct Generator {
    pub header: Header,
    engine: UnsafeCell<Engine>,
    busy: AtomicBool,
}
// SAFETY: header first.
unsafe impl Object for Generator {
    const KIND: Kind = Kind::Generator;
}
// SAFETY: the engine is reached through `with` only, one thread at a time.
unsafe impl Sync for Generator {}

impl Generator {
    #[allow(clippy::new_ret_no_self)]
    pub fn new(seed: u64) -> Ref<Generator> {
        Ref::new(Generator {
            header: Header::new(Kind::Generator),
            engine: UnsafeCell::new(Engine::new(seed)),
            busy: AtomicBool::new(false),
        })
    }

    /// Lends the engine; other threads wait meanwhile.
    pub fn with<R>(&self, f: impl FnOnce(&mut Engine) -> R) -> R {
        while self.busy.swap(true, Ordering::Acquire) {
            core::hint::spin_loop();
        }
        // SAFETY: this thread holds it now; `f` can't reach it another way.
        let r = f(unsafe { &mut *self.engine.get() });
        self.busy.store(false, Ordering::Release);
        r
    }

    /// A generator that goes on as this one would.
    pub fn copy(&self) -> Ref<Generator> {
        let g = Generator::new(0);
        self.with(|mine| g.with(|theirs| *theirs = mine.clone()));
        g
    }

    pub fn manual_seed(&self, seed: u64) {
        self.with(|e| *e = Engine::new(seed));
    }
}

/// The generator that operators use when they are given none.
pub fn default_generator() -> &'static Generator {
    static DEFAULT: Generator = Generator {
        header: Header::immortal(Kind::Generator),
        engine: UnsafeCell::new(Engine::new(DEFAULT_SEED)),
        busy: AtomicBool::new(false),
    };
    &DEFAULT
}

natives! {
    /// Seeds the default generator (`torch.manual_seed`).
    fn ts_manual_seed(seed: i64) { default_generator().manual_seed(seed as u64) }
}

/// Runs the expression with `$t` each float type a fill may have.
macro_rules! floats {
    ($name:literal, $d:expr, $t:ident => $e:expr) => {
        match $d {
            DType::F32 => {
                type $t = f32;
                $e
            }
            DType::F64 => {
                type $t = f64;
                $e
            }
            DType::F16 => {
                type $t = F16;
                $e
            }
            DType::BF16 => {
                type $t = BF16;
                $e
            }
            d => bail!(NotImplemented, "\"{}\" not implemented for '{}'", $name, d.name()),
        }
    };
}

/// Fills with `draw`, converted to the element type, in memory order.
pub fn fill(t: &Tensor, g: &Generator, mut draw: impl FnMut(&mut Engine) -> f64) {
    g.with(|e| dispatch!(t.dtype(), T => map0(t, || T::from_f64(draw(e)))))
}

/// `uniform_`
pub fn uniform(t: &Tensor, from: f64, to: f64, g: &Generator) -> Result<()> {
    check!(from <= to, "uniform_ expects to return a [from, to) range, but found from={from} > to={to}");
    g.with(|e| {
        floats!("check_uniform_bounds", t.dtype(), T => {
            let (low, high) = (T::from_f64(from), T::from_f64(to));
            map0(t, || {
                let v = if T::DTYPE == DType::F64 {
                    T::from_f64(fma(e.uniform(), to - from, from))
                } else {
                    let (a, b) = (from as f32, to as f32);
                    T::from_f64(fmaf(e.uniform32(), b - a, a) as f64)
                };
                if v == high { low } else { v }
            });
        });
        Ok(())
    })
}

/// `normal_`: large contiguous tensors take their uniform numbers 16 at a time.
pub fn normal(t: &Tensor, mean: f64, std: f64, g: &Generator) -> Result<()> {
    check!(std >= 0.0, "normal expects std >= 0.0, but found std {std}");
    if t.numel() < 16 || !t.is_contiguous() {
        check!(t.dtype().is_float(), NotImplemented, "\"normal_kernel_cpu\" not implemented for '{}'", t.dtype().name());
        fill(t, g, |e| e.normal() * std + mean);
        return Ok(());
    }
    g.with(|e| match t.dtype() {
        DType::F32 => {
            let data = t.as_mut_slice::<f32>()?;
            fill_runs(data, || e.uniform32(), |run| normal16_f32(run, mean as f32, std as f32));
            Ok(())
        }
        DType::F64 => {
            let data = t.as_mut_slice::<f64>()?;
            fill_runs(data, || e.uniform(), |run| normal16_f64(run, mean, std));
            Ok(())
        }
        DType::F16 => narrow_normal::<F16>(t, mean as f32, std as f32, e),
        DType::BF16 => narrow_normal::<BF16>(t, mean as f32, std as f32, e),
        d => bail!(NotImplemented, "\"normal_kernel_cpu\" not implemented for '{}'", d.name()),
    })
}

/// All uniform numbers first, then runs of 16; an incomplete last run is drawn anew, overlapping the one before.
fn fill_runs<T>(data: &mut [T], mut draw: impl FnMut() -> T, f: impl Fn(&mut [T])) {
    data.iter_mut().for_each(|x| *x = draw());
    data.chunks_exact_mut(16).for_each(&f);
    if data.len() % 16 != 0 {
        let from = data.len() - 16;
        data[from..].iter_mut().for_each(|x| *x = draw());
        f(&mut data[from..]);
    }
}

fn narrow_normal<T: Element>(t: &Tensor, mean: f32, std: f32, e: &mut Engine) -> Result<()> {
    let data = t.as_mut_slice::<T>()?;
    let mut run = |out: &mut [T]| {
        let mut buf = [0f32; 16];
        buf.iter_mut().for_each(|x| *x = e.uniform32());
        normal16_f32(&mut buf, mean, std);
        out.iter_mut().zip(buf).for_each(|(o, x)| *o = T::from_f64(x as f64));
    };
    data.chunks_exact_mut(16).for_each(&mut run);
    if data.len() % 16 != 0 {
        let from = data.len() - 16;
        run(&mut data[from..]);
    }
    Ok(())
}

/// Eight pairs of uniform numbers to eight pairs of normal ones.
fn normal16_f64(data: &mut [f64], mean: f64, std: f64) {
    let (first, second) = data.split_at_mut(8);
    for (a, b) in first.iter_mut().zip(second) {
        let radius = Real::sqrt(-2.0 * Real::ln(1.0 - *a));
        let theta = 2.0 * core::f64::consts::PI * *b;
        *a = fma(radius * Real::cos(theta), std, mean);
        *b = fma(radius * Real::sin(theta), std, mean);
    }
}

/// The same in f32, with the polynomials of PyTorch's vectorised kernel.
fn normal16_f32(data: &mut [f32], mean: f32, std: f32) {
    let (first, second) = data.split_at_mut(8);
    for (a, b) in first.iter_mut().zip(second) {
        let radius = Real::sqrt(-2.0 * cephes_log(1.0 - *a));
        let (s, c) = cephes_sincos(core::f32::consts::TAU * *b);
        *a = fmaf(radius * c, std, mean);
        *b = fmaf(radius * s, std, mean);
    }
}

fn mul_add(a: f32, b: f32, c: f32) -> f32 {
    fmaf(a, b, c)
}

/// Natural logarithm of a positive number: Cephes' polynomial, products and sums fused as the compiler of PyTorch's kernel fuses
/// them.
fn cephes_log(x: f32) -> f32 {
    const P: [f32; 9] = [
        7.037_683_6e-2,
        -1.151_461e-1,
        1.167_699_87e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333_1e-1,
    ];
    let x = x.max(f32::MIN_POSITIVE);
    let bits = x.to_bits();
    let mut e = ((bits >> 23) as i32 - 0x7f) as f32 + 1.0;
    let m = f32::from_bits(bits & 0x007f_ffff | 0.5f32.to_bits());
    let small = m < core::f32::consts::FRAC_1_SQRT_2;
    let x = if small { (m - 1.0) + m } else { m - 1.0 };
    e -= small as u8 as f32;
    let z = x * x;
    let y = P.iter().copied().reduce(|y, p| mul_add(y, x, p)).unwrap_or(0.0) * x;
    let y = mul_add(y, z, e * -2.121_944_4e-4);
    let y = mul_add(z, -0.5, y);
    mul_add(e, 0.693_359_375, x + y)
}

/// Sine and cosine of an angle that isn't negative, likewise.
fn cephes_sincos(x: f32) -> (f32, f32) {
    let j = ((x * (4.0 / core::f32::consts::PI)) as i32 + 1) & !1;
    let y = j as f32;
    let x = mul_add(y, -0.785_156_25, x);
    let x = mul_add(y, -2.418_756_5e-4, x);
    let x = mul_add(y, -3.774_895e-8, x);
    let z = x * x;
    let c = mul_add(mul_add(2.443_315_7e-5, z, -1.388_731_6e-3), z, 4.166_664_6e-2) * z;
    let c = mul_add(c, z, -0.5 * z) + 1.0;
    let s = mul_add(mul_add(-1.951_529_6e-4, z, 8.332_161e-3), z, -1.666_665_5e-1) * z;
    let s = mul_add(s, x, x);
    let (s, c) = if j & 2 == 0 { (s, c) } else { (c, s) };
    let flip = |v: f32, on: bool| if on { -v } else { v };
    (flip(s, j & 4 != 0), flip(c, (j - 2) & 4 == 0))
}
