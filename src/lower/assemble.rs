//! From operations on tensors to a plan: fusion, memory, steps.

use super::arena::{self, Need};
use super::assume::Assumptions;
use super::group::{Group, fuse};
use super::loops::{self, Use};
use super::tensors::{Origin, SourceId, Tensors, View};
use crate::kernel::constant::Constant;
use crate::kernel::plan::{Launch, Memory, Output, Place, Plan, Step};
use crate::kernel::{Atom, Size};
use std::collections::{BTreeMap, HashSet};

/// A result of a region.
#[derive(Clone, Debug)]
pub enum Product {
    Tensor(View),
    Int(Size),
    Flag(bool),
    Absent,
}

/// The plan of a region, when its results can be made by kernels.
pub fn assemble(name: &str, t: &Tensors, assume: &Assumptions, products: &[Product]) -> Option<Plan> {
    let live = needed(t, products);
    let groups = fuse(t, &live);
    let (inputs, conditions) = assume.guard();
    if !t.constants.iter().all(Constant::is_sound) {
        return None;
    }
    let mut plan = Plan { name: name.to_owned(), inputs, conditions, constants: t.constants.clone(), ..Plan::default() };
    let mut memory: BTreeMap<SourceId, Memory> = BTreeMap::new();
    for (i, s) in t.sources.iter().enumerate() {
        match s.origin {
            Origin::Input(k) => memory.insert(i, Memory::Input(k)),
            Origin::Constant(k) => memory.insert(i, Memory::Constant(k)),
            Origin::Op(_) | Origin::Parts(..) => None,
        };
    }
    for (k, p) in products.iter().enumerate() {
        plan.outputs.push(match p {
            Product::Int(s) => Output::Int(s.clone()),
            Product::Flag(b) => Output::Flag(*b),
            Product::Absent => Output::Absent,
            Product::Tensor(v) => {
                let made = t.sources[v.source].origin.is_made();
                if !made || !v.is_whole(&t.sources[v.source]) || memory.insert(v.source, Memory::Output(k as u32)).is_some() {
                    return None;
                }
                Output::Tensor { ty: v.ty, leading: v.leading, dims: v.tail().to_vec() }
            }
        });
    }
    let mut needs: Vec<Need> = vec![];
    for (step, g) in groups.iter().enumerate() {
        let stored = stored(t, g, &live, &memory);
        let built = loops::build(t, g, &stored, &format!("{name}.{step}"));
        let mut buffers = vec![];
        for u in built.buffers {
            buffers.push(match u {
                Use::Source(s, offset) => {
                    let bytes = Size::product(&t.sources[s].dims).times(&(t.sources[s].ty.size() as i64).into());
                    let m = *memory.entry(s).or_insert_with(|| {
                        needs.push(Need { bytes, first: step, last: step });
                        Memory::Slot(needs.len() as u32 - 1)
                    });
                    if let Memory::Slot(k) = m {
                        needs[k as usize].last = step;
                    }
                    Place { memory: m, offset }
                }
                Use::Scratch(bytes) => {
                    needs.push(Need { bytes, first: step, last: step });
                    Place { memory: Memory::Slot(needs.len() as u32 - 1), offset: 0.into() }
                }
            });
        }
        plan.steps.push(Step::Loops(Launch { kernel: built.kernel, buffers, symbols: built.symbols, params: built.params }));
    }
    (plan.slots, plan.arena) = arena::plan(&needs);
    is_known(&plan).then_some(plan)
}

/// Operations that some result needs.
fn needed(t: &Tensors, products: &[Product]) -> Vec<bool> {
    let mut live = vec![false; t.ops.len()];
    let mut todo: Vec<SourceId> =
        products.iter().filter_map(|p| if let Product::Tensor(v) = p { Some(v.source) } else { None }).collect();
    while let Some(s) = todo.pop() {
        for i in t.sources[s].origin.ops() {
            if !std::mem::replace(&mut live[i], true) {
                todo.extend(t.ops[i].views().iter().map(|v| v.source));
            }
        }
    }
    live
}

/// Members of a group whose elements others need.
fn stored(t: &Tensors, g: &Group, live: &[bool], memory: &BTreeMap<SourceId, Memory>) -> Vec<usize> {
    let inside: HashSet<usize> = g.members.iter().copied().collect();
    let outside = t.ops.iter().enumerate().filter(|(i, _)| live[*i] && !inside.contains(i));
    let used: HashSet<SourceId> = outside.flat_map(|(_, op)| op.views().iter().map(|v| v.source).collect::<Vec<_>>()).collect();
    g.members.iter().copied().filter(|i| used.contains(&t.ops[*i].source) || memory.contains_key(&t.ops[*i].source)).collect()
}

/// Every size can be computed from the inputs.
fn is_known(plan: &Plan) -> bool {
    let n = plan.inputs.len() as u32;
    let mut sizes: Vec<&Size> = vec![&plan.arena];
    for o in &plan.outputs {
        match o {
            Output::Tensor { dims, .. } => sizes.extend(dims),
            Output::Int(s) => sizes.push(s),
            Output::Flag(_) | Output::Absent => {}
        }
    }
    sizes.iter().flat_map(|s| s.atoms()).all(|a| match a {
        Atom::Dim(i, _) | Atom::Rows(i, _) | Atom::Int(i) => i < n,
        Atom::Div(..) => true,
    })
}
