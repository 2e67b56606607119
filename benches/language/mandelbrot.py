import torch


@torch.jit.script
def run(n: int) -> int:
    total = 0
    for i in range(n):
        for j in range(n):
            cr, ci = 3.0 * j / n - 2.0, 2.0 * i / n - 1.0
            zr, zi, k = 0.0, 0.0, 0
            while k < 100 and zr * zr + zi * zi <= 4.0:
                zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
                k += 1
            total += k
    return total
