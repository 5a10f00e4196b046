"""A caption with what is known of its object, and what an insertion made of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from durometer.core import Scalar


@dataclass(frozen=True)
class Caption:
    """One text that belongs to one picture.

    Attributes:
        id: The sample's id.
        text: The caption.
        nouns: Words for the object, tried in order: `("dog", "puppy")`.
        known: Kind of attribute -> words that are true of the object: `{"color": ("red",)}`; a kind that is
            missing is not known.
    """

    id: str
    text: str
    nouns: tuple[str, ...]
    known: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Worded:
    """What became of a caption.

    Attributes:
        text: The new text; the old one where it was refused.
        facts: `noun`, `word`, `kind` and, where something is known of the object, `true`: is the word?
        refused: Why nothing was inserted; empty if something was.
    """

    text: str
    facts: Mapping[str, Scalar] = field(default_factory=dict)
    refused: str = ""
