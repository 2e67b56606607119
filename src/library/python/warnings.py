"""Warnings go to standard error, each text once."""

import _tsaot

_shown = set()
_off = [0]


def warn(message, category=None, stacklevel=1, source=None):
    if isinstance(message, Warning):
        category = type(message)
        message = str(message)
    category = category or UserWarning
    key = (message, category.__name__)
    if key in _shown or _off[0]:
        return
    _shown.add(key)
    _tsaot.warn(message, category.__name__)


def warn_explicit(message, category, filename, lineno, **kwargs):
    warn(message, category)


def simplefilter(action, category=Warning, lineno=0, append=False):
    if action == "ignore":
        _off[0] += 1


def filterwarnings(action, message="", category=Warning, module="", lineno=0, append=False):
    if action == "ignore":
        _off[0] += 1


def resetwarnings():
    _off[0] = 0


class catch_warnings:
    def __init__(self, record=False, **kwargs):
        self.record = record

    def __enter__(self):
        self.before = _off[0]
        return [] if self.record else None

    def __exit__(self, *args):
        _off[0] = self.before
        return None


def deprecated(message, **kwargs):
    return lambda f: f
