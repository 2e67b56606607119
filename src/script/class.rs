//! Script classes, interfaces and their live instances.

use super::emitter::unsupported;
use super::resolve::{Front, Names};
use super::sugared::{SugaredObject, fail};
use super::{Arg, Body, Code as Source, Compiler, Emitter, MakeSelf, Resolver, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::eval::api::{ClassKind, Modifier};
use crate::eval::object::Function as PythonFunction;
use crate::eval::{Class, Obj};
use crate::graph::{self, ClassId, Const, FunctionId, Object, ObjectId};
use crate::syntax::StmtKind;
use crate::types::{ClassRef, Type};
use std::rc::Rc;

/// A script class as a name: calling it makes an instance.
pub(super) struct ScriptClass {
    pub front: Rc<Front>,
    pub class: Rc<Class>,
    pub id: ClassId,
}

impl SugaredObject for ScriptClass {
    fn kind(&self) -> String {
        format!("class '{}'", self.class.name.borrow())
    }

    fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        match self.class.lookup(name) {
            Some(Obj::StaticMethod(f)) => self.front.sugar(em, &f, span, false),
            Some(Obj::ClassMethod(_)) => unsupported(
                span,
                format!("'{name}' is a class method: they aren't supported"),
                "make it a static method, or a function beside the class",
            ),
            Some(member) if !matches!(member, Obj::Function(_)) => self.front.sugar(em, &member, span, false),
            _ => Sugared::Class(self.id).attr(em, span, name),
        }
    }

    fn has_attr(&self, _: &mut Emitter, _: Span, name: &str) -> Result<bool> {
        Ok(self.class.lookup(name).is_some())
    }

    fn call(&self, em: &mut Emitter, span: Span, args: &[Arg], kwargs: &[Arg], binders: usize) -> Result<Sugared> {
        Sugared::Class(self.id).call(em, span, args, kwargs, binders)
    }
}

/// A new class without members, added to the program.
pub(super) fn add_class(
    c: &mut Compiler,
    name: &str,
    is_module: bool,
    is_interface: bool,
    span: Option<Span>,
    doc: Option<String>,
) -> ClassId {
    let id = c.program.classes.len() as u32;
    let class = ClassRef { id, name: name.into(), is_module, is_interface };
    c.program.classes.push(graph::Class {
        class,
        attributes: vec![],
        constants: vec![],
        methods: vec![],
        properties: vec![],
        forward_hooks: vec![],
        forward_pre_hooks: vec![],
        interface: vec![],
        doc,
        span,
    });
    ClassId(id)
}

/// A class of the library that is written in TorchScript.
fn is_script_form(class: &Class) -> bool {
    class.dict.has_str("__script_form__")
}

impl Front {
    /// A Python class as script class: its methods are compiled at once, `__init__` first, because it makes the attributes.
    pub fn class(self: &Rc<Self>, c: &mut Compiler, class: &Rc<Class>, span: Span) -> Result<ClassId> {
        let key = Rc::as_ptr(class) as usize;
        if let Some((_, id)) = self.known.borrow().classes.get(&key) {
            return Ok(*id);
        }
        if self.is_interface(class) {
            return self.interface(c, class, span);
        }
        // Classes of the library whose scripted form is another class (`torch.no_grad`), and those forms.
        if let Some(Obj::Class(form)) = class.dict.get_str("__script_class__") {
            return self.class(c, &form, span);
        }
        let compiled = is_script_form(class);
        let Some(def) = class.def().filter(|d| compiled || !self.interp.is_library(d.span.file)).cloned() else {
            let message = format!("class '{}' is part of Python's library and cannot be compiled", class.name.borrow());
            return fail(Code::Unsupported, span, message);
        };
        if let Some(base) = class.bases.iter().find(|b| &**b.name.borrow() != "object") {
            if base.module.starts_with("torch.autograd") {
                let message = format!("'{}' is a torch.autograd.Function, which cannot be compiled", class.name.borrow());
                let d = Diagnostic::new(Code::Unsupported, span, message).label(def.name_span, "the class");
                return Err(Box::new(d.help("call a plain function that does what its forward does")));
            }
            let message = format!(
                "class '{}' inherits from '{}': TorchScript classes do not support inheritance",
                class.name.borrow(),
                base.name.borrow()
            );
            let d = Diagnostic::new(Code::Unsupported, span, message);
            return Err(Box::new(
                d.label(def.name_span, "the class").help("inherit from nothing, and hold the other class as an attribute"),
            ));
        }
        let name = self.unique(self.qualified(&class.module, &class.name.borrow()));
        let id = add_class(c, &name, false, false, Some(def.span), def.docstring().map(str::to_owned));
        self.known.borrow_mut().classes.insert(key, (class.clone(), id));
        self.class_constants(c, id, class);
        let declared = self.declare_methods(c, id, class, &name)?;
        for f in declared {
            c.require(f, span)?;
        }
        Ok(id)
    }

