import torch


@torch.jit.script
def run(n: int) -> int:
    longest = 0
    for start in range(1, n):
        steps = 0
        x = start
        while x != 1:
            x = x // 2 if x % 2 == 0 else 3 * x + 1
            steps += 1
        longest = max(longest, steps)
    return longest
