"""Makes the archives and checkpoints of this folder and records what each program here prints with PyTorch (2.13.0 on the CPU).

usage: python make.py
"""

import enum
import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, Dict, Final, List, NamedTuple, Optional, Tuple, Union

import torch
from torch import Tensor, nn

HERE = Path(__file__).parent


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Point(NamedTuple):
    x: Tensor
    n: int


@torch.jit.script
class Counter:
    def __init__(self, n: int):
        self.n = n
        self.seen: List[Tensor] = []

    def add(self, x: Tensor):
        self.seen.append(x)
        self.n += 1

    @property
    def twice(self) -> int:
        return self.n * 2


@torch.jit.interface
class Step(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        pass


@torch.jit.script
def scaled(x: Tensor, k: int = 3, f: float = float("inf")) -> Tensor:
    if k > 3:
        return x * f
    return x + k


class AddOne(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x + 1


class Dialect(nn.Module):
    width: Final[int]
    sizes: Final[List[int]]
    step: Step
    missing: Optional[Tensor]
    either: Union[int, str]

    def __init__(self):
        super().__init__()
        self.width = 4
        self.sizes = [1, 2]
        self.seq = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 3))
        self.steps = nn.ModuleList([AddOne(), AddOne()])
        self.step = AddOne()
        self.register_buffer("offset", torch.arange(3.0))
        self.register_buffer("scratch", torch.ones(3), persistent=False)
        self.missing = None
        self.either = "text"
        self.table = {"a": 1, "b": 2}
        self.names = ["x", "y"]
        self.color = Color.GREEN
        self.point = Point(torch.ones(2), 3)
        self.counter = Counter(5)
        self.weight = nn.Parameter(torch.randn(3, 3))
        self.turned = self.weight.t()
        self.phase = 1 - 2j
        self.tuple = (1, 2.5, "s", None, True)
        self.place = torch.device("cpu")

    @torch.jit.export
    def text(self, x: Tensor, s: str) -> Tuple[Tensor, str]:
        for m in self.steps:
            x = m(x)
        if self.color == Color.RED:
            return x, s + "'q\"\n"
        either = self.either
        if isinstance(either, str):
            s = s + either
        for name in self.names:
            s = "{}-{}".format(s, name)
        return x, s

    def forward(self, x: Tensor, y: Optional[Tensor] = None):
        a = Counter(3)
        a.add(x)
        self.counter.add(x)
        if y is not None:
            x = x + y
        missing = self.missing
        if missing is not None:
            x = x + missing
        x = self.seq(x)
        x = scaled(x, 2)
        x = self.step(x)
        f = torch.jit.fork(scaled, x, 2)
        x = x + torch.jit.wait(f)
        x = x.to(torch.float64, copy=True)
        d = torch.zeros(3, device=torch.device("cpu"), dtype=torch.float32)
        e: List[int] = []
        for i in range(3):
            if i == 1:
                continue
            e.append(i)
        i = 0
        while i < 2:
            i += 1
        assert x.size(0) > 0, "no rows"
        k = torch.jit.annotate(Dict[str, Tensor], {})
        k["q"] = d
        for key, value in k.items():
            d = d + value
        low, high = torch.aminmax(x)
        xs = [v * 2 for v in e]
        if int(low) > 1000:
            raise ValueError("too large")
        z = x[0, :2, None] @ torch.ones(1, 2, dtype=torch.float64)
        return Point(x + d + self.offset, a.n + a.twice + self.counter.n), xs, k, z, self.table["a"] + self.width + self.sizes[1]


def hook(self, inputs: Tuple[Tensor], output: Tensor) -> Tensor:
    return output * 2


def pre_hook(self, inputs: Tuple[Tensor]) -> Tuple[Tensor]:
    return (inputs[0] + 1,)


