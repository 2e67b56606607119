//! Operators on numbers, bools and strings, with Python's meaning.

use crate::graph::Const::{self, Bool, Complex, Float, Int, Str};

/// `None` when the operator is not one of these, or would raise.
pub(super) fn evaluate(op: &str, overload: Option<&str>, inputs: &[Const]) -> Option<Vec<Const>> {
    let name = op.split_once("::")?.1;
    let result = match inputs {
        [a] => unary(name, a)?,
        [a, b] if name == "divmod" => return divmod(a, b),
        [a, b] => binary(name, overload, a, b)?,
        [Int(lo), Int(hi), Int(step)] if name == "__range_length" => Int(range_length(*lo, *hi, *step)?),
        [Int(i), Int(start), Int(step)] if name == "__derive_index" => Int(start.wrapping_add(i.wrapping_mul(*step))),
        _ => return None,
    };
    Some(vec![result])
}

fn range_length(lo: i64, hi: i64, step: i64) -> Option<i64> {
    let span = (hi as i128 - lo as i128) * (step.signum() as i128);
    let step = (step as i128).abs();
    if step == 0 { None } else { i64::try_from(((span + step - 1) / step).max(0)).ok() }
}

fn unary(name: &str, a: &Const) -> Option<Const> {
    let real = |c: &Const| match c {
        Int(i) => Some(*i as f64),
        Float(d) => Some(*d),
        _ => None,
    };
    let whole = |d: f64| (d.is_finite() && d.abs() < 9.2e18).then_some(Int(d as i64));
    Some(match (name, a) {
        ("neg", Int(i)) => Int(i.wrapping_neg()),
        ("neg", Float(d)) => Float(-d),
        ("neg", Complex(re, im)) => Complex(-re, -im),
        ("abs", Int(i)) => Int(i.wrapping_abs()),
        ("abs" | "fabs", Float(d)) => Float(d.abs()),
        ("bitwise_not", Int(i)) => Int(!i),
        ("__not__", Bool(b)) => Bool(!b),
        ("Int" | "IntImplicit" | "ScalarImplicit", Int(i)) => Int(*i),
        ("Int", Bool(b)) => Int(*b as i64),
        ("Int", Float(d)) => whole(d.trunc())?,
        ("Float", Int(i)) => Float(*i as f64),
        ("Float", Float(d)) => Float(*d),
        ("Float", Bool(b)) => Float(*b as u8 as f64),
        ("Bool", Int(i)) => Bool(*i != 0),
        ("Bool", Float(d)) => Bool(*d != 0.0),
        ("Bool", Bool(b)) => Bool(*b),
        ("floor", _) => whole(real(a)?.floor())?,
        ("ceil", _) => whole(real(a)?.ceil())?,
        ("round", _) => Float(real(a)?.round_ties_even()),
        ("sqrt", _) => Float(Some(real(a)?).filter(|d| *d >= 0.0)?.sqrt()),
        ("isnan", _) => Bool(real(a)?.is_nan()),
        ("isinf", _) => Bool(real(a)?.is_infinite()),
        ("isfinite", _) => Bool(real(a)?.is_finite()),
        ("len", Str(s)) => Int(s.chars().count() as i64),
        ("str", Int(i)) => Str(i.to_string().into()),
        ("str", Str(s)) => Str(s.clone()),
        ("str", Bool(b)) => Str(if *b { "True" } else { "False" }.into()),
        _ => return None,
    })
}

fn binary(name: &str, overload: Option<&str>, a: &Const, b: &Const) -> Option<Const> {
    match (name, a, b) {
        ("__is__", x, y) => {
            return Some(Bool(matches!(x, Const::None) && matches!(y, Const::None))).filter(|_| none(x) || none(y));
        }
        ("__isnot__", x, y) => return Some(Bool(!(none(x) && none(y)))).filter(|_| none(x) || none(y)),
        ("add", Str(x), Str(y)) => return Some(Str(format!("{x}{y}").into())),
        ("eq", x, y) if !numeric(x) => return Some(Bool(equal(x, y)?)),
        ("ne", x, y) if !numeric(x) => return Some(Bool(!equal(x, y)?)),
        _ => {}
    }
    match (a, b) {
        (Bool(x), Bool(y)) => logic(name, *x, *y),
        (Int(x), Int(y)) => integers(name, overload, *x, *y),
        (Int(x), Float(y)) => floats(name, *x as f64, *y),
        (Float(x), Int(y)) => floats(name, *x, *y as f64),
        (Float(x), Float(y)) => floats(name, *x, *y),
        _ => complexes(name, pair(a)?, pair(b)?),
    }
}

fn none(c: &Const) -> bool {
    matches!(c, Const::None)
}

fn numeric(c: &Const) -> bool {
    matches!(c, Int(_) | Float(_) | Complex(..) | Bool(_))
}

