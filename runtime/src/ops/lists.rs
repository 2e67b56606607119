//! Operators on lists.

use crate::header::Ref;
use crate::list::{List, out_of_range};
use crate::list_abi::{concat, insert_at, pop as take, repeat, same, slice as cut};
use crate::tensor::Tensor;
use crate::value::Value;
use crate::{Args, Result, Scalar};
use alloc::vec::Vec;
use core::cmp::Ordering;

operators! {
    aten::Delete.t => delete,
    aten::Size => as_is,
    aten::__contains__.float_list => contains,
    aten::__contains__.int_list => contains,
    aten::__contains__.str_list => contains,
    aten::__getitem__.t => getitem,
    aten::_set_item.t => set_item,
    aten::add.t => add,
    aten::add_.t => add_,
    aten::all.bool => all,
    aten::all.float => all,
    aten::all.int => all,
    aten::any.bool => any,
    aten::any.float => any,
    aten::any.int => any,
    aten::any.str => any,
    aten::append.t => append,
    aten::clear.t => clear,
    aten::copy.t => copy,
    aten::list.t => copy,
    aten::count.Tensor => count,
    aten::count.bool => count,
    aten::count.float => count,
    aten::count.int => count,
    aten::count.str => count,
    aten::eq.Tensor_list => eq,
    aten::eq.bool_list => eq,
    aten::eq.float_list => eq,
    aten::eq.int_list => eq,
    aten::eq.str_list => eq,
    aten::extend.t => extend,
    aten::index.list_Tensor => index,
    aten::index.list_bool => index,
    aten::index.list_float => index,
    aten::index.list_int => index,
    aten::index.list_str => index,
    aten::insert.t => insert,
    aten::len.any => len,
    aten::len.t => len,
    aten::mul.left_t => mul,
    aten::mul.right_ => mul_right,
    aten::mul_.t => mul_,
    aten::ne.Tensor_list => ne,
    aten::ne.bool_list => ne,
    aten::ne.float_list => ne,
    aten::ne.int_list => ne,
    aten::ne.str_list => ne,
    aten::pop.t => pop,
    aten::remove.Tensor => remove,
    aten::remove.bool => remove,
    aten::remove.float => remove,
    aten::remove.int => remove,
    aten::remove.str => remove,
    aten::reverse.t => reverse,
    aten::select.t => getitem,
    aten::slice.t => slice,
    aten::sort.Tensor => sort,
    aten::sort.bool => sort,
    aten::sort.float => sort,
    aten::sort.int => sort,
    aten::sort.str => sort,
    aten::sorted.Tensor => sorted,
    aten::sorted.bool => sorted,
    aten::sorted.float => sorted,
    aten::sorted.int => sorted,
    aten::sorted.str => sorted,
    aten::sum.bool => sum,
    aten::sum.complex => sum,
    aten::sum.float => sum,
    aten::sum.int => sum,
    prim::max.bool_list => max_list,
    prim::max.float_list => max_list,
    prim::max.int_list => max_list,
    prim::max.self_bool => max,
    prim::max.self_float => max,
    prim::max.self_int => max,
    prim::min.bool_list => min_list,
    prim::min.float_list => min_list,
    prim::min.int_list => min_list,
    prim::min.self_bool => min,
    prim::min.self_float => min,
    prim::min.self_int => min,
    prim::rangelist => rangelist,
}

type Got = Result<Ref<List>>;

fn at(l: &List, i: i64) -> Result<usize> {
    l.wrap(i).ok_or_else(out_of_range)
}

/// The truth of `a == b` as of one-element tensors.
fn tensors_equal(a: &Tensor, b: &Tensor) -> Result<bool> {
    let shape = crate::tensor::broadcast(a.sizes(), b.sizes())?;
    let n: i64 = shape.iter().product();
    check!(n != 0, "Boolean value of Tensor with no values is ambiguous");
    check!(n == 1, "Boolean value of Tensor with more than one value is ambiguous");
    let complex = |t: &Tensor| -> Result<crate::Complex<f64>> { Ok(t.item()?.to()) };
    if a.dtype().is_int() && b.dtype().is_int() {
        return Ok(a.item()?.to_i64() == b.item()?.to_i64());
    }
    Ok(complex(a)? == complex(b)?)
}

/// `==` of elements: tensors by value.
fn equal(a: &Value, b: &Value) -> Result<bool> {
    match (a.as_tensor(), b.as_tensor()) {
        (Some(a), Some(b)) => tensors_equal(a, b),
        _ => Ok(same(a, b)),
    }
}

fn position(l: &List, v: &Value) -> Result<Option<usize>> {
    for (i, x) in l.iter().enumerate() {
        if equal(&x, v)? {
            return Ok(Some(i));
        }
    }
    Ok(None)
}

fn as_is(a: &Args) -> Got {
    Ok(a.list(0)?.clone())
}

