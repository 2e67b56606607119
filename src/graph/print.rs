//! A graph as text, as PyTorch's `.graph` prints it. [`super::parse`] reads it back.

use super::ir::{Attr, Block, Graph, Node, Value};
use super::program::Program;
use super::repr;
use crate::diag::SourceMap;
use crate::types::{Dim, TensorFacts, Type};
use std::fmt::Write;

/// The whole graph, subgraphs after it. Nodes whose span is in `sources` end with `# path:line:column`.
pub fn graph(graph: &Graph, program: &Program, sources: &SourceMap) -> String {
    let mut printer = Printer { graph, program, sources, out: String::new(), groups: vec![] };
    printer.whole();
    printer.out
}

struct Printer<'a> {
    graph: &'a Graph,
    program: &'a Program,
    sources: &'a SourceMap,
    out: String,
    /// Subgraphs met so far: the operator, and the graph.
    groups: Vec<(&'a str, &'a Graph)>,
}

impl<'a> Printer<'a> {
    fn whole(&mut self) {
        let top = self.graph.block(self.graph.top());
        let params = self.typed(&top.params, ",\n      ");
        let _ = writeln!(self.out, "graph({params}):");
        self.nodes(self.graph.top(), 1);
        let _ = writeln!(self.out, "  return ({})", self.names(&top.returns));
        for (i, (op, sub)) in std::mem::take(&mut self.groups).into_iter().enumerate() {
            let _ = write!(self.out, "with {op}_{i} = {}", graph(sub, self.program, self.sources));
        }
    }

    fn nodes(&mut self, b: Block, level: usize) {
        for &n in &self.graph.block(b).nodes {
            self.node(n, level);
        }
    }

    fn node(&mut self, n: Node, level: usize) {
        let node = self.graph.node(n);
        let python = (node.op == "prim::PythonOp").then(|| format!("^{}()", self.graph.attr_str(n, "name").unwrap_or("")));
        let op = python.as_deref().unwrap_or(&node.op);
        let _ = write!(self.out, "{:1$}{2} = {op}", "", level * 2, self.typed(&node.outputs, ", "));
        let subgraph = node.attrs.iter().find_map(|(_, a)| if let Attr::Graph(g) = a { Some(&**g) } else { None });
        if let Some(sub) = subgraph {
            let _ = write!(self.out, "_{}", self.groups.len());
            self.groups.push((&node.op, sub));
        }
        let attrs: Vec<String> = node
            .attrs
            .iter()
            .filter(|_| python.is_none())
            .filter(|(_, a)| !matches!(a, Attr::Graph(_) | Attr::Function(_)))
            .map(|(k, a)| format!("{k}={}", self.attr(a)))
            .collect();
        if !attrs.is_empty() {
            let _ = write!(self.out, "[{}]", attrs.join(", "));
        }
        let _ = write!(self.out, "({})", self.names(&node.inputs));
        let origin = node.span.map(|s| self.sources.origin(s));
        if let Some((span, file)) = origin.and_then(|s| Some((s, self.sources.get(s.file)?))) {
            let place = file.line_col(span.lo);
            let _ = write!(self.out, " # {}:{}:{}", file.path.display(), place.line, place.col);
        }
        self.out.push('\n');
        for (i, &b) in node.blocks.iter().enumerate() {
            let block = self.graph.block(b);
            let _ = writeln!(self.out, "{:1$}block{i}({2}):", "", level * 2 + 2, self.typed(&block.params, ", "));
            self.nodes(b, level + 2);
            let _ = writeln!(self.out, "{:1$}-> ({2})", "", level * 2 + 4, self.names(&block.returns));
        }
    }

    fn attr(&self, a: &Attr) -> String {
        let list = |items: Vec<String>| format!("[{}]", items.join(", "));
        match a {
            Attr::Int(i) => i.to_string(),
            Attr::Float(d) => repr::float(*d),
            Attr::Complex(re, im) => repr::complex(*re, *im),
            Attr::Str(s) => repr::quoted(s),
            Attr::Ints(v) => list(v.iter().map(i64::to_string).collect()),
            Attr::Floats(v) => list(v.iter().map(|d| repr::float(*d)).collect()),
            Attr::Strs(v) => list(v.iter().map(|s| repr::quoted(s)).collect()),
            Attr::Type(t) => t.to_string(),
            Attr::Types(v) => list(v.iter().map(Type::to_string).collect()),
            Attr::Const(c) => match self.program.consts.get(*c as usize) {
                Some(c) => repr::constant(c, self.program, &mut |_| None),
                None => "<missing>".into(),
            },
            Attr::Function(f) => repr::quoted(self.program.functions.get(*f as usize).map_or("<missing>", |f| &f.name)),
            Attr::Graph(_) => "<Graph>".into(),
        }
    }

    fn typed(&self, vs: &[Value], separator: &str) -> String {
        vs.iter()
            .map(|&v| format!("%{} : {}", self.graph.printed_name(v), value_type(self.graph, v)))
            .collect::<Vec<_>>()
            .join(separator)
    }

    fn names(&self, vs: &[Value]) -> String {
        vs.iter().map(|&v| format!("%{}", self.graph.printed_name(v))).collect::<Vec<_>>().join(", ")
    }
}

/// A value's type with what is known of the tensor: `Float(2, 3, strides=[3, 1])`.
pub fn value_type(graph: &Graph, v: Value) -> String {
    match (graph.ty(v), graph.facts.get(&v)) {
        (Type::Tensor, Some(facts)) => tensor_type(facts, graph.requires_grad.get(&v).copied(), &graph.symbols),
        (ty, _) => ty.to_string(),
    }
}

fn tensor_type(facts: &TensorFacts, requires_grad: Option<bool>, symbols: &[String]) -> String {
    let mut out = facts.dtype.map_or("Tensor", |d| d.graph_name()).to_owned();
    let mut parts = vec![];
    match &facts.dims {
        Some(dims) => {
            parts.extend(dims.iter().map(|d| match d {
                Dim::Sym(s) => symbols.get(*s as usize).cloned().unwrap_or_else(|| d.to_string()),
                _ => d.to_string(),
            }));
            if let Some(sizes) = dims.iter().map(|d| d.as_const()).collect::<Option<Vec<i64>>>()
                && facts.contiguous
                && !sizes.is_empty()
            {
                let strides = tsrt::tensor::contiguous_strides(&sizes);
                parts.push(format!("strides=[{}]", strides.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")));
            }
        }
        None if facts.dtype.is_some() => out.push_str("Tensor"),
        None => {}
    }
    if let Some(requires) = requires_grad {
        parts.push(format!("requires_grad={}", requires as u8));
        parts.push("device=cpu".into());
    }
    if facts.dims.is_some() || !parts.is_empty() {
        let _ = write!(out, "({})", parts.join(", "));
    }
    out
}
