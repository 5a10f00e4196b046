"""What a run says while it works; the command line draws it, Python users may ignore it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Where a run stands.

    Attributes:
        stage: `run` or `finish`.
        done, total: Samples.
        resumed: Samples that an earlier run had left.
        unread: Samples that could not be read so far.
    """

    stage: str
    done: int
    total: int
    resumed: int = 0
    unread: int = 0


Listener = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Say nothing."""
