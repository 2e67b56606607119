"""A program that uses what is bound at the top level: a module, tensors, containers, numbers, plain functions."""
import sys

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 2)
        self.register_buffer("calls", torch.zeros(1))

    def forward(self, x):
        self.calls += 1
        return torch.relu(self.linear(x))


torch.manual_seed(0)
net = torch.jit.script(Net().eval())
names = ["a", "b"]
table = {"x": 1}
scale = 2.5
base = torch.arange(6).reshape(2, 3) / 4.0


@torch.jit.script
def double(x: int) -> int:
    return x * 2


def show(label, n, width=8):
    print(f"{label:>{width}}: {n:.3f} {n!r} {{}}", end=";\n")


def main(args):
    print("arguments", args[1:], len(args))
    print(1.0, True, None, [1.5], (1,), {"a": 2.0}, "x", 1e20, sep="|")
    y = net(base)
    base.add_(1)
    print(y.detach(), base, net.calls)
    names.append("c")
    table["y"] = double(4)
    print(names, table, str(scale) + "!", "{:>5}|{:x}".format("r", 255))
    show("pi", 3.14159)
    if len(args) > 1 and args[1] == "raise":
        raise ValueError("no luck")
    if len(args) > 1 and args[1] == "index":
        print(names[7])
    if len(args) > 1 and args[1] == "exit":
        sys.exit(3)
    if len(args) > 1 and args[1] == "message":
        sys.exit("goodbye")
    print("done", file=sys.stderr)
    return 7


if __name__ == "__main__":
    sys.exit(main(sys.argv))
