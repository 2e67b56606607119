//! Values as text: what `print` and `str` inside TorchScript show, and Python's `repr`.

use crate::element::{Complex, f64_to_i64};
use crate::str::Text;
use crate::value::{Value, tag};
use alloc::string::String;
use alloc::vec::Vec;
use core::ffi::c_char;
use core::fmt::Write;

unsafe extern "C" {
    fn snprintf(buf: *mut c_char, n: usize, format: *const c_char, ...) -> i32;
    fn strtod(text: *const c_char, end: *mut *mut c_char) -> f64;
}

/// Room for the longest: `%f` of the largest double.
type Digits = [u8; 400];

/// A double as the C library writes it, in the program's locale. Returns the length; the text ends with a zero.
fn print_double(buf: &mut Digits, x: f64, style: Style, precision: usize) -> usize {
    let format = match style {
        Style::General => c"%.*g",
        Style::Scientific => c"%.*e",
        Style::Fixed => c"%.*f",
    };
    // SAFETY: the buffer's size is given; the arguments fit the format.
    let n = unsafe { snprintf(buf.as_mut_ptr() as *mut c_char, buf.len(), format.as_ptr(), precision.min(60) as i32, x) };
    (n.max(0) as usize).min(buf.len() - 1)
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

/// A double as C's printf writes it in the C locale.
pub fn c_double(x: f64, style: Style, precision: usize) -> String {
    let mut buf = [0u8; 400];
    let n = print_double(&mut buf, x, style, precision);
    // printf keeps the sign of NaN, C++ streams and Python don't print it the same way everywhere.
    let from = (x.is_nan() && buf[0] == b'-') as usize;
    let mut text = String::with_capacity(n);
    for c in &buf[from..n] {
        if c.is_ascii_alphanumeric() || matches!(c, b'+' | b'-' | b'.') {
            text.push(*c as char);
        } else if !text.ends_with('.') {
            // A locale's decimal point may be any character.
            text.push('.');
        }
    }
    text
}

/// The fewest digits of a finite number that read back as it, the nearest to it among those: digits without trailing zeros, and the
/// exponent of the first.
fn shortest(x: f64) -> (String, i32) {
    let mut buf = [0u8; 400];
    // SAFETY: the text ends with a zero.
    let reads_back = |buf: &Digits| unsafe { strtod(buf.as_ptr() as *const c_char, core::ptr::null_mut()) } == x;
    // A text of 15 digits that reads back has the shorter ones in it; not so where doubles have fewer digits.
    let least = if x.abs() < f64::MIN_POSITIVE { 0 } else { 14 };
    let mut n = 0;
    for precision in least..17 {
        n = print_double(&mut buf, x, Style::Scientific, precision);
        if reads_back(&buf) {
            break;
        }
        // A power of two has closer neighbours below than above: the next text up may read back where the nearest does not.
        let e = buf[..n].iter().rposition(|c| *c == b'e').unwrap_or(1);
        if x.to_bits() << 12 == 0 && precision > 0 && buf[e - 1] < b'9' {
            buf[e - 1] += 1;
            if reads_back(&buf) {
                break;
            }
        }
    }
    let e = buf[..n].iter().rposition(|c| *c == b'e').unwrap_or(n);
    let mut digits: String = buf[..e].iter().filter(|c| c.is_ascii_digit()).map(|c| *c as char).collect();
    digits.truncate(digits.trim_end_matches('0').len().max(1));
    let exp = buf[(e + 1).min(n)..n].iter().filter(|c| c.is_ascii_digit()).fold(0, |v, c| v * 10 + (*c - b'0') as i32);
    (digits, if buf[..n].get(e + 1) == Some(&b'-') { -exp } else { exp })
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
    let (digits, exp) = shortest(x);
    let mut out = String::new();
    if x.is_sign_negative() {
        out.push('-');
    }
    let n = digits.len() as i32;
    let zeros = |out: &mut String, n: i32| (0..n).for_each(|_| out.push('0'));
    if !(-4..16).contains(&exp) {
        out.push_str(&digits[..1]);
        if n > 1 {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        let sign = if exp < 0 { '-' } else { '+' };
        let _ = write!(out, "e{sign}{:02}", exp.abs());
    } else if exp < 0 {
        out.push_str("0.");
        zeros(&mut out, -exp - 1);
        out.push_str(&digits);
    } else if n <= exp + 1 {
        out.push_str(&digits);
        zeros(&mut out, exp + 1 - n);
        out.push_str(".0");
    } else {
        let (whole, fraction) = digits.split_at(exp as usize + 1);
        out.push_str(whole);
        out.push('.');
        out.push_str(fraction);
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
pub fn python_str(text: &[u8]) -> String {
    let quote = if text.contains(&b'\'') && !text.contains(&b'"') { '"' } else { '\'' };
    let mut s = String::new();
    s.push(quote);
    for part in text.utf8_chunks() {
        part.valid().chars().for_each(|c| escape(&mut s, c, quote));
        part.invalid().iter().for_each(|b| {
            let _ = write!(s, "\\x{b:02x}");
        });
    }
    s.push(quote);
    s
}

fn escape(s: &mut String, c: char, quote: char) {
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

/// How one flavour writes the leaves.
#[derive(Clone, Copy, PartialEq)]
enum Flavour {
    Script,
    Python,
}

/// What `print(v)` and `str(v)` show inside TorchScript.
pub fn script_str(v: &Value) -> Text {
    let mut s = Text::default();
    write_value(&mut s, v, Flavour::Script);
    s
}

/// As [`script_str`] of a number, text, device or None; nothing of others. Does without the code that prints tensors.
pub fn plain_str(v: &Value) -> Text {
    let mut s = Text::default();
    write_plain(&mut s, v, Flavour::Script);
    s
}

/// Python's `repr(v)`; bytes that are no UTF-8 as escapes.
pub fn python_repr(v: &Value) -> String {
    let mut s = Text::default();
    write_value(&mut s, v, Flavour::Python);
    s.into_string()
}

/// Python's `str(v)`: strings bare.
pub fn python_text(v: &Value) -> Text {
    Text(v.as_bytes().map_or_else(|| python_repr(v).into_bytes(), Vec::from))
}

fn joined(s: &mut Text, open: char, items: impl Iterator<Item = Value>, close: char, f: Flavour) -> usize {
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

fn write_device(s: &mut Text, v: &Value) {
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

fn write_value(s: &mut Text, v: &Value, f: Flavour) {
    if !write_plain(s, v, f) {
        write_object(s, v, f);
    }
}

/// Writes a value that no other is part of, and no tensor; false for those.
fn write_plain(s: &mut Text, v: &Value, f: Flavour) -> bool {
    let python = f == Flavour::Python;
    let _ = match v.tag {
        tag::NONE => s.write_str("None"),
        tag::BOOL => s.write_str(if v.payload != 0 { "True" } else { "False" }),
        tag::INT => write!(s, "{}", v.payload as i64),
        tag::FLOAT if python => s.write_str(&python_float(f64::from_bits(v.payload))),
        tag::FLOAT => s.write_str(&script_float(f64::from_bits(v.payload))),
        tag::COMPLEX if python => s.write_str(&python_complex(v.as_complex().unwrap_or_default())),
        tag::COMPLEX => s.write_str(&script_complex(v.as_complex().unwrap_or_default())),
        tag::STR => {
            let bytes = v.as_bytes().unwrap_or_default();
            if python {
                s.push_str(python_str(bytes))
            } else {
                s.push_str(bytes)
            }
            Ok(())
        }
        tag::DEVICE => {
            if python {
                s.push_str("device(type='");
                let mut name = Text::default();
                write_device(&mut name, v);
                let name = name.into_string();
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
        _ => return false,
    };
    true
}

fn write_object(s: &mut Text, v: &Value, f: Flavour) {
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
        let mut s = Text::default();
        for i in 0..n {
            if i > 0 {
                s.push(' ');
            }
            write_value(&mut s, unsafe { &*values.add(i) }, Flavour::Script);
        }
        s.push('\n');
        unsafe { ts_print_text(s.0.as_ptr() as *const c_char, s.0.len()) }
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
        assert_eq!(python_str(b"it's\n"), "\"it's\\n\"");
    }

    #[test]
    fn shortest_digits_read_back() {
        let mut state = 1u64;
        let powers = (0..2046u64).map(|e| f64::from_bits(e << 52)).chain((0..52).map(|b| f64::from_bits(1 << b)));
        let others = (0..20000).map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            f64::from_bits(state & !(1 << 63))
        });
        for x in powers.chain(others.filter(|x| x.is_finite())) {
            let (digits, exp) = shortest(x);
            let text = alloc::format!("{digits}e{}", exp - digits.len() as i32 + 1);
            assert_eq!(text.parse(), Ok(x), "{text}");
            let fewest = alloc::format!("{x:e}").bytes().take_while(|c| *c != b'e').filter(u8::is_ascii_digit).count();
            assert_eq!(digits.len(), fewest, "{text} for {x:e}");
        }
    }
}
