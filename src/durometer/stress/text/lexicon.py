"""A small lexicon of attribute words: what may be put before a noun, and which words mean nearly the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Kind = Literal["color", "size", "shape", "neutral"]

FAMILIES: Mapping[Kind, tuple[tuple[str, ...], ...]] = {
    "color": (
        ("red", "crimson"), ("orange",), ("yellow", "golden"), ("pink", "rosy"), ("green",),
        ("teal", "turquoise"), ("blue",), ("purple", "violet"), ("brown",), ("black", "dark"),
        ("white", "pale"), ("gray", "grey"),
    ),
    "size": (("tiny", "small", "little"), ("medium",), ("large", "big", "huge")),
    "shape": (("round", "circular"), ("square", "rectangular"), ("tall", "narrow"), ("wide", "flat")),
    "neutral": (("certain",), ("particular",), ("given",), ("single",)),
}  # fmt: skip
"""Kind -> families of words that mean nearly the same. `neutral` words say nothing of the picture."""

KIND_OF: Mapping[str, Kind] = {
    word: kind for kind, families in FAMILIES.items() for family in families for word in family
}


def words(kind: Kind) -> tuple[str, ...]:
    """Return the words of a kind."""
    return tuple(word for family in FAMILIES[kind] for word in family)


def related(word: str, other: str) -> float:
    """Return how near two words are: 1 for equal ones, 0.8 within a family, 0 otherwise.

    It stands where the published method takes the cosine of word vectors; give your own to have that.
    """
    if word == other:
        return 1.0
    return 0.8 if any(word in f and other in f for fs in FAMILIES.values() for f in fs) else 0.0
