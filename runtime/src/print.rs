//! Values as text: what `print` and `str` inside TorchScript show, and Python's `repr`.

use crate::element::{Complex, f64_to_i64};
use crate::value::{Value, tag};
use alloc::string::String;
use core::ffi::c_char;
use core::fmt::Write;

unsafe extern "C" {
    fn snprintf(buf: *mut c_char, n: usize, format: *const c_char, ...) -> i32;
}

/// C's conversions of doubles.
#[derive(Clone, Copy)]
pub enum Style {
    /// `%.*g`
    General,
    /// `%.*e`
    Scientific,
    /// `%.*f`
    Fixed,
}

/// A double as C's printf writes it.
pub fn c_double(x: f64, style: Style, precision: usize) -> String {
    let format = match style {
        Style::General => c"%.*g",
        Style::Scientific => c"%.*e",
        Style::Fixed => c"%.*f",
    };
    // The longest: %f of the largest double.
    let mut buf = [0u8; 400];
    // SAFETY: the buffer's size is given; the arguments fit the format.
    let n = unsafe { snprintf(buf.as_mut_ptr() as *mut c_char, buf.len(), format.as_ptr(), precision.min(60) as i32, x) };
    let n = (n.max(0) as usize).min(buf.len() - 1);
    // printf keeps the sign of NaN, C++ streams and Python don't print it the same way everywhere.
    String::from(core::str::from_utf8(&buf[..n]).unwrap_or("").trim_start_matches(if x.is_nan() { "-" } else { "\0" }))
}

/// A float as TorchScript prints it: `1.`, `0.10000000000000001`, `1e+20`.
pub fn script_float(x: f64) -> String {
    let i = f64_to_i64(x);
    let mut s = String::new();
    if i as f64 == x {
        let _ = write!(s, "{i}.");
        return s;
    }
    c_double(x, Style::General, 17)
}

fn script_complex(c: Complex<f64>) -> String {
    let mut s = script_float(c.re);
    if c.im >= 0.0 || c.im.is_nan() {
        s.push('+');
    }
    s.push_str(&script_float(c.im));
    s.push('j');
    s
}

/// A float as Python's `repr` writes it.
pub fn python_float(x: f64) -> String {
    if x.is_nan() {
        return String::from("nan");
    }
    if x.is_infinite() {
        return String::from(if x < 0.0 { "-inf" } else { "inf" });
    }
    let mut s = String::new();
    // As many digits as the shortest text has. Where two texts of that length are as near, Python takes the one with the even digit,
    // as printf does.
    let _ = write!(s, "{x:e}");
    let (digits, exp) = s.split_once('e').unwrap_or((&s, "0"));
    let exp: i32 = exp.parse().unwrap_or(0);
    let fraction = digits.split_once('.').map_or(0, |(_, f)| f.len());
    let reads_back = |text: &str| text.parse::<f64>().is_ok_and(|y| y.to_bits() == x.to_bits());
    let mut out = String::new();
    if !(-4..16).contains(&exp) {
        let even = c_double(x, Style::Scientific, fraction);
        let digits = if reads_back(&even) { even.split('e').next().unwrap_or(digits) } else { digits };
        let sign = if exp < 0 { '-' } else { '+' };
        let _ = write!(out, "{digits}e{sign}{:02}", exp.abs());
        return out;
    }
    let even = c_double(x, Style::Fixed, (fraction as i32 - exp).max(0) as usize);
    if reads_back(&even) {
        out.push_str(&even);
    } else {
        let _ = write!(out, "{x}");
    }
    if !out.contains('.') {
        out.push_str(".0");
    }
    out
}

/// A complex number as Python's `repr` writes it.
pub fn python_complex(c: Complex<f64>) -> String {
    let short = |x: f64| {
        let s = python_float(x);
        s.strip_suffix(".0").map(String::from).unwrap_or(s)
    };
    let mut s = String::new();
    if c.re == 0.0 && c.re.is_sign_positive() {
        let _ = write!(s, "{}j", short(c.im));
    } else {
        let plus = if c.im.is_sign_negative() && !c.im.is_nan() { "" } else { "+" };
        let _ = write!(s, "({}{plus}{}j)", short(c.re), short(c.im));
    }
    s
}

/// A string literal as Python's `repr` writes it.
pub fn python_str(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut s = String::new();
    s.push(quote);
    for c in text.chars() {
        let _ = match c {
            '\\' => s.write_str("\\\\"),
            '\n' => s.write_str("\\n"),
            '\r' => s.write_str("\\r"),
            '\t' => s.write_str("\\t"),
            c if c == quote => write!(s, "\\{c}"),
            c if (c as u32) < 0x20 || c as u32 == 0x7f => write!(s, "\\x{:02x}", c as u32),
            c => s.write_char(c),
        };
    }
    s.push(quote);
    s
}

/// How one flavour writes the leaves.
#[derive(Clone, Copy, PartialEq)]
enum Flavour {
    Script,
    Python,
}

/// What `print(v)` and `str(v)` show inside TorchScript.
pub fn script_str(v: &Value) -> String {
    let mut s = String::new();
    write_value(&mut s, v, Flavour::Script);
    s
}

/// Python's `repr(v)`.
pub fn python_repr(v: &Value) -> String {
    let mut s = String::new();
    write_value(&mut s, v, Flavour::Python);
    s
}

/// Python's `str(v)`: strings bare.
pub fn python_text(v: &Value) -> String {
    v.as_str().map_or_else(|| python_repr(v), String::from)
}

fn joined(s: &mut String, open: char, items: impl Iterator<Item = Value>, close: char, f: Flavour) -> usize {
    let mut n = 0;
    s.push(open);
    for v in items {
        if n > 0 {
            s.push_str(", ");
        }
        write_value(s, &v, f);
        n += 1;
    }
    if open == '(' && n == 1 {
        s.push(',');
    }
    s.push(close);
    n
}

