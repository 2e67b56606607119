import torch
from typing import List, Optional


def mismatch(c: bool):
    if c:
        a = 1
    else:
        a = "text"
    return a


def outer(c: bool):
    a = 1
    if c:
        a = "text"
    return a


def operators(x, n: int):
    a = x.unknwon(1)
    b = torch.zerso(2)
    c = n.append(2)
    return torch.zeros("a")


def results(c: bool):
    if c:
        return 1
    return "a"


def declared(x) -> int:
    return x.shape


def missing(c: bool) -> int:
    if c:
        return 1


def keyword(x):
    return callee(x, z=2)


def callee(x, y: int):
    return x + y


def optional(y: Optional[int]):
    return y + 1


def empty():
    a = []
    a.append(1)
    return a


def unpack(t: List[int]):
    a, b = (1, 2, 3)
    *c, d = t
    return a


def tuple_index():
    t = (1, "a")
    return t[2]


def dict_key(d: List[int]):
    return d["a"]


def loop_type(n: int):
    x = 1
    for i in range(n):
        x = 2.5
    return x


def inferred(a, b: int):
    return a.append(b) or range(a)


def inferred_call(n):
    return _needs_int(n, n)


def _needs_int(n: List[int], m: int):
    return m
