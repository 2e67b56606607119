import torch

m = torch.jit.load("storages.pt")
for t in m():
    print(t.dtype, t)
for name in ["saved.pth", "stacked.pth"]:
    s = torch.load(name)
    print(s)
    s["b"][0] = 100.0
    print(s["a"])
