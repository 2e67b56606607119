//! The types of modules: what scripting infers from an `nn.Module` instance.
//!
//! Instances with equal attributes, constants and submodules share one class, as in PyTorch. Building the type comes first, for the
//! module and all below it; [`Front::module`] then makes the live object and compiles `forward`, exported methods and hooks.

use super::class::add_class;
use super::module_value::ModuleValue;
use super::resolve::{Front, Handle};
use super::sugared::fail;
use super::{Compiler, MakeSelf, Sugared, builtins};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::eval::api::{self, Modifier, ModuleView};
use crate::eval::object::Function as PythonFunction;
use crate::eval::{Class, Obj, Scripted, ScriptedKind};
use crate::graph::{Attribute, ClassId, Const, FunctionId, Object, ObjectId};
use crate::types::Type;
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// What looping over a module means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    None,
    List,
    Dict,
    ParameterList,
    ParameterDict,
}

/// The type of module instances.
pub struct ConcreteModule {
    pub python: Rc<Class>,
    pub id: ClassId,
    pub container: Container,
    pub(super) attributes: Vec<Attribute>,
    pub(super) constants: Vec<(String, Const)>,
    pub(super) modules: Vec<(String, Submodule)>,
    /// Attributes that are functions.
    pub(super) functions: Vec<(String, Obj)>,
    /// Attributes that have no TorchScript type, and why.
    pub(super) failed: Vec<(String, Box<Diagnostic>)>,
    /// Names in `__jit_ignored_attributes__`.
    pub(super) ignored: Vec<String>,
    pub(super) hooks: Vec<Obj>,
    pub(super) pre_hooks: Vec<Obj>,
    /// Overloaded methods and the names of their overloads.
    pub(super) overloads: RefCell<Vec<(String, Vec<String>)>>,
    pub(super) is_compiled: Cell<bool>,
}

/// The type of a submodule.
#[derive(Clone)]
pub(super) enum Submodule {
    Module(Rc<ConcreteModule>),
    /// Annotated with a module interface.
    Interface(ClassId),
}

impl Submodule {
    pub fn id(&self) -> ClassId {
        match self {
            Submodule::Module(m) => m.id,
            Submodule::Interface(i) => *i,
        }
    }
}

impl ConcreteModule {
    pub(super) fn submodule(&self, name: &str) -> Option<&Submodule> {
        self.modules.iter().find(|(n, _)| n == name).map(|(_, m)| m)
    }

    /// The class of a submodule, or the interface that it has.
    pub fn submodule_id(&self, name: &str) -> Option<ClassId> {
        self.submodule(name).map(Submodule::id)
    }

    pub fn submodule_names(&self) -> Vec<String> {
        self.modules.iter().map(|(n, _)| n.clone()).collect()
    }

    /// The type of a submodule, if it is a module.
    pub fn module_named(&self, name: &str) -> Option<Rc<ConcreteModule>> {
        match self.submodule(name) {
            Some(Submodule::Module(m)) => Some(m.clone()),
            _ => None,
        }
    }

    /// Two descriptions of the same type.
    fn same(&self, other: &ConcreteModule) -> bool {
        let objs = |a: &[Obj], b: &[Obj]| a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.is(y));
        self.container == other.container
            && self.attributes.len() == other.attributes.len()
            && self
                .attributes
                .iter()
                .zip(&other.attributes)
                .all(|(a, b)| a.name == b.name && a.ty == b.ty && a.is_parameter == b.is_parameter && a.is_buffer == b.is_buffer)
            && self.constants.len() == other.constants.len()
            && self.constants.iter().zip(&other.constants).all(|((n, a), (m, b))| n == m && same_const(a, b))
            && self.modules.len() == other.modules.len()
            && self.modules.iter().zip(&other.modules).all(|((n, a), (m, b))| n == m && a.id() == b.id())
            && self.functions.len() == other.functions.len()
            && self.functions.iter().zip(&other.functions).all(|((n, a), (m, b))| n == m && a.is(b))
            && self.failed == other.failed
            && objs(&self.hooks, &other.hooks)
            && objs(&self.pre_hooks, &other.pre_hooks)
    }
}

