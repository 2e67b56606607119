//! What a region takes its inputs to be: known facts, what its operators force, and otherwise guesses. The plan's guard checks it all.

use crate::graph::Value;
use crate::kernel::plan::{Condition, Input, Rank};
use crate::kernel::{Atom, Size, Ty};
use std::collections::{BTreeMap, HashMap};

/// What is expected of a value before its region is looked at: from hints, and from what made it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expected {
    pub ty: Option<Ty>,
    /// Rank and sizes as far as known; the same name is the same size.
    pub dims: Option<Vec<Extent>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Extent {
    Const(i64),
    Named(u32),
    Any,
}

#[derive(Clone, Debug)]
enum Guess {
    Number(Ty),
    Flag(bool),
    Absent,
    /// `class` is the first input with the same leading dimensions.
    Tensor {
        ty: Ty,
        rank: Rank,
        class: u32,
    },
}

/// Why an operator cannot be taken into a region as things stand.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    Unsupported(String),
    /// It could, were this assumed, too.
    Assume(Change),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Type(u32, Ty),
    Rank(u32, u32),
    /// At least that many dimensions of their own after the leading ones.
    Tail(u32, u32),
    Equal(Size, Size),
    Least(Size, i64),
    /// The leading dimensions are the same.
    Alike(u32, u32),
    /// A bool is this one.
    Flag(u32, bool),
    /// Two tensors are different objects.
    Apart(u32, u32),
}

pub type Outcome<T> = Result<T, Stop>;

/// The refusal of a dimension that there is not.
pub const OUT_OF_RANGE: &str = "a dimension out of range";

/// The refusal of a program that is sure to raise.
pub const RAISES: &str = "what is assumed makes the program raise";

/// Refuses an operator.
pub fn no<T>(why: impl Into<String>) -> Outcome<T> {
    Err(Stop::Unsupported(why.into()))
}

#[derive(Clone, Debug, Default)]
pub struct Assumptions {
    pub inputs: Vec<Value>,
    index: HashMap<Value, u32>,
    guesses: Vec<Guess>,
    equal: BTreeMap<Atom, Size>,
    extra: Vec<Condition>,
    /// Inputs whose rank is a guess.
    guessed: Vec<u32>,
    named: HashMap<u32, Atom>,
}

impl Assumptions {
    fn add(&mut self, v: Value, guess: Guess) -> u32 {
        let i = self.inputs.len() as u32;
        self.inputs.push(v);
        self.index.insert(v, i);
        self.guesses.push(guess);
        i
    }

    /// The input that a number is.
    pub fn number(&mut self, v: Value, ty: Ty) -> u32 {
        self.index.get(&v).copied().unwrap_or_else(|| self.add(v, Guess::Number(ty)))
    }

    /// The input that is `None`.
    pub fn absent(&mut self, v: Value) -> u32 {
        self.index.get(&v).copied().unwrap_or_else(|| self.add(v, Guess::Absent))
    }

    /// The bool that an input is taken to be.
    pub fn flag(&self, i: u32) -> Option<bool> {
        match self.guesses.get(i as usize) {
            Some(Guess::Flag(b)) => Some(*b),
            _ => None,
        }
    }

    /// The input that a tensor is.
    pub fn tensor(&mut self, v: Value, expected: Option<&Expected>) -> u32 {
        if let Some(i) = self.index.get(&v) {
            return *i;
        }
        let i = self.inputs.len() as u32;
        let ty = expected.and_then(|e| e.ty).unwrap_or(Ty::F32);
        let dims = expected.and_then(|e| e.dims.as_ref());
        let rank = dims.map_or(Rank::AtLeast(0), |d| Rank::Exactly(d.len() as u32));
        self.add(v, Guess::Tensor { ty, rank, class: i });
        for (k, d) in dims.into_iter().flatten().rev().enumerate() {
            let atom = Atom::Dim(i, k as u32);
            match d {
                Extent::Const(n) => {
                    self.equal.insert(atom, (*n).into());
                }
                Extent::Named(s) => match self.named.get(s) {
                    Some(first) => {
                        self.equal.insert(atom, first.clone().into());
                    }
                    None => {
                        self.named.insert(*s, atom);
                    }
                },
                Extent::Any => {}
            }
        }
        i
    }

    /// A size with everything that is assumed put in.
    pub fn resolve(&self, s: &Size) -> Size {
        let mut s = s.clone();
        for _ in 0..8 {
            let next = s.replace(&|a| self.equal.get(a).cloned());
            if next == s {
                break;
            }
            s = next;
        }
        s
    }

    /// Element type, dimensions and class (of an input with leading dimensions).
    pub fn shape(&self, i: u32) -> Option<(Ty, Vec<Size>, Option<u32>)> {
        let Guess::Tensor { ty, rank, class } = *self.guesses.get(i as usize)? else { return None };
        let own = |n: u32| (0..n).rev().map(|k| self.resolve(&Atom::Dim(i, k).into()));
        Some(match rank {
            Rank::Exactly(n) => (ty, own(n).collect(), None),
            Rank::AtLeast(n) => {
                let rows = self.resolve(&Atom::Rows(class, n).into());
                (ty, std::iter::once(rows).chain(own(n)).collect(), Some(class))
            }
        })
    }

    pub fn is_proved(&self, c: &Condition) -> bool {
        self.extra.contains(c)
    }

