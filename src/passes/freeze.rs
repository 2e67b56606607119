//! Attributes of a live module that nothing changes become constants, under the names they have in the module.
//!
//! ```text
//! %layer : __torch__.Linear = prim::GetAttr[name="layer"](%self)
//! %w : Tensor = prim::GetAttr[name="weight"](%layer)        %self.layer.weight : Float(2, 2) = prim::Constant[value=<Tensor>]()
//! ```
//! Works on graphs with all calls inlined. What is set anywhere in the program stays; tensors stay also when some method writes to
//! them in place.

use crate::graph::alias::is_mutable;
use crate::graph::{AliasDb, Const, FunctionId, Graph, Node, ObjectId, Program, Use, Uses, Value};
use crate::types::Type;
use std::collections::{HashMap, HashSet};

/// What may change while the program runs.
#[derive(Default)]
pub struct Changing {
    /// Attributes that are set: class and name.
    set: HashSet<(u32, String)>,
    /// Attributes that hold what is written to: lists that grow, tensors that are filled.
    written: HashSet<(u32, String)>,
    /// Storages that are written to.
    storages: HashSet<*const u8>,
    /// Something unknown runs, which may write to any tensor.
    unknown: bool,
}

impl Changing {
    /// Looks at every function for attributes that are set, and at `methods`, whose calls are inlined, for tensors that are written.
    pub fn of(program: &Program, methods: &[(FunctionId, ObjectId)]) -> Changing {
        let mut changing = Changing::default();
        for f in &program.functions {
            sets(&f.graph, &mut changing.set);
        }
        let mut written: HashSet<(u32, String)> = HashSet::new();
        for &(f, this) in methods {
            let graph = &program.function(f).graph;
            let db = AliasDb::of(graph, program);
            let objects = objects(graph, program, this);
            for n in graph.walk() {
                let node = graph.node(n);
                match node.op.as_str() {
                    "prim::CallMethod" | "prim::CallFunction" | "prim::fork" => {
                        changing.unknown |= !super::inline::only_raises(graph, n, program)
                    }
                    "prim::GetAttr" if db.is_written(node.outputs[0]) => {
                        written.extend(key(graph, n));
                        match attribute(graph, program, &objects, n) {
                            Some((_, value)) => changing.add_tensors(&value),
                            None => present(graph, program, n).iter().for_each(|value| changing.add_tensors(value)),
                        }
                    }
                    _ => {}
                }
            }
        }
        // One method may put a tensor into an attribute that another writes to.
        for &(f, this) in methods {
            changing.add_stored(&program.function(f).graph, program, this, &written);
        }
        changing.written = written;
        changing
    }

    /// Notes the tensors in a value as written.
    fn add_tensors(&mut self, value: &Const) {
        value.tensors(&mut |t| {
            self.storages.insert(t.storage().as_ptr() as *const u8);
        });
    }

    /// Nothing writes to a tensor.
    fn leaves(&self, t: &tsrt::Tensor) -> bool {
        !self.unknown && !self.storages.contains(&(t.storage().as_ptr() as *const u8))
    }

    fn add_stored(&mut self, graph: &Graph, program: &Program, this: ObjectId, written: &HashSet<(u32, String)>) {
        let (db, objects) = (AliasDb::of(graph, program), objects(graph, program, this));
        let nodes = |op: &'static str| graph.walk().into_iter().filter(move |n| graph.node(*n).op == op);
        for set in nodes("prim::SetAttr").filter(|n| key(graph, *n).is_some_and(|k| written.contains(&k))) {
            for n in nodes("prim::GetAttr") {
                if db.may_alias(graph.node(set).inputs[1], graph.node(n).outputs[0])
                    && let Some((_, value)) = attribute(graph, program, &objects, n)
                {
                    self.add_tensors(&value);
                }
            }
        }
    }
}

/// The node is an operator that keeps none of its arguments and writes to none.
fn only_reads(graph: &Graph, db: &AliasDb, n: Node) -> bool {
    let op = &graph.node(n).op;
    (op.starts_with("aten::") || op == "prim::ListUnpack") && !db.has_writes(n)
}

/// Puts a new list of constants in the place of an attribute that is one.
fn list(graph: &mut Graph, program: &mut Program, n: Node, items: &[Const]) {
    let (out, span) = (graph.node(n).outputs[0], graph.node(n).span);
    let ty = graph.ty(out).clone();
    let values: Vec<Value> = items.iter().map(|t| graph.insert_constant(n, t, program)).collect();
    let made = graph.new_node("prim::ListConstruct", &values, &[ty], span);
    graph.insert_before(n, made);
    graph.replace_uses(out, graph.node(made).outputs[0]);
    graph.destroy(n);
}

