//! What a region decides while it is being translated: questions about tensors, and anything computed from numbers, strings and lists that
//! are in sight.

use super::assume::{Change, Outcome, Stop, no};
use super::tensors::{Origin, View};
use super::translate::{Translator, Val, tensor_type};
use crate::graph::{Const, Node, Use, Uses, Value};
use crate::kernel::plan::Condition;
use crate::kernel::{Number, Size};
use crate::passes::{effects, fold};
use crate::types::Type;
use std::rc::Rc;

impl Translator<'_> {
    /// A question about a tensor that its translation answers; `None` when the node is none.
    pub fn answer(&mut self, n: Node) -> Outcome<Option<Val>> {
        let data = self.graph.node(n);
        let bool = |b: bool| Ok(Some(Val::Number(Number::Bool(b))));
        match (data.op.as_str(), &data.inputs[..]) {
            ("prim::dtype", [x]) => match self.value(*x)? {
                Val::Tensor(x) => Ok(Some(Val::Int(tensor_type(x.ty).number().into()))),
                _ => Ok(None),
            },
            ("aten::is_floating_point", [x]) => match self.value(*x)? {
                Val::Tensor(x) => bool(x.ty.is_float()),
                _ => Ok(None),
            },
            ("aten::__is__" | "aten::__isnot__", [a, b]) if [a, b].iter().all(|v| *self.graph.ty(**v) == Type::Tensor) => {
                let is = data.op == "aten::__is__";
                let (x, y) = (self.root(*a), self.root(*b));
                if x == y {
                    return bool(is);
                }
                let (Val::Tensor(p), Val::Tensor(q)) = (self.value(x)?, self.value(y)?) else { return Ok(None) };
                let input = |v: &View| if let Origin::Input(i) = self.t.sources[v.source].origin { Some(i) } else { None };
                if let (Some(i), Some(j)) = (input(&p), input(&q))
                    && i != j
                {
                    return match self.assume.is_proved(&Condition::Apart(i, j)) {
                        true => bool(!is),
                        false => Err(Stop::Assume(Change::Apart(i, j))),
                    };
                }
                let apart = p.source != q.source && [&p, &q].iter().any(|v| self.t.sources[v.source].origin.is_made());
                if apart { bool(!is) } else { no("tensors that may be the same object") }
            }
            ("prim::TupleIndex", [t, i]) => match (self.value(*t)?, self.graph.const_int(*i)) {
                (Val::List(items), Some(i)) => {
                    let at = if i < 0 { i + items.len() as i64 } else { i };
                    Ok(usize::try_from(at).ok().and_then(|i| items.get(i)).cloned())
                }
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// The value that another one is under its first name: what branches and casts hand on.
    fn root(&self, mut v: Value) -> Value {
        while let Some(n) = self.graph.def_node(v) {
            let data = self.graph.node(n);
            let taken = match data.op.as_str() {
                "prim::unchecked_cast" => Some(data.inputs[0]),
                "prim::If" => match self.env.get(&data.inputs[0]) {
                    Some(Val::Number(Number::Bool(b))) => {
                        let at = data.outputs.iter().position(|o| *o == v);
                        at.and_then(|i| self.graph.block(data.blocks[!b as usize]).returns.get(i).copied())
                    }
                    _ => None,
                },
                _ => None,
            };
            match taken {
                Some(next) => v = next,
                None => break,
            }
        }
        v
    }

    /// The results of a node whose operands are all known.
    pub fn evaluated(&mut self, n: Node) -> Outcome<Option<Vec<Val>>> {
        let (graph, program) = (self.graph, self.program);
        let data = graph.node(n);
        let is_plain = |v: &Value| is_plain(graph.ty(*v));
        if data.outputs.is_empty()
            || !data.inputs.iter().chain(&data.outputs).all(is_plain)
            || effects::has_side_effects(graph, n)
            || effects::is_random(graph, n, program)
            || self.db.has_writes(n)
        {
            return Ok(None);
        }
        let mut inputs = vec![];
        for v in &data.inputs {
            // Nothing becomes an input for this alone.
            let val = match (self.env.get(v), graph.const_of(*v, program)) {
                (Some(val), _) => as_const(val, graph.ty(*v)),
                (None, c) => c,
            };
            let Some(c) = val else { return Ok(None) };
            inputs.push(c);
        }
        if let ("tsaot::format_plain" | "aten::format", [Const::Str(pattern), args @ ..]) = (data.op.as_str(), &inputs[..]) {
            return Ok(formatted(pattern, args).map(|s| vec![Val::Str(s)]));
        }
        let Some(made) = fold::evaluate(graph, n, &inputs, program) else { return Ok(None) };
        made.iter().map(|c| self.constant(c)).collect::<Outcome<Vec<_>>>().map(Some)
    }

    /// Assumes what a comparison must give for the program not to raise; otherwise it stays undecided.
    pub fn undecided(&self, name: &str, out: Value, a: &Size, b: &Size) -> Outcome<bool> {
        let Some(raises) = self.raises_when(out) else { return no("a comparison that is not decided") };
        let (a, b) = (self.assume.resolve(a), self.assume.resolve(b));
        let (what, n) = match (name, raises) {
            ("ne", true) | ("eq", false) => {
                self.same(&a, &b)?;
                return Ok(!raises);
            }
            ("gt", true) | ("le", false) => (b.minus(&a), 0),
            ("ge", true) | ("lt", false) => (b.minus(&a), 1),
            ("lt", true) | ("ge", false) => (a.minus(&b), 0),
            ("le", true) | ("gt", false) => (a.minus(&b), 1),
            _ => return no("a comparison that is not decided"),
        };
        self.least(&what, n)?;
        Ok(!raises)
    }

    /// What a condition is when it makes the program raise.
    fn raises_when(&self, condition: Value) -> Option<bool> {
        let graph = self.graph;
        let uses = Uses::of(graph);
        uses.get(condition).iter().find_map(|u| {
            let Use::Input(n, 0) = *u else { return None };
            let data = graph.node(n);
            match data.op.as_str() {
                "aten::__not__" => self.raises_when(data.outputs[0]).map(|b| !b),
                "prim::If" => {
                    let raises =
                        |k: usize| graph.block(data.blocks[k]).nodes.iter().any(|m| graph.node(*m).op == "prim::RaiseException");
                    match (raises(0), raises(1)) {
                        (true, false) => Some(true),
                        (false, true) => Some(false),
                        _ => None,
                    }
                }
                _ => None,
            }
        })
    }

    /// The rank that the graph asks of a tensor elsewhere.
    pub fn rank_asked(&self, v: Value) -> Option<u32> {
        let asks = self.graph.nodes.iter().filter(|n| n.op == "aten::dim" && n.parent.is_some() && n.inputs[0] == v);
        asks.filter_map(|n| self.rank_compared(n.outputs[0])).next()
    }

    /// The rank that the graph compares a tensor's number of dimensions with first.
    pub fn rank_compared(&self, dim: Value) -> Option<u32> {
        let graph = self.graph;
        graph.nodes.iter().filter(|n| n.parent.is_some() && n.inputs.len() == 2 && n.inputs.contains(&dim)).find_map(|n| {
            let about = matches!(n.op.as_str(), "aten::eq" | "aten::ne");
            let ranks = n.inputs.iter().filter_map(|v| graph.const_int(*v)).find(|r| (1..=8).contains(r));
            ranks.filter(|_| about).map(|r| r as u32)
        })
    }
}

fn is_plain(ty: &Type) -> bool {
    match ty {
        Type::None | Type::Bool | Type::Int | Type::Float | Type::Str | Type::Number => true,
        Type::List(t) | Type::Optional(t) => is_plain(t),
        Type::Tuple(t) => t.elems.iter().all(is_plain),
        _ => false,
    }
}

/// `format` of what prints in one way only.
fn formatted(pattern: &str, args: &[Const]) -> Option<String> {
    let mut pieces = pattern.split("{}");
    let mut out = pieces.next()?.to_owned();
    for (piece, arg) in pieces.by_ref().zip(args) {
        match arg {
            Const::Int(i) => out += &i.to_string(),
            Const::Str(s) => out += s,
            Const::Bool(b) => out += if *b { "True" } else { "False" },
            _ => return None,
        }
        out += piece;
    }
    pieces.next().is_none().then_some(out)
}

/// A value without tensors and symbols.
fn as_const(v: &Val, ty: &Type) -> Option<Const> {
    Some(match (v, ty) {
        (Val::Int(s), _) => Const::Int(s.as_const()?),
        (Val::Number(Number::Bool(b)), _) => Const::Bool(*b),
        (Val::Number(Number::Int(i)), _) => Const::Int(*i),
        (Val::Number(Number::Float(x)), _) => Const::Float(*x),
        (Val::None, _) => Const::None,
        (Val::Str(s), _) => Const::Str(s.as_str().into()),
        (v, Type::Optional(t)) => as_const(v, t)?,
        (Val::List(items), Type::List(t)) => {
            let items: Option<Vec<Const>> = items.iter().map(|v| as_const(v, t)).collect();
            Const::List(Rc::new(items?), (**t).clone())
        }
        (Val::List(items), Type::Tuple(t)) if items.len() == t.elems.len() => {
            let items: Option<Vec<Const>> = items.iter().zip(&t.elems).map(|(v, t)| as_const(v, t)).collect();
            Const::Tuple(Rc::new(items?), ty.clone())
        }
        _ => return None,
    })
}

/// Whether to assume a rank for a tensor of unknown rank.
pub fn of_rank<T>(input: u32, rank: Option<u32>) -> Outcome<T> {
    match rank {
        Some(n) => Err(Stop::Assume(Change::Rank(input, n))),
        None => no("unknown rank"),
    }
}
