//! Control flow that is decided by what is assumed: a branch is the block that is taken, a short loop is its rounds.

use super::assume::{Change, Outcome, Stop, no};
use super::translate::{Translator, Val};
use crate::graph::{Block, Node, Value};
use crate::kernel::{Number, Ty};

/// Rounds of loops that are unrolled.
const MAX_ROUNDS: i64 = 16;

impl Translator<'_> {
    pub fn control(&mut self, n: Node) -> Outcome<()> {
        let graph = self.graph;
        let data = graph.node(n);
        if data.op == "prim::If" {
            let taken = self.decided(data.inputs[0])?;
            let block = data.blocks[!taken as usize];
            self.nodes(block)?;
            return self.pass(&graph.block(block).returns, &data.outputs);
        }
        let Val::Int(most) = self.value(data.inputs[0])? else { return no("a loop without count") };
        let Some(most) = most.as_const() else { return no("a loop of unknown length") };
        let block = data.blocks[0];
        let params = &graph.block(block).params;
        self.pass(&data.inputs[2..], &params[1..])?;
        let mut goes_on = self.decided(data.inputs[1])?;
        let mut i = 0;
        while goes_on && i < most {
            if i == MAX_ROUNDS {
                return no("a long loop");
            }
            self.define(params[0], Val::Int(i.into()))?;
            self.nodes(block)?;
            let returns = &graph.block(block).returns;
            goes_on = self.decided(returns[0])?;
            self.pass(&returns[1..], &params[1..])?;
            i += 1;
        }
        self.pass(&params[1..], &data.outputs)
    }

    fn nodes(&mut self, block: Block) -> Outcome<()> {
        let graph = self.graph;
        graph.block(block).nodes.iter().filter(|m| graph.node(**m).op != "prim::Constant").try_for_each(|m| self.node(*m))
    }

    fn decided(&mut self, v: Value) -> Outcome<bool> {
        match self.value(v)? {
            Val::Number(Number::Bool(b)) => Ok(b),
            Val::Param(i, Ty::Bool) if self.defaults.contains_key(&v) => Err(Stop::Assume(Change::Flag(i, self.defaults[&v]))),
            _ => no("a branch that is not decided"),
        }
    }

    /// Values go on under other names, all at once.
    fn pass(&mut self, from: &[Value], to: &[Value]) -> Outcome<()> {
        let vals = from.iter().map(|v| self.value(*v)).collect::<Outcome<Vec<_>>>()?;
        to.iter().zip(vals).try_for_each(|(v, val)| self.define(*v, val))
    }

    /// To a list that the region has made.
    pub fn append(&mut self, list: Value, item: Value, out: Option<Value>) -> Outcome<()> {
        let item = self.value(item)?;
        let Some(Val::List(items)) = self.env.get_mut(&list) else { return no("a list from outside that grows") };
        items.push(item);
        let whole = Val::List(items.clone());
        out.map_or(Ok(()), |o| self.define(o, whole))
    }
}
