"""Analyses for what only some plans ask: one file each, one line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from durometer.core import Registry
from durometer.explain.findings import Effect
from durometer.explain.study import Readable, Study


class Analysis(Protocol):
    """Finds something in a record, or nothing.

    Attributes:
        name: The registered name, and the key of its findings in `Summary.more`.
    """

    name: ClassVar[str]

    def __call__(self, study: Study, effects: Sequence[Effect], record: Readable, /) -> tuple[Any, ...]:
        """Return frozen dataclasses; an empty tuple where the record holds nothing for it."""
        ...

    def say(self, found: tuple[Any, ...], /) -> tuple[str, ...]:
        """Return the sentences that the headline should say of it, if any."""
        return ()


ANALYSES: Registry[Analysis] = Registry(
    "analysis",
    {
        "imagenet_e": "durometer.explain.imagenet_e:ImageNetE",
        "MVI-Sensitivity": "durometer.explain.sensitivity:Sensitivities",
        "searches": "durometer.explain.searches:Searches",
        "failures": "durometer.explain.failures:Failures",
        "interactions": "durometer.explain.interactions:Interactions",
        "bands": "durometer.explain.bands:Bands",
        "small shifts": "durometer.explain.small_shifts:SmallShifts",
        "dense": "durometer.explain.dense:DenseMeasures",
        "errors": "durometer.explain.errors:Errors",
        "published": "durometer.explain.published:PublishedMeasures",
        "sequences": "durometer.explain.sequences:Sequences",
        "resolution": "durometer.explain.resolution:Resolutions",
        "attacks": "durometer.explain.attacks:Attacks",
        "masking": "durometer.explain.masking:Maskings",
    },
)


@dataclass(frozen=True)
class Analyzed:
    """What the analyses found, by name, and what the headline should say of it."""

    found: Mapping[str, tuple[Any, ...]]
    sentences: tuple[str, ...]


def analyze(study: Study, effects: Sequence[Effect], record: Readable) -> Analyzed:
    """Ask every analysis; those that found nothing are left out."""
    made = [(name, thing()) for name, thing in ANALYSES.working()]
    asked = [(name, analysis, analysis(study, effects, record)) for name, analysis in made]
    held = [(name, analysis, found) for name, analysis, found in asked if found]
    sentences = tuple(text for _, analysis, found in held for text in analysis.say(found))
    return Analyzed({name: found for name, _, found in held}, sentences)
