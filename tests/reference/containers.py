"""Scripted lists and dicts are passed to scripted functions by reference, plain ones are copied."""
import torch
from typing import Dict, List


@torch.jit.script
def append_sum(xs: List[int]) -> int:
    total = 0
    for x in xs:
        total += x
    xs.append(total)
    return total


@torch.jit.script
def count(words: List[str], counts: Dict[str, int]):
    for word in words:
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1


plain = [1, 2, 3]
shared = torch.jit.script([1, 2, 3])
print(append_sum(plain), append_sum(plain), plain)
print(append_sum(shared), append_sum(shared), shared)
print(len(shared), shared[-1], 6 in shared, 7 in shared)
shared.append(100)
shared[0] = -1
print(append_sum(shared), list(shared))

plain_counts = {"tensor": 1}
shared_counts = torch.jit.script({"tensor": 1})
count(["a", "tensor", "a"], plain_counts)
count(["a", "tensor", "a"], shared_counts)
print(plain_counts)
print(shared_counts)
print(len(shared_counts), shared_counts["a"], "b" in shared_counts)
for key in shared_counts:
    print(key, shared_counts[key])
