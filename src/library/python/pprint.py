"""Printing of nested values; lines are not broken."""


def pformat(value, *args, **kwargs):
    return repr(value)


def pprint(value, *args, **kwargs):
    print(pformat(value))


pp = pprint
