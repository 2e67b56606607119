//! Recurrent layers over whole sequences: the inputs' part of all steps is one product, the steps are one kernel per layer and direction.

use super::assume::{Outcome, no};
use super::loops::{Built, Use};
use super::tensors::{Layer, Op, OpKind, Origin, Tensors, View};
use super::translate::{Call, Translator, Val};
use crate::kernel::build::Builder;
use crate::kernel::constant::{Constant, Packing};
use crate::kernel::recurrent::{Cell, Recurrent};
use crate::kernel::{Extent, Size, Strides, Ty};

/// The weights of one layer and direction; biases as numbers.
struct Weights {
    input: View,
    state: View,
    /// Of the inputs' part.
    bias: Vec<f64>,
    /// A GRU's, of the state's part of the last gate.
    last: Vec<f64>,
}

impl Translator<'_> {
    /// The results of a recurrent layer; `None` when the operator is none.
    pub fn recurrent(&mut self, c: &Call) -> Outcome<Option<Vec<Val>>> {
        let cell = match (c.name, &*c.op.schema.overload) {
            ("lstm", "input") => Cell::Lstm,
            ("gru", "input") => Cell::Gru,
            ("rnn_tanh", "input") => Cell::Tanh,
            ("rnn_relu", "input") => Cell::Relu,
            _ => return Ok(None),
        };
        if self.flag(c, "train")? && self.float(c, "dropout")? != 0.0 {
            return no("dropout between layers");
        }
        let x = self.tensor(c, "input")?;
        self.rank(&x, 3)?;
        let states = self.tensors_of(c, "hx")?;
        let params = self.tensors_of(c, "params")?;
        let (layers, directions) = (self.int(c, "num_layers")?, 1 + self.flag(c, "bidirectional")? as i64);
        let has_biases = self.flag(c, "has_biases")?;
        let per = if has_biases { 4 } else { 2 };
        let wanted = if cell == Cell::Lstm { 2 } else { 1 };
        if layers < 1 || params.len() as i64 != layers * directions * per || states.len() != wanted || !x.ty.is_float() {
            return no("a layer with a projection");
        }
        let batch_first = self.flag(c, "batch_first")?;
        let mut x = if batch_first { exchanged(&x) } else { x };
        let (steps, batch) = (x.dims[0].clone(), x.dims[1].clone());
        let units = params[1].dims.last().and_then(Size::as_const);
        let Some(units) = units else { return no("weights of unknown size") };
        for s in &states {
            self.rank(s, 3)?;
            self.demand(s, x.ty)?;
            for (d, want) in s.dims.iter().zip([&(layers * directions).into(), &batch, &units.into()]) {
                self.same(d, want)?;
            }
        }
        let (mut hidden, mut cells) = (vec![], vec![]);
        for layer in 0..layers {
            let mut parts = vec![];
            for direction in 0..directions {
                let at = layer * directions + direction;
                let w = self.weights(cell, units, &params[(at * per) as usize..][..per as usize], x.ty)?;
                let product = self.swapped(&w.input)?;
                let gates = self.matmul(&x, &product)?;
                let bias = if w.bias.is_empty() { None } else { Some(self.numbers(&w.bias, x.ty)?) };
                let gates = self.biased(gates, bias)?;
                let reverse = direction == 1;
                if reverse && steps.as_const().is_none() {
                    return no("a reversed sequence of unknown length");
                }
                let state = |t: &mut Self, s: &View| {
                    let row = View {
                        offset: s.offset.plus(&s.strides[0].times(&at.into())),
                        dims: s.dims[1..].to_vec(),
                        strides: s.strides[1..].to_vec(),
                        ..s.clone()
                    };
                    if row.is_contiguous() { row } else { t.copy(&row) }
                };
                let start = state(self, &states[0]);
                let first = if cell == Cell::Lstm { Some(state(self, &states[1])) } else { None };
                let bias = if cell == Cell::Gru { Some(self.numbers(&w.last, x.ty)?) } else { None };
                let (steps, batch) = (steps.clone(), batch.clone());
                parts.push(Layer { cell, units, steps, batch, reverse, gates, w: w.state, start, cells: first, c: None, bias });
            }
            let (y, last) = self.t.layers(parts);
            for direction in 0..directions {
                let step = if direction == 1 { 0.into() } else { steps.minus(&1.into()) };
                hidden.push(View {
                    offset: step.times(&y.strides[0]).plus(&(direction * units).into()),
                    dims: vec![1.into(), batch.clone(), units.into()],
                    ..y.clone()
                });
            }
            cells.extend(last.into_iter().map(|c| {
                let dims = [&[1.into()][..], &c.dims[..]].concat();
                View { strides: super::tensors::contiguous(&dims), dims, ..c }
            }));
            x = y;
        }
        let y = if batch_first { exchanged(&x) } else { x };
        let dims = [(layers * directions).into(), batch, units.into()];
        let mut out = vec![Val::Tensor(y), Val::Tensor(self.t.cat(&hidden, 0, &dims))];
        if cell == Cell::Lstm {
            out.push(Val::Tensor(self.t.cat(&cells, 0, &dims)));
        }
        Ok(Some(out))
    }

    /// A tensor or a list of tensors.
    fn tensors_of(&mut self, c: &Call, name: &str) -> Outcome<Vec<View>> {
        let items = match self.get(c, name)? {
            Val::List(items) => items,
            v => vec![v],
        };
        let views = items.into_iter().map(|v| if let Val::Tensor(v) = v { Ok(v) } else { no(format!("{name} is not in sight")) });
        views.collect()
    }

    fn weights(&mut self, cell: Cell, units: i64, params: &[View], ty: Ty) -> Outcome<Weights> {
        let gates = cell.gates();
        let matrix = |v: &View| v.ty == ty && v.dims.len() == 2 && v.dims[0].is(gates * units);
        if !matrix(&params[0]) || !matrix(&params[1]) || !params[1].dims[1].is(units) {
            return no("weights of another type or size");
        }
        let Origin::Constant(k) = self.t.sources[params[1].source].origin else { return no("weights that are not known") };
        let Constant { tensor, packing: None } = self.t.constants[k as usize].clone() else { return no("packed weights") };
        let panels = cell.panels(units, ty);
        let packed = self.t.constant(&tensor, Some(Packing::Panels(panels)));
        let source = self.t.source(ty, &[units.into(), (gates * units).into()], Origin::Constant(packed));
        let state = self.t.view(source, None);
        let (mut bias, mut last) = (vec![], vec![0.0; units as usize]);
        if let [_, _, b_ih, b_hh] = params {
            let (of_input, mut of_state) = (self.values(b_ih)?, self.values(b_hh)?);
            if of_input.len() as i64 != gates * units || of_state.len() != of_input.len() {
                return no("biases of another size");
            }
            if cell == Cell::Gru {
                let from = 2 * units as usize;
                last = of_state[from..].to_vec();
                of_state[from..].fill(0.0);
            }
            bias = of_input.iter().zip(&of_state).map(|(x, y)| x + y).collect();
        }
        Ok(Weights { input: params[0].clone(), state, bias, last })
    }

    /// The numbers of a constant vector.
    fn values(&self, v: &View) -> Outcome<Vec<f64>> {
        let Origin::Constant(k) = self.t.sources[v.source].origin else { return no("biases that are not known") };
        let t = &self.t.constants[k as usize].tensor;
        let numbers = match v.ty {
            _ if !v.offset.is(0) || v.dims.len() != 1 || !v.is_contiguous() => return no("biases of another form"),
            Ty::F32 => t.as_slice::<f32>().map(|x| x.iter().map(|x| *x as f64).collect()),
            Ty::F64 => t.as_slice::<f64>().map(<[f64]>::to_vec),
            _ => return no("biases of another type"),
        };
        numbers.or_else(|_| no("biases of another type"))
    }

    /// A constant vector of these numbers.
    fn numbers(&mut self, numbers: &[f64], ty: Ty) -> Outcome<View> {
        let n = [numbers.len() as i64];
        let made = match ty {
            Ty::F32 => tsrt::Tensor::from_slice(&numbers.iter().map(|x| *x as f32).collect::<Vec<_>>(), &n),
            _ => tsrt::Tensor::from_slice(numbers, &n),
        };
        let Ok(t) = made else { return no("out of memory") };
        self.constant_tensor(&t)
    }
}

