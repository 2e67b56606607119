"""Files in memory."""

from _io import open


class StringIO:
    def __init__(self, initial=""):
        self._parts = [initial] if initial else []
        self._at = 0

    def write(self, s):
        self._parts.append(s)
        return len(s)

    def getvalue(self):
        return "".join(self._parts)

    def read(self, size=-1):
        text = self.getvalue()
        end = len(text) if size < 0 else self._at + size
        part = text[self._at:end]
        self._at += len(part)
        return part

    def seek(self, at, whence=0):
        self._at = at
        return at

    def flush(self):
        pass

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass


class BytesIO:
    def __init__(self, initial=b""):
        self._data = initial
        self._at = 0

    def write(self, b):
        self._data = self._data + b
        return len(b)

    def getvalue(self):
        return self._data

    def getbuffer(self):
        return self._data

    def read(self, size=-1):
        end = len(self._data) if size < 0 else self._at + size
        part = self._data[self._at:end]
        self._at += len(part)
        return part

    def seek(self, at, whence=0):
        self._at = at
        return at

    def tell(self):
        return self._at

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass
