"""`example_inputs` annotates the arguments of a module's `forward`, which returns a NamedTuple."""
import torch
import torch.nn as nn
from typing import List, NamedTuple


class MyModule(NamedTuple):
    result: List[int]


class TestNNModule(torch.nn.Module):
    def forward(self, a) -> MyModule:
        result = MyModule(result=a)
        return result


pdt_model = TestNNModule()

# Runs the pdt_model in eager model with the inputs provided and annotates the arguments of forward
scripted_model = torch.jit.script(pdt_model, example_inputs={pdt_model: [([10, 20, ], ), ], })

# Run the scripted_model with actual inputs
print(scripted_model([20]))
print(scripted_model([1, 2, 3]).result)
print(scripted_model.code)


class Inner(torch.nn.Module):
    def forward(self, x):
        if isinstance(x, int):
            return x * 10
        return -1


def count(words, start):
    return len(words) + start


class Outer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = Inner()
        self.weight = torch.nn.Parameter(torch.ones(2))

    def added(self, x, y):
        return x + y

    def forward(self, x, words):
        return self.inner(x) + count(words, start=3), self.added(self.weight.detach(), count(words, 1))


# The functions that the examples call get their types, too.
outer = Outer()
scripted_outer = torch.jit.script(outer, example_inputs={outer: [(20, ["a"]), (False, ["b", "c"])]})
print(scripted_outer(20, ["x"]), scripted_outer(True, []), scripted_outer("y", ["z"]))
print(scripted_outer.code)
print(scripted_outer.inner.code)
