//! The Rust binding of a library: a module of the C declarations, and types over them that free what they own and return what fails.

use super::header::parameters;
use crate::interface::ctype::{Passing, Returning, Way};
use crate::interface::{Body, CFunction, CObject, Interface, c_name};
use crate::types::Type;
use std::fmt::Write;

/// What all bindings share: errors, tensors, results.
const ABI: &str = include_str!("abi.rs.in");

/// Draws `NAME.rs`.
pub fn rust(i: &Interface) -> String {
    let (before, after) = ABI.split_once("//DECLARATIONS\n").unwrap_or((ABI, ""));
    let mut out = format!(
        "// {0} - made by tsaot {1}; do not edit.\n// Include it as a module and link the library: `mod {0};`, `cargo::rustc-link-lib={0}`.\n\n",
        i.stem,
        env!("CARGO_PKG_VERSION")
    );
    out += before;
    declarations(i, &mut out);
    out += after;
    for o in &i.objects {
        class(i, o, &mut out);
    }
    for f in i.functions.iter().filter(|f| is_wrapped(f)) {
        out.push('\n');
        function(i, f, None, "", &mut out);
    }
    out
}

fn is_wrapped(f: &CFunction) -> bool {
    matches!(f.body, Body::Call(_) | Body::Get(_))
}

/// A name that Rust may reserve.
fn rust_name(name: &str) -> String {
    const RAW: [&str; 30] = [
        "abstract", "as", "async", "await", "become", "box", "dyn", "final", "fn", "gen", "impl", "in", "let", "loop", "macro",
        "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "trait", "type", "unsafe", "unsized", "use", "where",
        "yield",
    ];
    match name {
        "self" | "Self" | "super" | "crate" | "_" => format!("{name}_"),
        n if RAW.contains(&n) => format!("r#{n}"),
        n => n.to_owned(),
    }
}

/// A type of C in Rust.
fn rust_type(c: &str) -> String {
    let c = c.trim();
    if let Some(to) = c.strip_suffix('*') {
        // The qualifier of what is pointed to stands before a name, or behind a pointer.
        let to = to.trim_end();
        let (constant, to) = match (to.strip_suffix("const"), to.ends_with('*')) {
            (Some(inner), _) => (true, inner),
            (None, true) => (false, to),
            (None, false) => (to.starts_with("const "), to.trim_start_matches("const ")),
        };
        return format!("*{} {}", if constant { "const" } else { "mut" }, rust_type(to));
    }
    match c.trim_start_matches("const ") {
        "int64_t" => "i64",
        "uint64_t" => "u64",
        "int32_t" => "i32",
        "uint8_t" => "u8",
        "double" => "f64",
        "size_t" => "usize",
        "char" => "c_char",
        other => return other.to_owned(),
    }
    .to_owned()
}

/// `int64_t n` as `n: i64`.
fn declare(parameter: &str) -> String {
    let at = parameter.rfind([' ', '*']).map_or(0, |k| k + 1);
    format!("{}: {}", rust_name(&parameter[at..]), rust_type(&parameter[..at]))
}

fn declarations(i: &Interface, out: &mut String) {
    for name in i.objects.iter().map(|o| &o.name).chain(i.enums.iter().map(|e| &e.name)) {
        let _ = writeln!(out, "        #[repr(C)]\n        pub struct {name} {{\n            _opaque: [u8; 0],\n        }}");
    }
    for s in &i.structs {
        let _ = writeln!(out, "        #[repr(C)]\n        #[derive(Clone, Copy)]\n        pub struct {} {{", s.name);
        for m in &s.members {
            let _ = writeln!(out, "            pub {}: {},", rust_name(&c_name(&m.name)), rust_type(&m.c_type));
        }
        let _ = writeln!(out, "        }}");
    }
    let _ = writeln!(out, "        unsafe extern \"C\" {{");
    for e in &i.enums {
        for (m, _) in &e.members {
            let _ = writeln!(out, "            pub static {}: {};", e.symbol(m), e.name);
        }
    }
    for f in i.functions.iter().chain(i.objects.iter().flat_map(|o| &o.functions)) {
        let params: Vec<String> = parameters(i, f).iter().map(|p| declare(p)).collect();
        let returns = if f.body == Body::Free { "" } else { " -> i32" };
        let _ = writeln!(out, "            pub fn {}({}){returns};", f.symbol, params.join(", "));
    }
    let _ = writeln!(out, "        }}");
}

