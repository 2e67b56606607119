"""Switches of libraries that are not here."""


class _Switches:
    enabled = False
    benchmark = False
    deterministic = False
    allow_tf32 = False

    def is_available(self):
        return False

    def is_built(self):
        return False


cudnn = _Switches()
mkldnn = _Switches()
mps = _Switches()
cuda = _Switches()
openmp = _Switches()
