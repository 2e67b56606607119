//! What scripting and the driver ask of live objects.

use std::{rc::Rc, sync::Arc};

use super::{
    dict::DictObj,
    host::{Scripted, ScriptedKind},
    interp::Interp,
    object::*,
    raise::R,
    scope::Scope,
    tensor::TensorObj,
};
use crate::{
    diag::Span,
    syntax::{ClassDef, Expr, FunctionDef, Name},
};

/// A name of the program bound to something scripted.
#[derive(Clone)]
pub struct Export {
    pub name: Name,
    pub handle: Rc<Scripted>,
}

/// Top-level names of a module that are bound to scripted objects, in the order of their binding.
pub fn exports(interp: &Interp, module: &ModuleObj) -> Vec<Export> {
    let scripted = interp.scripted.borrow();
    let of = |v: &Obj| match v {
        Obj::Script(s) => Some(s.clone()),
        Obj::Class(_) => scripted.iter().find(|s| s.kind == ScriptedKind::Class && s.target.is(v)).cloned(),
        _ => None,
    };
    let items = module.dict.str_items();
    items
        .into_iter()
        .filter(|(k, _)| !k.starts_with("__"))
        .filter_map(|(name, v)| of(&v).map(|handle| Export { name, handle }))
        .collect()
}

/// What decorators and torch.jit's functions noted on a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// Compiled when something calls it.
    Default,
    /// `@torch.jit.export`: compiled with its module.
    Export,
    /// `@torch.jit.ignore`: left to Python; a call raises at run time.
    Ignore,
    /// `@torch.jit.unused`: replaced by an exception.
    Unused,
}

/// The plain function behind a function, bound method, static or class method.
pub fn function(obj: &Obj) -> Option<Rc<Function>> {
    match obj {
        Obj::Function(f) => Some(f.clone()),
        Obj::Bound(b) => function(&b.func),
        Obj::StaticMethod(f) | Obj::ClassMethod(f) => function(f),
        Obj::Script(s) if s.kind == ScriptedKind::Function => function(&s.target),
        _ => None,
    }
}

impl Function {
    /// The `def`, if it is one and not a lambda.
    pub fn def(&self) -> Option<&Arc<FunctionDef>> {
        match &self.code {
            Code::Def(d) => Some(d),
            Code::Lambda(_) => None,
        }
    }

    pub fn span(&self) -> Span {
        self.code.span()
    }

    /// The default of a parameter.
    pub fn default_of(&self, param: &str) -> Option<Obj> {
        let positional: Vec<_> = self.code.params().positional().collect();
        let defaults = self.defaults.borrow();
        let first = positional.len().saturating_sub(defaults.len());
        if let Some(i) = positional.iter().position(|p| &*p.name == param) {
            return i.checked_sub(first).and_then(|i| defaults.get(i)).cloned();
        }
        self.kwdefaults.iter().find(|(n, _)| &**n == param).map(|(_, v)| v.clone())
    }

    pub fn modifier(&self) -> Modifier {
        match self.dict.get_str("_torchscript_modifier") {
            Some(Obj::Str(s)) => match &*s {
                "EXPORT" => Modifier::Export,
                "IGNORE" | "COPY_TO_SCRIPT_WRAPPER" => Modifier::Ignore,
                "UNUSED" => Modifier::Unused,
                _ => Modifier::Default,
            },
            _ => Modifier::Default,
        }
    }

    /// The further signatures of `@torch.jit._overload`.
    pub fn overloads(&self) -> Vec<Rc<Function>> {
        match self.dict.get_str("_overloads") {
            Some(Obj::List(l)) => l.items.borrow().iter().filter_map(function).collect(),
            _ => vec![],
        }
    }
}

impl Interp {
    /// A free name of a function, as its body would find it: closure, globals, builtins.
    pub fn resolve_in(&self, f: &Function, name: &str) -> Option<Obj> {
        self.resolve(&f.scope, name)
    }

    /// The scope of a class body, where its methods' annotations are evaluated.
    pub fn class_scope(&self, class: &Class) -> Option<Rc<Scope>> {
        class.scope.clone()
    }

    /// The value of an annotation expression in a scope; text annotations are parsed.
    pub fn evaluate(&self, e: &Expr, scope: &Rc<Scope>) -> R<Obj> {
        self.eval(e, scope)
    }

    /// The operator that an object stands for (`torch.relu` is `aten::relu`).
    pub fn operator_of(&self, obj: &Obj) -> Option<Name> {
        match obj {
            Obj::Builtin(b) => b.op.clone(),
            Obj::Bound(b) => self.operator_of(&b.func),
            _ => None,
        }
    }

    /// A builtin function as `module.name` (`builtins.len`, `math.sqrt`, `torch.manual_seed`).
    pub fn builtin_name(&self, obj: &Obj) -> Option<String> {
        match obj {
            Obj::Builtin(b) => Some(format!("{}.{}", b.module, b.name)),
            Obj::Class(c) if &*c.module == "builtins" => Some(format!("builtins.{}", c.name.borrow())),
            _ => None,
        }
    }

    /// The module instance as scripting sees it, if the object is a `torch.nn.Module`.
    pub fn module_view(&self, obj: &Obj) -> Option<ModuleView> {
        let Obj::Instance(i) = obj else { return None };
        let class = i.class.borrow().clone();
        class.is_named("torch.nn.modules.module.Module").then(|| ModuleView { instance: i.clone(), class })
    }
}

