//! Recurrent layers: all steps in one kernel. What the inputs contribute is a matrix product before the first step; a step multiplies the
//! state by its weights, all gates of a unit side by side, and applies the gates to the sums while they are in registers.
//!
//! Buffers: `gates` `[steps, batch, gates, units]`, the inputs' part with all biases that are added to it; `w` `[units, gates, units]` in
//! panels, which hold what the gates of some units need side by side; `start` `[batch, units]`, the initial state; `h` `[steps, batch, units]`, the outputs, whose last one is the final state. An
//! LSTM has `cells` and `c` `[batch, units]`, the initial and the last cell state; a GRU `bias` `[units]`, added to the state's part of
//! the last gate.

use super::build::Builder;
use super::ir::*;
use super::pack::{Dim, Panels, panel_width};

/// The kinds of cells, with their gates in PyTorch's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// i, f, g, o
    Lstm,
    /// r, z, n
    Gru,
    Tanh,
    Relu,
}

/// A recurrent layer of one direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recurrent {
    pub cell: Cell,
    pub ty: Ty,
    pub steps: Extent,
    pub batch: Extent,
    pub units: i64,
    /// `steps - 1`.
    pub rest: Extent,
    /// From the last step to the first, whose output is then the final state; `steps` must be known.
    pub reverse: bool,
}

impl Cell {
    pub fn gates(self) -> i64 {
        match self {
            Cell::Lstm => 4,
            Cell::Gru => 3,
            Cell::Tanh | Cell::Relu => 1,
        }
    }

    /// The order of PyTorch's `weight_hh`, `[gates * units, units]`, in `w`.
    pub fn panels(self, units: i64, ty: Ty) -> Panels {
        let n = units.max(0) as usize;
        let dim = |extent, stride| Dim { extent, stride };
        let inner = vec![dim(n, 1), dim(self.gates() as usize, n * n)];
        Panels { batch: vec![], inner, column: dim(n, n), width: panel_width(ty) as usize }
    }
}

/// The buffers of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Buffers {
    pub gates: BufferId,
    pub w: BufferId,
    pub start: BufferId,
    pub h: BufferId,
    /// Initial and last cell state.
    pub c: Option<(BufferId, BufferId)>,
    pub bias: Option<BufferId>,
}

impl Buffers {
    /// In the order in which they are declared.
    pub fn all(&self) -> Vec<BufferId> {
        let c = self.c.into_iter().flat_map(|(first, last)| [first, last]);
        [self.gates, self.w, self.start, self.h].into_iter().chain(c).chain(self.bias).collect()
    }
}

impl Recurrent {
    /// Declares the buffers. `strides` are those of `h`.
    pub fn buffers(&self, b: &mut Builder, strides: Strides) -> Buffers {
        let (ty, units, gates) = (self.ty, Extent::Const(self.units), Extent::Const(self.cell.gates()));
        let plain = || Strides::Contiguous;
        let panels = Strides::Panels { batch: 0, width: panel_width(ty) };
        let state = [self.batch, units];
        Buffers {
            gates: b.buffer("gates", Access::In, ty, &[self.steps, self.batch, gates, units], plain()),
            w: b.buffer("w", Access::In, ty, &[units, gates, units], panels),
            start: b.buffer("start", Access::In, ty, &state, plain()),
            h: b.buffer("h", Access::Out, ty, &[self.steps, self.batch, units], strides),
            c: (self.cell == Cell::Lstm)
                .then(|| (b.buffer("cells", Access::In, ty, &state, plain()), b.buffer("c", Access::Out, ty, &state, plain()))),
            bias: (self.cell == Cell::Gru).then(|| b.buffer("bias", Access::In, ty, &[units], plain())),
        }
    }

    pub fn write(&self, b: &mut Builder, buffers: Buffers) {
        self.step(b, buffers, None);
        let t = b.begin("t", self.rest, 1);
        self.step(b, buffers, Some(t));
        b.end(&[]);
    }

    /// The step after step `t`, or the first.
    fn step(&self, b: &mut Builder, buffers: Buffers, t: Option<Var>) {
        let last = if let Extent::Const(n) = self.steps { n - 1 } else { 0 };
        // Steps from the one that is run first.
        let at = |n: i64| Index {
            terms: t.into_iter().map(|t| (t, if self.reverse { -1 } else { 1 })).collect(),
            offset: if self.reverse { last - n } else { n },
        };
        let (from, now) = if t.is_some() { (Some(at(0)), at(1)) } else { (None, at(0)) };
        let before = |b: &mut Builder, i: Index, j: Index| match &from {
            Some(from) => b.load(buffers.h, vec![from.clone(), i, j]),
            None => b.load(buffers.start, vec![i, j]),
        };
        let gates = self.cell.gates();
        b.contract(
            &[("i", self.batch)],
            ("j", Extent::Const(self.units), panel_width(self.ty)),
            &[("k", Extent::Const(self.units))],
            |b, vars| {
                let [i, j, k] = [0, 1, 2].map(|v| Index::var(vars[v]));
                let h = before(b, i, k.clone());
                (0..gates).map(|g| (h, b.load(buffers.w, vec![k.clone(), Index::constant(g), j.clone()]))).collect()
            },
            |b, vars, sums| {
                let [i, j] = [0, 1].map(|v| Index::var(vars[v]));
                let input: Vec<Reg> = (0..gates)
                    .map(|g| b.load(buffers.gates, vec![now.clone(), i.clone(), Index::constant(g), j.clone()]))
                    .collect();
                let gate = |b: &mut Builder, g: usize| b.bin(BinOp::Add, sums[g], input[g]);
                let h = match (self.cell, buffers.c, buffers.bias) {
                    (Cell::Lstm, Some((first, c)), _) => {
                        let all: Vec<Reg> = (0..4).map(|g| gate(b, g)).collect();
                        let (i_gate, f, o) =
                            (b.un(UnOp::Sigmoid, all[0]), b.un(UnOp::Sigmoid, all[1]), b.un(UnOp::Sigmoid, all[3]));
                        let g = b.un(UnOp::Tanh, all[2]);
                        let before = b.load(if t.is_some() { c } else { first }, vec![i.clone(), j.clone()]);
                        let fresh = b.bin(BinOp::Mul, i_gate, g);
                        let cell = b.fma(f, before, fresh);
                        b.store(c, vec![i.clone(), j.clone()], cell);
                        let cell = b.un(UnOp::Tanh, cell);
                        b.bin(BinOp::Mul, o, cell)
                    }
                    (Cell::Gru, _, Some(bias)) => {
                        let (r, z) = (gate(b, 0), gate(b, 1));
                        let (r, z) = (b.un(UnOp::Sigmoid, r), b.un(UnOp::Sigmoid, z));
                        let bias = b.load(bias, vec![j.clone()]);
                        let state = b.bin(BinOp::Add, sums[2], bias);
                        let n = b.fma(r, state, input[2]);
                        let n = b.un(UnOp::Tanh, n);
                        let before = before(b, i.clone(), j.clone());
                        // (1 - z) * n + z * h
                        let change = b.bin(BinOp::Sub, before, n);
                        b.fma(z, change, n)
                    }
                    (Cell::Relu, ..) => {
                        let (sum, zero) = (gate(b, 0), b.float(self.ty, 0.0));
                        b.bin(BinOp::Max, sum, zero)
                    }
                    _ => {
                        let sum = gate(b, 0);
                        b.un(UnOp::Tanh, sum)
                    }
                };
                b.store(buffers.h, vec![now.clone(), i, j], h);
            },
        );
    }
}
