//! Text of values: `repr`, `str`, `format`, `%`.

use num_traits::Signed;

use super::{interp::Interp, object::*, raise::R};

/// Non-ASCII characters as escapes.
pub fn ascii(s: &str) -> String {
    let mut out = String::new();
    for c in s.chars() {
        match c as u32 {
            0..=127 => out.push(c),
            128..=255 => out += &format!("\\x{:02x}", c as u32),
            256..=0xffff => out += &format!("\\u{:04x}", c as u32),
            _ => out += &format!("\\U{:08x}", c as u32),
        }
    }
    out
}

/// The shortest text that reads back as the same float.
pub fn float_repr(f: f64) -> String {
    tsrt::print::python_float(f)
}

fn complex_part(f: f64) -> String {
    let r = float_repr(f);
    r.strip_suffix(".0").map(String::from).unwrap_or(r)
}

pub fn complex_repr(c: num_complex::Complex64) -> String {
    let im = complex_part(c.im);
    if c.re == 0.0 && !c.re.is_sign_negative() {
        return format!("{im}j");
    }
    let sign = if im.starts_with('-') { "" } else { "+" };
    format!("({}{sign}{im}j)", complex_part(c.re))
}

/// A string literal as Python writes it.
pub fn str_repr(s: &str) -> String {
    let quote = if s.contains('\'') && !s.contains('"') { '"' } else { '\'' };
    let mut out = String::new();
    out.push(quote);
    for c in s.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            c if (c as u32) < 32 || c as u32 == 127 => out += &format!("\\x{:02x}", c as u32),
            c if (0x80..0xa1).contains(&(c as u32)) || c as u32 == 0xad => out += &format!("\\x{:02x}", c as u32),
            c => out.push(c),
        }
    }
    out.push(quote);
    out
}

fn bytes_repr(b: &[u8]) -> String {
    let quote = if b.contains(&b'\'') && !b.contains(&b'"') { '"' } else { '\'' };
    let mut out = format!("b{quote}");
    for c in b {
        match c {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            c if *c as char == quote => {
                out.push('\\');
                out.push(quote);
            }
            32..=126 => out.push(*c as char),
            c => out += &format!("\\x{c:02x}"),
        }
    }
    out.push(quote);
    out
}

