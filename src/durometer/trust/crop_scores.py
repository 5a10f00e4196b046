"""Scores of all square crops of a picture, each a function of the crop's content alone.

Everything is counted in whole numbers, so that equal contents have equal scores wherever they lie, to the
last bit, on any device. Pixels are taken at 8 bits.

How well a score keeps its winner when the picture is moved depends on how fast it varies from crop to crop.
A smooth one (`variance`) rises toward what is interesting and often has its largest value at the border of
the allowed crops, where the next step carries it out. Values that behave as if drawn independently have
their largest one anywhere: then the border is left as rarely as can be.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor
from torch.nn.functional import unfold

from durometer.core import Dice

Scorer = Callable[[Tensor, int], Tensor]
PATCH = 16
"""Side of the square in the middle of a crop that `filtered` looks at."""
PRIME = 2**31 - 1
BASES = 1_103_515_245, 2_069_197_123
"""Where the polynomial of `content` is evaluated, down and across; any large numbers will do."""


def levels(x: Tensor) -> Tensor:
    """Return (B, C, H, W) int64: pixels in [0, 1] as gray levels 0 to 255."""
    return x.detach().mul(255).round().to(torch.int64)


def filtered(x: Tensor, side: int) -> Tensor:
    """Return (B, H − side + 1, W − side + 1): a linear filter with signs drawn at random, over differences.

    The sum over the middle of the crop of ±1 times the difference of a pixel to its four neighbors. The
    differences take the smoothness out of photographs, the signs what is left of it: neighboring crops have
    nearly independent scores.
    """
    patch = min(PATCH, side - 2)
    g = x.sum(dim=1)
    rough = 4 * g[:, 1:-1, 1:-1] - g[:, :-2, 1:-1] - g[:, 2:, 1:-1] - g[:, 1:-1, :-2] - g[:, 1:-1, 2:]
    signs = Dice(0, "crop selection", 1, ("filter",)).integers("signs", 0, 2, (patch * patch,)) * 2 - 1
    start = (side - 2 - patch) // 2
    height, width = (int(n) - side + 1 for n in x.shape[-2:])
    area = rough[:, start : start + height + patch - 1, start : start + width + patch - 1].double()
    weights = signs.to(area)  # whole numbers far below 2**53: the sum is exact in any order
    rows = [weights @ unfold(one[None, None], patch) for one in area]
    return torch.cat(rows).reshape(-1, height, width).to(torch.int64)


def content(x: Tensor, side: int) -> Tensor:
    """Return (B, H − side + 1, W − side + 1): a hash of all pixels of the crop (Karp and Rabin, 1987).

    Scores are as good as independent for any picture that doesn't repeat itself, but the slightest noise
    gives all new ones: for whole-pixel moves of the very same pixels.
    """
    packed = torch.zeros_like(x[:, 0])
    for channel in x.unbind(1):
        packed = (packed * 256 + channel) % PRIME
    return _rolled(_rolled(packed, side, BASES[1]).mT, side, BASES[0]).mT.contiguous()


def variance(x: Tensor, side: int) -> Tensor:
    """Return (B, H − side + 1, W − side + 1): the variance of the crop's brightness, times side⁴.

    It finds the most lively crop. It is smooth, and serves for comparison.
    """
    g = x.sum(dim=1)
    return side**2 * _summed(g * g, side) - _summed(g, side) ** 2


SCORES: Mapping[str, Scorer] = {"filter": filtered, "content": content, "variance": variance}


def _summed(g: Tensor, side: int) -> Tensor:
    for dim in (-1, -2):
        before = torch.cat((torch.zeros_like(g.narrow(dim, 0, 1)), g.cumsum(dim)), dim)
        n = g.shape[dim] - side + 1
        g = before.narrow(dim, side, n) - before.narrow(dim, 0, n)
    return g


def _rolled(g: Tensor, side: int, base: int) -> Tensor:
    """Return the polynomial Σ g[start + i] · base^i mod p of every run of `side` values in a row."""
    width, n = int(g.shape[-1]), int(g.shape[-1]) - side + 1
    up, down = _powers(base, width, g), _powers(pow(base, -1, PRIME), n, g)
    terms = g * up % PRIME
    before = torch.cat((torch.zeros_like(terms[..., :1]), terms.cumsum(-1)), -1)
    run = (before[..., side:] - before[..., :n]) % PRIME
    return run * down % PRIME


def _powers(base: int, n: int, like: Tensor) -> Tensor:
    found = [1]
    while len(found) < n:
        found.append(found[-1] * base % PRIME)
    return torch.tensor(found, dtype=torch.int64, device=like.device)
