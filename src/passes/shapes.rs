//! Element types, ranks and sizes of tensors, forwards from what is known of the parameters ([`Graph::facts`] of the top block's
//! parameters, set from `--input`) and from constants, by the rules that stand with the operators.
//!
//! Facts hold wherever the value is: what an in-place operator may give another shape keeps its element type only. Facts that a pass
//! before derived are derived anew.

use crate::graph::schema::operator_of;
use crate::graph::{AliasDb, Block, Const, Graph, Node, Program, Value};
use crate::ops::Known;
use crate::types::{Dim, TensorFacts, Type};
use std::collections::{HashMap, HashSet};

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let before = graph.facts.clone();
    let params: HashSet<Value> = graph.block(graph.top()).params.iter().copied().collect();
    graph.facts.retain(|v, _| params.contains(v));
    let db = AliasDb::of(graph, program);
    let reshaped: Vec<Value> = graph
        .walk()
        .into_iter()
        .filter(|n| RESHAPING.contains(&graph.node(*n).op.as_str()))
        .map(|n| graph.node(n).inputs[0])
        .collect();
    let mut p = Propagator { graph, program, db, reshaped, sizes: HashMap::new() };
    for v in params {
        p.learn(v, p.graph.facts.get(&v).cloned().unwrap_or_default());
    }
    p.block(p.graph.top());
    graph.facts != before
}

/// In-place operators that change their argument's shape.
const RESHAPING: [&str; 12] = [
    "aten::resize_",
    "aten::resize_as_",
    "aten::squeeze_",
    "aten::unsqueeze_",
    "aten::t_",
    "aten::transpose_",
    "aten::swapaxes_",
    "aten::swapdims_",
    "aten::set_",
    "aten::set_data",
    "aten::as_strided_",
    "aten::swap_",
];

struct Propagator<'a> {
    graph: &'a mut Graph,
    program: &'a Program,
    db: AliasDb,
    reshaped: Vec<Value>,
    /// Ints that are the size of some dimension.
    sizes: HashMap<Value, Dim>,
}

