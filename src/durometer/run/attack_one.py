"""One picture under one attack: what it was, what was found, and the way there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from durometer.attack.engine import Outcome
from durometer.attack.shell import judged
from durometer.core import (
    Attack,
    Batch,
    DataError,
    Dice,
    Model,
    ModelError,
    Oracle,
    Sample,
    Scalar,
    Threat,
    UsageError,
)  # fmt: skip
from durometer.core.errors import unknown_name
from durometer.data.canvas import Canvas, to_canvas
from durometer.data.images import read_image
from durometer.run.attacked import viewed
from durometer.run.attacks import black_box
from durometer.tasks import Classification
from durometer.tasks.wanted import Wanted
from durometer.threat.local import around

LEVELS = 255
GRADIENTS = "grad"


@dataclass(frozen=True)
class Answer:
    """The likeliest classes, first the answer itself, with their shares of probability."""

    names: tuple[str, ...]
    shares: tuple[float, ...]

    @property
    def said(self) -> str:
        """The answer."""
        return self.names[0]


@dataclass(frozen=True)
class AttackedImage:
    """What an attack did to one picture.

    Attributes:
        aim: What counted as broken, in words.
        x, found: (C, h, w) the model's input before and after.
        before, after: Answers to them, asked again after the search.
        rounded: The answer to `found` rounded to 8 bits, as a file keeps it.
        broken, broken_rounded: Whether the attack has what it was after.
        size: Of the change, in the threat's unit.
        path: What separates each input that was asked about from broken, in logits; below 0 it is broken.
        facts: Passes spent, and what else the attack says.
    """

    title: str
    aim: str
    x: Tensor
    found: Tensor
    before: Answer
    after: Answer
    rounded: Answer
    broken: bool
    broken_rounded: bool
    size: float
    path: tuple[float, ...]
    facts: dict[str, Scalar]

    @property
    def magnified(self) -> int:
        """By how much the change is enlarged so that a person sees it: its largest value is then a half."""
        most = float((self.found - self.x).abs().max())
        return max(1, int(0.5 / most + 1e-6)) if most > 0 else 1


def attack_one(
    image: Path,
    model: Model,
    attack: Attack,
    threat: Threat,
    *,
    label: str | None = None,
    target: str | None = None,
    short_side: int = 256,
    seed: int = 0,
) -> AttackedImage:
    """Attack one picture.

    Args:
        image: Its file.
        model: A classifier.
        attack: The search.
        threat: Where it searches.
        label: The right class, by name or number; the model's own answer if not given.
        target: The class that is wanted; away from the right one if not given.
        short_side: Of the canvas, in pixels.
        seed: Of the dice.

    Raises:
        DataError: the picture can't be read.
        UsageError: no such class, or the picture is broken already.
        ModelError: the model lacks what the attack needs, or does not answer with finite numbers.
    """
    check_gradients(attack, model)
    sample = to_canvas(
        Sample(image.name, read_image(image).x, frozenset({0}), {}), Canvas(short_side=short_side)
    )
    if "mask" in getattr(threat, "needs", ()):
        raise DataError(
            f"the threat {threat.name!r} needs to know where the object is", fix="Use durometer run --masks"
        )
    batch = viewed(model, Batch.of([sample]), masks=False)
    task, names = _task(model, batch.x)
    right, wanted = (None if c is None else class_of(c, names) for c in (label, target))
    answer = int(task.decode(_asked(model, batch.x))["answer"][0])
    if answer < 0:
        raise ModelError("answers with numbers that are not finite", where=model.card.name)
    task, aim, y = _aim(task, names, answer, right, wanted)
    return _attacked(model, task, attack, threat, batch.but(y=(frozenset({y}),)), aim, names, seed)


def check_gradients(attack: Attack, model: Model) -> None:
    """Refuse an attack that follows gradients on a model that gives none.

    Raises:
        ModelError: with the attacks that only ask.
    """
    if GRADIENTS in attack.needs and GRADIENTS not in model.card.traits:
        raise ModelError(
            f"the attack {attack.name!r} follows gradients, and this model gives none",
            where=model.card.name,
            fix=f"Attacks that only ask: {', '.join(black_box())}",
        )


def class_of(text: str, names: Sequence[str]) -> int:
    """Return the number of a class given by name or number.

    Raises:
        UsageError: there is none such; names the nearest.
    """
    if text in names:
        return list(names).index(text)
    if text.isdigit() and int(text) < len(names):
        return int(text)
    if text.removeprefix("-").isdigit():
        raise UsageError(f"there is no class {text}", fix=f"The model has the classes 0 to {len(names) - 1}")
    raise unknown_name(text, names, kind="class")


def _task(model: Model, x: Tensor) -> tuple[Classification, tuple[str, ...]]:
    if model.card.task != "classification":
        raise ModelError(
            f"it answers {model.card.task}, and one picture can be attacked on a classifier only",
            where=model.card.name,
        )
    outputs = int(_asked(model, x).shape[1])
    labels = tuple(model.card.labels)
    names = labels if len(labels) == outputs else tuple(map(str, range(outputs)))
    probabilities = model.card.output == "probabilities"
    return Classification(tuple(frozenset({k}) for k in range(outputs)), probabilities=probabilities), names


def _aim(
    task: Classification, names: Sequence[str], answer: int, right: int | None, wanted: int | None
) -> tuple[Classification, str, int]:
    """Return the task as the attack sees it, what it is after in words, and the class that stands for it."""
    if wanted is not None:
        if wanted == answer:
            raise UsageError(
                f"the model answers {names[answer]!r} already, so there is nothing to attack",
                fix="Give another --target",
            )
        return Wanted.of(task), f"the answer {names[wanted]!r}", wanted
    if right is not None and right != answer:
        raise UsageError(
            f"the model answers {names[answer]!r} and not {names[right]!r}: it is broken already",
            fix="Leave --label away, to attack the answer that it gives",
        )
    return task, f"any answer but {names[answer]!r}", answer


def _attacked(
    model: Model, task: Classification, attack: Attack, threat: Threat, batch: Batch, aim: str,
    names: Sequence[str], seed: int,
) -> AttackedImage:  # fmt: skip
    watched = Watched(model, task, batch)
    traced = Traced(attack, watched)
    dice = Dice(seed, attack.name, attack.version, batch.ids)
    outcome = judged(traced, Oracle(watched, task, batch_size=1), batch, threat, dice)
    found = outcome.x
    rounded = (found * LEVELS).round() / LEVELS
    asked = [_asked(model, x) for x in (batch.x, found, rounded)]
    before, after, again = (_answer(task, output, names) for output in asked)
    broken, still = (bool(task.score(output, batch.y)[0] == 0) for output in asked[1:])
    size = float(around(threat, batch).size(batch.x, found)[0])
    facts = {name: column[0] for name, column in outcome.facts.items()}
    return AttackedImage(
        f"{attack.name}, {threat.describe()}", aim, batch.x[0], found[0], before, after, again, broken, still,
        size, tuple(watched.margins), facts,
    )  # fmt: skip


def _asked(model: Model, x: Tensor) -> Tensor:
    with torch.no_grad():
        output: Tensor = model(x)
    return output


def _answer(task: Classification, output: Tensor, names: Sequence[str]) -> Answer:
    decoded = task.decode(output)
    top = [names[k] for k in decoded["top"][0].tolist()]
    return Answer(tuple(top), tuple(decoded["top_confidence"][0].tolist()))


class Watched(Model):
    """A model that notes how far from broken each of its answers is, while an attack asks."""

    def __init__(self, model: Model, task: Classification, batch: Batch) -> None:
        self.card, self._model, self._task, self._y = model.card, model, task, batch.y
        self.margins: list[float] = []
        self.on = False

    def view(self, canvas: Tensor, /) -> Tensor:
        """Return the model's own view."""
        return self._model.view(canvas)

    def visible(self, height: int, width: int, /) -> tuple[float, float, float, float]:
        """Return what the model sees of a canvas."""
        return self._model.visible(height, width)

    def __call__(self, x: Tensor, /) -> Any:
        """Ask, and note."""
        output = self._model(x)
        if self.on:
            goal = self._task.goal(output, self._y * len(output))
            self.margins += goal.margin(output.detach()).tolist()
        return output


class Traced(Attack):
    """An attack during which a model notes its answers; what the shell asks afterwards is not part of it."""

    def __init__(self, attack: Attack, watched: Watched) -> None:
        self._attack, self._watched = attack, watched
        self.name, self.version = attack.name, attack.version  # type: ignore[misc]
        self.needs, self.source = attack.needs, attack.source  # type: ignore[misc]

    def __call__(self, oracle: Any, batch: Batch, threat: Threat, dice: Dice, /) -> Tensor | Outcome:
        """Search."""
        self._watched.on = True
        try:
            found: Tensor | Outcome = self._attack(oracle, batch, threat, dice)
        finally:
            self._watched.on = False
        return found
