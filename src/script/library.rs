//! The functions of operators that are written in TorchScript, compiled into a program as far as it reaches them.

use super::sugared::{SugaredObject, fail};
use super::{Body, Code as Source, Compiler, Emitter, Resolver, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::schema::{library_key, operator_of};
use crate::graph::{Attr, Const, FunctionId, Graph};
use crate::ops::{self, Implementation, Operator, derived, library};
use crate::syntax::{FunctionDef, StmtKind, parse_module};
use crate::types::{DType, Type};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

impl Compiler {
    /// Adds the functions of all library operators that functions of the program call, and of those that these call in turn.
    pub fn add_library(&mut self) {
        self.add_library_from(0, &mut Files::default());
    }

    fn add_library_from(&mut self, first: usize, files: &mut Files) {
        let mut next = first;
        while next < self.program.functions.len() {
            let graph = std::mem::take(&mut self.program.functions[next].graph);
            let mut reached = vec![];
            self.reached(&graph, &mut reached);
            self.program.functions[next].graph = graph;
            for found in reached {
                let made = match found {
                    Reached::Operator(op) => self.library_function(op, files).map(|_| ()),
                    Reached::Sorting(op, key, elem) => self.sorting_function(&op.schema.qualified(), key, &elem).map(|_| ()),
                };
                if let Err(d) = made {
                    self.report(d);
                }
            }
            next += 1;
        }
    }

    /// The function of one operator, with everything that it reaches.
    pub fn add_operator(&mut self, op: &Operator) -> Result<Option<FunctionId>> {
        let mut files = Files::default();
        let first = self.program.functions.len();
        let f = self.library_function(op, &mut files)?;
        self.add_library_from(first, &mut files);
        Ok(f)
    }

    fn reached(&self, graph: &Graph, out: &mut Vec<Reached>) {
        for n in graph.walk() {
            for (_, attr) in &graph.node(n).attrs {
                if let Attr::Graph(inner) = attr {
                    self.reached(inner, out);
                }
            }
            let Some(op) = operator_of(graph, n, &self.program) else { continue };
            let full = op.schema.qualified();
            let key = library_key(&full, graph, n);
            out.push(match graph.node(n).inputs.first().map(|v| graph.ty(*v)) {
                Some(Type::List(elem)) if key != full => Reached::Sorting(op, key, (**elem).clone()),
                _ => Reached::Operator(op),
            });
        }
    }

    /// `None` when the operator is none of the library.
    fn library_function(&mut self, op: &Operator, files: &mut Files) -> Result<Option<FunctionId>> {
        let full = op.schema.qualified();
        if let Some(f) = self.program.library.get(&full) {
            return Ok(Some(*f));
        }
        let (name, file) = match op.implementation() {
            Some(Implementation::Library(f)) => (f.function, files.read(self, f.file, library::text(f.file).unwrap_or(""))?),
            Some(Implementation::Derived) => {
                let Some(text) = derived::source(op) else { return Ok(None) };
                let name = op.schema.name.rsplit("::").next().unwrap_or("");
                (name, files.read(self, &full, &text)?)
            }
            _ => return Ok(None),
        };
        let Some(def) = file.functions.get(name).cloned() else {
            return Err(Box::new(Diagnostic::new(Code::Internal, None, format!("no function {name} for the operator {full}"))));
        };
        let types = op.schema.params.iter().map(|p| (derived::python_name(&p.name).to_owned(), p.ty.clone())).collect();
        let id = self.declare(&full, None, Some(def.name_span));
        self.program.library.insert(full.clone(), id);
        let resolver = Rc::new(Names { file });
        self.compile_body(id, Body { code: Source::Def(def), resolver, defaults: vec![], types, this: None });
        Ok(Some(id))
    }
}

/// What a program needs a function for.
enum Reached {
    Operator(&'static Operator),
    /// The list's elements decide the function, which `program.library` holds under that key.
    Sorting(&'static Operator, String, Type),
}

/// Functions by name.
pub(super) type Defs = HashMap<String, Arc<FunctionDef>>;

/// The functions of a text of the library.
pub(super) fn parse_defs(c: &mut Compiler, name: &str, text: &str) -> Result<Defs> {
    let file = c.sources.add(format!("aten/{name}.py"), text.to_owned());
    let tree = parse_module(&c.sources, file)?;
    let defs = tree.body.iter().filter_map(|s| match &s.kind {
        StmtKind::FunctionDef(d) => Some((d.name.to_string(), d.clone())),
        _ => None,
    });
    Ok(defs.collect())
}

/// A parsed file: its functions, and the helpers that were compiled.
struct File {
    functions: Defs,
    helpers: RefCell<HashMap<String, FunctionId>>,
}

#[derive(Default)]
struct Files(HashMap<String, Rc<File>>);

impl Files {
    fn read(&mut self, c: &mut Compiler, name: &str, text: &str) -> Result<Rc<File>> {
        if let Some(f) = self.0.get(name) {
            return Ok(f.clone());
        }
        let file = Rc::new(File { functions: parse_defs(c, name, text)?, helpers: RefCell::default() });
        self.0.insert(name.to_owned(), file.clone());
        Ok(file)
    }
}

/// The names of a file: its helpers, `torch`, `math`, exceptions, operators of our own.
struct Names {
    file: Rc<File>,
}

const EXCEPTIONS: [&str; 6] = ["RuntimeError", "ValueError", "IndexError", "TypeError", "NotImplementedError", "AssertionError"];

impl Resolver for Names {
    fn value(&self, em: &mut Emitter, name: &str, _: Span) -> Result<Option<Sugared>> {
        if let Some(def) = self.file.functions.get(name) {
            let known = self.file.helpers.borrow().get(name).copied();
            let id = match known {
                Some(id) => id,
                None => {
                    let id = em.compiler.declare(&format!("aten::{name}.helper"), None, Some(def.name_span));
                    self.file.helpers.borrow_mut().insert(name.to_owned(), id);
                    let resolver = Rc::new(Names { file: self.file.clone() });
                    let body = Body { code: Source::Def(def.clone()), resolver, defaults: vec![], types: vec![], this: None };
                    em.compiler.later(id, body);
                    id
                }
            };
            return Ok(Some(Sugared::Function(vec![id])));
        }
        if name == "torch" || name == "math" {
            return Ok(Some(Sugared::Other(Rc::new(Room(if name == "torch" { "torch" } else { "math" })))));
        }
        if EXCEPTIONS.contains(&name) {
            return Ok(Some(Sugared::Exception(format!("builtins.{name}").as_str().into())));
        }
        let own = format!("tsaot::{}", name.trim_start_matches('_'));
        Ok((!ops::operators(&own).is_empty()).then(|| Sugared::Builtin(own.as_str().into(), None)))
    }

    fn type_named(&self, _: &mut Compiler, _: &str, _: Span) -> Result<Option<Type>> {
        Ok(None)
    }

    fn names(&self) -> Vec<String> {
        self.file.functions.keys().cloned().collect()
    }
}

/// `torch` or `math`: operators and constants.
struct Room(&'static str);

impl SugaredObject for Room {
    fn kind(&self) -> String {
        "module".into()
    }

    fn attr(&self, em: &mut Emitter, span: Span, name: &str) -> Result<Sugared> {
        let constant = match name {
            "inf" => Some(Const::Float(f64::INFINITY)),
            "nan" => Some(Const::Float(f64::NAN)),
            "pi" => Some(Const::Float(std::f64::consts::PI)),
            "contiguous_format" => Some(Const::Int(0)),
            "preserve_format" => Some(Const::Int(1)),
            "strided" => Some(Const::Int(0)),
            _ => DType::all().find(|d| d.python_name() == name).map(|d| Const::Int(d.number())),
        };
        if let Some(c) = constant {
            return Ok(Sugared::Value(em.constant(c, span)));
        }
        let op = format!("aten::{name}");
        if ops::operators(&op).is_empty() {
            return fail(Code::Name, span, format!("{} has no operator '{name}'", self.0));
        }
        Ok(Sugared::Builtin(op.as_str().into(), None))
    }
}
