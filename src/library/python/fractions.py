"""Rational numbers."""

import math as _math


class Fraction:
    def __init__(self, numerator=0, denominator=1):
        if denominator == 0:
            raise ZeroDivisionError(f"Fraction({numerator}, 0)")
        if isinstance(numerator, Fraction):
            numerator, denominator = numerator.numerator, numerator.denominator * denominator
        g = _math.gcd(numerator, denominator) or 1
        if denominator < 0:
            g = -g
        self.numerator = numerator // g
        self.denominator = denominator // g

    def _of(self, other):
        return other if isinstance(other, Fraction) else Fraction(other)

    def __add__(self, o):
        o = self._of(o)
        return Fraction(self.numerator * o.denominator + o.numerator * self.denominator, self.denominator * o.denominator)

    __radd__ = __add__

    def __sub__(self, o):
        o = self._of(o)
        return Fraction(self.numerator * o.denominator - o.numerator * self.denominator, self.denominator * o.denominator)

    def __mul__(self, o):
        o = self._of(o)
        return Fraction(self.numerator * o.numerator, self.denominator * o.denominator)

    __rmul__ = __mul__

    def __truediv__(self, o):
        o = self._of(o)
        return Fraction(self.numerator * o.denominator, self.denominator * o.numerator)

    def __eq__(self, o):
        o = self._of(o)
        return self.numerator == o.numerator and self.denominator == o.denominator

    def __lt__(self, o):
        o = self._of(o)
        return self.numerator * o.denominator < o.numerator * self.denominator

    def __hash__(self):
        return hash((self.numerator, self.denominator))

    def __float__(self):
        return self.numerator / self.denominator

    def __repr__(self):
        return f"Fraction({self.numerator}, {self.denominator})"

    def __str__(self):
        return f"{self.numerator}/{self.denominator}" if self.denominator != 1 else str(self.numerator)
