"""The one adapter that binds an attack to a model: view, search, then rows to be asked again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from durometer.attack.shell import judged
from durometer.core import Attack, Batch, Dice, Model, Oracle, Scalar, Threat, canonical_json
from durometer.ops.masks import TRACE
from durometer.run.conditions import Condition
from durometer.run.load import Chunk
from durometer.run.show import HASH_DIGITS, NO_MASK
from durometer.run.subjects import Subject
from durometer.run.tables import Row
from durometer.stress.attributes import editing
from durometer.threat.local import around

UNSEEN = "the model's own crop leaves nothing of the object"
NO_BACKGROUND = "the object fills the model's whole input and leaves no background"
CONFIRMED = 4
"""Inputs of a chunk on which gradients are confirmed before they are followed."""


@dataclass(frozen=True)
class Found:
    """What one draw of an attack found: inputs, what they are like, and who was left out."""

    x: Tensor
    facts: Mapping[str, Sequence[Scalar]]
    refused: Mapping[int, str]


def attack_rows(
    condition: Condition,
    subject: Subject,
    chunk: Chunk,
    *,
    seed: int,
    batch_size: int,
    device: str,
    others: Sequence[Subject] = (),
) -> Iterator[tuple[Tensor, list[Row]]]:
    """Yield (found inputs, their unfinished rows) for each draw of an attack on one chunk.

    The search runs on the model's input. What it finds is asked again at the desk like anything else. A row
    with a reason is of a sample that could not be attacked.
    """
    attack, threat = condition.attack, condition.threat
    assert attack is not None
    assert threat is not None
    y = tuple(subject.task.seen(*both) for both in zip(chunk.batch.y, chunk.batch.x, strict=True))
    chunk = replace(chunk, batch=chunk.batch.but(y=y))
    batch = viewed(subject.model, chunk.batch.to(device), masks="mask" in condition.needs)
    if "grad" in attack.needs:
        _confirm(subject.model, batch)
    named: Sequence[str] | None = getattr(attack, "surrogates", None)
    used = surrogates(named, subject, others) if named is not None else ()
    if strange := [s.name for s in used if sight(s) != sight(subject)]:
        reason = f"the surrogate {strange[0]!r} is shown pictures in another way"
        batch = batch.but(refused=dict.fromkeys(range(len(batch)), reason))
    for draw in range(condition.draws):
        asked = {s.name: Oracle(s.model, s.task, batch_size=batch_size) for s in used}
        oracle = Oracle(subject.model, subject.task, batch_size=batch_size, others=asked)
        dice = Dice(seed, attack.name, attack.version, batch.ids, draw, device)
        found = _search(attack, oracle, batch, threat, dice)
        yield found.x, [_row(condition, subject, chunk, i, draw, found) for i in range(len(batch))]


def surrogates(named: Sequence[str], subject: Subject, others: Sequence[Subject]) -> tuple[Subject, ...]:
    """Return the models that inputs are made against: those named, or all but the target."""
    return tuple(s for s in others if (s.name in named if named else s.name != subject.name))


def sight(subject: Subject) -> tuple[object, ...]:
    """Return how a model is shown a picture; two that agree have the same inputs."""
    own = subject.model.card.input
    return own.size, own.crop, own.fit, own.interpolation, own.channels


def _confirm(model: Model, batch: Batch) -> None:
    """Let a model whose gradients come from another runtime compare the two on what is to be attacked.

    Raises:
        ModelError: they differ; in words.
    """
    confirm = getattr(model, "confirm", None)
    if confirm is not None:
        confirm(batch.x[:CONFIRMED])


def viewed(model: Model, batch: Batch, *, masks: bool) -> Batch:
    """Return a batch as a model sees it; with its masks, if wanted, and what can't be edited refused.

    Masks go the same way as pixels: an input pixel is object by as much as it was made from object.
    """
    with torch.no_grad():
        x = model.view(batch.x)
        if not masks:
            return Batch(batch.ids, x, batch.y)
        if "mask" not in batch.aux:
            return Batch(batch.ids, x, batch.y, refused=dict.fromkeys(range(len(batch)), NO_MASK))
        mask = model.view(batch.aux["mask"].expand(-1, batch.x.shape[1], -1, -1)).amax(dim=1, keepdim=True)
    refused = {**_cropped(mask), **editing.Subject(batch).refused}
    return Batch(batch.ids, x, batch.y, {"mask": mask.clamp(0, 1)}, refused=refused)


def _cropped(mask: Tensor) -> dict[int, str]:
    """Say which objects a model does not see, or sees nothing beside."""
    flat = mask.flatten(1) > TRACE
    seen, whole = flat.any(dim=1).tolist(), flat.all(dim=1).tolist()
    unseen = {i: UNSEEN for i, any_object in enumerate(seen) if not any_object}
    return unseen | {i: NO_BACKGROUND for i, all_object in enumerate(whole) if all_object}


def _search(attack: Attack, oracle: Oracle, batch: Batch, threat: Threat, dice: Dice) -> Found:
    """Attack those samples that can be; an attack may leave out more of them, in `refuses(batch)`."""
    refused = dict(batch.refused)
    kept = [i for i in range(len(batch)) if i not in refused]
    unable = getattr(attack, "refuses", None)
    if kept and unable is not None:
        refused |= {kept[i]: reason for i, reason in unable(batch.select(kept)).items()}
        kept = [i for i in kept if i not in refused]
    if not kept:
        return Found(batch.x, {}, refused)
    part, x = batch.select(kept), batch.x.clone()
    outcome = judged(attack, oracle, part, threat, dice.select(kept))
    worst = x[kept] = outcome.x
    tell = getattr(attack, "facts", None)
    reached = worst if outcome.point is None else outcome.point
    sizes = around(threat, part).size(part.x, reached).tolist()
    columns = {"size": [round(s, 6) for s in sizes], **outcome.facts, **(tell(part, worst) if tell else {})}
    return Found(x, {name: _spread(column, kept, len(batch)) for name, column in columns.items()}, refused)


def _spread(column: Sequence[Scalar], kept: Sequence[int], n: int) -> list[Scalar]:
    whole: list[Scalar] = [None] * n
    for i, value in zip(kept, column, strict=True):
        whole[i] = value
    return whole


def _row(condition: Condition, subject: Subject, chunk: Chunk, i: int, draw: int, found: Found) -> Row:
    target = chunk.batch.y[i]
    reason = found.refused.get(i, "")
    pixels = hashlib.sha256(found.x[i].detach().cpu().contiguous().numpy().data).hexdigest()[:HASH_DIGITS]
    facts = {} if reason else {name: column[i] for name, column in found.facts.items()}
    return {
        "sample": chunk.batch.ids[i], "position": chunk.positions[i], "model": subject.name,
        "condition": condition.key, "axis": condition.dial.axis, "severity": condition.dial.severity,
        "unit": condition.dial.unit, "draw": draw,
        "target": subject.task.say(target), "reason": reason,
        "pixels": "" if reason else pixels, "facts": canonical_json(facts), "y": target,
    }  # fmt: skip