    /// Class attributes are no attributes of a script class; they are kept for messages.
    fn class_constants(&self, c: &mut Compiler, id: ClassId, class: &Rc<Class>) {
        let named = class.def().map(|d| d.body.as_slice()).unwrap_or_default().iter().filter_map(|s| match &s.kind {
            StmtKind::Assign { targets, .. } => targets.first(),
            StmtKind::AnnAssign { target, value: Some(_), .. } => Some(target),
            _ => None,
        });
        for target in named {
            if let crate::syntax::ExprKind::Name(n) = &target.kind {
                c.program.classes[id.0 as usize].constants.push((n.to_string(), Const::None));
            }
        }
    }

    /// Declares the methods and properties that a class defines itself; `__init__` comes first.
    fn declare_methods(self: &Rc<Self>, c: &mut Compiler, id: ClassId, class: &Rc<Class>, name: &str) -> Result<Vec<FunctionId>> {
        let ty = Type::Class(c.program.class(id).class.clone());
        let mut members = class.attributes();
        members.sort_by(|a, b| (&*a.0 != "__init__", &a.0).cmp(&(&*b.0 != "__init__", &b.0)));
        let mut declared = vec![];
        let dataclass = class.kind() == ClassKind::Dataclass;
        for (member, value) in &members {
            match value {
                Obj::Function(f) if f.modifier() == Modifier::Unused => {
                    let body = self.unused_body(c, f, ty.clone())?;
                    let f = c.declare_later(&format!("{name}.{member}"), Some(id), Some(f.span()), body);
                    c.program.classes[id.0 as usize].methods.push((member.to_string(), f));
                    declared.push(f);
                }
                Obj::Function(f) if f.def().is_none_or(|d| !is_script_form(class) && self.interp.is_library(d.span.file)) => {}
                Obj::Function(f) => {
                    let body = self.method_body(c, f, ty.clone(), plain_self())?;
                    let f = c.declare_later(&format!("{name}.{member}"), Some(id), Some(f.span()), body);
                    c.program.classes[id.0 as usize].methods.push((member.to_string(), f));
                    declared.push(f);
                }
                Obj::ClassMethod(_) => {
                    let Some(f) = crate::eval::api::function(value) else { continue };
                    let body = self.method_body(c, &f, ty.clone(), Rc::new(move |_| Sugared::Class(id)))?;
                    let f = c.declare_later(&format!("{name}.{member}"), Some(id), Some(f.span()), body);
                    c.program.classes[id.0 as usize].methods.push((member.to_string(), f));
                    declared.push(f);
                }
                Obj::Property(p) => {
                    let made = self.declare_property(c, id, &ty, name, member, p, plain_self())?;
                    declared.extend(made);
                }
                _ => {}
            }
        }
        if dataclass {
            let text = self.dataclass_methods(c, class)?;
            for (member, body) in text {
                let have = c.program.class(id).method(&member).is_some();
                if !have {
                    let body = Body { this: Some((ty.clone(), plain_self())), ..body };
                    let f = c.declare_later(&format!("{name}.{member}"), Some(id), class.def().map(|d| d.span), body);
                    c.program.classes[id.0 as usize].methods.push((member.clone(), f));
                    let at = if member == "__init__" { 0 } else { declared.len() };
                    declared.insert(at, f);
                }
            }
        }
        Ok(declared)
    }

    /// The body of a method of the type `ty`.
    pub(super) fn method_body(
        self: &Rc<Self>,
        c: &mut Compiler,
        f: &Rc<PythonFunction>,
        ty: Type,
        make: MakeSelf,
    ) -> Result<Body> {
        let resolver = self.resolver(f, None);
        self.body(c, f, resolver, Some((ty, make)))
    }

    /// The body of an unused method: it takes anything and raises.
    fn unused_body(self: &Rc<Self>, c: &mut Compiler, f: &Rc<PythonFunction>, ty: Type) -> Result<Body> {
        let mut body = self.method_body(c, f, ty, plain_self())?;
        let raise = self.parse_def(c, "def unused():\n    raise RuntimeError('Cannot call @unused methods')\n")?;
        if let (Source::Def(def), Source::Def(raise)) = (&body.code, raise) {
            let mut def = (**def).clone();
            body.types =
                def.params.positional().chain(&def.params.kwonly).skip(1).map(|p| (p.name.to_string(), Type::Any)).collect();
            def.params.vararg = None;
            def.params.kwarg = None;
            def.body = raise.body.clone();
            body.code = Source::Def(def.into());
        }
        Ok(body)
    }

