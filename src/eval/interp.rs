//! The interpreter's state: sources, modules, builtin types, the call stack.

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    rc::{Rc, Weak},
    sync::Arc,
};

use super::{
    builtins,
    dict::DictObj,
    host::ScriptHost,
    object::*,
    raise::{R, TraceEntry},
    scope::Names,
    types::Types,
};
use crate::{
    diag::{Diagnostic, FileId, SourceMap, Span},
    syntax::{ClassDef, Module, Name},
};

/// How the evaluator reaches the world: it opens no file itself.
pub trait Files {
    /// The bytes of a file, or `None` when there is none.
    fn read(&self, path: &str) -> Option<Vec<u8>>;
    /// What a program prints.
    fn print(&self, text: &str, stderr: bool);
    /// Writes a file (`torch.save`, `open(.., "w")`).
    fn write(&self, path: &str, _bytes: &[u8]) -> Result<(), String> {
        Err(format!("{path}: the build cannot write files"))
    }
    fn exists(&self, path: &str) -> bool {
        self.read(path).is_some()
    }
}

/// One call of the Python stack.
pub struct Frame {
    pub function: Name,
    pub span: Cell<Span>,
}

/// Settings of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Value of `__name__` in the main file; `"__main__"` runs its main block.
    pub name: String,
    /// `sys.argv`.
    pub argv: Vec<String>,
    /// Directory that sibling imports and relative paths start from.
    pub directory: String,
    /// How many steps of loops and calls a program may take; without a limit it may run forever.
    pub patience: Option<u64>,
}

impl Default for Options {
    fn default() -> Options {
        Options { name: "__tsaot__".into(), argv: vec![String::new()], directory: String::new(), patience: None }
    }
}

pub struct Interp {
    me: RefCell<Weak<Interp>>,
    pub sources: RefCell<SourceMap>,
    /// Files that belong to the embedded library.
    library: RefCell<Vec<FileId>>,
    pub types: Types,
    pub builtins: Rc<DictObj>,
    /// `sys.modules`.
    pub modules: Rc<DictObj>,
    pub files: Box<dyn Files>,
    pub options: Options,
    pub frames: RefCell<Vec<Frame>>,
    pub depth_limit: Cell<usize>,
    steps: Cell<u64>,
    pub host: RefCell<Option<Rc<dyn ScriptHost>>>,
    /// Everything scripted or traced so far, in order.
    pub scripted: RefCell<Vec<Rc<super::host::Scripted>>>,
    pub handling: RefCell<Vec<Obj>>,
    names: RefCell<HashMap<usize, (Rc<Names>, Code)>>,
    diagnostics: RefCell<Vec<(Obj, Diagnostic)>>,
    pub torch: super::tensor::TorchState,
    /// Addresses of the objects whose `repr` is under way.
    pub printing: RefCell<Vec<usize>>,
    /// Class statements whose class object is being made.
    pub pending_class: RefCell<Vec<(Arc<ClassDef>, Rc<super::scope::Scope>)>>,
    /// Parsed text of every module run, kept so that code lives as long as the interpreter.
    pub trees: RefCell<HashMap<FileId, Arc<Module>>>,
    /// The calls of the program's own functions while `example_inputs` run: each function with its positional arguments.
    pub calls: RefCell<Option<Vec<(Rc<Function>, Vec<Obj>)>>>,
}

thread_local! {
    static CURRENT: RefCell<Weak<Interp>> = const { RefCell::new(Weak::new()) };
}

/// The interpreter made last on this thread.
pub fn current() -> Option<Rc<Interp>> {
    CURRENT.with(|c| c.borrow().upgrade())
}

/// Python's own default.
const RECURSION_LIMIT: usize = 1000;

impl Interp {
    pub fn new(sources: SourceMap, files: Box<dyn Files>, options: Options) -> Rc<Interp> {
        let interp = Rc::new(Interp {
            me: RefCell::new(Weak::new()),
            sources: RefCell::new(sources),
            library: RefCell::default(),
            types: Types::new(),
            builtins: Rc::new(DictObj::default()),
            modules: Rc::new(DictObj::default()),
            files,
            options,
            frames: RefCell::default(),
            depth_limit: Cell::new(RECURSION_LIMIT),
            steps: Cell::new(0),
            host: RefCell::new(None),
            scripted: RefCell::default(),
            handling: RefCell::default(),
            names: RefCell::default(),
            calls: RefCell::default(),
            diagnostics: RefCell::default(),
            torch: Default::default(),
            printing: RefCell::default(),
            pending_class: RefCell::default(),
            trees: RefCell::default(),
        });
        *interp.me.borrow_mut() = Rc::downgrade(&interp);
        CURRENT.with(|c| *c.borrow_mut() = Rc::downgrade(&interp));
        builtins::install(&interp);
        interp
    }