/// With the first two dimensions exchanged.
fn exchanged(v: &View) -> View {
    let mut v = v.clone();
    v.dims.swap(0, 1);
    v.strides.swap(0, 1);
    v
}

impl Tensors {
    /// The directions of a layer, side by side in the result: that, and an LSTM's last cell states.
    fn layers(&mut self, parts: Vec<Layer>) -> (View, Vec<View>) {
        let n = parts.len();
        let Layer { units, steps, batch, gates, .. } = &parts[0];
        let (units, ty) = (*units, gates.ty);
        let dims = [steps.clone(), batch.clone(), (n as i64 * units).into()];
        let origin = if n > 1 { Origin::Parts(self.ops.len(), n) } else { Origin::Op(self.ops.len()) };
        let source = self.source(ty, &dims, origin);
        let y = self.view(source, None);
        let mut cells = vec![];
        for (i, mut layer) in parts.into_iter().enumerate() {
            if layer.cell == Cell::Lstm {
                let c = self.source(ty, &[layer.batch.clone(), units.into()], Origin::Op(self.ops.len()));
                layer.c = Some(c);
                cells.push(self.view(c, None));
            }
            let domain = vec![layer.steps.clone(), layer.batch.clone(), units.into()];
            let part = (n > 1).then(|| ((i as i64 * units).into(), y.strides.clone()));
            self.ops.push(Op { name: "layer".into(), kind: OpKind::Recurrent(Box::new(layer)), domain, source, part });
        }
        (y, cells)
    }
}

