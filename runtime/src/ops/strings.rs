//! Operators on strings, with TorchScript's results: `end=-1` means the end, whitespace is ASCII's, and case mapping is ASCII's too.
//! Positions count code points.

use crate::element::Scalar;
use crate::header::Ref;
use crate::list::List;
use crate::list_abi::slice_bounds;
use crate::print::{Style, c_double, plain_str, script_str};
use crate::str::Str;
use crate::value::Value;
use crate::{Args, Result};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

operators! {
    aten::str => to_str,
    aten::list => chars,
    aten::len.str => len,
    aten::add.str => concat,
    aten::eq.str => eq,
    aten::ne.str => ne,
    aten::lt.str => lt,
    aten::le.str => le,
    aten::gt.str => gt,
    aten::ge.str => ge,
    aten::__getitem__.str => index_char,
    prim::StringIndex => index_char,
    aten::slice.str => slice,
    aten::Int.str => to_int,
    aten::Float.str => to_float,
    aten::ord => ord,
    aten::chr => chr,
    aten::hex => hex,
    aten::oct => oct,
    aten::bin => bin,
    aten::capitalize => capitalize,
    aten::title => title,
    aten::swapcase => swapcase,
    aten::lower => lower,
    aten::upper => upper,
    aten::center => center,
    aten::ljust => ljust,
    aten::rjust => rjust,
    aten::zfill => zfill,
    aten::count => count,
    aten::find => find,
    aten::rfind => rfind,
    aten::index.str => index,
    aten::rindex => rindex,
    aten::startswith => startswith,
    aten::endswith => endswith,
    aten::expandtabs => expandtabs,
    aten::isalnum => isalnum,
    aten::isalpha => isalpha,
    aten::isdecimal => isdigit,
    aten::isdigit => isdigit,
    aten::isnumeric => isdigit,
    aten::isidentifier => isidentifier,
    aten::islower => islower,
    aten::isupper => isupper,
    aten::isprintable => isprintable,
    aten::isspace => isspace,
    aten::istitle => istitle,
    aten::join => join,
    aten::lstrip => lstrip,
    aten::rstrip => rstrip,
    aten::strip => strip,
    aten::partition => partition,
    aten::rpartition => rpartition,
    aten::replace => replace,
    aten::split.str => split,
    aten::rsplit => rsplit,
    aten::splitlines => splitlines,
    aten::format => format, tsaot::format_plain => format_plain,
    aten::percentFormat => percent_format,
}

fn to_str(a: &Args) -> Result<String> {
    Ok(script_str(a.value(0)?))
}

fn chars(a: &Args) -> Result<Ref<List>> {
    Ok(List::from_items(a.str(0)?.chars().map(Str::of_char)))
}

fn len(a: &Args) -> Result<i64> {
    Ok(a.str_object(0)?.chars() as i64)
}

fn concat(a: &Args) -> Result<Ref<Str>> {
    Ok(Str::concat(a.str(0)?, a.str(1)?))
}

macro_rules! compare {
    ($($f:ident $op:tt),*) => { $(
        fn $f(a: &Args) -> Result<bool> {
            Ok(a.str(0)? $op a.str(1)?)
        }
    )* };
}
compare!(eq ==, ne !=, lt <, le <=, gt >, ge >=);

/// The code point at `i`, from either end.
fn char_at(s: &Str, i: i64) -> Result<Ref<Str>> {
    let n = s.chars() as i64;
    let k = if i < 0 { i + n } else { i };
    check!((0..n).contains(&k), Index, "string index out of range");
    let (text, k) = (s.as_str(), k as usize);
    let c = if s.is_ascii() { text.as_bytes().get(k).map(|b| *b as char) } else { text.chars().nth(k) };
    c.map(Str::of_char).ok_or_else(|| err!(Index, "string index out of range"))
}

fn index_char(a: &Args) -> Result<Ref<Str>> {
    char_at(a.str_object(0)?, a.int(1)?)
}

