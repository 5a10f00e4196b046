"""The one adapter that binds an attack to a model: view, search, then rows to be asked again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import torch
from torch import Tensor

from durometer.attack.shell import attacked
from durometer.core import Batch, Dice, Oracle, canonical_json
from durometer.run.conditions import Condition
from durometer.run.load import Chunk
from durometer.run.prepare import Subject
from durometer.run.show import HASH_DIGITS
from durometer.run.tables import Row


def attack_rows(
    condition: Condition, subject: Subject, chunk: Chunk, *, seed: int, batch_size: int, device: str
) -> Iterator[tuple[Tensor, list[Row]]]:
    """Yield (found inputs, their unfinished rows) for each draw of an attack on one chunk.

    The search runs on the model's input. What it finds is asked again at the desk like anything else.
    """
    attack, threat = condition.attack, condition.threat
    assert attack is not None
    assert threat is not None
    with torch.no_grad():
        x = subject.model.view(chunk.batch.x.to(device))
    batch = Batch(chunk.batch.ids, x, chunk.batch.y)
    for draw in range(condition.draws):
        oracle = Oracle(subject.model, subject.task, batch_size=batch_size)
        dice = Dice(seed, attack.name, attack.version, batch.ids, draw, device)
        found = attacked(attack, oracle, batch, threat, dice)
        sizes = threat.size(x, found).tolist()
        rows = [_row(condition, subject, chunk, i, draw, found[i], sizes[i]) for i in range(len(batch))]
        yield found, rows


def _row(
    condition: Condition, subject: Subject, chunk: Chunk, i: int, draw: int, found: Tensor, size: float
) -> Row:
    target = chunk.batch.y[i]
    pixels = hashlib.sha256(found.detach().cpu().contiguous().numpy().data).hexdigest()[:HASH_DIGITS]
    return {
        "sample": chunk.batch.ids[i], "position": chunk.positions[i], "model": subject.name,
        "condition": condition.key, "axis": condition.dial.axis, "severity": condition.dial.severity,
        "unit": condition.dial.unit, "draw": draw,
        "target": ",".join(map(str, subject.task.outputs_of(target))), "reason": "", "pixels": pixels,
        "facts": canonical_json({"size": round(size, 6)}), "y": target,
    }  # fmt: skip
