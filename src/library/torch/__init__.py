"""torch at build time: tensors and operators are the runtime's, everything else is Python."""

import _torch
from _torch import (
    Tensor, dtype, device, layout, memory_format, Generator, tensor,
    uint8, int8, int16, int32, int64, float16, float32, float64, complex32, complex64, complex128, bool, bfloat16, uint16, uint32, uint64,
    float, double, half, int, long, short, cfloat, cdouble, chalf, qint8, quint8, qint32, quint4x2, quint2x4, float8_e5m2, float8_e4m3fn,
    qscheme, per_tensor_affine, per_channel_affine, per_tensor_symmetric, per_channel_symmetric, per_channel_affine_float_qparams,
    strided, sparse_coo, sparse_csr, _mkldnn, contiguous_format, preserve_format, channels_last, channels_last_3d,
    set_default_dtype, get_default_dtype,
)
from builtins import bool as _bool, float as _float, int as _int
import math as _math

__version__ = "2.13.0"
inf = _math.inf
nan = _math.nan
pi = _math.pi
e = _math.e
newaxis = None



class _TypedMeta(type):
    def __instancecheck__(cls, obj):
        return isinstance(obj, Tensor) and obj.dtype == cls._dtype


class _Typed(Tensor, metaclass=_TypedMeta):
    """torch.FloatTensor and the like: what they make is a plain tensor of their element type."""

    def __new__(cls, *args):
        if len(args) == 1 and not isinstance(args[0], _int):
            return _torch.tensor(args[0], dtype=cls._dtype)
        return _torch.call("empty", [a for a in args] if args else [0], dtype=cls._dtype)

    def __init__(self, *args):
        pass


class FloatTensor(_Typed):
    _dtype = float32


class DoubleTensor(_Typed):
    _dtype = float64


class HalfTensor(_Typed):
    _dtype = float16


class LongTensor(_Typed):
    _dtype = int64


class IntTensor(_Typed):
    _dtype = int32


class ShortTensor(_Typed):
    _dtype = int16


class CharTensor(_Typed):
    _dtype = int8


class ByteTensor(_Typed):
    _dtype = uint8


class BoolTensor(_Typed):
    _dtype = bool


class Size(tuple):
    def __repr__(self):
        return f"torch.Size([{', '.join([str(s) for s in self])}])"

    def numel(self):
        n = 1
        for s in self:
            n *= s
        return n

    def __getitem__(self, i):
        item = tuple.__getitem__(self, i)
        return Size(item) if isinstance(item, tuple) else item

    def __add__(self, other):
        return Size(tuple.__add__(self, tuple(other)))


def _return_type(name, names, values):
    """Several named results, as torch.return_types has them."""
    cls = _return_types.get(name)
    if cls is None:
        from typing import _named_fields

        cls = _named_fields(type(name, (_Return,), {"__module__": "torch.return_types"}), list(names), {}, {})
        cls.__repr__ = _Return.__repr__
        _return_types[name] = cls
    return cls(*values)


class _Return(tuple):
    def __repr__(self):
        inside = ",\n".join([f"{n}={v!r}" for n, v in zip(self._fields, self)])
        return f"torch.return_types.{type(self).__name__}(\n{inside})"


_return_types = {}


_on_demand = ("_C", "amp", "cpu", "cuda", "distributions", "optim", "profiler", "testing")


def __getattr__(name):
    if name == "_segment_reduce":
        return _torch.operator("segment_reduce")
    if name == "autocast":
        from torch.amp import autocast

        return autocast
    if name in _on_demand:
        __import__("torch." + name)
        return globals()[name]
    if not name.startswith("__") and _torch.has_operator(name):
        op = _torch.operator(name)
        globals()[name] = op
        return op
    raise AttributeError(f"module 'torch' has no attribute {name!r}")


def as_tensor(data, dtype=None, device=None):
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype=dtype, device=device)


asarray = as_tensor


def from_numpy(array):
    raise RuntimeError("Numpy is not available")


def is_tensor(obj):
    return isinstance(obj, Tensor)


def is_storage(obj):
    return False


def numel(input):
    return input.numel()


def is_floating_point(input):
    return input.is_floating_point()


def is_complex(input):
    return input.is_complex()


class _Default:
    def __init__(self):
        self.value = None


def manual_seed(seed):
    """Seeds the CPU generator and returns it."""
    _torch.call("manual_seed", _int(seed))
    return default_generator


def seed():
    manual_seed(0)
    return 0


def initial_seed():
    return 0


class _DefaultGenerator:
    def manual_seed(self, seed):
        _torch.call("manual_seed", _int(seed))
        return self

    @property
    def device(self):
        return device("cpu")


default_generator = _DefaultGenerator()


from . import _scripted


class _GradMode:
    """Gradients are never recorded at build time; the mode is remembered all the same."""

    def __init__(self, mode):
        self.mode = mode

    def __enter__(self):
        self.before = _torch.grad_mode(self.mode)
        return self

    def __exit__(self, *args):
        _torch.grad_mode(self.before)
        return None

    def __call__(self, func):
        if isinstance(func, type):
            return func
        import functools

        @functools.wraps(func)
        def inner(*args, **kwargs):
            with self:
                return func(*args, **kwargs)

        return inner


