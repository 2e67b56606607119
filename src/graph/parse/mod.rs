//! Reads the text of [`super::print`] (and of PyTorch's `.graph`) back into a graph.
//!
//! Numbers of values are kept, so that printing gives the same text; source comments are dropped. Classes, enums and functions are
//! looked up by name in the program; those it lacks are added as empty declarations, so that any graph can be read by itself.

mod literal;
mod text;
mod types;

use super::ir::{Attr, Block, Def, Graph, Node, Value, ValueData};
use super::program::Program;
use crate::types::{FieldNames, FunctionRef, Type};
use std::collections::{HashMap, HashSet};
use text::Text;
use types::Typed;

/// What is wrong with a text, and on which line (from 1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    pub line: usize,
    pub message: String,
}

impl std::fmt::Display for ParseError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

type Result<T> = std::result::Result<T, ParseError>;

/// Reads one graph. `named_tuples` supplies the names that graph text omits, recognised by their fields.
pub fn graph(text: &str, program: &mut Program, named_tuples: &[FieldNames]) -> Result<Graph> {
    let mut parser = Parser { text: Text::new(text), program, named_tuples, depth: 0 };
    let graph = parser.graph()?;
    parser.text.skip();
    if !parser.text.at_end() {
        return Err(parser.text.error("expected the end of the graph"));
    }
    Ok(graph)
}

/// Reads a type as graphs print it.
pub fn ty(text: &str, program: &mut Program, named_tuples: &[FieldNames]) -> Result<Type> {
    let mut parser = Parser { text: Text::new(text), program, named_tuples, depth: 0 };
    Ok(parser.ty(&mut vec![])?.0)
}

/// Nesting deeper than this is refused.
const MAX_DEPTH: usize = 200;

struct Parser<'a> {
    text: Text<'a>,
    program: &'a mut Program,
    named_tuples: &'a [FieldNames],
    depth: usize,
}

/// One graph being read.
struct Scope {
    graph: Graph,
    values: HashMap<String, Value>,
    /// Numbers that appear as names.
    numbers: HashSet<u32>,
    next: u32,
    /// Detached owner of the numbers that nothing uses.
    unused: Node,
    /// Nodes whose subgraph follows later.
    pending: Vec<(String, Node)>,
}

