"""References; nothing is collected at build time."""


def ref(obj, callback=None):
    return lambda: obj


def proxy(obj, callback=None):
    return obj


class WeakValueDictionary(dict):
    pass


class WeakKeyDictionary(dict):
    pass


class WeakSet(set):
    pass


def finalize(obj, func, *args, **kwargs):
    return None
