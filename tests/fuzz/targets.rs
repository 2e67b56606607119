//! What mutants are fed to. A target returns the internal errors among the diagnostics.

use super::corpus::{Case, archives};
use std::io::{Cursor, Read, Write};
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use tsaot::archive::container::{Bytes, Container};
use tsaot::archive::program::Archive;
use tsaot::archive::saved::{Saved, state_dict};
use tsaot::diag::{Code, Diagnostic, SourceMap, render::render};
use tsaot::driver::{Host, evaluate};
use tsaot::eval::{Files, Interp, Options, exports};
use tsaot::syntax;
use zip::write::SimpleFileOptions;

pub type Outcome = Result<(), String>;

/// A world without files.
struct Nothing;

impl Files for Nothing {
    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
    fn print(&self, _: &str, _: bool) {}
}

/// Steps of the top level that a mutant may take.
const PATIENCE: u64 = 200_000;

pub fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    tsaot::driver::on_large_stack(work).expect("no panic")
}

/// Every diagnostic can be drawn; internal ones are faults of the compiler.
fn judge(diagnostics: &[Diagnostic], sources: &SourceMap) -> Outcome {
    let mut faults = vec![];
    for d in diagnostics {
        let drawn = render(d, sources, false);
        if d.code == Code::Internal {
            faults.push(drawn);
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

pub fn front_end(bytes: &[u8], _: &[Case]) -> Outcome {
    let text = match syntax::decode(bytes, "mutant.py") {
        Ok(t) => t,
        Err(d) => return judge(&[*d], &SourceMap::default()),
    };
    let mut sources = SourceMap::default();
    let file = sources.add("mutant.py", text);
    let options = Options { patience: Some(PATIENCE), ..Options::default() };
    let interp = Interp::new(sources, Box::new(Nothing), options);
    let host = Host::install(&interp, true);
    let run = interp.run_main(file);
    let found = match &run {
        Ok(module) => {
            host.program(&interp, file, module);
            exports(&interp, module)
        }
        Err(_) => vec![],
    };
    let (_, mut problems) = host.finish(&interp, found);
    if let Err(raise) = &run {
        problems.push(interp.diagnose(raise));
    }
    let sources = interp.sources.borrow().clone();
    judge(&problems.sorted(), &sources)
}

pub fn zip(bytes: &[u8], _: &[Case]) -> Outcome {
    let bytes = Arc::new(Bytes::Owned(bytes.to_vec()));
    if let Ok(c) = Container::open(bytes.clone()) {
        for name in c.names().to_vec() {
            let _ = c.read(&name);
        }
    }
    if let Ok(a) = Archive::read(bytes.clone()) {
        let _ = a.extra_files();
    }
    if let Ok(s) = Saved::read(bytes) {
        let _ = state_dict(&s);
    }
    Ok(())
}

fn scratch() -> PathBuf {
    static FOLDER: OnceLock<tempfile::TempDir> = OnceLock::new();
    FOLDER.get_or_init(|| tempfile::tempdir().expect("a folder")).path().join("mutant.pt")
}

/// The archive with an entry replaced.
fn with_entry(archive: &[u8], name: &str, new: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipArchive::new(Cursor::new(archive)).expect("a zip archive");
    let mut out = zip::ZipWriter::new(Cursor::new(vec![]));
    let stored = SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for i in 0..zip.len() {
        let mut entry = zip.by_index(i).expect("an entry");
        let mut bytes = vec![];
        entry.read_to_end(&mut bytes).expect("its bytes");
        let this = String::from_utf8_lossy(entry.name_raw()).into_owned();
        out.start_file(this.as_str(), stored).expect("memory");
        out.write_all(if this == name { new } else { &bytes }).expect("memory");
    }
    out.finish().expect("memory").into_inner()
}

fn archive(bytes: &[u8]) -> Outcome {
    let path = scratch();
    std::fs::write(&path, bytes).expect("a scratch file");
    if let Ok(s) = Saved::open(&path) {
        let _ = state_dict(&s);
    }
    let e = evaluate(&path);
    judge(&e.diagnostics, &e.sources)
}

/// The mutant in the place of the entry that it was made of: `of` is that case alone.
pub fn pickle(bytes: &[u8], of: &[Case]) -> Outcome {
    let all = |_: &str, _: &str| true;
    let _ = tsaot::archive::pickle::read(bytes, &all);
    code(bytes, of)
}

pub fn code(bytes: &[u8], of: &[Case]) -> Outcome {
    let Some((name, _)) = of.first() else { return Ok(()) };
    match name.split_once('!') {
        Some((path, entry)) => {
            static ALL: OnceLock<Vec<Case>> = OnceLock::new();
            let all = ALL.get_or_init(archives);
            let whole = all.iter().find(|c| c.0 == path).expect("its archive");
            archive(&with_entry(&whole.1, entry, bytes))
        }
        None => archive(bytes),
    }
}