fn delete(a: &Args) -> Result<()> {
    let l = a.list(0)?;
    check!(!l.is_empty(), Index, "pop index out of range");
    take(l, a.int(1)?).map(drop)
}

fn contains(a: &Args) -> Result<bool> {
    Ok(position(a.list(0)?, a.value(1)?)?.is_some())
}

fn getitem(a: &Args) -> Result<Value> {
    let l = a.list(0)?;
    l.get(at(l, a.int(1)?)?).ok_or_else(out_of_range)
}

fn set_item(a: &Args) -> Got {
    let l = a.list(0)?;
    l.set(at(l, a.int(1)?)?, a.value(2)?.clone())?;
    Ok(l.clone())
}

fn add(a: &Args) -> Got {
    concat(a.list(0)?, a.list(1)?)
}

fn add_(a: &Args) -> Got {
    a.list(0)?.extend(a.list(1)?)?;
    Ok(a.list(0)?.clone())
}

fn truth(v: &Value) -> bool {
    v.as_scalar().map_or_else(|| v.as_bytes().is_some_and(|s| !s.is_empty()), |s| s.to_bool())
}

fn all(a: &Args) -> Result<bool> {
    Ok(a.list(0)?.iter().all(|v| truth(&v)))
}

fn any(a: &Args) -> Result<bool> {
    Ok(a.list(0)?.iter().any(|v| truth(&v)))
}

fn append(a: &Args) -> Got {
    a.list(0)?.push(a.value(1)?.clone())?;
    Ok(a.list(0)?.clone())
}

fn clear(a: &Args) -> Result<()> {
    a.list(0)?.clear();
    Ok(())
}

fn copy(a: &Args) -> Got {
    Ok(a.list(0)?.copy())
}

fn count(a: &Args) -> Result<i64> {
    let mut n = 0;
    for v in a.list(0)?.iter() {
        n += equal(&v, a.value(1)?)? as i64;
    }
    Ok(n)
}

