"""The shell around every stressor: it believes nothing that it can check."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from durometer.core.dice import Dice
from durometer.core.errors import ExtensionError
from durometer.core.nouns import Batch
from durometer.core.protocols import Stressor

ROUNDING = 1e-4
"""How far outside [0, 1] floating point may carry a pixel before it is a fault (below half a gray level)."""
CLAIM = 2e-3
"""How far a claimed fact may stand from what the returned mask measures (shares, relative places)."""


def stress(stressor: Stressor, batch: Batch, dice: Dice, /) -> Batch:
    """Apply a stressor and check what it did; the result lies on the 8-bit grid.

    Checked each time: ids and targets kept, shape, dtype and device of pixels and masks, finite and in
    [0, 1], nothing of the input modified in place, one fact a sample, and those facts that a mask can
    prove (`object_share`, `center_x`, `center_y`). Determinism is checked by `same_again`.

    Samples whose pixels are not finite or not in [0, 1] are refused before the stressor sees them.

    Raises:
        ExtensionError: naming the stressor and what it broke.
    """
    if not len(batch):
        return batch
    name = getattr(stressor, "name", type(stressor).__name__)
    watched = {"x": batch.x, **{f"aux[{k!r}]": v for k, v in batch.aux.items()}}
    before = {k: v._version for k, v in watched.items()}
    unfit = _unfit(batch.x)
    result = stressor(_without(batch, unfit) if unfit else batch, dice)
    result = result.but(refused={**result.refused, **unfit}) if unfit else result
    for key, tensor in watched.items():
        if tensor._version != before[key]:
            raise _broke(name, f"modified its input {key} in place", "Work on a copy")
    _check_frame(name, batch, result)
    kept = _kept(result)
    _check_pixels(name, "x", result.x, batch.x, kept)
    if "mask" in result.aux and "mask" in batch.aux:
        _check_pixels(name, "mask", result.aux["mask"], batch.aux["mask"], kept)
        _check_claims(name, result, kept)
    return result.but(x=on_grid(result.x))


def _unfit(x: Tensor) -> dict[int, str]:
    """Return the samples whose pixels are none, with the reason."""
    low, high = x.flatten(1).aminmax(dim=1)
    outside = ~((low >= -ROUNDING) & (high <= 1 + ROUNDING))  # NaN is inside nothing
    if not bool(outside.any()):
        return {}
    ends = {i: (float(low[i]), float(high[i])) for i in outside.nonzero().flatten().tolist()}
    return {
        i: f"its pixels go from {a:.4g} to {b:.4g}, not from 0 to 1"
        if math.isfinite(a) and math.isfinite(b)
        else "its pixels are not all finite"
        for i, (a, b) in ends.items()
    }


def _without(batch: Batch, unfit: Mapping[int, str]) -> Batch:
    """Return the batch with black pictures in place of those."""
    x = batch.x.clone()
    x[list(unfit)] = 0
    return batch.but(x=x, refused={**batch.refused, **unfit})


def on_grid(x: Tensor) -> Tensor:
    """Return pixels rounded to the nearest of the 256 gray levels, as float32 in [0, 1]."""
    return x.mul(255).round_().clamp_(0, 255).div_(255)  # one new tensor: memory is what costs here


def same_again(stressor: Stressor, batch: Batch, dice: Dice, /, first: Batch) -> None:
    """Ask once more and compare with the first answer, bit by bit.

    Raises:
        ExtensionError: when the same dice gave another change.
    """
    again = stress(stressor, batch, dice)
    if not torch.equal(again.x, first.x) or again.facts != first.facts or again.refused != first.refused:
        raise _broke(
            getattr(stressor, "name", type(stressor).__name__),
            "gave two different changes for the same dice",
            "Draw all randomness from the dice it is given",
        )


def _kept(result: Batch) -> Tensor:
    keep = torch.ones(len(result), dtype=torch.bool, device=result.x.device)
    if result.refused:
        keep[list(result.refused)] = False
    return keep


def _check_frame(name: str, batch: Batch, result: Batch) -> None:
    if result.ids != batch.ids or result.y != batch.y:
        raise _broke(name, "changed the ids or targets of its batch", "Return batch.but(x=…)")
    for fact, column in result.facts.items():
        if len(column) != len(batch):
            raise _broke(name, f"returned {len(column)} values of the fact {fact!r} for {len(batch)} samples")
    strange = [i for i in result.refused if not 0 <= i < len(batch)]
    if strange:
        raise _broke(name, f"refused the position {strange[0]} in a batch of {len(batch)}")


def _check_pixels(name: str, what: str, got: Tensor, like: Tensor, kept: Tensor) -> None:
    if got.shape != like.shape:
        raise _broke(name, f"returned {what} of shape {tuple(got.shape)} for {tuple(like.shape)}")
    if got.dtype != like.dtype or got.device != like.device:
        raise _broke(
            name, f"returned {what} as {got.dtype} on {got.device}, not {like.dtype} on {like.device}"
        )
    flat = got.flatten(1)
    inside = (flat.amin(dim=1) >= -ROUNDING) & (flat.amax(dim=1) <= 1 + ROUNDING)  # NaN is inside nothing
    bad = kept & ~inside
    if bool(bad.any()):
        raise _broke(name, f"returned {what} outside [0, 1] or not finite", "Clamp what can overshoot")


def _check_claims(name: str, result: Batch, kept: Tensor) -> None:
    mask = result.aux["mask"][:, 0]
    for fact, measure in PROVABLE.items():
        if fact not in result.facts:
            continue
        pairs = zip(result.facts[fact], measure(mask).tolist(), kept.tolist(), strict=True)
        for claimed, measured, keep in pairs:
            if keep and (not isinstance(claimed, int | float) or not abs(claimed - measured) <= CLAIM):
                raise _broke(name, f"claims {fact} = {claimed}, but its mask measures {measured:.4f}")


def object_share(mask: Tensor) -> Tensor:
    """Return (B,): the share of the canvas that a (B, H, W) mask covers."""
    return mask.mean(dim=(-2, -1))


def center_x(mask: Tensor) -> Tensor:
    """Return (B,): the object's centroid, 0 at the left edge and 1 at the right."""
    return _center(mask.sum(dim=-2))


def center_y(mask: Tensor) -> Tensor:
    """Return (B,): the object's centroid, 0 at the top edge and 1 at the bottom."""
    return _center(mask.sum(dim=-1))


def _center(profile: Tensor) -> Tensor:
    n = profile.shape[-1]
    at = (torch.arange(n, device=profile.device, dtype=profile.dtype) + 0.5) / n
    return (profile * at).sum(dim=-1) / profile.sum(dim=-1).clamp_min(1e-12)


PROVABLE: dict[str, Callable[[Tensor], Tensor]] = {
    "object_share": object_share,
    "center_x": center_x,
    "center_y": center_y,
}


def _broke(name: str, what: str, fix: str = "") -> ExtensionError:
    return ExtensionError(what, where=f"stressor {name!r}", fix=fix)
