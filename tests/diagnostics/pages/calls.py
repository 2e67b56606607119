"""Calls that fit no candidate, and functions that do not always return."""
import torch
from typing import List, Optional


def callee(x, y: int, z: Optional[int] = None):
    return x + y


@torch.jit.script
def few(x):
    return callee(x)


@torch.jit.script
def many(x):
    return callee(x, 1, 2, 3)


@torch.jit.script
def unknown_keyword(x):
    return callee(x, 1, w=2)


@torch.jit.script
def twice(x):
    return callee(x, 1, x=x)


@torch.jit.script
def wrong_type(x):
    return callee(x, "a")


@torch.jit.script
def operator_few(x):
    return torch.transpose(x, 0)


@torch.jit.script
def operator_many(x):
    return x.relu(1)


@torch.jit.script
def operator_types(x):
    return torch.cat(x, "a")


@torch.jit.script
def operator_keyword(x):
    return x.sum(axes=0)


@torch.jit.script
def arithmetic(n: int, s: str):
    return n + s


@torch.jit.script
def comparison(n: int, xs: List[int]):
    return n < xs


@torch.jit.script
class Point:
    def __init__(self, x: int, y: int):
        self.x = x
        self.y = y

    def move(self, by: int):
        self.x += by


@torch.jit.script
def constructor():
    return Point(1)


@torch.jit.script
def method(p: Point):
    p.move(1, 2)


@torch.jit.script
def magic(p: Point):
    return p + p


@torch.jit.script
def missing_return(c: bool) -> int:
    if c:
        return 1


@torch.jit.script
def missing_in_loop(n: int) -> int:
    for i in range(n):
        if i > 3:
            return i


@torch.jit.script
def missing_in_while(n: int) -> int:
    while n > 0:
        n -= 1


@torch.jit.script
def value_and_nothing(c: bool):
    if c:
        return 1
    print("no value")


@torch.jit.script
def builtin_few():
    return len()


@torch.jit.script
def builtin_many(xs: List[int]):
    return len(xs, 1)


@torch.jit.script
def range_many(n: int):
    for i in range(1, 2, 3, 4):
        n += i
    return n
