//! Which tensors of live objects a program may write to: an instance gets copies of those and shares all others.
//!
//! Written operands are followed backwards through aliases, calls, attributes and containers; what cannot be followed counts as written.

use super::call::{schema_name, targets};
use crate::graph::program::LiveTensor;
use crate::graph::{Const, Def, FunctionId, Graph, Node, Program, Value};
use crate::ops;
use crate::types::Type;
use std::collections::HashSet;

/// Storages (by address) that programs write to.
#[derive(Default)]
pub struct Mutated {
    storages: HashSet<usize>,
}

impl Mutated {
    pub fn holds(&self, t: &LiveTensor) -> bool {
        self.storages.contains(&(t.storage().as_ptr() as usize))
    }

    pub fn of(program: &Program) -> Mutated {
        let mut s = Search::new(program);
        loop {
            let before = s.size();
            for i in 0..program.functions.len() {
                s.function(FunctionId(i as u32));
            }
            if s.size() == before {
                break;
            }
        }
        let mut out = Mutated::default();
        for object in &program.objects {
            let class = program.class(object.class);
            for (slot, attribute) in object.slots.iter().zip(&class.attributes) {
                if s.attributes.contains(&(object.class.0, attribute.name.clone())) {
                    out.add(slot);
                }
            }
        }
        out
    }

    fn add(&mut self, c: &Const) {
        match c {
            Const::Tensor(t) => {
                self.storages.insert(t.storage().as_ptr() as usize);
            }
            Const::List(items, _) | Const::Tuple(items, _) => items.iter().for_each(|c| self.add(c)),
            Const::Dict(pairs, ..) => pairs.iter().for_each(|p| self.add(&p.1)),
            _ => {}
        }
    }
}

/// Operators that write to arguments although their schemas do not say so: running statistics.
const STATISTICS: [(&str, [usize; 2]); 4] = [
    ("aten::batch_norm", [3, 4]),
    ("aten::native_batch_norm", [3, 4]),
    ("aten::instance_norm", [3, 4]),
    ("aten::cudnn_batch_norm", [3, 4]),
];

/// Operators that put a value into a container or object.
const KEEPS: [&str; 7] =
    ["aten::append", "aten::insert", "aten::extend", "aten::_set_item", "aten::update", "aten::setdefault", "aten::add_"];

struct Search<'p> {
    program: &'p Program,
    /// Written attributes: class and name.
    attributes: HashSet<(u32, String)>,
    params: HashSet<(FunctionId, usize)>,
    /// Functions whose results are written to.
    results: HashSet<FunctionId>,
    /// Elements of containers are written to somewhere.
    containers: bool,
    seen: HashSet<(FunctionId, Value)>,
}

