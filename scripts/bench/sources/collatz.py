import torch


@torch.jit.script
def collatz(limit: int) -> int:
    """The most steps that any number below the limit takes to reach one."""
    longest = 0
    for start in range(1, limit):
        n = start
        steps = 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        longest = max(longest, steps)
    return longest
