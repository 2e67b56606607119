"""Command line arguments, as far as scripts with defaults need them."""

import sys


class Namespace:
    def __init__(self, **kwargs):
        self.__dict__.update(kwargs)

    def __repr__(self):
        return "Namespace(" + ", ".join([f"{k}={v!r}" for k, v in self.__dict__.items()]) + ")"


class ArgumentParser:
    def __init__(self, *args, **kwargs):
        self._arguments = []

    def add_argument(self, *names, **kwargs):
        dest = kwargs.get("dest")
        if dest is None:
            long = [n for n in names if n.startswith("--")] or list(names)
            dest = long[0].lstrip("-").replace("-", "_")
        self._arguments.append((names, dest, kwargs))

    def parse_args(self, args=None):
        rest = list(sys.argv[1:] if args is None else args)
        values = {}
        positional = [a for a in self._arguments if not a[0][0].startswith("-")]
        for names, dest, kw in self._arguments:
            action = kw.get("action")
            values[dest] = kw.get("default", False if action == "store_true" else (True if action == "store_false" else None))
        while rest:
            word = rest.pop(0)
            word, eq, attached = word.partition("=") if word.startswith("--") else (word, "", "")
            found = [a for a in self._arguments if word in a[0]]
            if not found and positional and not word.startswith("-"):
                names, dest, kw = positional.pop(0)
                values[dest] = kw.get("type", str)(word)
                continue
            if not found:
                raise SystemExit(f"error: unrecognized arguments: {word}")
            names, dest, kw = found[0]
            action = kw.get("action")
            if action == "store_true":
                values[dest] = True
            elif action == "store_false":
                values[dest] = False
            elif kw.get("nargs") in ("*", "+"):
                values[dest] = []
                while rest and not rest[0].startswith("-"):
                    values[dest].append(kw.get("type", str)(rest.pop(0)))
            else:
                values[dest] = kw.get("type", str)(attached if eq else rest.pop(0))
        return Namespace(**values)
