//! The C header of a library.

use crate::interface::ctype::{Passing, Returning, Way, plain};
use crate::interface::{Body, CFunction, Interface};
use crate::types::Type;
use std::fmt::Write;

/// The parts that all headers share: DLPack, status codes, errors, strings.
const ABI: &str = include_str!("abi.h");

/// Draws `X.h`.
pub fn header(i: &Interface) -> String {
    let guard = format!("TSAOT_{}_H", i.stem.to_uppercase());
    let mut h = String::new();
    let out = &mut h;
    line(out, &format!("/* {} - made by tsaot {}; do not edit. */", i.stem, env!("CARGO_PKG_VERSION")));
    line(out, &format!("#ifndef {guard}\n#define {guard}\n"));
    line(out, "#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n");
    out.push_str(ABI);
    line(out, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n");
    for o in &i.objects {
        line(out, &format!("typedef struct {0} {0};", o.name));
    }
    for e in &i.enums {
        line(out, &format!("typedef struct {0} {0};", e.name));
        for (m, value) in &e.members {
            let value = value.as_ref().map_or(String::new(), |v| format!(" /* {} */", v.replace("*/", "* /")));
            line(out, &format!("extern const {} {};{value}", e.name, e.symbol(m)));
        }
    }
    if !i.objects.is_empty() || !i.enums.is_empty() {
        line(out, "");
    }
    for s in &i.structs {
        let guard = format!("TSAOT_TYPE_{}", s.name);
        if s.shared {
            line(out, &format!("#ifndef {guard}\n#define {guard}"));
        }
        line(out, &format!("typedef struct {} {{", s.name));
        for m in &s.members {
            line(out, &format!("    {};", declare(&m.c_type, &crate::interface::c_name(&m.name))));
        }
        line(out, &format!("}} {};", s.name));
        if s.shared {
            line(out, "#endif");
        }
    }
    if !i.structs.is_empty() {
        line(out, "");
    }
    for f in &i.functions {
        function(out, i, f);
    }
    for o in &i.objects {
        for f in &o.functions {
            function(out, i, f);
        }
    }
    let schema = i.schema_symbol();
    line(out, "/* Header and library belong together: with another library's header this name does not link. */");
    line(out, &format!("extern const char {schema};"));
    line(out, "#if defined(__GNUC__) && !defined(TSAOT_NO_SCHEMA_CHECK)");
    line(out, &format!("__attribute__((unused)) static const char *const {}_schema_used = &{schema};", i.stem));
    line(out, "#endif\n\n#ifdef __cplusplus\n}\n#endif\n#endif");
    h
}

fn line(out: &mut String, s: &str) {
    let _ = writeln!(out, "{s}");
}

/// `int64_t x`, `const char *x`: no space after a star.
fn declare(c_type: &str, name: &str) -> String {
    if c_type.ends_with('*') { format!("{c_type}{name}") } else { format!("{c_type} {name}") }
}

/// The parameters of a C function with their types, the result's pointer last.
pub fn parameters(i: &Interface, f: &CFunction) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(r) = &f.receiver {
        all.push(format!("{}{r} *self", if f.is_pure { "const " } else { "" }));
    }
    for p in &f.params {
        let Ok(c_type) = i.naming.c_type(&p.ty, Way::In) else { continue };
        all.push(match p.passing {
            Passing::Pointer if !matches!(plain(&p.ty), Type::Optional(_)) => format!("const {} *{}", c_type, p.name),
            Passing::Nothing => continue,
            _ => declare(&c_type, &p.name),
        });
    }
    let Ok(c_type) = i.naming.c_type(&f.result, Way::Out) else { return all };
    match f.returning {
        Returning::Nothing => {}
        Returning::Into => all.push("const DLTensor *result".into()),
        Returning::Inline if matches!(f.body, Body::NewModule(_) | Body::Construct(..)) => {
            all.push(format!("{} **result", f.symbol.trim_end_matches("_new")))
        }
        Returning::Inline if matches!(f.body, Body::FromAttributes(_)) => {
            all.push(format!("{} **result", f.symbol.trim_end_matches("_from_attributes")))
        }
        Returning::Inline if f.body == Body::Clone => all.push(format!("{} **result", f.symbol.trim_end_matches("_clone"))),
        Returning::Inline | Returning::Tensor => all.push(declare(&pointer_to(&c_type), "result")),
        Returning::Block if matches!(plain(&f.result), Type::Optional(_)) => all.push(declare(&pointer_to(&c_type), "result")),
        Returning::Block => all.push(format!("const {c_type} **result")),
    }
    all
}

fn pointer_to(c_type: &str) -> String {
    if c_type.ends_with('*') { format!("{c_type}*") } else { format!("{c_type} *") }
}

fn function(out: &mut String, i: &Interface, f: &CFunction) {
    let params = parameters(i, f);
    let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
    line(out, &format!("/* {} */", f.comment.join("\n   ").replace("*/", "* /")));
    let returns = if f.body == Body::Free { "void" } else { "ts_status" };
    line(out, &format!("{returns} {}({params});\n", f.symbol));
}
