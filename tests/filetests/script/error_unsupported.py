import torch


def recursive(n: int) -> int:
    return recursive(n - 1)


def statements(n: int):
    for i in range(n):
        pass
    else:
        n = 2
    global g
    try:
        n = 3
    except ValueError:
        pass
    lambda x: x
    x = {1, 2}
    y = [i for i in range(3) if i > 1]
    break
    import math
    return n


def variadic(*args):
    return args


def inner(x):
    def f(y):
        return y
    return f(x)


def generator():
    yield 1


def unpacked(**kwargs):
    return 1


def spread(x):
    return torch.relu(**x)


def bytes_():
    return b"a"


def big():
    return 2 ** 3 + 99999999999999999999999


def matched(n: int):
    match n:
        case 1:
            return 2
    return 3


def conversion(n: int):
    return f"{n!r}"


def formatted(n: float):
    return f"{n:.2f}"


def walrus(n: int):
    if (m := n) > 1:
        return m
    return n
