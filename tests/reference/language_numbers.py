"""Numbers: Python's integer semantics, floats, complex numbers, `math` and `cmath`."""
import cmath
import math

import torch
from typing import List


@torch.jit.script
def integers(a: int, b: int):
    return a // b, a % b, divmod(a, b), a ** 2, -a, abs(a), a << 2, a >> 1, a & b, a | b, a ^ b


@torch.jit.script
def wraps(a: int) -> int:
    return a * a + 1


@torch.jit.script
def floats(a: float, b: float):
    return a // b, a % b, divmod(a, b), a ** b, round(a), math.floor(a), math.ceil(a), int(a)


@torch.jit.script
def complexes(a: complex, b: complex):
    return a + b, a - b, a * b, a / b, abs(a), a == b, a != b


@torch.jit.script
def functions(x: float, n: int):
    return (math.frexp(x), math.modf(x), math.ldexp(x, n), math.gcd(n, 12), math.factorial(n), math.copysign(x, -1.0), math.fmod(x, 2.0),
            math.log(x, 2.0), math.isnan(x), math.isinf(x), math.degrees(x), math.radians(x), math.remainder(x, 2.0))


@torch.jit.script
def rounded(values: List[float]) -> List[int]:
    return [int(v) for v in values]


@torch.jit.script
def hashes() -> List[bool]:
    return [hash(1) == hash(1), hash("a") == hash("a"), hash("a") == hash("b"), hash(2.5) == hash(2.5), hash((1, "a")) == hash((1, "a"))]


@torch.jit.script
def limits(xs: List[int]):
    return min(xs), max(xs), sum(xs), min(3, 4), max(2.5, 1.0), sorted(xs), any(xs), all(xs)


for a in (7, -7):
    for b in (2, -2, 3, -3):
        print(a, b, integers(a, b))
print(wraps(2 ** 32 + 1))
print(floats(7.5, 2.0), floats(-7.5, 2.0))
print(complexes(1 + 2j, 3 - 1j))
print(functions(6.25, 5))
print(rounded([1.9, -1.9, 0.0]))
print(hashes())
print(limits([3, 1, 2]), limits([0, 5]))


@torch.jit.script
def powers(z: complex, x: float) -> List[complex]:
    return [z ** x, x ** z, z ** z]


for z in [3j, -2 + 0j, 2 + 0j, 0j, -3j]:
    print(powers(z, 2.0), powers(z, 0.0), powers(z, -1.0))
