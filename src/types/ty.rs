//! The type of a value in TorchScript.

use std::fmt;
use std::rc::Rc;

/// A script class or module class: identity by `id`, an index into the program's classes.
#[derive(Clone, Debug)]
pub struct ClassRef {
    pub id: u32,
    /// `__torch__.MyModule`, unique in a program (later ones are mangled `___torch_mangle_0`).
    pub name: Rc<str>,
    pub is_module: bool,
    pub is_interface: bool,
}

/// An enum class: identity by `id`, an index into the program's enums.
#[derive(Clone, Debug)]
pub struct EnumRef {
    pub id: u32,
    pub name: Rc<str>,
    /// The type of the members' values.
    pub value: Rc<Type>,
}

/// A function as a value.
#[derive(Clone, Debug)]
pub struct FunctionRef {
    pub id: u32,
    pub name: Rc<str>,
}

macro_rules! identity {
    ($($t:ty),*) => {$(
        impl PartialEq for $t {
            fn eq(&self, other: &Self) -> bool {
                self.id == other.id
            }
        }
        impl Eq for $t {}
        impl std::hash::Hash for $t {
            fn hash<H: std::hash::Hasher>(&self, h: &mut H) {
                self.id.hash(h)
            }
        }
    )*};
}
identity!(ClassRef, EnumRef, FunctionRef);

/// Names of a NamedTuple: its qualified name and its fields.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FieldNames {
    pub name: Rc<str>,
    pub fields: Vec<Rc<str>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TupleType {
    pub elems: Vec<Type>,
    pub names: Option<FieldNames>,
}

/// A TorchScript type. Cheap to clone; compares by structure, classes and enums by identity.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    Any,
    None,
    Tensor,
    Int,
    Float,
    Bool,
    Complex,
    Str,
    /// `Scalar` in schemas: int, float, complex (and bool by value).
    Number,
    Device,
    Generator,
    Stream,
    Storage,
    QScheme,
    Layout,
    MemoryFormat,
    Optional(Rc<Type>),
    List(Rc<Type>),
    Dict(Rc<Type>, Rc<Type>),
    Tuple(Rc<TupleType>),
    /// At least two members, none of them a union or optional; `None` may be a member.
    Union(Rc<[Type]>),
    Future(Rc<Type>),
    Await(Rc<Type>),
    RRef(Rc<Type>),
    Class(ClassRef),
    Enum(EnumRef),
    Function(FunctionRef),
    /// A type variable of a schema (`t`).
    Var(Rc<str>),
    /// Any list, tuple, class, enum: only in schemas and `isinstance`.
    AnyList,
    AnyTuple,
    AnyClass,
    AnyEnum,
}

impl Type {
    pub fn list(elem: Type) -> Type {
        Type::List(Rc::new(elem))
    }

    pub fn dict(key: Type, value: Type) -> Type {
        Type::Dict(Rc::new(key), Rc::new(value))
    }

    pub fn tuple(elems: Vec<Type>) -> Type {
        Type::Tuple(Rc::new(TupleType { elems, names: None }))
    }

    pub fn named_tuple(name: &str, fields: Vec<(Rc<str>, Type)>) -> Type {
        let (fields, elems) = fields.into_iter().unzip();
        Type::Tuple(Rc::new(TupleType { elems, names: Some(FieldNames { name: name.into(), fields }) }))
    }

    /// `Optional[t]`; an optional, `None` or `Any` stays itself.
    pub fn optional(t: Type) -> Type {
        match t {
            Type::Optional(_) | Type::None | Type::Any => t,
            Type::Union(ref m) if m.contains(&Type::None) => t,
            t => Type::Optional(Rc::new(t)),
        }
    }

    /// A value of the type may be `None`.
    pub fn is_optional_like(&self) -> bool {
        match self {
            Type::Optional(_) | Type::None | Type::Any => true,
            Type::Union(m) => m.contains(&Type::None),
            _ => false,
        }
    }

    /// The element types of a tuple.
    pub fn tuple_elems(&self) -> Option<&[Type]> {
        match self {
            Type::Tuple(t) => Some(&t.elems),
            _ => None,
        }
    }

