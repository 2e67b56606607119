"""Abstract base classes: abstract methods keep a class from being instantiated."""


def abstractmethod(f):
    f.__isabstractmethod__ = True
    return f


def abstractproperty(f):
    return property(abstractmethod(f))


def _is_abstract(v):
    if isinstance(v, property):
        return any(_is_abstract(f) for f in (v.fget, v.fset, v.fdel) if f is not None)
    if isinstance(v, (staticmethod, classmethod)):
        v = v.__func__
    return getattr(v, "__isabstractmethod__", False)


class ABCMeta(type):
    def __new__(mcs, name, bases, ns, **kwargs):
        cls = super().__new__(mcs, name, bases, ns, **kwargs)
        names = [k for k, v in ns.items() if _is_abstract(v)]
        for b in bases:
            for k in getattr(b, "__abstractmethods__", ()):
                if k not in names and _is_abstract(getattr(cls, k, None)):
                    names.append(k)
        cls.__abstractmethods__ = frozenset(names)
        return cls

    def register(cls, subclass):
        return subclass


class ABC(metaclass=ABCMeta):
    pass
