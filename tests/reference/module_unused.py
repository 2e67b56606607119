"""An unused method is not compiled, and a call of it raises."""
import torch
import torch.nn as nn


class MyModule(nn.Module):
    def __init__(self, use_memory_efficient: bool) -> None:
        super().__init__()
        self.use_memory_efficient = use_memory_efficient

    @torch.jit.unused
    def memory_efficient(self, x):
        import pdb

        pdb.set_trace()
        return x + 10

    def forward(self, x):
        # Use not-yet-scriptable memory efficient mode
        if self.use_memory_efficient:
            return self.memory_efficient(x)
        else:
            return x + 10


m = torch.jit.script(MyModule(use_memory_efficient=False))
print(m.code)
print(m(torch.zeros(100).sum()))

m = torch.jit.script(MyModule(use_memory_efficient=True))
try:
    m(torch.zeros(100))
    print("no error")
except Exception:
    print("an error")
