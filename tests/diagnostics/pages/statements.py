"""Statements that TorchScript does not have, one a function."""
import torch


@torch.jit.script
def try_except(n: int):
    try:
        n = 3
    except ValueError:
        pass
    return n


@torch.jit.script
def try_finally(n: int):
    try:
        n = 3
    finally:
        n = 4
    return n


@torch.jit.script
def global_variable(n: int):
    global counter
    counter = n
    return n


def outer():
    count = 0

    def nonlocal_variable(n: int):
        nonlocal count
        count = n
        return n

    return torch.jit.script(nonlocal_variable)


outer()


@torch.jit.script
def for_else(n: int):
    for i in range(n):
        pass
    else:
        n = 2
    return n


@torch.jit.script
def while_else(n: int):
    while n > 3:
        n -= 1
    else:
        n = 2
    return n


@torch.jit.script
def matched(n: int):
    match n:
        case 1:
            return 2
    return 3


@torch.jit.script
def imported(n: int):
    import math
    return math.sqrt(n)


@torch.jit.script
def imported_from(n: int):
    from math import sqrt
    return sqrt(n)


@torch.jit.script
def inner_function(x):
    def f(y):
        return y
    return f(x)


@torch.jit.script
def inner_class(x):
    class A:
        pass
    return x


@torch.jit.script
def generator(n: int):
    yield n


@torch.jit.script
def delegating(n: int):
    yield from range(n)


@torch.jit.script
async def coroutine(n: int):
    return n


@torch.jit.script
def stray_break(n: int):
    break
    return n


@torch.jit.script
def stray_continue(n: int):
    continue
    return n


@torch.jit.script
def delete_name(n: int):
    x = [n]
    del x
    return x


@torch.jit.script
def delete_attribute(x):
    del x.grad
    return x


@torch.jit.script
def raise_value(n: int):
    raise n


@torch.jit.script
def bare_raise(n: int):
    raise


@torch.jit.script
def with_tensor(x):
    with x:
        return x


@torch.jit.script
def return_in_with(x):
    with torch.no_grad():
        return x


@torch.jit.script
def loop_over_int(n: int):
    for i in n:
        pass
    return n


@torch.jit.script
def starred_loop(xs: torch.Tensor):
    for *a, b in xs:
        pass
    return xs


@torch.jit.script
def matmul_assignment(x):
    x @= x
    return x