fn slice(a: &Args) -> Result<Ref<Str>> {
    let (s, step) = (a.str_object(0)?, a.int(3)?);
    let (first, count) = slice_bounds(s.chars(), a.opt_int(1)?, a.opt_int(2)?, step)?;
    let text = s.as_str();
    if step == 1 {
        let part = if s.is_ascii() { text.get(first..first + count) } else { Some(between(text, first, first + count)) };
        return Ok(Str::new(part.unwrap_or("")));
    }
    let all: Vec<char> = text.chars().collect();
    let picked: String = (0..count as i64).filter_map(|k| all.get((first as i64 + k * step) as usize)).collect();
    Ok(Str::new(&picked))
}

/// `int(s)`: leading whitespace, a sign, decimal digits.
fn to_int(a: &Args) -> Result<i64> {
    let s = a.str(0)?;
    let t = s.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let digits = t.strip_prefix(['+', '-']).unwrap_or(t);
    let n = digits.bytes().take_while(|b| b.is_ascii_digit()).count();
    check!(n > 0, Value, "stoll");
    check!(n == digits.len(), Value, "invalid literal for int() with base 10: '{s}'");
    t.parse().map_err(|_| err!(Value, "stoll"))
}

unsafe extern "C" {
    fn strtod(s: *const core::ffi::c_char, end: *mut *mut core::ffi::c_char) -> f64;
}

/// `float(s)`: leading whitespace, then what C's strtod reads.
fn to_float(a: &Args) -> Result<f64> {
    let s = a.str(0)?;
    let mut c: Vec<u8> = s.as_bytes().to_vec();
    c.push(0);
    let mut end = core::ptr::null_mut();
    // SAFETY: the text ends in NUL.
    let x = unsafe { strtod(c.as_ptr() as *const core::ffi::c_char, &mut end) };
    let read = end as usize - c.as_ptr() as usize;
    check!(read > 0, Value, "stod");
    check!(read == s.len(), Value, "could not convert string to float: '{s}'");
    Ok(x)
}

fn ord(a: &Args) -> Result<i64> {
    let s = a.str(0)?;
    let mut c = s.chars();
    match (c.next(), c.next()) {
        (Some(c), None) => Ok(c as i64),
        _ => bail!(Type, "String for ord() must be 1 character, found {}", s.chars().count()),
    }
}

fn chr(a: &Args) -> Result<Ref<Str>> {
    let i = a.int(0)?;
    let c = u32::try_from(i).ok().and_then(char::from_u32);
    let c = c.ok_or_else(|| err!(Value, "chr() arg not in range(0x110000), found {i}"))?;
    Ok(Str::of_char(c))
}

fn radix(i: i64, digits: core::fmt::Arguments) -> String {
    alloc::format!("{}{digits}", if i < 0 { "-" } else { "" })
}

fn hex(a: &Args) -> Result<String> {
    let i = a.int(0)?;
    Ok(radix(i, format_args!("{:#x}", i.unsigned_abs())))
}

fn oct(a: &Args) -> Result<String> {
    let i = a.int(0)?;
    Ok(radix(i, format_args!("{:#o}", i.unsigned_abs())))
}

fn bin(a: &Args) -> Result<String> {
    let i = a.int(0)?;
    Ok(radix(i, format_args!("{:#b}", i.unsigned_abs())))
}

/// Maps characters, telling the mapping whether the one before was a letter.
fn map_words(s: &str, f: impl Fn(char, bool) -> char) -> String {
    let mut letter = false;
    s.chars()
        .map(|c| {
            let r = f(c, letter);
            letter = c.is_ascii_alphabetic();
            r
        })
        .collect()
}

