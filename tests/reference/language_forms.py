"""Forms that are easily missed: annotated unions, slice objects, complex items, defaults of overloads, unwrapping."""
import torch
from typing import List, Optional, Tuple, Union
from torch import Tensor


@torch.jit.script
def union(x: int) -> str:
    if x % 2:
        y: Union[str, int] = "bar"
    else:
        y: Union[str, int] = x
    if isinstance(y, str):
        return y
    else:
        return "baz"


@torch.jit.script
def slices(x: List[int], t: Tensor, n: Optional[int]):
    part = slice(1, 5)
    return x[slice(None)], x[part], x[slice(1000)], x[slice(None, 5, 2)], x[slice(0, n)], t[slice(1, None)], t[..., part]


@torch.jit.script
def item(b: Tensor, dim: int):
    b[dim] = 2.5 + 0.5j
    return b


@torch.jit._overload  # noqa: F811
def scale(x, y):  # noqa: F811
    # type: (float, str) -> (float)
    pass


@torch.jit._overload  # noqa: F811
def scale(x, y):  # noqa: F811
    # type: (float, float) -> (float)
    pass


def scale(x, y=2.0):  # noqa: F811
    if isinstance(y, str):
        return 4.0 - x if y == "hi" else 5.0 - x
    else:
        return 2.0 + x


@torch.jit.script
def scales():
    return scale(1.5), scale(1.5, "hi"), scale(1.5, 5.0)


@torch.jit.script
def unwrap(x: Optional[List[int]], y: List[int], b: bool) -> List[int]:
    if b:
        l = torch.jit._unwrap_optional(x)
    else:
        l = y
    return l


print(union(1), union(2))
print(slices([1, 2, 3, 4, 5, 6, 7], torch.arange(8), None))
print(item(torch.zeros(2, dtype=torch.complex64), 1))
print(scales())
print(unwrap([1], [2], True), unwrap(None, [2], False))


def halves(x: Tensor):
    return x[:1] + 0, x[1:] + 0


@torch.jit.script
def counted(names: Tuple[str, str, str], x: Tensor, i: int):
    return [names[k] for k in range(3)], names[i], halves(x)[i]


print(counted(("a", "b", "c"), torch.arange(3.0), 1), counted(("a", "b", "c"), torch.arange(3.0), -2))
try:
    counted(("a", "b", "c"), torch.arange(3.0), 3)
except RuntimeError as e:
    print("Tuple list index out of range" in str(e))


@torch.jit.script
def unpacked(xs: List[int]) -> int:
    a, b = xs
    return a - b


@torch.jit.script
def broadcast(x, y):
    return x + y


for call in [lambda: unpacked([1, 2, 3]), lambda: broadcast(torch.ones(2, 3), torch.ones(3, 2))]:
    try:
        call()
    except RuntimeError as e:
        print(str(e).strip().split("\n\nTraceback")[0].split("\n")[-1].replace("RuntimeError: ", ""))
