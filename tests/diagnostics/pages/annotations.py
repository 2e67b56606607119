"""Annotations that PyTorch refuses: type comments that do not fit, forms without what they contain, NamedTuples."""
from collections import namedtuple
from typing import Any, List, NamedTuple, Tuple

import torch
import torch.nn as nn
from torch import Tensor


@torch.jit.script
def wrong_return_line(
    a,  # type: Tensor
    b,  # type: Tensor
):
    # type: (int, int) -> Tensor
    return a + b


@torch.jit.script
def no_return_line(
    a,  # type: Tensor
):
    return a


@torch.jit.script
def one_without(
    a,  # type: Tensor
    b,
    c,  # type: Tensor
):
    # type: (...) -> Tensor
    return a + b + c


@torch.jit.script
def bare_list(x: Any) -> bool:
    return isinstance(x, List)


@torch.jit.script
def bare_tuple(x: Tuple) -> int:
    return 1


class Loose(NamedTuple):
    first: int
    rest: List[Any]


@torch.jit.script
def loose(x: int) -> int:
    return Loose(x, [1]).first


_1 = namedtuple("Outputs", ["logits", "aux"])
_2 = namedtuple("Outputs", ["different"])


@torch.jit.script
def twice(x, y):
    # type: (_1, _2) -> _1
    return x


@torch.jit.interface
class Step(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        pass


class Add(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + 1


class Steps(nn.Module):
    step: Step

    def __init__(self):
        super().__init__()
        self.step = Add()

    def forward(self, x: Tensor) -> Tensor:
        return self.step.forward(x)

    @torch.jit.export
    def all(self, x: Tensor) -> Tensor:
        for module in self.modules():
            x = module(x)
        return x


steps = torch.jit.script(Steps())


@torch.jit.interface
class Halver:
    def halve(self, x: Tensor) -> Tensor:
        pass


@torch.jit.script
class Doubler:
    def __init__(self):
        pass

    def double(self, x: Tensor) -> Tensor:
        return 2 * x


class Halves(nn.Module):
    halver: Halver

    def __init__(self):
        super().__init__()
        self.halver = Doubler()

    def forward(self, x: Tensor) -> Tensor:
        return self.halver.halve(x)


halves = torch.jit.script(Halves())
