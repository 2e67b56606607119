//! From nodes to operations on tensors: what each value of a region is, and the pointwise operators.

use super::assume::{Assumptions, Change, Expected, OUT_OF_RANGE, Outcome, RAISES, Stop, no};
use super::layout;
use super::point::{self, Class};
use super::spatial::{channels_last, channels_second};
use super::tensors::{Arg, Compute, Origin, Tensors, View};
use crate::graph::{AliasDb, Const, Graph, Node, Program, Value};
use crate::kernel::{Number, Size, Ty};
use crate::ops::Operator;
use crate::ops::facts::{Known, result_type};
use crate::types::{DType, Dim, TensorFacts, Type};
use std::collections::HashMap;

/// What a value of a region is.
#[derive(Clone, Debug)]
pub enum Val {
    Tensor(View),
    Int(Size),
    Number(Number),
    /// An input that is a float or bool.
    Param(u32, Ty),
    None,
    Str(String),
    List(Vec<Val>),
}

/// One attempt to translate the nodes of a region.
pub struct Translator<'a> {
    pub graph: &'a Graph,
    pub program: &'a Program,
    pub db: &'a AliasDb,
    pub expected: &'a HashMap<Value, Expected>,
    /// What parameters are when they are not given.
    pub defaults: &'a HashMap<Value, bool>,
    pub assume: &'a mut Assumptions,
    pub env: HashMap<Value, Val>,
    pub t: Tensors,
}

/// Operators with a factor that is 1 when not given.
const SCALED: [&str; 7] = ["add", "sub", "subtract", "rsub", "addcmul", "addcdiv", "addmm"];

/// The element type of kernels that a tensor's is.
pub fn kernel_type(d: DType) -> Option<Ty> {
    Some(match d {
        DType::Bool => Ty::Bool,
        DType::U8 => Ty::U8,
        DType::I8 => Ty::I8,
        DType::I16 => Ty::I16,
        DType::I32 => Ty::I32,
        DType::I64 => Ty::I64,
        DType::F32 => Ty::F32,
        DType::F64 => Ty::F64,
        _ => return None,
    })
}

/// The element type of tensors that a kernel's is.
pub fn tensor_type(t: Ty) -> DType {
    match t {
        Ty::Bool => DType::Bool,
        Ty::U8 => DType::U8,
        Ty::I8 => DType::I8,
        Ty::I16 => DType::I16,
        Ty::I32 => DType::I32,
        Ty::I64 => DType::I64,
        Ty::F32 => DType::F32,
        Ty::F64 => DType::F64,
    }
}

/// A node whose operands are looked up by the names of its operator's parameters.
pub struct Call<'n> {
    pub op: &'static Operator,
    pub name: &'n str,
    pub inputs: &'n [Value],
    pub outputs: &'n [Value],
}

