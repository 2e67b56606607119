"""Imported beside models; a build has no use for it."""

from _refused import refusing as _refusing

__getattr__ = _refusing("uuid")
