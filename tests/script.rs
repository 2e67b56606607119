//! Function bodies to graphs: every function of `tests/filetests/script/*.py`, compiled with nothing around it but `torch` and its neighbours, against
//! what is recorded beside it. `tests/record_script.py` records `.graph` of PyTorch; `TSAOT_BLESS=1` writes the diagnostics of `error_*.py`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use tsaot::diag::{Result, SourceMap, Span, render::render};
use tsaot::graph::{FunctionId, print};
use tsaot::script::sugared::SugaredObject;
use tsaot::script::{Body, Code, Compiler, Emitter, Resolver, Special, Sugared};
use tsaot::syntax::{FunctionDef, StmtKind, parse_module};
use tsaot::types::Type;

/// `torch`, `torch.jit`, `math`: attributes are operators.
struct Room(&'static str);

impl SugaredObject for Room {
    fn kind(&self) -> String {
        "module".into()
    }
    fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        Ok(match (self.0, name) {
            ("torch", "jit") => Sugared::Other(Rc::new(Room("torch.jit"))),
            ("torch.jit", "annotate") => Sugared::Special(Special::Annotate),
            ("torch.jit", "isinstance") => Sugared::Special(Special::IsInstance),
            ("torch.jit", "fork") => Sugared::Special(Special::Fork),
            ("torch", "float32") => Sugared::Value(em.int(6, span)),
            ("torch", "int64") => Sugared::Value(em.int(4, span)),
            _ => Sugared::Builtin(format!("aten::{name}").into(), None),
        })
    }
}

struct Module {
    functions: HashMap<String, FunctionId>,
}

struct Names(Rc<RefCell<Module>>);

impl Resolver for Names {
    fn value(&self, em: &mut Emitter, name: &str, span: Span) -> Result<Option<Sugared>> {
        let f = self.0.borrow().functions.get(name).copied();
        if let Some(f) = f {
            em.compiler.require(f, span)?;
            return Ok(Some(Sugared::Function(vec![f])));
        }
        Ok(match name {
            "torch" => Some(Sugared::Other(Rc::new(Room("torch")))),
            "math" => Some(Sugared::Other(Rc::new(Room("math")))),
            "RuntimeError" | "ValueError" => Some(Sugared::Exception(format!("builtins.{name}").as_str().into())),
            _ => None,
        })
    }
    fn type_named(&self, _: &mut Compiler, _: &str, _: Span) -> Result<Option<Type>> {
        Ok(None)
    }
    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.0.borrow().functions.keys().cloned().collect();
        names.push("torch".into());
        names
    }
}

/// Graphs of all functions of a file, then all diagnostics.
fn compile(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("the file");
    let mut sources = SourceMap::default();
    let shown = path.file_name().expect("a name").to_string_lossy().into_owned();
    let file = sources.add(&shown, text);
    let tree = parse_module(&sources, file).expect("Python");
    let mut compiler = Compiler::default();
    compiler.sources = sources.clone();
    compiler.cleanup = Some(tsaot::passes::pipeline::cleanup);
    let module = Rc::new(RefCell::new(Module { functions: HashMap::new() }));
    let mut all: Vec<(Arc<FunctionDef>, FunctionId)> = vec![];
    for s in &tree.body {
        if let StmtKind::FunctionDef(d) = &s.kind {
            let body = Body {
                code: Code::Def(d.clone()),
                resolver: Rc::new(Names(module.clone())),
                defaults: vec![],
                types: vec![],
                this: None,
            };
            let id = compiler.declare_later(&format!("__torch__.{}", d.name), None, Some(d.span), body);
            module.borrow_mut().functions.insert(d.name.to_string(), id);
            all.push((d.clone(), id));
        }
    }
    compiler.finish();
    let mut out = String::new();
    for (d, id) in all {
        let f = compiler.program.function(id);
        if !f.poisoned {
            out += &format!("{}:\n{}", d.name, print::graph(&f.graph, &compiler.program, &SourceMap::default()));
        }
    }
    for d in compiler.problems.sorted() {
        out += &render(&d, &sources, false);
        out += "\n";
    }
    out
}

/// Unnamed values numbered in order of appearance: PyTorch's numbers count values that are long gone.
fn renumbered(text: &str) -> String {
    let mut out = String::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for line in text.lines() {
        if line.starts_with("graph(") {
            seen.clear();
        }
        let mut rest = line;
        while let Some(at) = rest.find('%') {
            out += &rest[..=at];
            rest = &rest[at + 1..];
            let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if digits > 0 {
                let n = seen.len();
                out += &seen.entry(rest[..digits].to_owned()).or_insert(n).to_string();
                rest = &rest[digits..];
            }
        }
        out += rest.trim_end();
        out += "\n";
    }
    out
}

fn as_recorded(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests/script");
    let recorded = std::fs::read_to_string(folder.join(format!("{name}.graph"))).expect("the recording");
    let recorded = recorded.split_once('\n').map_or("", |r| r.1);
    let ours = compile(&folder.join(format!("{name}.py")));
    let parts = |text: &str| -> Vec<(String, String)> {
        let text = text.split("\nerror[").next().unwrap_or("");
        let mut out: Vec<(String, String)> = vec![];
        for line in text.lines() {
            match line.strip_suffix(':') {
                Some(name) if !line.starts_with(' ') && !line.contains('(') => out.push((name.to_owned(), String::new())),
                _ => {
                    if let Some(last) = out.last_mut()
                        && !line.is_empty()
                    {
                        last.1 += line;
                        last.1 += "\n";
                    }
                }
            }
        }
        out
    };
    let (want, have) = (parts(recorded), parts(&ours));
    let mut wrong = vec![];
    for (f, text) in &want {
        let text = renumbered(text);
        let found = have.iter().find(|h| h.0 == *f).map_or(String::new(), |h| renumbered(&h.1));
        if text != found {
            wrong.push(format!("{f}\n--- recorded\n{text}--- ours\n{found}"));
        }
    }
    if !wrong.is_empty() {
        let problems: Vec<&str> = ours.lines().skip_while(|l| !l.starts_with("error")).collect();
        panic!("{} of {} differ\n{}\n{}", wrong.len(), want.len(), wrong.join("\n"), problems.join("\n"));
    }
}

#[test]
fn branches() {
    as_recorded("branches");
}

#[test]
fn loops() {
    as_recorded("loops");
}

#[test]
fn expressions() {
    as_recorded("expressions");
}

#[test]
fn diagnostics() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/filetests/script");
    let bless = std::env::var_os("TSAOT_BLESS").is_some();
    for name in ["error_names", "error_types", "error_unsupported"] {
        let ours = compile(&folder.join(format!("{name}.py")));
        let at = ours.find("error[").unwrap_or(ours.len());
        let expected = folder.join(format!("{name}.out"));
        if bless {
            std::fs::write(&expected, &ours[at..]).expect("writing");
        }
        assert_eq!(&ours[at..], std::fs::read_to_string(&expected).expect("the expectation"), "{name}");
    }
}