impl<'a> Translator<'a> {
    /// Takes a node in.
    pub fn node(&mut self, n: Node) -> Outcome<()> {
        let graph = self.graph;
        let data = graph.node(n);
        match data.op.as_str() {
            "prim::ListConstruct" | "prim::TupleConstruct" => {
                let items = data.inputs.iter().map(|v| self.value(*v)).collect::<Outcome<_>>()?;
                return self.define(data.outputs[0], Val::List(items));
            }
            "prim::ListUnpack" | "prim::TupleUnpack" => {
                let Val::List(items) = self.value(data.inputs[0])? else { return no("a list that is not in sight") };
                if items.len() != data.outputs.len() {
                    return no("a list of another length");
                }
                return data.outputs.iter().zip(items).try_for_each(|(o, v)| self.define(*o, v));
            }
            "prim::If" | "prim::Loop" => return self.control(n),
            "prim::RaiseException" => return no(RAISES),
            "prim::Uninitialized" => return self.define(data.outputs[0], Val::None),
            "aten::append" => return self.append(data.inputs[0], data.inputs[1], data.outputs.first().copied()),
            "prim::unchecked_cast" | "aten::_unwrap_optional" => {
                let v = self.value(data.inputs[0])?;
                return if matches!(v, Val::None) { no("None") } else { self.define(data.outputs[0], v) };
            }
            _ => {}
        }
        if let Some(vals) = self.evaluated(n)? {
            return data.outputs.iter().zip(vals).try_for_each(|(o, v)| self.define(*o, v));
        }
        if let (Some(v), [out]) = (self.answer(n)?, &data.outputs[..]) {
            return self.define(*out, v);
        }
        let Some(op) = crate::graph::schema::operator_of(graph, n, self.program) else { return no(data.op.clone()) };
        if data.op == "prim::min" || data.op == "prim::max" {
            return self.least_of(n);
        }
        let Some(("aten", name)) = data.op.split_once("::") else { return no(data.op.clone()) };
        if op.schema.is_mutating() {
            return self.in_place(n, name);
        }
        let call = Call { op, name, inputs: &data.inputs, outputs: &data.outputs };
        if let Some(vals) = self.recurrent(&call)? {
            return data.outputs.iter().zip(vals).try_for_each(|(o, v)| self.define(*o, v));
        }
        let made = match self.view_operator(&call)? {
            Some(v) => Some(v),
            None => match self.reduction(&call)? {
                Some(v) => Some(v),
                None => match self.product(&call)? {
                    Some(v) => Some(v),
                    None => match self.spatial(&call)? {
                        Some(v) => Some(v),
                        None => match self.creation(&call)? {
                            Some(v) => Some(v),
                            None => self.pointwise(&call)?,
                        },
                    },
                },
            },
        };
        match (made, &data.outputs[..]) {
            (Some(v), [out]) => self.define(*out, v),
            _ => no(format!("{} is not compiled to kernels", op.schema.qualified())),
        }
    }

    /// An operator that writes to a tensor which the region has made: a new tensor takes its place.
    fn in_place(&mut self, n: Node, name: &str) -> Outcome<()> {
        let data = self.graph.node(n);
        let base = name.strip_suffix('_').map(|b| format!("aten::{b}"));
        let overload = data.overload.clone().unwrap_or_default();
        let op = base.as_deref().and_then(|b| crate::ops::operator(b, &overload));
        let (Some(op), Some(base), [out]) = (op, base.as_deref().and_then(|b| b.strip_prefix("aten::")), &data.outputs[..])
        else {
            return no(format!("{} writes to its argument", data.op));
        };
        let Val::Tensor(old) = self.value(data.inputs[0])? else { return no("a write to no tensor") };
        let source = &self.t.sources[old.source];
        let shares = |v: &Val| matches!(v, Val::Tensor(o) if o.source == old.source);
        let apart = self.env.values().any(|v| match v {
            Val::List(items) => items.iter().any(shares),
            v => shares(v) && !matches!(v, Val::Tensor(o) if *o == old),
        });
        if !source.origin.is_made() || Size::product(&old.dims) != Size::product(&source.dims) || apart {
            return no(format!("{} writes to memory that others see", data.op));
        }
        let call = Call { op, name: base, inputs: &data.inputs, outputs: &data.outputs };
        match self.pointwise(&call)? {
            Some(Val::Tensor(new)) if new.ty == old.ty && new.dims == old.dims => {
                for v in self.env.values_mut().filter(|v| shares(v)) {
                    *v = Val::Tensor(new.clone());
                }
                self.define(*out, Val::Tensor(new))
            }
            _ => no(format!("{} is not compiled to kernels", data.op)),
        }
    }

    /// `min` and `max` of ints in sight.
    fn least_of(&mut self, n: Node) -> Outcome<()> {
        let data = self.graph.node(n);
        let vals = data.inputs.iter().map(|v| self.value(*v)).collect::<Outcome<Vec<_>>>()?;
        let items = match &vals[..] {
            [Val::List(items)] => items.clone(),
            _ => vals,
        };
        let known: Option<Vec<i64>> = items.iter().map(|v| if let Val::Int(s) = v { s.as_const() } else { None }).collect();
        let found = known.and_then(|k| if data.op == "prim::min" { k.into_iter().min() } else { k.into_iter().max() });
        match (found, &data.outputs[..]) {
            (Some(k), [out]) => self.define(*out, Val::Int(k.into())),
            _ => no("a minimum that is not decided"),
        }
    }