class Storages(nn.Module):
    def __init__(self):
        super().__init__()
        base = torch.arange(12.0)
        self.register_buffer("base", base)
        self.register_buffer("middle", base[4:8])
        self.register_buffer("turned", base.view(3, 4).t())
        self.register_buffer("spread", torch.ones(1).expand(2, 3))
        self.register_buffer("empty", torch.empty(0, 4))
        self.register_buffer("scalar", torch.tensor(7))
        for i, d in enumerate(DTYPES):
            self.register_buffer(f"d{i}", torch.tensor([0, 1, 2]).to(d))

    def forward(self) -> List[Tensor]:
        self.base.add_(1)
        return [self.base, self.middle, self.turned, self.spread, self.empty, self.scalar,
                self.d0, self.d1, self.d2, self.d3, self.d4, self.d5, self.d6, self.d7, self.d8, self.d9, self.d10]


DTYPES = [torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64, torch.float16, torch.float32, torch.float64,
          torch.complex64, torch.bool, torch.bfloat16]


@torch.jit.script
class Window:
    """Is saved by what it was made of."""

    def __init__(self, n: int):
        self.n = n
        self.taper = torch.hann_window(n)
        self.seen: List[int] = []
        self.last: Optional[Tensor] = None

    def __getstate__(self) -> Tuple[int, List[int]]:
        return self.n, self.seen

    def __setstate__(self, state: Tuple[int, List[int]]):
        self.n = state[0]
        self.taper = torch.hann_window(self.n)
        self.seen = state[1]
        self.seen.append(self.n)
        self.last = None


class Packed(nn.Module):
    """Is saved in 8 bits."""

    scale: float
    name: Optional[str]

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.arange(-3.0, 3.0).view(2, 3) * 1.1)
        self.scale = 0.05
        self.name = None
        self.table = {"a": [1, 2]}

    @torch.jit.export
    def __getstate__(self):
        return torch.round(self.weight / self.scale).to(torch.int8), self.scale, self.table, self.training

    @torch.jit.export
    def __setstate__(self, state: Tuple[Tensor, float, Dict[str, List[int]], bool]):
        self.scale = state[1]
        self.weight = state[0].to(torch.float32) * self.scale
        self.table = {"b": [3]}
        for k, v in state[2].items():
            self.table[k] = v
        self.training = state[3]
        if self.scale > 1:
            self.name = "coarse"

    def forward(self, x: Tensor):
        return nn.functional.linear(x, self.weight), self.table, self.name is None


class Stateful(nn.Module):
    def __init__(self):
        super().__init__()
        self.packed = Packed()
        self.window = Window(4)
        self.same = self.window

    def forward(self, x: Tensor):
        self.same.seen.append(9)
        return self.packed(x), self.window.taper, self.window.seen, self.training, self.packed.training


class Shared(nn.Module):
    """Holds one storage in several ways."""

    def __init__(self):
        super().__init__()
        self.a = torch.arange(6)
        self.table = {"row": ([self.a.view(2, 3)], 1)}
        self.pair = (self.a.view(2, 3), 20)

    def forward(self):
        self.pair[0][0] += 10
        self.table["row"][0][0][1] += 1
        return self.a.sum()


def delayed(x: Tensor) -> Tensor:
    return x * 3


class Late(nn.Module):
    """Awaits, and labels for profiles."""

    def forward(self, x: Tensor):
        with torch.autograd.profiler.record_function("late"):
            late = torch.jit._awaitable(delayed, x)
            y = x + 1
        return y, torch.jit._awaitable_wait(late)


class Padded(nn.Module):
    """Makes a nested tensor of sequences of different lengths."""

    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(4, 2, 4, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, 1, nn.LayerNorm(4))

    def forward(self, x: Tensor, padding: Tensor):
        return self.encoder(x, src_key_padding_mask=padding)


class Grows(nn.Module):
    """Reads what it writes to, twice."""

    def __init__(self):
        super().__init__()
        self.a = torch.tensor([0.5])
        self.b = torch.tensor([1.5])

    @torch.jit.export
    def step(self):
        self.b[0] += 3.25
        return self.a + self.b

    def forward(self):
        late = torch.jit.fork(self.step)
        y = self.step()
        return y + torch.jit.wait(late)


