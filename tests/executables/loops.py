"""Loops over lists whose indices leave the list, or not: negative, too large, wrapping, through rows that are one list."""
from typing import List, Tuple

import torch


@torch.jit.script
def cross_out(start: int, limit: int, step: int) -> Tuple[int, List[bool]]:
    flags = [True for _ in range(8)]
    j = start
    n = 0
    while j < limit:
        flags[j] = False
        j += step
        n += 1
    return n, flags


@torch.jit.script
def countdown(xs: List[int], start: int, limit: int, step: int) -> List[int]:
    out = [0] * len(xs)
    j = start
    while j >= limit:
        out[j] = xs[j] + 1
        j -= step
    return out


@torch.jit.script
def shifted(xs: List[float], low: int, high: int, by: int) -> float:
    total = 0.0
    for i in range(low, high):
        total += xs[i + by] * float(i)
    return total


@torch.jit.script
def backwards(xs: List[int], by: int) -> List[int]:
    for i in range(len(xs) - 1, -1, -1):
        xs[i] = xs[i - by] + 1
    return xs


@torch.jit.script
def every_second(xs: List[int], n: int) -> int:
    total = 0
    for i in range(n):
        if xs[2 * i] > 3:
            total += xs[2 * i] + xs[0]
        elif i > 0:
            total -= xs[i - 1]
    return total


@torch.jit.script
def row_sums(rows: List[List[int]], same: bool, k: int, n: int) -> Tuple[List[int], int, List[List[int]]]:
    table = [rows[0], rows[0]] if same else rows
    out = [0] * n
    seen = 0
    for j in range(n):
        out[j] += table[k][j]
        table[k + 1][j] = out[j]
        seen += 1
    return out, seen, table


@torch.jit.script
def growing(xs: List[int], n: int) -> List[int]:
    for i in range(n):
        xs.append(xs[i] + xs[i + 1])
    return xs


@torch.jit.script
def insertion_sort(xs: List[int]) -> List[int]:
    for i in range(1, len(xs)):
        x = xs[i]
        j = i - 1
        while j >= 0 and xs[j] > x:
            xs[j + 1] = xs[j]
            j -= 1
        xs[j + 1] = x
    return xs


def main(argv: List[str]) -> int:
    word = argv[1] if len(argv) > 1 else ""
    largest = 9223372036854775807
    if word == "":
        print(cross_out(2, 8, 2), cross_out(-3, 8, 3), cross_out(9, 8, 1), cross_out(0, 8, largest - 3))
        print(countdown([1, 2, 3, 4], 3, 0, 1), countdown([1, 2, 3, 4], 1, -3, 1), countdown([1, 2], 0, 1, 1))
        print(shifted([1.0, 2.0, 4.0], 0, 3, 0), shifted([1.0, 2.0, 4.0], -3, 0, 0), shifted([1.0, 2.0, 4.0], 10, 13, -10))
        print(shifted([1.0, 2.0, 4.0], largest - 2, largest, -largest + 2), shifted([1.0, 2.0], 5, 2, 9))
        print(backwards([5, 6, 7, 8], 0), backwards([5, 6, 7, 8], 1), backwards([5, 6, 7, 8], 4))
        print(every_second([1, 9, 5, 2, 7, 0, 4], 4), every_second([], 0))
        print(row_sums([[1, 2, 3], [4, 5, 6]], False, 0, 3), row_sums([[1, 2, 3], [4, 5, 6]], False, -1, 2))
        print(row_sums([[1, 2, 3]], True, 0, 3))
        print(growing([1, 1], 8), insertion_sort([5, 2, 8, 1, 9, 3]))
    elif word == "above":
        print(cross_out(3, 9, 5))
    elif word == "below":
        print(cross_out(-9, 8, 3))
    elif word == "down":
        print(countdown([1, 2, 3], 2, -4, 1))
    elif word == "row":
        print(row_sums([[1, 2]], False, 0, 2))
    elif word == "short":
        print(row_sums([[1, 2, 3], [1]], False, 0, 3))
    elif word == "even":
        print(every_second([1, 9, 5, 2, 7, 0, 4], 5))
    elif word == "shift":
        print(shifted([1.0, 2.0, 4.0], largest - 2, largest, 0))
    return 0


if __name__ == "__main__":
    import sys

    sys.exit(main(sys.argv))
