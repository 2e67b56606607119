//! Fuzz targets: mutants of real programs and archives, fed to the readers in a process of their own, which must neither panic, nor die, nor
//! take too long, nor take too much memory, nor report an internal error.
//!
//! ```text
//! TSAOT_FUZZ_SECONDS=600 cargo test --release --test fuzz -- --ignored --nocapture front_end
//! ```
//! Targets are the ignored tests below. `TSAOT_FUZZ_SEED` (a number) begins elsewhere; what fails is kept in `target/fuzz/`. The test that is not
//! ignored feeds each target some mutants.

mod corpus;
mod mutate;
mod runner;
mod targets;

use runner::{Target, fuzz};

/// Python files: top level, classes, scripting.
const FRONT_END: Target =
    Target { name: "front_end", corpus: corpus::programs, mutant: mutate::program, run: targets::front_end };
/// Archives' directories and entries.
const ZIP: Target = Target { name: "zip", corpus: corpus::archives, mutant: mutate::bytes, run: targets::zip };
/// Pickles, inside of archives that are whole otherwise.
const PICKLE: Target = Target { name: "pickle", corpus: corpus::pickles, mutant: mutate::bytes, run: targets::pickle };
/// Archives' code.
const CODE: Target = Target { name: "code", corpus: corpus::code, mutant: mutate::program, run: targets::code };

#[test]
#[ignore = "runs for TSAOT_FUZZ_SECONDS"]
fn front_end() {
    fuzz(&FRONT_END, runner::seconds());
}

#[test]
#[ignore = "runs for TSAOT_FUZZ_SECONDS"]
fn zip() {
    fuzz(&ZIP, runner::seconds());
}

#[test]
#[ignore = "runs for TSAOT_FUZZ_SECONDS"]
fn pickle() {
    fuzz(&PICKLE, runner::seconds());
}

#[test]
#[ignore = "runs for TSAOT_FUZZ_SECONDS"]
fn code() {
    fuzz(&CODE, runner::seconds());
}

/// A few mutants for every target.
#[test]
fn some_mutants() {
    for target in [&FRONT_END, &ZIP, &PICKLE, &CODE] {
        fuzz(target, 3);
    }
}

/// What once failed, and cases that no mutant of moderate length is: nesting without end.
#[test]
fn deep_nesting_is_told() {
    targets::on_large_stack(|| {
        for text in corpus::deep() {
            let _ = targets::front_end(text.as_bytes(), &[]);
        }
    });
}
