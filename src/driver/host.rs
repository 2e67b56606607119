//! `torch.jit` of programs that run at build time: scripting what they hand over, and answering for it afterwards.

use super::convert::Convert;
use super::examples;
use super::run::Runner;
use crate::archive::program::Archive;
use crate::codegen::{Jit, process};
use crate::diag::{Code, Diagnostic, FileId, Problems, Span};
use crate::eval::api;
use crate::eval::object::ModuleObj;
use crate::eval::{Args, Class, Interp, Obj, R, Scope, ScriptHost, Scripted, ScriptedKind};
use crate::graph::{ClassId, Const, Export, FunctionId, ObjectId, Program, code, print, schema};
use crate::ops::Operator;
use crate::passes::pipeline;
use crate::script::module::ConcreteModule;
use crate::script::program;
use crate::script::resolve::{Front, Handle};
use crate::script::{Compiler, serialized};
use crate::syntax::{Stmt, StmtKind};
use crate::types::{EnumRef, Type};
use std::cell::{BorrowMutError, OnceCell, RefCell, RefMut};
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use tsrt::Value;
use tsrt::object::ClassDesc;

/// A script class for conversions between Python objects and instances.
pub(super) struct ScriptClass {
    pub description: &'static ClassDesc,
    /// Attributes in slot order.
    pub slots: Vec<(String, Type)>,
    pub python: Option<Rc<Class>>,
}

/// The TorchScript compiler as the evaluator sees it.
pub struct Host {
    pub(super) compiler: RefCell<Compiler>,
    /// Compiled functions of operators that the evaluator called.
    pub(super) library: RefCell<HashMap<FunctionId, Rc<Jit>>>,
    front: OnceCell<Rc<Front>>,
    /// What went wrong in scripting that the program did not catch.
    problems: RefCell<Problems>,
    /// A failed scripting is noted and the program goes on, so that all problems are found; otherwise it raises.
    collects: bool,
    /// Runs compiled code in this process; without it a call is left to the program's own Python.
    runner: Option<Runner>,
    /// Submodules of scripted modules, as programs reached them.
    submodules: RefCell<HashMap<ObjectId, Rc<Scripted>>>,
}

impl Host {
    /// A host for one evaluator. `collects`: a failed scripting outside of any `try` is noted instead of raised.
    pub fn install(interp: &Rc<Interp>, collects: bool) -> Rc<Host> {
        let mut compiler = Compiler::default();
        compiler.cleanup = Some(pipeline::cleanup);
        compiler.restore = Some(super::restore::restore);
        let runner = (!collects).then(Runner::default);
        let host = Rc::new(Host {
            compiler: compiler.into(),
            library: RefCell::default(),
            front: OnceCell::new(),
            problems: RefCell::default(),
            collects,
            runner,
            submodules: RefCell::default(),
        });
        let front = Front::new(interp.clone());
        front.has_python.set(host.runner.is_some());
        let _ = host.front.set(front);
        interp.set_host(host.clone());
        host.serve_python(interp);
        host
    }

    /// Lets compiled code call the program's Python functions.
    fn serve_python(self: &Rc<Host>, interp: &Rc<Interp>) {
        let (host, interp) = (Rc::downgrade(self), Rc::downgrade(interp));
        process::set_python(Some(Rc::new(move |index, args| {
            let gone = || ("RuntimeError".to_owned(), "the program has ended".to_owned());
            let (Some(host), Some(interp)) = (host.upgrade(), interp.upgrade()) else { return Err(gone()) };
            let (Some(front), Some(runner)) = (host.front.get(), &host.runner) else { return Err(gone()) };
            let python = front.python_of(index).ok_or_else(gone)?;
            runner.call_python(&interp, &host, &python, args).map_err(|raise| {
                let class = interp.type_name(&raise.exc);
                (class, interp.to_str(&raise.exc).unwrap_or_default())
            })
        })));
    }