    /// Assumes something more; false when that brings nothing new, or contradicts what is assumed.
    pub fn apply(&mut self, change: &Change) -> bool {
        match change {
            Change::Type(i, want) => match &mut self.guesses[*i as usize] {
                Guess::Tensor { ty, .. } if ty != want => {
                    *ty = *want;
                    true
                }
                _ => false,
            },
            Change::Rank(i, n) => {
                let class = self.class(*i);
                let all: Vec<usize> = (0..self.guesses.len()).filter(|k| self.class(*k as u32) == class).collect();
                let mut changed = false;
                for k in all {
                    if let Guess::Tensor { rank, .. } = &mut self.guesses[k]
                        && matches!(rank, Rank::AtLeast(m) if *m <= *n)
                    {
                        *rank = Rank::Exactly(*n);
                        self.guessed.push(k as u32);
                        changed = true;
                    }
                }
                self.forget_rows();
                changed
            }
            Change::Tail(i, n) => {
                let class = self.class(*i);
                let mut changed = false;
                for k in 0..self.guesses.len() {
                    if self.class(k as u32) == class
                        && let Guess::Tensor { rank: Rank::AtLeast(m), .. } = &mut self.guesses[k]
                        && *m < *n
                    {
                        *m = *n;
                        changed = true;
                    }
                }
                self.forget_rows();
                changed
            }
            Change::Alike(i, j) => {
                let (a, b) = (self.class(*i), self.class(*j));
                let (first, second) = (a.min(b), a.max(b));
                if a == b {
                    return false;
                }
                let mut most = 0;
                for g in &mut self.guesses {
                    if let Guess::Tensor { class, rank: Rank::AtLeast(n), .. } = g
                        && (*class == first || *class == second)
                    {
                        *class = first;
                        most = most.max(*n);
                    }
                }
                self.apply(&Change::Tail(first, most));
                self.forget_rows();
                true
            }
            Change::Flag(i, b) => match &mut self.guesses[*i as usize] {
                g @ Guess::Number(Ty::Bool) => {
                    *g = Guess::Flag(*b);
                    true
                }
                _ => false,
            },
            Change::Apart(i, j) => self.extend(Condition::Apart(*i, *j)),
            Change::Least(s, n) => self.extend(Condition::Least(s.clone(), *n)),
            Change::Equal(a, b) => self.equate(&self.resolve(a), &self.resolve(b)),
        }
    }

    /// As these, but one guessed rank higher: what to try when an operator asks for more dimensions.
    pub fn higher(&self) -> Vec<Assumptions> {
        let raised = |i: &u32| {
            let mut more = self.clone();
            if let Some(Guess::Tensor { rank: Rank::Exactly(n), .. }) = more.guesses.get_mut(*i as usize) {
                *n += 1;
            }
            more
        };
        self.guessed.iter().map(raised).collect()
    }

    fn extend(&mut self, c: Condition) -> bool {
        let new = !self.extra.contains(&c);
        if new {
            self.extra.push(c);
        }
        new
    }

    fn equate(&mut self, a: &Size, b: &Size) -> bool {
        if a == b || (a.as_const().is_some() && b.as_const().is_some()) {
            return false;
        }
        let plain = |s: &Size| s.as_atom().filter(|x| !matches!(x, Atom::Div(..))).cloned();
        let (first, second) = match (plain(a), plain(b)) {
            // The later of two inputs follows the earlier.
            (Some(x), Some(y)) if x < y => (Some((y, a)), None),
            (x, y) => (x.map(|x| (x, b)), y.map(|y| (y, a))),
        };
        for (atom, size) in [first, second].into_iter().flatten() {
            if !size.atoms().contains(&atom) {
                self.equal.insert(atom, size.clone());
                return true;
            }
        }
        self.extend(Condition::Equal(a.clone(), b.clone()))
    }

    /// Products of leading dimensions have become others.
    fn forget_rows(&mut self) {
        let stale = |s: &Size| s.atoms().iter().any(|a| matches!(a, Atom::Rows(..)));
        self.equal.retain(|a, s| !matches!(a, Atom::Rows(..)) && !stale(s));
        self.extra.retain(|c| match c {
            Condition::Equal(a, b) => !stale(a) && !stale(b),
            Condition::Least(a, _) => !stale(a),
            Condition::Leading(..) | Condition::Apart(..) => true,
        });
    }

    fn class(&self, i: u32) -> u32 {
        match self.guesses[i as usize] {
            Guess::Tensor { class, .. } => class,
            Guess::Number(_) | Guess::Flag(_) | Guess::Absent => i,
        }
    }

    /// The guard: inputs, and what must hold between them.
    pub fn guard(&self) -> (Vec<Input>, Vec<Condition>) {
        let mut inputs = vec![];
        let mut conditions = vec![];
        for (i, g) in self.guesses.iter().enumerate() {
            let i = i as u32;
            match *g {
                Guess::Number(ty) => inputs.push(Input::Number(ty)),
                Guess::Flag(b) => inputs.push(Input::Flag(b)),
                Guess::Absent => inputs.push(Input::Absent),
                Guess::Tensor { ty, rank, class } => {
                    inputs.push(Input::Tensor(ty, rank));
                    if class != i && matches!(rank, Rank::AtLeast(_)) {
                        conditions.push(Condition::Leading(i, class));
                    }
                }
            }
        }
        for (atom, size) in &self.equal {
            conditions.push(Condition::Equal(atom.clone().into(), self.resolve(size)));
        }
        conditions.extend(self.extra.iter().cloned());
        (inputs, conditions)
    }
}
