"""Modules, their functions and initialisers."""

from .parameter import Parameter, Buffer, UninitializedParameter, UninitializedBuffer
from .modules import *
from . import functional
from . import init
from . import modules
from . import utils
from . import parameter
