//! Convolutions, pooling and batch norms. Images lie channels-last: what comes in is turned once, and everything in a region that is made
//! of such an image lies the same way.

use super::assume::{Change, Outcome, Stop, no};
use super::point;
use super::tensors::{Factor, Image, Origin, Position, Span, View};
use super::translate::{Call, Translator, Val};
use crate::kernel::constant::Packing;
use crate::kernel::pack::{Dim, Panels};
use crate::kernel::pool::Pool;
use crate::kernel::winograd::Algorithm;
use crate::kernel::{BinOp, Fold, Size, Ty};

/// Images of no more channels are read as they lie.
const FEW_CHANNELS: i64 = 4;

/// Dimensions in the order of memory: batch, sizes, channels.
pub fn channels_last(v: &View) -> View {
    let turn = |s: &[Size]| [&s[..1], &s[2..], &s[1..2]].concat();
    View { dims: turn(&v.dims), strides: turn(&v.strides), ..v.clone() }
}

/// Back to batch, channels, sizes.
pub fn channels_second(v: &View) -> View {
    let n = v.dims.len();
    let turn = |s: &[Size]| [&s[..1], &s[n - 1..], &s[1..n - 1]].concat();
    View { dims: turn(&v.dims), strides: turn(&v.strides), ..v.clone() }
}

