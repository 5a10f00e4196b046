"""The splits: which attributes are drawn as usual and which uniformly."""

from __future__ import annotations

from dataclasses import dataclass

from durometer.core.errors import unknown_name

ATTRIBUTES = ("background", "size", "position", "direction", "color", "lighting")
SPLITS = ("train", "same", *(f"uniform-{name}" for name in ATTRIBUTES), "uniform")


@dataclass(frozen=True)
class Split:
    """A split by name.

    Attributes:
        name: One of `SPLITS`.
        uniform: The attributes that are drawn uniformly over all that they can be.
        dice: What its dice are drawn for. All splits but `train` share theirs, so scene i of
            `uniform-size` is scene i of `same` but for the size.
    """

    name: str
    uniform: frozenset[str]
    dice: str


def split_named(name: str) -> Split:
    """Return a split.

    Raises:
        UnknownNameError: with the nearest known name.
    """
    if name not in SPLITS:
        raise unknown_name(name, SPLITS, kind="split", where="scenes")
    uniform = ATTRIBUTES if name == "uniform" else tuple(a for a in ATTRIBUTES if name == f"uniform-{a}")
    return Split(name, frozenset(uniform), "train" if name == "train" else "test")
