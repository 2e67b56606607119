from typing import Tuple
from torch import nn, Tensor
import torch


class Halve(nn.Module):
    def forward(self, x: Tensor, k: int) -> Tensor:
        return x / k


def no_tuple(self, input: Tensor) -> None:
    pass


def wrong_input(self, input: Tuple[Tensor, str]) -> None:
    pass


def wrong_count(self, input: Tuple[Tensor, int], output: Tensor) -> None:
    pass


def wrong_result(self, input: Tuple[Tensor, int]) -> Tuple[Tensor, Tensor]:
    return (input[0], input[0])


def no_annotation(self, input: Tuple[Tensor, int]):
    return input


def wrong_output(self, input: Tuple[Tensor, int], output: int) -> Tensor:
    return input[0]


def forward_pre(hook):
    m = Halve()
    m.register_forward_pre_hook(hook)
    return torch.jit.script(m)


def forward(hook):
    m = Halve()
    m.register_forward_hook(hook)
    return torch.jit.script(m)


a = forward_pre(no_tuple)
b = forward_pre(wrong_input)
c = forward_pre(wrong_count)
d = forward_pre(wrong_result)
e = forward_pre(no_annotation)
f = forward(wrong_output)
