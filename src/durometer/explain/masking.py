"""Can the attacks be believed: what the checks of masked gradients found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from durometer.explain.analyses import Analysis
from durometer.explain.cells import Column
from durometer.explain.findings import Effect
from durometer.explain.study import Readable, Study

TABLE = "checks"


@dataclass(frozen=True)
class Check:
    """One check of one model.

    Attributes:
        verdict: `pass`, `flag` or `not checked`.
        value: What was measured; None where nothing was.
        limit: What it must not exceed.
    """

    check: str
    verdict: str
    value: float | None
    limit: float | None
    sentence: str


@dataclass(frozen=True)
class Masking:
    """All checks of one model.

    Attributes:
        condition: Spec key of the condition in whose set the checks searched.
        points: How many samples were looked at.
        passes: Forward and backward passes that it took, over all points.
    """

    model: str
    condition: str
    title: str
    points: int
    passes: int
    checks: tuple[Check, ...]

    @property
    def flags(self) -> tuple[Check, ...]:
        """The checks that found fault."""
        return tuple(c for c in self.checks if c.verdict == "flag")

    @property
    def warning(self) -> str:
        """What to say beside the headline; empty where nothing was found."""
        if not self.flags:
            return ""
        first = self.flags[0]
        names = ", ".join(c.check for c in self.flags[1:])
        more = f" Flagged as well: {names}." if names else ""
        return (
            f"Gradients of {self.model} may be masked, and its accuracy under attack too high: "
            f"{first.sentence}{more}"
        )


class Maskings(Analysis):
    """One finding a model that was diagnosed."""

    name: ClassVar[str] = "masking"

    def __call__(self, study: Study, effects: Sequence[Effect], record: Readable, /) -> tuple[Masking, ...]:
        if TABLE not in study.manifest.get("tables", {}):
            return ()
        table = record.table(TABLE)
        asked = (m for m in study.models if (np.asarray(table["model"]) == m).any())
        return tuple(_masking(study, model, table) for model in asked)


def _masking(study: Study, model: str, table: Mapping[str, Column]) -> Masking:
    at = np.asarray(table["model"]) == model

    def of(name: str) -> list[Any]:
        listed: list[Any] = np.asarray(table[name])[at].tolist()
        return listed

    columns = (of(name) for name in ("check", "verdict", "value", "limit", "sentence"))
    checks = tuple(
        Check(check, verdict, _known(value), _known(limit), sentence)
        for check, verdict, value, limit, sentence in zip(*columns, strict=True)
    )
    condition = str(of("condition")[0])
    title = str(study.conditions.get(condition, {}).get("title", condition))
    passes = int(of("forwards")[0]) + int(of("backwards")[0])
    return Masking(model, condition, title, int(of("points")[0]), passes, checks)


def _known(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else float(value)
