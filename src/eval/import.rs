//! Imports: builtin modules, the embedded library, the user's own files.

use std::rc::Rc;

use super::{builtins, interp::Interp, object::*, raise::R, scope::Scope};
use crate::{
    diag::{Diagnostic, FileId},
    library,
    syntax::{self, Alias, Name},
};

impl Interp {
    /// Runs a file of the source map as the main program and returns its module.
    pub fn run_main(&self, file: FileId) -> R<Rc<ModuleObj>> {
        let name = self.options.name.clone();
        let path = self.sources.borrow().get(file).map(|f| f.path.display().to_string()).unwrap_or_default();
        let module = self.new_module(&name);
        self.modules.set_str("__main__", Obj::Module(module.clone()));
        module.dict.set_str("__file__", Obj::str(path));
        self.exec_module(&module, file)?;
        Ok(module)
    }

    fn exec_module(&self, module: &Rc<ModuleObj>, file: FileId) -> R<()> {
        let sources = self.sources.borrow().clone();
        let tree = match syntax::parse_module(&sources, file) {
            Ok(tree) => tree,
            Err(d) => {
                let raise = self.error("SyntaxError", &d.message);
                self.attach_diagnostic(&raise.exc, *d);
                return Err(raise);
            }
        };
        let tree = std::sync::Arc::new(tree);
        self.trees.borrow_mut().insert(file, tree.clone());
        if !module.dict.has_str("__doc__") {
            module.dict.set_str("__doc__", Obj::None);
        }
        module.dict.set_str("__builtins__", Obj::None);
        let scope = Scope::module(module.dict.clone(), module.name.clone(), tree.postpones_annotations());
        let depth = self.frames.borrow().len();
        self.push_frame(Name::from("<module>"));
        let result = self.exec_block(&tree.body, &scope);
        self.frames.borrow_mut().truncate(depth);
        result.map(|_| ())
    }

    /// Evaluates an expression's text in a module's scope (annotations kept as text).
    pub fn eval_text(&self, text: &str, scope: &Rc<Scope>, file: FileId, offset: u32) -> R<Obj> {
        match syntax::parse_expression(text, file, offset) {
            Ok(e) => self.eval(&e, scope),
            Err(d) => self.raise_diagnostic(*d),
        }
    }

    /// Runs a file's statements in a scope.
    pub fn exec_text(&self, file: FileId, scope: &Rc<Scope>) -> R<()> {
        let sources = self.sources.borrow().clone();
        let tree = match syntax::parse_module(&sources, file) {
            Ok(tree) => std::sync::Arc::new(tree),
            Err(d) => return self.raise("SyntaxError", d.message),
        };
        self.trees.borrow_mut().insert(file, tree.clone());
        self.exec_block(&tree.body, scope).map(|_| ())
    }

    /// Imports `a.b.c` and returns `a`.
    pub fn import(&self, dotted: &str) -> R<Obj> {
        self.import_path(dotted)?;
        let top = dotted.split('.').next().unwrap_or("");
        self.import_path(top)
    }

    /// Imports `a.b.c` and returns `a.b.c`.
    pub fn import_path(&self, dotted: &str) -> R<Obj> {
        if let Some(m) = self.modules.get_str(dotted) {
            return Ok(m);
        }
        let parent = match dotted.rsplit_once('.') {
            Some((parent, _)) => Some(self.import_path(parent)?),
            None => None,
        };
        if let Some(m) = self.modules.get_str(dotted) {
            return Ok(m);
        }
        let module = self.load_module(dotted)?;
        if let (Some(Obj::Module(p)), Some((_, leaf))) = (&parent, dotted.rsplit_once('.')) {
            p.dict.set_str(leaf, module.clone());
        }
        Ok(module)
    }

    fn load_module(&self, dotted: &str) -> R<Obj> {
        let (path, text, own) = if let Some(f) = builtins::native_module(dotted) {
            let module = self.new_module(dotted);
            f(self, &module);
            return Ok(Obj::Module(module));
        } else if let Some((path, text)) = library::find(dotted) {
            (path.to_string(), text.to_string(), false)
        } else {
            match self.user_module(dotted)? {
                Some((path, text)) => (path, text, true),
                None => {
                    let raise = self.error("ModuleNotFoundError", format!("No module named '{dotted}'"));
                    let d = Diagnostic::new(crate::diag::Code::Name, self.user_span(), format!("No module named '{dotted}'"))
                        .help("at build time there are torch, much of the standard library, and the files beside the program");
                    self.attach_diagnostic(&raise.exc, d);
                    return Err(raise);
                }
            }
        };
        let file = self.sources.borrow_mut().add(&path, text);
        if !own {
            self.mark_library(file);
        }
        let module = self.new_module(dotted);
        module.dict.set_str("__file__", Obj::str(&path));
        let package = if path.ends_with("__init__.py") { dotted } else { dotted.rsplit_once('.').map_or("", |p| p.0) };
        module.dict.set_str("__package__", Obj::str(package));
        if let Err(e) = self.exec_module(&module, file) {
            self.modules.remove_str(dotted);
            return Err(e);
        }
        Ok(Obj::Module(module))
    }

