import torch
from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union


def arithmetic(a: int, b: int, x: float, y: float):
    return a + b, a - b, a * b, a / b, a // b, a % b, a ** b, x + a, x // y, x % y, -a, -x


def tensors(x, y, n: int):
    return x + y, x - n, n - x, n / x, n * x, x / n, x // 2, x % 2, x ** 2, 2.5 + x, x @ y, -x, ~x, x & y, x | y, x ^ y


def compare(x, y, n: int):
    return x == y, x != n, n < x, n <= x, n > x, n >= x, x > y


def bits(a: int, b: int):
    return a & b, a | b, a ^ b, a << b, a >> b


def strings(s: str, n: int):
    return s + "a", s[0], s[1:], s.upper(), len(s), "%d of %s" % (n, s), f"{n}: {s}", "{} {}".format(n, s), s == "a", "a" in s


def literals():
    return 1, 2.5, True, None, "text", [1, 2], (1, "a"), {"a": 1}, 1e10, -3, 2j


def attributes(x):
    return x.shape, x.ndim, x.T, x.dtype, x.device, x.shape[0], x.size(0), x.requires_grad


def casts(x, n: int, f: float, s: str):
    return float(n), int(f), bool(n), str(n), int(x), float(x), int(s), float(s), bool(x)


def tensor_casts(x):
    return x.float(), x.int(), x.long(), x.half(), x.double(), x.type(torch.float32)


def empties():
    a: List[int] = []
    a.append(1)
    b: Dict[str, int] = {}
    b["k"] = 2
    c = torch.jit.annotate(List[float], [])
    d = []
    d.append(torch.ones(1))
    return a, b, c, d


def optionals(o: Optional[int]):
    a: Optional[int] = None
    b: Optional[int] = 3
    c = torch.jit.annotate(Optional[int], None)
    return a, b, c, o is None, o is not None


def unions(n: int, s: str):
    u: Union[int, str] = n
    u = s
    l: Union[List[int], int] = [1, 2]
    return u, l


def heterogeneous():
    return [1, 2.5], [1, None], {"a": 1, "b": "c"}


def slices(xs: List[int], x):
    return xs[1:], xs[:2], xs[1:3], xs[::2], xs[-1], xs[0], x[1:], x[:, 1], x[..., 0], x[None, 1:3, 2], x[:, None]


def tensor_index(x, i, n: int):
    return x[i], x[i, 1], x[:, i], x[n], x[[0, 2]], x[x > 0], x[..., 1:, None], x[1, 2, 3]


def item_assign(x, n: int, d: Dict[str, int], l: List[int]):
    x[0] = 1
    x[1:, 2] = x[0:1, 3]
    x[x > 0] = 2.5
    x[n, 1] += 2
    x[x > 1] += 1
    x[0] -= n
    d["a"] = 3
    d["a"] += 1
    l[0] = 2
    l[1] += 3
    return x, d, l


def augmented(x, n: int, l: List[int], f: float):
    x += 1
    x *= x
    x -= n
    x /= 2.0
    n += 2
    n -= 1
    n *= 3
    f /= 2
    l += [1]
    return x, n, l, f


def unpacking(t: Tuple[int, float, str], l: List[int]):
    a, b, c = t
    (d, *e), f = (1, 2, 3), 4
    g, h = l
    i = j = 3
    k, m = 1, 2
    k, m = m, k
    return a, b, c, d, e, f, g, h, i, j, k, m


def tuples(t: Tuple[int, int], n: int):
    return t[0], t[-1], t[n], t[0:1], t + (3, 4), t == (1, 2)


def containers(d: Dict[str, int], l: List[int]):
    l.append(1)
    l.extend([2, 3])
    l.insert(0, 4)
    k = l.pop()
    l.sort()
    l.reverse()
    d.update({"z": 1})
    del d["a"]
    del l[0]
    return d.keys(), d.get("a"), d.get("a", 1), d.pop("b"), "a" in d, k in l, "c" not in d, len(d), sorted(l), l.index(1), l.copy()


def builtins(l: List[int], a: int, b: float, x):
    return min(a, 3), max(l), abs(a), round(b), sum(l), len(x), pow(a, 2), any([True]), all([True]), ord("a"), chr(97), hex(3), bin(3), oct(3)


def prints(x, n: int):
    print(x, n, "text")


def calls(x):
    y = _helper(x, 2)
    z = _helper(x, k=3)
    return torch.relu(y), torch.zeros(2, 3), torch.zeros([2, 3]), x.view(-1, 2), x.sum(0), torch.cat([x, y, z], dim=1), x.reshape([1, -1])


def _helper(x, k: int):
    return x * k


def multiple_results(x):
    values, indices = torch.topk(x, 2)
    m = x.max(dim=0)
    return values, indices, m.values, m[1]


def implicit(x):
    n: int = 3
    y = torch.zeros(int(x))
    return y.fill_(x), torch.full([2], 1.5), x.clamp(min=0), x.clamp(0, 1.0)


def starred(t: Tuple[int, int]):
    return _pair(*t), [*t, 3]


def _pair(a: int, b: int):
    return a + b


def no_return(x):
    x.add_(1)


def deleted(n: int):
    a = n
    del a
    a = 4
    return a


def anything(n: int) -> Any:
    a: Any = n
    return a


def complexes(a: complex, b: float):
    return a + b, a * 2, abs(a), 1j * b


def globals_(x):
    return x + math_pi()


def math_pi() -> float:
    return 3.14159
