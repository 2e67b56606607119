"""Tracebacks: the message alone."""

import sys as _sys


def format_exc(limit=None, chain=True):
    kind, value, _ = _sys.exc_info()
    return f"{kind.__name__}: {value}\n" if kind is not None else "NoneType: None\n"


def print_exc(limit=None, file=None, chain=True):
    (file or _sys.stderr).write(format_exc())
