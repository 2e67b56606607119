//! Nodes that are expressions.

use super::{Printer, is_identifier};
use crate::graph::ir::{Attr, Node, Value};
use crate::graph::program::Const;
use crate::graph::repr::{inferable, quoted};
use crate::graph::schema::operator_of;
use crate::ops::{Default, Schema};
use crate::types::Type;

impl Printer<'_> {
    /// The right-hand side of a node.
    pub(super) fn expression(&mut self, n: Node) -> Result<String, String> {
        let graph = self.graph;
        let node = graph.node(n);
        let inputs = &node.inputs;
        let input = |i: usize| inputs.get(i).map_or_else(|| "<missing>".into(), |v| self.text(*v));
        let out = node.outputs.first().map_or(&Type::None, |o| graph.ty(*o));
        let list = |vs: &[Value]| self.texts(vs);
        let call = |name: &str| Ok(format!("{name}({})", self.texts(inputs)));
        match node.op.as_str() {
            "prim::Uninitialized" => Ok(format!("uninitialized({})", out.annotation())),
            "prim::Constant" => match (out, graph.const_of(node.outputs[0], self.program)) {
                (Type::Function(_), _) => Ok(out.annotation()),
                (_, Some(c)) => Ok(self.constant(&c)),
                (_, None) => Err("a constant without a value".into()),
            },
            "aten::ScalarImplicit" | "aten::FloatImplicit" | "aten::IntImplicit" => {
                Ok(format!("annotate({}, {})", out.annotation(), input(0)))
            }
            "aten::Int" => call("int"),
            "aten::Float" => call("float"),
            "aten::Complex" => call("complex"),
            "aten::Bool" => call("bool"),
            "aten::str" => call("str"),
            "prim::Print" => call("print"),
            "aten::sorted" => call("sorted"),
            "aten::__getitem__" => {
                let object = input(0);
                Ok(if is_identifier(&object) { format!("{object}[{}]", input(1)) } else { format!("({object})[{}]", input(1)) })
            }
            "prim::TupleConstruct" => {
                let name = match out {
                    Type::Tuple(t) => t.names.as_ref().map_or("", |n| &n.name),
                    _ => "",
                };
                Ok(format!("{name}({}{})", list(inputs), if inputs.len() == 1 { "," } else { "" }))
            }
            "prim::TupleIndex" => Ok(format!("({})[{}]", input(0), input(1))),
            "prim::TupleSlice" => {
                let bound = |name| match graph.attr(n, name) {
                    Some(Attr::Int(i)) => *i,
                    _ => 0,
                };
                Ok(format!("({})[{}:{}]", input(0), bound("beg"), bound("end")))
            }
            "prim::ListConstruct" => {
                let text = format!("[{}]", list(inputs));
                let plain = matches!(out, Type::List(elem) if inferable(elem)) && !inputs.is_empty();
                Ok(if plain { text } else { format!("annotate({}, {text})", out.annotation()) })
            }
            "prim::DictConstruct" => {
                let pairs: Vec<String> = inputs.chunks(2).map(|p| format!("{}: {}", self.text(p[0]), list(&p[1..]))).collect();
                let text = format!("{{{}}}", pairs.join(", "));
                let plain = matches!(out, Type::Dict(k, v) if inferable(k) && inferable(v)) && !inputs.is_empty();
                Ok(if plain { text } else { format!("annotate({}, {text})", out.annotation()) })
            }
            "prim::CreateObject" => Ok(format!("{0}.__new__({0})", out.annotation())),
            "prim::GetAttr" => {
                let name = graph.attr_str(n, "name").unwrap_or("");
                Ok(if is_identifier(name) {
                    format!("{}.{name}", input(0))
                } else {
                    format!("getattr({}, {})", input(0), quoted(name))
                })
            }
            "prim::CallFunction" => {
                let args: String = inputs[1..].iter().map(|v| format!("{}, ", self.text(*v))).collect();
                Ok(format!("{}({args})", input(0)))
            }
            "prim::PythonOp" => {
                let args: Vec<String> = inputs.iter().map(|v| self.text(*v).to_string()).collect();
                Ok(format!("^{}()({})", graph.attr_str(n, "name").unwrap_or(""), args.join(", ")))
            }
            "prim::CallMethod" => {
                let args: String = inputs[1..].iter().map(|v| format!("{}, ", self.text(*v))).collect();
                Ok(format!("({}).{}({args})", input(0), graph.attr_str(n, "name").unwrap_or("")))
            }
            "aten::_unwrap_optional" => {
                let none = inputs.first().is_some_and(|v| graph.must_be_none(*v));
                let argument =
                    if none { format!("annotate(Optional[{}], {})", out.annotation(), input(0)) } else { input(0).to_string() };
                Ok(format!("torch._unwrap_optional({argument})"))
            }
            "prim::unchecked_cast" | "prim::unchecked_unwrap_optional" => {
                Ok(format!("unchecked_cast({}, {})", out.annotation(), input(0)))
            }
            "prim::isinstance" => {
                let types: Vec<String> = match graph.attr(n, "types") {
                    Some(Attr::Types(ts)) => ts.iter().map(Type::annotation).collect(),
                    Some(Attr::Type(t)) => vec![t.annotation()],
                    _ => vec![],
                };
                let types = if types.len() == 1 { types.concat() } else { format!("({})", types.join(", ")) };
                Ok(format!("isinstance({}, {types})", input(0)))
            }
            "prim::tolist" => Ok(format!("annotate({}, {}.tolist())", out.annotation(), input(0))),
            "prim::EnumValue" => Ok(format!("({}).value", input(0))),
            "prim::EnumName" => Ok(format!("({}).name", input(0))),
            _ => self.operator(n),
        }
    }

    /// `torch.add(x, y, alpha=2)`: trailing arguments that equal their defaults are left out, keyword-only ones are named.
    fn operator(&self, n: Node) -> Result<String, String> {
        let node = self.graph.node(n);
        let name = match (node.op.as_str(), node.op.split_once("::")) {
            ("aten::backward", _) => "torch.autograd.backward".to_owned(),
            ("aten::grad", _) => "torch.autograd.grad".to_owned(),
            (_, Some(("aten", name))) => format!("torch.{name}"),
            (_, Some((space, name))) => format!("ops.{space}.{name}"),
            (op, None) => op.to_owned(),
        };
        let Some(operator) = operator_of(self.graph, n, self.program) else {
            return Err(format!("no operator {} takes these inputs", node.op));
        };
        let schema = &operator.schema;
        let (needed, outs) = self.necessary(schema, &node.inputs);
        let argument = |i: usize| {
            let text = self.text(node.inputs[i]);
            match schema.params.get(i) {
                Some(p) if p.kw_only => format!("{}={text}", p.name),
                _ => text.to_string(),
            }
        };
        let mut args: Vec<String> = (0..needed).map(argument).collect();
        for i in schema.params.len() - outs..schema.params.len() {
            if i < node.inputs.len() && i >= needed {
                args.push(argument(i));
            }
        }
        Ok(format!("{name}({})", args.join(", ")))
    }

    /// How many leading arguments must be written, and how many trailing ones are `out=` tensors.
    fn necessary(&self, schema: &Schema, inputs: &[Value]) -> (usize, usize) {
        let outs = schema.params.iter().rev().take_while(|p| p.kw_only && p.alias.is_written).count();
        if schema.params.len() < inputs.len() {
            return (inputs.len(), outs);
        }
        let plain = schema.params.len() - outs;
        let needed = (0..plain.min(inputs.len())).rev().find(|&i| {
            let Some(default) = &schema.params[i].default else { return true };
            !self.graph.const_of(inputs[i], self.program).is_some_and(|c| is_default(&c, default))
        });
        (needed.map_or(0, |i| i + 1), outs)
    }
}

fn is_default(c: &Const, default: &Default) -> bool {
    match (c, default) {
        (Const::None, Default::None) => true,
        (Const::Bool(a), Default::Bool(b)) => a == b,
        (Const::Int(a), Default::Int(b)) => a == b,
        (Const::Float(a), Default::Float(b)) => a == b,
        (Const::Str(a), Default::Str(b)) => a == b,
        (Const::List(l, _), Default::Ints(d)) => {
            l.len() == d.len() && l.iter().zip(d).all(|(c, d)| matches!(c, Const::Int(i) if i == d))
        }
        _ => false,
    }
}
