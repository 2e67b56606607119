"""Names that programs mention; nothing is differentiated at build time."""

from torch import enable_grad, inference_mode, no_grad, set_grad_enabled

from . import profiler


class Function:
    @classmethod
    def apply(cls, *args):
        return cls.forward(_Context(), *args)


class _Context:
    """What `forward` may note for a gradient that is never taken."""

    def save_for_backward(self, *tensors):
        self.saved_tensors = tensors

    def mark_dirty(self, *tensors):
        pass

    def mark_non_differentiable(self, *tensors):
        pass


def Variable(data, requires_grad=False, volatile=False):
    data.requires_grad = requires_grad
    return data


def grad(*args, **kwargs):
    raise RuntimeError("automatic differentiation is not available at build time")


backward = grad
