from typing import Dict, List, Optional, Tuple

import torch


@torch.jit.script
def count(words: List[str]) -> Dict[str, int]:
    counts: Dict[str, int] = {}
    for w in words:
        if w in counts:
            counts[w] += 1
        else:
            counts[w] = 1
    return counts


@torch.jit.script
def count_with_get(words: List[str]) -> Dict[str, int]:
    counts: Dict[str, int] = {}
    for w in words:
        counts[w] = counts.get(w, 0) + 1
    return counts


@torch.jit.script
def grouped(words: List[str]) -> Dict[int, List[str]]:
    groups: Dict[int, List[str]] = {}
    for w in words:
        if len(w) not in groups:
            empty: List[str] = []
            groups[len(w)] = empty
        groups[len(w)].append(w)
    return groups


@torch.jit.script
def replaced(d: Dict[str, str], key: str) -> Tuple[Dict[str, str], str]:
    before = d[key]
    d[key] = before + "!"
    d[key] = d[key] + "?"
    return d, before


@torch.jit.script
def found_then_moved(n: int) -> Tuple[int, int, int]:
    d: Dict[int, int] = {}
    d[0] = 5
    a = d[0]
    for i in range(1, n):
        d[i] = i
    b = d[0]
    d[0] = 7
    del d[0]
    d[0] = 9
    return a, b, d[0]


@torch.jit.script
def in_both_branches(d: Dict[str, float], key: str, c: bool) -> float:
    there = key in d
    if c:
        d.clear()
    else:
        d["other"] = 2.5
    if key in d:
        return d[key]
    return 1.0 if there else 0.0


@torch.jit.script
def optional(d: Dict[str, List[int]], key: str) -> int:
    found = d.get(key)
    if found is not None:
        found.append(1)
        return len(found)
    return -1


@torch.jit.script
def emptied(d: Dict[str, int]):
    out: List[Tuple[str, int]] = []
    del d["b"]
    d["e"] = 5
    while len(d) > 0:
        out.append(d.popitem())
    d["f"] = 6
    out.append(d.popitem())
    return out


@torch.jit.script
def by_kind(a: Dict[float, bool], b: Dict[bool, Tuple[int, str]], c: Dict[int, Optional[str]]):
    a[1.5] = not a[1.5]
    b[True] = (b[True][0] + 1, b[True][1] + "x")
    c[3] = None
    return a, b, c.get(3), c[4], len(a) + len(b) + len(c)


@torch.jit.script
def elements_outlive(words: List[str], d: Dict[str, int]) -> str:
    w = words[0]
    d[w] = 1
    d.clear()
    words[0] = "new"
    return w


@torch.jit.script
def lists(n: int):
    ones = [1] * n
    flags = [True, False] * 3
    texts = ["a"] * 2
    squares = [i * i for i in range(n)]
    squares.extend(squares)
    names = [str(i) for i in range(n)]
    return sum(ones), flags, texts, squares, names, squares[-1], squares[-n]


@torch.jit.script
def characters(s: str):
    out: List[str] = []
    for c in s:
        out.append(c)
    return out, s[1], s[-1], s[1:3], s[::2], s < "b", s + s, s == "".join(out), len(s)


print(count(["a", "bb", "a", "c", "bb", "a"]))
print(count_with_get(["a", "bb", "a", "c", "bb", "a"]))
print(grouped(["a", "bb", "c", "dd", "eee"]))
print(replaced({"k": "v"}, "k"))
print(found_then_moved(100))
print(in_both_branches({"k": 4.5}, "k", True), in_both_branches({"k": 4.5}, "k", False))
print(optional({"k": [1, 2]}, "k"), optional({"k": [1, 2]}, "x"))
print(emptied({"a": 1, "b": 2, "c": 3}))
print(by_kind({1.5: True}, {True: (1, "y")}, {4: "z"}))
print(elements_outlive(["old"], {"x": 1}))
print(lists(4))
print(characters("abcd"))
for f, args in [(replaced, ({"k": "v"}, "missing")), (lists, (0,))]:
    try:
        f(*args)
    except Exception as e:
        print("missing" in str(e), "out of range" in str(e))