fn same_const(a: &Const, b: &Const) -> bool {
    match (a, b) {
        (Const::None, Const::None) => true,
        (Const::Bool(x), Const::Bool(y)) => x == y,
        (Const::Int(x), Const::Int(y)) => x == y,
        (Const::Float(x), Const::Float(y)) => x.to_bits() == y.to_bits(),
        (Const::Complex(a, b), Const::Complex(c, d)) => a == c && b == d,
        (Const::Str(x), Const::Str(y)) => x == y,
        (Const::Device { kind: a, index: b }, Const::Device { kind: c, index: d }) => a == c && b == d,
        (Const::List(x, s), Const::List(y, t)) => {
            s == t && x.len() == y.len() && x.iter().zip(&**y).all(|(a, b)| same_const(a, b))
        }
        (Const::Tuple(x, s), Const::Tuple(y, t)) => {
            s == t && x.len() == y.len() && x.iter().zip(&**y).all(|(a, b)| same_const(a, b))
        }
        (Const::Enum(e, x), Const::Enum(f, y)) => e == f && x == y,
        _ => false,
    }
}

/// The handle of a scripted or traced module.
fn scripted(obj: &Obj) -> Option<(Rc<Scripted>, Rc<ConcreteModule>, ObjectId)> {
    let Obj::Script(s) = obj else { return None };
    if s.kind != ScriptedKind::Module {
        return None;
    }
    match s.data.borrow().as_ref().and_then(|d| d.downcast_ref::<Handle>()) {
        Some(Handle::Module { module, object }) => Some((s.clone(), module.clone(), *object)),
        _ => None,
    }
}

fn container(class: &Class) -> Container {
    let is = |name: &str| class.is_named(&format!("torch.nn.modules.container.{name}"));
    if is("ModuleDict") {
        Container::Dict
    } else if is("ModuleList") || is("Sequential") {
        Container::List
    } else if is("ParameterList") {
        Container::ParameterList
    } else if is("ParameterDict") {
        Container::ParameterDict
    } else {
        Container::None
    }
}

impl Front {
    /// The annotations that a module's class (or the nearest base that has some) makes.
    fn annotations(&self, class: &Class) -> Vec<(String, Obj, Option<Rc<crate::eval::Scope>>)> {
        let own = class.mro().iter().find(|k| !k.annotations().is_empty());
        own.map_or_else(Vec::new, |k| k.annotations().into_iter().map(|(n, a)| (n.to_string(), a, k.scope.clone())).collect())
    }

    /// The type of a module, new or shared with an equal one.
    pub(super) fn concrete(self: &Rc<Self>, c: &mut Compiler, view: &ModuleView, span: Span) -> Result<Rc<ConcreteModule>> {
        let built = self.describe(c, view, span)?;
        if !self.shares.get() {
            built.is_compiled.set(true);
            return self.declare_module(c, built, view);
        }
        let key = Rc::as_ptr(&view.class) as usize;
        let known = self.known.borrow().modules.get(&key).and_then(|all| all.iter().find(|m| m.same(&built)).cloned());
        if let Some(m) = known {
            return Ok(m);
        }
        let m = self.declare_module(c, built, view)?;
        self.known.borrow_mut().modules.entry(key).or_default().push(m.clone());
        Ok(m)
    }

    /// Adds the class of a described module to the program.
    fn declare_module(&self, c: &mut Compiler, mut built: ConcreteModule, view: &ModuleView) -> Result<Rc<ConcreteModule>> {
        let name = self.unique(self.qualified(&view.class.module, &view.class.name.borrow()));
        let def = view.class.def();
        built.id = add_class(c, &name, true, false, def.map(|d| d.span), def.and_then(|d| d.docstring()).map(str::to_owned));
        let slots = built.modules.iter().map(|(name, m)| Attribute {
            name: name.clone(),
            ty: Type::Class(c.program.class(m.id()).class.clone()),
            is_parameter: false,
            is_buffer: false,
        });
        let attributes = built.attributes.iter().cloned().chain(slots).collect();
        let class = &mut c.program.classes[built.id.0 as usize];
        class.attributes = attributes;
        class.constants = built.constants.clone();
        Ok(Rc::new(built))
    }