impl Interp {
    pub fn repr(&self, obj: &Obj) -> R<String> {
        Ok(match obj {
            Obj::None => "None".into(),
            Obj::Ellipsis => "Ellipsis".into(),
            Obj::NotImplemented => "NotImplemented".into(),
            Obj::Bool(b) => if *b { "True" } else { "False" }.into(),
            Obj::Int(i) => i.to_string(),
            Obj::Big(b) => b.to_string(),
            Obj::Float(f) => float_repr(*f),
            Obj::Complex(c) => complex_repr(*c),
            Obj::Str(s) => str_repr(s),
            Obj::Bytes(b) => bytes_repr(b),
            Obj::List(l) => self.nested(obj, "[...]", |i| {
                let items = l.items.borrow().clone();
                Ok(format!("[{}]", i.join(&items)?))
            })?,
            Obj::Tuple(t) if t.len() == 1 => format!("({},)", self.repr(&t[0])?),
            Obj::Tuple(t) => self.nested(obj, "(...)", |i| Ok(format!("({})", i.join(t)?)))?,
            Obj::Dict(d) => self.nested(obj, "{...}", |i| {
                let mut parts = Vec::new();
                for (k, v) in d.items() {
                    parts.push(format!("{}: {}", i.repr(&k)?, i.repr(&v)?));
                }
                Ok(format!("{{{}}}", parts.join(", ")))
            })?,
            Obj::Set(s) => {
                let body = self.join(&s.objs())?;
                match (s.frozen, body.is_empty()) {
                    (true, true) => "frozenset()".into(),
                    (true, false) => format!("frozenset({{{body}}})"),
                    (false, true) => "set()".into(),
                    (false, false) => format!("{{{body}}}"),
                }
            }
            Obj::View(v) => format!("{}([{}])", self.type_name(obj), self.join(&v.items())?),
            Obj::Range(r) if r.step == 1 => format!("range({}, {})", r.start, r.stop),
            Obj::Range(r) => format!("range({}, {}, {})", r.start, r.stop, r.step),
            Obj::Slice(s) => format!("slice({}, {}, {})", self.repr(&s.start)?, self.repr(&s.stop)?, self.repr(&s.step)?),
            Obj::Function(f) => format!("<function {} at {}>", f.qualname.borrow(), address(obj)),
            Obj::Builtin(b) if b.method => format!("<method '{}' of objects>", b.name),
            Obj::Builtin(b) => format!("<built-in function {}>", b.name),
            Obj::Bound(b) => match &b.func {
                Obj::Builtin(f) => {
                    format!("<built-in method {} of {} object at {}>", f.name, self.type_name(&b.recv), address(&b.recv))
                }
                f => {
                    let name = self.getattr_quiet(f, "__qualname__")?.map_or(Ok("?".to_string()), |n| self.to_str(&n))?;
                    format!("<bound method {name} of {}>", self.repr(&b.recv)?)
                }
            },
            Obj::Class(c) => match self.user_special(obj, "__repr__")? {
                Some(f) => self.text_of(&f)?,
                None => format!("<class '{}'>", c.qualified()),
            },
            Obj::Module(m) => match m.dict.get_str("__file__") {
                Some(Obj::Str(f)) => format!("<module '{}' from '{f}'>", m.name),
                _ => format!("<module '{}' (built-in)>", m.name),
            },
            Obj::Iter(i) => format!("<{} object at {}>", i.kind, address(obj)),
            Obj::Generator(g) => format!("<generator object {} at {}>", g.name, address(obj)),
            Obj::Tensor(t) => self.tensor_repr(t)?,
            Obj::Torch(t) => t.repr(),
            Obj::Script(s) => self.script_repr(s)?,
            Obj::Instance(i) => {
                if let Some(f) = self.user_special(obj, "__repr__")? {
                    return self.nested(obj, "...", |i| i.text_of(&f));
                }
                let class = i.class.borrow().clone();
                if class.layout == Layout::Exception {
                    let Obj::Tuple(args) = i.payload.borrow().clone() else { return Ok(class.name.borrow().to_string()) };
                    return Ok(format!("{}({})", class.name.borrow(), self.join(&args)?));
                }
                match obj.unwrapped() {
                    Obj::Instance(_) => format!("<{} object at {}>", class.qualified(), address(obj)),
                    inner @ Obj::Set(_) => format!("{}({})", class.name.borrow(), self.repr(&inner)?),
                    inner => self.repr(&inner)?,
                }
            }
            _ => format!("<{} object at {}>", self.type_name(obj), address(obj)),
        })
    }

    fn script_repr(&self, s: &std::rc::Rc<super::host::Scripted>) -> R<String> {
        use super::host::ScriptedKind as K;
        Ok(match s.kind {
            K::Function => {
                let name = self.getattr_quiet(&s.target, "__name__")?.map_or(Ok("?".into()), |n| self.to_str(&n))?;
                format!("<torch.jit.ScriptFunction object at {}; {name}>", address(&Obj::Script(s.clone())))
            }
            K::Module => {
                let name = self.type_of(&s.target).name.borrow().clone();
                let head = if s.traced { "TopLevelTracedModule" } else { "RecursiveScriptModule" };
                let Obj::Instance(i) = &s.target else { return Ok(head.to_string()) };
                let mut lines = vec![format!("original_name={name}")];
                if let Some(Obj::Dict(d)) = i.dict.get_str("_modules") {
                    for (n, m) in d.items() {
                        lines.push(format!(
                            "({}): {}",
                            self.to_str(&n)?,
                            self.scripted_child(&m, s.traced)?.replace('\n', "\n  ")
                        ));
                    }
                }
                if lines.len() == 1 { format!("{head}({})", lines[0]) } else { format!("{head}(\n  {}\n)", lines.join("\n  ")) }
            }
            _ => {
                let host = self.host.borrow().clone();
                match host.map(|h| h.container_text(self, s)).transpose()?.flatten() {
                    Some(text) => text,
                    None => self.repr(&s.target)?,
                }
            }
        })
    }

