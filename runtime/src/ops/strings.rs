//! Operators on strings, with TorchScript's results: positions count bytes, `end=-1` means the end, and letters are ASCII's.

use crate::element::Scalar;
use crate::header::Ref;
use crate::list::List;
use crate::list_abi::slice_bounds;
use crate::print::{Style, c_double, plain_str, script_str};
use crate::str::{Str, Text};
use crate::value::Value;
use crate::{Args, Result};
use alloc::borrow::Cow;
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

fn to_str(a: &Args) -> Result<Text> {
    Ok(script_str(a.value(0)?))
}

fn chars(a: &Args) -> Result<Ref<List>> {
    Ok(List::from_items(a.bytes(0)?.iter().map(|b| Str::of_byte(*b))))
}

fn len(a: &Args) -> Result<i64> {
    Ok(a.bytes(0)?.len() as i64)
}

fn concat(a: &Args) -> Result<Ref<Str>> {
    Ok(Str::concat(a.bytes(0)?, a.bytes(1)?))
}

macro_rules! compare {
    ($($f:ident $op:tt),*) => { $(
        fn $f(a: &Args) -> Result<bool> {
            Ok(a.bytes(0)? $op a.bytes(1)?)
        }
    )* };
}
compare!(eq ==, ne !=, lt <, le <=, gt >, ge >=);

/// The byte at `i`, from either end.
fn byte_at(s: &[u8], i: i64) -> Result<Ref<Str>> {
    let k = if i < 0 { i.wrapping_add(s.len() as i64) } else { i };
    let byte = usize::try_from(k).ok().and_then(|k| s.get(k));
    byte.map(|b| Str::of_byte(*b)).ok_or_else(|| err!(Index, "string index out of range"))
}

fn index_char(a: &Args) -> Result<Ref<Str>> {
    byte_at(a.bytes(0)?, a.int(1)?)
}

fn slice(a: &Args) -> Result<Ref<Str>> {
    let (s, step) = (a.bytes(0)?, a.int(3)?);
    let (first, count) = slice_bounds(s.len(), a.opt_int(1)?, a.opt_int(2)?, step)?;
    if step == 1 {
        return Ok(Str::new(&s[first..first + count]));
    }
    let picked: Vec<u8> = (0..count as i64).map(|k| s[(first as i64 + k * step) as usize]).collect();
    Ok(Str::new(picked))
}

/// A string in a message.
fn shown(s: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(s)
}

/// `int(s)`: leading whitespace, a sign, decimal digits.
fn to_int(a: &Args) -> Result<i64> {
    let s = a.bytes(0)?;
    let t = &s[s.iter().take_while(|c| is_space(**c)).count()..];
    let digits = t.strip_prefix(b"+").or(t.strip_prefix(b"-")).unwrap_or(t);
    let n = digits.iter().take_while(|b| b.is_ascii_digit()).count();
    check!(n > 0, Value, "stoll");
    check!(n == digits.len(), Value, "invalid literal for int() with base 10: '{}'", shown(s));
    shown(t).parse().map_err(|_| err!(Value, "stoll"))
}

unsafe extern "C" {
    fn strtod(s: *const core::ffi::c_char, end: *mut *mut core::ffi::c_char) -> f64;
}

/// `float(s)`: leading whitespace, then what C's strtod reads.
fn to_float(a: &Args) -> Result<f64> {
    let s = a.bytes(0)?;
    let mut c: Vec<u8> = s.to_vec();
    c.push(0);
    let mut end = core::ptr::null_mut();
    // SAFETY: the text ends in NUL.
    let x = unsafe { strtod(c.as_ptr() as *const core::ffi::c_char, &mut end) };
    let read = end as usize - c.as_ptr() as usize;
    check!(read > 0, Value, "stod");
    check!(read == s.len(), Value, "could not convert string to float: '{}'", shown(s));
    Ok(x)
}

fn ord(a: &Args) -> Result<i64> {
    match a.bytes(0)? {
        [b] => Ok(*b as i64),
        s => bail!(Type, "String for ord() must be 1 character, found {}", s.len()),
    }
}