fn write_device(s: &mut String, v: &Value) {
    const NAMES: [&str; 4] = ["cpu", "cuda", "mkldnn", "opengl"];
    if let Some((kind, index)) = v.as_device() {
        let name = match kind {
            13 => "mps",
            14 => "meta",
            k => NAMES.get(k as usize).copied().unwrap_or("unknown"),
        };
        s.push_str(name);
        if let Some(i) = index {
            let _ = write!(s, ":{i}");
        }
    }
}

fn write_value(s: &mut String, v: &Value, f: Flavour) {
    let python = f == Flavour::Python;
    let _ = match v.tag {
        tag::NONE => s.write_str("None"),
        tag::BOOL => s.write_str(if v.payload != 0 { "True" } else { "False" }),
        tag::INT => write!(s, "{}", v.payload as i64),
        tag::FLOAT if python => s.write_str(&python_float(f64::from_bits(v.payload))),
        tag::FLOAT => s.write_str(&script_float(f64::from_bits(v.payload))),
        tag::COMPLEX if python => s.write_str(&python_complex(v.as_complex().unwrap_or_default())),
        tag::COMPLEX => s.write_str(&script_complex(v.as_complex().unwrap_or_default())),
        tag::STR if python => s.write_str(&python_str(v.as_str().unwrap_or(""))),
        tag::STR => s.write_str(v.as_str().unwrap_or("")),
        tag::DEVICE => {
            if python {
                s.push_str("device(type='");
                let mut name = String::new();
                write_device(&mut name, v);
                match name.split_once(':') {
                    Some((n, i)) => {
                        let _ = write!(s, "{n}', index={i})");
                    }
                    None => {
                        let _ = write!(s, "{name}')");
                    }
                }
            } else {
                write_device(s, v);
            }
            Ok(())
        }
        tag::GENERATOR => s.write_str("Generator"),
        tag::FUTURE => s.write_str("Future"),
        _ => {
            write_object(s, v, f);
            Ok(())
        }
    };
}

fn write_object(s: &mut String, v: &Value, f: Flavour) {
    let python = f == Flavour::Python;
    if let Some(t) = v.as_tensor() {
        s.push_str(&if python { crate::print_tensor::python(t) } else { crate::print_tensor::script(t) });
    } else if let Some(l) = v.as_list() {
        joined(s, '[', l.iter(), ']', f);
    } else if let Some(t) = v.as_tuple() {
        // SAFETY: a description is a constant, or absent.
        let desc = unsafe { t.desc.as_ref() };
        match desc.filter(|_| python) {
            Some(d) => {
                let name = d.name();
                s.push_str(name.rsplit('.').next().unwrap_or(name));
                s.push('(');
                for (i, v) in t.items().iter().enumerate() {
                    let _ = write!(s, "{}{}=", if i > 0 { ", " } else { "" }, d.field(i).unwrap_or(""));
                    write_value(s, v, f);
                }
                s.push(')');
            }
            None => {
                joined(s, '(', t.items().iter().cloned(), ')', f);
            }
        }
    } else if let Some(d) = v.as_dict() {
        s.push('{');
        for (i, (k, v)) in d.iter().enumerate() {
            if i > 0 {
                s.push_str(", ");
            }
            write_value(s, &k, f);
            s.push_str(": ");
            write_value(s, &v, f);
        }
        s.push('}');
    } else if let Some(o) = v.as_instance() {
        let name = o.class_name();
        let _ = match v.tag {
            tag::ENUM => {
                let short = name.rsplit('.').next().unwrap_or(name);
                let member = o.get(0).unwrap_or(Value::none());
                let member = member.as_str().unwrap_or("");
                if python { write!(s, "<{short}.{member}>") } else { write!(s, "Enum<{short}.{member}>") }
            }
            _ => write!(s, "<{name} object at {:#x}>", v.payload),
        };
    }
}

unsafe extern "C" {
    fn ts_print_text(text: *const c_char, len: usize);
    /// Sends what scripts print to a function, or back to stdout.
    pub fn ts_print_to(write: Option<unsafe extern "C" fn(*const u8, usize)>);
}

natives! {
    /// `print(...)` of `n` values.
    fn ts_print(values: *const Value, n: usize) {
        let mut s = String::new();
        for i in 0..n {
            if i > 0 {
                s.push(' ');
            }
            write_value(&mut s, unsafe { &*values.add(i) }, Flavour::Script);
        }
        s.push('\n');
        unsafe { ts_print_text(s.as_ptr() as *const c_char, s.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_in_torchscript_and_python() {
        for (x, script, python) in [
            (1.0, "1.", "1.0"),
            (1e20, "1e+20", "1e+20"),
            (1e-7, "9.9999999999999995e-08", "1e-07"),
            (0.1, "0.10000000000000001", "0.1"),
            (-0.0, "0.", "-0.0"),
            (1e16, "10000000000000000.", "1e+16"),
            (123456789.123, "123456789.123", "123456789.123"),
            (f64::INFINITY, "inf", "inf"),
            (2.5e-5, "2.5000000000000001e-05", "2.5e-05"),
            (9.223372036854775808e18, "9.2233720368547758e+18", "9.223372036854776e+18"),
        ] {
            assert_eq!((script_float(x).as_str(), python_float(x).as_str()), (script, python));
        }
        assert_eq!(script_complex(Complex::new(3.0, -4.0)), "3.-4.j");
        assert_eq!(python_complex(Complex::new(0.0, 1.5)), "1.5j");
        assert_eq!(python_str("it's\n"), "\"it's\\n\"");
    }
}
