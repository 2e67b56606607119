"""`torch.ops.aten.relu` is the operator."""

import _torch


def __getattr__(name):
    if not name.startswith("__") and _torch.has_operator(name):
        return _torch.operator(name)
    raise AttributeError(f"'_OpNamespace' 'aten' object has no attribute {name!r}")
