"""Loggers: warnings and worse go to standard error."""

import sys

DEBUG, INFO, WARNING, ERROR, CRITICAL, NOTSET = 10, 20, 30, 40, 50, 0
WARN = WARNING
_names = {10: "DEBUG", 20: "INFO", 30: "WARNING", 40: "ERROR", 50: "CRITICAL"}


class Logger:
    def __init__(self, name, level=WARNING):
        self.name = name
        self.level = level
        self.handlers = []
        self.propagate = True

    def setLevel(self, level):
        self.level = level

    def isEnabledFor(self, level):
        return level >= self.level

    def log(self, level, msg, *args, **kwargs):
        if level >= self.level:
            text = msg % args if args else str(msg)
            sys.stderr.write(f"{_names.get(level, level)}:{self.name}:{text}\n")

    def debug(self, msg, *args, **kwargs):
        self.log(DEBUG, msg, *args)

    def info(self, msg, *args, **kwargs):
        self.log(INFO, msg, *args)

    def warning(self, msg, *args, **kwargs):
        self.log(WARNING, msg, *args)

    warn = warning

    def error(self, msg, *args, **kwargs):
        self.log(ERROR, msg, *args)

    exception = error

    def critical(self, msg, *args, **kwargs):
        self.log(CRITICAL, msg, *args)

    def addHandler(self, h):
        self.handlers.append(h)


class Handler:
    def __init__(self, *args, **kwargs):
        pass

    def setFormatter(self, f):
        pass

    def setLevel(self, level):
        pass


StreamHandler = NullHandler = FileHandler = Formatter = Handler
root = Logger("root")
_loggers = {}


def getLogger(name=None):
    if name is None:
        return root
    if name not in _loggers:
        _loggers[name] = Logger(name)
    return _loggers[name]


def basicConfig(**kwargs):
    root.level = kwargs.get("level", root.level)


def debug(msg, *args, **kwargs):
    root.debug(msg, *args)


def info(msg, *args, **kwargs):
    root.info(msg, *args)


def warning(msg, *args, **kwargs):
    root.warning(msg, *args)


def error(msg, *args, **kwargs):
    root.error(msg, *args)
