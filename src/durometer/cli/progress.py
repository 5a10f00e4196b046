"""Progress on stderr: a bar with the time left on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from durometer.run import Progress
    from durometer.run.progress import Listener

EVERY = 10.0
"""Seconds between plain lines."""
STAGES = {"run": "running", "finish": "closing the record"}


@contextlib.contextmanager
def listener() -> Iterator[Listener]:
    """Yield what a run should tell its progress to."""
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        with _bar() as tell:
            yield tell
    else:
        yield _Lines()


@contextlib.contextmanager
def _bar() -> Iterator[Listener]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    bar = Bar(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("samples, left"),
        TimeRemainingColumn(), console=Console(stderr=True), transient=True,
    )  # fmt: skip
    with bar:
        task = bar.add_task("preparing", total=None)

        def tell(progress: Progress) -> None:
            bar.update(
                task, description=STAGES[progress.stage], total=progress.total, completed=progress.done
            )

        yield tell


class _Lines:
    def __init__(self) -> None:
        self._started = self._told = time.monotonic()
        self._first: int | None = None

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if progress.stage != "run":
            return
        if self._first is None:
            self._first, self._started = progress.resumed, now if progress.resumed else self._started
        if now - self._told < EVERY:
            return
        self._told = now
        fresh = max(1, progress.done - self._first)
        left = (now - self._started) / fresh * (progress.total - progress.done)
        print(
            f"{progress.done} of {progress.total} samples, about {left:.0f} s left",
            file=sys.stderr,
            flush=True,
        )
