"""Annotation objects: they remember what they were made of, print as in CPython, and answer isinstance where CPython does."""


# Scripted code finds what `typing` imports, in PyTorch too.
import warnings

def _name_of(t):
    if t is None or t is type(None):
        return "NoneType"
    if t is ...:
        return "..."
    if isinstance(t, type):
        if t.__module__ == "builtins":
            return t.__qualname__
        return f"{t.__module__}.{t.__qualname__}"
    if isinstance(t, list):
        return "[" + ", ".join([_name_of(a) for a in t]) + "]"
    return repr(t)


class _Annotation:
    def __or__(self, other):
        return _union(self, other)

    def __ror__(self, other):
        return _union(other, self)

    def __call__(self, *args, **kwargs):
        raise TypeError(f"Type {self!r} cannot be instantiated")


class _Special(_Annotation):
    """A bare form such as Any, or one that takes parameters such as List."""

    def __init__(self, name, origin=None, arity=-1):
        self._name = name
        self.__name__ = name
        self.__module__ = "typing"
        self.__origin__ = origin
        self.__args__ = ()
        self._arity = arity

    def __repr__(self):
        return "typing." + self._name

    def __getitem__(self, args):
        if not isinstance(args, tuple):
            args = (args,)
        return _subscript(self, args)

    def __call__(self, *args, **kwargs):
        if self.__origin__ is not None:
            return self.__origin__(*args, **kwargs)
        raise TypeError(f"Type {self!r} cannot be instantiated")

    def __instancecheck__(self, obj):
        if self.__origin__ is not None:
            return isinstance(obj, self.__origin__)
        import collections.abc

        abstract = getattr(collections.abc, self._name, None)
        if abstract is not None:
            return isinstance(obj, abstract)
        raise TypeError(f"{self!r} cannot be used with isinstance()")

    def __mro_entries__(self, bases):
        if self._name in ("Generic", "Protocol"):
            return (_bare[self._name],)
        if self._name == "NamedTuple":
            return (_NamedTupleBase,)
        if self._name == "TypedDict":
            return (dict,)
        if self.__origin__ is not None:
            return (self.__origin__,)
        return (object,)


class _Alias(_Annotation):
    """A form with its parameters: `List[int]`, `list[int]`, `Optional[Tensor]`."""

    def __init__(self, form, origin, args, name):
        self._form = form
        self._name = name
        self.__origin__ = origin
        self.__args__ = args
        self.__module__ = "typing"

    def __repr__(self):
        args = self.__args__
        if self._name == "Optional":
            inner = [a for a in args if a is not type(None)]
            if len(inner) == 1:
                return f"typing.Optional[{_name_of(inner[0])}]"
            return "typing.Union[" + ", ".join([_name_of(a) for a in inner]) + ", NoneType]"
        if self._name == "Tuple" and len(args) == 0:
            return "typing.Tuple[()]"
        if self._name == "Callable" and args:
            params = "..." if args[0] is ... else "[" + ", ".join([_name_of(a) for a in args[:-1]]) + "]"
            return f"typing.Callable[{params}, {_name_of(args[-1])}]"
        inside = ", ".join([_name_of(a) if not isinstance(a, str) else f"ForwardRef({a!r})" for a in args])
        if self._name == "|":
            return " | ".join(["None" if a is type(None) else _name_of(a) for a in args])
        if isinstance(self._form, type):
            return f"{_name_of(self._form)}[{inside}]"
        return f"typing.{self._name}[{inside}]"

    def __eq__(self, other):
        if not isinstance(other, _Alias) or self.__origin__ is not other.__origin__:
            return False
        if self.__origin__ is Union:
            return set(self.__args__) == set(other.__args__)
        return self.__args__ == other.__args__

    def __hash__(self):
        return hash((id(self.__origin__), len(self.__args__)))

    def __getitem__(self, args):
        if not isinstance(args, tuple):
            args = (args,)
        rest = list(args)
        new = []
        for a in self.__args__:
            new.append(rest.pop(0) if isinstance(a, TypeVar) and rest else a)
        return _Alias(self._form, self.__origin__, tuple(new), self._name)

    def __call__(self, *args, **kwargs):
        if isinstance(self.__origin__, type):
            return self.__origin__(*args, **kwargs)
        raise TypeError(f"Type {self!r} cannot be instantiated")

    def __instancecheck__(self, obj):
        if self.__origin__ is Union:
            for a in self.__args__:
                if isinstance(a, type) and isinstance(obj, a):
                    return True
            return False
        raise TypeError("isinstance() argument 2 cannot be a parameterized generic")

    def __mro_entries__(self, bases):
        if self.__origin__ in (_bare["Generic"], _bare["Protocol"]) or isinstance(self.__origin__, type):
            return (self.__origin__,)
        return ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.__origin__, name)


