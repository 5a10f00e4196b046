"""A window in front of one model: candidates queue up and are asked at the one fixed batch shape."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from durometer.attack.searches.base import Answer
from durometer.core import Model, ModelError, Target, Task
from durometer.core.oracle import ask

Slot = tuple[list[Answer | None], int]
"""Where an answer goes: a list and the place in it."""


class Window:
    """Asks one model; an answer doesn't depend on what is asked beside it.

    Args:
        name: The model's name in the plan.
        model: The model.
        task: What its answers mean.
        batch_size: The one batch size; what remains at a flush is padded.
    """

    def __init__(self, name: str, model: Model, task: Task, *, batch_size: int) -> None:
        self._name, self._model, self._task, self._size = name, model, task, batch_size
        self._waiting: list[tuple[Tensor, Target, Slot]] = []

    def put(self, pictures: Tensor, targets: Sequence[Target], slots: Sequence[Slot]) -> None:
        """Queue pictures (n, C, H, W) on the canvas, with the truth and the place of the answer of each."""
        with torch.no_grad():
            self._waiting += zip(self._model.view(pictures), targets, slots, strict=True)
        while len(self._waiting) >= self._size:
            self._ask()

    def flush(self) -> None:
        """Ask what still waits."""
        while self._waiting:
            self._ask()

    def _ask(self) -> None:
        part, self._waiting = self._waiting[: self._size], self._waiting[self._size :]
        output = ask(self._model, torch.stack([view for view, _, _ in part]), batch_size=self._size)
        if output.ndim != 2 or len(output) != len(part):
            raise ModelError(
                f"answered with shape {tuple(output.shape)} for {len(part)} inputs", where=self._name
            )
        score = self._task.score(output, [target for _, target, _ in part]).tolist()
        decoded = self._task.decode(output)
        listed = zip(decoded["answer"].tolist(), decoded["confidence"].tolist(), score, part, strict=True)
        for answer, confidence, right, (_, _, (told, place)) in listed:
            nan = answer < 0
            told[place] = Answer(answer, float("nan") if nan else confidence, 0.0 if nan else right)