fn pair(c: &Const) -> Option<(f64, f64)> {
    match c {
        Int(i) => Some((*i as f64, 0.0)),
        Float(d) => Some((*d, 0.0)),
        Complex(re, im) => Some((*re, *im)),
        _ => None,
    }
}

/// Equality of strings, enums, devices and None.
fn equal(a: &Const, b: &Const) -> Option<bool> {
    match (a, b) {
        (Str(_), Str(_))
        | (Const::Enum(..), Const::Enum(..))
        | (Const::Device { .. }, Const::Device { .. })
        | (Const::None, Const::None) => Some(crate::graph::consts::same(a, b)),
        _ => None,
    }
}

fn logic(name: &str, x: bool, y: bool) -> Option<Const> {
    Some(Bool(match name {
        "__and__" => x & y,
        "__or__" => x | y,
        "__xor__" | "ne" => x ^ y,
        "eq" => x == y,
        _ => return None,
    }))
}

fn integers(name: &str, overload: Option<&str>, x: i64, y: i64) -> Option<Const> {
    Some(match name {
        "add" => Int(x.wrapping_add(y)),
        "sub" => Int(x.wrapping_sub(y)),
        "mul" => Int(x.wrapping_mul(y)),
        "floordiv" if y != 0 => {
            let q = x.wrapping_div(y);
            Int(if x.wrapping_rem(y) != 0 && (x < 0) != (y < 0) { q - 1 } else { q })
        }
        "__round_to_zero_floordiv" if y != 0 => Int(x.wrapping_div(y)),
        "remainder" if y != 0 => {
            let r = x.wrapping_rem(y);
            Int(if r != 0 && (r < 0) != (y < 0) { r + y } else { r })
        }
        "div" | "truediv" if y != 0 => Float(x as f64 / y as f64),
        "pow" if overload == Some("int_to_int") => Int(x.checked_pow(u32::try_from(y).ok()?)?),
        "pow" if x != 0 || y >= 0 => Float((x as f64).powf(y as f64)),
        "min" => Int(x.min(y)),
        "max" => Int(x.max(y)),
        "eq" => Bool(x == y),
        "ne" => Bool(x != y),
        "lt" => Bool(x < y),
        "le" => Bool(x <= y),
        "gt" => Bool(x > y),
        "ge" => Bool(x >= y),
        "__and__" => Int(x & y),
        "__or__" => Int(x | y),
        "__xor__" => Int(x ^ y),
        "__lshift__" if (0..64).contains(&y) => Int(x.wrapping_shl(y as u32)),
        "__rshift__" if (0..64).contains(&y) => Int(x >> y),
        _ => return None,
    })
}

fn floats(name: &str, x: f64, y: f64) -> Option<Const> {
    Some(match name {
        "add" => Float(x + y),
        "sub" => Float(x - y),
        "mul" => Float(x * y),
        "div" | "truediv" if y != 0.0 => Float(x / y),
        "floordiv" if y != 0.0 => Float((x / y).floor()),
        "remainder" if y != 0.0 => {
            let r = x % y;
            Float(if r != 0.0 && (r < 0.0) != (y < 0.0) { r + y } else { r })
        }
        "fmod" if y != 0.0 => Float(x % y),
        "pow" if x > 0.0 || (x == 0.0 && y >= 0.0) || y == y.trunc() && x != 0.0 => Float(x.powf(y)),
        "min" => Float(if y < x { y } else { x }),
        "max" => Float(if y > x { y } else { x }),
        "eq" => Bool(x == y),
        "ne" => Bool(x != y),
        "lt" => Bool(x < y),
        "le" => Bool(x <= y),
        "gt" => Bool(x > y),
        "ge" => Bool(x >= y),
        _ => return None,
    })
}

fn complexes(name: &str, (a, b): (f64, f64), (c, d): (f64, f64)) -> Option<Const> {
    Some(match name {
        "add" => Complex(a + c, b + d),
        "Complex" if b == 0.0 && d == 0.0 => Complex(a, c),
        "sub" => Complex(a - c, b - d),
        "mul" => Complex(a * c - b * d, a * d + b * c),
        "eq" => Bool(a == c && b == d),
        "ne" => Bool(a != c || b != d),
        _ => return None,
    })
}

fn divmod(a: &Const, b: &Const) -> Option<Vec<Const>> {
    let q = binary("floordiv", None, a, b)?;
    let r = binary("remainder", None, a, b)?;
    Some(vec![q, r])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_down() {
        let int = |name, x, y| match integers(name, None, x, y) {
            Some(Int(i)) => Some(i),
            _ => None,
        };
        assert_eq!([int("floordiv", -7, 2), int("remainder", -7, 2), int("remainder", 7, -2)], [Some(-4), Some(1), Some(-1)]);
        assert_eq!(int("floordiv", 1, 0), None);
        assert_eq!(range_length(0, 10, 3), Some(4));
        assert_eq!(range_length(10, 0, -3), Some(4));
    }
}