    fn scripted_child(&self, m: &Obj, traced: bool) -> R<String> {
        if let Obj::Script(s) = m {
            return self.script_repr(s);
        }
        let head = if traced { "TracedModule" } else { "RecursiveScriptModule" };
        let Obj::Instance(i) = m else { return self.repr(m) };
        let mut lines = vec![format!("original_name={}", self.type_of(m).name.borrow())];
        if let Some(Obj::Dict(d)) = i.dict.get_str("_modules") {
            for (n, m) in d.items() {
                lines.push(format!("({}): {}", self.to_str(&n)?, self.scripted_child(&m, traced)?.replace('\n', "\n  ")));
            }
        }
        Ok(if lines.len() == 1 { format!("{head}({})", lines[0]) } else { format!("{head}(\n  {}\n)", lines.join("\n  ")) })
    }

    fn text_of(&self, f: &Obj) -> R<String> {
        match self.call(f, Args::default())?.unwrapped() {
            Obj::Str(s) => Ok(s.to_string()),
            other => self.type_error(format!("__repr__ returned non-string (type {})", self.type_name(&other))),
        }
    }

    /// Guards against containers that hold themselves.
    fn nested(&self, obj: &Obj, placeholder: &str, f: impl FnOnce(&Interp) -> R<String>) -> R<String> {
        let Some(address) = obj.address() else { return f(self) };
        if self.printing.borrow().contains(&address) {
            return Ok(placeholder.to_string());
        }
        if self.printing.borrow().len() > 200 {
            return self.raise("RecursionError", "maximum recursion depth exceeded while getting the repr of an object");
        }
        self.printing.borrow_mut().push(address);
        let result = f(self);
        self.printing.borrow_mut().pop();
        result
    }

    fn join(&self, items: &[Obj]) -> R<String> {
        let parts: Vec<String> = items.iter().map(|i| self.repr(i)).collect::<R<_>>()?;
        Ok(parts.join(", "))
    }

    /// Python's `str(obj)`.
    pub fn to_str(&self, obj: &Obj) -> R<String> {
        match obj {
            Obj::Str(s) => Ok(s.to_string()),
            Obj::Instance(i) => {
                let class = i.class.borrow().clone();
                // The nearer of __str__ and __repr__ along the linearisation wins only if __str__ is user-made.
                if let Some(f) = self.user_special(obj, "__str__")? {
                    return match self.call(&f, Args::default())?.unwrapped() {
                        Obj::Str(s) => Ok(s.to_string()),
                        other => self.type_error(format!("__str__ returned non-string (type {})", self.type_name(&other))),
                    };
                }
                if class.layout == Layout::Exception && self.user_special(obj, "__repr__")?.is_none() {
                    let Obj::Tuple(args) = i.payload.borrow().clone() else { return Ok(String::new()) };
                    let key_error = class.mro().iter().any(|c| &**c.name.borrow() == "KeyError");
                    return match &*args {
                        [] => Ok(String::new()),
                        [one] if key_error => self.repr(one),
                        [one] => self.to_str(one),
                        many => Ok(format!("({})", self.join(many)?)),
                    };
                }
                if class.layout == Layout::Str && self.user_special(obj, "__repr__")?.is_none() {
                    return self.to_str(&obj.unwrapped());
                }
                if class.layout == Layout::Str
                    && let Obj::Str(s) = obj.unwrapped()
                {
                    return Ok(s.to_string());
                }
                self.repr(obj)
            }
            Obj::Torch(t) => Ok(t.text()),
            Obj::Class(_) => match self.user_special(obj, "__str__")? {
                Some(f) => self.text_of(&f),
                None => self.repr(obj),
            },
            _ => self.repr(obj),
        }
    }

