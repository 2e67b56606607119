//! Python's own formatting and printing, for programs with a `main`: `print(x, sep=", ")`, `f"{x:>8.3f}"`.

use crate::args::Args;
use crate::error::Result;
use crate::print::{Style, c_double, python_repr, python_text};
use crate::str::Text;
use crate::value::{Value, tag};
use alloc::format;
use alloc::string::{String, ToString};

operators! {
    tsaot::format => template,
    tsaot::text => text,
}

/// `str(value)`
fn text(a: &Args) -> Result<Text> {
    Ok(python_text(a.value(0)?))
}

/// `template.format(...)`: fields without a name or number, or with a number; conversions and format specifications.
fn template(a: &Args) -> Result<Text> {
    let (mut out, mut next) = (Text::default(), 0usize);
    expand(a.str(0)?, a, &mut next, &mut out, 0)?;
    Ok(out)
}

fn expand(text: &str, a: &Args, next: &mut usize, out: &mut Text, depth: usize) -> Result<()> {
    check!(depth < 3, Value, "Max string recursion exceeded");
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = rest.as_bytes()[at];
        rest = &rest[at + 1..];
        if rest.as_bytes().first() == Some(&brace) {
            out.push(brace as char);
            rest = &rest[1..];
            continue;
        }
        check!(brace == b'{', Value, "Single '}}' encountered in format string");
        // The field ends at its own brace; specifications may hold fields.
        let mut level = 1;
        let end = rest.bytes().position(|c| {
            level += (c == b'{') as i32 - (c == b'}') as i32;
            level == 0
        });
        let Some(end) = end else { bail!(Value, "expected '}}' before end of string") };
        let (field, spec) = rest[..end].split_once(':').unwrap_or((&rest[..end], ""));
        rest = &rest[end + 1..];
        let (name, conversion) = field.split_once('!').unwrap_or((field, ""));
        let index = match name {
            "" => {
                *next += 1;
                *next - 1
            }
            n => n.parse::<usize>().map_err(|_| err!(Key, "'{n}'"))?,
        };
        check!(index + 1 < a.len(), Index, "Replacement index {index} out of range for positional args tuple");
        let value = a.value(index + 1)?;
        let mut spelled = Text::default();
        expand(spec, a, next, &mut spelled, depth + 1)?;
        let converted = match conversion {
            "" => None,
            "s" => Some(python_text(value)),
            "r" | "a" => Some(Text(python_repr(value).into_bytes())),
            c => bail!(Value, "Unknown conversion specifier '{c}'"),
        };
        match (converted, &*spelled.into_string()) {
            (Some(s), "") => out.push_str(s.0),
            (None, "") => out.push_str(python_text(value).0),
            (Some(s), spec) => out.push_str(formatted(&Value::from(&*s.0), spec)?),
            (None, spec) => out.push_str(formatted(value, spec)?),
        }
    }
    out.push_str(rest);
    Ok(())
}

