//! TorchScript archives as sources: the module is exported under the name of the file.

use super::Evaluated;
use crate::archive::program::Archive;
use crate::diag::{Code, Diagnostic, Problems, SourceMap};
use crate::graph::{Export, Program};
use crate::passes::pipeline;
use crate::script::{Compiler, serialized};
use std::io::Read;
use std::path::Path;

/// Whether a file is a zip archive; anything else is read as Python.
pub fn is_zip(path: &Path) -> bool {
    let mut head = [0; 4];
    std::fs::File::open(path).is_ok_and(|mut f| f.read_exact(&mut head).is_ok()) && head == *b"PK\x03\x04"
}

/// A fault of the whole file.
fn unreadable(path: &Path, why: &str) -> Diagnostic {
    Diagnostic::new(Code::Input, None, format!("cannot read the archive `{}`: {why}", path.display()))
}

/// Compiles the module of an archive.
pub fn evaluate(path: &Path) -> Evaluated {
    let mut sources = SourceMap::default();
    let archive = match Archive::open(path) {
        Ok(a) => a,
        Err(why) => {
            return Evaluated { program: Program::default(), sources, diagnostics: vec![unreadable(path, &why)] };
        }
    };
    let code = serialized::sources(&archive, path, &mut sources);
    let mut c = Compiler::default();
    c.sources = sources;
    c.cleanup = Some(pipeline::cleanup);
    let mut problems = Problems::default();
    match serialized::load(&code, &mut c, &archive) {
        Ok(loaded) => {
            let methods = serialized::compile(&mut c, loaded);
            c.program.exports.push(Export::Module { name: name(path), object: loaded.object, methods });
        }
        Err(d) => c.report(d),
    }
    for d in std::mem::take(&mut c.problems).sorted() {
        problems.push(d);
    }
    Evaluated { program: c.program, sources: c.sources, diagnostics: problems.sorted() }
}

/// The name of a file's module: its stem as an identifier.
fn name(path: &Path) -> String {
    let stem = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
    let mut name: String = stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') {
        name.insert(0, '_');
    }
    name
}
