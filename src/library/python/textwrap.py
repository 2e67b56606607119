"""Text by lines."""


def dedent(text):
    lines = text.split("\n")
    margin = None
    for line in lines:
        if line.strip():
            indent = len(line) - len(line.lstrip())
            margin = indent if margin is None else min(margin, indent)
    return "\n".join([line[margin or 0:] if line.strip() else "" for line in lines])


def indent(text, prefix, predicate=None):
    lines = text.split("\n")
    return "\n".join([prefix + line if (predicate(line) if predicate else line.strip()) else line for line in lines])
