"""What constructors use of numpy: numbers. There are no arrays at build time."""

import math as _math
from math import ceil, cos, cosh, degrees, exp, floor, hypot, log, log10, log2, radians, sin, sinh, sqrt, tan, tanh, trunc

from . import random

__version__ = "2.0.0"
pi = _math.pi
e = _math.e
inf = _math.inf
nan = _math.nan
newaxis = None
float16 = float32 = float64 = double = float
int8 = int16 = int32 = int64 = uint8 = intp = int
bool_ = bool
str_ = str


class ndarray:
    """Nothing is one: isinstance is false for every object."""


class generic:
    pass


def abs(x):
    return x if x >= 0 else -x


absolute = abs


def prod(values, dtype=None):
    if isinstance(values, (int, float)):
        return values
    n = 1
    for v in values:
        n *= prod(v)
    return n


def sum(values):
    if isinstance(values, (int, float)):
        return values
    total = 0
    for v in values:
        total += sum(v)
    return total


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def power(a, b):
    return a**b


def max(values):
    out = None
    for v in values:
        out = v if out is None or v > out else out
    return out


def min(values):
    out = None
    for v in values:
        out = v if out is None or v < out else out
    return out


amax = max
amin = min


def clip(x, low, high):
    return low if x < low else high if x > high else x


def cumsum(values):
    out = []
    total = 0
    for v in values:
        total += v
        out.append(total)
    return out


def round(x, decimals=0):
    import builtins

    return float(builtins.round(x, decimals))


def isscalar(x):
    return isinstance(x, (int, float, bool, str))


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(f"module 'numpy' has no attribute {name!r}")
    raise AttributeError(f"numpy.{name} is not available at build time; there are only numpy's functions of numbers")
