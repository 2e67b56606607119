//! Loops over lists in two versions: one that checks every index, and one for the case that a test before the loop finds all of them in
//! range.
//!
//! ```text
//! while j < n:                 if 0 <= j < n <= len(prime) and 0 <= i:
//!     prime[j] = False             while j < n:
//!     j += i                           prime[j] = False   # in_bounds
//!                                      j += i
//!                              else:
//!                                  as it was
//! ```
//! Only innermost loops are copied, and only for indices that are a sum of the loop's counter, constants and values from outside. The test
//! also bounds every value in those sums, so that none of them can wrap. A list that is itself an element, as `b[k]` is where a loop over `j`
//! reads `b[k][j]`, is taken out of the unchecked loop.

use crate::graph::copy::Place;
use crate::graph::{Attr, Block, Const, Def, Graph, Node, Program, Value};
use crate::types::Type;
use std::collections::{BTreeMap, HashMap};

/// The attribute of a list access whose index needs no check.
pub const IN_BOUNDS: &str = "in_bounds";

/// Loops with more nodes are not copied.
const MAX_NODES: usize = 64;
/// Values in sums are smaller than this, and their factors smaller than `MAX_FACTOR`.
const MAX_VALUE: i64 = 1 << 48;
const MAX_FACTOR: i64 = 1 << 8;
const MAX_TERMS: usize = 4;

pub fn run(graph: &mut Graph, program: &mut Program) -> bool {
    let mut changed = false;
    for n in graph.walk() {
        if graph.node(n).op == "prim::Loop"
            && let Some(plan) = plan(graph, n)
        {
            version(graph, program, n, plan);
            changed = true;
        }
    }
    changed
}

/// `constant + sum of factor * value`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Sum {
    terms: BTreeMap<Value, i64>,
    constant: i64,
}

impl Sum {
    fn of(v: Value) -> Sum {
        Sum { terms: BTreeMap::from([(v, 1)]), constant: 0 }
    }

    fn constant(constant: i64) -> Sum {
        Sum { terms: BTreeMap::new(), constant }
    }

    /// `factor * self`, as [`Sum::plus`].
    fn times(&self, factor: i64) -> Option<Sum> {
        Sum::default().plus(self, factor)
    }

    /// `self + factor * other`; `None` when numbers become large or terms many.
    fn plus(mut self, other: &Sum, factor: i64) -> Option<Sum> {
        for (v, f) in &other.terms {
            let sum = self.terms.entry(*v).or_default();
            *sum = f.checked_mul(factor)?.checked_add(*sum)?;
        }
        self.terms.retain(|_, f| *f != 0);
        self.constant = other.constant.checked_mul(factor)?.checked_add(self.constant)?;
        let small = self.terms.values().all(|f| f.abs() <= MAX_FACTOR) && self.constant.abs() <= MAX_VALUE;
        (small && self.terms.len() <= MAX_TERMS).then_some(self)
    }
}

/// The values that a loop's counter takes, both ends included, and what must hold for that.
struct Counter {
    value: Value,
    low: Sum,
    high: Sum,
    /// Sums that must not be negative.
    conditions: Vec<Sum>,
}

/// What the test before a loop asks, and which accesses it makes safe.
struct Plan {
    /// Sums that must not be negative.
    conditions: Vec<Sum>,
    /// Sums that must be smaller than the length of a list.
    within: Vec<(Value, Sum)>,
    accesses: Vec<Node>,
    /// Accesses that give the same list in every iteration, and so need not be in the loop.
    rows: Vec<Node>,
}

struct Search<'g> {
    graph: &'g Graph,
    body: Block,
    counters: Vec<Counter>,
    rows: Vec<Node>,
}

fn plan(graph: &Graph, n: Node) -> Option<Plan> {
    let body = *graph.node(n).blocks.first()?;
    let mut nodes = vec![];
    collect(graph, body, &mut nodes);
    if nodes.len() > MAX_NODES || !nodes.iter().all(|m| keeps_lengths(graph, *m)) {
        return None;
    }
    let mut search = Search { graph, body, counters: vec![], rows: vec![] };
    search.counters = search.counters(n);
    search.rows = search.rows(&nodes);
    let mut plan = Plan { conditions: vec![], within: vec![], accesses: vec![], rows: search.rows.clone() };
    // What happens in every iteration decides the test; accesses in branches profit if they ask for nothing new.
    for m in nodes {
        let Some((list, index)) = search.access(m) else { continue };
        let counter = search.counters.iter().find(|c| index.terms.contains_key(&c.value));
        let Some((low, high)) = search.ends(&index, counter) else { continue };
        let wanted = (list, high);
        if !(plan.within.contains(&wanted) && plan.conditions.contains(&low)) {
            if graph.node(m).parent != Some(body) {
                continue;
            }
            plan.within.push(wanted);
            for c in counter.iter().flat_map(|c| &c.conditions).chain([&low]) {
                if !plan.conditions.contains(c) {
                    plan.conditions.push(c.clone());
                }
            }
        }
        plan.accesses.push(m);
    }
    (!plan.accesses.is_empty()).then_some(plan)
}

