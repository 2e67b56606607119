from enum import Enum
import torch


class Tensors(Enum):
    A = torch.tensor(1)
    B = torch.tensor(2)


@torch.jit.script
def which(x: Tensors):
    return x.name


@torch.jit.script
class Box:
    def __init__(self, x: int):
        self.x: int = x

    def set(self, value: int):
        self.x: int = value