fn capitalize(a: &Args) -> Result<String> {
    let s = a.str(0)?;
    Ok(s.char_indices().map(|(i, c)| if i == 0 { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect())
}

fn title(a: &Args) -> Result<String> {
    Ok(map_words(a.str(0)?, |c, inside| if inside { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() }))
}

fn swapcase(a: &Args) -> Result<String> {
    let flip = |c: char, _| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    Ok(map_words(a.str(0)?, flip))
}

fn lower(a: &Args) -> Result<String> {
    Ok(a.str(0)?.to_ascii_lowercase())
}

fn upper(a: &Args) -> Result<String> {
    Ok(a.str(0)?.to_ascii_uppercase())
}

/// The text between `left` and `right` fill characters.
fn padded(s: &str, left: usize, right: usize, fill: &str) -> Result<String> {
    check!(fill.chars().count() == 1, Type, "TypeError: The fill character must be exactly one character long");
    Ok(alloc::format!("{}{s}{}", fill.repeat(left), fill.repeat(right)))
}

/// Characters missing to `width`.
fn missing(s: &str, width: i64) -> usize {
    (width - s.chars().count() as i64).max(0) as usize
}

fn center(a: &Args) -> Result<String> {
    let (s, width) = (a.str(0)?, a.int(1)?);
    let n = missing(s, width);
    let (small, large) = (n / 2, n.div_ceil(2));
    let (l, r) = if width % 2 != 0 { (large, small) } else { (small, large) };
    padded(s, l, r, a.str(2)?)
}

fn ljust(a: &Args) -> Result<String> {
    let s = a.str(0)?;
    padded(s, 0, missing(s, a.int(1)?), a.str(2)?)
}

fn rjust(a: &Args) -> Result<String> {
    let s = a.str(0)?;
    padded(s, missing(s, a.int(1)?), 0, a.str(2)?)
}

fn zfill(a: &Args) -> Result<String> {
    let s = a.str(0)?;
    padded(s, missing(s, a.int(1)?), 0, "0")
}

/// Byte offset of code point `i`, the end beyond it.
fn byte_of(s: &str, i: usize) -> usize {
    s.char_indices().nth(i).map_or(s.len(), |p| p.0)
}

/// Arguments (self, substr, start, end): the text, what to look for, and the range in code points.
fn window<'a>(a: &Args<'a>) -> Result<(&'a str, &'a str, usize, usize)> {
    let (s, sub) = (a.str(0)?, a.str(1)?);
    let n = s.chars().count() as i64;
    let (start, end) = (a.int(2)?, a.int(3)?);
    let start = if start < 0 { start.saturating_add(n).max(0) } else { start };
    let end = if end < 0 { (end.saturating_add(n) + 1).max(0) } else { end };
    Ok((s, sub, start as usize, end as usize))
}

/// The part of `s` between two code points.
fn between(s: &str, start: usize, end: usize) -> &str {
    if end <= start {
        return "";
    }
    &s[byte_of(s, start)..byte_of(s, end)]
}

fn locate(a: &Args, reverse: bool) -> Result<i64> {
    let (s, sub, start, end) = window(a)?;
    let part = between(s, start, end);
    let at = if reverse { part.rfind(sub) } else { part.find(sub) };
    Ok(at.map_or(-1, |b| (part[..b].chars().count() + start) as i64))
}

fn find(a: &Args) -> Result<i64> {
    locate(a, false)
}

fn rfind(a: &Args) -> Result<i64> {
    locate(a, true)
}

fn index(a: &Args) -> Result<i64> {
    let i = locate(a, false)?;
    check!(i >= 0, Value, "ValueError: substring not found");
    Ok(i)
}

fn rindex(a: &Args) -> Result<i64> {
    let i = locate(a, true)?;
    check!(i >= 0, Value, "ValueError: substring not found");
    Ok(i)
}

fn count(a: &Args) -> Result<i64> {
    let (s, sub, start, end) = window(a)?;
    let part = between(s, start, end);
    Ok(if sub.is_empty() { part.chars().count() as i64 + 1 } else { part.matches(sub).count() as i64 })
}

fn startswith(a: &Args) -> Result<bool> {
    let (s, sub, start, end) = window(a)?;
    Ok(between(s, start, end).starts_with(sub))
}

fn endswith(a: &Args) -> Result<bool> {
    let (s, sub, start, end) = window(a)?;
    Ok(between(s, start, end).ends_with(sub))
}

fn expandtabs(a: &Args) -> Result<String> {
    let (s, size) = (a.str(0)?, a.int(1)?);
    let (mut out, mut column) = (String::new(), 0i64);
    for c in s.chars() {
        if c != '\t' {
            out.push(c);
            column += 1;
        } else if size > 0 {
            let n = size - column % size;
            (0..n).for_each(|_| out.push(' '));
            column += n;
        }
    }
    Ok(out)
}

/// Not empty, and every character passes.
fn all_chars(a: &Args, f: impl Fn(char) -> bool) -> Result<bool> {
    let s = a.str(0)?;
    Ok(!s.is_empty() && s.chars().all(f))
}

fn isalnum(a: &Args) -> Result<bool> {
    all_chars(a, |c| c.is_ascii_alphanumeric())
}

fn isalpha(a: &Args) -> Result<bool> {
    all_chars(a, |c| c.is_ascii_alphabetic())
}

fn isdigit(a: &Args) -> Result<bool> {
    all_chars(a, |c| c.is_ascii_digit())
}

fn isspace(a: &Args) -> Result<bool> {
    all_chars(a, |c| matches!(c, ' ' | '\t'..='\r'))
}

/// TorchScript's rule: letters and digits, no underscore, no digit first.
fn isidentifier(a: &Args) -> Result<bool> {
    let digit = a.str(0)?.starts_with(|c: char| c.is_ascii_digit());
    Ok(!digit && isalnum(a)?)
}

fn islower(a: &Args) -> Result<bool> {
    let s = a.str(0)?;
    Ok(s.contains(|c: char| c.is_ascii_lowercase()) && !s.contains(|c: char| c.is_ascii_uppercase()))
}

fn isupper(a: &Args) -> Result<bool> {
    let s = a.str(0)?;
    Ok(s.contains(|c: char| c.is_ascii_uppercase()) && !s.contains(|c: char| c.is_ascii_lowercase()))
}

fn isprintable(a: &Args) -> Result<bool> {
    Ok(a.str(0)?.chars().all(|c| c == ' ' || c.is_ascii_graphic()))
}

fn istitle(a: &Args) -> Result<bool> {
    let s = a.str(0)?;
    let (mut letter, mut any) = (false, false);
    for c in s.chars() {
        if (letter && c.is_ascii_uppercase()) || (!letter && c.is_ascii_lowercase()) {
            return Ok(false);
        }
        letter = c.is_ascii_alphabetic();
        any |= letter;
    }
    Ok(any)
}

fn join(a: &Args) -> Result<String> {
    let sep = a.opt_str(0)?.unwrap_or("");
    let mut out = String::new();
    for (i, v) in a.list(1)?.iter().enumerate() {
        if i > 0 {
            out.push_str(sep);
        }
        out.push_str(v.as_str().ok_or_else(|| err!(Type, "join() takes a list of strings"))?);
    }
    Ok(out)
}

fn lstrip(a: &Args) -> Result<String> {
    let set = a.str(1)?;
    Ok(a.str(0)?.trim_start_matches(|c| set.contains(c)).into())
}

fn rstrip(a: &Args) -> Result<String> {
    let set = a.str(1)?;
    Ok(a.str(0)?.trim_end_matches(|c| set.contains(c)).into())
}

fn strip(a: &Args) -> Result<String> {
    let set = a.str(1)?;
    Ok(a.str(0)?.trim_matches(|c| set.contains(c)).into())
}

type Three = (Value, Value, Value);

fn partition(a: &Args) -> Result<Three> {
    let (s, sep) = (a.str(0)?, a.str(1)?);
    Ok(match s.split_once(sep) {
        Some((l, r)) => (l.into(), sep.into(), r.into()),
        None => (s.into(), "".into(), "".into()),
    })
}

fn rpartition(a: &Args) -> Result<Three> {
    let (s, sep) = (a.str(0)?, a.str(1)?);
    Ok(match s.rsplit_once(sep) {
        Some((l, r)) => (l.into(), sep.into(), r.into()),
        None => ("".into(), "".into(), s.into()),
    })
}

fn replace(a: &Args) -> Result<String> {
    let (s, old, new, max) = (a.str(0)?, a.str(1)?, a.str(2)?, a.int(3)?);
    Ok(if max < 0 { s.replace(old, new) } else { s.replacen(old, new, max as usize) })
}

fn texts<'s>(parts: impl Iterator<Item = &'s str>) -> Ref<List> {
    List::from_items(parts.map(Str::new))
}

