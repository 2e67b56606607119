"""Context managers of torch as scripted code sees them."""

import torch
from typing import Any, Optional


class no_grad:
    __script_form__ = True

    def __init__(self) -> None:
        self.prev = False

    def __enter__(self) -> None:
        self.prev = torch.is_grad_enabled()
        torch.set_grad_enabled(False)

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        torch.set_grad_enabled(self.prev)


class enable_grad:
    __script_form__ = True

    def __init__(self) -> None:
        self.prev = False

    def __enter__(self) -> None:
        self.prev = torch.is_grad_enabled()
        torch.set_grad_enabled(True)

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        torch.set_grad_enabled(self.prev)


def _check(device_type: str, enabled: bool) -> None:
    if enabled and device_type == "cpu":
        raise NotImplementedError("torch.autocast on the CPU is not supported: compiled code keeps the element types that it is given")


class autocast:
    __script_form__ = True

    def __init__(self, device_type: str, dtype: Optional[int] = None, enabled: bool = True, cache_enabled: Optional[bool] = None) -> None:
        _check(device_type, enabled)

    def __enter__(self) -> None:
        pass

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        pass


class cuda_autocast:
    __script_form__ = True

    def __init__(self, enabled: bool = True, dtype: Optional[int] = None, cache_enabled: Optional[bool] = None) -> None:
        pass

    def __enter__(self) -> None:
        pass

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        pass


class cpu_autocast:
    __script_form__ = True

    def __init__(self, enabled: bool = True, dtype: Optional[int] = None, cache_enabled: Optional[bool] = None) -> None:
        _check("cpu", enabled)

    def __enter__(self) -> None:
        pass

    def __exit__(self, exc_type: Any, exc_value: Any, traceback: Any) -> None:
        pass


no_grad.__module__ = enable_grad.__module__ = "torch.autograd.grad_mode"
