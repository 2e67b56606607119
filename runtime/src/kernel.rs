//! Pointwise operators: tables of kernels, and the loop that feeds them.
//!
//! A kernel works on plain slices of one of four types: i64, f32, f64, complex. Operands of other types, strided or broadcast ones
//! pass through a block buffer on the stack. So an operator costs four small loops, not one per type and layout; results equal
//! PyTorch's, which computes 16-bit floats as f32 and whose integers wrap.

use crate::convert::{load, store};
use crate::dtype::{DType, default_dtype};
use crate::element::{B8, Complex, Element, Scalar};
use crate::error::Result;
use crate::iter::{TensorIter, check_inplace_shape, check_no_internal_overlap, check_no_partial_overlap, empty_for};
use crate::promote::{ResultType, check_cast};
use crate::tensor::{Tensor, broadcast_all};
pub use core::primitive::{f32, f64, i64};

/// What complex kernels compute in.
pub type ComplexF64 = Complex<f64>;

/// `out[i] = f(inputs[0][i], …)` with numbers that stay the same.
pub type Kernel<T, O, const N: usize> = fn(&mut [O], [&[T]; N], &[T; 4]);

/// The kernels of an operator whose result has the type it computes in; a type without kernel is an error.
pub struct Kernels<const N: usize> {
    /// Name in messages.
    pub name: &'static str,
    /// The kernel of integers serves bool, too.
    pub bool: bool,
    pub int: Option<Kernel<i64, i64, N>>,
    pub f32: Option<Kernel<f32, f32, N>>,
    pub f64: Option<Kernel<f64, f64, N>>,
    pub complex: Option<Kernel<Complex<f64>, Complex<f64>, N>>,
}

/// The kernels of an operator whose result is bool.
pub struct Tests<const N: usize> {
    pub name: &'static str,
    pub bool: bool,
    pub int: Option<Kernel<i64, B8, N>>,
    pub f32: Option<Kernel<f32, B8, N>>,
    pub f64: Option<Kernel<f64, B8, N>>,
    pub complex: Option<Kernel<Complex<f64>, B8, N>>,
}

/// The type of the result, from the promoted type of the operands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    Same,
    /// Integers and bool become the default float type.
    Float,
}

impl Rule {
    pub fn apply(self, d: DType) -> DType {
        if self == Rule::Float && !d.is_float() && !d.is_complex() { default_dtype() } else { d }
    }
}

/// Defines pointwise operators: a type each, with its table.
///
/// ```ignore
/// pointwise! { 2 Kernels // in the bodies T is the type of the operands
///     Atan2 "atan2" Float { real |x, y, p| x.atan2(y); }
/// }
/// ```
/// `int` serves integers and bool, `whole` integers only.
macro_rules! pointwise {
    ($n:literal $table:ident $($name:ident $text:literal $rule:ident {
        $( int |$($i:ident),*; $ip:pat_param| $int:expr; )?
        $( whole |$($w:ident),*; $wp:pat_param| $whole:expr; )?
        $( real |$($r:ident),*; $rp:pat_param| $real:expr; )?
        $( complex |$($c:ident),*; $cp:pat_param| $complex:expr; )?
    })*) => { $(
        pub struct $name;
        impl $crate::kernel::Op<$n> for $name {
            type Table = $crate::kernel::$table<$n>;
            const RULE: $crate::kernel::Rule = $crate::kernel::Rule::$rule;
            const TABLE: &'static Self::Table = &$crate::kernel::$table {
                name: $text,
                bool: true $( && { let _ = stringify!($($w)*); false } )?,
                int: kernel!(i64 $( |$($i),*; $ip| $int )? $( |$($w),*; $wp| $whole )?),
                f32: kernel!(f32 $( |$($r),*; $rp| $real )?),
                f64: kernel!(f64 $( |$($r),*; $rp| $real )?),
                complex: kernel!(ComplexF64 $( |$($c),*; $cp| $complex )?),
            };
        }
    )* };
}

macro_rules! kernel {
    ($t:ident) => {
        None
    };
    ($t:ident |$a:ident; $p:pat_param| $e:expr) => {
        Some(|o, [a], p| {
            #[allow(unused_imports)]
            use $crate::math::Real as _;
            #[allow(dead_code)]
            type T = $crate::kernel::$t;
            let $p = *p;
            for (o, &$a) in o.iter_mut().zip(a) {
                *o = ($e).into();
            }
        })
    };
    ($t:ident |$a:ident, $b:ident; $p:pat_param| $e:expr) => {
        Some(|o, [a, b], p| {
            #[allow(unused_imports)]
            use $crate::math::Real as _;
            #[allow(dead_code)]
            type T = $crate::kernel::$t;
            let $p = *p;
            for ((o, &$a), &$b) in o.iter_mut().zip(a).zip(b) {
                *o = ($e).into();
            }
        })
    };
    ($t:ident |$a:ident, $b:ident, $c:ident; $p:pat_param| $e:expr) => {
        Some(|o, [a, b, c], p| {
            #[allow(unused_imports)]
            use $crate::math::Real as _;
            #[allow(dead_code)]
            type T = $crate::kernel::$t;
            let $p = *p;
            for (((o, &$a), &$b), &$c) in o.iter_mut().zip(a).zip(b).zip(c) {
                *o = ($e).into();
            }
        })
    };
}