impl Propagator<'_> {
    fn learn(&mut self, v: Value, mut facts: TensorFacts) {
        if self.reshaped.iter().any(|r| self.db.may_alias(*r, v)) {
            facts.dims = None;
            facts.contiguous = false;
        }
        if facts == TensorFacts::default() || !matches!(self.graph.ty(v), Type::Tensor | Type::Optional(_)) {
            self.graph.facts.remove(&v);
        } else {
            self.graph.facts.insert(v, facts);
        }
    }

    fn facts(&self, v: Value) -> TensorFacts {
        self.graph.facts.get(&v).cloned().unwrap_or_default()
    }

    fn block(&mut self, b: Block) {
        for n in self.graph.block(b).nodes.clone() {
            match self.graph.node(n).op.as_str() {
                "prim::If" => self.branch(n),
                "prim::Loop" => self.repeat(n),
                _ => self.node(n),
            }
        }
    }

    fn branch(&mut self, n: Node) {
        let node = self.graph.node(n).clone();
        node.blocks.iter().for_each(|b| self.block(*b));
        for (i, &o) in node.outputs.iter().enumerate() {
            let [a, b] = [0, 1].map(|k| self.graph.block(node.blocks[k]).returns[i]);
            let joined = match (self.graph.must_be_none(a), self.graph.must_be_none(b)) {
                // Facts of an optional tensor are about it being there.
                (true, false) => self.facts(b),
                (false, true) => self.facts(a),
                _ => join(self.facts(a), &self.facts(b)),
            };
            self.learn(o, joined);
        }
    }

    fn repeat(&mut self, n: Node) {
        let node = self.graph.node(n).clone();
        let body = node.blocks[0];
        let params = self.graph.block(body).params[1..].to_vec();
        let mut carried: Vec<TensorFacts> = node.inputs[2..].iter().map(|v| self.facts(*v)).collect();
        // Each round knows less than the one before; four steps (contiguity, sizes, rank, element type) reach the end.
        loop {
            for (p, f) in params.iter().zip(&carried) {
                self.learn(*p, f.clone());
            }
            self.block(body);
            let returns = self.graph.block(body).returns[1..].to_vec();
            let next: Vec<TensorFacts> = carried.iter().zip(&returns).map(|(f, r)| join(f.clone(), &self.facts(*r))).collect();
            if next == carried {
                break;
            }
            carried = next;
        }
        for (o, f) in node.outputs.iter().zip(carried) {
            self.learn(*o, f);
        }
    }

    fn node(&mut self, n: Node) {
        let node = self.graph.node(n).clone();
        let first = node.inputs.first().map(|v| self.facts(*v)).unwrap_or_default();
        match node.op.as_str() {
            "prim::Constant" => {
                if let Some(Const::Tensor(t)) = self.graph.const_of(node.outputs[0], self.program) {
                    self.learn(node.outputs[0], crate::graph::consts::tensor_facts(&t));
                }
            }
            "prim::unchecked_cast" | "aten::_unwrap_optional" => self.learn(node.outputs[0], first),
            "prim::ListUnpack" | "prim::TupleUnpack" => {
                if let Some(Known::Tensors(items)) = self.elements(node.inputs[0]).filter(|_| !node.outputs.is_empty()) {
                    for (o, f) in node.outputs.iter().zip(items) {
                        self.learn(*o, f);
                    }
                }
            }
            "aten::size" if node.inputs.len() == 2 => {
                if let (Some(dims), Some(i)) = (&first.dims, self.graph.const_int(node.inputs[1])) {
                    let i = if i < 0 { i + dims.len() as i64 } else { i };
                    if let Some(d) = usize::try_from(i).ok().and_then(|i| dims.get(i)) {
                        self.sizes.insert(node.outputs[0], *d);
                    }
                }
            }
            _ => self.operator(n),
        }
    }

    fn operator(&mut self, n: Node) {
        let node = self.graph.node(n);
        let Some(op) = operator_of(self.graph, n, self.program) else { return };
        let outputs = node.outputs.clone();
        let in_place = matches!(op.schema.written()[..], [0]) && op.schema.returns.first().is_some_and(|r| r.alias.is_written);
        if in_place && !RESHAPING.contains(&node.op.as_str()) {
            let facts = self.facts(node.inputs[0]);
            return self.learn(outputs[0], facts);
        }
        let args: Vec<Known> = node.inputs.iter().map(|v| self.known(*v)).collect();
        for (o, f) in outputs.into_iter().zip(op.infer(&args)) {
            self.learn(o, f);
        }
    }

    fn known(&self, v: Value) -> Known {
        match self.graph.const_of(v, self.program) {
            Some(Const::None) => return Known::None,
            Some(Const::Bool(b)) => return Known::Bool(Some(b)),
            Some(Const::Int(i)) => return Known::Int(Some(i)),
            Some(Const::Float(d)) => return Known::Float(Some(d)),
            Some(Const::Str(s)) => return Known::Str(Some(s.to_string())),
            Some(Const::List(items, Type::Int)) => {
                return Known::Ints(
                    items.iter().map(|c| if let Const::Int(i) = c { Dim::Const(*i) } else { Dim::Unknown }).collect(),
                );
            }
            _ => {}
        }
        match self.graph.ty(v) {
            Type::Tensor => Known::Tensor(self.facts(v)),
            Type::Optional(t) if **t == Type::Tensor && self.graph.facts.contains_key(&v) => Known::Tensor(self.facts(v)),
            Type::List(_) => self.elements(v).unwrap_or_default(),
            ty => Known::of_type(ty),
        }
    }

    /// A list or tuple whose elements are in sight.
    fn elements(&self, v: Value) -> Option<Known> {
        let n = self.graph.def_node(v)?;
        let node = self.graph.node(n);
        if self.db.is_itself_written(v) {
            return None;
        }
        match (node.op.as_str(), self.graph.ty(v)) {
            ("prim::ListConstruct", Type::List(t)) if **t == Type::Int => {
                let dim = |v: &Value| match self.graph.const_int(*v) {
                    Some(i) => Dim::Const(i),
                    None => self.sizes.get(v).copied().unwrap_or(Dim::Unknown),
                };
                Some(Known::Ints(node.inputs.iter().map(dim).collect()))
            }
            ("prim::ListConstruct", Type::List(t)) if **t == Type::Tensor => {
                Some(Known::Tensors(node.inputs.iter().map(|v| self.facts(*v)).collect()))
            }
            ("prim::TupleConstruct", _) => Some(Known::Tensors(node.inputs.iter().map(|v| self.facts(*v)).collect())),
            ("aten::size", _) if node.inputs.len() == 1 => self.facts(node.inputs[0]).dims.map(Known::Ints),
            _ => None,
        }
    }
}

/// What holds of both.
fn join(mut a: TensorFacts, b: &TensorFacts) -> TensorFacts {
    if a.dtype != b.dtype {
        a.dtype = None;
    }
    a.contiguous &= b.contiguous;
    a.dims = match (a.dims, &b.dims) {
        (Some(x), Some(y)) if x.len() == y.len() => {
            Some(x.into_iter().zip(y).map(|(p, q)| if p == *q { p } else { Dim::Unknown }).collect())
        }
        _ => None,
    };
    a
}
