"""Switches of libraries that are not here."""

from . import cuda, cudnn, mkldnn, mps, openmp