/// PyTorch takes the last byte of the number.
fn chr(a: &Args) -> Result<Ref<Str>> {
    let i = a.int(0)?;
    check!((0..0x10ffff).contains(&i), Value, "chr() arg not in range(0x110000), found {i}");
    Ok(Str::of_byte(i as u8))
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

/// Maps bytes, telling the mapping whether the one before was a letter.
fn map_words(s: &[u8], f: impl Fn(u8, bool) -> u8) -> Vec<u8> {
    let mut letter = false;
    s.iter()
        .map(|c| {
            let r = f(*c, letter);
            letter = c.is_ascii_alphabetic();
            r
        })
        .collect()
}

fn capitalize(a: &Args) -> Result<Vec<u8>> {
    let mut s = a.bytes(0)?.to_ascii_lowercase();
    if let Some(first) = s.first_mut() {
        first.make_ascii_uppercase();
    }
    Ok(s)
}

fn title(a: &Args) -> Result<Vec<u8>> {
    Ok(map_words(a.bytes(0)?, |c, inside| if inside { c.to_ascii_lowercase() } else { c.to_ascii_uppercase() }))
}

fn swapcase(a: &Args) -> Result<Vec<u8>> {
    let flip = |c: u8, _| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
    Ok(map_words(a.bytes(0)?, flip))
}

fn lower(a: &Args) -> Result<Vec<u8>> {
    Ok(a.bytes(0)?.to_ascii_lowercase())
}

fn upper(a: &Args) -> Result<Vec<u8>> {
    Ok(a.bytes(0)?.to_ascii_uppercase())
}

/// The text between `left` and `right` fill characters.
fn padded(s: &[u8], left: usize, right: usize, fill: &[u8]) -> Result<Vec<u8>> {
    check!(fill.len() == 1, Type, "TypeError: The fill character must be exactly one character long");
    let mut out = Vec::new();
    let total = left.saturating_add(right).saturating_add(s.len());
    check!(out.try_reserve_exact(total).is_ok(), Memory, "not enough memory for a string of {total} bytes");
    out.resize(left, fill[0]);
    out.extend_from_slice(s);
    out.resize(total, fill[0]);
    Ok(out)
}

/// Bytes missing to `width`.
fn missing(s: &[u8], width: i64) -> usize {
    width.saturating_sub(s.len() as i64).max(0) as usize
}

fn center(a: &Args) -> Result<Vec<u8>> {
    let (s, width) = (a.bytes(0)?, a.int(1)?);
    let n = missing(s, width);
    let (small, large) = (n / 2, n.div_ceil(2));
    let (l, r) = if width % 2 != 0 { (large, small) } else { (small, large) };
    padded(s, l, r, a.bytes(2)?)
}

fn ljust(a: &Args) -> Result<Vec<u8>> {
    let s = a.bytes(0)?;
    padded(s, 0, missing(s, a.int(1)?), a.bytes(2)?)
}

fn rjust(a: &Args) -> Result<Vec<u8>> {
    let s = a.bytes(0)?;
    padded(s, missing(s, a.int(1)?), 0, a.bytes(2)?)
}

fn zfill(a: &Args) -> Result<Vec<u8>> {
    let s = a.bytes(0)?;
    padded(s, missing(s, a.int(1)?), 0, b"0")
}

/// Where `sub` first stands in `s`.
fn position(s: &[u8], sub: &[u8]) -> Option<usize> {
    // SAFETY: both are slices; the result lies in the first.
    let at = unsafe { libc::memmem(s.as_ptr().cast(), s.len(), sub.as_ptr().cast(), sub.len()) };
    (!at.is_null()).then(|| at as usize - s.as_ptr() as usize)
}

fn last_position(s: &[u8], sub: &[u8]) -> Option<usize> {
    (0..=s.len().checked_sub(sub.len())?).rev().find(|i| s[*i..].starts_with(sub))
}

/// Arguments (self, substr, start, end): the text, what to look for, and the range, which may lie beyond the text.
fn window<'a>(a: &Args<'a>) -> Result<(&'a [u8], &'a [u8], usize, usize)> {
    let (s, sub) = (a.bytes(0)?, a.bytes(1)?);
    let n = s.len() as i64;
    let (start, end) = (a.int(2)?, a.int(3)?);
    let start = if start < 0 { start.saturating_add(n).max(0) } else { start };
    let end = if end < 0 { (end.saturating_add(n) + 1).max(0) } else { end };
    Ok((s, sub, start as usize, end as usize))
}

/// The part of `s` from `start` to `end`, to its own end when that comes before.
fn part(s: &[u8], start: usize, end: usize) -> Result<&[u8]> {
    let n = s.len();
    check!(start <= n, "basic_string::substr: __pos (which is {start}) > this->size() (which is {n})");
    Ok(&s[start..if end < start { n } else { end.min(n) }])
}

