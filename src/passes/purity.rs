//! What a call of a function leaves behind: drives `const m *` in headers, and what calls may be moved or dropped.

use super::effects::is_random;
use crate::graph::{AliasDb, Attr, Function, Graph, Program};

/// What a call changes besides its result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Purity {
    /// Sets an attribute or writes to a tensor, list or dict that an attribute holds.
    pub writes_attributes: bool,
    /// Parameters (by position, `self` included) whose tensors, lists or dicts it writes to.
    pub written_params: Vec<usize>,
    /// Draws from a generator.
    pub is_random: bool,
    /// Prints or warns.
    pub prints: bool,
    /// Calls something of which nothing is known.
    pub calls_unknown: bool,
}

impl Purity {
    /// The instance stays as it is, so that several threads may call at once.
    pub fn leaves_instance(&self) -> bool {
        !self.writes_attributes && !self.calls_unknown
    }

    pub fn is_pure(&self) -> bool {
        *self == Purity::default()
    }
}

/// The purity of a function, best asked when its calls are inlined.
pub fn of(function: &Function, program: &Program) -> Purity {
    let graph = &function.graph;
    let db = AliasDb::with_distinct_params(graph, program);
    let mut purity = Purity::default();
    scan(graph, program, &mut purity);
    purity.writes_attributes |= graph.walk().into_iter().any(|n| db.writes_outside(n));
    let params = &graph.block(graph.top()).params;
    purity.written_params = (0..params.len()).filter(|&i| db.is_written(params[i])).collect();
    if function.class.is_some() && purity.written_params.contains(&0) {
        purity.writes_attributes = true;
    }
    purity
}

fn scan(graph: &Graph, program: &Program, purity: &mut Purity) {
    for n in graph.walk() {
        purity.is_random |= is_random(graph, n, program);
        match graph.node(n).op.as_str() {
            "prim::Print" | "aten::warn" => purity.prints = true,
            "prim::CallFunction" | "prim::CallMethod" => purity.calls_unknown = true,
            "prim::SetAttr" => purity.writes_attributes = true,
            _ => {}
        }
        for (_, a) in &graph.node(n).attrs {
            if let Attr::Graph(g) = a {
                scan(g, program, purity);
            }
        }
    }
}
