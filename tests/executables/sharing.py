"""Lists, dicts, tuples and tensors that are reached in several ways, and written to in one of them."""
from typing import Dict, List, Optional, Tuple

import torch
from torch import Tensor


@torch.jit.script
def nested(k: int) -> Tuple[List[List[int]], int]:
    table = [[1, 2], [3, 4]]
    table[k][0] = 9
    row = table[0]
    row.append(k)
    return table, len(table[0])


@torch.jit.script
def in_dicts(k: int) -> Dict[str, List[int]]:
    table = {"a": [1], "b": [2]}
    table["b"].append(k)
    first = table["a"]
    first[0] = k
    return table


def replaced(rows: List[List[int]], b: int) -> int:
    row = rows[b % len(rows)]
    row.append(b)
    rows[0] = row
    return len(row)


@torch.jit.script
def kept_in_a_tuple(n: int) -> Tuple[int, Tuple[int, List[int]], List[int]]:
    rows = [[n, n + 1], [7, 8, 9]]
    pair = (n, rows[n % len(rows)])
    other: Optional[List[int]] = rows[0] if n < 5 else None
    for i in range(3):
        n += replaced(rows, i)
    more = [[n for _ in range(2)], [6, n]]
    return n + len(more), pair, other if other is not None else more[0]


@torch.jit.script
def elements(x: Tensor) -> Tuple[List[Tensor], Tensor]:
    xs = [x.clone(), x.clone() + 1]
    xs[1][0].mul_(2)
    for t in xs:
        t.add_(1)
    xs[0] = xs[1]
    return xs, xs[0] + xs[1]


@torch.jit.script
def spread(x: Tensor, k: int) -> Tuple[Tensor, Tensor]:
    wide = x.sum(0, keepdim=True).expand(2, 3)
    wide[k] += 1.5
    return wide, x * 2


@torch.jit.script
def views(x: Tensor, k: int) -> Tuple[Tensor, Tensor, Tensor]:
    y = x * 2
    row = y[k]
    column = y[:, 0]
    row.add_(1)
    z = y + 1
    column.mul_(-1)
    return y, z, row


@torch.jit.script
def unchanged(x: Tensor) -> Tuple[Tensor, Tensor]:
    y = x * 2
    w = torch.broadcast_tensors(y, x)[0]
    w.add_(1)
    return y, torch.einsum("ij->ji", y).mul_(2)


def main(argv: List[str]) -> int:
    x = torch.arange(6.0).reshape(2, 3) / 4
    print(nested(0), nested(1), in_dicts(5))
    print(kept_in_a_tuple(0), kept_in_a_tuple(3), kept_in_a_tuple(6))
    print(elements(x))
    print(spread(x, 1))
    print(views(x, 1), unchanged(x - 1), x)
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv))
