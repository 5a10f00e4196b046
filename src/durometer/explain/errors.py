"""Regression and reconstruction: mean errors under every condition, and what each costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from durometer.core import Estimate
from durometer.explain.analyses import Analysis
from durometer.explain.findings import Effect
from durometer.explain.study import Readable, Study
from durometer.stats.cluster import unit_means

Floats = npt.NDArray[np.float64]
Columns = Mapping[str, np.ndarray[Any, Any]]
OF_PICTURES, OF_NUMBERS = ("psnr", "ssim", "nmse"), ("mse", "mae", "nmse")
HIGHER = frozenset({"psnr", "ssim"})
"""Measures of which more is better."""


@dataclass(frozen=True)
class Erring:
    """Errors under one condition.

    Attributes:
        condition: Spec key.
        values: Measure -> its mean over samples.
        worse: Measure -> how much worse than on the unedited canvas, on the same samples; empty for the
            canvas itself.
    """

    condition: str
    title: str
    axis: str
    severity: float
    role: str
    values: Mapping[str, Estimate]
    worse: Mapping[str, Estimate]


@dataclass(frozen=True)
class ErringModel:
    """One model: on the unedited canvas, and under every other condition in the order of the plan."""

    model: str
    clean: Erring
    cells: tuple[Erring, ...]


class Errors(Analysis):
    """Means of PSNR (dB), SSIM and NMSE of pictures, of MSE, MAE and NMSE of numbers.

    Samples are the units: draws of one are averaged first. Intervals are Student's t of the mean, drops are
    paired; with fewer than two samples nothing is said.
    """

    name: ClassVar[str] = "errors"

    def __call__(
        self, study: Study, effects: Sequence[Effect], record: Readable, /
    ) -> tuple[ErringModel, ...]:
        """Return one finding a model; nothing where the record has no table `errors`."""
        if "errors" not in record.manifest.get("tables", {}):
            return ()
        found = (
            _model(study, model, record.table("errors", where={"model": model})) for model in study.models
        )
        return tuple(one for one in found if one is not None)

    def say(self, found: tuple[ErringModel, ...], /) -> tuple[str, ...]:
        """Speak of each model before any edit and where it is worst."""
        return tuple(text for one in found if (text := _sentence(one, several=len(found) > 1)))


def mean(values: Floats, level: float) -> Estimate:
    """Return the mean of samples with Student's t interval; n = 0 for fewer than two of them."""
    from scipy.special import stdtrit

    n = len(values)
    if n < 2:
        return Estimate(0.0, 0.0, 0.0, 0, level)
    value = float(values.mean())
    half = float(stdtrit(n - 1, 0.5 + level / 2)) * float(values.std(ddof=1)) / math.sqrt(n)
    return Estimate(value, value - half, value + half, n, level)


def _model(study: Study, model: str, table: Columns) -> ErringModel | None:
    pictures = bool(np.isfinite(table["psnr"].astype(np.float64)).any())
    names = OF_PICTURES if pictures else OF_NUMBERS
    parts = {key: _part(table, key, names) for key in study.conditions}
    if not len(parts[study.canvas]["position"]):
        return None
    cells = {key: _erring(study, key, parts, names) for key in parts if len(parts[key]["position"])}
    clean = cells.pop(study.canvas)
    cells.pop(study.original, None)
    return ErringModel(model, clean, tuple(cells.values()))


def _part(table: Columns, condition: str, names: Sequence[str]) -> dict[str, Floats]:
    at = table["condition"] == condition
    return {name: table[name][at].astype(np.float64) for name in ("position", *names)}


def _erring(
    study: Study, key: str, parts: Mapping[str, Mapping[str, Floats]], names: Sequence[str]
) -> Erring:
    words, here, canvas = study.conditions[key], parts[key], parts[study.canvas]
    values, worse = {}, {}
    for name in names:
        where, value = _units(here, name)
        values[name] = mean(value, study.level)
        if key != study.canvas:
            before_at, before = _units(canvas, name)
            _, i, j = np.intersect1d(where, before_at, assume_unique=True, return_indices=True)
            sign = 1.0 if name in HIGHER else -1.0
            worse[name] = mean(sign * (before[j] - value[i]), study.level)
    return Erring(
        key, study.title(key), str(words["axis"]), float(words["severity"]), str(words["role"]), values, worse
    )


def _units(part: Mapping[str, Floats], name: str) -> tuple[Floats, Floats]:
    """Return the samples that have a value, by position, and each one's mean over draws."""
    kept = np.isfinite(part[name])
    position = part["position"][kept]
    return np.unique(position), unit_means(part[name][kept], position, None)[0]


def _sentence(one: ErringModel, *, several: bool) -> str:
    name = "psnr" if "psnr" in one.clean.values else "mse"
    clean = one.clean.values[name]
    told = [cell for cell in one.cells if cell.worse[name].n]
    if not clean.n:
        return ""
    who = f" of {one.model}" if several else ""
    first = f"{written(name)}{who} is {_with(clean, name)} on the unedited canvas"
    if not told:
        return f"{first}."
    worst = max(told, key=lambda cell: cell.worse[name].value)
    return f"{first}; under “{worst.title}” it is {_with(worst.values[name], name)}."


def _with(e: Estimate, name: str) -> str:
    unit, digits = (" dB", 1) if name == "psnr" else ("", 4)
    return f"{e.value:.{digits}f}{unit} ({e.low:.{digits}f} to {e.high:.{digits}f}, n = {e.n:,})"


def written(name: str) -> str:
    """Return a measure as people write it."""
    return name.upper()
