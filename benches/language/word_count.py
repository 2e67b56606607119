import torch
from typing import Dict


@torch.jit.script
def run(n: int) -> int:
    words = "the quick brown fox jumps over the lazy dog and the dog sleeps on".split(" ")
    counts: Dict[str, int] = {}
    for i in range(n):
        word = words[i * 7 % len(words)]
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return counts["the"]