/// All nodes in a block, those in blocks of branches too.
fn collect(graph: &Graph, block: Block, out: &mut Vec<Node>) {
    for &m in &graph.block(block).nodes {
        out.push(m);
        graph.node(m).blocks.iter().for_each(|b| collect(graph, *b, out));
    }
}

/// The node is scalar code that leaves the lengths of all lists alone.
fn keeps_lengths(graph: &Graph, m: Node) -> bool {
    let node = graph.node(m);
    let plain = |v: &Value| !matches!(graph.ty(*v), Type::Tensor | Type::Any | Type::Class(_) | Type::Future(_));
    if !node.inputs.iter().chain(&node.outputs).all(plain) {
        return false;
    }
    match node.op.as_str() {
        "prim::If" | "prim::Constant" | "prim::RaiseException" | "aten::__getitem__" | "aten::_set_item" | "aten::len" => true,
        op => {
            (op.starts_with("aten::") || matches!(op, "prim::min" | "prim::max" | "prim::unchecked_cast"))
                && !node.inputs.iter().any(|v| matches!(graph.ty(*v), Type::List(_) | Type::Dict(..)))
        }
    }
}

impl Search<'_> {
    /// Accesses in every iteration to a list of lists, with an index that does not change, while nobody puts other lists there.
    fn rows(&self, nodes: &[Node]) -> Vec<Node> {
        let g = self.graph;
        let of_lists = |v: Value| matches!(g.ty(v), Type::List(e) if matches!(**e, Type::List(_)));
        if nodes.iter().any(|m| g.node(*m).op == "aten::_set_item" && of_lists(g.node(*m).inputs[0])) {
            return vec![];
        }
        let fixed = |m: &&Node| {
            let every = g.node(**m).op == "aten::__getitem__" && g.node(**m).parent == Some(self.body);
            every
                && of_lists(g.node(**m).inputs[0])
                && g.node(**m).inputs.iter().all(|v| self.is_fixed(*v))
                && self.access(**m).is_some()
        };
        nodes.iter().filter(fixed).copied().collect()
    }

    /// The value comes from outside the loop, or could.
    fn is_fixed(&self, v: Value) -> bool {
        if self.graph.def_node(v).is_some_and(|n| self.rows.contains(&n)) {
            return true;
        }
        let mut block = self.graph.def_block(v);
        while let Some(b) = block {
            if b == self.body {
                return false;
            }
            block = self.graph.outer_block(b);
        }
        true
    }

    /// A value as a sum of values that do not change and of the loop's parameters.
    fn sum(&self, v: Value) -> Option<Sum> {
        let g = self.graph;
        if let Some(c) = g.const_int(v) {
            return Sum::constant(c).times(1);
        }
        if *g.ty(v) != Type::Int {
            return None;
        }
        if self.is_fixed(v) {
            return Some(Sum::of(v));
        }
        let n = match g.value(v).def {
            Def::Param(b, _) => return (b == self.body).then(|| Sum::of(v)),
            Def::Result(n, _) => n,
        };
        let inputs = &g.node(n).inputs;
        match (g.node(n).op.as_str(), &inputs[..]) {
            ("aten::add", [a, b]) => self.sum(*a)?.plus(&self.sum(*b)?, 1),
            ("aten::sub", [a, b]) => self.sum(*a)?.plus(&self.sum(*b)?, -1),
            ("aten::mul", [a, b]) => match (g.const_int(*a), g.const_int(*b)) {
                (_, Some(f)) => self.sum(*a)?.times(f),
                (Some(f), _) => self.sum(*b)?.times(f),
                _ => None,
            },
            ("aten::__derive_index", [i, start, step]) => self.sum(*start)?.plus(&self.sum(*i)?, g.const_int(*step)?),
            _ => None,
        }
    }

    /// The parameters of the loop whose range is known.
    fn counters(&self, n: Node) -> Vec<Counter> {
        let g = self.graph;
        let inputs = &g.node(n).inputs;
        let (params, returns) = (&g.block(self.body).params, &g.block(self.body).returns);
        // The number of the iteration is below the trip count, whatever the condition.
        let last = self.sum(inputs[0]).and_then(|s| s.plus(&Sum::constant(1), -1));
        let mut out: Vec<Counter> =
            last.map(|high| Counter { value: params[0], low: Sum::default(), high, conditions: vec![] }).into_iter().collect();
        // while the next value of a carried number is on one side of a limit
        let test = g.def_node(returns[0]).filter(|t| g.node(*t).parent == Some(self.body));
        let Some(test) = test else { return out };
        let [next, limit] = g.node(test).inputs[..] else { return out };
        if !self.is_fixed(limit) {
            return out;
        }
        for (k, &p) in params.iter().enumerate().skip(1) {
            if returns[k] == next {
                out.extend(self.stepped(p, inputs[k + 1], next, limit, &g.node(test).op));
            }
        }
        out
    }

    /// A carried number that starts at `start` and goes on as `next` while that compares with `limit` as `op` says.
    fn stepped(&self, p: Value, start: Value, next: Value, limit: Value, op: &str) -> Option<Counter> {
        let step = self.sum(next)?.plus(&Sum::of(p), -1)?;
        if step.terms.keys().any(|v| !self.is_fixed(*v)) {
            return None;
        }
        let (start, limit) = (self.sum(start)?, self.sum(limit)?);
        let up = matches!(op, "aten::lt" | "aten::le");
        let last = match op {
            "aten::lt" => limit.plus(&Sum::constant(1), -1)?,
            "aten::gt" => limit.plus(&Sum::constant(1), 1)?,
            "aten::le" | "aten::ge" => limit,
            _ => return None,
        };
        // The first iteration may run for a reason of its own: the start must lie within, too.
        let (low, high, forwards) = if up { (start, last, 1) } else { (last, start, -1) };
        let conditions = vec![step.times(forwards)?, high.clone().plus(&low, -1)?];
        Some(Counter { value: p, low, high, conditions })
    }

    /// The list and the index of an access to a list that does not change.
    fn access(&self, m: Node) -> Option<(Value, Sum)> {
        let node = self.graph.node(m);
        let (("aten::__getitem__", &[list, index]) | ("aten::_set_item", &[list, index, _])) =
            (node.op.as_str(), &node.inputs[..])
        else {
            return None;
        };
        (matches!(self.graph.ty(list), Type::List(_)) && self.is_fixed(list)).then_some(())?;
        Some((list, self.sum(index)?))
    }

    /// The least and the largest value of a sum with at most one counter in it.
    fn ends(&self, index: &Sum, counter: Option<&Counter>) -> Option<(Sum, Sum)> {
        let mut rest = index.clone();
        let factor = counter.and_then(|c| rest.terms.remove(&c.value));
        if rest.terms.keys().any(|v| !self.is_fixed(*v)) {
            return None;
        }
        let (Some(counter), Some(factor)) = (counter, factor) else { return Some((rest.clone(), rest)) };
        let at = |end: &Sum| rest.clone().plus(end, factor);
        let (low, high) = (at(&counter.low)?, at(&counter.high)?);
        Some(if factor > 0 { (low, high) } else { (high, low) })
    }
}

