//! Every `tests/filetests/syntax/*.py` is parsed and printed; `*.out` beside it holds the canonical text or the diagnostic.
//! `TSAOT_BLESS=1` rewrites the expectations.

use std::{fs, path::Path};

use tsaot::{
    diag::{SourceMap, render::render},
    syntax,
};

fn show(name: &str, bytes: &[u8]) -> String {
    let text = match syntax::decode(bytes, name) {
        Ok(text) => text,
        Err(d) => return format!("error[{}]: {}\n", d.code.word(), d.message),
    };
    let mut sources = SourceMap::default();
    let file = sources.add(name, text);
    match syntax::parse_module(&sources, file) {
        Ok(module) => syntax::print::module(&module),
        Err(d) => render(&d, &sources, false) + "\n",
    }
}

#[test]
fn filetests() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests/syntax");
    let mut cases: Vec<_> =
        fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "py")).collect();
    cases.sort();
    assert!(!cases.is_empty());
    let mut wrong = Vec::new();
    for case in cases {
        let name = case.file_name().unwrap().to_string_lossy().into_owned();
        let got = show(&name, &fs::read(&case).unwrap());
        let expected = case.with_extension("out");
        if std::env::var_os("TSAOT_BLESS").is_some() {
            fs::write(&expected, &got).unwrap();
        } else if fs::read_to_string(&expected).unwrap_or_default() != got {
            wrong.push(format!("{name}:\n{got}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn printed_text_prints_the_same() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests/syntax");
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|e| e == "py") {
            let once = show("a.py", &fs::read(&path).unwrap());
            if !once.starts_with("error") {
                let strip = |s: &str| s.lines().filter(|l| !l.contains("# ")).collect::<Vec<_>>().join("\n");
                assert_eq!(strip(&show("a.py", once.as_bytes())), strip(&once), "{}", path.display());
            }
        }
    }
}

#[test]
fn absurd_nesting_is_an_error_not_a_crash() {
    for text in [
        "(".repeat(100_000),
        format!("x = {}1", "-".repeat(50_000)),
        format!("x = {}", vec!["a"; 50_000].join(" + ")),
        format!("x = a{}", ".b".repeat(50_000)),
        (0..500).map(|i| format!("{}if x:\n", " ".repeat(i))).collect::<String>(),
        "x = \"\"\"unterminated".to_string(),
        "def f(:\n".to_string(),
        "f'{'".to_string(),
        "\u{0}".to_string(),
    ] {
        assert!(show("deep.py", text.as_bytes()).starts_with("error"), "{}", &text[..text.len().min(40)]);
    }
}
