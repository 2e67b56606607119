//! A region as operations on whole tensors: what fusion works on.
//!
//! Every operation makes one new *source*; what reads it does so through a [`View`], which is why reshapes, transpositions, slices and
//! broadcasts cost nothing. Dimensions are [`Size`]s; the first dimension of a view may stand for all leading dimensions of an input.

use crate::kernel::build::Builder;
use crate::kernel::constant::{Constant, Packing};
use crate::kernel::pool::Pool;
use crate::kernel::recurrent::Cell;
use crate::kernel::winograd::Algorithm;
use crate::kernel::{Extent, Fold, Number, Reg, Size, Symbol, Ty, conv};

/// Index into [`Tensors::sources`].
pub type SourceId = usize;

/// Where a source's elements come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    Input(u32),
    Constant(u32),
    /// Index into [`Tensors::ops`].
    Op(usize),
    /// Several operations make a part each: the first, and how many follow one another.
    Parts(usize, usize),
}

impl Origin {
    /// The operations that make it.
    pub fn ops(self) -> std::ops::Range<usize> {
        match self {
            Origin::Op(i) => i..i + 1,
            Origin::Parts(i, n) => i..i + n,
            Origin::Input(_) | Origin::Constant(_) => 0..0,
        }
    }

    pub fn is_made(self) -> bool {
        !self.ops().is_empty()
    }
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

    /// Several elements share a place.
    pub fn overlaps(&self) -> bool {
        (0..self.dims.len()).any(|i| self.strides[i].is(0) && !self.dims[i].is(1))
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
    /// The place along an axis of the operation.
    Index(usize),
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
    /// The steps of a recurrent layer.
    Recurrent(Box<Layer>),
    /// A convolution or pooling of a channels-last image.
    Image { image: Image, x: View, weights: Option<View> },
}

/// One direction of a recurrent layer (see [`crate::kernel::recurrent`]).
#[derive(Clone, Debug)]
pub struct Layer {
    pub cell: Cell,
    pub units: i64,
    pub steps: Size,
    pub batch: Size,
    pub reverse: bool,
    /// The inputs' part of every step.
    pub gates: View,
    pub w: View,
    pub start: View,
    /// An LSTM's initial cell state, and where the last one goes.
    pub cells: Option<View>,
    pub c: Option<SourceId>,
    /// A GRU's.
    pub bias: Option<View>,
}

/// A spatial dimension and the window along it (see [`conv::Window`]).
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub input: Size,
    pub output: Size,
    pub kernel: i64,
    pub stride: i64,
    pub pad: i64,
    pub dilation: i64,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Image {
    Conv { spans: Vec<Span>, groups: i64, channels: i64, features: i64, algorithm: Algorithm },
    Pool { kind: Pool, spans: Vec<Span> },
}

impl Image {
    /// The windows, sizes made extents.
    pub fn windows(&self, extent: &mut dyn FnMut(&Size) -> Extent) -> Vec<conv::Window> {
        let (Image::Conv { spans, .. } | Image::Pool { spans, .. }) = self;
        let mut window = |s: &Span| conv::Window {
            input: extent(&s.input),
            output: extent(&s.output),
            kernel: s.kernel,
            stride: s.stride,
            pad: s.pad,
            dilation: s.dilation,
        };
        spans.iter().map(&mut window).collect()
    }

    /// The convolution, if it is one.
    pub fn conv(&self, batch: &Size, extent: &mut dyn FnMut(&Size) -> Extent) -> Option<conv::Conv> {
        let Image::Conv { groups, channels, features, .. } = *self else { return None };
        let (windows, batch) = (self.windows(extent), extent(batch));
        Some(conv::Conv { ty: Ty::F32, batch, windows, groups, channels, features, transposed: false })
    }
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
    /// Where its elements go when they are only a part of the source: first element, and steps along the domain.
    pub part: Option<(Size, Vec<Size>)>,
}

impl Op {
    pub fn views(&self) -> Vec<&View> {
        match &self.kind {
            OpKind::Map { args, .. } => {
                args.iter().filter_map(|a| if let Arg::Tensor(v) = &a.0 { Some(v) } else { None }).collect()
            }
            OpKind::Reduce { arg, .. } => vec![arg],
            OpKind::Window { factors, .. } => factors.iter().map(|f| &f.view).collect(),
            OpKind::Recurrent(l) => [&l.gates, &l.w, &l.start].into_iter().chain(&l.cells).chain(&l.bias).collect(),
            OpKind::Image { x, weights, .. } => [x].into_iter().chain(weights).collect(),
        }
    }

