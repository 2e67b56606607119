//! Builds the runtime a second time, as the static library that goes into artifacts, for `src/artifact/link.rs` to embed.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The profile of Cargo.toml that artifacts' runtime is built with.
const PROFILE: &str = "artifact";

/// Nothing unwinds; and inlining as for speed would cost a tenth of an artifact's size, where what is hot says `#[inline]` anyway.
const FLAGS: &str = "-C force-unwind-tables=no -C llvm-args=-inline-threshold=60";

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    for path in ["runtime/src", "runtime/Cargo.toml", "runtime/build.rs", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", root.join(path).display());
    }
    let library = build_runtime(&root, &out);
    println!("cargo::rustc-env=TSAOT_RUNTIME={}", library.display());
}

/// Runs cargo on the runtime in a target folder of its own and gives the static library's path.
fn build_runtime(root: &Path, out: &Path) -> PathBuf {
    let target = out.join("runtime");
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or("cargo".into()));
    cargo
        .args(["build", "--package", "tsaot-runtime", "--features", "artifact", "--profile", PROFILE])
        .arg("--manifest-path")
        .arg(root.join("runtime/Cargo.toml"))
        .arg("--target-dir")
        .arg(&target);
    // What shapes the outer build must not leak into this one.
    for name in ["CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(name);
    }
    cargo.env("RUSTFLAGS", FLAGS);
    let status = cargo.status().unwrap_or_else(|e| panic!("cargo cannot be started for the runtime: {e}"));
    assert!(status.success(), "the runtime does not build ({status})");
    let stripped = out.join("libtsrt.a");
    strip(&target.join(PROFILE).join("libtsrt.a"), &stripped);
    stripped
}

/// Copies the library without what artifacts have no use for: nothing unwinds, and the tables that name Rust's routine for it clash with
/// those of a Rust program that links one; what rustc leaves for other compilers confuses archivers.
fn strip(library: &Path, stripped: &Path) {
    const SECTIONS: [&str; 7] = [
        ".eh_frame",
        ".rela.eh_frame",
        ".gcc_except_table*",
        ".rela.gcc_except_table*",
        ".data*DW.ref.rust_eh_personality",
        ".llvmbc",
        ".llvmcmd",
    ];
    let objcopy = env::var_os("OBJCOPY").unwrap_or("objcopy".into());
    let status = Command::new(&objcopy)
        .arg("--strip-debug")
        .args(SECTIONS.map(|s| format!("--remove-section={s}")))
        .args([library, stripped])
        .status()
        .unwrap_or_else(|e| panic!("{} cannot be started: {e}", objcopy.display()));
    assert!(status.success(), "the runtime cannot be stripped ({status})");
}
