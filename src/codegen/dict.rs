//! Dicts: one search for a key serves every read and write of it until entries may have moved.

use super::asm::{Memory, T, V, internal};
use super::func::Func;
use super::repr::{elem_of, is_counted};
use crate::diag::Result;
use crate::graph::{Graph, Node, Value};
use crate::types::Type;
use inkwell::values::PointerValue;

/// Where the value of a key lies, as the last search found it.
#[derive(Clone)]
pub struct Found<'c> {
    dict: Value,
    key: Value,
    /// Null for a missing key.
    place: PointerValue<'c>,
    /// The key is known to be there.
    is_present: bool,
}

/// Entries of dicts may move while the node runs.
pub fn moves_entries(g: &Graph, n: Node) -> bool {
    let data = g.node(n);
    if data.blocks.iter().any(|b| g.block(*b).nodes.iter().any(|m| moves_entries(g, *m))) {
        return true;
    }
    match data.op.as_str() {
        op if super::borrow::runs_other_code(op) => true,
        "aten::_set_item" | "aten::Delete" | "aten::clear" | "aten::pop" | "aten::popitem" | "aten::setdefault"
        | "aten::update" => !matches!(data.inputs.first().map(|v| g.ty(*v)), Some(Type::List(_) | Type::Tensor)),
        _ => false,
    }
}

/// The node sets an item of a dict; [`Func::dict`] itself says what it leaves of the search.
pub fn sets_item(g: &Graph, n: Node) -> bool {
    let data = g.node(n);
    data.op == "aten::_set_item" && matches!(data.inputs.first().map(|v| g.ty(*v)), Some(Type::Dict(..)))
}

