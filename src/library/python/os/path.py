"""Paths as text."""

import _tsaot

sep = "/"


def join(a, *p):
    out = str(a)
    for b in p:
        b = str(b)
        if b.startswith("/"):
            out = b
        elif not out or out.endswith("/"):
            out += b
        else:
            out += "/" + b
    return out


def split(p):
    p = str(p)
    i = p.rfind("/") + 1
    head, tail = p[:i], p[i:]
    if head and head != "/" * len(head):
        head = head.rstrip("/")
    return head, tail


def basename(p):
    return split(p)[1]


def dirname(p):
    return split(p)[0]


def splitext(p):
    p = str(p)
    start = p.rfind("/") + 1
    i = p.rfind(".")
    if i <= start or not p[start:i].strip("."):
        return p, ""
    return p[:i], p[i:]


def isabs(p):
    return str(p).startswith("/")


def normpath(p):
    p = str(p)
    lead = "/" if p.startswith("/") else ""
    out = []
    for part in p.split("/"):
        if part in ("", "."):
            continue
        if part == ".." and out and out[-1] != "..":
            out.pop()
        elif part == ".." and lead:
            continue
        else:
            out.append(part)
    return (lead + "/".join(out)) or "."


def abspath(p):
    return normpath(p) if isabs(p) else normpath(join(_tsaot.directory() or ".", p))


realpath = abspath


def exists(p):
    return _tsaot.exists(str(p))


isfile = exists


def isdir(p):
    return False


def expanduser(p):
    return str(p)


def expandvars(p):
    return str(p)


def relpath(p, start="."):
    return str(p)


def commonprefix(names):
    if not names:
        return ""
    lo, hi = min(names), max(names)
    for i, c in enumerate(lo):
        if i >= len(hi) or c != hi[i]:
            return lo[:i]
    return lo
