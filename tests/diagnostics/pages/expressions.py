"""Expressions that TorchScript does not have, one a function."""
import torch
from typing import Any, Dict, List, Optional, Set, Tuple


@torch.jit.script
def lambda_value(n: int):
    f = lambda x: x + 1
    return f(n)


@torch.jit.script
def set_display(n: int):
    return {1, n}


@torch.jit.script
def set_comprehension(n: int):
    return {i for i in range(n)}


@torch.jit.script
def set_call(n: int):
    return set([n])


@torch.jit.script
def generator_expression(n: int):
    return sum(i for i in range(n))


@torch.jit.script
def comprehension_if(n: int):
    return [i for i in range(n) if i > 1]


@torch.jit.script
def nested_comprehension(n: int):
    return [i + j for i in range(n) for j in range(n)]


@torch.jit.script
def walrus(n: int):
    if (m := n) > 1:
        return m
    return n


@torch.jit.script
def bytes_literal():
    return b"a"


@torch.jit.script
def large_int():
    return 99999999999999999999999


@torch.jit.script
def conversion(n: int):
    return f"{n!r}"


@torch.jit.script
def formatted(x: float):
    return f"{x:.2f}"


@torch.jit.script
def keyword_dictionary(x, d: Dict[str, int]):
    return torch.relu(**d)


@torch.jit.script
def dict_unpacking(d: Dict[str, int]):
    return {**d}


@torch.jit.script
def list_unpacking(xs: List[int]):
    return [*xs, 1]


@torch.jit.script


@torch.jit.script
def tuple_step(t: Tuple[int, int, int]):
    return t[::2]


@torch.jit.script
def variable_tuple_index(t: Tuple[int, str], i: int):
    return t[i]


@torch.jit.script
def reverse_builtin(xs: List[int]):
    return list(map(int, xs))


@torch.jit.script
def type_call(x):
    return type(x)


@torch.jit.script
def getattr_variable(x, name: str):
    return getattr(x, name)


@torch.jit.script
def setattr_call(x):
    setattr(x, "a", 1)
    return x


@torch.jit.script
def open_file(path: str):
    return open(path)


@torch.jit.script
def eval_text(s: str):
    return eval(s)


@torch.jit.script
def mixed_list():
    return [1, "a", 2.0]


@torch.jit.script
def mixed_dict():
    return {1: 2, "a": 3}


@torch.jit.script
def dict_of_lists(xs: List[int]):
    return {xs: 1}


@torch.jit.script
def set_type(x: Set[int]):
    return x


@torch.jit.script
def keyword_dict():
    return dict(a=1)


@torch.jit.script
def super_call(x):
    return super().forward(x)
