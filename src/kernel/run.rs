//! Runs a plan on the reference evaluator: what compiled plans are compared with.

use super::eval::{self, Machine, Num};
use super::ir::{Access, Ty};
use super::plan::{Condition, Input, Launch, Memory, Output, Plan, Rank, Scalar, Step};
use super::size::{Atom, Size};
use std::collections::HashMap;

/// An input or result: a contiguous tensor or a number.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    Tensor { ty: Ty, dims: Vec<i64>, elements: Vec<Num> },
    Number(Num),
    None,
}

/// The results; `None` when the guard does not hold.
pub fn plan(p: &Plan, inputs: &[Data]) -> Result<Option<Vec<Data>>, String> {
    let r = Run { plan: p, inputs };
    if !r.holds() {
        return Ok(None);
    }
    let mut memory: HashMap<Memory, Vec<Num>> = HashMap::new();
    for (i, d) in inputs.iter().enumerate() {
        if let Data::Tensor { elements, .. } = d {
            memory.insert(Memory::Input(i as u32), elements.clone());
        }
    }
    for Step::Loops(l) in &p.steps {
        r.launch(l, &mut memory)?;
    }
    let mut out = vec![];
    for (i, o) in p.outputs.iter().enumerate() {
        out.push(match o {
            Output::Int(s) => Data::Number(Num::I(r.size(s))),
            Output::Flag(b) => Data::Number(Num::I(*b as i64)),
            Output::Absent => Data::None,
            Output::Tensor { ty, dims, .. } => {
                let dims = [r.leading(o), dims.iter().map(|d| r.size(d)).collect()].concat();
                let elements = memory.remove(&Memory::Output(i as u32)).unwrap_or_default();
                Data::Tensor { ty: *ty, dims, elements }
            }
        });
    }
    Ok(Some(out))
}

struct Run<'a> {
    plan: &'a Plan,
    inputs: &'a [Data],
}

