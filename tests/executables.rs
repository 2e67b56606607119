//! Executables: programs with a `main` behave as under Python, models answer on their command line.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/executables")
}

/// Builds `name.py` into `dir` and gives the executable.
fn build(dir: &TempDir, name: &str) -> PathBuf {
    let exe = dir.path().join(name);
    let out = Command::new(env!("CARGO_BIN_EXE_tsaot"))
        .arg("build")
        .arg(folder().join(format!("{name}.py")))
        .arg("-o")
        .arg(&exe)
        .output();
    let out = out.expect("tsaot starts");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    exe
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn status(out: &Output) -> i32 {
    out.status.code().expect("an exit status, no signal")
}

/// The program's output with each argument is what tests/executables/record.py wrote.
fn prints_as_recorded(name: &str, arguments: &[&str]) {
    let dir = TempDir::new().unwrap();
    let exe = build(&dir, name);
    let mut printed = String::new();
    for argument in arguments {
        let words: Vec<&str> = argument.split_whitespace().collect();
        let out = Command::new(&exe).args(words).output().unwrap();
        let stderr = text(&out.stderr);
        let last = stderr.trim().lines().last().map_or("", |l| l.split_once(": ").map_or(l, |(_, message)| message));
        printed += &format!("# {argument}\n{}status {}: {last}\n", text(&out.stdout), status(&out));
    }
    let recorded = std::fs::read_to_string(folder().join(format!("{name}.out"))).unwrap();
    assert_eq!(printed, recorded);
}

#[test]
fn a_program_prints_and_ends_as_under_python() {
    prints_as_recorded("report", &["", "raise", "index", "exit", "message"]);
}

#[test]
fn loops_over_lists_check_what_they_must() {
    prints_as_recorded("loops", &["", "above", "below", "down", "row", "short", "even", "shift"]);
}

#[test]
fn writes_are_seen_wherever_the_object_is() {
    prints_as_recorded("sharing", &[""]);
}

#[test]
fn an_uncaught_exception_has_a_traceback() {
    let dir = TempDir::new().unwrap();
    let exe = build(&dir, "report");
    let out = Command::new(exe).arg("raise").output().unwrap();
    let stderr = text(&out.stderr).replace(&format!("{}/", folder().display()), "");
    let expected = "\
Traceback (most recent call last):
  File \"report.py\", line 59, in <module>
    sys.exit(main(sys.argv))
  File \"report.py\", line 47, in main
    raise ValueError(\"no luck\")
ValueError: no luck
";
    assert_eq!(stderr, expected);
}

/// One run of the model's command line: the words, the status, standard output and error.
fn runs(exe: &Path, dir: &Path, cases: &[(&[&str], i32, &str, &str)]) {
    for (words, want, stdout, stderr) in cases {
        let out = Command::new(exe).args(*words).current_dir(dir).output().unwrap();
        assert_eq!(
            (status(&out), text(&out.stdout).as_str(), text(&out.stderr).as_str()),
            (*want, *stdout, *stderr),
            "{words:?}"
        );
    }
}

#[test]
fn arguments_are_read_and_results_printed() {
    let dir = TempDir::new().unwrap();
    let exe = build(&dir, "model");
    std::fs::copy(folder().join("compressed.npz"), dir.path().join("c.npz")).unwrap();
    runs(
        &exe,
        dir.path(),
        &[
            (
                &["echo", "--n", "3", "--xs", "[1, 2.5]", "--d", "{\"a\": 1}"],
                0,
                "(3, [1.0, 2.5], {'a': 1}, 'hi', None, (1, 'a'), True)\n",
                "",
            ),
            (
                &["echo", "3", "[]", "{}", "--s=a b", "--o", "4", "--t", "(2, 'b')", "--b", "false"],
                0,
                "(3, [], {}, 'a b', 4, (2, 'b'), False)\n",
                "",
            ),
            (&["pair", "2"], 0, "Pair(count=2, data=tensor([0, 1]))\n", ""),
            (&["zeros", "float64", "cpu"], 0, "tensor([0., 0.], dtype=torch.float64)\n", ""),
            (&["dynamic", "3", "[1, 'a']", "1+2j"], 0, "(3, [1, 'a'], (2+4j))\n", ""),
            (&["forward", "--x", "[1, 1.5, 2]"], 0, "tensor([1., 3., 6.])\n", ""),
            (&["scale", "[[1, 2, 3]]"], 0, "tensor([[1., 4., 9.]])\n", ""),
            (&["total", "c.npz"], 0, "1810.0\n", ""),
            (&["scale.forward", "c.npz:y"], 0, "tensor([[ 0.,  2.,  6.],\n        [ 3.,  8., 15.]], dtype=torch.float64)\n", ""),
            (&["pair", "2", "-o", "p.json"], 0, "", ""),
            (&["pair", "3", "-o", "p.npz"], 0, "", ""),
            (&["total", "p.npz"], 0, "6.0\n", ""),
            (&["pair", "3", "-o", "p.safetensors"], 0, "", ""),
            (&["total", "p.safetensors"], 0, "6.0\n", ""),
            (&["forward", "[1, 1, 1]", "-o", "y.npy"], 0, "", ""),
            (&["forward", "y.npy"], 0, "tensor([1., 4., 9.])\n", ""),
        ],
    );
    assert_eq!(std::fs::read_to_string(dir.path().join("p.json")).unwrap(), "{\"count\": 2, \"data\": [0, 1]}\n");
}

#[test]
fn wrong_command_lines_and_files_are_told() {
    let dir = TempDir::new().unwrap();
    let exe = build(&dir, "model");
    std::fs::write(dir.path().join("bad.npy"), b"\x93NUMPY\x01\x00").unwrap();
    std::fs::write(dir.path().join("bad.json"), "[1, 2").unwrap();
    let try_help = "\n\nTry 'model --help'.\n";
    let usage = |s: &str| format!("error: {s}{try_help}");
    let cases: Vec<(Vec<&str>, i32, String)> = vec![
        (
            vec!["nope"],
            2,
            usage("there is no method 'nope'; there is echo, pair, zeros, dynamic, total, scale.forward, scale.fail"),
        ),
        (vec!["pair"], 2, usage("pair needs --n: int")),
        (vec!["pair", "--m", "3"], 2, usage("pair has no argument --m; it has --n")),
        (vec!["pair", "--n"], 2, usage("--n needs a value: int")),
        (vec!["pair", "1", "2"], 2, usage("pair takes 1 arguments, '2' is one more")),
        (vec!["pair", "1", "--n", "2"], 2, usage("--n is given twice")),
        (vec!["pair", "x"], 1, "error: --n: expected a value at character 1, found 'x'\n".into()),
        (vec!["pair", "1.5"], 1, "error: --n: expected an integer, found a float\n".into()),
        (vec!["forward", "none.npy"], 1, "error: --x: cannot read 'none.npy': No such file or directory\n".into()),
        (vec!["forward", "bad.npy"], 1, "error: --x: bad.npy: the .npy file is cut off\n".into()),
        (vec!["forward", "bad.json"], 1, "error: --x: bad.json: expected ']' at character 6, found the end of the text\n".into()),
        (
            vec!["pair", "1", "-o", "x.y"],
            1,
            "error: cannot write 'x.y': name it .npy, .npz, .safetensors, .json or .txt\n".into(),
        ),
    ];
    for (words, want, stderr) in &cases {
        runs(&exe, dir.path(), &[(words, *want, "", stderr)]);
    }
    let out = Command::new(&exe).args(["fail", "[1]"]).output().unwrap();
    assert_eq!(status(&out), 1);
    assert!(text(&out.stderr).ends_with("ValueError: not today\n"), "{}", text(&out.stderr));
}

#[test]
fn help_lists_methods_and_types() {
    let dir = TempDir::new().unwrap();
    let exe = build(&dir, "model");
    let help = text(&Command::new(&exe).arg("--help").output().unwrap().stdout);
    assert!(help.contains("  scale.forward(x: Tensor) -> Tensor\n"), "{help}");
    let help = text(&Command::new(&exe).args(["echo", "--help"]).output().unwrap().stdout);
    assert!(help.starts_with("Usage: model echo --n VALUE --xs VALUE --d VALUE [--s VALUE]"), "{help}");
    assert!(help.contains("  --o  Optional[int] (default: None)\n"), "{help}");
}

#[test]
fn a_file_without_a_program_is_told() {
    let dir = TempDir::new().unwrap();
    let source = dir.path().join("nothing.py");
    std::fs::write(&source, "x = 1\n").unwrap();
    let out =
        Command::new(env!("CARGO_BIN_EXE_tsaot")).arg("build").arg(&source).arg("-o").arg(dir.path().join("x")).output().unwrap();
    assert_eq!(status(&out), 1);
    assert!(text(&out.stderr).contains("has no program and exports nothing"), "{}", text(&out.stderr));
}
