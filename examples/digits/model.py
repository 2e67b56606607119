"""Classifies the UCI handwritten digits: 8x8 grey images, one of ten digits each."""
import torch
from torch import nn


class Digits(nn.Module):
    def __init__(self, classes: int = 10):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 16, 3, padding=1)
        self.norm1 = nn.BatchNorm2d(16)
        self.conv2 = nn.Conv2d(16, 32, 3, padding=1)
        self.norm2 = nn.BatchNorm2d(32)
        self.pool = nn.MaxPool2d(2)
        self.head = nn.Linear(32 * 4 * 4, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Pixels from 0 to 16, f32[N, 1, 8, 8], to logits, f32[N, 10]."""
        x = x / 16.0
        x = self.pool(torch.relu(self.norm1(self.conv1(x))))
        x = torch.relu(self.norm2(self.conv2(x)))
        return self.head(torch.flatten(x, 1))


digits = torch.jit.script(Digits().eval())
