//! C and C++ programs that link real artifacts: every kind of value across the interface, errors, state, several libraries in one program.

use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interface")
}

/// Runs a command and gives its standard output; any failure fails the test with everything it printed.
fn run(command: &mut Command) -> String {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert!(out.status.success(), "{command:?}: {}\n{stdout}{stderr}", out.status);
    stdout.into_owned()
}

fn build(source: &str, output: &Path) {
    run(Command::new(env!("CARGO_BIN_EXE_tsaot")).arg("build").arg(folder().join(source)).arg("-o").arg(output));
}

/// Builds libraries with their bindings.
fn with_bindings(dir: &TempDir, names: &[&str], language: &str) -> Vec<String> {
    for n in names {
        let output = dir.path().join(format!("lib{n}.so"));
        let source = folder().join(format!("{n}.py"));
        run(Command::new(env!("CARGO_BIN_EXE_tsaot"))
            .arg("build")
            .arg(source)
            .arg("-o")
            .arg(output)
            .args(["--bindings", language]));
    }
    names.iter().map(|n| format!("-l{n}")).collect()
}

const C: [&str; 6] = ["gcc", "-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror"];
const CPP: [&str; 8] = ["g++", "-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-pedantic", "-Werror"];

/// Compiles `source` against the libraries in `dir` and runs it.
fn link_and_run(dir: &TempDir, compiler: &[&str], source: &str, libraries: &[String]) -> String {
    let exe = dir.path().join(format!("{source}.{}", compiler[0]));
    let mut c = Command::new(compiler[0]);
    c.args(&compiler[1..]).arg("-I").arg(dir.path()).arg(folder().join(source)).args(["-x", "none"]).arg("-o").arg(&exe);
    c.arg("-L").arg(dir.path()).args(libraries).arg("-lm").arg(format!("-Wl,-rpath,{}", dir.path().display()));
    run(&mut c);
    run(&mut Command::new(exe))
}

fn shared(dir: &TempDir, names: &[&str]) -> Vec<String> {
    names.iter().for_each(|n| build(&format!("{n}.py"), &dir.path().join(format!("lib{n}.so"))));
    names.iter().map(|n| format!("-l{n}")).collect()
}

#[test]
fn every_kind_of_value_crosses() {
    let dir = TempDir::new().unwrap();
    let libraries = shared(&dir, &["kinds"]);
    assert_eq!(link_and_run(&dir, &C, "kinds.c", &libraries), "all as expected\n");
    assert_eq!(link_and_run(&dir, &CPP, "kinds.c", &libraries), "all as expected\n");
}

#[test]
fn two_shared_libraries_in_one_program() {
    let dir = TempDir::new().unwrap();
    let libraries = shared(&dir, &["kinds", "counter"]);
    assert_eq!(link_and_run(&dir, &C, "counter.c", &libraries), "all as expected\n");
    assert_eq!(link_and_run(&dir, &CPP, "counter.c", &libraries), "all as expected\n");
}

#[test]
fn the_cpp_binding_owns_what_it_holds() {
    let dir = TempDir::new().unwrap();
    let libraries = with_bindings(&dir, &["kinds", "counter"], "cpp");
    assert_eq!(link_and_run(&dir, &CPP, "counter.cpp", &libraries), "all as expected\n");
}

#[test]
fn the_rust_binding_owns_what_it_holds() {
    let dir = TempDir::new().unwrap();
    let libraries = with_bindings(&dir, &["kinds", "counter"], "rust");
    let exe = dir.path().join("counter_rust");
    let mut rustc = Command::new("rustc");
    rustc
        .args(["--edition", "2024", "-D", "warnings"])
        .arg(folder().join("counter.rs"))
        .arg("-o")
        .arg(&exe)
        .env("OUT", dir.path());
    rustc.arg("-L").arg(dir.path()).args(libraries).arg(format!("-Clink-arg=-Wl,-rpath,{}", dir.path().display()));
    run(&mut rustc);
    assert_eq!(run(&mut Command::new(exe)), "all as expected\n");
}

#[test]
fn the_python_binding_takes_what_callers_have() {
    let dir = TempDir::new().unwrap();
    with_bindings(&dir, &["callers"], "python");
    let script = folder().join("callers_test.py");
    assert_eq!(run(Command::new("python3").arg(script).arg(dir.path())), "all as expected\n");
}

#[test]
fn two_static_libraries_and_objects_in_one_program() {
    let dir = TempDir::new().unwrap();
    for suffix in ["a", "o"] {
        let files: Vec<String> = ["kinds", "counter"]
            .iter()
            .map(|n| {
                let name = if suffix == "a" { format!("lib{n}.a") } else { format!("{n}.o") };
                let file = dir.path().join(name);
                build(&format!("{n}.py"), &file);
                file.display().to_string()
            })
            .collect();
        assert_eq!(link_and_run(&dir, &C, "counter.c", &files), "all as expected\n");
    }
}

#[test]
fn only_the_header_s_names_are_visible_and_only_libc_is_needed() {
    let dir = TempDir::new().unwrap();
    shared(&dir, &["kinds"]);
    let library = dir.path().join("libkinds.so");
    let header = std::fs::read_to_string(dir.path().join("kinds.h")).unwrap();
    let symbols = run(Command::new("nm").args(["-D", "--defined-only", "--format=posix"]).arg(&library));
    for symbol in symbols.lines().filter_map(|l| l.split(' ').next()) {
        let internal = ["ts_error_slot", "ts_print_text", "ts_dlpack_share", "ts_dlpack_share_legacy"].contains(&symbol);
        assert!(internal || header.contains(symbol), "{symbol} is visible and not in the header");
    }
    let needed = run(Command::new("readelf").arg("-d").arg(&library));
    for line in needed.lines().filter(|l| l.contains("NEEDED")) {
        assert!(["libc.so", "libm.so", "ld-linux"].iter().any(|l| line.contains(l)), "{line}");
    }
}

/// The linker leaves out what nothing refers to; the header's own functions must be there all the same.
#[test]
fn a_function_that_cannot_fail_still_has_the_error_functions() {
    let dir = TempDir::new().unwrap();
    let source = dir.path().join("same.py");
    std::fs::write(&source, "import torch\n\n@torch.jit.script\ndef same(n: int) -> int:\n    return n\n").unwrap();
    let library = dir.path().join("libsame.so");
    build(source.to_str().unwrap(), &library);
    let symbols = run(Command::new("nm").args(["-D", "--defined-only", "--format=posix"]).arg(&library));
    for name in ["same", "ts_last_error", "ts_release"] {
        assert!(symbols.lines().any(|l| l.split(' ').next() == Some(name)), "{name} is missing:\n{symbols}");
    }
}

#[test]
fn a_header_of_another_library_does_not_link() {
    let dir = TempDir::new().unwrap();
    let libraries = shared(&dir, &["kinds", "counter"]);
    let header = dir.path().join("kinds.h");
    let text = std::fs::read_to_string(&header).unwrap();
    let at = text.find("kinds_schema_").unwrap() + "kinds_schema_".len();
    let hash = text[at..at + 12].to_owned();
    std::fs::write(&header, text.replace(&hash, "000000000000")).unwrap();
    let out = Command::new("gcc")
        .arg("-I")
        .arg(dir.path())
        .arg(folder().join("counter.c"))
        .arg("-o")
        .arg(dir.path().join("x"))
        .arg("-L")
        .arg(dir.path())
        .args(libraries)
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&out.stderr).contains("kinds_schema_000000000000"), "{out:?}");
}