    /// The type of a module that nothing shares, and of all below it; their methods are made elsewhere.
    pub(super) fn unshared(self: &Rc<Self>, c: &mut Compiler, view: &ModuleView, span: Span) -> Result<Rc<ConcreteModule>> {
        let before = self.shares.replace(false);
        let made = self.concrete(c, view, span);
        self.shares.set(before);
        made
    }

    /// What a module's type would be; `id` is not meaningful yet.
    fn describe(self: &Rc<Self>, c: &mut Compiler, view: &ModuleView, span: Span) -> Result<ConcreteModule> {
        let class = view.class.clone();
        let mut out = ConcreteModule {
            container: container(&class),
            python: class.clone(),
            id: ClassId(u32::MAX),
            attributes: vec![],
            constants: vec![],
            modules: vec![],
            functions: vec![],
            failed: vec![],
            ignored: self.strings(&class, "__jit_ignored_attributes__"),
            hooks: view.hooks(false),
            pre_hooks: view.hooks(true),
            overloads: RefCell::default(),
            is_compiled: Cell::new(false),
        };
        if !view.instance.dict.has_str("_parameters") {
            let d = Diagnostic::new(Code::Evaluation, span, format!("'{}' has not been initialized", class.name.borrow()));
            return Err(Box::new(d.help("did you forget to call super().__init__()?")));
        }
        let annotations = self.annotations(&class);
        let mut taken: Vec<String> = vec![];
        let annotated = |c: &mut Compiler, name: &str| -> Result<Option<Type>> {
            match annotations.iter().find(|(n, ..)| n == name) {
                Some((_, a, scope)) => self.type_of_annotation(c, a, scope.as_ref(), span),
                None => Ok(None),
            }
        };
        for (name, value) in view.parameters() {
            let ty = annotated(c, &name)?.unwrap_or(if value.is_some() { Type::Tensor } else { Type::None });
            taken.push(name.to_string());
            out.attributes.push(Attribute { name: name.to_string(), ty, is_parameter: true, is_buffer: false });
        }
        for (name, value, _) in view.buffers() {
            let ty = annotated(c, &name)?.unwrap_or(if value.is_some() { Type::Tensor } else { Type::None });
            taken.push(name.to_string());
            out.attributes.push(Attribute { name: name.to_string(), ty, is_parameter: false, is_buffer: true });
        }
        let ignored = out.ignored.clone();
        out.attributes.retain(|a| !ignored.contains(&a.name));
        let mut submodules = view.submodules();
        // Scripted modules are modules wherever they are kept.
        submodules.extend(view.attributes().into_iter().filter(|(_, v)| scripted(v).is_some()));
        for (name, value) in submodules {
            if ignored.iter().any(|i| **i == *name) {
                continue;
            }
            taken.push(name.to_string());
            if value.is_none() {
                out.attributes.push(Attribute { name: name.to_string(), ty: Type::None, is_parameter: false, is_buffer: false });
                continue;
            }
            let sub = match annotated(c, &name)? {
                Some(Type::Class(i)) if i.is_interface => Submodule::Interface(ClassId(i.id)),
                _ => Submodule::Module(self.concrete_of(c, &value, span)?),
            };
            out.modules.push((name.to_string(), sub));
        }
        self.describe_constants(c, view, &annotations, &mut taken, &mut out, span)?;
        for (name, value) in view.attributes() {
            if taken.iter().any(|t| **t == *name) || ignored.iter().any(|i| **i == *name) || name.starts_with("__") {
                continue;
            }
            if matches!(value, Obj::Function(_)) || matches!(&value, Obj::Script(s) if s.kind == ScriptedKind::Function) {
                out.functions.push((name.to_string(), value));
                continue;
            }
            if builtins::operator(&self.interp, &value).is_some() {
                out.functions.push((name.to_string(), value));
                continue;
            }
            let inferred = match annotated(c, &name)? {
                Some(t) => Ok(Ok(t)),
                None => match self.declared_attribute(c, &value, span)? {
                    Some(t) => Ok(Ok(t)),
                    None => c.attempt(|c| self.infer(c, &value, span)),
                },
            };
            match inferred {
                Ok(Ok(ty)) => {
                    out.attributes.push(Attribute { name: name.to_string(), ty, is_parameter: false, is_buffer: false })
                }
                Ok(Err(why)) => {
                    let found = self.interp.type_name(&value);
                    let why = format!(
                        "the attribute exists on the Python module, but its type '{found}' has no TorchScript type: {why}"
                    );
                    let message = format!("Module '{}' has no attribute '{name}'", class.name.borrow());
                    let d = Diagnostic::new(Code::Name, None, message).help(why);
                    let d = d.help("annotate the attribute in the class body if its type could not be inferred");
                    out.failed.push((name.to_string(), Box::new(d)));
                }
                // Its class cannot be compiled: that matters to those who use it.
                Err(d) => out.failed.push((name.to_string(), d)),
            }
        }
        Ok(out)
    }