impl Run<'_> {
    fn dims(&self, i: u32) -> &[i64] {
        match &self.inputs[i as usize] {
            Data::Tensor { dims, .. } => dims,
            Data::Number(_) | Data::None => &[],
        }
    }

    fn size(&self, s: &Size) -> i64 {
        s.value(&|a| match a {
            Atom::Dim(i, back) => self.dims(*i).iter().rev().nth(*back as usize).copied().unwrap_or(1),
            Atom::Rows(i, tail) => {
                let d = self.dims(*i);
                d[..d.len().saturating_sub(*tail as usize)].iter().product()
            }
            Atom::Int(i) => match self.inputs[*i as usize] {
                Data::Number(Num::I(n)) => n,
                _ => 0,
            },
            Atom::Div(..) => 0,
        })
    }

    fn holds(&self) -> bool {
        let fits = self.plan.inputs.iter().zip(self.inputs).all(|(want, have)| match (want, have) {
            (Input::Tensor(t, rank), Data::Tensor { ty, dims, elements }) => {
                let n = dims.len() as u32;
                t == ty
                    && !elements.is_empty()
                    && if let Rank::Exactly(k) = rank { n == *k } else { matches!(rank, Rank::AtLeast(k) if n >= *k) }
            }
            (Input::Number(_), Data::Number(_)) => true,
            (Input::Flag(b), Data::Number(Num::I(i))) => *b == (*i != 0),
            (Input::Absent, Data::None) => true,
            _ => false,
        });
        fits && self.plan.conditions.iter().all(|c| match c {
            Condition::Equal(a, b) => self.size(a) == self.size(b),
            Condition::Least(a, n) => self.size(a) >= *n,
            // Every input is an object of its own here.
            Condition::Apart(..) => true,
            Condition::Leading(i, j) => self.before(*i) == self.before(*j) && self.dims(*i).len() == self.dims(*j).len(),
        })
    }

    /// The leading dimensions of an input.
    fn before(&self, i: u32) -> &[i64] {
        let d = self.dims(i);
        match self.plan.inputs[i as usize] {
            Input::Tensor(_, Rank::AtLeast(n)) => &d[..d.len().saturating_sub(n as usize)],
            _ => &[],
        }
    }

    fn leading(&self, o: &Output) -> Vec<i64> {
        match o {
            Output::Tensor { leading: Some(i), .. } => self.before(*i).to_vec(),
            _ => vec![],
        }
    }

    /// Elements of a memory, made when first written to.
    fn elements(&self, m: Memory, ty: Ty) -> Vec<Num> {
        let zeros = |n: i64| vec![Num::I(0).to(ty); n.max(0) as usize];
        match m {
            Memory::Output(i) => match &self.plan.outputs[i as usize] {
                o @ Output::Tensor { dims, .. } => {
                    let own: i64 = dims.iter().map(|d| self.size(d)).product();
                    zeros(own * self.leading(o).iter().product::<i64>())
                }
                Output::Int(_) | Output::Flag(_) | Output::Absent => vec![],
            },
            Memory::Slot(i) => zeros(self.size(&self.plan.slots[i as usize].bytes) / ty.size() as i64),
            Memory::Constant(i) => self.plan.constants[i as usize].packed().map_or(vec![], |t| constant(&t, ty)),
            Memory::Input(_) => vec![],
        }
    }

    fn launch(&self, l: &Launch, memory: &mut HashMap<Memory, Vec<Num>>) -> Result<(), String> {
        let mut m = Machine { symbols: l.symbols.iter().map(|s| self.size(s)).collect(), params: vec![], buffers: vec![] };
        for s in &l.params {
            m.params.push(match s {
                Scalar::Size(s) => Num::I(self.size(s)),
                Scalar::Input(i) => match self.inputs[*i as usize] {
                    Data::Number(n) => n,
                    _ => return Err("something else where a number must be".into()),
                },
            });
        }
        for (b, p) in l.kernel.buffers.iter().zip(&l.buffers) {
            let all = memory.entry(p.memory).or_insert_with(|| self.elements(p.memory, b.ty));
            let from = usize::try_from(self.size(&p.offset)).ok().filter(|n| *n <= all.len());
            m.buffers.push(all[from.ok_or(format!("{} begins outside its memory", b.name))?..].to_vec());
        }
        let before = m.buffers.clone();
        eval::run(&l.kernel, &mut m)?;
        for (((b, p), made), old) in l.kernel.buffers.iter().zip(&l.buffers).zip(m.buffers).zip(before) {
            if b.access != Access::In
                && let Some(all) = memory.get_mut(&p.memory)
            {
                // Several buffers may be parts of one memory.
                let from = self.size(&p.offset) as usize;
                for (to, (new, old)) in all[from..].iter_mut().zip(made.into_iter().zip(old)) {
                    if new != old {
                        *to = new;
                    }
                }
            }
        }
        Ok(())
    }
}

/// The elements of a contiguous tensor as they lie in memory.
pub fn constant(t: &tsrt::Tensor, ty: Ty) -> Vec<Num> {
    (0..t.numel())
        .map(|i| {
            let p = t.data_ptr().wrapping_add(i * ty.size() as usize);
            // SAFETY: inside a contiguous tensor of that element type.
            unsafe {
                match ty {
                    Ty::Bool | Ty::U8 => Num::I(*p as i64),
                    Ty::I8 => Num::I(*(p as *const i8) as i64),
                    Ty::I16 => Num::I((p as *const i16).read_unaligned() as i64),
                    Ty::I32 => Num::I((p as *const i32).read_unaligned() as i64),
                    Ty::I64 => Num::I((p as *const i64).read_unaligned()),
                    Ty::F32 => Num::F((p as *const f32).read_unaligned() as f64),
                    Ty::F64 => Num::F((p as *const f64).read_unaligned()),
                }
            }
        })
        .collect()
}
