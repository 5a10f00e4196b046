"""The shipped pair: what is on the shelf and how it comes off."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from typing import Any

import torch

from durometer.core import InputSpec, ModelCard, ModelError
from durometer.core.errors import unknown_name
from durometer.models.pairs.pair import Pair
from durometer.models.pairs.towers import Towers

FOLDER = files("durometer.models.pairs") / "checkpoints"


def entries() -> dict[str, dict[str, Any]]:
    """Return what `pairs.json` says of each shipped pair: recipe, figures, sha256, versions."""
    listed = json.loads((FOLDER / "pairs.json").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in listed["pairs"]}


def load(name: str, *, batch_size: int = 32) -> Pair:
    """Return a shipped pair: `scenes/pair`.

    Raises:
        UnknownNameError: if there is no such pair.
        ModelError: if its file is not the one that was shipped.
    """
    from safetensors.torch import load as read

    known = entries()
    if name not in known:
        raise unknown_name(name, known, kind="pair of encoders")
    entry = known[name]
    raw = (FOLDER / f"{name.replace('/', '-')}.safetensors").read_bytes()
    digest = hashlib.sha256(raw).hexdigest()
    if digest != entry["sha256"]:
        raise ModelError("the shipped file was changed", where=name, fix="Install durometer again")
    with torch.device("meta"):
        towers = Towers(**entry["options"])
    towers.load_state_dict(read(raw), assign=True)
    card = ModelCard(name, digest, task="retrieval", input=InputSpec(size=(entry["side"], entry["side"])))
    return Pair(towers.eval().requires_grad_(False), card, scale=entry["scale"], batch_size=batch_size)
