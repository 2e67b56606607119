//! Code that `torch.jit.save` wrote: the same language as source, with other names in reach.
//!
//! * `torch.f` and `ops.ns.f` are operators, `CONSTANTS.c0` is a value of the archive, `__torch__.a.B` a definition of its code.
//! * [`values`] are those names, [`define`] makes functions and types of definitions, [`objects`] makes live objects of pickles.
//! * [`upgrade`] gives operators of old versions their old meaning.
//!
//! A definition is parsed when something names its file, and declared when something names it.

mod define;
mod objects;
mod upgrade;
mod values;

use super::{Compiler, Emitter, Resolver, Special, Sugared};
use crate::archive::debug::Text;
use crate::archive::program::Archive;
use crate::diag::{Code, Diagnostic, FileId, Origin, Result, SourceMap, Span};
use crate::graph::{ClassId, Const, FunctionId, ObjectId, Program};
use crate::syntax::{ClassDef, FunctionDef, StmtKind};
use crate::types::{EnumRef, Type};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

/// A definition that nothing has named yet.
enum Definition {
    Function(Arc<FunctionDef>),
    Class(Arc<ClassDef>),
}

/// A type that the code defines.
#[derive(Clone)]
enum Defined {
    Class(ClassId),
    NamedTuple(Type),
    Enum(EnumRef),
}

#[derive(Default)]
struct State {
    parsed: HashSet<String>,
    waiting: HashMap<String, Definition>,
    types: HashMap<String, Defined>,
    functions: HashMap<String, FunctionId>,
    constants: Vec<Const>,
}

/// The code of one archive.
pub struct Serialized {
    version: u32,
    /// Files by the qualified name that their definitions start with.
    files: HashMap<String, FileId>,
    state: RefCell<State>,
}

/// A loaded module, and the class it has.
#[derive(Clone, Copy, Debug)]
pub struct Loaded {
    pub class: ClassId,
    pub object: ObjectId,
}

/// Adds an archive's code to the sources of a compilation; `path` is the archive's.
pub fn sources(archive: &Archive, path: &Path, sources: &mut SourceMap) -> Rc<Serialized> {
    let mut files = HashMap::new();
    let mut originals: HashMap<Arc<Text>, FileId> = HashMap::new();
    for code in &archive.code {
        let shown = path.join("code").join(code.qualifier.replace('.', "/") + ".py");
        let id = sources.add(shown, code.text.clone());
        let mut origins = vec![];
        for r in &code.origins {
            let origin = r.origin.as_ref().map(|(text, lo, hi)| {
                let file = *originals.entry(text.clone()).or_insert_with(|| {
                    let file = text.file.clone().unwrap_or_else(|| "<string>".into());
                    sources.add_part(file, text.text.clone(), text.line)
                });
                Span::new(file, *lo, *hi)
            });
            origins.push(Origin { offset: r.offset, span: origin });
        }
        sources.set_origins(id, origins);
        files.insert(code.qualifier.clone(), id);
    }
    Rc::new(Serialized { version: archive.version, files, state: RefCell::default() })
}

/// Makes the module of an archive whose code is among the compiler's sources.
pub fn load(code: &Rc<Serialized>, c: &mut Compiler, archive: &Archive) -> Result<Loaded> {
    let constants = archive.constants();
    let made = objects::tuple(code, c, &constants)?;
    code.state.borrow_mut().constants = made;
    let data = archive.data();
    let object = objects::module(code, c, &data)?;
    Ok(Loaded { class: c.program.object(object).class, object })
}

/// Compiles what a loaded module exports, and whatever an interface may call.
pub fn compile(c: &mut Compiler, loaded: Loaded) -> Vec<FunctionId> {
    let methods = exported(c.program.class(loaded.class));
    // What fails is reported where it is compiled.
    let require = |c: &mut Compiler, f: FunctionId| {
        if let Some(span) = c.program.function(f).span {
            let _ = c.require(f, span);
        }
    };
    methods.iter().for_each(|f| require(c, *f));
    let mut done = 0;
    loop {
        let called: HashSet<String> = c.program.classes.iter().flat_map(|k| k.interface.iter().map(|(n, _)| n.clone())).collect();
        let all = c.program.classes.iter().flat_map(|k| &k.methods);
        let implementing: Vec<FunctionId> = all.filter(|(n, _)| called.contains(n)).map(|(_, f)| *f).collect();
        if implementing.len() == done {
            return methods;
        }
        done = implementing.len();
        implementing.into_iter().for_each(|f| require(c, f));
    }
}

/// Sets the mode of a module and of all below it.
pub fn set_training(program: &mut Program, root: ObjectId, on: bool) {
    let mut seen = HashSet::new();
    let mut waiting = vec![root];
    while let Some(o) = waiting.pop() {
        if !seen.insert(o) {
            continue;
        }
        let class = &program.classes[program.object(o).class.0 as usize];
        let slot = class.slot("training").filter(|_| class.class.is_module);
        let slots = &mut program.objects[o.0 as usize].slots;
        if let Some(place @ Const::Bool(_)) = slot.and_then(|i| slots.get_mut(i)) {
            *place = Const::Bool(on);
        }
        waiting.extend(slots.iter().filter_map(|s| if let Const::Object(o) = s { Some(*o) } else { None }));
    }
}

