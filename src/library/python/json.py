"""JSON."""


class JSONDecodeError(ValueError):
    pass


def _quote(s):
    out = '"'
    for c in s:
        if c == '"' or c == "\\":
            out += "\\" + c
        elif c == "\n":
            out += "\\n"
        elif c == "\t":
            out += "\\t"
        elif c == "\r":
            out += "\\r"
        elif ord(c) < 32 or ord(c) > 126:
            out += f"\\u{ord(c):04x}"
        else:
            out += c
    return out + '"'


def dumps(obj, *, indent=None, sort_keys=False, separators=None, ensure_ascii=True, default=None, **kwargs):
    if isinstance(indent, int):
        indent = " " * indent
    item, colon = separators or ((",", ": ") if indent is not None else (", ", ": "))

    def text(o, pad):
        if o is None:
            return "null"
        if o is True:
            return "true"
        if o is False:
            return "false"
        if isinstance(o, str):
            return _quote(o)
        if isinstance(o, int):
            return int.__repr__(o)
        if isinstance(o, float):
            if o != o:
                return "NaN"
            if o in (float("inf"), float("-inf")):
                return "Infinity" if o > 0 else "-Infinity"
            return repr(o)
        inner = pad + indent if indent is not None else ""
        start = "\n" + inner if indent is not None else ""
        end = "\n" + pad if indent is not None else ""
        between = item + start
        if isinstance(o, dict):
            if not o:
                return "{}"
            items = sorted(o.items()) if sort_keys else list(o.items())
            parts = [_quote(k if isinstance(k, str) else text(k, "")) + colon + text(v, inner) for k, v in items]
            return "{" + start + between.join(parts) + end + "}"
        if isinstance(o, (list, tuple)):
            if not o:
                return "[]"
            return "[" + start + between.join([text(v, inner) for v in o]) + end + "]"
        if default is not None:
            return text(default(o), pad)
        raise TypeError(f"Object of type {type(o).__name__} is not JSON serializable")

    return text(obj, "")


def dump(obj, fp, **kwargs):
    fp.write(dumps(obj, **kwargs))


def loads(s, **kwargs):
    if isinstance(s, bytes):
        s = s.decode()
    n = len(s)

    def fail(what, i):
        line = s[:i].count("\n") + 1
        raise JSONDecodeError(f"{what}: line {line} column {i - s.rfind(chr(10), 0, i)} (char {i})")

    def space(i):
        while i < n and s[i] in " \t\n\r":
            i += 1
        return i

    def string(i):
        out = []
        while True:
            if i >= n:
                fail("Unterminated string", i)
            c = s[i]
            if c == '"':
                return "".join(out), i + 1
            if c == "\\":
                e = s[i + 1]
                if e == "u":
                    out.append(chr(int(s[i + 2:i + 6], 16)))
                    i += 6
                    continue
                out.append({"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}.get(e, e))
                i += 2
                continue
            out.append(c)
            i += 1

    def value(i):
        i = space(i)
        if i >= n:
            fail("Expecting value", i)
        c = s[i]
        if c == '"':
            return string(i + 1)
        if c == "{":
            out = {}
            i = space(i + 1)
            if i < n and s[i] == "}":
                return out, i + 1
            while True:
                i = space(i)
                if i >= n or s[i] != '"':
                    fail("Expecting property name enclosed in double quotes", i)
                k, i = string(i + 1)
                i = space(i)
                if i >= n or s[i] != ":":
                    fail("Expecting ':' delimiter", i)
                out[k], i = value(i + 1)
                i = space(i)
                if i < n and s[i] == "}":
                    return out, i + 1
                if i >= n or s[i] != ",":
                    fail("Expecting ',' delimiter", i)
                i += 1
        if c == "[":
            items = []
            i = space(i + 1)
            if i < n and s[i] == "]":
                return items, i + 1
            while True:
                v, i = value(i)
                items.append(v)
                i = space(i)
                if i < n and s[i] == "]":
                    return items, i + 1
                if i >= n or s[i] != ",":
                    fail("Expecting ',' delimiter", i)
                i += 1
        for word, v in (("true", True), ("false", False), ("null", None), ("NaN", float("nan")), ("Infinity", float("inf")), ("-Infinity", float("-inf"))):
            if s.startswith(word, i):
                return v, i + len(word)
        j = i
        while j < n and s[j] in "+-0123456789.eE":
            j += 1
        if j == i:
            fail("Expecting value", i)
        t = s[i:j]
        return (float(t) if any(x in t for x in ".eE") else int(t)), j

    v, i = value(0)
    i = space(i)
    if i != n:
        fail("Extra data", i)
    return v


def load(fp, **kwargs):
    return loads(fp.read(), **kwargs)
