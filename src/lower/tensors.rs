//! A region as operations on whole tensors: what fusion works on.
//!
//! Every operation makes one new *source*; what reads it does so through a [`View`], which is why reshapes, transpositions, slices and
//! broadcasts cost nothing. Dimensions are [`Size`]s; the first dimension of a view may stand for all leading dimensions of an input.

use crate::kernel::build::Builder;
use crate::kernel::pack::Dim;
use crate::kernel::{Fold, Number, Reg, Size, Ty};

/// Index into [`Tensors::sources`].
pub type SourceId = usize;

/// Where a source's elements come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Input(u32),
    Constant(u32),
    /// Index into [`Tensors::ops`].
    Op(usize),
}

/// A tensor of its own memory, contiguous.
#[derive(Clone, Debug)]
pub struct Source {
    pub ty: Ty,
    pub dims: Vec<Size>,
    pub origin: Origin,
}

/// Elements of a source, by affine steps.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    pub source: SourceId,
    pub ty: Ty,
    pub offset: Size,
    pub dims: Vec<Size>,
    pub strides: Vec<Size>,
    /// The first dimension stands for all leading dimensions of this input.
    pub leading: Option<u32>,
}

/// Row-major strides.
pub fn contiguous(dims: &[Size]) -> Vec<Size> {
    (0..dims.len()).map(|i| Size::product(&dims[i + 1..])).collect()
}

impl View {
    /// The elements lie in order without gaps, from the source's first to its last.
    pub fn is_whole(&self, of: &Source) -> bool {
        self.is_contiguous() && self.offset.is(0) && Size::product(&self.dims) == Size::product(&of.dims)
    }

    pub fn is_contiguous(&self) -> bool {
        let want = contiguous(&self.dims);
        (0..self.dims.len()).all(|i| self.dims[i].is(1) || self.strides[i] == want[i])
    }

    /// Dimensions without the leading one.
    pub fn tail(&self) -> &[Size] {
        &self.dims[self.leading.is_some() as usize..]
    }
}

/// What is computed from the elements at one place; the operands are already of the types that the operation asks for.
pub type Compute = fn(&mut Builder, &[Reg]) -> Reg;

#[derive(Clone, Debug)]
pub enum Arg {
    Tensor(View),
    Number(Number),
    /// An input that is a number.
    Param(u32),
    /// A size as a number.
    Size(Size),
}

#[derive(Clone, Debug)]
pub enum OpKind {
    /// Element by element. Views among the operands have the operation's dimensions.
    Map { compute: Compute, args: Vec<(Arg, Ty)> },
    /// Folds the marked axes, which become 1.
    Reduce { fold: Fold, arg: View, axes: Vec<bool> },
    /// Folds the product of the factors over `taps`, which are further axes behind those of the domain: matrix products, convolutions,
    /// pooling. The domain's last axis is the one that is vectorised.
    Window { fold: Fold, taps: Vec<Size>, factors: Vec<Factor> },
}

/// A position along one dimension of a factor: axes of the domain and taps with how far one step of each moves.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Position {
    pub terms: Vec<(usize, i64)>,
    pub offset: i64,
}

impl Position {
    pub fn axis(i: usize) -> Position {
        Position { terms: vec![(i, 1)], offset: 0 }
    }
}

/// What a window reads at each tap: one position per dimension of the view.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    pub view: View,
    pub at: Vec<Position>,
    /// What stands outside the view, when positions may lie there.
    pub padding: Option<f64>,
    /// The view is a constant in panels of that width.
    pub panels: Option<u32>,
}

impl Factor {
    /// Every axis moves along at most one dimension, by one: the factor is a view over the axes.
    pub fn steps(&self, axes: usize) -> Option<Vec<Size>> {
        let mut out: Vec<Size> = vec![0.into(); axes];
        if self.padding.is_some() || self.panels.is_some() {
            return None;
        }
        for (p, stride) in self.at.iter().zip(&self.view.strides) {
            match p.terms[..] {
                [] if p.offset == 0 => {}
                [(axis, 1)] if p.offset == 0 => out[axis] = out[axis].plus(stride),
                _ => return None,
            }
        }
        Some(out)
    }
}

