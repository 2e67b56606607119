"""Classes of scripted objects."""

from _torch import ScriptModule as RecursiveScriptModule


class _ScriptModuleMeta(type):
    def __instancecheck__(cls, obj):
        return isinstance(obj, RecursiveScriptModule) or type.__instancecheck__(cls, obj)


class ScriptModule(metaclass=_ScriptModuleMeta):
    """isinstance(m, torch.jit.ScriptModule) holds for every scripted module."""


class TopLevelTracedModule(ScriptModule):
    pass
