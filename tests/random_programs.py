"""Random programs over containers, instances and tensors that share memory, compiled by tsaot and run by Python: both must agree.

    python tests/random_programs.py TSAOT [--first SEED] [--programs N] [--size STATEMENTS] [--keep FOLDER] [--options=-O0]

Needs `pip install torch==2.13.0`. Every program holds twelve functions (with an odd seed, twelve methods of a module that keeps state from call to
call), which Python runs as they stand: PyTorch's own interpreter drops some writes that Python does. A difference is printed with the values; the
program that shows it stays in FOLDER.
"""
import argparse
import importlib.util
import math
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import warnings

import torch

FUNCTIONS = 12
ARGUMENTS = [(3, 2, [1, 2, 3]), (7, -1, [4]), (0, 5, [])]

HEAD = '''from typing import Dict, List, NamedTuple, Optional, Tuple

import torch
from torch import Tensor


class Pair(NamedTuple):
    first: int
    items: List[int]


@torch.jit.script
class Box:
    def __init__(self, n: int, items: List[int]):
        self.n = n
        self.items = items

    def put(self, k: int) -> int:
        self.n += k
        if len(self.items) > 0:
            self.items[k % len(self.items)] = self.n
        return self.n

    def swap(self, items: List[int]) -> List[int]:
        old = self.items
        self.items = items
        return old


def first_plus(a: List[int], b: int) -> int:
    if len(a) > 0:
        a[0] += b
    return len(a)


def move_row(a: List[List[int]], b: int) -> int:
    c = a[b % len(a)]
    c.append(b)
    a[0] = c
    if len(c) > 3:
        return c[1]
    return 2


def scale(a: Tensor, b: int) -> int:
    a.add_(b % 3)
    a[0].mul_(0.5)
    return a.size(0) + b


def halve(a: List[Tensor], b: int) -> int:
    for t in a:
        t.mul_(0.5)
    a[b % len(a)] = a[0]
    return len(a)


def note(a: Dict[str, int], b: int) -> int:
    a["h"] = b
    return len(a)


def touch(a: Box, b: int) -> int:
    a.items = a.items + [b] if len(a.items) < 5 else a.items[1:]
    return a.put(b)


def join(a: List[str], b: int) -> int:
    a.append("-".join(a[-2:]))
    return len(a[b % len(a)])


def gather(a: Dict[int, List[int]], b: int) -> int:
    if b not in a:
        a[b] = [b]
    total = 0
    for key, values in a.items():
        if len(values) > 3:
            continue
        total += key
        values.append(len(values))
    return total


def rename(a: Dict[str, Pair], b: int) -> int:
    a["r"] = Pair(b, [b, b + 1])
    return a["r"].items[1]


def late(a: Optional[int], b: int) -> int:
    if a is None:
        return b
    if a > b:
        raise ValueError("#late {}".format(a - b))
    return a + b


'''
MODULE = '''class Module(torch.nn.Module):
    items: List[int]
    table: Dict[str, int]
    names: List[str]

    def __init__(self):
        super().__init__()
        self.total = 3
        self.rate = 0.5
        self.label = "ab"
        self.items = [4, 5]
        self.table = {"a": 1, "b": 2}
        self.names = ["u", "v"]
        self.register_buffer("state", torch.arange(6.0).reshape(2, 3) - 2.5)

    def bump(self, b: int) -> int:
        self.total = (self.total + b) % 1000
        return self.total

    def push(self, b: int) -> int:
        self.items.append(b)
        if len(self.items) > 6:
            self.items = self.items[2:]
        return self.items[0]

    def mark(self, b: int) -> int:
        self.table["m"] = self.table.get("m", 0) + b % 5
        self.label = self.label[-5:] + str(b % 10)
        return self.table["m"]

    def decay(self, b: int) -> int:
        self.state.mul_(0.5)
        self.state = self.state + float(b % 3)
        self.rate *= 0.75
        return int(self.state[0, 0])

'''
ATTRIBUTES = {
    "self.total": "int", "self.items": "ints", "self.table": "counts", "self.state": "tensor", "self.rate": "float", "self.label": "text",
    "self.names": "texts",
}
HELPERS = [
    ("first_plus", "ints"), ("move_row", "rows"), ("scale", "tensor"), ("halve", "tensors"), ("note", "counts"), ("touch", "box"),
    ("join", "texts"), ("gather", "groups"), ("rename", "pairs"), ("late", "optional"),
]
# How often each statement is chosen.
STATEMENTS = {
    "new_int": 3, "change_int": 2, "new_ints": 1, "new_rows": 1, "new_tensor": 2, "new_tensors": 1, "new_counts": 1, "new_tuple": 1,
    "new_optional": 1, "use_optional": 1, "new_text": 1, "new_box": 1, "use_box": 2, "append": 1, "set_item": 1, "change_rows": 2, "set_count": 1,
    "in_place": 1, "write_row": 1, "change_tensors": 1, "reorder": 1, "pop": 1, "branch": 3, "count_loop": 2, "while_loop": 1, "call": 2,
    "new_view": 1, "change_view": 1, "set_tensor": 1, "new_pair": 1, "new_float": 1, "change_float": 1, "new_texts": 1, "change_texts": 1,
    "new_groups": 1, "change_groups": 1, "new_pairs": 1, "change_pairs": 1, "unpack": 1, "refuse": 1, "refine": 1, "change_counts": 1,
    "call_method": 3, "change_text": 1,
}