def _flat(args):
    out = []
    for a in args:
        if a is None:
            a = type(None)
        for p in a.__args__ if isinstance(a, _Alias) and a.__origin__ is Union else (a,):
            if not any(p is q or p == q for q in out):
                out.append(p)
    return tuple(out)


def _subscript(form, args):
    name = form._name
    if name == "Optional":
        return _make_union((args[0], None), "Optional")
    if name == "Union":
        return _make_union(args, "Union")
    if name in ("Final", "ClassVar", "Annotated", "Literal", "Type", "Generic", "Protocol"):
        origin = {"Type": type, "Generic": _bare["Generic"], "Protocol": _bare["Protocol"]}.get(name, form)
        return _Alias(form, origin, args, name)
    if name == "Callable":
        params, result = args
        params = (...,) if params is ... else tuple(params)
        return _Alias(form, form.__origin__ or form, params + (result,), name)
    if name == "Tuple" and args == ((),):
        args = ()
    args = tuple([type(None) if a is None else a for a in args])
    return _Alias(form, form.__origin__ or form, args, name)


def _make_union(args, name):
    flat = _flat(args)
    if len(flat) == 1:
        return flat[0]
    if type(None) in flat and len(flat) == 2:
        name = "Optional"
    elif name == "Optional":
        name = "Union"
    return _Alias(Union, Union, flat, name)


def _union(a, b):
    return _Alias(Union, Union, _flat((a, b)), "|")


def _alias(cls, args):
    if not isinstance(args, tuple):
        args = (args,)
    return _Alias(cls, cls, args, cls.__name__)


Any = _Special("Any")
NoReturn = _Special("NoReturn")
Never = _Special("Never")
Self = _Special("Self")
Union = _Special("Union")
Optional = _Special("Optional")
Final = _Special("Final")
ClassVar = _Special("ClassVar")
Literal = _Special("Literal")
Annotated = _Special("Annotated")
LiteralString = _Special("LiteralString")
TypeAlias = _Special("TypeAlias")
List = _Special("List", list)
Dict = _Special("Dict", dict)
Tuple = _Special("Tuple", tuple)
Set = _Special("Set", set)
FrozenSet = _Special("FrozenSet", frozenset)
Type = _Special("Type", type)
Callable = _Special("Callable")
Iterable = _Special("Iterable")
Iterator = _Special("Iterator")
Generator = _Special("Generator")
Sequence = _Special("Sequence")
MutableSequence = _Special("MutableSequence")
Mapping = _Special("Mapping")
MutableMapping = _Special("MutableMapping")
Collection = _Special("Collection")
Container = _Special("Container")
Hashable = _Special("Hashable")
Sized = _Special("Sized")
Reversible = _Special("Reversible")
Awaitable = _Special("Awaitable")
Coroutine = _Special("Coroutine")
AsyncIterator = _Special("AsyncIterator")
AsyncIterable = _Special("AsyncIterable")
ContextManager = _Special("ContextManager")
IO = _Special("IO")
TextIO = _Special("TextIO")
BinaryIO = _Special("BinaryIO")
Pattern = _Special("Pattern")
Match = _Special("Match")
Deque = _Special("Deque")
DefaultDict = _Special("DefaultDict")
OrderedDict = _Special("OrderedDict")
Counter = _Special("Counter")
ChainMap = _Special("ChainMap")
SupportsInt = _Special("SupportsInt")
SupportsFloat = _Special("SupportsFloat")
SupportsIndex = _Special("SupportsIndex")
SupportsAbs = _Special("SupportsAbs")
Required = _Special("Required")
NotRequired = _Special("NotRequired")
Concatenate = _Special("Concatenate")
Unpack = _Special("Unpack")
TypeGuard = _Special("TypeGuard")
Text = str
AnyStr = None


class _Generic:
    def __class_getitem__(cls, args):
        if not isinstance(args, tuple):
            args = (args,)
        return _Alias(cls, cls, args, cls.__name__)


class _Protocol(_Generic):
    pass


_Generic.__name__ = "Generic"
_Protocol.__name__ = "Protocol"
_bare = {"Generic": _Generic, "Protocol": _Protocol}
Generic = _Generic
Protocol = _Protocol


class TypeVar(_Annotation):
    def __init__(self, name, *constraints, bound=None, covariant=False, contravariant=False, default=None):
        self.__name__ = name
        self.__constraints__ = constraints
        self.__bound__ = bound
        self.__module__ = "typing"

    def __repr__(self):
        return "~" + self.__name__


class ParamSpec(TypeVar):
    @property
    def args(self):
        return self

    @property
    def kwargs(self):
        return self


class TypeVarTuple(TypeVar):
    def __iter__(self):
        yield self