fn locate(a: &Args, position: fn(&[u8], &[u8]) -> Option<usize>) -> Result<i64> {
    let (s, sub, start, end) = window(a)?;
    if end < start {
        return Ok(-1);
    }
    Ok(position(part(s, start, end)?, sub).map_or(-1, |at| (start + at) as i64))
}

fn find(a: &Args) -> Result<i64> {
    locate(a, position)
}

fn rfind(a: &Args) -> Result<i64> {
    locate(a, last_position)
}

fn index(a: &Args) -> Result<i64> {
    let i = find(a)?;
    check!(i >= 0, Value, "ValueError: substring not found");
    Ok(i)
}

fn rindex(a: &Args) -> Result<i64> {
    let i = rfind(a)?;
    check!(i >= 0, Value, "ValueError: substring not found");
    Ok(i)
}

/// An occurrence counts if it starts before the end. (PyTorch never comes back from an empty `substr`.)
fn count(a: &Args) -> Result<i64> {
    let (s, sub, start, end) = window(a)?;
    let Some(mut rest) = s.get(start..) else { return Ok(0) };
    if sub.is_empty() {
        return Ok(end.min(s.len()).saturating_sub(start) as i64 + 1);
    }
    let mut n = 0;
    while let Some(at) = position(rest, sub).filter(|at| s.len() - rest.len() + at < end) {
        n += 1;
        rest = &rest[at + sub.len()..];
    }
    Ok(n)
}

fn startswith(a: &Args) -> Result<bool> {
    let (s, sub, start, end) = window(a)?;
    Ok(part(s, start, end)?.starts_with(sub))
}

fn endswith(a: &Args) -> Result<bool> {
    let (s, sub, start, end) = window(a)?;
    Ok(part(s, start, end)?.ends_with(sub))
}

fn expandtabs(a: &Args) -> Result<Vec<u8>> {
    let (s, size) = (a.bytes(0)?, a.int(1)?);
    let mut out = Vec::new();
    for c in s {
        if *c != b'\t' {
            out.push(*c);
        } else if size > 0 {
            let to = out.len() + (size - out.len() as i64 % size) as usize;
            check!(out.try_reserve(to - out.len()).is_ok(), Memory, "not enough memory for a string of {to} bytes");
            out.resize(to, b' ');
        }
    }
    Ok(out)
}

/// Not empty, and every byte passes.
fn all_bytes(a: &Args, f: impl Fn(&u8) -> bool) -> Result<bool> {
    let s = a.bytes(0)?;
    Ok(!s.is_empty() && s.iter().all(f))
}

fn is_space(c: u8) -> bool {
    matches!(c, b' ' | b'\t'..=b'\r')
}

fn isalnum(a: &Args) -> Result<bool> {
    all_bytes(a, u8::is_ascii_alphanumeric)
}

fn isalpha(a: &Args) -> Result<bool> {
    all_bytes(a, u8::is_ascii_alphabetic)
}

fn isdigit(a: &Args) -> Result<bool> {
    all_bytes(a, u8::is_ascii_digit)
}

fn isspace(a: &Args) -> Result<bool> {
    all_bytes(a, |c| is_space(*c))
}

/// TorchScript's rule: letters and digits, no underscore, no digit first.
fn isidentifier(a: &Args) -> Result<bool> {
    let digit = a.bytes(0)?.first().is_some_and(u8::is_ascii_digit);
    Ok(!digit && isalnum(a)?)
}

fn islower(a: &Args) -> Result<bool> {
    let s = a.bytes(0)?;
    Ok(s.iter().any(u8::is_ascii_lowercase) && !s.iter().any(u8::is_ascii_uppercase))
}

fn isupper(a: &Args) -> Result<bool> {
    let s = a.bytes(0)?;
    Ok(s.iter().any(u8::is_ascii_uppercase) && !s.iter().any(u8::is_ascii_lowercase))
}

fn isprintable(a: &Args) -> Result<bool> {
    Ok(a.bytes(0)?.iter().all(|c| *c == b' ' || c.is_ascii_graphic()))
}

fn istitle(a: &Args) -> Result<bool> {
    let s = a.bytes(0)?;
    let (mut letter, mut any) = (false, false);
    for c in s {
        if (letter && c.is_ascii_uppercase()) || (!letter && c.is_ascii_lowercase()) {
            return Ok(false);
        }
        letter = c.is_ascii_alphabetic();
        any |= letter;
    }
    Ok(any)
}