    /// Declares a property's accessors.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn declare_property(
        self: &Rc<Self>,
        c: &mut Compiler,
        id: ClassId,
        ty: &Type,
        class: &str,
        name: &str,
        p: &crate::eval::object::Property,
        make: MakeSelf,
    ) -> Result<Vec<FunctionId>> {
        let mut accessor = |f: &Obj, suffix: &str| -> Result<Option<FunctionId>> {
            let Some(f) = crate::eval::api::function(f) else { return Ok(None) };
            if f.modifier() == Modifier::Unused {
                return Ok(None);
            }
            let body = self.method_body(c, &f, ty.clone(), make.clone())?;
            Ok(Some(c.declare_later(&format!("{class}.__{name}_{suffix}"), Some(id), Some(f.span()), body)))
        };
        let Some(get) = accessor(&p.get, "getter")? else { return Ok(vec![]) };
        let set = accessor(&p.set, "setter")?;
        c.program.classes[id.0 as usize].properties.push((name.to_owned(), get, set));
        Ok(std::iter::once(get).chain(set).collect())
    }

    /// A live instance of a script class.
    pub(super) fn object(self: &Rc<Self>, c: &mut Compiler, obj: &Obj, class: &Rc<Class>, span: Span) -> Result<ObjectId> {
        let key = obj.address().unwrap_or(0);
        if let Some((_, id)) = self.known.borrow().objects.get(&key) {
            return Ok(*id);
        }
        let class_id = self.class(c, class, span)?;
        let id = ObjectId(c.program.objects.len() as u32);
        c.program.objects.push(Object { class: class_id, slots: vec![] });
        self.known.borrow_mut().objects.insert(key, (obj.clone(), id));
        for i in 0..c.program.class(class_id).attributes.len() {
            let (name, ty) = {
                let a = &c.program.class(class_id).attributes[i];
                (a.name.clone(), a.ty.clone())
            };
            let value = match self.interp.getattr_quiet(obj, &name) {
                Ok(Some(v)) => self.constant(c, &v, Some(&ty), span)?,
                Ok(None) => {
                    let message =
                        format!("the {} object has no attribute '{name}', which its __init__ assigns", class.name.borrow());
                    return fail(Code::Name, span, message);
                }
                Err(e) => return Err(self.raised(&e, span)),
            };
            c.program.objects[id.0 as usize].slots.push(value);
        }
        Ok(id)
    }

    /// The class was decorated with `@torch.jit.interface`.
    pub(super) fn is_interface(&self, class: &Class) -> bool {
        class.dict.has_str("__torch_script_interface__") || class.dict.has_str("_is_interface")
    }

    /// An interface: the signatures of its methods.
    pub(super) fn interface(self: &Rc<Self>, c: &mut Compiler, class: &Rc<Class>, span: Span) -> Result<ClassId> {
        let key = Rc::as_ptr(class) as usize;
        if let Some((_, id)) = self.known.borrow().classes.get(&key) {
            return Ok(*id);
        }
        let name = self.unique(self.qualified(&class.module, &class.name.borrow()));
        let is_module = class.kind() == ClassKind::Module;
        let id = add_class(c, &name, is_module, true, class.def().map(|d| d.span), None);
        self.known.borrow_mut().classes.insert(key, (class.clone(), id));
        let ty = Type::Class(c.program.class(id).class.clone());
        for (member, value) in class.attributes() {
            let Obj::Function(f) = &value else { continue };
            if f.def().is_none_or(|d| self.interp.is_library(d.span.file)) {
                continue;
            }
            let body = self.method_body(c, f, ty.clone(), plain_self())?;
            let (mut signature, declared) = c.signature(&body)?;
            let Some(result) = declared else {
                let d = Diagnostic::new(
                    Code::Type,
                    f.span(),
                    format!("the method '{member}' of an interface needs the type of its result"),
                );
                return Err(Box::new(d.help("write it behind the parameters: def f(self, x: Tensor) -> Tensor")));
            };
            signature.returns = vec![result];
            c.program.classes[id.0 as usize].interface.push((member.to_string(), signature));
        }
        let _ = span;
        Ok(id)
    }

    /// The methods that `@dataclass` makes, as text compiled like any other.
    fn dataclass_methods(self: &Rc<Self>, c: &mut Compiler, class: &Rc<Class>) -> Result<Vec<(String, Body)>> {
        let Some(scope) = class.scope.clone() else { return Ok(vec![]) };
        let ty = class.name.borrow().to_string();
        let at = class.def().map_or(Span::new(crate::diag::FileId(0), 0, 0), |d| d.name_span);
        let fields = match class.dict.get_str("__dataclass_fields__") {
            Some(Obj::Dict(d)) => d.str_items(),
            _ => vec![],
        };
        let (mut names, mut defaults) = (vec![], vec![]);
        let (mut assigned, mut post, mut compared) = (String::new(), vec![], vec![]);
        for (name, field) in &fields {
            let get = |obj: &Obj, what: &str| self.interp.getattr(obj, what).map_err(|e| self.raised(&e, at));
            let flag = |what: &str| get(field, what).map(|v| matches!(v, Obj::Bool(true)));
            let initvar = flag("_initvar")?;
            let mut annotation = get(field, "type")?;
            if initvar {
                annotation = get(&annotation, "type")?;
            }
            let Some(t) = self.type_of_annotation(c, &annotation, Some(&scope), at)? else {
                return fail(Code::Type, at, format!("the field '{name}' of dataclass '{ty}' has no TorchScript type"));
            };
            if let Some(v) = class.dict.get_str(name)
                && let Ok(v) = self.constant(c, &v, Some(&t), at)
            {
                defaults.push((name.to_string(), v));
            }
            if initvar {
                post.push(name.to_string());
            } else {
                if flag("init")? {
                    assigned += &format!("    self.{name} = {name}\n");
                }
                if flag("compare")? {
                    compared.push((name.to_string(), matches!(t, Type::Optional(_))));
                }
            }
            if initvar || flag("init")? {
                names.push((name.to_string(), t));
            }
        }
        if class.lookup("__post_init__").is_some_and(|f| matches!(f, Obj::Function(_))) {
            assigned += &format!("    self.__post_init__({})\n", post.join(", "));
        } else if assigned.is_empty() {
            assigned += "    pass\n";
        }
        let params: Vec<String> = ["self".to_owned()].into_iter().chain(names.iter().map(|(n, _)| n.clone())).collect();
        let init = format!("def __init__({}):\n{assigned}", params.join(", "));
        let mut methods = vec![("__init__", init)];
        let orders = [
            ("__eq__", "==", true),
            ("__lt__", "<", false),
            ("__le__", "<", true),
            ("__gt__", ">", false),
            ("__ge__", ">", true),
        ];
        for (member, op, when_equal) in orders {
            if class.dict.has_str(member) {
                methods.push((member, comparison(member, op, when_equal, &ty, &compared)));
            }
        }
        let mut out = vec![];
        for (member, text) in methods {
            let resolver: Rc<dyn Resolver> = Rc::new(Names { front: self.clone(), scope: scope.clone(), own: None });
            let code = self.parse_def(c, &text)?;
            let types = if member == "__init__" { names.clone() } else { vec![] };
            out.push((member.to_owned(), Body { code, resolver, defaults: defaults.clone(), types, this: None }));
        }
        Ok(out)
    }

    /// A `def` out of our own text, which stands in the source map as `<string>`.
    pub(super) fn parse_def(&self, c: &mut Compiler, text: &str) -> Result<Source> {
        let file = self.interp.sources.borrow_mut().add("<string>", text.to_owned());
        c.sources = self.interp.sources.borrow().clone();
        let module = crate::syntax::parse_module(&c.sources, file)?;
        match module.body.into_iter().next().map(|s| s.kind) {
            Some(StmtKind::FunctionDef(d)) => Ok(Source::Def(d)),
            _ => fail(Code::Internal, Span::new(file, 0, 0), "the text is no function"),
        }
    }
}

