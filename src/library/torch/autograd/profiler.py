"""Labels of stretches of a program; nothing is measured."""

from typing import Any, Optional


class record_function:
    __script_form__ = True

    def __init__(self, name: str, args: Optional[str] = None):
        self.name = name

    def __enter__(self) -> "record_function":
        return self

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any):
        pass


class profile:
    def __init__(self, *args, **kwargs):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *args):
        return None
