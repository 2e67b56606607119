"""Regular expressions, by backtracking."""

import functools as _functools

IGNORECASE = I = 2
MULTILINE = M = 8
DOTALL = S = 16
VERBOSE = X = 64
ASCII = A = 256
UNICODE = U = 32


class error(Exception):
    pass


_DIGITS = "0123456789"
_SPACE = " \t\n\r\x0b\x0c"


def _is_word(c):
    return c.isalnum() or c == "_"


_CLASSES = {
    "d": lambda c: c.isdigit(), "D": lambda c: not c.isdigit(), "w": _is_word, "W": lambda c: not _is_word(c),
    "s": lambda c: c in _SPACE, "S": lambda c: c not in _SPACE,
}
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "f": "\x0c", "v": "\x0b", "a": "\x07", "0": "\0"}


class _Parser:
    """Turns a pattern into a function of (state, place, next): it calls `next` with the place after a match."""

    def __init__(self, text, flags):
        self.text = text
        self.at = 0
        self.flags = flags
        self.groups = 0
        self.names = {}

    def peek(self):
        return self.text[self.at] if self.at < len(self.text) else ""

    def take(self):
        c = self.peek()
        self.at += 1
        return c

    def accept(self, text):
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        return False

    def parse(self):
        node = self.alternatives()
        if self.at < len(self.text):
            raise error(f"unbalanced parenthesis at position {self.at}")
        return node

    def alternatives(self):
        branches = [self.sequence()]
        while self.accept("|"):
            branches.append(self.sequence())
        if len(branches) == 1:
            return branches[0]

        def match(state, i, then):
            for b in branches:
                end = b(state, i, then)
                if end is not None:
                    return end
            return None

        return match

    def sequence(self):
        items = []
        while self.at < len(self.text) and self.peek() not in "|)":
            if self.flags & VERBOSE and self.peek() in _SPACE:
                self.at += 1
                continue
            items.append(self.repeated())

        def match(state, i, then, k=0):
            if k == len(items):
                return then(i)
            return items[k](state, i, lambda j: match(state, j, then, k + 1))

        return match

    def repeated(self):
        item = self.item()
        while True:
            if self.accept("*"):
                low, high = 0, -1
            elif self.accept("+"):
                low, high = 1, -1
            elif self.accept("?"):
                low, high = 0, 1
            elif self.peek() == "{" and self.bounds() is not None:
                low, high = self.bounds()
                self.at = self.text.index("}", self.at) + 1
            else:
                return item
            item = _repeat(item, low, high, not self.accept("?"))

    def bounds(self):
        end = self.text.find("}", self.at)
        if end < 0:
            return None
        inside = self.text[self.at + 1:end]
        parts = inside.split(",")
        if len(parts) > 2 or not all(p.isdigit() or (p == "" and len(parts) == 2) for p in parts):
            return None
        low = int(parts[0]) if parts[0] else 0
        if len(parts) == 1:
            return low, low
        return low, int(parts[1]) if parts[1] else -1

    def item(self):
        c = self.take()
        if c == ".":
            dotall = self.flags & DOTALL
            return _one(lambda x: dotall or x != "\n")
        if c == "^":
            if self.flags & MULTILINE:
                return _assertion(lambda s, i: i == 0 or s[i - 1] == "\n")
            return _assertion(lambda s, i: i == 0)
        if c == "$":
            if self.flags & MULTILINE:
                return _assertion(lambda s, i: i == len(s) or s[i] == "\n")
            return _assertion(lambda s, i: i == len(s) or (i == len(s) - 1 and s[i] == "\n"))
        if c == "[":
            return _one(self.set())
        if c == "(":
            return self.group()
        if c == "\\":
            return self.escape()
        if c in "*+?":
            raise error(f"nothing to repeat at position {self.at - 1}")
        return self.literal(c)

    def literal(self, c):
        if self.flags & IGNORECASE:
            lower = c.lower()
            return _one(lambda x: x.lower() == lower)
        return _one(lambda x: x == c)

    def escape(self):
        c = self.take()
        if c in _CLASSES:
            return _one(_CLASSES[c])
        if c == "b" or c == "B":
            want = c == "b"

            def boundary(s, i):
                before = i > 0 and _is_word(s[i - 1])
                after = i < len(s) and _is_word(s[i])
                return (before != after) == want

            return _assertion(boundary)
        if c == "A":
            return _assertion(lambda s, i: i == 0)
        if c == "Z":
            return _assertion(lambda s, i: i == len(s))
        if c.isdigit() and c != "0":
            return _reference(int(c))
        return self.literal(_ESCAPES.get(c, c))

    def set(self):
        negated = self.accept("^")
        tests = []
        first = True
        while first or self.peek() != "]":
            first = False
            c = self.take()
            if c == "":
                raise error("unterminated character set")
            if c == "\\":
                c = self.take()
                if c in _CLASSES:
                    tests.append(_CLASSES[c])
                    continue
                c = "\x08" if c == "b" else _ESCAPES.get(c, c)
            if self.peek() == "-" and self.text[self.at + 1:self.at + 2] not in ("]", ""):
                self.at += 1
                high = self.take()
                if high == "\\":
                    high = self.take()
                tests.append(lambda x, a=c, b=high: a <= x <= b)
            else:
                tests.append(lambda x, a=c: x == a)
        self.at += 1
        if self.flags & IGNORECASE:
            return lambda x: any(t(x.lower()) or t(x.upper()) for t in tests) != negated
        return lambda x: any(t(x) for t in tests) != negated

    def group(self):
        number = None
        name = None
        look = None
        if self.accept("?P="):
            end = self.text.index(")", self.at)
            name = self.text[self.at:end]
            self.at = end + 1
            return _reference(self.names[name])
        if self.accept("?P<"):
            end = self.text.index(">", self.at)
            name = self.text[self.at:end]
            self.at = end + 1
        elif self.accept("?:"):
            number = 0
        elif self.accept("?="):
            look = (True, False)
        elif self.accept("?!"):
            look = (False, False)
        elif self.accept("?<="):
            look = (True, True)
        elif self.accept("?<!"):
            look = (False, True)
        elif self.accept("?i)"):
            self.flags |= IGNORECASE
            return lambda state, i, then: then(i)
        elif self.accept("?"):
            raise NotImplementedError("this extension of regular expressions is not available at build time")
        if number is None and look is None:
            self.groups += 1
            number = self.groups
            if name is not None:
                self.names[name] = number
        inner = self.alternatives()
        if not self.accept(")"):
            raise error("missing ), unterminated subpattern")
        if look is not None:
            return _look(inner, look[0], look[1])
        if number == 0:
            return inner

        def match(state, i, then):
            before = state.spans[number]

            def done(j):
                inside = state.spans[number]
                state.spans[number] = (i, j)
                end = then(j)
                if end is None:
                    state.spans[number] = inside
                return end

            end = inner(state, i, done)
            if end is None:
                state.spans[number] = before
            return end

        return match


