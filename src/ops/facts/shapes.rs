//! Shape rules that look at dimensions: matrix products, convolutions, pooling, reductions, views, creation.

use super::{Call, DEFAULT_FLOAT, Known, broadcast};
use crate::types::{DType, Dim, TensorFacts};

fn one(dtype: Option<DType>, dims: Option<Vec<Dim>>, contiguous: bool) -> Vec<TensorFacts> {
    vec![TensorFacts { dtype, dims, contiguous }]
}

/// A dimension number counted from either end.
fn wrap(dim: i64, rank: usize) -> Option<usize> {
    let n = rank.max(1) as i64;
    (-n <= dim && dim < n).then(|| (if dim < 0 { dim + n } else { dim }) as usize)
}

/// `mm`, `bmm`, `mv`, `dot`, `matmul` of the two first tensors.
pub fn matmul(c: &Call) -> Vec<TensorFacts> {
    let mut ts = c.args.iter().filter_map(|a| if let Known::Tensor(t) = a { Some(t) } else { None });
    let (Some(a), Some(b)) = (ts.next(), ts.next()) else { return vec![] };
    one(a.dtype.or(b.dtype), matmul_dims(a, b), true)
}

fn matmul_dims(a: &TensorFacts, b: &TensorFacts) -> Option<Vec<Dim>> {
    let (x, y) = (a.dims.as_ref()?, b.dims.as_ref()?);
    if x.is_empty() || y.is_empty() {
        return None;
    }
    let batch = |d: &[Dim]| d[..d.len().saturating_sub(2)].to_vec();
    let mut out = broadcast(&[Some(&batch(x)), Some(&batch(y))])?;
    if x.len() > 1 {
        out.push(x[x.len() - 2]);
    }
    if y.len() > 1 {
        out.push(y[y.len() - 1]);
    }
    Some(out)
}

/// `addmm(self, mat1, mat2)` and its like: the product of the second and third tensor.
pub fn add_matmul(c: &Call) -> Vec<TensorFacts> {
    let ts: Vec<&TensorFacts> = c.args.iter().filter_map(|a| if let Known::Tensor(t) = a { Some(t) } else { None }).collect();
    match ts[..] {
        [s, a, b, ..] => one(a.dtype.or(s.dtype), matmul_dims(a, b), true),
        _ => vec![],
    }
}

/// `linear(input, weight, bias)`
pub fn linear(c: &Call) -> Vec<TensorFacts> {
    let (Some(x), Some(w)) = (c.tensor("input"), c.tensor("weight")) else { return vec![] };
    let dims = x.dims.clone().and_then(|mut d| {
        d.pop()?;
        if let [out, _] = w.dims.as_deref()? {
            d.push(*out);
        }
        Some(d)
    });
    one(x.dtype.or(w.dtype), dims, true)
}

/// The n-th of a list that one int may stand for.
fn nth(list: &Option<Vec<i64>>, i: usize) -> Option<i64> {
    match list.as_deref()? {
        [one] => Some(*one),
        l => l.get(i).copied(),
    }
}

/// `conv1d`, `conv2d`, `conv3d` with numeric padding; `padding='same'` keeps the size.
pub fn conv(c: &Call) -> Vec<TensorFacts> {
    let (Some(x), Some(w)) = (c.tensor("input"), c.tensor("weight")) else { return vec![] };
    let (stride, padding, dilation) = (c.ints("stride"), c.ints("padding"), c.ints("dilation"));
    let mode = match c.arg("padding") {
        Known::Str(Some(s)) => s.as_str(),
        _ => "",
    };
    let dims = x.dims.as_ref().zip(w.dims.as_ref()).and_then(|(x, w)| {
        let n = w.len().checked_sub(2)?;
        let lead = x.len().checked_sub(n)?;
        let mut out = x[..lead].to_vec();
        *out.last_mut()? = w[0];
        for i in 0..n {
            let size = || {
                let (d, k) = (x[lead + i].as_const()?, w[2 + i].as_const()?);
                let p = if mode == "valid" { 0 } else { nth(&padding, i)? };
                let reach = nth(&dilation, i)?.checked_mul(k - 1)? + 1;
                Some(Dim::Const((d + 2 * p - reach).div_euclid(nth(&stride, i).filter(|&s| s > 0)?) + 1))
            };
            out.push(if mode == "same" { x[lead + i] } else { size().unwrap_or(Dim::Unknown) });
        }
        Some(out)
    });
    one(x.dtype.or(w.dtype), dims, true)
}