    /// A submodule of a scripted module, scripted itself.
    fn submodule(&self, module: &Rc<ConcreteModule>, object: ObjectId, name: &str) -> Option<Obj> {
        let below = module.module_named(name)?;
        let at = self.with(|c| {
            let slot = c.program.class(module.id).slot(name)?;
            match c.program.object(object).slots.get(slot) {
                Some(Const::Object(o)) => Some(*o),
                _ => None,
            }
        })?;
        if let Some(known) = self.submodules.borrow().get(&at) {
            return Some(Obj::Script(known.clone()));
        }
        let view = self.front.get()?.live_module(at)?;
        let made = Rc::new(Scripted {
            kind: ScriptedKind::Module,
            target: Obj::Instance(view.instance),
            traced: false,
            example_inputs: Obj::None,
            options: vec![],
            span: view.class.def().map_or(crate::diag::Span::new(crate::diag::FileId(0), 0, 0), |d| d.span),
            data: RefCell::new(Some(Rc::new(Handle::Module { module: below, object: at }))),
        });
        self.submodules.borrow_mut().insert(at, made.clone());
        Some(Obj::Script(made))
    }

    /// The modules directly below a scripted one, or it and all below, by their paths.
    fn submodules_of(&self, of: &Obj, path: &str, deep: bool, out: &mut Vec<(String, Obj)>) {
        let Obj::Script(handle) = of else { return };
        if deep {
            out.push((path.to_owned(), of.clone()));
        }
        let Some(Handle::Module { module, object }) = self.data(handle) else { return };
        for name in module.submodule_names() {
            let Some(below) = self.submodule(&module, object, &name) else { continue };
            let full = if path.is_empty() { name } else { format!("{path}.{name}") };
            match deep {
                true => self.submodules_of(&below, &full, true, out),
                false => out.push((full, below)),
            }
        }
    }

    /// `scripted.name = other`: a scripted submodule in place of another one, which must be of its class or have its interface.
    fn replace_submodule(
        &self,
        interp: &Interp,
        (module, object): (&ConcreteModule, ObjectId),
        name: &str,
        (class, new): (ClassId, ObjectId),
    ) -> R<()> {
        let mut c = self.compiler.borrow_mut();
        let Some(expected) = module.submodule_id(name) else { return Ok(()) };
        let (want, have) = (c.program.class(expected).class.clone(), c.program.class(class).class.clone());
        if want.is_interface && !Type::Class(have.clone()).is_subtype_of(&Type::Class(want.clone()), &c.program) {
            let methods = c.program.class(expected).interface.iter().map(|(n, _)| n.as_str());
            let missing: Vec<&str> = methods.filter(|n| c.program.class(class).method(n).is_none()).collect();
            let why = match missing[..] {
                [] => "a method of that name has another signature".to_owned(),
                _ => format!("it does not have the compiled methods {}", missing.join(", ")),
            };
            let message = format!("Object of type {} is not compatible with interface {}: {why}", have.name, want.name);
            drop(c);
            return interp.raise("RuntimeError", message);
        }
        if !want.is_interface && want != have {
            let message = format!("Expected a value of type '{}' for field '{name}', but found '{}'", want.name, have.name);
            drop(c);
            return interp.raise("RuntimeError", message);
        }
        let slot = c.program.class(module.id).slot(name);
        if let Some(place) = slot.and_then(|s| c.program.objects[object.0 as usize].slots.get_mut(s)) {
            *place = Const::Object(new);
        }
        drop(c);
        if let Some(runner) = &self.runner {
            runner.forget();
        }
        Ok(())
    }

    /// Reads again what Python has in the modules' attributes.
    pub(super) fn refresh(&self) {
        if let (Some(front), Ok(mut c)) = (self.front.get(), self.compiler.try_borrow_mut()) {
            front.refresh(&mut c);
        }
    }