    fn user_module(&self, dotted: &str) -> R<Option<(String, String)>> {
        let dir = &self.options.directory;
        let base = dotted.replace('.', "/");
        let base = if dir.is_empty() { base } else { format!("{}/{base}", dir.trim_end_matches('/')) };
        for path in [format!("{base}.py"), format!("{base}/__init__.py")] {
            if let Some(bytes) = self.files.read(&path) {
                return match syntax::decode(&bytes, &path) {
                    Ok(text) => Ok(Some((path, text))),
                    Err(d) => self.raise_diagnostic(*d),
                };
            }
        }
        Ok(None)
    }

    /// `module.name` where `name` is a module of the library not imported yet.
    pub fn submodule(&self, parent: &str, name: &str) -> R<Option<Obj>> {
        if name.starts_with("__") {
            return Ok(None);
        }
        let dotted = format!("{parent}.{name}");
        if let Some(m) = self.modules.get_str(&dotted) {
            return Ok(Some(m));
        }
        if library::find(&dotted).is_some() && parent.starts_with("torch") {
            return self.import_path(&dotted).map(Some);
        }
        Ok(None)
    }

    pub fn import_from(&self, module: Option<&str>, names: &[Alias], level: u32, scope: &Rc<Scope>) -> R<()> {
        let dotted = match level {
            0 => module.unwrap_or("").to_string(),
            _ => {
                let package = match scope.globals.get_str("__package__") {
                    Some(Obj::Str(p)) => p.to_string(),
                    _ => String::new(),
                };
                let mut parts: Vec<&str> = package.split('.').filter(|p| !p.is_empty()).collect();
                for _ in 1..level {
                    if parts.pop().is_none() {
                        return self.raise("ImportError", "attempted relative import beyond top-level package");
                    }
                }
                parts.extend(module);
                parts.join(".")
            }
        };
        if dotted == "__future__" {
            return Ok(());
        }
        if dotted.is_empty() {
            // `from . import x` beside a main program.
            for a in names {
                let m = self.import_path(&a.name)?;
                let n = a.asname.as_ref().unwrap_or(&a.name);
                scope.target(n).set_name(n, m);
            }
            return Ok(());
        }
        let m = self.import_path(&dotted)?;
        for a in names {
            if &*a.name == "*" {
                self.import_star(&m, scope)?;
                continue;
            }
            let value = match self.getattr_quiet(&m, &a.name)? {
                Some(v) => v,
                None => match self.import_path(&format!("{dotted}.{}", a.name)) {
                    Ok(v) => v,
                    Err(e) if self.is_exception(&e, "ModuleNotFoundError") => {
                        self.at(a.span);
                        return self.raise("ImportError", format!("cannot import name '{}' from '{dotted}'", a.name));
                    }
                    Err(e) => return Err(e),
                },
            };
            let n = a.asname.as_ref().unwrap_or(&a.name);
            scope.target(n).set_name(n, value);
        }
        Ok(())
    }

    fn import_star(&self, m: &Obj, scope: &Rc<Scope>) -> R<()> {
        let Obj::Module(module) = m else { return Ok(()) };
        let names: Vec<Name> = match module.dict.get_str("__all__") {
            Some(all) => self.collect(&all)?.iter().filter_map(|n| n.as_str().map(Name::from)).collect(),
            None => module.dict.str_items().into_iter().map(|(k, _)| k).filter(|k| !k.starts_with('_')).collect(),
        };
        for n in names {
            let v = self.getattr(m, &n)?;
            scope.target(&n).set_name(&n, v);
        }
        Ok(())
    }

    /// `int | None`: types and annotation objects.
    pub fn is_annotation(&self, obj: &Obj) -> bool {
        match obj {
            Obj::Class(_) | Obj::None => true,
            Obj::Instance(i) => &*i.class.borrow().module == "typing",
            _ => false,
        }
    }

    pub fn union_type(&self, a: &Obj, b: &Obj) -> R<Obj> {
        let typing = self.import_path("typing")?;
        let f = self.getattr(&typing, "_union")?;
        self.call(&f, Args::new(vec![a.clone(), b.clone()]))
    }

    /// `list[int]`.
    pub fn generic_alias(&self, class: &Obj, index: &Obj) -> R<Obj> {
        let known = ["list", "dict", "tuple", "set", "frozenset", "type", "OrderedDict", "defaultdict", "deque", "Future"];
        let name = match class {
            Obj::Class(c) => c.name.borrow().to_string(),
            _ => String::new(),
        };
        if !known.contains(&name.as_str()) {
            return self.type_error(format!("type '{name}' is not subscriptable"));
        }
        let typing = self.import_path("typing")?;
        let f = self.getattr(&typing, "_alias")?;
        self.call(&f, Args::new(vec![class.clone(), index.clone()]))
    }
}
