"""Tuples out of single numbers."""

import collections.abc


def _ntuple(n, name="parse"):
    def parse(x):
        return _repeated(x, n)

    parse.__name__ = name
    return parse


def _repeated(x, n):
    if isinstance(x, collections.abc.Iterable):
        return tuple(x)
    return tuple([x for _ in range(n)])


# Scripting knows these by their names, so they are functions of the module itself.
def _single(x):
    return _repeated(x, 1)


def _pair(x):
    return _repeated(x, 2)


def _triple(x):
    return _repeated(x, 3)


def _quadruple(x):
    return _repeated(x, 4)


def _reverse_repeat_tuple(t, n):
    return tuple([x for x in reversed(t) for _ in range(n)])


def consume_prefix_in_state_dict_if_present(state_dict, prefix):
    for key in list(state_dict.keys()):
        if key.startswith(prefix):
            state_dict[key[len(prefix):]] = state_dict.pop(key)
