//! torchvision's operators: overlaps of boxes, pooling of regions, convolution at learnt places.

pub mod boxes;
pub mod deform;
pub mod regions;

use crate::element::{Element, F16};
use core::ops::{Add, AddAssign, Div, Mul, Sub};

/// The element types that these operators compute in. Half rounds after every step, as it does in torchvision: places shift with it.
pub trait Number:
    Element + PartialOrd + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> + AddAssign
{
}

impl Number for f32 {}
impl Number for f64 {}
impl Number for F16 {}

/// Runs `$body` for the float types that `$name` takes.
macro_rules! number {
    ($x:expr, $name:literal, $T:ident => $body:expr) => {
        match $x.dtype() {
            DType::F64 => {
                type $T = f64;
                $body
            }
            DType::F32 => {
                type $T = f32;
                $body
            }
            DType::F16 => {
                type $T = $crate::element::F16;
                $body
            }
            other => bail!(NotImplemented, "\"{}\" not implemented for '{}'", $name, other.name()),
        }
    };
}
pub(crate) use number;

/// The larger of two; the first unless the second is larger.
fn high<T: PartialOrd>(x: T, y: T) -> T {
    if y > x { y } else { x }
}

fn low<T: PartialOrd>(x: T, y: T) -> T {
    if y < x { y } else { x }
}