    /// The type that `torch.jit.Attribute(value, type)` gives an attribute.
    fn declared_attribute(self: &Rc<Self>, c: &mut Compiler, value: &Obj, span: Span) -> Result<Option<Type>> {
        if !is_attribute(value) {
            return Ok(None);
        }
        let ty = self.interp.getattr(value, "type").map_err(|e| self.raised(&e, span))?;
        match self.type_of_annotation(c, &ty, None, span)? {
            Some(t) => Ok(Some(t)),
            None => Err(super::constants::unknown_type(&self.interp.repr(&ty).unwrap_or_default(), span)),
        }
    }

    /// The value of a module's attribute.
    fn attribute(&self, this: &Obj, name: &str) -> crate::eval::R<Obj> {
        let value = self.interp.getattr(this, name)?;
        if is_attribute(&value) { self.interp.getattr(&value, "value") } else { Ok(value) }
    }

    /// The type of a value in `_modules`.
    fn concrete_of(self: &Rc<Self>, c: &mut Compiler, value: &Obj, span: Span) -> Result<Rc<ConcreteModule>> {
        if let Some((_, m, _)) = scripted(value) {
            return Ok(m);
        }
        match self.interp.module_view(value) {
            Some(view) => self.concrete(c, &view, span),
            None => fail(Code::Type, span, format!("expected a module, found {}", self.interp.type_name(value))),
        }
    }

    /// Names in `__constants__` and those annotated `Final`.
    fn describe_constants(
        self: &Rc<Self>,
        c: &mut Compiler,
        view: &ModuleView,
        annotations: &[(String, Obj, Option<Rc<crate::eval::Scope>>)],
        taken: &mut Vec<String>,
        out: &mut ConcreteModule,
        span: Span,
    ) -> Result<()> {
        let listed = self.strings(&view.class, "__constants__");
        let finals = annotations.iter().filter(|(_, a, _)| self.is_final(a)).map(|(n, ..)| n.clone());
        let mut names: Vec<String> = listed.into_iter().chain(finals).collect();
        names.sort();
        names.dedup();
        let this = Obj::Instance(view.instance.clone());
        for name in names {
            if taken.contains(&name) {
                continue;
            }
            let value = match self.interp.getattr_quiet(&this, &name) {
                Ok(Some(v)) => v,
                Ok(None) => continue,
                Err(e) => return Err(self.raised(&e, span)),
            };
            let value = tupled(&value, 0);
            match self.constant(c, &value, None, span) {
                Ok(v) if is_constant(&v) => out.constants.push((name.clone(), v)),
                _ => {
                    let message = format!(
                        "'{}' object in attribute '{}.{name}' is not a valid constant",
                        self.interp.type_name(&value),
                        view.class.name.borrow()
                    );
                    let d = Diagnostic::new(Code::Type, span, message);
                    return Err(Box::new(
                        d.help("constants are numbers, strings, None, devices, dtypes, and lists or tuples of these"),
                    ));
                }
            }
            taken.push(name);
        }
        Ok(())
    }

