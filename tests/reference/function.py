"""A scripted function whose control flow depends on its data."""
import torch


@torch.jit.script
def foo(x, y):
    if x.max() > y.max():
        r = x
    else:
        r = y
    return r


print(type(foo))  # torch.jit.ScriptFunction

# See the compiled graph as Python code
print(foo.code)

# Call the function using the TorchScript interpreter
print(foo(torch.ones(2, 2), torch.ones(2, 2)))
print(foo(torch.full((2, 2), 3.0), torch.ones(2, 2)))
print(foo(torch.zeros(3), torch.arange(4.0)))
print(foo(torch.tensor([1, 7]), torch.tensor([[2], [3]])))