/// Puts the loop behind a test, and beside it the copy that checks.
fn version(graph: &mut Graph, program: &mut Program, n: Node, plan: Plan) {
    let test = Emit { graph, program, place: Place::Before(n), loop_: n, numbers: HashMap::new() }.test(&plan);
    let outputs = graph.node(n).outputs.clone();
    let types: Vec<Type> = outputs.iter().map(|v| graph.ty(*v).clone()).collect();
    let branch = graph.new_node("prim::If", &[test], &types, graph.node(n).span);
    graph.insert_before(n, branch);
    let joined = graph.node(branch).outputs.clone();
    for (&old, &new) in outputs.iter().zip(&joined) {
        graph.replace_uses(old, new);
        if let Some(facts) = graph.facts.get(&old).cloned() {
            graph.facts.insert(new, facts);
        }
    }
    let (fast, slow) = (graph.add_block(branch), graph.add_block(branch));
    graph.detach(n);
    graph.append(fast, n);
    let mut copies = HashMap::new();
    graph.copy_nodes(None, fast, Place::End(slow), &mut copies, &|stack| stack.clone());
    graph.block_mut(slow).returns = outputs.iter().map(|v| *copies.get(v).unwrap_or(v)).collect();
    graph.block_mut(fast).returns = outputs;
    for m in plan.accesses {
        graph.set_attr(m, IN_BOUNDS, Attr::Int(1));
    }
    for row in plan.rows {
        graph.move_before(row, n);
    }
}

