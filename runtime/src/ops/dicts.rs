//! Operators on dictionaries. The key types share their functions.

use crate::dict::Dict;
use crate::header::Ref;
use crate::list::{Elem, List};
use crate::value::Value;
use crate::{Args, Result};

operators! {
    aten::Delete.Dict_Tensor => delete,
    aten::Delete.Dict_bool => delete,
    aten::Delete.Dict_complex => delete,
    aten::Delete.Dict_float => delete,
    aten::Delete.Dict_int => delete,
    aten::Delete.Dict_str => delete,
    aten::__contains__.Tensor => contains,
    aten::__contains__.bool => contains,
    aten::__contains__.complex => contains,
    aten::__contains__.float => contains,
    aten::__contains__.int => contains,
    aten::__contains__.str => contains,
    aten::__getitem__.Dict_Tensor => getitem,
    aten::__getitem__.Dict_bool => getitem,
    aten::__getitem__.Dict_complex => getitem,
    aten::__getitem__.Dict_float => getitem,
    aten::__getitem__.Dict_int => getitem,
    aten::__getitem__.Dict_str => getitem,
    aten::_set_item.Tensor => set_item,
    aten::_set_item.bool => set_item,
    aten::_set_item.complex => set_item,
    aten::_set_item.float => set_item,
    aten::_set_item.int => set_item,
    aten::_set_item.str => set_item,
    aten::clear.Tensor => clear,
    aten::clear.bool => clear,
    aten::clear.complex => clear,
    aten::clear.float => clear,
    aten::clear.int => clear,
    aten::clear.str => clear,
    aten::copy.Dict_Tensor => copy,
    aten::copy.Dict_bool => copy,
    aten::copy.Dict_complex => copy,
    aten::copy.Dict_float => copy,
    aten::copy.Dict_int => copy,
    aten::copy.Dict_str => copy,
    aten::dict.Dict_Tensor => copy,
    aten::dict.Dict_bool => copy,
    aten::dict.Dict_complex => copy,
    aten::dict.Dict_float => copy,
    aten::dict.Dict_int => copy,
    aten::dict.Dict_str => copy,
    aten::dict.Tensor => from_pairs,
    aten::dict.bool => from_pairs,
    aten::dict.complex => from_pairs,
    aten::dict.float => from_pairs,
    aten::dict.int => from_pairs,
    aten::dict.str => from_pairs,
    aten::get.Tensor => get,
    aten::get.bool => get,
    aten::get.complex => get,
    aten::get.float => get,
    aten::get.int => get,
    aten::get.str => get,
    aten::get.default_Tensor => get_default,
    aten::get.default_bool => get_default,
    aten::get.default_complex => get_default,
    aten::get.default_float => get_default,
    aten::get.default_int => get_default,
    aten::get.default_str => get_default,
    aten::items.Tensor => items,
    aten::items.bool => items,
    aten::items.complex => items,
    aten::items.float => items,
    aten::items.int => items,
    aten::items.str => items,
    aten::keys.Tensor => keys,
    aten::keys.bool => keys,
    aten::keys.complex => keys,
    aten::keys.float => keys,
    aten::keys.int => keys,
    aten::keys.str => keys,
    aten::len.Dict_Tensor => len,
    aten::len.Dict_bool => len,
    aten::len.Dict_complex => len,
    aten::len.Dict_float => len,
    aten::len.Dict_int => len,
    aten::len.Dict_str => len,
    aten::pop.Dict_Tensor => pop,
    aten::pop.Dict_bool => pop,
    aten::pop.Dict_complex => pop,
    aten::pop.Dict_float => pop,
    aten::pop.Dict_int => pop,
    aten::pop.Dict_str => pop,
    aten::pop.Dict_default_Tensor => pop_default,
    aten::pop.Dict_default_bool => pop_default,
    aten::pop.Dict_default_complex => pop_default,
    aten::pop.Dict_default_float => pop_default,
    aten::pop.Dict_default_int => pop_default,
    aten::pop.Dict_default_str => pop_default,
    aten::popitem.Tensor => popitem,
    aten::popitem.bool => popitem,
    aten::popitem.complex => popitem,
    aten::popitem.float => popitem,
    aten::popitem.int => popitem,
    aten::popitem.str => popitem,
    aten::setdefault.Tensor => setdefault,
    aten::setdefault.bool => setdefault,
    aten::setdefault.complex => setdefault,
    aten::setdefault.float => setdefault,
    aten::setdefault.int => setdefault,
    aten::setdefault.str => setdefault,
    aten::update.Tensor => update,
    aten::update.bool => update,
    aten::update.complex => update,
    aten::update.float => update,
    aten::update.int => update,
    aten::update.str => update,
    aten::values.Tensor => values,
    aten::values.bool => values,
    aten::values.complex => values,
    aten::values.float => values,
    aten::values.int => values,
    aten::values.str => values,
    aten::dict => empty,
}

