"""Enumerations."""


class auto:
    def __init__(self):
        self.value = None


class _Nonmember:
    def __init__(self, value):
        self.value = value


def member(value):
    return value


def nonmember(value):
    return _Nonmember(value)


def _is_member(name, value):
    if name.startswith("_"):
        return False
    if isinstance(value, (staticmethod, classmethod, property, _Nonmember)):
        return False
    if callable(value) and not isinstance(value, type):
        return False
    return not hasattr(value, "__get__")


class EnumMeta(type):
    def __new__(mcs, name, bases, ns, **kwargs):
        pairs = [(k, v) for k, v in ns.items() if _is_member(k, v)]
        names = [k for k, _ in pairs]
        rest = {k: (v.value if isinstance(v, _Nonmember) else v) for k, v in ns.items() if k not in names}
        cls = super().__new__(mcs, name, bases, rest)
        cls._member_names_ = []
        cls._member_map_ = {}
        cls._value2member_map_ = {}
        data = None
        for b in cls.__mro__[1:]:
            if b in (int, str, float, tuple, bytes):
                data = b
                break
        cls._member_type_ = data or object
        last = []
        for key, value in pairs:
            if isinstance(value, auto):
                value = cls._generate_next_value_(key, 1, len(last), last)
            last.append(value)
            args = value if isinstance(value, tuple) else (value,)
            if "__new__" in rest:
                member_ = cls.__dict__["__new__"](cls, *args)
                if not hasattr(member_, "_value_"):
                    member_._value_ = value
            elif data is not None:
                member_ = data.__new__(cls, *args)
                member_._value_ = value if data is not str else str(value)
            else:
                member_ = object.__new__(cls)
                member_._value_ = value
            found = None
            for m in cls._member_map_.values():
                if m._value_ == member_._value_ and type(m._value_) is type(member_._value_):
                    found = m
            if found is None:
                member_._name_ = key
                member_._sort_order_ = len(cls._member_names_)
                if "__init__" in rest:
                    member_.__init__(*args)
                cls._member_names_.append(key)
                found = member_
                try:
                    cls._value2member_map_[member_._value_] = member_
                except TypeError:
                    pass
            cls._member_map_[key] = found
            type.__setattr__(cls, key, found)
        return cls

    def __call__(cls, value, names=None, module=None, type=None, start=1):
        if names is None:
            return cls._find(value)
        if isinstance(names, str):
            names = names.replace(",", " ").split()
        if isinstance(names, dict):
            pairs = list(names.items())
        else:
            pairs = [n if isinstance(n, tuple) else (n, i) for i, n in enumerate(names, start)]
        ns = {"__module__": module or "__main__"}
        ns.update(pairs)
        return EnumMeta(value, (cls,), ns)

    def _find(cls, value):
        if isinstance(value, cls):
            return value
        for m in cls._member_map_.values():
            if m._value_ == value:
                return m
        result = cls._missing_(value)
        if result is not None:
            return result
        raise ValueError(f"{value!r} is not a valid {cls.__qualname__}")

    def __getitem__(cls, name):
        return cls._member_map_[name]

    def __iter__(cls):
        return iter([cls._member_map_[n] for n in cls._member_names_])

    def __reversed__(cls):
        return iter([cls._member_map_[n] for n in reversed(cls._member_names_)])

    def __len__(cls):
        return len(cls._member_names_)

    def __bool__(cls):
        return True

    def __contains__(cls, value):
        if isinstance(value, cls):
            return True
        return any(m._value_ == value for m in cls._member_map_.values())

    def __repr__(cls):
        return f"<enum {cls.__name__!r}>"

    @property
    def __members__(cls):
        return dict(cls._member_map_)


EnumType = EnumMeta


class Enum(metaclass=EnumMeta):
    @property
    def name(self):
        return self._name_

    @property
    def value(self):
        return self._value_

    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        numbers = [v for v in last_values if isinstance(v, int)]
        return max(numbers) + 1 if numbers else start

    @classmethod
    def _missing_(cls, value):
        return None

    def __repr__(self):
        return f"<{type(self).__name__}.{self._name_}: {self._value_!r}>"

    def __str__(self):
        return f"{type(self).__name__}.{self._name_}"

    def __format__(self, spec):
        return format(str(self), spec)

    def __hash__(self):
        return hash(self._name_)

    def __eq__(self, other):
        if self is other:
            return True
        return NotImplemented

    def __deepcopy__(self, memo):
        return self

    def __copy__(self):
        return self


class _Data:
    def __repr__(self):
        return f"<{type(self).__name__}.{self._name_}: {self._value_!r}>"

    def __eq__(self, other):
        if isinstance(other, Enum):
            other = other._value_
        return self._value_ == other

    def __hash__(self):
        return hash(self._value_)


class IntEnum(_Data, int, Enum):
    def __str__(self):
        return str(self._value_)

    def __format__(self, spec):
        return format(self._value_, spec)


class StrEnum(_Data, str, Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return name.lower()

    def __str__(self):
        return self._value_

    def __format__(self, spec):
        return format(self._value_, spec)


class Flag(Enum):
    @staticmethod
    def _generate_next_value_(name, start, count, last_values):
        return 1 << count

    @classmethod
    def _missing_(cls, value):
        made = object.__new__(cls)
        made._value_ = value
        made._name_ = "|".join([m._name_ for m in cls if m._value_ & value == m._value_ and m._value_])
        return made

    def __or__(self, other):
        return type(self)._find(self._value_ | other._value_)

    def __and__(self, other):
        return type(self)._find(self._value_ & other._value_)

    def __xor__(self, other):
        return type(self)._find(self._value_ ^ other._value_)

    def __bool__(self):
        return bool(self._value_)

    def __contains__(self, other):
        return other._value_ & self._value_ == other._value_

    def __eq__(self, other):
        return isinstance(other, Flag) and self._value_ == other._value_

    def __hash__(self):
        return hash(self._value_)


class IntFlag(_Data, int, Flag):
    pass


def unique(enumeration):
    return enumeration


def verify(*constraints):
    return lambda enumeration: enumeration


UNIQUE = "one name per value"
