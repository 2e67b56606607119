//! Plane rotations and the small problems that QR iterations solve with them.

use super::{Field, Matrix};
use crate::math::Real;

/// `(c, s, r)` with `c f + s g = r` and `c g - s f = 0`.
pub fn zeroing(f: f64, g: f64) -> (f64, f64, f64) {
    if g == 0.0 {
        (1.0, 0.0, f)
    } else if f == 0.0 {
        (0.0, 1.0, g)
    } else {
        let d = Real::hypot(f, g);
        let r = if f.abs() > g.abs() { d.copysign(f) } else { d };
        (f / r, g / r, r)
    }
}

/// `(x, y)` becomes `(c x + s y, c y - s x)`.
#[inline]
pub fn turn<T: Field>(x: &mut T, y: &mut T, c: f64, s: f64) {
    (*x, *y) = (x.scale(c) + y.scale(s), y.scale(c) - x.scale(s));
}

/// Turns columns i and j.
pub fn turn_columns<T: Field>(a: &mut Matrix<T>, i: usize, j: usize, c: f64, s: f64) {
    for k in 0..a.rows {
        let (mut x, mut y) = (a[(k, i)], a[(k, j)]);
        turn(&mut x, &mut y, c, s);
        (a[(k, i)], a[(k, j)]) = (x, y);
    }
}

/// Turns rows i and j.
pub fn turn_rows<T: Field>(a: &mut Matrix<T>, i: usize, j: usize, c: f64, s: f64) {
    for k in 0..a.cols {
        let (mut x, mut y) = (a[(i, k)], a[(j, k)]);
        turn(&mut x, &mut y, c, s);
        (a[(i, k)], a[(j, k)]) = (x, y);
    }
}

/// Eigenvalues of `[[a, b], [b, c]]`, the one of larger modulus first, and its unit eigenvector.
pub fn symmetric(a: f64, b: f64, c: f64) -> (f64, f64, f64, f64) {
    let (sum, difference, twice) = (a + c, a - c, b + b);
    let (large, small) = if a.abs() > c.abs() { (a, c) } else { (c, a) };
    let root = Real::hypot(difference, twice);
    let (r1, r2, sign) = if sum < 0.0 {
        let r = 0.5 * (sum - root);
        (r, (large / r) * small - (b / r) * b, -1)
    } else if sum > 0.0 {
        let r = 0.5 * (sum + root);
        (r, (large / r) * small - (b / r) * b, 1)
    } else {
        (0.5 * root, -0.5 * root, 1)
    };
    let (cs, sign2) = if difference >= 0.0 { (difference + root, 1) } else { (difference - root, -1) };
    let (mut c1, mut s1) = if cs.abs() > twice.abs() {
        let ct = -twice / cs;
        let s = 1.0 / Real::sqrt(1.0 + ct * ct);
        (ct * s, s)
    } else if twice == 0.0 {
        (1.0, 0.0)
    } else {
        let tn = -cs / twice;
        let c = 1.0 / Real::sqrt(1.0 + tn * tn);
        (c, tn * c)
    };
    if sign == sign2 {
        (c1, s1) = (-s1, c1);
    }
    (r1, r2, c1, s1)
}

/// The smaller and the larger singular value of `[[f, g], [0, h]]`.
pub fn singular_values(f: f64, g: f64, h: f64) -> (f64, f64) {
    let (fa, ga, ha) = (f.abs(), g.abs(), h.abs());
    let (low, high) = (fa.min(ha), fa.max(ha));
    if low == 0.0 {
        return (0.0, Real::hypot(high, ga));
    }
    if ga < high {
        let (s, t, u) = (1.0 + low / high, (high - low) / high, (ga / high) * (ga / high));
        let c = 2.0 / (Real::sqrt(s * s + u) + Real::sqrt(t * t + u));
        return (low * c, high / c);
    }
    let u = high / ga;
    if u == 0.0 {
        return (low * high / ga, ga);
    }
    let (s, t) = (1.0 + low / high, (high - low) / high);
    let c = 1.0 / (Real::sqrt(1.0 + (s * u) * (s * u)) + Real::sqrt(1.0 + (t * u) * (t * u)));
    (low * c * u * 2.0, ga / (c + c))
}

/// The singular value decomposition of `[[f, g], [0, h]]`.
pub struct Two {
    pub min: f64,
    pub max: f64,
    /// Sine and cosine of the right and the left rotation.
    pub sr: f64,
    pub cr: f64,
    pub sl: f64,
    pub cl: f64,
}

pub fn singular(f: f64, g: f64, h: f64) -> Two {
    let sign = |x: f64| 1f64.copysign(x);
    let swap = h.abs() > f.abs();
    let (ft, ht) = if swap { (h, f) } else { (f, h) };
    let (fa, ha, ga) = (ft.abs(), ht.abs(), g.abs());
    let mut largest = if swap { 3 } else { 1 };
    let (min, max, cl, sl, cr, sr);
    if ga == 0.0 {
        (min, max, cl, sl, cr, sr) = (ha, fa, 1.0, 0.0, 1.0, 0.0);
    } else if ga > fa && fa / ga < f64::EPSILON / 2.0 {
        largest = 2;
        min = if ha > 1.0 { fa / (ga / ha) } else { fa / ga * ha };
        (max, cl, sl, sr, cr) = (ga, 1.0, ht / g, 1.0, ft / g);
    } else {
        if ga > fa {
            largest = 2;
        }
        let d = fa - ha;
        let l = if d == fa { 1.0 } else { d / fa };
        let m = g / ft;
        let t = 2.0 - l;
        let (mm, tt) = (m * m, t * t);
        let s = Real::sqrt(tt + mm);
        let r = if l == 0.0 { m.abs() } else { Real::sqrt(l * l + mm) };
        let a = 0.5 * (s + r);
        (min, max) = (ha / a, fa * a);
        let t = if mm != 0.0 {
            (m / (s + t) + m / (r + l)) * (1.0 + a)
        } else if l == 0.0 {
            2.0 * sign(ft) * sign(g)
        } else {
            g / d.copysign(ft) + m / t
        };
        let l = Real::sqrt(t * t + 4.0);
        (cr, sr) = (2.0 / l, t / l);
        cl = (cr + sr * m) / a;
        sl = ht / ft * sr / a;
    }
    let (cl, sl, cr, sr) = if swap { (sr, cr, sl, cl) } else { (cl, sl, cr, sr) };
    let s = match largest {
        1 => sign(cr) * sign(cl) * sign(f),
        2 => sign(sr) * sign(cl) * sign(g),
        _ => sign(sr) * sign(sl) * sign(h),
    };
    Two { min: min.copysign(s * sign(f) * sign(h)), max: max.copysign(s), sr, cr, sl, cl }
}
