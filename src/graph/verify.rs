//! What every graph must fulfil. All violations are collected; passes are checked with this after every step in tests.
//!
//! Structure
//! * a node of a block has that block as its parent and stands in it once; a block of a node has it as its owner;
//! * outputs and parameters know where they are defined;
//! * a value is defined before its use, in the same block or one around it;
//! * no two live values have one name, and no name is a number.
//!
//! Nodes
//! * `prim::Constant` has no inputs, one output, and a value of the output's type;
//! * `prim::If` has a `bool` input and two blocks without parameters, which return what the node's outputs hold;
//! * `prim::Loop` has inputs (int, bool, carried…), one block with parameters (int, carried…) and returns (bool, carried…), and
//!   the carried values as outputs;
//! * other nodes have no blocks;
//! * `prim::TupleConstruct`, `prim::TupleUnpack`, `prim::ListConstruct`, `prim::DictConstruct` fit their types;
//! * `prim::GetAttr`, `prim::SetAttr`, `prim::CallMethod` name what the class has, when the class is declared with contents;
//! * facts are known of tensors and optional tensors only.

use super::ir::{Attr, Block, Def, Graph, Node, Value};
use super::print::value_type;
use super::program::Program;
use crate::types::{Subtyping, Type};
use std::collections::{HashMap, HashSet};

/// Every violation, each naming its node.
pub fn verify(graph: &Graph, program: &Program) -> Vec<String> {
    let mut v =
        Verifier { graph, program, defined: HashSet::new(), placed: HashSet::new(), names: HashMap::new(), errors: vec![] };
    v.block(graph.top());
    for value in graph.facts.keys() {
        if v.defined.contains(value) && !matches!(graph.ty(*value), Type::Tensor | Type::Optional(_)) {
            v.errors.push(format!("%{} has tensor facts but type {}", graph.printed_name(*value), graph.ty(*value)));
        }
    }
    v.errors
}

struct Verifier<'a> {
    graph: &'a Graph,
    program: &'a Program,
    /// Values in scope, and all that were defined.
    defined: HashSet<Value>,
    placed: HashSet<Node>,
    names: HashMap<&'a str, Value>,
    errors: Vec<String>,
}

impl<'a> Verifier<'a> {
    fn block(&mut self, b: Block) -> Vec<Value> {
        let block = self.graph.block(b);
        let mut scope = vec![];
        for (i, &p) in block.params.iter().enumerate() {
            if self.graph.value(p).def != Def::Param(b, i as u32) {
                self.errors.push(format!("parameter {i} of {b:?} thinks it is {:?}", self.graph.value(p).def));
            }
            self.define(p, &mut scope);
        }
        for &n in &block.nodes {
            if !self.placed.insert(n) {
                self.error(n, "stands in the graph twice");
                continue;
            }
            if self.graph.node(n).parent != Some(b) {
                self.error(n, "has another parent than the block it stands in");
            }
            self.node(n, &mut scope);
        }
        for &r in &block.returns {
            if !self.defined.contains(&r) {
                self.errors.push(format!("{b:?} returns %{}, which is not in scope", self.graph.printed_name(r)));
            }
        }
        scope
    }

    fn define(&mut self, v: Value, scope: &mut Vec<Value>) {
        if !self.defined.insert(v) {
            self.errors.push(format!("%{} is defined twice", self.graph.printed_name(v)));
        }
        scope.push(v);
        if let Some(name) = &self.graph.value(v).name {
            if name.bytes().all(|b| b.is_ascii_digit()) {
                self.errors.push(format!("`{name}` is no name"));
            }
            if self.names.insert(name, v).is_some_and(|other| other != v) {
                self.errors.push(format!("two values are named %{name}"));
            }
        }
    }

    fn error(&mut self, n: Node, message: impl std::fmt::Display) {
        let node = self.graph.node(n);
        let list = |vs: &[Value]| {
            vs.iter()
                .map(|v| format!("%{} : {}", self.graph.printed_name(*v), value_type(self.graph, *v)))
                .collect::<Vec<_>>()
                .join(", ")
        };
        self.errors.push(format!("{} = {}({}): {message}", list(&node.outputs), node.op, list(&node.inputs)));
    }

    fn node(&mut self, n: Node, scope: &mut Vec<Value>) {
        let node = self.graph.node(n);
        for &i in &node.inputs {
            if !self.defined.contains(&i) {
                self.error(n, format!("uses %{}, which is not in scope", self.graph.printed_name(i)));
            }
        }
        for &b in &node.blocks {
            if self.graph.block(b).owner != Some(n) {
                self.error(n, "its block has another owner");
            }
            for v in self.block(b) {
                self.defined.remove(&v);
            }
        }
        for (i, &o) in node.outputs.iter().enumerate() {
            if self.graph.value(o).def != Def::Result(n, i as u32) {
                self.error(n, format!("output {i} thinks it is {:?}", self.graph.value(o).def));
            }
            self.define(o, scope);
        }
        self.kind(n);
        for (_, a) in &node.attrs {
            match a {
                Attr::Graph(g) => self.errors.extend(verify(g, self.program)),
                Attr::Const(c) if *c as usize >= self.program.consts.len() => self.error(n, "names a constant that is not there"),
                _ => {}
            }
        }
    }

    fn fits(&self, v: Value, ty: &Type) -> bool {
        self.graph.ty(v).is_subtype_of(ty, self.program as &dyn Subtyping)
    }