    pub fn views_mut(&mut self) -> Vec<&mut View> {
        match &mut self.kind {
            OpKind::Map { args, .. } => {
                args.iter_mut().filter_map(|a| if let Arg::Tensor(v) = &mut a.0 { Some(v) } else { None }).collect()
            }
            OpKind::Reduce { arg, .. } => vec![arg],
            OpKind::Window { factors, .. } => factors.iter_mut().map(|f| &mut f.view).collect(),
            OpKind::Recurrent(l) => {
                [&mut l.gates, &mut l.w, &mut l.start].into_iter().chain(&mut l.cells).chain(&mut l.bias).collect()
            }
            OpKind::Image { x, weights, .. } => [x].into_iter().chain(weights).collect(),
        }
    }
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
        self.ops.push(Op { name: name.to_owned(), kind, domain: dims.to_vec(), source, part: None });
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
        self.ops.push(Op { name: name.to_owned(), kind, domain: dims.to_vec(), source, part: None });
        self.view(source, leading)
    }

    /// A convolution or pooling; `dims` in the order of memory.
    pub fn image(&mut self, name: &str, image: Image, x: View, weights: Option<View>, dims: &[Size]) -> View {
        let source = self.source(x.ty, dims, Origin::Op(self.ops.len()));
        let kind = OpKind::Image { image, x, weights };
        self.ops.push(Op { name: name.to_owned(), kind, domain: dims.to_vec(), source, part: None });
        self.view(source, None)
    }

    /// A convolution by the best algorithm.
    pub fn convolution(&mut self, mut image: Image, x: View, w: &tsrt::Tensor, dims: &[Size]) -> View {
        // Sizes that are not known are some symbol.
        let mut extent = |s: &Size| s.as_const().map_or(Extent::Sym(Symbol(0)), Extent::Const);
        let conv = image.conv(&dims[0], &mut extent);
        let best = conv.as_ref().map_or(Algorithm::Direct, conv::Conv::algorithm);
        if let Image::Conv { algorithm, .. } = &mut image {
            *algorithm = best;
        }
        let weights = conv.map(|c| {
            let packing = match best {
                Algorithm::Direct => Packing::Panels(c.panels()),
                Algorithm::Winograd(m) => Packing::Winograd(Box::new(c), m),
            };
            let k = self.constant(w, Some(packing));
            let source = self.source(Ty::F32, &[(w.numel() as i64).into()], Origin::Constant(k));
            self.view(source, None)
        });
        self.image("convolution", image, x, weights, dims)
    }

    /// The number of a constant.
    pub fn constant(&mut self, tensor: &tsrt::Tensor, packing: Option<Packing>) -> u32 {
        let known = self.constants.iter().position(|c| c.tensor.same(tensor) && c.packing == packing);
        known.unwrap_or_else(|| {
            self.constants.push(Constant { tensor: tensor.clone(), packing });
            self.constants.len() - 1
        }) as u32
    }

    /// Views one after the other along an axis; their other dimensions are these.
    pub fn cat(&mut self, views: &[View], axis: usize, dims: &[Size]) -> View {
        let source = self.source(views[0].ty, dims, Origin::Parts(self.ops.len(), views.len()));
        let strides = contiguous(dims);
        let mut from = Size::default();
        for v in views {
            let kind = OpKind::Map { compute: |_, x| x[0], args: vec![(Arg::Tensor(v.clone()), v.ty)] };
            let part = Some((from.times(&strides[axis]), strides.clone()));
            self.ops.push(Op { name: "cat".into(), kind, domain: v.dims.clone(), source, part });
            from = from.plus(&v.dims[axis]);
        }
        self.view(source, None)
    }

    /// A fold over the marked axes, kept as 1.
    pub fn reduce(&mut self, name: &str, fold: Fold, arg: View, axes: Vec<bool>) -> View {
        let dims: Vec<Size> = arg.dims.iter().zip(&axes).map(|(d, r)| if *r { 1.into() } else { d.clone() }).collect();
        let source = self.source(arg.ty, &dims, Origin::Op(self.ops.len()));
        let (domain, leading) = (arg.dims.clone(), arg.leading.filter(|_| !axes[0]));
        self.ops.push(Op { name: name.to_owned(), kind: OpKind::Reduce { fold, arg, axes }, domain, source, part: None });
        self.view(source, leading)
    }
}
