//! The order of the passes.
//!
//! 1. [`cleanup`]: what PyTorch does to every function it scripts, before anybody sees the graph.
//! 2. [`optimize`]: every exported function and method gets its calls inlined, its module's unchanging attributes as constants, and
//!    the passes of [`SIMPLIFY`] until nothing changes.
//! 3. [`specialize`]: a second body for parameters of known shapes.
//! 4. [`finish`]: what makes code larger and is not to be seen by the others.

use super::*;
use crate::graph::{Export, Function, FunctionId, Graph, ObjectId, Program};
use crate::types::TensorFacts;

/// One pass: its name for switches and messages, and its function.
pub type Pass = (&'static str, fn(&mut Graph, &mut Program) -> bool);

/// What PyTorch does at script time.
pub const CLEANUP: &[Pass] = &[
    ("lower_tuples", lower_tuples::run),
    ("constant_propagation", constant_propagation::run_immutable),
    ("constant_pooling", constant_pooling::run),
    ("canonicalize_outputs", canonicalize_outputs::run),
    ("annotate_warns", annotate_warns::run),
];

/// Brings calls into sight.
pub const INLINE: &[Pass] = &[("inline", inline::run), ("inline_forks", inline_forks::run)];

/// Operators of the library as their bodies, for specialised functions.
pub const EXPAND: &[Pass] = &[("inline_library", inline_library::run)];

/// Repeated until nothing changes, at most [`MAX_ROUNDS`] times.
pub const SIMPLIFY: &[Pass] = &[
    ("lower_tuples", lower_tuples::run),
    ("gather_appends", gather_appends::run),
    ("peephole", peephole::run),
    ("constant_propagation_full", constant_propagation::run),
    ("constant_pooling", constant_pooling::run),
    ("common_subexpressions", common_subexpressions::run),
    ("hoist", hoist::run),
    ("sink", sink::run),
    ("dead_code", dead_code::run),
];

/// Facts for what comes after the passes, and what they make foldable.
pub const ANNOTATE: &[Pass] = &[("shapes", shapes::run)];

/// Last of all, just before code is made.
pub const FINISH: &[Pass] = &[("loop_versioning", loop_versioning::run)];

const MAX_ROUNDS: usize = 8;

/// Every pass by name.
pub fn pass(name: &str) -> Option<Pass> {
    [CLEANUP, INLINE, EXPAND, SIMPLIFY, ANNOTATE, FINISH].into_iter().flatten().copied().find(|p| p.0 == name)
}

/// Switches for finding a pass at fault.
#[derive(Clone, Debug)]
pub struct Switches {
    /// How many runs of passes may still happen.
    pub fuel: usize,
    /// The name of the pass after whose first run all stop.
    pub stop_after: Option<String>,
    /// Check the graph after every pass, collecting what is wrong in `violations`.
    pub verify: bool,
    pub violations: Vec<String>,
    stopped: bool,
}

impl Default for Switches {
    fn default() -> Switches {
        Switches { fuel: usize::MAX, stop_after: None, verify: false, violations: vec![], stopped: false }
    }
}

impl Switches {
    /// From `TSAOT_FUEL` (a number), `TSAOT_STOP_AFTER` (a pass) and `TSAOT_VERIFY`.
    pub fn from_environment() -> Switches {
        let fuel = std::env::var("TSAOT_FUEL").ok().and_then(|s| s.parse().ok()).unwrap_or(usize::MAX);
        let verify = std::env::var_os("TSAOT_VERIFY").is_some();
        Switches { fuel, stop_after: std::env::var("TSAOT_STOP_AFTER").ok(), verify, ..Switches::default() }
    }

    /// One more run of the pass is allowed.
    fn take(&mut self, name: &str) -> bool {
        if self.stopped || self.fuel == 0 {
            return false;
        }
        self.fuel -= 1;
        self.stopped = self.stop_after.as_deref() == Some(name);
        true
    }
}

/// Runs passes over one function of the program; true when something changed.
pub fn run_on(program: &mut Program, f: FunctionId, passes: &[Pass], switches: &mut Switches) -> bool {
    let mut graph = std::mem::take(&mut program.functions[f.0 as usize].graph);
    let mut changed = false;
    for (name, pass) in passes {
        if switches.take(name) {
            changed |= pass(&mut graph, program);
            if switches.verify {
                let found = crate::graph::verify(&graph, program);
                switches.violations.extend(found.into_iter().map(|v| format!("after {name}: {v}")));
            }
        }
    }
    program.functions[f.0 as usize].graph = graph;
    changed
}

/// Brings a freshly scripted function into the form in which PyTorch shows it.
pub fn cleanup(program: &mut Program, f: FunctionId) {
    run_on(program, f, CLEANUP, &mut Switches::default());
}

/// A function that has a body to compile.
pub fn has_body(f: &Function) -> bool {
    f.ignored.is_none() && !f.poisoned
}

/// Optimises what the program exports. A method of an exported module becomes a function of its own, specialised to that module;
/// everything else keeps its graph. Functions that exports no longer need stay in the program.
pub fn optimize(program: &mut Program, switches: &mut Switches) {
    let mut exports = std::mem::take(&mut program.exports);
    let mut methods: Vec<(FunctionId, ObjectId)> = vec![];
    let mut functions: Vec<FunctionId> = vec![];
    for e in &mut exports {
        match e {
            Export::Function { function, .. } => functions.push(own_copy(program, function)),
            Export::Module { object, methods: exported, .. } => {
                for f in exported {
                    methods.push((own_copy(program, f), *object));
                }
            }
            Export::Class { class, .. } => functions.extend(program.class(*class).methods.iter().map(|m| m.1)),
        }
    }
    program.exports = exports;
    if let Some(mut main) = program.main {
        functions.push(own_copy(program, &mut main.function));
        program.main = Some(main);
    }
    let all: Vec<FunctionId> = functions.iter().copied().chain(methods.iter().map(|m| m.0)).collect();
    let all: Vec<FunctionId> = all.into_iter().filter(|f| has_body(program.function(*f))).collect();
    methods.retain(|m| all.contains(&m.0));
    for &f in &all {
        run_on(program, f, INLINE, switches);
    }
    // First what decides branches (`training`), then the tensors that no branch left writes to.
    for tensors in [false, true] {
        freeze_all(program, &methods, tensors, switches);
        for &f in &all {
            for _ in 0..MAX_ROUNDS {
                if !run_on(program, f, SIMPLIFY, switches) {
                    break;
                }
            }
        }
    }
    for &f in &all {
        if run_on(program, f, ANNOTATE, switches) {
            run_on(program, f, SIMPLIFY, switches);
            run_on(program, f, ANNOTATE, switches);
        }
    }
}

/// A second body of an optimised function for the case that its parameters are as `facts` say (by position; `None` knows nothing):
/// sizes become numbers, and what depends on them is simplified. It must only run behind a guard that checks the facts.
pub fn specialize(
    program: &mut Program,
    f: FunctionId,
    facts: &[Option<TensorFacts>],
    symbols: Vec<String>,
    switches: &mut Switches,
) -> FunctionId {
    let mut special = f;
    let f = own_copy(program, &mut special);
    let graph = &mut program.functions[f.0 as usize].graph;
    graph.symbols = symbols;
    let params = graph.block(graph.top()).params.clone();
    for (v, facts) in params.into_iter().zip(facts) {
        if let Some(facts) = facts {
            graph.facts.insert(v, facts.clone());
        }
    }
    run_on(program, f, EXPAND, switches);
    for _ in 0..MAX_ROUNDS {
        run_on(program, f, ANNOTATE, switches);
        if !run_on(program, f, SIMPLIFY, switches) {
            break;
        }
    }
    run_on(program, f, ANNOTATE, switches);
    f
}

/// Prepares every function with a body for code generation.
pub fn finish(program: &mut Program, switches: &mut Switches) {
    for f in (0..program.functions.len()).map(|i| FunctionId(i as u32)) {
        if has_body(program.function(f)) {
            run_on(program, f, FINISH, switches);
        }
    }
}

/// A copy of a function that passes may change; the original keeps the graph that users see.
fn own_copy(program: &mut Program, f: &mut FunctionId) -> FunctionId {
    let copy = program.function(*f).clone();
    *f = program.add_function(copy);
    *f
}

fn freeze_all(program: &mut Program, methods: &[(FunctionId, ObjectId)], tensors: bool, switches: &mut Switches) {
    if !switches.take("freeze") {
        return;
    }
    let changing = freeze::Changing::of(program, methods);
    for &(f, object) in methods {
        let mut graph = std::mem::take(&mut program.functions[f.0 as usize].graph);
        freeze::run(&mut graph, program, object, &changing, tensors);
        program.functions[f.0 as usize].graph = graph;
    }
}
