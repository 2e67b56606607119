//! `torch.special`: Bessel and Airy functions, orthogonal polynomials.

use crate::Element;
use crate::math;
use crate::ops::binary::binary;
use crate::ops::unary::unary;
use crate::special;

pointwise! { 1 Kernels
    AiryAi "airy_ai" Float { real |x; _| T::of(special::airy_ai(x.to_f64())); }
    BesselJ0 "bessel_j0" Float { real |x; _| T::of(special::bessel_j0(x.to_f64())); }
    BesselJ1 "bessel_j1" Float { real |x; _| T::of(special::bessel_j1(x.to_f64())); }
    BesselY0 "bessel_y0" Float { real |x; _| T::of(special::bessel_y0(x.to_f64())); }
    BesselY1 "bessel_y1" Float { real |x; _| T::of(special::bessel_y1(x.to_f64())); }
    ModifiedI0 "modified_bessel_i0" Float { real |x; _| T::of(math::i0(x.to_f64())); }
    ModifiedI1 "modified_bessel_i1" Float { real |x; _| T::of(math::i1(x.to_f64())); }
    ModifiedK0 "modified_bessel_k0" Float { real |x; _| T::of(special::modified_bessel_k0(x.to_f64())); }
    ModifiedK1 "modified_bessel_k1" Float { real |x; _| T::of(special::modified_bessel_k1(x.to_f64())); }
    ScaledK0 "scaled_modified_bessel_k0" Float { real |x; _| T::of(special::scaled_modified_bessel_k0(x.to_f64())); }
    ScaledK1 "scaled_modified_bessel_k1" Float { real |x; _| T::of(special::scaled_modified_bessel_k1(x.to_f64())); }
    SphericalJ0 "spherical_bessel_j0" Float { real |x; _| T::of(special::spherical_bessel_j0(x.to_f64())); }
}

pointwise! { 2 Kernels
    ChebyshevT "chebyshev_polynomial_t" Float { real |x, n; _| special::chebyshev_t(x, n); }
    ChebyshevU "chebyshev_polynomial_u" Float { real |x, n; _| special::chebyshev_u(x, n); }
    ChebyshevV "chebyshev_polynomial_v" Float { real |x, n; _| special::chebyshev_v(x, n); }
    ChebyshevW "chebyshev_polynomial_w" Float { real |x, n; _| special::chebyshev_w(x, n); }
    ShiftedT "shifted_chebyshev_polynomial_t" Float { real |x, n; _| special::chebyshev_t(x + x - T::of(1.0), n); }
    ShiftedU "shifted_chebyshev_polynomial_u" Float { real |x, n; _| special::chebyshev_u(x + x - T::of(1.0), n); }
    ShiftedV "shifted_chebyshev_polynomial_v" Float { real |x, n; _| special::chebyshev_v(x + x - T::of(1.0), n); }
    ShiftedW "shifted_chebyshev_polynomial_w" Float { real |x, n; _| special::chebyshev_w(x + x - T::of(1.0), n); }
    HermiteH "hermite_polynomial_h" Float { real |x, n; _| special::hermite_h(x, n); }
    HermiteHe "hermite_polynomial_he" Float { real |x, n; _| special::hermite_he(x, n); }
    LaguerreL "laguerre_polynomial_l" Float { real |x, n; _| special::laguerre_l(x, n); }
    LegendreP "legendre_polynomial_p" Float { real |x, n; _| special::legendre_p(x, n); }
}

operators! {
    aten::special_airy_ai => unary::<AiryAi>,
    aten::special_bessel_j0 => unary::<BesselJ0>, aten::special_bessel_j1 => unary::<BesselJ1>,
    aten::special_bessel_y0 => unary::<BesselY0>, aten::special_bessel_y1 => unary::<BesselY1>,
    aten::special_modified_bessel_i0 => unary::<ModifiedI0>, aten::special_modified_bessel_i1 => unary::<ModifiedI1>,
    aten::special_modified_bessel_k0 => unary::<ModifiedK0>, aten::special_modified_bessel_k1 => unary::<ModifiedK1>,
    aten::special_scaled_modified_bessel_k0 => unary::<ScaledK0>, aten::special_scaled_modified_bessel_k1 => unary::<ScaledK1>,
    aten::special_spherical_bessel_j0 => unary::<SphericalJ0>,
    aten::special_chebyshev_polynomial_t => binary::<ChebyshevT>, aten::special_chebyshev_polynomial_t.x_scalar => binary::<ChebyshevT>, aten::special_chebyshev_polynomial_t.n_scalar => binary::<ChebyshevT>,
    aten::special_chebyshev_polynomial_u => binary::<ChebyshevU>, aten::special_chebyshev_polynomial_u.x_scalar => binary::<ChebyshevU>, aten::special_chebyshev_polynomial_u.n_scalar => binary::<ChebyshevU>,
    aten::special_chebyshev_polynomial_v => binary::<ChebyshevV>, aten::special_chebyshev_polynomial_v.x_scalar => binary::<ChebyshevV>, aten::special_chebyshev_polynomial_v.n_scalar => binary::<ChebyshevV>,
    aten::special_chebyshev_polynomial_w => binary::<ChebyshevW>, aten::special_chebyshev_polynomial_w.x_scalar => binary::<ChebyshevW>, aten::special_chebyshev_polynomial_w.n_scalar => binary::<ChebyshevW>,
    aten::special_shifted_chebyshev_polynomial_t => binary::<ShiftedT>, aten::special_shifted_chebyshev_polynomial_t.x_scalar => binary::<ShiftedT>, aten::special_shifted_chebyshev_polynomial_t.n_scalar => binary::<ShiftedT>,
    aten::special_shifted_chebyshev_polynomial_u => binary::<ShiftedU>, aten::special_shifted_chebyshev_polynomial_u.x_scalar => binary::<ShiftedU>, aten::special_shifted_chebyshev_polynomial_u.n_scalar => binary::<ShiftedU>,
    aten::special_shifted_chebyshev_polynomial_v => binary::<ShiftedV>, aten::special_shifted_chebyshev_polynomial_v.x_scalar => binary::<ShiftedV>, aten::special_shifted_chebyshev_polynomial_v.n_scalar => binary::<ShiftedV>,
    aten::special_shifted_chebyshev_polynomial_w => binary::<ShiftedW>, aten::special_shifted_chebyshev_polynomial_w.x_scalar => binary::<ShiftedW>, aten::special_shifted_chebyshev_polynomial_w.n_scalar => binary::<ShiftedW>,
    aten::special_hermite_polynomial_h => binary::<HermiteH>, aten::special_hermite_polynomial_h.x_scalar => binary::<HermiteH>, aten::special_hermite_polynomial_h.n_scalar => binary::<HermiteH>,
    aten::special_hermite_polynomial_he => binary::<HermiteHe>, aten::special_hermite_polynomial_he.x_scalar => binary::<HermiteHe>, aten::special_hermite_polynomial_he.n_scalar => binary::<HermiteHe>,
    aten::special_laguerre_polynomial_l => binary::<LaguerreL>, aten::special_laguerre_polynomial_l.x_scalar => binary::<LaguerreL>, aten::special_laguerre_polynomial_l.n_scalar => binary::<LaguerreL>,
    aten::special_legendre_polynomial_p => binary::<LegendreP>, aten::special_legendre_polynomial_p.x_scalar => binary::<LegendreP>, aten::special_legendre_polynomial_p.n_scalar => binary::<LegendreP>,
}