class Program:
    """Writes one function; variables are known by kind, each block with its own."""

    def __init__(self, seed, is_method=False):
        self.random, self.is_method = random.Random(seed), is_method
        self.scopes = [{"n": "int", "k": "int", "x": "tensor", "xs": "ints"} | (ATTRIBUTES if is_method else {})]
        self.lines, self.counters, self.number, self.depth, self.loops = [], set(), 0, 1, 0

    def function(self, name, size):
        this = "self, " if self.is_method else ""
        self.lines = [f"def {name}({this}n: int, k: int, y: Tensor, ys: List[int]):", "    x = y.clone()", "    xs = ys[:]"]
        for _ in range(size):
            self.statement()
        # Instances do not leave a function; what they hold does.
        results = [f"{v}.n, {v}.items" if kind == "box" else v for v, kind in self.scopes[0].items()]
        lines = [*self.lines, f"    return ({', '.join(results)})"]
        return "\n".join(["    @torch.jit.export", *("    " + line for line in lines)] if self.is_method else lines)

    def emit(self, line):
        self.lines.append("    " * self.depth + line)

    def chance(self, p):
        return self.random.random() < p

    def named(self, kind):
        """A variable of that kind, or None."""
        found = [v for scope in self.scopes for v, k in scope.items() if k == kind]
        return self.random.choice(found) if found else None

    def new(self, kind, value):
        self.number += 1
        name = f"v{self.number}"
        self.emit(f"{name} = {value}")
        self.scopes[-1][name] = kind
        return name

    # Expressions

    def int(self, depth=0):
        choice = self.random.randrange(16)
        v = self.named
        if depth < 3 and choice > 2:
            if choice < 7:
                return v("int")
            if choice == 7 and (a := v("ints")):
                return f"len({a})"
            if choice == 8 and (a := v("ints")):
                return f"({a}[{self.int(depth + 1)} % len({a})] if len({a}) > 0 else {self.int(depth + 1)})"
            if choice == 9 and (a := v("counts")):
                return f'{a}.get("{self.random.choice("abc")}", {self.int(depth + 1)})'
            if choice == 10 and (a := v("tuple")):
                return f"{a}[0]"
            if choice == 10 and (a := v("box")):
                return f"{a}.n"
            if choice == 11 and (a := v("text")):
                return self.random.choice([
                    f"len({a})", f'{a}.find("b")', f'{a}.count("a")', f'ord(({a} + "q")[0])', f"len({a}.split())", f"int({a} < '{self.random.choice(['b', 'x1', ''])}')",
                ])
            if choice == 12 and (a := v("float")):
                return f"int({a})"
            if choice == 13 and (a := v("groups")):
                return self.random.choice([f"len({a})", f"len({a}.get({self.int(depth + 1)}, [1, 2]))", f"sum(list({a}.keys()))"])
            if choice == 14 and (a := v("pairs")):
                return f'({a}["{(b := self.random.choice("pqr"))}"].first if "{b}" in {a} else -2)'
            if choice == 15:
                op = self.random.choice(["//", "%", "//", "%", "&", "|", "^", "<<"])
                return f"({self.int(depth + 1)} {op} {self.random.choice(['2', '3', '-3', '7'] if op != '<<' else ['1', '2'])})"
            if choice == 10:
                return self.random.choice([f"abs({self.int(depth + 1)})", f"max({self.int(depth + 1)}, {self.int(depth + 1)})", f"min({v('int')}, 4)", f"(-{v('int')})"])
            op = self.random.choice("+-*")
            value = f"({self.int(depth + 1)} {op} {self.int(depth + 1)})"
            return value if op != "*" else f"({value} % 97)"
        return str(self.random.randrange(-3, 7))

    def float(self, depth=0):
        a, part = self.named("float"), lambda: self.float(depth + 1)
        if depth > 2 or self.chance(0.3):
            return a or "1.25"
        return self.random.choice([
            f"({part()} + {part()})", f"({part()} - {part()})", f"({part()} * 0.5)", f"({part()} / {self.random.choice(['4', '-0.75', '3.0'])})",
            f"float({self.int(1)} % 50)", f"abs({part()})", f"max({part()}, {part()})", f"({part()} // 0.5)", f"({part()} % 3.0)",
            f"({part()} if {self.bool(2)} else {part()})", f"float({self.named('tensor')}.sum())", f"({self.int(1)} / 4)", f"({part()} % 10.0) ** 2",
        ])

    def bool(self, depth=0):
        choice = self.random.randrange(10)
        if choice == 7 and (a := self.named("text")):
            return self.random.choice([f'"a" in {a}', f'{a}.startswith("a")', f"{a}.isdigit()", f'{a} == "ab"', f'{a}.endswith("1")'])
        if choice == 8 and (a := self.named("groups")):
            return f"{self.int(1)} in {a}"
        if choice == 9 and depth < 2:
            return f"{self.float(2)} {self.random.choice(['<', '>=', '!='])} {self.float(2)}"
        if choice == 3 and depth < 2:
            return f"({self.bool(depth + 1)} {self.random.choice(['and', 'or'])} {self.bool(depth + 1)})"
        if choice == 4 and depth < 2:
            return f"not ({self.bool(depth + 1)})"
        if choice == 5 and (a := self.named("ints")):
            return f"{self.int(1)} in {a}"
        if choice == 6 and (a := self.named("optional")):
            return f"{a} is not None"
        return f"{self.int(1)} {self.random.choice(['<', '>', '==', '!=', '<=', '>='])} {self.int(1)}"

    def ints(self):
        choice, a = self.random.randrange(9), self.named("ints")
        if choice == 0:
            return a
        if choice == 1:
            return f"{a}[{self.random.choice(['1:', '::-1', ':2', '::2', '-2:'])}]"
        if choice == 2:
            return f"({a} + {self.named('ints')})[:9]"
        if choice == 3:
            return f"[{self.int()} for _ in range({self.random.randrange(1, 5)})]"
        if choice == 4 and (r := self.named("rows")):
            return f"{r}[{self.int()} % len({r})]"
        if choice == 5:
            return f"[q * 2 + {self.int(2)} for q in {a}]"
        if choice == 6 and (t := self.named("tuple")):
            return f"{t}[1]"
        if choice == 7 and (b := self.named("box")):
            return f"{b}.items"
        return "[" + ", ".join(self.int(1) for _ in range(self.random.randrange(1, 5))) + "]"

    def text(self):
        a = self.named("text")
        words = [f'"{self.random.choice(["ab", "c d", "xyz"])}"', f"str({self.int(1)})"]
        if a:
            words += [
                f"{a}[1:]", f"{a}.upper()", f'{a}.replace("1", "ab")', f'"-".join([{a}, "q"])', f"{a}[::-1]", f"{a}.strip()", f"{a}.title()",
                f"{a}.swapcase()", f'{a}.center(5, "*")', f'{a}.rjust(4, "0")', f'"{{}}={{}}".format({a}, {self.int(2)})', f"'%d:%s' % ({self.int(2)}, {a})",
                f'f"{{{a}}}/{{{self.int(3)}}}"' if '"' not in a else a, f'{a}.partition("b")[2]', f"({a} if {self.bool(2)} else {a}.lower())",
                f"chr(97 + {self.int(2)} % 26)",
            ]
        return " + ".join(self.random.choice(words) for _ in range(self.random.randrange(1, 3)))

    def tensor(self, depth=0):
        choice, a = self.random.randrange(13), self.named("tensor")
        part = lambda: self.tensor(depth + 1)
        if depth > 2 or choice < 2:
            return a
        if choice == 2:
            return f"({part()} + {part()})"
        if choice == 3:
            return f"({part()} * {self.random.choice(['0.5', '-1.25', f'({self.int(2)} % 5)'])})"
        if choice == 5:
            return f"{a}.clone()"
        if choice == 6:
            return f"torch.full([2, 3], float({self.int(1)} % 7))"
        if choice == 7 and (t := self.named("tensors")):
            return f"{t}[{self.int(1)} % len({t})]"
        return self.random.choice([
            f"torch.tanh({part()})", f"torch.where({part()} > 0.1237, {part()}, {part()})", f"{part()}.flip(1)", f"{part()}.relu()",
            f"({part()} - {part()}.mean())", f"torch.cat([{part()}[:1], {part()}[1:]])", f"({a}.sum(0, keepdim=True).expand(2, 3) * 0.5)",
        ])

    # Statements

    def statement(self):
        name = self.random.choices(list(STATEMENTS), STATEMENTS.values())[0]
        getattr(self, name)()

    def block(self, leaves=False):
        self.depth += 1
        self.scopes.append({})
        self.emit("pass")
        for _ in range(self.random.randrange(1, 4)):
            self.statement()
        if leaves and self.chance(0.25):
            self.emit(f"if {self.bool()}:")
            self.emit("    " + self.random.choice(["break", "continue"]))
        self.scopes.pop()
        self.depth -= 1

    def new_int(self):
        self.new("int", self.int())

    def change_int(self):
        variables = [v for scope in self.scopes for v, k in scope.items() if k == "int" and v not in self.counters]
        self.emit(f"{self.random.choice(variables)} {self.random.choice(['=', '+=', '-='])} {self.int()}")

    def new_ints(self):
        self.new("ints", self.ints())

    def new_rows(self):
        rows = self.named("rows")
        self.new("rows", rows if rows and self.chance(0.2) else f"[{', '.join(self.ints() for _ in range(self.random.randrange(1, 4)))}]")

    def new_tensor(self):
        self.new("tensor", self.tensor())

    def new_tensors(self):
        self.new("tensors", f"[{', '.join(self.tensor() for _ in range(self.random.randrange(1, 4)))}]")

    def new_counts(self):
        self.new("counts", "{" + ", ".join(f'"{k}": {self.int()}' for k in self.random.sample("abcd", 2)) + "}")

    def new_tuple(self):
        self.new("tuple", f"({self.int()}, {self.ints()})")

    def new_pair(self):
        self.new("tuple", f"Pair({self.int()}, {self.ints()})")

    def new_text(self):
        self.new("text", f"({self.text()})[:12]")

    def new_box(self):
        self.new("box", f"Box({self.int()}, {self.ints()})")

    def use_box(self):
        if a := self.named("box"):
            self.emit(self.random.choice([
                f"{a}.put({self.int(1)})", f"{a}.n += {self.int(1)}", f"{a}.items = {self.ints()}", f"{a}.swap({self.ints()})",
            ]))

    def new_float(self):
        self.new("float", self.float())

    def change_float(self):
        variables = [v for scope in self.scopes for v, k in scope.items() if k == "float"]
        if variables:
            self.emit(f"{self.random.choice(variables)} {self.random.choice(['=', '+=', '-='])} ({self.float()}) % 100.0")

    def change_text(self):
        if a := self.named("text"):
            self.emit(f"{a} = ({self.text()})[:9]")

    def new_texts(self):
        a = self.named("text")
        self.new("texts", self.random.choice([
            f"[{self.text()}, {self.text()}]", *([f"{a}.split('b')", f"list({a} + 'z')", f"[c + '.' for c in {a} + 'y']"] if a else []),
        ]))

    def change_texts(self):
        if a := self.named("texts"):
            self.emit(f"if len({a}) < 7:")
            self.emit("    " + self.random.choice([
                f"{a}.append({self.text()})", f"{a}.insert({self.int(1)} % 3, {self.text()})", f"{a}.extend(sorted({a})[:2])", f"{a} += [{self.text()}]",
            ]))
            self.emit(self.random.choice([f"{a}.sort()", f"{a}.reverse()", f"{a}[{self.int(1)} % len({a})] = {self.text()}", f"{a} = [q[:6] for q in {a}]"]))

    def new_groups(self):
        self.new("groups", "{" + f"{self.int(1)}: {self.ints()}, {self.int(1)}: {self.ints()}" + "}")

    def change_groups(self):
        if a := self.named("groups"):
            key = self.int(1)
            choice = self.random.randrange(5)
            if choice == 0:
                self.emit(f"{a}[{key}] = {self.ints()}")
            elif choice == 1:
                self.emit(f"if {key} in {a}:")
                self.emit(f"    {a}[{key}].append({self.int()})")
            elif choice == 2:
                self.emit(f"if len({a}) > 1 and {key} in {a}:")
                self.emit(f"    " + self.random.choice([f"del {a}[{key}]", f"{a}.pop({key})", f"{a}.clear()"]))
            elif choice == 3:
                self.new("groups", "{q: w[:5] for q, w in " + a + ".items()}")
            elif self.depth < 4 and self.loops < 2:
                self.number += 1
                i = f"i{self.number}"
                self.looped(f"for {i} in list({a}.keys()):", [i])

    def new_pairs(self):
        self.new("pairs", "{" + ", ".join(f'"{k}": Pair({self.int()}, {self.ints()})' for k in self.random.sample("pqr", 2)) + "}")

    def change_pairs(self):
        if a := self.named("pairs"):
            key = self.random.choice("pqr")
            self.emit(f'if "{key}" in {a}:')
            self.emit(f'    {a}["{key}"]' + self.random.choice([f".items.append({self.int()})", f" = Pair({self.int()}, {a}['{key}'].items)"]))

    def change_counts(self):
        if a := self.named("counts"):
            self.emit(self.random.choice([
                f'{a}.update({{"u": {self.int()}}})', f'{a} = {{q: w + {self.int(2)} for q, w in {a}.items()}}', f'n += {a}.pop("a", {self.int(2)}) if len({a}) > 1 else 0',
                f'{a}.setdefault("s", {self.int()})', f"n += sum([w for w in {a}.values()])",
            ]))

    def unpack(self):
        if a := self.named("tuple"):
            self.number += 1
            v = f"v{self.number}"
            self.emit(f"{v}, {v}s = {a}")
            self.scopes[-1] |= {v: "int", f"{v}s": "ints"}
        elif a := self.named("ints"):
            self.emit(f"if len({a}) == 2:")
            self.emit(f"    n, k = {a}")

    def refuse(self):
        """Leaves with an exception now and then."""
        message = self.random.choice([f'"#{self.number}"', f'"#{{}}".format({self.int(1)})', f'f"#{{{self.int(3)}}}"'])
        if self.chance(0.5):
            self.emit(f"assert {self.int(1)} != {self.random.randrange(4, 60)}, {message}")
        else:
            self.emit(f"if {self.int(1)} == {self.random.randrange(4, 60)}:")
            self.emit(f"    raise {self.random.choice(['ValueError', 'RuntimeError', 'IndexError'])}({message})")

    def refine(self):
        if a := self.named("optional"):
            self.emit(f"if {a} is None or {a} > {self.int(1)}:")
            self.emit(f"    n -= 1")
            self.emit("else:")
            self.emit(f"    n += {a} * 2")
            self.emit(f"k = {a} if {a} is not None else {self.int(1)}")

    def call_method(self):
        if self.is_method:
            self.new("int", f"self.{self.random.choice(['bump', 'push', 'mark', 'decay'])}({self.int()})")

    def new_optional(self):
        value, self.number = self.int(), self.number + 1
        name = f"v{self.number}"
        self.emit(f"{name}: Optional[int] = None")
        self.emit(f"if {self.bool()}:")
        self.emit(f"    {name} = {value}")
        self.scopes[-1][name] = "optional"

    def use_optional(self):
        if a := self.named("optional"):
            self.emit(f"if {a} is not None:")
            self.emit(f"    n += {a}")

    def append(self):
        a = self.named("ints")
        self.emit(f"if len({a}) < 12:")
        self.emit(f"    {a}.append({self.int()})")

    def set_item(self):
        a = self.named("ints")
        self.emit(f"if len({a}) > 0:")
        self.emit(f"    {a}[{self.int(1)} % len({a})] = {self.int()}")

    def change_rows(self):
        if a := self.named("rows"):
            place = f"{a}[{self.int(1)} % len({a})]"
            if self.chance(0.5):
                self.emit(f"{place} = {self.ints()}")
            else:
                self.emit(f"if len({place}) < 9:")
                self.emit(f"    {place}.append({self.int()})")

    def set_count(self):
        if a := self.named("counts"):
            self.emit(f'{a}["{self.random.choice("abcd")}"] = {self.int()}')

    def in_place(self):
        operators = ["add_(0.5)", "mul_(0.5)", "relu_()", "clamp_(-2.0, 2.0)", "neg_()"]
        self.emit(f"{self.named('tensor')}.{self.random.choice(operators)}")

    def write_row(self):
        value = f"{self.tensor()}[0]" if self.chance(0.5) else "1.5"
        self.emit(f"{self.named('tensor')}[{self.int(1)} % 2] {self.random.choice(['=', '+='])} {value}")

    def change_tensors(self):
        if a := self.named("tensors"):
            if self.chance(0.5):
                self.emit(f"{a}[{self.int(1)} % len({a})] = {self.tensor()}")
            else:
                self.emit(f"if len({a}) < 5:")
                self.emit(f"    {a}.append({self.tensor()})")

    def reorder(self):
        self.emit(f"{self.named('ints')}.{self.random.choice(['reverse()', 'sort()'])}")

    def pop(self):
        a = self.named("ints")
        self.emit(f"if len({a}) > 1:")
        self.emit(f"    {a}.pop({self.random.choice(['', '0'])})")

    def set_tensor(self):
        self.emit(f"x = {self.tensor()}")

    def new_view(self):
        self.new("view", f"{self.named('tensor')}[{self.int(1)} % 2]")

    def change_view(self):
        if a := self.named("view"):
            self.emit(f"{a}.{self.random.choice(['add_(1.0)', 'mul_(-0.5)'])}")

    def call(self):
        name, kind = self.random.choice(HELPERS)
        if a := self.named(kind):
            self.new("int", f"{name}({a}, {self.int()})")

    def branch(self):
        if self.depth < 4:
            self.emit(f"if {self.bool()}:")
            self.block()
            if self.chance(0.6):
                self.emit("else:")
                self.block()

    def looped(self, head, counters):
        self.emit(head)
        self.loops += 1
        self.counters.update(counters)
        self.scopes.append(dict.fromkeys(counters, "int"))
        self.block(leaves=True)
        self.scopes.pop()
        self.loops -= 1

    def count_loop(self):
        if self.depth < 4 and self.loops < 2:
            self.number += 1
            i, a = f"i{self.number}", self.named("ints")
            head, counters = self.random.choice([
                (f"for {i} in range({self.random.choice(['3', 'n % 4', '2'])}):", [i]), (f"for {i} in {a}[:4]:", [i]),
                (f"for {i}, {i}e in enumerate({a}[:3]):", [i, i + "e"]),
            ])
            self.looped(head, counters)

    def while_loop(self):
        if self.depth < 4 and self.loops < 1:
            self.number += 1
            i = f"w{self.number}"
            self.emit(f"{i} = 0")
            self.emit(f"while {i} < {self.random.randrange(2, 5)} and {self.bool()}:")
            self.emit(f"    {i} += 1")
            self.loops += 1
            self.counters.add(i)
            self.block(leaves=True)
            self.loops -= 1


