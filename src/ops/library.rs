//! Operators that are written in TorchScript: `src/library/aten/*.py`, one function per operator, with its schema's parameters.
//!
//! Parameters have no annotations: their types are the schema's. Functions whose names begin with `_` are helpers of their file, and
//! annotated. Overloads that follow from others are not written at all, see [`super::derived`]. `docs/add-an-operator.md` shows an example.

/// An operator's full name, its function's name and the file (of [`FILES`]) it stands in.
#[derive(Debug)]
pub struct Function {
    pub operator: &'static str,
    pub function: &'static str,
    pub file: &'static str,
}

const fn of(operator: &'static str, function: &'static str, file: &'static str) -> Function {
    Function { operator, function, file }
}

/// Name and text of each file.
pub const FILES: &[(&str, &str)] = &[
    ("dropout", include_str!("../library/aten/dropout.py")),
    ("images", include_str!("../library/aten/images.py")),
    ("scatter", include_str!("../library/aten/scatter.py")),
    ("shapes", include_str!("../library/aten/shapes.py")),
    ("sums", include_str!("../library/aten/sums.py")),
    ("windows", include_str!("../library/aten/windows.py")),
];

/// Sorted by operator.
#[rustfmt::skip]
pub const FUNCTIONS: &[Function] = &[
    of("aten::_upsample_bicubic2d_aa.vec", "upsample_bicubic2d_aa", "windows"),
    of("aten::_upsample_bilinear2d_aa.vec", "upsample_bilinear2d_aa", "windows"),
    of("aten::_upsample_lanczos2d_aa.vec", "upsample_lanczos2d_aa", "windows"),
    of("aten::alpha_dropout", "alpha_dropout", "dropout"),
    of("aten::as_strided_scatter", "as_strided_scatter", "scatter"),
    of("aten::broadcast_shapes", "broadcast_shapes", "shapes"),
    of("aten::channel_shuffle", "channel_shuffle", "images"),
    of("aten::feature_alpha_dropout", "feature_alpha_dropout", "dropout"),
    of("aten::feature_dropout", "feature_dropout", "dropout"),
    of("aten::im2col", "im2col", "windows"),
    of("aten::index_reduce", "index_reduce", "scatter"),
    of("aten::mvlgamma", "mvlgamma", "sums"),
    of("aten::nonzero_static", "nonzero_static", "scatter"),
    of("aten::pdist", "pdist", "sums"),
    of("aten::pixel_shuffle", "pixel_shuffle", "images"),
    of("aten::pixel_unshuffle", "pixel_unshuffle", "images"),
    of("aten::renorm", "renorm", "sums"),
    of("aten::select_scatter", "select_scatter", "scatter"),
    of("aten::slice_scatter", "slice_scatter", "scatter"),
    of("aten::special_multigammaln", "mvlgamma", "sums"),
    of("aten::sum_to_size", "sum_to_size", "sums"),
    of("aten::trapezoid.dx", "trapezoid_dx", "sums"),
    of("aten::trapezoid.x", "trapezoid_x", "sums"),
    of("aten::trapz.dx", "trapezoid_dx", "sums"),
    of("aten::trapz.x", "trapezoid_x", "sums"),
];

/// The function that defines an operator, by the operator's full name (`aten::square`).
pub fn find(full_name: &str) -> Option<&'static Function> {
    FUNCTIONS.binary_search_by_key(&full_name, |f| f.operator).ok().map(|i| &FUNCTIONS[i])
}

/// The text of a file of [`FILES`].
pub fn text(file: &str) -> Option<&'static str> {
    FILES.iter().find(|f| f.0 == file).map(|f| f.1)
}
