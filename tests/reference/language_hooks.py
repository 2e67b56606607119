"""Hooks of the exported module and of its submodules."""
import torch
from typing import Tuple, List
from torch import nn

class Sub(nn.Module):
    def forward(self, x: List[int]) -> List[int]:
        return x + [1]

class M(nn.Module):
    def __init__(self):
        super().__init__()
        self.sub = Sub()
        self.k = 3

    def forward(self, x: List[int], y: int = 2) -> List[int]:
        return self.sub(x) + [y * self.k]

def pre(self, input: Tuple[List[int], int]) -> Tuple[List[int], int]:
    return (input[0] + [100], input[1] + 1)

def post(self, input: Tuple[List[int], int], output: List[int]) -> List[int]:
    return output + [len(input[0]), self.k]

def spre(self, input: Tuple[List[int]]) -> List[int]:
    return input[0] + [7]

raw = M()
raw.register_forward_pre_hook(pre)
raw.register_forward_hook(post)
raw.sub.register_forward_pre_hook(spre)
m = torch.jit.script(raw)
print(m([1, 2], 5))
print(m.forward([1, 2], 5))
