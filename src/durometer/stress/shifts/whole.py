"""What changes of the whole picture share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor

from durometer.core import Batch, Scalar
from durometer.ops.geometry import recorded

STALE = frozenset({"filled", "donor"})
"""What was made for the picture as it was, and is no longer true after a change."""
OF_THE_PLACE = frozenset({"object_share", "center_x", "center_y", "cell"})
"""Facts of an earlier edit of the object that are no longer true when the whole picture moves."""


def whole(
    batch: Batch,
    change: Callable[[Tensor], Tensor],
    *,
    moves: bool,
    facts: Mapping[str, Sequence[Scalar]] | None = None,
    motion: Tensor | None = None,
) -> Batch:
    """Return the batch with its picture changed; where pixels move, its mask is changed in the same way.

    `motion` says where they went: see `durometer.ops.geometry`.
    """
    aux = {k: v for k, v in batch.aux.items() if k not in STALE}
    if motion is not None:
        aux |= recorded(batch, motion, whole=True)
    if moves and "mask" in aux:
        aux["mask"] = change(aux["mask"]).clamp(0, 1)
    told = {k: tuple(v) for k, v in (facts or {}).items()}
    held = {k: v for k, v in batch.facts.items() if not (moves and k in OF_THE_PLACE)}
    return batch.but(x=change(batch.x), aux=aux, facts={**held, **told})


def at_index(x: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return (B, C, H, W) with rows (B, H) and columns (B, W) taken by index, each sample its own."""
    taken = [p.index_select(-2, r).index_select(-1, c) for p, r, c in zip(x, rows, columns, strict=True)]
    return torch.stack(taken)
