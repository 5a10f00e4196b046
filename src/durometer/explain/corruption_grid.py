"""Which corruptions at which severities a record holds, and whether they are all that a measure needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from durometer.data.published_corruptions import BENCHMARKS, NAMES, SEVERITIES, corruption_of
from durometer.explain.findings import NotMeasured
from durometer.explain.study import Study

FIFTEEN = NAMES[:15]
REGISTERED = {"low-contrast": "contrast"}
"""Registered names that are not the benchmark's: `contrast` is a shift of its own."""
NORMALIZED = frozenset({"imagenet-c", "imagenet-c-299"})
"""Benchmarks and profiles that AlexNet's errors on ImageNet-C may divide."""


@dataclass(frozen=True)
class Grid:
    """The corruptions of one benchmark's images, or made here with one profile.

    Attributes:
        premade: Whether the images came corrupted.
        about: `ImageNet-C`, or `ImageNet-C-style, profile imagenet-c`.
        normalized: Whether AlexNet's errors may divide.
        keys: (corruption, severity) -> Spec key.
    """

    premade: bool
    about: str
    normalized: bool
    keys: Mapping[tuple[str, int], str]

    @property
    def missing(self) -> tuple[str, ...]:
        """The corruptions, of the fifteen, that lack a severity or all of them."""
        return tuple(n for n in FIFTEEN if any((n, s) not in self.keys for s in SEVERITIES))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Spec keys of the fifteen, five severities of each in turn; only where none is missing."""
        return tuple(self.keys[n, s] for n in FIFTEEN for s in SEVERITIES)


def grids(study: Study) -> tuple[Grid, ...]:
    """Return what the record holds of each benchmark and each profile; those without any are left out."""
    found: dict[tuple[bool, str], dict[tuple[str, int], str]] = {}
    for key, words in study.conditions.items():
        params, name = words.get("spec", {}).get("params", {}), study.stressor(key)
        known = corruption_of(str(params.get("edit", ""))) if name == "premade" else None
        name = REGISTERED.get(name, name)
        if known:
            grid = found.setdefault((True, known.benchmark), {})
            grid.setdefault((known.corruption, known.severity), key)
        elif name in FIFTEEN and "severity" in params and "profile" in params:
            grid = found.setdefault((False, str(params["profile"])), {})
            grid.setdefault((name, int(params["severity"])), key)
    return tuple(_grid(*source, keys) for source, keys in found.items())


def incomplete(study: Study, n: int) -> list[NotMeasured]:
    """Return, for each benchmark or profile of which corruptions are missing, that mCE has no value."""
    return [_without(grid, n) for grid in grids(study) if grid.normalized and grid.missing]


def _without(grid: Grid, n: int) -> NotMeasured:
    lost = ", ".join(grid.missing)
    why = f"it is the mean over 15 corruptions at 5 severities, and {lost} are not all there"
    fix = "Download the others too" if grid.premade else "Run all of them with the suite imagenet-c"
    return NotMeasured(f"mCE ({grid.about})", n, n, why, fix)


def _grid(premade: bool, source: str, keys: Mapping[tuple[str, int], str]) -> Grid:
    about = BENCHMARKS[source] if premade else f"ImageNet-C-style, profile {source}"
    return Grid(premade, about, source in NORMALIZED, keys)
