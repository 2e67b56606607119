//! `str` and `bytes`.

use std::{rc::Rc, sync::Arc};

use super::{containers::common, method, objects::first};
use crate::eval::{interp::Interp, object::*, raise::R};

fn text(i: &Interp, args: &Args, n: usize) -> R<Arc<str>> {
    match args.pos.get(n).map(Obj::unwrapped) {
        Some(Obj::Str(s)) => Ok(s),
        Some(o) => i.type_error(format!("a str was expected, not {}", i.type_name(&o))),
        None => i.type_error("an argument is missing"),
    }
}

/// Text slice by code points `[start, end)` given as optional arguments.
fn window(i: &Interp, s: &str, args: &Args) -> R<(usize, String)> {
    let n = s.chars().count() as i64;
    let at = |o: Option<&Obj>, default: i64| -> R<i64> {
        match o {
            None | Some(Obj::None) => Ok(default),
            Some(o) => {
                let k = i.as_index(o)?;
                Ok(if k < 0 { (k + n).max(0) } else { k.min(n) })
            }
        }
    };
    let (lo, hi) = (at(args.pos.get(2), 0)?, at(args.pos.get(3), n)?);
    Ok((lo as usize, s.chars().skip(lo as usize).take((hi - lo).max(0) as usize).collect()))
}

fn find(i: &Interp, args: &Args, last: bool) -> R<Option<i64>> {
    let (s, needle) = (text(i, args, 0)?, text(i, args, 1)?);
    let (lo, part) = window(i, &s, args)?;
    let at = if last { part.rfind(&*needle) } else { part.find(&*needle) };
    Ok(at.map(|b| (lo + part[..b].chars().count()) as i64))
}

fn strip(i: &Interp, args: &Args, left: bool, right: bool) -> R<Obj> {
    let s = text(i, args, 0)?;
    let set: Option<Vec<char>> = match args.pos.get(1) {
        None | Some(Obj::None) => None,
        Some(_) => Some(text(i, args, 1)?.chars().collect()),
    };
    let gone = |c: char| set.as_ref().map_or(c.is_whitespace(), |s| s.contains(&c));
    let mut t: &str = &s;
    if left {
        t = t.trim_start_matches(gone);
    }
    if right {
        t = t.trim_end_matches(gone);
    }
    Ok(Obj::str(t))
}

fn split(i: &Interp, mut args: Args, from_right: bool) -> R<Obj> {
    let s = text(i, &args, 0)?;
    args.pos.remove(0);
    let [sep, max] = i.take_args("split", args, ["sep", "maxsplit"], 0)?;
    let max = match max {
        Some(m) => i.as_index(&m)?,
        None => -1,
    };
    let limit = if max < 0 { usize::MAX } else { max as usize };
    let mut parts: Vec<String> = Vec::new();
    match sep {
        None | Some(Obj::None) => {
            let mut rest = if from_right { s.trim_end() } else { s.trim_start() };
            while !rest.is_empty() {
                if parts.len() == limit {
                    parts.push(if from_right { rest.trim_end() } else { rest }.to_string());
                    if !from_right && max >= 0 {
                        let l = parts.len() - 1;
                        parts[l] = parts[l].trim_end_matches(|_| false).to_string();
                    }
                    break;
                }
                if from_right {
                    match rest.rfind(char::is_whitespace) {
                        Some(at) => {
                            let w = rest[at..].chars().next().map_or(1, char::len_utf8);
                            parts.push(rest[at + w..].to_string());
                            rest = rest[..at].trim_end();
                        }
                        None => {
                            parts.push(rest.to_string());
                            rest = "";
                        }
                    }
                } else {
                    let at = rest.find(char::is_whitespace).unwrap_or(rest.len());
                    parts.push(rest[..at].to_string());
                    rest = rest[at..].trim_start();
                }
            }
        }
        Some(sep) => {
            let Obj::Str(sep) = sep.unwrapped() else {
                return i.type_error(format!("must be str or None, not {}", i.type_name(&sep)));
            };
            if sep.is_empty() {
                return i.value_error("empty separator");
            }
            let limit = limit.saturating_add(1);
            if from_right {
                parts.extend(s.rsplitn(limit, &*sep).map(String::from));
            } else {
                parts.extend(s.splitn(limit, &*sep).map(String::from));
            }
        }
    }
    if from_right {
        parts.reverse();
    }
    Ok(Obj::list(parts.into_iter().map(Obj::str).collect()))
}

