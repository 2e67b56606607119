//! Constants as text: what `IValue::repr` of PyTorch writes, in graphs and in `.code`.

use super::program::{Const, Program};
use crate::types::{DType, Type};

/// A float as graphs print it: integers below 1e10 as `2.`, others with 17 significant digits.
pub fn float(d: f64) -> String {
    if (d.is_normal() || d == 0.0) && d.abs() < 1e10 && d == d.trunc() {
        return format!("{d:.0}.");
    }
    general(d, 17)
}

/// C's `%.{digits}g`.
pub fn general(d: f64, digits: usize) -> String {
    if !d.is_finite() {
        let name = if d.is_nan() { "nan" } else { "inf" };
        return if d.is_sign_negative() { format!("-{name}") } else { name.to_owned() };
    }
    let scientific = format!("{d:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |s: &str| if s.contains('.') { s.trim_end_matches('0').trim_end_matches('.').to_owned() } else { s.to_owned() };
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim(mantissa), exponent.abs());
    }
    trim(&format!("{d:.*}", (digits as i32 - 1 - exponent).max(0) as usize))
}

/// `1.+2.j`
pub fn complex(re: f64, im: f64) -> String {
    format!("{}{}{}j", float(re), if im >= 0.0 { "+" } else { "-" }, float(im.abs()))
}

