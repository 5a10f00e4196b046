"""What edits do together beyond what they do one by one, from the cells of 2^k designs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate, Json
from durometer.explain.analyses import Analysis
from durometer.explain.effects import ALPHA
from durometer.explain.findings import Effect, Verdict
from durometer.explain.study import Readable, Study
from durometer.explain.wording import digits_for, number, span
from durometer.stats import graded_mean, holm, paired_estimate
from durometer.stats.cluster import unit_means

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Factors = tuple[int, ...]


@dataclass(frozen=True)
class Interaction:
    """I(A, B) = drop(AB) − drop(A) − drop(B), each drop minus its control, sample by sample; so on for more.

    Attributes:
        factors: Titles of the edits, in the order in which they were applied.
        condition: Spec key of the combination.
        alone: Drop minus control of each factor by itself, over the same samples.
        together: Drop minus control of the combination.
        beyond: The interaction; 0.2 = twenty points more than the smaller sets of factors explain.
        raw: The same of the drops from the unedited canvas, controls not subtracted.
        p, p_adjusted: Of "there is no interaction"; Holm over all interactions of the plan.
        verdict: `worse` when they break more together, `better` when less.
        left_out: Samples that some cell of the design could not edit.
    """

    model: str
    factors: tuple[str, ...]
    condition: str
    alone: tuple[Estimate, ...]
    together: Estimate
    beyond: Estimate
    raw: Estimate
    p: float
    p_adjusted: float
    verdict: Verdict
    left_out: int


class Interactions(Analysis):
    """All interactions of all designs, of two factors and more, largest lower end first."""

    name: ClassVar[str] = "interactions"

    def __call__(
        self, study: Study, effects: Sequence[Effect], record: Readable, /
    ) -> tuple[Interaction, ...]:
        designs = study.manifest.get("designs", ())
        found = [
            one for design in designs for model in study.models for one in _of_design(study, model, design)
        ]
        adjusted = holm([one.p for one in found]).tolist() if found else []
        judged = [
            replace(one, p_adjusted=p, verdict=_verdict(one.beyond.value, p))
            for one, p in zip(found, adjusted, strict=True)
        ]
        return tuple(sorted(judged, key=lambda one: (-one.beyond.low, one.model, one.condition)))

    def say(self, found: tuple[Interaction, ...], /) -> tuple[str, ...]:
        """Speak of the strongest interaction that breaks more, if any can be told from chance."""
        top = next((one for one in found if one.verdict == "worse"), None)
        if top is None:
            return ()
        together, beyond = (number(e.value, digits_for(e)) for e in (top.together, top.beyond))
        return (
            f"Together, {' and '.join(top.factors)} cost {together} points ({span(top.together)}): "
            f"{beyond} ({span(top.beyond)}, n = {top.beyond.n:,}) more than by themselves.",
        )


def _verdict(value: float, p: float) -> Verdict:
    if p >= ALPHA or value == 0:
        return "undecided"
    return "worse" if value > 0 else "better"


def _of_design(study: Study, model: str, design: Mapping[str, Json]) -> Iterator[Interaction]:
    """Yield a design's interactions; samples are those that every cell could edit, the same for all."""
    keys = {tuple(map(int, cell.split(","))): str(key) for cell, key in design["cells"].items()}
    if any((model, key) not in study.cells for key in keys.values()):
        return
    grid = _Grid(study, model, keys)
    for factors in keys:
        if len(factors) > 1 and grid.n:
            yield grid.interaction(factors, [str(design["factors"][i]) for i in factors])


class _Grid:
    """Mean scores over draws of every cell of a design, its controls and the canvas, for the same samples."""

    def __init__(self, study: Study, model: str, keys: Mapping[Factors, str]) -> None:
        self.study, self.model, self.keys = study, model, keys
        self.controls = {f: str(study.conditions[key].get("control") or "") for f, key in keys.items()}
        wanted = {study.canvas, *keys.values(), *self.controls.values()} - {""}
        means = {key: _means(study, model, key) for key in wanted if (model, key) in study.cells}
        shared = set.intersection(*(set(m) for m in means.values()))
        at = sorted(shared)
        self.n = len(at)
        self.left_out = len(_means(study, model, study.canvas)) - self.n
        self.scores = {key: np.array([m[i] for i in at]) for key, m in means.items()}

    def reference(self, factors: Factors) -> str:
        """The control of a cell, or the canvas where it has none."""
        control = self.controls[factors]
        return control if control in self.scores else self.study.canvas

    def net(self, factors: Factors) -> Floats:
        """(n,) drop minus control of a cell, a sample."""
        difference: Floats = self.scores[self.reference(factors)] - self.scores[self.keys[factors]]
        return difference

    def raw(self, factors: Factors) -> Floats:
        """(n,) drop of a cell from the canvas."""
        difference: Floats = self.scores[self.study.canvas] - self.scores[self.keys[factors]]
        return difference

    def interaction(self, factors: Factors, titles: Sequence[str]) -> Interaction:
        """Return what these factors do together beyond all smaller sets of them."""
        level = self.study.level
        subsets = [s for k in range(1, len(factors) + 1) for s in combinations(factors, k)]
        sign = {s: (-1) ** (len(factors) - len(s)) for s in subsets}
        beyond = sum((sign[s] * self.net(s) for s in subsets), np.zeros(self.n))
        raw = sum((sign[s] * self.raw(s) for s in subsets), np.zeros(self.n))
        half = 2 ** (
            len(factors) - 1
        )  # of 2^k scores, half with each sign, when one reference serves them all
        one_reference = len({self.reference(s) for s in subsets}) == 1
        estimate, p = _scaled(beyond, half if one_reference else len(subsets), level)
        return Interaction(
            model=self.model, factors=tuple(titles), condition=self.keys[factors],
            alone=tuple(self._drop((i,)) for i in factors), together=self._drop(factors),
            beyond=estimate, raw=_scaled(raw, half, level)[0], p=p, p_adjusted=p, verdict="undecided",
            left_out=self.left_out,
        )  # fmt: skip

    def _drop(self, factors: Factors) -> Estimate:
        before, after = self.scores[self.reference(factors)], self.scores[self.keys[factors]]
        return paired_estimate(before, after, level=self.study.level).drop


def _scaled(values: Floats, bound: int, level: float) -> tuple[Estimate, float]:
    """Estimate the mean of values in ±bound, as `graded_mean` does for ±1."""
    found, p = graded_mean(values / bound, level)
    return Estimate(found.value * bound, found.low * bound, found.high * bound, found.n, level), p


def _means(study: Study, model: str, condition: str) -> dict[int, float]:
    """Return position -> mean score over the draws that could be edited."""
    cell = study.cell(model, condition)
    position = cell.position[cell.good]
    means, _ = unit_means(cell.score[cell.good], position, None)
    return dict(zip(np.unique(position).tolist(), means.tolist(), strict=True))
