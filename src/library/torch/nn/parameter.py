"""Parameters: tensors that modules register."""

import _torch
import torch
from torch import Tensor



class Parameter(Tensor):
    def __new__(cls, data=None, requires_grad=True):
        if data is None:
            data = torch.empty(0)
        return _torch.subclass(cls, data, requires_grad)

    def __init__(self, data=None, requires_grad=True):
        pass

    def __deepcopy__(self, memo):
        return _torch.subclass(type(self), self.detach().clone(), self.requires_grad)


class Buffer(Tensor):
    def __new__(cls, data=None, *, persistent=True):
        if data is None:
            data = torch.empty(0)
        made = _torch.subclass(cls, data, False)
        made.persistent = persistent
        return made

    def __init__(self, data=None, *, persistent=True):
        pass


class UninitializedParameter(Parameter):
    pass


class UninitializedBuffer(Tensor):
    pass
