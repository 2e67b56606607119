//! Replays recorded operator calls (`fixtures/*.txt`, written by `record.py` from PyTorch) through the boxed operators.
//!
//! A line is `name | arguments | results`. Values in prefix form: `n`, `b0`, `i3`, `f0.5`, `c re im`, `sTEXT` (percent-encoded), `d`
//! (the CPU device), `T dtype rank sizes... elements...`, `P rank order... tensor` (permuted), `L elem n items...`, `U n items...`,
//! `g` (the default generator's argument, None). `seed N` alone on a line seeds the generator. An expected `eTEXT` is an error.

use tsrt::header::Ref;
use tsrt::list::{Elem, List};
use tsrt::print::{python_repr, python_text};
use tsrt::{DType, Scalar, Tensor, Value};

struct Reader<'a>(std::str::SplitWhitespace<'a>);

fn decode(s: &str) -> String {
    let mut out = Vec::new();
    let mut b = s.bytes();
    while let Some(c) = b.next() {
        match c {
            b'%' => {
                let hex: String = b.by_ref().take(2).map(char::from).collect();
                out.push(u8::from_str_radix(&hex, 16).unwrap());
            }
            c => out.push(c),
        }
    }
    String::from_utf8(out).unwrap()
}

impl Reader<'_> {
    fn word(&mut self) -> &str {
        self.0.next().unwrap()
    }
    fn int(&mut self) -> i64 {
        // Unsigned numbers may exceed the signed ones.
        let word = self.word();
        word.parse().unwrap_or_else(|_| word.parse::<u64>().unwrap() as i64)
    }
    fn float(&mut self) -> f64 {
        self.word().parse().unwrap()
    }

    fn scalar(&mut self, d: DType) -> Scalar {
        match d {
            d if d.is_complex() => Scalar::Complex(tsrt::Complex::new(self.float(), self.float())),
            d if d.is_float() => Scalar::Float(self.float()),
            _ => Scalar::Int(self.int()),
        }
    }

    fn value(&mut self) -> Value {
        let word = self.word().to_owned();
        let (kind, rest) = word.split_at(1);
        match kind {
            "n" => Value::none(),
            "b" => Value::bool(rest == "1"),
            "i" => Value::int(rest.parse().unwrap()),
            "f" => Value::float(rest.parse().unwrap()),
            "c" => Value::complex(tsrt::Complex::new(self.float(), self.float())),
            "s" => Value::from(decode(rest).as_str()),
            "d" => Value::device(0, None),
            "T" => {
                let d = DType::from_number(self.int()).unwrap();
                let rank = self.int();
                let sizes: Vec<i64> = (0..rank).map(|_| self.int()).collect();
                let n: i64 = sizes.iter().product();
                let flat = Tensor::empty(&[n], d).unwrap();
                for i in 0..n {
                    flat.select(0, i).unwrap().fill(self.scalar(d));
                }
                flat.view(&sizes).unwrap().into()
            }
            "P" => {
                let rank = self.int();
                let order: Vec<i64> = (0..rank).map(|_| self.int()).collect();
                self.value().as_tensor().unwrap().permute(&order).unwrap().into()
            }
            "L" => {
                let elem = Elem::from_number(self.int() as u8);
                let list: Ref<List> = List::new(elem, 0);
                for _ in 0..self.int() {
                    list.push(self.value()).unwrap();
                }
                list.into()
            }
            "U" => {
                let items: Vec<Value> = (0..self.int()).map(|_| self.value()).collect();
                tsrt::tuple::Tuple::new(items.into_iter()).into()
            }
            other => panic!("unknown kind {other}"),
        }
    }

    fn all(text: &str) -> Vec<Value> {
        let mut r = Reader(text.split_whitespace());
        let mut out = Vec::new();
        while r.0.clone().next().is_some() {
            out.push(r.value());
        }
        out
    }
}

fn close(a: Scalar, b: Scalar) -> bool {
    let (x, y): (tsrt::Complex<f64>, tsrt::Complex<f64>) = (a.to(), b.to());
    let near = |x: f64, y: f64| x == y || (x.is_nan() && y.is_nan()) || (x - y).abs() <= 1e-6 + 1e-6 * y.abs();
    near(x.re, y.re) && near(x.im, y.im)
}

