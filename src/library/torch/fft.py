"""torch.fft: the operators whose names begin with fft_."""

import _torch


def __getattr__(name):
    if not name.startswith("_") and _torch.has_operator("fft_" + name):
        op = _torch.operator("fft_" + name)
        globals()[name] = op
        return op
    raise AttributeError(f"module 'torch.fft' has no attribute {name!r}")
