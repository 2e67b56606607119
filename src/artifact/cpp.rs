//! The C++ binding of a library: a header of C++11 classes around the C functions, which free what they own and throw what fails.

use super::header::parameters;
use crate::interface::ctype::{Passing, Returning, Way};
use crate::interface::{Body, CFunction, CObject, Interface};
use crate::types::Type;
use std::fmt::Write;

/// What all bindings share: errors, tensors, results.
const ABI: &str = include_str!("abi.hpp");

/// Draws `NAME.hpp`.
pub fn cpp(i: &Interface) -> String {
    let mut out = String::new();
    let mut line = |s: &str| {
        let _ = writeln!(out, "{s}");
    };
    let guard = format!("TSAOT_{}_HPP", i.stem.to_uppercase());
    line(&format!("// {} - made by tsaot {}; do not edit.", i.stem, env!("CARGO_PKG_VERSION")));
    line(&format!("#ifndef {guard}\n#define {guard}\n#include \"{}.h\"", i.stem));
    line(ABI);
    line(&format!("namespace tsaot {{\nnamespace {} {{\n", i.stem));
    for o in &i.objects {
        line(&format!("class {};", o.name));
    }
    for o in &i.objects {
        line(&class(i, o));
    }
    // Bodies come last: a method may return an instance of a class below it.
    for o in &i.objects {
        for f in o.functions.iter().filter(|f| is_wrapped(f)) {
            line(&function(i, f, Some(o)));
        }
    }
    for f in i.functions.iter().filter(|f| is_wrapped(f)) {
        line(&function(i, f, None));
    }
    line(&format!("}} // namespace {}\n}} // namespace tsaot\n#endif", i.stem));
    out
}

fn is_wrapped(f: &CFunction) -> bool {
    matches!(f.body, Body::Call(_) | Body::Get(_))
}

/// The method's name inside its class.
fn member(f: &CFunction, o: &CObject) -> String {
    f.symbol.strip_prefix(&format!("{}_", o.name)).unwrap_or(&f.symbol).to_owned()
}

fn class(i: &Interface, o: &CObject) -> String {
    let n = &o.name;
    let mut s = format!("class {n} {{\npublic:\n");
    if let Some(new) = o.functions.iter().find(|f| matches!(f.body, Body::NewModule(_) | Body::Construct(..))) {
        let (declared, passed) = arguments(i, new);
        let explicit = if declared.is_empty() { "" } else { "explicit " };
        let passed: Vec<String> = passed.into_iter().chain(["&handle_".into()]).collect();
        s += &format!(
            "    {explicit}{n}({}) : handle_() {{ ::tsaot::check(::{}({})); }}\n",
            declared.join(", "),
            new.symbol,
            passed.join(", ")
        );
    }
    s += &format!("    struct Owned {{ ::{n} *handle; }};\n    {n}(Owned owned) : handle_(owned.handle) {{}}\n");
    s += &format!("    {n}({n} &&other) noexcept : handle_(other.handle_) {{ other.handle_ = nullptr; }}\n");
    s += &format!(
        "    {n} &operator=({n} &&other) noexcept {{\n        std::swap(handle_, other.handle_);\n        return *this;\n    }}\n"
    );
    match o.functions.iter().find(|f| f.body == Body::Clone) {
        Some(clone) => {
            s += &format!(
                "    {n}(const {n} &other) : handle_() {{ ::tsaot::check(::{}(other.handle_, &handle_)); }}\n",
                clone.symbol
            );
            s += &format!("    {n} &operator=(const {n} &other) {{ return *this = {n}(other); }}\n");
        }
        None => s += &format!("    {n}(const {n} &) = delete;\n    {n} &operator=(const {n} &) = delete;\n"),
    }
    s += &format!("    ~{n}() {{ ::{n}_free(handle_); }}\n");
    s += &format!(
        "    explicit operator bool() const {{ return handle_ != nullptr; }}\n    ::{n} *get() const {{ return handle_; }}\n"
    );
    for f in o.functions.iter().filter(|f| is_wrapped(f)) {
        let (declared, _) = arguments(i, f);
        let constant = if f.is_pure { " const" } else { "" };
        s += &format!("    /* {} */\n", f.comment.join(" ").replace("*/", "* /"));
        s += &format!("    {} {}({}){constant};\n", result(i, f), member(f, o), declared.join(", "));
    }
    s + &format!("\nprivate:\n    ::{n} *handle_;\n}};\n")
}