/// Pooling over the last `kernel_size.len()` dimensions; a second result holds indices.
pub fn pool(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let n = pool_rank(c);
    let kernel = c.ints("kernel_size");
    let stride = c.ints("stride").filter(|s| !s.is_empty()).or_else(|| {
        let absent = matches!(c.arg("stride"), Known::Ints(l) if l.is_empty()) || matches!(c.arg("stride"), Known::None);
        kernel.clone().filter(|_| absent)
    });
    let padding = c.ints("padding");
    let dilation = c.schema.param("dilation").map_or(Some(vec![1]), |_| c.ints("dilation"));
    let dims = x.dims.clone().and_then(|mut d| {
        let lead = d.len().checked_sub(n)?;
        for i in 0..n {
            let size = || {
                let (s, k, p) = (nth(&stride, i).filter(|&s| s > 0)?, nth(&kernel, i)?, nth(&padding, i)?);
                let room = d[lead + i].as_const()? + 2 * p - nth(&dilation, i)? * (k - 1) - 1;
                if c.flag("ceil_mode")? {
                    return None;
                }
                Some(Dim::Const(room.div_euclid(s) + 1))
            };
            d[lead + i] = size().unwrap_or(Dim::Unknown);
        }
        Some(d)
    });
    let indices = TensorFacts { dtype: Some(DType::I64), dims: dims.clone(), contiguous: false };
    vec![TensorFacts { dtype: x.dtype, dims, contiguous: false }, indices]
}

fn pool_rank(c: &Call) -> usize {
    c.schema.name.chars().find_map(|c| c.to_digit(10)).unwrap_or(2) as usize
}

/// Adaptive pooling: `output_size` replaces the last dimensions.
pub fn adaptive_pool(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let n = pool_rank(c);
    let sizes = c.ints("output_size");
    let dims = x.dims.clone().and_then(|mut d| {
        let lead = d.len().checked_sub(n)?;
        for i in 0..n {
            d[lead + i] = nth(&sizes, i).map_or(Dim::Unknown, Dim::Const);
        }
        Some(d)
    });
    let indices = TensorFacts { dtype: Some(DType::I64), dims: dims.clone(), contiguous: false };
    vec![TensorFacts { dtype: x.dtype, dims, contiguous: false }, indices]
}

/// Dimensions left after folding `dim` (all when None).
fn reduced_dims(c: &Call, x: &TensorFacts) -> Option<Vec<Dim>> {
    let d = x.dims.as_ref()?;
    let keep = c.schema.param("keepdim").map_or(Some(false), |_| c.flag("keepdim"))?;
    let all = || if keep { vec![Dim::Const(1); d.len()] } else { vec![] };
    let folded: Vec<usize> = match c.arg("dim") {
        Known::Unknown if c.schema.param("dim").is_none() => return Some(vec![]),
        Known::None => return Some(all()),
        Known::Ints(l) if l.is_empty() => return Some(all()),
        _ => c.ints("dim")?.into_iter().map(|i| wrap(i, d.len())).collect::<Option<_>>()?,
    };
    let kept = d.iter().enumerate().filter_map(|(i, d)| match folded.contains(&i) {
        true => keep.then_some(Dim::Const(1)),
        false => Some(*d),
    });
    Some(kept.collect())
}

fn fold(c: &Call, dtype: impl Fn(DType) -> DType) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let dtype = match c.dtype() {
        Ok(Some(d)) => Some(d),
        Ok(None) => x.dtype.map(dtype),
        Err(()) => None,
    };
    let dims = reduced_dims(c, x);
    let indices = TensorFacts { dtype: Some(DType::I64), dims: dims.clone(), contiguous: false };
    vec![TensorFacts { dtype, dims, contiguous: false }, indices]
}

/// `sum`, `prod`: integers and bool give int64.
pub fn sum(c: &Call) -> Vec<TensorFacts> {
    fold(c, |d| if d.is_integer() || d == DType::Bool { DType::I64 } else { d })
}

/// `mean`, `max`, `amax`, `median`, `std`: the type stays; a second result holds indices.
pub fn reduce(c: &Call) -> Vec<TensorFacts> {
    fold(c, |d| d)
}

/// `argmax`, `count_nonzero`.
pub fn reduce_int(c: &Call) -> Vec<TensorFacts> {
    fold(c, |_| DType::I64)
}

/// `all`, `any`: bool, but uint8 stays.
pub fn reduce_bool(c: &Call) -> Vec<TensorFacts> {
    fold(c, |d| if d == DType::U8 { d } else { DType::Bool })
}

/// `cumsum`, `softmax`: the shape stays, `dtype` may be given.
pub fn scan(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let sums = matches!(&*c.schema.name, "aten::cumsum" | "aten::cumprod");
    let own = |d: DType| if sums && (d.is_integer() || d == DType::Bool) { DType::I64 } else { d };
    let dtype = c.dtype().ok().and_then(|d| d.or(x.dtype.map(own)));
    one(dtype, x.dims.clone(), x.contiguous)
}

