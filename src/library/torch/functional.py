"""Functions of torch that are TorchScript rather than operators."""

from typing import List, Optional, Tuple

import torch
from torch import Tensor
from torch.jit import _overload
from torch.nn.functional import _boolean_dispatch, pad as _pad


@_overload
def norm(input, p="fro", dim=None, keepdim=False, out=None, dtype=None):
    # type: (Tensor, str, Optional[List[int]], bool, Optional[Tensor], Optional[int]) -> Tensor
    pass


@_overload
def norm(input, p=2, dim=None, keepdim=False, out=None, dtype=None):
    # type: (Tensor, Optional[number], Optional[List[int]], bool, Optional[Tensor], Optional[int]) -> Tensor
    pass


@_overload
def norm(input, p=2, dim=None, keepdim=False, out=None, dtype=None):
    # type: (Tensor, Optional[number], Optional[int], bool, Optional[Tensor], Optional[int]) -> Tensor
    pass


@_overload
def norm(input, p="fro", dim=None, keepdim=False, out=None, dtype=None):
    # type: (Tensor, str, Optional[int], bool, Optional[Tensor], Optional[int]) -> Tensor
    pass


def norm(input, p="fro", dim=None, keepdim=False, out=None, dtype=None):
    if dim is not None:
        if isinstance(dim, int):
            dims = [dim]
        else:
            dims = dim
    else:
        dims = None
    if isinstance(p, str):
        if p == "fro" and (dim is None or isinstance(dim, int) or len(dim) <= 2):
            result = torch.linalg.vector_norm(input, 2, dims, keepdim, dtype=dtype)
        else:
            if dims is None:
                dims = list(range(input.ndim))
            result = torch.linalg.matrix_norm(input, p, dims, keepdim, dtype=dtype)
    else:
        order = 2.0 if p is None else p
        result = torch.linalg.vector_norm(input, order, dims, keepdim, dtype=dtype)
    return result if out is None else out.resize_(result.size()).copy_(result)


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Tensor:
    if compute_mode == "use_mm_for_euclid_dist_if_necessary":
        return torch._VF.cdist(x1, x2, p, None)
    elif compute_mode == "use_mm_for_euclid_dist":
        return torch._VF.cdist(x1, x2, p, 1)
    elif compute_mode == "donot_use_mm_for_euclid_dist":
        return torch._VF.cdist(x1, x2, p, 2)
    else:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode")


def stft(
    input: Tensor,
    n_fft: int,
    hop_length: Optional[int] = None,
    win_length: Optional[int] = None,
    window: Optional[Tensor] = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: Optional[bool] = None,
    return_complex: Optional[bool] = None,
    align_to_window: Optional[bool] = None,
) -> Tensor:
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    if center:
        signal_dim = input.dim()
        extended_shape = [1] * (3 - signal_dim) + list(input.size())
        pad = int(n_fft // 2)
        input = _pad(input.view(extended_shape), [pad, pad], pad_mode)
        input = input.view(input.shape[-signal_dim:])
    return torch._VF.stft(input, n_fft, hop_length, win_length, window, normalized, onesided, return_complex, align_to_window)


@_overload
def tensordot(a, b, dims=2, out=None):
    # type: (Tensor, Tensor, int, Optional[Tensor]) -> Tensor
    pass


@_overload
def tensordot(a, b, dims, out=None):
    # type: (Tensor, Tensor, Tuple[List[int], List[int]], Optional[Tensor]) -> Tensor
    pass


@_overload
def tensordot(a, b, dims, out=None):
    # type: (Tensor, Tensor, List[List[int]], Optional[Tensor]) -> Tensor
    pass


@_overload
def tensordot(a, b, dims, out=None):
    # type: (Tensor, Tensor, Tensor, Optional[Tensor]) -> Tensor
    pass


def tensordot(a, b, dims, out=None):
    dims_a: List[int] = []
    dims_b: List[int] = []
    if isinstance(dims, (tuple, list)):
        dims_a = dims[0]
        dims_b = dims[1]
    elif isinstance(dims, Tensor):
        num_elements = dims.numel()
        if num_elements > 1:
            dims_a = torch.jit.annotate(List[int], dims[0].tolist())
            dims_b = torch.jit.annotate(List[int], dims[1].tolist())
        else:
            dims_val = int(dims.item())
            if dims_val < 0:
                raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
            dims_a = list(range(-dims_val, 0))
            dims_b = list(range(dims_val))
    else:
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.dim(), b.dim()):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        dims_a = list(range(-dims, 0))
        dims_b = list(range(dims))
    result = torch._VF.tensordot(a, b, dims_a, dims_b)
    return result if out is None else out.resize_(result.size()).copy_(result)


