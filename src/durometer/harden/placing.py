"""Where a recombined object goes and how large it becomes: plain numbers, one a sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor

from durometer.ops.filters import reflect
from durometer.ops.warp import Box, Similarity

SizeMode = Literal["range", "min", "max", "mean"]


def share_interval(own: float, other: float, mode: SizeMode, jitter: float) -> tuple[float, float]:
    """Return the interval from which the object's new share of the canvas is drawn.

    Between the share that the object has and the one that the background's own object had (`range`), or the
    smaller, the larger or the mean of the two; then widened to (low · (1 − jitter), high · (1 + jitter)).

    Args:
        own: Share of the canvas that the object covers.
        other: Share that the object of the donor covered.
        mode: Which of the two counts.
        jitter: In [0, 1).
    """
    low, high = min(own, other), max(own, other)
    ends = {
        "range": (low, high), "min": (low, low), "max": (high, high), "mean": ((low + high) / 2,) * 2
    }  # fmt: skip
    return ends[mode][0] * (1 - jitter), ends[mode][1] * (1 + jitter)


def bates(chances: Sequence[float], n: int) -> float:
    """Return a place in [0, 1] from |n| uniform numbers: their mean, which is Bates(n) distributed.

    n = 1 is uniform, larger n crowd about the middle, 0 is the middle itself; below 0 the place is wrapped by
    half a turn, so that it crowds at the edges instead.

    Args:
        chances: |n| numbers in [0, 1).
        n: Of Bates.
    """
    if n == 0:
        return 0.5
    mean = math.fsum(chances) / abs(n)
    return mean if n > 0 else (mean + 0.5) % 1.0


def motion(
    box: Box, scale: float, degrees: float, place: tuple[float, float] | None, height: int, width: int
) -> Similarity:
    """Return the similarity that scales and turns a box and puts it at a place of the room that is left.

    Place (0, 0) is top left, (1, 1) bottom right; what is larger than the canvas hangs over by as much. With
    no place, the middle of the box stays where it is.
    """
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    about = Similarity(middle, middle, scale, degrees)
    if place is None:
        return about
    left, top, right, bottom = about.box(box)
    across, down = place[0] * (width - right + left) - left, place[1] * (height - bottom + top) - top
    return Similarity(middle, (middle[0] + across, middle[1] + down), scale, degrees)


def soften(alpha: Tensor, sigmas: Tensor) -> Tensor:
    """Return alpha (B, 1, H, W) faded toward its edge from inside, by one Gaussian a sample.

    2 · (alpha smoothed) − 1, cut at 0 and at alpha: along a straight edge, erf(depth / (√2 · sigma)).

    Args:
        alpha: In [0, 1].
        sigmas: (B,) in pixels, above 0.
    """
    rows = _smooth_rows(alpha, sigmas)
    smooth = _smooth_rows(rows.mT, sigmas).mT
    return (2 * smooth - 1).clamp_min(0).minimum(alpha)


def _smooth_rows(x: Tensor, sigmas: Tensor) -> Tensor:
    n, reach = x.shape[-1], max(1, math.ceil(3 * float(sigmas.max())))
    at = torch.arange(-reach, reach + 1, device=x.device)
    weights = (-0.5 * (at / sigmas[:, None]).square()).exp()
    weights = weights * (
        at.abs() <= (3 * sigmas[:, None]).ceil()
    )  # whatever its neighbors in the batch reach
    weights = (weights / weights.sum(dim=1, keepdim=True))[..., None, None, None]  # (B, K, 1, 1, 1)
    wide = x[..., reflect(torch.arange(-reach, n + reach, device=x.device), n)]
    out = torch.zeros_like(x)
    for k in range(2 * reach + 1):
        out = out + weights[:, k] * wide[..., k : k + n]
    return out
