"""Segmenters of the transformers package: loaded from a local folder only, never downloaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from torch import nn

from durometer.core import ModelError
from durometer.models.hub import allowed, optional
from durometer.models.segmenters.torch_module import IMAGENET
from durometer.models.transformers import quiet


class Pixels(NamedTuple):
    """How a network wants its pixels: normalization, and the height and width it was trained at, if said."""

    mean: tuple[float, ...]
    std: tuple[float, ...]
    size: tuple[int, int] | None


def load_local(kind: str, folder: str, *, method: str) -> nn.Module:
    """Return the network of a folder that `save_pretrained` wrote, in evaluation mode.

    Args:
        kind: The class of transformers.
        folder: Where it is.
        method: Name of the segmenter, for messages.

    Raises:
        MissingExtraError: if transformers is not installed.
        ModelError: if there is no such folder or another kind of network in it.
    """
    if not folder or not Path(folder).is_dir():
        raise ModelError(
            "there is no such folder of a model" if folder else "needs a folder of a model",
            where=folder or f"method {method!r}",
            fix="Give --weights FOLDER, as transformers' save_pretrained writes it; nothing is downloaded",
        )
    transformers = optional("transformers", extra="text", needed_for=f"the method {method!r}")
    with allowed(download=False), quiet(transformers):
        try:
            module: nn.Module = getattr(transformers, kind).from_pretrained(folder, local_files_only=True)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            reason = " ".join(str(error).split())[:200].rstrip(".")
            raise ModelError(f"is no {kind} that can be loaded ({reason})", where=folder) from error
    return module.eval()


def pixels_of(folder: str) -> Pixels:
    """Return what `preprocessor_config.json` says, or ImageNet's normalization and no size."""
    file = Path(folder) / "preprocessor_config.json"
    said: dict[str, Any] = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    plain = not said.get("do_normalize", True)
    mean, std = ((0.0,) * 3, (1.0,) * 3) if plain else IMAGENET
    size = said.get("size") or {}
    both = isinstance(size, dict) and {"height", "width"} <= size.keys()
    return Pixels(
        tuple(map(float, mean if plain else said.get("image_mean", mean))),
        tuple(map(float, std if plain else said.get("image_std", std))),
        (int(size["height"]), int(size["width"])) if both else None,
    )