fn join(a: &Args) -> Result<Vec<u8>> {
    let sep = a.opt_bytes(0)?.unwrap_or_default();
    let mut out = Vec::new();
    for (i, v) in a.list(1)?.iter().enumerate() {
        if i > 0 {
            out.extend_from_slice(sep);
        }
        out.extend_from_slice(v.as_bytes().ok_or_else(|| err!(Type, "join() takes a list of strings"))?);
    }
    Ok(out)
}

fn trimmed<'s>(s: &'s [u8], set: &[u8], left: bool, right: bool) -> &'s [u8] {
    let kept = |c: &u8| !set.contains(c);
    let from = if left { s.iter().position(kept).unwrap_or(s.len()) } else { 0 };
    let to = if right { s.iter().rposition(kept).map_or(from, |i| i + 1) } else { s.len() };
    &s[from..to]
}

fn lstrip<'a>(a: &Args<'a>) -> Result<&'a [u8]> {
    Ok(trimmed(a.bytes(0)?, a.bytes(1)?, true, false))
}

fn rstrip<'a>(a: &Args<'a>) -> Result<&'a [u8]> {
    Ok(trimmed(a.bytes(0)?, a.bytes(1)?, false, true))
}

fn strip<'a>(a: &Args<'a>) -> Result<&'a [u8]> {
    Ok(trimmed(a.bytes(0)?, a.bytes(1)?, true, true))
}

type Three = (Value, Value, Value);

/// The text before and behind the separator at `at`.
fn around(s: &[u8], sep: &[u8], at: usize) -> Three {
    (s[..at].into(), sep.into(), s[at + sep.len()..].into())
}

fn partition(a: &Args) -> Result<Three> {
    let (s, sep) = (a.bytes(0)?, a.bytes(1)?);
    Ok(position(s, sep).map_or_else(|| around(s, b"", s.len()), |at| around(s, sep, at)))
}

fn rpartition(a: &Args) -> Result<Three> {
    let (s, sep) = (a.bytes(0)?, a.bytes(1)?);
    Ok(last_position(s, sep).map_or_else(|| around(s, b"", 0), |at| around(s, sep, at)))
}

/// An empty `old` stands before every byte and at the end. (PyTorch never comes back from that.)
fn replace(a: &Args) -> Result<Vec<u8>> {
    let (s, old, new, max) = (a.bytes(0)?, a.bytes(1)?, a.bytes(2)?, a.int(3)?);
    let max = if max < 0 { usize::MAX } else { max as usize };
    let (mut out, mut rest, mut done) = (Vec::new(), s, 0);
    while done < max {
        let Some(at) = position(rest, old) else { break };
        done += 1;
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(new);
        rest = &rest[at + old.len()..];
        if old.is_empty() {
            let Some((first, behind)) = rest.split_first() else { break };
            out.push(*first);
            rest = behind;
        }
    }
    out.extend_from_slice(rest);
    Ok(out)
}

fn texts<'s>(parts: impl Iterator<Item = &'s [u8]>) -> Ref<List> {
    List::from_items(parts.map(Str::new))
}

/// Splits at most `max` times, everywhere if that is negative.
fn split(a: &Args) -> Result<Ref<List>> {
    let (s, max) = (a.bytes(0)?, a.int(2)?);
    let Some(sep) = a.opt_bytes(1)? else {
        let white = |c: &u8| matches!(c, b' ' | b'\t') || is_line_end(c);
        return Ok(texts(s.split(white).filter(|p| !p.is_empty())));
    };
    check!(!sep.is_empty(), Value, "ValueError: empty separator");
    let (mut parts, mut rest) = (Vec::new(), s);
    while max < 0 || (parts.len() as i64) < max {
        let Some(at) = position(rest, sep) else { break };
        parts.push(&rest[..at]);
        rest = &rest[at + sep.len()..];
    }
    parts.push(rest);
    Ok(texts(parts.into_iter()))
}

fn rsplit(a: &Args) -> Result<Ref<List>> {
    let (s, sep, max) = (a.bytes(0)?, a.bytes(1)?, a.int(2)?);
    check!(!sep.is_empty(), Value, "ValueError: empty separator");
    let (mut parts, mut rest) = (Vec::new(), s);
    while max < 0 || (parts.len() as i64) < max {
        let Some(at) = last_position(rest, sep) else { break };
        parts.push(&rest[at + sep.len()..]);
        rest = &rest[..at];
    }
    parts.push(rest);
    Ok(texts(parts.into_iter().rev()))
}

