"""Which sequences of frames a record holds, and whether they are all that mFR needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from durometer.core import Json
from durometer.explain.findings import NotMeasured
from durometer.explain.study import Readable, Study
from durometer.measures.normalizers import ALEXNET_FLIPS, NOISE
from durometer.measures.t5d import TOP
from durometer.stress.sequences.constants import length_of

PREFIX = "sequence-"
TEN: Mapping[str, tuple[str, ...]] = {
    "imagenet-p": tuple(ALEXNET_FLIPS),
    "cifar-p": tuple("spatter" if name == "snow" else name for name in ALEXNET_FLIPS),
}
"""The ten that published figures are means over; CIFAR-10-P's script takes spatter, not snow."""
STYLE: Mapping[str, str] = {"imagenet-p": "ImageNet-P-style", "cifar-p": "CIFAR-10-P-style"}


@dataclass(frozen=True)
class SequenceSet:
    """The sequences of one profile.

    Attributes:
        profile: Whose constants: `imagenet-p`.
        keys: What changes along a sequence (`rotate`) -> Spec key.
    """

    profile: str
    keys: Mapping[str, str]

    @property
    def about(self) -> str:
        """What figures are of, in words: never ImageNet-P itself, whose frames are other pictures."""
        return STYLE[self.profile]

    @property
    def measure(self) -> str:
        """The mean that the literature gives: AlexNet's flip rates are of ImageNet-P alone."""
        return "mFR" if self.profile == "imagenet-p" else "mean flip rate"

    def lacking(self, study: Study, model: str) -> tuple[str, ...]:
        """Return those of the ten that are not there, or that one model has answered to no whole of."""
        return tuple(
            name for name in TEN[self.profile]
            if name not in self.keys or not whole(study, model, self.keys[name], self.length(name))
        )  # fmt: skip

    def length(self, name: str) -> int:
        """Return how many frames a sequence has."""
        return length_of(self.profile, name)

    def asked(self, names: tuple[str, ...]) -> Mapping[str, Json]:
        """Return what a measure of these sequences is made with."""
        lengths = [self.length(name) for name in names]
        frames = [self.keys[n] for n, many in zip(names, lengths, strict=True) for _ in range(many)]
        return {"sequences": list(names), "lengths": lengths, "frames": frames}


def against(name: str) -> str:
    """Return which frame the frames of a sequence are compared with."""
    return "first" if name in NOISE else "previous"


def sequence_sets(study: Study) -> tuple[SequenceSet, ...]:
    """Return what the record holds of each profile; those without any are left out."""
    found: dict[str, dict[str, str]] = {}
    for key, words in study.conditions.items():
        name, profile = study.stressor(key), words.get("spec", {}).get("params", {}).get("profile")
        if name.startswith(PREFIX) and profile in TEN:
            found.setdefault(str(profile), {})[name.removeprefix(PREFIX)] = key
    return tuple(SequenceSet(profile, keys) for profile, keys in found.items())


def whole(study: Study, model: str, key: str, length: int) -> bool:
    """Whether some sample has answers to all frames of a sequence."""
    cell = study.cell(model, key)
    good = cell.good & (cell.draw < length)
    return bool((np.unique(cell.position[good], return_counts=True)[1] == length).any())


def tops_of(record: Readable, model: str, keys: Sequence[str]) -> dict[str, np.ndarray[Any, Any]] | None:
    """Return the likeliest answers of one model to the frames of sequences, as a measure reads them.

    None where fewer than five were kept: there are no more classes.
    """
    columns = ("position", "condition", "draw", "top")
    parts = [record.table("outputs", columns, where={"model": model, "condition": key}) for key in keys]
    table = {name: np.concatenate([part[name] for part in parts]) for name in columns}
    if not table["top"].size or len(table["top"][0]) < TOP:
        return None
    return table | {"status": np.full(table["top"].size, "ok", object)}


def without_all(study: Study, n: int) -> list[NotMeasured]:
    """Return, for each profile of which sequences are missing or not whole, that its mean has no value."""
    return [
        _without(one, lost, n) for one in sequence_sets(study)
        if (lost := sorted({name for model in study.models for name in one.lacking(study, model)}))
    ]  # fmt: skip


def _without(one: SequenceSet, lost: list[str], n: int) -> NotMeasured:
    why = f"it is the mean over ten sequences, and {', '.join(lost)} are not there with all their frames"
    return NotMeasured(
        f"{one.measure} ({one.about})", n, n, why, f"Run all of them with the suite {one.profile}"
    )
