"""torch.load and torch.save: the archive reader hangs itself in here through _archive."""

_loader = None


def load(f, **kwargs):
    import _archive

    return _archive.load(str(f))


def save(obj, f):
    import _archive

    _archive.save(obj, str(f))
