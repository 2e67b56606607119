//! Models in other people's build scripts.

use super::{BuildOptions, build, on_large_stack};
use crate::diag::render::render;
use crate::types::Input;
use std::path::{Path, PathBuf};

/// Compiles a model in a build script and links it into the crate.
///
/// ```no_run
/// // build.rs
/// tsaot::Build::new("model.py").weights("model.safetensors").compile("model");
/// ```
///
/// The C functions of `model.h`, which lies in `OUT_DIR`, can be called from the crate through `extern "C"` declarations.
#[derive(Clone, Debug)]
pub struct Build {
    source: PathBuf,
    options: BuildOptions,
    out_dir: Option<PathBuf>,
}

impl Build {
    /// The source is a `model.py` or a saved archive `model.pt`.
    pub fn new(source: impl AsRef<Path>) -> Build {
        let options = BuildOptions { cpu: "portable".into(), level: 2, ..BuildOptions::default() };
        Build { source: source.as_ref().to_path_buf(), options, out_dir: None }
    }

    /// A state dict for the exported module.
    pub fn weights(mut self, file: impl AsRef<Path>) -> Build {
        self.options.weights = Some(file.as_ref().to_path_buf());
        self
    }

    /// What is known of an input: `m.forward.x=f32[B,3,224,224]`.
    pub fn input(mut self, input: Input) -> Build {
        self.options.inputs.push(input);
        self
    }

    /// `native`, `portable`, `x86-64-v3` or a processor's name.
    pub fn cpu(mut self, cpu: &str) -> Build {
        self.options.cpu = cpu.to_owned();
        self
    }

    /// Stands before every exported name.
    pub fn prefix(mut self, prefix: &str) -> Build {
        self.options.prefix = prefix.to_owned();
        self
    }

    /// Where library and header go, instead of cargo's `OUT_DIR`.
    pub fn out_dir(mut self, dir: impl AsRef<Path>) -> Build {
        self.out_dir = Some(dir.as_ref().to_path_buf());
        self
    }

    /// Makes `libNAME.a` and `NAME.h` and tells cargo to link it. A failure ends the build script with all diagnostics.
    pub fn compile(&self, name: &str) {
        match self.try_compile(name) {
            Ok(lines) => print!("{lines}"),
            Err(why) => {
                eprintln!("{why}");
                std::process::exit(1);
            }
        }
    }

    /// As [`Build::compile`], but hands over what it tells cargo, or the drawn diagnostics.
    pub fn try_compile(&self, name: &str) -> Result<String, String> {
        let dir = match &self.out_dir {
            Some(dir) => dir.clone(),
            None => std::env::var_os("OUT_DIR").map(PathBuf::from).ok_or("OUT_DIR is not set: call this from a build script")?,
        };
        let output = dir.join(format!("lib{name}.a"));
        let built = on_large_stack(|| {
            build(&self.source, &output, &self.options).map_err(|(problems, sources)| {
                problems.iter().map(|d| render(d, &sources, false)).collect::<Vec<_>>().join("\n\n")
            })
        });
        built.ok_or("the compiler ended without a result")??;
        let mut lines = String::new();
        for file in [Some(&self.source), self.options.weights.as_ref()].into_iter().flatten() {
            lines += &format!("cargo::rerun-if-changed={}\n", file.display());
        }
        lines += &format!("cargo::rustc-link-search=native={}\n", dir.display());
        lines += &format!("cargo::rustc-link-lib=static={name}\ncargo::rustc-link-lib=m\n");
        Ok(lines)
    }
}
