//! The Python binding of a library: standard library only, loads the library beside it.

use crate::interface::ctype::short_name;
use crate::interface::{Body, CEnum, CFunction, Default, Interface};
use crate::types::{EnumRef, Type};
use std::fmt::Write;

/// What all bindings share: types, tensors, errors, calls.
const BINDING: &str = include_str!("binding.py");

/// Draws `NAME.py` for the library file `library` in the same folder.
pub fn python(i: &Interface, library: &str) -> String {
    let mut out = String::new();
    let mut line = |s: String| {
        let _ = writeln!(out, "{s}");
    };
    let exported = i.objects.iter().filter(|o| o.exported).map(|o| o.python_name.clone());
    let names: Vec<String> =
        i.functions.iter().map(|f| f.python_name.clone()).chain(exported).map(|n| format!("{n:?}")).collect();
    line(format!("\"\"\"{} - made by tsaot {}; do not edit.\"\"\"", i.stem, env!("CARGO_PKG_VERSION")));
    line(format!("__all__ = [{}]", names.join(", ")));
    line(format!("_LIBRARY = {library:?}\n"));
    line(BINDING.to_owned());
    for e in &i.enums {
        let members: Vec<String> = e
            .members
            .iter()
            .map(|(m, v)| format!("({m:?}, {:?}, {})", e.symbol(m), v.as_deref().unwrap_or(&format!("{m:?}"))))
            .collect();
        line(format!("{} = _enum({:?}, [{}])", enum_name(e), short_name(&e.r#enum.name), members.join(", ")));
    }
    for o in &i.objects {
        let new = o.functions.iter().find(|f| matches!(f.body, Body::NewModule(_) | Body::Construct(..)));
        let methods: Vec<String> = o.functions.iter().filter(|f| f.is_call()).map(|f| function(i, f)).collect();
        let getters: Vec<String> =
            o.functions.iter().filter(|f| matches!(f.body, Body::Get(_))).map(|f| function(i, f)).collect();
        let or_none = |f: Option<&CFunction>| f.map_or("None".to_owned(), |f| function(i, f));
        let clone = or_none(o.functions.iter().find(|f| f.body == Body::Clone));
        let fields = or_none(o.functions.iter().find(|f| matches!(f.body, Body::FromAttributes(_))));
        let new = or_none(new);
        line(format!(
            "{} = _class({:?}, {:?}, {new}, {clone}, {:?}, {fields}, [{}], [{}])",
            if o.exported { o.python_name.clone() } else { format!("_{}", o.name) },
            o.name,
            o.python_name,
            format!("{}_free", o.name),
            methods.join(", "),
            getters.join(", ")
        ));
    }
    for f in i.functions.iter().filter(|f| f.is_call()) {
        line(format!("{} = _function({})", f.python_name, function(i, f)));
    }
    out
}

fn function(i: &Interface, f: &CFunction) -> String {
    let params: Vec<String> = f
        .params
        .iter()
        .zip(f.defaults.iter())
        .map(|(p, d)| {
            let default = match d {
                None => "()".to_owned(),
                Some(Default::Literal(text)) => format!("({text},)"),
                Some(Default::Tensor(dtype, sizes, bytes)) => {
                    let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
                    format!("(_Constant({:?}, {sizes:?}, {hex:?}),)", dtype.trim_start_matches("torch."))
                }
            };
            let ty = match p.broadcast {
                Some(n) => format!("_Filled({}, {n})", type_of(i, &p.ty)),
                None => type_of(i, &p.ty),
            };
            format!("({:?}, {ty}, {default})", p.python_name)
        })
        .collect();
    let result = match f.body {
        Body::NewModule(_) | Body::Construct(..) | Body::FromAttributes(_) | Body::Clone => "_HANDLE".to_owned(),
        _ => type_of(i, &f.result),
    };
    let receiver = if f.receiver.is_some() { "True" } else { "False" };
    format!(
        "_Function({:?}, {:?}, {receiver}, [{}], {}, {result}, {:?})",
        f.symbol,
        f.python_name,
        params.join(", "),
        f.params.iter().filter(|p| !p.kw_only).count(),
        f.comment.join("\n")
    )
}

/// Where the module keeps an enum class.
fn enum_name(e: &CEnum) -> String {
    format!("_enum_{}", e.name)
}

fn enum_name_of(i: &Interface, e: &EnumRef) -> String {
    format!("_enum_{}", i.naming.enumeration(e))
}

/// The type as the binding's own objects.
fn type_of(i: &Interface, ty: &Type) -> String {
    let all = |ts: &[Type]| ts.iter().map(|t| type_of(i, t)).collect::<Vec<_>>().join(", ");
    match ty {
        Type::None => "_NONE".into(),
        Type::Int | Type::Layout | Type::MemoryFormat | Type::QScheme => "_INT".into(),
        Type::Float => "_FLOAT".into(),
        Type::Bool => "_BOOL".into(),
        Type::Complex => "_COMPLEX".into(),
        Type::Str => "_STR".into(),
        Type::Device => "_DEVICE".into(),
        Type::Tensor => "_TENSOR".into(),
        Type::Optional(t) => format!("_Optional({})", type_of(i, t)),
        Type::List(t) => format!("_ListType({})", type_of(i, t)),
        Type::Dict(k, v) => format!("_DictType({}, {})", type_of(i, k), type_of(i, v)),
        Type::Tuple(t) => match &t.names {
            Some(n) => {
                let fields: Vec<String> = n.fields.iter().map(|f| format!("{f:?}")).collect();
                format!("_TupleType([{}], {:?}, ({},))", all(&t.elems), short_name(&n.name), fields.join(", "))
            }
            None => format!("_TupleType([{}])", all(&t.elems)),
        },
        Type::Class(c) if c.is_interface => {
            let names: Vec<String> = i.implementers(c).map(|c| format!("{:?}", i.naming.class(c))).collect();
            format!("_InterfaceType({:?}, [{}])", i.naming.class(c), names.join(", "))
        }
        Type::Class(c) => format!("_ObjectType({:?})", i.naming.class(c)),
        Type::Future(t) | Type::Await(t) => format!("_FutureType({})", type_of(i, t)),
        Type::Enum(e) => format!("_EnumType({})", enum_name_of(i, e)),
        Type::Generator => "_GENERATOR".into(),
        Type::Union(members) => format!("_UnionType({:?}, [{}])", ty.annotation(), all(members)),
        other => format!("_AnyType({:?})", other.annotation()),
    }
}
