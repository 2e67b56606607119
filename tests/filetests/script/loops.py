import torch
from typing import Dict, List, Optional, Tuple


def count(n: int):
    k = 0
    for i in range(n):
        k += i
    return k


def bounds(a: int, b: int):
    k = 0
    for i in range(a, b):
        k += i
    for i in range(a, b, 2):
        k += i
    return k


def skip(x):
    for i in range(10):
        if i == 3:
            continue
        x = x * 2.5
    return x


def stop(n: int):
    k = 0
    for i in range(n):
        k = i
        if i > 5:
            break
    return k


def while_plain(n: int):
    i = 0
    while i < n:
        i += 1
    return i


def while_return(n: int):
    i = 0
    while i < n:
        i += 1
        if i == 5:
            return i
    return -1


def forever(n: int):
    while True:
        n = n + 1
        if n > 10:
            break
    return n


def search(xs: List[int], x: int) -> Optional[int]:
    for i in xs:
        if i == x:
            return i
    return None


def nested(n: int):
    total = 0
    for i in range(n):
        for j in range(i):
            if j == 2:
                break
            if i == 4:
                continue
            total += j
    return total


def over_list(xs: List[float]):
    s = 0.0
    for x in xs:
        s += x
    return s


def over_tensor(x):
    s = torch.zeros(1)
    for row in x:
        s = s + row
    return s


def over_str(s: str):
    out = ""
    for c in s:
        out = c + out
    return out


def over_dict(d: Dict[str, int]):
    n = 0
    for k in d:
        n += d[k]
    for k, v in d.items():
        n += v
    for v in d.values():
        n += v
    return n


def over_tuple(t: Tuple[int, int, int]):
    n = 0
    for v in t:
        n += v
    return n


def enumerated(xs: List[int]):
    n = 0
    for i, x in enumerate(xs):
        n += i * x
    for i, x in enumerate(xs, 3):
        n += i * x
    return n


def zipped(xs: List[int], ys: List[float]):
    s = 0.0
    for i, (x, y) in enumerate(zip(xs, ys)):
        s += x * y
    return s


def comprehension(xs: List[float], factor: float):
    return [x * factor for x in xs]


def comprehension_range(n: int):
    return [i * 2 for i in range(n)]


def comprehension_dict(xs: List[str]):
    return {x: len(x) for x in xs}


def listed(s: str, t: Tuple[int, int]):
    return list(s), list(t), list(range(4))


def carried_optional(xs: List[int]):
    best: Optional[int] = None
    for x in xs:
        if best is None or x > best:
            best = x
    return best


def last_index(n: int):
    i = 0
    for i in range(n):
        pass
    return i
