"""Texture as statistics: how often which responses of fixed random filters occur together, anywhere."""

from __future__ import annotations

from functools import cache

import torch
import torch.nn.functional as F
from torch import Tensor

from durometer.core import Dice

SIDE, FILTERS, LEVELS = 7, 32, 4
"""A filter's side in pixels, how many there are, and at how many scales (1, 1/2, 1/4, 1/8) they look."""
BLIND = 0.75
"""This share of the filters sums to zero in each channel and is blind to plain color."""
FEWEST = 64
"""A scale with fewer places than this is left out: its statistics would spell out the picture itself."""
FAINT = 0.02
"""Spreads of color below this share of full are not told apart from none."""
TAPS = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)


class Texture:
    """The Gram matrices of one picture, or of what lies in a mask, at each scale.

    Colors are taken relative to their mean and in units of their own spread, so that a small difference of
    hue counts as much as it does in this picture. At each scale f = relu(w * x) for 32 fixed random 7 × 7
    filters w, with a constant 1 as a last channel, and G = mean over places of f fᵀ. Nothing says where a
    response was: G stays the same when neighborhoods are rearranged. After (Gatys et al., 2015), with one
    layer of random filters at several scales in place of a trained network, as (Ustyuzhaninov et al., 2016).

    Args:
        x: (1, C, H, W) in [0, 1].
        mask: (1, 1, H, W); only filters that lie wholly on it count; some of it must be 1. None counts all.
        bank: Which fixed set of filters; what was made with one can be judged with another.

    Attributes:
        grams: One (33, 33) matrix a scale, the finest first; fewer scales for what is small, perhaps none.
    """

    def __init__(self, x: Tensor, mask: Tensor | None = None, *, bank: int = 0) -> None:
        self.bank = bank
        self.mean, self._out, self._back = _spread(colors_of(x, mask))
        self.grams = self._grams_of(x, mask)

    def apart(self, x: Tensor) -> Tensor:
        """Return (1, C, H, W) pixels in this texture's own colors: mean 0, and spread 1 every way."""
        return torch.einsum("dc,bchw->bdhw", self._out, x - self.mean[:, None, None])

    def together(self, z: Tensor) -> Tensor:
        """Return the pixels of `apart` colors."""
        return torch.einsum("dc,bchw->bdhw", self._back, z) + self.mean[:, None, None]

    def mismatch(self, z: Tensor, /) -> Tensor:
        """Return () how far a picture's Gram matrices are: mean over scales of |G − G'|² / |G|².

        Differentiable. The picture's opposite edges count as neighbors.

        Args:
            z: (1, C, h, w) in this texture's own colors.
        """
        terms, kernel = [], filters(z.shape[1], self.bank).to(z)
        for gram in self.grams:
            found = _gram(F.relu(F.conv2d(_wrap(z, SIDE // 2), kernel)))
            terms.append((found - gram).square().sum() / gram.square().sum())
            z = _halve(_wrap(z, 2))
        return torch.stack(terms).mean()

    def distance(self, x: Tensor, mask: Tensor | None = None) -> float:
        """Return how far another texture is: the root of the mean of |G − G'|² / |G|², 0 for the same.

        Over the scales that both have; infinite where they share none.
        """
        pairs = list(zip(self.grams, self._grams_of(x, mask), strict=False))
        terms = [(b - a).square().sum() / a.square().sum() for a, b in pairs]
        return float(torch.stack(terms).mean().sqrt()) if terms else float("inf")

    def _grams_of(self, x: Tensor, mask: Tensor | None) -> list[Tensor]:
        z, kernel, grams = self.apart(x), filters(x.shape[1], self.bank).to(x), list[Tensor]()
        while len(grams) < LEVELS and (found := _grams(z, mask, kernel)) is not None:
            grams.append(found)
            z, mask = _halve_masked(z, mask)
        return grams


def colors_of(x: Tensor, mask: Tensor | None) -> Tensor:
    """Return (N, C): the colors of all pixels, or of those wholly on the mask."""
    flat = x.flatten(2)[0].T
    return flat if mask is None else flat[mask.flatten() > 0.999]


@cache
def filters(channels: int, bank: int) -> Tensor:
    """Return the (32, C, 7, 7) fixed random filters of unit length, most of them blind to plain color."""
    drawn = Dice(bank, "gram", 1, ("filters",)).normal("filters", (FILTERS, 3, SIDE, SIDE))[0, :, :channels]
    blind = int(BLIND * FILTERS)
    drawn[:blind] -= drawn[:blind].mean(dim=(2, 3), keepdim=True)
    length = drawn.square().sum(dim=(1, 2, 3), keepdim=True).sqrt()
    return drawn / length


def _grams(x: Tensor, mask: Tensor | None, kernel: Tensor) -> Tensor | None:
    """Return the Gram matrix of the filters that lie inside, None where too few do."""
    if min(x.shape[-2:]) < SIDE:
        return None
    features = F.relu(F.conv2d(x, kernel))
    if mask is None:
        return _gram(features) if features[0, 0].numel() >= FEWEST else None
    inside = F.conv2d(mask, torch.ones_like(kernel[:1, :1])) > SIDE**2 - 0.5
    if int(inside.sum()) < FEWEST:
        return None
    return _gram(features[:, :, inside[0, 0]][..., None])


def _gram(features: Tensor) -> Tensor:
    flat = features.flatten(2)[0]
    flat = torch.cat((flat, torch.ones_like(flat[:1])))
    return flat @ flat.T / flat.shape[1]


def _spread(colors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return the mean color, and the maps out of and back into pixels that make the covariance the unit."""
    mean = colors.mean(dim=0)
    centered = (colors - mean).double()
    values, axes = torch.linalg.eigh(centered.T @ centered / len(colors))
    scale = (values.clamp_min(0) + FAINT**2).sqrt()
    out, back = axes / scale @ axes.T, axes * scale @ axes.T
    return mean, out.to(colors), back.to(colors)


def _halve_masked(x: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor | None]:
    """Return the picture at half the size, and where it is made of nothing but masked pixels."""
    if mask is None:
        return _halve(F.pad(x, (2, 2, 2, 2), mode="replicate")), None
    return _halve(F.pad(x, (2, 2, 2, 2), mode="replicate")), (_halve(F.pad(mask, (2, 2, 2, 2))) > 0.999).to(
        mask
    )


def _halve(padded: Tensor) -> Tensor:
    taps = padded.new_tensor(TAPS)
    kernel = (taps[:, None] * taps)[None, None].expand(padded.shape[1], 1, 5, 5)
    return F.conv2d(padded, kernel, stride=2, groups=padded.shape[1])


def _wrap(x: Tensor, by: int) -> Tensor:
    return F.pad(x, (by, by, by, by), mode="circular")
