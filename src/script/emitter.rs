//! Emits one function body: the insertion point, constants, and the nodes that everything else is made of.
//!
//! Variables are written and read through `prim::Store` and `prim::Load` nodes, loops carry their condition as a second block, and exits are nodes
//! (`prim::ReturnStmt`, `prim::BreakStmt`, `prim::ContinueStmt`); [`super::ssa`] and [`super::exits`] turn that into SSA. Nodes and constants are inserted in
//! the order in which PyTorch inserts them, because its constant pooling and its names make that order visible.

use super::env::Frame;
use super::{Compiler, Resolver, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Attr, Block, Const, FunctionId, Graph, Node, Value};
use crate::types::{FunctionRef, Type};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

/// An argument of a call: its place, its keyword, its value.
#[derive(Clone, Debug)]
pub struct Arg {
    pub span: Span,
    pub name: Option<String>,
    pub value: Value,
}

impl Arg {
    pub fn new(span: Span, value: Value) -> Arg {
        Arg { span, name: None, value }
    }
    pub fn named(span: Span, name: &str, value: Value) -> Arg {
        Arg { span, name: Some(name.to_owned()), value }
    }
}

/// Where nodes are inserted: before a node, or at a block's end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub block: Block,
    pub before: Option<Node>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Looping {
    No,
    Loop,
    Unrolled,
}

/// What is known of the result of a function or closure while its body is emitted.
#[derive(Default)]
pub(super) struct Returns {
    pub declared: Option<Type>,
    /// Where it is declared.
    pub annotation: Option<Span>,
    pub merged: Option<Type>,
    /// The last statement that returned, and the type of its value.
    pub last: Option<(Span, Type)>,
}

/// The state of emitting one function.
pub struct Emitter<'a> {
    pub compiler: &'a mut Compiler,
    pub graph: Graph,
    pub function: FunctionId,
    pub(super) resolver: Rc<dyn Resolver>,
    pub(super) point: Point,
    /// Innermost last.
    pub(super) frames: Vec<Frame>,
    /// Blocks that always leave before their end.
    pub(super) exits: HashSet<Block>,
    pub(super) looping: Looping,
    pub(super) returns: Vec<Returns>,
    /// What to say when a variable is used that is only defined on some paths, or with types that do not unify.
    pub(super) unusable: HashMap<String, Diagnostic>,
    /// Variables whose definition failed; using them is not reported again.
    pub(super) poisoned: HashSet<String>,
    pub(super) failed: bool,
    /// Parameters without annotation, which makes them tensors, and where they stand.
    pub(super) inferred: Vec<(String, Span)>,
    /// How deep the expression or statement stands that is being emitted.
    depth: u32,
    temps: u32,
    ints: HashMap<i64, Value>,
    floats: HashMap<u64, Value>,
    complexes: HashMap<(u64, u64), Value>,
}

/// How deep statements and expressions may nest; chains of binary operators count.
const MAX_DEPTH: u32 = 400;

/// A diagnostic about something that was reported before.
pub(super) fn reported() -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::Internal, None, ""))
}

pub(super) fn fail<T>(code: Code, span: Span, message: impl Into<String>) -> Result<T> {
    Err(Box::new(Diagnostic::new(code, span, message)))
}

/// What TorchScript does not have, and what to write instead.
pub(super) fn unsupported<T>(span: Span, what: impl Into<String>, instead: &str) -> Result<T> {
    Err(Box::new(Diagnostic::new(Code::Unsupported, span, what).help(instead)))
}

/// A name that printing keeps: not `_`, `_1` or a temporary.
pub(super) fn is_meaningful(name: &str) -> bool {
    match name.strip_prefix('_') {
        None => !name.is_empty() && !name.starts_with('$'),
        Some(rest) => rest.bytes().any(|b| !b.is_ascii_digit()),
    }
}

