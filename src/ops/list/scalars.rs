//! Numbers and the environment.

use crate::ops::facts;
use crate::ops::registry::{
    Kind::{Call, Native},
    Record, op,
};

pub const OPERATORS: &[Record] = &[
    op(Call, facts::unknown, "aten::_cufft_clear_plan_cache(int device_index) -> ()"),
    op(Call, facts::unknown, "aten::_cufft_get_plan_cache_max_size(int device_index) -> int"),
    op(Call, facts::unknown, "aten::_cufft_get_plan_cache_size(int device_index) -> int"),
    op(Call, facts::unknown, "aten::_cufft_set_plan_cache_max_size(int device_index, int max_size) -> ()"),
    op(Call, facts::unknown, "aten::_get_cpu_capability() -> str"),
    op(Call, facts::unknown, "aten::_get_tracing_state() -> bool"),
    op(Call, facts::unknown, "aten::_infer_size(int[] a, int[] b) -> int[]"),
    op(Call, facts::unknown, "aten::_print(str s) -> ()"),
    op(Native, facts::unknown, "aten::_size_if_not_equal(int[] self_size, int[] other_size) -> int[]?"),
    op(Native, facts::unknown, "aten::_unwrap_optional(t(a)? optional) -> t(a)"),
    op(Call, facts::unknown, "aten::confirmed_by_owner(RRef(t) self) -> bool"),
    op(Native, facts::unknown, "aten::divmod.int(int x, int y) -> (int, int)"),
    op(Native, facts::unknown, "aten::divmod.float(float x, float y) -> (float, float)"),
    op(Native, facts::unknown, "aten::divmod.int_float(int x, float y) -> (float, float)"),
    op(Native, facts::unknown, "aten::divmod.float_int(float x, int y) -> (float, float)"),
    op(Call, facts::unknown, "aten::has_torch_function(...) -> bool"),
    op(Call, facts::unknown, "aten::local_value(RRef(t) self) -> t(*)"),
    op(Native, facts::unknown, "aten::mathremainder.int(int a, int b) -> float"),
    op(Native, facts::unknown, "aten::mathremainder.float(float a, float b) -> float"),
    op(Native, facts::unknown, "aten::mathremainder.int_float(int a, float b) -> float"),
    op(Native, facts::unknown, "aten::mathremainder.float_int(float a, int b) -> float"),
    op(Native, facts::unknown, "aten::mathremainder(Scalar a, Scalar b) -> float"),
    op(Call, facts::unknown, "aten::owner(RRef(t) self) -> __torch__.torch.classes.dist_rpc.WorkerInfo"),
    op(Call, facts::unknown, "aten::owner_name(RRef(t) self) -> str"),
    op(Call, facts::unknown, "aten::save(t item, str filename) -> ()"),
    op(Call, facts::unknown, "aten::to_here(RRef(t) self, float timeout=60.) -> t(*)"),
    op(Native, facts::unknown, "aten::wait(Future(t) self) -> t"),
    op(Native, facts::unknown, "aten::warn(str message, int stacklevel=2) -> ()"),
];
