//! What mutants are made of.

use std::io::Read;
use std::path::{Path, PathBuf};

/// A name, for messages, and the bytes.
pub type Case = (String, Vec<u8>);

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, ending: &[&str], out: &mut Vec<Case>) {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files(&path, ending, out);
        } else if path.extension().is_some_and(|e| ending.iter().any(|x| e == *x)) {
            out.push((path.display().to_string(), std::fs::read(&path).expect("a file")));
        }
    }
}

/// Programs of the tests, benchmarks and examples, and the manual's.
pub fn programs() -> Vec<Case> {
    let mut out = vec![];
    for folder in ["examples", "benches/language", "tests/filetests", "tests/reference", "tests/executables", "tests/diagnostics"]
    {
        files(&root().join(folder), &["py"], &mut out);
    }
    let manual = std::fs::read_to_string(root().join("docs/language.md")).expect("the manual");
    for (i, part) in manual.split("```python\n").skip(1).enumerate() {
        out.push((format!("docs/language.md {i}"), part.split("```").next().unwrap_or("").into()));
    }
    out.retain(|c| !c.0.ends_with("train.py") && !c.0.ends_with("run.py"));
    out
}

/// Small archives and checkpoints.
pub fn archives() -> Vec<Case> {
    let mut out = vec![];
    files(&root().join("tests/archives"), &["pt", "pth"], &mut out);
    out.retain(|c| c.1.len() < 1 << 20);
    out
}

/// Entries of the archives, as `archive!entry`.
fn entries(pick: impl Fn(&str) -> bool) -> Vec<Case> {
    let mut out = vec![];
    for (path, bytes) in archives() {
        let Ok(mut zip) = zip::ZipArchive::new(std::io::Cursor::new(&bytes)) else { continue };
        for i in 0..zip.len() {
            let mut entry = zip.by_index(i).expect("an entry");
            let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
            if pick(&name) {
                let mut text = vec![];
                entry.read_to_end(&mut text).expect("its bytes");
                out.push((format!("{path}!{name}"), text));
            }
        }
    }
    out
}

/// The pickles of archives and checkpoints, and checkpoints that are pickles.
pub fn pickles() -> Vec<Case> {
    let mut out = entries(|n| n.ends_with(".pkl") || n.ends_with(".debug_pkl"));
    out.extend(archives().into_iter().filter(|c| !c.1.starts_with(b"PK")));
    out
}

/// The code of archives.
pub fn code() -> Vec<Case> {
    entries(|n| n.ends_with(".py"))
}

/// Programs whose parts nest very deeply, one of each kind.
pub fn deep() -> Vec<String> {
    const DEEP: usize = 3_000;
    let wrap = |open: &str, inner: &str, close: &str| format!("{}{inner}{}", open.repeat(DEEP), close.repeat(DEEP));
    let expressions = [
        wrap("(", "x", ")"),
        wrap("[", "x", "]"),
        wrap("-", "x", ""),
        wrap("not ", "x", ""),
        wrap("~", "x", ""),
        wrap("f(", "x", ")"),
        wrap("{1: ", "x", "}"),
        wrap("(x, ", "x", ")"),
        wrap("lambda: ", "x", ""),
        wrap("x if x else ", "x", ""),
        wrap("x + ", "x", ""),
        wrap("x ** ", "x", ""),
        wrap("x and ", "x", ""),
        wrap("x < ", "x", ""),
        format!("x{}", ".y".repeat(DEEP)),
        format!("x{}", "[0]".repeat(DEEP)),
        format!("x{}", "()".repeat(DEEP)),
        format!("\"a\" {}", "\"b\"".repeat(DEEP)),
        format!("f\"{}\"", "{x}".repeat(DEEP)),
        format!("[{}x]", "x for x in ".repeat(1) + &"y for y in ".repeat(50)),
    ];
    let mut out = vec![];
    for e in expressions {
        out.push(format!("x = 1\ny = {e}\n"));
        out.push(format!("import torch\n@torch.jit.script\ndef f(x: int):\n    return {e}\n"));
        out.push(format!("import torch\n@torch.jit.script\ndef f(x: {e}):\n    return x\n"));
    }
    let mut nested = String::from("import torch\n@torch.jit.script\ndef f(x: int):\n");
    let mut chain = nested.clone();
    chain += "    if x > 0:\n        return 0\n";
    for i in 0..DEEP / 4 {
        chain += &format!("    elif x > {i}:\n        return {i}\n");
    }
    out.push(chain + "    return 1\n");
    for i in 1..500 {
        nested += &format!("{}if x > {i}:\n", " ".repeat(i));
    }
    out.push(nested + &" ".repeat(500) + "x = 1\n");
    out.push(format!("import torch\n@torch.jit.script\ndef f(x: int):\n{}    return x\n", "    x = x + 1\n".repeat(2_000)));
    out.push(format!(
        "import torch\n@torch.jit.script\ndef f(x: {}int{}):\n    return x\n",
        "List[".repeat(5_000),
        "]".repeat(5_000)
    ));
    out.push(format!(
        "import torch\n@torch.jit.script\ndef f(x):\n    # type: ({}int{}) -> int\n    return x\n",
        "List[".repeat(5_000),
        "]".repeat(5_000)
    ));
    out.push("x = []\nfor i in range(100000):\n    x = [x]\nprint(x)\n".into());
    out.push("import torch\nx = []\nfor i in range(100000):\n    x = [x]\n@torch.jit.script\ndef f():\n    return x\n".into());
    out.push("def f():\n    return f()\nf()\n".into());
    out
}