    /// A class attribute that lists names, as the nearest class has it.
    fn strings(&self, class: &Class, name: &str) -> Vec<String> {
        let Some(list) = class.lookup(name) else { return vec![] };
        let items = self.interp.collect(&list).unwrap_or_default();
        items.iter().filter_map(|o| o.as_str().map(str::to_owned)).collect()
    }

    /// A module that was loaded rather than scripted: what its class says is all there is.
    pub fn loaded(&self, c: &Compiler, class: ClassId) -> Rc<ConcreteModule> {
        let k = c.program.class(class);
        Rc::new(ConcreteModule {
            python: self.interp.types.script_module.clone(),
            id: class,
            container: Container::None,
            attributes: k.attributes.clone(),
            constants: k.constants.clone(),
            modules: vec![],
            functions: vec![],
            failed: vec![],
            ignored: vec![],
            hooks: vec![],
            pre_hooks: vec![],
            overloads: RefCell::default(),
            is_compiled: Cell::new(true),
        })
    }

    /// Scripts a module: its type, its live object, its methods.
    pub fn module(self: &Rc<Self>, c: &mut Compiler, obj: &Obj, span: Span) -> Result<(Rc<ConcreteModule>, ObjectId)> {
        let Some(view) = self.interp.module_view(obj) else {
            return fail(Code::Type, span, format!("expected a module, found {}", self.interp.type_name(obj)));
        };
        let concrete = self.concrete(c, &view, span)?;
        let object = self.instantiate(c, &view, &concrete, span)?;
        Ok((concrete, object))
    }

    /// The live object of a module; submodules come first, then the methods of its type are compiled.
    pub(super) fn instantiate(
        self: &Rc<Self>,
        c: &mut Compiler,
        view: &ModuleView,
        m: &Rc<ConcreteModule>,
        span: Span,
    ) -> Result<ObjectId> {
        let this = Obj::Instance(view.instance.clone());
        let mut slots = vec![];
        for a in &m.attributes {
            let value = match self.attribute(&this, &a.name) {
                Ok(v) => v,
                Err(e) => return Err(self.raised(&e, span)),
            };
            slots.push(
                self.constant(c, &value, Some(&a.ty), span).map_err(|d| {
                    Box::new(d.help(format!("this is the attribute '{}' of {}", a.name, view.class.name.borrow())))
                })?,
            );
        }
        for (name, sub) in &m.modules {
            let value = match self.interp.getattr(&this, name) {
                Ok(v) => v,
                Err(e) => return Err(self.raised(&e, span)),
            };
            let object = match (scripted(&value), sub) {
                (Some((_, _, object)), _) => object,
                (None, Submodule::Module(sub)) => match self.interp.module_view(&value) {
                    Some(view) => self.instantiate(c, &view, sub, span)?,
                    None => return fail(Code::Type, span, format!("the submodule '{name}' is no module any more")),
                },
                (None, Submodule::Interface(interface)) => self.implementation(c, &value, *interface, name, span)?,
            };
            slots.push(Const::Object(object));
        }
        let id = ObjectId(c.program.objects.len() as u32);
        c.program.objects.push(Object { class: m.id, slots });
        self.known.borrow_mut().instances.push((id, view.clone(), m.clone()));
        if !m.is_compiled.replace(true) {
            self.compile_methods(c, view, m, span)?;
        }
        Ok(id)
    }

    /// A submodule annotated with an interface: the methods of the interface are compiled, and must fit.
    fn implementation(
        self: &Rc<Self>,
        c: &mut Compiler,
        value: &Obj,
        interface: ClassId,
        name: &str,
        span: Span,
    ) -> Result<ObjectId> {
        let (m, object) = self.module(c, value, span)?;
        let methods: Vec<String> = c.program.class(interface).interface.iter().map(|(n, _)| n.clone()).collect();
        for method in methods {
            match c.program.class(m.id).method(&method) {
                Some(f) => c.require(f, span)?,
                None => match api::function(&m.python.lookup(&method).unwrap_or(Obj::None)) {
                    Some(f) => {
                        let f = self.declare_method(c, &m, &method, &f)?;
                        c.require(f, span)?;
                    }
                    None => {}
                },
            }
        }
        let (have, want) = (c.program.class(m.id).class.clone(), c.program.class(interface).class.clone());
        if !Type::Class(have.clone()).is_subtype_of(&Type::Class(want.clone()), &c.program) {
            let message =
                format!("the submodule '{name}' of type '{}' does not implement the interface '{}'", have.name, want.name);
            return fail(Code::Type, span, message);
        }
        Ok(object)
    }

