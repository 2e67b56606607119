"""The numeric tower."""


class _Meta(type):
    def __instancecheck__(cls, obj):
        return isinstance(obj, cls._types)


class Number(metaclass=_Meta):
    _types = (int, float, complex)


class Complex(Number):
    _types = (int, float, complex)


class Real(Complex):
    _types = (int, float)


class Rational(Real):
    _types = (int,)


class Integral(Rational):
    _types = (int,)
