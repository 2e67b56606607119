//! Blocks and the nodes that are statements.

use super::Printer;
use crate::graph::ir::{Attr, Block, Node, Value};
use crate::graph::uses::Uses;
use crate::types::Type;

impl Printer<'_> {
    /// The whole graph: constants too long for their use first, then the block, then `return`.
    pub(super) fn body(&mut self) -> Result<(), String> {
        let top = self.graph.top();
        let mut constants = vec![];
        self.constants_of(top, &mut constants);
        self.scan_block(top);
        self.level += 1;
        for n in constants {
            self.node(n, true)?;
        }
        let returns = self.graph.block(top).returns.clone();
        self.block(top, !returns.is_empty())?;
        if !returns.is_empty() {
            let text = self.texts(&returns);
            self.line(format!("return {text}"));
        }
        self.level -= 1;
        Ok(())
    }

    /// Constants in the order of their first use.
    fn constants_of(&self, b: Block, found: &mut Vec<Node>) {
        let add = |vs: &[Value], found: &mut Vec<Node>| {
            for n in vs.iter().filter_map(|v| self.graph.def_node(*v)) {
                if self.graph.node(n).op == "prim::Constant" && !found.contains(&n) {
                    found.push(n);
                }
            }
        };
        for &n in &self.graph.block(b).nodes {
            add(&self.graph.node(n).inputs, found);
            for &inner in &self.graph.node(n).blocks {
                self.constants_of(inner, found);
            }
        }
        add(&self.graph.block(b).returns, found);
    }

    fn block(&mut self, b: Block, more_follows: bool) -> Result<(), String> {
        let nodes = self.graph.block(b).nodes.clone();
        if nodes.is_empty() && !more_follows {
            self.line("pass");
        }
        for n in nodes {
            self.node(n, false)?;
        }
        Ok(())
    }

    /// `a, b = text`, giving the outputs variables.
    pub(super) fn define(&mut self, n: Node, text: &str) {
        let outputs = self.graph.node(n).outputs.clone();
        self.assign_names(&outputs);
        if outputs.is_empty() {
            self.line(text);
        } else {
            let names = self.texts(&outputs);
            self.line(format!("{names} = {text}"));
        }
    }

    fn assignment(&mut self, to: &[Value], from: &[Value]) {
        if to.is_empty() {
            return;
        }
        let mut annotation = String::new();
        if let [v] = to
            && matches!(self.graph.ty(*v), Type::Optional(_) | Type::Union(_))
            && !self.expressions.contains_key(v)
            && self.annotated.insert(*v)
        {
            annotation = format!(" : {}", self.graph.ty(*v).annotation());
        }
        let (to, from) = (self.texts(to), self.texts(from));
        self.line(format!("{to}{annotation} = {from}"));
    }

    fn node(&mut self, n: Node, constants: bool) -> Result<(), String> {
        let node = self.graph.node(n);
        if node.op == "prim::Constant" && !constants {
            return Ok(());
        }
        match node.op.as_str() {
            "prim::If" => return self.branch(n),
            "prim::Loop" => return self.repeat(n),
            "prim::TupleUnpack" | "prim::ListUnpack" => {
                let source = self.text(node.inputs[0]);
                self.assign_names(&node.outputs);
                let targets = self.texts(&node.outputs);
                let equals = if node.outputs.is_empty() { "" } else { ", = " };
                self.line(format!("{targets}{equals}{source}"));
            }
            "prim::SetAttr" => {
                let name = self.graph.attr_str(n, "name").unwrap_or("");
                let (object, value) = (self.text(node.inputs[0]), self.text(node.inputs[1]));
                self.line(format!("{object}.{name} = {value}"));
            }
            "prim::fork" | "prim::Closure" => return self.fork(n),
            "prim::Enter" => {
                let mut text = format!("with {}", self.text(node.inputs[0]));
                if self.uses.is_used(node.outputs[0]) {
                    self.assign_names(&node.outputs);
                    text += &format!(" as {}", self.text(node.outputs[0]));
                }
                self.line(format!("{text}:"));
                self.level += 1;
            }
            "prim::Exit" => {
                let previous = self.graph.position(n).filter(|i| *i > 0).and_then(|i| {
                    let b = node.parent?;
                    Some(self.graph.block(b).nodes[i - 1])
                });
                if previous.is_some_and(|p| self.graph.node(p).op == "prim::Enter") {
                    self.line("pass");
                }
                self.level = self.level.saturating_sub(1);
            }
            "prim::ModuleContainerIndex" => {
                let (container, key) = (self.text(node.inputs[0]), self.text(node.inputs[1]));
                self.assign_names(&node.outputs);
                let (out, ty) = (self.text(node.outputs[0]), self.graph.ty(node.outputs[0]).annotation());
                self.line(format!("{out} : {ty} = {container}[{key}]"));
            }
            op => {
                let text = self.expression(n)?;
                let is_constant = op == "prim::Constant";
                if !self.inlined.contains(&n) || (is_constant && self.is_long(&text)) {
                    self.define(n, &text);
                } else {
                    let long = self.is_long(&text);
                    self.expressions.insert(node.outputs[0], text.into());
                    if long {
                        self.split_long(node.outputs[0]);
                    }
                }
            }
        }
        Ok(())
    }

    fn branch(&mut self, n: Node) -> Result<(), String> {
        let node = self.graph.node(n);
        self.assign_names(&node.outputs);
        let condition = self.text(node.inputs[0]);
        for (head, &b) in [format!("if {condition}:"), "else:".into()].iter().zip(&node.blocks) {
            self.line(head);
            self.level += 1;
            self.block(b, !node.outputs.is_empty())?;
            self.assignment(&node.outputs, &self.graph.block(b).returns.clone());
            self.level -= 1;
        }
        Ok(())
    }

    fn repeat(&mut self, n: Node) -> Result<(), String> {
        let node = self.graph.node(n);
        let body = self.graph.block(node.blocks[0]);
        let always = [node.inputs[1], body.returns[0]].iter().all(|v| self.graph.const_bool(*v) == Some(true));
        let counter = body.params[0];
        let counted = self.graph.const_int(node.inputs[0]) != Some(i64::MAX) || self.uses.is_used(counter);
        if counted && !always {
            return Err("a loop with both a trip count and a condition cannot be printed as Python".into());
        }
        self.assign_names(&node.outputs);
        for (p, o) in body.params[1..].iter().zip(&node.outputs) {
            let text = self.text(*o);
            self.expressions.insert(*p, text);
        }
        for (o, i) in node.outputs.iter().zip(&node.inputs[2..]) {
            let annotation = if self.graph.ty(*o) == self.graph.ty(*i) {
                String::new()
            } else {
                format!(": {}", self.graph.ty(*o).annotation())
            };
            let (to, from) = (self.text(*o), self.text(*i));
            self.line(format!("{to}{annotation} = {from}"));
        }
        self.assign_names(&[counter]);
        let variable = self.text(counter);
        let skip = if counted {
            let count = self.text(node.inputs[0]);
            self.line(format!("for {variable} in range({count}):"));
            1
        } else {
            self.assignment(&[counter], &[node.inputs[1]]);
            self.line(format!("while {variable}:"));
            0
        };
        self.level += 1;
        self.block(node.blocks[0], body.params.len() > skip)?;
        self.assignment(&body.params[skip..], &body.returns[skip..]);
        self.level -= 1;
        Ok(())
    }

    /// The graph of a fork or closure becomes a function of its own before the statement.
    fn fork(&mut self, n: Node) -> Result<(), String> {
        let node = self.graph.node(n);
        let Some(sub) = node.attrs.iter().find_map(|(_, a)| if let Attr::Graph(g) = a { Some(&**g) } else { None }) else {
            return Err(format!("{} without a graph", node.op));
        };
        let closure = node.op == "prim::Closure";
        let name = if closure {
            self.assign_names(&node.outputs);
            self.text(node.outputs[0]).to_string()
        } else {
            self.names.fresh("__forked_function")
        };
        let uses = Uses::of(sub);
        let mut inner = Printer::new(sub, &uses, self.program);
        inner.names = std::mem::take(&mut self.names);
        inner.level = self.level;
        let params = &sub.block(sub.top()).params;
        let mut declared = vec![];
        if closure {
            inner.assign_names(params);
            declared = params.iter().map(|p| format!("{}: {}", inner.text(*p), sub.ty(*p).annotation())).collect();
        } else {
            for (p, i) in params.iter().zip(&node.inputs) {
                inner.expressions.insert(*p, self.text(*i));
            }
        }
        inner.line(format!("def {name}({}):", declared.join(", ")));
        inner.body()?;
        self.out += &inner.out;
        self.names = inner.names;
        if !closure {
            self.define(n, &format!("fork({name})"));
        }
        Ok(())
    }
}