/// Writes the test.
struct Emit<'g> {
    graph: &'g mut Graph,
    program: &'g mut Program,
    place: Place,
    /// The loop, before which constants go.
    loop_: Node,
    numbers: HashMap<i64, Value>,
}

impl Emit<'_> {
    fn test(&mut self, plan: &Plan) -> Value {
        let mut tests: Vec<Value> = vec![];
        let sums = plan.conditions.iter().chain(plan.within.iter().map(|w| &w.1));
        let mut values: Vec<Value> = sums.flat_map(|s| s.terms.keys().copied()).collect();
        values.sort();
        values.dedup();
        let (zero, most, least) = (self.number(0), self.number(MAX_VALUE), self.number(-MAX_VALUE));
        for v in values {
            tests.push(self.node("aten::lt", &[v, most], Type::Bool));
            tests.push(self.node("aten::gt", &[v, least], Type::Bool));
        }
        for s in &plan.conditions {
            let s = self.sum(s);
            tests.push(self.node("aten::ge", &[s, zero], Type::Bool));
        }
        let row_of = |g: &Graph, list: Value| g.def_node(list).filter(|r| plan.rows.contains(r));
        let mut of_rows = vec![];
        for (list, last) in &plan.within {
            let last = self.sum(last);
            match row_of(self.graph, *list) {
                Some(row) => of_rows.push((row, last)),
                None => tests.push(self.within(*list, last)),
            }
        }
        let test = self.all(tests);
        if of_rows.is_empty() {
            return test;
        }
        // Rows can be looked at where it is known that they are there.
        let fails = self.bool(false);
        let inner = self.graph.new_node("prim::If", &[test], &[Type::Bool], None);
        self.graph.insert_before(self.loop_, inner);
        let (yes, no) = (self.graph.add_block(inner), self.graph.add_block(inner));
        self.graph.block_mut(no).returns = vec![fails];
        self.place = Place::End(yes);
        let mut tests = vec![];
        for (row, last) in of_rows {
            let (inputs, ty) = (self.graph.node(row).inputs.clone(), self.graph.ty(self.graph.node(row).outputs[0]).clone());
            let list = self.node("aten::__getitem__", &inputs, ty);
            if let Some(access) = self.graph.def_node(list) {
                self.graph.set_attr(access, IN_BOUNDS, Attr::Int(1));
            }
            tests.push(self.within(list, last));
        }
        let all = self.all(tests);
        self.graph.block_mut(yes).returns = vec![all];
        self.graph.node(inner).outputs[0]
    }

    fn within(&mut self, list: Value, last: Value) -> Value {
        let len = self.node("aten::len", &[list], Type::Int);
        self.node("aten::lt", &[last, len], Type::Bool)
    }

    fn all(&mut self, tests: Vec<Value>) -> Value {
        let all = tests.into_iter().reduce(|a, b| self.node("aten::__and__", &[a, b], Type::Bool));
        all.unwrap_or_else(|| self.bool(true))
    }

    fn bool(&mut self, b: bool) -> Value {
        self.graph.insert_constant(self.loop_, &Const::Bool(b), self.program)
    }

    fn number(&mut self, n: i64) -> Value {
        if let Some(v) = self.numbers.get(&n) {
            return *v;
        }
        let v = self.graph.insert_constant(self.loop_, &Const::Int(n), self.program);
        self.numbers.insert(n, v);
        v
    }

    fn node(&mut self, op: &str, inputs: &[Value], ty: Type) -> Value {
        let n = self.graph.new_node(op, inputs, &[ty], None);
        match self.place {
            Place::Before(at) => self.graph.insert_before(at, n),
            Place::End(b) => self.graph.append(b, n),
        }
        self.graph.node(n).outputs[0]
    }

    fn sum(&mut self, s: &Sum) -> Value {
        let mut sum = self.number(s.constant);
        for (v, f) in &s.terms {
            let term = match f {
                1 => *v,
                _ => {
                    let f = self.number(*f);
                    self.node("aten::mul", &[*v, f], Type::Int)
                }
            };
            sum = self.node("aten::add", &[sum, term], Type::Int);
        }
        sum
    }
}
