//! Executables: the command line of a model, and programs with a `main` of their own.
//!
//! The compiler writes a [`Program`] into the executable and a C `main` that hands it over. A model's command line calls its exported
//! functions: `model forward --x x.npy -o y.npy`. Exit status 0, 1 (the call failed) or 2 (the command line is wrong).

pub mod bench;
mod file;
mod inflate;
mod input;
pub mod literal;
mod npy;
mod output;
pub mod process;
pub mod safetensors;
mod zip;

use crate::error::Result;
use crate::object::Text;
use crate::value::Value;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use process::{call, put};

/// A boxed entry: borrowed arguments, owned results, the status.
pub type Entry = unsafe extern "C" fn(*const Value, *mut Value) -> i32;

/// A parameter of an exported function.
#[repr(C)]
pub struct Param {
    pub name: Text,
    /// Its type as [`crate::cabi`] describes it.
    pub desc: Text,
    /// Its type as Python writes it.
    pub annotation: Text,
    /// The default value as Python writes it; empty when there is none.
    pub default: Text,
}

/// An exported function or method.
#[repr(C)]
pub struct Method {
    /// The name it was exported under, or its module's.
    pub export: Text,
    /// The method's name; empty for functions.
    pub method: Text,
    /// The Python signature.
    pub signature: Text,
    /// The docstring; may be empty.
    pub doc: Text,
    pub params: *const Param,
    pub param_count: usize,
    pub entry: Entry,
    /// Makes the instance that a method is called on.
    pub make: Option<Entry>,
}

/// What an executable can do.
#[repr(C)]
pub struct Program {
    pub methods: *const Method,
    pub method_count: usize,
}

impl Program {
    fn methods(&self) -> &[Method] {
        // SAFETY: constants of the executable.
        if self.method_count == 0 { &[] } else { unsafe { core::slice::from_raw_parts(self.methods, self.method_count) } }
    }

    /// The method of that name: `forward`, `m.forward`, or `m` for its forward.
    fn find(&self, name: &str) -> Option<&Method> {
        let all = self.methods();
        all.iter()
            .find(|m| m.full_name() == name)
            .or_else(|| all.iter().find(|m| m.text(m.export) == name && m.text(m.method) == "forward"))
            .or_else(|| {
                let mut named = all.iter().filter(|m| m.text(m.method) == name);
                named.next().filter(|_| named.next().is_none())
            })
    }
}

impl Method {
    fn text(&self, t: Text) -> &'static str {
        // SAFETY: constants of the executable.
        unsafe { t.as_str() }
    }

    fn params(&self) -> &[Param] {
        // SAFETY: constants of the executable.
        if self.param_count == 0 { &[] } else { unsafe { core::slice::from_raw_parts(self.params, self.param_count) } }
    }

    /// `m.forward`, or a function's name.
    pub fn full_name(&self) -> String {
        match self.text(self.method) {
            "" => String::from(self.text(self.export)),
            m => format!("{}.{m}", self.text(self.export)),
        }
    }
}

impl Param {
    fn name(&self) -> &'static str {
        // SAFETY: constants of the executable.
        unsafe { self.name.as_str() }
    }
    fn annotation(&self) -> &'static str {
        // SAFETY: constants of the executable.
        unsafe { self.annotation.as_str() }
    }
    fn default(&self) -> &'static str {
        // SAFETY: constants of the executable.
        unsafe { self.default.as_str() }
    }
    fn desc(&self) -> &'static [u8] {
        // SAFETY: constants of the executable.
        if self.desc.len == 0 { &[] } else { unsafe { core::slice::from_raw_parts(self.desc.ptr, self.desc.len) } }
    }
}

/// Says what is wrong with the command line; the exit status.
fn usage(program: &str, message: &str) -> i32 {
    put(2, &format!("error: {message}\n\nTry '{program} --help'.\n"));
    2
}

