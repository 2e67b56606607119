//! The module that a program becomes: its functions and everything they share.

use super::asm::{Asm, V, internal};
use super::constant::Statics;
use super::func::leaf_type;
use super::kernels::Kernels;
use super::repr::leaves;
use crate::diag::{Problems, Result, SourceMap, Span};
use crate::graph::{FunctionId, Graph, Program, Value};
use crate::kernel::Plan;
use crate::types::{TupleType, Type};
use inkwell::context::Context;
use inkwell::module::Linkage;
use inkwell::types::{BasicMetadataTypeEnum, BasicTypeEnum, FunctionType};
use inkwell::values::{FunctionValue, PointerValue};
use std::collections::{HashMap, HashSet};

/// Calls of a function below each other that Python allows, too.
pub const MAX_DEPTH: i64 = 1000;

/// Where the code is going to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In an object file, tensors in its weights.
    Artifact,
    /// In this process, on the compiler's own tensors.
    Process,
}

pub struct Emitter<'p, 'c> {
    pub asm: Asm<'c>,
    /// The kernels, in a module of their own: they take other passes than the code around them.
    pub kernels: Kernels<'c>,
    pub program: &'p Program,
    pub sources: &'p SourceMap,
    pub place: Place,
    /// What `tsaot::Run` nodes run.
    pub plans: &'p [Plan],
    pub statics: Statics<'c>,
    functions: HashMap<FunctionId, FunctionValue<'c>>,
    /// Functions that were called and have no body yet.
    todo: Vec<FunctionId>,
    /// Functions that may call themselves, directly or not: they take the depth as first parameter.
    recursive: HashSet<FunctionId>,
    /// Attributes that some function assigns: class and name.
    assigned: HashSet<(u32, String)>,
    texts: HashMap<String, PointerValue<'c>>,
    sites: HashMap<(Option<Span>, String), PointerValue<'c>>,
    pub problems: Problems,
}

impl<'p, 'c> Emitter<'p, 'c> {
    pub fn new(cx: &'c Context, program: &'p Program, sources: &'p SourceMap, place: Place) -> Emitter<'p, 'c> {
        Emitter {
            asm: Asm::new(cx, "tsaot"),
            kernels: Kernels::new(cx),
            program,
            sources,
            place,
            plans: &[],
            statics: Statics::default(),
            functions: HashMap::new(),
            todo: vec![],
            recursive: recursive(program),
            assigned: assigned(program),
            texts: HashMap::new(),
            sites: HashMap::new(),
            problems: Problems::default(),
        }
    }