/// The methods that a module's users call: not its hooks, accessors and double-underscore methods.
pub fn exported(class: &crate::graph::Class) -> Vec<FunctionId> {
    let is_own = |name: &str| name == "forward" || !(name.starts_with("__") && (name.ends_with("__") || name.ends_with("ter")));
    let mut methods: Vec<&(String, FunctionId)> = class.methods.iter().filter(|(n, _)| is_own(n)).collect();
    methods.sort_by_key(|(n, _)| n != "forward");
    methods.into_iter().map(|(_, f)| *f).collect()
}

/// A fault of the archive that is not at one place of its code.
fn unreadable(why: impl std::fmt::Display) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Input, None, format!("the archive cannot be read: {why}")))
}

impl Serialized {
    /// Parses the file whose definitions start with `qualifier`, once.
    fn parse(&self, c: &mut Compiler, qualifier: &str) -> Result<()> {
        let Some(file) = self.files.get(qualifier) else { return Ok(()) };
        if !self.state.borrow_mut().parsed.insert(qualifier.to_owned()) {
            return Ok(());
        }
        let module = crate::syntax::parse_module(&c.sources, *file)?;
        let mut state = self.state.borrow_mut();
        for s in module.body {
            let (name, definition) = match s.kind {
                StmtKind::FunctionDef(d) => (d.name.clone(), Definition::Function(d)),
                StmtKind::ClassDef(d) => (d.name.clone(), Definition::Class(d)),
                // `op_version_set = 1`
                StmtKind::Import(_) | StmtKind::ImportFrom { .. } | StmtKind::Assign { .. } => continue,
                _ => return super::emitter::fail(Code::Syntax, s.span, "an archive's code has only functions and classes"),
            };
            let full = format!("{qualifier}.{name}");
            if state.waiting.insert(full, definition).is_some() {
                return super::emitter::fail(Code::Syntax, s.span, format!("'{name}' is defined twice"));
            }
        }
        Ok(())
    }

    /// A definition by its qualified name, if nothing took it before.
    fn take(&self, c: &mut Compiler, name: &str, wanted: fn(&Definition) -> bool) -> Result<Option<Definition>> {
        if let Some((qualifier, _)) = name.rsplit_once('.') {
            self.parse(c, qualifier)?;
        }
        let mut state = self.state.borrow_mut();
        if state.waiting.get(name).is_some_and(wanted) { Ok(state.waiting.remove(name)) } else { Ok(None) }
    }

    /// The type of a qualified name.
    fn defined(self: &Rc<Self>, c: &mut Compiler, name: &str) -> Result<Option<Defined>> {
        if let Some(Definition::Class(d)) = self.take(c, name, |d| matches!(d, Definition::Class(_)))? {
            define::class(self, c, name, &d)?;
        }
        Ok(self.state.borrow().types.get(name).cloned())
    }

    /// The function of a qualified name.
    fn function(self: &Rc<Self>, c: &mut Compiler, name: &str) -> Result<Option<FunctionId>> {
        if let Some(Definition::Function(d)) = self.take(c, name, |d| matches!(d, Definition::Function(_)))? {
            let id = define::function(self, c, name, &d, None, None)?;
            self.state.borrow_mut().functions.insert(name.to_owned(), id);
        }
        Ok(self.state.borrow().functions.get(name).copied())
    }

    fn names(self: &Rc<Self>) -> Rc<dyn Resolver> {
        Rc::new(Names(self.clone()))
    }
}

impl Defined {
    fn ty(&self, c: &Compiler) -> Type {
        match self {
            Defined::Class(id) => Type::Class(c.program.class(*id).class.clone()),
            Defined::NamedTuple(t) => t.clone(),
            Defined::Enum(e) => Type::Enum(e.clone()),
        }
    }
}

/// What names mean in an archive's code.
struct Names(Rc<Serialized>);

impl Resolver for Names {
    fn value(&self, em: &mut Emitter, name: &str, span: Span) -> Result<Option<Sugared>> {
        let number = |em: &mut Emitter, x: Const| Sugared::Value(em.constant(x, span));
        Ok(Some(match name {
            "torch" => values::operators("aten", self.0.version),
            "ops" => values::operator_rooms(self.0.version),
            "CONSTANTS" => values::constants(&self.0),
            "__torch__" => values::namespace(&self.0, name),
            "fork" => Sugared::Special(Special::Fork),
            "awaitable" => Sugared::Special(Special::Awaitable),
            "annotate" => Sugared::Special(Special::Annotate),
            "unchecked_cast" => Sugared::Special(Special::Cast),
            "uninitialized" => Sugared::Special(Special::Uninitialized),
            "inf" => number(em, Const::Float(f64::INFINITY)),
            "nan" => number(em, Const::Float(f64::NAN)),
            "infj" => number(em, Const::Complex(0.0, f64::INFINITY)),
            "nanj" => number(em, Const::Complex(0.0, f64::NAN)),
            _ => return Ok(None),
        }))
    }

    fn type_named(&self, compiler: &mut Compiler, name: &str, _: Span) -> Result<Option<Type>> {
        if name == values::LABEL {
            return Ok(Some(Type::Int));
        }
        if !name.starts_with("__torch__.") {
            return Ok(None);
        }
        Ok(self.0.defined(compiler, name)?.map(|d| d.ty(compiler)))
    }

    fn has_closures(&self) -> bool {
        true
    }

    fn names(&self) -> Vec<String> {
        ["torch", "ops", "CONSTANTS"].map(str::to_owned).to_vec()
    }
}
