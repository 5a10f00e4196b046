"""Lengths of changes and the nearest change of a given length, in four norms."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Norm = Literal["linf", "l2", "l1", "l0"]
DUAL: dict[str, str] = {"linf": "l1", "l2": "l2", "l1": "linf", "l0": "linf"}
"""The norm of a gradient that says how fast a function falls per length of change; in l0 per value."""


def length(change: Tensor, norm: str) -> Tensor:
    """Return (B,) how long changes (B, ...) are; in double, so that a row's length is its own.

    In l0 it is the number of pixels that change, whatever the channels; of (B, D), of values.
    """
    if norm == "l0":
        return (_pixels(change) > 0).sum(dim=1).double()
    flat = change.flatten(1).double()
    order = {"linf": torch.inf, "l2": 2, "l1": 1}[norm]
    found: Tensor = torch.linalg.vector_norm(flat, ord=order, dim=1)
    return found


def within(change: Tensor, most: Tensor, norm: str) -> Tensor:
    """Return the nearest changes (B, ...), in Euclidean distance, that are at most so long, (B,) each.

    In l0 the pixels with the largest change are kept.
    """
    flat, most = change.flatten(1).double(), most.double()[:, None]
    if norm == "linf":
        near = flat.clamp(-most, most)
    elif norm == "l2":
        size = torch.linalg.vector_norm(flat, dim=1, keepdim=True)
        near = flat * torch.where(size > most, most / size.clamp_min(1e-300), 1.0)
    elif norm == "l1":
        near = _l1(flat, most)
    else:
        rank = _pixels(change).argsort(dim=1, descending=True, stable=True).argsort(dim=1)
        kept = (rank < most.floor())[:, None]
        near = flat * kept.expand(-1, flat.shape[1] // rank.shape[1], -1).flatten(1)
    return near.to(change).reshape(change.shape)


def _pixels(change: Tensor) -> Tensor:
    """Return (B, places) the Euclidean size of the change of each pixel; of (B, D), of each value."""
    if change.ndim == 2:
        return change.double().abs()
    size: Tensor = torch.linalg.vector_norm(change.flatten(2).double(), dim=1)
    return size


def _l1(flat: Tensor, most: Tensor) -> Tensor:
    """Shrink by the number that leaves the sum (Duchi et al., 2008, figure 1)."""
    size = flat.abs()
    ordered = size.sort(dim=1, descending=True).values
    count = torch.arange(1, flat.shape[1] + 1, device=flat.device)
    above = ordered.cumsum(dim=1) - most
    kept = (ordered * count > above).sum(dim=1, keepdim=True).clamp_min(1)
    shrink = (above.gather(1, kept - 1) / kept).clamp_min(0)
    return flat.sign() * (size - shrink).clamp_min(0)
