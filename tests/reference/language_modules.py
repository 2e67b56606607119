"""Modules of unusual make, and values that only scripts have: replaced submodules, attributes of classes that cannot be compiled, tuples
indexed by variables, devices and generators made in scripts."""
import copy
from typing import List, Tuple

import torch
import torch.nn as nn
from torch.nn.common_types import _size_2_t


class Opaque:
    def __init__(self, a):
        self.a = a

    def check(self) -> bool:
        return issubclass(self.a, int)


class HoldsOpaque(nn.Module):
    def __init__(self):
        super().__init__()
        self.opaque = Opaque(int)

    def forward(self, x: int) -> int:
        return x + x


class Quiet(nn.SELU):
    def __prepare_scriptable__(self):
        return nn.ReLU()


class TwoLong(nn.ModuleList):
    def __len__(self) -> int:
        return 2


class Holder(nn.Module):
    def __init__(self):
        super().__init__()
        self.act = nn.Sequential(Quiet(), nn.Identity())
        self.items = TwoLong([nn.ReLU()])
        self.seen = torch.jit.Attribute([], List[int])

    def forward(self, x):
        self.seen.append(len(self.items))
        return self.act(x), self.seen


print(torch.jit.script(HoldsOpaque())(4))
holder = torch.jit.script(Holder())
print(holder(torch.tensor([-1.0, 2.0])))
print(holder(torch.tensor([-3.0, 4.0])))


@torch.jit.script
def pick(i: int) -> int:
    return (3, 4, 5)[i]


for i in [0, 2, -1, -3]:
    print(pick(i))
for i in [3, -4]:
    try:
        print(pick(i))
    except RuntimeError:
        print("out of range")


@torch.jit.script
def rows(x: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
    return x, x.__getitem__(torch.tensor([0, 1]))


print(rows(torch.arange(6).view(3, 2)))


@torch.jit.script
def drawn(n: int) -> torch.Tensor:
    g = torch.Generator(device="cpu")
    g.manual_seed(3)
    return torch.rand(n, generator=g).to(device=torch.device("cpu"))


print(drawn(3))


@torch.jit.script
def where(x: torch.Tensor) -> Tuple[int, torch.device, torch.device]:
    return x.get_device(), torch.device("cuda:1"), torch.device("cuda", 2)


print(where(torch.ones(1)))


def total(x: _size_2_t) -> int:
    return x[0] + x[1]


print(torch.jit.script(total)((2, 3)))


@torch.jit.script
def tracing(x: torch.Tensor) -> torch.Tensor:
    if torch._C._get_tracing_state():
        return x + 1
    return x - 1


print(tracing(torch.ones(2)))


@torch.jit.interface
class Step(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        pass


class Add(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x + 1


class Times(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * 10


class OfInt(nn.Module):
    def forward(self, x: int) -> int:
        return x


class Steps(nn.Module):
    first: Step

    def __init__(self):
        super().__init__()
        self.first = Add()
        self.second = Add()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.first.forward(x) + self.second(x)


steps = torch.jit.script(Steps())
print(steps(torch.ones(1)))
steps.first = torch.jit.script(Times())
print(steps(torch.ones(1)))
steps.second = torch.jit.script(Add())
for name, other in [("second", Times()), ("first", Times()), ("first", OfInt())]:
    try:
        setattr(steps, name, torch.jit.script(other))
        print("replaced", name)
    except RuntimeError:
        print("refused for", name)
print(steps(torch.ones(1)))


class Counter(nn.Module):
    seen: List[int]

    def __init__(self):
        super().__init__()
        self.count = 0
        self.seen = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.count += 1
        self.seen.append(x.numel())
        return x + self.count

    @torch.jit.export
    def reset(self) -> None:
        self.count = 0
        self.seen.clear()


class Outer(nn.Module):
    def __init__(self):
        super().__init__()
        self.counter = Counter()

    def forward(self, x: torch.Tensor) -> Tuple[torch.Tensor, int, List[int]]:
        return self.counter(x), self.counter.count, self.counter.seen


outer = torch.jit.script(Outer())
print(outer(torch.zeros(1)))
print(outer(torch.zeros(2)))
outer.counter.reset()
print(outer(torch.zeros(3)))


class Scheme(nn.Module):
    def __init__(self):
        super().__init__()
        self.qscheme = torch.per_tensor_affine

    def forward(self) -> bool:
        return self.qscheme == torch.per_tensor_symmetric


print(torch.jit.script(Scheme())())


class Lengths(nn.Module):
    def __init__(self, kind):
        super().__init__()
        self.rnn = kind(2, 3, num_layers=2, bidirectional=True, batch_first=True)

    def forward(self, x: torch.Tensor, lengths: torch.Tensor):
        packed = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        out, _ = self.rnn(packed)
        return torch.nn.utils.rnn.pad_packed_sequence(out, batch_first=True)


torch.manual_seed(0)
x = torch.arange(12.0).view(2, 3, 2) / 10
for kind in (nn.LSTM, nn.GRU, nn.RNN):
    with torch.no_grad():
        out, lengths = torch.jit.script(Lengths(kind))(x, torch.tensor([2, 3]))
    print(out.shape, out.sum(-1), lengths)

adder = torch.jit.script(Outer())
adder(torch.zeros(1))
copied = copy.deepcopy(adder)
print(copied(torch.zeros(1)), adder(torch.zeros(2)))


class Mode(nn.Module):
    def __init__(self):
        super().__init__()
        self.sub = nn.Dropout(0.5)
        self.w = nn.Parameter(torch.ones(1))
        self.k = 1

    def forward(self, x: torch.Tensor) -> Tuple[bool, bool, int, torch.Tensor]:
        return self.training, self.sub.training, self.k, x * self.w


mode = Mode()
first = torch.jit.script(mode)
mode.eval()
mode.k = 5
second = torch.jit.script(mode)
with torch.no_grad():
    mode.w.fill_(3.0)
    print(first(torch.ones(1)), second(torch.ones(1)), mode(torch.ones(1)))
    first.eval()
    second.train()
    print(first(torch.ones(1)), second(torch.ones(1)), mode(torch.ones(1)))


@torch.jit.script
def asserting(x: torch.Tensor, n: int) -> int:
    torch._assert(n > 2, "small")
    torch._assert(x.dim() == 1, f"bad {x.dim()}")
    return n


print(asserting(torch.ones(1), 3))
for x, n in [(torch.ones(1), 1), (torch.ones(1, 1), 3)]:
    try:
        asserting(x, n)
    except torch.jit.Error as e:
        print(str(e).strip().split(": ")[-1])


class Doubling(nn.Module):
    """A method in two variants, one body without annotations."""

    @torch.jit._overload_method
    def double(self, x: int) -> int: ...

    @torch.jit._overload_method
    def double(self, x: torch.Tensor) -> torch.Tensor: ...

    def double(self, x):
        return x + x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.double(x) * self.double(3)


doubling = torch.jit.script(Doubling())
print(doubling(torch.ones(2)))
print(doubling.code)
