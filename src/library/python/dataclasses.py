"""Data classes."""

import copy as _copy
from typing import ClassVar, _Alias, _Special


class _Missing:
    def __repr__(self):
        return "<dataclasses._MISSING_TYPE object>"


MISSING = _Missing()
KW_ONLY = object()


class FrozenInstanceError(AttributeError):
    pass


class Field:
    def __init__(self, default, default_factory, init, repr, hash, compare, metadata, kw_only):
        self.name = None
        self.type = None
        self.default = default
        self.default_factory = default_factory
        self.init = init
        self.repr = repr
        self.hash = hash
        self.compare = compare
        self.metadata = metadata or {}
        self.kw_only = kw_only


def field(*, default=MISSING, default_factory=MISSING, init=True, repr=True, hash=None, compare=True, metadata=None, kw_only=MISSING):
    if default is not MISSING and default_factory is not MISSING:
        raise ValueError("cannot specify both default and default_factory")
    return Field(default, default_factory, init, repr, hash, compare, metadata, kw_only)


def _is_classvar(t):
    if isinstance(t, str):
        return t.startswith(("ClassVar", "typing.ClassVar"))
    return t is ClassVar or (isinstance(t, _Alias) and t._name == "ClassVar")


def _is_initvar(t):
    return t is InitVar or isinstance(t, InitVar)


class InitVar:
    def __init__(self, type):
        self.type = type

    def __class_getitem__(cls, type):
        return InitVar(type)


def _process(cls, init, repr_, eq, order, unsafe_hash, frozen, kw_only):
    fields = {}
    for base in reversed(cls.__mro__[1:]):
        for f in getattr(base, "__dataclass_fields__", {}).values() if "__dataclass_fields__" in base.__dict__ else ():
            fields[f.name] = f
    only = kw_only
    for name, typ in cls.__dict__.get("__annotations__", {}).items():
        if typ is KW_ONLY or typ == "KW_ONLY":
            only = True
            continue
        if _is_classvar(typ):
            continue
        value = cls.__dict__.get(name, MISSING)
        f = value if isinstance(value, Field) else field(default=value)
        f.name = name
        f.type = typ
        f._initvar = _is_initvar(typ)
        if f.kw_only is MISSING:
            f.kw_only = only
        if isinstance(f.default, (list, dict, set)):
            raise ValueError(f"mutable default {type(f.default)} for field {name} is not allowed: use default_factory")
        if f.default is not MISSING:
            setattr(cls, name, f.default)
        elif isinstance(value, Field):
            delattr(cls, name)
        fields[name] = f
    cls.__dataclass_fields__ = fields
    cls.__dataclass_params__ = {"init": init, "repr": repr_, "eq": eq, "order": order, "unsafe_hash": unsafe_hash, "frozen": frozen}
    positional = [f for f in fields.values() if f.init and not f.kw_only]
    keyword = [f for f in fields.values() if f.init and f.kw_only]
    seen = None
    for f in positional:
        if f.default is not MISSING or f.default_factory is not MISSING:
            seen = f.name
        elif seen is not None:
            raise TypeError(f"non-default argument {f.name!r} follows default argument")
    everything = list(fields.values())
    plain = [f for f in everything if not f._initvar]

    if init and "__init__" not in cls.__dict__:

        def __init__(self, *args, **kwargs):
            if len(args) > len(positional):
                raise TypeError(
                    f"{cls.__name__}.__init__() takes {len(positional) + 1} positional arguments but {len(args) + 1} were given"
                )
            given = {}
            for f, v in zip(positional, args):
                given[f.name] = v
            for k, v in kwargs.items():
                if k in given:
                    raise TypeError(f"{cls.__name__}.__init__() got multiple values for argument {k!r}")
                if k not in fields or not fields[k].init:
                    raise TypeError(f"{cls.__name__}.__init__() got an unexpected keyword argument {k!r}")
                given[k] = v
            missing = []
            post = []
            for f in everything:
                if f.name in given:
                    v = given[f.name]
                elif f.default_factory is not MISSING:
                    v = f.default_factory()
                elif f.default is not MISSING:
                    v = f.default
                elif f.init:
                    missing.append(repr(f.name))
                    continue
                else:
                    continue
                if f._initvar:
                    post.append(v)
                else:
                    object.__setattr__(self, f.name, v)
            if missing:
                plural = "s" if len(missing) > 1 else ""
                text = " and ".join(missing) if len(missing) < 3 else ", ".join(missing[:-1]) + ", and " + missing[-1]
                raise TypeError(f"{cls.__name__}.__init__() missing {len(missing)} required positional argument{plural}: {text}")
            if hasattr(self, "__post_init__"):
                self.__post_init__(*post)

        __init__.__qualname__ = cls.__qualname__ + ".__init__"
        cls.__init__ = __init__

    if repr_ and "__repr__" not in cls.__dict__:

        def __repr__(self):
            inside = ", ".join([f"{f.name}={getattr(self, f.name)!r}" for f in plain if f.repr])
            return f"{type(self).__qualname__}({inside})"

        cls.__repr__ = __repr__

    def values(self):
        return tuple([getattr(self, f.name) for f in plain if f.compare])

    if eq and "__eq__" not in cls.__dict__:

        def __eq__(self, other):
            if type(other) is not type(self):
                return NotImplemented
            return values(self) == values(other)

        cls.__eq__ = __eq__
        if not frozen and not unsafe_hash and "__hash__" not in cls.__dict__:
            cls.__hash__ = None
    if frozen or unsafe_hash:

        def __hash__(self):
            return hash(values(self))

        if "__hash__" not in cls.__dict__ or cls.__dict__["__hash__"] is None:
            cls.__hash__ = __hash__
    if order:

        def __lt__(self, other):
            return values(self) < values(other)

        def __le__(self, other):
            return values(self) <= values(other)

        def __gt__(self, other):
            return values(self) > values(other)

        def __ge__(self, other):
            return values(self) >= values(other)

        cls.__lt__, cls.__le__, cls.__gt__, cls.__ge__ = __lt__, __le__, __gt__, __ge__
    if frozen:

        def __setattr__(self, name, value):
            raise FrozenInstanceError(f"cannot assign to field {name!r}")

        cls.__setattr__ = __setattr__
    cls.__match_args__ = tuple([f.name for f in positional])
    return cls


