"""A small convolutional network: five strided stages and a mean."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from durometer.models.zoo.parts import Normalize, conv_block


class CNN(nn.Module):
    """Convolutions of 3×3 that halve the side (but for the last), batch norm, ReLU, global mean, one layer.

    Takes (B, 3, H, W) in [0, 1], H and W at least 32; returns logits (B, classes).

    Args:
        classes: How many outputs.
        widths: Channels of each stage.
    """

    def __init__(self, *, classes: int, widths: tuple[int, ...] = (32, 48, 64, 96)) -> None:
        super().__init__()
        last = len(widths) - 1
        stages = [
            conv_block(a, b, stride=1 if i == last else 2) for i, (a, b) in enumerate(pairwise((3, *widths)))
        ]
        self.features = nn.Sequential(Normalize(), *stages)
        self.head = nn.Linear(widths[-1], classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits."""
        found = self.features(x)  # (B, C, h, w)
        logits: Tensor = self.head(found.mean(dim=(-2, -1)))  # (B, classes)
        return logits