impl Parser<'_> {
    fn graph(&mut self) -> Result<Graph> {
        self.deeper()?;
        self.text.expect("graph")?;
        let mut graph = Graph::new();
        let unused = graph.new_node("prim::Unused", &[], &[], None);
        let numbers = self.text.numbers();
        let mut scope = Scope { graph, values: HashMap::new(), numbers, next: 0, unused, pending: vec![] };
        let top = scope.graph.top();
        self.params(&mut scope, top)?;
        self.text.expect(":")?;
        self.nodes(&mut scope, top)?;
        self.text.expect("return")?;
        scope.graph.block_mut(top).returns = self.value_list(&scope)?;
        for (name, node) in std::mem::take(&mut scope.pending) {
            self.text.expect("with")?;
            self.text.expect(&name)?;
            self.text.expect("=")?;
            let sub = self.graph()?;
            scope.graph.set_attr(node, "Subgraph", Attr::Graph(Box::new(sub)));
        }
        self.depth -= 1;
        Ok(scope.graph)
    }

    fn deeper(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.text.error("nested too deeply")) } else { Ok(()) }
    }

    fn params(&mut self, scope: &mut Scope, block: Block) -> Result<()> {
        self.text.expect("(")?;
        for (index, (name, typed)) in self.declarations(scope, ")")?.into_iter().enumerate() {
            let v = self.define(scope, &name, Def::Param(block, index as u32), typed)?;
            scope.graph.block_mut(block).params.push(v);
        }
        self.text.expect(")")
    }

    /// `%a : int, %b : Tensor` up to a closing text.
    fn declarations(&mut self, scope: &mut Scope, end: &str) -> Result<Vec<(String, Typed)>> {
        let mut out = vec![];
        while !self.text.at(end) {
            if !out.is_empty() {
                self.text.expect(",")?;
            }
            let name = self.text.value_name()?;
            let (ty, facts) = if self.text.eat(":") { self.ty(&mut scope.graph.symbols)? } else { (Type::Tensor, None) };
            out.push((name, (ty, facts)));
        }
        Ok(out)
    }

    fn define(&mut self, scope: &mut Scope, name: &str, def: Def, (ty, facts): Typed) -> Result<Value> {
        let number = name.parse::<u32>().ok();
        let id = number.unwrap_or_else(|| {
            while scope.numbers.contains(&scope.next) {
                scope.next += 1;
            }
            scope.next += 1;
            scope.next - 1
        });
        if id > 10_000_000 {
            return Err(self.text.error("value number too large"));
        }
        while scope.graph.values.len() <= id as usize {
            scope.graph.add_output(scope.unused, Type::None);
        }
        let v = Value(id);
        if scope.values.insert(name.to_owned(), v).is_some() {
            return Err(self.text.error(format!("%{name} is defined twice")));
        }
        *scope.graph.value_mut(v) = ValueData { def, ty, name: None };
        if number.is_none() {
            scope.graph.set_name(v, name);
        }
        if let Some((facts, requires_grad)) = facts {
            scope.graph.facts.insert(v, facts);
            scope.graph.requires_grad.extend(requires_grad.map(|r| (v, r)));
        }
        Ok(v)
    }

    fn value_list(&mut self, scope: &Scope) -> Result<Vec<Value>> {
        self.text.expect("(")?;
        let mut out = vec![];
        while !self.text.at(")") {
            if !out.is_empty() {
                self.text.expect(",")?;
            }
            let name = self.text.value_name()?;
            match scope.values.get(&name) {
                Some(v) => out.push(*v),
                None => return Err(self.text.error(format!("%{name} is not defined"))),
            }
        }
        self.text.expect(")")?;
        Ok(out)
    }

    fn nodes(&mut self, scope: &mut Scope, block: Block) -> Result<()> {
        while !self.text.at("->") && !self.text.at("return") {
            self.node(scope, block)?;
        }
        Ok(())
    }

    fn node(&mut self, scope: &mut Scope, block: Block) -> Result<()> {
        let outputs = self.declarations(scope, "=")?;
        self.text.expect("=")?;
        let op = self.text.operator()?;
        let n = scope.graph.new_node(&op, &[], &[], None);
        let mut declared = outputs.first().map(|o| o.1.0.clone()).unwrap_or(Type::None);
        if self.text.eat("[") {
            loop {
                let key = self.text.word()?;
                self.text.expect("=")?;
                let value = if op == "prim::Constant" && key == "value" {
                    self.constant(&declared, outputs.first().and_then(|o| o.1.1.as_ref().map(|f| &f.0)))?
                } else {
                    self.attribute()?
                };
                scope.graph.set_attr(n, &key, value);
                if !self.text.eat(",") {
                    break;
                }
            }
            self.text.expect("]")?;
        }
        if let (Type::Function(_), Some(name)) = (&declared, scope.graph.attr_str(n, "name")) {
            declared = Type::Function(self.function(name));
        }
        scope.graph.node_mut(n).inputs = self.value_list(scope)?;
        if self.text.eat(", scope:") {
            self.text.rest_of_line();
        }
        for (index, (name, (ty, facts))) in outputs.into_iter().enumerate() {
            let ty = if matches!(ty, Type::Function(_)) { declared.clone() } else { ty };
            let v = self.define(scope, &name, Def::Result(n, index as u32), (ty, facts))?;
            scope.graph.node_mut(n).outputs.push(v);
        }
        if let Some((plain, number)) = op.rsplit_once('_')
            && WITH_SUBGRAPH.contains(&plain)
            && number.bytes().all(|b| b.is_ascii_digit())
        {
            scope.graph.node_mut(n).op = plain.to_owned();
            scope.pending.push((op, n));
        }
        scope.graph.append(block, n);
        while self.text.at("block") {
            self.deeper()?;
            self.text.word()?;
            let inner = scope.graph.add_block(n);
            self.params(scope, inner)?;
            self.text.expect(":")?;
            self.nodes(scope, inner)?;
            self.text.expect("->")?;
            scope.graph.block_mut(inner).returns = self.value_list(scope)?;
            self.depth -= 1;
        }
        Ok(())
    }

    /// The program's function with that name, or whose qualified name ends with it.
    fn function(&self, name: &str) -> FunctionRef {
        let found = self.program.functions.iter().position(|f| f.name == name || f.name.rsplit('.').next() == Some(name));
        match found {
            Some(i) => FunctionRef { id: i as u32, name: self.program.functions[i].name.as_str().into() },
            None => FunctionRef { id: u32::MAX, name: name.into() },
        }
    }
}

/// Operators that print with a number and carry a graph.
const WITH_SUBGRAPH: [&str; 6] =
    ["prim::fork", "prim::awaitable", "prim::Closure", "prim::FusionGroup", "prim::DifferentiableGraph", "prim::TensorExprGroup"];