    pub fn me(&self) -> Option<Rc<Interp>> {
        self.me.borrow().upgrade()
    }

    pub fn set_host(&self, host: Rc<dyn ScriptHost>) {
        *self.host.borrow_mut() = Some(host);
    }

    pub fn mark_library(&self, file: FileId) {
        self.library.borrow_mut().push(file);
    }

    /// Whether a file is part of the embedded library rather than the user's program.
    pub fn is_library(&self, file: FileId) -> bool {
        self.library.borrow().contains(&file)
    }

    /// Keeps a diagnostic to be reported when the exception that carries it reaches the top.
    pub fn attach_diagnostic(&self, exc: &Obj, d: Diagnostic) {
        self.diagnostics.borrow_mut().push((exc.clone(), d));
    }

    pub fn take_diagnostic(&self, exc: &Obj) -> Option<Diagnostic> {
        let all = self.diagnostics.borrow();
        all.iter().rev().find(|(e, _)| e.is(exc)).map(|(_, d)| d.clone())
    }

    /// How a function or lambda uses names; analysed once.
    pub fn names_of(&self, code: &Code) -> Rc<Names> {
        let key = match code {
            Code::Def(d) => Arc::as_ptr(d) as usize,
            Code::Lambda(l) => Arc::as_ptr(l) as usize,
        };
        if let Some((n, _)) = self.names.borrow().get(&key) {
            return n.clone();
        }
        let names = Rc::new(Names::of_code(code));
        self.names.borrow_mut().insert(key, (names.clone(), code.clone()));
        names
    }

    pub fn push_frame(&self, function: Name) {
        let span = Cell::new(self.span());
        self.frames.borrow_mut().push(Frame { function, span });
    }

    /// Runs `body` as a call of `function`.
    pub fn in_frame<T>(&self, function: &Name, body: impl FnOnce() -> R<T>) -> R<T> {
        if self.frames.borrow().len() >= self.depth_limit.get() {
            return self.raise("RecursionError", "maximum recursion depth exceeded");
        }
        self.step()?;
        let depth = self.frames.borrow().len();
        self.push_frame(function.clone());
        let result = body();
        self.frames.borrow_mut().truncate(depth);
        result
    }

    /// Counts a step of a loop or a call.
    pub fn step(&self) -> R<()> {
        self.steps.set(self.steps.get() + 1);
        match self.options.patience {
            Some(limit) if self.steps.get() > limit => self.raise("TimeoutError", "the program runs too long"),
            _ => Ok(()),
        }
    }

    pub fn at(&self, span: Span) {
        if let Some(f) = self.frames.borrow().last() {
            f.span.set(span);
        }
    }

    /// The place being run.
    pub fn span(&self) -> Span {
        self.frames.borrow().last().map_or(Span::new(FileId(0), 0, 0), |f| f.span.get())
    }

    /// The innermost place in the user's own files.
    pub fn user_span(&self) -> Span {
        let frames = self.frames.borrow();
        let user = frames.iter().rev().map(|f| f.span.get()).find(|s| !self.is_library(s.file));
        user.unwrap_or(Span::new(FileId(0), 0, 0))
    }

    /// The call stack, outermost first.
    pub fn stack(&self) -> Vec<TraceEntry> {
        self.frames.borrow().iter().map(|f| TraceEntry { span: f.span.get(), function: f.function.clone() }).collect()
    }

    /// Makes a builtin function.
    pub fn builtin(&self, module: &str, name: &str, func: impl Fn(&Interp, Args) -> R<Obj> + 'static) -> Obj {
        Obj::Builtin(Rc::new(Builtin {
            name: Name::from(name),
            module: Name::from(module),
            method: false,
            func: Box::new(func),
            op: None,
        }))
    }

    /// A new module object, registered under its name.
    pub fn new_module(&self, name: &str) -> Rc<ModuleObj> {
        let module =
            Rc::new(ModuleObj { name: Name::from(name), dict: Rc::new(DictObj::default()), fallback: RefCell::new(None) });
        module.dict.set_str("__name__", Obj::str(name));
        self.modules.set_str(name, Obj::Module(module.clone()));
        module
    }
}