    /// The result of a compiled function: status, then the leaves.
    pub fn result_type(&self, returns: &[Type]) -> inkwell::types::StructType<'c> {
        let mut fields: Vec<BasicTypeEnum> = vec![self.asm.i32.into()];
        fields.extend(returns.iter().flat_map(leaves).map(|l| leaf_type(&self.asm, l)));
        self.asm.cx.struct_type(&fields, false)
    }

    pub fn function_type(&self, params: &[Type], returns: &[Type], has_depth: bool) -> FunctionType<'c> {
        let mut args: Vec<BasicMetadataTypeEnum> = if has_depth { vec![self.asm.i64.into()] } else { vec![] };
        args.extend(params.iter().flat_map(leaves).map(|l| BasicMetadataTypeEnum::from(leaf_type(&self.asm, l))));
        self.result_type(returns).fn_type(&args, false)
    }

    pub fn is_recursive(&self, f: FunctionId) -> bool {
        self.recursive.contains(&f)
    }

    /// Some function assigns the attribute, so what was read from it need not stay alive.
    pub fn is_assigned(&self, class: u32, name: &str) -> bool {
        self.assigned.contains(&(class, name.to_owned()))
    }

    /// A function of the program; its body is written later.
    pub fn function(&mut self, id: FunctionId) -> FunctionValue<'c> {
        if let Some(f) = self.functions.get(&id) {
            return *f;
        }
        let f = self.program.function(id);
        let (params, returns) = (param_types(&f.graph), return_types(f));
        let ty = self.function_type(&params, &returns, self.is_recursive(id));
        let value = self.asm.module.add_function(&f.name, ty, Some(Linkage::Internal));
        self.asm.attribute(value, "nounwind");
        self.functions.insert(id, value);
        self.todo.push(id);
        value
    }

    /// A graph inside a node, as a function of its own; and its results' types.
    pub fn subgraph(&mut self, g: &'p Graph, name: &str) -> Result<(FunctionValue<'c>, Vec<Type>)> {
        let params = param_types(g);
        let returns: Vec<Type> = g.block(g.top()).returns.iter().map(|v| g.ty(*v).clone()).collect();
        let ty = self.function_type(&params, &returns, false);
        let value = self.asm.module.add_function(&format!("{name}.fork"), ty, Some(Linkage::Internal));
        self.asm.attribute(value, "nounwind");
        let here = self.asm.here()?;
        super::control::body(self, g, name, value, &returns, |_, _| Ok(()))?;
        self.asm.at(here);
        Ok((value, returns))
    }

    /// Writes the bodies of all functions that something calls; faults go to `problems`.
    pub fn finish(&mut self) {
        while let Some(id) = self.todo.pop() {
            let value = self.function(id);
            if let Err(d) = super::control::function(self, id, value) {
                self.problems.push(*d);
            }
        }
        self.settle_weights();
    }

    /// A NUL-ended text in read-only data, each once.
    pub fn text(&mut self, s: &str) -> PointerValue<'c> {
        if let Some(p) = self.texts.get(s) {
            return *p;
        }
        let p = self.asm.text(s);
        self.texts.insert(s.to_owned(), p);
        p
    }

    /// The `tsrt::error::Site` of a place in a function.
    pub fn site(&mut self, span: Option<Span>, function: &str) -> Result<PointerValue<'c>> {
        let key = (span, function.to_owned());
        if let Some(p) = self.sites.get(&key) {
            return Ok(*p);
        }
        let sources = self.sources;
        let span = span.map(|s| sources.origin(s));
        let file = span.and_then(|s| sources.get(s.file));
        let at = span.map_or(crate::diag::LineCol { line: 0, col: 0 }, |s| sources.line_col(s));
        let path = file.map_or(String::new(), |f| f.path.display().to_string());
        let line = file.map_or("", |f| f.line(at.line));
        let fields = [
            self.text(&path).into(),
            self.text(function).into(),
            self.asm.i32.const_int(at.line as u64, false).into(),
            self.asm.i32.const_int(at.col as u64, false).into(),
            if file.is_some() { self.text(line).into() } else { self.asm.null().into() },
        ];
        let p = self.asm.constant(&self.asm.cx.const_struct(&fields, false), "site");
        self.sites.insert(key, p);
        Ok(p)
    }

    /// Description of a class, its fields in slot order.
    pub fn class_desc(&mut self, id: u32) -> Result<PointerValue<'c>> {
        let program = self.program;
        let class = program.classes.get(id as usize).ok_or_else(|| internal(format!("no class {id}")))?;
        let fields: Vec<&str> = class.attributes.iter().map(|a| a.name.as_str()).collect();
        Ok(self.desc(&format!("class{id}"), &class.class.name, &fields))
    }

    pub fn enum_desc(&mut self, id: u32) -> Result<PointerValue<'c>> {
        let program = self.program;
        let e = program.enums.get(id as usize).ok_or_else(|| internal(format!("no enum {id}")))?;
        Ok(self.desc(&format!("enum{id}"), &e.r#enum.name, &["name", "value"]))
    }

    /// Names of a NamedTuple; null for plain tuples.
    pub fn tuple_desc(&mut self, t: &TupleType) -> Result<PointerValue<'c>> {
        match &t.names {
            None => Ok(self.asm.null()),
            Some(n) => {
                let fields: Vec<&str> = n.fields.iter().map(|f| &**f).collect();
                Ok(self.desc(&format!("tuple.{}.{}", n.name, fields.join(".")), &n.name, &fields))
            }
        }
    }

    /// A `tsrt::object::ClassDesc` under a symbol of its own.
    fn desc(&mut self, symbol: &str, name: &str, fields: &[&str]) -> PointerValue<'c> {
        if self.place == Place::Process {
            let shared = std::ptr::from_ref(super::process::description(name, fields)) as u64;
            return self.asm.i64.const_int(shared, false).const_to_pointer(self.asm.ptr);
        }
        if let Some(g) = self.asm.module.get_global(symbol) {
            return g.as_pointer_value();
        }
        let text = |e: &mut Self, s: &str| {
            let p = e.text(s);
            let (p, n): (V<'c>, V<'c>) = (p.into(), e.asm.int(s.len() as i64).into());
            e.asm.cx.const_struct(&[p, n], false)
        };
        let texts: Vec<_> = fields.iter().map(|f| text(self, f)).collect();
        let ty = self.asm.cx.struct_type(&[self.asm.ptr.into(), self.asm.i64.into()], false);
        let array = self.asm.constant(&ty.const_array(&texts), "fields");
        let name = text(self, name);
        let init = self.asm.cx.const_struct(&[name.into(), self.asm.int(fields.len() as i64).into(), array.into()], false);
        let g = self.asm.module.add_global(init.get_type(), None, symbol);
        g.set_initializer(&init);
        g.set_constant(true);
        // Descriptions are compared by address.
        g.set_linkage(Linkage::Internal);
        g.as_pointer_value()
    }
}

