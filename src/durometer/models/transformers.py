"""Image classifiers of the transformers package, from a folder or its local cache."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import nn

from durometer.core import Model, ModelError
from durometer.models.hub import allowed, hub_failure, optional
from durometer.models.labels import as_labels
from durometer.models.module import ModuleModel
from durometer.models.options import Known, Options, make_card

FILTERS = {2: "bilinear", 3: "bicubic", "bilinear": "bilinear", "bicubic": "bicubic"}
"""PIL's numbers of its filters."""


def load_hf(what: str, options: Options) -> Model:
    """`hf:NAME_OR_PATH`: a transformers image classifier; local unless a download is allowed."""
    transformers = optional("transformers", extra="text", needed_for="hf:…")
    with allowed(download=options.download), quiet(transformers):
        try:
            module = transformers.AutoModelForImageClassification.from_pretrained(
                what, local_files_only=not options.download, trust_remote_code=options.trust_code
            )
        except Exception as error:  # caches, hubs and configurations fail in many ways
            raise _failure(error, what, options) from error
        config = _processor(transformers, what, options)
    return from_transformers(module, config, options, name=what.rstrip("/").rpartition("/")[2])


def from_transformers(module: nn.Module, processor: Any, options: Options, *, name: str = "") -> Model:
    """Return a transformers image classifier as a model.

    Args:
        module: Returns an object with `.logits`; `module.config.id2label` names the outputs.
        processor: An image processor, its configuration as a mapping, or None.
        options: What was said.
        name: The name on the card.
    """
    said, guesses = processor_input(processor)
    config = getattr(module, "config", None)
    labels = as_labels(getattr(config, "id2label", None) or {})
    card = make_card(name or type(module).__name__, "", known=Known(said, labels, guesses), options=options)
    return ModuleModel(module, card, device=options.device)


def processor_input(processor: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the fields of `InputSpec` that an image processor or its configuration says, and the guesses."""
    config: Mapping[str, Any] = processor.to_dict() if hasattr(processor, "to_dict") else processor or {}
    if not config:
        return {}, ("There is no image processor beside the model",)
    said = _sizes(config)
    guesses: list[str] = []
    if (kind := config.get("resample")) is not None and config.get("do_resize", True):
        said["interpolation"] = FILTERS.get(getattr(kind, "value", kind), "bilinear")
        if getattr(kind, "value", kind) not in FILTERS:
            guesses.append("Its interpolation is replaced by bilinear")
    said |= _range(config)
    if config.get("do_normalize", True):
        for key in ("mean", "std"):
            if (values := config.get(f"image_{key}")) is not None:
                said[key] = tuple(
                    float(v) for v in (values if isinstance(values, list | tuple) else [values])
                )
    return said, tuple(guesses)


def _sizes(config: Mapping[str, Any]) -> dict[str, Any]:
    """Resize and crop: both sides at once, or the short side and then the center."""
    resized, cropped = _pair(config.get("size")), _pair(config.get("crop_size"))
    crops = cropped is not None and config.get("do_center_crop", False)
    short = config["size"].get("shortest_edge") if isinstance(config.get("size"), Mapping) else None
    if not config.get("do_resize", True):
        return {"size": cropped if crops else None}
    if short is not None and "crop_pct" in config and not crops:  # ConvNeXt's own rule
        share = (config["crop_pct"] or 1.0) if short < 384 else 1.0
        fit = "crop" if short < 384 else "squash"
        return {"size": (int(short), int(short)), "crop": float(share), "fit": fit}
    if short is not None and crops and cropped is not None:
        return {"size": cropped, "crop": min(1.0, cropped[0] / int(short)), "fit": "crop"}
    if resized is not None and crops and cropped is not None:
        return {"size": cropped, "crop": min(1.0, cropped[0] / resized[0]), "fit": "squash"}
    return {"size": resized, "fit": "squash"} if resized is not None else {}


def _pair(size: Any) -> tuple[int, int] | None:
    if isinstance(size, Mapping):
        return (int(size["height"]), int(size["width"])) if {"height", "width"} <= set(size) else None
    if isinstance(size, list | tuple) and len(size) == 2:
        return int(size[0]), int(size[1])
    return (int(size), int(size)) if isinstance(size, int) else None


def _range(config: Mapping[str, Any]) -> dict[str, float]:
    if not config.get("do_rescale", True):
        return {"low": 0.0, "high": 255.0}
    width = 255.0 * float(config.get("rescale_factor", 1 / 255))
    low = -1.0 if config.get("rescale_offset", False) else 0.0
    return {"low": low, "high": low + (1.0 if abs(width - 1.0) < 1e-6 else width)}


def _processor(transformers: Any, what: str, options: Options) -> Mapping[str, Any]:
    """Read the configuration of the image processor; the processor itself may need torchvision."""
    mixin = transformers.image_processing_base.ImageProcessingMixin
    try:
        config, _ = mixin.get_image_processor_dict(what, local_files_only=not options.download)
    except OSError:
        return {}
    return dict(config)


@contextmanager
def quiet(transformers: Any) -> Iterator[None]:
    """Keep progress bars and advice off stdout and stderr; errors stay."""
    log = transformers.utils.logging
    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()


def _failure(error: Exception, what: str, options: Options) -> ModelError:
    reason = " ".join(str(error).split())
    if "trust_remote_code" in reason:
        return ModelError(
            "brings its own code",
            where=f"hf:{what}",
            fix="If you trust its author, allow it with --trust-code",
        )
    if "Unrecognized configuration class" in reason or "Unrecognized model" in reason:
        return ModelError("is no image classifier that transformers knows", where=f"hf:{what}")
    if Path(what).exists():
        return ModelError(f"can't be loaded: {reason[:240].rstrip('.')}", where=f"hf:{what}")
    return hub_failure(error, f"hf:{what}", download=options.download)