/// The text of a dataclass's comparison: field by field, and `when_equal` if none decides. Fields that may be None are compared when
/// both are there.
fn comparison(member: &str, op: &str, when_equal: bool, class: &str, fields: &[(String, bool)]) -> String {
    let mut text = format!("def {member}(self, other: {class}) -> bool:\n");
    let mut line = |indent: usize, s: &str| text += &format!("{}{s}\n", "    ".repeat(indent));
    for (i, (name, optional)) in fields.iter().enumerate() {
        line(1, &format!("a{i} = self.{name}"));
        line(1, &format!("b{i} = other.{name}"));
        if *optional {
            line(1, &format!("if a{i} is not None and b{i} is not None:"));
        }
        let inside = 1 + usize::from(*optional);
        if op == "==" {
            line(inside, &format!("if a{i} != b{i}:"));
            line(inside + 1, "return False");
        } else {
            line(inside, &format!("if a{i} {op} b{i}:"));
            line(inside + 1, "return True");
            line(inside, &format!("elif b{i} {op} a{i}:"));
            line(inside + 1, "return False");
        }
        if *optional {
            line(1, &format!("elif (a{i} is None) != (b{i} is None):"));
            let unequal = format!("raise TypeError('Cannot compare {class} with None')");
            line(2, if op == "==" { "return False" } else { &unequal });
        }
    }
    line(1, if when_equal { "return True" } else { "return False" });
    text
}

/// `self` is a graph value like any other.
pub(super) fn plain_self() -> MakeSelf {
    Rc::new(Sugared::Value)
}
