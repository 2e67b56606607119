"""Traces of functions and modules: control flow is what the example inputs took, submodules become methods of their own classes."""
import torch
import torch.nn as nn
import torch.nn.functional as F


def show(name, traced):
    print("#", name)
    print(traced.code)
    if isinstance(traced, torch.nn.Module):
        for path, module in traced.named_modules():
            if path and hasattr(module, "code") and not path.endswith("ms"):
                print("##", path)
                print(module.code)


def branches(x, y):
    if x.sum() > 0:
        z = x + y * 2
    else:
        z = x - y
    for i in range(2):
        z = z.relu() * i
    return z.view(x.size(0), -1), z.mean()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, padding=1)
        self.up = nn.ConvTranspose2d(4, 4, 2, stride=2)
        self.bn = nn.BatchNorm2d(4)
        self.fc = nn.Linear(4 * 8 * 8, 5)
        self.seq = nn.Sequential(nn.Linear(5, 5), nn.ReLU(), nn.Dropout(0.5))
        self.scale = nn.Parameter(torch.ones(1))
        self.register_buffer("off", torch.zeros(5))

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn(self.up(self.conv(x)))), 2)
        x = torch.flatten(x, 1)
        x = self.fc(x)
        x = self.seq(x) * self.scale + self.off
        return F.log_softmax(x, dim=1)


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.l = nn.Linear(3, 3)

    def forward(self, x):
        a = self.l(x)
        b = self.l(a)
        return {"a": a, "b": b + 1.5}


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.r = nn.LSTM(3, 4, 2, batch_first=True)
        self.e = nn.Embedding(7, 3)
        self.ln = nn.LayerNorm(4)
        self.ms = nn.ModuleList([nn.Linear(4, 4) for _ in range(2)])

    def forward(self, x):
        y, (h, c) = self.r(self.e(x))
        y = self.ln(y)
        for m in self.ms:
            y = m(y) + y
        y[:, 0] = 1.0
        return y[:, -1, :], h


class Methods(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.rand(3, 3))

    def forward(self, x):
        return x @ self.w

    def weighted(self, x, y):
        return x + y * self.w


def indexed(x, y):
    t = torch.zeros(x.shape[0], 2)
    t[0, 1] = 5
    u = x[..., None] + torch.arange(y.size(0)).float()
    a, b = u.permute(0, 2, 1).split(1, dim=1)
    return t, a - b, x.shape[0] * y.shape[1]


torch.manual_seed(0)
f = torch.jit.trace(branches, (torch.ones(2, 3), torch.ones(2, 3)), check_trace=False)
show("branches", f)
print(f(-torch.ones(1, 3), torch.ones(1, 3)))
net = torch.jit.trace(Net().eval(), torch.rand(2, 3, 8, 8))
show("net", net)
print(net(torch.zeros(1, 3, 8, 8)).shape)
twice = torch.jit.trace(Twice(), torch.rand(2, 3), strict=False)
show("twice", twice)
print(twice(torch.zeros(1, 3))["b"].shape)
recurrent = torch.jit.trace(Recurrent(), torch.tensor([[1, 2, 3], [4, 5, 6]]))
print(recurrent.code)
print([t.shape for t in recurrent(torch.tensor([[1, 2], [2, 1], [0, 0]]))])
show("indexed", torch.jit.trace(indexed, (torch.rand(2, 2), torch.rand(2, 2))))
methods = torch.jit.trace_module(Methods(), {"forward": torch.rand(3, 3), "weighted": (torch.rand(3, 3), torch.rand(3, 3))})
show("methods", methods)
print(methods.weighted.code)
