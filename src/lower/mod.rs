//! The special tier: from graphs to plans of kernels.
//!
//! Every block's nodes are gathered in regions ([`region`]). A region's nodes are translated to operations on whole tensors ([`translate`],
//! with [`control`], [`host`], [`views`], [`reduce`], [`product`], [`create`], [`spatial`], [`recurrent`] and [`point`]; [`tensors`] is the form), under assumptions about element types, ranks and sizes ([`assume`])
//! that a guard checks when the region is entered. Copies are left out ([`layout`]), operations are fused ([`group`]), become loops ([`loops`]) and get their memory
//! ([`arena`]); [`assemble`] puts all of it into a [`Plan`]. Where the guard does not hold, the region's own nodes run as if there were
//! no plan, so nothing that is assumed can be wrong.

mod arena;
mod assemble;
mod assume;
mod control;
mod create;
mod group;
mod host;
mod layout;
mod loops;
mod point;
mod product;
mod recurrent;
mod reduce;
mod region;
mod spatial;
mod tensors;
mod translate;
mod views;

use crate::diag::Span;
use crate::graph::{AliasDb, Const, FunctionId, Program};
use crate::kernel::Plan;
use crate::types::TensorFacts;
use std::collections::{HashMap, HashSet};

/// What happened to a piece of a function.
#[derive(Clone, Debug)]
pub struct Note {
    pub function: String,
    pub span: Option<Span>,
    pub text: String,
}

/// The plans that `tsaot::Run` nodes refer to by their number, and what was done and why not more.
#[derive(Debug, Default)]
pub struct Lowered {
    pub plans: Vec<Plan>,
    pub notes: Vec<Note>,
}

/// What is expected of functions' parameters, by position: from the command line, examples or traces.
pub type Hints = HashMap<FunctionId, Vec<Option<TensorFacts>>>;

/// Forms regions in these functions.
pub fn run(program: &mut Program, functions: &[FunctionId], hints: &Hints) -> Lowered {
    let mut out = Lowered::default();
    let mut done = HashSet::new();
    for f in functions.iter().filter(|f| done.insert(**f)) {
        let function = program.function(*f);
        let name = function.name.trim_start_matches("__torch__.").to_owned();
        let defaults: Vec<_> = function.signature.params.iter().map(|p| p.default.clone()).collect();
        let mut graph = std::mem::take(&mut program.functions[f.0 as usize].graph);
        let params = graph.block(graph.top()).params.clone();
        let flag = |d| if let Some(Const::Bool(b)) = d { Some(b) } else { None };
        let defaults = params.iter().zip(defaults).filter_map(|(v, d)| Some((*v, flag(d)?))).collect();
        let facts = hints.get(f).map_or(&[][..], Vec::as_slice);
        let expected = params.iter().zip(facts).filter_map(|(v, f)| Some((*v, region::expected_of(f.as_ref()?)))).collect();
        let db = AliasDb::of(&graph, program);
        let (plans, notes) = (&mut out.plans, &mut out.notes);
        let top = graph.top();
        region::Former { graph: &mut graph, program, name: &name, expected, defaults, db, plans, notes }.block(top);
        program.functions[f.0 as usize].graph = graph;
    }
    let mut seen = HashSet::new();
    out.notes.retain(|n| seen.insert((n.function.clone(), n.span, n.text.clone())));
    out
}
