//! Subscripts: indexing, slicing, and assignment to items.

use super::emitter::{Emitter, fail};
use super::{Arg, Sugared};
use crate::diag::{Code, Diagnostic, Result, Span};
use crate::graph::{Const, Value};
use crate::syntax::{BinOp, Constant, Expr, ExprKind};
use crate::types::{DType, Type};
use std::rc::Rc;

/// The parts of `x[a, b]`; one part for anything but a tuple.
fn parts(index: &Expr) -> &[Expr] {
    match &index.kind {
        ExprKind::Tuple(items) if !items.is_empty() => items,
        _ => std::slice::from_ref(index),
    }
}

fn is_ellipsis(e: &Expr) -> bool {
    matches!(e.kind, ExprKind::Constant(Constant::Ellipsis))
}

fn optional_tensor() -> Type {
    Type::optional(Type::Tensor)
}

impl Emitter<'_> {
    pub(super) fn emit_subscript(&mut self, span: Span, value: &Expr, index: &Expr, hint: Option<&Type>) -> Result<Sugared> {
        let what = self.emit_sugared(value, 1, None)?;
        let parts = parts(index);
        if parts.len() != 1 {
            let v = what.as_value(self, value.span)?;
            return self.multidim(span, v, parts).map(Sugared::Value);
        }
        if let ExprKind::Slice { lower, upper, step } = &parts[0].kind {
            if what.kind() == "module" {
                let mut bounds = vec![];
                let items = what.as_tuple(self, value.span, None)?;
                for e in [lower, upper, step] {
                    bounds.push(match e {
                        Some(e) => Some(self.emit_expr(e, None)?),
                        None => None,
                    });
                }
                let values = self.values_of(&items, value.span)?;
                let tuple = self.tuple(&values, None, value.span);
                return self.tuple_slice(span, tuple, bounds[0], bounds[1], bounds[2]).map(Sugared::Value);
            }
            let v = what.as_value(self, value.span)?;
            let dim = (*self.ty(v) == Type::Tensor).then(|| self.int(0, span));
            return self.slice(span, v, dim, &parts[0]).map(Sugared::Value);
        }
        let v = what.as_value(self, value.span)?;
        let part = if is_ellipsis(&parts[0]) { Sugared::Nothing } else { self.emit_sugared(&parts[0], 1, None)? };
        if let Sugared::Slice(start, stop, step) = part {
            let dim = (*self.ty(v) == Type::Tensor).then(|| self.int(0, value.span));
            return self.slice_op(span, v, dim, Some(start), Some(stop), Some(step)).map(Sugared::Value);
        }
        if is_ellipsis(&parts[0]) {
            return self.multidim(span, v, parts).map(Sugared::Value);
        }
        let i = part.as_value(self, value.span)?;
        match self.ty(v) {
            Type::Tuple(_) => {
                let v = what.as_value(self, value.span)?;
                self.tuple_index(span, v, i).map(Sugared::Value)
            }
            Type::Tensor => self.multidim(span, v, parts).map(Sugared::Value),
            _ => what.getitem(self, span, i, hint),
        }
    }

    fn tuple_index(&mut self, span: Span, v: Value, i: Value) -> Result<Value> {
        let elems = self.ty(v).tuple_elems().unwrap_or(&[]).to_vec();
        if *self.ty(i) != Type::Int {
            return fail(Code::Type, span, "tuple index must be an integer");
        }
        let ty = match self.as_constant(i) {
            Some(Const::Int(k)) => {
                let n = elems.len() as i64;
                let at = if k < 0 { k + n } else { k };
                match usize::try_from(at).ok().and_then(|at| elems.get(at)) {
                    Some(t) => t.clone(),
                    None => {
                        return fail(Code::Type, span, format!("Tuple index out of range. Tuple is length {n} and index is {k}"));
                    }
                }
            }
            _ => match elems.first() {
                Some(first) if elems.iter().all(|t| self.is_subtype(t, first)) => first.clone(),
                _ => {
                    return fail(
                        Code::Type,
                        span,
                        format!(
                            "Cannot index into a {} with a non-integer literal because we cannot resolve the output type",
                            self.ty(v).annotation()
                        ),
                    );
                }
            },
        };
        Ok(self.bare_value("prim::TupleIndex", &[v, i], ty))
    }

    fn tuple_slice(&mut self, span: Span, v: Value, lo: Option<Value>, hi: Option<Value>, step: Option<Value>) -> Result<Value> {
        let elems = self.ty(v).tuple_elems().unwrap_or(&[]).to_vec();
        let mut bounds = [None, None, None];
        for (slot, b) in bounds.iter_mut().zip([lo, hi, step]) {
            *slot = match b.map(|b| self.as_constant(b)) {
                None | Some(Some(Const::None)) => None,
                Some(Some(Const::Int(i))) => Some(i),
                Some(_) => return fail(Code::Type, span, "tuple slice indices must be integer constants"),
            };
        }
        let n = elems.len() as i64;
        let step = bounds[2].unwrap_or(1);
        if step == 0 {
            return fail(Code::Type, span, "slice step cannot be zero");
        }
        let clamp = |i: i64, least: i64, most: i64| (if i < 0 { i + n } else { i }).clamp(least, most);
        let (mut i, end) = if step > 0 {
            (bounds[0].map_or(0, |i| clamp(i, 0, n)), bounds[1].map_or(n, |i| clamp(i, 0, n)))
        } else {
            (bounds[0].map_or(n - 1, |i| clamp(i, -1, n - 1)), bounds[1].map_or(-1, |i| clamp(i, -1, n - 1)))
        };
        let begin = i;
        let mut types = vec![];
        while if step > 0 { i < end } else { i > end } {
            types.extend(elems.get(i as usize).cloned());
            i += step;
        }
        let mut values = vec![];
        let mut k = begin;
        for ty in types {
            let index = self.bare_constant(Const::Int(k));
            values.push(self.bare_value("prim::TupleIndex", &[v, index], ty));
            k += step;
        }
        Ok(self.tuple(&values, None, span))
    }

    fn slice(&mut self, span: Span, v: Value, dim: Option<Value>, e: &Expr) -> Result<Value> {
        let ExprKind::Slice { lower, upper, step } = &e.kind else { return fail(Code::Internal, span, "not a slice") };
        let mut bounds = vec![];
        for e in [lower, upper, step] {
            bounds.push(match e {
                Some(e) => Some(self.emit_expr(e, None)?),
                None => None,
            });
        }
        self.slice_op(span, v, dim, bounds[0], bounds[1], bounds[2])
    }

    fn slice_op(
        &mut self,
        span: Span,
        v: Value,
        dim: Option<Value>,
        start: Option<Value>,
        end: Option<Value>,
        step: Option<Value>,
    ) -> Result<Value> {
        if let Type::Tuple(_) = self.ty(v) {
            return self.tuple_slice(span, v, start, end, step);
        }
        let step = match step {
            Some(s) if *self.ty(s) != Type::None => s,
            _ => self.int(1, span),
        };
        let mut args = vec![Arg::named(span, "self", v)];
        args.extend(dim.map(|d| Arg::new(span, d)));
        for bound in [start, end] {
            let bound = match bound {
                Some(b) => b,
                None => self.bare_constant(Const::None),
            };
            args.push(Arg::new(span, bound));
        }
        args.push(Arg::new(span, step));
        for a in &mut args {
            a.name = None;
        }
        self.call_operator(span, "aten::slice", &args, &[], None)
    }

    fn multidim(&mut self, span: Span, v: Value, parts: &[Expr]) -> Result<Value> {
        if *self.ty(v) != Type::Tensor {
            return fail(
                Code::Type,
                span,
                format!(
                    "Unsupported operation: attempted to use multidimensional indexing on a non-tensor type {}",
                    self.ty(v).annotation()
                ),
            );
        }
        let (v, indices) = self.int_and_slice_indexing(span, v, parts)?;
        if indices.is_empty() {
            return Ok(v);
        }
        let list = self.list(optional_tensor(), &indices, span);
        self.op(span, "aten::index", &[v, list])
    }

    /// Emits one part of an index; how far the dimension moves that the next part applies to.
    fn index_part(&mut self, span: Span, e: &Expr, backwards: bool, out: &mut Option<Value>) -> Result<i64> {
        let along = if backwards { -1 } else { 1 };
        if matches!(e.kind, ExprKind::Slice { .. }) {
            return Ok(along);
        }
        if let Sugared::Slice(..) = self.emit_sugared(e, 1, None)? {
            return Ok(along);
        }
        let hint = matches!(e.kind, ExprKind::Constant(Constant::None)).then_some(Type::None);
        let mut v = self.emit_expr(e, hint.as_ref())?;
        if let Type::List(_) = self.ty(v) {
            let dtype = self.bare_constant(Const::Int(DType::I64.number()));
            v = self.call_operator(span, "aten::tensor", &[Arg::new(e.span, v)], &[Arg::named(span, "dtype", dtype)], None)?;
        }
        *out = Some(v);
        match self.ty(v) {
            Type::None => Ok(if backwards { 0 } else { 1 }),
            Type::Int => Ok(if backwards { -1 } else { 0 }),
            t if *t == Type::Tensor || *t == optional_tensor() => {
                if backwards {
                    return fail(Code::Unsupported, span, "Ellipses followed by tensor indexing is currently not supported");
                }
                Ok(1)
            }
            t => {
                let d = Diagnostic::new(
                    Code::Type,
                    e.span,
                    format!("Unsupported operation: indexing tensor with unsupported index type '{}'", t.annotation()),
                );
                Err(Box::new(d.help("only ints, slices, lists and tensors are supported")))
            }
        }
    }

    /// Applies ints, slices and `None` one dimension at a time; gives the tensor indices that are left.
    fn int_and_slice_indexing(&mut self, span: Span, v: Value, parts: &[Expr]) -> Result<(Value, Vec<Value>)> {
        let mut v = v;
        let mut dims = vec![0i64; parts.len()];
        let mut values: Vec<Option<Value>> = vec![None; parts.len()];
        let mut i = 0;
        let mut dim = 0;
        while i < parts.len() && !is_ellipsis(&parts[i]) {
            dims[i] = dim;
            dim += self.index_part(span, &parts[i], false, &mut values[i])?;
            i += 1;
        }
        let mut dim = -1;
        for k in (i + 1..parts.len()).rev() {
            if is_ellipsis(&parts[k]) {
                return fail(Code::Type, span, "An index can only have a single ellipsis ('...')");
            }
            dims[k] = dim;
            dim += self.index_part(span, &parts[k], true, &mut values[k])?;
        }
        let mut tensors: Vec<Option<Value>> = vec![];
        for (k, e) in parts.iter().enumerate() {
            if is_ellipsis(e) {
                continue;
            }
            let Some(index) = values[k] else {
                if let ExprKind::Slice { .. } = e.kind {
                    let d = self.int(dims[k], span);
                    v = self.slice(span, v, Some(d), e)?;
                } else if let Sugared::Slice(start, stop, step) = self.emit_sugared(e, 1, None)? {
                    let d = self.int(dims[k], span);
                    v = self.slice_op(span, v, Some(d), Some(start), Some(stop), Some(step))?;
                }
                continue;
            };
            match self.ty(index) {
                Type::None => {
                    let d = self.int(dims[k], span);
                    v = self.op(span, "aten::unsqueeze", &[v, d])?;
                }
                Type::Int => {
                    let d = self.int(dims[k], span);
                    v = self.op(span, "aten::select", &[v, d, index])?;
                }
                _ => {
                    let at = dims[k] as usize;
                    tensors.resize(at + 1, None);
                    tensors[at] = Some(index);
                }
            }
        }
        let indices = tensors
            .into_iter()
            .map(|t| match t {
                Some(t) => t,
                None => self.bare_constant(Const::None),
            })
            .collect();
        Ok((v, indices))
    }

    /// A number as a tensor like `like`, as assignment to a tensor's item wants it.
    fn number_to_tensor(&mut self, span: Span, value: Value, like: Value) -> Result<Value> {
        if !matches!(self.ty(value), Type::Number | Type::Int | Type::Bool | Type::Float | Type::Complex) {
            return Ok(value);
        }
        let dtype = self.op(span, "prim::dtype", &[like])?;
        let device = self.op(span, "prim::device", &[like])?;
        let kwargs = [Arg::named(span, "dtype", dtype), Arg::named(span, "device", device)];
        self.call_operator(span, "aten::tensor", &[Arg::new(span, value)], &kwargs, None)
    }

    /// `container[index] = value`
    pub(super) fn assign_item(&mut self, span: Span, at: Span, container: &Expr, index: &Expr, value: Arg) -> Result<()> {
        let c = self.emit_expr(container, None)?;
        let parts = parts(index);
        if *self.ty(c) == Type::Tensor {
            let (target, indices) = self.int_and_slice_indexing(at, c, parts)?;
            let value = self.number_to_tensor(span, value.value, target)?;
            if indices.is_empty() {
                self.op(span, "aten::copy_", &[target, value])?;
            } else {
                let list = self.list(optional_tensor(), &indices, span);
                self.op(span, "aten::index_put_", &[target, list, value])?;
            }
            return Ok(());
        }
        if parts.len() != 1 || matches!(parts[0].kind, ExprKind::Slice { .. }) {
            return fail(Code::Unsupported, at, "Sliced expression not yet supported for subscripted assignment");
        }
        if let Type::Tuple(_) | Type::AnyTuple = self.ty(c) {
            return fail(Code::Type, at, format!("{} does not support subscripted assignment", self.ty(c).annotation()));
        }
        let i = self.emit_expr(&parts[0], None)?;
        let set = Sugared::Magic("__setitem__", Rc::new(Sugared::Builtin("aten::_set_item".into(), None)));
        set.call(self, span, &[Arg::new(container.span, c), Arg::new(index.span, i), value], &[], 0)?;
        Ok(())
    }

    /// `container[index] op= value`
    pub(super) fn augment_item(
        &mut self,
        span: Span,
        target: &Expr,
        container: &Expr,
        index: &Expr,
        op: BinOp,
        value: &Expr,
    ) -> Result<()> {
        let c = self.emit_expr(container, None)?;
        let parts = parts(index);
        if *self.ty(c) == Type::Tensor {
            let (item, indices) = self.int_and_slice_indexing(target.span, c, parts)?;
            let right = self.emit_expr(value, None)?;
            let op = self.augmented_op(span, op, &Type::Tensor)?;
            if indices.is_empty() {
                let this = Arg::named(target.span, "self", item);
                self.call_operator(span, op, &[Arg::new(value.span, right)], &[], Some(this))?;
            } else {
                let list = self.list(optional_tensor(), &indices, span);
                let old = self.op(span, "aten::index", &[item, list])?;
                let this = Arg::named(target.span, "self", old);
                let new = self.call_operator(span, op, &[Arg::new(value.span, right)], &[], Some(this))?;
                self.op(span, "aten::index_put_", &[item, list, new])?;
            }
            return Ok(());
        }
        if parts.len() != 1 {
            return fail(
                Code::Unsupported,
                target.span,
                format!("Sliced expression not yet supported for {} augmented assignment", self.ty(c).annotation()),
            );
        }
        let elem = match self.ty(c) {
            Type::List(t) => (**t).clone(),
            Type::Dict(k, _) => (**k).clone(),
            t => return fail(Code::Type, target.span, format!("{} does not support augmented assignment", t.annotation())),
        };
        let i = self.emit_expr(&parts[0], None)?;
        let right = self.emit_expr(value, None)?;
        let old = self.op(span, "aten::__getitem__", &[c, i])?;
        let op = self.augmented_op(span, op, &elem)?;
        let new = self.op(span, op, &[old, right])?;
        self.op(span, "aten::_set_item", &[c, i, new])?;
        Ok(())
    }
}