    pub fn define(&mut self, out: Value, v: Val) -> Outcome<()> {
        self.env.insert(out, v);
        Ok(())
    }

    /// What a value is; one from outside becomes an input.
    pub fn value(&mut self, v: Value) -> Outcome<Val> {
        if let Some(val) = self.env.get(&v) {
            return Ok(val.clone());
        }
        let val = match self.graph.const_of(v, self.program) {
            Some(c) => self.constant(&c)?,
            None => match self.in_sight(v) {
                Some(val) => val,
                None => self.input(v)?,
            },
        };
        self.env.insert(v, val.clone());
        Ok(val)
    }

    /// A number or list from outside that shapes alone decide.
    fn in_sight(&mut self, v: Value) -> Option<Val> {
        let n = self.graph.def_node(v)?;
        let data = self.graph.node(n);
        if data.op == "prim::Uninitialized" {
            return Some(Val::None);
        }
        if *self.graph.ty(v) == Type::Tensor || self.db.is_itself_written(v) {
            return None;
        }
        if data.op == "prim::ListConstruct" {
            return data.inputs.iter().map(|v| self.value(*v).ok()).collect::<Option<_>>().map(Val::List);
        }
        let about_shapes = matches!(
            data.op.as_str(),
            "aten::size" | "aten::add" | "aten::sub" | "aten::mul" | "aten::floordiv" | "aten::len" | "prim::ListUnpack"
        );
        if !about_shapes || data.inputs.iter().any(|v| self.db.is_written(*v)) {
            return None;
        }
        // Only of tensors that the region uses anyway.
        if data.op == "prim::ListUnpack" {
            let from = self.graph.def_node(data.inputs[0])?;
            let is_shape = self.graph.node(from).op == "aten::size" && !self.db.is_itself_written(data.inputs[0]);
            if !is_shape || !self.graph.node(from).inputs.iter().all(|v| self.env.contains_key(v)) {
                return None;
            }
        }
        let known = |t: &Self, v: &Value| *t.graph.ty(*v) != Type::Tensor || t.env.contains_key(v);
        if !data.inputs.iter().all(|v| known(self, v)) {
            return None;
        }
        let before = self.assume.clone();
        match self.node(n) {
            Ok(()) => self.env.get(&v).cloned(),
            Err(_) => {
                *self.assume = before;
                None
            }
        }
    }

    pub fn constant(&mut self, c: &Const) -> Outcome<Val> {
        Ok(match c {
            Const::None => Val::None,
            Const::Bool(b) => Val::Number(Number::Bool(*b)),
            Const::Int(i) => Val::Int((*i).into()),
            Const::Float(f) => Val::Number(Number::Float(*f)),
            Const::Str(s) => Val::Str(s.to_string()),
            Const::List(items, _) | Const::Tuple(items, _) => {
                Val::List(items.iter().map(|c| self.constant(c)).collect::<Outcome<_>>()?)
            }
            Const::Tensor(t) => Val::Tensor(self.constant_tensor(t)?),
            _ => return no("a constant of a kind that kernels do not know"),
        })
    }

    /// A tensor known at build time.
    pub fn constant_tensor(&mut self, t: &tsrt::Tensor) -> Outcome<View> {
        let ty = DType::from_number(t.dtype() as u8 as i64).and_then(kernel_type);
        let Some(ty) = ty.filter(|_| t.numel() > 0 && !t.is_wrapped_number()) else {
            return no("a constant tensor that is empty or of a type without kernels");
        };
        let dims: Vec<Size> = t.sizes().iter().map(|n| (*n).into()).collect();
        let Ok(t) = t.contiguous() else { return no("a constant tensor that cannot be copied") };
        let k = self.t.constant(&t, None);
        let source = self.t.source(ty, &dims, Origin::Constant(k));
        Ok(self.t.view(source, None))
    }

