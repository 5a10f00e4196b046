"""The shipped networks: what is on the shelf and how it comes off."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from durometer.core import InputSpec, Json, ModelCard, ModelError
from durometer.core.errors import unknown_name

if TYPE_CHECKING:
    from durometer.models.module import ModuleModel

SHELF = "durometer.models.zoo"
LIST = "checkpoints.json"


@dataclass(frozen=True)
class Entry:
    """What `checkpoints.json` says of one network.

    Attributes:
        name: `scenes/cnn`.
        about: What it was trained for, in a sentence.
        architecture, options: How to make it.
        labels: Names of its outputs.
        side: Side of its input in pixels.
        recipe: How it was trained: data, seed, epochs, ingredients.
        figures: Split -> `{"accuracy", "low", "high", "n"}`: Clopper–Pearson at 95 %.
        sha256: Of the file.
        made: Date, versions and command.
    """

    name: str
    about: str
    architecture: str
    options: dict[str, Json]
    labels: tuple[str, ...]
    side: int
    recipe: dict[str, Json]
    figures: dict[str, dict[str, float]]
    sha256: str
    made: dict[str, Json]


def names() -> tuple[str, ...]:
    """Return the names of the shipped networks, sorted."""
    return tuple(sorted(_entries()))


def entry(name: str) -> Entry:
    """Return what is known of a shipped network.

    Raises:
        UnknownNameError: with the nearest known name.
    """
    found = _entries()
    if name not in found:
        raise unknown_name(name, found, kind="network in the zoo")
    return found[name]


def describe(name: str) -> str:
    """Return a network in one line: what it is, and its accuracy on each split it was asked on."""
    known = entry(name)
    figures = ", ".join(f"{split} {100 * f['accuracy']:.1f} %" for split, f in known.figures.items())
    return f"{known.about} Accuracy: {figures} (n = {round(next(iter(known.figures.values()))['n'])})."


def load(name: str) -> ModuleModel:
    """Return a shipped network as a model: logits, gradients, its own resize to `side`.

    Raises:
        UnknownNameError: if the zoo has no such network.
        ModelError: if its file is not the one that was shipped.
    """
    from safetensors.torch import load as read

    from durometer.models.module import ModuleModel
    from durometer.models.zoo.building import filled

    known = entry(name)
    raw = checkpoint(name).read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != known.sha256:
        raise ModelError("the shipped file was changed", where=name, fix="Install durometer again")
    module = filled(known.architecture, known.options, read(raw))
    card = ModelCard(
        name=name, digest=digest, labels=known.labels, traits=frozenset({"grad", "logits"}),
        input=InputSpec(size=(known.side, known.side)),
    )  # fmt: skip
    return ModuleModel(module, card, copy=False)


def checkpoint(name: str) -> Traversable:
    """Return the file of a shipped network."""
    return files(SHELF) / "checkpoints" / f"{name.replace('/', '-')}.safetensors"


@cache
def _entries() -> dict[str, Entry]:
    listed = json.loads((files(SHELF) / "checkpoints" / LIST).read_text(encoding="utf-8"))
    return {e["name"]: Entry(**{**e, "labels": tuple(e["labels"])}) for e in listed["networks"]}