/// A pointwise operator of N operands.
pub trait Op<const N: usize> {
    type Table: Run<N>;
    const TABLE: &'static Self::Table;
    const RULE: Rule;
}

/// Runs a table's kernel for the type that the operands are promoted to.
pub trait Run<const N: usize>: 'static {
    fn run(&self, common: DType, out: &Tensor, ins: [&Tensor; N], params: [Scalar; 4]) -> Result<()>;
    /// The result's type when computing in `common`.
    fn result(common: DType) -> DType;
}

const BLOCK: usize = 256;

macro_rules! runner {
    ($name:ident, $n:literal, $m:literal) => {
        /// Runs one kernel over tensors broadcast to `out`'s shape.
        fn $name<T: Element, O: Element>(out: &Tensor, ins: [&Tensor; $n], f: Kernel<T, O, $n>, params: &[T; 4]) {
            let mut operands = [out; $m];
            operands[1..].copy_from_slice(&ins);
            let mut results = [O::default(); BLOCK];
            let mut buffers = [[T::default(); BLOCK]; $n];
            TensorIter::new(out.sizes(), operands).for_each(|p, s, n| {
                let plain = |d: DType, want: DType, p: *mut u8, stride: isize| {
                    d == want && stride == want.size() as isize && p as usize % want.size().min(8) == 0
                };
                let out_plain = plain(out.dtype(), O::DTYPE, p[0], s[0]);
                let in_plain: [bool; $n] =
                    core::array::from_fn(|k| plain(ins[k].dtype(), T::DTYPE, p[k + 1], s[k + 1]) && p[k + 1] != p[0]);
                let mut at = 0;
                while at < n {
                    let m = if out_plain && in_plain == [true; $n] { n } else { BLOCK.min(n - at) };
                    let here = |k: usize| p[k].wrapping_offset(at as isize * s[k]);
                    for k in 0..$n {
                        // One value for the whole run is loaded once.
                        if !in_plain[k] && (s[k + 1] != 0 || at == 0) {
                            // SAFETY: m elements lie there.
                            unsafe { load(ins[k].dtype(), here(k + 1), s[k + 1], &mut buffers[k][..m]) }
                        }
                    }
                    // SAFETY: plain operands hold m elements of that type; an input that is the output was copied.
                    unsafe {
                        let slices = core::array::from_fn(|k| {
                            let first = if in_plain[k] { here(k + 1) as *const T } else { buffers[k].as_ptr() };
                            core::slice::from_raw_parts(first, m)
                        });
                        if out_plain {
                            f(core::slice::from_raw_parts_mut(here(0) as *mut O, m), slices, params);
                        } else {
                            f(&mut results[..m], slices, params);
                            store(out.dtype(), here(0), s[0], &results[..m]);
                        }
                    }
                    at += m;
                }
            });
        }
    };
}
runner!(run1, 1, 2);
runner!(run2, 2, 3);
runner!(run3, 3, 4);

/// What PyTorch says of complex operands before it looks for a kernel.
const NO_COMPLEX: [(&str, &str); 16] = [
    ("ceil_vml_cpu", "ceil is not supported for complex inputs"),
    ("floor_vml_cpu", "floor is not supported for complex inputs"),
    ("trunc_vml_cpu", "trunc is not supported for complex inputs"),
    ("sign_cpu", "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."),
    ("signbit", "signbit is not implemented for complex tensors."),
    ("rad2deg", "rad2deg is not supported for complex tensors."),
    ("deg2rad", "deg2rad is not supported for complex tensors."),
    ("maximum", "maximum not implemented for complex tensors."),
    ("minimum", "minimum not implemented for complex tensors."),
    ("fmax", "fmax not implemented for complex tensors."),
    ("fmin", "fmin not implemented for complex tensors."),
    ("isposinf", "isposinf does not support complex inputs."),
    ("isneginf", "isneginf does not support complex inputs."),
    ("heaviside", "heaviside is not yet implemented for complex tensors."),
    ("relu", "clamp is not supported for complex types"),
    ("hardtanh", "clamp is not supported for complex types"),
];

/// The error of a type that an operator has no kernel for.
pub fn not_implemented(name: &str, d: DType) -> crate::Error {
    if let Some((_, text)) = NO_COMPLEX.iter().find(|e| d.is_complex() && e.0 == name) {
        let kind =
            matches!(name, "ceil_vml_cpu" | "floor_vml_cpu" | "trunc_vml_cpu" | "sign_cpu" | "signbit" | "relu" | "hardtanh");
        return if kind { err!(NotImplemented, "{text}") } else { err!("{text}") };
    }
    err!(NotImplemented, "\"{name}\" not implemented for '{}'", d.name())
}

