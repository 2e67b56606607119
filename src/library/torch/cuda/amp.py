"""Mixed precision on CUDA devices."""

from torch import _scripted, amp


class autocast(amp.autocast):
    __script_class__ = _scripted.cuda_autocast

    def __init__(self, enabled=True, dtype=None, cache_enabled=None):
        super().__init__("cuda", dtype, enabled, cache_enabled)
