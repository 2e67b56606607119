"""Optimisers as programs construct them. Nothing is trained at build time: `step` refuses."""

from . import lr_scheduler


class Optimizer:
    def __init__(self, params, defaults=None, **kwargs):
        params = list(params)
        if len(params) == 0:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(params[0], dict):
            params = [{"params": params}]
        self.defaults = dict(defaults or {}, **kwargs)
        self.state = {}
        self.param_groups = [dict(self.defaults, **dict(g, params=list(g["params"]))) for g in params]

    def add_param_group(self, group):
        self.param_groups.append(dict(self.defaults, **group))

    def zero_grad(self, set_to_none=True):
        pass

    def state_dict(self):
        return {"state": {}, "param_groups": []}

    def load_state_dict(self, state_dict):
        pass

    def step(self, closure=None):
        raise RuntimeError("parameters cannot be trained at build time")


class _WithRate(Optimizer):
    def __init__(self, params, lr=1e-3, *args, **kwargs):
        super().__init__(params, dict(kwargs, lr=lr))


class SGD(_WithRate):
    pass


class Adam(_WithRate):
    pass


class AdamW(_WithRate):
    pass


class Adamax(_WithRate):
    pass


class NAdam(_WithRate):
    pass


class RAdam(_WithRate):
    pass


class Adagrad(_WithRate):
    pass


class Adadelta(_WithRate):
    pass


class RMSprop(_WithRate):
    pass


class Rprop(_WithRate):
    pass


class ASGD(_WithRate):
    pass


class LBFGS(_WithRate):
    pass


class SparseAdam(_WithRate):
    pass