def dataclass(cls=None, *, init=True, repr=True, eq=True, order=False, unsafe_hash=False, frozen=False, match_args=True, kw_only=False, slots=False, weakref_slot=False):
    def wrap(c):
        return _process(c, init, repr, eq, order, unsafe_hash, frozen, kw_only)

    return wrap if cls is None else wrap(cls)


def fields(obj):
    return tuple([f for f in obj.__dataclass_fields__.values() if not f._initvar])


def is_dataclass(obj):
    cls = obj if isinstance(obj, type) else type(obj)
    return hasattr(cls, "__dataclass_fields__")


def _plain(v, factory):
    if is_dataclass(v) and not isinstance(v, type):
        return factory([(f.name, _plain(getattr(v, f.name), factory)) for f in fields(v)])
    if isinstance(v, (list, tuple)):
        return type(v)([_plain(i, factory) for i in v])
    if isinstance(v, dict):
        return {_plain(k, factory): _plain(i, factory) for k, i in v.items()}
    return _copy.deepcopy(v)


def asdict(obj, *, dict_factory=dict):
    return _plain(obj, dict_factory)


def astuple(obj, *, tuple_factory=tuple):
    return tuple_factory([getattr(obj, f.name) for f in fields(obj)])


def replace(obj, **changes):
    for f in fields(obj):
        if f.init and f.name not in changes:
            changes[f.name] = getattr(obj, f.name)
    return type(obj)(**changes)


def make_dataclass(cls_name, fields, *, bases=(), namespace=None, **kwargs):
    ns = dict(namespace or {})
    notes = {}
    for item in fields:
        if isinstance(item, str):
            notes[item] = object
        elif len(item) == 2:
            notes[item[0]] = item[1]
        else:
            notes[item[0]] = item[1]
            ns[item[0]] = item[2]
    ns["__annotations__"] = notes
    return dataclass(type(cls_name, bases, ns), **kwargs)
