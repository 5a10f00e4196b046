"""A small residual network (He et al., 2016): one basic block a stage."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from durometer.models.zoo.parts import Normalize, conv, conv_block


class ResNet(nn.Module):
    """A strided stem, one basic block a stage, global mean, one layer.

    Takes (B, 3, H, W) in [0, 1], H and W at least 32; returns logits (B, classes).

    Args:
        classes: How many outputs.
        widths: Channels of the stem and of each stage after it; each stage halves the side.
    """

    def __init__(self, *, classes: int, widths: tuple[int, ...] = (24, 32, 48, 80)) -> None:
        super().__init__()
        blocks = [Block(a, b) for a, b in pairwise(widths)]
        self.features = nn.Sequential(Normalize(), conv_block(3, widths[0], stride=2), *blocks)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits."""
        found = self.features(x)  # (B, C, h, w)
        logits: Tensor = self.head(found.mean(dim=(-2, -1)))  # (B, classes)
        return logits


class Block(nn.Module):
    """Two convolutions beside a strided 1×1 shortcut."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.first = conv_block(inside, outside, stride=2)
        self.second = nn.Sequential(conv(outside, outside), nn.BatchNorm2d(outside))
        self.short = nn.Sequential(conv(inside, outside, stride=2, side=1), nn.BatchNorm2d(outside))

    def forward(self, x: Tensor) -> Tensor:
        """Halve the side."""
        return torch.relu(self.second(self.first(x)) + self.short(x))
