//! Python values at build time.
//!
//! An [`Obj`] is a cheap clone: immediate values by themselves, everything else behind a reference count, so identity is
//! pointer identity. Attributes of modules, classes and instances live in ordinary dictionaries ([`DictObj`]) and keep their order.

use std::{
    cell::{Cell, OnceCell, RefCell},
    fmt,
    rc::Rc,
    sync::Arc,
};

use num_bigint::BigInt;
use num_complex::Complex64;

use super::{
    dict::{DictObj, SetObj},
    generator::GeneratorObj,
    host::Scripted,
    interp::Interp,
    iter::IterObj,
    raise::R,
    scope::Scope,
    tensor::{TensorObj, TorchValue},
};
use crate::{
    diag::Span,
    syntax::{ClassDef, FunctionDef, Lambda, Name, Params},
};

/// A Python value.
#[derive(Clone)]
pub enum Obj {
    None,
    Ellipsis,
    NotImplemented,
    Bool(bool),
    /// An int that fits 64 bits; larger ones are always `Big`.
    Int(i64),
    Big(Rc<BigInt>),
    Float(f64),
    Complex(Complex64),
    Str(Arc<str>),
    Bytes(Rc<[u8]>),
    List(Rc<ListObj>),
    Tuple(Rc<[Obj]>),
    Dict(Rc<DictObj>),
    Set(Rc<SetObj>),
    /// `d.keys()`, `d.values()`, `d.items()`.
    View(Rc<ViewObj>),
    Range(Rc<RangeObj>),
    Slice(Rc<SliceObj>),
    Function(Rc<Function>),
    Builtin(Rc<Builtin>),
    Bound(Rc<Bound>),
    Class(Rc<Class>),
    Instance(Rc<Instance>),
    Module(Rc<ModuleObj>),
    Iter(Rc<IterObj>),
    Generator(Rc<GeneratorObj>),
    Property(Rc<Property>),
    StaticMethod(Rc<Obj>),
    ClassMethod(Rc<Obj>),
    Super(Rc<SuperObj>),
    Tensor(Rc<TensorObj>),
    /// `torch.dtype`, `torch.device`, `torch.layout`, `torch.memory_format`, `torch.Generator`.
    Torch(Rc<TorchValue>),
    /// What `torch.jit.script` and `torch.jit.trace` return.
    Script(Rc<Scripted>),
}

#[derive(Default)]
pub struct ListObj {
    pub items: RefCell<Vec<Obj>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewKind {
    Keys,
    Values,
    Items,
}

/// A live view of a dictionary.
pub struct ViewObj {
    pub dict: Rc<DictObj>,
    pub kind: ViewKind,
}

impl ViewObj {
    pub fn items(&self) -> Vec<Obj> {
        match self.kind {
            ViewKind::Keys => self.dict.keys(),
            ViewKind::Values => self.dict.values(),
            ViewKind::Items => self.dict.items().into_iter().map(|(k, v)| Obj::tuple(vec![k, v])).collect(),
        }
    }
}

/// `range(start, stop, step)`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RangeObj {
    pub start: i64,
    pub stop: i64,
    pub step: i64,
}

