//! `tsaot build`: from a source file to an artifact and what stands beside it.

use super::special::specialise;
use super::{Evaluated, Progress, View, evaluate_with, inputs};
use crate::archive;
use crate::artifact::link::{self, Kind};
use crate::artifact::{cpp, header, object, python, rust};
use crate::codegen;
use crate::diag::{Code, Diagnostic, SourceMap};
use crate::graph::{Export, FunctionId, Program};
use crate::interface::Interface;
use crate::passes::pipeline::{self, Switches};
use crate::script::program::nothing_to_run;
use crate::types::Input;
use std::path::{Path, PathBuf};

/// What the command line of `build` says beyond source and output.
#[derive(Clone, Debug, Default)]
pub struct BuildOptions {
    pub emit: Option<String>,
    pub python: bool,
    pub cpp: bool,
    pub rust: bool,
    pub weights: Option<PathBuf>,
    pub prefix: String,
    pub cpu: String,
    pub target: Option<String>,
    pub level: u8,
    pub debug: bool,
    /// What is known of inputs (`--input`).
    pub inputs: Vec<Input>,
    pub threads: Option<u16>,
    pub verbose: bool,
}

/// `tsaot build`. Nothing is written unless all is well; the problems come with the sources they point into.
pub fn build(source: &Path, output: &Path, options: &BuildOptions) -> Result<(), (Vec<Diagnostic>, SourceMap)> {
    let plain = |d: Diagnostic| (vec![d], SourceMap::default());
    let kind = kind(output, options).map_err(plain)?;
    let folder = output.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        let message = format!("cannot write `{}`: there is no folder `{}`", output.display(), folder.display());
        return Err(plain(
            Diagnostic::new(Code::Output, None, message).help(format!("make it first: mkdir -p {}", folder.display())),
        ));
    }
    let stem = link::stem(output);
    let written = [output.to_path_buf(), folder.join(format!("{stem}.h")), folder.join(format!("{stem}.hpp"))];
    let binding = options.python.then(|| folder.join(format!("{stem}.py")));
    let is_source = |p: &PathBuf| matches!((p.canonicalize(), source.canonicalize()), (Ok(a), Ok(b)) if a == b);
    if let Some(path) = written.into_iter().chain(binding).find(is_source) {
        let d = Diagnostic::new(Code::Output, None, format!("`{}` is the source: it would be overwritten", path.display()));
        return Err(plain(d.help("name the output differently, or put it into another folder")));
    }
    let mut progress = Progress::new(options.verbose);
    progress.step(format!("evaluating {}", source.display()));
    let e = evaluate_with(source, kind == Kind::Executable);
    progress.end();
    if !e.diagnostics.is_empty() {
        return Err((e.diagnostics, e.sources));
    }
    let Evaluated { mut program, mut sources, .. } = e;
    let problems = super::library::provide(&mut program, &mut sources);
    if !problems.is_empty() {
        return Err((problems, sources));
    }
    make(program, &sources, source, kind, output, options, &mut progress).map_err(|problems| (problems, sources))
}

/// Kernels, LLVM's text or the assembly of what a library would hold of these exported functions.
pub(super) fn text(
    e: &Evaluated,
    functions: &[FunctionId],
    view: View,
    options: &BuildOptions,
) -> Result<String, Vec<Diagnostic>> {
    let mut program = e.program.clone();
    load_weights(&program, options)?;
    program.exports.retain_mut(|export| match export {
        Export::Function { function, .. } => functions.contains(function),
        Export::Module { methods, .. } => {
            methods.retain(|f| functions.contains(f));
            !methods.is_empty()
        }
        Export::Class { class, .. } => e.program.class(*class).methods.iter().any(|(_, f)| functions.contains(f)),
    });
    let problems = inputs::check(&program, &options.inputs);
    if !problems.is_empty() {
        return Err(problems);
    }
    let mut sources = e.sources.clone();
    let problems = super::library::provide(&mut program, &mut sources);
    if !problems.is_empty() {
        return Err(problems);
    }
    pipeline::optimize(&mut program, &mut Switches::from_environment());
    let interface = Interface::new(&program, &sources, "program", &options.prefix)?;
    let plans = specialise(&mut program, &sources, options, &mut Progress::new(options.verbose)).plans;
    let what = match view {
        View::Assembly => codegen::Text::Assembly,
        View::Kernels => return Ok(plans.iter().map(|p| format!("{p}\n")).collect()),
        _ => codegen::Text::Llvm,
    };
    codegen::library_text(&program, &sources, &interface, &plans, &target(options), what)
}

/// A library for measuring, whose exports stand in a table; their names in its order.
pub(super) fn bench_library(
    program: &mut Program,
    sources: &SourceMap,
    output: &Path,
    options: &BuildOptions,
    progress: &mut Progress,
) -> Result<Vec<String>, Vec<Diagnostic>> {
    load_weights(program, options)?;
    let mut sources = sources.clone();
    let mut problems = inputs::check(program, &options.inputs);
    problems.extend(super::library::provide(program, &mut sources));
    if !problems.is_empty() {
        return Err(problems);
    }
    progress.step("optimising");
    pipeline::optimize(program, &mut Switches::from_environment());
    let interface = Interface::new(program, &sources, "bench", &options.prefix)?;
    let plans = specialise(program, &sources, options, progress).plans;
    progress.step("making code");
    let compiled = codegen::bench(program, &sources, &interface, &plans, &target(options))?;
    progress.step("linking");
    let exports = [codegen::TABLE, "ts_bench_run", "ts_last_error"].map(String::from);
    link_compiled(&compiled, "bench", Kind::Shared, &exports, output, options)?;
    Ok(interface.table_names())
}

