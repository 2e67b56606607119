//! Lists and tuples: reading and writing elements in place, and making new ones.

use super::asm::{Memory, T, V, internal};
use super::convert::allocates;
use super::func::{Func, Own, Val};
use super::repr::{elem_of, is_dynamic, leaves};
use crate::diag::Result;
use crate::graph::{Attr, Block, Node, Value};
use crate::passes::loop_versioning::IN_BOUNDS;
use crate::types::Type;
use inkwell::IntPredicate;
use inkwell::values::{IntValue, PointerValue};
use tsrt::list::{Elem, LIST_CAP_OFFSET, LIST_DATA_OFFSET, LIST_LEN_OFFSET};
use tsrt::value::tag;

impl<'c> Func<'_, '_, 'c> {
    /// Writes a node on lists inline; false when the runtime does it.
    pub fn list(&mut self, n: Node) -> Result<bool> {
        let data = self.g.node(n);
        let inputs = data.inputs.clone();
        let Some(Type::List(elem)) = inputs.first().map(|v| self.ty(*v)) else { return Ok(false) };
        match (data.op.as_str(), &inputs[..], &data.outputs[..]) {
            ("aten::len", [l], [out]) => {
                let (l, out) = (self.object(*l)?, *out);
                let len = self.list_len(l)?;
                self.set(out, len, &Type::Int)?;
            }
            ("aten::__getitem__" | "aten::select", [l, i], [out]) if self.ty(*i) == &Type::Int => {
                let (l, i, out) = (self.object(*l)?, self.int(*i)?, *out);
                let i = self.list_index(n, l, i)?;
                let (leaves_, ty) = self.load_elem(l, i, elem)?;
                if elem_of(elem) == Elem::Ptr && leaves_.len() == 1 && super::borrow::outlives(self, inputs[0], out) {
                    self.set_borrowed(out, leaves_, &ty, Own::Lent)?;
                } else {
                    self.retain_leaves(&leaves_, &ty)?;
                    self.set_owned(out, leaves_, &ty)?;
                }
            }
            ("aten::_set_item", [l, i, v], outputs) if self.ty(*i) == &Type::Int => {
                let outputs = outputs.to_vec();
                let (list, index) = (self.object(*l)?, self.int(*i)?);
                let index = self.list_index(n, list, index)?;
                let new = self.consume(*v, elem)?;
                self.replace_elem(list, index, new, elem)?;
                self.alias(&outputs, *l)?;
            }
            ("aten::append", [l, v], outputs) => {
                let outputs = outputs.to_vec();
                let list = self.object(*l)?;
                let new = self.consume(*v, elem)?;
                if !self.roomy.contains(&n) {
                    self.make_room(list)?;
                }
                self.push(list, new, elem)?;
                self.alias(&outputs, *l)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Outputs that are the list itself.
    fn alias(&mut self, outputs: &[Value], of: Value) -> Result<()> {
        for o in outputs {
            if self.life.last_use(*o) == Some(self.at) {
                continue;
            }
            let ty = self.ty(of).clone();
            let l = self.val(of)?.leaves;
            self.retain_leaves(&l, &ty)?;
            self.set_owned(*o, l, &ty)?;
        }
        Ok(())
    }

    /// The index of an access, counted from either end and checked where that is not done already.
    fn list_index(&mut self, access: Node, list: PointerValue<'c>, i: IntValue<'c>) -> Result<IntValue<'c>> {
        const OUT_OF_RANGE: (&str, &str) = ("IndexError", "list index out of range");
        if self.g.attr(access, IN_BOUNDS).is_some() {
            return Ok(i);
        }
        let a = self.a();
        let len = self.list_len(list)?;
        if i.get_sign_extended_constant().is_some_and(|c| c < 0) {
            let i = a.add(i, len)?;
            let out = a.icmp(IntPredicate::UGE, i, len)?;
            self.raise_when(out, OUT_OF_RANGE.0, OUT_OF_RANGE.1)?;
            return Ok(i);
        }
        // Neither negative nor too large, most of the time: one comparison.
        let (rare, next) = (a.block("")?, a.block("")?);
        let here = a.here()?;
        a.unless(a.icmp(IntPredicate::UGE, i, len)?, rare, next)?;
        a.at(rare);
        // A call, so that loops do not keep the sum of an index that is never needed.
        let wrap = a.helper("ts_list_wrap", &[T::I64, T::I64], Some(T::I64));
        ["cold", "willreturn", "memory"].into_iter().for_each(|name| a.attribute(wrap, name));
        let wrapped = a.call_value(wrap, &[i.into(), len.into()])?.into_int_value();
        let out = a.icmp(IntPredicate::UGE, wrapped, len)?;
        self.raise_when(out, OUT_OF_RANGE.0, OUT_OF_RANGE.1)?;
        let a = self.a();
        let end = a.here()?;
        a.br(next)?;
        a.at(next);
        Ok(a.phi(a.i64.into(), &[(i.into(), here), (wrapped.into(), end)])?.as_basic_value().into_int_value())
    }

    fn elem_address(&self, list: PointerValue<'c>, i: IntValue<'c>, kind: Elem) -> Result<PointerValue<'c>> {
        let a = self.a();
        let data = a.load_from(Memory::List, a.ptr.into(), list, LIST_DATA_OFFSET as u64)?.into_pointer_value();
        let ty = match kind {
            Elem::Bool => a.i8.into(),
            Elem::Val => a.value.into(),
            _ => a.i64.into(),
        };
        a.index(ty, data, i)
    }

    /// An element as leaves that the list keeps alive, and their type.
    fn load_elem(&mut self, list: PointerValue<'c>, i: IntValue<'c>, elem: &Type) -> Result<(Vec<V<'c>>, Type)> {
        let kind = elem_of(elem);
        let p = self.elem_address(list, i, kind)?;
        let l = self.load_raw(p, kind, elem)?;
        Ok((l, elem.clone()))
    }

    /// The element at `p`.
    fn load_raw(&mut self, p: PointerValue<'c>, kind: Elem, elem: &Type) -> Result<Vec<V<'c>>> {
        let a = self.a();
        Ok(match kind {
            Elem::I64 => vec![a.load_from(Memory::Int, a.i64.into(), p, 0)?],
            Elem::F64 => vec![a.load_from(Memory::Float, a.f64.into(), p, 0)?],
            Elem::Bool => {
                let b = a.load_from(Memory::Bool, a.i8.into(), p, 0)?.into_int_value();
                vec![a.icmp(IntPredicate::NE, b, a.byte(0))?.into()]
            }
            Elem::Ptr => {
                let object = a.load_from(Memory::Ptr, a.ptr.into(), p, 0)?.into_pointer_value();
                if leaves(elem).len() == 1 {
                    return Ok(vec![object.into()]);
                }
                // A boxed tuple, or an optional one.
                let null = a.is_null(object)?;
                let t = a.select_int(null, a.int(tag::NONE as i64), a.int(tag::TUPLE as i64))?;
                let v = vec![t.into(), a.bits(object.into())?.into()];
                self.peek(&v, elem)?
            }
            Elem::Val => {
                let v = self.load_value(p, 0)?;
                self.peek(&v, elem)?
            }
        })
    }

    /// Leaves with counts of their own in the form that a list holds.
    fn to_elem(&mut self, l: Vec<V<'c>>, kind: Elem, elem: &Type) -> Result<Vec<V<'c>>> {
        Ok(match kind {
            Elem::I64 | Elem::F64 => l,
            Elem::Bool => {
                let a = self.a();
                vec![a.b.build_int_z_extend(l[0].into_int_value(), a.i8, "")?.into()]
            }
            Elem::Ptr if leaves(elem).len() == 1 && !matches!(elem, Type::Tuple(_)) => l,
            Elem::Ptr => {
                let v = self.convert(l, elem, &Type::Any)?;
                vec![self.a().as_ptr(v[1].into_int_value())?.into()]
            }
            Elem::Val => self.convert(l, elem, &Type::Any)?,
        })
    }

    fn store_raw(&self, l: &[V<'c>], p: PointerValue<'c>) -> Result<()> {
        match l {
            [one] => {
                let what = match one {
                    V::PointerValue(_) => Memory::Ptr,
                    V::FloatValue(_) => Memory::Float,
                    V::IntValue(i) if i.get_type().get_bit_width() == 8 => Memory::Bool,
                    _ => Memory::Int,
                };
                self.a().store_to(what, *one, p, 0)
            }
            _ => l.iter().enumerate().try_for_each(|(i, v)| self.a().store(*v, p, i as u64 * 8)),
        }
    }

    fn list_len(&self, list: PointerValue<'c>) -> Result<IntValue<'c>> {
        let a = self.a();
        Ok(a.load_from(Memory::List, a.i64.into(), list, LIST_LEN_OFFSET as u64)?.into_int_value())
    }

    fn replace_elem(&mut self, list: PointerValue<'c>, i: IntValue<'c>, new: Vec<V<'c>>, elem: &Type) -> Result<()> {
        let kind = elem_of(elem);
        let new = self.to_elem(new, kind, elem)?;
        let p = self.elem_address(list, i, kind)?;
        let a = self.a();
        match kind {
            Elem::Ptr => {
                let old = a.load_from(Memory::Ptr, a.ptr.into(), p, 0)?.into_pointer_value();
                self.store_raw(&new, p)?;
                self.drop_leaves(&[old.into()], &Type::Tensor)
            }
            Elem::Val => {
                let old = self.load_value(p, 0)?;
                self.store_raw(&new, p)?;
                self.drop_leaves(&old, &Type::Any)
            }
            _ => self.store_raw(&new, p),
        }
    }

    /// Room for one more element.
    pub fn make_room(&mut self, list: PointerValue<'c>) -> Result<()> {
        let a = self.a();
        let len = self.list_len(list)?;
        let cap = a.load_from(Memory::List, a.i64.into(), list, LIST_CAP_OFFSET as u64)?.into_int_value();
        let (grow, store) = (a.block("")?, a.block("")?);
        let full = a.icmp(IntPredicate::UGE, len, cap)?;
        a.unless(full, grow, store)?;
        a.at(grow);
        a.call(a.helper("ts_list_grow", &[T::Ptr], None), &[list.into()])?;
        a.br(store)?;
        a.at(store);
        Ok(())
    }

    /// Appends an element to a list that has room for it.
    pub fn push(&mut self, list: PointerValue<'c>, new: Vec<V<'c>>, elem: &Type) -> Result<()> {
        let kind = elem_of(elem);
        let new = self.to_elem(new, kind, elem)?;
        let len = self.list_len(list)?;
        let p = self.elem_address(list, len, kind)?;
        self.store_raw(&new, p)?;
        let a = self.a();
        let more = a.add(len, a.int(1))?;
        a.store_to(Memory::List, more, list, LIST_LEN_OFFSET as u64)
    }

    /// Makes room once for what a loop appends: to every list that is new before the loop, which always runs `count` times, and that
    /// only one append of the loop's body sees.
    pub fn reserve_for_loop(&mut self, n: Node, body: Block, count: IntValue<'c>) -> Result<()> {
        let (home, at) = self.at;
        for &m in &self.g.block(body).nodes {
            let data = self.g.node(m);
            let (Some(&list), "aten::append") = (data.inputs.first(), data.op.as_str()) else { continue };
            let Some(made) = self.g.def_node(list).filter(|d| self.g.node(*d).op == "prim::ListConstruct") else { continue };
            let before = &self.g.block(home).nodes[..at];
            let Some(start) = before.iter().position(|x| *x == made) else { continue };
            let alone = self.life.uses(n, list) == 1 && before[start..].iter().all(|x| self.life.uses(*x, list) == 0);
            if !alone
                || data
                    .outputs
                    .iter()
                    .any(|o| self.life.last_use(*o).is_none_or(|(b, i)| self.g.block(b).nodes.get(i) != Some(&m)))
            {
                continue;
            }
            let list = self.object(list)?;
            let a = self.a();
            a.call(a.helper("ts_list_reserve", &[T::Ptr, T::I64], None), &[list.into(), count.into()])?;
            self.roomy.insert(m);
        }
        Ok(())
    }

    /// A new list with room for `cap` elements.
    pub fn new_list(&mut self, elem: &Type, cap: u64) -> Result<PointerValue<'c>> {
        let a = self.a();
        let f = a.helper("ts_list_new", &[T::I8, T::I64], Some(T::Ptr));
        let kind = elem_of(elem) as u8;
        Ok(a.call_value(f, &[a.byte(kind).into(), a.int(cap as i64).into()])?.into_pointer_value())
    }

    /// `prim::ListConstruct`
    pub fn list_construct(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (inputs, out) = (data.inputs.clone(), data.outputs[0]);
        let ty = self.ty(out).clone();
        let elem = match &ty {
            Type::List(e) => (**e).clone(),
            other => return Err(internal(format!("a list of type {other}"))),
        };
        let kind = elem_of(&elem);
        let list = self.new_list(&elem, inputs.len() as u64)?;
        self.set_owned(out, vec![list.into()], &ty)?;
        for (i, v) in inputs.iter().enumerate() {
            let l = self.consume(*v, &elem)?;
            let l = self.to_elem(l, kind, &elem)?;
            let index = self.a().int(i as i64);
            let p = self.elem_address(list, index, kind)?;
            self.store_raw(&l, p)?;
        }
        let a = self.a();
        a.store_to(Memory::List, a.int(inputs.len() as i64), list, LIST_LEN_OFFSET as u64)
    }

    /// `prim::ListUnpack`: as many elements as there are outputs.
    pub fn list_unpack(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (v, outputs) = (data.inputs[0], data.outputs.clone());
        let Type::List(elem) = self.ty(v) else { return Err(internal("prim::ListUnpack of no list")) };
        let list = self.object(v)?;
        let a = self.a();
        let f = a.helper("ts_list_unpack", &[T::Ptr, T::I64], Some(T::I32));
        let status = a.call_value(f, &[list.into(), a.int(outputs.len() as i64).into()])?.into_int_value();
        self.check(status)?;
        for (i, o) in outputs.iter().enumerate() {
            let i = self.a().int(i as i64);
            let (l, ty) = self.load_elem(list, i, elem)?;
            self.retain_leaves(&l, &ty)?;
            self.set_owned(*o, l, &ty)?;
        }
        Ok(())
    }

    /// `prim::TupleConstruct`
    pub fn tuple_construct(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (inputs, out) = (data.inputs.clone(), data.outputs[0]);
        let ty = self.ty(out).clone();
        let Type::Tuple(tuple) = &ty else { return Err(internal(format!("a tuple of type {ty}"))) };
        let vals = inputs.iter().map(|v| self.val(*v)).collect::<Result<Vec<_>>>()?;
        let free = vals.iter().zip(&tuple.elems).all(|(v, t)| v.own.lasts() && !allocates(&v.ty, t));
        let mut l = vec![];
        if free {
            let fixed = vals.iter().all(|v| matches!(v.own, Own::Static));
            for (v, t) in vals.into_iter().zip(&tuple.elems) {
                l.extend(self.convert(v.leaves, &v.ty, t)?);
            }
            return self.set_borrowed(out, l, &ty, if fixed { Own::Static } else { Own::Borrowed });
        }
        for (v, t) in inputs.iter().zip(&tuple.elems) {
            l.extend(self.consume(*v, t)?);
        }
        self.set_owned(out, l, &ty)
    }

    /// The member of a tuple at a place that is known only at run time; all members are of the result's type.
    fn tuple_item(&mut self, tuple: Val<'c>, index: Value, out: Value) -> Result<()> {
        let Type::Tuple(t) = &tuple.ty else { return Err(internal("an index into what is no tuple")) };
        let count = t.elems.len() as i64;
        let i = self.borrow(index, &Type::Int)?[0].into_int_value();
        let a = self.a();
        let from_end = a.icmp(IntPredicate::SLT, i, a.int(0))?;
        let i = a.select_int(from_end, a.add(i, a.int(count))?, i)?;
        let outside = a.icmp(IntPredicate::UGE, i, a.int(count))?;
        self.raise_when(outside, "RuntimeError", "Tuple list index out of range")?;
        let ty = self.ty(out).clone();
        let mut rest = &tuple.leaves[..];
        let mut picked: Option<Vec<V<'c>>> = None;
        for (k, elem) in t.elems.iter().enumerate() {
            let (head, tail) = rest.split_at(leaves(elem).len());
            rest = tail;
            if allocates(elem, &ty) {
                let what = format!("a variable index into a {}", tuple.ty.annotation());
                return Err(self.fault(crate::diag::Code::Unsupported, what));
            }
            let l = self.convert(head.to_vec(), elem, &ty)?;
            let a = self.a();
            picked = Some(match picked {
                None => l,
                Some(before) => {
                    let is_it = a.icmp(IntPredicate::EQ, i, a.int(k as i64))?;
                    let both = l.into_iter().zip(before);
                    both.map(|(l, before)| Ok(a.b.build_select(is_it, l, before, "")?)).collect::<Result<_>>()?
                }
            });
        }
        let l = picked.unwrap_or_else(|| self.zeros(&ty));
        self.retain_leaves(&l, &ty)?;
        self.set_owned(out, l, &ty)
    }

    /// `prim::TupleUnpack`, `prim::TupleIndex`, `prim::TupleSlice`: members `from..` of the first input, one per output; a slice makes one
    /// tuple of them.
    pub fn tuple_parts(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (v, outputs) = (data.inputs[0], data.outputs.clone());
        let val = self.val(v)?;
        if is_dynamic(&val.ty) {
            return Err(
                self.fault(crate::diag::Code::Unsupported, format!("taking apart a value of type {}", val.ty.annotation()))
            );
        }
        let Type::Tuple(tuple) = &val.ty else { return Err(internal(format!("{} of a {}", data.op, val.ty))) };
        let count = tuple.elems.len() as i64;
        let int = |name: &str| match self.g.attr(n, name) {
            Some(Attr::Int(i)) => Some(*i),
            _ => None,
        };
        let wrap = |i: i64| (if i < 0 { i + count } else { i }).clamp(0, count) as usize;
        let (from, to) = match data.op.as_str() {
            "prim::TupleUnpack" => (0, count as usize),
            "prim::TupleSlice" => (wrap(int("beg").unwrap_or(0)), wrap(int("end").unwrap_or(count))),
            _ => {
                let given = data.inputs.get(1).and_then(|i| self.val(*i).ok());
                let given = given.and_then(|g| g.leaves.first().and_then(|l| l.into_int_value().get_sign_extended_constant()));
                let Some(i) = given.or(int("index")) else {
                    return self.tuple_item(val, data.inputs[1], outputs[0]);
                };
                let i = if i < 0 { i + count } else { i };
                if !(0..count).contains(&i) {
                    return Err(self.fault(crate::diag::Code::Type, "tuple index out of range"));
                }
                (i as usize, i as usize + 1)
            }
        };
        let start: usize = tuple.elems[..from].iter().map(|t| leaves(t).len()).sum();
        let borrowed = val.own.lasts();
        let mut rest = &val.leaves[start..];
        let mut parts = vec![];
        for ty in &tuple.elems[from..to.max(from)] {
            let (head, tail) = rest.split_at(leaves(ty).len());
            parts.push((head.to_vec(), ty.clone()));
            rest = tail;
        }
        if data.op == "prim::TupleSlice" {
            let l = parts.iter().flat_map(|p| p.0.clone()).collect();
            parts = vec![(l, Type::tuple(parts.into_iter().map(|p| p.1).collect()))];
        }
        for ((l, ty), o) in parts.into_iter().zip(outputs) {
            if borrowed {
                self.set_borrowed(o, l, &ty, val.own.clone())?;
            } else {
                self.retain_leaves(&l, &ty)?;
                self.set_owned(o, l, &ty)?;
            }
        }
        Ok(())
    }
}
