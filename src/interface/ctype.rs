//! How TorchScript types look in C, and the descriptors that drive their conversion at run time.
//!
//! Scalars stand for themselves, tensors are DLPack. `str` and lists are two words, pointer and length, and pass by value; every
//! other aggregate (dict, tuple, optional, `Any`, union) passes by pointer to const. Types that hold tensors have two forms: coming in, tensors
//! are `const DLTensor *`; going out they are `DLManagedTensorVersioned *`. Struct names follow from structure alone (`ts_list_int`,
//! `ts_dict_str_tensor`), so that the headers of two libraries agree when one program includes both.
//!
//! The descriptor of a type is its preorder walk in one byte a step; `runtime/src/cabi.rs` has the table and the C layouts.

use crate::types::{ClassRef, EnumRef, Type};

/// Whether a value goes into the library or comes out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    In,
    Out,
}

/// How a parameter or result is handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Passing {
    /// A number, flag or opaque handle, by value.
    Scalar,
    /// `const DLTensor *`, or `DLManagedTensorVersioned **` for a result; NULL stands for `None` where the type allows it.
    Tensor,
    /// Pointer and length by value.
    Slice,
    /// Pointer to const.
    Pointer,
    /// `None`: nothing is passed.
    Nothing,
}

/// Types that cannot cross the C interface, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncrossable(pub String);

/// The type that C sees: a future crosses as its value, for a call is done when it was forked.
pub fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Future(t) | Type::Await(t) => plain(t),
        ty => ty,
    }
}

/// `Type` without the details that C does not see: an optional tensor is a tensor that may be NULL.
pub fn passing(ty: &Type) -> Passing {
    match plain(ty) {
        Type::None => Passing::Nothing,
        Type::Tensor => Passing::Tensor,
        Type::Optional(t) if *plain(t) == Type::Tensor => Passing::Tensor,
        Type::Optional(t) if matches!(plain(t), Type::Class(_) | Type::Enum(_)) => Passing::Scalar,
        Type::Str | Type::List(_) => Passing::Slice,
        Type::Int
        | Type::Float
        | Type::Bool
        | Type::Class(_)
        | Type::Enum(_)
        | Type::Generator
        | Type::Layout
        | Type::MemoryFormat
        | Type::QScheme => Passing::Scalar,
        _ => Passing::Pointer,
    }
}

/// How a result comes out, always through a last parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returning {
    /// Nothing: the function returns `None`.
    Nothing,
    /// Written in place: numbers, flags, devices, and instances, which the caller then owns.
    Inline,
    /// `DLManagedTensorVersioned **`, NULL for None.
    Tensor,
    /// `const T **`: a block that `ts_release` frees.
    Block,
    /// `const DLTensor *`: the caller's tensor, which the result is written into.
    Into,
}

pub fn returning(ty: &Type) -> Returning {
    match (plain(ty), passing(ty)) {
        (_, Passing::Nothing) => Returning::Nothing,
        (_, Passing::Tensor) => Returning::Tensor,
        (_, Passing::Scalar) | (Type::Complex | Type::Device, _) => Returning::Inline,
        _ => Returning::Block,
    }
}

/// The last part of a class's or tuple's qualified name.
pub fn short_name(qualified: &str) -> &str {
    qualified.rsplit('.').next().unwrap_or(qualified)
}

/// Names types for one library; `stem` prefixes the names of its own classes and NamedTuples.
pub struct Naming {
    pub stem: String,
    /// Classes that the library exports, by id, under the names of their exports.
    pub classes: Vec<(u32, String)>,
}

impl Naming {
    /// The C name of a class.
    pub fn class(&self, class: &ClassRef) -> String {
        match self.classes.iter().find(|(id, _)| *id == class.id) {
            Some((_, name)) => name.clone(),
            None => format!("{}_{}", self.stem, short_name(&class.name)),
        }
    }

    /// The C name of an enum class; its members' names follow behind an underscore.
    pub fn enumeration(&self, e: &EnumRef) -> String {
        format!("{}_{}", self.stem, short_name(&e.name))
    }

    /// The word that stands for a type inside struct names.
    fn word(&self, ty: &Type, way: Way) -> Result<String, Uncrossable> {
        Ok(match plain(ty) {
            Type::Int | Type::Layout | Type::MemoryFormat | Type::QScheme => "int".into(),
            Type::Float => "float".into(),
            Type::Bool => "bool".into(),
            Type::Complex => "complex".into(),
            Type::Str => "str".into(),
            Type::None => "none".into(),
            Type::Device => "device".into(),
            Type::Tensor => if way == Way::In { "tensor" } else { "tensor_out" }.into(),
            Type::Optional(t) => format!("opt_{}", self.word(t, way)?),
            Type::List(t) => format!("list_{}", self.word(t, way)?),
            Type::Dict(k, v) => format!("dict_{}_{}", self.word(k, way)?, self.word(v, way)?),
            Type::Tuple(t) => match &t.names {
                Some(n) => format!(
                    "{}_{}{}",
                    self.stem,
                    short_name(&n.name),
                    if way == Way::Out && holds_tensor(ty) { "_out" } else { "" }
                ),
                None => {
                    let mut s = format!("tuple{}", t.elems.len());
                    for e in &t.elems {
                        s.push('_');
                        s.push_str(&self.word(e, way)?);
                    }
                    s
                }
            },
            Type::Any | Type::Union(_) | Type::Number => if way == Way::In { "value" } else { "value_out" }.into(),
            Type::Class(c) => self.class(c),
            Type::Enum(e) => self.enumeration(e),
            Type::Generator => "seed".into(),
            other => return Err(Uncrossable(format!("values of type {} cannot cross the C interface", other.annotation()))),
        })
    }

