"""A scripted class with state and methods, used from scripted functions and from Python."""
import torch
from typing import List


@torch.jit.script
class Statistics:
    def __init__(self, name: str):
        self.name = name
        self.values: List[float] = []
        self.total = 0.0

    def add(self, value: float):
        self.values.append(value)
        self.total += value

    def mean(self) -> float:
        if len(self.values) == 0:
            return 0.0
        return self.total / len(self.values)

    def __len__(self) -> int:
        return len(self.values)

    def __add__(self, other: "Statistics") -> "Statistics":
        both = Statistics(self.name + "+" + other.name)
        for value in self.values:
            both.add(value)
        for value in other.values:
            both.add(value)
        return both


@torch.jit.script
def collect(x: torch.Tensor, statistics: Statistics) -> float:
    for i in range(x.size(0)):
        statistics.add(float(x[i]))
    return statistics.mean()


@torch.jit.script
def describe(x: torch.Tensor, y: torch.Tensor) -> str:
    a = Statistics("a")
    b = Statistics("b")
    collect(x, a)
    collect(y, b)
    both = a + b
    return f"{both.name}: {len(both.values)} values, mean {both.mean()}"


print(describe(torch.arange(4), torch.tensor([10.0, 20.5])))
print(collect.code)

statistics = Statistics("mine")
print(collect(torch.tensor([1.0, 2.0]), statistics))
print(statistics.total, statistics.mean(), statistics.values)
