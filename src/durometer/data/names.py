"""The ways to write one class: case, underscores, synsets, comma lists, numbers in front."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

SYNSET = re.compile(r"(n\d{8})(?:[\s_:,.-]+(.*))?", re.DOTALL)
NUMBERED = re.compile(r"\d+[\s_.-]+(\D.*)", re.DOTALL)
PLACEHOLDER = re.compile(r"(?:label|class|output)?[\s_-]*\d+", re.IGNORECASE)


def plain(text: str) -> str:
    """Return a name without case, apostrophes and punctuation: `Jack-o'-Lantern` -> `jack o lantern`."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return re.sub(r"[\W_]+", " ", re.sub("['’]", "", folded)).strip() or text.strip()


def is_synset(label: str) -> bool:
    """Say whether a label is a WordNet id alone: `n01440764`."""
    return re.fullmatch(r"n\d{8}", label) is not None


def says_nothing(label: str) -> bool:
    """Say whether a model's label is only its number: `7`, `LABEL_7`, `class 7`."""
    return PLACEHOLDER.fullmatch(label.strip()) is not None


def only_counts(labels: Sequence[str]) -> bool:
    """Say whether a model's labels are just 0, 1, 2, … in order: it was not told any names."""
    return all(label.strip() == str(i) for i, label in enumerate(labels))


def aliases(label: str) -> Iterator[str]:
    """Yield the ways to write a label, the surest first: whole, its synset, its words, its comma list."""
    yield plain(label)
    words = label
    if found := SYNSET.fullmatch(label.strip()):
        yield found[1]
        words = found[2] or ""
    elif found := NUMBERED.fullmatch(label.strip()):
        words = found[1]
    yield from (plain(part) for part in (words, *words.split(",")) if part.strip())


class Known:
    """Labels that others are looked up in, by any alias.

    Args:
        labels: In order; what is found are their positions.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self._exact = _positions((label, i) for i, label in enumerate(labels))
        self._whole = _positions((plain(label), i) for i, label in enumerate(labels))
        self._any = _positions((alias, i) for i, label in enumerate(labels) for alias in aliases(label))

    def find(self, label: str) -> frozenset[int]:
        """Return the positions that a label names: several where the name is used twice, none if unknown."""
        if label in self._exact:
            return self._exact[label]
        for alias in aliases(label):
            for table in (self._whole, self._any):
                if alias in table:
                    return table[alias]
        return frozenset()

    def nearest(self, label: str) -> str:
        """Return the known label that reads most like this one, or nothing."""
        import difflib

        close = difflib.get_close_matches(plain(label), list(self._any), n=1, cutoff=0.6)
        return self.labels[min(self._any[close[0]])] if close else ""


def _positions(pairs: Iterable[tuple[str, int]]) -> dict[str, frozenset[int]]:
    found: dict[str, set[int]] = {}
    for text, i in pairs:
        found.setdefault(text, set()).add(i)
    return {text: frozenset(places) for text, places in found.items()}