/// A module instance: its class and its state in registration order.
#[derive(Clone)]
pub struct ModuleView {
    pub instance: Rc<Instance>,
    pub class: Rc<Class>,
}

impl ModuleView {
    fn table(&self, name: &str) -> Vec<(Name, Obj)> {
        match self.instance.dict.get_str(name).map(|d| d.unwrapped()) {
            Some(Obj::Dict(d)) => d.str_items(),
            _ => vec![],
        }
    }

    /// Parameters; a parameter registered as `None` is `None`.
    pub fn parameters(&self) -> Vec<(Name, Option<Rc<TensorObj>>)> {
        self.table("_parameters").into_iter().map(|(n, v)| (n, as_tensor(&v))).collect()
    }

    /// Buffers; with whether the state dict holds them.
    pub fn buffers(&self) -> Vec<(Name, Option<Rc<TensorObj>>, bool)> {
        let transient = match self.instance.dict.get_str("_non_persistent_buffers_set") {
            Some(Obj::Set(s)) => s.objs(),
            _ => vec![],
        };
        let is_transient = |n: &str| transient.iter().any(|o| o.as_str() == Some(n));
        self.table("_buffers").into_iter().map(|(n, v)| (n.clone(), as_tensor(&v), !is_transient(&n))).collect()
    }

    /// Submodules (`None` for those set to None); a scripted one is an `Obj::Script`.
    pub fn submodules(&self) -> Vec<(Name, Obj)> {
        self.table("_modules")
    }

    /// Other attributes in the order in which they were set.
    pub fn attributes(&self) -> Vec<(Name, Obj)> {
        let own = self.instance.dict.str_items();
        own.into_iter().filter(|(n, _)| !INTERNAL.contains(&&**n)).collect()
    }

    pub fn is_training(&self) -> bool {
        matches!(self.instance.dict.get_str("training"), Some(Obj::Bool(true)))
    }

    /// Names in `__constants__` of the class and its bases.
    pub fn constants(&self, interp: &Interp) -> R<Vec<Name>> {
        let mut out = Vec::new();
        for c in self.class.mro() {
            if let Some(list) = c.dict.get_str("__constants__") {
                for n in interp.collect(&list)? {
                    if let Some(n) = n.as_str() {
                        out.push(Name::from(n));
                    }
                }
            }
        }
        Ok(out)
    }

    /// Hooks in the order of their registration: `_forward_pre_hooks` or `_forward_hooks`.
    pub fn hooks(&self, pre: bool) -> Vec<Obj> {
        match self.instance.dict.get_str(if pre { "_forward_pre_hooks" } else { "_forward_hooks" }).map(|d| d.unwrapped()) {
            Some(Obj::Dict(d)) => d.values(),
            _ => vec![],
        }
    }

    /// A method found along the class's linearisation, or set on the instance.
    pub fn method(&self, name: &str) -> Option<Rc<Function>> {
        match self.instance.dict.get_str(name) {
            Some(v) => function(&v),
            None => self.class.lookup(name).and_then(|v| function(&v)),
        }
    }
}

/// `Module`'s own bookkeeping.
const INTERNAL: &[&str] = &[
    "_parameters",
    "_buffers",
    "_modules",
    "_non_persistent_buffers_set",
    "_forward_hooks",
    "_forward_pre_hooks",
    "_forward_hooks_with_kwargs",
    "_forward_pre_hooks_with_kwargs",
    "_forward_hooks_always_called",
    "_backward_hooks",
    "_backward_pre_hooks",
    "_state_dict_hooks",
    "_state_dict_pre_hooks",
    "_load_state_dict_pre_hooks",
    "_load_state_dict_post_hooks",
    "_is_full_backward_hook",
];

fn as_tensor(v: &Obj) -> Option<Rc<TensorObj>> {
    match v {
        Obj::Tensor(t) => Some(t.clone()),
        _ => None,
    }
}

/// What kind of class a class object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClassKind {
    Plain,
    Module,
    Enum,
    NamedTuple,
    Dataclass,
    Exception,
    /// A builtin type (`int`, `torch.Tensor`).
    Builtin,
}

impl Class {
    pub fn kind(&self) -> ClassKind {
        if self.layout == Layout::Exception {
            return ClassKind::Exception;
        }
        if self.def.is_none() && matches!(&*self.module, "builtins" | "torch") {
            return ClassKind::Builtin;
        }
        if self.is_named("torch.nn.modules.module.Module") {
            ClassKind::Module
        } else if self.is_named("enum.Enum") {
            ClassKind::Enum
        } else if self.layout == Layout::Tuple && self.lookup("_fields").is_some() {
            ClassKind::NamedTuple
        } else if self.dict.has_str("__dataclass_fields__") {
            ClassKind::Dataclass
        } else {
            ClassKind::Plain
        }
    }

    /// The class statement.
    pub fn def(&self) -> Option<&Arc<ClassDef>> {
        self.def.as_ref()
    }

    /// Own attributes in the order of their definition.
    pub fn attributes(&self) -> Vec<(Name, Obj)> {
        self.dict.str_items()
    }

    /// Own annotations, evaluated, in order.
    pub fn annotations(&self) -> Vec<(Name, Obj)> {
        match self.dict.get_str("__annotations__") {
            Some(Obj::Dict(d)) => d.str_items(),
            _ => vec![],
        }
    }
}

/// A dictionary with text keys as pairs.
pub fn pairs(d: &DictObj) -> Vec<(Name, Obj)> {
    d.str_items()
}
