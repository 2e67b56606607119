"""Abstract containers: what isinstance asks of them is answered by the methods an object has."""


class _Meta(type):
    def __instancecheck__(cls, obj):
        wanted = cls.__dict__.get("_wanted")
        if wanted is None:
            return cls in type(obj).__mro__
        return all(hasattr(type(obj), m) for m in wanted) and not any(isinstance(obj, t) for t in cls.__dict__.get("_never", ()))

    def __getitem__(cls, args):
        import typing

        return typing._alias(cls, args)


class Callable(metaclass=_Meta):
    _wanted = ("__call__",)

    def __class_getitem__(cls, args):
        import typing

        return typing.Callable[args]


class Iterable(metaclass=_Meta):
    _wanted = ("__iter__",)


class Iterator(metaclass=_Meta):
    _wanted = ("__iter__", "__next__")


class Generator(metaclass=_Meta):
    _wanted = ("send", "throw")


class Sized(metaclass=_Meta):
    _wanted = ("__len__",)


class Container(metaclass=_Meta):
    _wanted = ("__contains__",)


class Hashable(metaclass=_Meta):
    _wanted = ("__hash__",)
    _never = (list, dict, set)


class Collection(metaclass=_Meta):
    _wanted = ("__len__", "__iter__", "__contains__")


class Sequence(metaclass=_Meta):
    _wanted = ("__len__", "__getitem__", "index", "count")
    _never = (dict, set)


class MutableSequence(metaclass=_Meta):
    _wanted = ("__len__", "__getitem__", "append", "insert")


class Mapping(metaclass=_Meta):
    _wanted = ("keys", "__getitem__", "items")


class MutableMapping(metaclass=_Meta):
    _wanted = ("keys", "__getitem__", "__setitem__", "update")


class Set(metaclass=_Meta):
    _wanted = ("isdisjoint", "__contains__")


class MutableSet(metaclass=_Meta):
    _wanted = ("isdisjoint", "add")


class Reversible(metaclass=_Meta):
    _wanted = ("__reversed__",)


class Awaitable(metaclass=_Meta):
    _wanted = ("__await__",)


class KeysView(metaclass=_Meta):
    _wanted = ("isdisjoint", "mapping")
