"""Two records on the samples that both hold: the same id and the same content."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from durometer.core import UsageError
from durometer.explain.cells import Cell
from durometer.explain.findings import NotMeasured
from durometer.explain.study import Study

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Shared:
    """Another record's study with its rows at the baseline's positions, and what that left out."""

    study: Study
    samples: int
    left_out: tuple[NotMeasured, ...]


def share(baseline: Study, other: Study, name: str) -> Shared:
    """Give a record's rows the baseline's positions; samples that are not in both are dropped.

    Raises:
        UsageError: if the two have no sample in common.
    """
    position, found = _positions(baseline, other)
    same = position >= 0
    whole, kept = baseline.samples["position"].size, int(same.sum())
    if kept == 0:
        fix = "Compare runs on the same data"
        raise UsageError("it shares no sample with the baseline", where=name, fix=fix)
    changed = found - kept
    gone = (
        NotMeasured(f"samples of {name}", changed, whole, "they have other content under the same id"),
        NotMeasured(f"samples of {name}", whole - found, whole, "this record does not hold them"),
    )
    cells = {key: _moved(cell, position[other.sample_of(cell.position)]) for key, cell in other.cells.items()}
    order = np.flatnonzero(same)[np.argsort(position[same], kind="stable")]
    samples = {key: column[order] for key, column in other.samples.items()} | {"position": position[order]}
    moved = replace(other, cells=cells, samples=samples)
    return Shared(moved, kept, tuple(g for g in gone if g.count))


def _positions(baseline: Study, other: Study) -> tuple[Ints, int]:
    """Return each sample's place in the baseline (−1: not there with this content), and the ids in both."""
    names = ("sample", "position", "content")
    listed = zip(*(baseline.samples[n].tolist() for n in names), strict=True)
    known = {sample: (position, content) for sample, position, content in listed}
    samples = zip(other.samples["sample"].tolist(), other.samples["content"].tolist(), strict=True)
    matches = [(known.get(sample), content) for sample, content in samples]
    at = [match[0] if match and match[1] == content else -1 for match, content in matches]
    return np.array(at, np.int64), sum(match is not None for match, _ in matches)


def _moved(cell: Cell, position: Ints) -> Cell:
    kept = np.flatnonzero(position >= 0)
    kept = kept[np.lexsort((cell.draw[kept], position[kept]))]
    columns = {name: column[kept] for name, column in vars(cell).items()}
    return Cell(**{**columns, "position": position[kept]})
