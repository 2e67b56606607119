//! Tensors as text: as scripted `print` shows them (ATen's stream format) and as Python's `repr` does (`tensor([...])`).

use crate::dtype::{DType, default_dtype};
use crate::element::{Complex, Scalar};
use crate::math::Real;
use crate::print::{Style, c_double, python_float};
use crate::tensor::Tensor;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

fn exponent(x: f64) -> i64 {
    if x == 0.0 { 1 } else { Real::floor(Real::log10(x)) as i64 + 1 }
}

/// All elements in order, as doubles (complex ones by their real part).
fn doubles(t: &Tensor) -> Vec<f64> {
    elements(t).into_iter().map(|s| s.to_f64()).collect()
}

/// All elements in order.
fn elements(t: &Tensor) -> Vec<Scalar> {
    let Ok(c) = t.contiguous() else { return Vec::new() };
    // SAFETY: in range.
    (0..c.numel() as isize).map(|i| unsafe { c.read(i) }).collect()
}

/// Field width, style and scale of a group of numbers in ATen's format.
struct Format {
    width: usize,
    style: Style,
    precision: usize,
    scale: f64,
}

impl Format {
    fn of(data: &[f64]) -> Format {
        let general = Format { width: 0, style: Style::General, precision: 6, scale: 1.0 };
        if data.is_empty() {
            return general;
        }
        let finite = || data.iter().copied().filter(|x| x.is_finite());
        let ints = finite().all(|x| x == Real::floor(x));
        let low = finite().map(f64::abs).reduce(f64::min);
        let high = finite().map(f64::abs).reduce(f64::max);
        let (low, high) = (low.map_or(1, exponent), high.map_or(1, exponent));
        let sci = |width| Format { width, style: Style::Scientific, precision: 4, scale: 1.0 };
        let fixed = |width, scale| Format { width, style: Style::Fixed, precision: 4, scale };
        match () {
            _ if ints && high > 9 => sci(11),
            _ if ints => Format { width: high as usize + 1, ..general },
            _ if high - low > 4 => sci(if high.abs() > 99 || low.abs() > 99 { 12 } else { 11 }),
            _ if !(0..=5).contains(&high) => fixed(7, Real::pow(10.0, (high - 1) as f64)),
            _ if high == 0 => fixed(7, 1.0),
            _ => fixed(high as usize + 6, 1.0),
        }
    }

    fn put(&self, out: &mut String, x: f64) {
        let s = c_double(x / self.scale, self.style, self.precision);
        let _ = write!(out, "{s:>w$}", w = self.width);
    }

    fn put_scale(&self, out: &mut String, indent: usize) {
        if self.scale != 1.0 {
            let _ = writeln!(out, "{} *", c_double(self.scale, Style::General, 6));
            pad(out, indent);
        }
    }
}

fn pad(out: &mut String, n: usize) {
    (0..n).for_each(|_| out.push(' '));
}

const LINE: usize = 80;

fn matrix(out: &mut String, data: &[f64], rows: usize, cols: usize, indent: usize) {
    let f = Format::of(data);
    let per_line = ((LINE - indent) / (f.width + 1)).max(1);
    let mut first = 0;
    while first < cols {
        let last = (first + per_line).min(cols) - 1;
        if per_line < cols {
            if first != 0 {
                out.push('\n');
            }
            let _ = write!(out, "Columns {} to {}", first + 1, last + 1);
            pad(out, indent);
        }
        f.put_scale(out, indent);
        for r in 0..rows {
            for c in first..=last {
                f.put(out, data[r * cols + c]);
                out.push(if c == last { '\n' } else { ' ' });
            }
            if r + 1 < rows {
                pad(out, indent + (f.scale != 1.0) as usize);
            }
        }
        first = last + 1;
    }
}

