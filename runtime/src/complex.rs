//! Functions of complex numbers.

use crate::element::Complex;
use crate::math::Real;

type C = Complex<f64>;

impl Complex<f64> {
    pub const I: C = C { re: 0.0, im: 1.0 };

    pub fn real(re: f64) -> C {
        C { re, im: 0.0 }
    }
    pub fn norm(self) -> f64 {
        Real::hypot(self.re, self.im)
    }
    pub fn arg(self) -> f64 {
        Real::atan2(self.im, self.re)
    }
    pub fn polar(r: f64, angle: f64) -> C {
        C { re: r * Real::cos(angle), im: r * Real::sin(angle) }
    }
    pub fn scale(self, k: f64) -> C {
        C { re: self.re * k, im: self.im * k }
    }
    pub fn exp(self) -> C {
        if self.im == 0.0 {
            return C { re: Real::exp(self.re), im: self.im };
        }
        C::polar(Real::exp(self.re), self.im)
    }
    pub fn ln(self) -> C {
        C { re: Real::ln(self.norm()), im: self.arg() }
    }
    pub fn sqrt(self) -> C {
        if self.re == 0.0 && self.im == 0.0 {
            return C { re: 0.0, im: self.im };
        }
        let m = self.norm();
        let big = Real::sqrt((m + self.re.abs()) * 0.5);
        let small = self.im.abs() / (2.0 * big);
        if self.re >= 0.0 { C { re: big, im: small.copysign(self.im) } } else { C { re: small, im: big.copysign(self.im) } }
    }
    pub fn pow(self, e: C) -> C {
        if e.re == 0.0 && e.im == 0.0 {
            return C::real(1.0);
        }
        if self.re == 0.0 && self.im == 0.0 {
            return C::real(if e.re > 0.0 { 0.0 } else { f64::NAN });
        }
        if e.im == 0.0 && e.re == 2.0 {
            return self * self;
        }
        (self.ln() * e).exp()
    }
    pub fn sinh(self) -> C {
        C { re: Real::sinh(self.re) * Real::cos(self.im), im: Real::cosh(self.re) * Real::sin(self.im) }
    }
    pub fn cosh(self) -> C {
        C { re: Real::cosh(self.re) * Real::cos(self.im), im: Real::sinh(self.re) * Real::sin(self.im) }
    }
    pub fn tanh(self) -> C {
        if self.re.abs() > 350.0 {
            return C { re: 1f64.copysign(self.re), im: 0.0 };
        }
        let (r, i) = (2.0 * self.re, 2.0 * self.im);
        let d = Real::cosh(r) + Real::cos(i);
        C { re: Real::sinh(r) / d, im: Real::sin(i) / d }
    }
    /// Times i.
    fn turn(self) -> C {
        C { re: -self.im, im: self.re }
    }
    /// Divided by i.
    fn unturn(self) -> C {
        C { re: self.im, im: -self.re }
    }
    pub fn sin(self) -> C {
        self.turn().sinh().unturn()
    }
    pub fn cos(self) -> C {
        self.turn().cosh()
    }
    pub fn tan(self) -> C {
        self.turn().tanh().unturn()
    }
    /// The square roots of 1 - self and 1 + self, with the zeros' signs that the branch cuts need.
    fn roots(self) -> (C, C) {
        (C { re: 1.0 - self.re, im: -self.im }.sqrt(), C { re: 1.0 + self.re, im: self.im }.sqrt())
    }
    pub fn asinh(self) -> C {
        self.turn().asin().unturn()
    }
    pub fn acosh(self) -> C {
        let (a, b) = (C { re: self.re - 1.0, im: self.im }.sqrt(), C { re: self.re + 1.0, im: self.im }.sqrt());
        C { re: Real::asinh(a.re * b.re + a.im * b.im), im: 2.0 * Real::atan2(a.im, b.re) }
    }
    pub fn atanh(self) -> C {
        let (x, y) = (self.re, self.im);
        let re = 0.25 * Real::ln_1p(4.0 * x / ((1.0 - x) * (1.0 - x) + y * y));
        C { re, im: 0.5 * Real::atan2(2.0 * y, (1.0 - x) * (1.0 + x) - y * y) }
    }
    pub fn asin(self) -> C {
        let (a, b) = self.roots();
        C { re: Real::atan2(self.re, a.re * b.re - a.im * b.im), im: Real::asinh(a.re * b.im - a.im * b.re) }
    }
    pub fn acos(self) -> C {
        let (a, b) = self.roots();
        C { re: 2.0 * Real::atan2(a.re, b.re), im: Real::asinh(b.re * a.im - b.im * a.re) }
    }
    pub fn atan(self) -> C {
        self.turn().atanh().unturn()
    }
    /// `ln(exp(self) + exp(o))` without overflow.
    pub fn log_add_exp(self, o: C) -> C {
        let (m, n) = if self.re >= o.re { (self, o) } else { (o, self) };
        if m.re.is_infinite() {
            return if m.re > 0.0 && n.re == m.re { (m.exp() + n.exp()).ln() } else { m };
        }
        m + (C::real(1.0) + (n - m).exp()).ln()
    }
    pub fn inv(self) -> C {
        C::real(1.0) / self
    }
}
