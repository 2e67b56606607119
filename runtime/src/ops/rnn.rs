//! Recurrent layers: LSTM, GRU and plain ones, over whole sequences and single steps.

use super::binary::Add;
use super::matmul::linear_of;
use crate::kernel::{apply, apply_to, params};
use crate::math::{self, Real};
use crate::tensor::Show;
use crate::{Args, Dims, Result, Scalar, Tensor};
use alloc::vec::Vec;

/// Which recurrence.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cell {
    Lstm,
    Gru,
    Tanh,
    Relu,
}

impl Cell {
    /// Blocks of the weight matrices.
    fn gates(self) -> usize {
        match self {
            Cell::Lstm => 4,
            Cell::Gru => 3,
            _ => 1,
        }
    }
}

/// The weights of one layer in one direction.
struct Weights<'a> {
    ih: &'a Tensor,
    hh: &'a Tensor,
    b_ih: Option<&'a Tensor>,
    b_hh: Option<&'a Tensor>,
    /// Projection of an LSTM's output.
    hr: Option<&'a Tensor>,
}

/// One step from the two products `gi` (input) and `gh` (hidden), each [batch, gates * size]: writes the new `h` (and `c`).
fn step<T: Real>(cell: Cell, gi: &[T], gh: &[T], size: usize, h: &mut [T], c: &mut [T]) {
    let gates = cell.gates() * size;
    for (b, h) in h.chunks_exact_mut(size).enumerate() {
        let (x, y) = (&gi[b * gates..(b + 1) * gates], &gh[b * gates..(b + 1) * gates]);
        let both = |g: usize, j: usize| x[g * size + j] + y[g * size + j];
        for (j, h) in h.iter_mut().enumerate() {
            *h = match cell {
                Cell::Tanh => both(0, j).tanh(),
                Cell::Relu => {
                    let v = both(0, j);
                    if v < T::ZERO { T::ZERO } else { v }
                }
                Cell::Gru => {
                    let (r, z) = (math::sigmoid(both(0, j)), math::sigmoid(both(1, j)));
                    let n = (x[2 * size + j] + r * y[2 * size + j]).tanh();
                    (*h - n) * z + n
                }
                Cell::Lstm => {
                    let c = &mut c[b * size + j];
                    let (i, f, o) = (math::sigmoid(both(0, j)), math::sigmoid(both(1, j)), math::sigmoid(both(3, j)));
                    *c = f * *c + i * both(2, j).tanh();
                    o * c.tanh()
                }
            };
        }
    }
}

/// The state after one step: `gi` [batch, gates * size] is the input's share.
fn advance(cell: Cell, gi: &Tensor, h: &Tensor, c: &Tensor, w: &Weights) -> Result<(Tensor, Tensor)> {
    let gh = linear_of(h, w.hh, w.b_hh)?;
    let d = crate::rows::compute_type(h.dtype());
    let size = w.hh.sizes()[0] as usize / cell.gates();
    let (gi, gh) = (gi.to_dtype(d)?.contiguous()?, gh.to_dtype(d)?.contiguous()?);
    // With a projection the hidden state is smaller than the cell.
    let next = if w.hr.is_some() { Tensor::zeros(&[h.sizes()[0], size as i64], d)? } else { h.to_dtype(d)?.copy_contiguous()? };
    let state = if cell == Cell::Lstm { c.to_dtype(d)?.copy_contiguous()? } else { Tensor::empty(&[0], d)? };
    real_type!(d, T => step::<T>(cell, gi.as_slice()?, gh.as_slice()?, size, next.as_mut_slice()?, state.as_mut_slice()?));
    let next = match w.hr {
        Some(hr) => linear_of(&next, &hr.to_dtype(d)?, None)?,
        None => next,
    };
    Ok((next.to_dtype(h.dtype())?, state.to_dtype(h.dtype())?))
}

struct Layers<'a> {
    cell: Cell,
    params: &'a [Tensor],
    biases: bool,
    layers: usize,
    dropout: f64,
    train: bool,
    bidirectional: bool,
}