/// As `print(t)` inside TorchScript: ` 1  2\n[ CPUFloatType{2} ]`.
pub fn script(t: &Tensor) -> String {
    let mut out = String::new();
    let data = doubles(t);
    let sizes = t.sizes();
    match *sizes {
        [] => out = c_double(data.first().copied().unwrap_or(0.0), Style::General, 17) + "\n",
        _ if data.is_empty() => {}
        [_] => {
            let f = Format::of(&data);
            f.put_scale(&mut out, 0);
            for x in data {
                f.put(&mut out, x);
                out.push('\n');
            }
        }
        [r, c] => matrix(&mut out, &data, r as usize, c as usize, 0),
        [.., r, c] => {
            let (r, c) = (r as usize, c as usize);
            let outer = &sizes[..sizes.len() - 2];
            for (k, block) in data.chunks(r * c).enumerate() {
                if k > 0 {
                    out.push('\n');
                }
                out.push('(');
                let mut rest = data.len() / (r * c);
                let mut k = k;
                for &s in outer {
                    rest /= s as usize;
                    let _ = write!(out, "{},", k / rest + 1);
                    k %= rest;
                }
                out.push_str(".,.) = \n");
                matrix(&mut out, block, r, c, 1);
            }
        }
    }
    let _ = write!(out, "[ CPU{}Type{{", t.dtype().name());
    for (i, s) in sizes.iter().enumerate() {
        let _ = write!(out, "{}{s}", if i > 0 { "," } else { "" });
    }
    out.push_str("} ]");
    out
}

/// `torch.set_printoptions` defaults.
const PRECISION: usize = 4;
const THRESHOLD: usize = 1000;
const EDGE: i64 = 3;

/// How one kind of elements is formatted in `repr`: see `torch._tensor_str._Formatter`.
struct Column {
    float: bool,
    ints: bool,
    sci: bool,
    width: usize,
}

fn leaf(s: Scalar) -> String {
    match s {
        Scalar::Bool(b) => String::from(if b { "True" } else { "False" }),
        Scalar::Int(i) => alloc::format!("{i}"),
        Scalar::Float(f) => python_float(f),
        Scalar::Complex(c) => crate::print::python_complex(c),
    }
}

/// Python's `e` format: two exponent digits at least, as C's.
fn sci(x: f64) -> String {
    c_double(x, Style::Scientific, PRECISION)
}

impl Column {
    fn of(data: &[Scalar], float: bool) -> Column {
        let mut c = Column { float, ints: true, sci: false, width: 1 };
        if !float {
            c.width = data.iter().map(|s| leaf(*s).len()).max().unwrap_or(1).max(1);
            return c;
        }
        let values: Vec<f64> = data.iter().map(|s| s.to_f64()).filter(|x| x.is_finite() && *x != 0.0).collect();
        let Some(low) = values.iter().map(|x| x.abs()).reduce(f64::min) else { return c };
        let high = values.iter().map(|x| x.abs()).fold(0.0, f64::max);
        c.ints = values.iter().all(|x| *x == Real::floor(*x));
        c.sci = high / low > 1000.0 || high > 1.0e8 || low < 1.0e-4;
        let wide = |x: &f64| c.text(*x).len();
        c.width = values.iter().map(wide).max().unwrap_or(1).max(1);
        c
    }

    fn text(&self, x: f64) -> String {
        match () {
            _ if x.is_nan() => String::from("nan"),
            _ if x.is_infinite() => String::from(if x > 0.0 { "inf" } else { "-inf" }),
            _ if self.sci => sci(x),
            _ if self.ints => c_double(x, Style::Fixed, 0) + ".",
            _ => c_double(x, Style::Fixed, PRECISION),
        }
    }

    fn format(&self, s: Scalar) -> String {
        let text = if self.float { self.text(s.to_f64()) } else { leaf(s) };
        alloc::format!("{text:>w$}", w = self.width)
    }
}

struct Printer {
    first: Column,
    /// Imaginary parts.
    second: Option<Column>,
    summarize: bool,
}

impl Printer {
    fn format(&self, s: Scalar) -> String {
        let (Some(second), Scalar::Complex(c)) = (&self.second, s) else { return self.first.format(s) };
        let re = self.first.format(Scalar::Float(c.re));
        let im = second.format(Scalar::Float(c.im)) + "j";
        let im = im.trim_start();
        let plus = if im.starts_with(['+', '-']) { "" } else { "+" };
        alloc::format!("{re}{plus}{im}")
    }

    /// Indexes along a dimension; None stands for the dots.
    fn along(&self, n: i64) -> Vec<Option<i64>> {
        if self.summarize && n > 2 * EDGE {
            (0..EDGE).map(Some).chain([None]).chain((n - EDGE..n).map(Some)).collect()
        } else {
            (0..n).map(Some).collect()
        }
    }

