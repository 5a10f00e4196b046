"""A record read once: rows sorted into cells (model, condition), samples beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np

from durometer.core import Json, RecordError
from durometer.explain.cells import EMPTY, Cell, Column, Ints, factorize, read_cells

ROWS = (
    "position", "model", "condition", "draw", "target", "answer", "confidence", "score", "status", "reason",
    "facts",
)  # fmt: skip
MOST_OBJECTS = 100
"""Detections of a picture that count."""
Together = Literal["sample", "class"]
"""What is drawn at random: samples, or whole classes of samples."""


class Readable(Protocol):
    """What is asked of a record; `durometer.records.Record` has it."""

    @property
    def manifest(self) -> Mapping[str, Json]: ...
    def rows(self, columns: Sequence[str] | None = None) -> Mapping[str, Column]: ...
    def table(
        self, name: str, columns: Sequence[str] | None = None, *, where: Mapping[str, str] | None = None
    ) -> Mapping[str, Column]: ...


@dataclass(frozen=True)
class Study:
    """One record, ready for questions.

    Attributes:
        conditions: Spec key -> the manifest's words on it, for all conditions that have rows.
        canvas, original: Spec keys of the two references; empty when the record lacks one.
        texts: The string columns `target`, `reason` and `facts` of all rows.
        samples: The table `samples`, by position.
        together: See `Together`.
    """

    manifest: Mapping[str, Json]
    models: tuple[str, ...]
    conditions: Mapping[str, Mapping[str, Json]]
    canvas: str
    original: str
    cells: Mapping[tuple[str, str], Cell]
    texts: Mapping[str, Column]
    samples: Mapping[str, Column]
    level: float = 0.95
    together: Together = "sample"

    @classmethod
    def read(cls, record: Readable, *, level: float = 0.95, together: Together = "sample") -> Study:
        """Read a record.

        Raises:
            RecordError: if it has no row of the unedited canvas.
        """
        rows = record.rows(list(ROWS))
        cells = read_cells(rows)
        known = record.manifest["conditions"]
        present = {key: known[key] for key in known if any(key == condition for _, condition in cells)}
        canvas = _reference(known, "canvas")
        if not any(condition == canvas for _, condition in cells):
            raise RecordError(
                "the record has no row of the unedited canvas, so no drop can be counted",
                where=str(getattr(record, "path", "")),
                fix="Run the same plan again: it goes on where it stopped",
            )
        return cls(
            record.manifest, _models(record.manifest, cells), present, canvas, _reference(known, "original"),
            cells, {name: rows[name] for name in ("target", "reason", "facts")}, _by_position(record),
            level, together,
        )  # fmt: skip

    @property
    def right_from(self) -> float:
        """The score from which an answer counts as right: 0.5, or what the record says of a graded score."""
        return float(self.graded.get("right", 0.5))

    @property
    def graded(self) -> Mapping[str, Json]:
        """What the record says of its scores where they are not right or wrong: `name`, `mean`, `right`."""
        return dict(self.manifest.get("score", {}))

    def cell(self, model: str, condition: str) -> Cell:
        """Return the rows of a cell; an empty one if it has none."""
        return self.cells.get((model, condition), EMPTY)

    def sample_of(self, position: Ints) -> Ints:
        """Return where positions stand in the table `samples`."""
        return np.searchsorted(self.samples["position"], position)

    def of_role(self, *roles: str) -> tuple[str, ...]:
        """Return the Spec keys of the conditions with one of these roles."""
        return tuple(key for key, words in self.conditions.items() if words["role"] in roles)

    def title(self, condition: str) -> str:
        """Return what a person reads for a condition."""
        return str(self.conditions[condition]["title"]) if condition in self.conditions else condition[:8]

    def stressor(self, condition: str) -> str:
        """Return the registered name of what makes a condition; empty where the manifest lacks it."""
        return str(self.conditions.get(condition, {}).get("spec", {}).get("name", ""))

    def clusters(self, position: Ints) -> Ints | None:
        """Return the cluster of each position; None when samples are independent."""
        if self.together == "sample":
            return None
        codes, _ = factorize(self.samples["label"])
        return codes[self.sample_of(position)]

    def answer_names(self, model: str) -> tuple[str, ...]:
        """Return the names of a model's answers, as far as they have any."""
        if self.graded.get("answers") == "objects":
            return ("nothing", "1 object", *(f"{n} objects" for n in range(2, MOST_OBJECTS + 1)))
        if self.graded.get("answers") == "labels":
            return tuple(f"mostly {label}" for label in self.manifest["data"]["labels"])
        return tuple(str(name) for name in self.manifest["models"].get(model, {}).get("labels", ()))


def _reference(conditions: Mapping[str, Any], name: str) -> str:
    """Find a reference by its key, or by the name in its spec."""
    for key, words in conditions.items():
        if words.get("role") == "reference" and name in (key, words.get("spec", {}).get("name")):
            return key
    return ""


def _models(manifest: Mapping[str, Json], cells: Mapping[tuple[str, str], Cell]) -> tuple[str, ...]:
    """Models with rows, in the order of the plan."""
    present = dict.fromkeys(model for model, _ in cells)
    planned = [name for name in manifest.get("models", {}) if name in present]
    return tuple(planned + [name for name in present if name not in planned])


def _by_position(record: Readable) -> Mapping[str, Column]:
    table = record.table("samples")
    order = np.argsort(table["position"], kind="stable")
    return {name: column[order] for name, column in table.items()}