impl<'a> Layers<'a> {
    fn weights(&self, at: usize, projected: bool) -> Result<Weights<'a>> {
        let per = 2 + 2 * self.biases as usize + projected as usize;
        let p = self
            .params
            .get(at * per..(at + 1) * per)
            .ok_or_else(|| err!("rnn: not enough weights for {} layers", self.layers))?;
        let last = projected.then(|| &p[per - 1]);
        Ok(Weights { ih: &p[0], hh: &p[1], b_ih: self.biases.then(|| &p[2]), b_hh: self.biases.then(|| &p[3]), hr: last })
    }

    /// `x` [time, batch, features]; `h0`, `c0` [layers * directions, batch, size]; `batch(t)` is how many sequences reach step t.
    fn run(&self, x: Tensor, h0: &Tensor, c0: Option<&Tensor>, batch: Option<&[i64]>) -> Result<(Tensor, Tensor, Tensor)> {
        check!(
            !self.train || self.dropout == 0.0,
            NotImplemented,
            "dropout between recurrent layers in training is not supported"
        );
        let directions = 1 + self.bidirectional as usize;
        check!(
            h0.dim() == 3 && h0.sizes()[0] as usize == self.layers * directions,
            "Expected hidden size ({}, batch, size), got {}",
            self.layers * directions,
            Show(h0.sizes())
        );
        let projected = self.cell == Cell::Lstm && c0.is_some_and(|c| c.sizes()[2] != h0.sizes()[2]);
        let (mut x, mut hs, mut cs) = (x, Vec::new(), Vec::new());
        for layer in 0..self.layers {
            let mut outputs = Vec::new();
            for direction in 0..directions {
                let at = layer * directions + direction;
                let w = self.weights(at, projected)?;
                let h = h0.select(0, at as i64)?;
                let c = c0.map_or(Ok(h.clone()), |c| c.select(0, at as i64))?;
                let (y, h, c) = match batch {
                    None => self.sequence(&x, h, c, &w, direction == 1)?,
                    Some(b) => self.packed(&x, h, c, &w, direction == 1, b)?,
                };
                outputs.push(y);
                hs.push(h);
                cs.push(c);
            }
            x = join(&outputs, x.dim() - 1)?;
        }
        let stack = |ts: &[Tensor]| -> Result<Tensor> {
            let ts: Result<Vec<Tensor>> = ts.iter().map(|t| t.unsqueeze(0)).collect();
            join(&ts?, 0)
        };
        let c = if self.cell == Cell::Lstm { stack(&cs)? } else { Tensor::empty(&[0], h0.dtype())? };
        Ok((x, stack(&hs)?, c))
    }

    fn sequence(&self, x: &Tensor, mut h: Tensor, mut c: Tensor, w: &Weights, reverse: bool) -> Result<(Tensor, Tensor, Tensor)> {
        // The inputs' share of all steps is one product.
        let gi = linear_of(&x.contiguous()?, w.ih, w.b_ih)?;
        let time = x.sizes()[0];
        let y = Tensor::empty(&[time, x.sizes()[1], h.sizes()[1]], x.dtype())?;
        for t in 0..time {
            let t = if reverse { time - 1 - t } else { t };
            (h, c) = advance(self.cell, &gi.select(0, t)?, &h, &c, w)?;
            y.select(0, t)?.copy_from(&h)?;
        }
        Ok((y, h, c))
    }

    /// `x` [all steps' rows, features]: step t has `sizes[t]` rows, which never grow.
    fn packed(
        &self,
        x: &Tensor,
        h: Tensor,
        c: Tensor,
        w: &Weights,
        reverse: bool,
        sizes: &[i64],
    ) -> Result<(Tensor, Tensor, Tensor)> {
        let gi = linear_of(&x.contiguous()?, w.ih, w.b_ih)?;
        let y = Tensor::empty(&[x.sizes()[0], h.sizes()[1]], x.dtype())?;
        let (h, c) = (h.copy_contiguous()?, c.copy_contiguous()?);
        let total: i64 = sizes.iter().sum();
        check!(total == x.sizes()[0], "Expected {total} rows of packed data, got {}", x.sizes()[0]);
        let mut at = if reverse { total } else { 0 };
        for t in 0..sizes.len() {
            let n = sizes[if reverse { sizes.len() - 1 - t } else { t }];
            if reverse {
                at -= n;
            }
            let rows = |t: &Tensor| t.slice(0, 0, n, 1);
            let (hn, cn) =
                advance(self.cell, &gi.slice(0, at, at + n, 1)?, &rows(&h)?.contiguous()?, &rows(&c)?.contiguous()?, w)?;
            y.slice(0, at, at + n, 1)?.copy_from(&hn)?;
            rows(&h)?.copy_from(&hn)?;
            if self.cell == Cell::Lstm {
                rows(&c)?.copy_from(&cn)?;
            }
            if !reverse {
                at += n;
            }
        }
        Ok((y, h, c))
    }
}

