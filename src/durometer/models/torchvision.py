"""torchvision's classifiers, with the preprocessing that their weights say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from durometer.core import Model, ModelError, did_you_mean
from durometer.models.hub import hub_failure, optional
from durometer.models.labels import as_labels
from durometer.models.module import ModuleModel
from durometer.models.options import Known, Options, make_card


def load_torchvision(what: str, options: Options) -> Model:
    """`torchvision:NAME` or `torchvision:NAME/WEIGHTS`: from torch's cache unless a download is allowed."""
    torchvision = optional("torchvision", extra="vision", needed_for="torchvision:…")
    name, _, chosen = what.partition("/")
    models, where = torchvision.models, f"torchvision:{what}"
    if name not in models.list_models(module=models):
        hint = did_you_mean(name, models.list_models(module=models)).rstrip(".")
        raise ModelError("torchvision has no such classifier", where=where, fix=hint)
    weights = _weights(models.get_model_weights(name), chosen, where)
    if not options.download and not _cached(weights.url):
        raise hub_failure(FileNotFoundError(weights.url), where, download=False)
    try:
        module = models.get_model(name, weights=weights)
    except Exception as error:  # downloads fail in many ways
        raise hub_failure(error, where, download=options.download) from error
    return from_torchvision(module, weights, options, name=name)


def from_torchvision(module: Any, weights: Any, options: Options, *, name: str = "") -> Model:
    """Return a module as a model that sees as `weights.transforms()` says."""
    said, guesses = torchvision_input(weights.transforms())
    labels = as_labels((getattr(weights, "meta", None) or {}).get("categories") or ())
    card = make_card(name or type(module).__name__, "", known=Known(said, labels, guesses), options=options)
    return ModuleModel(module, card, device=options.device)


def torchvision_input(transforms: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the fields of `InputSpec` that a preset says, such as `ImageClassification`, and the guesses."""
    said: dict[str, Any] = {}
    guesses: tuple[str, ...] = ()
    resize, crop = (_side(getattr(transforms, key, None)) for key in ("resize_size", "crop_size"))
    if crop:
        said["size"] = (crop, crop)
        said["crop"] = min(1.0, crop / resize) if resize else 1.0
    kind = getattr(getattr(transforms, "interpolation", None), "value", "bilinear")
    if kind in ("bilinear", "bicubic"):
        said["interpolation"] = kind
    else:
        guesses = (f"Its {kind} interpolation is replaced by bilinear",)
    for key in ("mean", "std"):
        if (values := getattr(transforms, key, None)) is not None:
            said[key] = tuple(float(v) for v in values)
    return said, guesses


def _side(size: Any) -> int | None:
    if isinstance(size, list | tuple):
        return int(size[0]) if size else None
    return None if size is None else int(size)


def _weights(kind: Any, chosen: str, where: str) -> Any:
    if not chosen:
        return kind.DEFAULT
    known = [w.name for w in kind]
    if chosen not in known:
        raise ModelError(f"there are no weights {chosen!r}", where=where, fix=f"There are {', '.join(known)}")
    return kind[chosen]


def _cached(url: str) -> bool:
    return (Path(torch.hub.get_dir()) / "checkpoints" / Path(url).name).is_file()
