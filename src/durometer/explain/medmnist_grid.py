"""Which corruptions of MedMNIST-C a record holds, and whether they are all that BE and rBE need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from durometer.core import Json
from durometer.explain.findings import NotMeasured
from durometer.explain.study import Study
from durometer.measures.balanced_error import RBE
from durometer.measures.medmnist_normalizers import CORRUPTED
from durometer.stress.corruptions.medmnist.constants import CONSTANTS
from durometer.stress.corruptions.medmnist.medical import PREFIX, SEVERITIES


@dataclass(frozen=True)
class MedicalGrid:
    """The corruptions made here with the constants of one data set.

    Attributes:
        data: Whose constants: `pneumoniamnist`.
        keys: (corruption, severity) -> Spec key.
    """

    data: str
    keys: Mapping[tuple[str, int], str]

    @property
    def about(self) -> str:
        """What figures are of, in words: never MedMNIST-C itself, whose images are others."""
        return f"MedMNIST-C-style, {self.data}"

    @property
    def missing(self) -> tuple[str, ...]:
        """The data set's corruptions that lack a severity or all of them."""
        severities = range(1, SEVERITIES + 1)
        return tuple(n for n in CONSTANTS[self.data] if any((n, s) not in self.keys for s in severities))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Spec keys, five severities of each corruption in turn; only where none is missing."""
        return tuple(self.keys[n, s] for n in CONSTANTS[self.data] for s in range(1, SEVERITIES + 1))

    @property
    def params(self) -> Mapping[str, Json]:
        """What BE is made with."""
        return {
            "data": self.data, "corruptions": list(CONSTANTS[self.data]), "conditions": list(self.conditions)
        }  # fmt: skip

    @property
    def guarded(self) -> tuple[str, ...]:
        """The corruptions that rBE leaves out, since they cost AlexNet next to nothing."""
        return RBE(
            data=self.data, corruptions=tuple(CONSTANTS[self.data]), conditions=self.conditions
        ).left_out()

    def empty(self, study: Study) -> tuple[str, ...]:
        """Return the corruptions that at some severity could edit no sample, or have no rows."""
        named = {key: name for (name, _), key in self.keys.items()}
        lost = {
            named[key] for model in study.models for key in named if not study.cell(model, key).good.any()
        }
        return tuple(name for name in CONSTANTS[self.data] if name in lost)

    def whole(self, study: Study) -> bool:
        """Say whether BE is defined on what the record holds."""
        return self.data in CORRUPTED and not self.missing and not self.empty(study)


def medical_grids(study: Study) -> tuple[MedicalGrid, ...]:
    """Return what the record holds of each data set's corruptions; those without any are left out."""
    found: dict[str, dict[tuple[str, int], str]] = {}
    for key, words in study.conditions.items():
        name, params = study.stressor(key), words.get("spec", {}).get("params", {})
        data = str(params.get("profile", ""))
        if name.startswith(PREFIX) and "severity" in params and data in CONSTANTS:
            found.setdefault(data, {}).setdefault((name.removeprefix(PREFIX), int(params["severity"])), key)
    return tuple(MedicalGrid(data, keys) for data, keys in found.items())


def incomplete_medical(study: Study, n: int) -> list[NotMeasured]:
    """Return, for each data set whose corruptions are not all there, that BE and rBE have no value."""
    return [_without(grid, study, n) for grid in medical_grids(study) if not grid.whole(study)]


def _without(grid: MedicalGrid, study: Study, n: int) -> NotMeasured:
    title = f"BE and rBE ({grid.about})"
    if grid.data not in CORRUPTED:
        why = "AlexNet's published errors are means over several labels a picture, and a run asks for one"
        return NotMeasured(title, n, n, why)
    means = f"they are means over {len(CONSTANTS[grid.data])} corruptions at 5 severities"
    if grid.missing:
        why = f"{means}, and {', '.join(grid.missing)} are not all there"
        return NotMeasured(title, n, n, why, f"Run all of them with the suite medmnist-c-{grid.data}")
    why = f"{means}, and {', '.join(grid.empty(study))} could edit no picture at some of them"
    return NotMeasured(title, n, n, why, "Use the pictures of 224 × 224")
