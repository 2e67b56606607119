"""What Python callers hand over beyond plain values: their own class instances, futures, nothing for a default that is a tensor."""
from enum import Enum
from typing import Any, List, Optional, Tuple

import torch
from torch import Tensor
from torch._jit_internal import BroadcastingList2


@torch.jit.script
class Point:
    def __init__(self, x: int, y: int):
        self.x = x
        self.y = y

    def area(self) -> int:
        return self.x * self.y


class Named:
    def __init__(self, label: str, at: Point):
        self.label = label
        self._at = at

    def area(self) -> int:
        return self._at.area()


@torch.jit.interface
class Shape:
    def area(self) -> int:
        pass


class Colour(Enum):
    RED = 1
    GREEN = 2


device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
scale = torch.tensor([1, 2, 3], dtype=torch.int16).to(device)


@torch.jit.script
def describe(n: Named) -> str:
    return n.label + ":" + str(n._at.x + n._at.y)


@torch.jit.script
def areas(shapes: List[Named]) -> List[int]:
    return [s.area() for s in shapes]


@torch.jit.script
def area_of(shape: Shape) -> int:
    return shape.area()


@torch.jit.script
def point(p: Optional[Point]) -> Point:
    return Point(0, 0) if p is None else p


@torch.jit.script
def is_colour(x: Any) -> bool:
    return isinstance(x, Colour)


@torch.jit.script
def scaled(x: Tensor, by: Tensor = scale) -> Tensor:
    return x * by


@torch.jit.script
def passed(xs: List[int]) -> List[int]:
    return xs


@torch.jit.script
def waits(all: List[torch.jit.Future[int]]) -> torch.jit.Future[List[int]]:
    done: List[int] = []
    for f in all:
        done.append(f.wait())
    return torch.jit.fork(passed, done)


@torch.jit.script
def maybe(f: Optional[torch.jit.Future[Tensor]]) -> int:
    return -1 if f is None else int(f.wait().sum())


@torch.jit.script
def item(xs: List[int], i: int) -> int:
    return xs[i]


@torch.jit.script
def cut(text: str, end: int) -> List[str]:
    return [text[:end]]


@torch.jit.script
def refuse(text: str) -> int:
    if len(text) > 3:
        raise ValueError(text)
    return len(text)


@torch.jit.ignore
def counted(words: List[str], word: str) -> int:
    return sum([int(w == word) for w in words])


@torch.jit.ignore
def outside(words: List[str]) -> int:
    return len(set(words))


class Words(torch.nn.Module):
    @torch.jit.ignore
    def longest(self, words: List[str]) -> int:
        n = 0
        for w in words:
            n = max(n, len(w))
        return n

    def forward(self, words: List[str], unique: bool) -> int:
        if unique:
            return outside(words)
        return counted(words, "a") * 10 + self.longest(words)


words = torch.jit.script(Words())


@torch.jit.script
def area_of_size(size: BroadcastingList2[int], *, times: int) -> int:
    return size[0] * size[1] * times


@torch.jit.script
def negative(x):
    return -x


@torch.jit.script
def chosen(first: bool, of: Tuple[int, float]) -> float:
    return float(of[0]) if first else of[1]


sizes = torch.jit.script([3, 2, 1])
places = torch.jit.script({"a": (1, 2.0), "b": (3, 4.0)})