    /// Python's `format(obj, spec)`.
    pub fn format(&self, obj: &Obj, spec: &str) -> R<String> {
        if let Some(f) = self.user_special(obj, "__format__")? {
            return match self.call(&f, Args::new(vec![Obj::str(spec)]))? {
                Obj::Str(s) => Ok(s.to_string()),
                _ => self.type_error("__format__ must return a str"),
            };
        }
        if spec.is_empty() && !matches!(obj, Obj::Tensor(t) if self.tensor_ndim(t) == 0) {
            return self.to_str(obj);
        }
        let value = match obj {
            Obj::Tensor(t) if self.tensor_ndim(t) == 0 => self.call_method(obj, "item", vec![])?,
            _ => obj.unwrapped(),
        };
        let Some(spec_) = Spec::parse(spec) else { return self.value_error(format!("Invalid format specifier '{spec}'")) };
        match &value {
            Obj::Str(s) => {
                if !matches!(spec_.kind, None | Some('s')) {
                    return self.bad_code(&spec_, "str");
                }
                let text: String = match spec_.precision {
                    Some(p) => s.chars().take(p).collect(),
                    None => s.to_string(),
                };
                Ok(spec_.pad(&text, '<'))
            }
            Obj::Bool(b) if spec_.kind.is_none() => Ok(spec_.pad(if *b { "True" } else { "False" }, '<')),
            Obj::Bool(b) => self.format_number(&Obj::Int(*b as i64), &spec_),
            Obj::Int(_) | Obj::Big(_) | Obj::Float(_) => self.format_number(&value, &spec_),
            Obj::Complex(c) => {
                let part = |f: f64, sign: Option<char>| {
                    let s = Spec { width: 0, fill: ' ', align: None, sign: sign.or(spec_.sign), ..spec_.clone() };
                    self.format_number(&Obj::Float(f), &s)
                };
                Ok(spec_.pad(&format!("{}{}j", part(c.re, None)?, part(c.im, Some('+'))?), '>'))
            }
            _ => self.type_error(format!("unsupported format string passed to {}.__format__", self.type_name(obj))),
        }
    }

    fn bad_code<T>(&self, spec: &Spec, kind: &str) -> R<T> {
        self.value_error(format!("Unknown format code '{}' for object of type '{kind}'", spec.kind.unwrap_or(' ')))
    }

