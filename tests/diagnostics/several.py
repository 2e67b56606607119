import torch


@torch.jit.script
def unknown(x: int) -> int:
    return x + contants


@torch.jit.script
def wrong(x: int) -> str:
    return x


@torch.jit.script
def unsupported(x: int) -> int:
    try:
        return x
    except ValueError:
        return 0


@torch.jit.script
def unannotated(n):
    return torch.zeros(n, dtype=torch.float32)[n.foo]


@torch.jit.script
def overload(x: torch.Tensor) -> torch.Tensor:
    return torch.relu(x, 3, "a")
