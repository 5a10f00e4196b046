"""Analyses beyond the headline: each looks at a record for what only some plans ask. One file, one line here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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


ANALYSES: Registry[Analysis] = Registry(
    "analysis",
    {},
)


def analyze(study: Study, effects: Sequence[Effect], record: Readable) -> Mapping[str, tuple[Any, ...]]:
    """Return what each analysis found, without those that found nothing."""
    made = ((name, thing()(study, effects, record)) for name, thing in ANALYSES.working())
    return {name: found for name, found in made if found}