/// Class and name of the attribute that a node reads or sets.
fn key(graph: &Graph, n: Node) -> Option<(u32, String)> {
    match graph.ty(*graph.node(n).inputs.first()?) {
        Type::Class(c) => Some((c.id, graph.attr_str(n, "name")?.to_owned())),
        _ => None,
    }
}

fn sets(graph: &Graph, found: &mut HashSet<(u32, String)>) {
    for n in graph.walk() {
        let node = graph.node(n);
        if node.op == "prim::SetAttr" {
            found.extend(key(graph, n));
        }
        for (_, a) in &node.attrs {
            if let crate::graph::Attr::Graph(g) = a {
                sets(g, found);
            }
        }
    }
}

/// The live objects that values are, from `self` on through submodules, each with its path.
fn objects(graph: &Graph, program: &Program, this: ObjectId) -> HashMap<Value, (ObjectId, String)> {
    let mut found = HashMap::new();
    if let Some(&v) = graph.block(graph.top()).params.first() {
        found.insert(v, (this, "self".to_owned()));
    }
    for n in graph.walk() {
        if let Some((path, Const::Object(o))) = attribute(graph, program, &found, n) {
            found.insert(graph.node(n).outputs[0], (o, path));
        }
    }
    found
}

/// Path and present value of the attribute that a node reads from a live object.
fn attribute(graph: &Graph, program: &Program, objects: &HashMap<Value, (ObjectId, String)>, n: Node) -> Option<(String, Const)> {
    let node = graph.node(n);
    if node.op != "prim::GetAttr" {
        return None;
    }
    let (object, path) = objects.get(node.inputs.first()?)?;
    let name = graph.attr_str(n, "name")?;
    let object = program.objects.get(object.0 as usize)?;
    let slot = program.classes.get(object.class.0 as usize)?.slot(name)?;
    Some((format!("{path}.{name}"), object.slots.get(slot)?.clone()))
}

/// What the attribute that a node reads is in all live objects of its class.
fn present<'p>(graph: &Graph, program: &'p Program, n: Node) -> Vec<&'p Const> {
    let Some((class, name)) = key(graph, n) else { return vec![] };
    let Some(slot) = program.classes.get(class as usize).and_then(|k| k.slot(&name)) else { return vec![] };
    program.objects.iter().filter(|o| o.class.0 == class).filter_map(|o| o.slots.get(slot)).collect()
}

/// Replaces what cannot change. Tensors only when `tensors`: then `changing` must have seen the methods as they are now.
pub fn run(graph: &mut Graph, program: &mut Program, this: ObjectId, changing: &Changing, tensors: bool) -> bool {
    let objects = objects(graph, program, this);
    let (db, uses) = (AliasDb::of(graph, program), Uses::of(graph));
    let mut changed = false;
    for n in graph.walk() {
        let Some((path, value)) = attribute(graph, program, &objects, n) else { continue };
        let node = graph.node(n);
        let Type::Class(class) = graph.ty(node.inputs[0]) else { continue };
        if let Const::List(items, Type::Tensor) = &value
            && tensors
            && key(graph, n).is_some_and(|k| !changing.set.contains(&k) && !changing.written.contains(&k))
            && items.iter().all(|t| matches!(t, Const::Tensor(t) if changing.leaves(t)))
            && uses.get(node.outputs[0]).iter().all(|u| matches!(u, Use::Input(m, _) if only_reads(graph, &db, *m)))
        {
            list(graph, program, n, items);
            changed = true;
            continue;
        }
        if changing.set.contains(&(class.id, graph.attr_str(n, "name").unwrap_or("").to_owned())) {
            continue;
        }
        let out = node.outputs[0];
        let frozen = match &value {
            Const::Object(_) | Const::Generator(_) => false,
            Const::Tensor(t) => tensors && changing.leaves(t),
            // Lists and dicts can grow; none of them is worth a constant.
            _ => !is_mutable(&crate::graph::consts::const_type(&value, program)),
        };
        if !frozen {
            continue;
        }
        let ty = graph.ty(out).clone();
        let v = graph.insert_constant(n, &value, program);
        if matches!(value, Const::None) {
            graph.value_mut(v).ty = Type::None;
        } else if !graph.ty(v).is_subtype_of(&ty, program) {
            graph.value_mut(v).ty = ty;
        }
        graph.replace_uses(out, v);
        graph.destroy(n);
        graph.set_name(v, &path);
        changed = true;
    }
    changed
}