    /// Types directly inside.
    pub fn contained(&self) -> Vec<&Type> {
        match self {
            Type::Optional(t) | Type::List(t) | Type::Future(t) | Type::Await(t) | Type::RRef(t) => vec![t],
            Type::Dict(k, v) => vec![k, v],
            Type::Tuple(t) => t.elems.iter().collect(),
            Type::Union(m) => m.iter().collect(),
            _ => vec![],
        }
    }

    /// Holds a type variable somewhere.
    pub fn has_vars(&self) -> bool {
        matches!(self, Type::Var(_)) || self.contained().into_iter().any(Type::has_vars)
    }

    /// The type as Python annotation, as `.code` and error messages print it (`List[int]`, `Optional[Tensor]`).
    pub fn annotation(&self) -> String {
        let join = |ts: &[Type]| ts.iter().map(Type::annotation).collect::<Vec<_>>().join(", ");
        match self {
            Type::None => "NoneType".into(),
            Type::Number => "number".into(),
            Type::Optional(t) => format!("Optional[{}]", t.annotation()),
            Type::List(t) => format!("List[{}]", t.annotation()),
            Type::Dict(k, v) => format!("Dict[{}, {}]", k.annotation(), v.annotation()),
            Type::Tuple(t) => match &t.names {
                Some(n) => n.name.to_string(),
                None if t.elems.is_empty() => "Tuple[()]".into(),
                None => format!("Tuple[{}]", join(&t.elems)),
            },
            Type::Union(m) => format!("Union[{}]", join(m)),
            Type::Future(t) => format!("Future[{}]", t.annotation()),
            Type::Await(t) => format!("Await[{}]", t.annotation()),
            Type::RRef(t) => format!("RRef[{}]", t.annotation()),
            Type::Enum(e) => e.name.to_string(),
            Type::Function(f) => f.name.to_string(),
            other => other.to_string(),
        }
    }
}

/// The type as graphs print it (`int[]`, `Tensor?`, `Dict(str, Tensor)`).
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |f: &mut fmt::Formatter<'_>, ts: &[Type]| -> fmt::Result {
            for (i, t) in ts.iter().enumerate() {
                write!(f, "{}{t}", if i > 0 { ", " } else { "" })?;
            }
            Ok(())
        };
        match self {
            Type::Any => f.write_str("Any"),
            Type::None => f.write_str("NoneType"),
            Type::Tensor => f.write_str("Tensor"),
            Type::Int => f.write_str("int"),
            Type::Float => f.write_str("float"),
            Type::Bool => f.write_str("bool"),
            Type::Complex => f.write_str("complex"),
            Type::Str => f.write_str("str"),
            Type::Number => f.write_str("Scalar"),
            Type::Device => f.write_str("Device"),
            Type::Generator => f.write_str("Generator"),
            Type::Stream => f.write_str("Stream"),
            Type::Storage => f.write_str("Storage"),
            Type::QScheme => f.write_str("QScheme"),
            Type::Layout => f.write_str("Layout"),
            Type::MemoryFormat => f.write_str("MemoryFormat"),
            Type::Optional(t) => write!(f, "{t}?"),
            Type::List(t) => write!(f, "{t}[]"),
            Type::Dict(k, v) => write!(f, "Dict({k}, {v})"),
            Type::Tuple(t) => match &t.names {
                Some(n) => {
                    f.write_str("NamedTuple(")?;
                    for (i, (name, t)) in n.fields.iter().zip(&t.elems).enumerate() {
                        write!(f, "{}{name} : {t}", if i > 0 { ", " } else { "" })?;
                    }
                    f.write_str(")")
                }
                None => {
                    f.write_str("(")?;
                    list(f, &t.elems)?;
                    f.write_str(")")
                }
            },
            Type::Union(m) => {
                f.write_str("Union(")?;
                list(f, m)?;
                f.write_str(")")
            }
            Type::Future(t) => write!(f, "Future[{t}]"),
            Type::Await(t) => write!(f, "Await({t})"),
            Type::RRef(t) => write!(f, "RRef({t})"),
            Type::Class(c) => f.write_str(&c.name),
            Type::Enum(e) => write!(f, "Enum<{}>", e.name),
            Type::Function(_) => f.write_str("Function"),
            Type::Var(v) => f.write_str(v),
            Type::AnyList => f.write_str("list"),
            Type::AnyTuple => f.write_str("tuple"),
            Type::AnyClass => f.write_str("AnyClassType"),
            Type::AnyEnum => f.write_str("AnyEnumType"),
        }
    }
}
