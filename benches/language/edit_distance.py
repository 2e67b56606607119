import torch
from typing import List


def distance(a: List[int], b: List[int]) -> int:
    row = [j for j in range(len(b) + 1)]
    for i in range(len(a)):
        before = row[0]
        row[0] = i + 1
        for j in range(len(b)):
            change = before + (0 if a[i] == b[j] else 1)
            before = row[j + 1]
            row[j + 1] = min(change, min(before, row[j]) + 1)
    return row[len(b)]


@torch.jit.script
def run(n: int) -> int:
    return distance([i * i % 7 for i in range(n)], [i * 3 % 5 for i in range(n)])
