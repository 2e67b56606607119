//! What a compilation consists of: functions, classes, enums, constants, live objects and exports.

use super::ir::Graph;
use crate::diag::Span;
use crate::types::{ClassRef, EnumRef, Subtyping, Type};
use std::collections::HashMap;
use std::rc::Rc;

/// A tensor that lives in the compiler.
pub type LiveTensor = tsrt::Tensor;

macro_rules! index {
    ($(#[$doc:meta] $name:ident),*) => {$(
        #[$doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
    )*};
}
index!(
    /// Index into [`Program::functions`].
    FunctionId,
    /// Index into [`Program::classes`].
    ClassId,
    /// Index into [`Program::objects`].
    ObjectId
);

/// A value known at build time. Tensors and containers have identity: two `Tensor` constants made from one live tensor hold the
/// same `Rc`, so that sharing (tied weights, aliased attributes) survives.
#[derive(Clone, Debug)]
pub enum Const {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Complex(f64, f64),
    Str(Rc<str>),
    Device {
        kind: u32,
        index: Option<u32>,
    },
    Tensor(LiveTensor),
    List(Rc<Vec<Const>>, Type),
    Dict(Rc<Vec<(Const, Const)>>, Type, Type),
    Tuple(Rc<Vec<Const>>, Type),
    /// A member of an enum class, by position.
    Enum(EnumRef, u32),
    Object(ObjectId),
    /// A generator seeded as given.
    Generator(u64),
}

impl Const {
    /// Visits the tensors that a value is or holds; not those of objects.
    pub fn tensors(&self, visit: &mut impl FnMut(&LiveTensor)) {
        match self {
            Const::Tensor(t) => visit(t),
            Const::List(_, ty) if !super::alias::is_mutable(ty) => {}
            Const::List(items, _) | Const::Tuple(items, _) => items.iter().for_each(|c| c.tensors(visit)),
            Const::Dict(items, ..) => items.iter().for_each(|(k, v)| {
                k.tensors(visit);
                v.tensors(visit);
            }),
            _ => {}
        }
    }
}

/// One parameter of a signature.
#[derive(Clone, Debug)]
pub struct Param {
    pub name: String,
    pub ty: Type,
    pub default: Option<Const>,
    pub kw_only: bool,
    /// The annotation was written as a size-like list that a single int fills (`int[2]` in schemas).
    pub broadcast: Option<u32>,
}

/// A function's parameters (including `self`) and result types.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    pub params: Vec<Param>,
    pub returns: Vec<Type>,
}

/// A compiled function or method.
#[derive(Clone, Debug)]
pub struct Function {
    /// `__torch__.foo`, or `__torch__.M.forward` for methods.
    pub name: String,
    pub signature: Signature,
    pub graph: Graph,
    /// The class whose method it is.
    pub class: Option<ClassId>,
    /// The `def` line.
    pub span: Option<Span>,
    /// Why the body is not compiled (`@torch.jit.ignore`): calls raise this at run time.
    pub ignored: Option<String>,
    /// A failed compilation, already reported; calls of it are not reported again.
    pub poisoned: bool,
}

impl Function {
    /// It executes an operator or helps one: its name is an operator's, and stack traces do not show it.
    pub fn is_library(&self) -> bool {
        self.name.contains("::")
    }
}

/// An attribute of a class, in slot order.
#[derive(Clone, Debug)]
pub struct Attribute {
    pub name: String,
    pub ty: Type,
    pub is_parameter: bool,
    pub is_buffer: bool,
}

#[derive(Clone, Debug)]
pub struct Class {
    pub class: ClassRef,
    pub attributes: Vec<Attribute>,
    /// Values of names that are not slots (`__constants__`, `Final`, class attributes).
    pub constants: Vec<(String, Const)>,
    /// Methods, static methods and property accessors by name.
    pub methods: Vec<(String, FunctionId)>,
    /// name, getter, setter
    pub properties: Vec<(String, FunctionId, Option<FunctionId>)>,
    pub forward_hooks: Vec<FunctionId>,
    pub forward_pre_hooks: Vec<FunctionId>,
    /// Interfaces only: what an implementing class must have.
    pub interface: Vec<(String, Signature)>,
    pub doc: Option<String>,
    pub span: Option<Span>,
}

impl Class {
    pub fn slot(&self, name: &str) -> Option<usize> {
        self.attributes.iter().position(|a| a.name == name)
    }