    fn format_number(&self, v: &Obj, spec: &Spec) -> R<String> {
        let is_int = !matches!(v, Obj::Float(_));
        let (negative, digits, prefix) = match (spec.kind, is_int) {
            (Some('c'), true) => {
                let c = u32::try_from(self.as_index(v)?).ok().and_then(char::from_u32).unwrap_or('\u{fffd}');
                return Ok(spec.pad(&c.to_string(), '<'));
            }
            (None | Some('d' | 'n'), true) | (Some('b' | 'o' | 'x' | 'X'), true) => {
                let big = match v {
                    Obj::Int(i) => num_bigint::BigInt::from(*i),
                    Obj::Big(b) => (**b).clone(),
                    _ => return self.type_error("a number was expected"),
                };
                let radix = match spec.kind {
                    Some('b') => 2,
                    Some('o') => 8,
                    Some('x' | 'X') => 16,
                    _ => 10,
                };
                let text = big.abs().to_str_radix(radix);
                let prefix = match (spec.alternate, spec.kind) {
                    (true, Some('b')) => "0b",
                    (true, Some('o')) => "0o",
                    (true, Some('x')) => "0x",
                    (true, Some('X')) => "0X",
                    _ => "",
                };
                (big.is_negative(), if spec.kind == Some('X') { text.to_uppercase() } else { text }, prefix)
            }
            (Some('d' | 'b' | 'o' | 'x' | 'X' | 'c'), false) => return self.bad_code(spec, "float"),
            (Some('s'), _) => return self.bad_code(spec, if is_int { "int" } else { "float" }),
            _ => {
                let f = self.as_float(v)?;
                (f.is_sign_negative() && !f.is_nan(), float_digits(f.abs(), spec), "")
            }
        };
        let digits = match spec.grouping {
            Some(sep) => group(&digits, sep, if spec.kind.is_some_and(|k| "boxX".contains(k)) { 4 } else { 3 }),
            None => digits,
        };
        let sign = match (negative, spec.sign) {
            (true, _) => "-",
            (false, Some('+')) => "+",
            (false, Some(' ')) => " ",
            _ => "",
        };
        let head = format!("{sign}{prefix}");
        if spec.align == Some('=') || (spec.zero && spec.align.is_none()) {
            let fill = if spec.zero { '0' } else { spec.fill };
            let have = head.chars().count() + digits.chars().count();
            let pad: String = std::iter::repeat_n(fill, spec.width.saturating_sub(have)).collect();
            return Ok(format!("{head}{pad}{digits}"));
        }
        Ok(spec.pad(&format!("{head}{digits}"), '>'))
    }

    /// Python's `text % args`.
    pub fn percent_format(&self, text: &str, args: &Obj) -> R<String> {
        let items: Vec<Obj> = match args.unwrapped() {
            Obj::Tuple(t) => t.to_vec(),
            _ => vec![args.clone()],
        };
        let mut next = items.into_iter();
        let mut used_mapping = false;
        let mut out = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c != '%' {
                out.push(c);
                continue;
            }
            let mut key = None;
            if chars.peek() == Some(&'(') {
                chars.next();
                let mut name = String::new();
                for c in chars.by_ref() {
                    if c == ')' {
                        break;
                    }
                    name.push(c);
                }
                key = Some(name);
            }
            let mut flags = String::new();
            while let Some(f) = chars.next_if(|c| "-+ #0".contains(*c)) {
                flags.push(f);
            }
            let mut width = String::new();
            let mut precision = None;
            if chars.next_if_eq(&'*').is_some() {
                width = self.as_index(&next.next().unwrap_or(Obj::Int(0)))?.to_string();
            }
            while let Some(d) = chars.next_if(|c| c.is_ascii_digit()) {
                width.push(d);
            }
            if chars.next_if_eq(&'.').is_some() {
                let mut p = String::new();
                if chars.next_if_eq(&'*').is_some() {
                    p = self.as_index(&next.next().unwrap_or(Obj::Int(0)))?.to_string();
                }
                while let Some(d) = chars.next_if(|c| c.is_ascii_digit()) {
                    p.push(d);
                }
                precision = Some(p.parse::<usize>().unwrap_or(0));
            }
            let Some(kind) = chars.next() else { return self.value_error("incomplete format") };
            if kind == '%' {
                out.push('%');
                continue;
            }
            let value = match &key {
                Some(k) => {
                    used_mapping = true;
                    self.getitem(args, &Obj::str(k))?
                }
                None => match next.next() {
                    Some(v) => v,
                    None => return self.type_error("not enough arguments for format string"),
                },
            };
            let mut spec = Spec { width: width.parse().unwrap_or(0), precision, ..Spec::default() };
            spec.align = flags.contains('-').then_some('<');
            spec.sign = if flags.contains('+') { Some('+') } else { flags.contains(' ').then_some(' ') };
            spec.alternate = flags.contains('#');
            spec.zero = flags.contains('0') && !flags.contains('-');
            let value = match &value {
                Obj::Tensor(_) if !"rsa".contains(kind) => self.call_method(&value, "item", vec![])?,
                Obj::Instance(_) if !"rsa".contains(kind) => value.unwrapped(),
                _ => value.clone(),
            };
            out += &match kind {
                's' | 'r' | 'a' => {
                    let mut t = match kind {
                        's' => self.to_str(&value)?,
                        'r' => self.repr(&value)?,
                        _ => ascii(&self.repr(&value)?),
                    };
                    if let Some(p) = precision {
                        t = t.chars().take(p).collect();
                    }
                    Spec { zero: false, ..spec }.pad(&t, '>')
                }
                'd' | 'i' | 'u' | 'x' | 'X' | 'o' => {
                    spec.kind = Some(if matches!(kind, 'i' | 'u') { 'd' } else { kind });
                    let v = match &value {
                        Obj::Float(f) if spec.kind == Some('d') => self.float_to_int(*f)?,
                        Obj::Bool(b) => Obj::Int(*b as i64),
                        Obj::Int(_) | Obj::Big(_) => value.clone(),
                        _ => {
                            return self.type_error(format!(
                                "%{kind} format: a real number is required, not {}",
                                self.type_name(&value)
                            ));
                        }
                    };
                    self.format_number(&v, &spec)?
                }
                'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
                    spec.kind = Some(kind);
                    self.format_number(&Obj::Float(self.as_float(&value)?), &spec)?
                }
                'c' => match &value {
                    Obj::Str(s) => spec.pad(s, '>'),
                    _ => spec.pad(
                        &u32::try_from(self.as_index(&value)?).ok().and_then(char::from_u32).unwrap_or('?').to_string(),
                        '>',
                    ),
                },
                other => return self.value_error(format!("unsupported format character '{other}'")),
            };
        }
        if next.next().is_some() && !used_mapping && !matches!(args.unwrapped(), Obj::Dict(_)) {
            return self.type_error("not all arguments converted during string formatting");
        }
        Ok(out)
    }

    pub fn float_to_int(&self, f: f64) -> R<Obj> {
        if f.is_nan() {
            return self.value_error("cannot convert float NaN to integer");
        }
        match <num_bigint::BigInt as num_traits::FromPrimitive>::from_f64(f.trunc()) {
            Some(b) => Ok(Obj::int(b)),
            None => self.raise("OverflowError", "cannot convert float infinity to integer"),
        }
    }
}

