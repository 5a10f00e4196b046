"""Small shifts: how often an answer outlives a camera that moved by a pixel or a few."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.explain.analyses import Analysis
from durometer.explain.findings import Effect
from durometer.explain.pairs import Pair, pair
from durometer.explain.study import Readable, Study
from durometer.explain.wording import percent_span
from durometer.stats import share_estimate
from durometer.stats.cluster import unit_means

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
STRESSORS = {"realistic-shift": "realistic", "cyclic-shift": "cyclic"}
NEIGHBORS = tuple((dx, dy) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if (dx, dy) != (0, 0))
"""The moves (right, down) of at most one pixel."""


@dataclass(frozen=True)
class Move:
    """One move of the camera.

    Attributes:
        dx, dy: Pixels right and down.
        consistency: Share of samples with the same answer before and after, be it right or wrong.
        lost: Samples right before and wrong after. `gained`: the reverse. `other`: from one wrong answer to
            another.
    """

    dx: int
    dy: int
    consistency: Estimate
    lost: int
    gained: int
    other: int


@dataclass(frozen=True)
class Consistency:
    """One model under one kind of shift.

    Attributes:
        kind: `realistic` or `cyclic`.
        moves: All that were measured.
        neighbors: Mean consistency over the eight moves of one pixel; None where one was not measured.
        fooled: Share of samples whose answer some of the eight changes.
        accuracy: Before any move, over the samples of `fooled`. `worst`: right under all nine.
        by_distance: (pixels, mean consistency over the four moves along the axes).
    """

    model: str
    kind: str
    moves: tuple[Move, ...]
    neighbors: Estimate | None
    fooled: Estimate | None
    accuracy: Estimate | None
    worst: Estimate | None
    by_distance: tuple[tuple[int, Estimate], ...]

    @property
    def grid(self) -> tuple[tuple[Estimate | None, ...], ...]:
        """Consistency by move of one pixel, from up left; the middle is None."""
        held = {(m.dx, m.dy): m.consistency for m in self.moves}
        return tuple(tuple(held.get((dx, dy)) for dx in (-1, 0, 1)) for dy in (-1, 0, 1))


class SmallShifts(Analysis):
    """One finding a model and kind of shift."""

    name: ClassVar[str] = "small shifts"

    def __call__(
        self, study: Study, effects: Sequence[Effect], record: Readable, /
    ) -> tuple[Consistency, ...]:
        return tuple(
            _consistency(study, model, kind, pairs)
            for model in study.models
            for name, kind in STRESSORS.items()
            if (pairs := dict(_pairs(study, model, name)))
        )

    def say(self, found: tuple[Consistency, ...], /) -> tuple[str, ...]:
        """Speak of the model that a realistic pixel confuses most; of changed answers, not of a drop."""
        known = [c for c in found if c.kind == "realistic" and c.fooled and c.neighbors]
        if not known:
            return ()
        top = max(known, key=lambda c: c.fooled.value if c.fooled else 0.0)
        assert top.neighbors
        assert top.fooled
        kept, span = percent_span(top.neighbors)
        fooled, of = percent_span(top.fooled)
        return (
            f"With the camera moved by one pixel {top.model} gives the same answer in {kept} of cases "
            f"({span}); some of the eight moves changes it for {fooled} of samples ({of}).",
        )


def _pairs(study: Study, model: str, name: str) -> Iterator[tuple[tuple[int, int], Pair]]:
    """Yield each move with its rows beside those before it: the window in the middle, or the canvas."""
    for key, words in study.conditions.items():
        if study.stressor(key) != name or (model, key) not in study.cells:
            continue
        params = words["spec"]["params"]
        before = study.cell(model, str(words["control"]) or study.canvas)
        aligned = pair(before, study.cell(model, key))
        if aligned.unit.size and (params["dx"], params["dy"]) != (0, 0):
            yield (int(params["dx"]), int(params["dy"])), aligned


def _consistency(study: Study, model: str, kind: str, pairs: Mapping[tuple[int, int], Pair]) -> Consistency:
    near = [pairs[move] for move in NEIGHBORS if move in pairs]
    whole = len(near) == len(NEIGHBORS)
    unit, same, before, after = _together(near) if whole else _nothing()

    def share(values: Floats) -> Estimate | None:
        found = share_estimate(values, units=unit, clusters=study.clusters(unit), level=study.level)
        return found if unit.size else None

    return Consistency(
        model=model,
        kind=kind,
        moves=tuple(_move(study, *move, aligned) for move, aligned in sorted(pairs.items())),
        neighbors=share(same.mean(1)),
        fooled=share(1.0 - (same.min(1) == 1)),
        accuracy=share(before),
        worst=share(np.minimum(before, after.min(1))),
        by_distance=tuple(_distances(study, pairs)),
    )


def _move(study: Study, dx: int, dy: int, aligned: Pair) -> Move:
    same = _same(aligned)
    before, after = (s >= study.right_from for s in aligned.scores)
    unit = aligned.unit
    kept = share_estimate(same, units=unit, clusters=study.clusters(unit), level=study.level)
    lost, gained = int((before & ~after).sum()), int((~before & after).sum())
    return Move(dx, dy, kept, lost, gained, int((~same & ~before & ~after).sum()))


def _same(aligned: Pair) -> npt.NDArray[np.bool_]:
    """Whether the answer is the same; an answer that is not finite is never the same."""
    one, other, before, after = aligned.one, aligned.other, aligned.before, aligned.after
    finite = one.finite[before] & other.finite[after]
    same: npt.NDArray[np.bool_] = (one.answer[before] == other.answer[after]) & finite
    return same


def _together(pairs: Sequence[Pair]) -> tuple[Ints, Floats, Floats, Floats]:
    """Return of the samples that all moves share: positions, sameness (n, k), scores before, after (n, k)."""
    shared = reduce(np.intersect1d, [p.unit for p in pairs])
    same = np.stack([_of(shared, p, _same(p).astype(np.float64)) for p in pairs], axis=1)
    after = np.stack([_of(shared, p, p.scores[1]) for p in pairs], axis=1)
    return shared, same, _of(shared, pairs[0], pairs[0].scores[0]), after


def _of(shared: Ints, aligned: Pair, values: Floats) -> Floats:
    """Return the mean over draws of each of the shared samples."""
    means, _ = unit_means(values, aligned.unit, None)
    return means[np.searchsorted(np.unique(aligned.unit), shared)]


def _nothing() -> tuple[Ints, Floats, Floats, Floats]:
    return np.empty(0, np.int64), np.ones((0, 1)), np.empty(0), np.ones((0, 1))


def _distances(study: Study, pairs: Mapping[tuple[int, int], Pair]) -> Iterator[tuple[int, Estimate]]:
    for far in sorted({abs(dx + dy) for dx, dy in pairs if 0 in (dx, dy)}):
        moves = [(far, 0), (-far, 0), (0, far), (0, -far)]
        if all(move in pairs for move in moves):
            unit, same, _, _ = _together([pairs[move] for move in moves])
            if unit.size:
                clusters = study.clusters(unit)
                yield far, share_estimate(same.mean(1), units=unit, clusters=clusters, level=study.level)