/// The kernel of a layer.
pub fn build(t: &Tensors, op: &Op, layer: &Layer, name: &str) -> Built {
    let mut b = Builder::new(name);
    let mut symbols: Vec<Size> = vec![];
    let mut extent = |b: &mut Builder, s: &Size| match s.as_const() {
        Some(n) => Extent::Const(n),
        None => {
            let at = symbols.iter().position(|x| x == s).unwrap_or_else(|| {
                symbols.push(s.clone());
                symbols.len() - 1
            });
            b.symbol(&format!("n{at}"))
        }
    };
    let (from, strides) = match &op.part {
        Some((from, strides)) => (from.clone(), Strides::Of(strides.iter().map(|s| extent(&mut b, s)).collect())),
        None => (0.into(), Strides::Contiguous),
    };
    let recurrent = Recurrent {
        cell: layer.cell,
        ty: t.sources[op.source].ty,
        steps: extent(&mut b, &layer.steps),
        rest: extent(&mut b, &layer.steps.minus(&1.into())),
        batch: extent(&mut b, &layer.batch),
        units: layer.units,
        reverse: layer.reverse,
    };
    let buffers = recurrent.buffers(&mut b, strides);
    recurrent.write(&mut b, buffers);
    let view = |v: &View| Use::Source(v.source, v.offset.clone());
    let mut places = vec![view(&layer.gates), view(&layer.w), view(&layer.start), Use::Source(op.source, from)];
    places.extend(layer.cells.iter().map(view));
    places.extend(layer.c.map(|c| Use::Source(c, 0.into())));
    places.extend(layer.bias.iter().map(view));
    Built { kernel: b.finish(), buffers: places, symbols, params: vec![] }
}
