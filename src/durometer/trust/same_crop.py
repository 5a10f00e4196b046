"""Whether the same crop is chosen before and after a move: of one picture, and on average."""

from __future__ import annotations

import torch
from torch import Tensor


def best(scores: Tensor, ties: Tensor) -> Tensor:
    """Return (B,): the index, row by row, of the highest score; of equal ones that with the highest `ties`.

    Where both are equal the first one is taken: with `ties` a hash of the content, its content is the same.

    Args:
        scores: (B, h, w) int64.
        ties: (B, h, w) int64, at least 0.
    """
    flat, second = scores.flatten(1), ties.flatten(1)
    second = torch.where(flat == flat.amax(dim=1, keepdim=True), second, -1)
    places = torch.arange(flat.shape[1], device=flat.device)
    return torch.where(second == second.amax(dim=1, keepdim=True), places, flat.shape[1]).amin(dim=1)


def surviving(scores: Tensor, ties: Tensor, reach: int) -> Tensor:
    """Return (B, 2 reach + 1, 2 reach + 1) bool: for which moves the crop chosen in the middle stays chosen.

    Args:
        scores: (B, k + 2 reach, k + 2 reach) of all crops of a picture with `reach` pixels more on each side.
        ties: See `best`.
        reach: Moves up to so many pixels, `[dy + reach, dx + reach]` of the result.
    """
    k = [int(n) - 2 * reach for n in scores.shape[-2:]]
    span = range(2 * reach + 1)

    def place(dy: int, dx: int) -> Tensor:
        part = tuple(t[:, dy : dy + k[0], dx : dx + k[1]] for t in (scores, ties))
        at = best(*part)
        return torch.stack((at // k[1] + dy, at % k[1] + dx), dim=1)

    middle = place(reach, reach)
    rows = [torch.stack([(place(dy, dx) == middle).all(dim=1) for dx in span], dim=1) for dy in span]
    return torch.stack(rows, dim=1)


def same_crop_probability(k: int, dx: int, dy: int) -> float:
    """Return the chance that the same of k × k crops is best before and after a move by (dx, dy).

    For scores of which any order is as likely as any other: the best of all crops before and after must be
    among those that both have, (k − |dx|)(k − |dy|) of 2k² − (k − |dx|)(k − |dy|). One pixel along an axis:
    (k − 1) / (k + 1). Derived here; scores of real pictures are not of that kind, so count `surviving`.

    Raises:
        ValueError: if k is below 1.
    """
    if k < 1:
        raise ValueError(f"there are no {k} crops a side")
    shared = max(0, k - abs(dx)) * max(0, k - abs(dy))
    return shared / (2 * k * k - shared)