impl<'a> Emitter<'a> {
    pub(super) fn new(compiler: &'a mut Compiler, function: FunctionId, resolver: Rc<dyn Resolver>) -> Emitter<'a> {
        let graph = Graph::new();
        let point = Point { block: graph.top(), before: None };
        Emitter {
            compiler,
            graph,
            function,
            resolver,
            point,
            frames: vec![],
            exits: HashSet::new(),
            looping: Looping::No,
            returns: vec![],
            unusable: HashMap::new(),
            poisoned: HashSet::new(),
            failed: false,
            inferred: vec![],
            depth: 0,
            temps: 0,
            ints: HashMap::new(),
            floats: HashMap::new(),
            complexes: HashMap::new(),
        }
    }

    pub fn ty(&self, v: Value) -> &Type {
        self.graph.ty(v)
    }

    pub fn is_subtype(&self, a: &Type, b: &Type) -> bool {
        a.is_subtype_of(b, &self.compiler.program)
    }

    pub(super) fn unify(&self, a: &Type, b: &Type, default_to_union: bool) -> Option<Type> {
        crate::types::unify(a, b, default_to_union, &self.compiler.program)
    }

    /// A variable name that no program can write.
    pub(super) fn temp_name(&mut self, prefix: &str) -> String {
        self.temps += 1;
        format!("{prefix}{}", self.temps - 1)
    }

    /// Runs `f` one level deeper; deeper than the stack surely holds is an error.
    pub(super) fn deeper<T>(&mut self, span: Span, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= MAX_DEPTH {
            return fail(Code::Unsupported, span, "too many levels of nesting");
        }
        self.depth += 1;
        let out = f(self);
        self.depth -= 1;
        out
    }

    /// Runs `f` with nodes inserted at the end of a block.
    pub(super) fn inside<T>(&mut self, block: Block, f: impl FnOnce(&mut Self) -> T) -> T {
        self.at(Point { block, before: None }, f)
    }

    pub(super) fn at<T>(&mut self, point: Point, f: impl FnOnce(&mut Self) -> T) -> T {
        let old = std::mem::replace(&mut self.point, point);
        let out = f(self);
        self.point = old;
        out
    }

    /// Puts a node at the insertion point.
    pub(super) fn insert(&mut self, n: Node) {
        match self.point.before {
            Some(place) => self.graph.insert_before(place, n),
            None => self.graph.append(self.point.block, n),
        }
    }

    /// Inserts a node that carries no place of its own.
    pub(super) fn bare_node(&mut self, op: &str, inputs: &[Value], outputs: &[Type]) -> Node {
        let n = self.graph.new_node(op, inputs, outputs, None);
        self.insert(n);
        n
    }

    pub(super) fn bare_value(&mut self, op: &str, inputs: &[Value], ty: Type) -> Value {
        let n = self.bare_node(op, inputs, &[ty]);
        self.graph.node(n).outputs[0]
    }

    /// Inserts a node at the insertion point.
    pub fn node(&mut self, op: &str, inputs: &[Value], outputs: &[Type], span: Span) -> Node {
        let n = self.bare_node(op, inputs, outputs);
        self.graph.node_mut(n).span = Some(span);
        n
    }

    /// Inserts a node with one output.
    pub fn value(&mut self, op: &str, inputs: &[Value], ty: Type, span: Span) -> Value {
        let n = self.node(op, inputs, &[ty], span);
        self.graph.node(n).outputs[0]
    }

    /// Inserts a constant; its type is that of the value.
    pub fn constant(&mut self, c: Const, span: Span) -> Value {
        let v = self.bare_constant(c);
        if let Some(n) = self.graph.def_node(v) {
            self.graph.node_mut(n).span = Some(span);
        }
        v
    }

    pub(super) fn bare_constant(&mut self, c: Const) -> Value {
        let n = self.constant_node(c);
        self.insert(n);
        self.graph.node(n).outputs[0]
    }

    fn constant_node(&mut self, c: Const) -> Node {
        let ty = const_type(&self.compiler.program, &c);
        let attr = match c {
            Const::None => None,
            Const::Bool(b) => Some(Attr::Int(b as i64)),
            Const::Int(i) => Some(Attr::Int(i)),
            Const::Float(x) => Some(Attr::Float(x)),
            Const::Complex(re, im) => Some(Attr::Complex(re, im)),
            Const::Str(s) => Some(Attr::Str(s.to_string())),
            c => Some(Attr::Const(self.compiler.program.add_const(c))),
        };
        let n = self.graph.new_node("prim::Constant", &[], &[ty], None);
        if let Some(attr) = attr {
            self.graph.set_attr(n, "value", attr);
        }
        n
    }

    pub fn int(&mut self, i: i64, span: Span) -> Value {
        self.constant(Const::Int(i), span)
    }

    pub fn bool(&mut self, b: bool, span: Span) -> Value {
        self.constant(Const::Bool(b), span)
    }

    pub fn none(&mut self, span: Span) -> Value {
        self.constant(Const::None, span)
    }

    pub fn string(&mut self, s: &str, span: Span) -> Value {
        self.constant(Const::Str(s.into()), span)
    }

    /// A literal: inserted once, in front of the function.
    pub(super) fn literal(&mut self, c: Const, span: Span) -> Value {
        let known = match c {
            Const::Int(i) => self.ints.get(&i),
            Const::Float(x) => self.floats.get(&x.to_bits()),
            Const::Complex(re, im) => self.complexes.get(&(re.to_bits(), im.to_bits())),
            _ => None,
        };
        if let Some(v) = known {
            return *v;
        }
        let n = self.constant_node(c.clone());
        self.graph.node_mut(n).span = Some(span);
        let top = self.graph.top();
        self.graph.insert_at(top, 0, n);
        let v = self.graph.node(n).outputs[0];
        match c {
            Const::Int(i) => drop(self.ints.insert(i, v)),
            Const::Float(x) => drop(self.floats.insert(x.to_bits(), v)),
            Const::Complex(re, im) => drop(self.complexes.insert((re.to_bits(), im.to_bits()), v)),
            _ => {}
        }
        v
    }

    /// The constant that a value is, when it comes from a constant node.
    pub fn as_constant(&self, v: Value) -> Option<Const> {
        let n = self.graph.def_node(v)?;
        if self.graph.node(n).op != "prim::Constant" {
            return None;
        }
        Some(match (self.graph.attr(n, "value"), self.ty(v)) {
            (None, Type::Function(_)) => return None,
            (None, _) => Const::None,
            (Some(Attr::Int(i)), Type::Bool) => Const::Bool(*i != 0),
            (Some(Attr::Int(i)), _) => Const::Int(*i),
            (Some(Attr::Float(x)), _) => Const::Float(*x),
            (Some(Attr::Complex(re, im)), _) => Const::Complex(*re, *im),
            (Some(Attr::Str(s)), _) => Const::Str(s.as_str().into()),
            (Some(Attr::Const(i)), _) => self.compiler.program.consts.get(*i as usize)?.clone(),
            _ => return None,
        })
    }

    /// The operator of the node that makes a value.
    pub(super) fn made_by(&self, v: Value) -> Option<&str> {
        self.graph.def_node(v).map(|n| self.graph.node(n).op.as_str())
    }

    /// A function as a value, for `prim::CallFunction`.
    pub(super) fn function_constant(&mut self, f: FunctionId) -> Value {
        let name = self.compiler.program.function(f).name.clone();
        let short = name.rsplit('.').next().unwrap_or(&name).to_owned();
        let ty = Type::Function(FunctionRef { id: f.0, name: name.into() });
        let n = self.bare_node("prim::Constant", &[], &[ty]);
        self.graph.set_attr(n, "name", Attr::Str(short));
        self.graph.node(n).outputs[0]
    }

    /// `prim::TupleConstruct`; `ty` when the tuple has names.
    pub fn tuple(&mut self, values: &[Value], ty: Option<Type>, _span: Span) -> Value {
        let ty = ty.unwrap_or_else(|| Type::tuple(values.iter().map(|v| self.ty(*v).clone()).collect()));
        self.bare_value("prim::TupleConstruct", values, ty)
    }

    /// `prim::ListConstruct`
    pub fn list(&mut self, elem: Type, values: &[Value], _span: Span) -> Value {
        self.bare_value("prim::ListConstruct", values, Type::list(elem))
    }

    /// `prim::DictConstruct`
    pub fn dict(&mut self, key: Type, value: Type, keys: &[Value], values: &[Value], _span: Span) -> Value {
        let inputs: Vec<Value> = keys.iter().zip(values).flat_map(|(k, v)| [*k, *v]).collect();
        self.bare_value("prim::DictConstruct", &inputs, Type::dict(key, value))
    }

    /// The elements of a tuple: those it was made of, when it was made here.
    pub fn tuple_unpack(&mut self, v: Value, _span: Span) -> Vec<Value> {
        if let Some(n) = self.graph.def_node(v)
            && self.graph.node(n).op == "prim::TupleConstruct"
        {
            return self.graph.node(n).inputs.clone();
        }
        let types = self.ty(v).tuple_elems().unwrap_or(&[]).to_vec();
        let n = self.bare_node("prim::TupleUnpack", &[v], &types);
        self.graph.node(n).outputs.clone()
    }

    /// `prim::ListUnpack` into `n` values.
    pub fn list_unpack(&mut self, v: Value, n: usize, _span: Span) -> Vec<Value> {
        let elem = if let Type::List(t) = self.ty(v) { (**t).clone() } else { Type::Any };
        let n = self.bare_node("prim::ListUnpack", &[v], &vec![elem; n]);
        self.graph.node(n).outputs.clone()
    }

    /// `prim::unchecked_cast`
    pub fn unchecked_cast(&mut self, v: Value, ty: Type, _span: Span) -> Value {
        self.bare_value("prim::unchecked_cast", &[v], ty)
    }

    /// A value that is never read.
    pub(super) fn uninitialized(&mut self, ty: Type) -> Value {
        self.bare_value("prim::Uninitialized", &[], ty)
    }

    /// `prim::GetAttr`. The result is named as the attribute.
    pub fn get_attr(&mut self, object: Value, name: &str, ty: Type, _span: Span) -> Value {
        let v = self.bare_value("prim::GetAttr", &[object], ty);
        if let Some(n) = self.graph.def_node(v) {
            self.graph.set_attr(n, "name", Attr::Str(name.to_owned()));
        }
        let digits = name.bytes().all(|b| b.is_ascii_digit());
        self.graph.set_name(v, &if digits { format!("_{name}") } else { name.to_owned() });
        v
    }

    /// `prim::SetAttr`
    pub fn set_attr(&mut self, object: Value, name: &str, value: Value, _span: Span) {
        let n = self.bare_node("prim::SetAttr", &[object, value], &[]);
        self.graph.set_attr(n, "name", Attr::Str(name.to_owned()));
    }

    /// Compilation of `__init__` of the class of the first parameter: unknown attributes may be added.
    pub fn is_init_of(&self, class: &Type) -> bool {
        let name = &self.compiler.program.function(self.function).name;
        let first = self.graph.block(self.graph.top()).params.first();
        name.ends_with(".__init__") && first.is_some_and(|v| self.ty(*v) == class)
    }

    /// The insertion point stands in the function's outermost block.
    pub fn is_at_top(&self) -> bool {
        self.point.block == self.graph.top()
    }

    /// Reports a problem and goes on.
    pub(super) fn report(&mut self, d: Box<Diagnostic>) {
        self.failed = true;
        if !d.message.is_empty() {
            self.compiler.fail(self.function, d);
        }
    }

    /// The values behind expressions' meanings.
    pub(super) fn values_of(&mut self, items: &[Sugared], span: Span) -> Result<Vec<Value>> {
        items.iter().map(|s| s.as_value(self, span)).collect()
    }
}

/// The type of a build-time value.
pub fn const_type(program: &crate::graph::Program, c: &Const) -> Type {
    match c {
        Const::None => Type::None,
        Const::Bool(_) => Type::Bool,
        Const::Int(_) => Type::Int,
        Const::Float(_) => Type::Float,
        Const::Complex(..) => Type::Complex,
        Const::Str(_) => Type::Str,
        Const::Device { .. } => Type::Device,
        Const::Tensor(_) => Type::Tensor,
        Const::List(_, elem) => Type::list(elem.clone()),
        Const::Dict(_, k, v) => Type::dict(k.clone(), v.clone()),
        Const::Tuple(_, ty) => ty.clone(),
        Const::Enum(e, _) => Type::Enum(e.clone()),
        Const::Object(o) => Type::Class(program.class(program.object(*o).class).class.clone()),
        Const::Generator(_) => Type::Generator,
    }
}
