//! Functions, blocks and control flow.

use super::asm::{V, internal};
use super::dict::{moves_entries, sets_item};
use super::func::{Func, Own, Val};
use super::module::{Emitter, MAX_DEPTH, return_types};
use super::repr::{is_counted, leaves};
use crate::diag::Result;
use crate::graph::{Attr, Block, FunctionId, Graph, Node, Value};
use crate::types::Type;
use inkwell::IntPredicate;
use inkwell::values::{FunctionValue, IntValue};

/// Writes the body of a function of the program.
pub fn function<'p, 'c>(e: &mut Emitter<'p, 'c>, id: FunctionId, value: FunctionValue<'c>) -> Result<()> {
    let program = e.program;
    let f = program.function(id);
    let returns = return_types(f);
    let recursive = e.is_recursive(id);
    let name = f.name.rsplit('.').next().unwrap_or(&f.name);
    body(e, &f.graph, name, value, &returns, |func, params| {
        func.span = f.span;
        func.is_traced = !f.is_library();
        if recursive {
            let depth = params.next().ok_or_else(|| internal("no depth parameter"))?.into_int_value();
            let too_deep = func.a().icmp(IntPredicate::SGE, depth, func.a().int(MAX_DEPTH))?;
            func.raise_when(too_deep, "RecursionError", "maximum recursion depth exceeded")?;
            func.depth = Some(func.a().add(depth, func.a().int(1))?);
        }
        if let Some(reason) = &f.ignored {
            func.raise_when(func.a().bool(true), "RuntimeError", reason)?;
        }
        Ok(())
    })
}

/// Writes the body of a graph; `start` comes before it and takes parameters that are not the graph's.
pub fn body<'p, 'c>(
    e: &mut Emitter<'p, 'c>,
    g: &'p Graph,
    name: &str,
    value: FunctionValue<'c>,
    returns: &[Type],
    start: impl FnOnce(&mut Func<'_, 'p, 'c>, &mut dyn Iterator<Item = V<'c>>) -> Result<()>,
) -> Result<()> {
    let result = e.result_type(returns);
    let mut func = Func::open(e, g, name, value)?;
    let mut params = value.get_param_iter();
    start(&mut func, &mut params)?;
    for &p in &g.block(g.top()).params {
        let n = leaves(g.ty(p)).len();
        let l: Vec<V> = params.by_ref().take(n).collect();
        func.vals.insert(p, Val { leaves: l, ty: g.ty(p).clone(), own: Own::Borrowed });
    }
    func.body(g.top())?;
    let mut out: Vec<V> = vec![func.a().int32(0).into()];
    func.node = None;
    func.at = (g.top(), g.block(g.top()).nodes.len());
    let returned = g.block(g.top()).returns.clone();
    for (i, (v, ty)) in returned.iter().zip(returns).enumerate() {
        let l = func.leave_with(g.top(), *v, &returned[i + 1..], ty)?;
        out.extend(l);
    }
    let agg = func.aggregate(result, &out)?;
    func.a().b.build_return(Some(&agg))?;
    func.close(|f, status| {
        let mut out: Vec<V> = vec![status.into()];
        out.extend(returns.iter().flat_map(|t| f.zeros(t)));
        f.aggregate(result, &out)
    })
}

/// The trip count that loops without one have.
const FOREVER: i64 = i64::MAX;

