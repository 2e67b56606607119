"""Names that programs mention; nothing is differentiated at build time."""

from . import profiler
from torch import enable_grad, no_grad, set_grad_enabled


class Function:
    @classmethod
    def apply(cls, *args):
        raise RuntimeError("torch.autograd.Function is not available at build time")


Variable = None


def grad(*args, **kwargs):
    raise RuntimeError("automatic differentiation is not available at build time")
