//! Operators that move no data: they only change how a source is looked at. Sizes asked for are sizes, too.

use super::assume::{Change, Outcome, Stop, no};
use super::host::of_rank;
use super::spatial::{channels_last, channels_second};
use super::tensors::{View, contiguous};
use super::translate::{Call, Translator, Val};
use crate::graph::Value;
use crate::kernel::{Atom, Size};

impl Translator<'_> {
    /// A view, or a number that only shapes decide; `None` when the operator is neither.
    pub fn view_operator(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let tensor = |v: View| Ok(Some(Val::Tensor(v)));
        match c.name {
            "size" | "dim" | "len" | "numel" => self.question(c),
            "add" | "sub" | "mul" | "floordiv" | "neg" => self.arithmetic(c),
            "eq" | "ne" | "lt" | "le" | "gt" | "ge" | "__not__" | "__and__" | "__or__" | "__is__" | "__isnot__" => {
                self.decision(c)
            }
            "__getitem__" => {
                let (Val::List(items), i) = (self.get(c, c.first_param())?, self.int(c, c.param(1))?) else {
                    return no("a container that is not in sight");
                };
                let at = if i < 0 { i + items.len() as i64 } else { i };
                match usize::try_from(at).ok().and_then(|i| items.get(i)) {
                    Some(v) => Ok(Some(v.clone())),
                    None => no("an index out of range"),
                }
            }
            "detach" | "alias" => tensor(self.tensor(c, "self")?),
            "contiguous" => {
                let x = self.tensor(c, "self")?;
                if self.int(c, "memory_format")? != 0 {
                    return no("a layout that kernels do not know");
                }
                if x.is_contiguous() { tensor(x) } else { tensor(self.copy(&x)) }
            }
            "dropout" | "feature_dropout" | "alpha_dropout" => {
                if self.flag(c, "train")? {
                    return no("dropout while training");
                }
                tensor(self.tensor(c, "input")?)
            }
            "unsqueeze" => {
                let x = self.tensor(c, "self")?;
                let d = self.int(c, "dim")?;
                let at = match (d, x.leading) {
                    (d, _) if d < 0 => x.dims.len() as i64 + 1 + d,
                    (d, None) => d,
                    (d, Some(i)) => return Err(Stop::Assume(Change::Rank(i, d as u32))),
                };
                if at < x.leading.is_some() as i64 || at > x.dims.len() as i64 {
                    return no("a dimension out of range");
                }
                let mut v = x;
                v.dims.insert(at as usize, 1.into());
                v.strides.insert(at as usize, 0.into());
                tensor(v)
            }
            "squeeze" => {
                let mut x = self.tensor(c, "self")?;
                let Some(dims) = self.sizes(c, "dim")? else { return no("squeeze of what is not known") };
                let mut at = vec![];
                for d in dims {
                    let Some(d) = d.as_const() else { return no("a dimension that is not known") };
                    at.push(self.axis(&x, d)?);
                }
                at.sort();
                for d in at.into_iter().rev() {
                    match x.dims[d].as_const() {
                        Some(1) => {
                            x.dims.remove(d);
                            x.strides.remove(d);
                        }
                        Some(_) => {}
                        None => return no("squeeze of a size that is not known"),
                    }
                }
                tensor(x)
            }
            "t" | "numpy_T" | "transpose" | "swapaxes" | "swapdims" | "permute" => self.permute(c),
            "select" => {
                let mut x = self.tensor(c, "self")?;
                let (d, i) = (self.int(c, "dim")?, self.size(c, "index")?);
                let d = self.axis(&x, d)?;
                let n = x.dims.remove(d);
                let step = x.strides.remove(d);
                let i = match i.as_const() {
                    Some(k) if k < 0 => {
                        self.least(&n, -k)?;
                        n.plus(&i)
                    }
                    Some(k) => {
                        self.least(&n, k + 1)?;
                        i
                    }
                    None => {
                        self.least(&i, 0)?;
                        self.least(&n.minus(&i), 1)?;
                        i
                    }
                };
                x.offset = x.offset.plus(&i.times(&step));
                tensor(x)
            }
            "cat" | "concat" | "stack" => self.cat(c).map(|v| Some(Val::Tensor(v))),
            "slice" if matches!(&*c.op.schema.overload, "t") => {
                let Val::List(items) = self.get(c, c.first_param())? else { return no("a list that is not in sight") };
                let n = items.len() as i64;
                let mut bound = |name: &str, absent: i64| match self.get(c, name)? {
                    Val::None => Ok(absent),
                    Val::Int(s) if s.as_const().is_some() => {
                        let k = s.as_const().unwrap_or(0);
                        Ok((if k < 0 { k.saturating_add(n) } else { k }).clamp(0, n))
                    }
                    _ => no("a bound that is not in sight"),
                };
                let (from, to) = (bound("start", 0)?, bound("end", n)?);
                let step = self.int(c, "step")?.max(1);
                Ok(Some(Val::List((from..to).step_by(step as usize).map(|i| items[i as usize].clone()).collect())))
            }
            "slice" => {
                let x = self.tensor(c, "self")?;
                let d = self.int(c, "dim")?;
                let d = self.axis(&x, d)?;
                let (start, end) = (self.get(c, "start")?, self.get(c, "end")?);
                let step = self.int(c, "step")?;
                let size = x.dims[d].clone();
                let bound = |v: Val, absent: Size| match v {
                    Val::None => Ok(absent),
                    Val::Int(s) => Ok(s),
                    _ => no("a bound that is not in sight"),
                };
                let (start, end) = (bound(start, 0.into())?, bound(end, size.clone())?);
                let (from, to) = (self.place(&start, &size)?, self.place(&end, &size)?);
                let n = to.minus(&from);
                self.least(&n, 1)?;
                let n = n.plus(&(step - 1).into()).floor_div(&step.max(1).into());
                tensor(self.cut(&x, d, &from, n, step))
            }
            "split" | "chunk" | "tensor_split" | "split_with_sizes" | "unbind" => self.split(c),
            "expand" | "expand_as" => {
                let x = self.tensor(c, "self")?;
                let want = match c.name {
                    "expand_as" => self.tensor(c, "other")?.dims,
                    _ => self.sizes(c, "size")?.unwrap_or_default(),
                };
                if x.leading.is_some() || want.len() < x.dims.len() {
                    return no("expand of unknown rank");
                }
                let skip = want.len() - x.dims.len();
                let mut dims = want.clone();
                for (i, w) in want.iter().enumerate() {
                    let own: Size = i.checked_sub(skip).map_or(1.into(), |k| x.dims[k].clone());
                    if w.is(-1) {
                        dims[i] = own;
                    } else if !own.is(1) {
                        self.same(&own, w)?;
                    }
                }
                tensor(self.spread(&x, &dims, None))
            }
            "view" | "reshape" | "view_as" | "reshape_as" | "flatten" | "unflatten" | "_unsafe_view" => self.reshape(c),
            _ => Ok(None),
        }
    }

    fn cat(&mut self, c: &Call) -> Outcome<View> {
        let Val::List(items) = self.get(c, "tensors")? else { return no("tensors that are not in sight") };
        let known = items.iter().find_map(|v| match v {
            Val::Tensor(v) if v.leading.is_none() => Some(v.dims.len() as u32),
            _ => None,
        });
        let mut views: Vec<View> = vec![];
        for v in items {
            match v {
                Val::Tensor(v) if v.leading.is_none() => views.push(v),
                Val::Tensor(View { leading: Some(i), .. }) if known.is_some() => return of_rank(i, known),
                _ => return no("tensors of unknown rank"),
            }
        }
        let Some(first) = views.first().cloned() else { return no("no tensors") };
        let d = self.int(c, "dim")?;
        let n = first.dims.len() as i64 + (c.name == "stack") as i64;
        let at = if d < 0 { d + n } else { d };
        if at < 0 || at >= n || views.iter().any(|v| v.ty != first.ty || v.dims.len() != first.dims.len()) {
            return no("tensors of other types or ranks");
        }
        let mut at = at as usize;
        if c.name == "stack" {
            for v in &mut views {
                v.dims.insert(at, 1.into());
                v.strides.insert(at, 0.into());
            }
        }
        for v in &views[1..] {
            for (i, (a, b)) in views[0].dims.iter().zip(&v.dims).enumerate() {
                if i != at {
                    self.same(a, b)?;
                }
            }
        }
        let turns = views.iter().any(|v| self.is_image(v));
        if turns {
            views = views.iter().map(channels_last).collect();
            at = match at {
                0 => 0,
                1 => views[0].dims.len() - 1,
                i => i - 1,
            };
        }
        let mut dims = views[0].dims.clone();
        dims[at] = views.iter().fold(Size::default(), |n, v| n.plus(&v.dims[at]));
        let y = self.t.cat(&views, at, &dims);
        Ok(if turns { channels_second(&y) } else { y })
    }

    /// A copy in order.
    pub fn copy(&mut self, x: &View) -> View {
        let args = vec![(super::tensors::Arg::Tensor(x.clone()), x.ty)];
        self.t.map("copy", super::point::COPY, args, x.ty, &x.dims, x.leading)
    }

    /// A bound of a slice, which must lie inside.
    fn place(&self, at: &Size, size: &Size) -> Outcome<Size> {
        match at.as_const() {
            Some(i64::MAX) => Ok(size.clone()),
            Some(k) if k < 0 => {
                self.least(size, -k)?;
                Ok(size.plus(at))
            }
            Some(k) => match size.as_const() {
                Some(n) => Ok(k.min(n).into()),
                None => self.least(size, k).map(|()| at.clone()),
            },
            None if at == size => Ok(at.clone()),
            None => {
                self.least(at, 0)?;
                self.least(&size.minus(at), 0)?;
                Ok(at.clone())
            }
        }
    }

    /// `n` elements along a dimension.
    fn cut(&self, x: &View, d: usize, from: &Size, n: Size, step: i64) -> View {
        let mut v = x.clone();
        v.offset = v.offset.plus(&from.times(&v.strides[d]));
        v.dims[d] = n;
        v.strides[d] = v.strides[d].times(&step.into());
        v
    }

    fn question(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let first = c.first_param().to_owned();
        let x = match self.get(c, &first)? {
            Val::Tensor(x) => x,
            Val::List(items) if c.name == "len" => return Ok(Some(Val::Int((items.len() as i64).into()))),
            _ => return Ok(None),
        };
        if c.name == "numel" {
            return Ok(Some(Val::Int(Size::product(&x.dims))));
        }
        if c.name == "size" && c.inputs.len() == 2 {
            let d = self.int(c, "dim")?;
            if let Some(i) = x.leading.filter(|_| d >= 0) {
                // The sizes asked for are those before the features that are known already.
                let rank = self.asked_for(c.inputs[0]) as u32 + 1 + (x.dims.len() as u32 - 1);
                return Err(Stop::Assume(Change::Rank(i, rank.max(2))));
            }
            let d = self.axis(&x, d)?;
            return match x.dims.get(d) {
                Some(s) => Ok(Some(Val::Int(s.clone()))),
                None => no("a dimension out of range"),
            };
        }
        if let Some(i) = x.leading {
            let rank = match c.name {
                "size" => self.unpacked(c).map(|n| n as u32).or_else(|| self.rank_asked(c.inputs[0])),
                "dim" => c.outputs.first().and_then(|d| self.rank_compared(*d)),
                _ => None,
            };
            return of_rank(i, rank);
        }
        Ok(Some(match c.name {
            "dim" => Val::Int((x.dims.len() as i64).into()),
            "len" => match x.dims.first() {
                Some(s) => Val::Int(s.clone()),
                None => return no("len of a number"),
            },
            _ => Val::List(x.dims.into_iter().map(Val::Int).collect()),
        }))
    }

    /// The largest dimension, counted from the first, whose size the graph asks of a tensor.
    fn asked_for(&self, v: Value) -> i64 {
        let graph = self.graph;
        let asks =
            graph.nodes.iter().filter(|n| n.op == "aten::size" && n.parent.is_some() && n.inputs.len() == 2 && n.inputs[0] == v);
        asks.filter_map(|n| graph.const_int(n.inputs[1])).max().unwrap_or(0).max(0)
    }

    /// How many values the operator's result is taken apart into.
    fn unpacked(&self, c: &Call) -> Option<usize> {
        let out = c.outputs.first()?;
        let apart = self.graph.nodes.iter().find(|n| n.op == "prim::ListUnpack" && n.parent.is_some() && n.inputs[0] == *out)?;
        Some(apart.outputs.len())
    }

    /// Of ints in sight.
    fn arithmetic(&mut self, c: &Call) -> Outcome<Option<Val>> {
        use crate::types::Type;
        if !c.inputs.iter().all(|v| *self.graph.ty(*v) == Type::Int) {
            return Ok(None);
        }
        let mut ints = vec![];
        for v in c.inputs {
            match self.value(*v)? {
                Val::Int(s) => ints.push(s),
                _ => return Ok(None),
            }
        }
        Ok(Some(Val::Int(match (c.name, &ints[..]) {
            ("add", [a, b]) => a.plus(b),
            ("sub", [a, b]) => a.minus(b),
            ("mul", [a, b]) => a.times(b),
            ("neg", [a]) => a.times(&(-1).into()),
            ("floordiv", [a, b]) if b.as_const().is_some_and(|n| n > 0) => a.floor_div(b),
            _ => return Ok(None),
        })))
    }

    /// Comparisons of what is known.
    fn decision(&mut self, c: &Call) -> Outcome<Option<Val>> {
        use crate::kernel::Number;
        let mut vals = vec![];
        for v in c.inputs {
            // A comparison of tensors is pointwise; one of what is not in sight is none of ours.
            vals.push(self.value(*v)?);
        }
        let bool = |b: bool| Ok(Some(Val::Number(Number::Bool(b))));
        match (c.name, &vals[..]) {
            ("__is__", [a, Val::None]) => bool(matches!(a, Val::None)),
            ("__isnot__", [a, Val::None]) => bool(!matches!(a, Val::None)),
            ("__is__" | "__isnot__", [Val::None, Val::Number(_)]) => bool(c.name == "__isnot__"),
            ("__is__", [Val::Number(Number::Bool(a)), Val::Number(Number::Bool(b))]) => bool(a == b),
            ("__isnot__", [Val::Number(Number::Bool(a)), Val::Number(Number::Bool(b))]) => bool(a != b),
            ("__not__", [Val::Number(Number::Bool(a))]) => bool(!a),
            ("__and__", [Val::Number(Number::Bool(a)), Val::Number(Number::Bool(b))]) => bool(*a && *b),
            ("__or__", [Val::Number(Number::Bool(a)), Val::Number(Number::Bool(b))]) => bool(*a || *b),
            (name, [Val::Int(a), Val::Int(b)]) => {
                let (Some(x), Some(y)) = (a.as_const(), b.as_const()) else {
                    let differ = below(a, b) || below(b, a);
                    return match name {
                        "eq" if a == b || differ => bool(a == b),
                        "ne" if a == b || differ => bool(a != b),
                        "lt" | "le" if differ => bool(below(a, b)),
                        "gt" | "ge" if differ => bool(below(b, a)),
                        _ => match c.outputs.first() {
                            Some(out) => bool(self.undecided(name, *out, a, b)?),
                            None => no("a comparison that is not decided"),
                        },
                    };
                };
                bool(match name {
                    "eq" => x == y,
                    "ne" => x != y,
                    "lt" => x < y,
                    "le" => x <= y,
                    "gt" => x > y,
                    _ => x >= y,
                })
            }
            ("eq" | "ne", [Val::List(a), Val::List(b)]) => {
                let sizes = |l: &[Val]| l.iter().map(|v| if let Val::Int(s) = v { Some(s.clone()) } else { None }).collect();
                let (a, b): (Option<Vec<Size>>, Option<Vec<Size>>) = (sizes(a), sizes(b));
                let (Some(a), Some(b)) = (a, b) else { return no("lists of something else than sizes") };
                let mut equal = a.len() == b.len();
                for (x, y) in a.iter().zip(&b) {
                    equal = equal
                        && match (x.as_const(), y.as_const()) {
                            (Some(x), Some(y)) => x == y,
                            _ if x == y => true,
                            _ => match c.outputs.first() {
                                Some(out) => self.undecided(c.name, *out, x, y)? == (c.name == "eq"),
                                None => false,
                            },
                        };
                }
                bool(equal == (c.name == "eq"))
            }
            _ => Ok(None),
        }
    }

    fn permute(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let x = self.tensor(c, "self")?;
        let n = x.dims.len();
        let mut order: Vec<usize> = (0..n).collect();
        match c.name {
            "permute" => {
                let dims = self.sizes(c, "dims")?.unwrap_or_default();
                if let Some(i) = x.leading {
                    return Err(Stop::Assume(Change::Rank(i, dims.len() as u32)));
                }
                order.clear();
                for d in dims {
                    let Some(d) = d.as_const() else { return no("dimensions that are not known") };
                    let d = self.axis(&x, d)?;
                    if order.contains(&d) {
                        return no("a dimension twice");
                    }
                    order.push(d);
                }
                if order.len() != n {
                    return no("dimensions of another number");
                }
            }
            "t" | "numpy_T" => {
                if let Some(i) = x.leading {
                    return Err(Stop::Assume(Change::Rank(i, 2)));
                }
                if n > 2 && c.name == "t" {
                    return no("t of more than two dimensions");
                }
                order.reverse();
            }
            _ => {
                let names = if c.op.schema.param("dim0").is_some() { ["dim0", "dim1"] } else { ["axis0", "axis1"] };
                let (i, j) = (self.int(c, names[0])?, self.int(c, names[1])?);
                let (i, j) = (self.axis(&x, i)?, self.axis(&x, j)?);
                if n > 0 {
                    order.swap(i, j);
                }
            }
        }
        let pick = |s: &[Size]| order.iter().map(|i| s[*i].clone()).collect();
        Ok(Some(Val::Tensor(View { dims: pick(&x.dims), strides: pick(&x.strides), ..x })))
    }

    fn split(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let x = self.tensor(c, "self")?;
        let d = self.int(c, "dim")?;
        let d = self.axis(&x, d)?;
        let size = x.dims[d].clone();
        let whole = |what: &str| size.as_const().map_or_else(|| no(format!("{what} of a size that is not known")), Ok);
        let sizes: Vec<Size> = match (c.name, &*c.op.schema.overload) {
            ("chunk", _) => {
                let (n, k) = (whole("chunk")?, self.int(c, "chunks")?.max(1));
                let each = (n + k - 1) / k;
                (0..n).step_by(each.max(1) as usize).map(|at| each.min(n - at).into()).collect()
            }
            ("split", "Tensor") => {
                let (n, each) = (whole("split")?, self.int(c, "split_size")?.max(1));
                (0..n).step_by(each as usize).map(|at| each.min(n - at).into()).collect()
            }
            ("split", _) | ("split_with_sizes", _) => {
                let name = if c.op.schema.param("split_size").is_some() { "split_size" } else { "split_sizes" };
                let sizes = self.sizes(c, name)?.unwrap_or_default();
                let sum = sizes.iter().fold(Size::default(), |a, b| a.plus(b));
                self.same(&sum, &size)?;
                sizes
            }
            ("unbind", _) => vec![1.into(); whole("unbind")? as usize],
            _ => return Ok(None),
        };
        let mut from = Size::default();
        let mut out = vec![];
        for n in sizes {
            let mut v = self.cut(&x, d, &from, n.clone(), 1);
            if c.name == "unbind" {
                v.dims.remove(d);
                v.strides.remove(d);
            }
            from = from.plus(&n);
            out.push(Val::Tensor(v));
        }
        Ok(Some(Val::List(out)))
    }

    fn reshape(&mut self, c: &Call) -> Outcome<Option<Val>> {
        if c.name == "view" && &*c.op.schema.overload == "dtype" {
            return no("a view as another type");
        }
        let x = self.tensor(c, "self")?;
        let total = Size::product(&x.dims);
        let want = match c.name {
            "flatten" => {
                let (a, b) = (self.int(c, "start_dim")?, self.int(c, "end_dim")?);
                if let Some(i) = x.leading
                    && (a >= 0 || b >= 0)
                {
                    // Leading dimensions are one already.
                    return Err(Stop::Assume(Change::Rank(i, a.max(b).max(1) as u32 + 1)));
                }
                let (a, b) = (self.axis(&x, a)?, self.axis(&x, b)?);
                if a >= x.dims.len() || b < a {
                    return no("flatten of a number");
                }
                [&x.dims[..a], &[Size::product(&x.dims[a..=b])], &x.dims[b + 1..]].concat()
            }
            "view_as" | "reshape_as" => self.tensor(c, "other")?.dims,
            "unflatten" => {
                let (d, sizes) = (self.int(c, "dim")?, self.sizes(c, "sizes")?.unwrap_or_default());
                let d = self.dim(&x, d)?;
                if d >= x.dims.len() {
                    return no("unflatten of a number");
                }
                [&x.dims[..d], &sizes, &x.dims[d + 1..]].concat()
            }
            _ => {
                let name = if c.op.schema.param("shape").is_some() { "shape" } else { "size" };
                self.sizes(c, name)?.unwrap_or_default()
            }
        };
        if x.leading.is_some() {
            return no(format!("{} of unknown rank", c.name));
        }
        let mut dims = want.clone();
        if let Some(hole) = want.iter().position(|s| s.is(-1)) {
            let rest = Size::product(want.iter().enumerate().filter(|(i, _)| *i != hole).map(|s| s.1));
            if rest.as_const().is_none_or(|n| n < 1) {
                self.least(&rest, 1)?;
            }
            dims[hole] = total.floor_div(&rest);
        }
        for d in &dims {
            if d.as_const().is_some_and(|n| n < 0) {
                return no("a negative size");
            }
        }
        self.same(&Size::product(&dims), &total)?;
        let v = match self.strides_of(&x, &dims) {
            Some(strides) => View { dims, strides, ..x },
            None if c.name.starts_with("reshape") || c.name == "flatten" => {
                let copy = self.copy(&x);
                View { strides: contiguous(&dims), dims, ..copy }
            }
            None => return no("a view that strides do not allow"),
        };
        Ok(Some(Val::Tensor(v)))
    }

    /// Strides that show a view's elements in other dimensions, where they can be found.
    fn strides_of(&self, x: &View, dims: &[Size]) -> Option<Vec<Size>> {
        if x.is_contiguous() {
            return Some(contiguous(dims));
        }
        let mut out = vec![];
        // Groups of old and new dimensions with equal products, from the first.
        let (mut i, mut k) = (0, 0);
        while k < dims.len() {
            let (from, begin) = (i, k);
            let (mut old, mut new) = (Size::from(1), Size::from(1));
            loop {
                if old == new && k > begin {
                    break;
                }
                let need_new = k == begin || new.as_const().zip(old.as_const()).is_none_or(|(n, o)| n < o) && i > from;
                if need_new && k < dims.len() {
                    new = new.times(&dims[k]);
                    k += 1;
                } else if i < x.dims.len() {
                    old = old.times(&x.dims[i]);
                    i += 1;
                } else {
                    return None;
                }
                if k == dims.len() && i == x.dims.len() && old != new {
                    return None;
                }
            }
            // The old dimensions of a group must be one run.
            let run: Vec<usize> = (from..i).filter(|j| !x.dims[*j].is(1)).collect();
            for pair in run.windows(2) {
                if x.strides[pair[0]] != x.strides[pair[1]].times(&x.dims[pair[1]]) {
                    return None;
                }
            }
            let step = run.last().map_or(0.into(), |j| x.strides[*j].clone());
            out.extend(contiguous(&dims[begin..k]).into_iter().map(|s| s.times(&step)));
        }
        (i..x.dims.len()).all(|j| x.dims[j].is(1)).then_some(out)
    }
}

/// A number that is less than a size can be: dimensions of tensors that are not empty are positive.
fn below(a: &Size, b: &Size) -> bool {
    let is_dim = |a: &Atom| matches!(a, Atom::Dim(..) | Atom::Rows(..));
    let is_positive = b.terms().iter().all(|(factors, n)| *n > 0 && factors.iter().all(is_dim));
    is_positive && a.as_const().is_some_and(|a| a < b.terms().iter().map(|t| t.1).sum())
}

impl Call<'_> {
    pub fn param(&self, i: usize) -> &'static str {
        self.op.schema.params.get(i).map_or("", |p| &*p.name)
    }

    pub fn first_param(&self) -> &'static str {
        self.param(0)
    }
}
