//! Attributes of a live module that nothing changes become constants, under the names they have in the module.
//!
//! ```text
//! %layer : __torch__.Linear = prim::GetAttr[name="layer"](%self)
//! %w : Tensor = prim::GetAttr[name="weight"](%layer)        %self.layer.weight : Float(2, 2) = prim::Constant[value=<Tensor>]()
//! ```
//! Works on graphs with all calls inlined. What is set anywhere in the program stays; tensors stay also when some method writes to
//! them in place.

use crate::graph::alias::is_mutable;
use crate::graph::{AliasDb, Const, FunctionId, Graph, Node, ObjectId, Program, Value};
use crate::types::Type;
use std::collections::{HashMap, HashSet};

/// What may change while the program runs.
#[derive(Default)]
pub struct Changing {
    /// Attributes that are set: class and name.
    set: HashSet<(u32, String)>,
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
                        if let Some(Const::Tensor(t)) = attribute(graph, program, &objects, n).map(|a| a.1) {
                            changing.storages.insert(t.storage().as_ptr() as *const u8);
                        }
                    }
                    _ => {}
                }
            }
        }
        changing
    }
}

fn sets(graph: &Graph, found: &mut HashSet<(u32, String)>) {
    for n in graph.walk() {
        let node = graph.node(n);
        if let ("prim::SetAttr", Some(name)) = (node.op.as_str(), graph.attr_str(n, "name"))
            && let Type::Class(c) = graph.ty(node.inputs[0])
        {
            found.insert((c.id, name.to_owned()));
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

/// Replaces what cannot change. Tensors only when `tensors`: then `changing` must have seen the methods as they are now.
pub fn run(graph: &mut Graph, program: &mut Program, this: ObjectId, changing: &Changing, tensors: bool) -> bool {
    let objects = objects(graph, program, this);
    let mut changed = false;
    for n in graph.walk() {
        let Some((path, value)) = attribute(graph, program, &objects, n) else { continue };
        let node = graph.node(n);
        let Type::Class(class) = graph.ty(node.inputs[0]) else { continue };
        if changing.set.contains(&(class.id, graph.attr_str(n, "name").unwrap_or("").to_owned())) {
            continue;
        }
        let out = node.outputs[0];
        let frozen = match &value {
            Const::Object(_) | Const::Generator(_) => false,
            Const::Tensor(t) => tensors && !changing.unknown && !changing.storages.contains(&(t.storage().as_ptr() as *const u8)),
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
