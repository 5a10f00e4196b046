"""What each attack of a record did, sample by sample: broken or not, how far off, after how many passes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from durometer.core import DurometerError, Json, canonical_json
from durometer.explain.cells import Cell, Ints
from durometer.explain.study import Study
from durometer.threat import THREATS

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
FAMILY = "attack"
BASELINE = "random-search"
HALF = 0.5


@dataclass(frozen=True)
class Tried:
    """One attack on one model, its rows sorted by position and draw.

    Attributes:
        condition: Spec key.
        name: The attack's registered name.
        group: What its threat is apart from the radius; attacks of one group search in sets that hold each
            other.
        threat: The set in words.
        radius: How large a change it may make.
        minimal: It looks for the nearest broken input, not for any in the set.
        cell: The rows that could be attacked.
        broken: (R,) wrong or not finite, when asked again.
        reach: (R,) the smallest change known to break it: the distance found, or the radius; infinite where
            it was not broken.
        forwards, backwards: (R,) passes spent; NaN where the attack does not say.
        stage: (R,) which part of an ensemble broke it; empty where it does not say.
    """

    condition: str
    title: str
    name: str
    group: str
    threat: str
    radius: float
    minimal: bool
    cell: Cell
    broken: Bools
    reach: Floats
    forwards: Floats
    backwards: Floats
    stage: tuple[str, ...]

    @property
    def passes(self) -> Floats:
        """(R,) forward and backward passes together."""
        return self.forwards + self.backwards

    def broken_at(self, radius: float) -> Ints:
        """Return the positions that are known to break within a radius, in some draw."""
        return np.unique(self.cell.position[self.reach <= radius])


def tried(study: Study, model: str) -> tuple[Tried, ...]:
    """Return the attacks on one model that have rows, in the order of the plan."""
    keys = [key for key, words in study.conditions.items() if words["family"] == FAMILY]
    read = (_tried(study, model, key) for key in keys)
    return tuple(one for one in read if one.cell.at.size)


def _tried(study: Study, model: str, condition: str) -> Tried:
    words, cell = study.conditions[condition], _good(study.cell(model, condition))
    facts = [json.loads(text) for text in study.texts["facts"][cell.at].tolist()]
    radius, broken = float(words["severity"]), cell.score < study.right_from
    minimal = any("distance" in f for f in facts)
    distance = _column(facts, "distance") if minimal else np.full(len(facts), radius)
    reach = np.where(broken & np.isfinite(distance), distance, np.inf)
    group, threat = _named(words["spec"]["params"].get("threat", {}), str(words["unit"]))
    return Tried(
        condition, str(words["title"]), study.stressor(condition), group, threat, radius, minimal, cell,
        broken, reach, _column(facts, "forwards"), _column(facts, "backwards"),
        tuple(str(f.get("stage") or "") for f in facts),
    )  # fmt: skip


def _good(cell: Cell) -> Cell:
    kept = np.flatnonzero(cell.good)
    return Cell(*(getattr(cell, name)[kept] for name in Cell.__dataclass_fields__))


def _column(facts: Sequence[Mapping[str, Any]], name: str) -> Floats:
    values = [f.get(name) for f in facts]
    return np.array([np.nan if v is None else float(v) for v in values], np.float64)


def _named(spec: Mapping[str, Json], radius: str) -> tuple[str, str]:
    """Return a threat without the parameter that is its radius, as a key; and the whole of it in words."""
    name, params = str(spec.get("name", "")), dict(spec.get("params", {}))
    rest = {k: v for k, v in params.items() if k != radius}
    try:
        words = THREATS.make(name, params).describe()
    except DurometerError:  # of a plug-in that is not installed here
        words = name
    return canonical_json({"name": name, "params": rest}), words
