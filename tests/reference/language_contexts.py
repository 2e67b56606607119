"""`with`, awaited and forked calls, lists of tensors."""
import torch
from typing import Any, List
from torch._awaits import _Await as Await


@torch.jit.script
class Counter:
    def __init__(self, start: int):
        self.count = start

    def __enter__(self) -> int:
        self.count += 1
        return self.count

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        self.count += 10


@torch.jit.script
def nested(start: int):
    c = Counter(start)
    with c as n:
        with c:
            m = c.count
    return n, m, c.count


@torch.jit.script
def quiet(x):
    before = torch.is_grad_enabled()
    with torch.no_grad():
        inside = torch.is_grad_enabled()
        y = x * 2
    return y, before, inside, torch.is_grad_enabled()


@torch.jit.script
def profiled(x):
    with torch.autograd.profiler.record_function("part"):
        y = x + 1
    return y


def delayed(x: int) -> int:
    return 2 * x


@torch.jit.script
def later(x: int) -> int:
    a = torch.jit._awaitable(delayed, x)
    b = torch.jit._awaitable_nowait(5)
    return torch.jit._awaitable_wait(a) + torch.jit._awaitable_wait(b)


@torch.jit.script
def forked(x: int) -> int:
    futures = [torch.jit.fork(delayed, x), torch.jit.fork(delayed, x + 1)]
    return sum([torch.jit.wait(f) for f in futures])


@torch.jit.script
def made(x: int):
    t = torch.tensor([[1, x], [3, 4]])
    rows: List[List[int]] = t.tolist()
    one: float = torch.tensor(2.5).tolist()
    return rows, one, torch.tensor([1.5, 2.0]), torch.as_tensor([True, False])


print(nested(1))
print(quiet(torch.ones(2)))
print(profiled(torch.ones(2)))
print(later(4), forked(3))
print(made(2))


def off(x: torch.Tensor) -> torch.Tensor:
    with torch.autocast("cpu", enabled=False):
        y = x @ x
    return y


def for_cuda(x: torch.Tensor) -> torch.Tensor:
    with torch.cuda.amp.autocast():
        y = x @ x
        if y.sum() > 100:
            return y
    with torch.autocast(device_type="cuda", dtype=torch.float16):
        return y + 1


class Exact(torch.nn.Module):
    @torch.cuda.amp.autocast(enabled=False)
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ x


for f in (off, for_cuda, Exact()):
    print(torch.jit.script(f)(torch.eye(2)))


@torch.jit.script
def is_later(x: int) -> bool:
    later = torch.jit._awaitable(delayed, x)
    return isinstance(later, torch.jit._Await)


print(is_later(1))
