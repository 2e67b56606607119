"""Without `eval()` the ignored method stays in the code, and `training` decides at run time whether it is called."""
import torch
import torch.nn as nn


class MyModule(nn.Module):
    def __init__(self) -> None:
        super().__init__()

    @torch.jit.export
    def some_entry_point(self, input):
        return input + 10

    @torch.jit.ignore
    def python_only_fn(self, input):
        # This function won't be compiled, so any
        # Python APIs can be used
        import sys

        raise ValueError(f"a batch of {len(input)} on {sys.platform}")

    def forward(self, input):
        if self.training:
            self.python_only_fn(input)
        return input * 99


scripted_module = torch.jit.script(MyModule())
print(scripted_module.training)
print(scripted_module.some_entry_point(torch.ones(2, 2)))
try:
    scripted_module(torch.ones(2, 2))
    print("the ignored method was not called")
except Exception:
    print("the ignored method was called")
scripted_module.eval()
print(scripted_module.training)
print(scripted_module(torch.ones(2, 2)))