class no_grad(_GradMode):
    __script_class__ = _scripted.no_grad

    def __new__(cls, func=None):
        self = object.__new__(cls)
        self.mode = False
        return self(func) if func is not None else self

    def __init__(self, func=None):
        self.mode = False


class enable_grad(_GradMode):
    __script_class__ = _scripted.enable_grad

    def __init__(self):
        self.mode = True


class inference_mode(_GradMode):
    def __init__(self, mode=True):
        self.mode = not mode


class set_grad_enabled(_GradMode):
    def __init__(self, mode):
        self.mode = mode
        self.before = _torch.grad_mode(mode)

    def __enter__(self):
        return self


def is_grad_enabled():
    return _torch.grad_mode()


def is_inference_mode_enabled():
    return False


def set_default_tensor_type(t):
    pass


def set_default_device(d):
    pass


def get_default_device():
    return device("cpu")


def set_printoptions(**kwargs):
    pass


def set_num_threads(n):
    pass


def get_num_threads():
    return 1


def set_float32_matmul_precision(p):
    pass


def use_deterministic_algorithms(mode, warn_only=False):
    pass


def set_flush_denormal(mode):
    return True


def compile(model=None, **kwargs):
    return model if model is not None else (lambda m: m)


def _assert(condition, message):
    assert condition, message


def typename(obj):
    if isinstance(obj, Tensor):
        return obj.type()
    t = type(obj)
    return t.__qualname__ if t.__module__ == "builtins" else f"{t.__module__}.{t.__qualname__}"


class finfo:
    _limits = {
        float16: (16, 0.0009765625, 65504.0, 6.103515625e-05, 0.001),
        bfloat16: (16, 0.0078125, 3.3895313892515355e38, 1.1754943508222875e-38, 0.01),
        float32: (32, 1.1920928955078125e-07, 3.4028234663852886e38, 1.1754943508222875e-38, 1e-06),
        float64: (64, 2.220446049250313e-16, 1.7976931348623157e308, 2.2250738585072014e-308, 1e-15),
    }

    def __init__(self, type=None):
        type = type or get_default_dtype()
        if type.is_complex:
            type = type.to_real()
        if type not in finfo._limits:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{type}'")
        self.bits, self.eps, self.max, self.tiny, self.resolution = finfo._limits[type]
        self.min = -self.max
        self.smallest_normal = self.tiny
        self.dtype = repr(type).replace("torch.", "")


class iinfo:
    _bits = {uint8: (8, 0), int8: (8, 1), int16: (16, 1), int32: (32, 1), int64: (64, 1), uint16: (16, 0), uint32: (32, 0), uint64: (64, 0)}

    def __init__(self, type):
        if type not in iinfo._bits:
            raise TypeError(f"torch.iinfo() requires an integer input type. Use torch.finfo to handle '{type}'")
        self.bits, signed = iinfo._bits[type]
        self.max = 2 ** (self.bits - signed) - 1
        self.min = -(2 ** (self.bits - 1)) if signed else 0
        self.dtype = repr(type).replace("torch.", "")


def save(obj, f, **kwargs):
    from . import serialization

    serialization.save(obj, f)


def load(f, map_location=None, **kwargs):
    from . import serialization

    return serialization.load(f)




def _dtype_numbered(n):
    for d in (uint8, int8, int16, int32, int64, float16, float32, float64, complex32, complex64, complex128, bool, bfloat16):
        if _torch.dtype_number(d) == n:
            return d
    raise TypeError(f"no dtype has the number {n}")


def result_type(tensor1, tensor2):
    return _dtype_numbered(_torch.call("result_type", tensor1, tensor2))


def promote_types(type1, type2):
    return _dtype_numbered(_torch.call("promote_types", _torch.dtype_number(type1), _torch.dtype_number(type2)))


def can_cast(from_, to):
    return _torch.call("can_cast", _torch.dtype_number(from_), _torch.dtype_number(to))


def split(tensor, split_size_or_sections, dim=0):
    return tensor.split(split_size_or_sections, dim)


def broadcast_tensors(*tensors):
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tensors[0]
    return _torch.call("broadcast_tensors", list(tensors))


def meshgrid(*tensors, indexing=None):
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tensors[0]
    if indexing is None:
        return _torch.call("meshgrid", list(tensors))
    return _torch.call("meshgrid", list(tensors), indexing=indexing)


def einsum(equation, *operands):
    if len(operands) == 1 and isinstance(operands[0], (list, tuple)):
        operands = operands[0]
    return _torch.call("einsum", equation, list(operands))


def block_diag(*tensors):
    return _torch.call("block_diag", list(tensors))


def cartesian_prod(*tensors):
    return _torch.call("cartesian_prod", list(tensors))


from . import _VF
from . import fft
from . import linalg
from . import special
from . import jit
from . import nn
from .jit import _script

jit.ScriptModule = _script.ScriptModule
jit.RecursiveScriptModule = _script.RecursiveScriptModule
jit.TopLevelTracedModule = _script.TopLevelTracedModule
from .functional import cdist, lu, norm, stft, tensordot, unique, unique_consecutive
from . import utils
from . import autograd
from . import cuda
from . import backends
from . import ops
from . import profiler
from . import _awaits
