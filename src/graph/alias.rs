//! Which values may share storage, and which nodes write to which storage.
//!
//! Values are put into classes: two values of one class may be one object, or views of one storage. A class also has a class of
//! what its members hold (elements of lists, dicts, tuples). Classes only ever merge, so the answer errs towards sharing.
//!
//! What comes from outside - parameters, lists in attributes, results of calls - may be anything of its type: it belongs to the
//! type's *outside* class. Tensors in attributes have a class per attribute, shared by attributes that hold one storage: callers
//! do not hand in an object's own tensors. A write to any of these classes can be seen by others and is a side effect.

use super::ir::{Attr, Block, Graph, Node, Value};
use super::program::{Const, Program};
use super::schema::operator_of;
use crate::types::Type;
use std::collections::{HashMap, HashSet};

/// Objects of the type can change, or hold some that can.
pub fn is_mutable(ty: &Type) -> bool {
    match ty {
        Type::Tensor | Type::List(_) | Type::Dict(..) | Type::Class(_) | Type::Any | Type::AnyList | Type::AnyClass => true,
        Type::Generator | Type::Storage | Type::Var(_) | Type::AnyTuple => true,
        Type::Optional(t) | Type::Future(t) | Type::Await(t) | Type::RRef(t) => is_mutable(t),
        Type::Tuple(t) => t.elems.iter().any(is_mutable),
        Type::Union(m) => m.iter().any(is_mutable),
        _ => false,
    }
}

/// Operators that may return an argument, or a view of one, although their schemas do not say so.
const SHARING: [&str; 13] = [
    "broadcast_tensors",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "meshgrid",
    "type_as",
    "einsum",
    "cartesian_prod",
    "chain_matmul",
    "pixel_shuffle",
    "pixel_unshuffle",
    "channel_shuffle",
    "to_dense",
];
/// The same, where they are not training.
const DROPOUTS: [&str; 4] = ["dropout", "feature_dropout", "alpha_dropout", "feature_alpha_dropout"];

type Class = usize;

/// The analysis of one graph; stale after edits that add values, still sound after edits that remove nodes.
pub struct AliasDb {
    parents: Vec<Class>,
    held: Vec<Option<Class>>,
    outside: HashMap<Type, Class>,
    /// By class and attribute name.
    attributes: HashMap<(u32, String), Class>,
    /// A node does what nobody knows.
    has_unknown: bool,
    values: HashMap<Value, Class>,
    writes: HashMap<Node, Vec<Class>>,
    /// Every class that something writes to.
    written: HashSet<Class>,
    /// What the graph returns, and what that holds.
    returned: HashSet<Class>,
}

impl AliasDb {
    pub fn of(graph: &Graph, program: &Program) -> AliasDb {
        AliasDb::build(graph, program, false)
    }

    /// As [`AliasDb::of`], but as if no two parameters shared anything: tells them apart when asking which are written.
    pub fn with_distinct_params(graph: &Graph, program: &Program) -> AliasDb {
        AliasDb::build(graph, program, true)
    }

    fn build(graph: &Graph, program: &Program, distinct: bool) -> AliasDb {
        let mut db = AliasDb {
            parents: vec![],
            held: vec![],
            outside: HashMap::new(),
            attributes: HashMap::new(),
            has_unknown: false,
            values: HashMap::new(),
            writes: HashMap::new(),
            written: HashSet::new(),
            returned: HashSet::new(),
        };
        for &p in &graph.block(graph.top()).params {
            if !distinct {
                db.make_outside(graph, p);
            }
        }
        db.block(graph, program, graph.top());
        // Anything of an unspecific type may be an object of any other.
        let unspecific: Vec<Class> = db.outside.iter().filter(|(t, _)| !is_specific(t)).map(|(_, c)| *c).collect();
        if let Some(&first) = unspecific.first() {
            for c in db.outside.values().copied().collect::<Vec<_>>() {
                db.merge(first, c);
            }
        }
        db.tie_attributes(program);
        let classes: Vec<Class> = db.writes.values().flatten().copied().collect();
        db.written = classes.into_iter().map(|c| db.find(c)).collect();
        for r in &graph.block(graph.top()).returns {
            let mut next = db.values.get(r).map(|c| db.find(*c));
            while let Some(c) = next.filter(|c| db.returned.insert(*c)) {
                next = db.held[c].map(|h| db.find(h));
            }
        }
        db
    }