impl Translator<'_> {
    /// `None` when the operator is none.
    pub fn spatial(&mut self, c: &Call) -> Outcome<Option<Val>> {
        let v = match c.name {
            "conv1d" | "conv2d" | "conv3d" | "_convolution" | "convolution" => self.convolution(c)?,
            "max_pool1d" | "max_pool2d" | "max_pool3d" | "avg_pool1d" | "avg_pool2d" | "avg_pool3d" => self.pooling(c)?,
            "adaptive_avg_pool1d" | "adaptive_avg_pool2d" | "adaptive_avg_pool3d" => self.adaptive(c)?,
            "batch_norm" => self.batch_norm(c)?,
            _ => return Ok(None),
        };
        Ok(Some(Val::Tensor(v)))
    }

    /// Demands a rank of an image.
    fn image(&mut self, c: &Call, name: &str, rank: usize) -> Outcome<View> {
        let x = self.tensor(c, name)?;
        match x.leading {
            Some(i) => Err(Stop::Assume(Change::Rank(i, rank as u32))),
            None if x.dims.len() == rank => Ok(x),
            None => no("an image without batch"),
        }
    }

    /// Ints of every spatial dimension; one stands for all.
    fn each(&mut self, c: &Call, name: &str, n: usize, absent: i64) -> Outcome<Vec<i64>> {
        let list = self.sizes(c, name)?.unwrap_or_default();
        let known: Option<Vec<i64>> = list.iter().map(Size::as_const).collect();
        match known.as_deref() {
            Some([]) => Ok(vec![absent; n]),
            Some([one]) => Ok(vec![*one; n]),
            Some(l) if l.len() == n => Ok(l.to_vec()),
            _ => no(format!("{name} is not known at build time")),
        }
    }

    fn span(&self, input: &Size, kernel: i64, stride: i64, pads: (i64, i64), dilation: i64) -> Outcome<Span> {
        if kernel < 1 || stride < 1 || dilation < 1 || pads.0 < 0 {
            return no("a window of no size");
        }
        let room = input.plus(&(pads.0 + pads.1 - dilation * (kernel - 1) - 1).into());
        self.least(&room, 0)?;
        let output = room.floor_div(&stride.into()).plus(&1.into());
        Ok(Span { input: input.clone(), output, kernel, stride, pad: pads.0, dilation })
    }

    fn convolution(&mut self, c: &Call) -> Outcome<View> {
        let w = self.tensor(c, "weight")?;
        let rank = w.dims.len();
        if !(3..=5).contains(&rank) || w.leading.is_some() {
            return no("a convolution of unknown rank");
        }
        let x = self.image(c, "input", rank)?;
        if c.op.schema.param("transposed").is_some() && self.flag(c, "transposed")? {
            return no("a transposed convolution");
        }
        let Origin::Constant(k) = self.t.sources[w.source].origin else { return no("weights that are not known") };
        let bias = self.optional_tensor(c, "bias")?;
        if x.ty != Ty::F32
            || w.ty != Ty::F32
            || !w.offset.is(0)
            || !w.is_contiguous()
            || self.t.constants[k as usize].packing.is_some()
        {
            return no("a convolution of other types than f32");
        }
        let n = rank - 2;
        let known: Option<Vec<i64>> = w.dims.iter().map(Size::as_const).collect();
        let Some(dims) = known else { return no("weights of unknown size") };
        let (stride, dilation) = (self.each(c, "stride", n, 1)?, self.each(c, "dilation", n, 1)?);
        let groups = self.int(c, "groups")?;
        let (features, channels) = (dims[0], dims[1] * groups);
        self.same(&x.dims[1], &channels.into())?;
        let padding: Vec<(i64, i64)> = match self.get(c, "padding")? {
            Val::Str(s) if s == "valid" => vec![(0, 0); n],
            Val::Str(_) => (0..n).map(|i| dilation[i] * (dims[2 + i] - 1)).map(|all| (all / 2, all - all / 2)).collect(),
            _ => self.each(c, "padding", n, 0)?.into_iter().map(|p| (p, p)).collect(),
        };
        let mut spans = vec![];
        for i in 0..n {
            spans.push(self.span(&x.dims[2 + i], dims[2 + i], stride[i], padding[i], dilation[i])?);
        }
        let tensor = self.t.constants[k as usize].tensor.clone();
        let turned = channels_last(&x);
        let out: Vec<Size> =
            [x.dims[0].clone()].into_iter().chain(spans.iter().map(|s| s.output.clone())).chain([features.into()]).collect();
        let is_point = spans.iter().all(|s| (s.kernel, s.stride, s.pad) == (1, 1, 0)) && groups == 1;
        let is_static = turned.dims[1..].iter().chain(&turned.strides[1..]).all(|d| d.as_const().is_some());
        let y = if is_point && (turned.strides[rank - 1].is(1) || channels <= FEW_CHANNELS) {
            self.pointwise_convolution(&turned, &tensor, &out, channels, features)?
        } else if groups == 1 && channels <= FEW_CHANNELS && is_static && !turned.is_contiguous() {
            self.planar_convolution(&turned, &tensor, &spans, &out, channels, features)
        } else {
            let turned = if turned.is_contiguous() { turned } else { self.copy(&turned) };
            let image = Image::Conv { spans, groups, channels, features, algorithm: Algorithm::Direct };
            self.t.convolution(image, turned, &tensor, &out)
        };
        let y = channels_second(&y);
        match bias {
            None => Ok(y),
            Some(b) if b.ty == y.ty && b.dims.len() == 1 => {
                let b = self.per_channel(&b, rank);
                self.map_all("bias", point::ADD, &[Val::Tensor(y), Val::Tensor(b)], Ty::F32)
            }
            Some(_) => no("a bias of another type"),
        }
    }

    /// A vector of channels beside an image.
    fn per_channel(&self, v: &View, rank: usize) -> View {
        let mut v = v.clone();
        v.dims.resize(rank - 1, 1.into());
        v.strides.resize(rank - 1, 0.into());
        v
    }

    /// A product over the channels, pixel by pixel.
    fn pointwise_convolution(&mut self, x: &View, w: &tsrt::Tensor, out: &[Size], channels: i64, features: i64) -> Outcome<View> {
        let n = out.len();
        let dim = |extent: i64, stride: i64| Dim { extent: extent as usize, stride: stride as usize };
        let packing =
            Packing::Panels(Panels { batch: vec![], inner: vec![dim(channels, 1)], column: dim(features, channels), width: 16 });
        let k = self.t.constant(w, Some(packing));
        let source = self.t.source(Ty::F32, &[channels.into(), features.into()], Origin::Constant(k));
        let weights = Factor {
            view: self.t.view(source, None),
            at: vec![Position::axis(n), Position::axis(n - 1)],
            padding: None,
            panels: Some(16),
        };
        let at = (0..n - 1).chain([n]).map(Position::axis).collect();
        let image = Factor { view: x.clone(), at, padding: None, panels: None };
        Ok(self.t.window("convolution", Fold::Sum, vec![channels.into()], vec![image, weights], Ty::F32, out, None))
    }

    /// An image that is read where it lies, whatever its layout.
    fn planar_convolution(
        &mut self,
        x: &View,
        w: &tsrt::Tensor,
        spans: &[Span],
        out: &[Size],
        channels: i64,
        features: i64,
    ) -> View {
        let n = out.len();
        let size: i64 = spans.iter().map(|s| s.kernel).product();
        let dim = |extent: i64, stride: i64| Dim { extent: extent as usize, stride: stride as usize };
        let mut stride = size;
        let mut inner = vec![];
        for s in spans {
            stride /= s.kernel;
            inner.push(dim(s.kernel, stride));
        }
        inner.push(dim(channels, size));
        let dims: Vec<Size> = inner.iter().map(|d| (d.extent as i64).into()).chain([features.into()]).collect();
        let packing = Packing::Panels(Panels { batch: vec![], inner, column: dim(features, channels * size), width: 16 });
        let k = self.t.constant(w, Some(packing));
        let source = self.t.source(Ty::F32, &dims, Origin::Constant(k));
        let taps = spans.len() + 1;
        let weights = Factor {
            view: self.t.view(source, None),
            at: (n..n + taps).chain([n - 1]).map(Position::axis).collect(),
            padding: None,
            panels: Some(16),
        };
        let mut at = vec![Position::axis(0)];
        for (i, s) in spans.iter().enumerate() {
            at.push(Position { terms: vec![(1 + i, s.stride), (n + i, s.dilation)], offset: -s.pad });
        }
        at.push(Position::axis(n + taps - 1));
        let image = Factor { view: x.clone(), at, padding: Some(0.0), panels: None };
        self.t.window("convolution", Fold::Sum, dims[..taps].to_vec(), vec![image, weights], Ty::F32, out, None)
    }

    fn pooling(&mut self, c: &Call) -> Outcome<View> {
        let n = c.name.chars().find_map(|d| d.to_digit(10)).unwrap_or(2) as usize;
        let x = self.image(c, "self", n + 2)?;
        if !x.ty.is_float() || self.flag(c, "ceil_mode")? || self.is_given(c, "divisor_override")? {
            return no("pooling of another kind");
        }
        let kernel = self.each(c, "kernel_size", n, 1)?;
        let mut stride = self.each(c, "stride", n, 0)?;
        if stride.iter().all(|s| *s == 0) {
            stride = kernel.clone();
        }
        let padding = self.each(c, "padding", n, 0)?;
        let is_max = c.name.starts_with("max");
        let dilation = if is_max { self.each(c, "dilation", n, 1)? } else { vec![1; n] };
        let mut spans = vec![];
        for i in 0..n {
            if padding[i] * 2 > kernel[i] {
                return no("padding larger than half the window");
            }
            spans.push(self.span(&x.dims[2 + i], kernel[i], stride[i], (padding[i], padding[i]), dilation[i])?);
        }
        let kind = if is_max { Pool::Max } else { Pool::Average { pads: self.flag(c, "count_include_pad")? } };
        if kind == (Pool::Average { pads: false }) && spans.iter().any(|s| s.pad > 0 && s.input.as_const().is_none()) {
            return no("an average over windows of unknown size");
        }
        Ok(self.pooled(&x, kind, spans))
    }

    fn pooled(&mut self, x: &View, kind: Pool, spans: Vec<Span>) -> View {
        let turned = channels_last(x);
        let turned = if turned.is_contiguous() { turned } else { self.copy(&turned) };
        let channels = x.dims[1].clone();
        let out: Vec<Size> =
            [x.dims[0].clone()].into_iter().chain(spans.iter().map(|s| s.output.clone())).chain([channels]).collect();
        let y = self.t.image("pool", Image::Pool { kind, spans }, turned, None, &out);
        channels_second(&y)
    }

    fn adaptive(&mut self, c: &Call) -> Outcome<View> {
        let n = c.name.chars().find_map(|d| d.to_digit(10)).unwrap_or(2) as usize;
        let x = self.image(c, "self", n + 2)?;
        if !x.ty.is_float() {
            return no("pooling of integers");
        }
        let sizes = self.each(c, "output_size", n, 1)?;
        if sizes.iter().all(|s| *s == 1) {
            let axes: Vec<bool> = (0..n + 2).map(|i| i > 1).collect();
            return self.mean_of(&x, &axes);
        }
        let mut spans = vec![];
        for (size, d) in sizes.iter().zip(&x.dims[2..]) {
            let Some(input) = d.as_const().filter(|d| *size > 0 && d % size == 0) else { return no("windows of several sizes") };
            spans.push(self.span(d, input / size, input / size, (0, 0), 1)?);
        }
        Ok(self.pooled(&x, Pool::Average { pads: true }, spans))
    }

    fn batch_norm(&mut self, c: &Call) -> Outcome<View> {
        let x = self.tensor(c, "input")?;
        if self.flag(c, "training")? || x.ty != Ty::F32 {
            return no("a batch norm that learns");
        }
        let Some(i) = x.leading else { return self.normalised(c, &x) };
        no(format!("a batch norm of unknown rank (input {i})"))
    }

    fn normalised(&mut self, c: &Call, x: &View) -> Outcome<View> {
        if x.dims.len() < 2 {
            return no("a batch norm of a vector");
        }
        let eps = self.float(c, "eps")?;
        let mut numbers = vec![];
        for name in ["running_mean", "running_var", "weight", "bias"] {
            numbers.push(match self.optional_tensor(c, name)? {
                None if name.starts_with("running") => return no("a batch norm of its own statistics"),
                None => None,
                Some(v) => {
                    let Origin::Constant(k) = self.t.sources[v.source].origin else { return no("statistics that are not known") };
                    let t = &self.t.constants[k as usize].tensor;
                    if v.ty != Ty::F32 || v.dims.len() != 1 || !v.offset.is(0) {
                        return no("statistics of another type");
                    }
                    let values = t.as_slice::<f32>().map(<[f32]>::to_vec);
                    Some(values.map_err(|_| Stop::Unsupported("statistics of another type".into()))?)
                }
            });
        }
        let (mean, var) = (numbers[0].take().unwrap_or_default(), numbers[1].take().unwrap_or_default());
        self.same(&x.dims[1], &(mean.len() as i64).into())?;
        let at = |v: &Option<Vec<f32>>, i: usize, absent: f64| v.as_ref().and_then(|v| v.get(i)).map_or(absent, |x| *x as f64);
        let scale: Vec<f64> = (0..mean.len()).map(|i| at(&numbers[2], i, 1.0) / (var[i] as f64 + eps).sqrt()).collect();
        let shift: Vec<f32> = (0..mean.len()).map(|i| (at(&numbers[3], i, 0.0) - mean[i] as f64 * scale[i]) as f32).collect();
        let scale: Vec<f32> = scale.into_iter().map(|x| x as f32).collect();
        let mut args = vec![(Val::Tensor(x.clone()), Ty::F32)];
        for numbers in [scale, shift] {
            let Ok(t) = tsrt::Tensor::from_slice(&numbers, &[numbers.len() as i64]) else { return no("out of memory") };
            let v = self.constant_tensor(&t)?;
            args.push((Val::Tensor(self.per_channel(&v, x.dims.len())), Ty::F32));
        }
        let compute: super::tensors::Compute = |b, x| {
            let y = b.bin(BinOp::Mul, x[0], x[1]);
            b.bin(BinOp::Add, y, x[2])
        };
        self.map("batch_norm", compute, &args, Ty::F32)
    }
}