class ForwardRef(_Annotation):
    def __init__(self, arg):
        self.__forward_arg__ = arg

    def __repr__(self):
        return f"ForwardRef({self.__forward_arg__!r})"


AnyStr = TypeVar("AnyStr", bytes, str)
T = TypeVar("T")
KT = TypeVar("KT")
VT = TypeVar("VT")


def _named_fields(cls, fields, defaults, annotations):
    from operator import itemgetter

    def __new__(cls_, *args, **kwargs):
        values = list(args)
        if len(values) > len(fields):
            raise TypeError(
                f"{cls_.__name__}.__new__() takes {len(fields) + 1} positional arguments but {len(values) + 1} were given"
            )
        missing = []
        for f in fields[len(values):]:
            if f in kwargs:
                values.append(kwargs.pop(f))
            elif f in defaults:
                values.append(defaults[f])
            else:
                missing.append(repr(f))
        if missing:
            plural = "s" if len(missing) > 1 else ""
            raise TypeError(f"{cls_.__name__}.__new__() missing {len(missing)} required positional argument{plural}: {' and '.join(missing)}")
        for k in kwargs:
            raise TypeError(f"{cls_.__name__}.__new__() got an unexpected keyword argument {k!r}")
        return tuple.__new__(cls_, tuple(values))

    def __repr__(self):
        inside = ", ".join([f"{f}={v!r}" for f, v in zip(fields, self)])
        return f"{type(self).__name__}({inside})"

    def _asdict(self):
        return dict(zip(fields, self))

    def _replace(self, **kwargs):
        values = [kwargs.pop(f, v) for f, v in zip(fields, self)]
        if kwargs:
            raise ValueError(f"Got unexpected field names: {list(kwargs)!r}")
        return type(self)(*values)

    def _make(cls_, iterable):
        return cls_(*iterable)

    cls.__new__ = staticmethod(__new__)
    cls.__repr__ = __repr__
    cls._asdict = _asdict
    cls._replace = _replace
    cls._make = classmethod(_make)
    cls._fields = tuple(fields)
    cls._field_defaults = defaults
    cls.__match_args__ = tuple(fields)
    cls.__annotations__ = annotations
    for i, f in enumerate(fields):
        setattr(cls, f, property(itemgetter(i)))
    return cls


class _NamedTupleMeta(type):
    def __new__(mcs, name, bases, ns, **kwargs):
        if ns.get("_is_base"):
            return super().__new__(mcs, name, bases, ns)
        annotations = ns.get("__annotations__", {})
        fields = list(annotations)
        defaults = {f: ns[f] for f in fields if f in ns}
        ns = {k: v for k, v in ns.items() if k not in defaults}
        if _NamedTupleBase in bases:
            bases = tuple([tuple if b is _NamedTupleBase else b for b in bases])
            made = type.__new__(type, name, bases, ns)
            return _named_fields(made, fields, defaults, annotations)
        return super().__new__(mcs, name, bases, ns)


class _NamedTupleBase(tuple, metaclass=_NamedTupleMeta):
    _is_base = True


class _NamedTuple(_Special):
    def __call__(self, typename, fields=(), **kwargs):
        pairs = list(fields) + list(kwargs.items())
        cls = type(typename, (tuple,), {"__module__": "__main__"})
        return _named_fields(cls, [n for n, _ in pairs], {}, {n: t for n, t in pairs})


NamedTuple = _NamedTuple("NamedTuple")


class _TypedDict(_Special):
    def __call__(self, typename, fields=None, total=True, **kwargs):
        return type(typename, (dict,), {"__annotations__": dict(fields or {}, **kwargs)})


TypedDict = _TypedDict("TypedDict")
TYPE_CHECKING = False


def cast(typ, val):
    return val


def overload(f):
    return f


def final(f):
    return f


def no_type_check(f):
    return f


def runtime_checkable(cls):
    return cls


def override(f):
    return f


def dataclass_transform(**kwargs):
    return lambda c: c


def NewType(name, tp):
    def new_type(x):
        return x

    new_type.__name__ = name
    new_type.__supertype__ = tp
    return new_type


def get_origin(tp):
    if isinstance(tp, _Alias):
        return tp.__origin__
    return None


def get_args(tp):
    if isinstance(tp, _Alias):
        return tp.__args__
    return ()


def get_type_hints(obj, globalns=None, localns=None, include_extras=False):
    hints = {}
    if isinstance(obj, type):
        for base in reversed(obj.__mro__):
            hints.update(base.__dict__.get("__annotations__", {}))
    else:
        hints.update(getattr(obj, "__annotations__", {}))
    return hints


def assert_never(arg):
    raise AssertionError(f"Expected code to be unreachable, but got: {arg!r}")


def reveal_type(obj):
    return obj
