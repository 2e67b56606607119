"""Tools for functions."""

_initial_missing = object()
WRAPPER_ASSIGNMENTS = ("__module__", "__name__", "__qualname__", "__doc__")
WRAPPER_UPDATES = ("__dict__",)


def reduce(function, iterable, initial=_initial_missing):
    it = iter(iterable)
    if initial is _initial_missing:
        try:
            value = next(it)
        except StopIteration:
            raise TypeError("reduce() of empty iterable with no initial value") from None
    else:
        value = initial
    for x in it:
        value = function(value, x)
    return value


class partial:
    def __init__(self, func, *args, **keywords):
        if isinstance(func, partial):
            args = func.args + args
            keywords = {**func.keywords, **keywords}
            func = func.func
        self.func = func
        self.args = args
        self.keywords = keywords

    def __call__(self, *args, **kwargs):
        return self.func(*self.args, *args, **{**self.keywords, **kwargs})

    def __repr__(self):
        parts = [repr(self.func)] + [repr(a) for a in self.args] + [f"{k}={v!r}" for k, v in self.keywords.items()]
        return f"functools.partial({', '.join(parts)})"


class partialmethod:
    def __init__(self, func, *args, **keywords):
        self.func, self.args, self.keywords = func, args, keywords

    def __get__(self, obj, cls=None):
        return partial(self.func, obj, *self.args, **self.keywords)


def update_wrapper(wrapper, wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    for name in ("__name__", "__qualname__"):
        if hasattr(wrapped, name):
            setattr(wrapper, name, getattr(wrapped, name))
    wrapper.__dict__.update(getattr(wrapped, "__dict__", {}))
    wrapper.__wrapped__ = wrapped
    return wrapper


def wraps(wrapped, assigned=WRAPPER_ASSIGNMENTS, updated=WRAPPER_UPDATES):
    return lambda wrapper: update_wrapper(wrapper, wrapped)


def lru_cache(maxsize=128, typed=False):
    def decorate(f):
        memory = {}
        counts = [0, 0]

        def wrapper(*args, **kwargs):
            key = (args, tuple(sorted(kwargs.items())))
            if key in memory:
                counts[0] += 1
                return memory[key]
            counts[1] += 1
            memory[key] = value = f(*args, **kwargs)
            return value

        def cache_clear():
            memory.clear()

        update_wrapper(wrapper, f)
        wrapper.cache_clear = cache_clear
        return wrapper

    if callable(maxsize):
        return decorate(maxsize)
    return decorate


def cache(f):
    return lru_cache(None)(f)


class cached_property:
    def __init__(self, func):
        self.func = func
        self.name = None

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, obj, cls=None):
        if obj is None:
            return self
        value = self.func(obj)
        obj.__dict__[self.name] = value
        return value


def total_ordering(cls):
    names = [n for n in ("__lt__", "__le__", "__gt__", "__ge__") if n in cls.__dict__]
    if not names:
        raise ValueError("must define at least one ordering operation: < > <= >=")
    base = names[0]
    first = cls.__dict__[base]
    if base == "__lt__":
        less = first
    elif base == "__gt__":
        less = lambda a, b: first(b, a)
    elif base == "__le__":
        less = lambda a, b: first(a, b) and not a == b
    else:
        less = lambda a, b: not first(a, b)
    if "__lt__" not in names:
        cls.__lt__ = lambda a, b: less(a, b)
    if "__gt__" not in names:
        cls.__gt__ = lambda a, b: less(b, a)
    if "__le__" not in names:
        cls.__le__ = lambda a, b: not less(b, a)
    if "__ge__" not in names:
        cls.__ge__ = lambda a, b: not less(a, b)
    return cls


def cmp_to_key(mycmp):
    class K:
        def __init__(self, obj):
            self.obj = obj

        def __lt__(self, other):
            return mycmp(self.obj, other.obj) < 0

        def __eq__(self, other):
            return mycmp(self.obj, other.obj) == 0

    return K


def singledispatch(f):
    table = {}

    def wrapper(*args, **kwargs):
        for cls in type(args[0]).__mro__:
            if cls in table:
                return table[cls](*args, **kwargs)
        return f(*args, **kwargs)

    def register(cls, func=None):
        if func is None:
            return lambda g: register(cls, g)
        table[cls] = func
        return func

    update_wrapper(wrapper, f)
    wrapper.register = register
    return wrapper