impl RangeObj {
    /// Number of items.
    pub fn len(&self) -> usize {
        let (lo, hi, step) = if self.step > 0 {
            (self.start as i128, self.stop as i128, self.step as i128)
        } else {
            (self.stop as i128, self.start as i128, -(self.step as i128))
        };
        if hi <= lo { 0 } else { ((hi - lo + step - 1) / step) as usize }
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// Item `i`, unchecked.
    pub fn get(&self, i: usize) -> i64 {
        self.start.wrapping_add((i as i64).wrapping_mul(self.step))
    }
}

pub struct SliceObj {
    pub start: Obj,
    pub stop: Obj,
    pub step: Obj,
}

/// What a [`Function`] runs.
#[derive(Clone)]
pub enum Code {
    Def(Arc<FunctionDef>),
    Lambda(Arc<Lambda>),
}

impl Code {
    pub fn params(&self) -> &Params {
        match self {
            Code::Def(d) => &d.params,
            Code::Lambda(l) => &l.params,
        }
    }
    pub fn span(&self) -> Span {
        match self {
            Code::Def(d) => d.span,
            Code::Lambda(l) => l.span,
        }
    }
}

/// A function or lambda made by the program.
pub struct Function {
    pub name: RefCell<Name>,
    pub qualname: RefCell<Name>,
    pub code: Code,
    /// Where the body's free names are looked up.
    pub scope: Rc<Scope>,
    /// Default values of the positional parameters, aligned to the right end.
    pub defaults: RefCell<Vec<Obj>>,
    pub kwdefaults: Vec<(Name, Obj)>,
    /// Evaluated (or, under postponed evaluation, textual) annotations; `return` for the result.
    pub annotations: Rc<DictObj>,
    /// `__dict__`: attributes set on the function (`_torchscript_modifier`, `__wrapped__`, ...).
    pub dict: Rc<DictObj>,
}

/// Arguments of a call.
#[derive(Default)]
pub struct Args {
    pub pos: Vec<Obj>,
    pub kw: Vec<(Name, Obj)>,
}

impl Args {
    pub fn new(pos: Vec<Obj>) -> Args {
        Args { pos, kw: Vec::new() }
    }
    /// With one more positional argument in front.
    pub fn prepend(mut self, first: Obj) -> Args {
        self.pos.insert(0, first);
        self
    }
    /// Takes the keyword argument `name`.
    pub fn take_kw(&mut self, name: &str) -> Option<Obj> {
        let at = self.kw.iter().position(|(n, _)| &**n == name)?;
        Some(self.kw.remove(at).1)
    }
}

pub type NativeFn = dyn Fn(&Interp, Args) -> R<Obj>;

/// A function of the evaluator.
pub struct Builtin {
    pub name: Name,
    /// Module that `repr` and scripting see (`builtins`, `math`, `torch`).
    pub module: Name,
    /// Binds to an instance when found on its class.
    pub method: bool,
    pub func: Box<NativeFn>,
    /// The operator it stands for, as `aten::relu`.
    pub op: Option<Name>,
}

pub struct Bound {
    pub recv: Obj,
    pub func: Obj,
}

/// The native value an instance of a class derived from a builtin type carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    Object,
    Type,
    Int,
    Float,
    Complex,
    Str,
    Bytes,
    List,
    Tuple,
    Dict,
    Set,
    FrozenSet,
    Exception,
    Tensor,
    /// Builtin types whose values are never instances.
    Other,
}

pub struct Class {
    pub name: RefCell<Name>,
    pub qualname: RefCell<Name>,
    pub module: Name,
    pub bases: Vec<Rc<Class>>,
    /// Linearisation, the class itself first.
    pub mro: OnceCell<Vec<Rc<Class>>>,
    pub dict: Rc<DictObj>,
    pub meta: Option<Rc<Class>>,
    pub layout: Layout,
    /// The statement that made it and the scope around it; absent for builtin types.
    pub def: Option<Arc<ClassDef>>,
    pub scope: Option<Rc<Scope>>,
    pub subclasses: RefCell<Vec<std::rc::Weak<Class>>>,
}

impl Class {
    pub fn mro(&self) -> &[Rc<Class>] {
        self.mro.get().map_or(&[], |m| m.as_slice())
    }
    /// Looks an attribute up along the linearisation.
    pub fn lookup(&self, name: &str) -> Option<Obj> {
        self.mro().iter().find_map(|c| c.dict.get_str(name))
    }
    /// As [`Class::lookup`], with the class that holds it.
    pub fn lookup_with_owner(&self, name: &str) -> Option<(Obj, Rc<Class>)> {
        self.mro().iter().find_map(|c| c.dict.get_str(name).map(|v| (v, c.clone())))
    }
    pub fn is_subclass_of(&self, other: &Rc<Class>) -> bool {
        self.mro().iter().any(|c| Rc::ptr_eq(c, other))
    }
    /// Whether the class or one of its bases is called so (`torch.nn.modules.module.Module`).
    pub fn is_named(&self, qualified: &str) -> bool {
        self.mro().iter().any(|c| c.qualified() == qualified)
    }
    pub fn qualified(&self) -> String {
        if &*self.module == "builtins" {
            self.qualname.borrow().to_string()
        } else {
            format!("{}.{}", self.module, self.qualname.borrow())
        }
    }
}

pub struct Instance {
    pub class: RefCell<Rc<Class>>,
    pub dict: Rc<DictObj>,
    /// The builtin value for classes derived from `dict`, `str`, `tuple`, ...; an args tuple for exceptions.
    pub payload: RefCell<Obj>,
}

pub struct ModuleObj {
    pub name: Name,
    pub dict: Rc<DictObj>,
    /// Called for names that the dictionary lacks.
    pub fallback: RefCell<Option<Box<ModuleFallback>>>,
}

pub type ModuleFallback = dyn Fn(&Interp, &str) -> R<Option<Obj>>;

pub struct Property {
    pub get: Obj,
    pub set: Obj,
    pub del: Obj,
    pub doc: Obj,
}

pub struct SuperObj {
    pub start: Rc<Class>,
    pub recv: Obj,
    /// The class whose linearisation is walked.
    pub kind: Rc<Class>,
}

thread_local! {
    static NEXT: Cell<usize> = const { Cell::new(1) };
}