    /// The C type of a value inside a struct, a slice or behind a pointer.
    pub fn c_type(&self, ty: &Type, way: Way) -> Result<String, Uncrossable> {
        Ok(match plain(ty) {
            Type::Int | Type::Layout | Type::MemoryFormat | Type::QScheme => "int64_t".into(),
            Type::Float => "double".into(),
            Type::Bool => "bool".into(),
            Type::None => "uint8_t".into(),
            Type::Tensor => match way {
                Way::In => "const DLTensor *".into(),
                Way::Out => "DLManagedTensorVersioned *".into(),
            },
            Type::Class(_) => format!("{} *", self.word(ty, way)?),
            Type::Enum(_) => format!("const {} *", self.word(ty, way)?),
            Type::Generator => "uint64_t".into(),
            Type::Optional(t) => match plain(t) {
                Type::Tensor | Type::Class(_) | Type::Enum(_) => self.c_type(t, way)?,
                t => {
                    let inner = self.c_type(t, way)?;
                    format!("const {inner}{}*", if inner.ends_with('*') { "" } else { " " })
                }
            },
            Type::Tuple(t) if t.names.is_some() => self.word(ty, way)?,
            _ => format!("ts_{}", self.word(ty, way)?),
        })
    }

    /// Every struct that a type needs, innermost first: C name and members.
    pub fn structs(&self, ty: &Type, way: Way, out: &mut Vec<Struct>) -> Result<(), Uncrossable> {
        for t in ty.contained() {
            self.structs(t, way, out)?;
        }
        let member = |name: &str, ty: &Type| -> Result<Member, Uncrossable> {
            Ok(Member { name: name.to_owned(), c_type: self.c_type(ty, way)?, ty: Some(ty.clone()), pointer: false })
        };
        let pointer = |name: &str, ty: &Type| -> Result<Member, Uncrossable> {
            let inner = self.c_type(ty, way)?;
            let c_type = match inner.ends_with('*') {
                true => format!("{inner}const *"),
                false => format!("const {inner} *"),
            };
            Ok(Member { name: name.to_owned(), c_type, ty: Some(ty.clone()), pointer: true })
        };
        let len = || Member { name: "len".into(), c_type: "size_t".into(), ty: None, pointer: false };
        let members = match ty {
            Type::List(t) => vec![pointer("ptr", t)?, len()],
            Type::Dict(k, v) => vec![pointer("keys", k)?, pointer("values", v)?, len()],
            Type::Tuple(t) if t.elems.is_empty() => vec![member("none", &Type::None)?],
            Type::Tuple(t) => match &t.names {
                Some(n) => n.fields.iter().zip(&t.elems).map(|(f, e)| member(f, e)).collect::<Result<_, _>>()?,
                None => t.elems.iter().enumerate().map(|(i, e)| member(&format!("f{i}"), e)).collect::<Result<_, _>>()?,
            },
            _ => return Ok(()),
        };
        let s = Struct {
            name: self.c_type(ty, way)?,
            members,
            shared: !matches!(ty, Type::Tuple(t) if t.names.is_some()),
            ty: ty.clone(),
            way,
        };
        if !out.iter().any(|o| o.name == s.name) {
            out.push(s);
        }
        Ok(())
    }
}

/// A C struct that stands for a list, dict or tuple.
#[derive(Clone, Debug)]
pub struct Struct {
    pub name: String,
    pub members: Vec<Member>,
    /// The name follows from structure alone, so other headers may define it too.
    pub shared: bool,
    pub ty: Type,
    pub way: Way,
}

#[derive(Clone, Debug)]
pub struct Member {
    pub name: String,
    pub c_type: String,
    /// The TorchScript type of the member, or of the elements for a pointer; `None` for lengths.
    pub ty: Option<Type>,
    pub pointer: bool,
}

/// A tensor occurs somewhere in the type, so that its two directions differ.
pub fn holds_tensor(ty: &Type) -> bool {
    matches!(ty, Type::Tensor | Type::Any | Type::Union(_)) || ty.contained().into_iter().any(holds_tensor)
}

/// The descriptor of a type for the runtime's converters.
pub fn descriptor(ty: &Type) -> Result<Vec<u8>, Uncrossable> {
    let mut out = Vec::new();
    describe(ty, &mut out)?;
    Ok(out)
}

fn describe(ty: &Type, out: &mut Vec<u8>) -> Result<(), Uncrossable> {
    out.push(match ty {
        Type::None => b'n',
        Type::Bool => b'b',
        Type::Int | Type::Layout | Type::MemoryFormat | Type::QScheme => b'i',
        Type::Float => b'd',
        Type::Complex => b'c',
        Type::Str => b's',
        Type::Tensor => b't',
        Type::Device => b'D',
        Type::Optional(_) => b'o',
        Type::List(_) => b'l',
        Type::Dict(..) => b'm',
        Type::Tuple(_) => b'u',
        Type::Any | Type::Union(_) | Type::Number => b'a',
        Type::Class(_) | Type::Enum(_) => b'k',
        Type::Generator => b'g',
        Type::Future(_) | Type::Await(_) => b'f',
        other => return Err(Uncrossable(format!("values of type {} cannot cross the C interface", other.annotation()))),
    });
    if let Type::Tuple(t) = ty {
        let n = u8::try_from(t.elems.len())
            .map_err(|_| Uncrossable("tuples of more than 255 elements cannot cross the C interface".into()))?;
        out.push(n);
    }
    if !matches!(ty, Type::Union(_)) {
        for t in ty.contained() {
            describe(t, out)?;
        }
    }
    Ok(())
}
