//! One function's graph.
//!
//! Entities are `u32` ids into side tables of their [`Graph`]; removed nodes leave holes, never dangling ids. Control flow is
//! structured: `prim::If(cond)` has two blocks without parameters whose returns are its outputs; `prim::Loop(max, cond, carried…)`
//! has one block with parameters (iteration, carried…) and returns (cond, carried…), and its outputs are the carried values.
//! The verifier (`verify.rs`) states every invariant. Verbs that take things away are in `edit.rs`.

use crate::diag::Span;
use crate::types::{TensorFacts, Type};
use std::collections::HashMap;
use std::rc::Rc;

macro_rules! entity {
    ($(#[$doc:meta] $name:ident $prefix:literal),*) => {$(
        #[$doc]
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u32);
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($prefix, "{}"), self.0)
            }
        }
    )*};
}
entity!(
    /// An SSA value.
    Value "%",
    /// An operation.
    Node "n",
    /// A list of nodes with parameters and returns.
    Block "b"
);

/// An attribute of a node (constants' values, field names, function references).
#[derive(Clone, Debug, PartialEq)]
pub enum Attr {
    Int(i64),
    Float(f64),
    Complex(f64, f64),
    Str(String),
    Ints(Vec<i64>),
    Floats(Vec<f64>),
    Strs(Vec<String>),
    Type(Type),
    Types(Vec<Type>),
    /// A tensor, list, dict, tuple, enum or object known at build time: index into [`super::Program::consts`].
    Const(u32),
    /// Index into [`super::Program::functions`].
    Function(u32),
    /// A graph of its own (`prim::fork`, fusion groups).
    Graph(Box<Graph>),
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Def {
    /// The n-th parameter of a block.
    Param(Block, u32),
    /// The n-th output of a node.
    Result(Node, u32),
}

#[derive(Clone, Debug, PartialEq)]
pub struct ValueData {
    pub def: Def,
    pub ty: Type,
    /// The unique name it prints with (`x.1`); set through [`Graph::set_name`]. Values without print as their number.
    pub name: Option<String>,
}

/// The calls that inlining took away between a graph's own function and a node.
#[derive(Clone, Debug, PartialEq)]
pub struct CallStack {
    /// Qualified name of the function whose text the node is.
    pub function: Rc<str>,
    /// Outermost first; the first call stands in the graph's own function.
    pub calls: Vec<Call>,
}

/// One call of a [`CallStack`].
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function that calls; `None` for the graph's own.
    pub function: Option<Rc<str>>,
    pub span: Option<Span>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct NodeData {
    /// Qualified operator: `aten::add`, `prim::If`.
    pub op: String,
    /// Overload name of the schema that was matched (`Tensor` of `aten::add.Tensor`); `None` for nodes without schema.
    pub overload: Option<String>,
    pub inputs: Vec<Value>,
    pub outputs: Vec<Value>,
    /// Printed in this order.
    pub attrs: Vec<(String, Attr)>,
    pub blocks: Vec<Block>,
    pub span: Option<Span>,
    /// Where the node stood before its function was inlined; `None` when it still stands there.
    pub callers: Option<Rc<CallStack>>,
    /// The block the node stands in; `None` once removed.
    pub parent: Option<Block>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlockData {
    pub params: Vec<Value>,
    pub nodes: Vec<Node>,
    pub returns: Vec<Value>,
    /// The node whose block it is; `None` for the top block.
    pub owner: Option<Node>,
}

/// A function body. [`Graph::top`] is its outermost block: parameters are the function's, returns its results.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    pub values: Vec<ValueData>,
    pub nodes: Vec<NodeData>,
    pub blocks: Vec<BlockData>,
    /// What is known of tensors, by value; absent knows nothing.
    pub facts: HashMap<Value, TensorFacts>,
    /// `requires_grad` of tensors as tracing saw it; only printed.
    pub requires_grad: HashMap<Value, bool>,
    /// Names of symbolic dimensions, indexed by `Dim::Sym`.
    pub symbols: Vec<String>,
    pub(super) names: super::names::Names,
}

impl Default for Graph {
    fn default() -> Self {
        Self::new()
    }
}

impl Graph {
    pub fn new() -> Graph {
        Graph {
            values: vec![],
            nodes: vec![],
            blocks: vec![BlockData::default()],
            facts: HashMap::new(),
            requires_grad: HashMap::new(),
            symbols: vec![],
            names: Default::default(),
        }
    }

    pub fn top(&self) -> Block {
        Block(0)
    }

    pub fn value(&self, v: Value) -> &ValueData {
        &self.values[v.0 as usize]
    }

    pub fn value_mut(&mut self, v: Value) -> &mut ValueData {
        &mut self.values[v.0 as usize]
    }

    pub fn ty(&self, v: Value) -> &Type {
        &self.value(v).ty
    }

    pub fn node(&self, n: Node) -> &NodeData {
        &self.nodes[n.0 as usize]
    }

    pub fn node_mut(&mut self, n: Node) -> &mut NodeData {
        &mut self.nodes[n.0 as usize]
    }

