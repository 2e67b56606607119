//! Overlaps of boxes, upright and turned, and the suppression of those that overlap a better one.

use super::{Number, high, low};
use crate::element::Element;
use crate::math::Real;
use crate::ops::order::sort_of;
use crate::tensor::Show;
use crate::{Args, DType, Result, Tensor};
use alloc::vec::Vec;

macro_rules! real {
    ($x:expr, $name:literal, $T:ident => $body:expr) => {
        match $x.dtype() {
            DType::F64 => {
                type $T = f64;
                $body
            }
            DType::F32 => {
                type $T = f32;
                $body
            }
            other => bail!(NotImplemented, "\"{}\" not implemented for '{}'", $name, other.name()),
        }
    };
}

/// dets, scores, iou_threshold
fn nms(a: &Args) -> Result<Tensor> {
    let (boxes, scores, threshold) = (a.tensor(0)?, a.tensor(1)?, a.float(2)?);
    check!(boxes.dim() == 2, "boxes should be a 2d tensor, got {}D", boxes.dim());
    check!(boxes.sizes()[1] == 4, "boxes should have 4 elements in dimension 1, got {}", boxes.sizes()[1]);
    check!(scores.dim() == 1, "scores should be a 1d tensor, got {}D", scores.dim());
    let (n, m) = (boxes.sizes()[0], scores.sizes()[0]);
    check!(n == m, "boxes and scores should have same number of elements in dimension 0, got {n} and {m}");
    check!(boxes.dtype() == scores.dtype(), "dets should have the same type as scores");
    real!(boxes, "nms_kernel", T => {
        let order = sort_of(scores, 0, true)?.1.contiguous()?;
        keep::<T>(&boxes.contiguous()?, order.as_slice::<i64>()?, threshold)
    })
}

/// Boxes in order, without those that overlap an earlier one by more than the threshold.
fn keep<T: Number>(boxes: &Tensor, order: &[i64], threshold: f64) -> Result<Tensor> {
    let b = boxes.as_slice::<T>()?;
    let of = |i: i64| {
        let b = &b[i as usize * 4..];
        (b[0], b[1], b[2], b[3], (b[2] - b[0]) * (b[3] - b[1]))
    };
    let mut gone = alloc::vec![false; order.len()];
    let mut kept: Vec<i64> = Vec::new();
    for (at, &i) in order.iter().enumerate() {
        if gone[i as usize] {
            continue;
        }
        kept.push(i);
        let (x1, y1, x2, y2, area) = of(i);
        for &j in &order[at + 1..] {
            if gone[j as usize] {
                continue;
            }
            let (u1, v1, u2, v2, other) = of(j);
            let w = high(T::from_f64(0.0), low(x2, u2) - high(x1, u1));
            let h = high(T::from_f64(0.0), low(y2, v2) - high(y1, v1));
            let shared = w * h;
            let overlap: f64 = (shared / (area + other - shared)).to_f64();
            gone[j as usize] = overlap > threshold;
        }
    }
    Tensor::from_slice(&kept, &[kept.len() as i64])
}

/// boxes1 [N, 5], boxes2 [M, 5]: centre, width, height and an angle in degrees. The shared area of each pair over their united one.
fn box_iou_rotated(a: &Args) -> Result<Tensor> {
    let (one, other) = (a.tensor(0)?, a.tensor(1)?);
    let fits = |t: &Tensor| t.dim() == 2 && t.sizes()[1] == 5;
    check!(fits(one), "boxes1 should have shape (N, 5), got {}", Show(one.sizes()));
    check!(fits(other), "boxes2 should have shape (M, 5), got {}", Show(other.sizes()));
    check!(one.dtype() == other.dtype(), "boxes1 and boxes2 must have the same dtype");
    let y = Tensor::zeros(&[one.sizes()[0], other.sizes()[0]], DType::F32)?;
    real!(one, "box_iou_rotated_cpu", T => {
        let (one, other) = (one.contiguous()?, other.contiguous()?);
        let (one, other) = (one.as_slice::<T>()?.chunks_exact(5), other.as_slice::<T>()?.chunks_exact(5));
        let pairs = one.flat_map(|p| other.clone().map(move |q| (p, q)));
        y.as_mut_slice::<f32>()?.iter_mut().zip(pairs).for_each(|(y, (p, q))| *y = overlap(p, q).to_f64() as f32);
    });
    Ok(y)
}

fn overlap<T: Real + Number>(p: &[T], q: &[T]) -> T {
    let (area, other, least) = (p[2] * p[3], q[2] * q[3], T::of(1e-14));
    if area < least || other < least {
        return T::ZERO;
    }
    // Seen from between the centres, the corners lose the fewest digits.
    let middle = [0, 1].map(|i| (p[i] + q[i]) / T::of(2.0));
    let shared = shared_area(&corners(p, middle), &corners(q, middle));
    let united = area + other - shared;
    if united > least { low(high(shared / united, T::ZERO), T::ONE) } else { T::ZERO }
}

/// The corners of a turned box, in order around it.
fn corners<T: Real>(b: &[T], middle: [T; 2]) -> [[T; 2]; 4] {
    let (x, y) = (b[0] - middle[0], b[1] - middle[1]);
    let angle = T::of(b[4].to_f64().to_radians());
    let (c, s) = (angle.cos() * T::of(0.5), angle.sin() * T::of(0.5));
    [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)].map(|(i, j)| {
        let (w, h) = (T::of(i) * b[2], T::of(j) * b[3]);
        [x + c * w + s * h, y + c * h - s * w]
    })
}

/// The area that two rectangles share: one cut along the sides of the other.
fn shared_area<T: Real>(p: &[[T; 2]; 4], q: &[[T; 2]; 4]) -> T {
    let mut shape: Vec<[T; 2]> = p.to_vec();
    let inwards = turn(q[0], q[1], q[2]);
    for k in 0..4 {
        let (from, to) = (q[k], q[(k + 1) % 4]);
        // How far a corner lies on the side of the rectangle.
        let side = |c: [T; 2]| if inwards < T::ZERO { -turn(from, to, c) } else { turn(from, to, c) };
        let mut cut = Vec::new();
        for (i, &here) in shape.iter().enumerate() {
            let next = shape[(i + 1) % shape.len()];
            let (a, b) = (side(here), side(next));
            if a >= T::ZERO {
                cut.push(here);
            }
            if (a < T::ZERO) != (b < T::ZERO) {
                let t = a / (a - b);
                cut.push([here[0] + (next[0] - here[0]) * t, here[1] + (next[1] - here[1]) * t]);
            }
        }
        shape = cut;
    }
    let fan = shape.windows(2).map(|w| Real::abs(turn(shape[0], w[0], w[1])));
    fan.fold(T::ZERO, |sum, area| sum + area) / T::of(2.0)
}

/// Twice the signed area of a triangle.
fn turn<T: Real>(a: [T; 2], b: [T; 2], c: [T; 2]) -> T {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

operators! {
    torchvision::box_iou_rotated => box_iou_rotated,
    torchvision::nms => nms,
}