/// `zeros`, `rand`, `full`: shape by `size`, float when no dtype is given (`full`: by its value).
pub fn create(c: &Call) -> Vec<TensorFacts> {
    let own = match (&*c.schema.name, c.arg("fill_value")) {
        ("aten::full", Known::Int(_)) => Some(DType::I64),
        ("aten::full", Known::Bool(_)) => Some(DType::Bool),
        ("aten::full", Known::Float(_)) => Some(DEFAULT_FLOAT),
        ("aten::full", _) => None,
        ("aten::randint" | "aten::randperm", _) => Some(DType::I64),
        _ => Some(DEFAULT_FLOAT),
    };
    let dims = match c.arg("size") {
        Known::Ints(d) => Some(d.clone()),
        _ => None,
    };
    let plain = matches!(c.arg("memory_format"), Known::None | Known::Unknown);
    one(c.dtype().ok().and_then(|d| d.or(own)), dims, plain)
}

/// `zeros_like`, `new_zeros`, `clone`, `to.dtype`: like the first tensor, with `dtype` and `size` when given.
pub fn like(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let dims = match c.arg("size") {
        Known::Ints(d) => Some(d.clone()),
        _ if c.schema.param("size").is_some() => None,
        _ => x.dims.clone(),
    };
    let plain = matches!(c.arg("memory_format"), Known::None | Known::Unknown);
    one(c.dtype().ok().and_then(|d| d.or(x.dtype)), dims, plain && x.contiguous)
}

/// `view`, `reshape`, `expand` to a list of sizes.
pub fn view(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let list = ["size", "shape"].iter().find_map(|n| if let Known::Ints(d) = c.arg(n) { Some(d.clone()) } else { None });
    let expand = c.schema.name.contains("expand") || c.schema.name.contains("broadcast");
    let dims = list.map(|list| resolve_size(x, list, expand));
    one(x.dtype, dims, x.contiguous && !expand)
}

/// Replaces -1 in a list of sizes.
fn resolve_size(x: &TensorFacts, mut list: Vec<Dim>, expand: bool) -> Vec<Dim> {
    let Some(hole) = list.iter().position(|d| *d == Dim::Const(-1)) else { return list };
    if expand {
        let n = list.len();
        for (i, d) in list.iter_mut().enumerate().filter(|(_, d)| **d == Dim::Const(-1)) {
            let own = x.dims.as_ref().and_then(|x| x.get((i + x.len()).checked_sub(n)?).copied());
            *d = own.unwrap_or(Dim::Unknown);
        }
        return list;
    }
    // Sizes that stand on both sides cancel; what is left must be numbers.
    let mut rest: Option<Vec<Dim>> = x.dims.clone();
    let mut known = 1;
    for (i, d) in list.iter().enumerate() {
        match d {
            _ if i == hole => {}
            Dim::Const(n) => known *= n,
            d => {
                rest = rest.and_then(|mut r| {
                    let at = r.iter().position(|e| e == d && *d != Dim::Unknown)?;
                    r.remove(at);
                    Some(r)
                })
            }
        }
    }
    list[hole] = match rest {
        Some(r) if known > 0 => {
            let symbols: Vec<Dim> = r.iter().filter(|d| d.as_const().is_none()).copied().collect();
            let n: i64 = r.iter().filter_map(|d| d.as_const()).product();
            match symbols[..] {
                [] if n % known == 0 => Dim::Const(n / known),
                [s @ Dim::Sym(_)] if n == known => s,
                _ => Dim::Unknown,
            }
        }
        _ => Dim::Unknown,
    };
    list
}

/// `flatten(start_dim, end_dim)`
pub fn flatten(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let dims = x.dims.as_ref().zip(c.int("start_dim").zip(c.int("end_dim"))).and_then(|(d, (s, e))| {
        let (s, e) = (wrap(s, d.len())?, wrap(e, d.len())?);
        if d.is_empty() {
            return Some(vec![Dim::Const(1)]);
        }
        let middle = &d[s..=e.max(s)];
        let merged = match middle {
            [one] => *one,
            m => m.iter().map(|d| d.as_const()).product::<Option<i64>>().map_or(Dim::Unknown, Dim::Const),
        };
        Some([&d[..s], &[merged], &d[e + 1..]].concat())
    });
    one(x.dtype, dims, x.contiguous)
}

