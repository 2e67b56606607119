//! The pipeline, from a source file to an artifact, read top to bottom.
//!
//! `evaluate` runs the file's top level and compiles what it scripts; what follows works on the [`Program`] that comes out.
//! Together with [`crate::artifact`] this is the only room that touches files and the terminal.

mod archive;
mod bench;
mod build;
mod cargo;
mod convert;
mod examples;
mod host;
pub mod inputs;
mod library;
mod progress;
mod restore;
mod run;
mod special;
mod trace;

pub use archive::extra_files;
pub use bench::{BenchOptions, Measured, bench, table};
pub use build::{BuildOptions, build};
pub use cargo::Build;
pub use host::Host;
pub use progress::Progress;
pub use run::run;

use crate::diag::{Code, Diagnostic, Problems, SourceMap, render::render};
use crate::eval::{Files, Interp, Options, exports};
use crate::graph::{FunctionId, Program, code, print};
use crate::syntax;
use inputs::Exported;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::rc::Rc;

/// Stack of the thread that works: programs nest deeply, and Python allows a thousand calls.
const STACK: usize = 1 << 30;

/// What came of a source file.
pub struct Evaluated {
    pub program: Program,
    pub sources: SourceMap,
    pub diagnostics: Vec<Diagnostic>,
}

/// Files and the terminal, for programs that run at build time.
struct World {
    /// What the program prints goes to stderr, because stdout carries our own output.
    prints_to_stderr: bool,
}

impl Files for World {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        std::fs::read(path).ok()
    }
    fn print(&self, text: &str, stderr: bool) {
        // A closed pipe is no reason to fail.
        let _ = if stderr || self.prints_to_stderr {
            std::io::stderr().write_all(text.as_bytes())
        } else {
            std::io::stdout().write_all(text.as_bytes())
        };
    }
    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), String> {
        std::fs::write(path, bytes).map_err(|e| format!("{path}: {e}"))
    }
    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }
}

/// Runs `work` on a thread with a large stack and gives its result; `None` when the thread cannot be started or panicked.
pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("tsaot".into()).stack_size(STACK).spawn_scoped(scope, work);
        thread.ok().and_then(|t| t.join().ok())
    })
}

/// Reads a Python source file into the source map.
fn read_source(path: &Path, sources: &mut SourceMap) -> crate::diag::Result<crate::diag::FileId> {
    let shown = path.display().to_string();
    let bytes =
        std::fs::read(path).map_err(|e| Box::new(Diagnostic::new(Code::Input, None, format!("cannot read {shown}: {e}"))))?;
    let text = syntax::decode(&bytes, &shown)?;
    Ok(sources.add(path, text))
}

/// Runs the top level of a Python file and compiles what it scripts, or compiles a TorchScript archive. Problems do not stop at the
/// first failed function.
pub fn evaluate(path: &Path) -> Evaluated {
    evaluate_with(path, false)
}

/// [`evaluate`]; with `main`, the file's program is compiled, too.
fn evaluate_with(path: &Path, main: bool) -> Evaluated {
    if archive::is_archive(path) {
        return archive::evaluate(path);
    }
    let mut sources = SourceMap::default();
    let file = match read_source(path, &mut sources) {
        Ok(f) => f,
        Err(d) => return Evaluated { program: Program::default(), sources, diagnostics: vec![*d] },
    };
    let directory = path.parent().map(|p| p.display().to_string()).unwrap_or_default();
    let options = Options { directory, argv: vec![path.display().to_string()], ..Options::default() };
    let interp = Interp::new(sources, Box::new(World { prints_to_stderr: true }), options);
    let host = Host::install(&interp, true);
    let run = interp.run_main(file);
    let found = match &run {
        Ok(module) => {
            if main {
                host.program(&interp, file, module);
            }
            exports(&interp, module)
        }
        Err(_) => vec![],
    };
    let (program, mut problems) = host.finish(&interp, found);
    if let Err(raise) = &run {
        problems.push(interp.diagnose(raise));
    }
    finish(&interp, program, problems)
}

fn finish(interp: &Rc<Interp>, program: Program, problems: Problems) -> Evaluated {
    let sources = interp.sources.borrow().clone();
    Evaluated { program, sources, diagnostics: problems.sorted() }
}

/// Prints diagnostics to stderr; says whether there were none.
pub fn report(diagnostics: &[Diagnostic], sources: &SourceMap) -> bool {
    let color = std::io::stderr().is_terminal();
    for d in diagnostics {
        eprintln!("{}\n", render(d, sources, color));
    }
    if !diagnostics.is_empty() {
        let s = if diagnostics.len() == 1 { "" } else { "s" };
        eprintln!("{} error{s}", diagnostics.len());
    }
    diagnostics.is_empty()
}

/// What `tsaot show` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// Python, as PyTorch's `.code`.
    Code,
    /// The plans of the special tier.
    Kernels,
    /// The graph, as PyTorch's `.graph`.
    Graph,
    /// LLVM's text of a library.
    Llvm,
    /// Assembly of a library.
    Assembly,
}

/// Writes a command's result to standard output; says whether it could be written. A closed pipe is no failure.
pub fn print(text: impl AsRef<[u8]>) -> bool {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_ref()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => {
            eprintln!("error: cannot write the output: {e}");
            false
        }
        _ => true,
    }
}

/// What the exported functions, or those that `method` names (`name`, `name.method` or just the method), compile to.
pub fn show(e: &Evaluated, view: View, method: Option<&str>, options: &BuildOptions) -> Result<String, Vec<Diagnostic>> {
    let all: Vec<(String, Exported)> = inputs::exported(&e.program)
        .into_iter()
        .map(|x| (x.method.map_or(x.export.to_owned(), |m| format!("{}.{m}", x.export)), x))
        .collect();
    let wanted = |name: &str, x: &Exported| method.is_none_or(|m| name == m || x.export == m || x.method == Some(m));
    let picked: Vec<&(String, Exported)> = all.iter().filter(|(n, x)| wanted(n, x)).collect();
    if picked.is_empty() {
        let names: Vec<&str> = all.iter().map(|(n, _)| n.as_str()).collect();
        let message = match method {
            Some(m) => format!("nothing exported is called '{m}'"),
            None => "the source exports nothing".to_owned(),
        };
        let d = Diagnostic::new(Code::Name, None, message);
        return Err(vec![match names.as_slice() {
            [] => d.help("bind a scripted function or module to a name at the top level: m = torch.jit.script(MyModule())"),
            _ => d.help(format!("there is {}", names.join(", "))),
        }]);
    }
    if matches!(view, View::Llvm | View::Assembly | View::Kernels) {
        let functions: Vec<FunctionId> = picked.iter().map(|(_, x)| x.function).collect();
        return build::text(e, &functions, view, options);
    }
    let mut out = String::new();
    for (name, x) in &picked {
        let function = e.program.function(x.function);
        if picked.len() > 1 {
            out += &format!("# {name}\n");
        }
        match view {
            View::Code => match code::function(function, &e.program) {
                Ok(text) => out += &text,
                Err(why) => {
                    let message = format!("'{name}' cannot be printed: {why}");
                    return Err(vec![Diagnostic::new(Code::Internal, function.span, message)]);
                }
            },
            _ => out += &print::graph(&function.graph, &e.program, &e.sources),
        }
        if picked.len() > 1 {
            out += "\n";
        }
    }
    Ok(out)
}
