//! torchvision's operators.

use crate::ops::facts;
use crate::ops::registry::{Kind::Call, Record, op};

pub const OPERATORS: &[Record] = &[
    op(Call, facts::unknown, "torchvision::box_iou_rotated(Tensor boxes1, Tensor boxes2) -> Tensor"),
    op(
        Call,
        facts::unknown,
        "torchvision::deform_conv2d(Tensor input, Tensor weight, Tensor offset, Tensor mask, Tensor bias, SymInt stride_h, SymInt stride_w, SymInt pad_h, SymInt pad_w, SymInt dilation_h, SymInt dilation_w, SymInt groups, SymInt offset_groups, bool use_mask) -> Tensor",
    ),
    op(Call, facts::unknown, "torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"),
    op(
        Call,
        facts::unknown,
        "torchvision::ps_roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, int sampling_ratio) -> (Tensor, Tensor)",
    ),
    op(
        Call,
        facts::unknown,
        "torchvision::ps_roi_pool(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width) -> (Tensor, Tensor)",
    ),
    op(
        Call,
        facts::unknown,
        "torchvision::roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor",
    ),
    op(
        Call,
        facts::unknown,
        "torchvision::roi_pool(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, SymInt pooled_width) -> (Tensor, Tensor)",
    ),
];