fn empty(_: &Args) -> Result<Ref<Dict>> {
    Ok(Dict::new(Elem::Ptr, Elem::Ptr))
}

fn delete(a: &Args) -> Result<()> {
    a.dict(0)?.take(a.value(1)?).map(drop)
}

fn contains(a: &Args) -> Result<bool> {
    Ok(a.dict(0)?.contains(a.value(1)?))
}

fn getitem(a: &Args) -> Result<Value> {
    a.dict(0)?.at(a.value(1)?)
}

fn set_item(a: &Args) -> Result<()> {
    a.dict(0)?.set(a.value(1)?.clone(), a.value(2)?.clone())
}

fn clear(a: &Args) -> Result<()> {
    a.dict(0)?.clear();
    Ok(())
}

fn copy(a: &Args) -> Result<Ref<Dict>> {
    Ok(a.dict(0)?.copy())
}

/// `dict(list of pairs)`
fn from_pairs(a: &Args) -> Result<Ref<Dict>> {
    let list = a.list(0)?;
    let mut d = None;
    for pair in list.iter() {
        let Some([k, v]) = pair.as_tuple().map(|t| t.items()) else { bail!(Type, "dict() takes a list of pairs") };
        let d = d.get_or_insert_with(|| Dict::new(crate::args::elem_of(k), crate::args::elem_of(v)));
        d.set(k.clone(), v.clone())?;
    }
    Ok(d.unwrap_or_else(|| Dict::new(Elem::Val, Elem::Val)))
}

fn get(a: &Args) -> Result<Value> {
    Ok(a.dict(0)?.get(a.value(1)?).unwrap_or(Value::none()))
}

fn get_default(a: &Args) -> Result<Value> {
    let default = a.value(2)?;
    Ok(a.dict(0)?.get(a.value(1)?).unwrap_or_else(|| default.clone()))
}

fn items(a: &Args) -> Result<Ref<List>> {
    Ok(a.dict(0)?.items())
}

fn keys(a: &Args) -> Result<Ref<List>> {
    a.dict(0)?.keys()
}

fn values(a: &Args) -> Result<Ref<List>> {
    a.dict(0)?.values()
}

fn len(a: &Args) -> Result<i64> {
    Ok(a.dict(0)?.len() as i64)
}

fn pop(a: &Args) -> Result<Value> {
    a.dict(0)?.take(a.value(1)?)
}

fn pop_default(a: &Args) -> Result<Value> {
    let default = a.value(2)?;
    Ok(a.dict(0)?.remove(a.value(1)?).map_or_else(|| default.clone(), |p| p.1))
}

/// A tuple (key, value): the first, where Python takes the last.
fn popitem(a: &Args) -> Result<Value> {
    let (k, v) = a.dict(0)?.pop_first().ok_or_else(|| err!(Key, "popitem(): dictionary is empty"))?;
    Ok(crate::tuple::Tuple::new([k, v].into_iter()).into())
}

fn setdefault(a: &Args) -> Result<Value> {
    let (d, key) = (a.dict(0)?, a.value(1)?);
    if let Some(v) = d.get(key) {
        return Ok(v);
    }
    d.set(key.clone(), a.value(2)?.clone())?;
    Ok(a.value(2)?.clone())
}

fn update(a: &Args) -> Result<()> {
    a.dict(0)?.update(a.dict(1)?)
}
