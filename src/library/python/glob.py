"""Searching for files; a build sees the files that a program names, not folders."""


def glob(pattern, *args, **kwargs):
    return []


iglob = glob