class Old(nn.Module):
    def forward(self, a: Tensor, b: Tensor):
        return a / b, a / 2, a / 2.0, torch.full([2], 3.0), torch.linspace(0, 1, 3)

    @torch.jit.export
    def made(self, dtype: Optional[int]):
        return torch.full([2], 3, dtype=dtype), torch.full([1], 2.5, out=torch.zeros(1, dtype=torch.int64))

    @torch.jit.export
    def resized(self, x: Tensor):
        nearest = torch.ops.aten.__upsample_nearest(x, 5, None)
        factor = torch.ops.aten.__interpolate(x, None, 1.7, "bilinear", False, None)
        exact = torch.ops.aten.__interpolate(x, None, 1.7, "bilinear", False, False)
        return nearest, factor, exact, torch.ops.aten.__interpolate(x, [1, 2], None, "area", None, None)


class Frozen(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3)
        self.norm = nn.BatchNorm2d(2)

    def forward(self, x):
        return self.norm(self.conv(x)).relu()


def packed(path, without="\0"):
    """The archive with its entries compressed, without those whose names end so."""
    with zipfile.ZipFile(path) as z:
        entries = [(i, z.read(i)) for i in z.namelist() if not i.endswith(without)]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, data in entries:
            z.writestr(name, data)


def with_version(path, version):
    with zipfile.ZipFile(path) as z:
        entries = [(i, z.read(i)) for i in z.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as z:
        for name, data in entries:
            z.writestr(name, b"%d\n" % version if name.endswith("/version") else data)


def main():
    torch.manual_seed(0)
    m = Dialect()
    m.seq.register_forward_hook(hook)
    m.seq.register_forward_pre_hook(pre_hook)
    s = torch.jit.script(m.eval().requires_grad_(False))
    s.save(str(HERE / "dialect.pt"), _extra_files={"note.txt": "made by make.py"})
    torch.jit.script(scaled).save(str(HERE / "function.pt"))
    torch.jit.trace(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()).requires_grad_(False), torch.randn(1, 1, 5, 5), check_trace=False).save(str(HERE / "traced.pt"))
    frozen = torch.jit.freeze(torch.jit.script(Frozen().eval()))
    frozen.save(str(HERE / "frozen.pt"))
    packed(HERE / "frozen.pt")
    torch.jit.script(Storages()).save(str(HERE / "storages.pt"))
    torch.jit.script(Stateful().eval().requires_grad_(False)).save(str(HERE / "stateful.pt"))
    torch.jit.script(Shared()).save(str(HERE / "shared.pt"))
    torch.jit.script(Late()).save(str(HERE / "late.pt"))
    torch.jit.freeze(torch.jit.script(Grows().eval())).save(str(HERE / "grows.pt"))
    packed(HERE / "grows.pt", without=".debug_pkl")
    torch.jit.freeze(torch.jit.script(Padded().eval().requires_grad_(False))).save(str(HERE / "padded.pt"))
    packed(HERE / "padded.pt", without=".debug_pkl")
    torch.jit.script(Old()).save(str(HERE / "old.pt"))
    with_version(HERE / "old.pt", 3)
    base = torch.arange(6.0)
    state = {"a": base.view(2, 3).t(), "b": base[2:4], "c": torch.ones(2), "d": torch.tensor([1 + 2j]),
             "more": [1, 2.5, None, True, "s", (torch.int64, torch.device("cpu"))]}
    torch.save(state, HERE / "saved.pth")
    torch.save(state, HERE / "stacked.pth", _use_new_zipfile_serialization=False)
    for program in sorted(HERE.glob("*.py")):
        if program.name == "make.py":
            continue
        # Threads that forks started do not always end with the program.
        code = f"import os, sys; exec(open({program.name!r}).read()); sys.stdout.flush(); os._exit(0)"
        run = subprocess.run([sys.executable, "-c", code], cwd=HERE, capture_output=True, text=True)
        if run.returncode:
            sys.exit(f"{program.name}: {run.stderr}")
        program.with_suffix(".out").write_text(run.stdout)


if __name__ == "__main__":
    main()
