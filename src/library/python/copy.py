"""Copies."""


class Error(Exception):
    pass


error = Error
_atomic = (int, float, bool, complex, str, bytes, type(None), type, range, slice)


def copy(x):
    if isinstance(x, _atomic) or callable(x) and not hasattr(x, "__dict__"):
        return x
    cls = type(x)
    if cls in (list, dict, set):
        return x.copy()
    if cls in (tuple, frozenset):
        return x
    f = getattr(cls, "__copy__", None)
    if f is not None:
        return f(x)
    if isinstance(x, dict):
        new = cls.__new__(cls)
        dict.update(new, x)
    elif isinstance(x, list):
        new = cls.__new__(cls)
        list.extend(new, x)
    elif isinstance(x, (tuple, set, frozenset)):
        return x
    elif hasattr(x, "__dict__") and not callable(cls.__dict__.get("__call__")) and not hasattr(x, "__globals__"):
        new = cls.__new__(cls)
    elif hasattr(x, "__globals__"):
        return x
    else:
        new = object.__new__(cls)
    if hasattr(x, "__dict__"):
        new.__dict__.update(x.__dict__)
    return new


def deepcopy(x, memo=None):
    if memo is None:
        memo = {}
    if isinstance(x, _atomic) or hasattr(x, "__globals__"):
        return x
    key = id(x)
    if key in memo:
        return memo[key][0]
    cls = type(x)
    if cls is list:
        new = []
        memo[key] = (new, x)
        for v in x:
            new.append(deepcopy(v, memo))
        return new
    if cls is dict:
        new = {}
        memo[key] = (new, x)
        for k, v in x.items():
            new[deepcopy(k, memo)] = deepcopy(v, memo)
        return new
    if cls is tuple:
        new = tuple([deepcopy(v, memo) for v in x])
        memo[key] = (new, x)
        return new
    if cls in (set, frozenset):
        new = cls([deepcopy(v, memo) for v in x])
        memo[key] = (new, x)
        return new
    f = getattr(cls, "__deepcopy__", None)
    if f is None and cls.__name__ == "RecursiveScriptModule":
        f = lambda module, memo: module.__deepcopy__(memo)
    if f is not None:
        new = f(x, memo)
        memo[key] = (new, x)
        return new
    if getattr(x, "__self__", None) is not None and hasattr(x, "__func__"):
        return getattr(deepcopy(x.__self__, memo), x.__name__)
    if isinstance(x, tuple):
        if hasattr(x, "_fields"):
            new = cls(*[deepcopy(v, memo) for v in x])
        else:
            new = cls([deepcopy(v, memo) for v in x])
        memo[key] = (new, x)
        return new
    if not hasattr(x, "__dict__"):
        return x
    new = cls.__new__(cls)
    memo[key] = (new, x)
    if isinstance(x, dict):
        for k, v in x.items():
            dict.__setitem__(new, deepcopy(k, memo), deepcopy(v, memo))
    elif isinstance(x, list):
        list.extend(new, [deepcopy(v, memo) for v in x])
    elif isinstance(x, set):
        set.update(new, [deepcopy(v, memo) for v in x])
    for k, v in x.__dict__.items():
        new.__dict__[k] = deepcopy(v, memo)
    return new


def replace(obj, **changes):
    import dataclasses

    return dataclasses.replace(obj, **changes)
