"""Windows of a larger picture: what a camera sees that is turned by a pixel."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.filters import reflect


def window(x: Tensor, margin: int, right: int = 0, down: int = 0) -> Tensor:
    """Return (B, C, H, W): the window (H − 2 margin, W − 2 margin) of x, in a frame of its own mirror image.

    The window lies in the middle of x, moved by `right` and `down` pixels. It stands in the middle of what is
    returned; nothing of x beyond the window has any influence.

    Args:
        x: (B, C, H, W), both sides larger than twice the margin.
        margin: Pixels left out on each side.
        right: By how much the window is moved, at most the margin either way.
        down: The same, downward.
    """
    rows, columns = (
        _index(side, margin, by, x.device) for side, by in zip(x.shape[-2:], (down, right), strict=True)
    )
    return x.index_select(-2, rows).index_select(-1, columns)


def _index(side: int, margin: int, by: int, device: torch.device) -> Tensor:
    within = torch.arange(-margin, side - margin, device=device)
    return reflect(within, side - 2 * margin) + (margin + by)