    fn input(&mut self, v: Value) -> Outcome<Val> {
        match self.graph.ty(v) {
            Type::Tensor => self.tensor_input(v),
            Type::Int => {
                let i = self.assume.number(v, Ty::I64);
                Ok(Val::Int(self.assume.resolve(&crate::kernel::Atom::Int(i).into())))
            }
            Type::Float => Ok(Val::Param(self.assume.number(v, Ty::F64), Ty::F64)),
            Type::Bool => {
                let i = self.assume.number(v, Ty::Bool);
                Ok(self.assume.flag(i).map_or(Val::Param(i, Ty::Bool), |b| Val::Number(Number::Bool(b))))
            }
            // What is optional is expected to be left out, unless something is known of it.
            Type::Optional(t) if **t == Type::Tensor && self.expected.contains_key(&v) => self.tensor_input(v),
            Type::Optional(t) if matches!(**t, Type::Tensor | Type::Bool | Type::Int | Type::Float) => {
                self.assume.absent(v);
                Ok(Val::None)
            }
            ty => no(format!("a value of type {ty}")),
        }
    }

    fn tensor_input(&mut self, v: Value) -> Outcome<Val> {
        let i = self.assume.tensor(v, self.expected.get(&v));
        let Some((ty, dims, leading)) = self.assume.shape(i) else { return no("an input of two kinds") };
        let source = self.t.source(ty, &dims, Origin::Input(i));
        Ok(Val::Tensor(self.t.view(source, leading)))
    }

    // Operands by name.

    pub fn get(&mut self, c: &Call, name: &str) -> Outcome<Val> {
        match c.op.schema.param(name).and_then(|i| c.inputs.get(i)) {
            Some(v) => self.value(*v),
            None => Ok(Val::None),
        }
    }

    pub fn tensor(&mut self, c: &Call, name: &str) -> Outcome<View> {
        match self.get(c, name)? {
            Val::Tensor(v) => Ok(v),
            _ => no(format!("{name} is no tensor in sight")),
        }
    }

    pub fn optional_tensor(&mut self, c: &Call, name: &str) -> Outcome<Option<View>> {
        match self.get(c, name)? {
            Val::Tensor(v) => Ok(Some(v)),
            Val::None => Ok(None),
            _ => no(format!("{name} is no tensor in sight")),
        }
    }

    /// An int known at build time.
    pub fn int(&mut self, c: &Call, name: &str) -> Outcome<i64> {
        match self.get(c, name)? {
            Val::Int(s) if s.as_const().is_some() => Ok(s.as_const().unwrap_or(0)),
            _ => no(format!("{name} is not known at build time")),
        }
    }

    pub fn size(&mut self, c: &Call, name: &str) -> Outcome<Size> {
        match self.get(c, name)? {
            Val::Int(s) => Ok(s),
            _ => no(format!("{name} is no int in sight")),
        }
    }

    pub fn flag(&mut self, c: &Call, name: &str) -> Outcome<bool> {
        match self.get(c, name)? {
            Val::Number(Number::Bool(b)) => Ok(b),
            Val::None => Ok(false),
            _ => no(format!("{name} is not known at build time")),
        }
    }

    pub fn float(&mut self, c: &Call, name: &str) -> Outcome<f64> {
        match self.get(c, name)? {
            Val::Number(Number::Float(x)) => Ok(x),
            Val::Int(s) if s.as_const().is_some() => Ok(s.as_const().unwrap_or(0) as f64),
            _ => no(format!("{name} is not known at build time")),
        }
    }

    /// A list of ints; one int stands for a list of it.
    pub fn sizes(&mut self, c: &Call, name: &str) -> Outcome<Option<Vec<Size>>> {
        let items = match self.get(c, name)? {
            Val::None => return Ok(None),
            Val::Int(s) => return Ok(Some(vec![s])),
            Val::List(items) => items,
            _ => return no(format!("{name} is not in sight")),
        };
        let sizes = items.into_iter().map(|v| if let Val::Int(s) = v { Ok(s) } else { no("a list of something else than ints") });
        sizes.collect::<Outcome<Vec<_>>>().map(Some)
    }

