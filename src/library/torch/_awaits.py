"""Values that are computed when asked for."""


class _Await:
    def __init__(self, func, args):
        self._func, self._args = func, args

    def __class_getitem__(cls, args):
        import typing

        return typing._alias(cls, args)

    def __getattr__(self, name):
        return getattr(_wait(self), name)

    def args(self):
        return self._args

    def fn(self):
        return self._func

    def is_nowait(self):
        return self._func is None


_Await.__name__ = "Await"


def _wait(a):
    if "_value" not in a.__dict__:
        a._value = a._func(*a._args)
    return a._value
