"""What `print` shows inside scripted functions."""
import torch
from enum import Enum
from typing import Dict, List, Optional, Tuple


class Color(Enum):
    RED = 1
    GREEN = 2


@torch.jit.script
def containers(xs: List[int], d: Dict[str, float], t: Tuple[int, Optional[str], bool]):
    print(xs, d, t)
    print([1.5, 2.0], ["a", "b"], [[1], [2, 3]])
    print("text", 1, 2.5, True, None, 1e20, 1 / 3)
    print()


@torch.jit.script
def tensors(x):
    print(x)
    print(x.sum(), x.shape, [x[0]])


@torch.jit.script
def members(c: Color):
    print(c, c.name, c.value, c == Color.RED)


@torch.jit.script
def formatted(n: int, name: str) -> str:
    print(f"{name} has {n} items")
    print("%d of %s" % (n, name), "{} and {}".format(n, name))
    return f"{name}{n + 1}"


containers([1, 2], {"a": 1.0, "b": 0.1}, (1, None, False))
tensors(torch.arange(6.0).reshape(2, 3))
tensors(torch.tensor([1, 2, 3]))
members(Color.RED)
members(Color.GREEN)
print(formatted(3, "box"))
