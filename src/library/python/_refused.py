"""Modules that programs import beside their model: the import works, a use says that a build has no such thing."""


def refusing(module):
    def refuse(name):
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        raise AttributeError(f"{module}.{name} is not available at build time")

    return refuse
