"""A small semantic segmenter: a class for every pixel."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from durometer.models.zoo.pyramid import Pyramid


class Segmenter(nn.Module):
    """The trunk of the detector and one layer, at half the side, enlarged.

    Takes (B, 3, H, W) in [0, 1], H and W multiples of 16; returns logits (B, classes, H, W).

    Args:
        classes: How many, the background among them.
        width: Channels of the trunk at a quarter of the side.
        fine: At half the side.
    """

    def __init__(self, *, classes: int, width: int = 40, fine: int = 16) -> None:
        super().__init__()
        self.trunk = Pyramid(width=width, fine=fine)
        self.head = nn.Conv2d(fine, classes, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits."""
        half, _ = self.trunk(x)
        return F.interpolate(self.head(half), scale_factor=2.0, mode="bilinear", align_corners=False)