def _unique_impl(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tuple[Tensor, Tensor, Tensor]:
    if dim is not None:
        output, inverse_indices, counts = torch._VF.unique_dim(
            input, dim, sorted=sorted, return_inverse=return_inverse, return_counts=return_counts
        )
    else:
        output, inverse_indices, counts = torch._unique2(
            input, sorted=sorted, return_inverse=return_inverse, return_counts=return_counts
        )
    return output, inverse_indices, counts


def _return_counts(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tuple[Tensor, Tensor]:
    output, _, counts = _unique_impl(input, sorted, return_inverse, return_counts, dim)
    return output, counts


def _return_output(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tensor:
    output, _, _ = _unique_impl(input, sorted, return_inverse, return_counts, dim)
    return output


def _return_inverse(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tuple[Tensor, Tensor]:
    output, inverse_indices, _ = _unique_impl(input, sorted, return_inverse, return_counts, dim)
    return output, inverse_indices


_return_inverse_false = _boolean_dispatch("return_counts", 3, False, _return_counts, _return_output, "unique")
_return_inverse_true = _boolean_dispatch("return_counts", 3, False, _unique_impl, _return_inverse, "unique")
unique = _boolean_dispatch("return_inverse", 2, False, _return_inverse_true, _return_inverse_false, "unique")


def _unique_consecutive_impl(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tuple[Tensor, Tensor, Tensor]:
    output, inverse_indices, counts = torch._VF.unique_consecutive(
        input, return_inverse=return_inverse, return_counts=return_counts, dim=dim
    )
    return output, inverse_indices, counts


def _consecutive_return_counts(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tuple[Tensor, Tensor]:
    output, _, counts = _unique_consecutive_impl(input, return_inverse, return_counts, dim)
    return output, counts


def _consecutive_return_output(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tensor:
    output, _, _ = _unique_consecutive_impl(input, return_inverse, return_counts, dim)
    return output


def _consecutive_return_inverse(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: Optional[int] = None
) -> Tuple[Tensor, Tensor]:
    output, inverse_indices, _ = _unique_consecutive_impl(input, return_inverse, return_counts, dim)
    return output, inverse_indices


_consecutive_return_inverse_false = _boolean_dispatch(
    "return_counts", 2, False, _consecutive_return_counts, _consecutive_return_output, "unique_consecutive"
)
_consecutive_return_inverse_true = _boolean_dispatch(
    "return_counts", 2, False, _unique_consecutive_impl, _consecutive_return_inverse, "unique_consecutive"
)
unique_consecutive = _boolean_dispatch(
    "return_inverse", 1, False, _consecutive_return_inverse_true, _consecutive_return_inverse_false, "unique_consecutive"
)


def _lu_impl(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Tuple[Tensor, Tensor, Tensor]:
    return torch._lu_with_info(A, pivot=pivot, check_errors=(not get_infos))


def _lu_with_infos(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Tuple[Tensor, Tensor, Tensor]:
    return _lu_impl(A, pivot, get_infos)


def _lu_no_infos(A: Tensor, pivot: bool = True, get_infos: bool = False) -> Tuple[Tensor, Tensor]:
    factors, pivots, _ = _lu_impl(A, pivot, get_infos)
    return factors, pivots


lu = _boolean_dispatch("get_infos", 2, False, _lu_with_infos, _lu_no_infos, "lu")