def imported(path, name):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def back(v):
    """Results of a library as PyTorch's."""
    if isinstance(v, tuple):
        return tuple(map(back, v))
    if isinstance(v, list):
        return list(map(back, v))
    if isinstance(v, dict):
        return {k: back(x) for k, x in v.items()}
    return torch.from_dlpack(v) if hasattr(v, "__dlpack__") else v


def same(a, b):
    if isinstance(b, torch.Tensor):
        return isinstance(a, torch.Tensor) and a.shape == b.shape and torch.allclose(a, b, 1e-4, 1e-5, equal_nan=True)
    if isinstance(b, (list, tuple)):
        return isinstance(a, list) == isinstance(b, list) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(b, dict):
        return list(a) == list(b) and all(same(a[k], b[k]) for k in b)
    if isinstance(b, float):
        return isinstance(a, float) and math.isclose(a, b, rel_tol=1e-4, abs_tol=1e-5)
    return type(a) is type(b) and a == b


def message(e):
    """What a program says itself when it raises; None for Python's own exceptions."""
    found = re.search(r"#.*", str(e))
    return found and found[0]


def outcome(f, n, k, xs):
    try:
        return back(f(n, k, torch.arange(6.0).reshape(2, 3) * 0.3 - 0.7, list(xs)))
    except Exception as e:
        return e


