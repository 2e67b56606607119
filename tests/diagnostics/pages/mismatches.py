"""Types that do not fit: both types, and where each came from."""
import torch
from typing import Dict, List, Optional, Tuple, Union


def takes_floats(xs: List[float]) -> int:
    return len(xs)


def takes_str(s: str) -> str:
    return s


@torch.jit.script
def branches(c: bool):
    if c:
        a = 1
    else:
        a = "text"
    return a


@torch.jit.script
def reassigned(c: bool):
    a = 1
    if c:
        a = "text"
    return a


@torch.jit.script
def in_loop(n: int):
    x = 1
    for i in range(n):
        x = 2.5
    return x


@torch.jit.script
def ternary(c: bool):
    return 1 if c else [1]


@torch.jit.script
def two_returns(c: bool):
    if c:
        return 1
    return "a"


@torch.jit.script
def declared_result(x) -> int:
    return x.shape


@torch.jit.script
def argument(xs: List[int]) -> int:
    return takes_floats(xs)


@torch.jit.script
def not_annotated(n):
    return "a" * n + takes_str(n)


@torch.jit.script
def annotated_variable():
    x: List[int] = [1.5]
    return x


@torch.jit.script
def optional(y: Optional[int]):
    return y + 1


@torch.jit.script
def union(y: Union[int, str]):
    return y + 1


@torch.jit.script
def empty_list():
    a = []
    a.append(1)
    return a


@torch.jit.script
def unpack():
    a, b = (1, 2, 3)
    return a


@torch.jit.script
def unpack_int(n: int):
    a, b = n
    return a


@torch.jit.script
def tuple_index():
    t = (1, "a")
    return t[2]


@torch.jit.script
def list_key(d: List[int]):
    return d["a"]


@torch.jit.script
def dict_key(d: Dict[str, int]):
    return d[1]


@torch.jit.script
def condition(xs: List[int], s: str):
    if xs:
        return 1
    return 0


@torch.jit.script
def not_callable(n: int):
    return n(1)


@torch.jit.script
def not_iterable(x: float):
    for i in x:
        pass
    return x


@torch.jit.script
def range_of_float(x: float):
    for i in range(x):
        pass
    return x


@torch.jit.script
def wrong_key(d: Dict[List[int], int]):
    return d


@torch.jit.script
def list_key_literal(xs: List[int]):
    return {xs: 1}


@torch.jit.script
def none_result(x) -> None:
    return x
