//! `tsaot run` of each program in tests/reference prints what `python` with PyTorch prints (recorded by tests/record.py).

use std::path::Path;
use std::process::Command;

fn prints_as_recorded(program: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let expected = std::fs::read_to_string(folder.join(format!("{program}.out"))).expect("the recording");
    let run = Command::new(env!("CARGO_BIN_EXE_tsaot"))
        .arg("run")
        .arg(format!("{program}.py"))
        .current_dir(&folder)
        .output()
        .expect("tsaot starts");
    let errors = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{program}: {}\n{errors}", run.status);
    assert_eq!(String::from_utf8_lossy(&run.stdout), expected, "{program}: {errors}");
}

macro_rules! programs {
    ($($name:ident $(: $missing:literal)?)*) => {
        const PROGRAMS: &[&str] = &[$(stringify!($name)),*];
        $(#[test] $(#[ignore = $missing])? fn $name() { prints_as_recorded(stringify!($name)); })*
    };
}

programs! {
    containers
    function
    function_example_inputs
    language_classes
    language_contexts
    language_dicts
    language_forms
    language_hooks
    language_modules
    language_numbers
    language_printing
    language_refinement
    language_sorting
    language_strings
    module
    module_example_inputs
    module_export_ignore
    module_parametrized
    module_traced
    module_training
    module_unused
    script_class
    script_module
    traced
    values
}

#[test]
fn every_program_is_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .expect("tests/reference")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, PROGRAMS);
}
