//! Programs run by the evaluator: `tests/filetests/eval/*.py` print what `*.out` beside them says, as recorded from CPython and PyTorch
//! by `record.py` there. `TSAOT_EVAL=file.py` runs one file and prints everything.

use std::{cell::RefCell, collections::BTreeSet, fs, path::Path, rc::Rc};

use tsaot::{
    diag::{SourceMap, render::render},
    eval::{Files, Interp, Options},
    syntax,
};

#[derive(Clone, Default)]
struct Disk {
    out: Rc<RefCell<String>>,
    loud: bool,
}

impl Files for Disk {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(path).ok()
    }
    fn print(&self, text: &str, stderr: bool) {
        if self.loud {
            if stderr { eprint!("{text}") } else { print!("{text}") }
        } else if !stderr {
            self.out.borrow_mut().push_str(text);
        }
    }
}

/// Standard output of a program, and its traceback when it raised.
fn run(path: &Path, loud: bool) -> String {
    let disk = Disk { loud, ..Disk::default() };
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let text = match syntax::decode(&fs::read(path).unwrap(), &name) {
        Ok(t) => t,
        Err(d) => return d.message.clone(),
    };
    let mut sources = SourceMap::default();
    let file = sources.add(&name, text);
    let directory = path.parent().map(|p| p.display().to_string()).unwrap_or_default();
    let options = Options { name: "__main__".into(), argv: vec![name.clone()], directory, ..Options::default() };
    let interp = Interp::new(sources, Box::new(disk.clone()), options);
    let failed = match interp.run_main(file) {
        Ok(_) => String::new(),
        Err(e) if loud => {
            let d = interp.diagnose(&e);
            interp.traceback(&e) + &render(&d, &interp.sources.borrow(), false) + "\n"
        }
        Err(e) => format!("raised {}\n", interp.describe(&e)),
    };
    let out = disk.out.borrow().clone();
    out + &failed
}

/// The evaluator wants a large stack, as the driver gives it.
fn on_large_stack<T: Send + 'static>(f: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new().stack_size(1 << 30).spawn(f).unwrap().join().unwrap()
}

#[test]
fn programs_print_as_in_cpython() {
    let wrong = on_large_stack(|| {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests/eval");
        let mut cases: Vec<_> =
            fs::read_dir(&dir).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "py")).collect();
        cases.sort();
        let mut wrong = Vec::new();
        for case in cases {
            let Ok(expected) = fs::read_to_string(case.with_extension("out")) else { continue };
            let got = run(&case, false);
            if got.contains("is not available at build time yet") {
                println!("{}: {}", case.display(), got.lines().last().unwrap_or_default());
                continue;
            }
            if got != expected {
                let at = got
                    .lines()
                    .zip(expected.lines())
                    .position(|(a, b)| a != b)
                    .unwrap_or(got.lines().count().min(expected.lines().count()));
                wrong.push(format!(
                    "{}, line {}:\n  got      {}\n  expected {}",
                    case.display(),
                    at + 1,
                    got.lines().nth(at).unwrap_or("(end)"),
                    expected.lines().nth(at).unwrap_or("(end)")
                ));
            }
        }
        wrong
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_file() {
    if let Ok(path) = std::env::var("TSAOT_EVAL") {
        let text = on_large_stack(move || run(Path::new(&path), true));
        print!("{text}");
    }
}

#[test]
fn every_library_file_is_listed_and_parses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/library");
    let mut found = BTreeSet::new();
    let mut stack = vec![root.join("python"), root.join("torch")];
    while let Some(dir) = stack.pop() {
        for e in fs::read_dir(dir).into_iter().flatten() {
            let p = e.unwrap().path();
            if p.is_dir() {
                stack.push(p);
            } else if p.extension().is_some_and(|e| e == "py") {
                found.insert(fs::read_to_string(p).unwrap());
            }
        }
    }
    // A file may stand for several modules.
    assert_eq!(found, tsaot::library::all().map(|(_, _, text)| text.to_string()).collect());
    for (_, path, text) in tsaot::library::all() {
        let mut sources = SourceMap::default();
        let file = sources.add(path, text.to_string());
        if let Err(d) = syntax::parse_module(&sources, file) {
            panic!("{}", render(&d, &sources, false));
        }
    }
    let names: Vec<_> = tsaot::library::all().map(|f| f.0).collect();
    assert!(names.is_sorted());
}