/// Tensors side by side along a dimension.
fn join(ts: &[Tensor], dim: usize) -> Result<Tensor> {
    if let [one] = ts {
        return Ok(one.clone());
    }
    let mut shape = Dims::from_slice(ts[0].sizes());
    shape[dim] = ts.iter().map(|t| t.sizes()[dim]).sum();
    let y = Tensor::empty(&shape, ts[0].dtype())?;
    let mut at = 0;
    for t in ts {
        let n = t.sizes()[dim];
        y.slice(dim as i64, at, at + n, 1)?.copy_from(t)?;
        at += n;
    }
    Ok(y)
}

/// input, hx, params, has_biases, num_layers, dropout, train, bidirectional, batch_first
fn layers_of<'a>(a: &Args<'a>, cell: Cell, at: usize) -> Result<Layers<'a>> {
    Ok(Layers {
        cell,
        params: a.tensor_list(at)?,
        biases: a.bool(at + 1)?,
        layers: a.int(at + 2)? as usize,
        dropout: a.float(at + 3)?,
        train: a.bool(at + 4)?,
        bidirectional: a.bool(at + 5)?,
    })
}

fn whole(a: &Args, cell: Cell, h0: &Tensor, c0: Option<&Tensor>) -> Result<(Tensor, Tensor, Tensor)> {
    let (x, first) = (a.tensor(0)?, a.bool(8)?);
    let time_first = if first { x.transpose(0, 1)? } else { x.clone() };
    let (y, h, c) = layers_of(a, cell, 2)?.run(time_first, h0, c0, None)?;
    Ok((if first { y.transpose(0, 1)? } else { y }, h, c))
}

fn plain(a: &Args, cell: Cell) -> Result<(Tensor, Tensor)> {
    let (y, h, _) = whole(a, cell, a.tensor(1)?, None)?;
    Ok((y, h))
}

/// data, batch_sizes, hx, params, …
fn packed(a: &Args, cell: Cell, h0: &Tensor, c0: Option<&Tensor>) -> Result<(Tensor, Tensor, Tensor)> {
    let sizes = a.tensor(1)?.to_dtype(crate::DType::I64)?.contiguous()?;
    layers_of(a, cell, 3)?.run(a.tensor(0)?.clone(), h0, c0, Some(sizes.as_slice()?))
}

fn plain_packed(a: &Args, cell: Cell) -> Result<(Tensor, Tensor)> {
    let (y, h, _) = packed(a, cell, a.tensor(2)?, None)?;
    Ok((y, h))
}

fn pair<'a>(a: &Args<'a>, i: usize) -> Result<(&'a Tensor, &'a Tensor)> {
    match a.tensor_list(i)? {
        [h, c] => Ok((h, c)),
        l => bail!("lstm expects two hidden states, got {}", l.len()),
    }
}

fn lstm(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let (h, c) = pair(a, 1)?;
    whole(a, Cell::Lstm, h, Some(c))
}
fn lstm_data(a: &Args) -> Result<(Tensor, Tensor, Tensor)> {
    let (h, c) = pair(a, 2)?;
    packed(a, Cell::Lstm, h, Some(c))
}
fn gru(a: &Args) -> Result<(Tensor, Tensor)> {
    plain(a, Cell::Gru)
}
fn gru_data(a: &Args) -> Result<(Tensor, Tensor)> {
    plain_packed(a, Cell::Gru)
}
fn rnn_tanh(a: &Args) -> Result<(Tensor, Tensor)> {
    plain(a, Cell::Tanh)
}
fn rnn_tanh_data(a: &Args) -> Result<(Tensor, Tensor)> {
    plain_packed(a, Cell::Tanh)
}
fn rnn_relu(a: &Args) -> Result<(Tensor, Tensor)> {
    plain(a, Cell::Relu)
}
fn rnn_relu_data(a: &Args) -> Result<(Tensor, Tensor)> {
    plain_packed(a, Cell::Relu)
}

/// input, hx, w_ih, w_hh, b_ih, b_hh
fn one_step(a: &Args, cell: Cell, h: &Tensor, c: &Tensor) -> Result<(Tensor, Tensor)> {
    let w = Weights { ih: a.tensor(2)?, hh: a.tensor(3)?, b_ih: a.opt_tensor(4)?, b_hh: a.opt_tensor(5)?, hr: None };
    let x = a.tensor(0)?;
    if x.dim() == 1 {
        let row = |t: &Tensor| t.reshape(&[1, -1]);
        let gi = linear_of(&row(x)?, w.ih, w.b_ih)?;
        let (h, c) = advance(cell, &gi, &row(h)?, &row(c)?, &w)?;
        return Ok((h.reshape(&[-1])?, c.reshape(&[-1])?));
    }
    advance(cell, &linear_of(x, w.ih, w.b_ih)?, h, c, &w)
}