/// PyTorch means U+0085, U+2028 and U+2029 by the last ones, but looks for their bytes one by one.
fn is_line_end(c: &u8) -> bool {
    matches!(c, b'\n'..=b'\r' | 0x1c..=0x1e | 0x85 | 0xe2 | 0x80 | 0xa8 | 0xa9)
}

/// With `keepends` the line ends are elements of their own, as in TorchScript.
fn splitlines(a: &Args) -> Result<Ref<List>> {
    let (s, keep) = (a.bytes(0)?, a.bool(1)?);
    let mut parts = Vec::new();
    let mut rest = s;
    while let Some(i) = rest.iter().position(is_line_end) {
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
fn format(a: &Args) -> Result<Text> {
    format_by(a, script_str)
}

/// `format` of numbers, texts, devices and None.
fn format_plain(a: &Args) -> Result<Text> {
    format_by(a, plain_str)
}

fn format_by(a: &Args, text: fn(&Value) -> Text) -> Result<Text> {
    let pattern = a.bytes(0)?;
    let mut out = Text::default();
    let (mut used, mut rest) = (0, pattern);
    while let Some(at) = position(rest, b"{}") {
        used += 1;
        check!(used < a.len(), "Too few arguments for format string: {}", shown(pattern));
        out.push_str(&rest[..at]);
        out.push_str(text(a.value(used)?).0);
        rest = &rest[at + 2..];
    }
    out.push_str(rest);
    Ok(out)
}

/// `pattern % values`; a tuple gives several values.
fn percent_format(a: &Args) -> Result<Text> {
    let (pattern, given) = (a.bytes(0)?, a.value(1)?);
    let values: &[Value] = match given.as_tuple() {
        Some(t) => t.items(),
        None => core::slice::from_ref(given),
    };
    let mut used = 0;
    let mut out = Text::default();
    let mut rest = pattern.iter();
    while let Some(c) = rest.next() {
        if *c != b'%' {
            out.0.push(*c);
            continue;
        }
        let key = *rest.next().ok_or_else(|| err!("Incomplete format specifier"))?;
        if key == b'%' {
            out.0.push(b'%');
            continue;
        }
        let v = values.get(used).ok_or_else(|| err!("Too few arguments for format string"))?;
        used += 1;
        percent(&mut out, key as char, v)?;
    }
    check!(used == values.len(), "Too many arguments for format string");
    Ok(out)
}

fn percent(out: &mut Text, key: char, v: &Value) -> Result<()> {
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
        'e' => out.push_str(c_double(number()?, Style::Scientific, 6)),
        'E' => out.push_str(c_double(number()?, Style::Scientific, 6).to_ascii_uppercase()),
        'f' | 'F' => out.push_str(c_double(number()?, Style::Fixed, 6)),
        'c' => match (v.as_int(), v.as_bytes()) {
            (Some(i), _) => out.0.push(i as u8),
            (_, Some(&[c])) => out.0.push(c),
            _ => bail!("%{key} requires an int or char for formatting, but got {}", tag_name(v)),
        },
        's' => out.push_str(script_str(v).0),
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
unsafe fn text<'a>(s: *const Str) -> &'a [u8] {
    // SAFETY: live while the caller holds it.
    unsafe { (*s).as_bytes() }
}

natives! {
    /// A string of `len` bytes.
    fn ts_str_new(bytes: *const u8, len: usize) -> *mut Str {
        Str::new(unsafe { core::slice::from_raw_parts(bytes, len) }).into_raw()
    }
    fn ts_str_concat(a: *const Str, b: *const Str) -> *mut Str { unsafe { Str::concat(text(a), text(b)).into_raw() } }
    fn ts_str_eq(a: *const Str, b: *const Str) -> bool { unsafe { text(a) == text(b) } }
    /// -1, 0 or 1.
    fn ts_str_cmp(a: *const Str, b: *const Str) -> i32 { unsafe { text(a).cmp(text(b)) as i32 } }
    /// `s[i]`
    fn ts_str_index(s: *const Str, i: i64, out: *mut *mut Str) -> i32 {
        match byte_at(unsafe { text(s) }, i) {
            Ok(c) => {
                unsafe { out.write(c.into_raw()) }
                0
            }
            Err(e) => e.status(),
        }
    }
    /// What `str(v)` is inside TorchScript.
    fn ts_value_str(v: *const Value) -> *mut Str { Str::new(script_str(unsafe { &*v }).0).into_raw() }
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
            ("aten::__getitem__.str", &[s("aé"), i(-1)], "'\\xa9'"),
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
