//! Tensors made of numbers and places: `zeros`, `full`, `arange`, triangles.

use super::assume::{Outcome, no};
use super::point;
use super::tensors::{Arg, Compute, View};
use super::translate::{Call, Translator, Val, kernel_type};
use crate::kernel::{BinOp, Cmp, Number, Size, Ty};
use crate::types::DType;

impl Translator<'_> {
    /// `None` when the operator makes nothing of this kind.
    pub fn creation(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let v = match (c.name, &*c.op.schema.overload) {
            (
                "zeros" | "ones" | "full" | "new_zeros" | "new_ones" | "new_full" | "zeros_like" | "ones_like" | "full_like",
                "",
            ) => self.filled(c)?,
            ("arange", "" | "start") => self.counted(c)?,
            ("tril" | "triu", "") => self.triangle(c)?,
            _ => return Ok(None),
        };
        Ok(Some(Val::Tensor(v)))
    }

    fn type_asked(&mut self, c: &Call, otherwise: Ty) -> Outcome<Ty> {
        if !self.is_given(c, "dtype")? {
            return Ok(otherwise);
        }
        match DType::from_number(self.int(c, "dtype")?).and_then(kernel_type) {
            Some(ty) => Ok(ty),
            None => no("a type without kernels"),
        }
    }

    fn filled(&mut self, c: &Call) -> Outcome<View> {
        if self.is_given(c, "memory_format")? {
            return no("a tensor in another layout");
        }
        let value = match c.name.trim_start_matches("new_").trim_end_matches("_like") {
            "zeros" => Val::Int(0.into()),
            "ones" => Val::Int(1.into()),
            _ => self.get(c, "fill_value")?,
        };
        let like = if c.op.schema.param("self").is_some() { Some(self.tensor(c, "self")?) } else { None };
        let own = match (&like, &value) {
            (Some(x), _) => x.ty,
            (None, Val::Int(_) | Val::Number(Number::Int(_))) if c.name == "full" => Ty::I64,
            (None, Val::Number(Number::Bool(_)) | Val::Param(_, Ty::Bool)) => Ty::Bool,
            _ => Ty::F32,
        };
        let ty = self.type_asked(c, own)?;
        let (dims, leading) = match (self.sizes(c, "size")?, like) {
            (Some(dims), _) => (dims, None),
            (None, Some(x)) => (x.dims, x.leading),
            _ => return no("sizes that are not in sight"),
        };
        self.are_positive(&dims)?;
        let arg = self.arg(&value)?;
        Ok(self.t.map("fill", point::COPY, vec![(arg, ty)], ty, &dims, leading))
    }

    fn counted(&mut self, c: &Call) -> Outcome<View> {
        let start = if c.op.schema.param("start").is_some() { self.size(c, "start")? } else { 0.into() };
        let n = self.size(c, "end")?.minus(&start);
        let ty = self.type_asked(c, Ty::I64)?;
        self.are_positive(std::slice::from_ref(&n))?;
        let from = self.arg(&Val::Int(start))?;
        Ok(self.t.map("arange", point::ADD, vec![(Arg::Index(0), ty), (from, ty)], ty, &[n], None))
    }

    fn triangle(&mut self, c: &Call) -> Outcome<View> {
        let x = self.tensor(c, "self")?;
        let n = x.dims.len();
        if x.leading.is_some() || n < 2 {
            return no("a triangle of unknown rank");
        }
        let diagonal = self.size(c, "diagonal")?;
        let diagonal = self.arg(&Val::Int(diagonal))?;
        let keep: Compute = if c.name == "tril" {
            |b, x| {
                let to = b.bin(BinOp::Add, x[0], x[2]);
                let inside = b.cmp(Cmp::Le, x[1], to);
                point::keep(b, inside, x[3])
            }
        } else {
            |b, x| {
                let from = b.bin(BinOp::Add, x[0], x[2]);
                let inside = b.cmp(Cmp::Ge, x[1], from);
                point::keep(b, inside, x[3])
            }
        };
        let places = [Arg::Index(n - 2), Arg::Index(n - 1), diagonal].map(|a| (a, Ty::I32));
        let args = places.into_iter().chain([(Arg::Tensor(x.clone()), x.ty)]).collect();
        Ok(self.t.map(c.name, keep, args, x.ty, &x.dims, None))
    }

    /// Scores with minus infinity where a column lies behind its row.
    pub fn causal(&mut self, scores: &View) -> View {
        let n = scores.dims.len();
        let compute: Compute = |b, x| {
            let inside = b.cmp(Cmp::Le, x[1], x[0]);
            let never = b.number(b.ty(x[2]), f64::NEG_INFINITY);
            b.select(inside, x[2], never)
        };
        let args = vec![(Arg::Index(n - 2), Ty::I32), (Arg::Index(n - 1), Ty::I32), (Arg::Tensor(scores.clone()), scores.ty)];
        self.t.map("causal", compute, args, scores.ty, &scores.dims, None)
    }

    fn are_positive(&self, dims: &[Size]) -> Outcome<()> {
        dims.iter().try_for_each(|d| self.least(d, 1))
    }
}