    /// The compiler with the sources as they are now.
    pub(super) fn compiler_mut(&self) -> Result<RefMut<'_, Compiler>, BorrowMutError> {
        self.compiler.try_borrow_mut()
    }

    /// Reads from the compiler.
    pub(super) fn with<T>(&self, read: impl FnOnce(&Compiler) -> T) -> T {
        read(&self.compiler.borrow())
    }

    /// A script class as calls from Python see it.
    pub(super) fn script_class(&self, id: ClassId) -> Option<ScriptClass> {
        let python = self.front.get()?.python_class(id);
        self.with(|c| {
            let class = c.program.classes.get(id.0 as usize)?;
            let slots: Vec<(String, Type)> = class.attributes.iter().map(|a| (a.name.clone(), a.ty.clone())).collect();
            let names: Vec<&str> = slots.iter().map(|s| s.0.as_str()).collect();
            Some(ScriptClass { description: process::description(&class.class.name, &names), slots, python })
        })
    }

    /// The script class of that qualified name.
    pub(super) fn class_named(&self, name: &str) -> Option<ScriptClass> {
        let at = self.with(|c| c.program.classes.iter().position(|k| *k.class.name == *name))?;
        self.script_class(ClassId(at as u32))
    }

    /// The value of a Python enum member.
    pub(super) fn enum_member(&self, interp: &Interp, e: &EnumRef, obj: &Obj) -> R<Option<Value>> {
        let Some(Obj::Str(name)) = interp.getattr_quiet(obj, "name")? else { return Ok(None) };
        Ok(self.with(|c| {
            let class = c.program.enums.get(e.id as usize)?;
            let (_, value) = class.members.iter().find(|(n, _)| **n == *name)?;
            let description = process::description(&class.r#enum.name, &["name", "value"]);
            Some(process::enum_member(description, &name, process::scalar(value)?).clone())
        }))
    }

    /// The value of the enum member at a position.
    pub(super) fn member_at(&self, e: &EnumRef, at: u32) -> Option<Value> {
        self.with(|c| {
            let class = c.program.enums.get(e.id as usize)?;
            let (name, value) = class.members.get(at as usize)?;
            let description = process::description(&class.r#enum.name, &["name", "value"]);
            Some(process::enum_member(description, name, process::scalar(value)?).clone())
        })
    }

    /// The Python member of an enum.
    pub(super) fn python_member(&self, interp: &Interp, e: &EnumRef, name: &str) -> R<Obj> {
        match self.front.get().and_then(|f| f.python_enum(e)) {
            Some(class) => interp.getattr(&Obj::Class(class), name),
            None => interp.type_error(format!("the enum {} is not known to Python", e.name)),
        }
    }

    pub(super) fn python_module(&self, v: &Value) -> Option<Obj> {
        self.runner.as_ref().and_then(|r| r.python_module(v))
    }

    pub(super) fn module_value(&self, obj: &Obj) -> Option<Value> {
        self.runner.as_ref().and_then(|r| r.module_value(obj))
    }

    /// The Python object of a live module.
    pub(super) fn live_module(&self, o: ObjectId) -> Option<Obj> {
        self.front.get()?.live_module(o).map(|view| Obj::Instance(view.instance))
    }

    /// The object that stands for a scripted list or dict, and its methods; None when its type has no such form.
    fn container(&self, interp: &Interp, c: &mut Compiler, handle: &Scripted) -> Option<(ObjectId, Vec<FunctionId>)> {
        let make = interp.getattr(&interp.import_path("torch.jit._containers").ok()?, "exported").ok()?;
        let made = interp.call(&make, Args::new(vec![handle.target.clone()])).ok()?;
        let view = interp.module_view(&made)?;
        let front = self.front.get()?;
        let problems = std::mem::take(&mut c.problems);
        let compiled = front.module(c, &made, handle.span);
        let failed = !std::mem::replace(&mut c.problems, problems).sorted().is_empty();
        let (module, object) = compiled.ok().filter(|_| !failed)?;
        let class = c.program.class(module.id);
        Some((object, front.exported_methods(&view).iter().filter_map(|n| class.method(n)).collect()))
    }

    fn front(&self, interp: &Interp) -> R<&Rc<Front>> {
        match self.front.get() {
            Some(f) => Ok(f),
            None => interp.raise("RuntimeError", "the compiler is not ready"),
        }
    }

    /// Everything compiled, with the final values of the modules' attributes, and the problems. Call it when the program has run.
    pub fn finish(&self, interp: &Interp, exports: Vec<api::Export>) -> (Program, Problems) {
        let mut c = std::mem::take(&mut *self.compiler.borrow_mut());
        c.sources = interp.sources.borrow().clone();
        if let Some(front) = self.front.get() {
            front.refresh(&mut c);
        }
        for e in exports {
            let name = e.name.to_string();
            let data = e.handle.data.borrow().as_ref().and_then(|d| d.downcast_ref::<Handle>().cloned());
            let export = match data {
                Some(Handle::Function(function)) => Export::Function { name, function },
                Some(Handle::Class(class)) => Export::Class { name, class },
                Some(Handle::Module { module, object }) => {
                    let class = c.program.class(module.id);
                    let methods = match interp.module_view(&e.handle.target).filter(|_| !e.handle.traced) {
                        Some(view) => {
                            let front = self.front.get();
                            let names = front.map(|f| f.exported_methods(&view)).unwrap_or_default();
                            names.iter().filter_map(|n| class.method(n)).collect()
                        }
                        None => {
                            let own = serialized::exported(class);
                            let methods = class.methods.iter().filter(|(n, f)| !is_repeated(n) && own.contains(f));
                            methods.map(|(_, f)| *f).collect()
                        }
                    };
                    let methods = with_hooks(&mut c, object, methods);
                    Export::Module { name, object, methods }
                }
                Some(Handle::Container(_)) => match self.container(interp, &mut c, &e.handle) {
                    Some((object, methods)) => Export::Module { name, object, methods },
                    None => continue,
                },
                Some(Handle::Method(..)) | None => continue,
            };
            c.program.exports.push(export);
        }
        let mut problems = std::mem::take(&mut *self.problems.borrow_mut());
        for d in std::mem::take(&mut c.problems).sorted() {
            problems.push(d);
        }
        (c.program, problems)
    }

    /// Compiles the program of the main file: its main block or its `main`.
    pub fn program(&self, interp: &Interp, file: FileId, module: &ModuleObj) {
        let (Some(tree), Some(front)) = (interp.trees.borrow().get(&file).cloned(), self.front.get()) else { return };
        let scope = Scope::module(module.dict.clone(), module.name.clone(), tree.postpones_annotations());
        let Some(main) = program::find(&tree, &scope) else { return };
        let c = &mut *self.compiler.borrow_mut();
        c.sources = interp.sources.borrow().clone();
        match front.program(c, main, &scope) {
            Ok(main) => c.program.main = Some(main),
            Err(d) => c.report(d),
        }
    }

    fn compile(&self, c: &mut Compiler, front: &Rc<Front>, handle: &Scripted) -> crate::diag::Result<Handle> {
        let span = handle.span;
        match handle.kind {
            ScriptedKind::Function => {
                let Some(f) = api::function(&handle.target) else {
                    let d = Diagnostic::new(Code::Unsupported, span, "only Python functions can be scripted, not builtin ones");
                    return Err(Box::new(d.help("scripted code calls builtin functions directly")));
                };
                if matches!(&handle.target, Obj::Bound(_)) {
                    let d = Diagnostic::new(Code::Unsupported, span, "a bound method cannot be scripted by itself");
                    return Err(Box::new(d.help("script the object it belongs to, and mark the method with @torch.jit.export")));
                }
                let ids = front.function(c, &f, span)?;
                let [id] = ids.as_slice() else {
                    let d = Diagnostic::new(
                        Code::Unsupported,
                        span,
                        format!("'{}' is overloaded, so it cannot be scripted directly", f.name.borrow()),
                    );
                    return Err(Box::new(d.help("call it from a scripted function: the arguments pick the overload")));
                };
                c.require(*id, span)?;
                Ok(Handle::Function(*id))
            }
            ScriptedKind::Module => {
                let (module, object) = front.module(c, &handle.target, span)?;
                Ok(Handle::Module { module, object })
            }
            ScriptedKind::Class => match &handle.target {
                Obj::Class(class) => match class.kind() {
                    api::ClassKind::Module => {
                        let d = Diagnostic::new(
                            Code::Type,
                            span,
                            format!("'{}' is a module class: script an instance of it", class.name.borrow()),
                        );
                        Err(Box::new(d.help(format!("torch.jit.script({}(...))", class.name.borrow()))))
                    }
                    api::ClassKind::Enum | api::ClassKind::NamedTuple => Ok(Handle::Container(crate::types::Type::Any)),
                    _ => Ok(Handle::Class(front.class(c, class, span)?)),
                },
                _ => Err(Box::new(Diagnostic::new(Code::Internal, span, "a scripted class that is none"))),
            },
            ScriptedKind::List | ScriptedKind::Dict => match front.container_type(c, &handle.target, span)? {
                Ok(t) => Ok(Handle::Container(t)),
                Err(why) => {
                    let d = Diagnostic::new(Code::Type, span, format!("the type of the container cannot be inferred: {why}"));
                    Err(Box::new(d.help("its elements must have one type, and there must be some")))
                }
            },
            ScriptedKind::Object => {
                Err(Box::new(Diagnostic::new(Code::Unsupported, span, "scripting this object is not supported")))
            }
        }
    }

    fn text_of(&self, interp: &Interp, f: FunctionId, what: &str) -> R<Obj> {
        let c = self.compiler.borrow();
        let function = c.program.function(f);
        match what {
            "schema" => Ok(Obj::str(schema::declaration(function, &c.program))),
            "code" => match code::function(function, &c.program) {
                Ok(text) => Ok(Obj::str(text)),
                Err(why) => interp.raise("RuntimeError", why),
            },
            _ => Ok(Obj::str(print::graph(&function.graph, &c.program, &interp.sources.borrow()))),
        }
    }

    fn data(&self, handle: &Scripted) -> Option<Handle> {
        handle.data.borrow().as_ref().and_then(|d| d.downcast_ref::<Handle>().cloned())
    }
}

impl ScriptHost for Host {
    fn container_text(&self, interp: &Interp, handle: &Scripted) -> R<Option<String>> {
        match self.data(handle) {
            Some(Handle::Container(ty)) => {
                let value = Convert { interp, host: self }.value(&handle.target, &ty)?;
                Ok(Some(tsrt::print::script_str(&value).into_string()))
            }
            _ => Ok(None),
        }
    }

    fn script(&self, interp: &Interp, handle: &Rc<Scripted>) -> R<()> {
        let front = self.front(interp)?;
        if handle.traced {
            let made = self.trace(interp, front, handle)?;
            *handle.data.borrow_mut() = Some(Rc::new(made));
            return Ok(());
        }
        let calls = examples::run(interp, handle)?;
        let Ok(mut c) = self.compiler.try_borrow_mut() else {
            return interp.raise("RuntimeError", "torch.jit.script cannot be called while something is being compiled");
        };
        c.sources = interp.sources.borrow().clone();
        examples::note(front, &mut c, &calls, handle.span);
        let done = self.compile(&mut c, front, handle);
        let mut problems = std::mem::take(&mut c.problems);
        drop(c);
        match done {
            Ok(h) => *handle.data.borrow_mut() = Some(Rc::new(h)),
            Err(d) if !d.message.is_empty() => problems.push(*d),
            Err(_) => {}
        }
        let all = problems.sorted();
        let Some(first) = all.first().cloned() else { return Ok(()) };
        if self.collects && !in_try(interp) {
            let mut noted = self.problems.borrow_mut();
            all.into_iter().for_each(|d| noted.push(d));
            return Ok(());
        }
        interp.raise_diagnostic(first)
    }

    fn call(&self, interp: &Interp, handle: &Rc<Scripted>, method: &str, args: Args) -> R<Obj> {
        if handle.data.borrow().is_none() {
            return interp.raise("RuntimeError", "the scripted object failed to compile, so it cannot be called");
        }
        if let (Some(runner), Some(data)) = (&self.runner, self.data(handle)) {
            if let Ok(mut c) = self.compiler.try_borrow_mut() {
                c.sources = interp.sources.borrow().clone();
                c.add_library();
                *interp.sources.borrow_mut() = c.sources.clone();
            }
            return runner.call(interp, self, &data, method, args);
        }
        // The program's own Python computes what the compiled code will.
        if method == "forward" || method == "__call__" {
            return interp.call(&handle.target, args);
        }
        let f = interp.getattr(&handle.target, method)?;
        interp.call(&f, args)
    }

    fn operator(&self, interp: &Interp, op: &Operator, args: &[tsrt::Value]) -> R<Option<Vec<tsrt::Value>>> {
        self.call_operator(interp, op, args)
    }

    fn set_attr(&self, interp: &Interp, handle: &Rc<Scripted>, name: &str, value: &Obj) -> R<bool> {
        match (self.data(handle), &handle.target, name, value) {
            (Some(Handle::Module { module, object }), _, _, Obj::Script(new)) => {
                if let (Some(Handle::Module { module: with, object: new }), Some(_)) = (self.data(new), module.submodule_id(name))
                {
                    self.replace_submodule(interp, (&module, object), name, (with.id, new))?;
                }
                Ok(false)
            }
            (Some(Handle::Module { object, .. }), Obj::None, "training", Obj::Bool(on)) => {
                serialized::set_training(&mut self.compiler.borrow_mut().program, object, *on);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn load(&self, interp: &Interp, path: &str) -> R<Obj> {
        let front = self.front(interp)?;
        let Ok(mut c) = self.compiler.try_borrow_mut() else {
            return interp.raise("RuntimeError", "torch.jit.load cannot be called while something is being compiled");
        };
        let archive = match Archive::open(Path::new(path)) {
            Ok(a) => a,
            Err(why) => return interp.raise("RuntimeError", format!("torch.jit.load cannot read `{path}`: {why}")),
        };
        let code = serialized::sources(&archive, Path::new(path), &mut interp.sources.borrow_mut());
        c.sources = interp.sources.borrow().clone();
        let loaded = serialized::load(&code, &mut c, &archive).inspect(|l| drop(serialized::compile(&mut c, *l)));
        let problems = std::mem::take(&mut c.problems).sorted();
        let loaded = match (loaded, problems.into_iter().next()) {
            (Err(d), _) => return interp.raise_diagnostic(*d),
            (_, Some(d)) => return interp.raise_diagnostic(d),
            (Ok(l), None) => l,
        };
        let handle = Handle::Module { module: front.loaded(&c, loaded.class), object: loaded.object };
        let scripted = Scripted {
            kind: ScriptedKind::Module,
            target: Obj::None,
            traced: false,
            example_inputs: Obj::None,
            options: vec![],
            span: interp.user_span(),
            data: RefCell::new(Some(Rc::new(handle))),
        };
        Ok(Obj::Script(Rc::new(scripted)))
    }

    fn load_saved(&self, interp: &Interp, path: &str) -> R<Obj> {
        super::archive::load_saved(interp, path)
    }

    fn attr(&self, interp: &Interp, handle: &Rc<Scripted>, name: &str) -> R<Option<Obj>> {
        match (self.data(handle), name) {
            (Some(Handle::Function(f) | Handle::Method(_, f)), "code" | "graph" | "schema") => {
                self.text_of(interp, f, name).map(Some)
            }
            (Some(Handle::Function(f)), "qualified_name") => {
                let name = self.compiler.borrow().program.function(f).name.clone();
                Ok(Some(Obj::str(name)))
            }
            (Some(Handle::Module { module, object }), _) => {
                let forward = self.compiler.borrow().program.class(module.id).method("forward");
                if let ("code" | "graph", Some(f)) = (name, forward) {
                    return self.text_of(interp, f, name).map(Some);
                }
                if name == "__deepcopy__" && !handle.traced && !handle.target.is_none() {
                    return Ok(Some(copier(interp, handle)));
                }
                if let ("eval" | "train", Obj::None) = (name, &handle.target) {
                    return Ok(Some(mode(interp, handle, name == "train")));
                }
                if let Some(below) = self.submodule(&module, object, name) {
                    return Ok(Some(below));
                }
                if let "children" | "named_children" | "modules" | "named_modules" = name {
                    let mut found = vec![];
                    let deep = name.ends_with("modules");
                    self.submodules_of(&Obj::Script(handle.clone()), "", deep, &mut found);
                    let named = name.starts_with("named");
                    let items: Vec<Obj> =
                        found.into_iter().map(|(n, m)| if named { Obj::tuple(vec![Obj::str(n), m]) } else { m }).collect();
                    let list = move |_: &Interp, _: Args| Ok(Obj::list(items.clone()));
                    return Ok(Some(interp.builtin("torch", name, list)));
                }
                let method = self.compiler.borrow().program.class(module.id).method(name);
                let Some(id) = method.filter(|_| name != "__len__" && name != "__contains__") else { return Ok(None) };
                // A loaded module has no Python side.
                let target = match handle.target {
                    Obj::None => Some(Obj::None),
                    _ => interp.getattr_quiet(&handle.target, name)?,
                };
                let Some(target) = target else { return Ok(None) };
                let bound = Scripted {
                    kind: ScriptedKind::Function,
                    target,
                    traced: false,
                    example_inputs: Obj::None,
                    options: vec![],
                    span: handle.span,
                    data: RefCell::new(Some(Rc::new(Handle::Method(handle.clone(), id)))),
                };
                Ok(Some(Obj::Script(Rc::new(bound))))
            }
            _ => Ok(None),
        }
    }
}

/// `copy.deepcopy` of a scripted module: the Python module copied, and scripted.
fn copier(interp: &Interp, handle: &Rc<Scripted>) -> Obj {
    let target = handle.target.clone();
    interp.builtin("torch", "__deepcopy__", move |i, args| {
        let function = |module: &str, name: &str| match i.modules.get_str(module) {
            Some(m) => i.getattr(&m, name),
            None => i.raise("RuntimeError", format!("the module {module} is not loaded")),
        };
        let given = std::iter::once(target.clone()).chain(args.pos.into_iter().take(1)).collect();
        let copied = i.call(&function("copy", "deepcopy")?, Args::new(given))?;
        i.call(&function("torch.jit", "script")?, Args::new(vec![copied]))
    })
}

/// `eval` or `train` of a loaded module.
fn mode(interp: &Interp, handle: &Rc<Scripted>, training: bool) -> Obj {
    let handle = handle.clone();
    interp.builtin("torch", if training { "train" } else { "eval" }, move |i, args| {
        let on = training && !matches!(args.pos.first(), Some(Obj::Bool(false)));
        if let Some(host) = i.host.borrow().clone() {
            host.set_attr(i, &handle, "training", &Obj::Bool(on))?;
        }
        Ok(Obj::Script(handle.clone()))
    })
}

/// The exported methods of a module: with hooks, calling it is more than its `forward`.
pub(super) fn with_hooks(c: &mut Compiler, object: ObjectId, mut methods: Vec<FunctionId>) -> Vec<FunctionId> {
    let class = c.program.object(object).class;
    methods.extend(c.hooked_call(class));
    methods
}

/// The method of a traced submodule that is called several times: `forward1`.
fn is_repeated(name: &str) -> bool {
    name.strip_prefix("forward").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether some `try` with handlers stands around what the program runs now.
fn in_try(interp: &Interp) -> bool {
    let trees = interp.trees.borrow();
    interp.stack().iter().any(|t| trees.get(&t.span.file).is_some_and(|m| covers_try(&m.body, t.span)))
}

fn covers_try(body: &[Stmt], at: Span) -> bool {
    let inside = |s: Span| s.lo <= at.lo && at.hi <= s.hi;
    body.iter().filter(|s| inside(s.span)).any(|s| match &s.kind {
        StmtKind::Try { body, handlers, orelse, finalbody, .. } => {
            (!handlers.is_empty() && body.iter().any(|s| inside(s.span)))
                || [body, orelse, finalbody].into_iter().any(|b| covers_try(b, at))
                || handlers.iter().any(|h| covers_try(&h.body, at))
        }
        StmtKind::FunctionDef(f) => covers_try(&f.body, at),
        StmtKind::ClassDef(c) => covers_try(&c.body, at),
        StmtKind::If { body, orelse, .. } | StmtKind::While { body, orelse, .. } | StmtKind::For { body, orelse, .. } => {
            covers_try(body, at) || covers_try(orelse, at)
        }
        StmtKind::With { body, .. } => covers_try(body, at),
        _ => false,
    })
}
