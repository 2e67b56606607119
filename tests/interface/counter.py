"""Modules with state and a script class: instances are independent of each other."""
import torch
from torch import Tensor, nn


class Counter(nn.Module):
    def __init__(self, start: int):
        super().__init__()
        self.count = start
        self.register_buffer("sum", torch.zeros(2))

    def forward(self, x: Tensor) -> int:
        self.count += 1
        self.sum += x
        return self.count

    @torch.jit.export
    def mean(self) -> Tensor:
        return self.sum / self.count


@torch.jit.script
class Stack:
    def __init__(self, limit: int):
        self.limit = limit
        self.items = [0]

    def push(self, x: int) -> bool:
        if len(self.items) > self.limit:
            return False
        self.items.append(x)
        return True

    def top(self) -> int:
        return self.items[-1]


counter = torch.jit.script(Counter(0))
