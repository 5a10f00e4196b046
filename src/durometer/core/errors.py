"""Errors a person can act on: what happened, where, and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith(("?", ".")) else f"{sentence}."


class DurometerError(Exception):
    """One clear sentence, the place it speaks of and what to do about it.

    Args:
        what: What is wrong, without a final period.
        where: The file, row, option or name it speaks of; empty if `what` says it.
        fix: What to do, as an imperative sentence without a final period.
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        self.what, self.where, self.fix = what, where, fix
        head = f"{where}: {what}" if where else what
        super().__init__(" ".join(_ended(part) for part in (head, fix) if part))


class UsageError(DurometerError):
    """A command or a call was given something it can't take."""


class PlanError(DurometerError):
    """A plan that can't be met, found before anything runs."""


class DataError(DurometerError):
    """Data that can't be read or doesn't fit the plan."""


class ModelError(DurometerError):
    """A model that can't be loaded or doesn't answer as its card says."""


class RecordError(DurometerError):
    """A record folder that is damaged, foreign or of another plan."""


class ExtensionError(DurometerError):
    """A stressor, attack or other extension broke its contract; the shell refuses its result."""


class UnknownNameError(UsageError):
    """A name that no registry holds."""


class IncompleteError(DurometerError):
    """Something stopped the run; what was computed is kept."""

    exit_code = 3


class MissingExtraError(DurometerError):
    """An optional package is needed here and not installed."""

    def __init__(self, package: str, *, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the package {package!r}, which is not installed",
            fix=f"Install it with: pip install 'durometer[{extra}]'",
        )


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'x'?"`-style help without the leading space, or an empty string."""
    close = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"Did you mean {close[0]!r}?" if close else ""


def unknown_name(name: str, known: Iterable[str], *, kind: str, where: str = "") -> UnknownNameError:
    """Build the error for an unknown name: the nearest known one, else all of them."""
    names = sorted(known)
    hint = did_you_mean(name, names) or f"Known are: {', '.join(names) or 'none'}"
    return UnknownNameError(f"there is no {kind} named {name!r}", where=where, fix=hint.rstrip("."))
