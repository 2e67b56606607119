//! `tsaot::Build`, as a build script would use it: the library links into a Rust program.

use std::path::Path;
use std::process::Command;

#[test]
fn a_model_links_into_a_rust_program() {
    let dir = tempfile::tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/hello/collatz.py");
    let lines = tsaot::Build::new(&source).out_dir(dir.path()).try_compile("collatz").unwrap();
    assert!(lines.contains(&format!("cargo::rerun-if-changed={}", source.display())), "{lines}");
    assert!(lines.contains("cargo::rustc-link-lib=static=collatz\n"), "{lines}");
    let main = dir.path().join("main.rs");
    let program = "
unsafe extern \"C\" { fn collatz(n: i64, result: *mut i64) -> i32; }
fn main() {
    let mut steps = 0;
    assert_eq!(unsafe { collatz(27, &mut steps) }, 0);
    println!(\"{steps}\");
}
";
    std::fs::write(&main, program).unwrap();
    let exe = dir.path().join("main");
    let rustc = Command::new("rustc")
        .args(["--edition", "2024", "-L"])
        .arg(dir.path())
        .args(["-l", "static=collatz", "-l", "m", "-o"])
        .arg(&exe)
        .arg(&main)
        .status();
    assert!(rustc.unwrap().success());
    assert_eq!(Command::new(&exe).output().unwrap().stdout, b"111\n");
}

#[test]
fn problems_are_drawn() {
    let dir = tempfile::tempdir().unwrap();
    let why = tsaot::Build::new("nowhere.py").out_dir(dir.path()).try_compile("x").unwrap_err();
    assert_eq!(why, "error[input]: cannot read nowhere.py: No such file or directory (os error 2)");
}
