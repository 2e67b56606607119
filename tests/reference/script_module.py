"""Classes derived from torch.jit.ScriptModule: the outermost instance is scripted when it is complete."""
from typing import Tuple

import torch
from torch import Tensor, nn


class Cell(torch.jit.ScriptModule):
    def __init__(self, size: int):
        super().__init__()
        self.weight = nn.Parameter(torch.full((size, size), 0.5), requires_grad=False)

    @torch.jit.script_method
    def forward(self, x: Tensor, state: Tensor) -> Tuple[Tensor, Tensor]:
        state = torch.tanh(x @ self.weight + state)
        return state, state


class Layer(torch.jit.ScriptModule):
    def __init__(self, cell, *arguments):
        super().__init__()
        self.cell = cell(*arguments)

    @torch.jit.script_method
    def forward(self, xs: Tensor, state: Tensor) -> Tuple[Tensor, Tensor]:
        steps = torch.jit.annotate(list[Tensor], [])
        for x in xs.unbind(0):
            step, state = self.cell(x, state)
            steps += [step]
        return torch.stack(steps), state


class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = Layer(Cell, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x, torch.zeros(2))[0]


layer = Layer(Cell, 2)
print(isinstance(layer, torch.jit.ScriptModule), isinstance(layer, Layer), isinstance(nn.ReLU(), torch.jit.ScriptModule))
steps, last = layer(torch.ones(3, 2), torch.zeros(2))
print(steps, last)
print(layer.cell.code)
scripted = torch.jit.script(Plain())
print(isinstance(scripted, torch.jit.ScriptModule), scripted(torch.ones(1, 2)))
