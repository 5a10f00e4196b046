"""Work on pictures a few at a time, so that they stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

CACHED = 2**16
"""Values that are worked on at a time on the CPU: 256 KiB of float32, with room for what comes of them."""


def cached(change: Callable[[Tensor], Tensor], planes: Tensor) -> Tensor:
    """Return `change(planes)`, on the CPU in groups that fit into its cache; elsewhere at once.

    Args:
        change: Of (n, H, W) planes, for each plane by itself and to the same bits at any n.
        planes: (N, H, W).
    """
    step = max(1, CACHED // max(1, planes[0].numel()))
    if planes.device.type != "cpu" or step >= len(planes):
        return change(planes)
    return torch.cat([change(planes[i : i + step]) for i in range(0, len(planes), step)])
