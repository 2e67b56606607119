"""Classes of scripted objects."""

import torch
from torch.nn.modules.module import Module
from _torch import ScriptModule as RecursiveScriptModule

# How many modules of these classes are being made: the outermost is scripted when it is complete.
_making = [0]
# The scripted ones by their id, kept, each with the class it was made from.
_made = {}


class _ScriptModuleMeta(type):
    def __instancecheck__(cls, obj):
        if cls.__module__ == __name__ and isinstance(obj, RecursiveScriptModule):
            return True
        if id(obj) in _made and issubclass(_made[id(obj)][1], cls):
            return True
        return type.__instancecheck__(cls, obj)

    def __call__(cls, *args, **kwargs):
        _making[0] += 1
        try:
            made = type.__call__(cls, *args, **kwargs)
        finally:
            _making[0] -= 1
        if _making[0] != 0:
            return made
        scripted = torch.jit.script(made)
        _made[id(scripted)] = (scripted, cls)
        return scripted


class ScriptModule(Module, metaclass=_ScriptModuleMeta):
    """isinstance(m, torch.jit.ScriptModule) holds for every scripted module; instances of classes derived from it are scripted."""


class TopLevelTracedModule(ScriptModule):
    pass