fn affix(i: &Interp, args: &Args, start: bool) -> R<Obj> {
    let s = text(i, args, 0)?;
    let (_, part) = window(i, &s, args)?;
    let options = match args.pos.get(1).map(Obj::unwrapped) {
        Some(Obj::Tuple(t)) => t.to_vec(),
        Some(o) => vec![o],
        None => return i.type_error("an argument is missing"),
    };
    for o in options {
        let Obj::Str(p) = o.unwrapped() else {
            return i.type_error(format!("first arg must be str or a tuple of str, not {}", i.type_name(&o)));
        };
        if if start { part.starts_with(&*p) } else { part.ends_with(&*p) } {
            return Ok(Obj::Bool(true));
        }
    }
    Ok(Obj::Bool(false))
}

fn title(s: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in s.chars() {
        if inside {
            out.extend(c.to_lowercase())
        } else {
            out.extend(c.to_uppercase())
        }
        inside = c.is_alphabetic();
    }
    out
}

fn pad(i: &Interp, args: &Args, kind: char) -> R<Obj> {
    let s = text(i, args, 0)?;
    let width = i.as_index(args.pos.get(1).unwrap_or(&Obj::Int(0)))?.clamp(0, 1 << 24) as usize;
    let fill = match args.pos.get(2) {
        Some(_) => text(i, args, 2)?.chars().next().unwrap_or(' '),
        None => ' ',
    };
    let room = width.saturating_sub(s.chars().count());
    let run = |n: usize| -> String { std::iter::repeat_n(fill, n).collect() };
    Ok(Obj::str(match kind {
        '<' => format!("{s}{}", run(room)),
        '>' => format!("{}{s}", run(room)),
        _ => {
            let left = room / 2 + (room & width & 1);
            format!("{}{s}{}", run(left), run(room - left))
        }
    }))
}

/// `str.format`.
fn format(i: &Interp, template: &str, args: &Args, auto: &mut usize, depth: usize) -> R<String> {
    if depth > 2 {
        return i.value_error("Max string recursion exceeded");
    }
    let c: Vec<char> = template.chars().collect();
    let (mut out, mut at) = (String::new(), 0);
    while at < c.len() {
        match c[at] {
            '{' if c.get(at + 1) == Some(&'{') => {
                out.push('{');
                at += 2;
            }
            '}' if c.get(at + 1) == Some(&'}') => {
                out.push('}');
                at += 2;
            }
            '}' => return i.value_error("Single '}' encountered in format string"),
            '{' => {
                let (mut level, start) = (1, at + 1);
                at = start;
                while at < c.len() && level > 0 {
                    match c[at] {
                        '{' => level += 1,
                        '}' => level -= 1,
                        _ => {}
                    }
                    at += 1;
                }
                if level > 0 {
                    return i.value_error("Single '{' encountered in format string");
                }
                let body: String = c[start..at - 1].iter().collect();
                out += &field(i, &body, args, auto, depth)?;
            }
            other => {
                out.push(other);
                at += 1;
            }
        }
    }
    Ok(out)
}

fn field(i: &Interp, body: &str, args: &Args, auto: &mut usize, depth: usize) -> R<String> {
    let mut level = 0;
    let split = body.find(|ch| {
        match ch {
            '[' => level += 1,
            ']' => level -= 1,
            _ => {}
        }
        level == 0 && (ch == ':' || ch == '!')
    });
    let (name, rest) = body.split_at(split.unwrap_or(body.len()));
    let (conversion, spec) = match rest.strip_prefix('!') {
        Some(r) => (r.chars().next(), r.find(':').map_or("", |k| &r[k + 1..])),
        None => (None, rest.strip_prefix(':').unwrap_or("")),
    };
    let end = name.find(['.', '[']).unwrap_or(name.len());
    let (head, mut path) = name.split_at(end);
    let index = if head.is_empty() {
        *auto += 1;
        Some(*auto - 1)
    } else {
        head.parse::<usize>().ok()
    };
    let mut v = match index {
        Some(n) => match args.pos.get(n) {
            Some(v) => v.clone(),
            None => return i.raise("IndexError", format!("Replacement index {n} out of range for positional args tuple")),
        },
        None => match args.kw.iter().find(|(k, _)| &**k == head) {
            Some((_, v)) => v.clone(),
            None => {
                let exc = i.make_exception("KeyError", vec![Obj::str(head)]);
                return Err(i.raise_obj(exc));
            }
        },
    };
    while !path.is_empty() {
        if let Some(p) = path.strip_prefix('.') {
            let e = p.find(['.', '[']).unwrap_or(p.len());
            v = i.getattr(&v, &p[..e])?;
            path = &p[e..];
        } else {
            let p = &path[1..];
            let e = p.find(']').unwrap_or(p.len());
            let key = p[..e].parse::<i64>().map_or_else(|_| Obj::str(&p[..e]), Obj::Int);
            v = i.getitem(&v, &key)?;
            path = p.get(e + 1..).unwrap_or("");
        }
    }
    v = match conversion {
        Some('r') => Obj::str(i.repr(&v)?),
        Some('s') => Obj::str(i.to_str(&v)?),
        Some('a') => Obj::str(crate::eval::format::ascii(&i.repr(&v)?)),
        _ => v,
    };
    let spec = format(i, spec, args, auto, depth + 1)?;
    i.format(&v, &spec)
}