fn address(obj: &Obj) -> String {
    format!("{:#x}", obj.address().unwrap_or(0))
}

fn group(digits: &str, sep: char, every: usize) -> String {
    let end = digits.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(digits.len());
    let (whole, rest) = digits.split_at(end);
    let n = whole.len();
    let mut out = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (n - i) % every == 0 {
            out.push(sep);
        }
        out.push(c);
    }
    out + rest
}

fn exponent_text(f: f64, precision: usize, upper: bool) -> String {
    let t = format!("{f:.precision$e}");
    let (m, e) = t.split_once('e').unwrap_or((&t, "0"));
    let e: i32 = e.parse().unwrap_or(0);
    format!("{m}{}{}{:02}", if upper { 'E' } else { 'e' }, if e < 0 { '-' } else { '+' }, e.abs())
}

/// Digits of a non-negative float by the spec's kind and precision.
fn float_digits(f: f64, spec: &Spec) -> String {
    let upper = spec.kind.is_some_and(|k| k.is_ascii_uppercase());
    if !f.is_finite() {
        let t = if f.is_nan() { "nan" } else { "inf" };
        let t = if upper { t.to_uppercase() } else { t.to_string() };
        return if spec.kind == Some('%') { t + "%" } else { t };
    }
    match spec.kind {
        Some('f' | 'F') => {
            let t = format!("{f:.*}", spec.precision.unwrap_or(6));
            if spec.alternate && !t.contains('.') { t + "." } else { t }
        }
        Some('%') => format!("{:.*}%", spec.precision.unwrap_or(6), f * 100.0),
        Some('e' | 'E') => exponent_text(f, spec.precision.unwrap_or(6), upper),
        None if spec.precision.is_none() => float_repr(f),
        kind => {
            let p = spec.precision.unwrap_or(6).max(1);
            let probe = format!("{f:.*e}", p - 1);
            let exp: i32 = probe.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
            let low = if kind.is_none() { exp < p as i32 - 1 } else { exp < p as i32 };
            let mut t = if exp >= -4 && low {
                format!("{f:.*}", (p as i32 - 1 - exp).max(0) as usize)
            } else {
                exponent_text(f, p - 1, upper)
            };
            if !spec.alternate {
                t = strip_zeros(&t);
            }
            if kind.is_none() && !t.contains(['.', 'e', 'E']) {
                t += ".0";
            }
            t
        }
    }
}

