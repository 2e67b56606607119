import torch
from typing import List


def product(a: List[List[float]], b: List[List[float]]) -> List[List[float]]:
    out: List[List[float]] = []
    for i in range(len(a)):
        row = [0.0 for _ in range(len(b[0]))]
        for k in range(len(b)):
            x = a[i][k]
            for j in range(len(row)):
                row[j] += x * b[k][j]
        out.append(row)
    return out


@torch.jit.script
def run(n: int) -> float:
    a = [[float(i + j) for j in range(n)] for i in range(n)]
    b = [[float(i - j) for j in range(n)] for i in range(n)]
    c = product(a, b)
    return c[n - 1][0] + c[0][n - 1]