/// A kernel's parameters in the type it computes in.
#[inline(never)]
fn numbers<T: Element>(params: &[Scalar; 4]) -> [T; 4] {
    params.map(|p| p.to())
}

macro_rules! tables {
    ($($n:literal $run:ident),*) => { $(
        impl Run<$n> for Kernels<$n> {
            fn run(&self, common: DType, out: &Tensor, ins: [&Tensor; $n], params: [Scalar; 4]) -> Result<()> {
                let none = || not_implemented(self.name, common);
                match common {
                    d if d.is_complex() => $run(out, ins, self.complex.ok_or_else(none)?, &numbers(&params)),
                    DType::F64 => $run(out, ins, self.f64.ok_or_else(none)?, &numbers(&params)),
                    d if d.is_float() => $run(out, ins, self.f32.ok_or_else(none)?, &numbers(&params)),
                    DType::Bool if !self.bool => return Err(none()),
                    _ => $run(out, ins, self.int.ok_or_else(none)?, &numbers(&params)),
                }
                Ok(())
            }
            fn result(common: DType) -> DType {
                common
            }
        }
        impl Run<$n> for Tests<$n> {
            fn run(&self, common: DType, out: &Tensor, ins: [&Tensor; $n], params: [Scalar; 4]) -> Result<()> {
                let none = || not_implemented(self.name, common);
                match common {
                    d if d.is_complex() => $run(out, ins, self.complex.ok_or_else(none)?, &numbers(&params)),
                    DType::F64 => $run(out, ins, self.f64.ok_or_else(none)?, &numbers(&params)),
                    d if d.is_float() => $run(out, ins, self.f32.ok_or_else(none)?, &numbers(&params)),
                    DType::Bool if !self.bool => return Err(none()),
                    _ => $run(out, ins, self.int.ok_or_else(none)?, &numbers(&params)),
                }
                Ok(())
            }
            fn result(_: DType) -> DType {
                DType::Bool
            }
        }
    )* };
}
tables!(1 run1, 2 run2, 3 run3);

/// No parameters.
pub const NONE: [Scalar; 4] = [Scalar::Int(0); 4];

/// Parameters of a kernel, the rest 0.
pub fn params<const N: usize>(p: [Scalar; N]) -> [Scalar; 4] {
    let mut all = NONE;
    all[..N].copy_from_slice(&p);
    all
}

fn common<const N: usize>(ins: &[&Tensor; N]) -> Result<DType> {
    let first = ins[0].dtype();
    if ins.iter().all(|t| t.dtype() == first && !t.is_wrapped_number()) {
        return Ok(first);
    }
    let mut r = ResultType::new();
    for t in ins {
        r = r.tensor(t)?;
    }
    r.finish()
}

/// A new tensor `F(ins…)`.
pub fn apply<F: Op<N>, const N: usize>(ins: [&Tensor; N], params: [Scalar; 4]) -> Result<Tensor> {
    let common = F::RULE.apply(common(&ins)?);
    apply_in::<F, N>(common, ins, params)
}

/// A new tensor `F(ins…)` computed in a given type.
pub fn apply_in<F: Op<N>, const N: usize>(common: DType, ins: [&Tensor; N], params: [Scalar; 4]) -> Result<Tensor> {
    new_result(F::TABLE, common, ins, params)
}

fn new_result<R: Run<N>, const N: usize>(table: &R, common: DType, ins: [&Tensor; N], params: [Scalar; 4]) -> Result<Tensor> {
    let shape = broadcast_all(ins)?;
    let out = empty_for(&shape, &ins, R::result(common))?;
    table.run(common, &out, ins, params)?;
    Ok(out)
}

/// Writes `F(ins…)` into `out`, which usually is the first operand.
pub fn apply_to<F: Op<N>, const N: usize>(out: &Tensor, ins: [&Tensor; N], params: [Scalar; 4]) -> Result<Tensor> {
    let common = F::RULE.apply(common(&ins)?);
    write_result(F::TABLE, common, out, ins, params)
}

fn write_result<R: Run<N>, const N: usize>(
    table: &R,
    common: DType,
    out: &Tensor,
    ins: [&Tensor; N],
    params: [Scalar; 4],
) -> Result<Tensor> {
    check_no_internal_overlap(out)?;
    for t in ins {
        check_no_partial_overlap(out, t)?;
    }
    check_inplace_shape(out, &broadcast_all(ins)?)?;
    if R::result(common) == common {
        check_cast(common, out.dtype())?;
    }
    table.run(common, out, ins, params)?;
    Ok(out.clone())
}