/// Declarations of a function's parameters, without `self` and the result's place, and their names.
fn arguments(i: &Interface, f: &CFunction) -> (Vec<String>, Vec<String>) {
    let names: Vec<String> = f.params.iter().filter(|p| p.passing != Passing::Nothing).map(|p| p.name.clone()).collect();
    let mut all = parameters(i, f);
    if f.receiver.is_some() {
        all.remove(0);
    }
    all.truncate(names.len() + usize::from(f.returning == Returning::Into));
    let into = (f.returning == Returning::Into).then(|| "result".to_owned());
    // Types of C are those of the enclosing namespace, whose names classes here share.
    let declared = all.into_iter().map(|p| qualified(i, &p)).collect();
    (declared, names.into_iter().chain(into).collect())
}

/// The names of opaque types as those of C.
fn qualified(i: &Interface, text: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(is_word) {
        let end = rest[at..].find(|c| !is_word(c)).map_or(rest.len(), |e| at + e);
        let word = &rest[at..end];
        out += &rest[..at];
        // The last word is the parameter's name.
        if end < rest.len() && i.objects.iter().any(|o| o.name == word) {
            out += "::";
        }
        out += word;
        rest = &rest[end..];
    }
    out + rest
}

/// What the wrapper returns.
fn result(i: &Interface, f: &CFunction) -> String {
    let c_type = i.naming.c_type(&f.result, Way::Out).unwrap_or_default();
    match f.returning {
        Returning::Nothing | Returning::Into => "void".into(),
        Returning::Tensor => "::tsaot::Tensor".into(),
        Returning::Inline => match class_of(&f.result) {
            Some(c) => i.naming.class(c),
            None => qualified(i, &format!("{c_type} ")).trim_end().to_owned(),
        },
        Returning::Block => {
            let inner = match &f.result {
                Type::Optional(t) => i.naming.c_type(t, Way::Out).unwrap_or_default(),
                _ => c_type,
            };
            format!("::tsaot::Block<{}>", qualified(i, &format!("{inner} ")).trim_end())
        }
    }
}

fn class_of(ty: &Type) -> Option<&crate::types::ClassRef> {
    match ty {
        Type::Class(c) => Some(c),
        Type::Optional(t) => class_of(t),
        _ => None,
    }
}

fn function(i: &Interface, f: &CFunction, object: Option<&CObject>) -> String {
    let (declared, passed) = arguments(i, f);
    let returned = result(i, f);
    let mut args: Vec<String> = object.iter().map(|_| "handle_".to_owned()).chain(passed).collect();
    let (place, give) = match f.returning {
        Returning::Nothing | Returning::Into => (String::new(), String::new()),
        Returning::Tensor => ("DLManagedTensorVersioned *result_ = nullptr; ".into(), "return ::tsaot::Tensor(result_);".into()),
        Returning::Inline => match class_of(&f.result) {
            Some(c) => {
                let n = i.naming.class(c);
                (format!("{n}::Owned result_ = {{nullptr}}; "), format!("return {n}(result_);"))
            }
            None => (format!("{returned} result_; "), "return result_;".into()),
        },
        Returning::Block => {
            let inner = returned.trim_start_matches("::tsaot::Block<").trim_end_matches('>');
            (format!("const {inner} *result_ = nullptr; "), format!("return {returned}(result_);"))
        }
    };
    if !give.is_empty() {
        args.push(if class_of(&f.result).is_some() && f.returning == Returning::Inline {
            "&result_.handle".into()
        } else {
            "&result_".into()
        });
    }
    let name = match object {
        Some(o) => format!("{}::{}", o.name, member(f, o)),
        None => f.symbol.clone(),
    };
    let constant = if object.is_some() && f.is_pure { " const" } else { "" };
    format!(
        "inline {returned} {name}({}){constant} {{ {place}::tsaot::check(::{}({})); {give} }}",
        declared.join(", "),
        f.symbol,
        args.join(", ")
    )
}