    /// One may be a view of the other, or the same object.
    pub fn may_alias(&self, a: Value, b: Value) -> bool {
        match (self.values.get(&a), self.values.get(&b)) {
            (Some(&a), Some(&b)) => self.find(a) == self.find(b),
            _ => false,
        }
    }

    /// The node writes to something.
    pub fn has_writes(&self, n: Node) -> bool {
        self.writes.get(&n).is_some_and(|w| !w.is_empty())
    }

    /// The node writes to something that others may see.
    pub fn writes_outside(&self, n: Node) -> bool {
        let seen: HashSet<Class> = self.outside.values().chain(self.attributes.values()).map(|c| self.find(*c)).collect();
        self.writes.get(&n).is_some_and(|w| w.iter().any(|c| seen.contains(&self.find(*c))))
    }

    /// The node writes to what one of the values, or anything it holds, may share.
    pub fn writes_to(&self, n: Node, values: &HashSet<Value>) -> bool {
        let Some(writes) = self.writes.get(&n).filter(|w| !w.is_empty()) else { return false };
        let writes: HashSet<Class> = writes.iter().map(|c| self.find(*c)).collect();
        values.iter().any(|v| self.reaches(*v, &writes))
    }

    /// Something in the graph writes to what the value, or anything it holds, may share.
    pub fn is_written(&self, v: Value) -> bool {
        self.reaches(v, &self.written)
    }

    /// The value, or something that it holds at whatever depth, is of one of the classes.
    fn reaches(&self, v: Value, classes: &HashSet<Class>) -> bool {
        let mut next = self.values.get(&v).map(|c| self.find(*c));
        let mut seen = HashSet::new();
        while let Some(c) = next.filter(|c| seen.insert(*c)) {
            if classes.contains(&c) {
                return true;
            }
            next = self.held[c].map(|h| self.find(h));
        }
        false
    }

    /// Something in the graph writes to the value itself (a list's length and places, not what it holds).
    pub fn is_itself_written(&self, v: Value) -> bool {
        self.values.get(&v).is_some_and(|c| self.written.contains(&self.find(*c)))
    }

    /// The node reads or makes something that is written to somewhere.
    pub fn touches_written(&self, graph: &Graph, n: Node) -> bool {
        let node = graph.node(n);
        node.inputs.iter().chain(&node.outputs).any(|v| self.is_written(*v))
    }

    /// The value may be something from outside, or be reachable from there.
    pub fn is_outside(&self, v: Value) -> bool {
        let Some(c) = self.values.get(&v).map(|c| self.find(*c)) else { return false };
        self.outside.values().chain(self.attributes.values()).any(|o| self.find(*o) == c)
    }

    /// Somebody outside gets hold of the value.
    pub fn escapes(&self, v: Value) -> bool {
        self.is_outside(v) || self.values.get(&v).is_some_and(|c| self.returned.contains(&self.find(*c)))
    }

    fn find(&self, mut c: Class) -> Class {
        while self.parents[c] != c {
            c = self.parents[c];
        }
        c
    }

    fn new_class(&mut self) -> Class {
        self.parents.push(self.parents.len());
        self.held.push(None);
        self.parents.len() - 1
    }

