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
