//! The kernel IR's text, laws and meaning.

use std::fs;
use tsaot::kernel::eval::{Machine, Num, run};
use tsaot::kernel::{Kernel, parse, verify};

fn filetests() -> Vec<(String, String)> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/filetests/kernel");
    let files = fs::read_dir(dir).unwrap().map(|f| f.unwrap().path());
    let mut files: Vec<_> = files.map(|p| (p.display().to_string(), fs::read_to_string(&p).unwrap())).collect();
    files.sort();
    files
}

fn parsed(text: &str) -> Kernel {
    parse::kernel(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

#[test]
fn text_reads_back() {
    for (path, text) in filetests() {
        let k = parsed(&text);
        assert_eq!(k.to_string(), text, "{path}");
        assert_eq!(verify::verify(&k), Vec::<String>::new(), "{path}");
    }
}

#[test]
fn faults_are_found() {
    let head = "kernel k(n) {\n in x: f32[n]\n out y: f32[n]\n";
    for (body, fault) in [
        ("for i in n { %0 = load x[i] store x[i], %0 }", "a store to the input x"),
        ("for i in n { %0 = load x[i, i] store y[i], %0 }", "x has 1 dimensions, not 2"),
        ("for i in n { %0 = load y[i] store y[i], %0 }", "%0 loads what nothing has stored"),
        ("for i in n { %0 = const i32 1 store y[i], %0 }", "%0 is stored to y of f32"),
        (
            "for i in n { %0 = const i32 1 %1 = exp %0 %2 = cast f32 %1 store y[i], %2 }",
            "%1 = Un(Exp, Reg(0)) does not fit its types",
        ),
        ("for i in n vector 3 { %0 = load x[i] store y[i], %0 }", "a width of 3"),
        ("for i in n vector 4 { %0 = load x[i] store y[0], %0 }", "all elements of a vector are stored to one place of y"),
        ("for i in n { %0 = load x[i] %0 = load x[i] store y[i], %0 }", "%0 is defined twice"),
    ] {
        let k = parsed(&format!("{head}{body}\n}}"));
        assert_eq!(verify::verify(&k), [fault], "{body}");
    }
    assert_eq!(parse::kernel("kernel k() {\n %0 = nothing %1\n}").unwrap_err().to_string(), "line 2: no operation `nothing`");
}

#[test]
fn evaluates() {
    let softmax = filetests().into_iter().find(|f| f.0.ends_with("softmax.kernel")).unwrap();
    let k = parsed(&softmax.1);
    let x = [1.0, 2.0, 3.0, 9.0, 0.0, 0.0, f64::NEG_INFINITY];
    let buffers = [&x[..], &[0.0; 3], &[0.0; 6]].map(|b| b.iter().map(|x| Num::F(*x)).collect());
    let mut m = Machine { symbols: vec![2, 3, 4], params: vec![], buffers: buffers.to_vec() };
    run(&k, &mut m).unwrap();
    let y: Vec<f32> = m.buffers[2].iter().map(|n| if let Num::F(x) = n { *x as f32 } else { 0.0 }).collect();
    assert_eq!(y, [0.09003057, 0.24472848, 0.66524094, 0.5, 0.5, 0.0]);
    m.symbols[2] = 5;
    assert_eq!(run(&k, &mut m), Err("x: element 7 of 7".into()));
}
