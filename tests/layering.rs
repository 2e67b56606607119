//! Rooms import along the data's way, never against it: `use crate::…` of every file against the table below.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each room and the rooms it may use.
const ROOMS: &[(&str, &[&str])] = &[
    ("diag", &[]),
    ("types", &["diag"]),
    ("syntax", &["diag"]),
    ("ops", &["diag", "types"]),
    ("graph", &["diag", "types", "ops"]),
    ("eval", &["diag", "types", "syntax", "ops", "library"]),
    ("archive", &["diag", "types", "syntax", "graph"]),
    ("script", &["diag", "types", "syntax", "ops", "graph", "eval", "archive"]),
    ("library", &["diag", "types", "ops"]),
    ("passes", &["diag", "types", "ops", "graph"]),
    ("kernel", &["diag", "types"]),
    ("lower", &["diag", "types", "ops", "graph", "passes", "kernel"]),
    ("codegen", &["diag", "types", "ops", "graph", "passes", "kernel", "lower", "interface"]),
    ("interface", &["diag", "types", "graph", "passes"]),
    ("artifact", &["diag", "types", "interface"]),
];

/// Files of `src` itself see every room.
const TOP: &[&str] = &["lib", "main", "driver"];

pub fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The rooms named in `use crate::a::…` and `use crate::{a::…, b::…}`.
fn imports(text: &str) -> BTreeSet<String> {
    let word = |s: &str| s.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut found = BTreeSet::new();
    let code: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    for rest in code.split("crate::").skip(1) {
        let Some(list) = rest.strip_prefix('{') else {
            found.insert(word(rest));
            continue;
        };
        let mut depth = 0;
        let mut start = true;
        for (i, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth == 0 => break,
                '}' => depth -= 1,
                ',' if depth == 0 => start = true,
                c if start && !c.is_whitespace() => {
                    found.insert(word(&list[i..]));
                    start = false;
                }
                _ => {}
            }
        }
    }
    found
}

#[test]
fn imports_follow_the_table() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![];
    rust_files(&src, &mut files);
    let mut wrong = vec![];
    for file in files {
        let inside = file.strip_prefix(&src).expect("below src").with_extension("");
        let room = inside.iter().next().expect("a name").to_string_lossy().into_owned();
        if TOP.contains(&room.as_str()) {
            continue;
        }
        let Some((_, allowed)) = ROOMS.iter().find(|r| r.0 == room) else {
            wrong.push(format!("{}: the room `{room}` is not in the table", inside.display()));
            continue;
        };
        for used in imports(&std::fs::read_to_string(&file).expect("text")) {
            let is_room = ROOMS.iter().any(|r| r.0 == used);
            if is_room && used != room && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}: `{room}` may not use `{used}`", inside.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every room uses only rooms above it in the table, so nothing goes in circles.
#[test]
fn the_table_has_no_circles() {
    let mut todo: Vec<_> = ROOMS.to_vec();
    let mut done: Vec<&str> = vec![];
    while !todo.is_empty() {
        let (ready, rest): (Vec<_>, Vec<_>) = todo.into_iter().partition(|r| r.1.iter().all(|u| done.contains(u)));
        assert!(!ready.is_empty(), "{rest:?} use each other in a circle");
        done.extend(ready.iter().map(|r| r.0));
        todo = rest;
    }
}

/// Only code generation knows LLVM.
#[test]
fn llvm_stays_in_codegen() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![];
    rust_files(&src, &mut files);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("text");
        let inside = file.strip_prefix(&src).expect("below src");
        assert!(inside.starts_with("codegen") || !text.contains("use inkwell"), "{} uses inkwell", inside.display());
    }
}

#[test]
fn imports_are_found() {
    let text = "use crate::graph::Graph;\nuse crate::{diag::{Span, Code}, ops, types::Type};\n// crate::eval\nlet x = crate::passes::run();";
    assert_eq!(imports(text).into_iter().collect::<Vec<_>>(), ["diag", "graph", "ops", "passes", "types"]);
}
