import torch

m = torch.jit.load("dialect.pt")
print(m.code)
print(m.text.code)
x = torch.arange(6.0).view(2, 3)
print(m(x))
print(m(x, y=x)[1:])
print(m.text(x, "s"))
