"""Classes, modules and functions that TorchScript cannot compile."""
import torch
from torch import nn
from typing import Dict, List, Optional


class Base:
    def __init__(self):
        self.x = 1


@torch.jit.script
class Inherits(Base):
    def __init__(self):
        self.y = 2


@torch.jit.script
class NoAnnotation:
    def __init__(self, n: int):
        self.n = n

    def set(self, n: int):
        self.other = n


@torch.jit.script
class Conditional:
    def __init__(self, n: int):
        if n > 0:
            self.n = n


@torch.jit.script
class Retyped:
    def __init__(self, n: int):
        self.n = n

    def set(self):
        self.n = "a"


@torch.jit.script
class WithClassMethod:
    def __init__(self):
        self.x = 1

    @classmethod
    def make(cls):
        return cls()


@torch.jit.script
def uses_class_method():
    return WithClassMethod.make()


@torch.jit.script
def args(*xs):
    return xs


@torch.jit.script
def kwargs(**xs: int):
    return xs


@torch.jit.script
def mutable_default(xs: List[int] = []):
    return xs


@torch.jit.script
def recursive(n: int):
    return recursive(n - 1)


class Weird(nn.Module):
    def __init__(self):
        super().__init__()
        self.thing = object()
        self.sizes = {1, 2}

    def forward(self, x):
        return self.thing


m1 = torch.jit.script(Weird())


class SetAny(nn.Module):
    def forward(self, x):
        self.missing = x
        return x


m2 = torch.jit.script(SetAny())


class Indexes(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.ReLU(), nn.Linear(2, 2)])

    def forward(self, x, i: int):
        return self.layers[i](x)


m3 = torch.jit.script(Indexes())


class BreaksUnrolled(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.ReLU()])

    def forward(self, x):
        for layer in self.layers:
            if bool(x.sum() > 1):
                break
            x = layer(x)
        return x


m4 = torch.jit.script(BreaksUnrolled())


class Parameters(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(2, 2)

    def forward(self, x):
        for p in self.parameters():
            x = x + p.sum()
        return x


m5 = torch.jit.script(Parameters())


class Unannotated(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = []

    def forward(self, x):
        self.items.append(1)
        return x


m6 = torch.jit.script(Unannotated())


class Function(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x


@torch.jit.script
def custom(x):
    return Function.apply(x)


variable = 3


@torch.jit.script
def reads_global():
    return variable


table = {"a": 1}


@torch.jit.script
def reads_dict():
    return table["a"]


@torch.jit.script
def requires_grad():
    return torch.zeros(2, requires_grad=True)


import numpy as np


@torch.jit.script
def numpy(x):
    return np.sin(x)
