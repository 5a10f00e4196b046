"""The contract of an attack."""

from __future__ import annotations

import torch

from durometer.attack.engine import Outcome
from durometer.attack.shell import judged
from durometer.core import Attack, Batch, Dice, Model, Oracle, Threat
from durometer.tasks import Classification
from durometer.testing.require import check_declared, other_global_dice, require, same, splits, unmoved
from durometer.testing.scenes import toy_batch
from durometer.testing.toys import linear
from durometer.threat import THREATS
from durometer.threat.local import around

SHAPE = (1, 4, 4)


def check_attack(
    attack: Attack, *, threat: Threat | None = None, model: Model | None = None, batch: Batch | None = None
) -> None:
    """Check that an attack keeps its contract.

    It says what it is; it leaves its inputs and the global generators alone; the same dice find the same
    point at batch sizes 1, 3 and all, in any order; what it finds is in the threat; no sample ends with a
    higher score than it had; it does not stumble when nothing is left to break.

    Args:
        attack: An instance.
        threat: Where it searches; the one it is `within`, or L-infinity 8/255, if not given.
        model: What it asks; `toy_linear` if not given.
        batch: What it starts from; `toy_inputs`, or `toy_masked` for a threat that needs masks, if not given.

    Raises:
        AssertionError, ExtensionError: the rule that was broken, in words.
    """
    of = f"attack {getattr(attack, 'name', type(attack).__name__)!r}"
    check_declared(attack, of=of)
    require(
        isinstance(attack.version, int) and attack.version >= 1,
        "version must be a whole number from 1",
        of=of,
    )
    threat = threat or _meant(attack)
    if "mask" in getattr(threat, "needs", ()):
        batch = batch or toy_masked()
    batch = batch or toy_inputs()
    model = model or toy_linear(tuple(batch.x.shape[1:]))
    with unmoved({"x": batch.x}, of=of):
        outcome = _search(attack, model, batch, threat)
    found = outcome.x
    reached = found if outcome.point is None else outcome.point
    require(
        bool(around(threat, batch).contains(batch.x, reached).all()),
        "what it finds is outside the threat",
        of=of,
    )
    with other_global_dice():
        require(
            same(_search(attack, model, batch, threat).x, found), "the same dice find another point", of=of
        )
    for split in splits(len(batch)):
        for index in split:
            alone = _search(attack, model, batch.select(index), threat).x
            require(same(alone, found[list(index)]), f"what it finds depends on the batch ({index})", of=of)
    before, after = (_oracle(model).score(x, batch.y) for x in (batch.x, found))
    require(bool((after <= before).all()), "a sample ends with a higher score than it had", of=of)
    _search(attack, model, batch.but(y=tuple(frozenset({1 - min(y)}) for y in batch.y)), threat)


def toy_linear(shape: tuple[int, ...] = SHAPE) -> Model:
    """Return a linear classifier of two classes on pictures (C, H, W): is the left half the brighter one?"""
    side = torch.ones(shape)
    side[..., shape[-1] // 2 :] = -1
    return linear(torch.stack([side, -side]))


def toy_inputs() -> Batch:
    """Return six pictures, gray with a left half brighter by 0.01, 0.02, … 0.06, all of class 0."""
    x = torch.full((6, *SHAPE), 0.5)
    x[..., :2] += 0.01 * torch.arange(1, 7)[:, None, None, None]
    return Batch(tuple(f"toy/{i}" for i in range(6)), x, (frozenset({0}),) * 6)


def toy_masked() -> Batch:
    """Return six pictures of waves with a disk each, (3, 24, 24) with masks, all of class 0."""
    toys = toy_batch(6, 24, 24)
    return toys.but(y=(frozenset({0}),) * 6, aux={"mask": toys.aux["mask"]})


def _meant(attack: Attack) -> Threat:
    """Return the threat an attack is within."""
    wanted = dict(getattr(attack, "within", {"name": "linf"}))
    return THREATS.make(str(wanted.pop("name")), wanted)


def _oracle(model: Model) -> Oracle:
    task = Classification(tuple(frozenset({k}) for k in range(2)))
    # an attack that makes inputs against another model makes them against the same one
    return Oracle(model, task, batch_size=4, others={"another": Oracle(model, task, batch_size=4)})


def _search(attack: Attack, model: Model, batch: Batch, threat: Threat) -> Outcome:
    return judged(attack, _oracle(model), batch, threat, Dice(0, attack.name, attack.version, batch.ids))
