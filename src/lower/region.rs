//! Regions: which nodes of a block become one `tsaot::Run` node.
//!
//! Nodes are taken in one after the other as long as all of them can be compiled to kernels. Nodes in between that are independent, write
//! nothing and cannot fail stay in front of the region; any other node ends it. The node's one block holds the region's own nodes: they run
//! when the plan's guard does not hold.

use super::Note;
use super::assemble::{Product, assemble};
use super::assume::{Assumptions, Expected, Extent, OUT_OF_RANGE, RAISES, Stop};
use super::layout;
use super::tensors::Tensors;
use super::translate::{Translator, Val, kernel_type};
use crate::graph::{AliasDb, Attr, Block, Graph, Node, Program, Use, Uses, Value};
use crate::kernel::plan::{Output, Step};
use crate::kernel::verify::verify;
use crate::kernel::{Number, Plan};
use crate::passes::effects;
use crate::types::{Dim, TensorFacts, Type};
use std::collections::{HashMap, HashSet};

/// Attempts to assume more for the sake of one node.
const MAX_CHANGES: usize = 24;

pub struct Former<'a> {
    pub graph: &'a mut Graph,
    pub program: &'a Program,
    pub name: &'a str,
    pub expected: HashMap<Value, Expected>,
    /// What bools among the parameters are by default.
    pub defaults: HashMap<Value, bool>,
    pub db: AliasDb,
    pub plans: &'a mut Vec<Plan>,
    pub notes: &'a mut Vec<Note>,
}

/// The region that is being formed.
#[derive(Default)]
struct Region {
    nodes: Vec<Node>,
    assume: Assumptions,
    /// Values that the region makes.
    made: HashSet<Value>,
    /// The nodes translated so far, unless the last attempt has left something half done.
    state: Option<State>,
}

/// What a translator has made.
type State = (HashMap<Value, Val>, Tensors);

pub fn expected_of(f: &TensorFacts) -> Expected {
    let extent = |d: &Dim| match d {
        Dim::Const(n) => Extent::Const(*n),
        Dim::Sym(s) => Extent::Named(*s),
        Dim::Unknown => Extent::Any,
    };
    Expected { ty: f.dtype.and_then(kernel_type), dims: f.dims.as_ref().map(|d| d.iter().map(extent).collect()) }
}

