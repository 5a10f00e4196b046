"""Work on pictures a few at a time, so that they stay in the processor's cache."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

CACHED = 2**16
"""Values that are worked on at a time on the CPU: 256 KiB of float32, with room for what comes of them."""


def few(x: Tensor) -> int:
    """Return how many of the (B, …) to work on at a time: on the CPU what its cache holds, elsewhere all."""
    return max(1, CACHED // max(1, x[0].numel()) if x.device.type == "cpu" else len(x))


def cached(change: Callable[[Tensor], Tensor], planes: Tensor) -> Tensor:
    """Return `change(planes)`, on the CPU in groups that fit into its cache; elsewhere at once.

    Args:
        change: Of (n, H, W) planes, for each plane by itself and to the same bits at any n.
        planes: (N, H, W).
    """
    parts = torch.split(planes, few(planes))
    return torch.cat([change(part) for part in parts]) if len(parts) > 1 else change(planes)
