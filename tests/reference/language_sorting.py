"""Sorting tuples and script classes."""
import torch
from typing import List, Tuple, Optional, NamedTuple
from torch import Tensor


@torch.jit.script
class Hyp:
    def __init__(self, score: float, tokens: List[int]):
        self.score = score
        self.tokens = tokens
    def __lt__(self, other: "Hyp") -> bool:
        return self.score < other.score

@torch.jit.script
class Plain:
    def __init__(self, x: int):
        self.x = x

class Order(NamedTuple):
    price: float
    quantity: int
    side: str

@torch.jit.script
def hyps(n: int, reverse: bool) -> List[Tuple[float, List[int]]]:
    l: List[Hyp] = []
    for i in range(n):
        l.append(Hyp(float((i * 7919) % 10), [i]))
    first = sorted(l)
    l.sort(reverse=reverse)
    return [(h.score, h.tokens) for h in l] + [(h.score, h.tokens) for h in first]

@torch.jit.script
def tuples(l: List[Tuple[float, str]], reverse: bool):
    s = sorted(l)
    l.sort(reverse=reverse)
    return l, s

@torch.jit.script
def nested(l: List[Tuple[Tuple[bool, int], str]]):
    l.sort()
    return l

@torch.jit.script
def orders(l: List[Order]):
    l.sort(reverse=True)
    return l

@torch.jit.script
def optional(l: List[Tuple[int, Optional[int]]]):
    return sorted(l)

@torch.jit.script
def tensors(l: List[Tuple[Tensor, int]]) -> List[int]:
    l.sort()
    return [i for _, i in l]

@torch.jit.script
def lists(l: List[List[int]]):
    l.sort()
    return l

@torch.jit.script
def plain(n: int):
    l = [Plain(i) for i in range(n)]
    l.sort()
    return len(l)

for n in [0, 5, 17, 70]:
    for r in [False, True]:
        print(hyps(n, r))
for n in [3, 20, 40]:
    print(tuples([(float((i * 31) % 7), "abc"[i % 3]) for i in range(n)], n == 20))
print(nested([((True, 1), "b"), ((False, 2), "a"), ((True, 1), "a"), ((False, -2), "")]))
print(orders([Order(1.0, 2, "buy"), Order(1.0, 2, "sell"), Order(0.5, 9, "buy"), Order(1.0, 1, "sell")]))
print(optional([(2, 1), (0, 5), (1, 3)]))
print(tensors([(torch.tensor(3), 0), (torch.tensor(1), 1), (torch.tensor(2), 2)]))
print(lists([]))

def fails(f, x):
    try:
        print(f(x))
    except RuntimeError as e:
        print(type(e).__name__, str(e).strip().split("\n")[-1].replace("RuntimeError: ", "")[:33])
fails(lists, [[2], [1]])
fails(optional, [(1, None), (1, 2)])
fails(plain, 3)
print(plain(0))
