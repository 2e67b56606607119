"""The machine that programs name."""


def system():
    return "Linux"


def machine():
    return "x86_64"


def node():
    return "localhost"


def python_version():
    return "3.11.0"
