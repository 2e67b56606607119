"""The names that typing has."""

from typing import *
from warnings import deprecated
