//! Sources stay readable: files of moderate length that say what they are, no debris.

use std::path::{Path, PathBuf};

/// Longer files should be taken apart.
const MAX_LINES: usize = 1000;

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = vec![];
    for folder in ["src", "runtime/src", "tests"] {
        files(&root.join(folder), &mut found);
    }
    let name = |p: &Path| p.strip_prefix(root).unwrap_or(p).display().to_string();
    found.iter().map(|p| (name(p), std::fs::read_to_string(p).expect("text"))).collect()
}

#[test]
fn files_are_of_moderate_length() {
    let mut lengths: Vec<(usize, String)> = sources().into_iter().map(|(n, t)| (t.lines().count(), n)).collect();
    lengths.sort();
    let at = |part: usize| lengths[(lengths.len() - 1) * part / 100].0;
    println!("{} files, median {} lines, 90th percentile {}", lengths.len(), at(50), at(90));
    let long: Vec<String> = lengths.iter().filter(|l| l.0 > MAX_LINES).map(|(n, f)| format!("{f}: {n} lines")).collect();
    assert!(long.is_empty(), "longer than {MAX_LINES} lines:\n{}", long.join("\n"));
}

#[test]
fn every_file_says_what_it_is() {
    let silent: Vec<String> = sources()
        .into_iter()
        .filter(|(_, t)| !t.starts_with("//") && !t.starts_with('['))
        .map(|s| s.0)
        .filter(|n| !n.ends_with("main.rs"))
        .collect();
    assert!(silent.is_empty(), "no comment at the head of {silent:?}");
}

#[test]
fn no_debris() {
    let marks = [concat!("dbg", "!("), concat!("todo", "!("), concat!("unimplemented", "!("), concat!("FIX", "ME")];
    let mut wrong = vec![];
    for (name, text) in sources() {
        for (i, line) in text.lines().enumerate() {
            if marks.iter().any(|m| line.contains(m)) || line.ends_with(' ') || line.contains('\t') && !line.contains('"') {
                wrong.push(format!("{name}:{}: {line}", i + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
