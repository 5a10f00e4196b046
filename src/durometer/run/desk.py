"""The desk in front of one model: questions queue up and are asked at one fixed batch shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from durometer.core import DataError, Model, Output, Sight, Target, Task, canonical_json
from durometer.core.oracle import first_rows
from durometer.run.conditions import Condition
from durometer.run.show import Shown, cut_share
from durometer.run.tables import Row


@dataclass(frozen=True)
class Question:
    """One view waiting for its answer, with the row it will become."""

    view: Tensor
    row: Row
    size: tuple[int, int]
    """(height, width) of the picture behind the view."""
    picture: Tensor | None = None
    """The 8-bit canvas that was shown, where the gallery may want it."""


class Desk:
    """Asks one model; a row's answer doesn't depend on what is asked beside it.

    Args:
        name: The model's name in the plan.
        model: The model.
        task: What its answers mean.
        batch_size: The one batch size; the last batch of a segment is padded.
        answered: Called with (row, rows of other tables by name, picture) for every answer, in the order of
            the questions.
        wanted: Whether the gallery may want a sample's pictures.
        device: Where views are made and wait.
    """

    def __init__(
        self,
        name: str,
        model: Model,
        task: Task,
        *,
        batch_size: int,
        answered: Callable[[Row, Mapping[str, Sequence[Row]], Tensor | None], None],
        wanted: Callable[[str], bool],
        device: torch.device | str = "cpu",
    ) -> None:
        self.name, self.model, self.task = name, model, task
        self._size, self._answered, self._wanted, self._device = batch_size, answered, wanted, device
        self._waiting: dict[tuple[int, ...], list[Question]] = {}

    def show(self, shown: Shown, ids: Sequence[str]) -> None:
        """Queue every sample that could be edited, and note those that could not."""
        for i, reason in sorted(shown.refused.items()):
            self.refuse(self._row(shown.condition, shown, i, ids[i], shown.y[i]), reason)
        if not shown.kept:
            return
        cuts = self._cuts(shown)
        for i, view in zip(shown.kept, self._views(shown), strict=True):
            try:
                target = self._moved(shown, i)
            except DataError as error:
                self.refuse(self._row(shown.condition, shown, i, ids[i], shown.y[i]), error.what)
                continue
            row = self._row(shown.condition, shown, i, ids[i], target)
            facts = {k: v[i] for k, v in shown.facts.items() if v[i] is not None}
            if cuts is not None:
                facts["cut_share"] = round(float(cuts[i]), 6)
            row["facts"] = canonical_json({k: _finite(v) for k, v in facts.items()})
            keep = shown.levels is not None and self._wanted(ids[i])
            picture = shown.levels[i] if keep and shown.levels is not None else None
            self._queue(Question(view, row, _size(shown.x[i]), picture))

    def _moved(self, shown: Shown, i: int) -> Target:
        return shown.y[i] if shown.movements is None else self.task.move(shown.y[i], shown.movements[i])

    def refuse(self, row: Row, reason: str) -> None:
        """Note a sample that could not be changed, and why."""
        self._answered({**row, "answer": -1, "confidence": None, "score": 0.0, "status": "not-edited",
                        "reason": reason, "facts": "{}"}, {}, None)  # fmt: skip

    def answer_tensor(self, x: Tensor, rows: Sequence[Row]) -> None:
        """Queue inputs in the model's own view (an attack's results); note those that bring a reason."""
        for view, row in zip(x, rows, strict=True):
            if row["reason"]:
                self.refuse(row, row["reason"])
            else:
                self._queue(Question(view, row, _size(view)))

    def flush(self) -> None:
        """Ask what still waits, padding the last batch of each shape."""
        for shape in list(self._waiting):
            while self._waiting[shape]:
                self._ask(shape)

    def _views(self, shown: Shown) -> Sequence[Tensor]:
        with torch.no_grad():
            if isinstance(shown.x, Tensor):
                kept = shown.x if len(shown.kept) == len(shown.x) else shown.x[list(shown.kept)]
                return list(self.model.view(kept))
            originals = (shown.x[i].to(self._device) for i in shown.kept)
            return [self.model.view(_as_float(x)[None])[0] for x in originals]

    def _cuts(self, shown: Shown) -> list[float] | None:
        if shown.mask is None or not isinstance(shown.x, Tensor):
            return None
        height, width = shown.x.shape[-2:]
        return list(cut_share(shown.mask, self.model.visible(height, width)).tolist())

    def _row(self, condition: Condition, shown: Shown, i: int, sample: str, target: Target) -> Row:
        return {
            "sample": sample, "position": shown.positions[i], "model": self.name, "condition": condition.key,
            "axis": condition.dial.axis, "severity": condition.dial.severity, "unit": condition.dial.unit,
            "draw": shown.draw, "target": self.task.say(target), "reason": "",
            "pixels": shown.pixels[i], "facts": "{}", "y": target,
        }  # fmt: skip

    def _queue(self, question: Question) -> None:
        shape = tuple(question.view.shape)
        waiting = self._waiting.setdefault(shape, [])
        waiting.append(question)
        if len(waiting) >= self._size:
            self._ask(shape)

    def _ask(self, shape: tuple[int, ...]) -> None:
        part, self._waiting[shape] = self._waiting[shape][: self._size], self._waiting[shape][self._size :]
        views = [q.view for q in part] + [part[-1].view] * (self._size - len(part))
        with torch.no_grad():
            output = first_rows(self.model(torch.stack(views)), len(part), where=self.name)
            self._write(part, self.task.onto(output, [self._sight(q) for q in part]))

    def _sight(self, question: Question) -> Sight:
        return Sight(question.size, self.model.visible(*question.size), _size(question.view))

    def _write(self, part: Sequence[Question], output: Output) -> None:
        targets = [q.row["y"] for q in part]
        score = self.task.score(output, targets).tolist()
        decoded = {k: v.tolist() for k, v in self.task.decode(output).items()}
        further = self.task.tables(output, targets)
        for i, question in enumerate(part):
            row = {k: v for k, v in question.row.items() if k != "y"}
            nan = decoded["answer"][i] < 0
            row |= {
                "answer": decoded["answer"][i],
                "confidence": None if nan else _finite(decoded["confidence"][i]),
                "score": 0.0 if nan else score[i],
                "status": "nan-output" if nan else "ok",
            }
            keys = ("sample", "position", "model", "condition", "draw")
            named = {k: row[k] for k in keys}
            tables = {name: [{**named, **line} for line in lines] for name, lines in further[i].items()}
            if "top" in decoded:
                top = {name: [] if nan else decoded[name][i] for name in ("top", "top_confidence")}
                tables["outputs"] = [{**named, **top}]
            self._answered(row, tables, question.picture)


def _as_float(x: Tensor) -> Tensor:
    return x.float() / 255 if x.dtype == torch.uint8 else x


def _size(x: Tensor) -> tuple[int, int]:
    return int(x.shape[-2]), int(x.shape[-1])


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