    /// Reads the attributes of all live modules again: a program may change them after scripting (`m.eval()`, loaded weights).
    pub fn refresh(self: &Rc<Self>, c: &mut Compiler) {
        let instances = std::mem::take(&mut self.known.borrow_mut().instances);
        for (id, view, m) in &instances {
            let this = Obj::Instance(view.instance.clone());
            for (slot, a) in m.attributes.iter().enumerate() {
                let Ok(Some(value)) = self.interp.getattr_quiet(&this, &a.name) else { continue };
                let value = if is_attribute(&value) { self.interp.getattr(&value, "value").unwrap_or(value) } else { value };
                let span = c.program.class(m.id).span.unwrap_or(Span::new(crate::diag::FileId(0), 0, 0));
                if let Ok(value) = self.constant(c, &value, Some(&a.ty), span)
                    && let Some(place) = c.program.objects[id.0 as usize].slots.get_mut(slot)
                {
                    *place = value;
                }
            }
        }
        self.known.borrow_mut().instances = instances;
        self.refresh_globals(c);
    }

    /// Names of the methods that a scripted module exports.
    pub fn exported_methods(&self, view: &ModuleView) -> Vec<String> {
        self.methods_to_compile(view).into_iter().map(|(n, _)| n).collect()
    }

    /// The type of a list, dict or other value; the inner error says why it has none.
    pub fn container_type(self: &Rc<Self>, c: &mut Compiler, obj: &Obj, span: Span) -> Result<std::result::Result<Type, String>> {
        self.infer(c, obj, span)
    }

    /// Notes types of parameters of the Python function of that qualified name.
    pub fn note_example(&self, qualname: &str, types: Vec<(String, Type)>) {
        self.known.borrow_mut().examples.insert(qualname.to_owned(), types);
    }

    /// `self` of a module's methods.
    pub(super) fn module_self(self: &Rc<Self>, m: &Rc<ConcreteModule>) -> MakeSelf {
        let (front, m) = (self.clone(), m.clone());
        Rc::new(move |value| Sugared::Other(Rc::new(ModuleValue { front: front.clone(), module: m.clone(), value })))
    }

    pub(super) fn module_type(&self, c: &Compiler, m: &ConcreteModule) -> Type {
        Type::Class(c.program.class(m.id).class.clone())
    }

    /// Declares a method, to be compiled when something needs it.
    pub(super) fn declare_method(
        self: &Rc<Self>,
        c: &mut Compiler,
        m: &Rc<ConcreteModule>,
        name: &str,
        f: &Rc<PythonFunction>,
    ) -> Result<FunctionId> {
        if let Some(f) = c.program.class(m.id).method(name) {
            return Ok(f);
        }
        let body = self.method_body(c, f, self.module_type(c, m), self.module_self(m))?;
        let class = c.program.class(m.id).class.name.clone();
        let id = c.declare_later(&format!("{class}.{name}"), Some(m.id), Some(f.span()), body);
        c.program.classes[m.id.0 as usize].methods.push((name.to_owned(), id));
        Ok(id)
    }

    /// The variants of a method that `@torch.jit._overload_method` noted, `name__0` and so on; none of another method.
    pub(super) fn declare_overloads(
        self: &Rc<Self>,
        c: &mut Compiler,
        m: &Rc<ConcreteModule>,
        name: &str,
        f: &Rc<PythonFunction>,
    ) -> Result<Vec<FunctionId>> {
        let (mut names, mut ids) = (vec![], vec![]);
        for (i, o) in self.overloads(f).iter().enumerate() {
            let overloaded = format!("{name}__{i}");
            let mut body = self.method_body(c, f, self.module_type(c, m), self.module_self(m))?;
            super::resolve::overload(c, &mut body, o, f, vec![]);
            let class = c.program.class(m.id).class.name.clone();
            let id = c.declare_later(&format!("{class}.{overloaded}"), Some(m.id), Some(f.span()), body);
            c.program.classes[m.id.0 as usize].methods.push((overloaded.clone(), id));
            names.push(overloaded);
            ids.push(id);
        }
        if !names.is_empty() {
            m.overloads.borrow_mut().push((name.to_owned(), names));
        }
        Ok(ids)
    }

