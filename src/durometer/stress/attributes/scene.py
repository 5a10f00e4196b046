"""What changes of the light share: the picture and the background behind its object change alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from durometer.core import Batch, Scalar
from durometer.ops.light import relight, same_luminance


def relit(batch: Batch, gain: Tensor, facts: Mapping[str, Sequence[Scalar]]) -> Batch:
    """Return the batch under other light, its mean luminance kept; the fact `luminance_ratio` says how well.

    Args:
        batch: With `filled` or without.
        gain: Broadcastable to (B, C, H, W), at least 0: what linear light is multiplied by, before the
            luminance is matched.
        facts: One value a sample.
    """
    everywhere = torch.ones_like(batch.x[:, :1])
    x, kept, ratio = same_luminance(batch.x, gain, everywhere)
    aux = dict(batch.aux)
    if "filled" in aux:
        aux["filled"] = relight(aux["filled"], kept)
    told = {**facts, "luminance_ratio": ratio}
    columns = {
        name: tuple(None if i in batch.refused else value for i, value in enumerate(column))
        for name, column in told.items()
    }
    return batch.but(x=x, aux=aux, facts={**batch.facts, **columns})