    fn merge(&mut self, a: Class, b: Class) {
        let mut todo = vec![(a, b)];
        while let Some((a, b)) = todo.pop() {
            let (a, b) = (self.find(a), self.find(b));
            if a == b {
                continue;
            }
            self.parents[b] = a;
            match (self.held[a], self.held[b]) {
                (Some(x), Some(y)) => todo.push((x, y)),
                (None, h) => self.held[a] = h,
                _ => {}
            }
        }
    }

    /// The class of a value, `None` when its type is immutable.
    fn class(&mut self, graph: &Graph, v: Value) -> Option<Class> {
        if !is_mutable(graph.ty(v)) {
            return None;
        }
        if let Some(&c) = self.values.get(&v) {
            return Some(self.find(c));
        }
        let c = self.new_class();
        self.values.insert(v, c);
        Some(c)
    }

    /// The class of what members of a class hold.
    fn held_by(&mut self, c: Class) -> Class {
        let c = self.find(c);
        match self.held[c] {
            Some(h) => self.find(h),
            None => {
                let h = self.new_class();
                self.held[c] = Some(h);
                h
            }
        }
    }

    /// The class of everything of a type that comes from elsewhere.
    fn outside_of(&mut self, ty: &Type) -> Class {
        if let Type::Optional(t) = ty {
            return self.outside_of(t);
        }
        if let Some(&c) = self.outside.get(ty) {
            return self.find(c);
        }
        let c = self.new_class();
        self.outside.insert(ty.clone(), c);
        for t in ty.contained() {
            if is_mutable(t) {
                let (h, inner) = (self.held_by(c), self.outside_of(t));
                self.merge(h, inner);
            }
        }
        c
    }

    fn make_outside(&mut self, graph: &Graph, v: Value) {
        if let Some(c) = self.class(graph, v) {
            let o = self.outside_of(graph.ty(v));
            self.merge(o, c);
        }
    }

    fn same(&mut self, graph: &Graph, a: Value, b: Value) {
        if let (Some(a), Some(b)) = (self.class(graph, a), self.class(graph, b)) {
            self.merge(a, b);
        }
    }

    /// `container` may hold `v`.
    fn holds(&mut self, graph: &Graph, container: Value, v: Value) {
        if let (Some(c), Some(v)) = (self.class(graph, container), self.class(graph, v)) {
            let h = self.held_by(c);
            self.merge(h, v);
        }
    }

    fn write(&mut self, graph: &Graph, n: Node, v: Value) {
        if let Some(c) = self.class(graph, v) {
            self.writes.entry(n).or_default().push(c);
        }
    }

    fn block(&mut self, graph: &Graph, program: &Program, b: Block) {
        for &n in &graph.block(b).nodes {
            self.node(graph, program, n);
        }
    }

    fn node(&mut self, graph: &Graph, program: &Program, n: Node) {
        let node = graph.node(n);
        let (inputs, outputs) = (&node.inputs, &node.outputs);
        match node.op.as_str() {
            "prim::Constant"
            | "prim::Uninitialized"
            | "prim::CreateObject"
            | "prim::Print"
            | "prim::RaiseException"
            | "prim::isinstance"
            | "prim::tolist"
            | "prim::EnumName" => {
                for &o in outputs {
                    self.class(graph, o);
                }
            }
            "prim::If" | "prim::Loop" => self.control(graph, program, n),
            "prim::TupleConstruct" | "prim::ListConstruct" | "prim::DictConstruct" => {
                for &i in inputs {
                    self.holds(graph, outputs[0], i);
                }
            }
            "prim::TupleUnpack" | "prim::ListUnpack" | "prim::TupleIndex" => {
                for &o in outputs {
                    self.holds(graph, inputs[0], o);
                }
            }
            "prim::TupleSlice" | "prim::unchecked_cast" | "aten::_unwrap_optional" | "prim::unchecked_unwrap_optional" => {
                self.same(graph, inputs[0], outputs[0]);
            }
            "prim::GetAttr" => self.attribute(graph, n, outputs[0]),
            "prim::SetAttr" => {
                self.write(graph, n, inputs[0]);
                self.attribute(graph, n, inputs[1]);
            }
            _ => match operator_of(graph, n, program) {
                Some(op) => self.operator(graph, n, &op.schema),
                None => self.anything(graph, n),
            },
        }
    }