    /// `false` when the operator has no such parameter, or it is `None`.
    pub fn is_given(&mut self, c: &Call, name: &str) -> Outcome<bool> {
        Ok(!matches!(self.get(c, name)?, Val::None))
    }

    /// A dimension number of a view, from either end.
    pub fn dim(&self, v: &View, dim: i64) -> Outcome<usize> {
        let n = v.dims.len() as i64;
        match v.leading {
            None if dim < 0 && dim >= -n.max(1) => Ok((dim + n).max(0) as usize),
            None if dim >= 0 && dim < n.max(1) => Ok(dim as usize),
            None => no(OUT_OF_RANGE),
            Some(_) if dim < 0 && -dim < n => Ok((dim + n) as usize),
            Some(i) if dim < 0 => Err(Stop::Assume(Change::Tail(i, -dim as u32))),
            Some(i) => Err(Stop::Assume(Change::Rank(i, dim.max(1) as u32 + 1))),
        }
    }

    /// [`Translator::dim`] of a tensor that has dimensions.
    pub fn axis(&self, v: &View, dim: i64) -> Outcome<usize> {
        match self.dim(v, dim)? {
            d if d < v.dims.len() => Ok(d),
            _ => no("a dimension of a tensor without any"),
        }
    }

    /// Fails unless two sizes are the same.
    pub fn same(&self, a: &Size, b: &Size) -> Outcome<()> {
        let (a, b) = (self.assume.resolve(a), self.assume.resolve(b));
        if a == b || self.assume.is_proved(&crate::kernel::plan::Condition::Equal(a.clone(), b.clone())) {
            return Ok(());
        }
        match (a.as_const(), b.as_const()) {
            (Some(_), Some(_)) => no(format!("sizes {a} and {b} do not agree")),
            _ => Err(Stop::Assume(Change::Equal(a, b))),
        }
    }

    /// Fails unless a size is at least that.
    pub fn least(&self, s: &Size, n: i64) -> Outcome<()> {
        let s = self.assume.resolve(s);
        match s.as_const() {
            Some(k) if k >= n => Ok(()),
            Some(_) => no("a size that is too small"),
            None if self.assume.is_proved(&crate::kernel::plan::Condition::Least(s.clone(), n)) => Ok(()),
            None => Err(Stop::Assume(Change::Least(s, n))),
        }
    }

    // Broadcasting.

    /// The common dimensions of views.
    pub fn common(&self, views: &[&View]) -> Outcome<(Vec<Size>, Option<u32>)> {
        let leading = views.iter().filter(|v| v.leading.is_some()).collect::<Vec<_>>();
        for pair in leading.windows(2) {
            if let (Some(i), Some(j)) = (pair[0].leading, pair[1].leading)
                && i != j
            {
                return Err(Stop::Assume(Change::Alike(i, j)));
            }
            if pair[0].dims.len() != pair[1].dims.len() {
                return no("ranks that are not known");
            }
        }
        let n = views.iter().map(|v| v.dims.len()).max().unwrap_or(0);
        if let Some(first) = leading.first() {
            let i = first.leading.unwrap_or(0);
            if let Some(v) = views.iter().find(|v| v.leading.is_none() && v.dims.len() >= first.dims.len()) {
                return Err(Stop::Assume(Change::Tail(i, v.dims.len() as u32)));
            }
        }
        let mut out: Vec<Size> = vec![1.into(); n];
        for v in views {
            let skip = n - v.dims.len();
            for (o, d) in out[skip..].iter_mut().zip(&v.dims) {
                if o.is(1) {
                    *o = d.clone();
                } else if !d.is(1) {
                    // A number is known better than a symbol.
                    self.same(o, d)?;
                }
            }
        }
        Ok((out, leading.first().and_then(|v| v.leading)))
    }

