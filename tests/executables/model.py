"""Exports of every kind for the command line."""
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import nn


class Pair(NamedTuple):
    count: int
    data: torch.Tensor


@torch.jit.script
def echo(
    n: int,
    xs: List[float],
    d: Dict[str, int],
    s: str = "hi",
    o: Optional[int] = None,
    t: Tuple[int, str] = (1, "a"),
    b: bool = True,
) -> Tuple[int, List[float], Dict[str, int], str, Optional[int], Tuple[int, str], bool]:
    return n, xs, d, s, o, t, b


@torch.jit.script
def pair(n: int):
    return Pair(n, torch.arange(n))


@torch.jit.script
def zeros(dtype: torch.dtype, device: torch.device):
    return torch.zeros(2, dtype=dtype, device=device)


@torch.jit.script
def dynamic(x: Union[int, str], a: Any, c: complex):
    return x, a, c * 2


@torch.jit.script
def total(xs: Dict[str, torch.Tensor]) -> float:
    sum = 0.0
    for x in xs.values():
        sum += float(x.sum())
    return sum


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.factor = nn.Parameter(torch.tensor([1.0, 2.0, 3.0]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.factor

    @torch.jit.export
    def fail(self, x: torch.Tensor) -> torch.Tensor:
        if x.numel() > 0:
            raise ValueError("not today")
        return x


scale = torch.jit.script(Scale().eval())
