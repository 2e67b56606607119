//! Matrix products: `linear`, `matmul` and what is made of them.

use super::assume::{Change, Outcome, Stop, no};
use super::layout;
use super::point;
use super::tensors::{Factor, Origin, Position, View};
use super::translate::{Call, Translator, Val};
use crate::kernel::constant::Packing;
use crate::kernel::pack::{Dim, Panels, panel_width};
use crate::kernel::{Fold, Number, Size, Ty};

impl Translator<'_> {
    /// `None` when the operator is none.
    pub fn product(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let v = match (c.name, &*c.op.schema.overload) {
            ("linear", _) => {
                let (x, w, bias) = (self.tensor(c, "input")?, self.tensor(c, "weight")?, self.optional_tensor(c, "bias")?);
                let w = self.swapped(&w)?;
                self.rows(&x, &w, bias)?
            }
            ("matmul", _) => {
                let (x, w) = (self.tensor(c, "self")?, self.tensor(c, "other")?);
                self.rows(&x, &w, None)?
            }
            ("mm" | "bmm", "") => {
                let (x, w) = (self.tensor(c, "self")?, self.tensor(c, "mat2")?);
                let rank = if c.name == "mm" { 2 } else { 3 };
                for v in [&x, &w] {
                    self.rank(v, rank)?;
                }
                self.matmul(&x, &w)?
            }
            ("mv", _) => {
                let (w, x) = (self.tensor(c, "self")?, self.tensor(c, "vec")?);
                self.rank(&w, 2)?;
                self.rank(&x, 1)?;
                let w = self.swapped(&w)?;
                self.matmul(&x, &w)?
            }
            ("addmm", "") => {
                let one = |v: Val| matches!(v, Val::Int(s) if s.is(1));
                if !one(self.get(c, "alpha")?) || !one(self.get(c, "beta")?) {
                    return no("addmm with factors");
                }
                let (x, w, bias) = (self.tensor(c, "mat1")?, self.tensor(c, "mat2")?, self.tensor(c, "self")?);
                self.rank(&x, 2)?;
                self.rank(&w, 2)?;
                let y = self.matmul(&x, &w)?;
                self.biased(y, Some(bias))?
            }
            ("baddbmm", "") => {
                let one = |v: Val| matches!(v, Val::Int(s) if s.is(1));
                if !one(self.get(c, "alpha")?) || !one(self.get(c, "beta")?) {
                    return no("baddbmm with factors");
                }
                let (x, w, bias) = (self.tensor(c, "batch1")?, self.tensor(c, "batch2")?, self.tensor(c, "self")?);
                self.rank(&x, 3)?;
                self.rank(&w, 3)?;
                let y = self.matmul(&x, &w)?;
                self.biased(y, Some(bias))?
            }
            ("scaled_dot_product_attention", _) => self.attention(c)?,
            _ => return Ok(None),
        };
        Ok(Some(Val::Tensor(v)))
    }

    fn attention(&mut self, c: &Call) -> Outcome<View> {
        let (q, k, v) = (self.tensor(c, "query")?, self.tensor(c, "key")?, self.tensor(c, "value")?);
        if self.float(c, "dropout_p")? != 0.0 || self.flag(c, "enable_gqa")? {
            return no("attention with dropout or groups");
        }
        let mask = self.optional_tensor(c, "attn_mask")?;
        let is_causal = self.flag(c, "is_causal")?;
        if mask.is_some() && is_causal {
            return no("attention with two masks");
        }
        if mask.as_ref().is_some_and(|m| m.ty != q.ty && m.ty != Ty::Bool) {
            return no("attention with a mask of another type");
        }
        if q.leading.is_some() || q.dims.len() < 3 {
            return no("attention of unknown rank");
        }
        let scale = match (self.get(c, "scale")?, q.dims[q.dims.len() - 1].as_const()) {
            (Val::None, Some(n)) if n > 0 => 1.0 / (n as f64).sqrt(),
            (Val::None, _) => return no("attention of unknown size"),
            _ => self.float(c, "scale")?,
        };
        let k = self.swapped(&k)?;
        let scores = self.matmul(&q, &k)?;
        let ty = scores.ty;
        let mut scores = self.map_all("scale", point::MUL, &[Val::Tensor(scores), Val::Number(Number::Float(scale))], ty)?;
        if is_causal {
            scores = self.causal(&scores);
        }
        let is_masked = mask.is_some();
        if let Some(m) = mask {
            let s = Val::Tensor(scores);
            let never = Val::Number(Number::Float(f64::NEG_INFINITY));
            scores = match m.ty {
                Ty::Bool => self.map("mask", point::SELECT, &[(Val::Tensor(m), Ty::Bool), (s, ty), (never, ty)], ty)?,
                _ => self.map_all("mask", point::ADD, &[s, Val::Tensor(m)], ty)?,
            };
        }
        let axes: Vec<bool> = (0..scores.dims.len()).map(|i| i + 1 == scores.dims.len()).collect();
        let weights = if is_masked { self.masked_softmax(&scores, &axes)? } else { self.softmax(&scores, &axes, false)? };
        self.matmul(&weights, &v)
    }

    pub fn rank(&self, v: &View, n: usize) -> Outcome<()> {
        match v.leading {
            Some(i) => Err(Stop::Assume(Change::Rank(i, n as u32))),
            None if v.dims.len() == n => Ok(()),
            None => no("a tensor of another rank"),
        }
    }

    pub fn biased(&mut self, y: View, bias: Option<View>) -> Outcome<View> {
        let Some(b) = bias else { return Ok(y) };
        if b.ty != y.ty {
            return no("a bias of another type");
        }
        let (dims, ty) = (y.dims.clone(), y.ty);
        let out = self.map_all("bias", point::ADD, &[Val::Tensor(y), Val::Tensor(b)], ty)?;
        if out.dims == dims { Ok(out) } else { no("a bias that widens") }
    }

    /// A product and what is added to it. Rows may come in any order: in that of memory, they are more often one loop.
    fn rows(&mut self, x: &View, w: &View, bias: Option<View>) -> Outcome<View> {
        let last = x.dims.len().wrapping_sub(1);
        match layout::order(x).filter(|o| last > 1 && w.dims.len() == 2 && o.last() == Some(&last)) {
            Some(order) => {
                let y = self.matmul(&layout::permuted(x, &order), w)?;
                let y = self.biased(y, bias)?;
                Ok(self.copy(&layout::restored(&y, &order)))
            }
            None => {
                let y = self.matmul(x, w)?;
                self.biased(y, bias)
            }
        }
    }

    /// The last two dimensions exchanged; a vector stays.
    pub fn swapped(&self, w: &View) -> Outcome<View> {
        let mut v = w.clone();
        if v.leading.is_some() {
            return no("weights of unknown rank");
        }
        let n = v.dims.len();
        if n > 1 {
            v.dims.swap(n - 2, n - 1);
            v.strides.swap(n - 2, n - 1);
        }
        Ok(v)
    }

    /// `x @ w` as `torch.matmul` has it.
    pub fn matmul(&mut self, x: &View, w: &View) -> Outcome<View> {
        if x.ty != w.ty || !x.ty.is_float() {
            return no("a product of other types than floats");
        }
        if w.leading.is_some() {
            return match w.leading {
                Some(i) if x.leading.is_none() => Err(Stop::Assume(Change::Rank(i, x.dims.len().max(2) as u32))),
                Some(i) => Err(Stop::Assume(Change::Rank(i, 2))),
                None => no("unknown rank"),
            };
        }
        if let Some(i) = x.leading
            && (x.dims.len() < 2 || w.dims.len() > 2)
        {
            return Err(Stop::Assume(if w.dims.len() > 2 { Change::Rank(i, w.dims.len() as u32) } else { Change::Tail(i, 1) }));
        }
        let (mut x, mut w) = (x.clone(), w.clone());
        let (is_row, is_column) = (x.leading.is_none() && x.dims.len() == 1, w.dims.len() == 1);
        if x.dims.is_empty() || w.dims.is_empty() || is_column {
            return no("a product with a vector on the right");
        }
        if is_row {
            x.dims.insert(0, 1.into());
            x.strides.insert(0, 0.into());
        }
        let (n, m) = (x.dims.len(), w.dims.len());
        self.same(&x.dims[n - 1], &w.dims[m - 2])?;
        let k = w.dims[m - 2].clone();
        // Batches are broadcast.
        let batch = |v: &View, n: usize| View {
            dims: v.dims[..n - 2].to_vec(),
            strides: v.strides[..n - 2].to_vec(),
            leading: v.leading.filter(|_| n > 2),
            ..v.clone()
        };
        let (dims, leading) = if m == 2 {
            (x.dims[..n - 2].to_vec(), x.leading.filter(|_| n > 2))
        } else {
            self.common(&[&batch(&x, n), &batch(&w, m)])?
        };
        let leading = leading.or(x.leading);
        let spread = |t: &Self, v: &View, n: usize| t.spread(&batch(v, n), &dims, None).strides;
        let (xs, mut ws) = (spread(self, &x, n), spread(self, &w, m));
        let rows = dims.len();
        let domain = [&dims[..], &[x.dims[n - 2].clone(), w.dims[m - 1].clone()]].concat();
        let tap = domain.len();
        let weights = match self.packed(&w, m)? {
            Some((view, width)) => {
                Factor { view, at: vec![Position::axis(tap), Position::axis(rows + 1)], padding: None, panels: Some(width) }
            }
            None => {
                if !w.strides[m - 1].is(1) {
                    w = self.copy(&w);
                    ws = spread(self, &w, m);
                }
                let view = View {
                    dims: [&dims[..], &w.dims[m - 2..]].concat(),
                    strides: [&ws[..], &w.strides[m - 2..]].concat(),
                    ..w.clone()
                };
                let at = (0..rows).chain([tap, rows + 1]).map(Position::axis).collect();
                Factor { view, at, padding: None, panels: None }
            }
        };
        let view =
            View { dims: [&dims[..], &x.dims[n - 2..]].concat(), strides: [&xs[..], &x.strides[n - 2..]].concat(), ..x.clone() };
        let at = (0..=rows).chain([tap]).map(Position::axis).collect();
        let factors = vec![Factor { view, at, padding: None, panels: None }, weights];
        let mut y = self.t.window("product", Fold::Sum, vec![k], factors, x.ty, &domain, leading);
        if is_row {
            y.dims.remove(tap - 2);
            y.strides.remove(tap - 2);
        }
        Ok(y)
    }

    /// A constant matrix in panels.
    fn packed(&mut self, w: &View, m: usize) -> Outcome<Option<(View, u32)>> {
        let Origin::Constant(k) = self.t.sources[w.source].origin else { return Ok(None) };
        let c = &self.t.constants[k as usize];
        if m != 2 || !w.offset.is(0) || c.packing.is_some() {
            return Ok(None);
        }
        let known = |s: &Size| s.as_const().and_then(|n| usize::try_from(n).ok());
        let dim = |i: usize| Some(Dim { extent: known(&w.dims[i])?, stride: known(&w.strides[i])? });
        let (Some(inner), Some(column)) = (dim(0), dim(1)) else { return Ok(None) };
        let tensor = c.tensor.clone();
        let width = panel_width(w.ty);
        let panels = Panels { batch: vec![], inner: vec![inner], column, width: width as usize };
        let k = self.t.constant(&tensor, Some(Packing::Panels(panels)));
        let source = self.t.source(w.ty, &w.dims, Origin::Constant(k));
        Ok(Some((self.t.view(source, None), width)))
    }
}
