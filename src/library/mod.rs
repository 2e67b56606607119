//! The library: `torch` and the standard library's modules, written in Python, embedded as text.

/// Module name, path (as diagnostics show it), text; sorted by name.
static FILES: &[(&str, &str, &str)] = &include!("files.rs");

/// Path and text of a module.
pub fn find(module: &str) -> Option<(&'static str, &'static str)> {
    FILES.iter().find(|f| f.0 == module).map(|f| (f.1, f.2))
}

/// All modules: name, path, text.
pub fn all() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    FILES.iter().copied()
}
