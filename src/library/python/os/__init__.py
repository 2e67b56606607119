"""The part of os that build-time programs need."""

import _tsaot
import os.path as path

name = "posix"
sep = "/"
linesep = "\n"
pathsep = ":"
environ = {}


def getenv(key, default=None):
    return environ.get(key, default)


def getcwd():
    return _tsaot.directory() or "."


def getpid():
    return 1


def cpu_count():
    return 1


def fspath(p):
    return p if isinstance(p, (str, bytes)) else p.__fspath__()


class PathLike:
    pass


def makedirs(name, mode=511, exist_ok=False):
    pass


def remove(path):
    raise OSError(f"{path}: files cannot be removed at build time")
