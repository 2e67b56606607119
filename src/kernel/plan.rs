//! When kernels may stand for a piece of a graph, and how they are run.
//!
//! A plan belongs to one `tsaot::Run` node. Its guard is a few comparisons of tensor fields; where it does not hold, the graph's own
//! nodes run instead. Nothing else about the inputs may be assumed by the kernels.

use super::ir::{Extent, Kernel, Ty};
use std::fmt::{self, Display, Formatter};

/// What an input of the node must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A tensor of that element type, dense, and with the same sizes and strides as all other inputs of this kind.
    Alike(Ty),
    /// A contiguous tensor of that type and shape; every occurrence of a symbol is the same size.
    Shaped(Ty, Vec<Extent>),
    /// An int (i64), float (f64) or bool.
    Number(Ty),
}

impl Input {
    pub fn is_tensor(&self) -> bool {
        !matches!(self, Input::Number(_))
    }
}

/// The shape of a result.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Sizes and strides of an input.
    Like(u32),
    /// Contiguous.
    Dims(Vec<Extent>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    pub ty: Ty,
    pub shape: Shape,
}

/// A factor of a size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Factor {
    /// Number of elements of an input.
    Numel(u32),
    /// A constant or a symbol of the plan.
    Extent(Extent),
}

/// Memory that a kernel works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operand {
    Input(u32),
    Output(u32),
}

/// One run of a kernel.
#[derive(Clone, Debug, PartialEq)]
pub struct Launch {
    pub kernel: Kernel,
    /// One per buffer of the kernel.
    pub buffers: Vec<Operand>,
    /// One product per symbol of the kernel.
    pub symbols: Vec<Vec<Factor>>,
    /// The input that each parameter of the kernel is.
    pub params: Vec<u32>,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    pub name: String,
    /// Names of the symbols; each is the size that its first occurrence in `inputs` has.
    pub symbols: Vec<String>,
    pub inputs: Vec<Input>,
    pub outputs: Vec<Output>,
    pub launches: Vec<Launch>,
}

impl Plan {
    /// The input and dimension that a symbol is read from.
    pub fn source(&self, symbol: u32) -> Option<(u32, u32)> {
        self.inputs.iter().enumerate().find_map(|(i, input)| match input {
            Input::Shaped(_, dims) => {
                let d = dims.iter().position(|d| matches!(d, Extent::Sym(s) if s.0 == symbol))?;
                Some((i as u32, d as u32))
            }
            _ => None,
        })
    }

    fn dims(&self, dims: &[Extent]) -> String {
        let name = |e: &Extent| match e {
            Extent::Const(n) => n.to_string(),
            Extent::Sym(s) => self.symbols.get(s.0 as usize).cloned().unwrap_or_else(|| "?".into()),
        };
        dims.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

/// The plan and its kernels, for reading.
impl Display for Plan {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "plan {} {{", self.name)?;
        for (i, input) in self.inputs.iter().enumerate() {
            match input {
                Input::Alike(t) => writeln!(f, "  guard #{i}: {} alike", t.name())?,
                Input::Shaped(t, d) => writeln!(f, "  guard #{i}: {}[{}]", t.name(), self.dims(d))?,
                Input::Number(t) => writeln!(f, "  number #{i}: {}", t.name())?,
            }
        }
        for (i, o) in self.outputs.iter().enumerate() {
            match &o.shape {
                Shape::Like(k) => writeln!(f, "  result {i}: {} like #{k}", o.ty.name())?,
                Shape::Dims(d) => writeln!(f, "  result {i}: {}[{}]", o.ty.name(), self.dims(d))?,
            }
        }
        for l in &self.launches {
            let mut args: Vec<String> = vec![];
            for (name, product) in l.kernel.symbols.iter().zip(&l.symbols) {
                let factors: Vec<String> = product
                    .iter()
                    .map(|p| match p {
                        Factor::Numel(i) => format!("numel #{i}"),
                        Factor::Extent(e) => self.dims(&[*e]),
                    })
                    .collect();
                args.push(format!("{name} = {}", if factors.is_empty() { "1".into() } else { factors.join(" * ") }));
            }
            args.extend(l.kernel.params.iter().zip(&l.params).map(|(p, i)| format!("{} = #{i}", p.name)));
            args.extend(l.kernel.buffers.iter().zip(&l.buffers).map(|(b, o)| match o {
                Operand::Input(i) => format!("{} = #{i}", b.name),
                Operand::Output(i) => format!("{} = result {i}", b.name),
            }));
            writeln!(f, "  run {}({})", l.kernel.name, args.join(", "))?;
        }
        f.write_str("}\n")?;
        self.launches.iter().try_for_each(|l| write!(f, "{}", l.kernel))
    }
}