#[derive(Clone, Debug)]
pub struct Op {
    pub name: String,
    pub kind: OpKind,
    /// What it runs over.
    pub domain: Vec<Size>,
    pub source: SourceId,
}

impl Op {
    pub fn views(&self) -> Vec<&View> {
        match &self.kind {
            OpKind::Map { args, .. } => {
                args.iter().filter_map(|a| if let Arg::Tensor(v) = &a.0 { Some(v) } else { None }).collect()
            }
            OpKind::Reduce { arg, .. } => vec![arg],
            OpKind::Window { factors, .. } => factors.iter().map(|f| &f.view).collect(),
        }
    }
}

/// A tensor known at build time, and the order in which kernels want its elements.
#[derive(Clone, Debug)]
pub struct Constant {
    pub tensor: tsrt::Tensor,
    pub packing: Option<Packing>,
}

/// Panels (see [`crate::kernel::pack`]) of a tensor's elements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packing {
    pub inner: Vec<Dim>,
    pub column: Dim,
}

#[derive(Clone, Debug, Default)]
pub struct Tensors {
    pub sources: Vec<Source>,
    pub ops: Vec<Op>,
    pub constants: Vec<Constant>,
}

impl Tensors {
    pub fn source(&mut self, ty: Ty, dims: &[Size], origin: Origin) -> SourceId {
        self.sources.push(Source { ty, dims: dims.to_vec(), origin });
        self.sources.len() - 1
    }

    /// All of a source.
    pub fn view(&self, source: SourceId, leading: Option<u32>) -> View {
        let s = &self.sources[source];
        View { source, ty: s.ty, offset: 0.into(), dims: s.dims.clone(), strides: contiguous(&s.dims), leading }
    }

    /// A pointwise operation over operands of these dimensions.
    pub fn map(
        &mut self,
        name: &str,
        compute: Compute,
        args: Vec<(Arg, Ty)>,
        ty: Ty,
        dims: &[Size],
        leading: Option<u32>,
    ) -> View {
        let source = self.source(ty, dims, Origin::Op(self.ops.len()));
        let kind = OpKind::Map { compute, args };
        self.ops.push(Op { name: name.to_owned(), kind, domain: dims.to_vec(), source });
        self.view(source, leading)
    }

    /// A fold of products over windows.
    pub fn window(
        &mut self,
        name: &str,
        fold: Fold,
        taps: Vec<Size>,
        factors: Vec<Factor>,
        ty: Ty,
        dims: &[Size],
        leading: Option<u32>,
    ) -> View {
        let source = self.source(ty, dims, Origin::Op(self.ops.len()));
        let kind = OpKind::Window { fold, taps, factors };
        self.ops.push(Op { name: name.to_owned(), kind, domain: dims.to_vec(), source });
        self.view(source, leading)
    }

    /// The number of a constant.
    pub fn constant(&mut self, tensor: &tsrt::Tensor, packing: Option<Packing>) -> u32 {
        let known = self.constants.iter().position(|c| c.tensor.same(tensor) && c.packing == packing);
        known.unwrap_or_else(|| {
            self.constants.push(Constant { tensor: tensor.clone(), packing });
            self.constants.len() - 1
        }) as u32
    }

    /// A fold over the marked axes, kept as 1.
    pub fn reduce(&mut self, name: &str, fold: Fold, arg: View, axes: Vec<bool>) -> View {
        let dims: Vec<Size> = arg.dims.iter().zip(&axes).map(|(d, r)| if *r { 1.into() } else { d.clone() }).collect();
        let source = self.source(arg.ty, &dims, Origin::Op(self.ops.len()));
        let (domain, leading) = (arg.dims.clone(), arg.leading.filter(|_| !axes[0]));
        self.ops.push(Op { name: name.to_owned(), kind: OpKind::Reduce { fold, arg, axes }, domain, source });
        self.view(source, leading)
    }
}