def compare(folder, names, is_module):
    """The number of functions that differ; runs in a process of its own."""
    built = imported(folder / "built.py", "built")
    python = imported(folder / "plain.py", "plain")
    if is_module:
        built, python = built.module(), python.Module()
    found = 0
    for name in names:
        for arguments in ARGUMENTS:
            want, got = outcome(getattr(python, name), *arguments), outcome(getattr(built, name if is_module else f"scripted_{name}"), *arguments)
            both = isinstance(want, Exception), isinstance(got, Exception)
            equal = message(want) == message(got) if all(both) else not any(both) and same(got, want)
            if not equal:
                print(f"{folder}: {name}{arguments}\n  tsaot  {got!r}\n  Python {want!r}", flush=True)
                found += 1
                break
        if found and is_module:
            break
    return found


def program(functions, is_module):
    """The text that Python runs, and that with what is scripted."""
    if is_module:
        plain = HEAD + MODULE + "\n\n".join(functions.values()) + "\n\n\n"
        return plain, plain + "module = torch.jit.script(Module())\n"
    plain = HEAD + "".join(text + "\n\n\n" for text in functions.values())
    return plain, plain + "".join(f"scripted_{name} = torch.jit.script({name})\n" for name in functions)


def check(tsaot, seed, size, folder, options):
    """Compiles and compares one program: functions compared, functions that differ."""
    folder.mkdir(parents=True, exist_ok=True)
    is_module = seed % 2 == 1
    functions = {f"f{i}": Program(f"{seed}.f{i}", is_module).function(f"f{i}", size) for i in range(FUNCTIONS)}
    while functions:
        plain, source = program(functions, is_module)
        (folder / "plain.py").write_text(plain)
        (folder / "source.py").write_text(source)
        command = [tsaot, "build", folder / "source.py", "-o", folder / "libbuilt.so", "--bindings", "python", *options]
        build = subprocess.run(command, capture_output=True, text=True)
        if build.returncode == 0:
            break
        lines = [int(line) for line in re.findall(r"source\.py:(\d+):", build.stderr)]
        starts = {i + 1: line for i, line in enumerate(source.split("\n")) if line.lstrip().startswith("def ")}
        owners = {max((s for s in starts if s <= line), default=0) for line in lines}
        refused = {m[1] for o in owners if (m := re.match(r" *def (f\d+)\(", starts.get(o, "")))} & set(functions)
        wrong = [name for name in refused if is_scripted(folder, *program({name: functions[name]}, is_module))]
        if wrong or not refused:
            print(f"{folder}: PyTorch takes {wrong or 'what'} tsaot refuses:\n{build.stderr}", flush=True)
            return len(functions), len(wrong) or 1
        functions = {name: text for name, text in functions.items() if name not in refused}
    child = os.fork()
    if child == 0:
        os._exit(compare(folder, list(functions), is_module))
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        print(f"{folder}: ended by signal {os.WTERMSIG(status)}", flush=True)
        return len(functions), 1
    return len(functions), os.WEXITSTATUS(status)


def is_scripted(folder, plain, source):
    (folder / "one.py").write_text(source)
    try:
        imported(folder / "one.py", "one")
    except Exception:
        return False
    return True


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("tsaot")
    options.add_argument("--first", type=int, default=0)
    options.add_argument("--programs", type=int, default=20)
    options.add_argument("--size", type=int, default=26)
    options.add_argument("--keep", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "random_programs")
    options.add_argument("--options", default="", help="further options of `tsaot build`")
    options = options.parse_args()
    warnings.filterwarnings("ignore")
    torch.set_num_threads(1)
    compared = different = 0
    for seed in range(options.first, options.first + options.programs):
        folder = options.keep / str(seed)
        functions, found = check(options.tsaot, seed, options.size, folder, options.options.split())
        compared, different = compared + functions, different + found
        if not found:
            shutil.rmtree(folder)
    print(f"{compared} functions compared, {different} differ")
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
