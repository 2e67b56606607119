//! From live Python objects to what they mean in TorchScript.
//!
//! A [`Front`] belongs to one run of the evaluator. It remembers what each object was compiled to, by identity: a function is compiled
//! once however it is reached, a class becomes one script class, equal modules share one class. Functions and classes are named
//! as PyTorch names them: `__torch__.f` for the main program, `__torch__.m.f` for a module `m`; a second one of the same name is mangled.

use super::builtins;
use super::class::ScriptClass;
use super::module::ConcreteModule;
use super::python::{PythonModule, PythonValue};
use super::sugared::fail;
use super::{Body, Code as Source, Compiler, Emitter, MakeSelf, Resolver, Special, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::eval::api::{ClassKind, Modifier};
use crate::eval::object::{Code as PythonCode, Function as PythonFunction};
use crate::eval::{Class, Interp, Obj, Raise, Scope, ScriptedKind};
use crate::graph::{ClassId, Const, FunctionId, ObjectId};
use crate::types::{EnumRef, Type};
use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// What a scripted handle's own data is.
#[derive(Clone)]
pub enum Handle {
    Function(FunctionId),
    Module {
        module: Rc<ConcreteModule>,
        object: ObjectId,
    },
    Class(ClassId),
    /// A method of a scripted module.
    Method(Rc<crate::eval::Scripted>, FunctionId),
    /// A scripted list or dict: its type.
    Container(Type),
}

/// A Python function that compiled code calls, and how.
#[derive(Clone)]
pub struct Python {
    pub function: Obj,
    pub signature: crate::graph::Signature,
}

/// What live objects were compiled to, by address. The objects are kept, so that addresses stay theirs.
#[derive(Default)]
pub(super) struct Known {
    pub functions: HashMap<usize, (Rc<PythonFunction>, Vec<FunctionId>)>,
    pub classes: HashMap<usize, (Rc<Class>, ClassId)>,
    pub enums: HashMap<usize, (Rc<Class>, EnumRef)>,
    /// NamedTuple classes: type and the defaults of the last fields.
    pub tuples: HashMap<usize, (Rc<Class>, Type, Vec<Const>)>,
    /// Modules' types by Python class.
    pub modules: HashMap<usize, Vec<Rc<ConcreteModule>>>,
    /// Live objects of script classes.
    pub objects: HashMap<usize, (Obj, ObjectId)>,
    /// Live modules.
    pub instances: Vec<(ObjectId, crate::eval::api::ModuleView, Rc<ConcreteModule>)>,
    /// Types of parameters that `example_inputs` gave, by the function's qualified name.
    pub examples: HashMap<String, Vec<(String, Type)>>,
    /// What a program's `main` uses of the module's top level.
    pub globals: Option<super::program::Globals>,
    /// Functions left to Python, by number.
    pub python: Vec<Python>,
    names: HashSet<String>,
    mangled: u32,
}

/// Scripting of one evaluator's objects.
pub struct Front {
    pub interp: Rc<Interp>,
    pub(super) known: RefCell<Known>,
    /// Equal modules share a type; those of traces do not.
    pub(super) shares: Cell<bool>,
    /// Compiled code can call Python, so that what is left to Python stays there.
    pub has_python: Cell<bool>,
}

impl Front {
    pub fn new(interp: Rc<Interp>) -> Rc<Front> {
        Rc::new(Front { interp, known: RefCell::default(), shares: Cell::new(true), has_python: Cell::new(false) })
    }

    /// The Python class behind a script class.
    pub fn python_class(&self, id: ClassId) -> Option<Rc<Class>> {
        self.known.borrow().classes.values().find(|(_, c)| *c == id).map(|(k, _)| k.clone())
    }

    /// The Python class behind an enum.
    pub fn python_enum(&self, e: &EnumRef) -> Option<Rc<Class>> {
        self.known.borrow().enums.values().find(|(_, known)| known.id == e.id).map(|(k, _)| k.clone())
    }

    /// The live module behind an object.
    pub fn live_module(&self, object: ObjectId) -> Option<crate::eval::api::ModuleView> {
        self.known.borrow().instances.iter().find(|(o, ..)| *o == object).map(|(_, view, _)| view.clone())
    }

    /// The qualified name of something called `name` in a Python module.
    pub(super) fn qualified(&self, module: &str, name: &str) -> String {
        let name = if name == "<lambda>" { "_lambda" } else { name };
        match module {
            "__main__" | "" => format!("__torch__.{name}"),
            m if m == self.interp.options.name => format!("__torch__.{name}"),
            m => format!("__torch__.{m}.{name}"),
        }
    }

    /// A name that nothing in the program has yet.
    pub(super) fn unique(&self, name: String) -> String {
        let mut known = self.known.borrow_mut();
        if known.names.insert(name.clone()) {
            return name;
        }
        let (room, last) = name.rsplit_once('.').unwrap_or(("__torch__", &name));
        loop {
            let mangled = format!("{room}.___torch_mangle_{}.{last}", known.mangled);
            known.mangled += 1;
            if known.names.insert(mangled.clone()) {
                return mangled;
            }
        }
    }

    /// A Python exception met while compiling, as a diagnostic at the place that needed the object.
    pub(super) fn raised(&self, raise: &Raise, span: Span) -> Box<Diagnostic> {
        let mut d = self.interp.diagnose(raise);
        if d.span.is_none_or(|s| self.interp.is_library(s.file)) {
            d.span = Some(span);
        }
        Box::new(d)
    }

    /// The resolver of a function's free names.
    pub(super) fn resolver(self: &Rc<Self>, f: &Rc<PythonFunction>, own: Option<FunctionId>) -> Rc<dyn Resolver> {
        let own = own.map(|id| (f.name.borrow().to_string(), id));
        Rc::new(Names { front: self.clone(), scope: f.scope.clone(), own })
    }

    /// Everything that compiling a Python function needs.
    pub(super) fn body(
        self: &Rc<Self>,
        c: &mut Compiler,
        f: &Rc<PythonFunction>,
        resolver: Rc<dyn Resolver>,
        this: Option<(Type, MakeSelf)>,
    ) -> Result<Body> {
        let mut defaults = vec![];
        for p in f.code.params().iter() {
            if let Some(value) = f.default_of(&p.name) {
                let at = p.default.as_ref().map_or(p.span, |d| d.span);
                defaults.push((p.name.to_string(), self.default(c, &value, at)?));
            }
        }
        let code = match &f.code {
            PythonCode::Def(d) => Source::Def(d.clone()),
            PythonCode::Lambda(l) => Source::Lambda(l.clone()),
        };
        let types = self.known.borrow().examples.get(&**f.qualname.borrow()).cloned().unwrap_or_default();
        let annotated = |name: &str| f.code.params().iter().any(|p| &*p.name == name && p.annotation.is_some());
        let types = types.into_iter().filter(|(n, _)| !annotated(n)).collect();
        Ok(Body { code, resolver, defaults, types, this })
    }

    /// A parameter's default; an empty list or dict gets its type from the annotation.
    fn default(self: &Rc<Self>, c: &mut Compiler, value: &Obj, span: Span) -> Result<Const> {
        if matches!(value.unwrapped(), Obj::List(_) | Obj::Dict(_) | Obj::Set(_)) && !self.interp.is_library(span.file) {
            let message = "mutable default parameters are not supported: Python binds them to the function and they persist across function calls";
            let d = Diagnostic::new(Code::Unsupported, span, message);
            return Err(Box::new(d.help("make the default None, and make the list or dict in the body when it is None")));
        }
        match value.unwrapped() {
            Obj::List(l) if l.items.borrow().is_empty() => Ok(Const::List(Rc::default(), Type::Tensor)),
            Obj::Dict(d) if d.is_empty() => Ok(Const::Dict(Rc::default(), Type::Str, Type::Tensor)),
            _ => self.constant(c, value, None, span),
        }
    }

    /// A Python function as a compiled one, compiled when something calls it.
    pub fn function(self: &Rc<Self>, c: &mut Compiler, f: &Rc<PythonFunction>, span: Span) -> Result<Vec<FunctionId>> {
        let f = &unwrap(f);
        let key = Rc::as_ptr(f) as usize;
        if let Some((_, ids)) = self.known.borrow().functions.get(&key) {
            return Ok(ids.clone());
        }
        if let Some(Obj::Str(why)) = f.dict.get_str("__script_unsupported") {
            return fail(Code::Unsupported, span, why.to_string());
        }
        let overloads = self.overloads(f);
        let name = self.qualified(&f.scope.module, &f.name.borrow());
        let signatures: Vec<Rc<PythonFunction>> = if overloads.is_empty() { vec![f.clone()] } else { overloads };
        let mut ids = vec![];
        for s in &signatures {
            let name = self.unique(name.clone());
            let id = c.declare(&name, None, Some(f.span()));
            let mut body = self.body(c, f, self.resolver(f, Some(id)), None)?;
            if !Rc::ptr_eq(s, f) {
                let own = self.body(c, s, self.resolver(s, None), None)?.defaults;
                overload(c, &mut body, s, f, own);
            }
            c.later(id, body);
            ids.push(id);
        }
        self.known.borrow_mut().functions.insert(key, (f.clone(), ids.clone()));
        Ok(ids)
    }

    /// The signatures that `@torch.jit._overload` noted under a function's name.
    pub(super) fn overloads(&self, f: &Rc<PythonFunction>) -> Vec<Rc<PythonFunction>> {
        let own = f.overloads();
        if !own.is_empty() {
            return own;
        }
        let table =
            self.interp.modules.get_str("torch.jit").and_then(|m| self.interp.getattr_quiet(&m, "_overloads").ok().flatten());
        let Some(Obj::Dict(table)) = table else { return vec![] };
        let name = Obj::tuple(vec![Obj::Str(f.scope.module.clone()), Obj::Str(f.qualname.borrow().clone())]);
        match self.interp.key(&name).ok().and_then(|k| table.get(&k)) {
            Some(Obj::List(l)) => l.items.borrow().iter().filter_map(crate::eval::api::function).collect(),
            _ => vec![],
        }
    }

    /// What an object means. `constant` allows plain values, which attributes of Python modules may be but global variables not.
    pub fn sugar(self: &Rc<Self>, em: &mut Emitter, obj: &Obj, span: Span, constant: bool) -> Result<Sugared> {
        if let Some(s) = self.global(em, obj, span)? {
            return Ok(s);
        }
        if constant && let Some(s) = self.plain(em, obj, span)? {
            return Ok(s);
        }
        match obj {
            Obj::Script(s) => match (&s.kind, s.data.borrow().as_ref().and_then(|d| d.downcast_ref::<Handle>())) {
                (_, Some(Handle::Function(f))) => return Ok(Sugared::Function(vec![*f])),
                (ScriptedKind::Module, _) => {
                    let d = Diagnostic::new(
                        Code::Unsupported,
                        span,
                        "cannot call a ScriptModule that is not a submodule of the caller",
                    );
                    return Err(Box::new(d.help("make it an attribute of the module: self.name = module")));
                }
                _ => return Ok(self.python(obj)),
            },
            Obj::Module(m) => return Ok(Sugared::Other(Rc::new(PythonModule { front: self.clone(), module: m.clone() }))),
            _ => {}
        }
        if let Some(s) = special(obj) {
            return Ok(Sugared::Special(s));
        }
        if let Some(op) = builtins::operator(&self.interp, obj) {
            return Ok(Sugared::Builtin(op.as_str().into(), None));
        }
        match obj {
            Obj::Class(class) => self.class_value(em, class, span),
            Obj::Builtin(b) => {
                if &*b.module == "builtins"
                    && let Some(s) = super::sugared::builtin_name(&b.name)
                {
                    return Ok(s);
                }
                let d = Diagnostic::new(
                    Code::Unsupported,
                    span,
                    format!("Python builtin '{}.{}' is not supported in TorchScript", b.module, b.name),
                );
                Err(Box::new(d.help("call it outside of the scripted code and pass its result in")))
            }
            Obj::Function(f) => {
                if let Some(d) = dispatch(f) {
                    return Ok(Sugared::Other(Rc::new(super::python::Dispatch { front: self.clone(), table: d })));
                }
                match f.modifier() {
                    Modifier::Ignore | Modifier::Unused => Ok(self.python(obj)),
                    _ => Ok(Sugared::Function(self.function(em.compiler, f, span)?)),
                }
            }
            Obj::Instance(i) if i.class.borrow().kind() == ClassKind::Enum => {
                let c = self.constant(em.compiler, obj, None, span)?;
                Ok(Sugared::Value(em.constant(c, span)))
            }
            Obj::Float(x) if x.is_infinite() => Ok(Sugared::Value(em.constant(Const::Float(*x), span))),
            _ => Ok(self.python(obj)),
        }
    }

    fn python(self: &Rc<Self>, obj: &Obj) -> Sugared {
        Sugared::Other(Rc::new(PythonValue { front: self.clone(), obj: obj.clone(), this: None, module: None }))
    }

    /// Values that attributes of Python modules may be: `math.pi`, `torch.float32`.
    fn plain(self: &Rc<Self>, em: &mut Emitter, obj: &Obj, span: Span) -> Result<Option<Sugared>> {
        Ok(Some(match obj {
            Obj::Bool(_) | Obj::Int(_) | Obj::Float(_) | Obj::Complex(_) | Obj::Str(_) | Obj::None | Obj::Torch(_) => {
                let c = self.constant(em.compiler, obj, None, span)?;
                Sugared::Value(em.constant(c, span))
            }
            Obj::Tuple(items) => {
                let mut values = vec![];
                for item in items.iter() {
                    values.push(self.sugar(em, item, span, true)?.as_value(em, span)?);
                }
                Sugared::Value(em.tuple(&values, None, span))
            }
            _ => return Ok(None),
        }))
    }

    fn class_value(self: &Rc<Self>, em: &mut Emitter, class: &Rc<Class>, span: Span) -> Result<Sugared> {
        match class.kind() {
            ClassKind::Exception => {
                let module = if *class.module == *self.interp.options.name { "__main__" } else { &class.module };
                Ok(Sugared::Exception(format!("{module}.{}", class.name.borrow()).as_str().into()))
            }
            ClassKind::NamedTuple => {
                let (ty, defaults) = self.named_tuple(em.compiler, class, span)?;
                Ok(Sugared::Other(Rc::new(super::python::NamedTupleClass { ty, defaults })))
            }
            ClassKind::Enum => Ok(Sugared::Enum(self.enum_class(em.compiler, class, span)?)),
            ClassKind::Plain | ClassKind::Dataclass => {
                let id = self.class(em.compiler, class, span)?;
                Ok(Sugared::Other(Rc::new(ScriptClass { front: self.clone(), class: class.clone(), id })))
            }
            ClassKind::Builtin => match super::sugared::builtin_name(&class.name.borrow()) {
                Some(s) if &*class.module == "builtins" => Ok(s),
                _ => Ok(self.python(&Obj::Class(class.clone()))),
            },
            ClassKind::Module => Ok(self.python(&Obj::Class(class.clone()))),
        }
    }
}

/// The function whose text is compiled: decorators that wrap (`functools.wraps`) note the original.
fn unwrap(f: &Rc<PythonFunction>) -> Rc<PythonFunction> {
    let mut f = f.clone();
    for _ in 0..32 {
        match f.dict.get_str("__original_fn").or_else(|| f.dict.get_str("__wrapped__")) {
            Some(Obj::Function(inner)) => f = inner,
            _ => break,
        }
    }
    f
}

/// Gives the body of an overloaded function one of its declared signatures. That has its own defaults, and those of the implementation
/// which are of the type that it declares.
pub(super) fn overload(
    c: &mut Compiler,
    body: &mut Body,
    signature: &PythonFunction,
    implementation: &PythonFunction,
    own: Vec<(String, Const)>,
) {
    body.code = with_signature(signature, implementation);
    let inherited = std::mem::replace(&mut body.defaults, own);
    for default in inherited {
        body.defaults.push(default);
        if c.signature(body).is_err() {
            body.defaults.pop();
        }
    }
}

/// The code of an overloaded function under one of its declared signatures.
fn with_signature(signature: &PythonFunction, body: &PythonFunction) -> Source {
    match (signature.def(), body.def()) {
        (Some(s), Some(b)) => {
            let mut def = (**b).clone();
            def.params = s.params.clone();
            def.returns = s.returns.clone();
            def.type_comment = s.type_comment.clone();
            Source::Def(def.into())
        }
        (_, Some(b)) => Source::Def(b.clone()),
        _ => match &body.code {
            PythonCode::Def(d) => Source::Def(d.clone()),
            PythonCode::Lambda(l) => Source::Lambda(l.clone()),
        },
    }
}

/// The table of a function made by `boolean_dispatch`.
fn dispatch(f: &PythonFunction) -> Option<Rc<crate::eval::dict::DictObj>> {
    match f.dict.get_str("_boolean_dispatch") {
        Some(Obj::Dict(d)) => Some(d),
        _ => None,
    }
}

/// Forms that the emitter knows by the functions that stand for them.
fn special(obj: &Obj) -> Option<Special> {
    let (module, name) = builtins::place(obj)?;
    match (module.as_str(), name.as_str()) {
        ("typing", "cast") => Some(Special::Cast),
        (m, n) if m.starts_with("torch.jit") || m == "torch._jit_internal" || m == "_torch" => match n {
            "annotate" => Some(Special::Annotate),
            "_awaitable" => Some(Special::Awaitable),
            "fork" | "_fork" => Some(Special::Fork),
            "isinstance" | "_isinstance" => Some(Special::IsInstance),
            _ => None,
        },
        _ => None,
    }
}

/// Names as one function sees them.
pub(super) struct Names {
    pub front: Rc<Front>,
    pub scope: Rc<Scope>,
    /// The function itself: a decorator runs before its name is bound.
    pub own: Option<(String, FunctionId)>,
}

impl Names {
    fn find(&self, name: &str) -> Option<Obj> {
        let interp = &self.front.interp;
        // A class decorator runs before the class's name is bound.
        let own_class = || self.scope.class_cell().filter(|c| **c.name.borrow() == *name).map(Obj::Class);
        interp.resolve(&self.scope, name).or_else(own_class).or_else(|| match interp.modules.get_str("typing") {
            Some(typing @ Obj::Module(_)) => interp.getattr_quiet(&typing, name).ok().flatten(),
            _ => None,
        })
    }
}

impl Resolver for Names {
    fn value(&self, em: &mut Emitter, name: &str, span: Span) -> Result<Option<Sugared>> {
        if let Some((own, id)) = &self.own
            && own == name
        {
            return Ok(Some(Sugared::Function(vec![*id])));
        }
        match self.find(name) {
            Some(obj) => self.front.sugar(em, &obj, span, false).map(Some),
            None => Ok(None),
        }
    }

    fn type_named(&self, compiler: &mut Compiler, name: &str, span: Span) -> Result<Option<Type>> {
        let mut parts = name.split('.');
        let Some(mut obj) = parts.next().and_then(|first| self.find(first)) else {
            // A class that is being scripted by its decorator has no binding yet, but its methods name it.
            let known = self.front.known.borrow();
            let being_made = known.classes.values().find(|(k, _)| &**k.name.borrow() == name && *k.module == *self.scope.module);
            return Ok(being_made.map(|(_, id)| Type::Class(compiler.program.class(*id).class.clone())));
        };
        for part in parts {
            match self.front.interp.getattr_quiet(&obj, part) {
                Ok(Some(next)) => obj = next,
                Ok(None) => return Ok(None),
                Err(e) => return Err(self.front.raised(&e, span)),
            }
        }
        self.front.type_of_annotation(compiler, &obj, Some(&self.scope), span)
    }

    fn names(&self) -> Vec<String> {
        let mut out: Vec<String> = self.own.iter().map(|(n, _)| n.clone()).collect();
        let mut scope = Some(&self.scope);
        while let Some(s) = scope {
            out.extend(s.vars.str_items().into_iter().map(|(n, _)| n.to_string()));
            scope = s.parent.as_ref();
        }
        out.extend(self.front.interp.builtins.str_items().into_iter().map(|(n, _)| n.to_string()));
        out
    }
}
