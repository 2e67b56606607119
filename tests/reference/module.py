"""A module with a parameter of its own and a submodule, constructed with arguments."""
import torch


class MyModule(torch.nn.Module):
    def __init__(self, N, M):
        super().__init__()
        # This parameter will be copied to the new ScriptModule
        self.weight = torch.nn.Parameter(torch.rand(N, M))

        # When this submodule is used, it will be compiled
        self.linear = torch.nn.Linear(N, M)

    def forward(self, input):
        output = self.weight.mv(input)

        # This calls the `forward` method of the `nn.Linear` module, which will
        # cause the `self.linear` submodule to be compiled to a `ScriptModule` here
        output = self.linear(output)
        return output


torch.manual_seed(0)
scripted_module = torch.jit.script(MyModule(2, 3))
print(scripted_module.code)
print(scripted_module.weight)
with torch.no_grad():
    print(scripted_module(torch.tensor([1.0, 2.0, 3.0])))
    print(scripted_module(torch.zeros(3)))
    print(scripted_module.linear(torch.ones(4, 2)))
