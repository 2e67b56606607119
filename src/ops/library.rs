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
    ("arrangements", include_str!("../library/aten/arrangements.py")),
    ("differences", include_str!("../library/aten/differences.py")),
    ("dropout", include_str!("../library/aten/dropout.py")),
    ("images", include_str!("../library/aten/images.py")),
    ("scatter", include_str!("../library/aten/scatter.py")),
    ("shapes", include_str!("../library/aten/shapes.py")),
    ("spectral", include_str!("../library/aten/spectral.py")),
    ("statistics", include_str!("../library/aten/statistics.py")),
    ("sums", include_str!("../library/aten/sums.py")),
    ("transformer", include_str!("../library/aten/transformer.py")),
    ("windows", include_str!("../library/aten/windows.py")),
];

/// Sorted by operator.
#[rustfmt::skip]
pub const FUNCTIONS: &[Function] = &[
    of("aten::_chunk_cat", "chunk_cat", "arrangements"),
    of("aten::_native_multi_head_attention", "native_multi_head_attention", "transformer"),
    of("aten::_nested_tensor_from_mask", "nested_tensor_from_mask", "transformer"),
    of("aten::_nested_tensor_from_mask_left_aligned", "nested_tensor_from_mask_left_aligned", "transformer"),
    of("aten::_softmax_backward_data", "softmax_backward_data", "arrangements"),
    of("aten::_transformer_encoder_layer_fwd", "transformer_encoder_layer_fwd", "transformer"),
    of("aten::_upsample_bicubic2d_aa.vec", "upsample_bicubic2d_aa", "windows"),
    of("aten::_upsample_bilinear2d_aa.vec", "upsample_bilinear2d_aa", "windows"),
    of("aten::_upsample_lanczos2d_aa.vec", "upsample_lanczos2d_aa", "windows"),
    of("aten::alpha_dropout", "alpha_dropout", "dropout"),
    of("aten::as_strided_scatter", "as_strided_scatter", "scatter"),
    of("aten::atleast_1d.Sequence", "atleast_1d", "arrangements"),
    of("aten::atleast_2d.Sequence", "atleast_2d", "arrangements"),
    of("aten::atleast_3d.Sequence", "atleast_3d", "arrangements"),
    of("aten::broadcast_shapes", "broadcast_shapes", "shapes"),
    of("aten::cartesian_prod", "cartesian_prod", "arrangements"),
    of("aten::chalf", "chalf", "arrangements"),
    of("aten::channel_shuffle", "channel_shuffle", "images"),
    of("aten::combinations", "combinations", "arrangements"),
    of("aten::corrcoef", "corrcoef", "statistics"),
    of("aten::cov", "cov", "statistics"),
    of("aten::cumulative_trapezoid.dx", "cumulative_trapezoid_dx", "differences"),
    of("aten::cumulative_trapezoid.x", "cumulative_trapezoid_x", "differences"),
    of("aten::diagflat", "diagflat", "arrangements"),
    of("aten::diagonal_scatter", "diagonal_scatter", "arrangements"),
    of("aten::diff", "diff", "differences"),
    of("aten::feature_alpha_dropout", "feature_alpha_dropout", "dropout"),
    of("aten::feature_dropout", "feature_dropout", "dropout"),
    of("aten::gradient.array", "gradient_array", "differences"),
    of("aten::gradient.scalararray", "gradient_scalararray", "differences"),
    of("aten::gradient.scalarint", "gradient_scalarint", "differences"),
    of("aten::gradient.scalarrayarray", "gradient_scalarrayarray", "differences"),
    of("aten::gradient.scalarrayint", "gradient_scalarrayint", "differences"),
    of("aten::gradient.tensorarray", "gradient_tensorarray", "differences"),
    of("aten::gradient.tensorarrayint", "gradient_tensorarrayint", "differences"),
    of("aten::im2col", "im2col", "windows"),
    of("aten::index_reduce", "index_reduce", "scatter"),
    of("aten::isin.Tensor_Scalar", "isin_scalar", "statistics"),
    of("aten::isin.Tensor_Tensor", "isin", "statistics"),
    of("aten::istft", "istft", "spectral"),
    of("aten::mvlgamma", "mvlgamma", "sums"),
    of("aten::nanquantile", "nanquantile", "statistics"),
    of("aten::nanquantile.scalar", "nanquantile_scalar", "statistics"),
    of("aten::nonzero_static", "nonzero_static", "scatter"),
    of("aten::pdist", "pdist", "sums"),
    of("aten::pixel_shuffle", "pixel_shuffle", "images"),
    of("aten::pixel_unshuffle", "pixel_unshuffle", "images"),
    of("aten::quantile", "quantile", "statistics"),
    of("aten::quantile.scalar", "quantile_scalar", "statistics"),
    of("aten::renorm", "renorm", "sums"),
    of("aten::select_scatter", "select_scatter", "scatter"),
    of("aten::slice_scatter", "slice_scatter", "scatter"),
    of("aten::special_multigammaln", "mvlgamma", "sums"),
    of("aten::stft", "stft", "spectral"),
    of("aten::stft.center", "stft_center", "spectral"),
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
