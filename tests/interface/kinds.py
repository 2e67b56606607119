"""Every kind of value that crosses the C interface."""
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor


class Span(NamedTuple):
    first: int
    last: int
    label: str


@torch.jit.script
def add(a: int, b: int) -> int:
    return a + b


@torch.jit.script
def half(x: float, up: bool) -> float:
    return x / 2 + (1.0 if up else 0.0)


@torch.jit.script
def greet(name: str) -> str:
    return "hello, " + name


@torch.jit.script
def squares(xs: List[int]) -> List[int]:
    return [x * x for x in xs]


@torch.jit.script
def words(text: str) -> Dict[str, int]:
    counts: Dict[str, int] = {}
    for word in text.split():
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return counts


@torch.jit.script
def total(counts: Dict[str, int]) -> int:
    n = 0
    for k, v in counts.items():
        n += v
    return n


@torch.jit.script
def divide(a: int, b: int) -> Tuple[int, int]:
    return a // b, a % b


@torch.jit.script
def widen(s: Span, by: int) -> Span:
    return Span(s.first - by, s.last + by, s.label + "!")


@torch.jit.script
def first(xs: List[str]) -> Optional[str]:
    if len(xs) == 0:
        return None
    return xs[0]


@torch.jit.script
def or_zero(x: Optional[int]) -> int:
    return 0 if x is None else x


@torch.jit.script
def scale(x: Tensor, bias: Optional[Tensor]) -> Tensor:
    y = x * 2
    if bias is not None:
        y = y + bias
    return y


@torch.jit.script
def parts(x: Tensor) -> List[Tensor]:
    return [x[0], x[1:]]


@torch.jit.script
def check(x: int) -> int:
    if x < 0:
        raise ValueError("x must not be negative")
    return x