impl<'p> Search<'p> {
    fn new(program: &'p Program) -> Search<'p> {
        Search {
            program,
            attributes: HashSet::new(),
            params: HashSet::new(),
            results: HashSet::new(),
            containers: false,
            seen: HashSet::new(),
        }
    }

    fn size(&self) -> (usize, usize, usize, bool, usize) {
        (self.attributes.len(), self.params.len(), self.results.len(), self.containers, self.seen.len())
    }

    fn function(&mut self, id: FunctionId) {
        let program = self.program;
        let g = &program.function(id).graph;
        if self.results.contains(&id) {
            for &v in &g.block(g.top()).returns {
                self.trace(id, g, v);
            }
        }
        for n in g.walk() {
            let data = g.node(n);
            match data.op.as_str() {
                "prim::CallFunction" | "prim::CallMethod" => {
                    let skip = (data.op == "prim::CallFunction") as usize;
                    for (_, callee) in targets(program, g, n) {
                        for (i, &v) in data.inputs[skip..].iter().enumerate() {
                            if self.params.contains(&(callee, i)) {
                                self.trace(id, g, v);
                            }
                        }
                    }
                }
                "prim::SetAttr" => {
                    if let Type::Class(c) = g.ty(data.inputs[0]) {
                        let name = g.attr_str(n, "name").unwrap_or("").to_owned();
                        if self.attributes.contains(&(c.id, name)) {
                            self.trace(id, g, data.inputs[1]);
                        }
                    }
                }
                op => {
                    for i in written(g, n) {
                        if let Some(&v) = data.inputs.get(i)
                            && may_hold_tensor(g.ty(v))
                        {
                            self.trace(id, g, v);
                        }
                    }
                    if self.containers && KEEPS.contains(&op) {
                        data.inputs.iter().filter(|v| may_hold_tensor(g.ty(**v))).for_each(|v| self.trace(id, g, *v));
                    }
                }
            }
        }
    }

    /// Marks where a written value may come from.
    fn trace(&mut self, id: FunctionId, g: &Graph, v: Value) {
        if !may_hold_tensor(g.ty(v)) || !self.seen.insert((id, v)) {
            return;
        }
        let n = match g.value(v).def {
            Def::Param(b, i) => {
                match g.block(b).owner {
                    None => {
                        self.params.insert((id, i as usize));
                    }
                    // A loop's carried value.
                    Some(owner) if i > 0 => {
                        self.trace(id, g, g.node(owner).inputs[i as usize + 1]);
                        self.trace(id, g, g.block(b).returns[i as usize]);
                    }
                    Some(_) => {}
                }
                return;
            }
            Def::Result(n, k) => {
                let data = g.node(n);
                match data.op.as_str() {
                    "prim::If" => {
                        data.blocks.iter().for_each(|b| self.trace(id, g, g.block(*b).returns[k as usize]));
                        return;
                    }
                    "prim::Loop" => {
                        self.trace(id, g, data.inputs[k as usize + 2]);
                        data.blocks.iter().for_each(|b| self.trace(id, g, g.block(*b).returns[k as usize + 1]));
                        return;
                    }
                    _ => n,
                }
            }
        };
        let data = g.node(n);
        match data.op.as_str() {
            "prim::GetAttr" => {
                if let Type::Class(c) = g.ty(data.inputs[0]) {
                    let name = g.attr_str(n, "name").unwrap_or("").to_owned();
                    self.attributes.insert((c.id, name));
                }
            }
            "prim::CallFunction" | "prim::CallMethod" => {
                let program = self.program;
                self.results.extend(targets(program, g, n).into_iter().map(|t| t.1));
            }
            "prim::Constant" | "prim::CreateObject" | "prim::Uninitialized" => {}
            op if op.starts_with("aten::") => {
                let Def::Result(_, k) = g.value(v).def else { return };
                match ops::by_full_name(&schema_name(g, n)) {
                    Some(o) => {
                        let ret = o.schema.returns.get(k as usize);
                        // `t(*)`: an element of a container.
                        if ret.is_some_and(|r| r.alias.before.iter().any(|s| &**s == "*"))
                            || matches!(op, "aten::__getitem__" | "aten::get")
                        {
                            self.containers = true;
                            data.inputs.iter().for_each(|v| self.trace(id, g, *v));
                        }
                        for i in o.schema.viewed(k as usize) {
                            data.inputs.get(i).into_iter().for_each(|v| self.trace(id, g, *v));
                        }
                    }
                    None => data.inputs.iter().for_each(|v| self.trace(id, g, *v)),
                }
            }
            // Casts, tuples, lists and whatever else passes values on.
            op => {
                self.containers |= op == "prim::ListUnpack";
                data.inputs.iter().for_each(|v| self.trace(id, g, *v));
            }
        }
    }
}

/// The inputs that a node writes to.
fn written(g: &Graph, n: Node) -> Vec<usize> {
    let data = g.node(n);
    if let Some((_, which)) = STATISTICS.iter().find(|s| s.0 == data.op) {
        return which.to_vec();
    }
    match ops::by_full_name(&schema_name(g, n)) {
        Some(o) => o.schema.written(),
        None => ops::operators(&data.op).iter().flat_map(|o| o.schema.written()).collect(),
    }
}

fn may_hold_tensor(t: &Type) -> bool {
    match t {
        Type::Tensor | Type::Any | Type::AnyList | Type::AnyTuple | Type::Var(_) => true,
        // An object's attributes are followed by themselves.
        Type::Class(_) => false,
        other => other.contained().into_iter().any(may_hold_tensor),
    }
}