    fn write(&self, out: &mut String, t: &Tensor, indent: usize) {
        match *t.sizes() {
            // SAFETY: there is an element.
            [] => out.push_str(&self.format(unsafe { t.read(0) })),
            [n] => {
                let step = t.strides()[0];
                let words = self.along(n).into_iter().map(|i| match i {
                    // SAFETY: in range.
                    Some(i) => self.format(unsafe { t.read((i * step) as isize) }),
                    None => String::from(" ..."),
                });
                let width = self.first.width + 2 + self.second.as_ref().map_or(0, |c| c.width + 1);
                let per_line = (LINE.saturating_sub(indent) / width).max(1);
                out.push('[');
                for (k, w) in words.enumerate() {
                    if k > 0 {
                        out.push_str(if k % per_line == 0 { ",\n" } else { ", " });
                        if k % per_line == 0 {
                            pad(out, indent + 1);
                        }
                    }
                    out.push_str(&w);
                }
                out.push(']');
            }
            [n, ..] => {
                out.push('[');
                for (k, i) in self.along(n).into_iter().enumerate() {
                    if k > 0 {
                        out.push(',');
                        (1..t.dim()).for_each(|_| out.push('\n'));
                        pad(out, indent + 1);
                    }
                    match i.map(|i| t.select(0, i)) {
                        Some(Ok(row)) => self.write(out, &row, indent + 1),
                        _ => out.push_str("..."),
                    }
                }
                out.push(']');
            }
        }
    }

    /// The elements that are shown, from which widths are taken.
    fn shown(&self, t: &Tensor, into: &mut Vec<Scalar>) {
        match *t.sizes() {
            [] => {
                // SAFETY: there is an element.
                into.push(unsafe { t.read(0) })
            }
            [n, ..] => {
                for i in self.along(n).into_iter().flatten() {
                    if let Ok(row) = t.select(0, i) {
                        self.shown(&row, into);
                    }
                }
            }
        }
    }
}

/// As Python's `repr(t)`: `tensor([1., 2.])`.
pub fn python(t: &Tensor) -> String {
    const PREFIX: &str = "tensor(";
    let d = t.dtype();
    let column = Column { float: false, ints: true, sci: false, width: 1 };
    let mut p = Printer { first: column, second: None, summarize: t.numel() > THRESHOLD };
    let mut suffixes: Vec<String> = Vec::new();
    let mut body = String::from(PREFIX);
    let default = default_dtype();
    let named = alloc::format!("dtype={}", d.python_name());
    if t.numel() == 0 {
        body.push_str("[]");
        if t.dim() != 1 {
            let mut s = String::from("size=(");
            for (i, n) in t.sizes().iter().enumerate() {
                let _ = write!(s, "{}{n}", if i > 0 { ", " } else { "" });
            }
            suffixes.push(s + ")");
        }
        if d != default {
            suffixes.push(named);
        }
    } else {
        let mut data = Vec::new();
        p.shown(t, &mut data);
        let part = |f: fn(Complex<f64>) -> f64| -> Vec<Scalar> { data.iter().map(|s| Scalar::Float(f(s.to()))).collect() };
        if d.is_complex() {
            p.first = Column::of(&part(|c| c.re), true);
            p.second = Some(Column::of(&part(|c| c.im), true));
        } else {
            p.first = Column::of(&data, d.is_float());
        }
        p.write(&mut body, t, PREFIX.len());
        if d != default && d != default.to_complex() && d != DType::I64 && d != DType::Bool {
            suffixes.push(named);
        }
    }
    if t.requires_grad() {
        suffixes.push(String::from("requires_grad=True"));
    }
    let mut last = body.len() - body.rfind('\n').map_or(0, |i| i + 1) + 2;
    for s in suffixes {
        if last + s.len() + 2 > LINE {
            let _ = write!(body, ",\n{:w$}{s}", "", w = PREFIX.len());
            last = PREFIX.len() + s.len();
        } else {
            let _ = write!(body, ", {s}");
            last += s.len() + 2;
        }
    }
    body.push(')');
    body
}
