"""Operators by namespace."""

from . import aten
