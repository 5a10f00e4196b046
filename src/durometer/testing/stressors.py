"""The contract of a stressor."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from durometer.core import Batch, Dial, Dice, Stressor, stress
from durometer.core.sceptic import same_again
from durometer.testing.require import check_declared, other_global_dice, require, splits, unmoved
from durometer.testing.scenes import toy_batch

KNOWN_NEEDS = frozenset({"mask", "filled", "donor", "premade", "reference"})


def check_stressor(stressor: Stressor, *, batch: Batch | None = None) -> None:
    """Check that a stressor keeps its contract; what the shell checks at each call is checked here too.

    It says what it is; it leaves its inputs and the global generators alone, also behind numpy views; the
    same dice give the same change at batch sizes 1, 3 and all, in any order; pixels are finite, in [0, 1], of
    the shape and type they came in; facts are true; empty and full masks are refused or handled.

    Args:
        stressor: An instance.
        batch: What to try it on; two toy batches of different shapes if not given.

    Raises:
        AssertionError, ExtensionError: the rule that was broken, in words.
    """
    of = f"stressor {getattr(stressor, 'name', type(stressor).__name__)!r}"
    check_declared(stressor, of=of)
    _check_words(stressor, of)
    for one in [batch] if batch is not None else [toy_batch(5, 96, 128), toy_batch(4, 81, 67)]:
        result = _check_once(stressor, one, of)
        _check_alone(stressor, one, result, of)
        _check_strange_masks(stressor, one, of)


def _check_words(stressor: Stressor, of: str) -> None:
    require(
        isinstance(stressor.version, int) and stressor.version >= 1,
        "version must be a whole number from 1",
        of=of,
    )
    unknown = frozenset(stressor.needs) - KNOWN_NEEDS
    require(
        not unknown,
        f"needs may name {', '.join(sorted(KNOWN_NEEDS))}, not {', '.join(sorted(unknown))}",
        of=of,
    )
    require(isinstance(stressor.keeps_label, bool), "keeps_label must be True or False", of=of)
    require(
        stressor.control is None or isinstance(stressor.control, str), "control must be a name or None", of=of
    )
    dial = stressor.dial
    require(
        isinstance(dial, Dial) and math.isfinite(dial.severity),
        "dial must be a Dial of finite severity",
        of=of,
    )
    require(bool(str(stressor.title).strip()), "title must not be empty", of=of)


def _dice(stressor: Stressor, ids: Sequence[str]) -> Dice:
    return Dice(0, stressor.name, stressor.version, tuple(ids))


def _watched(batch: Batch) -> dict[str, torch.Tensor]:
    return {"x": batch.x, **{f"aux[{k!r}]": v for k, v in batch.aux.items()}}


def _check_once(stressor: Stressor, batch: Batch, of: str) -> Batch:
    dice = _dice(stressor, batch.ids)
    with unmoved(_watched(batch), of=of):
        result = stress(stressor, batch, dice)
    with other_global_dice():
        same_again(stressor, batch, dice, result)
    require(
        len(result.refused) < len(batch),
        "it refuses every sample of the batch; give one that it can edit",
        of=of,
    )
    require(
        all(isinstance(v, str | int | float | bool | None) for c in result.facts.values() for v in c),
        "facts must be text, numbers, truth values or None", of=of,
    )  # fmt: skip
    return result


def _check_alone(stressor: Stressor, batch: Batch, whole: Batch, of: str) -> None:
    """Each sample must get the same change whatever stands beside it."""
    for split in splits(len(batch)):
        for index in split:
            part = batch.select(index)
            got, want = stress(stressor, part, _dice(stressor, part.ids)), whole.select(index)
            rule = (
                f"its change of a sample depends on the batch: alone or in another order ({index}) it differs"
            )
            require(got.refused == want.refused and got.facts == want.facts, rule, of=of)
            kept = [i for i in range(len(index)) if i not in want.refused]
            require(torch.equal(got.x[kept], want.x[kept]), rule, of=of)
            if "mask" in want.aux:
                require(torch.equal(got.aux["mask"][kept], want.aux["mask"][kept]), f"{rule} (mask)", of=of)


def _check_strange_masks(stressor: Stressor, batch: Batch, of: str) -> None:
    if "mask" not in stressor.needs:
        return
    for name, value in (("empty", 0.0), ("full", 1.0)):
        mask = batch.aux["mask"].clone()
        mask[0] = value
        strange = batch.but(aux={**batch.aux, "mask": mask})
        try:
            result = stress(stressor, strange, _dice(stressor, batch.ids))
        except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError) as error:
            raise AssertionError(
                f"{of}: one {name} mask in the batch makes it fail ({error}); put its position in `refused`"
            ) from error
        for position, reason in result.refused.items():
            require(bool(reason.strip()), f"it refuses position {position} without a reason", of=of)
