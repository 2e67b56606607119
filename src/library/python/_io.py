"""Files, read whole and written when closed."""

import _tsaot


class _File:
    def __init__(self, path, mode):
        self.name = path
        self.mode = mode
        self.closed = False
        self._binary = "b" in mode
        self._write = "w" in mode or "a" in mode or "x" in mode
        self._at = 0
        self._out = []
        if not self._write:
            data = _tsaot.read(path)
            self._data = data if self._binary else data.decode().replace("\r\n", "\n")

    def read(self, size=-1):
        end = len(self._data) if size is None or size < 0 else self._at + size
        part = self._data[self._at:end]
        self._at += len(part)
        return part

    def readline(self):
        rest = self._data[self._at:]
        if not rest:
            return rest
        i = rest.find("\n")
        line = rest if i < 0 else rest[: i + 1]
        self._at += len(line)
        return line

    def readlines(self):
        return list(self)

    def __iter__(self):
        while True:
            line = self.readline()
            if not line:
                return
            yield line

    def write(self, data):
        self._out.append(data)
        return len(data)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def seek(self, offset, whence=0):
        self._at = offset if whence == 0 else (self._at + offset if whence == 1 else len(self._data) + offset)
        return self._at

    def tell(self):
        return self._at

    def close(self):
        if self._write and not self.closed:
            data = b"".join(self._out) if self._binary else "".join(self._out).encode()
            _tsaot.write(self.name, data)
        self.closed = True

    def __enter__(self):
        return self

    def __exit__(self, *args):
        self.close()


def open(file, mode="r", buffering=-1, encoding=None, errors=None, newline=None):
    return _File(str(file), mode)
