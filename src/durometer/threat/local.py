"""Threats that differ from sample to sample: they learn from a batch what they need to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, runtime_checkable

from durometer.core import Batch, Threat


@runtime_checkable
class Local(Threat, Protocol):
    """A set of inputs that depends on more than the input, such as on where its object stands.

    Attributes:
        needs: Entries of `batch.aux` that it reads.
    """

    needs: ClassVar[frozenset[str]]

    def around(self, batch: Batch, /) -> Threat:
        """Return the threat that knows the samples of this batch."""
        ...

    def select(self, index: Sequence[int], /) -> Threat:
        """Return the threat of these positions of the batch."""
        ...


def around(threat: Threat, batch: Batch) -> Threat:
    """Return the threat around the samples of a batch; most are the same for every sample."""
    return threat.around(batch) if isinstance(threat, Local) else threat


def among(threat: Threat, index: Sequence[int]) -> Threat:
    """Return the threat around these positions of the batch that it was made for."""
    return threat.select(index) if isinstance(threat, Local) else threat