fn same(a: &Value, b: &Value, exact: bool) -> bool {
    if let (Some(x), Some(y)) = (a.as_tensor(), b.as_tensor()) {
        if x.sizes() != y.sizes() || x.dtype() != y.dtype() {
            return false;
        }
        let (x, y) = (x.contiguous().unwrap(), y.contiguous().unwrap());
        return (0..x.numel() as isize).all(|i| {
            let (p, q) = unsafe { (x.read(i), y.read(i)) };
            if exact { p == q } else { close(p, q) }
        });
    }
    if let (Some(x), Some(y)) = (a.as_list(), b.as_list()) {
        return x.len() == y.len() && x.iter().zip(y.iter()).all(|(p, q)| same(&p, &q, exact));
    }
    if let (Some(x), Some(y)) = (a.as_tuple(), b.as_tuple()) {
        return x.len == y.len && x.items().iter().zip(y.items()).all(|(p, q)| same(p, q, exact));
    }
    match (a.as_scalar(), b.as_scalar()) {
        (Some(x), Some(y)) => a.tag == b.tag && close(x, y),
        _ => python_repr(a) == python_repr(b),
    }
}

fn replay(name: &str, exact: bool) {
    let path = format!("{}/tests/fixtures/{name}.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    for (k, line) in text.lines().enumerate().filter(|l| !l.1.starts_with('#')) {
        let mut seed = line.split_whitespace();
        if seed.next() == Some("seed") {
            let f = tsrt::registry::find("aten::manual_seed").unwrap();
            tsrt::registry::call(f, &[Value::int(seed.next().unwrap().parse().unwrap())], 0).unwrap();
            continue;
        }
        let mut fields = line.split(" | ");
        let (op, args, want) = (fields.next().unwrap(), fields.next().unwrap(), fields.next().unwrap_or(""));
        let Some(f) = tsrt::registry::find(op) else {
            wrong.push(format!("{}: {op} is missing", k + 1));
            continue;
        };
        let args = Reader::all(args);
        let shown = || args.iter().map(python_repr).collect::<Vec<_>>().join("; ");
        if let Some(message) = want.trim().strip_prefix('e') {
            match tsrt::registry::call(f, &args, 4) {
                Err(e) if e.message() == decode(message) => {}
                Err(e) => wrong.push(format!("{}: {op}({})\n  says {}\n  not  {}", k + 1, shown(), e.message(), decode(message))),
                Ok(_) => wrong.push(format!("{}: {op}({}) succeeds", k + 1, shown())),
            }
            continue;
        }
        let want = Reader::all(want);
        match tsrt::registry::call(f, &args, want.len()) {
            // The tangent of another libm may differ in its last bit.
            Ok(got) if got.iter().zip(&want).all(|(g, w)| same(g, w, exact && !op.contains("cauchy"))) => {}
            Ok(got) => wrong.push(format!(
                "{}: {op}({})\n  is {}\n  not {}",
                k + 1,
                shown(),
                got.iter().map(python_repr).collect::<Vec<_>>().join("; "),
                want.iter().map(python_repr).collect::<Vec<_>>().join("; ")
            )),
            Err(e) => wrong.push(format!("{}: {op}({}): {e}", k + 1, shown())),
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn operators_answer_as_pytorch() {
    replay("operators", false);
}

#[test]
fn linear_algebra_answers_as_pytorch() {
    replay("algebra", false);
}

#[test]
fn fourier_transforms_answer_as_pytorch() {
    replay("spectra", false);
}

#[test]
fn special_functions_answer_as_pytorch() {
    replay("functions", false);
}

#[test]
fn statistics_answer_as_pytorch() {
    replay("statistics", false);
}

#[test]
fn strings_answer_as_torchscript() {
    replay("strings", false);
}

#[test]
fn random_numbers_are_pytorchs() {
    replay("random", true);
}

/// Lines `kind | tensor | text`: kind is `python` or `script`.
#[test]
fn tensors_print_as_pytorch() {
    let path = format!("{}/tests/fixtures/printing.txt", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    for (k, line) in text.lines().enumerate().filter(|l| !l.1.starts_with('#')) {
        let fields: Vec<&str> = line.split(" | ").collect();
        let v = Reader::all(fields[1]).remove(0);
        let got = if fields[0] == "python" { python_text(&v) } else { tsrt::print::script_str(&v) };
        let want = decode(fields[2]);
        if got != want {
            wrong.push(format!("{}: {}\n{got}\n-- not\n{want}", k + 1, fields[0]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
