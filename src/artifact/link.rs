//! Objects and the runtime become a library, an object or an executable, by the system's C compiler driving its linker.

use crate::diag::{Code, Diagnostic, Result};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The runtime as a static library; see `build.rs`.
const RUNTIME: &[u8] = include_bytes!(env!("TSAOT_RUNTIME"));

/// What a build makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Shared,
    Static,
    Object,
    Executable,
}

impl Kind {
    /// The kind that an output's name says: `libX.so`, `libX.a`, `X.o`, anything else.
    pub fn of(path: &Path) -> Kind {
        match path.extension().and_then(|e| e.to_str()) {
            Some("so" | "dylib") => Kind::Shared,
            Some("a") => Kind::Static,
            Some("o") => Kind::Object,
            _ => Kind::Executable,
        }
    }
}

/// The library's name: the output's without `lib` and suffix.
pub fn stem(path: &Path) -> String {
    let name = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
    name.strip_prefix("lib").filter(|s| !s.is_empty()).unwrap_or(&name).to_owned()
}

/// Symbols that every library defines; in one program all share the first.
const SHARED_SYMBOLS: [&str; 7] =
    ["ts_last_error", "ts_release", "ts_error_slot", "ts_print_to", "ts_print_text", "ts_dlpack_share", "ts_dlpack_share_legacy"];

/// For shared libraries and executables. No build id: GNU ld reads all that it has written into memory to make one.
const FINAL: [&str; 5] =
    ["-static-libgcc", "-Wl,--gc-sections", "-Wl,--no-eh-frame-hdr", "-Wl,-z,noseparate-code", "-Wl,--build-id=none"];

/// Links `objects` with what they need of the runtime into `output`. Only `exports` stay visible. Debug information is kept when `debug`.
pub fn link(kind: Kind, objects: &[PathBuf], exports: &[String], output: &Path, debug: bool) -> Result<()> {
    let dir = tempfile::tempdir().map_err(|e| failed(output, "a temporary folder cannot be made", &e.to_string()))?;
    let write = |name: &str, bytes: &[u8]| -> Result<PathBuf> {
        let path = dir.path().join(name);
        fs::write(&path, bytes).map_err(|e| failed(output, "a temporary file cannot be written", &e.to_string()))?;
        Ok(path)
    };
    let runtime = write("libtsrt.a", RUNTIME)?;
    let mut args: Vec<OsString> = objects.iter().map(|o| o.into()).collect();
    args.push(runtime.into());
    // What the header declares is there, used or not: the linker takes from the runtime only what is asked for.
    args.extend(exports.iter().map(|e| format!("-Wl,-u,{e}").into()));
    let strip = if debug { "-Wl,--strip-debug" } else { "-Wl,--strip-all" };
    match kind {
        Kind::Shared => {
            let script = format!("{{ global: {}; local: *; }};\n", exports.join("; "));
            let script = write("exports.map", script.as_bytes())?;
            args.push("-shared".into());
            args.extend(FINAL.iter().chain(&[strip, "-lm"]).map(OsString::from));
            args.push(format!("-Wl,--version-script={}", script.display()).into());
            cc(output, &args)
        }
        Kind::Executable => {
            args.extend(FINAL.iter().chain(&[strip, "-lm"]).map(OsString::from));
            cc(output, &args)
        }
        Kind::Object | Kind::Static => {
            let whole = dir.path().join("whole.o");
            args.extend(["-r", "-nostdlib", "-Wl,--gc-sections"].map(OsString::from));
            cc(&whole, &args)?;
            let keep = write("exports.txt", exports.join("\n").as_bytes())?;
            let object = if kind == Kind::Object { output.to_path_buf() } else { dir.path().join(format!("{}.o", stem(output))) };
            let mut objcopy = Command::new("objcopy");
            objcopy.arg(format!("--keep-global-symbols={}", keep.display()));
            objcopy.args(SHARED_SYMBOLS.iter().map(|s| format!("--weaken-symbol={s}")));
            objcopy.args(["--strip-debug", "--remove-section=.eh_frame", "--remove-section=.rela.eh_frame"]);
            objcopy.arg(&whole).arg(&object);
            run(output, &mut objcopy)?;
            if kind == Kind::Static {
                let _ = fs::remove_file(output);
                run(output, Command::new("ar").arg("rcsD").arg(output).arg(&object))?;
            }
            Ok(())
        }
    }
}

fn cc(output: &Path, args: &[OsString]) -> Result<()> {
    let compiler = std::env::var_os("CC").unwrap_or("cc".into());
    run(output, Command::new(compiler).arg("-o").arg(output).args(args))
}

fn run(output: &Path, command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let out = command.output().map_err(|e| {
        let mut d = failed(output, &format!("`{program}` cannot be started"), &e.to_string());
        d.help.push(
            "tsaot links with the system's C compiler: install gcc or clang, or name one in the environment variable CC".into(),
        );
        d
    })?;
    if out.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&out.stderr);
    let lines: Vec<&str> = text.lines().take(20).collect();
    Err(failed(output, &format!("`{program}` failed ({})", out.status), &lines.join("\n")))
}

fn failed(output: &Path, what: &str, why: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Output, None, format!("cannot write `{}`: {what}: {why}", output.display())))
}