/// Links what code generation made into `output`.
fn link_compiled(
    compiled: &codegen::Compiled,
    stem: &str,
    kind: Kind,
    exports: &[String],
    output: &Path,
    options: &BuildOptions,
) -> Result<(), Vec<Diagnostic>> {
    let one = |d: Diagnostic| vec![d];
    let dir = tempfile::tempdir().map_err(|e| one(unwritable(output, &e)))?;
    let object = dir.path().join(format!("{stem}.o"));
    let weights = dir.path().join(format!("{stem}.weights.o"));
    write(&object, &compiled.object).map_err(one)?;
    let w = &compiled.weights;
    let pieces: Vec<object::Piece> = (0..w.len())
        .map(|k| object::Piece {
            symbol: codegen::Weights::symbol(k),
            size: w.size(k),
            write: Box::new(move |out| w.write(k, out)),
        })
        .collect();
    object::write(&weights, &pieces, w.is_far(), &compiled.triple).map_err(|d| one(*d))?;
    link::link(kind, &[object, weights], exports, output, options.debug).map_err(|d| one(*d))
}

fn load_weights(program: &Program, options: &BuildOptions) -> Result<(), Vec<Diagnostic>> {
    let Some(path) = &options.weights else { return Ok(()) };
    let state = archive::checkpoint::read(path).map_err(|d| vec![*d])?;
    let problems = archive::apply::apply(program, &state, path);
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

fn target(options: &BuildOptions) -> codegen::Options {
    codegen::Options {
        cpu: options.cpu.clone(),
        triple: options.target.clone(),
        level: options.level,
        threads: options.threads.unwrap_or(1),
    }
}

fn kind(output: &Path, options: &BuildOptions) -> Result<Kind, Diagnostic> {
    Ok(match options.emit.as_deref() {
        None => Kind::of(output),
        Some("so") => Kind::Shared,
        Some("a") => Kind::Static,
        Some("o") => Kind::Object,
        Some("exe") => Kind::Executable,
        Some(other) => {
            let d = Diagnostic::new(Code::Output, None, format!("`--emit {other}` is no kind of output"));
            return Err(d.help("use so, a, o or exe"));
        }
    })
}

fn make(
    mut program: Program,
    sources: &SourceMap,
    source: &Path,
    kind: Kind,
    output: &Path,
    options: &BuildOptions,
    progress: &mut Progress,
) -> Result<(), Vec<Diagnostic>> {
    let one = |d: Diagnostic| vec![d];
    load_weights(&program, options)?;
    if kind == Kind::Executable && program.exports.is_empty() && program.main.is_none() {
        return Err(one(nothing_to_run(&source.display().to_string())));
    }
    if kind != Kind::Executable && program.exports.is_empty() {
        let d =
            Diagnostic::new(Code::Name, None, format!("`{}` scripts nothing, so there is nothing to export", source.display()));
        return Err(one(
            d.help("decorate a function with @torch.jit.script, or bind m = torch.jit.script(MyModule()) at top level")
        ));
    }
    let problems = inputs::check(&program, &options.inputs);
    if !problems.is_empty() {
        return Err(problems);
    }
    progress.step("optimising");
    pipeline::optimize(&mut program, &mut Switches::from_environment());
    let stem = link::stem(output);
    if program.main.is_some() {
        // A program's own main calls what it needs; nobody else does.
        program.exports.clear();
    }
    let interface = Interface::new(&program, sources, &stem, &options.prefix)?;
    let plans = specialise(&mut program, sources, options, progress).plans;
    progress.step("making code");
    let make = if kind == Kind::Executable { codegen::executable } else { codegen::library };
    let compiled = make(&program, sources, &interface, &plans, &target(options))?;
    progress.step(format!("linking {}", output.display()));
    link_compiled(&compiled, &stem, kind, &interface.exported_symbols(), output, options)?;
    let folder = output.parent().unwrap_or(Path::new(""));
    if kind != Kind::Executable {
        write(&folder.join(format!("{stem}.h")), header::header(&interface).as_bytes()).map_err(one)?;
    }
    if options.cpp && kind != Kind::Executable {
        write(&folder.join(format!("{stem}.hpp")), cpp::cpp(&interface).as_bytes()).map_err(one)?;
    }
    if options.rust && kind != Kind::Executable {
        write(&folder.join(format!("{stem}.rs")), rust::rust(&interface).as_bytes()).map_err(one)?;
    }
    if options.python && kind != Kind::Executable {
        let library = output.file_name().map_or(String::new(), |n| n.to_string_lossy().into_owned());
        write(&folder.join(format!("{stem}.py")), python::python(&interface, &library).as_bytes()).map_err(one)?;
    }
    Ok(())
}

fn unwritable(path: &Path, why: &dyn std::fmt::Display) -> Diagnostic {
    Diagnostic::new(Code::Output, None, format!("cannot write `{}`: {why}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Diagnostic> {
    std::fs::write(path, bytes).map_err(|e| unwritable(path, &e))
}
