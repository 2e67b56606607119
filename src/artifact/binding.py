import builtins as _builtins
import collections as _collections
import ctypes as _c
import enum as _enums
import os as _os
import struct as _struct
import sys as _sys

_lib = _c.CDLL(_os.path.join(_os.path.dirname(_os.path.abspath(__file__)), _LIBRARY))


class _DLTensor(_c.Structure):
    _fields_ = [("data", _c.c_void_p), ("device_type", _c.c_int32), ("device_id", _c.c_int32), ("ndim", _c.c_int32),
                ("code", _c.c_uint8), ("bits", _c.c_uint8), ("lanes", _c.c_uint16), ("shape", _c.POINTER(_c.c_int64)),
                ("strides", _c.POINTER(_c.c_int64)), ("byte_offset", _c.c_uint64)]


class _Managed(_c.Structure):
    _fields_ = [("major", _c.c_uint32), ("minor", _c.c_uint32), ("ctx", _c.c_void_p), ("deleter", _c.c_void_p),
                ("flags", _c.c_uint64), ("dl", _DLTensor)]


class _Frame(_c.Structure):
    _fields_ = [("file", _c.c_char_p), ("function", _c.c_char_p), ("line", _c.c_uint32), ("column", _c.c_uint32), ("text", _c.c_char_p)]


class _Error(_c.Structure):
    _fields_ = [("code", _c.c_int32), ("dimension", _c.c_int32), ("type", _c.c_char_p), ("message", _c.c_char_p),
                ("argument", _c.c_char_p), ("expected", _c.c_char_p), ("got", _c.c_char_p), ("frame_count", _c.c_size_t),
                ("frames", _c.POINTER(_c.POINTER(_Frame)))]


class _Str(_c.Structure):
    _fields_ = [("ptr", _c.c_char_p), ("len", _c.c_size_t)]


class _Complex(_c.Structure):
    _fields_ = [("re", _c.c_double), ("im", _c.c_double)]


class _Device(_c.Structure):
    _fields_ = [("type", _c.c_int32), ("index", _c.c_int32)]


class _Items(_c.Structure):
    _fields_ = [("ptr", _c.c_void_p), ("len", _c.c_size_t)]


class _As(_c.Union):
    _fields_ = [("b", _c.c_bool), ("i", _c.c_int64), ("f", _c.c_double), ("c", _Complex), ("p", _c.c_void_p), ("s", _Str),
                ("items", _Items), ("device", _Device)]


class _Value(_c.Structure):
    _fields_ = [("tag", _c.c_int32), ("as_", _As)]


_lib.ts_last_error.restype = _c.POINTER(_Error)
_lib.ts_release.argtypes = [_c.c_void_p]
_lib.ts_release.restype = None
for _name in ("ts_dlpack_share", "ts_dlpack_share_legacy"):
    getattr(_lib, _name).argtypes = [_c.c_void_p]
    getattr(_lib, _name).restype = _c.c_void_p
_PRINT = _c.CFUNCTYPE(None, _c.c_void_p, _c.c_size_t)


@_PRINT
def _print(at, length):
    _sys.stdout.write(_c.string_at(at, length).decode("utf-8", "replace"))


_lib.ts_print_to.argtypes, _lib.ts_print_to.restype = [_PRINT], None
_lib.ts_print_to(_print)
_capsule_new = _c.pythonapi.PyCapsule_New
_capsule_new.argtypes, _capsule_new.restype = [_c.c_void_p, _c.c_char_p, _c.c_void_p], _c.py_object
_capsule_pointer = _c.pythonapi.PyCapsule_GetPointer
_capsule_pointer.argtypes, _capsule_pointer.restype = [_c.py_object, _c.c_char_p], _c.c_void_p
_capsule_valid = _c.pythonapi.PyCapsule_IsValid
_capsule_valid.argtypes, _capsule_valid.restype = [_c.py_object, _c.c_char_p], _c.c_int
_DELETER = _c.CFUNCTYPE(None, _c.c_void_p)
_deleters = {}


def _delete(address, managed):
    f = _deleters.get(address)
    if f is None:
        f = _deleters[address] = _DELETER(address)
    f(managed)


