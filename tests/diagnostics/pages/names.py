"""Names that are not there, with what may be meant."""
import math

import torch
import torch.nn.functional as F
from typing import List


@torch.jit.script
def variable(value):
    return valeu + 1


@torch.jit.script
def builtin(xs: List[int]):
    return lenn(xs)


@torch.jit.script
def operator(x):
    return torch.sofmax(x, 0)


@torch.jit.script
def functional(x):
    return F.rellu(x)


@torch.jit.script
def method(x):
    return x.sqeeze(0)


@torch.jit.script
def list_method(xs: List[int]):
    xs.apend(1)
    return xs


@torch.jit.script
def str_method(s: str):
    return s.spilt(",")


@torch.jit.script
def constant():
    return math.pie


@torch.jit.script
def keyword(x):
    return torch.softmax(x, dmi=0)


@torch.jit.script
def dtype(n: int):
    return torch.zeros(n, dtype=torch.float31)


@torch.jit.script
class Point:
    def __init__(self, x: int):
        self.position = x

    def norm(self):
        return self.positoin


@torch.jit.script
def attribute(p: Point):
    return p.positon


@torch.jit.script
def undefined_in_one_branch(c: bool):
    if c:
        a = 1
    return a


@torch.jit.script
def undefined_after_loop(n: int):
    for i in range(n):
        last = i
    return last


@torch.jit.script
def undefined_in_nested(c: bool, d: bool):
    if c:
        if d:
            a = 1
        else:
            b = 2
    else:
        a = 3
    return a


@torch.jit.script
def deleted(n: int):
    x = n
    del x
    return x


@torch.jit.script
def before_assignment(n: int):
    y = z
    z = n
    return y


@torch.jit.script
def annotation(x: Tensro):
    return x
