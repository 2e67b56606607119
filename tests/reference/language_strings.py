"""Strings are bytes in TorchScript: positions, lengths and characters of text beyond ASCII."""
from typing import Dict, List, Tuple

import torch


@torch.jit.script
def measures(s: str) -> Tuple[int, bool, bool, bool, bool, int]:
    return len(s), s > "z", s == "aé日", s.islower(), s.isalpha(), len("é" + s)


@torch.jit.script
def codes(s: str) -> Tuple[List[int], List[int], List[int]]:
    by_loop: List[int] = []
    for c in s:
        by_loop.append(ord(c))
    return by_loop, [ord(c) for c in list(s)], [ord(s[-1 - i]) for i in range(len(s))]


@torch.jit.script
def joined(values: List[int]) -> str:
    out = ""
    for v in values:
        out += chr(v)
    return out + "|%c%c" % (chr(values[0]), values[1])


@torch.jit.script
def part(s: str, a: int, b: int) -> str:
    return s[a:b]


@torch.jit.script
def places(s: str, t: str, a: int, b: int) -> Tuple[int, int, int, bool, bool]:
    return s.find(t, a, b), s.rfind(t, a, b), s.count(t, a, b), s.startswith(t, 1), s.endswith(t)


@torch.jit.script
def window(s: str, t: str, a: int, b: int) -> Tuple[bool, bool]:
    return s.startswith(t, a, b), s.endswith(t, a, b)


@torch.jit.script
def padded(s: str) -> List[str]:
    return [s.center(9, "."), s.center(8, "."), s.ljust(8, "*"), s.rjust(8), s.zfill(8)]


@torch.jit.script
def cases(s: str) -> List[str]:
    return [s.upper(), s.lower(), s.title(), s.swapcase(), s.capitalize()]


@torch.jit.script
def stripped(s: str, t: str) -> List[int]:
    return [len(s.strip(t)), len(s.lstrip(t)), len(s.rstrip(t))]


@torch.jit.script
def lengths(s: str) -> Tuple[List[int], List[int], List[int]]:
    return [len(x) for x in s.split()], [len(x) for x in s.splitlines()], [len(x) for x in s.splitlines(True)]


@torch.jit.script
def parts(s: str, t: str, most: int) -> Tuple[List[str], List[str], Tuple[str, str, str], Tuple[str, str, str], str]:
    return s.split(t, most), s.rsplit(t, most), s.partition(t), s.rpartition(t), s.replace(t, "_", most)


@torch.jit.script
def table(words: List[str]) -> Dict[str, int]:
    counts: Dict[str, int] = {}
    for w in sorted(words):
        for c in w:
            counts[c] = counts.get(c, 0) + 1
    return {"kinds": len(counts), "é": counts["é"[0]]}


@torch.jit.script
def shows(s: str):
    print(s, [s, s[:3]], {s: s[0]}, (s,), "{}|{}".format(s, 1), "%s" % s, f"{s}!")


def tried(f, *args):
    try:
        print(f(*args))
    except UnicodeDecodeError as e:
        print("UnicodeDecodeError", str(e).strip().split("\n")[-1])


for text in ["", "ascii", "aé日", "ß\x00\x80", "z"]:
    print(repr(text), measures(text), codes(text), padded(text), cases(text), stripped(text, "é"))
for a, b in [(0, 3), (0, 2), (1, 3), (2, 3), (3, 6), (-3, 100), (4, 5), (-6, -5)]:
    tried(part, "aé日", a, b)
tried(joined, [0xc3, 0xa9])
tried(joined, [0x1c3, 0x2a9, 65])
tried(joined, [65, 0xff])
for a, b in [(0, -1), (1, 2), (5, -1), (2, 1), (-3, -2), (0, 100), (-100, 2)]:
    print(places("aéaéb", "é", a, b), places("abcabc", "bc", a, b), window("abcabc", "bc", a, b), window("abcabc", "", a, b))
print(lengths("café au lait"), lengths("a\x85b\u2028c\u2029d\x1fe\n\r\nf\x0b g"))
for most in [-1, 0, 1, 2]:
    print(parts("aéaébécé", "é", most), parts(" a  b", " ", most))
print(table(["é", "è", "日本", "aé", "Z"]))
shows("aé日")
