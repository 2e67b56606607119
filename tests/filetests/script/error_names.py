import torch
from typing import List, Optional


def misspelt(value):
    return valeu + 1


def undefined(c: bool):
    if c:
        a = 1
    return a


def several(x: int):
    y = x + nothing
    z = y + 1
    w = x + "a"
    return w


def unknown_type(x: Tensro):
    return x
