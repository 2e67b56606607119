"""Mixed precision on the CPU."""

from torch import _scripted, amp


class autocast(amp.autocast):
    __script_class__ = _scripted.cpu_autocast

    def __init__(self, enabled=True, dtype=None, cache_enabled=None):
        super().__init__("cpu", dtype, enabled, cache_enabled)