/// `ls`-like last part of a path.
fn base(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn help(program: &Program, name: &str) -> String {
    let mut s = format!("Usage: {name} METHOD [--ARGUMENT VALUE]... [-o OUTPUT]\n\nMethods:\n");
    for m in program.methods() {
        s += &format!("  {}\n", m.text(m.signature));
        if let Some(line) = m.text(m.doc).lines().find(|l| !l.trim().is_empty()) {
            s += &format!("      {}\n", line.trim());
        }
    }
    s += &format!("\n'{name} METHOD --help' tells more of one.\n{FORMS}");
    s
}

const FORMS: &str = "
Values:
  Tensor   x.npy, x.npz:NAME, x.safetensors:NAME, x.json, or written out: [[1, 2], [3, 4]]
  others   written out as JSON or Python writes them: 3, 1.5, true, [1, 2], {\"a\": 1}; a str as it is; or x.json
Output:
  -o FILE  .npy, .npz, .safetensors, .json or .txt; without it the result is printed
";

fn method_help(m: &Method, name: &str) -> String {
    let mut s = format!("Usage: {name} {}", m.full_name());
    for p in m.params() {
        s += &if p.default().is_empty() { format!(" --{} VALUE", p.name()) } else { format!(" [--{} VALUE]", p.name()) };
    }
    s += &format!(" [-o OUTPUT]\n\n{}\n", m.text(m.signature));
    if !m.text(m.doc).is_empty() {
        s += &format!("\n{}\n", m.text(m.doc).trim());
    }
    if m.param_count > 0 {
        s += "\nArguments:\n";
    }
    for p in m.params() {
        s += &format!("  --{}  {}", p.name(), p.annotation());
        if !p.default().is_empty() {
            s += &format!(" (default: {})", p.default());
        }
        s.push('\n');
    }
    s += FORMS;
    s
}

/// The arguments of a call as the command line gives them, and where the result goes.
struct Given<'a> {
    values: Vec<Option<&'a str>>,
    output: Option<&'a str>,
}

/// Sorts the words behind a method's name; the error is a message.
fn given<'a>(m: &Method, words: &[&'a str]) -> core::result::Result<Given<'a>, String> {
    let params = m.params();
    let mut out = Given { values: params.iter().map(|_| None).collect(), output: None };
    let mut at = 0;
    let mut only_values = false;
    while let Some(&word) = words.get(at) {
        at += 1;
        let named = word.strip_prefix("--").filter(|n| !only_values && n.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        if word == "--" && !only_values {
            only_values = true;
        } else if word == "-o" && !only_values {
            let Some(&path) = words.get(at) else { return Err(String::from("-o needs the name of a file")) };
            at += 1;
            out.output = Some(path);
        } else if let Some(named) = named {
            let (name, value) = named.split_once('=').map_or((named, None), |(n, v)| (n, Some(v)));
            let Some(i) = params.iter().position(|p| p.name() == name || p.name() == name.replace('-', "_")) else {
                let names: Vec<String> = params.iter().map(|p| format!("--{}", p.name())).collect();
                let has = if names.is_empty() { String::from("no arguments") } else { names.join(", ") };
                return Err(format!("{} has no argument --{name}; it has {has}", m.full_name()));
            };
            let value = match (value, words.get(at)) {
                (Some(v), _) => v,
                (None, Some(&v)) => {
                    at += 1;
                    v
                }
                (None, None) => return Err(format!("--{name} needs a value: {}", params[i].annotation())),
            };
            if out.values[i].replace(value).is_some() {
                return Err(format!("--{name} is given twice"));
            }
        } else {
            match out.values.iter().position(Option::is_none) {
                Some(i) => out.values[i] = Some(word),
                None => return Err(format!("{} takes {} arguments, '{word}' is one more", m.full_name(), params.len())),
            }
        }
    }
    let missing = |(p, v): &(&Param, &Option<&str>)| v.is_none() && p.default().is_empty();
    match params.iter().zip(&out.values).find(missing) {
        Some((p, _)) => Err(format!("{} needs --{}: {}", m.full_name(), p.name(), p.annotation())),
        None => Ok(out),
    }
}

/// Values for all parameters; a failure is a message.
fn values(m: &Method, given: &[Option<&str>]) -> core::result::Result<Vec<Value>, String> {
    let mut out = Vec::new();
    for (p, v) in m.params().iter().zip(given) {
        let made = match v {
            Some(v) => input::argument(v, p.desc()),
            None => literal::parse(p.default()).and_then(|l| input::value(&l, &mut p.desc())),
        };
        out.push(made.map_err(|e| format!("--{}: {}", p.name(), e.message()))?);
    }
    Ok(out)
}

/// The result of a call with an instance of its own; a failure lies in the error slot.
fn run(m: &Method, args: Vec<Value>) -> Result<Value> {
    let mut all = Vec::new();
    if let Some(make) = m.make {
        all.push(call(make, &[])?);
    }
    all.extend(args);
    call(m.entry, &all)
}

fn command(program: &Program, args: &[&str]) -> i32 {
    let name = base(args.first().copied().unwrap_or("model"));
    let rest = args.get(1..).unwrap_or(&[]);
    let is_help = |w: &&str| matches!(*w, "--help" | "-h");
    let (method, words) = match rest.split_first() {
        Some((first, _)) if is_help(first) => {
            put(1, &help(program, name));
            return 0;
        }
        Some((first, words)) => match (program.find(first), program.methods()) {
            (Some(m), _) => (m, words),
            // With one method its name may be left out.
            (None, [only]) if first.starts_with('-') => (only, rest),
            (None, all) => {
                let names: Vec<String> = all.iter().map(Method::full_name).collect();
                return usage(name, &format!("there is no method '{first}'; there is {}", names.join(", ")));
            }
        },
        None => {
            put(2, &help(program, name));
            return 2;
        }
    };
    if words.iter().any(is_help) {
        put(1, &method_help(method, name));
        return 0;
    }
    let given = match given(method, words) {
        Ok(g) => g,
        Err(why) => return usage(name, &why),
    };
    let args = match values(method, &given.values) {
        Ok(v) => v,
        Err(why) => {
            put(2, &format!("error: {why}\n"));
            return 1;
        }
    };
    let result = match run(method, args) {
        Ok(v) => v,
        Err(_) => {
            process::print_traceback(false);
            return 1;
        }
    };
    match given.output {
        Some(path) => match output::save(&result, path) {
            Ok(()) => 0,
            Err(e) => {
                put(2, &format!("error: {}\n", e.message()));
                1
            }
        },
        None if result.is_none() => 0,
        None => {
            put(1, [&*crate::print::python_text(&result).0, b"\n"].concat());
            0
        }
    }
}

natives! {
    /// The command line of a model; the exit status.
    fn ts_command_main(argc: i32, argv: *const *const core::ffi::c_char, program: *const Program) -> i32 {
        process::guarded(argc, argv, |args| {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            command(unsafe { &*program }, &args)
        })
    }
}
