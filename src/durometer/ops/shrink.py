"""Pictures at the size at which a method looks at them."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import interpolate


def shrunk(x: Tensor, side: int) -> Tensor:
    """Return pictures (B, C, H, W) with a short side of at most `side`, antialiased; never enlarged."""
    height, width = x.shape[-2:]
    if min(height, width) <= side:
        return x
    scale = side / min(height, width)
    return interpolate(x, size=(round(height * scale), round(width * scale)), mode="bilinear", antialias=True)