def _one(test):
    def match(state, i, then):
        return then(i + 1) if i < state.end and test(state.text[i]) else None

    match.test = test
    return match


def _assertion(test):
    return lambda state, i, then: then(i) if test(state.text, i) else None


def _reference(number):
    def match(state, i, then):
        span = state.spans[number]
        if span is None:
            return None
        text = state.text[span[0]:span[1]]
        return then(i + len(text)) if state.text.startswith(text, i) else None

    return match


def _look(inner, wanted, behind):
    def match(state, i, then):
        if behind:
            found = any(inner(state, k, lambda j: j if j == i else None) is not None for k in range(i, -1, -1))
        else:
            found = inner(state, i, lambda j: j) is not None
        return then(i) if found == wanted else None

    return match


def _repeat(item, low, high, greedy):
    test = getattr(item, "test", None)
    if test is not None:
        # A repeated character needs no recursion.
        def run(state, i, then):
            n = 0
            limit = state.end - i if high < 0 else min(high, state.end - i)
            if greedy:
                while n < limit and test(state.text[i + n]):
                    n += 1
                while n >= low:
                    end = then(i + n)
                    if end is not None:
                        return end
                    n -= 1
                return None
            while True:
                if n >= low:
                    end = then(i + n)
                    if end is not None:
                        return end
                if n >= limit or not test(state.text[i + n]):
                    return None
                n += 1

        return run

    def match(state, i, then, n=0):
        def more():
            if high >= 0 and n >= high:
                return None
            return item(state, i, lambda j: match(state, j, then, n + 1) if j > i or n < low else None)

        if n < low:
            return more()
        if greedy:
            end = more()
            return end if end is not None else then(i)
        end = then(i)
        return end if end is not None else more()

    return match


class _State:
    def __init__(self, text, end, groups):
        self.text = text
        self.end = end
        self.spans = [None] * (groups + 1)


class Match:
    def __init__(self, pattern, text, spans):
        self.re = pattern
        self.string = text
        self._spans = spans
        self.lastindex = max([i for i, s in enumerate(spans) if i and s is not None], default=None)

    def _number(self, group):
        if isinstance(group, str):
            if group not in self.re.groupindex:
                raise IndexError("no such group")
            return self.re.groupindex[group]
        if group < 0 or group >= len(self._spans):
            raise IndexError("no such group")
        return group

    def _text(self, group, default=None):
        span = self._spans[self._number(group)]
        return default if span is None else self.string[span[0]:span[1]]

    def group(self, *groups):
        if len(groups) > 1:
            return tuple([self._text(g) for g in groups])
        return self._text(groups[0] if groups else 0)

    def __getitem__(self, group):
        return self._text(group)

    def groups(self, default=None):
        return tuple([self._text(i, default) for i in range(1, len(self._spans))])

    def groupdict(self, default=None):
        return {name: self._text(i, default) for name, i in self.re.groupindex.items()}

    def span(self, group=0):
        span = self._spans[self._number(group)]
        return (-1, -1) if span is None else span

    def start(self, group=0):
        return self.span(group)[0]

    def end(self, group=0):
        return self.span(group)[1]

    def __repr__(self):
        return f"<re.Match object; span={self.span()}, match={self.group()!r}>"


