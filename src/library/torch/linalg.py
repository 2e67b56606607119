"""torch.linalg: the operators whose names begin with linalg_."""

import _torch


def __getattr__(name):
    if not name.startswith("_") and _torch.has_operator("linalg_" + name):
        op = _torch.operator("linalg_" + name)
        globals()[name] = op
        return op
    raise AttributeError(f"module 'torch.linalg' has no attribute {name!r}")


class LinAlgError(RuntimeError):
    pass