impl Former<'_> {
    pub fn block(&mut self, b: Block) {
        let mut region = Region::default();
        for n in self.graph.block(b).nodes.clone() {
            let data = self.graph.node(n).clone();
            if !data.blocks.is_empty() {
                if self.take(&mut region, n) {
                    continue;
                }
                self.close(&mut region);
                self.expect_inside(n);
                data.blocks.iter().for_each(|b| self.block(*b));
                continue;
            }
            if matches!(data.op.as_str(), "prim::Constant" | "prim::Uninitialized") {
                continue;
            }
            if self.take(&mut region, n) {
                continue;
            }
            let depends = data.inputs.iter().any(|v| region.made.contains(v));
            let moves = depends
                || self.db.has_writes(n)
                || effects::has_side_effects(self.graph, n)
                || effects::is_random(self.graph, n, self.program)
                || effects::may_raise(self.graph, n);
            if moves && !region.nodes.is_empty() {
                self.close(&mut region);
                self.take(&mut region, n);
            }
        }
        self.close(&mut region);
    }

    /// What loops carry is expected to stay as it begins.
    fn expect_inside(&mut self, n: Node) {
        let data = self.graph.node(n);
        if data.op != "prim::Loop" {
            return;
        }
        let params = &self.graph.block(data.blocks[0]).params;
        for (v, p) in data.inputs[2..].iter().zip(&params[1..]) {
            if let Some(e) = self.expectation(*v) {
                self.expected.insert(*p, e);
            }
        }
    }

    fn expectation(&self, v: Value) -> Option<Expected> {
        self.expected.get(&v).cloned().or_else(|| self.graph.facts.get(&v).map(expected_of))
    }

    /// Takes a node into the region; false when it cannot be.
    fn take(&mut self, region: &mut Region, n: Node) -> bool {
        for v in &self.graph.node(n).inputs {
            if let Some(e) = self.expectation(*v) {
                self.expected.entry(*v).or_insert(e);
            }
        }
        // Numbers that nothing of the region decides stay outside.
        let about_numbers = !self.graph.node(n).inputs.iter().any(|v| self.is_tensor(*v) || region.made.contains(v));
        let branches = self.graph.node(n).op == "prim::If";
        let makes_tensor = self.graph.node(n).outputs.iter().any(|v| self.is_tensor(*v));
        let is_empty_list = self.graph.node(n).op == "prim::ListConstruct" && self.graph.node(n).inputs.is_empty();
        if about_numbers && !((is_empty_list || makes_tensor || branches) && !region.nodes.is_empty()) {
            return false;
        }
        // First where the others have got to, then from the beginning.
        if let Some((env, t)) = region.state.take() {
            let mut assume = region.assume.clone();
            let mut t = self.translator(&mut assume, env, t);
            if t.node(n).is_ok() {
                region.state = Some((t.env, t.t));
                region.assume = assume;
                region.nodes.push(n);
                region.made.extend(&self.graph.node(n).outputs);
                return true;
            }
        }
        let mut nodes = region.nodes.clone();
        nodes.push(n);
        let mut tried = self.translates(&nodes, region.assume.clone());
        if is_about_ranks(&tried)
            && let Some(better) = self.with_higher_ranks(&nodes, &region.assume)
        {
            tried = Ok(better);
        }
        let why = match tried {
            Ok((assume, state)) => {
                region.assume = assume;
                region.state = Some(state);
                region.nodes = nodes;
                region.made.extend(&self.graph.node(n).outputs);
                return true;
            }
            Err(why) => why,
        };
        let data = self.graph.node(n);
        if data.outputs.iter().any(|o| *self.graph.ty(*o) == Type::Tensor) {
            self.notes.push(Note {
                function: self.name.to_owned(),
                span: data.span,
                text: format!("{} stays outside: {why}", data.op),
            });
        }
        false
    }

    fn translator<'t>(&'t self, assume: &'t mut Assumptions, env: HashMap<Value, Val>, t: Tensors) -> Translator<'t> {
        Translator {
            graph: self.graph,
            program: self.program,
            db: &self.db,
            expected: &self.expected,
            defaults: &self.defaults,
            assume,
            env,
            t,
        }
    }

    /// The same with some guessed ranks one higher: one of them, or two or three.
    fn with_higher_ranks(&self, nodes: &[Node], assume: &Assumptions) -> Option<(Assumptions, State)> {
        let mut from = vec![assume.clone()];
        for _ in 0..3 {
            let mut next = vec![];
            for a in from.iter().flat_map(Assumptions::higher).take(MAX_CHANGES) {
                let tried = self.translates(nodes, a.clone());
                if is_about_ranks(&tried) {
                    next.push(a);
                } else if let Ok(found) = tried {
                    return Some(found);
                }
            }
            from = next;
        }
        None
    }

    /// What must be assumed for all nodes to be translated, and what they become; or why they cannot be.
    fn translates(&self, nodes: &[Node], mut assume: Assumptions) -> Result<(Assumptions, State), String> {
        for _ in 0..MAX_CHANGES {
            let mut t = self.translator(&mut assume, HashMap::new(), Tensors::default());
            let outcome = nodes.iter().try_for_each(|m| t.node(*m));
            let state = (t.env, t.t);
            match outcome {
                Ok(()) => return Ok((assume, state)),
                Err(Stop::Assume(change)) if !assume.apply(&change) => break,
                Err(Stop::Assume(_)) => {}
                Err(Stop::Unsupported(why)) => return Err(why),
            }
        }
        Err("what it needs contradicts what is assumed".into())
    }

    fn is_tensor(&self, v: Value) -> bool {
        match self.graph.ty(v) {
            Type::Tensor => true,
            Type::List(t) => **t == Type::Tensor,
            // Whether it is there decides branches.
            Type::Optional(t) => matches!(**t, Type::Tensor | Type::Bool | Type::Int | Type::Float),
            _ => false,
        }
    }

    /// Ends the region: it becomes a node, or stays as it is.
    fn close(&mut self, region: &mut Region) {
        let Region { mut nodes, mut assume, .. } = std::mem::take(region);
        while !nodes.is_empty() {
            let mut t = self.translator(&mut assume, HashMap::new(), Tensors::default());
            if nodes.iter().try_for_each(|m| t.node(*m)).is_err() {
                return;
            }
            let outputs = self.outputs(&nodes);
            // Results lie in order, but places that stand for several elements stay such where something writes to them.
            for v in &outputs {
                if let Some(Val::Tensor(view)) = t.env.get(v).cloned()
                    && t.t.sources[view.source].origin.is_made()
                    && !view.is_whole(&t.t.sources[view.source])
                    && !(view.overlaps() && self.db.is_written(*v))
                    && !outputs.iter().any(|w| w != v && matches!(t.env.get(w), Some(Val::Tensor(o)) if o.source == view.source))
                {
                    let copy = t.copy(&view);
                    t.env.insert(*v, Val::Tensor(copy));
                }
            }
            let (env, mut tensors) = (t.env, t.t);
            // A result that shares memory is made by the node itself, outside.
            let fault = outputs.iter().position(|v| match env.get(v) {
                Some(Val::Tensor(view)) => match tensors.sources[view.source].origin.is_made() {
                    true => {
                        !view.is_whole(&tensors.sources[view.source])
                            || outputs
                                .iter()
                                .any(|w| w != v && matches!(env.get(w), Some(Val::Tensor(o)) if o.source == view.source))
                    }
                    false => true,
                },
                Some(Val::Int(_)) => false,
                Some(Val::Number(Number::Bool(_))) => *self.graph.ty(*v) != Type::Bool,
                Some(Val::None) => *self.graph.ty(*v) != Type::optional(Type::Tensor),
                _ => true,
            });
            if let Some(k) = fault {
                let Some(n) = self.graph.def_node(outputs[k]) else { return };
                // Of those that share, the last is put outside.
                let shared = |v: &Value| matches!((env.get(v), env.get(&outputs[k])), (Some(Val::Tensor(a)), Some(Val::Tensor(b))) if a.source == b.source);
                let last = nodes
                    .iter()
                    .rposition(|m| *m == n || self.graph.node(*m).outputs.iter().any(|o| outputs.contains(o) && shared(o)));
                let Some(at) = last else { return };
                if !self.eject(&mut nodes, at) {
                    return;
                }
                // What only nodes outside read may stand behind the region now.
                if !self.precede(&assume.inputs, &nodes) {
                    let Ok((fresh, _)) = self.translates(&nodes, Assumptions::default()) else { return };
                    assume = fresh;
                }
                continue;
            }
            let mut products = vec![];
            for v in &outputs {
                products.push(match &env[v] {
                    Val::Tensor(view) => Product::Tensor(view.clone()),
                    Val::Int(s) => Product::Int(s.clone()),
                    Val::Number(Number::Bool(b)) => Product::Flag(*b),
                    Val::None => Product::Absent,
                    _ => return,
                });
            }
            // What is computed from nothing is as well made by the nodes themselves.
            let reads = tensors.ops.iter().any(|o| !o.views().is_empty());
            if !reads || !products.iter().any(|p| matches!(p, Product::Tensor(_))) {
                return;
            }
            let kept = products.iter().filter_map(|p| if let Product::Tensor(v) = p { Some(v.source) } else { None });
            layout::elide_copies(&mut tensors, &kept.collect::<Vec<_>>());
            let name = format!("{}.{}", self.name, self.plans.len());
            if let Some(plan) = assemble(&name, &tensors, &assume, &products)
                && !plan.steps.is_empty()
                && is_sound(&plan)
            {
                self.replace(&nodes, &assume.inputs, &outputs, plan);
            }
            return;
        }
    }

    /// The values are there when the last of the nodes runs.
    fn precede(&self, values: &[Value], nodes: &[Node]) -> bool {
        let position = |n: Node| self.graph.position(n);
        let Some(last) = nodes.last().and_then(|n| position(*n)) else { return false };
        let block = nodes.last().and_then(|n| self.graph.node(*n).parent);
        values
            .iter()
            .filter_map(|v| self.graph.def_node(*v))
            .filter(|n| self.graph.node(*n).parent == block)
            .all(|n| position(n) < Some(last))
    }

    /// Values of the nodes that are used elsewhere.
    fn outputs(&self, nodes: &[Node]) -> Vec<Value> {
        let uses = Uses::of(self.graph);
        let (inside, blocks) = self.nested(nodes);
        let used = |v: &Value| {
            uses.get(*v).iter().any(|u| match u {
                Use::Input(n, _) => !inside.contains(n),
                Use::Return(b, _) => !blocks.contains(b),
            })
        };
        nodes.iter().flat_map(|n| self.graph.node(*n).outputs.clone()).filter(used).collect()
    }

    /// The nodes with everything in their blocks, and these.
    fn nested(&self, nodes: &[Node]) -> (HashSet<Node>, HashSet<Block>) {
        let (mut inside, mut blocks) = (HashSet::new(), HashSet::new());
        let mut todo = nodes.to_vec();
        while let Some(n) = todo.pop() {
            inside.insert(n);
            for b in &self.graph.node(n).blocks {
                blocks.insert(*b);
                todo.extend(&self.graph.block(*b).nodes);
            }
        }
        (inside, blocks)
    }

    /// Puts a node behind the region; false when the region needs it.
    fn eject(&mut self, nodes: &mut Vec<Node>, at: usize) -> bool {
        let n = nodes[at];
        let outputs = &self.graph.node(n).outputs;
        let (inside, blocks) = self.nested(&nodes[at + 1..]);
        let has = |values: &[Value]| values.iter().any(|v| outputs.contains(v));
        let needed =
            inside.iter().any(|m| has(&self.graph.node(*m).inputs)) || blocks.iter().any(|b| has(&self.graph.block(*b).returns));
        nodes.remove(at);
        if needed {
            // What follows goes with it.
            nodes.truncate(at);
        }
        let Some(last) = nodes.last().copied() else { return false };
        // Nodes that are outside stand behind the last one that is inside already, unless they came before it.
        if let (Some(place), Some(own)) = (self.graph.position(last), self.graph.position(n))
            && own < place
        {
            self.graph.detach(n);
            self.graph.insert_after(last, n);
        }
        true
    }

    /// Moves the nodes into the block of a new node that stands where the last of them stood.
    fn replace(&mut self, nodes: &[Node], inputs: &[Value], outputs: &[Value], plan: Plan) {
        let Some(&last) = nodes.last() else { return };
        let types: Vec<Type> = outputs.iter().map(|v| self.graph.ty(*v).clone()).collect();
        let run = self.graph.new_node("tsaot::Run", inputs, &types, self.graph.node(nodes[0]).span);
        self.graph.set_attr(run, "plan", Attr::Int(self.plans.len() as i64));
        self.graph.insert_after(last, run);
        let (inside, blocks) = self.nested(nodes);
        let own: Vec<(Node, Vec<Value>)> = inside.iter().map(|n| (*n, self.graph.node(*n).inputs.clone())).collect();
        let returns: Vec<(Block, Vec<Value>)> = blocks.iter().map(|b| (*b, self.graph.block(*b).returns.clone())).collect();
        for (k, v) in outputs.iter().enumerate() {
            let w = self.graph.node(run).outputs[k];
            self.graph.replace_uses(*v, w);
            if let Some(f) = self.graph.facts.get(v).cloned() {
                self.graph.facts.insert(w, f);
            }
            if let Output::Tensor { ty, leading: None, dims } = &plan.outputs[k] {
                let dims = dims.iter().map(|d| d.as_const().map_or(Extent::Any, Extent::Const)).collect();
                self.expected.insert(w, Expected { ty: Some(*ty), dims: Some(dims) });
            } else if let Output::Tensor { ty, .. } = &plan.outputs[k] {
                self.expected.insert(w, Expected { ty: Some(*ty), dims: None });
            }
        }
        let block = self.graph.add_block(run);
        for (n, inputs) in own {
            self.graph.node_mut(n).inputs = inputs;
        }
        for (b, values) in returns {
            self.graph.block_mut(b).returns = values;
        }
        for n in nodes {
            self.graph.detach(*n);
            self.graph.append(block, *n);
        }
        self.graph.block_mut(block).returns = outputs.to_vec();
        self.notes.push(Note {
            function: self.name.to_owned(),
            span: self.graph.node(nodes[0]).span,
            text: format!("{} operators run as {} kernels ({})", nodes.len(), plan.steps.len(), plan.name),
        });
        self.plans.push(plan);
    }
}

/// It failed in a way that other ranks may cure.
fn is_about_ranks<T>(tried: &Result<T, String>) -> bool {
    matches!(tried, Err(why) if why == OUT_OF_RANGE || why == RAISES)
}

/// Every kernel keeps the kernel IR's laws. A plan that does not is left to the general tier.
fn is_sound(plan: &Plan) -> bool {
    plan.steps.iter().all(|Step::Loops(l)| verify(&l.kernel).is_empty())
}
