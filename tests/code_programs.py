"""Programs whose graphs and code tests/record_code.py records."""
from enum import Enum
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Color(Enum):
    RED = 1
    GREEN = 2


class Pair(NamedTuple):
    first: Tensor
    count: int


@torch.jit.script
class Counter:
    def __init__(self, start: int):
        self.value = start

    def add(self, n: int) -> int:
        self.value += n
        return self.value


def arithmetic(x, y, n: int, s: float):
    return x * y + n - s / x ** 2 + n // 2 % 3


def defaults(x, n: int = 3, s: Optional[List[int]] = None, t: str = "mean", f: float = 1e-5, b: bool = True):
    return x + n


def branches(x, n: int):
    if n > 2:
        y = x + n
    elif n < 0:
        y = x - n
    else:
        y = x
    return y


def loops(x, n: int):
    for i in range(n):
        x = x + i
    while bool(x.sum() > 3):
        x = x / 2
    return x


def nested(x, n: int):
    total = 0
    for i in range(n):
        for j in range(i, n, 2):
            if i == j:
                continue
            if j > 10:
                break
            total += i * j
    return x + total


def early_return(x, n: int):
    if n > 3:
        return x
    for i in range(n):
        if i == 2:
            return x + i
    return x * 2


def optionals(x: Optional[Tensor], n: Optional[int]):
    if x is None:
        x = torch.zeros([2])
    assert n is not None
    if n is not None and n > 2:
        return x + n
    return x


def containers(x, n: int):
    a = [1, 2, n]
    e: List[Tensor] = []
    d = {"a": [1.5, 2.0], "b": [1e-5, 1e20]}
    o: Dict[str, Optional[Tensor]] = {"x": x, "y": None}
    t = (1, x, "s")
    e.append(x)
    a[0] = 5
    d["c"] = [3.0]
    del d["a"]
    return a[1], e[-1], d, o, t[1], t


def comprehension(xs: List[Tensor], n: int):
    a = [x + 1 for x in xs]
    b = [i * i for i in range(n)]
    c = {i: i * 2 for i in b}
    return a, b, c, len(a)


def unpacking(x, t: Tuple[int, Tensor]):
    a, b = t
    v, i = x.max(0)
    p, q, r = x.split(1)
    (l,) = [x]
    return a + v, i, b, p + q + r, l


def slices(x, l: List[int], s: str):
    x[0] = 1
    x[1:, ..., None] += 2
    x[x > 0] = 0.5
    return x[..., 0], x[:, 1:3, None], x[::2], l[1:], l[:-1], s[0], s[1:3], x[[0, 1]]


def strings(s: str, n: int):
    t = s + "abc\n\"'\t\x01"
    u = "{} and {}".format(s, n)
    v = f"{s}-{n}"
    w = "%d %s" % (n, s)
    print(s, n, 1.5, "x")
    return t, u, v, w, s.upper(), ",".join([s, t]), "é"


def casts(x, n: int, f: float, s: str):
    return int(x), float(x), bool(x), str(n), int(f), float(n), bool(n), int(s), float(s), complex(1.0, 2.0), 1j


def unions(u: Union[int, str, Tensor], a: Any):
    if isinstance(u, int):
        r = str(u + 1)
    elif isinstance(u, str):
        r = u
    else:
        r = "tensor"
    if isinstance(a, (int, float)):
        r = r + "number"
    return r


def enums(c: Color):
    if c == Color.RED:
        return c.value, c.name
    return Color.GREEN.value, "other"


def named(p: Pair):
    q = Pair(p.first + 1, p.count)
    return q, q.first, [q]


def classes(n: int):
    c = Counter(n)
    c.add(3)
    c.value = 7
    return c.value + c.add(1)


def callee(x, n: int = 2):
    return x * n


def calls(x):
    y = callee(x)
    z = callee(y, n=5)
    return F.relu(z) + F.dropout(x, 0.5, True)


