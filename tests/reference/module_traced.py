"""A scripted module around two traced convolutions, called with the sizes of the trace and with others."""
import torch
import torch.nn as nn
import torch.nn.functional as F


class MyModule(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        # torch.jit.trace produces a ScriptModule's conv1 and conv2
        self.conv1 = torch.jit.trace(nn.Conv2d(1, 20, 5), torch.rand(1, 1, 16, 16))
        self.conv2 = torch.jit.trace(nn.Conv2d(20, 20, 5), torch.rand(1, 20, 16, 16))

    def forward(self, input):
        input = F.relu(self.conv1(input))
        input = F.relu(self.conv2(input))
        return input


torch.manual_seed(0)
scripted_module = torch.jit.script(MyModule())
print(scripted_module.code)
print(scripted_module.conv1.code)
with torch.no_grad():
    for shape in [(1, 1, 16, 16), (3, 1, 16, 16), (2, 1, 24, 9)]:
        output = scripted_module(torch.rand(shape))
        print(output.shape)
        print(output[-1, :, 0, 0])
