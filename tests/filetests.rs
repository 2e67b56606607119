//! Runs the cases of tests/filetests: each file is an input, a line `----` and what must come of it.
//!
//! A folder is one kind of case, and its function says what the input is made into. `TSAOT_BLESS=1` rewrites the expectations of the
//! folders that hold our own text; recordings of PyTorch (`code`) are rewritten by their script only.

#[path = "filetests/graphs.rs"]
mod graphs;

use std::path::{Path, PathBuf};

/// Who wrote a folder's expectations.
#[derive(PartialEq)]
pub enum Expectation {
    Ours,
    Recorded,
}

/// The `.txt` files of a folder, sorted.
pub fn cases(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests").join(folder);
    let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.expect("an entry").path())
        .filter(|p| p.extension().is_some_and(|e| e == "txt"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "{} holds no cases", folder.display());
    found
}

/// Input and expectation of a case.
pub fn split(path: &Path) -> (String, String) {
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    match text.split_once("----\n") {
        Some((input, expected)) => (input.to_owned(), expected.to_owned()),
        None => (text, String::new()),
    }
}

/// Makes every input of a folder into text and compares; all differences are shown.
pub fn folder(name: &str, expectation: Expectation, make: impl Fn(&str) -> String) {
    let bless = std::env::var_os("TSAOT_BLESS").is_some() && expectation == Expectation::Ours;
    let mut wrong = vec![];
    for path in cases(name) {
        let (input, expected) = split(&path);
        let got = make(&input);
        if got == expected {
            continue;
        }
        if bless {
            std::fs::write(&path, format!("{input}----\n{got}")).expect("the case can be written");
        } else {
            wrong.push(format!("{}\n{}", path.file_name().unwrap_or_default().to_string_lossy(), difference(&expected, &got)));
        }
    }
    assert!(wrong.is_empty(), "{} of {name} differ:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// The lines around the first difference.
pub fn difference(expected: &str, got: &str) -> String {
    let (e, g): (Vec<&str>, Vec<&str>) = (expected.lines().collect(), got.lines().collect());
    let at = e.iter().zip(&g).take_while(|(a, b)| a == b).count();
    let part = |lines: &[&str]| lines.iter().skip(at).take(6).map(|l| format!("  {l}\n")).collect::<String>();
    format!("line {}, expected:\n{}got:\n{}", at + 1, part(&e), part(&g))
}
