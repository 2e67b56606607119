//! Replays recorded operator calls (`fixtures/*.txt`, written by `record.py` from PyTorch) through the boxed operators.
//!
//! A line is `name | arguments | results`. Values in prefix form: `n`, `b0`, `i3`, `f0.5`, `c re im`, `sTEXT` (percent-encoded), `d`
//! (the CPU device), `T dtype rank sizes... elements...`, `P rank order... tensor` (permuted), `L elem n items...`, `U n items...`,
//! `g` (the default generator's argument, None). `seed N` alone on a line seeds the generator. An expected `eTEXT` is an error.

mod reader;

use reader::{Reader, decode, same};
use tsrt::Value;
use tsrt::print::{python_repr, python_text};

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
fn refusals_read_as_in_pytorch() {
    replay("errors", false);
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
fn vision_answers_as_torchvision() {
    replay("vision", false);
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
        let got = if fields[0] == "python" { python_text(&v) } else { tsrt::print::script_str(&v) }.into_string();
        let want = decode(fields[2]);
        if got != want {
            wrong.push(format!("{}: {}\n{got}\n-- not\n{want}", k + 1, fields[0]));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