class Pattern:
    def __init__(self, pattern, flags=0):
        parser = _Parser(pattern, flags)
        self._match = parser.parse()
        self.pattern = pattern
        self.flags = flags | UNICODE
        self.groups = parser.groups
        self.groupindex = parser.names

    def __repr__(self):
        return f"re.compile({self.pattern!r})"

    def _at(self, text, i, end, full=False, advance=False):
        state = _State(text, end, self.groups)
        j = self._match(state, i, lambda j: None if (full and j != end) or (advance and j == i) else j)
        if j is None:
            return None
        state.spans[0] = (i, j)
        return Match(self, text, state.spans)

    def match(self, string, pos=0, endpos=None):
        return self._at(string, pos, len(string) if endpos is None else min(endpos, len(string)))

    def fullmatch(self, string, pos=0, endpos=None):
        return self._at(string, pos, len(string) if endpos is None else min(endpos, len(string)), True)

    def search(self, string, pos=0, endpos=None):
        return self._search(string, pos, endpos, False)

    def _search(self, string, pos, endpos, advance):
        end = len(string) if endpos is None else min(endpos, len(string))
        for i in range(pos, end + 1):
            found = self._at(string, i, end, advance=advance and i == pos)
            if found is not None:
                return found
        return None

    def finditer(self, string, pos=0, endpos=None):
        # Behind an empty match the next one must not be empty at the same place.
        advance = False
        while pos <= len(string):
            found = self._search(string, pos, endpos, advance)
            if found is None:
                return
            yield found
            pos = found.end()
            advance = found.start() == found.end()

    def findall(self, string, pos=0, endpos=None):
        out = []
        for m in self.finditer(string, pos, endpos):
            groups = m.groups("")
            out.append(m.group() if not groups else groups[0] if len(groups) == 1 else groups)
        return out

    def split(self, string, maxsplit=0):
        out = []
        last = 0
        for n, m in enumerate(self.finditer(string)):
            if maxsplit and n >= maxsplit:
                break
            out.append(string[last:m.start()])
            out.extend(m.groups())
            last = m.end()
        return out + [string[last:]]

    def subn(self, repl, string, count=0):
        out = []
        last = 0
        n = 0
        for m in self.finditer(string):
            if count and n >= count:
                break
            out.append(string[last:m.start()])
            out.append(repl(m) if callable(repl) else _expand(repl, m))
            last = m.end()
            n += 1
        return "".join(out) + string[last:], n

    def sub(self, repl, string, count=0):
        return self.subn(repl, string, count)[0]


def _expand(template, m):
    out = ""
    i = 0
    while i < len(template):
        c = template[i]
        i += 1
        if c != "\\" or i == len(template):
            out += c
            continue
        c = template[i]
        i += 1
        if c == "g" and template[i:i + 1] == "<":
            end = template.index(">", i)
            name = template[i + 1:end]
            out += m._text(int(name) if name.isdigit() else name, "")
            i = end + 1
        elif c.isdigit():
            if template[i:i + 1].isdigit():
                c += template[i]
                i += 1
            out += m._text(int(c), "")
        else:
            out += _ESCAPES.get(c, c if not c.isalpha() else "\\" + c)
    return out


@_functools.lru_cache(maxsize=None)
def _compiled(pattern, flags):
    return Pattern(pattern, flags)


def compile(pattern, flags=0):
    return pattern if isinstance(pattern, Pattern) else _compiled(pattern, flags)


def match(pattern, string, flags=0):
    return compile(pattern, flags).match(string)


def fullmatch(pattern, string, flags=0):
    return compile(pattern, flags).fullmatch(string)


def search(pattern, string, flags=0):
    return compile(pattern, flags).search(string)


def finditer(pattern, string, flags=0):
    return compile(pattern, flags).finditer(string)


def findall(pattern, string, flags=0):
    return compile(pattern, flags).findall(string)


def split(pattern, string, maxsplit=0, flags=0):
    return compile(pattern, flags).split(string, maxsplit)


def sub(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).sub(repl, string, count)


def subn(pattern, repl, string, count=0, flags=0):
    return compile(pattern, flags).subn(repl, string, count)


def escape(pattern):
    special = "()[]{}?*+-|^$\\.&~# \t\n\r\x0b\x0c"
    return "".join(["\\" + c if c in special else c for c in pattern])


def purge():
    pass