fn split(a: &Args) -> Result<Ref<List>> {
    let (s, max) = (a.str(0)?, a.int(2)?);
    let Some(sep) = a.opt_str(1)? else {
        let white = |c: char| matches!(c, ' ' | '\t'..='\r' | '\x1c'..='\x1e');
        return Ok(texts(s.split(white).filter(|p| !p.is_empty())));
    };
    check!(!sep.is_empty(), Value, "ValueError: empty separator");
    Ok(if max < 0 { texts(s.split(sep)) } else { texts(s.splitn(max.saturating_add(1) as usize, sep)) })
}

fn rsplit(a: &Args) -> Result<Ref<List>> {
    let (s, sep, max) = (a.str(0)?, a.str(1)?, a.int(2)?);
    check!(!sep.is_empty(), Value, "ValueError: empty separator");
    let mut parts: Vec<&str> =
        if max < 0 { s.rsplit(sep).collect() } else { s.rsplitn(max.saturating_add(1) as usize, sep).collect() };
    parts.reverse();
    Ok(texts(parts.into_iter()))
}

/// With `keepends` the line ends are elements of their own, as in TorchScript.
fn splitlines(a: &Args) -> Result<Ref<List>> {
    let (s, keep) = (a.str(0)?, a.bool(1)?);
    let ends = |c: char| matches!(c, '\n' | '\r' | '\x0b' | '\x0c' | '\x1c'..='\x1e');
    let mut parts = Vec::new();
    let mut rest = s;
    while let Some(i) = rest.find(ends) {
        parts.push(&rest[..i]);
        if keep {
            parts.push(&rest[i..i + 1]);
        }
        rest = &rest[i + 1..];
    }
    if !rest.is_empty() {
        parts.push(rest);
    }
    Ok(texts(parts.into_iter()))
}