pub fn install(interp: &Rc<Interp>) {
    let c = &interp.types.str;
    method(c, "__new__", |i, args| {
        let s = match args.pos.get(1) {
            Some(Obj::Bytes(b)) if args.pos.len() > 2 || !args.kw.is_empty() => Obj::str(String::from_utf8_lossy(b)),
            Some(Obj::Str(s)) => Obj::Str(s.clone()),
            Some(v) => Obj::str(i.to_str(v)?),
            None => Obj::str(""),
        };
        match args.pos.first() {
            Some(Obj::Class(k)) if !Rc::ptr_eq(k, &i.types.str) => Ok(i.new_instance(k, s)),
            _ => Ok(s),
        }
    });
    common(c);
    type Map = fn(&str) -> String;
    let maps: &[(&str, Map)] = &[
        ("upper", |s| s.to_uppercase()),
        ("lower", |s| s.to_lowercase()),
        ("casefold", |s| s.to_lowercase()),
        ("title", title),
        ("capitalize", |s| {
            let mut c = s.chars();
            c.next().map_or(String::new(), |f| f.to_uppercase().chain(c.flat_map(char::to_lowercase)).collect())
        }),
        ("swapcase", |s| {
            s.chars()
                .flat_map(|c| if c.is_uppercase() { c.to_lowercase().collect::<Vec<_>>() } else { c.to_uppercase().collect() })
                .collect()
        }),
    ];
    for (name, f) in maps {
        method(c, name, move |i, args| Ok(Obj::str(f(&text(i, &args, 0)?))));
    }
    type Test = fn(char) -> bool;
    let tests: &[(&str, Test)] = &[
        ("isdigit", |c| c.is_ascii_digit()),
        ("isdecimal", |c| c.is_ascii_digit()),
        ("isnumeric", char::is_numeric),
        ("isalpha", char::is_alphabetic),
        ("isalnum", char::is_alphanumeric),
        ("isspace", char::is_whitespace),
        ("isprintable", |c| !c.is_control()),
    ];
    for (name, f) in tests {
        method(c, name, move |i, args| {
            let s = text(i, &args, 0)?;
            Ok(Obj::Bool(s.chars().all(f) && (!s.is_empty() || *name == "isprintable")))
        });
    }
    method(c, "isascii", |i, args| Ok(Obj::Bool(text(i, &args, 0)?.is_ascii())));
    method(c, "isupper", |i, args| {
        let s = text(i, &args, 0)?;
        Ok(Obj::Bool(s.chars().any(char::is_uppercase) && !s.chars().any(char::is_lowercase)))
    });
    method(c, "islower", |i, args| {
        let s = text(i, &args, 0)?;
        Ok(Obj::Bool(s.chars().any(char::is_lowercase) && !s.chars().any(char::is_uppercase)))
    });
    method(c, "isidentifier", |i, args| {
        let s = text(i, &args, 0)?;
        let start = s.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
        Ok(Obj::Bool(start && s.chars().all(|c| c.is_alphanumeric() || c == '_')))
    });
    method(c, "strip", |i, args| strip(i, &args, true, true));
    method(c, "lstrip", |i, args| strip(i, &args, true, false));
    method(c, "rstrip", |i, args| strip(i, &args, false, true));
    method(c, "split", |i, args| split(i, args, false));
    method(c, "rsplit", |i, args| split(i, args, true));
    method(c, "splitlines", |i, args| {
        let keep = match args.pos.get(1).or(args.kw.first().map(|k| &k.1)) {
            Some(k) => i.truth(k)?,
            None => false,
        };
        let s = text(i, &args, 0)?;
        let lines =
            s.split_inclusive('\n').map(|l| Obj::str(if keep { l } else { l.trim_end_matches('\n').trim_end_matches('\r') }));
        Ok(Obj::list(lines.collect()))
    });
    method(c, "startswith", |i, args| affix(i, &args, true));
    method(c, "endswith", |i, args| affix(i, &args, false));
    method(c, "find", |i, args| Ok(Obj::Int(find(i, &args, false)?.unwrap_or(-1))));
    method(c, "rfind", |i, args| Ok(Obj::Int(find(i, &args, true)?.unwrap_or(-1))));
    for (name, last) in [("index", false), ("rindex", true)] {
        method(c, name, move |i, args| match find(i, &args, last)? {
            Some(at) => Ok(Obj::Int(at)),
            None => i.value_error("substring not found"),
        });
    }
    method(c, "count", |i, args| {
        let (s, needle) = (text(i, &args, 0)?, text(i, &args, 1)?);
        let (_, part) = window(i, &s, &args)?;
        Ok(Obj::Int(if needle.is_empty() { part.chars().count() as i64 + 1 } else { part.matches(&*needle).count() as i64 }))
    });
    method(c, "replace", |i, args| {
        let (s, a, b) = (text(i, &args, 0)?, text(i, &args, 1)?, text(i, &args, 2)?);
        Ok(Obj::str(match args.pos.get(3) {
            Some(n) if i.as_index(n)? >= 0 => s.replacen(&*a, &b, i.as_index(n)? as usize),
            _ => s.replace(&*a, &b),
        }))
    });
    method(c, "join", |i, args| {
        let sep = text(i, &args, 0)?;
        let mut parts = Vec::new();
        for (n, p) in i.collect(args.pos.get(1).unwrap_or(&Obj::None))?.iter().enumerate() {
            match p.unwrapped() {
                Obj::Str(s) => parts.push(s.to_string()),
                _ => return i.type_error(format!("sequence item {n}: expected str instance, {} found", i.type_name(p))),
            }
        }
        Ok(Obj::str(parts.join(&sep)))
    });
    method(c, "format", |i, mut args| {
        let s = text(i, &args, 0)?;
        args.pos.remove(0);
        Ok(Obj::str(format(i, &s, &args, &mut 0, 0)?))
    });
    method(c, "format_map", |i, args| {
        let s = text(i, &args, 0)?;
        let Some(Obj::Dict(d)) = args.pos.get(1).map(Obj::unwrapped) else { return i.type_error("format_map() takes a mapping") };
        Ok(Obj::str(format(i, &s, &Args { pos: vec![], kw: d.str_items() }, &mut 0, 0)?))
    });
    method(c, "ljust", |i, args| pad(i, &args, '<'));
    method(c, "rjust", |i, args| pad(i, &args, '>'));
    method(c, "center", |i, args| pad(i, &args, '^'));
    method(c, "zfill", |i, args| {
        let s = text(i, &args, 0)?;
        let width = i.as_index(args.pos.get(1).unwrap_or(&Obj::Int(0)))?.clamp(0, 1 << 24) as usize;
        let zeros = "0".repeat(width.saturating_sub(s.chars().count()));
        let signed = s.starts_with(['+', '-']);
        Ok(Obj::str(if signed { format!("{}{zeros}{}", &s[..1], &s[1..]) } else { format!("{zeros}{s}") }))
    });
    for (name, last) in [("partition", false), ("rpartition", true)] {
        method(c, name, move |i, args| {
            let (s, sep) = (text(i, &args, 0)?, text(i, &args, 1)?);
            if sep.is_empty() {
                return i.value_error("empty separator");
            }
            let parts = match if last { s.rsplit_once(&*sep) } else { s.split_once(&*sep) } {
                Some((a, b)) => [a, &sep, b],
                None if last => ["", "", &s],
                None => [&*s, "", ""],
            };
            Ok(Obj::tuple(parts.into_iter().map(Obj::str).collect()))
        });
    }
    method(c, "removeprefix", |i, args| {
        let (s, p) = (text(i, &args, 0)?, text(i, &args, 1)?);
        Ok(Obj::str(s.strip_prefix(&*p).unwrap_or(&s)))
    });
    method(c, "removesuffix", |i, args| {
        let (s, p) = (text(i, &args, 0)?, text(i, &args, 1)?);
        Ok(Obj::str(s.strip_suffix(&*p).unwrap_or(&s)))
    });
    method(c, "expandtabs", |i, args| Ok(Obj::str(text(i, &args, 0)?.replace('\t', "        "))));
    method(c, "encode", |i, args| Ok(Obj::Bytes(text(i, &args, 0)?.as_bytes().into())));
    method(c, "translate", |i, args| {
        let s = text(i, &args, 0)?;
        let Some(Obj::Dict(d)) = args.pos.get(1) else { return i.type_error("translate() takes a dict") };
        let mut out = String::new();
        for ch in s.chars() {
            match d.get(&i.key(&Obj::Int(ch as i64))?) {
                None => out.push(ch),
                Some(Obj::None) => {}
                Some(Obj::Int(n)) => out.extend(u32::try_from(n).ok().and_then(char::from_u32)),
                Some(o) => out += &i.to_str(&o)?,
            }
        }
        Ok(Obj::str(out))
    });
    let maketrans = interp.builtin("builtins", "maketrans", |i, args| {
        let d = crate::eval::dict::DictObj::default();
        match args.pos.as_slice() {
            [Obj::Dict(m)] => {
                for (k, v) in m.items() {
                    let k = match &k {
                        Obj::Str(s) => Obj::Int(s.chars().next().map_or(0, |c| c as i64)),
                        _ => k,
                    };
                    d.set(i.key(&k)?, v);
                }
            }
            [Obj::Str(a), Obj::Str(b), rest @ ..] => {
                for (x, y) in a.chars().zip(b.chars()) {
                    d.set(i.key(&Obj::Int(x as i64))?, Obj::Int(y as i64));
                }
                if let Some(Obj::Str(gone)) = rest.first() {
                    for x in gone.chars() {
                        d.set(i.key(&Obj::Int(x as i64))?, Obj::None);
                    }
                }
            }
            _ => return i.type_error("maketrans() takes a dict or two strings"),
        }
        Ok(Obj::Dict(Rc::new(d)))
    });
    c.dict.set_str("maketrans", Obj::StaticMethod(Rc::new(maketrans)));

    let b = &interp.types.bytes;
    common(b);
    method(b, "__new__", |i, args| {
        Ok(match args.pos.get(1) {
            None => Obj::Bytes(Rc::from([])),
            Some(Obj::Bytes(b)) => Obj::Bytes(b.clone()),
            Some(Obj::Str(s)) => Obj::Bytes(s.as_bytes().into()),
            Some(Obj::Int(n)) => Obj::Bytes(vec![0; (*n).clamp(0, 1 << 24) as usize].into()),
            Some(v) => Obj::Bytes(i.collect(v)?.iter().map(|x| i.as_index(x).map(|k| k as u8)).collect::<R<Vec<u8>>>()?.into()),
        })
    });
    method(b, "decode", |i, args| match first(i, &args)? {
        Obj::Bytes(b) => i.decoded(&b),
        _ => i.type_error("bytes were expected"),
    });
    method(b, "hex", |i, args| match first(i, &args)? {
        Obj::Bytes(b) => Ok(Obj::str(b.iter().map(|x| format!("{x:02x}")).collect::<String>())),
        _ => i.type_error("bytes were expected"),
    });
}

impl Interp {
    /// The text of UTF-8 bytes.
    pub fn decoded(&self, bytes: &[u8]) -> R<Obj> {
        let e = match std::str::from_utf8(bytes) {
            Ok(s) => return Ok(Obj::str(s)),
            Err(e) => e,
        };
        let at = e.valid_up_to();
        let (len, reason) = match (e.error_len(), bytes[at]) {
            (None, _) => (bytes.len() - at, "unexpected end of data"),
            (Some(n), 0xc2..=0xf4) => (n, "invalid continuation byte"),
            (Some(n), _) => (n, "invalid start byte"),
        };
        let place = match len {
            1 => format!("byte {:#04x} in position {at}", bytes[at]),
            n => format!("bytes in position {at}-{}", at + n - 1),
        };
        self.raise("UnicodeDecodeError", format!("'utf-8' codec can't decode {place}: {reason}"))
    }
}
