"""Loaders of models that are Python objects, and of those that durometer ships."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn

from durometer.core import Model, ModelCard, ModelError
from durometer.models.callable import CallableModel, callable_digest, takes_tensors
from durometer.models.factory import call_factory
from durometer.models.maite import is_maite_model, load_maite
from durometer.models.module import ModuleModel
from durometer.models.options import Known, Options, make_card
from durometer.models.output import SIDES


def load_module(module: nn.Module, options: Options) -> Model:
    """Any PyTorch module, handed over in Python."""
    card = make_card(type(module).__name__, "", known=Known(), options=options)
    return ModuleModel(module, card, device=options.device)


def load_callable(function: Callable[[Any], Any], options: Options) -> Model:
    """Any function of images (B, C, H, W) that returns scores (B, K): numpy to numpy or torch to torch."""
    name = getattr(function, "__name__", type(function).__name__)
    card = make_card(name.strip("<>"), callable_digest(function), known=Known(), options=options)
    takes = "torch" if _takes_tensors(function, card, options) else "numpy"
    return CallableModel(function, card, takes=takes, device=options.device)  # type: ignore[arg-type]


def load_factory(what: str, options: Options) -> Model:
    """`package.module:factory`: one's own code, which runs; found as Python does or in the current folder."""
    made = call_factory(what)
    named = options if options.name else replace(options, name=what.rpartition(":")[2])
    if isinstance(made, Model):
        return adapted(made, options)
    if is_maite_model(made):
        return load_maite(made, options)
    if isinstance(made, nn.Module):
        return load_module(made, named)
    if callable(made):
        return load_callable(made, named)
    raise ModelError(
        f"makes {type(made).__name__}, not a model", where=what, fix="Return a torch module or a function"
    )


def load_zoo(name: str, options: Options) -> Model:
    """`scenes/cnn` and its like: small networks that come with durometer."""
    from durometer.models import zoo

    model = zoo.load(name)
    moved = ModuleModel(model.module, model.card, device=options.device, copy=False)
    return adapted(moved, options)


def adapted(model: Model, options: Options) -> Model:
    """Return a model that is one already, with the name, labels and input that were said."""
    card = model.card
    changes: dict[str, Any] = {}
    if options.name:
        changes["name"] = options.name
    if options.task:
        changes["task"] = options.task
    if options.labels is not None:
        changes["labels"] = options.labels
    if options.input:
        changes["input"] = replace(card.input, **options.input)
    return with_card(model, replace(card, **changes)) if changes else model


def with_card(model: Model, card: ModelCard) -> Model:
    """Return the same model under another card; the one that was given is left as it is."""
    import copy

    other = copy.copy(model)
    other.card = card
    return other


def _takes_tensors(function: Callable[[Any], Any], card: ModelCard, options: Options) -> bool:
    spec = card.input
    sizes = [spec.size] if spec.size else [(side, side) for side in SIDES]
    shapes = ((2, spec.channels, *size) for size in sizes)
    flipped = (torch.zeros(s) if spec.layout == "nchw" else torch.zeros(s).movedim(1, -1) for s in shapes)
    return any(takes_tensors(function, x) for x in flipped)