/// `"{} {}".format(...)`: plain braces only, as in TorchScript.
fn format(a: &Args) -> Result<String> {
    format_by(a, script_str)
}

/// `format` of numbers, texts, devices and None.
fn format_plain(a: &Args) -> Result<String> {
    format_by(a, plain_str)
}

fn format_by(a: &Args, text: fn(&Value) -> String) -> Result<String> {
    let pattern = a.str(0)?;
    let mut out = String::new();
    let (mut used, mut from) = (0, 0);
    while let Some(at) = pattern.as_bytes()[from..].windows(2).position(|w| w == b"{}") {
        used += 1;
        check!(used < a.len(), "Too few arguments for format string: {pattern}");
        out.push_str(&pattern[from..from + at]);
        out.push_str(&text(a.value(used)?));
        from += at + 2;
    }
    out.push_str(&pattern[from..]);
    Ok(out)
}

/// `pattern % values`; a tuple gives several values.
fn percent_format(a: &Args) -> Result<String> {
    let (pattern, given) = (a.str(0)?, a.value(1)?);
    let values: &[Value] = match given.as_tuple() {
        Some(t) => t.items(),
        None => core::slice::from_ref(given),
    };
    let mut used = 0;
    let mut out = String::new();
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let key = rest.next().ok_or_else(|| err!("Incomplete format specifier"))?;
        if key == '%' {
            out.push('%');
            continue;
        }
        let v = values.get(used).ok_or_else(|| err!("Too few arguments for format string"))?;
        used += 1;
        percent(&mut out, key, v)?;
    }
    check!(used == values.len(), "Too many arguments for format string");
    Ok(out)
}

