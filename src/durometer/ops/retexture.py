"""Other detail under the same coarse shading."""

from __future__ import annotations

import torch
from torch import Tensor

from durometer.ops.color import luma
from durometer.ops.filters import gaussian_blur
from durometer.ops.pyramid import double, mean_cells
from durometer.ops.within import FAINT

ROUNDS = 2
"""Corrections for what is cut at white: each multiplies by the ratio of wanted to achieved coarse values."""
SAMPLES = 1.5
"""Pixels of the coarsest grid for each standard deviation, at least."""
DARK = 0.02
MOST = 4.0
"""No correction brightens a texture by more than this."""


def retextured(x: Tensor, mask: Tensor, pattern: Tensor, *, sigma: float, colored: bool) -> Tensor:
    """Return (B, C, H, W): the pattern under x's shading: coarser than `sigma` it is as x is in the mask.

    Args:
        x: (B, C, H, W) in [0, 1].
        mask: (B, 1, H, W) in [0, 1].
        pattern: (B, C, H, W) in [0, 1].
        sigma: In pixels: where coarse ends.
        colored: Whether the pattern's colors come along (then coarse brightness is kept), or its brightness
            alone (then coarse color is kept).
    """
    if colored:
        wanted, made = coarse(luma(x), mask, sigma), pattern
    else:
        wanted, made = coarse(x, mask, sigma), luma(pattern).expand_as(x)
    for _ in range(1 + ROUNDS):
        got = coarse(luma(made) if colored else made, mask, sigma)
        made = (made * (wanted / got.clamp_min(DARK)).clamp(0, MOST)).clamp(0, 1)
    return made


def coarse(x: Tensor, mask: Tensor, sigma: float) -> Tensor:
    """Return x smoothed over the mask only, by nearly a Gaussian of `sigma` pixels, on a coarser grid."""
    both = torch.cat((x * mask, mask), dim=1)
    sizes = []
    while sigma > 2 * SAMPLES:
        sizes.append(both.shape[-2:])
        both, sigma = mean_cells(both), sigma / 2
    both = gaussian_blur(both, sigma)
    for height, width in reversed(sizes):
        both = double(both, height, width)
    near = both[:, -1:]
    return torch.where(near > FAINT, both[:, :-1] / near.clamp_min(FAINT), x)
