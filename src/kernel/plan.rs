//! When kernels may stand for a piece of a graph, and how they are run.
//!
//! A plan belongs to one `tsaot::Run` node. Its guard is a few comparisons of tensor fields; where it does not hold, the graph's own
//! nodes run instead. Nothing else about the inputs may be assumed by the kernels. All sizes are polynomials over what the guard has read.

use super::constant::Constant;
use super::ir::{Kernel, Ty};
use super::size::Size;
use std::fmt::{self, Display, Formatter};

/// How many dimensions an input has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rank {
    Exactly(u32),
    /// That many or more: all before the last so many count as one.
    AtLeast(u32),
}

/// What an input of the node must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A contiguous tensor that is not empty.
    Tensor(Ty, Rank),
    /// An int (i64), float (f64) or bool; always holds.
    Number(Ty),
    /// That bool.
    Flag(bool),
    /// `None`.
    Absent,
}

/// What else must hold.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    Equal(Size, Size),
    /// Not below.
    Least(Size, i64),
    /// Two inputs of [`Rank::AtLeast`] agree in rank and in all dimensions but the last few of each.
    Leading(u32, u32),
    /// Two inputs are different objects.
    Apart(u32, u32),
}

#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// A new contiguous tensor: the leading dimensions of an input of [`Rank::AtLeast`], then these.
    Tensor { ty: Ty, leading: Option<u32>, dims: Vec<Size> },
    /// An int.
    Int(Size),
    /// A bool that the guard decides.
    Flag(bool),
    /// `None`.
    Absent,
}

/// Memory that a kernel works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Memory {
    Input(u32),
    Output(u32),
    /// A tensor known at build time, of the plan's constants.
    Constant(u32),
    /// A place in the arena.
    Slot(u32),
}

/// A place in memory, in elements from its begin.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub memory: Memory,
    pub offset: Size,
}

/// One run of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    pub kernel: Kernel,
    /// One per buffer of the kernel.
    pub buffers: Vec<Place>,
    /// One per symbol of the kernel.
    pub symbols: Vec<Size>,
    /// One per parameter of the kernel.
    pub params: Vec<Scalar>,
}

/// A number that a kernel gets.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    Input(u32),
    Size(Size),
}

impl Display for Scalar {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Input(i) => write!(f, "#{i}"),
            Scalar::Size(s) => write!(f, "{s}"),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    Loops(Launch),
}

/// A piece of the arena, in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    pub offset: Size,
    pub bytes: Size,
}

#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub name: String,
    pub inputs: Vec<Input>,
    pub conditions: Vec<Condition>,
    pub outputs: Vec<Output>,
    pub constants: Vec<Constant>,
    pub slots: Vec<Slot>,
    /// Bytes of the arena.
    pub arena: Size,
    pub steps: Vec<Step>,
}

/// The plan and its kernels, for reading.
impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "plan {} {{", self.name)?;
        for (i, input) in self.inputs.iter().enumerate() {
            match input {
                Input::Tensor(t, Rank::Exactly(n)) => writeln!(f, "  guard #{i}: {} of rank {n}", t.name())?,
                Input::Tensor(t, Rank::AtLeast(n)) => writeln!(f, "  guard #{i}: {} of rank {n} or more", t.name())?,
                Input::Number(t) => writeln!(f, "  number #{i}: {}", t.name())?,
                Input::Flag(b) => writeln!(f, "  guard #{i}: {b}")?,
                Input::Absent => writeln!(f, "  guard #{i}: None")?,
            }
        }
        for c in &self.conditions {
            match c {
                Condition::Equal(a, b) => writeln!(f, "  guard {a} = {b}")?,
                Condition::Least(a, n) => writeln!(f, "  guard {a} >= {n}")?,
                Condition::Apart(i, j) => writeln!(f, "  guard #{i} is not #{j}")?,
                Condition::Leading(i, j) => writeln!(f, "  guard #{i} leads as #{j}")?,
            }
        }
        for (i, o) in self.outputs.iter().enumerate() {
            match o {
                Output::Tensor { ty, leading, dims } => {
                    let mut parts: Vec<String> = leading.iter().map(|i| format!("#{i}...")).collect();
                    parts.extend(dims.iter().map(Size::to_string));
                    writeln!(f, "  result {i}: {}[{}]", ty.name(), parts.join(", "))?;
                }
                Output::Int(s) => writeln!(f, "  result {i}: {s}")?,
                Output::Flag(b) => writeln!(f, "  result {i}: {b}")?,
                Output::Absent => writeln!(f, "  result {i}: None")?,
            }
        }
        for (i, s) in self.slots.iter().enumerate() {
            writeln!(f, "  slot {i}: {} bytes at {}", s.bytes, s.offset)?;
        }
        for Step::Loops(l) in &self.steps {
            let mut args: Vec<String> = vec![];
            args.extend(l.kernel.symbols.iter().zip(&l.symbols).map(|(name, s)| format!("{name} = {s}")));
            args.extend(l.kernel.params.iter().zip(&l.params).map(|(p, i)| format!("{} = {i}", p.name)));
            args.extend(l.kernel.buffers.iter().zip(&l.buffers).map(|(b, p)| format!("{} = {p}", b.name)));
            writeln!(f, "  run {}({})", l.kernel.name, args.join(", "))?;
        }
        f.write_str("}\n")?;
        self.steps.iter().try_for_each(|Step::Loops(l)| write!(f, "{}", l.kernel))
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.memory {
            Memory::Input(i) => write!(f, "#{i}")?,
            Memory::Output(i) => write!(f, "result {i}")?,
            Memory::Constant(i) => write!(f, "constant {i}")?,
            Memory::Slot(i) => write!(f, "slot {i}")?,
        }
        if self.offset.is(0) { Ok(()) } else { write!(f, " + {}", self.offset) }
    }
}