fn percent(out: &mut String, key: char, v: &Value) -> Result<()> {
    let number = || -> Result<f64> {
        match v.as_scalar() {
            Some(Scalar::Int(i)) => Ok(i as f32 as f64),
            Some(s) if !s.is_complex() => Ok(s.to_f64() as f32 as f64),
            _ => bail!("%{key} requires a number for formatting, but got {}", tag_name(v)),
        }
    };
    match key {
        'd' | 'i' => match v.as_scalar() {
            Some(Scalar::Int(i)) => {
                let _ = write!(out, "{i}");
            }
            Some(s) => {
                let _ = write!(out, "{}", crate::element::f64_to_i32(s.to_f64()));
            }
            None => bail!("%{key} requires a number for formatting, but got {}", tag_name(v)),
        },
        'e' => out.push_str(&c_double(number()?, Style::Scientific, 6)),
        'E' => out.push_str(&c_double(number()?, Style::Scientific, 6).to_ascii_uppercase()),
        'f' | 'F' => out.push_str(&c_double(number()?, Style::Fixed, 6)),
        'c' => match (v.as_int(), v.as_str()) {
            (Some(i), _) => out.push(u32::try_from(i).ok().and_then(char::from_u32).unwrap_or('\0')),
            (_, Some(s)) if s.chars().count() == 1 => out.push_str(s),
            _ => bail!("%{key} requires an int or char for formatting, but got {}", tag_name(v)),
        },
        's' => out.push_str(&script_str(v)),
        _ => bail!("The specifier %{key} is not supported in TorchScript format strings"),
    }
    Ok(())
}

/// What PyTorch calls the kind of a value in messages.
fn tag_name(v: &Value) -> &'static str {
    match v.kind_name() {
        "bool" => "Bool",
        "int" => "Int",
        "float" => "Double",
        "complex" => "ComplexDouble",
        "str" => "String",
        "Dict" => "GenericDict",
        "List" => "GenericList",
        n => n,
    }
}

/// A borrowed string from generated code.
unsafe fn text<'a>(s: *const Str) -> &'a str {
    // SAFETY: live while the caller holds it.
    unsafe { (*s).as_str() }
}

