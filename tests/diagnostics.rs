//! What a user is told, whole: messages, places and exit statuses of the command line.

use std::path::Path;
use std::process::Command;

/// Runs tsaot in tests/diagnostics; the exit status and standard error.
fn tsaot(words: &[&str]) -> (i32, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let out = Command::new(env!("CARGO_BIN_EXE_tsaot")).args(words).current_dir(folder).output().expect("tsaot starts");
    (out.status.code().expect("no signal"), String::from_utf8_lossy(&out.stderr).into_owned())
}

fn fails_with(words: &[&str], expected: &str) {
    assert_eq!(tsaot(words), (1, expected.to_owned()), "{words:?}");
}

#[test]
fn all_problems_of_a_file_are_reported() {
    let expected = r#"error[name]: undefined value contants
 --> several.py:6:16
  |
6 |     return x + contants
  |                ^^^^^^^^

error[type]: Return value was annotated as having type str but is actually of type int
  --> several.py:11:5
   |
10 | def wrong(x: int) -> str:
   |                      --- annotated here
11 |     return x
   |     ^^^^^^^^

error[unsupported]: try blocks aren't supported
  --> several.py:16:5
   |
16 | /     try:
17 | |         return x
18 | |     except ValueError:
19 | |         return 0
   | |________________^
   |
   = help: test for the condition before the operation; whoever calls the compiled code can catch its exceptions

error[name]: 'Tensor' object has no attribute or method 'foo'
  --> several.py:24:48
   |
24 |     return torch.zeros(n, dtype=torch.float32)[n.foo]
   |                                                ^^^^^

error[overload]: relu(Tensor, int, str): Expected at most 1 arguments but found 3 positional arguments
  --> several.py:29:12
   |
29 |     return torch.relu(x, 3, "a")
   |            ^^^^^^^^^^^-^^-^^---^
   |                       |  |  |
   |                       |  |  str
   |                       |  int
   |                       Tensor
   |
   = help: aten::relu(Tensor self) -> Tensor: Expected at most 1 arguments but found 3 positional arguments

5 errors
"#;
    fails_with(&["check", "several.py"], expected);
    fails_with(&["build", "several.py", "-o", "/tmp/libnothing.so"], expected);
}

/// Every program of `pages` is refused with the messages in the text beside it; `TSAOT_BLESS=1` writes them.
#[test]
fn pages_of_problems() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics/pages");
    let mut wrong = vec![];
    let mut pages: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    pages.sort();
    for page in pages.iter().filter(|p| p.extension().is_some_and(|e| e == "py")) {
        let shown = format!("pages/{}", page.file_name().unwrap().to_string_lossy());
        let (status, told) = tsaot(&["check", &shown]);
        assert_eq!(status, 1, "{shown}: {told}");
        let expected = page.with_extension("txt");
        if std::env::var_os("TSAOT_BLESS").is_some() {
            std::fs::write(&expected, &told).unwrap();
        } else if std::fs::read_to_string(&expected).unwrap_or_default() != told {
            wrong.push(format!("{shown}:\n{told}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_cannot_be_read_is_told() {
    let syntax = "error[syntax]: invalid syntax: unexpected ':'\n --> syntax.py:2:7\n  |\n2 | def f(:\n  |       ^\n\n1 error\n";
    fails_with(&["check", "syntax.py"], syntax);
    let binary = "error[input]: binary.py, line 2: the file is not UTF-8 text\n |\n = help: save it as UTF-8, or declare its encoding in the \
                  first line: # -*- coding: latin-1 -*-\n\n1 error\n";
    fails_with(&["check", "binary.py"], binary);
    let missing = "error[input]: cannot read nowhere.py: No such file or directory (os error 2)\n\n1 error\n";
    fails_with(&["check", "nowhere.py"], missing);
    fails_with(&["check", "."], "error[input]: cannot read .: Is a directory (os error 21)\n\n1 error\n");
}

#[test]
fn what_cannot_be_written_is_told() {
    let expected = "error[output]: cannot write `none/libx.so`: there is no folder `none`\n |\n = help: make it first: mkdir -p none\n\n1 error\n";
    fails_with(&["build", "good.py", "-o", "none/libx.so"], expected);
}

/// The Python binding has the library's name, which may be the source's.
#[test]
fn the_source_is_not_overwritten() {
    let dir = tempfile::tempdir().unwrap();
    let text = "import torch\n\n@torch.jit.script\ndef f(x: int) -> int:\n    return x\n";
    let source = dir.path().join("model.py");
    std::fs::write(&source, text).unwrap();
    let (path, output) = (source.display().to_string(), dir.path().join("libmodel.so").display().to_string());
    let expected = format!(
        "error[output]: `{path}` is the source: it would be overwritten\n |\n = help: name the output differently, or put it into another \
         folder\n\n1 error\n"
    );
    fails_with(&["build", &path, "-o", &output, "--bindings", "python"], &expected);
    fails_with(&["build", &path, "-o", &path], &expected);
    assert_eq!(std::fs::read_to_string(&source).unwrap(), text);
    assert_eq!(tsaot(&["build", &path, "-o", &output]), (0, String::new()));
}

#[test]
fn inputs_that_fit_nothing_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let output = dir.path().join("libx.so").display().to_string();
    let wrong = "error[type]: `--input f.x=f32[1]`: the parameter is no tensor: f.x: int\n --> good.py:4:1\n";
    let (status, stderr) = tsaot(&["build", "good.py", "-o", &output, "--input", "f.x=f32[1]"]);
    assert_eq!((status, stderr.starts_with(wrong)), (1, true), "{stderr}");
    let none =
        "error[name]: `--input y=f32[1]`: nothing exported has this parameter\n |\n = help: there is f.x: int\n\n1 error\n";
    fails_with(&["build", "good.py", "-o", &output, "--input", "y=f32[1]"], none);
}

#[test]
fn a_shape_error_at_run_time_has_the_python_stack() {
    let dir = tempfile::tempdir().unwrap();
    let exe = dir.path().join("shape");
    assert_eq!(tsaot(&["build", "shape.py", "-o", &exe.display().to_string()]), (0, String::new()));
    let out = Command::new(exe).output().unwrap();
    let expected = "\
Traceback (most recent call last):
  File \"shape.py\", line 14, in <module>
    main()
  File \"shape.py\", line 10, in main
    print(product(torch.ones(2, 3), torch.ones(2, 3)))
  File \"shape.py\", line 6, in product
    return torch.mm(a, b)
RuntimeError: mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)
";
    assert_eq!((out.status.code(), String::from_utf8_lossy(&out.stderr).as_ref()), (Some(1), expected));
}

#[test]
fn a_wrong_command_line_has_status_2() {
    let usage: [&[&str]; 4] =
        [&["frobnicate"], &["build", "good.py"], &["check"], &["build", "good.py", "-o", "x.so", "--input", "x"]];
    for words in usage {
        assert_eq!(tsaot(words).0, 2, "{words:?}");
    }
}

#[test]
fn functions_are_timed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics");
    let out = Command::new(env!("CARGO_BIN_EXE_tsaot"))
        .args(["bench", "good.py", "--input", "f.x=3", "--json", "--time", "0.01"])
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(text.starts_with("{\"method\": \"f\", \"load_us\": ") && text.contains("\"p50_us\": "), "{text}");
    let (status, stderr) = tsaot(&["bench", "good.py"]);
    assert_eq!(status, 1);
    assert!(stderr.contains("the input 'x' of f is not known") && stderr.contains("--input 'f.x=VALUE'"), "{stderr}");
}