def keywords(x, w):
    a = torch.zeros(2, 3, dtype=torch.float64, device="cpu")
    b = torch.sum(x, dim=[0, 1], keepdim=True)
    c = torch.add(x, w, alpha=2)
    d = torch.full([2], 1.5)
    e = torch.empty_like(x, memory_format=torch.contiguous_format)
    f = torch.arange(10, dtype=torch.long)
    g = x.to(torch.float16).to("cpu", non_blocking=True)
    h = torch.einsum("ij,jk->ik", [x, w])
    i = torch.norm(x, p="fro", dim=[1])
    j = x.std(dim=0, unbiased=False)
    return a, b, c, d, e, f, g, h, i, j


def inplace(x, y):
    x.add_(y).mul_(2)
    x += 1
    x -= y
    return x.relu_()


def long_lines(x, y, z):
    return torch.relu(torch.matmul(x, y) + torch.matmul(y, z)) * torch.sigmoid(torch.matmul(x, z) - torch.matmul(z, x)) + torch.tanh(x)


def long_string(x):
    print("a string that is much too long to stand inside of any line", x)
    return x


def order(x, l: List[Tensor]):
    return x.add_(1) + l.pop() * torch.rand([2]) + l.pop()


def exceptions(x, n: int):
    if n < 0:
        raise ValueError("negative: " + str(n))
    assert n < 10, f"too large {n}"
    return x


def futures(x):
    f = torch.jit.fork(callee, x, 3)
    y = x + 1
    return torch.jit.wait(f) + y


def shadow(x, in_: int, _: int):
    self = x + in_
    ops = self * 2
    as_ = ops
    return as_ + _


def tensors(x):
    a = torch.tensor([[1, 2], [3, 4]])
    b = torch.tensor(1.5)
    return a, b, x.shape, x.dtype, x.device, x.T, x.item(), x.tolist if False else x.size(0)


def lists_of_optionals(n: int):
    l: List[Optional[int]] = [n, None]
    m: List[Union[int, str]] = [1, "a"]
    e: Dict[int, str] = {}
    return l, m, e


def boolean(a: bool, b: bool, n: int):
    return a and b or not a, n if a else 2, 1 < n < 5, a is None, n in [1, 2]


def annotated(x):
    y: List[int] = x.tolist()
    z = torch.jit.annotate(Optional[Tensor], None)
    if y[0] > 1:
        z = x
    return y, z


def none_return(x) -> None:
    x.add_(1)


def zip_enumerate(xs: List[Tensor], ys: List[int]):
    t = 0
    for i, (x, y) in enumerate(zip(xs, ys)):
        t += i * y
    return t


def devices(x):
    d = torch.device("cuda:0")
    return x.to(d), x.device == torch.device("cpu")


def sorting(l: List[int]):
    l.sort()
    return sorted(l), min(l), max(3, len(l)), abs(-2), sum(l), round(2.5), pow(2, 3), divmod(7, 2)


class Affine(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(2, 2))
        self.register_buffer("steps", torch.zeros(1))
        self.scale = 2.0

    def forward(self, x: Tensor, n: int = 2) -> Tensor:
        self.steps += 1
        self.scale = self.scale * 2
        return F.linear(x, self.weight) * self.scale + n


class Stack(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2)])
        self.head = nn.Sequential(nn.ReLU(), nn.Dropout(0.1))
        self.named = nn.ModuleDict({"a": nn.ReLU()})

    def helper(self, x):
        return x + 1

    def forward(self, x):
        for i, l in enumerate(self.layers):
            x = l(x) + i
        for k, m in self.named.items():
            x = m(x)
        return self.helper(self.head(x))


class Training(nn.Module):
    def __init__(self):
        super().__init__()
        self.bn = nn.BatchNorm1d(2)

    def forward(self, x):
        if self.training:
            x = self.bn(x)
        return x


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cell = nn.GRUCell(2, 3)

    def forward(self, x, h: Optional[Tensor] = None) -> Tuple[Tensor, List[Tensor]]:
        out: List[Tensor] = []
        if h is None:
            h = torch.zeros(x.size(1), 3)
        for t in range(x.size(0)):
            h = self.cell(x[t], h)
            out.append(h)
        return torch.stack(out), out