/// A string in double quotes; what is not printable ASCII is escaped byte by byte.
pub fn quoted(s: &str) -> String {
    let mut out = String::from("\"");
    for b in s.bytes() {
        match b {
            b'\\' => out.push_str("\\\\"),
            b'\'' => out.push_str("\\'"),
            b'"' => out.push_str("\\\""),
            7 => out.push_str("\\a"),
            8 => out.push_str("\\b"),
            12 => out.push_str("\\f"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            11 => out.push_str("\\v"),
            32..=126 => out.push(b as char),
            // Three octal digits; of bytes above 127, which are negative there, digits below '0'.
            _ => {
                let signed = b as i8;
                let digits = [signed / 64, signed / 8 % 8, signed % 8];
                out.push('\\');
                out.extend(digits.map(|d| (b'0' as i8 + d) as u8 as char));
            }
        }
    }
    out.push('"');
    out
}

/// `cpu`, `cuda:0`
pub fn device(kind: u32, index: Option<u32>) -> String {
    let name = DEVICES.get(kind as usize).copied().unwrap_or("meta");
    match index {
        Some(i) => format!("{name}:{i}"),
        None => name.to_owned(),
    }
}

/// The number and index of a device's name.
pub fn parse_device(text: &str) -> Option<(u32, Option<u32>)> {
    let (name, index) = match text.split_once(':') {
        Some((name, i)) => (name, Some(i.parse().ok()?)),
        None => (text, None),
    };
    let kind = DEVICES.iter().position(|d| *d == name && !d.is_empty())?;
    Some((kind as u32, index))
}

/// Names of device types by number.
const DEVICES: [&str; 21] = [
    "cpu",
    "cuda",
    "mkldnn",
    "opengl",
    "opencl",
    "ideep",
    "hip",
    "fpga",
    "maia",
    "xla",
    "vulkan",
    "metal",
    "xpu",
    "mps",
    "meta",
    "hpu",
    "ve",
    "lazy",
    "ipu",
    "mtia",
    "privateuseone",
];

/// Whether a list's element type can be read off its members, so that printing needs no annotation.
pub fn inferable(elem: &Type) -> bool {
    match elem {
        Type::Optional(_) | Type::Union(_) | Type::Any => false,
        Type::Class(c) => !c.is_interface,
        _ => true,
    }
}

/// A constant; `special` may print some itself.
pub fn constant(c: &Const, program: &Program, special: &mut dyn FnMut(&Const) -> Option<String>) -> String {
    if let Some(text) = special(c) {
        return text;
    }
    let mut items = |cs: &[Const]| cs.iter().map(|c| constant(c, program, special)).collect::<Vec<_>>().join(", ");
    match c {
        Const::None => "None".into(),
        Const::Bool(b) => if *b { "True" } else { "False" }.into(),
        Const::Int(i) => i.to_string(),
        Const::Float(d) => float(*d),
        Const::Complex(re, im) => complex(*re, *im),
        Const::Str(s) => quoted(s),
        Const::Device { kind, index } => format!("torch.device({})", quoted(&device(*kind, *index))),
        Const::Tensor(t) => tensor(t),
        Const::List(l, elem) => {
            let list = format!("[{}]", items(l));
            if l.is_empty() || !inferable(elem) {
                format!("annotate({}, {list})", Type::list(elem.clone()).annotation())
            } else {
                list
            }
        }
        Const::Dict(d, k, v) => {
            let pairs: Vec<String> =
                d.iter().map(|(a, b)| format!("{}: {}", constant(a, program, special), constant(b, program, special))).collect();
            let dict = format!("{{{}}}", pairs.join(", "));
            if d.is_empty() || !inferable(k) || !inferable(v) {
                format!("annotate({}, {dict})", Type::dict(k.clone(), v.clone()).annotation())
            } else {
                dict
            }
        }
        Const::Tuple(t, _) => format!("({}{})", items(t), if t.len() == 1 { "," } else { "" }),
        Const::Enum(e, member) => {
            let name = program.enums.get(e.id as usize).and_then(|c| c.members.get(*member as usize));
            format!("{}.{}", e.name, name.map_or("?", |m| &m.0))
        }
        Const::Object(o) => format!("object({})", o.0),
        Const::Generator(seed) => format!("torch.Generator(device=\"cpu\", seed={seed})"),
    }
}

/// A tensor as an attribute: one element as `{1.5}`, up to ten printed, more as `<Tensor>`.
pub fn tensor(t: &tsrt::Tensor) -> String {
    let Some(values) = numbers(t) else { return "<Tensor>".into() };
    let dtype = DType::from_number(t.dtype() as u8 as i64).unwrap_or(DType::F32);
    if values.len() == 1 {
        let text = if dtype.is_float() { general(values[0], 6) } else { format!("{:.0}", values[0]) };
        return format!("{{{text}}}");
    }
    let sizes: Vec<String> = t.sizes().iter().map(i64::to_string).collect();
    let shape = format!("[ CPU{}Type{{{}}} ]", dtype.graph_name(), sizes.join(","));
    if values.is_empty() || t.dim() > 2 {
        return if values.is_empty() { shape } else { "<Tensor>".into() };
    }
    let columns = if t.dim() == 2 { t.sizes()[1] as usize } else { 1 };
    let (width, decimals) = width(&values, dtype.is_float());
    let cells: Vec<String> = values.iter().map(|v| format!("{v:>width$.decimals$}")).collect();
    let rows: Vec<String> = cells.chunks(columns.max(1)).map(|row| row.join(" ")).collect();
    format!("{} {shape}", rows.join(" "))
}

/// Width of a column and number of decimals for a small tensor.
fn width(values: &[f64], float: bool) -> (usize, usize) {
    let whole = values.iter().all(|v| v.trunc() == *v);
    let digits = |v: f64| if v == 0.0 { 1 } else { v.abs().log10().floor() as i32 + 1 };
    let most = values.iter().map(|v| digits(*v)).max().unwrap_or(1).max(1) as usize;
    let negative = values.iter().any(|v| *v < 0.0) as usize;
    match (float, whole) {
        (false, _) => (most + negative.max(1), 0),
        (true, true) => (most + 1, 0),
        (true, false) => (most + 6, 4),
    }
}

/// The elements, row-major, of a tensor of at most ten; `None` for larger ones and element types without text.
pub fn numbers(t: &tsrt::Tensor) -> Option<Vec<f64>> {
    if t.numel() > 10 {
        return None;
    }
    let flat = t.contiguous().ok()?.view(&[-1]).ok()?;
    (0..flat.numel() as i64).map(|i| flat.select(0, i).ok()?.item().ok().map(|s| s.to_f64())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats() {
        for (d, text) in
            [(2.0, "2."), (1e-5, "1.0000000000000001e-05"), (1e20, "1e+20"), (0.1, "0.10000000000000001"), (-0.0, "-0.")]
        {
            assert_eq!(float(d), text);
        }
        assert_eq!(float(f64::NEG_INFINITY), "-inf");
        assert_eq!(general(3.5, 6), "3.5");
    }

    #[test]
    fn strings() {
        assert_eq!(quoted("a\"\n\u{1}é"), "\"a\\\"\\n\\001\\0)+\\/.)\"");
    }
}