/// A format specification: `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
struct Spec {
    fill: char,
    align: Option<char>,
    sign: char,
    alternate: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Spec {
    fn parse(text: &str, type_name: &str) -> Result<Spec> {
        let mut s =
            Spec { fill: ' ', align: None, sign: '-', alternate: false, width: 0, grouping: None, precision: None, kind: None };
        let mut c = text.chars().peekable();
        let mut ahead = text.chars();
        let (first, second) = (ahead.next(), ahead.next());
        let is_align = |c: Option<char>| c.is_some_and(|c| matches!(c, '<' | '>' | '=' | '^'));
        if is_align(second) {
            (s.fill, s.align) = (first.unwrap_or(' '), second);
            c.next();
            c.next();
        } else if is_align(first) {
            s.align = first;
            c.next();
        }
        if let Some(sign) = c.next_if(|c| matches!(c, '+' | '-' | ' ')) {
            s.sign = sign;
        }
        s.alternate = c.next_if_eq(&'#').is_some();
        if c.next_if_eq(&'0').is_some() && s.align.is_none() {
            (s.fill, s.align) = ('0', Some('='));
        }
        let digits = |c: &mut core::iter::Peekable<core::str::Chars>| -> Result<Option<usize>> {
            let mut n = None;
            while let Some(d) = c.next_if(char::is_ascii_digit) {
                n = Some(n.unwrap_or(0usize) * 10 + d as usize - '0' as usize);
                check!(n < Some(1 << 20), Value, "Too many decimal digits in format string");
            }
            Ok(n)
        };
        s.width = digits(&mut c)?.unwrap_or(0);
        s.grouping = c.next_if(|c| matches!(c, ',' | '_'));
        if c.next_if_eq(&'.').is_some() {
            s.precision = digits(&mut c)?;
            check!(s.precision.is_some(), Value, "Format specifier missing precision");
        }
        s.kind = c.next();
        check!(c.next().is_none(), Value, "Invalid format specifier '{text}' for object of type '{type_name}'");
        Ok(s)
    }

    /// The text with sign and padding; numbers align right.
    fn pad(&self, negative: bool, prefix: &str, body: &str, number: bool) -> String {
        let sign = match (number, negative, self.sign) {
            (true, true, _) => "-",
            (true, false, '+') => "+",
            (true, false, ' ') => " ",
            _ => "",
        };
        let len = sign.len() + prefix.len() + body.chars().count();
        let missing = self.width.saturating_sub(len);
        let fill = |n: usize| core::iter::repeat_n(self.fill, n).collect::<String>();
        match self.align.unwrap_or(if number { '>' } else { '<' }) {
            '<' => format!("{sign}{prefix}{body}{}", fill(missing)),
            '^' => format!("{}{sign}{prefix}{body}{}", fill(missing / 2), fill(missing - missing / 2)),
            '=' => format!("{sign}{prefix}{}{body}", fill(missing)),
            _ => format!("{}{sign}{prefix}{body}", fill(missing)),
        }
    }

    /// Separators between groups of digits of the whole part.
    fn group(&self, digits: &str, size: usize) -> String {
        let Some(sep) = self.grouping else { return String::from(digits) };
        let whole = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
        let mut out = String::new();
        for (i, c) in digits[..whole].chars().enumerate() {
            if i > 0 && (whole - i) % size == 0 {
                out.push(sep);
            }
            out.push(c);
        }
        out + &digits[whole..]
    }
}

/// `format(value, spec)`
fn formatted(v: &Value, spec: &str) -> Result<String> {
    let one;
    let v = match v.as_tensor() {
        Some(t) if t.dim() == 0 => {
            one = Value::from(t.item()?);
            &one
        }
        _ => v,
    };
    let type_name = v.kind_name();
    let s = Spec::parse(spec, type_name)?;
    let unknown = || err!(Value, "Unknown format code '{}' for object of type '{type_name}'", s.kind.unwrap_or(' '));
    match (v.tag, s.kind) {
        (tag::STR, None | Some('s')) => {
            let text = v.as_str().ok_or_else(|| err!(Value, "a string with a format specification must be UTF-8"))?;
            let text: String = text.chars().take(s.precision.unwrap_or(usize::MAX)).collect();
            check!(s.align != Some('='), Value, "'=' alignment not allowed in string format specifier");
            Ok(s.pad(false, "", &text, false))
        }
        (tag::BOOL, None) => Ok(s.pad(false, "", &python_repr(v), false)),
        (tag::INT | tag::BOOL, None | Some('d' | 'b' | 'o' | 'x' | 'X' | 'c' | 'n')) => {
            let n = v.as_int().or(v.as_bool().map(i64::from)).unwrap_or(0);
            check!(s.precision.is_none(), Value, "Precision not allowed in integer format specifier");
            let m = n.unsigned_abs();
            let (prefix, digits, size) = match s.kind {
                Some('b') => ("0b", format!("{m:b}"), 4),
                Some('o') => ("0o", format!("{m:o}"), 4),
                Some('x') => ("0x", format!("{m:x}"), 4),
                Some('X') => ("0X", format!("{m:X}"), 4),
                Some('c') => {
                    let c = u32::try_from(n).ok().and_then(char::from_u32);
                    let c = c.ok_or_else(|| err!(Overflow, "%c arg not in range(0x110000)"))?;
                    return Ok(s.pad(false, "", &c.to_string(), true));
                }
                _ => ("", m.to_string(), 3),
            };
            Ok(s.pad(n < 0, if s.alternate { prefix } else { "" }, &s.group(&digits, size), true))
        }
        (tag::FLOAT | tag::INT | tag::BOOL, None | Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%')) => {
            let x = v.as_scalar().map_or(0.0, |x| x.to_f64());
            let p = s.precision.unwrap_or(6);
            let m = x.abs();
            let mut body = match s.kind {
                Some('e' | 'E') => c_double(m, Style::Scientific, p),
                Some('f' | 'F') => c_double(m, Style::Fixed, p),
                Some('g' | 'G') => c_double(m, Style::General, p.max(1)),
                Some('%') => c_double(m * 100.0, Style::Fixed, p) + "%",
                _ => match s.precision {
                    // As `g`, but always looking like a float.
                    Some(p) => {
                        let t = c_double(m, Style::General, p.max(1));
                        if t.contains(['.', 'e', 'n']) { t } else { t + ".0" }
                    }
                    None => crate::print::python_float(m),
                },
            };
            if matches!(s.kind, Some('E' | 'F' | 'G')) {
                body = body.to_uppercase();
            }
            Ok(s.pad(x.is_sign_negative() && !x.is_nan(), "", &s.group(&body, 3), true))
        }
        (tag::INT | tag::BOOL | tag::FLOAT | tag::STR, _) => Err(unknown()),
        _ => bail!(Type, "unsupported format string passed to {type_name}.__format__"),
    }
}

natives! {
    /// `print(values[3..], sep=values[0], end=values[1], file=sys.stderr if values[2] else sys.stdout)`, as Python prints.
    fn ts_print_python(values: *const Value, n: usize) {
        let all = unsafe { core::slice::from_raw_parts(values, n) };
        let [sep, end, to_stderr, rest @ ..] = all else { return };
        let mut out = Text::default();
        for (i, v) in rest.iter().enumerate() {
            if i > 0 {
                out.push_str(sep.as_bytes().unwrap_or(b" "));
            }
            out.push_str(python_text(v).0);
        }
        out.push_str(end.as_bytes().unwrap_or(b"\n"));
        let stream = if to_stderr.as_bool() == Some(true) { 2 } else { 1 };
        unsafe { super::strings::ts_write(stream, out.0.as_ptr(), out.0.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry::{call, find};

    fn format(template: &str, v: Value) -> String {
        match call(find("tsaot::format").unwrap(), &[Value::from(template), v], 1) {
            Ok(r) => String::from(r[0].as_str().unwrap()),
            Err(e) => e.message(),
        }
    }

    #[test]
    fn values_are_formatted_as_in_python() {
        let (i, f, s) = (Value::int, Value::float, |t: &str| Value::from(t));
        for (template, v, want) in [
            ("a{}b{{}}", i(1), "a1b{}"),
            ("{0}{0}", f(1.0), "1.01.0"),
            ("{:.2f}", f(2.0 / 3.0), "0.67"),
            ("{:8.3f}|", f(-1.5), "  -1.500|"),
            ("{:<6}|{0:^6}|", i(42), "42    |  42  |"),
            ("{:06d}", i(-42), "-00042"),
            ("{:+,}", i(1234567), "+1,234,567"),
            ("{:#x} {0:b} {0:_b}", i(300), "0x12c 100101100 1_0010_1100"),
            ("{:>5}", s("ab"), "   ab"),
            ("{:*^7.2}", s("abc"), "**ab***"),
            ("{!r:>5}", s("a"), "  'a'"),
            ("{:.1%}", f(0.9889), "98.9%"),
            ("{:e}", f(12345.678), "1.234568e+04"),
            ("{:.3}", f(1e10), "1e+10"),
            ("{:.3g} {0:g}", f(1234.5), "1.23e+03 1234.5"),
            ("{:.2f}", i(3), "3.00"),
            ("{:5}|", Value::bool(true), "True |"),
            ("{:d}", f(1.5), "Unknown format code 'd' for object of type 'float'"),
            ("{:.2d}", i(1), "Precision not allowed in integer format specifier"),
            ("{1}", i(1), "Replacement index 1 out of range for positional args tuple"),
            ("{", i(1), "expected '}' before end of string"),
            ("}", i(1), "Single '}' encountered in format string"),
        ] {
            assert_eq!(format(template, v), want, "{template}");
        }
    }
}
