"""Names of builtin types."""


def _f():
    yield


FunctionType = type(_f)
LambdaType = FunctionType
GeneratorType = type(_f())
BuiltinFunctionType = type(len)
BuiltinMethodType = type(len)
NoneType = type(None)
EllipsisType = type(...)
NotImplementedType = type(NotImplemented)


class _C:
    def m(self):
        pass


MethodType = type(_C().m)

import os as _os

ModuleType = type(_os)


class SimpleNamespace:
    def __init__(self, **kwargs):
        self.__dict__.update(kwargs)

    def __repr__(self):
        inside = ", ".join([f"{k}={v!r}" for k, v in self.__dict__.items()])
        return f"namespace({inside})"

    def __eq__(self, other):
        return isinstance(other, SimpleNamespace) and self.__dict__ == other.__dict__


class MappingProxyType(dict):
    pass


from typing import _Alias as GenericAlias

UnionType = GenericAlias


def new_class(name, bases=(), kwds=None, exec_body=None):
    ns = {}
    if exec_body is not None:
        exec_body(ns)
    return type(name, bases, ns)