fn strip_zeros(t: &str) -> String {
    let (m, e) = match t.find(['e', 'E']) {
        Some(i) => t.split_at(i),
        None => (t, ""),
    };
    let m = if m.contains('.') { m.trim_end_matches('0').trim_end_matches('.') } else { m };
    format!("{m}{e}")
}

/// `[[fill]align][sign][#][0][width][grouping][.precision][type]`.
#[derive(Clone, Debug)]
struct Spec {
    fill: char,
    align: Option<char>,
    sign: Option<char>,
    alternate: bool,
    zero: bool,
    width: usize,
    grouping: Option<char>,
    precision: Option<usize>,
    kind: Option<char>,
}

impl Default for Spec {
    fn default() -> Spec {
        Spec {
            fill: ' ',
            align: None,
            sign: None,
            alternate: false,
            zero: false,
            width: 0,
            grouping: None,
            precision: None,
            kind: None,
        }
    }
}

impl Spec {
    fn parse(text: &str) -> Option<Spec> {
        let c: Vec<char> = text.chars().collect();
        let mut s = Spec::default();
        let mut i = 0;
        let is_align = |c: Option<&char>| c.is_some_and(|c| "<>=^".contains(*c));
        if is_align(c.get(1)) {
            s.fill = c[0];
            s.align = Some(c[1]);
            i = 2;
        } else if is_align(c.first()) {
            s.align = Some(c[0]);
            i = 1;
        }
        if let Some(x) = c.get(i).filter(|x| "+- ".contains(**x)) {
            s.sign = Some(*x);
            i += 1;
        }
        if c.get(i) == Some(&'#') {
            s.alternate = true;
            i += 1;
        }
        if c.get(i) == Some(&'0') {
            s.zero = true;
            i += 1;
        }
        let number = |i: &mut usize| {
            let start = *i;
            while c.get(*i).is_some_and(|x| x.is_ascii_digit()) {
                *i += 1;
            }
            c[start..*i].iter().collect::<String>().parse::<usize>().ok().filter(|n| *n < 1 << 20)
        };
        s.width = number(&mut i).unwrap_or(0);
        if let Some(x) = c.get(i).filter(|x| ",_".contains(**x)) {
            s.grouping = Some(*x);
            i += 1;
        }
        if c.get(i) == Some(&'.') {
            i += 1;
            s.precision = Some(number(&mut i)?);
        }
        if let Some(x) = c.get(i) {
            s.kind = Some(*x);
            i += 1;
        }
        (i == c.len() && s.kind.is_none_or(|k| "bcdeEfFgGnosxX%".contains(k))).then_some(s)
    }

    fn pad(&self, text: &str, default: char) -> String {
        let n = text.chars().count();
        let Some(room) = self.width.checked_sub(n).filter(|r| *r > 0) else { return text.to_string() };
        let fill = |k: usize| -> String { std::iter::repeat_n(self.fill, k).collect() };
        match self.align.unwrap_or(default) {
            '<' => format!("{text}{}", fill(room)),
            '^' => format!("{}{text}{}", fill(room / 2), fill(room - room / 2)),
            _ => format!("{}{text}", fill(room)),
        }
    }
}