@_c.PYFUNCTYPE(None, _c.c_void_p)
def _drop_capsule(capsule):
    # A capsule that nobody took: its tensor goes with it.
    capsule = _c.cast(capsule, _c.py_object)
    for name, deleter_offset in ((b"dltensor_versioned", _Managed.deleter.offset), (b"dltensor", _c.sizeof(_DLTensor) + 8)):
        if _capsule_valid(capsule, name):
            p = _capsule_pointer(capsule, name)
            deleter = _c.c_void_p.from_address(p + deleter_offset).value
            if deleter:
                _delete(deleter, p)


_DROP = _c.cast(_drop_capsule, _c.c_void_p)
_KINDS = {(0, 8): "int8", (0, 16): "int16", (0, 32): "int32", (0, 64): "int64", (1, 8): "uint8", (1, 16): "uint16", (1, 32): "uint32",
          (1, 64): "uint64", (2, 16): "float16", (2, 32): "float32", (2, 64): "float64", (4, 16): "bfloat16", (5, 64): "complex64",
          (5, 128): "complex128", (6, 8): "bool"}
_FORMATS = {"b": (0, 8), "h": (0, 16), "i": (0, 32), "l": (0, 64), "q": (0, 64), "n": (0, 64), "B": (1, 8), "c": (1, 8), "H": (1, 16),
            "I": (1, 32), "L": (1, 64), "Q": (1, 64), "e": (2, 16), "f": (2, 32), "d": (2, 64), "Zf": (5, 64), "Zd": (5, 128), "?": (6, 8)}
_ELEMENTS = {"int8": _c.c_int8, "int16": _c.c_int16, "int32": _c.c_int32, "int64": _c.c_int64, "uint8": _c.c_uint8, "uint16": _c.c_uint16,
             "uint32": _c.c_uint32, "uint64": _c.c_uint64, "float32": _c.c_float, "float64": _c.c_double, "bool": _c.c_bool}


def _reader(element):
    return lambda at: element.from_address(at).value, _c.sizeof(element)


def _unpacked(form, size):
    return lambda at: _struct.unpack(form, _c.string_at(at, size))[0], size


def _pair(form, size):
    return lambda at: complex(*_struct.unpack(form, _c.string_at(at, size))), size


_READERS = {name: _reader(element) for name, element in _ELEMENTS.items()}
_READERS["float16"] = _unpacked("<e", 2)
_READERS["bfloat16"] = lambda at: _struct.unpack("<f", b"\0\0" + _c.string_at(at, 2))[0], 2
_READERS["complex64"], _READERS["complex128"] = _pair("<ff", 8), _pair("<dd", 16)
_DTYPES = {"uint8": 0, "int8": 1, "int16": 2, "short": 2, "int32": 3, "int": 3, "int64": 4, "long": 4, "float16": 5, "half": 5,
           "float32": 6, "float": 6, "float64": 7, "double": 7, "complex32": 8, "complex64": 9, "cfloat": 9, "complex128": 10,
           "cdouble": 10, "bool": 11, "bfloat16": 15, "uint16": 27, "uint32": 28, "uint64": 29,
           "strided": 0, "contiguous_format": 0, "preserve_format": 1, "channels_last": 2, "channels_last_3d": 3}


class Tensor:
    """A result: hand it to torch.from_dlpack or numpy.from_dlpack, or read it with tolist()."""

    def __init__(self, managed):
        self._managed = managed
        dl = _Managed.from_address(managed).dl
        n = dl.ndim
        self.shape, self.strides = (tuple(dl.shape[:n]), tuple(dl.strides[:n])) if n else ((), ())
        self.dtype = _KINDS[dl.code, dl.bits]
        self._data = dl.data

    def __del__(self):
        if self._managed:
            _delete(_Managed.from_address(self._managed).deleter, self._managed)
            self._managed = None

    def __dlpack__(self, *, stream=None, max_version=None, dl_device=None, copy=None):
        if max_version is not None and max_version[0] >= 1:
            return _capsule_new(_lib.ts_dlpack_share(self._managed), b"dltensor_versioned", _DROP)
        return _capsule_new(_lib.ts_dlpack_share_legacy(self._managed), b"dltensor", _DROP)

    def __dlpack_device__(self):
        return (1, 0)

    def __array__(self, dtype=None, copy=None):
        import numpy
        if self.dtype == "bfloat16":
            # NumPy has no such type; float32 holds every value.
            a = numpy.array(self.tolist(), dtype="float32").reshape(self.shape)
        else:
            a = numpy.from_dlpack(self)
        return a if dtype is None else a.astype(dtype)

    def __len__(self):
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def tolist(self):
        read, size = _READERS[self.dtype]

        def level(d, offset):
            if d == len(self.shape):
                return read(self._data + offset * size)
            return [level(d + 1, offset + i * self.strides[d]) for i in range(self.shape[d])]
        return level(0, 0)

    def item(self):
        v = self.tolist()
        while isinstance(v, list):
            if len(v) != 1:
                raise RuntimeError("item() needs a tensor of one element, this one has shape %r" % (self.shape,))
            v = v[0]
        return v

    def __repr__(self):
        return "Tensor(%r, dtype=%s)" % (self.tolist(), self.dtype)


