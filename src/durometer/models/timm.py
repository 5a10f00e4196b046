"""timm's classifiers, with the preprocessing that their own configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from durometer.core import Model, ModelError
from durometer.models.hub import allowed, hub_failure, optional
from durometer.models.labels import as_labels
from durometer.models.module import ModuleModel
from durometer.models.options import Known, Options, make_card


def load_timm(what: str, options: Options) -> Model:
    """`timm:NAME`: a pretrained timm classifier, from the local cache unless a download is allowed."""
    timm = optional("timm", extra="vision", needed_for="timm:…")
    if not timm.is_model(what):
        close = timm.list_models(f"*{what.partition('.')[0]}*")[:3]
        raise ModelError(
            "timm has no such model", where=f"timm:{what}", fix=f"Try {', '.join(close)}" if close else ""
        )
    with allowed(download=options.download):
        try:
            module = timm.create_model(what, pretrained=True)
        except Exception as error:  # caches and hubs fail in many ways
            raise hub_failure(error, f"timm:{what}", download=options.download) from error
    return from_timm(module, options, name=what)


def from_timm(module: Any, options: Options, *, name: str = "") -> Model:
    """Return any module that carries a `pretrained_cfg` or `default_cfg` as a model."""
    config = getattr(module, "pretrained_cfg", None) or getattr(module, "default_cfg", None) or {}
    known = Known(timm_input(config), as_labels(config.get("label_names") or ()), _guesses(config))
    card = make_card(name or type(module).__name__, "", known=known, options=options)
    return ModuleModel(module, card, device=options.device)


def timm_input(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `InputSpec` that a timm configuration says.

    As `timm.data.create_transform` makes it for evaluation by default: not at the larger size that some
    configurations name for tests.
    """
    said: dict[str, Any] = {}
    if size := config.get("input_size"):
        said |= {"channels": int(size[0]), "size": (int(size[1]), int(size[2]))}
    if crop := config.get("crop_pct"):
        said["crop"] = float(crop)
    if config.get("crop_mode") == "squash":
        said["fit"] = "squash"
    if config.get("interpolation") in ("bilinear", "bicubic"):
        said["interpolation"] = config["interpolation"]
    for key in ("mean", "std"):
        if key in config:
            said[key] = tuple(float(v) for v in config[key])
    return said


def _guesses(config: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    if (kind := config.get("interpolation", "bilinear")) not in ("bilinear", "bicubic"):
        found.append(f"Its {kind} interpolation is replaced by bilinear")
    if (mode := config.get("crop_mode") or "center") not in ("center", "squash"):
        found.append(f"Its crop mode {mode!r} is replaced by a center crop")
    if (size := config.get("test_input_size")) and size != config.get("input_size"):
        crop = config.get("test_crop_pct") or config.get("crop_pct") or 1.0
        found.append(
            f"timm names size={size[-1]},crop={crop:g} for tests; its default, {_side(config)}, is taken"
        )
    return tuple(found)


def _side(config: Mapping[str, Any]) -> str:
    size = config.get("input_size")
    return f"size={size[-1]}" if size else "none"