    /// A view with steps of 0 along what it is repeated over.
    pub fn spread(&self, v: &View, dims: &[Size], leading: Option<u32>) -> View {
        let skip = dims.len() - v.dims.len();
        let stride = |i: usize| match i.checked_sub(skip) {
            Some(k) if !v.dims[k].is(1) => v.strides[k].clone(),
            _ => 0.into(),
        };
        View { dims: dims.to_vec(), strides: (0..dims.len()).map(stride).collect(), leading, ..v.clone() }
    }

    // Pointwise operators.

    /// The type that operands promote to.
    pub fn promoted(&self, vals: &[Val]) -> Outcome<Ty> {
        let mut known = vec![];
        let mut first: Option<Ty> = None;
        let (mut is_mixed, mut has_leading) = (false, false);
        for v in vals {
            known.push(match v {
                Val::Tensor(t) => {
                    is_mixed |= first.is_some_and(|f| f != t.ty);
                    has_leading |= t.leading.is_some();
                    first = Some(t.ty);
                    let dims = Some(vec![Dim::Unknown; t.dims.len()]);
                    Known::Tensor(TensorFacts { dtype: Some(tensor_type(t.ty)), dims, contiguous: false })
                }
                Val::Int(_) | Val::Number(Number::Int(_)) => Known::Int(None),
                Val::Number(Number::Float(_)) | Val::Param(_, Ty::F64) => Known::Float(None),
                Val::Number(Number::Bool(_)) | Val::Param(..) => Known::Bool(None),
                Val::None => Known::None,
                _ => return no("an operand that is no number"),
            });
        }
        if is_mixed && has_leading {
            return no("operands of several types and unknown rank");
        }
        let ty = result_type(&known.iter().collect::<Vec<_>>()).and_then(kernel_type);
        ty.map_or_else(|| no("a type without kernels"), Ok)
    }

    pub fn arg(&self, v: &Val) -> Outcome<Arg> {
        Ok(match v {
            Val::Tensor(t) => Arg::Tensor(t.clone()),
            Val::Int(s) => s.as_const().map_or(Arg::Size(s.clone()), |n| Arg::Number(Number::Int(n))),
            Val::Number(n) => Arg::Number(*n),
            Val::Param(i, _) => Arg::Param(*i),
            _ => return no("an operand that is no number"),
        })
    }

    /// A pointwise operation; each operand is converted to its type.
    pub fn map(&mut self, name: &str, compute: Compute, args: &[(Val, Ty)], ty: Ty) -> Outcome<View> {
        let views: Vec<&View> = args.iter().filter_map(|a| if let Val::Tensor(v) = &a.0 { Some(v) } else { None }).collect();
        let (dims, leading) = self.common(&views)?;
        // An image keeps its layout.
        let turns = leading.is_none() && views.iter().any(|v| v.dims == dims && self.is_image(v));
        let mut out = vec![];
        for (v, ty) in args {
            out.push((
                match v {
                    Val::Tensor(v) if turns => Arg::Tensor(channels_last(&self.spread(v, &dims, leading))),
                    Val::Tensor(v) => Arg::Tensor(self.spread(v, &dims, leading)),
                    v => self.arg(v)?,
                },
                *ty,
            ));
        }
        if turns {
            let dims = [&dims[..1], &dims[2..], &dims[1..2]].concat();
            return Ok(channels_second(&self.t.map(name, compute, out, ty, &dims, None)));
        }
        // So does what lies in another order.
        let whole: Vec<&&View> = views.iter().filter(|v| leading.is_none() && v.dims == dims).collect();
        if !whole.iter().any(|v| v.is_contiguous())
            && let Some(order) = whole.iter().find_map(|v| layout::order(v))
        {
            for (arg, _) in &mut out {
                if let Arg::Tensor(v) = arg {
                    *v = layout::permuted(v, &order);
                }
            }
            let dims: Vec<Size> = order.iter().map(|i| dims[*i].clone()).collect();
            return Ok(layout::restored(&self.t.map(name, compute, out, ty, &dims, None), &order));
        }
        Ok(self.t.map(name, compute, out, ty, &dims, leading))
    }