/// `t`, `transpose`, `permute`
pub fn permute(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let dims = x.dims.as_ref().and_then(|d| {
        let rank = d.len();
        let mut out = d.clone();
        if let Some(list) = c.ints("dims") {
            return list.into_iter().map(|i| Some(d[wrap(i, rank)?])).collect();
        }
        let (i, j) = match c.schema.param("dim0") {
            Some(_) => (wrap(c.int("dim0")?, rank)?, wrap(c.int("dim1")?, rank)?),
            None if rank == 2 && c.schema.params.len() == 1 => (0, 1),
            None if rank < 2 && c.schema.params.len() == 1 => return Some(out),
            None => return None,
        };
        if rank > 0 {
            out.swap(i, j);
        }
        Some(out)
    });
    let still = x.contiguous && dims.as_ref().is_some_and(|d| d.len() < 2);
    one(x.dtype, dims, still)
}

/// `unsqueeze`
pub fn unsqueeze(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let dims = x.dims.clone().zip(c.int("dim")).and_then(|(mut d, at)| {
        d.insert(wrap(at, d.len() + 1)?, Dim::Const(1));
        Some(d)
    });
    one(x.dtype, dims, x.contiguous)
}

/// `squeeze`: known only where sizes are.
pub fn squeeze(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let dims = x.dims.as_ref().and_then(|d| {
        let which: Vec<usize> = match c.schema.param("dim") {
            Some(_) => c.ints("dim")?.into_iter().map(|i| wrap(i, d.len())).collect::<Option<_>>()?,
            None => (0..d.len()).collect(),
        };
        let keep = d.iter().enumerate().map(|(i, s)| match (which.contains(&i), s) {
            (false, _) => Some(Some(*s)),
            (true, Dim::Const(1)) => Some(None),
            (true, Dim::Const(_)) => Some(Some(*s)),
            (true, _) => None,
        });
        Some(keep.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
    });
    one(x.dtype, dims, x.contiguous)
}

/// `select(dim, index)`
pub fn select(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let dims = x.dims.clone().zip(c.int("dim")).and_then(|(mut d, at)| {
        let at = wrap(at, d.len())?;
        (at < d.len()).then(|| d.remove(at))?;
        Some(d)
    });
    one(x.dtype, dims, x.contiguous && c.int("dim") == Some(0))
}

/// `slice(dim, start, end, step)`
pub fn slice(c: &Call) -> Vec<TensorFacts> {
    let Some(x) = c.first() else { return vec![] };
    let bound = |name: &str, absent: i64| if *c.arg(name) == Known::None { Some(absent) } else { c.int(name) };
    let (start, end, step) = (bound("start", 0), bound("end", i64::MAX), c.int("step"));
    let mut whole = false;
    let dims = x.dims.clone().zip(c.int("dim")).and_then(|(mut d, at)| {
        let slot = d.get_mut(wrap(at, x.rank()?)?)?;
        whole = start == Some(0) && end == Some(i64::MAX) && step == Some(1);
        if !whole {
            let size = || {
                let n = slot.as_const()?;
                let clamp = |i: i64| (if i < 0 { i.saturating_add(n) } else { i }).clamp(0, n);
                let (a, b) = (clamp(start?), clamp(end?));
                let step = step.filter(|&s| s > 0)?;
                Some(Dim::Const(((b - a).max(0) + step - 1) / step))
            };
            *slot = size().unwrap_or(Dim::Unknown);
        }
        Some(d)
    });
    one(x.dtype, dims, x.contiguous && whole)
}

/// `cat(tensors, dim)`; legacy empty 1-d tensors make the sizes unknown.
pub fn cat(c: &Call) -> Vec<TensorFacts> {
    let Known::Tensors(ts) = c.arg("tensors") else { return vec![] };
    let dtype = ts.iter().map(|t| t.dtype).reduce(|a, b| if a == b { a } else { None }).flatten();
    let dims = || {
        let rank = ts.first()?.rank()?;
        let at = wrap(c.int("dim")?, rank)?;
        let mut out = ts[0].dims.clone()?;
        let mut sum = Some(0);
        for t in ts {
            let d = t.dims.as_ref().filter(|d| d.len() == rank && rank > 1)?;
            sum = sum.zip(d[at].as_const()).map(|(a, b)| a + b);
            for (o, d) in out.iter_mut().zip(d) {
                if let Dim::Const(_) = d {
                    *o = *d;
                }
            }
        }
        out[at] = sum.map_or(Dim::Unknown, Dim::Const);
        Some(out)
    };
    one(dtype, dims(), false)
}

/// `embedding(weight, indices)`
pub fn embedding(c: &Call) -> Vec<TensorFacts> {
    let (Some(w), Some(i)) = (c.tensor("weight"), c.tensor("indices")) else { return vec![] };
    let dims = i.dims.clone().zip(w.dims.as_ref()).and_then(|(mut d, w)| {
        d.push(*w.get(1)?);
        Some(d)
    });
    one(w.dtype, dims, true)
}
