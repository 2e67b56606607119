"""Scripting: marks on functions, and calls of the compiler."""

import builtins as _builtins
import types as _types

import _tsaot
from torch import _awaits
import _torch
import torch
from _torch import ScriptFunction
from typing import Final, NamedTuple


class Attribute(NamedTuple):
    """A value with its TorchScript type, for modules' attributes."""

    value: object
    type: object


_enabled = True


class ScriptWarning(Warning):
    pass


class TracerWarning(Warning):
    pass


class Error(RuntimeError):
    pass


_exceptions = {}


def _exception(kind, message):
    """What a compiled function raised: in PyTorch an Error or a RuntimeError, in Python one of that kind. This is all of them."""
    builtin = getattr(_builtins, kind, None)
    if not (_builtins.isinstance(builtin, type) and issubclass(builtin, Exception)):
        builtin = None
        if kind in ("SystemExit", "KeyboardInterrupt"):
            return getattr(_builtins, kind)(message)
    if kind not in _exceptions:
        bases = (Error,) if builtin is None or issubclass(Error, builtin) else (Error, builtin)
        _exceptions[kind] = type(kind, bases, {"__module__": "builtins"})
    return _exceptions[kind](message)


_OWN = ("_parameters", "_buffers", "_modules", "_non_persistent_buffers_set", "_forward_hooks", "_forward_pre_hooks")


def _owned(obj, done):
    """A module with the same tensors and attributes: what happens to the original afterwards is no concern of the scripted one. Each
    submodule is what its `__prepare_scriptable__` gives."""
    if not _builtins.isinstance(obj, torch.nn.Module) or type(obj).__module__.startswith("torch.jit"):
        return obj
    if id(obj) in done:
        return done[id(obj)][0]
    source = obj.__prepare_scriptable__() if hasattr(obj, "__prepare_scriptable__") else obj
    new = object.__new__(type(source))
    done[id(obj)] = new, obj
    for name, value in source.__dict__.items():
        new.__dict__[name] = type(value)(value) if name in _OWN else value
    for name, sub in list(new.__dict__.get("_modules", {}).items()):
        new._modules[name] = _owned(sub, done)
    return new


def script(obj, optimize=None, _frames_up=0, _rcb=None, example_inputs=None):
    if _builtins.isinstance(obj, torch.nn.Module):
        obj = _owned(obj, {})
    return _tsaot.script(obj, example_inputs=example_inputs)


def trace(func, example_inputs=None, optimize=None, check_trace=True, check_inputs=None, check_tolerance=1e-5, strict=True,
          _force_outplace=False, _module_class=None, _compilation_unit=None, example_kwarg_inputs=None, _store_inputs=True):
    is_method = _builtins.isinstance(func, _types.MethodType) and func.__name__ == "forward"
    if is_method and _builtins.isinstance(func.__self__, torch.nn.Module):
        func = func.__self__
    return _tsaot.trace(func, example_inputs=example_inputs, example_kwarg_inputs=example_kwarg_inputs, strict=strict)


def trace_module(mod, inputs, **kwargs):
    return _tsaot.trace(mod, example_inputs=inputs, by_method=True)


def script_if_tracing(fn):
    fn._script_if_tracing = True
    return fn


def export(fn):
    fn._torchscript_modifier = "EXPORT"
    return fn


def unused(fn):
    if _builtins.isinstance(fn, property):
        for f in (fn.fget, fn.fset):
            if f is not None:
                f._torchscript_modifier = "UNUSED"
        return fn
    fn._torchscript_modifier = "UNUSED"
    return fn


def ignore(drop=False, **kwargs):
    if callable(drop):
        drop._torchscript_modifier = "IGNORE"
        return drop

    def decorator(fn):
        fn._torchscript_modifier = "UNUSED" if drop else "IGNORE"
        return fn

    return decorator


def _overload(func):
    table = _overloads.setdefault((func.__module__, func.__qualname__), [])
    table.append(func)
    func._overloads = table
    func._is_overload = True
    return func


_overloads = {}
_overload_method = _overload


def interface(obj):
    obj.__torch_script_interface__ = True
    return obj


def is_scripting():
    return False


def is_tracing():
    return _torch.tracing()


def _unwrap_optional(x):
    assert x is not None, "Unwrapping null optional"
    return x


def annotate(the_type, the_value):
    return the_value


def isinstance(obj, target_type):
    import builtins
    import typing

    def check(t):
        if builtins.isinstance(t, (tuple, list)):
            return any(check(x) for x in t)
        if t is typing.Any:
            return True
        origin = typing.get_origin(t)
        if origin is None:
            if builtins.isinstance(t, typing._Special):
                t = t.__origin__
            return builtins.isinstance(obj, type(None) if t is None else t)
        args = typing.get_args(t)
        if origin is typing.Union:
            return any(check(a) for a in args)
        if origin is list:
            return builtins.isinstance(obj, list) and all(isinstance(x, args[0]) for x in obj)
        if origin is dict:
            return builtins.isinstance(obj, dict) and all(isinstance(k, args[0]) and isinstance(v, args[1]) for k, v in obj.items())
        if origin is tuple:
            return builtins.isinstance(obj, tuple) and len(obj) == len(args) and all(isinstance(x, a) for x, a in zip(obj, args))
        return builtins.isinstance(obj, origin)

    return check(target_type)


class Future:
    """The result of fork; at build time the call has been made already."""

    def __init__(self, value=None):
        self._value = value

    def __class_getitem__(cls, args):
        import typing

        return typing._alias(cls, args)

    def wait(self):
        return self._value

    def done(self):
        return True


def fork(func, *args, **kwargs):
    return Future(func(*args, **kwargs))


def wait(future):
    return future.wait()


_fork = fork
_wait = wait


_Await = _awaits._Await


def _awaitable(func, *args):
    return _awaits._Await(func, args)


def _awaitable_nowait(value):
    a = _awaits._Await(None, (value,))
    a._value = value
    return a


def _awaitable_wait(a):
    return _awaits._wait(a)


def load(f, map_location=None, _extra_files=None, _restore_shapes=False):
    return _tsaot.jit_load(str(f))


def save(m, f, _extra_files=None):
    _tsaot.jit_save(m, str(f))


def freeze(mod, preserved_attrs=None, optimize_numerics=True):
    return mod


def optimize_for_inference(mod, other_methods=None):
    return mod


def run_frozen_optimizations(mod, **kwargs):
    pass


def set_fusion_strategy(strategy):
    return strategy


def enable_onednn_fusion(enabled):
    pass


def strict_fusion():
    import contextlib

    return contextlib.nullcontext()


def onednn_fusion_enabled():
    return False


class optimized_execution:
    def __init__(self, should_optimize):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None


def fuser(name):
    import contextlib

    return contextlib.nullcontext()


def script_method(fn):
    fn._torchscript_modifier = "EXPORT"
    return fn


def _drop(fn):
    fn._torchscript_modifier = "UNUSED"
    return fn


def _script_if_tracing(fn):
    return script_if_tracing(fn)
