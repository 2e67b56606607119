"""What programs ask about live objects."""

import types as _types


def isfunction(o):
    return isinstance(o, _types.FunctionType)


def ismethod(o):
    return isinstance(o, _types.MethodType)


def isclass(o):
    return isinstance(o, type)


def ismodule(o):
    return isinstance(o, _types.ModuleType)


def isbuiltin(o):
    return isinstance(o, _types.BuiltinFunctionType)


def isroutine(o):
    return isfunction(o) or ismethod(o) or isbuiltin(o)


def isgenerator(o):
    return isinstance(o, _types.GeneratorType)


def getdoc(o):
    return getattr(o, "__doc__", None)


def getmro(cls):
    return cls.__mro__


def getmembers(o, predicate=None):
    pairs = [(n, getattr(o, n)) for n in dir(o) if hasattr(o, n)]
    return [p for p in pairs if predicate is None or predicate(p[1])]


def unwrap(f):
    while hasattr(f, "__wrapped__"):
        f = f.__wrapped__
    return f


def currentframe():
    return None
