//! Sampling of images at the places that a grid names.

use crate::kernel::not_implemented;
use crate::math::Real;
use crate::tensor::Show;
use crate::{Args, Dims, Result, Tensor};

#[derive(Clone, Copy, PartialEq)]
enum Padding {
    Zeros,
    Border,
    Reflection,
}

/// How coordinates of -1 to 1 become places in the input.
#[derive(Clone, Copy)]
struct Places {
    padding: Padding,
    align: bool,
}

impl Places {
    fn unnormalized<T: Real>(self, c: T, size: i64) -> T {
        let n = T::of(size as f64);
        if self.align { (c + T::ONE) / T::of(2.0) * (n - T::ONE) } else { ((c + T::ONE) * n - T::ONE) / T::of(2.0) }
    }

    /// A coordinate as the padding moves it.
    fn padded<T: Real>(self, c: T, size: i64) -> T {
        match self.padding {
            Padding::Zeros => c,
            Padding::Border => clipped(c, size),
            Padding::Reflection if self.align => clipped(reflected(c, 0, 2 * (size - 1)), size),
            Padding::Reflection => clipped(reflected(c, -1, 2 * size - 1), size),
        }
    }

    fn place<T: Real>(self, c: T, size: i64) -> T {
        self.padded(self.unnormalized(c, size), size)
    }
}

fn clipped<T: Real>(c: T, size: i64) -> T {
    let limit = T::of((size - 1) as f64);
    let c = if c < T::ZERO { T::ZERO } else { c };
    // Not a number counts as the limit.
    if c < limit { c } else { limit }
}

/// Reflects between `low / 2` and `high / 2`.
fn reflected<T: Real>(c: T, low: i64, high: i64) -> T {
    if low == high {
        return T::ZERO;
    }
    let (min, span) = (T::of(low as f64 / 2.0), T::of((high - low) as f64 / 2.0));
    let c = T::abs(c - min);
    let (extra, flips) = (c % span, T::floor(c / span));
    if flips % T::of(2.0) == T::ZERO { extra + min } else { span - extra + min }
}

/// Elements of a plane and their weights, for one place of the output.
struct Taps<T> {
    at: [(usize, T); 16],
    count: usize,
}

impl<T: Real> Taps<T> {
    fn add(&mut self, place: [i64; 3], size: [i64; 3], weight: T) {
        if (0..3).all(|k| (0..size[k]).contains(&place[k])) {
            self.at[self.count] = (((place[0] * size[1] + place[1]) * size[2] + place[2]) as usize, weight);
            self.count += 1;
        }
    }
}

/// Weights of the four neighbours of a place between the second and the third.
fn cubic<T: Real>(t: T) -> [T; 4] {
    let a = T::of(-0.75);
    let near = |x: T| ((a + T::of(2.0)) * x - (a + T::of(3.0))) * x * x + T::ONE;
    let far = |x: T| ((a * x - T::of(5.0) * a) * x + T::of(8.0) * a) * x - T::of(4.0) * a;
    [far(t + T::ONE), near(t), near(T::ONE - t), far(T::of(2.0) - t)]
}

/// Input and grid with a depth of 1 when there is none.
struct Task<T> {
    size: [i64; 3],
    mode: i64,
    places: Places,
    is_volume: bool,
    marker: core::marker::PhantomData<T>,
}

impl<T: Real> Task<T> {
    /// `at` holds x, y and perhaps z.
    fn taps(&self, at: &[T], taps: &mut Taps<T>) {
        taps.count = 0;
        let size = self.size;
        if self.mode == 2 {
            let (x, y) = (self.places.unnormalized(at[0], size[2]), self.places.unnormalized(at[1], size[1]));
            let (x0, y0) = (T::floor(x), T::floor(y));
            let (wx, wy) = (cubic(x - x0), cubic(y - y0));
            for (i, wy) in wy.into_iter().enumerate() {
                for (j, wx) in wx.into_iter().enumerate() {
                    let px = self.places.padded(x0 + T::of(j as f64 - 1.0), size[2]).to_i64();
                    let py = self.places.padded(y0 + T::of(i as f64 - 1.0), size[1]).to_i64();
                    taps.add([0, py, px], size, wx * wy);
                }
            }
            return;
        }
        let mut place = [T::ZERO; 3];
        for (k, c) in at.iter().enumerate() {
            place[2 - k] = self.places.place(*c, size[2 - k]);
        }
        if self.mode == 1 {
            taps.add(place.map(|p| T::rint(p).to_i64()), size, T::ONE);
            return;
        }
        let low = place.map(|p| T::floor(p));
        let corners = if self.is_volume { 8 } else { 4 };
        for corner in 0..corners {
            let (mut at, mut weight) = ([0; 3], T::ONE);
            for k in 0..3 {
                let up = corner >> (2 - k) & 1 == 1;
                let part = place[k] - low[k];
                at[k] = low[k].to_i64().saturating_add(up as i64);
                if k > 0 || self.is_volume {
                    weight = weight * if up { part } else { T::ONE - part };
                }
            }
            taps.add(at, size, weight);
        }
    }

