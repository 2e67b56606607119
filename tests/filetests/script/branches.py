import torch
from typing import Any, Dict, List, Optional, Tuple, Union


def larger(x, y):
    if x.max() > y.max():
        r = x
    else:
        r = y
    return r


def present(x, y: Optional[int]):
    if y is not None:
        a = x + y
    else:
        a = x - 1
    return a


def absent(y: Optional[int]) -> int:
    if y is None:
        return 3
    return y + 1


def asserted(y: Optional[int]):
    assert y is not None, "needs y"
    return y + 1


def asserted_plain(n: int):
    assert n > 3
    return n


def both(a: Optional[int], b: Optional[int]):
    if a is not None and b is not None:
        return a + b
    return 0


def either(a: Optional[int], b: Optional[int]):
    if a is None or b is None:
        return 0
    else:
        return a * b


def early(x, c: bool):
    if c:
        return x
    a = x * 2
    a = a + 1
    return a


def nested(n: int):
    if n > 1:
        if n > 2:
            return 1
        elif n > 3:
            return 2
        else:
            k = 5
    else:
        k = 6
    return k


def all_return(n: int):
    if n == 0:
        return "zero"
    elif n == 1:
        return "one"
    else:
        return "many"


def raises(n: int):
    if n < 0:
        raise ValueError("negative")
    return n


def raises_else(n: int):
    if n < 0:
        m = 1
    else:
        raise RuntimeError("positive")
    return m


def ternary(n: int, c: bool):
    return n + 1 if c else n - 1


def ternary_optional(o: Optional[int]):
    p = o if o is not None else 7
    return p


def logic(n: int):
    return n > 1 and n < 5 or not (n == 3)


def chain(n: int, m: int):
    return 1 < n <= m < 10


def static(x):
    y = 3
    if True:
        y = 4
    if y is None:
        y = 5
    return x + y


def isinstances(u: Union[int, str, float]):
    if isinstance(u, int):
        h = u + 1
    else:
        h = 3
    return h


def isinstance_any(x: Any):
    if isinstance(x, str):
        return x + "s"
    assert isinstance(x, int)
    return str(x)


def isinstance_list(x: Union[List[int], int]) -> int:
    if isinstance(x, list):
        return len(x)
    else:
        return x


def none_result(x, y: Optional[List[int]]) -> Optional[List[int]]:
    if y is None:
        return None
    y.append(1)
    return y


def swap(a: int, b: int, c: bool):
    if c:
        a, b = b, a
    return a, b


def no_else(x, c: bool):
    if c:
        x = x + 1
    return x


def tensor_condition(x):
    if x:
        return 1
    return 2


def container_conditions(s: str, n: int, f: float):
    r = 0
    if n:
        r += 1
    if f:
        r += 2
    return r