impl<'p, 'c> Func<'_, 'p, 'c> {
    pub fn aggregate(&self, ty: inkwell::types::StructType<'c>, fields: &[V<'c>]) -> Result<V<'c>> {
        let mut agg: V = ty.get_poison().into();
        for (i, f) in fields.iter().enumerate() {
            agg = self.a().b.build_insert_value(agg.into_struct_value(), *f, i as u32, "")?.into_struct_value().into();
        }
        Ok(agg)
    }

    /// Leaves of a value that its block returns, with counts of their own; `later` are the values that it returns after this one.
    pub fn leave_with(&mut self, b: Block, v: Value, later: &[Value], to: &Type) -> Result<Vec<V<'c>>> {
        let last = self.life.is_returned(v, b, self.g.block(b).nodes.len()) && !later.contains(&v);
        self.take(v, to, last)
    }

    /// Writes a block's nodes.
    pub fn body(&mut self, b: Block) -> Result<()> {
        let g = self.g;
        // What the node around the block holds is not for the nodes inside to release.
        let outer = std::mem::take(&mut self.temps);
        self.kill(b, usize::MAX)?;
        for (i, &n) in g.block(b).nodes.iter().enumerate() {
            self.at = (b, i);
            self.node = Some(n);
            if g.node(n).span.is_some() {
                self.span = g.node(n).span;
            }
            let span = self.span;
            let moves = moves_entries(g, n) && !sets_item(g, n);
            self.emit(n).map_err(|mut d| {
                if d.span.is_none() {
                    d.span = span;
                }
                d
            })?;
            self.at = (b, i);
            self.node = Some(n);
            self.span = span;
            if moves {
                self.found = None;
            }
            self.end_node()?;
        }
        self.temps = outer;
        Ok(())
    }

    fn emit(&mut self, n: Node) -> Result<()> {
        match self.g.node(n).op.as_str() {
            "prim::If" => self.branch(n),
            "prim::Loop" => self.repeat(n),
            "tsaot::Run" => self.run(n),
            _ => self.simple(n),
        }
    }

    /// Defines an output from what two blocks made of it.
    fn branch(&mut self, n: Node) -> Result<()> {
        let g = self.g;
        let data = g.node(n);
        let [cond] = data.inputs[..] else { return Err(internal("prim::If without one condition")) };
        let [yes, no] = data.blocks[..] else { return Err(internal("prim::If without two blocks")) };
        let at = self.at;
        let c = self.flag(cond)?;
        let a = self.a();
        let (bb_yes, bb_no, join) = (a.block("then")?, a.block("else")?, a.block("join")?);
        a.cond(c, bb_yes, bb_no)?;
        let found = self.found.clone();
        self.a().at(bb_yes);
        self.body(yes)?;
        let end_yes = self.a().here()?;
        self.found = found.clone();
        self.a().at(bb_no);
        self.body(no)?;
        let end_no = self.a().here()?;
        self.found = found;
        // An output that neither side owns need not be owned here, either.
        let mut unowned = vec![];
        for (i, &o) in data.outputs.iter().enumerate() {
            let (y, z) = (self.val(g.block(yes).returns[i])?, self.val(g.block(no).returns[i])?);
            let free = |v: &Val| v.own.lasts() && !super::convert::allocates(&v.ty, g.ty(o));
            let fixed = |v: &Val| matches!(v.own, Own::Static);
            let kind = if fixed(&y) && fixed(&z) { Own::Static } else { Own::Borrowed };
            unowned.push((free(&y) && free(&z)).then_some(kind));
        }
        let mut incoming: Vec<Vec<(V, _)>> = data.outputs.iter().map(|_| vec![]).collect();
        for (block, end) in [(yes, end_yes), (no, end_no)] {
            self.a().at(end);
            self.node = None;
            self.at = (block, g.block(block).nodes.len());
            let returns = &g.block(block).returns;
            for (i, &o) in data.outputs.iter().enumerate() {
                let l = match unowned[i] {
                    Some(_) => {
                        let v = self.val(returns[i])?;
                        self.convert(v.leaves, &v.ty, g.ty(o))?
                    }
                    None => self.leave_with(block, returns[i], &returns[i + 1..], g.ty(o))?,
                };
                let here = self.a().here()?;
                incoming[i].extend(l.into_iter().map(|v| (v, here)));
            }
            let last = self.a().here()?;
            self.a().br(join)?;
            // Conversions may have opened further blocks: all values of this side arrive from its last one.
            for (list, &o) in incoming.iter_mut().zip(&data.outputs) {
                let n = leaves(g.ty(o)).len();
                let from = list.len() - n;
                list[from..].iter_mut().for_each(|x| x.1 = last);
            }
        }
        self.a().at(join);
        self.at = at;
        self.node = Some(n);
        for ((&o, list), own) in data.outputs.iter().zip(incoming).zip(unowned) {
            let count = leaves(g.ty(o)).len();
            let mut l = vec![];
            for k in 0..count {
                let (x, y) = (list[k], list[k + count]);
                l.push(self.a().phi(x.0.get_type(), &[x, y])?.as_basic_value());
            }
            // Phis come first in a block; slots are filled once all of them stand.
            let val = match own {
                Some(own) => Val { leaves: l, ty: g.ty(o).clone(), own: if is_counted(g.ty(o)) { own } else { Own::Static } },
                None => Val { leaves: l, ty: g.ty(o).clone(), own: Own::Owned(vec![]) },
            };
            self.vals.insert(o, val);
        }
        self.settle(&data.outputs)
    }

    /// Gives slots to values that were defined as owned without any.
    fn settle(&mut self, outputs: &[Value]) -> Result<()> {
        for &o in outputs {
            let v = self.val(o)?;
            if let Own::Owned(slots) = &v.own
                && slots.is_empty()
            {
                let v = self.owned(v.leaves, &v.ty)?;
                self.vals.insert(o, v);
            }
        }
        Ok(())
    }

    fn constant_int(&self, v: Value) -> Option<i64> {
        let n = self.g.def_node(v)?;
        match self.g.attr(n, "value") {
            Some(Attr::Int(i)) => Some(*i),
            _ => None,
        }
    }

    /// A constant that is true.
    fn is_true(&self, v: Value) -> bool {
        self.g.ty(v) == &Type::Bool && self.constant_int(v) == Some(1)
    }

    fn repeat(&mut self, n: Node) -> Result<()> {
        let g = self.g;
        let data = g.node(n);
        let [max, cond, ref carried @ ..] = data.inputs[..] else {
            return Err(internal("prim::Loop without count and condition"));
        };
        let [block] = data.blocks[..] else { return Err(internal("prim::Loop without one block")) };
        let params = g.block(block).params.clone();
        let returns = g.block(block).returns.clone();
        if params.len() != carried.len() + 1 || returns.len() != params.len() || data.outputs.len() != carried.len() {
            return Err(internal("prim::Loop with unequal carried values"));
        }
        let at = self.at;
        let counted = self.constant_int(max) != Some(FOREVER);
        let limit = self.int(max)?;
        let first = self.flag(cond)?;
        let mut start: Vec<V> = vec![];
        for (v, p) in carried.iter().zip(&params[1..]) {
            start.extend(self.consume(*v, g.ty(*p))?);
        }
        if counted && self.is_true(cond) && self.is_true(returns[0]) {
            self.reserve_for_loop(n, block, limit)?;
        }
        let found = self.found.clone().filter(|_| !moves_entries(g, n));
        self.found = found.clone();
        let a = self.a();
        let (head, body, exit) = (a.block("loop")?, a.block("body")?, a.block("exit")?);
        let before = a.here()?;
        a.br(head)?;
        a.at(head);
        let index = a.phi(a.i64.into(), &[(a.int(0).into(), before)])?;
        let go = a.phi(a.i1.into(), &[(first.into(), before)])?;
        let mut phis = vec![];
        for s in &start {
            phis.push(a.phi(s.get_type(), &[(*s, before)])?);
        }
        let i = index.as_basic_value().into_int_value();
        let mut on = go.as_basic_value().into_int_value();
        if counted {
            let more = a.icmp(IntPredicate::SLT, i, limit)?;
            on = a.and(more, on)?;
        }
        a.cond(on, body, exit)?;
        self.a().at(body);
        self.vals.insert(params[0], Val { leaves: vec![i.into()], ty: Type::Int, own: Own::Static });
        let mut rest = phis.iter().map(|p| p.as_basic_value());
        for p in &params[1..] {
            let l: Vec<V> = rest.by_ref().take(leaves(g.ty(*p)).len()).collect();
            let v = self.owned(l, g.ty(*p))?;
            self.vals.insert(*p, v);
        }
        self.body(block)?;
        self.node = None;
        self.at = (block, g.block(block).nodes.len());
        self.found = found;
        let again: IntValue = self.borrow(returns[0], &Type::Bool)?[0].into_int_value();
        let mut next: Vec<V> = vec![];
        for (k, p) in params[1..].iter().enumerate() {
            next.extend(self.leave_with(block, returns[k + 1], &returns[k + 2..], g.ty(*p))?);
        }
        let a = self.a();
        let last = a.here()?;
        let i1 = a.b.build_int_nsw_add(i, a.int(1), "")?;
        a.br(head)?;
        index.add_incoming(&[(&i1, last)]);
        go.add_incoming(&[(&again, last)]);
        for (p, v) in phis.iter().zip(&next) {
            p.add_incoming(&[(v, last)]);
        }
        a.at(exit);
        self.at = at;
        self.node = Some(n);
        let mut rest = phis.iter().map(|p| p.as_basic_value());
        for (o, p) in data.outputs.iter().zip(&params[1..]) {
            let l: Vec<V> = rest.by_ref().take(leaves(g.ty(*p)).len()).collect();
            self.set_owned(*o, l, g.ty(*p))?;
        }
        Ok(())
    }
}