/// A number never given before in this thread.
pub fn fresh_id() -> usize {
    NEXT.with(|n| n.replace(n.get() + 1))
}

impl Obj {
    pub fn str(s: impl AsRef<str>) -> Obj {
        Obj::Str(Arc::from(s.as_ref()))
    }
    pub fn list(items: Vec<Obj>) -> Obj {
        Obj::List(Rc::new(ListObj { items: RefCell::new(items) }))
    }
    pub fn tuple(items: Vec<Obj>) -> Obj {
        Obj::Tuple(Rc::from(items))
    }
    pub fn dict() -> Obj {
        Obj::Dict(Rc::new(DictObj::default()))
    }
    /// An int in its normal form.
    pub fn int(i: BigInt) -> Obj {
        match i64::try_from(&i) {
            Ok(i) => Obj::Int(i),
            Err(_) => Obj::Big(Rc::new(i)),
        }
    }
    pub fn is_none(&self) -> bool {
        matches!(self, Obj::None)
    }
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Obj::Str(s) => Some(s),
            _ => None,
        }
    }
    /// The builtin value behind an instance of a derived class, or the object itself.
    pub fn unwrapped(&self) -> Obj {
        match self {
            Obj::Instance(i) if !matches!(i.class.borrow().layout, Layout::Object | Layout::Exception) => {
                i.payload.borrow().clone()
            }
            _ => self.clone(),
        }
    }
    /// Python's `is`.
    pub fn is(&self, other: &Obj) -> bool {
        use Obj::*;
        match (self, other) {
            (None, None) | (Ellipsis, Ellipsis) | (NotImplemented, NotImplemented) => true,
            (Bool(a), Bool(b)) => a == b,
            (Int(a), Int(b)) => a == b,
            (Float(a), Float(b)) => a.to_bits() == b.to_bits(),
            (Str(a), Str(b)) => a == b,
            (Torch(a), Torch(b)) => Rc::ptr_eq(a, b) || a == b,
            (Bound(a), Bound(b)) => Rc::ptr_eq(a, b),
            _ => self.address().is_some() && self.address() == other.address(),
        }
    }
    /// The address that makes up the object's identity, for values that have one.
    pub fn address(&self) -> Option<usize> {
        use Obj::*;
        let thin = |p: *const u8| Some(p as usize);
        match self {
            Big(r) => thin(Rc::as_ptr(r).cast()),
            Str(r) => thin(r.as_ptr()),
            Bytes(r) => thin(r.as_ptr()),
            List(r) => thin(Rc::as_ptr(r).cast()),
            Tuple(r) => thin(r.as_ptr().cast()),
            Dict(r) => thin(Rc::as_ptr(r).cast()),
            Set(r) => thin(Rc::as_ptr(r).cast()),
            View(r) => thin(Rc::as_ptr(r).cast()),
            Range(r) => thin(Rc::as_ptr(r).cast()),
            Slice(r) => thin(Rc::as_ptr(r).cast()),
            Function(r) => thin(Rc::as_ptr(r).cast()),
            Builtin(r) => thin(Rc::as_ptr(r).cast()),
            Bound(r) => thin(Rc::as_ptr(r).cast()),
            Class(r) => thin(Rc::as_ptr(r).cast()),
            Instance(r) => thin(Rc::as_ptr(r).cast()),
            Module(r) => thin(Rc::as_ptr(r).cast()),
            Iter(r) => thin(Rc::as_ptr(r).cast()),
            Generator(r) => thin(Rc::as_ptr(r).cast()),
            Property(r) => thin(Rc::as_ptr(r).cast()),
            StaticMethod(r) | ClassMethod(r) => thin(Rc::as_ptr(r).cast()),
            Super(r) => thin(Rc::as_ptr(r).cast()),
            Tensor(r) => thin(Rc::as_ptr(r).cast()),
            Torch(r) => thin(Rc::as_ptr(r).cast()),
            Script(r) => thin(Rc::as_ptr(r).cast()),
            None | Ellipsis | NotImplemented | Bool(_) | Int(_) | Float(_) | Complex(_) => Option::None,
        }
    }
}

impl fmt::Debug for Obj {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obj::None => write!(f, "None"),
            Obj::Bool(b) => write!(f, "{b}"),
            Obj::Int(i) => write!(f, "{i}"),
            Obj::Float(x) => write!(f, "{x:?}"),
            Obj::Str(s) => write!(f, "{s:?}"),
            Obj::Class(c) => write!(f, "<class {}>", c.qualified()),
            Obj::Instance(i) => write!(f, "<{} object>", i.class.borrow().qualified()),
            Obj::Function(p) => write!(f, "<function {}>", p.name.borrow()),
            _ => write!(f, "<object>"),
        }
    }
}