class _Constant:
    """A tensor that is a parameter's default."""

    def __init__(self, dtype, shape, data):
        self.kind = next(k for k, name in _KINDS.items() if name == dtype)
        self.shape, self.data = shape, bytes.fromhex(data)


def _borrow(x, keep):
    """Address of a DLTensor that describes x, valid while `keep` lives."""
    if isinstance(x, Tensor):
        keep.append(x)
        return x._managed + _Managed.dl.offset
    if isinstance(x, _Constant):
        data, shape = _c.create_string_buffer(x.data, max(len(x.data), 1)), (_c.c_int64 * len(x.shape))(*x.shape)
        dl = _DLTensor(_c.addressof(data), 1, 0, len(x.shape), *x.kind, 1, shape, None, 0)
        keep += [data, shape, dl]
        return _c.addressof(dl)
    torch, numpy = _sys.modules.get("torch"), _sys.modules.get("numpy")
    # The usual type first: isinstance asks the tensor's metaclass.
    is_torch = torch is not None and (type(x) is torch.Tensor or isinstance(x, torch.Tensor))
    if is_torch or hasattr(x, "__dlpack__"):
        if is_torch:
            x = x.detach() if x.requires_grad else x
            x = x.resolve_conj() if x.is_conj() else x
            x = x.resolve_neg() if x.is_neg() else x
        elif numpy is not None and isinstance(x, numpy.ndarray) and min(x.strides, default=0) < 0:
            x = x.copy()
        try:
            # The method checks much that has been checked.
            capsule = torch.utils.dlpack.to_dlpack(x) if is_torch and x.layout is torch.strided else x.__dlpack__()
            keep.append(capsule)
            return _capsule_pointer(capsule, b"dltensor")
        except (BufferError, TypeError, ValueError):
            # Read-only arrays and the like: the buffer protocol may still give their bytes.
            if not hasattr(x, "__array_interface__"):
                raise
    try:
        view = memoryview(x)
    except (TypeError, ValueError):
        raise TypeError("expected a tensor (an object with __dlpack__ or the buffer protocol), got %s" % type(x).__name__) from None
    kind = _FORMATS.get(view.format.lstrip("@=<"))
    if kind is None and view.format[:1] in ">!" and hasattr(x, "astype"):
        return _borrow(x.astype(x.dtype.newbyteorder("=")), keep)
    if kind is None:
        raise TypeError("a buffer of format %r is not a tensor" % view.format)
    if view.readonly or any(s < 0 or s % view.itemsize for s in view.strides):
        data = _c.create_string_buffer(view.tobytes(), max(view.nbytes, 1))
        strides = None
    else:
        data = (_c.c_char * 0).from_buffer(view) if view.nbytes else None
        strides = (_c.c_int64 * view.ndim)(*[s // view.itemsize for s in view.strides])
    shape = (_c.c_int64 * view.ndim)(*view.shape)
    dl = _DLTensor(_c.addressof(data) if data is not None else None, 1, 0, view.ndim, kind[0], kind[1], 1, shape, strides, 0)
    keep += [view, data, shape, strides, dl]
    return _c.addressof(dl)


class Error(RuntimeError):
    """What compiled code raises. Each kind of exception is a class of its own, below this one and Python's of that name."""
    __str__ = BaseException.__str__


_exceptions = {}


def _exception(kind):
    if kind not in _exceptions:
        builtin = getattr(_builtins, kind, None)
        usual = isinstance(builtin, type) and issubclass(builtin, Exception) and not issubclass(Error, builtin)
        # Those of Unicode are made from five arguments.
        usual = usual and not issubclass(builtin, UnicodeError)
        _exceptions[kind] = type(kind, (Error, builtin) if usual else (Error,), {})
    return _exceptions[kind]


def _wrong(want, x):
    return TypeError("expected a value of type %s, got %s" % (want, type(x).__name__))


class _Scalar:
    """A type that C passes by value."""
    by = "value"

    def __init__(self, name, ctype, convert):
        self.name, self.ctype, self.convert = name, ctype, convert

    def put(self, x, keep):
        return self.convert(x)

    def get(self, address):
        return self.ctype.from_address(address).value


def _to_int(x):
    if isinstance(x, float) or isinstance(x, str):
        raise _wrong("int", x)
    text = str(x)
    if text.startswith("torch.") and text[6:] in _DTYPES:
        return _DTYPES[text[6:]]
    try:
        return x.__index__()
    except (AttributeError, TypeError):
        # A tensor of one element, or another package's number, of whatever type.
        if not hasattr(x, "__int__") or isinstance(x, complex):
            raise _wrong("int", x) from None
        return int(x)


def _to_float(x):
    if isinstance(x, str) or not hasattr(x, "__float__"):
        raise _wrong("float", x)
    return float(x)


def _to_bool(x):
    # Whatever says itself whether it is true, but for texts and containers; of tensors those with one element do.
    if hasattr(x, "__len__") and not hasattr(x, "__dlpack__") or not hasattr(x, "__bool__"):
        raise _wrong("bool", x)
    try:
        return bool(x)
    except (RuntimeError, ValueError):
        raise _wrong("bool", x) from None


def _to_seed(x):
    # Generators cross by their seed.
    if isinstance(x, int):
        return x & 0xffffffffffffffff
    if not hasattr(x, "initial_seed"):
        raise _wrong("Generator", x)
    return x.initial_seed() & 0xffffffffffffffff


class _NoneType:
    by, name, ctype = "nothing", "None", _c.c_uint8

    def put(self, x, keep):
        if x is not None:
            raise _wrong("None", x)
        return 0

    def get(self, address):
        return None


class _ComplexType:
    by, name, ctype = "pointer", "complex", _Complex

    def put(self, x, keep):
        if isinstance(x, str):
            raise _wrong("complex", x)
        x = complex(x)
        return _Complex(x.real, x.imag)

    def get(self, address):
        c = _Complex.from_address(address)
        return complex(c.re, c.im)


class _StrType:
    by, name, ctype = "value", "str", _Str

    def put(self, x, keep):
        if not isinstance(x, (str, bytes)):
            raise _wrong("str", x)
        b = x.encode() if isinstance(x, str) else x
        keep.append(b)
        return _Str(b, len(b))

    def get(self, address):
        s = _Str.from_address(address)
        p = _c.c_void_p.from_address(address).value
        return _c.string_at(p, s.len).decode() if s.len else ""


class _DeviceType:
    by, name, ctype = "pointer", "Device", _Device

    def put(self, x, keep):
        kind, _, index = str(x).partition(":")
        kinds = {"cpu": 0, "cuda": 1, "xpu": 12, "mps": 13, "meta": 14}
        if kind not in kinds:
            raise _wrong("Device", x)
        return _Device(kinds[kind], int(index) if index else -1)

    def get(self, address):
        d = _Device.from_address(address)
        name = {0: "cpu", 1: "cuda", 12: "xpu", 13: "mps", 14: "meta"}.get(d.type, str(d.type))
        text = name if d.index < 0 else "%s:%d" % (name, d.index)
        torch = _sys.modules.get("torch")
        return torch.device(text) if torch else text


class _EnumType:
    by, ctype = "value", _c.c_void_p

    def __init__(self, members):
        self.members, self.name = members, members.__name__

    def put(self, x, keep):
        # Any enum of that name will do: the program's own class and this one are twins.
        if not isinstance(x, _enums.Enum) or x.name not in self.members.__members__:
            raise _wrong(self.name, x)
        return _enum_addresses[self.members[x.name]]

    def get(self, address):
        return _enum_members[_c.c_void_p.from_address(address).value]


_enum_addresses, _enum_members = {}, {}


def _enum(name, members):
    made = _enums.Enum(name, [(m, v) for m, _, v in members])
    for member, symbol, _ in members:
        address = _c.addressof(_c.c_char.in_dll(_lib, symbol))
        _enum_addresses[made[member]] = address
        _enum_members[address] = made[member]
    return made


class _TensorType:
    by, name, ctype = "value", "Tensor", _c.c_void_p

    def put(self, x, keep):
        return _borrow(x, keep)

    def get(self, address):
        place = _c.c_void_p.from_address(address)
        managed, place.value = place.value, None
        return Tensor(managed) if managed else None


class _ObjectType:
    by, ctype = "value", _c.c_void_p

    def __init__(self, name):
        self.name = name

    def classes(self):
        return [_classes[self.name]]

    def fits(self, x):
        return isinstance(x, tuple(self.classes()))

    def twin(self, x):
        """The class of the library whose attributes x has, an instance of the program's own class."""
        return _classes[self.name]

    def put(self, x, keep):
        if self.fits(x):
            return x._handle
        made = None if hasattr(x, "_handle") or not hasattr(x, "__dict__") or hasattr(x, "__dlpack__") else self.twin(x)
        if made is None or made._from_attributes is None:
            raise _wrong(_classes[self.name].__name__, x)
        names = [n for n, _, _ in made._from_attributes.params]
        for n in names:
            if not hasattr(x, n):
                raise TypeError("expected a value of type %s, and this %s has no attribute %r" % (made.__name__, type(x).__name__, n))
        new = object.__new__(made)
        new._handle = made._from_attributes(None, [getattr(x, n) for n in names], {})
        keep.append(new)
        return new._handle

    def get(self, address):
        place = _c.c_void_p.from_address(address)
        handle, place.value = place.value, None
        new = object.__new__(_classes[self.name])
        new._handle = handle
        return new


class _InterfaceType(_ObjectType):
    """Takes instances of the classes that have its methods."""

    def __init__(self, name, implementers):
        self.name, self.implementers = name, implementers

    def classes(self):
        return [_classes[n] for n in (self.name, *self.implementers)]

    def twin(self, x):
        return next((c for c in self.classes()[1:] if c.__name__ == type(x).__name__), None)


class Future:
    """The result of a call that was forked. It is there: compiled code runs a call where it is forked."""

    def __init__(self, value):
        self._value = value

    def wait(self):
        return self._value

    value = wait

    def done(self):
        return True


class _FutureType:
    def __init__(self, inner):
        self.inner, self.name, self.by, self.ctype = inner, "Future[%s]" % inner.name, inner.by, inner.ctype

    def put(self, x, keep):
        if not hasattr(x, "wait"):
            raise _wrong(self.name, x)
        return self.inner.put(x.wait(), keep)

    def get(self, address):
        return Future(self.inner.get(address))


def _plain(t):
    """The type as C sees it: a future is its value."""
    return _plain(t.inner) if isinstance(t, _FutureType) else t


class _Optional:
    def __init__(self, inner):
        self.inner, self.name = inner, "Optional[%s]" % inner.name
        self.direct = isinstance(_plain(inner), (_TensorType, _ObjectType, _EnumType))
        self.by, self.ctype = "value", _c.c_void_p

    def put(self, x, keep):
        if x is None:
            return None
        if self.direct:
            return self.inner.put(x, keep)
        box = self.inner.ctype()
        _store(self.inner, box, x, keep)
        keep.append(box)
        return _c.addressof(box)

    def get(self, address):
        p = _c.c_void_p.from_address(address).value
        if not p:
            return None
        return self.inner.get(address) if self.direct else self.inner.get(p)


def _store(t, place, x, keep):
    v = t.put(x, keep)
    if isinstance(place, _c.Structure):
        _c.memmove(_c.addressof(place), _c.addressof(v), _c.sizeof(place))
    else:
        place.value = v


def _array(t, xs, keep):
    a = (t.ctype * len(xs))()
    for i, x in enumerate(xs):
        a[i] = t.put(x, keep)
    keep.append(a)
    return _c.addressof(a)


class _ListType:
    by, ctype = "value", _Items

    def __init__(self, inner):
        self.inner, self.name = inner, "List[%s]" % inner.name

    def put(self, x, keep):
        if not isinstance(x, (list, tuple)):
            if hasattr(x, "tolist") and not hasattr(x, "__dlpack__"):
                x = x.tolist()
            elif isinstance(x, (str, dict)) or not hasattr(x, "__iter__"):
                raise _wrong(self.name, x)
        x = list(x)
        return _Items(_array(self.inner, x, keep), len(x))

    def get(self, address):
        s, size = _Items.from_address(address), _c.sizeof(self.inner.ctype)
        return [self.inner.get(s.ptr + i * size) for i in range(s.len)]


class _Filled(_ListType):
    """A list that a single number fills."""

    def __init__(self, inner, count):
        self.plain, self.count, self.name, self.by, self.ctype = inner, count, inner.name, inner.by, inner.ctype

    def put(self, x, keep):
        number = isinstance(x, (int, float)) and not isinstance(x, bool)
        return self.plain.put([x] * self.count if number else x, keep)


class _Pairs(_c.Structure):
    _fields_ = [("keys", _c.c_void_p), ("values", _c.c_void_p), ("len", _c.c_size_t)]


class _DictType:
    by, ctype = "pointer", _Pairs

    def __init__(self, key, value):
        self.key, self.value, self.name = key, value, "Dict[%s, %s]" % (key.name, value.name)

    def put(self, x, keep):
        if not isinstance(x, dict):
            raise _wrong(self.name, x)
        return _Pairs(_array(self.key, list(x), keep), _array(self.value, list(x.values()), keep), len(x))

    def get(self, address):
        p = _Pairs.from_address(address)
        k, v = _c.sizeof(self.key.ctype), _c.sizeof(self.value.ctype)
        return {self.key.get(p.keys + i * k): self.value.get(p.values + i * v) for i in range(p.len)}


class _TupleType:
    by = "pointer"

    def __init__(self, inner, name=None, fields=None):
        self.inner = inner
        self.make = _named(name, fields) if name else lambda *xs: xs
        self.name = name or "Tuple[%s]" % ", ".join(t.name for t in inner)
        members = [("f%d" % i, t.ctype) for i, t in enumerate(inner)] or [("none", _c.c_uint8)]
        self.ctype = type("_Struct", (_c.Structure,), {"_fields_": members})

    def put(self, x, keep):
        if not isinstance(x, (tuple, list)) or len(x) != len(self.inner):
            raise _wrong(self.name, x)
        s = self.ctype()
        for i, (t, v) in enumerate(zip(self.inner, x)):
            setattr(s, "f%d" % i, t.put(v, keep))
        return s

    def get(self, address):
        return self.make(*[t.get(address + getattr(self.ctype, "f%d" % i).offset) for i, t in enumerate(self.inner)])


_tuples = {}


def _named(name, fields):
    if (name, fields) not in _tuples:
        _tuples[name, fields] = _collections.namedtuple(name, fields)
    return _tuples[name, fields]


class _AnyType:
    by, ctype = "pointer", _Value

    def __init__(self, name):
        self.name = name

    def put(self, x, keep):
        v = _Value()
        if x is None:
            v.tag = 0
        elif isinstance(x, bool):
            v.tag, v.as_.b = 1, x
        elif isinstance(x, int):
            v.tag, v.as_.i = 2, x
        elif isinstance(x, float):
            v.tag, v.as_.f = 3, x
        elif isinstance(x, complex):
            v.tag, v.as_.c = 4, _Complex(x.real, x.imag)
        elif isinstance(x, str):
            v.tag, v.as_.s = 6, _STR.put(x, keep)
        elif isinstance(x, (list, tuple)):
            v.tag, v.as_.items = 7 if isinstance(x, list) else 9, _Items(_array(_ANY, x, keep), len(x))
        elif isinstance(x, dict):
            v.tag, v.as_.items = 8, _Items(_array(_ANY, [y for kv in x.items() for y in kv], keep), 2 * len(x))
        elif isinstance(x, _enums.Enum):
            found = [a for m, a in _enum_addresses.items() if m.name == x.name and type(m).__name__ == type(x).__name__]
            if not found:
                raise _wrong(self.name, x)
            v.tag, v.as_.p = 14, found[0]
        elif hasattr(x, "_handle"):
            v.tag, v.as_.p = 10, x._handle
        elif type(x).__name__ == "device":
            v.tag, v.as_.device = 11, _DEVICE.put(x, keep)
        elif str(x).startswith("torch.") and str(x)[6:] in _DTYPES:
            v.tag, v.as_.i = 2, _DTYPES[str(x)[6:]]
        else:
            v.tag, v.as_.p = 5, _borrow(x, keep)
        return v

    def get(self, address):
        v = _Value.from_address(address)
        at = address + _Value.as_.offset
        if v.tag == 0:
            return None
        if v.tag in (7, 8, 9):
            items, size = v.as_.items, _c.sizeof(_Value)
            xs = [self.get(items.ptr + i * size) for i in range(items.len)]
            return xs if v.tag == 7 else tuple(xs) if v.tag == 9 else dict(zip(xs[::2], xs[1::2]))
        if v.tag == 14 and v.as_.p in _enum_members:
            return _enum_members[v.as_.p]
        if v.tag not in _BY_TAG:
            raise TypeError("a value of tag %d has no Python form" % v.tag)
        return _BY_TAG[v.tag].get(at)


def _fits(t, x):
    """Whether x is a value of the type as it is, without a conversion."""
    if t is _NONE:
        return x is None
    if t in (_BOOL, _INT, _FLOAT, _COMPLEX, _STR):
        return type(x) is {_BOOL: bool, _INT: int, _FLOAT: float, _COMPLEX: complex, _STR: str}[t]
    if t is _TENSOR:
        return isinstance(x, Tensor) or hasattr(x, "__dlpack__")
    if t is _DEVICE:
        return type(x).__name__ == "device"
    if isinstance(t, _Optional):
        return x is None or _fits(t.inner, x)
    if isinstance(t, _ListType):
        return isinstance(x, list) and all(_fits(t.inner, y) for y in x)
    if isinstance(t, _DictType):
        return isinstance(x, dict) and all(_fits(t.key, k) and _fits(t.value, v) for k, v in x.items())
    if isinstance(t, _TupleType):
        return isinstance(x, tuple) and len(x) == len(t.inner) and all(map(_fits, t.inner, x))
    if isinstance(t, _UnionType):
        return any(_fits(m, x) for m in t.members)
    if isinstance(t, _EnumType):
        return isinstance(x, _enums.Enum) and x.name in t.members.__members__
    if isinstance(t, _ObjectType):
        return t.fits(x)
    return isinstance(t, _AnyType)


class _UnionType(_AnyType):
    def __init__(self, name, members):
        self.name, self.members = name, members

    def put(self, x, keep):
        if not any(_fits(t, x) for t in self.members):
            raise _wrong(self.name, x)
        return _AnyType.put(self, x, keep)


_NONE, _STR, _TENSOR, _COMPLEX, _DEVICE = _NoneType(), _StrType(), _TensorType(), _ComplexType(), _DeviceType()
_ANY = _AnyType("Any")
_GENERATOR = _Scalar("Generator", _c.c_uint64, _to_seed)
_INT, _FLOAT, _BOOL = _Scalar("int", _c.c_int64, _to_int), _Scalar("float", _c.c_double, _to_float), _Scalar("bool", _c.c_bool, _to_bool)
_BY_TAG = {1: _BOOL, 2: _INT, 3: _FLOAT, 4: _COMPLEX, 5: _TENSOR, 6: _STR, 11: _DEVICE}
_classes = {}


def _fail():
    e = _lib.ts_last_error().contents
    kind, text = e.type.decode(), e.message.decode()
    lines = []
    for i in reversed(range(e.frame_count)):
        f = e.frames[i].contents
        lines.append('  File "%s", line %d, in %s' % (f.file.decode(), f.line, f.function.decode()))
        if f.text:
            lines.append("    " + f.text.decode().strip())
    if lines:
        text += "\n\nTraceback of TorchScript (most recent call last):\n" + "\n".join(lines)
    return _exception(kind)(text)


class _Function:
    """A C function with Python's way of calling."""

    def __init__(self, symbol, name, receiver, params, positional, result, doc):
        self.positional = positional
        self.f, self.name, self.params, self.result, self.doc, self.receiver = getattr(_lib, symbol), name, params, result, doc, receiver
        kinds = [_c.c_void_p] if receiver else []
        for _, t, _ in params:
            if t.by != "nothing":
                kinds.append(t.ctype if t.by == "value" else _c.c_void_p)
        if result is not _NONE:
            kinds.append(_c.c_void_p)
        self.f.argtypes = kinds
        result = _plain(result)
        self.block = not isinstance(result, (_Scalar, _TensorType, _ObjectType, _EnumType, _ComplexType, _DeviceType, _NoneType)) and not (
            isinstance(result, _Optional) and result.direct)

    def bind(self, args, kwargs):
        if not kwargs and len(args) == len(self.params) <= self.positional:
            return args
        if len(args) > self.positional:
            raise _exception("TypeError")("%s() takes %d arguments by position, got %d" % (self.name, self.positional, len(args)))
        values = list(args)
        kwargs = dict(kwargs)
        for name, _, default in self.params[len(args):]:
            if name in kwargs:
                values.append(kwargs.pop(name))
            elif default:
                values.append(default[0])
            else:
                raise _exception("TypeError")("%s() is missing its argument %r" % (self.name, name))
        if kwargs:
            raise _exception("TypeError")("%s() got an unexpected argument %r" % (self.name, next(iter(kwargs))))
        return values

    def __call__(self, handle, args, kwargs):
        keep, c = [], [handle] if self.receiver else []
        for (name, t, _), x in zip(self.params, self.bind(args, kwargs)):
            try:
                v = t.put(x, keep)
            except TypeError as e:
                raise _exception("TypeError")("%s(): argument %r: %s" % (self.name, name, e)) from None
            if t.by == "nothing":
                continue
            if t.by == "pointer":
                keep.append(v)
                v = _c.addressof(v)
            c.append(v)
        if self.result is _NONE:
            if self.f(*c):
                raise _fail()
            return None
        place = _c.c_void_p() if self.block else self.result.ctype()
        if self.f(*c, _c.addressof(place)):
            raise _fail()
        if not self.block:
            return self.result.get(_c.addressof(place))
        try:
            at = _c.addressof(place) if isinstance(self.result, _Optional) else place.value
            return self.result.get(at)
        finally:
            _lib.ts_release(place.value)


def _function(f):
    def call(*args, **kwargs):
        return f(None, args, kwargs)
    call.__name__ = call.__qualname__ = f.name
    call.__doc__ = f.doc
    return call


def _method(f):
    def call(self, *args, **kwargs):
        return f(self._handle, args, kwargs)
    call.__name__ = f.name
    call.__doc__ = f.doc
    return call


def _getter(f):
    return property(lambda self: f(self._handle, (), {}), doc=f.doc)


def _class(key, name, new, clone, free, fields, methods, getters):
    release = getattr(_lib, free)
    release.argtypes, release.restype = [_c.c_void_p], None

    def init(self, *args, **kwargs):
        if new is None:
            raise TypeError("%s has no constructor" % name)
        self._handle = None
        new.result = _Raw()
        self._handle = new(None, args, kwargs)

    def drop(self):
        if getattr(self, "_handle", None):
            release(self._handle)
            self._handle = None
    def copy(self, memo=None):
        new = object.__new__(type(self))
        new._handle = None
        new._handle = clone(self._handle, (), {})
        return new
    body = {g.name: _getter(g) for g in getters}
    body.update((m.name, _method(m)) for m in methods)
    if clone is not None:
        clone.result = _Raw()
        body.update(__deepcopy__=copy)
    if fields is not None:
        fields.result = _Raw()
    body.update(__init__=init, __del__=drop, __slots__=("_handle",), _from_attributes=fields)
    if "forward" in body and "__call__" not in body:
        body["__call__"] = body["forward"]
    _classes[key] = type(name, (), body)
    return _classes[key]


class _Raw:
    """The handle that a constructor writes."""
    ctype, by, name = _c.c_void_p, "value", "handle"

    def get(self, address):
        return _c.c_void_p.from_address(address).value


_HANDLE = _ObjectType("handle")
