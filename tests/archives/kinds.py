import torch

for name in ["function", "traced", "frozen"]:
    m = torch.jit.load(name + ".pt").eval()
    print(name)
    print(m.code)
f = torch.jit.load("function.pt")
print(f(torch.ones(2), 2, 1.5), f(torch.ones(2), 4, 1.5))
t = torch.jit.load("traced.pt")
print(t(torch.ones(1, 1, 4, 4)).shape, t(torch.ones(2, 1, 3, 3)))
z = torch.jit.load("frozen.pt")
with torch.no_grad():
    print(z(torch.ones(1, 1, 3, 4)))
o = torch.jit.load("old.pt")
print(o(torch.tensor([7, -7]), torch.tensor([2, 2])))
print(o(torch.tensor([7.0, -7.0]), torch.tensor([2, 2])))
print(o.made(None), o.made(torch.int64))
print(o.resized(torch.arange(6.0).view(1, 1, 2, 3)))
late = torch.jit.load("late.pt")
print(late(torch.ones(2)))
padded = torch.jit.load("padded.pt")
print(padded(torch.arange(24.0).view(2, 3, 4).sin(), torch.tensor([[False, False, True], [False, False, False]])))
print(padded(torch.arange(24.0).view(2, 3, 4).sin(), torch.tensor([[True, False, True], [False, False, False]])))