/// A parameter of a wrapper: its type, and what the C function is given. `None` if Rust cannot vouch for it.
fn safe(i: &Interface, ty: &Type, name: &str) -> Option<(String, String)> {
    Some(match ty {
        Type::Int => ("i64".into(), name.into()),
        Type::Float => ("f64".into(), name.into()),
        Type::Bool => ("bool".into(), name.into()),
        Type::Str => ("&str".into(), format!("abi::text({name})")),
        Type::Tensor => ("&dyn abi::AsTensor".into(), format!("{name}.as_dl()")),
        Type::Class(c) => (format!("&{}", i.naming.class(c)), format!("{name}.0")),
        Type::Optional(t) if **t == Type::Tensor => {
            ("Option<&dyn abi::AsTensor>".into(), format!("{name}.map_or(::std::ptr::null(), |t| t.as_dl() as *const _)"))
        }
        Type::Optional(t) => match &**t {
            Type::Int | Type::Float | Type::Bool => {
                let inner = rust_type(&i.naming.c_type(t, Way::In).ok()?);
                (format!("Option<{inner}>"), format!("{name}.as_ref().map_or(::std::ptr::null(), |v| v as *const _)"))
            }
            Type::Class(c) => {
                (format!("Option<&{}>", i.naming.class(c)), format!("{name}.map_or(::std::ptr::null_mut(), |o| o.0)"))
            }
            _ => return None,
        },
        Type::List(t) => {
            let element = match **t {
                Type::Int => "i64",
                Type::Float => "f64",
                Type::Bool => "bool",
                _ => return None,
            };
            let c_type = i.naming.c_type(ty, Way::In).ok()?;
            (format!("&[{element}]"), format!("abi::sys::{c_type} {{ ptr: {name}.as_ptr(), len: {name}.len() }}"))
        }
        _ => return None,
    })
}

/// The parameters of a wrapper and what it gives the C function, and whether they are all safe.
fn arguments(i: &Interface, f: &CFunction) -> (Vec<String>, Vec<String>, bool) {
    let mut all = parameters(i, f);
    if f.receiver.is_some() {
        all.remove(0);
    }
    let (mut declared, mut passed, mut is_safe) = (Vec::new(), Vec::new(), true);
    for (p, c) in f.params.iter().filter(|p| p.passing != Passing::Nothing).zip(all) {
        let name = rust_name(&p.name);
        match safe(i, &p.ty, &name) {
            Some((ty, value)) => {
                declared.push(format!("{name}: {ty}"));
                passed.push(value);
            }
            None => {
                is_safe = false;
                declared.push(qualified(&declare(&c)));
                passed.push(name);
            }
        }
    }
    if f.returning == Returning::Into {
        declared.push("result: &mut abi::View".into());
        passed.push("result.as_dl()".into());
    }
    (declared, passed, is_safe)
}

/// Types of C by their path.
fn qualified(declared: &str) -> String {
    let at = declared.rfind(' ').map_or(0, |k| k + 1);
    match &declared[at..] {
        "i64" | "u64" | "i32" | "u8" | "f64" | "bool" | "usize" | "c_char" => declared.to_owned(),
        name => format!("{}abi::sys::{name}", &declared[..at]),
    }
}

/// What a wrapper returns; the result's place before the call, as a type and value; and what is made of it.
fn result(i: &Interface, f: &CFunction) -> (String, Option<(String, String)>, String) {
    let c_type = i.naming.c_type(&f.result, Way::Out).unwrap_or_default();
    let nullable = matches!(f.result, Type::Optional(_));
    match f.returning {
        Returning::Nothing | Returning::Into => ("()".into(), None, "()".into()),
        Returning::Tensor => {
            let ty = if nullable { "Option<abi::Tensor>" } else { "abi::Tensor" };
            // Only an optional tensor may be null.
            let made = if nullable { "abi::Tensor::owned(result)" } else { "abi::Tensor::owned(result).unwrap_unchecked()" };
            (ty.into(), Some(("*mut abi::sys::DLManagedTensorVersioned".into(), "::std::ptr::null_mut()".into())), made.into())
        }
        Returning::Inline => {
            let ty = qualified(&rust_type(&c_type));
            let class = match &f.result {
                Type::Class(c) => Some(c),
                Type::Optional(t) => match &**t {
                    Type::Class(c) => Some(c),
                    _ => None,
                },
                _ => None,
            };
            match class {
                Some(c) => {
                    let n = i.naming.class(c);
                    let made =
                        if nullable { format!("(!result.is_null()).then_some({n}(result))") } else { format!("{n}(result)") };
                    (if nullable { format!("Option<{n}>") } else { n }, Some((ty, "::std::ptr::null_mut()".into())), made)
                }
                None => (ty.clone(), Some((ty, "::std::mem::zeroed()".into())), "result".into()),
            }
        }
        Returning::Block => {
            let inner = match &f.result {
                Type::Optional(t) => i.naming.c_type(t, Way::Out).unwrap_or_default(),
                _ => c_type,
            };
            let inner = qualified(&rust_type(&inner));
            let place = Some((format!("*const {inner}"), "::std::ptr::null()".into()));
            match &f.result {
                Type::Str => (
                    "::std::string::String".into(),
                    place,
                    "{ let block = abi::Block(result); ::std::string::String::from_utf8_lossy(abi::items(block.ptr as *const u8, block.len)).into_owned() }".into(),
                ),
                Type::List(t) if matches!(**t, Type::Int | Type::Float | Type::Bool) => {
                    let element = rust_type(&i.naming.c_type(t, Way::Out).unwrap_or_default());
                    let made = "{ let block = abi::Block(result); abi::items(block.ptr, block.len).to_vec() }";
                    (format!("::std::vec::Vec<{element}>"), place, made.into())
                }
                _ if nullable => {
                    (format!("Option<abi::Block<{inner}>>"), place, "(!result.is_null()).then(|| abi::Block(result))".into())
                }
                _ => (format!("abi::Block<{inner}>"), place, "abi::Block(result)".into()),
            }
        }
    }
}

