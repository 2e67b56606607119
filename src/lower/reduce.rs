//! Folds, and what is made of them: means, variances, softmax, norms.

use super::assume::{Outcome, no};
use super::layout;
use super::point;
use super::tensors::{Compute, Factor, Position, View};
use super::translate::{Call, Translator, Val, kernel_type};
use crate::kernel::{BinOp, Cmp, Fold, Number, Size, Ty, UnOp};
use crate::types::DType;

/// Sums over more elements than this are of doubles.
const LONG: i64 = 4096;

fn number(x: f64) -> Val {
    Val::Number(Number::Float(x))
}

impl Translator<'_> {
    /// `None` when the operator is none.
    pub fn reduction(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let v = match (c.name, &*c.op.schema.overload) {
            ("sum" | "mean" | "prod", "" | "dim" | "dim_IntList" | "dim_int") => self.fold(c)?,
            ("amax" | "amin", _) | ("max" | "min", "") => self.extreme(c)?,
            ("var" | "std", "" | "dim" | "correction") => self.variance(c)?,
            ("softmax" | "log_softmax", "int") => {
                let x = self.converted(c)?;
                let d = self.int(c, "dim")?;
                let axes = self.axes(&x, Some(vec![d.into()]))?;
                self.softmax(&x, &axes, c.name == "log_softmax")?
            }
            ("layer_norm" | "rms_norm", _) => self.norm(c)?,
            _ => return Ok(None),
        };
        Ok(Some(Val::Tensor(v)))
    }

    /// Marks of dimensions; all of them without a list.
    fn axes(&self, x: &View, dims: Option<Vec<Size>>) -> Outcome<Vec<bool>> {
        let mut out = vec![false; x.dims.len()];
        let Some(dims) = dims.filter(|d| !d.is_empty()) else {
            return Ok(vec![true; x.dims.len()]);
        };
        for d in dims {
            let Some(d) = d.as_const() else { return no("a dimension that is not known") };
            let d = self.dim(x, d)?;
            if out.get(d) != Some(&false) {
                return no("a dimension twice");
            }
            out[d] = true;
        }
        Ok(out)
    }

    /// `self`, or `input`, converted to the `dtype` argument; integers stay.
    fn converted(&mut self, c: &Call) -> Outcome<View> {
        let name = if c.op.schema.param("self").is_some() { "self" } else { "input" };
        let x = self.tensor(c, name)?;
        if !self.is_given(c, "dtype")? {
            return if x.ty.is_float() { Ok(x) } else { no(format!("{} of integers", c.name)) };
        }
        match DType::from_number(self.int(c, "dtype")?).and_then(kernel_type) {
            Some(ty) if ty == x.ty && ty.is_float() => Ok(x),
            Some(ty) if ty.is_float() => self.map("convert", point::COPY, &[(Val::Tensor(x.clone()), ty)], ty),
            _ => no("a type without kernels"),
        }
    }

    /// A fold over the marked axes; they stay as 1.
    fn folded(&mut self, name: &str, fold: Fold, x: &View, axes: &[bool]) -> Outcome<View> {
        if axes.is_empty() || (0..axes.len()).all(|i| !axes[i] || x.dims[i].is(1)) {
            return Ok(x.clone());
        }
        let folded: Vec<&Size> = x.dims.iter().zip(axes).filter(|d| *d.1).map(|d| d.0).collect();
        let is_long = |n: &Size| n.as_const().map_or(axes.iter().all(|a| *a), |n| n > LONG);
        let is_sum = x.ty == Ty::F32 && fold == Fold::Sum;
        let unit = x.strides.iter().rposition(|s| s.is(1));
        // Every axis is summed by itself here, so that none is long is enough.
        if let (None, Some(unit)) = (x.leading, unit.filter(|u| !axes[*u] && !x.dims[*u].is(1)))
            && !(is_sum && folded.iter().any(|n| is_long(n)))
        {
            return Ok(self.columns(name, fold, x, axes, unit));
        }
        // Long sums of floats lose digits; rows of unknown length are taken to be short.
        if is_sum && is_long(&Size::product(folded)) {
            let wide = self.map("widen", point::COPY, &[(Val::Tensor(x.clone()), Ty::F64)], Ty::F64)?;
            let sum = self.reduced(name, fold, &wide, axes);
            return self.map("narrow", point::COPY, &[(Val::Tensor(sum), Ty::F32)], Ty::F32);
        }
        Ok(self.reduced(name, fold, x, axes))
    }

    /// A fold in the order of memory.
    fn reduced(&mut self, name: &str, fold: Fold, x: &View, axes: &[bool]) -> View {
        match layout::order(x) {
            Some(order) => {
                let axes = order.iter().map(|i| axes[*i]).collect();
                layout::restored(&self.t.reduce(name, fold, layout::permuted(x, &order), axes), &order)
            }
            None => self.t.reduce(name, fold, x.clone(), axes.to_vec()),
        }
    }

    /// A fold whose results lie side by side in memory, many at a time.
    fn columns(&mut self, name: &str, fold: Fold, x: &View, axes: &[bool], unit: usize) -> View {
        let kept: Vec<usize> = (0..axes.len()).filter(|i| !axes[*i] && *i != unit).chain([unit]).collect();
        let folded: Vec<usize> = (0..axes.len()).filter(|i| axes[*i]).collect();
        let of = |list: &[usize]| -> Vec<Size> { list.iter().map(|i| x.dims[*i].clone()).collect() };
        let place = |i: usize| match kept.iter().position(|k| *k == i) {
            Some(k) => k,
            None => kept.len() + folded.iter().position(|k| *k == i).unwrap_or(0),
        };
        let at = (0..axes.len()).map(|i| Position::axis(place(i))).collect();
        let factor = Factor { view: x.clone(), at, padding: None, panels: None };
        let y = self.t.window(name, fold, of(&folded), vec![factor], x.ty, &of(&kept), None);
        let own = |i: usize| kept.iter().position(|k| *k == i);
        let dims = (0..axes.len()).map(|i| own(i).map_or(1.into(), |k| y.dims[k].clone())).collect();
        let strides = (0..axes.len()).map(|i| own(i).map_or(0.into(), |k| y.strides[k].clone())).collect();
        View { dims, strides, ..y }
    }

    /// Removes the marked axes unless they are to be kept.
    fn drop_axes(&self, v: View, axes: &[bool], keep: bool) -> View {
        if keep {
            return v;
        }
        let left = |s: &[Size]| s.iter().zip(axes).filter(|d| !*d.1).map(|d| d.0.clone()).collect();
        let leading = v.leading.filter(|_| !axes[0]);
        View { dims: left(&v.dims), strides: left(&v.strides), leading, ..v }
    }

    /// Number of elements along the marked axes, as a number.
    fn count(&self, x: &View, axes: &[bool]) -> Val {
        Val::Int(Size::product(x.dims.iter().zip(axes).filter(|d| *d.1).map(|d| d.0)))
    }

    fn keepdim(&mut self, c: &Call) -> Outcome<bool> {
        self.flag(c, "keepdim")
    }

    fn dims(&mut self, c: &Call) -> Outcome<Option<Vec<Size>>> {
        self.sizes(c, "dim")
    }

    fn fold(&mut self, c: &Call) -> Outcome<View> {
        let x = self.tensor(c, "self")?;
        let x = if x.ty.is_float() || c.name == "mean" {
            self.converted(c)?
        } else if self.is_given(c, "dtype")? {
            return no("a sum as another type");
        } else {
            self.map("convert", point::COPY, &[(Val::Tensor(x.clone()), Ty::I64)], Ty::I64)?
        };
        let dims = self.dims(c)?;
        let axes = self.axes(&x, dims)?;
        let keep = self.keepdim(c)?;
        let mut v = self.folded(c.name, if c.name == "prod" { Fold::Prod } else { Fold::Sum }, &x, &axes)?;
        if c.name == "mean" {
            let n = self.count(&x, &axes);
            v = self.map_all("mean", point::DIV, &[Val::Tensor(v), n], x.ty)?;
        }
        Ok(self.drop_axes(v, &axes, keep))
    }

    fn extreme(&mut self, c: &Call) -> Outcome<View> {
        let x = self.tensor(c, "self")?;
        if x.ty == Ty::Bool {
            return no("an extreme of bools");
        }
        let dims = self.dims(c)?;
        let axes = self.axes(&x, dims)?;
        let keep = self.keepdim(c)?;
        let v = self.folded(c.name, if c.name.ends_with("max") { Fold::Max } else { Fold::Min }, &x, &axes)?;
        Ok(self.drop_axes(v, &axes, keep))
    }

    pub fn mean_of(&mut self, x: &View, axes: &[bool]) -> Outcome<View> {
        let sum = self.folded("mean", Fold::Sum, x, axes)?;
        let n = self.count(x, axes);
        self.map_all("mean", point::DIV, &[Val::Tensor(sum), n], x.ty)
    }

    /// The differences from the mean, and the sum of their squares.
    fn deviations(&mut self, x: &View, axes: &[bool]) -> Outcome<(View, View)> {
        let mean = self.mean_of(x, axes)?;
        let d = self.map_all("centre", point::SUB, &[Val::Tensor(x.clone()), Val::Tensor(mean)], x.ty)?;
        let square = self.map_all("square", |b, x| b.bin(BinOp::Mul, x[0], x[0]), &[Val::Tensor(d.clone())], x.ty)?;
        let sum = self.folded("squares", Fold::Sum, &square, axes)?;
        Ok((d, sum))
    }

    fn variance(&mut self, c: &Call) -> Outcome<View> {
        let x = self.converted(c)?;
        let dims = self.dims(c)?;
        let axes = self.axes(&x, dims)?;
        let keep = self.keepdim(c)?;
        let correction = match self.get(c, "correction")? {
            Val::Int(s) if s.as_const().is_some() => s.as_const().unwrap_or(1),
            Val::None if c.op.schema.param("unbiased").is_some() => self.flag(c, "unbiased")? as i64,
            Val::None => 1,
            _ => return no("a correction that is not known"),
        };
        let (_, sum) = self.deviations(&x, &axes)?;
        let Val::Int(n) = self.count(&x, &axes) else { return no("a count") };
        self.least(&n, correction + 1)?;
        let n = Val::Int(n.minus(&correction.into()));
        let mut v = self.map_all("var", point::DIV, &[Val::Tensor(sum), n], x.ty)?;
        if c.name == "std" {
            v = self.map_all("std", point::SQRT, &[Val::Tensor(v)], x.ty)?;
        }
        Ok(self.drop_axes(v, &axes, keep))
    }

    pub fn softmax(&mut self, x: &View, axes: &[bool], is_log: bool) -> Outcome<View> {
        let max = self.folded("max", Fold::Max, x, axes)?;
        let d = self.map_all("below", point::SUB, &[Val::Tensor(x.clone()), Val::Tensor(max)], x.ty)?;
        let e = self.map_all("exp", point::EXP, &[Val::Tensor(d.clone())], x.ty)?;
        let sum = self.folded("sum", Fold::Sum, &e, axes)?;
        if is_log {
            let l = self.map_all("log", point::LOG, &[Val::Tensor(sum)], x.ty)?;
            return self.map_all("log_softmax", point::SUB, &[Val::Tensor(d), Val::Tensor(l)], x.ty);
        }
        let r = self.map_all("reciprocal", point::RECIP, &[Val::Tensor(sum)], x.ty)?;
        self.map_all("softmax", point::MUL, &[Val::Tensor(e), Val::Tensor(r)], x.ty)
    }

    /// Softmax that gives zeros where all elements are minus infinity.
    pub fn masked_softmax(&mut self, x: &View, axes: &[bool]) -> Outcome<View> {
        let max = self.folded("max", Fold::Max, x, axes)?;
        let least = number(if x.ty == Ty::F32 { f32::MIN as f64 } else { f64::MIN });
        let max = self.map_all("finite", point::MAX, &[Val::Tensor(max), least], x.ty)?;
        let d = self.map_all("below", point::SUB, &[Val::Tensor(x.clone()), Val::Tensor(max)], x.ty)?;
        let e = self.map_all("exp", point::EXP, &[Val::Tensor(d)], x.ty)?;
        let sum = self.folded("sum", Fold::Sum, &e, axes)?;
        let share: Compute = |b, x| {
            let zero = b.number(b.ty(x[0]), 0.0);
            let none = b.cmp(Cmp::Eq, x[0], zero);
            let r = b.un(UnOp::Recip, x[0]);
            b.select(none, zero, r)
        };
        let r = self.map_all("reciprocal", share, &[Val::Tensor(sum)], x.ty)?;
        self.map_all("softmax", point::MUL, &[Val::Tensor(e), Val::Tensor(r)], x.ty)
    }

    fn norm(&mut self, c: &Call) -> Outcome<View> {
        let x = self.tensor(c, "input")?;
        if !x.ty.is_float() {
            return no("a norm of integers");
        }
        let shape = self.sizes(c, "normalized_shape")?.unwrap_or_default();
        let mut axes = vec![];
        for i in 0..shape.len() {
            axes.push(self.dim(&x, -(i as i64) - 1)?);
        }
        for (i, n) in shape.iter().rev().enumerate() {
            self.same(&x.dims[x.dims.len() - 1 - i], n)?;
        }
        let axes: Vec<bool> = (0..x.dims.len()).map(|i| axes.contains(&i)).collect();
        let eps = match self.get(c, "eps")? {
            Val::None if x.ty == Ty::F32 => f32::EPSILON as f64,
            Val::None => f64::EPSILON,
            _ => self.float(c, "eps")?,
        };
        let (weight, bias) = (self.optional_tensor(c, "weight")?, self.optional_tensor(c, "bias")?);
        for t in [&weight, &bias].into_iter().flatten() {
            if t.ty != x.ty || t.dims.len() != shape.len() {
                return no("weights of another type");
            }
        }
        let (d, squares) = if c.name == "layer_norm" {
            self.deviations(&x, &axes)?
        } else {
            let square = self.map_all("square", |b, x| b.bin(BinOp::Mul, x[0], x[0]), &[Val::Tensor(x.clone())], x.ty)?;
            (x.clone(), self.folded("squares", Fold::Sum, &square, &axes)?)
        };
        let n = self.count(&x, &axes);
        let scale: Compute = |b, x| {
            let mean = b.bin(BinOp::Div, x[0], x[1]);
            let y = b.bin(BinOp::Add, mean, x[2]);
            b.un(UnOp::Rsqrt, y)
        };
        let r = self.map_all("deviation", scale, &[Val::Tensor(squares), n, number(eps)], x.ty)?;
        let mut y = self.map_all("norm", point::MUL, &[Val::Tensor(d), Val::Tensor(r)], x.ty)?;
        if let Some(w) = weight {
            y = self.map_all("weigh", point::MUL, &[Val::Tensor(y), Val::Tensor(w)], x.ty)?;
        }
        if let Some(b) = bias {
            y = self.map_all("bias", point::ADD, &[Val::Tensor(y), Val::Tensor(b)], x.ty)?;
        }
        Ok(y)
    }
}