    /// Compiles what a module exports: `forward`, `@torch.jit.export` methods, properties and hooks.
    fn compile_methods(self: &Rc<Self>, c: &mut Compiler, view: &ModuleView, m: &Rc<ConcreteModule>, span: Span) -> Result<()> {
        let mut declared = vec![];
        for (name, f) in self.methods_to_compile(view) {
            let overloads = self.declare_overloads(c, m, &name, &f)?;
            match overloads.is_empty() {
                true => declared.push(self.declare_method(c, m, &name, &f)?),
                false => declared.extend(overloads),
            }
        }
        let class = c.program.class(m.id).class.name.to_string();
        let unused = self.strings(&view.class, "__jit_unused_properties__");
        let mut properties: Vec<(String, Rc<crate::eval::object::Property>)> = vec![];
        for k in view.class.mro() {
            for (name, v) in k.attributes() {
                if let Obj::Property(p) = v
                    && !unused.iter().chain(&m.ignored).any(|u| **u == *name)
                    && !properties.iter().any(|(n, _)| **n == *name)
                {
                    properties.push((name.to_string(), p));
                }
            }
        }
        properties.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, p) in properties {
            declared.extend(self.declare_property(c, m.id, &self.module_type(c, m), &class, &name, &p, self.module_self(m))?);
        }
        for f in declared {
            c.require(f, span)?;
        }
        self.compile_hooks(c, m, span)?;
        self.container_methods(c, m, span)
    }

    fn compile_hooks(self: &Rc<Self>, c: &mut Compiler, m: &Rc<ConcreteModule>, span: Span) -> Result<()> {
        let class = c.program.class(m.id).class.name.to_string();
        let mut made: Vec<(Obj, FunctionId)> = vec![];
        for (pre, hooks) in [(true, &m.pre_hooks), (false, &m.hooks)] {
            for hook in hooks {
                let Some(f) = api::function(hook) else {
                    return fail(Code::Unsupported, span, "a forward hook must be a Python function to be compiled");
                };
                let body = self.method_body(c, &f, self.module_type(c, m), self.module_self(m))?;
                let has_result = c.signature(&body)?.1.is_some();
                let known = made.iter().find(|(o, _)| o.is(hook)).map(|(_, f)| *f);
                let id = match known {
                    Some(id) => id,
                    None => {
                        let name = format!("{class}.{}", f.name.borrow());
                        let taken = |g: FunctionId| c.program.function(g).name == name;
                        let methods = c.program.class(m.id).methods.iter().map(|(_, g)| *g);
                        if methods.chain(made.iter().map(|(_, g)| *g)).any(taken) {
                            let short = f.name.borrow().to_string();
                            let message =
                                format!("Can't define hook: {short} on class {class}: a method or hook has that name already");
                            return fail(Code::Name, f.span(), message);
                        }
                        c.declare_later(&name, Some(m.id), Some(f.span()), body)
                    }
                };
                c.require(id, span)?;
                made.push((hook.clone(), id));
                let before = c.program.class(m.id).forward_hooks.last().copied();
                c.check_hook(m.id, id, pre, has_result, before)?;
                let class = &mut c.program.classes[m.id.0 as usize];
                if pre { class.forward_pre_hooks.push(id) } else { class.forward_hooks.push(id) }
            }
        }
        Ok(())
    }

    /// `len` of containers, and `in` for dicts of modules.
    fn container_methods(self: &Rc<Self>, c: &mut Compiler, m: &Rc<ConcreteModule>, span: Span) -> Result<()> {
        if !matches!(m.container, Container::List | Container::Dict) {
            return Ok(());
        }
        let mut texts = vec![("__len__", format!("def __len__(self):\n   return {}\n", m.modules.len()))];
        if m.container == Container::Dict {
            let keys: Vec<String> = m.modules.iter().map(|(n, _)| self.interp.repr(&Obj::str(n)).unwrap_or_default()).collect();
            let text = match keys.len() {
                0 => "def __contains__(self, key: str):\n   return False\n".to_owned(),
                _ => format!("def __contains__(self, key: str):\n   return key in [{}]\n", keys.join(", ")),
            };
            texts.push(("__contains__", text));
        }
        for (name, text) in texts {
            if c.program.class(m.id).method(name).is_some() {
                continue;
            }
            if let Some(Obj::Function(f)) = m.python.lookup(name)
                && !self.interp.is_library(f.span().file)
            {
                let id = self.declare_method(c, m, name, &f)?;
                c.require(id, span)?;
                continue;
            }
            let Some(scope) = self.any_scope(&m.python) else { continue };
            let resolver = Rc::new(super::resolve::Names { front: self.clone(), scope, own: None });
            let code = self.parse_def(c, &text)?;
            let this = Some((self.module_type(c, m), self.module_self(m)));
            let body = super::Body { code, resolver, defaults: vec![], types: vec![], this };
            let class = c.program.class(m.id).class.name.clone();
            let id = c.declare_later(&format!("{class}.{name}"), Some(m.id), None, body);
            c.program.classes[m.id.0 as usize].methods.push((name.to_owned(), id));
            c.require(id, span)?;
        }
        Ok(())
    }

    fn any_scope(&self, class: &Class) -> Option<Rc<crate::eval::Scope>> {
        class.mro().iter().find_map(|k| k.scope.clone())
    }

    /// The methods that scripting starts from: `forward` unless it is ignored, then the exported ones by name.
    pub(super) fn methods_to_compile(&self, view: &ModuleView) -> Vec<(String, Rc<PythonFunction>)> {
        let is_base =
            |f: &PythonFunction| f.qualname.borrow().starts_with("Module.") || &**f.name.borrow() == "_forward_unimplemented";
        let mut out = vec![];
        if let Some(f) = view.method("forward")
            && !matches!(f.modifier(), Modifier::Ignore | Modifier::Unused)
            && !(is_base(&f) && self.interp.is_library(f.span().file))
        {
            out.push(("forward".to_owned(), f));
        }
        let mut exported: Vec<(String, Rc<PythonFunction>)> = vec![];
        for k in view.class.mro() {
            for (name, value) in k.attributes() {
                if exported.iter().any(|(n, _)| **n == *name) {
                    continue;
                }
                if let Some(f) = view.method(&name)
                    && f.modifier() == Modifier::Export
                    && matches!(value, Obj::Function(_) | Obj::StaticMethod(_))
                    && &*name != "forward"
                {
                    exported.push((name.to_string(), f));
                }
            }
        }
        exported.sort_by(|a, b| a.0.cmp(&b.0));
        out.extend(exported);
        out
    }
}

/// A value with its type: `torch.jit.Attribute`.
fn is_attribute(value: &Obj) -> bool {
    matches!(value, Obj::Instance(i) if i.class.borrow().is_named("torch.jit.Attribute"))
}

/// Lists as tuples, which constants are.
fn tupled(value: &Obj, depth: usize) -> Obj {
    match value.unwrapped() {
        Obj::List(l) if depth < 64 => Obj::tuple(l.items.borrow().iter().map(|i| tupled(i, depth + 1)).collect()),
        Obj::Tuple(t) if depth < 64 && matches!(value, Obj::Tuple(_)) => {
            Obj::tuple(t.iter().map(|i| tupled(i, depth + 1)).collect())
        }
        _ => value.clone(),
    }
}

/// What `__constants__` may hold.
fn is_constant(c: &Const) -> bool {
    match c {
        Const::Tensor(_) | Const::Object(_) | Const::Dict(..) | Const::List(..) | Const::Generator(_) => false,
        Const::Tuple(items, _) => items.iter().all(is_constant),
        _ => true,
    }
}