pub fn param_types(g: &Graph) -> Vec<Type> {
    g.block(g.top()).params.iter().map(|v: &Value| g.ty(*v).clone()).collect()
}

/// What a function declares to return, or what its graph returns when it declares nothing.
pub fn return_types(f: &crate::graph::Function) -> Vec<Type> {
    let returned = &f.graph.block(f.graph.top()).returns;
    if f.signature.returns.len() == returned.len() {
        return f.signature.returns.clone();
    }
    returned.iter().map(|v| f.graph.ty(*v).clone()).collect()
}

/// The functions that a graph calls, as far as they are fixed, and all candidates for calls through interfaces.
fn callees(program: &Program, g: &Graph, out: &mut Vec<FunctionId>) {
    for n in g.walk() {
        match g.node(n).op.as_str() {
            "prim::CallFunction" | "prim::CallMethod" => out.extend(super::call::targets(program, g, n).into_iter().map(|t| t.1)),
            "prim::fork" | "prim::awaitable" | "prim::Closure" => {
                if let Some(crate::graph::Attr::Graph(inner)) = g.attr(n, "Subgraph") {
                    callees(program, inner, out);
                }
            }
            _ => out.extend(super::call::library_target(program, g, n)),
        }
    }
}

fn assigned(program: &Program) -> HashSet<(u32, String)> {
    let mut out = HashSet::new();
    for g in program.functions.iter().map(|f| &f.graph) {
        for n in g.walk().into_iter().filter(|n| g.node(*n).op == "prim::SetAttr") {
            if let Some(Type::Class(c)) = g.node(n).inputs.first().map(|v| g.ty(*v)) {
                out.insert((c.id, g.attr_str(n, "name").unwrap_or("").to_owned()));
            }
        }
    }
    out
}

/// Functions from which a chain of calls leads back to themselves.
fn recursive(program: &Program) -> HashSet<FunctionId> {
    let calls: Vec<Vec<FunctionId>> = program
        .functions
        .iter()
        .map(|f| {
            let mut out = vec![];
            callees(program, &f.graph, &mut out);
            out.sort();
            out.dedup();
            out
        })
        .collect();
    let reaches_itself = |start: usize| {
        let mut seen = HashSet::new();
        let mut todo = calls[start].clone();
        while let Some(f) = todo.pop() {
            if f.0 as usize == start {
                return true;
            }
            if seen.insert(f) {
                todo.extend(calls.get(f.0 as usize).into_iter().flatten());
            }
        }
        false
    };
    (0..calls.len()).filter(|i| reaches_itself(*i)).map(|i| FunctionId(i as u32)).collect()
}