    /// A method by its name; the accessors of a property `p` are `__p_getter` and `__p_setter`.
    pub fn method(&self, name: &str) -> Option<FunctionId> {
        let own = self.methods.iter().find(|(n, _)| n == name).map(|(_, f)| *f);
        own.or_else(|| {
            let accessor = name.strip_prefix("__")?;
            let named = |p: &str| self.properties.iter().find(|(n, ..)| n == p);
            match (accessor.strip_suffix("_getter"), accessor.strip_suffix("_setter")) {
                (Some(p), _) => named(p).map(|(_, getter, _)| *getter),
                (_, Some(p)) => named(p).and_then(|(_, _, setter)| *setter),
                _ => None,
            }
        })
    }
}

#[derive(Clone, Debug)]
pub struct EnumClass {
    pub r#enum: EnumRef,
    pub members: Vec<(String, Const)>,
}

/// A live instance of a class: a module, or an object held by one.
#[derive(Clone, Debug)]
pub struct Object {
    pub class: ClassId,
    /// One value per attribute, in slot order.
    pub slots: Vec<Const>,
}

/// A name that the artifact exports.
#[derive(Clone, Debug)]
pub enum Export {
    Function {
        name: String,
        function: FunctionId,
    },
    /// A module instance; `methods` are `forward` and the exported ones.
    Module {
        name: String,
        object: ObjectId,
        methods: Vec<FunctionId>,
    },
    /// A script class that callers may construct.
    Class {
        name: String,
        class: ClassId,
    },
}

/// What an executable runs.
#[derive(Clone, Copy, Debug)]
pub struct Main {
    /// Takes nothing; an int result is the exit status.
    pub function: FunctionId,
    /// The object that it finds its globals in, made before it runs.
    pub globals: Option<ObjectId>,
}

/// Everything that one run compiles.
#[derive(Clone, Debug, Default)]
pub struct Program {
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    pub enums: Vec<EnumClass>,
    /// Constants that nodes refer to by index (`Attr::Const`).
    pub consts: Vec<Const>,
    pub objects: Vec<Object>,
    pub exports: Vec<Export>,
    /// The program of an executable.
    pub main: Option<Main>,
    /// The functions that execute operators which neither the runtime nor generated code does, by the operators' full names.
    pub library: HashMap<String, FunctionId>,
    /// Functions left to Python whose text can be compiled all the same, by the `index` of their `prim::PythonOp`.
    pub python: HashMap<i64, FunctionId>,
}

impl Program {
    pub fn function(&self, f: FunctionId) -> &Function {
        &self.functions[f.0 as usize]
    }

    pub fn class(&self, c: ClassId) -> &Class {
        &self.classes[c.0 as usize]
    }

    pub fn class_of(&self, c: &ClassRef) -> &Class {
        &self.classes[c.id as usize]
    }

    pub fn object(&self, o: ObjectId) -> &Object {
        &self.objects[o.0 as usize]
    }

    pub fn add_function(&mut self, f: Function) -> FunctionId {
        self.functions.push(f);
        FunctionId(self.functions.len() as u32 - 1)
    }

    /// The index of a constant; a tensor that is there already keeps its own.
    pub fn add_const(&mut self, c: Const) -> u32 {
        if let Const::Tensor(t) = &c
            && let Some(i) = self.consts.iter().position(|d| matches!(d, Const::Tensor(u) if u.same(t)))
        {
            return i as u32;
        }
        self.consts.push(c);
        self.consts.len() as u32 - 1
    }
}

/// A class implements an interface when it has every method of it with the same parameters and results (module interfaces: covariant results).
impl Subtyping for Program {
    fn implements(&self, class: &ClassRef, interface: &ClassRef) -> bool {
        let (c, i) = (self.class_of(class), self.class_of(interface));
        i.interface.iter().all(|(name, want)| {
            let have = match c.method(name) {
                Some(f) => &self.function(f).signature,
                None => match c.interface.iter().find(|(n, _)| n == name) {
                    Some((_, s)) => s,
                    None => return false,
                },
            };
            have.params.len() == want.params.len()
                && have.params.iter().zip(&want.params).skip(1).all(|(h, w)| h.name == w.name && w.ty.is_subtype_of(&h.ty, self))
                && have.returns.len() == want.returns.len()
                && have.returns.iter().zip(&want.returns).all(|(h, w)| h.is_subtype_of(w, self))
        })
    }
}