natives! {
    /// A string of `len` bytes of UTF-8.
    fn ts_str_new(bytes: *const u8, len: usize) -> *mut Str {
        Str::new(unsafe { core::str::from_utf8_unchecked(core::slice::from_raw_parts(bytes, len)) }).into_raw()
    }
    /// Code points.
    fn ts_str_len(s: *const Str) -> i64 { unsafe { (*s).chars() as i64 } }
    fn ts_str_concat(a: *const Str, b: *const Str) -> *mut Str { unsafe { Str::concat(text(a), text(b)).into_raw() } }
    fn ts_str_eq(a: *const Str, b: *const Str) -> bool { unsafe { text(a) == text(b) } }
    /// -1, 0 or 1.
    fn ts_str_cmp(a: *const Str, b: *const Str) -> i32 { unsafe { text(a).cmp(text(b)) as i32 } }
    /// `s[i]`
    fn ts_str_index(s: *const Str, i: i64, out: *mut *mut Str) -> i32 {
        match char_at(unsafe { &*s }, i) {
            Ok(c) => {
                unsafe { out.write(c.into_raw()) }
                0
            }
            Err(e) => e.status(),
        }
    }
    /// What `str(v)` is inside TorchScript.
    fn ts_value_str(v: *const Value) -> *mut Str { Str::new(&script_str(unsafe { &*v })).into_raw() }
    /// Writes bytes to standard output (1, through C's buffered stream) or standard error (2).
    fn ts_write(stream: i32, bytes: *const u8, len: usize) {
        #[cfg(not(feature = "artifact"))]
        {
            // The compiler's own output goes through the same stream.
            use std::io::Write;
            let bytes = unsafe { core::slice::from_raw_parts(bytes, len) };
            let _ = if stream == 2 { std::io::stderr().write_all(bytes) } else { std::io::stdout().write_all(bytes) };
        }
        #[cfg(feature = "artifact")]
        unsafe extern "C" {
            static stdout: *mut libc::FILE;
            static stderr: *mut libc::FILE;
        }
        #[cfg(feature = "artifact")]
        unsafe {
            libc::fwrite(bytes as *const libc::c_void, 1, len, if stream == 2 { stderr } else { stdout });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::registry::{call, find};
    use crate::value::Value;
    use alloc::string::String;

    fn run(op: &str, args: &[Value]) -> String {
        let f = find(op).unwrap();
        let n = if op.contains("partition") { 3 } else { 1 };
        match call(f, args, n) {
            Ok(r) => r.iter().map(crate::print::python_repr).collect::<alloc::vec::Vec<_>>().join(" "),
            Err(e) => e.message(),
        }
    }

    #[test]
    fn strings_answer_as_in_torchscript() {
        let i = Value::int;
        let s = |t: &str| Value::from(t);
        for (op, args, want) in [
            ("aten::title", &[s("hello wOrld it's")][..], "\"Hello World It'S\""),
            ("aten::center", &[s("ab"), i(5), s(".")], "'..ab.'"),
            ("aten::center", &[s("abc"), i(6), s(".")], "'.abc..'"),
            ("aten::find", &[s("abcabc"), s("c"), i(3), i(-1)], "5"),
            ("aten::rfind", &[s("abcabc"), s("ab"), i(0), i(-1)], "3"),
            ("aten::count", &[s("aaaa"), s("aa"), i(0), i(-1)], "2"),
            ("aten::rsplit", &[s(" a b "), s(" "), i(1)], "[' a b', '']"),
            ("aten::split.str", &[s(" a  b\n"), Value::none(), i(-1)], "['a', 'b']"),
            ("aten::split.str", &[s("x,y,,z"), s(","), i(2)], "['x', 'y', ',z']"),
            ("aten::rpartition", &[s("a.b.c"), s(".")], "'a.b' '.' 'c'"),
            ("aten::percentFormat", &[s("%s %d%%"), s("x")], "Too few arguments for format string"),
            ("aten::percentFormat", &[s("%f|"), Value::float(2.5)], "'2.500000|'"),
            ("aten::format", &[s("{} {}"), s("a"), Value::float(1.0)], "'a 1.'"),
            ("aten::Int.str", &[s("12x")], "invalid literal for int() with base 10: '12x'"),
            ("aten::Float.str", &[s(" 1e5")], "100000.0"),
            ("aten::slice.str", &[s("abcde"), Value::none(), Value::none(), i(-2)], "'eca'"),
            ("aten::__getitem__.str", &[s("aé"), i(-1)], "'é'"),
            ("aten::hex", &[i(-255)], "'-0xff'"),
            ("aten::bin", &[i(0)], "'0b0'"),
            ("aten::expandtabs", &[s("a\tb"), i(4)], "'a   b'"),
            ("aten::istitle", &[s("Ab Cd")], "True"),
            ("aten::splitlines", &[s("a\nb\r\n"), Value::bool(false)], "['a', 'b', '']"),
        ] {
            assert_eq!(run(op, args), want, "{op}");
        }
    }
}