fn eq(a: &Args) -> Result<bool> {
    let (x, y) = (a.list(0)?, a.list(1)?);
    if x.len() != y.len() {
        return Ok(false);
    }
    for (p, q) in x.iter().zip(y.iter()) {
        if !equal(&p, &q)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn ne(a: &Args) -> Result<bool> {
    Ok(!eq(a)?)
}

fn extend(a: &Args) -> Result<()> {
    a.list(0)?.extend(a.list(1)?)
}

fn index(a: &Args) -> Result<i64> {
    let v = a.value(1)?;
    match position(a.list(0)?, v)? {
        Some(i) => Ok(i as i64),
        None => bail!(Value, "'{}' is not in list", crate::print::script_str(v).into_string()),
    }
}

fn insert(a: &Args) -> Result<()> {
    let l = a.list(0)?;
    l.insert(insert_at(l, a.int(1)?), a.value(2)?.clone())
}

fn len(a: &Args) -> Result<i64> {
    Ok(a.list(0)?.len() as i64)
}

fn mul(a: &Args) -> Got {
    repeat(a.list(0)?, a.int(1)?)
}

fn mul_right(a: &Args) -> Got {
    repeat(a.list(1)?, a.int(0)?)
}

fn mul_(a: &Args) -> Got {
    let (l, n) = (a.list(0)?, a.int(1)?);
    let once = l.copy();
    if n <= 0 {
        l.clear();
    }
    for _ in 1..n {
        l.extend(&once)?;
    }
    Ok(l.clone())
}

fn pop(a: &Args) -> Result<Value> {
    take(a.list(0)?, a.int(1)?)
}

fn remove(a: &Args) -> Result<()> {
    let l = a.list(0)?;
    let i = position(l, a.value(1)?)?.ok_or_else(|| err!(Value, "list.remove(x): x not in list"))?;
    l.drain(i, i + 1);
    Ok(())
}

fn reverse(a: &Args) -> Result<()> {
    let l = a.list(0)?;
    let n = l.len();
    (0..n / 2).for_each(|i| l.swap(i, n - 1 - i));
    Ok(())
}

fn slice(a: &Args) -> Got {
    cut(a.list(0)?, a.opt_int(1)?, a.opt_int(2)?, a.int(3)?)
}

/// Order of two elements of one type; tensors by their only value.
fn order(a: &Value, b: &Value) -> Result<Ordering> {
    let key = |v: &Value| match v.as_tensor() {
        Some(t) => t.item().map(Some),
        None => Ok(v.as_scalar()),
    };
    Ok(match (key(a)?, key(b)?) {
        (Some(Scalar::Int(x)), Some(Scalar::Int(y))) => x.cmp(&y),
        (Some(x), Some(y)) => x.to_f64().partial_cmp(&y.to_f64()).unwrap_or(Ordering::Equal),
        _ => a.as_bytes().cmp(&b.as_bytes()),
    })
}

fn sort_list(l: &List, reverse: bool) -> Result<()> {
    let mut items: Vec<Value> = l.iter().collect();
    let mut failed = None;
    items.sort_by(|x, y| {
        let o = order(x, y).unwrap_or_else(|e| {
            failed = Some(e);
            Ordering::Equal
        });
        if reverse { o.reverse() } else { o }
    });
    if let Some(e) = failed {
        return Err(e);
    }
    for (i, v) in items.into_iter().enumerate() {
        l.set(i, v)?;
    }
    Ok(())
}

fn sort(a: &Args) -> Result<()> {
    sort_list(a.list(0)?, a.bool(1)?)
}

fn sorted(a: &Args) -> Got {
    let l = a.list(0)?.copy();
    sort_list(&l, false)?;
    Ok(l)
}

fn sum(a: &Args) -> Result<Scalar> {
    let l = a.list(0)?;
    if let Some(ints) = l.items::<i64>() {
        return Ok(Scalar::Int(ints.iter().fold(0, |s, x| s.wrapping_add(*x))));
    }
    if let Some(floats) = l.items::<f64>() {
        return Ok(Scalar::Float(floats.iter().fold(0.0, |s, x| s + x)));
    }
    if let Some(bools) = l.items::<bool>() {
        return Ok(Scalar::Int(bools.iter().filter(|b| **b).count() as i64));
    }
    let mut s = crate::Complex::default();
    for v in l.iter() {
        s = s + v.as_scalar().ok_or_else(|| err!(Type, "sum() of a list that doesn't hold numbers"))?.to();
    }
    Ok(Scalar::Complex(s))
}

/// The element that stands first in the given order.
fn extreme(a: &Args, want: Ordering, name: &str) -> Result<Value> {
    let mut items = a.list(0)?.iter();
    let mut best = items.next().ok_or_else(|| err!(Value, "{name}() arg is an empty sequence"))?;
    for v in items {
        if order(&v, &best)? == want {
            best = v;
        }
    }
    Ok(best)
}

fn max(a: &Args) -> Result<Value> {
    extreme(a, Ordering::Greater, "max")
}

fn min(a: &Args) -> Result<Value> {
    extreme(a, Ordering::Less, "min")
}

/// Of two lists, the one that stands first in lexicographic order.
fn extreme_list(a: &Args, want: Ordering) -> Got {
    let (x, y) = (a.list(0)?, a.list(1)?);
    for (p, q) in x.iter().zip(y.iter()) {
        match order(&p, &q)? {
            Ordering::Equal => {}
            o => return Ok(if o == want { x.clone() } else { y.clone() }),
        }
    }
    Ok(if x.len().cmp(&y.len()) == want { x.clone() } else { y.clone() })
}

fn max_list(a: &Args) -> Got {
    extreme_list(a, Ordering::Greater)
}

fn min_list(a: &Args) -> Got {
    extreme_list(a, Ordering::Less)
}

fn rangelist(a: &Args) -> Result<Vec<i64>> {
    Ok((0..a.int(0)?).collect())
}

#[cfg(test)]
mod tests {
    use crate::list::List;
    use crate::print::python_repr;
    use crate::registry::{call, find};
    use crate::value::Value;

    #[test]
    fn lists_answer_as_in_torchscript() {
        let i = Value::int;
        let ints = |v: &[i64]| Value::from(List::from_items(v.iter().copied()));
        let l = ints(&[3, 1, 2]);
        for (op, args, want) in [
            ("aten::pop.t", &[l.clone(), i(-1)][..], "2"),
            ("aten::append.t", &[l.clone(), i(7)], "[3, 1, 7]"),
            ("aten::sorted.int", &[l.clone()], "[1, 3, 7]"),
            ("aten::slice.t", &[l.clone(), Value::none(), Value::none(), i(-1)], "[7, 1, 3]"),
            ("aten::slice.t", &[l.clone(), i(-2), i(99), i(1)], "[1, 7]"),
            ("aten::mul.left_t", &[l.clone(), i(2)], "[3, 1, 7, 3, 1, 7]"),
            ("aten::index.list_int", &[l.clone(), i(7)], "2"),
            ("aten::sum.int", &[l.clone()], "11"),
            ("prim::max.self_int", &[l.clone()], "7"),
            ("aten::eq.int_list", &[l.clone(), ints(&[3, 1, 7])], "True"),
            ("prim::min.int_list", &[l.clone(), ints(&[3, 1])], "[3, 1]"),
        ] {
            let r = call(find(op).unwrap(), args, 1).unwrap();
            assert_eq!(python_repr(&r[0]), want, "{op}");
        }
        let e = call(find("aten::__getitem__.t").unwrap(), &[l, i(9)], 1).unwrap_err();
        assert_eq!(e.message(), "list index out of range");
    }
}
