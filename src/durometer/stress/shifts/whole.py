"""What changes of the whole picture share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from durometer.core import Batch, Scalar

STALE = frozenset({"filled", "donor"})
"""What was made for the picture as it was, and is no longer true after a change."""


def whole(
    batch: Batch,
    change: Callable[[Tensor], Tensor],
    *,
    moves: bool,
    facts: Mapping[str, Sequence[Scalar]] | None = None,
) -> Batch:
    """Return the batch with its picture changed; where pixels move, its mask is changed in the same way."""
    aux = {k: v for k, v in batch.aux.items() if k not in STALE}
    if moves and "mask" in aux:
        aux["mask"] = change(aux["mask"]).clamp(0, 1)
    told = {k: tuple(v) for k, v in (facts or {}).items()}
    return batch.but(x=change(batch.x), aux=aux, facts={**batch.facts, **told})


def at_index(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return (B, C, H, W) with rows (B, H) and columns (B, W) taken by index, each sample its own."""
    taken = [p.index_select(-2, r).index_select(-1, c) for p, r, c in zip(x, rows, columns, strict=True)]
    return torch.stack(taken)
