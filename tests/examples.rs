//! The examples build, link and print what they should.

use std::path::Path;
use std::process::Command;

/// What `run.sh` of an example prints; it must succeed.
fn run(example: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(example);
    let out = tempfile::tempdir().expect("a folder to build in");
    let run = Command::new(folder.join("run.sh"))
        .env("TSAOT", env!("CARGO_BIN_EXE_tsaot"))
        .env("OUT", out.path())
        .output()
        .expect("run.sh starts");
    let printed = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{}\n{printed}{}", run.status, String::from_utf8_lossy(&run.stderr));
    printed
}

#[test]
fn hello() {
    assert_eq!(run("hello"), "collatz(27) takes 111 steps\n");
}

#[test]
fn main_program() {
    let expected = "\
4 primes below 10
25 primes below 100
168 primes below 1000
1229 primes below 10000
9592 primes below 100000
78498 primes below 1000000
";
    assert_eq!(run("main_program"), expected);
}

/// Both programs reach PyTorch's accuracy; a logit outside the tolerance makes them fail.
#[test]
fn digits() {
    let printed = run("digits");
    assert_eq!(printed.matches("accuracy: 98.89 % (356 of 360)\n").count(), 2, "{printed}");
}
