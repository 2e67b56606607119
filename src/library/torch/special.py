"""torch.special: the operators whose names begin with special_."""

import _torch


def __getattr__(name):
    if not name.startswith("_") and _torch.has_operator("special_" + name):
        op = _torch.operator("special_" + name)
        globals()[name] = op
        return op
    raise AttributeError(f"module 'torch.special' has no attribute {name!r}")
