"""`example_inputs` annotates the arguments of a function."""
import torch


def test_sum(a, b):
    return a + b


# Annotate the arguments to be int
scripted_fn = torch.jit.script(test_sum, example_inputs=[(3, 4)])

print(type(scripted_fn))  # torch.jit.ScriptFunction

# See the compiled graph as Python code
print(scripted_fn.code)

# Call the function using the TorchScript interpreter
print(scripted_fn(20, 100))
print(scripted_fn(-7, 2))


def scale(xs, factor):
    return [x * factor for x in xs]


scripted_scale = torch.jit.script(scale, example_inputs=[([1.0, 2.0], 3.0)])
print(scripted_scale.code)
print(scripted_scale([0.5, -1.5], 2.0))