    pub fn block(&self, b: Block) -> &BlockData {
        &self.blocks[b.0 as usize]
    }

    pub fn block_mut(&mut self, b: Block) -> &mut BlockData {
        &mut self.blocks[b.0 as usize]
    }

    /// The node that makes a value; `None` for parameters.
    pub fn def_node(&self, v: Value) -> Option<Node> {
        match self.value(v).def {
            Def::Result(n, _) => Some(n),
            Def::Param(..) => None,
        }
    }

    fn new_value(&mut self, def: Def, ty: Type) -> Value {
        self.values.push(ValueData { def, ty, name: None });
        Value(self.values.len() as u32 - 1)
    }

    /// Appends a parameter to a block.
    pub fn add_param(&mut self, b: Block, ty: Type, name: Option<&str>) -> Value {
        let index = self.block(b).params.len() as u32;
        let v = self.new_value(Def::Param(b, index), ty);
        self.block_mut(b).params.push(v);
        if let Some(name) = name {
            self.set_name(v, name);
        }
        v
    }

    /// Makes a node that stands nowhere yet; see [`Graph::append`] and [`Graph::insert_before`].
    pub fn new_node(&mut self, op: &str, inputs: &[Value], output_types: &[Type], span: Option<Span>) -> Node {
        let n = Node(self.nodes.len() as u32);
        self.nodes.push(NodeData {
            op: op.to_owned(),
            overload: None,
            inputs: inputs.to_vec(),
            outputs: vec![],
            attrs: vec![],
            blocks: vec![],
            span,
            callers: None,
            parent: None,
        });
        for ty in output_types {
            self.add_output(n, ty.clone());
        }
        n
    }

    /// Appends an output to a node.
    pub fn add_output(&mut self, n: Node, ty: Type) -> Value {
        let index = self.node(n).outputs.len() as u32;
        let v = self.new_value(Def::Result(n, index), ty);
        self.node_mut(n).outputs.push(v);
        v
    }

    /// Appends an empty block to a node.
    pub fn add_block(&mut self, n: Node) -> Block {
        self.blocks.push(BlockData { owner: Some(n), ..BlockData::default() });
        let b = Block(self.blocks.len() as u32 - 1);
        self.node_mut(n).blocks.push(b);
        b
    }

    /// Puts a node at a block's end.
    pub fn append(&mut self, b: Block, n: Node) {
        self.block_mut(b).nodes.push(n);
        self.node_mut(n).parent = Some(b);
    }

    /// Puts a node at a position of a block.
    pub fn insert_at(&mut self, b: Block, index: usize, n: Node) {
        self.block_mut(b).nodes.insert(index, n);
        self.node_mut(n).parent = Some(b);
    }

    /// Position of a node in its block.
    pub fn position(&self, n: Node) -> Option<usize> {
        let b = self.node(n).parent?;
        self.block(b).nodes.iter().position(|&m| m == n)
    }

    /// Puts `n` just before `place`; does nothing when `place` stands nowhere.
    pub fn insert_before(&mut self, place: Node, n: Node) {
        if let (Some(b), Some(i)) = (self.node(place).parent, self.position(place)) {
            self.insert_at(b, i, n);
        }
    }

    /// Takes a node out of its block; its id and outputs stay valid to read.
    pub fn detach(&mut self, n: Node) {
        if let (Some(b), Some(i)) = (self.node(n).parent, self.position(n)) {
            self.block_mut(b).nodes.remove(i);
            self.node_mut(n).parent = None;
        }
    }

    /// Replaces every use of `old` as an input or a return, in all blocks. Detached nodes keep theirs.
    pub fn replace_uses(&mut self, old: Value, new: Value) {
        let swap = |vs: &mut Vec<Value>| vs.iter_mut().filter(|v| **v == old).for_each(|v| *v = new);
        self.nodes.iter_mut().filter(|n| n.parent.is_some()).for_each(|n| swap(&mut n.inputs));
        self.blocks.iter_mut().for_each(|b| swap(&mut b.returns));
    }

    pub fn attr(&self, n: Node, name: &str) -> Option<&Attr> {
        self.node(n).attrs.iter().find(|(k, _)| k == name).map(|(_, a)| a)
    }

    pub fn set_attr(&mut self, n: Node, name: &str, value: Attr) {
        let attrs = &mut self.node_mut(n).attrs;
        match attrs.iter_mut().find(|(k, _)| k == name) {
            Some(slot) => slot.1 = value,
            None => attrs.push((name.to_owned(), value)),
        }
    }

    pub fn attr_str(&self, n: Node, name: &str) -> Option<&str> {
        match self.attr(n, name) {
            Some(Attr::Str(s)) => Some(s),
            _ => None,
        }
    }

    /// All nodes in program order, each node before those of its blocks.
    pub fn walk(&self) -> Vec<Node> {
        let mut out = vec![];
        let mut todo: Vec<Node> = self.block(self.top()).nodes.iter().rev().copied().collect();
        while let Some(n) = todo.pop() {
            out.push(n);
            for b in self.node(n).blocks.iter().rev() {
                todo.extend(self.block(*b).nodes.iter().rev());
            }
        }
        out
    }
}