impl<'c> Func<'_, '_, 'c> {
    /// Writes a node on dicts inline; false when the runtime does it.
    pub fn dict(&mut self, n: Node) -> Result<bool> {
        let data = self.g.node(n);
        let inputs = data.inputs.clone();
        let Some(Type::Dict(_, value)) = inputs.first().map(|v| self.ty(*v)) else { return Ok(false) };
        match (data.op.as_str(), &inputs[..], &data.outputs[..]) {
            ("aten::len", [d], [out]) => {
                let (d, out) = (self.object(*d)?, *out);
                let a = self.a();
                let len = a.call_value(a.helper("ts_dict_len", &[T::Ptr], Some(T::I64)), &[d.into()])?;
                self.set(out, len, &Type::Int)?;
            }
            ("aten::__contains__", [d, key], [out]) => {
                let (place, out) = (self.search(*d, *key)?, *out);
                let a = self.a();
                let there = a.b.build_is_not_null(place, "")?;
                self.set(out, there, &Type::Bool)?;
            }
            ("aten::__getitem__", [d, key], [out]) => {
                let (place, out) = (self.search(*d, *key)?, *out);
                let missing = self.a().is_null(place)?;
                let l = self.borrow(*key, &Type::Any)?;
                self.fail_when(missing, |f| {
                    let a = f.a();
                    let raise = a.helper("ts_dict_missing", &[T::I64, T::I64], Some(T::I32));
                    a.attribute(raise, "cold");
                    Ok(a.call_value(raise, &l)?.into_int_value())
                })?;
                if let Some(found) = &mut self.found {
                    found.is_present = true;
                }
                let l = self.entry_value(place)?;
                let l = self.peek(&l, value)?;
                self.retain_leaves(&l, value)?;
                self.set_owned(out, l, value)?;
            }
            ("aten::get", [d, key, default @ ..], [out]) if default.len() < 2 => {
                let (d, key, default, out) = (*d, *key, default.first().copied(), *out);
                self.get(d, key, default, out, value)?;
            }
            ("aten::_set_item", [d, key, new], []) => {
                let (d, key, new) = (*d, *key, *new);
                self.set_item(d, key, new, value)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The place of a key's value, null when there is none.
    fn search(&mut self, d: Value, key: Value) -> Result<PointerValue<'c>> {
        if let Some(f) = &self.found
            && f.dict == d
            && f.key == key
        {
            return Ok(f.place);
        }
        let dict = self.object(d)?;
        let l = self.borrow(key, &Type::Any)?;
        let a = self.a();
        let f = a.helper("ts_dict_place", &[T::Ptr, T::I64, T::I64], Some(T::Ptr));
        let place = a.call_value(f, &[dict.into(), l[0], l[1]])?.into_pointer_value();
        self.found = Some(Found { dict: d, key, place, is_present: false });
        Ok(place)
    }

    fn entry_value(&self, place: PointerValue<'c>) -> Result<Vec<V<'c>>> {
        let a = self.a();
        Ok(vec![a.load_from(Memory::Entry, a.i64.into(), place, 0)?, a.load_from(Memory::Entry, a.i64.into(), place, 8)?])
    }

    /// `d.get(key)` and `d.get(key, default)`
    fn get(&mut self, d: Value, key: Value, default: Option<Value>, out: Value, value: &Type) -> Result<()> {
        let want = self.ty(out).clone();
        let other = match default {
            Some(v) => self.borrow(v, &want)?,
            None => self.zeros(&want),
        };
        let place = self.search(d, key)?;
        let a = self.a();
        let (there, missing, join) = (a.block("")?, a.block("")?, a.block("")?);
        let null = a.is_null(place)?;
        a.cond(null, missing, there)?;
        a.at(there);
        let l = self.entry_value(place)?;
        let l = self.peek(&l, value)?;
        self.retain_leaves(&l, value)?;
        let l = self.convert(l, value, &want)?;
        let end_there = self.a().here()?;
        self.a().br(join)?;
        self.a().at(missing);
        self.retain_leaves(&other, &want)?;
        let end_missing = self.a().here()?;
        self.a().br(join)?;
        self.a().at(join);
        let mut result: Vec<V> = vec![];
        for (x, y) in l.into_iter().zip(other) {
            result.push(self.a().phi(x.get_type(), &[(x, end_there), (y, end_missing)])?.as_basic_value());
        }
        self.set_owned(out, result, &want)
    }

    /// `d[key] = new`
    fn set_item(&mut self, d: Value, key: Value, new: Value, value: &Type) -> Result<()> {
        let place = self.search(d, key)?;
        let is_present = self.found.as_ref().is_some_and(|f| f.is_present);
        let dict = self.object(d)?;
        let l = self.consume(new, value)?;
        let l = self.convert(l, value, &Type::Any)?;
        if !is_present {
            let a = self.a();
            let (there, missing, join) = (a.block("")?, a.block("")?, a.block("")?);
            let null = a.is_null(place)?;
            a.cond(null, missing, there)?;
            a.at(missing);
            let k = self.borrow(key, &Type::Any)?;
            self.insert(dict.into(), &k, &l)?;
            self.a().br(join)?;
            self.a().at(there);
            self.replace(place, &l, value)?;
            self.a().br(join)?;
            self.a().at(join);
            // The new entry may have moved all others.
            self.found = None;
            return Ok(());
        }
        self.replace(place, &l, value)
    }

    fn replace(&mut self, place: PointerValue<'c>, l: &[V<'c>], value: &Type) -> Result<()> {
        let old = if is_counted(value) || value == &Type::Complex { Some(self.entry_value(place)?) } else { None };
        let a = self.a();
        a.store_to(Memory::Entry, l[0], place, 0)?;
        a.store_to(Memory::Entry, l[1], place, 8)?;
        old.map_or(Ok(()), |old| self.drop_leaves(&old, &Type::Any))
    }

    /// Sets a pair: the key is borrowed, the value's count goes to the dict.
    pub fn insert(&mut self, dict: V<'c>, key: &[V<'c>], value: &[V<'c>]) -> Result<()> {
        let a = self.a();
        let f = a.helper("ts_dict_put", &[T::Ptr, T::I64, T::I64, T::I64, T::I64], Some(T::I32));
        let status = a.call_value(f, &[dict, key[0], key[1], value[0], value[1]])?.into_int_value();
        self.check(status)
    }

    /// `prim::DictConstruct`: keys and values in turn.
    pub fn dict_construct(&mut self, n: Node) -> Result<()> {
        let data = self.g.node(n);
        let (inputs, out) = (data.inputs.clone(), data.outputs[0]);
        let ty = self.ty(out).clone();
        let Type::Dict(k, v) = &ty else { return Err(internal(format!("a dict of type {ty}"))) };
        let dict = self.new_dict(k, v)?;
        self.set_owned(out, vec![dict], &ty)?;
        for pair in inputs.chunks_exact(2) {
            let key = self.borrow(pair[0], &Type::Any)?;
            let value = self.consume(pair[1], v)?;
            let value = self.convert(value, v, &Type::Any)?;
            self.insert(dict, &key, &value)?;
        }
        Ok(())
    }

    pub fn new_dict(&mut self, k: &Type, v: &Type) -> Result<V<'c>> {
        let a = self.a();
        let f = a.helper("ts_dict_new", &[T::I8, T::I8], Some(T::Ptr));
        a.call_value(f, &[a.byte(elem_of(k) as u8).into(), a.byte(elem_of(v) as u8).into()])
    }

    /// Sets a pair: key and value stand at `args`, borrowed.
    pub fn dict_put(&mut self, dict: V<'c>, args: PointerValue<'c>) -> Result<()> {
        let a = self.a();
        let f = a.helper("ts_dict_set", &[T::Ptr, T::Ptr, T::Ptr], Some(T::I32));
        let value = a.gep(args, 16)?;
        let status = a.call_value(f, &[dict, args.into(), value.into()])?.into_int_value();
        self.check(status)
    }
}
