import torch

m = torch.jit.load("stateful.pt")
print(m(torch.ones(1, 3)))
print(m(torch.ones(1, 3)))