    /// `v` is read from or put into an attribute.
    fn attribute(&mut self, graph: &Graph, n: Node, v: Value) {
        let node = graph.node(n);
        let (Type::Class(class), Some(name)) = (graph.ty(node.inputs[0]), graph.attr_str(n, "name")) else {
            return self.make_outside(graph, v);
        };
        let is_tensor = match graph.ty(v) {
            Type::Optional(t) => **t == Type::Tensor,
            t => *t == Type::Tensor,
        };
        if !is_tensor || class.is_interface {
            return self.make_outside(graph, v);
        }
        let key = (class.id, name.to_owned());
        let of_attribute = match self.attributes.get(&key) {
            Some(c) => *c,
            None => {
                let c = self.new_class();
                self.attributes.insert(key, c);
                c
            }
        };
        if let Some(c) = self.class(graph, v) {
            self.merge(of_attribute, c);
        }
    }

    /// Merges attributes that hold one storage, and all of them with everything when something unknown runs.
    fn tie_attributes(&mut self, program: &Program) {
        let keys: Vec<((u32, String), Class)> = self.attributes.iter().map(|(k, c)| (k.clone(), *c)).collect();
        if self.has_unknown {
            let tensors = self.outside_of(&Type::Tensor);
            keys.iter().for_each(|(_, c)| self.merge(tensors, *c));
        }
        let mut owners: HashMap<*const u8, Class> = HashMap::new();
        let contained = contained(program);
        if !contained.is_empty() {
            let tensors = self.outside_of(&Type::Tensor);
            owners.extend(contained.into_iter().map(|s| (s, tensors)));
        }
        for ((class, name), c) in keys {
            let Some(slot) = program.classes.get(class as usize).and_then(|k| k.slot(&name)) else { continue };
            for object in program.objects.iter().filter(|o| o.class.0 == class) {
                if let Some(Const::Tensor(t)) = object.slots.get(slot)
                    && let other = *owners.entry(t.storage().as_ptr() as *const u8).or_insert(c)
                {
                    self.merge(other, c);
                }
            }
        }
    }

    fn control(&mut self, graph: &Graph, program: &Program, n: Node) {
        let node = graph.node(n);
        let is_loop = node.op == "prim::Loop";
        for &b in &node.blocks {
            let block = graph.block(b);
            if is_loop {
                for (i, &p) in block.params.iter().skip(1).enumerate() {
                    self.same(graph, p, node.inputs[i + 2]);
                    self.same(graph, p, node.outputs[i]);
                }
            }
            self.block(graph, program, b);
            for (&r, &o) in block.returns.iter().skip(is_loop as usize).zip(&node.outputs) {
                self.same(graph, r, o);
            }
            let inner: Vec<Class> = block.nodes.iter().filter_map(|m| self.writes.get(m)).flatten().copied().collect();
            self.writes.entry(n).or_default().extend(inner);
        }
    }

