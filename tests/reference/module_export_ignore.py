"""Exported and ignored methods; `eval()` before scripting prunes the call of the ignored one."""
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
        import pdb

        pdb.set_trace()

    def forward(self, input):
        if self.training:
            self.python_only_fn(input)
        return input * 99


torch.manual_seed(0)
scripted_module = torch.jit.script(MyModule().eval())
print(scripted_module.code)
print(scripted_module.some_entry_point.code)
print(scripted_module.some_entry_point(torch.randn(2, 2)))
print(scripted_module(torch.randn(2, 2)))
