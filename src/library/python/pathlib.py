"""Paths as objects."""

import os.path as _p


class PurePath:
    def __init__(self, *parts):
        self._text = _p.normpath(_p.join(*[str(x) for x in parts])) if parts else "."

    def __str__(self):
        return self._text

    def __repr__(self):
        return f"{type(self).__name__}({self._text!r})"

    def __fspath__(self):
        return self._text

    def __truediv__(self, other):
        return type(self)(self._text, other)

    def __rtruediv__(self, other):
        return type(self)(other, self._text)

    def __eq__(self, other):
        return isinstance(other, PurePath) and self._text == other._text

    def __hash__(self):
        return hash(self._text)

    @property
    def name(self):
        return _p.basename(self._text)

    @property
    def parent(self):
        return type(self)(_p.dirname(self._text) or ".")

    @property
    def parents(self):
        out = []
        at = self
        while at.parent != at:
            at = at.parent
            out.append(at)
        return out

    @property
    def suffix(self):
        return _p.splitext(self.name)[1]

    @property
    def stem(self):
        return _p.splitext(self.name)[0]

    @property
    def parts(self):
        return tuple([x for x in self._text.split("/") if x])

    def with_suffix(self, suffix):
        return type(self)(_p.splitext(self._text)[0] + suffix)

    def joinpath(self, *other):
        return type(self)(self._text, *other)

    def is_absolute(self):
        return _p.isabs(self._text)


class Path(PurePath):
    def resolve(self, strict=False):
        return Path(_p.abspath(self._text))

    absolute = resolve

    def exists(self):
        return _p.exists(self._text)

    is_file = exists

    def is_dir(self):
        return False

    def mkdir(self, mode=511, parents=False, exist_ok=False):
        pass

    def open(self, mode="r", **kwargs):
        return open(self._text, mode)

    def read_text(self, encoding=None, errors=None):
        with open(self._text) as f:
            return f.read()

    def read_bytes(self):
        with open(self._text, "rb") as f:
            return f.read()

    def write_text(self, text, encoding=None, errors=None):
        with open(self._text, "w") as f:
            return f.write(text)

    @classmethod
    def cwd(cls):
        return cls(".")


PosixPath = Path