    fn operator(&mut self, graph: &Graph, n: Node, schema: &crate::ops::Schema) {
        let node = graph.node(n);
        // In training these update their running statistics, which their schemas do not say.
        if matches!(node.op.as_str(), "aten::batch_norm" | "aten::instance_norm" | "aten::native_batch_norm") {
            let training = schema.param("training").or_else(|| schema.param("use_input_stats"));
            if training.is_some_and(|i| graph.const_bool(node.inputs[i]) != Some(false)) {
                self.write(graph, n, node.inputs[3]);
                self.write(graph, n, node.inputs[4]);
            }
        }
        let container = node.inputs.first().copied().filter(|v| matches!(graph.ty(*v), Type::List(_) | Type::Dict(..)));
        let any = |sets: &[std::rc::Rc<str>]| sets.iter().any(|s| &**s == "*");
        for (p, &v) in schema.params.iter().zip(&node.inputs) {
            if p.alias.is_written {
                self.write(graph, n, v);
            }
            // Lists of views (`split`) hold what they are views of, see below.
            let is_listed = !any(&p.alias.before)
                && schema.returns.iter().zip(&node.outputs).any(|(r, o)| {
                    matches!(graph.ty(*o), Type::List(_))
                        && r.alias.before.iter().chain(&r.alias.after).any(|s| p.alias.before.contains(s))
                });
            if any(&p.alias.before) || any(&p.alias.after) && !is_listed {
                match container {
                    Some(c) if c != v => self.holds(graph, c, v),
                    _ => self.make_outside(graph, v),
                }
            }
        }
        let name = node.op.strip_prefix("aten::").unwrap_or_default();
        let trains = || schema.param("train").is_none_or(|i| graph.const_bool(node.inputs[i]) == Some(true));
        let is_sharing = SHARING.contains(&name) || (DROPOUTS.contains(&name) && !trains());
        for (r, &o) in schema.returns.iter().zip(&node.outputs) {
            self.class(graph, o);
            if any(&r.alias.before) || any(&r.alias.after) {
                match container {
                    Some(c) => self.holds(graph, c, o),
                    None => self.make_outside(graph, o),
                }
            }
            for (p, &v) in schema.params.iter().zip(&node.inputs) {
                let shared = r.alias.before.iter().chain(&r.alias.after).any(|s| &**s != "*" && p.alias.before.contains(s));
                if shared || (is_sharing && is_mutable(graph.ty(v))) {
                    // A list of views (`chunk`) shares through what it holds.
                    match (graph.ty(v), graph.ty(o)) {
                        (Type::Tensor, Type::List(_)) => self.holds(graph, o, v),
                        (Type::List(_), Type::Tensor) => self.holds(graph, v, o),
                        _ => self.same(graph, v, o),
                    }
                }
            }
        }
        if schema.is_varret {
            node.outputs.iter().for_each(|o| self.make_outside(graph, *o));
        }
    }

    /// A node of which nothing is known: calls, forks.
    fn anything(&mut self, graph: &Graph, n: Node) {
        let node = graph.node(n);
        let pure = node.attrs.iter().any(|(_, a)| matches!(a, Attr::Graph(g) if g.walk().is_empty()));
        for &v in node.inputs.iter().chain(&node.outputs) {
            self.make_outside(graph, v);
        }
        if !pure {
            self.has_unknown = true;
            for &v in &node.inputs {
                self.write(graph, n, v);
                // Also whatever it holds.
                let mut c = self.values.get(&v).copied().and_then(|c| self.held[self.find(c)]);
                let mut seen = HashSet::new();
                while let Some(held) = c.filter(|h| seen.insert(*h)) {
                    self.writes.entry(n).or_default().push(held);
                    c = self.held[self.find(held)];
                }
            }
            let tensors = self.outside_of(&Type::Tensor);
            self.writes.entry(n).or_default().push(tensors);
        }
    }
}

/// Storages of the tensors that lists, tuples and dicts in attributes hold.
fn contained(program: &Program) -> HashSet<*const u8> {
    let mut found = HashSet::new();
    let containers = program.objects.iter().flat_map(|o| &o.slots).filter(|c| !matches!(c, Const::Tensor(_)));
    containers.for_each(|c| {
        c.tensors(&mut |t| {
            found.insert(t.storage().as_ptr() as *const u8);
        });
    });
    found
}

fn is_specific(t: &Type) -> bool {
    !matches!(t, Type::Any | Type::Union(_) | Type::Var(_) | Type::AnyList | Type::AnyTuple | Type::AnyClass)
}
