"""Values that cross between Python and compiled code: attributes, script classes, enums, results of ignored methods, errors."""
import enum
from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
import torch.nn as nn


class Mode(enum.Enum):
    ADD = 1
    MUL = 2


class Pair(NamedTuple):
    left: torch.Tensor
    right: int


@torch.jit.script
class Box:
    def __init__(self, value: int, items: List[int]):
        self.value = value
        self.items = items

    def total(self) -> int:
        return self.value + sum(self.items)


@torch.jit.script
def combine(mode: Mode, x: torch.Tensor, by: int = 2, scale: Optional[float] = None) -> Tuple[torch.Tensor, Mode]:
    out = x + by if mode == Mode.ADD else x * by
    if scale is not None:
        out = out * scale
    return out, mode


@torch.jit.script
def grow(box: Box) -> Box:
    box.items.append(box.total())
    return Box(box.value + 1, box.items)


@torch.jit.script
def pair(x: torch.Tensor) -> Pair:
    return Pair(x.sum(), x.numel())


class Counter(nn.Module):
    count: int
    seen: Dict[str, int]

    def __init__(self):
        super().__init__()
        self.count = 0
        self.seen = {"a": 1}
        self.register_buffer("total", torch.zeros(2))
        self.inner = nn.Linear(2, 2)

    @torch.jit.ignore
    def describe(self, x: torch.Tensor, name: str) -> int:
        print("python sees", name, x.tolist(), self.count, self.total.tolist())
        return len(name)

    @torch.jit.ignore
    def fails(self, x: torch.Tensor) -> torch.Tensor:
        raise KeyError("not here")

    def forward(self, x: torch.Tensor, fail: bool = False) -> int:
        self.count += 1
        self.total += x
        n = self.describe(x, "input")
        if fail:
            self.total = self.fails(x)
        return n + self.count

    @torch.jit.export
    def reset(self):
        self.count = 0
        self.total = torch.zeros(2)


print(combine(Mode.ADD, torch.ones(2)))
print(combine(Mode.MUL, torch.ones(2), by=3, scale=0.5))
box = grow(Box(1, [2, 3]))
print(type(box).__name__, box.value, box.items, box.total())
print(pair(torch.ones(2, 3)))

torch.manual_seed(0)
counter = torch.jit.script(Counter())
print(counter(torch.ones(2)), counter(torch.ones(2)), counter.count, counter.total)
counter.count = 10
counter.total += 5
print(counter(torch.zeros(2)), counter.count, counter.total)
counter.reset()
print(counter.count, counter.total, counter.inner.weight.shape)
try:
    counter(torch.ones(2), True)
except Exception as error:
    print("failed", counter.count)
for wrong in [lambda: combine(3, torch.ones(1)), lambda: combine(Mode.ADD), lambda: pair(1, 2), lambda: pair(y=torch.ones(1))]:
    try:
        wrong()
        print("accepted")
    except (RuntimeError, TypeError) as error:
        print("refused")


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 5


@torch.jit.script
def level(a: Level, b: int) -> int:
    return a.value * 10 + b


print(level(Level.LOW, 2), level(Level.HIGH, Level.HIGH))