    fn kind(&mut self, n: Node) {
        let (g, node) = (self.graph, self.graph.node(n));
        let ty = |v: &Value| g.ty(*v);
        let blocks = match node.op.as_str() {
            "prim::If" => 2,
            "prim::Loop" => 1,
            _ => 0,
        };
        if node.blocks.len() != blocks {
            return self.error(n, format!("has {} blocks instead of {blocks}", node.blocks.len()));
        }
        match node.op.as_str() {
            "prim::Constant" => self.constant(n),
            "prim::If" => {
                if !matches!(&node.inputs[..], [c] if *ty(c) == Type::Bool) {
                    self.error(n, "the condition is not one bool");
                }
                for &b in &node.blocks {
                    let block = g.block(b);
                    if !block.params.is_empty() || block.returns.len() != node.outputs.len() {
                        self.error(n, "a branch has parameters or another number of results");
                    } else if let Some((r, o)) = block.returns.iter().zip(&node.outputs).find(|(r, o)| !self.fits(**r, ty(o))) {
                        self.error(
                            n,
                            format!("%{} : {} does not fit its output %{}", g.printed_name(*r), ty(r), g.printed_name(*o)),
                        );
                    }
                }
            }
            "prim::Loop" => {
                let body = g.block(node.blocks[0]);
                let carried = node.outputs.len();
                let counts = [node.inputs.len(), body.params.len() + 1, body.returns.len() + 1];
                if counts != [carried + 2; 3] {
                    return self.error(n, "carries different numbers of values in, through and out");
                }
                if *ty(&node.inputs[0]) != Type::Int || *ty(&node.inputs[1]) != Type::Bool || *ty(&body.returns[0]) != Type::Bool
                {
                    self.error(n, "the trip count is not an int or a condition is not a bool");
                }
                for i in 0..carried {
                    let (p, o) = (body.params[i + 1], node.outputs[i]);
                    if !self.fits(node.inputs[i + 2], ty(&p)) || !self.fits(body.returns[i + 1], ty(&p)) || !self.fits(p, ty(&o))
                    {
                        self.error(n, format!("the types of carried value %{} differ", g.printed_name(o)));
                    }
                }
            }
            "prim::TupleConstruct" => {
                let elems = node.outputs.first().and_then(|o| ty(o).tuple_elems());
                let fit = elems
                    .is_some_and(|e| e.len() == node.inputs.len() && node.inputs.iter().zip(e).all(|(i, t)| self.fits(*i, t)));
                if !fit {
                    self.error(n, "the elements do not fit the tuple");
                }
            }
            "prim::TupleUnpack" => {
                let elems = node.inputs.first().and_then(|i| ty(i).tuple_elems());
                let fit = elems.is_some_and(|e| {
                    e.len() == node.outputs.len() && node.outputs.iter().zip(e).all(|(o, t)| t.is_subtype_of(ty(o), self.program))
                });
                if !fit {
                    self.error(n, "the elements do not fit the tuple");
                }
            }
            "prim::ListConstruct" => match node.outputs.first().map(ty) {
                Some(Type::List(elem)) if node.inputs.iter().all(|i| self.fits(*i, elem)) => {}
                _ => self.error(n, "the elements do not fit the list"),
            },
            "prim::DictConstruct" => match node.outputs.first().map(ty) {
                Some(Type::Dict(k, v))
                    if node.inputs.len() % 2 == 0 && node.inputs.chunks(2).all(|p| self.fits(p[0], k) && self.fits(p[1], v)) => {}
                _ => self.error(n, "the elements do not fit the dict"),
            },
            "prim::GetAttr" | "prim::SetAttr" | "prim::CallMethod" => self.member(n),
            _ => {}
        }
    }

    fn constant(&mut self, n: Node) {
        let (g, node) = (self.graph, self.graph.node(n));
        let [out] = node.outputs[..] else { return self.error(n, "a constant has one output") };
        if !node.inputs.is_empty() {
            self.error(n, "a constant has no inputs");
        }
        let fits = match (g.attr(n, "value"), g.ty(out)) {
            (None, Type::Function(_)) => true,
            (None, ty) => ty.is_optional_like(),
            (Some(Attr::Int(_)), Type::Int | Type::Bool | Type::Number | Type::Any | Type::Layout | Type::MemoryFormat) => true,
            (Some(Attr::Float(_)), Type::Float | Type::Number | Type::Any) => true,
            (Some(Attr::Complex(..)), Type::Complex | Type::Number | Type::Any) => true,
            (Some(Attr::Str(_)), Type::Str | Type::Device | Type::Any) => true,
            (Some(Attr::Const(_)), _) => true,
            _ => false,
        };
        if !fits {
            self.error(n, "the value is not of the output's type");
        }
    }

    fn member(&mut self, n: Node) {
        let (g, node) = (self.graph, self.graph.node(n));
        let Some(name) = g.attr_str(n, "name") else { return self.error(n, "names nothing") };
        let Some(Type::Class(c)) = node.inputs.first().map(|v| g.ty(*v)) else {
            return self.error(n, "the object has no class type");
        };
        let Some(class) = self.program.classes.get(c.id as usize) else {
            return self.error(n, "the class is not in the program");
        };
        if class.attributes.is_empty() && class.methods.is_empty() && class.interface.is_empty() {
            return;
        }
        let known = match node.op.as_str() {
            "prim::CallMethod" => class.method(name).is_some() || class.interface.iter().any(|m| m.0 == name),
            _ => class.slot(name).is_some(),
        };
        if !known {
            self.error(n, format!("{} has no `{name}`", c.name));
        }
    }
}
