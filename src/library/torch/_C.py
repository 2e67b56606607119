"""What programs use of PyTorch's interior. Its switches and its passes over graphs leave what a program computes as it is: here they do nothing."""

import torch

_PREFIXES = ("_debug_", "_enable_", "_jit_pass_", "_jit_set_", "_jit_override_", "_set_graph_executor_", "_set_print_stack_traces_")


def _get_tracing_state():
    return None


def _infer_size(a, b):
    return list(torch.broadcast_shapes(a, b))


def _nothing(*args, **kwargs):
    pass


def __getattr__(name):
    if name.startswith(_PREFIXES):
        return _nothing
    raise AttributeError(f"module 'torch._C' has no attribute {name!r}")
