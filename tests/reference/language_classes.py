"""Script classes, data classes, enums, NamedTuples, module interfaces."""
import torch
from dataclasses import dataclass, field
from enum import Enum
from torch import nn
from typing import Dict, List, NamedTuple, Optional


class Level(Enum):
    LOW = "low"
    HIGH = "high"


@torch.jit.script
@dataclass(order=True)
class Point:
    x: float
    y: float = 1.0
    label: Optional[str] = None

    def norm(self) -> float:
        return (self.x ** 2 + self.y ** 2) ** 0.5


class Pair(NamedTuple):
    a: int
    b: str = "b"


@torch.jit.script
class Stack:
    def __init__(self):
        self.items: List[int] = []

    def push(self, x: int):
        self.items.append(x)
        return self

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, i: int) -> int:
        return self.items[i]

    def __contains__(self, x: int) -> bool:
        return x in self.items

    @property
    def top(self) -> int:
        return self.items[-1]

    @torch.jit.unused
    def never(self, **kwargs) -> int:
        return 0


@torch.jit.interface
class Layer(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pass


class Add(nn.Module):
    def __init__(self, n: int):
        super().__init__()
        self.n = n

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + self.n


class Model(nn.Module):
    layer: Layer

    def __init__(self):
        super().__init__()
        self.layer = Add(1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layer(x)


@torch.jit.script
def points():
    p, q = Point(3.0, 4.0), Point(3.0)
    return p.norm(), p == q, p < q, p > q, p >= p, q.y, Point(1.0, label="z") == Point(1.0, label="z")


@torch.jit.script
def stacked():
    s = Stack().push(1).push(5)
    return len(s), s[0], 5 in s, s.top


@torch.jit.script
def chosen(level: Level, levels: Dict[str, int]) -> int:
    if level == Level.HIGH:
        return 10
    return levels[level.value]


@torch.jit.script
def pairs(p: Pair):
    q = Pair(p.a + 1)
    return q, p.b + q.b, Pair(b="x", a=0)


print(points())
print(stacked())
print(chosen(Level.LOW, {"low": 1}), chosen(Level.HIGH, {}))
print(pairs(Pair(1, "y")))
print(torch.jit.script(Model())(torch.ones(2)))