    /// The view shows a source that lies channels-last.
    pub fn is_image(&self, v: &View) -> bool {
        let source = &self.t.sources[v.source];
        v.dims.len() > 2 && v.dims != source.dims && {
            let turned = channels_last(v);
            turned.dims == source.dims && turned.is_contiguous()
        }
    }

    /// [`Translator::map`] of operands of one type.
    pub fn map_all(&mut self, name: &str, compute: Compute, args: &[Val], ty: Ty) -> Outcome<View> {
        let args: Vec<(Val, Ty)> = args.iter().map(|v| (v.clone(), ty)).collect();
        self.map(name, compute, &args, ty)
    }

    fn pointwise(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let v = match c.name {
            "where" => {
                let cond = self.tensor(c, "condition")?;
                self.demand(&cond, Ty::Bool)?;
                let (a, b) = (self.get(c, "self")?, self.get(c, "other")?);
                let ty = self.promoted(&[a.clone(), b.clone()])?;
                self.map("where", point::SELECT, &[(Val::Tensor(cond), Ty::Bool), (a, ty), (b, ty)], ty)?
            }
            "masked_fill" => {
                let (x, mask, value) = (self.tensor(c, "self")?, self.tensor(c, "mask")?, self.get(c, "value")?);
                self.demand(&mask, Ty::Bool)?;
                let ty = x.ty;
                if !ty.is_float() || matches!(&value, Val::Tensor(v) if v.ty != ty || !v.dims.is_empty()) {
                    return no("masked_fill of integers");
                }
                self.map("masked_fill", point::SELECT, &[(Val::Tensor(mask), Ty::Bool), (value, ty), (Val::Tensor(x), ty)], ty)?
            }
            "clamp" | "clip" => {
                let (x, min, max) = (Val::Tensor(self.tensor(c, "self")?), self.get(c, "min")?, self.get(c, "max")?);
                let ty = self.promoted(&[x.clone(), min.clone(), max.clone()])?;
                let mut x = x;
                for (v, f) in [(min, point::MAX), (max, point::MIN)] {
                    if !matches!(v, Val::None) {
                        x = Val::Tensor(self.map_all("clamp", f, &[x, v], ty)?);
                    }
                }
                let Val::Tensor(x) = x else { return Ok(None) };
                x
            }
            "to" | "type_as" | "float" | "double" => return self.conversion(c),
            "clone" if !self.is_given(c, "memory_format")? => {
                let x = self.tensor(c, "self")?;
                let ty = x.ty;
                self.map_all("clone", point::COPY, &[Val::Tensor(x)], ty)?
            }
            _ => return self.table(c),
        };
        Ok(Some(Val::Tensor(v)))
    }

    /// Asks for a tensor of a type; an input takes it on.
    pub fn demand(&self, v: &View, ty: Ty) -> Outcome<()> {
        match self.t.sources[v.source].origin {
            _ if v.ty == ty => Ok(()),
            Origin::Input(i) => Err(Stop::Assume(Change::Type(i, ty))),
            _ => no(format!("an operand that is not of type {}", ty.name())),
        }
    }

