"""Names that programs mention; nothing is differentiated at build time."""


class Function:
    @classmethod
    def apply(cls, *args):
        raise RuntimeError("torch.autograd.Function is not available at build time")


Variable = None


def grad(*args, **kwargs):
    raise RuntimeError("automatic differentiation is not available at build time")