fn class(i: &Interface, o: &CObject, out: &mut String) {
    let n = &o.name;
    let _ = writeln!(
        out,
        "\n/// An instance of `{n}`.\n#[allow(non_camel_case_types)]\npub struct {n}(*mut abi::sys::{n});\n\n\
         // SAFETY: methods that take `&self` leave the instance as it is, and the library counts references atomically.\n\
         unsafe impl Send for {n} {{}}\n// SAFETY: as above.\nunsafe impl Sync for {n} {{}}\n\n\
         #[allow(dead_code, clippy::too_many_arguments)]\nimpl {n} {{"
    );
    if let Some(new) = o.functions.iter().find(|f| matches!(f.body, Body::NewModule(_) | Body::Construct(..))) {
        let (declared, passed, is_safe) = arguments(i, new);
        comment(new, "    ", is_safe, out);
        let passed: Vec<String> = passed.into_iter().chain(["&mut result".into()]).collect();
        let _ = writeln!(
            out,
            "    pub {}fn new({}) -> abi::Result<{n}> {{\n        let mut result = ::std::ptr::null_mut();\n        \
             // SAFETY: the library writes an instance, or fails.\n        abi::check(unsafe {{ abi::sys::{}({}) }})?;\n        Ok({n}(result))\n    }}",
            if is_safe { "" } else { "unsafe " },
            declared.join(", "),
            new.symbol,
            passed.join(", ")
        );
    }
    if let Some(clone) = o.functions.iter().find(|f| f.body == Body::Clone) {
        let _ = writeln!(
            out,
            "    /// An instance of its own that is as this one is now.\n    pub fn try_clone(&self) -> abi::Result<{n}> {{\n        \
             let mut result = ::std::ptr::null_mut();\n        // SAFETY: the library writes an instance, or fails.\n        \
             abi::check(unsafe {{ abi::sys::{}(self.0, &mut result) }})?;\n        Ok({n}(result))\n    }}",
            clone.symbol
        );
    }
    for f in o.functions.iter().filter(|f| is_wrapped(f)) {
        function(i, f, Some(o), "    ", out);
    }
    let _ = writeln!(
        out,
        "}}\n\nimpl Drop for {n} {{\n    fn drop(&mut self) {{\n        // SAFETY: owned, and given back once.\n        \
         unsafe {{ abi::sys::{n}_free(self.0) }}\n    }}\n}}"
    );
}

fn comment(f: &CFunction, indent: &str, is_safe: bool, out: &mut String) {
    for line in &f.comment {
        let _ = writeln!(out, "{indent}/// {line}");
    }
    if !is_safe {
        let _ = writeln!(out, "{indent}///\n{indent}/// # Safety\n{indent}/// What the arguments point to must be there.");
    }
}

fn function(i: &Interface, f: &CFunction, object: Option<&CObject>, indent: &str, out: &mut String) {
    let (declared, passed, is_safe) = arguments(i, f);
    let (returned, place, made) = result(i, f);
    let name = match object {
        Some(o) => f.symbol.strip_prefix(&format!("{}_", o.name)).unwrap_or(&f.symbol),
        None => &f.symbol,
    };
    // `new` is the constructor.
    let name = if name == "new" { "new_".into() } else { rust_name(name) };
    let receiver = object.map(|_| if f.is_pure { "&self" } else { "&mut self" }.to_owned());
    let declared: Vec<String> = receiver.into_iter().chain(declared).collect();
    let mut passed: Vec<String> = object.map(|_| "self.0".to_owned()).into_iter().chain(passed).collect();
    comment(f, indent, is_safe, out);
    if object.is_none() {
        out.push_str("#[allow(dead_code, clippy::too_many_arguments)]\n");
    }
    let keyword = if is_safe { "pub fn" } else { "pub unsafe fn" };
    let _ = writeln!(out, "{indent}{keyword} {name}({}) -> abi::Result<{returned}> {{", declared.join(", "));
    let _ = writeln!(
        out,
        "{indent}    // SAFETY: arguments live until the call returns; what it writes is ours.\n{indent}    unsafe {{"
    );
    if let Some((ty, value)) = &place {
        let _ = writeln!(out, "{indent}        let mut result: {ty} = {value};");
        passed.push("&mut result".into());
    }
    let _ = writeln!(out, "{indent}        abi::check(abi::sys::{}({}))?;", f.symbol, passed.join(", "));
    let _ = writeln!(out, "{indent}        Ok({made})\n{indent}    }}\n{indent}}}");
}
