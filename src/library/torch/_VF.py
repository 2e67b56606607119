"""torch._VF: every operator under its own name, also those that torch wraps in a function."""

import _torch


def __getattr__(name):
    if not name.startswith("__") and _torch.has_operator(name):
        op = _torch.operator(name)
        globals()[name] = op
        return op
    raise AttributeError(f"module 'torch._VF' has no attribute {name!r}")