    fn run(&self, x: &Tensor, grid: &Tensor, y: &Tensor) -> Result<()> {
        let (xs, gs, ys) = (x.as_slice::<T>()?, grid.as_slice::<T>()?, y.as_mut_slice::<T>()?);
        let (batch, channels) = (x.sizes()[0] as usize, x.sizes()[1] as usize);
        let plane = self.size.iter().product::<i64>() as usize;
        let coordinates = if self.is_volume { 3 } else { 2 };
        let out = if batch == 0 { 0 } else { grid.numel() / batch / coordinates };
        let mut taps = Taps { at: [(0, T::ZERO); 16], count: 0 };
        for n in 0..batch {
            for o in 0..out {
                let at = (n * out + o) * coordinates;
                self.taps(&gs[at..at + coordinates], &mut taps);
                for c in 0..channels {
                    let from = &xs[(n * channels + c) * plane..][..plane];
                    let sum = taps.at[..taps.count].iter().fold(T::ZERO, |s, (i, w)| s + from[*i] * *w);
                    ys[(n * channels + c) * out + o] = sum;
                }
            }
        }
        Ok(())
    }
}

/// input, grid, interpolation_mode, padding_mode, align_corners
fn grid_sampler(a: &Args) -> Result<Tensor> {
    let (x, grid, mode) = (a.tensor(0)?, a.tensor(1)?, a.int(2)?);
    let shapes = || alloc::format!("got input with sizes {} and grid with sizes {}", Show(x.sizes()), Show(grid.sizes()));
    check!(
        x.dtype() == grid.dtype(),
        "grid_sampler(): expected input and grid to have the same type, but input has {} and grid has {}",
        x.dtype().name(),
        grid.dtype().name()
    );
    check!(
        matches!(x.dim(), 4 | 5) && x.dim() == grid.dim(),
        "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but {}",
        shapes()
    );
    check!(x.sizes()[0] == grid.sizes()[0], "grid_sampler(): expected grid and input to have same batch size, but {}", shapes());
    let n = x.dim() - 2;
    check!(
        grid.sizes()[n + 1] == n as i64,
        "grid_sampler(): expected grid to have size {n} in last dimension, but got grid with sizes {}",
        Show(grid.sizes())
    );
    for (i, s) in x.sizes().iter().enumerate().skip(2) {
        check!(
            *s > 0,
            "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {} with dimension {i} being empty",
            Show(x.sizes())
        );
    }
    check!(!(n == 3 && mode == 2), "grid_sampler(): bicubic interpolation only supports 4D input");
    if !x.dtype().is_float() {
        return Err(not_implemented(if n == 2 { "grid_sampler_2d_cpu" } else { "grid_sampler3d_cpu" }, x.dtype()));
    }
    let padding = match a.int(3)? {
        0 => Padding::Zeros,
        1 => Padding::Border,
        _ => Padding::Reflection,
    };
    let mut size = [1; 3];
    size[3 - n..].copy_from_slice(&x.sizes()[2..]);
    let mut shape = Dims::from_slice(&x.sizes()[..2]);
    shape.extend_from_slice(&grid.sizes()[1..=n]);
    real_type!(x.dtype(), T => {
        let dtype = <T as crate::Element>::DTYPE;
        let y = Tensor::empty(&shape, dtype)?;
        let (xs, gs) = (x.to_dtype(dtype)?.contiguous()?, grid.to_dtype(dtype)?.contiguous()?);
        let places = Places { padding, align: a.bool(4)? };
        let task = Task::<T> { size, mode, places, is_volume: n == 3, marker: core::marker::PhantomData };
        task.run(&xs, &gs, &y)?;
        y.to_dtype(x.dtype())
    })
}

operators! {
    aten::grid_sampler => grid_sampler,
    aten::grid_sampler_2d => grid_sampler,
    aten::grid_sampler_3d => grid_sampler,
}
