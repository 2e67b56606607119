"""Tools around models."""

from . import data