    fn table(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let Some((class, compute)) = point::operator(c.name) else { return Ok(None) };
        let mut vals: Vec<Val> = vec![];
        let mut name_of_alpha = None;
        for (p, v) in c.op.schema.params.iter().zip(c.inputs) {
            match (&*p.name, self.value(*v)?) {
                ("alpha" | "value", Val::Int(s)) if s.is(1) && SCALED.contains(&c.name) => {}
                ("alpha", v) if SCALED.contains(&c.name) => {
                    name_of_alpha = Some(vals.len());
                    vals.push(v);
                }
                ("approximate", Val::Str(s)) if s == "tanh" => {
                    let x = vals.remove(0);
                    let Val::Tensor(t) = &x else { return Ok(None) };
                    let ty = t.ty;
                    if !ty.is_float() {
                        return no("gelu of integers");
                    }
                    return Ok(Some(Val::Tensor(self.map_all("gelu", point::GELU_TANH, &[x], ty)?)));
                }
                ("approximate", Val::Str(s)) if s == "none" => {}
                ("out" | "rounding_mode" | "decimals" | "approximate" | "eps", Val::None) => {}
                ("out" | "rounding_mode" | "decimals" | "approximate" | "eps" | "dtype", _) => {
                    return no(format!("{} with {}", c.name, p.name));
                }
                (_, v) => vals.push(v),
            }
        }
        if !vals.iter().any(|v| matches!(v, Val::Tensor(_))) {
            return Ok(None);
        }
        let operands: Vec<Val> =
            vals.iter().enumerate().filter(|(i, _)| Some(*i) != name_of_alpha).map(|v| v.1.clone()).collect();
        let promoted = self.promoted(&operands)?;
        let (of, ty) = match class {
            Class::Promoted => (promoted, promoted),
            Class::FloatOnly if vals.iter().all(|v| !matches!(v, Val::Tensor(t) if !t.ty.is_float())) => (promoted, promoted),
            Class::FloatOnly => return no(format!("{} of integers", c.name)),
            Class::Float if promoted.is_float() => (promoted, promoted),
            Class::Float => (Ty::F32, Ty::F32),
            Class::Compare => (promoted, Ty::Bool),
            Class::Logical => (Ty::Bool, Ty::Bool),
            Class::Bits if promoted.is_float() => return no(format!("{} of floats", c.name)),
            Class::Bits => (promoted, promoted),
        };
        // Bools know no arithmetic.
        if of == Ty::Bool && matches!(class, Class::Promoted) && c.name != "mul" {
            return no(format!("{} of bools", c.name));
        }
        if c.name == "pow" {
            return self.power(&vals, ty).map(|v| Some(Val::Tensor(v)));
        }
        let args: Vec<(Val, Ty)> = vals.into_iter().map(|v| (v, of)).collect();
        Ok(Some(Val::Tensor(self.map(c.name, compute, &args, ty)?)))
    }

    fn power(&mut self, vals: &[Val], ty: Ty) -> Outcome<View> {
        let exponent = match &vals[1] {
            Val::Int(s) => s.as_const().map(|n| n as f64),
            Val::Number(Number::Float(x)) => Some(*x),
            _ => None,
        };
        let (x, square): (&[Val], Compute) = (&vals[..1], |b, x| b.bin(crate::kernel::BinOp::Mul, x[0], x[0]));
        match exponent {
            Some(2.0) => self.map_all("square", square, x, ty),
            Some(0.5) => self.map_all("sqrt", point::SQRT, x, ty),
            Some(-0.5) => self.map_all("rsqrt", point::RSQRT, x, ty),
            Some(-1.0) => self.map_all("reciprocal", point::RECIP, x, ty),
            Some(3.0) => {
                let s = self.map_all("square", square, x, ty)?;
                self.map_all("cube", point::MUL, &[Val::Tensor(s), vals[0].clone()], ty)
            }
            _ => self.map_all("pow", |b, x| b.bin(crate::kernel::BinOp::Pow, x[0], x[1]), vals, ty),
        }
    }

    fn conversion(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let x = self.tensor(c, "self")?;
        let ty = match c.name {
            "float" => Ty::F32,
            "double" => Ty::F64,
            "type_as" => self.tensor(c, "other")?.ty,
            _ if &*c.op.schema.overload == "dtype" => {
                if self.flag(c, "copy")? || self.is_given(c, "memory_format")? {
                    return no("a copy in another layout");
                }
                match DType::from_number(self.int(c, "dtype")?).and_then(kernel_type) {
                    Some(ty) => ty,
                    None => return no("a type without kernels"),
                }
            }
            _ => return Ok(None),
        };
        if ty == x.ty {
            return Ok(Some(Val::Tensor(x)));
        }
        if x.ty.is_float() && !ty.is_float() && ty != Ty::Bool {
            return no("floats that become integers");
        }
        Ok(Some(Val::Tensor(self.map("convert", point::COPY, &[(Val::Tensor(x.clone()), ty)], ty)?)))
    }
}
