"""The shipped networks: what is on the shelf and how it comes off."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING

from durometer.core import InputSpec, Json, ModelCard, ModelError, Trait
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
        figures: Split -> `{"accuracy", "low", "high", "n"}`: Clopper–Pearson at 95 %; of the other tasks
            what was measured -> `{"value", "low", "high", "n"}`, a bootstrap over pictures.
        sha256: Of the file.
        made: Date, versions and command.
        task: What it answers.
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
    task: str = "classification"


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
    """Return a network in one line: what it is, and how it did on each split or by each measure."""
    known = entry(name)
    n = round(next(iter(known.figures.values()))["n"])
    if known.task != "classification":
        figures = ", ".join(f"{what} {f['value']:.3f}" for what, f in known.figures.items())
        return f"{known.about} {figures} (n = {n})."
    figures = ", ".join(f"{split} {100 * f['accuracy']:.1f} %" for split, f in known.figures.items())
    return f"{known.about} Accuracy: {figures} (n = {n})."


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
        name=name, digest=digest, task=known.task, labels=known.labels, traits=_traits(known.task),
        input=InputSpec(size=(known.side, known.side)),
    )  # fmt: skip
    return ModuleModel(module, card, copy=False)


def _traits(task: str) -> frozenset[Trait]:
    """A detector has scores and boxes, the others logits."""
    return frozenset({"grad"} if task == "instance-segmentation" else {"grad", "logits"})


def checkpoint(name: str) -> Traversable:
    """Return the file of a shipped network."""
    return files(SHELF) / "checkpoints" / f"{name.replace('/', '-')}.safetensors"


@cache
def _entries() -> dict[str, Entry]:
    listed = json.loads((files(SHELF) / "checkpoints" / LIST).read_text(encoding="utf-8"))
    return {e["name"]: Entry(**{**e, "labels": tuple(e["labels"])}) for e in listed["networks"]}
