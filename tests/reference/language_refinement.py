"""Types that are known only at run time: Any, Union, Optional, and their refinement."""
import torch
from typing import Any, Dict, List, Optional, Tuple, Union


@torch.jit.script
def kind(x: Any) -> str:
    if x is None:
        return "None"
    if isinstance(x, str):
        return "str " + x
    if isinstance(x, int):
        return "int " + str(x + 1)
    if torch.jit.isinstance(x, List[int]):
        return "ints " + str(len(x))
    if torch.jit.isinstance(x, List[str]):
        return "strs " + x[0]
    if torch.jit.isinstance(x, Dict[str, int]):
        return "dict " + str(x["a"])
    if torch.jit.isinstance(x, Dict[int, str]):
        return "dict of str"
    if torch.jit.isinstance(x, Tuple[int, str]):
        return "pair " + x[1]
    if torch.jit.isinstance(x, List[List[float]]):
        return "nested " + str(x[0][0])
    if isinstance(x, torch.Tensor):
        return "tensor " + str(x.dim())
    return "other"


@torch.jit.script
def united(x: Union[int, float, List[str]]) -> str:
    if isinstance(x, int):
        return f"int {x}"
    elif isinstance(x, float):
        return f"float {x}"
    else:
        return f"list {len(x)}"


@torch.jit.script
def optional(x: Optional[int], y: Optional[List[int]]) -> int:
    a = x if x is not None else 10
    if y is None:
        return a
    assert y is not None
    return a + len(y)


for value in [None, "a", 1, [1, 2], ["a"], {"a": 3}, {1: "b"}, (1, "c"), [[1.5]], torch.ones(2, 2), 1.5, (1, 2)]:
    print(kind(value))
print(united(1), united(1.5), united(["a", "b"]))
print(optional(None, None), optional(1, None), optional(None, [1, 2]), optional(3, []))