fn lstm_cell(a: &Args) -> Result<(Tensor, Tensor)> {
    let (h, c) = pair(a, 1)?;
    one_step(a, Cell::Lstm, h, c)
}
fn gru_cell(a: &Args) -> Result<Tensor> {
    Ok(one_step(a, Cell::Gru, a.tensor(1)?, a.tensor(1)?)?.0)
}
fn rnn_tanh_cell(a: &Args) -> Result<Tensor> {
    Ok(one_step(a, Cell::Tanh, a.tensor(1)?, a.tensor(1)?)?.0)
}
fn rnn_relu_cell(a: &Args) -> Result<Tensor> {
    Ok(one_step(a, Cell::Relu, a.tensor(1)?, a.tensor(1)?)?.0)
}

/// query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa
fn attention(a: &Args) -> Result<Tensor> {
    let (q, mut k, mut v) = (a.tensor(0)?, a.tensor(1)?.clone(), a.tensor(2)?.clone());
    check!(a.float(4)? == 0.0, NotImplemented, "dropout inside attention is not supported");
    check!(
        q.dim() >= 2 && k.dim() >= 2 && v.dim() >= 2,
        "scaled_dot_product_attention: tensors of at least 2 dimensions expected"
    );
    if a.bool(7)? {
        // Each key head serves several query heads.
        let heads = |t: &Tensor| t.sizes()[t.dim() - 3];
        let n = heads(q) / heads(&k).max(1);
        let repeat = |t: &Tensor| -> Result<Tensor> {
            let d = t.dim() as i64 - 2;
            let mut wide = Dims::from_slice(t.unsqueeze(d)?.sizes());
            wide[d as usize] = n;
            let mut shape = Dims::from_slice(t.sizes());
            shape[t.dim() - 3] *= n;
            t.unsqueeze(d)?.expand(&wide)?.reshape(&shape)
        };
        (k, v) = (repeat(&k)?, repeat(&v)?);
    }
    let width = q.sizes()[q.dim() - 1] as f64;
    let scale = a.opt_float(6)?.unwrap_or(1.0 / Real::sqrt(width));
    let mut scores = super::matmul::matmul_of(&q.scaled(scale)?, &k.transpose(-2, -1)?)?;
    let mask = match (a.opt_tensor(3)?, a.bool(5)?) {
        (Some(_), true) => bail!("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True"),
        (Some(m), false) if m.dtype() == crate::DType::Bool => Some(additive(m, scores.dtype())?),
        (Some(m), false) => Some(m.clone()),
        (None, true) => Some(causal(q.sizes()[q.dim() - 2], k.sizes()[k.dim() - 2], scores.dtype())?),
        (None, false) => None,
    };
    if let Some(m) = mask {
        scores = apply_to::<Add, 2>(&scores, [&scores, &m], params([Scalar::Int(1)])).or_else(|_| scores.plus(&m))?;
    }
    let weights = super::scan::softmax_of(&scores, -1, None, false)?;
    super::matmul::matmul_of(&weights, &v)
}

/// 0 where a mask is true, -inf elsewhere.
fn additive(mask: &Tensor, d: crate::DType) -> Result<Tensor> {
    let number = |x: f64| Tensor::scalar(Scalar::Float(x), d);
    apply::<super::ternary::Where, 3>([mask, &number(0.0)?, &number(f64::NEG_INFINITY)?], crate::kernel::NONE)?.to_dtype(d)
}

fn causal(rows: i64, cols: i64, d: crate::DType) -> Result<Tensor> {
    let m = Tensor::zeros(&[rows, cols], crate::DType::Bool)?;
    for (i, row) in m.as_mut_slice::<crate::element::B8>()?.chunks_exact_mut(cols.max(1) as usize).enumerate() {
        row.iter_mut().take(i + 1).for_each(|v| *v = true.into());
    }
    additive(&m, d)
}

operators! {
    aten::gru.data => gru_data, aten::gru.input => gru, aten::gru_cell => gru_cell,
    aten::lstm.data => lstm_data, aten::lstm.input => lstm, aten::lstm_cell => lstm_cell,
    aten::rnn_relu.data => rnn_relu_data, aten::rnn_relu.input => rnn_relu, aten::rnn_relu_cell => rnn_relu_cell,
    aten::rnn_tanh.data => rnn_tanh_data, aten::rnn_tanh.input => rnn_tanh, aten::rnn_tanh_cell => rnn_tanh_cell,
    aten::scaled_dot_product_attention => attention,
}
